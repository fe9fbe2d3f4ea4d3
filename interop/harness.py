"""What every case uses: the memory under test, server and client processes with time-outs, and checks that say what differed."""

import contextlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
LISTENING = re.compile(r"listening on \S+:(\d+)")
START_LIMIT, PEER_LIMIT, STOP_LIMIT = 15, 60, 5


class Failure(AssertionError):
    """A case found something wrong."""


def check(condition, text, *args):
    if not condition:
        raise Failure(text % args)


def same(got, wanted, what):
    if got != wanted:
        raise Failure("%s: got %s, wanted %s" % (what, short(got), short(wanted)))


def short(value):
    text = value.hex() if isinstance(value, (bytes, bytearray)) else repr(value)
    return text if len(text) <= 160 else text[:120] + "... (%d)" % len(text)


# ---------------------------------------------------------------- the memory every server starts with


def bcd(n):
    return int(str(n), 16)


def string(text, size):
    return bytes([size, len(text)]) + text.encode("latin-1").ljust(size, b"\0")


def wstring(text, size):
    return struct.pack(">HH", size, len(text)) + text.encode("utf-16-be").ljust(2 * size, b"\0")


# offset -> bytes in DB1. The cases name the offsets; anything not listed is noise from a fixed seed.
DB1_FIELDS = {
    0: bytes([0b10100101]),
    2: struct.pack(">h", -12345),
    4: struct.pack(">f", 3.25),
    8: struct.pack(">i", -123456789),
    12: struct.pack(">I", 0xDEADBEEF),
    16: struct.pack(">H", 0xABCD),
    18: struct.pack(">Bb", 0x7F, -5),
    20: struct.pack(">d", 2.718281828459045),
    28: struct.pack(">q", -1234567890123456789),
    36: struct.pack(">Q", 2**64 - 1),
    44: b"H7",
    46: struct.pack(">H", 65000),
    48: struct.pack(">I", 4000000000),
    52: string("hepta 7!", 20),
    76: wstring("Ωmega€", 10),
    100: struct.pack(">5f", 1.5, -2.25, 0.0, 1e30, -1e-30),
    120: struct.pack(">3f", float("nan"), float("inf"), float("-inf")),
    140: b"S7 chars",
}
SCRATCH = 512  # DB1 from here on is what write cases use
SIZES = {"PE": 256, "PA": 256, "MK": 1024, "CT": 128 * 2, "TM": 128 * 2}
DB_SIZES = {1: 1024, 2: 65535, 3: 16}


def build_memory():
    noise = random.Random(7)
    memory = {("DB", 1): bytearray(noise.randbytes(DB_SIZES[1])), ("DB", 3): bytearray(range(16))}
    for at, value in DB1_FIELDS.items():
        memory["DB", 1][at : at + len(value)] = value
    # Not a plain ramp: a read that is off by a multiple of 256 bytes must show.
    memory["DB", 2] = bytearray((i ^ (i >> 8) * 31) & 0xFF for i in range(DB_SIZES[2]))
    for area in ("PE", "PA", "MK"):
        memory[area, 0] = bytearray(noise.randbytes(SIZES[area]))
    memory["CT", 0] = bytearray(b"".join(struct.pack(">H", bcd(n * 7 % 1000)) for n in range(128)))
    # Time base 1 s (2 in bits 12-13) and three BCD digits, so timer n runs for n seconds.
    memory["TM", 0] = bytearray(b"".join(struct.pack(">H", 0x2000 | bcd(n)) for n in range(128)))
    return {key: bytes(value) for key, value in memory.items()}


MEMORY = build_memory()


def held(area, db, start, size):
    """Bytes of the starting memory; timers and counters count in elements of two bytes."""
    unit = 2 if area in ("CT", "TM") else 1
    return MEMORY[area, db][start * unit : (start + size) * unit]


# ---------------------------------------------------------------- processes


class Process:
    """A child that never outlives the run."""

    def __init__(self, command, **kw):
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
        self.pid = self.popen.pid

    def stop(self):
        """SIGTERM, then SIGKILL; returns (exit status, was the time limit kept)."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(STOP_LIMIT)
            in_time = True
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            in_time = False
        return self.popen.returncode, in_time


class Server:
    def __init__(self, kind, process, port, errors):
        self.kind, self.process, self.port, self.errors = kind, process, port, errors
        self.pid = process.pid
        self.url = "s7://127.0.0.1:%d/0/1" % port


class Context:
    """What a case gets: where the peers are, which server is under test, and how to start things."""

    def __init__(self, home, hepta, server, cases):
        self.home, self.hepta, self.server_kind, self.fuzz_cases = Path(home), hepta, server, cases
        self.folder = tempfile.TemporaryDirectory(prefix="hepta-interop-")
        self.no_areas = os.path.join(self.folder.name, "none.json")
        with open(self.no_areas, "w") as f:
            f.write("[]")
        self.areas_file = os.path.join(self.folder.name, "areas.json")
        with open(self.areas_file, "w") as f:
            json.dump([[area, index, data.hex()] for (area, index), data in MEMORY.items()], f)
        self._port, self._lock = random.randrange(12000, 28000), threading.Lock()

    # -- where things are

    def native_library(self):
        return str(next(self.home.glob("py202/lib/python3*/site-packages/snap7/lib/libsnap7.so")))

    def python(self, venv):
        return str(self.home / venv / "bin" / "python")

    def free_port(self):
        """A port below the ephemeral range that no other case of this run was given (the native server cannot pick its own)."""
        with self._lock:
            while True:
                self._port += 1
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    with contextlib.suppress(OSError):
                        s.bind(("127.0.0.1", self._port))
                        return self._port

    # -- servers

    def _command(self, kind, areas_file, extra):
        if kind == "hepta":
            listen = [] if "--listen" in extra else ["--listen", "127.0.0.1:0"]
            return [self.hepta, "serve", *listen, "--areas", areas_file, *extra]
        port = str(self.free_port())
        if kind == "rust":
            return [str(self.home / "rust/release/rust-server"), port, areas_file]
        venv, more = {"native": ("py202", ["--lib", self.native_library()]), "pysnap7": ("py33", [])}[kind]
        return [self.python(venv), str(HERE / "peers/serve.py"), kind, "--port", port, "--areas", areas_file, *more]

    @contextlib.contextmanager
    def serve(self, kind=None, *extra, areas_file=None):
        """A fresh server (by default the one under test). It must live to the end, and ours must then stop cleanly."""
        kind = kind or self.server_kind
        process = Process(self._command(kind, areas_file or self.areas_file, extra))
        errors = []
        pump = threading.Thread(target=lambda: errors.extend(process.popen.stderr), daemon=True)
        pump.start()
        lines = []
        ready = threading.Event()

        def watch():
            for line in process.popen.stdout:
                if not ready.is_set():
                    lines.append(line)
                    if LISTENING.search(line):
                        ready.set()
            ready.set()

        threading.Thread(target=watch, daemon=True).start()
        try:
            ready.wait(START_LIMIT)
            found = LISTENING.search(lines[-1]) if lines else None
            if not found:
                pump.join(0.5)
                raise Failure("%s server did not start: %s" % (kind, "".join(lines + errors)[-500:]))
            yield Server(kind, process, int(found.group(1)), errors)
            check(
                process.popen.poll() is None,
                "the %s server died with status %s: %s",
                kind,
                process.popen.poll(),
                "".join(errors)[-500:],
            )
        finally:
            code, in_time = process.stop()
        if kind == "hepta":
            check(in_time, "the server did not stop within %d s of SIGTERM", STOP_LIMIT)
            same(code, 0, "exit status of the server after SIGTERM")

    # -- clients

    def run(self, command, request=None, limit=PEER_LIMIT, env=None):
        try:
            return subprocess.run(command, input=request, capture_output=True, text=True, timeout=limit, env=env)
        except subprocess.TimeoutExpired as e:
            raise Failure("no end after %d s: %s" % (limit, " ".join(map(str, command[:3])))) from e

    def peer(self, name, server, operations, slot=1, **request):
        """Run operations through a foreign client; the list of results, one for each operation."""
        commands = {
            "native": [self.python("py202"), str(HERE / "peers/native_peer.py"), self.native_library()],
            "pysnap7": [self.python("py33"), str(HERE / "peers/pysnap7_peer.py"), "sync"],
            "pysnap7-async": [self.python("py33"), str(HERE / "peers/pysnap7_peer.py"), "async"],
            "nodes7": ["node", str(HERE / "peers/node_peer.js"), "nodes7"],
            "st-one": ["node", str(HERE / "peers/node_peer.js"), "st-one"],
            "node-snap7": ["node", str(HERE / "peers/node_peer.js"), "node-snap7"],
        }
        command = commands.get(name) or [str(self.home / "rust/release/rust-client"), name]
        env = dict(os.environ, NODE_PATH=str(self.home / "node/node_modules"))
        done = self.run(command, json.dumps({"port": server.port, "slot": slot, "ops": operations, **request}), env=env)
        check(done.returncode == 0, "%s client failed (%d): %s", name, done.returncode, done.stderr[-500:])
        # Libraries may print on their own; the answer is the last line.
        return json.loads(done.stdout.strip().splitlines()[-1])

    def cli(self, *args, limit=PEER_LIMIT):
        """hepta as a command: (exit status, standard output, standard error)."""
        done = self.run([self.hepta, *args], limit=limit)
        return done.returncode, done.stdout, done.stderr

    def cli_json(self, *args, status=0, limit=PEER_LIMIT):
        code, out, err = self.cli(*args, "--json", limit=limit)
        check(
            code == status,
            "hepta %s: exit status %d, wanted %d: %s",
            " ".join(args[:4]),
            code,
            status,
            (err or out)[-400:],
        )
        try:
            return json.loads(out)
        except ValueError as e:
            raise Failure("hepta %s: not JSON: %s" % (" ".join(args[:4]), short(out))) from e

    def close(self):
        self.folder.cleanup()


# ---------------------------------------------------------------- the list of cases

CASES = []


class Case:
    def __init__(self, name, run, differs, alone):
        self.name, self.run, self.differs, self.alone = name, run, differs, alone


def case(name, differs=None, alone=False):
    """Register a case. `differs` names servers that are known not to behave so, with the reason: against those the case must
    fail, and a pass is reported as a failure so that the note does not outlive the defect. `alone` keeps it from running beside
    others because it measures the machine."""

    def register(function):
        CASES.append(Case(name, function, differs or {}, alone))
        return function

    return register


def execute(one, context):
    """-> (verdict, note, seconds); the verdict is pass, FAIL or differs."""
    start = time.monotonic()
    expected = one.differs.get(context.server_kind)
    try:
        one.run(context)
        verdict, note = (
            ("FAIL", "known to differ on %s (%s), yet it passed" % (context.server_kind, expected))
            if expected
            else ("pass", "")
        )
    except Exception as e:  # a broken case is a failed case; the run goes on
        text = str(e) if isinstance(e, Failure) else "%s: %s" % (type(e).__name__, e)
        verdict, note = (
            ("differs", "%s: %s [seen: %s]" % (context.server_kind, expected, short(text)))
            if expected
            else ("FAIL", text)
        )
        if verdict == "FAIL" and os.environ.get("INTEROP_TRACE"):
            traceback.print_exc()
    return verdict, note, time.monotonic() - start

"""The hepta command against foreign servers, and what the command promises on its own: output, exit status, signals."""

import csv
import io
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import wire
from harness import MEMORY, PEER_LIMIT, SCRATCH, STOP_LIMIT, Failure, case, check, held, same

# (address, value, what the server has to be able to do for it)
BITS, TIMERS, TYPED, ERRORS = "bits", "timers", "typed", "errors"


def number(fmt, area, db, at):
    return struct.unpack_from(fmt, MEMORY[area, db], at)[0]


READS = [
    ("DB1.DBX0.0:BOOL", True, BITS),
    ("DB1.DBX0.1:BOOL", False, BITS),
    ("DB1.DBX0.7", True, BITS),
    ("M10.3", bool(MEMORY["MK", 0][10] >> 3 & 1), BITS),
    ("DB1.DBB18:BYTE", 0x7F, None),
    ("DB1.DBB19:SINT", -5, None),
    ("DB1.DBW2:INT", -12345, TYPED),
    ("DB1.DBW16:WORD", 0xABCD, TYPED),
    ("DB1.DBW46:UINT", 65000, TYPED),
    ("DB1.DBD4:REAL", 3.25, TYPED),
    ("DB1.DBD8:DINT", -123456789, TYPED),
    ("DB1.DBD12:DWORD", 0xDEADBEEF, TYPED),
    ("DB1.DBD48:UDINT", 4000000000, TYPED),
    ("DB1:20:LREAL", 2.718281828459045, TYPED),
    ("DB1:28:LINT", "-1234567890123456789", TYPED),
    ("DB1:36:ULINT", "18446744073709551615", TYPED),
    ("DB1.DBB44:CHAR", "H", None),
    ("DB1:52:STRING[20]", "hepta 7!", None),
    ("DB1:76:WSTRING[10]", "Ωmega€", None),
    ("DB1:100:REAL[5]", [1.5, -2.25, 0.0, 1e30, -1e-30], TYPED),
    ("DB1.DBD120:REAL", "nan", TYPED),
    ("DB1.DBD124:REAL", "inf", TYPED),
    ("DB1.DBD128:REAL", "-inf", TYPED),
    ("MW20:WORD", number(">H", "MK", 0, 20), TYPED),
    ("MB11", MEMORY["MK", 0][11], None),
    ("IB0", MEMORY["PE", 0][0], None),
    ("QB0", MEMORY["PA", 0][0], None),
    ("QW4:INT", number(">h", "PA", 0, 4), TYPED),
    ("C7", 49, TIMERS),
    ("T5", "5s", TIMERS),
    ("DB1,REAL4", 3.25, TYPED),
    ("DB1,INT2", -12345, TYPED),
    ("DB1,X0.2", True, BITS),
    ("DB1,BYTE18", 0x7F, None),
]
WRITES = [
    ("DB1.DBX512.3:BOOL", "true", None, BITS),
    ("DB1.DBB514:BYTE", "200", b"\xc8", None),
    ("DB1.DBW516:INT", "-321", struct.pack(">h", -321), TYPED),
    ("DB1.DBD520:REAL", "-0.5", struct.pack(">f", -0.5), TYPED),
    ("DB1.DBD524:DINT", "-7654321", struct.pack(">i", -7654321), TYPED),
    ("DB1:528:LREAL", "1e-300", struct.pack(">d", 1e-300), TYPED),
    ("DB1:536:LINT", "-9007199254740993", struct.pack(">q", -9007199254740993), TYPED),
    ("DB1.DBW544:WORD", "65534", b"\xff\xfe", TYPED),
    ("DB1,DINT548", "77", struct.pack(">i", 77), TYPED),
]


def same_value(got, wanted):
    """Equal, where a REAL may come in its shortest form and infinities and times in any usual spelling."""
    if isinstance(wanted, list):
        return isinstance(got, list) and len(got) == len(wanted) and all(map(same_value, got, wanted))
    if wanted in ("nan", "inf", "-inf"):
        return isinstance(got, str) and got.lower().lstrip("+").replace("infinity", "inf") == wanted
    if wanted == "5s":
        return got == 5000 or isinstance(got, str) and re.search(r"(^|[^0-9])5(\.0+)?_?s|5000", got, re.I) is not None
    if isinstance(wanted, float) and isinstance(got, (int, float)) and not isinstance(got, bool):
        return got == wanted or struct.pack(">f", got) == struct.pack(">f", wanted)
    return got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


class Able:
    """What a foreign server does properly; the rest of the addresses is not asked of it."""

    def __init__(self, reader, *can):
        self.reader, self.can = reader, {None, *can}


SERVERS = {
    # halves the numbers of timers and counters
    "native": Able("native", BITS, TYPED, ERRORS),
    # answers a bit with the whole byte, and missing DBs and out-of-range reads with data
    "pysnap7": Able("pysnap7", TYPED, TIMERS),
    # takes every count for bytes, keeps no sizes: only byte reads mean anything
    "rust": Able("snap7-client"),
}


def read_case(name, able):
    wanted = [(address, value) for address, value, needs in READS if needs in able.can]

    def run(context):
        with context.serve(name) as server:
            answers = context.cli_json("read", server.url, *(a for a, _ in wanted))
        same([a["address"] for a in answers], [a for a, _ in wanted], "addresses, in the order asked")
        wrong = [
            "%s is %r, wanted %r" % (address, answer.get("value", answer), value)
            for (address, value), answer in zip(wanted, answers)
            if not (answer["ok"] and same_value(answer["value"], value))
        ]
        check(not wrong, "%s", "; ".join(wrong))
        check(all("time" in a and "type" in a for a in answers), "an answer without time or type: %s", answers[0])

    return run


def big_case(name, able):
    def run(context):
        # the Rust server falls over lengths it cannot put into one PDU, so each kind of array goes alone
        asked = [("DB2:0:BYTE[65535]", held("DB", 2, 0, 65535).hex())]
        if TYPED in able.can:
            asked.append(("DB2:1:INT[32000]", list(struct.unpack(">32000h", held("DB", 2, 1, 64000)))))
        with context.serve(name) as server:
            for address, wanted in asked:
                answer = context.cli_json("read", server.url, address)[0]
                check(answer["ok"], "%s: %s", address, answer)
                same(answer["value"], wanted, address)

    return run


def write_case(name, able):
    writes = [w for w in WRITES if w[3] in able.can]

    def run(context):
        with context.serve(name) as server:
            # pysnap7's server answers a list of writes with one code, so each write is a job of its own.
            for address, text, *_ in writes:
                answer = context.cli_json("write", server.url, "%s=%s" % (address, text))[0]
                check(answer["ok"], "%s: %s", address, answer)
            block = context.peer(
                able.reader,
                server,
                [{"op": "read", "area": "DB", "db": 1, "start": SCRATCH, "count": 64, "wl": "BYTE"}],
            )[0]
        wanted = bytearray(held("DB", 1, SCRATCH, 64))
        for address, _, data, _ in writes:
            at = int(re.findall(r"\d+", address)[1]) - SCRATCH
            if data is None:
                wanted[at] |= 1 << 3
            else:
                wanted[at : at + len(data)] = data
        same(block.get("value"), wanted.hex(), "DB1 as %s reads it" % able.reader)

    return run


def watch_case(name, _):
    def run(context):
        with context.serve(name) as server:
            child = subprocess.Popen(
                [context.hepta, "watch", server.url, "DB1.DBB600:BYTE", "--every", "50ms", "--count", "20", "--json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            written = [held("DB", 1, 600, 1)[0]]
            try:
                with wire.Raw(server.port, pdu=480) as raw:
                    for value in (11, 22, 33, 44):
                        time.sleep(0.2)
                        raw.ask(wire.write([(wire.item("DB", 1, 600, 1), 4, bytes([value]))]))
                        written.append(value)
                out, err = child.communicate(timeout=20)
            finally:
                child.kill()
                child.wait()
        check(child.returncode == 0, "exit status %d: %s", child.returncode, err[-300:])
        seen = [json.loads(line) for line in out.splitlines()]
        check(seen and all(s["ok"] and s["address"] == "DB1.DBB600:BYTE" for s in seen), "lines: %s", out[:300])
        order = [written.index(s["value"]) for s in seen]
        check(
            order == sorted(order) and len(set(order)) >= 3,
            "values seen %s, written %s",
            [s["value"] for s in seen],
            written,
        )

    return run


def info_case(expected):
    def run(context):
        with context.serve(expected[0]) as server:
            info = context.cli_json("info", server.url)
        text = json.dumps(info)
        for word in expected[1:]:
            check(word in text, "info lacks %r: %s", word, text[:300])
        check("32.9.9" not in text, "the version is that of the boot loader: %s", text[:300])

    return run


for foreign, ability in SERVERS.items():
    case("servers/%s/read" % foreign)(read_case(foreign, ability))
    case("servers/%s/64 KB" % foreign)(big_case(foreign, ability))
    case("servers/%s/write" % foreign)(write_case(foreign, ability))
    case("servers/%s/watch" % foreign)(watch_case(foreign, ability))
case("servers/native/info")(info_case(("native", "6ES7 315-2EH14-0AB0", "3.2.6")))


def item_code(answer):
    """The item code of a failed answer as a number, however it is spelt."""
    code = answer.get("code")
    return code if isinstance(code, int) else int(re.search(r"([0-9A-Fa-f]{1,4})\s*$", str(code)).group(1), 16)


@case("servers/native/item errors")
def item_errors(context):
    with context.serve("native") as server:
        asked = ["DB1.DBD4:REAL", "DB99.DBW0:INT", "DB3.DBB16:BYTE", "DB3.DBW15:WORD", "MB11", "DB3.DBW14:WORD"]
        answers = context.cli_json("read", server.url, *asked, status=1)
        same([a["ok"] for a in answers], [True, False, False, False, True, True], "which items are fine")
        same([item_code(a) for a in answers[1:4]], [0x0A, 5, 5], "item codes")
        for answer in answers[1:4]:
            check(answer.get("error") and answer.get("hint"), "an error without text or hint: %s", answer)
        same((answers[0]["value"], answers[4]["value"]), (3.25, MEMORY["MK", 0][11]), "the good items between")
        answers = context.cli_json(
            "write", server.url, "DB99.DBB0:BYTE=1", "DB1.DBB700:BYTE=17", "DB3.DBB16:BYTE=1", status=1
        )
        same([a["ok"] for a in answers], [False, True, False], "which writes are fine")
        same(wire.read_area(server.port, "DB", 1, 700, 1), b"\x11", "the good write between")


@case("servers/native/many items")
def many_items(context):
    """Far more than one PDU holds, forwards and backwards, with holes: whatever is merged has to be cut apart again."""
    places = list(range(0, 60000, 187)) + list(range(59990, 0, -791))
    with context.serve("native") as server:
        answers = context.cli_json("read", server.url, *("DB2.DBD%d:DWORD" % at for at in places))
    wrong = [(at, a) for at, a in zip(places, answers) if a.get("value") != number(">I", "DB", 2, at)]
    check(not wrong, "%d of %d values are wrong, first: %s", len(wrong), len(places), wrong[:1])


# ---------------------------------------------------------------- the command itself


def exit_status(context, wanted, *args, limit=30):
    code, out, err = context.cli(*args, limit=limit)
    check(code == wanted, "hepta %s: exit status %d, wanted %d: %s", " ".join(args), code, wanted, (err or out)[-300:])
    check(code == 0 or err.strip() or out.strip(), "hepta %s failed without a word", " ".join(args))


@case("servers/exit status/usage")
def usage(context):
    with context.serve("native") as server:
        for args in (
            ["read", server.url],
            ["read", server.url, "DB1.QQ7"],
            ["read", server.url, "DB1.DBX0.9:BOOL"],
            ["frobnicate", server.url],
        ):
            exit_status(context, 2, *args)


@case("servers/exit status/not reachable")
def unreachable(context):
    exit_status(context, 3, "read", "s7://127.0.0.1:%d/0/1" % context.free_port(), "MB0")


def fake(answer):
    """A listener on loopback that treats each connection with `answer(socket)`; returns (port, close)."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1], listener.close


@case("servers/exit status/time-out")
def timed_out(context):
    kept = []
    port, close = fake(kept.append)  # accepts and never says a word
    try:
        exit_status(context, 6, "read", "s7://127.0.0.1:%d/0/1" % port, "MB0")
    finally:
        close()


@case("servers/exit status/refused by the CPU")
def refused(context):
    def deny(sock):
        with sock:
            wire.receive(sock)
            sock.sendall(wire.DR)
            sock.recv(64)

    port, close = fake(deny)
    try:
        exit_status(context, 4, "read", "s7://127.0.0.1:%d/0/1" % port, "MB0")
    finally:
        close()


@case("cli/read and write our own server")
def own_server(context):
    with context.serve() as server:
        wanted = [(address, value) for address, value, _ in READS]
        answers = context.cli_json("read", server.url, *(a for a, _ in wanted))
        wrong = [
            "%s is %r, wanted %r" % (address, answer.get("value", answer), value)
            for (address, value), answer in zip(wanted, answers)
            if not (answer["ok"] and same_value(answer["value"], value))
        ]
        check(not wrong, "%s", "; ".join(wrong))
        answers = context.cli_json("write", server.url, *("%s=%s" % w[:2] for w in WRITES))
        check(all(a["ok"] for a in answers), "%s", answers)
        for _, _, data, _ in WRITES[1:]:
            check(data in wire.read_area(server.port, "DB", 1, SCRATCH, 64), "%s was not written", data.hex())


@case("cli/csv")
def as_csv(context):
    with context.serve() as server:
        code, out, err = context.cli("read", server.url, "DB1.DBW2:INT", "DB1:52:STRING[20]", "--csv")
    check(code == 0, "exit status %d: %s", code, err[-300:])
    rows = list(csv.reader(io.StringIO(out)))
    for address, value in (("DB1.DBW2:INT", "-12345"), ("DB1:52:STRING[20]", "hepta 7!")):
        check(any(address in row and value in row for row in rows), "no row with %s and %s: %s", address, value, rows)


@case("cli/info")
def own_info(context):
    with context.serve() as server:
        text = json.dumps(context.cli_json("info", server.url))
    check("6ES7 " in text, "info names no order number: %s", text[:300])


@case("cli/doctor")
def doctor(context):
    with context.serve() as server:
        context.cli_json("doctor", server.url)


@case("cli/bench", alone=True)
def bench(context):
    with context.serve() as server:
        for kind in ("read", "batch", "block", "connect"):
            context.cli_json("bench", kind, server.url, "--connections", "2", "--seconds", "1")


def on_a_terminal(command):
    """Everything a command shows on a terminal of its own, and its exit status."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE")}
    env["TERM"] = "xterm-256color"
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True)
    os.close(theirs)
    shown, end = b"", time.monotonic() + PEER_LIMIT
    try:
        while True:
            check(select.select([ours], [], [], max(0, end - time.monotonic()))[0], "no end after %d s", PEER_LIMIT)
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            shown += part
        return shown, child.wait(STOP_LIMIT)
    finally:
        child.kill()
        child.wait()
        os.close(ours)


@case("cli/colours on a terminal")
def colours(context):
    command = [context.hepta, "demo", "--for", "5s"]
    shown, code = on_a_terminal(command)
    same(code, 0, "exit status of the demo on a terminal")
    rows = shown.count(b"\x1b[2K")
    ups = {int(n) for n in re.findall(rb"\x1b\[(\d+)A", shown)}
    same(len(ups), 1, "heights that the table is redrawn with (%s)" % ups)
    height = ups.pop()
    check(rows >= 2 * height, "%d rows were drawn of a table of %d", rows, height)
    check(b"\x1b[1;32m" in shown, "no changed value stands out: %r", shown[-400:])
    # The same into a pipe: not one of them.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PEER_LIMIT)
    same(done.returncode, 0, "exit status of the demo in a pipe")
    check(b"\x1b" not in done.stdout, "escapes in a pipe: %r", done.stdout[-400:])


@case("cli/serve options")
def serve_options(context):
    """--db with sizes, --pdu, and that the sizes are borders."""
    command = [context.hepta, "serve", "--listen", "127.0.0.1:0", "--db", "1=1024", "--db", "2=65535", "--pdu", "240"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        check(found, "first line of serve: %r", line)
        port = int(found.group(1))
        with wire.Raw(port) as raw:
            same(raw.pdu, 240, "granted PDU with --pdu 240")
            same(raw.read_area("DB", 1, 0, 1024), bytes(1024), "DB1")
            same(raw.read_area("DB", 2, 65534, 1), b"\0", "last byte of DB2")
            for db, at in ((1, 1024), (2, 65535)):
                same(
                    raw.ask(wire.read([wire.item("DB", db, at, 1)])).items()[0][0],
                    5,
                    "item code behind the end of DB%d" % db,
                )
        code, _, err = context.cli("serve", "--listen", "127.0.0.1:%d" % port, limit=10)
        check(code != 0 and err.strip(), "a second serve on the same port: status %d, %r", code, err)
        child.send_signal(signal.SIGINT)
        same(child.wait(5), 0, "exit status after SIGINT")
    except subprocess.TimeoutExpired as e:
        raise Failure("serve did not stop within 5 s of SIGINT") from e
    finally:
        child.kill()
        child.wait()

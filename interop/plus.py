"""S7CommPlus: foreign clients against `hepta serve`, and the hepta command against the emulator of PyPI s7commplus."""

import contextlib
import json
import os
import re
import struct
import subprocess
import threading
import time

from harness import HERE, MEMORY, SCRATCH, Failure, case, check, held, same

# A CPU with TLS resets a hello that offers groups beyond x25519, P-256 and P-384, and newer OpenSSL offers ML-KEM and x448 by itself.
OPENSSL_CONF = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
Groups = x25519
"""

TLS_PROFILES = ["s7-1200@4.5", "s7-1200@4.7", "s7-1500@2.9", "s7-1500@3.1"]
PASSWORD = "Grünkohl 7"

# The block of the specification's worked example, which the server holds when nothing else is declared: LID path -> octets.
DEMO = 0x8A0E0001
EXAMPLE = [
    ([0x9], "01"),
    ([0xA], "ab"),
    ([0xB], struct.pack(">h", -1234).hex()),
    ([0xC], struct.pack(">i", -100000).hex()),
    ([0xD], struct.pack(">f", 1.5).hex()),
    ([0xE], struct.pack(">d", -2.25).hex()),
    ([0xF], "0a0548656c6c6f0000000000"),
    ([0x13, 0x9], "00"),
    ([0x13, 0xA], "0007"),
    ([0x11, 1], struct.pack(">h", -20).hex()),
    ([0x12, 5], struct.pack(">f", 12.0).hex()),
    ([0x14, 1], struct.pack(">H", 2024).hex()),
    ([0x14, 8], struct.pack(">I", 123456789).hex()),
]
MFLAG = (82, [9])


def write_file(context, name, text, private=False):
    """Cases run side by side and may write the same file: it is there whole or not at all."""
    path = os.path.join(context.folder.name, name)
    part = "%s.%d" % (path, threading.get_ident())
    with open(part, "w", encoding="utf-8") as f:
        f.write(text)
    if private:
        os.chmod(part, 0o600)
    os.replace(part, path)
    return path


def python_peer(context, server, ops, **request):
    env = dict(os.environ, OPENSSL_CONF=write_file(context, "openssl.cnf", OPENSSL_CONF))
    job = json.dumps({"port": server.port, "ops": ops, **request})
    done = context.run([context.python("py33"), str(HERE / "peers/plus_peer.py"), "client"], job, env=env)
    check(done.returncode == 0, "s7commplus failed (%d): %s", done.returncode, done.stderr[-500:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def rust_peer(context, server, ops, **request):
    job = json.dumps({"port": server.port, "ops": ops, **request})
    done = context.run([str(context.home / "rust/release/rust-plus")], job)
    check(done.returncode == 0, "crate s7commplus failed (%d): %s", done.returncode, done.stderr[-500:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def op(name, *args, **kwargs):
    return {"op": name, "args": list(args), "kwargs": kwargs}


def hexed(octets):
    return {"hex": bytes(octets).hex()}


def good(outcome, what):
    check(isinstance(outcome, dict) and outcome.get("ok"), "%s: %s", what, outcome)
    return outcome.get("value")


def bad(outcome, what):
    check(isinstance(outcome, dict) and outcome.get("ok") is False, "%s: wanted a refusal, got %s", what, outcome)
    return "%s: %s" % (outcome.get("error"), outcome.get("text"))


@contextlib.contextmanager
def cpu(context, *extra, memory=True):
    """A CPU with the common memory, or with nothing declared: then it holds the example."""
    if memory:
        with context.serve("hepta", *extra) as server:
            yield server
        return
    with context.serve("hepta", "--example", *extra, areas_file=context.no_areas) as server:
        yield server


# ---------------------------------------------------------------- PyPI s7commplus against our server


def absolute(context, profile, flavour, tls, *extra):
    data = bytes(range(32))
    with cpu(context, "--profile", profile, *extra) as server:
        outcomes = python_peer(
            context,
            server,
            [
                op("db_read", 1, 0, 64),
                op("db_read_multi", [{"tuple": [1, 2, 2]}, {"tuple": [2, 1000, 100]}, {"tuple": [3, 0, 16]}]),
                op("db_read_multi", [{"tuple": [2, 7 * n, 4]} for n in range(120)]),
                op("db_write", 1, SCRATCH, hexed(data)),
                op("db_read", 1, SCRATCH, 32),
                op("read_area", 82, 10, 8),
                op("read_area", 80, 0, 4),
                op("write_area", 82, 100, hexed(b"\x01\x02\x03")),
                op("read_area", 82, 99, 5),
                op("db_read", 9, 0, 4),
                op("db_read", 3, 10, 10),
                op("db_read", 3, 0, 16),
                op("session_setup_ok"),
                op("tls_active"),
            ],
            flavour=flavour,
            tls=tls,
        )
        code, out, err = context.cli("read", server.url, "DB1:%d:BYTE[32]" % SCRATCH, "--json")
    check(isinstance(outcomes, list), "no connection: %s", outcomes)
    same(good(outcomes[0], "db_read"), hexed(held("DB", 1, 0, 64)), "db_read")
    wanted = [hexed(held("DB", 1, 2, 2)), hexed(held("DB", 2, 1000, 100)), hexed(held("DB", 3, 0, 16))]
    same(good(outcomes[1], "db_read_multi"), wanted, "db_read_multi")
    same(good(outcomes[2], "120 items"), [hexed(held("DB", 2, 7 * n, 4)) for n in range(120)], "120 items")
    good(outcomes[3], "db_write")
    same(good(outcomes[4], "db_read after"), hexed(data), "what was written")
    same(good(outcomes[5], "M"), hexed(held("MK", 0, 10, 8)), "M")
    same(good(outcomes[6], "I"), hexed(held("PE", 0, 0, 4)), "I")
    good(outcomes[7], "write_area")
    around = held("MK", 0, 99, 1) + b"\x01\x02\x03" + held("MK", 0, 103, 1)
    same(good(outcomes[8], "M after"), hexed(around), "M after a write")
    bad(outcomes[9], "an absent block")
    bad(outcomes[10], "past the end")
    same(good(outcomes[11], "after a refusal"), hexed(held("DB", 3, 0, 16)), "after a refusal")
    same(good(outcomes[12], "session_setup_ok"), True, "session_setup_ok")
    same(good(outcomes[13], "tls_active"), bool(tls), "tls_active")
    if profile.startswith("s7-1500"):
        # The same octets by classic S7, on the same port.
        same(code, 0, "classic read beside it: %s" % err)
        same(json.loads(out)[0]["value"], data.hex(), "what classic S7 sees")


for _flavour in ("sync", "async"):
    for _profile in TLS_PROFILES:

        def _run(context, profile=_profile, flavour=_flavour):
            absolute(context, profile, flavour, True)

        case("plus/python-%s/tls %s" % (_flavour, _profile))(_run)

    def _open(context, flavour=_flavour):
        absolute(context, "s7-1200@3.0", flavour, False)

    case("plus/python-%s/open s7-1200@3.0" % _flavour)(_open)


def symbols(context, profile, flavour, tls):
    new = struct.pack(">h", 321)
    with cpu(context, "--profile", profile, memory=False) as server:
        outcomes = python_peer(
            context,
            server,
            [op("read_symbolic", DEMO, path) for path, _ in EXAMPLE]
            + [
                op("read_symbolic_multi", [{"tuple": [DEMO, path]} for path, _ in EXAMPLE]),
                op("read_symbolic", MFLAG[0], MFLAG[1]),
                op("write_symbolic", DEMO, [0xB], hexed(new), datatype={"type": "INT"}),
                op("read_symbolic", DEMO, [0xB]),
                op("read_symbolic", DEMO, [0xB], 0xB8A6149C),
                op("read_symbolic", DEMO, [0xB], 0x12345678),
                op("read_symbolic", DEMO, [0x77]),
                op("write_symbolic", DEMO, [0xB], hexed(b"\x01"), datatype={"type": "BOOL"}),
                op("read_symbolic", DEMO, [0xB]),
            ],
            flavour=flavour,
            tls=tls,
        )
    check(isinstance(outcomes, list), "no connection: %s", outcomes)
    for (path, octets), outcome in zip(EXAMPLE, outcomes):
        same(good(outcome, "LID %s" % path)["hex"], octets, "LID %s" % path)
    many, flag, wrote, after, checked, wrong, absent, unfit, still = outcomes[len(EXAMPLE) :]
    same([v["hex"] for v in good(many, "many")], [octets for _, octets in EXAMPLE], "many at once")
    good(flag, "the M tag")
    good(wrote, "write_symbolic")
    same(good(after, "read back"), hexed(new), "read back")
    same(good(checked, "with its CRC"), hexed(new), "with its CRC")
    bad(wrong, "another CRC")
    bad(absent, "an absent LID")
    bad(unfit, "a BOOL for an INT")
    same(good(still, "after refusals"), hexed(new), "nothing was half written")


for _flavour in ("sync", "async"):

    def _symbols(context, flavour=_flavour):
        symbols(context, "s7-1500@3.1", flavour, True)

    case("plus/python-%s/symbols tls" % _flavour)(_symbols)

    def _symbols_open(context, flavour=_flavour):
        symbols(context, "s7-1200@3.0", flavour, False)

    case("plus/python-%s/symbols open" % _flavour)(_symbols_open)


def passwords(context, profile, flavour):
    file = write_file(context, "password", PASSWORD + "\n", private=True)
    extra = ["--profile", profile, "--password-file", file, "--protection", "none"]
    with cpu(context, *extra) as server:
        right = python_peer(context, server, [op("db_read", 3, 0, 16)], flavour=flavour, password=PASSWORD)
        wrong = python_peer(context, server, [op("db_read", 3, 0, 16)], flavour=flavour, password="Spitzkohl")
        without = python_peer(context, server, [op("db_read", 3, 0, 16)], flavour=flavour)
        again = python_peer(context, server, [op("db_read", 3, 0, 16)], flavour=flavour, password=PASSWORD)
        errors = "".join(server.errors)
    for outcome in (right, again):
        check(isinstance(outcome, list), "the right password: %s", outcome)
        same(good(outcome[0], "with the password"), hexed(held("DB", 3, 0, 16)), "with the password")
    check("connect" in wrong or not wrong[0]["ok"], "a wrong password reads: %s", wrong)
    check("connect" in without or not without[0]["ok"], "no password reads: %s", without)
    check(PASSWORD not in errors and "Spitzkohl" not in errors, "a password in the log")


for _flavour in ("sync", "async"):
    for _profile in TLS_PROFILES:

        def _passwords(context, profile=_profile, flavour=_flavour):
            passwords(context, profile, flavour)

        case("plus/python-%s/password %s" % (_flavour, _profile))(_passwords)


@case("plus/python-sync/pins our certificate")
def pinned(context):
    state = os.path.join(context.folder.name, "state-pin")
    with cpu(context, "--profile", "s7-1500@3.1", "--state", state) as server:
        first = python_peer(context, server, [op("peer_certificate_fingerprint")])
    print_ = good(first[0], "fingerprint")["hex"]
    with cpu(context, "--profile", "s7-1500@3.1", "--state", state) as server:
        # The same folder is the same device.
        right = python_peer(context, server, [op("db_read", 3, 0, 4)], fingerprint=print_)
        wrong = python_peer(context, server, [op("db_read", 3, 0, 4)], fingerprint="00" * 32)
    good(right[0], "with the pin")
    check("connect" in wrong, "a wrong pin connects: %s", wrong)


# ---------------------------------------------------------------- crate s7commplus against our server


@case("plus/rust/tls s7-1500@3.1")
def rust_tls(context):
    paths = [".".join("%X" % n for n in [DEMO, *path]) for path, _ in EXAMPLE]
    wanted = ["000101", "000aab", "0007fb2e", "0008f9f260", "000e3fc00000", "000fc002000000000000"]
    wanted += ["10020c0a0548656c6c6f0000000000", "000100", "00070007", "0007ffec", "000e41400000", "000307e8", "0004baef9a15"]
    with cpu(context, "--profile", "s7-1500@3.1", memory=False) as server:
        outcomes = rust_peer(
            context,
            server,
            [
                {"op": "read", "items": paths},
                {"op": "read", "items": [paths[2], "8A0E0001.77", "8A0E0063.9"]},
                {"op": "write", "items": [paths[3], paths[4]], "values": ["0008804d", "000ec0000000"]},
                {"op": "read", "items": [paths[3], paths[4]]},
                {"op": "write", "items": [paths[2]], "values": ["000101"]},
                {"op": "level"},
            ],
        )
    check(isinstance(outcomes, list), "no connection: %s", outcomes)
    same([v.get("value") for v in good(outcomes[0], "read")], wanted, "read_variables")
    mixed = good(outcomes[1], "mixed")
    same(mixed[0], {"ok": True, "value": "0007fb2e"}, "the good one of three")
    for one in mixed[1:]:
        check(not one["ok"] and int(one["error"], 16) >> 63, "an item error has bit 63: %s", one)
    same(good(outcomes[2], "write"), [], "write_variables")
    same([v["value"] for v in good(outcomes[3], "read back")], ["0008804d", "000ec0000000"], "read back")
    check(len(good(outcomes[4], "unfit")) == 1, "a BOOL for an INT is refused: %s", outcomes[4])
    same(good(outcomes[5], "level"), 1, "protection level")


@case("plus/rust/legitimation s7-1500@3.1")
def rust_legitimation(context):
    file = write_file(context, "password", PASSWORD + "\n", private=True)
    extra = ["--profile", "s7-1500@3.1", "--password-file", file, "--protection", "none"]
    with cpu(context, *extra) as server:
        login = {"op": "legitimate", "user": "", "password": PASSWORD}
        right = rust_peer(context, server, [{"op": "level"}, login, {"op": "level"}])
        wrong = rust_peer(context, server, [dict(login, password="Spitzkohl"), {"op": "level"}])
        twice = rust_peer(context, server, [login, login])
    same(good(right[0], "level"), 4, "level before")
    good(right[1], "the right password")
    same(good(right[2], "level"), 1, "level after")
    check(not wrong[0]["ok"] or not wrong[1]["ok"] or wrong[1]["value"] == 4, "a wrong password counts: %s", wrong)
    good(twice[0], "first")
    # It does not advance the chain of keys, so what it sends the second time is no blob of that attempt.
    bad(twice[1], "its second attempt on one connection")


# ---------------------------------------------------------------- our command against the emulator of PyPI s7commplus


@contextlib.contextmanager
def python_server(context, version, tls):
    port = context.free_port()
    job = {"port": port, "version": version, "tls": None}
    job["blocks"] = {str(db): MEMORY["DB", db].hex() for db in (1, 2, 3)}
    if tls:
        cert, key = (os.path.join(context.folder.name, "%d.%s" % (port, end)) for end in ("crt", "key"))
        script = (
            "import sys,datetime as d;from cryptography import x509;from cryptography.x509.oid import NameOID as N;"
            "from cryptography.hazmat.primitives import hashes,serialization as s;"
            "from cryptography.hazmat.primitives.asymmetric import ec;k=ec.generate_private_key(ec.SECP256R1());"
            "n=x509.Name([x509.NameAttribute(N.COMMON_NAME,'PLC_1')]);t=d.datetime.now(d.timezone.utc);"
            "c=x509.CertificateBuilder().subject_name(n).issuer_name(n).public_key(k.public_key()).serial_number(7)"
            ".not_valid_before(t-d.timedelta(1)).not_valid_after(t+d.timedelta(9)).sign(k,hashes.SHA256());"
            "open(sys.argv[1],'wb').write(c.public_bytes(s.Encoding.PEM));"
            "open(sys.argv[2],'wb').write(k.private_bytes(s.Encoding.PEM,s.PrivateFormat.PKCS8,s.NoEncryption()))"
        )
        done = context.run([context.python("py33"), "-c", script, cert, key])
        check(done.returncode == 0, "no certificate: %s", done.stderr[-300:])
        job["tls"] = {"cert": cert, "key": key}
    command = [context.python("py33"), str(HERE / "peers/plus_peer.py"), "server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        check(process.stdout.readline().strip() == "ready", "the emulator of s7commplus did not start")

        def dump(db, size):
            process.stdin.write("dump %d %d\n" % (db, size))
            process.stdin.flush()
            return bytes.fromhex(process.stdout.readline().strip())

        yield port, dump
    finally:
        process.kill()
        process.wait()


def against_python(context, version, tls):
    with python_server(context, version, tls) as (port, dump):
        url = "s7plus://127.0.0.1:%d%s" % (port, "" if tls else "?security=open")
        trust = ["--insecure"] if tls else []
        answers = context.cli_json("read", url, "DB1.DBW2:INT", "DB1.DBD4:REAL", "DB1:52:STRING[20]", "DB2:100:BYTE[300]", *trust)
        same([a.get("value") for a in answers[:3]], [-12345, 3.25, "hepta 7!"], "values")
        same(answers[3].get("value"), held("DB", 2, 100, 300).hex(), "300 octets")
        code, out, err = context.cli(
            "write", url.replace("?", "?write=1&") if "?" in url else url + "?write=1",
            "DB1.DBW%d:INT=-77" % SCRATCH, "DB1.DBD%d:REAL=0.5" % (SCRATCH + 4), *trust,
        )
        same(code, 0, "write: %s" % (err or out))
        same(dump(1, 1024)[SCRATCH : SCRATCH + 8], struct.pack(">h", -77) + held("DB", 1, SCRATCH + 2, 2) + struct.pack(">f", 0.5), "what it holds")
        answers = context.cli_json("read", url, "DB3.DBB0", "DB99.DBB0", *trust, status=1)
        check(answers[0]["ok"] and not answers[1]["ok"], "per item: %s", answers)


case("plus/servers/python V1 open")(lambda context: against_python(context, 1, False))
case("plus/servers/python V2 tls")(lambda context: against_python(context, 2, True))


# ---------------------------------------------------------------- our command against our server


@case("plus/cli/read and write by access path")
def cli_paths(context):
    with cpu(context, "--profile", "s7-1500@3.1", memory=False) as server:
        url = "s7plus://127.0.0.1:%d" % server.port
        answers = context.cli_json("read", url, "8A0E0001.B", "8A0E0001.D", "8A0E0001.F", "52.9", "8A0E0001.77", "--insecure", status=1)
        same([a.get("value") for a in answers[:2]], [-1234, 1.5], "values")
        check(answers[3]["ok"] and not answers[4]["ok"] and answers[4]["code"], "per item: %s", answers)
        code, out, err = context.cli("write", url + "?write=1", "8A0E0001.B=5", "--insecure")
        same(code, 0, "write: %s" % (err or out))
        answers = context.cli_json("read", url, "8A0E0001.B", "--insecure")
        same(answers[0]["value"], 5, "read back")


@case("plus/cli/trusts by choice only")
def cli_trust(context):
    state = os.path.join(context.folder.name, "known")
    env = dict(os.environ, HEPTA_STATE=state, XDG_STATE_HOME=state)
    with cpu(context, "--profile", "s7-1500@3.1", memory=False) as server:
        url = "s7plus://127.0.0.1:%d" % server.port

        def read(*flags):
            done = context.run([context.hepta, "read", url, "8A0E0001.B", *flags], env=env)
            return done.returncode, done.stdout + done.stderr

        code, text = read()
        same(code, 5, "an unknown certificate: %s" % text)
        found = re.search(r"[0-9a-f]{64}", text)
        check(found and "--trust-first" in text and "--pin" in text, "it says how to accept it: %s", text)
        same(read("--pin", found.group(0))[0], 0, "with the pin")
        same(read("--pin", "00" * 32)[0], 5, "with another pin")
        same(read("--trust-first")[0], 0, "trust at first sight")
        same(read("--trust-first")[0], 0, "known")
    with cpu(context, "--profile", "s7-1500@3.1", "--listen", "127.0.0.1:%d" % server.port, memory=False):
        code, text = read("--trust-first")
        same(code, 5, "another certificate: %s" % text)
        check(len(set(re.findall(r"[0-9a-f]{64}", text))) == 2, "both prints are shown: %s", text)


@case("plus/cli/passwords")
def cli_passwords(context):
    file = write_file(context, "password", PASSWORD + "\n", private=True)
    other = write_file(context, "other", "Spitzkohl\n", private=True)
    with cpu(context, "--profile", "s7-1500@3.1", "--password-file", file, "--protection", "none") as server:
        url = "s7plus://127.0.0.1:%d" % server.port
        code, out, err = context.cli("read", url, "DB3.DBB1", "--insecure", "--password-file", file)
        same(code, 0, "the right password: %s" % (out + err))
        code, out, err = context.cli("read", url, "DB3.DBB1", "--insecure", "--password-file", other)
        same(code, 5, "a wrong password: %s" % (out + err))
        check("Spitzkohl" not in out + err, "the password is shown")
        code, out, err = context.cli("read", "s7plus://me:secret@127.0.0.1:%d" % server.port, "DB3.DBB1", "--insecure")
        same(code, 2, "a password in a URL: %s" % (out + err))
        check("secret" not in out + err, "the password is shown: %s", out + err)
    with cpu(context, "--profile", "s7-1200@3.0") as server:
        url = "s7plus://127.0.0.1:%d?security=open" % server.port
        code, out, err = context.cli("read", url, "DB3.DBB1", "--password-file", file)
        check(code != 0 and PASSWORD not in out + err, "a password on an open session: %d %s", code, out + err)


@case("plus/cli/no TLS")
def no_tls(context):
    with cpu(context, "--profile", "s7-1200@3.0") as server:
        url = "s7plus://127.0.0.1:%d" % server.port
        code, out, err = context.cli("read", url, "DB3.DBB1", "--insecure")
        check(code in (4, 5), "tls was asked for: %d %s", code, out + err)
        code, out, err = context.cli("read", url + "?security=auto", "DB3.DBB1")
        same(code, 0, "auto: %s" % (out + err))
        code, out, err = context.cli("read", url + "?security=auto", "DB3.DBB1", "--pin", "00" * 32)
        check(code in (4, 5), "auto with a pin: %d %s", code, out + err)

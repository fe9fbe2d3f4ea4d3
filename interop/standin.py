#!/usr/bin/env python3
"""A small stand-in for the client half of the hepta command, so that the cases about it can be tried without it:

  interop/run.py --hepta interop/standin.py --only servers/ --only late/
It follows the same contract (read, write, watch, info, --json, exit status) over hand-made frames, one item a job. With
STANDIN_SLOPPY=1 it takes any answer for the answer to its last request and goes on after a time-out: cases in late/ must then fail.
"""

import json
import math
import os
import re
import select
import struct
import sys
import time
from urllib.parse import parse_qs, urlparse

import wire

PLAIN = {
    "BYTE": ">B",
    "CHAR": "c",
    "INT": ">h",
    "WORD": ">H",
    "UINT": ">H",
    "DINT": ">i",
    "DWORD": ">I",
    "UDINT": ">I",
    "REAL": ">f",
    "LREAL": ">d",
    "LINT": ">q",
    "ULINT": ">Q",
    "SINT": ">b",
    "USINT": ">B",
}
BY_WIDTH = {"B": "BYTE", "W": "WORD", "D": "DWORD", "X": "BOOL"}
AREAS = {"M": "MK", "I": "PE", "E": "PE", "Q": "PA", "A": "PA"}
EXIT_ITEM, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_REFUSED, EXIT_TIMEOUT = 1, 2, 3, 4, 6


class Usage(Exception):
    pass


class Address:
    def __init__(self, text):
        self.text, self.bit, self.count, self.length = text, 0, None, 0
        if m := re.fullmatch(r"DB(\d+)\.DB([XBWD])(\d+)(?:\.(\d))?(?::(\w+))?", text):
            self.area, self.db, self.start, self.bit, self.type = (
                "DB",
                int(m[1]),
                int(m[3]),
                int(m[4] or 0),
                m[5] or BY_WIDTH[m[2]],
            )
        elif m := re.fullmatch(r"DB(\d+):(\d+):(\w+)(?:\[(\d+)\])?", text):
            self.area, self.db, self.start, self.type = "DB", int(m[1]), int(m[2]), m[3]
            self.count = int(m[4]) if m[4] else None
        elif m := re.fullmatch(r"DB(\d+),([A-Z]+)(\d+)(?:\.(\d+))?", text):
            self.area, self.db, self.start, self.type = "DB", int(m[1]), int(m[3]), {"X": "BOOL"}.get(m[2], m[2])
            if self.type == "BOOL":
                self.bit = int(m[4])
            elif m[4]:
                self.count = int(m[4])
        elif m := re.fullmatch(r"([MIQEA])([BWD]?)(\d+)(?:\.(\d))?(?::(\w+))?", text):
            self.area, self.db, self.start, self.bit, self.type = (
                AREAS[m[1]],
                0,
                int(m[3]),
                int(m[4] or 0),
                m[5] or BY_WIDTH[m[2] or "X"],
            )
        elif m := re.fullmatch(r"([TC])(\d+)", text):
            self.area, self.db, self.start, self.type = (
                {"T": "TM", "C": "CT"}[m[1]],
                0,
                int(m[2]),
                {"T": "TIMER", "C": "COUNTER"}[m[1]],
            )
        else:
            raise Usage("no such address: " + text)
        if self.bit > 7:
            raise Usage("no such bit: " + text)
        if self.type in ("STRING", "WSTRING"):
            self.length, self.count = self.count or 254, None

    def chunks(self, pdu):
        """(element start, element count, transport size) of each job."""
        if self.type in ("TIMER", "COUNTER"):
            return [(self.start, 1, wire.TS_TIMER if self.type == "TIMER" else wire.TS_COUNTER)]
        if self.type == "BOOL":
            return [(self.start * 8 + self.bit, 1, wire.TS_BIT)]
        size = {"STRING": self.length + 2, "WSTRING": self.length * 2 + 4}.get(self.type) or struct.calcsize(
            PLAIN[self.type]
        ) * (self.count or 1)
        return [(self.start + at, min(pdu, size - at), wire.TS_BYTE) for at in range(0, size, pdu)]

    def decode(self, data):
        if self.type == "BOOL":
            return bool(data[0])
        if self.type == "STRING":
            return data[2 : 2 + data[1]].decode("latin-1")
        if self.type == "WSTRING":
            return data[4 : 4 + 2 * struct.unpack(">H", data[2:4])[0]].decode("utf-16-be")
        if self.type == "COUNTER":
            return int(data.hex())
        if self.type == "TIMER":
            return int(data.hex()[1:]) * 10 ** (data[0] >> 4) * 10
        if self.count and self.type == "BYTE":
            return data.hex()
        width = struct.calcsize(PLAIN[self.type])
        values = [
            self.shown(struct.unpack(PLAIN[self.type], data[i : i + width])[0]) for i in range(0, len(data), width)
        ]
        return values if self.count else values[0]

    def shown(self, value):
        if isinstance(value, bytes):
            return value.decode("latin-1")
        return (
            str(value)
            if self.type in ("LINT", "ULINT") or isinstance(value, float) and not math.isfinite(value)
            else value
        )

    def encode(self, text):
        if self.type == "BOOL":
            return bytes([text == "true"])
        if self.type == "STRING":
            return bytes([self.length, len(text)]) + text.encode("latin-1").ljust(self.length, b"\0")
        if self.type == "CHAR":
            return text.encode("latin-1")
        return struct.pack(PLAIN[self.type], float(text) if self.type in ("REAL", "LREAL") else int(text))


class Session:
    def __init__(self, url):
        parsed = urlparse(url)
        self.timeout = float(parse_qs(parsed.query).get("timeout", ["3000ms"])[0].removesuffix("ms")) / 1000
        self.raw = wire.Raw(parsed.port, timeout=self.timeout)
        self.ref = 100
        self.sloppy = bool(os.environ.get("STANDIN_SLOPPY"))

    def ask(self, make):
        """Send a job and wait for the answer with its reference; anything else that arrives is not ours."""
        self.ref = self.ref % 0xFFFF + 1
        self.raw.send(make(self.ref))
        end = time.monotonic() + self.timeout
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.raw.sock], [], [], left)[0]:
                raise TimeoutError
            reply = wire.Reply(self.raw.receive())
            if reply.ref == self.ref or self.sloppy:
                return reply

    def read(self, address):
        data = b""
        for start, count, ts in address.chunks(self.raw.pdu - 18):
            try:
                reply = self.ask(lambda ref: wire.read([wire.item(address.area, address.db, start, count, ts)], ref))
            except TimeoutError:
                if not self.sloppy:
                    raise
                return {
                    "address": address.text,
                    "ok": False,
                    "code": "time-out",
                    "error": "no answer",
                    "hint": "wait longer",
                }
            rc, _, _, payload = reply.items()[0]
            if rc != 0xFF:
                return {
                    "address": address.text,
                    "ok": False,
                    "code": "0x%02X" % rc,
                    "error": "item error",
                    "hint": "check the address",
                }
            data += payload
        return {
            "address": address.text,
            "type": address.type,
            "value": address.decode(data),
            "ok": True,
            "time": time.time(),
        }

    def write(self, address, text):
        data = address.encode(text)
        ts = {"BOOL": wire.TS_BIT}.get(address.type, wire.TS_BYTE)
        start = address.start * 8 + address.bit if ts == wire.TS_BIT else address.start
        it = wire.item(address.area, address.db, start, len(data), ts)
        reply = self.ask(lambda ref: wire.write([(it, 3 if ts == wire.TS_BIT else 4, data)], ref))
        rc = reply.data[0]
        return {"address": address.text, "ok": rc == 0xFF} | (
            {} if rc == 0xFF else {"code": "0x%02X" % rc, "error": "item error", "hint": "check the address"}
        )


def option(args, name, default):
    return args[args.index(name) + 1] if name in args else default


def main(args):
    command, url = args[0], args[1]
    operands = []
    for a in args[2:]:
        if a.startswith("--"):
            break
        operands.append(a)
    if command == "info":
        data = Session(url).ask(lambda ref: wire.szl(0x0011, ref=ref)).data
        order = data[14:34].decode("latin-1").strip()
        at = next((i for i in range(12, len(data), 28) if data[i : i + 2] == b"\0\7"), 12)
        print(json.dumps({"order": order, "version": "%d.%d.%d" % tuple(data[at + 25 : at + 28])}))
        return 0
    if not operands or command not in ("read", "write", "watch"):
        raise Usage("what?")
    if command == "write":
        pairs = [o.rpartition("=") for o in operands]
        addresses = [(Address(a), v) for a, _, v in pairs]
        session = Session(url)
        results = [session.write(a, v) for a, v in addresses]
    else:
        addresses = [Address(o) for o in operands]
        session = Session(url)
        if command == "watch":
            for _ in range(int(option(args, "--count", "1"))):
                for a in addresses:
                    print(json.dumps(session.read(a)), flush=True)
                time.sleep(float(option(args, "--every", "100ms").removesuffix("ms")) / 1000)
            return 0
        results = [session.read(a) for a in addresses]
    print(
        json.dumps(results)
        if "--json" in args
        else "\n".join("%s,%s" % (r["address"], r.get("value")) for r in results)
    )
    return 0 if all(r["ok"] for r in results) else EXIT_ITEM


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Usage, IndexError) as e:
        print(e, file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except TimeoutError as e:
        print("time-out", e, file=sys.stderr)
        sys.exit(EXIT_TIMEOUT)
    except ConnectionRefusedError as e:
        print(e, file=sys.stderr)
        sys.exit(EXIT_UNREACHABLE)
    except (ConnectionError, ValueError) as e:
        print("refused:", e, file=sys.stderr)
        sys.exit(EXIT_REFUSED)

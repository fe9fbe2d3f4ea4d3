"""Seeded malformed TPKT, COTP and S7 input for a server: 21 kinds, each case the same for the same seed and number.

Library for the robustness case; by hand it shows one case or throws a range at a server on loopback:
  s7fuzz.py --port N [--cases 5000] [--seed 7] [--only CASE]
"""

import argparse
import collections
import random
import socket
import struct
import sys
import time

import wire

CONTROL_DB = 2  # what the checks read; no kind writes there on purpose


def read_db(db, start, size):
    return wire.read([wire.item("DB", db, start, size)])


def tpkt(payload, ver=3, rsv=0, length=None):
    return struct.pack(">BBH", ver, rsv, (len(payload) + 4 if length is None else length) & 0xFFFF) + payload


def dt(pdu, li=2, code=0xF0, nr=0x80):
    return tpkt(bytes([li, code, nr]) + pdu)


def s7(rosctr, param, data=b"", pid=0x32, red=0, ref=1, plen=None, dlen=None, err=None):
    h = struct.pack(
        ">BBHHHH",
        pid,
        rosctr,
        red,
        ref,
        (len(param) if plen is None else plen) & 0xFFFF,
        (len(data) if dlen is None else dlen) & 0xFFFF,
    )
    return h + (err if err is not None else b"") + param + data


def any_item(r, db=1):
    return struct.pack(
        ">BBBBHHB",
        0x12,
        0x0A,
        0x10,
        r.choice([1, 2, 3, 4, 5, 6, 7, 8, 0x1C, 0x1D, r.randrange(256)]),
        r.choice([0, 1, 4, 200, 0xFFFF, r.randrange(65536)]),
        r.choice([0, 1, 2, 900, 0xFFFF]),
        r.choice([0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x1C, 0x1D, r.randrange(256)]),
    ) + r.choice([0, 1, 8 * 65534, 0xFFFFFF, r.randrange(1 << 24)]).to_bytes(3, "big")


SEEDS = [
    wire.CR,
    wire.setup(480),
    read_db(1, 0, 4),
    read_db(1, 0, 200),
    dt(s7(1, bytes.fromhex("0501120a10020004000184000000"), bytes.fromhex("0004002000010203"))),  # write
    dt(s7(7, bytes.fromhex("0001120411440100"), bytes.fromhex("ff09000400110000"))),  # SZL 0x0011
    dt(s7(7, bytes.fromhex("0001120411430100"), bytes.fromhex("0a000000"))),  # list blocks
    dt(s7(7, bytes.fromhex("0001120411430300"), bytes.fromhex("ff090008304130303030" "3141"))),  # block info
    dt(s7(7, bytes.fromhex("0001120411470100"), bytes.fromhex("0a000000"))),  # clock
    dt(s7(7, bytes.fromhex("0001120411450100"), bytes.fromhex("ff0900080000000000000000"))),  # security
    dt(s7(1, bytes.fromhex("28000000000000fd000009505f50524f4752414d"))),  # PI start
    dt(s7(1, bytes.fromhex("29000000000009505f50524f4752414d"))),  # stop
    dt(s7(1, bytes.fromhex("1d00010000000000095f304130303030" "3141"))),  # upload
    dt(s7(1, bytes.fromhex("1a00010000000000095f30413030303031500d31303030303030303030303030"))),
]  # download


def case(r):
    """-> (kind, handshake level 0|1|2, [chunks to send])"""
    k = r.choice(KINDS)
    return (k,) + globals()["k_" + k](r)


def k_random_bytes(r):
    return 0, [r.randbytes(r.choice([1, 3, 4, 5, 7, 22, 100, 1500, 8000]))]


def k_tpkt_length(r):
    b = r.choice(SEEDS)
    n = r.choice([0, 1, 2, 3, 4, 5, 6, 7, len(b) - 1, len(b) + 1, 0x7FFF, 0xFFFF, r.randrange(65536)])
    return r.choice([0, 1, 2]), [b[:2] + struct.pack(">H", n & 0xFFFF) + b[4:]]


def k_tpkt_version(r):
    b = bytearray(r.choice(SEEDS))
    b[0], b[1] = r.randrange(256), r.randrange(256)
    return r.choice([0, 1, 2]), [bytes(b)]


def k_cotp_cr(r):
    params = b"".join(
        bytes([r.choice([0xC0, 0xC1, 0xC2, r.randrange(256)]), n]) + r.randbytes(r.choice([n, max(0, n - 1), n + 3]))
        for n in [r.choice([0, 1, 2, 16, 200, 255]) for _ in range(r.randrange(0, 5))]
    )
    body = (
        bytes([r.choice([(6 + len(params)) & 255, 0, 1, 5, 6, 254, 255]), 0xE0])
        + r.randbytes(4)
        + bytes([r.choice([0, r.randrange(256)])])
        + params
    )
    return 0, [tpkt(body)]


def k_cotp_type(r):
    return r.choice([0, 1, 2]), [
        tpkt(bytes([r.choice([0, 1, 2, 6, 255]), r.randrange(256)]) + r.randbytes(r.randrange(0, 40)))
    ]


def k_cotp_fragments(r):
    """never-ending DT fragments without EOT, bounded"""
    frag = dt(r.randbytes(r.choice([0, 1, 50, 900])), nr=r.randrange(128))
    return r.choice([1, 2]), [frag] * r.choice([2, 10, 100])


def k_early_s7(r):
    return r.choice([0, 1]), [r.choice(SEEDS[1:])]


def k_s7_header(r):
    p = r.randbytes(r.randrange(0, 30))
    return 2, [
        dt(
            s7(
                r.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, r.randrange(256)]),
                p,
                r.randbytes(r.randrange(0, 30)),
                pid=r.choice([0x32, 0x32, 0x72, 0x33, r.randrange(256)]),
                plen=r.choice([None, 0, 1, 0xFFFF, r.randrange(65536)]),
                dlen=r.choice([None, 0, 1, 0xFFFF, r.randrange(65536)]),
            )
        )
    ]


def k_function(r):
    return 2, [
        dt(s7(1, bytes([r.randrange(256)]) + r.randbytes(r.randrange(0, 60)), r.randbytes(r.choice([0, 0, 4, 50]))))
    ]


def k_setup(r):
    a, b, c = (r.choice([0, 1, 8, 0xFFFF]) for _ in range(3))
    return 1, [
        dt(s7(1, struct.pack(">BBHHH", 0xF0, 0, a, b, r.choice([0, 1, 10, 19, 112, 239, 240, 960, 2048, 0xFFFF, c])))),
        read_db(1, 0, r.choice([4, 4000, 65535])),
    ]


def k_read_items(r):
    n = r.choice([0, 1, 2, 19, 20, 21, 40])
    items = b"".join(any_item(r) for _ in range(n))
    return 2, [
        dt(
            s7(
                1,
                bytes([4, r.choice([n, 0, 255, n + 1 & 255])])
                + items[: r.choice([len(items), max(0, len(items) - r.randrange(1, 13))])],
            )
        )
    ]


def k_item_spec(r):
    it = bytes(
        [
            r.choice([0x12, r.randrange(256)]),
            r.choice([10, 0, 1, 255, r.randrange(256)]),
            r.choice([0x10, 0xB0, 0xB2, 0x13, r.randrange(256)]),
        ]
    ) + r.randbytes(r.choice([0, 5, 9, 9, 30]))
    return 2, [dt(s7(1, bytes([r.choice([4, 5]), 1]) + it, r.choice([b"", r.randbytes(8)])))]


def k_write_data(r):
    n = r.choice([1, 1, 2, 20])
    items = b"".join(any_item(r) for _ in range(n))
    data = b"".join(
        bytes([0, r.choice([3, 4, 5, 6, 7, 9, r.randrange(256)])])
        + struct.pack(">H", r.choice([0, 1, 8, 32, 0xFFFF, r.randrange(65536)]))
        + r.randbytes(r.randrange(0, 40))
        for _ in range(r.choice([n, 0, 1]))
    )
    # DB900/0xFFFF or odd areas mostly: a valid write to DB1 is not a fault, so the control value is re-written by the checker
    return 2, [dt(s7(1, bytes([5, n]) + items, data))]


def k_userdata(r):
    par = (
        b"\x00\x01\x12"
        + bytes(
            [
                r.choice([4, 8, 0, 255]),
                r.choice([0x11, 0x12, r.randrange(256)]),
                r.choice([0x40, 0x80, 0]) | r.randrange(16),
                r.randrange(256),
                r.randrange(256),
            ]
        )
        + r.randbytes(r.choice([0, 0, 4]))
    )
    data = (
        bytes([r.choice([0xFF, 0x0A, r.randrange(256)]), r.choice([9, 0, r.randrange(256)])])
        + struct.pack(">H", r.choice([0, 4, 8, 0xFFFF, r.randrange(65536)]))
        + r.randbytes(r.randrange(0, 60))
    )
    return 2, [dt(s7(7, par, data[: r.randrange(0, len(data) + 1)]))]


def k_blocks(r):
    f = r.choice([0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x28, 0x29])
    return 2, [
        dt(s7(1, bytes([f]) + r.randbytes(r.choice([0, 1, 7, 17, 33])), r.randbytes(r.choice([0, 0, 30]))))
        for _ in range(r.choice([1, 3]))
    ]


def k_bitflip(r):
    b = bytearray(r.choice(SEEDS))
    for _ in range(r.choice([1, 1, 2, 4, 8])):
        b[r.randrange(len(b))] ^= 1 << r.randrange(8)
    return r.choice([0, 1, 2, 2, 2]), [bytes(b)]


def k_truncate_close(r):
    b = r.choice(SEEDS)
    return r.choice([0, 1, 2]), [b[: r.randrange(1, len(b))]]


def k_trickle(r):
    b = r.choice(SEEDS)
    return r.choice([0, 1, 2]), [b[i : i + 1] for i in range(min(len(b), 12))]


def k_glue(r):
    """several frames in one segment, some broken"""
    return 2, [
        b"".join(r.choice(SEEDS) if r.random() < 0.6 else k_bitflip(r)[1][0] for _ in range(r.choice([2, 5, 20])))
    ]


def k_oversize(r):
    return 2, [dt(s7(1, b"\x05\x01" + any_item(r), r.randbytes(r.choice([2000, 8000, 60000]))))]


def k_ack_flood(r):
    return 2, [dt(s7(r.choice([2, 3]), b"\x04\x01", b"\xff\x04\x00\x20\0\0\0\0", err=b"\0\0"))] * r.choice([1, 20])


KINDS = sorted(n[2:] for n in globals() if n.startswith("k_"))


def handshake(port, level, timeout):
    """A connection that got as far as TCP (0), COTP (1) or setup (2)."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    try:
        if level >= 1:
            sock.sendall(wire.CR)
            wire.receive(sock)
        if level >= 2:
            sock.sendall(wire.setup(480))
            wire.receive(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def throw(port, level, chunks, wait, timeout=2.0):
    """Send one case; what came of it: reply, closed, silent, reset, or HANDSHAKE-... when the server did not even greet."""
    try:
        sock = handshake(port, level, timeout)
    except OSError as e:
        return "HANDSHAKE-" + type(e).__name__
    try:
        for chunk in chunks:
            sock.sendall(chunk)
        sock.settimeout(wait)
        return "reply" if sock.recv(65536) else "closed"
    except socket.timeout:
        return "silent"
    except OSError:
        return "reset"
    finally:
        sock.close()


class Checker:
    """A kept connection and a fresh one must both answer a known read."""

    def __init__(self, port):
        self.port, self.kept = port, wire.Raw(port, pdu=480)
        self.expected = self.known(self.kept)
        self.slowest = 0.0

    def known(self, raw):
        rc, _, _, payload = raw.ask(read_db(CONTROL_DB, 0, 4)).items()[0]
        if rc != 0xFF:
            raise ValueError("the control read failed with item code %02x" % rc)
        return payload

    def check(self):
        """What is wrong, or None. A case may have written to the control bytes by a flipped bit, so only fresh against kept counts."""
        start = time.perf_counter()
        try:
            with wire.Raw(self.port, pdu=480) as fresh:
                value = self.known(fresh)
        except (OSError, ValueError) as e:
            return "new connection: %s: %s" % (type(e).__name__, e)
        self.slowest = max(self.slowest, time.perf_counter() - start)
        try:
            kept = self.known(self.kept)
        except (OSError, ValueError) as e:
            return "kept connection: %s: %s" % (type(e).__name__, e)
        return None if kept == value else "kept connection read %s, a new one %s" % (kept.hex(), value.hex())


def campaign(port, cases, seed=7, check_every=50, wait=0.005):
    """Throw `cases` cases; (outcomes, problems, slowest check in seconds). Stops at the fifth problem."""
    checker, outcomes, problems = Checker(port), collections.Counter(), []
    for number in range(cases):
        kind, level, chunks = case(random.Random((seed << 32) | number))
        outcome = throw(port, level, chunks, wait)
        outcomes[outcome] += 1
        if outcome.startswith("HANDSHAKE") or (number + 1) % check_every == 0:
            if problem := checker.check():
                problems.append("case %d (%s): %s" % (number, kind, problem))
                if len(problems) == 5:
                    break
    return outcomes, problems, checker.slowest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", type=int, metavar="CASE", help="throw this one and show its bytes")
    args = parser.parse_args()
    if args.only is not None:
        kind, level, chunks = case(random.Random((args.seed << 32) | args.only))
        print(kind, "after handshake level", level, *(chunk.hex() for chunk in chunks), sep="\n")
        print(throw(args.port, level, chunks, 1.0))
        return 0
    outcomes, problems, slowest = campaign(args.port, args.cases, args.seed)
    print(dict(outcomes), "slowest check %.1f ms" % (slowest * 1000), *problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

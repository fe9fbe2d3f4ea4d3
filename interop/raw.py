"""Hand-made frames against the server: the defects of the first server of this family, the dialects clients speak, and how bytes may arrive."""

import random
import socket
import struct
import time

import wire
from harness import Failure, case, check, held, same
from wire import EMPTY_DT, TS_BIT, Raw, Reply, dt, item, job, read, setup

READ4 = read([item("DB", 1, 4, 4)], ref=0x0930)


def reply_items(reply, count, what):
    items = reply.items()
    same(reply.rosctr, 3, what + ": ROSCTR")
    same(reply.error, 0, what + ": header error")
    same(reply.param, bytes([4, count]), what + ": parameters (function, item count)")
    same(len(items), count, what + ": items")
    return items


def expect_read4(frame, what="read of DB1.DBD4", ref=0x0930):
    reply = Reply(frame)
    same(reply.ref, ref, what + ": reference")
    same(reply_items(reply, 1, what)[0], (0xFF, 4, 32, held("DB", 1, 4, 4)), what)


def silent_or_closed(raw, seconds=0.5):
    """True when nothing comes: neither an answer nor, for sure, data of any kind."""
    raw.sock.settimeout(seconds)
    try:
        return raw.sock.recv(1) == b""
    except socket.timeout:
        return True
    except ConnectionError:
        return True
    finally:
        raw.sock.settimeout(5)


def refused_item(reply, code, what):
    """An item refused with this code: exactly four bytes."""
    rc, ts, length, _ = reply_items(reply, 1, what)[0]
    same((rc, ts, length, len(reply.data)), (code, 0, 0, 4), what + " (code, transport size, length, bytes)")


# ---------------------------------------------------------------- what the first server got wrong


@case("raw/seed/setup answer")
def setup_answer(context):
    with context.serve() as server:
        for asked in (480, 960):
            with Raw(server.port, pdu=asked) as raw:
                reply = raw.setup_reply
                same(
                    (reply.rosctr, reply.ref, reply.error, len(reply.param), reply.data),
                    (3, 1, 0, 8, b""),
                    "setup answer",
                )
                same(reply.param[:2], b"\xf0\0", "function")
                same(reply.param[2:6], b"\0\1\0\1", "jobs granted when one is asked")
                same(raw.pdu, asked, "granted PDU")
        with Raw(server.port, amq=3) as raw:
            check(
                1 <= struct.unpack(">H", raw.setup_reply.param[2:4])[0] <= 3,
                "jobs granted: %s",
                raw.setup_reply.param.hex(),
            )


@case("raw/seed/parameter length of a read answer")
def parameter_length(context):
    with context.serve() as server, Raw(server.port) as raw:
        expect_read4(raw.exchange(READ4))


@case("raw/seed/bit read answers the bit")
def bit_read(context):
    with context.serve() as server, Raw(server.port) as raw:
        for bit in range(8):
            got = reply_items(raw.ask(read([item("DB", 1, bit, 1, TS_BIT)])), 1, "bit")[0]
            same(got, (0xFF, 3, 1, bytes([0b10100101 >> bit & 1])), "DB1.DBX0.%d" % bit)


@case("raw/seed/missing DB is one item 0A", differs={"native": "answers 0a 00 00 04, a length with no data behind it"})
def missing_db(context):
    with context.serve() as server, Raw(server.port) as raw:
        refused_item(raw.ask(read([item("DB", 99, 0, 4)])), 0x0A, "DB99")
        refused_item(raw.ask(read([item("DB", 3, 14, 4)])), 0x05, "over the end of DB3")
        refused_item(raw.ask(read([item("DB", 3, 0xFFFF, 1)])), 0x05, "far behind the end of DB3")
        expect_read4(raw.exchange(READ4), "read after the errors")


@case("raw/seed/write, SZL and stop are answered")
def write_szl_stop(context):
    with context.serve() as server, Raw(server.port) as raw:
        reply = raw.ask(wire.write([(item("DB", 1, 600, 2), 4, b"\x12\x34")], ref=77))
        same(
            (reply.rosctr, reply.ref, reply.error, reply.param, reply.data),
            (3, 77, 0, b"\5\1", b"\xff"),
            "write answer",
        )
        same(raw.read_area("DB", 1, 600, 2), b"\x12\x34", "what was written")
        reply = raw.ask(wire.szl(0x0011))
        same((reply.rosctr, reply.param[:3], reply.param[5], reply.data[0]), (7, b"\0\1\x12", 0x84, 0xFF), "SZL answer")
        same(reply.data[4:6], b"\0\x11", "the list asked for")
        reply = raw.ask(dt(job(bytes.fromhex("29000000000009505f50524f4752414d"), ref=78)))
        same((reply.rosctr in (2, 3), reply.ref), (True, 78), "stop answer")
        expect_read4(raw.exchange(READ4), "read after the stop")


@case("raw/seed/two items do not kill it")
def two_items(context):
    with context.serve() as server, Raw(server.port) as raw:
        places = [("DB", 1, 4, 4), ("DB", 2, 300, 3), ("MK", 0, 9, 1), ("PE", 0, 0, 2)]
        got = reply_items(raw.ask(read([item(*place) for place in places])), 4, "four items")
        same([payload for *_, payload in got], [held(*place) for place in places], "four items")


@case("raw/seed/empty item list")
def no_items(context):
    with context.serve() as server, Raw(server.port) as raw:
        raw.send(dt(job(b"\4\0")))
        # Any answer will do that is not data, and so will a closed connection; the server has to live.
        silent_or_closed(raw)
        with Raw(server.port) as second:
            expect_read4(second.exchange(READ4), "read on a new connection")


@case("raw/seed/body in pieces")
def body_in_pieces(context):
    with context.serve() as server, Raw(server.port) as raw:
        for cut in (1, 3, 4, 5, 7, 11, 20, len(READ4) - 1):
            raw.send(READ4[:cut])
            time.sleep(0.02)
            raw.send(READ4[cut:])
            expect_read4(raw.receive(), "read cut after %d bytes" % cut)


@case("raw/seed/references of the CC")
def cc_references(context):
    with context.serve() as server, Raw(
        server.port, cr=bytes.fromhex("0300001611e00000000700c1020100c2020102c0010a")
    ) as raw:
        same(raw.cc[6:8], b"\0\7", "destination reference of the CC (the source reference of the CR)")
        check(raw.cc[8:10] != b"\0\0", "the source reference of the CC is zero: %s", raw.cc.hex())
        parameters, at = {}, 11
        while at < len(raw.cc):
            parameters[raw.cc[at]] = raw.cc[at + 2 : at + 2 + raw.cc[at + 1]]
            at += 2 + raw.cc[at + 1]
        same(parameters, {0xC0: b"\x0a", 0xC1: b"\1\0", 0xC2: b"\1\2"}, "parameters of the CC")


@case("raw/seed/areas are told apart")
def areas_apart(context):
    """M, I and Q with DB number 1 in the frame are still M, I and Q."""
    with context.serve() as server, Raw(server.port) as raw:
        for area in ("MK", "PE", "PA"):
            got = reply_items(raw.ask(read([item(area, 1, 8, 6)])), 1, area)[0]
            same(got[3], held(area, 0, 8, 6), area)


@case("raw/seed/unknown area")
def unknown_area(context):
    with context.serve() as server, Raw(server.port) as raw:
        rc, _, _, payload = reply_items(raw.ask(read([item(0x99, 0, 0, 1)])), 1, "area 99")[0]
        check(rc != 0xFF and not payload, "area 99 was answered with code %02x %s", rc, payload.hex())
        same(len(raw.ask(read([item(0x99, 0, 0, 1)])).data), 4, "bytes of the refusal")
        expect_read4(raw.exchange(READ4))


@case("raw/seed/count and size are elements, not bytes")
def elements(context):
    with context.serve() as server, Raw(server.port) as raw:
        for ts, size, data_ts in ((wire.TS_WORD, 2, 4), (wire.TS_DWORD, 4, 4), (wire.TS_REAL, 4, 7)):
            rc, got_ts, length, payload = reply_items(raw.ask(read([item("DB", 1, 100, 3, ts)])), 1, "ts %d" % ts)[0]
            same((rc, payload), (0xFF, held("DB", 1, 100, 3 * size)), "three elements of transport size %d" % ts)
            check(
                got_ts == data_ts or context.server_kind == "native",
                "transport size %d answered as %d, length %d",
                ts,
                got_ts,
                length,
            )


@case("raw/seed/nothing before the setup", differs={"native": "serves reads before the setup"})
def before_setup(context):
    """A read on a connection that skipped the setup gets no data."""
    with context.serve() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=2) as sock:
            sock.sendall(wire.CR)
            wire.receive(sock)
            sock.sendall(READ4)
            try:
                reply = Reply(wire.receive(sock))
                check(reply.error != 0, "a read before the setup was answered with %s", reply.frame.hex())
            except (ConnectionError, socket.timeout):
                pass  # closing, or saying nothing, is as good
        with Raw(server.port) as raw:
            expect_read4(raw.exchange(READ4))


# ---------------------------------------------------------------- dialects


@case("raw/dialect/empty DT before the data")
def empty_dt(context):
    with context.serve() as server, Raw(server.port) as raw:
        for between in (b"", b"pause"):
            raw.send(EMPTY_DT)
            if between:
                time.sleep(0.05)
            raw.send(READ4)
            expect_read4(raw.receive())


@case("raw/dialect/TPDU number counts up")
def tpdu_number(context):
    with context.serve() as server, Raw(server.port) as raw:
        for number in (0x80, 0x8A, 0x8B, 0xFF):
            answer = raw.exchange(READ4[:6] + bytes([number]) + READ4[7:])
            expect_read4(answer)
            same(answer[6], 0x80, "TPDU number of the answer")


@case("raw/dialect/libnodave", differs={"native": "sends longer TPDUs than agreed on"})
def libnodave(context):
    """TPDU size 09, PDU 1920, reference FFFF."""
    with context.serve() as server, Raw(
        server.port, cr=bytes.fromhex("0300001611e00000000100c1020100c2020102c00109")
    ) as raw:
        tpdu = raw.cc[raw.cc.index(b"\xc0\1") + 2]
        check(tpdu <= 9, "TPDU size %02x answered to an offer of 09", tpdu)
        reply = raw.ask(setup(1920, ref=0xFFFF))
        same((reply.ref, reply.error), (0xFFFF, 0), "answer to a second setup")
        granted = struct.unpack(">H", reply.param[6:8])[0]
        check(112 <= granted <= 1920, "granted PDU %d", granted)
        expect_read4(raw.exchange(read([item("DB", 1, 4, 4)], ref=0xFFFF)), ref=0xFFFF)
        # An answer of more than 512 bytes has to come in several TPDUs that fit the size agreed on, or not be asked for.
        raw.send(read([item("DB", 2, 0, min(granted, 900) - 18)], ref=5))
        whole, last = b"", False
        while not last:
            frame = raw.receive()
            check(len(frame) - 4 <= 512, "a TPDU of %d bytes although 512 was agreed on", len(frame) - 4)
            whole, last = whole + frame[7:], bool(frame[6] & 0x80)
        same(Reply(dt(whole)).items()[0][3], held("DB", 2, 0, min(granted, 900) - 18), "the long answer")


@case("raw/dialect/CR parameters in any order, unknown ones too")
def cr_parameters(context):
    rng = random.Random(3)
    with context.serve() as server:
        for _ in range(6):
            parameters = [
                bytes.fromhex(p) for p in ("c0010a", "c1020100", "c2020101", "c60200ff", "c7020102", "990401020304")
            ]
            rng.shuffle(parameters)
            body = bytes.fromhex("e00000000500") + b"".join(parameters)
            with Raw(server.port, cr=wire.tpkt(bytes([len(body)]) + body)) as raw:
                expect_read4(raw.exchange(READ4))


@case("raw/dialect/text TSAPs")
def text_tsaps(context):
    with context.serve() as server:
        for cr in (
            "030000231ee00000001100c1020600c20f53494d415449432d524f4f542d4553c0010a",
            "030000241fe00000001b00c1020620c21053494d415449432d524f4f542d484d49c0010a",
        ):
            with Raw(server.port, cr=bytes.fromhex(cr)) as raw:
                check(b"SIMATIC-ROOT-" in raw.cc, "the CC does not repeat the TSAP: %s", raw.cc.hex())
                expect_read4(raw.exchange(READ4))


@case("raw/dialect/python client's userdata header")
def python_userdata(context):
    """Pure-Python clients head their userdata requests with 0A 00 instead of FF 09. An answer or an error will do, silence will not."""
    with context.serve() as server:
        for what, group, sub, data in (
            ("SZL", 4, 1, "0a00000400110000"),
            ("block list", 3, 2, "0a00000241"),
            ("clock", 7, 1, "0a000000"),
            ("block info", 3, 3, "0a0000083041303030303141"),
        ):
            with Raw(server.port) as raw:
                reply = raw.ask(wire.userdata(group, sub, bytes.fromhex(data), ref=9))
                same((reply.rosctr in (2, 3, 7), reply.ref), (True, 9), what + ": an answer with its reference")
                expect_read4(raw.exchange(READ4), "read after the " + what)


@case("raw/dialect/unknown function and sub function", differs={"native": "does not answer an unknown function"})
def unknown_functions(context):
    with context.serve() as server, Raw(server.port) as raw:
        for function in (0x00, 0x13, 0x77, 0xF1):
            reply = raw.ask(dt(job(bytes([function, 0]), ref=40)))
            same(
                (reply.rosctr in (2, 3), reply.ref, reply.error != 0),
                (True, 40, True),
                "function %02x (answered, reference, refused)" % function,
            )
        reply = raw.ask(wire.userdata(4, 0x6E, ref=41))
        same((reply.rosctr, reply.ref), (7, 41), "unknown userdata sub function")
        check(
            struct.unpack(">H", reply.param[10:12])[0] != 0,
            "unknown userdata sub function is not refused: %s",
            reply.frame.hex(),
        )
        expect_read4(raw.exchange(READ4))


@case(
    "raw/dialect/twenty items, and more than fit",
    differs={"native": "refuses more than 20 items whether they fit or not"},
)
def many_items(context):
    with context.serve() as server, Raw(server.port, pdu=480) as raw:
        places = [("DB", 2, i * 7, 1 + i % 3) for i in range(30)]
        for count in (20, 30):
            got = reply_items(raw.ask(read([item(*place) for place in places[:count]])), count, "%d items" % count)
            same([payload for *_, payload in got], [held(*place) for place in places[:count]], "%d items" % count)
        reply = raw.ask(read([item("DB", 2, 0, 200)] * 4))
        check(reply.size <= 480, "an answer of %d bytes under a PDU of 480", reply.size)
        check(
            reply.error != 0 or any(rc != 0xFF for rc, *_ in reply.items()),
            "800 bytes were promised under a PDU of 480",
        )
        reply = raw.ask(read([item("DB", 2, 0, 4000)]))
        check(reply.size <= 480, "an answer of %d bytes under a PDU of 480", reply.size)
        expect_read4(raw.exchange(READ4))


@case("raw/dialect/small PDU", differs={"native": "lifts a small PDU to 240"})
def small_pdu(context):
    with context.serve() as server, Raw(server.port, pdu=112) as raw:
        same(raw.pdu, 112, "granted PDU")
        got = reply_items(raw.ask(read([item("DB", 2, 0, 112 - 18)])), 1, "biggest read")[0]
        same(got[3], held("DB", 2, 0, 112 - 18), "biggest read under a PDU of 112")


# ---------------------------------------------------------------- how bytes arrive, and how a connection ends


@case("raw/stream/byte by byte")
def byte_by_byte(context):
    with context.serve() as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for frame in (wire.CR, setup(), READ4):
            for i in range(len(frame)):
                sock.sendall(frame[i : i + 1])
                time.sleep(0.001)
            answer = wire.receive(sock)
        expect_read4(answer)


@case("raw/stream/many requests in one segment")
def one_segment(context):
    with context.serve() as server, Raw(server.port, amq=8) as raw:
        raw.send(b"".join(read([item("DB", 2, 100 + i, 3)], ref=1000 + i) for i in range(8)))
        for i in range(8):
            reply = Reply(raw.receive())
            same(reply.ref, 1000 + i, "reference (answers come in the order of the requests)")
            same(reply.items()[0][3], held("DB", 2, 100 + i, 3), "value of request %d" % i)


@case("raw/stream/one and a half requests")
def one_and_a_half(context):
    with context.serve() as server, Raw(server.port) as raw:
        raw.send(READ4 + READ4[:9])
        expect_read4(raw.receive(), "the whole one")
        raw.send(READ4[9:])
        expect_read4(raw.receive(), "the other one")


@case("raw/stream/request in COTP fragments", differs={"native": "closes on a fragment without data"})
def fragments(context):
    with context.serve() as server, Raw(server.port) as raw:
        pdu = READ4[7:]
        for sizes in ((10,), (0, 12, 13), (1,) * 10):
            at, sent = 0, b""
            for size in sizes:
                sent += dt(pdu[at : at + size], 0x00)
                at += size
            raw.send(sent + dt(pdu[at:], 0x80))
            expect_read4(raw.receive(), "request in %d fragments" % (len(sizes) + 1))


@case("raw/stream/DR is answered with DC")
def disconnect(context):
    with context.serve() as server, Raw(server.port) as raw:
        answer = raw.exchange(wire.DR)
        same(answer[5], 0xC0, "TPDU type of the answer")
        same(raw.sock.recv(1), b"", "what follows (the end of the stream)")


@case("raw/stream/not TPKT", differs={"native": "keeps such a connection open"})
def not_tpkt(context):
    with context.serve() as server:
        for junk in (b"GET / HTTP/1.0\r\n\r\n", b"\x02\0\0\x16" + wire.CR[4:], b"\3\0\0\3", b"\3\0\0\0"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=3) as sock:
                sock.sendall(junk)
                try:
                    got = sock.recv(64)
                    check(got[:1] in (b"", b"\3"), "%r was answered with %r", junk[:8], got)
                except ConnectionError:
                    pass
                except socket.timeout as e:
                    raise Failure("the connection stays open after %r" % junk[:8]) from e
        with Raw(server.port) as raw:
            expect_read4(raw.exchange(READ4))


@case("cli/PUT-GET off")
def put_get_off(context):
    with context.serve(None, "--profile", "s7-1500", "--put-get", "off") as server:
        try:
            with Raw(server.port) as raw:
                same(raw.ask(READ4).error, 0x8104, "header error of a read")
        except ConnectionError:
            pass  # some CPUs reset the connection instead

"""S7comm frames by hand: what the raw cases send, and the neutral reader that checks what another peer wrote."""

import socket
import struct

AREA_CODES = {"PE": 0x81, "PA": 0x82, "MK": 0x83, "DB": 0x84, "CT": 0x1C, "TM": 0x1D}
TS_BIT, TS_BYTE, TS_CHAR, TS_WORD, TS_INT, TS_DWORD, TS_DINT, TS_REAL = range(1, 9)
TS_COUNTER, TS_TIMER = 0x1C, 0x1D

CR = bytes.fromhex("0300001611e00000000100c0010ac1020100c2020101")
DR = bytes.fromhex("0300000b06800001010080")
EMPTY_DT = bytes.fromhex("0300000702f000")


def tpkt(payload):
    return struct.pack(">BBH", 3, 0, len(payload) + 4) + payload


def dt(pdu, number=0x80):
    return tpkt(bytes([2, 0xF0, number]) + pdu)


def job(param, data=b"", ref=1, rosctr=1):
    return struct.pack(">BBHHHH", 0x32, rosctr, 0, ref, len(param), len(data)) + param + data


def setup(pdu=960, amq=1, ref=1):
    return dt(job(struct.pack(">BBHHH", 0xF0, 0, amq, amq, pdu), ref=ref))


def item(area, db, start, count, ts=TS_BYTE):
    """One S7ANY item. `start` is in bytes, in bits for TS_BIT, a number for timers and counters."""
    address = start if ts in (TS_BIT, TS_COUNTER, TS_TIMER) else start * 8
    return struct.pack(">BBBBHHB", 0x12, 10, 0x10, ts, count, db, AREA_CODES.get(area, area)) + address.to_bytes(
        3, "big"
    )


def read(items, ref=2):
    return dt(job(bytes([4, len(items)]) + b"".join(items), ref=ref))


def write(items_and_data, ref=2):
    """`items_and_data`: (item, data transport size, bytes) each; the length field counts bits for 03, 04 and 05."""
    param, data = bytes([5, len(items_and_data)]), b""
    for it, ts, value in items_and_data:
        if len(data) % 2:
            data += b"\0"
        length = 1 if ts == 3 else len(value) * 8 if ts in (4, 5) else len(value)
        param += it
        data += struct.pack(">BBH", 0, ts, length) + value
    return dt(job(param, data, ref=ref))


def userdata(group, sub, data=b"\x0a\0\0\0", ref=3):
    return dt(job(bytes([0, 1, 0x12, 4, 0x11, 0x40 | group, sub, 0]), data, ref=ref, rosctr=7))


def szl(szl_id, index=0, ref=3):
    return userdata(4, 1, b"\xff\x09\0\x04" + struct.pack(">HH", szl_id, index), ref)


class Reply:
    """One S7 answer taken apart. Raises ValueError when its own lengths contradict each other."""

    def __init__(self, frame):
        self.frame = frame
        if frame[5] != 0xF0:
            raise ValueError("not a DT: " + frame.hex())
        pdu = frame[5 + frame[4] :]
        if frame[4] != 2 or pdu[0] != 0x32:
            raise ValueError("not S7: " + frame.hex())
        self.rosctr, self.ref, plen, dlen = pdu[1], *struct.unpack(">HHH", pdu[4:10])
        head = 12 if self.rosctr in (2, 3) else 10
        self.error = struct.unpack(">H", pdu[10:12])[0] if head == 12 else 0
        if head + plen + dlen != len(pdu):
            raise ValueError("lengths do not add up: " + frame.hex())
        self.param, self.data = pdu[head : head + plen], pdu[head + plen :]
        self.size = len(pdu)

    def items(self):
        """The data items of a read answer as (return code, transport size, length field, payload)."""
        out, at = [], 0
        while at < len(self.data):
            rc, ts, length = struct.unpack(">BBH", self.data[at : at + 4])
            size = ((length + 7) // 8 if ts in (3, 4, 5) else length) if rc == 0xFF else 0
            payload = self.data[at + 4 : at + 4 + size]
            if len(payload) != size:
                raise ValueError("item runs past the end: " + self.frame.hex())
            out.append((rc, ts, length, payload))
            at += 4 + size
            if size % 2 and at < len(self.data):
                at += 1
        return out


def receive(sock):
    """One whole TPKT; ConnectionError when the other side closes instead."""

    def exactly(n):
        got = b""
        while len(got) < n:
            more = sock.recv(n - len(got))
            if not more:
                raise ConnectionError("closed")
            got += more
        return got

    head = exactly(4)
    return head + exactly(struct.unpack(">H", head[2:])[0] - 4)


class Raw:
    """A connected session. Also the neutral checker: it reads and writes areas with no library in between."""

    def __init__(self, port, pdu=960, cr=CR, timeout=5.0, amq=1):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.cc = self.exchange(cr)
            if self.cc[5] & 0xF0 != 0xD0:
                raise ConnectionError("no CC: " + self.cc.hex())
            self.setup_reply = Reply(self.exchange(setup(pdu, amq)))
        except BaseException:
            self.sock.close()
            raise
        self.pdu = struct.unpack(">H", self.setup_reply.param[6:8])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def receive(self):
        return receive(self.sock)

    def exchange(self, frame):
        self.send(frame)
        return self.receive()

    def ask(self, frame):
        return Reply(self.exchange(frame))

    def read_area(self, area, db, start, size):
        """Bytes of an area; for CT and TM `start` and `size` count elements of two bytes."""
        ts = {"CT": TS_COUNTER, "TM": TS_TIMER}.get(area, TS_BYTE)
        out, step = b"", (self.pdu - 18) // (1 if ts == TS_BYTE else 2)
        for at in range(0, size, step):
            rc, _, _, payload = self.ask(read([item(area, db, start + at, min(step, size - at), ts)])).items()[0]
            if rc != 0xFF:
                raise ValueError("%s%d at %d: item code %02x" % (area, db, start + at, rc))
            out += payload
        return out


def read_area(port, area, db, start, size):
    with Raw(port) as raw:
        return raw.read_area(area, db, start, size)

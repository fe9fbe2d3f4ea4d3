"""Late, doubled and reordered answers between `hepta read/watch` and a server: an error is allowed, a wrong value never is."""

import heapq
import json
import random
import socket
import struct
import threading
import time

import wire
from harness import case, check, same

ADDRESSES = 40
STRIDE = 1600  # far enough apart that reads are not merged into one


class Unruly:
    """A server on loopback whose DWORD at every aligned address says which address it is (upper half) and which request asked (lower
    half), so that an answer given to the wrong question, or given twice, shows in the value. `manner(random)` says for each answer
    after how many seconds it goes out: one number for each copy."""

    def __init__(self, seed, manner, amq=8):
        self.random, self.manner, self.amq = random.Random(seed), manner, amq
        self.requests, self.lock = 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def url(self, query=""):
        return "s7://127.0.0.1:%d/0/1%s" % (self.port, query)

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        queue, wake = [], threading.Condition()
        threading.Thread(target=self.deliver, args=(sock, queue, wake), daemon=True).start()
        serial = 0
        try:
            while True:
                frame = wire.receive(sock)
                if frame[5] == 0xE0:  # CR
                    sock.sendall(wire.tpkt(bytes([frame[4], 0xD0]) + frame[8:10] + b"\0\7" + frame[10:]))
                    continue
                if frame[5] != 0xF0 or len(frame) < 18:
                    continue
                answer, delays = self.answer(frame[7:])
                with wake:
                    for delay in delays:
                        heapq.heappush(queue, (time.monotonic() + delay, serial, answer))
                        serial += 1
                    wake.notify()
        except OSError:
            pass
        finally:
            with wake:
                queue.append(None)
                wake.notify()
            sock.close()

    @staticmethod
    def deliver(sock, queue, wake):
        while True:
            with wake:
                while not queue or queue[0] is not None and None not in queue and queue[0][0] > time.monotonic():
                    wake.wait(queue[0][0] - time.monotonic() if queue else None)
                if None in queue:
                    return
                _, _, answer = heapq.heappop(queue)
            try:
                sock.sendall(answer)
            except OSError:
                return

    def answer(self, pdu):
        """(frame, delays); the setup is answered at once and properly."""
        ref, function = struct.unpack(">H", pdu[4:6])[0], pdu[10]
        if function == 0xF0:
            amq, size = struct.unpack(">HH", pdu[12:14] + pdu[16:18])
            param = struct.pack(">BBHHH", 0xF0, 0, min(amq, self.amq), min(amq, self.amq), min(size, 240))
            return self.frame(ref, param, b""), [0]
        if function != 4 or pdu[1] != 1:
            return wire.dt(struct.pack(">BBHHHHH", 0x32, 2, 0, ref, 0, 0, 0x8104)), [0]
        with self.lock:
            self.requests += 1
            tick, delays = self.requests & 0xFFFF, self.manner(self.random)
        data = b""
        for i in range(pdu[11]):
            ts, count, _, _ = struct.unpack(">BHHB", pdu[15 + 12 * i : 21 + 12 * i])
            start = int.from_bytes(pdu[21 + 12 * i : 24 + 12 * i], "big") // 8
            size = count * {4: 2, 5: 2, 6: 4, 7: 4, 8: 4}.get(ts, 1)
            first, last = start // 4, (start + size + 3) // 4
            memory = b"".join(struct.pack(">HH", n & 0xFFFF, tick) for n in range(first, last))
            value = memory[start % 4 : start % 4 + size]
            if len(data) % 2:
                data += b"\0"
            data += struct.pack(">BBH", 0xFF, 4, len(value) * 8) + value
        return self.frame(ref, bytes([4, pdu[11]]), data), delays

    @staticmethod
    def frame(ref, param, data):
        return wire.dt(struct.pack(">BBHHHHH", 0x32, 3, 0, ref, len(param), len(data), 0) + param + data)


def addresses():
    return ["DB2.DBD%d:DWORD" % (n * STRIDE) for n in range(ADDRESSES)]


def check_value(answer, n, least):
    """The value belongs to address number `n` and to no request older than `least`; the request it belongs to."""
    value = int(answer["value"])
    check(
        value >> 16 == n * STRIDE // 4,
        "%s holds %08X: that is the value of byte %d",
        answer["address"],
        value,
        (value >> 16) * 4,
    )
    check(
        value & 0xFFFF > least,
        "%s holds %08X: an answer to request %d, asked after request %d",
        answer["address"],
        value,
        value & 0xFFFF,
        least,
    )
    return value & 0xFFFF


def read_under(context, seed, manner, runs, must_succeed, query=""):
    good = 0
    with Unruly(seed, manner) as server:
        for _ in range(runs):
            before = server.requests
            code, out, _ = context.cli("read", server.url(query), *addresses(), "--json", limit=60)
            if code != 0 and not out.strip():
                continue
            answers = json.loads(out)
            if not isinstance(answers, list):
                continue  # one error for the whole command
            same([a["address"] for a in answers], addresses(), "addresses")
            for n, answer in enumerate(answers):
                if answer["ok"]:
                    good += 1
                    check_value(answer, n, before)
    check(
        good == ADDRESSES * runs if must_succeed else True,
        "%d of %d values came through, although every answer did",
        good,
        ADDRESSES * runs,
    )
    return good


def watch_under(context, seed, manner, query=""):
    """The values seen of each address must be ever newer answers."""
    names = addresses()[:6]
    with Unruly(seed, manner) as server:
        code, out, err = context.cli(
            "watch", server.url(query), *names, "--every", "40ms", "--count", "30", "--json", limit=120
        )
    seen = dict.fromkeys(names, 0)
    lines = [json.loads(line) for line in out.splitlines()]
    for answer in lines:
        if answer.get("ok") and answer.get("address") in seen:
            seen[answer["address"]] = check_value(answer, names.index(answer["address"]), seen[answer["address"]])
    return sum(bool(a.get("ok")) for a in lines), code, err


def delayed(rng):
    return [rng.uniform(0, 0.15)]


def doubled(rng):
    return [0.0] + [rng.uniform(0, 0.1) for _ in range(rng.choice((0, 1, 1, 3)))]


# The request time-out these two cases ask for; every fifth answer comes after it.
TIMEOUT = "?timeout=300ms"


def beyond_the_time_out(rng):
    return [rng.uniform(0.35, 0.9) if rng.random() < 0.2 else rng.uniform(0, 0.02)]


def all_at_once(rng):
    return (
        [d for pick in (delayed, doubled, beyond_the_time_out) for d in pick(rng)]
        if rng.random() < 0.5
        else beyond_the_time_out(rng)
    )


@case("late/read, answers delayed and out of order")
def read_delayed(context):
    read_under(context, 1, delayed, 4, must_succeed=True)


@case("late/read, answers doubled")
def read_doubled(context):
    read_under(context, 2, doubled, 6, must_succeed=False)


@case("late/read, answers after the time-out")
def read_late(context):
    read_under(context, 3, beyond_the_time_out, 4, must_succeed=False, query=TIMEOUT)


@case("late/watch, answers delayed and out of order")
def watch_delayed(context):
    good, code, err = watch_under(context, 4, delayed)
    check(good and code == 0, "%d values, exit status %d: %s", good, code, err[-300:])


@case("late/watch, answers doubled")
def watch_doubled(context):
    watch_under(context, 5, doubled)


@case("late/watch, answers after the time-out")
def watch_late(context):
    good, _, err = watch_under(context, 6, beyond_the_time_out, query=TIMEOUT)
    check(good, "not one value came through: %s", err[-300:])


@case("late/watch, all of it at once")
def watch_all(context):
    watch_under(context, 7, all_at_once, query=TIMEOUT)

"""Malformed input, crowds and storms: the server stays alive, small and free of left-over sockets."""

import os
import socket
import threading
import time

import s7fuzz
import wire
from harness import case, check, held, same

# What the server may grow by while it is fuzzed. Nothing it is sent may be kept once its connection is gone; what remains is the
# allocator's hold on the largest frames seen at once (a few 64 KB bodies and reassembly buffers) and lazily touched pages of the binary
# and of the 65,535-byte DB. A leak of even one 100-byte frame for each case would pass this only up to 80,000 cases, so the bound is
# taken between the end of a warm-up and the end of the run.
RSS_GROWTH_KB = 8 * 1024
CROWD, STORM = 200, 2000


def rss_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def sockets(pid):
    """Open sockets of a process."""
    count = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            count += os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith("socket:")
        except FileNotFoundError:
            pass  # closed between the listing and the look
    return count


def settles_at(pid, wanted, seconds=5):
    """Wait until the process has no more than `wanted` sockets open; how many it has in the end."""
    end = time.monotonic() + seconds
    while (count := sockets(pid)) > wanted and time.monotonic() < end:
        time.sleep(0.05)
    return count


@case("robust/fuzz", alone=True, differs={"native": "crashes on reads above the PDU"})
def fuzz(context):
    with context.serve() as server:
        warm_up = max(200, context.fuzz_cases // 10)
        _, problems, _ = s7fuzz.campaign(server.port, warm_up, seed=99)
        check(not problems, "during the warm-up: %s", "; ".join(problems))
        before = rss_kb(server.pid)
        outcomes, problems, slowest = s7fuzz.campaign(server.port, context.fuzz_cases)
        check(not problems, "%s (%s)", "; ".join(problems), dict(outcomes))
        check(not any(o.startswith("HANDSHAKE") for o in outcomes), "refused to greet: %s", dict(outcomes))
        check(slowest < 2, "a valid client waited %.1f s", slowest)
        growth = rss_kb(server.pid) - before
        check(growth < RSS_GROWTH_KB, "grew by %d KB in %d cases", growth, context.fuzz_cases)


@case("robust/200 connects at once", alone=True)
def crowd(context):
    with context.serve() as server:
        start, results = threading.Barrier(CROWD), []

        def one(number):
            start.wait(20)
            try:
                with wire.Raw(server.port, timeout=10) as raw:
                    results.append(raw.read_area("DB", 2, number, 4) == held("DB", 2, number, 4))
            except (OSError, ValueError) as e:
                results.append("%s: %s" % (type(e).__name__, e))

        threads = [threading.Thread(target=one, args=(n,)) for n in range(CROWD)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(30)
        bad = [r for r in results if r is not True]
        same((len(results), len(bad)), (CROWD, 0), "served, failed (first failure: %s)" % (bad[:1],))


@case("robust/reconnect storm", alone=True)
def storm(context):
    """Connections closed at every stage, the rude way and the polite way; afterwards the server holds no socket more than before."""
    with context.serve() as server:
        with wire.Raw(server.port) as raw:
            raw.read_area("DB", 1, 4, 4)
        # The connection above may take a moment to go; what is left is the listener and what the runtime itself needs.
        time.sleep(0.5)
        before = sockets(server.pid)
        for number in range(STORM):
            sock = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            if number % 3:
                sock.sendall(wire.CR)
                wire.receive(sock)
            if number % 3 == 2:
                sock.sendall(wire.setup())
                wire.receive(sock)
            if number % 2:
                # Zero linger turns the close into a reset.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.close()
        after = settles_at(server.pid, before)
        check(after <= before, "%d sockets open after %d connections, %d before", after, STORM, before)
        same(wire.read_area(server.port, "DB", 1, 4, 4), held("DB", 1, 4, 4), "read afterwards")


@case("robust/clients that go away in the middle", alone=True)
def half_requests(context):
    """Half a request and gone, a request whose answer nobody reads: neither holds a socket or stops others."""
    with context.serve() as server:
        time.sleep(0.3)
        before = sockets(server.pid)
        big = wire.read([wire.item("DB", 2, 0, 900)])
        for number in range(200):
            raw = wire.Raw(server.port)
            raw.send(big[: 5 + number % 20] if number % 2 else big * 20)
            raw.sock.close()
        after = settles_at(server.pid, before)
        check(after <= before, "%d sockets open, %d before", after, before)
        same(wire.read_area(server.port, "DB", 1, 4, 4), held("DB", 1, 4, 4), "read afterwards")


@case("robust/a reader that never reads", alone=True)
def stalled_reader(context):
    """Requests without end and no reading: the server must not hoard the answers, and others are served meanwhile."""
    with context.serve() as server, wire.Raw(server.port) as raw:
        before = rss_kb(server.pid)
        raw.sock.setblocking(False)
        request, sent, end = wire.read([wire.item("DB", 2, 0, 900)]) * 50, 0, time.monotonic() + 3
        while time.monotonic() < end and sent < 20_000_000:
            try:
                sent += raw.sock.send(request)
            except BlockingIOError:
                time.sleep(0.01)
            except ConnectionError:
                break  # being thrown out is a fair answer
        same(wire.read_area(server.port, "DB", 1, 4, 4), held("DB", 1, 4, 4), "read by another client meanwhile")
        growth = rss_kb(server.pid) - before
        check(growth < RSS_GROWTH_KB, "grew by %d KB for %d bytes of requests", growth, sent)

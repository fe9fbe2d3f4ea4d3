#!/usr/bin/env python3
"""The interop suite: foreign clients against `hepta serve`, the hepta client against foreign servers, raw frames, robustness.

interop/setup.sh && interop/run.py
interop/run.py --list | --only SUBSTRING | --server native     (the same cases against a reference server, to test the harness)
"""

import argparse
import concurrent.futures
import os
import sys
import time

import harness
import clients  # noqa: F401  the case modules register themselves
import servers  # noqa: F401
import raw  # noqa: F401
import robust  # noqa: F401
import late  # noqa: F401
import plus  # noqa: F401
import browse  # noqa: F401


def main():
    root = harness.HERE.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--hepta", default=str(root / "target/release/hepta"), help="the binary under test (default %(default)s)"
    )
    parser.add_argument(
        "--server",
        choices=["hepta", "native"],
        default="hepta",
        help="server the client, raw and robustness cases talk to",
    )
    parser.add_argument(
        "--only",
        metavar="SUBSTRING",
        action="append",
        help="run the cases whose name contains this (may be given again)",
    )
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=4, help="cases at a time (default %(default)s)")
    parser.add_argument(
        "--cases", type=int, default=3000, help="malformed inputs of the fuzz case (default %(default)s)"
    )
    args = parser.parse_args()

    chosen = [c for c in harness.CASES if not args.only or any(s in c.name for s in args.only)]
    if args.server != "hepta":
        # A reference server stands in for ours only where ours is the server.
        chosen = [c for c in chosen if not c.name.startswith(("servers/", "late/", "cli/"))]
    if args.list:
        print("\n".join(c.name for c in chosen))
        return 0
    home = os.environ.get("INTEROP_HOME") or str(root / "target/interop")
    if not os.path.exists(os.path.join(home, "py33/.installed")):
        sys.exit("no peers in %s: run interop/setup.sh first" % home)
    if args.server == "hepta" and not os.access(args.hepta, os.X_OK):
        sys.exit("no hepta binary at %s: build it or give --hepta PATH" % args.hepta)

    context = harness.Context(home, os.path.abspath(args.hepta), args.server, args.cases)
    start, count = time.monotonic(), {"pass": 0, "FAIL": 0, "differs": 0}

    def report(one, outcome):
        verdict, note, seconds = outcome
        count[verdict] += 1
        print("%-7s %-48s %6.1f s%s" % (verdict, one.name, seconds, "  " + note if note else ""), flush=True)

    try:
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            running = {pool.submit(harness.execute, c, context): c for c in chosen if not c.alone}
            for done in concurrent.futures.as_completed(running):
                report(running[done], done.result())
        for one in chosen:
            if one.alone:
                report(one, harness.execute(one, context))
    finally:
        context.close()
    if count["differs"]:
        print("%d known differences of the %s server" % (count["differs"], args.server))
    print("%d passed, %d failed (%.0f s)" % (count["pass"], count["FAIL"], time.monotonic() - start))
    return 1 if count["FAIL"] or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

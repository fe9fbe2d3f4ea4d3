#!/usr/bin/env python3
"""Run one foreign server on loopback until SIGTERM; prints `listening on HOST:PORT` when ready.

  serve.py native  --lib libsnap7.so --port N --areas FILE
  serve.py pysnap7 --port N --areas FILE            (run it with the interpreter that has python-snap7 3.x)
The areas file is a JSON list of [area, index, hex] with area one of PE PA MK CT TM DB.
"""

import argparse
import ctypes as C
import json
import logging
import os
import signal
import sys
import threading

AREA_NUMBER = {"PE": 0, "PA": 1, "MK": 2, "CT": 3, "TM": 4, "DB": 5}
PARAM_LOCAL_PORT, PARAM_MAX_CLIENTS = 1, 11


def native(args, areas):
    lib = C.CDLL(args.lib)
    lib.Srv_Create.restype = C.c_void_p
    server = C.c_void_p(lib.Srv_Create())
    lib.Srv_SetParam(server, PARAM_LOCAL_PORT, C.byref(C.c_uint16(args.port)))
    lib.Srv_SetParam(server, PARAM_MAX_CLIENTS, C.byref(C.c_int32(1024)))
    memory = []  # the library keeps pointers into these
    for name, index, data in areas:
        block = (C.c_ubyte * len(data)).from_buffer_copy(data)
        memory.append(block)
        lib.Srv_RegisterArea(server, AREA_NUMBER[name], index, block, len(data))
    # Nobody collects events here, so the queue would only fill.
    lib.Srv_SetMask(server, 0, 0)
    lib.Srv_SetMask(server, 1, 0)
    if code := lib.Srv_StartTo(server, b"127.0.0.1"):
        sys.exit("Srv_StartTo: 0x%08X" % (code & 0xFFFFFFFF))
    return memory


def pysnap7(args, areas):
    from snap7.server import Server
    from snap7.type import SrvArea

    logging.disable(logging.CRITICAL)
    server = Server(log=False, max_clients=1024)
    for name, index, data in areas:
        server.register_area(getattr(SrvArea, name), index, bytearray(data))
    server.start_to("127.0.0.1", tcp_port=args.port)
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["native", "pysnap7"])
    parser.add_argument("--lib")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--areas", required=True)
    args = parser.parse_args()
    with open(args.areas) as f:
        areas = [(name, index, bytes.fromhex(data)) for name, index, data in json.load(f)]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    alive = {"native": native, "pysnap7": pysnap7}[args.kind](args, areas)
    print("listening on 127.0.0.1:%d" % args.port, flush=True)
    while not stop.wait(0.5):
        pass
    del alive
    os._exit(0)  # both libraries can take seconds to join their worker threads


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""libsnap7 (C++) as a client, through ctypes. Reads a request on stdin, answers on stdout (README.md, "Drivers")."""

import ctypes as C
import json
import sys

AREAS = {"PE": 0x81, "PA": 0x82, "MK": 0x83, "DB": 0x84, "CT": 0x1C, "TM": 0x1D}
WORD_LENGTHS = {
    "BIT": (1, 1),
    "BYTE": (2, 1),
    "CHAR": (3, 1),
    "WORD": (4, 2),
    "INT": (5, 2),
    "DWORD": (6, 4),
    "DINT": (7, 4),
    "REAL": (8, 4),
    "COUNTER": (0x1C, 2),
    "TIMER": (0x1D, 2),
}
PARAM_REMOTE_PORT, PARAM_RECV_TIMEOUT, PARAM_PDU_REQUEST = 2, 5, 10


class DataItem(C.Structure):
    _fields_ = [
        ("area", C.c_int),
        ("wordlen", C.c_int),
        ("result", C.c_int),
        ("db", C.c_int),
        ("start", C.c_int),
        ("amount", C.c_int),
        ("data", C.c_void_p),
    ]


class OrderCode(C.Structure):
    _fields_ = [("code", C.c_char * 21), ("version", C.c_ubyte * 3)]


class CpuInfo(C.Structure):
    _fields_ = [
        ("module_type", C.c_char * 33),
        ("serial", C.c_char * 25),
        ("as_name", C.c_char * 25),
        ("copyright", C.c_char * 27),
        ("module_name", C.c_char * 25),
    ]


class Failed(Exception):
    pass


class Peer:
    def __init__(self, lib, port, slot, pdu=None):
        self.lib = C.CDLL(lib)
        self.lib.Cli_Create.restype = C.c_void_p
        self.handle = C.c_void_p(self.lib.Cli_Create())
        self.call("SetParam", PARAM_REMOTE_PORT, C.byref(C.c_uint16(port)))
        self.call("SetParam", PARAM_RECV_TIMEOUT, C.byref(C.c_int32(5000)))
        if pdu:
            self.call("SetParam", PARAM_PDU_REQUEST, C.byref(C.c_int32(pdu)))
        self.call("ConnectTo", b"127.0.0.1", 0, slot)

    def call(self, name, *args):
        if code := getattr(self.lib, "Cli_" + name)(self.handle, *args):
            raise Failed("0x%08X" % (code & 0xFFFFFFFF))

    def read(self, r):
        wordlen, width = WORD_LENGTHS[r["wl"]]
        buffer = (C.c_ubyte * (r["count"] * width))()
        self.call("ReadArea", AREAS[r["area"]], r["db"], r["start"], r["count"], wordlen, buffer)
        return bytes(buffer).hex()

    def write(self, r):
        wordlen, width = WORD_LENGTHS[r["wl"]]
        data = bytes.fromhex(r["hex"])
        self.call("WriteArea", AREAS[r["area"]], r["db"], r["start"], len(data) // width, wordlen, data)

    def multi(self, r, function):
        buffers, items = [], (DataItem * len(r["items"]))()
        for i, it in enumerate(r["items"]):
            wordlen, width = WORD_LENGTHS[it["wl"]]
            data = bytes.fromhex(it.get("hex", "")) or bytes(it["count"] * width)
            buffers.append((C.c_ubyte * len(data)).from_buffer_copy(data))
            items[i] = DataItem(
                AREAS[it["area"]], wordlen, 0, it["db"], it["start"], len(data) // width, C.cast(buffers[i], C.c_void_p)
            )
        self.call(function, items, len(items))
        return [
            (
                {"ok": True, "value": bytes(b).hex()}
                if it.result == 0
                else {"ok": False, "error": "0x%08X" % (it.result & 0xFFFFFFFF)}
            )
            for it, b in zip(items, buffers)
        ]

    def multi_read(self, r):
        return self.multi(r, "ReadMultiVars")

    def multi_write(self, r):
        return self.multi(r, "WriteMultiVars")

    def szl(self, r):
        buffer, size = C.create_string_buffer(0x4000), C.c_int(0x4000)
        self.call("ReadSZL", r["id"], r["index"], buffer, C.byref(size))
        return buffer.raw[: size.value].hex()

    def szl_list(self, _):
        buffer, count = C.create_string_buffer(0x4000), C.c_int(0x2000)
        self.call("ReadSZLList", buffer, C.byref(count))
        # The library hands the list out in host order, after a header of two words.
        return [int.from_bytes(buffer.raw[4 + 2 * i : 6 + 2 * i], sys.byteorder) for i in range(count.value)]

    def cpu_info(self, _):
        info = CpuInfo()
        self.call("GetCpuInfo", C.byref(info))
        return {name: getattr(info, name).decode("latin-1").strip() for name, _ in CpuInfo._fields_}

    def order_code(self, _):
        info = OrderCode()
        self.call("GetOrderCode", C.byref(info))
        return {"code": info.code.decode("latin-1").strip(), "version": ".".join(map(str, info.version))}

    def cp_info(self, _):
        info = (C.c_int * 4)()
        self.call("GetCpInfo", info)
        return dict(zip(("max_pdu", "max_connections", "mpi_rate", "bus_rate"), info))

    def protection(self, _):
        info = (C.c_uint16 * 5)()
        self.call("GetProtection", info)
        return list(info)

    def status(self, _):
        status = C.c_int()
        self.call("GetPlcStatus", C.byref(status))
        return {8: "RUN", 4: "STOP"}.get(status.value, "unknown")

    def pdu(self, _):
        asked, granted = C.c_int(), C.c_int()
        self.call("GetPduLength", C.byref(asked), C.byref(granted))
        return granted.value

    def control(self, r):
        self.call(r["function"])

    def clock(self, _):
        tm = (C.c_int * 9)()
        self.call("GetPlcDateTime", tm)
        return "%04d-%02d-%02d" % (tm[5] + 1900, tm[4] + 1, tm[3])

    def list_blocks(self, _):
        counts = (C.c_int * 7)()
        self.call("ListBlocks", counts)
        return dict(zip(("OB", "FB", "FC", "SFB", "SFC", "DB", "SDB"), counts))


def main():
    request = json.load(sys.stdin)
    peer = Peer(sys.argv[1], request["port"], request["slot"], request.get("pdu"))
    results = []
    for operation in request["ops"]:
        try:
            results.append({"ok": True, "value": getattr(peer, operation["op"])(operation)})
        except Failed as e:
            results.append({"ok": False, "error": str(e)})
    peer.lib.Cli_Disconnect(peer.handle)
    json.dump(results, sys.stdout)


main()

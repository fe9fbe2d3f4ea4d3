"""Foreign clients against the server: every area and type, lists with failing items, errors, identity.

A written value is never trusted to the client that wrote it: hand-made frames read it back."""

import dataclasses
import datetime
import struct
import xml.etree.ElementTree as ElementTree

import wire
from harness import DB_SIZES, MEMORY, SCRATCH, case, check, held, same

WIDTHS = {
    "BIT": 1,
    "BYTE": 1,
    "CHAR": 1,
    "WORD": 2,
    "INT": 2,
    "DWORD": 4,
    "DINT": 4,
    "REAL": 4,
    "COUNTER": 2,
    "TIMER": 2,
}
BYTE_AREAS = ("DB", "MK", "PE", "PA")
TYPES = ("CHAR", "WORD", "INT", "DWORD", "DINT", "REAL")


@dataclasses.dataclass
class Ability:
    """What a foreign client can do at all; its cases are made from this."""

    codes: tuple  # how the client words (object does not exist, address out of range)
    areas: tuple = BYTE_AREAS
    write_areas: tuple = ()  # the same as `areas` when empty
    write: bool = True
    timers: bool = True
    types: tuple = TYPES
    bits: bool = True
    big: bool = True
    multi: bool = True
    per_item_errors: bool = True
    multi_write: bool = True


NATIVE_CODES = ("0x00C00000", "0x00900000")
CLIENTS = {
    "native": Ability(codes=NATIVE_CODES),
    "node-snap7": Ability(types=("WORD", "DWORD", "REAL"), codes=NATIVE_CODES),
    # read_multi_vars of python-snap7 raises for the whole list when one item fails.
    "pysnap7": Ability(per_item_errors=False, codes=("Object does not exist", "Invalid address")),
    "pysnap7-async": Ability(
        types=(), bits=False, per_item_errors=False, codes=("Object does not exist", "Invalid address")
    ),
    "rust7": Ability(timers=False, types=(), multi=False, multi_write=False, codes=("not found", "nvalid address")),
    # snap7-client does not split a big read and takes the length of a timer for bits (it is bytes). Its writes have a
    # case of their own.
    "snap7-client": Ability(
        write=False,
        timers=False,
        types=(),
        bits=False,
        big=False,
        multi_write=False,
        per_item_errors=False,
        codes=("0x000a", "0x0005"),
    ),
    "s7-client": Ability(
        areas=("DB", "PE", "PA"),
        write_areas=("DB",),
        timers=False,
        types=("WORD", "DWORD", "REAL"),
        bits=False,
        big=False,
        multi_write=False,
        codes=("Err", "InvalidAddress"),
    ),
}


def word_length(area):
    return {"CT": "COUNTER", "TM": "TIMER"}.get(area, "BYTE")


def read_op(area, db, start, count, wl=None):
    return {"op": "read", "area": area, "db": db, "start": start, "count": count, "wl": wl or word_length(area)}


def write_op(area, db, start, data, wl=None):
    return {
        **read_op(area, db, start, len(data) // WIDTHS[wl or word_length(area)], wl),
        "op": "write",
        "hex": data.hex(),
    }


def value(result, what):
    check(result["ok"], "%s: %s", what, result.get("error"))
    return result["value"]


def refused(result, word, what):
    check(not result["ok"], "%s: succeeded with %s, wanted an error", what, result.get("value"))
    check(word in result["error"], "%s: error is %r, wanted it to hold %r", what, result["error"], word)


def db_of(area):
    return 1 if area == "DB" else 0


def areas_case(name, ability):
    def run(context):
        operations, wanted = [], []
        for area in ability.areas:
            # the first byte, an odd count at an odd place, the last one
            for start, count in ((0, 1), (5, 3), (len(MEMORY[area, db_of(area)]) - 1, 1)):
                operations.append(read_op(area, db_of(area), start, count))
                wanted.append(held(area, db_of(area), start, count))
        with context.serve() as server:
            results = context.peer(name, server, operations)
        for operation, result, bytes_wanted in zip(operations, results, wanted):
            what = "%(area)s start %(start)d count %(count)d" % operation
            same(value(result, what), bytes_wanted.hex(), what)

    return run


def timers_case(name, _):
    def run(context):
        reads = [read_op(area, 0, start, count) for area in ("CT", "TM") for start, count in ((0, 1), (5, 3), (127, 1))]
        writes = [write_op(area, 0, 21, bytes.fromhex("012309870555")) for area in ("CT", "TM")]
        with context.serve() as server:
            results = context.peer(name, server, reads + writes)
            after = {area: wire.read_area(server.port, area, 0, 20, 5) for area in ("CT", "TM")}
        for operation, result in zip(reads, results):
            what = "%(area)s %(start)d, %(count)d of them" % operation
            same(value(result, what), held(operation["area"], 0, operation["start"], operation["count"]).hex(), what)
        for area, result in zip(("CT", "TM"), results[len(reads) :]):
            value(result, "write to " + area)
            same(
                after[area],
                held(area, 0, 20, 1) + bytes.fromhex("012309870555") + held(area, 0, 24, 1),
                area + " 20 to 24 after the write",
            )

    return run


def types_case(name, ability):
    def run(context):
        operations = [read_op("DB", 1, start, count, wl) for wl in ability.types for start, count in ((8, 1), (24, 5))]
        with context.serve() as server:
            results = context.peer(name, server, operations)
        for operation, result in zip(operations, results):
            what = "%(count)d x %(wl)s at %(start)d" % operation
            same(
                value(result, what),
                held("DB", 1, operation["start"], operation["count"] * WIDTHS[operation["wl"]]).hex(),
                what,
            )

    return run


def bits_case(name, ability):
    def run(context):
        places = [(area, bit) for area in ability.areas for bit in (*range(8), 8 * 37 + 6)]
        scratch = SCRATCH * 8
        writes = [write_op("DB", 1, scratch + i, bytes([i % 3 == 0]), "BIT") for i in range(16)]
        with context.serve() as server:
            results = context.peer(
                name, server, [read_op(area, db_of(area), bit, 1, "BIT") for area, bit in places] + writes
            )
            after = wire.read_area(server.port, "DB", 1, SCRATCH, 3)
        for (area, bit), result in zip(places, results):
            what = "%s bit %d.%d" % (area, bit // 8, bit % 8)
            same(value(result, what), "%02x" % (MEMORY[area, db_of(area)][bit // 8] >> bit % 8 & 1), what)
        for result in results[len(places) :]:
            value(result, "bit write")
        wanted = sum((i % 3 == 0) << i for i in range(16)).to_bytes(2, "little") + held("DB", 1, SCRATCH + 2, 1)
        same(after, wanted, "bytes after 16 bit writes (and the untouched one behind them)")

    return run


def big_case(name, _):
    def run(context):
        pattern = bytes((i * 13 + (i >> 8)) & 0xFF for i in range(60001))
        with context.serve() as server:
            # two reads with a write in between: the second proves nothing was left over from the first
            results = context.peer(
                name,
                server,
                [read_op("DB", 2, 0, DB_SIZES[2]), write_op("DB", 2, 77, pattern), read_op("DB", 2, 70, 60100)],
            )
            after = wire.read_area(server.port, "DB", 2, 0, DB_SIZES[2])
        same(value(results[0], "DB2 whole"), MEMORY["DB", 2].hex(), "65,535 bytes of DB2")
        value(results[1], "write of 60,001 bytes")
        wanted = MEMORY["DB", 2][:77] + pattern + MEMORY["DB", 2][77 + len(pattern) :]
        same(after, wanted, "DB2 after the write")
        same(value(results[2], "read again"), wanted[70:60170].hex(), "read after the write")

    return run


def write_case(name, ability):
    def run(context):
        writes = [
            write_op(area, db_of(area), {"DB": SCRATCH}.get(area, 20), bytes([0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC]))
            for area in ability.write_areas or ability.areas
        ]
        at = SCRATCH + 100
        for wl in ability.types:
            writes.append(write_op("DB", 1, at, bytes(range(at & 0x7F, (at & 0x7F) + 2 * WIDTHS[wl])), wl))
            at += 16
        with context.serve() as server:
            results = context.peer(name, server, writes)
            with wire.Raw(server.port) as raw:
                for operation, result in zip(writes, results):
                    what = "%(wl)s write to %(area)s at %(start)d" % operation
                    value(result, what)
                    data = bytes.fromhex(operation["hex"])
                    place = operation["area"], operation["db"], operation["start"] - 1
                    around = held(*place, 1) + data + held(*place[:2], operation["start"] + len(data), 1)
                    same(raw.read_area(*place, len(data) + 2), around, what + ", with its neighbours")

    return run


def multi_case(name, ability):
    def run(context):
        good = [("DB", 1, 4, 4), ("DB", 2, 40001, 3), ("DB", 1, 30, 1), ("DB", 3, 0, 16)]
        if "MK" in ability.areas:
            good.append(("MK", 0, 11, 5))
        good += [("PE", 0, 3, 1), ("PA", 0, 250, 6)]
        # sixteen more: twenty at once is the customary limit, and odd lengths put a fill byte between most of them
        good = (good + [("DB", 2, 1000 + i * 31, 1 + i % 5) for i in range(20)])[:20]
        operations = [{"op": "multi_read", "items": [read_op(*place) for place in good]}]
        if ability.per_item_errors:
            failing = [("DB", 1, 4, 4), ("DB", 99, 0, 2), ("DB", 3, 14, 3), ("DB", 3, 13, 3)]
            operations.append({"op": "multi_read", "items": [read_op(*place) for place in failing]})
        with context.serve() as server:
            results = context.peer(name, server, operations)
        for place, result in zip(good, value(results[0], "list of 20")):
            same(value(result, str(place)), held(*place).hex(), str(place))
        if ability.per_item_errors:
            first, missing, beyond, last = value(results[1], "list with two bad items")
            same(value(first, "good item before"), held("DB", 1, 4, 4).hex(), "good item before")
            refused(missing, ability.codes[0], "missing DB")
            refused(beyond, ability.codes[1], "past the end")
            same(value(last, "good item after"), held("DB", 3, 13, 3).hex(), "good item after")

    return run


def multi_write_case(name, ability):
    def run(context):
        writes = [
            ("DB", 1, SCRATCH, b"\x01\x02\x03"),
            ("MK", 0, 50, b"\x04"),
            ("DB", 3, 2, b"\x05\x06"),
            ("PA", 0, 9, b"\x07\x08\x09\x0a\x0b"),
        ]
        operations = [{"op": "multi_write", "items": [write_op(*w) for w in writes]}]
        if ability.per_item_errors:
            operations.append(
                {
                    "op": "multi_write",
                    "items": [
                        write_op("DB", 99, 0, b"\xee"),
                        write_op("DB", 1, SCRATCH + 20, b"\xaa\xbb"),
                        write_op("DB", 3, 15, b"\xcc\xcc"),
                    ],
                }
            )
        with context.serve() as server:
            results = context.peer(name, server, operations)
            with wire.Raw(server.port) as raw:
                after = [raw.read_area(area, db, start, len(data)) for area, db, start, data in writes]
                second, untouched = raw.read_area("DB", 1, SCRATCH + 20, 2), raw.read_area("DB", 3, 15, 1)
        for result in value(results[0], "list of writes"):
            value(result, "item")
        same(after, [data for *_, data in writes], "what the list wrote")
        if ability.per_item_errors:
            missing, fine, beyond = value(results[1], "writes with bad items")
            refused(missing, ability.codes[0], "write to a missing DB")
            value(fine, "the good write between")
            refused(beyond, ability.codes[1], "write over the end")
            same(second, b"\xaa\xbb", "the good write between")
            same(untouched, held("DB", 3, 15, 1), "the last byte of DB3 after a refused write")

    return run


def errors_case(name, ability):
    def run(context):
        with context.serve() as server:
            results = context.peer(
                name,
                server,
                [
                    read_op("DB", 99, 0, 4),
                    read_op("DB", 3, 13, 4),
                    read_op("DB", 3, 16, 1),
                    write_op("DB", 99, 0, b"\1\2"),
                    write_op("DB", 3, 15, b"\1\2"),
                    read_op("DB", 3, 12, 4),
                ],
            )
        refused(results[0], ability.codes[0], "read of a missing DB")
        refused(results[1], ability.codes[1], "read over the end")
        refused(results[2], ability.codes[1], "read behind the end")
        refused(results[3], ability.codes[0], "write to a missing DB")
        refused(results[4], ability.codes[1], "write over the end")
        same(value(results[5], "read after the errors"), held("DB", 3, 12, 4).hex(), "read after the errors")

    return run


KINDS = {
    "areas": areas_case,
    "timers": timers_case,
    "types": types_case,
    "bits": bits_case,
    "big": big_case,
    "write": write_case,
    "multi": multi_case,
    "multi-write": multi_write_case,
    "errors": errors_case,
}

# What the reference servers are known to do differently, so that the harness can be tried against them.
NATIVE_TIMERS = "takes half the number of a timer or counter for its offset"
NATIVE_ITEM = "answers a bad item 0a 00 00 04 without data, which the client takes for a cut answer"
DIFFERS = {"timers": {"native": NATIVE_TIMERS}}
CLIENT_DIFFERS = {(c, "errors"): {"native": NATIVE_ITEM} for c in ("pysnap7", "pysnap7-async", "snap7-client")}


def can(ability, kind):
    return {
        "types": bool(ability.types),
        "timers": ability.timers,
        "write": ability.write,
        "bits": ability.bits,
        "big": ability.big,
        "multi": ability.multi,
        "multi-write": ability.multi_write,
    }.get(kind, True)


for client, able in CLIENTS.items():
    for kind, make in KINDS.items():
        if can(able, kind):
            case("clients/%s/%s" % (client, kind), differs=CLIENT_DIFFERS.get((client, kind), DIFFERS.get(kind)))(
                make(client, able)
            )


# ---------------------------------------------------------------- identity, state, clock

VERSION_TRAP = {
    "native": "its last record is the boot loader, which every client here takes for the firmware version 32.9.9"
}


def check_order_code(answer, what):
    check(answer["code"].startswith("6ES7 "), "%s: order code %r", what, answer["code"])
    major = int(answer["version"].split(".")[0])
    check(0 < major < 20, "%s: version %s is not that of a CPU", what, answer["version"])


@case("clients/native/identity", differs=VERSION_TRAP)
def native_identity(context):
    with context.serve() as server:
        info, order, cp, protection, status, catalogue, module, blocks, clock = context.peer(
            "native",
            server,
            [
                {"op": "cpu_info"},
                {"op": "order_code"},
                {"op": "cp_info"},
                {"op": "protection"},
                {"op": "status"},
                {"op": "szl_list"},
                {"op": "szl", "id": 0x0011, "index": 0},
                {"op": "list_blocks"},
                {"op": "clock"},
            ],
        )
    info = value(info, "GetCpuInfo")
    check(info["module_type"] and info["serial"], "GetCpuInfo names no module or serial: %s", info)
    check_order_code(value(order, "GetOrderCode"), "GetOrderCode")
    cp = value(cp, "GetCpInfo")
    check(cp["max_pdu"] >= 240 and cp["max_connections"] > 0, "GetCpInfo: %s", cp)
    check(value(protection, "GetProtection")[0] in (1, 2, 3), "GetProtection: level %s", protection)
    same(value(status, "GetPlcStatus"), "RUN", "GetPlcStatus")
    lists = value(catalogue, "ReadSZLList")
    for needed in (0x0011, 0x001C, 0x0131, 0x0424):
        check(needed in lists, "SZL %04X is missing from the directory (%d entries)", needed, len(lists))
    value(module, "ReadSZL 0011")
    # Block lists are not served yet: refused in good order.
    check(not blocks["ok"], "ListBlocks, which is not served: %s", blocks)
    today = datetime.date.today()
    day = datetime.date.fromisoformat(value(clock, "GetPlcDateTime"))
    check(abs((day - today).days) <= 1, "the clock says %s, today is %s", day, today)


@case("clients/native/directory")
def native_directory(context):
    """Every list the directory names can be read, index 0 or, failing that, refused with a code (never a broken answer)."""
    with context.serve() as server:
        lists = value(context.peer("native", server, [{"op": "szl_list"}])[0], "directory")
        results = context.peer("native", server, [{"op": "szl", "id": szl_id, "index": 0} for szl_id in lists])
    refusals = [(szl_id, r["error"]) for szl_id, r in zip(lists, results) if not r["ok"]]
    # 00C00000 "item not available" is what the library makes of any error the CPU reports for a list.
    bad = ["%04X: %s" % (szl_id, error) for szl_id, error in refusals if error != "0x00C00000"]
    check(not bad, "lists that broke the client: %s", "; ".join(bad))
    check(len(refusals) < len(lists), "not one of %d lists is readable", len(lists))


@case("clients/native/stop and start", differs={"native": "stops and starts"})
def native_control(context):
    with context.serve() as server:
        results = context.peer(
            "native",
            server,
            [
                {"op": "control", "function": "PlcStop"},
                {"op": "status"},
                read_op("DB", 1, 4, 4),
                {"op": "control", "function": "PlcHotStart"},
                {"op": "status"},
            ],
        )
    # Control is not served yet: it is refused in good order, and nothing stops.
    check(not results[0]["ok"] and not results[3]["ok"], "control that is not served: %s", results)
    same(value(results[1], "status"), "RUN", "state after the refused stop")
    same(value(results[2], "read after it"), held("DB", 1, 4, 4).hex(), "read after it")


@case("clients/native/pdu sizes", differs={"native": "grants up to 4096"})
def native_pdu_sizes(context):
    """The server grants what is asked up to its own 960, and every read fits into what was granted."""
    with context.serve() as server:
        for asked in (240, 480, 720, 960, 2048):
            granted, whole = context.peer("native", server, [{"op": "pdu"}, read_op("DB", 2, 0, 5000)], pdu=asked)
            same(value(granted, "PDU"), min(asked, 960), "granted PDU when %d is asked" % asked)
            same(value(whole, "read"), held("DB", 2, 0, 5000).hex(), "5,000 bytes at PDU %d" % asked)


@case("clients/node-snap7/identity", differs=VERSION_TRAP)
def node_identity(context):
    with context.serve() as server:
        info, order, status, pdu = context.peer(
            "node-snap7", server, [{"op": "cpu_info"}, {"op": "order_code"}, {"op": "status"}, {"op": "pdu"}]
        )
    check(value(info, "CPU info")["serial"], "no serial number: %s", info)
    check_order_code(value(order, "order code"), "order code")
    same(value(status, "status"), "RUN", "status")
    same(value(pdu, "PDU"), 480, "PDU (the library asks for 480)")


def python_identity(name):
    def run(context):
        with context.serve() as server:
            order, protection, clock, dbs, text, wide = context.peer(
                name,
                server,
                [
                    {"op": "order_code"},
                    {"op": "protection"},
                    {"op": "clock"},
                    {"op": "list_dbs"},
                    {"op": "string", "db": 1, "start": 52},
                    {"op": "wstring", "db": 1, "start": 76},
                ],
            )
        check_order_code(value(order, "order code"), "order code")
        # It asks list 0232 for index 0, where a CPU knows only index 4: an orderly refusal will do.
        check(
            protection["value"][0] in (1, 2, 3) if protection["ok"] else "0xd402" in protection["error"],
            "protection %s",
            protection,
        )
        check(
            abs((datetime.date.fromisoformat(value(clock, "clock")) - datetime.date.today()).days) <= 1,
            "clock %s",
            clock,
        )
        # Block lists are not served yet: refused in good order.
        check(not dbs["ok"], "list of DBs, which is not served: %s", dbs)
        same(value(text, "STRING"), "hepta 7!", "STRING")
        same(value(wide, "WSTRING"), "Ωmega€", "WSTRING")

    return run


for python_client in ("pysnap7", "pysnap7-async"):
    case("clients/%s/identity" % python_client)(python_identity(python_client))


@case("clients/snap7-client/identity", differs=VERSION_TRAP)
def snap7_client_identity(context):
    with context.serve() as server:
        pdu, order = context.peer("snap7-client", server, [{"op": "pdu"}, {"op": "order_code"}])
    same(value(pdu, "PDU"), 480, "PDU")
    check_order_code(value(order, "order code"), "order code")


@case("clients/snap7-client/write")
def snap7_client_write(context):
    """It puts the data of a write among the parameters and announces no data at all. Refusing that (07, as native snap7 does) and doing
    what it means are both orderly; writing something else, or half of it, is not."""
    with context.serve() as server:
        result = context.peer("snap7-client", server, [write_op("DB", 1, SCRATCH, b"\1\2\3\4\5\6")])[0]
        after = wire.read_area(server.port, "DB", 1, SCRATCH - 1, 8)
    check(result["ok"] or "7" in result["error"], "write: %s", result)
    data = b"\1\2\3\4\5\6" if result["ok"] else held("DB", 1, SCRATCH, 6)
    same(after, held("DB", 1, SCRATCH - 1, 1) + data + held("DB", 1, SCRATCH + 6, 1), "DB1 after the write")


# ---------------------------------------------------------------- the two clients that speak values, not bytes


def real(v):
    return struct.unpack(">f", struct.pack(">f", v))[0]


VALUES = [
    ("DB1,X0.0", True),
    ("DB1,X0.1", False),
    ("DB1,X0.7", True),
    ("DB1,INT2", -12345),
    ("DB1,REAL4", 3.25),
    ("DB1,DINT8", -123456789),
    ("DB1,DWORD12", 0xDEADBEEF),
    ("DB1,WORD16", 0xABCD),
    ("DB1,BYTE18", 0x7F),
    ("DB1,LREAL20", 2.718281828459045),
    ("DB1,CHAR44", "H"),
    ("DB1,STRING52.20", "hepta 7!"),
    ("DB1,REAL100.5", [1.5, -2.25, 0, real(1e30), real(-1e-30)]),
    ("DB1,REAL120", "NaN"),
    ("DB1,REAL124", "Infinity"),
    ("DB1,REAL128", "-Infinity"),
    ("M10.3", bool(MEMORY["MK", 0][10] >> 3 & 1)),
    ("MB11", MEMORY["MK", 0][11]),
    ("MW20", struct.unpack_from(">H", MEMORY["MK", 0], 20)[0]),
    ("MDI24", struct.unpack_from(">i", MEMORY["MK", 0], 24)[0]),
    ("IB0", MEMORY["PE", 0][0]),
    ("IW3", struct.unpack_from(">H", MEMORY["PE", 0], 3)[0]),
    ("QB0", MEMORY["PA", 0][0]),
    ("QD8", struct.unpack_from(">I", MEMORY["PA", 0], 8)[0]),
]
WRITES = [
    ("DB1,X%d.3" % SCRATCH, True, None),
    ("DB1,INT%d" % (SCRATCH + 2), -321, struct.pack(">h", -321)),
    ("DB1,REAL%d" % (SCRATCH + 4), -0.5, struct.pack(">f", -0.5)),
    ("DB1,DINT%d" % (SCRATCH + 8), -7654321, struct.pack(">i", -7654321)),
    ("DB1,DWORD%d" % (SCRATCH + 12), 0xCAFEBABE, struct.pack(">I", 0xCAFEBABE)),
    ("DB1,WORD%d" % (SCRATCH + 16), 0xFFFE, b"\xff\xfe"),
    ("DB1,BYTE%d" % (SCRATCH + 19), 200, b"\xc8"),
    ("DB1,LREAL%d" % (SCRATCH + 20), 1e-300, struct.pack(">d", 1e-300)),
    ("DB1,CHAR%d" % (SCRATCH + 28), "Z", b"Z"),
    ("DB1,REAL%d.3" % (SCRATCH + 40), [1, 2, -3], struct.pack(">3f", 1, 2, -3)),
]


def known_to(name, entries):
    """st-one has no LREAL."""
    return [e for e in entries if name != "st-one" or "LREAL" not in e[0]]


def values_case(name):
    values = known_to(name, VALUES)

    def run(context):
        with context.serve() as server:
            answer = value(
                context.peer(name, server, [{"op": "values", "items": [a for a, _ in values]}])[0],
                "read of %d items" % len(values),
            )
        same(answer["bad"], False, "the client's quality flag")
        wrong = [
            "%s is %r, wanted %r" % (a, got, wanted)
            for (a, wanted), got in zip(values, answer["values"])
            if got != wanted
        ]
        check(not wrong, "%s", "; ".join(wrong))

    return run


def values_write_case(name):
    writes = known_to(name, WRITES)

    def run(context):
        # st-one leaves the fill byte after an odd item out, so it gets one item at a time.
        jobs = [[w] for w in writes] if name == "st-one" else [writes]
        operations = [{"op": "write_values", "items": [a for a, *_ in j], "values": [v for _, v, _ in j]} for j in jobs]
        with context.serve() as server:
            answers = [
                value(r, "write of %s" % [a for a, *_ in j])
                for r, j in zip(context.peer(name, server, operations), jobs)
            ]
            with wire.Raw(server.port) as raw:
                block = raw.read_area("DB", 1, SCRATCH, 64)
        check(not any(a["bad"] for a in answers), "the client's quality flag: %s", answers)
        wanted = bytearray(held("DB", 1, SCRATCH, 64))
        wanted[0] |= 1 << 3
        for address, _, data in writes[1:]:
            at = int("".join(c for c in address.split(",")[1].split(".")[0] if c.isdigit())) - SCRATCH
            wanted[at : at + len(data)] = data
        same(block, bytes(wanted), "DB1 after the writes, untouched bytes included")

    return run


def values_string_case(name):
    def run(context):
        with context.serve() as server:
            value(
                context.peer(
                    name,
                    server,
                    [{"op": "write_values", "items": ["DB1,STRING%d.10" % (SCRATCH + 64)], "values": ["seven S7"]}],
                )[0],
                "write",
            )
            got = wire.read_area(server.port, "DB", 1, SCRATCH + 64, 12)
        same(got[1], 8, "current length")
        same(got[2:10], b"seven S7", "characters")

    return run


def values_errors_case(name, flagged):
    def run(context):
        with context.serve() as server:
            missing, beyond, fine = context.peer(
                name,
                server,
                [{"op": "values", "items": items} for items in (["DB99,INT0"], ["DB3,INT16"], ["DB1,REAL4"])],
            )
        for what, result in (("missing DB", missing), ("past the end", beyond)):
            check(flagged(result), "%s: %s", what, result)
        same(value(fine, "read after the errors")["values"], [3.25], "read after the errors")

    return run


def values_groups_case(name):
    """Many neighbouring items: the client's optimiser merges them into few big reads and cuts them apart again."""
    places = [(2, at) for at in range(0, 4000, 6)] + [(1, at) for at in range(200, 260, 4)]

    def run(context):
        with context.serve() as server:
            answer = value(
                context.peer(name, server, [{"op": "values", "items": ["DB%d,DINT%d" % place for place in places]}])[0],
                "read",
            )
        wanted = [struct.unpack(">i", held("DB", db, at, 4))[0] for db, at in places]
        same(answer["values"], wanted, "%d DINTs" % len(places))

    return run


for node_client, is_flagged in (
    # nodes7 marks a bad item with the text "BAD 255" (or the like) and a quality flag; st-one rejects the promise.
    ("nodes7", lambda r: r["ok"] and r["value"]["bad"] and str(r["value"]["values"][0]).startswith("BAD")),
    ("st-one", lambda r: not r["ok"]),
):
    case("clients/%s/values" % node_client)(values_case(node_client))
    case("clients/%s/writes" % node_client)(values_write_case(node_client))
    case("clients/%s/string write" % node_client)(values_string_case(node_client))
    case("clients/%s/errors" % node_client)(values_errors_case(node_client, is_flagged))
    case("clients/%s/groups" % node_client)(values_groups_case(node_client))


@case("clients/nodes7/timers", differs={"native": NATIVE_TIMERS})
def nodes7_timers(context):
    with context.serve() as server:
        answer = value(context.peer("nodes7", server, [{"op": "values", "items": ["C7", "T5"]}])[0], "read")
    # It hands out the two raw bytes: no BCD is taken apart.
    # It asks for eight times the number, as if these were octets; and it hands out the two raw bytes: no BCD is taken apart.
    same(
        answer["values"],
        [int.from_bytes(held("CT", 0, 56, 1), "big"), int.from_bytes(held("TM", 0, 40, 1), "big")],
        "C56 and T40",
    )


@case("clients/st-one/timers")
def stone_timers(context):
    """st-one asks for a counter as two DATEs at eight times its number. No CPU can make sense of that: an item error, and on we go."""
    with context.serve() as server:
        counter, fine = context.peer(
            "st-one", server, [{"op": "values", "items": ["C7"]}, {"op": "values", "items": ["DB1,REAL4"]}]
        )
    check(not counter["ok"], "a counter asked for as DATE was answered with %s", counter)
    same(value(fine, "read after it")["values"], [3.25], "read after it")


@case("clients/st-one/blocks")
def stone_blocks(context):
    # One job's worth: the client cuts a longer write at the wrong places (it slices with a length where an end belongs).
    pattern = bytes((i * 5) & 0xFF for i in range(901))
    with context.serve() as server:
        whole, wrote, clock = context.peer(
            "st-one",
            server,
            [
                {"op": "block", "db": 2, "start": 1, "count": 65534},
                {"op": "write_block", "db": 2, "start": 9, "hex": pattern.hex()},
                {"op": "clock"},
            ],
        )
        after = wire.read_area(server.port, "DB", 2, 0, 4000)
    same(value(whole, "readDB"), held("DB", 2, 1, 65534).hex(), "65,534 bytes")
    value(wrote, "writeDB")
    same(after, held("DB", 2, 0, 9) + pattern + held("DB", 2, 910, 3090), "DB2 after writeDB")
    day = datetime.date.fromisoformat(value(clock, "getTime"))
    check(abs((day - datetime.date.today()).days) <= 1, "getTime says %s", day)


# ---------------------------------------------------------------- nmap


@case("clients/nmap/s7-info")
def nmap(context):
    with context.serve() as server:
        # The plus sign runs the script although the port is not 102.
        done = context.run(
            ["nmap", "-Pn", "-n", "-p", str(server.port), "--script", "+s7-info", "-oX", "-", "127.0.0.1"], limit=60
        )
    check(done.returncode == 0, "nmap: %s", done.stderr[-300:])
    found = {e.get("key"): (e.text or "").strip() for e in ElementTree.fromstring(done.stdout).iter("elem")}
    for key in ("Module", "Version", "Serial Number"):
        check(found.get(key), "s7-info shows no %s: %s", key, found)
    check(found["Module"].startswith("6ES7 "), "s7-info module %r", found["Module"])

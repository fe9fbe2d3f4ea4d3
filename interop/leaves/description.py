"""The program: every type and shape that a block or a tag can have. Sources and lists are both written from this."""

import kinds
from kinds import BOOL_KIND, DTL_KIND, HANDLES, NAMED, PARAMETERS, SIMPLE, TAGS
from model import Array, Block, Member, Program, Struct, Tag

INT, DINT, REAL, TIME = NAMED["Int"], NAMED["DInt"], NAMED["Real"], NAMED["Time"]


def m(name, type_, **notes):
    return Member(name, type_, **notes)


def array(element, *bounds):
    return Array(element, bounds)


def anonymous(*members):
    return Struct(members)


def udt(name, *members):
    return Struct(members, name, "udt")


def block(number, name, *members, optimised=True):
    return Block(name, number, Struct(members), optimised)


# ---------------------------------------------------------------- system types

# Of the manual; nothing but their presets is declared in this program.
TIMER = Struct(
    (m("PT", TIME), m("ET", TIME, given=False), m("IN", BOOL_KIND, given=False), m("Q", BOOL_KIND, given=False)),
    "IEC_TIMER", "system", 31,
)  # fmt: skip
LTIMER = Struct(
    (m("PT", NAMED["LTime"]), *(m(n, t, given=False) for n, t in [("ET", NAMED["LTime"]), ("IN", BOOL_KIND), ("Q", BOOL_KIND)])),
    "IEC_LTIMER", "system", 68,
)  # fmt: skip


def counter(name, soft, kind):
    bits = [m(n, BOOL_KIND, given=False) for n in ("CU", "CD", "R", "LD", "QU", "QD")]
    return Struct((*bits, m("PV", NAMED[kind]), m("CV", NAMED[kind], given=False)), name, "system", soft)


COUNTERS = [
    counter("IEC_COUNTER", 30, "Int"), counter("IEC_SCOUNTER", 69, "SInt"), counter("IEC_DCOUNTER", 70, "DInt"),
    counter("IEC_LCOUNTER", 71, "LInt"), counter("IEC_UCOUNTER", 72, "UInt"), counter("IEC_USCOUNTER", 73, "USInt"),
    counter("IEC_UDCOUNTER", 74, "UDInt"), counter("IEC_ULCOUNTER", 75, "ULInt"),
]  # fmt: skip


def untold(name, soft, *members):
    return Struct(tuple(m(n, t, given=False) for n, t in members), name, "system", soft)


BYTE, UINT, UDINT = NAMED["Byte"], NAMED["UInt"], NAMED["UDInt"]
NREF = untold("NREF", 98, ("AREA", BYTE), ("DB_NUMBER", UINT), ("OFFSET", UDINT))
CREF = untold("CREF", 101, ("BLOCK_TYPE", BYTE), ("CB_NUMBER", UINT), ("OFFSET", UDINT))
ERROR = untold(
    "ErrorStruct", 97, ("ERROR_ID", NAMED["Word"]), ("FLAGS", BYTE), ("REACTION", BYTE), ("CODE_ADDRESS", CREF), ("MODE", BYTE),
    ("OPERAND_NUMBER", UINT), ("POINTER_NUMBER_LOCATION", UINT), ("SLOT_NUMBER_SCOPE", UINT), ("DATA_ADDRESS", NREF),
)  # fmt: skip


def spelled(struct, text):
    """A system type under the name of an instruction."""
    return Struct(struct.members, text, struct.origin, struct.soft, struct.first_lid)


# ---------------------------------------------------------------- PLC data types

POINT = udt("ud_Point", m("x", REAL), m("y", REAL, default=True), m("valid", BOOL_KIND), m("seen", BOOL_KIND, default=True))
MOTOR = udt(
    "ud_Motor",
    m("running", BOOL_KIND),
    m("fault", BOOL_KIND),
    m("speed", INT, default=True, comment="revolutions a minute"),
    m("name", kinds.of_string(12)),
    m("position", POINT),
    m("path", array(POINT, (0, 1))),
    m("flags", array(BOOL_KIND, (0, 1), (0, 4))),
    m("inner", anonymous(m("a", DINT), m("b", BOOL_KIND), m("c", array(NAMED["Byte"], (1, 3))))),
    m("since", DTL_KIND),
)
EVERY = udt("ud_Every", *(m(short, kind) for short, kind in [(k.text.split("[")[0].lower() + "_", k) for k in [*SIMPLE, DTL_KIND]]))


# ---------------------------------------------------------------- function blocks

def fbs(optimised):
    tail = "" if optimised else "Classic"
    part = Struct(
        (
            m("set", BOOL_KIND, section="input"),
            m("done", BOOL_KIND, section="output"),
            m("level", INT, section="static", default=True),
            m("point", POINT, section="static"),
        ),
        "fb_Part" + tail, "fb", optimised=optimised,
    )  # fmt: skip
    drive = Struct(
        (
            m("enable", BOOL_KIND, section="input"),
            m("target", REAL, section="input", default=True),
            m("limits", array(INT, (-1, 1)), section="input"),
            m("busy", BOOL_KIND, section="output"),
            m("error", NAMED["Word"], section="output"),
            m("ramp", DINT, section="inout"),
            m("motor", MOTOR, section="static"),
            m("delay", spelled(TIMER, "TON_TIME"), section="static"),
            m("pieces", spelled(COUNTERS[0], "CTU_INT"), section="static"),
            m("first", part, section="static"),
            m("parts", array(part, (0, 2)), section="static"),
            m("hours", NAMED["UDInt"], section="static"),
        ),
        "fb_Drive" + tail, "fb", optimised=optimised,
    )  # fmt: skip
    return [part, drive]


PARTS = fbs(True) + fbs(False)
# Pointers, and numbers of blocks, timers and counters, which only parameters can be.
PARAMETER = Struct(
    tuple(m("p_" + k.text.lower(), k, section="input", given=False) for k in PARAMETERS), "fb_Parameters", "fb", optimised=False
)

# ---------------------------------------------------------------- data blocks


def every(number, optimised):
    """Every simple type once, and every number that has a name."""
    name = "EveryOptimised" if optimised else "EveryStandard"
    members = [m(k.text.split("[")[0].lower() + "_", k) for k in [*SIMPLE, DTL_KIND]]
    longest = [m("longest", kinds.of_string(254)), m("wide", kinds.of_wstring(60))]
    handles = m("handles", anonymous(*(m(k.text.lower(), k) for k in HANDLES)))
    return block(number, name, *members, *longest, handles, optimised=optimised)


def arrays(number, optimised):
    """Arrays of every simple type: from a negative index, and of two dimensions. Bits of one to six."""
    name = "ArraysOptimised" if optimised else "ArraysStandard"
    members = []
    for kind in [*SIMPLE, DTL_KIND, NAMED["HW_IO"]]:
        short = kind.text.split("[")[0].lower()
        members += [m("a_" + short, array(kind, (-1, 1))), m("m_" + short, array(kind, (0, 1), (-1, 1)))]
    bits = [
        ("bits_11", [(1, 11)]), ("bits_2x5", [(0, 1), (0, 4)]), ("bits_2x8", [(0, 1), (1, 8)]), ("bits_3x9", [(-1, 1), (0, 8)]),
        ("bits_2x2x3", [(0, 1), (-1, 0), (0, 2)]), ("bits_6", [(0, 1)] * 6),
    ]  # fmt: skip
    members += [m(name, array(BOOL_KIND, *bounds)) for name, bounds in bits]
    members += [m("after", INT), m("ints_6", array(INT, *[(1, 2)] * 6)), m("single", array(INT, (7, 7)))]
    return block(number, name, *members, optimised=optimised)


def structs(number, optimised):
    """Structs in structs, types in types, and arrays of them."""
    name = "StructsOptimised" if optimised else "StructsStandard"
    inner = anonymous(m("bit", BOOL_KIND), m("number", INT), m("deeper", anonymous(m("real", REAL), m("last", BOOL_KIND))))
    cell = anonymous(m("v", DINT), m("w", BOOL_KIND))
    row = anonymous(m("on", BOOL_KIND), m("values", array(INT, (0, 1))), m("cells", array(cell, (1, 2))))
    return block(
        number, name,
        m("plain", inner),
        m("motor", MOTOR),
        m("motors", array(MOTOR, (-1, 0))),
        m("grid", array(POINT, (0, 1), (-1, 1))),
        m("rows", array(row, (1, 2))),
        m("cube", array(anonymous(m("a", BOOL_KIND), m("b", NAMED["Byte"])), (0, 1), (0, 1), (0, 2))),
        m("every", EVERY),
        m("stamps", array(DTL_KIND, (3, 5))),
        m("stamp_grid", array(DTL_KIND, (0, 1), (0, 1))),
        m("after", INT),
        optimised=optimised,
    )  # fmt: skip


def system(number, optimised):
    """Timers and counters of IEC 61131-3 as members, alone and in arrays; errors."""
    name = "SystemOptimised" if optimised else "SystemStandard"
    members = [m("timer", TIMER), m("ltimer", LTIMER), m("ton", spelled(TIMER, "TON_TIME")), m("tof", spelled(TIMER, "TOF_TIME"))]
    members += [m(c.name.lower(), c) for c in COUNTERS]
    members += [m("ctud", spelled(COUNTERS[2], "CTUD_DINT")), m("timers", array(TIMER, (0, 2)))]
    members += [m("error", ERROR), m("nref", NREF), m("crefs", array(CREF, (1, 2))), m("after", INT)]
    return block(number, name, *members, optimised=optimised)


def notes(number, optimised):
    """Who may see and write what, and what is kept without power."""
    name = "NotesOptimised" if optimised else "NotesStandard"
    closed = anonymous(m("one", INT), m("two", INT, visible=False))
    keeps = dict(retain=True) if optimised else {}
    return block(
        number, name,
        m("open", INT),
        m("fixed", INT, writable=False),
        m("hidden", INT, visible=False),
        m("secret", INT, visible=False, accessible=False, writable=False),
        m("shown", closed),
        m("unseen", closed, visible=False),
        m("locked", closed, writable=False),
        m("fixed_row", array(INT, (0, 2)), writable=False),
        m("kept", INT, **keeps),
        m("kept_struct", closed, **keeps),
        m("after", INT),
        optimised=optimised,
    )  # fmt: skip


def deep(number, optimised):
    """Twenty structs in each other, with a value in each."""
    inside = None
    for level in range(20, 0, -1):
        deeper = [m("n%d" % (level + 1), inside)] if inside else []
        inside = anonymous(m("v%d" % level, INT), m("b%d" % level, BOOL_KIND), *deeper)
    name = "DeepOptimised" if optimised else "DeepStandard"
    return block(number, name, m("v0", INT), m("n1", inside), m("after", INT), optimised=optimised)


NAMES = [
    "plain", "with.dot", "two.dots.here", "with blank", "it's", "Größe", "Ünïcode_名前", "1st", "INT", "END_VAR", "a-b", "€", "x:y;z",
    "#local", "%M0", "//no comment", "(*nor this*)", "{brace}",
]  # fmt: skip


def names(number, name):
    return block(
        number, name,
        *(m(n, INT) for n in NAMES),
        m("struct.dot", anonymous(m("in.side", INT), m("ä", array(INT, (0, 1))))),
        m("array.dot", array(anonymous(m("a b", INT)), (0, 1))),
    )  # fmt: skip


# ---------------------------------------------------------------- tags


def tags():
    found = []
    for area in "IQM":
        octet = 0
        for kind in TAGS:
            octet += octet % 2 if kind.even else 0
            found.append(Tag("%s_%s" % (area.lower(), kind.text.lower()), area, octet, 0, kind, "Plant"))
            octet += kind.size
        # Bits that share an octet, one of them with a name that needs quotes elsewhere.
        for bit in range(8):
            name = "%s bit.%d ä" % (area, bit) if bit == 5 else "%s_bit%d" % (area.lower(), bit)
            found.append(Tag(name, area, octet, bit, BOOL_KIND, "Bits"))
    # In a table of their own: there are CPUs without.
    found += [Tag("timer_%d" % n, "T", n, 0, NAMED["Timer"], "Timers") for n in (0, 5)]
    found += [Tag("counter_%d" % n, "C", n, 0, NAMED["Counter"], "Timers") for n in (0, 7)]
    return found


PROGRAM = Program(
    udts=[POINT, MOTOR, EVERY],
    fbs=[*PARTS, PARAMETER],
    blocks=[
        every(1, True), every(2, False), arrays(3, True), arrays(4, False), structs(5, True), structs(6, False),
        system(7, True), system(8, False), notes(9, True), notes(10, False), deep(11, True), deep(12, False),
        names(13, "Names"), names(14, "Größe.2 «ü»"),
        Block("TypedOptimised", 15, MOTOR, True, "typed"), Block("TypedStandard", 16, MOTOR, False, "typed"),
        Block("DriveInstance", 17, PARTS[1], True, "instance"), Block("DriveClassicInstance", 18, PARTS[3], False, "instance"),
        Block("ParametersInstance", 19, PARAMETER, False, "instance"),
        Block("TimerInstance", 20, TIMER, True, "instance", "IEC_TIMER"), Block("OnDelay", 21, TIMER, True, "instance", "TON_TIME"),
        Block("CounterInstance", 22, COUNTERS[0], True, "instance", "IEC_COUNTER"),
        block(100, "DB100", m("own_number", INT)),
    ],
    tags=tags(),
)  # fmt: skip

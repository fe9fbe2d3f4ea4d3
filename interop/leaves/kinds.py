"""The simple data types: soft data type, octets in memory, the value on the wire, and as many different values as are asked for.

From the specification's table of soft data types and its conversions, and from nothing of hepta's: what is wrong there must show here.
"""

import datetime
import struct
from dataclasses import dataclass

BOOL, BBOOL, STRING, WSTRING, STRUCT, DTL = 1, 40, 19, 62, 17, 67


def mixed(n, bits):
    """A number of so many bits that looks like chance and is the same in every run."""
    n = (n * 0x9E3779B97F4A7C15 + 0x1234567) & 0xFFFFFFFFFFFFFFFF
    n ^= n >> 29
    n = (n * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return (n ^ n >> 32) & ((1 << bits) - 1)


# ---------------------------------------------------------------- numbers of the wire


def vlq(n):
    """Unsigned: groups of seven bits; above 56 bits nine octets, the last of them whole."""
    tail = b""
    if n >> 56:
        n, tail = n >> 8, bytes([n & 0xFF])
    groups = [n & 0x7F]
    while n > 0x7F:
        n >>= 7
        groups.append(n & 0x7F)
    if tail:
        groups += [0] * (8 - len(groups))
    groups.reverse()
    return bytes(g | 0x80 for g in groups[:-1]) + (bytes([groups[-1] | 0x80]) + tail if tail else bytes(groups[-1:]))


def svlq(n):
    """Signed: bit 6 of the first octet is the sign."""
    tail = b""
    if not -(1 << 55) <= n < 1 << 55:
        n, tail = n >> 8, bytes([n & 0xFF])
    groups = [n & 0x7F]
    while not -64 <= n < 64 or (tail and len(groups) < 8):
        n >>= 7
        groups.append(n & 0x7F)
    groups.reverse()
    return bytes(g | 0x80 for g in groups[:-1]) + (bytes([groups[-1] | 0x80]) + tail if tail else bytes(groups[-1:]))


def whole(octets, signed=False):
    return int.from_bytes(octets, "big", signed=signed)


# The type of the wire, by soft data type: its number, and how the octets of memory become its payload.
PLAIN = {"Bool": 0x01, "USInt": 0x02, "UInt": 0x03, "SInt": 0x06, "Int": 0x07, "Byte": 0x0A, "Word": 0x0B, "DWord": 0x0C}
PLAIN.update(LWord=0x0D, Real=0x0E, LReal=0x0F, Timestamp=0x10)
WIRE = {1: "Bool", 2: "Byte", 3: "USInt", 4: "Word", 5: "Int", 6: "DWord", 7: "DInt", 8: "Real", 9: "UInt", 10: "UDInt"}
WIRE.update({11: "DInt", 12: "Word", 14: "USInts", 19: "USInts", 20: "USInts", 22: "USInts", 23: "UInt", 24: "UInt"})
WIRE.update({28: "UInt", 29: "UInt", 40: "Bool", 48: "LReal", 49: "ULInt", 50: "LInt", 51: "LWord", 52: "USInt", 53: "UInt"})
WIRE.update({54: "UDInt", 55: "SInt", 61: "UInt", 62: "UInts", 64: "Timespan", 65: "ULInt", 66: "Timestamp", 96: "USInts"})
WIRE.update({n: "DWord" for n in (128, 129, 130, 132, 133, 134, 171)})
WIRE.update({n: "Word" for n in (*range(144, 157), 168, 169, 170)})
WIRE.update({n: "Int" for n in (*range(160, 165), 192, 193, 195, 196, 197)})
WIRE.update({n: "UInt" for n in (173, 174, 175, 208, 209, 210)})


def wire(soft, octets):
    """The value that a CPU sends for a variable with these octets in memory: flags, type, payload."""
    name = WIRE[soft]
    if name in PLAIN:
        return bytes([0, PLAIN[name]]) + octets
    if name == "USInts":
        return b"\x10\x02" + vlq(len(octets)) + octets
    if name == "UInts":
        return b"\x10\x03" + vlq(len(octets) // 2) + octets
    number, signed = {"UDInt": (4, 0), "ULInt": (5, 0), "DInt": (8, 1), "LInt": (9, 1), "Timespan": (0x11, 1)}[name]
    return bytes([0, number]) + (svlq(whole(octets, True)) if signed else vlq(whole(octets)))


# ---------------------------------------------------------------- values


def unsigned(size):
    def value(n):
        return whole(struct.pack(">Q", mixed(n, 64))[:size])

    return lambda n: (str(value(n)), value(n).to_bytes(size, "big"))


def signed(size):
    def value(n):
        return whole(struct.pack(">Q", mixed(n, 64))[:size], True)

    return lambda n: (str(value(n)), value(n).to_bytes(size, "big", signed=True))


def bits(size):
    return lambda n: ("16#%0*X" % (2 * size, mixed(n, 8 * size)), mixed(n, 8 * size).to_bytes(size, "big"))


def bool_(n):
    # The parity of the number's own bits: no shift of the array maps it onto itself.
    on = bin(n).count("1") & 1
    return "TRUE" if on else "FALSE", bytes([on])


def real(format_, step):
    def value(n):
        number = (mixed(n, 16) - 0x8000) / step
        return repr(number), struct.pack(format_, number)

    return value


def char(n):
    letter = chr(ord("A") + n % 26)
    return "'%s'" % letter, letter.encode()


def wchar(n):
    letter = chr(0x100 + mixed(n, 7))
    return "WCHAR#'%s'" % letter, letter.encode("utf-16-be")


def string(most):
    def value(n):
        text = ("ä%d" % n if n % 3 == 0 else "s%d" % n)[:most]
        octets = text.encode("latin-1")
        return "'%s'" % text, bytes([most, len(octets)]) + octets.ljust(most, b"\0")

    return value


def wstring(most):
    def value(n):
        text = ("Ω%d" % n)[:most]
        return "WSTRING#'%s'" % text, struct.pack(">HH", most, len(text)) + text.encode("utf-16-be").ljust(2 * most, b"\0")

    return value


def clock(n, digits):
    """Hours to seconds of a day, with so many digits behind; and the unit below a second."""
    second, fraction = mixed(n, 32) % 86400, mixed(n + 1, 40) % 10**digits
    text = "%02d:%02d:%02d.%0*d" % (second // 3600, second // 60 % 60, second % 60, digits, fraction)
    return text, second, fraction


def date(n):
    days = mixed(n, 32) % 60000
    return "D#%s" % (datetime.date(1990, 1, 1) + datetime.timedelta(days)), struct.pack(">H", days)


def tod(n):
    text, second, milli = clock(n, 3)
    return "TOD#" + text, struct.pack(">I", second * 1000 + milli)


def ltod(n):
    text, second, nano = clock(n, 9)
    return "LTOD#" + text, struct.pack(">Q", second * 10**9 + nano)


UNITS = [("d", 86400 * 10**9), ("h", 3600 * 10**9), ("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 1000), ("ns", 1)]


def span(nanos):
    text, rest = "-" if nanos < 0 else "", abs(nanos)
    for name, unit in UNITS:
        if rest >= unit:
            text += "%d%s" % (rest // unit, name)
            rest %= unit
    return text or "0ms"


def time(n):
    milli = mixed(n, 32) - 2**31
    return "T#" + span(milli * 10**6), struct.pack(">i", milli)


def ltime(n):
    nano = mixed(n, 60) - 2**59
    return "LT#" + span(nano), struct.pack(">q", nano)


def s5time(n):
    # Three digits that fill their place: the finest step that holds them is then the only one that anybody chooses.
    digits, step = 100 + mixed(n, 32) % 900, n % 4
    octets = struct.pack(">H", step << 12 | int(str(digits), 16))
    return "S5T#" + span(digits * 10**step * 10 * 10**6), octets


def day(n):
    return datetime.date(1990, 1, 1) + datetime.timedelta(mixed(n + 5, 32) % 36000)


def sunday_first(when):
    return when.isoweekday() % 7 + 1


def date_and_time(n):
    when, (text, second, milli) = day(n), clock(n, 3)
    numbers = [when.year % 100, when.month, when.day, second // 3600, second // 60 % 60, second % 60, milli // 10]
    octets = bytes(int(str(number), 16) for number in numbers)
    return "DT#%s-%s" % (when, text), octets + bytes([milli % 10 << 4 | sunday_first(when)])


def ldt(n):
    when, (text, second, nano) = day(n), clock(n, 9)
    days = (when - datetime.date(1970, 1, 1)).days
    return "LDT#%s-%s" % (when, text), struct.pack(">Q", (days * 86400 + second) * 10**9 + nano)


def dtl(n):
    """As it stands in memory: its members one after the other."""
    when, (text, second, nano) = day(n), clock(n, 9)
    part = (when.year, when.month, when.day, sunday_first(when), second // 3600, second // 60 % 60, second % 60, nano)
    return "DTL#%s-%s" % (when, text), struct.pack(">HBBBBBBI", *part)


def octets(size):
    """A pointer: no literal of it is declared."""
    return lambda n: (None, mixed(n, 8 * size if size < 8 else 64).to_bytes(size, "big"))


@dataclass(frozen=True)
class Kind:
    """A simple type: its spelling in sources, its soft data type (of BOOL, the packed one), its octets, its nth value."""

    text: str
    soft: int
    size: int
    value: object
    even: bool = True  # it starts at an even octet in a block with standard access

    @property
    def zero(self):
        """What it is at first where nothing is declared; None where that is a matter of the type."""
        if self.soft in (STRING, WSTRING):
            head = ">BB" if self.soft == STRING else ">HH"
            return struct.pack(head, (self.size - 2) if self.soft == STRING else (self.size - 4) // 2, 0).ljust(self.size, b"\0")
        return None if self.soft in (14, 20, 22, 96) else bytes(self.size)

    def pair(self, n):
        """The nth value and another one."""
        literal, first = self.value(n)
        if self.soft == BOOL:
            return literal, first, bytes([first[0] ^ 1])
        step = 1
        while self.value(n + step)[1] == first:
            step += 1
        return literal, first, self.value(n + step)[1]


def of_string(most):
    return Kind("String[%d]" % most, STRING, most + 2, string(most))


def of_wstring(most):
    return Kind("WString[%d]" % most, WSTRING, 2 * most + 4, wstring(most))


BOOL_KIND = Kind("Bool", BOOL, 1, bool_, False)
NUMBERS = [
    Kind("Byte", 2, 1, bits(1), False),
    Kind("Char", 3, 1, char, False),
    Kind("Word", 4, 2, bits(2)),
    Kind("Int", 5, 2, signed(2)),
    Kind("DWord", 6, 4, bits(4)),
    Kind("DInt", 7, 4, signed(4)),
    Kind("Real", 8, 4, real(">f", 8)),
    Kind("LReal", 48, 8, real(">d", 64)),
    Kind("ULInt", 49, 8, unsigned(8)),
    Kind("LInt", 50, 8, signed(8)),
    Kind("LWord", 51, 8, bits(8)),
    Kind("USInt", 52, 1, unsigned(1), False),
    Kind("UInt", 53, 2, unsigned(2)),
    Kind("UDInt", 54, 4, unsigned(4)),
    Kind("SInt", 55, 1, signed(1), False),
    Kind("WChar", 61, 2, wchar),
]
TIMES = [
    Kind("Date", 9, 2, date),
    Kind("Time_Of_Day", 10, 4, tod),
    Kind("Time", 11, 4, time),
    Kind("S5Time", 12, 2, s5time),
    Kind("LTime", 64, 8, ltime),
    Kind("LTime_Of_Day", 65, 8, ltod),
    Kind("LDT", 66, 8, ldt),
]
DATE_AND_TIME = Kind("Date_And_Time", 14, 8, date_and_time)
DTL_KIND = Kind("DTL", DTL, 12, dtl)
# What only the parameters of a function block can be.
PARAMETERS = [
    Kind("Pointer", 20, 6, octets(6)),
    Kind("Any", 22, 10, octets(10)),
    Kind("Remote", 96, 10, octets(10)),
    Kind("Block_FB", 23, 2, octets(2)),
    Kind("Block_FC", 24, 2, octets(2)),
    Kind("Counter", 28, 2, octets(2)),
    Kind("Timer", 29, 2, octets(2)),
]
# Numbers with a name: as words, double words, integers, and integers without sign.
HANDLES = [
    *(Kind(name, soft, 4, unsigned(4)) for name, soft in [
        ("AOM_IDENT", 128), ("EVENT_ANY", 129), ("EVENT_ATT", 130), ("AOM_AID", 132), ("AOM_LINK", 133), ("EVENT_HWINT", 134),
        ("CONN_R_ID", 171),
    ]),
    *(Kind(name, soft, 2, unsigned(2)) for name, soft in [
        ("HW_ANY", 144), ("HW_IOSYSTEM", 145), ("HW_DPMASTER", 146), ("HW_DEVICE", 147), ("HW_DPSLAVE", 148), ("HW_IO", 149),
        ("HW_MODULE", 150), ("HW_SUBMODULE", 151), ("HW_HSC", 152), ("HW_PWM", 153), ("HW_PTO", 154), ("HW_INTERFACE", 155),
        ("HW_IEPORT", 156), ("CONN_ANY", 168), ("CONN_PRG", 169), ("CONN_OUC", 170), ("PORT", 173), ("RTM", 174), ("PIP", 175),
        ("DB_ANY", 208), ("DB_WWW", 209), ("DB_DYN", 210),
    ]),
    *(Kind(name, soft, 2, signed(2)) for name, soft in [
        ("OB_ANY", 160), ("OB_DELAY", 161), ("OB_TOD", 162), ("OB_CYCLIC", 163), ("OB_ATT", 164), ("OB_PCYCLE", 192),
        ("OB_HWINT", 193), ("OB_DIAG", 195), ("OB_TIMEERROR", 196), ("OB_STARTUP", 197),
    ]),
]  # fmt: skip
TAGS = [BOOL_KIND, *NUMBERS, *TIMES]
SIMPLE = [*TAGS, DATE_AND_TIME, of_string(12), of_wstring(6)]
NAMED = {kind.text: kind for kind in [*SIMPLE, DTL_KIND, *PARAMETERS, *HANDLES]}

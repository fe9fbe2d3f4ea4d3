"""What a program is made of, and the leaves of it: names, addresses, types, values.

The rules are those of README.md beside this file. Nothing here knows the wire, a peer, or how hepta keeps a program.
"""

import itertools
from dataclasses import dataclass, field, replace

import kinds
from kinds import Kind

FIRST_LID = 9
ROW = 8  # a row of packed bits, in elements


@dataclass(frozen=True)
class Array:
    element: object
    bounds: tuple  # of (first, last), as declared: the outermost first

    def elements(self, packed):
        """Index as it is written, and place among the elements. Rows of packed bits end at whole octets."""
        counts = [last - first + 1 for first, last in self.bounds]
        rows = counts[:]
        if packed and len(rows) > 1:
            rows[-1] = -(-rows[-1] // ROW) * ROW
        for index in itertools.product(*map(range, counts)):
            place = 0
            for at, row in zip(index, rows):
                place = place * row + at
            yield tuple(first + at for (first, _), at in zip(self.bounds, index)), place


@dataclass(frozen=True)
class Struct:
    """Members in the order of their declaration. `name` is that of the type; an anonymous struct has none."""

    members: tuple
    name: str = ""
    origin: str = "struct"  # or udt, fb, system
    soft: int = kinds.STRUCT
    first_lid: int = FIRST_LID
    optimised: bool = True  # of a function block


@dataclass(frozen=True)
class Member:
    name: str
    type: object
    section: str = ""  # input, output, inout, static: of a function block
    default: bool = False  # what it is at first stands at the type, and blocks leave it there
    given: bool = True  # something is declared for it at all
    retain: bool = False
    visible: bool = True
    accessible: bool = True
    writable: bool = True
    comment: str = ""


@dataclass(frozen=True)
class Block:
    name: str
    number: int
    type: Struct
    optimised: bool = True
    kind: str = "global"  # or typed, instance
    said: str = ""  # the type as the source spells it, where that is not its name


@dataclass(frozen=True)
class Tag:
    name: str
    area: str  # I, Q, M, T, C
    octet: int
    bit: int
    type: object
    table: str


@dataclass(frozen=True)
class Leaf:
    """One value: where it stands by name and by LIDs."""

    root: object  # Block or area
    steps: tuple  # (member name, index or None)
    softs: tuple  # the soft data type of each step
    lids: tuple
    kind: Kind
    soft: int
    count: int  # which value it has
    declared: bool
    notes: Member
    structs: int  # how many types are between the root's own and this
    addressed: bool = True  # false where its LIDs lead nowhere
    multi: bool = False  # it stands in a function block inside another

    @property
    def path(self):
        return "".join(".%s%s" % (name, "" if index is None else written(index)) for name, index in self.steps)[1:]

    @property
    def values(self):
        """At first (None if that is not told) and another one."""
        _, first, other = self.kind.pair(self.count)
        return (first if self.declared else self.kind.zero), other


def written(index):
    return "[%s]" % ",".join(map(str, index))


DTL_MEMBERS = [("YEAR", "UInt"), ("MONTH", "USInt"), ("DAY", "USInt"), ("WEEKDAY", "USInt")]
DTL_MEMBERS += [("HOUR", "USInt"), ("MINUTE", "USInt"), ("SECOND", "USInt"), ("NANOSECOND", "UDInt")]
DTL_PARTS = [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 12)]


@dataclass(frozen=True)
class Part:
    """A member of a DTL: its value is cut out of the whole."""

    whole: int
    at: tuple
    soft: int
    size: int

    @property
    def zero(self):
        return None

    def pair(self, count):
        _, first, other = kinds.DTL_KIND.pair(count)
        first, other = first[self.at[0] : self.at[1]], other[self.at[0] : self.at[1]]
        # Another DTL may share this part with the first; a part of its own is free, as long as it is in the range of months and days.
        return None, first, other if other != first else bytes(len(first) - 1) + bytes([3 if first[-1] != 3 else 4])


def by_name(text):
    """The number of a value that stands at a type: the same for all who use it."""
    return sum((i + 1) * ord(c) for i, c in enumerate(text)) % 9973


@dataclass
class Walk:
    """Goes through the leaves of one root after the other, and gives each its number: that of its value."""

    fb_arrays: bool = True  # without, an array of function blocks is taken for one of them, under its own name
    parts: bool = True  # without, a DTL is one leaf
    count: int = 0

    def leaves(self, root, type_, optimised, **at):
        start = dict(root=root, steps=(), softs=(), lids=(), notes=Member("", None), structs=0, declared=True, addressed=True, multi=False)
        yield from self.members(type_, {**start, "packed": optimised, "shared": None, **at})

    def members(self, struct, here):
        if struct.origin != "struct":
            # A named type is the same type in blocks of both kinds; a function block has a layout of its own.
            here = {**here, "packed": struct.origin == "fb" and struct.optimised}
        for lid, member in enumerate(struct.members, struct.first_lid):
            above = here["notes"]
            notes = replace(
                member,
                visible=member.visible and above.visible,
                accessible=member.accessible and above.accessible,
                writable=member.writable and above.writable,
                retain=member.retain or above.retain,
            )
            inside = {**here, "notes": notes, "declared": here["declared"] and member.given}
            if member.default:
                inside["shared"] = by_name(struct.name + "." + member.name)
            alone = {"steps": here["steps"] + ((member.name, None),), "lids": here["lids"] + (lid,)}
            alone["softs"] = here["softs"] + (self.soft(getattr(member.type, "element", member.type), here["packed"]),)
            if isinstance(member.type, Array):
                yield from self.elements(member.type, {**inside, **alone})
            else:
                yield from self.one(member.type, {**inside, **alone})

    def elements(self, array, here):
        element = array.element
        compound = isinstance(element, Struct) or element is kinds.DTL_KIND
        collapsed = not self.fb_arrays and isinstance(element, Struct) and element.origin == "fb"
        packed = here["packed"] and element is kinds.BOOL_KIND
        for at, (index, place) in enumerate(array.elements(packed)):
            steps = here["steps"][:-1] + ((here["steps"][-1][0], index),)
            lids = here["lids"] + ((place, 1) if compound else (place,))
            if not collapsed:
                yield from self.one(element, {**here, "steps": steps, "lids": lids})
                continue
            found = list(self.one(element, {**here, "addressed": False}))
            yield from found if at == 0 else ()

    def one(self, type_, here):
        if isinstance(type_, Struct):
            multi = here["multi"] or type_.origin == "fb"
            yield from self.members(type_, {**here, "structs": here["structs"] + 1, "multi": multi})
            return
        self.count += 1
        count = self.count if here["shared"] is None else here["shared"]
        same = {key: here[key] for key in ("root", "steps", "softs", "lids", "declared", "notes", "structs", "addressed", "multi")}
        if type_ is kinds.DTL_KIND and self.parts:
            for lid, ((name, kind), at) in enumerate(zip(DTL_MEMBERS, DTL_PARTS), 1):
                part = Part(count, at, kinds.NAMED[kind].soft, at[1] - at[0])
                below = dict(steps=here["steps"] + ((name, None),), lids=here["lids"] + (lid,), structs=here["structs"] + 1)
                below["softs"] = here["softs"] + (part.soft,)
                yield Leaf(**{**same, **below}, kind=part, soft=part.soft, count=count)
            return
        yield Leaf(**same, kind=type_, soft=here["softs"][-1], count=count)

    @staticmethod
    def soft(type_, packed):
        return kinds.BBOOL if type_ is kinds.BOOL_KIND and packed else type_.soft


class Unknown(Exception):
    """No source tells how this stands in a block with standard access."""


def even(octet):
    return octet + octet % 2


def classic_size(type_):
    """The octets of a type in a block with standard access."""
    if isinstance(type_, Kind):
        return type_.size
    if isinstance(type_, Struct):
        size = classic(type_)[1]
        if size is None:
            raise Unknown
        return size
    *outer, last = [last - first + 1 for first, last in type_.bounds]
    if type_.element is kinds.BOOL_KIND:
        row = -(-last // 8)
    elif outer and isinstance(type_.element, Kind) and not type_.element.even:
        raise Unknown
    else:
        size = classic_size(type_.element)
        row = last * (even(size) if getattr(type_.element, "even", True) else size)
    for count in outer:
        row *= count
    return row


def classic(struct):
    """Places in a block with standard access, of all that stands in no array: path to octet and bit; and the octets of it all."""
    places, octet, bit = {}, 0, 0
    for member in struct.members:
        simple = isinstance(member.type, Kind)
        if member.type is kinds.BOOL_KIND:
            places[member.name] = (octet, bit)
            octet, bit = (octet + 1, 0) if bit == 7 else (octet, bit + 1)
            continue
        octet, bit = octet + (bit > 0), 0
        octet = octet if simple and not member.type.even else even(octet)
        if simple and member.type is not kinds.DTL_KIND:
            places[member.name] = (octet, 0)
        elif simple:
            places |= {"%s.%s" % (member.name, name): (octet + at, 0) for (name, _), (at, _) in zip(DTL_MEMBERS, DTL_PARTS)}
        elif isinstance(member.type, Struct):
            inside, _ = classic(member.type)
            places |= {"%s.%s" % (member.name, path): (octet + at, inner_bit) for path, (at, inner_bit) in inside.items()}
        try:
            octet += classic_size(member.type)
        except Unknown:
            return places, None
        octet = octet if simple else even(octet)
    return places, even(octet + (bit > 0))


@dataclass
class Program:
    udts: list = field(default_factory=list)
    fbs: list = field(default_factory=list)
    blocks: list = field(default_factory=list)
    tags: list = field(default_factory=list)

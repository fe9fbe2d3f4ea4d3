#!/usr/bin/env python3
"""Writes the sources of the program and the lists of leaves that each client is to find, or checks that the committed ones are these.

interop/leaves/expected.py            write program/ and *.tsv
interop/leaves/expected.py --check    compare; the exit status is 1 if something differs
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import description  # noqa: E402
import sources  # noqa: E402
from model import Member, Struct, Walk, classic  # noqa: E402

AREAS = {"I": (80, "IArea"), "Q": (81, "QArea"), "M": (82, "MArea"), "C": (83, "S7Counters"), "T": (84, "S7Timers")}
PYPI_SOFT = {*range(1, 13), 14, 19, 20, 22, 40, *range(48, 56), 61, 62, 64, 65, 66}
CRATE_DEPTH = 16


def leaves(program, **options):
    """Every leaf: the access area, the leaf."""
    walk = Walk(**options)
    for block in program.blocks:
        for leaf in walk.leaves(block, block.type, block.optimised):
            yield 0x8A0E0000 + block.number, leaf
    for area in AREAS:
        # The tags of an area are its members, in the order of the files.
        tags = [tag for tag in program.tags if tag.area == area]
        members = tuple(Member(tag.name, tag.type, given=False) for tag in tags)
        for leaf in walk.leaves(area, Struct(members), False):
            yield AREAS[area][0], leaf


def named(root, leaf, block_name=lambda name: name):
    return "%s.%s" % (AREAS[root][1] if isinstance(root, str) else block_name(root.name), leaf.path)


def pypi(program):
    """PyPI s7commplus 0.3.0."""
    for area, leaf in leaves(program, fb_arrays=False):
        if leaf.soft in PYPI_SOFT:
            yield named(leaf.root, leaf, lambda name: name.encode().decode("latin-1")), area, leaf


def crate(program):
    """Crate s7commplus 0.1.0."""
    for area, leaf in leaves(program, fb_arrays=False):
        if area in (83, 84) or leaf.structs > CRATE_DEPTH:
            continue
        yield (leaf.path if area < 100 else named(leaf.root, leaf)), area, leaf


def places(program):
    """Octet and bit in the classic layout of what stands in no array, by the name that PyPI's client has for it."""
    found = {}
    for block in program.blocks:
        if not block.optimised:
            inside, _ = classic(block.type)
            found |= {"%s.%s" % (block.name, path): place for path, place in inside.items()}
    found |= {"%s.%s" % (AREAS[tag.area][1], tag.name): (tag.octet, tag.bit) for tag in program.tags if tag.area in "IQM"}
    return found


def hepta(program):
    """Our own client."""
    for area, leaf in leaves(program):
        yield named(leaf.root, leaf), area, leaf


LISTS = {"pypi": pypi, "crate": crate, "hepta": hepta}


def access(leaf):
    if not leaf.addressed:
        return "none"
    return "r" if not leaf.notes.writable else "rw"


def row(name, area, leaf):
    first, other = leaf.values
    address = ".".join("%X" % n for n in (area, *leaf.lids))
    return "\t".join([name, address, str(leaf.soft), access(leaf), "-" if first is None else first.hex(), other.hex()])


HEAD = "\t".join(["name", "address", "type", "access", "at first", "then"])


def place_table(program):
    return "\n".join(["name\tplace", *("%s\t%d.%d" % (name, *place) for name, place in places(program).items()), ""])


def table(find, program):
    rows = [row(*found) for found in find(program)]
    names = [r.split("\t", 1)[0] for r in rows]
    assert len(names) == len(set(names)), sorted(n for n in set(names) if names.count(n) > 1)[:5]
    return "\n".join([HEAD, *rows, ""])


def everything(program):
    found = {"program/" + name: text for name, text in sources.files(program).items()}
    found |= {name + ".tsv": table(find, program) for name, find in LISTS.items()}
    return found | {"places.tsv": place_table(program)}


def load(text):
    """The rows of a list: name, address, soft data type, access, octets at first (None: not told), other octets."""
    for line in text.splitlines()[1:]:
        name, address, soft, may, first, other = line.split("\t")
        yield name, address, int(soft), may, None if first == "-" else bytes.fromhex(first), bytes.fromhex(other)


def load_places(text):
    """Name to octet and bit."""
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {name: tuple(int(part) for part in place.split(".")) for name, place in rows}


def differing():
    """The committed files that the description does not give again."""
    made = everything(description.PROGRAM)
    there = {"program/" + path.name for path in (HERE / "program").iterdir()} | {path.name for path in HERE.glob("*.tsv")}
    wrong = [name for name, text in made.items() if name not in there or (HERE / name).read_bytes() != text.encode()]
    return sorted(wrong + [name for name in there if name not in made])


def main():
    if sys.argv[1:] == ["--check"]:
        wrong = differing()
        print("\n".join("%s is not what the description says" % name for name in wrong) or "all as described")
        return 1 if wrong else 0
    (HERE / "program").mkdir(exist_ok=True)
    for name, text in everything(description.PROGRAM).items():
        (HERE / name).write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())

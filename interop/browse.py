"""The program of the CPU, by name: what each client finds of a program with every type and shape, and whether it is what stands there.

The program, and what each client is to find of it, comes from `leaves/`: see the README there.
"""

import datetime
import os
import struct
import sys

from harness import HERE, case, check, same, short
from plus import good, hexed, op, python_peer, rust_peer

sys.path.insert(0, str(HERE / "leaves"))
import description  # noqa: E402
import expected  # noqa: E402
import kinds  # noqa: E402
import large  # noqa: E402
import sources  # noqa: E402
import sums  # noqa: E402

PROFILE = "s7-1500@3.1"
CHUNK = 20  # items to a request of the crate: what the CPU permits


def listed(name):
    return list(expected.load((HERE / "leaves" / (name + ".tsv")).read_text(encoding="utf-8")))


def program_files():
    return [str(path) for path in sorted((HERE / "leaves/program").iterdir())]


def program_cpu(context, *extra, files=None, profile=PROFILE):
    """A CPU with the program and nothing else."""
    files = files or program_files()
    if "1200" in profile:
        # It has no timers and counters of the old kind.
        files = [path for path in files if "timers" not in path]
    with_program = [part for path in files for part in ("--program", path)]
    return context.serve("hepta", "--profile", profile, *with_program, *extra, areas_file=context.no_areas)


def compare(found, wanted):
    """Both are lists of name, address, soft data type. All that differs is told by number, and the first of each kind by name."""
    found_by, wanted_by = {f[0]: tuple(f[1:]) for f in found}, {w[0]: tuple(w[1:]) for w in wanted}
    missing = [name for name in wanted_by if name not in found_by]
    extra = [name for name in found_by if name not in wanted_by]
    other = [n for n in wanted_by if n in found_by and found_by[n] != wanted_by[n]]
    twice = len(found) - len(found_by)
    told = []
    if missing:
        told.append("%d missing, as %r" % (len(missing), missing[:5]))
    if extra:
        told.append("%d that are not there, as %r" % (len(extra), extra[:5]))
    if other:
        told.append("%d others, as %s" % (len(other), ["%s %s, not %s" % (n, found_by[n], wanted_by[n]) for n in other[:5]]))
    if twice:
        told.append("%d names more than once" % twice)
    check(not told, "%s (of %d, found %d)", "; ".join(told), len(wanted), len(found))


def differing(got, wanted, what):
    """Two lists of the same leaves."""
    wrong = [(name, g, w) for (name, g), w in zip(got, wanted) if g != w]
    first = ["%s: %s, not %s" % (name, short(g), short(w)) for name, g, w in wrong[:5]]
    check(len(got) == len(wanted) and not wrong, "%s: %d of %d differ, as %s", what, len(wrong), len(wanted), first)


@case("program/lists")
def lists(context):
    """The committed sources and lists are those of the description, and nothing else stands there."""
    same(expected.differing(), [], "not what the description says")


# ---------------------------------------------------------------- all values, by a client that did not write them


def crate_values(context, server, rows):
    """Address, and what the crate reads there."""
    outcomes = rust_peer(context, server, [{"op": "read", "items": [row[1] for row in rows], "chunk": CHUNK}])
    return good(outcomes[0], "the crate reads")


def crate_holds(context, server, rows, column, what):
    """By the crate, at addresses of the list: each leaf has the octets of that column, in the very form of the wire."""
    values = crate_values(context, server, rows)
    got = [(row[0], value.get("value", value)) for row, value in zip(rows, values)]
    wanted = [value["value"] if row[column] is None else kinds.wire(row[2], row[column]).hex() for row, value in zip(rows, values)]
    differing(got, wanted, what)


def python_values(context, server, rows, flavour="sync"):
    """By PyPI's client, by name."""
    outcomes = python_peer(context, server, [op("read_tags", [row[0] for row in rows])], flavour=flavour)
    return good(outcomes[0], "read_tags")


def python_holds(context, server, rows, column, what, flavour="sync"):
    values = python_values(context, server, rows, flavour)
    got = [(row[0], value["error"] or value["value"]["hex"]) for row, value in zip(rows, values)]
    wanted = [g if row[column] is None else row[column].hex() for row, (_, g) in zip(rows, got)]
    differing(got, wanted, what)


def shown(soft, octets):
    """What the hepta command prints of a value, when all it has is the address: the type of the wire says how."""
    name = kinds.WIRE[soft]
    number = kinds.whole(octets, name in ("SInt", "Int", "DInt", "LInt", "Timespan"))
    if name == "Bool":
        return bool(number)
    if name in ("Real", "LReal"):
        return struct.unpack(">f" if name == "Real" else ">d", octets)[0]
    if name == "USInts":
        return octets.hex()
    if name == "UInts":
        return list(struct.unpack(">%dH" % (len(octets) // 2), octets))
    if name == "Timespan":
        return "LT#" + kinds.span(number)
    if name == "Timestamp":
        when = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=number // 10**9)
        return ("LDT#%s.%09d" % (when.strftime("%Y-%m-%d-%H:%M:%S"), number % 10**9)).rstrip("0").rstrip(".")
    # What no number of JSON holds is a text.
    return str(number) if len(octets) == 8 else number


def hepta_holds(context, server, rows, column, what, many=2000):
    """By the hepta command, at addresses of the list."""
    found, url = [], "s7plus://127.0.0.1:%d" % server.port
    for at in range(0, len(rows), many):
        found += context.cli_json("read", url, *(row[1] for row in rows[at : at + many]), "--insecure")
    got = [(row[0], answer.get("value") if answer["ok"] else answer) for row, answer in zip(rows, found)]
    # A span or moment of nothing has several spellings.
    told = [row[column] is not None and (row[2] not in (64, 66) or any(row[column])) for row in rows]
    wanted = [shown(row[2], row[column]) if is_told else g for row, (_, g), is_told in zip(rows, got, told)]
    check(all(answer["ok"] for answer in found), "%s: not all can be read", what)
    differing(got, wanted, what)


AT_FIRST, THEN = 4, 5
# Types that PyPI's client has no spelling for: it reads them, and cannot write them by name.
PYPI_CANNOT_WRITE = {20, 22}


def writable(rows):
    return [row for row in rows if row[3] == "rw"]


def addressed(rows):
    return [row for row in rows if row[3] != "none"]


# ---------------------------------------------------------------- PyPI s7commplus


def python_browse(context, flavour, profile, tls=True):
    with program_cpu(context, profile=profile) as server:
        # Twice, each on its own connection: its way to find objects in an answer fails where counters have come far.
        outcomes = python_peer(context, server, [op("leaves")], flavour=flavour, tls=tls)
        again = python_peer(context, server, [op("leaves")], flavour=flavour, tls=tls)
    places = expected.load_places((HERE / "leaves/places.tsv").read_text(encoding="utf-8"))
    for outcome in (outcomes, again):
        found = good(outcome[0], "browse")
        compare([leaf[:3] for leaf in found], [row[:3] for row in listed("pypi")])
        where = {name: (octet, bit) for name, _, _, octet, bit in found if name in places}
        differing(list(where.items()), [places[name] for name in where], "octet and bit")


def python_reads(context, flavour):
    rows = addressed(listed("pypi"))
    with program_cpu(context) as server:
        python_holds(context, server, rows, AT_FIRST, "at first", flavour)


def python_writes(context, flavour):
    rows = addressed(listed("pypi"))
    mine = [row for row in writable(rows) if row[2] not in PYPI_CANNOT_WRITE]
    fixed = [row for row in rows if row[3] == "r"]
    with program_cpu(context) as server:
        values = {row[0]: hexed(row[THEN]) for row in mine + fixed}
        outcomes = python_peer(context, server, [op("write_tags", values)], flavour=flavour)
        results = {result["name"]: result["error"] for result in good(outcomes[0], "write_tags")}
        refused = [name for name, error in results.items() if error]
        same(refused, [row[0] for row in fixed], "what is refused")
        # By the other client: in its own form, and all that was not written as it was.
        crate_holds(context, server, mine, THEN, "written")
        others = [row for row in addressed(listed("hepta")) if row[0] not in values and row[1] not in {m[1] for m in mine}]
        crate_holds(context, server, others, AT_FIRST, "left alone")
        python_holds(context, server, mine, THEN, "written, by name", flavour)
        hepta_holds(context, server, mine, THEN, "written, by our own client")


def python_other_spelling(context, flavour):
    """Texts as blobs, characters as the numbers they are: what its API permits beside its own choice."""
    spelled = {3: "USINT", 19: "BLOB", 62: "BLOB"}
    rows = [row for row in writable(listed("pypi")) if row[2] in spelled]
    with program_cpu(context) as server:
        ops = []
        for row in rows:
            area, *lids = (int(part, 16) for part in row[1].split("."))
            ops.append(op("write_symbolic", area, lids, hexed(row[THEN]), datatype={"type": spelled[row[2]]}))
        for row, outcome in zip(rows, python_peer(context, server, ops, flavour=flavour)):
            good(outcome, "write %s" % row[0])
        crate_holds(context, server, rows, THEN, "written")


for _flavour in ("sync", "async"):
    for _profile in ("s7-1200@4.7", "s7-1500@2.9", "s7-1500@3.1"):

        def _browse(context, flavour=_flavour, profile=_profile):
            python_browse(context, flavour, profile)

        case("program/python-%s/browse %s" % (_flavour, _profile))(_browse)

    def _open(context, flavour=_flavour):
        python_browse(context, flavour, "s7-1200@3.0", False)

    case("program/python-%s/browse open s7-1200@3.0" % _flavour)(_open)

    def _reads(context, flavour=_flavour):
        python_reads(context, flavour)

    case("program/python-%s/read every leaf" % _flavour)(_reads)

    def _writes(context, flavour=_flavour):
        python_writes(context, flavour)

    case("program/python-%s/write every leaf" % _flavour)(_writes)

    def _other(context, flavour=_flavour):
        python_other_spelling(context, flavour)

    case("program/python-%s/write in another spelling" % _flavour)(_other)


@case("program/python-sync/checksums of symbols")
def python_sums(context):
    """What stands in no array is read with the checksum of its symbol, and refused with another."""
    items, wanted = [], []
    for area, leaf in expected.leaves(description.PROGRAM):
        # What a multi-instance counts as is not known.
        if all(index is None for _, index in leaf.steps) and not leaf.multi:
            path = [(name, soft) for (name, _), soft in zip(leaf.steps, leaf.softs)]
            items.append((area, list(leaf.lids), sums.symbol(path)))
            wanted.append((leaf.path, leaf.values[0]))
    check(len(items) > 500, "only %d symbols", len(items))
    right = [{"tuple": item} for item in items]
    wrong = [{"tuple": (area, lids, sum_ ^ 1)} for area, lids, sum_ in items]
    with program_cpu(context) as server:
        outcomes = python_peer(context, server, [op("read_symbolic_multi", right), op("read_symbolic_multi", wrong)])
    values = good(outcomes[0], "with checksums")
    got = [(name, value and value["hex"]) for (name, _), value in zip(wanted, values)]
    differing(got, [g if first is None and g else first and first.hex() for (_, first), (_, g) in zip(wanted, got)], "with checksums")
    same([value for value in good(outcomes[1], "with others") if value], [], "read with another checksum")


# ---------------------------------------------------------------- crate s7commplus


@case("program/rust/browse")
def rust_browse(context):
    with program_cpu(context) as server:
        outcomes = rust_peer(context, server, [{"op": "browse"}, {"op": "browse"}])
    for outcome in outcomes:
        compare(good(outcome, "browse"), [row[:3] for row in listed("crate")])


@case("program/rust/read every leaf")
def rust_reads(context):
    with program_cpu(context) as server:
        crate_holds(context, server, addressed(listed("crate")), AT_FIRST, "at first")
        # What it has no name for, it reads by address all the same.
        crate_holds(context, server, addressed(listed("hepta")), AT_FIRST, "at first, by address")


@case("program/rust/write every leaf")
def rust_writes(context):
    rows = addressed(listed("crate"))
    mine, fixed = writable(rows), [row for row in rows if row[3] == "r"]
    names = {row[1]: row for row in listed("pypi")}
    with program_cpu(context) as server:
        items = mine + fixed
        write = {"op": "write", "chunk": CHUNK, "items": [row[1] for row in items]}
        write["values"] = [kinds.wire(row[2], row[THEN]).hex() for row in items]
        refused = good(rust_peer(context, server, [write])[0], "write")
        same([items[number - 1][0] for number, _ in refused], [row[0] for row in fixed], "what is refused")
        # By the other client, by the names that it has for them.
        known = [names[row[1]] for row in mine if row[1] in names]
        python_holds(context, server, known, THEN, "written")
        left = [names[row[1]] for row in fixed if row[1] in names]
        python_holds(context, server, left, AT_FIRST, "left alone")
        crate_holds(context, server, mine, THEN, "written, by itself")


@case("program/rust/write in another spelling")
def rust_other_spelling(context):
    """A CHAR as BYTE, texts as blobs and without the fill behind them."""

    def blob(octets):
        return b"\x00\x14\x00" + kinds.vlq(len(octets)) + octets

    def short_text(octets):
        return kinds.wire(19, octets[: 2 + octets[1]])

    def short_wide(octets):
        return kinds.wire(62, octets[: 4 + 2 * int.from_bytes(octets[2:4], "big")])

    rows = [row for row in writable(listed("crate")) if row[2] in (3, 19, 62)]
    for spelled in ({3: lambda octets: b"\x00\x0a" + octets, 19: blob, 62: blob}, {19: short_text, 62: short_wide}):
        some = [row for row in rows if row[2] in spelled]
        with program_cpu(context) as server:
            write = {"op": "write", "chunk": CHUNK, "items": [row[1] for row in some]}
            write["values"] = [spelled[row[2]](row[THEN]).hex() for row in some]
            same(good(rust_peer(context, server, [write])[0], "write"), [], "what is refused")
            crate_holds(context, server, some, THEN, "written")


# ---------------------------------------------------------------- our own client


def hepta_leaves(context, server):
    """All that the hepta command tells of every leaf; arrays by their elements, a DTL by its members."""
    url = "s7plus://127.0.0.1:%d" % server.port
    return context.cli_json("browse", url, "--elements", "--parts", "--insecure", limit=300)


def as_listed(leaves):
    return [[leaf["name"], leaf["access"], leaf["soft_type"]] for leaf in leaves]


@case("program/hepta/browse")
def hepta_browse(context):
    with program_cpu(context) as server:
        found = hepta_leaves(context, server)
    compare(as_listed(found), [row[:3] for row in listed("hepta")])
    places = expected.load_places((HERE / "leaves/places.tsv").read_text(encoding="utf-8"))
    where = {leaf["name"]: (leaf["classic"]["octet"], leaf["classic"]["bit"]) for leaf in found if leaf["name"] in places}
    differing(list(where.items()), [places[name] for name in where], "octet and bit")
    said, wanted = [], []
    described = {expected.named(leaf.root, leaf): leaf for _, leaf in expected.leaves(description.PROGRAM)}
    for leaf in found:
        notes = described[leaf["name"]].notes
        said.append((leaf["name"], [leaf["visible"], leaf["accessible"], leaf["read_only"], leaf["retain"]]))
        wanted.append([notes.visible, notes.accessible, not notes.writable, notes.retain])
    differing(said, wanted, "visible, accessible, read only, retain")


@case("program/hepta/read every leaf")
def hepta_reads(context):
    with program_cpu(context) as server:
        hepta_holds(context, server, listed("hepta"), AT_FIRST, "at first")


def large_files(context):
    folder = os.path.join(context.folder.name, "large")
    os.makedirs(folder, exist_ok=True)
    files = []
    for name, text in sources.files(large.PROGRAM).items():
        files.append(os.path.join(folder, name))
        with open(files[-1], "w", encoding="utf-8") as f:
            f.write(text)
    return files


@case("program/hepta/100000 leaves", alone=True)
def hepta_large(context):
    """Our client against our CPU: all are found, and have the values that the sources say."""
    rows = list(expected.load(expected.table(expected.hepta, large.PROGRAM)))
    same(len(rows), large.LEAVES, "leaves of the description")
    with program_cpu(context, files=large_files(context)) as server:
        compare(as_listed(hepta_leaves(context, server)), [row[:3] for row in rows])
        hepta_holds(context, server, rows, AT_FIRST, "at first")


@case("program/python-sync/browse 100000 leaves", alone=True)
def python_large(context):
    """All types come in one answer of many frames."""
    rows = list(expected.load(expected.table(expected.pypi, large.PROGRAM)))
    with program_cpu(context, files=large_files(context)) as server:
        found = good(python_peer(context, server, [op("leaves")])[0], "browse")
    compare([leaf[:3] for leaf in found], [row[:3] for row in rows])


@case("program/rust/browse 100000 leaves", alone=True)
def rust_large(context):
    rows = list(expected.load(expected.table(expected.crate, large.PROGRAM)))
    with program_cpu(context, files=large_files(context)) as server:
        found = good(rust_peer(context, server, [{"op": "browse"}])[0], "browse")
    compare(found, [row[:3] for row in rows])

"""Writes the program as TIA Portal exports it: PLC data types, function blocks, data blocks, tag tables."""

import csv
import io
import itertools
import re
from xml.sax.saxutils import escape, quoteattr

import kinds
from model import Array, Struct, Walk, by_name, written

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# What may be a member's name and is a word of the language, too.
RESERVED = {"int", "end_var", "set", "name", "on", "version", "real", "time", "word"}
SECTIONS = [("input", "VAR_INPUT"), ("output", "VAR_OUTPUT"), ("inout", "VAR_IN_OUT"), ("static", "VAR")]


def quoted(name):
    return name if PLAIN_NAME.match(name) and name.lower() not in RESERVED else '"%s"' % name


def type_lines(type_, indent):
    """How a type is written; an anonymous struct takes several lines."""
    if isinstance(type_, Array):
        first, *rest = type_lines(type_.element, indent)
        return ["Array[%s] of %s" % (", ".join("%d..%d" % bounds for bounds in type_.bounds), first), *rest]
    if not isinstance(type_, Struct):
        return [type_.text]
    if type_.origin == "struct":
        inner = [line for member in type_.members for line in member_lines(member, indent + 1)]
        return ["Struct", *inner, "   " * indent + "END_STRUCT"]
    return [type_.name if type_.origin == "system" else '"%s"' % type_.name]


def member_lines(member, indent, initial=None):
    off = [("ExternalAccessible", member.accessible), ("ExternalVisible", member.visible), ("ExternalWritable", member.writable)]
    said = ["%s := 'False'" % name for name, on in off if not on]
    first, *rest = type_lines(member.type, indent)
    head = "%s%s%s : " % ("   " * indent, quoted(member.name), " { %s}" % "; ".join(said) if said else "")
    lines = [head + first, *rest]
    lines[-1] += (" := " + initial if initial else "") + ";" + ("   // " + member.comment if member.comment else "")
    return lines


def default(struct, member):
    """What stands at the type itself."""
    return member.type.value(by_name(struct.name + "." + member.name))[0] if member.default else None


def udt_source(struct):
    lines = ['TYPE "%s"' % struct.name, "VERSION : 0.1", "   STRUCT"]
    for member in struct.members:
        lines += member_lines(member, 2, default(struct, member))
    return lines + ["   END_STRUCT;", "", "END_TYPE", ""]


def fb_source(struct):
    lines = ['FUNCTION_BLOCK "%s"' % struct.name, "{ S7_Optimized_Access := '%s' }" % str(struct.optimised).upper(), "VERSION : 0.1"]
    for section, word in SECTIONS:
        members = [member for member in struct.members if member.section == section]
        if members:
            lines.append("   " + word)
            for member in members:
                lines += member_lines(member, 2, default(struct, member))
            lines += ["   END_VAR", ""]
    lines += ["   VAR_TEMP ", "      scratch : Int;", "   END_VAR", ""]
    return lines + ["", "BEGIN", "   #scratch := 1; // END_FUNCTION_BLOCK", "END_FUNCTION_BLOCK", ""]


def reference(leaf):
    return ".".join(quoted(name) + ("" if index is None else written(index)) for name, index in leaf.steps)


def block_source(block, walk):
    """A data block. `walk` is the one that numbers all leaves, with each DTL as one."""
    lines = ['DATA_BLOCK "%s"' % block.name, "{ S7_Optimized_Access := '%s' }" % str(block.optimised).upper()]
    lines += ["VERSION : 0.1", "NON_RETAIN"]
    if block.said in ("IEC_TIMER", "IEC_COUNTER"):
        lines[1:] = ["{InstructionName := '%s';" % block.said, " LibVersion := '1.0';", " S7_Optimized_Access := 'TRUE' }"]
        name = "IEC_TMR" if block.said == "IEC_TIMER" else "IEC_CTR"
        lines += ["AUTHOR : Simatic", "FAMILY : IEC", "NAME : " + name, "VERSION : 1.0", "NON_RETAIN"]
    leaves = list(walk.leaves(block, block.type, block.optimised))

    def said(leaf):
        return leaf.kind.value(leaf.count)[0] if leaf.declared and not leaf.notes.default else None

    # A value of its own stands at the member, a row of them too; all others in the second part.
    at_member, inside = {}, []
    for name, group in itertools.groupby(leaves, key=lambda leaf: leaf.steps[0][0]):
        group = list(group)
        member = next(member for member in block.type.members if member.name == name)
        simple = isinstance(member.type, kinds.Kind)
        row = isinstance(member.type, Array) and isinstance(member.type.element, kinds.Kind) and len(member.type.bounds) == 1
        if block.kind == "global" and simple:
            at_member[name] = said(group[0])
        elif block.kind == "global" and row and block.optimised and member.type.element is not kinds.DTL_KIND:
            at_member[name] = "[%s]" % ", ".join(map(said, group))
        else:
            inside += ["   %s := %s;" % (reference(leaf), said(leaf)) for leaf in group if said(leaf)]
    if block.kind != "global":
        lines.append(block.said if block.said else '"%s"' % block.type.name)
    elif block.optimised:
        for retain, members in itertools.groupby(block.type.members, key=lambda member: member.retain):
            lines.append("   VAR RETAIN" if retain else "   VAR ")
            for member in members:
                lines += member_lines(member, 2, at_member.get(member.name))
            lines.append("   END_VAR")
    else:
        lines.append("   STRUCT ")
        for member in block.type.members:
            lines += member_lines(member, 2, at_member.get(member.name))
        lines.append("   END_STRUCT;")
    return lines + ["", "", "BEGIN", *inside, "", "END_DATA_BLOCK", ""]


# ---------------------------------------------------------------- tag tables

WIDTHS = {1: "B", 2: "W", 4: "D"}


def address(tag):
    if tag.area in "TC":
        return "%%%s%d" % (tag.area, tag.octet)
    if tag.type is kinds.BOOL_KIND:
        return "%%%s%d.%d" % (tag.area, tag.octet, tag.bit)
    # What is wider than a double word is written as if it were a bit.
    return "%%%s%s" % (tag.area, "%d.0" % tag.octet if tag.type.size > 4 else "%s%d" % (WIDTHS[tag.type.size], tag.octet))


def xml_table(name, tags):
    flags = 'hmiVisible="True" hmiWriteable="True" hmiAccessible="True" retain="False" remark=""'
    rows = [
        "  <Tag type=%s %s addr=%s>%s</Tag>" % (quoteattr(tag.type.text), flags, quoteattr(address(tag)), escape(tag.name)) for tag in tags
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<Tagtable name=%s>' % quoteattr(name)
    return "\n".join([head, *rows, "</Tagtable>", ""])


def csv_table(tags):
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["Name", "Path", "Data Type", "Logical Address", "Comment", "Hmi Visible", "Hmi Accessible", "Hmi Writeable"])
    for tag in tags:
        table.writerow([tag.name, tag.table, tag.type.text, address(tag), "", "True", "True", "True"])
    return out.getvalue()


def files(program):
    """Name and text of every file, in the order in which they are given to a CPU."""
    walk = Walk(parts=False)
    blocks = [line for block in program.blocks for line in block_source(block, walk)]
    found = {
        "1-types.udt": "\n".join(line for udt in program.udts for line in udt_source(udt)),
        "2-blocks.scl": "\n".join(line for fb in program.fbs for line in fb_source(fb)),
        "3-data.db": "\n".join(blocks),
    }
    tables = {}
    for tag in program.tags:
        tables.setdefault(tag.table, []).append(tag)
    for number, (name, tags) in enumerate(tables.items(), 4):
        kind = "csv" if number % 2 else "xml"
        found["%d-%s.%s" % (number, name.lower(), kind)] = csv_table(tags) if kind == "csv" else xml_table(name, tags)
    return {name: text for name, text in found.items() if text.strip()}

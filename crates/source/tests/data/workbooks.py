"""Makes tags.xlsx and inline.xlsx: what an export of TIA Portal has in it, and the same cells as other tools write them."""
import pathlib
import zipfile
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).parent
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TITLES = ["Name", "Path", "Data Type", "Logical Address", "Comment", "Hmi Visible", "Hmi Accessible",
          "Hmi Writeable", "Typeobject ID", "Version ID"]
TAGS = [
    ["Start", "Line\\Infeed", "Bool", "%I0.0", "push button <S1> & lamp", "True", "True", "False", "", ""],
    ["Größe", "Line\\Infeed", "Int", "%IW64", "", "False", "False", "False", "", ""],
    ["inlet", "Line", '"Valve"', "%M100.0", "", "True", "True", "True", "", ""],
    ["raw", "Line", "Word", "%IW256:P", "", "True", "True", "True", "", ""],
    ["sum", "Line", "LReal", "%M200.0", "", "True", "True", "True", "", ""],
]
CONSTANTS = [
    ["Name", "Path", "Data Type", "Value", "Comment"],
    ["LANES", "Line", "Int", 12, ""],
    ["SETTLE", "Line", "Time", "T#1500ms", ""],
]
PROPERTIES = [["Path", "BelongsToUnit", "Accessibility"], ["Line", "", ""]]


def place(row, column):
    return chr(ord("A") + column) + str(row + 1)


def sheet(rows, cell):
    lines = "".join(
        f'<row r="{r + 1}">' + "".join(cell(place(r, c), value) for c, value in enumerate(row) if value != "") + "</row>"
        for r, row in enumerate(rows)
    )
    return f'<?xml version="1.0" encoding="utf-8"?><worksheet xmlns="{MAIN}"><dimension ref="A1:J9"/><sheetData>{lines}</sheetData></worksheet>'


def make(name, sheets, cell, shared, compression):
    with zipfile.ZipFile(HERE / name, "w", compression) as book:
        def add(path, text):
            book.writestr(zipfile.ZipInfo(path, (2026, 11, 1, 8, 0, 0)), text, compression)
        parts = [(title, f"worksheets/sheet{i + 1}.xml", sheet(rows, cell)) for i, (title, rows) in enumerate(sheets)]
        links = [(f"rId{i + 1}", "worksheet", path) for i, (_, path, _) in enumerate(parts)]
        if shared:
            links.append(("rIdT", "sharedStrings", "/xl/texts.xml"))
        add("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        add("xl/_rels/workbook.xml.rels", "<Relationships>" + "".join(
            f'<Relationship Id="{i}" Type="{LINK}/{kind}" Target="{path}"/>' for i, kind, path in links) + "</Relationships>")
        add("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>' + "".join(
            f'<sheet name="{title}" sheetId="{i + 1}" r:id="rId{i + 1}"/>' for i, (title, _, _) in enumerate(parts)) + "</sheets></workbook>")
        for _, path, text in parts:
            add("xl/" + path, text)
        if shared:
            # One text in runs, one with a reading beside it: both are one text.
            add("xl/texts.xml", f'<sst xmlns="{MAIN}" count="4000000000" uniqueCount="4000000000">' + "".join(
                f"<si><r><t>{escape(t[:2])}</t></r><r><t xml:space=\"preserve\">{escape(t[2:])}</t></r><rPh><t>no</t></rPh></si>"
                for t in shared) + "</sst>")


texts = []


def by_number(at, value):
    if isinstance(value, int):
        return f'<c r="{at}"><v>{value}</v></c>'
    if value in ("True", "False"):
        return f'<c r="{at}" t="b"><v>{int(value == "True")}</v></c>'
    if value not in texts:
        texts.append(value)
    return f'<c r="{at}" s="1" t="s"><v>{texts.index(value)}</v></c>'


def inline(at, value):
    return f'<x:c xmlns:x="{MAIN}" r="{at}" t="inlineStr"><x:is><x:t>{escape(str(value))}</x:t></x:is></x:c>'


for rows in (PROPERTIES, [TITLES, *TAGS], CONSTANTS):
    sheet(rows, by_number)
make("tags.xlsx", [("PLC Tags", [TITLES, *TAGS]), ("Constants", CONSTANTS), ("TagTable Properties", PROPERTIES)],
     by_number, texts, zipfile.ZIP_DEFLATED)
make("inline.xlsx", [("PLC Tags", [TITLES, [], *TAGS])], inline, [], zipfile.ZIP_STORED)

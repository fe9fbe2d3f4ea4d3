//! Tables of tags as tools export them, and what is wrong with others.
use hepta_proto::data::{Area, Type, Value};
use hepta_source::{Fault, ImportError, Table, TableFault, Tag, tag_table};

fn data(file: &str) -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/").to_owned() + file).unwrap()
}

fn import(file: &str) -> Table {
    tag_table(file, &data(file)).unwrap_or_else(|error| panic!("{error}"))
}

/// Line or row, column, and what is wrong there.
fn refused(file: &str, octets: impl AsRef<[u8]>) -> (u32, u32, TableFault) {
    let error = tag_table(file, octets.as_ref()).unwrap_err();
    assert_eq!(error.at.file.as_ref(), file);
    match error {
        ImportError { at, what: Fault::Table(what) } => (at.line, at.column, *what),
        other => panic!("{other}"),
    }
}

type Place<'a> = (&'a str, Area, u32, u8, Type);

fn places(table: &Table) -> Vec<Place<'_>> {
    let place = |tag: &'_ Tag| (tag.area, tag.octet, tag.bit, tag.ty.clone());
    let named = table.tags.iter().map(|tag| (tag.name.as_ref(), place(tag)));
    named.map(|(name, (area, octet, bit, ty))| (name, area, octet, bit, ty)).collect()
}

fn skipped(table: &Table) -> Vec<(u32, &str)> {
    table.skipped.iter().map(|skipped| (skipped.at.line, skipped.what.as_str())).collect()
}

fn tag<'a>(table: &'a Table, name: &str) -> &'a Tag {
    table.tags.iter().find(|tag| *tag.name == *name).unwrap()
}

/// Who may see, read and write it, and whether it is retentive.
fn flags(tag: &Tag) -> [bool; 4] {
    [tag.notes.visible, tag.notes.accessible, tag.notes.writable, tag.notes.retain]
}

#[test]
fn openness() {
    let table = import("openness.xml");
    assert_eq!(
        places(&table),
        [
            ("press.closed", Area::Input, 0, 3, Type::Bool),
            ("Größe soll", Area::Output, 64, 0, Type::Int),
            ("sum", Area::Flag, 200, 0, Type::LReal),
            ("pause", Area::Timer, 7, 0, Type::Timer),
        ]
    );
    assert!(table.tags.iter().all(|tag| &*tag.table == "Press 1"));
    let closed = tag(&table, "press.closed");
    assert_eq!(
        closed.notes.comment.as_deref(),
        Some("end switch <S3> & lock → A1"),
        "the first that is not empty"
    );
    assert_eq!(flags(closed), [true, true, false, false]);
    assert_eq!(flags(tag(&table, "Größe soll")), [false, false, false, false]);
    assert_eq!(closed.at.to_string(), "openness.xml:20:11");
    assert_eq!(table.constants, [("LANES".into(), Value::Int(16)), ("SETTLE".into(), Value::Time(1500))]);
    assert_eq!(
        skipped(&table),
        [
            (81, "the tag \"raw\" at %IW256:P, which is direct access to a module"),
            (89, "the tag \"nowhere\", which has no address"),
            (106, "<SW.Tags.PlcSystemConstant>, which is neither tag nor user constant"),
        ]
    );
}

#[test]
fn a_plc_data_type_waits_for_its_source() {
    let table = import("openness.xml");
    let [inlet] = table.unresolved.as_slice() else { panic!("{:?}", table.unresolved) };
    assert_eq!((&*inlet.name, &*inlet.udt, &*inlet.table), ("inlet", "Valve", "Press 1"));
    let valve: Type = "STRUCT open : BOOL; flow : REAL; END_STRUCT".parse().unwrap();
    let tag = inlet.clone().resolve(valve.clone()).unwrap();
    assert_eq!((tag.area, tag.octet, tag.bit, tag.ty), (Area::Flag, 100, 0, valve));
    let error = inlet.clone().resolve(Type::Timer).unwrap_err();
    assert_eq!((error.at.line, error.at.column), (61, 11), "{error}");
}

#[test]
fn openness_of_older_versions_in_utf_16() {
    let table = import("openness-v13.xml");
    assert_eq!(places(&table), [("Tür", Area::Input, 4, 1, Type::Bool)]);
    assert_eq!(tag(&table, "Tür").notes.comment.as_deref(), Some("Tür offen"));
    assert_eq!(&*tag(&table, "Tür").table, "Halle");
}

#[test]
fn the_export_of_one_table() {
    let table = import("tagtable.xml");
    assert_eq!(
        places(&table),
        [("lamp", Area::Output, 0, 0, Type::Bool), ("count", Area::Flag, 12, 0, Type::DInt)]
    );
    assert_eq!(tag(&table, "lamp").notes.comment.as_deref(), Some("stop & go"));
    assert_eq!(tag(&table, "count").notes.comment, None);
    assert_eq!(flags(tag(&table, "lamp")), [true, true, false, false]);
    assert_eq!(flags(tag(&table, "count")), [false, false, false, true]);
    assert_eq!(&*tag(&table, "lamp").table, "Default tag table");
    assert_eq!(table.unresolved.len(), 1);
    assert_eq!(table.constants, [("WARM".into(), Value::Real(21.5))]);
}

#[test]
fn xml_that_is_no_table_says_where() {
    let tags = |tags: &str| format!("<Tagtable name='t'>\n{tags}</Tagtable>");
    for (text, line, column, want) in [
        ("<Document><SW.Blocks.GlobalDB/></Document>".into(), 0, 0, "no tag table"),
        (String::new(), 0, 0, "no tag table"),
        ("<Tagtable name='t'>\n <Tag".into(), 2, 2, "no XML"),
        ("<Tagtable name='t'>\n <Tag>a".into(), 2, 8, "ends inside of <Tag>"),
        ("<a>\n</b>".into(), 2, 1, "no XML"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><Tagtable name='t'/>".into(), 1, 1, "DOCTYPE"),
        (tags("<Tag type='Bool' addr='%M0.0'>a&b;</Tag>"), 2, 32, "&b;"),
        (tags("<Tag type='Bool' addr='%M0.0'>a<Tag/></Tag>"), 2, 32, "inside of another"),
        (tags("<Tag type='Bool' addr='%M0.0'> </Tag>"), 2, 1, "the name is missing"),
        (tags("<Tag type='Bool' addr='%M0.0'>a\"b</Tag>"), 2, 1, "no name of a tag"),
        (tags("<Tag addr='%M0.0'>a</Tag>"), 2, 1, "the type is missing"),
        (tags("<Tag type='Array[0..' addr='%M0.0'>a</Tag>"), 2, 1, "no type"),
        (tags("<Tag type='Bool' addr='%M0.8'>a</Tag>"), 2, 1, "%M0.8"),
        (tags("<Tag type='Bool' addr='%MW0'>a</Tag>"), 2, 1, "BOOL"),
        (tags("<Tag type='Int' addr='%T0'>a</Tag>"), 2, 1, "TIMER"),
        (tags("<Tag type='Bool' addr='%M0.0' hmiVisible='ja'>a</Tag>"), 2, 1, "True nor False"),
        (
            tags("<Tag type='Bool' addr='%M0.0'>a</Tag>\n<Tag type='Bool' addr='%M0.1'>A</Tag>"),
            3,
            1,
            "line 2",
        ),
        (tags("<Constant type='Int' value='70000'>a</Constant>"), 2, 1, "-32768"),
        (tags("<Constant type='Int'>a</Constant>"), 2, 1, "value of the constant is missing"),
        (tags("<Constant type='\"U\"' value='1'>a</Constant>"), 2, 1, "elementary"),
        (tags("<Tagtable name='u'/>"), 2, 1, "inside of another"),
        ("<a>".repeat(65), 1, 193, "64 deep"),
    ] {
        let (at_line, at_column, what) = refused("t.xml", &text);
        assert_eq!((at_line, at_column), (line, column), "{text}: {what}");
        assert!(what.to_string().contains(want), "{text}: {what}");
    }
}

#[test]
fn entities_do_not_expand() {
    let bomb = "<!DOCTYPE t [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\
                <Tagtable name='t'><Tag type='Bool' addr='%M0.0'>&b;</Tag></Tagtable>";
    assert_eq!(refused("t.xml", bomb).2, TableFault::Doctype);
    let undeclared = "<Tagtable name='t'><Tag type='Bool' addr='%M0.0'>&b;</Tag></Tagtable>";
    assert_eq!(refused("t.xml", undeclared).2, TableFault::Entity("b".into()));
}

#[test]
fn what_is_no_table_at_all() {
    for file in ["block.db", "table", "old.xls", ".", ""] {
        assert_eq!(tag_table(file, b"").unwrap_err().what, Fault::Kind, "{file}");
    }
    assert_eq!(refused("t.xml", b"\xff\xfeA\0B").2, TableFault::Encoding);
}

#[test]
fn csv_by_semicolons() {
    let table = import("tags.csv");
    assert_eq!(
        places(&table),
        [
            ("Start", Area::Input, 0, 0, Type::Bool),
            ("Größe", Area::Input, 64, 0, Type::Int),
            ("Menge", Area::Output, 8, 0, Type::DInt),
            ("total", Area::Counter, 5, 0, Type::Counter),
        ]
    );
    assert_eq!(tag(&table, "Start").notes.comment.as_deref(), Some("push button; green, \"S1\""));
    assert_eq!(flags(tag(&table, "Start")), [true, true, false, false]);
    assert_eq!(flags(tag(&table, "Größe")), [false, false, false, false]);
    assert_eq!(flags(tag(&table, "Menge")), [true, true, true, false], "what is not said");
    assert_eq!(&*tag(&table, "Start").table, "Line\\Infeed");
    assert_eq!(&*tag(&table, "total").table, "tags", "the file, where no table is named");
    assert_eq!(tag(&table, "Größe").at.to_string(), "tags.csv:3:1");
    let types: Vec<_> = table.unresolved.iter().map(|tag| (&*tag.name, &*tag.udt, tag.at.line)).collect();
    assert_eq!(types, [("inlet", "Valve", 5), ("outlet", "Valve", 6)], "with and without quotes");
    assert_eq!(skipped(&table), [(7, "the tag \"raw\" at %IW256:P, which is direct access to a module")]);
}

#[test]
fn csv_of_constants_in_code_page_1252() {
    let table = import("constants.csv");
    assert_eq!(
        table.constants,
        [
            ("LANES".into(), Value::Int(12)),
            ("TITLE".into(), Value::String("Anlage größer".into())),
            ("RATIO".into(), Value::LReal(0.5)),
        ]
    );
}

#[test]
fn every_encoding_gives_the_same_table() {
    let text = "Name\tData Type\tLogical Address\nGröße\tInt\t%MW2\n";
    let wide: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let western: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for octets in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        western,
        [b"\xff\xfe", little.as_slice()].concat(),
        [b"\xfe\xff", big.as_slice()].concat(),
        little,
        big,
    ] {
        let table = tag_table("t.csv", &octets).unwrap();
        assert_eq!(places(&table), [("Größe", Area::Flag, 2, 0, Type::Int)], "{octets:02x?}");
    }
}

#[test]
fn csv_that_is_no_table_says_where() {
    for (text, line, column, want) in [
        ("", 0, 0, "Name"),
        ("Name;Data Type\n", 1, 0, "Logical Address"),
        ("Name;Data Type;Value;Name\n", 1, 4, "two columns"),
        ("Name,Data Type,Logical Address\n\na,Bool,%M0.0\n,Bool,%M0.1\n", 4, 1, "the name is missing"),
        ("Name,Data Type,Logical Address\na,,%M0.0\n", 2, 2, "the type is missing"),
        ("Name,Data Type,Logical Address\na,Bool,M0\n", 2, 3, "\"M0\" is no address"),
        ("sep=,\nName,Data Type,Logical Address\na,Bool,M0\n", 3, 3, "no address"),
        ("Name,Data Type,Logical Address,Hmi Visible\na,Bool,%M0.0,x\n", 2, 4, "True nor False"),
        ("Name\tData Type\tValue\na\tInt\tx\n", 2, 3, "no value of INT"),
        ("Name,Data Type,Logical Address\na,Int[,%M0.0\n", 2, 2, "no type"),
    ] {
        let (at_line, at_column, what) = refused("t.csv", text);
        assert_eq!((at_line, at_column), (line, column), "{text}: {what}");
        assert!(what.to_string().contains(want), "{text}: {what}");
    }
}

#[test]
fn symbols_of_step_7() {
    let table = import("symbols.sdf");
    assert_eq!(
        places(&table),
        [
            ("Press closed", Area::Input, 0, 3, Type::Bool),
            ("Speed", Area::Flag, 20, 0, Type::Real),
            ("Pause", Area::Timer, 7, 0, Type::Timer),
            ("Parts", Area::Counter, 1, 0, Type::Counter),
        ]
    );
    assert_eq!(tag(&table, "Press closed").notes.comment.as_deref(), Some("Endschalter für S3"));
    assert_eq!(&*tag(&table, "Speed").table, "symbols");
    assert_eq!(
        skipped(&table),
        [
            (5, "the tag \"Raw\" at PEW   256, which is direct access to a module"),
            (6, "the symbol \"Cycle\" of OB 1, which is a block and no memory"),
            (7, "the symbol \"Recipe\" of DB 10, which is a block and no memory"),
        ]
    );
    let columns = import("symbols.asc");
    assert_eq!(places(&columns), places(&table)[..3]);
    assert_eq!(tag(&columns, "Press closed").notes, tag(&table, "Press closed").notes);
    assert_eq!(columns.skipped.len(), 1);
}

#[test]
fn symbols_that_are_none_say_where() {
    let asc = |address: &str| format!("126,{:24}{address:12}{:10}", "a", "BOOL");
    for (file, text, line, column, want) in [
        ("t.sdf", "\"a\",\"M 0.0\",\"BOOL\"\n".into(), 1, 0, "four fields"),
        ("t.sdf", "\"a\",\"M 0.0\",\"BOOL\",\"\"\n\"b\",\"M 0\",\"BOOL\",\"\"\n".into(), 2, 2, "no address"),
        ("t.asc", "125,a\n".into(), 1, 1, "126,"),
        ("t.asc", format!("\n{}", asc("X 0.0")), 2, 29, "no address"),
        ("t.asc", "126,".into(), 1, 5, "the name is missing"),
        ("t.asc", format!("126,{:24}{:12}INTEGER[ ", "a", "MW 0"), 1, 41, "no type"),
    ] {
        let (at_line, at_column, what) = refused(file, &text);
        assert_eq!((at_line, at_column), (line, column), "{text}: {what}");
        assert!(what.to_string().contains(want), "{text}: {what}");
    }
}

#[test]
fn workbooks() {
    for file in ["tags.xlsx", "inline.xlsx"] {
        let table = import(file);
        assert_eq!(
            places(&table),
            [
                ("Start", Area::Input, 0, 0, Type::Bool),
                ("Größe", Area::Input, 64, 0, Type::Int),
                ("sum", Area::Flag, 200, 0, Type::LReal),
            ],
            "{file}"
        );
        assert_eq!(tag(&table, "Start").notes.comment.as_deref(), Some("push button <S1> & lamp"));
        assert_eq!(flags(tag(&table, "Start")), [true, true, false, false]);
        assert_eq!(flags(tag(&table, "Größe")), [false, false, false, false]);
        assert_eq!(&*tag(&table, "Start").table, "Line\\Infeed");
        assert_eq!(&*table.unresolved[0].udt, "Valve");
        assert_eq!(table.skipped.len(), 1);
    }
    let table = import("tags.xlsx");
    assert_eq!(tag(&table, "Größe").at.to_string(), "tags.xlsx:3:1");
    assert_eq!(table.constants, [("LANES".into(), Value::Int(12)), ("SETTLE".into(), Value::Time(1500))]);
}

/// A workbook of one sheet, packed.
fn workbook(sheet: &str, texts: &str) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in [
        ("xl/workbook.xml", "<workbook><sheets><sheet name='PLC Tags' r:id='a'/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id='a' Target='s.xml'/></Relationships>",
        ),
        ("xl/s.xml", sheet),
        ("xl/sharedStrings.xml", texts),
    ] {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn workbooks_that_are_none_say_where() {
    let titles = "<row r='1'><c r='A1'><v>Name</v></c><c r='B1'><v>Data Type</v></c><c r='C1'><v>Logical Address</v></c></row>";
    let rows = |rows: &str| {
        workbook(&format!("<worksheet><sheetData>{titles}{rows}</sheetData></worksheet>"), "<sst/>")
    };
    for (octets, line, column, want) in [
        (b"PK".to_vec(), 0, 0, "no xlsx workbook"),
        (
            rows("<row r='7'><c r='A7'><v>a</v></c><c r='B7'><v>Bool</v></c><c r='C7'><v>%M0</v></c></row>"),
            7,
            3,
            "no address",
        ),
        (rows("<row r='7'><c r='C7'><v>%M0.0</v></c></row>"), 7, 1, "the name is missing"),
        (rows("<row r='7'><c r='A7' t='s'><v>3</v></c></row>"), 7, 1, "text number \"3\""),
        (rows("<row r='7'><c r='7A'/></row>"), 7, 0, "no cell"),
        (rows("<row r='-1'/>"), 1, 3, "no cell"),
        (workbook("<worksheet", ""), 0, 0, "no XML"),
        (workbook("<!DOCTYPE a><worksheet/>", "<sst/>"), 0, 0, "DOCTYPE"),
    ] {
        let (at_line, at_column, what) = refused("t.xlsx", octets);
        assert_eq!((at_line, at_column), (line, column), "{what}");
        assert!(what.to_string().contains(want), "{what}");
    }
    let mut tags = data("tags.xlsx");
    tags.truncate(tags.len() - 40);
    assert!(matches!(refused("t.xlsx", tags).2, TableFault::Workbook(_)));
}

#[test]
fn a_packed_file_inflates_to_the_bound_and_no_further() {
    let spaces = " ".repeat(70 << 20);
    let octets = workbook(&format!("<worksheet>{spaces}</worksheet>"), "<sst/>");
    assert!(octets.len() < 1 << 20);
    assert_eq!(refused("t.xlsx", octets).2, TableFault::TooLarge);
    // A long text that many cells have is as much as all of them.
    let text = "x".repeat(1 << 20);
    let many = "<row><c r='ZZ1' t='s'><v>0</v></c></row>".repeat(100);
    let octets = workbook(
        &format!("<worksheet><sheetData>{many}</sheetData></worksheet>"),
        &format!("<sst><si><t>{text}</t></si></sst>"),
    );
    assert_eq!(refused("t.xlsx", octets).2, TableFault::TooLarge);
    assert_eq!(refused("t.csv", vec![b' '; (64 << 20) + 1]).2, TableFault::TooLarge);
}

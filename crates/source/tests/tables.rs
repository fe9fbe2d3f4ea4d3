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
    assert_eq!(refused("t.xml", b"\xff\xfeA\0B").2, TableFault::Encoding("UTF-16LE"));
}

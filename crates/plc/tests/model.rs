//! What a program takes and refuses: whole structs, writes, declarations, and what stays when it comes again.
mod common;
use common::plant::{array, field, motor, plant, vectors};
use common::{ask, browse, hex, objects, octets};
use hepta_plc::program::{Blocks, DataBlock, DeclareError, Home, Lids, Var};
use hepta_plc::{Area, Plc, Profile, Who, example};
use hepta_proto::data::{self, Notes, Origin, Struct, Type};
use hepta_proto::plus::value::{Data, Packed, Value};
use hepta_proto::plus::{ItemAddress, ReturnValue};
use hepta_proto::wire::{Reader, Wire as _};
use std::sync::Arc;

#[test]
fn structs_as_a_whole() {
    let plc = plant();
    let item = |db: u32, lids: &[u32]| ItemAddress::below(0x8a0e_0000 + db, 2550, lids);
    let write = |db, lids: &[u32], value: &Value| plc.write_item(Who::Connection(1), &item(db, lids), value);
    let packed = |value: &Value| value.as_struct().unwrap().as_packed().unwrap().clone();
    let repack = |value: &Value, packed: Packed| {
        Value::from(hepta_proto::plus::value::Struct::packed(value.as_struct().unwrap().id(), packed))
    };
    // The same motor in both layouts, member by member, then as a whole.
    for (lid, value) in [(9, "000101"), (11, "000e3fc00000"), (12, "10020a0803616263000000000000")] {
        let octets = octets(if lid == 12 { "10020a08036162630000000000" } else { value });
        let value = Value::read(&mut Reader::new(&octets)).unwrap();
        [1, 2].iter().for_each(|db| write(*db, &[12, lid], &value).unwrap());
    }
    let one = plc.read_item(&item(1, &[12])).unwrap();
    assert_eq!(plc.read_item(&item(2, &[12])).unwrap(), one);
    assert_eq!(one.as_struct().unwrap().id(), 0x9100_0001);
    let was = packed(&one);
    assert_eq!(was.octets.len(), motor().size());
    assert_eq!(was.octets[..16], [1, 0, 0x3f, 0xc0, 0, 0, 8, 3, b'a', b'b', b'c', 0, 0, 0, 0, 0]);
    let mut octets = was.octets.clone();
    (octets[0], octets[2]) = (2, 0x40);
    let other = repack(&one, Packed { octets, ..was.clone() });
    for (db, lids) in [(1, &[13, 2, 1][..]), (2, &[14, 5, 1]), (5, &[]), (1, &[12])] {
        if lids.is_empty() {
            continue;
        }
        write(db, lids, &other).unwrap();
        assert_eq!(plc.read_item(&item(db, lids)).unwrap(), other);
        let fault = plc.read_item(&item(db, &[lids, &[10]].concat())).unwrap();
        assert_eq!(fault.as_bool(), Some(true));
    }
    // The time of the interface, the type, the length and the order of octets must be right.
    let code = |result: Result<(), ReturnValue>| {
        let why = result.unwrap_err();
        (why.code().0, why.generic().0)
    };
    let late = Packed { timestamp: was.timestamp + 1, ..was.clone() };
    assert_eq!(code(write(1, &[12], &repack(&one, late))), (-256, 41));
    let short = Packed { octets: vec![0; 3], ..was.clone() };
    assert_eq!(code(write(1, &[12], &repack(&one, short))), (-257, 9));
    let own = Packed { transport: 2, ..was.clone() };
    assert_eq!(code(write(1, &[12], &repack(&one, own))), (-278, 9));
    let timer = plc.read_item(&item(1, &[24])).unwrap();
    assert_eq!((timer.as_struct().unwrap().id(), packed(&timer).octets.len()), (0x0200_001f, 10));
    write(1, &[24], &timer).unwrap();
    assert_eq!(code(write(1, &[12], &timer)), (-257, 9));
    // A counter of an array; a struct without a name is none.
    write(1, &[26, 1, 1], &plc.read_item(&item(2, &[26, 0, 1])).unwrap()).unwrap();
    assert_eq!(code(plc.read_item(&item(1, &[15])).map(drop)), (-255, 43));
}

#[test]
fn what_may_not_be_written_is_not() {
    let plc = Plc::new(Profile::s7_1500());
    let hidden = Notes { visible: false, accessible: false, ..Notes::default() };
    let inner = {
        let mut a = field("a", Type::Int);
        a.notes.retain = true;
        Struct::of(Origin::Anonymous, [a, field("b", Type::Int)]).unwrap()
    };
    let block = DataBlock::optimised("Guarded", 1)
        .with(Var::new("in", Type::Int).read_only())
        .and_then(|b| b.with(Var::new("st", Type::Struct(inner)).read_only()))
        .and_then(|b| b.with(Var::new("hidden", Type::Bool).notes(hidden)))
        .and_then(|b| b.with(Var::new("kept", Type::Bool).retain().comment("over night")))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let leaves = browse(&plc, true);
    let flags: Vec<_> = leaves.iter().map(|leaf| (leaf.read_only, leaf.visible, leaf.accessible)).collect();
    let (open, guarded) = ((false, true, true), (true, true, true));
    assert_eq!(flags, [guarded, guarded, guarded, (false, false, false), open]);
    for leaf in &leaves {
        let value = plc.read_item(&leaf.address()).unwrap();
        let done = plc.write_item(Who::Connection(1), &leaf.address(), &value);
        assert_eq!(
            done.map_err(|why| why.generic().0),
            if leaf.read_only { Err(3) } else { Ok(()) },
            "{}",
            leaf.name
        );
        // The owner may.
        plc.write_item(Who::Owner, &leaf.address(), &value).unwrap();
    }
    let ty = plc.object(0x9200_0001).unwrap();
    let of: Vec<_> = ty.vartypes().unwrap().elements().iter().map(|v| (v.attributes.0, v.bits.0)).collect();
    assert_eq!(of, [(0x8ec0, 0), (0xcec0, 0), (0x80c0, 0x08), (0x8ac0, 0x98)]);
    let st = plc.object(0x9201_0001).unwrap();
    assert_eq!(st.vartypes().unwrap().elements()[0].bits.0, 0x80);
    let interface = plc.interface(Home::Db(1)).unwrap();
    assert_eq!(interface.members()[3].comment(), Some("over night"));
    assert!(interface.members()[3].is_retentive() && !interface.members()[0].is_writable());
}

/// What the labels of the vectors are written to, and what is read then where it is another spelling.
fn of_label(label: &str) -> (Type, Option<&'static str>) {
    let array = |ty: Type, n: u32| Type::array_of(ty, n).unwrap();
    let ty = match label.split([' ', '[']).next().unwrap() {
        _ if label.starts_with("Bool[") => array(Type::Bool, 3),
        _ if label.starts_with("Int[") => array(Type::Int, 3),
        _ if label.starts_with("DInt[") => array(Type::DInt, 2),
        "StringArray" => array(Type::String(4), 2),
        "Bool" => Type::Bool,
        "Char" => Type::Char,
        "WChar" => Type::WChar,
        "Date" => Type::Date,
        "TOD" => Type::Tod,
        "Time" => Type::Time,
        "S5Time" => Type::S5Time,
        "DT" => Type::DateAndTime,
        "String" => Type::String(10),
        "WString" => Type::WString(5),
        "LTime" => Type::LTime,
        "LTOD" => Type::LTod,
        "LDT" => Type::Ldt,
        "DTL" => Type::Dtl,
        "LInt" => Type::LInt,
        "ULInt" => Type::ULInt,
        "LWord" => Type::LWord,
        "DWord" => Type::DWord,
        "UDInt" => Type::UDInt,
        "SInt" => Type::SInt,
        "DInt" => Type::DInt,
        other => panic!("{other}"),
    };
    let then = match label {
        "Char A" => Some("000241"),
        "WString[5] ab" => Some("1003070005000200610062000000000000"),
        "WString[5] x" => Some("1003070005000100780000000000000000"),
        "String[10] Hi" => Some("10020c0a0248690000000000000000"),
        _ => None,
    };
    (ty, then)
}

#[test]
fn every_spelling_that_clients_write() {
    let vectors = vectors();
    let mut seen = 0;
    for group in ["write_values_csharp", "write_values_python"] {
        for (label, written) in vectors[group].as_object().unwrap() {
            // Shortened in the vectors: it says no value.
            if label.contains("first/last") {
                continue;
            }
            let (ty, then) = of_label(label);
            let octets = octets(written.as_str().unwrap());
            let value = Value::read(&mut Reader::new(&octets)).unwrap();
            for block in [DataBlock::optimised("X", 1), DataBlock::standard("X", 1)] {
                let plc = Plc::new(Profile::s7_1500());
                plc.add_program_block(&block.with(Var::new("x", ty.clone())).unwrap()).unwrap();
                let item = ItemAddress::below(0x8a0e_0001, 2550, [9]);
                let done = plc.write_item(Who::Connection(1), &item, &value);
                assert_eq!(done, Ok(()), "{group} {label}");
                let mut read = vec![];
                plc.read_item(&item).unwrap().write(&mut read);
                if label.starts_with("Bool[") {
                    // Rows come filled up.
                    assert_eq!(hex(&read), "1001080100010000000000", "{label}");
                } else if group == "write_values_python" && label.starts_with("DT ") {
                    assert_eq!(hex(&read), "1002082310282358591237", "{label}");
                } else {
                    assert_eq!(
                        hex(&read),
                        then.unwrap_or_else(|| written.as_str().unwrap()),
                        "{group} {label}"
                    );
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 24 + 18);
}

#[test]
fn lids_stay_when_a_program_comes_again() {
    let udt = |more: bool| {
        let extra = more.then(|| field("new", Type::DInt));
        let fields = extra.into_iter().chain([field("on", Type::Bool), field("speed", Type::Real)]);
        Struct::of(Origin::Udt("Motor".into()), fields).unwrap()
    };
    let program = |more: bool| {
        let variable = |name: &str, ty: Type| hepta_source::Variable {
            name: name.into(),
            ty,
            initial: None,
            notes: Notes::default(),
        };
        let inner = |more: bool| {
            let members =
                if more { vec![("z", Type::Int), ("a", Type::Int)] } else { vec![("a", Type::Int)] };
            Type::Struct(Struct::new(members).unwrap())
        };
        let mut variables = vec![variable("first", Type::Int), variable("motor", Type::Struct(udt(more)))];
        variables.insert(0, variable("st", inner(more)));
        if more {
            variables.insert(0, variable("added", Type::Int));
            variables.retain(|variable| &*variable.name != "first");
        }
        let block = hepta_source::Block {
            name: "Line".into(),
            number: if more { 8 } else { 7 },
            kind: hepta_source::BlockKind::Global,
            optimised: true,
            variables,
            comment: Some("the line".into()),
            at: hepta_source::At::default(),
        };
        let tag = |name: &str, octet| hepta_source::Tag {
            name: name.into(),
            table: "Tags".into(),
            area: data::Area::Flag,
            octet,
            bit: 0,
            ty: Type::Int,
            notes: Notes::default(),
            at: hepta_source::At::default(),
        };
        let mut tags = vec![tag("one", 10), tag("two", 12)];
        if more {
            tags.insert(0, tag("zero", 8));
        }
        hepta_source::Program { blocks: vec![block], tags, ..Default::default() }
    };
    let path = |plc: &Plc, name: &str| {
        let all = browse(plc, true);
        all.into_iter().find(|leaf| leaf.name == name).unwrap_or_else(|| panic!("no {name}")).path
    };
    let check = |plc: &Plc| {
        assert_eq!(path(plc, "Line.st.a"), [9, 9]);
        assert_eq!(path(plc, "Line.st.z"), [9, 10]);
        assert_eq!(path(plc, "Line.motor.on"), [11, 9]);
        assert_eq!(path(plc, "Line.motor.speed"), [11, 10]);
        assert_eq!(path(plc, "Line.motor.new"), [11, 11]);
        // That of `first` is given to nobody.
        assert_eq!(path(plc, "Line.added"), [12]);
        assert_eq!(
            [path(plc, "MArea.one"), path(plc, "MArea.two"), path(plc, "MArea.zero")],
            [[9], [10], [11]]
        );
    };
    let plc = Plc::new(Profile::s7_1500());
    plc.load(&program(false)).unwrap();
    assert_eq!(path(&plc, "Line.first"), [10]);
    assert_eq!(plc.interface(Home::Db(7)).unwrap().comment(), Some("the line"));
    let lids = plc.lids();
    // On the same CPU: the block of that name moved to another number.
    plc.remove_block(7).unwrap();
    plc.load(&program(true)).unwrap();
    check(&plc);
    assert_eq!(plc.interface(Home::Db(8)).unwrap().members().len(), 3);
    // On another, from the text of the list.
    let other = Plc::new(Profile::s7_1500());
    other.keep_lids(lids.to_string().parse().unwrap());
    other.load(&program(true)).unwrap();
    check(&other);
    assert_eq!(lids.iter().map(|(s, n, l)| (s.to_owned(), n.to_owned(), l)).collect::<Lids>(), lids);
    assert_eq!(lids.find("UDT", "Motor"), Some(1));
    assert!("DB\tx".parse::<Lids>().unwrap_err().to_string().contains("line 1"));
}

#[test]
fn a_change_of_the_program_is_seen() {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    let xml = plc.content_xml();
    assert_eq!(plc.content_xml(), xml);
    assert!(xml.contains("<OnlineId>2316173313</OnlineId>"), "{xml}");
    assert!(
        xml.contains(r#"<Entity Id="Block" Rid="2316173313"><Header Name="Demo" Number="1" Type="DB""#),
        "{xml}"
    );
    let block = |ty: Type| DataBlock::optimised("More", 2).with(Var::new("x", ty)).unwrap();
    plc.add_program_block(&block(Type::Int)).unwrap();
    let added = plc.content_xml();
    let time = |rid| objects(&plc, &ask(rid, &[529]))[0].attribute(529).cloned().unwrap();
    let before = time(0x9200_0002);
    plc.remove_block(2).unwrap();
    plc.add_program_block(&block(Type::DInt)).unwrap();
    let changed = plc.content_xml();
    plc.tag("m", Area::Flags, (0, 0), Type::Bool).unwrap();
    let tagged = plc.content_xml();
    let all = [&xml, &added, &changed, &tagged];
    assert!((1..4).all(|at| all[..at].iter().all(|earlier| *earlier != all[at])), "{all:?}");
    assert_ne!(time(0x9200_0002), before);
    // The example says its own.
    assert_eq!(time(0x9200_0001), Value::new(Data::Timestamp(example::MODIFIED)));
}

#[test]
fn declarations_that_cannot_be() {
    let plc = plant();
    let says = |block: Result<DataBlock, DeclareError>| match block {
        Ok(block) => plc.add_program_block(&block).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let new = || DataBlock::optimised("New", 100);
    let udt = Struct::of(Origin::Udt("Motor".into()), [field("x", Type::Int)]).unwrap();
    let two = new().with(Var::new("a", Type::Struct(udt.clone())));
    // A type of that name is there and in use: this one is another.
    plc.add_program_block(&two.unwrap()).unwrap();
    assert_eq!(plc.interface(Home::Db(100)).unwrap().members()[0].members().len(), 1);
    assert_eq!(browse(&plc, false).iter().filter(|leaf| leaf.name == "New.a.x").count(), 1);
    let use_of = |number: u16, ty: Struct| {
        DataBlock::optimised(format!("Use{number}"), number).with(Var::new("m", Type::Struct(ty))).unwrap()
    };
    let other = Struct::of(Origin::Udt("Motor".into()), [field("y", Type::Int)]).unwrap();
    let both = Blocks::default().block(use_of(103, other)).block(use_of(104, motor()));
    let said = plc.add_program_blocks(&both).unwrap_err().to_string();
    assert!(said.contains("two types are called \"Motor\""), "{said}");
    let again = DataBlock::optimised("Motor_1", 101);
    assert!(says(Ok(again)).contains("two data blocks are called \"Motor_1\""));
    assert!(says(Ok(DataBlock::optimised("New2", 0))).contains("no DB0"));
    let (reserved, twice) = (Var::new("x", Type::Int).lid(8), Var::new("y", Type::Int).lid(9));
    assert!(says(DataBlock::optimised("N", 102).with(reserved)).contains("start at 9"));
    let block = DataBlock::optimised("N", 102).var("x", Type::Int, 1i16).and_then(|b| b.with(twice));
    assert!(says(block).contains("the LID 9 is taken"));
    let long = DataBlock::standard("N", 102).with(Var::new("x", array(Type::LReal, &[0..=8192])));
    assert!(says(long).contains("65536 at most"));
    let none = DataBlock::optimised("N", 102).of(motor()).var("nothing", Type::Int, 1i16);
    assert!(says(none).contains("has no member \"nothing\""));
    assert!(says(Ok(DataBlock::optimised("a\"b", 102))).contains("no name"));
    let blocks = Blocks::default().var("x", Type::Int, 1i16);
    assert!(plc.add_program_blocks(&blocks).unwrap_err().to_string().contains("before any block"));
    let st = || Type::Struct(Struct::new([("a", Type::Int)]).unwrap());
    let mut many = DataBlock::optimised("N", 102);
    for n in 0..256 {
        many = many.with(Var::new(format!("s{n}"), st())).unwrap();
    }
    assert!(says(Ok(many)).contains("255 structs"));
    // Nothing of that is there.
    assert!(plc.interface(Home::Db(102)).is_none());
}

#[test]
fn a_source_that_does_not_fit_changes_nothing() {
    let plc = plant();
    let (before, lids) = (plc.content_xml(), plc.lids());
    let at = hepta_source::At { file: Arc::from("line.db"), line: 7, column: 3 };
    let block = |number, ty| hepta_source::Block {
        name: format!("B{number}").into(),
        number,
        kind: hepta_source::BlockKind::Global,
        optimised: true,
        variables: vec![hepta_source::Variable {
            name: "x".into(),
            ty,
            initial: None,
            notes: Notes::default(),
        }],
        comment: None,
        at: at.clone(),
    };
    let blocks = vec![block(1, Type::Int), block(50, array(Type::LReal, &[0..=900_000]))];
    let blocks = blocks
        .into_iter()
        .map(|block| hepta_source::Block { optimised: block.number == 1, ..block })
        .collect();
    let program = hepta_source::Program { blocks, ..Default::default() };
    let error = plc.load(&program).unwrap_err().to_string();
    assert!(error.contains("line.db:7:3"), "{error}");
    assert_eq!((plc.content_xml(), plc.lids()), (before, lids));
    assert_eq!(plc.interface(Home::Db(1)).unwrap().name(), "Optimised");
}

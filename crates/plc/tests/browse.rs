//! Every shape of a program, walked as clients walk it: names, addresses and sums out of the octets, values behind them.
mod common;
use common::{Leaf, ask, browse, elements, explored, hex, objects, octets};
use hepta_plc::program::{Blocks, DataBlock, DeclareError, Home, Lids, Var};
use hepta_plc::{Area, Plc, Profile, Who, example};
use hepta_proto::data::{self, Counts, Field, Handle, Notes, Origin, Section, Struct, System, Type};
use hepta_proto::plus::message::{Ask, Context, Request};
use hepta_proto::plus::value::{Array, Data, Packed, Value};
use hepta_proto::plus::{ItemAddress, ReturnValue};
use hepta_proto::wire::{Reader, Wire as _};
use std::sync::Arc;

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("vectors/demo.json")).unwrap()
}
fn lines(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
fn field(name: &str, ty: Type) -> Field {
    Field::new(name, ty)
}
fn in_section(name: &str, ty: Type, section: Section) -> Field {
    let mut field = field(name, ty);
    field.notes.section = section;
    field
}
fn array(ty: Type, bounds: &[core::ops::RangeInclusive<i32>]) -> Type {
    Type::array(ty, bounds.iter().cloned()).unwrap()
}

/// A PLC data type with all that can stand in one.
fn motor() -> Struct {
    let limits = Struct::new([("low", Type::Int), ("high", Type::Int), ("on", Type::Bool)]).unwrap();
    let fields = [
        field("on", Type::Bool),
        field("fault", Type::Bool),
        field("speed", Type::Real),
        field("name", Type::String(8)),
        field("limits", Type::Struct(limits.clone())),
        field("zones", array(Type::Struct(limits), &[0..=1])),
        field("history", array(Type::Int, &[-1..=1])),
        field("grid", array(Type::Bool, &[0..=1, 0..=4])),
        field("since", Type::Dtl),
    ];
    Struct::of(Origin::Udt("Motor".into()), fields).unwrap()
}
fn drive() -> Struct {
    let fields = [
        in_section("start", Type::Bool, Section::Input),
        in_section("running", Type::Bool, Section::Output),
        in_section("delay", Type::Struct(System::IecTimer.members()), Section::Static),
        in_section("motor", Type::Struct(motor()), Section::InOut),
    ];
    Struct::of(Origin::Fb("Drive".into()), fields).unwrap()
}
fn mixer() -> Struct {
    let fields = [
        in_section("level", Type::LReal, Section::Input),
        in_section("drive", Type::Struct(drive()), Section::Static),
        in_section("drives", array(Type::Struct(drive()), &[1..=2]), Section::Static),
        in_section("bank", array(Type::Struct(drive()), &[0..=1, 5..=6]), Section::Static),
        in_section("batches", Type::Struct(System::IecCounter(Counts::DInt).members()), Section::Static),
    ];
    Struct::of(Origin::Fb("Mixer".into()), fields).unwrap()
}
/// Each shape once.
fn all(mut block: DataBlock) -> DataBlock {
    let st = Struct::new([("a", Type::Bool), ("b", Type::Bool), ("c", Type::LReal)]).unwrap();
    let vars: Vec<(&str, Type)> = vec![
        ("flag", Type::Bool),
        ("other", Type::Bool),
        ("octet", Type::Byte),
        ("motor", Type::Struct(motor())),
        ("motors", array(Type::Struct(motor()), &[-1..=1])),
        ("hall", array(Type::Struct(motor()), &[0..=1, 1..=3])),
        ("st", Type::Struct(st.clone())),
        ("sts", array(Type::Struct(st), &[3..=4])),
        ("bits", array(Type::Bool, &[0..=9])),
        ("rows", array(Type::Bool, &[0..=1, 0..=4])),
        ("cube", array(Type::Int, &[0..=1, 2..=3, -1..=1])),
        ("names", array(Type::String(5), &[1..=3])),
        ("wide", array(Type::WString(3), &[1..=2])),
        ("stamp", Type::Dtl),
        ("stamps", array(Type::Dtl, &[5..=6])),
        ("timer", Type::Struct(System::IecTimer.members())),
        ("long", Type::Struct(System::IecLTimer.members())),
        ("counters", array(Type::Struct(System::IecCounter(Counts::USInt).members()), &[0..=1])),
        ("error", Type::Struct(System::ErrorStruct.members())),
        ("io", Type::Handle(Handle::named("HW_IO").unwrap())),
        ("any", Type::Handle(Handle::named("DB_ANY").unwrap())),
        ("pointer", Type::Any),
        ("clock", Type::DateAndTime),
        ("ldt", Type::Ldt),
        ("ltod", Type::LTod),
        ("wchar", Type::WChar),
        ("last", Type::LWord),
    ];
    for (name, ty) in vars {
        block = block.with(Var::new(name, ty)).unwrap();
    }
    block
}
fn plant() -> Plc {
    let plc = Plc::new(Profile::s7_1500());
    let blocks = Blocks::default()
        .block(all(DataBlock::optimised("Optimised", 1)))
        .block(all(DataBlock::standard("Standard", 2)))
        .block(DataBlock::optimised("Mixer_DB", 3).of(mixer()))
        .block(DataBlock::standard("Drive_DB", 4).of(drive()))
        .block(DataBlock::optimised("Motor_1", 5).of(motor()).comment("the first"))
        .block(DataBlock::standard("Motor_2", 6).of(motor()))
        .block(DataBlock::optimised("Delay", 7).of(System::IecTimer.members()));
    plc.add_program_blocks(&blocks).unwrap();
    plc.add_tags(
        Area::Flags,
        &[
            Var::new("m", Type::Bool).at(3, 5),
            Var::new("word", Type::Word).at(4, 0),
            Var::new("t", Type::Dtl).at(10, 0),
        ],
    )
    .unwrap();
    plc.add_tag(Area::Timers, &Var::new("T1", Type::Timer).at(2, 0)).unwrap();
    plc
}

#[test]
fn the_example_is_listed_as_a_client_lists_it() {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    let vectors = vectors();
    for (expand, name) in [(false, "vars_csharp_aggregate"), (true, "vars_csharp_expanded")] {
        let listed: Vec<_> = browse(&plc, expand).iter().map(Leaf::line).collect();
        assert_eq!(listed, lines(&vectors[name]), "{name}");
    }
}

/// Another value of the same kind, different for each number.
fn other(value: &Value, n: u32) -> Value {
    let [_, _, high, low] = n.to_be_bytes();
    let word = u16::from_be_bytes([high, low]);
    let data = match value.data() {
        Data::Bool(on) => Data::Bool(1 - on),
        Data::Byte(_) => Data::Byte(low),
        Data::USInt(_) => Data::USInt(low),
        Data::UInt(_) => Data::UInt(word),
        Data::Word(_) => Data::Word(word),
        Data::Int(_) => Data::Int(word.cast_signed()),
        Data::UDInt(_) => Data::UDInt(n),
        Data::DInt(_) => Data::DInt(n.cast_signed()),
        Data::ULInt(_) => Data::ULInt(n.into()),
        Data::LWord(_) => Data::LWord(n.into()),
        Data::Timestamp(_) => Data::Timestamp(n.into()),
        Data::Timespan(_) => Data::Timespan(n.into()),
        Data::Real(_) => Data::Real(f32::from(word)),
        Data::LReal(_) => Data::LReal(n.into()),
        Data::Array(Array::USInt(octets)) => {
            let mut octets = octets.clone();
            *octets.last_mut().unwrap() = low;
            // A text: as long as its octets.
            if octets.len() != 8 && octets.len() != 10 {
                octets[1] = octets[0];
            }
            Data::Array(Array::USInt(octets))
        }
        Data::Array(Array::UInt(units)) => {
            let mut units = units.clone();
            *units.last_mut().unwrap() = word;
            units[1] = units[0];
            Data::Array(Array::UInt(units))
        }
        Data::Struct(of) => {
            let packed = of.as_packed().unwrap();
            let mut octets = packed.octets.clone();
            *octets.last_mut().unwrap() = low;
            let packed = Packed { octets, ..packed.clone() };
            Data::Struct(hepta_proto::plus::value::Struct::packed(of.id(), packed))
        }
        other => panic!("{other:?}"),
    };
    Value::new(data)
}

#[test]
fn every_variable_has_its_own_place_and_is_read_as_it_was_written() {
    let plc = plant();
    let leaves = browse(&plc, true);
    assert!(leaves.len() > 900, "{}", leaves.len());
    let mut names: Vec<_> = leaves.iter().map(|leaf| leaf.name.clone()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), leaves.len());
    let mut written = vec![];
    for (leaf, n) in leaves.iter().zip(1000..) {
        let address = leaf.address();
        let first = plc.read_item(&address).unwrap_or_else(|why| panic!("{}: {why:?}", leaf.line()));
        let value = other(&first, n);
        plc.write_item(Who::Connection(1), &address, &value)
            .unwrap_or_else(|why| panic!("{} {value:?}: {why:?}", leaf.line()));
        written.push(value);
        // The sum is checked, where there is one.
        if leaf.crc != 0 {
            let wrong = ItemAddress { crc: leaf.crc ^ 1, ..address };
            assert!(plc.read_item(&wrong).is_err(), "{}", leaf.name);
        }
    }
    for (leaf, value) in leaves.iter().zip(&written) {
        assert_eq!(plc.read_item(&leaf.address()).unwrap(), *value, "{}", leaf.line());
    }
}

#[test]
fn standard_blocks_have_the_same_octets_by_name_and_by_offset() {
    let plc = plant();
    let standard = |leaf: &&Leaf| matches!(leaf.area, 0x8a0e_0002 | 0x8a0e_0004 | 0x8a0e_0006);
    let leaves = browse(&plc, true);
    let mut bits = 0;
    for (leaf, n) in leaves.iter().filter(standard).zip(1000..) {
        let value = other(&plc.read_item(&leaf.address()).unwrap(), n);
        plc.write_item(Who::Connection(1), &leaf.address(), &value).unwrap();
        let blob = |start: u32, len: usize| {
            let lids = [3, start, u32::try_from(len).unwrap()];
            let value = plc.read_item(&ItemAddress::below(leaf.area, 2550, lids)).unwrap();
            value.as_bytes().unwrap().to_vec()
        };
        let (start, bit) = leaf.classic;
        let expected = match value.data() {
            Data::Bool(on) => {
                // Elements of a row of bits: clients count octets there.
                if leaf.name.ends_with(']') {
                    continue;
                }
                bits += 1;
                assert_eq!(blob(start, 1)[0] >> bit & 1, *on, "{}", leaf.line());
                continue;
            }
            Data::Struct(of) => of.as_packed().unwrap().octets.clone(),
            Data::Array(Array::USInt(octets)) => octets.clone(),
            Data::Array(Array::UInt(units)) => units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            Data::Byte(n) | Data::USInt(n) => vec![*n],
            Data::UInt(n) | Data::Word(n) => n.to_be_bytes().into(),
            Data::Int(n) => n.to_be_bytes().into(),
            Data::UDInt(n) => n.to_be_bytes().into(),
            Data::DInt(n) => n.to_be_bytes().into(),
            Data::ULInt(n) | Data::LWord(n) | Data::Timestamp(n) => n.to_be_bytes().into(),
            Data::Timespan(n) => n.to_be_bytes().into(),
            Data::Real(n) => n.to_be_bytes().into(),
            Data::LReal(n) => n.to_be_bytes().into(),
            other => panic!("{other:?}"),
        };
        // Odd texts stand at even places.
        if leaf.soft == 19 && leaf.name.contains("names[") && leaf.path.last() != Some(&0) {
            continue;
        }
        assert_eq!(blob(start, expected.len()), expected, "{}", leaf.line());
    }
    assert!(bits > 80, "{bits}");
}

#[test]
fn types_with_a_name_are_there_once_and_blocks_point_at_them() {
    let plc = plant();
    let of = |number: u16| plc.interface(Home::Db(number)).unwrap().type_rid();
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 7].map(of),
        [0x9200_0001, 0x9200_0002, 0x9300_0001, 0x9300_0002, 0x9100_0001, 0x9100_0001, 0x0200_001f]
    );
    let container = objects(&plc, &ask(537, &[]));
    let rids: Vec<_> = container[0].children().map(|ty| ty.rid).collect();
    for rid in [0x9101_0001, 0x9102_0001, 0x9201_0001, 0x9a02_0001, 0x0200_0046, 0x0200_0065, 0x0200_0062] {
        assert_eq!(rids.iter().filter(|known| **known == rid).count(), 1, "{rid:08x} in {rids:08x?}");
    }
    // Offset infos: instances, arrays of them, structs in blocks and in types.
    let codes = |rid: u32| -> Vec<(u8, u8)> {
        let ty = objects(&plc, &ask(rid, &[])).remove(0);
        let all = ty.vartypes().unwrap().elements().iter();
        all.map(|member| (member.soft_type.0, member.attributes.offset_info())).collect()
    };
    assert_eq!(codes(0x9300_0001), [(48, 8), (17, 15), (17, 0), (17, 0), (70, 12)]);
    assert_eq!(
        codes(0x9100_0001),
        [(1, 1), (1, 1), (8, 1), (19, 2), (17, 5), (17, 6), (5, 3), (1, 4), (67, 5)]
    );
    let block = codes(0x9200_0001);
    assert_eq!(
        (block[3], block[4], block[5], block[10], block[11]),
        ((17, 12), (17, 13), (17, 14), (5, 11), (19, 10))
    );
    let drive = objects(&plc, &ask(0x9300_0002, &[])).remove(0);
    let sections = drive.vartypes().unwrap().elements().iter().map(|member| member.attributes.section());
    assert_eq!(sections.collect::<Vec<_>>(), [1, 2, 4, 3]);
}

#[test]
fn what_stands_below_the_program() {
    let plc = plant();
    let all = objects(&plc, &ask(3, &[]));
    let children: Vec<_> = all[0].children().map(|child| (child.rid, child.class)).collect();
    assert_eq!(children[..2], [(0x8a0e_0001, 2574), (0x8a0e_0002, 2574)]);
    assert_eq!(children[7..], [(0x89fd_0001, 3932), (0x8a12_0001, 2578), (0x8a12_0002, 2578)]);
    // Each has a name, a number and a language of the right types.
    for child in all[0].children() {
        assert!(child.attribute(233).and_then(Value::as_str).is_some());
        assert!(matches!(child.attribute(2521).unwrap().data(), Data::UInt(_)));
        assert!(matches!(child.attribute(2523).unwrap().data(), Data::UInt(_)));
        assert_eq!(child.relations().count(), 0);
    }
    let motor = objects(&plc, &ask(0x8a0e_0005, &[4288])).remove(0);
    let comment = motor.attribute(4288).and_then(Value::as_sparse).unwrap();
    assert_eq!(comment.element(1033), Some(&Data::WString("the first".into())));
    assert_eq!(motor.attributes().count(), 1);
    // Times are told to who asks for them.
    let time = objects(&plc, &ask(0x8a0e_0005, &[7733])).remove(0);
    assert!(matches!(time.attribute(7733).unwrap().data(), Data::Timestamp(_)));
    // Not recursive: no children. Unknown: an error.
    let alone = hepta_proto::plus::message::ask::Explore { recursive: 0, ..ask(3, &[]) };
    assert_eq!(objects(&plc, &alone)[0].children().count(), 0);
    assert_eq!(explored(&plc, &ask(0x8a0e_0063, &[])), Err(ReturnValue::OBJECT_NOT_FOUND));
    for area in [0x9001_0000, 0x9002_0000, 0x9003_0000, 0x9005_0000, 0x9006_0000] {
        assert_eq!(objects(&plc, &ask(area, &[]))[0].class, 511);
    }
}

/// A request of a client's own, by its octets.
fn asked(hex: &str) -> Vec<u8> {
    octets(hex)
}
fn explore_of(octets: &[u8]) -> hepta_proto::plus::message::ask::Explore<'_> {
    let context = Context::new(hepta_proto::plus::frame::Version::V2);
    match Request::read(&mut Reader::new(octets), context).unwrap().ask {
        Ask::Explore(explore) => explore,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_clients_ask_for_by_their_octets() {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    let vectors = vectors();
    let request = |name: &str| asked(vectors["requests_csharp"][name].as_str().unwrap());
    let program = request("explore plc program (browse)");
    let out = explored(&plc, &explore_of(&program)).unwrap();
    // Without the language, which was not asked for.
    let whole = vectors["plc_program_object"].as_str().unwrap().replace("a3935b00030005", "");
    assert_eq!(hex(&out), whole);
    assert_eq!(hex(&explored(&plc, &ask(3, &[])).unwrap()), vectors["plc_program_object"].as_str().unwrap());
    let container = request("explore type info container");
    let out = explored(&plc, &explore_of(&container)).unwrap();
    assert_eq!(hex(&out), vectors["type_info_container_object"].as_str().unwrap());
    // With the filter: the blocks alone, side by side.
    let filtered = request("explore filtered DB list");
    let out = explored(&plc, &explore_of(&filtered)).unwrap();
    assert_eq!(hex(&out), "a18a0e0001940e0000a3816900150444656d6fa2");
    // The structure: root, program, contents.
    let structure = request("explore plc structure");
    let mut found = plc.explore(&explore_of(&structure)).unwrap();
    assert_eq!(found.start(), 1);
    let mut out = vec![];
    while found.write(&mut out) {}
    let list = hepta_proto::plus::Object::list(&mut Reader::new(&out)).unwrap();
    let content = list[0].children().next().unwrap().children().next().unwrap();
    let blob = content.attribute(4275).and_then(Value::as_bytes).unwrap();
    assert_eq!(inflated(blob), plc.content_xml());
}

fn inflated(octets: &[u8]) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(octets).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn filters_by_comparison() {
    let plc = plant();
    let filter = |operation: i32, count: u32, id: u32, value: Value| {
        use hepta_proto::plus::value::{Member, Struct};
        let mut address = vec![0; 32];
        address[0] = id;
        let members = vec![
            Member::new(1247, operation),
            Member::new(1249, count),
            Member::new(1250, Array::UDInt(address)),
            Member::new(1251, value),
        ];
        Value::from(Struct::new(1246, members))
    };
    let found = |filter: Value| {
        let ask = hepta_proto::plus::message::ask::Explore { filters: vec![filter], ..ask(3, &[233]) };
        let mut out = vec![];
        let mut found = plc.explore(&ask)?;
        while found.write(&mut out) {}
        let list = hepta_proto::plus::Object::list(&mut Reader::new(&out)).unwrap();
        Ok::<_, ReturnValue>(list.iter().map(|object| object.rid).collect::<Vec<_>>())
    };
    let text = |name: &str| Value::text(name);
    let number = |n: u16| Value::from(n);
    assert_eq!(found(filter(1, 1, 233, text("Delay"))), Ok(vec![0x8a0e_0007]));
    assert_eq!(found(filter(1, 1, 2521, number(6))), Ok(vec![0x8a0e_0006]));
    assert_eq!(found(filter(3, 1, 2521, number(2))).unwrap(), [0x8a0e_0001, 0x89fd_0001, 0x8a12_0001]);
    assert_eq!(found(filter(4, 1, 2521, number(1))).unwrap(), [0x8a0e_0001, 0x89fd_0001, 0x8a12_0001]);
    assert_eq!(found(filter(5, 1, 2521, number(5))).unwrap(), [0x8a0e_0006, 0x8a0e_0007]);
    assert_eq!(found(filter(6, 1, 2521, number(7))).unwrap(), [0x8a0e_0007]);
    assert_eq!(found(filter(2, 1, 2521, number(1))).unwrap().len(), 7);
    assert_eq!(found(filter(8, 0, 0, Value::rid(2578))).unwrap(), [0x8a12_0001, 0x8a12_0002]);
    // What it does not compare, it says.
    for operation in [0, 7, 9, 10, 12, 13, 14, 15, -1] {
        assert!(found(filter(operation, 1, 233, text("Delay"))).unwrap_err().failed());
    }
    assert!(found(Value::from(1u32)).unwrap_err().failed());
}

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

#[test]
fn elements_are_numbered_as_clients_number_them() {
    let vectors = vectors();
    let ids = |name: &str| -> Vec<u32> {
        vectors["access_ids"][name]
            .as_array()
            .unwrap()
            .iter()
            .map(|k| u32::try_from(k.as_u64().unwrap()).unwrap())
            .collect()
    };
    let plc = Plc::new(Profile::s7_1500());
    let block = DataBlock::optimised("Arrays", 1)
        .with(Var::new("a", array(Type::Bool, &[0..=1, 0..=4])))
        .and_then(|b| b.with(Var::new("b", array(Type::Bool, &[0..=1, 0..=2]))))
        .and_then(|b| b.with(Var::new("grid", array(Type::Int, &[10..=11, 1..=3]))))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let leaves = browse(&plc, true);
    let of = |name: &str| -> Vec<u32> {
        leaves.iter().filter(|leaf| leaf.name.starts_with(name)).map(|leaf| leaf.path[1]).collect()
    };
    assert_eq!(of("Arrays.a["), ids("bbool_2x5_row_padded"));
    assert_eq!(of("Arrays.b["), ids("bbool_2x3_row_padded"));
    let grid = &vectors["access_ids"]["int_grid_lower_1_10_counts_3_2"];
    let names = lines(&grid["names"]);
    let listed: Vec<_> = leaves.iter().filter_map(|leaf| leaf.name.strip_prefix("Arrays.grid")).collect();
    assert_eq!(listed, names);
    assert_eq!(elements((5, 2), None, 5), [("[5]".into(), 0), ("[6]".into(), 1)]);
    // Places between the rows are nobody's.
    let read = |lids: &[u32]| plc.read_item(&ItemAddress::below(0x8a0e_0001, 2550, lids));
    assert!([5, 7, 13, 16].iter().all(|k| read(&[9, *k]).is_err()));
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
                    assert_eq!(hex(&read), then.unwrap_or(written.as_str().unwrap()), "{group} {label}");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 24 + 18);
}

#[test]
fn an_optimised_block_may_be_longer_than_addresses_reach() {
    let plc = Plc::new(Profile::s7_1500());
    let block = DataBlock::optimised("Long", 1)
        .with(Var::new("many", array(Type::LReal, &[1..=100_000])))
        .and_then(|block| block.with(Var::new("last", Type::Int)))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let leaves = browse(&plc, true);
    assert_eq!(leaves.len(), 100_001);
    for leaf in [&leaves[0], &leaves[99_999], &leaves[100_000]] {
        let value = other(&plc.read_item(&leaf.address()).unwrap(), 77);
        plc.write_item(Who::Connection(1), &leaf.address(), &value).unwrap();
        assert_eq!(plc.read_item(&leaf.address()).unwrap(), value);
    }
    assert_eq!(plc.area_size(Area::Db, 1), Ok(800_008));
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

//! The program model as S7CommPlus sees it: the example of the specification octet by octet, and what is refused.
use core::time::Duration;
use hepta_plc::program::{DataBlock, Home, Var};
use hepta_plc::{Area, Block, Plc, Profile, Session, State, Time, Told, What, Who, example};
use hepta_proto::classic::ReturnCode;
use hepta_proto::classic::server::{Device, Range};
use hepta_proto::data::{self, Struct, Type};
use hepta_proto::plus::lists::{Bounds, ElementSize, OffsetInfo};
use hepta_proto::plus::{ItemAddress, ReturnValue, Value};
use hepta_proto::wire::{Reader, Wire};

const DB1: u32 = 0x8a0e_0001;
const ACTUAL: u32 = 2550;
const AREA: u32 = 3736;

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("vectors/demo.json")).unwrap()
}
fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
fn value(hex: &str) -> Value {
    let octets = octets(hex);
    let mut r = Reader::new(&octets);
    let value = Value::read(&mut r).unwrap();
    r.end("rest").unwrap();
    value
}
fn hex_of(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}
fn hex(value: &Value) -> String {
    let mut out = vec![];
    value.write(&mut out);
    hex_of(&out)
}
fn item(area: u32, sub_area: u32, lids: &[u32]) -> ItemAddress {
    ItemAddress::below(area, sub_area, lids)
}
fn demo() -> Plc {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    plc
}
/// The same by a source and a tag table, taken over at that time.
fn sourced() -> Plc {
    let mut import = hepta_source::Import::new();
    import.file("demo.db", include_bytes!("../../source/tests/data/demo.db")).unwrap();
    import.file("tags.csv", b"Name;Path;Data Type;Logical Address\nmflag;Tags;Bool;%M10.3\n").unwrap();
    let (time, _) = Time::stepped(Duration::from_nanos(example::MODIFIED));
    let plc = Plc::builder(Profile::s7_1500()).time(time).build();
    plc.load(&import.finish().unwrap()).unwrap();
    plc
}
/// The signed error code and the generic one of a refusal.
fn codes<T: core::fmt::Debug>(result: Result<T, ReturnValue>) -> (i16, u8) {
    let outcome = result.unwrap_err();
    assert!(outcome.failed(), "{outcome:?}");
    (outcome.code().0, outcome.generic().0)
}
fn lids(path: &str, by: char) -> Vec<u32> {
    path.split(by).map(|lid| u32::from_str_radix(lid, 16).unwrap()).collect()
}

#[test]
fn every_value_of_the_example() {
    [demo(), sourced()].iter().for_each(values_of_the_example);
}
fn values_of_the_example(plc: &Plc) {
    let vectors = vectors();
    let values = vectors["values"].as_object().unwrap();
    assert_eq!(values.len(), 31);
    for (path, expected) in values {
        let read = plc.read_item(&item(DB1, ACTUAL, &lids(path, '/'))).unwrap();
        assert_eq!(hex(&read), expected.as_str().unwrap(), "{path}");
        // And at first.
        let first = plc.read_item(&item(DB1, 2548, &lids(path, '/'))).unwrap();
        assert_eq!(first, read, "{path}");
    }
    assert_eq!(hex(&plc.read_item(&item(82, AREA, &[9])).unwrap()), "000100");
    assert_eq!(hex(&plc.read_item(&item(82, AREA, &[1])).unwrap()), "001290030000");
    assert_eq!(hex(&plc.read_item(&item(80, AREA, &[1])).unwrap()), "001290010000");
}

#[test]
fn every_sum_of_the_example() {
    [demo(), sourced()].iter().for_each(sums_of_the_example);
}
fn sums_of_the_example(plc: &Plc) {
    let vectors = vectors();
    let sums = vectors["crc"].as_object().unwrap();
    assert_eq!(sums.len(), 21);
    for (path, sum) in sums {
        let crc = u32::from_str_radix(sum.as_str().unwrap(), 16).unwrap();
        let path = lids(path, '.');
        let sub_area = if path[0] == DB1 { ACTUAL } else { AREA };
        plc.resolve(path[0], sub_area, &path[1..], crc).unwrap();
        assert_eq!(codes(plc.resolve(path[0], sub_area, &path[1..], crc ^ 1)), (-17, 43));
    }
    // An element has none.
    plc.resolve(DB1, ACTUAL, &[0x11, 1], 0).unwrap();
    assert_eq!(codes(plc.resolve(DB1, ACTUAL, &[0x11, 1], 0x7a45_47df)), (-17, 43));
}

/// A block with standard access: the classic protocol and this one see the same octets.
fn both() -> (Plc, Session) {
    let mut profile = Profile::s7_1500();
    profile.put_get = true;
    let plc = Plc::new(profile);
    let motor = Struct::new([("on", Type::Bool), ("fault", Type::Bool), ("speed", Type::Real)]).unwrap();
    let block = DataBlock::standard("Line", 5)
        .var("a", Type::Bool, false)
        .and_then(|b| b.var("b", Type::Bool, true))
        .and_then(|b| b.var("n", Type::Int, 300i16))
        .and_then(|b| {
            b.var(
                "bits",
                Type::array(Type::Bool, [1..=2, 0..=9]).unwrap(),
                vec![data::Value::Bool(false); 20],
            )
        })
        .and_then(|b| b.with(Var::new("motors", Type::array(Type::Struct(motor), [-1..=1]).unwrap())))
        .and_then(|b| {
            b.var(
                "names",
                Type::array(Type::String(3), [0..=1]).unwrap(),
                vec![data::Value::from("ab"), data::Value::from("c")],
            )
        })
        .and_then(|b| b.with(Var::new("times", Type::array(Type::Dtl, [0..=1]).unwrap())))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let session = plc.session();
    (plc, session)
}
const DB5: u32 = 0x8a0e_0005;
fn classic(session: &mut Session, start: u32, len: u32) -> Vec<u8> {
    let mut out = vec![];
    assert_eq!(session.read(Range { area: Area::Db, db: 5, start, len }, &mut out), ReturnCode::Ok);
    out
}

#[test]
fn one_memory_for_both_protocols() {
    let (plc, mut session) = both();
    let read = |lids: &[u32]| hex(&plc.read_item(&item(DB5, ACTUAL, lids)).unwrap());
    let write = |lids: &[u32], hex: &str| {
        plc.write_item(Who::Connection(7), &item(DB5, ACTUAL, lids), &value(hex)).unwrap();
    };
    assert_eq!(classic(&mut session, 0, 4), [2, 0, 1, 0x2c]);
    let mut changes = plc.changes(16);
    let mut told = |start, len| {
        let Some(Told::Change(change)) = changes.next() else { panic!("nothing was told") };
        let range = Range { area: Area::Db, db: 5, start, len };
        assert_eq!((change.who, change.what), (Who::Connection(7), What::Written(range)));
    };
    write(&[9], "000101");
    told(0, 1);
    write(&[0xb], "0007ffff");
    told(2, 2);
    assert_eq!(classic(&mut session, 0, 4), [3, 0, 0xff, 0xff]);
    // Rows of bits stand at whole octets, and are counted without what is between them: it is a BOOL, no BBOOL.
    write(&[0xc, 9], "000101");
    told(5, 1);
    write(&[0xc, 10 + 8], "000101");
    told(7, 1);
    assert_eq!(classic(&mut session, 4, 4), [0, 2, 0, 1]);
    assert_eq!(
        read(&[0xc]),
        format!("100120{}", "00".repeat(9) + "01" + &"00".repeat(14) + "01" + &"00".repeat(7))
    );
    // The second motor's speed.
    write(&[0xd, 1, 1, 0xb], "000e3fc00000");
    told(16, 4);
    assert_eq!(classic(&mut session, 14, 6), [0, 0, 0x3f, 0xc0, 0, 0]);
    write(&[0xd, 2, 1, 0xa], "000101");
    told(20, 1);
    assert_eq!(classic(&mut session, 20, 1), [2]);
    assert_eq!(read(&[0xe]), "10020a03026162000301630000");
    assert_eq!(read(&[0xe, 1]), "1002050301630000");

    // And the other way round.
    let put = |session: &mut Session, start, data: &[u8]| {
        let range = Range { area: Area::Db, db: 5, start, len: u32::try_from(data.len()).unwrap() };
        assert_eq!(session.write(range, data), ReturnCode::Ok);
    };
    put(&mut session, 2, &[0x12, 0x34]);
    put(&mut session, 26, &[3, 3, b'x', b'y', b'z']);
    assert_eq!(read(&[0xb]), "00071234");
    assert_eq!(read(&[0xe, 0]), "100205030378797a");
    assert_eq!(read(&[3, 2, 2]), "001400021234");
    assert_eq!(read(&[3, 0, 1, 1]), "0014000101");
    write(&[3, 0, 1, 1], "0014000100");
    write(&[3, 2, 2], "00140002abcd");
    assert_eq!(classic(&mut session, 0, 4), [1, 0, 0xab, 0xcd]);
    // What it was at first stays.
    assert_eq!(hex(&plc.read_item(&item(DB5, 2548, &[0xb])).unwrap()), "0007012c");
    assert_eq!(codes(plc.write_item(Who::Owner, &item(DB5, 2548, &[0xb]), &value("00070001"))), (-41, 3));
    // Each element of an array of DTL is a packed struct, and has members.
    assert_eq!(read(&[0xf, 1, 1]), "00170200004310ff4ad6dfd5774c020c07b201010500000000000000");
    assert_eq!(read(&[0xf, 0, 1, 1]), "000307b2");
}

#[test]
fn tags_of_areas() {
    let plc = demo();
    let m10 = |plc: &Plc| plc.read(Area::Flags, 0, 10..11).unwrap();
    plc.write_item(Who::Owner, &item(82, AREA, &[9]), &value("000101")).unwrap();
    assert_eq!(m10(&plc), [8]);
    assert_eq!(hex(&plc.read_item(&item(82, AREA, &[3, 10, 1, 3])).unwrap()), "0014000101");
    assert_eq!(hex(&plc.read_item(&item(82, AREA, &[3, 10, 2])).unwrap()), "001400020800");
    assert_eq!(plc.tag("setpoint", Area::Flags, (20, 0), Type::Real), Ok(10));
    assert_eq!(plc.tag("t5", Area::Timers, (10, 0), Type::Timer), Ok(9));
    plc.write_item(Who::Owner, &item(84, AREA, &[9]), &value("00031042")).unwrap();
    plc.write_item(Who::Owner, &item(84, AREA, &[3, 12, 2]), &value("001400020099")).unwrap();
    assert_eq!(plc.read(Area::Timers, 0, 5..7).unwrap(), [0x10, 0x42, 0, 0x99]);
    assert_eq!(codes(plc.read_item(&item(80, AREA, &[9]))), (-255, 43));
    // What cannot be declared.
    let refused = |area, var: Var| plc.add_tag(area, &var).unwrap_err().to_string();
    for (area, var, says) in [
        (Area::Flags, Var::new("mflag", Type::Bool).at(0, 0), "two members are called"),
        (Area::Flags, Var::new("x", Type::Bool).at(0, 0).lid(9), "the LID 9 is taken"),
        (Area::Flags, Var::new("x", Type::Bool).at(0, 8), "cannot start at bit 8"),
        (Area::Flags, Var::new("x", Type::Real).at(16_382, 0), "ends behind its area"),
        (Area::Flags, Var::new("x", Type::Real), "has no place"),
        (Area::Peripheral, Var::new("x", Type::Bool).at(0, 0), "no area"),
    ] {
        let said = refused(area, var);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn blocks_by_number_have_octets_and_no_members() {
    let plc = Plc::new(Profile::lab());
    plc.add_block(1, 16).unwrap();
    plc.add_block_with(2, Block { octets: vec![1, 2, 3, 4], optimised: true }).unwrap();
    plc.add_block_with(3, Block { octets: vec![1, 2, 3, 4], optimised: false }).unwrap();
    let read = |lids: &[u32], db: u32| plc.read_item(&item(0x8a0e_0000 + db, ACTUAL, lids));
    assert_eq!(hex(&read(&[1], 1).unwrap()), "001292000001");
    assert_eq!(hex(&read(&[3, 0, 4], 3).unwrap()), "0014000401020304");
    plc.write(Area::Db, 3, 0, &[9]).unwrap();
    assert_eq!(hex(&plc.read_item(&item(0x8a0e_0003, 2548, &[3, 0, 4])).unwrap()), "0014000401020304");
    assert_eq!(codes(read(&[3, 0, 4], 2)), (-276, 43));
    assert_eq!(codes(read(&[3, 15, 2], 1)), (-61, 13));
    assert_eq!(codes(read(&[9], 1)), (-255, 43));
    let name = |db| plc.interface(Home::Db(db)).map(|interface| interface.name().to_owned());
    assert_eq!((name(1), name(4)), (Some("DB1".into()), None));
    plc.remove_block(1).unwrap();
    assert_eq!(codes(read(&[1], 1)), (-12, 43));
    assert_eq!(name(1), None);
}

#[test]
fn every_refusal_of_an_address() {
    let plc = demo();
    let refused = |area, sub_area, lids: &[u32]| codes(plc.read_item(&item(area, sub_area, lids)));
    assert_eq!(plc.read_item(&item(0x8a0e_0002, ACTUAL, &[9])), Err(ReturnValue(0x8020_ab00_1992_fff4)));
    for lids in [
        &[][..],
        &[8],
        &[0x15],
        &[u32::MAX],
        &[9, 0],
        &[0xb, 0],
        &[0x11, 3],
        &[0x11, u32::MAX],
        &[0x11, 0, 0],
        &[0x12, 6],
        &[0x13],
        &[0x13, 8],
        &[0x13, 9, 9],
        &[0x14, 9],
        &[0x14, 1, 1],
        &[0xf, 0],
        &[0xf, 0, 13],
        &[0xf, u32::MAX, u32::MAX],
        &[0xf, 0, 0],
        &[1, 1],
        &[2],
        &[3, 0],
        &[4],
        &[5],
    ] {
        assert_eq!(refused(DB1, ACTUAL, lids), (-255, 43), "{lids:?}");
    }
    assert_eq!(refused(DB1, ACTUAL, &[3, 0, 4]), (-276, 43));
    for lids in
        [&[3, 16_384, 1][..], &[3, u32::MAX, u32::MAX], &[3, 0, 0], &[3, 0, 16_385], &[3, 16_384, 1, 0]]
    {
        assert_eq!(refused(82, AREA, lids), (-61, 13), "{lids:?}");
    }
    assert_eq!(refused(82, AREA, &[3, 0, 1, 8]), (-255, 43));
    assert_eq!(refused(82, AREA, &[3, 0, 2, 0]), (-255, 43));
    // A part of a text.
    assert_eq!(
        hex(&plc.read_item(&item(DB1, ACTUAL, &[0xf, 0, 12])).unwrap()),
        "10020c0a0548656c6c6f0000000000"
    );
    assert_eq!(hex(&plc.read_item(&item(DB1, ACTUAL, &[0xf, 2, 3])).unwrap()), "10020348656c");
    assert_eq!(hex(&plc.read_item(&item(DB1, ACTUAL, &[0x10, 2, 1])).unwrap()), "1003010061");
}

#[test]
fn every_spelling_and_refusal_of_a_write() {
    let plc = demo();
    let write = |lids: &[u32], hex: &str| plc.write_item(Who::Owner, &item(DB1, ACTUAL, lids), &value(hex));
    let read = |lids: &[u32]| hex(&plc.read_item(&item(DB1, ACTUAL, lids)).unwrap());
    // Texts: as octets, shorter, with an own maximum, as memory has them.
    for (lids, spelling, then) in [
        (&[0xf][..], "10020c0a0248690000000000000000", "10020c0a0248690000000000000000"),
        (&[0xf], "1002040a024869", "10020c0a0248690000000000000000"),
        (&[0xf], "10020402024a69", "10020c0a024a690000000000000000"),
        (&[0xf], "00190c0a0248690000000000000000", "10020c0a0248690000000000000000"),
        (&[0xf], "0014000c0a02486a0000000000000000", "10020c0a02486a0000000000000000"),
        (&[0x10], "1003040005000200610062", "1003070005000200610062000000000000"),
        (&[0x10], "00150e0005000100780000000000000000", "1003070005000100780000000000000000"),
        (&[0x10], "0014000e000500020079007a000000000000", "100307000500020079007a000000000000"),
    ] {
        // The first spelling carries one octet more than its count says.
        let spelling =
            if spelling.len() == 32 && spelling.starts_with("10020c") { &spelling[..30] } else { spelling };
        write(lids, spelling).unwrap();
        assert_eq!(read(lids), then, "{spelling}");
    }
    write(&[0x14], "00170200004310ff4ad6dfd5774c020c07d80a1900080c2221cbbbc0").unwrap();
    assert_eq!(read(&[0x14, 1]), "000307d8");
    write(&[0x14, 2], "00020b").unwrap();
    assert_eq!(read(&[0x14]), "00170200004310ff4ad6dfd5774c020c07d80b1900080c2221cbbbc0");
    write(&[0x11], "1007030001fffe0003").unwrap();
    assert_eq!(read(&[0x11, 1]), "0007fffe");
    write(&[9], "000100").unwrap();
    assert_eq!(read(&[9]), "000100");
    for (lids, wrong) in [
        (&[9][..], "000201"),
        (&[9], "100101 01".replace(' ', "").as_str()),
        (&[0xb], "000300ff"),
        (&[0xb], "00140002ffff"),
        (&[0xa], "000201"),
        (&[0xd], "000fc002000000000000"),
        // A declared maximum of another text, a length beyond it, octets beyond the variable.
        (&[0xf], "100204fe024869"),
        (&[0xf], "1002040a0b4869"),
        (&[0xf], "1002040a034869"),
        (&[0xf], "10020d0a024869000000000000000000"),
        (&[0xf], "1002010a"),
        (&[0xf], "0015024869"),
        (&[0x11], "1007020001fffe"),
        (&[0x11], "0007 0001".replace(' ', "").as_str()),
        (&[0x11], "1003030001fffe0003"),
        (&[0x14], "00170200001f10ff4ad6dfd5774c020c07d80a1900080c2221cbbbc0"),
        (&[0x14], "00170200004310ff4ad6dfd5774c020b07d80a1900080c2221cbbb"),
        (&[0x14], "0014000c07d80a1900080c2221cbbbc0"),
    ] {
        assert_eq!(codes(write(lids, wrong)), (-257, 9), "{lids:?} {wrong}");
    }
    assert_eq!(codes(write(&[0x14], "00170200004310ff4ad6dfd5774d020c07d80a1900080c2221cbbbc0")), (-256, 41));
    assert_eq!(codes(write(&[0x13], "000101")), (-255, 43));
    assert_eq!(codes(write(&[1], "001292000001")), (-41, 3));
    // Nothing of that was written.
    assert_eq!(read(&[0xf]), "10020c0a02486a0000000000000000");
    assert_eq!(read(&[0x11, 1]), "0007fffe");
}

#[test]
fn hostile_paths_are_refused_at_once() {
    let plc = demo();
    for len in [3, 100, 10_000, 1_000_000] {
        for lid in [1, 3, 9, 0x11, 0x13, 0x14, u32::MAX] {
            assert!(plc.read_item(&item(DB1, ACTUAL, &vec![lid; len])).is_err());
            assert!(
                plc.read_item(&item(82, AREA, &vec![lid; len])).is_err()
                    || (lid, len) == (1, 3)
                    || (lid, len) == (3, 3)
            );
            assert!(plc.read_item(&item(201, 1037, &vec![lid; len])).is_err());
        }
    }
}

#[test]
fn limits_and_state() {
    let plc = Plc::new(Profile::s7_1500());
    let read = |area, id, lids: &[u32]| plc.read_item(&item(area, id, lids));
    for (lid, n) in [(0, "0008817a"), (1, "00088f50"), (2, "00088cc000"), (1000, "000832"), (1001, "000832")]
    {
        assert_eq!(hex(&read(201, 1037, &[lid]).unwrap()), n, "{lid}");
    }
    assert_eq!(hex(&read(201, 1081, &[0]).unwrap()), "0008817a");
    assert_eq!(codes(read(201, 1037, &[3])), (-255, 43));
    assert_eq!(codes(read(201, 1081, &[1000])), (-255, 43));
    assert_eq!(codes(read(201, 1036, &[])), (-32, 8));
    assert_eq!(codes(read(202, 1037, &[])), (-12, 43));
    assert_eq!(
        hex(&read(201, 1037, &[]).unwrap()),
        "400801817a028f50038cc0008769328 76a3200".replace(' ', "")
    );
    assert_eq!(hex(&read(50, 3451, &[]).unwrap()), "000808");
    assert_eq!(hex(&read(52, 2237, &[]).unwrap()), "001700000d999b1a0008089b1e00080800");
    let ask = |hex: &str| plc.write_item(Who::Connection(3), &item(52, 2167, &[]), &value(hex));
    ask("000801").unwrap();
    assert_eq!(plc.state(), State::Stop);
    assert_eq!(hex(&read(50, 3451, &[]).unwrap()), "000804");
    assert_eq!(codes(ask("000802")), (-61, 13));
    assert_eq!(codes(ask("000203")), (-257, 9));
    ask("000803").unwrap();
    assert_eq!(plc.state(), State::Run);
    assert_eq!(codes(plc.write_item(Who::Owner, &item(50, 3451, &[]), &value("000804"))), (-41, 3));
}

fn object(plc: &Plc, rid: u32) -> String {
    let mut out = vec![];
    plc.object(rid).unwrap().write(&mut out);
    hex_of(&out)
}

#[test]
fn every_object_of_the_example() {
    [demo(), sourced()].iter().for_each(objects_of_the_example);
}
fn objects_of_the_example(plc: &Plc) {
    let vectors = vectors();
    for (rid, name) in [
        (0x9200_0001, "type_object_db"),
        (0x9201_0001, "type_object_struct"),
        (0x0200_0043, "type_object_dtl"),
        (0x9003_0000, "type_object_marea"),
        (537, "type_info_container_object"),
        (3, "plc_program_object"),
    ] {
        assert_eq!(object(plc, rid), vectors[name].as_str().unwrap(), "{name}");
    }
    assert_eq!(object(plc, DB1), "a18a0e0001940e0000a3816900150444656d6fa3935900030001a3935b00030005a2");
    // Types of areas are there without tags.
    for rid in [0x9001_0000, 0x9002_0000, 0x9005_0000, 0x9006_0000] {
        assert_eq!(object(plc, rid), format!("a1{rid:08x}837f0000a38b5e000400a2"));
    }
    for rid in [0, 4, 0x9202_0001, 0x9200_0002, 0x9a01_0001, 0x8a0e_0002, u32::MAX] {
        assert_eq!(plc.object(rid), None, "{rid:x}");
    }
}

#[test]
fn types_of_arrays_of_structs() {
    let (plc, _) = both();
    let db = plc.object(0x9200_0005).unwrap();
    let of: Vec<_> = db
        .vartypes()
        .unwrap()
        .elements()
        .iter()
        .map(|v| (v.lid, v.soft_type.0, v.attributes.0, v.bits.0))
        .collect();
    assert_eq!(
        of,
        [
            (9, 1, 0x8a40, 0x08),
            (10, 1, 0x8a41, 0x19),
            (11, 5, 0x8a40, 0),
            (12, 1, 0xba40, 0x08),
            (13, 17, 0xda40, 0),
            (14, 19, 0xaa40, 0),
            (15, 67, 0xda40, 0),
        ]
    );
    // The type that its elements have, which has its own object.
    let relation = db.vartypes().unwrap().elements().iter().find_map(|v| match &v.offset {
        OffsetInfo::StructArray(place, bounds, size, relation) => {
            Some((place.classic, *bounds, *size, relation.rid))
        }
        _ => None,
    });
    let (bounds, size) = (Bounds { lower: -1, count: 3 }, ElementSize { classic: 6, optimised: 6 });
    assert_eq!(relation, Some((8, bounds, size, 0x9a01_0005)));
    let names = |rid| {
        plc.object(rid)
            .unwrap()
            .varnames()
            .unwrap()
            .names()
            .iter()
            .map(|n| n.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(0x9a01_0005), ["on", "fault", "speed"]);
    assert_eq!(names(0x0200_0043).len(), 8);
}

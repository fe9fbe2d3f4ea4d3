//! Typed items: what is asked for each address, and what is written for each value, on the wire of the two machines.
mod common;

use common::plc::{Plc, octets};
use common::sim::{connected, policy, run};
use hepta_proto::classic::op::{Items, Merge, Outcome, ReadMany, Span, WriteMany};
use hepta_proto::classic::tags::{ItemError, TagError, Writes, spans, values};
use hepta_proto::classic::{Area, Limits, ReturnCode};
use hepta_proto::data::{Absolute, Address, DecodeError, EncodeError, Options, Type, Value};
use hepta_proto::op::Operation;

const PLAIN: Options = Options { encoding: hepta_proto::data::Encoding::Windows1252, truncate: false };
const CUT: Options = Options { truncate: true, ..PLAIN };

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// An address and the value of a literal of its type.
fn pair(place: &str, literal: &str) -> (Address, Value) {
    let absolute: Absolute = place.parse().unwrap_or_else(|e| panic!("{place}: {e}"));
    let value = absolute.ty.parse(literal).unwrap_or_else(|e| panic!("{place}={literal}: {e}"));
    (Address::Absolute(absolute), value)
}

fn by_ref(pairs: &[(Address, Value)]) -> impl Iterator<Item = (&Address, &Value)> {
    pairs.iter().map(|(address, value)| (address, value))
}

fn read(plc: &mut Plc, spans: &[Span], pdu: u16, merge: Merge) -> Items {
    let mut op = ReadMany::new(spans, merge);
    let mut ends = connected(policy(pdu, 4), Limits { pdu, jobs: 4 }, 1);
    run(&mut op, &mut ends, plc, 4096, |_| ()).expect("a read");
    op.finish()
}

/// As the drivers do it: made, held against what the CPU declares of its texts, and sent.
fn write(
    plc: &mut Plc,
    pairs: &[(Address, Value)],
    pdu: u16,
    options: Options,
) -> Result<Vec<Outcome>, TagError> {
    let mut writes = Writes::new(by_ref(pairs), options)?;
    if !writes.heads().is_empty() {
        let heads = read(plc, writes.heads(), pdu, Merge::Within(4));
        writes = Writes::with(by_ref(pairs), options, &heads)?;
    }
    let items = writes.items();
    let mut op = WriteMany::new(&items);
    let mut ends = connected(policy(pdu, 4), Limits { pdu, jobs: 4 }, 1);
    run(&mut op, &mut ends, plc, 4096, |_| ()).expect("a write");
    let report = op.finish();
    Ok((0..items.len()).map(|i| report.item(i)).collect())
}

/// One block of octets.
fn block(octets: &[u8]) -> Plc {
    let mut plc = Plc::default();
    plc.memory.insert((Area::Db.0, 1), octets.to_vec());
    plc
}

#[test]
fn what_is_asked_for_each_kind_of_address() {
    let whole = |area, db, start, len: u32| {
        Span::octets(area, db, start, len).in_units_of(u16::try_from(len).unwrap())
    };
    let asked = [
        ("DB1.DBX2.3", Span::bit(Area::Db, 1, 2, 3)),
        ("M10.3", Span::bit(Area::Flags, 0, 10, 3)),
        ("I0.7", Span::bit(Area::Inputs, 0, 0, 7)),
        // Bits in a row are read as the octets they are in, ...
        ("DB1.DBX2.0:BOOL[8]", Span::db(1, 2, 1)),
        ("DB1.DBX2.6:BOOL[3]", Span::db(1, 2, 2)),
        // ... and each row starts an octet.
        ("DB1:4:ARRAY[0..1, 0..8] OF BOOL", Span::db(1, 4, 4)),
        ("DB1.DBB7", Span::db(1, 7, 1)),
        ("DB1.DBD4:REAL", whole(Area::Db, 1, 4, 4)),
        ("DB65535:65524:DTL", whole(Area::Db, 65535, 65524, 12)),
        ("DI2.DIW4:INT", whole(Area::InstanceDb, 2, 4, 2)),
        ("IW22", whole(Area::Inputs, 0, 22, 2)),
        ("QD4", whole(Area::Outputs, 0, 4, 4)),
        ("LW4", whole(Area::Local, 0, 4, 2)),
        ("PIW256", whole(Area::Peripheral, 0, 256, 2)),
        // An array may be cut between its elements, and nowhere else.
        ("DB1:0:REAL[5]", Span::db(1, 0, 20).in_units_of(4)),
        ("DB1:0:STRING[9][3]", Span::db(1, 0, 36).in_units_of(12)),
        ("DB1:10:STRING[20]", whole(Area::Db, 1, 10, 22)),
        // What fits no small PDU must be cut somewhere.
        ("DB1:10:STRING[254]", Span::db(1, 10, 256)),
        ("DB1:10:WSTRING[300]", Span::db(1, 10, 604)),
        ("T5", Span::timers(5, 1)),
        ("T5:TIMER[4]", Span::timers(5, 4)),
        ("C7", Span::counters(7, 1)),
        ("C7:COUNTER[2]", Span::counters(7, 2)),
    ];
    let addresses: Vec<Address> = asked.iter().map(|(text, _)| address(text)).collect();
    let spans = spans(&addresses).unwrap();
    for ((text, wanted), span) in asked.iter().zip(spans) {
        assert_eq!(span, *wanted, "{text}");
    }
}

#[test]
fn symbols_are_told_with_their_place() {
    let symbol = address("\"Motor\".speed");
    let asked = [address("MB0"), symbol.clone()];
    assert_eq!(spans(&asked), Err(TagError::Symbol { item: 1 }));
    let pairs = [pair("MB0", "1"), (symbol, Value::Int(1))];
    let refused = Writes::new(by_ref(&pairs), PLAIN).unwrap_err();
    assert_eq!(refused, TagError::Symbol { item: 1 });
    assert!(refused.to_string().contains("item 1: classic S7 knows no symbols"), "{refused}");
}

/// Written item by item into memory of zeros, whatever the PDU, a value leaves the octets that it has as a whole, and is read
/// back as it was.
#[test]
fn every_type_is_written_in_parts_as_it_is_as_a_whole() {
    let all = [
        ("DB1.DBX2.3:BOOL", "TRUE"),
        ("DB1:2:BYTE", "16#FE"),
        ("DB1:2:WORD", "16#FEDC"),
        ("DB1:2:DWORD", "16#FEDCBA98"),
        ("DB1:2:LWORD", "16#FEDCBA9876543210"),
        ("DB1:2:SINT", "-128"),
        ("DB1:2:USINT", "255"),
        ("DB1:2:INT", "-32768"),
        ("DB1:2:UINT", "65535"),
        ("DB1:2:DINT", "-2147483648"),
        ("DB1:2:UDINT", "4294967295"),
        ("DB1:2:LINT", "-9223372036854775808"),
        ("DB1:2:ULINT", "18446744073709551615"),
        ("DB1:2:REAL", "-1.5e-3"),
        ("DB1:2:LREAL", "2.5e300"),
        ("DB1:2:CHAR", "'€'"),
        ("DB1:2:WCHAR", "WCHAR#'Ж'"),
        ("DB1:2:STRING[254]", "'of two hundred and fifty-four only a few'"),
        ("DB1:2:WSTRING[300]", "WSTRING#'wide: Ж'"),
        ("DB1:2:DATE", "D#2026-11-20"),
        ("DB1:2:TIME", "T#-1d2h"),
        ("DB1:2:LTIME", "LT#1us2ns"),
        ("DB1:2:TOD", "TOD#10:00:00.123"),
        ("DB1:2:LTOD", "LTOD#10:00:00.123456789"),
        ("DB1:2:DT", "DT#2026-11-20-10:00:00.123"),
        ("DB1:2:LDT", "LDT#2026-11-20-10:00:00.123456789"),
        ("DB1:2:DTL", "DTL#2026-11-20-10:00:00.123456789"),
        ("DB1:2:S5TIME", "S5T#2h46m30s"),
        ("DB1:2:REAL[200]", "[100(1.5), 100(-2.5)]"),
        ("DB1:2:BYTE[7]", "01020304050607"),
        ("DB1:2:BOOL[19]", "[5(1), 5(0), 9(1)]"),
        ("DB1:2:ARRAY[1..2, 0..8] OF BOOL", "[9(1), 1, 7(0), 1]"),
        ("DB1:2:STRING[5][3]", "['a', '', 'three']"),
        ("DB1:2:WSTRING[2][2]", "[WSTRING#'é', WSTRING#'Ж']"),
        (
            "DB1:2:STRUCT on : BOOL; off : BOOL; n : INT; name : STRING[7]; bits : BOOL[3]; \
             inner : STRUCT x : REAL; ok : BOOL; END_STRUCT; END_STRUCT",
            "(on := TRUE, off := TRUE, n := -2, name := 'seven', bits := [1, 0, 1], inner := (x := 1.5, ok := TRUE))",
        ),
        (
            "DB1:2:ARRAY[0..2] OF STRUCT on : BOOL; name : STRING[3]; END_STRUCT",
            "[(on := TRUE, name := 'one'), (on := FALSE, name := ''), (on := TRUE, name := '3')]",
        ),
    ];
    for (place, literal) in all {
        for pdu in [112, 240, 960] {
            let (address, value) = pair(place, literal);
            let Address::Absolute(Absolute { place: at, ty }) = &address else { unreachable!() };
            let mut wanted = vec![0; 1024];
            ty.encode_into(&value, &mut wanted[at.byte as usize..], at.bit, PLAIN).unwrap();
            let mut plc = block(&[0; 1024]);
            let outcomes = write(&mut plc, &[(address.clone(), value.clone())], pdu, PLAIN).unwrap();
            assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Written), "{place}: {outcomes:?}");
            assert!(plc.area(Area::Db, 1) == wanted, "{place}, PDU {pdu}");
            let asked = spans(core::slice::from_ref(&address)).unwrap();
            let read = read(&mut plc, &asked, pdu, Merge::Within(4));
            assert_eq!(values(&[address], &read, PLAIN), [Ok(value)], "{place}, PDU {pdu}");
        }
    }
}

#[test]
fn timers_and_counters_by_their_numbers() {
    let mut plc = Plc::default();
    plc.memory.insert((Area::Timers.0, 0), vec![0; 40]);
    plc.memory.insert((Area::Counters.0, 0), vec![0; 40]);
    let pairs = [pair("T5", "S5T#2s"), pair("C18:COUNTER[2]", "[42, 999]")];
    assert_eq!(write(&mut plc, &pairs, 240, PLAIN), Ok(vec![Outcome::Written; 2]));
    assert_eq!(plc.area(Area::Timers, 0)[8..14], [0, 0, 0x02, 0x00, 0, 0]);
    assert_eq!(plc.area(Area::Counters, 0)[34..], [0, 0, 0x00, 0x42, 0x09, 0x99]);
    let addresses: Vec<Address> = pairs.iter().map(|(address, _)| address.clone()).collect();
    let read = read(&mut plc, &spans(&addresses).unwrap(), 240, Merge::Within(4));
    let wanted: Vec<_> = pairs.iter().map(|(_, value)| Ok(value.clone())).collect();
    assert_eq!(values(&addresses, &read, PLAIN), wanted);
}

/// Nothing is read first, and the seven neighbours belong to somebody else.
#[test]
fn a_bool_is_written_as_a_bit() {
    let pairs = [pair("DB1.DBX0.3", "FALSE"), pair("DB1.DBX1.7", "TRUE")];
    let writes = Writes::new(by_ref(&pairs), PLAIN).unwrap();
    let items: Vec<_> = writes.items().iter().map(|item| (item.span, item.data.to_vec())).collect();
    let wanted = [(Span::bit(Area::Db, 1, 0, 3), vec![0]), (Span::bit(Area::Db, 1, 1, 7), vec![1])];
    assert_eq!((&items[..], writes.heads()), (&wanted[..], &[][..]));
    let mut plc = block(&[0xff, 0x00]);
    assert_eq!(write(&mut plc, &pairs, 240, PLAIN), Ok(vec![Outcome::Written; 2]));
    assert_eq!(plc.area(Area::Db, 1), [0b1111_0111, 0b1000_0000]);
}

#[test]
fn bits_in_a_row_are_written_one_by_one_over_octet_borders() {
    let over = |place, literal, before: [u8; 4]| {
        let pairs = [pair(place, literal)];
        let writes = Writes::new(by_ref(&pairs), PLAIN).unwrap();
        let places: Vec<_> =
            writes.items().iter().map(|item| (item.span.start, item.span.bit.unwrap())).collect();
        assert!(writes.owners().all(|owner| owner == 0));
        let mut plc = block(&before);
        write(&mut plc, &pairs, 240, PLAIN).unwrap();
        (places, plc.area(Area::Db, 1).to_vec())
    };
    // Ones become zeros and zeros ones; all others stay.
    let (places, after) = over("DB1.DBX0.6:BOOL[4]", "[0, 1, 0, 1]", [0xff, 0xfd, 0xff, 0xff]);
    assert_eq!(places, [(0, 6), (0, 7), (1, 0), (1, 1)]);
    assert_eq!(after, [0b1011_1111, 0b1111_1110, 0xff, 0xff]);
    let (places, after) = over("DB1:1:ARRAY[0..1, 0..2] OF BOOL", "[1, 0, 1, 0, 1, 0]", [0, 0xf8, 0xf8, 0]);
    assert_eq!(places, [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]);
    assert_eq!(after, [0, 0b1111_1101, 0b1111_1010, 0]);
}

#[test]
fn a_text_keeps_its_maximum() {
    // Nine on the CPU, twenty in the address: neither the maximum nor what is behind the text is touched.
    let mut plc = block(b"\x09\x02ab-------\xa5\xa5\xa5");
    assert_eq!(write(&mut plc, &[pair("DB1:0:STRING[20]", "'xyz'")], 240, PLAIN), Ok(vec![Outcome::Written]));
    assert_eq!(plc.area(Area::Db, 1)[..2], [9, 3]);
    assert_eq!(&plc.area(Area::Db, 1)[2..5], b"xyz");
    assert_eq!(plc.area(Area::Db, 1)[11..], [0xa5; 3]);
    // The other way around the address is the smaller one.
    let mut plc = block(&[[200, 0].as_slice(), &[0xa5; 200]].concat());
    write(&mut plc, &[pair("DB1:0:STRING[3]", "'xyz'")], 240, PLAIN).unwrap();
    assert_eq!((&plc.area(Area::Db, 1)[..2], &plc.area(Area::Db, 1)[2..5]), (&[200, 3][..], &b"xyz"[..]));
    assert_eq!(plc.area(Area::Db, 1)[5..], [0xa5; 197]);
    // Wide ones have two octets of each.
    let mut plc = block(&[0, 2, 0, 0, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5]);
    write(&mut plc, &[pair("DB1:0:WSTRING[20]", "WSTRING#'é€'")], 240, PLAIN).unwrap();
    assert_eq!(plc.area(Area::Db, 1), [0, 2, 0, 2, 0, 0xe9, 0x20, 0xac, 0xa5]);
}

#[test]
fn a_text_that_is_too_long_is_refused_or_cut() {
    let too_long =
        |ty: Type, len, max| Err(TagError::Value { item: 1, why: EncodeError::Length { ty, len, max } });
    let pairs = |place| [pair("DB1:20:INT", "7"), (address(place), Value::from("abcdef"))];
    let fresh = || block(b"\x03\x01a--\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5");
    // By the address alone: not even a head is read.
    let mut plc = fresh();
    assert_eq!(write(&mut plc, &pairs("DB1:0:STRING[5]"), 240, PLAIN), too_long(Type::String(5), 6, 5));
    assert_eq!(plc, fresh());
    // By what the CPU declares: nothing at all is written, and not the number before it either.
    let mut plc = fresh();
    assert_eq!(write(&mut plc, &pairs("DB1:0:STRING[9]"), 240, PLAIN), too_long(Type::String(3), 6, 3));
    assert_eq!((plc.writes.len(), &plc), (0, &Plc { widest: plc.widest, ..fresh() }));
    for place in ["DB1:0:STRING[9]", "DB1:0:STRING[3]"] {
        let mut plc = fresh();
        assert_eq!(write(&mut plc, &pairs(place), 240, CUT), Ok(vec![Outcome::Written; 2]));
        assert_eq!(&plc.area(Area::Db, 1)[..6], b"\x03\x03abc\xa5", "{place}");
    }
}

/// A maximum of 0 is that of memory which nobody initialised: the address knows better.
#[test]
fn a_text_without_a_maximum_is_given_one() {
    let mut plc = block(&[0; 12]);
    write(&mut plc, &[pair("DB1:0:STRING[9]", "'ab'")], 240, PLAIN).unwrap();
    assert_eq!(plc.area(Area::Db, 1), b"\x09\x02ab\0\0\0\0\0\0\0\0");
    let mut plc = block(&[0; 8]);
    write(&mut plc, &[pair("DB1:0:WSTRING[2]", "WSTRING#'a'")], 240, PLAIN).unwrap();
    assert_eq!(plc.area(Area::Db, 1), [0, 2, 0, 1, 0, b'a', 0, 0]);
    // A type may say more than there can be, and then it means the most.
    for (ty, head) in
        [(Type::String(255), vec![254, 1, b'a']), (Type::WString(0xffff), vec![0x3f, 0xfe, 0, 1, 0, b'a'])]
    {
        let place =
            Absolute { ty, ..Absolute::new(hepta_proto::data::Area::Db(1), 0, 0, Type::Byte).unwrap() };
        let mut plc = block(&[0; 8]);
        write(&mut plc, &[(Address::Absolute(place), Value::from("a"))], 240, PLAIN).unwrap();
        assert_eq!(plc.area(Area::Db, 1)[..head.len()], head);
    }
}

#[test]
fn each_text_of_an_array_has_its_own_maximum() {
    let mut plc = block(b"\x05\0-----\xa5\x02\0--\xa5\xa5\xa5\xa5\0\0-----\xa5");
    let pairs = [pair("DB1:0:STRING[5][3]", "['abc', 'de', 'fghij']")];
    assert_eq!(write(&mut plc, &pairs, 240, PLAIN), Ok(vec![Outcome::Written; 3]));
    assert_eq!(plc.area(Area::Db, 1), b"\x05\x03abc--\xa5\x02\x02de\xa5\xa5\xa5\xa5\x05\x05fghij\xa5");
    // The second has room for two.
    let why = EncodeError::Length { ty: Type::String(2), len: 3, max: 2 };
    let why = EncodeError::Element { index: 1, why: Box::new(why) };
    let pairs = [pair("DB1:0:STRING[5][3]", "['', 'xyz', '']")];
    assert_eq!(write(&mut plc, &pairs, 240, PLAIN), Err(TagError::Value { item: 0, why }));
    let pairs = [(address("DB1:0:STRING[5][3]"), Value::Array(vec![Value::from("a")]))];
    let refused = write(&mut plc, &pairs, 240, PLAIN).unwrap_err();
    assert!(refused.to_string().ends_with("has 3 elements, and 1 were given"), "{refused}");
}

/// Members are written where they are: gaps, other bits, and the room behind a text stay.
#[test]
fn a_struct_is_written_member_by_member() {
    let place = "DB1:0:STRUCT on : BOOL; n : INT; name : STRING[4]; x : REAL; END_STRUCT";
    let mut plc = block(b"\xfe\xa5\xa5\xa5\x04\x01z---\xa5\xa5\xa5\xa5");
    let pairs = [pair(place, "(on := TRUE, n := 258, name := 'ab', x := 1.5)"), pair("DB1.DBX0.1", "FALSE")];
    let writes = Writes::new(by_ref(&pairs), PLAIN).unwrap();
    assert_eq!(writes.owners().collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    assert_eq!(writes.heads(), [Span::db(1, 4, 1)]);
    assert_eq!(write(&mut plc, &pairs, 240, PLAIN), Ok(vec![Outcome::Written; 5]));
    assert_eq!(plc.area(Area::Db, 1), b"\xfd\xa5\x01\x02\x04\x02ab--\x3f\xc0\0\0");
    let pairs = [(address(place), Value::Struct(vec![("on".into(), Value::Bool(true))]))];
    assert!(matches!(
        write(&mut plc, &pairs, 240, PLAIN),
        Err(TagError::Value { item: 0, why: EncodeError::Member { .. } })
    ));
}

/// The first piece has the length, the others the rest of the characters.
#[test]
fn a_long_text_is_cut_over_jobs() {
    let text: String = (b'!'..=b'~').cycle().take(250).map(char::from).collect();
    let pairs = [(address("DB1:2:STRING[254]"), Value::from(text.as_str()))];
    let mut plc = block(&[0; 300]);
    plc.memory.get_mut(&(Area::Db.0, 1)).unwrap()[2] = 254;
    assert_eq!(write(&mut plc, &pairs, 112, PLAIN), Ok(vec![Outcome::Written]));
    assert_eq!(plc.writes.len(), 3, "251 octets in jobs of 84");
    assert_eq!(plc.area(Area::Db, 1)[2..4], [254, 250]);
    let asked = spans(&[pairs[0].0.clone()]).unwrap();
    let read = read(&mut plc, &asked, 112, Merge::Never);
    assert_eq!(values(&[pairs[0].0.clone()], &read, PLAIN), [Ok(pairs[0].1.clone())]);
}

#[test]
fn every_item_is_decoded_for_itself() {
    let mut plc = Plc::default().with(Area::Db, 1, 64).hole(Area::Db, 1, 8..10, ReturnCode::OutOfRange);
    plc.memory.insert((Area::Counters.0, 0), vec![0x00, 0x42, 0x0a, 0x00]);
    let block = octets(Area::Db, 1, 0, 64);
    let texts = [
        "DB1.DBB4",
        "DB1.DBW8",
        "DB1.DBX5.1",
        "DB9.DBW0:INT",
        "C0",
        "C1",
        "DB1.DBX6.7:BOOL[2]",
        "DB1.DBD60",
        "DB1.DBD61",
        "DB1.DBX60.0",
    ];
    let addresses: Vec<Address> = texts.iter().map(|text| address(text)).collect();
    let asked = spans(&addresses).unwrap();
    let bit = |at: usize, bit: u8| Value::Bool(block[at] >> bit & 1 != 0);
    // Together or each for itself, nobody suffers from a neighbour.
    for merge in [Merge::Never, Merge::Within(4)] {
        let items = read(&mut plc, &asked, 240, merge);
        let values = values(&addresses, &items, PLAIN);
        assert_eq!(values[0], Ok(Value::Byte(block[4])));
        assert_eq!(values[1], Err(ItemError::Refused(ReturnCode::OutOfRange)));
        assert_eq!(values[2], Ok(bit(5, 1)));
        assert_eq!(values[3], Err(ItemError::Refused(ReturnCode::NoObject)));
        assert_eq!(values[4], Ok(Value::Counter(42)));
        let no_digit = DecodeError::Bcd { ty: Type::Counter, at: 0, octet: 0x0a };
        assert_eq!(values[5], Err(ItemError::Decode(no_digit)));
        assert_eq!(values[6], Ok(Value::Array(vec![bit(6, 7), bit(7, 0)])));
        assert_eq!(values[7], Ok(Value::DWord(u32::from_be_bytes(block[60..].try_into().unwrap()))));
        assert_eq!(values[8], Err(ItemError::Refused(ReturnCode::OutOfRange)));
        assert_eq!(values[9], Ok(bit(60, 0)));
        let told: Vec<_> = [1, 3, 5].map(|i: usize| values[i].as_ref().unwrap_err()).into_iter().collect();
        assert_eq!(told.iter().map(|e| e.code()).collect::<Vec<_>>(), [Some(0x05), Some(0x0a), None]);
        assert!(told[0].hint().is_some() && told[1].hint().is_some() && told[2].hint().is_none());
        assert_eq!(told[1].to_string(), "the CPU refused: object does not exist (0a)");
    }
}

/// A value of several items is as good as its worst: the report says which of them failed.
#[test]
fn refusals_of_writes_are_told_for_each_part() {
    let mut plc = block(&[0; 12]).hole(Area::Db, 1, 2..3, ReturnCode::AccessNotAllowed);
    let pairs =
        [pair("DB1.DBX1.7:BOOL[3]", "[1, 1, 1]"), pair("DB1:10:INT", "5"), pair("DB9:0:STRING[3]", "'a'")];
    let refused = |code| Outcome::Refused(code);
    assert_eq!(
        write(&mut plc, &pairs, 240, PLAIN),
        Ok(vec![
            Outcome::Written,
            refused(ReturnCode::AccessNotAllowed),
            refused(ReturnCode::AccessNotAllowed),
            Outcome::Written,
            // Its maximum could not be read, so it could not be held against it: the CPU has the last word.
            refused(ReturnCode::NoObject),
        ])
    );
    assert_eq!(plc.area(Area::Db, 1), [0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
}

//! Values of variables on the wire: as two clients write them, and back.
use hepta_proto::data::time::Civil;
use hepta_proto::data::{Options, Type, Value};
use hepta_proto::plus::lists::SoftType;
use hepta_proto::plus::typed::{self, DecodeError, Layout, StoreError};
use hepta_proto::wire::{Reader, Wire};
use proptest::prelude::*;

fn wire(hex: &str) -> hepta_proto::plus::Value {
    let octets: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let mut r = Reader::new(&octets);
    let value = hepta_proto::plus::Value::read(&mut r).unwrap();
    r.end("rest").unwrap();
    value
}
fn hex(value: &hepta_proto::plus::Value) -> String {
    let mut out = vec![];
    value.write(&mut out);
    out.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}
fn moment(year: u16, month: u8, day: u8, time: (u8, u8, u8), nano: u32) -> Civil {
    Civil::new(year, month, day).unwrap().with_time(time.0, time.1, time.2, nano).unwrap()
}

/// Type, value, and the octets that both clients on record write; the weekday of `DATE_AND_TIME` is ours.
fn table() -> Vec<(Type, Value, &'static str)> {
    let dtl = moment(2008, 10, 25, (8, 12, 34), 567_000_000);
    let array = |element, n| Type::array(element, [0..=n]).unwrap();
    vec![
        (Type::Bool, Value::Bool(true), "000101"),
        (Type::Char, Value::Char('A'), "000241"),
        (Type::WChar, Value::WChar('é'), "000300e9"),
        (Type::Date, Value::Date(12_477), "000330bd"),
        (Type::Tod, Value::Tod(43_994_123), "000494fd980b"),
        (Type::Time, Value::Time(-1), "00087f"),
        (Type::S5Time, Type::S5Time.decode(&[0x19, 0x99]).unwrap(), "000b1999"),
        (
            Type::DateAndTime,
            Value::DateAndTime(moment(2023, 10, 28, (23, 58, 59), 123_000_000)),
            "1002082310282358591237",
        ),
        (Type::String(10), Value::from("Hello"), "10020c0a0548656c6c6f0000000000"),
        (Type::WString(5), Value::WString("ab".into()), "1003070005000200610062000000000000"),
        (Type::LTime, Value::LTime(-1), "00117f"),
        (Type::LTod, Value::LTod(1), "000501"),
        (Type::Ldt, Value::Ldt(dtl.unix_nanos().unwrap()), "001010ffcc643d66afc0"),
        (Type::Dtl, Value::Dtl(dtl), "00170200004310ff4ad6dfd5774c020c07d80a1907080c2221cbbbc0"),
        (Type::LInt, Value::LInt(i64::MIN), "0009c08080808080808000"),
        (Type::ULInt, Value::ULInt(u64::MAX), "0005ffffffffffffffffff"),
        (Type::LWord, Value::LWord(0x0102_0304_0506_0708), "000d0102030405060708"),
        (Type::DWord, Value::DWord(0xdead_beef), "000cdeadbeef"),
        (Type::UDInt, Value::UDInt(300), "0004822c"),
        (Type::SInt, Value::SInt(-5), "0006fb"),
        (Type::DInt, Value::DInt(-100_000), "0008f9f260"),
        (array(Type::Int, 2), Value::Array([1, -2, 3].map(Value::Int).into()), "1007030001fffe0003"),
        (array(Type::DInt, 1), Value::Array([1, -2].map(Value::DInt).into()), "100802017e"),
        (
            array(Type::String(4), 1),
            Value::Array(vec![Value::from("ab"), Value::from("c")]),
            "10020c040261620000040163000000",
        ),
        // Bits come, and go, in multiples of eight.
        (
            array(Type::Bool, 2),
            Value::Array([true, false, true].map(Value::Bool).into()),
            "1001080100010000000000",
        ),
        (array(Type::Byte, 1), Value::Bytes(vec![1, 0xff]), "100a0201ff"),
        (Type::Counter, Value::Counter(42), "00030042"),
    ]
}

#[test]
fn both_ways() {
    for (ty, value, octets) in table() {
        let encoded = typed::encode(&ty, &value, Options::default()).unwrap();
        assert_eq!(hex(&encoded), octets, "{ty}");
        assert_eq!(typed::decode(&ty, &wire(octets), Options::default()).unwrap(), value, "{ty}");
    }
}

#[test]
fn other_spellings() {
    let decode = |ty: Type, hex: &str| typed::decode(&ty, &wire(hex), Options::default());
    assert_eq!(decode(Type::Char, "000a41"), Ok(Value::Char('A')));
    assert_eq!(decode(Type::Counter, "000b0042"), Ok(Value::Counter(42)));
    // A text that is shorter in the CPU than it was taken for.
    assert_eq!(decode(Type::String(254), "10020c0a0548656c6c6f0000000000"), Ok(Value::from("Hello")));
    assert_eq!(decode(Type::String(10), "00190c0a0248690000000000000000"), Ok(Value::from("Hi")));
    assert_eq!(
        decode(Type::WString(5), "00150e0005000100780000000000000000"),
        Ok(Value::WString("x".into()))
    );
    let moment = Value::DateAndTime(moment(2023, 10, 28, (23, 58, 59), 123_000_000));
    assert_eq!(decode(Type::DateAndTime, "00102310282358591237"), Ok(moment));
    let bits = Value::Array([true, false, true].map(Value::Bool).into());
    assert_eq!(decode(Type::array_of(Type::Bool, 3).unwrap(), "100103010001"), Ok(bits));
    // What a CPU flags, and a DTL of another interface.
    assert_eq!(decode(Type::Byte, "800a1a"), Ok(Value::Byte(0x1a)));
    assert!(
        decode(
            Type::Dtl,
            "00170200004300000000000000010 20c07d80a1907080c2221cbbbc0".replace(' ', "").as_str()
        )
        .is_ok()
    );
    assert_eq!(decode(Type::Int, "000300ff"), Err(DecodeError::Kind(Type::Int)));
    assert!(matches!(decode(Type::Tod, "00048fffffff7f"), Err(DecodeError::Value(_))));
}

#[test]
fn without_a_type() {
    for (octets, looks) in [
        ("0004822c", Value::UDInt(300)),
        ("1002030a0541", Value::Bytes(vec![10, 5, 65])),
        ("100a0201ff", Value::Bytes(vec![1, 255])),
        ("100703000affec001e", Value::Array([10, -20, 30].map(Value::Int).into())),
        ("00150161", Value::WString("a".into())),
        ("001010ffcc643d66afc0", Value::Ldt(1_224_922_354_567_000_000)),
        ("00117f", Value::LTime(-1)),
        ("001292000001", Value::DWord(0x9200_0001)),
        ("00140003010203", Value::Bytes(vec![1, 2, 3])),
        ("10010201 00".replace(' ', "").as_str(), Value::Array(vec![Value::Bool(true), Value::Bool(false)])),
        (
            "00170200004310ff4ad6dfd5774c020c07e8021d050c2238075bcd15",
            Value::Dtl(moment(2024, 2, 29, (12, 34, 56), 123_456_789)),
        ),
    ] {
        assert_eq!(typed::untyped(&wire(octets)), Some(looks), "{octets}");
    }
    for nothing in ["0000", "4008010200", "00170000013a823f001500 00".replace(' ', "").as_str()] {
        assert_eq!(typed::untyped(&wire(nothing)), None, "{nothing}");
    }
}

#[test]
fn soft_types_both_ways() {
    for (ty, _, _) in table() {
        let element = ty.element().clone();
        for layout in [Layout::Standard, Layout::Optimised] {
            let soft = typed::soft(&ty, layout);
            let max = match element {
                Type::String(max) => max.into(),
                Type::WString(max) => max,
                _ => 0,
            };
            assert_eq!(typed::of_soft(soft, max).as_ref(), Some(&element), "{soft:?}");
        }
    }
    assert_eq!(typed::of_soft(SoftType(144), 0), Some(Type::Handle(hepta_proto::data::Handle(144))));
    for none in [0, 16, 17, 30, 97, 131, 172, 253] {
        assert_eq!(typed::of_soft(SoftType(none), 0), None);
    }
}

proptest! {
    /// Whatever a CPU sends for whatever was asked for, nothing breaks, and what is refused is not written.
    #[test]
    fn any_value_for_any_type(
        which in 0..27usize,
        octets in proptest::collection::vec(any::<u8>(), 0..48),
        memory in proptest::collection::vec(any::<u8>(), 0..48),
        bit in any::<u8>(),
        optimised in any::<bool>(),
    ) {
        let (ty, _, _) = &table()[which];
        let layout = if optimised { Layout::Optimised } else { Layout::Standard };
        let _ = typed::value(ty, layout, &memory, bit);
        if let Ok(value) = hepta_proto::plus::Value::read(&mut Reader::new(&octets)) {
            let _ = typed::untyped(&value);
            let _ = typed::decode(ty, &value, Options::default());
            let mut after = memory.clone();
            if let Err(StoreError::Kind | StoreError::Timestamp) = typed::store(ty, layout, &value, &mut after, bit) {
                prop_assert_eq!(after, memory);
            }
        }
    }
}

use alloc::boxed::Box;
use alloc::string::String;
use proptest::prelude::*;

use super::super::time::{Civil, S5Time};
use super::*;

fn moment(years: core::ops::RangeInclusive<u16>, step: u32) -> impl Strategy<Value = Civil> {
    let clock = (0..24u8, 0..60u8, 0..60u8, 0..1_000_000_000 / step);
    (years, 1..=12u8, 1..=28u8, clock).prop_map(move |(year, month, day, (h, m, s, n))| {
        Civil::new(year, month, day).unwrap().with_time(h, m, s, n * step).unwrap()
    })
}

fn latin() -> impl Strategy<Value = char> {
    any::<u8>().prop_map(|o| Encoding::Windows1252.char(o).unwrap())
}

/// A value of each scalar type, with that type.
fn scalar() -> BoxedStrategy<(Type, Value)> {
    let span = || (0..4u8, 0..1000u16).prop_map(|(base, count)| S5Time::new(base, count).unwrap());
    let unit = any::<char>().prop_filter("one unit", |c| c.len_utf16() == 1);
    let text = prop::collection::vec(latin(), 0..20).prop_map(|t| t.into_iter().collect::<String>());
    prop_oneof![
        any::<bool>().prop_map(|v| (Type::Bool, Value::Bool(v))),
        any::<u8>().prop_map(|v| (Type::Byte, Value::Byte(v))),
        any::<u16>().prop_map(|v| (Type::Word, Value::Word(v))),
        any::<u32>().prop_map(|v| (Type::DWord, Value::DWord(v))),
        any::<u64>().prop_map(|v| (Type::LWord, Value::LWord(v))),
        any::<i8>().prop_map(|v| (Type::SInt, Value::SInt(v))),
        any::<u8>().prop_map(|v| (Type::USInt, Value::USInt(v))),
        any::<i16>().prop_map(|v| (Type::Int, Value::Int(v))),
        any::<u16>().prop_map(|v| (Type::UInt, Value::UInt(v))),
        any::<i32>().prop_map(|v| (Type::DInt, Value::DInt(v))),
        any::<u32>().prop_map(|v| (Type::UDInt, Value::UDInt(v))),
        any::<i64>().prop_map(|v| (Type::LInt, Value::LInt(v))),
        any::<u64>().prop_map(|v| (Type::ULInt, Value::ULInt(v))),
        any::<f32>().prop_map(|v| (Type::Real, Value::Real(v))),
        any::<f64>().prop_map(|v| (Type::LReal, Value::LReal(v))),
        latin().prop_map(|v| (Type::Char, Value::Char(v))),
        unit.prop_map(|v| (Type::WChar, Value::WChar(v))),
        text.prop_map(|v| (Type::String(20), Value::String(v))),
        ".{0,20}".prop_map(|v| (Type::WString(40), Value::WString(v))),
        any::<u16>().prop_map(|v| (Type::Date, Value::Date(v))),
        any::<i32>().prop_map(|v| (Type::Time, Value::Time(v))),
        any::<i64>().prop_map(|v| (Type::LTime, Value::LTime(v))),
        (0..time::DAY_MILLIS).prop_map(|v| (Type::Tod, Value::Tod(v))),
        (0..time::DAY_NANOS.unsigned_abs()).prop_map(|v| (Type::LTod, Value::LTod(v))),
        moment(1990..=2089, 1_000_000).prop_map(|v| (Type::DateAndTime, Value::DateAndTime(v))),
        any::<i64>().prop_map(|v| (Type::Ldt, Value::Ldt(v))),
        moment(1970..=2554, 1).prop_map(|v| (Type::Dtl, Value::Dtl(v))),
        span().prop_map(|v| (Type::S5Time, Value::S5Time(v))),
        span().prop_map(|v| (Type::Timer, Value::Timer(v))),
        (0..1000u16).prop_map(|v| (Type::Counter, Value::Counter(v))),
    ]
    .boxed()
}

/// Scalars, and arrays and structs of them.
fn typed() -> impl Strategy<Value = (Type, Value)> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        let array = (inner.clone(), 1..6u32, -3..3i32).prop_map(|((of, value), count, low)| {
            let high = low + i32::try_from(count).unwrap() - 1;
            let count = usize::try_from(count).unwrap();
            let values = match value {
                Value::Byte(octet) => Value::Bytes(vec![octet; count]),
                value => Value::Array(vec![value; count]),
            };
            (Type::array(of, [low..=high]).unwrap(), values)
        });
        let named = prop::collection::vec(("[a-zA-Z äé.:;]{1,5}", inner), 1..4);
        let group = named.prop_filter_map("names are different", |members| {
            let types = members.iter().map(|(name, (of, _))| (name.as_str(), of.clone()));
            let of = Struct::new(types).ok()?;
            Some((
                Type::Struct(of),
                Value::Struct(members.into_iter().map(|(n, (_, v))| (n.into(), v)).collect()),
            ))
        });
        prop_oneof![array, group]
    })
}

fn place() -> impl Strategy<Value = (Area, u32, u8)> {
    let area = prop_oneof![
        Just(Area::Input),
        Just(Area::Output),
        Just(Area::Flag),
        Just(Area::Local),
        Just(Area::Peripheral),
        Just(Area::Timer),
        Just(Area::Counter),
        (1..=u16::MAX).prop_map(Area::Db),
        (1..=u16::MAX).prop_map(Area::InstanceDb),
    ];
    (area, 0..65_000u32, 0..8u8)
}

proptest! {
    #[test]
    fn octets_and_back((of, value) in typed()) {
        let mut out = vec![0xa5];
        of.encode(&value, &mut out).unwrap();
        prop_assert_eq!(out.len(), 1 + of.size());
        prop_assert_eq!(of.decode(&out[1..]), Ok(value.clone()));
        let mut area = vec![0xa5; of.size() + 1];
        of.encode_into(&value, &mut area, 0, Options::default()).unwrap();
        prop_assert_eq!(of.decode(&area), Ok(value));
        prop_assert_eq!(area[of.size()], 0xa5);
        prop_assert!(of.decode(&out[1..out.len() - 1]).is_err());
    }

    #[test]
    fn text_and_back((of, value) in typed()) {
        prop_assert_eq!(of.parse(&value.to_string()), Ok(value));
        prop_assert_eq!(of.to_string().parse::<Type>(), Ok(of));
    }

    #[test]
    fn any_octets_decode_or_fail((of, _) in typed(), octets in prop::collection::vec(any::<u8>(), 0..300), bit in any::<u8>()) {
        let _ = of.decode_at(&octets, bit, Options::default());
        if let Ok(value) = of.decode(&octets) {
            let mut out = Vec::new();
            of.encode(&value, &mut out).unwrap();
            let again = of.decode(&out).unwrap();
            // As texts, since a NaN is no NaN.
            prop_assert_eq!(again.to_string(), value.to_string());
        }
    }

    #[test]
    fn any_text_parses_or_fails((of, value) in typed(), text in "\\PC{0,30}", cut in 0..60usize) {
        let _ = (of.parse(&text), text.parse::<Type>(), text.parse::<Address>());
        let shown: String = value.to_string().chars().take(cut).collect();
        let columns = shown.chars().count() + 1;
        if let Err(error) = of.parse(&shown) {
            prop_assert!(error.column <= columns);
        }
        let _ = shown.parse::<Address>();
    }

    #[test]
    fn any_tokens_are_an_address_or_fail(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..12)) {
        let text = parts.concat();
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
        let _ = text.parse::<Type>();
    }

    #[test]
    fn addresses_and_back((area, byte, bit) in place(), (of, _) in typed()) {
        let of = if area == Area::Timer { Type::Timer } else if area == Area::Counter { Type::Counter } else { of };
        let bit = if of.is_bits() { bit } else { 0 };
        if let Ok(address) = Absolute::new(area, byte, bit, of) {
            prop_assert_eq!(address.to_string().parse(), Ok(Box::new(address)).map(|a| *a));
        }
    }

    #[test]
    fn any_value_encodes_or_fails((_, value) in typed(), (of, _) in typed(), bit in 0..10u8, len in 0..40usize) {
        let mut out = vec![7];
        if of.encode(&value, &mut out).is_err() {
            prop_assert_eq!(out, vec![7]);
        }
        let _ = of.encode_into(&value, &mut vec![0; len], bit, Options { encoding: Encoding::Utf8, truncate: true });
    }
}

const PARTS: [&str; 40] = [
    "DB", "DI", "1", "0", "7", "8", ".", ",", ":", "DBX", "DBW", "DBD", "DBB", "X", "INT", "REAL", "STRING",
    "[", "]", "20", "%", "M", "W", "T", "C", "I", "Q", "P", "L", "V", "S", "WS", "ARRAY", "..", " OF ",
    "BOOL", "\"a\"", "STRUCT ", "65535", "-",
];

use super::super::time::{Civil, TimeError};
use super::*;

#[track_caller]
fn decode(of: &str, octets: &str) -> DecodeError {
    ty(of).decode(&hex(octets)).unwrap_err()
}

#[track_caller]
fn encode(of: &str, value: &Value) -> EncodeError {
    let mut out = vec![1, 2];
    let error = ty(of).encode(value, &mut out).unwrap_err();
    assert_eq!(out, [1, 2], "an error leaves the buffer alone");
    error
}

#[test]
fn octets_that_are_no_value() {
    assert_eq!(decode("REAL", "000000"), DecodeError::Short { ty: Type::Real, need: 4, got: 3 });
    assert_eq!(decode("COUNTER", "00a0"), DecodeError::Bcd { ty: Type::Counter, at: 1, octet: 0xa0 });
    assert_eq!(decode("COUNTER", "1042"), DecodeError::Bcd { ty: Type::Counter, at: 0, octet: 0x10 });
    assert_eq!(decode("S5TIME", "0f00"), DecodeError::Bcd { ty: Type::S5Time, at: 0, octet: 0x0f });
    let digit = DecodeError::Bcd { ty: Type::DateAndTime, at: 2, octet: 0x2a };
    assert_eq!(decode("DT", "14082a1159439124"), digit);
    let month = TimeError::Field { field: "month", value: 0, low: 1, high: 12 };
    assert_eq!(
        decode("DT", "0000000000000000"),
        DecodeError::Time { ty: Type::DateAndTime, at: 0, why: month }
    );
    let year = TimeError::Field { field: "year", value: 0, low: 1, high: 9999 };
    assert_eq!(decode("DTL[2]", &format!("{}{}", "07de 08 14 04 0b 3b 2b 00000000", "00".repeat(12))), {
        DecodeError::Time { ty: Type::Dtl, at: 12, why: year }
    });
    let late = DecodeError::Range { ty: Type::Tod, at: 0, value: 86_400_000, high: 86_399_999 };
    assert_eq!(decode("TOD", "05265c00"), late);
    assert!(matches!(decode("LTOD", "ffffffffffffffff"), DecodeError::Range { .. }));
    let long = DecodeError::Length { ty: Type::String(2), at: 0, len: 3, max: 2 };
    assert_eq!(decode("STRING[2]", "fe03 6161"), long);
    let own = DecodeError::Length { ty: Type::String(2), at: 0, len: 2, max: 1 };
    assert_eq!(decode("STRING[2]", "0102 6161"), own);
    assert!(matches!(
        decode("WSTRING[1]", "ffff ffff 0000"),
        DecodeError::Length { len: 0xffff, max: 1, .. }
    ));
    let lone = TextError::Surrogate { unit: 0xd83d, at: 1 };
    let half = DecodeError::Text { ty: Type::WString(2), at: 0, why: lone };
    assert_eq!(decode("WSTRING[2]", "0002 0002 0061 d83d"), half);
    assert!(matches!(decode("WCHAR", "dc00"), DecodeError::Text { .. }));
    let ascii = Options { encoding: Encoding::Ascii, truncate: false };
    let octet = TextError::Octet { octet: 0xe9, at: 1, encoding: Encoding::Ascii };
    let no_text = DecodeError::Text { ty: Type::String(2), at: 0, why: octet };
    assert_eq!(Type::String(2).decode_with(&hex("0202 61e9"), ascii), Err(no_text));
    let utf8 = Options { encoding: Encoding::Utf8, truncate: false };
    assert!(Type::Char.decode_with(&[0xe9], utf8).is_err());
    assert_eq!(Type::Int.decode_at(&[0; 9], 1, utf8), Err(DecodeError::Bit { ty: Type::Int, bit: 1 }));
    assert_eq!(Type::Bool.decode_at(&[0; 9], 8, utf8), Err(DecodeError::Bit { ty: Type::Bool, bit: 8 }));
}

#[test]
fn values_that_do_not_fit() {
    let range = encode("BYTE", &Value::LInt(300));
    assert_eq!(range, EncodeError::Range { ty: Type::Byte, value: 300, low: 0, high: 255 });
    assert_eq!(range.to_string(), "300 does not fit: BYTE goes from 0 to 255");
    assert!(matches!(encode("USINT", &Value::SInt(-1)), EncodeError::Range { low: 0, high: 255, .. }));
    assert!(matches!(encode("LINT", &Value::ULInt(1 << 63)), EncodeError::Range { .. }));
    assert!(matches!(encode("COUNTER", &Value::Counter(1000)), EncodeError::Range { high: 999, .. }));
    assert!(matches!(encode("TOD", &Value::Tod(86_400_000)), EncodeError::Range { .. }));
    assert!(matches!(encode("REAL", &Value::LReal(1e39)), EncodeError::Float { .. }));
    assert!(matches!(encode("REAL", &Value::DInt((1 << 24) + 1)), EncodeError::Float { .. }));
    assert_eq!(encode("INT", &Value::Bool(true)), EncodeError::Kind { ty: Type::Int, got: "BOOL" });
    assert_eq!(encode("BOOL", &Value::Int(1)), EncodeError::Kind { ty: Type::Bool, got: "INT" });
    let long = EncodeError::Length { ty: Type::String(2), len: 3, max: 2 };
    assert_eq!(encode("STRING[2]", &Value::from("abc")), long);
    assert!(matches!(encode("WSTRING[2]", &Value::from("a😀")), EncodeError::Length { len: 3, max: 2, .. }));
    assert!(matches!(encode("CHAR", &Value::from("ab")), EncodeError::Length { len: 2, max: 1, .. }));
    assert!(matches!(encode("CHAR", &Value::from("")), EncodeError::Length { len: 0, .. }));
    let no_octet = encode("STRING[4]", &Value::from("aЖ"));
    let expected = "the text is no STRING[4]: Windows-1252 has no octet for 'Ж', character 2 of the text";
    assert_eq!(no_octet.to_string(), expected);
    assert!(matches!(
        encode("WCHAR", &Value::from("😀")),
        EncodeError::Text { why: TextError::Wide { .. }, .. }
    ));
    assert_eq!(
        encode("INT[2]", &Value::Array(vec![1.into()])).to_string(),
        "ARRAY[0..1] OF INT has 2 elements, and 1 were given"
    );
    let second = encode("SINT[2]", &Value::Array(vec![1.into(), 200.into()]));
    assert_eq!(second.to_string(), "element 1, counted from 0: 200 does not fit: SINT goes from -128 to 127");
    assert!(matches!(
        encode("BOOL[2]", &Value::Array(vec![1.into(), 0.into()])),
        EncodeError::Element { .. }
    ));
    let pair = "STRUCT a : INT; b : BOOL; END_STRUCT";
    let of = |a: &str, b: Value| Value::Struct(vec![(a.into(), 1.into()), ("b".into(), b)]);
    assert!(matches!(encode(pair, &of("x", true.into())), EncodeError::Member { .. }));
    assert!(matches!(encode(pair, &Value::Struct(vec![])), EncodeError::Member { .. }));
    assert_eq!(
        encode(pair, &of("a", 1.into())).to_string(),
        "member b: a value of type DINT cannot be written to a BOOL"
    );
    let early = Civil::new(1989, 12, 31).unwrap();
    assert!(matches!(encode("DT", &Value::DateAndTime(early)), EncodeError::Time { .. }));
    assert!(matches!(encode("LDT", &Value::Dtl(Civil::new(2500, 1, 1).unwrap())), EncodeError::Time { .. }));
    let fine = Civil::new(2000, 1, 1).unwrap().with_time(0, 0, 0, 1).unwrap();
    assert!(matches!(
        encode("DT", &Value::Dtl(fine)),
        EncodeError::Time { why: TimeError::Resolution { .. }, .. }
    ));
    let place = Type::Int.encode_into(&Value::Int(1), &mut [0], 0, Options::default());
    assert_eq!(place, Err(EncodeError::Place { need: 16, bit: 0, got: 1 }));
    assert!(Type::Int.encode_into(&Value::Int(1), &mut [0; 4], 1, Options::default()).is_err());
}

use super::super::time::{Civil, S5Time, civil_from_days, days_from_civil, month_days, weekday};
use super::*;

/// Octets decode to the value, the value encodes to the octets (behind what is there), and its text is the literal.
#[track_caller]
fn golden(of: &str, octets: &str, literal: &str, value: Value) {
    let (of, octets) = (ty(of), hex(octets));
    assert_eq!(of.size(), octets.len(), "{of}");
    assert_eq!(of.decode(&octets), Ok(value.clone()), "{of}");
    let mut out = vec![0xa5; 3];
    of.encode(&value, &mut out).unwrap();
    assert_eq!(out, [&[0xa5; 3][..], &octets].concat(), "{of}");
    assert_eq!(value.to_string(), literal);
    assert_eq!(of.parse(literal), Ok(value));
}

fn moment(nano: u32) -> Civil {
    Civil::new(2014, 8, 20).unwrap().with_time(11, 59, 43, nano).unwrap()
}

#[test]
fn numbers() {
    golden("BOOL", "01", "TRUE", Value::Bool(true));
    golden("BYTE", "ff", "16#FF", Value::Byte(255));
    // Read answers of an S7-1200 (wire reference, 3.2).
    golden("WORD", "a5b8", "16#A5B8", Value::Word(0xa5b8));
    golden("INT", "f688", "-2424", Value::Int(-2424));
    golden("REAL", "40490fdc", "3.141593", Value::Real(f32::from_bits(0x4049_0fdc)));
    golden("DWORD", "0000002a", "16#0000002A", Value::DWord(42));
    golden("LWORD", "00000000 0000002a", "16#000000000000002A", Value::LWord(42));
    golden("SINT", "80", "-128", Value::SInt(-128));
    golden("USINT", "80", "128", Value::USInt(128));
    golden("UINT", "ffff", "65535", Value::UInt(65535));
    golden("DINT", "80000000", "-2147483648", Value::DInt(i32::MIN));
    golden("UDINT", "80000000", "2147483648", Value::UDInt(1 << 31));
    golden("LINT", "80000000 00000000", "-9223372036854775808", Value::LInt(i64::MIN));
    golden("ULINT", "ffffffff ffffffff", "18446744073709551615", Value::ULInt(u64::MAX));
    golden("REAL", "7f800000", "inf", Value::Real(f32::INFINITY));
    golden("LREAL", "3ff80000 00000000", "1.5", Value::LReal(1.5));
    golden("COUNTER", "0042", "C#42", Value::Counter(42));
}

#[test]
fn times() {
    golden("DATE", "0000", "D#1990-01-01", Value::Date(0));
    golden("DATE", "ffff", "D#2169-06-06", Value::Date(65535));
    golden("TIME", "05265bff", "T#23h59m59s999ms", Value::Time(86_399_999));
    golden("TIME", "80000000", "T#-24d20h31m23s648ms", Value::Time(i32::MIN));
    golden("TIME", "00000000", "T#0ms", Value::Time(0));
    golden("LTIME", "ffffffff ffffffff", "LT#-1ns", Value::LTime(-1));
    golden("TIME_OF_DAY", "05265bff", "TOD#23:59:59.999", Value::Tod(86_399_999));
    golden("LTOD", "00000000 3b9aca01", "LTOD#00:00:01.000000001", Value::LTod(1_000_000_001));
    // Clock of an S7-300 (wire reference, 7): 2014-08-20 was a Wednesday.
    golden("DT", "1408201159439124", "DT#2014-08-20-11:59:43.912", Value::DateAndTime(moment(912_000_000)));
    golden(
        "DTL",
        "07de 08 14 04 0b 3b 2b 365c0401",
        "DTL#2014-08-20-11:59:43.912000001",
        Value::Dtl(moment(912_000_001)),
    );
    golden("LDT", "00000000 00000001", "LDT#1970-01-01-00:00:00.000000001", Value::Ldt(1));
    golden("S5TIME", "3999", "S5T#2h46m30s", Value::S5Time(S5Time::new(3, 999).unwrap()));
    golden("TIMER", "0210", "S5T#2s100ms", Value::Timer(S5Time::new(0, 210).unwrap()));
}

#[test]
fn texts() {
    golden("CHAR", "48", "'H'", Value::Char('H'));
    golden("CHAR", "80", "'€'", Value::Char('€'));
    golden("WCHAR", "0077", "WCHAR#'w'", Value::WChar('w'));
    golden("STRING[6]", "06 04 6875727a 0000", "'hurz'", Value::String("hurz".into()));
    golden("WSTRING[3]", "0003 0002 0061 20ac 0000", "WSTRING#'a€'", Value::WString("a€".into()));
    golden("WSTRING[2]", "0002 0002 d83d de00", "WSTRING#'😀'", Value::WString("😀".into()));
    golden("STRING[3]", "03 03 240a27", "'$$$L$''", Value::String("$\n'".into()));
}

#[test]
fn many() {
    golden("BYTE[3]", "01ff00", "[16#01, 16#FF, 16#00]", Value::Bytes(vec![1, 255, 0]));
    golden("INT[2]", "0001fffe", "[1, -2]", Value::Array(vec![Value::Int(1), Value::Int(-2)]));
    let words = vec![Value::String("a".into()), Value::String(alloc::string::String::new())];
    golden("STRING[1][2]", "01 01 61 00 01 00 00 00", "['a', '']", Value::Array(words));
    let bits: Vec<_> = [true, false, true].into_iter().map(Value::Bool).collect();
    golden("BOOL[3]", "05", "[TRUE, FALSE, TRUE]", Value::Array(bits.clone()));
    golden("ARRAY[0..0, 1..3] OF BOOL", "05", "[TRUE, FALSE, TRUE]", Value::Array(bits.clone()));
    // Each row starts an octet.
    let rows = [bits.clone(), bits].concat();
    golden("ARRAY[1..2, 1..3] OF BOOL", "0505", "[TRUE, FALSE, TRUE, TRUE, FALSE, TRUE]", Value::Array(rows));
    let members = vec![("on".into(), Value::Bool(true)), ("my n".into(), Value::Int(-1))];
    let value = Value::Struct(members);
    golden("STRUCT on : BOOL; \"my n\" : INT; END_STRUCT", "0100ffff", "(on := TRUE, \"my n\" := -1)", value);
}

#[test]
fn bits_start_anywhere_and_leave_the_others() {
    let three = ty("BOOL[3]");
    let value = three.decode_at(&[0b1000_0000, 0b0000_0010], 7, Options::default()).unwrap();
    assert_eq!(value.to_string(), "[TRUE, FALSE, TRUE]");
    let mut area = [0xff, 0x00, 0xa5];
    three.encode_into(&three.parse("[0, 1, 0]").unwrap(), &mut area, 7, Options::default()).unwrap();
    assert_eq!(area, [0x7f, 0x01, 0xa5]);
    Type::Bool.encode_into(&Value::Bool(true), &mut area, 7, Options::default()).unwrap();
    assert_eq!(area, [0xff, 0x01, 0xa5]);
    Type::Int.encode_into(&Value::Int(1), &mut area, 0, Options::default()).unwrap();
    assert_eq!(area, [0x00, 0x01, 0xa5]);
}

#[test]
fn a_text_is_written_behind_the_maximum_of_the_cpu() {
    let mut area = hex("14 02 6869 7878");
    let declared = Type::String(254).declared_by(&area).unwrap();
    assert_eq!(declared, Type::String(20));
    let mut body = Vec::new();
    declared.encode_body(&Value::from("oké"), Options::default(), &mut body).unwrap();
    let at = declared.body_offset().unwrap();
    area[at..at + body.len()].copy_from_slice(&body);
    assert_eq!(area, hex("14 03 6f6be9 78"));
    let mut wide = Vec::new();
    Type::WString(2).encode_body(&Value::from("é"), Options::default(), &mut wide).unwrap();
    assert_eq!((wide, Type::WString(2).body_offset()), (hex("0001 00e9"), Some(2)));
    assert_eq!(Type::WString(9).declared_by(&[0, 5]), Some(Type::WString(5)));
}

#[test]
fn encodings_and_cutting() {
    let encode = |of: Type, text: &str, encoding, truncate| {
        let mut out = Vec::new();
        of.encode_with(&Value::from(text), Options { encoding, truncate }, &mut out).map(|()| out)
    };
    assert_eq!(encode(Type::String(2), "é€", Encoding::Windows1252, false), Ok(hex("02 02 e9 80")));
    assert_eq!(encode(Type::String(2), "é", Encoding::Utf8, false), Ok(hex("02 02 c3 a9")));
    assert_eq!(encode(Type::String(2), "aé", Encoding::Utf8, true), Ok(hex("02 01 61 00")));
    assert_eq!(encode(Type::String(1), "é", Encoding::Latin1, false), Ok(hex("01 01 e9")));
    assert_eq!(encode(Type::String(2), "abc", Encoding::Ascii, true), Ok(hex("02 02 6162")));
    assert_eq!(encode(Type::WString(2), "a😀", Encoding::Ascii, true), Ok(hex("0002 0001 0061 0000")));
    // Each octet is a character of the two that have 256.
    let all: Vec<u8> = (0..=255).collect();
    for encoding in [Encoding::Windows1252, Encoding::Latin1] {
        let (text, mut back) = (encoding.decode(&all).unwrap(), Vec::new());
        encoding.encode(&text, &mut back).unwrap();
        assert_eq!(back, all);
    }
}

#[test]
fn numbers_of_other_types_fit_or_fail() {
    let encode = |of: Type, value: Value| {
        let mut out = Vec::new();
        of.encode(&value, &mut out).map(|()| out)
    };
    assert_eq!(encode(Type::Byte, Value::LInt(200)), Ok(vec![200]));
    assert_eq!(encode(Type::Int, Value::LInt(-2)), Ok(vec![0xff, 0xfe]));
    assert_eq!(encode(Type::Real, Value::LReal(0.1)), Ok(0.1f32.to_be_bytes().to_vec()));
    assert_eq!(encode(Type::Real, Value::Int(3)), Ok(3f32.to_be_bytes().to_vec()));
    assert_eq!(encode(ty("INT[2]"), Value::Bytes(vec![1, 2])), Ok(vec![0, 1, 0, 2]));
    assert_eq!(encode(ty("BYTE[2]"), Value::Array(vec![5.into(), 6.into()])), Ok(vec![5, 6]));
    assert_eq!(encode(Type::Counter, Value::Int(987)), Ok(vec![9, 0x87]));
}

#[test]
fn a_wrong_weekday_or_none_is_no_error() {
    let value = Type::DateAndTime.decode(&hex("1408201159330400")).unwrap();
    assert_eq!(value.to_string(), "DT#2014-08-20-11:59:33.04");
    assert!(Type::Dtl.decode(&hex("07de 08 14 00 0b 3b 2b 00000000")).is_ok());
    let old = Type::DateAndTime.decode(&hex("9001010000000000")).unwrap();
    assert_eq!(old.to_string(), "DT#1990-01-01-00:00:00");
}

#[test]
fn the_calendar() {
    assert_eq!((days_from_civil(1970, 1, 1), days_from_civil(1990, 1, 1)), (0, i64::from(time::DATE_EPOCH)));
    let mut days = days_from_civil(1600, 1, 1);
    for year in 1600..=2600 {
        for month in 1..=12 {
            for day in 1..=month_days(year, month) {
                assert_eq!(days_from_civil(year, month, day), days);
                assert_eq!(civil_from_days(i32::try_from(days).unwrap()), (year, month, day));
                days += 1;
            }
        }
    }
    assert_eq!((weekday(0), weekday(-4), weekday(days_from_civil(2026, 11, 21))), (5, 1, 7));
    for extreme in [i64::MIN, -1, 0, i64::MAX] {
        assert_eq!(Civil::from_unix_nanos(extreme).unix_nanos(), Ok(extreme));
    }
    let _ = (
        civil_from_days(i32::MIN),
        civil_from_days(i32::MAX),
        days_from_civil(i32::MIN, 0, 0),
        weekday(i64::MIN),
    );
}

#[test]
fn conversions_lose_nothing() {
    assert_eq!(i8::try_from(Value::UInt(127)), Ok(127));
    assert!(i8::try_from(Value::UInt(128)).is_err());
    assert!(u8::try_from(Value::Bool(true)).is_err());
    assert_eq!(f32::try_from(Value::LReal(0.5)), Ok(0.5));
    assert!(f32::try_from(Value::LReal(0.1)).is_err());
    assert!(f32::try_from(Value::DInt((1 << 24) + 1)).is_err());
    assert!(f64::try_from(Value::ULInt(u64::MAX)).is_err());
    assert_eq!(Value::from(vec![1u8]).to_vec::<u64>(), Ok(vec![1]));
    assert_eq!(alloc::string::String::try_from(Value::from("a")).as_deref(), Ok("a"));
    assert_eq!(Value::from(2.5f64).type_of(), Some(Type::LReal));
    assert_eq!(Value::Array(vec![]).type_of(), None);
    assert_eq!(Value::Array(vec![1u8.into(), 1i8.into()]).type_of(), None);
    assert_eq!(Value::Array(vec![1u8.into(); 2]).type_of(), Some(ty("USINT[2]")));
    assert_eq!(Value::from("a").type_of(), Some(Type::String(254)));
}

//! Every type of the CPU as value of the wire: each row of the table of soft data types, and what two other clients write.
use hepta_proto::data::time::{Civil, S5Time};
use hepta_proto::data::{Handle, Options, Struct, System, Type, Value};
use hepta_proto::plus::lists::SoftType;
use hepta_proto::plus::typed::{self, DecodeError, Layout};
use hepta_proto::plus::value::{Data, Packed, Structs};
use hepta_proto::plus::{self, ValueType};
use hepta_proto::wire::{Reader, Wire};
use std::collections::BTreeSet;

fn vectors(list: &str) -> Vec<(String, String)> {
    let file: serde_json::Value = serde_json::from_str(include_str!("plus/objects.json")).unwrap();
    let list = file[list].as_object().unwrap().iter();
    list.map(|(name, hex)| (name.clone(), hex.as_str().unwrap().to_owned())).collect()
}
fn wire(hex: &str) -> plus::Value {
    let octets: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let mut r = Reader::new(&octets);
    let value = plus::Value::read(&mut r).unwrap();
    r.end("rest").unwrap();
    value
}
fn hex(value: &plus::Value) -> String {
    let mut out = vec![];
    value.write(&mut out);
    out.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}
fn encode(ty: &Type, value: &Value) -> plus::Value {
    typed::encode(ty, value, Options::default()).unwrap()
}
fn decode(ty: &Type, value: &plus::Value) -> Result<Value, DecodeError> {
    typed::decode(ty, value, Options::default())
}
fn moment(year: u16, month: u8, day: u8, time: (u8, u8, u8), nano: u32) -> Civil {
    Civil::new(year, month, day).unwrap().with_time(time.0, time.1, time.2, nano).unwrap()
}
fn array(element: Type, n: u32) -> Type {
    Type::array_of(element, n).unwrap()
}

/// What a name of the vectors means.
fn named(name: &str) -> (Type, Value) {
    let dtl = moment(2008, 10, 25, (8, 12, 34), 567_000_000);
    let of = |values: &[Value]| Value::Array(values.to_vec());
    match name {
        "Bool true" => (Type::Bool, Value::Bool(true)),
        "Char A" => (Type::Char, Value::Char('A')),
        "WChar e-acute" => (Type::WChar, Value::WChar('é')),
        "Date 2024-02-29" => (Type::Date, Value::Date(12_477)),
        "TOD 12:13:14.123" => (Type::Tod, Value::Tod(43_994_123)),
        "Time -1ms" => (Type::Time, Value::Time(-1)),
        "S5Time 999/base1" | "S5Time 99.9s" => (Type::S5Time, Value::S5Time(S5Time::new(1, 999).unwrap())),
        "S5Time 9990s" => (Type::S5Time, Value::S5Time(S5Time::new(3, 999).unwrap())),
        "DT 2023-10-28-23:58:59.123" => {
            (Type::DateAndTime, Value::DateAndTime(moment(2023, 10, 28, (23, 58, 59), 123_000_000)))
        }
        "String[10] Hello" => (Type::String(10), Value::from("Hello")),
        "String[10] Hi" => (Type::String(10), Value::from("Hi")),
        "WString[5] ab" => (Type::WString(5), Value::WString("ab".into())),
        "WString[5] x" => (Type::WString(5), Value::WString("x".into())),
        // The name says of these octets that they are the first and last of more; they are a text of five.
        "String default len Hi (first/last bytes)" => (Type::String(5), Value::from("Hi")),
        "LTime -1ns" => (Type::LTime, Value::LTime(-1)),
        "LTOD 1ns" => (Type::LTod, Value::LTod(1)),
        "LDT 2008-10-25-08:12:34.567" => (Type::Ldt, Value::Ldt(dtl.unix_nanos().unwrap())),
        "DTL 2008-10-25-08:12:34.567" => (Type::Dtl, Value::Dtl(dtl)),
        "LInt min" => (Type::LInt, Value::LInt(i64::MIN)),
        "ULInt max" => (Type::ULInt, Value::ULInt(u64::MAX)),
        "LWord" => (Type::LWord, Value::LWord(0x0102_0304_0506_0708)),
        "DWord" => (Type::DWord, Value::DWord(0xdead_beef)),
        "UDInt" | "UDInt 300" => (Type::UDInt, Value::UDInt(300)),
        "SInt -5" => (Type::SInt, Value::SInt(-5)),
        "DInt -100000" => (Type::DInt, Value::DInt(-100_000)),
        "Bool[3]" => (array(Type::Bool, 3), of(&[true, false, true].map(Value::Bool))),
        "Int[3]" => (array(Type::Int, 3), of(&[1, -2, 3].map(Value::Int))),
        "DInt[2]" => (array(Type::DInt, 2), of(&[1, -2].map(Value::DInt))),
        "StringArray" => (array(Type::String(4), 2), of(&["ab", "c"].map(Value::from))),
        other => panic!("{other}: what is it?"),
    }
}

/// Where our octets are not those of the C# client, and why.
fn on_purpose(name: &str, theirs: &str) -> String {
    match name {
        // The weekday, which that client leaves 0: a Saturday.
        "DT 2023-10-28-23:58:59.123" => theirs.strip_suffix('0').unwrap().to_owned() + "7",
        "DTL 2008-10-25-08:12:34.567" => theirs.replace("07d80a1900", "07d80a1907"),
        // All units of the declared length: some CPUs refuse fewer.
        "WString[5] ab" => "10030700050002".to_owned() + "00610062" + &"0".repeat(12),
        // CPUs want bits in multiples of eight.
        "Bool[3]" => "1001080100010000000000".to_owned(),
        _ => theirs.to_owned(),
    }
}

#[test]
fn what_the_csharp_client_writes() {
    let mut seen = 0;
    for (name, octets) in vectors("written") {
        let Some(name) = name.strip_prefix("csharp ") else { continue };
        seen += 1;
        let (ty, value) = named(name);
        assert_eq!(decode(&ty, &wire(&octets)).unwrap(), value, "{name}");
        assert_eq!(hex(&encode(&ty, &value)), on_purpose(name, &octets), "{name}");
    }
    assert_eq!(seen, 25);
}

#[test]
fn what_the_python_client_writes() {
    let mut seen = 0;
    for (name, octets) in vectors("written") {
        let Some(name) = name.strip_prefix("python ") else { continue };
        seen += 1;
        let (ty, value) = named(name);
        assert_eq!(decode(&ty, &wire(&octets)).unwrap(), value, "{name}");
    }
    assert_eq!(seen, 18);
}

/// The example that all clients were run with: LID path, type, value.
#[test]
fn the_example() {
    let dtl = moment(2024, 2, 29, (12, 34, 56), 123_456_789);
    let reals = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
    let known = |path: &str| -> (Type, Value) {
        match path {
            "9" => (Type::Bool, Value::Bool(true)),
            "A" => (Type::Byte, Value::Byte(0xab)),
            "B" => (Type::Int, Value::Int(-1234)),
            "C" => (Type::DInt, Value::DInt(-100_000)),
            "D" => (Type::Real, Value::Real(1.5)),
            "E" => (Type::LReal, Value::LReal(-2.25)),
            "F" => (Type::String(10), Value::from("Hello")),
            "10" => (Type::WString(5), Value::WString("aä€".into())),
            "11" => (array(Type::Int, 3), Value::Array([10, -20, 30].map(Value::Int).into())),
            "12" => (
                Type::array(Type::Real, [0..=1, 0..=2]).unwrap(),
                Value::Array(reals.map(Value::Real).into()),
            ),
            "13/9" => (Type::Bool, Value::Bool(false)),
            "13/A" => (Type::Int, Value::Int(7)),
            "14" => (Type::Dtl, Value::Dtl(dtl)),
            "14/1" => (Type::UInt, Value::UInt(2024)),
            "14/8" => (Type::UDInt, Value::UDInt(123_456_789)),
            "14/2" | "14/3" | "14/4" | "14/5" | "14/6" | "14/7" => {
                let part = [2, 29, 5, 12, 34, 56][path[3..].parse::<usize>().unwrap() - 2];
                (Type::USInt, Value::USInt(part))
            }
            "11/0" => (Type::Int, Value::Int(10)),
            "11/1" => (Type::Int, Value::Int(-20)),
            "11/2" => (Type::Int, Value::Int(30)),
            _ => {
                let at: usize = path.strip_prefix("12/").unwrap().parse().unwrap();
                (Type::Real, Value::Real(reals[at]))
            }
        }
    };
    for (path, octets) in vectors("values") {
        if path == "1" {
            continue; // what describes the block, no variable
        }
        let (ty, value) = known(&path);
        assert_eq!(decode(&ty, &wire(&octets)).unwrap(), value, "{path}");
        assert_eq!(hex(&encode(&ty, &value)), octets, "{path}");
    }
}

/// Soft data type, its octets in a block, what it is on the wire, whether it is an array there: all that have values.
const TABLE: [(u8, usize, ValueType, bool); 73] = [
    (1, 1, ValueType::Bool, false),
    (2, 1, ValueType::Byte, false),
    (3, 1, ValueType::USInt, false),
    (4, 2, ValueType::Word, false),
    (5, 2, ValueType::Int, false),
    (6, 4, ValueType::DWord, false),
    (7, 4, ValueType::DInt, false),
    (8, 4, ValueType::Real, false),
    (9, 2, ValueType::UInt, false),
    (10, 4, ValueType::UDInt, false),
    (11, 4, ValueType::DInt, false),
    (12, 2, ValueType::Word, false),
    (14, 8, ValueType::USInt, true),
    (19, 12, ValueType::USInt, true),
    (20, 6, ValueType::USInt, true),
    (22, 10, ValueType::USInt, true),
    (23, 2, ValueType::UInt, false),
    (24, 2, ValueType::UInt, false),
    (28, 2, ValueType::UInt, false),
    (29, 2, ValueType::UInt, false),
    (40, 1, ValueType::Bool, false),
    (48, 8, ValueType::LReal, false),
    (49, 8, ValueType::ULInt, false),
    (50, 8, ValueType::LInt, false),
    (51, 8, ValueType::LWord, false),
    (52, 1, ValueType::USInt, false),
    (53, 2, ValueType::UInt, false),
    (54, 4, ValueType::UDInt, false),
    (55, 1, ValueType::SInt, false),
    (61, 2, ValueType::UInt, false),
    (62, 24, ValueType::UInt, true),
    (64, 8, ValueType::Timespan, false),
    (65, 8, ValueType::ULInt, false),
    (66, 8, ValueType::Timestamp, false),
    (67, 12, ValueType::Struct, false),
    (96, 10, ValueType::USInt, true),
    (128, 4, ValueType::DWord, false),
    (129, 4, ValueType::DWord, false),
    (130, 4, ValueType::DWord, false),
    // The table gives no octets for these two; they are numbers of 32 bits.
    (132, 4, ValueType::DWord, false),
    (133, 4, ValueType::DWord, false),
    (134, 4, ValueType::DWord, false),
    (144, 2, ValueType::Word, false),
    (145, 2, ValueType::Word, false),
    (146, 2, ValueType::Word, false),
    (147, 2, ValueType::Word, false),
    (148, 2, ValueType::Word, false),
    (149, 2, ValueType::Word, false),
    (150, 2, ValueType::Word, false),
    (151, 2, ValueType::Word, false),
    (152, 2, ValueType::Word, false),
    (153, 2, ValueType::Word, false),
    (154, 2, ValueType::Word, false),
    (155, 2, ValueType::Word, false),
    (156, 2, ValueType::Word, false),
    (160, 2, ValueType::Int, false),
    (161, 2, ValueType::Int, false),
    (162, 2, ValueType::Int, false),
    (163, 2, ValueType::Int, false),
    (164, 2, ValueType::Int, false),
    (168, 2, ValueType::Word, false),
    (169, 2, ValueType::Word, false),
    (170, 2, ValueType::Word, false),
    (171, 4, ValueType::DWord, false),
    (173, 2, ValueType::UInt, false),
    (174, 2, ValueType::UInt, false),
    (175, 2, ValueType::UInt, false),
    (192, 2, ValueType::Int, false),
    (193, 2, ValueType::Int, false),
    (195, 2, ValueType::Int, false),
    (196, 2, ValueType::Int, false),
    (197, 2, ValueType::Int, false),
    (208, 2, ValueType::UInt, false),
];

#[test]
fn every_row_of_the_table() {
    let like_208 = [(209, 2, ValueType::UInt, false), (210, 2, ValueType::UInt, false)];
    let mut leaves = BTreeSet::new();
    for (soft, size, on_wire, many) in TABLE.into_iter().chain(like_208) {
        assert!(leaves.insert(soft), "{soft} twice");
        let ty = typed::of_soft(SoftType(soft), 10).unwrap_or_else(|| panic!("{soft} is no type"));
        assert_eq!(ty.size(), size, "{soft} {ty}");
        // What all octets that are a value are, by the classic layout.
        let mut octets = vec![1; size];
        match ty {
            Type::String(_) => octets[..2].copy_from_slice(&[10, 3]),
            Type::WString(_) => octets[..4].copy_from_slice(&[0, 10, 0, 3]),
            Type::DateAndTime => octets[0] = 0x24,
            Type::Dtl => octets[..2].copy_from_slice(&2024u16.to_be_bytes()),
            Type::Tod | Type::LTod => octets[0] = 0,
            _ => {}
        }
        let octets = if ty == Type::LTod { vec![0, 0, 1, 1, 1, 1, 1, 1] } else { octets };
        let value = ty.decode(&octets).unwrap_or_else(|e| panic!("{soft} {ty}: {e}"));
        let made = encode(&ty, &value);
        assert_eq!((made.ty(), matches!(made.data(), Data::Array(_))), (on_wire, many), "{soft} {ty}");
        assert_eq!(decode(&ty, &made).as_ref(), Ok(&value), "{soft} {ty}");
        // The same octets by any way that has them: as memory has them, and as an emulated CPU puts them into a blob.
        assert_eq!(typed::value(&ty, Layout::Standard, &octets, 0).map(|v| v.ty()), Some(on_wire), "{soft}");
        assert_eq!(decode(&ty, &plus::Value::blob(octets.clone())).as_ref(), Ok(&value), "{soft} {ty}");
        // Another kind is no value of it: the program has changed.
        let other = if on_wire == ValueType::Real { Data::LReal(0.0) } else { Data::Real(0.0) };
        assert_eq!(decode(&ty, &other.into()), Err(DecodeError::Kind(ty.clone())), "{soft} {ty}");
        // Many of it, as one value or, of what has none, one by one.
        let (many, all) = (array(ty.clone(), 3), vec![value.clone(); 3]);
        let all = match (&ty, &value) {
            (Type::Byte, Value::Byte(n)) => Value::Bytes(vec![*n; 3]),
            _ => Value::Array(all),
        };
        if ty == Type::Dtl {
            assert!(typed::encode(&many, &all, Options::default()).is_err());
        } else {
            let made = encode(&many, &all);
            assert_eq!((made.ty(), decode(&many, &made)), (on_wire, Ok(all)), "{many}");
        }
        // Soft data types come back, but for the two of a bit.
        if soft != 40 {
            assert_eq!(typed::soft(&ty, Layout::Standard), SoftType(soft));
        }
        assert_eq!(Handle::of(soft).is_some(), matches!(ty, Type::Handle(_)));
    }
    let others: Vec<u8> = (0..=255).filter(|soft| !leaves.contains(soft)).collect();
    for soft in &others {
        assert_eq!(typed::of_soft(SoftType(*soft), 10), None, "{soft}");
    }
    assert_eq!(others.len(), 256 - 75);
}

#[test]
fn arrays_of_the_other_clients_are_no_values_of_variables() {
    for (name, octets) in vectors("arrays") {
        for ty in [Type::Int, Type::String(10), Type::Dtl, array(Type::Int, 2), array(Type::Dtl, 2)] {
            assert_eq!(decode(&ty, &wire(&octets)), Err(DecodeError::Kind(ty.clone())), "{name}");
        }
    }
}

#[test]
fn packed_structs_carry_the_time_of_their_interface() {
    let dtl = Value::Dtl(moment(2024, 2, 29, (12, 34, 56), 123_456_789));
    let made = encode(&Type::Dtl, &dtl);
    assert_eq!(typed::stamp(&made), Some(0x10ff_4ad6_dfd5_774c));
    let of_cpu = typed::stamped(made.clone(), 0x17a1_b2c3_d4e5_f600);
    assert_eq!(typed::stamp(&of_cpu), Some(0x17a1_b2c3_d4e5_f600));
    assert_eq!(decode(&Type::Dtl, &of_cpu), Ok(dtl.clone()));
    assert_eq!(typed::stamped(of_cpu, 0x10ff_4ad6_dfd5_774c), made);
    assert_eq!(typed::stamped(plus::Value::from(5u8), 7), plus::Value::from(5u8));
    assert_eq!(typed::stamp(&plus::Value::from(5u8)), None);

    // A timer of IEC 61131-3, in the classic layout: what is optimised is read member by member.
    let timer = Type::Struct(System::IecTimer.members());
    let members: [(&str, Value); 4] = [
        ("PT", Value::Time(5)),
        ("ET", Value::Time(-1)),
        ("IN", Value::Bool(true)),
        ("Q", Value::Bool(false)),
    ];
    let value = Value::Struct(members.map(|(name, value)| (name.into(), value)).into());
    let made = encode(&timer, &value);
    assert_eq!(hex(&made), "00170200001f0000000000000000030a00000005ffffffff0100");
    assert_eq!(decode(&timer, &made), Ok(value));
    let packed = |id, transport, octets: &[u8]| {
        let packed = Packed { timestamp: 1, transport, first_count: None, octets: octets.to_vec() };
        plus::Value::new(Data::Struct(plus::value::Struct::packed(id, packed)))
    };
    for other in
        [packed(0x0200_001e, 3, &[0; 10]), packed(0x0200_001f, 2, &[0; 10]), packed(0x0200_001f, 3, &[0; 9])]
    {
        assert_eq!(decode(&timer, &other), Err(DecodeError::Kind(timer.clone())));
    }
    // A UDT has its own id; the length is what tells.
    let udt = Type::Struct(Struct::new([("a", Type::Int)]).unwrap());
    let value = Value::Struct(vec![("a".into(), Value::Int(258))]);
    assert_eq!(decode(&udt, &packed(0x9100_0003, 3, &[1, 2])), Ok(value));
}

#[test]
fn arrays_of_dtl() {
    let (one, two) = (moment(2024, 2, 29, (1, 2, 3), 4), moment(1970, 1, 1, (0, 0, 0), 0));
    let ty = array(Type::Dtl, 2);
    let mut octets = vec![];
    ty.encode(&Value::Array(vec![Value::Dtl(one), Value::Dtl(two)]), &mut octets).unwrap();
    let packed = |octets: &[u8]| {
        let packed = Packed { timestamp: 1, transport: 2, first_count: None, octets: octets.to_vec() };
        plus::value::Struct::packed(0x0200_0043, packed)
    };
    let array = |structs| plus::Value::new(Data::Array(plus::value::Array::Struct(structs)));
    let values = Ok(Value::Array(vec![Value::Dtl(one), Value::Dtl(two)]));
    assert_eq!(decode(&ty, &array(Structs::Packed(packed(&octets)))), values);
    let both = octets.chunks(12).map(packed).collect();
    assert_eq!(decode(&ty, &array(Structs::CountFirst(both))), values);
    for short in [&octets[..12], &octets[..23], &[]] {
        let short = array(Structs::Packed(packed(short)));
        assert_eq!(decode(&ty, &short), Err(DecodeError::Kind(ty.clone())));
    }
}

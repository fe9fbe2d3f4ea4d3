//! Variables by name: what is asked for, and how answers become values again.
use hepta_proto::data::time::Civil;
use hepta_proto::data::{Options, Type, Value};
use hepta_proto::plus::tag::{Answer, Bits, Quality, Shape, Tag, Tags};
use hepta_proto::plus::tags::ItemError;
use hepta_proto::plus::value::{Array, Data, Packed, Struct};
use hepta_proto::plus::{self, ErrorCode, ItemAddress, ReturnValue, typed};
use proptest::prelude::*;
use std::collections::BTreeMap;

const REFUSED: ReturnValue = ReturnValue::of(ErrorCode::InvalidLID);

fn item(text: &str) -> ItemAddress {
    text.parse().unwrap()
}
fn tags<const N: usize>(shapes: [Shape; N]) -> Tags {
    let named = shapes.into_iter().enumerate().map(|(at, shape)| Ok(Tag::new(format!("DB.v{at}"), shape)));
    Tags::new(named, Options::default())
}
fn asked(tags: &Tags) -> Vec<String> {
    tags.items().iter().map(ToString::to_string).collect()
}
fn of(items: &[(&str, Value)]) -> Value {
    Value::Struct(items.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}
fn dtl(year: u16) -> Value {
    Value::Dtl(Civil::new(year, 2, 3).unwrap())
}
fn packed(value: &Value, modified: u64) -> plus::Value {
    typed::stamped(typed::encode(&Type::Dtl, value, Options::default()).unwrap(), modified)
}

/// What goes out, by address, and what does not.
type Sent = (Vec<(String, plus::Value)>, Vec<(usize, ItemError)>);

/// What a CPU has, by address; the rest it refuses.
#[derive(Default)]
struct Cpu(BTreeMap<String, plus::Value>);

impl Cpu {
    fn with(mut self, at: &str, value: impl Into<plus::Value>) -> Self {
        self.0.insert(at.into(), value.into());
        self
    }
    fn answers(&self, items: &[ItemAddress]) -> Vec<Answer> {
        items.iter().map(|item| self.0.get(&item.to_string()).cloned().ok_or(REFUSED)).collect()
    }
    /// As a driver reads.
    fn read(&self, tags: &mut Tags) -> Vec<Result<Value, ItemError>> {
        let mut answers = self.answers(tags.items());
        if let Some(mut look) = tags.probes(&answers) {
            loop {
                match tags.learn(&look, &self.answers(look.items())) {
                    Ok(again) => {
                        if again {
                            answers = self.answers(tags.items());
                        }
                        break;
                    }
                    Err(more) => look = more,
                }
            }
        }
        tags.readings(&answers).into_iter().map(|reading| reading.value).collect()
    }
    /// As a driver writes: what goes out, by address.
    fn write(&self, tags: &mut Tags, pairs: &[(usize, &Value)]) -> Sent {
        let mut look = tags.look(pairs.iter().map(|(at, _)| *at));
        while let Some(asked) = look {
            look = tags.learn(&asked, &self.answers(asked.items())).err();
        }
        let writes = tags.writes(pairs);
        let items = writes.items().iter().map(|(item, value)| (item.to_string(), value.clone())).collect();
        (items, writes.refused().to_vec())
    }
}

fn ints(list: &[i16]) -> plus::Value {
    Array::Int(list.to_vec()).into()
}

#[test]
fn values_and_why_there_are_none() {
    let mut tags = tags([
        Shape::value(item("8A0E0001.9#0FC53600"), Type::Bool),
        Shape::value(item("8A0E0001.B#B8A6149C"), Type::Int),
        Shape::value(item("8A0E0001.F"), Type::String(10)),
        Shape::value(item("8A0E0001.C"), Type::DInt),
    ]);
    assert_eq!(asked(&tags), ["8A0E0001.9#0FC53600", "8A0E0001.B#B8A6149C", "8A0E0001.F", "8A0E0001.C"]);
    let text = typed::encode(&Type::String(10), &Value::from("Hello"), Options::default()).unwrap();
    let cpu =
        Cpu::default().with("8A0E0001.9#0FC53600", true).with("8A0E0001.F", text).with("8A0E0001.C", 5i16);
    let answers = cpu.answers(tags.items());
    assert!(tags.probes(&answers).is_none());
    let readings = tags.readings(&answers);
    assert_eq!(readings[0].value, Ok(Value::Bool(true)));
    assert_eq!(readings[2].value, Ok(Value::from("Hello")));
    assert_eq!(readings[1].value, Err(ItemError::Refused(REFUSED)));
    let changed = readings[3].value.clone().unwrap_err();
    assert_eq!(changed.to_string(), "the CPU sent a value that is no DINT: has the program changed?");
    let quality: Vec<Quality> = readings.iter().map(|reading| reading.quality).collect();
    assert_eq!(quality, [Quality::Good, Quality::Bad, Quality::Good, Quality::Bad]);
    // Before anything came.
    let readings = tags.readings(&[]);
    assert!(readings.iter().all(|reading| reading.quality == Quality::WaitingForInitialData));
    assert_eq!(
        (Quality::Good.0, Quality::Bad.0, Quality(0x20).to_string()),
        (0xc0, 0, "WaitingForInitialData".into())
    );
    assert!(Quality(0xc4).is_good() && Quality::LastKnown.is_bad() && !Quality::Uncertain.is_bad());
    assert_eq!(Quality(0xff).to_string(), "Quality(0xff)");
}

#[test]
fn a_name_that_is_none_keeps_its_place() {
    let known = Tag::new("DB.a", Shape::value(item("8A0E0001.9"), Type::Bool));
    let mut tags = Tags::new([Err(("DB.x".into(), ItemError::NoTag)), Ok(known)], Options::default());
    assert_eq!((tags.len(), asked(&tags)), (2, vec!["8A0E0001.9".to_owned()]));
    let names: Vec<_> = tags.names().map(|(name, why)| (name.to_owned(), why.cloned())).collect();
    assert_eq!(names, [("DB.x".into(), Some(ItemError::NoTag)), ("DB.a".into(), None)]);
    let cpu = Cpu::default().with("8A0E0001.9", true);
    assert_eq!(cpu.read(&mut tags), [Err(ItemError::NoTag), Ok(Value::Bool(true))]);
    let (written, refused) =
        cpu.write(&mut tags, &[(0, &Value::Bool(true)), (1, &Value::Bool(false)), (7, &Value::Bool(true))]);
    assert_eq!(written, [("8A0E0001.9".into(), false.into())]);
    assert_eq!(refused, [(0, ItemError::NoTag), (2, ItemError::NoTag)]);
}

fn motor(n: u32) -> Shape {
    let lid = |lid: u32| ItemAddress::new(0x8a0e_0001, [0x13, n, 1, lid]);
    let ints = Type::array(Type::Int, [1..=2]).unwrap();
    Shape::Struct(vec![
        ("on".into(), Shape::value(lid(9), Type::Bool)),
        ("speeds".into(), Shape::value(lid(10), ints)),
    ])
}

#[test]
fn structs_and_arrays_of_them() {
    let mut tags =
        tags([Shape::Elements(vec![motor(0), motor(1)]), Shape::value(item("8A0E0001.9"), Type::Bool)]);
    assert_eq!(
        asked(&tags),
        ["8A0E0001.13.0.1.9", "8A0E0001.13.0.1.A", "8A0E0001.13.1.1.9", "8A0E0001.13.1.1.A", "8A0E0001.9"]
    );
    let cpu = Cpu::default()
        .with("8A0E0001.13.0.1.9", true)
        .with("8A0E0001.13.0.1.A", ints(&[1, 2]))
        .with("8A0E0001.13.1.1.9", false)
        .with("8A0E0001.13.1.1.A", ints(&[3, 4]))
        .with("8A0E0001.9", true);
    let speeds = |list: [i16; 2]| Value::Array(list.map(Value::Int).into());
    let one = of(&[("on", Value::Bool(true)), ("speeds", speeds([1, 2]))]);
    let two = of(&[("on", Value::Bool(false)), ("speeds", speeds([3, 4]))]);
    let both = Value::Array(vec![one.clone(), two.clone()]);
    assert_eq!(cpu.read(&mut tags), [Ok(both.clone()), Ok(Value::Bool(true))]);
    // The whole has a value only if all of it has, and what follows is not shifted.
    let mut less = Cpu(cpu.0.clone());
    less.0.remove("8A0E0001.13.0.1.9");
    assert_eq!(less.read(&mut tags), [Err(ItemError::Refused(REFUSED)), Ok(Value::Bool(true))]);

    let (written, refused) = cpu.write(&mut tags, &[(0, &both)]);
    assert!(refused.is_empty());
    let expected = [
        ("8A0E0001.13.0.1.9", true.into()),
        ("8A0E0001.13.0.1.A", ints(&[1, 2])),
        ("8A0E0001.13.1.1.9", false.into()),
        ("8A0E0001.13.1.1.A", ints(&[3, 4])),
    ];
    assert_eq!(written, expected.map(|(at, value)| (at.to_owned(), value)));
    // Nothing of what does not fit as a whole.
    for (bad, why) in [
        (Value::Array(vec![one.clone()]), "an array of as many elements as the variable is wanted"),
        (Value::Int(1), "an array of as many elements as the variable is wanted, and the value is a INT"),
        (
            Value::Array(vec![one.clone(), of(&[("on", Value::Bool(true))])]),
            "element 1, counted from 0: the struct has \"speeds\"",
        ),
        (
            Value::Array(vec![
                one.clone(),
                of(&[("on", Value::Bool(true)), ("speeds", speeds([1, 2])), ("x", Value::Int(1))]),
            ]),
            "where the value has \"x\"",
        ),
        (
            Value::Array(vec![one.clone(), of(&[("on", Value::Int(5)), ("speeds", speeds([1, 2]))])]),
            "member on: ",
        ),
        (
            Value::Array(vec![
                one.clone(),
                of(&[("on", Value::Bool(true)), ("speeds", Value::Array(vec![]))]),
            ]),
            "member speeds: ",
        ),
    ] {
        let (written, refused) = cpu.write(&mut tags, &[(0, &bad), (1, &Value::Bool(true))]);
        assert_eq!(written, [("8A0E0001.9".to_owned(), true.into())], "{bad:?}");
        let [(0, error)] = &refused[..] else { panic!("{refused:?}") };
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn arrays_that_the_cpu_does_not_give_whole() {
    let matrix = Type::array(Type::Int, [0..=1, 1..=2]).unwrap();
    let shapes = || {
        [
            Shape::value(item("8A0E0001.11#0000ABCD"), matrix.clone()),
            Shape::value(item("8A0E0001.9"), Type::Bool),
            Shape::value(item("8A0E0001.12"), Type::array_of(Type::Byte, 2).unwrap()),
            Shape::value(item("8A0E0001.14"), Type::array_of(Type::String(2), 2).unwrap()),
            Shape::value(item("8A0E0001.13"), matrix.clone()),
        ]
    };
    let mut tags = tags(shapes());
    let text = |text: &str| typed::encode(&Type::String(2), &Value::from(text), Options::default()).unwrap();
    let cpu = Cpu::default()
        .with("8A0E0001.11.0", 1i16)
        .with("8A0E0001.11.1", 2i16)
        .with("8A0E0001.11.2", 3i16)
        .with("8A0E0001.11.3", 4i16)
        .with("8A0E0001.9", true)
        .with("8A0E0001.12.0", Data::Byte(7))
        .with("8A0E0001.12.1", Data::Byte(8))
        .with("8A0E0001.14.0", text("a"))
        .with("8A0E0001.14.1", text("bc"));
    assert_eq!(tags.items().len(), 5);
    let values = [
        Ok(Value::Array([1, 2, 3, 4].map(Value::Int).into())),
        Ok(Value::Bool(true)),
        Ok(Value::Bytes(vec![7, 8])),
        Ok(Value::Array(vec![Value::from("a"), Value::from("bc")])),
        // Neither: refused as it was.
        Err(ItemError::Refused(REFUSED)),
    ];
    assert_eq!(cpu.read(&mut tags), values);
    // It is remembered, and nothing is asked for twice; also not what is refused either way.
    assert_eq!(tags.items().len(), 4 + 1 + 2 + 2 + 1);
    let answers = cpu.answers(tags.items());
    assert!(tags.probes(&answers).is_none());
    assert_eq!(cpu.read(&mut tags), values);
    let numbers = Value::Array([5, 6, 7, 8].map(Value::Int).into());
    let (written, refused) = cpu.write(&mut tags, &[(0, &numbers), (2, &Value::Bytes(vec![1, 2]))]);
    assert!(refused.is_empty());
    let addresses: Vec<_> = written.iter().map(|(at, _)| at.as_str()).collect();
    let elements = [
        "8A0E0001.11.0",
        "8A0E0001.11.1",
        "8A0E0001.11.2",
        "8A0E0001.11.3",
        "8A0E0001.12.0",
        "8A0E0001.12.1",
    ];
    assert_eq!(addresses, elements);
    assert_eq!((&written[3].1, &written[5].1), (&8i16.into(), &Data::Byte(2).into()));
    let (_, refused) = cpu.write(&mut tags, &[(0, &Value::Bytes(vec![1])), (2, &Value::Bool(true))]);
    assert_eq!(refused.len(), 2);

    // Who writes first finds out first, and what goes out as a whole stays one.
    let mut fresh = self::tags(shapes());
    let (written, _) = cpu.write(&mut fresh, &[(0, &numbers)]);
    assert_eq!(written.len(), 4);
    let cpu = cpu.with("8A0E0001.11#0000ABCD", ints(&[1, 2, 3, 4]));
    let mut fresh = self::tags(shapes());
    let (written, _) = cpu.write(&mut fresh, &[(0, &numbers)]);
    assert_eq!(written, [("8A0E0001.11#0000ABCD".to_owned(), ints(&[5, 6, 7, 8]))]);
    // What is known is not looked at again.
    assert!(fresh.look([0]).is_none());
    assert!(fresh.look([0, 4]).is_some());
}

#[test]
fn bits_in_rows() {
    let ty = Type::array(Type::Bool, [0..=1, 0..=4]).unwrap();
    let at = item("8A0E0001.11");
    let matrix = || {
        let Type::Array(array) = ty.clone() else { unreachable!() };
        Shape::Array { item: at.clone(), array, padded: true }
    };
    let mut padded = tags([matrix()]);
    let mut plain = tags([Shape::value(at.clone(), ty.clone())]);
    let bits = [true, false, true, false, true, false, true, true, false, false];
    let mut wide = Cpu::default();
    let mut tight = Cpu::default();
    for (n, bit) in bits.into_iter().enumerate() {
        wide = wide.with(&format!("8A0E0001.11.{:X}", n / 5 * 8 + n % 5), bit);
        tight = tight.with(&format!("8A0E0001.11.{n:X}"), bit);
    }
    let values = [Ok(Value::Array(bits.map(Value::Bool).into()))];
    assert_eq!(wide.read(&mut padded), values);
    assert_eq!(tight.read(&mut plain), values);
    // As a whole, with rows filled up and without.
    let octets =
        |rows: &[&[bool]]| plus::Value::from(Array::Bool(rows.concat().into_iter().map(u8::from).collect()));
    for all in [octets(&[&bits[..5], &[false; 3], &bits[5..], &[false; 3]]), octets(&[&bits])] {
        let mut padded = tags([matrix()]);
        assert_eq!(Cpu::default().with("8A0E0001.11", all).read(&mut padded), values);
    }
}

#[test]
fn interface_times_are_the_cpus() {
    let moments = Type::array_of(Type::Dtl, 2).unwrap();
    let shapes =
        || [Shape::value(item("8A0E0001.14"), Type::Dtl), Shape::value(item("8A0E0001.15"), moments.clone())];
    let mut fresh = tags(shapes());
    // Of an array one by one, behind a LID 1.
    assert_eq!(asked(&fresh), ["8A0E0001.14", "8A0E0001.15.0.1", "8A0E0001.15.1.1"]);
    let cpu = Cpu::default()
        .with("8A0E0001.14", packed(&dtl(2024), 77))
        .with("8A0E0001.15.0.1", packed(&dtl(2025), 77))
        .with("8A0E0001.15.1.1", packed(&dtl(2026), 77));
    let values = [Ok(dtl(2024)), Ok(Value::Array(vec![dtl(2025), dtl(2026)]))];
    assert_eq!(cpu.read(&mut fresh), values);
    assert!(fresh.look([0, 1]).is_none(), "known by reading");
    let (written, _) = cpu.write(&mut fresh, &[(0, &dtl(1999))]);
    assert_eq!(written, [("8A0E0001.14".to_owned(), packed(&dtl(1999), 77))]);
    // Not known: one of them is read first.
    let mut fresh = tags(shapes());
    assert_eq!(fresh.look([0, 1]).unwrap().items().len(), 1);
    let (written, _) = cpu.write(&mut fresh, &[(1, &Value::Array(vec![dtl(1999), dtl(2000)]))]);
    assert_eq!(written[1], ("8A0E0001.15.1.1".to_owned(), packed(&dtl(2000), 77)));
    // Attribute 529 will do, until something is read.
    let mut fresh = tags(shapes());
    fresh.stamp(typed::DTL.id, 55);
    assert!(fresh.look([0, 1]).is_none());
    let (written, _) = cpu.write(&mut fresh, &[(0, &dtl(1999))]);
    assert_eq!(typed::stamp(&written[0].1), Some(55));
    assert_eq!(cpu.read(&mut fresh), values);
    let (written, _) = cpu.write(&mut fresh, &[(0, &dtl(1999))]);
    assert_eq!(typed::stamp(&written[0].1), Some(77));
    // Another struct is none.
    let other = Packed { timestamp: 1, transport: 2, first_count: None, octets: vec![0; 12] };
    let other = Data::Struct(Struct::packed(0x0200_001f, other));
    let found = Cpu::default().with("8A0E0001.14", other).read(&mut fresh);
    assert!(matches!(found[0], Err(ItemError::Typed(typed::DecodeError::Kind(Type::Dtl)))));
}

#[test]
fn bits_of_values_are_read_alone() {
    let bits =
        |width, shift| Shape::Bits { item: item("8A0E0001.A"), ty: Type::DWord, bits: Bits { width, shift } };
    let mut tags = tags([bits(1, 31), bits(1, 30), bits(8, 8), bits(16, 16), bits(32, 0)]);
    let cpu = Cpu::default().with("8A0E0001.A", Data::DWord(0x8765_4321));
    let values = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Byte(0x43),
        Value::Word(0x8765),
        Value::DWord(0x8765_4321),
    ];
    assert_eq!(cpu.read(&mut tags), values.map(Ok));
    let (written, refused) = cpu.write(&mut tags, &[(0, &Value::Bool(true))]);
    assert_eq!((written.len(), refused), (0, vec![(0, ItemError::Bits)]));
}

proptest! {
    /// Whatever is answered to whatever was asked, in whatever number, nothing breaks, and each variable gets something.
    #[test]
    fn any_answers(kinds in proptest::collection::vec(0..6u8, 0..24), looks in 0..4u8) {
        let moments = Type::array_of(Type::Dtl, 2).unwrap();
        let matrix = Type::array(Type::Int, [0..=1, 1..=2]).unwrap();
        let mut tags = tags([
            Shape::Elements(vec![motor(0), motor(1)]),
            Shape::value(item("8A0E0001.15"), moments),
            Shape::value(item("8A0E0001.16"), matrix),
            Shape::value(item("8A0E0001.17"), Type::String(3)),
        ]);
        let answers: Vec<Answer> = kinds.iter().map(|kind| Ok(match kind {
            0 => return Err(REFUSED),
            1 => 5i16.into(),
            2 => ints(&[1, 2, 3, 4]),
            3 => packed(&dtl(2024), 9),
            4 => plus::Value::octets(vec![3, 9, 65]),
            _ => true.into(),
        })).collect();
        for _ in 0..looks {
            if let Some(look) = tags.probes(&answers).or_else(|| tags.look([0, 1, 2, 3, 4])) {
                let _ = tags.learn(&look, &answers);
            }
        }
        prop_assert_eq!(tags.readings(&answers).len(), 4);
        let value = Value::Array(vec![dtl(2024), Value::Int(1)]);
        let writes = tags.writes(&[(0, &value), (1, &value), (2, &value), (3, &value), (9, &value)]);
        prop_assert_eq!(writes.refused().len() , 5);
    }
}

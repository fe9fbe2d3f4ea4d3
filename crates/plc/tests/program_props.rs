//! What is written is read back, for each type in each layout, and no path or value breaks anything.
use hepta_plc::program::{DataBlock, Target, Var};
use hepta_plc::{Plc, Profile, Who, example};
use hepta_proto::data::{Struct, Type};
use hepta_proto::plus::typed::{self, Layout};
use hepta_proto::plus::{ItemAddress, Value};
use hepta_proto::wire::{Reader, Wire};
use proptest::prelude::*;

const SIMPLE: [Type; 28] = [
    Type::Bool,
    Type::Byte,
    Type::Word,
    Type::DWord,
    Type::LWord,
    Type::SInt,
    Type::USInt,
    Type::Int,
    Type::UInt,
    Type::DInt,
    Type::UDInt,
    Type::LInt,
    Type::ULInt,
    Type::Real,
    Type::LReal,
    Type::Char,
    Type::WChar,
    Type::Date,
    Type::Time,
    Type::LTime,
    Type::Tod,
    Type::LTod,
    Type::DateAndTime,
    Type::Ldt,
    Type::Dtl,
    Type::S5Time,
    Type::Timer,
    Type::Counter,
];

fn element() -> impl Strategy<Value = Type> {
    prop_oneof![
        8 => proptest::sample::select(SIMPLE.to_vec()),
        1 => (0u8..=254).prop_map(Type::String),
        1 => (0u16..=300).prop_map(Type::WString),
    ]
}

/// A type that has a value as a whole.
fn whole() -> impl Strategy<Value = Type> {
    let bounds = (-5i32..5, 0i32..9).prop_map(|(low, more)| low..=low + more);
    let array = (element(), proptest::collection::vec(bounds, 1..=3));
    let array = array.prop_filter("no value as a whole", |(element, _)| *element != Type::Dtl);
    // Twice in a block, which has 65,536 octets.
    let all =
        prop_oneof![element(), array.prop_map(|(element, bounds)| Type::array(element, bounds).unwrap())];
    all.prop_filter("too long", |ty| Layout::Optimised.size(ty) < 20_000 && ty.size() < 20_000)
}

/// A value of that type: any octets, but for the heads of texts.
fn value(ty: &Type, seed: &[u8]) -> Value {
    let layout = Layout::Optimised;
    let mut octets: Vec<u8> = seed.iter().copied().cycle().take(layout.size(ty)).collect();
    let stride = layout.stride(ty.element());
    for (part, seed) in octets.chunks_mut(stride).zip(seed.iter().cycle()) {
        match ty.element() {
            Type::Bool => part[0] &= 1,
            Type::String(max) => (part[0], part[1]) = (*max, (*seed).min(*max)),
            Type::WString(max) => {
                part[..2].copy_from_slice(&max.to_be_bytes());
                part[2..4].copy_from_slice(&u16::from(*seed).min(*max).to_be_bytes());
            }
            _ => {}
        }
    }
    typed::value(ty, layout, &octets, 0).unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    let mut out = vec![];
    value.write(&mut out);
    out
}

fn item(number: u32, lids: &[u32]) -> ItemAddress {
    ItemAddress::below(0x8a0e_0000 + number, 2550, lids)
}

proptest! {
    /// The second of three variables, so that what stands around it is seen, too; and inside a struct.
    #[test]
    fn written_is_read(ty in whole(), seed in proptest::collection::vec(any::<u8>(), 1..64)) {
        let plc = Plc::new(Profile::lab());
        let inner = Struct::new([("a", Type::Bool), ("b", ty.clone()), ("c", Type::Bool)]).unwrap();
        for (number, block) in [(1, DataBlock::optimised("o", 1)), (2, DataBlock::standard("s", 2))] {
            let block = block
                .var("before", Type::Bool, true)
                .and_then(|b| b.with(Var::new("it", ty.clone())))
                .and_then(|b| b.var("behind", Type::Bool, true))
                .and_then(|b| b.with(Var::new("st", Type::Struct(inner.clone()))))
                .and_then(|b| b.var("last", Type::Byte, hepta_proto::data::Value::Byte(0x5a)));
            plc.add_program_block(&block.unwrap()).unwrap();
            let value = value(&ty, &seed);
            for path in [&[10][..], &[12, 10]] {
                plc.write_item(Who::Owner, &item(number, path), &value).unwrap();
                prop_assert_eq!(octets(&plc.read_item(&item(number, path)).unwrap()), octets(&value));
            }
            for (path, then) in [(&[9][..], &[0, 1, 1][..]), (&[11], &[0, 1, 1]), (&[13], &[0, 10, 0x5a]), (&[12, 9], &[0, 1, 0]), (&[12, 11], &[0, 1, 0])] {
                prop_assert_eq!(octets(&plc.read_item(&item(number, path)).unwrap()), then);
            }
            // Element by element, what the whole says.
            if let (Type::Array(array), false) = (&ty, matches!(ty.element(), Type::Bool)) {
                for index in 0..u32::try_from(array.count()).unwrap() {
                    let Ok(Target::Leaf(leaf)) = plc.resolve(0x8a0e_0000 + number, 2550, &[10, index], 0) else {
                        return Err(TestCaseError::fail("no element"));
                    };
                    prop_assert_eq!(&leaf.ty, array.element());
                    let one = plc.read_item(&item(number, &[10, index])).unwrap();
                    plc.write_item(Who::Owner, &item(number, &[12, 10, index]), &one).unwrap();
                }
                prop_assert_eq!(octets(&plc.read_item(&item(number, &[12, 10])).unwrap()), octets(&value));
                let behind = u32::try_from(array.count()).unwrap();
                prop_assert!(plc.read_item(&item(number, &[10, behind])).is_err());
            }
        }
    }

    #[test]
    fn no_path_and_no_value_breaks_anything(
        area in prop_oneof![Just(0x8a0e_0001), 80u32..=84, any::<u32>()],
        sub_area in prop_oneof![Just(2550), Just(2548), Just(3736), any::<u32>()],
        lids in proptest::collection::vec(prop_oneof![0u32..24, any::<u32>()], 0..8),
        crc in prop_oneof![Just(0), any::<u32>()],
        written in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let plc = Plc::new(Profile::s7_1500());
        example::add(&plc).unwrap();
        let address = ItemAddress { crc, area, sub_area, lids: lids.as_slice().into() };
        let before = plc.read_item(&address);
        if let Ok(value) = Value::read(&mut Reader::new(&written)) {
            let outcome = plc.write_item(Who::Owner, &address, &value);
            if outcome.is_err() {
                prop_assert_eq!(plc.read_item(&address), before);
            }
        }
        let _ = plc.object(area);
    }
}

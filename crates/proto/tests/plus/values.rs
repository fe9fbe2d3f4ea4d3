//! Values and objects made up: what was written is read again as it was.
use super::{same, written};
use hepta_proto::plus::lists::{
    Attributes, BitInfo, Bounds, Dimensions, ElementSize, FbArray, OffsetInfo, Place,
};
use hepta_proto::plus::lists::{Relation, Sections, SoftType, VarnameList, Vartype, VartypeList};
use hepta_proto::plus::tagdesc::{Access, Shape, TagDescription};
use hepta_proto::plus::value::{
    Array, Blob, Data, Member, Packed, Rooted, RootedContent, Sparse, Struct, Structs, Text,
};
use hepta_proto::plus::{Element, ItemAddress, Object, Value, ValueType, vlq};
use hepta_proto::wire::{Reader, Wire};
use proptest::collection::vec;
use proptest::prelude::*;

/// Numbers of every length, for uniform ones are nearly all long.
fn n32() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0..32u32).prop_map(|(n, shift)| n >> shift)
}

fn n64() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64u32).prop_map(|(n, shift)| n >> shift)
}

fn i32s() -> impl Strategy<Value = i32> {
    (any::<i32>(), 0..32u32).prop_map(|(n, shift)| n >> shift)
}

fn i64s() -> impl Strategy<Value = i64> {
    (any::<i64>(), 0..64u32).prop_map(|(n, shift)| n >> shift)
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![9 => vec(any::<u8>(), 0..12), 1 => vec(any::<u8>(), 120..300)]
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![octets().prop_map(Text), ".{0,8}".prop_map(|text| Text::from(&*text))]
}

fn blob() -> impl Strategy<Value = Blob> {
    prop_oneof![
        8 => octets().prop_map(Blob::Octets),
        1 => octets().prop_map(Blob::RootOne),
        1 => (2u32.., any::<[u8; 8]>(), octets(), any::<bool>()).prop_map(|(root, prefix, octets, two)| {
            let content = if two { RootedContent::Octets2(octets) } else { RootedContent::Octets3(octets) };
            Blob::Rooted(Box::new(Rooted { root, prefix, content }))
        }),
    ]
}

/// Every scalar but structs.
fn scalar() -> impl Strategy<Value = Data> {
    let numbers = prop_oneof![
        Just(Data::Null),
        any::<u8>().prop_map(Data::Bool),
        any::<u8>().prop_map(Data::USInt),
        any::<u16>().prop_map(Data::UInt),
        n32().prop_map(Data::UDInt),
        n64().prop_map(Data::ULInt),
        any::<i8>().prop_map(Data::SInt),
        any::<i16>().prop_map(Data::Int),
        i32s().prop_map(Data::DInt),
        i64s().prop_map(Data::LInt),
    ];
    let others = prop_oneof![
        any::<u8>().prop_map(Data::Byte),
        any::<u16>().prop_map(Data::Word),
        n32().prop_map(Data::DWord),
        n64().prop_map(Data::LWord),
        any::<f32>().prop_map(Data::Real),
        any::<f64>().prop_map(Data::LReal),
        n64().prop_map(Data::Timestamp),
        i64s().prop_map(Data::Timespan),
        n32().prop_map(Data::Rid),
        n32().prop_map(Data::Aid),
    ];
    let rest = prop_oneof![
        blob().prop_map(Data::Blob),
        text().prop_map(Data::WString),
        n32().prop_map(Data::Variant),
        // Up to 257 it depends on what follows.
        (258u32..).prop_map(Data::S7String),
        (1..=255u8).prop_flat_map(|max| (Just(max), 0..=max, any::<u8>())).prop_map(|(max, actual, fill)| {
            let mut octets = vec![fill; usize::from(max) + 2];
            octets[..2].copy_from_slice(&[max, actual]);
            Data::StringMemory(octets)
        }),
    ];
    prop_oneof![numbers, others, rest]
}

fn array() -> impl Strategy<Value = Array> {
    let numbers = prop_oneof![
        n32().prop_map(Array::Null),
        octets().prop_map(Array::Bool),
        octets().prop_map(Array::USInt),
        vec(any::<u16>(), 0..9).prop_map(Array::UInt),
        vec(n32(), 0..9).prop_map(Array::UDInt),
        vec(n64(), 0..9).prop_map(Array::ULInt),
        vec(any::<i8>(), 0..9).prop_map(Array::SInt),
        vec(any::<i16>(), 0..9).prop_map(Array::Int),
        vec(i32s(), 0..9).prop_map(Array::DInt),
        vec(i64s(), 0..9).prop_map(Array::LInt),
    ];
    let others = prop_oneof![
        octets().prop_map(Array::Byte),
        vec(any::<u16>(), 0..9).prop_map(Array::Word),
        vec(n32(), 0..9).prop_map(Array::DWord),
        vec(n64(), 0..9).prop_map(Array::LWord),
        vec(any::<f32>(), 0..9).prop_map(Array::Real),
        vec(any::<f64>(), 0..9).prop_map(Array::LReal),
        vec(n64(), 0..9).prop_map(Array::Timestamp),
        vec(i64s(), 0..9).prop_map(Array::Timespan),
        vec(n32(), 0..9).prop_map(Array::Rid),
        vec(n32(), 0..9).prop_map(Array::Aid),
    ];
    let rest = prop_oneof![
        vec(blob(), 0..4).prop_map(Array::Blob),
        vec(text(), 0..4).prop_map(Array::WString),
        vec(n32(), 0..9).prop_map(Array::Variant),
        vec(n32(), 0..9).prop_map(Array::S7String),
        packed().prop_map(|data| Array::Struct(Structs::Packed(data))),
    ];
    prop_oneof![numbers, others, rest]
}

fn packed() -> impl Strategy<Value = Struct> {
    let id = prop_oneof![0x0200_0001..0x02ff_ffffu32, 0x9000_0001..0x9fff_ffffu32];
    (id, n64(), n32(), n32(), octets()).prop_map(|(id, timestamp, transport, first, octets)| {
        let first_count = (transport & 0x400 != 0).then_some(first);
        Struct::packed(id, Packed { timestamp, transport, first_count, octets })
    })
}

fn flagged(data: impl Strategy<Value = Data>) -> impl Strategy<Value = Value> {
    (data, prop_oneof![Just(0), Just(0x20), Just(0x80), any::<u8>()])
        .prop_map(|(data, flags)| Value::with_flags(data, flags))
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<Member>> {
    vec((1u32.., value).prop_map(|(id, value)| Member { id, value }), 0..4)
}

/// An id that stands for no packed type.
fn id() -> impl Strategy<Value = u32> {
    n32().prop_filter("packed", |id| !Struct::packs(*id))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        flagged(scalar()),
        flagged(array().prop_map(Data::Array)),
        flagged(packed().prop_map(Data::Struct)),
        flagged((vec((1u32.., scalar()), 0..5)).prop_map(|mut elements| {
            // All of the type of the first; a text in memory is no element.
            let ty = elements.first().map_or(ValueType::DInt, |(_, data): &(u32, Data)| data.ty());
            elements.retain(|(_, data)| data.ty() == ty && !matches!(data, Data::StringMemory(_)));
            Data::Sparse(Sparse::new(ty, elements).unwrap())
        })),
    ];
    leaf.prop_recursive(4, 24, 4, |value| {
        let structs =
            (id(), members(value.clone())).prop_map(|(id, members)| Struct::new(id, members)).boxed();
        prop_oneof![
            flagged(structs.clone().prop_map(Data::Struct)),
            (2u32.., any::<[u8; 8]>(), members(value.clone())).prop_map(|(root, prefix, members)| {
                let content = RootedContent::Members(members);
                Value::from(Blob::Rooted(Box::new(Rooted { root, prefix, content })))
            }),
            // No array of none of them: a count of 0 reads as an id.
            vec(structs, 1..4)
                .prop_map(|list| { Value::new(Data::Array(Array::Struct(Structs::CountFirst(list)))) }),
            (0..0x0100_0000u32, vec(members(value), 0..3)).prop_map(|(id, elements)| {
                Value::new(Data::Array(Array::Struct(Structs::IdFirst { id, elements })))
            }),
        ]
    })
}

prop_compose! {
    fn place()(a: u16, b: u16, optimised: u32, classic: u32) -> Place {
        Place { a, b, optimised, classic }
    }
}

prop_compose! {
    fn vartype()(
        kind in 0..9u8, lid: u32, crc: u32, soft_type: u8, attributes: u16, bits: u8, place in place(), lower: [i32; 6],
        count: [u32; 6], info: [u32; 4], rid: u32, sizes: [u32; 3],
    ) -> Vartype {
        let dimensions = Dimensions { lower, count };
        let bounds = Bounds { lower: lower[0], count: count[0] };
        let (relation, sections) = (Relation { rid, info }, Sections { retain: info[0], volatile: info[1] });
        let size = ElementSize { classic: sizes[0], optimised: sizes[1] };
        let offset = match kind {
            0 => OffsetInfo::FbArray(Box::new(FbArray { place, relation, sections, count: rid, sizes, dimensions })),
            1 => OffsetInfo::Plain { optimised: place.a, classic: place.b },
            2 => OffsetInfo::String(place),
            3 => OffsetInfo::Array(place, bounds),
            4 => OffsetInfo::Matrix(place, bounds, Box::new(dimensions)),
            5 => OffsetInfo::Struct(place, relation),
            6 => OffsetInfo::StructArray(place, bounds, size, relation),
            7 => OffsetInfo::StructMatrix(place, bounds, Box::new(dimensions), size, relation),
            _ => OffsetInfo::Fb(place, relation, sections),
        };
        let (bits, soft_type) = (BitInfo(bits), SoftType(soft_type));
        let mut vartype = Vartype { lid, crc, soft_type, attributes: Attributes(attributes), bits, offset };
        // What is written is what the offset info says.
        vartype.attributes = vartype.written();
        vartype
    }
}

prop_compose! {
    fn tag()(
        name in text(), unknown: u8, value_type: u8, soft_type in n32(), attributes: u32, lid in n32(),
        length_or_rid in n32(), access: [u32; 2], offsets: [u32; 2], kind: u8, shape in 0..5u8, pair: [u32; 2],
        dimensions in vec((i32s(), n32()), 0..4),
    ) -> TagDescription {
        let shape = match shape {
            0 => Shape::Plain,
            1 => Shape::Bits(pair),
            2 => Shape::Array { lower: -9, count: 7, unknown: pair },
            3 => Shape::Matrix { unknown: pair, dimensions },
            _ => Shape::Instance(pair),
        };
        let access = Access { accessibility: access[0], section: access[1] };
        let value_type = ValueType(value_type);
        let mut tag = TagDescription {
            name, unknown, value_type, soft_type, attributes, lid, length_or_rid, access, offsets, shape, kind,
        };
        tag.kind = tag.written();
        if tag.kind & 0x0c == 0 {
            tag.access = Access::default();
        }
        tag
    }
}

fn object() -> impl Strategy<Value = Object> {
    let leaf = prop_oneof![
        4 => (n32(), value()).prop_map(|(id, value)| Element::Attribute { id, value }),
        1 => (n32(), any::<u32>()).prop_map(|(id, rid)| Element::Relation { id, rid }),
        1 => (any::<u32>(), vec(vartype(), 0..6))
            .prop_map(|(first, list)| Element::Vartypes(VartypeList::new(first, list))),
        1 => vec(text(), 0..6).prop_map(|names| Element::Varnames(VarnameList::new(names))),
        1 => tag().prop_map(|tag| Element::Tag(Box::new(tag))),
        1 => Just(Element::TagEnd),
    ];
    let of = |elements: BoxedStrategy<Vec<Element>>| {
        (any::<u32>(), n32(), n32(), n32(), elements).prop_map(
            |(rid, class, class_flags, composition, elements)| Object {
                rid,
                class,
                class_flags,
                composition,
                elements,
            },
        )
    };
    let element = leaf
        .prop_recursive(3, 12, 3, move |element| of(vec(element, 0..4).boxed()).prop_map(Element::Object));
    of(vec(element, 0..4).boxed())
}

#[test]
fn long_lists_are_split() {
    let plain = OffsetInfo::Plain { optimised: 1, classic: 2 };
    let (attributes, bits) = (Attributes(0x8ac0), BitInfo(8));
    let element = Vartype { lid: 9, crc: 1, soft_type: SoftType::INT, attributes, bits, offset: plain };
    // 4095 elements of 16 octets and the first id fill a block but for 11 octets.
    for (count, octets) in [(0, 8), (4095, 65528), (4096, 65546), (9000, 144_012)] {
        let types = VartypeList::new(1, vec![element.clone(); count]);
        let written = written(&types);
        assert_eq!((written.len(), same::<VartypeList>(&written)), (octets, types), "{count}");
    }
    for (count, octets) in [(0, 2), (254, 254 * 257 + 4), (255, 255 * 257 + 4), (256, 256 * 257 + 6)] {
        let names = VarnameList::new(vec![Text(vec![b'a'; 300]); count]);
        let written = written(&names);
        assert_eq!((written.len(), same::<VarnameList>(&written)), (octets, names), "{count}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn values(value in value()) {
        let octets = written(&value);
        prop_assert_eq!(&same::<Value>(&octets), &value);
        prop_assert_eq!(&Value::read_last(&mut Reader::new(&octets)), &Ok(value));
    }

    #[test]
    fn objects(object in object()) {
        prop_assert_eq!(&same::<Object>(&written(&object)), &object);
    }

    #[test]
    fn addresses(crc in n32(), area in n32(), sub_area in n32(), lids in vec(n32(), 0..12)) {
        let address = ItemAddress { crc, ..ItemAddress::below(area, sub_area, lids.as_slice()) };
        prop_assert_eq!(&same::<ItemAddress>(&written(&address)), &address);
        prop_assert_eq!(&address.to_string().parse::<ItemAddress>(), &Ok(address));
    }

    #[test]
    fn integers(a in n32(), b in i32s(), c in n64(), d in i64s()) {
        let mut out = vec![];
        vlq::put_u32(&mut out, a);
        vlq::put_i32(&mut out, b);
        vlq::put_u64(&mut out, c);
        vlq::put_i64(&mut out, d);
        prop_assert_eq!(out.len(), vlq::len_u32(a) + vlq::len_i32(b) + vlq::len_u64(c) + vlq::len_i64(d));
        let mut r = Reader::new(&out);
        prop_assert_eq!(vlq::u32(&mut r, ""), Ok(a));
        prop_assert_eq!(vlq::i32(&mut r, ""), Ok(b));
        prop_assert_eq!(vlq::u64(&mut r, ""), Ok(c));
        prop_assert_eq!(vlq::i64(&mut r, ""), Ok(d));
        prop_assert_eq!(r.left(), 0);
    }

    #[test]
    fn no_octets_break_a_reader(octets in vec(any::<u8>(), 0..300)) {
        for flags in [0, 0x10, 0x20, 0x40] {
            for ty in 0..=0x19 {
                let octets = [&[flags, ty], &octets[..]].concat();
                if let Ok(value) = Value::read(&mut Reader::new(&octets)) {
                    prop_assert!(!value.to_string().is_empty());
                }
            }
        }
    }
}

//! Values, objects, lists and addresses of S7CommPlus against octets of CPUs, of other stacks and of their encoders: each is
//! read to its meaning, as an independent decoder has it, and written again as it was.
use core::fmt::Write as _;
use hepta_proto::plus::address::{ItemAddressFault, Lids, area};
use hepta_proto::plus::lists::{OffsetInfo, SoftType, VarnameList, VartypeList};
use hepta_proto::plus::object::Tag;
use hepta_proto::plus::value::{Array, Blob, Data, Member, Sparse, Struct, Structs, Text};
use hepta_proto::plus::{Element, ItemAddress, Object, Qualifier, Value, ValueType, vlq};
use hepta_proto::wire::{Malformed, Reader, Wire};
use serde_json::{Map, Value as Json, json};

#[path = "plus/values.rs"]
mod made;

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hexed(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    })
}

fn written<'a>(value: &impl Wire<'a>) -> Vec<u8> {
    let mut out = vec![];
    value.write(&mut out);
    out
}

/// Reads all of `octets`, and holds what is written again against them.
fn same<'a, T: Wire<'a> + core::fmt::Debug>(octets: &'a [u8]) -> T {
    let mut r = Reader::new(octets);
    let value = T::read(&mut r).unwrap_or_else(|e| panic!("{e}: {}", hexed(octets)));
    r.end("octets left over").unwrap_or_else(|e| panic!("{e}: {}", hexed(octets)));
    assert_eq!(hexed(&written(&value)), hexed(octets), "{value:?}");
    value
}

fn values() -> Vec<Json> {
    serde_json::from_str(include_str!("plus/values.json")).unwrap()
}

fn objects() -> Map<String, Json> {
    serde_json::from_str(include_str!("plus/objects.json")).unwrap()
}

fn of<'a>(all: &'a [Json], kind: &str) -> Vec<&'a Json> {
    all.iter().filter(|v| v["kind"] == kind).collect()
}

/// Numbers beyond 53 bits stand as texts in the vectors.
fn number<T: core::str::FromStr>(json: &Json) -> T {
    let text = json.as_str().map_or_else(|| json.to_string(), Into::into);
    text.parse().unwrap_or_else(|_| panic!("{json}"))
}

/// Reads `vector` with `read`, writes it with `put`; what is to be read only has a longer form.
fn integer<T: PartialEq + Copy + core::fmt::Debug + core::str::FromStr>(
    vector: &Json,
    read: impl Fn(&mut Reader<'_>, &'static str) -> Result<T, Malformed>,
    put: impl Fn(&mut Vec<u8>, T),
    len: impl Fn(T) -> usize,
) {
    let octets = hex(vector["hex"].as_str().unwrap());
    let mut r = Reader::new(&octets);
    let value = read(&mut r, "number").unwrap();
    assert_eq!((value, r.left()), (number(&vector["decoded"]), 0), "{vector}");
    let mut out = vec![];
    put(&mut out, value);
    assert_eq!(out.len(), len(value), "{vector}");
    assert_eq!(read(&mut Reader::new(&out), "number"), Ok(value));
    if vector["direction"] == "decode-only" {
        assert!(out.len() < octets.len(), "{vector}");
    } else {
        assert_eq!(out, octets, "{vector}");
    }
    for short in 0..octets.len() {
        assert!(read(&mut Reader::new(&octets[..short]), "number").is_err(), "{vector}");
    }
}

#[test]
fn integers_are_read_and_written_as_others_do() {
    let all = values();
    let counts = ["vlq-u32", "vlq-s32", "vlq-u64", "vlq-s64"].map(|kind| of(&all, kind).len());
    assert_eq!(counts, [38, 32, 28, 39]);
    of(&all, "vlq-u32").iter().for_each(|v| integer(v, vlq::u32, vlq::put_u32, vlq::len_u32));
    of(&all, "vlq-s32").iter().for_each(|v| integer(v, vlq::i32, vlq::put_i32, vlq::len_i32));
    of(&all, "vlq-u64").iter().for_each(|v| integer(v, vlq::u64, vlq::put_u64, vlq::len_u64));
    of(&all, "vlq-s64").iter().for_each(|v| integer(v, vlq::i64, vlq::put_i64, vlq::len_i64));
}

#[test]
fn integers_of_five_octets_wrap_and_of_six_are_none() {
    let signed = |text: &str| vlq::i32(&mut Reader::new(&hex(text)), "number");
    assert_eq!(signed("8fffb4d279"), Ok(-1_234_567));
    assert_eq!(signed("8ffffffe01"), Ok(-255));
    // The shortest form of -64 is not the one that is written.
    assert_eq!(signed("40"), Ok(-64));
    let unsigned = |text: &str| vlq::u32(&mut Reader::new(&hex(text)), "number");
    assert_eq!(unsigned("ffffffff7f"), Ok(u32::MAX));
    let long = Malformed { what: "number", at: 0 };
    assert_eq!(unsigned("808080808001"), Err(long));
    assert_eq!(signed("808080808001"), Err(long));
}

/// A value as the independent decoder says it.
fn meaning(value: &Value) -> Json {
    let flags = value.flags();
    match value.data() {
        Data::Array(array) => json!([format!("{}[]", name(value.ty())), flags, elements(array)]),
        Data::Sparse(sparse) => {
            let by_key: Map<_, _> =
                sparse.elements().iter().map(|(k, d)| (k.to_string(), payload(d))).collect();
            json!([format!("{}{{}}", name(value.ty())), flags, by_key])
        }
        Data::Struct(data) => json!(["Struct", data.id(), members(data.members())]),
        data if flags == 0 => json!([name(value.ty()), payload(data)]),
        data => json!([name(value.ty()), flags, payload(data)]),
    }
}

/// A `Real` as precise as it is: the reader of the vectors is one bit off at the end of a double.
fn single(decoded: &Json) -> Json {
    match decoded.as_array().map(Vec::as_slice) {
        Some([ty, flags @ .., number]) if ty == "Real" => {
            #[allow(clippy::cast_possible_truncation, reason = "it was one before")]
            let number = f64::from(number.as_f64().unwrap() as f32);
            Json::Array([core::slice::from_ref(ty), flags, &[json!(number)]].concat())
        }
        _ => decoded.clone(),
    }
}

fn members(members: &[Member]) -> Vec<Json> {
    members.iter().map(|member| json!([member.id, meaning(&member.value)])).collect()
}

fn name(ty: ValueType) -> String {
    match ty {
        ValueType::Rid => "RID".into(),
        ValueType::Aid => "AID".into(),
        ty => ty.name().unwrap().into(),
    }
}

fn payload(data: &Data) -> Json {
    match data {
        Data::Null => Json::Null,
        Data::Bool(n) | Data::USInt(n) | Data::Byte(n) => json!(n),
        Data::UInt(n) | Data::Word(n) => json!(n),
        Data::UDInt(n) | Data::Aid(n) | Data::Variant(n) | Data::S7String(n) => json!(n),
        Data::ULInt(n) | Data::Timestamp(n) => json!(n),
        Data::SInt(n) => json!(n),
        Data::Int(n) => json!(n),
        Data::DInt(n) => json!(n),
        Data::LInt(n) | Data::Timespan(n) => json!(n),
        Data::DWord(n) | Data::Rid(n) => json!(format!("{n:#010x}")),
        Data::LWord(n) => json!(format!("{n:#018x}")),
        Data::Real(n) => json!(f64::from(*n)),
        Data::LReal(n) => json!(n),
        Data::Blob(Blob::Octets(octets)) => json!(["blob", 0, hexed(octets)]),
        Data::WString(text) => json!(String::from_utf8_lossy(&text.0)),
        other => panic!("{other:?} is in no vector"),
    }
}

fn elements(array: &Array) -> Vec<Json> {
    match array {
        Array::Bool(list) | Array::USInt(list) | Array::Byte(list) => list.iter().map(|n| json!(n)).collect(),
        Array::UInt(list) => list.iter().map(|n| json!(n)).collect(),
        Array::Int(list) => list.iter().map(|n| json!(n)).collect(),
        Array::DInt(list) => list.iter().map(|n| json!(n)).collect(),
        Array::UDInt(list) => list.iter().map(|n| json!(n)).collect(),
        Array::Rid(list) => list.iter().map(|n| payload(&Data::Rid(*n))).collect(),
        Array::Blob(list) => list.iter().map(|blob| payload(&Data::Blob(blob.clone()))).collect(),
        Array::WString(list) => list.iter().map(|text| json!(text.as_str().unwrap())).collect(),
        other => panic!("{other:?} is in no vector"),
    }
}

#[test]
fn values_mean_what_others_say_and_are_written_as_they_were() {
    let all = values();
    let mut compared = 0;
    for vector in of(&all, "pvalue") {
        let octets = hex(vector["hex"].as_str().unwrap());
        let value: Value = same(&octets);
        if vector["status"].is_null() {
            assert_eq!(meaning(&value), single(&vector["decoded"]), "{vector}");
            compared += 1;
        }
        // One octet less is never a value, but for a number of nothings.
        for short in 0..octets.len() {
            let cut = Value::read(&mut Reader::new(&octets[..short]));
            assert!(cut.is_err(), "{vector}: {cut:?}");
        }
    }
    assert_eq!((of(&all, "pvalue").len(), compared), (129, 126));
}

#[test]
fn open_layouts_are_read_one_way() {
    let variants: Value = same(&hex("a016020102"));
    assert_eq!((variants.flags(), variants.data()), (0xa0, &Data::Array(Array::Variant(vec![1, 2]))));
    let count_first: Value = same(&hex("2017020000010001000407000000010100"));
    let seven = Struct::new(256, vec![Member::new(1, 7u32)]);
    let two = Structs::CountFirst(vec![seven, Struct::new(257, vec![])]);
    assert_eq!(count_first.data(), &Data::Array(Array::Struct(two)));
    let id_first: Value = same(&hex("20170000010002010004070000"));
    let both = Structs::IdFirst { id: 256, elements: vec![vec![Member::new(1, 7u32)], vec![]] };
    assert_eq!(id_first.data(), &Data::Array(Array::Struct(both)));
    let packed: Value = same(&hex("10170200004310ff4ad6dfd5774c020407d80a19"));
    let Data::Array(Array::Struct(Structs::Packed(packed))) = packed.data() else { panic!("{packed:?}") };
    assert_eq!(packed.as_packed().unwrap().octets, hex("07d80a19"));
    assert_eq!(same::<Value>(&hex("100003")).data(), &Data::Array(Array::Null(3)));
    assert_eq!(same::<Value>(&hex("2019020a14")).data(), &Data::Array(Array::S7String(vec![10, 20])));
    // Written as short as it ought to be, this count of 0 would be read as an id.
    let long = Malformed { what: "count of an array of structs, longer than it need be", at: 2 };
    assert_eq!(Value::read(&mut Reader::new(&hex("20178000"))), Err(long));
    // Two counts, of which the second is the length.
    let two_counts: Value = same(&hex("0017910000010000000000000001880207020a0b"));
    let packed = two_counts.as_struct().unwrap().as_packed().unwrap();
    assert_eq!((packed.transport, packed.first_count, packed.octets.len()), (0x402, Some(7), 2));
}

#[test]
fn a_string_is_told_from_its_greatest_length_by_its_memory() {
    // As one client writes STRING[10] := 'Hi', with what follows it in a request.
    let octets = hex("00190c0a024869000000000000000000000004e8");
    let mut r = Reader::new(&octets);
    let value = Value::read(&mut r).unwrap();
    assert_eq!(value.as_bytes(), Some(&hex("0a0248690000000000000000")[..]));
    assert_eq!((hexed(r.peek()), hexed(&written(&value))), ("00000004e8".into(), hexed(&octets[..15])));
    // The same length before anything else, or before too little, is a number.
    for text in
        ["00190c", "00190c0b02486900000000000000000000", "00190c0a0b486900000000000000000000", "001982020a"]
    {
        let octets = hex(text);
        let value = Value::read(&mut Reader::new(&octets)).unwrap();
        assert!(matches!(value.data(), Data::S7String(12 | 258)), "{value:?}");
    }
}

#[test]
fn blobs_with_a_root_id_survive() {
    for text in ["00140102aabb", "00140500000000000000000202aabb", "0014050000000000000001030101"] {
        same::<Value>(&hex(text));
    }
    let members: Value = same(&hex("0014050000000000000000008135000401 00".replace(' ', "").as_str()));
    let Data::Blob(Blob::Rooted(rooted)) = members.data() else { panic!("{members:?}") };
    assert_eq!(rooted.root, 5);
    assert_eq!(members.to_string(), "Blob root 5 {181: UDInt 1}");
    let error = Value::read(&mut Reader::new(&hex("001405000000000000000001 00".replace(' ', "").as_str())));
    assert_eq!(error.unwrap_err(), Malformed { what: "kind of a blob", at: 11 });
}

#[test]
fn what_nobody_knows_survives_where_it_can() {
    // Flags and Bool octets by chance, and no UTF-8.
    for text in ["8f0105", "0001ff", "001502c328", "d004018101 00"] {
        same::<Value>(&hex(&text.replace(' ', "")));
    }
    let octets = hex("80180102");
    assert_eq!(
        Value::read(&mut Reader::new(&octets)).unwrap_err(),
        Malformed { what: "type of a value: nobody knows where one of this type ends", at: 1 }
    );
    let mut r = Reader::new(&octets);
    let last = Value::read_last(&mut r).unwrap();
    assert_eq!((last.data(), r.left()), (&Data::Other(ValueType(0x18), vec![1, 2]), 0));
    assert_eq!(written(&last), octets);
    assert_eq!(Value::read_last(&mut Reader::new(&hex("000101"))).unwrap().as_bool(), Some(true));
}

#[test]
fn item_addresses_and_qualifiers() {
    let all = values();
    assert_eq!(of(&all, "item-address").len(), 12);
    for vector in of(&all, "item-address") {
        let octets = hex(vector["hex"].as_str().unwrap());
        let address: ItemAddress = same(&octets);
        let meaning = json!({
            "crc": address.crc, "area": address.area, "sub_area": address.sub_area, "lids": *address.lids,
            "field_count_contribution": address.field_count(),
        });
        assert_eq!(meaning, vector["decoded"]);
        assert_eq!(address.to_string().parse::<ItemAddress>().as_ref(), Ok(&address), "{address}");
    }
    let qualifiers = of(&all, "object-qualifier");
    assert_eq!(qualifiers.len(), 3);
    let read = |i: usize, left: &str| {
        let octets = hex(qualifiers[i]["hex"].as_str().unwrap());
        let mut r = Reader::new(&octets);
        let qualifier = Qualifier::read(&mut r).unwrap();
        assert_eq!(hexed(&written(&qualifier)), hexed(&octets[..octets.len() - r.left()]));
        assert_eq!(hexed(r.rest()), left);
        qualifier
    };
    assert_eq!(read(0, ""), Qualifier::Plain);
    assert_eq!(read(1, ""), Qualifier::new(0, 0, 5));
    assert_eq!(read(1, "").key(), 5);
    // A key of four octets and no end: what is there is the usual one and two octets more.
    assert_eq!(read(2, "0003"), Qualifier::Plain);
    // The usual one, spelled out.
    let spelled = Qualifier::new(1, 2, 3);
    assert_eq!((spelled.parent(), spelled.composition(), spelled.key()), (1, 2, 3));
}

#[test]
fn item_addresses_as_texts() {
    let address = |text: &str| text.parse::<ItemAddress>();
    assert_eq!(address("8A0E0001.B"), Ok(ItemAddress::new(0x8a0e_0001, [11])));
    let checked = ItemAddress { crc: 0xa614_9c91, ..ItemAddress::new(area::DB + 1, [0x13, 10]) };
    assert_eq!(address("8a0e0001.13.a#a6149c91"), Ok(checked.clone()));
    assert_eq!(checked.to_string(), "8A0E0001.13.A#A6149C91");
    assert_eq!(address("52.9"), Ok(ItemAddress::below(82, 3736, [9])));
    assert_eq!(address("C9(1037)"), Ok(ItemAddress::below(201, 1037, [])));
    assert_eq!(
        ItemAddress::below(area::DB + 1, ItemAddress::DB_INITIAL, [9]).to_string(),
        "8A0E0001(2548).9"
    );
    assert_eq!(ItemAddress::classic(area::FLAGS, 0, 2).to_string(), "52.3.0.2");
    assert_eq!(hexed(&written(&ItemAddress::classic_bit(area::FLAGS, 122, 7))), "0052059d18037a0107");
    assert_eq!(*ItemAddress::description(area::DB + 7).lids, [1]);
    let long: Vec<u32> = (1..=9).collect();
    let long = ItemAddress::new(area::DB + 1, long.as_slice());
    assert_eq!((address(&long.to_string()), long.field_count()), (Ok(long.clone()), 13));
    assert_eq!(same::<ItemAddress>(&written(&long)), long);
    for (text, column, what) in [
        ("", 1, ItemAddressFault::Area),
        ("DB1.x", 4, ItemAddressFault::SubAreaMissing { area: 0xdb1 }),
        ("80.9", 3, ItemAddressFault::SubAreaMissing { area: 0x80 }),
        ("8A0E00010.9", 1, ItemAddressFault::Area),
        ("8A0E0001.", 10, ItemAddressFault::Lid),
        ("8A0E0001.9.g", 12, ItemAddressFault::Lid),
        ("8A0E0001.9#", 12, ItemAddressFault::Crc),
        ("8A0E0001.9#1.2", 13, ItemAddressFault::Junk),
        ("8A0E0001.9 ", 11, ItemAddressFault::Junk),
        ("C9(1037", 8, ItemAddressFault::SubArea),
        ("C9()", 4, ItemAddressFault::SubArea),
        ("C9(4294967296)", 4, ItemAddressFault::SubArea),
        ("8A0E0001.9ü", 11, ItemAddressFault::Junk),
    ] {
        let error = address(text).unwrap_err();
        assert_eq!((error.column, error.what), (column, what), "{text}");
    }
    let said = address("8A0E0001.x").unwrap_err().to_string();
    assert_eq!(said, "column 10: a LID is due, in hex and of up to 8 digits: 8A0E0001.B");
    let few: Lids = [1, 2, 3, 4, 5, 6].into();
    assert_eq!((few.len(), format!("{few:?}")), (6, "[1, 2, 3, 4, 5, 6]".into()));
}

/// An object as the independent decoder says it.
fn tree(object: &Object) -> Json {
    let elements: Vec<Json> = object
        .elements
        .iter()
        .map(|element| match element {
            Element::Attribute { id, value } => json!(["A", id, meaning(value)]),
            Element::Object(child) => tree(child),
            other => panic!("{other:?} is in no captured object"),
        })
        .collect();
    json!({
        "rid": format!("{:#x}", object.rid), "cls": object.class, "fl": format!("{:#x}", object.class_flags),
        "aid": object.composition, "els": elements,
    })
}

#[test]
fn captured_objects_mean_what_others_say() {
    let all = objects();
    let captured = all["captured"].as_array().unwrap();
    assert_eq!(captured.len(), 21);
    for vector in captured {
        let octets = hex(vector["hex"].as_str().unwrap());
        let mut r = Reader::new(&octets);
        let list = Object::list(&mut r).unwrap_or_else(|e| panic!("{e}: {vector}"));
        let used = octets.len() - r.left();
        assert_eq!(
            Json::from(list.iter().map(tree).collect::<Vec<_>>()),
            vector["decoded"],
            "{}",
            vector["id"]
        );
        let mut out = vec![];
        list.iter().for_each(|object| object.write(&mut out));
        assert_eq!(hexed(&out), hexed(&octets[..used]), "{}", vector["id"]);
    }
}

#[test]
fn type_objects_and_lists_are_written_as_they_were() {
    let all = objects();
    let mut seen = 0;
    for (name, vector) in all["objects"].as_object().unwrap() {
        let object: Object = same(&hex(vector.as_str().unwrap()));
        assert!(object.to_string().starts_with("object "), "{name}");
        seen += 1;
    }
    for (name, vector) in all["lists"].as_object().unwrap() {
        let octets = hex(vector.as_str().unwrap());
        let (tag, list) = octets.split_first().unwrap();
        match Tag(*tag) {
            Tag::VartypeList => assert!(same::<VartypeList>(list).elements().len() >= 3, "{name}"),
            Tag::VarnameList => assert!(same::<VarnameList>(list).names().len() >= 3, "{name}"),
            other => panic!("{other}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
    let blocks = hex(all["lists"]["vartype_three_blocks"].as_str().unwrap());
    let single = hex(all["lists"]["vartype_single_block"].as_str().unwrap());
    let (blocks, single) = (same::<VartypeList>(&blocks[1..]), same::<VartypeList>(&single[1..]));
    assert_eq!(VartypeList::new(blocks.first_id(), blocks.elements().into()).elements(), blocks.elements());
    assert_eq!(VartypeList::new(single.first_id(), single.elements().into()), single);
}

#[test]
fn the_members_of_a_type_are_where_others_find_them() {
    let all = objects();
    let object: Object = same(&hex(all["objects"]["type_object_db"].as_str().unwrap()));
    let (types, names) = (object.vartypes().unwrap(), object.varnames().unwrap());
    assert_eq!((types.elements().len(), names.names().len()), (12, 12));
    let mut compared = 0;
    for row in all["members"].as_array().unwrap() {
        let row: Vec<&str> = row.as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
        let Some(name) = row[0].strip_prefix("Demo.").filter(|name| !name.contains('.')) else { continue };
        let i = names.names().iter().position(|n| n.as_str() == Some(name)).unwrap();
        let element = &types.elements()[i];
        assert_eq!(row[1].parse::<ItemAddress>().unwrap(), ItemAddress::new(area::DB + 1, [element.lid]));
        let (optimised, classic, count) = match &element.offset {
            OffsetInfo::Plain { optimised, classic } => (u32::from(*optimised), u32::from(*classic), 0),
            OffsetInfo::String(place) => (place.optimised, place.classic, 0),
            OffsetInfo::Array(place, bounds) | OffsetInfo::Matrix(place, bounds, _) => {
                (place.optimised, place.classic, bounds.count)
            }
            other => panic!("{other:?}"),
        };
        let attributes = element.attributes;
        let said = [
            format!("sdt={}", element.soft_type.0),
            format!("crc={:08X}", element.crc),
            format!("opt={optimised}.{}", attributes.bit()),
            format!("non={classic}.{}", element.bits.classic_bit().unwrap_or_else(|| attributes.bit())),
            format!("hmi={}/{}", flag(attributes.visible()), flag(attributes.accessible())),
            format!("n={count}"),
        ];
        assert_eq!(said, row[2..], "{name}");
        compared += 1;
    }
    assert_eq!(compared, 10);
    let dtl = &types.elements()[11];
    let OffsetInfo::Struct(place, relation) = &dtl.offset else { panic!("{dtl:?}") };
    assert_eq!((dtl.soft_type, place.optimised, relation.rid), (SoftType::DTL, 84, 0x0200_0043));
    assert_eq!(object.attribute(1502).and_then(Value::as_u32), Some(96));
    let shown = object.to_string();
    for line in [
        "    LID F STRING[10] at 24, classic 20 (crc a63822fe, attributes 9ac0, bits 00)",
        "    LID 11 INT[3] from 1 at 50, classic 46 (crc 7a4547df, attributes aac0, bits 00)",
        "    LID 14 DTL of type 02000043 at 84, classic 80 (crc 1140fd06, attributes cac0, bits 00)",
        "  names: \"bo\" \"by\" \"i\" \"di\" \"r\" \"lr\" \"s\" \"ws\" \"ai\" \"ar\" \"st\" \"ts\"",
    ] {
        assert!(shown.lines().any(|l| l == line), "{line}\n{shown}");
    }
}

const fn flag(set: bool) -> &'static str {
    if set { "True" } else { "False" }
}

#[test]
fn offset_info_of_every_code() {
    let all = objects();
    let vectors = all["offset_info"].as_array().unwrap();
    assert_eq!(vectors.len(), 16);
    for vector in vectors {
        let (code, info) = (vector["code"].as_u64().unwrap(), hex(vector["hex"].as_str().unwrap()));
        // One block, first id 1, one element: LID 9, no CRC, DInt.
        let mut list = u16::try_from(16 + info.len()).unwrap().to_be_bytes().to_vec();
        list.extend(hex("01000000 0900000000000000 07".replace(' ', "").as_str()));
        list.extend(u16::try_from(code << 12 | 0x0ac0).unwrap().to_be_bytes());
        list.push(0);
        list.extend(&info);
        list.extend([0, 0]);
        let list: VartypeList = same(&list);
        let [element] = list.elements() else { panic!("{list:?}") };
        let fields = &vector["fields"];
        let place = |optimised: u32, classic: u32| {
            assert_eq!(
                (fields["opt_addr"].as_u64(), fields["nonopt_addr"].as_u64()),
                (Some(optimised.into()), Some(classic.into()))
            );
        };
        let rid = |rid: u32| assert_eq!(fields["relation_id"], rid);
        match &element.offset {
            OffsetInfo::Plain { optimised, classic } => place((*optimised).into(), (*classic).into()),
            OffsetInfo::String(at) => {
                place(at.optimised, at.classic);
                assert_eq!((&fields["unspecified1"], &fields["unspecified2"]), (&json!(at.a), &json!(at.b)));
            }
            OffsetInfo::Array(at, bounds) | OffsetInfo::Matrix(at, bounds, _) => {
                place(at.optimised, at.classic);
                assert_eq!(fields["array_lower_bound"], bounds.lower);
                assert_eq!(fields["array_element_count"], bounds.count);
            }
            OffsetInfo::Struct(at, relation) => {
                place(at.optimised, at.classic);
                rid(relation.rid);
                assert_eq!(fields["struct_info_4_7"], json!(relation.info));
            }
            OffsetInfo::StructArray(at, bounds, size, relation)
            | OffsetInfo::StructMatrix(at, bounds, _, size, relation) => {
                place(at.optimised, at.classic);
                rid(relation.rid);
                assert_eq!(fields["array_element_count"], bounds.count);
                assert_eq!(fields["opt_struct_size"], size.optimised);
                assert_eq!(fields["nonopt_struct_size"], size.classic);
            }
            OffsetInfo::Fb(at, relation, sections) => {
                place(at.optimised, at.classic);
                rid(relation.rid);
                assert_eq!(fields["retain_section_offset"], sections.retain);
                assert_eq!(fields["volatile_section_offset"], sections.volatile);
            }
            OffsetInfo::FbArray(array) => {
                place(array.place.optimised, array.place.classic);
                rid(array.relation.rid);
                assert_eq!(fields["array_element_count"], array.count);
                let sizes = ["classic_section_size", "retain_section_size", "volatile_section_size"];
                assert_eq!(
                    sizes.map(|size| fields[size].as_u64()),
                    array.sizes.map(|size| Some(size.into()))
                );
                assert_eq!(array.dimensions.count[..2], [3, 2]);
            }
        }
        if let OffsetInfo::Matrix(_, _, dimensions) | OffsetInfo::StructMatrix(_, _, dimensions, ..) =
            &element.offset
        {
            let counts = fields["mdim_element_count"].as_array().unwrap();
            assert_eq!(json!(dimensions.count[..counts.len()]), fields["mdim_element_count"]);
        }
    }
}

#[test]
fn values_of_other_stacks_are_written_as_they_were() {
    let all = objects();
    let mut seen = 0;
    for group in ["values", "written", "arrays"] {
        for (name, vector) in all[group].as_object().unwrap() {
            let octets = hex(vector.as_str().unwrap());
            let value: Value = same(&octets);
            assert!(!value.to_string().is_empty(), "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 78);
}

#[test]
fn tag_descriptions_of_each_kind() {
    // Kind, name "a", ?, Int, soft type 5, attributes, LID 9, length 0 [, access] ... offsets 2 and 4, the rest.
    let head = |kind: &str, access: &str, rest: &str| {
        format!("a10000000100 0000 a7{kind}01610007 05 00900000 09 00{access}0204{rest}a8a2").replace(' ', "")
    };
    for (kind, access, rest) in [
        ("00", "", ""),
        ("01", "", "0307"),
        ("02", "", "7f0a0000"),
        ("08", "0004", "0102"),
        ("0c", "0004", ""),
        ("0b", "0004", "0000020005 7e03"),
    ] {
        let text = head(kind, access, rest).replace(' ', "");
        let object: Object = same(&hex(&text));
        let [Element::Tag(tag), Element::TagEnd] = &object.elements[..] else { panic!("{object:?}") };
        assert_eq!((tag.lid, tag.name.as_str(), tag.offsets), (9, Some("a"), [2, 4]));
        assert_eq!(format!("{:02x}", tag.written()), kind);
    }
}

#[test]
fn depth_counts_and_lengths_are_bounded() {
    let refused = |octets: &[u8]| Value::read(&mut Reader::new(octets)).unwrap_err();
    // A thousand structs in each other; then 32, which are fine.
    let nested = |n: usize| {
        let mut octets = hex("0017000001 00".replace(' ', "").as_str());
        for _ in 1..n {
            octets.extend(hex("010017000001 00".replace(' ', "").as_str()));
        }
        octets.extend(vec![0; n]);
        octets
    };
    assert_eq!(refused(&nested(1000)).what, "struct: it lies more than 32 deep");
    assert_eq!(refused(&nested(33)).what, "struct: it lies more than 32 deep");
    same::<Value>(&nested(32));
    // A thousand objects in each other.
    let mut objects = vec![];
    for _ in 0..1000 {
        objects.extend(hex("a100000001010000"));
    }
    objects.extend(vec![0xa2; 1000]);
    let error = Object::read(&mut Reader::new(&objects)).unwrap_err();
    assert_eq!((error.what, error.at), ("object: it lies more than 32 deep", 32 * 8));
    // Four thousand million of everything, in a few octets.
    for ty in (1..=0x16).chain([0x19]) {
        for flags in [0x10, 0x20] {
            let mut octets = vec![flags, ty];
            octets.extend(hex("8fffffff7f"));
            octets.extend([1; 20]);
            assert_eq!(refused(&octets).at, 2, "type {ty:02x}");
        }
    }
    for text in
        ["00148fffffff7f00", "0014008fffffff7f00", "00158fffffff7f00", "20178fffffff7f0000", "10150a0000"]
    {
        assert!(refused(&hex(text)).at > 1, "{text}");
    }
    let many = Value::new(Data::Array(Array::Null(u32::MAX)));
    assert_eq!(same::<Value>(&written(&many)), many);
    // A list of a million LIDs that are not there.
    let error = ItemAddress::read(&mut Reader::new(&hex("0052bd84409d1809"))).unwrap_err();
    assert_eq!(error.at, 2);
    assert_eq!(ItemAddress::read(&mut Reader::new(&hex("005200"))).unwrap_err().at, 2);
}

#[test]
fn complaints_name_the_octet() {
    let refused = |text: &str| Object::read(&mut Reader::new(&hex(text))).unwrap_err();
    let head = "a100000001010000";
    assert_eq!(refused("a2").at, 0);
    assert_eq!(
        refused(&format!("{head}a5a2")),
        Malformed { what: "element of an object: nobody knows what this octet starts", at: 8 }
    );
    assert_eq!(refused(&format!("{head}a3010001")), Malformed { what: "Bool", at: 12 });
    // An element that reaches beyond its block, a name without its zero.
    assert_eq!(refused(&format!("{head}ab000600000000 00000000")[..26].replace(' ', "")).what, "block");
    let short = format!("{head}ab0008 01000000 09000000 0000 a2").replace(' ', "");
    assert_eq!(refused(&short), Malformed { what: "member of a type", at: 19 });
    let name = format!("{head}ac0003 016101 0000 a2").replace(' ', "");
    assert_eq!(refused(&name), Malformed { what: "octet after a name, which is 00", at: 13 });
}

#[test]
fn values_are_read_by_id() {
    let version: Value =
        same(&hex(&format!("0017 0000013a 823b00048400 823f001503{} 00", hexed(b"abc")).replace(' ', "")));
    let data = version.as_struct().unwrap();
    assert_eq!(data.member(315).and_then(Value::as_u32), Some(512));
    assert_eq!(data.member(319).and_then(Value::as_str), Some("abc"));
    assert_eq!(data.member(316), None);
    let limits = Sparse::new(ValueType::DInt, vec![(1, Data::DInt(250)), (1001, Data::DInt(50))]).unwrap();
    assert_eq!(limits.element(1001), Some(&Data::DInt(50)));
    assert_eq!(hexed(&written(&Value::from(limits.clone()))), "400801817a8769803200".replace("8032", "32"));
    assert_eq!(Sparse::new(ValueType::DInt, vec![(0, Data::DInt(1))]), None);
    assert_eq!(Sparse::new(ValueType::DInt, vec![(1, Data::UDInt(1))]), None);
    assert_eq!(Value::rid(7).as_rid(), Some(7));
    assert_eq!(Value::octets(vec![1, 2]).as_bytes(), Some(&[1, 2][..]));
    assert_eq!(Value::addresses(vec![288, 1]).as_u32s(), Some(&[288, 1][..]));
    assert_eq!(hexed(&written(&Value::addresses(vec![288, 1]))), "200402822001");
    assert_eq!(
        (Value::from(-1).as_u32(), Value::from(-1).as_i32(), Value::from(5u8).as_i64()),
        (None, Some(-1), Some(5))
    );
    assert_eq!(Value::from(u64::MAX).as_u64(), Some(u64::MAX));
    let object =
        Object::new(211, 287).with(233, "a").with_child(Object::new(211, 255).with(300, Value::rid(9)));
    assert_eq!(object.children().next().and_then(|child| child.attribute(300)), Some(&Value::rid(9)));
    assert_eq!(
        object.to_string(),
        "object 000000D3 class 287\n  233: WString \"a\"\n  object 000000D3 class 255\n    300: Rid 00000009"
    );
}

#[test]
fn values_as_people_read_them() {
    for (text, shown) in [
        ("0007fffb", "Int -5"),
        ("000101", "Bool true"),
        ("000103", "Bool 3"),
        ("800a1a", "Byte 16#1A (flags 80)"),
        ("1002030 0ff7f", "USInt[3] [0, 255, 127]"),
        ("200404822001814000", "UDInt[4] [288, 1, 192, 0] (flags 20)"),
        ("400401880102881000", "UDInt{} {1: 1025, 2: 1040}"),
        ("00140003010203", "Blob 3 octets 010203"),
        ("000e41bc0000", "Real 23.5"),
        ("0012 80c3c901", "Rid 80C3C901"),
        ("100e023f80000040000000", "Real[2] [1.0, 2.0]"),
        ("001502c328", "WString no UTF-8: 2 octets c328"),
        ("10150203616263 00", "WString[2] [\"abc\", \"\"]"),
        ("0000", "Null"),
        ("00170000013a823b0004840000", "Struct 314 {315: UDInt 512}"),
        (
            "00170200004310ff4ad6dfd5774c020407d80a19",
            "Struct 02000043 packed 4 octets 07d80a19 (interface 10ff4ad6dfd5774c, transport 2)",
        ),
    ] {
        assert_eq!(same::<Value>(&hex(&text.replace(' ', ""))).to_string(), shown);
    }
    assert_eq!(Text::from("größe").to_string(), "\"größe\"");
}

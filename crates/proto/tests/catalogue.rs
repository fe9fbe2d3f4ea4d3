//! Catalogues, made of the recorded answers and of types that are built here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use hepta_proto::data::Type;
use hepta_proto::plus::blob::{self, BlobError};
use hepta_proto::plus::catalogue::{Builder, Catalogue, FileError, Kind, Node};
use hepta_proto::plus::lists::{
    Attributes, BitInfo, Bounds, Dimensions, ElementSize, OffsetInfo, Place, Relation, SoftType, VarnameList,
    Vartype, VartypeList,
};
use hepta_proto::plus::{Data, Element, Object, Value};
use hepta_proto::wire::{Reader, Wire as _};
use serde_json::Value as Json;

fn vectors() -> Json {
    serde_json::from_str(include_str!("catalogue/vectors.json")).unwrap()
}

fn octets(json: &Json) -> Vec<u8> {
    let text = json.as_str().unwrap().as_bytes();
    text.chunks(2).map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().unwrap().iter().map(|text| text.as_str().unwrap().into()).collect()
}

/// The program of the worked example.
fn demo() -> Catalogue {
    let demo = &vectors()["demo"];
    let program = octets(&demo["plc_program_object"]);
    let container = octets(&demo["type_info_container_object"]);
    let mut builder = Builder::new();
    builder.blocks(&[Object::read(&mut Reader::new(&program)).unwrap()]);
    assert_eq!(builder.wanted().collect::<Vec<_>>(), [0x8a0e_0001]);
    builder.describe_all([0x9200_0001]);
    let mut r = Reader::new(&container);
    let mut told = Vec::new();
    builder.types(&mut r, |types| told.push(types)).unwrap();
    assert_eq!((r.left(), told), (0, vec![1, 2, 3, 4]));
    builder.finish()
}

/// A leaf as the reference client of the vectors shows it.
fn shown(node: &Node<'_>) -> String {
    let (item, flags) = (node.item(), node.flags());
    let lids = item.lids.iter().fold(String::new(), |text, lid| format!("{text}.{lid:X}"));
    let (opt, non) = (node.optimised(), node.classic());
    let bool = |yes| if yes { "True" } else { "False" };
    format!(
        "{} {:X}{lids} sdt={} crc={:08X} opt={}.{} non={}.{} hmi={}/{} n={}",
        node.path(),
        item.area,
        node.soft().0,
        item.crc,
        opt.octet,
        opt.bit,
        non.octet,
        non.bit,
        bool(flags.visible),
        bool(flags.accessible),
        if node.dimensions().next().is_some() { node.count() } else { 0 },
    )
}

#[test]
fn the_worked_example_as_another_client_shows_it() {
    let (demo, vectors) = (demo(), vectors());
    let leaves: Vec<_> = demo.leaves().parts().map(|leaf| shown(&leaf)).collect();
    assert_eq!(leaves, strings(&vectors["demo"]["vars_csharp_aggregate"]));
    let leaves: Vec<_> = demo.leaves().parts().elements().map(|leaf| shown(&leaf)).collect();
    assert_eq!(leaves, strings(&vectors["demo"]["vars_csharp_expanded"]));
    assert_eq!((demo.leaves().count(), demo.count(false)), (14, 14));
    assert_eq!((demo.leaves().elements().count(), demo.count(true)), (21, 21));
    assert_eq!(demo.problems(), []);
}

/// A type: its relation id, and its members by name.
fn type_object(rid: u32, members: &[(&str, Vartype)]) -> Object {
    let mut object = Object::new(rid, 511).with(1502, 12u32);
    object.elements.push(Element::Attribute { id: 529, value: Value::new(Data::Timestamp(77)) });
    let elements = members.iter().map(|(_, vartype)| vartype.clone()).collect();
    let names = members.iter().map(|(name, _)| (*name).into()).collect();
    object.elements.push(Element::Vartypes(VartypeList::new(0, elements)));
    object.elements.push(Element::Varnames(VarnameList::new(names)));
    object
}

fn vartype(lid: u32, soft: u8, offset: OffsetInfo) -> Vartype {
    let attributes = Attributes(0x0a80);
    Vartype { lid, crc: 0, soft_type: SoftType(soft), attributes, bits: BitInfo(0), offset }
}

fn scalar(lid: u32, soft: u8) -> Vartype {
    vartype(lid, soft, OffsetInfo::Plain { optimised: 0, classic: 0 })
}

fn place(optimised: u32, classic: u32) -> Place {
    Place { a: 0, b: 0, optimised, classic }
}

fn structure(lid: u32, rid: u32) -> Vartype {
    vartype(lid, 17, OffsetInfo::Struct(place(0, 0), Relation { rid, info: [0; 4] }))
}

fn row(lid: u32, soft: u8, lower: i32, count: u32) -> Vartype {
    vartype(lid, soft, OffsetInfo::Array(place(0, 0), Bounds { lower, count }))
}

fn structs(lid: u32, soft: u8, rid: u32, lower: i32, count: u32) -> Vartype {
    let relation = Relation { rid, info: [0; 4] };
    let bounds = Bounds { lower, count };
    let size = ElementSize { classic: 0, optimised: 0 };
    vartype(lid, soft, OffsetInfo::StructArray(place(4, 6), bounds, size, relation))
}

/// Innermost dimension first, as on the wire.
fn table<const N: usize>(dimensions: [(i32, u32); N]) -> Dimensions {
    let mut table = Dimensions::default();
    for (at, (lower, count)) in dimensions.into_iter().enumerate() {
        (table.lower[at], table.count[at]) = (lower, count);
    }
    table
}

fn matrix<const N: usize>(lid: u32, soft: u8, dimensions: [(i32, u32); N]) -> Vartype {
    let total = dimensions.iter().fold(1, |total: u32, (_, count)| total.saturating_mul(*count));
    let bounds = Bounds { lower: dimensions[0].0, count: total };
    vartype(lid, soft, OffsetInfo::Matrix(place(0, 0), bounds, Box::new(table(dimensions))))
}

/// One block `DB` (number 1, type 92000001), and these types.
fn of_types(types: &[Object]) -> Catalogue {
    let mut builder = Builder::new();
    builder.blocks(&[Object::new(0x8a0e_0001, 2574).with(233, "DB")]);
    builder.describe(0x8a0e_0001, 0x9200_0001);
    let mut octets = Vec::new();
    types.iter().for_each(|object| object.write(&mut octets));
    builder.types(&mut Reader::new(&octets), |_| ()).unwrap();
    builder.finish()
}

fn address(catalogue: &Catalogue, symbol: &str) -> String {
    catalogue.find(symbol).unwrap_or_else(|e| panic!("{symbol}: {e}")).item().to_string()
}

#[test]
fn symbols_are_found_however_they_are_spelled() {
    let demo = demo();
    for (symbol, item) in [
        ("Demo.di", "8A0E0001.C#5F70933E"),
        ("\"Demo\".di", "8A0E0001.C#5F70933E"),
        ("\"Demo\".\"di\"", "8A0E0001.C#5F70933E"),
        (" Demo . st . b ", "8A0E0001.13.A#8C68CFC2"),
        ("Demo.ai", "8A0E0001.11#7A4547DF"),
        ("Demo.ai[2]", "8A0E0001.11.1"),
        ("Demo.ar[1,2]", "8A0E0001.12.5"),
        ("Demo.ar[ 0 , 1 ]", "8A0E0001.12.1"),
        ("Demo.ts", "8A0E0001.14#C4BBE1D9"),
        ("Demo.ts.NANOSECOND", "8A0E0001.14.8#B17E700F"),
        ("mflag", "52.9#8F973ABD"),
        ("\"mflag\"", "52.9#8F973ABD"),
        ("MArea.mflag", "52.9#8F973ABD"),
        ("Demo.by.%X7", "8A0E0001.A#E789806B"),
        ("Demo.st", "8A0E0001.13#"),
    ] {
        let found = address(&demo, symbol);
        assert!(found.starts_with(item.split('#').next().unwrap()), "{symbol}: {found}");
        if symbol != "Demo.ts" && symbol != "Demo.st" {
            assert_eq!(found, item, "{symbol}");
        }
    }
    let symbol = demo.symbol("\"Demo\".ar").unwrap();
    assert_eq!((symbol.path(), symbol.tia()), ("Demo.ar", "\"Demo\".ar"));
    assert_eq!(symbol.ty().unwrap().to_string(), "ARRAY[0..1,0..2] OF REAL");
    assert_eq!((symbol.kind(), symbol.count()), (Kind::Array, 6));
    assert_eq!(symbol.element(5).to_string(), "8A0E0001.12.5");
    let st = demo.symbol("Demo.st").unwrap();
    assert_eq!(st.ty().unwrap().to_string(), "STRUCT a : BOOL; b : INT; END_STRUCT");
    assert_eq!(st.interface().map(|it| (it.rid, it.modified)), Some((0x9201_0001, None)));
    let ts = demo.symbol("Demo.ts").unwrap();
    assert_eq!(ts.interface().unwrap().modified, Some(0x10ff_4ad6_dfd5_774c));
    // The name that is shown leads back to the same.
    for leaf in demo.leaves().elements().parts() {
        assert_eq!(demo.find(&leaf.tia()).unwrap(), *leaf);
        assert_eq!(demo.find(&leaf.path()).unwrap(), *leaf);
    }
}

#[test]
fn slices_and_bits() {
    let types = [type_object(
        0x9200_0001,
        &[("a", row(9, 5, -2, 10)), ("g", matrix(10, 8, [(0, 3), (1, 4)])), ("w", scalar(11, 4))],
    )];
    let catalogue = of_types(&types);
    let slice = catalogue.symbol("DB.a[-1..1]").unwrap();
    assert_eq!((slice.count(), slice.ty().unwrap().to_string().as_str()), (3, "ARRAY[-1..1] OF INT"));
    let items: Vec<_> = slice.items().map(|item| item.to_string()).collect();
    assert_eq!(items, ["8A0E0001.9.1", "8A0E0001.9.2", "8A0E0001.9.3"]);
    assert_eq!(slice.tia(), "\"DB\".a[-1..1]");
    let part = catalogue.symbol("DB.g[2..3, 1]").unwrap();
    assert_eq!(part.ty().unwrap().to_string(), "ARRAY[2..3] OF REAL");
    let items: Vec<_> = part.items().map(|item| item.to_string()).collect();
    assert_eq!(items, ["8A0E0001.A.4", "8A0E0001.A.7"]);
    // A range of one is an array of one, and is shown as it was given.
    let one = catalogue.symbol("DB.g[2, 0..0]").unwrap();
    assert_eq!((one.tia(), one.count()), ("\"DB\".g[2,0..0]", 1));
    assert_eq!(one.ty().unwrap().to_string(), "ARRAY[0..0] OF REAL");
    let one = catalogue.symbol("DB.a[3..3]").unwrap();
    assert_eq!((one.tia(), one.ty().unwrap().to_string().as_str()), ("\"DB\".a[3..3]", "ARRAY[3..3] OF INT"));
    assert_eq!(catalogue.find("DB.a[3..3]").unwrap(), catalogue.find(one.tia()).unwrap());
    let bits = catalogue.symbol("DB.w.%B1").unwrap();
    assert_eq!((bits.ty(), bits.soft().0), (Some(&Type::Byte), 4));
    let of = bits.bits().unwrap();
    assert_eq!((of.of(0xabcd), of.put(0xabcd, 0x12)), (0xab, 0x12cd));
}

#[test]
fn what_is_not_there_is_told_with_its_column_and_what_is_like_it() {
    let demo = demo();
    for (symbol, column, text) in [
        ("", 1, "a name is wanted here"),
        ("Dmo.di", 1, "no data block and no tag is called \"Dmo\"; did you mean \"Demo\""),
        ("\"mflog\"", 1, "no data block and no tag is called \"mflog\"; did you mean \"mflag\""),
        ("Demo.dii", 6, "\"Demo\" has no member \"dii\"; did you mean \"di\""),
        ("Demo.DI", 6, "\"Demo\" has no member \"DI\"; did you mean \"di\""),
        ("Demo.\"di", 6, "the name has no closing double quote"),
        ("Demo.", 6, "a name is wanted here"),
        ("Demo.di.x", 9, "\"di\" is a DINT and has no members"),
        ("Demo.di[1]", 8, "\"di\" is no array"),
        ("Demo.ai[0]", 9, "0 is not within [1..3]"),
        ("Demo.ai[4]", 9, "4 is not within [1..3]"),
        ("Demo.ai[1,2]", 8, "2 indices for [1..3]"),
        ("Demo.ar[1]", 8, "1 indices for [0..1, 0..2]"),
        ("Demo.ar[1,3]", 11, "3 is not within [0..2]"),
        ("Demo.ai[3..2]", 9, "3..2 goes backwards"),
        ("Demo.ai[x]", 9, "an index is wanted here"),
        ("Demo.ai[99999999999]", 9, "an index is wanted here"),
        ("Demo.ai[1]]", 11, "a dot, an index or the end is wanted here"),
        ("Demo.ar.x", 9, "\"ar\" is an array [0..1, 0..2]: say which element"),
        ("Demo.st.c", 9, "\"st\" has no member \"c\""),
        ("Demo.by.%X8", 9, "a BYTE has no %X8"),
        ("Demo.r.%X0", 8, "a REAL has no %X0"),
        ("Demo.by.%Q1", 9, "bits are %X0, %B0, %W0 or %D0 and so on"),
    ] {
        let error = demo.find(symbol).unwrap_err();
        assert_eq!(error.column, column, "{symbol}: {error}");
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("column {column}: {text}")), "{symbol}: {shown}");
    }
}

#[test]
fn elements_have_the_numbers_of_other_clients() {
    let vectors = &vectors()["access_ids"];
    let types = [
        type_object(
            0x9200_0001,
            &[
                ("b25", matrix(9, 40, [(0, 5), (0, 2)])),
                ("b23", matrix(10, 40, [(0, 3), (0, 2)])),
                ("grid", matrix(11, 5, [(1, 3), (10, 2)])),
                ("Timestamps", structs(15, 67, 0x0200_0043, 5, 3)),
                ("m", structs(7, 17, 0x9100_0003, 1, 2)),
                ("row", row(16, 40, 0, 20)),
            ],
        ),
        type_object(0x9100_0003, &[("x", scalar(2, 5))]),
    ];
    let catalogue = of_types(&types);
    let ids = |name: &str| -> Vec<u64> {
        let node = catalogue.find(name).unwrap();
        node.children().map(|child| child.item().lids[1].into()).collect()
    };
    let expected = |name: &str| -> Vec<u64> {
        vectors[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect()
    };
    assert_eq!(ids("DB.b25"), expected("bbool_2x5_row_padded"));
    assert_eq!(ids("DB.b23"), expected("bbool_2x3_row_padded"));
    assert_eq!(ids("DB.row"), (0..20).collect::<Vec<_>>());
    let grid = &vectors["int_grid_lower_1_10_counts_3_2"];
    let names: Vec<_> = catalogue.find("DB.grid").unwrap().children().map(|child| child.path()).collect();
    let wanted: Vec<_> = strings(&grid["names"]).iter().map(|index| format!("DB.grid{index}")).collect();
    assert_eq!(names, wanted);
    let symbol = catalogue.symbol("DB.b25").unwrap();
    let by_symbol: Vec<_> = (0..10).map(|n| u64::from(symbol.element(n).lids[1])).collect();
    assert_eq!(by_symbol, expected("bbool_2x5_row_padded"));
    assert_eq!(address(&catalogue, "DB.Timestamps[6]"), "8A0E0001.F.1.1");
    assert_eq!(catalogue.symbol("DB.Timestamps").unwrap().element(1).to_string(), "8A0E0001.F.1.1");
    assert_eq!(address(&catalogue, "DB.m[2].x"), "8A0E0001.7.1.1.2");
    let m = catalogue.find("DB.m[2]").unwrap();
    // No size is said, so that of the type counts.
    assert_eq!((m.optimised().octet, m.classic().octet), (16, 18));
}

#[test]
fn paths_as_a_real_cpu_has_them() {
    let inner = [("bool", scalar(9, 1)), ("array", row(11, 5, 0, 2))];
    let types = [
        type_object(
            0x9200_0001,
            &[
                ("bool", scalar(9, 40)),
                ("Int", scalar(0x11, 5)),
                ("Dint", scalar(0x12, 7)),
                ("Real", scalar(0x13, 8)),
                ("Lreal", scalar(0x14, 48)),
                ("Mytype", structure(0x16, 0x9100_0001)),
                ("MyStruct", structure(0x18, 0x9201_0001)),
                ("MytypeArray", structs(0x1a, 17, 0x9100_0001, 0, 2)),
            ],
        ),
        type_object(
            0x9100_0001,
            &[
                ("bool", scalar(9, 1)),
                ("real", scalar(0xc, 8)),
                ("struct", structure(0xf, 0x9200_0002)),
                ("structArray", structs(0x11, 17, 0x9200_0002, 0, 2)),
            ],
        ),
        type_object(0x9200_0002, &inner),
        type_object(0x9201_0001, &[("bools", scalar(9, 1))]),
    ];
    let catalogue = of_types(&types);
    for (name, path) in vectors()["real_lids"].as_object().unwrap() {
        let found = address(&catalogue, &name.replacen("Test", "DB", 1));
        let path = format!("8A0E0001.{}", path.as_str().unwrap());
        assert_eq!(found.split('#').next().unwrap(), path, "{name}");
        // An element was chosen: no checksum.
        assert_eq!(found.contains('#'), !name.contains('['), "{name}");
    }
    assert_eq!(catalogue.leaves().count() as u64, catalogue.count(false));
    assert_eq!(catalogue.leaves().elements().count() as u64, catalogue.count(true));
    assert_eq!(catalogue.search("*.structarray[1].bool").count(), 3);
    assert_eq!(catalogue.find("DB.Mytype").unwrap().leaves().count(), 8);
}

#[test]
fn all_layouts_of_offset_infos_become_members() {
    for vector in vectors()["offset_info"].as_array().unwrap() {
        let code = vector["code"].as_u64().unwrap();
        let info = octets(&vector["hex"]);
        let mut octets = vec![0xa1, 0x92, 0, 0, 1, 0x83, 0x7f, 0, 0, 0xab];
        octets.extend_from_slice(&u16::try_from(4 + 12 + info.len()).unwrap().to_be_bytes());
        octets.extend_from_slice(&[0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5]);
        octets.extend_from_slice(&[(u8::try_from(code).unwrap()) << 4 | 0x0a, 0x80, 0]);
        octets.extend_from_slice(&info);
        octets.extend_from_slice(&[0, 0, 0xac, 0, 3, 1, b'x', 0, 0, 0, 0xa2]);
        let mut builder = Builder::new();
        builder.blocks(&[Object::new(0x8a0e_0001, 2574).with(233, "DB")]);
        builder.describe_all([0x9200_0001]);
        let mut r = Reader::new(&octets);
        builder.types(&mut r, |_| ()).unwrap();
        assert_eq!(r.left(), 0);
        let catalogue = builder.finish();
        let (fields, x) = (&vector["fields"], catalogue.find("DB.x").unwrap());
        assert_eq!(u64::from(x.optimised().octet), fields["opt_addr"].as_u64().unwrap(), "{code}");
        assert_eq!(u64::from(x.classic().octet), fields["nonopt_addr"].as_u64().unwrap(), "{code}");
        let count = fields["array_element_count"].as_u64();
        assert_eq!(count.is_some(), x.kind() == Kind::Array, "{code}");
        assert_eq!(x.count(), count.unwrap_or(1), "{code}");
        let counts: Vec<_> = x.dimensions().map(|dimension| u64::from(dimension.count)).collect();
        if let Some(told) = fields["mdim_element_count"].as_array() {
            let mut told: Vec<_> = told.iter().map(|n| n.as_u64().unwrap()).collect();
            told.reverse();
            assert_eq!(counts, told, "{code}");
        }
        if let Some(rid) = fields["relation_id"].as_u64() {
            assert!(!catalogue.has_type(u32::try_from(rid).unwrap()));
        }
    }
}

#[test]
fn lists_in_several_blocks_are_one() {
    let lists = &vectors()["lists"];
    for (types, names, many) in [
        ("vartype_single_block", "varname_single_block", 3),
        ("vartype_three_blocks", "varname_multi_block", 6),
    ] {
        let mut object = vec![0xa1, 0x92, 0, 0, 1, 0x83, 0x7f, 0, 0];
        object.extend(octets(&lists[types]));
        object.extend(octets(&lists[names]));
        object.push(0xa2);
        let mut builder = Builder::new();
        builder.blocks(&[Object::new(0x8a0e_0001, 2574).with(233, "DB")]);
        builder.describe_all([0x9200_0001]);
        builder.types(&mut Reader::new(&object), |_| ()).unwrap();
        let catalogue = builder.finish();
        assert_eq!(catalogue.find("DB").unwrap().children().count(), many);
        assert_eq!(catalogue.problems(), []);
        assert_eq!(address(&catalogue, "DB.by").split('#').next(), Some("8A0E0001.A"));
    }
}

#[test]
fn types_that_lie_are_bounded_and_named() {
    let own = 0x9200_0001;
    // A type in itself, by two levels; an array of two billion, and one of more than can be.
    let types = [
        type_object(
            own,
            &[
                ("loop", structure(9, 0x9100_0001)),
                ("many", structs(10, 17, 0x9100_0002, i32::MIN, 0x8000_0000)),
                ("bytes", row(11, 2, 0, 0x8000_0000)),
                ("beyond", matrix(12, 2, [(0, 0xffff), (0, 0xffff), (0, 2)])),
                ("none", row(13, 2, 5, 0)),
                ("ok", scalar(14, 5)),
            ],
        ),
        type_object(0x9100_0001, &[("back", structure(9, own)), ("v", scalar(10, 5))]),
        type_object(0x9100_0002, &[("v", scalar(9, 5)), ("w", scalar(10, 5))]),
    ];
    let catalogue = of_types(&types);
    let problems: Vec<_> = catalogue.problems().iter().map(ToString::to_string).collect();
    assert!(problems.iter().any(|p| p.contains("its type contains itself")), "{problems:?}");
    assert!(problems.iter().any(|p| p.contains("no block holds 2147483648 elements")), "{problems:?}");
    // All but what lies: the array of bytes is one value, whatever it says of itself.
    let names: Vec<_> = catalogue.leaves().elements().take(100).map(|leaf| leaf.path()).collect();
    assert!(names.contains(&"DB.ok".to_owned()) && names.contains(&"DB.loop.v".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("DB.many")), "{names:?}");
    // It can be counted, and each element be named.
    let many = catalogue.find("DB.many").unwrap();
    assert_eq!((many.count(), many.children().size_hint().0), (0x8000_0000, 0x8000_0000));
    assert_eq!(address(&catalogue, "DB.many[-1].w"), "8A0E0001.A.7FFFFFFF.1.A");
    assert!(catalogue.find("DB.many[0].w").is_err());
    assert_eq!(many.children().nth(3).unwrap().path(), "DB.many[-2147483645]");
    assert_eq!(catalogue.find("DB.none").unwrap().children().count(), 0);
    assert!(catalogue.find("DB.none[5]").unwrap_err().to_string().contains("5 is not within [5..4]"));
    // Deeper than any program: the chain is cut, and told.
    let chain: Vec<_> = (1..100u32)
        .map(|n| type_object(0x9200_0000 + n, &[("n", structure(9, 0x9200_0001 + n)), ("v", scalar(10, 5))]))
        .collect();
    let catalogue = of_types(&chain);
    assert!(catalogue.problems().iter().any(|p| p.to_string().contains("more than 32 deep")));
    assert!(catalogue.leaves().count() <= 99);
    // Types that double at each level: counted, not gone through.
    let double: Vec<_> = (1..30u32)
        .map(|n| {
            let below = structure(9, 0x9200_0001 + n);
            type_object(0x9200_0000 + n, &[("a", below.clone()), ("b", below), ("v", scalar(10, 5))])
        })
        .collect();
    let catalogue = of_types(&double);
    assert_eq!(catalogue.count(false), (1 << 29) - 1);
    assert_eq!(catalogue.leaves().take(10).count(), 10);
}

#[test]
fn names_may_be_anything() {
    let mut octets = Vec::new();
    type_object(0x9200_0001, &[("Größe.über [alles]", scalar(9, 5)), ("XX", scalar(10, 5))])
        .write(&mut octets);
    let at = octets.windows(2).position(|two| two == b"XX").unwrap();
    octets[at] = 0xff;
    let mut builder = Builder::new();
    builder.blocks(&[Object::new(0x8a0e_0001, 2574).with(233, "Müller & Söhne. Nord")]);
    builder.describe_all([0x9200_0001]);
    builder.types(&mut Reader::new(&octets), |_| ()).unwrap();
    let catalogue = builder.finish();
    let names: Vec<_> = catalogue.leaves().map(|leaf| leaf.tia()).collect();
    assert_eq!(
        names,
        ["\"Müller & Söhne. Nord\".\"Größe.über [alles]\"", "\"Müller & Söhne. Nord\".\"\u{fffd}X\""]
    );
    // Found by both spellings; what is no UTF-8 has no checksum, for nobody knows what the CPU sums up.
    for leaf in catalogue.leaves() {
        assert_eq!(catalogue.find(&leaf.tia()).unwrap(), *leaf);
        assert_eq!(catalogue.find(&leaf.path()).unwrap(), *leaf);
    }
    assert_eq!(catalogue.leaves().nth(1).unwrap().item().crc, 0);
    assert_eq!(catalogue.problems().len(), 1);
}

#[test]
fn a_kept_catalogue_is_the_same_and_a_damaged_one_an_error() {
    let demo = demo();
    let octets = demo.to_octets();
    let again = Catalogue::from_octets(&octets).unwrap();
    let all = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.leaves().elements().parts().map(|leaf| shown(&leaf)).collect()
    };
    assert_eq!(all(&again), all(&demo));
    assert_eq!((again.stamp(), again.is_whole()), (demo.stamp(), true));
    assert_eq!(again.to_octets(), octets);
    for at in 0..octets.len() {
        let mut damaged = octets.clone();
        damaged[at] ^= 0x10;
        assert!(Catalogue::from_octets(&damaged).is_err(), "octet {at}");
        assert!(Catalogue::from_octets(&octets[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(Catalogue::from_octets(b"something else").unwrap_err(), FileError::NoCatalogue);
    let mut newer = octets;
    newer[9] = 7;
    assert_eq!(Catalogue::from_octets(&newer).unwrap_err(), FileError::Version(7));
}

#[test]
fn a_change_is_named() {
    let program = |name: &str, modified: u64| {
        let mut object = type_object(0x9200_0001, &[("x", scalar(9, 5))]);
        object.elements[1] = Element::Attribute { id: 529, value: Value::new(Data::Timestamp(modified)) };
        let mut octets = Vec::new();
        object.write(&mut octets);
        let mut builder = Builder::new();
        builder.blocks(&[Object::new(0x8a0e_0001, 2574).with(233, name)]);
        builder.describe_all([0x9200_0001]);
        builder.types(&mut Reader::new(&octets), |_| ()).unwrap();
        builder.finish().stamp()
    };
    let first = program("Motor", 1);
    assert_eq!(first.change(&first), None);
    assert_eq!(first.interfaces(), program("Motor", 1).interfaces());
    assert_ne!(first.interfaces(), program("Motor", 2).interfaces());
    assert_eq!(first.change(&program("Motor", 2)).unwrap().to_string(), "changed \"Motor\"");
    let renamed = first.change(&program("Pump", 1)).unwrap();
    assert_eq!(renamed.to_string(), "renamed \"Motor\" to \"Pump\"");
    let gone = first.change(&Catalogue::default().stamp()).unwrap();
    assert_eq!(gone.to_string(), "removed \"Motor\"");
}

#[test]
fn blobs_are_inflated_and_dictionaries_are_named() {
    let vectors = vectors();
    let plain = octets(&vectors["plain_zlib_blob"]["with_4_byte_version_prefix"]);
    let text = vectors["plain_zlib_blob"]["text"].as_str().unwrap();
    assert_eq!(blob::inflate(&plain, 100, |_| None).unwrap(), text.as_bytes());
    for vector in vectors["zlib_dictionaries"].as_array().unwrap() {
        let adler = u32::from_str_radix(vector["adler32"].as_str().unwrap(), 16).unwrap();
        let name = vector["name"].as_str().unwrap();
        let (kind, version) = name.rsplit_once('_').unwrap();
        assert_eq!(blob::name(adler), Some(format!("{kind} {version}").as_str()));
        let stream = [&[0x78, 0xbb][..], &adler.to_be_bytes(), &[3, 0]].concat();
        assert_eq!(blob::inflate(&stream, 100, |_| None), Err(BlobError::Dictionary { adler }));
    }
}

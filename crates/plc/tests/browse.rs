//! Every shape of a program, walked as clients walk it: names, addresses and sums out of the octets, values behind them.
mod common;
use common::plant::{array, lines, other, plant, vectors};
use common::{Leaf, ask, browse, elements, explored, hex, objects, octets};
use hepta_plc::program::{DataBlock, Home, Var};
use hepta_plc::{Area, Plc, Profile, Who, example};
use hepta_proto::data::Type;
use hepta_proto::plus::message::{Ask, Context, Request};
use hepta_proto::plus::value::{Array, Data, Value};
use hepta_proto::plus::{ItemAddress, ReturnValue};
use hepta_proto::wire::Reader;

#[test]
fn the_example_is_listed_as_a_client_lists_it() {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    let vectors = vectors();
    for (expand, name) in [(false, "vars_csharp_aggregate"), (true, "vars_csharp_expanded")] {
        let listed: Vec<_> = browse(&plc, expand).iter().map(Leaf::line).collect();
        assert_eq!(listed, lines(&vectors[name]), "{name}");
    }
}

#[test]
fn every_variable_has_its_own_place_and_is_read_as_it_was_written() {
    let plc = plant();
    let leaves = browse(&plc, true);
    assert!(leaves.len() > 900, "{}", leaves.len());
    let mut names: Vec<_> = leaves.iter().map(|leaf| leaf.name.clone()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), leaves.len());
    let mut written = vec![];
    for (leaf, n) in leaves.iter().zip(1000..) {
        let address = leaf.address();
        let first = plc.read_item(&address).unwrap_or_else(|why| panic!("{}: {why:?}", leaf.line()));
        let value = other(&first, n);
        plc.write_item(Who::Connection(1), &address, &value)
            .unwrap_or_else(|why| panic!("{} {value:?}: {why:?}", leaf.line()));
        written.push(value);
        // The sum is checked, where there is one.
        if leaf.crc != 0 {
            let wrong = ItemAddress { crc: leaf.crc ^ 1, ..address };
            assert!(plc.read_item(&wrong).is_err(), "{}", leaf.name);
        }
    }
    for (leaf, value) in leaves.iter().zip(&written) {
        assert_eq!(plc.read_item(&leaf.address()).unwrap(), *value, "{}", leaf.line());
    }
}

#[test]
fn standard_blocks_have_the_same_octets_by_name_and_by_offset() {
    let plc = plant();
    let standard = |leaf: &&Leaf| matches!(leaf.area, 0x8a0e_0002 | 0x8a0e_0004 | 0x8a0e_0006);
    let leaves = browse(&plc, true);
    let mut bits = 0;
    for (leaf, n) in leaves.iter().filter(standard).zip(1000..) {
        let value = other(&plc.read_item(&leaf.address()).unwrap(), n);
        plc.write_item(Who::Connection(1), &leaf.address(), &value).unwrap();
        let blob = |start: u32, len: usize| {
            let lids = [3, start, u32::try_from(len).unwrap()];
            let value = plc.read_item(&ItemAddress::below(leaf.area, 2550, lids)).unwrap();
            value.as_bytes().unwrap().to_vec()
        };
        let (start, bit) = leaf.classic;
        let expected = match value.data() {
            Data::Bool(on) => {
                // Elements of a row of bits: clients count octets there.
                if leaf.name.ends_with(']') {
                    continue;
                }
                bits += 1;
                assert_eq!(blob(start, 1)[0] >> bit & 1, *on, "{}", leaf.line());
                continue;
            }
            Data::Struct(of) => of.as_packed().unwrap().octets.clone(),
            Data::Array(Array::USInt(octets)) => octets.clone(),
            Data::Array(Array::UInt(units)) => units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            Data::Byte(n) | Data::USInt(n) => vec![*n],
            Data::UInt(n) | Data::Word(n) => n.to_be_bytes().into(),
            Data::Int(n) => n.to_be_bytes().into(),
            Data::UDInt(n) => n.to_be_bytes().into(),
            Data::DInt(n) => n.to_be_bytes().into(),
            Data::ULInt(n) | Data::LWord(n) | Data::Timestamp(n) => n.to_be_bytes().into(),
            Data::Timespan(n) => n.to_be_bytes().into(),
            Data::Real(n) => n.to_be_bytes().into(),
            Data::LReal(n) => n.to_be_bytes().into(),
            other => panic!("{other:?}"),
        };
        // Odd texts stand at even places.
        if leaf.soft == 19 && leaf.name.contains("names[") && leaf.path.last() != Some(&0) {
            continue;
        }
        assert_eq!(blob(start, expected.len()), expected, "{}", leaf.line());
    }
    assert!(bits > 80, "{bits}");
}

#[test]
fn types_with_a_name_are_there_once_and_blocks_point_at_them() {
    let plc = plant();
    let of = |number: u16| plc.interface(Home::Db(number)).unwrap().type_rid();
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 7].map(of),
        [0x9200_0001, 0x9200_0002, 0x9300_0001, 0x9300_0002, 0x9100_0001, 0x9100_0001, 0x0200_001f]
    );
    let container = objects(&plc, &ask(537, &[]));
    let rids: Vec<_> = container[0].children().map(|ty| ty.rid).collect();
    for rid in [0x9101_0001, 0x9102_0001, 0x9201_0001, 0x9a02_0001, 0x0200_0046, 0x0200_0065, 0x0200_0062] {
        assert_eq!(rids.iter().filter(|known| **known == rid).count(), 1, "{rid:08x} in {rids:08x?}");
    }
    // Offset infos: instances, arrays of them, structs in blocks and in types.
    let codes = |rid: u32| -> Vec<(u8, u8)> {
        let ty = objects(&plc, &ask(rid, &[])).remove(0);
        let all = ty.vartypes().unwrap().elements().iter();
        all.map(|member| (member.soft_type.0, member.attributes.offset_info())).collect()
    };
    assert_eq!(codes(0x9300_0001), [(48, 8), (17, 15), (17, 0), (17, 0), (70, 12)]);
    assert_eq!(
        codes(0x9100_0001),
        [(1, 1), (1, 1), (8, 1), (19, 2), (17, 5), (17, 6), (5, 3), (1, 4), (67, 5)]
    );
    let block = codes(0x9200_0001);
    assert_eq!(
        (block[3], block[4], block[5], block[10], block[11]),
        ((17, 12), (17, 13), (17, 14), (5, 11), (19, 10))
    );
    let drive = objects(&plc, &ask(0x9300_0002, &[])).remove(0);
    let sections = drive.vartypes().unwrap().elements().iter().map(|member| member.attributes.section());
    assert_eq!(sections.collect::<Vec<_>>(), [1, 2, 4, 3]);
}

#[test]
fn what_stands_below_the_program() {
    let plc = plant();
    let all = objects(&plc, &ask(3, &[]));
    let children: Vec<_> = all[0].children().map(|child| (child.rid, child.class)).collect();
    assert_eq!(children[..2], [(0x8a0e_0001, 2574), (0x8a0e_0002, 2574)]);
    assert_eq!(children[7..], [(0x89fd_0001, 3932), (0x8a12_0001, 2578), (0x8a12_0002, 2578)]);
    // Each has a name, a number and a language of the right types.
    for child in all[0].children() {
        assert!(child.attribute(233).and_then(Value::as_str).is_some());
        assert!(matches!(child.attribute(2521).unwrap().data(), Data::UInt(_)));
        assert!(matches!(child.attribute(2523).unwrap().data(), Data::UInt(_)));
        assert_eq!(child.relations().count(), 0);
    }
    let motor = objects(&plc, &ask(0x8a0e_0005, &[4288])).remove(0);
    let comment = motor.attribute(4288).and_then(Value::as_sparse).unwrap();
    assert_eq!(comment.element(1033), Some(&Data::WString("the first".into())));
    assert_eq!(motor.attributes().count(), 1);
    // Times are told to who asks for them.
    let time = objects(&plc, &ask(0x8a0e_0005, &[7733])).remove(0);
    assert!(matches!(time.attribute(7733).unwrap().data(), Data::Timestamp(_)));
    // Not recursive: no children. Unknown: an error.
    let alone = hepta_proto::plus::message::ask::Explore { recursive: 0, ..ask(3, &[]) };
    assert_eq!(objects(&plc, &alone)[0].children().count(), 0);
    assert_eq!(explored(&plc, &ask(0x8a0e_0063, &[])), Err(ReturnValue::OBJECT_NOT_FOUND));
    for area in [0x9001_0000, 0x9002_0000, 0x9003_0000, 0x9005_0000, 0x9006_0000] {
        assert_eq!(objects(&plc, &ask(area, &[]))[0].class, 511);
    }
}

/// A request of a client's own, by its octets.
fn asked(hex: &str) -> Vec<u8> {
    octets(hex)
}

fn explore_of(octets: &[u8]) -> hepta_proto::plus::message::ask::Explore<'_> {
    let context = Context::new(hepta_proto::plus::frame::Version::V2);
    match Request::read(&mut Reader::new(octets), context).unwrap().ask {
        Ask::Explore(explore) => explore,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_clients_ask_for_by_their_octets() {
    let plc = Plc::new(Profile::s7_1500());
    example::add(&plc).unwrap();
    let vectors = vectors();
    let request = |name: &str| asked(vectors["requests_csharp"][name].as_str().unwrap());
    let program = request("explore plc program (browse)");
    let out = explored(&plc, &explore_of(&program)).unwrap();
    // Without the language, which was not asked for.
    let whole = vectors["plc_program_object"].as_str().unwrap().replace("a3935b00030005", "");
    assert_eq!(hex(&out), whole);
    assert_eq!(hex(&explored(&plc, &ask(3, &[])).unwrap()), vectors["plc_program_object"].as_str().unwrap());
    let container = request("explore type info container");
    let out = explored(&plc, &explore_of(&container)).unwrap();
    assert_eq!(hex(&out), vectors["type_info_container_object"].as_str().unwrap());
    // With the filter: the blocks alone, side by side.
    let filtered = request("explore filtered DB list");
    let out = explored(&plc, &explore_of(&filtered)).unwrap();
    assert_eq!(hex(&out), "a18a0e0001940e0000a3816900150444656d6fa2");
    // The structure: root, program, contents.
    let structure = request("explore plc structure");
    let mut found = plc.explore(&explore_of(&structure)).unwrap();
    assert_eq!(found.start(), 1);
    let mut out = vec![];
    while found.write(&mut out) {}
    let list = hepta_proto::plus::Object::list(&mut Reader::new(&out)).unwrap();
    let content = list[0].children().next().unwrap().children().next().unwrap();
    let blob = content.attribute(4275).and_then(Value::as_bytes).unwrap();
    assert_eq!(inflated(blob), plc.content_xml());
}

fn inflated(octets: &[u8]) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(octets).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn filters_by_comparison() {
    let plc = plant();
    let filter = |operation: i32, count: u32, id: u32, value: Value| {
        use hepta_proto::plus::value::{Member, Struct};
        let mut address = vec![0; 32];
        address[0] = id;
        let members = vec![
            Member::new(1247, operation),
            Member::new(1249, count),
            Member::new(1250, Array::UDInt(address)),
            Member::new(1251, value),
        ];
        Value::from(Struct::new(1246, members))
    };
    let found = |filter: Value| {
        let ask = hepta_proto::plus::message::ask::Explore { filters: vec![filter], ..ask(3, &[233]) };
        let mut out = vec![];
        let mut found = plc.explore(&ask)?;
        while found.write(&mut out) {}
        let list = hepta_proto::plus::Object::list(&mut Reader::new(&out)).unwrap();
        Ok::<_, ReturnValue>(list.iter().map(|object| object.rid).collect::<Vec<_>>())
    };
    let text = |name: &str| Value::text(name);
    let number = |n: u16| Value::from(n);
    assert_eq!(found(filter(1, 1, 233, text("Delay"))), Ok(vec![0x8a0e_0007]));
    assert_eq!(found(filter(1, 1, 2521, number(6))), Ok(vec![0x8a0e_0006]));
    assert_eq!(found(filter(3, 1, 2521, number(2))).unwrap(), [0x8a0e_0001, 0x89fd_0001, 0x8a12_0001]);
    assert_eq!(found(filter(4, 1, 2521, number(1))).unwrap(), [0x8a0e_0001, 0x89fd_0001, 0x8a12_0001]);
    assert_eq!(found(filter(5, 1, 2521, number(5))).unwrap(), [0x8a0e_0006, 0x8a0e_0007]);
    assert_eq!(found(filter(6, 1, 2521, number(7))).unwrap(), [0x8a0e_0007]);
    assert_eq!(found(filter(2, 1, 2521, number(1))).unwrap().len(), 7);
    assert_eq!(found(filter(8, 0, 0, Value::rid(2578))).unwrap(), [0x8a12_0001, 0x8a12_0002]);
    // What it does not compare, it says.
    for operation in [0, 7, 9, 10, 12, 13, 14, 15, -1] {
        assert!(found(filter(operation, 1, 233, text("Delay"))).unwrap_err().failed());
    }
    assert!(found(Value::from(1u32)).unwrap_err().failed());
}

#[test]
fn elements_are_numbered_as_clients_number_them() {
    let vectors = vectors();
    let ids = |name: &str| -> Vec<u32> {
        vectors["access_ids"][name]
            .as_array()
            .unwrap()
            .iter()
            .map(|k| u32::try_from(k.as_u64().unwrap()).unwrap())
            .collect()
    };
    let plc = Plc::new(Profile::s7_1500());
    let block = DataBlock::optimised("Arrays", 1)
        .with(Var::new("a", array(Type::Bool, &[0..=1, 0..=4])))
        .and_then(|b| b.with(Var::new("b", array(Type::Bool, &[0..=1, 0..=2]))))
        .and_then(|b| b.with(Var::new("grid", array(Type::Int, &[10..=11, 1..=3]))))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let leaves = browse(&plc, true);
    let of = |name: &str| -> Vec<u32> {
        leaves.iter().filter(|leaf| leaf.name.starts_with(name)).map(|leaf| leaf.path[1]).collect()
    };
    assert_eq!(of("Arrays.a["), ids("bbool_2x5_row_padded"));
    assert_eq!(of("Arrays.b["), ids("bbool_2x3_row_padded"));
    let grid = &vectors["access_ids"]["int_grid_lower_1_10_counts_3_2"];
    let names = lines(&grid["names"]);
    let listed: Vec<_> = leaves.iter().filter_map(|leaf| leaf.name.strip_prefix("Arrays.grid")).collect();
    assert_eq!(listed, names);
    assert_eq!(elements((5, 2), None, 5), [("[5]".into(), 0), ("[6]".into(), 1)]);
    // Places between the rows are nobody's.
    let read = |lids: &[u32]| plc.read_item(&ItemAddress::below(0x8a0e_0001, 2550, lids));
    assert!([5, 7, 13, 16].iter().all(|k| read(&[9, *k]).is_err()));
}

#[test]
fn an_optimised_block_may_be_longer_than_addresses_reach() {
    let plc = Plc::new(Profile::s7_1500());
    let block = DataBlock::optimised("Long", 1)
        .with(Var::new("many", array(Type::LReal, &[1..=100_000])))
        .and_then(|block| block.with(Var::new("last", Type::Int)))
        .unwrap();
    plc.add_program_block(&block).unwrap();
    let leaves = browse(&plc, true);
    assert_eq!(leaves.len(), 100_001);
    for leaf in [&leaves[0], &leaves[99_999], &leaves[100_000]] {
        let value = other(&plc.read_item(&leaf.address()).unwrap(), 77);
        plc.write_item(Who::Connection(1), &leaf.address(), &value).unwrap();
        assert_eq!(plc.read_item(&leaf.address()).unwrap(), value);
    }
    assert_eq!(plc.area_size(Area::Db, 1), Ok(800_008));
}

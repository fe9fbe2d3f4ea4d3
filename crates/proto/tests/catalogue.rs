//! Catalogues, made of the recorded answers and of types that are built here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use hepta_proto::plus::Object;
use hepta_proto::plus::catalogue::{Builder, Catalogue, Node};
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
    let lids: String = item.lids.iter().map(|lid| format!(".{lid:X}")).collect();
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

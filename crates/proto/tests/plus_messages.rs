//! Messages of S7CommPlus: recordings and requests of real programs, read, compared with what an independent decoder says of
//! them, and written again as they were.
use hepta_proto::plus::address::ItemAddress;
use hepta_proto::plus::dialect::Dialect;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::ask::{self, Opens};
use hepta_proto::plus::message::{
    Addresses, Ask, Context, Count, Head, Item, Notification, Pdu, Reply, Tail,
};
use hepta_proto::plus::object::Object;
use hepta_proto::plus::qualifier::Qualifier;
use hepta_proto::plus::value::Value;
use hepta_proto::wire::{Malformed, Reader};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[path = "plus/tell.rs"]
mod tell;

/// How many vectors were read and written again, by what they are.
const COUNTS: &str = "\
";

/// What is no message by the rules of real CPUs, in our words.
const REFUSED: &str = "\
";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn vectors() -> Vec<Json> {
    serde_json::from_str(include_str!("plus/messages.json")).unwrap()
}

/// The version and the data of the frames in one vector, joined.
fn data(vector: &Json) -> (Version, Vec<u8>) {
    let id = vector["id"].as_str().unwrap();
    let mut joined = vec![];
    let mut version = if id.contains("_v1") { Version::V1 } else { Version::V2 };
    for piece in vector["hex"].as_str().unwrap().split('|') {
        let mut octets = &hex(piece)[..];
        if vector["tpkt"] == true {
            octets = &octets[7..];
        }
        if let [0x72, v @ 1..=3, hi, lo, rest @ ..] = octets {
            version = Version(*v);
            octets = &rest[..usize::from(u16::from_be_bytes([*hi, *lo]))];
            if *v == 3 {
                octets = &octets[33..];
            }
        }
        joined.extend_from_slice(octets);
    }
    (version, joined)
}

fn read(octets: &[u8], cx: Context) -> Result<Pdu<'_>, Malformed> {
    Pdu::read(&mut Reader::new(octets), cx)
}

fn written(pdu: &Pdu<'_>) -> Vec<u8> {
    let mut out = vec![];
    pdu.write(&mut out);
    out
}

#[test]
fn vectors_are_read_as_another_decoder_does_and_written_as_they_were() {
    let (mut counts, mut refused) = (BTreeMap::<String, u32>::new(), String::new());
    for vector in vectors() {
        let (version, octets) = data(&vector);
        match read(&octets, Context::new(version)) {
            Err(malformed) => writeln!(refused, "{}: {malformed}", vector["id"].as_str().unwrap()).unwrap(),
            Ok(pdu) => {
                assert_eq!(written(&pdu), octets, "{}", vector["id"]);
                let told = tell::pdu(&pdu);
                let what = format!("{} {}", told["op"], told["fn"].as_str().unwrap());
                *counts.entry(what).or_default() += 1;
                if compare(&vector, &told) {
                    *counts.entry("compared".into()).or_default() += 1;
                }
            }
        }
    }
    let counts: String = counts.iter().map(|(what, n)| format!("{n} {what}\n")).collect();
    assert_eq!(counts, COUNTS, "{counts}");
    assert_eq!(refused, REFUSED, "{refused}");
}

/// Is all the other decoder says said by us, too? It had trouble with the emulator's dialect, and says so by `err`.
fn compare(vector: &Json, told: &Map<String, Json>) -> bool {
    let Some(decoded) = vector["decoded"].as_object() else { return false };
    if decoded.contains_key("err") || decoded.contains_key("reassembled_data") {
        return false;
    }
    for (key, value) in decoded {
        if ["val", "vals", "obj", "objs", "adr", "ntf", "filters"].contains(&&key[..]) {
            continue;
        }
        assert_eq!(told.get(key), Some(value), "{} {key}", vector["id"]);
    }
    true
}

#[test]
fn a_session_that_knows_reads_the_same() {
    let mut known = 0;
    for vector in vectors() {
        let (version, octets) = data(&vector);
        let Ok(pdu) = read(&octets, Context::new(version)) else { continue };
        let tail = tell::tail(&pdu);
        let cx = Context::with(version, tail.integrity.is_some());
        assert_eq!(read(&octets, cx), Ok(pdu), "{}", vector["id"]);
        known += 1;
    }
    assert!(known > 200, "{known}");
}

#[test]
fn a_message_cut_anywhere_is_refused_or_another_message() {
    for vector in vectors() {
        let (version, octets) = data(&vector);
        for len in 0..octets.len() {
            let Ok(pdu) = read(&octets[..len], Context::new(version)) else { continue };
            assert_eq!(written(&pdu), &octets[..len], "{} {len}", vector["id"]);
        }
    }
}

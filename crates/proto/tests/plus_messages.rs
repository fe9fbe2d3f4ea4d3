//! Messages of S7CommPlus: recordings and requests of real programs, read, compared with what an independent decoder says of
//! them, and written again as they were.
use core::fmt::Write as _;
use hepta_proto::plus::address::{ItemAddress, Qualifier};
use hepta_proto::plus::dialect::Dialect;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::id::Id;
use hepta_proto::plus::message::ask::{self, Opens};
use hepta_proto::plus::message::{
    Addresses, Ask, Context, Count, Head, Item, Notification, Pdu, Reply, Response, Tail,
};
use hepta_proto::plus::object::Object;
use hepta_proto::plus::trace::{Piece, Told};
use hepta_proto::plus::value::{Struct, Value};
use hepta_proto::wire::{Malformed, Reader};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

#[path = "plus/made.rs"]
mod made;
#[path = "plus/tell.rs"]
mod tell;

/// How many vectors were read and written again, by what they are.
const COUNTS: &str = "\
3 2 SetVariable
2 49 BeginSequence
19 49 CreateObject
12 49 DeleteObject
2 49 EndSequence
14 49 Explore
2 49 GetLink
34 49 GetMultiVariables
12 49 GetVarSubStreamed
3 49 InitSSL
31 49 SetMultiVariables
1 49 SetVarSubStreamed
9 49 SetVariable
1 50 BeginSequence
12 50 CreateObject
6 50 DeleteObject
1 50 EndSequence
4 50 Explore
2 50 GetLink
12 50 GetMultiVariables
6 50 GetVarSubStreamed
2 50 InitSSL
13 50 SetMultiVariables
12 51 Notification
175 compared
";

/// What is no message by the rules of real CPUs, in our words: pieces of messages, and the answers of an emulated CPU.
const REFUSED: &str = "\
test-bytes-004: malformed opcode at octet 0
test-bytes-007: malformed opcode at octet 0
test-bytes-008: malformed opcode at octet 0
test-bytes-009: malformed opcode at octet 0
test-bytes-010: malformed opcode at octet 0
test-bytes-011: malformed opcode at octet 0
test-bytes-013: malformed opcode at octet 0
emulator-006: malformed end of the message: integrity id and zeros at octet 12
emulator-010: malformed end of the message: integrity id and zeros at octet 22
emulator-012: malformed end of the message: integrity id and zeros at octet 33
emulator-018: malformed end of the message: integrity id and zeros at octet 17
emulator-020: malformed end of the message: integrity id and zeros at octet 15
emulator-022: malformed end of the message: integrity id and zeros at octet 15
emulator-024: malformed end of the message: integrity id and zeros at octet 15
emulator-026: malformed end of the message: integrity id and zeros at octet 17
emulator-028: malformed end of the message: integrity id and zeros at octet 15
emulator-034: malformed end of the message: integrity id and zeros at octet 12
emulator-036: malformed end of the message: integrity id and zeros at octet 15
emulator-038: malformed end of the message: integrity id and zeros at octet 23
emulator-042: malformed end of the message: integrity id and zeros at octet 13
emulator-044: malformed end of the message: integrity id and zeros at octet 13
emulator-046: malformed end of the message: integrity id and zeros at octet 18
emulator-048: malformed end of the message: integrity id and zeros at octet 16
emulator-050: malformed end of the message: integrity id and zeros at octet 16
emulator-052: malformed end of the message: integrity id and zeros at octet 16
emulator-054: malformed end of the message: integrity id and zeros at octet 18
emulator-056: malformed end of the message: integrity id and zeros at octet 16
demo.lid1_read_response_pdu_v2: malformed end of the message: integrity id and zeros at octet 21
demo.read_with_item_error_response_pdu_v1: malformed end of the message: integrity id and zeros at octet 28
demo.getmulti_13_items_response_pdu_v2: malformed end of the message: integrity id and zeros at octet 143
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
    let counts = counts.iter().fold(String::new(), |told, (what, n)| told + &format!("{n} {what}\n"));
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
        // Decoders differ in capitals: InitSSL is `InitSsl` there.
        let same = match (told.get(key), value) {
            (Some(Json::String(ours)), Json::String(theirs)) if key == "fn" => {
                ours.eq_ignore_ascii_case(theirs)
            }
            (ours, theirs) => ours == Some(theirs),
        };
        assert!(same, "{} {key}: {value} {:?}", vector["id"], told.get(key));
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read((pdu, version) in made::message()) {
        let octets = written(&pdu);
        let cx = Context::with(version, tell::tail(&pdu).integrity.is_some());
        prop_assert_eq!(read(&octets, cx), Ok(pdu));
    }
}

/// What the emulated CPU of python-s7commplus answers is read when it was found out who answers, and not before.
#[test]
fn the_dialect_is_adapted_and_off_otherwise() {
    let (mut adapted, mut failed) = (0, 0);
    for vector in vectors().iter().filter(|vector| vector["status"] == "emulator dialect") {
        let (version, octets) = data(vector);
        let id = vector["id"].as_str().unwrap();
        assert!(matches!(Dialect::Cpu.adapt(&octets), Cow::Borrowed(same) if same == octets), "{id}");
        let octets = Dialect::Python.adapt(&octets);
        let response = match Response::read(&mut Reader::new(&octets), Context::new(version)) {
            Ok(response) => Dialect::Python.settle(response),
            Err(malformed) => panic!("{id}: {malformed} {octets:02x?}"),
        };
        match &response.reply {
            Reply::GetMultiVariables(reply) => {
                failed += reply.failures.iter().filter(|(_, outcome)| outcome.failed()).count();
                assert!(reply.failures.iter().all(|(_, outcome)| outcome.failed()), "{id}");
            }
            Reply::Explore(reply) => assert_eq!(reply.objects.len(), 1, "{id}"),
            _ => {}
        }
        if let (Version::V2, Some(rest)) = (version, vector["decoded"]["rest"].as_str()) {
            let integrity = response.tail.integrity.map(|integrity| format!("{integrity:02x}"));
            assert!(rest.ends_with(&integrity.unwrap_or_default()), "{id} {rest}");
        }
        adapted += 1;
    }
    assert_eq!((adapted, failed), (ADAPTED, FAILED));
}

/// Answers with the dialect's mark, and items that failed in them.
const ADAPTED: usize = 21;
const FAILED: usize = 5;

#[test]
fn the_dialect_is_told_by_a_number_where_cpus_have_a_struct() {
    let session = || Object::new(1, 0);
    let version = Id::ServerSessionVersion.0;
    assert_eq!(Dialect::of(&session()), Dialect::Cpu);
    assert_eq!(Dialect::of(&session().with(version, Value::from(Struct::new(314, vec![])))), Dialect::Cpu);
    // It sends two attributes of one id.
    let twice = session().with(version, Value::from(1_u8)).with(version, Value::from(1_u32));
    assert_eq!(Dialect::of(&twice), Dialect::Python);
}

/// Counts of a million and more are no reason to allocate, objects in objects end somewhere, and numbers may be there twice.
#[test]
fn hostile_octets() {
    let head = |function: u16| {
        [&[0x31, 0, 0][..], &function.to_be_bytes(), &[0; 2], &[0, 1, 0, 0, 0, 9, 0x34]].concat()
    };
    let huge = [0x8f, 0xff, 0xff, 0xff, 0x7f];
    let cx = Context::new(Version::V2);
    for (function, body) in [
        (0x054c, [&[0; 4][..], &huge, &huge].concat()),
        (0x054c, [&[0, 0, 0, 9][..], &huge, &huge].concat()),
        (0x0542, [&[0; 4][..], &huge, &huge, &[0; 64]].concat()),
        (0x04f2, [&[0; 4][..], &huge, &[0; 64]].concat()),
        (0x04bb, [&[0, 0, 0, 3, 0, 1, 1, 0, 0][..], &huge, &[0; 64]].concat()),
        (0x04bb, [0, 0, 0, 3, 0, 1, 1, 0].iter().copied().chain([1, 0, 0].repeat(10)).chain([2]).collect()),
        (
            0x04ca,
            [&[0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0][..], &[0xa1, 0, 0, 0, 1, 0, 0, 0].repeat(5000)].concat(),
        ),
        (0x04f2, [&[0, 0, 0, 1, 1, 1][..], &[0, 0x17, 0, 0, 1, 0x3a, 1].repeat(5000)].concat()),
    ] {
        let octets = [head(function), body].concat();
        assert!(read(&octets, cx).is_err(), "{function:04x}");
    }
    // A number that comes twice is kept: who asked has to judge.
    let answer = hex("320000054c00000001340001000101010001000000000000000000");
    let Ok(Pdu::Response(response)) = read(&answer, cx) else { panic!() };
    let Reply::GetMultiVariables(reply) = &response.reply else { panic!() };
    assert_eq!(reply.values.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 1]);
}

/// What clients do that is not by the rules: accepted, kept, and written again as it was.
#[test]
fn tolerance() {
    let cx = Context::new(Version::V2);
    let oq = "000004e88969001200000000896a001300896b00040000";
    for (text, what) in [
        // python-s7commplus ends its session with nothing but a 0.
        ("31000004d40000000d000000013400000000".into(), "no qualifier"),
        ("31000004d40000000d00000001340000000007 00000000".into(), "no qualifier, with an end"),
        // S7CommPlusDriver has one octet more before the integrity id.
        (
            format!("3100000586000000030000000134 00000001 20040182 2f {oq} 0001 00 07 00000000"),
            "one 00 more",
        ),
        (format!("31000004fc000000030000000134 00000001 01822f {oq} 00 07 00000000"), "one 00 more"),
        // python-s7commplus has one before the value.
        (
            format!("310000057c000000030000000134 00000001 20040182 2f {oq} 0001 01 0014000101 07 00000000"),
            "one 01 more",
        ),
        // Zeros more than there should be.
        (format!("310000054c000000030000000134 00000001 0101822f {oq} 07 000000000000"), "zeros"),
        // A refusal without the lists of its function.
        ("320000054c0000000334 c088d5b080e6a5fff4 07 00000000".into(), "refusal"),
        ("32000004ca0000000334 c088d5b080e6a5fff4 00000000".into(), "refusal"),
        // A function that nobody describes.
        ("310000059a0000000300000001340102030405".into(), "raw"),
        ("32000005900000000334 00 0102030405".into(), "raw"),
    ] {
        let octets = hex(&text.replace(' ', ""));
        let pdu = read(&octets, cx).unwrap_or_else(|malformed| panic!("{what}: {malformed}"));
        assert_eq!(written(&pdu), octets, "{what}");
        let said = match &pdu {
            Pdu::Request(m) => match &m.ask {
                Ask::DeleteObject(ask) => ask.qualifier.is_none(),
                Ask::GetVarSubStreamed(ask) => ask.extra && m.tail.integrity == Some(7),
                Ask::GetVariable(ask) => ask.extra && m.tail.integrity == Some(7),
                Ask::SetVarSubStreamed(ask) => ask.extra && m.tail.integrity == Some(7),
                Ask::GetMultiVariables(_) => m.tail.fill == 6,
                Ask::Other(raw) => **raw == [1, 2, 3, 4, 5],
                _ => false,
            },
            Pdu::Response(m) => match &m.reply {
                Reply::Done | Reply::CreateObject(_) => m.outcome.failed(),
                Reply::Other(raw) => **raw == [1, 2, 3, 4, 5],
                _ => false,
            },
            _ => false,
        };
        assert!(said, "{what}: {pdu:?}");
    }
    // Nothing of that excuses what stands behind a message.
    assert!(read(&hex("31000005b30000000100000120300000000001"), cx).is_err());
    assert!(read(&hex("31000005b300000001000001203000000000"), cx).is_ok());
}

/// Pieces that the vectors hold without a head.
#[test]
fn bodies_of_recordings() {
    let heads = [
        ("004", "31000004ca000000010000012034"),
        ("008", "31000004ca000000010000012034"),
        ("009", "32000004bb0000000134"),
        ("010", "31000004d4000000010000012034"),
        ("011", "32000004bb0000000134"),
    ];
    let vectors = vectors();
    for (id, head) in heads {
        let id = format!("test-bytes-{id}");
        let vector = vectors.iter().find(|vector| vector["id"] == id.as_str()).unwrap();
        let octets = [hex(head), data(vector).1].concat();
        let pdu =
            read(&octets, Context::new(Version::V2)).unwrap_or_else(|malformed| panic!("{id}: {malformed}"));
        assert_eq!(written(&pdu), octets, "{id}");
        assert!(tell::tail(&pdu).integrity.is_some(), "{id}");
    }
}

#[test]
fn every_octet_of_a_recording_is_understood() {
    let mut told = 0;
    for vector in
        vectors().iter().filter(|vector| ["frame", "session"].contains(&vector["kind"].as_str().unwrap()))
    {
        let (version, octets) = data(vector);
        let one = Told::message(&octets, Context::new(version));
        assert_eq!((&one.complaints[..], one.difference), (&[][..], None), "{} {}", vector["id"], one.text);
        told += 1;
    }
    assert!(told > 100, "{told}");
}

#[test]
fn pieces_stand_for_themselves() {
    for (name, text, told) in [
        ("vlq-u32", "9376", "2550"),
        ("vlq-s32", "7f", "-1"),
        ("vlq-u64", "c08895b080e6a5fff4", "9232567253026930676"),
        ("vlq-s64", "c08080808080808000", "-9223372036854775808"),
        ("system-event", "00000000000002f60000000000000000", "system event: 758 octets taken"),
        ("frame", "72 02 0004 31ffffff 72020000", "malformed: 31ffffff"),
    ] {
        let octets = hex(&text.replace(' ', ""));
        let piece = Told::piece(Piece::named(name).unwrap(), &octets);
        assert_eq!((&piece.text[..], &piece.written), (told, &octets), "{name}");
    }
    // More octets than a number needs, and octets behind it.
    let long = Told::piece(Piece::VlqU32, &[0x80, 0]);
    assert_eq!(
        (&long.text[..], &long.written[..], long.complaints.len()),
        ("0\n      a number takes more octets than it needs", &[0][..], 0)
    );
    assert!(long.difference.is_some());
    assert_eq!(Told::piece(Piece::VlqU32, &[0, 0]).complaints.len(), 1);
    assert_eq!(Piece::named("nothing"), None);
}

//! Frames of S7CommPlus: recorded ones are read and written again as they were however they are cut, and whatever is sent in
//! frames arrives.
use hepta_proto::iso::{self, Link, TpduSize};
use hepta_proto::plus::digest::{Dialect, Digest, Integrity, Mac, tail};
use hepta_proto::plus::event::SystemEvent;
use hepta_proto::plus::frame::{self, Arrival, Draft, Frames, Pdu, Version};
use hepta_proto::plus::header::Head;
use hepta_proto::wire::{Malformed, Reader, Wire};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the vectors are, and how many of each: none is passed over.
const COUNTS: &str = "\
13 V1 Request
11 V1 Response
65 V2 Request
1 V2 Request in fragments
39 V2 Response
3 V2 Response2
3 V2 notification
7 V3 Request
3 V3 Response
4 V3 notification
1 digests, 0 said
3 digests, 3 said
3 event
";

struct Vector {
    id: String,
    kind: String,
    /// One for each fragment, from the 72 on.
    frames: Vec<Vec<u8>>,
    /// In COTP data, as recorded.
    units: Vec<u8>,
    value: Value,
}

impl Vector {
    fn stream(&self) -> Vec<u8> {
        self.frames.concat()
    }
}

/// All vectors with frames; a digest vector is the inside of frames, to which heads are added.
fn vectors() -> Vec<Vector> {
    let file: Value = serde_json::from_str(include_str!("plus/frames.json")).unwrap();
    let mut vectors = vec![];
    for value in file["vectors"].as_array().unwrap() {
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        let mut frames: Vec<Vec<u8>> = text("hex").split('|').map(unhex).collect();
        let mut units = vec![];
        let kind = text("kind");
        if kind == "cotp" {
            continue;
        }
        if value["tpkt"] == true {
            units = frames.concat();
            for frame in &mut frames {
                assert_eq!(frame[4..7], [2, 0xf0, 0x80]);
                frame.drain(..7);
            }
        }
        if kind == "v3-digest" {
            for frame in &mut frames {
                let len = u16::try_from(frame.len()).unwrap().to_be_bytes();
                frame.splice(..0, [0x72, 3, len[0], len[1]]);
            }
            frames.last_mut().unwrap().extend_from_slice(&[0x72, 3, 0, 0]);
        }
        vectors.push(Vector { id: text("id"), kind, frames, units, value: value.clone() });
    }
    vectors
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// What came, owned.
#[derive(Clone, Debug, PartialEq)]
enum Came {
    Pdu { version: Version, data: Vec<u8>, pieces: Vec<(usize, Option<Digest>)> },
    Event(Vec<u8>),
    KeepAlive(u8),
}

impl From<Arrival<'_>> for Came {
    fn from(arrival: Arrival<'_>) -> Self {
        match arrival {
            Arrival::Pdu(pdu) => Self::Pdu {
                version: pdu.version,
                data: pdu.data.to_vec(),
                pieces: pdu.pieces().map(|piece| (piece.len, piece.digest)).collect(),
            },
            Arrival::SystemEvent(payload) => Self::Event(payload.to_vec()),
            Arrival::KeepAlive(number) => Self::KeepAlive(number),
        }
    }
}

/// What came of the pieces, what it is when written again, and what went wrong.
fn read<'a>(
    frames: &mut Frames,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Came>, Vec<u8>, Option<Malformed>) {
    let (mut came, mut again) = (vec![], vec![]);
    for mut input in pieces {
        loop {
            match frames.next(&mut input) {
                Ok(Some(arrival)) => {
                    arrival.write(&mut again);
                    came.push(arrival.into());
                }
                Ok(None) => break,
                Err(malformed) => return (came, again, Some(malformed)),
            }
        }
        assert!(input.is_empty(), "octets left behind");
    }
    (came, again, None)
}

#[test]
fn the_transport_below_is_what_is_known() {
    let file: Value = serde_json::from_str(include_str!("plus/frames.json")).unwrap();
    let (mut connects, mut empty) = (0, 0);
    for value in file["vectors"].as_array().unwrap().iter().filter(|value| value["kind"] == "cotp") {
        let octets = unhex(value["hex"].as_str().unwrap());
        let mut link = Link::new(TpduSize::STANDARD, 1024);
        match link.next(&mut &octets[..]).unwrap() {
            Some(iso::Arrival::Control(tpdu)) => {
                let mut again = octets[..4].to_vec();
                tpdu.write(&mut again);
                assert_eq!(again, octets, "{}", value["id"]);
                connects += 1;
            }
            // HMIs send an empty part behind each answer.
            None => empty += 1,
            other @ Some(_) => panic!("{other:?}"),
        }
    }
    assert_eq!((connects, empty), (11, 2));
}

fn frames() -> Frames {
    Frames::new(1 << 20)
}

fn one(stream: &[u8]) -> Came {
    let (mut came, again, error) = read(&mut frames(), [stream]);
    assert_eq!((came.len(), error), (1, None));
    assert_eq!(again, stream);
    came.remove(0)
}

#[test]
fn each_is_read_and_written_again() {
    let mut counts = BTreeMap::<_, usize>::new();
    for vector in vectors() {
        let Vector { id, value, frames, .. } = &vector;
        println!("{id}");
        let facts = &value["facts"];
        let number = |key: &str| {
            let fact = &facts[key];
            let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
            fact.as_u64().or_else(|| fact.as_str().map(hex))
        };
        let what = match one(&vector.stream()) {
            Came::Event(payload) => {
                let (event, mut again) = (SystemEvent::read(&mut Reader::new(&payload)).unwrap(), vec![]);
                event.write(&mut again);
                assert_eq!(again, payload);
                assert_eq!(u64::from(event.acknowledged), number("confirmed_bytes").unwrap_or(0));
                assert_eq!(event.is_fatal(), facts["fatal"] == true);
                "event".to_owned()
            }
            Came::Pdu { version, pieces, .. } if vector.kind == "v3-digest" => {
                assert_eq!((version, pieces.len()), (Version::V3, frames.len()));
                for ((len, digest), frame) in pieces.iter().zip(frames) {
                    assert_eq!(digest.unwrap(), frame[5..37]);
                    assert_eq!(*len, usize::from(u16::from_be_bytes([frame[2], frame[3]])) - 33);
                }
                let digests = facts["digests"].as_array().map(Vec::as_slice).unwrap_or_default();
                for (digest, (_, kept)) in digests.iter().zip(&pieces) {
                    assert_eq!(unhex(digest.as_str().unwrap()), kept.unwrap());
                }
                format!("digests, {} said", digests.len())
            }
            Came::Pdu { version, data, pieces } => {
                assert_eq!(pieces.len(), frames.len());
                assert_eq!(pieces[0].1.is_some(), version == Version::V3);
                let mut r = Reader::new(&data);
                let (head, mut again) = (Head::read(&mut r).unwrap(), vec![]);
                head.write(&mut again);
                again.extend_from_slice(r.rest());
                assert_eq!(again, data);
                assert_eq!(Some(head.opcode().0.into()), number("op"));
                let (function, sequence, session, flags) = match head {
                    Head::Request(r) => (r.function, r.sequence, Some(r.session.into()), r.flags),
                    Head::Response(r) | Head::Response2(r) => (r.function, r.sequence, None, r.flags),
                    Head::Notification => {
                        *counts.entry(format!("{version:?} notification")).or_default() += 1;
                        continue;
                    }
                    Head::Other(opcode) => panic!("{opcode}"),
                };
                let name = facts["fn"].as_str().unwrap();
                assert!(function.name().unwrap().eq_ignore_ascii_case(name), "{function} {name}");
                assert_eq!(number("seq"), Some(sequence.into()));
                assert_eq!(number("tf"), Some(flags.0.into()));
                assert_eq!(number("sess"), session);
                let fragments = if pieces.len() > 1 { " in fragments" } else { "" };
                format!("{version:?} {:?}{fragments}", head.opcode())
            }
            Came::KeepAlive(_) => panic!("no vector has one"),
        };
        *counts.entry(what).or_default() += 1;
    }
    let counts = counts.iter().fold(String::new(), |text, (what, n)| text + &format!("{n} {what}\n"));
    assert_eq!(counts, COUNTS);
}

#[test]
fn cut_at_every_octet_and_octet_by_octet() {
    let mut all = vec![];
    let mut whole = vec![];
    for vector in vectors() {
        let stream = vector.stream();
        let came = vec![one(&stream)];
        for at in 1..stream.len() {
            let (first, second) = stream.split_at(at);
            let got = read(&mut frames(), [first, second]);
            assert_eq!(got, (came.clone(), stream.clone(), None), "{} cut at {at}", vector.id);
        }
        all.extend_from_slice(&stream);
        whole.extend(came);
    }
    for size in [1, 2, 3, 7, 64, 1000, all.len()] {
        let mut frames = frames();
        assert_eq!(
            read(&mut frames, all.chunks(size)),
            (whole.clone(), all.clone(), None),
            "pieces of {size}"
        );
        assert!(!frames.is_half());
    }
}

/// Gives the digest that was recorded.
#[derive(Debug)]
struct Recorded(Digest);

impl Mac for Recorded {
    fn start(&mut self, _: &[u8]) -> Digest {
        self.0
    }
    fn resume(&mut self, _: &[u8]) -> Digest {
        unreachable!("of one fragment")
    }
    fn over(&self, _: &[&[u8]]) -> Digest {
        unreachable!("of one fragment")
    }
}

#[test]
fn drafts_are_what_devices_send() {
    let mut drafted = 0;
    for vector in vectors().iter().filter(|vector| vector.frames.len() == 1) {
        let Came::Pdu { version, data, pieces } = one(&vector.stream()) else { continue };
        let lead = if vector.units.is_empty() { 0 } else { iso::HEAD.len() };
        let room = version.room(TpduSize::STANDARD, lead == 0);
        let mut integrity = pieces[0].1.map(|digest| Integrity::new(Box::new(Recorded(digest))));
        let mut out = vec![0xa5];
        let mut draft = Draft::new(&mut out, lead, version);
        draft.out().extend_from_slice(&data);
        assert_eq!(draft.len(), data.len());
        let mut seen = 0;
        draft.seal(room, integrity.as_mut(), |frame| {
            seen += frame.len();
            if lead > 0 {
                iso::seal_unit(frame);
            }
        });
        let expected = if lead == 0 { vector.stream() } else { vector.units.clone() };
        assert_eq!((&out[1..], seen), (&expected[..], expected.len()), "{}", vector.id);
        drafted += 1;
    }
    assert!(drafted > 100, "{drafted}");
}

#[test]
fn frames_of_the_longest_units() {
    let size = TpduSize::STANDARD;
    let rooms = [Version::V2.room(size, true), Version::V2.room(size, false), Version::V3.room(size, false)];
    assert_eq!(rooms, [987, 1009, 976]);
    // What a device sends fills its units just so.
    let longest = vectors().iter().flat_map(|v| v.frames.clone()).map(|frame| frame.len()).max();
    assert_eq!(longest, Some(1013));
    let least = TpduSize::from_exponent(7).unwrap();
    assert_eq!(Version::V3.room(least, true), 58);
    for (version, lead) in [(Version::V2, 7), (Version::V3, 7)] {
        let mut out = vec![];
        let mut draft = Draft::new(&mut out, lead, version);
        draft.out().extend_from_slice(&[1; 2500]);
        let mut lens = vec![];
        draft.seal(version.room(size, false), None, |unit| {
            iso::seal_unit(unit);
            lens.push(unit.len());
        });
        assert_eq!((lens.len(), lens[0]), (3, 1020));
        let mut link = Link::new(size, 65_535);
        let (mut input, mut messages) = (&out[..], vec![]);
        while let Some(iso::Arrival::Message(message)) = link.next(&mut input).unwrap() {
            messages.extend_from_slice(message);
        }
        let Came::Pdu { data, .. } = one(&messages) else { panic!() };
        assert_eq!(data, [1; 2500]);
    }
    let mut out = vec![9];
    Draft::new(&mut out, 7, Version::V3).seal(976, None, |_| panic!("nothing was written"));
    assert_eq!(out, [9]);
}

#[test]
fn tails_of_the_first_firmware() {
    let mut tails = 0;
    for vector in vectors() {
        let Some(left) = vector.value["tail"].as_str().map(unhex) else { continue };
        let Came::Pdu { version: Version::V2, data, .. } = one(&vector.stream()) else { continue };
        let Some((body, digest)) = tail(&data) else {
            assert!(left.ends_with(&[0; 4]), "{}: {left:02x?}", vector.id);
            continue;
        };
        assert_eq!(left[left.len() - 32..], digest[..], "{}", vector.id);
        assert_eq!([body, &[0x20], digest].concat(), data);
        tails += 1;
    }
    assert_eq!(tails, 22);
    assert_eq!(tail(&[0x20; 32]), None);
    assert_eq!(tail(&[0x20; 33]), Some((&[][..], &[0x20; 32])));
}

#[test]
fn an_event_between_two_fragments_is_given_at_once() {
    let stream = [
        &[0x72, 2, 0, 2, 0x31, 1][..],
        &[0x72, 0xfe, 0, 3, 7, 8, 9],
        &[0x72, 0xff, 5, 0],
        &[0x72, 2, 0, 1, 2, 0x72, 2, 0, 0],
        &[0x72, 0xff, 0, 0],
        &[0x72, 1, 0, 1, 3, 0x72, 1, 0, 0],
    ]
    .concat();
    let came = [
        Came::Event(vec![7, 8, 9]),
        Came::KeepAlive(5),
        Came::Pdu { version: Version::V2, data: vec![0x31, 1, 2], pieces: vec![(2, None), (1, None)] },
        Came::KeepAlive(0),
        Came::Pdu { version: Version::V1, data: vec![3], pieces: vec![(1, None)] },
    ];
    for size in 1..=stream.len() {
        let (got, _, error) = read(&mut frames(), stream.chunks(size));
        assert_eq!((&got[..], error), (&came[..], None), "pieces of {size}");
    }
}

#[test]
fn errors_by_name() {
    let long = [&[0x72, 2, 0, 60][..], &[1; 60]].concat();
    let bad = |octets: &[u8]| {
        let (_, _, whole) = read(&mut Frames::new(100), [octets]);
        let (_, _, single) = read(&mut Frames::new(100), octets.chunks(1));
        assert_eq!(whole, single);
        let Malformed { what, at } = whole.expect("an error");
        (what, at)
    };
    assert_eq!(bad(&[0x32, 2, 0, 1]), ("S7CommPlus protocol id (0x72)", 0));
    assert_eq!(bad(&[0x72, 4, 0, 1]), ("frame version (1, 2, 3, 254 and 255 are known)", 1));
    assert_eq!(bad(&[0x72, 2, 0, 0]), ("fragment without octets, or a trailer behind nothing", 2));
    assert_eq!(bad(&[0x72, 3, 0, 33]), ("fragment without octets behind its digest", 2));
    assert_eq!(bad(&[0x72, 3, 0, 5]), ("fragment without octets behind its digest", 2));
    assert_eq!(bad(&[0x72, 2, 0, 101]), ("PDU longer than is let through", 2));
    assert_eq!(bad(&[&long[..], &long].concat()), ("PDU longer than is let through", 2));
    assert_eq!(bad(&[0x72, 0xff, 1, 1]), ("keep alive whose last octet is not zero", 3));
    assert_eq!(bad(&[0x72, 0xfe, 0x20, 1]), ("system event longer than any unit", 2));
    let begun = [0x72, 2, 0, 1, 9];
    assert_eq!(
        bad(&[&begun[..], &[0x72, 3, 0, 40]].concat()),
        ("fragment of another version than the one before", 1)
    );
    assert_eq!(
        bad(&[&begun[..], &[0x72, 1, 0, 0]].concat()),
        ("trailer of another version than its fragments", 1)
    );
    assert_eq!(bad(&[&begun[..], &[0, 0, 0, 0]].concat()), ("S7CommPlus protocol id (0x72)", 0));
    assert_eq!(bad(&begun.repeat(50)), ("PDU of more fragments than its length needs", 2));
    let digest = [&[0x72, 3, 0, 34, 0x21][..], &[0; 33]].concat();
    assert_eq!(bad(&digest), ("length of a digest (32 is the only one)", 4));
}

/// No hash, but every octet, its place, the key and what was gone on from count.
#[derive(Debug)]
struct Toy {
    key: u64,
    kept: u64,
}

impl Toy {
    fn mix(start: u64, parts: &[&[u8]]) -> u64 {
        let octets = parts.iter().copied().flatten();
        octets
            .fold(start, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3).rotate_left(5))
    }
    fn digest(sum: u64) -> Digest {
        core::array::from_fn(|i| sum.rotate_left(u32::try_from(i).unwrap() * 2).to_le_bytes()[0])
    }
    fn integrity(key: u64, dialect: Option<Dialect>) -> Integrity {
        let mac = Box::new(Self { key, kept: 0 });
        match dialect {
            Some(dialect) => Integrity::speaking(mac, dialect),
            None => Integrity::new(mac),
        }
    }
}

impl Mac for Toy {
    fn start(&mut self, data: &[u8]) -> Digest {
        self.kept = Self::mix(self.key, &[data]);
        Self::digest(self.kept)
    }
    fn resume(&mut self, data: &[u8]) -> Digest {
        self.kept = Self::mix(self.kept, &[data, b"on"]);
        Self::digest(self.kept)
    }
    fn over(&self, parts: &[&[u8]]) -> Digest {
        Self::digest(Self::mix(self.key, parts))
    }
}

const DIALECTS: [Dialect; 3] = [Dialect::Resume, Dialect::Forward, Dialect::Independent];

/// PDUs as frames of at most `room` octets of data each.
fn sent(pdus: &[Vec<u8>], version: Version, room: usize, integrity: &mut Option<Integrity>) -> Vec<u8> {
    let mut out = vec![];
    for pdu in pdus {
        let mut draft = Draft::new(&mut out, 0, version);
        draft.out().extend_from_slice(pdu);
        let mut frames = vec![];
        draft.seal(room, integrity.as_mut(), |frame| frames.push(frame.to_vec()));
        assert!(out.ends_with(&frames.concat()), "frames that are not what is sent");
        let most = room + 4 + 4 + if version.has_digest() { 33 } else { 0 };
        assert!(frames.iter().all(|frame| frame.len() <= most), "a frame above {most}");
        assert_eq!(frames.len(), pdu.len().div_ceil(room));
    }
    out
}

#[test]
fn the_dialect_is_recognised_and_held() {
    let pdus = [vec![5; 25], vec![6; 9], vec![7; 31]];
    for dialect in DIALECTS {
        let octets = sent(&pdus, Version::V3, 10, &mut Some(Toy::integrity(1, Some(dialect))));
        let mut frames = frames();
        frames.protect(Toy::integrity(1, None));
        let (came, _, error) = read(&mut frames, octets.chunks(7));
        assert_eq!((came.len(), error), (3, None), "{dialect:?}");
        assert_eq!(frames.integrity().unwrap().dialect(), Some(dialect));
        for other in DIALECTS {
            let octets = sent(&pdus, Version::V3, 10, &mut Some(Toy::integrity(1, Some(other))));
            let (_, _, error) = read(&mut frames, [&octets[..]]);
            if other == dialect {
                assert_eq!(error, None);
            } else {
                assert_eq!(
                    error.map(|error| error.what),
                    Some("digest of a further fragment: it goes on from the first in no way that is known")
                );
                break;
            }
        }
    }
    // A device's dialect is spoken if nothing else is said; a PDU of one frame says nothing of it.
    let short = sent(&pdus, Version::V3, 90, &mut Some(Toy::integrity(1, None)));
    let mut frames = frames();
    frames.protect(Toy::integrity(1, None));
    assert_eq!(read(&mut frames, [&short[..]]).2, None);
    assert_eq!(frames.integrity().unwrap().dialect(), None);
    let cut = sent(&pdus, Version::V3, 10, &mut Some(Toy::integrity(1, None)));
    assert_eq!(cut, sent(&pdus, Version::V3, 10, &mut Some(Toy::integrity(1, Some(Dialect::Resume)))));
    frames.protect(Toy::integrity(2, None));
    let (came, _, error) = read(&mut frames, [&cut[..]]);
    let what = "digest: it is not made with the session's key, or octets changed on the way";
    assert_eq!((came, error), (vec![], Some(Malformed { what, at: 5 })));
}

#[test]
fn what_is_given_is_borrowed_where_it_lies() {
    let octets = sent(&[vec![8; 40]], Version::V3, 40, &mut None);
    let mut frames = frames();
    let mut input = &octets[..];
    let Some(Arrival::Pdu(Pdu { data, .. })) = frames.next(&mut input).unwrap() else { panic!() };
    assert_eq!(data.as_ptr(), octets[37..].as_ptr());
    let mut event = vec![];
    frame::write_event(&[1, 2], &mut event);
    assert_eq!(event, [0x72, 0xfe, 0, 2, 1, 2]);
}

fn pdus() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 1..5)
}

proptest! {
    #[test]
    fn what_is_sent_arrives(
        pdus in pdus(),
        version in 1..=3u8,
        room in 1..320usize,
        dialect in 0..3usize,
        signed in any::<bool>(),
        cut in 1..400usize,
    ) {
        let version = Version(version);
        let integrity = |dialect| signed.then(|| Toy::integrity(7, dialect));
        let octets = sent(&pdus, version, room, &mut integrity(Some(DIALECTS[dialect])));
        let mut frames = Frames::new(400 * 64);
        if let Some(integrity) = integrity(None) {
            frames.protect(integrity);
        }
        // A V3 frame of no key is read without one alone.
        let (came, again, error) = read(&mut frames, octets.chunks(cut));
        prop_assert_eq!(error, None);
        prop_assert_eq!(again, octets);
        prop_assert!(!frames.is_half());
        let data: Vec<_> = came.into_iter().map(|came| {
            let Came::Pdu { version: is, data, pieces } = came else { panic!("{came:?}") };
            assert_eq!((is, pieces.len()), (version, data.len().div_ceil(room)));
            data
        }).collect();
        prop_assert_eq!(data, pdus);
    }

    #[test]
    fn an_octet_that_was_changed_is_noticed(
        pdus in pdus(),
        room in 20..320usize,
        dialect in 0..3usize,
        place in any::<proptest::sample::Index>(),
        with in 1..=255u8,
    ) {
        let mut octets = sent(&pdus, Version::V3, room, &mut Some(Toy::integrity(7, Some(DIALECTS[dialect]))));
        let place = place.index(octets.len());
        octets[place] ^= with;
        let mut frames = Frames::new(400 * 64);
        frames.protect(Toy::integrity(7, Some(DIALECTS[dialect])));
        let (came, _, error) = read(&mut frames, [&octets[..]]);
        // The length of a trailer or a head may make of the rest something that is not here yet.
        let data: Vec<_> = came.iter().filter_map(|came| match came {
            Came::Pdu { version: Version::V3, data, .. } => Some(data.clone()),
            _ => None,
        }).collect();
        prop_assert!(error.is_some() || frames.is_half() || came.len() != data.len(), "{:?}", came);
        prop_assert!(pdus.starts_with(&data), "changed octets were taken for true");
    }

    #[test]
    fn any_octets_mean_the_same_however_cut(
        octets in proptest::collection::vec(prop_oneof![Just(0x72), Just(0), 0..4u8, Just(0xfe), any::<u8>()], 0..200),
        cut in 1..50usize,
    ) {
        let whole = read(&mut Frames::new(64), [&octets[..]]);
        prop_assert_eq!(&read(&mut Frames::new(64), octets.chunks(cut)), &whole);
        // What comes between two fragments is written elsewhere.
        if whole.0.iter().all(|came| matches!(came, Came::Pdu { .. })) {
            prop_assert!(octets.starts_with(&whole.1));
        }
    }
}

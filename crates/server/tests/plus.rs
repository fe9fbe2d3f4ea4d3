//! S7CommPlus of the emulated CPU through real sockets, by octets: what a CPU must do (the numbered list of the wire reference, its
//! recorded session), and what it refuses.
mod common;
#[path = "common/peer.rs"]
mod peer;
use common::{closed, dial, frame, read, until};
use core::fmt::Write as _;
use hepta_auth::Credential;
use hepta_proto::data::Type;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::ask::{DeleteObject, Explore, GetMultiVariables};
use hepta_proto::plus::message::{Addresses, Ask, Context, Reply, Response};
use hepta_proto::plus::{ItemAddress, Qualifier, ReturnValue, Security, Value};
use hepta_proto::wire::Reader;
use hepta_server::plc::{Event, Profile};
use hepta_server::{Access, Emulator, Options, Plus};
use peer::{CREATE, DELETE_OK, INIT_SSL, LEVEL, LEVEL_OK, LIMITS_OK, Peer, cpu, hex, octets, of};
use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

#[test]
fn the_recorded_session_is_answered_as_recorded() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let mut peer = Peer::dial(emulator.addr());
    // HMIs say by an empty unit that they are idle.
    peer.unit(&[]);
    peer.io.write_all(&[3, 0, 0, 7, 2, 0xf0, 0x80]).unwrap();
    peer.secure();
    peer.begin();
    let limits = [1000, 1001, 0, 1, 2].map(|lid| ItemAddress::below(201, 1037, [lid]));
    let ask = Ask::GetMultiVariables(GetMultiVariables {
        addresses: Addresses::items(&limits),
        qualifier: Qualifier::default(),
    });
    let request = peer.request(&ask);
    peer.say(&request);
    assert_eq!(peer.hear(), hex(LIMITS_OK));
    peer.say(&of(peer.session, LEVEL));
    assert_eq!(peer.hear(), hex(LEVEL_OK));
    peer.sequence = 5;
    let delete = DeleteObject { object: peer.session, qualifier: Some(Qualifier::default()) };
    let request = peer.request(&Ask::DeleteObject(delete));
    peer.say(&request);
    assert_eq!(peer.hear(), of(peer.session, DELETE_OK));
}

#[test]
fn one_memory_for_both_protocols_and_put_get_is_for_one_of_them() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let mut peer = Peer::to(emulator.addr());
    let (outcome, values, failures) =
        peer.read_items(&[octets(3, 4), ItemAddress::classic(0x8a0e_0063, 0, 1)]);
    assert_eq!((outcome, values[0].1.as_bytes()), (ReturnValue::OK, Some(&[3, 4, 5, 6][..])));
    assert_eq!(failures, [(2, ReturnValue(0x8020_ab00_1992_fff4))]);
    assert_eq!(peer.write_item(&octets(0, 2), Value::blob(vec![0xaa, 0xbb])), ReturnValue::OK);
    // By classic communication the same CPU refuses, and its memory is the same.
    let mut classic = dial(emulator.addr());
    let mut cr = common::CR.to_vec();
    *cr.last_mut().unwrap() = 1;
    classic.write_all(&[&cr, common::SETUP].concat()).unwrap();
    assert_eq!((frame(&mut classic)[5], frame(&mut classic)[19]), (0xd0, 0xf0));
    classic.write_all(&read(9, 4)).unwrap();
    assert_eq!(frame(&mut classic)[17..19], [0x81, 0x04]);
    let lab = cpu("lab", Plus::default());
    let (mut plus, mut classic) = (Peer::to(lab.addr()), common::up(lab.addr()));
    assert_eq!(plus.write_item(&octets(0, 4), Value::blob(vec![9, 8, 7, 6])), ReturnValue::OK);
    assert_eq!(common::works(&mut classic), [9, 8, 7, 6]);
    classic.write_all(&common::write(0x77)).unwrap();
    assert_eq!(frame(&mut classic).last(), Some(&0xff));
    assert_eq!(plus.read_items(&[octets(0, 2)]).1[0].1.as_bytes(), Some(&[0x77, 8][..]));
}

#[test]
fn garbage_ends_that_connection_alone() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let mut good = Peer::to(emulator.addr());
    let deep = [
        &b"\x31\0\0\x04\xf2\0\0\0\x05"[..],
        &good.session.to_be_bytes(),
        b"\x34\0\0\0\x34\x01\x01",
        &b"\0\x17\0\0\0\x01\x01".repeat(1000),
    ]
    .concat();
    let len = u16::try_from(deep.len()).unwrap().to_be_bytes();
    let deep = [&[0x72, 2, len[0], len[1]], &deep[..], b"\x72\x02\0\0"].concat();
    let bad: [&[u8]; 7] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x72\x02\x00\x00",
        b"\x72\x09\x00\x01\x31\x72\x09\x00\x00",
        // An answer, to nothing.
        b"\x72\x02\x00\x0f\x32\0\0\x05\xb3\0\0\0\x01\x34\0\0\0\0\0\x72\x02\0\0",
        // 2^32 - 1 items.
        b"\x72\x02\x00\x18\x31\0\0\x05\x4c\0\0\0\x05\0\0\0\0\x34\0\0\0\0\x8f\xff\xff\xff\x7f\x01\x72\x02\0\0",
        // A blob of 2^32 - 1 octets.
        b"\x72\x02\x00\x1b\x31\0\0\x04\xf2\0\0\0\x05\0\0\0\0\x34\0\0\0\0\x01\x01\0\x14\0\x8f\xff\xff\xff\x7f\x72\x02\0\0",
        &deep,
    ];
    for octets in bad {
        let mut peer = Peer::to(emulator.addr());
        peer.say(octets);
        // The polite end of TLS may come before.
        let (_, rest) = closed(peer.io);
        assert!(rest.len() < 100, "{octets:02x?}");
        assert_eq!(good.level(), Some(1));
    }
    // What is no record, where records are due.
    let mut peer = Peer::to(emulator.addr());
    peer.unit(b"\x72\x02\x00\x01\x31");
    closed(peer.io);
    assert_eq!(good.level(), Some(1));
    until("one is left", || emulator.connections().len() == 1);
}

#[test]
fn firmware_before_tls_is_open_in_either_version() {
    let emulator = cpu("s7-1200@3.0", Plus::default());
    let mut peer = Peer::dial(emulator.addr());
    // Refused with -507, and the connection goes on.
    peer.say(&hex(INIT_SSL));
    let answer = peer.hear();
    assert_eq!((answer[1], &answer[4..14]), (1, &hex("32000005b30000000130")[..]));
    let context = Context { version: Version::V1, integrity: None };
    let response = Response::read(&mut Reader::new(&answer[4..answer.len() - 4]), context).unwrap();
    assert_eq!(response.outcome.code().0, -507);
    peer.begin();
    // No numbers in any answer; V1 is answered in V1, also with zeros too many.
    for (version, zeros) in
        [(Version::V2, 0), (Version::V1, 0), (Version::V1, 1), (Version::V1, 2), (Version::V2, 0)]
    {
        peer.version = Version::V1;
        let items = [octets(5, 1)];
        let ask = Ask::GetMultiVariables(GetMultiVariables {
            addresses: Addresses::items(&items),
            qualifier: Qualifier::default(),
        });
        let mut request = peer.request(&ask);
        let end = request.len() - 4;
        request.splice(end..end, vec![0; zeros]);
        request[3] += u8::try_from(zeros).unwrap();
        let last = request.len() - 3;
        (request[1], request[last]) = (version.0, version.0);
        peer.say(&request);
        let answer = peer.hear();
        let body = [
            &hex("320000054c0000")[..],
            &peer.sequence.to_be_bytes(),
            &hex("340001001400010500" /* octet 5 */)[..],
            &[0; 5],
        ]
        .concat();
        let want =
            [&[0x72, version.0, 0, u8::try_from(body.len()).unwrap()], &body[..], &[0x72, version.0, 0, 0]]
                .concat();
        assert_eq!(answer, want, "{version:?} with {zeros} zeros");
    }
}

#[test]
fn without_tls_a_cpu_that_has_it_is_silent() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let mut peer = Peer::dial(emulator.addr());
    peer.say(&hex(CREATE));
    assert_eq!(closed(peer.io).1, []);
    let open = cpu("s7-1500@2.9", Plus { security: Some(Security::Open), ..Plus::default() });
    let mut peer = Peer::dial(open.addr());
    peer.begin();
    assert_eq!(peer.level(), Some(1));
}

/// All that is traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<String>>);

impl tracing::Subscriber for Traced {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        writeln!(self.0.lock().unwrap(), "{span:?}").unwrap();
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{values:?}").unwrap();
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{event:?}").unwrap();
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// An answer of several frames inside TLS: each is a record and a unit, and full but the last.
#[test]
fn long_answers_inside_tls() {
    let names = |n: u32| format!("a variable with a rather long name, number {n}");
    let builder = Emulator::builder().profile("s7-1500@3.1".parse::<Profile>().unwrap()).db("Long");
    let builder = (0..500).fold(builder, |builder, n| builder.var(&names(n), Type::Int, 7i16));
    let emulator = builder.start().unwrap();
    let mut peer = Peer::to(emulator.addr());
    let ask = Explore {
        object: 0x9200_0001,
        association: 0,
        recursive: 1,
        unknown: 1,
        parents: 0,
        filters: vec![],
        attributes: Cow::Borrowed(&[]),
    };
    let request = peer.request(&Ask::Explore(ask));
    peer.say(&request);
    let (mut message, mut frames) = (vec![], 0);
    loop {
        let frame = peer.hear();
        let len = usize::from(u16::from_be_bytes([frame[2], frame[3]]));
        message.extend_from_slice(&frame[4..4 + len]);
        frames += 1;
        if frame.len() > 4 + len {
            assert_eq!(frame[4 + len..], [0x72, 2, 0, 0]);
            break;
        }
        assert_eq!((frame[..2].to_vec(), len), (vec![0x72, 2], 987));
    }
    assert!(frames > 20, "{frames}");
    let context = Context { version: Version::V2, integrity: Some(true) };
    let response = Response::read(&mut Reader::new(&message), context).unwrap();
    assert_eq!(response.tail.integrity, Some(peer.read + u32::from(peer.sequence)));
    let Reply::Explore(reply) = response.reply else { panic!("{response:?}") };
    let named = reply.objects[0].varnames().unwrap().names();
    assert_eq!((named.len(), named[499].as_str()), (500, Some(&*names(499))));
    // And the session goes on.
    assert_eq!(peer.level(), Some(1));
}

#[test]
fn nothing_that_helps_a_thief_is_told() {
    let traced = Traced::default();
    tracing::subscriber::set_global_default(traced.clone()).unwrap();
    let (right, wrong) = ("Sesam-öffne-dich", "Schibboleth-0815");
    let access = Access::default().protect(4).password(right, 1).user("Ali", "Baba-und-40", 2);
    let plus = Plus { access, ..Plus::default() };
    let options = Options { plus: plus.clone(), ..Options::default() };
    let emulator = cpu("s7-1500@3.1", plus);
    let mut peer = Peer::to(emulator.addr());
    let mut chain = peer.chain();
    assert_eq!(peer.sealed(wrong, &mut chain).code().0, 22);
    assert_eq!(peer.sealed(right, &mut chain), ReturnValue::OK);
    drop(peer);
    until("it is gone", || emulator.connections().is_empty());
    until("its end is traced", || traced.0.lock().unwrap().contains("closed:"));
    let told = format!("{options:?} {:?} {emulator:?} {}", emulator.log(), traced.0.lock().unwrap());
    let hash = |password: &str| format!("{:?}", Credential::password(password).hash().unwrap());
    assert!(!hash(right).contains(char::is_numeric), "a hash is not shown: {}", hash(right));
    for secret in [right, wrong, "Sesam", "Schibb", "Baba"] {
        assert!(!told.contains(secret), "{secret} is told");
    }
    assert!(emulator.log().iter().any(|entry| entry.event == Event::Legitimated(1)));
}

//! S7CommPlus of the emulated CPU through real sockets, by octets: what a CPU must do (the numbered list of the wire reference, its
//! recorded session), and what it refuses.
mod common;
use common::{closed, dial, frame, read, until};
use core::fmt::Write as _;
use core::net::SocketAddr;
use hepta_auth::legitimation::{Chain, Payload, sha1_response};
use hepta_auth::{Credential, EXPORTER_LABEL};
use hepta_proto::data::Type;
use hepta_proto::plus::code::Counter;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::header::{self, TransportFlags};
use hepta_proto::plus::message::ask::{
    DeleteObject, Explore, GetMultiVariables, GetVarSubStreamed, SetMultiVariables, SetVariable,
};
use hepta_proto::plus::message::{Addresses, Ask, Context, Reply, Request, Response};
use hepta_proto::plus::value::Data;
use hepta_proto::plus::{ErrorCode, Id, ItemAddress, Qualifier, ReturnValue, Security, Value};
use hepta_proto::wire::Reader;
use hepta_server::plc::{Event, Profile, State};
use hepta_server::{Access, Emulator, Options, Plus};
use hepta_tls::{Connector, Profile as Offer, Session, Tls as _, Trust};
use std::borrow::Cow;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

/// `SIMATIC-ROOT-HMI`, units of 1024: 36 octets.
const CR: &[u8] =
    b"\x03\x00\x00\x24\x1f\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x06\x00\xc2\x10SIMATIC-ROOT-HMI";

/// The recorded session: what is asked, and what a CPU answers.
const INIT_SSL: &str = "7201001231000005b30000000100000120300000000072010000";
const INIT_SSL_OK: &str = "7201000f32000005b30000000130000000000072010000";
const CREATE: &str = "7201003a31000004ca0000000200000120360000011d00040000000000a1000000d3821f0000a3822c001280c3c901a1000000d3817f0000a2a20000000072010000";
/// 7000f4a1 stands for the session.
const SETUP: &str = "720200843100000542000000037000f4a1347000f4a1010182320100170000013a823b000400823c00048a00823d000484818640823e000484818640823f00151a313b36455337203531352d32414d30322d304142303b56322e398240001505323b3830328241000300030000000004e88969001200000000896a001300896b000400000000000072020000";
const SETUP_OK: &str = "72020011320000054200000003340000000000000072020000";
/// The same of a CPU that does not count.
const SETUP_UNCOUNTED: &str = "720200103200000542000000033400000000000072020000";
const LIMITS_OK: &str =
    "7202002a320000054c0000000434000100083202000832030008817a0400088f500500088cc0000000050000000072020000";
const LEVEL: &str = "720200353100000586000000057000f4a1347000f4a12004018e32000004e88969001200000000896a001300896b000400000001020000000072020000";
const LEVEL_OK: &str = "72020014320000058600000005340000000401070000000072020000";
const DELETE_OK: &str = "7202001332000004d40000000634007000f4a10000000072020000";

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

/// With the session's id in place of the recorded one.
fn of(session: u32, text: &str) -> Vec<u8> {
    hex(&text.replace("7000f4a1", &format!("{session:08x}")))
}

fn cpu(name: &str, plus: Plus) -> Emulator {
    let ramp: Vec<u8> = (0..=255).cycle().take(2048).collect();
    let builder = Emulator::builder().profile(name.parse::<Profile>().unwrap()).block_with(1, ramp);
    builder.options(Options { plus, ..Options::default() }).start().unwrap()
}

/// Items by their numbers.
type Numbered<T> = Vec<(u32, T)>;

/// A peer by hand.
struct Peer {
    io: TcpStream,
    tls: Option<Session>,
    plain: Vec<u8>,
    session: u32,
    sequence: u16,
    read: u32,
    write: u32,
    version: Version,
}

impl Peer {
    /// Connected, no more.
    fn dial(addr: SocketAddr) -> Self {
        let mut io = dial(addr);
        io.write_all(CR).unwrap();
        let confirm = frame(&mut io);
        // Both TSAPs and the size.
        assert_eq!((confirm.len(), confirm[5]), (36, 0xd0));
        assert!(
            confirm.ends_with(b"\xc2\x10SIMATIC-ROOT-HMI")
                || confirm.windows(16).any(|w| w == b"SIMATIC-ROOT-HMI")
        );
        Self {
            io,
            tls: None,
            plain: vec![],
            session: 0x120,
            sequence: 0,
            read: 0,
            write: 2,
            version: Version::V2,
        }
    }
    fn unit(&mut self, octets: &[u8]) {
        for part in octets.chunks(1000) {
            let [l0, l1] = u16::try_from(part.len() + 7).unwrap().to_be_bytes();
            self.io.write_all(&[&[3, 0, l0, l1, 2, 0xf0, 0x80], part].concat()).unwrap();
        }
    }
    /// TLS, as the answer to `InitSSL` allows it.
    fn secure(&mut self) {
        self.say(&hex(INIT_SSL));
        assert_eq!(self.hear(), hex(INIT_SSL_OK));
        let mut tls = Connector::new(Offer::siemens(), Trust::Insecure).unwrap().start("cpu").unwrap();
        let mut out = vec![];
        tls.receive(&[], &mut self.plain, &mut out).unwrap();
        while !tls.ready() {
            self.unit(&core::mem::take(&mut out));
            let unit = frame(&mut self.io);
            tls.receive(&unit[7..], &mut self.plain, &mut out).unwrap();
        }
        self.unit(&out);
        self.tls = Some(tls);
    }
    fn say(&mut self, octets: &[u8]) {
        let mut out = vec![];
        match &mut self.tls {
            None => out.extend_from_slice(octets),
            Some(tls) => tls.send(octets, &mut out).unwrap(),
        }
        self.unit(&out);
    }
    /// The next unit, out of TLS: one frame stands in each.
    fn hear(&mut self) -> Vec<u8> {
        loop {
            let unit = frame(&mut self.io);
            assert_eq!(unit[4..7], [2, 0xf0, 0x80]);
            let Some(tls) = &mut self.tls else { return unit[7..].to_vec() };
            let (mut out, before) = (vec![], self.plain.len());
            tls.receive(&unit[7..], &mut self.plain, &mut out).unwrap();
            // Tickets of TLS say nothing.
            if self.plain.len() > before {
                return self.plain.split_off(before);
            }
        }
    }
    /// A session, by the recorded octets.
    fn begin(&mut self) {
        self.say(&hex(CREATE));
        let answer = self.hear();
        let (version, head) = (answer[1], &answer[4..14]);
        assert_eq!((version, head), (1, &hex("32000004ca0000000236")[..]));
        let context = Context { version: Version::V1, integrity: None };
        let response = Response::read(&mut Reader::new(&answer[4..answer.len() - 4]), context).unwrap();
        let Reply::CreateObject(reply) = response.reply else { panic!("{response:?}") };
        assert_eq!(reply.ids.len(), 2);
        let version = reply.objects[0].attribute(Id::ServerSessionVersion.0).unwrap();
        let version = version.as_struct().unwrap();
        assert_eq!(version.id(), 314);
        assert!(version.member(319).unwrap().as_str().unwrap().starts_with("1;6ES7 "));
        self.session = reply.ids[0];
        self.say(&of(self.session, SETUP));
        let answer = self.hear();
        // CPUs that count say 0 here, others nothing.
        assert!(answer == hex(SETUP_OK) || answer == hex(SETUP_UNCOUNTED), "{answer:02x?}");
        self.sequence = 3;
    }
    fn to(addr: SocketAddr) -> Self {
        let mut peer = Self::dial(addr);
        peer.secure();
        peer.begin();
        peer
    }
    fn request(&mut self, ask: &Ask<'_>) -> Vec<u8> {
        let function = ask.function().unwrap();
        self.sequence += 1;
        let counter =
            if function.counter() == Some(Counter::Write) { &mut self.write } else { &mut self.read };
        *counter += 1;
        let head = header::Request::new(function, self.sequence, self.session);
        let tail = ask.tail((self.version == Version::V2).then_some(*counter));
        let mut message = vec![];
        Request { head, ask: ask.clone(), tail }.write(&mut message);
        let [l0, l1] = u16::try_from(message.len()).unwrap().to_be_bytes();
        [&[0x72, self.version.0, l0, l1], &message[..], &[0x72, self.version.0, 0, 0]].concat()
    }
    /// Asks, and gives the answer's outcome and reply. Looks at what all answers must have.
    fn ask(&mut self, ask: &Ask<'_>) -> (ReturnValue, Reply<'static>) {
        let request = self.request(ask);
        self.say(&request);
        self.answer()
    }
    fn answer(&mut self) -> (ReturnValue, Reply<'static>) {
        let answer = self.hear();
        assert_eq!(
            (answer[1], &answer[answer.len() - 4..]),
            (self.version.0, &[0x72, self.version.0, 0, 0][..])
        );
        let context = Context { version: self.version, integrity: None };
        // Leaked, for a test: the reply may borrow from it.
        let message = answer[4..answer.len() - 4].to_vec().leak();
        let response = Response::read(&mut Reader::new(message), context).unwrap();
        assert_eq!((response.head.sequence, response.head.flags), (self.sequence, TransportFlags::NORMAL));
        (response.outcome, response.reply)
    }
    fn read_items(&mut self, items: &[ItemAddress]) -> (ReturnValue, Numbered<Value>, Numbered<ReturnValue>) {
        let addresses = Addresses::items(items);
        let ask = Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() });
        match self.ask(&ask) {
            (outcome, Reply::GetMultiVariables(reply)) => {
                (outcome, reply.values.to_vec(), reply.failures.to_vec())
            }
            (outcome, _) => (outcome, vec![], vec![]),
        }
    }
    fn write_item(&mut self, item: &ItemAddress, value: Value) -> ReturnValue {
        let (items, values) = ([item.clone()], [(1, value)]);
        let ask = Ask::SetMultiVariables(SetMultiVariables {
            addresses: Addresses::items(&items),
            values: Cow::Borrowed(&values),
            qualifier: Qualifier::default(),
        });
        match self.ask(&ask) {
            (ReturnValue::OK, Reply::SetMultiVariables(reply)) => {
                reply.failures.first().map_or(ReturnValue::OK, |(_, failure)| *failure)
            }
            (outcome, _) => outcome,
        }
    }
    fn get(&mut self, object: u32, id: u32) -> (ReturnValue, Value) {
        let ask = Ask::GetVarSubStreamed(GetVarSubStreamed {
            object,
            path: Value::addresses(vec![id]),
            qualifier: Qualifier::default(),
            unknown: 1,
            extra: false,
        });
        match self.ask(&ask) {
            (outcome, Reply::GetVarSubStreamed(reply)) => (outcome, reply.value),
            (outcome, _) => (outcome, Value::new(Data::Null)),
        }
    }
    fn set(&mut self, object: u32, id: u32, value: Value) -> ReturnValue {
        let ids = Cow::Owned(vec![id]);
        self.ask(&Ask::SetVariable(SetVariable { object, ids, value, qualifier: Qualifier::default() })).0
    }
    fn explore(&mut self, object: u32) -> ReturnValue {
        let attributes = Cow::Borrowed(&[][..]);
        let ask = Explore {
            object,
            association: 0,
            recursive: 0,
            unknown: 1,
            parents: 0,
            filters: vec![],
            attributes,
        };
        self.ask(&Ask::Explore(ask)).0
    }
    fn level(&mut self) -> Option<u32> {
        let session = self.session;
        let (_, value) = self.get(session, 1842);
        assert!(matches!(value.data(), Data::UDInt(_)), "{value:?}");
        value.as_u32()
    }
    fn challenge(&mut self) -> [u8; 20] {
        let session = self.session;
        let (outcome, value) = self.get(session, 303);
        assert_eq!((outcome, value.flags()), (ReturnValue::OK, 0x10));
        value.as_bytes().unwrap().try_into().unwrap()
    }
    fn chain(&self) -> Chain {
        let mut secret = [0; 32];
        self.tls.as_ref().unwrap().export(EXPORTER_LABEL, None, &mut secret).unwrap();
        Chain::new(secret)
    }
    /// A password in the form of SHA-1.
    fn hashed(&mut self, password: &str) -> ReturnValue {
        let challenge = self.challenge();
        let response = sha1_response(&Credential::password(password), &challenge).unwrap();
        self.set(self.session, 304, Value::octets(response.to_vec()))
    }
    /// A password in the form of AES.
    fn sealed(&mut self, password: &str, chain: &mut Chain) -> ReturnValue {
        let challenge = self.challenge();
        let sealed = chain.seal(&Payload::of(&Credential::password(password)), &challenge);
        self.set(self.session, 1846, Value::blob(sealed))
    }
}

fn octets(start: u32, len: u32) -> ItemAddress {
    ItemAddress::classic(0x8a0e_0001, start, len)
}

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
fn as_many_items_as_it_says_and_not_one_more() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let mut peer = Peer::to(emulator.addr());
    assert_eq!(peer.read_items(&vec![octets(0, 1); 50]).1.len(), 50);
    assert_eq!(peer.read_items(&vec![octets(0, 1); 51]).0, ReturnValue::TOO_MANY_ITEMS);
    assert_eq!(ReturnValue::TOO_MANY_ITEMS.code().0, -4);
    assert_eq!(peer.level(), Some(1));
}

#[test]
fn whose_session_it_is_not_gets_106() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    let invalid = ReturnValue::of(ErrorCode::ServiceInvalidSession);
    assert_eq!(invalid.code().0, -106);
    let mut early = Peer::dial(emulator.addr());
    early.secure();
    assert_eq!(early.read_items(&[octets(0, 1)]).0, invalid);
    let (mut one, mut other) = (Peer::to(emulator.addr()), Peer::to(emulator.addr()));
    assert_ne!(one.session, other.session);
    // Another's session is nobody's, and its challenge neither.
    let own = core::mem::replace(&mut one.session, other.session);
    assert_eq!(one.read_items(&[octets(0, 1)]).0, invalid);
    assert_eq!(one.set(other.session, 304, Value::octets(vec![0; 20])), invalid);
    one.session = own;
    assert_eq!(one.get(other.session, 303).0.code(), ReturnValue::OBJECT_NOT_FOUND.code());
    assert_eq!((one.level(), other.level()), (Some(1), Some(1)));
    // 0 is the own session, for python-s7commplus.
    let (outcome, _) =
        one.ask(&Ask::DeleteObject(DeleteObject { object: 0, qualifier: Some(Qualifier::default()) }));
    assert_eq!((outcome, one.read_items(&[octets(0, 1)]).0), (ReturnValue::OK, invalid));
    assert_eq!(other.level(), Some(1));
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

/// A hello: groups, and whether it offers TLS 1.3.
fn hello(groups: &[u16], tls13: bool) -> Vec<u8> {
    let len16 = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    let mut extensions = vec![];
    let mut put = |kind: u16, body: &[u8]| {
        extensions.extend([&kind.to_be_bytes()[..], &len16(body.len()), body].concat());
    };
    let list: Vec<u8> = groups.iter().flat_map(|group| group.to_be_bytes()).collect();
    put(10, &[&len16(list.len())[..], &list].concat());
    put(43, if tls13 { &[2, 3, 4] } else { &[2, 3, 3] });
    put(13, &[0, 2, 4, 3]);
    put(51, &[&[0, 36, 0, 0x1d, 0, 32, 9][..], &[0; 31]].concat());
    let body =
        [&[3, 3][..], &[0xa5; 32], &[0, 0, 4, 0x13, 2, 0x13, 1, 1, 0], &len16(extensions.len()), &extensions]
            .concat();
    let message = [&[1, 0][..], &len16(body.len()), &body].concat();
    [&[22, 3, 1][..], &len16(message.len()), &message].concat()
}

#[test]
fn a_hello_that_cpus_do_not_know_is_reset_without_a_word() {
    let emulator = cpu("s7-1500@2.9", Plus::default());
    for (groups, tls13) in [(&[0x17, 0x18][..], true), (&[0x1d, 0x17, 0x19], true), (&[0x1d], false)] {
        let mut peer = Peer::dial(emulator.addr());
        peer.say(&hex(INIT_SSL));
        assert_eq!(peer.hear(), hex(INIT_SSL_OK));
        peer.unit(&hello(groups, tls13));
        let mut octet = [0];
        let ended = peer.io.read(&mut octet).unwrap_err();
        assert_eq!(ended.kind(), ErrorKind::ConnectionReset, "{groups:04x?} {tls13}");
    }
    let mut peer = Peer::dial(emulator.addr());
    peer.say(&hex(INIT_SSL));
    peer.hear();
    peer.unit(&hello(&[0x1d, 0x17], true));
    assert_eq!(frame(&mut peer.io)[7], 22);
}

#[test]
fn each_firmware_takes_one_form_of_a_password() {
    for (name, old) in
        [("s7-1500@2.9", true), ("s7-1200@4.5", true), ("s7-1500@3.1", false), ("s7-1200@4.7", false)]
    {
        let access = Access::default().protect(4).password("Grünkohl 7", 1).password("hmi", 3);
        let emulator = cpu(name, Plus { access, ..Plus::default() });
        for (form, password, level) in [(old, "hmi", 3), (old, "Grünkohl 7", 1), (!old, "Grünkohl 7", 4)] {
            let mut peer = Peer::to(emulator.addr());
            let mut chain = peer.chain();
            assert_eq!(peer.level(), Some(4));
            let outcome = if form { peer.hashed(password) } else { peer.sealed(password, &mut chain) };
            if form == old {
                assert_eq!((outcome, peer.level()), (ReturnValue::OK, Some(level)), "{name}");
            } else {
                assert_eq!(outcome, ReturnValue(0x8318_8900_01b3_fffe), "{name}");
                // It hears of nothing more.
                peer.say(&of(peer.session, LEVEL));
                closed(peer.io);
            }
        }
    }
}

#[test]
fn three_wrong_passwords_end_the_connection_and_a_challenge_is_for_one_answer() {
    let access = || Access::default().protect(4).password("right", 1);
    for name in ["s7-1500@2.9", "s7-1500@3.1"] {
        let emulator = cpu(name, Plus { access: access(), ..Plus::default() });
        let mut peer = Peer::to(emulator.addr());
        let mut chain = peer.chain();
        // Unasked for.
        let unasked = peer.set(peer.session, 304, Value::octets(vec![0; 20]));
        assert_eq!(unasked, ReturnValue::of(ErrorCode::ServiceNotAllowed));
        for _ in 0..3 {
            let outcome =
                if name.ends_with("2.9") { peer.hashed("wrong") } else { peer.sealed("wrong", &mut chain) };
            assert_eq!((outcome, outcome.code().0), (ReturnValue::PASSWORD_REFUSED, 22));
        }
        peer.say(&of(peer.session, LEVEL));
        closed(peer.io);
        let refused = emulator.log().iter().filter(|entry| entry.event == Event::PasswordRefused).count();
        assert_eq!(refused, 3);
    }
}

#[test]
fn what_each_level_may_do() {
    let denied = ReturnValue::of(ErrorCode::ServiceAccessDenied);
    let or_denied = |may: bool| if may { ReturnValue::OK } else { denied };
    let wish = ItemAddress::below(52, 2167, []);
    for level in 1..=4 {
        let access = Access::default().protect(level);
        let emulator = cpu("s7-1500@2.9", Plus { access, ..Plus::default() });
        let mut peer = Peer::to(emulator.addr());
        assert_eq!(peer.level(), Some(level));
        let (outcome, values, failures) = peer.read_items(&[octets(0, 1)]);
        assert_eq!(outcome, ReturnValue::OK);
        assert_eq!((values.len(), failures), if level < 4 { (1, vec![]) } else { (0, vec![(1, denied)]) });
        assert_eq!(peer.write_item(&octets(0, 1), Value::blob(vec![1])), or_denied(level < 4));
        assert_eq!(peer.explore(50), or_denied(level < 4));
        // In either spelling.
        let stop = || Value::new(Data::DInt(1));
        assert_eq!(peer.set(52, 2167, stop()), or_denied(level == 1), "level {level}");
        assert_eq!(peer.write_item(&wish, stop()), or_denied(level == 1), "level {level}, as an item");
        let state = if level == 1 { State::Stop } else { State::Run };
        assert_eq!(emulator.plc().state(), state);
        // What may be asked, whoever asks.
        assert_eq!(peer.read_items(&[ItemAddress::below(201, 1037, [1000])]).1.len(), 1);
    }
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

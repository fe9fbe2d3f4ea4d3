//! A client of S7CommPlus that is made by hand, octet by octet, where the recorded session has them.
#![allow(dead_code, reason = "each test takes what it needs")]
use crate::common::{dial, frame};
use core::net::SocketAddr;
use hepta_auth::legitimation::{Chain, Payload, sha1_response};
use hepta_auth::{Credential, EXPORTER_LABEL};
use hepta_proto::plus::code::Counter;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::header::{self, TransportFlags};
use hepta_proto::plus::message::ask::{
    Explore, GetMultiVariables, GetVarSubStreamed, SetMultiVariables, SetVariable,
};
use hepta_proto::plus::message::{Addresses, Ask, Context, Reply, Request, Response};
use hepta_proto::plus::value::Data;
use hepta_proto::plus::{Id, ItemAddress, Qualifier, ReturnValue, Value};
use hepta_proto::wire::Reader;
use hepta_server::plc::Profile;
use hepta_server::{Emulator, Options, Plus};
use hepta_tls::{Connector, Profile as Offer, Session, Tls as _, Trust};
use std::borrow::Cow;
use std::io::Write as _;
use std::net::TcpStream;

/// `SIMATIC-ROOT-HMI`, units of 1024: 36 octets.
pub(crate) const CR: &[u8] =
    b"\x03\x00\x00\x24\x1f\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x06\x00\xc2\x10SIMATIC-ROOT-HMI";

/// The recorded session: what is asked, and what a CPU answers.
pub(crate) const INIT_SSL: &str = "7201001231000005b30000000100000120300000000072010000";
pub(crate) const INIT_SSL_OK: &str = "7201000f32000005b30000000130000000000072010000";
pub(crate) const CREATE: &str = "7201003a31000004ca0000000200000120360000011d00040000000000a1000000d3821f0000a3822c001280c3c901a1000000d3817f0000a2a20000000072010000";
/// 7000f4a1 stands for the session.
pub(crate) const SETUP: &str = "720200843100000542000000037000f4a1347000f4a1010182320100170000013a823b000400823c00048a00823d000484818640823e000484818640823f00151a313b36455337203531352d32414d30322d304142303b56322e398240001505323b3830328241000300030000000004e88969001200000000896a001300896b000400000000000072020000";
pub(crate) const SETUP_OK: &str = "72020011320000054200000003340000000000000072020000";
/// The same of a CPU that does not count.
pub(crate) const SETUP_UNCOUNTED: &str = "720200103200000542000000033400000000000072020000";
pub(crate) const LIMITS_OK: &str =
    "7202002a320000054c0000000434000100083202000832030008817a0400088f500500088cc0000000050000000072020000";
pub(crate) const LEVEL: &str = "720200353100000586000000057000f4a1347000f4a12004018e32000004e88969001200000000896a001300896b000400000001020000000072020000";
pub(crate) const LEVEL_OK: &str = "72020014320000058600000005340000000401070000000072020000";
pub(crate) const DELETE_OK: &str = "7202001332000004d40000000634007000f4a10000000072020000";

pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

/// With the session's id in place of the recorded one.
pub(crate) fn of(session: u32, text: &str) -> Vec<u8> {
    hex(&text.replace("7000f4a1", &format!("{session:08x}")))
}

pub(crate) fn cpu(name: &str, plus: Plus) -> Emulator {
    let ramp: Vec<u8> = (0..=255).cycle().take(2048).collect();
    let builder = Emulator::builder().profile(name.parse::<Profile>().unwrap()).block_with(1, ramp);
    builder.options(Options { plus, ..Options::default() }).start().unwrap()
}

/// Items by their numbers.
pub(crate) type Numbered<T> = Vec<(u32, T)>;

/// A peer by hand.
pub(crate) struct Peer {
    pub(crate) io: TcpStream,
    pub(crate) tls: Option<Session>,
    pub(crate) plain: Vec<u8>,
    pub(crate) session: u32,
    pub(crate) sequence: u16,
    pub(crate) read: u32,
    pub(crate) write: u32,
    pub(crate) version: Version,
    /// Does the CPU count requests?
    pub(crate) counts: bool,
    /// How the session was granted.
    pub(crate) granted: ReturnValue,
    /// What the CPU said of itself (attribute 319).
    pub(crate) device: String,
}

impl Peer {
    /// Connected, no more.
    pub(crate) fn dial(addr: SocketAddr) -> Self {
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
            counts: true,
            granted: ReturnValue::OK,
            device: String::new(),
        }
    }
    pub(crate) fn unit(&mut self, octets: &[u8]) {
        for part in octets.chunks(1000) {
            let [l0, l1] = u16::try_from(part.len() + 7).unwrap().to_be_bytes();
            self.io.write_all(&[&[3, 0, l0, l1, 2, 0xf0, 0x80], part].concat()).unwrap();
        }
    }
    /// TLS, as the answer to `InitSSL` allows it.
    pub(crate) fn secure(&mut self) {
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
    pub(crate) fn say(&mut self, octets: &[u8]) {
        let mut out = vec![];
        match &mut self.tls {
            None => out.extend_from_slice(octets),
            Some(tls) => tls.send(octets, &mut out).unwrap(),
        }
        self.unit(&out);
    }
    /// The next unit, out of TLS: one frame stands in each.
    pub(crate) fn hear(&mut self) -> Vec<u8> {
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
    pub(crate) fn begin(&mut self) {
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
        self.device = version.member(319).unwrap().as_str().unwrap().into();
        assert!(self.device.starts_with("1;6ES7 "), "{}", self.device);
        (self.session, self.granted) = (reply.ids[0], response.outcome);
        self.say(&of(self.session, SETUP));
        let answer = self.hear();
        // CPUs that count say 0 here, others nothing.
        self.counts = answer == hex(SETUP_OK);
        assert!(self.counts || answer == hex(SETUP_UNCOUNTED), "{answer:02x?}");
        self.sequence = 3;
    }
    pub(crate) fn to(addr: SocketAddr) -> Self {
        let mut peer = Self::dial(addr);
        peer.secure();
        peer.begin();
        peer
    }
    pub(crate) fn request(&mut self, ask: &Ask<'_>) -> Vec<u8> {
        let function = ask.function().unwrap();
        self.sequence += 1;
        let counter =
            if function.counter() == Some(Counter::Write) { &mut self.write } else { &mut self.read };
        *counter += 1;
        let head = header::Request::new(function, self.sequence, self.session);
        let tail = ask.tail((self.counts && self.version == Version::V2).then_some(*counter));
        let mut message = vec![];
        Request { head, ask: ask.clone(), tail }.write(&mut message);
        let [l0, l1] = u16::try_from(message.len()).unwrap().to_be_bytes();
        [&[0x72, self.version.0, l0, l1], &message[..], &[0x72, self.version.0, 0, 0]].concat()
    }
    /// Asks, and gives the answer's outcome and reply. Looks at what all answers must have.
    pub(crate) fn ask(&mut self, ask: &Ask<'_>) -> (ReturnValue, Reply<'static>) {
        let request = self.request(ask);
        self.say(&request);
        self.answer()
    }
    pub(crate) fn answer(&mut self) -> (ReturnValue, Reply<'static>) {
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
    pub(crate) fn read_items(
        &mut self,
        items: &[ItemAddress],
    ) -> (ReturnValue, Numbered<Value>, Numbered<ReturnValue>) {
        let addresses = Addresses::items(items);
        let ask = Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() });
        match self.ask(&ask) {
            (outcome, Reply::GetMultiVariables(reply)) => {
                (outcome, reply.values.to_vec(), reply.failures.to_vec())
            }
            (outcome, _) => (outcome, vec![], vec![]),
        }
    }
    pub(crate) fn write_items(
        &mut self,
        pairs: &[(ItemAddress, Value)],
    ) -> (ReturnValue, Numbered<ReturnValue>) {
        let items: Vec<_> = pairs.iter().map(|(item, _)| item.clone()).collect();
        let values: Vec<_> = (1..).zip(pairs.iter().map(|(_, value)| value.clone())).collect();
        let ask = Ask::SetMultiVariables(SetMultiVariables {
            addresses: Addresses::items(&items),
            values: Cow::Borrowed(&values),
            qualifier: Qualifier::default(),
        });
        match self.ask(&ask) {
            (outcome, Reply::SetMultiVariables(reply)) => (outcome, reply.failures.to_vec()),
            (outcome, _) => (outcome, vec![]),
        }
    }
    pub(crate) fn write_item(&mut self, item: &ItemAddress, value: Value) -> ReturnValue {
        let (outcome, failures) = self.write_items(&[(item.clone(), value)]);
        failures.first().map_or(outcome, |(_, failure)| *failure)
    }
    pub(crate) fn get(&mut self, object: u32, id: u32) -> (ReturnValue, Value) {
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
    pub(crate) fn set(&mut self, object: u32, id: u32, value: Value) -> ReturnValue {
        let ids = Cow::Owned(vec![id]);
        self.ask(&Ask::SetVariable(SetVariable { object, ids, value, qualifier: Qualifier::default() })).0
    }
    pub(crate) fn explore(&mut self, object: u32) -> ReturnValue {
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
    pub(crate) fn level(&mut self) -> Option<u32> {
        let session = self.session;
        let (_, value) = self.get(session, 1842);
        assert!(matches!(value.data(), Data::UDInt(_)), "{value:?}");
        value.as_u32()
    }
    pub(crate) fn challenge(&mut self) -> [u8; 20] {
        let session = self.session;
        let (outcome, value) = self.get(session, 303);
        assert_eq!((outcome, value.flags()), (ReturnValue::OK, 0x10));
        value.as_bytes().unwrap().try_into().unwrap()
    }
    pub(crate) fn chain(&self) -> Chain {
        let mut secret = [0; 32];
        self.tls.as_ref().unwrap().export(EXPORTER_LABEL, None, &mut secret).unwrap();
        Chain::new(secret)
    }
    /// A password in the form of SHA-1.
    pub(crate) fn hashed(&mut self, password: &str) -> ReturnValue {
        let challenge = self.challenge();
        let response = sha1_response(&Credential::password(password), &challenge).unwrap();
        self.set(self.session, 304, Value::octets(response.to_vec()))
    }
    /// A password in the form of AES.
    pub(crate) fn sealed(&mut self, password: &str, chain: &mut Chain) -> ReturnValue {
        let challenge = self.challenge();
        let sealed = chain.seal(&Payload::of(&Credential::password(password)), &challenge);
        self.set(self.session, 1846, Value::blob(sealed))
    }
}

/// Octets of DB1.
pub(crate) fn octets(start: u32, len: u32) -> ItemAddress {
    ItemAddress::classic(0x8a0e_0001, start, len)
}

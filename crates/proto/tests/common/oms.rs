//! A CPU of S7CommPlus of a few lines, and a TLS that protects nothing but looks the part: a hello, an answer, a last word, and
//! records that are no frames.
#![allow(dead_code, unreachable_pub, reason = "each test and each target uses a part of it")]
use hepta_proto::iso::{Connect, DisconnectReason};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::{Addresses, Ask, Reply, Request, reply};
use hepta_proto::plus::server::{Answer, Device};
use hepta_proto::plus::value::{Data, Member, Struct};
use hepta_proto::plus::{Element, ErrorCode, Function, Id, ItemAddress, Object, ReturnValue, Value};
use hepta_proto::tls::{Tls, TlsError};
use std::borrow::Cow;

/// The session of the CPU.
pub const SESSION: u32 = 0x7000_0d4d;

const HELLO: u8 = 0x16;
const DATA: u8 = 0x17;
const ALERT: u8 = 0x15;
/// Octets of a record's head: its kind and its length.
const HEAD: usize = 3;

/// One end of the TLS that protects nothing.
#[derive(Debug)]
pub struct Veil {
    client: bool,
    begun: bool,
    ready: bool,
    ended: Option<TlsError>,
    half: Vec<u8>,
}

impl Veil {
    /// The end of a client, or of a CPU.
    pub fn new(client: bool) -> Self {
        Self { client, begun: false, ready: false, ended: None, half: vec![] }
    }
    fn take(&mut self, plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError> {
        while let [kind, l0, l1, ..] = self.half[..] {
            let end = HEAD + usize::from(u16::from_be_bytes([l0, l1]));
            let Some(said) = self.half.get(HEAD..end).map(<[u8]>::to_vec) else { break };
            self.half.drain(..end);
            match (kind, &said[..]) {
                (HELLO, b"hello") if !self.client && !self.begun => {
                    self.begun = true;
                    record(HELLO, b"welcome", out);
                }
                (HELLO, b"welcome") if self.client && !self.ready => {
                    self.ready = true;
                    record(HELLO, b"finished", out);
                }
                (HELLO, b"finished") if !self.client && self.begun && !self.ready => self.ready = true,
                (DATA, said) if self.ready => plain.extend(said.iter().map(|octet| octet ^ MASK)),
                (ALERT, []) => return Err(TlsError::Closed),
                _ => return Err(TlsError::Peer("a record out of turn")),
            }
        }
        Ok(())
    }
}

const MASK: u8 = 0x5a;

fn record(kind: u8, said: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&u16::try_from(said.len()).unwrap().to_be_bytes());
    out.extend_from_slice(said);
}

/// A record with these octets, as either end sends it.
pub fn veiled(plain: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    record(DATA, &plain.iter().map(|octet| octet ^ MASK).collect::<Vec<_>>(), &mut out);
    out
}

impl Tls for Veil {
    fn receive(&mut self, records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        if self.client && !self.begun {
            self.begun = true;
            record(HELLO, b"hello", out);
        }
        self.half.extend_from_slice(records);
        self.take(plain, out).inspect_err(|e| self.ended = Some(e.clone()))
    }
    fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
        if !self.ready {
            return Err(TlsError::Local("no handshake yet"));
        }
        plain.chunks(16_384).for_each(|part| out.extend(veiled(part)));
        Ok(())
    }
    fn export(&self, label: &[u8], _: Option<&[u8]>, secret: &mut [u8]) -> Result<(), TlsError> {
        assert_eq!(label, b"EXPERIMENTAL_OMS");
        secret.fill(0xee);
        Ok(())
    }
    fn ready(&self) -> bool {
        self.ready
    }
    fn fits(&self, room: usize) -> usize {
        room.saturating_sub(HEAD)
    }
    fn close(&mut self, out: &mut Vec<u8>) {
        self.ended.get_or_insert(TlsError::Closed);
        record(ALERT, &[], out);
    }
}

/// What was asked: function, sequence number, integrity id, session, version.
pub type Asked = (Function, u16, Option<u32>, u32, Version);

/// The CPU, and how it treats its peers.
#[derive(Debug)]
pub struct Cpu {
    /// Does it have TLS? What it says if it has none.
    pub tls: Result<(), ReturnValue>,
    /// What it says to who wants a session.
    pub created: ReturnValue,
    /// Attributes of the session that it leaves out.
    pub without: Vec<u32>,
    /// A challenge in the session: it wants a key.
    pub challenge: bool,
    /// Items of a read and of a write; `None`: it does not tell.
    pub limits: Option<i32>,
    /// Octets of the one block that it has.
    pub block: Vec<u8>,
    /// Did TLS come to stand?
    pub secured: bool,
    /// What was asked so far.
    pub log: Vec<Asked>,
}

impl Default for Cpu {
    fn default() -> Self {
        Self {
            tls: Ok(()),
            created: ReturnValue::OK,
            without: vec![],
            challenge: false,
            limits: Some(7),
            block: (0..40_000u32).map(|i| u8::try_from(i % 251).unwrap()).collect(),
            secured: false,
            log: vec![],
        }
    }
}

impl Cpu {
    /// The session, as it answers who makes it.
    pub fn session(&self) -> Object {
        let device = Member::new(Id::LID_SessionVersionSystemPAOMString.0, "1;6ES7 515-2AM02-0AB0 ;V2.9");
        let version = Value::new(Data::Struct(Struct::new(314, vec![device])));
        let mut session =
            Object::new(SESSION, Id::ClassServerSession.0).with(Id::ServerSessionVersion.0, version);
        if self.challenge {
            session = session.with(Id::ServerSessionChallenge.0, Value::octets(vec![0x5a; 20]));
        }
        let kept = |element: &Element| !matches!(element, Element::Attribute { id, .. } if self.without.contains(id));
        session.elements.retain(kept);
        session
    }
    fn read(&self, address: &ItemAddress) -> Result<Value, ReturnValue> {
        match (address.area, address.sub_area, &address.lids[..]) {
            (201, 1037, [1000 | 1001]) => self.limits.map(|n| Value::new(Data::DInt(n))),
            (201, 1037, [n @ 0..=2]) => {
                self.limits.map(|_| Value::new(Data::DInt(i32::try_from(*n).unwrap() + 100)))
            }
            (0x8a0e_0001, 2550, [3, start, len]) => {
                let end = start.checked_add(*len).and_then(|end| usize::try_from(end).ok());
                let range = usize::try_from(*start).ok().zip(end).map(|(start, end)| start..end);
                range.and_then(|range| self.block.get(range)).map(|octets| Value::blob(octets.to_vec()))
            }
            // A variable that says which it is.
            (0x8a0e_0002, _, [lid]) => Some(Value::from(*lid)),
            _ => None,
        }
        .ok_or(ReturnValue::OBJECT_NOT_FOUND)
    }
    fn write(&mut self, address: &ItemAddress, value: &Value) -> Result<(), ReturnValue> {
        let (0x8a0e_0001, [3, start, len], Some(octets)) =
            (address.area, &address.lids[..], value.as_bytes())
        else {
            return Err(ReturnValue::OBJECT_NOT_FOUND);
        };
        let end = start.checked_add(*len).and_then(|end| usize::try_from(end).ok());
        let range = usize::try_from(*start).ok().zip(end).map(|(start, end)| start..end);
        let place = range.and_then(|range| self.block.get_mut(range)).ok_or(ReturnValue::OBJECT_NOT_FOUND)?;
        if place.len() != octets.len() {
            return Err(ReturnValue::of(ErrorCode::InvalidValueRange));
        }
        place.copy_from_slice(octets);
        Ok(())
    }
}

fn done(reply: Reply<'static>) -> Answer {
    Answer::Reply(ReturnValue::OK, reply)
}

impl Device for Cpu {
    fn connect(&mut self, _: &Connect<'_>) -> Result<(), DisconnectReason> {
        Ok(())
    }
    fn tls(&mut self) -> Result<Box<dyn Tls>, ReturnValue> {
        self.tls.map(|()| Box::new(Veil::new(false)) as Box<dyn Tls>)
    }
    fn secured(&mut self, tls: &dyn Tls) {
        assert!(tls.ready());
        self.secured = true;
    }
    fn answer(&mut self, request: &Request<'_>, version: Version) -> Answer {
        let head = &request.head;
        self.log.push((head.function, head.sequence, request.tail.integrity, head.session, version));
        match &request.ask {
            Ask::CreateObject(_) if self.created.failed() => Answer::done(self.created),
            Ask::CreateObject(_) => done(Reply::CreateObject(reply::CreateObject {
                ids: vec![SESSION, SESSION + 1],
                objects: vec![self.session()],
            })),
            Ask::DeleteObject(delete) => {
                done(Reply::DeleteObject(reply::DeleteObject { object: delete.object }))
            }
            Ask::SetMultiVariables(set) => {
                let mut failures = vec![];
                if let Addresses::Items(items) = &set.addresses {
                    for (address, (number, value)) in items.iter().zip(&*set.values) {
                        failures.extend(self.write(address, value).err().map(|e| (*number, e)));
                    }
                }
                done(Reply::SetMultiVariables(reply::SetMultiVariables { failures: Cow::Owned(failures) }))
            }
            Ask::GetMultiVariables(get) => {
                let Addresses::Items(items) = &get.addresses else { return Answer::Close };
                let (mut values, mut failures) = (vec![], vec![]);
                for (number, address) in (1..).zip(items.iter()) {
                    match self.read(address) {
                        Ok(value) => values.push((number, value)),
                        Err(e) => failures.push((number, e)),
                    }
                }
                done(Reply::GetMultiVariables(reply::GetMultiVariables {
                    values: Cow::Owned(values),
                    failures: Cow::Owned(failures),
                }))
            }
            // An attribute that says which it is.
            Ask::GetVarSubStreamed(get) => {
                let value = Value::from(get.path.as_u32s().and_then(<[u32]>::first).copied().unwrap_or(0));
                done(Reply::GetVarSubStreamed(reply::GetVarSubStreamed { unknown: 0, value }))
            }
            Ask::SetVariable(_) if !head.flags.wants_answer() => Answer::Silence,
            Ask::SetVariable(_) => Answer::done(ReturnValue::OK),
            _ => Answer::done(ReturnValue::of(ErrorCode::ServiceUnknownRequest)),
        }
    }
}

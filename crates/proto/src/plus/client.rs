//! The asking end: a handshake, then a table of who asked what.
//!
//! ```text
//!  CR ──────────> <────────── CC
//!  InitSSL (V1) ─> <───────── 0                 or a refusal: without TLS the session is open, if that was allowed
//!  ClientHello ──> <── ... ── Finished          TLS 1.3 in COTP data
//!  CreateObject ─> <───────── ids, object 287   V1 inside TLS
//!  Set 306 ──────> <───────── 0                 V2: the CPU's own version is said back to it
//!  Get 201/1037 ─> <───────── limits            V2, from here on with integrity ids
//! ```
use super::code::{Counter, ErrorCode, Function, Opcode};
use super::dialect::Dialect;
use super::event;
use super::frame::Version;
use super::header::{self, Head, TransportFlags};
use super::id::{Id, Rid};
use super::message::ask::{CreateObject, DeleteObject, GetMultiVariables, SetMultiVariables};
use super::message::{Addresses, Ask, Context, Reply, Response};
use super::object::Object;
use super::op::Operation;
use super::pipe::{Arrival, Ended, Pipe};
use super::value::Value;
use super::{Refused, Security};
use crate::error::{Error, Unexpected};
use crate::iso::{self, TpduCode};
use crate::machine::{self, Asked, Machine, Owner, Progress, Runs, Shake};
use crate::op::{Ticket, Want};
use crate::plus::address::{ItemAddress, Qualifier};
use crate::tls::{Tls, TlsError};
use crate::wire::{Reader, Wire};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Octets of the longest answer that is taken: a type container may be tens of megabytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Requests without an answer at a time. CPUs answer in the order of the requests; engineering stations were seen with eighteen
/// in flight.
const JOBS: usize = 8;

/// Items that every CPU takes in one request, where it does not say how many.
const ITEMS: u32 = 20;

/// Object 201, attribute 1037: what the CPU limits. Keys of the five that clients ask for when they connect.
const SYSTEM_LIMITS: [u32; 5] = [1000, 1001, 0, 1, 2];

/// The label of the keying material that passwords are bound to.
const SECRET_LABEL: &[u8] = b"EXPERIMENTAL_OMS";

/// The relation id that a client gives itself: what the drivers of the field send, and the one attribute that CPUs want.
const CLIENT: u32 = 0x80c3_c901;

/// What a client says of itself, and asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The connect request.
    pub request: iso::Request,
    /// How the session is to be protected.
    pub security: Security,
    /// What it calls itself: names of the session object.
    pub name: String,
    /// 1 engineering, 2 HMI.
    pub role: u32,
    /// Octets of the longest answer.
    pub longest: usize,
}

impl Wish {
    /// To the CPU as an HMI, units of 1024.
    pub fn new(request: iso::Request, security: Security) -> Self {
        Self { request, security, name: String::from("hepta"), role: 2, longest: LONGEST }
    }
}

/// What the operations have to keep to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Items of one read.
    pub reads: u32,
    /// Items of one write.
    pub writes: u32,
    /// Octets of a request that fit one frame.
    pub room: usize,
    /// Subscriptions, attributes, and octets for subscriptions, where the CPU says so.
    pub subscriptions: [Option<u32>; 3],
}

/// The CPU, as far as an operation has to know it.
#[derive(Clone)]
pub struct Peer {
    /// Limits.
    pub limits: Limits,
    /// The session's relation id.
    pub session: u32,
    /// Where subscriptions are made.
    pub subscriptions: u32,
    /// What it says of itself (attribute 319): `1;6ES7 515-2AM02-0AB0 ;V2.9`. Empty from what is no CPU.
    pub device: String,
    /// How the session is protected.
    pub security: Security,
    /// Keying material of TLS for passwords (RFC 5705, `EXPERIMENTAL_OMS`), where there is TLS.
    secret: Option<[u8; 32]>,
}

impl Peer {
    /// The 32 octets that TLS gives both ends for passwords; `None` without TLS.
    pub const fn secret(&self) -> Option<&[u8; 32]> {
        self.secret.as_ref()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, session, subscriptions, device, security, secret } = self;
        let mut out = f.debug_struct("Peer");
        out.field("limits", limits).field("session", session).field("subscriptions", subscriptions);
        out.field("device", device).field("security", security).field("secret", &secret.is_some()).finish()
    }
}

/// The two counters of a session. They count what vendor clients count: `CreateObject` and the setup are 1 and 2 of the writes,
/// although they carry no id.
#[derive(Clone, Copy, Debug)]
struct Counters {
    sequence: u16,
    read: u32,
    write: u32,
}

impl Counters {
    fn next_sequence(&mut self) -> u16 {
        // After 65535 comes 1.
        self.sequence = self.ahead();
        self.sequence
    }
    /// The number that comes next.
    const fn ahead(self) -> u16 {
        if self.sequence == u16::MAX { 1 } else { self.sequence + 1 }
    }
    fn next_id(&mut self, function: Function) -> u32 {
        let counter = match function.counter() {
            Some(Counter::Write) => &mut self.write,
            _ => &mut self.read,
        };
        *counter = counter.wrapping_add(1);
        *counter
    }
}

/// Where an operation puts its request.
#[derive(Debug)]
pub struct Draft<'a> {
    out: &'a mut Vec<u8>,
    counters: &'a mut Counters,
    session: u32,
    integrity: bool,
    attempts: &'a mut u32,
    asked: Option<(Function, u16)>,
    watched: bool,
}

impl Draft<'_> {
    /// Writes the request, its head and its end. Once for each draft; what is written again replaces it.
    pub fn ask(&mut self, ask: &Ask<'_>) {
        let Some(function) = ask.function() else { return };
        self.out.clear();
        let sequence = match self.asked {
            Some((_, sequence)) => sequence,
            None => self.counters.next_sequence(),
        };
        let integrity = self.integrity.then(|| self.counters.next_id(function));
        let head = Head::Request(header::Request::new(function, sequence, self.session));
        let tail = ask.tail(integrity);
        head.write(self.out);
        ask.write(&tail, self.out);
        self.asked = Some((function, sequence));
    }
    /// The answer may be long: the operation wants to know how much of it is here ([`Operation::progress`]).
    pub const fn watch(&mut self) {
        self.watched = true;
    }
    /// The number of this attempt to legitimate on this connection, from 1: each counts, whatever becomes of it.
    pub fn attempt(&mut self) -> u32 {
        *self.attempts += 1;
        *self.attempts
    }
}

/// From a connect request to a session.
#[derive(Debug)]
pub struct Handshake {
    wish: Wish,
    pipe: Pipe,
    stage: Stage,
    /// What will be TLS, until it is.
    tls: Option<Box<dyn Tls>>,
    granted: Option<iso::Granted>,
    counters: Counters,
    peer: Peer,
    version: Version,
    integrity: bool,
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Connect,
    InitSsl,
    Hello,
    Create,
    Setup,
    Limits,
}

impl Handshake {
    /// Starts; appends the connect request. `tls` is what TLS will be, if the CPU has it: needed unless the session is to be open.
    pub fn new(wish: Wish, tls: Option<Box<dyn Tls>>, out: &mut Vec<u8>) -> Result<Self, Error> {
        wish.request.check()?;
        if wish.security != Security::Open && tls.is_none() {
            return Err(TlsError::Local("this build has no TLS").into());
        }
        wish.request.write(out);
        let pipe = Pipe::new(wish.request.size, wish.longest);
        let limits = Limits { reads: ITEMS, writes: ITEMS, room: pipe.room(), subscriptions: [None; 3] };
        let (session, subscriptions, device) = (Rid::ObjectNullServerSession.0, 0, String::new());
        let peer = Peer { limits, session, subscriptions, device, security: Security::Open, secret: None };
        let counters = Counters { sequence: 0, read: 0, write: 0 };
        Ok(Self {
            wish,
            pipe,
            stage: Stage::Connect,
            tls,
            granted: None,
            counters,
            peer,
            version: Version::V1,
            integrity: false,
            dialect: Dialect::Cpu,
        })
    }

    /// Takes what came, up to the end of the handshake.
    fn go_on(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Error> {
        if self.stage == Stage::Connect {
            let Some(arrival) = self.pipe.unit(input)? else { return Ok(false) };
            let iso::Arrival::Control(iso::Tpdu::Connect(confirm)) = arrival else {
                return Err(match arrival {
                    iso::Arrival::Message(_) => Unexpected::EarlyMessage.into(),
                    iso::Arrival::Control(tpdu) => Ended::of(&tpdu).into(),
                });
            };
            if confirm.code != TpduCode::ConnectConfirm {
                return Err(Unexpected::Tpdu(confirm.code).into());
            }
            let granted = self.wish.request.granted(&confirm);
            self.pipe.agree(granted.size);
            self.granted = Some(granted);
            if self.wish.security == Security::Open {
                self.create(out)?;
            } else {
                self.send(&Ask::InitSsl, TransportFlags::INIT_SSL, out)?;
                self.stage = Stage::InitSsl;
            }
        }
        loop {
            if self.stage == Stage::Hello && self.pipe.tls().is_some_and(Tls::ready) {
                self.secured(out)?;
            }
            // A handful of messages, once: copied, so that what follows may change everything.
            let next = match self.pipe.next(input, out)? {
                None => None,
                Some(Arrival::Message(version, message)) => Some((version, message.to_vec())),
                Some(Arrival::Event(octets)) => {
                    event::check(octets)?;
                    continue;
                }
                Some(Arrival::KeepAlive | Arrival::Half(_)) => continue,
                Some(Arrival::Ended(ended)) => return Err(ended.into()),
            };
            let Some((version, message)) = next else {
                // The peer's last word of the handshake of TLS has nothing behind it: it is our turn.
                if self.stage == Stage::Hello && self.pipe.tls().is_some_and(Tls::ready) {
                    continue;
                }
                return Ok(false);
            };
            if self.answered(version, &message, out)? {
                return Ok(true);
            }
        }
    }

    /// Makes something of a message. Says whether that was the last one.
    fn answered(&mut self, version: Version, message: &[u8], out: &mut Vec<u8>) -> Result<bool, Error> {
        if !is_response(message) {
            return Ok(false);
        }
        let head = header::Response::any(&mut Reader::new(message))?;
        // Nothing else was asked, so it is nobody's.
        if head.sequence != self.counters.sequence {
            return Ok(false);
        }
        let integrity = (self.stage == Stage::Limits).then_some(self.integrity);
        let cx = Context { version, integrity };
        if self.stage == Stage::Create {
            // Whose answer it is shows in what it says.
            let adapted;
            let response = match Response::read(&mut Reader::new(message), cx) {
                Ok(response) => response,
                Err(malformed) => {
                    adapted = Dialect::Python.adapt(message);
                    let read = Response::read(&mut Reader::new(&adapted), cx).map_err(|_| malformed);
                    read.ok().filter(is_foreign).ok_or(malformed)?
                }
            };
            self.created(response, out)?;
            return Ok(false);
        }
        let adapted = self.dialect.adapt(message);
        let response = self.dialect.settle(Response::read(&mut Reader::new(&adapted), cx)?);
        let (function, outcome) = (response.head.function, response.outcome);
        match self.stage {
            Stage::InitSsl => {
                if outcome.failed() {
                    let none = matches!(
                        outcome.code(),
                        ErrorCode::StartTlsFailed | ErrorCode::StoppingTlsFailed | ErrorCode::NoSupportForTls
                    );
                    if none && self.wish.security == Security::Auto {
                        self.tls = None;
                        return self.create(out).map(|()| false);
                    }
                    return Err(if none {
                        Refused::NoTls(outcome).into()
                    } else {
                        Error::Returned { function, outcome }
                    });
                }
                let tls = self.tls.take().ok_or(TlsError::Local("this build has no TLS"))?;
                self.stage = Stage::Hello;
                self.pipe.secure(tls, out)?;
            }
            Stage::Setup => {
                if outcome.failed() {
                    return Err(Error::Returned { function, outcome });
                }
                // A CPU that counts says so here: an S7-1200 before firmware 4 sends no id, an S7-1500 the id 0.
                self.integrity = self.version != Version::V1
                    && (self.peer.security == Security::Tls || response.tail.integrity.is_some());
                self.ask_limits(out)?;
            }
            Stage::Limits => {
                // A CPU that does not tell is asked for no more than every CPU takes.
                if let Reply::GetMultiVariables(reply) = response.reply {
                    let told = |key: u32| {
                        let at = SYSTEM_LIMITS.iter().position(|known| *known == key)?;
                        let number = u32::try_from(at + 1).ok()?;
                        let (_, value) = reply.values.iter().find(|(n, _)| *n == number)?;
                        value.as_u32().filter(|n| *n > 0)
                    };
                    let limits = &mut self.peer.limits;
                    limits.reads = told(1000).unwrap_or(ITEMS);
                    limits.writes = told(1001).unwrap_or(ITEMS);
                    limits.subscriptions = [told(0), told(1), told(2)];
                }
                return Ok(true);
            }
            Stage::Connect | Stage::Hello | Stage::Create => return Err(Unexpected::Reply(function).into()),
        }
        Ok(false)
    }

    /// TLS stands: the session may be made.
    fn secured(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut secret = [0; 32];
        if let Some(tls) = self.pipe.tls() {
            tls.export(SECRET_LABEL, None, &mut secret)?;
        }
        self.peer.secret = Some(secret);
        self.peer.security = Security::Tls;
        self.create(out)
    }

    fn create(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.stage = Stage::Create;
        self.peer.limits.room = self.pipe.room();
        self.counters.write = 1;
        let Wish { name, role, .. } = &self.wish;
        let container = Object::new(Rid::GetNewRIDOnServer.0, Id::ClassSubscriptions.0)
            .with(Id::ObjectVariableTypeName.0, "SubscriptionContainer");
        let session = Object::new(Rid::GetNewRIDOnServer.0, Id::ClassServerSession.0)
            .with(Id::ObjectVariableTypeName.0, name.as_str())
            .with(Id::ServerSessionClientID.0, format!("1:::6.0::{name}").as_str())
            .with(Id::ServerSessionUser.0, "")
            .with(Id::ServerSessionApplication.0, name.as_str())
            .with(Id::ServerSessionHost.0, "")
            .with(Id::ServerSessionRole.0, *role)
            .with(Id::ServerSessionClientRID.0, Value::rid(CLIENT))
            .with(Id::ServerSessionClientComment.0, "")
            .with_child(container);
        let (parent, value) = (Rid::ObjectServerSessionContainer.0, Value::from(0u32));
        let ask = CreateObject { parent, value, unknown: 0, object: session };
        self.send(&Ask::CreateObject(ask), TransportFlags::SESSION, out)
    }

    /// The session is there. What the CPU says of itself goes back to it.
    fn created(&mut self, response: Response<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let (function, outcome) = (response.head.function, response.outcome);
        if outcome.failed() {
            return Err(Error::Returned { function, outcome });
        }
        let Reply::CreateObject(reply) = response.reply else {
            return Err(Unexpected::Reply(function).into());
        };
        let (Some(session), object) = (reply.ids.first(), reply.objects.first()) else {
            return Err(Refused::NoSession.into());
        };
        let version = object
            .and_then(|object| object.attribute(Id::ServerSessionVersion.0))
            .ok_or(Refused::NoSession)?;
        let challenge = object.is_some_and(|object| object.attribute(Id::ServerSessionChallenge.0).is_some());
        if challenge && self.peer.security == Security::Open {
            return Err(Refused::KeyWanted.into());
        }
        self.dialect = object.map(Dialect::of).unwrap_or_default();
        let device = version
            .as_struct()
            .and_then(|of| of.member(Id::LID_SessionVersionSystemPAOMString.0))
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.peer.device = String::from(device);
        self.peer.session = *session;
        // python-s7commplus gives one id alone.
        self.peer.subscriptions = reply.ids.get(1).copied().unwrap_or(*session);
        let plain = self.dialect == Dialect::Python && self.peer.security == Security::Open;
        self.version = if plain { Version::V1 } else { Version::V2 };
        self.stage = Stage::Setup;
        self.counters.write = 2;
        let values = [(1, version.clone())];
        let ids = [Id::ServerSessionVersion.0];
        let ask = SetMultiVariables {
            addresses: Addresses::ids(*session, &ids),
            values: Cow::Borrowed(&values),
            qualifier: Qualifier::default(),
        };
        self.send(&Ask::SetMultiVariables(ask), TransportFlags::NORMAL, out)
    }

    fn ask_limits(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.stage = Stage::Limits;
        let items = SYSTEM_LIMITS.map(|key| ItemAddress::below(Rid::ObjectRoot.0, Id::SystemLimits.0, [key]));
        let ask = GetMultiVariables { addresses: Addresses::items(&items), qualifier: Qualifier::default() };
        self.send(&Ask::GetMultiVariables(ask), TransportFlags::NORMAL, out)
    }

    fn send(&mut self, ask: &Ask<'_>, flags: TransportFlags, out: &mut Vec<u8>) -> Result<(), Error> {
        let Some(function) = ask.function() else { return Ok(()) };
        let sequence = self.counters.next_sequence();
        let integrity =
            (self.stage == Stage::Limits && self.integrity).then(|| self.counters.next_id(function));
        let head = header::Request::new(function, sequence, self.peer.session);
        let head = Head::Request(header::Request { flags, ..head });
        self.pipe.send(self.version, out, |out| {
            head.write(out);
            ask.write(&ask.tail(integrity), out);
        })
    }
}

impl Shake for Handshake {
    type Machine = Client;
    fn receive(mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<Progress<Self>, Error> {
        if !self.go_on(&mut input, out)? {
            return Ok(Progress::More(self));
        }
        let Self { pipe, counters, peer, version, integrity, dialect, granted, .. } = self;
        // It is granted: there is no way here but over the confirm.
        let Some(granted) = granted else { return Err(Unexpected::EarlyMessage.into()) };
        let (pending, attempts, message) = (Vec::new(), 0, Vec::new());
        let mut client =
            Client { pipe, counters, peer, version, integrity, dialect, granted, pending, attempts, message };
        // Whatever else came is nobody's, for nobody has asked yet; but half a unit of it must not be lost.
        while client.next(&mut input, out)?.is_some() {}
        Ok(Progress::Ready(client))
    }
}

/// A session: frames requests, keeps who waits for which sequence number, hands arrivals to their owners.
#[derive(Debug)]
pub struct Client {
    pipe: Pipe,
    counters: Counters,
    peer: Peer,
    version: Version,
    integrity: bool,
    dialect: Dialect,
    granted: iso::Granted,
    pending: Vec<Pending>,
    attempts: u32,
    /// Scratch for the request being written.
    message: Vec<u8>,
}

#[derive(Debug)]
struct Pending {
    sequence: u16,
    function: Function,
    owner: Option<Owner>,
    ticket: Ticket,
    watched: bool,
}

/// What a message is to its owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tag {
    /// The response to the request with this ticket, and how to read it.
    Reply(Ticket, Context, Dialect),
    /// It has the sequence number of a request, but answers another function. The request counts as answered, and has failed.
    Mismatch(Unexpected),
    /// So many octets of the response to the request with this ticket are here, and more will come.
    Part(Ticket, usize),
    /// What the CPU sends of its own: nobody's, as far as requests go.
    Push,
}

impl Client {
    /// The CPU, and what was agreed.
    pub const fn peer(&self) -> &Peer {
        &self.peer
    }
    /// What the transport granted.
    pub const fn granted(&self) -> &iso::Granted {
        &self.granted
    }
    /// TLS, where there is TLS.
    pub fn tls(&self) -> Option<&dyn Tls> {
        self.pipe.tls()
    }
    /// Requests without a response, those given up included.
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }
}

impl Machine for Client {
    type Tag = Tag;

    fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<machine::Arrival<'a, Tag>>, Error> {
        self.pipe.watch(self.pending.iter().any(|pending| pending.watched));
        let (version, message) = match self.pipe.next(input, out)? {
            None => return Ok(None),
            Some(Arrival::Message(version, message)) => (version, message),
            Some(Arrival::Half(half)) => {
                let sequence = header::Response::any(&mut Reader::new(half)).map(|head| head.sequence).ok();
                let known = |pending: &&Pending| pending.watched && Some(pending.sequence) == sequence;
                let (owner, tag) = match self.pending.iter().find(known) {
                    Some(asked) => (asked.owner, Tag::Part(asked.ticket, half.len())),
                    None => (None, Tag::Push),
                };
                return Ok(Some(machine::Arrival { owner, tag, message: &[] }));
            }
            Some(Arrival::Event(octets)) => {
                event::check(octets)?;
                return Ok(Some(machine::Arrival { owner: None, tag: Tag::Push, message: octets }));
            }
            Some(Arrival::KeepAlive) => {
                return Ok(Some(machine::Arrival { owner: None, tag: Tag::Push, message: &[] }));
            }
            Some(Arrival::Ended(ended)) => return Err(ended.into()),
        };
        if !is_response(message) {
            return Ok(Some(machine::Arrival { owner: None, tag: Tag::Push, message }));
        }
        let head = header::Response::any(&mut Reader::new(message))?;
        let place = self.pending.iter().position(|p| p.sequence == head.sequence);
        let Some(asked) = place.map(|at| self.pending.swap_remove(at)) else {
            return Ok(Some(machine::Arrival { owner: None, tag: Tag::Push, message }));
        };
        let errors = matches!(head.function, Function::Error | Function::Error2);
        let tag = if head.function == asked.function || errors {
            Tag::Reply(asked.ticket, Context::with(version, self.integrity), self.dialect)
        } else {
            Tag::Mismatch(Unexpected::Service { asked: asked.function, answered: head.function })
        };
        Ok(Some(machine::Arrival { owner: asked.owner, tag, message }))
    }

    fn has_room(&self) -> bool {
        self.pending.len() < JOBS
    }

    fn abandon(&mut self, owner: Owner) {
        for pending in self.pending.iter_mut().filter(|p| p.owner == Some(owner)) {
            pending.owner = None;
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let (function, sequence) = (Function::DeleteObject, self.counters.next_sequence());
        let integrity = self.integrity.then(|| self.counters.next_id(function));
        let head = Head::Request(header::Request::new(function, sequence, self.peer.session));
        let ask = Ask::DeleteObject(DeleteObject {
            object: self.peer.session,
            qualifier: Some(Qualifier::default()),
        });
        // What cannot be said any more need not be.
        let _ = self.pipe.send(self.version, out, |out| {
            head.write(out);
            ask.write(&ask.tail(integrity), out);
        });
        self.pipe.close(out);
        iso::disconnect(self.granted.reference, 1, iso::DisconnectReason::Normal, out);
    }
}

impl<O: Operation> Runs<O> for Client {
    type Output = O::Output;

    fn want(op: &O) -> Want {
        op.want()
    }
    fn changes(op: &O) -> bool {
        op.changes()
    }

    fn ask(&mut self, owner: Owner, op: &mut O, out: &mut Vec<u8>) -> Result<Asked, Error> {
        let mut sent = 0;
        loop {
            let want = op.want();
            if want != Want::Ask || !self.has_room() {
                return Ok(Asked { sent, want });
            }
            let Self { counters, attempts, peer, integrity, pending, message, .. } = self;
            // A number that is still awaited is passed over: numbers come again after 65535 requests.
            while pending.iter().any(|p| p.sequence == counters.ahead()) {
                counters.next_sequence();
            }
            let mut draft = Draft {
                out: message,
                counters,
                session: peer.session,
                integrity: *integrity,
                attempts,
                asked: None,
                watched: false,
            };
            let ticket = op.write(peer, &mut draft)?;
            let watched = draft.watched;
            let Some((function, sequence)) = draft.asked else {
                return Ok(Asked { sent, want: Want::Nothing });
            };
            let message = core::mem::take(&mut self.message);
            let done = self.pipe.send(self.version, out, |out| out.extend_from_slice(&message));
            self.message = message;
            done?;
            self.pending.push(Pending { sequence, function, owner: Some(owner), ticket, watched });
            sent += 1;
        }
    }

    fn deliver(tag: Tag, op: &mut O, message: &[u8]) -> Result<usize, Error> {
        match tag {
            Tag::Reply(ticket, cx, dialect) => {
                let adapted = dialect.adapt(message);
                if let Some(done) = op.message(ticket, &adapted, cx) {
                    return done.map(|()| 1);
                }
                let response = dialect.settle(Response::read(&mut Reader::new(&adapted), cx)?);
                op.take(ticket, response).map(|()| 1)
            }
            Tag::Mismatch(unexpected) => Err(unexpected.into()),
            Tag::Part(ticket, octets) => {
                op.progress(ticket, octets);
                Ok(0)
            }
            Tag::Push => Ok(0),
        }
    }

    fn finish(op: O) -> O::Output {
        op.finish()
    }
}

/// Is it an answer, and not what the peer sends of its own?
fn is_response(message: &[u8]) -> bool {
    matches!(message.first().copied().map(Opcode), Some(Opcode::Response | Opcode::Response2))
}

/// Does the session show that no CPU has made it?
fn is_foreign(response: &Response<'_>) -> bool {
    let Reply::CreateObject(reply) = &response.reply else { return false };
    reply.objects.first().is_some_and(|object| Dialect::of(object) == Dialect::Python)
}

//! The answering end: octets in, answers appended. One per connection.
//!
//! What it does by itself is the wire: transport, TLS, frames, versions, sequence numbers, integrity ids, the shape of answers.
//! What the answers say is the [`Device`]'s.
use super::code::{Function, Opcode};
use super::frame::Version;
use super::header;
use super::message::{Addresses, Ask, Context, Reply, Request, Response, Tail, reply};
use super::outcome::ReturnValue;
use super::pipe::{Arrival, Ended, Pipe};
use crate::error::Error;
use crate::iso::{self, DisconnectReason, TpduCode, TpduSize};
use crate::tls::{Tls, TlsError};
use crate::wire::{Malformed, Reader};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

/// What is served: the CPU behind one connection.
pub trait Device {
    /// A peer wants to connect. `Err` refuses it with that reason.
    fn connect(&mut self, request: &iso::Connect<'_>) -> Result<(), DisconnectReason>;
    /// The peer asks for TLS. `Err` refuses it, and the connection goes on without.
    fn tls(&mut self) -> Result<Box<dyn Tls>, ReturnValue>;
    /// TLS stands: passwords can be bound to it.
    fn secured(&mut self, tls: &dyn Tls);
    /// Answers a request.
    fn answer(&mut self, request: &Request<'_>, version: Version) -> Answer;
}

/// The objects of a long answer, made as they are sent.
pub trait Objects: core::fmt::Debug + Send {
    /// Appends the octets of one or a few more. Gives false behind the last, once nothing more is appended.
    fn more(&mut self, out: &mut Vec<u8>) -> bool;
}

/// What a device makes of a request.
#[derive(Debug)]
pub enum Answer {
    /// Objects from this relation id on, as an answer to `Explore`: of a program they may be many megabytes, of which no
    /// more is held than a burst.
    Objects(u32, Box<dyn Objects>),
    /// This, with its return value.
    Reply(ReturnValue, Reply<'static>),
    /// This, but not before that time has passed: who guesses passwords waits.
    Late(Duration, ReturnValue, Reply<'static>),
    /// Nothing: the request wants no answer.
    Silence,
    /// Nothing, and the connection ends.
    Close,
}

impl Answer {
    /// A return value alone: a refusal, or the answer of functions that say nothing more.
    pub const fn done(outcome: ReturnValue) -> Self {
        Self::Reply(outcome, Reply::Done)
    }
}

/// How one kind of CPU treats its peers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The longest transport unit.
    pub size: TpduSize,
    /// Does the CPU count requests (S7-1500, and S7-1200 from firmware 4 on)? Without, no answer has an integrity id.
    pub integrity: bool,
    /// Octets of the longest request.
    pub longest: usize,
}

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flow {
    /// It does.
    Go,
    /// Send what was appended after that time, and read nothing before.
    Wait(Duration),
    /// Send what was appended, then close.
    Close,
}

/// What a peer did that no CPU puts up with. Send what was appended, then close.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its octets make no sense. CPUs close without a word.
    #[error("the peer sent a {0}")]
    Malformed(#[from] Malformed),
    /// A transport unit out of turn.
    #[error("the peer sent {0} out of turn")]
    Turn(TpduCode),
    /// Its hello offers what makes a CPU reset the connection: close it so.
    #[error("the peer's hello is reset: {0}")]
    Reset(&'static str),
    /// TLS came to an end.
    #[error("{0}")]
    Tls(TlsError),
    /// What is no request, or one out of turn.
    #[error("the peer sent what is no request")]
    NoRequest,
}

impl Fault {
    fn of(error: Error) -> Self {
        match error {
            Error::Malformed(malformed) => Self::Malformed(malformed),
            Error::Tls(TlsError::Offer(why)) => Self::Reset(why),
            Error::Tls(error) => Self::Tls(error),
            _ => Self::NoRequest,
        }
    }
}

/// The server's side of one connection.
#[derive(Debug)]
pub struct Server {
    pipe: Pipe,
    policy: Policy,
    stage: Stage,
    reference: u16,
    /// Scratch: the request that is being answered.
    message: Vec<u8>,
    /// The answer that is on its way.
    stream: Option<Stream>,
}

/// An answer that is made as it is sent.
#[derive(Debug)]
struct Stream {
    version: Version,
    objects: Box<dyn Objects>,
    /// Octets that fill no frame yet.
    begun: Vec<u8>,
    /// What ends the answer.
    end: Vec<u8>,
    /// What the peer sent meanwhile: it is read when this is through.
    waiting: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Fresh,
    /// Connected, without TLS.
    Plain,
    /// `InitSSL` was answered, and TLS is not ready yet.
    Hello,
    /// TLS stands.
    Secure,
}

impl Server {
    /// For a peer that is about to connect. `reference`: our end of the transport connection, not 0.
    pub fn new(policy: Policy, reference: u16) -> Self {
        Self {
            pipe: Pipe::new(policy.size, policy.longest),
            policy,
            stage: Stage::Fresh,
            reference,
            message: Vec::new(),
            stream: None,
        }
    }
    /// Is the peer through with the transport's handshake, and with that of TLS, if it began one?
    pub fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Plain | Stage::Secure)
    }
    /// Is something half here? A peer that goes silent then is no idle peer.
    pub fn is_half(&self) -> bool {
        self.pipe.is_half()
    }

    /// Takes what came, and appends what is to be said.
    pub fn receive(
        &mut self,
        mut input: &[u8],
        device: &mut impl Device,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Fault> {
        if let Some(stream) = &mut self.stream {
            // Nobody should read now; nothing is lost if somebody does.
            stream.waiting.extend_from_slice(input);
            return Ok(Flow::Go);
        }
        if self.stage == Stage::Fresh {
            let unit = self.pipe.unit(&mut input)?;
            let request = match unit {
                None => return Ok(Flow::Go),
                Some(iso::Arrival::Control(iso::Tpdu::Connect(request)))
                    if request.code == TpduCode::ConnectRequest =>
                {
                    request
                }
                Some(iso::Arrival::Control(tpdu)) => return Err(Fault::Turn(tpdu.code())),
                Some(iso::Arrival::Message(_)) => return Err(Fault::Turn(TpduCode::Data)),
            };
            if let Err(reason) = device.connect(&request) {
                // There is no connection, so our end of it has no number.
                iso::disconnect(request.source, 0, reason, out);
                return Ok(Flow::Close);
            }
            let size = iso::confirm(&request, self.reference, self.policy.size, out);
            self.pipe.agree(size);
            self.stage = Stage::Plain;
        }
        let mut wait = Duration::ZERO;
        loop {
            let Self { pipe, stage, message, .. } = self;
            let version = match pipe.next(&mut input, out).map_err(Fault::of)? {
                None => break,
                Some(Arrival::Message(version, octets)) => {
                    // Out of the way of the answer, which needs the pipe.
                    message.clear();
                    message.extend_from_slice(octets);
                    version
                }
                // A CPU is told of no events; it does not mind either.
                Some(Arrival::Event(_) | Arrival::KeepAlive | Arrival::Half(_)) => continue,
                Some(Arrival::Ended(Ended::Disconnect(_))) => return Ok(Flow::Close),
                Some(Arrival::Ended(ended)) => return Err(Fault::Turn(ended.code())),
            };
            if *stage == Stage::Hello {
                self.secure(device);
            }
            match self.answer(version, device, out)? {
                Flow::Go => {}
                Flow::Wait(time) => wait = wait.max(time),
                Flow::Close => return Ok(Flow::Close),
            }
            if let Some(stream) = &mut self.stream {
                stream.waiting.extend_from_slice(input);
                break;
            }
        }
        if self.stage == Stage::Hello {
            self.secure(device);
        }
        Ok(if wait.is_zero() { Flow::Go } else { Flow::Wait(wait) })
    }

    /// Is an answer on its way that is made as it is sent? Then send what was appended, call [`Server::resume`], and read
    /// nothing before.
    pub const fn is_sending(&self) -> bool {
        self.stream.is_some()
    }
    /// Goes on with an answer that is made as it is sent, once what was appended before is gone.
    pub fn resume(&mut self, device: &mut impl Device, out: &mut Vec<u8>) -> Result<Flow, Fault> {
        if !self.pump(out)? {
            return Ok(Flow::Go);
        }
        let waiting = self.stream.take().map(|stream| stream.waiting).unwrap_or_default();
        self.receive(&waiting, device, out)
    }

    /// Appends a burst of the answer that is on its way. Gives true when that is all of it.
    fn pump(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        let Some(Stream { version, objects, begun, end, .. }) = &mut self.stream else { return Ok(true) };
        let start = out.len();
        loop {
            let more = objects.more(begun);
            if !more {
                begun.append(end);
            }
            self.pipe.send_part(*version, begun, !more, out).map_err(Fault::of)?;
            if !more || out.len() - start >= BURST {
                return Ok(!more);
            }
        }
    }

    /// Notes that TLS stands, once it does.
    fn secure(&mut self, device: &mut impl Device) {
        if let Some(tls) = self.pipe.tls().filter(|tls| tls.ready()) {
            device.secured(tls);
            self.stage = Stage::Secure;
        }
    }

    /// Answers the message that was put aside.
    fn answer(
        &mut self,
        version: Version,
        device: &mut impl Device,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Fault> {
        let message = core::mem::take(&mut self.message);
        let flow = self.answer_to(&message, version, device, out);
        self.message = message;
        if self.message.capacity() > KEPT {
            self.message = Vec::new();
        }
        flow
    }

    fn answer_to(
        &mut self,
        message: &[u8],
        version: Version,
        device: &mut impl Device,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Fault> {
        if message.first().copied().map(Opcode) != Some(Opcode::Request) {
            return Err(Fault::NoRequest);
        }
        let request = Request::read(&mut Reader::new(message), Context::new(version))?;
        if request.head.function == Function::InitSSL {
            return self.init_ssl(&request, version, device, out);
        }
        let (outcome, reply, flow) = match device.answer(&request, version) {
            Answer::Silence => return Ok(Flow::Go),
            Answer::Close => return Ok(Flow::Close),
            Answer::Objects(start, objects) => {
                self.stream(&request, version, start, objects);
                if self.pump(out)? {
                    self.stream = None;
                }
                return Ok(Flow::Go);
            }
            Answer::Reply(outcome, reply) => (outcome, reply, Flow::Go),
            Answer::Late(time, outcome, reply) => (outcome, reply, Flow::Wait(time)),
        };
        let tail = Tail::new(self.integrity(&request, version, &reply));
        self.respond(&request, version, (outcome, reply, tail), out)?;
        Ok(flow)
    }

    fn init_ssl(
        &mut self,
        request: &Request<'_>,
        version: Version,
        device: &mut impl Device,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Fault> {
        if self.stage != Stage::Plain {
            // TLS inside TLS: nothing a client has any use for.
            return Err(Fault::NoRequest);
        }
        let tls = device.tls();
        let outcome = tls.as_ref().err().copied().unwrap_or(ReturnValue::OK);
        self.respond(request, version, (outcome, Reply::Done, Tail::PLAIN), out)?;
        if let Ok(tls) = tls {
            self.pipe.secure(tls, out).map_err(Fault::of)?;
            self.stage = Stage::Hello;
        }
        Ok(Flow::Go)
    }

    /// The integrity id of the answer: the sum of the request's sequence number and id, where there is one. The setup, which
    /// carries none, is answered with 0 by CPUs that count.
    fn integrity(&self, request: &Request<'_>, version: Version, reply: &Reply<'_>) -> Option<u32> {
        if !self.policy.integrity || version == Version::V1 {
            return None;
        }
        let session = request.head.session;
        match &request.ask {
            // The session's own beginning and end.
            Ask::CreateObject(_) if matches!(reply, Reply::CreateObject(reply) if !reply.objects.is_empty()) => {
                None
            }
            Ask::DeleteObject(delete) if delete.object == session || delete.object == 0 => None,
            Ask::SetMultiVariables(set) if request.tail.integrity.is_none() => {
                let setup = matches!(&set.addresses, Addresses::Ids { object, .. } if *object == session);
                setup.then_some(0)
            }
            _ => request.tail.integrity.map(|id| id.wrapping_add(request.head.sequence.into())),
        }
    }

    /// Begins an answer that is made as it is sent: what stands before its objects, and what ends it.
    fn stream(&mut self, request: &Request<'_>, version: Version, start: u32, objects: Box<dyn Objects>) {
        let reply = Reply::Explore(reply::Explore { object: start, objects: Vec::new() });
        let tail = Tail::new(self.integrity(request, version, &reply));
        let mut begun = Vec::new();
        Self::response(request, (ReturnValue::OK, reply, tail)).write(&mut begun);
        let end = begun.split_off(begun.len().saturating_sub(FILL));
        self.stream = Some(Stream { version, objects, begun, end, waiting: Vec::new() });
    }

    fn respond(
        &mut self,
        request: &Request<'_>,
        version: Version,
        what: (ReturnValue, Reply<'_>, Tail),
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let response = Self::response(request, what);
        // In the version of the request, whatever that is.
        self.pipe.send(version, out, |out| response.write(out)).map_err(Fault::of)
    }
    fn response<'r>(
        request: &Request<'_>,
        (outcome, reply, tail): (ReturnValue, Reply<'r>, Tail),
    ) -> Response<'r> {
        let header::Request { function, flags, .. } = request.head;
        // InitSSL and the session's CreateObject are answered with the flags they came with, all else as usual.
        let own = flags == header::TransportFlags::INIT_SSL
            || function == Function::CreateObject && flags == header::TransportFlags::SESSION;
        let flags = if own { flags } else { header::TransportFlags::NORMAL };
        let head = header::Response { flags, ..request.head.response() };
        Response { head, outcome, extension: None, reply, tail }
    }

    /// Appends the polite end of TLS, for a CPU that closes.
    pub fn close(&mut self, out: &mut Vec<u8>) {
        self.pipe.close(out);
    }
}

/// Octets that an answer made as it is sent is sent by, and one object more.
const BURST: usize = 64 * 1024;
/// Octets of zero that end every answer.
const FILL: usize = 4;

/// Octets of scratch that an idle connection may keep.
const KEPT: usize = 4096;

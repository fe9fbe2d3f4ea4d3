//! The asking end: a handshake, then a table of who asked what.
use super::userdata::{Direction, Userdata};
use super::vars::{Function, Setup};
use super::{Draft, ErrorCode, Kind, Limits, Pdu};
use crate::error::{Error, Unexpected};
use crate::iso::{self, HEAD, Link, Tpdu, TpduCode};
use crate::machine::{self, Machine, Progress, Runs, Shake};
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::{Reader, Wire};
use alloc::vec::Vec;

pub use crate::machine::{Asked, Owner};

/// Octets a message of the peer may be longer than agreed: snap7's server leaves some behind its answers.
const SLACK: usize = 256;

/// Octets of the shortest PDU one can work with: head, error, and a data item of a few octets.
const LEAST_PDU: u16 = 64;

/// Connect request, confirm, setup, acknowledge. What comes out of it can ask; nothing else can.
#[derive(Debug)]
pub struct Handshake {
    request: iso::Request,
    wish: Limits,
    reference: u16,
    granted: Option<iso::Granted>,
}

/// How far a handshake is.
#[derive(Debug)]
pub enum Step {
    /// Send what was appended, and receive more.
    More(Handshake, Link),
    /// Done.
    Ready(Client),
}

impl Handshake {
    /// Starts; appends the connect request. `reference` is where PDU references start: draw it, so that a late answer of an
    /// earlier connection means nothing here.
    pub fn new(
        request: iso::Request,
        wish: Limits,
        reference: u16,
        out: &mut Vec<u8>,
    ) -> Result<(Self, Link), Error> {
        request.check()?;
        request.write(out);
        let link = Link::new(request.size, usize::from(wish.pdu) + SLACK);
        Ok((Self { request, wish, reference, granted: None }, link))
    }

    /// Takes what came; appends what to send; at the end gives the client.
    pub fn receive(mut self, mut link: Link, mut input: &[u8], out: &mut Vec<u8>) -> Result<Step, Error> {
        while let Some(arrival) = link.next(&mut input)? {
            match (arrival, &self.granted) {
                (iso::Arrival::Control(Tpdu::Connect(confirm)), None)
                    if confirm.code == TpduCode::ConnectConfirm =>
                {
                    let granted = self.request.granted(&confirm);
                    link.agree(granted.size, usize::from(self.wish.pdu) + SLACK);
                    self.granted = Some(granted);
                    let mut draft = Draft::new(out, self.reference);
                    let Limits { pdu, jobs } = self.wish;
                    Setup { reserved: 0, calling: jobs, called: jobs, pdu }.write(draft.job());
                    draft.seal(&link);
                }
                (iso::Arrival::Message(message), Some(granted)) => {
                    let limits = self.agreed(&Pdu::read(&mut Reader::new(message))?)?;
                    let granted = granted.clone();
                    // A server may grant more than was asked (snap7 never less than 240).
                    link.agree(granted.size, usize::from(limits.pdu) + SLACK);
                    let (pending, reference) = (Vec::new(), self.reference);
                    let mut client = Client { link, limits, granted, reference, pending, listener: None };
                    // Whatever else came is nobody's, for nobody has asked yet; but half a unit of it must not be lost.
                    while client.next(&mut input)?.is_some() {}
                    return Ok(Step::Ready(client));
                }
                (iso::Arrival::Message(_), None) => return Err(Unexpected::EarlyMessage.into()),
                (iso::Arrival::Control(Tpdu::Disconnect(d)), None) => {
                    return Err(Error::NotConnected { reason: d.reason, called: self.request.called });
                }
                (iso::Arrival::Control(tpdu), _) => return Err(ended(&tpdu)),
            }
        }
        Ok(Step::More(self, link))
    }

    fn agreed(&self, pdu: &Pdu<'_>) -> Result<Limits, Error> {
        match pdu {
            Pdu { kind: Kind::Ack | Kind::AckData, error, .. } if *error != ErrorCode::Ok => {
                return Err(Error::Refused(*error));
            }
            Pdu { kind: Kind::AckData, .. } => {}
            Pdu { kind, .. } => return Err(Unexpected::Kind(*kind).into()),
        }
        let setup = Setup::read(&mut pdu.params())?;
        if setup.pdu < LEAST_PDU {
            return Err(Unexpected::Grant(setup.pdu).into());
        }
        Ok(Limits { pdu: setup.pdu, jobs: setup.calling.clamp(1, self.wish.jobs.max(1)) })
    }
}

fn ended(tpdu: &Tpdu<'_>) -> Error {
    match tpdu {
        Tpdu::Disconnect(d) => Error::Disconnected(d.reason),
        Tpdu::Error(e) => Error::Rejected(e.cause),
        Tpdu::Connect(c) => Unexpected::Tpdu(c.code).into(),
        Tpdu::DisconnectConfirm(_) => Unexpected::Tpdu(TpduCode::DisconnectConfirm).into(),
        Tpdu::Data(_) => Unexpected::Tpdu(TpduCode::Data).into(),
        Tpdu::Other { code, .. } => Unexpected::Tpdu(*code).into(),
    }
}

/// A connected client: frames requests, keeps who waits for which reference, hands arrivals to their owners.
///
/// After a call of [`Client::ask`], send what was appended. After each read, call [`Client::next`] until it gives `None`.
#[derive(Debug)]
pub struct Client {
    link: Link,
    limits: Limits,
    granted: iso::Granted,
    reference: u16,
    pending: Vec<Pending>,
    listener: Option<Owner>,
}

#[derive(Debug)]
struct Pending {
    reference: u16,
    asked: Asking,
    owner: Option<Owner>,
    ticket: Ticket,
}

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
enum Asking {
    /// Function, and number of items of those that have items.
    Job(Function, Option<u8>),
    Userdata(u8, u8),
}

/// What came, and for whom.
pub type Arrival<'a> = machine::Arrival<'a, Tag>;

/// What a message is to its owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tag {
    /// The reply to the request with this ticket.
    Reply(Ticket),
    /// It has the reference of a request, but answers something else. The request counts as answered, and has failed.
    Mismatch(Unexpected),
    /// A job of the peer.
    Job,
}

impl Tag {
    /// Hands `message` to `op`. Gives how many replies that was: 1, or 0 for a job of the peer.
    pub fn deliver<O: Operation>(self, op: &mut O, message: &[u8]) -> Result<usize, Error> {
        let pdu = Pdu::read(&mut Reader::new(message))?;
        match self {
            Self::Reply(ticket) => op.take(Event::Reply(ticket, pdu)).map(|()| 1),
            Self::Mismatch(unexpected) => Err(unexpected.into()),
            Self::Job => op.take(Event::Job(pdu)).map(|()| 0),
        }
    }
}

impl Client {
    /// What was agreed.
    pub const fn limits(&self) -> Limits {
        self.limits
    }
    /// What the transport granted.
    pub const fn granted(&self) -> &iso::Granted {
        &self.granted
    }
    /// Requests without a reply, those given up included: the peer may still be busy with them.
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }
    /// Is there room for one more request?
    pub fn has_room(&self) -> bool {
        self.pending.len() < self.limits.jobs.into()
    }

    /// Lets `op` append what it wants to send, while there is room.
    pub fn ask<O: Operation>(&mut self, owner: Owner, op: &mut O, out: &mut Vec<u8>) -> Result<Asked, Error> {
        let mut sent = 0;
        loop {
            let want = op.want();
            let asks = want == Want::Ask;
            if (asks && !self.has_room()) || matches!(want, Want::Listen | Want::Nothing) {
                self.listener = if want == Want::Listen { Some(owner) } else { self.listener };
                return Ok(Asked { sent, want });
            }
            if asks {
                self.next_reference();
            }
            let start = out.len();
            let mut draft = Draft::new(out, self.reference);
            let ticket = match op.write(self.limits, &mut draft) {
                Ok(ticket) => ticket,
                Err(e) => {
                    out.truncate(start);
                    return Err(e);
                }
            };
            draft.seal(&self.link);
            if asks {
                let asked = Asking::of(out.get(start + HEAD.len()..).unwrap_or_default());
                self.pending.push(Pending { reference: self.reference, asked, owner: Some(owner), ticket });
                sent += 1;
            }
        }
    }

    /// References run from 1 to 65535; 0 is for pushes, and one that is still awaited is passed over.
    fn next_reference(&mut self) {
        loop {
            self.reference = self.reference.checked_add(1).unwrap_or(1);
            if self.pending.iter().all(|p| p.reference != self.reference) {
                return;
            }
        }
    }

    /// The next arrival in `input`; `None` once all is used up. An error ends the connection.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Arrival<'a>>, Error> {
        let message = match self.link.next(input)? {
            None => return Ok(None),
            Some(iso::Arrival::Message(message)) => message,
            Some(iso::Arrival::Control(tpdu)) => return Err(ended(&tpdu)),
        };
        let pdu = Pdu::read(&mut Reader::new(message))?;
        if pdu.kind == Kind::Job {
            return Ok(Some(Arrival { owner: self.listener, tag: Tag::Job, message }));
        }
        let place = self.pending.iter().position(|p| p.reference == pdu.reference);
        // A push has reference 0, which is never awaited.
        let Some(asked) = place.map(|at| self.pending.swap_remove(at)) else {
            return Ok(Some(Arrival { owner: None, tag: Tag::Reply(Ticket(0)), message }));
        };
        let tag = asked.asked.compare(&pdu).map_or_else(Tag::Mismatch, |()| Tag::Reply(asked.ticket));
        Ok(Some(Arrival { owner: asked.owner, tag, message }))
    }

    /// Gives up all of `owner`. Its requests stay in the table, without an owner, until they are answered: the peer still counts
    /// them, and their replies must be known for what they are.
    pub fn abandon(&mut self, owner: Owner) {
        for pending in self.pending.iter_mut().filter(|p| p.owner == Some(owner)) {
            pending.owner = None;
        }
        self.listener = self.listener.filter(|l| *l != owner);
    }

    /// Appends the polite end of the connection.
    pub fn close(&self, out: &mut Vec<u8>) {
        iso::disconnect(self.granted.reference, 1, iso::DisconnectReason::Normal, out);
    }
}

impl Machine for Client {
    type Tag = Tag;
    #[inline]
    fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        _: &mut Vec<u8>,
    ) -> Result<Option<Arrival<'a>>, Error> {
        Self::next(self, input)
    }
    fn has_room(&self) -> bool {
        Self::has_room(self)
    }
    fn abandon(&mut self, owner: Owner) {
        Self::abandon(self, owner);
    }
    fn close(&mut self, out: &mut Vec<u8>) {
        Self::close(self, out);
    }
}

impl<O: Operation> Runs<O> for Client {
    type Output = O::Output;
    #[inline]
    fn want(op: &O) -> Want {
        op.want()
    }
    #[inline]
    fn changes(op: &O) -> bool {
        op.changes()
    }
    #[inline]
    fn ask(&mut self, owner: Owner, op: &mut O, out: &mut Vec<u8>) -> Result<Asked, Error> {
        Self::ask(self, owner, op, out)
    }
    #[inline]
    fn deliver(tag: Tag, op: &mut O, message: &[u8]) -> Result<usize, Error> {
        tag.deliver(op, message)
    }
    #[inline]
    fn finish(op: O) -> O::Output {
        op.finish()
    }
}

/// The link of a handshake goes with it.
impl Shake for (Handshake, Link) {
    type Machine = Client;
    fn receive(self, input: &[u8], out: &mut Vec<u8>) -> Result<Progress<Self>, Error> {
        let (shake, link) = self;
        Ok(match shake.receive(link, input, out)? {
            Step::More(shake, link) => Progress::More((shake, link)),
            Step::Ready(client) => Progress::Ready(client),
        })
    }
}

impl Asking {
    /// What the message we wrote asks for. Messages longer than one unit have their parameters in the first.
    fn of(message: &[u8]) -> Self {
        match *message {
            [_, 1, _, _, _, _, _, _, _, _, function, count, ..]
                if matches!(Function(function), Function::Read | Function::Write) =>
            {
                Self::Job(Function(function), Some(count))
            }
            [_, 7, _, _, _, _, _, _, _, _, _, _, _, _, _, kind, function, ..] => {
                Self::Userdata(kind & 0x0f, function)
            }
            _ => Self::Job(Function(message.get(10).copied().unwrap_or(0)), None),
        }
    }

    /// A reference alone is not enough: a peer that answers twice, or late after a wrap, must not be believed.
    fn compare(self, reply: &Pdu<'_>) -> Result<(), Unexpected> {
        let refused = reply.error != ErrorCode::Ok;
        match self {
            Self::Job(..) if !reply.kind.has_error() => Err(Unexpected::Kind(reply.kind)),
            Self::Job(asked, count) => match (reply.param, count) {
                ([], _) if refused => Ok(()),
                ([function, ..], _) if Function(*function) != asked => {
                    Err(Unexpected::Function { asked, answered: Function(*function) })
                }
                ([_, answered, ..], Some(asked)) if *answered != asked && !refused => {
                    Err(Unexpected::Count { asked, answered: *answered })
                }
                ([_, _, ..], _) | ([_], None) => Ok(()),
                // A refusal may repeat the function alone.
                ([_], Some(_)) => {
                    if refused {
                        Ok(())
                    } else {
                        Err(Unexpected::Kind(reply.kind))
                    }
                }
                _ => Err(Unexpected::Kind(reply.kind)),
            },
            Self::Userdata(group, function) => match Userdata::of(reply) {
                Ok(said)
                    if reply.kind == Kind::Userdata
                        && said.direction == Direction::Response
                        && (said.group.0, said.function) == (group, function) =>
                {
                    Ok(())
                }
                // A CPU may refuse userdata in a header, too.
                _ if reply.kind.has_error() && refused => Ok(()),
                _ => Err(Unexpected::Kind(reply.kind)),
            },
        }
    }
}

//! The answering end: octets in, answers appended. One per connection, no octet kept between calls but what is half here.
use super::szl::{self, SzlId};
use super::userdata::{Clock, Direction, Group, Long, Payload, READ_CLOCK, READ_SZL, Userdata};
use super::vars::{
    Any, Area, DataItem, DataSize, DbRead, Function, Head, Item, Setup, TransportSize, data_head,
};
use super::{Draft, ErrorCode, Kind, Limits, Pdu, ReturnCode};
use crate::iso::{self, DisconnectReason, Link, Tpdu, TpduCode, TpduSize};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// A range of a memory area, checked for shape but not for existence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// Where.
    pub area: Area,
    /// Number of the data block; 0 in other areas.
    pub db: u16,
    /// First octet; of timers and counters the first number.
    pub start: u32,
    /// Octets, two for each timer or counter.
    pub len: u32,
}

/// What is served: the CPU behind one connection. Each call is one access, so an implementation with a lock holds it just that
/// long, and each item is consistent in itself.
pub trait Device {
    /// A peer wants to connect. `Err` refuses it with that reason.
    fn connect(&mut self, request: &iso::Connect<'_>) -> Result<(), DisconnectReason>;
    /// May this job be done at all? `Err` is the code that the whole job is refused with.
    fn permit(&mut self, function: Function) -> Result<(), ErrorCode>;
    /// Appends the octets of `range`, straight into the answer; on a refusal, appends nothing.
    fn read(&mut self, range: Range, out: &mut Vec<u8>) -> ReturnCode;
    /// Reads one bit of the octet that `range` starts with.
    fn read_bit(&mut self, range: Range, bit: u8) -> Result<bool, ReturnCode>;
    /// Writes `data`, as many octets as `range` has, all or nothing.
    fn write(&mut self, range: Range, data: &[u8]) -> ReturnCode;
    /// Writes one bit of the octet that `range` starts with.
    fn write_bit(&mut self, range: Range, bit: u8, value: bool) -> ReturnCode;
    /// Appends the list: id, index, record length, count, records.
    fn szl(&mut self, request: szl::Request, out: &mut Vec<u8>) -> Result<(), ErrorCode>;
    /// The clock, as a `DATE_AND_TIME`; `None`: it has none.
    fn clock(&mut self) -> Option<[u8; 8]> {
        None
    }
    /// Setup is done: these limits hold.
    fn agreed(&mut self, limits: Limits) {
        let _ = limits;
    }
}

/// How one kind of CPU treats its peers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The most that is granted.
    pub limits: Limits,
    /// The least PDU that is granted, also to who asks for less. A CPU never grants more than was asked; snap7's server lifts
    /// to 240.
    pub least_pdu: u16,
    /// The longest transport unit.
    pub size: TpduSize,
    /// Close the connection of a peer that has more jobs unanswered than agreed.
    pub strict_jobs: bool,
    /// Grant no PDU that takes more than one transport unit, and then one of 480 or 240: a peer that asks an S7-1500 for units of
    /// 512 is granted 480 (reported by users of several clients).
    pub pdu_within_unit: bool,
}

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flow {
    /// It does.
    Go,
    /// Send what was appended, then close: the peer asked for it, or was refused.
    Close,
}

/// What a peer did that no CPU puts up with. Send what was appended, then close.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its octets make no sense.
    #[error("the peer sent a {0}")]
    Malformed(#[from] Malformed),
    /// A transport unit or a message out of turn.
    #[error("the peer sent {0} out of turn")]
    Turn(TpduCode),
    /// A job before setup.
    #[error("the peer asked for {0} before setup communication")]
    NoSetup(Function),
    /// More jobs unanswered than agreed.
    #[error("the peer has more than the agreed {0} jobs unanswered")]
    Overrun(u16),
}

/// The server's side of one connection.
#[derive(Debug)]
pub struct Server {
    link: Link,
    policy: Policy,
    stage: Stage,
    reference: u16,
    lists: Lists,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Fresh,
    Connected,
    Agreed(Limits),
}

/// Lists of which a part was not asked for yet. Jobs may be pipelined, so there may be several, each known by its number.
#[derive(Debug, Default)]
struct Lists {
    open: Vec<Rest>,
    sequence: u8,
}

/// Lists that may be half given; the one that waits longest goes when there are more.
const LISTS: usize = 8;

impl Lists {
    /// A number for a new list: not 0, and of no other that is half given.
    fn number(&mut self) -> u8 {
        loop {
            self.sequence = self.sequence.checked_add(1).unwrap_or(1);
            if self.open.iter().all(|rest| rest.sequence != self.sequence) {
                return self.sequence;
            }
        }
    }
    fn keep(&mut self, rest: Rest) {
        if self.open.len() == LISTS {
            self.open.remove(0);
        }
        self.open.push(rest);
    }
    fn take(&mut self, sequence: u8) -> Option<Rest> {
        self.open.iter().position(|rest| rest.sequence == sequence).map(|at| self.open.remove(at))
    }
}

#[derive(Debug)]
struct Rest {
    octets: Vec<u8>,
    given: usize,
    sequence: u8,
    unit: u8,
}

/// Octets of the longest PDU that is granted: a length that counts bits ends at 65535, so a longer answer could not say how
/// long it is.
const MOST_PDU: u16 = 8191 + 18;

/// Octets of a message before setup: a CR, a setup job and what a careful peer may wrap them in.
const BEFORE_SETUP: usize = 1024;

impl Server {
    /// `reference` is our side's in the connect confirm, not 0.
    pub fn new(policy: Policy, reference: u16) -> Self {
        let link = Link::new(policy.size, BEFORE_SETUP);
        Self { link, policy, stage: Stage::Fresh, reference, lists: Lists::default() }
    }

    /// Is a message half here? A peer that goes silent then is not idle but gone.
    pub const fn is_half(&self) -> bool {
        self.link.is_half()
    }
    /// Did the peer get through setup?
    pub const fn limits(&self) -> Option<Limits> {
        if let Stage::Agreed(limits) = self.stage { Some(limits) } else { None }
    }

    /// Answers all that is whole in `input`, in order, with one piece of output: one read, one write.
    pub fn receive<D: Device>(
        &mut self,
        mut input: &[u8],
        device: &mut D,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Fault> {
        let mut jobs = 0;
        loop {
            // Fields apart, so that a message may be borrowed from the link while the rest is worked with.
            let Self { link, policy, stage, lists, reference } = self;
            let unit = link.unit();
            let size = match link.next(&mut input)? {
                None => return Ok(Flow::Go),
                Some(iso::Arrival::Control(Tpdu::Connect(request))) if *stage == Stage::Fresh => {
                    if request.code != TpduCode::ConnectRequest {
                        return Err(Fault::Turn(request.code));
                    }
                    if let Err(reason) = device.connect(&request) {
                        iso::disconnect(request.source, 0, reason, out);
                        return Ok(Flow::Close);
                    }
                    *stage = Stage::Connected;
                    iso::confirm(&request, *reference, policy.size, out)
                }
                Some(iso::Arrival::Control(Tpdu::Disconnect(request))) => {
                    let confirm = iso::DisconnectConfirm {
                        destination: request.source,
                        source: *reference,
                        parameters: iso::Parameters::default(),
                        user: &[],
                    };
                    iso::send(&Tpdu::DisconnectConfirm(confirm), out);
                    return Ok(Flow::Close);
                }
                Some(iso::Arrival::Control(tpdu)) => return Err(Fault::Turn(code_of(&tpdu))),
                Some(iso::Arrival::Message(_)) if *stage == Stage::Fresh => {
                    return Err(Fault::Turn(TpduCode::Data));
                }
                Some(iso::Arrival::Message(message)) => {
                    let pdu = Pdu::read(&mut Reader::new(message))?;
                    let mut reply =
                        Reply { draft: Draft::new(out, 0), pdu, policy, unit, stage, lists, device };
                    match pdu.kind {
                        Kind::Job => {
                            // Negotiating is no job of those that are counted.
                            jobs += u16::from(pdu.param.first() != Some(&Function::Setup.0));
                            reply.job()?;
                        }
                        Kind::Userdata => reply.userdata()?,
                        // Nobody asked, so nobody listens: a CPU passes over answers to jobs it never sent.
                        _ => {}
                    }
                    reply.draft.seal(link);
                    if let (Stage::Agreed(limits), true) = (*stage, policy.strict_jobs)
                        && jobs > limits.jobs
                    {
                        return Err(Fault::Overrun(limits.jobs));
                    }
                    match *stage {
                        Stage::Agreed(limits) => link.longest_is(usize::from(limits.pdu)),
                        _ => link.longest_is(BEFORE_SETUP),
                    }
                    continue;
                }
            };
            link.agree(size, BEFORE_SETUP);
        }
    }
}

fn code_of(tpdu: &Tpdu<'_>) -> TpduCode {
    match tpdu {
        Tpdu::Connect(c) => c.code,
        Tpdu::Data(_) => TpduCode::Data,
        Tpdu::Disconnect(_) => TpduCode::DisconnectRequest,
        Tpdu::DisconnectConfirm(_) => TpduCode::DisconnectConfirm,
        Tpdu::Error(_) => TpduCode::Error,
        Tpdu::Other { code, .. } => *code,
    }
}

/// One message being answered.
struct Reply<'s, 'm, D> {
    draft: Draft<'s>,
    pdu: Pdu<'m>,
    policy: &'s Policy,
    /// Octets of the longest transport unit.
    unit: usize,
    stage: &'s mut Stage,
    lists: &'s mut Lists,
    device: &'s mut D,
}

impl<D: Device> Reply<'_, '_, D> {
    fn job(&mut self) -> Result<(), Fault> {
        let function = Function(self.pdu.param.first().copied().unwrap_or(0));
        let limits = match (*self.stage, function) {
            (_, Function::Setup) => {
                self.setup();
                return Ok(());
            }
            (Stage::Agreed(limits), _) => limits,
            _ => return Err(Fault::NoSetup(function)),
        };
        let done = self.device.permit(function).and_then(|()| match function {
            Function::Read => self.read(limits),
            Function::Write => self.write(limits),
            _ => Err(ErrorCode::NotImplemented),
        });
        if let Err(code) = done {
            self.refuse(code);
        }
        Ok(())
    }

    /// The whole job is refused: header error, no parameters.
    fn refuse(&mut self, code: ErrorCode) {
        self.draft.restart();
        self.draft.answer(self.pdu.reference, code);
    }

    /// Grants the smaller of what is asked and what there is; a second setup negotiates anew.
    fn setup(&mut self) {
        let Ok(wish) = Setup::read(&mut self.pdu.params()) else { return self.refuse(ErrorCode::BadFrame) };
        let Policy { limits: most, least_pdu, .. } = *self.policy;
        let most_pdu = match self.unit {
            ..487 if self.policy.pdu_within_unit => most.pdu.min(240),
            ..967 if self.policy.pdu_within_unit => most.pdu.min(480),
            _ => most.pdu,
        };
        let pdu = wish.pdu.min(most_pdu).max(least_pdu).min(MOST_PDU);
        let jobs = most.jobs.max(1);
        let (calling, called) = (wish.calling.clamp(1, jobs), wish.called.clamp(1, jobs));
        let agreed = Limits { pdu, jobs: calling };
        *self.stage = Stage::Agreed(agreed);
        self.device.agreed(agreed);
        let granted = Setup { reserved: wish.reserved, calling, called, pdu };
        granted.write(self.draft.answer(self.pdu.reference, ErrorCode::Ok));
    }

    fn read(&mut self, limits: Limits) -> Result<(), ErrorCode> {
        let mut r = self.pdu.params();
        let head = Head::read(&mut r).map_err(|_| ErrorCode::BadFrame)?;
        if head.count == 0 {
            return Err(ErrorCode::BadFrame);
        }
        head.write(self.draft.answer(self.pdu.reference, ErrorCode::Ok));
        self.draft.data();
        let mut left = head.count;
        for item in Item::list(head.count, &mut r) {
            left -= 1;
            let item = item.map_err(|_| ErrorCode::BadFrame)?;
            // Room is checked before the memory is touched: an answer that would be too long is refused as a whole. A fill
            // octet that is one too many leaves no room for the item it stands in front of.
            let (meant, room) = (Meant::by(&item), usize::from(limits.pdu).saturating_sub(self.draft.len()));
            if 4 + meant.len() > room {
                return Err(ErrorCode::BadFrame);
            }
            let out = self.draft.out();
            let start = out.len();
            meant.read(self.device, out);
            DataItem::fill(start, left > 0, out);
        }
        r.end("octets behind the items").map_err(|_| ErrorCode::BadFrame)
    }

    fn write(&mut self, limits: Limits) -> Result<(), ErrorCode> {
        let mut r = self.pdu.params();
        let head = Head::read(&mut r).map_err(|_| ErrorCode::BadFrame)?;
        let mut data = self.pdu.datas();
        // The whole job is checked before its first item is applied: a frame that breaks off writes nothing.
        let items = Item::list(head.count, &mut r.clone()).all(|item| item.is_ok());
        let datas = DataItem::list(head.count, &mut data.clone()).all(|item| item.is_ok());
        if head.count == 0 || !items || 14 + usize::from(head.count) > limits.pdu.into() {
            return Err(ErrorCode::BadFrame);
        }
        head.write(self.draft.answer(self.pdu.reference, ErrorCode::Ok));
        self.draft.data();
        if !datas {
            for item in Item::list(head.count, &mut r) {
                let code = item.map_or(ReturnCode::TypeInconsistent, |item| self.without_data(&item));
                self.draft.out().push(code.0);
            }
            return Ok(());
        }
        for (item, data) in Item::list(head.count, &mut r).zip(DataItem::list(head.count, &mut data)) {
            let code = match (item, data) {
                (Ok(Item::Any(any)), Ok(data)) => write_item(&any, &data, self.device),
                _ => ReturnCode::TypeNotSupported,
            };
            self.draft.out().push(code.0);
        }
        Ok(())
    }

    /// What an item is told whose data is not there, or not whole (the crate snap7-client puts it among the parameters): that it
    /// does not exist, if so, else that type and length do not belong together.
    fn without_data(&mut self, item: &Item<'_>) -> ReturnCode {
        let mut octets = Vec::new();
        let code = match Meant::by(item) {
            Meant::Nothing(code) => code,
            // Areas start at 0, so one that has the last element has them all: nobody is made to read the others for nothing.
            Meant::Range(any, range) => read_range(&any, last(range), self.device, &mut octets),
            Meant::Parts(_) => ReturnCode::Ok,
        };
        if code == ReturnCode::Ok { ReturnCode::TypeInconsistent } else { code }
    }

    fn userdata(&mut self) -> Result<(), Fault> {
        let Stage::Agreed(limits) = *self.stage else {
            return Err(Fault::NoSetup(Function(self.pdu.param.first().copied().unwrap_or(0))));
        };
        // Without a parameter there is nothing to answer to.
        let Ok(asked) = Userdata::of(&self.pdu) else {
            self.refuse(ErrorCode::NotImplemented);
            return Ok(());
        };
        if asked.direction != Direction::Request {
            return Ok(());
        }
        match (asked.group, asked.function) {
            (Group::Cpu, READ_SZL) => self.szl(&asked, limits),
            (Group::Time, READ_CLOCK) => match self.device.clock() {
                Some(time) => {
                    let long = Long { unit: 0, more: 0, error: ErrorCode::Ok };
                    asked.response(asked.sequence, long).write(self.draft.reply(self.pdu.reference));
                    let out = self.draft.data();
                    out.extend_from_slice(&[0xff, 9, 0, 10]);
                    Clock { reserved: 0, century: 0x19, time }.write(out);
                }
                None => self.refuse_userdata(&asked, ErrorCode::NoCurrentData),
            },
            _ => self.refuse_userdata(&asked, ErrorCode::NotImplemented),
        }
        Ok(())
    }

    fn refuse_userdata(&mut self, asked: &Userdata, error: ErrorCode) {
        let said = asked.response(asked.sequence, Long { unit: 0, more: 0, error });
        said.write(self.draft.reply(self.pdu.reference));
        Payload::NONE.write(self.draft.data());
    }

    /// A list, cut to what the PDU holds; the rest waits for the peer to ask.
    fn szl(&mut self, asked: &Userdata, limits: Limits) {
        let room = usize::from(limits.pdu).saturating_sub(10 + 12 + 4);
        let rest = if asked.long.is_none() {
            let Ok(payload) = Payload::of(&self.pdu) else {
                return self.refuse_userdata(asked, ErrorCode::NotSupported);
            };
            let mut r = Reader::new(payload.data);
            let Some(request) = szl::Request::read(&mut r).ok().filter(|_| r.left() == 0) else {
                return self.refuse_userdata(asked, ErrorCode::NotSupported);
            };
            let mut octets = Vec::new();
            if let Err(code) = self.device.szl(request, &mut octets) {
                return self.refuse_userdata(asked, code);
            }
            // What a real one says of its parts: any number but 0, the same for all of one list.
            let unit = if octets.len() > room { 0xd5 } else { 0 };
            Rest { octets, given: 0, sequence: self.lists.number(), unit }
        } else {
            let Some(rest) = self.lists.take(asked.sequence) else {
                return self.refuse_userdata(asked, ErrorCode::NoCurrentData);
            };
            rest
        };
        let part = rest.octets.get(rest.given..).unwrap_or_default();
        let part = part.get(..part.len().min(room)).unwrap_or_default();
        let given = rest.given + part.len();
        let more = u8::from(given < rest.octets.len());
        let said = asked.response(rest.sequence, Long { unit: rest.unit, more, error: ErrorCode::Ok });
        said.write(self.draft.reply(self.pdu.reference));
        Payload::new(part).write(self.draft.data());
        if more == 1 {
            self.lists.keep(Rest { given, ..rest });
        }
    }
}

/// How a value of that type is sent (§3.2 of the wire reference, and what S7-1200 answers).
const fn data_size(transport: TransportSize) -> DataSize {
    match transport {
        TransportSize::Bit => DataSize::Bit,
        TransportSize::Int | TransportSize::DInt => DataSize::Int,
        TransportSize::Real => DataSize::Real,
        TransportSize::Byte | TransportSize::Word | TransportSize::DWord => DataSize::Byte,
        _ => DataSize::Octets,
    }
}

/// What an S7ANY item means, or why it means nothing.
#[inline]
fn range(any: &Any) -> Result<Range, ReturnCode> {
    let Any { transport, count, db, area, address } = *any;
    // Nine of ten items ask for octets of a data block.
    if let (TransportSize::Byte, Area::Db, 1.., 0) = (transport, area, count, address & 7) {
        return Ok(Range { area, db, start: address >> 3, len: count.into() });
    }
    let size = transport.octets().ok_or(ReturnCode::TypeNotSupported)?;
    let len = u32::from(count) * u32::try_from(size).unwrap_or(u32::MAX);
    let own = match area {
        Area::Timers => Some(TransportSize::Timer),
        Area::Counters => Some(TransportSize::Counter),
        _ => None,
    };
    match own {
        Some(own) if transport == own && count == 0 => return Err(ReturnCode::TypeInconsistent),
        Some(own) if transport == own => return Ok(Range { area, db: 0, start: address, len }),
        Some(_) => return Err(ReturnCode::TypeNotSupported),
        None if matches!(transport, TransportSize::Timer | TransportSize::Counter) => {
            return Err(ReturnCode::TypeNotSupported);
        }
        None => {}
    }
    match transport {
        // Bit access takes one element.
        TransportSize::Bit if count != 1 => return Err(ReturnCode::TypeNotSupported),
        TransportSize::Bit => {}
        _ if address & 7 != 0 => return Err(ReturnCode::OutOfRange),
        _ => {}
    }
    if count == 0 {
        return Err(ReturnCode::TypeInconsistent);
    }
    // Clients exist that send a number beside other areas, where it means nothing.
    let db = if matches!(area, Area::Db | Area::InstanceDb) { db } else { 0 };
    Ok(Range { area, db, start: address >> 3, len })
}

/// The last octet of a range, or its last timer or counter.
const fn last(range: Range) -> Range {
    let one = if matches!(range.area, Area::Timers | Area::Counters) { 2 } else { 1 };
    Range { start: range.start.saturating_add(range.len.saturating_sub(one) / one), len: one, ..range }
}

/// What an item of a read job comes to.
enum Meant<'a> {
    Range(Any, Range),
    Parts(DbRead<'a>),
    /// It means nothing, and is answered with a code alone.
    Nothing(ReturnCode),
}

impl<'a> Meant<'a> {
    #[inline]
    fn by(item: &Item<'a>) -> Self {
        match item {
            Item::Any(any) => range(any).map_or_else(Self::Nothing, |range| Self::Range(*any, range)),
            Item::DbRead(db) => Self::Parts(*db),
            _ => Self::Nothing(ReturnCode::TypeNotSupported),
        }
    }

    /// Octets of the data in the answer, if all goes well.
    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::Range(_, range) => range.len as usize,
            Self::Parts(db) => db.ranges().map(|range| 1 + usize::from(range.len)).sum(),
            Self::Nothing(_) => 0,
        }
    }

    #[inline]
    fn read<D: Device>(&self, device: &mut D, out: &mut Vec<u8>) {
        let start = out.len();
        let code = match self {
            Self::Range(any, range) => read_range(any, *range, device, out),
            Self::Parts(db) => {
                out.extend_from_slice(&data_head(ReturnCode::Ok, DataSize::Octets, self.len()));
                read_parts(*db, device, out);
                ReturnCode::Ok
            }
            Self::Nothing(code) => *code,
        };
        if code != ReturnCode::Ok {
            out.truncate(start);
            DataItem::refused(code).write(out);
        }
    }
}

#[inline]
fn read_range<D: Device>(any: &Any, range: Range, device: &mut D, out: &mut Vec<u8>) -> ReturnCode {
    out.extend_from_slice(&data_head(ReturnCode::Ok, data_size(any.transport), range.len as usize));
    if any.transport != TransportSize::Bit {
        return device.read(range, out);
    }
    match device.read_bit(range, any.bit()) {
        Ok(bit) => {
            out.push(bit.into());
            ReturnCode::Ok
        }
        Err(code) => code,
    }
}

fn read_parts<D: Device>(db: DbRead<'_>, device: &mut D, out: &mut Vec<u8>) {
    for part in db.ranges() {
        let place = out.len();
        out.push(ReturnCode::Ok.0);
        let len = part.len.into();
        let at = Range { area: Area::Db, db: part.db, start: part.start.into(), len };
        let code = device.read(at, out);
        // The peer knows the lengths from its request, so a refused part keeps its place, with zeros.
        out.resize(place + 1 + usize::from(part.len), 0);
        if let Some(said) = out.get_mut(place) {
            *said = code.0;
        }
    }
}

fn write_item<D: Device>(any: &Any, data: &DataItem<'_>, device: &mut D) -> ReturnCode {
    let range = match range(any) {
        Ok(range) => range,
        Err(code) => return code,
    };
    if data.data.len() != range.len as usize {
        return ReturnCode::TypeInconsistent;
    }
    // A bit is written with a bit, octets with anything that is no bit.
    match (any.transport, data.size, data.data) {
        (TransportSize::Bit, DataSize::Bit, [value]) => device.write_bit(range, any.bit(), value & 1 != 0),
        (TransportSize::Bit, _, _) | (_, DataSize::Bit | DataSize::Null, _) => ReturnCode::TypeInconsistent,
        _ => device.write(range, data.data),
    }
}

/// Lists every server in the field knows the head of: extract `0Fxx` of a list that exists.
pub const fn is_head_only(id: SzlId) -> bool {
    id.0 & 0x0f00 == 0x0f00
}

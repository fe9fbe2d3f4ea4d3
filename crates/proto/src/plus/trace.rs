//! Messages as readable text: one line, and one more for each item beyond the first.
//!
//! [`Told`] is a message or a piece of one: its text, what is wrong with it or not understood of it, and its octets written
//! again. [`Stream`] puts messages together from frames. The decoder, traces and test snapshots are this.
use super::address::{ItemAddress, Qualifier};
use super::code::Function;
use super::event::SystemEvent;
use super::frame::{self, Arrival, Frames};
use super::message::ask::Opens;
use super::message::{Addresses, Ask, Context, Count, Head, Item, Notification, Pdu, Reply, Second, Tail};
use super::object::Object;
use super::outcome::ReturnValue;
use super::value::Value;
use super::vlq;
use crate::classic::message::Complaint;
use crate::trace::Difference;
use crate::wire::{Malformed, Reader, Wire};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write as _};

/// What was told of some octets.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Told {
    /// One line, and one more for each item beyond the first.
    pub text: String,
    /// What is wrong with it, or not understood of it.
    pub complaints: Vec<Complaint>,
    /// The octets as we would write them; empty where there is nothing to write. Where they are not what was read, a number
    /// took more of them than it needs.
    pub written: Vec<u8>,
    /// Where they differ.
    pub difference: Option<Difference>,
}

crate::codes! {
    /// A piece that stands for itself, as the decoder names it.
    pub struct Piece(u8) {
        Frame = 0, Value = 1, Object = 2, VlqU32 = 3, VlqS32 = 4, VlqU64 = 5, VlqS64 = 6, ItemAddress = 7,
        ObjectQualifier = 8, SystemEvent = 9,
    }
}

/// The names of the pieces.
const PIECES: [(&str, Piece); 10] = [
    ("frame", Piece::Frame),
    ("pvalue", Piece::Value),
    ("object", Piece::Object),
    ("vlq-u32", Piece::VlqU32),
    ("vlq-s32", Piece::VlqS32),
    ("vlq-u64", Piece::VlqU64),
    ("vlq-s64", Piece::VlqS64),
    ("item-address", Piece::ItemAddress),
    ("object-qualifier", Piece::ObjectQualifier),
    ("system-event", Piece::SystemEvent),
];

impl Piece {
    /// All names there are, for who asks for another.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PIECES.iter().map(|(name, _)| *name)
    }
    /// The piece of this name.
    pub fn named(name: &str) -> Option<Self> {
        PIECES.iter().find(|(known, _)| *known == name).map(|(_, piece)| *piece)
    }
}

/// The octets of one direction, joined to messages.
#[derive(Debug)]
pub struct Stream {
    frames: Frames,
}

/// Octets of the longest message that is told. All types of a large program take less.
const LONGEST: usize = 1 << 24;

impl Default for Stream {
    fn default() -> Self {
        Self { frames: Frames::new(LONGEST) }
    }
}

impl Stream {
    /// Takes octets of frames, and tells each message that is whole by now.
    pub fn take(&mut self, mut octets: &[u8], mut told: impl FnMut(Told)) {
        loop {
            let before = octets;
            match self.frames.next(&mut octets) {
                Ok(Some(arrival)) => told(Told::arrival(arrival)),
                Ok(None) => return,
                Err(malformed) => {
                    let mut lost = Told::default();
                    match self.frames.half() {
                        [] => lost.malformed(malformed, before),
                        half => lost.malformed(malformed, &[half, octets].concat()),
                    }
                    // Nothing behind it can be told apart. The next octets are taken as a new start.
                    *self = Self::default();
                    return told(lost);
                }
            }
        }
    }
    /// Is a message half here?
    pub const fn is_half(&self) -> bool {
        self.frames.is_half()
    }
}

impl Told {
    /// Tells a piece that stands for itself. Octets behind it are a complaint.
    pub fn piece(piece: Piece, octets: &[u8]) -> Self {
        // An event is a frame of its own, and starts with zeros: with the head of the frame it is as good.
        let piece = match (piece, octets) {
            (Piece::SystemEvent, [frame::PROTOCOL, ..]) => Piece::Frame,
            _ => piece,
        };
        let mut told = Self::default();
        let mut r = Reader::new(octets);
        let read = match piece {
            Piece::Frame => {
                let mut all = Vec::new();
                let mut stream = Stream::default();
                stream.take(octets, |told| all.push(told));
                if stream.is_half() {
                    Err(Malformed { what: "frame without its end", at: octets.len() })
                } else {
                    return Self::joined(all, octets);
                }
            }
            Piece::Value => Value::read(&mut r).map(|value| told.show(&value, |out| value.write(out))),
            Piece::Object => Object::read(&mut r).map(|object| told.show(&object, |out| object.write(out))),
            Piece::VlqU32 => vlq::u32(&mut r, "number").map(|n| told.show(&n, |out| vlq::put_u32(out, n))),
            Piece::VlqS32 => vlq::i32(&mut r, "number").map(|n| told.show(&n, |out| vlq::put_i32(out, n))),
            Piece::VlqU64 => vlq::u64(&mut r, "number").map(|n| told.show(&n, |out| vlq::put_u64(out, n))),
            Piece::VlqS64 => vlq::i64(&mut r, "number").map(|n| told.show(&n, |out| vlq::put_i64(out, n))),
            Piece::ItemAddress => {
                ItemAddress::read(&mut r).map(|item| told.show(&item, |out| item.write(out)))
            }
            Piece::ObjectQualifier => Qualifier::read(&mut r)
                .map(|qualifier| told.show(&Qualified(&qualifier), |out| qualifier.write(out))),
            Piece::SystemEvent => {
                let event = SystemEvent::read(&mut r);
                event.map(|event| told.show(&event, |out| event.write(out)))
            }
            _ => Err(r.bad("kind of a piece")),
        };
        if let Err(malformed) = read.and_then(|()| r.end("octets behind it")) {
            told.text.clear();
            told.malformed(malformed, octets);
        }
        told.compare(octets);
        told
    }

    /// Whatever can be read is written as it was, but for the length of numbers.
    fn compare(&mut self, octets: &[u8]) {
        self.difference = Difference::between(octets, &self.written);
        if self.difference.is_some() {
            self.line(&"a number takes more octets than it needs");
        }
    }

    fn show(&mut self, what: &dyn Display, write: impl FnOnce(&mut Vec<u8>)) {
        let _ = write!(self.text, "{what}");
        write(&mut self.written);
    }

    fn joined(all: Vec<Self>, octets: &[u8]) -> Self {
        let mut told = Self { written: octets.to_vec(), ..Self::default() };
        for (at, one) in all.into_iter().enumerate() {
            told.text.push_str(if at > 0 { "\n" } else { "" });
            told.text.push_str(&one.text);
            told.complaints.extend(one.complaints);
            told.difference = told.difference.or(one.difference);
        }
        told
    }

    fn arrival(arrival: Arrival<'_>) -> Self {
        match arrival {
            Arrival::Pdu(pdu) => Self::message(pdu.data, Context::new(pdu.version)),
            Arrival::SystemEvent(octets) => Self::piece(Piece::SystemEvent, octets),
            Arrival::KeepAlive(octet) => {
                let mut told = Self::default();
                let _ = write!(told.text, "keep alive {octet:02x}");
                told
            }
        }
    }

    /// Tells a message.
    pub fn message(octets: &[u8], cx: Context) -> Self {
        let mut told = Self::default();
        match Pdu::read(&mut Reader::new(octets), cx) {
            Ok(pdu) => {
                pdu.write(&mut told.written);
                told.pdu(&pdu);
                told.compare(octets);
            }
            Err(malformed) => told.malformed(malformed, octets),
        }
        told
    }

    fn malformed(&mut self, malformed: Malformed, octets: &[u8]) {
        let _ = write!(self.text, "malformed: {}", Hex(octets));
        self.complaints.push(malformed.into());
        self.written = octets.to_vec();
    }

    fn pdu(&mut self, pdu: &Pdu<'_>) {
        match pdu {
            Pdu::Request(request) => {
                let head = &request.head;
                self.head(head.sequence, head.function, request.ask.function().is_some());
                let _ = write!(self.text, " in session {:08x}", head.session);
                self.reserved(head.reserved);
                self.flags(
                    head.flags.0,
                    head.function == Function::InitSSL,
                    head.function == Function::CreateObject,
                );
                self.ask(&request.ask);
                self.tail(&request.tail, request.ask.tail(request.tail.integrity));
            }
            Pdu::Response(response) => {
                let head = &response.head;
                let known = !matches!(response.reply, Reply::Other(_));
                self.head(head.sequence, head.function, known);
                self.text.push_str(" answered");
                self.reserved(head.reserved);
                self.flags(
                    head.flags.0,
                    head.function == Function::InitSSL,
                    head.function == Function::CreateObject,
                );
                self.outcome(response.outcome);
                if let Some(extension) = &response.extension {
                    let _ = write!(self.text, " because {extension}");
                }
                self.reply(&response.reply);
                self.tail(&response.tail, Tail::new(response.tail.integrity));
            }
            Pdu::Receipt(receipt) => {
                self.head(receipt.head.sequence, receipt.head.function, true);
                self.text.push_str(" received");
                self.reserved(receipt.head.reserved);
                self.outcome(receipt.outcome);
            }
            Pdu::Notification(notification) => self.notification(notification),
        }
    }
}

impl Told {
    fn head(&mut self, sequence: u16, function: Function, known: bool) {
        let _ = write!(self.text, "{sequence:04x} {function}");
        if function.name().is_none() {
            self.complaints.push(Complaint::Unknown { what: "function", code: function.0.into() });
        } else if !known {
            self.complaints.push(Complaint::Raw { what: "body of a function nobody describes", len: 0 });
        }
    }

    /// Flags that are not the usual ones.
    fn flags(&mut self, flags: u8, tls: bool, create: bool) {
        let usual = if tls { flags == 0x30 } else { flags == 0x34 || create && flags == 0x36 };
        if !usual {
            let _ = write!(self.text, " flags {flags:02x}");
        }
    }

    fn outcome(&mut self, outcome: ReturnValue) {
        if outcome != ReturnValue::OK {
            let _ = write!(self.text, " {outcome}");
        }
    }

    /// What ends a message belongs to the first line, before the items.
    fn tail(&mut self, tail: &Tail, usual: Tail) {
        let mut told = String::new();
        if let Some(integrity) = tail.integrity {
            let _ = write!(told, ", id {integrity}");
        }
        if tail.digest.is_some() {
            told.push_str(", digest");
        } else if tail.fill != usual.fill {
            let _ = write!(told, ", {} zeros", tail.fill);
        }
        let end = self.text.find('\n').unwrap_or(self.text.len());
        self.text.insert_str(end, &told);
    }

    fn ask(&mut self, ask: &Ask<'_>) {
        match ask {
            Ask::InitSsl => {}
            Ask::CreateObject(ask) => {
                let _ = write!(self.text, " under {:08x}", ask.parent);
                self.zero("number behind the value", ask.unknown);
                self.line(&ask.object);
            }
            Ask::DeleteObject(ask) => {
                let _ = write!(self.text, " {:08x}", ask.object);
                match &ask.qualifier {
                    Some(qualifier) => self.qualifier(qualifier),
                    None => self.text.push_str(", no qualifier"),
                }
            }
            Ask::SetVariable(ask) => {
                self.path(ask.object, &ask.ids);
                let _ = write!(self.text, " := {}", ask.value);
                self.qualifier(&ask.qualifier);
            }
            Ask::GetVariable(ask) => {
                self.path(ask.object, &ask.ids);
                self.qualifier(&ask.qualifier);
            }
            Ask::SetMultiVariables(ask) => {
                self.qualifier(&ask.qualifier);
                self.addresses(&ask.addresses, &ask.values);
            }
            Ask::GetMultiVariables(ask) => {
                self.qualifier(&ask.qualifier);
                self.addresses(&ask.addresses, &[]);
            }
            Ask::SetVarSubStreamed(ask) => {
                let _ = write!(self.text, " {:08x} {} := {}", ask.object, ask.path, ask.value);
                self.qualifier(&ask.qualifier);
            }
            Ask::GetVarSubStreamed(ask) => {
                let _ = write!(self.text, " {:08x} {}", ask.object, ask.path);
                self.qualifier(&ask.qualifier);
            }
            Ask::Explore(ask) => {
                let _ = write!(self.text, " {:08x}", ask.object);
                if ask.association != 0 {
                    let _ = write!(self.text, " association {}", ask.association);
                }
                for (set, name) in [(ask.recursive, "recursive"), (ask.parents, "with parents")] {
                    match set {
                        0 => {}
                        1 => drop(write!(self.text, ", {name}")),
                        code => self.unknown(name, code.into()),
                    }
                }
                self.list(", attributes", &ask.attributes);
                ask.filters.iter().for_each(|filter| self.line(filter));
            }
            Ask::GetLink(ask) => {
                let _ = write!(self.text, " {:08x} association {}", ask.object, ask.association);
                self.zero("number behind the association", ask.unknown.into());
            }
            Ask::BeginSequence(ask) => {
                let _ = write!(self.text, " kind {}", ask.kind);
                match &ask.opens {
                    Opens::Nothing => {}
                    Opens::Id(id) => drop(write!(self.text, " id {id:08x}")),
                    Opens::Object(octet, object) => {
                        self.zero("octet before the object", (*octet).into());
                        self.line(object);
                    }
                }
            }
            Ask::EndSequence(ask) => drop(write!(self.text, " {}", ask.unknown)),
            Ask::Invoke(ask) => {
                let _ = write!(self.text, " {:08x} method {}, {}", ask.object, ask.method, ask.unknown);
                self.values(&ask.arguments);
            }
            Ask::Other(octets) => self.raw(octets),
        }
    }

    fn reply(&mut self, reply: &Reply<'_>) {
        match reply {
            Reply::Done => {}
            Reply::CreateObject(reply) => {
                for id in &reply.ids {
                    let _ = write!(self.text, " {id:08x}");
                }
                reply.objects.iter().for_each(|object| self.line(object));
            }
            Reply::DeleteObject(reply) => drop(write!(self.text, " {:08x}", reply.object)),
            Reply::GetVariable(reply) => drop(write!(self.text, " {}", reply.value)),
            Reply::SetMultiVariables(reply) => self.failures(&reply.failures),
            Reply::GetMultiVariables(reply) => {
                self.values(&reply.values);
                self.failures(&reply.failures);
            }
            Reply::GetVarSubStreamed(reply) => {
                self.zero("octet before the value", reply.unknown.into());
                let _ = write!(self.text, " {}", reply.value);
            }
            Reply::Explore(reply) => {
                let _ = write!(self.text, " {:08x}", reply.object);
                reply.objects.iter().for_each(|object| self.line(object));
            }
            Reply::GetLink(reply) => {
                for object in &reply.objects {
                    let _ = write!(self.text, " {object:08x}");
                }
            }
            Reply::BeginSequence(reply) => drop(write!(self.text, " id {:08x}", reply.id)),
            Reply::Invoke(reply) => {
                reply.outcomes.iter().chain(&reply.last).for_each(|outcome| self.outcome(*outcome));
                self.values(&reply.results);
            }
            Reply::Other(octets) => self.raw(octets),
        }
    }

    fn notification(&mut self, notification: &Notification) {
        let _ = write!(self.text, "notification of {:08x}", notification.subscription);
        match &notification.head {
            Head::V1(number) => drop(write!(self.text, " {number:08x}")),
            Head::Items { unknown: [_, a, b], count, items } => {
                let _ = match count {
                    Count::Old { sequence, change } => {
                        write!(self.text, " number {sequence} change {change}")
                    }
                    Count::New { tick, sequence, time, change } => {
                        let _ = write!(self.text, " number {sequence} tick {tick} change {change}");
                        time.map_or(Ok(()), |time| write!(self.text, " at {time} us"))
                    }
                };
                self.zero("number of a notification", u32::from(*a) << 16 | u32::from(*b));
                items.iter().for_each(|item| self.item(item));
            }
        }
        if let Some(Second { id, unknown, items }) = &notification.second {
            let _ = write!(self.text, "\n      second part {id:08x}");
            self.zero("number of the second part", (*unknown).into());
            items.iter().for_each(|item| self.item(item));
        }
        self.tail(&notification.tail, Tail::PLAIN);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Value(reference, value) | Item::ShortValue(reference, value) => {
                self.line(&format_args!("{reference} = {value}"));
            }
            Item::Failure(code, reference) => {
                self.line(&format_args!("{reference} cannot be addressed ({:02x})", code.0));
            }
            Item::Status(word) => self.line(&format_args!("{} online status {word:08x}", word >> 24)),
            Item::Object(object) => self.line(object),
            Item::Plain(value) => self.line(value),
        }
    }

    fn addresses(&mut self, addresses: &Addresses<'_>, values: &[(u32, Value)]) {
        match addresses {
            Addresses::Items(items) => {
                for (at, item) in (1_u32..).zip(items.iter()) {
                    self.line(item);
                    self.assigned(at, values);
                }
            }
            Addresses::Ids { object, items, ids } => {
                let _ = write!(self.text, " of {object:08x}");
                if usize::try_from(*items) != Ok(ids.len()) {
                    let _ = write!(self.text, ", {items} items");
                }
                for (at, id) in (1_u32..).zip(ids.iter()) {
                    self.line(id);
                    self.assigned(at, values);
                }
            }
        }
        // Clients number values as they number addresses; others are told on their own.
        let count = addresses.len();
        for (at, (number, value)) in (1_u32..).zip(values) {
            if *number != at || usize::try_from(at).is_ok_and(|at| at > count) {
                self.line(&format_args!("{number} := {value}"));
                self.unknown("item number", *number);
            }
        }
    }

    fn assigned(&mut self, at: u32, values: &[(u32, Value)]) {
        let place = usize::try_from(at).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some((_, value)) = values.get(place).filter(|(number, _)| *number == at) {
            let _ = write!(self.text, " := {value}");
        }
    }

    fn values(&mut self, values: &[(u32, Value)]) {
        values.iter().for_each(|(number, value)| self.line(&format_args!("{number} = {value}")));
    }

    fn failures(&mut self, failures: &[(u32, ReturnValue)]) {
        failures.iter().for_each(|(number, outcome)| self.line(&format_args!("{number} {outcome}")));
    }

    fn path(&mut self, object: u32, ids: &[u32]) {
        let _ = write!(self.text, " {object:08x}");
        self.list("", ids);
    }

    fn list(&mut self, name: &str, ids: &[u32]) {
        if !ids.is_empty() {
            self.text.push_str(name);
        }
        for (at, id) in ids.iter().enumerate() {
            let _ = write!(self.text, "{}{id}", if at == 0 { " " } else { "." });
        }
    }

    fn qualifier(&mut self, qualifier: &Qualifier) {
        if *qualifier != Qualifier::default() {
            let _ = write!(self.text, " qualified {}", Qualified(qualifier));
        }
    }

    fn line(&mut self, what: &dyn Display) {
        let start = self.text.len();
        let _ = write!(self.text, "\n{what}");
        let lines = self.text.split_off(start);
        self.text.push_str(&lines.replace('\n', "\n      "));
    }

    fn zero(&mut self, what: &'static str, number: u32) {
        if number != 0 {
            self.unknown(what, number);
        }
    }

    fn reserved(&mut self, words: [u16; 2]) {
        words.iter().for_each(|word| self.zero("reserved word of the head", (*word).into()));
    }

    fn unknown(&mut self, what: &'static str, code: u32) {
        self.complaints.push(Complaint::Unknown { what, code });
    }

    fn raw(&mut self, octets: &[u8]) {
        let _ = write!(self.text, " {}", Hex(octets));
        if let Some(Complaint::Raw { len, .. }) = self.complaints.last_mut() {
            *len = octets.len();
        }
    }
}

/// A qualifier by its members.
struct Qualified<'a>(&'a Qualifier);

impl Display for Qualified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(it) = self;
        write!(f, "parent {:08x} composition {} key {}", it.parent(), it.composition(), it.key())
    }
}

/// Octets as hex without gaps.
struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

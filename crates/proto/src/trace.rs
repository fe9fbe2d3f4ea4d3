//! Any conversation as readable text, either direction: for the decoder, `--trace`, logs and test snapshots.
//!
//! ```
//! use hepta_proto::trace::Trace;
//!
//! let frame = [3, 0, 0, 31, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 9, 0x30, 0, 14, 0, 0, 4, 1,
//!              0x12, 10, 16, 2, 0, 4, 0, 1, 0x84, 0, 0, 0];
//! let entry = Trace::default().frame(None, &frame);
//! assert_eq!(entry.text, "C>S 0930 read DB1.DBB0 x4");
//! assert!(entry.understood());
//! ```
mod items;
mod records;

use crate::classic::message::{Complaint, Message};
use crate::classic::szl;
use crate::classic::userdata::{Direction, Userdata};
use crate::classic::vars::{Function, Setup};
use crate::classic::{ErrorCode, Kind, Pdu, pdu::PROTOCOL};
use crate::iso::{self, Parameter, ParameterCode, Tpdu, TpduCode, TpduSize, Tpkt};
use crate::plus::code::Opcode;
use crate::plus::frame::{self, Version};
use crate::plus::trace as plus;
use crate::tap::Sender;
use crate::tls::Open;
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use items::{tell_code, tell_data, tell_item};

/// Where what was written back differs from what was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("written back it differs at octet {at}: {read:02x?} was read, {written:02x?} is written")]
pub struct Difference {
    /// Offset in the frame, or in the message when `message`.
    pub at: usize,
    /// What was read there; nothing at its end.
    pub read: Option<u8>,
    /// What is written there.
    pub written: Option<u8>,
}

impl Difference {
    /// The first one between what was read and what is written.
    pub(crate) fn between(read: &[u8], written: &[u8]) -> Option<Self> {
        let at = (0..read.len().max(written.len())).find(|at| read.get(*at) != written.get(*at))?;
        let [read, written] = [read, written].map(|octets| octets.get(at).copied());
        Some(Self { at, read, written })
    }
}

/// One frame, told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Who sent it, as given or as the message itself shows.
    pub sender: Option<Sender>,
    /// One line, and one more for each item beyond the first.
    pub text: String,
    /// What is wrong with it, or not understood of it.
    pub complaints: Vec<Complaint>,
    /// Where it is not what we would write ourselves.
    pub difference: Option<Difference>,
}

impl Entry {
    /// Does every octet belong to a field with a name?
    pub fn understood(&self) -> bool {
        self.complaints.is_empty()
    }
}

/// One conversation. It remembers what was asked, for an answer does not say.
#[derive(Debug, Default)]
pub struct Trace {
    client: Side,
    server: Side,
    /// References of requests for further parts of a list, the latest last.
    continued: VecDeque<u16>,
    /// A record was seen: from there on all data is TLS.
    tls: bool,
    opener: Option<Box<dyn Open>>,
    /// The frame says no more than the one before it: TLS that stays closed.
    again: bool,
    unopened: usize,
}

#[derive(Debug, Default)]
struct Side {
    /// Octets of a frame that the stream cut.
    frame: Vec<u8>,
    /// Parts of a message that the peer cut.
    message: Vec<u8>,
    parts: usize,
    /// The stream made no sense: nothing after it can be told apart.
    lost: bool,
    /// Frames of `S7CommPlus`.
    plus: plus::Stream,
    /// Octets of TLS are missing, so no later ones can be opened.
    torn: bool,
    /// It was told that TLS stays closed.
    shut: bool,
}

/// Parts of one message, and octets of them, before a trace stops joining.
const PARTS: (usize, usize) = (64, 65_535);

/// The first octet of a record of TLS: its type.
const RECORD: core::ops::RangeInclusive<u8> = 0x14..=0x17;

/// References kept: more jobs than any CPU has at a time.
const REFERENCES: usize = 64;

impl Trace {
    /// One that can read on where TLS begins.
    #[must_use]
    pub fn opened_by(mut self, opener: Box<dyn Open>) -> Self {
        self.opener = Some(opener);
        self
    }

    /// How many frames [`Trace::octets`] gave no entry for: TLS that stays closed is told once.
    pub const fn unopened(&self) -> usize {
        self.unopened
    }

    /// Takes octets of the stream as they come; gives an entry for each frame that is whole by now.
    pub fn octets(&mut self, sender: Sender, octets: &[u8], mut entry: impl FnMut(Entry)) {
        let side = self.side(sender);
        if side.lost {
            return;
        }
        let mut pending = core::mem::take(&mut side.frame);
        pending.extend_from_slice(octets);
        let mut rest = &pending[..];
        while let Some(head) = rest.first_chunk::<4>() {
            let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
            if head[0] != 3 || len < Tpkt::SHORTEST {
                // Whatever follows cannot be cut into frames any more.
                self.side(sender).lost = true;
                entry(self.frame(Some(sender), rest));
                return;
            }
            let Some((frame, more)) = rest.split_at_checked(len) else { break };
            rest = more;
            let told = self.frame(Some(sender), frame);
            if self.again && told.difference.is_none() && told.complaints == [Complaint::Sealed] {
                self.unopened += 1;
            } else {
                entry(told);
            }
        }
        // Octets that wait stay where they are, however slowly the others come.
        let told = pending.len() - rest.len();
        pending.drain(..told);
        self.side(sender).frame = pending;
    }

    /// Octets of the stream are missing: what was half here is given up.
    pub fn gap(&mut self, sender: Sender) {
        let torn = self.tls;
        let side = self.side(sender);
        *side = Side { torn: torn || side.torn, shut: side.shut, ..Side::default() };
    }

    /// Tells one whole frame. Without a sender, the message shows who it was.
    pub fn frame(&mut self, sender: Option<Sender>, frame: &[u8]) -> Entry {
        let mut entry = Entry { sender, text: String::new(), complaints: Vec::new(), difference: None };
        self.again = false;
        let mut r = Reader::new(frame);
        let told = Tpkt::read(&mut r).and_then(|tpkt| {
            let tpdu = Tpdu::read(&mut Reader::within(tpkt.tpdu, Tpkt::HEAD))?;
            Ok((tpkt, tpdu))
        });
        match told {
            Err(malformed) => entry.malformed(malformed, frame),
            Ok((tpkt, tpdu)) => {
                if r.left() > 0 {
                    entry.complaints.push(Complaint::Raw { what: "behind the TPKT", len: r.left() });
                }
                let mut written = Vec::with_capacity(frame.len());
                let mut unit = Vec::with_capacity(frame.len());
                tpdu.write(&mut unit);
                Tpkt { tpdu: &unit, ..tpkt }.write(&mut written);
                written.extend_from_slice(r.peek());
                entry.compare(frame, &written);
                self.tpdu(&tpdu, &mut entry);
            }
        }
        let who = match entry.sender {
            Some(Sender::Client) => "C>S ",
            Some(Sender::Server) => "S>C ",
            None => "?>? ",
        };
        entry.text.insert_str(0, who);
        entry
    }

    fn side(&mut self, sender: Sender) -> &mut Side {
        match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }

    fn tpdu(&mut self, tpdu: &Tpdu<'_>, entry: &mut Entry) {
        match tpdu {
            Tpdu::Data(data) => self.data(data, entry),
            Tpdu::Connect(connect) => {
                entry.sender.get_or_insert(match connect.code {
                    TpduCode::ConnectRequest => Sender::Client,
                    _ => Sender::Server,
                });
                tell_connect(connect, entry);
            }
            Tpdu::Disconnect(d) => {
                let _ = write!(entry.text, "DR from {:04x} to {:04x}: {}", d.source, d.destination, d.reason);
                entry.known("disconnect reason", d.reason.name(), d.reason.0.into());
                tell_parameters(&d.parameters, entry);
                entry.user(d.user);
            }
            Tpdu::DisconnectConfirm(d) => {
                let _ = write!(entry.text, "DC from {:04x} to {:04x}", d.source, d.destination);
                tell_parameters(&d.parameters, entry);
                entry.user(d.user);
            }
            Tpdu::Error(e) => {
                let _ = write!(entry.text, "ER to {:04x}: {}", e.destination, e.cause);
                entry.known("error cause", e.cause.name(), e.cause.0.into());
                tell_parameters(&e.parameters, entry);
                entry.user(e.user);
            }
            Tpdu::Other { code, rest, .. } => {
                let kind = code.without_credit();
                let _ = write!(entry.text, "TPDU {kind} {}", Hex(rest));
                if kind != *code {
                    let _ = write!(entry.text, ", credit {}", code.0 & 0x0f);
                }
                match kind.name() {
                    Some(what) => entry.complaints.push(Complaint::Raw { what, len: rest.len() }),
                    None => entry.complaints.push(Complaint::Unknown { what: "TPDU", code: code.0.into() }),
                }
            }
        }
    }

    /// A message, or a part of one that is joined with the next.
    fn data(&mut self, data: &iso::Data<'_>, entry: &mut Entry) {
        if !data.extra.is_empty() {
            entry.complaints.push(Complaint::Raw { what: "DT header", len: data.extra.len() });
        }
        // The first part shows the kind of its message, if it is long enough.
        if let (None, [PROTOCOL, kind, ..]) = (entry.sender, data.payload) {
            match Kind(*kind) {
                Kind::Job => entry.sender = Some(Sender::Client),
                Kind::Ack | Kind::AckData => entry.sender = Some(Sender::Server),
                _ => {}
            }
        }
        let sender = entry.sender;
        // Without a sender parts are joined on the client's side: in a list of frames they follow each other.
        let side = self.side(sender.unwrap_or(Sender::Client));
        if side.parts > 0 {
            entry.sender.get_or_insert(Sender::Client);
        }
        // Clients of S7CommPlus send empty parts when they have nothing to say.
        if data.payload.is_empty() && side.parts == 0 {
            entry.text.push_str("DT without a message");
            return;
        }
        if !data.last() || side.parts > 0 {
            side.parts += 1;
            side.message.extend_from_slice(data.payload);
            if side.parts > PARTS.0 || side.message.len() > PARTS.1 {
                *side = Side::default();
                entry.complaints.push(Malformed { what: "message of too many parts", at: 0 }.into());
            }
            if !data.last() {
                let _ = write!(entry.text, "DT part of {} octets", data.payload.len());
                return;
            }
            side.parts = 0;
            let message = core::mem::take(&mut side.message);
            self.message(&message, entry, 0);
            return;
        }
        self.message(data.payload, entry, 7);
    }

    /// Frames of `S7CommPlus`: no message, one or more, told on lines of their own.
    fn plus(&mut self, octets: &[u8], entry: &mut Entry) {
        // A piece that goes on does not say who sent it: it is of whoever has not come to an end.
        let half = |side: &Side, sender| side.plus.is_half().then_some(sender);
        entry.sender = entry.sender.or_else(|| {
            plus_sender(octets)
                .or_else(|| half(&self.server, Sender::Server))
                .or_else(|| half(&self.client, Sender::Client))
        });
        let mut told = Vec::new();
        // Without a sender frames are joined on the client's side, as parts are.
        let side = self.side(entry.sender.unwrap_or(Sender::Client));
        side.plus.take(octets, |one| told.push(one));
        if told.is_empty() {
            let _ = write!(entry.text, "S7CommPlus, {} octets of a message", octets.len());
        }
        for (at, one) in told.into_iter().enumerate() {
            entry.text.push_str(if at > 0 { "\n    " } else { "" });
            entry.text.push_str(&one.text);
            entry.complaints.extend(one.complaints);
            entry.difference = entry.difference.or(one.difference);
        }
    }

    /// TLS: what it says, if there is somebody to open it.
    fn sealed(&mut self, sender: Sender, octets: &[u8], entry: &mut Entry) {
        let side = self.side(sender);
        if side.shut {
            let _ = write!(entry.text, "TLS, {} octets", octets.len());
            entry.complaints.push(Complaint::Sealed);
            self.again = true;
            return;
        }
        let torn = side.torn && self.opener.is_some();
        let mut plain = Vec::new();
        let closed = match &mut self.opener {
            None => String::from("TLS follows"),
            Some(_) if torn => "TLS stays closed in this direction: octets of it are missing".into(),
            Some(opener) => match opener.open(sender, octets, &mut plain) {
                Ok(()) if plain.is_empty() => {
                    let _ = write!(entry.text, "TLS, {} octets", octets.len());
                    return;
                }
                Ok(()) => return self.plus(&plain, entry),
                Err(error) => format!("TLS stays closed: {error}"),
            },
        };
        if !plain.is_empty() {
            self.plus(&plain, entry);
            entry.text.push_str("\n    ");
        }
        entry.text.push_str(&closed);
        entry.complaints.push(Complaint::Sealed);
        if torn {
            self.side(sender).shut = true;
        } else {
            (self.client.shut, self.server.shut) = (true, true);
        }
    }

    fn message(&mut self, octets: &[u8], entry: &mut Entry, base: usize) {
        // What follows InitSSL starts with the first octet of a record; later units may start within one. In a list of frames
        // nobody says which belong together.
        if let (Some(sender), Some(first)) = (entry.sender, octets.first()) {
            self.tls |= RECORD.contains(first);
            if self.tls {
                return self.sealed(sender, octets, entry);
            }
        }
        // TLS and whatever else may go over COTP: not ours to judge, and not understood.
        match octets {
            [PROTOCOL, ..] => {}
            [frame::PROTOCOL, ..] => return self.plus(octets, entry),
            [first, ..] => {
                if RECORD.contains(first) {
                    let _ = write!(entry.text, "TLS {}", Hex(octets));
                    entry.complaints.push(Complaint::Sealed);
                } else {
                    let what = "a protocol that is not S7";
                    let _ = write!(entry.text, "{what} {}", Hex(octets));
                    entry.complaints.push(Complaint::Raw { what, len: octets.len() });
                }
                return;
            }
            [] => {
                entry.text.push_str("DT without a message");
                return;
            }
        }
        let pdu = match Pdu::read(&mut Reader::within(octets, base)) {
            Ok(pdu) => pdu,
            Err(malformed) => return entry.malformed(malformed, octets),
        };
        let asked =
            pdu.kind == Kind::Userdata && Userdata::of(&pdu).is_ok_and(|u| u.direction == Direction::Request);
        entry.sender.get_or_insert(if pdu.kind == Kind::Job || asked {
            Sender::Client
        } else {
            Sender::Server
        });
        let _ = write!(entry.text, "{:04x} ", pdu.reference);
        if pdu.redundancy != 0 {
            let _ = write!(entry.text, "redundancy {:04x} ", pdu.redundancy);
        }
        let place = self.continued.iter().position(|reference| *reference == pdu.reference);
        let part = !asked && place.and_then(|at| self.continued.remove(at)).is_some();
        let message = Message::read(&pdu, part).unwrap_or_else(|complaint| {
            entry.complaints.push(complaint);
            Message::Raw
        });
        if let Message::SzlContinue(..) = message {
            self.continued.push_back(pdu.reference);
            if self.continued.len() > REFERENCES {
                self.continued.pop_front();
            }
        }
        if !pdu.trailing.is_empty() {
            entry.complaints.push(Complaint::Raw { what: "behind the message", len: pdu.trailing.len() });
        }
        entry.written_back(octets, &pdu, &message);
        tell(&pdu, &message, entry);
    }
}

impl Entry {
    fn malformed(&mut self, malformed: Malformed, octets: &[u8]) {
        let _ = write!(self.text, "malformed: {}", Hex(octets));
        self.complaints.push(malformed.into());
    }

    fn known(&mut self, what: &'static str, name: Option<&'static str>, code: u32) {
        if name.is_none() {
            self.complaints.push(Complaint::Unknown { what, code });
        }
    }

    /// snap7 appends one octet 00 to DR and DC: that has a name by now.
    fn user(&mut self, user: &[u8]) {
        if !user.is_empty() {
            let _ = write!(self.text, ", user data {}", Hex(user));
        }
    }

    fn compare(&mut self, read: &[u8], written: &[u8]) {
        self.difference = self.difference.or_else(|| Difference::between(read, written));
    }

    fn written_back(&mut self, octets: &[u8], pdu: &Pdu<'_>, message: &Message<'_>) {
        let (mut param, mut data, mut written) = (Vec::new(), Vec::new(), Vec::with_capacity(octets.len()));
        let whole = if message.write(&mut param, &mut data) {
            Pdu { param: &param, data: &data, ..*pdu }
        } else {
            *pdu
        };
        whole.write(&mut written);
        self.compare(octets, &written);
    }
}

/// Who sends a frame of `S7CommPlus`, if its first piece says so.
fn plus_sender(octets: &[u8]) -> Option<Sender> {
    let version = Version(*octets.get(1)?);
    if version == Version::Event {
        return Some(Sender::Server);
    }
    match Opcode(*octets.get(frame::HEAD + version.front())?) {
        Opcode::Request => Some(Sender::Client),
        Opcode::Response | Opcode::Response2 | Opcode::Notification => Some(Sender::Server),
        _ => None,
    }
}

fn tell_connect(connect: &iso::Connect<'_>, entry: &mut Entry) {
    let name = if connect.code == TpduCode::ConnectRequest { "CR" } else { "CC" };
    let _ = write!(entry.text, "{name} from {:04x} to {:04x}", connect.source, connect.destination);
    if connect.code.0 & 0x0f != 0 || connect.class != 0 {
        let _ =
            write!(entry.text, ", credit {}, class and options {:02x}", connect.code.0 & 0x0f, connect.class);
    }
    tell_parameters(&connect.parameters, entry);
    entry.user(connect.user);
}

fn tell_parameters(parameters: &iso::Parameters<'_>, entry: &mut Entry) {
    for Parameter { code, value } in parameters.iter() {
        entry.text.push_str(", ");
        let _ = match (code, TpduSize::parse(value)) {
            (ParameterCode::TpduSize, Some(size)) => write!(entry.text, "TPDU {}", size.octets()),
            (ParameterCode::CallingTsap, _) => tsap("calling ", value, entry),
            (ParameterCode::CalledTsap, _) => tsap("called ", value, entry),
            (ParameterCode::FarTsap, _) => tsap("far ", value, entry),
            _ => write!(entry.text, "{code} {}", Hex(value)),
        };
        entry.known("COTP parameter", code.name(), code.0.into());
        if code == ParameterCode::TpduSize && TpduSize::parse(value).is_none() {
            let size = value.iter().fold(0, |n, octet| n << 8 | u32::from(*octet));
            entry.complaints.push(Complaint::Unknown { what: "TPDU size", code: size });
        }
    }
}

fn tsap(name: &str, value: &[u8], entry: &mut Entry) -> core::fmt::Result {
    entry.text.push_str(name);
    iso::write_tsap(value, &mut entry.text)
}

fn tell(pdu: &Pdu<'_>, message: &Message<'_>, entry: &mut Entry) {
    if pdu.error != ErrorCode::Ok {
        let _ = write!(entry.text, "refused {:04x} {} ", pdu.error.0, pdu.error.meaning());
        if let Some(hint) = pdu.error.hint() {
            let _ = write!(entry.text, "({hint}) ");
        }
    }
    match message {
        Message::Setup(setup) => {
            let name = if pdu.kind == Kind::Job { "asked" } else { "granted" };
            let Setup { calling, called, pdu, .. } = setup;
            let _ = write!(entry.text, "setup {name}: PDU {pdu}, jobs {calling}/{called}");
        }
        Message::Read(items) => {
            entry.text.push_str("read");
            list(items, entry, |item, entry| tell_item(item, entry));
        }
        Message::Write(items, values) => {
            entry.text.push_str("write");
            let mut values = values.iter();
            list(items, entry, |item, entry| {
                tell_item(item, entry);
                if let Some(value) = values.next() {
                    entry.text.push_str(" := ");
                    tell_data(value, entry);
                }
            });
        }
        Message::ReadAnswer(items) => {
            entry.text.push_str("given");
            list(items, entry, |item, entry| tell_data(item, entry));
        }
        Message::WriteAnswer(codes) => {
            entry.text.push_str("written");
            list(codes, entry, |code, entry| tell_code(*code, entry));
        }
        Message::Refused(code) => {
            entry.known("error class", (code.meaning() != UNKNOWN).then_some(""), code.0.into());
        }
        Message::SzlRequest(_, _, request) => {
            let _ = write!(
                entry.text,
                "read SZL {:04x} {} index {:04x}",
                request.id.0,
                records::name(request.id),
                request.index
            );
        }
        Message::ClockRequest(..) => entry.text.push_str("read clock"),
        Message::Clock(_, _, clock) => {
            let _ = write!(entry.text, "clock {}", Hex(&clock.time));
        }
        Message::SzlContinue(said, _) => {
            let _ = write!(entry.text, "read SZL, the part after {:02x}", said.sequence);
        }
        Message::SzlPart(said, payload) => {
            let _ = write!(entry.text, "SZL part {:02x}: {}", said.sequence, Hex(payload.data));
        }
        Message::UserdataRefused(said, _) => {
            let error = said.long.map_or(ErrorCode::Ok, |long| long.error);
            let _ = write!(
                entry.text,
                "{} {:02x} refused {:04x} {}",
                said.group,
                said.function,
                error.0,
                error.meaning()
            );
        }
        Message::SzlList(said, _, list) => {
            let more = if said.long.is_some_and(|long| long.more != 0) { ", more to come" } else { "" };
            let szl::List { id, index, record, count, .. } = list;
            let _ = write!(
                entry.text,
                "SZL {:04x} {} index {index:04x}, {count} records of {record}{more}",
                id.0,
                records::name(*id)
            );
            records::tell(list, entry);
        }
        Message::Raw => {
            let function = Function(pdu.param.first().copied().unwrap_or(0));
            let _ = match pdu.kind {
                Kind::Userdata => match Userdata::of(pdu) {
                    Ok(said) => {
                        let Userdata { direction, group, function, sequence, .. } = said;
                        write!(
                            entry.text,
                            "userdata {direction} {group} {function:02x} sequence {sequence:02x} "
                        )
                    }
                    Err(_) => write!(entry.text, "userdata "),
                },
                kind => write!(entry.text, "{kind} {function} "),
            };
            let _ = write!(entry.text, "parameter {} data {}", Hex(pdu.param), Hex(pdu.data));
        }
    }
    while entry.text.ends_with(' ') {
        entry.text.pop();
    }
}

/// What `ErrorCode::meaning` says of a class it does not know.
const UNKNOWN: &str = "unknown error class";

/// The first behind the head, the others on lines of their own.
fn list<T>(items: &[T], entry: &mut Entry, mut tell: impl FnMut(&T, &mut Entry)) {
    for item in items {
        entry.text.push_str(if items.len() > 1 { "\n      " } else { " " });
        tell(item, entry);
    }
}

/// Octets as hex without gaps.
struct Hex<'a>(&'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests;

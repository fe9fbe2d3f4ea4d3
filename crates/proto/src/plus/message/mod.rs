//! Messages: what stands in the frames, of either direction, each as one value.
//!
//! ```text
//!  31 | 0000 | function 2 | 0000 | sequence 2 | session 4 | flags | body | tail           request
//!  32 | 0000 | function 2 | 0000 | sequence 2 | flags | return value | body | tail         response
//!  02 | the same, with zeros behind the return value                                    response of an old S7-1200
//!  33 | ...                                                                             notification
//! ```
//!
//! The bodies are in [`ask`] and [`reply`], one struct for each function. What one of them cannot account for is an error that
//! says where; the octets can then be kept with [`Ask::Other`] and [`Reply::Other`]. The tolerance some clients need is in the
//! readers, and what was read is written back as it was: only numbers of more octets than they need become shorter.
pub mod ask;
mod list;
mod notification;
pub mod reply;
mod tail;

pub use ask::Ask;
pub use list::Addresses;
pub use notification::{Count, Head, Item, ItemCode, Notification, Second};
pub use reply::Reply;
pub use tail::{Context, Tail};

use super::code::{Function, Opcode};
use super::header;
use super::object::Object;
use super::outcome::ReturnValue;
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// Function, sequence number, session and flags.
    pub head: header::Request,
    /// What it asks. Its function is that of the head.
    pub ask: Ask<'a>,
    /// What ends it.
    pub tail: Tail,
}

/// A response.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<'a> {
    /// Function, sequence number and flags.
    pub head: header::Response,
    /// How it went.
    pub outcome: ReturnValue,
    /// More about that, where the return value says so.
    pub extension: Option<Object>,
    /// What it says. Its function is that of the head.
    pub reply: Reply<'a>,
    /// What ends it.
    pub tail: Tail,
}

/// What an old S7-1200 sends where no response is wanted (opcode 02).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Function, sequence number and flags.
    pub head: header::Response,
    /// How it went.
    pub outcome: ReturnValue,
    /// Zeros, eleven of them.
    pub tail: Tail,
}

/// Any message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Pdu<'a> {
    /// Asked by a client.
    Request(Request<'a>),
    /// Answered by a CPU.
    Response(Response<'a>),
    /// Noticed by an old CPU.
    Receipt(Receipt),
    /// Sent by a CPU on its own.
    Notification(Notification),
}

impl<'a> Pdu<'a> {
    /// Takes a whole message: all that is left. The frames around it are gone, and so is a digest in front.
    pub fn read(r: &mut Reader<'a>, cx: Context) -> Result<Self, Malformed> {
        match r.peek().first().copied().map(Opcode) {
            Some(Opcode::Request) => Request::read(r, cx).map(Self::Request),
            Some(Opcode::Response) => Response::read(r, cx).map(Self::Response),
            Some(Opcode::Response2) => Receipt::read(r, cx).map(Self::Receipt),
            Some(Opcode::Notification) => Notification::read(r, cx).map(Self::Notification),
            _ => Err(r.bad("opcode")),
        }
    }
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Request(message) => message.write(out),
            Self::Response(message) => message.write(out),
            Self::Receipt(message) => message.write(out),
            Self::Notification(message) => message.write(out),
        }
    }
}

impl<'a> Request<'a> {
    /// Takes a request: all that is left.
    pub fn read(r: &mut Reader<'a>, cx: Context) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a request");
        let header::Head::Request(head) = header::Head::read(r)? else { return Err(bad) };
        let (ask, tail) = Ask::read(r, head.function, cx)?;
        Ok(Self { head, ask, tail })
    }
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        header::Head::Request(self.head).write(out);
        self.ask.write(&self.tail, out);
    }
}

impl<'a> Response<'a> {
    /// Takes a response: all that is left. One of opcode 02 is read as if it were of 32: [`Pdu`] tells them apart.
    pub fn read(r: &mut Reader<'a>, cx: Context) -> Result<Self, Malformed> {
        let head = header::Response::any(r)?;
        let outcome = list::outcome(r)?;
        let (reply, extension, tail) = Reply::read(r, head.function, outcome, cx)?;
        Ok(Self { head, outcome, extension, reply, tail })
    }
    /// Reads the answer to an Explore by itself: `objects` takes the objects off what is left, all that are there. Nothing is made
    /// of them here, however many there are. Gives the function, which may be an error's, and how it went.
    pub fn explored(
        message: &[u8],
        cx: Context,
        objects: impl FnOnce(&mut Reader<'_>) -> Result<(), Malformed>,
    ) -> Result<(Function, ReturnValue), Malformed> {
        let mut r = Reader::new(message);
        let head = header::Response::any(&mut r)?;
        let outcome = list::outcome(&mut r)?;
        // What failed is short, and may have another shape.
        if outcome.failed() || outcome.has_extension() || head.function != Function::Explore {
            return Response::read(&mut Reader::new(message), cx).map(|it| (it.head.function, it.outcome));
        }
        r.u32("object")?;
        if cx.integrity.unwrap_or_else(|| cx.may()) {
            vlq::u32(&mut r, "integrity id")?;
        }
        objects(&mut r)?;
        Tail::read(&mut r, cx.bare(), tail::FILL)?;
        Ok((head.function, outcome))
    }
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        header::Head::Response(self.head).write(out);
        vlq::put_u64(out, self.outcome.0);
        self.reply.write(self.extension.as_ref(), &self.tail, out);
    }
}

impl Receipt {
    /// Takes a receipt: all that is left.
    pub fn read(r: &mut Reader<'_>, cx: Context) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a short response");
        let header::Head::Response2(head) = header::Head::read(r)? else { return Err(bad) };
        let outcome = list::outcome(r)?;
        Ok(Self { head, outcome, tail: Tail::read(r, cx.bare(), tail::FILL)? })
    }
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        header::Head::Response2(self.head).write(out);
        vlq::put_u64(out, self.outcome.0);
        self.tail.write(out);
    }
}

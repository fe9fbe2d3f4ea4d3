//! Heads of messages.
//!
//! ```text
//!  31 | 0000 | function 2 | 0000 | sequence 2 | session 4 | flags      request, 14 octets
//!  32 | 0000 | function 2 | 0000 | sequence 2 | flags                  response, 10 octets; 02 from an old S7-1200
//! ```
use super::code::{Function, Opcode};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

crate::codes! {
    /// Transport flags: 04, 10 and 20 in every message, 02 where a session is made and by engineering stations, 40 where no
    /// response is wanted.
    pub struct Flags(u8) {
        /// `InitSSL`, both ways.
        InitSsl = 0x30,
        /// Requests and responses.
        Usual = 0x34,
        /// The session's `CreateObject`, both ways.
        Create = 0x36,
        /// A request that wants no response.
        NoResponse = 0x74,
    }
}

impl Flags {
    /// Is a response wanted?
    pub const fn wants_response(self) -> bool {
        self.0 & 0x40 == 0
    }
}

/// The head of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked.
    pub function: Function,
    /// Counted by the client, from 1; behind 65535 comes 1.
    pub sequence: u16,
    /// Relation id of the session; 288, or 0 from some, before there is one.
    pub session: u32,
    /// Transport flags.
    pub flags: Flags,
}

/// The head of a response. It names no session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Response {
    /// 32, or 02 from an old S7-1200 where no response was wanted.
    pub opcode: Opcode,
    /// That of the request, or Error.
    pub function: Function,
    /// That of the request.
    pub sequence: u16,
    /// Transport flags.
    pub flags: Flags,
}

/// Two octets that are 0 in every message seen.
fn zeros(r: &mut Reader<'_>) -> Result<(), Malformed> {
    let bad = r.bad("reserved octets of the head");
    if r.u16("reserved octets of the head")? == 0 { Ok(()) } else { Err(bad) }
}

impl Wire<'_> for Request {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a request");
        if Opcode(r.u8("opcode")?) != Opcode::Request {
            return Err(bad);
        }
        zeros(r)?;
        let function = Function(r.u16("function")?);
        zeros(r)?;
        let (sequence, session) = (r.u16("sequence number")?, r.u32("session")?);
        Ok(Self { function, sequence, session, flags: Flags(r.u8("transport flags")?) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let ([f0, f1], [s0, s1]) = (self.function.0.to_be_bytes(), self.sequence.to_be_bytes());
        out.extend_from_slice(&[Opcode::Request.0, 0, 0, f0, f1, 0, 0, s0, s1]);
        out.extend_from_slice(&self.session.to_be_bytes());
        out.push(self.flags.0);
    }
}

impl Wire<'_> for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a response");
        let opcode = Opcode(r.u8("opcode")?);
        if !matches!(opcode, Opcode::Response | Opcode::Response2) {
            return Err(bad);
        }
        zeros(r)?;
        let function = Function(r.u16("function")?);
        zeros(r)?;
        let sequence = r.u16("sequence number")?;
        Ok(Self { opcode, function, sequence, flags: Flags(r.u8("transport flags")?) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let ([f0, f1], [s0, s1]) = (self.function.0.to_be_bytes(), self.sequence.to_be_bytes());
        out.extend_from_slice(&[self.opcode.0, 0, 0, f0, f1, 0, 0, s0, s1, self.flags.0]);
    }
}

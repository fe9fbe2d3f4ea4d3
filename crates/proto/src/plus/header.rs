//! What stands before the body: of requests fourteen octets, of responses ten.
//!
//! ```text
//!  31 | 0000 | function 2 | 0000 | sequence 2 | session 4 | flags        request
//!  32 | 0000 | function 2 | 0000 | sequence 2 | flags                    response
//! ```
use super::code::{Function, Opcode};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// Transport flags. Nobody looks at those of a response.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Flags(pub u8);

impl Flags {
    /// Of every message that is not one of the others.
    pub const USUAL: Self = Self(0x34);
    /// Of `InitSSL`, both ways.
    pub const INIT_SSL: Self = Self(0x30);
    /// Of the session's `CreateObject`, both ways.
    pub const CREATE_SESSION: Self = Self(0x36);
    /// No response is wanted.
    pub const NO_RESPONSE: Self = Self(0x74);
}

/// The head of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub function: Function,
    /// Counts requests.
    pub sequence: u16,
    /// 288 before there is one.
    pub session: u32,
    /// As of all others.
    pub flags: Flags,
}

/// The head of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Response {
    /// [`Opcode::Response`] or [`Opcode::Response2`].
    pub opcode: Opcode,
    /// That of the request.
    pub function: Function,
    /// That of the request.
    pub sequence: u16,
    /// Nobody looks at them.
    pub flags: Flags,
}

impl Wire<'_> for Request {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("head of a request");
        let [op, 0, 0, f0, f1, 0, 0, s0, s1] = r.array("head of a request")? else { return Err(bad) };
        if Opcode(op) != Opcode::Request {
            return Err(bad);
        }
        let (function, sequence) = (Function(u16::from_be_bytes([f0, f1])), u16::from_be_bytes([s0, s1]));
        Ok(Self { function, sequence, session: r.u32("session")?, flags: Flags(r.u8("flags")?) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, Opcode::Request, self.function, self.sequence);
        out.extend_from_slice(&self.session.to_be_bytes());
        out.push(self.flags.0);
    }
}

impl Wire<'_> for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("head of a response");
        let [op, 0, 0, f0, f1, 0, 0, s0, s1, flags] = r.array("head of a response")? else { return Err(bad) };
        let opcode = Opcode(op);
        if opcode != Opcode::Response && opcode != Opcode::Response2 {
            return Err(bad);
        }
        let (function, sequence) = (Function(u16::from_be_bytes([f0, f1])), u16::from_be_bytes([s0, s1]));
        Ok(Self { opcode, function, sequence, flags: Flags(flags) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, self.opcode, self.function, self.sequence);
        out.push(self.flags.0);
    }
}

fn put(out: &mut Vec<u8>, opcode: Opcode, function: Function, sequence: u16) {
    let ([f0, f1], [s0, s1]) = (function.0.to_be_bytes(), sequence.to_be_bytes());
    out.extend_from_slice(&[opcode.0, 0, 0, f0, f1, 0, 0, s0, s1]);
}

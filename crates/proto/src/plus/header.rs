//! The head of a PDU: what it is, what it is about, and which request it belongs to.
//!
//! ```text
//!  31 0000 function 0000 sequence session 4 flags 1        request: 14 octets
//!  32 0000 function 0000 sequence flags 1                  response: 10 octets, 02: a short one of an S7-1200 FW 2
//!  33                                                      notification: what follows is its own
//! ```
use super::code::{Function, Opcode};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;
use core::fmt;

/// The session before there is one: of `InitSSL` and of the session's `CreateObject`.
pub const NULL_SESSION: u32 = 288;

/// Transport flags. What most bits say is not known; these are the combinations that are seen.
#[derive(Clone, Copy, Eq, PartialEq, Hash)]
pub struct TransportFlags(pub u8);

impl TransportFlags {
    /// Of nearly everything, both ways.
    pub const NORMAL: Self = Self(0x34);
    /// Of `InitSSL`, both ways.
    pub const INIT_SSL: Self = Self(0x30);
    /// Of the session's `CreateObject`, both ways; engineering stations use it elsewhere, too, and are answered with
    /// [`TransportFlags::NORMAL`].
    pub const SESSION: Self = Self(0x36);
    /// Of a request that wants no answer. Current CPUs send none, an S7-1200 FW 2 a short one (opcode 02).
    pub const NO_ANSWER: Self = Self(0x74);

    /// Does a request with these flags want an answer?
    pub const fn wants_answer(self) -> bool {
        self.0 & 0x40 == 0
    }
}

impl fmt::Debug for TransportFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

impl fmt::Display for TransportFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a client asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request {
    /// What for.
    pub function: Function,
    /// The asker's number for it, repeated in the answer: 1 first, 1 again behind 65535. Servers echo it and check nothing.
    pub sequence: u16,
    /// The first id that `CreateObject` gave; [`NULL_SESSION`] before.
    pub session: u32,
    /// Says whether an answer is due.
    pub flags: TransportFlags,
    /// In front of the function and behind it: zeros from everybody we know.
    pub reserved: [u16; 2],
}

impl Request {
    /// Octets of it.
    pub const LEN: usize = 14;
    /// An ordinary one within a session.
    pub const fn new(function: Function, sequence: u16, session: u32) -> Self {
        Self { function, sequence, session, flags: TransportFlags::NORMAL, reserved: [0; 2] }
    }
    /// The head of the answer to it: the same function, number and flags. There is no session in it.
    pub const fn response(&self) -> Response {
        let Self { function, sequence, flags, .. } = *self;
        Response { function, sequence, flags, reserved: [0; 2] }
    }
}

/// What a CPU answers; the flags are not looked at by any client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Response {
    /// That of the request.
    pub function: Function,
    /// That of the request.
    pub sequence: u16,
    /// Those of the request, mostly.
    pub flags: TransportFlags,
    /// In front of the function and behind it: zeros from everybody we know.
    pub reserved: [u16; 2],
}

impl Response {
    /// Octets of it.
    pub const LEN: usize = 10;
    /// Takes the head of a message that has to be a response, of opcode 32 or 02.
    pub(super) fn any(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a response");
        match Head::read(r)? {
            Head::Response(head) | Head::Response2(head) => Ok(head),
            _ => Err(bad),
        }
    }
}

/// The head of any PDU.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Head {
    /// `31`
    Request(Request),
    /// `32`
    Response(Response),
    /// `02`
    Response2(Response),
    /// `33`: the subscription comes next.
    Notification,
    /// A PDU we know nothing of.
    Other(Opcode),
}

impl Head {
    /// The first octet.
    pub const fn opcode(&self) -> Opcode {
        match self {
            Self::Request(_) => Opcode::Request,
            Self::Response(_) => Opcode::Response,
            Self::Response2(_) => Opcode::Response2,
            Self::Notification => Opcode::Notification,
            Self::Other(opcode) => *opcode,
        }
    }
}

impl Wire<'_> for Request {
    /// Behind the opcode.
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [z0, z1, f0, f1, z2, z3, n0, n1, s0, s1, s2, s3, flags] = r.array("head of a request")?;
        Ok(Self {
            function: Function(u16::from_be_bytes([f0, f1])),
            sequence: u16::from_be_bytes([n0, n1]),
            session: u32::from_be_bytes([s0, s1, s2, s3]),
            flags: TransportFlags(flags),
            reserved: [u16::from_be_bytes([z0, z1]), u16::from_be_bytes([z2, z3])],
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let ([z0, z1], [z2, z3]) = (self.reserved[0].to_be_bytes(), self.reserved[1].to_be_bytes());
        let ([f0, f1], [n0, n1]) = (self.function.0.to_be_bytes(), self.sequence.to_be_bytes());
        let [s0, s1, s2, s3] = self.session.to_be_bytes();
        out.extend_from_slice(&[z0, z1, f0, f1, z2, z3, n0, n1, s0, s1, s2, s3, self.flags.0]);
    }
}

impl Wire<'_> for Response {
    /// Behind the opcode.
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [z0, z1, f0, f1, z2, z3, n0, n1, flags] = r.array("head of a response")?;
        Ok(Self {
            function: Function(u16::from_be_bytes([f0, f1])),
            sequence: u16::from_be_bytes([n0, n1]),
            flags: TransportFlags(flags),
            reserved: [u16::from_be_bytes([z0, z1]), u16::from_be_bytes([z2, z3])],
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let ([z0, z1], [z2, z3]) = (self.reserved[0].to_be_bytes(), self.reserved[1].to_be_bytes());
        let ([f0, f1], [n0, n1]) = (self.function.0.to_be_bytes(), self.sequence.to_be_bytes());
        out.extend_from_slice(&[z0, z1, f0, f1, z2, z3, n0, n1, self.flags.0]);
    }
}

impl Wire<'_> for Head {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match Opcode(r.u8("opcode")?) {
            Opcode::Request => Self::Request(Request::read(r)?),
            Opcode::Response => Self::Response(Response::read(r)?),
            Opcode::Response2 => Self::Response2(Response::read(r)?),
            Opcode::Notification => Self::Notification,
            other => Self::Other(other),
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.opcode().0);
        match self {
            Self::Request(request) => request.write(out),
            Self::Response(response) | Self::Response2(response) => response.write(out),
            Self::Notification | Self::Other(_) => {}
        }
    }
}

/// As a trace shows it: `request GetMultiVariables #7 of session 70000cb8, flags 34`.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, function, sequence, flags, [a, b]) = match self {
            Self::Request(r) => ("request", r.function, r.sequence, r.flags, r.reserved),
            Self::Response(r) => ("response", r.function, r.sequence, r.flags, r.reserved),
            Self::Response2(r) => ("short response", r.function, r.sequence, r.flags, r.reserved),
            Self::Notification => return f.write_str("notification"),
            Self::Other(opcode) => return write!(f, "PDU of opcode {opcode}"),
        };
        write!(f, "{what} {function} #{sequence}")?;
        if let Self::Request(request) = self {
            write!(f, " of session {:08x}", request.session)?;
        }
        write!(f, ", flags {flags}")?;
        if (a, b) == (0, 0) { Ok(()) } else { write!(f, ", reserved {a:04x} {b:04x}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn both_ways() {
        let octets = [0x31, 0, 0, 5, 0x4c, 0, 0, 0, 7, 0x70, 0, 0x0c, 0xb8, 0x34];
        let head = Head::read(&mut Reader::new(&octets)).unwrap();
        let request = Request::new(Function::GetMultiVariables, 7, 0x7000_0cb8);
        assert_eq!(head, Head::Request(request));
        assert_eq!(head.to_string(), "request GetMultiVariables #7 of session 70000cb8, flags 34");
        let mut out = Vec::new();
        Head::Response(request.response()).write(&mut out);
        assert_eq!(out, [0x32, 0, 0, 5, 0x4c, 0, 0, 0, 7, 0x34]);
        assert_eq!(out.len(), Response::LEN);
        out.clear();
        head.write(&mut out);
        assert_eq!((out.as_slice(), out.len()), (&octets[..], Request::LEN));
    }

    #[test]
    fn what_is_strange_survives() {
        for octets in [&[0x32, 1, 2, 9, 9, 3, 4, 0, 7, 0xff][..], &[0x33], &[0x77]] {
            let (head, mut out) = (Head::read(&mut Reader::new(octets)).unwrap(), Vec::new());
            head.write(&mut out);
            assert_eq!(out, octets);
        }
        let strange = Head::read(&mut Reader::new(&[2, 1, 2, 9, 9, 3, 4, 0, 7, 0xff])).unwrap();
        assert_eq!(strange.to_string(), "short response Function(0x909) #7, flags ff, reserved 0102 0304");
        assert!(!TransportFlags::NO_ANSWER.wants_answer() && TransportFlags::SESSION.wants_answer());
        assert_eq!(
            Head::read(&mut Reader::new(&[0x31, 0])),
            Err(Malformed { what: "head of a request", at: 1 })
        );
    }
}

//! System events: what a CPU says of itself between other frames.
//!
//! ```text
//!  0 4 | octets acknowledged 4 | 0 4 | 0 4
//!  then nothing, or a text (LOGOUT), or:
//!  0000 0017 | struct id 4 | (member id 4 | 000000 type | value) ... | 0 4        all numbers of fixed width
//! ```
use crate::error::Error;
use crate::plus::outcome::ReturnValue;
use crate::wire::{Malformed, Reader};
use alloc::vec::Vec;
use core::fmt;

/// A system event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SystemEvent<'a> {
    /// Octets that the CPU has acknowledged so far: the sum of the lengths in the heads it has received.
    pub acknowledged: u32,
    /// The three words around it, 0 in all that were seen.
    pub reserved: [u32; 3],
    /// What follows.
    pub more: More<'a>,
}

/// What follows the four words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum More<'a> {
    /// Nothing.
    Nothing,
    /// A struct.
    Struct {
        /// 40300.
        id: u32,
        /// Its members.
        members: Vec<Member>,
    },
    /// A text, or octets that nobody knows.
    Text(&'a [u8]),
}

/// A member of an event's struct.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Member {
    /// 40302 session, 40303 opcode of the request, 40304 its sequence number, 40305 return value.
    pub id: u32,
    /// The number that tells its width: as types of values.
    pub kind: u8,
    /// The value.
    pub value: u64,
}

/// Members of one event. Four are known.
const MEMBERS: usize = 32;

const STRUCT: u32 = 0x17;
const RETURN_VALUE: u32 = 40305;

/// Octets of a value of that type.
const fn width(kind: u8) -> Option<usize> {
    Some(match kind {
        0x01 | 0x02 | 0x06 | 0x0a => 1,
        0x03 | 0x07 | 0x0b => 2,
        0x04 | 0x08 | 0x0c | 0x12 | 0x13 => 4,
        0x05 | 0x09 | 0x0d => 8,
        _ => return None,
    })
}

impl<'a> SystemEvent<'a> {
    /// Takes an event: all of `octets`.
    pub fn read(octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(octets);
        let first = r.u32("system event")?;
        let acknowledged = r.u32("octets acknowledged")?;
        let reserved = [first, r.u32("system event")?, r.u32("system event")?];
        let mut ahead = r.clone();
        let more = match ahead.u32("struct") {
            Ok(STRUCT) => {
                let id = ahead.u32("struct id")?;
                let mut members = Vec::new();
                loop {
                    let member = ahead.u32("member id")?;
                    if member == 0 {
                        break;
                    }
                    let bad = ahead.bad("type of a member");
                    let [z0, z1, z2, kind] = ahead.array("type of a member")?;
                    let width = width(kind).filter(|_| [z0, z1, z2] == [0; 3] && members.len() < MEMBERS).ok_or(bad)?;
                    let value = ahead.take(width, "value of a member")?;
                    let value = value.iter().fold(0, |value: u64, octet| value << 8 | u64::from(*octet));
                    members.push(Member { id: member, kind, value });
                }
                ahead.end("octets behind a system event")?;
                More::Struct { id, members }
            }
            _ if r.left() == 0 => More::Nothing,
            _ => More::Text(r.rest()),
        };
        Ok(Self { acknowledged, reserved, more })
    }
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let [first, third, fourth] = self.reserved;
        for word in [first, self.acknowledged, third, fourth] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        match &self.more {
            More::Nothing => {}
            More::Text(text) => out.extend_from_slice(text),
            More::Struct { id, members } => {
                out.extend_from_slice(&STRUCT.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
                for Member { id, kind, value } in members {
                    out.extend_from_slice(&id.to_be_bytes());
                    out.extend_from_slice(&[0, 0, 0, *kind]);
                    let octets = value.to_be_bytes();
                    let skip = octets.len() - width(*kind).unwrap_or(0);
                    out.extend_from_slice(octets.get(skip..).unwrap_or_default());
                }
                out.extend_from_slice(&[0; 4]);
            }
        }
    }
    /// Why the CPU is about to drop the session, if it is: a return value below 0.
    pub fn fatal(&self) -> Option<ReturnValue> {
        let More::Struct { members, .. } = &self.more else { return None };
        let value = members.iter().find(|member| member.id == RETURN_VALUE)?.value;
        (value >> 63 != 0).then_some(ReturnValue(value))
    }
    /// Does the CPU say that the session is over?
    pub fn is_logout(&self) -> bool {
        self.more == More::Text(b"LOGOUT")
    }
}

impl fmt::Display for SystemEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system event, {} octets acknowledged", self.acknowledged)?;
        match &self.more {
            More::Nothing => Ok(()),
            More::Text(text) => write!(f, ", {:?}", alloc::string::String::from_utf8_lossy(text)),
            More::Struct { id, members } => {
                write!(f, ", struct {id}")?;
                members.iter().try_for_each(|m| write!(f, ", {} = {:#x}", crate::plus::id::Id(m.id), m.value))
            }
        }
    }
}

/// What a client makes of an event: nothing, or the end of the session.
pub(super) fn check(octets: &[u8]) -> Result<(), Error> {
    let event = SystemEvent::read(octets)?;
    match event.fatal() {
        Some(outcome) => Err(Error::Dropped(outcome)),
        None if event.is_logout() => Err(Error::Dropped(ReturnValue::OK)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn as_they_were_seen() {
        let words = [0, 0, 0, 0, 0, 0, 2, 0xfb, 0, 0, 0, 0, 0, 0, 0, 0];
        let with = |more: &[u8]| [&words[..], more].concat();
        let fatal = [0, 0, 0, 0x17, 0, 0, 0x9d, 0x6c, 0, 0, 0x9d, 0x71, 0, 0, 0, 9, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0];
        for (octets, dead) in [
            (words.to_vec(), false),
            (with(b"LOGOUT"), false),
            (with(&[0, 0, 0, 0x17, 0, 0, 0x9d, 0x6c, 0, 0, 0, 0]), false),
            (with(&fatal), true),
        ] {
            let event = SystemEvent::read(&octets).unwrap();
            assert_eq!((event.acknowledged, event.fatal().is_some()), (0x2fb, dead));
            let mut out = vec![0xa5];
            event.write(&mut out);
            assert_eq!(out[1..], octets);
        }
        assert!(check(&with(b"LOGOUT")).is_err());
        assert!(SystemEvent::read(&with(&fatal[..20])).is_err());
    }
}

//! System events: what a CPU says of the connection itself, in numbers of fixed width.
//!
//! ```text
//!  0 4 | acknowledged 4 | 0 4 | 0 4 |                        always
//!  text                                                      as LOGOUT
//!  00000017 id 4 | member* | 00000000                        or a struct; the zeros at its end may be missing
//!                  id 4 type 4 value                         value: as wide as its type
//! ```
use super::id::Id;
use super::outcome::ReturnValue;
use crate::error::Error;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;
use core::fmt;

/// A system event. A CPU may send one at any time, in frames of version FE.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SystemEvent<'a> {
    /// How many octets the CPU took so far: the sum of the lengths in the heads of the frames.
    pub acknowledged: u32,
    /// The words around it: zeros in all that were seen.
    pub reserved: [u32; 3],
    /// What else it says.
    pub note: Note<'a>,
}

/// What an event says beside its numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Note<'a> {
    /// Text, or octets that are no struct; none at all in most events.
    Text(&'a [u8]),
    /// A struct.
    Struct {
        /// Which: [`Id::SystemEvent`].
        id: Id,
        /// As many as are understood.
        members: Vec<Member<'a>>,
        /// Is the end of the list said?
        ended: bool,
        /// What stands behind, from the first member on whose type is not known.
        rest: &'a [u8],
    },
}

/// One member of an event's struct.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Member<'a> {
    /// Which.
    pub id: Id,
    /// The number of its type, one of those of a value.
    pub ty: u32,
    /// Big-endian, 1, 2, 4 or 8 octets of it; none of type 0.
    pub value: &'a [u8],
}

impl Member<'_> {
    /// The number, if it is an integer or a string of bits. Above the range of `i64` it is negative, as in [`Member::ty`] 5.
    pub fn number(&self) -> Option<i64> {
        let bits = self.value.iter().fold(0, |bits, octet| bits << 8 | i64::from(*octet));
        let unused = 64 - 8 * u32::try_from(self.value.len()).ok().filter(|n| (1..=8).contains(n))?;
        match self.ty {
            6..=9 => Some(bits << unused >> unused),
            0x0e..=0x0f => None,
            _ => Some(bits),
        }
    }
}

impl SystemEvent<'_> {
    /// An event that says how much was taken, and nothing else.
    pub const fn acknowledging(octets: u32) -> Self {
        Self { acknowledged: octets, reserved: [0; 3], note: Note::Text(&[]) }
    }
    /// What the struct says in its member 40305: below zero, the CPU is about to close the session.
    pub fn return_value(&self) -> Option<i64> {
        let Note::Struct { members, .. } = &self.note else { return None };
        members.iter().find(|member| member.id == Id::SystemEventReturnValue)?.number()
    }
    /// Is the CPU about to close the session?
    pub fn is_fatal(&self) -> bool {
        self.return_value().is_some_and(|value| value < 0)
    }
    /// What it says in text, as `LOGOUT`.
    pub fn text(&self) -> Option<&str> {
        match self.note {
            Note::Text(text) if !text.is_empty() => core::str::from_utf8(text).ok(),
            _ => None,
        }
    }
}

/// What a client makes of an event: nothing, or the end of the session.
pub(super) fn check(octets: &[u8]) -> Result<(), Error> {
    let event = SystemEvent::read(&mut Reader::new(octets))?;
    match event.return_value().filter(|value| *value < 0) {
        Some(value) => Err(Error::Dropped(ReturnValue(value.cast_unsigned()))),
        None if event.text() == Some("LOGOUT") => Err(Error::Dropped(ReturnValue::OK)),
        None => Ok(()),
    }
}

/// What stands where a struct begins.
const STRUCT: u32 = 0x17;

/// Octets of a value, by the number of its type; `None` if it is not known.
const fn width(ty: u32) -> Option<usize> {
    Some(match ty {
        0x00 => 0,
        0x01 | 0x02 | 0x06 | 0x0a => 1,
        0x03 | 0x07 | 0x0b => 2,
        0x04 | 0x08 | 0x0c | 0x0e | 0x12 | 0x13 => 4,
        0x05 | 0x09 | 0x0d | 0x0f | 0x10 | 0x11 => 8,
        _ => return None,
    })
}

impl<'a> Note<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let is_struct = r.peek().starts_with(&STRUCT.to_be_bytes());
        if !is_struct {
            return Ok(Self::Text(r.rest()));
        }
        r.u32("mark of a struct")?;
        let (id, mut members, mut ended) = (Id(r.u32("id of an event's struct")?), Vec::new(), false);
        while r.left() > 0 && !ended {
            // Ahead of what may stay unread.
            let mut ahead = r.clone();
            match ahead.u32("id of an event's member")? {
                0 => ended = true,
                id => {
                    let ty = ahead.u32("type of an event's member")?;
                    let Some(width) = width(ty) else { break };
                    let value = ahead.take(width, "value of an event's member")?;
                    members.push(Member { id: Id(id), ty, value });
                }
            }
            *r = ahead;
        }
        Ok(Self::Struct { id, members, ended, rest: r.rest() })
    }
}

impl<'a> Wire<'a> for SystemEvent<'a> {
    /// All that is left in `r`.
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let first = r.u32("first word of a system event")?;
        let acknowledged = r.u32("octets that a system event acknowledges")?;
        let reserved =
            [first, r.u32("third word of a system event")?, r.u32("fourth word of a system event")?];
        Ok(Self { acknowledged, reserved, note: Note::read(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let [first, third, fourth] = self.reserved;
        for word in [first, self.acknowledged, third, fourth] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        match &self.note {
            Note::Text(text) => out.extend_from_slice(text),
            Note::Struct { id, members, ended, rest } => {
                out.extend_from_slice(&STRUCT.to_be_bytes());
                out.extend_from_slice(&id.0.to_be_bytes());
                for member in members {
                    out.extend_from_slice(&member.id.0.to_be_bytes());
                    out.extend_from_slice(&member.ty.to_be_bytes());
                    out.extend_from_slice(member.value);
                }
                if *ended {
                    out.extend_from_slice(&[0; 4]);
                }
                out.extend_from_slice(rest);
            }
        }
    }
}

/// As a trace shows it: `system event: 763 octets taken`.
impl fmt::Display for SystemEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system event: {} octets taken", self.acknowledged)?;
        if self.reserved != [0; 3] {
            write!(f, ", reserved {:x?}", self.reserved)?;
        }
        match &self.note {
            Note::Text([]) => Ok(()),
            Note::Text(octets) => match self.text() {
                Some(text) => write!(f, ", {text:?}"),
                None => write!(f, ", {octets:02x?}"),
            },
            Note::Struct { id, members, rest, .. } => {
                write!(f, ", {id} {{")?;
                for (i, member) in members.iter().enumerate() {
                    write!(f, "{} {}: ", if i == 0 { "" } else { "," }, member.id)?;
                    match member.number() {
                        Some(number) => write!(f, "{number}")?,
                        None => write!(f, "{:02x?}", member.value)?,
                    }
                }
                f.write_str(" }")?;
                if !rest.is_empty() {
                    write!(f, ", then {rest:02x?}")?;
                }
                f.write_str(if self.is_fatal() { ": the CPU closes the session" } else { "" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn event(octets: &[u8]) -> SystemEvent<'_> {
        let (event, mut out) = (SystemEvent::read(&mut Reader::new(octets)).unwrap(), vec![]);
        event.write(&mut out);
        assert_eq!(out, octets);
        event
    }

    #[test]
    fn as_seen() {
        let taken = words(&[0, 0x2f6, 0, 0]);
        assert_eq!(event(&taken), SystemEvent::acknowledging(758));
        assert_eq!(event(&taken).to_string(), "system event: 758 octets taken");
        let empty = words(&[0, 0x2fb, 0, 0, 0x17, 0x9d6c, 0]);
        assert_eq!(event(&empty).to_string(), "system event: 763 octets taken, SystemEvent { }");
        assert!(!event(&empty).is_fatal());
        let fatal = words(&[0, 0, 0, 0, 0x17, 0x9d6c, 0x9d71, 9, !0, !0]);
        assert_eq!(
            event(&fatal).to_string(),
            "system event: 0 octets taken, SystemEvent { SystemEventReturnValue: -1 }: the CPU closes the session"
        );
        assert_eq!((event(&fatal).return_value(), event(&fatal).is_fatal()), (Some(-1), true));
        let text = [&words(&[0, 9, 0, 0])[..], b"LOGOUT"].concat();
        assert_eq!(event(&text).text(), Some("LOGOUT"));
        assert_eq!(event(&text).to_string(), "system event: 9 octets taken, \"LOGOUT\"");
    }

    #[test]
    fn what_is_not_known_survives() {
        // A session, a member nobody knows, one of a type nobody knows, and what may come behind that.
        let strange = words(&[1, 2, 3, 4, 0x17, 7, 0x9d6e, 4, 0x7000_0001, 40399, 0, 5, 0x99, 1, 2, 3]);
        let Note::Struct { id, members, ended, rest } = event(&strange).note else { panic!() };
        assert_eq!((id, members.len(), ended, rest.len()), (Id(7), 2, false, 20));
        assert_eq!((members[0].id, members[0].number()), (Id::SystemEventSessionId, Some(0x7000_0001)));
        assert_eq!((members[1].value, members[1].number()), (&[][..], None));
        let behind = words(&[0, 0, 0, 0, 0x17, 0x9d6c, 0, 0xdead]);
        let Note::Struct { ended: true, rest, .. } = event(&behind).note else { panic!() };
        assert_eq!(rest.len(), 4);
    }

    #[test]
    fn positive_is_not_fatal_and_narrow_numbers_have_a_sign() {
        let fine = words(&[0, 0, 0, 0, 0x17, 0x9d6c, 0x9d71, 9, 0, 17, 0]);
        assert_eq!((event(&fine).return_value(), event(&fine).is_fatal()), (Some(17), false));
        let member = |ty, value| Member { id: Id(1), ty, value }.number();
        assert_eq!((member(6, &[0xff]), member(2, &[0xff])), (Some(-1), Some(255)));
        assert_eq!((member(7, &[0x80, 0]), member(0x0e, &[0; 4])), (Some(-32768), None));
    }

    #[test]
    fn cut_short() {
        let fatal = words(&[0, 0, 0, 0, 0x17, 0x9d6c, 0x9d71, 9, !0, !0]);
        let bad = |n: usize| SystemEvent::read(&mut Reader::new(&fatal[..n])).map(|_| ()).unwrap_err();
        assert_eq!(bad(7), Malformed { what: "octets that a system event acknowledges", at: 4 });
        assert_eq!(bad(20), Malformed { what: "id of an event's struct", at: 20 });
        assert_eq!(bad(27), Malformed { what: "id of an event's member", at: 24 });
        assert_eq!(bad(36), Malformed { what: "value of an event's member", at: 32 });
    }
}

//! The framing of everything that is no job: system state lists, clock, blocks, messages.
//!
//! ```text
//!  00 01 12 | 04 | method | type, group | function | sequence                                  parameter, short
//!  00 01 12 | 08 | method | type, group | function | sequence | unit | more | error 2          parameter, long
//!  ff 09 length 2 payload                                                                      data
//!  0a 00 0000                                                                                  data, none
//! ```
use super::vars::{DataSize, data_head};
use super::{ErrorCode, Pdu, ReturnCode};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

crate::codes! {
    /// Who says it: high four bits of the fifth parameter octet.
    pub struct Direction(u8) { Push = 0, Request = 4, Response = 8, NcPush = 3, NcRequest = 7, NcResponse = 0x0b }
}
crate::codes! {
    /// What it is about: low four bits of the fifth parameter octet.
    pub struct Group(u8) {
        Mode = 0, Programmer = 1, Cyclic = 2, Blocks = 3, Cpu = 4, Security = 5, Pbc = 6, Time = 7, NcProgramming = 0x0f,
    }
}

/// Function of [`Group::Cpu`]: read a system state list.
pub const READ_SZL: u8 = 1;

/// Function of [`Group::Time`]: read the clock.
pub const READ_CLOCK: u8 = 1;

/// The clock as it is read and set: `00 | century | DATE_AND_TIME 8`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Clock {
    /// 0.
    pub reserved: u8,
    /// 19 on every device seen, whatever the year: pass over it.
    pub century: u8,
    /// A `DATE_AND_TIME`: year, month, day, hour, minute, second, milliseconds and weekday, in BCD.
    pub time: [u8; 8],
}

impl Wire<'_> for Clock {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [reserved, century] = r.array("clock head")?;
        Ok(Self { reserved, century, time: r.array("clock")? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.reserved, self.century]);
        out.extend_from_slice(&self.time);
    }
}

/// The parameter part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Userdata {
    /// 11 with the short form, 12 with the long one.
    pub method: u8,
    /// Who says it.
    pub direction: Direction,
    /// What it is about.
    pub group: Group,
    /// Function within the group.
    pub function: u8,
    /// Counts the answers; a continuation repeats the last answer's.
    pub sequence: u8,
    /// The long form's fields.
    pub long: Option<Long>,
}

/// What only the long form has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Long {
    /// Data unit reference: not 0 and the same in all parts of one answer.
    pub unit: u8,
    /// 1: more follows, and must be asked for. 0: this is the last.
    pub more: u8,
    /// Why there is no data.
    pub error: ErrorCode,
}

impl Userdata {
    /// A first request.
    pub const fn request(group: Group, function: u8) -> Self {
        Self { method: 0x11, direction: Direction::Request, group, function, sequence: 0, long: None }
    }
    /// A request for the next part, after the answer with that sequence number.
    pub const fn next_part(group: Group, function: u8, sequence: u8) -> Self {
        let long = Some(Long { unit: 0, more: 0, error: ErrorCode::Ok });
        Self { method: 0x12, direction: Direction::Request, group, function, sequence, long }
    }
    /// The answer to `self`.
    pub const fn response(&self, sequence: u8, long: Long) -> Self {
        let Self { group, function, .. } = *self;
        Self { method: 0x12, direction: Direction::Response, group, function, sequence, long: Some(long) }
    }
    /// Reads the parameters of a userdata message.
    pub fn of(pdu: &Pdu<'_>) -> Result<Self, Malformed> {
        let mut r = pdu.params();
        let read = Self::read(&mut r)?;
        r.end("userdata parameter longer than its length says")?;
        Ok(read)
    }
}

impl Wire<'_> for Userdata {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("userdata parameter head (00 01 12)");
        let [0, 1, 0x12, len] = r.array("userdata parameter head")? else { return Err(bad) };
        let mut r = r.sub(len.into(), "userdata parameter shorter than its length says")?;
        let [method, kind, function, sequence] = r.array("userdata parameter")?;
        let long = match r.left() {
            0 => None,
            _ => Some(Long {
                unit: r.u8("data unit reference")?,
                more: r.u8("last data unit")?,
                error: ErrorCode(r.u16("parameter error")?),
            }),
        };
        r.end("userdata parameter of neither 4 nor 8 octets")?;
        let (direction, group) = (Direction(kind >> 4), Group(kind & 0x0f));
        Ok(Self { method, direction, group, function, sequence, long })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let kind = self.direction.0 << 4 | self.group.0 & 0x0f;
        let len = if self.long.is_some() { 8 } else { 4 };
        out.extend_from_slice(&[0, 1, 0x12, len, self.method, kind, self.function, self.sequence]);
        if let Some(Long { unit, more, error }) = self.long {
            let [e0, e1] = error.0.to_be_bytes();
            out.extend_from_slice(&[unit, more, e0, e1]);
        }
    }
}

/// The data part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Payload<'a> {
    /// ff with payload, 0a without; a python client says 0a with payload.
    pub code: ReturnCode,
    /// 09 with payload, 00 without.
    pub size: DataSize,
    /// The payload.
    pub data: &'a [u8],
}

impl<'a> Payload<'a> {
    /// `0a 00 0000`.
    pub const NONE: Self = Payload { code: ReturnCode::NoObject, size: DataSize::Null, data: &[] };

    /// Octets to carry.
    pub const fn new(data: &'a [u8]) -> Self {
        Self { code: ReturnCode::Ok, size: DataSize::Octets, data }
    }
    /// Reads the data of a userdata message.
    pub fn of(pdu: &Pdu<'a>) -> Result<Self, Malformed> {
        let mut r = pdu.datas();
        let read = Self::read(&mut r)?;
        r.end("octets behind the payload")?;
        Ok(read)
    }
}

impl<'a> Wire<'a> for Payload<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let [code, size, n0, n1] = r.array("payload head")?;
        let data = r.take(u16::from_be_bytes([n0, n1]).into(), "payload shorter than its length says")?;
        Ok(Self { code: ReturnCode(code), size: DataSize(size), data })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let [_, _, n0, n1] = data_head(self.code, DataSize::Octets, self.data.len());
        out.extend_from_slice(&[self.code.0, self.size.0, n0, n1]);
        out.extend_from_slice(self.data);
    }
}

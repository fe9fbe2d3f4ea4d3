//! Any message as one value: what decoders, traces and fuzzers see.
//!
//! The parts are the types that client and server work with; this only says which of them a message is made of. A message is
//! written back from its parts, so a difference to what was read shows an octet that no field accounts for.
use super::szl;
use super::userdata::{Clock, Direction, Group, Payload, READ_CLOCK, READ_SZL, Userdata};
use super::vars::{DataItem, Function, Head, Item, Setup};
use super::{ErrorCode, Kind, Pdu, ReturnCode};
use crate::wire::{Malformed, Wire};
use alloc::vec::Vec;

/// What a message says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// Setup communication, asked or granted.
    Setup(Setup),
    /// Read var: the items.
    Read(Vec<Item<'a>>),
    /// The answer to it. `count` is said apart from the items.
    ReadAnswer(Vec<DataItem<'a>>),
    /// Write var: the items and their data.
    Write(Vec<Item<'a>>, Vec<DataItem<'a>>),
    /// The answer to it: a code for each item.
    WriteAnswer(Vec<ReturnCode>),
    /// An answer that has an error in its header and nothing else.
    Refused(ErrorCode),
    /// Userdata that asks for a system state list.
    SzlRequest(Userdata, Payload<'a>, szl::Request),
    /// Userdata that asks for the next part of a list.
    SzlContinue(Userdata, Payload<'a>),
    /// Userdata with a list or its first part.
    SzlList(Userdata, Payload<'a>, szl::List<'a>),
    /// Userdata with a further part of a list: the octets behind what came before.
    SzlPart(Userdata, Payload<'a>),
    /// Userdata that asks for the clock.
    ClockRequest(Userdata, Payload<'a>),
    /// Userdata with the clock.
    Clock(Userdata, Payload<'a>, Clock),
    /// Userdata that refuses, or has nothing to say.
    UserdataRefused(Userdata, Payload<'a>),
    /// Anything else: its parameter and data stay as they are.
    Raw,
}

/// Why a message was not taken apart, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Complaint {
    /// It breaks its own rules.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// A number without a name stands there.
    #[error("unknown {what} {code:#x}")]
    Unknown {
        /// Which kind of number.
        what: &'static str,
        /// The number.
        code: u32,
    },
    /// Octets stand there that no field accounts for.
    #[error("{what}: {len} octet{} not understood", if *len == 1 { " is" } else { "s are" })]
    Raw {
        /// Where: the unit, the field, or behind what.
        what: &'static str,
        /// How many.
        len: usize,
    },
    /// The answer counts other items than it carries.
    #[error("{said} items are announced, {given} are there")]
    Count {
        /// As announced.
        said: usize,
        /// As given.
        given: usize,
    },
    /// A payload that is marked as none.
    #[error("a payload of {0} octets is marked as none (0a 00): python-snap7 does so")]
    MarkedAsNone(usize),
    /// A refusal by return code where an error code belongs.
    #[error("refused by return code {0:#04x} alone, with no error code: python-snap7's server does so")]
    RefusedByCode(u8),
    /// TLS that nobody opened.
    #[error("what follows is TLS, which stays closed")]
    Sealed,
}

impl<'a> Message<'a> {
    /// Takes a message apart. `part`: the peer was asked for a further part of a list, so its answer has no head.
    pub fn read(pdu: &Pdu<'a>, part: bool) -> Result<Self, Complaint> {
        match pdu.kind {
            Kind::Job => Self::read_job(pdu),
            Kind::Ack | Kind::AckData => Self::read_answer(pdu),
            Kind::Userdata => Self::read_userdata(pdu, part),
            Kind(code) => Err(Complaint::Unknown { what: "ROSCTR", code: code.into() }),
        }
    }

    fn read_job(pdu: &Pdu<'a>) -> Result<Self, Complaint> {
        let (mut r, mut data) = (pdu.params(), pdu.datas());
        let function = Function(pdu.param.first().copied().unwrap_or(0));
        let message = match function {
            Function::Setup => Self::Setup(Setup::read(&mut r)?),
            Function::Read => {
                let count = Head::read(&mut r)?.count;
                Self::Read(Item::list(count, &mut r).collect::<Result<_, _>>()?)
            }
            Function::Write => {
                let count = Head::read(&mut r)?.count;
                let items = Item::list(count, &mut r).collect::<Result<_, _>>()?;
                Self::Write(items, DataItem::list(count, &mut data).collect::<Result<_, _>>()?)
            }
            Function(code) => return Err(not_understood(function.name(), code, pdu)),
        };
        r.end("octets behind the parameter")?;
        data.end("octets behind the data")?;
        Ok(message)
    }

    fn read_answer(pdu: &Pdu<'a>) -> Result<Self, Complaint> {
        if pdu.param.is_empty() && pdu.data.is_empty() && pdu.error != ErrorCode::Ok {
            return Ok(Self::Refused(pdu.error));
        }
        let (mut r, mut data) = (pdu.params(), pdu.datas());
        let function = Function(pdu.param.first().copied().unwrap_or(0));
        let message = match function {
            Function::Setup => Self::Setup(Setup::read(&mut r)?),
            Function::Read => {
                let count = Head::read(&mut r)?.count;
                Self::ReadAnswer(DataItem::list(count, &mut data).collect::<Result<_, _>>()?)
            }
            Function::Write => {
                let said = Head::read(&mut r)?.count.into();
                let codes: Vec<_> = data.rest().iter().map(|code| ReturnCode(*code)).collect();
                if codes.len() != said {
                    return Err(Complaint::Count { said, given: codes.len() });
                }
                Self::WriteAnswer(codes)
            }
            Function(code) => return Err(not_understood(function.name(), code, pdu)),
        };
        r.end("octets behind the parameter")?;
        data.end("octets behind the data")?;
        Ok(message)
    }

    fn read_userdata(pdu: &Pdu<'a>, part: bool) -> Result<Self, Complaint> {
        let said = Userdata::of(pdu)?;
        let payload = Payload::of(pdu)?;
        if !matches!(payload.code, ReturnCode::Ok | ReturnCode::NoObject) {
            return Err(Complaint::RefusedByCode(payload.code.0));
        }
        if payload.code == ReturnCode::NoObject && !payload.data.is_empty() {
            return Err(Complaint::MarkedAsNone(payload.data.len()));
        }
        let error = said.long.map_or(ErrorCode::Ok, |long| long.error);
        if error != ErrorCode::Ok && payload == Payload::NONE {
            return Ok(Self::UserdataRefused(said, payload));
        }
        if (said.group, said.function) == (Group::Time, READ_CLOCK) {
            let mut r = crate::wire::Reader::within(payload.data, pdu.header() + pdu.param.len() + 4);
            return match said.direction {
                Direction::Request if payload == Payload::NONE => Ok(Self::ClockRequest(said, payload)),
                _ => {
                    let clock = Clock::read(&mut r)?;
                    r.end("octets behind the clock")?;
                    Ok(Self::Clock(said, payload, clock))
                }
            };
        }
        if (said.group, said.function) != (Group::Cpu, READ_SZL) {
            let name = said.group.name().map(|_| "userdata function");
            return Err(not_understood(name, said.function, pdu));
        }
        let at = pdu.header() + pdu.param.len() + 4;
        let mut r = crate::wire::Reader::within(payload.data, at);
        let message = match said.direction {
            Direction::Request if payload == Payload::NONE => Self::SzlContinue(said, payload),
            Direction::Request => {
                let request = szl::Request::read(&mut r)?;
                Self::SzlRequest(said, payload, request)
            }
            Direction::Response if part => {
                r.rest();
                Self::SzlPart(said, payload)
            }
            Direction::Response => Self::SzlList(said, payload, szl::List::read(&mut r)?),
            Direction(code) => return Err(Complaint::Unknown { what: "userdata type", code: code.into() }),
        };
        r.end("octets behind the payload")?;
        Ok(message)
    }

    /// Appends parameter and data, written from the parts. `false`: the message is raw, and nothing was appended.
    pub fn write(&self, param: &mut Vec<u8>, data: &mut Vec<u8>) -> bool {
        let head = |function: Function, count: usize| Head {
            function,
            count: u8::try_from(count).unwrap_or(u8::MAX),
        };
        match self {
            Self::Setup(setup) => setup.write(param),
            Self::Read(items) => {
                head(Function::Read, items.len()).write(param);
                write_items(items, param);
            }
            Self::ReadAnswer(items) => {
                head(Function::Read, items.len()).write(param);
                write_data(items, data);
            }
            Self::Write(items, values) => {
                head(Function::Write, items.len()).write(param);
                write_items(items, param);
                write_data(values, data);
            }
            Self::WriteAnswer(codes) => {
                head(Function::Write, codes.len()).write(param);
                data.extend(codes.iter().map(|code| code.0));
            }
            Self::Refused(_) => {}
            Self::SzlContinue(said, payload)
            | Self::SzlPart(said, payload)
            | Self::ClockRequest(said, payload)
            | Self::UserdataRefused(said, payload) => {
                said.write(param);
                payload.write(data);
            }
            Self::Clock(said, payload, clock) => write_content(said, *payload, clock, param, data),
            Self::SzlRequest(said, payload, request) => write_content(said, *payload, request, param, data),
            Self::SzlList(said, payload, list) => write_content(said, *payload, list, param, data),
            Self::Raw => return false,
        }
        true
    }
}

fn not_understood(name: Option<&'static str>, code: u8, pdu: &Pdu<'_>) -> Complaint {
    match name {
        Some(what) => Complaint::Raw { what, len: pdu.param.len() + pdu.data.len() },
        None => Complaint::Unknown { what: "function", code: code.into() },
    }
}

fn write_items(items: &[Item<'_>], out: &mut Vec<u8>) {
    for (i, item) in items.iter().enumerate() {
        let start = out.len();
        item.write(out);
        DataItem::fill(start, i + 1 < items.len(), out);
    }
}

fn write_data(items: &[DataItem<'_>], out: &mut Vec<u8>) {
    for (i, item) in items.iter().enumerate() {
        item.write(out);
        if i + 1 < items.len() && item.data.len() % 2 == 1 {
            out.push(item.fill);
        }
    }
}

fn write_content<'a>(
    said: &Userdata,
    payload: Payload<'_>,
    content: &impl Wire<'a>,
    param: &mut Vec<u8>,
    data: &mut Vec<u8>,
) {
    said.write(param);
    let mut octets = Vec::new();
    content.write(&mut octets);
    Payload { data: &octets, ..payload }.write(data);
}

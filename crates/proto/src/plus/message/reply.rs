//! The bodies of answers, behind the return value that all of them start with.
//!
//! ```text
//!  InitSSL              tail
//!  CreateObject         n octet | id ... | [object ...] | tail
//!  DeleteObject         object 4 | tail
//!  SetVariable          tail                                               SetVarSubStreamed, too
//!  GetVariable          value | tail
//!  SetMultiVariables    (number | return value) ... 00 | tail
//!  GetMultiVariables    (number | value) ... 00 | (number | return value) ... 00 | tail
//!  GetVarSubStreamed    00 | value | tail
//!  Explore              object 4 | [integrity id] | object ... | fill
//!  GetLink              n octet | object 4 ... | tail
//!  BeginSequence        0012 | id 4 | tail
//!  EndSequence          tail
//!  Invoke               2 return values | [a third] | (number | value) ... 00 | octet | tail
//!  Error, Error2        tail
//! ```
use super::super::code::Function;
use super::super::object::Object;
use super::super::outcome::ReturnValue;
use super::super::value::Value;
use super::super::vlq;
use super::ask::{ID, first_object};
use super::list;
use super::tail::{Context, FILL, Tail};
use crate::wire::{Malformed, Reader, Wire};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What an answer says, besides its return value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reply<'a> {
    /// Nothing more: functions that only say how it went, errors, and refusals of any function.
    Done,
    /// The ids that were given, and the session.
    CreateObject(CreateObject),
    /// What is no more.
    DeleteObject(DeleteObject),
    /// One attribute, by old S7-1200.
    GetVariable(GetVariable),
    /// What could not be written.
    SetMultiVariables(SetMultiVariables<'a>),
    /// What was read, and what could not be.
    GetMultiVariables(GetMultiVariables<'a>),
    /// One attribute.
    GetVarSubStreamed(GetVarSubStreamed),
    /// Objects.
    Explore(Explore),
    /// What an object is linked to.
    GetLink(GetLink),
    /// The transaction.
    BeginSequence(BeginSequence),
    /// What a method gives back.
    Invoke(Invoke<'a>),
    /// A function whose body nobody knows: all octets behind the return value, whatever ends them included.
    Other(&'a [u8]),
}

/// Answer to `CreateObject`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateObject {
    /// Relation ids, 255 at the most: of a session and its container of subscriptions, or of the one object.
    pub ids: Vec<u32>,
    /// The session, with the CPU's version. Empty for everything else.
    pub objects: Vec<Object>,
}

/// Answer to `DeleteObject`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeleteObject {
    /// Its relation id.
    pub object: u32,
}

/// Answer to `GetVariable`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetVariable {
    /// What was asked for.
    pub value: Value,
}

/// Answer to `SetMultiVariables`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetMultiVariables<'a> {
    /// Items that were not written, by their number from 1.
    pub failures: Cow<'a, [(u32, ReturnValue)]>,
}

/// Answer to `GetMultiVariables`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetMultiVariables<'a> {
    /// Items that were read, by their number from 1.
    pub values: Cow<'a, [(u32, Value)]>,
    /// Items that were not.
    pub failures: Cow<'a, [(u32, ReturnValue)]>,
}

/// Answer to `GetVarSubStreamed`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetVarSubStreamed {
    /// 0, always.
    pub unknown: u8,
    /// Null after an error.
    pub value: Value,
}

/// Answer to `Explore`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explore {
    /// Relation id where the answer starts; 0 after an error.
    pub object: u32,
    /// What was found.
    pub objects: Vec<Object>,
}

/// Answer to `GetLink`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GetLink {
    /// Relation ids, 255 at the most.
    pub objects: Vec<u32>,
}

/// Answer to `BeginSequence`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BeginSequence {
    /// The transaction's.
    pub id: u32,
}

/// Answer to `Invoke`. Known from two descriptions and no recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke<'a> {
    /// Return values behind the first.
    pub outcomes: [ReturnValue; 2],
    /// One more, which is there unless a result number 1 follows.
    pub last: Option<ReturnValue>,
    /// What it gives back, numbered from 1.
    pub results: Cow<'a, [(u32, Value)]>,
    /// An octet behind them.
    pub unknown: u8,
}

impl<'a> Reply<'a> {
    /// Takes the body of an answer to `function` and what ends it: all that is left behind the return value. `extension` is
    /// taken where that says so.
    pub(super) fn read(
        r: &mut Reader<'a>,
        function: Function,
        outcome: ReturnValue,
        cx: Context,
    ) -> Result<(Self, Option<Object>, Tail), Malformed> {
        let mut ahead = r.clone();
        match Self::whole(&mut ahead, function, outcome, cx) {
            Ok(told) => {
                *r = ahead;
                Ok(told)
            }
            // Who refuses may leave the body away.
            Err(malformed) if outcome.failed() => {
                let extension = extension(r, outcome)?;
                let tail = Tail::read(r, cx, FILL).map_err(|_| malformed)?;
                Ok((Self::Done, extension, tail))
            }
            Err(malformed) => Err(malformed),
        }
    }

    fn whole(
        r: &mut Reader<'a>,
        function: Function,
        outcome: ReturnValue,
        cx: Context,
    ) -> Result<(Self, Option<Object>, Tail), Malformed> {
        if function == Function::DeleteObject {
            let object = r.u32("object")?;
            let extension = extension(r, outcome)?;
            return Ok((Self::DeleteObject(DeleteObject { object }), extension, Tail::read(r, cx, FILL)?));
        }
        let extension = extension(r, outcome)?;
        let reply = match function {
            Function::InitSSL => return Ok((Self::Done, extension, Tail::read(r, cx.bare(), FILL)?)),
            Function::SetVariable
            | Function::SetVarSubStreamed
            | Function::EndSequence
            | Function::Error
            | Function::Error2 => Self::Done,
            Function::CreateObject => Self::CreateObject(CreateObject::read(r)?),
            Function::GetVariable => Self::GetVariable(GetVariable { value: Value::read(r)? }),
            Function::SetMultiVariables => {
                Self::SetMultiVariables(SetMultiVariables { failures: Cow::Owned(list::failures(r)?) })
            }
            Function::GetMultiVariables => {
                // A number, flags, type and one octet are four: no reallocation, and never more than there can be.
                let values = Cow::Owned(list::values(r, r.left() / 4)?);
                let failures = Cow::Owned(list::failures(r)?);
                Self::GetMultiVariables(GetMultiVariables { values, failures })
            }
            Function::GetVarSubStreamed => {
                let unknown = r.u8("octet before the value")?;
                Self::GetVarSubStreamed(GetVarSubStreamed { unknown, value: Value::read(r)? })
            }
            Function::Explore => {
                let (reply, integrity) = Explore::read(r, cx)?;
                let tail = Tail::read(r, cx.bare(), FILL)?;
                return Ok((Self::Explore(reply), extension, Tail { integrity, ..tail }));
            }
            Function::GetLink => {
                let n = r.u8("count of links")?;
                let mut objects = Vec::with_capacity(list::room(n.into(), r.left() / 4));
                for _ in 0..n {
                    objects.push(r.u32("link")?);
                }
                Self::GetLink(GetLink { objects })
            }
            Function::BeginSequence => {
                let bad = r.bad("type of sequence");
                if r.u16("type of sequence")? != ID {
                    return Err(bad);
                }
                Self::BeginSequence(BeginSequence { id: r.u32("id")? })
            }
            Function::Invoke => Self::Invoke(Invoke::read(r)?),
            _ => return Ok((Self::Other(r.rest()), extension, Tail::NONE)),
        };
        Ok((reply, extension, Tail::read(r, cx, FILL)?))
    }

    /// Appends what follows the return value.
    pub(super) fn write(&self, extension: Option<&Object>, tail: &Tail, out: &mut Vec<u8>) {
        if let Self::DeleteObject(reply) = self {
            out.extend_from_slice(&reply.object.to_be_bytes());
        }
        if let Some(extension) = extension {
            extension.write(out);
        }
        match self {
            Self::Done | Self::DeleteObject(_) => {}
            Self::CreateObject(reply) => {
                let n = u8::try_from(reply.ids.len()).unwrap_or(u8::MAX);
                out.push(n);
                reply.ids.iter().take(n.into()).for_each(|id| vlq::put_u32(out, *id));
                reply.objects.iter().for_each(|object| object.write(out));
            }
            Self::GetVariable(reply) => reply.value.write(out),
            Self::SetMultiVariables(reply) => list::put_failures(out, &reply.failures),
            Self::GetMultiVariables(reply) => {
                list::put_values(out, &reply.values);
                list::put_failures(out, &reply.failures);
            }
            Self::GetVarSubStreamed(reply) => {
                out.push(reply.unknown);
                reply.value.write(out);
            }
            Self::Explore(reply) => {
                out.extend_from_slice(&reply.object.to_be_bytes());
                if let Some(integrity) = tail.integrity {
                    vlq::put_u32(out, integrity);
                }
                reply.objects.iter().for_each(|object| object.write(out));
                return tail.bare().write(out);
            }
            Self::GetLink(reply) => {
                let n = u8::try_from(reply.objects.len()).unwrap_or(u8::MAX);
                out.push(n);
                reply.objects.iter().take(n.into()).for_each(|rid| out.extend_from_slice(&rid.to_be_bytes()));
            }
            Self::BeginSequence(reply) => {
                out.extend_from_slice(&ID.to_be_bytes());
                out.extend_from_slice(&reply.id.to_be_bytes());
            }
            Self::Invoke(reply) => {
                reply.outcomes.iter().chain(&reply.last).for_each(|outcome| vlq::put_u64(out, outcome.0));
                list::put_values(out, &reply.results);
                out.push(reply.unknown);
            }
            Self::Other(octets) => out.extend_from_slice(octets),
        }
        tail.write(out);
    }
}

/// An object follows where the return value says so.
fn extension(r: &mut Reader<'_>, outcome: ReturnValue) -> Result<Option<Object>, Malformed> {
    if outcome.has_extension() { Object::read(r).map(Some) } else { Ok(None) }
}

impl CreateObject {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let n = r.u8("count of ids")?;
        let ids = list::numbers(r, n.into(), "object id")?;
        // An integrity id may start like an object. Then it is none.
        let mut objects = Vec::new();
        while let Some(object) = first_object(r) {
            objects.push(object);
        }
        Ok(Self { ids, objects })
    }
}

impl Explore {
    /// The integrity id stands before the objects, and may start like one: where nobody knows, objects are tried first, and an
    /// id where they and what ends the message make no sense.
    fn read(r: &mut Reader<'_>, cx: Context) -> Result<(Self, Option<u32>), Malformed> {
        let object = r.u32("object")?;
        let without = if let Some(known) = cx.integrity {
            !known
        } else {
            let mut ahead = r.clone();
            !cx.may()
                || r.peek() == [0; FILL]
                || list::object_starts(r)
                    && Object::list(&mut ahead).is_ok()
                    && Tail::read(&mut ahead, cx.bare(), FILL).is_ok()
        };
        let integrity = if without { None } else { Some(vlq::u32(r, "integrity id")?) };
        Ok((Self { object, objects: Object::list(r)? }, integrity))
    }
}

impl Invoke<'_> {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let outcomes = [list::outcome(r)?, list::outcome(r)?];
        let last = if r.peek().first() == Some(&1) { None } else { Some(list::outcome(r)?) };
        let results = Cow::Owned(list::values(r, 0)?);
        Ok(Self { outcomes, last, results, unknown: r.u8("octet behind the results")? })
    }
}

//! The emulated CPU of python-s7commplus, whose answers are not those of any real one.
//!
//! | | real CPUs | it |
//! | --- | --- | --- |
//! | attribute 306 in the answer to `CreateObject` | struct 314 | `UDInt` |
//! | end of most answers | integrity id, four zeros | integrity id, from version 2 on |
//! | end of `CreateObject`, Explore, Error | integrity id, four zeros | four zeros, integrity id |
//! | Explore | object, integrity id, objects | objects |
//! | error of an item | return value with bit 63 | 8104 |
//!
//! All of this is tolerated here and nowhere else. A client asks [`Dialect::of`] about the session that the answer to its
//! `CreateObject` brings, and then puts every answer through [`Dialect::adapt`] before it is read, and [`Dialect::settle`]
//! afterwards.
use super::code::{Function, Opcode};
use super::header;
use super::message::{Reply, Response};
use super::object::Object;
use super::outcome::ReturnValue;
use super::value::ValueType;
use super::vlq;
use crate::wire::{Malformed, Reader};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// Whose answers these are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dialect {
    /// A CPU's, or those of an emulated one that does as they do.
    #[default]
    Cpu,
    /// The emulated CPU's of python-s7commplus.
    Python,
}

/// Attribute with the versions of a session.
const VERSION: u32 = 306;
/// What it gives as error of an item. By the rules of return values that is no failure.
const ITEM: ReturnValue = ReturnValue(0x8104);
/// Bit 63.
const FAILED: u64 = 1 << 63;
/// What ends an answer.
const FILL: [u8; 4] = [0; 4];

impl Dialect {
    /// Tells by the session of an answer to `CreateObject`: no CPU has 306 as a `UDInt`. (It has it twice.)
    pub fn of(session: &Object) -> Self {
        let foreign = session.attributes().any(|(id, value)| id == VERSION && value.ty() == ValueType::UDInt);
        if foreign { Self::Python } else { Self::Cpu }
    }

    /// What a CPU would have sent instead of this answer: all octets from the opcode on. What cannot be told apart, and
    /// everything of CPUs, stays as it is; no copy is made then.
    pub fn adapt(self, octets: &[u8]) -> Cow<'_, [u8]> {
        let adapted = match self {
            Self::Cpu => None,
            Self::Python => adapted(octets).ok().flatten(),
        };
        adapted.map_or(Cow::Borrowed(octets), Cow::Owned)
    }

    /// Sees to it that what failed is a failure by the rules of return values.
    pub fn settle(self, mut response: Response<'_>) -> Response<'_> {
        if self == Self::Python {
            let failures = match &mut response.reply {
                Reply::GetMultiVariables(reply) => reply.failures.to_mut(),
                Reply::SetMultiVariables(reply) => reply.failures.to_mut(),
                _ => return response,
            };
            for (_, outcome) in failures.iter_mut().filter(|(_, outcome)| *outcome == ITEM) {
                *outcome = ReturnValue(ITEM.0 | FAILED);
            }
        }
        response
    }
}

fn adapted(octets: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    if octets.first() != Some(&Opcode::Response.0) {
        return Ok(None);
    }
    let mut r = Reader::new(octets);
    let head = header::Response::any(&mut r)?;
    let outcome = ReturnValue(vlq::u64(&mut r, "return value")?);
    let (before, mut body) = (octets.len() - r.left(), r.clone());
    let mut adapted = octets.get(..before).unwrap_or_default().to_vec();
    match head.function {
        Function::CreateObject => {
            for _ in 0..r.u8("count of ids")? {
                vlq::u32(&mut r, "id")?;
            }
            Object::list(&mut r)?;
        }
        Function::Explore if outcome.failed() => {
            r.u32("object")?;
        }
        Function::Explore => drop(Object::list(&mut r)?),
        Function::Error | Function::InitSSL => {}
        _ => {
            adapted.extend_from_slice(r.rest());
            adapted.extend_from_slice(&FILL);
            return Ok(Some(adapted));
        }
    }
    let told = body.take(body.left() - r.left(), "body")?;
    r.take(FILL.len(), "zeros")?;
    let integrity = r.rest();
    if head.function == Function::Explore && !outcome.failed() {
        // No object is said to be the start, which is what failed answers have, too.
        adapted.extend_from_slice(&[0; 4]);
        adapted.extend_from_slice(integrity);
        adapted.extend_from_slice(told);
    } else {
        adapted.extend_from_slice(told);
        adapted.extend_from_slice(integrity);
    }
    adapted.extend_from_slice(&FILL);
    Ok(Some(adapted))
}

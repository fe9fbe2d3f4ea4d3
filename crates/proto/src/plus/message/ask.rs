//! The bodies of requests, one struct for each function.
//!
//! ```text
//!  InitSSL              fill
//!  CreateObject         parent 4 | value | 00000000 | [integrity id] | object | fill
//!  DeleteObject         object 4 | 00 | qualifier | tail                     python-s7commplus: 00000000 and no more
//!  SetVariable          object 4 | n | id ... | value | qualifier | 00 | tail
//!  GetVariable          object 4 | n | id ... | qualifier | [00] | tail
//!  SetMultiVariables    object 4 | items | fields | address ... | (number | value) ... 00 | qualifier | tail
//!  GetMultiVariables    object 4 | items | fields | address ... | qualifier | tail
//!  GetVarSubStreamed    object 4 | path | qualifier | 0001 | [00] | tail
//!  SetVarSubStreamed    object 4 | path | qualifier | 0001 | [01] | value | tail
//!  Explore              object 4 | association | recursive | 01 | parents | (01 | filter) ... 00 | n | id ... | tail
//!  GetLink              object 4 | association | 0000 | tail
//!  BeginSequence        kind | type 2 | 00 object, or id 4 | tail            version 1: kind | tail
//!  EndSequence          0000 | tail
//!  Invoke               object 4 | method 4 | (number | value) ... 00 | octet | tail
//! ```
//!
//! Numbers without a length are variable-length quantities.
use super::super::address::Qualifier;
use super::super::code::Function;
use super::super::frame::Version;
use super::super::object::Object;
use super::super::value::Value;
use super::super::vlq;
use super::list::{self, Addresses};
use super::tail::{Context, FILL, Tail};
use crate::wire::{Malformed, Reader, Wire};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What a request asks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ask<'a> {
    /// From the next octet on both sides speak TLS.
    InitSsl,
    /// A session, a subscription, a block.
    CreateObject(CreateObject),
    /// The end of one.
    DeleteObject(DeleteObject),
    /// One attribute.
    SetVariable(SetVariable<'a>),
    /// One attribute, by old S7-1200.
    GetVariable(GetVariable<'a>),
    /// Many variables, or attributes of one object.
    SetMultiVariables(SetMultiVariables<'a>),
    /// Many variables, or attributes of one object.
    GetMultiVariables(GetMultiVariables<'a>),
    /// One attribute of any length.
    SetVarSubStreamed(SetVarSubStreamed),
    /// One attribute of any length.
    GetVarSubStreamed(GetVarSubStreamed),
    /// Objects and what they hold.
    Explore(Explore<'a>),
    /// Which objects one is linked to.
    GetLink(GetLink),
    /// Opens a transaction.
    BeginSequence(BeginSequence),
    /// Closes it.
    EndSequence(EndSequence),
    /// Calls a method.
    Invoke(Invoke<'a>),
    /// A function whose body nobody knows: all octets behind the head, whatever ends them included.
    Other(&'a [u8]),
}

/// `CreateObject`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateObject {
    /// Relation id of what it is made under: 285 for a session, the session's second id for a subscription.
    pub parent: u32,
    /// 0 as `UDInt`, always.
    pub value: Value,
    /// 0, always.
    pub unknown: u32,
    /// The object to be. Relation id 211 lets the CPU choose one.
    pub object: Object,
}

/// `DeleteObject`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteObject {
    /// Relation id of a session or a subscription. 0 from python-s7commplus: the session of the head.
    pub object: u32,
    /// `None` from python-s7commplus, which sends nothing but the 0.
    pub qualifier: Option<Qualifier>,
}

/// `SetVariable`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetVariable<'a> {
    /// Relation id.
    pub object: u32,
    /// Path to what is set, one attribute id most times.
    pub ids: Cow<'a, [u32]>,
    /// What it becomes.
    pub value: Value,
    /// The usual one.
    pub qualifier: Qualifier,
}

/// `GetVariable`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetVariable<'a> {
    /// Relation id.
    pub object: u32,
    /// Path to what is read, one attribute id most times.
    pub ids: Cow<'a, [u32]>,
    /// The usual one.
    pub qualifier: Qualifier,
    /// One octet 00 more behind it: `S7CommPlusDriver` sends that.
    pub extra: bool,
}

/// `SetMultiVariables`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetMultiVariables<'a> {
    /// What to write.
    pub addresses: Addresses<'a>,
    /// What to write there, by the number of the address, from 1.
    pub values: Cow<'a, [(u32, Value)]>,
    /// The usual one.
    pub qualifier: Qualifier,
}

/// `GetMultiVariables`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetMultiVariables<'a> {
    /// What to read.
    pub addresses: Addresses<'a>,
    /// The usual one.
    pub qualifier: Qualifier,
}

/// `SetVarSubStreamed`, the first part of it where the value goes on in further frames.
#[derive(Clone, Debug, PartialEq)]
pub struct SetVarSubStreamed {
    /// Relation id.
    pub object: u32,
    /// An address array of `UDInt`: attribute id and members.
    pub path: Value,
    /// The usual one.
    pub qualifier: Qualifier,
    /// 1, always.
    pub unknown: u16,
    /// One octet 01 more before the value: python-s7commplus sends that in version 1.
    pub extra: bool,
    /// What it becomes.
    pub value: Value,
}

/// `GetVarSubStreamed`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetVarSubStreamed {
    /// Relation id.
    pub object: u32,
    /// An address array of `UDInt`: attribute id and members.
    pub path: Value,
    /// The usual one.
    pub qualifier: Qualifier,
    /// 1, always.
    pub unknown: u16,
    /// One octet 00 more before the integrity id: `S7CommPlusDriver` sends that in version 3.
    pub extra: bool,
}

/// `Explore`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explore<'a> {
    /// Relation id to start from.
    pub object: u32,
    /// 0 for the object's own tree, else the association whose members are asked for.
    pub association: u32,
    /// 1: children, too.
    pub recursive: u8,
    /// 1 from programs, 0 or 1 from engineering stations.
    pub unknown: u8,
    /// 1: the answer starts at the root, with all that lies between.
    pub parents: u8,
    /// Structs 1246, none or one.
    pub filters: Vec<Value>,
    /// Attributes that are asked for; none for all there are.
    pub attributes: Cow<'a, [u32]>,
}

/// `GetLink`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GetLink {
    /// Relation id.
    pub object: u32,
    /// Association id.
    pub association: u32,
    /// 0, always.
    pub unknown: u16,
}

/// `BeginSequence`.
#[derive(Clone, Debug, PartialEq)]
pub struct BeginSequence {
    /// 2 and 4 were seen.
    pub kind: u8,
    /// What it opens.
    pub opens: Opens,
}

/// What a sequence is opened with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Opens {
    /// Nothing more, in version 1.
    Nothing,
    /// Type 1: an octet 00 and the transaction's object (class 1700).
    Object(u8, Object),
    /// Type 18: a number.
    Id(u32),
}

/// `EndSequence`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EndSequence {
    /// 0 or 1.
    pub unknown: u16,
}

/// `Invoke`. Known from two descriptions and no recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke<'a> {
    /// Relation id.
    pub object: u32,
    /// Which method.
    pub method: u32,
    /// Its arguments, numbered from 1.
    pub arguments: Cow<'a, [(u32, Value)]>,
    /// An octet behind them.
    pub unknown: u8,
}

const OBJECT: u16 = 1;
pub(super) const ID: u16 = 18;

impl<'a> Ask<'a> {
    /// The function whose body it is. `None` for a body nobody knows, whose function the head alone tells.
    pub const fn function(&self) -> Option<Function> {
        Some(match self {
            Self::InitSsl => Function::InitSSL,
            Self::CreateObject(_) => Function::CreateObject,
            Self::DeleteObject(_) => Function::DeleteObject,
            Self::SetVariable(_) => Function::SetVariable,
            Self::GetVariable(_) => Function::GetVariable,
            Self::SetMultiVariables(_) => Function::SetMultiVariables,
            Self::GetMultiVariables(_) => Function::GetMultiVariables,
            Self::SetVarSubStreamed(_) => Function::SetVarSubStreamed,
            Self::GetVarSubStreamed(_) => Function::GetVarSubStreamed,
            Self::Explore(_) => Function::Explore,
            Self::GetLink(_) => Function::GetLink,
            Self::BeginSequence(_) => Function::BeginSequence,
            Self::EndSequence(_) => Function::EndSequence,
            Self::Invoke(_) => Function::Invoke,
            Self::Other(_) => return None,
        })
    }

    /// How real clients end this request.
    pub const fn tail(&self, integrity: Option<u32>) -> Tail {
        match (self, integrity) {
            (Self::Other(_), _) => Tail::NONE,
            (Self::Explore(_), Some(_)) => Tail { fill: FILL + 1, ..Tail::new(integrity) },
            _ => Tail::new(integrity),
        }
    }

    /// Takes the body of `function` and what ends it: all that is left.
    pub fn read(r: &mut Reader<'a>, function: Function, cx: Context) -> Result<(Self, Tail), Malformed> {
        let mut fill = FILL;
        let ask = match function {
            Function::InitSSL => return Ok((Self::InitSsl, Tail::read(r, cx.bare(), FILL)?)),
            Function::CreateObject => {
                let (ask, integrity) = CreateObject::read(r, cx)?;
                let tail = Tail::read(r, cx.bare(), FILL)?;
                return Ok((Self::CreateObject(ask), Tail { integrity, ..tail }));
            }
            Function::DeleteObject => {
                return DeleteObject::read(r, cx).map(|(ask, tail)| (Self::DeleteObject(ask), tail));
            }
            Function::SetVariable => Self::SetVariable(SetVariable::read(r)?),
            Function::GetVariable => {
                let object = r.u32("object")?;
                let ids = ids(r)?;
                let qualifier = Qualifier::read(r)?;
                let extra = extra(r, cx);
                Self::GetVariable(GetVariable { object, ids, qualifier, extra })
            }
            Function::SetMultiVariables => Self::SetMultiVariables(SetMultiVariables::read(r)?),
            Function::GetMultiVariables => {
                let addresses = Addresses::read(r)?;
                Self::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::read(r)? })
            }
            Function::SetVarSubStreamed => Self::SetVarSubStreamed(SetVarSubStreamed::read(r)?),
            Function::GetVarSubStreamed => {
                let object = r.u32("object")?;
                let (path, qualifier) = (Value::read(r)?, Qualifier::read(r)?);
                let unknown = r.u16("number behind the qualifier")?;
                let extra = extra(r, cx);
                Self::GetVarSubStreamed(GetVarSubStreamed { object, path, qualifier, unknown, extra })
            }
            Function::Explore => {
                fill += 1;
                Self::Explore(Explore::read(r)?)
            }
            Function::GetLink => Self::GetLink(GetLink {
                object: r.u32("object")?,
                association: vlq::u32(r, "association")?,
                unknown: r.u16("number behind the association")?,
            }),
            Function::BeginSequence => Self::BeginSequence(BeginSequence::read(r, cx)?),
            Function::EndSequence => {
                Self::EndSequence(EndSequence { unknown: r.u16("number of a sequence")? })
            }
            Function::Invoke => Self::Invoke(Invoke {
                object: r.u32("object")?,
                method: r.u32("method")?,
                arguments: Cow::Owned(list::values(r, 0)?),
                unknown: r.u8("octet behind the arguments")?,
            }),
            _ => return Ok((Self::Other(r.rest()), Tail::NONE)),
        };
        Ok((ask, Tail::read(r, cx, fill)?))
    }

    /// Appends the body and what ends it.
    pub fn write(&self, tail: &Tail, out: &mut Vec<u8>) {
        match self {
            Self::InitSsl => {}
            Self::CreateObject(ask) => {
                out.extend_from_slice(&ask.parent.to_be_bytes());
                ask.value.write(out);
                out.extend_from_slice(&ask.unknown.to_be_bytes());
                if let Some(integrity) = tail.integrity {
                    vlq::put_u32(out, integrity);
                }
                ask.object.write(out);
                return tail.bare().write(out);
            }
            Self::DeleteObject(ask) => {
                out.extend_from_slice(&ask.object.to_be_bytes());
                if let Some(qualifier) = &ask.qualifier {
                    out.push(0);
                    qualifier.write(out);
                }
            }
            Self::SetVariable(ask) => {
                put_ids(out, ask.object, &ask.ids);
                ask.value.write(out);
                ask.qualifier.write(out);
                out.push(0);
            }
            Self::GetVariable(ask) => {
                put_ids(out, ask.object, &ask.ids);
                ask.qualifier.write(out);
                out.resize(out.len() + usize::from(ask.extra), 0);
            }
            Self::SetMultiVariables(ask) => {
                ask.addresses.write(out);
                list::put_values(out, &ask.values);
                ask.qualifier.write(out);
            }
            Self::GetMultiVariables(ask) => {
                ask.addresses.write(out);
                ask.qualifier.write(out);
            }
            Self::SetVarSubStreamed(ask) => {
                put_path(out, ask.object, &ask.path, &ask.qualifier, ask.unknown);
                out.resize(out.len() + usize::from(ask.extra), 1);
                ask.value.write(out);
            }
            Self::GetVarSubStreamed(ask) => {
                put_path(out, ask.object, &ask.path, &ask.qualifier, ask.unknown);
                out.resize(out.len() + usize::from(ask.extra), 0);
            }
            Self::Explore(ask) => ask.write(out),
            Self::GetLink(ask) => {
                out.extend_from_slice(&ask.object.to_be_bytes());
                vlq::put_u32(out, ask.association);
                out.extend_from_slice(&ask.unknown.to_be_bytes());
            }
            Self::BeginSequence(ask) => ask.write(out),
            Self::EndSequence(ask) => out.extend_from_slice(&ask.unknown.to_be_bytes()),
            Self::Invoke(ask) => {
                out.extend_from_slice(&ask.object.to_be_bytes());
                out.extend_from_slice(&ask.method.to_be_bytes());
                list::put_values(out, &ask.arguments);
                out.push(ask.unknown);
            }
            Self::Other(octets) => out.extend_from_slice(octets),
        }
        tail.write(out);
    }
}

impl CreateObject {
    /// The integrity id stands before the object, and an object starts with the octet a1, which an id may do as well. So an
    /// object is tried first where nobody knows.
    fn read(r: &mut Reader<'_>, cx: Context) -> Result<(Self, Option<u32>), Malformed> {
        let parent = r.u32("parent")?;
        let value = Value::read(r)?;
        let unknown = r.u32("number behind the value")?;
        let (integrity, object) = match cx.integrity {
            Some(false) => (None, Object::read(r)?),
            Some(true) => (Some(vlq::u32(r, "integrity id")?), Object::read(r)?),
            None => match first_object(r) {
                Some(object) => (None, object),
                None if cx.may() => (Some(vlq::u32(r, "integrity id")?), Object::read(r)?),
                None => (None, Object::read(r)?),
            },
        };
        Ok((Self { parent, value, unknown, object }, integrity))
    }
}

/// An object, if one stands here. Reads nothing else.
pub(super) fn first_object(r: &mut Reader<'_>) -> Option<Object> {
    let mut ahead = r.clone();
    if !list::object_starts(&ahead) {
        return None;
    }
    let object = Object::read(&mut ahead).ok()?;
    *r = ahead;
    Some(object)
}

impl DeleteObject {
    fn read(r: &mut Reader<'_>, cx: Context) -> Result<(Self, Tail), Malformed> {
        let object = r.u32("object")?;
        if object == 0 {
            if r.left() == 0 {
                return Ok((Self { object, qualifier: None }, Tail::NONE));
            }
            let mut ahead = r.clone();
            if let Ok(tail) = Tail::read(&mut ahead, cx, FILL) {
                *r = ahead;
                return Ok((Self { object, qualifier: None }, tail));
            }
        }
        zero(r, "octet behind the object")?;
        let qualifier = Some(Qualifier::read(r)?);
        Ok((Self { object, qualifier }, Tail::read(r, cx, FILL)?))
    }
}

impl SetVariable<'_> {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let object = r.u32("object")?;
        let ids = ids(r)?;
        let value = Value::read(r)?;
        let qualifier = Qualifier::read(r)?;
        zero(r, "octet behind the qualifier")?;
        Ok(Self { object, ids, value, qualifier })
    }
}

impl SetMultiVariables<'_> {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let addresses = Addresses::read(r)?;
        let values = Cow::Owned(list::values(r, addresses.len())?);
        Ok(Self { addresses, values, qualifier: Qualifier::read(r)? })
    }
}

impl SetVarSubStreamed {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let object = r.u32("object")?;
        let (path, qualifier) = (Value::read(r)?, Qualifier::read(r)?);
        let unknown = r.u16("number behind the qualifier")?;
        // No value starts with 01: the low bits of its flags mean nothing.
        let extra = r.peek().first() == Some(&1);
        if extra {
            r.u8("octet before the value")?;
        }
        Ok(Self { object, path, qualifier, unknown, extra, value: Value::read(r)? })
    }
}

impl Explore<'_> {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let object = r.u32("object")?;
        let association = vlq::u32(r, "association")?;
        let [recursive, unknown, parents] = r.array("what to explore")?;
        let mut filters = Vec::new();
        loop {
            let bad = r.bad("count of filters");
            match r.u8("count of filters")? {
                0 => break,
                1 => filters.push(Value::read(r)?),
                _ => return Err(bad),
            }
        }
        let attributes = ids(r)?;
        Ok(Self { object, association, recursive, unknown, parents, filters, attributes })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.object.to_be_bytes());
        vlq::put_u32(out, self.association);
        out.extend_from_slice(&[self.recursive, self.unknown, self.parents]);
        for filter in &self.filters {
            out.push(1);
            filter.write(out);
        }
        out.push(0);
        vlq::put_u32(out, list::count(self.attributes.len()));
        self.attributes.iter().for_each(|id| vlq::put_u32(out, *id));
    }
}

impl BeginSequence {
    fn read(r: &mut Reader<'_>, cx: Context) -> Result<Self, Malformed> {
        let kind = r.u8("kind of sequence")?;
        if cx.version == Version::V1 && r.peek().iter().all(|octet| *octet == 0) {
            return Ok(Self { kind, opens: Opens::Nothing });
        }
        let bad = r.bad("type of sequence");
        let opens = match r.u16("type of sequence")? {
            OBJECT => Opens::Object(r.u8("octet before the object")?, Object::read(r)?),
            ID => Opens::Id(r.u32("id")?),
            _ => return Err(bad),
        };
        Ok(Self { kind, opens })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        match &self.opens {
            Opens::Nothing => {}
            Opens::Object(octet, object) => {
                out.extend_from_slice(&OBJECT.to_be_bytes());
                out.push(*octet);
                object.write(out);
            }
            Opens::Id(id) => {
                out.extend_from_slice(&ID.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
            }
        }
    }
}

/// One octet 00.
fn zero(r: &mut Reader<'_>, what: &'static str) -> Result<(), Malformed> {
    let bad = r.bad(what);
    if r.u8(what)? == 0 { Ok(()) } else { Err(bad) }
}

/// Takes a further octet 00 before the tail: there is one if the tail makes no sense without.
fn extra(r: &mut Reader<'_>, cx: Context) -> bool {
    let mut ahead = r.clone();
    let extra = Tail::read(&mut r.clone(), cx, FILL).is_err()
        && ahead.u8("octet before the integrity id") == Ok(0)
        && Tail::read(&mut ahead.clone(), cx, FILL).is_ok();
    if extra {
        *r = ahead;
    }
    extra
}

fn ids(r: &mut Reader<'_>) -> Result<Cow<'static, [u32]>, Malformed> {
    let n = vlq::u32(r, "count of ids")?;
    list::numbers(r, n, "attribute id").map(Cow::Owned)
}

fn put_ids(out: &mut Vec<u8>, object: u32, ids: &[u32]) {
    out.extend_from_slice(&object.to_be_bytes());
    vlq::put_u32(out, list::count(ids.len()));
    ids.iter().for_each(|id| vlq::put_u32(out, *id));
}

fn put_path(out: &mut Vec<u8>, object: u32, path: &Value, qualifier: &Qualifier, unknown: u16) {
    out.extend_from_slice(&object.to_be_bytes());
    path.write(out);
    qualifier.write(out);
    out.extend_from_slice(&unknown.to_be_bytes());
}

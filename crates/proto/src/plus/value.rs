//! Typed values.
//!
//! ```text
//!  flags | type | one                          flags 10 or 20: count | one ...          flags 40: (key | one) ... 00
//! ```
//!
//! Numbers of 32 and 64 bits are variable-length quantities, bit strings and reals are not.
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

crate::codes! {
    /// The type of a value.
    pub struct ValueType(u8) {
        Null = 0x00, Bool = 0x01, USInt = 0x02, UInt = 0x03, UDInt = 0x04, ULInt = 0x05, SInt = 0x06, Int = 0x07,
        DInt = 0x08, LInt = 0x09, Byte = 0x0a, Word = 0x0b, DWord = 0x0c, LWord = 0x0d, Real = 0x0e, LReal = 0x0f,
        Timestamp = 0x10, Timespan = 0x11, Rid = 0x12, Aid = 0x13, Blob = 0x14, WString = 0x15, Variant = 0x16,
        Struct = 0x17, S7String = 0x19,
    }
}

/// The flags of a value: what of [`Data`] it holds, and whether an S7-1500 has marked it.
pub mod flags {
    /// Several of one type.
    pub const ARRAY: u8 = 0x10;
    /// The same, of ids.
    pub const ADDRESSES: u8 = 0x20;
    /// Several with keys.
    pub const SPARSE: u8 = 0x40;
    /// Set by S7-1500 on what they read from blocks. Means nothing.
    pub const MARK: u8 = 0x80;
}

/// A value with its type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Value {
    /// As read. Those of [`Data`] are set by its kind.
    pub flags: u8,
    /// The type of the one or of all.
    pub kind: ValueType,
    /// What it is.
    pub data: Data,
}

/// What a value holds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// One.
    One(One),
    /// Any number of them, flags 10 or 20.
    Many(Many),
    /// Any number with keys from 1, flags 40.
    Sparse(Vec<(u32, One)>),
}

/// One value, by what it takes on the wire; the type says what it means.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum One {
    /// Nothing.
    Null,
    /// `Bool`, `USInt`, `SInt`, `Byte`.
    Octet(u8),
    /// `UInt`, `Int`, `Word`.
    Word(u16),
    /// `DWord`, `Real`, `RID`, `UDInt`, `AID`, `Variant`, `S7String`.
    Double(u32),
    /// `DInt`.
    Signed(i32),
    /// `LWord`, `LReal`, `Timestamp`, `ULInt`.
    Quad(u64),
    /// `LInt`, `Timespan`.
    Long(i64),
    /// `WString`: UTF-8, where the peer keeps to the rules.
    Text(Vec<u8>),
    /// `Blob`.
    Blob(Blob),
    /// `Struct`.
    Struct(Box<Struct>),
}

/// Several values of one type.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Many {
    /// Of one octet each.
    Octets(Vec<u8>),
    /// Of two.
    Words(Vec<u16>),
    /// Of up to 32 bits.
    Doubles(Vec<u32>),
    /// Of up to 32 bits, signed.
    Signed(Vec<i32>),
    /// All others.
    Others(Vec<One>),
}

/// Octets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Blob {
    /// Root id 0 or 1: nothing but octets.
    Plain(u32, Vec<u8>),
    /// Another root id: eight octets, then 2 or 3 and octets.
    Kept(u32, [u8; 8], u8, Vec<u8>),
    /// Another root id: eight octets, then 0 and members.
    Members(u32, [u8; 8], Vec<(u32, Value)>),
}

/// A struct.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Struct {
    /// Its id and its members.
    Members(u32, Vec<(u32, Value)>),
    /// Its id and the octets the CPU has in its memory.
    Packed {
        /// Names the type.
        id: u32,
        /// When the type was last changed; to be repeated by who writes.
        time: u64,
        /// Bit 0: offsets as in blocks that are not optimised. Bit 10: a second count follows.
        flags: u32,
        /// The count, where a second one follows.
        first: u32,
        /// What is in memory.
        octets: Vec<u8>,
    },
}

/// How a type looks on the wire.
#[derive(Clone, Copy)]
enum Shape {
    Null,
    Octet,
    Word,
    Double,
    ShortDouble,
    Signed,
    Quad,
    ShortQuad,
    Long,
    Text,
    Blob,
    Struct,
}

/// Structs in structs. Real ones are two deep.
const DEPTH: u8 = 16;

impl ValueType {
    const fn shape(self) -> Option<Shape> {
        Some(match self {
            Self::Null => Shape::Null,
            Self::Bool | Self::USInt | Self::SInt | Self::Byte => Shape::Octet,
            Self::UInt | Self::Int | Self::Word => Shape::Word,
            Self::DWord | Self::Real | Self::Rid => Shape::Double,
            Self::UDInt | Self::Aid | Self::Variant | Self::S7String => Shape::ShortDouble,
            Self::DInt => Shape::Signed,
            Self::LWord | Self::LReal | Self::Timestamp => Shape::Quad,
            Self::ULInt => Shape::ShortQuad,
            Self::LInt | Self::Timespan => Shape::Long,
            Self::WString => Shape::Text,
            Self::Blob => Shape::Blob,
            Self::Struct => Shape::Struct,
            _ => return None,
        })
    }
    /// Is it an unsigned number of variable length?
    const fn short(self) -> bool {
        matches!(self.shape(), Some(Shape::ShortDouble | Shape::ShortQuad))
    }
}

impl Value {
    /// One value of a type. Types and what they hold are not checked: what does not fit is written as it is.
    pub const fn one(kind: ValueType, one: One) -> Self {
        Self { flags: 0, kind, data: Data::One(one) }
    }
    /// Null.
    pub const fn null() -> Self {
        Self::one(ValueType::Null, One::Null)
    }
    /// `Bool`.
    pub const fn bool(value: bool) -> Self {
        Self::one(ValueType::Bool, One::Octet(value as u8))
    }
    /// `USInt`.
    pub const fn usint(value: u8) -> Self {
        Self::one(ValueType::USInt, One::Octet(value))
    }
    /// `UInt`.
    pub const fn uint(value: u16) -> Self {
        Self::one(ValueType::UInt, One::Word(value))
    }
    /// `UDInt`.
    pub const fn udint(value: u32) -> Self {
        Self::one(ValueType::UDInt, One::Double(value))
    }
    /// `Int`.
    pub const fn int(value: i16) -> Self {
        Self::one(ValueType::Int, One::Word(u16::from_be_bytes(value.to_be_bytes())))
    }
    /// `DInt`.
    pub const fn dint(value: i32) -> Self {
        Self::one(ValueType::DInt, One::Signed(value))
    }
    /// `LInt`.
    pub const fn lint(value: i64) -> Self {
        Self::one(ValueType::LInt, One::Long(value))
    }
    /// `RID`: the relation id of an object.
    pub const fn rid(value: u32) -> Self {
        Self::one(ValueType::Rid, One::Double(value))
    }
    /// `WString`.
    pub fn text(value: &str) -> Self {
        Self::one(ValueType::WString, One::Text(value.as_bytes().to_vec()))
    }
    /// `Blob`, with root id 0.
    pub fn blob(value: &[u8]) -> Self {
        Self::one(ValueType::Blob, One::Blob(Blob::Plain(0, value.to_vec())))
    }
    /// `Struct`, with members.
    pub fn members(id: u32, members: Vec<(u32, Self)>) -> Self {
        Self::one(ValueType::Struct, One::Struct(Box::new(Struct::Members(id, members))))
    }
    /// Address array of `UDInt`: a path of ids.
    pub fn path(ids: &[u32]) -> Self {
        Self {
            flags: flags::ADDRESSES,
            kind: ValueType::UDInt,
            data: Data::Many(Many::Doubles(ids.to_vec())),
        }
    }
    /// An array of types of one octet.
    pub fn octets(kind: ValueType, octets: &[u8]) -> Self {
        Self { flags: flags::ARRAY, kind, data: Data::Many(Many::Octets(octets.to_vec())) }
    }

    /// The type of the one or of all.
    pub const fn ty(&self) -> ValueType {
        self.kind
    }
    /// A `WString` in UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::One(One::Text(text)) => core::str::from_utf8(text).ok(),
            _ => None,
        }
    }
    /// A `Blob` without more.
    pub fn as_blob(&self) -> Option<&[u8]> {
        match &self.data {
            Data::One(One::Blob(Blob::Plain(_, octets))) => Some(octets),
            _ => None,
        }
    }
    /// An integer that fits, of any type of integers.
    pub fn as_u32(&self) -> Option<u32> {
        let Data::One(one) = &self.data else { return None };
        match one {
            One::Octet(value) => Some((*value).into()),
            One::Word(value) => Some((*value).into()),
            One::Double(value) if self.kind != ValueType::Real => Some(*value),
            One::Signed(value) => u32::try_from(*value).ok(),
            One::Quad(value) if self.kind != ValueType::LReal => u32::try_from(*value).ok(),
            One::Long(value) => u32::try_from(*value).ok(),
            _ => None,
        }
    }
    /// A member of a `Struct`.
    pub fn member(&self, id: u32) -> Option<&Self> {
        let Data::One(One::Struct(inner)) = &self.data else { return None };
        match &**inner {
            Struct::Members(_, members) => members.iter().find(|(at, _)| *at == id).map(|(_, value)| value),
            Struct::Packed { .. } => None,
        }
    }

    pub(super) fn nested(r: &mut Reader<'_>, depth: u8) -> Result<Self, Malformed> {
        let bad = r.bad("flags of a value");
        let flags = r.u8("flags of a value")?;
        let shape = r.bad("type of a value");
        let kind = ValueType(r.u8("type of a value")?);
        let shape = kind.shape().ok_or(shape)?;
        let data = match flags & !flags::MARK {
            0 => Data::One(One::read(r, shape, depth)?),
            flags::ARRAY | flags::ADDRESSES => Data::Many(Many::read(r, shape, depth)?),
            flags::SPARSE => {
                let mut list = Vec::new();
                loop {
                    match vlq::u32(r, "key of a sparse array")? {
                        0 => break Data::Sparse(list),
                        key => list.push((key, One::read(r, shape, depth)?)),
                    }
                }
            }
            _ => return Err(bad),
        };
        Ok(Self { flags, kind, data })
    }
}

impl Wire<'_> for Value {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::nested(r, 0)
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.flags, self.kind.0]);
        let short = self.kind.short();
        match &self.data {
            Data::One(one) => one.write(out, short),
            Data::Many(many) => many.write(out, short),
            Data::Sparse(list) => {
                for (key, one) in list {
                    vlq::put_u32(out, *key);
                    one.write(out, short);
                }
                out.push(0);
            }
        }
    }
}

/// Octets with their count before them.
fn counted(r: &mut Reader<'_>, what: &'static str) -> Result<Vec<u8>, Malformed> {
    let len = vlq::u32(r, what)?;
    Ok(r.take(usize::try_from(len).unwrap_or(usize::MAX), what)?.to_vec())
}

fn put_counted(out: &mut Vec<u8>, octets: &[u8]) {
    put_count(out, octets.len());
    out.extend_from_slice(octets);
}

fn put_count(out: &mut Vec<u8>, n: usize) {
    vlq::put_u32(out, u32::try_from(n).unwrap_or(u32::MAX));
}

fn members(r: &mut Reader<'_>, depth: u8) -> Result<Vec<(u32, Value)>, Malformed> {
    if depth >= DEPTH {
        return Err(r.bad("structs in structs, too deep"));
    }
    let mut list = Vec::new();
    loop {
        match vlq::u32(r, "member")? {
            0 => return Ok(list),
            id => list.push((id, Value::nested(r, depth + 1)?)),
        }
    }
}

fn put_members(out: &mut Vec<u8>, list: &[(u32, Value)]) {
    for (id, value) in list {
        vlq::put_u32(out, *id);
        value.write(out);
    }
    out.push(0);
}

impl One {
    fn read(r: &mut Reader<'_>, shape: Shape, depth: u8) -> Result<Self, Malformed> {
        Ok(match shape {
            Shape::Null => Self::Null,
            Shape::Octet => Self::Octet(r.u8("value")?),
            Shape::Word => Self::Word(r.u16("value")?),
            Shape::Double => Self::Double(r.u32("value")?),
            Shape::ShortDouble => Self::Double(vlq::u32(r, "value")?),
            Shape::Signed => Self::Signed(vlq::i32(r, "value")?),
            Shape::Quad => Self::Quad(r.u64("value")?),
            Shape::ShortQuad => Self::Quad(vlq::u64(r, "value")?),
            Shape::Long => Self::Long(vlq::i64(r, "value")?),
            Shape::Text => Self::Text(counted(r, "text")?),
            Shape::Blob => Self::Blob(Blob::read(r, depth)?),
            Shape::Struct => Self::Struct(Box::new(Struct::read(r, depth)?)),
        })
    }
    fn write(&self, out: &mut Vec<u8>, short: bool) {
        match self {
            Self::Null => {}
            Self::Octet(value) => out.push(*value),
            Self::Word(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Double(value) if short => vlq::put_u32(out, *value),
            Self::Double(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Signed(value) => vlq::put_i32(out, *value),
            Self::Quad(value) if short => vlq::put_u64(out, *value),
            Self::Quad(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Long(value) => vlq::put_i64(out, *value),
            Self::Text(text) => put_counted(out, text),
            Self::Blob(blob) => blob.write(out),
            Self::Struct(inner) => inner.write(out),
        }
    }
}

impl Many {
    fn read(r: &mut Reader<'_>, shape: Shape, depth: u8) -> Result<Self, Malformed> {
        let bad = r.bad("count of an array");
        let n = usize::try_from(vlq::u32(r, "count of an array")?).unwrap_or(usize::MAX);
        // Every element takes an octet at the least, but for nothing at all.
        if n > r.left() {
            return Err(bad);
        }
        let list = 0..n;
        Ok(match shape {
            Shape::Octet => Self::Octets(r.take(n, "array")?.to_vec()),
            Shape::Word => Self::Words(list.map(|_| r.u16("array")).collect::<Result<_, _>>()?),
            Shape::Double => Self::Doubles(list.map(|_| r.u32("array")).collect::<Result<_, _>>()?),
            Shape::ShortDouble => {
                Self::Doubles(list.map(|_| vlq::u32(r, "array")).collect::<Result<_, _>>()?)
            }
            Shape::Signed => Self::Signed(list.map(|_| vlq::i32(r, "array")).collect::<Result<_, _>>()?),
            // Two layouts are on record, and neither in a recording.
            Shape::Struct => return Err(r.bad("array of structs")),
            _ => Self::Others(list.map(|_| One::read(r, shape, depth)).collect::<Result<_, _>>()?),
        })
    }
    fn write(&self, out: &mut Vec<u8>, short: bool) {
        match self {
            Self::Octets(list) => put_counted(out, list),
            Self::Words(list) => {
                put_count(out, list.len());
                list.iter().for_each(|value| out.extend_from_slice(&value.to_be_bytes()));
            }
            Self::Doubles(list) => {
                put_count(out, list.len());
                list.iter().for_each(|value| One::Double(*value).write(out, short));
            }
            Self::Signed(list) => {
                put_count(out, list.len());
                list.iter().for_each(|value| vlq::put_i32(out, *value));
            }
            Self::Others(list) => {
                put_count(out, list.len());
                list.iter().for_each(|one| one.write(out, short));
            }
        }
    }
}

impl Blob {
    fn read(r: &mut Reader<'_>, depth: u8) -> Result<Self, Malformed> {
        let root = vlq::u32(r, "root id of a blob")?;
        if root <= 1 {
            return Ok(Self::Plain(root, counted(r, "blob")?));
        }
        let head = r.array("head of a blob")?;
        let bad = r.bad("kind of a blob");
        match r.u8("kind of a blob")? {
            0 => Ok(Self::Members(root, head, members(r, depth)?)),
            kind @ (2 | 3) => Ok(Self::Kept(root, head, kind, counted(r, "blob")?)),
            _ => Err(bad),
        }
    }
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Plain(root, octets) => {
                vlq::put_u32(out, *root);
                put_counted(out, octets);
            }
            Self::Kept(root, head, kind, octets) => {
                vlq::put_u32(out, *root);
                out.extend_from_slice(head);
                out.push(*kind);
                put_counted(out, octets);
            }
            Self::Members(root, head, list) => {
                vlq::put_u32(out, *root);
                out.extend_from_slice(head);
                out.push(0);
                put_members(out, list);
            }
        }
    }
}

/// Bit 10 of a packed struct's flags.
const TWICE: u32 = 0x400;

impl Struct {
    fn read(r: &mut Reader<'_>, depth: u8) -> Result<Self, Malformed> {
        let id = r.u32("id of a struct")?;
        if !matches!(id, 0x9000_0001..=0x9fff_fffe | 0x0200_0001..=0x02ff_fffe) {
            return Ok(Self::Members(id, members(r, depth)?));
        }
        let time = r.u64("time of a packed struct")?;
        let (flags, first) =
            (vlq::u32(r, "flags of a packed struct")?, vlq::u32(r, "length of a packed struct")?);
        let len = if flags & TWICE == 0 { first } else { vlq::u32(r, "length of a packed struct")? };
        let octets = r.take(usize::try_from(len).unwrap_or(usize::MAX), "packed struct")?.to_vec();
        Ok(Self::Packed { id, time, flags, first, octets })
    }
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Members(id, list) => {
                out.extend_from_slice(&id.to_be_bytes());
                put_members(out, list);
            }
            Self::Packed { id, time, flags, first, octets } => {
                out.extend_from_slice(&id.to_be_bytes());
                out.extend_from_slice(&time.to_be_bytes());
                vlq::put_u32(out, *flags);
                if flags & TWICE != 0 {
                    vlq::put_u32(out, *first);
                }
                put_counted(out, octets);
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.flags & flags::ADDRESSES != 0 {
            f.write_str("@")?;
        }
        match &self.data {
            Data::One(One::Null) => Ok(()),
            Data::One(one) => {
                f.write_str(" ")?;
                one.show(self.kind, f)
            }
            Data::Many(Many::Octets(list)) if self.kind != ValueType::SInt => {
                write!(f, "[{}] ", list.len())?;
                list.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            Data::Many(many) => {
                f.write_str(" [")?;
                many.each(|at, one| {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    one.show(self.kind, f)
                })?;
                f.write_str("]")
            }
            Data::Sparse(list) => {
                f.write_str(" {")?;
                for (at, (key, one)) in list.iter().enumerate() {
                    write!(f, "{}{key}: ", if at > 0 { ", " } else { "" })?;
                    one.show(self.kind, f)?;
                }
                f.write_str("}")
            }
        }
    }
}

impl Many {
    fn each(&self, mut what: impl FnMut(usize, &One) -> fmt::Result) -> fmt::Result {
        match self {
            Self::Octets(list) => list.iter().enumerate().try_for_each(|(at, v)| what(at, &One::Octet(*v))),
            Self::Words(list) => list.iter().enumerate().try_for_each(|(at, v)| what(at, &One::Word(*v))),
            Self::Doubles(list) => list.iter().enumerate().try_for_each(|(at, v)| what(at, &One::Double(*v))),
            Self::Signed(list) => list.iter().enumerate().try_for_each(|(at, v)| what(at, &One::Signed(*v))),
            Self::Others(list) => list.iter().enumerate().try_for_each(|(at, one)| what(at, one)),
        }
    }
}

impl One {
    fn show(&self, kind: ValueType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("-"),
            Self::Octet(value) if kind == ValueType::SInt => write!(f, "{}", i8::from_be_bytes([*value])),
            Self::Octet(value) if kind == ValueType::Byte => write!(f, "{value:02x}"),
            Self::Octet(value) => write!(f, "{value}"),
            Self::Word(value) if kind == ValueType::Int => {
                write!(f, "{}", i16::from_be_bytes(value.to_be_bytes()))
            }
            Self::Word(value) if kind == ValueType::Word => write!(f, "{value:04x}"),
            Self::Word(value) => write!(f, "{value}"),
            Self::Double(value) if kind == ValueType::Real => write!(f, "{}", f32::from_bits(*value)),
            Self::Double(value) if matches!(kind, ValueType::DWord | ValueType::Rid) => {
                write!(f, "{value:08x}")
            }
            Self::Double(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Quad(value) if kind == ValueType::LReal => write!(f, "{}", f64::from_bits(*value)),
            Self::Quad(value) if kind == ValueType::LWord => write!(f, "{value:016x}"),
            Self::Quad(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Text(text) => match core::str::from_utf8(text) {
                Ok(text) => write!(f, "{text:?}"),
                Err(_) => write!(f, "\"{}\"", text.escape_ascii()),
            },
            Self::Blob(blob) => blob.show(f),
            Self::Struct(inner) => inner.show(f),
        }
    }
}

fn show_members(list: &[(u32, Value)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("{")?;
    for (at, (id, value)) in list.iter().enumerate() {
        write!(f, "{}{id}: {value}", if at > 0 { ", " } else { "" })?;
    }
    f.write_str("}")
}

fn show_octets(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}

impl Blob {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(root, octets) => {
                if *root != 0 {
                    write!(f, "root {root} ")?;
                }
                show_octets(octets, f)
            }
            Self::Kept(root, _, kind, octets) => {
                write!(f, "root {root} kind {kind} ")?;
                show_octets(octets, f)
            }
            Self::Members(root, _, list) => {
                write!(f, "root {root} ")?;
                show_members(list, f)
            }
        }
    }
}

impl Struct {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members(id, list) => {
                write!(f, "{id} ")?;
                show_members(list, f)
            }
            Self::Packed { id, time, octets, .. } => {
                write!(f, "{id:08x} at {time} ")?;
                show_octets(octets, f)
            }
        }
    }
}

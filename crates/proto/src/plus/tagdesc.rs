//! Tag descriptions: the members of a type as an S7-1200 with firmware 1 to 3 tells them.
//!
//! ```text
//!  kind 1 | name length | name | ? 1 | value type 1 | soft type | attributes 4 | LID | length or RID
//!  [accessibility | section] | offset | offset | what the kind has
//! ```
use super::value::{Text, ValueType};
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;
use core::fmt;

/// A member of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TagDescription {
    /// What it is called.
    pub name: Text,
    /// An octet nobody knows.
    pub unknown: u8,
    /// The type its value has.
    pub value_type: ValueType,
    /// Its type, or that of its elements: a [`SoftType`](super::lists::SoftType) where it is below 256.
    pub soft_type: u32,
    /// 00800000 visible to HMI, 00400000 read only, and more.
    pub attributes: u32,
    /// By what it is addressed.
    pub lid: u32,
    /// The length of a STRING, or the relation id of a type.
    pub length_or_rid: u32,
    /// Who may use it; where bit 04 or 08 of the kind is set.
    pub access: Access,
    /// Where it is, in octets.
    pub offsets: [u32; 2],
    /// What else its kind has.
    pub shape: Shape,
    /// The code of its offset info, as those of a [`Vartype`](super::lists::Vartype) have it, and what else its octet has.
    /// The lower two bits follow [`Self::shape`] when written, and all of them for [`Shape::Instance`].
    pub kind: u8,
}

/// Who may use a member.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Access {
    /// 0 public, 1 read only, 2 internal, 3 internal read only, 4 protected, 5 protected read only, 6 constant, 7 constant
    /// read only.
    pub accessibility: u32,
    /// 1 input, 2 output, 3 in/out, 4 static, 5 dynamic, 6 return value, 7 operand.
    pub section: u32,
}

/// What a tag description has by the lower two bits of its kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shape {
    /// 0: nothing more.
    Plain,
    /// 1: which bit.
    Bits([u32; 2]),
    /// 2: an array of one dimension.
    Array {
        /// The first index.
        lower: i32,
        /// How many elements.
        count: u32,
        /// Unknown.
        unknown: [u32; 2],
    },
    /// 3: an array of more dimensions.
    Matrix {
        /// Unknown.
        unknown: [u32; 2],
        /// First index and count of each dimension.
        dimensions: Vec<(i32, u32)>,
    },
    /// Kind 08: two numbers nobody knows.
    Instance([u32; 2]),
}

/// The kind that has two numbers more.
const INSTANCE: u8 = 8;

impl TagDescription {
    /// The kind as it is written.
    pub const fn written(&self) -> u8 {
        let upper = self.kind & !3;
        match self.shape {
            // This one would have two numbers more.
            Shape::Plain if upper == INSTANCE => 0,
            Shape::Plain => upper,
            Shape::Bits(_) => upper | 1,
            Shape::Array { .. } => upper | 2,
            Shape::Matrix { .. } => upper | 3,
            Shape::Instance(_) => INSTANCE,
        }
    }
    const fn has_access(kind: u8) -> bool {
        kind & 0x0c != 0
    }
}

impl Wire<'_> for TagDescription {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        const WHAT: &str = "tag description";
        let kind = r.u8("kind of a tag description")?;
        let bad = r.bad("length of a name");
        let len = usize::try_from(vlq::u32(r, "length of a name")?).map_err(|_| bad)?;
        let name = Text(r.take(len, "name")?.into());
        let unknown = r.u8(WHAT)?;
        let value_type = ValueType(r.u8("value type of a tag description")?);
        let soft_type = vlq::u32(r, "soft type of a tag description")?;
        let attributes = r.u32("attributes of a tag description")?;
        let lid = vlq::u32(r, "LID of a tag description")?;
        let length_or_rid = vlq::u32(r, "length or RID of a tag description")?;
        let mut access = Access::default();
        if Self::has_access(kind) {
            access.accessibility = vlq::u32(r, "accessibility")?;
            access.section = vlq::u32(r, "section")?;
        }
        let offsets = two(r)?;
        let shape = match kind & 3 {
            1 => Shape::Bits(two(r)?),
            2 => Shape::Array { lower: vlq::i32(r, WHAT)?, count: vlq::u32(r, WHAT)?, unknown: two(r)? },
            3 => Shape::Matrix { unknown: two(r)?, dimensions: dimensions(r)? },
            _ if kind == INSTANCE => Shape::Instance(two(r)?),
            _ => Shape::Plain,
        };
        Ok(Self {
            name,
            unknown,
            value_type,
            soft_type,
            attributes,
            lid,
            length_or_rid,
            access,
            offsets,
            shape,
            kind,
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let kind = self.written();
        out.push(kind);
        vlq::put_len(out, self.name.0.len());
        out.extend_from_slice(&self.name.0);
        out.extend_from_slice(&[self.unknown, self.value_type.0]);
        vlq::put_u32(out, self.soft_type);
        out.extend_from_slice(&self.attributes.to_be_bytes());
        vlq::put_u32(out, self.lid);
        vlq::put_u32(out, self.length_or_rid);
        if Self::has_access(kind) {
            vlq::put_u32(out, self.access.accessibility);
            vlq::put_u32(out, self.access.section);
        }
        put_two(out, self.offsets);
        match &self.shape {
            Shape::Plain => {}
            Shape::Bits(pair) | Shape::Instance(pair) => put_two(out, *pair),
            Shape::Array { lower, count, unknown } => {
                vlq::put_i32(out, *lower);
                vlq::put_u32(out, *count);
                put_two(out, *unknown);
            }
            Shape::Matrix { unknown, dimensions } => {
                put_two(out, *unknown);
                vlq::put_len(out, dimensions.len());
                for (lower, count) in dimensions {
                    vlq::put_i32(out, *lower);
                    vlq::put_u32(out, *count);
                }
            }
        }
    }
}

fn two(r: &mut Reader<'_>) -> Result<[u32; 2], Malformed> {
    Ok([vlq::u32(r, "tag description")?, vlq::u32(r, "tag description")?])
}

fn put_two(out: &mut Vec<u8>, pair: [u32; 2]) {
    pair.iter().for_each(|n| vlq::put_u32(out, *n));
}

fn dimensions(r: &mut Reader<'_>) -> Result<Vec<(i32, u32)>, Malformed> {
    let bad = r.bad("count of dimensions: there are not that many octets left");
    let n = usize::try_from(vlq::u32(r, "count of dimensions")?).map_err(|_| bad)?;
    if n > r.left() / 2 {
        return Err(bad);
    }
    (0..n).map(|_| Ok((vlq::i32(r, "lower bound")?, vlq::u32(r, "count of a dimension")?))).collect()
}

impl fmt::Display for TagDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tag {} LID {:X}: {} of soft type {}", self.name, self.lid, self.value_type, self.soft_type)
    }
}

//! Tag descriptions: the members of a type as an S7-1200 with firmware 1 to 3 tells them.
//!
//! ```text
//!  kind 1 | name length | name | ? 1 | value type 1 | soft type | attributes 4 | LID | length or RID
//!  [accessibility | section] | offset | offset | what the kind has
//! ```
use super::value::{Text, ValueType};
use alloc::vec::Vec;

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
    /// Upper six bits of the kind. Bits 0C demand [`Self::access`]. All 0 but bit 08 make the kind 08.
    pub access: Option<Access>,
    /// Where it is, in octets.
    pub offsets: [u32; 2],
    /// What else its kind has.
    pub shape: Shape,
    /// The octet that says which parts there are.
    pub kind: u8,
}

/// Who may use a member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

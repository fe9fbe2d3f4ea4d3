//! Variables on the wire: which value a type of the CPU has, and what its octets in memory are.
//!
//! Memory holds big-endian octets, as [`Type::encode`] makes them; [`Layout`] says how they are put together. The wire has a
//! value of its own for each type: a `STRING` is an array of `USInt` with its head, a `DTL` a packed struct, a `LDT` a
//! timestamp. [`value`] and [`store`] go from octets to the wire and back, for any octets; [`encode`] and [`decode`] do the
//! same for a [`data::Value`](crate::data::Value), and [`untyped`] takes a value of the wire for what it looks like.
use alloc::vec::Vec;

use crate::data::{self, EncodeError, Options, Type};

/// How variables stand in memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Layout {
    /// The classic one: bits are packed, all else of two octets and more starts at even offsets.
    Standard,
    /// That of blocks with optimised access: natural alignment, an octet for each `BOOL`. A device's own is not known; this
    /// one is hepta's, and no client can tell.
    Optimised,
}

impl Layout {
    /// The octets that a variable takes.
    pub fn size(self, ty: &Type) -> usize {
        match (self, ty) {
            (Self::Standard, _) => ty.size(),
            (Self::Optimised, Type::Array(array)) => {
                self.stride(array.element()).saturating_mul(array.count())
            }
            (Self::Optimised, Type::Struct(members)) => {
                let end = members.members().iter().fold(0usize, |end, member| {
                    let start = end.next_multiple_of(self.align(member.ty()));
                    start.saturating_add(self.size(member.ty()))
                });
                end.checked_next_multiple_of(self.align(ty)).unwrap_or(end)
            }
            (Self::Optimised, _) => ty.size(),
        }
    }
    /// The multiple that its first octet stands at.
    pub fn align(self, ty: &Type) -> usize {
        match (self, ty) {
            (Self::Standard, _) => ty.stride().min(2),
            (Self::Optimised, Type::Array(array)) => self.align(array.element()),
            (Self::Optimised, Type::Struct(members)) => {
                members.members().iter().map(|member| self.align(member.ty())).max().unwrap_or(1)
            }
            // Octets and arrays of octets on the wire.
            (Self::Optimised, Type::String(_) | Type::DateAndTime) => 1,
            (Self::Optimised, Type::WString(_)) => 2,
            (Self::Optimised, Type::Dtl) => 4,
            (Self::Optimised, _) => ty.size(),
        }
    }
    /// The octets from one element of an array to the next; bits are packed in the standard layout, and count as 1 there.
    pub fn stride(self, element: &Type) -> usize {
        match self {
            Self::Standard => element.stride(),
            Self::Optimised => {
                let size = self.size(element);
                size.checked_next_multiple_of(self.align(element)).unwrap_or(size)
            }
        }
    }
}

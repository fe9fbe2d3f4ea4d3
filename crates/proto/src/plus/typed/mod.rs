//! Variables on the wire: which value a type of the CPU has, and what its octets in memory are.
//!
//! Memory holds big-endian octets, as [`Type::encode`] makes them; [`Layout`] says how they are put together. The wire has a
//! value of its own for each type: a `STRING` is an array of `USInt` with its head, a `DTL` a packed struct, a `LDT` a
//! timestamp. [`value`] and [`store`] go from octets to the wire and back, for any octets; [`encode`] and [`decode`] do the
//! same for a [`data::Value`], and [`untyped`] takes a value of the wire for what it looks like.
use super::lists::SoftType;
use crate::data::{self, Handle, Origin, Type};

mod kind;
mod variable;
mod wire;

pub use variable::{DecodeError, decode, encode, stamp, stamped, untyped};
pub use wire::{StoreError, place, store, value};

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
        match ty {
            Type::Array(array) if self == Self::Optimised => {
                self.stride(array.element()).saturating_mul(array.count())
            }
            Type::Struct(members) if self == Self::Optimised => {
                let end = members.members().iter().fold(0usize, |end, member| {
                    let align = self.align(member.ty());
                    let start = end.checked_next_multiple_of(align).unwrap_or(end);
                    start.saturating_add(self.size(member.ty()))
                });
                end.checked_next_multiple_of(self.align(ty)).unwrap_or(end)
            }
            _ => ty.size(),
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
            (
                Self::Optimised,
                Type::String(_) | Type::DateAndTime | Type::Pointer | Type::Any | Type::Remote,
            ) => 1,
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

/// The id and the time of the interface of a system type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SystemType {
    /// The id of its packed struct, which is the relation id of its type information.
    pub id: u32,
    /// When its interface was changed last, in nanoseconds since 1970: a client repeats it when it writes.
    pub modified: u64,
}

/// `DTL`.
pub const DTL: SystemType = SystemType { id: 0x0200_0043, modified: 0x10ff_4ad6_dfd5_774c };

/// The soft data type of a variable: of an array, that of its elements. `BOOL` has two, by how bits stand in memory.
pub fn soft(ty: &Type, layout: Layout) -> SoftType {
    let number = match ty {
        Type::Array(array) => return soft(array.element(), layout),
        Type::Bool if layout == Layout::Optimised => 40,
        Type::String(_) => 19,
        Type::WString(_) => 62,
        Type::Handle(handle) => handle.0,
        Type::Struct(members) => match members.origin() {
            Origin::System(system) => system.soft(),
            _ => 17,
        },
        simple => SOFT.iter().find(|(_, ty)| ty == simple).map_or(255, |(number, _)| *number),
    };
    SoftType(number)
}

/// The type of that soft data type; `max` is the declared length, if it is a text. `None` for what is no value: structs, blocks, references.
pub fn of_soft(soft: SoftType, max: u16) -> Option<Type> {
    Some(match soft.0 {
        19 => Type::String(u8::try_from(max).unwrap_or(data::MAX_STRING)),
        62 => Type::WString(max),
        40 => Type::Bool,
        number if Handle::of(number).is_some() => Type::Handle(Handle(number)),
        number => SOFT.iter().find(|(known, _)| *known == number)?.1.clone(),
    })
}

/// The types without parameters.
static SOFT: [(u8, Type); 31] = [
    (1, Type::Bool),
    (2, Type::Byte),
    (3, Type::Char),
    (4, Type::Word),
    (5, Type::Int),
    (6, Type::DWord),
    (7, Type::DInt),
    (8, Type::Real),
    (9, Type::Date),
    (10, Type::Tod),
    (11, Type::Time),
    (12, Type::S5Time),
    (14, Type::DateAndTime),
    (20, Type::Pointer),
    (22, Type::Any),
    (28, Type::Counter),
    (29, Type::Timer),
    (48, Type::LReal),
    (49, Type::ULInt),
    (50, Type::LInt),
    (51, Type::LWord),
    (52, Type::USInt),
    (53, Type::UInt),
    (54, Type::UDInt),
    (55, Type::SInt),
    (61, Type::WChar),
    (64, Type::LTime),
    (65, Type::LTod),
    (66, Type::Ldt),
    (67, Type::Dtl),
    (96, Type::Remote),
];

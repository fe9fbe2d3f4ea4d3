//! The kinds of elements that values of the wire are made of.
use alloc::vec::Vec;

use crate::data::Type;
use crate::plus::value::{Array, Data, Value};

/// What an element is on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Bool,
    USInt,
    UInt,
    UDInt,
    ULInt,
    SInt,
    Int,
    DInt,
    LInt,
    Byte,
    Word,
    DWord,
    LWord,
    Real,
    LReal,
    Timestamp,
    Timespan,
}

/// A type on the wire: the kind of its elements, and whether it is an array of them even when it stands alone.
pub(super) fn kind(ty: &Type) -> Option<(Kind, bool)> {
    Some(match ty.base() {
        Type::Bool => (Kind::Bool, false),
        Type::Byte => (Kind::Byte, false),
        Type::Word | Type::S5Time => (Kind::Word, false),
        Type::DWord => (Kind::DWord, false),
        Type::LWord => (Kind::LWord, false),
        Type::SInt => (Kind::SInt, false),
        Type::USInt | Type::Char => (Kind::USInt, false),
        Type::Int => (Kind::Int, false),
        Type::UInt | Type::WChar | Type::Date | Type::Timer | Type::Counter => (Kind::UInt, false),
        Type::DInt | Type::Time => (Kind::DInt, false),
        Type::UDInt | Type::Tod => (Kind::UDInt, false),
        Type::LInt => (Kind::LInt, false),
        Type::ULInt | Type::LTod => (Kind::ULInt, false),
        Type::Real => (Kind::Real, false),
        Type::LReal => (Kind::LReal, false),
        Type::LTime => (Kind::Timespan, false),
        Type::Ldt => (Kind::Timestamp, false),
        Type::String(_) | Type::DateAndTime | Type::Pointer | Type::Any | Type::Remote => (Kind::USInt, true),
        Type::WString(_) => (Kind::UInt, true),
        _ => return None,
    })
}

/// The kinds that a client may write to a variable, its own first.
pub(super) fn spellings(ty: &Type) -> &'static [Kind] {
    match ty.base() {
        // One client writes characters as numbers, another as octets.
        Type::Char => &[Kind::USInt, Kind::Byte],
        // Sources do not agree on what a timer or a counter is.
        Type::Timer | Type::Counter => &[Kind::UInt, Kind::Word],
        Type::Bool => &[Kind::Bool],
        Type::Byte => &[Kind::Byte],
        Type::Word | Type::S5Time => &[Kind::Word],
        Type::DWord => &[Kind::DWord],
        Type::LWord => &[Kind::LWord],
        Type::SInt => &[Kind::SInt],
        Type::USInt | Type::String(_) | Type::DateAndTime | Type::Pointer | Type::Any | Type::Remote => {
            &[Kind::USInt]
        }
        Type::Int => &[Kind::Int],
        Type::UInt | Type::WChar | Type::Date | Type::WString(_) => &[Kind::UInt],
        Type::DInt | Type::Time => &[Kind::DInt],
        Type::UDInt | Type::Tod => &[Kind::UDInt],
        Type::LInt => &[Kind::LInt],
        Type::ULInt | Type::LTod => &[Kind::ULInt],
        Type::Real => &[Kind::Real],
        Type::LReal => &[Kind::LReal],
        Type::LTime => &[Kind::Timespan],
        Type::Ldt => &[Kind::Timestamp],
        _ => &[],
    }
}

/// Each kind with its name in values and in types, and Rust's number of its octets.
macro_rules! numbers {
    ($then:ident) => {
        $then! {
            USInt u8, UInt u16, UDInt u32, ULInt u64, SInt i8, Int i16, DInt i32, LInt i64, Byte u8, Word u16, DWord u32,
            LWord u64, Real f32, LReal f64, Timestamp u64, Timespan i64
        }
    };
}

macro_rules! conversions {
    ($($name:ident $rust:ident),*) => {
        impl Kind {
            /// Octets of one element.
            pub(super) const fn width(self) -> usize {
                match self {
                    Self::Bool => 1,
                    $(Self::$name => size_of::<$rust>(),)*
                }
            }
            /// One element alone, from its octets.
            pub(super) fn one(self, octets: &[u8]) -> Option<Data> {
                Some(match self {
                    Self::Bool => Data::Bool(*octets.first()?),
                    $(Self::$name => Data::$name($rust::from_be_bytes(*octets.first_chunk()?)),)*
                })
            }
            /// An array of elements, from the octets of all.
            pub(super) fn many(self, octets: &[u8]) -> Array {
                match self {
                    Self::Bool => Array::Bool(octets.to_vec()),
                    $(Self::$name => {
                        let (chunks, _) = octets.as_chunks();
                        Array::$name(chunks.iter().map(|chunk| $rust::from_be_bytes(*chunk)).collect())
                    })*
                }
            }
            /// The kind of one element, and its octets at the start of eight.
            pub(super) fn of(data: &Data) -> Option<(Self, [u8; 8])> {
                let mut out = [0; 8];
                let kind = match data {
                    Data::Bool(octet) => {
                        out = [*octet, 0, 0, 0, 0, 0, 0, 0];
                        Self::Bool
                    }
                    $(Data::$name(n) => {
                        out.iter_mut().zip(n.to_be_bytes()).for_each(|(place, octet)| *place = octet);
                        Self::$name
                    })*
                    _ => return None,
                };
                Some((kind, out))
            }
        }

        /// The kind of the elements of an array, and the octets of all, one after the other.
        pub(super) fn flat(array: &Array) -> Option<(Kind, Vec<u8>)> {
            Some(match array {
                Array::Bool(octets) => (Kind::Bool, octets.clone()),
                $(Array::$name(items) => (Kind::$name, items.iter().flat_map(|n| n.to_be_bytes()).collect()),)*
                _ => return None,
            })
        }
    };
}
numbers!(conversions);

impl Kind {
    /// The type that a value of this kind is for who knows no more.
    pub(super) const fn plain(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::USInt => Type::USInt,
            Self::UInt => Type::UInt,
            Self::UDInt => Type::UDInt,
            Self::ULInt => Type::ULInt,
            Self::SInt => Type::SInt,
            Self::Int => Type::Int,
            Self::DInt => Type::DInt,
            Self::LInt => Type::LInt,
            Self::Byte => Type::Byte,
            Self::Word => Type::Word,
            Self::DWord => Type::DWord,
            Self::LWord => Type::LWord,
            Self::Real => Type::Real,
            Self::LReal => Type::LReal,
            Self::Timestamp => Type::Ldt,
            Self::Timespan => Type::LTime,
        }
    }
}

/// The octets of a text as memory has it: some clients write these.
pub(super) fn raw(value: &Value) -> Option<&[u8]> {
    match value.data() {
        Data::Blob(blob) => blob.octets(),
        Data::StringMemory(octets) => Some(octets),
        Data::WString(text) => Some(&text.0),
        _ => None,
    }
}

//! What a variable is put together of.
use crate::data::{self, Type};
use crate::plus::address::ItemAddress;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A variable: its name, and how it is had.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    pub(super) name: Arc<str>,
    pub(super) shape: Shape,
}

impl Tag {
    /// Of that name, which is shown and nothing else.
    pub fn new(name: impl Into<Arc<str>>, shape: Shape) -> Self {
        Self { name: name.into(), shape }
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// How it is had.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}

/// How a variable is had: as one value, or as several that are put together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// One value: all that is neither a struct nor an array.
    Value {
        /// Its address.
        item: ItemAddress,
        /// What it is.
        ty: Type,
    },
    /// An array of values: whole, or one address for each element where the CPU does not give it whole. Of `DTL` always so.
    Array {
        /// The address of the whole.
        item: ItemAddress,
        /// What it is.
        array: data::Array,
        /// Rows of `BOOL` of which each begins at a multiple of eight, if there are several: of blocks with optimised access.
        padded: bool,
    },
    /// Elements with addresses of their own: an array of structs, or part of an array.
    Elements(Vec<Self>),
    /// Members with addresses of their own.
    Struct(Vec<(Arc<str>, Self)>),
    /// Some bits of a value. They are read with the whole of it, and not written.
    Bits {
        /// The address of the whole.
        item: ItemAddress,
        /// What the whole is: a bit string, or an integer.
        ty: Type,
        /// Which.
        bits: Bits,
    },
}

/// Some bits of a value: as many as a `BOOL`, `BYTE`, `WORD` or `DWORD` has, counted from the lowest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Bits {
    /// How many: 1, 8, 16 or 32.
    pub width: u8,
    /// Which is the lowest of them, from 0.
    pub shift: u8,
}

impl Shape {
    /// The value or array of that type at that address; rows of bits are not padded.
    pub fn value(item: ItemAddress, ty: Type) -> Self {
        match ty {
            Type::Array(array) => Self::Array { item, array, padded: false },
            ty => Self::Value { item, ty },
        }
    }
}

/// What a value is asked for by: one or, of an array, several addresses.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) item: ItemAddress,
    pub(super) ty: Type,
    padded: bool,
    pub(super) whole: Whole,
    /// Where its answers begin.
    pub(super) first: usize,
}

/// Does the CPU give an array as one value?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whole {
    /// It was not asked yet.
    Unknown,
    /// It does. So of all that is no array.
    Yes,
    /// It refuses the whole, and gives elements.
    No,
    /// It refuses both.
    Neither,
}

impl Whole {
    /// Before anything was asked.
    fn of(ty: &Type) -> Self {
        match ty {
            // Nobody has described how a CPU would give these as one value.
            Type::Array(array) if *array.element() == Type::Dtl => Self::No,
            Type::Array(_) => Self::Unknown,
            _ => Self::Yes,
        }
    }
}

impl Part {
    /// The address of one element, by its number over all dimensions.
    pub(super) fn element(&self, at: usize) -> ItemAddress {
        let mut lids = self.item.lids.to_vec();
        let number = match &self.ty {
            Type::Array(array) if self.padded && *array.element() == Type::Bool && array.rows().0 > 1 => {
                let (_, row) = array.rows();
                at / row.max(1) * row.next_multiple_of(8) + at % row.max(1)
            }
            _ => at,
        };
        lids.push(u32::try_from(number).unwrap_or(u32::MAX));
        if *self.ty.element() == Type::Dtl {
            lids.push(1);
        }
        // The checksum must be 0 where an element is meant: CPUs refuse the combination.
        ItemAddress { crc: 0, lids: lids.as_slice().into(), ..self.item.clone() }
    }
    /// Of another type.
    pub(super) fn retype(&mut self, ty: &Type) {
        if *ty != self.ty {
            self.whole = Whole::of(ty);
            self.ty = ty.clone();
        }
    }
    /// How many answers it takes.
    pub(super) fn answers(&self) -> usize {
        if self.whole == Whole::No { self.ty.count() } else { 1 }
    }
}

/// How values of parts are put together.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// The next part is it.
    Part,
    /// These bits of the next part.
    Bits(Bits),
    Elements(Vec<Self>),
    Struct(Vec<(Arc<str>, Self)>),
}

impl Form {
    /// What it is, for errors.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Part | Self::Bits(_) => "a value",
            Self::Elements(_) => "an array of as many elements as the variable",
            Self::Struct(_) => "a struct",
        }
    }
    /// The parts of a shape go to the end of `parts`.
    pub(super) fn of(shape: Shape, parts: &mut Vec<Part>) -> Self {
        let mut part = |item, ty, padded, whole| parts.push(Part { item, ty, padded, whole, first: 0 });
        match shape {
            Shape::Value { item, ty } => {
                part(item, ty, false, Whole::Yes);
                Self::Part
            }
            Shape::Array { item, array, padded } => {
                let ty = Type::Array(array);
                let whole = Whole::of(&ty);
                part(item, ty, padded, whole);
                Self::Part
            }
            Shape::Bits { item, ty, bits } => {
                part(item, ty, false, Whole::Yes);
                Self::Bits(bits)
            }
            Shape::Elements(shapes) => {
                Self::Elements(shapes.into_iter().map(|shape| Self::of(shape, parts)).collect())
            }
            Shape::Struct(members) => {
                let of = |(name, shape)| (name, Self::of(shape, parts));
                Self::Struct(members.into_iter().map(of).collect())
            }
        }
    }
}

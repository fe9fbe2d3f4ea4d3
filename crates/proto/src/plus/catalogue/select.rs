//! Parts of what has a name: slices of arrays, bits of values.
use super::node::Dimension;
use crate::data::Type;
use core::fmt;

/// Some indices of an array, dimension by dimension: `[2..5]`, `[1, 2..5]`. A single index is a range of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Slice {
    pub(super) dimensions: u8,
    /// First and last index, the outermost dimension first.
    pub(super) ranges: [(i32, i32); 6],
    /// Which of these were given as a range; the others are single indices.
    pub(super) ranged: [bool; 6],
    /// Those of the array: lower bound and count.
    pub(super) whole: [(i32, u32); 6],
}

impl Slice {
    fn ranges(&self) -> impl DoubleEndedIterator<Item = ((i32, i32), (i32, u32))> + use<> {
        let Self { dimensions, ranges, whole, .. } = *self;
        (0..usize::from(dimensions)).filter_map(move |at| Some((*ranges.get(at)?, *whole.get(at)?)))
    }
    /// Those that were given as ranges.
    fn open(&self) -> impl Iterator<Item = (i32, i32)> + use<> {
        let ranged = self.ranged;
        self.ranges().zip(ranged).filter(|(_, ranged)| *ranged).map(|((range, _), _)| range)
    }
    /// The dimensions of the slice, the outermost first; single indices are none.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + use<> {
        self.open().map(|(lower, last)| {
            let count = u32::try_from(i64::from(last) - i64::from(lower) + 1).unwrap_or(0);
            Dimension { lower, count }
        })
    }
    /// How many elements it has.
    pub fn count(&self) -> u64 {
        self.dimensions().fold(1, |count, dimension| count.saturating_mul(u64::from(dimension.count)))
    }
    /// The numbers of its elements in the row of all of the array, in the order of the slice.
    pub fn elements(&self) -> impl Iterator<Item = u32> + use<> {
        let slice = *self;
        (0..slice.count()).map(move |at| slice.element(at))
    }
    pub(super) fn element(&self, at: u64) -> u32 {
        let (mut rest, mut row, mut element) = (at, 1u64, 0u64);
        for ((first, last), (lower, count)) in self.ranges().rev() {
            let many = u64::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or(1).max(1);
            let index = u64::try_from(i64::from(first) - i64::from(lower)).unwrap_or(0) + rest % many;
            element = element.saturating_add(index.saturating_mul(row));
            rest /= many;
            row = row.saturating_mul(u64::from(count));
        }
        u32::try_from(element).unwrap_or(u32::MAX)
    }
    /// The array that it is of these elements; `None` if no value may be that long.
    pub(super) fn ty(&self, element: Type) -> Option<Type> {
        Type::array(element, self.open().map(|(first, last)| first..=last)).ok()
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (((first, last), _), ranged)) in self.ranges().zip(self.ranged).enumerate() {
            f.write_str(if n == 0 { "[" } else { "," })?;
            if ranged { write!(f, "{first}..{last}")? } else { write!(f, "{first}")? }
        }
        f.write_str("]")
    }
}

/// Some bits of a value of bits: `%X3`, `%B0`, `%W1`, `%D0`, counted from the lowest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Bits {
    /// How many: 1, 8, 16 or 32.
    pub width: u8,
    /// Which, counted in parts of that width, from the lowest.
    pub index: u8,
}

impl Bits {
    /// What it is by itself.
    pub const fn ty(self) -> Type {
        match self.width {
            1 => Type::Bool,
            8 => Type::Byte,
            16 => Type::Word,
            _ => Type::DWord,
        }
    }
    /// The number of its lowest bit in the whole.
    pub const fn shift(self) -> u32 {
        // Widths are 32 at the most, so this is below 8192.
        self.width as u32 * self.index as u32
    }
    /// These bits of a whole.
    pub const fn of(self, whole: u64) -> u64 {
        match whole.checked_shr(self.shift()) {
            Some(shifted) => shifted & self.mask(),
            None => 0,
        }
    }
    /// A whole with these bits put in its place of them.
    pub const fn put(self, whole: u64, bits: u64) -> u64 {
        match (self.mask().checked_shl(self.shift()), (bits & self.mask()).checked_shl(self.shift())) {
            (Some(mask), Some(bits)) => whole & !mask | bits,
            _ => whole,
        }
    }
    const fn mask(self) -> u64 {
        (1 << self.width) - 1
    }
    const fn letter(self) -> char {
        match self.width {
            1 => 'X',
            8 => 'B',
            16 => 'W',
            _ => 'D',
        }
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}{}", self.letter(), self.index)
    }
}

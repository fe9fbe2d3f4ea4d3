//! The types of STEP 7 and TIA Portal, and how many octets each takes in a block with standard (non-optimised) access.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

use super::handle::Handle;
use super::interface::System;
use super::layout::Struct;
use super::scan::Scan;

/// What a variable is. Its text is the one of STEP 7, both ways, in upper or lower case.
///
/// ```
/// use hepta_proto::data::Type;
/// let recipe: Type = "array[1..3] of string[9]".parse()?;
/// assert_eq!(recipe.to_string(), "ARRAY[1..3] OF STRING[9]");
/// assert_eq!(recipe.size(), 36); // 2 + 9 octets each, and one to the next even offset
/// # Ok::<(), hepta_proto::data::TypeError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Type {
    /// One bit.
    Bool,
    /// 8 bits.
    Byte,
    /// 16 bits.
    Word,
    /// 32 bits.
    DWord,
    /// 64 bits.
    LWord,
    /// An integer of 8 bits.
    SInt,
    /// An integer of 8 bits without sign.
    USInt,
    /// An integer of 16 bits.
    Int,
    /// An integer of 16 bits without sign.
    UInt,
    /// An integer of 32 bits.
    DInt,
    /// An integer of 32 bits without sign.
    UDInt,
    /// An integer of 64 bits.
    LInt,
    /// An integer of 64 bits without sign.
    ULInt,
    /// IEEE 754, 32 bits.
    Real,
    /// IEEE 754, 64 bits.
    LReal,
    /// One character in one octet; see [`Encoding`](super::Encoding).
    Char,
    /// One character in one unit of UTF-16.
    WChar,
    /// Characters of one octet, at most so many (up to 254; more counts as 254): `max, length, characters`.
    String(u8),
    /// Units of UTF-16, at most so many (up to 16382; more counts as that): `max 2, length 2, units`.
    WString(u16),
    /// Days since 1990-01-01, 16 bits.
    Date,
    /// Milliseconds, 32 bits with sign.
    Time,
    /// Nanoseconds, 64 bits with sign.
    LTime,
    /// `TIME_OF_DAY`: milliseconds since midnight, 32 bits.
    Tod,
    /// `LTIME_OF_DAY`: nanoseconds since midnight, 64 bits.
    LTod,
    /// `DATE_AND_TIME`: 8 octets of BCD, from 1990 to 2089, with milliseconds.
    DateAndTime,
    /// Nanoseconds since 1970, 64 bits.
    Ldt,
    /// Twelve octets of date and time, with nanoseconds.
    Dtl,
    /// `S5TIME`: three digits of BCD and one of four steps, 16 bits.
    S5Time,
    /// A timer `T n`: what is left, as an `S5TIME`.
    Timer,
    /// A counter `C n`: 0 to 999 in BCD, 16 bits.
    Counter,
    /// A pointer of STEP 7, 6 octets: data block, area, bit address. Its value is these octets.
    Pointer,
    /// An `ANY` pointer of STEP 7, 10 octets: type, count, data block, area, bit address. Its value is these octets.
    Any,
    /// A `REMOTE` pointer: ten octets as of [`Type::Any`], for the data of a partner.
    Remote,
    /// A number that names something of the CPU: `HW_IO`, `DB_ANY`, `OB_CYCLIC`.
    Handle(Handle),
    /// Many of one type; see [`Type::array`].
    Array(Array),
    /// Named members, one after the other.
    Struct(Struct),
}

impl Type {
    /// An array of one or more dimensions, each from its first to its last index.
    ///
    /// ```
    /// use hepta_proto::data::Type;
    /// assert_eq!(Type::array(Type::Real, [0..=4])?.size(), 20);
    /// assert_eq!(Type::array(Type::Bool, [1..=2, 0..=8])?.size(), 4); // each row of bits starts an octet
    /// assert!(Type::array(Type::Real, [0..=i32::MAX]).is_err());
    /// # Ok::<(), hepta_proto::data::TypeFault>(())
    /// ```
    pub fn array(
        element: Self,
        bounds: impl IntoIterator<Item = RangeInclusive<i32>>,
    ) -> Result<Self, TypeFault> {
        Array::new(element, bounds).map(Self::Array)
    }
    /// An array with indices from 0 to `count - 1`.
    pub fn array_of(element: Self, count: u32) -> Result<Self, TypeFault> {
        let last = i64::from(count) - 1;
        let high = i32::try_from(last).map_err(|_| TypeFault::TooLarge)?;
        Self::array(element, [0..=high])
    }
    /// The octets that a variable of this type takes; a `BOOL` alone takes one.
    pub fn size(&self) -> usize {
        match self {
            Self::Bool | Self::Byte | Self::SInt | Self::USInt | Self::Char => 1,
            Self::Word
            | Self::Int
            | Self::UInt
            | Self::WChar
            | Self::Date
            | Self::S5Time
            | Self::Timer
            | Self::Counter => 2,
            Self::DWord | Self::DInt | Self::UDInt | Self::Real | Self::Time | Self::Tod => 4,
            Self::Pointer => 6,
            Self::Any | Self::Remote => 10,
            Self::Dtl => 12,
            Self::Handle(handle) => handle.base().size(),
            Self::String(max) => 2 + usize::from((*max).min(MAX_STRING)),
            Self::WString(max) => 4 + 2 * usize::from((*max).min(MAX_WSTRING)),
            Self::Array(array) => array.size(),
            Self::Struct(members) => members.size(),
            // LWORD, LINT, ULINT, LREAL, LTIME, LTOD, DATE_AND_TIME, LDT.
            _ => 8,
        }
    }
    /// The bits that a variable of this type takes: 1 for `BOOL`, the count for one row of them, else 8 times [`Self::size`].
    pub fn bits(&self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Array(array) if array.is_bits() => array.count(),
            _ => 8 * self.size(),
        }
    }
    /// Whether a variable of this type may start at any bit of an octet: a `BOOL`, or one row of them.
    pub fn is_bits(&self) -> bool {
        match self {
            Self::Bool => true,
            Self::Array(array) => array.is_bits(),
            _ => false,
        }
    }
    /// The type of the elements; of anything but an array, the type itself.
    pub fn element(&self) -> &Self {
        match self {
            Self::Array(array) => array.element(),
            _ => self,
        }
    }
    /// The number that a [`Handle`] is; any other type is itself.
    pub fn base(&self) -> &Self {
        match self {
            Self::Handle(handle) => handle.base(),
            _ => self,
        }
    }
    /// How many elements there are; 1 for anything but an array.
    pub fn count(&self) -> usize {
        match self {
            Self::Array(array) => array.count(),
            _ => 1,
        }
    }
    /// The octets of the smallest part that may be read or written alone without tearing a value: an array may be cut
    /// between its elements (of bits: between octets), all else stays whole.
    pub fn piece(&self) -> usize {
        match self {
            Self::Array(array) => array.element().stride(),
            _ => self.size(),
        }
    }
    /// Where the part behind the declared maximum starts in a `STRING` (1) or `WSTRING` (2): length and characters.
    ///
    /// Who writes there leaves the maximum alone, which belongs to the program of the CPU.
    pub fn body_offset(&self) -> Option<usize> {
        match self {
            Self::String(_) => Some(1),
            Self::WString(_) => Some(2),
            _ => None,
        }
    }
    /// The same `STRING` or `WSTRING` with the maximum that its first octets on the CPU declare; `None` for other types
    /// and too few octets.
    ///
    /// Reading these 1 or 2 octets first is how to write a text into a variable of unknown length.
    pub fn declared_by(&self, head: &[u8]) -> Option<Self> {
        match (self, head) {
            (Self::String(_), [max, ..]) => Some(Self::String((*max).min(MAX_STRING))),
            (Self::WString(_), [a, b, ..]) => {
                Some(Self::WString(u16::from_be_bytes([*a, *b]).min(MAX_WSTRING)))
            }
            _ => None,
        }
    }

    /// Whether it starts at an even offset in a block: all but bits and single octets.
    pub(super) fn is_even(&self) -> bool {
        !matches!(self, Self::Bool | Self::Byte | Self::SInt | Self::USInt | Self::Char)
    }
    /// The octets from one element to the next; bits are packed, and count as 1.
    pub(crate) fn stride(&self) -> usize {
        if self.is_even() { self.size().next_multiple_of(2) } else { 1 }
    }
    /// The least and the most of an integer or bit string.
    pub(super) fn limits(&self) -> Option<(i128, i128)> {
        Some(match self.base() {
            Self::SInt => (i8::MIN.into(), i8::MAX.into()),
            Self::Int => (i16::MIN.into(), i16::MAX.into()),
            Self::DInt => (i32::MIN.into(), i32::MAX.into()),
            Self::LInt => (i64::MIN.into(), i64::MAX.into()),
            Self::Byte | Self::USInt => (0, u8::MAX.into()),
            Self::Word | Self::UInt => (0, u16::MAX.into()),
            Self::DWord | Self::UDInt => (0, u32::MAX.into()),
            Self::LWord | Self::ULInt => (0, u64::MAX.into()),
            _ => return None,
        })
    }
    /// How deep arrays and structs are inside each other here.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Array(array) => array.0.depth,
            Self::Struct(members) => members.depth(),
            _ => 0,
        }
    }
    /// The type at `scan`; what follows stays.
    pub(super) fn scan(scan: &mut Scan<'_>) -> Result<Self, TypeError> {
        scan_type(scan, 0)
    }
    /// The name of a type without parameters, or of its kind.
    pub(super) fn keyword(&self) -> &'static str {
        match self {
            Self::String(_) => "STRING",
            Self::WString(_) => "WSTRING",
            Self::Array(_) => "ARRAY",
            Self::Struct(_) => "STRUCT",
            Self::Handle(handle) => handle.name(),
            _ => NAMES.iter().find(|(_, ty)| ty == self).map_or("", |(name, _)| name),
        }
    }
    /// The type of this name, if it has no parameters.
    pub(super) fn of_keyword(word: &str) -> Option<&'static Self> {
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, ty)| ty)
    }
}

/// The spelling of STEP 7: `DATE_AND_TIME`, `STRING[20]`, `ARRAY[0..4] OF REAL`, `STRUCT a : INT; b : BOOL; END_STRUCT`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(max) => write!(f, "STRING[{}]", (*max).min(MAX_STRING)),
            Self::WString(max) => write!(f, "WSTRING[{}]", (*max).min(MAX_WSTRING)),
            Self::Array(array) => {
                f.write_str("ARRAY")?;
                for (i, bounds) in array.bounds().iter().enumerate() {
                    write!(f, "{}{}..{}", if i == 0 { '[' } else { ',' }, bounds.start(), bounds.end())?;
                }
                write!(f, "] OF {}", array.element())
            }
            Self::Struct(members) => write!(f, "{members}"),
            simple => f.write_str(simple.keyword()),
        }
    }
}

impl FromStr for Type {
    type Err = TypeError;

    /// Reads what [`Display`](fmt::Display) writes, the short names (`DT`, `TOD`, `LTOD`), and the short array `REAL[5]`,
    /// which is `ARRAY[0..4] OF REAL`. `STRING` and `WSTRING` without a length have 254, as in STEP 7.
    fn from_str(text: &str) -> Result<Self, TypeError> {
        let mut scan = Scan::new(text);
        let ty = Self::scan(&mut scan)?;
        scan.spaces();
        if scan.done() { Ok(ty) } else { Err(TypeError { column: scan.column(), what: TypeFault::LeftOver }) }
    }
}

/// An array type: made by [`Type::array`], which checks its size.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Array(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    element: Type,
    bounds: Box<[RangeInclusive<i32>]>,
    rows: usize,
    per_row: usize,
    row_size: usize,
    depth: usize,
}

impl Array {
    fn new(element: Type, bounds: impl IntoIterator<Item = RangeInclusive<i32>>) -> Result<Self, TypeFault> {
        let bounds: Box<[_]> = bounds.into_iter().collect();
        let (last, outer) = bounds.split_last().ok_or(TypeFault::NoBounds)?;
        if outer.len() >= MAX_DIMENSIONS {
            return Err(TypeFault::Dimensions);
        }
        let per_row = indices(last)?;
        let mut rows = 1usize;
        for range in outer {
            rows = rows.checked_mul(indices(range)?).ok_or(TypeFault::TooLarge)?;
        }
        // After Berger, Automating with STEP 7: a new dimension of bits or octets starts at the next octet, one of larger
        // components at the next even one. Not compared with a device yet.
        let row_size = match element {
            Type::Bool => Some(per_row.div_ceil(8)),
            _ => element.stride().checked_mul(per_row),
        };
        let row_size = row_size.ok_or(TypeFault::TooLarge)?;
        let depth = element.depth() + 1;
        match row_size.checked_mul(rows) {
            Some(size) if size <= MAX_SIZE => {}
            _ => return Err(TypeFault::TooLarge),
        }
        if depth > MAX_DEPTH {
            return Err(TypeFault::TooDeep);
        }
        Ok(Self(Arc::new(Inner { element, bounds, rows, per_row, row_size, depth })))
    }
    /// The type of the elements.
    pub fn element(&self) -> &Type {
        &self.0.element
    }
    /// The first and last index of each dimension, the outermost first.
    pub fn bounds(&self) -> &[RangeInclusive<i32>] {
        &self.0.bounds
    }
    /// How many elements there are in all dimensions.
    pub fn count(&self) -> usize {
        self.0.rows * self.0.per_row
    }
    /// The octets that it takes, without a fill octet behind it.
    pub fn size(&self) -> usize {
        self.0.rows * self.0.row_size
    }
    /// How many rows there are, and the elements of each: the last dimension runs along a row.
    pub fn rows(&self) -> (usize, usize) {
        (self.0.rows, self.0.per_row)
    }
    /// Elements of one row, and its octets: only bits leave something empty at its end.
    pub(super) fn row(&self) -> (usize, usize) {
        (self.0.per_row, self.0.row_size)
    }
    fn is_bits(&self) -> bool {
        self.0.element == Type::Bool && self.0.rows == 1
    }
}

fn indices(range: &RangeInclusive<i32>) -> Result<usize, TypeFault> {
    let (low, high) = (*range.start(), *range.end());
    let count = i64::from(high) - i64::from(low) + 1;
    match usize::try_from(count) {
        Err(_) | Ok(0) => Err(TypeFault::Bounds { low, high }),
        Ok(count) => Ok(count),
    }
}

/// A text that is no type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct TypeError {
    /// Where: from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: TypeFault,
}

/// What is wrong with a type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeFault {
    /// No type has this name.
    #[error("no type is called {0:?}; types are BOOL, INT, REAL, STRING[20], ARRAY[0..9] OF INT, ...")]
    Unknown(String),
    /// A declared length is missing or beyond what the type can have.
    #[error("{ty} has a length of 0 to {max}, as in {ty}[20]")]
    Length {
        /// `STRING` or `WSTRING`.
        ty: &'static str,
        /// The longest.
        max: u16,
    },
    /// An array without indices.
    #[error("an array has bounds, as in ARRAY[0..9] OF INT, or a count of 1 or more, as in INT[10]")]
    NoBounds,
    /// A dimension that ends before it starts.
    #[error("the bounds {low}..{high} hold no index; the first is the lower one")]
    Bounds {
        /// The first index.
        low: i32,
        /// The last index.
        high: i32,
    },
    /// More dimensions than STEP 7 knows.
    #[error("an array has at most 6 dimensions")]
    Dimensions,
    /// Larger than any block of a CPU.
    #[error("the type is larger than 16 MiB, and no block is")]
    TooLarge,
    /// Arrays and structs too deep in each other.
    #[error("arrays and structs stand more than 16 deep in each other")]
    TooDeep,
    /// A struct without members.
    #[error("a struct has at least one member, as in STRUCT a : INT; END_STRUCT")]
    Empty,
    /// A member without a usable name.
    #[error("{0:?} is no name for a member: it is empty, or has a double quote in it")]
    Name(String),
    /// Two members of one name.
    #[error("two members are called {0:?}")]
    Twice(String),
    /// A member that was put where it does not fit.
    #[error(
        "the member {0:?} does not fit where it was put: its end is outside of the struct, or it starts in the middle of an octet"
    )]
    Place(String),
    /// A character that should be there is not.
    #[error("expected {0:?} here")]
    Expected(&'static str),
    /// Text follows after the type.
    #[error("the type ends before this")]
    LeftOver,
}

fn scan_type(scan: &mut Scan<'_>, depth: usize) -> Result<Type, TypeError> {
    scan.spaces();
    let start = *scan;
    let at = |scan: &Scan<'_>, what| TypeError { column: scan.column(), what };
    if depth > MAX_DEPTH {
        return Err(at(scan, TypeFault::TooDeep));
    }
    let word = scan.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut ty = if word.eq_ignore_ascii_case("STRING") {
        let max = scan_length(scan, "STRING", MAX_STRING.into())?;
        Type::String(u8::try_from(max).unwrap_or(MAX_STRING))
    } else if word.eq_ignore_ascii_case("WSTRING") {
        Type::WString(scan_length(scan, "WSTRING", MAX_WSTRING)?)
    } else if word.eq_ignore_ascii_case("ARRAY") {
        let bounds = scan_bounds(scan)?;
        scan.spaces();
        if !scan.eat_word("OF") {
            return Err(at(scan, TypeFault::Expected("OF")));
        }
        let element = scan_type(scan, depth + 1)?;
        return Type::array(element, bounds).map_err(|what| at(&start, what));
    } else if word.eq_ignore_ascii_case("STRUCT") {
        scan_struct(scan, &start, depth)?
    } else {
        let known = || Type::of_keyword(word).cloned().or_else(|| Handle::named(word).map(Type::Handle));
        let system = || System::named(word).map(|system| Type::Struct(system.members()));
        known().or_else(system).ok_or_else(|| at(&start, TypeFault::Unknown(word.into())))?
    };
    while scan.eat('[') {
        scan.spaces();
        let from = *scan;
        let count = scan.number().filter(|n| *n > 0).ok_or_else(|| at(&from, TypeFault::NoBounds))?;
        expect(scan, "]")?;
        ty = Type::array_of(ty, count).map_err(|what| at(&from, what))?;
    }
    Ok(ty)
}

fn scan_length(scan: &mut Scan<'_>, ty: &'static str, max: u16) -> Result<u16, TypeError> {
    if !scan.eat('[') {
        return Ok(DEFAULT_LENGTH);
    }
    scan.spaces();
    let fault = TypeError { column: scan.column(), what: TypeFault::Length { ty, max } };
    let length = scan.number().and_then(|n| u16::try_from(n).ok()).filter(|n| *n <= max).ok_or(fault)?;
    expect(scan, "]")?;
    Ok(length)
}

fn scan_bounds(scan: &mut Scan<'_>) -> Result<Vec<RangeInclusive<i32>>, TypeError> {
    let mut bounds = Vec::new();
    expect(scan, "[")?;
    loop {
        let low = scan_index(scan)?;
        expect(scan, "..")?;
        let high = scan_index(scan)?;
        bounds.push(low..=high);
        scan.spaces();
        if !scan.eat(',') {
            expect(scan, "]")?;
            return Ok(bounds);
        }
        if bounds.len() >= MAX_DIMENSIONS {
            return Err(TypeError { column: scan.column(), what: TypeFault::Dimensions });
        }
    }
}

fn scan_index(scan: &mut Scan<'_>) -> Result<i32, TypeError> {
    scan.spaces();
    let fault = TypeError { column: scan.column(), what: TypeFault::NoBounds };
    let negative = scan.eat('-');
    let size = i64::from(scan.number().ok_or_else(|| fault.clone())?);
    i32::try_from(if negative { -size } else { size }).map_err(|_| fault)
}

fn scan_struct(scan: &mut Scan<'_>, start: &Scan<'_>, depth: usize) -> Result<Type, TypeError> {
    let mut members = Vec::new();
    loop {
        scan.spaces();
        if scan.eat_word("END_STRUCT") {
            let made = Struct::new(members);
            return made.map(Type::Struct).map_err(|what| TypeError { column: start.column(), what });
        }
        let from = *scan;
        let name = scan_name(scan);
        if name.is_empty() {
            return Err(TypeError { column: from.column(), what: TypeFault::Expected("END_STRUCT") });
        }
        expect(scan, ":")?;
        members.push((name, scan_type(scan, depth + 1)?));
        expect(scan, ";")?;
    }
}

/// A member's name: in double quotes, or of letters, digits and underscores. Empty if there is none.
pub(super) fn scan_name<'a>(scan: &mut Scan<'a>) -> &'a str {
    if !scan.eat('"') {
        return scan.take_while(is_plain);
    }
    let name = scan.take_while(|c| c != '"');
    if scan.eat('"') { name } else { "" }
}

/// Writes a member's name, with double quotes if it needs them.
pub(super) fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    // Plain, END_STRUCT would end the struct that it stands in.
    if name.chars().all(is_plain) && !name.to_ascii_uppercase().starts_with("END_STRUCT") {
        f.write_str(name)
    } else {
        write!(f, "\"{name}\"")
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn expect(scan: &mut Scan<'_>, what: &'static str) -> Result<(), TypeError> {
    scan.spaces();
    if scan.eat_word(what) {
        Ok(())
    } else {
        Err(TypeError { column: scan.column(), what: TypeFault::Expected(what) })
    }
}

/// The most characters of a `STRING`.
pub const MAX_STRING: u8 = 254;
/// The most units of a `WSTRING`.
pub const MAX_WSTRING: u16 = 16_382;
/// The octets of the largest type: no block of an S7-1500 has more than 16 MiB.
pub const MAX_SIZE: usize = 1 << 24;
/// How deep arrays and structs can stand in each other; STEP 7 allows 8.
pub(super) const MAX_DEPTH: usize = 16;
const MAX_DIMENSIONS: usize = 6;
const DEFAULT_LENGTH: u16 = 254;

/// The names of the types without parameters; STEP 7's own comes first, others after it.
static NAMES: [(&str, Type); 36] = [
    ("BOOL", Type::Bool),
    ("BYTE", Type::Byte),
    ("WORD", Type::Word),
    ("DWORD", Type::DWord),
    ("LWORD", Type::LWord),
    ("SINT", Type::SInt),
    ("USINT", Type::USInt),
    ("INT", Type::Int),
    ("UINT", Type::UInt),
    ("DINT", Type::DInt),
    ("UDINT", Type::UDInt),
    ("LINT", Type::LInt),
    ("ULINT", Type::ULInt),
    ("REAL", Type::Real),
    ("LREAL", Type::LReal),
    ("CHAR", Type::Char),
    ("WCHAR", Type::WChar),
    ("DATE", Type::Date),
    ("TIME", Type::Time),
    ("LTIME", Type::LTime),
    ("TIME_OF_DAY", Type::Tod),
    ("TOD", Type::Tod),
    ("LTIME_OF_DAY", Type::LTod),
    ("LTOD", Type::LTod),
    ("DATE_AND_TIME", Type::DateAndTime),
    ("DT", Type::DateAndTime),
    ("LDT", Type::Ldt),
    ("DATE_AND_LTIME", Type::Ldt),
    ("DTL", Type::Dtl),
    ("S5TIME", Type::S5Time),
    ("S5T", Type::S5Time),
    ("TIMER", Type::Timer),
    ("COUNTER", Type::Counter),
    ("POINTER", Type::Pointer),
    ("ANY", Type::Any),
    ("REMOTE", Type::Remote),
];

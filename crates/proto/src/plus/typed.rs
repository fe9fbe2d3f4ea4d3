//! Variables on the wire: which value a type of the CPU has, and what its octets in memory are.
//!
//! Memory holds big-endian octets, as [`Type::encode`] makes them; [`Layout`] says how they are put together. The wire has a
//! value of its own for each type: a `STRING` is an array of `USInt` with its head, a `DTL` a packed struct, a `LDT` a
//! timestamp. [`value`] and [`store`] go from octets to the wire and back, for any octets; [`encode`] and [`decode`] do the
//! same for a [`data::Value`](crate::data::Value), and [`untyped`] takes a value of the wire for what it looks like.
use alloc::vec::Vec;

use super::{Packed, SoftType, Value};
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

/// What an element is on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
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
const fn kind(ty: &Type) -> Option<(Kind, bool)> {
    Some(match ty {
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
        Type::String(_) | Type::DateAndTime => (Kind::USInt, true),
        Type::WString(_) => (Kind::UInt, true),
        _ => return None,
    })
}

/// The soft data type of a variable: of an array, that of its elements. `BOOL` has two, by how bits stand in memory.
pub fn soft(ty: &Type, layout: Layout) -> SoftType {
    let number = match ty {
        Type::Array(array) => return soft(array.element(), layout),
        Type::Bool if layout == Layout::Optimised => 40,
        Type::String(_) => 19,
        Type::WString(_) => 62,
        Type::Struct(_) => 17,
        simple => SOFT.iter().find(|(_, ty)| ty == simple).map_or(255, |(number, _)| *number),
    };
    SoftType(number)
}

/// The type of that soft data type; `max` is the declared length, if it is a text. Types that are built on another are taken
/// for it: `HW_ANY` is a `WORD`. `None` for what is no value: structs, blocks, references.
pub fn of_soft(soft: SoftType, max: u16) -> Option<Type> {
    Some(match soft.0 {
        19 => Type::String(u8::try_from(max).unwrap_or(data::MAX_STRING)),
        62 => Type::WString(max),
        40 => Type::Bool,
        128..=130 | 132..=134 | 171 => Type::DWord,
        144..=156 | 168..=170 => Type::Word,
        160..=164 | 192 | 193 | 195..=197 => Type::Int,
        23 | 24 | 173..=175 | 208..=210 => Type::UInt,
        number => SOFT.iter().find(|(known, _)| *known == number)?.1.clone(),
    })
}

/// The types without parameters.
static SOFT: [(u8, Type); 28] = [
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
];

/// The value of the wire for octets of memory, which start at bit `bit` of the first if bits are packed. `None` for what has
/// no value as a whole (a struct, an array of structs or of `DTL`), and for too few octets.
pub fn value(ty: &Type, layout: Layout, octets: &[u8], bit: u8) -> Option<Value> {
    match ty {
        Type::Bool => Some(Value::Bool(match layout {
            Layout::Standard => is_set(octets, bit.into())?,
            Layout::Optimised => *octets.first()? != 0,
        })),
        Type::Dtl => {
            let octets = octets.get(..12)?.to_vec();
            Some(Value::Packed(Packed { id: DTL.id, timestamp: DTL.modified, flags: 2, octets }))
        }
        Type::Array(array) if *array.element() == Type::Bool => {
            let (rows, per_row) = array.rows();
            let padded = per_row.checked_next_multiple_of(8)?;
            let mut items = Vec::new();
            for row in 0..rows {
                for column in 0..padded {
                    items.push(Value::Bool(match layout {
                        _ if column >= per_row => false,
                        Layout::Standard => is_set(octets, usize::from(bit) + row * padded + column)?,
                        Layout::Optimised => *octets.get(row * per_row + column)? != 0,
                    }));
                }
            }
            Some(Value::Array(items))
        }
        Type::Array(array) => {
            let (kind, _) = kind(array.element())?;
            let (size, stride) = (array.element().size(), layout.stride(array.element()));
            let mut items = Vec::new();
            for index in 0..array.count() {
                let start = index * stride;
                items.extend(
                    octets.get(start..start + size)?.chunks_exact(kind.width()).filter_map(|c| kind.of(c)),
                );
            }
            Some(Value::Array(items))
        }
        _ => {
            let (kind, many) = kind(ty)?;
            let mut items = octets.get(..ty.size())?.chunks_exact(kind.width()).filter_map(|c| kind.of(c));
            if many { Some(Value::Array(items.collect())) } else { items.next() }
        }
    }
}

/// Why a value cannot be written to a variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is of another kind or length.
    #[error("a value of this kind and length does not go into a variable of this type")]
    Kind,
    /// A packed struct of another interface: its timestamp is not the type's.
    #[error("the packed struct has another interface timestamp than its type: read the variable first")]
    Timestamp,
}

/// Writes a value of the wire into octets of memory, in any of the spellings that clients have for the type. What the value
/// does not say stays: bits around, and the declared maximum of a text. After an error nothing is written.
pub fn store(ty: &Type, layout: Layout, value: &Value, octets: &mut [u8], bit: u8) -> Result<(), StoreError> {
    match (ty, value) {
        (Type::Bool, Value::Bool(on)) => {
            put_bool(octets, layout, bit.into(), *on);
            Ok(())
        }
        (Type::Bool, _) => Err(StoreError::Kind),
        (Type::Dtl, Value::Packed(packed)) => {
            if packed.id != DTL.id || packed.octets.len() != 12 {
                return Err(StoreError::Kind);
            }
            if packed.timestamp != DTL.modified {
                return Err(StoreError::Timestamp);
            }
            copy(octets, &packed.octets)
        }
        (Type::String(max), _) => {
            let text = flat(value, &[Kind::USInt]).or_else(|| raw(value)).ok_or(StoreError::Kind)?;
            text_into(octets, &text, usize::from((*max).min(data::MAX_STRING)), 1)
        }
        (Type::WString(max), _) => {
            let text = flat(value, &[Kind::UInt]).or_else(|| raw(value)).ok_or(StoreError::Kind)?;
            text_into(octets, &text, usize::from((*max).min(data::MAX_WSTRING)), 2)
        }
        (Type::DateAndTime, Value::Timestamp(bcd)) => copy(octets, &bcd.to_be_bytes()),
        (Type::DateAndTime, _) => exact(octets, &flat(value, &[Kind::USInt]).ok_or(StoreError::Kind)?, 8),
        (Type::Array(array), Value::Array(items)) if *array.element() == Type::Bool => {
            let (rows, per_row) = array.rows();
            let padded = per_row.next_multiple_of(8);
            // One row may come as it is or filled up; of several, all are filled up.
            let each = if rows == 1 && items.len() == per_row { per_row } else { padded };
            if items.len() != each.saturating_mul(rows)
                || !items.iter().all(|item| matches!(item, Value::Bool(_)))
            {
                return Err(StoreError::Kind);
            }
            for (row, items) in items.chunks(each.max(1)).enumerate() {
                for (column, item) in items.iter().take(per_row).enumerate() {
                    let at = match layout {
                        Layout::Standard => usize::from(bit) + row * padded + column,
                        Layout::Optimised => row * per_row + column,
                    };
                    put_bool(octets, layout, at, *item == Value::Bool(true));
                }
            }
            Ok(())
        }
        (Type::Array(array), Value::Array(_)) => {
            let element = array.element();
            let all = flat(value, spellings(element)).ok_or(StoreError::Kind)?;
            let (size, stride) = (element.size(), layout.stride(element));
            if all.len() != size * array.count() || octets.len() < stride * (array.count() - 1) + size {
                return Err(StoreError::Kind);
            }
            let mut copy = octets.to_vec();
            for (part, text) in copy.chunks_mut(stride.max(1)).zip(all.chunks(size.max(1))) {
                match element {
                    Type::String(max) => text_into(part, text, usize::from((*max).min(data::MAX_STRING)), 1)?,
                    Type::WString(max) => {
                        text_into(part, text, usize::from((*max).min(data::MAX_WSTRING)), 2)?
                    }
                    _ => exact(part, text, size)?,
                }
            }
            octets.copy_from_slice(&copy);
            Ok(())
        }
        (Type::Array(_) | Type::Struct(_) | Type::Dtl, _) => Err(StoreError::Kind),
        _ => {
            let (kind, wide) = Kind::octets(value).ok_or(StoreError::Kind)?;
            if !spellings(ty).contains(&kind) {
                return Err(StoreError::Kind);
            }
            copy(octets, wide.get(8 - kind.width()..).unwrap_or_default())
        }
    }
}

/// The kinds that a client may write to a variable, its own first.
const fn spellings(ty: &Type) -> &'static [Kind] {
    match ty {
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
        Type::USInt | Type::String(_) | Type::DateAndTime => &[Kind::USInt],
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

/// A whole text with its head, of `unit` octets each: maximum, length, characters. The declared maximum stays.
fn text_into(octets: &mut [u8], text: &[u8], max: usize, unit: usize) -> Result<(), StoreError> {
    let number = |at: usize| {
        let part = text.get(at * unit..(at + 1) * unit)?;
        Some(part.iter().fold(0, |n, octet| n << 8 | usize::from(*octet)))
    };
    let (own, len) = number(0).zip(number(1)).ok_or(StoreError::Kind)?;
    let room = octets.get_mut(..(max + 2) * unit).ok_or(StoreError::Kind)?;
    let fits = text.len() % unit == 0 && text.len() <= room.len() && (len + 2) * unit <= text.len();
    if own > max || len > own || !fits {
        return Err(StoreError::Kind);
    }
    room.fill(0);
    room.iter_mut().zip(text).for_each(|(place, octet)| *place = *octet);
    let max = max.to_be_bytes();
    let head = max.get(max.len() - unit..).unwrap_or_default();
    room.iter_mut().zip(head).for_each(|(place, octet)| *place = *octet);
    Ok(())
}

fn exact(octets: &mut [u8], from: &[u8], len: usize) -> Result<(), StoreError> {
    if from.len() == len { copy(octets, from) } else { Err(StoreError::Kind) }
}

fn copy(octets: &mut [u8], from: &[u8]) -> Result<(), StoreError> {
    octets.get_mut(..from.len()).ok_or(StoreError::Kind)?.copy_from_slice(from);
    Ok(())
}

fn is_set(octets: &[u8], bit: usize) -> Option<bool> {
    octets.get(bit / 8).map(|octet| octet >> (bit % 8) & 1 == 1)
}

fn put_bool(octets: &mut [u8], layout: Layout, at: usize, on: bool) {
    match layout {
        Layout::Optimised => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = on.into()),
        Layout::Standard => octets.iter_mut().skip(at / 8).take(1).for_each(|octet| {
            let mask = 1 << (at % 8);
            *octet = if on { *octet | mask } else { *octet & !mask };
        }),
    }
}

/// The value of the wire for a value of a variable: what a client writes. A `DTL` gets the interface time that all CPUs seen
/// so far have; one that was read says its own.
pub fn encode(ty: &Type, value: &data::Value, options: Options) -> Result<Value, EncodeError> {
    let mut octets = Vec::new();
    ty.encode_with(value, options, &mut octets)?;
    let kind = || EncodeError::Kind { ty: ty.clone(), got: value.kind() };
    self::value(ty, Layout::Standard, &octets, 0).ok_or_else(kind)
}

/// A value of the wire that is none of the type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is of another kind or length.
    #[error("the CPU sent a value that is no {0}: has the program changed?")]
    Kind(Type),
    /// The kind is right, and what it says is not.
    #[error(transparent)]
    Value(#[from] data::DecodeError),
}

/// The value of a variable for a value of the wire: what a client has read. A `DTL` is taken whatever its interface time.
pub fn decode(ty: &Type, value: &Value, options: Options) -> Result<data::Value, DecodeError> {
    let mut octets = alloc::vec![0; ty.size()];
    match value {
        Value::Packed(packed) if *ty == Type::Dtl && packed.id == DTL.id => {
            return Ok(ty.decode(&packed.octets)?);
        }
        _ => store(ty, Layout::Standard, value, &mut octets, 0).map_err(|_| DecodeError::Kind(ty.clone()))?,
    }
    Ok(ty.decode_with(&octets, options)?)
}

/// What a value of the wire looks like to who does not know the variable: numbers are numbers, an array of octets is octets,
/// a timestamp an `LDT`. `None` for what is no variable's value: nothing, structs and sparse arrays.
pub fn untyped(value: &Value) -> Option<data::Value> {
    Some(match value {
        Value::Bool(on) => data::Value::Bool(*on),
        Value::Rid(rid) => data::Value::DWord(*rid),
        Value::WString(text) => data::Value::WString(text.clone()),
        Value::Blob(octets) | Value::S7String(octets) => data::Value::Bytes(octets.clone()),
        Value::Packed(packed) if packed.id == DTL.id => {
            let dtl = Type::Dtl.decode(&packed.octets).ok();
            dtl.unwrap_or_else(|| data::Value::Bytes(packed.octets.clone()))
        }
        Value::Packed(packed) => data::Value::Bytes(packed.octets.clone()),
        Value::Array(_) => match flat(value, &[Kind::USInt, Kind::Byte]) {
            Some(octets) => data::Value::Bytes(octets),
            None => match value {
                Value::Array(items) => data::Value::Array(items.iter().map(untyped).collect::<Option<_>>()?),
                _ => return None,
            },
        },
        scalar => {
            let (kind, octets) = Kind::octets(scalar)?;
            let ty = kind.plain();
            ty.decode(octets.get(8 - kind.width()..)?).ok()?
        }
    })
}

/// Writes a value of a variable to its octets in memory, or what the type starts with: 0, an empty text, the first moment of
/// the clock. Structs and arrays of structs are not here: their members stand apart.
pub fn place(
    ty: &Type,
    layout: Layout,
    value: Option<&data::Value>,
    octets: &mut [u8],
    bit: u8,
) -> Result<(), EncodeError> {
    let size = layout.size(ty);
    let short = EncodeError::Place { need: 8 * size, bit, got: octets.len() };
    if layout == Layout::Standard && ty.is_bits() {
        return match value {
            Some(value) => ty.encode_into(value, octets, bit, Options::default()),
            None => Ok(()),
        };
    }
    let room = octets.get_mut(..size).ok_or(short)?;
    match (ty, value, layout) {
        (Type::Array(array), Some(value), Layout::Optimised) if *array.element() == Type::Bool => {
            let mut packed = Vec::new();
            ty.encode(value, &mut packed)?;
            let (_, per_row) = array.rows();
            let padded = per_row.next_multiple_of(8);
            for (at, octet) in room.iter_mut().enumerate() {
                let bit = at / per_row.max(1) * padded + at % per_row.max(1);
                *octet = is_set(&packed, bit).unwrap_or_default().into();
            }
            Ok(())
        }
        (_, Some(value), _) => ty.encode_into(value, room, 0, Options::default()),
        (_, None, _) => {
            match ty {
                Type::String(_) | Type::WString(_) => {
                    ty.encode_into(&data::Value::from(""), room, 0, Options::default())?
                }
                Type::Dtl => room.copy_from_slice(&[7, 0xb2, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0]),
                Type::DateAndTime => room.copy_from_slice(&[0x90, 1, 1, 0, 0, 0, 0, 2]),
                _ => {}
            }
            Ok(())
        }
    }
}

impl Kind {
    const fn width(self) -> usize {
        match self {
            Self::Bool | Self::USInt | Self::SInt | Self::Byte => 1,
            Self::UInt | Self::Int | Self::Word => 2,
            Self::UDInt | Self::DInt | Self::DWord | Self::Real => 4,
            Self::ULInt | Self::LInt | Self::LWord | Self::LReal | Self::Timestamp | Self::Timespan => 8,
        }
    }
    /// The type that a value of this kind is for who knows no more.
    const fn plain(self) -> Type {
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
    /// The value of one element.
    fn of(self, octets: &[u8]) -> Option<Value> {
        Some(match self {
            Self::Bool => Value::Bool(*octets.first()? != 0),
            Self::USInt => Value::USInt(*octets.first()?),
            Self::Byte => Value::Byte(*octets.first()?),
            Self::SInt => Value::SInt(i8::from_be_bytes(*octets.first_chunk()?)),
            Self::UInt => Value::UInt(u16::from_be_bytes(*octets.first_chunk()?)),
            Self::Word => Value::Word(u16::from_be_bytes(*octets.first_chunk()?)),
            Self::Int => Value::Int(i16::from_be_bytes(*octets.first_chunk()?)),
            Self::UDInt => Value::UDInt(u32::from_be_bytes(*octets.first_chunk()?)),
            Self::DWord => Value::DWord(u32::from_be_bytes(*octets.first_chunk()?)),
            Self::DInt => Value::DInt(i32::from_be_bytes(*octets.first_chunk()?)),
            Self::Real => Value::Real(f32::from_be_bytes(*octets.first_chunk()?)),
            Self::ULInt => Value::ULInt(u64::from_be_bytes(*octets.first_chunk()?)),
            Self::LWord => Value::LWord(u64::from_be_bytes(*octets.first_chunk()?)),
            Self::LInt => Value::LInt(i64::from_be_bytes(*octets.first_chunk()?)),
            Self::LReal => Value::LReal(f64::from_be_bytes(*octets.first_chunk()?)),
            Self::Timestamp => Value::Timestamp(u64::from_be_bytes(*octets.first_chunk()?)),
            Self::Timespan => Value::Timespan(i64::from_be_bytes(*octets.first_chunk()?)),
        })
    }
    /// The kind of a value that stands alone, and its octets at the end of eight.
    fn octets(value: &Value) -> Option<(Self, [u8; 8])> {
        let (kind, octets) = match value {
            Value::Bool(on) => (Self::Bool, u64::from(*on).to_be_bytes()),
            Value::USInt(n) => (Self::USInt, u64::from(*n).to_be_bytes()),
            Value::Byte(n) => (Self::Byte, u64::from(*n).to_be_bytes()),
            Value::UInt(n) => (Self::UInt, u64::from(*n).to_be_bytes()),
            Value::Word(n) => (Self::Word, u64::from(*n).to_be_bytes()),
            Value::UDInt(n) => (Self::UDInt, u64::from(*n).to_be_bytes()),
            Value::DWord(n) => (Self::DWord, u64::from(*n).to_be_bytes()),
            Value::ULInt(n) => (Self::ULInt, n.to_be_bytes()),
            Value::LWord(n) => (Self::LWord, n.to_be_bytes()),
            Value::Timestamp(n) => (Self::Timestamp, n.to_be_bytes()),
            Value::SInt(n) => (Self::SInt, i64::from(*n).to_be_bytes()),
            Value::Int(n) => (Self::Int, i64::from(*n).to_be_bytes()),
            Value::DInt(n) => (Self::DInt, i64::from(*n).to_be_bytes()),
            Value::LInt(n) => (Self::LInt, n.to_be_bytes()),
            Value::Timespan(n) => (Self::Timespan, n.to_be_bytes()),
            Value::Real(x) => (Self::Real, u64::from(x.to_bits()).to_be_bytes()),
            Value::LReal(x) => (Self::LReal, x.to_be_bytes()),
            _ => return None,
        };
        Some((kind, octets))
    }
}

/// The octets of an array whose elements are all of one of these kinds.
fn flat(value: &Value, kinds: &[Kind]) -> Option<Vec<u8>> {
    let Value::Array(items) = value else { return None };
    let mut out = Vec::new();
    let mut first = None;
    for item in items {
        let (kind, wide) = Kind::octets(item)?;
        if !kinds.contains(&kind) || *first.get_or_insert(kind) != kind {
            return None;
        }
        out.extend_from_slice(wide.get(8 - kind.width()..)?);
    }
    Some(out)
}

/// The octets of a text as memory has it: some clients write these.
fn raw(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Blob(octets) | Value::S7String(octets) => Some(octets.clone()),
        Value::WString(text) => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

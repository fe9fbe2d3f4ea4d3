//! Values of the wire from octets of memory, and back.
use alloc::vec::Vec;

use super::kind::{Kind, flat, kind, raw, spellings};
use super::{DTL, Layout};
use crate::data::{self, EncodeError, Options, Type};
use crate::plus::value::{Array, Data, Packed, Struct, Value};

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


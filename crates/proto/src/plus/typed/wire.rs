//! Values of the wire from octets of memory, and back.
use alloc::vec::Vec;

use super::kind::{Kind, flat, kind, raw, spellings};
use super::{DTL, Layout};
use crate::data::{self, EncodeError, Options, Type};
use crate::plus::value::{Array, Data, Packed, Struct, Value};

/// The value of the wire for octets of memory, which start at bit `bit` of the first if bits are packed. `None` for what has
/// no value as a whole (a struct, an array of structs or of `DTL`), and for too few octets.
pub fn value(ty: &Type, layout: Layout, octets: &[u8], bit: u8) -> Option<Value> {
    Some(Value::new(match ty {
        Type::Bool => Data::Bool(match layout {
            Layout::Standard => is_set(octets, bit.into())?.into(),
            Layout::Optimised => (*octets.first()? != 0).into(),
        }),
        Type::Dtl => {
            let octets = octets.get(..12)?.to_vec();
            let packed = Packed { timestamp: DTL.modified, transport: 2, first_count: None, octets };
            Data::Struct(Struct::packed(DTL.id, packed))
        }
        Type::Array(array) if *array.element() == Type::Bool => {
            let (rows, per_row) = array.rows();
            let padded = per_row.checked_next_multiple_of(8)?;
            let mut items = Vec::new();
            for row in 0..rows {
                for column in 0..padded {
                    items.push(u8::from(match layout {
                        _ if column >= per_row => false,
                        Layout::Standard => is_set(octets, usize::from(bit) + row * padded + column)?,
                        Layout::Optimised => *octets.get(row * per_row + column)? != 0,
                    }));
                }
            }
            Data::Array(Array::Bool(items))
        }
        Type::Array(array) => {
            let (kind, _) = kind(array.element())?;
            let (size, stride) = (array.element().size(), layout.stride(array.element()));
            if size == stride {
                Data::Array(kind.many(octets.get(..size * array.count())?))
            } else {
                let mut all = Vec::new();
                for start in (0..array.count()).map(|index| index * stride) {
                    all.extend_from_slice(octets.get(start..start + size)?);
                }
                Data::Array(kind.many(&all))
            }
        }
        _ => {
            let (kind, many) = kind(ty)?;
            let octets = octets.get(..ty.size())?;
            if many { Data::Array(kind.many(octets)) } else { kind.one(octets)? }
        }
    }))
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
    match (ty, value.data()) {
        (Type::Bool, Data::Bool(on)) => {
            put_bool(octets, layout, bit.into(), *on != 0);
            Ok(())
        }
        (Type::Dtl, Data::Struct(data)) if data.id() == DTL.id => match data.as_packed() {
            Some(packed) if packed.octets.len() == 12 && packed.timestamp == DTL.modified => {
                copy(octets, &packed.octets)
            }
            Some(packed) if packed.octets.len() == 12 => Err(StoreError::Timestamp),
            _ => Err(StoreError::Kind),
        },
        (Type::String(_) | Type::WString(_), Data::Array(array)) => {
            let text = elements(array, spellings(ty)).ok_or(StoreError::Kind)?;
            text_into(octets, &text, ty)
        }
        (Type::String(_) | Type::WString(_), _) => text_into(octets, raw(value).ok_or(StoreError::Kind)?, ty),
        // One client has the eight octets of BCD for a timestamp.
        (Type::DateAndTime, Data::Timestamp(bcd)) => copy(octets, &bcd.to_be_bytes()),
        (Type::DateAndTime, Data::Array(Array::USInt(bcd))) => exact(octets, bcd, 8),
        (Type::Pointer | Type::Any | Type::Remote, Data::Array(Array::USInt(pointer))) => {
            exact(octets, pointer, ty.size())
        }
        (Type::Array(array), Data::Array(Array::Bool(items))) if *array.element() == Type::Bool => {
            let (rows, per_row) = array.rows();
            let padded = per_row.next_multiple_of(8);
            // Rows may come as they are, or filled up.
            let each = if items.len() == per_row.saturating_mul(rows) { per_row } else { padded };
            if items.len() != each.saturating_mul(rows) {
                return Err(StoreError::Kind);
            }
            for (row, items) in items.chunks(each.max(1)).enumerate() {
                for (column, item) in items.iter().take(per_row).enumerate() {
                    let at = match layout {
                        Layout::Standard => usize::from(bit) + row * padded + column,
                        Layout::Optimised => row * per_row + column,
                    };
                    put_bool(octets, layout, at, *item != 0);
                }
            }
            Ok(())
        }
        (Type::Array(array), Data::Array(items)) => {
            let element = array.element();
            let all = elements(items, spellings(element)).ok_or(StoreError::Kind)?;
            let (size, stride) = (element.size(), layout.stride(element));
            if all.len() != size * array.count() || octets.len() < stride * (array.count() - 1) + size {
                return Err(StoreError::Kind);
            }
            // One text that does not fit, and none is written.
            let mut copy = octets.to_vec();
            for (part, item) in copy.chunks_mut(stride.max(1)).zip(all.chunks(size.max(1))) {
                match element {
                    Type::String(_) | Type::WString(_) => text_into(part, item, element)?,
                    _ => exact(part, item, size)?,
                }
            }
            octets.copy_from_slice(&copy);
            Ok(())
        }
        (
            Type::Bool
            | Type::Array(_)
            | Type::Struct(_)
            | Type::Dtl
            | Type::DateAndTime
            | Type::Pointer
            | Type::Any
            | Type::Remote,
            _,
        ) => Err(StoreError::Kind),
        (_, data) => {
            let (kind, wide) = Kind::of(data).ok_or(StoreError::Kind)?;
            if !spellings(ty).contains(&kind) {
                return Err(StoreError::Kind);
            }
            copy(octets, wide.get(..kind.width()).unwrap_or_default())
        }
    }
}

/// The octets of an array whose elements are of one of these kinds.
fn elements(array: &Array, kinds: &[Kind]) -> Option<Vec<u8>> {
    flat(array).filter(|(kind, _)| kinds.contains(kind)).map(|(_, octets)| octets)
}

/// A whole text with its head, units of one or two octets: maximum, length, characters. The declared maximum stays.
fn text_into(octets: &mut [u8], text: &[u8], ty: &Type) -> Result<(), StoreError> {
    let unit = if matches!(ty, Type::WString(_)) { 2 } else { 1 };
    let max = ty.size() / unit - 2;
    let number = |at: usize| {
        let part = text.get(at * unit..(at + 1) * unit)?;
        Some(part.iter().fold(0, |n, octet| n << 8 | usize::from(*octet)))
    };
    let (own, len) = number(0).zip(number(1)).ok_or(StoreError::Kind)?;
    let room = octets.get_mut(..(max + 2) * unit).ok_or(StoreError::Kind)?;
    let fits = text.len().is_multiple_of(unit) && text.len() <= room.len() && (len + 2) * unit <= text.len();
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
                    ty.encode_into(&data::Value::from(""), room, 0, Options::default())?;
                }
                Type::Dtl => room.copy_from_slice(&[7, 0xb2, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0]),
                Type::DateAndTime => room.copy_from_slice(&[0x90, 1, 1, 0, 0, 0, 0, 2]),
                _ => {}
            }
            Ok(())
        }
    }
}

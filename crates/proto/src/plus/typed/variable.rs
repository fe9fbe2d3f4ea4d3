//! Values of variables from values of the wire, and back: what a client reads and writes.
use alloc::vec::Vec;

use super::kind::{Kind, flat, raw};
use super::wire::{store, value as of_octets};
use super::{DTL, Layout, SystemType};
use crate::data::{self, EncodeError, Options, Origin, Type};
use crate::plus::value::{Array, Data, Packed, Struct, Structs, Value};

/// The types whose values are numbers of the same Rust type on the wire, each with what it is there.
macro_rules! numbers {
    ($then:ident, $($args:expr),*) => {
        $then!($($args),*; Byte Byte, Word Word, DWord DWord, LWord LWord, SInt SInt, USInt USInt, Int Int, UInt UInt,
            DInt DInt, UDInt UDInt, LInt LInt, ULInt ULInt, Real Real, LReal LReal, Date UInt, Time DInt, LTime Timespan)
    };
}

macro_rules! encode_number {
    ($ty:expr, $value:expr; $($name:ident $wire:ident),*) => {
        match ($ty, $value) {
            $((Type::$name, data::Value::$name(n)) => Some(Data::$wire(*n)),)*
            _ => None,
        }
    };
}

macro_rules! decode_number {
    ($ty:expr, $data:expr; $($name:ident $wire:ident),*) => {
        match ($ty, $data) {
            $((Type::$name, Data::$wire(n)) => Some(data::Value::$name(*n)),)*
            _ => None,
        }
    };
}

macro_rules! decode_numbers {
    ($ty:expr, $items:expr; $byte:ident $octets:ident, $($name:ident $wire:ident),*) => {
        match ($ty, $items) {
            (Type::$byte, Array::$octets(octets)) => Some(data::Value::Bytes(octets.clone())),
            $((Type::$name, Array::$wire(list)) => {
                Some(data::Value::Array(list.iter().map(|n| data::Value::$name(*n)).collect()))
            })*
            _ => None,
        }
    };
}

/// The value of the wire for a value of a variable: what a client writes. A `DTL` gets the interface time that all CPUs seen
/// so far have; one that was read says its own, see [`stamped`].
pub fn encode(ty: &Type, value: &data::Value, options: Options) -> Result<Value, EncodeError> {
    if let Some(data) = numbers!(encode_number, ty.base(), value) {
        return Ok(Value::new(data));
    }
    let mut octets = Vec::new();
    ty.encode_with(value, options, &mut octets)?;
    let kind = || EncodeError::Kind { ty: ty.clone(), got: value.kind() };
    if let (Type::Struct(_), Some(system)) = (ty, system(ty)) {
        return Ok(packed(system, CLASSIC, octets));
    }
    of_octets(ty, Layout::Standard, &octets, 0).ok_or_else(kind)
}

/// The same packed struct of an interface that was changed at that time, in nanoseconds since 1970: a CPU refuses one of
/// another time than its own. What is no packed struct stays as it is.
pub fn stamped(value: Value, modified: u64) -> Value {
    match value.as_struct().and_then(|of| Some((of.id(), of.as_packed()?))) {
        Some((id, packed)) if packed.timestamp != modified => {
            let packed = Packed { timestamp: modified, ..packed.clone() };
            Value::new(Data::Struct(Struct::packed(id, packed)))
        }
        _ => value,
    }
}

/// When the interface of a packed struct was changed, as it says itself, in nanoseconds since 1970.
pub fn stamp(value: &Value) -> Option<u64> {
    value.as_struct()?.as_packed().map(|packed| packed.timestamp)
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

/// The value of a variable for a value of the wire: what a client has read, in any of the spellings that CPUs and emulated ones
/// have for the type. A packed struct is taken whatever its interface time.
pub fn decode(ty: &Type, value: &Value, options: Options) -> Result<data::Value, DecodeError> {
    // What most variables are goes without a detour over octets.
    if let Some(value) = numbers!(decode_number, ty.base(), value.data()) {
        return Ok(value);
    }
    let bad = || DecodeError::Kind(ty.clone());
    match (ty, value.data()) {
        (Type::Bool, Data::Bool(on)) => return Ok(data::Value::Bool(*on != 0)),
        (Type::String(max), Data::Array(Array::USInt(octets) | Array::Byte(octets))) => {
            return decode_string(ty, *max, octets, options);
        }
        (Type::Array(array), Data::Array(items)) => {
            if items.len() == array.count()
                && let Some(values) = numbers!(decode_numbers, array.element().base(), items)
            {
                return Ok(values);
            }
            if let Array::Struct(structs) = items {
                return decode_structs(array, structs).ok_or_else(bad)?;
            }
        }
        (Type::Dtl, Data::Struct(_)) => {
            let octets = dtl(value).filter(|octets| octets.len() == Type::Dtl.size()).ok_or_else(bad)?;
            return Ok(ty.decode(octets)?);
        }
        (Type::Struct(members), Data::Struct(data)) => {
            let known = system(ty).is_none_or(|system| system.id == data.id());
            // The octets of an optimised struct are in the CPU's own order, which nobody has described: read its members.
            let classic = |packed: &&Packed| {
                packed.transport & CLASSIC & 1 != 0 && packed.octets.len() == members.size()
            };
            let packed = data.as_packed().filter(classic).filter(|_| known).ok_or_else(bad)?;
            return Ok(ty.decode_with(&packed.octets, options)?);
        }
        // The octets as they stand in memory; texts may have fewer than their type, and are told below.
        (Type::String(_) | Type::WString(_), _) => {}
        (_, Data::Blob(blob)) => {
            let octets = blob.octets().filter(|octets| octets.len() == ty.size()).ok_or_else(bad)?;
            return Ok(ty.decode_with(octets, options)?);
        }
        _ => {}
    }
    let mut octets = alloc::vec![0; ty.size()];
    store(ty, Layout::Standard, value, &mut octets, 0).map_err(|_| bad())?;
    Ok(ty.decode_with(&octets, options)?)
}

/// What a value of the wire looks like to who does not know the variable: numbers are numbers, an array of octets is octets,
/// a timestamp an `LDT`. `None` for what is no variable's value: nothing, structs of members, sparse arrays.
pub fn untyped(value: &Value) -> Option<data::Value> {
    let bytes = |octets: &[u8]| data::Value::Bytes(octets.to_vec());
    Some(match value.data() {
        Data::Bool(on) => data::Value::Bool(*on != 0),
        Data::Rid(rid) => data::Value::DWord(*rid),
        Data::WString(text) => data::Value::WString(text.as_str()?.into()),
        Data::Blob(_) | Data::StringMemory(_) => bytes(raw(value)?),
        Data::Struct(data) => {
            let known = dtl(value).and_then(|octets| Type::Dtl.decode(octets).ok());
            known.or_else(|| data.as_packed().map(|packed| bytes(&packed.octets)))?
        }
        Data::Array(Array::Bool(items)) => {
            data::Value::Array(items.iter().map(|item| data::Value::Bool(*item != 0)).collect())
        }
        Data::Array(Array::USInt(octets) | Array::Byte(octets)) => bytes(octets),
        Data::Array(Array::Rid(rids)) => {
            data::Value::Array(rids.iter().map(|rid| data::Value::DWord(*rid)).collect())
        }
        Data::Array(array) => {
            let (kind, octets) = flat(array)?;
            let items = octets.chunks_exact(kind.width()).map(|item| kind.plain().decode(item).ok());
            data::Value::Array(items.collect::<Option<_>>()?)
        }
        scalar => {
            let (kind, octets) = Kind::of(scalar)?;
            kind.plain().decode(&octets).ok()?
        }
    })
}

/// Transport flags of a packed struct with classic offsets.
const CLASSIC: u32 = 3;

/// The packed struct of a system type.
fn packed(of: SystemType, transport: u32, octets: Vec<u8>) -> Value {
    let packed = Packed { timestamp: of.modified, transport, first_count: None, octets };
    Value::new(Data::Struct(Struct::packed(of.id, packed)))
}

/// The id of a system type that is a struct; when its interface was changed is the CPU's to say.
fn system(ty: &Type) -> Option<SystemType> {
    let Type::Struct(members) = ty else { return None };
    let Origin::System(system) = members.origin() else { return None };
    Some(SystemType { id: 0x0200_0000 | u32::from(system.soft()), modified: 0 })
}

/// A `STRING`: its own maximum, length, characters, as many as it has or up to the declared maximum.
fn decode_string(ty: &Type, max: u8, octets: &[u8], options: Options) -> Result<data::Value, DecodeError> {
    let bad = || DecodeError::Kind(ty.clone());
    let [own, len, text @ ..] = octets else { return Err(bad()) };
    let fits = own <= &max && len <= own && text.len() <= max.into();
    let text = text.get(..usize::from(*len)).filter(|_| fits).ok_or_else(bad)?;
    let why = |why| data::DecodeError::Text { ty: ty.clone(), at: 0, why };
    Ok(data::Value::String(options.encoding.decode(text).map_err(why)?))
}

/// An array of `DTL` as one value. `None`: it is none.
fn decode_structs(array: &data::Array, structs: &Structs) -> Option<Result<data::Value, DecodeError>> {
    if *array.element() != Type::Dtl {
        return None;
    }
    let octets: Vec<&[u8]> = match structs {
        Structs::Packed(data) => packed_dtl(data)?.chunks(Type::Dtl.size()).collect(),
        Structs::CountFirst(list) => list.iter().map(packed_dtl).collect::<Option<_>>()?,
        Structs::IdFirst { .. } => return None,
    };
    let right = octets.len() == array.count() && octets.iter().all(|octets| octets.len() == Type::Dtl.size());
    let each = octets.into_iter().map(|octets| Ok(Type::Dtl.decode(octets)?));
    right.then(|| each.collect::<Result<_, _>>().map(data::Value::Array))
}

/// The octets of a packed `DTL`.
fn dtl(value: &Value) -> Option<&[u8]> {
    packed_dtl(value.as_struct()?)
}

fn packed_dtl(data: &Struct) -> Option<&[u8]> {
    let packed = data.as_packed().filter(|_| data.id() == DTL.id)?;
    Some(&packed.octets)
}

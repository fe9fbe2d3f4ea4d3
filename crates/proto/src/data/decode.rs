//! Octets to values, as they stand in a block with standard access and on the wire: big-endian.
//!
//! Nothing is guessed: octets that are no value of the type (a BCD digit above 9, a month 13, a length beyond the maximum)
//! are an error that says where.
use alloc::vec::Vec;

use super::layout::{Member, Struct};
use super::text::{Options, TextError, decode_utf16};
use super::time::{Civil, DAY_MILLIS, DAY_NANOS, S5Time, TimeError, from_bcd, from_bcd3};
use super::types::{Array, Type};
use super::value::Value;

/// Octets that are no value of the type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are not as many octets as the type takes.
    #[error("{ty} takes {need} octets, and {got} are there")]
    Short {
        /// The type.
        ty: Type,
        /// What it takes, in octets.
        need: usize,
        /// What was there, in octets.
        got: usize,
    },
    /// A half of an octet is no decimal digit.
    #[error("octet {octet:#04x} at {at} of a {ty} is no BCD: each half is a digit from 0 to 9")]
    Bcd {
        /// The type.
        ty: Type,
        /// The octet's offset in the value that was decoded.
        at: usize,
        /// The octet.
        octet: u8,
    },
    /// A number that the type cannot be.
    #[error("{value} at {at} is no {ty}, which goes from 0 to {high}")]
    Range {
        /// The type.
        ty: Type,
        /// Its offset in the value that was decoded, in octets.
        at: usize,
        /// The number.
        value: u64,
        /// The most it can be.
        high: u64,
    },
    /// A date or a time that does not exist.
    #[error("the {ty} at {at} does not exist: {why}")]
    Time {
        /// The type.
        ty: Type,
        /// Its offset in the value that was decoded, in octets.
        at: usize,
        /// What is wrong with it.
        why: TimeError,
    },
    /// A text that says it is longer than its variable. Often this is no text, or the offset is wrong.
    #[error(
        "the text at {at} says it has {len} of at most {max} characters: is it a {ty}, and does it start here?"
    )]
    Length {
        /// The type.
        ty: Type,
        /// Its offset in the value that was decoded, in octets.
        at: usize,
        /// The length it says.
        len: u16,
        /// The most it can be: of the type, or what the variable itself says, if that is less.
        max: u16,
    },
    /// Octets of a text that are no characters.
    #[error("the {ty} at {at} is no text: {why}")]
    Text {
        /// The type.
        ty: Type,
        /// Its offset in the value that was decoded, in octets.
        at: usize,
        /// What is wrong with it.
        why: TextError,
    },
    /// A bit above 7, or any but 0 for a type that starts at octets.
    #[error("a {ty} cannot start at bit {bit}: BOOL starts at 0 to 7, all else at 0")]
    Bit {
        /// The type.
        ty: Type,
        /// The bit.
        bit: u8,
    },
}

impl Type {
    /// The value at the start of `octets`; what follows is not looked at.
    pub fn decode(&self, octets: &[u8]) -> Result<Value, DecodeError> {
        self.decode_with(octets, Options::default())
    }
    /// The same for texts of another encoding.
    pub fn decode_with(&self, octets: &[u8], options: Options) -> Result<Value, DecodeError> {
        decode(self, octets, 0, options)
    }
    /// The value that starts at a bit of the first octet: for `BOOL` and its arrays, which are packed.
    pub fn decode_at(&self, octets: &[u8], bit: u8, options: Options) -> Result<Value, DecodeError> {
        if !self.is_bits() {
            let bad = || DecodeError::Bit { ty: self.clone(), bit };
            return if bit == 0 { self.decode_with(octets, options) } else { Err(bad()) };
        }
        let need = (usize::from(bit) + self.bits()).div_ceil(8);
        if bit > 7 {
            return Err(DecodeError::Bit { ty: self.clone(), bit });
        }
        if octets.len() < need {
            return Err(DecodeError::Short { ty: self.clone(), need, got: octets.len() });
        }
        Ok(match self {
            Self::Bool => Value::Bool(bit_at(octets, bit.into())),
            _ => Value::Array(bits(octets, bit.into(), self.count()).collect()),
        })
    }
}

/// The value at the start of `octets`, which stand `at` octets into what the caller decodes.
fn decode(ty: &Type, octets: &[u8], at: usize, options: Options) -> Result<Value, DecodeError> {
    // What follows a number is not looked at, and too few octets are found below.
    if let Some(value) = plain!(decode_plain, ty, octets) {
        return Ok(value);
    }
    let size = ty.size();
    let short = || DecodeError::Short { ty: ty.clone(), need: size, got: octets.len() };
    let octets = octets.get(..size).ok_or_else(short)?;
    let text = |why| DecodeError::Text { ty: ty.clone(), at, why };
    Ok(match ty {
        Type::Array(array) => return decode_array(array, octets, at, options),
        Type::Handle(handle) => return decode(handle.base(), octets, at, options),
        Type::Struct(members) => return decode_struct(members, octets, at, options),
        Type::Bool => Value::Bool(bit_at(octets, 0)),
        Type::Pointer | Type::Any | Type::Remote => Value::Bytes(octets.into()),
        Type::Char => {
            let octet = octets.first().copied().unwrap_or_default();
            let ch = options.encoding.char(octet);
            Value::Char(
                ch.ok_or(TextError::Octet { octet, at: 0, encoding: options.encoding }).map_err(text)?,
            )
        }
        Type::WChar => {
            let unit = word(octets);
            Value::WChar(
                char::from_u32(unit.into()).ok_or(TextError::Surrogate { unit, at: 0 }).map_err(text)?,
            )
        }
        Type::String(_) => {
            let (max, len) =
                (octets.first().copied().unwrap_or_default(), octets.get(1).copied().unwrap_or_default());
            let room = u16::try_from(size - 2).unwrap_or_default();
            let body = body(ty, octets, at, (2, 1), (max.into(), len.into(), room))?;
            Value::String(options.encoding.decode(body).map_err(text)?)
        }
        Type::WString(_) => {
            let (max, len) = (word(octets), word(octets.get(2..).unwrap_or_default()));
            let room = u16::try_from((size - 4) / 2).unwrap_or_default();
            Value::WString(decode_utf16(body(ty, octets, at, (4, 2), (max, len, room))?).map_err(text)?)
        }
        Type::Tod => {
            let millis = octets.first_chunk().map_or(0, |c| u32::from_be_bytes(*c));
            Value::Tod(below(ty, at, millis.into(), DAY_MILLIS.into()).map(|_| millis)?)
        }
        Type::LTod => {
            let nanos = octets.first_chunk().map_or(0, |c| u64::from_be_bytes(*c));
            Value::LTod(below(ty, at, nanos, DAY_NANOS.unsigned_abs())?)
        }
        Type::DateAndTime => Value::DateAndTime(decode_date_and_time(octets, at)?),
        Type::Dtl => Value::Dtl(decode_dtl(octets, at)?),
        Type::S5Time => Value::S5Time(decode_s5time(ty, octets, at)?),
        Type::Timer => Value::Timer(decode_s5time(ty, octets, at)?),
        Type::Counter => {
            let count = from_bcd3(word(octets)).ok_or_else(|| bcd3(ty, octets, at))?;
            // The counter's word has no fourth digit; where one stands, this is no counter.
            match octets.first() {
                Some(first @ 0x10..) => return Err(DecodeError::Bcd { ty: ty.clone(), at, octet: *first }),
                _ => Value::Counter(count),
            }
        }
        // The plain ones are done above.
        _ => return Err(short()),
    })
}

fn decode_array(array: &Array, octets: &[u8], at: usize, options: Options) -> Result<Value, DecodeError> {
    let element = array.element();
    if *element == Type::Byte {
        return Ok(Value::Bytes(octets.into()));
    }
    if let Some(values) = plain!(decode_many, element, octets) {
        return Ok(Value::Array(values));
    }
    let mut values = Vec::with_capacity(array.count());
    let (per_row, row_size) = array.row();
    if *element == Type::Bool {
        for row in octets.chunks_exact(row_size.max(1)) {
            values.extend(bits(row, 0, per_row));
        }
        return Ok(Value::Array(values));
    }
    let stride = element.stride().max(1);
    for (i, part) in octets.chunks(stride).enumerate() {
        values.push(decode(element, part, at + i * stride, options)?);
    }
    Ok(Value::Array(values))
}

fn decode_struct(members: &Struct, octets: &[u8], at: usize, options: Options) -> Result<Value, DecodeError> {
    let value = |member: &Member| {
        let part = octets.get(member.offset()..).unwrap_or_default();
        let value = match member.bit() {
            0 => decode(member.ty(), part, at + member.offset(), options)?,
            bit => member.ty().decode_at(part, bit, options)?,
        };
        Ok((member.shared_name(), value))
    };
    members.members().iter().map(value).collect::<Result<_, _>>().map(Value::Struct)
}

/// The characters of a text: `head` is the octets before them and of each; `lengths` the maximum and length it says, and
/// the room of the type.
fn body<'a>(
    ty: &Type,
    octets: &'a [u8],
    at: usize,
    (head, width): (usize, usize),
    (max, len, room): (u16, u16, u16),
) -> Result<&'a [u8], DecodeError> {
    let max = max.min(room);
    let part = octets.get(head..head + usize::from(len) * width);
    part.filter(|_| len <= max).ok_or_else(|| DecodeError::Length { ty: ty.clone(), at, len, max })
}

fn decode_date_and_time(octets: &[u8], at: usize) -> Result<Civil, DecodeError> {
    let ty = Type::DateAndTime;
    let mut fields = [0; 8];
    for (i, (field, &octet)) in fields.iter_mut().zip(octets).enumerate() {
        // The last half is the weekday, which follows from the date; clocks were seen to leave it 0.
        let digits = if i == 7 { octet & 0xf0 } else { octet };
        *field = from_bcd(digits).ok_or_else(|| DecodeError::Bcd { ty: ty.clone(), at: at + i, octet })?;
    }
    let [year, month, day, hour, minute, second, centi, milli] = fields;
    let year = u16::from(year) + if year < 90 { 2000 } else { 1900 };
    let nano = (u32::from(centi) * 10 + u32::from(milli / 10)) * 1_000_000;
    let moment = Civil::new(year, month, day).and_then(|date| date.with_time(hour, minute, second, nano));
    moment.map_err(|why| DecodeError::Time { ty, at, why })
}

fn decode_dtl(octets: &[u8], at: usize) -> Result<Civil, DecodeError> {
    let &[y, y2, month, day, _weekday, hour, minute, second, n, n2, n3, n4] = octets else {
        return Err(DecodeError::Short { ty: Type::Dtl, need: 12, got: octets.len() });
    };
    let nano = u32::from_be_bytes([n, n2, n3, n4]);
    let moment = Civil::new(u16::from_be_bytes([y, y2]), month, day).and_then(Civil::for_dtl);
    let moment = moment.and_then(|date| date.with_time(hour, minute, second, nano));
    moment.map_err(|why| DecodeError::Time { ty: Type::Dtl, at, why })
}

fn decode_s5time(ty: &Type, octets: &[u8], at: usize) -> Result<S5Time, DecodeError> {
    S5Time::from_word(word(octets)).ok_or_else(|| bcd3(ty, octets, at))
}

/// The complaint about a word whose low three digits are no BCD.
fn bcd3(ty: &Type, octets: &[u8], at: usize) -> DecodeError {
    let first = octets.first().copied().unwrap_or_default();
    if first & 15 > 9 {
        return DecodeError::Bcd { ty: ty.clone(), at, octet: first };
    }
    DecodeError::Bcd { ty: ty.clone(), at: at + 1, octet: octets.get(1).copied().unwrap_or_default() }
}

fn below(ty: &Type, at: usize, value: u64, end: u64) -> Result<u64, DecodeError> {
    if value < end { Ok(value) } else { Err(DecodeError::Range { ty: ty.clone(), at, value, high: end - 1 }) }
}

fn word(octets: &[u8]) -> u16 {
    octets.first_chunk().map_or(0, |c| u16::from_be_bytes(*c))
}

fn bit_at(octets: &[u8], bit: usize) -> bool {
    octets.get(bit / 8).is_some_and(|octet| octet >> (bit % 8) & 1 == 1)
}

fn bits(octets: &[u8], first: usize, count: usize) -> impl Iterator<Item = Value> {
    (first..first.saturating_add(count)).map(|bit| Value::Bool(bit_at(octets, bit)))
}

//! Values to octets, as they stand in a block with standard access and on the wire: big-endian.
//!
//! What does not fit is an error that says what would; nothing is cut or wrapped unasked.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::layout::Struct;
use super::text::{Encoding, Options, TextError};
use super::time::{Civil, DAY_MILLIS, DAY_NANOS, TimeError, to_bcd3};
use super::types::{Array, MAX_STRING, MAX_WSTRING, Type};
use super::value::{Value, exact_f64, same_f32};

/// A value that the type cannot hold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It is of another kind.
    #[error("a value of type {got} cannot be written to a {ty}")]
    Kind {
        /// The type to write.
        ty: Type,
        /// The type of the value.
        got: &'static str,
    },
    /// A number that does not fit.
    #[error("{value} does not fit: {ty} goes from {low} to {high}")]
    Range {
        /// The type to write.
        ty: Type,
        /// The number.
        value: i128,
        /// The least that fits.
        low: i128,
        /// The most that fits.
        high: i128,
    },
    /// A float beyond what `REAL` can be, or an integer that a float cannot say exactly.
    #[error("{value} does not fit into a {ty}")]
    Float {
        /// The type to write.
        ty: Type,
        /// The number, or the float next to it.
        value: f64,
    },
    /// A date or time beyond what the type can say.
    #[error("the time is no {ty}: {why}")]
    Time {
        /// The type to write.
        ty: Type,
        /// What is wrong with it.
        why: TimeError,
    },
    /// A text longer than its variable; [`Options::truncate`] would cut it.
    #[error("the text takes {len} of at most {max} characters of a {ty}")]
    Length {
        /// The type to write.
        ty: Type,
        /// What the text takes, in octets or units of UTF-16.
        len: usize,
        /// What the type has.
        max: usize,
    },
    /// A character that the variable cannot hold.
    #[error("the text is no {ty}: {why}")]
    Text {
        /// The type to write.
        ty: Type,
        /// The character.
        why: TextError,
    },
    /// Too few or too many elements.
    #[error("{ty} has {want} elements, and {got} were given")]
    Count {
        /// The type to write.
        ty: Type,
        /// How many it has.
        want: usize,
        /// How many were given.
        got: usize,
    },
    /// A value that is not put together like the variable.
    #[error("{want} is wanted, and the value is a {got} or has another number of elements")]
    Shape {
        /// What the variable is.
        want: &'static str,
        /// The type of the value.
        got: &'static str,
    },
    /// Members that are missing, unknown or in another order.
    #[error("the struct has {want:?} where the value has {got:?}")]
    Member {
        /// The name in the type; empty if it has no more.
        want: String,
        /// The name in the value; empty if it has no more.
        got: String,
    },
    /// An element that does not fit.
    #[error("element {index}, counted from 0: {why}")]
    Element {
        /// Which one, from 0 over all dimensions.
        index: usize,
        /// What is wrong with it.
        why: Box<Self>,
    },
    /// A member that does not fit.
    #[error("member {name}: {why}")]
    Within {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: Box<Self>,
    },
    /// The octets to write into are too few, or the type cannot start at this bit.
    #[error("{need} bits from bit {bit} on were to be written into {got} octets")]
    Place {
        /// The bits that the type takes.
        need: usize,
        /// The bit to start at.
        bit: u8,
        /// The octets that are there.
        got: usize,
    },
}

impl Type {
    /// Appends exactly [`Type::size`] octets. After an error, `out` is as it was.
    pub fn encode(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encode_with(value, Options::default(), out)
    }
    /// The same for texts of another encoding, or ones to be cut.
    pub fn encode_with(&self, value: &Value, options: Options, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if plain!(append_plain, self, value, out) {
            return Ok(());
        }
        let start = out.len();
        out.resize(start.saturating_add(self.size()), 0);
        let area = out.get_mut(start..).unwrap_or_default();
        encode(self, value, area, options).inspect_err(|_| out.truncate(start))
    }
    /// Writes into octets that are there already, from a bit of the first one on: bits around it and fill octets stay.
    ///
    /// After an error the octets may be written in part.
    pub fn encode_into(
        &self,
        value: &Value,
        area: &mut [u8],
        bit: u8,
        options: Options,
    ) -> Result<(), EncodeError> {
        let place = EncodeError::Place { need: self.bits(), bit, got: area.len() };
        if bit > 7 || (bit > 0 && !self.is_bits()) {
            return Err(place);
        }
        let need = (usize::from(bit) + self.bits()).div_ceil(8);
        let area = area.get_mut(..need).ok_or(place)?;
        match (self, value) {
            (Self::Bool, Value::Bool(on)) => set_bit(area, bit.into(), *on),
            (Self::Array(array), Value::Array(items)) if self.is_bits() => {
                count(self, array.count(), items.len())?;
                encode_bits(items, area, bit.into(), 0)?;
            }
            _ => return encode(self, value, area, options),
        }
        Ok(())
    }
    /// Appends what follows the declared maximum of a `STRING` or `WSTRING`: the length and the characters, no more.
    ///
    /// It goes to [`Type::body_offset`] of the variable, so that the maximum there stays what the CPU's program made it. A
    /// writer that does not know this maximum reads the first octets, and asks [`Type::declared_by`].
    ///
    /// ```
    /// use hepta_proto::data::{Options, Type, Value};
    /// let mut body = Vec::new();
    /// Type::String(20).encode_body(&Value::from("hot"), Options::default(), &mut body)?;
    /// assert_eq!(body, b"\x03hot");
    /// # Ok::<(), hepta_proto::data::EncodeError>(())
    /// ```
    pub fn encode_body(&self, value: &Value, options: Options, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        match (self, text_of(value)) {
            (Self::String(max), Some(text)) => {
                out.push(0);
                let len = append_string(self, *max, text.as_ref(), options, out);
                let len = len.inspect_err(|_| out.truncate(start))?;
                if let Some(head) = out.get_mut(start) {
                    *head = len;
                }
            }
            (Self::WString(max), Some(text)) => {
                let units = utf16_length(self, *max, text.as_ref(), options)?;
                out.extend_from_slice(&units.to_be_bytes());
                out.extend(text.as_ref().encode_utf16().take(units.into()).flat_map(u16::to_be_bytes));
            }
            _ => return Err(EncodeError::Kind { ty: self.clone(), got: value.kind() }),
        }
        Ok(())
    }
}

/// Writes all of `area`, which is as long as the type; fill octets and unused bits stay.
fn encode(ty: &Type, value: &Value, area: &mut [u8], options: Options) -> Result<(), EncodeError> {
    if plain!(encode_plain, ty, value, area) {
        return Ok(());
    }
    let kind = || EncodeError::Kind { ty: ty.clone(), got: value.kind() };
    let time = |why| EncodeError::Time { ty: ty.clone(), why };
    let text = |why| EncodeError::Text { ty: ty.clone(), why };
    match (ty, value) {
        (Type::Handle(handle), _) => return encode(handle.base(), value, area, options),
        (Type::Array(array), _) => return encode_array(ty, array, value, area, options),
        (Type::Struct(members), Value::Struct(values)) => {
            return encode_struct(members, values, area, options);
        }
        (Type::String(_) | Type::WString(_), _) => return encode_text(ty, value, area, options),
        (Type::Bool, Value::Bool(on)) => set_bit(area, 0, *on),
        (Type::Pointer | Type::Any | Type::Remote, Value::Bytes(octets)) => {
            count(ty, area.len(), octets.len())?;
            area.copy_from_slice(octets);
        }
        (Type::Char, Value::Char(ch) | Value::WChar(ch)) => {
            let (ch, encoding) = (*ch, options.encoding);
            let octet = encoding.octet(ch).ok_or(TextError::Character { ch, column: 1, encoding });
            area.copy_from_slice(&[octet.map_err(text)?]);
        }
        (Type::WChar, Value::Char(ch) | Value::WChar(ch)) => {
            let unit = u16::try_from(u32::from(*ch)).map_err(|_| text(TextError::Wide { ch: *ch }))?;
            area.copy_from_slice(&unit.to_be_bytes());
        }
        (Type::Char | Type::WChar, Value::String(chars) | Value::WString(chars)) => {
            let mut chars = chars.chars();
            match (chars.next(), chars.next()) {
                (Some(ch), None) => return encode(ty, &Value::WChar(ch), area, options),
                (first, _) => {
                    let len = usize::from(first.is_some()) * 2 + chars.count();
                    return Err(EncodeError::Length { ty: ty.clone(), len, max: 1 });
                }
            }
        }
        (Type::Tod, Value::Tod(millis)) => {
            ranged(ty, (*millis).into(), 0, i128::from(DAY_MILLIS) - 1)?;
            area.copy_from_slice(&millis.to_be_bytes());
        }
        (Type::LTod, Value::LTod(nanos)) => {
            ranged(ty, (*nanos).into(), 0, i128::from(DAY_NANOS) - 1)?;
            area.copy_from_slice(&nanos.to_be_bytes());
        }
        (Type::DateAndTime, Value::DateAndTime(moment) | Value::Dtl(moment)) => {
            area.copy_from_slice(&moment.for_date_and_time().map_err(time)?.to_bcd());
        }
        (Type::Dtl, Value::DateAndTime(moment) | Value::Dtl(moment)) => {
            area.copy_from_slice(&encode_dtl(moment.for_dtl().map_err(time)?));
        }
        (Type::Ldt, Value::DateAndTime(moment) | Value::Dtl(moment)) => {
            area.copy_from_slice(&moment.unix_nanos().map_err(time)?.to_be_bytes());
        }
        (Type::S5Time | Type::Timer, Value::S5Time(span) | Value::Timer(span)) => {
            area.copy_from_slice(&span.to_word().to_be_bytes());
        }
        (Type::Counter, _) => {
            let n = ranged(ty, value.as_integer().ok_or_else(kind)?, 0, 999)?;
            area.copy_from_slice(&to_bcd3(u16::try_from(n).unwrap_or_default()).to_be_bytes());
        }
        _ => return encode_number(ty, value, area).unwrap_or_else(|| Err(kind())),
    }
    Ok(())
}

/// A number of another type than that of the variable; `None` if one of both is no number.
fn encode_number(ty: &Type, value: &Value, area: &mut [u8]) -> Option<Result<(), EncodeError>> {
    let limits = match ty {
        Type::Real | Type::LReal => return encode_float(ty, value, area),
        _ => ty.limits()?,
    };
    let n = value.as_integer()?;
    Some(ranged(ty, n, limits.0, limits.1).map(|n| {
        let octets = n.to_be_bytes();
        area.copy_from_slice(octets.get(octets.len() - area.len()..).unwrap_or_default());
    }))
}

/// A float into the other width, or an integer that it can say exactly. A double is rounded to the next `REAL`, as any
/// compiler does with `0.1`; one beyond its range does not fit.
fn encode_float(ty: &Type, value: &Value, area: &mut [u8]) -> Option<Result<(), EncodeError>> {
    let inexact = |value| Some(Err(EncodeError::Float { ty: ty.clone(), value }));
    let wide = match (value, value.as_integer()) {
        (Value::Real(x), _) => (*x).into(),
        (Value::LReal(x), _) => *x,
        (_, Some(n)) => match exact_f64(n).filter(|x| *ty == Type::LReal || same_f32(*x).is_some()) {
            Some(x) => x,
            #[allow(clippy::cast_precision_loss, reason = "for a message that says it is not exact")]
            None => return inexact(n as f64),
        },
        (_, None) => return None,
    };
    if *ty == Type::LReal {
        area.copy_from_slice(&wide.to_be_bytes());
        return Some(Ok(()));
    }
    #[allow(clippy::cast_possible_truncation, reason = "rounding is what is wanted, overflow is looked for")]
    let narrow = wide as f32;
    if narrow.is_infinite() && wide.is_finite() {
        return inexact(wide);
    }
    area.copy_from_slice(&narrow.to_be_bytes());
    Some(Ok(()))
}

fn encode_array(
    ty: &Type,
    array: &Array,
    value: &Value,
    area: &mut [u8],
    options: Options,
) -> Result<(), EncodeError> {
    let element = array.element();
    let items = match value {
        Value::Bytes(octets) => {
            count(ty, array.count(), octets.len())?;
            if *element == Type::Byte || *element == Type::USInt {
                area.copy_from_slice(octets);
                return Ok(());
            }
            let items = octets.iter().map(|o| Value::Byte(*o)).collect();
            return encode_array(ty, array, &Value::Array(items), area, options);
        }
        Value::Array(items) => items,
        other => return Err(EncodeError::Kind { ty: ty.clone(), got: other.kind() }),
    };
    count(ty, array.count(), items.len())?;
    if *element == Type::Bool {
        let (per_row, row_size) = array.row();
        for (i, (row, items)) in
            area.chunks_mut(row_size.max(1)).zip(items.chunks(per_row.max(1))).enumerate()
        {
            encode_bits(items, row, 0, i * per_row)?;
        }
        return Ok(());
    }
    if plain!(encode_many, element, items, area) {
        return Ok(());
    }
    let size = element.size();
    for (index, (part, item)) in area.chunks_mut(element.stride().max(1)).zip(items).enumerate() {
        let part = part.get_mut(..size).unwrap_or_default();
        encode(element, item, part, options)
            .map_err(|why| EncodeError::Element { index, why: Box::new(why) })?;
    }
    Ok(())
}

fn encode_bits(items: &[Value], area: &mut [u8], first: usize, index: usize) -> Result<(), EncodeError> {
    for (i, item) in items.iter().enumerate() {
        let Value::Bool(on) = item else {
            let why = Box::new(EncodeError::Kind { ty: Type::Bool, got: item.kind() });
            return Err(EncodeError::Element { index: index + i, why });
        };
        set_bit(area, first + i, *on);
    }
    Ok(())
}

fn encode_struct(
    members: &Struct,
    values: &[(Arc<str>, Value)],
    area: &mut [u8],
    options: Options,
) -> Result<(), EncodeError> {
    let members = members.members();
    for i in 0..members.len().max(values.len()) {
        let (Some(member), Some((name, value))) = (members.get(i), values.get(i)) else {
            let want = members.get(i).map(|m| m.name().into()).unwrap_or_default();
            return Err(EncodeError::Member {
                want,
                got: values.get(i).map(|v| (*v.0).into()).unwrap_or_default(),
            });
        };
        if *member.name() != **name {
            return Err(EncodeError::Member { want: member.name().into(), got: (**name).into() });
        }
        let part = area.get_mut(member.offset()..).unwrap_or_default();
        let done = member.ty().encode_into(value, part, member.bit(), options);
        done.map_err(|why| EncodeError::Within { name: member.name().into(), why: Box::new(why) })?;
    }
    Ok(())
}

/// A whole `STRING` or `WSTRING`: declared maximum, length, characters, and zeros to the end.
fn encode_text(ty: &Type, value: &Value, area: &mut [u8], options: Options) -> Result<(), EncodeError> {
    let mut body = Vec::with_capacity(area.len());
    match ty {
        Type::WString(max) => body.extend_from_slice(&(*max).min(MAX_WSTRING).to_be_bytes()),
        Type::String(max) => body.push((*max).min(MAX_STRING)),
        _ => {}
    }
    ty.encode_body(value, options, &mut body)?;
    body.resize(area.len(), 0);
    area.copy_from_slice(&body);
    Ok(())
}

/// Appends the octets of a text and says how many these are.
fn append_string(
    ty: &Type,
    max: u8,
    text: &str,
    options: Options,
    out: &mut Vec<u8>,
) -> Result<u8, EncodeError> {
    let max = usize::from(max.min(MAX_STRING));
    // No encoding needs less than an octet for a character: what is behind the first `max` can be left alone.
    let (start, mut text) = (out.len(), text);
    if options.truncate {
        text = text.char_indices().nth(max).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        if options.encoding == Encoding::Utf8 {
            let cut = (0..=max.min(text.len())).rev().find_map(|end| text.get(..end));
            text = cut.unwrap_or_default();
        }
    }
    options.encoding.encode(text, out).map_err(|why| EncodeError::Text { ty: ty.clone(), why })?;
    let len = out.len() - start;
    u8::try_from(len).ok().filter(|_| len <= max).ok_or_else(|| EncodeError::Length {
        ty: ty.clone(),
        len,
        max,
    })
}

/// How many units of UTF-16 of `text` are to be written.
fn utf16_length(ty: &Type, max: u16, text: &str, options: Options) -> Result<u16, EncodeError> {
    let max = max.min(MAX_WSTRING);
    let len = text.encode_utf16().count();
    match u16::try_from(len) {
        Ok(units) if units <= max => Ok(units),
        _ if options.truncate => {
            let mut units = 0u16;
            for ch in text.chars() {
                // Both units of a pair, or none.
                let next = units + if ch.len_utf16() == 2 { 2 } else { 1 };
                if next > max {
                    break;
                }
                units = next;
            }
            Ok(units)
        }
        _ => Err(EncodeError::Length { ty: ty.clone(), len, max: max.into() }),
    }
}

/// The text of a value that is one.
fn text_of(value: &Value) -> Option<impl AsRef<str>> {
    match value {
        Value::String(text) | Value::WString(text) => Some(alloc::borrow::Cow::Borrowed(text.as_str())),
        Value::Char(ch) | Value::WChar(ch) => Some(alloc::borrow::Cow::Owned(String::from(*ch))),
        _ => None,
    }
}

fn encode_dtl(moment: Civil) -> [u8; 12] {
    let ([y, y2], [n, n2, n3, n4]) = (moment.year().to_be_bytes(), moment.nano().to_be_bytes());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    [y, y2, moment.month(), moment.day(), moment.weekday(), hour, minute, second, n, n2, n3, n4]
}

fn set_bit(octets: &mut [u8], bit: usize, on: bool) {
    if let Some(octet) = octets.get_mut(bit / 8) {
        let mask = 1 << (bit % 8);
        *octet = if on { *octet | mask } else { *octet & !mask };
    }
}

fn ranged(ty: &Type, value: i128, low: i128, high: i128) -> Result<i128, EncodeError> {
    if low <= value && value <= high {
        Ok(value)
    } else {
        Err(EncodeError::Range { ty: ty.clone(), value, low, high })
    }
}

fn count(ty: &Type, want: usize, got: usize) -> Result<(), EncodeError> {
    if want == got { Ok(()) } else { Err(EncodeError::Count { ty: ty.clone(), want, got }) }
}

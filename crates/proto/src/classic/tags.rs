//! Typed items: from addresses to what is asked for on the wire, and from octets back to values.
use super::op::{Items, Span, Write};
use super::{Area, ReturnCode};
use crate::data::{
    self, Absolute, Address, DecodeError, EncodeError, MAX_STRING, MAX_WSTRING, Options, Type, Value,
};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Why an address or a value cannot be asked for. Nothing was sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Symbols need `S7CommPlus`, or the program's source.
    #[error(
        "item {item}: classic S7 knows no symbols and no access paths; give the absolute address (DB1.DBD0:REAL)"
    )]
    Symbol {
        /// Which of the addresses, from 0.
        item: usize,
    },
    /// The value does not fit the type.
    #[error("item {item}: {why}")]
    Value {
        /// Which of the addresses, from 0.
        item: usize,
        /// What is wrong with it.
        why: EncodeError,
    },
}

/// Why one item has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// The CPU refused it.
    #[error("the CPU refused: {} ({:02x})", .0.meaning(), .0.0)]
    Refused(ReturnCode),
    /// What came is no value of the type.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl ItemError {
    /// The CPU's return code.
    pub const fn code(&self) -> Option<u64> {
        match self {
            Self::Refused(code) => Some(code.0 as u64),
            Self::Decode(_) => None,
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused(code) => code.hint(),
            Self::Decode(_) => None,
        }
    }
}

/// Octets of an element above which it may be torn apart: a long text fits no PDU of 240.
const WHOLE: usize = 64;

/// What to read for each of `addresses`.
pub fn spans(addresses: &[Address]) -> Result<Vec<Span>, TagError> {
    addresses.iter().enumerate().map(|(item, address)| absolute(item, address).map(span)).collect()
}

/// What to read for an absolute address.
pub fn span(Absolute { place, ty }: &Absolute) -> Span {
    let Place { area, db, start, bit } = Place::of(*place);
    match ty {
        Type::Timer | Type::Counter | Type::Array(_) if matches!(area, Area::Timers | Area::Counters) => {
            Span { area, db, start, len: len(ty.size()), unit: 2, bit: None }
        }
        Type::Bool => Span::bit(area, db, start, bit),
        _ if ty.is_bits() => Span::octets(area, db, start, len((usize::from(bit) + ty.bits()).div_ceil(8))),
        _ => Span::octets(area, db, start, len(ty.size())).in_units_of(unit(ty)),
    }
}

/// The value of an address, of the octets that its [`span`] gave.
pub fn decode(
    Absolute { place, ty }: &Absolute,
    octets: &[u8],
    options: Options,
) -> Result<Value, DecodeError> {
    // A bit that was asked for as a bit comes as an octet of its own.
    let bit = if *ty == Type::Bool { 0 } else { place.bit };
    ty.decode_at(octets, bit, options)
}

/// The values of `addresses`, read by the [`spans`] of them.
pub fn values(addresses: &[Address], items: &Items, options: Options) -> Vec<Result<Value, ItemError>> {
    let value = |(address, octets): (&Address, Result<&[u8], ReturnCode>)| {
        let octets = octets.map_err(ItemError::Refused)?;
        // Symbols have no spans, so there is nothing of them to look at.
        let Address::Absolute(absolute) = address else {
            return Err(ItemError::Refused(ReturnCode::NoObject));
        };
        Ok(decode(absolute, octets, options)?)
    };
    addresses.iter().zip(items.iter()).map(value).collect()
}

/// What to write for some addresses and values: made first, checked whole, sent later.
///
/// A text may be longer than its variable on the CPU allows, which only the variable itself knows. So where there are texts, their
/// [`heads`](Self::heads) are read, and the writes are made anew [`with`](Self::with) what they say.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    octets: Vec<u8>,
    parts: Vec<PartOf>,
    heads: Vec<Span>,
}

#[derive(Clone, Debug)]
struct PartOf {
    item: usize,
    span: Span,
    at: usize,
}

impl Writes {
    /// Encodes each value for its address. A `BOOL` is written as a bit, never by reading its octet first; of a text the length
    /// and the characters are written, and the declared maximum stays what it is.
    pub fn new<'a>(
        items: impl IntoIterator<Item = (&'a Address, &'a Value)>,
        options: Options,
    ) -> Result<Self, TagError> {
        Self::make(items, options, &mut |_| None)
    }
    fn make<'a>(
        items: impl IntoIterator<Item = (&'a Address, &'a Value)>,
        options: Options,
        head: &mut dyn FnMut(Span) -> Option<Vec<u8>>,
    ) -> Result<Self, TagError> {
        let mut writes = Self::default();
        for (item, (address, value)) in items.into_iter().enumerate() {
            let Absolute { place, ty } = absolute(item, address)?;
            let put = writes.put(item, Place::of(*place), ty, value, options, head);
            put.map_err(|why| TagError::Value { item, why })?;
        }
        Ok(writes)
    }
    /// The declared maximum of every text, as spans to read. Empty: there are no texts, and the writes are as they should be.
    pub fn heads(&self) -> &[Span] {
        &self.heads
    }
    /// The same writes with what the CPU says of its texts: a text is held against the smaller of both maxima, and one whose
    /// maximum is 0, because its memory was never initialised, is given the one of the address. A head that was refused changes
    /// nothing: its write will be refused, too.
    pub fn with<'a>(
        items: impl IntoIterator<Item = (&'a Address, &'a Value)>,
        options: Options,
        heads: &Items,
    ) -> Result<Self, TagError> {
        Self::with_heads(items, options, heads.iter().map(|head| head.ok().map(<[u8]>::to_vec)))
    }
    /// The same with heads that were read in another way; `None`: this one was refused.
    pub fn with_heads<'a>(
        items: impl IntoIterator<Item = (&'a Address, &'a Value)>,
        options: Options,
        heads: impl IntoIterator<Item = Option<Vec<u8>>>,
    ) -> Result<Self, TagError> {
        let mut heads = heads.into_iter();
        Self::make(items, options, &mut |_| heads.next().flatten())
    }
    /// What to hand to [`WriteMany`](super::op::WriteMany).
    pub fn items(&self) -> Vec<Write<'_>> {
        let part = |part: &PartOf| {
            let data = self.octets.get(part.at..part.at + part.span.len as usize).unwrap_or_default();
            Write { span: part.span, data }
        };
        self.parts.iter().map(part).collect()
    }
    /// To which of the addresses each of [`Writes::items`] belongs.
    pub fn owners(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.parts.iter().map(|part| part.item)
    }

    fn put(
        &mut self,
        item: usize,
        place: Place,
        ty: &Type,
        value: &Value,
        options: Options,
        head: &mut dyn FnMut(Span) -> Option<Vec<u8>>,
    ) -> Result<(), EncodeError> {
        let at = self.octets.len();
        match (ty, value) {
            (Type::Bool, _) => {
                ty.encode_with(value, options, &mut self.octets)?;
                self.parts.push(PartOf {
                    item,
                    span: Span::bit(place.area, place.db, place.start, place.bit),
                    at,
                });
            }
            // A type that says more than there can be means the most; the CPU would take it at its word.
            (Type::String(max), _) => {
                self.text(item, place, ty, value, options, &[(*max).min(MAX_STRING)], head)?;
            }
            (Type::WString(max), _) => {
                let max = (*max).min(MAX_WSTRING).to_be_bytes();
                self.text(item, place, ty, value, options, &max, head)?;
            }
            (Type::Array(array), _) if is_written_apart(array.element()) => {
                let values = elements(ty, value)?;
                let per_row = array.bounds().last().map_or(1, |range| range.clone().count().max(1));
                for (index, value) in values.iter().enumerate() {
                    let place = match array.element() {
                        // "a new dimension always starts at the next octet"
                        Type::Bool => {
                            let bit = index / per_row * per_row.next_multiple_of(8) + index % per_row;
                            let bit = bit + usize::from(place.bit);
                            Place {
                                start: place.start + len(bit / 8),
                                bit: u8::try_from(bit % 8).unwrap_or(0),
                                ..place
                            }
                        }
                        _ => Place { start: place.start + len(index * ty.piece()), ..place },
                    };
                    let why = |why| EncodeError::Element { index, why: Box::new(why) };
                    self.put(item, place, array.element(), value, options, head).map_err(why)?;
                }
            }
            (Type::Struct(members), Value::Struct(values)) => {
                // Names and number are checked by encoding it whole, which also finds what does not fit.
                let mut scratch = Vec::new();
                ty.encode_with(value, options, &mut scratch)?;
                for (member, (_, value)) in members.members().iter().zip(values) {
                    let start = place.start + len(member.offset());
                    let place = Place { start, bit: member.bit(), ..place };
                    self.put(item, place, member.ty(), value, options, head)?;
                }
            }
            _ => {
                ty.encode_with(value, options, &mut self.octets)?;
                self.whole(item, place, ty, at);
            }
        }
        Ok(())
    }

    /// Length and characters of a text; its maximum, too, if the CPU has none yet. `max`: the maximum of the address.
    #[expect(clippy::too_many_arguments, reason = "the context of one traversal, in one place")]
    fn text(
        &mut self,
        item: usize,
        place: Place,
        ty: &Type,
        value: &Value,
        options: Options,
        max: &[u8],
        head: &mut dyn FnMut(Span) -> Option<Vec<u8>>,
    ) -> Result<(), EncodeError> {
        let at = self.octets.len();
        let span = Span::octets(place.area, place.db, place.start, len(max.len()));
        self.heads.push(span);
        let said = head(span);
        let (start, ty) = match said.as_deref() {
            Some(said) if said.iter().all(|octet| *octet == 0) => {
                self.octets.extend_from_slice(max);
                (place.start, ty.clone())
            }
            Some(said) if said < max => {
                (place.start + span.len, ty.declared_by(said).unwrap_or_else(|| ty.clone()))
            }
            _ => (place.start + span.len, ty.clone()),
        };
        ty.encode_body(value, options, &mut self.octets)?;
        self.whole(item, Place { start, ..place }, &ty, at);
        Ok(())
    }

    /// What was encoded from `at` on, as one part.
    fn whole(&mut self, item: usize, place: Place, ty: &Type, at: usize) {
        let span = Span::octets(place.area, place.db, place.start, len(self.octets.len() - at));
        self.parts.push(PartOf { item, span: span.in_units_of(unit(ty)), at });
    }
}

/// The elements of a value for an array of `ty`, as many as it has.
fn elements<'v>(ty: &Type, value: &'v Value) -> Result<&'v [Value], EncodeError> {
    match value {
        Value::Array(values) if values.len() == ty.count() => Ok(values),
        Value::Array(values) => {
            Err(EncodeError::Count { ty: ty.clone(), want: ty.count(), got: values.len() })
        }
        other => Err(EncodeError::Kind { ty: ty.clone(), got: other.kind() }),
    }
}

/// Bits, texts, and what holds them: writing them in one piece would overwrite what is not meant.
fn is_written_apart(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::String(_) | Type::WString(_) => true,
        Type::Array(array) => is_written_apart(array.element()),
        Type::Struct(members) => members.members().iter().any(|member| is_written_apart(member.ty())),
        _ => false,
    }
}

fn unit(ty: &Type) -> u16 {
    let piece = ty.piece();
    if piece > WHOLE { 1 } else { u16::try_from(piece).unwrap_or(1) }
}

fn len(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn absolute(item: usize, address: &Address) -> Result<&Absolute, TagError> {
    match address {
        Address::Absolute(absolute) => Ok(absolute),
        _ => Err(TagError::Symbol { item }),
    }
}

/// Where something stands, in the wire's words.
#[derive(Clone, Copy)]
struct Place {
    area: Area,
    db: u16,
    start: u32,
    bit: u8,
}

impl Place {
    fn of(place: data::Place) -> Self {
        let (area, db) = match place.area {
            data::Area::Input => (Area::Inputs, 0),
            data::Area::Output => (Area::Outputs, 0),
            data::Area::Flag => (Area::Flags, 0),
            data::Area::Timer => (Area::Timers, 0),
            data::Area::Counter => (Area::Counters, 0),
            data::Area::Db(db) => (Area::Db, db),
            data::Area::InstanceDb(db) => (Area::InstanceDb, db),
            data::Area::Local => (Area::Local, 0),
            data::Area::Peripheral => (Area::Peripheral, 0),
        };
        Self { area, db, start: place.byte, bit: place.bit }
    }
}

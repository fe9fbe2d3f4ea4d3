//! Typed items: from the addresses of users to what is asked for by S7CommPlus, and back to values.
//!
//! An absolute address is octets of what has standard access, and is read, written and typed as by classic S7. An access path is
//! a variable of the CPU, which says itself what it is.
use super::address::{ItemAddress, area};
use super::catalogue::SymbolError;
use super::op::{self, Item};
use super::outcome::ReturnValue;
use super::typed;
use super::value::{Array, Data, Struct, Value, ValueType};
use crate::classic::op::{Span, Write};
use crate::classic::{self, Area};
use crate::data::{self, Absolute, Access, Address, DecodeError, EncodeError, Options, Type};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Why an address or a value cannot be asked for. Nothing was sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Names have to be looked up in the program first.
    #[error("item {item}: a name is no address yet: browse the program for its access path (8A0E0001.B)")]
    Symbol {
        /// Which of the addresses, from 0.
        item: usize,
    },
    /// What S7CommPlus has no way to.
    #[error("item {item}: S7CommPlus reaches I, Q, M, T, C and data blocks, and not {area}")]
    Area {
        /// Which of the addresses, from 0.
        item: usize,
        /// The area.
        area: Area,
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

/// Why one item has no value, or was not written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// The CPU refused it.
    #[error("the CPU refused: {0}")]
    Refused(ReturnValue),
    /// What came is no value of the type.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// What came is no value of the type that was written behind the path.
    #[error(transparent)]
    Typed(#[from] typed::DecodeError),
    /// A structure, or what no variable is.
    #[error("the CPU gives a {0}, which is no value that can be shown as one: name a member of it")]
    Shape(ValueType),
    /// What is to be written is no value of what the CPU has there. Nothing was sent.
    #[error("the CPU has a {found} there, which this value cannot become: {why}")]
    Kind {
        /// What the CPU has.
        found: ValueType,
        /// What is wrong with the value.
        why: EncodeError,
    },
    /// What is to be written to a variable that was looked up by its name does not fit it. Nothing was sent.
    #[error(transparent)]
    Value(EncodeError),
    /// Bits of a value have no address.
    #[error(
        "the CPU takes a value as a whole, and not some bits of it: read it, change the bits, and write it"
    )]
    Bits,
    /// The program has no such name.
    #[error(transparent)]
    Name(#[from] Box<SymbolError>),
    /// An area, or something that no value is known of.
    #[error("{0} has no value: name a variable, or a member of it")]
    NoValue(String),
    /// More values than one variable may be put together of.
    #[error("{0} is put together of more than a million values: read parts of it")]
    TooMany(String),
    /// The number of a variable that is none of the set.
    #[error("there is no variable of this number in the set")]
    NoTag,
    /// Nothing came for it yet.
    #[error("it was not read yet")]
    NotRead,
    /// The type behind the path is not that of the variable. Nothing was sent.
    #[error("the CPU has a {found} there, which is no {ty}")]
    Type {
        /// What the CPU has.
        found: ValueType,
        /// What was said.
        ty: Type,
    },
}

impl ItemError {
    /// The CPU's return value.
    pub const fn code(&self) -> Option<u64> {
        match self {
            Self::Refused(outcome) => Some(outcome.0),
            _ => None,
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused(outcome) => outcome.hint(),
            _ => None,
        }
    }
}

/// What to read for an address.
pub fn item(item: usize, address: &Address) -> Result<ItemAddress, TagError> {
    match address {
        Address::Absolute(absolute) => of_span(item, &classic::tags::span(absolute)),
        Address::Access(access) => Ok(access.item.clone()),
        Address::Symbol(_) => Err(TagError::Symbol { item }),
    }
}

/// The value of `address`, of what the CPU has answered to its [`item`].
pub fn value(
    address: &Address,
    answer: &Result<Value, ReturnValue>,
    options: Options,
) -> Result<data::Value, ItemError> {
    let found = answer.as_ref().map_err(|refused| ItemError::Refused(*refused))?;
    let shape = || ItemError::Shape(found.ty());
    match address {
        Address::Absolute(absolute) => {
            let octets = found.as_bytes().ok_or_else(shape)?;
            Ok(classic::tags::decode(absolute, octets, options)?)
        }
        Address::Access(Access { ty: Some(ty), .. }) => Ok(typed::decode(ty, found, options)?),
        _ => typed::untyped(found).ok_or_else(shape),
    }
}

/// The same place in the words of S7CommPlus.
fn of_span(item: usize, span: &Span) -> Result<ItemAddress, TagError> {
    let area = match span.area {
        Area::Inputs => area::INPUTS,
        Area::Outputs => area::OUTPUTS,
        Area::Flags => area::FLAGS,
        Area::Timers => area::TIMERS,
        Area::Counters => area::COUNTERS,
        Area::Db | Area::InstanceDb => area::DB + u32::from(span.db),
        area => return Err(TagError::Area { item, area }),
    };
    let start = if matches!(span.area, Area::Timers | Area::Counters) { span.start * 2 } else { span.start };
    Ok(match span.bit {
        Some(bit) => ItemAddress::classic_bit(area, start, bit.into()),
        None => ItemAddress::classic(area, start, span.len),
    })
}

/// What became of one value that was to be written.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The CPU has confirmed all of it.
    Written,
    /// It was refused, by the CPU or because it does not fit what the CPU has there. Of what is put together other parts may be
    /// written.
    Refused(ItemError),
    /// It was sent, but not answered: it may have been written or not.
    Unknown,
    /// It was never sent, or not all of it.
    NotSent,
}

/// What to write for some addresses and values: made first, checked whole, sent later.
///
/// What stands on the CPU has to be read for it: the maxima of texts, and what the variables behind access paths are. See
/// [`Writes::asks`].
#[derive(Clone, Debug, Default)]
pub struct Writes {
    items: Vec<Item>,
    owners: Vec<usize>,
    refused: Vec<(usize, ItemError)>,
}

impl Writes {
    /// What to read before these can be written, in the order that [`Writes::new`] takes the answers.
    pub fn asks(pairs: &[(Address, data::Value)], options: Options) -> Result<Vec<ItemAddress>, TagError> {
        let (_, classic) = absolute(pairs, |pairs| classic::tags::Writes::new(pairs, options))?;
        let heads = classic.heads().iter().map(|head| of_span(0, head));
        let paths = pairs.iter().enumerate().filter_map(|(at, (address, _))| match address {
            Address::Absolute(_) => None,
            path => Some(item(at, path)),
        });
        // An area that cannot be is found here, too, before anything is sent.
        for (at, (address, _)) in pairs.iter().enumerate() {
            item(at, address)?;
        }
        heads.chain(paths).collect()
    }
    /// The writes, by what the CPU has answered.
    pub fn new(
        pairs: &[(Address, data::Value)],
        options: Options,
        answers: &[Result<Value, ReturnValue>],
    ) -> Result<Self, TagError> {
        let (_, plain) = absolute(pairs, |pairs| classic::tags::Writes::new(pairs, options))?;
        let (heads, paths) = answers.split_at_checked(plain.heads().len()).unwrap_or((answers, &[]));
        let heads = || heads.iter().map(|head| head.as_ref().ok()?.as_bytes().map(<[u8]>::to_vec));
        let (places, classic) =
            absolute(pairs, |pairs| classic::tags::Writes::with_heads(pairs, options, heads()))?;
        let mut writes = Self::default();
        let mut parts: Vec<(usize, Item)> = Vec::new();
        for (Write { span, data }, owner) in classic.items().into_iter().zip(classic.owners()) {
            let owner = places.get(owner).copied().unwrap_or(owner);
            parts.push((owner, (of_span(owner, &span)?, Value::blob(data.to_vec()))));
        }
        let mut answers = paths.iter();
        for (at, (address, value)) in pairs.iter().enumerate() {
            let Address::Access(access) = address else { continue };
            let made = match answers.next() {
                Some(Ok(found)) => become_of(access, found, value, options),
                Some(Err(refused)) => Err(ItemError::Refused(*refused)),
                None => continue,
            };
            match made {
                Ok(made) => parts.push((at, (access.item.clone(), made))),
                Err(error) => writes.refused.push((at, error)),
            }
        }
        // In the caller's order, and the parts of one value in theirs.
        parts.sort_by_key(|(owner, _)| *owner);
        (writes.owners, writes.items) = parts.into_iter().unzip();
        Ok(writes)
    }
    /// What became of each of `count` values, by what became of each item: of several items the first that was not written.
    pub fn outcomes(&self, count: usize, items: Vec<op::Outcome>) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Written; count];
        for (outcome, owner) in items.into_iter().zip(self.owners()) {
            if let Some(place @ Outcome::Written) = outcomes.get_mut(owner) {
                *place = match outcome {
                    op::Outcome::Written => Outcome::Written,
                    op::Outcome::Refused(code) => Outcome::Refused(ItemError::Refused(code)),
                    op::Outcome::Unknown => Outcome::Unknown,
                    op::Outcome::NotSent => Outcome::NotSent,
                };
            }
        }
        for (owner, error) in &self.refused {
            if let Some(place) = outcomes.get_mut(*owner) {
                *place = Outcome::Refused(error.clone());
            }
        }
        outcomes
    }
    /// The same writes, whose values stand at `places` of a longer list.
    pub fn placed(mut self, places: &[usize]) -> Self {
        let of = |owner: usize| places.get(owner).copied().unwrap_or(owner);
        self.owners.iter_mut().for_each(|owner| *owner = of(*owner));
        self.refused.iter_mut().for_each(|(owner, _)| *owner = of(*owner));
        self
    }
    /// These and others, in the order of their values.
    pub fn with(mut self, others: Self) -> Self {
        let items = self.items.into_iter().chain(others.items);
        let mut parts: Vec<_> = self.owners.into_iter().chain(others.owners).zip(items).collect();
        parts.sort_by_key(|(owner, _)| *owner);
        (self.owners, self.items) = parts.into_iter().unzip();
        self.refused.extend(others.refused);
        self
    }
    /// One value more, of these items.
    pub(super) fn add(&mut self, owner: usize, items: Vec<Item>) {
        self.owners.resize(self.owners.len() + items.len(), owner);
        self.items.extend(items);
    }
    /// One value more, that cannot be written.
    pub(super) fn refuse(&mut self, owner: usize, why: ItemError) {
        self.refused.push((owner, why));
    }
    /// What to hand to [`WriteItems`](super::op::WriteItems).
    pub fn items(&self) -> &[Item] {
        &self.items
    }
    /// To which of the pairs each of [`Writes::items`] belongs.
    pub fn owners(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.owners.iter().copied()
    }
    /// What cannot be written, and why: pairs by their number, from 0.
    pub fn refused(&self) -> &[(usize, ItemError)] {
        &self.refused
    }
}

/// What `make` makes of the pairs with absolute addresses, and which those are.
fn absolute<'p, T>(
    pairs: &'p [(Address, data::Value)],
    make: impl FnOnce(
        &mut dyn Iterator<Item = (&'p Address, &'p data::Value)>,
    ) -> Result<T, classic::tags::TagError>,
) -> Result<(Vec<usize>, T), TagError> {
    let is = |(_, (address, _)): &(usize, &(Address, data::Value))| {
        matches!(address, Address::Absolute(Absolute { .. }))
    };
    let places: Vec<usize> = pairs.iter().enumerate().filter(is).map(|(at, _)| at).collect();
    let mut chosen = pairs.iter().enumerate().filter(is).map(|(_, (address, value))| (address, value));
    let place = |item: usize| places.get(item).copied().unwrap_or(item);
    let made = make(&mut chosen).map_err(|e| match e {
        classic::tags::TagError::Symbol { item } => TagError::Symbol { item: place(item) },
        classic::tags::TagError::Value { item, why } => TagError::Value { item: place(item), why },
    })?;
    Ok((places, made))
}

/// `value` as what the CPU has there.
fn become_of(
    Access { ty, .. }: &Access,
    found: &Value,
    value: &data::Value,
    options: Options,
) -> Result<Value, ItemError> {
    let kind = |why| ItemError::Kind { found: found.ty(), why };
    let fits = |made: &Value| {
        let lens = |value: &Value| match value.data() {
            Data::Array(array) => Some(array.len()),
            _ => None,
        };
        // A text may come without the octets behind its end.
        made.ty() == found.ty() && (lens(made) == lens(found) || text_of(found, value).is_some())
    };
    let made = |ty: &Type| typed::encode(ty, value, options).map(|made| same_interface(made, found));
    if let Some(ty) = ty {
        let ty = text_of(found, value).unwrap_or_else(|| ty.clone());
        return match made(&ty) {
            Ok(made) if fits(&made) => Ok(made),
            Ok(_) => Err(ItemError::Type { found: found.ty(), ty }),
            Err(why) => Err(kind(why)),
        };
    }
    let ty = if let Some(ty) = text_of(found, value) {
        ty
    } else {
        // A value that says of itself what it is, where that is the same on the wire: a TIME for what is a DINT there.
        if let Some(own) = value.type_of().and_then(|ty| made(&ty).ok()).filter(fits) {
            return Ok(own);
        }
        plain_type(found, value).ok_or_else(|| ItemError::Shape(found.ty()))?
    };
    match made(&ty) {
        Ok(made) if fits(&made) => Ok(made),
        Ok(_) => Err(ItemError::Type { found: found.ty(), ty }),
        Err(why) => Err(kind(why)),
    }
}

/// The text that the CPU has, with its own maximum, where a text is to be written to it.
fn text_of(found: &Value, value: &data::Value) -> Option<Type> {
    value.as_str()?;
    match found.data() {
        Data::Array(Array::USInt(octets)) => octets.first().map(|max| Type::String(*max)),
        Data::Array(Array::UInt(units)) => units.first().map(|max| Type::WString(*max)),
        _ => None,
    }
}

/// The type that a value on the wire has if nothing more is known of it.
fn plain_type(found: &Value, value: &data::Value) -> Option<Type> {
    let Data::Array(array) = found.data() else { return typed::untyped(found)?.type_of() };
    let element = match array {
        Array::Bool(_) => Type::Bool,
        Array::USInt(_) => Type::USInt,
        Array::Byte(_) => Type::Byte,
        _ => match typed::untyped(found)? {
            data::Value::Array(values) => values.first()?.type_of()?,
            _ => return None,
        },
    };
    // Bits come in multiples of eight, so how many there are is known to who writes them.
    let count = match (array, value) {
        (Array::Bool(_), data::Value::Array(values)) => values.len(),
        _ => array.len(),
    };
    Type::array_of(element, u32::try_from(count).ok()?).ok()
}

/// A packed struct says the time of its interface, which is the CPU's to know.
fn same_interface(made: Value, found: &Value) -> Value {
    let known = found.as_struct().and_then(|of| Some((of.id(), of.as_packed()?.timestamp)));
    let packed = made.as_struct().and_then(|of| Some((of.id(), of.as_packed()?)));
    match (known, packed) {
        (Some((id, timestamp)), Some((own, packed))) if id == own => {
            let mut packed = packed.clone();
            packed.timestamp = timestamp;
            Value::new(Data::Struct(Struct::packed(id, packed)))
        }
        _ => made,
    }
}

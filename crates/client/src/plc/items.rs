//! Values over both protocols.
#[cfg(any(feature = "tokio", feature = "blocking"))]
use crate::classic::WriteValuesError;
use crate::error::Error;
use crate::plus;
use hepta_proto::classic::{self, ReturnCode, tags as classic_tags};
use hepta_proto::data::{Address, Symbol, Type, Value};
use hepta_proto::plus::ItemAddress;
use hepta_proto::plus::tags::{self as plus_tags, Writes};
use std::borrow::Cow;

/// Why one address has no value, or was not written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// As classic S7 says it.
    #[error(transparent)]
    Classic(#[from] classic_tags::ItemError),
    /// As S7CommPlus says it.
    #[error(transparent)]
    Plus(#[from] plus_tags::ItemError),
    /// The name has no place that classic S7 could ask for.
    #[cfg(feature = "source")]
    #[error(transparent)]
    Name(#[from] super::NameError),
    /// The protocol that was chosen cannot ask for such an address.
    #[error("{0}")]
    Address(String),
}

impl ItemError {
    /// The PLC's code.
    pub const fn code(&self) -> Option<u64> {
        match self {
            Self::Classic(e) => e.code(),
            Self::Plus(e) => e.code(),
            #[cfg(feature = "source")]
            Self::Name(_) => None,
            Self::Address(_) => None,
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Classic(e) => e.hint(),
            Self::Plus(e) => e.hint(),
            #[cfg(feature = "source")]
            Self::Name(_) => None,
            Self::Address(_) => None,
        }
    }
}

/// What became of one value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The PLC has confirmed it.
    Written,
    /// It was refused, by the PLC or because it does not fit what the PLC has there.
    Refused(ItemError),
    /// It was sent, but not answered: it may have been written or not.
    Unknown,
    /// It was never sent.
    NotSent,
}

impl core::fmt::Display for Outcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Written => f.write_str("written"),
            Self::Refused(why) => why.fmt(f),
            Self::Unknown => f.write_str("sent, but not answered: it may have been written or not"),
            Self::NotSent => f.write_str("not sent"),
        }
    }
}

/// Values that were not written, or not all, with what became of each: nothing is lost.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct WriteError {
    /// What became of each value, in the caller's order; empty if nothing was sent because the values could not be.
    pub outcomes: Vec<Outcome>,
    /// Why.
    #[source]
    pub error: Error,
}

impl From<WriteError> for Error {
    fn from(e: WriteError) -> Self {
        e.error
    }
}

/// What can be asked for, and where the others are in the caller's order.
pub(super) struct Asked<T> {
    pub(super) items: Vec<T>,
    errors: Vec<Option<ItemError>>,
}

impl<T> Asked<T> {
    fn new<E: ToString>(addresses: &[Address], of: impl Fn(usize, &Address) -> Result<T, E>) -> Self {
        let (mut items, mut errors) = (Vec::new(), Vec::new());
        for (at, address) in addresses.iter().enumerate() {
            match of(at, address) {
                Ok(item) => {
                    items.push(item);
                    errors.push(None);
                }
                Err(e) => errors.push(Some(ItemError::Address(e.to_string()))),
            }
        }
        Self { items, errors }
    }
    /// The results in the caller's order.
    pub(super) fn join(
        self,
        results: impl IntoIterator<Item = Result<Value, ItemError>>,
    ) -> Vec<Result<Value, ItemError>> {
        let mut results = results.into_iter();
        let next = |error: Option<ItemError>| match error {
            Some(error) => Some(Err(error)),
            None => results.next(),
        };
        self.errors.into_iter().map_while(next).collect()
    }
}

/// The addresses that classic S7 can ask for.
pub(super) fn classic(places: &[Result<Cow<'_, Address>, ItemError>]) -> Asked<Address> {
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for place in places {
        let asked = place.as_ref().map_err(Clone::clone).and_then(|address| {
            let spans = classic_tags::spans(core::slice::from_ref(&**address));
            spans.map_err(|e| ItemError::Address(e.to_string()))
        });
        match (asked, place) {
            (Ok(_), Ok(address)) => {
                items.push(address.clone().into_owned());
                errors.push(None);
            }
            (Err(e), _) => errors.push(Some(e)),
            (_, Err(e)) => errors.push(Some(e.clone())),
        }
    }
    Asked { items, errors }
}

/// The addresses that S7CommPlus can ask for, each with its path.
pub(super) fn plus(addresses: &[Address]) -> Asked<(&Address, ItemAddress)> {
    let mut asked = Asked::new(addresses, plus_tags::item);
    let mut paths = core::mem::take(&mut asked.items).into_iter();
    let errors = asked.errors;
    let known = addresses.iter().zip(&errors).filter(|(_, error)| error.is_none());
    let items = known.filter_map(|(address, _)| Some((address, paths.next()?))).collect();
    Asked { items, errors }
}

#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(super) fn classic_outcomes(
    written: Result<Vec<classic::op::Outcome>, WriteValuesError>,
) -> Result<Vec<Outcome>, WriteError> {
    let each = |outcome| match outcome {
        classic::op::Outcome::Written => Outcome::Written,
        classic::op::Outcome::Refused(code) => {
            Outcome::Refused(classic_tags::ItemError::Refused(ReturnCode(code.0)).into())
        }
        classic::op::Outcome::Unknown => Outcome::Unknown,
        _ => Outcome::NotSent,
    };
    let all = |outcomes: Vec<_>| outcomes.into_iter().map(each).collect();
    match written {
        Ok(outcomes) => Ok(all(outcomes)),
        Err(WriteValuesError { outcomes, error }) => Err(WriteError { outcomes: all(outcomes), error }),
    }
}

/// What became of each of `count` values, of what became of each item.
pub(super) fn plus_outcomes(
    count: usize,
    writes: &Writes,
    written: Result<Vec<plus::Outcome>, plus::WriteError>,
) -> Result<Vec<Outcome>, WriteError> {
    let each = |outcome| match outcome {
        plus_tags::Outcome::Written => Outcome::Written,
        plus_tags::Outcome::Refused(why) => Outcome::Refused(why.into()),
        plus_tags::Outcome::Unknown => Outcome::Unknown,
        _ => Outcome::NotSent,
    };
    let all = |items| writes.outcomes(count, items).into_iter().map(each).collect();
    match written {
        Ok(items) => Ok(all(items)),
        Err(plus::WriteError { outcomes, error }) => Err(WriteError { outcomes: all(outcomes), error }),
    }
}

/// The type that was written behind an address.
pub(super) fn said(address: &Address) -> Option<Type> {
    match address {
        Address::Absolute(absolute) => Some(absolute.ty.clone()),
        Address::Access(access) => access.ty.clone(),
        Address::Symbol(symbol) => symbol.ty().cloned(),
        _ => None,
    }
}

/// The type that the program says.
pub(super) fn told(symbol: Result<plus::Symbol, plus::SymbolError>) -> Result<Option<Type>, ItemError> {
    match symbol {
        Ok(symbol) => Ok(symbol.ty().cloned()),
        Err(why) => Err(plus_tags::ItemError::Name(Box::new(why)).into()),
    }
}

/// What names are over classic S7.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    #[cfg(feature = "source")]
    pub(super) known: Option<std::sync::Arc<super::names::Names>>,
}

impl Names {
    /// The same addresses with places for names, or why there is none.
    pub(super) fn places<'a>(&self, addresses: &'a [Address]) -> Vec<Result<Cow<'a, Address>, ItemError>> {
        addresses.iter().map(|address| self.place(address)).collect()
    }
    #[cfg(feature = "source")]
    fn place<'a>(&self, address: &'a Address) -> Result<Cow<'a, Address>, ItemError> {
        match (address, &self.known) {
            (Address::Symbol(symbol), Some(names)) => Ok(Cow::Owned(names.find(symbol)?.into())),
            (Address::Symbol(symbol), None) => Err(super::NameError::no_symbols(symbol.path()).into()),
            _ => Ok(Cow::Borrowed(address)),
        }
    }
    #[cfg(not(feature = "source"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "without sources there are no names")]
    fn place<'a>(&self, address: &'a Address) -> Result<Cow<'a, Address>, ItemError> {
        Ok(Cow::Borrowed(address))
    }
    /// The same pairs, of those that have a place, and where these stood; and what became of the others.
    pub(super) fn pairs<'a>(&self, pairs: &'a [(Address, Value)]) -> Placed<'a> {
        let mut placed = Placed { pairs: Cow::Borrowed(pairs), refused: Vec::new() };
        if !pairs.iter().any(|(address, _)| matches!(address, Address::Symbol(_))) {
            return placed;
        }
        let mut with_place = Vec::with_capacity(pairs.len());
        for (at, (address, value)) in pairs.iter().enumerate() {
            match self.place(address) {
                Ok(address) => with_place.push((address.into_owned(), value.clone())),
                Err(why) => placed.refused.push((at, Outcome::Refused(why))),
            }
        }
        placed.pairs = Cow::Owned(with_place);
        placed
    }
}

/// What can be written over classic S7.
pub(super) struct Placed<'a> {
    pub(super) pairs: Cow<'a, [(Address, Value)]>,
    refused: Vec<(usize, Outcome)>,
}

impl Placed<'_> {
    /// What became of all, by what became of those that have a place.
    pub(super) fn join(self, written: Result<Vec<Outcome>, WriteError>) -> Result<Vec<Outcome>, WriteError> {
        let all = |outcomes: Vec<Outcome>| {
            // Where nothing was sent at all, nothing is told of single ones either.
            if outcomes.is_empty() && !self.pairs.is_empty() {
                return outcomes;
            }
            let mut outcomes = outcomes;
            for (at, refused) in self.refused {
                outcomes.insert(at.min(outcomes.len()), refused);
            }
            outcomes
        };
        match written {
            Ok(outcomes) => Ok(all(outcomes)),
            Err(WriteError { outcomes, error }) => Err(WriteError { outcomes: all(outcomes), error }),
        }
    }
}

/// Names among addresses, and where they stand.
#[derive(Debug, Default)]
pub(super) struct Symbols<'a> {
    pub(super) places: Vec<usize>,
    pub(super) names: Vec<&'a str>,
    types: Vec<&'a Symbol>,
}

impl<'a> Symbols<'a> {
    pub(super) fn of(addresses: impl Iterator<Item = &'a Address>) -> Self {
        let mut symbols = Self::default();
        for (at, address) in addresses.enumerate() {
            if let Address::Symbol(symbol) = address {
                symbols.places.push(at);
                symbols.names.push(symbol.path());
                symbols.types.push(symbol);
            }
        }
        symbols
    }
    /// Types that were written behind names count.
    pub(super) fn retype(&self, tags: &mut plus::Tags) {
        for (at, symbol) in self.types.iter().enumerate() {
            if let Some(ty) = symbol.ty() {
                tags.retype(at, ty);
            }
        }
    }
}

/// The pairs whose addresses are no names, and where they stand.
pub(super) fn without_names(pairs: &[(Address, Value)]) -> (Vec<usize>, Cow<'_, [(Address, Value)]>) {
    let named = |(address, _): &(Address, Value)| matches!(address, Address::Symbol(_));
    if !pairs.iter().any(named) {
        return ((0..pairs.len()).collect(), Cow::Borrowed(pairs));
    }
    let plain = pairs.iter().enumerate().filter(|(_, pair)| !named(pair));
    let (places, plain): (Vec<_>, Vec<_>) = plain.map(|(at, pair)| (at, pair.clone())).unzip();
    (places, Cow::Owned(plain))
}

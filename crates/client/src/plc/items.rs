//! Values over both protocols.
#[cfg(any(feature = "tokio", feature = "blocking"))]
use crate::classic::WriteValuesError;
use crate::error::Error;
use crate::plus;
use hepta_proto::classic::{self, ReturnCode, tags as classic_tags};
use hepta_proto::data::{Address, Value};
use hepta_proto::plus::tags::{self as plus_tags, Writes};
use hepta_proto::plus::{ItemAddress, ReturnValue};

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
            Self::Address(_) => None,
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Classic(e) => e.hint(),
            Self::Plus(e) => e.hint(),
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
pub(super) fn classic(addresses: &[Address]) -> Asked<Address> {
    Asked::new(addresses, |_, address| {
        classic_tags::spans(core::slice::from_ref(address)).map(|_| address.clone())
    })
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
    let refused = |outcome: ReturnValue| Outcome::Refused(plus_tags::ItemError::Refused(outcome).into());
    let all = |items: Vec<plus::Outcome>| {
        let mut outcomes = vec![Outcome::Written; count];
        for (outcome, owner) in items.into_iter().zip(writes.owners()) {
            // Of a value that takes several items the first that was not written.
            if let Some(place @ Outcome::Written) = outcomes.get_mut(owner) {
                *place = match outcome {
                    plus::Outcome::Written => Outcome::Written,
                    plus::Outcome::Refused(code) => refused(code),
                    plus::Outcome::Unknown => Outcome::Unknown,
                    plus::Outcome::NotSent => Outcome::NotSent,
                };
            }
        }
        for (owner, error) in writes.refused() {
            if let Some(place) = outcomes.get_mut(*owner) {
                *place = Outcome::Refused(error.clone().into());
            }
        }
        outcomes
    };
    match written {
        Ok(items) => Ok(all(items)),
        Err(plus::WriteError { outcomes, error }) => Err(WriteError { outcomes: all(outcomes), error }),
    }
}

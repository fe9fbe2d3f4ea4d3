//! Values instead of octets, over both drivers.
use crate::error::{Attempt, ConfigError, Error, WriteError};
use hepta_proto::classic::op::{Items, Outcome, Report};
use hepta_proto::classic::tags::{self, ItemError, Writes};
use hepta_proto::data::{Address, Options, Value};

/// Values that were not written, or not all, with what became of each: nothing is lost.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct WriteValuesError {
    /// What became of each value, in the caller's order; empty if nothing was sent because the values could not be.
    pub outcomes: Vec<Outcome>,
    /// Why.
    #[source]
    pub error: Error,
}

/// What both drivers do between octets and values.
struct Typed<'a> {
    pairs: &'a [(Address, Value)],
    writes: Writes,
}

impl<'a> Typed<'a> {
    fn new(pairs: &'a [(Address, Value)], options: Options) -> Result<Self, ConfigError> {
        let items = pairs.iter().map(|(address, value)| (address, value));
        Ok(Self { pairs, writes: Writes::new(items, options)? })
    }
    /// What became of each value: of one that takes several items the first that was not written.
    fn outcomes(&self, report: &Report) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Written; self.pairs.len()];
        if report.pieces.is_empty() && self.writes.owners().len() > 0 {
            return Vec::new();
        }
        for (item, owner) in self.writes.owners().enumerate() {
            if let Some(outcome @ Outcome::Written) = outcomes.get_mut(owner) {
                *outcome = report.item(item);
            }
        }
        outcomes
    }
    fn result(&self, report: Result<Report, WriteError>) -> Result<Vec<Outcome>, WriteValuesError> {
        match report {
            Ok(report) => Ok(self.outcomes(&report)),
            Err(WriteError { report, error }) => {
                Err(WriteValuesError { outcomes: self.outcomes(&report), error })
            }
        }
    }
}

fn values(addresses: &[Address], items: &Items, options: Options) -> Vec<Result<Value, ItemError>> {
    tags::values(addresses, items, options)
}

#[cfg(feature = "tokio")]
impl super::Client {
    /// Values, as few requests as they fit into, each with its own result, in the caller's order.
    ///
    /// An address that cannot be asked for is an error of the whole call, before anything is sent.
    pub async fn read_values(&self, addresses: &[Address]) -> Result<Vec<Result<Value, ItemError>>, Error> {
        let spans =
            tags::spans(addresses).map_err(|e| self.mistake(Attempt::ReadMany(addresses.len()), e.into()))?;
        let items = self.read_many(&spans).await?;
        Ok(values(addresses, &items, self.options().text))
    }
    /// Writes values in their order, and says what became of each. That single ones were refused is no error.
    ///
    /// All values are checked and encoded before anything is sent. A `BOOL` is written as a bit; of a text its length and its
    /// characters are, and the declared maximum stays. Nothing is ever sent twice.
    pub async fn write_values(&self, pairs: &[(Address, Value)]) -> Result<Vec<Outcome>, WriteValuesError> {
        let typed = Typed::new(pairs, self.options().text).map_err(|e| WriteValuesError {
            outcomes: Vec::new(),
            error: self.mistake(Attempt::WriteMany(pairs.len()), e),
        })?;
        let report = self.write_many(&typed.writes.items()).await;
        typed.result(report)
    }
}

#[cfg(feature = "blocking")]
impl super::blocking::Client {
    /// Values, as few requests as they fit into, each with its own result, in the caller's order.
    ///
    /// An address that cannot be asked for is an error of the whole call, before anything is sent.
    pub fn read_values(&mut self, addresses: &[Address]) -> Result<Vec<Result<Value, ItemError>>, Error> {
        let spans =
            tags::spans(addresses).map_err(|e| self.mistake(Attempt::ReadMany(addresses.len()), e.into()))?;
        let items = self.read_many(&spans)?;
        Ok(values(addresses, &items, self.options().text))
    }
    /// Writes values in their order, and says what became of each. That single ones were refused is no error.
    ///
    /// All values are checked and encoded before anything is sent. A `BOOL` is written as a bit; of a text its length and its
    /// characters are, and the declared maximum stays. Nothing is ever sent twice.
    pub fn write_values(&mut self, pairs: &[(Address, Value)]) -> Result<Vec<Outcome>, WriteValuesError> {
        let typed = Typed::new(pairs, self.options().text).map_err(|e| WriteValuesError {
            outcomes: Vec::new(),
            error: self.mistake(Attempt::WriteMany(pairs.len()), e),
        })?;
        let report = self.write_many(&typed.writes.items());
        typed.result(report)
    }
}

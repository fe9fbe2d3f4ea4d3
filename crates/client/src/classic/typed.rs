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
        Ok(Self { pairs, writes: Writes::new(by_ref(pairs), options)? })
    }
    /// Made anew with what the CPU says of its texts.
    fn with(self, heads: &Items, options: Options) -> Result<Self, ConfigError> {
        Ok(Self { writes: Writes::with(by_ref(self.pairs), options, heads)?, ..self })
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

fn by_ref(pairs: &[(Address, Value)]) -> impl Iterator<Item = (&Address, &Value)> {
    pairs.iter().map(|(address, value)| (address, value))
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
    /// All values are checked and encoded before anything is written. A `BOOL` is written as a bit. Of a text its length and its
    /// characters are; the maxima of all texts are read first, and what is longer than its variable is refused (or cut, with
    /// [`Options::truncate`](crate::Options::truncate)). No write is ever sent twice.
    pub async fn write_values(&self, pairs: &[(Address, Value)]) -> Result<Vec<Outcome>, WriteValuesError> {
        let (attempt, options) = (Attempt::WriteMany(pairs.len()), self.options().text);
        let nothing = |error| WriteValuesError { outcomes: Vec::new(), error };
        let mut typed = Typed::new(pairs, options).map_err(|e| nothing(self.mistake(attempt, e)))?;
        // The gate is the first to refuse: a client that may not write does not read for it either.
        if self.options().common.writes && !typed.writes.heads().is_empty() {
            let heads = self.read_many(typed.writes.heads()).await.map_err(nothing)?;
            typed = typed.with(&heads, options).map_err(|e| nothing(self.mistake(attempt, e)))?;
        }
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
    /// All values are checked and encoded before anything is written. A `BOOL` is written as a bit. Of a text its length and its
    /// characters are; the maxima of all texts are read first, and what is longer than its variable is refused (or cut, with
    /// [`Options::truncate`](crate::Options::truncate)). No write is ever sent twice.
    pub fn write_values(&mut self, pairs: &[(Address, Value)]) -> Result<Vec<Outcome>, WriteValuesError> {
        let (attempt, options) = (Attempt::WriteMany(pairs.len()), self.options().text);
        let nothing = |error| WriteValuesError { outcomes: Vec::new(), error };
        let mut typed = Typed::new(pairs, options).map_err(|e| nothing(self.mistake(attempt, e)))?;
        // The gate is the first to refuse: a client that may not write does not read for it either.
        if self.options().common.writes && !typed.writes.heads().is_empty() {
            let heads = self.read_many(typed.writes.heads()).map_err(nothing)?;
            typed = typed.with(&heads, options).map_err(|e| nothing(self.mistake(attempt, e)))?;
        }
        let report = self.write_many(&typed.writes.items());
        typed.result(report)
    }
}

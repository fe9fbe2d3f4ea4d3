//! Variables by name: the methods of both clients, written once.
use super::Catalogue;
use crate::error::Error;
use hepta_proto::data;
use hepta_proto::plus::ReturnValue;
use hepta_proto::plus::tag::{Known, Reading, Tag, Tags};
use hepta_proto::plus::tags::{ItemError, Outcome};
use hepta_proto::plus::typed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values that were not written, or not all, with what became of each: nothing is lost.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct WriteTagsError {
    /// What became of each value, in the caller's order; empty if nothing was sent.
    pub outcomes: Vec<Outcome>,
    /// Why.
    #[source]
    pub error: Error,
}

impl From<WriteTagsError> for Error {
    fn from(e: WriteTagsError) -> Self {
        e.error
    }
}

/// What reading has taught of the CPU: it outlives connections, and the sets of variables that learned it.
#[derive(Debug, Default)]
pub(super) struct Learned(Mutex<Known>);

impl Learned {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn from(&self, tags: &Tags) {
        tags.tell(&mut self.lock());
    }
    /// Looks names up.
    pub(super) fn tags(&self, catalogue: &Catalogue, names: &[&str], text: data::Options) -> Tags {
        let tag = |name: &&str| {
            let node = catalogue.find(name).map_err(|e| ItemError::Name(Box::new(e)));
            node.and_then(|node| Tag::of(&node)).map_err(|why| (Arc::from(*name), why))
        };
        let mut tags = Tags::new(names.iter().map(tag), text);
        if let Some(modified) = catalogue.modified(typed::DTL.id) {
            tags.stamp(typed::DTL.id, modified);
        }
        tags.recall(&self.lock());
        tags
    }
}

/// Names that are looked up one by one; for more the program is browsed.
pub(super) const FEW: usize = 32;

/// Is a variable among these of which not enough was known?
pub(super) fn incomplete(tags: &Tags) -> bool {
    tags.names().any(|(_, why)| matches!(why, Some(ItemError::NoValue(_))))
}

/// The first word of the CPU that it does not give a value.
pub(super) fn refusal(readings: &[Reading]) -> Option<ReturnValue> {
    readings.iter().find_map(|reading| match &reading.value {
        Err(ItemError::Refused(refusal)) => Some(*refusal),
        _ => None,
    })
}

macro_rules! tag_calls {
    ([$($async:ident)?] [$($mut:ident)?] [$($wait:tt)*]) => {
        /// Variables by their names, to be read and written as often as wanted: they are looked up once, and say what they are.
        ///
        /// Names as TIA Portal spells them: `"Motor".axis[2].speed`, `"grid"[1, 2..5]`, `"mflag"`, `"Demo".w.%X3`; without quotes,
        /// too. Whole arrays, structs and blocks are variables. A name that is none keeps its place, with the reason. The program is
        /// browsed if it is not known yet, unless the names are few.
        pub $($async)? fn tags<S: AsRef<str>>(&$($mut)? self, names: &[S]) -> Result<Tags, Error> {
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let (text, known) = (self.options().text, self.catalogue().filter(|known| known.is_whole()));
            if known.is_none() && names.len() <= super::tags::FEW {
                // What these need, and not the whole program.
                self.symbols(&names)$($wait)*?;
                let tags = self.catalogue().map(|known| self.driver.protocol().learned.tags(&known, &names, text));
                if let Some(tags) = tags.filter(|tags| !super::tags::incomplete(tags)) {
                    return Ok(tags);
                }
            }
            let catalogue = match known {
                Some(known) => known,
                None => self.browse(BrowseOptions::default())$($wait)*?,
            };
            Ok(self.driver.protocol().learned.tags(&catalogue, &names, text))
        }
        /// Reads variables that were looked up, as few requests as the CPU's limits and one frame allow, each with its own result.
        ///
        /// Structs are put together of their members, and so are arrays that the CPU does not give whole: which these are is found
        /// out once. What is refused since the program has changed has to be looked up anew: [`suspect`](Self::suspect) tells, and
        /// then [`tags`](Self::tags).
        pub $($async)? fn read_tags(&$($mut)? self, tags: &mut Tags) -> Result<Vec<Reading>, Error> {
            let call = self.call(Attempt::ReadMany(tags.len()));
            let mut answers = self.driver.again(call, || ReadItems::new(tags.items()))$($wait)*?;
            if let Some(look) = tags.probes(&answers)
                && self.look_at(tags, look)$($wait)*?
            {
                answers = self.driver.again(call, || ReadItems::new(tags.items()))$($wait)*?;
            }
            Ok(tags.readings(&answers))
        }
        /// Writes values to variables that were looked up, by their numbers among these, in the order of the values, and says what
        /// became of each. That single ones were refused is no error. No write is ever sent twice.
        ///
        /// What has to be known to write right is read first: whether the CPU takes an array whole, and when the interface of `DTL`
        /// was changed. Parts of structs are written one after the other, and not at once.
        pub $($async)? fn write_tags(
            &$($mut)? self,
            tags: &mut Tags,
            pairs: &[(usize, data::Value)],
        ) -> Result<Vec<tags::Outcome>, WriteTagsError> {
            let nothing = |error| WriteTagsError { outcomes: Vec::new(), error };
            // The gate is the first to refuse: a client that may not write does not read for it either.
            if !self.options().common.writes {
                let attempt = Attempt::WriteMany(pairs.len());
                return Err(nothing(self.mistake(attempt, ConfigError::WriteGate)));
            }
            if let Some(look) = tags.look(pairs.iter().map(|(at, _)| *at)) {
                self.look_at(tags, look)$($wait)*.map_err(nothing)?;
            }
            let values: Vec<_> = pairs.iter().map(|(at, value)| (*at, value)).collect();
            let writes = tags.writes(&values);
            match self.write(writes.items())$($wait)* {
                Ok(items) => Ok(writes.outcomes(pairs.len(), items)),
                Err(WriteError { outcomes, error }) => {
                    Err(WriteTagsError { outcomes: writes.outcomes(pairs.len(), outcomes), error })
                }
            }
        }
        /// Values by name, each with its own result. Who reads the same names often looks them up once: see [`tags`](Self::tags).
        ///
        /// If one is refused because the program has changed, all are looked up and read once more: see
        /// [`suspect`](Self::suspect).
        pub $($async)? fn read_symbols<S: AsRef<str>>(&$($mut)? self, names: &[S]) -> Result<Vec<Reading>, Error> {
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            self.read_as(&names, &|_| ())$($wait)*
        }
        /// The same, of variables that are taken for what `retype` makes of them.
        pub(crate) $($async)? fn read_as(
            &$($mut)? self,
            names: &[&str],
            retype: &(dyn Fn(&mut Tags) + Send + Sync),
        ) -> Result<Vec<Reading>, Error> {
            let mut tags = self.tags(names)$($wait)*?;
            retype(&mut tags);
            let readings = self.read_tags(&mut tags)$($wait)*?;
            match super::tags::refusal(&readings) {
                Some(refusal) if self.suspect(refusal)$($wait)*? => {
                    let mut tags = self.tags(names)$($wait)*?;
                    retype(&mut tags);
                    self.read_tags(&mut tags)$($wait)*
                }
                _ => Ok(readings),
            }
        }
        /// Writes values by name, as [`write_tags`](Self::write_tags) does.
        pub $($async)? fn write_symbols<S: AsRef<str>>(
            &$($mut)? self,
            pairs: &[(S, data::Value)],
        ) -> Result<Vec<tags::Outcome>, WriteTagsError> {
            let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
            let nothing = |error| WriteTagsError { outcomes: Vec::new(), error };
            let mut tags = self.tags(&names)$($wait)*.map_err(nothing)?;
            let values: Vec<_> = pairs.iter().map(|(_, value)| value.clone()).enumerate().collect();
            self.write_tags(&mut tags, &values)$($wait)*
        }

        /// Asks for what tells how variables are had. Is something else asked for now?
        pub(crate) $($async)? fn look_at(&$($mut)? self, tags: &mut Tags, mut look: Look) -> Result<bool, Error> {
            let changed = loop {
                let call = self.call(Attempt::ReadMany(look.items().len()));
                let answers = self.driver.again(call, || ReadItems::new(look.items()))$($wait)*?;
                match tags.learn(&look, &answers) {
                    Ok(changed) => break changed,
                    Err(more) => look = more,
                }
            };
            self.driver.protocol().learned.from(tags);
            Ok(changed)
        }
    };
}
pub(super) use tag_calls;

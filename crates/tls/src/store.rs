//! The certificates that were accepted before, by endpoint, in a file.
//!
//! One line each, `HOST:PORT SHA256`; empty lines and those that start with `#` say nothing and stay. A line that cannot be
//! read is an error with its number: to pass over it would be to forget a certificate, and to take the next one for new.
use crate::{Error, file};
use core::fmt;
use hepta_proto::tls::{Print, TlsError};
use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A handle to one store. Those of one file, here or in another process, see what the others accepted: the file is read again
/// when a certificate is not the one that is remembered, and before each change.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    known: Mutex<HashMap<String, Print>>,
}

impl Store {
    /// Reads `path`; a file that is not there is a store of nothing, and is made when something is accepted.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let known = Mutex::new(read(&path)?.1);
        Ok(Self(Arc::new(Inner { path, known })))
    }
    /// Its file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }
    /// What was accepted for `endpoint`, if anything was.
    pub fn known(&self, endpoint: &str) -> Option<Print> {
        self.lock().get(&key(endpoint).ok()?).copied()
    }
    /// Accepts `print` for `endpoint`, in place of what was accepted for it before: what a user answers to
    /// [`TlsError::Unknown`] or [`TlsError::Changed`].
    pub fn accept(&self, endpoint: &str, print: Print) -> Result<(), Error> {
        self.change(endpoint, |_| Some(print)).map(drop)
    }
    /// Forgets `endpoint`. Says whether it was known.
    pub fn forget(&self, endpoint: &str) -> Result<bool, Error> {
        self.change(endpoint, |_| None).map(|before| before.is_some())
    }
    /// Is `shown` what was accepted?
    pub(crate) fn judge(&self, endpoint: &str, shown: Print) -> Result<(), TlsError> {
        if self.known(endpoint) == Some(shown) {
            return Ok(());
        }
        // Somebody may have accepted it in the meantime.
        let read = read(&self.0.path).map_err(|e| unusable(&e))?.1;
        *self.lock() = read;
        match self.known(endpoint) {
            Some(known) if known == shown => Ok(()),
            Some(known) => Err(TlsError::Changed { known, shown }),
            None => Err(TlsError::Unknown(shown)),
        }
    }
    /// The same, but the first certificate of an endpoint is accepted. Of two that come first at a time, one is first.
    pub(crate) fn first(&self, endpoint: &str, shown: Print) -> Result<(), TlsError> {
        if self.known(endpoint) == Some(shown) {
            return Ok(());
        }
        match self.change(endpoint, |known| Some(known.unwrap_or(shown))).map_err(|e| unusable(&e))? {
            Some(known) if known != shown => Err(TlsError::Changed { known, shown }),
            _ => Ok(()),
        }
    }
    /// Gives `endpoint` what `to` makes of what is known of it, and returns what was known.
    fn change(
        &self,
        endpoint: &str,
        to: impl FnOnce(Option<Print>) -> Option<Print>,
    ) -> Result<Option<Print>, Error> {
        let endpoint = key(endpoint)?;
        let path = &self.0.path;
        file::folder(path)?;
        let _only = file::lock(path)?;
        let (text, mut known) = read(path)?;
        let before = known.get(&endpoint).copied();
        let after = to(before);
        if after != before {
            let mut lines: Vec<String> = text
                .lines()
                .filter(|line| of(line).is_none_or(|(name, _)| !name.eq_ignore_ascii_case(&endpoint)))
                .map(str::to_owned)
                .collect();
            match after {
                Some(print) => {
                    lines.push(format!("{endpoint} {print}"));
                    known.insert(endpoint, print);
                }
                None => drop(known.remove(&endpoint)),
            }
            let mut text = lines.join("\n");
            if !text.is_empty() {
                text.push('\n');
            }
            file::replace(path, text.as_bytes())?;
        }
        *self.lock() = known;
        Ok(before)
    }
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Print>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.0.path).finish()
    }
}

/// A user who is asked to trust cannot be told more on the connection itself; the log has the rest.
fn unusable(error: &Error) -> TlsError {
    tracing::warn!(%error, "the store of known certificates cannot be used");
    match error {
        Error::Line { .. } => TlsError::Local("a line of the store of known certificates cannot be read"),
        Error::Endpoint(_) => TlsError::Local("the endpoint has no name that the store could keep"),
        _ => TlsError::Local("the store of known certificates cannot be read or written"),
    }
}

/// Names of hosts are the same in either case.
fn key(endpoint: &str) -> Result<String, Error> {
    let bad = endpoint.is_empty()
        || endpoint.starts_with('#')
        || endpoint.chars().any(|c| c.is_whitespace() || c.is_control());
    if bad { Err(Error::Endpoint(endpoint.to_owned())) } else { Ok(endpoint.to_ascii_lowercase()) }
}

/// Endpoint and the rest of a line that says something.
fn of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    Some(line.split_once(char::is_whitespace).unwrap_or((line, "")))
}

fn read(path: &Path) -> Result<(String, HashMap<String, Print>), Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::file("read", path)(e)),
    };
    let mut known = HashMap::new();
    for (i, line) in text.lines().enumerate() {
        let bad = |what| Error::Line { path: path.to_owned(), line: i + 1, what };
        let Some((endpoint, print)) = of(line) else { continue };
        let print =
            print.trim().parse().map_err(|_| bad("HOST:PORT and a SHA-256 of 64 hex digits are due"))?;
        let endpoint = key(endpoint).map_err(|_| bad("no endpoint"))?;
        if known.insert(endpoint, print).is_some() {
            return Err(bad("this endpoint has a line already"));
        }
    }
    Ok((text, known))
}

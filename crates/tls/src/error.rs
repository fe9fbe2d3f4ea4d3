//! What goes wrong before a connection is there: files, keys, settings. What goes wrong on one is a
//! [`TlsError`](hepta_proto::tls::TlsError).
use std::io;
use std::path::{Path, PathBuf};

/// Why TLS cannot be set up here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was attempted, as a verb.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of the store of known certificates says nothing that can be read.
    #[error("{} line {line}: {what}; correct the line or remove it", path.display())]
    Line {
        /// The store.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An endpoint that cannot be the key of a line.
    #[error("{0:?} is no endpoint: HOST:PORT without blanks is")]
    Endpoint(String),
    /// A certificate, or a key, that cannot be used.
    #[error("a certificate or key cannot be used: {0}")]
    Certificate(&'static str),
    /// A profile that can offer nothing.
    #[error("this offer cannot be made: {0}")]
    Profile(&'static str),
    /// The TLS library refused what it was given.
    #[error("the TLS library refuses these settings: {0}")]
    Library(String),
}

impl Error {
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }
    pub(crate) fn library(error: &dyn core::fmt::Display) -> Self {
        Self::Library(error.to_string())
    }
}

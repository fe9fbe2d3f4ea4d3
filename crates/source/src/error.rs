//! Where something is wrong in a source, and what to do about it.
use core::fmt;
use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct At {
    /// The file, as the caller calls it.
    pub file: Arc<str>,
    /// The line (of a table: the row), from 1. 0: the whole file.
    pub line: u32,
    /// The column, from 1, in characters. 0: the whole line.
    pub column: u32,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str(&self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// A source that cannot be imported. Nothing of it is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct ImportError {
    /// Where.
    pub at: At,
    /// What is wrong there.
    pub what: Fault,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Neither a source nor a tag table.
    #[error("this is no source or tag table: .db, .udt, .scl, .xml, .xlsx and .csv are read")]
    Kind,
}

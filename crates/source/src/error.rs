//! Where something is wrong in a source, and what to do about it.
use crate::tables::TableFault;
use core::fmt;
use hepta_proto::data::{EncodeError, LiteralFault, TypeFault};
use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct At {
    /// The file, as the caller calls it.
    pub file: Arc<str>,
    /// The line (of a table: the row), from 1. 0: the whole file.
    pub line: u32,
    /// The column, from 1, in characters (of a table: the number of its cell). 0: the whole line.
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

/// What is wrong with a source, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Neither a source nor a tag table.
    #[error(
        "this is no source or tag table: .db, .udt, .scl, .awl, .xml, .xlsx, .csv, .sdf and .asc are read"
    )]
    Kind,
    /// UTF-16 that is none.
    #[error(
        "this is no text: it begins as UTF-16 does, and breaks off or has half of a pair in it; export it anew"
    )]
    Encoding,
    /// A character that nothing begins with.
    #[error("no word begins with {0:?}; names with such characters stand in double quotes")]
    Character(char),
    /// Something that is not closed.
    #[error("this {what} is not closed by {close}")]
    Unclosed {
        /// What begins here.
        what: &'static str,
        /// What would end it.
        close: &'static str,
    },
    /// Something else should stand here.
    #[error("expected {want} here, not {found}")]
    Expected {
        /// What should.
        want: &'static str,
        /// What does.
        found: String,
    },
    /// Types or values too deep in each other.
    #[error("this stands too deep in others; no CPU has structs more than 8 deep in each other")]
    Deep,
    /// Some dimensions with bounds, others with `*`.
    #[error("the dimensions before this have bounds or are all *, as in Array[0..9, 1..2] or Array[*, *]")]
    HalfOpen,
    /// `ARRAY[*]` where something has to be stored.
    #[error(
        "Array[*] has no size of its own: it can stand in VAR_IN_OUT alone; write bounds, as in Array[0..9]"
    )]
    Open,
    /// A type that no source declares.
    #[error(
        "no source declares the type or function block {name:?}; import the file that declares it, too{near}"
    )]
    UnknownType {
        /// As it is written.
        name: String,
        /// What is called alike.
        near: Near,
    },
    /// A constant that nobody declares.
    #[error(
        "no constant is called {name:?}; give those of the project under [constants] of the sidecar{near}"
    )]
    UnknownConstant {
        /// As it is written.
        name: String,
        /// What is called alike.
        near: Near,
    },
    /// A member that the type does not have.
    #[error("no member is called {name:?} here{near}")]
    UnknownMember {
        /// As it is written.
        name: String,
        /// What is called alike.
        near: Near,
    },
    /// A block of the sidecar that no source declares.
    #[error("no source declares the data block {name:?}; a sidecar names those that are imported{near}")]
    UnknownBlock {
        /// As it is written.
        name: String,
        /// What is called alike.
        near: Near,
    },
    /// Two declarations of one name; names are the same in upper and lower case.
    #[error("{name:?} is declared at {first} already; import one of them")]
    Twice {
        /// The name.
        name: String,
        /// Where it is declared first.
        first: At,
    },
    /// A type that contains itself.
    #[error("{name:?} contains itself, by way of {by}; a type has an end")]
    Cycle {
        /// The type.
        name: String,
        /// The types between, in quotes.
        by: String,
    },
    /// No type, or one that no memory has.
    #[error(transparent)]
    Type(#[from] TypeFault),
    /// No literal of the type.
    #[error("{0}")]
    Literal(LiteralFault),
    /// A literal that its variable cannot hold.
    #[error(transparent)]
    Value(#[from] EncodeError),
    /// A value of another shape than its type.
    #[error("{ty} is not given {given}")]
    Shape {
        /// The type, cut short.
        ty: String,
        /// What stands here.
        given: &'static str,
    },
    /// More values than the array or struct has room for.
    #[error("{ty} has room for {room} values, and more stand here")]
    TooMany {
        /// The type, cut short.
        ty: String,
        /// For how many.
        room: usize,
    },
    /// An index outside of its array, or not one for each dimension.
    #[error("{ty} has no element {index}")]
    Index {
        /// The type, cut short.
        ty: String,
        /// As it is written, in brackets.
        index: String,
    },
    /// More first values than the importer is ready to hold.
    #[error(
        "this and what stands before it are more than 4 million first values; import fewer files at once"
    )]
    TooMuch,
    /// A number that no data block has.
    #[error("{0} is no number of a data block: these go from 1 to 65535")]
    Number(i64),
    /// A type of a data block that is no struct, function block or array.
    #[error("a data block is of a struct, a PLC data type, a function block or an array, not of {0}")]
    Body(String),
    /// Two data blocks of one number.
    #[error("number {number} is that of {first:?} already; give another one in the sidecar")]
    NumberTaken {
        /// The number.
        number: u16,
        /// Who has it.
        first: String,
    },
    /// No number is left.
    #[error("all 65535 numbers of data blocks are taken")]
    NoNumber,
    /// A sidecar that is none.
    #[error("the sidecar has tables [blocks], of numbers, and [constants], of numbers and literals: {0}")]
    Sidecar(String),
    /// Of a tag table.
    #[error(transparent)]
    Table(Box<TableFault>),
}

impl From<TableFault> for Fault {
    fn from(what: TableFault) -> Self {
        Self::Table(Box::new(what))
    }
}

/// Names like the one that was looked for, the nearest first; shown as a question, or as nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Near(pub Vec<Arc<str>>);

impl Near {
    /// Those of the names that are like this one.
    pub(crate) fn of<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        // Long names cost the square of their length, and are typed by nobody.
        let head = |text: &str| text.chars().take(64).collect::<String>().to_lowercase();
        let name = head(name);
        let like = |known: &'a str| (strsim::normalized_damerau_levenshtein(&name, &head(known)), known);
        let mut found: Vec<_> =
            names.into_iter().take(20_000).map(like).filter(|(like, _)| *like >= 0.6).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        found.dedup_by(|a, b| a.1 == b.1);
        Self(found.into_iter().take(3).map(|(_, name)| name.into()).collect())
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            let before = match i {
                0 => "; do you mean ",
                _ => " or ",
            };
            write!(f, "{before}{name:?}")?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "?" })
    }
}

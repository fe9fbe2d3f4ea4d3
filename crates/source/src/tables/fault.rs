//! What can be wrong with a table of tags.
use hepta_proto::data::{AddressFault, LiteralFault, Type, TypeFault};

/// What is wrong with a table of tags.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableFault {
    /// More octets than any table has.
    #[error("this is larger than 64 MiB, and no table of tags is; export each table by itself")]
    TooLarge,
    /// UTF-16 that is none.
    #[error("the file begins as UTF-16 does, and breaks off or has half of a pair in it; save it as UTF-8")]
    Encoding,
    /// No XML, by the XML reader.
    #[error("this is no XML: {0}; export the table again")]
    Xml(String),
    /// The file ends too early.
    #[error("the file ends inside of <{0}>; it was cut off: export the table again")]
    Cut(String),
    /// A document type declaration, where entities could be.
    #[error("a DOCTYPE is not read, and no export has one; remove it")]
    Doctype,
    /// An entity that is not one of the five of XML.
    #[error("&{0}; is not read: &amp; &lt; &gt; &quot; &apos; and numbers are")]
    Entity(String),
    /// Elements too deep in each other.
    #[error("elements stand more than 64 deep in each other, and in no export of a tag table do they")]
    TooDeep,
    /// A tag inside of a tag.
    #[error("a tag or constant stands inside of another; export the table again")]
    Nested,
    /// Well-formed, but something else.
    #[error("no tag table stands in this file: export one with Openness, or from the table itself")]
    NoTable,
    /// No xlsx, by the reader.
    #[error("this is no xlsx workbook: {0}; save it as .xlsx, or export the tags again")]
    Workbook(String),
    /// No CSV, by the reader.
    #[error("this is no CSV: {0}")]
    Delimited(String),
    /// A part of the workbook that is not there.
    #[error("the workbook has no {0:?} in it; save it as .xlsx, or export the tags again")]
    Part(String),
    /// A cell that is not in its sheet.
    #[error("{0:?} is no cell of a sheet")]
    Cell(String),
    /// A text of the workbook that it does not have.
    #[error("the cell has text number {0:?}, which the workbook does not have")]
    Shared(String),
    /// Columns that have to be there are not.
    #[error(
        "the first row has no column {0:?}; the columns are Name, Path, Data Type, Logical Address, Comment, ..., in English"
    )]
    Column(&'static str),
    /// A column twice.
    #[error("two columns are called {0:?}")]
    ColumnTwice(&'static str),
    /// A line of a symbol table that is none.
    #[error(
        "a line of an .asc file is 126, then the symbol (24 characters), address (12), type (10) and comment"
    )]
    Line,
    /// A line of a symbol table with other than four fields.
    #[error("a line of an .sdf file has four fields: symbol, address, type and comment")]
    Fields,
    /// Something that has to be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A name that no tag can have.
    #[error("{0:?} is no name of a tag: up to 128 characters, no double quotes and no control characters")]
    Name(String),
    /// A name of a table that is none.
    #[error("the name of the table is longer than 1024 octets: {0:?}")]
    Path(String),
    /// Two of one name.
    #[error("{name:?} is declared twice, first in row or line {line}; upper and lower case are alike")]
    Twice {
        /// The name.
        name: String,
        /// Where it is declared first.
        line: u32,
    },
    /// No type.
    #[error("{text:?} is no type of a tag: {what}; a PLC data type stands in double quotes")]
    Type {
        /// What stands there.
        text: String,
        /// What is wrong with it.
        what: TypeFault,
    },
    /// No address of a tag.
    #[error("{0:?} is no address of a tag, as %I0.0, %QW4, %MD10, %T5 or %C5 are (German E, A, M, T, Z)")]
    Address(String),
    /// A bit where none belongs, or none where one does.
    #[error("{address:?} has a width of its own, and {ty} is not as wide; correct one of them")]
    Width {
        /// What stands there.
        address: String,
        /// The type.
        ty: Type,
    },
    /// The type does not go there.
    #[error("{address:?}: {what}")]
    Place {
        /// What stands there.
        address: String,
        /// What is wrong with it.
        what: AddressFault,
    },
    /// Neither true nor false.
    #[error("{0:?} is neither True nor False")]
    Flag(String),
    /// No value of its type.
    #[error("{text:?} is no value of {ty}: {what}")]
    Value {
        /// What stands there.
        text: String,
        /// The type.
        ty: Type,
        /// What is wrong with it.
        what: LiteralFault,
    },
    /// A type that constants do not have.
    #[error("a constant has an elementary type or is a text, and {0:?} is none")]
    Constant(String),
}

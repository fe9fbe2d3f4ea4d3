//! What a program declares, read from what TIA Portal exports: `.db`, `.udt` and `.scl` sources, tag tables as XML, xlsx and CSV; symbol
//! tables of STEP 7.
//!
//! Octets in, a [`Program`] out: [`Import`]. No file is opened here. Files come in any order; what one needs of another is put
//! together at the end. An [`ImportError`] names file, line and column; what is left out on purpose is listed with its line.
mod build;
mod error;
mod import;
mod model;
mod read;
mod sidecar;
mod tables;
mod text;

pub use error::{At, Fault, ImportError, Near};
pub use import::Import;
pub use model::{Block, BlockKind, Program, Skipped, Tag, Variable};
pub use tables::{Table, TableFault, Unresolved, tag_table};

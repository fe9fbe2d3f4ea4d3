//! What a program declares, read from what TIA Portal exports: `.db`, `.udt` and `.scl` sources, tag tables as XML, xlsx and CSV.
//!
//! Octets in, a [`Program`] out: no file is opened here. Files come in any order; what one needs of another is put together at
//! the end. An [`ImportError`] names file, line and column; what is left out on purpose is listed with its line.
mod error;
mod model;

pub use error::{At, Fault, ImportError};
pub use model::{Block, BlockKind, Program, Skipped, Tag, Variable};

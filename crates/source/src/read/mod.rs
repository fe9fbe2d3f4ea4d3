//! Characters of one source to what it declares.
mod expr;
mod lex;
mod member;
mod parse;
pub(crate) mod tree;

use crate::error::Fault;
pub(crate) use parse::{is_source, parse};

/// A place in a file: line and column, from 1.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Pos {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

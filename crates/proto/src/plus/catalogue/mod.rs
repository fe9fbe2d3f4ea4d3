//! The program of a CPU by its names: what a browse brings, to walk through, to search, and to look symbols up in.
//!
//! A [`Catalogue`] keeps each type once, as the CPU tells them, and makes what lies below when it is asked for: a block of ten
//! thousand motors is a motor and a number. Nothing of what a CPU says can make it grow beyond the octets that came.
//!
//! ```text
//!  Catalogue ── roots ──> Node (block, area) ── children ──> Node ...        the tree
//!            ── leaves ─> Leaf                                               every value, one after the other
//!            ── find ───> Node ── symbol ──> Symbol                          by name; a Symbol lives by itself
//! ```
use crate::plus::address::area;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

mod build;
mod file;
mod find;
mod glob;
mod leaf;
mod near;
mod node;
mod path;
mod problem;
mod select;
pub(super) mod structure;
mod symbol;
mod tag;
mod types;

pub use build::Builder;
pub use file::FileError;
pub use find::{SymbolError, SymbolFault};
pub use glob::{Matches, fits};
pub use leaf::{Leaf, Leaves};
pub use node::{Children, Dimension, Flags, Interface, Kind, Node, Offset};
pub use problem::Problem;
pub use select::{Bits, Slice};
pub use structure::{Change, Stamp};
pub use symbol::Symbol;

use types::{Index, NONE, Types};

/// The program of a CPU by its names. See the [module](self).
#[derive(Clone, Default)]
pub struct Catalogue {
    roots: Vec<Root>,
    index: Option<Index>,
    types: Types,
    structure: Option<[u8; 32]>,
    /// All types of the program are here, as far as the CPU tells them.
    whole: bool,
}

/// A data block, or an area of tags.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Root {
    rid: u32,
    name: String,
    type_rid: u32,
    ty: u32,
    comments: Vec<(u32, Box<str>)>,
}

/// The type of a block that nobody has asked for yet.
const UNKNOWN: u32 = u32::MAX;

/// What a node lies in that lies in nothing: there is none.
static NOWHERE: Root = Root { rid: 0, name: String::new(), type_rid: 0, ty: NONE, comments: Vec::new() };

impl Root {
    /// Its name, without quotes. Those of areas are not the PLC's: `IArea`, `QArea`, `MArea`, `S7Timers`, `S7Counters`.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its relation id: 8A0E0000 and the number of a data block, 80 to 84 of an area.
    pub const fn rid(&self) -> u32 {
        self.rid
    }
    /// Is it a data block?
    pub fn is_block(&self) -> bool {
        self.number().is_some()
    }
    /// The number of a data block.
    pub fn number(&self) -> Option<u16> {
        u16::try_from(self.rid.checked_sub(area::DB)?).ok()
    }
    /// The relation id of its type: of an instance that of the function block. 0 of a block that is in load memory alone, and has
    /// no values; `None` where the CPU was not asked yet.
    pub const fn type_rid(&self) -> Option<u32> {
        if self.type_rid == UNKNOWN { None } else { Some(self.type_rid) }
    }
    /// The comment in the language of that number (LCID: 1033 English, 1031 German), or the first there is.
    pub fn comment(&self, language: Option<u32>) -> Option<&str> {
        let wanted = |(lcid, _): &&(u32, Box<str>)| language.is_none_or(|language| *lcid == language);
        self.comments.iter().find(wanted).map(|(_, text)| &**text)
    }
    /// Languages (LCID) and comments.
    pub fn comments(&self) -> impl ExactSizeIterator<Item = (u32, &str)> {
        self.comments.iter().map(|(lcid, text)| (*lcid, &**text))
    }
}

impl Catalogue {
    /// Blocks in the order of the CPU, then the areas.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = Node<'_>> + DoubleEndedIterator {
        (0..self.roots.len()).map(|at| Node::new(self, u32::try_from(at).unwrap_or(NONE)))
    }
    /// The block or area of that name, without quotes.
    pub fn root(&self, name: &str) -> Option<Node<'_>> {
        let is = |at: &u32| {
            usize::try_from(*at).ok().and_then(|at| self.roots.get(at)).is_some_and(|root| root.name == name)
        };
        let at = match &self.index {
            Some(index) => index.bucket(name).iter().copied().find(is),
            None => (0..u32::try_from(self.roots.len()).unwrap_or(NONE)).find(is),
        };
        at.map(|at| Node::new(self, at))
    }
    /// The block or area of that relation id: `8A0E0001` is DB 1, `52` (hex) the flags.
    pub fn by_rid(&self, rid: u32) -> Option<Node<'_>> {
        let at = self.roots.iter().position(|root| root.rid == rid)?;
        Some(Node::new(self, u32::try_from(at).ok()?))
    }
    /// All values of the program.
    pub fn leaves(&self) -> Leaves<'_> {
        Leaves::all(self)
    }
    /// How many leaves there are; arrays of elementary values count once, or, with `elements`, by their elements. It is counted
    /// without going there, so it costs nothing however many there are.
    pub fn count(&self, elements: bool) -> u64 {
        self.roots().fold(0, |sum: u64, root| sum.saturating_add(root.leaves_count(elements)))
    }
    /// How many types it has.
    pub fn types(&self) -> usize {
        self.types.list.len()
    }
    /// Are all types of the program here? Else only those that symbols needed: what is not found may be there all the same.
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
    /// Is the type of that relation id known?
    pub fn has_type(&self, rid: u32) -> bool {
        self.types.find(rid).is_some()
    }
    /// What was wrong with what the CPU told, the first 64 of it.
    pub fn problems(&self) -> &[Problem] {
        &self.types.problems.first
    }
    /// Which program it is of.
    pub fn stamp(&self) -> Stamp {
        Stamp::of(self)
    }
    /// Octets of memory that it takes, about.
    pub fn memory(&self) -> usize {
        let root = |root: &Root| size_of::<Root>() + root.name.capacity();
        self.types.octets() + self.roots.iter().map(root).sum::<usize>()
    }
}

/// The relation ids of the types of the areas.
pub(crate) fn area_types() -> impl Iterator<Item = u32> {
    build::AREAS.iter().map(|(_, _, type_rid)| *type_rid)
}

impl<'a> Node<'a> {
    /// All values below it, itself included, if it is one.
    pub fn leaves(&self) -> Leaves<'a> {
        Leaves::below(self)
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roots, types, .. } = self;
        f.debug_struct("Catalogue")
            .field("roots", &roots.len())
            .field("types", &types.list.len())
            .field("leaves", &self.count(false))
            .finish_non_exhaustive()
    }
}

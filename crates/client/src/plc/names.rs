//! Names over classic S7: where an imported source or tag table says that they are.
//!
//! Blocks with standard access have the places of the classic layout; those with optimised access have none that could be asked
//! for. Names are spelled as for S7CommPlus: `"Motor".axis[2].speed`, `"grid"[1, 2..5]`, `"mflag"`, `"Demo".w.%X3`.
use core::fmt;
use hepta_proto::data::{Absolute, AddressFault, Area, Array, Field, Origin, Struct, Symbol, Type};
use hepta_proto::plus::typed::Layout;
use hepta_source::{Block, Program};
use std::collections::HashMap;
use std::sync::Arc;

/// A name that has no place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameError {
    /// The name, as it was given.
    pub name: String,
    /// Where it goes wrong: from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: NameFault,
}

impl NameError {
    pub(super) fn no_symbols(name: &str) -> Self {
        Self { name: name.into(), column: 1, what: NameFault::NoSymbols }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, column, what } = self;
        write!(f, "{name}: column {column}: {what}")
    }
}

impl core::error::Error for NameError {}

/// What is wrong with a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFault {
    /// Names are not known at all.
    #[error("classic S7 knows no names: give the PLC's sources or tag tables by `symbols`")]
    NoSymbols,
    /// No such block or tag.
    #[error("no data block and no tag of the sources is called {0:?}")]
    NoBlock(String),
    /// A block without places.
    #[error(
        "data block {0:?} has optimised access, and classic S7 cannot reach it: take \"optimized block access\" off in TIA Portal, or \
         use S7CommPlus"
    )]
    Optimised(String),
    /// A block whose members have no layout.
    #[error("data block {0:?} has members that are not known: import their types, too")]
    NoLayout(String),
    /// No such member.
    #[error("there is no member {0:?}")]
    NoMember(String),
    /// A level of a value that has none.
    #[error("a {0} has no members")]
    Plain(Type),
    /// An index of what is no array.
    #[error("a {0} has no elements")]
    NoArray(Type),
    /// Another number of indices than of dimensions.
    #[error("{given} indices for {ty}")]
    Dimensions {
        /// How many there are.
        given: usize,
        /// The array.
        ty: Type,
    },
    /// An index that is not there.
    #[error("{index} is not within {ty}")]
    Bounds {
        /// The index.
        index: i64,
        /// The array.
        ty: Type,
    },
    /// A slice over rows.
    #[error("only the last dimension may be cut: [1, 2..5]")]
    Slice,
    /// Bits that are not there.
    #[error(
        "a {0} has no such bits: they are %X0, %B0, %W0 or %D0 and so on, of a value of bits or a number without fraction"
    )]
    Bits(Type),
    /// Something that is no part of a name.
    #[error("a name, an index in brackets, a dot or the end is wanted here")]
    Spelling,
    /// A place that classic S7 has no way to.
    #[error(transparent)]
    Place(#[from] AddressFault),
}

/// Blocks and tags of a program, by their names.
#[derive(Debug)]
pub(super) struct Names {
    blocks: HashMap<Arc<str>, Home>,
    tags: HashMap<Arc<str>, (Area, u32, u8, Type)>,
}

#[derive(Debug)]
enum Home {
    Standard(u16, Struct),
    Optimised,
    NoLayout,
}

impl Names {
    pub(super) fn new(program: &Program) -> Self {
        let block = |block: &Block| {
            let fields = block.variables.iter().map(|variable| Field {
                name: Arc::clone(&variable.name),
                ty: variable.ty.clone(),
                notes: variable.notes.clone(),
            });
            let home = if block.optimised {
                Home::Optimised
            } else {
                let layout = Struct::of(Origin::Anonymous, fields);
                layout.map_or(Home::NoLayout, |layout| Home::Standard(block.number, layout))
            };
            (Arc::clone(&block.name), home)
        };
        let tag =
            |tag: &hepta_source::Tag| (Arc::clone(&tag.name), (tag.area, tag.octet, tag.bit, tag.ty.clone()));
        Self {
            blocks: program.blocks.iter().map(block).collect(),
            tags: program.tags.iter().map(tag).collect(),
        }
    }
    /// Where the variable of that name is, and what.
    pub(super) fn find(&self, symbol: &Symbol) -> Result<Absolute, NameError> {
        let mut text = Text { all: symbol.path(), at: 0 };
        let found = self.walk(&mut text);
        let at = |what| {
            let column = text.all.get(..text.at).unwrap_or_default().chars().count() + 1;
            NameError { name: symbol.path().into(), column, what }
        };
        let mut found = found.map_err(at)?;
        if let Some(ty) = symbol.ty() {
            found.ty = ty.clone();
        }
        Absolute::new(found.area, found.byte, found.bit, found.ty).map_err(|what| at(what.into()))
    }
    fn walk(&self, text: &mut Text<'_>) -> Result<Found, NameFault> {
        let start = text.at;
        let name = text.level()?;
        let mut found = match (self.blocks.get(name), self.tags.get(name)) {
            (Some(Home::Standard(number, layout)), _) => {
                Found { area: Area::Db(*number), byte: 0, bit: 0, ty: Type::Struct(layout.clone()) }
            }
            (None, Some((area, byte, bit, ty))) => {
                Found { area: *area, byte: *byte, bit: *bit, ty: ty.clone() }
            }
            (home, _) => {
                text.at = start;
                return Err(match home {
                    Some(Home::Optimised) => NameFault::Optimised(name.into()),
                    Some(_) => NameFault::NoLayout(name.into()),
                    None => NameFault::NoBlock(name.into()),
                });
            }
        };
        loop {
            text.blanks();
            let before = text.at;
            if text.rest().is_empty() {
                return Ok(found);
            }
            let done = if text.eat('[') {
                found.element(&text.indices()?)
            } else if text.eat('.') {
                text.blanks();
                if text.eat('%') { found.bits(text) } else { found.member(text.level()?) }
            } else {
                Err(NameFault::Spelling)
            };
            if let Err(what) = done {
                text.at = before;
                return Err(what);
            }
        }
    }
}

/// As far as a name was followed.
struct Found {
    area: Area,
    byte: u32,
    bit: u8,
    ty: Type,
}

impl Found {
    fn go(&mut self, octets: usize, bits: usize) -> Result<(), NameFault> {
        let bits = usize::from(self.bit) + bits;
        let octets = u32::try_from(octets.saturating_add(bits / 8)).ok();
        let beyond = || NameFault::Place(AddressFault::End { ty: self.ty.clone() });
        self.byte = octets.and_then(|octets| self.byte.checked_add(octets)).ok_or_else(beyond)?;
        self.bit = u8::try_from(bits % 8).unwrap_or_default();
        Ok(())
    }
    fn member(&mut self, name: &str) -> Result<(), NameFault> {
        let Type::Struct(members) = &self.ty else { return Err(NameFault::Plain(self.ty.clone())) };
        let member = members.member(name).ok_or_else(|| NameFault::NoMember(name.into()))?;
        let (octets, bits, ty) = (member.offset(), member.bit().into(), member.ty().clone());
        self.go(octets, bits)?;
        self.ty = ty;
        Ok(())
    }
    /// First and last index of each dimension.
    fn element(&mut self, indices: &[(i64, i64)]) -> Result<(), NameFault> {
        let Type::Array(array) = self.ty.clone() else { return Err(NameFault::NoArray(self.ty.clone())) };
        let bounds = array.bounds();
        if indices.len() != bounds.len() {
            return Err(NameFault::Dimensions { given: indices.len(), ty: self.ty.clone() });
        }
        let mut linear = 0usize;
        for (at, ((first, last), bounds)) in indices.iter().zip(bounds).enumerate() {
            let within =
                |index: i64| (i64::from(*bounds.start())..=i64::from(*bounds.end())).contains(&index);
            if let Some(index) = [*first, *last].into_iter().find(|index| !within(*index)) {
                return Err(NameFault::Bounds { index, ty: self.ty.clone() });
            }
            if first > last || first < last && at + 1 < indices.len() {
                return Err(NameFault::Slice);
            }
            let count = i64::from(*bounds.end()) - i64::from(*bounds.start()) + 1;
            let number = |n: i64| usize::try_from(n).unwrap_or_default();
            linear = linear * number(count) + number(first - i64::from(*bounds.start()));
        }
        self.step(&array, linear)?;
        self.ty = match indices.last() {
            Some((first, last)) if first < last => {
                let narrow = |index: i64| i32::try_from(index).unwrap_or_default();
                Type::array(array.element().clone(), [narrow(*first)..=narrow(*last)])
                    .map_err(|_| NameFault::Slice)?
            }
            _ => array.element().clone(),
        };
        Ok(())
    }
    fn step(&mut self, array: &Array, linear: usize) -> Result<(), NameFault> {
        if *array.element() != Type::Bool {
            return self.go(linear * Layout::Standard.stride(array.element()), 0);
        }
        // Each row of bits starts an octet.
        let (_, row) = array.rows();
        let row = row.max(1);
        self.go(0, linear / row * row.next_multiple_of(8) + linear % row)
    }
    fn bits(&mut self, text: &mut Text<'_>) -> Result<(), NameFault> {
        let whole = &self.ty;
        let none = || NameFault::Bits(whole.clone());
        let (width, ty) = match text.next() {
            Some('X' | 'x') => (1, Type::Bool),
            Some('B' | 'b') => (8, Type::Byte),
            Some('W' | 'w') => (16, Type::Word),
            Some('D' | 'd') => (32, Type::DWord),
            _ => return Err(none()),
        };
        let index = text.digits().and_then(|index| usize::try_from(index).ok()).ok_or_else(none)?;
        let has_bits = matches!(
            whole,
            Type::Byte
                | Type::Word
                | Type::DWord
                | Type::LWord
                | Type::SInt
                | Type::USInt
                | Type::Int
                | Type::UInt
                | Type::DInt
                | Type::UDInt
                | Type::LInt
                | Type::ULInt
        );
        let end = index.saturating_add(1).saturating_mul(width);
        if !has_bits || end > 8 * whole.size() || width >= 8 * whole.size() {
            return Err(none());
        }
        // The lowest bits stand in the last octet.
        let octets = if width == 1 { whole.size() - 1 - index / 8 } else { whole.size() - end / 8 };
        self.go(octets, if width == 1 { index % 8 } else { 0 })?;
        self.ty = ty;
        Ok(())
    }
}

/// A name that is read from left to right.
struct Text<'a> {
    all: &'a str,
    at: usize,
}

impl<'a> Text<'a> {
    fn rest(&self) -> &'a str {
        self.all.get(self.at..).unwrap_or_default()
    }
    fn take(&mut self, want: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !want(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }
    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }
    fn blanks(&mut self) {
        self.take(char::is_whitespace);
    }
    fn digits(&mut self) -> Option<i64> {
        self.take(|c| c.is_ascii_digit()).parse::<u32>().ok().map(i64::from)
    }
    /// A name, in quotes or up to what follows a name.
    fn level(&mut self) -> Result<&'a str, NameFault> {
        let start = self.at;
        let name = if self.eat('"') {
            let name = self.take(|c| c != '"');
            if self.eat('"') { name } else { "" }
        } else {
            self.take(|c| c != '.' && c != '[').trim_end()
        };
        if name.is_empty() {
            self.at = start;
            return Err(NameFault::Spelling);
        }
        Ok(name)
    }
    /// What stands in brackets, which are open: first and last index of each dimension.
    fn indices(&mut self) -> Result<Vec<(i64, i64)>, NameFault> {
        let mut indices = Vec::new();
        loop {
            let first = self.index()?;
            let last = if self.eat('.') {
                if !self.eat('.') {
                    return Err(NameFault::Spelling);
                }
                self.index()?
            } else {
                first
            };
            indices.push((first, last));
            if self.eat(']') {
                return Ok(indices);
            }
            if !self.eat(',') {
                return Err(NameFault::Spelling);
            }
        }
    }
    fn index(&mut self) -> Result<i64, NameFault> {
        self.blanks();
        let minus = self.eat('-');
        let number = self.digits().ok_or(NameFault::Spelling)?;
        self.blanks();
        Ok(if minus { -number } else { number })
    }
}

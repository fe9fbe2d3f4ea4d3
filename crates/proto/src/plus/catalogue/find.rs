//! Symbols as TIA Portal spells them.
//!
//! ```text
//!  "Motor block".axis[2].speed           levels by dots, in quotes if they have more than letters, digits and _
//!  Demo.st.a                             all names without quotes, as a browse shows them
//!  grid[1, -2]  grid[1, 2..5]            each dimension an index, or from one to another; blanks may stand around
//!  "mflag"                               a tag: of M, Q, I, timers, counters, in that order, if no block is called so
//!  Demo.w.%X3                            bits of a value: X one, B eight, W sixteen, D thirty-two
//! ```
use super::near;
use super::node::{Dimension, Kind, Node};
use super::path::Step;
use super::select::{Bits, Slice};
use super::types::{ArrayInfo, NONE};
use super::{Catalogue, Symbol, UNKNOWN};
use crate::data::scan::Scan;
use crate::plus::Rid;
use crate::plus::address::area;
use crate::plus::code::SoftType;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A symbol that is none, or that is not there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SymbolError {
    /// Where: from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: SymbolFault,
    /// Names that are there and are like the one that is not, the nearest first; three at the most.
    pub near: Vec<String>,
}

impl fmt::Display for SymbolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.what)?;
        for (n, name) in self.near.iter().enumerate() {
            write!(f, "{}\"{name}\"", if n == 0 { "; did you mean " } else { " or " })?;
        }
        Ok(())
    }
}

impl core::error::Error for SymbolError {}

/// What is wrong with a symbol.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolFault {
    /// A level without a name.
    #[error("a name is wanted here")]
    Empty,
    /// A quote that is not closed.
    #[error("the name has no closing double quote")]
    Quote,
    /// No block, area or tag is called so.
    #[error("no data block and no tag is called \"{0}\"")]
    NoBlock(String),
    /// The block is in load memory alone.
    #[error("data block \"{0}\" is in load memory alone: it has no values")]
    Unloaded(String),
    /// There is no such member.
    #[error("\"{of}\" has no member \"{name}\"")]
    NoMember {
        /// What should have it.
        of: String,
        /// Its name.
        name: String,
    },
    /// Something that has no members at all.
    #[error("\"{of}\" is a {soft} and has no members")]
    Plain {
        /// What it is called.
        of: String,
        /// What it is.
        soft: SoftType,
    },
    /// The type behind a name is not known here: a catalogue of the whole program has it, or the CPU did not tell it.
    #[error("the type of \"{of}\" ({}) is not known", Rid(*rid).label())]
    NoType {
        /// What it is called.
        of: String,
        /// The relation id of its type.
        rid: u32,
    },
    /// An array without an index, and members behind it.
    #[error("\"{of}\" is an array {}: say which element", Bounds(bounds))]
    NoIndex {
        /// What it is called.
        of: String,
        /// Its dimensions, the outermost first.
        bounds: Vec<Dimension>,
    },
    /// An index of what is no array.
    #[error("\"{0}\" is no array")]
    NoArray(String),
    /// No number, or one beyond 32 bits.
    #[error("an index is wanted here")]
    Index,
    /// Another number of indices than of dimensions.
    #[error("{given} indices for {}", Bounds(bounds))]
    Dimensions {
        /// How many there are.
        given: usize,
        /// The dimensions, the outermost first.
        bounds: Vec<Dimension>,
    },
    /// An index that is not there.
    #[error("{index} is not within {}", Bounds(core::slice::from_ref(bounds)))]
    Bounds {
        /// The index.
        index: i64,
        /// The dimension.
        bounds: Dimension,
    },
    /// A slice whose end is before its start.
    #[error("{first}..{last} goes backwards")]
    Backwards {
        /// The first index.
        first: i64,
        /// The last one.
        last: i64,
    },
    /// Members of many elements at a time.
    #[error("a slice has no members: name one element, or the slice alone")]
    Sliced,
    /// Bits that are not there.
    #[error("a {soft} has no {bits}")]
    NoBits {
        /// What it is.
        soft: SoftType,
        /// Which bits.
        bits: Bits,
    },
    /// `%` and something that names no bits.
    #[error("bits are %X0, %B0, %W0 or %D0 and so on")]
    Bits,
    /// Something behind the end.
    #[error("a dot, an index or the end is wanted here")]
    LeftOver,
    /// More levels than any program has.
    #[error("more than 64 levels")]
    Deep,
}

/// `[1..3, 0..7]`
struct Bounds<'a>(&'a [Dimension]);

impl fmt::Display for Bounds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, dimension) in self.0.iter().enumerate() {
            write!(f, "{}{}..{}", if n == 0 { "[" } else { ", " }, dimension.lower, dimension.upper())?;
        }
        f.write_str("]")
    }
}

/// Levels that a symbol may have: with elements twice as many as types may lie in each other.
const LEVELS: usize = 64;

/// In what order areas are looked into for a tag.
const TAGS: [u32; 5] = [area::FLAGS, area::OUTPUTS, area::INPUTS, area::TIMERS, area::COUNTERS];

type Fault<T> = Result<T, SymbolError>;

fn error(scan: &Scan<'_>, what: SymbolFault) -> SymbolError {
    SymbolError { column: scan.column(), what, near: Vec::new() }
}

impl Catalogue {
    /// What that symbol names: a value, an element, a slice, bits, a whole array, struct or block. Nothing is allocated on the way
    /// there. In quotes or without, see the rules above: letters count as they are written.
    ///
    /// ```
    /// # use hepta_proto::plus::catalogue::Catalogue;
    /// # let catalogue = Catalogue::default();
    /// let error = catalogue.find("\"Motor\".speed").unwrap_err();
    /// assert_eq!(error.to_string(), "column 1: no data block and no tag is called \"Motor\"");
    /// ```
    pub fn find(&self, symbol: &str) -> Fault<Node<'_>> {
        let mut scan = Scan::new(symbol);
        scan.spaces();
        let mut node = self.first(&mut scan)?;
        for _ in 0..LEVELS {
            let at = scan;
            if scan.eat('[') {
                index(&mut node, &mut scan, &at)?;
                continue;
            }
            scan.spaces();
            if scan.done() {
                return Ok(node);
            }
            if !scan.eat('.') {
                return Err(error(&scan, SymbolFault::LeftOver));
            }
            scan.spaces();
            if scan.peek() == Some('%') {
                node = bits(node, &mut scan)?;
                scan.spaces();
                return if scan.done() { Ok(node) } else { Err(error(&scan, SymbolFault::LeftOver)) };
            }
            node = member(&node, &mut scan)?;
        }
        Err(error(&scan, SymbolFault::Deep))
    }
    /// The same, to keep.
    pub fn symbol(&self, symbol: &str) -> Fault<Symbol> {
        self.find(symbol).map(|node| node.symbol())
    }
    /// The same, if all that is to be known of it is here: also the types of all below it, where it is a struct.
    pub fn complete(&self, symbol: &str) -> Option<Symbol> {
        let node = self.find(symbol).ok()?;
        let mut complete = true;
        node.missing(&mut |_| complete = false);
        complete.then(|| node.symbol())
    }
    /// The relation id of the type that has to be known before the symbol can be found, if that is what an error of
    /// [`Self::find`] says: who looks up single symbols asks for it, adds it, and tries again.
    pub(crate) fn missing(error: &SymbolError) -> Option<u32> {
        match error.what {
            SymbolFault::NoType { rid, .. } => Some(rid),
            _ => None,
        }
    }

    fn first(&self, scan: &mut Scan<'_>) -> Fault<Node<'_>> {
        let before = *scan;
        let (name, quoted) = level(scan)?;
        let tag = |name: &str| TAGS.iter().find_map(|area| self.by_rid(*area)?.child(name));
        if let Some(node) = self.root(name).or_else(|| tag(name)) {
            return Ok(node);
        }
        // A name with dots or brackets, without quotes.
        let rest = before.rest();
        let roots = self.roots().map(|root| root.name()).collect::<Vec<_>>();
        let tags = || TAGS.iter().filter_map(|area| self.by_rid(*area)).flat_map(|area| area.names());
        if !quoted && let Some(longest) = longest(roots.iter().copied().chain(tags()), rest) {
            *scan = before;
            skip(scan, longest);
            if let Some(node) = self.root(longest).or_else(|| tag(longest)) {
                return Ok(node);
            }
        }
        // Areas of which nothing is known yet might have it.
        if let Some(area) =
            TAGS.iter().filter_map(|area| self.by_rid(*area)).find(|area| area.inner().is_none())
            && !self.whole
        {
            let (of, rid) = (area.name().into(), area.relation());
            return Err(error(&before, SymbolFault::NoType { of, rid }));
        }
        let near = near::names(name, roots.iter().copied().chain(tags()));
        Err(SymbolError { near, ..error(&before, SymbolFault::NoBlock(name.into())) })
    }
}

/// A name, in quotes or up to what follows a name.
fn level<'a>(scan: &mut Scan<'a>) -> Fault<(&'a str, bool)> {
    let before = *scan;
    let (name, quoted) = if scan.eat('"') {
        let name = scan.take_while(|c| c != '"');
        if !scan.eat('"') {
            return Err(error(&before, SymbolFault::Quote));
        }
        (name, true)
    } else {
        (scan.take_while(|c| c != '.' && c != '[').trim_end(), false)
    };
    if name.is_empty() { Err(error(&before, SymbolFault::Empty)) } else { Ok((name, quoted)) }
}

/// The longest of `names` that `rest` starts with, up to what may follow a name.
fn longest<'n>(names: impl Iterator<Item = &'n str>, rest: &str) -> Option<&'n str> {
    let fits = |name: &&str| {
        let behind = rest.strip_prefix(name);
        !name.is_empty() && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', ' ']))
    };
    names.filter(fits).max_by_key(|name| name.len())
}

fn skip(scan: &mut Scan<'_>, name: &str) {
    for _ in name.chars() {
        scan.next();
    }
}

/// Why `node` has no members that could be named.
fn bare(node: &Node<'_>) -> Option<SymbolFault> {
    let of = || String::from(node.name());
    if node.slice().is_some() {
        return Some(SymbolFault::Sliced);
    }
    if let Some(array) = node.whole() {
        return Some(SymbolFault::NoIndex { of: of(), bounds: bounds(array) });
    }
    if node.inner().is_some() {
        return None;
    }
    Some(match (node.relation(), node.kind()) {
        (0, Kind::Block) => SymbolFault::Unloaded(of()),
        (UNKNOWN, Kind::Block) => SymbolFault::NoType { of: of(), rid: node.root().rid() },
        (0, _) => SymbolFault::Plain { of: of(), soft: node.soft() },
        (rid, _) => SymbolFault::NoType { of: of(), rid },
    })
}

fn member<'a>(node: &Node<'a>, scan: &mut Scan<'_>) -> Fault<Node<'a>> {
    let before = *scan;
    if node.inner().is_none() || node.whole().is_some() || node.slice().is_some() {
        // At the level that should have members, if it is known what is wrong with it.
        if let Some(what) = bare(node) {
            return Err(error(&before, what));
        }
    }
    let (name, quoted) = level(scan)?;
    if let Some(child) = node.child(name) {
        return Ok(child);
    }
    if !quoted && let Some(longest) = longest(node.names(), before.rest()) {
        *scan = before;
        skip(scan, longest);
        if let Some(child) = node.child(longest) {
            return Ok(child);
        }
    }
    let near = near::names(name, node.names());
    let what = SymbolFault::NoMember { of: node.name().into(), name: name.into() };
    Err(SymbolError { near, ..error(&before, what) })
}

fn bounds(array: &ArrayInfo) -> Vec<Dimension> {
    array.outer().map(|(lower, count)| Dimension { lower, count }).collect()
}

/// What stands in brackets, which are open. `open` is where they are.
fn index(node: &mut Node<'_>, scan: &mut Scan<'_>, open: &Scan<'_>) -> Fault<()> {
    let Some(array) = node.whole().filter(|_| node.slice().is_none()) else {
        return Err(error(open, SymbolFault::NoArray(node.name().into())));
    };
    let mut ranges = [(0i64, 0i64); 6];
    let mut places = [*scan; 6];
    let (mut given, mut ranged) = (0usize, [false; 6]);
    loop {
        scan.spaces();
        let place = *scan;
        let first = number(scan)?;
        scan.spaces();
        let last = if scan.eat('.') {
            if !scan.eat('.') {
                return Err(error(scan, SymbolFault::Index));
            }
            scan.spaces();
            if let Some(ranged) = ranged.get_mut(given) {
                *ranged = true;
            }
            number(scan)?
        } else {
            first
        };
        scan.spaces();
        if let (Some(range), Some(at)) = (ranges.get_mut(given), places.get_mut(given)) {
            (*range, *at) = ((first, last), place);
        }
        given += 1;
        if scan.eat(']') {
            break;
        }
        if !scan.eat(',') {
            return Err(error(scan, SymbolFault::Index));
        }
    }
    let many = usize::from(array.dimensions);
    if given != many {
        return Err(error(open, SymbolFault::Dimensions { given, bounds: bounds(array) }));
    }
    let mut slice = Slice { dimensions: array.dimensions, ranges: [(0, 0); 6], ranged, whole: [(0, 0); 6] };
    let mut linear = 0u64;
    let outer = ranges.iter().zip(&places).zip(array.outer());
    for ((((first, last), place), (lower, count)), (range, whole)) in
        outer.zip(slice.ranges.iter_mut().zip(&mut slice.whole))
    {
        let dimension = Dimension { lower, count };
        for index in [*first, *last] {
            if index < i64::from(lower) || index > dimension.upper() {
                return Err(error(place, SymbolFault::Bounds { index, bounds: dimension }));
            }
        }
        if last < first {
            return Err(error(place, SymbolFault::Backwards { first: *first, last: *last }));
        }
        // Within the bounds they are of 32 bits; the last index of two billion elements is, too.
        let narrow = |index: i64| i32::try_from(index).unwrap_or(i32::MAX);
        (*range, *whole) = ((narrow(*first), narrow(*last)), (lower, count));
        let at = u64::try_from(*first - i64::from(lower)).unwrap_or(0);
        linear = linear.saturating_mul(u64::from(count)).saturating_add(at);
    }
    if ranged.contains(&true) {
        node.slice = Some(Box::new(slice));
    } else if let Some(Step { element, .. }) = node.path.last_mut() {
        *element = u32::try_from(linear).unwrap_or(NONE);
    }
    Ok(())
}

fn number(scan: &mut Scan<'_>) -> Fault<i64> {
    let before = *scan;
    let minus = scan.eat('-');
    let digits = scan.number().map(i64::from);
    let number = digits.map(|number| if minus { -number } else { number });
    number.ok_or_else(|| error(&before, SymbolFault::Index))
}

/// `%X3`: of a value of bits or a number without fraction.
fn bits<'a>(node: Node<'a>, scan: &mut Scan<'_>) -> Fault<Node<'a>> {
    let before = *scan;
    scan.eat('%');
    let width = match scan.next() {
        Some('X' | 'x') => 1,
        Some('B' | 'b') => 8,
        Some('W' | 'w') => 16,
        Some('D' | 'd') => 32,
        _ => return Err(error(&before, SymbolFault::Bits)),
    };
    let index = scan.number().and_then(|index| u8::try_from(index).ok());
    let index = index.ok_or_else(|| error(&before, SymbolFault::Bits))?;
    let bits = Bits { width, index };
    let soft = node.soft();
    let whole = match soft {
        SoftType::BYTE | SoftType::USINT | SoftType::SINT => 8,
        SoftType::WORD | SoftType::UINT | SoftType::INT => 16,
        SoftType::DWORD | SoftType::UDINT | SoftType::DINT => 32,
        SoftType::LWORD | SoftType::ULINT | SoftType::LINT => 64,
        _ => 0,
    };
    let fits = bits.shift() + u32::from(width) <= whole && u32::from(width) < whole;
    if node.kind() != Kind::Value || node.slice().is_some() || !fits {
        return Err(error(&before, SymbolFault::NoBits { soft, bits }));
    }
    Ok(Node { bits: Some(bits), ..node })
}

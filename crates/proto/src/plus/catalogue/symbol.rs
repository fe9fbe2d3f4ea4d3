//! A symbol for good: all that is to be known to read and write it.
use super::node::{Dimension, Flags, Interface, Kind, Node, Offset};
use super::select::{Bits, Slice};
use crate::data::Type;
use crate::plus::address::ItemAddress;
use crate::plus::code::SoftType;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

/// A variable by its name, with all that is to be known to read and write it. It is by itself: it needs its
/// [`Catalogue`](super::Catalogue) no more, and says by its checksum what program it belongs to. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol(Arc<Inner>);

#[derive(Debug, PartialEq)]
struct Inner {
    path: Box<str>,
    tia: Box<str>,
    kind: Kind,
    soft: SoftType,
    max: u16,
    ty: Option<Type>,
    item: ItemAddress,
    /// Of an array: soft type for the padding of bits, and dimensions.
    dimensions: Box<[Dimension]>,
    elements: Elements,
    slice: Option<Slice>,
    bits: Option<Bits>,
    optimised: Offset,
    classic: Offset,
    flags: Flags,
    interface: Option<Interface>,
}

/// How elements of an array are addressed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Elements {
    /// Of the innermost dimension, and what that is padded to.
    row: u32,
    padded: u32,
    /// A LID 1 follows.
    structured: bool,
}

impl Symbol {
    pub(super) fn of(node: &Node<'_>) -> Self {
        let mut elements = Elements::default();
        if let Some(level) = node.last()
            && let Some(array) = level.array
        {
            let [row, ..] = array.count;
            let row = row.max(1);
            let padded = if array.dimensions > 1 { array.wire(level.member.soft, row) } else { row };
            elements = Elements { row, padded, structured: level.structured() };
        }
        Self(Arc::new(Inner {
            path: node.path().into(),
            tia: node.tia().into(),
            kind: node.kind(),
            soft: node.soft(),
            max: node.max(),
            ty: node.ty(),
            item: node.item(),
            dimensions: node.dimensions().collect(),
            elements,
            slice: node.slice().copied(),
            bits: node.bits(),
            optimised: node.optimised(),
            classic: node.classic(),
            flags: node.flags(),
            interface: node.interface(),
        }))
    }
    /// The name as a browse shows it: `Demo.st.a`.
    pub fn path(&self) -> &str {
        &self.0.path
    }
    /// The name as TIA Portal shows it: `"Demo".st.a`.
    pub fn tia(&self) -> &str {
        &self.0.tia
    }
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
    /// The type as the CPU names it; of an array that of its elements.
    pub fn soft(&self) -> SoftType {
        self.0.soft
    }
    /// The greatest length of a text, in characters; 0 of all else.
    pub fn max(&self) -> u16 {
        self.0.max
    }
    /// The type, where there is one: see [`Node::ty`].
    pub fn ty(&self) -> Option<&Type> {
        self.0.ty.as_ref()
    }
    /// What a request names it by, its checksum included. Of a slice it names the whole array.
    pub fn item(&self) -> &ItemAddress {
        &self.0.item
    }
    /// What to ask for to have all of it: of a slice each element, in the order of the slice; else [`Self::item`].
    pub fn items(&self) -> impl Iterator<Item = ItemAddress> {
        let slice = self.0.slice;
        let whole = slice.is_none().then(|| self.0.item.clone());
        let parts = slice.into_iter().flat_map(|slice| slice.elements()).map(|at| self.element(at));
        whole.into_iter().chain(parts)
    }
    /// The address of one element of an array, by its number in the row of all, from 0. Its checksum is 0, which is what
    /// addresses of elements want.
    pub fn element(&self, linear: u32) -> ItemAddress {
        let Elements { row, padded, structured } = self.0.elements;
        let row = row.max(1);
        let at = (linear / row).saturating_mul(padded).saturating_add(linear % row);
        let mut lids = self.0.item.lids.to_vec();
        lids.push(at);
        if structured {
            lids.push(1);
        }
        ItemAddress { crc: 0, lids: lids.as_slice().into(), ..self.0.item.clone() }
    }
    /// The dimensions of an array, the outermost first; of a slice those of the slice.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.0.dimensions
    }
    /// How many elements an array or slice has; 1 of all else.
    pub fn count(&self) -> u64 {
        match self.0.slice {
            Some(slice) => slice.count(),
            None => {
                self.0.dimensions.iter().fold(1, |n, dimension| n.saturating_mul(u64::from(dimension.count)))
            }
        }
    }
    /// The slice of an array that was chosen, if one was.
    pub fn slice(&self) -> Option<&Slice> {
        self.0.slice.as_ref()
    }
    /// The bits of a value that were chosen, if some were: they are read and written with the whole of it, which is what
    /// [`Self::item`] and [`Self::soft`] are of.
    pub fn bits(&self) -> Option<Bits> {
        self.0.bits
    }
    /// Where it is in its block, with optimised access.
    pub fn optimised(&self) -> Offset {
        self.0.optimised
    }
    /// Where it is in its block, with standard access.
    pub fn classic(&self) -> Offset {
        self.0.classic
    }
    /// Who may see and use it, and more.
    pub fn flags(&self) -> Flags {
        self.0.flags
    }
    /// The interface of what has members, or whose elements have.
    pub fn interface(&self) -> Option<Interface> {
        self.0.interface
    }
    /// The name, to keep.
    pub fn to_path(&self) -> String {
        self.0.path.as_ref().into()
    }
}

/// The name as TIA Portal shows it.
impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.tia)
    }
}

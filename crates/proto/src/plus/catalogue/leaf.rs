//! Leaves: all values of a program, one after the other.
use super::Catalogue;
use super::node::Node;
use super::path::Step;
use super::select::Slice;
use super::types::{ELEMENTS, NONE, TypeInfo, Types, is_value};
use alloc::vec::Vec;
use core::fmt;
use core::ops::{Deref, Range};

/// Something that has a value: an elementary variable, an array of these, or, if asked for, one element. All of [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf<'a>(Node<'a>);

impl<'a> Deref for Leaf<'a> {
    type Target = Node<'a>;
    fn deref(&self) -> &Node<'a> {
        &self.0
    }
}

/// The name as TIA Portal shows it.
impl fmt::Display for Leaf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a> From<Leaf<'a>> for Node<'a> {
    fn from(leaf: Leaf<'a>) -> Self {
        leaf.0
    }
}

/// The leaves below some [`Node`], or of a whole [`Catalogue`], made while they are asked for: take as many as are wanted.
///
/// Arrays of elementary values are one leaf, unless [`Self::elements`] is asked for; arrays of structs are gone into. A `DTL`
/// is one leaf, unless [`Self::parts`] is asked for. Arrays that say that they have more elements than any block has room
/// for are left out: [`Catalogue::problems`] names them.
#[derive(Clone, Debug)]
pub struct Leaves<'a> {
    /// Where it is, without what `stack` has.
    at: Node<'a>,
    /// Where it stands on each level.
    stack: Vec<Frame>,
    /// It stands before the last of these, not on it.
    fresh: bool,
    /// Roots that follow.
    roots: Range<u32>,
    /// The slice that it is of, the member, and which of its elements follow.
    slice: Option<(Slice, u32, Range<u64>)>,
    elements: bool,
    parts: bool,
}

/// A level: where it stands, where its members end, how many elements the member has to be gone through.
#[derive(Clone, Copy, Debug)]
struct Frame {
    step: Step,
    end: u32,
    total: u32,
}

impl<'a> Leaves<'a> {
    pub(super) fn all(catalogue: &'a Catalogue) -> Self {
        let many = u32::try_from(catalogue.roots.len()).unwrap_or(u32::MAX);
        Self { roots: 0..many, ..Self::at(Node::new(catalogue, 0)) }
    }
    pub(super) fn below(node: &Node<'a>) -> Self {
        let Some(step) = node.path.last() else {
            return Self {
                roots: node.root..node.root.saturating_add(1),
                ..Self::at(Node::new(node.catalogue, 0))
            };
        };
        let mut base = Node::new(node.catalogue, node.root);
        base.path = node.path.clone();
        base.path.pop();
        let mut leaves = Self::at(base);
        if let Some(slice) = node.slice() {
            leaves.slice = Some((*slice, step.member, 0..slice.count()));
        } else {
            leaves.stack.push(Frame { step, end: step.member.saturating_add(1), total: 0 });
            leaves.fresh = true;
        }
        leaves
    }
    const fn at(at: Node<'a>) -> Self {
        let stack = Vec::new();
        Self { at, stack, fresh: false, roots: 0..0, slice: None, elements: false, parts: false }
    }
    /// Elementary arrays by their elements, instead of as one.
    pub fn elements(mut self) -> Self {
        self.elements = true;
        self
    }
    /// What a `DTL` is made of, instead of it, where the CPU has told its type.
    pub fn parts(mut self) -> Self {
        self.parts = true;
        self
    }

    /// Goes into the members of a type.
    fn enter(&mut self, of: &TypeInfo) {
        let Range { start, end } = Types::range(of);
        if start < end {
            self.stack.push(Frame { step: Step { member: start, element: NONE }, end, total: 0 });
            self.fresh = true;
        }
    }
    /// Goes to what comes after the place where it stands; `false`: nothing.
    fn onward(&mut self) -> bool {
        while let Some(frame) = self.stack.last_mut() {
            let Frame { step, end, total } = frame;
            if step.element != NONE && step.element.saturating_add(1) < *total {
                step.element += 1;
                return true;
            }
            if step.member.saturating_add(1) < *end {
                *frame = Frame { step: Step { member: step.member + 1, element: NONE }, end: *end, total: 0 };
                return true;
            }
            self.stack.pop();
        }
        if let Some((slice, member, rest)) = &mut self.slice {
            let Some(at) = rest.next() else { return false };
            let step = Step { member: *member, element: slice.element(at) };
            self.stack.push(Frame { step, end: member.saturating_add(1), total: 0 });
            return true;
        }
        while self.stack.is_empty() {
            let Some(root) = self.roots.next() else { return false };
            self.at.root = root;
            if let Some(of) = self.at.inner() {
                self.enter(of);
                self.fresh = false;
            }
        }
        true
    }
    fn here(&self) -> Node<'a> {
        let mut node = self.at.clone();
        self.stack.iter().for_each(|frame| node.path.push(frame.step));
        node
    }
}

impl<'a> Iterator for Leaves<'a> {
    type Item = Leaf<'a>;
    fn next(&mut self) -> Option<Leaf<'a>> {
        let types = self.at.types();
        loop {
            if !core::mem::take(&mut self.fresh) && !self.onward() {
                return None;
            }
            let Some(frame) = self.stack.last_mut() else { continue };
            let Some(member) = types.member(frame.step.member) else { continue };
            // What has no leaf below it is not gone into: it may say that there is plenty of it.
            let inner =
                types.inner(member).filter(|of| if self.elements { of.elements } else { of.leaves } > 0);
            let value = is_value(member.soft) && !(self.parts && inner.is_some());
            if !value && inner.is_none() {
                continue;
            }
            if let (Some(array), NONE) = (types.array(member), frame.step.element) {
                // The whole array is one, or its elements are gone through.
                if !value || self.elements {
                    let total = array.total();
                    if total == 0 || total > ELEMENTS {
                        continue;
                    }
                    frame.step.element = 0;
                    frame.total = u32::try_from(total).unwrap_or(0);
                }
            }
            match inner {
                _ if value => return Some(Leaf(self.here())),
                Some(of) => self.enter(of),
                None => {}
            }
        }
    }
}

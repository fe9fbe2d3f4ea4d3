//! Objects: attributes, relations and children.
//!
//! ```text
//!  a1 | RID 4 | class | class flags | composition | element ... | a2
//!
//!  a3 | id | value                attribute
//!  a4 | id | RID 4                relation to another object
//!  a1 ... a2                      child
//!  ab ... ac ...                  members of a type and their names
//!  a7 ...                         the same of an S7-1200 with firmware 1 to 3
//! ```
use super::lists::{VarnameList, VartypeList};
use super::tagdesc::TagDescription;
use super::value::Value;
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::vec::Vec;

crate::codes! {
    /// The octet that starts an element, or ends an object.
    pub struct Tag(u8) {
        Start = 0xa1, End = 0xa2, Attribute = 0xa3, Relation = 0xa4, Error = 0xa5, IncludeObject = 0xa6,
        TagDescription = 0xa7, EndTagDescription = 0xa8, LinkNamespace = 0xa9, VartypeList = 0xab, VarnameList = 0xac,
    }
}

/// The RID of an object that the CPU is to give one.
pub const NEW_RID: u32 = 211;

/// How deep objects may lie in each other. The deepest on record has four levels.
pub const DEPTH: usize = 32;

/// An object and all below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its relation id.
    pub rid: u32,
    /// The id of its class.
    pub class: u32,
    /// Bits of its class: 10 native, 20 persistent, and more.
    pub class_flags: u32,
    /// The attribute of its parent that it belongs to; 0 in all captured traffic. One reading on record has another number
    /// follow where it is not 0; this one does not, as two clients.
    pub composition: u32,
    /// Its parts, in the order of the wire.
    pub elements: Vec<Element>,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A value by its id.
    Attribute {
        /// Its id.
        id: u32,
        /// What it holds.
        value: Value,
    },
    /// Another object this one stands in a relation to. Servers must not send it: clients stop reading there.
    Relation {
        /// Which relation.
        id: u32,
        /// The other object.
        rid: u32,
    },
    /// A child.
    Object(Object),
    /// The members of a type.
    Vartypes(VartypeList),
    /// Their names.
    Varnames(VarnameList),
    /// A member of a type of an S7-1200 with firmware 1 to 3.
    Tag(Box<TagDescription>),
    /// The end of such; never captured.
    TagEnd,
}

impl Object {
    /// An object without parts: class flags and composition are 0.
    pub const fn new(rid: u32, class: u32) -> Self {
        Self { rid, class, class_flags: 0, composition: 0, elements: Vec::new() }
    }
    /// The same with one attribute more.
    pub fn with(mut self, id: u32, value: impl Into<Value>) -> Self {
        self.elements.push(Element::Attribute { id, value: value.into() });
        self
    }
    /// The same with one child more.
    pub fn with_child(mut self, child: Self) -> Self {
        self.elements.push(Element::Object(child));
        self
    }
    /// The first attribute with that id.
    pub fn attribute(&self, id: u32) -> Option<&Value> {
        self.attributes().find(|(i, _)| *i == id).map(|(_, value)| value)
    }
    /// Ids and values of the attributes, in the order of the wire.
    pub fn attributes(&self) -> impl Iterator<Item = (u32, &Value)> {
        self.elements.iter().filter_map(|element| match element {
            Element::Attribute { id, value } => Some((*id, value)),
            _ => None,
        })
    }
    /// The children, in the order of the wire; not theirs.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.elements.iter().filter_map(|element| match element {
            Element::Object(child) => Some(child),
            _ => None,
        })
    }
    /// Ids and targets of the relations, in the order of the wire.
    pub fn relations(&self) -> impl Iterator<Item = (u32, u32)> {
        self.elements.iter().filter_map(|element| match element {
            Element::Relation { id, rid } => Some((*id, *rid)),
            _ => None,
        })
    }
    /// The members of a type.
    pub fn vartypes(&self) -> Option<&VartypeList> {
        self.elements.iter().find_map(|element| match element {
            Element::Vartypes(list) => Some(list),
            _ => None,
        })
    }
    /// Their names: the first is that of the first.
    pub fn varnames(&self) -> Option<&VarnameList> {
        self.elements.iter().find_map(|element| match element {
            Element::Varnames(list) => Some(list),
            _ => None,
        })
    }
    /// Objects one after the other, as long as an octet `a1` follows.
    pub fn list(r: &mut Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut list = Vec::new();
        while r.peek().first() == Some(&Tag::Start.0) {
            list.push(Self::read(r)?);
        }
        Ok(list)
    }
}

impl Wire<'_> for Object {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        read(r, DEPTH)
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(self, out);
    }
}
fn read(r: &mut Reader<'_>, _depth: usize) -> Result<Object, Malformed> {
    Err(r.bad("object"))
}
fn put(_object: &Object, _out: &mut Vec<u8>) {}

//! Objects: attributes, relations and other objects under a relation id.
//!
//! ```text
//!  A1 | relation id 4 | class | class flags | attribute id | element ... | A2
//!  A3 | id | value        A4 | id | relation id 4        A1 ... A2        AB, AC | (length 2 | octets) ... 0000
//! ```
use super::value::Value;
use super::vlq;
use crate::wire::{Malformed, Reader, Wire, len16};
use alloc::vec::Vec;
use core::fmt;

/// An object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Its relation id; 211 for a new one.
    pub rid: u32,
    /// Its class.
    pub class: u32,
    /// Flags of the class.
    pub flags: u32,
    /// 0, always.
    pub attribute: u32,
    /// What it holds, in the order of the wire.
    pub elements: Vec<Element>,
}

/// What an object holds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Element {
    /// An attribute.
    Attribute(u32, Value),
    /// The relation id of another object, by the id of the relation.
    Relation(u32, u32),
    /// An object under it.
    Child(Object),
    /// A list of types (AB) or names (AC): its blocks, whose insides have a module of their own.
    List(u8, Vec<Vec<u8>>),
}

crate::codes! {
    /// What starts an element.
    pub struct Tag(u8) {
        Start = 0xa1, End = 0xa2, Attribute = 0xa3, Relation = 0xa4, VartypeList = 0xab, VarnameList = 0xac,
    }
}

const START: u8 = Tag::Start.0;
const END: u8 = Tag::End.0;
const ATTRIBUTE: u8 = Tag::Attribute.0;
const RELATION: u8 = Tag::Relation.0;
const TYPES: u8 = Tag::VartypeList.0;
const NAMES: u8 = Tag::VarnameList.0;

/// Objects in objects. Real ones are four deep.
const DEPTH: u8 = 16;

impl Object {
    /// An object without elements.
    pub const fn new(rid: u32, class: u32) -> Self {
        Self { rid, class, flags: 0, attribute: 0, elements: Vec::new() }
    }
    /// With one more attribute.
    pub fn with(mut self, id: u32, value: Value) -> Self {
        self.elements.push(Element::Attribute(id, value));
        self
    }
    /// With one more object under it.
    pub fn with_child(mut self, child: Self) -> Self {
        self.elements.push(Element::Child(child));
        self
    }
    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (u32, &Value)> {
        self.elements.iter().filter_map(|element| match element {
            Element::Attribute(id, value) => Some((*id, value)),
            _ => None,
        })
    }
    /// The first attribute with this id.
    pub fn attribute(&self, id: u32) -> Option<&Value> {
        self.attributes().find(|(at, _)| *at == id).map(|(_, value)| value)
    }
    /// The objects under it.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.elements.iter().filter_map(|element| match element {
            Element::Child(child) => Some(child),
            _ => None,
        })
    }
    fn starts(octets: &[u8]) -> bool {
        octets.first() == Some(&START)
    }

    /// Objects, as long as one starts here.
    pub fn list(r: &mut Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut list = Vec::new();
        while Self::starts(r.peek()) {
            list.push(Self::read(r)?);
        }
        Ok(list)
    }

    fn nested(r: &mut Reader<'_>, depth: u8) -> Result<Self, Malformed> {
        let bad = r.bad("start of an object");
        if depth > DEPTH {
            return Err(r.bad("objects in objects, too deep"));
        }
        if r.u8("start of an object")? != START {
            return Err(bad);
        }
        let rid = r.u32("relation id")?;
        let (class, flags) = (vlq::u32(r, "class")?, vlq::u32(r, "class flags")?);
        let attribute = vlq::u32(r, "attribute id")?;
        let mut elements = Vec::new();
        loop {
            let bad = r.bad("element of an object");
            if Self::starts(r.peek()) {
                elements.push(Element::Child(Self::nested(r, depth + 1)?));
                continue;
            }
            elements.push(match r.u8("element of an object")? {
                END => return Ok(Self { rid, class, flags, attribute, elements }),
                ATTRIBUTE => Element::Attribute(vlq::u32(r, "attribute id")?, Value::read(r)?),
                RELATION => Element::Relation(vlq::u32(r, "relation")?, r.u32("relation id")?),
                tag @ (TYPES | NAMES) => Element::List(tag, blocks(r)?),
                _ => return Err(bad),
            });
        }
    }
}

fn blocks(r: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut list = Vec::new();
    loop {
        match r.u16("length of a block")? {
            0 => return Ok(list),
            len => list.push(r.take(len.into(), "block")?.to_vec()),
        }
    }
}

impl Wire<'_> for Object {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::nested(r, 0)
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.push(START);
        out.extend_from_slice(&self.rid.to_be_bytes());
        [self.class, self.flags, self.attribute].iter().for_each(|number| vlq::put_u32(out, *number));
        for element in &self.elements {
            match element {
                Element::Attribute(id, value) => {
                    out.push(ATTRIBUTE);
                    vlq::put_u32(out, *id);
                    value.write(out);
                }
                Element::Relation(id, rid) => {
                    out.push(RELATION);
                    vlq::put_u32(out, *id);
                    out.extend_from_slice(&rid.to_be_bytes());
                }
                Element::Child(child) => child.write(out),
                Element::List(tag, blocks) => {
                    out.push(*tag);
                    for block in blocks {
                        out.extend_from_slice(&len16(block.len()));
                        out.extend_from_slice(block);
                    }
                    out.extend_from_slice(&[0, 0]);
                }
            }
        }
        out.push(END);
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "object {:08x} of class {}", self.rid, self.class)?;
        if self.flags != 0 || self.attribute != 0 {
            write!(f, " flags {:x} attribute {}", self.flags, self.attribute)?;
        }
        f.write_str(" {")?;
        for (at, element) in self.elements.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            match element {
                Element::Attribute(id, value) => write!(f, "{id}: {value}")?,
                Element::Relation(id, rid) => write!(f, "{id} -> {rid:08x}")?,
                Element::Child(child) => write!(f, "{child}")?,
                Element::List(tag, blocks) => {
                    let octets: usize = blocks.iter().map(Vec::len).sum();
                    write!(f, "{} of {octets} octets", if *tag == TYPES { "types" } else { "names" })?;
                }
            }
        }
        f.write_str("}")
    }
}

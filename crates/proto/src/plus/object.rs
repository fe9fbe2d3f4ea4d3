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
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

crate::codes! {
    /// The octet that starts an element, or ends an object.
    pub struct Tag(u8) {
        Start = 0xa1, End = 0xa2, Attribute = 0xa3, Relation = 0xa4, Error = 0xa5, IncludeObject = 0xa6,
        TagDescription = 0xa7, EndTagDescription = 0xa8, LinkNamespace = 0xa9, VartypeList = 0xab, VarnameList = 0xac,
    }
}

/// The RID of an object that the CPU is to give one.
pub const NEW_RID: u32 = 211;

/// How deep objects may lie in each other. The deepest on record has two levels.
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

fn read(r: &mut Reader<'_>, depth: usize) -> Result<Object, Malformed> {
    let bad = r.bad("object: octet a1 starts one");
    if Tag(r.u8("object")?) != Tag::Start {
        return Err(bad);
    }
    let depth = depth.checked_sub(1).ok_or(Malformed { what: "object: it lies more than 32 deep", ..bad })?;
    let rid = r.u32("RID of an object")?;
    let class = vlq::u32(r, "class of an object")?;
    let class_flags = vlq::u32(r, "class flags of an object")?;
    let composition = vlq::u32(r, "composition of an object")?;
    let mut elements = Vec::new();
    loop {
        let bad = r.bad("element of an object: nobody knows what this octet starts");
        if r.peek().first() == Some(&Tag::Start.0) {
            elements.push(Element::Object(read(r, depth)?));
            continue;
        }
        elements.push(match Tag(r.u8("element or end of an object")?) {
            Tag::End => return Ok(Object { rid, class, class_flags, composition, elements }),
            Tag::Attribute => {
                Element::Attribute { id: vlq::u32(r, "id of an attribute")?, value: Value::read(r)? }
            }
            Tag::Relation => Element::Relation {
                id: vlq::u32(r, "id of a relation")?,
                rid: r.u32("target of a relation")?,
            },
            Tag::VartypeList => Element::Vartypes(VartypeList::read(r)?),
            Tag::VarnameList => Element::Varnames(VarnameList::read(r)?),
            Tag::TagDescription => Element::Tag(Box::new(TagDescription::read(r)?)),
            Tag::EndTagDescription => Element::TagEnd,
            _ => return Err(bad),
        });
    }
}

fn put(object: &Object, out: &mut Vec<u8>) {
    out.push(Tag::Start.0);
    out.extend_from_slice(&object.rid.to_be_bytes());
    vlq::put_u32(out, object.class);
    vlq::put_u32(out, object.class_flags);
    vlq::put_u32(out, object.composition);
    for element in &object.elements {
        match element {
            Element::Attribute { id, value } => {
                out.push(Tag::Attribute.0);
                vlq::put_u32(out, *id);
                value.write(out);
            }
            Element::Relation { id, rid } => {
                out.push(Tag::Relation.0);
                vlq::put_u32(out, *id);
                out.extend_from_slice(&rid.to_be_bytes());
            }
            Element::Object(child) => put(child, out),
            Element::Vartypes(list) => {
                out.push(Tag::VartypeList.0);
                list.write(out);
            }
            Element::Varnames(list) => {
                out.push(Tag::VarnameList.0);
                list.write(out);
            }
            Element::Tag(tag) => {
                out.push(Tag::TagDescription.0);
                tag.write(out);
            }
            Element::TagEnd => out.push(Tag::EndTagDescription.0),
        }
    }
    out.push(Tag::End.0);
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f, 0)
    }
}

/// One line for the object and one for each of its elements, two columns further in; no line end after the last.
fn show(object: &Object, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
    write!(f, "{:indent$}object {:08X} class {}", "", object.rid, object.class)?;
    if object.class_flags != 0 {
        write!(f, " flags {:x}", object.class_flags)?;
    }
    if object.composition != 0 {
        write!(f, " composition {}", object.composition)?;
    }
    let indent = indent.saturating_add(2);
    for element in &object.elements {
        f.write_str("\n")?;
        match element {
            Element::Object(child) => show(child, f, indent)?,
            Element::Attribute { id, value } => write!(f, "{:indent$}{id}: {value}", "")?,
            Element::Relation { id, rid } => write!(f, "{:indent$}relation {id} to {rid:08X}", "")?,
            Element::Vartypes(list) => {
                write!(f, "{:indent$}members, first id {}:", "", list.first_id())?;
                list.elements().iter().try_for_each(|member| write!(f, "\n{:indent$}  {member}", ""))?;
            }
            Element::Varnames(list) => {
                write!(f, "{:indent$}names:", "")?;
                list.names().iter().try_for_each(|name| write!(f, " {name}"))?;
            }
            Element::Tag(tag) => write!(f, "{:indent$}{tag}", "")?,
            Element::TagEnd => write!(f, "{:indent$}end of tag description", "")?,
        }
    }
    Ok(())
}

//! Blocks and types as objects, for who explores the CPU.
use super::plan::{core_type, dimensions, dtl, lower, soft};
use super::{AREAS, Home, Interface, Member, Program, Shape, resolve};
use crate::plc::Plc;
use hepta_proto::data::Type;
use hepta_proto::plus::crc;
use hepta_proto::plus::lists::{
    Attributes, BitInfo, Bounds, Dimensions, ElementSize, OffsetInfo, Place, Relation, VarnameList, Vartype,
    VartypeList,
};
use hepta_proto::plus::object::{Element, Object};
use hepta_proto::plus::typed::{DTL, Layout};
use hepta_proto::plus::value::{Data, Value};
use std::collections::BTreeSet;

/// Objects.
const PROGRAM: u32 = 3;
const TYPES: u32 = 537;

/// Classes.
const CLASS_TYPE: u32 = 511;
const CLASS_TYPES: u32 = 534;
const CLASS_PROGRAM: u32 = 2520;
const CLASS_DB: u32 = 2574;

/// Attributes.
const NAME: u32 = 233;
const MODIFIED: u32 = 529;
const SIZE: u32 = 1502;
const NUMBER: u32 = 2521;
const LANGUAGE: u32 = 2523;

/// The language of data blocks.
const LANGUAGE_DB: u16 = 5;

/// Attributes of members: seen and reached from outside; of a block with optimised access, or a type; static section.
const VISIBLE: u16 = 0x0a00;
const OPTIMISED: u16 = 0x0080;
const STATIC: u16 = 0x0040;

impl Plc {
    /// An object with all it has, children included: the program (3), all types (537), a data block (`8A0E....`), a type
    /// (`90......`, `92......`, `02000043`), the root (201), CPU (50) and execution unit (52). `None` if there is none.
    ///
    /// Types of areas are always there, with tags or without. Who explores may want less of it: leave that out.
    pub fn object(&self, rid: u32) -> Option<Object> {
        if let Some(object) = self.cpu_object(rid) {
            return Some(object);
        }
        self.memory(|memory| memory.program.object(rid))
    }
}

impl Program {
    fn object(&self, rid: u32) -> Option<Object> {
        match rid {
            PROGRAM => {
                let program = Object::new(PROGRAM, CLASS_PROGRAM).with(NAME, "PLCProgram");
                Some(self.blocks().fold(program, |program, block| program.with_child(block_object(block))))
            }
            TYPES => {
                let mut known = BTreeSet::new();
                let types = Object::new(TYPES, CLASS_TYPES);
                let all = self.blocks().chain(self.areas());
                Some(all.fold(types, |types, interface| {
                    add(types, &interface.shape, Some(interface.layout), interface, &mut known)
                }))
            }
            _ if rid == DTL.id => Some(type_object(&dtl(), None, Layout::Standard)),
            _ => match resolve::home(rid) {
                Some(Home::Db(number)) => self.block(number).map(block_object),
                _ => self.type_object(rid),
            },
        }
    }
    fn type_object(&self, rid: u32) -> Option<Object> {
        let mut all = self.blocks().chain(self.areas());
        let found = all.find_map(|interface| {
            let shape = interface.shape.find(rid)?;
            let own = (shape.rid == interface.shape.rid).then_some(interface.layout);
            Some(type_object(shape, own, interface.layout))
        });
        let empty = || {
            let ids = AREAS.iter().find(|ids| ids.type_rid == rid)?;
            Some(type_object(&Interface::of_area(ids.area)?.shape, Some(Layout::Standard), Layout::Standard))
        };
        found.or_else(empty)
    }
}

fn block_object(interface: &Interface) -> Object {
    let number = if let Home::Db(number) = interface.home { number } else { 0 };
    Object::new(resolve::rid(interface.home), CLASS_DB)
        .with(NAME, &*interface.name)
        .with(NUMBER, number)
        .with(LANGUAGE, LANGUAGE_DB)
}

/// Adds a type and all those inside it, each once.
fn add(
    types: Object,
    shape: &Shape,
    own: Option<Layout>,
    interface: &Interface,
    known: &mut BTreeSet<u32>,
) -> Object {
    if !known.insert(shape.rid) {
        return types;
    }
    let types = types.with_child(type_object(shape, own, interface.layout));
    let inner = shape.members.iter().filter_map(|member| member.inner.as_deref());
    inner.fold(types, |types, inner| add(types, inner, None, interface, known))
}

/// A type: `own` is the layout of the block or area that it is the type of, if it is one.
fn type_object(shape: &Shape, own: Option<Layout>, layout: Layout) -> Object {
    let mut object = Object::new(shape.rid, CLASS_TYPE);
    if let Some(modified) = shape.modified {
        object = object.with(MODIFIED, Value::new(Data::Timestamp(modified)));
    }
    object = object.with(SIZE, number32(shape.size));
    if !shape.members.is_empty() {
        let elements = shape.members.iter().map(|member| vartype(member, own, layout)).collect();
        let names = shape.members.iter().map(|member| (&*member.name).into()).collect();
        object.elements.push(Element::Vartypes(VartypeList::new(0, elements)));
        object.elements.push(Element::Varnames(VarnameList::new(names)));
    }
    object
}

fn vartype(member: &Member, own: Option<Layout>, layout: Layout) -> Vartype {
    let offset = offset(member);
    let bits = *core_type(&member.ty) == Type::Bool;
    let bit = if bits { member.bit } else { 0 };
    let flags = VISIBLE
        | match own {
            None => OPTIMISED,
            Some(Layout::Optimised) => OPTIMISED | STATIC,
            Some(Layout::Standard) => STATIC,
        };
    let code = code(&offset) - if own.is_some() { 0 } else { 7 };
    Vartype {
        lid: member.lid,
        crc: crc::path([member.crc]),
        soft_type: soft(&member.ty, layout),
        attributes: Attributes(code << 12 | flags | u16::from(bit)),
        // The classic bit counts, and is that of the optimised place, too.
        bits: BitInfo(if bits { 0x08 | bit << 4 | bit } else { 0 }),
        offset,
    }
}

/// The code of an offset info for a member of a block.
const fn code(offset: &OffsetInfo) -> u16 {
    match offset {
        OffsetInfo::Plain { .. } => 8,
        OffsetInfo::String(_) => 9,
        OffsetInfo::Array(..) => 10,
        OffsetInfo::Matrix(..) => 11,
        OffsetInfo::Struct(..) => 12,
        OffsetInfo::StructArray(..) => 13,
        _ => 14,
    }
}

fn offset(member: &Member) -> OffsetInfo {
    let element = core_type(&member.ty);
    let (a, b) = match element {
        Type::String(max) => (u16::from(*max), number16(element.size())),
        Type::WString(max) => (*max, number16(element.size())),
        _ => (0, 0),
    };
    let place = Place { a, b, optimised: number32(member.offset), classic: number32(member.classic) };
    let relation = |shape: &Shape| Relation { rid: shape.rid, info: [0; 4] };
    let size =
        |shape: &Shape| ElementSize { classic: number32(shape.classic), optimised: number32(shape.size) };
    let bounds = lower(&member.ty).map(|lower| Bounds { lower, count: number32(member.ty.count()) });
    let many = dimensions(&member.ty).count() > 1;
    match (bounds, member.inner.as_deref()) {
        (None, Some(shape)) => OffsetInfo::Struct(place, relation(shape)),
        (None, None) if b > 0 => OffsetInfo::String(place),
        (None, None) => {
            OffsetInfo::Plain { optimised: number16(member.offset), classic: number16(member.classic) }
        }
        (Some(bounds), None) if many => OffsetInfo::Matrix(place, bounds, Box::new(table(&member.ty))),
        (Some(bounds), None) => OffsetInfo::Array(place, bounds),
        (Some(bounds), Some(shape)) if many => {
            OffsetInfo::StructMatrix(place, bounds, Box::new(table(&member.ty)), size(shape), relation(shape))
        }
        (Some(bounds), Some(shape)) => OffsetInfo::StructArray(place, bounds, size(shape), relation(shape)),
    }
}

/// Bounds of the dimensions, the innermost first.
fn table(ty: &Type) -> Dimensions {
    let mut table = Dimensions::default();
    let places = table.lower.iter_mut().zip(&mut table.count);
    for ((lower, count), bounds) in places.zip(dimensions(ty)) {
        *lower = *bounds.start();
        let many = i64::from(*bounds.end()) - i64::from(*bounds.start()) + 1;
        *count = u32::try_from(many).unwrap_or(u32::MAX);
    }
    table
}

// Blocks have 65,536 octets at most, so all of these fit but the place behind the end.
fn number16(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
fn number32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

//! Blocks and types as objects, for who explores the CPU.
use super::plan::{core_type, dimensions, lower};
use super::registry::Sort;
use super::{AREAS, Home, Interface, Kind, Member, Program, Shape, refused, resolve};
use crate::plc::Plc;
use hepta_proto::data::{Notes, Origin, Section, Type};
use hepta_proto::plus::ReturnValue;
use hepta_proto::plus::crc;
use hepta_proto::plus::lists::{
    Attributes, BitInfo, Bounds, Dimensions, ElementSize, FbArray, OffsetInfo, Place, Relation, Sections,
    VarnameList, Vartype, VartypeList,
};
use hepta_proto::plus::object::{Element, Object};
use hepta_proto::plus::typed::{DTL, Layout};
use hepta_proto::plus::value::{Data, Sparse, Value, ValueType};
use std::sync::Arc;

/// Objects.
pub(super) const PROGRAM: u32 = 3;
pub(super) const TYPES: u32 = 537;

/// Classes.
pub(super) const CLASS_TYPE: u32 = 511;
pub(super) const CLASS_TYPES: u32 = 534;
pub(super) const CLASS_PROGRAM: u32 = 2520;
pub(super) const CLASS_DB: u32 = 2574;
const CLASS_FB: u32 = 2578;
const CLASS_UDT: u32 = 3932;

/// Relation ids of a PLC data type and of a function block, without the number.
const UDT_RID: u32 = 0x89fd_0000;
const FB_RID: u32 = 0x8a12_0000;

/// Attributes.
const NAME: u32 = 233;
const MODIFIED: u32 = 529;
const SIZE: u32 = 1502;
const NUMBER: u32 = 2521;
const LANGUAGE: u32 = 2523;
const COMMENT: u32 = 4288;
/// The same time under the names that blocks have for it; told to who asks for them.
const BLOCK_TIMES: [u32; 3] = [2529, 2543, 7733];
/// When the program was changed last; told to who asks for it.
pub(super) const PROGRAM_TIME: u32 = 7730;

/// Languages: data blocks, PLC data types; function blocks are of SCL, for their code is not known.
const LANGUAGE_DB: u16 = 5;
const LANGUAGE_UDT: u16 = 150;
const LANGUAGE_SCL: u16 = 4;

/// The language of comments, which sources do not tell: en-US.
const LCID: u32 = 1033;

/// Attributes of members.
const VISIBLE: u16 = 0x0800;
pub(super) const READ_ONLY: u16 = 0x0400;
const ACCESSIBLE: u16 = 0x0200;
const OPTIMISED: u16 = 0x0080;

/// What the attributes of a member say besides its offset info and bit.
pub(super) fn flags(notes: Option<&Notes>, kind: Kind) -> u16 {
    let usual = Notes::default();
    let notes = notes.unwrap_or(&usual);
    let hmi = |on: bool, flag: u16| if on { flag } else { 0 };
    let place = match kind {
        Kind::Block(layout) => {
            let section = if notes.section == Section::None { Section::Static } else { notes.section };
            hmi(layout == Layout::Optimised, OPTIMISED) | (section as u16) << 4
        }
        // Recorded of members of structs, whatever they stand in.
        Kind::Inner(_) | Kind::Shared => OPTIMISED,
    };
    hmi(notes.visible, VISIBLE) | hmi(!notes.writable, READ_ONLY) | hmi(notes.accessible, ACCESSIBLE) | place
}

impl Plc {
    /// An object with all it has, children included: the program (3), all types (537), a data block (`8A0E....`), a type
    /// (`90......` to `9A......`, `02000043`), the root (201), CPU (50) and execution unit (52). `None` if there is none.
    ///
    /// Types of areas are always there, with tags or without. Who explores may want less of it: [`Plc::explore`].
    pub fn object(&self, rid: u32) -> Option<Object> {
        if let Some(object) = self.cpu_object(rid) {
            return Some(object);
        }
        self.memory(|memory| memory.program.object(rid))
    }
}

impl Program {
    pub(super) fn object(&self, rid: u32) -> Option<Object> {
        match rid {
            PROGRAM => {
                let children = self.children();
                Some(
                    children
                        .iter()
                        .fold(program_object(), |program, child| program.with_child(child.object())),
                )
            }
            TYPES => {
                let types = Object::new(TYPES, CLASS_TYPES);
                Some(self.types().all.iter().fold(types, |types, shape| types.with_child(type_object(shape))))
            }
            _ => self.child(rid).map(|child| child.object()).or_else(|| self.type_object(rid)),
        }
    }
    /// What stands below the program, in the order of relation ids: data blocks, function blocks, PLC data types.
    pub(super) fn children(&self) -> Vec<Child> {
        let blocks = self.blocks().map(|block| Child::Db(Arc::clone(block)));
        let named = self.registry.all().filter(|(sort, ..)| *sort != Sort::System);
        let mut named: Vec<_> = named
            .map(|(sort, name, named)| Child::Type {
                rid: if sort == Sort::Fb { FB_RID } else { UDT_RID } | u32::from(named.number),
                name: Arc::clone(name),
                number: named.number,
                modified: named.shape.modified,
            })
            .collect();
        named.sort_by_key(Child::rid);
        blocks.chain(named).collect()
    }
    pub(super) fn child(&self, rid: u32) -> Option<Child> {
        match (resolve::home(rid), rid & 0xffff_0000) {
            (Some(Home::Db(number)), _) => self.block(number).cloned().map(Child::Db),
            (_, UDT_RID | FB_RID) => self.children().into_iter().find(|child| child.rid() == rid),
            _ => None,
        }
    }
    pub(super) fn type_object(&self, rid: u32) -> Option<Object> {
        if rid == DTL.id {
            return Some(type_object(&super::plan::dtl()));
        }
        let empty = || {
            let ids = AREAS.iter().find(|ids| ids.type_rid == rid)?;
            Some(type_object(&Interface::of_area(ids.area)?.shape))
        };
        let unused =
            || self.registry.all().find(|(.., named)| named.shape.rid == rid).map(|(.., named)| &named.shape);
        let found = self.types().find(rid).or_else(unused);
        found.map(|shape| type_object(shape)).or_else(empty)
    }
    /// One attribute of an object of the program: of itself, of a block or a type.
    pub(crate) fn attribute(&self, rid: u32, id: u32) -> Result<Value, ReturnValue> {
        let timestamp = |time: u64| Value::new(Data::Timestamp(time));
        let found = if rid == PROGRAM {
            if id == PROGRAM_TIME {
                self.changed().map(timestamp)
            } else {
                program_object().attribute(id).cloned()
            }
        } else if let Some(child) = self.child(rid) {
            child.object().attribute(id).cloned().or_else(|| child.on_request(id))
        } else if let Some(shape) = self.types().find(rid) {
            match id {
                MODIFIED => shape.modified.map(timestamp),
                SIZE => Some(Value::from(number32(shape.optimised))),
                _ => None,
            }
        } else {
            return Err(refused::OBJECT);
        };
        found.ok_or(refused::ATTRIBUTE)
    }
    /// When something of it was changed last, in nanoseconds since 1970.
    pub(super) fn changed(&self) -> Option<u64> {
        let interfaces = self.blocks().chain(self.areas()).filter_map(|interface| interface.changed);
        interfaces.chain(self.tables.values().copied()).max()
    }
}

pub(super) fn program_object() -> Object {
    Object::new(PROGRAM, CLASS_PROGRAM).with(NAME, "PLCProgram")
}

/// Something that stands below the program.
#[derive(Clone, Debug)]
pub(super) enum Child {
    Db(Arc<Interface>),
    Type { rid: u32, name: Arc<str>, number: u16, modified: Option<u64> },
}

impl Child {
    pub(super) fn rid(&self) -> u32 {
        match self {
            Self::Db(block) => resolve::rid(block.home),
            Self::Type { rid, .. } => *rid,
        }
    }
    fn modified(&self) -> Option<u64> {
        match self {
            Self::Db(block) => block.shape.modified.or(block.changed),
            Self::Type { modified, .. } => *modified,
        }
    }
    /// When it was changed last, its structure or its first values.
    pub(super) fn changed(&self) -> u64 {
        match self {
            Self::Db(block) => block.changed.max(block.shape.modified),
            Self::Type { modified, .. } => *modified,
        }
        .unwrap_or(0)
    }
    pub(super) fn is_udt(&self) -> bool {
        matches!(self, Self::Type { rid, .. } if rid & 0xffff_0000 == UDT_RID)
    }
    /// Is it a data block of a function block?
    pub(super) fn is_instance(&self) -> bool {
        matches!(self, Self::Db(block) if matches!(block.shape.rid >> 24, 0x93 | 0x02))
    }
    /// Attributes that are told to who asks for them, and to nobody else.
    pub(super) fn on_request(&self, id: u32) -> Option<Value> {
        let time = self.modified().filter(|_| BLOCK_TIMES.contains(&id));
        time.map(|time| Value::new(Data::Timestamp(time)))
    }
    pub(super) fn object(&self) -> Object {
        let (class, name, number, language) = match self {
            Self::Db(block) => {
                let number = if let Home::Db(number) = block.home { number } else { 0 };
                (CLASS_DB, &block.name, number, LANGUAGE_DB)
            }
            Self::Type { rid, name, number, .. } if rid & 0xffff_0000 == FB_RID => {
                (CLASS_FB, name, *number, LANGUAGE_SCL)
            }
            Self::Type { name, number, .. } => (CLASS_UDT, name, *number, LANGUAGE_UDT),
        };
        let object = Object::new(self.rid(), class).with(NAME, &**name).with(NUMBER, number);
        let object = object.with(LANGUAGE, language);
        let comment = if let Self::Db(block) = self { block.comment() } else { None };
        let texts = comment.map(|text| vec![(LCID, Data::WString(text.into()))]);
        match texts.and_then(|texts| Sparse::new(ValueType::WString, texts)) {
            Some(texts) => object.with(COMMENT, texts),
            None => object,
        }
    }
}

/// A type.
pub(super) fn type_object(shape: &Shape) -> Object {
    let mut object = Object::new(shape.rid, CLASS_TYPE);
    if let Some(modified) = shape.modified {
        object = object.with(MODIFIED, Value::new(Data::Timestamp(modified)));
    }
    object = object.with(SIZE, number32(shape.optimised));
    if !shape.members.is_empty() {
        let elements = shape.members.iter().map(|member| vartype(member, shape.kind)).collect();
        let names = shape.members.iter().map(|member| (&*member.name).into()).collect();
        object.elements.push(Element::Vartypes(VartypeList::new(0, elements)));
        object.elements.push(Element::Varnames(VarnameList::new(names)));
    }
    object
}

fn vartype(member: &Member, kind: Kind) -> Vartype {
    let offset = offset(member);
    let bits = *core_type(&member.ty) == Type::Bool;
    let retain = if member.retain { 0x80 } else { 0 };
    // The classic bit counts; where there is no other place, it is that of the optimised one, too.
    let standard = matches!(kind, Kind::Block(Layout::Standard) | Kind::Inner(Layout::Standard));
    let own = if standard { member.bit } else { 0 };
    let (attribute_bit, bits) = if bits { (own, 0x08 | member.bit << 4 | own) } else { (0, 0) };
    Vartype {
        lid: member.lid,
        crc: crc::path([member.crc]),
        soft_type: member.soft,
        attributes: Attributes(code(&offset, kind) << 12 | member.flags | u16::from(attribute_bit)),
        bits: BitInfo(retain | bits),
        offset,
    }
}

/// The code of an offset info: blocks and types have their own.
fn code(offset: &OffsetInfo, kind: Kind) -> u16 {
    offset.code(matches!(kind, Kind::Block(_))).into()
}

fn offset(member: &Member) -> OffsetInfo {
    let element = core_type(&member.ty);
    let (a, b) = match element {
        Type::String(max) => (u16::from(*max), number16(element.size())),
        Type::WString(max) => (*max, number16(element.size())),
        _ => (0, 0),
    };
    let place = Place { a, b, optimised: number32(member.optimised), classic: number32(member.classic) };
    let relation = |shape: &Shape| Relation { rid: shape.rid, info: [0; 4] };
    let size = |shape: &Shape| ElementSize {
        classic: number32(shape.classic),
        optimised: number32(shape.optimised),
    };
    let bounds = lower(&member.ty).map(|lower| Bounds { lower, count: number32(member.ty.count()) });
    let many = dimensions(&member.ty).count() > 1;
    let instance = matches!(element, Type::Struct(of) if matches!(of.origin(), Origin::Fb(_)));
    // Nothing is kept apart here: each part is the whole.
    let sections = Sections { retain: place.optimised, volatile: place.optimised };
    match (bounds, member.inner.as_deref()) {
        (None, Some(shape)) if instance => OffsetInfo::Fb(place, relation(shape), sections),
        (Some(bounds), Some(shape)) if instance => OffsetInfo::FbArray(Box::new(FbArray {
            place,
            relation: relation(shape),
            sections,
            count: bounds.count,
            sizes: [number32(shape.classic), number32(shape.optimised), number32(shape.optimised)],
            dimensions: table(&member.ty),
        })),
        (None, Some(shape)) => OffsetInfo::Struct(place, relation(shape)),
        (None, None) if b > 0 => OffsetInfo::String(place),
        (None, None) => {
            OffsetInfo::Plain { optimised: number16(member.optimised), classic: number16(member.classic) }
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

// Of a plain member there are 16 bits for the place: what stands behind them in a long block says the last. No client needs it.
fn number16(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
fn number32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

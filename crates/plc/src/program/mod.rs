//! What the program of the CPU says of its memory: names, numbers, types and places of data blocks and tags.
//!
//! The octets are those of [`Memory`](crate::Memory), whichever protocol asks: an [`Interface`] says where in them a symbol
//! stands. In a block with standard access that is the place of the classic layout; an optimised block has its own, by
//! declaration order and natural alignment, one octet for each `BOOL`.
//!
//! | to | use |
//! |---|---|
//! | declare a data block | [`DataBlock`], [`Var`] and [`Plc::add_program_block`](crate::Plc::add_program_block) |
//! | name a place of inputs, outputs, flags, timers, counters | [`Plc::add_tag`](crate::Plc::add_tag) |
//! | read and write as S7CommPlus does | [`Plc::read_item`](crate::Plc::read_item), [`Plc::write_item`](crate::Plc::write_item) |
//! | show what is there | [`Plc::object`](crate::Plc::object) |
mod access;
mod declare;
mod plan;
mod resolve;
mod types;

pub use declare::{DataBlock, DeclareError, Var};
pub(crate) use resolve::refused;
pub use resolve::{Leaf, Target};

use hepta_proto::classic::Area;
use hepta_proto::data::Type;
use hepta_proto::plus::typed::Layout;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where LIDs of members start.
pub(crate) const FIRST_LID: u32 = 9;

/// Whose interface it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Home {
    /// A data block, by its number.
    Db(u16),
    /// Inputs, outputs, flags, timers or counters.
    Area(Area),
}

/// What a data block or an area has: its members, and what each octet of it was at first.
#[derive(Clone, Debug)]
pub struct Interface {
    pub(crate) name: Arc<str>,
    pub(crate) home: Home,
    pub(crate) layout: Layout,
    pub(crate) shape: Shape,
    /// What its octets were at first; all 0 if nothing is kept.
    pub(crate) initial: Option<Box<[u8]>>,
}

/// Members, and what they take: of a block, an area, a struct or a `DTL`.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The relation id of its type information.
    pub(crate) rid: u32,
    /// When its structure was changed last, in nanoseconds since 1970; its packed structs carry it.
    pub(crate) modified: Option<u64>,
    pub(crate) members: Vec<Member>,
    /// Places in `members`, ascending by LID.
    pub(crate) by_lid: Vec<(u32, usize)>,
    /// Octets in memory.
    pub(crate) size: usize,
    /// Octets in the classic layout.
    pub(crate) classic: usize,
    /// Alignment in memory, in octets.
    pub(crate) align: usize,
}

/// A member of a block, an area or a struct.
#[derive(Clone, Debug)]
pub struct Member {
    pub(crate) name: Arc<str>,
    pub(crate) lid: u32,
    pub(crate) ty: Type,
    /// In memory, from the start of its shape, in octets.
    pub(crate) offset: usize,
    /// Its bit there, where bits are packed.
    pub(crate) bit: u8,
    /// In the classic layout, in octets.
    pub(crate) classic: usize,
    /// What its elements are made of, if it is a struct, a `DTL`, or an array of these.
    pub(crate) inner: Option<Arc<Shape>>,
    /// The sum of its name and type.
    pub(crate) crc: u32,
}

impl Interface {
    /// The name of the block, or the one that clients give the area.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Whose it is.
    pub fn home(&self) -> Home {
        self.home
    }
    /// How its members stand in memory.
    pub fn layout(&self) -> Layout {
        self.layout
    }
    /// The members, in the order of their declaration.
    pub fn members(&self) -> &[Member] {
        &self.shape.members
    }
    /// The octets that it takes.
    pub fn size(&self) -> usize {
        self.shape.size
    }
    /// The relation id of its type information: `92......` of a data block, `90......` of an area.
    pub fn type_rid(&self) -> u32 {
        self.shape.rid
    }
}

impl Member {
    /// Its name, without quotes.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its local id: what addresses it in the block or struct that it stands in.
    pub fn lid(&self) -> u32 {
        self.lid
    }
    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.ty
    }
    /// Where it starts in memory, in octets and bits from the start of what it stands in.
    pub fn place(&self) -> (usize, u8) {
        (self.offset, self.bit)
    }
    /// The members of a struct, of a `DTL`, or of the elements of an array of these.
    pub fn members(&self) -> &[Self] {
        self.inner.as_deref().map_or(&[], |inner| &inner.members)
    }
}

impl Shape {
    pub(crate) fn member(&self, lid: u32) -> Option<&Member> {
        let at = self.by_lid.binary_search_by_key(&lid, |(lid, _)| *lid).ok()?;
        self.members.get(self.by_lid.get(at)?.1)
    }
    /// This shape, or the one inside it that has that relation id.
    pub(crate) fn find(&self, rid: u32) -> Option<&Self> {
        if self.rid == rid {
            return Some(self);
        }
        self.members.iter().filter_map(|member| member.inner.as_deref()).find_map(|inner| inner.find(rid))
    }
}

/// All interfaces of one CPU. It lives with the memory, under the same lock.
#[derive(Debug, Default)]
pub(crate) struct Program {
    blocks: BTreeMap<u16, Interface>,
    /// In the order of [`AREAS`].
    areas: [Option<Box<Interface>>; 5],
}

/// An area as S7CommPlus has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AreaIds {
    pub(crate) area: Area,
    /// What its tags are called together: a convention of clients, not of the CPU.
    pub(crate) name: &'static str,
    /// Its object.
    pub(crate) rid: u32,
    /// Its type information.
    pub(crate) type_rid: u32,
}

const fn ids(area: Area, name: &'static str, rid: u32, type_rid: u32) -> AreaIds {
    AreaIds { area, name, rid, type_rid }
}

/// The areas that have tags.
pub(crate) const AREAS: [AreaIds; 5] = [
    ids(Area::Inputs, "IArea", 80, 0x9001_0000),
    ids(Area::Outputs, "QArea", 81, 0x9002_0000),
    ids(Area::Flags, "MArea", 82, 0x9003_0000),
    ids(Area::Counters, "S7Counters", 83, 0x9006_0000),
    ids(Area::Timers, "S7Timers", 84, 0x9005_0000),
];

impl Program {
    pub(crate) fn block(&self, number: u16) -> Option<&Interface> {
        self.blocks.get(&number)
    }
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Interface> {
        self.blocks.values()
    }
    pub(crate) fn add(&mut self, number: u16, interface: Interface) {
        self.blocks.insert(number, interface);
    }
    pub(crate) fn remove(&mut self, number: u16) {
        self.blocks.remove(&number);
    }
    /// The interface of an area, if it has tags.
    pub(crate) fn area(&self, area: Area) -> Option<&Interface> {
        let at = AREAS.iter().position(|ids| ids.area == area)?;
        self.areas.get(at)?.as_deref()
    }
    pub(crate) fn area_mut(&mut self, area: Area) -> Option<&mut Option<Box<Interface>>> {
        self.areas.get_mut(AREAS.iter().position(|ids| ids.area == area)?)
    }
    pub(crate) fn areas(&self) -> impl Iterator<Item = &Interface> {
        self.areas.iter().filter_map(Option::as_deref)
    }
}

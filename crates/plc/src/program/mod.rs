//! What the program of the CPU says of its memory: names, numbers, types and places of data blocks and tags.
//!
//! The octets are those of [`Memory`](crate::Memory), whichever protocol asks: an [`Interface`] says where in them a symbol
//! stands. In a block with standard access that is the place of the classic layout; an optimised block has its own, by
//! declaration order and natural alignment, one octet for each `BOOL`.
//!
//! | to | use |
//! |---|---|
//! | declare a data block | [`DataBlock`], [`Var`] and [`Plc::add_program_block`](crate::Plc::add_program_block) |
//! | take over what sources declare | [`Plc::load`](crate::Plc::load), with [`Lids`] of an earlier time |
//! | name a place of inputs, outputs, flags, timers, counters | [`Plc::add_tag`](crate::Plc::add_tag) |
//! | read and write as S7CommPlus does | [`Plc::read_item`](crate::Plc::read_item), [`Plc::write_item`](crate::Plc::write_item) |
//! | show what is there | [`Plc::object`](crate::Plc::object), [`Plc::explore`](crate::Plc::explore) |
//!
//! A struct with a name (a PLC data type, the interface of a function block, a type that every CPU has) is one type,
//! whatever uses it and in whichever layout: its members know their places in both.
mod access;
mod content;
mod declare;
mod error;
mod explore;
mod fill;
mod lids;
mod load;
mod objects;
mod packed;
mod plan;
mod registry;
mod resolve;
mod tags;

pub use declare::{Blocks, DataBlock, Var};
pub use error::DeclareError;
pub use explore::Exploration;
pub use lids::{Lids, LidsError};
pub(crate) use load::Planned;
pub(crate) use resolve::refused;
pub use resolve::{Leaf, Target};

use hepta_proto::classic::Area;
use hepta_proto::data::Type;
use hepta_proto::plus::lists::SoftType;
use hepta_proto::plus::typed::Layout;
use registry::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

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
    /// Of an instance that of its function block, of a typed block that of its type.
    pub(crate) shape: Arc<Shape>,
    /// What its octets were at first; all 0 if nothing is kept.
    pub(crate) initial: Option<Box<[u8]>>,
    pub(crate) comment: Option<Arc<str>>,
    /// When it was changed last, in nanoseconds since 1970; `None` of an area without tags.
    pub(crate) changed: Option<u64>,
}

/// Members, and what they take: of a block, an area, a struct or a `DTL`.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The relation id of its type information.
    pub(crate) rid: u32,
    pub(crate) kind: Kind,
    /// When its structure was changed last, in nanoseconds since 1970; its packed structs carry it.
    pub(crate) modified: Option<u64>,
    pub(crate) members: Vec<Member>,
    /// Places in `members`, ascending by LID.
    pub(crate) by_lid: Vec<(u32, usize)>,
    /// Octets in the layout of optimised blocks.
    pub(crate) optimised: usize,
    /// Octets in the classic layout.
    pub(crate) classic: usize,
    /// Alignment in optimised blocks, in octets.
    pub(crate) align: usize,
}

/// What the members of a shape stand in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A block of that layout, data block or function block; an area counts as standard.
    Block(Layout),
    /// A struct that stands in a block of that layout alone.
    Inner(Layout),
    /// A named struct, for blocks of both layouts.
    Shared,
}

/// A member of a block, an area or a struct.
#[derive(Clone, Debug)]
pub struct Member {
    pub(crate) name: Arc<str>,
    pub(crate) lid: u32,
    pub(crate) ty: Type,
    /// In optimised blocks, from the start of its shape, in octets.
    pub(crate) optimised: usize,
    /// In the classic layout, in octets.
    pub(crate) classic: usize,
    /// Its bit there.
    pub(crate) bit: u8,
    /// What its elements are made of, if it is a struct, a `DTL`, or an array of these.
    pub(crate) inner: Option<Arc<Shape>>,
    /// Its soft data type, or that of its elements.
    pub(crate) soft: SoftType,
    /// The sum of its name and type.
    pub(crate) crc: u32,
    /// What its attributes say besides its offset info and bit.
    pub(crate) flags: u16,
    pub(crate) retain: bool,
    pub(crate) comment: Option<Arc<str>>,
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
        self.shape.size(self.layout)
    }
    /// The relation id of its type information: `92......` of a data block, `93......` of an instance, `91......` or
    /// `02......` of one that is of a type, `90......` of an area.
    pub fn type_rid(&self) -> u32 {
        self.shape.rid
    }
    /// The comment at its head.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
    /// When its structure was changed last, in nanoseconds since 1970, if that is known.
    pub fn modified(&self) -> Option<u64> {
        self.shape.modified
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
    /// Where it starts in a memory of that layout, in octets and bits from the start of what it stands in.
    pub fn place(&self, layout: Layout) -> (usize, u8) {
        match layout {
            Layout::Optimised => (self.optimised, 0),
            Layout::Standard => (self.classic, self.bit),
        }
    }
    /// May clients write it?
    pub fn is_writable(&self) -> bool {
        self.flags & objects::READ_ONLY == 0
    }
    /// Does it keep its value without power?
    pub fn is_retentive(&self) -> bool {
        self.retain
    }
    /// What the source says of it.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
    /// The members of a struct, of a `DTL`, or of the elements of an array of these.
    pub fn members(&self) -> &[Self] {
        self.inner.as_deref().map_or(&[], |inner| &inner.members)
    }
}

impl Shape {
    /// One without members.
    pub(crate) fn empty(rid: u32, kind: Kind, size: usize) -> Self {
        let (members, by_lid) = (Vec::new(), Vec::new());
        Self { rid, kind, modified: None, members, by_lid, optimised: size, classic: size, align: 1 }
    }
    pub(crate) fn size(&self, layout: Layout) -> usize {
        match layout {
            Layout::Optimised => self.optimised,
            Layout::Standard => self.classic,
        }
    }
    pub(crate) fn member(&self, lid: u32) -> Option<&Member> {
        let at = self.by_lid.binary_search_by_key(&lid, |(lid, _)| *lid).ok()?;
        self.members.get(self.by_lid.get(at)?.1)
    }
    /// Is it the one with this relation id, or is that inside it?
    fn has(&self, rid: u32) -> bool {
        let mut inner = self.members.iter().filter_map(|member| member.inner.as_deref());
        self.rid == rid || inner.any(|inner| inner.has(rid))
    }
    /// Adds this shape and those inside it, each once.
    fn collect(this: &Arc<Self>, known: &mut BTreeSet<u32>, all: &mut Vec<Arc<Self>>) {
        if known.insert(this.rid) {
            all.push(Arc::clone(this));
            let inner = this.members.iter().filter_map(|member| member.inner.as_ref());
            inner.for_each(|inner| Self::collect(inner, known, all));
        }
    }
}

/// All interfaces of one CPU. It lives with the memory, under the same lock.
#[derive(Debug, Default)]
pub(crate) struct Program {
    blocks: BTreeMap<u16, Arc<Interface>>,
    /// In the order of [`AREAS`].
    areas: [Option<Arc<Interface>>; 5],
    pub(crate) registry: Registry,
    /// LIDs that the owner gave back, and those of what is no more.
    pub(crate) lids: Lids,
    /// Tag tables by name, with the time of their last change.
    pub(crate) tables: BTreeMap<Arc<str>, u64>,
    /// When something was changed last: no two changes have one time, however coarse the clock is.
    last: u64,
    /// Made when it is asked for, until the next change.
    types: OnceLock<Arc<Types>>,
}

/// All types of a program, each once.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// Each block's before those inside it, in the order of the blocks.
    pub(crate) all: Vec<Arc<Shape>>,
    by_rid: BTreeMap<u32, usize>,
}

impl Types {
    pub(crate) fn find(&self, rid: u32) -> Option<&Arc<Shape>> {
        self.all.get(*self.by_rid.get(&rid)?)
    }
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
    pub(crate) fn block(&self, number: u16) -> Option<&Arc<Interface>> {
        self.blocks.get(&number)
    }
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Arc<Interface>> {
        self.blocks.values()
    }
    /// Adds a block, or puts it in the place of another.
    pub(crate) fn add(&mut self, number: u16, interface: Interface) {
        self.remove(number);
        self.blocks.insert(number, Arc::new(interface));
    }
    pub(crate) fn remove(&mut self, number: u16) {
        if let Some(block) = self.blocks.remove(&number) {
            // Should it come again, its members are what they were.
            self.lids.note_block(&block);
        }
        self.types = OnceLock::new();
    }
    /// Takes in new types; LIDs of what they replace are kept.
    pub(crate) fn extend(&mut self, fresh: BTreeMap<registry::Key, registry::Named>) {
        if fresh.keys().any(|key| self.registry.find(key).is_some()) {
            self.registry.note(&mut self.lids);
        }
        self.registry.extend(fresh);
        self.types = OnceLock::new();
    }
    /// The interface of an area, if it has tags.
    pub(crate) fn area(&self, area: Area) -> Option<&Arc<Interface>> {
        let at = AREAS.iter().position(|ids| ids.area == area)?;
        self.areas.get(at)?.as_ref()
    }
    /// The same to be changed. Call it only to change it.
    pub(crate) fn area_mut(&mut self, area: Area) -> Option<&mut Option<Arc<Interface>>> {
        self.types = OnceLock::new();
        self.areas.get_mut(AREAS.iter().position(|ids| ids.area == area)?)
    }
    pub(crate) fn areas(&self) -> impl Iterator<Item = &Arc<Interface>> {
        self.areas.iter().flatten()
    }
    /// The time of a change, in nanoseconds since 1970: later than that of the one before, also in the steps of 100 ns that
    /// clients see.
    pub(crate) fn stamp(&mut self, now: u64) -> u64 {
        self.last = now.max(self.last.saturating_add(100));
        self.last
    }
    pub(crate) fn types(&self) -> &Arc<Types> {
        self.types.get_or_init(|| {
            let (mut known, mut all) = (BTreeSet::new(), Vec::new());
            let interfaces = self.blocks().chain(self.areas());
            interfaces.for_each(|interface| Shape::collect(&interface.shape, &mut known, &mut all));
            let by_rid = all.iter().zip(0..).map(|(shape, at)| (shape.rid, at)).collect();
            Arc::new(Types { all, by_rid })
        })
    }
}

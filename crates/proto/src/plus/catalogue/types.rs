//! Types, each kept once: their members in one row, their names in one text, and an index by name for those with many.
use crate::plus::crc;
use crate::plus::lists::{Dimensions, ElementSize, OffsetInfo, SoftType, Vartype};
use crate::plus::typed;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::problem::{Problem, Problems};

/// No type, no array.
pub(super) const NONE: u32 = u32::MAX;

/// How deep types may lie in each other. TIA Portal allows eight levels of structs, and multi-instances around them.
pub(super) const DEPTH: u8 = 32;

/// Elements that an array may have: a block has 16 megabytes at the most, and an element takes an octet or, of bits, less.
pub(super) const ELEMENTS: u64 = 1 << 27;

/// Members with fewer siblings are looked for one after the other.
const FEW: usize = 8;

/// A member of a type: what its [`Vartype`] says, in few octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: u32,
    pub(super) name_len: u8,
    /// The name is UTF-8 as it came, and how its checksum is made is known.
    pub(super) exact: bool,
    pub(super) soft: SoftType,
    pub(super) bits: u8,
    pub(super) attributes: u16,
    /// Greatest length of a text.
    pub(super) max: u16,
    pub(super) lid: u32,
    /// Its part of the checksums of paths.
    pub(super) sum: u32,
    pub(super) optimised: u32,
    pub(super) classic: u32,
    /// The relation id of its type, 0 of a plain value; and where that is in [`Types::list`].
    pub(super) rid: u32,
    pub(super) ty: u32,
    /// Where its bounds are in [`Types::arrays`].
    pub(super) array: u32,
}

/// Bounds of an array, as the wire has them: the innermost dimension first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ArrayInfo {
    pub(super) dimensions: u8,
    pub(super) lower: [i32; 6],
    pub(super) count: [u32; 6],
    /// The lower bound that stands by itself: part of the checksum.
    pub(super) first: i32,
    /// Octets of an element that is a struct; 0 where that is not said.
    pub(super) size: ElementSize,
}

impl ArrayInfo {
    fn row(lower: i32, count: u32, size: ElementSize) -> Self {
        let (mut lowers, mut counts) = ([0; 6], [0; 6]);
        (lowers[0], counts[0]) = (lower, count);
        Self { dimensions: 1, lower: lowers, count: counts, first: lower, size }
    }
    fn table(table: &Dimensions, first: i32, size: ElementSize) -> Self {
        let given = table.count.iter().take_while(|count| **count > 0).count();
        // Six at the most; one that says none has no elements in its one.
        let dimensions = u8::try_from(given.max(1)).unwrap_or(6);
        Self { dimensions, lower: table.lower, count: table.count, first, size }
    }
    /// Lower bounds and counts, the outermost first.
    pub(super) fn outer(&self) -> impl DoubleEndedIterator<Item = (i32, u32)> + use<> {
        let Self { lower, count, dimensions, .. } = *self;
        let many = usize::from(dimensions);
        (0..many).rev().filter_map(move |at| Some((*lower.get(at)?, *count.get(at)?)))
    }
    /// How many elements.
    pub(super) fn total(&self) -> u64 {
        self.outer().fold(1, |total, (_, count)| total.saturating_mul(u64::from(count)))
    }
    /// The number of an element on the wire, of its number in the row of all: rows of bits that were put in octets of their
    /// own begin at multiples of eight, if there are several.
    pub(super) fn wire(&self, soft: SoftType, linear: u32) -> u32 {
        let [row, ..] = self.count;
        if soft != SoftType::BBOOL || self.dimensions < 2 || row == 0 {
            return linear;
        }
        (linear / row).saturating_mul(row.saturating_add(7) & !7).saturating_add(linear % row)
    }
}

/// A type: which members are its own.
#[derive(Clone, Debug)]
pub(super) struct TypeInfo {
    pub(super) rid: u32,
    start: u32,
    end: u32,
    /// Octets of an instance, as the CPU says it.
    pub(super) size: u32,
    /// When its interface changed last, in nanoseconds since 1970.
    pub(super) modified: Option<u64>,
    index: Option<Index>,
    /// Values below it, arrays of elementary values counted once; and with each of their elements.
    pub(super) leaves: u64,
    pub(super) elements: u64,
    /// Levels of types below.
    height: u8,
}

/// All types there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Types {
    names: String,
    members: Vec<Member>,
    arrays: Vec<ArrayInfo>,
    pub(super) list: Vec<TypeInfo>,
    by_rid: BTreeMap<u32, u32>,
    pub(super) problems: Problems,
}

impl Types {
    pub(super) const fn new() -> Self {
        Self {
            names: String::new(),
            members: Vec::new(),
            arrays: Vec::new(),
            list: Vec::new(),
            by_rid: BTreeMap::new(),
            problems: Problems { first: Vec::new(), count: 0 },
        }
    }
    pub(super) fn name(&self, member: &Member) -> &str {
        let start = usize::try_from(member.name).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(member.name_len));
        self.names.get(start..end).unwrap_or_default()
    }
    pub(super) fn member(&self, at: u32) -> Option<&Member> {
        self.members.get(usize::try_from(at).ok()?)
    }
    pub(super) fn array(&self, member: &Member) -> Option<&ArrayInfo> {
        self.arrays.get(usize::try_from(member.array).ok()?)
    }
    pub(super) fn of(&self, at: u32) -> Option<&TypeInfo> {
        self.list.get(usize::try_from(at).ok()?)
    }
    /// Where the type of that relation id is.
    pub(super) fn find(&self, rid: u32) -> Option<u32> {
        self.by_rid.get(&rid).copied()
    }
    /// The type of a member that has members.
    pub(super) fn inner(&self, member: &Member) -> Option<&TypeInfo> {
        self.of(member.ty)
    }
    /// Numbers of the members of a type.
    pub(super) fn range(of: &TypeInfo) -> core::ops::Range<u32> {
        of.start..of.end
    }
    pub(super) fn members_of<'a>(&'a self, of: &TypeInfo) -> &'a [Member] {
        let range = usize::try_from(of.start).ok().zip(usize::try_from(of.end).ok());
        range.and_then(|(start, end)| self.members.get(start..end)).unwrap_or_default()
    }
    /// The member of that name, by its number.
    pub(super) fn named(&self, of: &TypeInfo, name: &str) -> Option<u32> {
        let is = |at: &u32| self.member(*at).is_some_and(|member| self.name(member) == name);
        match &of.index {
            Some(index) => index.bucket(name).iter().map(|at| of.start + at).find(is),
            None => Self::range(of).find(is),
        }
    }
    /// Octets that all this takes, about.
    pub(super) fn octets(&self) -> usize {
        let index = |of: &TypeInfo| of.index.as_ref().map_or(0, Index::octets);
        self.names.capacity()
            + self.members.capacity() * size_of::<Member>()
            + self.arrays.capacity() * size_of::<ArrayInfo>()
            + self.list.capacity() * size_of::<TypeInfo>()
            + self.list.iter().map(index).sum::<usize>()
    }

    /// Begins a type; `None` if there is one of that id, which stays.
    pub(super) fn begin(&mut self, rid: u32) -> Option<Open> {
        if self.by_rid.contains_key(&rid) {
            self.problems.add(Problem::Twice { rid });
            return None;
        }
        let members = u32::try_from(self.members.len()).ok()?;
        Some(Open { rid, start: members, size: 0, modified: None, elements: Vec::new() })
    }
    /// Ends it.
    pub(super) fn end(&mut self, open: &Open) {
        let Open { rid, start, size, modified, .. } = *open;
        let (Ok(end), Ok(at)) = (u32::try_from(self.members.len()), u32::try_from(self.list.len())) else {
            return;
        };
        let index = None;
        self.list.push(TypeInfo {
            rid,
            start,
            end,
            size,
            modified,
            index,
            leaves: 0,
            elements: 0,
            height: 0,
        });
        self.by_rid.insert(rid, at);
        let index = self.of(at).and_then(|of| Index::new(self, of));
        if let Some(of) = self.list.last_mut() {
            of.index = index;
        }
    }
    /// Adds a member to the type that was begun last.
    pub(super) fn push(&mut self, rid: u32, name: &[u8], vartype: &Vartype) {
        let text = String::from_utf8_lossy(name);
        // What is no UTF-8 may become longer than the wire lets a name be.
        let mut end = text.len().min(usize::from(u8::MAX));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default();
        let (Ok(start), Ok(name_len)) = (u32::try_from(self.names.len()), u8::try_from(text.len())) else {
            return self.problems.add(Problem::TooMuch);
        };
        if text.as_bytes() != name {
            self.problems.add(Problem::Name { rid, lid: vartype.lid });
        }
        let Vartype { lid, soft_type: soft, bits, offset, .. } = vartype;
        let (place, array, relation, known) = parts(offset);
        let mut at = NONE;
        let mut ty = *soft;
        if let Some(array) = array {
            if array.total() > ELEMENTS {
                self.problems.add(Problem::Elements { rid, lid: *lid, count: array.total() });
            }
            if array.total() >= u64::from(NONE) {
                // Nothing in it can be named by a number of the wire.
                ty = SoftType::VOID;
            } else if let Ok(next) = u32::try_from(self.arrays.len()) {
                at = next;
                self.arrays.push(array);
            }
        }
        let member = Member {
            name: start,
            name_len,
            exact: known && text.as_bytes() == name,
            soft: ty,
            bits: bits.0,
            attributes: vartype.written().0,
            max: place.max,
            lid: *lid,
            sum: crc::member(text, *soft, array.map(|array| array.first)),
            optimised: place.optimised,
            classic: place.classic,
            rid: relation,
            ty: NONE,
            array: at,
        };
        self.names.push_str(text);
        self.members.push(member);
    }

    /// Adds a member as it was kept, to the type that was begun last; `None`: there is no room for it.
    pub(super) fn put(&mut self, name: &str, member: Member, array: Option<ArrayInfo>) -> Option<()> {
        let (name_at, name_len) = (u32::try_from(self.names.len()).ok()?, u8::try_from(name.len()).ok()?);
        let mut at = NONE;
        if let Some(array) = array {
            at = u32::try_from(self.arrays.len()).ok()?;
            self.arrays.push(array);
        }
        self.names.push_str(name);
        self.members.push(Member { name: name_at, name_len, ty: NONE, array: at, ..member });
        Some(())
    }

    /// Finds the types of members, and how much lies below each. Where types lie in themselves, or too deep, they are cut.
    pub(super) fn link(&mut self) {
        for member in &mut self.members {
            member.ty = match member.rid {
                0 => NONE,
                rid => self.by_rid.get(&rid).copied().unwrap_or(NONE),
            };
        }
        let mut state = vec![State::New; self.list.len()];
        for at in 0..self.list.len() {
            self.weigh(at, &mut state);
        }
    }

    /// Goes down without recursion: which types there are is the peer's to say.
    fn weigh(&mut self, from: usize, state: &mut [State]) {
        let mut stack = vec![(from, 0usize)];
        while let Some((at, next)) = stack.pop() {
            let Some(of) = self.list.get(at) else { continue };
            if next == 0 {
                match state.get_mut(at) {
                    Some(place @ State::New) => *place = State::Open,
                    _ => continue,
                }
            }
            let start = usize::try_from(of.start).unwrap_or(usize::MAX);
            let (many, rid) = (self.members_of(of).len(), of.rid);
            let mut down = None;
            for n in next..many {
                let Some(member) = self.members.get_mut(start.saturating_add(n)) else { break };
                let Ok(ty) = usize::try_from(member.ty) else { continue };
                match state.get(ty) {
                    None | Some(State::Done) => {}
                    Some(State::New) => {
                        down = Some((n, ty));
                        break;
                    }
                    Some(State::Open) => {
                        member.ty = NONE;
                        self.problems.add(Problem::Cycle { rid, lid: member.lid });
                    }
                }
            }
            if let Some((n, ty)) = down {
                // The same once more, when what is below that member is known.
                stack.extend([(at, n.max(1)), (ty, 0)]);
                continue;
            }
            self.sum_up(at, start..start.saturating_add(many));
            if let Some(place) = state.get_mut(at) {
                *place = State::Done;
            }
        }
    }

    fn sum_up(&mut self, at: usize, members: core::ops::Range<usize>) {
        let (mut leaves, mut elements, mut height) = (0u64, 0u64, 0u8);
        let rid = self.list.get(at).map_or(0, |of| of.rid);
        for n in members {
            let Some(member) = self.members.get(n).copied() else { break };
            let below = self.inner(&member).map(|of| (of.leaves, of.elements, of.height));
            let below = match below {
                Some((_, _, below)) if below >= DEPTH => {
                    self.problems.add(Problem::Deep { rid, lid: member.lid });
                    if let Some(member) = self.members.get_mut(n) {
                        member.ty = NONE;
                    }
                    None
                }
                below => below,
            };
            let many = self.array(&member).map_or(1, ArrayInfo::total);
            let (own, each) = match below {
                Some((own, each, below)) if !is_value(member.soft) => {
                    height = height.max(below.saturating_add(1));
                    if many > ELEMENTS {
                        (0, 0)
                    } else {
                        (own.saturating_mul(many), each.saturating_mul(many))
                    }
                }
                below => {
                    height = height.max(below.map_or(0, |(_, _, below)| below.saturating_add(1)));
                    let each = if many > ELEMENTS { 0 } else { many };
                    if is_value(member.soft) { (1, each) } else { (0, 0) }
                }
            };
            leaves = leaves.saturating_add(own);
            elements = elements.saturating_add(each);
        }
        if let Some(of) = self.list.get_mut(at) {
            (of.leaves, of.elements, of.height) = (leaves, elements, height);
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// A type that is being read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) rid: u32,
    start: u32,
    pub(super) size: u32,
    pub(super) modified: Option<u64>,
    /// Members that wait for their names.
    pub(super) elements: Vec<Vartype>,
}

/// Is there a value of one piece for it? A `DTL` is one, although it has members.
pub(super) fn is_value(soft: SoftType) -> bool {
    typed::of_soft(soft, 0).is_some()
}

struct Where {
    max: u16,
    optimised: u32,
    classic: u32,
}

/// What an offset info says: place, bounds, type, and whether the checksum of such is known.
fn parts(info: &OffsetInfo) -> (Where, Option<ArrayInfo>, u32, bool) {
    let at = |place: &crate::plus::lists::Place| Where {
        max: place.a,
        optimised: place.optimised,
        classic: place.classic,
    };
    let plain = ElementSize::default();
    match info {
        OffsetInfo::Plain { optimised, classic } => {
            let place = Where { max: 0, optimised: u32::from(*optimised), classic: u32::from(*classic) };
            (place, None, 0, true)
        }
        OffsetInfo::String(place) => (at(place), None, 0, true),
        OffsetInfo::Array(place, bounds) => {
            (at(place), Some(ArrayInfo::row(bounds.lower, bounds.count, plain)), 0, true)
        }
        OffsetInfo::Matrix(place, bounds, table) => {
            (at(place), Some(ArrayInfo::table(table, bounds.lower, plain)), 0, true)
        }
        OffsetInfo::Struct(place, relation) | OffsetInfo::Fb(place, relation, _) => {
            (at(place), None, relation.rid, true)
        }
        OffsetInfo::StructArray(place, bounds, size, relation) => {
            (at(place), Some(ArrayInfo::row(bounds.lower, bounds.count, *size)), relation.rid, true)
        }
        OffsetInfo::StructMatrix(place, bounds, table, size, relation) => {
            (at(place), Some(ArrayInfo::table(table, bounds.lower, *size)), relation.rid, true)
        }
        OffsetInfo::FbArray(array) => {
            let [classic, ..] = array.sizes;
            let [first, ..] = array.dimensions.lower;
            let table = ArrayInfo::table(&array.dimensions, first, ElementSize { classic, optimised: 0 });
            // No lower bound stands by itself there, and nobody says what is summed up instead.
            (at(&array.place), Some(table), array.relation.rid, false)
        }
    }
}

/// Members by their names: buckets of a hash, in two rows.
#[derive(Clone, Debug)]
pub(super) struct Index {
    starts: Box<[u32]>,
    entries: Box<[u32]>,
}

impl Index {
    fn new(types: &Types, of: &TypeInfo) -> Option<Self> {
        let members = types.members_of(of);
        if members.len() <= FEW {
            return None;
        }
        Self::of(members.len(), |at| members.get(at).map_or("", |member| types.name(member)))
    }
    /// Of so many names.
    pub(super) fn of<'a>(many: usize, name: impl Fn(usize) -> &'a str) -> Option<Self> {
        let buckets = (many / 2).max(1).next_power_of_two();
        let mut starts = vec![0u32; buckets + 1];
        let bucket = |at: usize| Self::place(name(at), buckets);
        for at in 0..many {
            *starts.get_mut(bucket(at) + 1)? += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut entries = vec![0u32; many];
        for at in 0..many {
            let place = next.get_mut(bucket(at))?;
            *entries.get_mut(usize::try_from(*place).ok()?)? = u32::try_from(at).ok()?;
            *place += 1;
        }
        Some(Self { starts: starts.into(), entries: entries.into() })
    }
    /// Where those with a name like this are, in their order.
    pub(super) fn bucket(&self, name: &str) -> &[u32] {
        let at = Self::place(name, self.starts.len().saturating_sub(1));
        let bounds = self.starts.get(at).zip(self.starts.get(at + 1));
        let range = bounds.and_then(|(a, b)| Some(usize::try_from(*a).ok()?..usize::try_from(*b).ok()?));
        range.and_then(|range| self.entries.get(range)).unwrap_or_default()
    }
    fn place(name: &str, buckets: usize) -> usize {
        // FNV-1a, folded: who makes names that fall together makes the looking up slow, and nothing else.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let hash = usize::try_from((hash ^ hash >> 32) & 0xffff_ffff).unwrap_or(0);
        hash & buckets.saturating_sub(1)
    }
    fn octets(&self) -> usize {
        (self.starts.len() + self.entries.len()) * size_of::<u32>()
    }
}

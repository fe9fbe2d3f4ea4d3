//! From declarations to places: where members stand, which LIDs they have, and which types there are inside.
use super::declare::{DataBlock, Of, Var};
use super::lids::{self, Lids};
use super::objects;
use super::registry::{Key, Named, Registry, Sort};
use super::{DeclareError, FIRST_LID, Kind, Member, Shape};
use core::ops::RangeInclusive;
use hepta_proto::data::{Notes, Origin, Struct, Type, TypeFault};
use hepta_proto::plus::crc;
use hepta_proto::plus::typed::{self, DTL, Layout};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Members of one block or type at the most: more than any editor shows, and as many as a block has octets.
const MOST: usize = 65_536;

/// The members of a `DTL`: names, types, places. Their LIDs are 1 to 8 (no source has those of a device).
const DTL_MEMBERS: [(&str, Type, usize); 8] = [
    ("YEAR", Type::UInt, 0),
    ("MONTH", Type::USInt, 2),
    ("DAY", Type::USInt, 3),
    ("WEEKDAY", Type::USInt, 4),
    ("HOUR", Type::USInt, 5),
    ("MINUTE", Type::USInt, 6),
    ("SECOND", Type::USInt, 7),
    ("NANOSECOND", Type::UDInt, 8),
];

/// The type of a `DTL`.
pub(super) fn dtl() -> Arc<Shape> {
    static SHAPE: OnceLock<Arc<Shape>> = OnceLock::new();
    let make = || {
        let items = DTL_MEMBERS.iter().zip(1..).map(|((name, ty, offset), lid)| {
            let place = Place { optimised: *offset, classic: *offset, bit: 0 };
            member(&Item { name: (*name).into(), ty, notes: None }, lid, place, None, Kind::Shared)
        });
        let members: Vec<_> = items.collect();
        let by_lid = index(&members);
        let empty = Shape::empty(DTL.id, Kind::Shared, 12);
        Arc::new(Shape { modified: Some(DTL.modified), members, by_lid, align: 4, ..empty })
    };
    Arc::clone(SHAPE.get_or_init(make))
}

/// Where a member stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) optimised: usize,
    pub(super) classic: usize,
    pub(super) bit: u8,
}

/// A member as it is declared.
pub(super) struct Item<'a> {
    pub(super) name: Arc<str>,
    pub(super) ty: &'a Type,
    pub(super) notes: Option<&'a Notes>,
}

/// The same, and where the classic rules or its declaration put it.
struct Placed<'a> {
    item: Item<'a>,
    lid: Option<u32>,
    own: Option<(usize, u8)>,
    classic: (usize, u8),
}

/// The block or type that is being planned.
struct Owner {
    /// Where LIDs of its members are kept; `None`: they are the same on every CPU.
    scope: Option<String>,
    /// Its relation id, of which those of its anonymous structs are made.
    rid: u32,
    /// How many have one.
    used: u8,
    layout: Layout,
}

impl Owner {
    /// Has what stands in it no place in an optimised memory? A named type has, whatever uses it first.
    const fn classic_only(&self) -> bool {
        self.rid >> 24 == 0x92 && matches!(self.layout, Layout::Standard)
    }
    fn next(&mut self, in_array: bool) -> Result<u32, DeclareError> {
        self.used = self.used.checked_add(1).ok_or(DeclareError::Structs)?;
        let [kind, _, high, low] = self.rid.to_be_bytes();
        let kind = if in_array && kind == 0x92 { 0x9a } else { kind };
        Ok(u32::from_be_bytes([kind, self.used, high, low]))
    }
}

/// Makes shapes of declarations. What is new among named types is kept apart, until all is known to fit.
pub(super) struct Planner<'a> {
    pub(super) registry: &'a Registry,
    /// LIDs that names have already.
    pub(super) lids: &'a Lids,
    /// Is the type with this relation id in use by a block that stays as it is?
    pub(super) held: &'a dyn Fn(u32) -> bool,
    /// The time of new types, in nanoseconds since 1970.
    pub(super) now: u64,
    pub(super) fresh: BTreeMap<Key, Named>,
    /// Relation ids of types whose members are being planned.
    begun: Vec<u32>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        registry: &'a Registry,
        lids: &'a Lids,
        held: &'a dyn Fn(u32) -> bool,
        now: u64,
    ) -> Self {
        Self { registry, lids, held, now, fresh: BTreeMap::new(), begun: Vec::new() }
    }
    /// The shape of a data block.
    pub(super) fn block(&mut self, block: &DataBlock) -> Result<Arc<Shape>, DeclareError> {
        let layout = block.layout;
        if let Of::Type(of) = &block.of {
            return match Sort::of(of) {
                Some(key) => self.named(&key, of, layout),
                None => self.global(block, &members_of(of)),
            };
        }
        let vars = &block.vars;
        if vars.is_empty() {
            let rid = 0x9200_0000 | u32::from(block.number());
            let modified = Some(block.modified.unwrap_or(self.now));
            return Ok(Arc::new(Shape { modified, ..Shape::empty(rid, Kind::Block(layout), 0) }));
        }
        let classic = Struct::new(vars.iter().map(|var| (var.name.clone(), var.ty.clone())));
        let classic = classic.map_err(DeclareError::Type)?;
        let placed =
            vars.iter().zip(classic.members()).map(|(var, old)| placed(var, (old.offset(), old.bit())));
        let placed: Vec<_> = placed.collect();
        self.global(block, &placed)
    }
    fn global(&mut self, block: &DataBlock, placed: &[Placed<'_>]) -> Result<Arc<Shape>, DeclareError> {
        let (rid, layout) = (0x9200_0000 | u32::from(block.number()), block.layout);
        let scope = Some(lids::of_db(&block.name));
        let mut owner = Owner { scope, rid, used: 0, layout };
        let mut shape = self.shape(rid, Kind::Block(layout), placed, &mut owner)?;
        shape.modified = Some(block.modified.unwrap_or(self.now));
        Ok(Arc::new(shape))
    }

    /// The shape of a type with a name: the one that is there, if it is the same.
    fn named(&mut self, key: &Key, of: &Struct, layout: Layout) -> Result<Arc<Shape>, DeclareError> {
        if let Some(known) = self.fresh.get(key) {
            if known.of == *of {
                return Ok(Arc::clone(&known.shape));
            }
            return Err(DeclareError::TypeTwice(Arc::clone(&key.1)));
        }
        let known = self.registry.find(key);
        if let Some(known) = known.filter(|known| known.of == *of) {
            return Ok(Arc::clone(&known.shape));
        }
        let (sort, name) = key;
        let number = match (of.origin(), known) {
            (Origin::System(system), _) => u16::from(system.soft()),
            (_, Some(known)) if !(self.held)(known.shape.rid) => known.number,
            _ => {
                let taken = |rid| (self.held)(rid) || self.begun.contains(&rid);
                self.registry.number(key, &self.fresh, self.lids, taken)?
            }
        };
        let rid = sort.base() | u32::from(number);
        let kind = if *sort == Sort::Fb { Kind::Block(layout) } else { Kind::Shared };
        let scope = (*sort != Sort::System).then(|| lids::of_type(sort.scope(), name));
        let mut owner = Owner { scope, rid, used: 0, layout };
        let within = |why| DeclareError::Within { name: Arc::clone(name), why: Box::new(why) };
        self.begun.push(rid);
        let mut shape = self.shape(rid, kind, &members_of(of), &mut owner).map_err(within)?;
        self.begun.pop();
        // No source has the times of system types; all are that of the DTL here.
        shape.modified = Some(if *sort == Sort::System { DTL.modified } else { self.now });
        let shape = Arc::new(shape);
        self.fresh.insert(key.clone(), Named { number, of: of.clone(), shape: Arc::clone(&shape) });
        Ok(shape)
    }

    fn shape(
        &mut self,
        rid: u32,
        kind: Kind,
        placed: &[Placed<'_>],
        owner: &mut Owner,
    ) -> Result<Shape, DeclareError> {
        if placed.len() > MOST {
            let name = owner.scope.as_deref().unwrap_or_default().into();
            return Err(DeclareError::Members { name, most: MOST });
        }
        let classic_only = owner.classic_only();
        let mut shape = Shape::empty(rid, kind, 0);
        shape.members.reserve_exact(placed.len());
        let lids = self.lids;
        let known = owner.scope.as_deref().and_then(|scope| lids.scope(scope));
        let known_id =
            |name: &str| known.and_then(|names| names.get(name)).copied().filter(|lid| *lid >= FIRST_LID);
        let last = known.into_iter().flatten().map(|(_, lid)| *lid).max();
        let mut next = last.map_or(FIRST_LID, |last| last.saturating_add(1).max(FIRST_LID));
        for Placed { item, lid, own, classic: (octet, bit) } in placed {
            let ty = item.ty;
            if item.name.contains(char::is_control) {
                return Err(DeclareError::Type(TypeFault::Name(item.name.to_string())));
            }
            let align = Layout::Optimised.align(ty);
            let mut place = Place {
                optimised: shape.optimised.next_multiple_of(align.max(1)),
                classic: *octet,
                bit: *bit,
            };
            if let Some((octet, bit)) = own {
                if *bit > 7 || (*bit > 0 && !(classic_only && ty.is_bits())) {
                    return Err(DeclareError::Bit { name: Arc::clone(&item.name), bit: *bit });
                }
                place = Place { optimised: *octet, classic: *octet, bit: *bit };
            }
            let classic_end = place.classic.saturating_add((usize::from(place.bit) + ty.bits()).div_ceil(8));
            shape.classic = shape.classic.max(classic_end);
            let end = place.optimised.saturating_add(Layout::Optimised.size(ty));
            shape.optimised = shape.optimised.max(end);
            shape.align = shape.align.max(align);
            if classic_only {
                place.optimised = place.classic;
            }
            let lid = match lid.or_else(|| known_id(&item.name)) {
                Some(lid) if lid < FIRST_LID => return Err(DeclareError::LidReserved(lid)),
                Some(lid) if known.is_none() => {
                    next = lid.saturating_add(1);
                    lid
                }
                Some(lid) => {
                    next = next.max(lid.saturating_add(1));
                    lid
                }
                None => {
                    next = next.saturating_add(1);
                    next - 1
                }
            };
            let inner = self.inner(item, kind, owner)?;
            shape.members.push(member(item, lid, place, inner, kind));
        }
        shape.classic = shape.classic.next_multiple_of(2);
        shape.optimised =
            if classic_only { shape.classic } else { shape.optimised.next_multiple_of(shape.align.max(1)) };
        shape.by_lid = index(&shape.members);
        let twice = shape.by_lid.iter().zip(shape.by_lid.iter().skip(1)).find(|((a, _), (b, _))| a == b);
        match twice {
            Some(((lid, _), _)) => Err(DeclareError::Lid(*lid)),
            None => Ok(shape),
        }
    }

    /// The shape of a member's elements, if they are structs.
    fn inner(
        &mut self,
        item: &Item<'_>,
        kind: Kind,
        owner: &mut Owner,
    ) -> Result<Option<Arc<Shape>>, DeclareError> {
        let of = match core_type(item.ty) {
            Type::Dtl => return Ok(Some(dtl())),
            Type::Struct(of) => of,
            _ => return Ok(None),
        };
        if let Some(key) = Sort::of(of) {
            return self.named(&key, of, owner.layout).map(Some);
        }
        let rid = owner.next(matches!(item.ty, Type::Array(_)))?;
        let kind = match kind {
            Kind::Block(layout) | Kind::Inner(layout) => Kind::Inner(layout),
            Kind::Shared => Kind::Shared,
        };
        let outer = owner.scope.clone();
        owner.scope = outer.as_deref().map(|scope| lids::inside(scope, &item.name));
        let shape = self.shape(rid, kind, &members_of(of), owner);
        owner.scope = outer;
        let mut shape = shape?;
        // Its own size counts, if it was made with one.
        shape.classic = shape.classic.max(of.size());
        if owner.classic_only() {
            shape.optimised = shape.classic;
        }
        Ok(Some(Arc::new(shape)))
    }
}

fn placed(var: &Var, classic: (usize, u8)) -> Placed<'_> {
    let notes = var.notes.as_deref();
    let item = Item { name: Arc::clone(&var.name), ty: &var.ty, notes };
    Placed { item, lid: var.lid.or_else(|| notes?.lid), own: var.place, classic }
}

fn members_of(of: &Struct) -> Vec<Placed<'_>> {
    let members = of.members().iter().map(|member| {
        let item = Item { name: member.name().into(), ty: member.ty(), notes: member.notes() };
        let lid = member.notes().and_then(|notes| notes.lid);
        Placed { item, lid, own: None, classic: (member.offset(), member.bit()) }
    });
    members.collect()
}

pub(super) fn member(
    item: &Item<'_>,
    lid: u32,
    place: Place,
    inner: Option<Arc<Shape>>,
    kind: Kind,
) -> Member {
    let Place { optimised, classic, bit } = place;
    let name = Arc::clone(&item.name);
    let soft = match (core_type(item.ty), kind) {
        // An octet for each; in types for both layouts that would tell classic clients no bit.
        (Type::Bool, Kind::Block(layout) | Kind::Inner(layout)) => typed::soft(&Type::Bool, layout),
        (element, _) => typed::soft(element, Layout::Standard),
    };
    let crc = crc::member(&name, soft, lower(item.ty));
    let (flags, retain) = (objects::flags(item.notes, kind), item.notes.is_some_and(|notes| notes.retain));
    let comment = item.notes.and_then(|notes| notes.comment.clone());
    Member {
        name,
        lid,
        ty: item.ty.clone(),
        optimised,
        classic,
        bit,
        inner,
        soft,
        crc,
        flags,
        retain,
        comment,
    }
}

pub(super) fn index(members: &[Member]) -> Vec<(u32, usize)> {
    let mut by_lid: Vec<_> = members.iter().zip(0..).map(|(member, at)| (member.lid, at)).collect();
    by_lid.sort_unstable();
    by_lid
}

/// What the elements of arrays, and of arrays of arrays, are.
pub(super) fn core_type(ty: &Type) -> &Type {
    match ty {
        Type::Array(array) => core_type(array.element()),
        other => other,
    }
}

/// The lower bound as it is shown and summed up: 0 for one of several dimensions, whose bounds stand apart.
pub(super) fn lower(ty: &Type) -> Option<i32> {
    match ty {
        Type::Array(array) => Some(match array.bounds() {
            [only] => *only.start(),
            _ => 0,
        }),
        _ => None,
    }
}

/// Index of dimension, innermost first.
pub(super) fn dimensions(ty: &Type) -> impl Iterator<Item = &RangeInclusive<i32>> {
    let bounds = if let Type::Array(array) = ty { array.bounds() } else { &[] };
    bounds.iter().rev()
}

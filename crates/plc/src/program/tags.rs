//! Names for places of areas.
use super::fill;
use super::plan::{self, Item, Place};
use super::{DeclareError, FIRST_LID, Interface, Kind, Shape, Var};
use crate::memory::Memory;
use crate::plc::Plc;
use hepta_proto::classic::Area;
use hepta_proto::classic::server::Range;
use hepta_proto::data::{Type, TypeFault};
use hepta_proto::plus::typed::Layout;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Interface {
    /// Adds a tag, and gives its LID. `size` is that of the area, in octets; `kept` the LID that the name had once. That
    /// the name is not there yet is for the caller to see to.
    pub(super) fn add_tag(
        &mut self,
        var: &Var,
        size: usize,
        kept: Option<u32>,
        last: u32,
    ) -> Result<u32, DeclareError> {
        let name = || var.name.clone();
        let (offset, bit) = var.place.ok_or_else(|| DeclareError::NoPlace(name()))?;
        if var.name.is_empty() || var.name.contains(['"']) || var.name.contains(char::is_control) {
            return Err(DeclareError::Type(TypeFault::Name(var.name.to_string())));
        }
        if bit > 7 || (bit > 0 && !var.ty.is_bits()) {
            return Err(DeclareError::Bit { name: name(), bit });
        }
        if matches!(plan::core_type(&var.ty), Type::Struct(_)) {
            return Err(DeclareError::StructTag(name()));
        }
        let end = offset.checked_add((usize::from(bit) + var.ty.bits()).div_ceil(8));
        if end.is_none_or(|end| end > size) {
            return Err(DeclareError::Outside { name: name(), octet: offset, size });
        }
        let shape: &mut Shape = Arc::make_mut(&mut self.shape);
        let notes = var.notes.as_deref();
        let own = var.lid.or_else(|| notes?.lid);
        if let Some(lid) = own.filter(|lid| *lid < FIRST_LID) {
            return Err(DeclareError::LidReserved(lid));
        }
        let next = shape.by_lid.last().map_or(FIRST_LID, |(lid, _)| lid.saturating_add(1));
        let kept = kept.filter(|lid| *lid >= FIRST_LID && shape.member(*lid).is_none());
        let lid = own.or(kept).unwrap_or_else(|| next.max(last.saturating_add(1)));
        let Err(at) = shape.by_lid.binary_search_by_key(&lid, |(lid, _)| *lid) else {
            return Err(DeclareError::Lid(lid));
        };
        let inner = (*plan::core_type(&var.ty) == Type::Dtl).then(plan::dtl);
        let place = Place { optimised: offset, classic: offset, bit };
        let item = Item { name: name(), ty: &var.ty, notes };
        let member = plan::member(&item, lid, place, inner, Kind::Block(Layout::Standard));
        shape.by_lid.insert(at, (lid, shape.members.len()));
        shape.members.push(member);
        Ok(lid)
    }
}

/// Tags that fit, and what they are at first.
pub(super) struct PlannedTags {
    area: Area,
    interface: Interface,
    written: Vec<(Range, Vec<u8>)>,
    /// LID of the last.
    lid: u32,
}

impl Memory {
    /// What an area is with these tags; `replace`: what has the name of one goes.
    pub(super) fn plan_tags(
        &self,
        area: Area,
        tags: &[Var],
        replace: bool,
        now: u64,
    ) -> Result<PlannedTags, crate::Error> {
        let size = self.octets(area, 0)?.len();
        let fresh = Interface::of_area(area).ok_or(DeclareError::NoArea(area))?;
        let mut interface = self.program.area(area).map_or(fresh, |there| Interface::clone(there));
        let scope = Arc::clone(&interface.name);
        let mut known: BTreeSet<Arc<str>> = BTreeSet::new();
        if let Some(twice) = tags.iter().find(|tag| !known.insert(Arc::clone(&tag.name))) {
            return Err(DeclareError::Type(TypeFault::Twice(twice.name.to_string())).into());
        }
        let there = |name: &Arc<str>| known.contains(name);
        if let Some(twice) = interface.shape.members.iter().find(|member| !replace && there(&member.name)) {
            return Err(DeclareError::Type(TypeFault::Twice(twice.name.to_string())).into());
        }
        let mut lids = super::Lids::default();
        lids.note_shape(&scope, &interface.shape);
        if replace {
            let shape = Arc::make_mut(&mut interface.shape);
            shape.members.retain(|member| !there(&member.name));
            shape.by_lid = plan::index(&shape.members);
        }
        let given = &self.program.lids;
        let kept = |name: &str| given.find(&scope, name).or_else(|| lids.find(&scope, name));
        let last = [given, &lids].into_iter().filter_map(|lids| lids.scope(&scope)).flatten();
        let last = last.map(|(_, lid)| *lid).max().unwrap_or(0);
        let mut lid = 0;
        for tag in tags {
            lid = interface.add_tag(tag, size, kept(&tag.name), last)?;
        }
        let mut octets = self.octets(area, 0)?.to_vec();
        let mut written = Vec::new();
        let each = if matches!(area, Area::Timers | Area::Counters) { 2 } else { 1 };
        for tag in tags.iter().filter(|tag| tag.initial.is_some()) {
            let member = interface.shape.members.iter().find(|member| member.name == tag.name);
            let Some(member) = member else { continue };
            fill::one(&mut octets, member, tag.initial.as_ref(), Layout::Standard)?;
            let len = (usize::from(member.bit) + member.ty.bits()).div_ceil(8);
            let data = octets.get(member.classic..member.classic + len).unwrap_or_default();
            let start = u32::try_from(member.classic / each).unwrap_or(u32::MAX);
            written.push((Range { area, db: 0, start, len: 0 }, data.to_vec()));
        }
        interface.changed = Some(now);
        Ok(PlannedTags { area, interface, written, lid })
    }
    /// Adds them. Gives the LID of the last.
    pub(super) fn commit_tags(&mut self, planned: PlannedTags) -> Result<u32, crate::Error> {
        let PlannedTags { area, interface, written, lid } = planned;
        written.iter().try_for_each(|(range, data)| self.put(*range, data))?;
        if let Some(place) = self.program.area_mut(area) {
            if let Some(before) = place.take() {
                self.program.lids.note_block(&before);
            }
            if let Some(place) = self.program.area_mut(area) {
                *place = Some(Arc::new(interface));
            }
        }
        Ok(lid)
    }
}

impl Plc {
    /// Names a place of an area: `plc.tag("mflag", Area::Flags, (10, 3), Type::Bool)`. Gives its LID.
    pub fn tag(
        &self,
        name: &str,
        area: Area,
        (octet, bit): (usize, u8),
        ty: Type,
    ) -> Result<u32, crate::Error> {
        self.add_tag(area, &Var::new(name, ty).at(octet, bit))
    }
    /// The same with all that can be said of a tag. Timers and counters stand at two octets each.
    pub fn add_tag(&self, area: Area, tag: &Var) -> Result<u32, crate::Error> {
        self.add_tags(area, core::slice::from_ref(tag))
    }
    /// Many at once, all or none. Gives the LID of the last.
    pub fn add_tags(&self, area: Area, tags: &[Var]) -> Result<u32, crate::Error> {
        let now = self.nanos();
        self.memory(|memory| {
            let now = memory.program.stamp(now);
            let planned = memory.plan_tags(area, tags, false, now)?;
            let lid = memory.commit_tags(planned)?;
            memory.program.tables.insert(super::content::TABLE.into(), now);
            Ok(lid)
        })
    }
}

//! What is declared, onto the CPU: from builders and from sources.
use super::lids::Lids;
use super::plan::Planner;
use super::{AREAS, Blocks, DataBlock, DeclareError, Interface, Program, Var};
use crate::plc::Plc;
use hepta_proto::classic;
use hepta_proto::data::{Area, Notes};
use hepta_source::{At, BlockKind, Tag, Variable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Plc {
    /// Takes over what sources declare: data blocks with their types, and tags. All of it or, after an error, nothing.
    ///
    /// A block with the number of one that is there takes its place and starts with its first values, as a download
    /// does; a tag with the name of one takes its place, too. Blocks and tags that the sources do not have stay. Names keep the
    /// LIDs that they have, so what clients know of the program before stays true: what is new gets new ones.
    ///
    /// ```
    /// use hepta_plc::{Plc, Profile};
    /// let plc = Plc::new(Profile::s7_1500());
    /// plc.load(&hepta_source::Program::default())?;
    /// # Ok::<(), hepta_plc::Error>(())
    /// ```
    pub fn load(&self, program: &hepta_source::Program) -> Result<(), crate::Error> {
        let mut blocks = Vec::with_capacity(program.blocks.len());
        for block in &program.blocks {
            let mut declared = if block.optimised {
                DataBlock::optimised(Arc::clone(&block.name), block.number)
            } else {
                DataBlock::standard(Arc::clone(&block.name), block.number)
            };
            match &block.kind {
                BlockKind::Global => {}
                BlockKind::Typed(of) | BlockKind::Instance(of) => declared = declared.of(of.clone()),
            }
            if let Some(comment) = &block.comment {
                declared = declared.comment(Arc::clone(comment));
            }
            block.variables.iter().for_each(|variable| declared.push(var(variable)));
            blocks.push((declared, Some(&block.at)));
        }
        let mut tags: BTreeMap<u32, (classic::Area, Vec<Var>)> = BTreeMap::new();
        for tag in &program.tags {
            let (area, var) = tag_of(tag).map_err(|why| at(Some(&tag.at), why))?;
            let ids = AREAS.iter().find(|ids| ids.area == area);
            let ids = ids.ok_or_else(|| at(Some(&tag.at), DeclareError::NoArea(area)))?;
            tags.entry(ids.rid).or_insert_with(|| (area, Vec::new())).1.push(var);
        }
        let now = self.nanos();
        self.change(|memory| {
            let now = memory.program.stamp(now);
            let planned = memory.program.plan(&blocks, true, now)?;
            let tags = tags.values().map(|(area, tags)| memory.plan_tags(*area, tags, true, now));
            let tags = tags.collect::<Result<Vec<_>, _>>()?;
            tags.into_iter().try_for_each(|tags| memory.commit_tags(tags).map(drop))?;
            let tables = program.tags.iter().map(|tag| (Arc::clone(&tag.table), now));
            memory.program.tables.extend(tables);
            Ok(planned)
        })
    }
    /// Adds blocks as they are declared, all or none.
    ///
    /// ```
    /// use hepta_plc::{Plc, Profile, program::Blocks};
    /// use hepta_proto::data::Type;
    /// let plc = Plc::new(Profile::s7_1500());
    /// let blocks = Blocks::default().db("Motor").var("speed", Type::Real, 1.5f32).db("Line").var("on", Type::Bool, true);
    /// plc.add_program_blocks(&blocks)?;
    /// assert_eq!(plc.blocks(), [(1, 4), (2, 1)]);
    /// # Ok::<(), hepta_plc::Error>(())
    /// ```
    pub fn add_program_blocks(&self, blocks: &Blocks) -> Result<(), crate::Error> {
        blocks.fault.clone().map_or(Ok(()), |fault| Err(crate::Error::Declare(fault)))?;
        self.declare(&blocks.all)
    }
    pub(super) fn declare(&self, blocks: &[DataBlock]) -> Result<(), crate::Error> {
        let now = self.nanos();
        let blocks: Vec<_> = blocks.iter().map(|block| (block.clone(), None)).collect();
        self.change(|memory| {
            let now = memory.program.stamp(now);
            memory.program.plan(&blocks, false, now)
        })
    }
    /// The LIDs of all names, and the numbers of types.
    pub fn lids(&self) -> Lids {
        self.memory(|memory| Lids::of(&memory.program))
    }
    /// Lets names that come from now on have these LIDs, if nobody has them by then: give [`Plc::lids`] of an earlier time
    /// back before a program is loaded.
    pub fn keep_lids(&self, lids: Lids) {
        self.memory(|memory| memory.program.lids.merge(lids));
    }
}

/// Blocks that fit, and the types that come with them.
pub(crate) struct Planned {
    pub(crate) blocks: Vec<(u16, Interface, Vec<u8>)>,
    pub(crate) fresh: BTreeMap<super::registry::Key, super::registry::Named>,
}

impl Program {
    fn plan(
        &self,
        blocks: &[(DataBlock, Option<&At>)],
        replace: bool,
        now: u64,
    ) -> Result<Planned, crate::Error> {
        let numbers: BTreeSet<u16> = blocks.iter().map(|(block, _)| block.number()).collect();
        let stays = |number: &u16| !(replace && numbers.contains(number));
        let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for (number, block) in self.blocks.iter().filter(|(number, _)| stays(number)) {
            names.insert(Arc::clone(&block.name));
            seen.insert(*number);
        }
        // A block that comes again keeps its LIDs, also under the number of another.
        let lids = if replace { Lids::of(self) } else { self.lids.clone() };
        let staying: Vec<_> =
            self.blocks.iter().filter(|(number, _)| stays(number)).map(|(_, b)| b).collect();
        let held = |rid: u32| staying.iter().any(|block| block.shape.has(rid));
        let mut planner = Planner::new(&self.registry, &lids, &held, now);
        let mut planned = Vec::with_capacity(blocks.len());
        for (block, place) in blocks {
            let name: Arc<str> = block.name().into();
            let number = block.number();
            if number == 0 {
                return Err(crate::Error::BlockNumber);
            }
            if !seen.insert(number) {
                return Err(crate::Error::BlockExists(number));
            }
            if !names.insert(Arc::clone(&name)) {
                return Err(at(*place, DeclareError::NameTwice(name)));
            }
            let (interface, octets) = block.compile(&mut planner).map_err(|why| at(*place, why))?;
            planned.push((number, interface, octets));
        }
        Ok(Planned { blocks: planned, fresh: planner.fresh })
    }
}

/// An error, with the place in a source if it is of one.
fn at(place: Option<&At>, why: DeclareError) -> crate::Error {
    crate::Error::Declare(match place {
        Some(at) => DeclareError::At { at: at.clone(), why: Box::new(why) },
        None => why,
    })
}

fn var(variable: &Variable) -> Var {
    let var = Var::new(Arc::clone(&variable.name), variable.ty.clone()).notes(variable.notes.clone());
    match &variable.initial {
        Some(initial) => var.initial(initial.clone()),
        None => var,
    }
}

fn tag_of(tag: &Tag) -> Result<(classic::Area, Var), DeclareError> {
    let Tag { name, octet, bit, ty, notes, .. } = tag;
    let (area, each) = match tag.area {
        Area::Input => (classic::Area::Inputs, 1),
        Area::Output => (classic::Area::Outputs, 1),
        Area::Flag => (classic::Area::Flags, 1),
        Area::Timer => (classic::Area::Timers, 2),
        Area::Counter => (classic::Area::Counters, 2),
        _ => return Err(DeclareError::NoPlace(Arc::clone(name))),
    };
    let octet = usize::try_from(*octet).ok().and_then(|octet| octet.checked_mul(each)).unwrap_or(usize::MAX);
    let notes: &Notes = notes;
    Ok((area, Var::new(Arc::clone(name), ty.clone()).at(octet, *bit).notes(notes.clone())))
}

//! Which program it is: by the hash of its structure, or by its blocks and the times of their interfaces.
use super::{Catalogue, Root, UNKNOWN};
use crate::plus::id::Space;
use crate::plus::message::{Reply, Response, ask};
use crate::plus::object::Object;
use crate::plus::value::{Data, Value};
use crate::plus::{Id, Rid, blob};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest as _, Sha256};

/// Octets of the longest structure that is taken, in XML: a block takes about 300 of them.
const LONGEST: usize = 64 * 1024 * 1024;

/// Where the structure of the program is: whichever number, and from the root on.
const STRUCTURE: Rid = Rid::of(Space::UserConstants, 0xffff);

/// Asks for the structure of the program.
pub(crate) fn ask() -> ask::Explore<'static> {
    ask::Explore {
        object: STRUCTURE.0,
        association: 0,
        recursive: 1,
        unknown: 1,
        parents: 1,
        filters: Vec::new(),
        attributes: Cow::Borrowed(&[Id::ConstantsGlobal_Symbolics.0]),
    }
}

/// SHA-256 of the structure in XML; `None` of a CPU that does not tell it.
pub(crate) fn digest(response: &Response<'_>) -> Option<[u8; 32]> {
    let Reply::Explore(reply) = &response.reply else { return None };
    if response.outcome.failed() {
        return None;
    }
    let blob = reply.objects.iter().find_map(|object| symbolics(object, 4))?;
    let xml = blob::inflate(blob, LONGEST, |_| None).ok()?;
    Some(Sha256::digest(xml).into())
}

/// The blob, somewhere below the root.
fn symbolics(object: &Object, depth: usize) -> Option<&[u8]> {
    let own = object.attribute(Id::ConstantsGlobal_Symbolics.0).and_then(|value| match value.data() {
        Data::Blob(blob) => blob.octets(),
        _ => None,
    });
    let depth = depth.checked_sub(1)?;
    own.or_else(|| object.children().find_map(|child| symbolics(child, depth)))
}

/// When the interface of a type changed last, of what an explore of it tells.
pub(crate) fn modified(objects: &[Object]) -> Option<u64> {
    let value = objects.first()?.attribute(Id::VariableTypeStructModificationTime.0);
    match value.map(Value::data) {
        Some(Data::Timestamp(nanos)) => Some(*nanos),
        _ => None,
    }
}

/// A block, as far as a change of it shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BlockStamp {
    pub(crate) rid: u32,
    pub(crate) name: String,
    pub(crate) type_rid: u32,
    pub(crate) modified: Option<u64>,
}

impl BlockStamp {
    /// Has the interface changed? What is not known of one of both is no change.
    fn differs(&self, now: &Self) -> bool {
        let known = self.type_rid != UNKNOWN && now.type_rid != UNKNOWN;
        let times = self.modified.zip(now.modified);
        known && self.type_rid != now.type_rid || times.is_some_and(|(before, now)| before != now)
    }
}

/// Which program it is. Two stamps of one program are [alike](Self::change); after a change of the program they are not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stamp {
    pub(crate) structure: Option<[u8; 32]>,
    pub(crate) blocks: Vec<BlockStamp>,
}

impl Stamp {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let block = |root: &Root| BlockStamp {
            rid: root.rid,
            name: root.name.clone(),
            type_rid: root.type_rid,
            modified: catalogue.types.of(root.ty).and_then(|of| of.modified),
        };
        let blocks = catalogue.roots.iter().filter(|root| root.is_block()).map(block).collect();
        Self { structure: catalogue.structure, blocks }
    }
    /// SHA-256 of the program's structure, where the CPU tells it.
    pub const fn structure(&self) -> Option<&[u8; 32]> {
        self.structure.as_ref()
    }
    /// SHA-256 of the blocks: relation ids, names, types, and when their interfaces changed.
    pub fn interfaces(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut blocks: Vec<_> = self.blocks.iter().collect();
        blocks.sort_unstable_by_key(|block| block.rid);
        for BlockStamp { rid, name, type_rid, modified } in blocks {
            hash.update(rid.to_be_bytes());
            hash.update(type_rid.to_be_bytes());
            hash.update(modified.unwrap_or(0).to_be_bytes());
            // Names have no end of their own.
            hash.update(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(name);
        }
        hash.finalize().into()
    }
    /// What has changed from this to `now`; `None`: it is the same program. By the structure where both have it, which shows
    /// changes of code, too; else by the blocks.
    pub fn change(&self, now: &Self) -> Option<Change> {
        let structure = match (self.structure, now.structure) {
            (Some(before), Some(now)) if before == now => return None,
            (Some(_), Some(_)) => true,
            _ => false,
        };
        let by_rid = |stamp: &Self| -> BTreeMap<u32, BlockStamp> {
            stamp.blocks.iter().map(|block| (block.rid, block.clone())).collect()
        };
        let (before, after) = (by_rid(self), by_rid(now));
        let mut change = Change { structure, ..Change::default() };
        for (rid, block) in &before {
            match after.get(rid) {
                None => change.removed.push(block.name.clone()),
                Some(now) if now.name != block.name => {
                    change.renamed.push((block.name.clone(), now.name.clone()));
                }
                Some(now) if block.differs(now) => change.changed.push(block.name.clone()),
                Some(_) => {}
            }
        }
        let new = after.values().filter(|block| !before.contains_key(&block.rid));
        change.added = new.map(|block| block.name.clone()).collect();
        if change.is_of_interfaces() || structure { Some(change) } else { None }
    }
}

/// What has changed in a program: blocks by their names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The structure of the program is another one: blocks, their code, their folders.
    pub structure: bool,
    /// Blocks that are new.
    pub added: Vec<String>,
    /// Blocks that are no more.
    pub removed: Vec<String>,
    /// Blocks that were called otherwise, and how they are called now.
    pub renamed: Vec<(String, String)>,
    /// Blocks with another interface.
    pub changed: Vec<String>,
}

impl Change {
    /// Are there blocks or interfaces that changed? Else code or folders did, and all symbols are as they were.
    pub const fn is_of_interfaces(&self) -> bool {
        !(self.added.is_empty()
            && self.removed.is_empty()
            && self.renamed.is_empty()
            && self.changed.is_empty())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let mut first = true;
        let mut part = |f: &mut fmt::Formatter<'_>, what: &str, names: &[String]| {
            if names.is_empty() {
                return Ok(());
            }
            write!(f, "{}{what} ", if core::mem::take(&mut first) { "" } else { ", " })?;
            for (n, name) in names.iter().take(SHOWN).enumerate() {
                write!(f, "{}\"{name}\"", if n == 0 { "" } else { ", " })?;
            }
            match names.len().checked_sub(SHOWN) {
                Some(more @ 1..) => write!(f, " and {more} more"),
                _ => Ok(()),
            }
        };
        let renamed: Vec<_> =
            self.renamed.iter().map(|(before, now)| alloc::format!("{before}\" to \"{now}")).collect();
        part(f, "changed", &self.changed)?;
        part(f, "removed", &self.removed)?;
        part(f, "renamed", &renamed)?;
        part(f, "new", &self.added)?;
        if self.is_of_interfaces() { Ok(()) } else { f.write_str("code or folders changed, no interface") }
    }
}

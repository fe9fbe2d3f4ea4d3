//! From what a CPU tells to a [`Catalogue`].
use super::problem::Problem;
use super::structure::{BlockStamp, Stamp};
use super::types::{Index, NONE, Open, Types};
use super::{Catalogue, Root, UNKNOWN};
use crate::plus::address::area;
use crate::plus::id::Space;
use crate::plus::lists::{Vartype, blocks};
use crate::plus::object::{self, Object, Tag};
use crate::plus::tagdesc::TagDescription;
use crate::plus::value::{Data, Value};
use crate::plus::{Id, Rid, vlq};
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The areas: relation id, the name that clients give them, the relation id of their type.
pub(super) static AREAS: [(u32, &str, u32); 5] = [
    (area::INPUTS, "IArea", Rid::TypesOfIArea.0),
    (area::OUTPUTS, "QArea", Rid::TypesOfQArea.0),
    (area::FLAGS, "MArea", Rid::TypesOfMArea.0),
    (area::TIMERS, "S7Timers", Rid::TypesOfS7Timers.0),
    (area::COUNTERS, "S7Counters", Rid::TypesOfS7Counters.0),
];

/// Makes a [`Catalogue`] of what a CPU tells: its blocks, what their types are, the types.
///
/// What makes no sense in single types is left out, and named by [`Catalogue::problems`]; octets that are no objects are an
/// error.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pub(super) roots: Vec<Root>,
    pub(super) types: Types,
    structure: Option<[u8; 32]>,
    partial: bool,
}

impl Builder {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { roots: Vec::new(), types: Types::new(), structure: None, partial: false }
    }
    /// Goes on with what is there already: types that are added come to those.
    pub fn of(catalogue: Catalogue) -> Self {
        let Catalogue { mut roots, types, structure, whole, .. } = catalogue;
        roots.retain(Root::is_block);
        Self { roots, types, structure, partial: !whole }
    }
    /// Takes the blocks of a program: the object 3 with blocks as its children, or a list of blocks. What is no data block is
    /// passed over.
    pub fn blocks(&mut self, objects: &[Object]) {
        for object in objects {
            if Rid(object.rid).space() == Space::DB {
                self.block(object);
            } else {
                object.children().filter(|child| Rid(child.rid).space() == Space::DB).for_each(|child| {
                    self.block(child);
                });
            }
        }
    }
    fn block(&mut self, object: &Object) {
        let named = object.attribute(Id::ObjectVariableTypeName.0);
        let name = if let Some(Data::WString(text)) = named.map(Value::data) {
            String::from_utf8_lossy(&text.0).into_owned()
        } else {
            self.types.problems.add(Problem::Unnamed { rid: object.rid });
            format!("DB{}", Rid(object.rid).number())
        };
        let comments = object.attribute(Id::ASObjectES_Comment.0).map(comments).unwrap_or_default();
        let type_rid = if self.partial { UNKNOWN } else { 0 };
        self.roots.push(Root { rid: object.rid, name, type_rid, ty: NONE, comments });
    }
    /// The relation ids of the blocks whose types are to be said by [`Self::describe`]: what LID 1 of each reads, in this order.
    pub fn wanted(&self) -> impl ExactSizeIterator<Item = u32> {
        self.roots.iter().map(|root| root.rid)
    }
    /// Says of what type a block is; 0 of one that has no values.
    pub fn describe(&mut self, block: u32, type_rid: u32) {
        self.roots.iter_mut().filter(|root| root.rid == block).for_each(|root| root.type_rid = type_rid);
    }
    /// The same for all blocks in the order of [`Self::wanted`].
    pub fn describe_all(&mut self, type_rids: impl IntoIterator<Item = u32>) {
        self.roots.iter_mut().zip(type_rids).for_each(|(root, type_rid)| root.type_rid = type_rid);
    }
    /// Takes objects with types, one after the other as long as an octet `a1` follows, from the octets of an answer: the
    /// container 537 or single types. `tell` is told how many types there are after each of them.
    pub fn types(&mut self, r: &mut Reader<'_>, mut tell: impl FnMut(usize)) -> Result<(), Malformed> {
        while r.peek().first() == Some(&Tag::Start.0) {
            self.object(r, object::DEPTH, &mut tell)?;
        }
        Ok(())
    }
    /// Says what the SHA-256 of the program's structure is, where that is known.
    pub fn structure(&mut self, digest: Option<[u8; 32]>) {
        self.structure = digest;
    }
    /// Says that there are more types than are added here: what symbols need is asked for when they are looked up.
    pub fn partial(&mut self) {
        self.partial = true;
    }
    /// Says that the CPU knows nothing of that type: it has no members then, if it was not told.
    pub(crate) fn empty(&mut self, rid: u32) {
        if self.types.find(rid).is_none()
            && let Some(open) = self.types.begin(rid)
        {
            self.types.end(&open);
        }
    }
    /// How many types there are.
    pub fn count(&self) -> usize {
        self.types.list.len()
    }
    /// The stamp of these blocks, of types that are known by themselves.
    pub(crate) fn stamp(
        &self,
        structure: Option<[u8; 32]>,
        described: &[(u32, u32)],
        types: &BTreeMap<u32, Option<u64>>,
    ) -> Stamp {
        let by_block: BTreeMap<u32, u32> = described.iter().copied().collect();
        let block = |root: &Root| {
            let type_rid = by_block.get(&root.rid).copied().unwrap_or(UNKNOWN);
            let modified = types.get(&type_rid).copied().flatten();
            BlockStamp { rid: root.rid, name: root.name.clone(), type_rid, modified }
        };
        Stamp { structure, blocks: self.roots.iter().map(block).collect() }
    }
    /// The catalogue. The areas come to the blocks.
    pub fn finish(self) -> Catalogue {
        let Self { mut roots, mut types, structure, partial } = self;
        types.link();
        for (rid, name, type_rid) in AREAS {
            roots.push(Root { rid, name: name.into(), type_rid, ty: NONE, comments: Vec::new() });
        }
        for root in &mut roots {
            root.ty = types.find(root.type_rid).unwrap_or(NONE);
        }
        let index = Index::of(roots.len(), |at| roots.get(at).map_or("", |root| &root.name));
        Catalogue { roots, index, types, structure, whole: !partial }
    }

    fn object(
        &mut self,
        r: &mut Reader<'_>,
        depth: usize,
        tell: &mut impl FnMut(usize),
    ) -> Result<(), Malformed> {
        let bad = r.bad("object: octet a1 starts one");
        if Tag(r.u8("object")?) != Tag::Start {
            return Err(bad);
        }
        let depth =
            depth.checked_sub(1).ok_or(Malformed { what: "object: it lies more than 32 deep", ..bad })?;
        let rid = r.u32("RID of an object")?;
        let class = vlq::u32(r, "class of an object")?;
        vlq::u32(r, "class flags of an object")?;
        vlq::u32(r, "composition of an object")?;
        let mut open = if class == Id::ClassTypeInfo.0 { self.types.begin(rid) } else { None };
        loop {
            let bad = r.bad("element of an object: nobody knows what this octet starts");
            if r.peek().first() == Some(&Tag::Start.0) {
                // Members stand in one row: a type within a type would be in the middle of them. Nobody sends such.
                if let Some(open) = open.take() {
                    self.close(&open, tell);
                }
                self.object(r, depth, tell)?;
                continue;
            }
            match Tag(r.u8("element or end of an object")?) {
                Tag::End => break,
                Tag::Attribute => {
                    let id = vlq::u32(r, "id of an attribute")?;
                    let value = Value::read(r)?;
                    if let Some(open) = &mut open {
                        attribute(open, id, &value);
                    }
                }
                Tag::Relation => {
                    vlq::u32(r, "id of a relation")?;
                    r.u32("target of a relation")?;
                }
                Tag::VartypeList => elements(r, open.as_mut())?,
                Tag::VarnameList => self.names(r, open.as_mut())?,
                Tag::TagDescription => drop(TagDescription::read(r)?),
                Tag::EndTagDescription => {}
                _ => return Err(bad),
            }
        }
        if let Some(open) = open {
            self.close(&open, tell);
        }
        Ok(())
    }
    fn close(&mut self, open: &Open, tell: &mut impl FnMut(usize)) {
        if !open.elements.is_empty() {
            let problem = Problem::Names { rid: open.rid, members: open.elements.len(), names: 0 };
            self.types.problems.add(problem);
        }
        self.types.end(open);
        tell(self.count());
    }
    /// Gives the members that wait for them their names.
    fn names(&mut self, r: &mut Reader<'_>, open: Option<&mut Open>) -> Result<(), Malformed> {
        let mut none = Vec::new();
        let (rid, waiting) = match open {
            Some(open) => (open.rid, &mut open.elements),
            None => (0, &mut none),
        };
        let mut members = core::mem::take(waiting).into_iter();
        let (many, mut names) = (members.len(), 0usize);
        blocks(r, |r| {
            while r.left() > 0 {
                let len = r.u8("length of a name")?;
                let name = r.take(len.into(), "name")?;
                let bad = r.bad("octet after a name, which is 00");
                if r.u8("octet after a name")? != 0 {
                    return Err(bad);
                }
                names += 1;
                if let Some(member) = members.next() {
                    self.types.push(rid, name, &member);
                }
            }
            Ok(())
        })?;
        if names != many && rid != 0 {
            self.types.problems.add(Problem::Names { rid, members: many, names });
        }
        Ok(())
    }
}

fn attribute(open: &mut Open, id: u32, value: &Value) {
    if id == Id::TI_TComSize.0 {
        open.size = value.as_u32().unwrap_or(0);
    } else if id == Id::VariableTypeStructModificationTime.0
        && let Data::Timestamp(nanos) = value.data()
    {
        open.modified = Some(*nanos);
    }
}

/// The members of a type; they wait for their names.
fn elements(r: &mut Reader<'_>, open: Option<&mut Open>) -> Result<(), Malformed> {
    let mut none = Vec::new();
    let waiting = open.map_or(&mut none, |open| &mut open.elements);
    let mut first = true;
    blocks(r, |r| {
        if core::mem::take(&mut first) {
            r.u32("first id")?;
        }
        while r.left() > 0 {
            waiting.push(Vartype::read(r)?);
        }
        Ok(())
    })
}

/// Comments by language.
fn comments(value: &Value) -> Vec<(u32, Box<str>)> {
    let text = |data: &Data| match data {
        Data::WString(text) => text.as_str().filter(|text| !text.is_empty()).map(Into::into),
        _ => None,
    };
    match value.data() {
        Data::Sparse(sparse) => {
            sparse.elements().iter().filter_map(|(lcid, data)| Some((*lcid, text(data)?))).collect()
        }
        data => text(data).map(|text| (0, text)).into_iter().collect(),
    }
}

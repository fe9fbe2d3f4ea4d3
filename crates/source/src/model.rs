//! What sources declare, with types and first values worked out.
use super::At;
use hepta_proto::data::{Area, Notes, Struct, Type, Value};
use std::sync::Arc;

/// All that was imported.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// PLC data types, in the order of their declaration.
    pub types: Vec<Struct>,
    /// Data blocks, in the order of files and of what stands in each.
    pub blocks: Vec<Block>,
    /// Interfaces of function blocks: what instances are made of.
    pub fbs: Vec<Struct>,
    /// Names for places of inputs, outputs, flags, timers and counters.
    pub tags: Vec<Tag>,
    /// What was read and left out.
    pub skipped: Vec<Skipped>,
}

/// A data block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its name, without quotes.
    pub name: Arc<str>,
    /// Its number: from a sidecar, from a name like `DB5`, or the next free one in the order of files, from 1.
    pub number: u16,
    /// What its members come from.
    pub kind: BlockKind,
    /// Optimised access (`S7_Optimized_Access`); without, the members stand where the classic rules put them.
    pub optimised: bool,
    /// Its members.
    pub variables: Vec<Variable>,
    /// The comment at its head.
    pub comment: Option<Arc<str>>,
    /// Where it is declared.
    pub at: At,
}

/// What the members of a data block come from.
#[derive(Clone, Debug)]
pub enum BlockKind {
    /// Its own declaration.
    Global,
    /// A PLC data type or a system type, which is the whole block.
    Typed(Struct),
    /// It is an instance of this function block, user-made or of the system (`TON_TIME`).
    Instance(Struct),
}

/// A member of a data block, and what it is at first.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name, without quotes.
    pub name: Arc<str>,
    /// Its type; of a PLC data type a named struct, of an instance of a function block likewise.
    pub ty: Type,
    /// What it is at first, if any source says so, defaults of types included: whole, of arrays and structs all members.
    pub initial: Option<Value>,
    /// Section, retain, who may see and write it, comment.
    pub notes: Notes,
}

/// A name for a place.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name, without quotes.
    pub name: Arc<str>,
    /// The table that it stands in.
    pub table: Arc<str>,
    /// Inputs, outputs, flags, timers or counters.
    pub area: Area,
    /// Its first octet, or the number of the timer or counter.
    pub octet: u32,
    /// Its bit; 0 for all but `BOOL`.
    pub bit: u8,
    /// Its type.
    pub ty: Type,
    /// Who may see and write it, retain, comment.
    pub notes: Notes,
    /// Where it is declared.
    pub at: At,
}

/// Something that was read and is not part of a memory: code, or a member without octets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Skipped {
    /// What it is, by name.
    pub what: String,
    /// Where it stands.
    pub at: At,
}

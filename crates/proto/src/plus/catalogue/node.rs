//! The tree: blocks and areas, their members, elements of arrays.
use super::path::{Path, Step};
use super::select::{Bits, Slice};
use super::symbol::Symbol;
use super::types::{ArrayInfo, ELEMENTS, Member, NONE, TypeInfo, Types, is_value};
use super::{Catalogue, NOWHERE, Root, UNKNOWN};
use crate::data::{self, Field, Origin, System, Type};
use crate::plus::address::{ItemAddress, Lids};
use crate::plus::code::{Section, SoftType};
use crate::plus::lists::{Attributes, BitInfo};
use crate::plus::{crc, typed};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// Something of a program that has a name: a block, a member, an element. It borrows from its [`Catalogue`] and is cheap to
/// make and to clone; what is to outlive that is a [`Symbol`].
#[derive(Clone)]
pub struct Node<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) root: u32,
    pub(super) path: Path,
    pub(super) slice: Option<Box<Slice>>,
    pub(super) bits: Option<Bits>,
}

/// What a [`Node`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A data block.
    Block,
    /// Inputs, outputs, flags, timers or counters.
    Area,
    /// Members: a struct, a PLC data type, an instance of a function block, a system type.
    Struct,
    /// Elements, of any kind.
    Array,
    /// A value, read and written as one. A `DTL` is one, too, although it has members.
    Value,
    /// What no value is known of: references, parameters, and structs whose type the CPU did not tell.
    Other,
}

/// Where something is in its block.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Offset {
    /// Octets from the start of the block.
    pub octet: u32,
    /// The bit in the octet, of a `BOOL`; else 0.
    pub bit: u8,
}

/// One dimension of an array.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Dimension {
    /// The first index.
    pub lower: i32,
    /// How many elements.
    pub count: u32,
}

impl Dimension {
    /// The last index; one before the first where there is no element.
    pub fn upper(self) -> i64 {
        i64::from(self.lower) + i64::from(self.count) - 1
    }
}

/// What is said of a member besides its type and place. Who may see and use it follows from all levels: what lies in something
/// hidden is hidden.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Flags {
    /// HMI engineering shows it.
    pub visible: bool,
    /// HMI, OPC UA and web may use it.
    pub accessible: bool,
    /// They may read it alone.
    pub read_only: bool,
    /// It keeps its value without power.
    pub retain: bool,
    /// It has optimised access.
    pub optimised: bool,
    /// The part of the interface that it stands in, of the outermost level.
    pub section: Section,
}

/// The interface of a struct: what a packed value of it names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Interface {
    /// The relation id of the type.
    pub rid: u32,
    /// When it changed last, in nanoseconds since 1970; who writes a packed struct has to say it. `None` where the CPU did not.
    pub modified: Option<u64>,
    /// Octets of an instance, as the CPU says it.
    pub size: u32,
}

/// One level of a path, looked up.
pub(super) struct Level<'a> {
    pub(super) member: &'a Member,
    pub(super) array: Option<&'a ArrayInfo>,
    /// [`NONE`]: the whole.
    pub(super) element: u32,
}

impl Level<'_> {
    pub(super) fn chosen(&self) -> bool {
        self.element != NONE
    }
    /// Has an element of it a LID 1 between its number and its members?
    pub(super) fn structured(&self) -> bool {
        self.member.rid != 0 || self.member.soft == SoftType::DTL
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, root: u32) -> Self {
        Self { catalogue, root, path: Path::new(), slice: None, bits: None }
    }
    pub(super) fn types(&self) -> &'a Types {
        &self.catalogue.types
    }
    pub(super) fn levels(&self) -> impl Iterator<Item = Level<'a>> {
        let types = self.types();
        self.path.steps().filter_map(move |step| level(types, step))
    }
    pub(super) fn last(&self) -> Option<Level<'a>> {
        level(self.types(), self.path.last()?)
    }
    /// The type whose members are below, or below each element.
    pub(super) fn inner(&self) -> Option<&'a TypeInfo> {
        match self.last() {
            None => self.types().of(self.block()?.ty),
            Some(level) => self.types().inner(level.member),
        }
    }
    /// The relation id of that type, whether it is known or not; 0: there is none.
    pub(super) fn relation(&self) -> u32 {
        match self.last() {
            None => self.block().map_or(0, |root| root.type_rid),
            Some(level) => level.member.rid,
        }
    }
    /// Tells the relation ids of the types that are not known of all that is below: to read it as one they are needed.
    pub(crate) fn missing(&self, tell: &mut dyn FnMut(u32)) {
        let types = self.types();
        let Some(of) = self.inner() else {
            match self.relation() {
                UNKNOWN => tell(self.root().rid()),
                0 => {}
                rid => tell(rid),
            }
            return;
        };
        let (mut seen, mut stack) = (BTreeSet::new(), vec![of]);
        while let Some(of) = stack.pop() {
            if !seen.insert(of.rid) {
                continue;
            }
            for member in
                types.members_of(of).iter().filter(|member| member.rid != 0 && !is_value(member.soft))
            {
                match types.inner(member) {
                    Some(of) => stack.push(of),
                    None if types.find(member.rid).is_none() => tell(member.rid),
                    None => {}
                }
            }
        }
    }
    /// Is it an array of which no element was chosen?
    pub(super) fn whole(&self) -> Option<&'a ArrayInfo> {
        let level = self.last()?;
        if level.chosen() { None } else { level.array }
    }
    pub(super) fn block(&self) -> Option<&'a Root> {
        self.catalogue.roots.get(usize::try_from(self.root).ok()?)
    }
    pub(super) fn down(&self, step: Step) -> Self {
        let mut below = Node::new(self.catalogue, self.root);
        below.path = self.path.clone();
        below.path.push(step);
        below
    }
    pub(super) fn element(&self, element: u32) -> Self {
        let mut one = Node::new(self.catalogue, self.root);
        one.path = self.path.clone();
        if let Some(last) = one.path.last_mut() {
            last.element = element;
        }
        one
    }

    /// The block or area that it lies in.
    pub fn root(&self) -> &'a Root {
        self.block().unwrap_or(&NOWHERE)
    }
    /// Its own part of the name, without quotes: of a block or a member that, of an element the member's.
    pub fn name(&self) -> &'a str {
        match self.last() {
            None => self.root().name(),
            Some(level) => self.types().name(level.member),
        }
    }
    /// What it is.
    pub fn kind(&self) -> Kind {
        let Some(level) = self.last() else {
            return if self.root().is_block() { Kind::Block } else { Kind::Area };
        };
        if level.array.is_some() && (!level.chosen() || self.slice.is_some()) {
            Kind::Array
        } else if is_value(level.member.soft) {
            Kind::Value
        } else if self.types().inner(level.member).is_some() {
            Kind::Struct
        } else {
            Kind::Other
        }
    }
    /// The type as the CPU names it; of an array that of its elements.
    pub fn soft(&self) -> SoftType {
        self.last().map_or(SoftType::STRUCT, |level| level.member.soft)
    }
    /// The greatest length of a text, in characters; 0 of all else.
    pub fn max(&self) -> u16 {
        self.last().map_or(0, |level| level.member.max)
    }
    /// The type, where there is one: none of an area, of what is no value, of an array of more octets than a value may have, and
    /// of a struct with members that have none. It is made by each call: not for each of many.
    pub fn ty(&self) -> Option<Type> {
        if let Some(bits) = self.bits {
            return Some(bits.ty());
        }
        let Some(level) = self.last() else {
            return if self.root().is_block() {
                self.struct_of(self.inner()?, SoftType::STRUCT)
            } else {
                None
            };
        };
        let element = self.element_type(level.member)?;
        match (&self.slice, self.whole()) {
            (Some(slice), _) => slice.ty(element),
            (None, Some(array)) => array_of(element, array),
            (None, None) => Some(element),
        }
    }
    fn element_type(&self, member: &Member) -> Option<Type> {
        typed::of_soft(member.soft, member.max).or_else(|| {
            let of = self.types().inner(member)?;
            self.struct_of(of, member.soft)
        })
    }
    fn struct_of(&self, of: &TypeInfo, soft: SoftType) -> Option<Type> {
        let mut left = MEMBERS;
        struct_of(self.types(), of, soft, &mut left)
    }
    /// Where it is in its block, with optimised access; of a block that has none what the CPU says all the same.
    pub fn optimised(&self) -> Offset {
        self.offset(true)
    }
    /// Where it is in its block, with standard access; of a block that is optimised what the CPU says all the same.
    pub fn classic(&self) -> Offset {
        self.offset(false)
    }
    fn offset(&self, optimised: bool) -> Offset {
        let (mut octet, mut bit) = (0u32, 0u8);
        for level in self.levels() {
            let Level { member, array, element } = level;
            octet = octet.saturating_add(if optimised { member.optimised } else { member.classic });
            bit = bit_of(member, optimised);
            let Some(array) = array.filter(|_| element != NONE) else { continue };
            if is_bits(member.soft) && !(optimised && member.soft == SoftType::BBOOL) {
                // Bits in a row; each further row starts an octet.
                let [row, ..] = array.count;
                let row = if array.dimensions > 1 { row.max(1) } else { u32::MAX };
                let at = (element / row).saturating_mul(row.saturating_add(7) & !7);
                let at = at.saturating_add(element % row).saturating_add(u32::from(bit));
                octet = octet.saturating_add(at / 8);
                bit = u8::try_from(at % 8).unwrap_or(0);
            } else {
                let told = if optimised { array.size.optimised } else { array.size.classic };
                let size = match self.types().inner(member) {
                    Some(of) if told == 0 => of.size,
                    Some(_) => told,
                    None => stride(member),
                };
                octet = octet.saturating_add(element.saturating_mul(size));
            }
        }
        Offset { octet, bit }
    }
    /// Who may see and use it, and more that holds for all of it.
    pub fn flags(&self) -> Flags {
        let mut flags = Flags {
            visible: true,
            accessible: true,
            read_only: false,
            retain: false,
            optimised: false,
            section: Section(0),
        };
        for (depth, Level { member, .. }) in self.levels().enumerate() {
            let (attributes, bits) = (Attributes(member.attributes), BitInfo(member.bits));
            flags.visible &= attributes.visible();
            flags.accessible &= attributes.accessible();
            flags.read_only |= attributes.read_only();
            flags.retain |= bits.retain();
            if depth == 0 {
                flags.optimised = attributes.optimised();
                flags.section = Section(attributes.section());
            }
        }
        flags
    }
    /// The dimensions of an array, the outermost first; nothing of all else. Of a slice those of the slice.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + use<'a> {
        let slice = self.slice.as_deref().copied();
        let whole = self.whole().filter(|_| slice.is_none()).map(ArrayInfo::outer);
        let whole = whole.into_iter().flatten().map(|(lower, count)| Dimension { lower, count });
        slice.into_iter().flat_map(|slice| slice.dimensions()).chain(whole)
    }
    /// How many elements an array has, over all dimensions; 1 of all else.
    pub fn count(&self) -> u64 {
        match (&self.slice, self.whole()) {
            (Some(slice), _) => slice.count(),
            (None, Some(array)) => array.total(),
            (None, None) => 1,
        }
    }
    /// The interface of what has members, or whose elements have: what a packed value of it names.
    pub fn interface(&self) -> Option<Interface> {
        let TypeInfo { rid, modified, size, .. } = *self.inner()?;
        Some(Interface { rid, modified, size })
    }
    /// The comment of a block, in the language of that number (LCID), or in the first there is. Comments of members are no part
    /// of what is browsed.
    pub fn comment(&self, language: Option<u32>) -> Option<&'a str> {
        if self.path.len() > 0 { None } else { self.block()?.comment(language) }
    }
    /// The slice of an array that was chosen, if one was.
    pub fn slice(&self) -> Option<&Slice> {
        self.slice.as_deref()
    }
    /// The bits of a value that were chosen, if some were: they are read and written with the whole of it.
    pub const fn bits(&self) -> Option<Bits> {
        self.bits
    }

    /// What a request names it by, its checksum included. Of a slice it names the array: see [`Symbol::items`].
    pub fn item(&self) -> ItemAddress {
        let mut lids = [0u32; 16];
        let mut many: Vec<u32> = Vec::new();
        let (mut n, mut chosen, mut exact) = (0usize, false, true);
        let mut put = |lid: u32| match lids.get_mut(n) {
            Some(place) if many.is_empty() => {
                *place = lid;
                n += 1;
            }
            _ => {
                if many.is_empty() {
                    many.extend_from_slice(&lids);
                }
                many.push(lid);
            }
        };
        let mut sum = crc::Sum::default();
        for level in self.levels() {
            put(level.member.lid);
            sum.add(level.member.sum);
            exact &= level.member.exact;
            if let Some(array) = level.array.filter(|_| level.chosen()) {
                chosen = true;
                put(array.wire(level.member.soft, level.element));
                if level.structured() {
                    put(1);
                }
            }
        }
        let lids: Lids =
            if many.is_empty() { lids.get(..n).unwrap_or_default().into() } else { many.as_slice().into() };
        let crc = if chosen || !exact { 0 } else { sum.path() };
        ItemAddress { crc, ..ItemAddress::new(self.root().rid(), lids) }
    }

    /// Members of a struct, block or area; elements of an array, as many as it says that it has. Nothing of all else.
    pub fn children(&self) -> Children<'a> {
        let (next, end) = match (self.whole(), self.inner()) {
            _ if self.slice.is_some() || self.bits.is_some() => (0, 0),
            (Some(array), _) => (0, u32::try_from(array.total()).unwrap_or(NONE - 1)),
            (None, Some(of)) => {
                let range = Types::range(of);
                (range.start, range.end)
            }
            (None, None) => (0, 0),
        };
        Children { of: self.clone(), next, end }
    }
    /// The child of that name, without quotes: of a block, area or struct.
    pub fn child(&self, name: &str) -> Option<Self> {
        if self.whole().is_some() || self.slice.is_some() {
            return None;
        }
        let member = self.types().named(self.inner()?, name)?;
        Some(self.down(Step { member, element: NONE }))
    }
    /// The names of its members, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let types = self.types();
        let members = self.inner().map(|of| types.members_of(of)).unwrap_or_default();
        members.iter().map(|member| types.name(member))
    }
    /// The name as a browse shows it: `Demo.st.a`, `Demo.motors[3].speed`, `MArea.mflag`; no quotes, whatever is in the parts.
    pub fn path(&self) -> String {
        self.named(false)
    }
    /// The name as TIA Portal shows it: `"Demo".st.a`, `"Demo"."with space"[3]`; of a tag without its area: `"mflag"`.
    pub fn tia(&self) -> String {
        self.named(true)
    }
    /// Room for all of it at once, and no formatting but of numbers: lists have a hundred thousand of these. Without indices the
    /// room is what a plain name takes, so that who keeps it need not cut it.
    fn named(&self, tia: bool) -> String {
        let quotes = if tia { 2 } else { 0 };
        let room = self.levels().fold(self.root().name().len() + quotes, |room, level| {
            room + self.types().name(level.member).len() + if level.chosen() { 7 } else { 1 }
        });
        let mut text = String::with_capacity(room);
        // A text takes all that is written.
        let _ = self.write_path(&mut text, tia);
        text
    }
    fn write_path(&self, out: &mut String, tia: bool) -> fmt::Result {
        let root = self.root();
        let mut first = true;
        if !tia {
            out.push_str(root.name());
            first = false;
        } else if root.is_block() || self.path.len() == 0 {
            push_quoted(out, root.name());
            first = false;
        }
        let last = self.path.len();
        for (depth, level) in self.levels().enumerate() {
            let name = self.types().name(level.member);
            if !first {
                out.push('.');
            }
            if tia && (first || !is_plain(name)) {
                push_quoted(out, name);
            } else {
                out.push_str(name);
            }
            first = false;
            match (&self.slice, level.array) {
                (Some(slice), _) if depth + 1 == last => write!(out, "{slice}")?,
                (_, Some(array)) if level.chosen() => write_index(out, array, level.element)?,
                _ => {}
            }
        }
        self.bits.map_or(Ok(()), |bits| write!(out, ".{bits}"))
    }
    /// The same for good.
    pub fn symbol(&self) -> Symbol {
        Symbol::of(self)
    }
    /// How many leaves there are below it, itself included; arrays of elementary values count once, or, with `elements`, by their
    /// elements. Counted without going there.
    pub fn leaves_count(&self, elements: bool) -> u64 {
        let of = |of: &TypeInfo| if elements { of.elements } else { of.leaves };
        let Some(level) = self.last() else { return self.inner().map_or(0, of) };
        // What is not gone into has nothing.
        let many = if self.count() > ELEMENTS { 0 } else { self.count() };
        if is_value(level.member.soft) {
            return if elements { many } else { 1 };
        }
        self.inner().map_or(0, |inner| of(inner).saturating_mul(many))
    }
}

impl PartialEq for Node<'_> {
    /// The same thing of the same catalogue.
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.catalogue, other.catalogue)
            && self.root == other.root
            && self.path.steps().eq(other.path.steps())
            && self.slice == other.slice
            && self.bits == other.bits
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}, {:?})", self.tia(), self.kind())
    }
}

/// The name as TIA Portal shows it.
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tia())
    }
}

/// The children of a [`Node`], one after the other.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    of: Node<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;
    fn next(&mut self) -> Option<Node<'a>> {
        if self.next >= self.end {
            return None;
        }
        let at = self.next;
        self.next += 1;
        Some(match self.of.whole() {
            Some(_) => self.of.element(at),
            None => self.of.down(Step { member: at, element: NONE }),
        })
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.end.saturating_sub(self.next)).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}

/// Members that a type is made of at the most: see [`Node::ty`].
const MEMBERS: usize = 65_536;

fn level(types: &Types, step: Step) -> Option<Level<'_>> {
    let member = types.member(step.member)?;
    Some(Level { member, array: types.array(member), element: step.element })
}

pub(super) const fn is_bits(soft: SoftType) -> bool {
    matches!(soft, SoftType::BOOL | SoftType::BBOOL)
}

/// Which bit a member is; 0 for all but bits.
fn bit_of(member: &Member, optimised: bool) -> u8 {
    let (attributes, bits) = (Attributes(member.attributes), BitInfo(member.bits));
    match (member.soft, optimised) {
        (SoftType::BBOOL, true) => bits.bit(),
        (SoftType::BOOL, true) => attributes.bit(),
        (SoftType::BOOL, false) => bits.classic_bit().unwrap_or_else(|| attributes.bit()),
        _ => 0,
    }
}

/// Octets from one element of an elementary array to the next.
fn stride(member: &Member) -> u32 {
    let octets = match member.soft {
        soft if is_bits(soft) => 1,
        soft => typed::of_soft(soft, member.max).map_or(0, |ty| ty.size()),
    };
    u32::try_from(octets).unwrap_or(u32::MAX)
}

fn array_of(element: Type, array: &ArrayInfo) -> Option<Type> {
    let mut bounds = Vec::with_capacity(6);
    for (lower, count) in array.outer() {
        let upper = i32::try_from(Dimension { lower, count }.upper()).ok()?;
        bounds.push(lower..=upper);
    }
    Type::array(element, bounds).ok()
}

fn struct_of(types: &Types, of: &TypeInfo, soft: SoftType, left: &mut usize) -> Option<Type> {
    let members = types.members_of(of);
    *left = left.checked_sub(members.len())?;
    let mut fields = Vec::with_capacity(members.len());
    for member in members {
        let element = match typed::of_soft(member.soft, member.max) {
            Some(ty) => ty,
            None => struct_of(types, types.inner(member)?, member.soft, left)?,
        };
        let ty = match types.array(member) {
            Some(array) => array_of(element, array)?,
            None => element,
        };
        fields.push(Field::new(Arc::<str>::from(types.name(member)), ty));
    }
    let origin = System::of(soft.0).map_or(Origin::Anonymous, Origin::System);
    data::Struct::of(origin, fields).ok().map(Type::Struct)
}

/// `[1,2]`, of the number of an element in the row of all.
fn write_index(out: &mut String, array: &ArrayInfo, element: u32) -> fmt::Result {
    let mut indices = [0i64; 6];
    let mut rest = element;
    // The innermost runs fastest.
    for (place, (lower, count)) in indices.iter_mut().zip(array.outer().rev()) {
        let count = count.max(1);
        *place = i64::from(lower) + i64::from(rest % count);
        rest /= count;
    }
    let many = usize::from(array.dimensions);
    for (n, index) in indices.iter().take(many).rev().enumerate() {
        out.push(if n == 0 { '[' } else { ',' });
        write!(out, "{index}")?;
    }
    out.push(']');
    Ok(())
}

fn push_quoted(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(name);
    out.push('"');
}

/// May a part of a name stand without quotes?
pub(super) fn is_plain(name: &str) -> bool {
    let mut all = name.chars();
    all.next().is_some_and(|c| c.is_alphabetic() || c == '_') && all.all(|c| c.is_alphanumeric() || c == '_')
}

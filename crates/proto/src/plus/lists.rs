//! The members of a type: how they are addressed, where they are, and what they are called.
//!
//! ```text
//!  length 2 | first id 4 | element ... | length 2 | element ... | 0000           types; the length counts what follows it
//!  length 2 | length 1, name, 00 ...   | length 2 | ...         | 0000           names: the first is that of the first
//!
//!  LID 4 | CRC 4 | soft type 1 | attributes 2 | bits 1 | offset info 4 to 104    an element
//! ```
//!
//! Lengths and attributes are big-endian, everything else in the list of types is little-endian.
pub use super::code::SoftType;
use super::value::Text;
use crate::wire::{Malformed, Reader, Wire, len16};
use alloc::boxed::Box;
use alloc::vec::Vec;

mod show;

/// The members of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VartypeList {
    first_id: u32,
    elements: Vec<Vartype>,
    /// How many elements each block has.
    blocks: Vec<usize>,
}

/// The names of the members of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VarnameList {
    names: Vec<Text>,
    /// How many names each block has.
    blocks: Vec<usize>,
}

/// Sixteen bits about a member; the upper four say what offset info it has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Attributes(pub u16);

/// Eight bits about where a member is: 80 retentive, 70 classic bit, 08 that bit is valid, 07 bit where optimised.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct BitInfo(pub u8);

/// A member of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vartype {
    /// By what it is addressed.
    pub lid: u32,
    /// Checksum of its name and type; not the one of an item address.
    pub crc: u32,
    /// Its type, or that of its elements.
    pub soft_type: SoftType,
    /// What is to be known about it. The upper four bits follow [`Self::offset`] when written.
    pub attributes: Attributes,
    /// Which bit it is.
    pub bits: BitInfo,
    /// Where it is, and what else its type needs.
    pub offset: OffsetInfo,
}

/// Where a member is: offsets in octets, where the block is optimised and where it is not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Place {
    /// Two numbers whose use depends on the type: of a STRING its greatest length, and the same with its head.
    pub a: u16,
    /// See `a`.
    pub b: u16,
    /// Offset where optimised.
    pub optimised: u32,
    /// Offset where not.
    pub classic: u32,
}

/// Lower bounds and counts of up to six dimensions, the innermost first; a count of 0 ends them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Dimensions {
    /// Lower bounds.
    pub lower: [i32; 6],
    /// Element counts.
    pub count: [u32; 6],
}

/// The bounds of all elements in one row.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Bounds {
    /// The first index.
    pub lower: i32,
    /// How many elements; of all dimensions.
    pub count: u32,
}

/// The type of a structured member.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Relation {
    /// The relation id of its type.
    pub rid: u32,
    /// Unknown; 0 works.
    pub info: [u32; 4],
}

/// Octets of one element of an array of structs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct ElementSize {
    /// Where not optimised.
    pub classic: u32,
    /// Where optimised.
    pub optimised: u32,
}

/// Where the parts of an instance are that are kept apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Sections {
    /// Offset of the retentive part.
    pub retain: u32,
    /// Offset of the volatile part.
    pub volatile: u32,
}

/// Where a member is and what its type needs, by the upper four bits of its attributes: 1 to 7 for members of types, 8 to 14
/// for those of blocks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OffsetInfo {
    /// 0: an array of instances of function blocks.
    FbArray(Box<FbArray>),
    /// 8, and 1 where the two offsets are swapped.
    Plain {
        /// Offset where optimised.
        optimised: u16,
        /// Offset where not.
        classic: u16,
    },
    /// 9 and 2: a STRING or WSTRING.
    String(Place),
    /// 10 and 3: an array of one dimension.
    Array(Place, Bounds),
    /// 11 and 4: an array of more.
    Matrix(Place, Bounds, Box<Dimensions>),
    /// 12 and 5: a struct.
    Struct(Place, Relation),
    /// 13 and 6: an array of structs.
    StructArray(Place, Bounds, ElementSize, Relation),
    /// 14 and 7: an array of structs of more dimensions.
    StructMatrix(Place, Bounds, Box<Dimensions>, ElementSize, Relation),
    /// 15: an instance of a function block.
    Fb(Place, Relation, Sections),
}

/// An array of instances of function blocks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FbArray {
    /// Where it is.
    pub place: Place,
    /// Its type.
    pub relation: Relation,
    /// Parts that are kept apart.
    pub sections: Sections,
    /// How many elements; of all dimensions.
    pub count: u32,
    /// Octets of the classic, the retentive and the volatile part of one element.
    pub sizes: [u32; 3],
    /// Its bounds.
    pub dimensions: Dimensions,
}

impl Attributes {
    /// Which of the sixteen layouts of offset info follows.
    pub const fn offset_info(self) -> u8 {
        (self.0 >> 12) as u8
    }
    /// HMI may see it.
    pub const fn visible(self) -> bool {
        self.0 & 0x0800 != 0
    }
    /// HMI may not write it.
    pub const fn read_only(self) -> bool {
        self.0 & 0x0400 != 0
    }
    /// HMI, OPC UA and the web may use it.
    pub const fn accessible(self) -> bool {
        self.0 & 0x0200 != 0
    }
    /// It is optimised.
    pub const fn optimised(self) -> bool {
        self.0 & 0x0080 != 0
    }
    /// 0 none, 1 input, 2 output, 3 in/out, 4 static, 5 dynamic, 6 return value, 7 operand.
    pub const fn section(self) -> u8 {
        (self.0 >> 4 & 7) as u8
    }
    /// Which bit it is, unless [`BitInfo`] says.
    pub const fn bit(self) -> u8 {
        (self.0 & 7) as u8
    }
}

impl BitInfo {
    /// It keeps its value without power.
    pub const fn retain(self) -> bool {
        self.0 & 0x80 != 0
    }
    /// Which bit it is where not optimised, if that is said here.
    pub const fn classic_bit(self) -> Option<u8> {
        if self.0 & 0x08 == 0 { None } else { Some(self.0 >> 4 & 7) }
    }
    /// Which bit it is where optimised, of a `BBool`.
    pub const fn bit(self) -> u8 {
        self.0 & 7
    }
}

impl VartypeList {
    /// The longest block, in octets.
    const BLOCK: usize = 0xffff;

    /// Elements in as few blocks as hold them. What the first id means is not known; 0 and 1 are accepted.
    pub fn new(first_id: u32, elements: Vec<Vartype>) -> Self {
        let (mut blocks, mut octets, mut n) = (Vec::new(), 4, 0);
        for element in &elements {
            let len = element.len();
            if octets + len > Self::BLOCK {
                blocks.push(n);
                (octets, n) = (0, 0);
            }
            octets += len;
            n += 1;
        }
        blocks.push(n);
        Self { first_id, elements, blocks }
    }
    /// What leads the first block; its meaning is not known. 0 where there is no block.
    pub const fn first_id(&self) -> u32 {
        self.first_id
    }
    /// The elements, in the order of their names.
    pub fn elements(&self) -> &[Vartype] {
        &self.elements
    }
}

impl VarnameList {
    /// The longest block, in octets.
    const BLOCK: usize = 0xffff;

    /// Names in as few blocks as hold them; of a name longer than 255 octets the rest is cut off.
    pub fn new(mut names: Vec<Text>) -> Self {
        let (mut blocks, mut octets, mut n) = (Vec::new(), 0, 0);
        for name in &mut names {
            name.0.truncate(usize::from(u8::MAX));
            let len = name.0.len() + 2;
            if octets + len > Self::BLOCK {
                blocks.push(n);
                (octets, n) = (0, 0);
            }
            octets += len;
            n += 1;
        }
        if n > 0 {
            blocks.push(n);
        }
        Self { names, blocks }
    }
    /// The names, in the order of the elements.
    pub fn names(&self) -> &[Text] {
        &self.names
    }
}

/// Blocks up to one of length 0: `read` takes what is in each.
pub(super) fn blocks<'a>(
    r: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    loop {
        let len = r.u16("length of a block")?;
        if len == 0 {
            return Ok(());
        }
        read(&mut r.sub(len.into(), "block")?)?;
    }
}

/// Writes each block with its length, then the end: `counts` says how many of `all` are in each.
fn put_blocks<T>(
    out: &mut Vec<u8>,
    mut head: Option<[u8; 4]>,
    mut all: &[T],
    counts: &[usize],
    put: impl Fn(&mut Vec<u8>, &T),
) {
    for count in counts {
        let (these, rest) = all.split_at_checked(*count).unwrap_or((all, &[]));
        all = rest;
        let start = out.len();
        out.extend_from_slice(&[0, 0]);
        if let Some(head) = head.take() {
            out.extend_from_slice(&head);
        }
        these.iter().for_each(|element| put(out, element));
        let len = len16(out.len() - start - 2);
        if let Some(field) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
            *field = len;
        }
    }
    out.extend_from_slice(&[0, 0]);
}

impl Wire<'_> for VartypeList {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut list = Self { first_id: 0, elements: Vec::new(), blocks: Vec::new() };
        blocks(r, |r| {
            if list.blocks.is_empty() {
                list.first_id = u32::from_le_bytes(r.array("first id")?);
            }
            let before = list.elements.len();
            while r.left() > 0 {
                list.elements.push(Vartype::read(r)?);
            }
            list.blocks.push(list.elements.len() - before);
            Ok(())
        })?;
        Ok(list)
    }
    fn write(&self, out: &mut Vec<u8>) {
        let head = Some(self.first_id.to_le_bytes());
        put_blocks(out, head, &self.elements, &self.blocks, |out, element| element.write(out));
    }
}

impl Wire<'_> for VarnameList {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut list = Self { names: Vec::new(), blocks: Vec::new() };
        blocks(r, |r| {
            let before = list.names.len();
            while r.left() > 0 {
                let len = r.u8("length of a name")?;
                list.names.push(Text(r.take(len.into(), "name")?.into()));
                let bad = r.bad("octet after a name, which is 00");
                if r.u8("octet after a name")? != 0 {
                    return Err(bad);
                }
            }
            list.blocks.push(list.names.len() - before);
            Ok(())
        })?;
        Ok(list)
    }
    fn write(&self, out: &mut Vec<u8>) {
        put_blocks(out, None, &self.names, &self.blocks, |out, name| {
            // Never longer: see `new` and `read`.
            out.push(u8::try_from(name.0.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(&name.0);
            out.push(0);
        });
    }
}

impl Vartype {
    /// The attributes as they are written: their upper four bits are those of [`Self::offset`], for a member of a block unless
    /// they say that it is one of a type.
    pub fn written(&self) -> Attributes {
        let block = !(1..=7).contains(&self.attributes.offset_info());
        Attributes(self.attributes.0 & 0x0fff | u16::from(self.offset.code(block)) << 12)
    }
    /// Octets on the wire.
    const fn len(&self) -> usize {
        12 + match self.offset {
            OffsetInfo::FbArray(_) => 104,
            OffsetInfo::Plain { .. } => 4,
            OffsetInfo::String(_) => 12,
            OffsetInfo::Array(..) => 20,
            OffsetInfo::Matrix(..) => 68,
            OffsetInfo::Struct(..) => 32,
            OffsetInfo::StructArray(..) => 48,
            OffsetInfo::StructMatrix(..) => 96,
            OffsetInfo::Fb(..) => 40,
        }
    }
}

impl Wire<'_> for Vartype {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let lid = le(r)?;
        let crc = le(r)?;
        let soft_type = SoftType(r.u8("soft type")?);
        let attributes = Attributes(r.u16("attributes of a member")?);
        let bits = BitInfo(r.u8("bit info of a member")?);
        let offset = OffsetInfo::read(r, attributes.offset_info())?;
        Ok(Self { lid, crc, soft_type, attributes, bits, offset })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let attributes = self.written();
        put(out, &[self.lid, self.crc]);
        out.push(self.soft_type.0);
        out.extend_from_slice(&attributes.0.to_be_bytes());
        out.push(self.bits.0);
        self.offset.put(out, attributes.offset_info());
    }
}

fn le(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    r.array("member of a type").map(u32::from_le_bytes)
}

fn le_signed(r: &mut Reader<'_>) -> Result<i32, Malformed> {
    r.array("member of a type").map(i32::from_le_bytes)
}

fn le16(r: &mut Reader<'_>) -> Result<u16, Malformed> {
    r.array("member of a type").map(u16::from_le_bytes)
}

fn les<const N: usize>(r: &mut Reader<'_>) -> Result<[u32; N], Malformed> {
    let mut all = [0; N];
    for one in &mut all {
        *one = le(r)?;
    }
    Ok(all)
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

impl OffsetInfo {
    /// Its code, for a member of a `block` or of a type.
    pub const fn code(&self, block: bool) -> u8 {
        let of_type = match self {
            Self::FbArray(_) => return 0,
            Self::Plain { .. } => 1,
            Self::String(_) => 2,
            Self::Array(..) => 3,
            Self::Matrix(..) => 4,
            Self::Struct(..) => 5,
            Self::StructArray(..) => 6,
            Self::StructMatrix(..) => 7,
            Self::Fb(..) => return 15,
        };
        if block { of_type + 7 } else { of_type }
    }
    fn read(r: &mut Reader<'_>, code: u8) -> Result<Self, Malformed> {
        Ok(match code {
            0 => Self::FbArray(Box::new(FbArray {
                place: Place::read(r)?,
                relation: Relation::read(r)?,
                sections: Sections::read(r)?,
                count: le(r)?,
                sizes: les(r)?,
                dimensions: Dimensions::read(r)?,
            })),
            1 => {
                let classic = le16(r)?;
                Self::Plain { optimised: le16(r)?, classic }
            }
            8 => {
                let optimised = le16(r)?;
                Self::Plain { optimised, classic: le16(r)? }
            }
            2 | 9 => Self::String(Place::read(r)?),
            3 | 10 => Self::Array(Place::read(r)?, Bounds::read(r)?),
            4 | 11 => Self::Matrix(Place::read(r)?, Bounds::read(r)?, Box::new(Dimensions::read(r)?)),
            5 | 12 => Self::Struct(Place::read(r)?, Relation::read(r)?),
            6 | 13 => Self::StructArray(
                Place::read(r)?,
                Bounds::read(r)?,
                ElementSize::read(r)?,
                Relation::read(r)?,
            ),
            7 | 14 => Self::StructMatrix(
                Place::read(r)?,
                Bounds::read(r)?,
                Box::new(Dimensions::read(r)?),
                ElementSize::read(r)?,
                Relation::read(r)?,
            ),
            15 => Self::Fb(Place::read(r)?, Relation::read(r)?, Sections::read(r)?),
            // Four bits say no more.
            _ => return Err(r.bad("offset info")),
        })
    }
    fn put(&self, out: &mut Vec<u8>, code: u8) {
        match self {
            Self::Plain { optimised, classic } => {
                let (first, second) = if code == 1 { (classic, optimised) } else { (optimised, classic) };
                out.extend_from_slice(&first.to_le_bytes());
                out.extend_from_slice(&second.to_le_bytes());
            }
            Self::String(place) => place.write(out),
            Self::Array(place, bounds) => {
                place.write(out);
                bounds.write(out);
            }
            Self::Matrix(place, bounds, dimensions) => {
                place.write(out);
                bounds.write(out);
                dimensions.write(out);
            }
            Self::Struct(place, relation) => {
                place.write(out);
                relation.write(out);
            }
            Self::StructArray(place, bounds, size, relation) => {
                place.write(out);
                bounds.write(out);
                size.write(out);
                relation.write(out);
            }
            Self::StructMatrix(place, bounds, dimensions, size, relation) => {
                place.write(out);
                bounds.write(out);
                dimensions.write(out);
                size.write(out);
                relation.write(out);
            }
            Self::Fb(place, relation, sections) => {
                place.write(out);
                relation.write(out);
                sections.write(out);
            }
            Self::FbArray(array) => {
                array.place.write(out);
                array.relation.write(out);
                array.sections.write(out);
                put(out, &[array.count]);
                put(out, &array.sizes);
                array.dimensions.write(out);
            }
        }
    }
}

impl Wire<'_> for Place {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { a: le16(r)?, b: le16(r)?, optimised: le(r)?, classic: le(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.a.to_le_bytes());
        out.extend_from_slice(&self.b.to_le_bytes());
        put(out, &[self.optimised, self.classic]);
    }
}

impl Wire<'_> for Dimensions {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { lower: les(r)?.map(u32::cast_signed), count: les(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, &self.lower.map(i32::cast_unsigned));
        put(out, &self.count);
    }
}

impl Wire<'_> for Bounds {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { lower: le_signed(r)?, count: le(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, &[self.lower.cast_unsigned(), self.count]);
    }
}

impl Wire<'_> for Relation {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { rid: le(r)?, info: les(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, &[self.rid]);
        put(out, &self.info);
    }
}

impl Wire<'_> for ElementSize {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { classic: le(r)?, optimised: le(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, &[self.classic, self.optimised]);
    }
}

impl Wire<'_> for Sections {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { retain: le(r)?, volatile: le(r)? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put(out, &[self.retain, self.volatile]);
    }
}

//! From an item address to a place in memory.
use super::{AREAS, Home, Interface, Member, Program, Shape};
use core::ops::Range;
use hepta_proto::classic::Area;
use hepta_proto::data::{Array, Type};
use hepta_proto::plus::lists::SoftType;
use hepta_proto::plus::typed::Layout;
use hepta_proto::plus::{ReturnValue, crc};
use std::sync::Arc;

/// The relation id of data block 0: the number is added.
const DB_RID: u32 = 0x8a0e_0000;
/// A data block's values, and those at first.
const DB_ACTUAL: u32 = 2550;
const DB_INITIAL: u32 = 2548;
/// The same of an area.
const AREA_ACTUAL: u32 = 3736;
const AREA_INITIAL: u32 = 3735;

/// LIDs that stand for the whole: its type, and the octets of the classic layout.
const DESCRIPTION: u32 = 1;
const CLASSIC_BLOB: u32 = 3;

/// The soft data type of a `BOOL` that has an octet of its own.
const BBOOL: SoftType = SoftType(40);

/// What is refused, as a client is told.
pub(crate) mod refused {
    use hepta_proto::plus::ReturnValue;

    /// No such object; as an S7-1500 says it.
    pub(crate) const OBJECT: ReturnValue = ReturnValue(0x8020_ab00_1992_fff4);
    /// No such member, element or part (-255, generic 43).
    pub(crate) const LID: ReturnValue = ReturnValue(0x80a0_ab00_008a_ff01);
    /// The program has another symbol there (-17, generic 43).
    pub(crate) const CRC: ReturnValue = ReturnValue(0x80a0_ab00_0000_ffef);
    /// The attribute is not there (-32, generic 8).
    pub(crate) const ATTRIBUTE: ReturnValue = ReturnValue(0x80a0_8800_0000_ffe0);
    /// The value is of no type that fits (-257, generic 9).
    pub(crate) const CONVERSION: ReturnValue = ReturnValue(0x80a0_8900_0000_feff);
    /// A packed struct of another interface (-256, generic 41).
    pub(crate) const TIMESTAMP: ReturnValue = ReturnValue(0x80a0_a900_0000_ff00);
    /// A packed struct in the order of the CPU's own octets (-278, generic 9).
    pub(crate) const ORDER: ReturnValue = ReturnValue(0x80a0_8900_0000_feea);
    /// Octets beyond the end (-61, generic 13).
    pub(crate) const RANGE: ReturnValue = ReturnValue(0x80a0_8d00_0000_ffc3);
    /// The block has no octets in the classic layout (-276, generic 43).
    pub(crate) const NO_BLOB: ReturnValue = ReturnValue(0x80a0_ab00_0000_feec);
    /// Not to be written (-41, generic 3).
    pub(crate) const READ_ONLY: ReturnValue = ReturnValue(0x80a0_8300_0000_ffd7);
}

/// What an item address stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A value.
    Leaf(Leaf),
    /// The relation id of the type information (LID 1).
    Description(u32),
    /// Octets of the classic layout (LID 3), or one bit of them.
    Blob {
        /// The octets.
        octets: Range<usize>,
        /// The bit of the first.
        bit: Option<u8>,
    },
}

/// A value that can be read and written, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// What it is: a simple type, an array of one, or a struct that has a name.
    pub ty: Type,
    /// Its first octet.
    pub octet: usize,
    /// Its bit there, where bits are packed.
    pub bit: u8,
    /// How its octets are laid out.
    pub layout: Layout,
}

/// What a path leads to, and what the way there says of it.
pub(super) struct Found<'a> {
    pub(super) target: Target,
    /// That of a struct.
    pub(super) shape: Option<&'a Shape>,
    /// May clients write it?
    pub(super) writable: bool,
}

impl From<Target> for Found<'_> {
    fn from(target: Target) -> Self {
        Self { target, shape: None, writable: true }
    }
}

/// Whose memory is meant, and whether it is what it was at first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Space {
    pub(crate) home: Home,
    pub(crate) initial: bool,
}

impl Space {
    /// That of an item address; `None` if it means an attribute of an object.
    pub(crate) fn of(area: u32, sub_area: u32) -> Option<Self> {
        let home = home(area)?;
        let initial = match (home, sub_area) {
            (Home::Db(_), DB_ACTUAL) | (Home::Area(_), AREA_ACTUAL) => false,
            (Home::Db(_), DB_INITIAL) | (Home::Area(_), AREA_INITIAL) => true,
            _ => return None,
        };
        Some(Self { home, initial })
    }
}

/// The data block or area that a relation id stands for.
pub(crate) fn home(rid: u32) -> Option<Home> {
    match rid & 0xffff_0000 {
        DB_RID => u16::try_from(rid & 0xffff).ok().map(Home::Db),
        _ => AREAS.iter().find(|ids| ids.rid == rid).map(|ids| Home::Area(ids.area)),
    }
}

/// The relation id of a data block or an area; 0 of an area without symbols.
pub(crate) fn rid(home: Home) -> u32 {
    match home {
        Home::Db(number) => DB_RID | u32::from(number),
        Home::Area(area) => AREAS.iter().find(|ids| ids.area == area).map_or(0, |ids| ids.rid),
    }
}

impl Program {
    /// What the path means there. `size` is that of the memory, in octets.
    pub(super) fn resolve(
        &self,
        home: Home,
        lids: &[u32],
        sum: u32,
        size: usize,
    ) -> Result<Found<'_>, ReturnValue> {
        let interface = match home {
            Home::Db(number) => Some(self.block(number).ok_or(refused::OBJECT)?),
            Home::Area(area) => self.area(area),
        };
        let standard = interface.is_none_or(|interface| interface.layout == Layout::Standard);
        match lids {
            [DESCRIPTION | CLASSIC_BLOB, ..] if sum != 0 => Err(refused::CRC),
            [DESCRIPTION] => Ok(Target::Description(type_rid(home, interface)).into()),
            [CLASSIC_BLOB, _, _] | [CLASSIC_BLOB, _, _, _] if !standard => Err(refused::NO_BLOB),
            [CLASSIC_BLOB, start, len] => blob(*start, *len, None, size).map(Found::from),
            [CLASSIC_BLOB, start, 1, bit @ 0..=7] => {
                blob(*start, 1, u8::try_from(*bit).ok(), size).map(Found::from)
            }
            _ => interface.ok_or(refused::LID)?.find(lids, sum),
        }
    }
}

/// The type information of a block or area, with symbols or without.
pub(crate) fn type_rid(home: Home, interface: Option<&Arc<Interface>>) -> u32 {
    let known = |area: Area| AREAS.iter().find(|ids| ids.area == area).map_or(0, |ids| ids.type_rid);
    match (interface, home) {
        (Some(interface), _) => interface.shape.rid,
        (None, Home::Area(area)) => known(area),
        (None, Home::Db(_)) => 0,
    }
}

fn blob(start: u32, len: u32, bit: Option<u8>, size: usize) -> Result<Target, ReturnValue> {
    let start = usize::try_from(start).map_err(|_| refused::RANGE)?;
    let end = usize::try_from(len).ok().and_then(|len| start.checked_add(len)).ok_or(refused::RANGE)?;
    if len == 0 || end > size { Err(refused::RANGE) } else { Ok(Target::Blob { octets: start..end, bit }) }
}

/// A path as far as it has been followed: `'s` is the program's, `'a` the path's.
struct Walk<'s, 'a> {
    octet: usize,
    bit: u8,
    layout: Layout,
    /// The sums of the members, if the path is to be checked.
    sums: Option<Vec<u32>>,
    /// Was an element chosen? Its path has no sum.
    element: bool,
    writable: bool,
    /// That of the struct it ends at.
    shape: Option<&'s Shape>,
    lids: core::slice::Iter<'a, u32>,
}

impl Interface {
    /// The value that a path of LIDs leads to: members, and of arrays the number of an element, from 0 on, over all
    /// dimensions; behind an element that is a struct a 1. A sum that is not 0 must be that of the path.
    pub fn resolve(&self, lids: &[u32], sum: u32) -> Result<Target, ReturnValue> {
        self.find(lids, sum).map(|found| found.target)
    }
    pub(super) fn find(&self, lids: &[u32], sum: u32) -> Result<Found<'_>, ReturnValue> {
        let sums = (sum != 0).then(Vec::new);
        let (layout, lids) = (self.layout, lids.iter());
        let mut walk =
            Walk { octet: 0, bit: 0, layout, sums, element: false, writable: true, shape: None, lids };
        let ty = walk.member(&self.shape)?;
        if walk.sums.take().is_some_and(|sums| walk.element || crc::path(sums) != sum) {
            return Err(refused::CRC);
        }
        let Walk { octet, bit, shape, writable, .. } = walk;
        Ok(Found { target: Target::Leaf(Leaf { ty, octet, bit, layout }), shape, writable })
    }
}

impl<'s> Walk<'s, '_> {
    fn member(&mut self, shape: &'s Shape) -> Result<Type, ReturnValue> {
        let lid = self.lids.next().ok_or(refused::LID)?;
        let member = shape.member(*lid).ok_or(refused::LID)?;
        let (octet, bit) = member.place(self.layout);
        self.octet += octet;
        self.bit = bit;
        self.writable &= member.is_writable();
        if let Some(sums) = &mut self.sums {
            sums.push(member.crc);
        }
        self.value(member, &member.ty)
    }
    /// What the rest of the path makes of `ty`, which is that of the member or of its elements.
    fn value(&mut self, member: &'s Member, ty: &Type) -> Result<Type, ReturnValue> {
        match ty {
            Type::Array(array) => match self.lids.next() {
                // Its elements are packed structs, and no source has the layout of many.
                None if member.inner.is_some() => Err(refused::LID),
                None => Ok(ty.clone()),
                Some(index) => {
                    self.element = true;
                    self.index(member, array, *index)?;
                    let element = array.element();
                    if matches!(element, Type::Struct(_) | Type::Dtl) && self.lids.next() != Some(&1) {
                        return Err(refused::LID);
                    }
                    self.value(member, element)
                }
            },
            Type::Dtl if self.lids.len() == 0 => Ok(Type::Dtl),
            Type::Struct(_) | Type::Dtl => {
                let inner = member.inner.as_deref().ok_or(refused::LID)?;
                // A struct without a name is no value: it has no interface that could be checked.
                if self.lids.len() == 0 && inner.modified.is_some() {
                    self.shape = Some(inner);
                    return Ok(ty.clone());
                }
                self.member(inner)
            }
            Type::String(_) => self.part(ty, 1, &Type::USInt),
            Type::WString(_) => self.part(ty, 2, &Type::UInt),
            _ if self.lids.len() == 0 => Ok(ty.clone()),
            _ => Err(refused::LID),
        }
    }
    /// Goes to an element. Rows of `BBOOL`, which optimised blocks have, count as multiples of 8 if there are several.
    fn index(&mut self, member: &Member, array: &Array, index: u32) -> Result<(), ReturnValue> {
        let index = usize::try_from(index).map_err(|_| refused::LID)?;
        if *array.element() != Type::Bool {
            if index >= array.count() {
                return Err(refused::LID);
            }
            self.octet += index * self.layout.stride(array.element());
            return Ok(());
        }
        let (rows, per_row) = array.rows();
        let padded = if rows > 1 && member.soft == BBOOL { per_row.next_multiple_of(8) } else { per_row };
        let (row, column) = (index / padded.max(1), index % padded.max(1));
        if row >= rows || column >= per_row {
            return Err(refused::LID);
        }
        match self.layout {
            Layout::Optimised => self.octet += row * per_row + column,
            Layout::Standard => {
                let bit = usize::from(self.bit) + row * per_row.next_multiple_of(8) + column;
                self.octet += bit / 8;
                self.bit = u8::try_from(bit % 8).unwrap_or_default();
            }
        }
        Ok(())
    }
    /// A text, or of it units `start` and so many more, its head included: a panel asks for `0, 256`.
    fn part(&mut self, ty: &Type, unit: usize, of: &Type) -> Result<Type, ReturnValue> {
        let (start, count) = match *self.lids.as_slice() {
            [] => return Ok(ty.clone()),
            [start, count] => (start, count),
            _ => return Err(refused::LID),
        };
        self.lids.by_ref().for_each(drop);
        let wanted = usize::try_from(start).ok().zip(usize::try_from(count).ok());
        let (from, many) = wanted.ok_or(refused::LID)?;
        if from.checked_add(many).is_none_or(|end| end > ty.size() / unit) {
            return Err(refused::LID);
        }
        self.element = true;
        self.octet += from * unit;
        Type::array_of(of.clone(), count).map_err(|_| refused::LID)
    }
}

//! Reading and writing by item address, in the one memory.
use super::resolve::{Found, Leaf, Space, Target, refused};
use super::{DataBlock, Home, Interface, packed};
use crate::changes::Who;
use crate::memory::Memory;
use crate::plc::Plc;
use hepta_proto::classic::Area;
use hepta_proto::classic::server::Range;
use hepta_proto::plus::typed::{self, Layout, StoreError};
use hepta_proto::plus::value::{Blob, Data};
use hepta_proto::plus::{ItemAddress, ReturnValue, Value};
use std::borrow::Cow;
use std::sync::Arc;

impl Memory {
    fn place(home: Home) -> (Area, u16) {
        match home {
            Home::Db(number) => (Area::Db, number),
            Home::Area(area) => (area, 0),
        }
    }
    /// The octets of a data block or area, as they are or as they were at first.
    fn of(&self, space: Space) -> Result<&[u8], ReturnValue> {
        let (area, db) = Self::place(space.home);
        self.octets(area, db).map_err(|_| refused::OBJECT)
    }
    fn resolve(&self, space: Space, lids: &[u32], crc: u32) -> Result<Found<'_>, ReturnValue> {
        self.program.resolve(space.home, lids, crc, self.of(space)?.len())
    }
    pub(crate) fn read_item(&self, address: &ItemAddress) -> Result<Value, ReturnValue> {
        let space = Space::of(address.area, address.sub_area).ok_or(refused::OBJECT)?;
        let now = self.of(space)?;
        let Found { target, shape, .. } = self.resolve(space, &address.lids, address.crc)?;
        let octets = match self.initial(space.home) {
            _ if !space.initial => Cow::Borrowed(now),
            Some(initial) => Cow::Borrowed(initial),
            None => Cow::Owned(vec![0; now.len()]),
        };
        match target {
            Target::Description(rid) => Ok(Value::rid(rid)),
            Target::Leaf(Leaf { ty, octet, bit, layout }) => {
                let part = octets.get(octet..).ok_or(refused::LID)?;
                match shape {
                    Some(shape) => packed::value(shape, layout, part),
                    None => typed::value(&ty, layout, part, bit),
                }
                .ok_or(refused::LID)
            }
            Target::Blob { octets: range, bit } => {
                let part = octets.get(range).ok_or(refused::RANGE)?;
                Ok(Value::blob(match bit {
                    None => part.to_vec(),
                    Some(bit) => part.iter().map(|octet| octet >> bit & 1).collect(),
                }))
            }
        }
    }
    fn initial(&self, home: Home) -> Option<&[u8]> {
        match home {
            Home::Db(number) => self.program.block(number)?.initial.as_deref(),
            Home::Area(_) => None,
        }
    }
    pub(crate) fn write_item(
        &mut self,
        who: Who,
        address: &ItemAddress,
        value: &Value,
    ) -> Result<(), ReturnValue> {
        let space = Space::of(address.area, address.sub_area).ok_or(refused::OBJECT)?;
        let Found { target, shape, writable } = self.resolve(space, &address.lids, address.crc)?;
        if space.initial || !writable && who != Who::Owner {
            return Err(refused::READ_ONLY);
        }
        let (area, db) = Self::place(space.home);
        match target {
            Target::Description(_) => Err(refused::READ_ONLY),
            Target::Leaf(leaf) => match shape {
                Some(shape) => {
                    let mut octets = self.of(space)?.get(leaf.octet..).unwrap_or_default().to_vec();
                    octets.truncate(shape.size(leaf.layout));
                    packed::store(shape, leaf.layout, value, &mut octets)?;
                    self.put(range(area, db, leaf.octet, octets.len())?, &octets).map_err(|_| refused::LID)
                }
                None => self.store(area, db, &leaf, value),
            },
            Target::Blob { octets, bit } => {
                let Data::Blob(Blob::Octets(data)) = value.data() else { return Err(refused::CONVERSION) };
                if data.len() != octets.len() {
                    return Err(refused::CONVERSION);
                }
                match (bit, data.as_slice()) {
                    (Some(bit), [on]) => {
                        let at = range(area, db, octets.start, 1)?;
                        self.put_bit(at, bit, on & 1 != 0).map_err(|_| refused::RANGE)
                    }
                    _ => {
                        self.put(range(area, db, octets.start, data.len())?, data).map_err(|_| refused::RANGE)
                    }
                }
            }
        }
    }
    fn store(&mut self, area: Area, db: u16, leaf: &Leaf, value: &Value) -> Result<(), ReturnValue> {
        let Leaf { ty, octet, bit, layout } = leaf;
        let len = match layout {
            Layout::Standard if ty.is_bits() => (usize::from(*bit) + ty.bits()).div_ceil(8),
            layout => layout.size(ty),
        };
        let at = range(area, db, *octet, len)?;
        // What a write leaves alone (other bits, the end of a text) stays as it is.
        let mut octets = self.get(at).map_err(|_| refused::LID)?.to_vec();
        typed::store(ty, *layout, value, &mut octets, *bit).map_err(|why| match why {
            StoreError::Timestamp => refused::TIMESTAMP,
            _ => refused::CONVERSION,
        })?;
        self.put(at, &octets).map_err(|_| refused::LID)
    }
}

/// A range of memory, as the change feed shows it: timers and counters by their number.
fn range(area: Area, db: u16, octet: usize, len: usize) -> Result<Range, ReturnValue> {
    let each = if matches!(area, Area::Timers | Area::Counters) { 2 } else { 1 };
    // No half timers: their ranges start at whole ones.
    if !octet.is_multiple_of(each) || !len.is_multiple_of(each) {
        return Err(refused::RANGE);
    }
    let number = |n: usize| u32::try_from(n).map_err(|_| refused::RANGE);
    Ok(Range { area, db, start: number(octet / each)?, len: number(len)? })
}

impl Plc {
    /// Adds the block that is declared, with the values it has at first.
    pub fn add_program_block(&self, block: &DataBlock) -> Result<(), crate::Error> {
        self.declare(core::slice::from_ref(block))
    }
    /// What is declared of a data block or area: its name, number, members. `None` if it is not there, or has no symbols.
    pub fn interface(&self, home: Home) -> Option<Arc<Interface>> {
        self.memory(|memory| match home {
            Home::Db(number) => memory.program.block(number).cloned(),
            Home::Area(area) => memory.program.area(area).cloned(),
        })
    }
    /// What an item address stands for. Attributes of objects have no place in memory: ask [`Plc::read_item`].
    pub fn resolve(&self, area: u32, sub_area: u32, lids: &[u32], crc: u32) -> Result<Target, ReturnValue> {
        let space = Space::of(area, sub_area).ok_or(refused::OBJECT)?;
        self.memory(|memory| memory.resolve(space, lids, crc).map(|found| found.target))
    }
    /// The value of an item, as the wire has it: of a variable, of octets of the classic layout, of an attribute.
    pub fn read_item(&self, address: &ItemAddress) -> Result<Value, ReturnValue> {
        match Space::of(address.area, address.sub_area) {
            Some(_) => self.access(Who::Owner, |memory| memory.read_item(address)),
            None => self.read_attribute(address),
        }
    }
    /// Writes an item, in any of the spellings that clients have for its type. The change feed tells it as octets.
    ///
    /// What clients may not write, the owner may.
    pub fn write_item(&self, who: Who, address: &ItemAddress, value: &Value) -> Result<(), ReturnValue> {
        match Space::of(address.area, address.sub_area) {
            Some(_) => self.access(who, |memory| memory.write_item(who, address, value)),
            None => self.write_attribute(who, address, value),
        }
    }
}

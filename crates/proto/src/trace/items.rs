//! Items of jobs and their data as text.
use super::{Entry, Hex};
use crate::classic::vars::{Any, Area, DataItem, DataSize, Item, TransportSize};
use crate::classic::{Complaint, ReturnCode};
use core::fmt::Write as _;

/// What an item of a job asks for.
pub(super) fn tell_item(item: &Item<'_>, entry: &mut Entry) {
    match item {
        Item::Any(any) => {
            let _ = write!(entry.text, "{any}");
            entry.known("transport size", any.transport.name(), any.transport.0.into());
            entry.known("area", any.area.name(), any.area.0.into());
        }
        Item::DbRead(db) => {
            entry.text.push_str("DBREAD");
            for range in db.ranges() {
                let _ = write!(entry.text, " DB{}.DBB{} x{}", range.db, range.start, range.len);
            }
        }
        Item::Symbolic(symbol) => {
            let _ =
                write!(entry.text, "symbol {:04x}.{:04x} CRC {:08x}", symbol.root, symbol.root2, symbol.crc);
            for lid in symbol.lids() {
                let _ = write!(entry.text, " {lid:08x}");
            }
        }
        Item::Nck(nck) => {
            let _ = write!(entry.text, "{nck:?}");
        }
        Item::Drive(drive) => {
            let _ = write!(entry.text, "{drive:?}");
        }
        Item::Raw { syntax, body } => {
            let _ = write!(entry.text, "{syntax} {}", Hex(body));
            entry.complaints.push(Complaint::Raw { what: "item", len: body.len() });
        }
    }
}

/// A value, or why there is none.
pub(super) fn tell_data(item: &DataItem<'_>, entry: &mut Entry) {
    if item.code != ReturnCode::Reserved && item.code != ReturnCode::Ok {
        return tell_code(item.code, entry);
    }
    let _ = write!(entry.text, "{} {}", item.size, Hex(item.data));
    entry.known("data transport size", item.size.name(), item.size.0.into());
    if item.size == DataSize::Null && item.data.is_empty() {
        entry.text.truncate(entry.text.trim_end().len());
    }
}

/// What became of an item.
pub(super) fn tell_code(code: ReturnCode, entry: &mut Entry) {
    let _ = write!(entry.text, "{:02x} {}", code.0, code.meaning());
    entry.known("return code", code.name(), code.0.into());
}

impl core::fmt::Display for Any {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (start, bit) = (self.start(), self.bit());
        let block = match self.area {
            Area::Timers => return write!(f, "T{} x{}", self.address, self.count),
            Area::Counters => return write!(f, "C{} x{}", self.address, self.count),
            Area::Db => "DB",
            Area::InstanceDb => "DI",
            Area::Flags => "M",
            Area::Inputs => "I",
            Area::Outputs => "Q",
            Area::Peripheral => "P",
            Area::PreviousLocal => "V",
            area => return write!(f, "{area} {start}.{bit} {} x{}", self.transport, self.count),
        };
        if matches!(self.area, Area::Db | Area::InstanceDb) {
            write!(f, "{block}{}.DB", self.db)?;
        } else {
            f.write_str(block)?;
        }
        match self.transport {
            TransportSize::Bit => write!(f, "X{start}.{bit}")?,
            TransportSize::Byte => write!(f, "B{start}")?,
            transport => write!(f, "B{start} {transport}")?,
        }
        if bit != 0 && self.transport != TransportSize::Bit {
            write!(f, " bit {bit}")?;
        }
        if self.count == 1 { Ok(()) } else { write!(f, " x{}", self.count) }
    }
}

//! A CPU of a few lines: octets in areas, holes that refuse, lists; it keeps a log of what it was asked.
#![allow(dead_code, unreachable_pub, reason = "each test and each target uses a part of it")]
use hepta_proto::classic::server::{Device, Range};
use hepta_proto::classic::vars::Function;
use hepta_proto::classic::{Area, ErrorCode, Limits, ReturnCode, szl};
use hepta_proto::iso::{self, DisconnectReason};
use std::collections::BTreeMap;

/// The memory of a test, and how it treats its peers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plc {
    /// Octets by area and number of the data block.
    pub memory: BTreeMap<(u8, u16), Vec<u8>>,
    /// Octets that cannot be accessed, and what is said instead.
    pub holes: Vec<(Area, u16, core::ops::Range<u32>, ReturnCode)>,
    /// Lists by id and index, head included.
    pub lists: BTreeMap<(u16, u16), Vec<u8>>,
    /// Jobs that are refused as a whole.
    pub forbidden: Vec<(Function, ErrorCode)>,
    /// Why nobody may connect.
    pub closed: Option<DisconnectReason>,
    /// What was agreed, setup by setup.
    pub agreed: Vec<Limits>,
    /// What was written, in order, refused writes included.
    pub writes: Vec<Range>,
    /// The most octets that one access asked for.
    pub widest: u32,
}

/// An octet that tells from where it was read.
pub const fn octet(area: Area, db: u16, at: u32) -> u8 {
    let place =
        (area.0 as u32).wrapping_mul(0x9e37) ^ (db as u32).wrapping_mul(0x85eb) ^ at.wrapping_mul(0x2c1b);
    let [_, a, b, c] = place.to_be_bytes();
    a ^ b ^ c
}

/// `len` octets that tell from where they were read.
pub fn octets(area: Area, db: u16, start: u32, len: u32) -> Vec<u8> {
    (start..start + len).map(|at| octet(area, db, at)).collect()
}

impl Plc {
    /// With `len` telling octets in an area.
    pub fn with(mut self, area: Area, db: u16, len: u32) -> Self {
        self.memory.insert((area.0, db), octets(area, db, 0, len));
        self
    }
    /// With octets that are refused.
    pub fn hole(mut self, area: Area, db: u16, at: core::ops::Range<u32>, code: ReturnCode) -> Self {
        self.holes.push((area, db, at, code));
        self
    }
    /// With a list of records of `record` octets.
    pub fn list(mut self, id: u16, index: u16, record: u16, records: &[u8]) -> Self {
        let count = u16::try_from(records.len() / usize::from(record)).unwrap();
        let head = [id, index, record, count].map(u16::to_be_bytes).concat();
        self.lists.insert((id, index), [&head, records].concat());
        self
    }
    /// Octets of an area.
    pub fn area(&self, area: Area, db: u16) -> &[u8] {
        &self.memory[&(area.0, db)]
    }

    fn find(&mut self, range: Range) -> Result<&mut [u8], ReturnCode> {
        let Range { area, db, start, len } = range;
        self.widest = self.widest.max(len);
        let counted = matches!(area, Area::Timers | Area::Counters);
        // Timers and counters are two octets each, and named by their number.
        let from = if counted { u64::from(start) * 2 } else { start.into() };
        let to = from + u64::from(len);
        let memory = self.memory.get_mut(&(area.0, db)).ok_or(ReturnCode::NoObject)?;
        let found = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let found = found.and_then(|(from, to)| memory.get_mut(from..to)).ok_or(ReturnCode::OutOfRange)?;
        let hole = self.holes.iter().find(|(a, d, at, _)| {
            (*a, *d) == (area, db) && u64::from(at.start) < to && from < u64::from(at.end)
        });
        hole.map_or(Ok(found), |(.., code)| Err(*code))
    }
}

impl Device for Plc {
    fn connect(&mut self, _: &iso::Connect<'_>) -> Result<(), DisconnectReason> {
        self.closed.map_or(Ok(()), Err)
    }
    fn permit(&mut self, function: Function) -> Result<(), ErrorCode> {
        self.forbidden.iter().find(|(f, _)| *f == function).map_or(Ok(()), |(_, code)| Err(*code))
    }
    fn read(&mut self, range: Range, out: &mut Vec<u8>) -> ReturnCode {
        match self.find(range) {
            Ok(found) => {
                out.extend_from_slice(found);
                ReturnCode::Ok
            }
            Err(code) => code,
        }
    }
    fn read_bit(&mut self, range: Range, bit: u8) -> Result<bool, ReturnCode> {
        assert_eq!(range.len, 1, "a bit is in one octet");
        self.find(range).map(|found| found[0] >> bit & 1 != 0)
    }
    fn write(&mut self, range: Range, data: &[u8]) -> ReturnCode {
        assert_eq!(data.len(), range.len as usize, "as many octets as the range has");
        self.writes.push(range);
        match self.find(range) {
            Ok(found) => {
                found.copy_from_slice(data);
                ReturnCode::Ok
            }
            Err(code) => code,
        }
    }
    fn write_bit(&mut self, range: Range, bit: u8, value: bool) -> ReturnCode {
        assert_eq!(range.len, 1, "a bit is in one octet");
        self.writes.push(range);
        match self.find(range) {
            Ok(found) => {
                found[0] = found[0] & !(1 << bit) | u8::from(value) << bit;
                ReturnCode::Ok
            }
            Err(code) => code,
        }
    }
    fn szl(&mut self, request: szl::Request, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        match self.lists.get(&(request.id.0, request.index)) {
            Some(list) => out.extend_from_slice(list),
            None if self.lists.keys().any(|(id, _)| *id == request.id.0) => {
                return Err(ErrorCode::ListExtractNotAvailable);
            }
            None => return Err(ErrorCode::InformationNotAvailable),
        }
        Ok(())
    }
    fn agreed(&mut self, limits: Limits) {
        self.agreed.push(limits);
    }
}

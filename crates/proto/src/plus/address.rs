//! What a multi request asks for: a path of ids below an area.
//!
//! ```text
//!  CRC | area | n | sub area | LID ...        n counts the sub area and the LIDs; all of variable length
//! ```
//!
//! As text: `8A0E0001.B` is LID B in DB 1, `8A0E0001.B#A6149C91` the same with the checksum of the symbol, `52.9` LID 9 of the
//! flags (all hex). The sub area follows from the area: 2550 of a data block, 3736 of I, Q, M, C and T; any other stands in
//! brackets, decimal as it is known by: `8A0E0001(2548).B`, `C9(1037)`.
use super::value::{Data, Member, Struct, Value};
use super::vlq;
use crate::data::scan::Scan;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

/// A path of ids below an area.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct ItemAddress {
    /// Checksum over the symbol; 0: do not check. It must be 0 where an element of an array is meant.
    pub crc: u32,
    /// 8A0E0000 and the number of a data block, 80 to 84 (hex 50 to 54), or the RID of an object.
    pub area: u32,
    /// 2550 actual values of a data block, 2548 its initial ones, 3736 those of other areas; else the id of an attribute.
    pub sub_area: u32,
    /// The path: LIDs and indices. Up to six do not allocate.
    pub lids: Lids,
}

/// A path of LIDs and indices; [`core::ops::Deref`] has them as slice. Up to six do not allocate.
#[derive(Clone)]
pub struct Lids(Store);

#[derive(Clone)]
enum Store {
    Few(u8, [u32; Lids::INLINE]),
    Many(Vec<u32>),
}

impl Lids {
    const INLINE: usize = 6;
}

impl fmt::Debug for Lids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl core::ops::Deref for Lids {
    type Target = [u32];
    fn deref(&self) -> &[u32] {
        match &self.0 {
            Store::Few(n, ids) => ids.get(..usize::from(*n)).unwrap_or(ids),
            Store::Many(ids) => ids,
        }
    }
}

impl PartialEq for Lids {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Lids {}

impl core::hash::Hash for Lids {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl From<&[u32]> for Lids {
    fn from(lids: &[u32]) -> Self {
        let mut ids = [0; Self::INLINE];
        match (u8::try_from(lids.len()), ids.get_mut(..lids.len())) {
            (Ok(n), Some(few)) => {
                few.copy_from_slice(lids);
                Self(Store::Few(n, ids))
            }
            _ => Self(Store::Many(lids.into())),
        }
    }
}

impl<const N: usize> From<[u32; N]> for Lids {
    fn from(lids: [u32; N]) -> Self {
        lids.as_slice().into()
    }
}

/// The areas that are no data block: also the ids of their objects.
pub mod area {
    /// Inputs, hex 50.
    pub const INPUTS: u32 = 80;
    /// Outputs, hex 51.
    pub const OUTPUTS: u32 = 81;
    /// Flags, hex 52.
    pub const FLAGS: u32 = 82;
    /// Counters, hex 53.
    pub const COUNTERS: u32 = 83;
    /// Timers, hex 54.
    pub const TIMERS: u32 = 84;
    /// A data block: this and its number.
    pub const DB: u32 = 0x8a0e_0000;
}

impl ItemAddress {
    /// Actual values of a data block.
    pub const DB_VALUES: u32 = 2550;
    /// Initial values of a data block.
    pub const DB_INITIAL: u32 = 2548;
    /// Actual values of inputs, outputs, flags, counters and timers.
    pub const VALUES: u32 = 3736;

    /// A path, without checksum, in an area whose sub area follows from it; 0 where it does not.
    pub fn new(area: u32, lids: impl Into<Lids>) -> Self {
        Self { crc: 0, area, sub_area: Self::sub_area(area).unwrap_or(0), lids: lids.into() }
    }
    /// A path below an attribute of an object, or below a sub area that is not the usual one.
    pub fn below(area: u32, sub_area: u32, lids: impl Into<Lids>) -> Self {
        Self { crc: 0, area, sub_area, lids: lids.into() }
    }
    /// `len` octets from octet `start`, of what is not optimised: the answer is a blob. Of timers and counters the octet is
    /// twice the number.
    pub fn classic(area: u32, start: u32, len: u32) -> Self {
        Self::new(area, [3, start, len])
    }
    /// One bit of one octet, of what is not optimised.
    pub fn classic_bit(area: u32, octet: u32, bit: u32) -> Self {
        Self::new(area, [3, octet, 1, bit])
    }
    /// Where the type of a block or area is described: the answer is a RID.
    pub fn description(area: u32) -> Self {
        Self::new(area, [1])
    }
    /// The sub area with the actual values of an area: of data blocks 2550, of 80 to 84 3736.
    pub const fn sub_area(area: u32) -> Option<u32> {
        match area {
            area::DB.. => Some(Self::DB_VALUES),
            area::INPUTS..=area::TIMERS => Some(Self::VALUES),
            _ => None,
        }
    }
    /// What it adds to the field count of a request: 4 and the number of LIDs.
    pub fn field_count(&self) -> u32 {
        u32::try_from(self.lids.len()).unwrap_or(u32::MAX).saturating_add(4)
    }
}

/// A text that is no item address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct ItemAddressError {
    /// Where: from 1, in characters.
    pub column: usize,
    /// What is wrong there, and what to write.
    pub what: ItemAddressFault,
}

/// What is wrong with a text that is no item address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemAddressFault {
    /// No area.
    #[error("an area is due, in hex: 8A0E0001 for DB 1, 50 to 54 for I, Q, M, C and T")]
    Area,
    /// An area that does not tell its sub area.
    #[error(
        "what is asked for below area {area:X} is not known: write it in brackets, decimal, as in C9(1037); the areas I, Q, M, \
         C and T are hex 50 to 54"
    )]
    SubAreaMissing {
        /// The area.
        area: u32,
    },
    /// Brackets without a number of 32 bits.
    #[error("a sub area is due, a decimal number up to 4294967295, and a closing bracket: 8A0E0001(2548).B")]
    SubArea,
    /// A dot without an id.
    #[error("a LID is due, in hex and of up to 8 digits: 8A0E0001.B")]
    Lid,
    /// A number sign without a checksum.
    #[error("the checksum of the symbol is due, in hex and of up to 8 digits: 8A0E0001.B#A6149C91")]
    Crc,
    /// Something else.
    #[error("a dot and a LID, or # and a checksum, may follow here, and nothing else")]
    Junk,
}

impl fmt::Display for ItemAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.area)?;
        if Self::sub_area(self.area) != Some(self.sub_area) {
            write!(f, "({})", self.sub_area)?;
        }
        self.lids.iter().try_for_each(|lid| write!(f, ".{lid:X}"))?;
        if self.crc == 0 { Ok(()) } else { write!(f, "#{:08X}", self.crc) }
    }
}

impl FromStr for ItemAddress {
    type Err = ItemAddressError;
    fn from_str(text: &str) -> Result<Self, ItemAddressError> {
        let mut scan = Scan::new(text);
        let fault = |scan: &Scan<'_>, what| ItemAddressError { column: scan.column(), what };
        let area = hex(&mut scan, ItemAddressFault::Area)?;
        let sub_area = if scan.eat('(') {
            let start = scan;
            let number = scan.number().ok_or_else(|| fault(&start, ItemAddressFault::SubArea))?;
            let end = scan;
            if !scan.eat(')') {
                return Err(fault(&end, ItemAddressFault::SubArea));
            }
            number
        } else {
            Self::sub_area(area).ok_or_else(|| fault(&scan, ItemAddressFault::SubAreaMissing { area }))?
        };
        let mut lids = Vec::new();
        while scan.eat('.') {
            lids.push(hex(&mut scan, ItemAddressFault::Lid)?);
        }
        let crc = if scan.eat('#') { hex(&mut scan, ItemAddressFault::Crc)? } else { 0 };
        if !scan.done() {
            return Err(fault(&scan, ItemAddressFault::Junk));
        }
        Ok(Self { crc, area, sub_area, lids: lids.as_slice().into() })
    }
}

/// A hex number of up to 32 bits, without prefix.
fn hex(scan: &mut Scan<'_>, what: ItemAddressFault) -> Result<u32, ItemAddressError> {
    let column = scan.column();
    u32::from_str_radix(scan.take_while(|c| c.is_ascii_hexdigit()), 16)
        .map_err(|_| ItemAddressError { column, what })
}

/// Which object a request is about: parent, composition and key; in nearly all requests the same 23 octets.
///
/// CPUs pay it no attention. Some clients write other values, or let it end earlier than they think; what is not the usual
/// survives as the struct it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Qualifier {
    /// Parent 0, composition 0, key 0.
    #[default]
    Plain,
    /// Anything else.
    Other(Struct),
}

impl Qualifier {
    const PLAIN: [u8; 23] = [
        0x00, 0x00, 0x04, 0xe8, 0x89, 0x69, 0x00, 0x12, 0x00, 0x00, 0x00, 0x00, 0x89, 0x6a, 0x00, 0x13, 0x00,
        0x89, 0x6b, 0x00, 0x04, 0x00, 0x00,
    ];
    const ID: u32 = 1256;

    /// A qualifier with these ids and this key; the usual one where all are 0.
    pub fn new(parent: u32, composition: u32, key: u32) -> Self {
        if (parent, composition, key) == (0, 0, 0) {
            return Self::Plain;
        }
        Self::Other(Struct::new(
            Self::ID,
            vec![
                Member::new(1257, Data::Rid(parent)),
                Member::new(1258, Data::Aid(composition)),
                Member::new(1259, Data::UDInt(key)),
            ],
        ))
    }
    /// The relation id of the parent; 0 where there is none.
    pub fn parent(&self) -> u32 {
        self.member(1257)
    }
    /// The attribute of the parent; 0 where there is none.
    pub fn composition(&self) -> u32 {
        self.member(1258)
    }
    /// The key; 0 where there is none.
    pub fn key(&self) -> u32 {
        self.member(1259)
    }
    fn member(&self, id: u32) -> u32 {
        match self {
            Self::Plain => 0,
            Self::Other(data) => data.member(id).and_then(Value::as_u32).unwrap_or(0),
        }
    }
}

impl Wire<'_> for Qualifier {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.peek().starts_with(&Self::PLAIN) {
            r.take(Self::PLAIN.len(), "object qualifier")?;
            return Ok(Self::Plain);
        }
        Struct::read(r).map(Self::Other)
    }
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(&Self::PLAIN),
            Self::Other(data) => data.write(out),
        }
    }
}

impl Wire<'_> for ItemAddress {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let crc = vlq::u32(r, "checksum of an item address")?;
        let area = vlq::u32(r, "area of an item address")?;
        let bad = r.bad("count of ids of an item address");
        let ids = vlq::u32(r, "count of ids of an item address")?;
        let lids = ids.checked_sub(1).and_then(|n| usize::try_from(n).ok()).ok_or(bad)?;
        // An id takes an octet or more, and the sub area takes one.
        if lids >= r.left() {
            return Err(bad);
        }
        let sub_area = vlq::u32(r, "sub area of an item address")?;
        let mut few = [0; Lids::INLINE];
        let store = if let (Ok(n), Some(part)) = (u8::try_from(lids), few.get_mut(..lids)) {
            for lid in part {
                *lid = vlq::u32(r, "LID")?;
            }
            Store::Few(n, few)
        } else {
            Store::Many((0..lids).map(|_| vlq::u32(r, "LID")).collect::<Result<_, _>>()?)
        };
        Ok(Self { crc, area, sub_area, lids: Lids(store) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        vlq::put_u32(out, self.crc);
        vlq::put_u32(out, self.area);
        vlq::put_len(out, self.lids.len().saturating_add(1));
        vlq::put_u32(out, self.sub_area);
        self.lids.iter().for_each(|lid| vlq::put_u32(out, *lid));
    }
}

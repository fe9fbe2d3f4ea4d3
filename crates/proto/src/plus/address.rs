//! Where a variable is: an area, and a path through the type information.
//!
//! ```text
//!  symbol CRC | area | n | sub area | (n - 1) LID
//! ```
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// The address of one item.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ItemAddress {
    /// Checked by the CPU against its program; 0 for no check.
    pub crc: u32,
    /// 8A0E0000 and the number of a data block, 80 to 84 for I, Q, M, counters and timers, or an object's relation id.
    pub area: u32,
    /// 2550 and 3736 for what is there now, or an attribute id.
    pub sub_area: u32,
    /// The path, or for octets 3, start and length.
    pub lids: Vec<u32>,
}

/// Areas from here on are data blocks.
const DB: u32 = 0x8a0e_0000;

impl ItemAddress {
    /// `len` octets from `start` on of a block that is not optimised, or of inputs, outputs, flags.
    pub fn classic(area: u32, start: u32, len: u32) -> Self {
        let sub_area = if area >= DB { 2550 } else { 3736 };
        Self { crc: 0, area, sub_area, lids: Vec::from([3, start, len]) }
    }
    /// An attribute of an object, or keys in it.
    pub fn attribute(object: u32, id: u32, keys: &[u32]) -> Self {
        Self { crc: 0, area: object, sub_area: id, lids: keys.to_vec() }
    }
    /// How many numbers it counts for in a request.
    pub fn fields(&self) -> usize {
        4 + self.lids.len()
    }
}

impl Wire<'_> for ItemAddress {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (crc, area) = (vlq::u32(r, "symbol CRC")?, vlq::u32(r, "area")?);
        let bad = r.bad("length of an address");
        let n = vlq::u32(r, "length of an address")?.checked_sub(1).ok_or(bad)?;
        let sub_area = vlq::u32(r, "sub area")?;
        let mut lids = Vec::with_capacity(usize::try_from(n).unwrap_or(usize::MAX).min(r.left()));
        for _ in 0..n {
            lids.push(vlq::u32(r, "LID")?);
        }
        Ok(Self { crc, area, sub_area, lids })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let n = u32::try_from(self.lids.len() + 1).unwrap_or(u32::MAX);
        [self.crc, self.area, n, self.sub_area].iter().chain(&self.lids).for_each(|v| vlq::put_u32(out, *v));
    }
}

impl core::fmt::Display for ItemAddress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.area {
            0x50 => f.write_str("I")?,
            0x51 => f.write_str("Q")?,
            0x52 => f.write_str("M")?,
            0x53 => f.write_str("C")?,
            0x54 => f.write_str("T")?,
            area if area >> 16 == DB >> 16 => write!(f, "DB{}", area & 0xffff)?,
            area => write!(f, "{area:08x}")?,
        }
        if !matches!(self.sub_area, 2550 | 3736) {
            write!(f, " {}", self.sub_area)?;
        }
        for (at, lid) in self.lids.iter().enumerate() {
            write!(f, "{}{lid:X}", if at == 0 { " " } else { "." })?;
        }
        if self.crc == 0 { Ok(()) } else { write!(f, " CRC {:08X}", self.crc) }
    }
}

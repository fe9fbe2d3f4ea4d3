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
    pub fn field_count(&self) -> u32 {
        u32::try_from(self.lids.len()).unwrap_or(u32::MAX).saturating_add(4)
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

/// Struct 1256. All of it is 0 wherever it was seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Qualifier {
    /// Member 1257, a `RID`.
    pub parent: u32,
    /// Member 1258, an `AID`.
    pub composition: u32,
    /// Member 1259, a `UDInt`.
    pub key: u32,
}

/// Id of the struct, and number, flags and type of its first member.
const HEAD: [u8; 8] = [0, 0, 0x04, 0xe8, 0x89, 0x69, 0, 0x12];
const COMPOSITION: [u8; 4] = [0x89, 0x6a, 0, 0x13];
const KEY: [u8; 4] = [0x89, 0x6b, 0, 0x04];

impl Wire<'_> for Qualifier {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        expect(r, HEAD)?;
        let parent = r.u32("parent of the object qualifier")?;
        expect(r, COMPOSITION)?;
        let composition = vlq::u32(r, "composition of the object qualifier")?;
        expect(r, KEY)?;
        let key = vlq::u32(r, "key of the object qualifier")?;
        expect(r, [0])?;
        Ok(Self { parent, composition, key })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&HEAD);
        out.extend_from_slice(&self.parent.to_be_bytes());
        out.extend_from_slice(&COMPOSITION);
        vlq::put_u32(out, self.composition);
        out.extend_from_slice(&KEY);
        vlq::put_u32(out, self.key);
        out.push(0);
    }
}

fn expect<const N: usize>(r: &mut Reader<'_>, octets: [u8; N]) -> Result<(), Malformed> {
    let bad = r.bad("object qualifier");
    if r.array::<N>("object qualifier")? == octets { Ok(()) } else { Err(bad) }
}

impl core::fmt::Display for Qualifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "parent {:08x} composition {} key {}", self.parent, self.composition, self.key)
    }
}

//! TPKT: four octets in front of each transport unit.
//!
//! ```text
//!  03 | 00 | length 2     length counts these four octets, 7..=65535
//! ```
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// One TPKT with its content (RFC 1006 §6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tpkt<'a> {
    /// The reserved octet, 0 from every peer we know.
    pub reserved: u8,
    /// One TPDU.
    pub tpdu: &'a [u8],
}

impl Tpkt<'_> {
    /// Octets of the head.
    pub const HEAD: usize = 4;
    /// Octets of the shortest unit: the head and a COTP DT of three.
    pub const SHORTEST: usize = 7;
}

impl<'a> Wire<'a> for Tpkt<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let head = r.bad("TPKT head");
        let [version, reserved, l0, l1] = r.array("TPKT head")?;
        let len = length([version, reserved, l0, l1]).map_err(|bad| bad.shifted(head.at))?;
        Ok(Self { reserved, tpdu: r.take(len - Self::HEAD, "TPKT shorter than its length says")? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let [l0, l1] = crate::wire::len16(self.tpdu.len() + Self::HEAD);
        out.extend_from_slice(&[3, self.reserved, l0, l1]);
        out.extend_from_slice(self.tpdu);
    }
}

/// What a head says of the length of its whole unit, 7..=65535.
#[inline]
pub(super) fn length([version, _, l0, l1]: [u8; 4]) -> Result<usize, Malformed> {
    match usize::from(u16::from_be_bytes([l0, l1])) {
        _ if version != 3 => Err(Malformed { what: "TPKT version (3 is the only one)", at: 0 }),
        ..Tpkt::SHORTEST => Err(Malformed { what: "TPKT length (7 octets are the least)", at: 2 }),
        len => Ok(len),
    }
}

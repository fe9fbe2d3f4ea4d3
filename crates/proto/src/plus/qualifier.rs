//! The object qualifier: a struct of three members that is the same in every request.
use super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

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

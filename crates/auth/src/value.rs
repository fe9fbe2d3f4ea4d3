//! The few values that secrets travel in, octet for octet: flags, type, value.
use alloc::vec::Vec;
use hepta_proto::wire::{Malformed, Reader};

/// A number of at most 32 bits, seven bits an octet, the highest first; bit 7 says that more follow.
pub(crate) fn put_vlq(number: u32, out: &mut Vec<u8>) {
    let more = (1..5).rev().filter(|group| number >> (7 * group) != 0);
    out.extend(more.map(|group| (number >> (7 * group)).to_le_bytes()[0] | 0x80));
    out.push(number.to_le_bytes()[0] & 0x7f);
}

/// A number of at most 64 bits: as [`put_vlq`], but a ninth octet has eight bits.
pub(crate) fn put_vlq64(number: u64, out: &mut Vec<u8>) {
    let (number, last) = if number >> 56 == 0 { (number, None) } else { (number >> 8, Some(number)) };
    let groups = (0..8).rev().filter(|group| last.is_some() || *group == 0 || number >> (7 * group) != 0);
    for group in groups {
        let more = if group == 0 && last.is_none() { 0 } else { 0x80 };
        out.push((number >> (7 * group)).to_le_bytes()[0] & 0x7f | more);
    }
    out.extend(last.map(|number| number.to_le_bytes()[0]));
}

/// The head of a struct; its members follow, and a 0 ends it.
pub(crate) fn put_struct(id: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&STRUCT);
    out.extend_from_slice(&id.to_be_bytes());
}

/// The head of a member: its id, and flags and type of its value, which follows.
pub(crate) fn put_member(id: u32, kind: [u8; 2], out: &mut Vec<u8>) {
    put_vlq(id, out);
    out.extend_from_slice(&kind);
}

pub(crate) fn put_udint(id: u32, value: u32, out: &mut Vec<u8>) {
    put_member(id, UDINT, out);
    put_vlq(value, out);
}

/// A blob of root 0.
pub(crate) fn put_blob(id: u32, octets: &[u8], out: &mut Vec<u8>) {
    put_member(id, BLOB, out);
    out.push(0);
    // Never longer than a message, which has 16 bits for its length.
    put_vlq(u32::try_from(octets.len()).unwrap_or(u32::MAX), out);
    out.extend_from_slice(octets);
}

/// Flags and types of the values that stand here.
pub(crate) const USINT: [u8; 2] = [0, 0x02];
pub(crate) const UDINT: [u8; 2] = [0, 0x04];
pub(crate) const ULINT: [u8; 2] = [0, 0x05];
pub(crate) const BLOB: [u8; 2] = [0, 0x14];
pub(crate) const STRUCT: [u8; 2] = [0, 0x17];
/// The end of a struct.
pub(crate) const END: [u8; 1] = [0];

pub(crate) fn vlq(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    let mut number: u32 = 0;
    for _ in 0..5 {
        let octet = r.u8("number of variable length")?;
        number =
            number.checked_mul(0x80).ok_or_else(|| r.bad("number beyond 32 bits"))? | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(r.bad("number beyond 32 bits"))
}

pub(crate) fn vlq64(r: &mut Reader<'_>) -> Result<u64, Malformed> {
    let mut number: u64 = 0;
    for _ in 0..8 {
        let octet = r.u8("number of variable length")?;
        number = number << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok(number);
        }
    }
    Ok(number << 8 | u64::from(r.u8("number of variable length")?))
}

pub(crate) fn structure(r: &mut Reader<'_>, id: u32) -> Result<(), Malformed> {
    expect(r, STRUCT, "struct (00 17)")?;
    expect(r, id.to_be_bytes(), "id of a struct")
}

pub(crate) fn member(r: &mut Reader<'_>, id: u32, kind: [u8; 2]) -> Result<(), Malformed> {
    let bad = r.bad("member of a struct");
    if vlq(r)? != id {
        return Err(bad);
    }
    expect(r, kind, "type of a member")
}

pub(crate) fn udint(r: &mut Reader<'_>, id: u32) -> Result<u32, Malformed> {
    member(r, id, UDINT)?;
    vlq(r)
}

pub(crate) fn blob<'a>(r: &mut Reader<'a>, id: u32) -> Result<&'a [u8], Malformed> {
    member(r, id, BLOB)?;
    expect(r, [0], "root of a blob (0)")?;
    let length = vlq(r)?;
    r.take(usize::try_from(length).unwrap_or(usize::MAX), "blob shorter than its length says")
}

/// The octets that must stand here.
pub(crate) fn expect<const N: usize>(
    r: &mut Reader<'_>,
    octets: [u8; N],
    what: &'static str,
) -> Result<(), Malformed> {
    let bad = r.bad(what);
    if r.array::<N>(what)? == octets { Ok(()) } else { Err(bad) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn numbers_both_ways() {
        for (number, octets) in [
            (0, &[0][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x81, 0]),
            (40401, &[0x82, 0xbb, 0x51]),
            (u32::MAX, &[0x8f, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let mut out = vec![];
            put_vlq(number, &mut out);
            assert_eq!(out, octets, "{number}");
            assert_eq!(vlq(&mut Reader::new(octets)), Ok(number));
        }
        for bad in [&[0x90, 0x80, 0x80, 0x80, 0][..], &[0x80; 6], &[0x80]] {
            vlq(&mut Reader::new(bad)).unwrap_err();
        }
    }

    #[test]
    fn long_numbers_both_ways() {
        for (number, octets) in [
            (0, &[0][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x81, 0]),
            (0x00ff_ffff_ffff_ffff, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            (0x0100_0000_0000_0000, &[0x80, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            (u64::MAX, &[0xff; 9]),
        ] {
            let mut out = vec![];
            put_vlq64(number, &mut out);
            assert_eq!(out, octets, "{number:x}");
            let mut r = Reader::new(octets);
            assert_eq!((vlq64(&mut r), r.left()), (Ok(number), 0));
        }
        vlq64(&mut Reader::new(&[0x80; 8])).unwrap_err();
    }
}

//! Variable-length quantities: groups of seven bits, the highest first; bit 7 says that another octet follows.
//!
//! Thirty-two bits take one to five octets, sixty-four one to nine, of which the ninth is an octet of eight bits. Bit 6 of the
//! first octet is the sign of signed ones. Longer forms than needed are read and never written.
use crate::wire::{Malformed, Reader};
use alloc::vec::Vec;

/// Unsigned, 32 bits. What is beyond them in five octets is dropped.
#[inline]
pub fn u32(r: &mut Reader<'_>, what: &'static str) -> Result<u32, Malformed> {
    let bad = r.bad(what);
    let mut value = 0_u32;
    for _ in 0..5 {
        let octet = r.u8(what)?;
        value = value << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(bad)
}

/// Signed, 32 bits.
pub fn i32(r: &mut Reader<'_>, what: &'static str) -> Result<i32, Malformed> {
    let bad = r.bad(what);
    let mut value = sign(r);
    for at in 0..5 {
        let octet = r.u8(what)?;
        let (bits, mask) = if at == 0 { (6, 0x3f) } else { (7, 0x7f) };
        value = value << bits | i64::from(octet & mask);
        if octet & 0x80 == 0 {
            let [_, _, _, _, low @ ..] = value.to_be_bytes();
            return Ok(i32::from_be_bytes(low));
        }
    }
    Err(bad)
}

/// Unsigned, 64 bits.
pub fn u64(r: &mut Reader<'_>, what: &'static str) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for _ in 0..8 {
        let octet = r.u8(what)?;
        value = value << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok(value);
        }
    }
    Ok(value << 8 | u64::from(r.u8(what)?))
}

/// Signed, 64 bits.
pub fn i64(r: &mut Reader<'_>, what: &'static str) -> Result<i64, Malformed> {
    let mut value = sign(r);
    for at in 0..8 {
        let octet = r.u8(what)?;
        let (bits, mask) = if at == 0 { (6, 0x3f) } else { (7, 0x7f) };
        value = value << bits | i64::from(octet & mask);
        if octet & 0x80 == 0 {
            return Ok(value);
        }
    }
    Ok(value << 8 | i64::from(r.u8(what)?))
}

/// All bits of the sign that stands here, for the six bits beside it to be shifted in.
fn sign(r: &Reader<'_>) -> i64 {
    match r.peek().first() {
        Some(octet) if octet & 0x40 != 0 => -1,
        _ => 0,
    }
}

/// Appends an unsigned one of 32 bits.
#[inline]
pub fn put_u32(out: &mut Vec<u8>, value: u32) {
    put_u64(out, value.into());
}

/// Appends a signed one of 32 bits.
pub fn put_i32(out: &mut Vec<u8>, value: i32) {
    put_i64(out, value.into());
}

/// Appends an unsigned one of 64 bits.
#[inline]
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    groups(out, value, (64 - value.leading_zeros()).div_ceil(7).max(1), value >> 56 != 0);
}

/// Appends a signed one of 64 bits.
pub fn put_i64(out: &mut Vec<u8>, value: i64) {
    // As clients and CPUs write it: measured by the magnitude, so -64 takes one octet more than it needs.
    let bits = 64 - value.unsigned_abs().leading_zeros() + 1;
    groups(out, u64::from_be_bytes(value.to_be_bytes()), bits.div_ceil(7), bits > 56);
}

/// `n` groups; with `nine` eight of them and an octet.
fn groups(out: &mut Vec<u8>, value: u64, n: u32, nine: bool) {
    let [.., last] = value.to_be_bytes();
    let (high, n) = if nine {
        // Nine octets hold 64 bits, of which eight groups have 56. The sign of a negative one fills what is beyond.
        (i64::from_be_bytes(value.to_be_bytes()) >> 8, 8)
    } else {
        (i64::from_be_bytes(value.to_be_bytes()), n)
    };
    let group = |at: u32| {
        let [.., group] = (high >> (7 * at)).to_be_bytes();
        group & 0x7f
    };
    for at in (0..n).rev() {
        out.push(group(at) | if at > 0 || nine { 0x80 } else { 0 });
    }
    if nine {
        out.push(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges() {
        for (value, octets) in [
            (0_u64, &[0][..]),
            (127, &[0x7f]),
            (128, &[0x81, 0]),
            (2550, &[0x93, 0x76]),
            (0xffff_ffff, &[0x8f, 0xff, 0xff, 0xff, 0x7f]),
            (0xff_ffff_ffff_ffff, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            (0x100_0000_0000_0000, &[0x80, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            (0x8020_ab00_1992_fff4, &[0xc0, 0x88, 0x95, 0xb0, 0x80, 0xe6, 0xa5, 0xff, 0xf4]),
            (u64::MAX, &[0xff; 9]),
        ] {
            let mut out = Vec::new();
            put_u64(&mut out, value);
            assert_eq!(out, octets, "{value:x}");
            assert_eq!(u64(&mut Reader::new(octets), ""), Ok(value));
        }
        for (value, octets) in [
            (0_i64, &[0][..]),
            (63, &[0x3f]),
            (64, &[0x80, 0x40]),
            (-1, &[0x7f]),
            (-64, &[0xff, 0x40]),
            (-65, &[0xff, 0x3f]),
            (-8193, &[0xff, 0xbf, 0x7f]),
            ((1 << 55) - 1, &[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            (1 << 55, &[0x80, 0xa0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            (-(1 << 55) - 1, &[0xff, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (i64::MAX, &[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (i64::MIN, &[0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
        ] {
            let mut out = Vec::new();
            put_i64(&mut out, value);
            assert_eq!(out, octets, "{value:x}");
            assert_eq!(i64(&mut Reader::new(octets), ""), Ok(value));
        }
        assert_eq!(i32(&mut Reader::new(&[0xf8, 0x80, 0x80, 0x80, 0]), ""), Ok(i32::MIN));
        assert_eq!(i32(&mut Reader::new(&[0x8f, 0xff, 0xb4, 0xd2, 0x79]), ""), Ok(-1_234_567));
        assert_eq!(i32(&mut Reader::new(&[0x40]), ""), Ok(-64));
        assert!(u32(&mut Reader::new(&[0x80; 6]), "").is_err());
    }
}

//! Integers of variable length: groups of seven bits, the most significant first; bit 7 says that another octet follows.
//!
//! ```text
//!  16384   81 80 00                        bit 7, 7 bits | bit 7, 7 bits | 7 bits
//!  -65     ff 3f                           signed: bit 6 of the first octet is the sign, six bits of value remain
//!  2^56    80 c0 80 80 80 80 80 80 00      64 bits: the ninth octet is plain, eight bits and no flag
//! ```
//!
//! Forms longer than needed are read as what they say and written in the form of the reference encoders; that is not the
//! shortest for -64, -8192 and each further -2^(7k-1), where these spend one octet more. Readers do not note how long a form
//! was, which would cost the hot path: who wants to know compares with [`len_u32`] and its like, or writes a whole message
//! again and compares octets. What does not fit 32 bits loses its upper bits, as it does in CPUs.
use crate::wire::{Malformed, Reader};
use alloc::vec::Vec;

/// Unsigned, 32 bits, one to five octets.
#[inline]
pub fn u32(r: &mut Reader<'_>, what: &'static str) -> Result<u32, Malformed> {
    let bad = r.bad(what);
    let mut value = 0;
    for _ in 0..5 {
        let octet = r.u8(what)?;
        value = value << 7 | u32::from(octet & 0x7f);
        if octet < 0x80 {
            return Ok(value);
        }
    }
    Err(bad)
}

/// Signed, 32 bits, one to five octets.
#[inline]
pub fn i32(r: &mut Reader<'_>, what: &'static str) -> Result<i32, Malformed> {
    let bad = r.bad(what);
    let mut octet = r.u8(what)?;
    let mut value = first(octet);
    for _ in 0..4 {
        if octet < 0x80 {
            return Ok(value);
        }
        octet = r.u8(what)?;
        value = value << 7 | i32::from(octet & 0x7f);
    }
    if octet < 0x80 { Ok(value) } else { Err(bad) }
}

/// Unsigned, 64 bits, one to nine octets.
#[inline]
pub fn u64(r: &mut Reader<'_>, what: &'static str) -> Result<u64, Malformed> {
    let mut value = 0;
    for _ in 0..8 {
        let octet = r.u8(what)?;
        value = value << 7 | u64::from(octet & 0x7f);
        if octet < 0x80 {
            return Ok(value);
        }
    }
    Ok(value << 8 | u64::from(r.u8(what)?))
}

/// Signed, 64 bits, one to nine octets.
#[inline]
pub fn i64(r: &mut Reader<'_>, what: &'static str) -> Result<i64, Malformed> {
    let mut octet = r.u8(what)?;
    let mut value = i64::from(first(octet));
    for _ in 0..7 {
        if octet < 0x80 {
            return Ok(value);
        }
        octet = r.u8(what)?;
        value = value << 7 | i64::from(octet & 0x7f);
    }
    if octet < 0x80 { Ok(value) } else { Ok(value << 8 | i64::from(r.u8(what)?)) }
}

/// What the first octet of a signed form says: six bits and their sign.
#[inline]
const fn first(octet: u8) -> i32 {
    (octet & 0x3f) as i32 - (octet & 0x40) as i32
}

/// Octets that [`put_u32`] appends: 1 to 5.
#[inline]
pub const fn len_u32(value: u32) -> usize {
    groups(value as u64, 0, 5)
}

/// Octets that [`put_i32`] appends: 1 to 5.
#[inline]
pub const fn len_i32(value: i32) -> usize {
    groups(value.unsigned_abs() as u64, 1, 5)
}

/// Octets that [`put_u64`] appends: 1 to 9.
#[inline]
pub const fn len_u64(value: u64) -> usize {
    groups(value, 0, 9)
}

/// Octets that [`put_i64`] appends: 1 to 9.
#[inline]
pub const fn len_i64(value: i64) -> usize {
    groups(value.unsigned_abs(), 1, 9)
}

/// How many groups of seven bits hold `magnitude` and `sign` more bits, `most` at most.
#[inline]
const fn groups(magnitude: u64, sign: u32, most: usize) -> usize {
    let bits = 64 - magnitude.leading_zeros() + sign;
    let n = if bits == 0 { 1 } else { bits.div_ceil(7) as usize };
    if n > most { most } else { n }
}

/// Appends the unsigned form of 32 bits.
#[inline]
pub fn put_u32(out: &mut Vec<u8>, value: u32) {
    let wide = u64::from(value);
    // Nearly all numbers take one octet or two.
    match value {
        ..0x80 => out.extend_from_slice(&octets::<1>(wide)),
        0x80..0x4000 => out.extend_from_slice(&octets::<2>(wide)),
        _ => put(out, wide, len_u32(value)),
    }
}

/// Appends the signed form of 32 bits.
#[inline]
pub fn put_i32(out: &mut Vec<u8>, value: i32) {
    put(out, i64::from(value).cast_unsigned(), len_i32(value));
}

/// Appends the unsigned form of 64 bits.
#[inline]
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    put_long(out, value, value >> 8, len_u64(value));
}

/// Appends the signed form of 64 bits.
#[inline]
pub fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_long(out, value.cast_unsigned(), (value >> 8).cast_unsigned(), len_i64(value));
}

/// `n` groups; or nine octets, of which the last is whole and the others come from `upper`, which has the sign shifted in.
#[inline]
fn put_long(out: &mut Vec<u8>, value: u64, upper: u64, n: usize) {
    if n < 9 {
        return put(out, value, n);
    }
    put(out, upper, 8);
    if let Some(eighth) = out.last_mut() {
        *eighth |= 0x80;
    }
    out.push(value.to_le_bytes()[0]);
}

/// The lowest `n` groups of `value`, 1 to 8, which carries its sign to the top. They are put together first and appended at once,
/// for one look at the room in `out`.
fn put(out: &mut Vec<u8>, value: u64, n: usize) {
    match n {
        1 => out.extend_from_slice(&octets::<1>(value)),
        2 => out.extend_from_slice(&octets::<2>(value)),
        3 => out.extend_from_slice(&octets::<3>(value)),
        4 => out.extend_from_slice(&octets::<4>(value)),
        5 => out.extend_from_slice(&octets::<5>(value)),
        6 => out.extend_from_slice(&octets::<6>(value)),
        7 => out.extend_from_slice(&octets::<7>(value)),
        _ => out.extend_from_slice(&octets::<8>(value)),
    }
}

/// The lowest `N` groups, all but the last with bit 7.
#[inline]
fn octets<const N: usize>(value: u64) -> [u8; N] {
    core::array::from_fn(|at| {
        let group = N - 1 - at;
        let [octet, ..] = (value >> (7 * group)).to_le_bytes();
        octet & 0x7f | if group > 0 { 0x80 } else { 0 }
    })
}

/// Appends a length or count in its unsigned form; what is beyond 32 bits says 4,294,967,295, which no receiver believes.
#[inline]
pub fn put_len(out: &mut Vec<u8>, n: usize) {
    put_u32(out, u32::try_from(n).unwrap_or(u32::MAX));
}

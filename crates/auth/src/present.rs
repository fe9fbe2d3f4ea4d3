//! The block cipher of families 00 and 01: PRESENT-80 with three constants (curve specification, section 2).
//!
//! No table is looked up: what goes through here is secret.
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The 32 round keys of one 80-bit key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Present([u64; 32]);

impl Present {
    /// Of ten octets, big-endian.
    pub(crate) fn new(key: [u8; 10]) -> Self {
        let mut register = key.iter().fold(0, |number, octet| number << 8 | u128::from(*octet)) ^ KEY;
        let mut rounds = [0; 32];
        for (round, number) in rounds.iter_mut().zip(1_u128..) {
            *round = low64(register >> 16);
            register = (register << 61 | register >> 19) & MASK80;
            let top = substitute(low64(register >> 76)) & 0xf;
            register = u128::from(top) << 76 | register & (MASK80 >> 4);
            register ^= number << 15;
        }
        rounds[0] ^= FIRST;
        rounds[1] ^= SECOND;
        register.zeroize();
        Self(rounds)
    }
    /// F(key, block).
    pub(crate) fn encrypt(&self, block: u64) -> u64 {
        let [rounds @ .., last] = &self.0;
        rounds.iter().fold(block, |block, round| permute(substitute(block ^ round))) ^ last
    }
}

/// The permutation of PRESENT: bit b of nibble n goes to bit 16·b + n.
pub(crate) const fn permute(block: u64) -> u64 {
    gather(block) | gather(block >> 1) << 16 | gather(block >> 2) << 32 | gather(block >> 3) << 48
}

/// The lowest bit of each nibble, side by side.
const fn gather(block: u64) -> u64 {
    let x = block & LOWEST;
    let x = (x | x >> 3) & 0x0303_0303_0303_0303;
    let x = (x | x >> 6) & 0x000f_000f_000f_000f;
    let x = (x | x >> 12) & 0x0000_00ff_0000_00ff;
    (x | x >> 24) & 0xffff
}

/// The S-box C56B90AD3EF84712 on each nibble, as sums of products of its bits.
const fn substitute(block: u64) -> u64 {
    let (a, b) = (block & LOWEST, block >> 1 & LOWEST);
    let (c, d) = (block >> 2 & LOWEST, block >> 3 & LOWEST);
    let (abd, acd) = (a & b & d, a & c & d);
    let y0 = a ^ b & c ^ c ^ d;
    let y1 = a & b & c ^ abd ^ acd ^ b & d ^ b ^ c & d ^ d;
    let y2 = abd ^ a & b ^ acd ^ a & d ^ b & d ^ c ^ d ^ LOWEST;
    let y3 = a & b & c ^ abd ^ acd ^ a ^ b & c ^ b ^ d ^ LOWEST;
    y0 | y1 << 1 | y2 << 2 | y3 << 3
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn low64(number: u128) -> u64 {
    number as u64
}

const LOWEST: u64 = 0x1111_1111_1111_1111;
const MASK80: u128 = (1 << 80) - 1;
/// What the key schedule runs on is the key and this.
const KEY: u128 = 0x87ca_9952_07ba_3185_3dce;
/// Added to the first and the second round key.
const FIRST: u64 = 0x87ca_9142_07ba_3185;
const SECOND: u64 = 0x200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_s_box() {
        assert_eq!(substitute(0x0123_4567_89ab_cdef), 0xc56b_90ad_3ef8_4712);
    }

    #[test]
    fn each_bit_goes_where_present_has_it() {
        for bit in 0..63 {
            assert_eq!(permute(1 << bit), 1 << (16 * bit % 63), "{bit}");
        }
        assert_eq!(permute(1 << 63), 1 << 63);
    }

    /// The published vector of PRESENT-80 (key and block all zero), with the constants taken out again.
    #[test]
    fn without_its_constants_it_is_present() {
        let key: [u8; 10] = KEY.to_be_bytes()[6..].try_into().unwrap();
        let mut cipher = Present::new(key);
        cipher.0[0] ^= FIRST;
        cipher.0[1] ^= SECOND;
        assert_eq!(cipher.encrypt(0), 0x5579_c138_7b22_8445);
    }
}

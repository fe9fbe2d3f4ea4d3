//! Challenges and their fingerprints: section 6.2 of the specification.
use crate::present::permute;

/// The twenty octets that a CPU draws anew each time it is asked for attribute 303. Use each once.
pub type Challenge = [u8; 20];

/// What of a challenge enters the key exchange: its octets 2 to 17 (C16).
pub(crate) fn nonce(challenge: &Challenge) -> [u8; 16] {
    core::array::from_fn(|i| challenge[i + 2])
}

/// F: eight octets of the sixteen in the middle of a challenge. Public, so that tables do no harm.
pub fn fingerprint(challenge: &Challenge) -> [u8; 8] {
    let nonce = u128::from_be_bytes(nonce(challenge)).to_be_bytes();
    let half = |from: usize| u64::from_be_bytes(core::array::from_fn(|i| nonce[from + i]));
    let start = layer(half(0), LEFT) ^ layer(half(8), RIGHT);
    let mixed = ROUNDS.into_iter().fold(start, layer);
    let nibbles = (0..16).zip(OUT).map(|(at, row)| {
        let nibble = mixed >> (60 - 4 * at) & 0xf;
        (row >> (60 - 4 * nibble) & 0xf) << (60 - 4 * at)
    });
    nibbles.fold(0, |word, nibble| word | nibble).to_be_bytes()
}

/// L(x, k): the inverse S-box of AES on each octet, then the permutation of PRESENT.
fn layer(word: u64, key: u64) -> u64 {
    let octets = (word ^ key).to_be_bytes().map(|octet| INVERSE_S_BOX[usize::from(octet)]);
    permute(u64::from_be_bytes(octets))
}

/// The inverse of the S-box of AES (FIPS 197, 5.3.2).
const INVERSE_S_BOX: [u8; 256] = {
    let (mut inverse, mut power, mut reciprocal) = ([0; 256], 1_u8, 1_u8);
    inverse[0x63] = 0;
    loop {
        let s = reciprocal
            ^ reciprocal.rotate_left(1)
            ^ reciprocal.rotate_left(2)
            ^ reciprocal.rotate_left(3)
            ^ reciprocal.rotate_left(4);
        inverse[(s ^ 0x63) as usize] = power;
        // All powers of 3, and beside them those of its reciprocal, f6.
        power ^= double(power);
        reciprocal = divide(reciprocal);
        if power == 1 {
            break inverse;
        }
    }
};

/// Times x, in the field of AES.
const fn double(octet: u8) -> u8 {
    octet << 1 ^ if octet & 0x80 == 0 { 0 } else { 0x1b }
}

/// By x + 1, in the field of AES.
const fn divide(octet: u8) -> u8 {
    let x = octet ^ octet << 1;
    let x = x ^ x << 2;
    let x = x ^ x << 4;
    x ^ if x & 0x80 == 0 { 0 } else { 0x09 }
}

const LEFT: u64 = 0x84bf_37e0_56af_4211;
const RIGHT: u64 = 0x9157_9ebc_641c_9fb3;
#[rustfmt::skip]
const ROUNDS: [u64; 13] = [
    0xdbc3_bc87_5d3b_e4b2, 0x244c_73ad_d546_cf0f, 0x6438_3e92_5f0e_e2b8, 0x0933_d3ba_520d_feea,
    0x25e5_255b_c6ce_a827, 0x00f7_b662_0971_0cc2, 0x9922_9ef7_bacb_54c6, 0x409d_a2ca_d7e2_f2bf,
    0xcdee_9b3d_a945_f6bd, 0x0e71_b5d2_7be1_a3a4, 0xa4fa_da78_49e7_65e0, 0x767c_3283_fe97_00ca,
    0xfedf_5240_5264_9cd6,
];
/// N: what becomes of each nibble, from the highest on; the digit at place v stands for v.
#[rustfmt::skip]
const OUT: [u64; 16] = [
    0x361d_9a02_f4b8_c7e5, 0xd827_36c5_e1bf_094a, 0x4e5a_8b29_10dc_37f6, 0x8c96_f7de_5243_a10b,
    0x1fac_63b8_de27_9450, 0x61fd_830b_795e_ca24, 0x5a64_cd89_b70f_23e1, 0xd27e_9fb0_a163_485c,
    0x198a_c274_3db0_e5f6, 0x2dae_1436_87c5_b0f9, 0x1695_4d78_ab03_fec2, 0x2f17_0dc6_8eab_5934,
    0xfa1c_28b7_d9e0_5634, 0x80d7_169a_43cb_e5f2, 0x372f_e16a_c58d_4b09, 0xe920_84a3_765f_dcb1,
];

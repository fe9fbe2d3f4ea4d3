//! Encryption and tag of families 00 and 01: sections 8.2 and 8.3 of the specification.
use crate::Error;
use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Ke, Km and H: encryption, tag, and the factor of the tag's polynomial.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Keys {
    pub(crate) encryption: [u8; 16],
    pub(crate) tag: [u8; 16],
    pub(crate) factor: [u8; 16],
}

impl Keys {
    /// Encrypts `text` where it stands and gives its tag.
    pub(crate) fn seal(&self, iv: &[u8; 16], text: &mut [u8]) -> [u8; 16] {
        self.apply(iv, text);
        self.tag(iv, text)
    }
    /// Decrypts `text` where it stands, if the tag is that of `text`.
    pub(crate) fn open(&self, iv: &[u8; 16], text: &mut [u8], tag: &[u8; 16]) -> Result<(), Error> {
        if !bool::from(self.tag(iv, text).ct_eq(tag)) {
            return Err(Error::Sealed);
        }
        self.apply(iv, text);
        Ok(())
    }
    fn apply(&self, iv: &[u8; 16], text: &mut [u8]) {
        let (cipher, mut counter) = (Aes128::new(&Array(self.encryption)), u128::from_le_bytes(*iv));
        for part in text.chunks_mut(16) {
            let mut block = Array(counter.to_le_bytes());
            cipher.encrypt_block(&mut block);
            part.iter_mut().zip(&block).for_each(|(octet, key)| *octet ^= key);
            block.zeroize();
            counter = next_counter(counter);
        }
    }
    fn tag(&self, iv: &[u8; 16], text: &[u8]) -> [u8; 16] {
        let mut block = Array(self.sum(iv, text));
        Aes128::new(&Array(self.tag)).encrypt_block(&mut block);
        block.0
    }
    /// What the tag is the encryption of: a polynomial in the factor, of IV, text and length.
    pub(crate) fn sum(&self, iv: &[u8; 16], text: &[u8]) -> [u8; 16] {
        let factor = u128::from_le_bytes(self.factor);
        let mut sum = product(u128::from_le_bytes(*iv), factor);
        let (blocks, rest) = text.as_chunks::<16>();
        // The rest counts as a block even if nothing is left.
        let rest = core::array::from_fn(|i| rest.get(i).copied().unwrap_or(0));
        for block in blocks.iter().chain([&rest]) {
            sum = product(sum ^ u128::from_le_bytes(*block), factor);
        }
        // No text is longer than a message, whose length has 16 bits.
        let length = u128::try_from(text.len()).unwrap_or(u128::MAX);
        product(sum ^ length << 96, factor).to_le_bytes()
    }
}

/// The counter behind `counter`: one step of a shift register. It starts from the IV, which everybody sees.
pub(crate) const fn next_counter(counter: u128) -> u128 {
    counter >> 1 ^ if counter & 1 == 0 { 0 } else { 0xe1 << 120 }
}

/// The product in GF(2)[x] modulo x^128 + x^32 + x^15 + x^2 + 1; bit i stands for x^i. Takes the same time for all.
pub(crate) const fn product(a: u128, b: u128) -> u128 {
    let (mut sum, mut at) = (0_u128, 128);
    while at > 0 {
        at -= 1;
        sum = sum << 1 ^ (sum >> 127).wrapping_neg() & (1 << 32 | 1 << 15 | 1 << 2 | 1);
        sum ^= a & (b >> at & 1).wrapping_neg();
    }
    sum
}

//! The packet digest: section 9 of the specification. What it covers of several fragments is with the frames ([`Integrity`]).
//!
//! ```text
//!  72 03 length 2 | 20 | digest 32 | data ... | 72 03 0000      one fragment; only the last has the four octets at its end
//! ```
//!
//! HMAC-SHA256 under the 24 octets of the session key, over the data alone.
use alloc::boxed::Box;
use core::fmt;
use hepta_proto::plus::digest;
pub use hepta_proto::plus::digest::{Dialect, Digest, Integrity};
use hmac::digest::block_api::Block;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What the packets of a session are signed with; either end has the same. Wiped when dropped, not shown by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SessionKey([u8; 24]);

impl SessionKey {
    /// A key as it was derived, or kept by a tool that decodes recorded sessions.
    pub const fn from_octets(octets: [u8; 24]) -> Self {
        Self(octets)
    }
    /// The 24 octets.
    pub const fn octets(&self) -> &[u8; 24] {
        &self.0
    }
    /// The digest of a message in one fragment: over all from the opcode to the end of the data part.
    pub fn digest(&self, data: &[u8]) -> Digest {
        self.digest_of(&[data])
    }
    fn digest_of(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = hmac_of(&self.0);
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(***)")
    }
}

/// HMAC-SHA256 under a key of 24 octets.
pub(crate) fn hmac_of(key: &[u8; 24]) -> Hmac<Sha256> {
    // A key shorter than a block is one with zeros behind it.
    let mut block = Block::<Sha256>::default();
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = Hmac::new(&block);
    block.zeroize();
    mac
}

/// The key at work for one direction of a session: how digests go on over fragments is [`Integrity`]'s.
#[derive(Clone, Debug)]
pub struct KeyedMac {
    key: SessionKey,
    resumed: Resumed,
}

impl KeyedMac {
    /// Signs or checks with `key`.
    pub fn new(key: SessionKey) -> Self {
        let resumed = Resumed::new(&key);
        Self { key, resumed }
    }
}

impl digest::Mac for KeyedMac {
    fn start(&mut self, data: &[u8]) -> Digest {
        self.resumed = Resumed::new(&self.key);
        self.resumed.next(data)
    }
    fn resume(&mut self, data: &[u8]) -> Digest {
        self.resumed.next(data)
    }
    fn over(&self, parts: &[&[u8]]) -> Digest {
        self.key.digest_of(parts)
    }
}

impl SessionKey {
    /// Signs one direction of a session, as CPUs do; or checks it in whatever way its peer goes on over fragments.
    pub fn integrity(&self) -> Integrity {
        Integrity::new(Box::new(KeyedMac::new(self.clone())))
    }
}

/// HMAC-SHA256 that goes on behind its own end: the hashes keep what their padding made of them, and their lengths count all octets
/// of data but no padding.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Resumed {
    inner: Resumable,
    outer: Resumable,
}

impl fmt::Debug for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resumed(***)")
    }
}

impl Resumed {
    fn new(key: &SessionKey) -> Self {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key.octets()).for_each(|(octet, key)| *octet ^= key);
            let mut hash = Resumable { state: SHA256, octets: 64 };
            compress256(&mut hash.state, &[block]);
            block.zeroize();
            hash
        };
        Self { inner: pad(0x36), outer: pad(0x5c) }
    }
    fn next(&mut self, data: &[u8]) -> Digest {
        let inner = self.inner.next(data);
        self.outer.next(&inner)
    }
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Resumable {
    state: [u32; 8],
    octets: u64,
}

impl Resumable {
    /// Takes `data` in, and the padding: the state then is the hash.
    fn next(&mut self, data: &[u8]) -> Digest {
        let (blocks, rest) = data.as_chunks::<64>();
        compress256(&mut self.state, blocks);
        self.octets = self.octets.wrapping_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        let bits = self.octets.wrapping_mul(8).to_be_bytes();
        let mut tail = [[0; 64]; 2];
        let flat = tail.as_flattened_mut();
        let marked = rest.iter().chain(&[0x80]);
        flat.iter_mut().zip(marked).for_each(|(to, from)| *to = *from);
        // The mark and eight octets of length must find room.
        let used = if rest.len() < 56 { 1 } else { 2 };
        flat.iter_mut().take(64 * used).rev().zip(bits.iter().rev()).for_each(|(to, from)| *to = *from);
        compress256(&mut self.state, tail.get(..used).unwrap_or_default());
        tail.zeroize();
        let mut digest = [0; 32];
        let words = self.state.iter().flat_map(|word| word.to_be_bytes());
        digest.iter_mut().zip(words).for_each(|(to, from)| *to = from);
        digest
    }
}

/// Where SHA-256 starts (FIPS 180-4, 5.3.3).
const SHA256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

//! The packet digest: section 9 of the specification, with the dialects of fragments.
//!
//! ```text
//!  72 03 length 2 | 20 | digest 32 | data ... | 72 03 0000      one fragment; only the last has the four octets at its end
//! ```
//!
//! HMAC-SHA256 under the 24 octets of the session key, over the data alone. Of a message in one fragment there is one digest. Of later
//! fragments there are three dialects; a receiver learns at the second fragment which one its peer speaks, and holds it to that.
use crate::Error;
use core::fmt;
use hmac::digest::block_api::Block;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::block_api::compress256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A digest, as it stands behind the octet 20.
pub type Digest = [u8; 32];

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

/// What the digest of a fragment behind the first covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// Both hashes go on from where they ended, padding included. S7-1200 and S7-1500.
    StateResume,
    /// The digest before, then the data. PLCSIM Advanced.
    FeedForward,
    /// The data alone.
    Independent,
}

/// Makes the digests of one direction of a session.
#[derive(Clone, Debug)]
pub struct Signer {
    dialect: Dialect,
    fragments: Fragments,
}

impl Signer {
    /// Signs with `key`. [`Dialect::StateResume`] is what CPUs speak.
    pub fn new(key: SessionKey, dialect: Dialect) -> Self {
        Self { dialect, fragments: Fragments::new(key) }
    }
    /// The digest of the next fragment. `last`: the next one is the first of another message.
    pub fn sign(&mut self, data: &[u8], last: bool) -> Digest {
        let digest = self.fragments.digest(data, self.dialect);
        self.fragments.taken(digest, last);
        digest
    }
    /// Signs with another key from the next message on (section 11).
    pub fn renew(&mut self, key: SessionKey) {
        self.fragments = Fragments::new(key);
    }
}

/// Checks the digests of one direction of a session. After an error nothing that follows can be trusted: close the connection.
#[derive(Clone, Debug)]
pub struct Verifier {
    dialect: Option<Dialect>,
    fragments: Fragments,
}

impl Verifier {
    /// Checks with `key`; which dialect the peer speaks shows at the first message in two fragments.
    pub fn new(key: SessionKey) -> Self {
        Self { dialect: None, fragments: Fragments::new(key) }
    }
    /// The dialect of the peer, once it has shown.
    pub const fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }
    /// Checks the next fragment. `last`: its end says that the message is over.
    pub fn verify(&mut self, data: &[u8], digest: &Digest, last: bool) -> Result<(), Error> {
        let candidates = match &self.dialect {
            Some(dialect) => core::slice::from_ref(dialect),
            // The first fragment has the same digest in all, but only this one keeps a state for the second.
            None if self.fragments.count == 0 => &[Dialect::StateResume],
            None => &[Dialect::StateResume, Dialect::FeedForward, Dialect::Independent][..],
        };
        let fits = |dialect: &Dialect| self.fragments.digest(data, *dialect).ct_eq(digest).into();
        let found = candidates.iter().copied().find(fits);
        let before = self.fragments.count;
        let found = found.ok_or_else(|| Error::Digest { fragment: before.saturating_add(1) })?;
        if before > 0 {
            self.dialect = Some(found);
        }
        self.fragments.taken(*digest, last);
        Ok(())
    }
    /// Checks with another key from the next message on (section 11). The dialect stays.
    pub fn renew(&mut self, key: SessionKey) {
        self.fragments = Fragments::new(key);
    }
}

/// Where a message in fragments stands.
#[derive(Clone)]
struct Fragments {
    key: SessionKey,
    /// Fragments of this message so far.
    count: u32,
    /// The digest of the last one.
    before: Digest,
    resumed: Option<Resumed>,
}

impl Fragments {
    fn new(key: SessionKey) -> Self {
        Self { key, count: 0, before: [0; 32], resumed: None }
    }
    /// The digest of the next fragment in that dialect.
    fn digest(&mut self, data: &[u8], dialect: Dialect) -> Digest {
        match dialect {
            Dialect::StateResume => self.resumed.get_or_insert_with(|| Resumed::new(&self.key)).next(data),
            Dialect::FeedForward if self.count > 0 => self.key.digest_of(&[&self.before, data]),
            Dialect::FeedForward | Dialect::Independent => self.key.digest(data),
        }
    }
    fn taken(&mut self, digest: Digest, last: bool) {
        self.before = digest;
        self.count = if last { 0 } else { self.count.saturating_add(1) };
        if last {
            self.resumed = None;
        }
    }
}

impl fmt::Debug for Fragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fragments").field("count", &self.count).finish_non_exhaustive()
    }
}

/// HMAC-SHA256 that goes on behind its own end: the hashes keep what their padding made of them, and their lengths count all octets
/// of data but no padding.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Resumed {
    inner: Resumable,
    outer: Resumable,
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

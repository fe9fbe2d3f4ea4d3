//! What TLS 1.3 makes of a secret (RFC 8446, 7): keys of records, the next secret, exported material.
use ring::hkdf::{self, KeyType, Prk};
use ring::{aead, digest};
use zeroize::Zeroizing;

/// The suites whose records can be opened: all that `ring` has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suite {
    Aes128,
    Aes256,
    ChaCha20,
}

impl Suite {
    /// By its number on the wire.
    pub(crate) const fn of(code: u16) -> Option<Self> {
        Some(match code {
            0x1301 => Self::Aes128,
            0x1302 => Self::Aes256,
            0x1303 => Self::ChaCha20,
            _ => return None,
        })
    }
    pub(crate) const fn hash(self) -> Hash {
        match self {
            Self::Aes256 => Hash::Sha384,
            Self::Aes128 | Self::ChaCha20 => Hash::Sha256,
        }
    }
    const fn aead(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes128 => &aead::AES_128_GCM,
            Self::Aes256 => &aead::AES_256_GCM,
            Self::ChaCha20 => &aead::CHACHA20_POLY1305,
        }
    }
}

/// The hash of a suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Hash {
    /// SHA-256: `TLS_AES_128_GCM_SHA256`.
    Sha256,
    /// SHA-384: `TLS_AES_256_GCM_SHA384`.
    Sha384,
}

impl Hash {
    const fn hkdf(self) -> hkdf::Algorithm {
        match self {
            Self::Sha256 => hkdf::HKDF_SHA256,
            Self::Sha384 => hkdf::HKDF_SHA384,
        }
    }
    const fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
        }
    }
    /// Octets of its digest, and of each secret.
    pub const fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// Keying material out of the exporter's master secret, which key logs call `EXPORTER_SECRET` (RFC 8446, 7.5). In TLS 1.3 no
/// context is an empty one. `None` if `out` or `label` is longer than that can be.
#[must_use]
pub fn export(hash: Hash, master: &[u8], label: &[u8], context: &[u8], out: &mut [u8]) -> Option<()> {
    let empty = digest::digest(hash.digest(), b"");
    let mut inner = Zeroizing::new([0; 48]);
    let inner = inner.get_mut(..hash.octets())?;
    expand(hash, master, label, empty.as_ref(), inner)?;
    expand(hash, inner, b"exporter", digest::digest(hash.digest(), context).as_ref(), out)
}

/// HKDF-Expand-Label.
fn expand(hash: Hash, secret: &[u8], label: &[u8], context: &[u8], out: &mut [u8]) -> Option<()> {
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_length = [u8::try_from(PREFIX.len() + label.len()).ok()?];
    let context_length = [u8::try_from(context.len()).ok()?];
    let info = [&length, &label_length[..], PREFIX, label, &context_length, context];
    Prk::new_less_safe(hash.hkdf(), secret).expand(&info, Octets(out.len())).ok()?.fill(out).ok()
}

struct Octets(usize);

impl KeyType for Octets {
    fn len(&self) -> usize {
        self.0
    }
}

/// A secret of one direction, its key, and how many records it opened.
pub(crate) struct Keys {
    suite: Suite,
    secret: Zeroizing<Vec<u8>>,
    key: aead::LessSafeKey,
    iv: [u8; 12],
    count: u64,
}

impl Keys {
    /// `None` if the secret is not one of this suite.
    pub(crate) fn new(suite: Suite, secret: &[u8]) -> Option<Self> {
        let hash = suite.hash();
        if secret.len() != hash.octets() {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..suite.aead().key_len())?;
        expand(hash, secret, b"key", b"", key)?;
        let mut iv = [0; 12];
        expand(hash, secret, b"iv", b"", &mut iv)?;
        let key = aead::LessSafeKey::new(aead::UnboundKey::new(suite.aead(), key).ok()?);
        Some(Self { suite, secret: Zeroizing::new(secret.to_vec()), key, iv, count: 0 })
    }
    /// Those after a key update.
    pub(crate) fn next(&self) -> Option<Self> {
        let mut secret = Zeroizing::new([0; 48]);
        let secret = secret.get_mut(..self.suite.hash().octets())?;
        expand(self.suite.hash(), &self.secret, b"traffic upd", b"", secret)?;
        Self::new(self.suite, secret)
    }
    /// Opens the next record in place: its header, and what follows it. What does not open does not count.
    pub(crate) fn open<'a>(&mut self, header: [u8; 5], sealed: &'a mut [u8]) -> Option<&'a [u8]> {
        let mut nonce = self.iv;
        nonce.iter_mut().skip(4).zip(self.count.to_be_bytes()).for_each(|(to, octet)| *to ^= octet);
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let plain = self.key.open_in_place(nonce, aead::Aad::from(header), sealed).ok()?;
        self.count = self.count.checked_add(1)?;
        Some(plain)
    }
}

const PREFIX: &[u8] = b"tls13 ";

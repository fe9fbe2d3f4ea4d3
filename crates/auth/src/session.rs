//! Session keys, both ends: sections 5 to 8 and 11 of the specification.
//!
//! The client draws a master key, seals it for the CPU's public key together with the CPU's challenge, and writes it to attribute 1830.
//! Both then derive the key that packets are signed with.
//!
//! ```text
//!    0  magic | length | 1 | 1          four numbers of 32 bits, little-endian
//!   16  id of the master key 8 | flags 4 | 0 4
//!   32  id of the public key 8 | flags 4 | 0 4
//!   48  seed 96 (family 03) or 60 (00, 01) | IV 16 | C16 and master key, encrypted 40 | tag 16
//! ```
//!
//! ```
//! use hepta_auth::key::{Family, Fingerprint};
//! use hepta_auth::session::{self, Fresh};
//! use hepta_auth::{Catalogue, KeyPair};
//!
//! // An emulated CPU: random octets once, and a challenge for each session.
//! let (pair, challenge) = (KeyPair::generate(Family::S71200, &[1; 32])?, [2; 20]);
//!
//! // The client knows the key that the CPU names, draws, seals, and writes what attribute 1830 is set to.
//! let mut keys = Catalogue::new();
//! keys.add(pair.public().clone());
//! let key = keys.find(Fingerprint::parse(&pair.public().to_string())?)?.remove(0);
//! let sealed = session::seal(&key, &challenge, &Fresh::new(&[3; Fresh::SIZE]))?;
//!
//! // The CPU opens it; packets have the same digest on both ends.
//! let opened = session::open(&pair, &challenge, &sealed.blob)?;
//! assert_eq!(opened.digest(b"packet"), sealed.key.digest(b"packet"));
//! # Ok::<(), hepta_auth::Error>(())
//! ```
use crate::challenge::{fingerprint, nonce};
use crate::digest::{Integrity, KeyedMac, SessionKey, hmac_of};
use crate::key::{Family, KeyId, PublicKey};
use crate::pair::KeyPair;
use crate::transport::{Carried, seed_length};
use crate::value::{
    END, STRUCT, ULINT, USINT, blob, expect, member, put_blob, put_member, put_struct, put_udint, put_vlq64,
    structure, udint, vlq64,
};
use crate::{Challenge, Chance, Error};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use hepta_proto::wire::{Malformed, Reader, Wire};
use hmac::Mac;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How old a key may get before the client renews it. Vendors do so after some 30 to 35 minutes.
pub const RENEW_AFTER: Duration = Duration::from_secs(25 * 60);

/// What a client draws for one session key: all of it random, all of it for one use. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Fresh {
    /// The master key.
    pub master: [u8; 24],
    /// What the seed's keys follow from.
    pub secret: [u8; 24],
    /// For the envelope.
    pub chance: Chance,
}

impl Fresh {
    /// Random octets that it takes.
    pub const SIZE: usize = 48 + Chance::SIZE;

    /// Of random octets.
    pub fn new(random: &[u8; Self::SIZE]) -> Self {
        let take = |from: usize| core::array::from_fn(|i| random[from + i]);
        let rest = core::array::from_fn(|i| random[48 + i]);
        Self { master: take(0), secret: take(24), chance: Chance::new(&rest) }
    }
}

/// A session key on its way: what the client writes, and what both sign with once the CPU has accepted it.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Content of member 1805.
    pub blob: Vec<u8>,
    /// The session key.
    pub key: SessionKey,
    /// Whose public key it is sealed for.
    family: Family,
    public: KeyId,
    master: KeyId,
}

impl Sealed {
    /// What attribute 1830 is set to.
    pub fn security_key(&self) -> SecurityKey<'_> {
        SecurityKey {
            version: 0,
            level: 0,
            public: KeyEntry { id: self.public, flags: self.family.public_flags(), internal: 0 },
            symmetric: KeyEntry { id: self.master, flags: self.family.symmetric_flags(), internal: 0 },
            blob: &self.blob,
        }
    }
}

/// The client's end: seals a new session key for the CPU that owns `public` and has given `challenge`.
///
/// [`Error::Chance`]: draw again. [`Error::Point`] or [`Error::Family`]: nothing can be sealed for this key; a key of the twist is not
/// refused here, but by [`PublicKey::usable`].
pub fn seal(public: &PublicKey, challenge: &Challenge, fresh: &Fresh) -> Result<Sealed, Error> {
    let family = public.family();
    let carried = Carried::of(family, &fresh.secret)?;
    let (master, length) = (KeyId::of(&fresh.master), length(family)?);
    let mut blob = Vec::with_capacity(length);
    put_header(family, master, public.id(), length, &mut blob);
    carried.seal(public, &fresh.chance, &mut blob)?;
    blob.extend_from_slice(&fresh.chance.iv);
    let mut text = [0; TEXT];
    let plain = nonce(challenge).into_iter().chain(fresh.master);
    text.iter_mut().zip(plain).for_each(|(to, from)| *to = from);
    let tag = carried.encrypt(&fresh.chance.iv, &mut text);
    blob.extend_from_slice(&text);
    blob.extend_from_slice(&tag);
    Ok(Sealed { blob, key: session_key(&fresh.master, challenge), family, public: public.id(), master })
}

pub(crate) fn put_header(family: Family, master: KeyId, public: KeyId, length: usize, out: &mut Vec<u8>) {
    for number in [MAGIC, u32::try_from(length).unwrap_or(u32::MAX), 1, 1] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for (id, flags) in [(master, family.symmetric_flags()), (public, family.public_flags())] {
        out.extend_from_slice(&id.octets());
        out.extend_from_slice(&u64::from(flags).to_le_bytes());
    }
}

/// The CPU's end: the session key that a client has sealed in `blob` for `pair` and `challenge`.
///
/// The challenge must be the one given last, and given once. After any error close the connection.
pub fn open(pair: &KeyPair, challenge: &Challenge, blob: &[u8]) -> Result<SessionKey, Error> {
    let (family, own) = (pair.public().family(), pair.public().id());
    let due = length(family)?;
    let mut r = Reader::new(blob);
    magic(&mut r, MAGIC)?;
    word(&mut r, u32::try_from(due).unwrap_or(u32::MAX), "length of the key blob")?;
    word(&mut r, 1, "version of the key blob (1)")?;
    word(&mut r, 1, "security level of the key blob (1)")?;
    let symmetric: [u8; 8] = r.array("id of the master key")?;
    r.take(8, "flags of the master key")?;
    own_key(&mut r, own, family)?;
    let seed = r.take(due - FIXED, "seed")?;
    let iv = r.array("IV")?;
    let mut text = Zeroizing::new(r.array::<TEXT>("encrypted master key")?);
    let tag = r.array("tag")?;
    r.end("octets behind the tag")?;
    Carried::open(pair, seed)?.decrypt(&iv, &mut *text, &tag)?;
    let master = Zeroizing::new(core::array::from_fn(|i| text[i + 16]));
    let fits = text[..16].ct_eq(&nonce(challenge)) & symmetric.ct_eq(&KeyId::of(&master).octets());
    if fits.into() { Ok(session_key(&master, challenge)) } else { Err(Error::Sealed) }
}

/// Section 6.1: HMAC-SHA256 of the challenge's fingerprint and C16 under the master key, the first 24 octets.
pub fn session_key(master: &[u8; 24], challenge: &Challenge) -> SessionKey {
    let mac = hmac_of(master).chain_update(fingerprint(challenge)).chain_update(nonce(challenge));
    let mac = Zeroizing::<[u8; 32]>::new(mac.finalize().into_bytes().into());
    SessionKey::from_octets(core::array::from_fn(|i| mac[i]))
}

/// Octets of a blob but for its seed.
const FIXED: usize = 48 + 16 + TEXT + 16;
/// Octets of C16 and master key.
const TEXT: usize = 40;
const MAGIC: u32 = 0xfee1_dead;

pub(crate) fn length(family: Family) -> Result<usize, Error> {
    seed_length(family).map(|seed| FIXED + seed).ok_or(Error::Family(family))
}

pub(crate) fn magic(r: &mut Reader<'_>, number: u32) -> Result<(), Malformed> {
    word(r, number, "magic number of a blob")
}

/// A number of 32 bits, little-endian, that must be `number`.
pub(crate) fn word(r: &mut Reader<'_>, number: u32, what: &'static str) -> Result<(), Malformed> {
    expect(r, number.to_le_bytes(), what)
}

/// Id and flags of the public key, which must be ours.
pub(crate) fn own_key(r: &mut Reader<'_>, own: KeyId, family: Family) -> Result<(), Error> {
    let id = KeyId::from_octets(r.array("id of the public key")?);
    if id != own {
        return Err(Error::OtherKey(id));
    }
    word(r, family.public_flags(), "flags of the public key")?;
    r.take(4, "flags of the public key")?;
    Ok(())
}

/// The value of attribute 1830, struct 1800: a blob and what it says of its keys once more.
///
/// A CPU goes by what stands in the blob: clients put odd things beside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecurityKey<'a> {
    /// Member 1801; 0.
    pub version: u32,
    /// Member 1802; 0.
    pub level: u8,
    /// Member 1803.
    pub public: KeyEntry,
    /// Member 1804: that of the master key. Some clients put others here.
    pub symmetric: KeyEntry,
    /// Member 1805.
    pub blob: &'a [u8],
}

/// Struct 1825: a key by its id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyEntry {
    /// Member 1826.
    pub id: KeyId,
    /// Member 1827: [`Family::public_flags`] or [`Family::symmetric_flags`]; bit 16 may be set, too.
    pub flags: u32,
    /// Member 1828: 0, or whatever the client's memory held.
    pub internal: u32,
}

impl<'a> Wire<'a> for SecurityKey<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        structure(r, 1800)?;
        let version = udint(r, 1801)?;
        member(r, 1802, USINT)?;
        let level = r.u8("security level")?;
        let (public, symmetric) = (KeyEntry::read(r, 1803)?, KeyEntry::read(r, 1804)?);
        let blob = blob(r, 1805)?;
        expect(r, END, "end of struct 1800")?;
        Ok(Self { version, level, public, symmetric, blob })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put_struct(1800, out);
        put_udint(1801, self.version, out);
        put_member(1802, USINT, out);
        out.push(self.level);
        self.public.write(1803, out);
        self.symmetric.write(1804, out);
        put_blob(1805, self.blob, out);
        out.extend_from_slice(&END);
    }
}

const ENTRY: u32 = 1825;

impl KeyEntry {
    fn read(r: &mut Reader<'_>, id: u32) -> Result<Self, Malformed> {
        member(r, id, STRUCT)?;
        expect(r, ENTRY.to_be_bytes(), "struct 1825")?;
        member(r, 1826, ULINT)?;
        let id = KeyId(vlq64(r)?);
        let (flags, internal) = (udint(r, 1827)?, udint(r, 1828)?);
        expect(r, END, "end of struct 1825")?;
        Ok(Self { id, flags, internal })
    }
    fn write(&self, id: u32, out: &mut Vec<u8>) {
        put_member(id, STRUCT, out);
        out.extend_from_slice(&ENTRY.to_be_bytes());
        put_member(1826, ULINT, out);
        put_vlq64(self.id.0, out);
        put_udint(1827, self.flags, out);
        put_udint(1828, self.internal, out);
        out.extend_from_slice(&END);
    }
}

/// Both directions of a session under one key, and the next key while it is being agreed on: section 11.
///
/// The write of attribute 1830 and its answer are still signed with the old key; behind the answer both ends go over. Nothing else may be
/// under way in between.
#[derive(Debug)]
pub struct Protection {
    /// Signs what goes out.
    pub signer: Integrity,
    /// Checks what comes in.
    pub verifier: Integrity,
    next: Option<SessionKey>,
}

impl Protection {
    /// A session's protection from its first request on.
    pub const fn new(signer: Integrity, verifier: Integrity) -> Self {
        Self { signer, verifier, next: None }
    }
    /// Keeps `key` until the answer: the client when it writes attribute 1830, the CPU when it has opened the blob.
    pub fn stage(&mut self, key: SessionKey) {
        self.next = Some(key);
    }
    /// Is a key waiting for its answer? Then nothing else may be sent.
    pub const fn renewing(&self) -> bool {
        self.next.is_some()
    }
    /// Goes over to the staged key: behind the answer that accepts it. `false` if none is staged.
    pub fn switch(&mut self) -> bool {
        let Some(key) = self.next.take() else { return false };
        self.verifier.renew(Box::new(KeyedMac::new(key.clone())));
        self.signer.renew(Box::new(KeyedMac::new(key)));
        true
    }
}

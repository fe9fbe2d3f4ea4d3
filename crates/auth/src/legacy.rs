//! Passwords in sessions without TLS, both ends: section 10.4 of the specification.
//!
//! ```text
//!    0  magic | 64 + seed | 1 | 2 | 0 | 400 hex | 0      seven numbers of 32 bits, little-endian
//!   28  id of the public key 8 | flags 4 | 0 4
//!   44  id of the session's secret 8 | flags 4 | 0 4 | seed length 4
//!   64  seed 96 (family 03) or 60 (00, 01)
//!       magic | 0 | 64 | IV 16 | 48 octets of text
//!       magic | 1 | 24 | 8 octets of text | tag 16
//!       magic | 2 | 0                                   text: sixteen zeros, SHA-1 of the password, challenge
//! ```
use crate::credential::PasswordHash;
use crate::digest::SessionKey;
use crate::key::{Family, KeyId, PublicKey};
use crate::session::{magic, own_key, word};
use crate::transport::{Carried, seed_length};
use crate::{Challenge, Chance, Error};
use alloc::vec::Vec;
use hepta_proto::wire::{Malformed, Reader};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The client's end: the content of the blob for attribute 1846.
///
/// `public` is the key that the session was opened with. [`Error::Chance`]: draw again.
pub fn seal(
    public: &PublicKey,
    session: &SessionKey,
    password: &PasswordHash,
    challenge: &Challenge,
    chance: &Chance,
) -> Result<Vec<u8>, Error> {
    let (family, secret) = (public.family(), legitimation_secret(session));
    let carried = Carried::of(family, &secret)?;
    let seed = seed_length(family).ok_or(Error::Family(family))?;
    let mut blob = Vec::with_capacity(FIXED + seed);
    put_header(public, &secret, seed, &mut blob);
    carried.seal(public, chance, &mut blob)?;

    let mut text = [0; TEXT];
    let plain = [0; 16].iter().chain(password.octets()).chain(challenge);
    text.iter_mut().zip(plain).for_each(|(to, from)| *to = *from);
    let tag = carried.encrypt(&chance.iv, &mut text);
    let (first, second) = text.split_at(48);
    put(&[MAGIC, 0, 64], &mut blob);
    blob.extend_from_slice(&chance.iv);
    blob.extend_from_slice(first);
    put(&[MAGIC, 1, 24], &mut blob);
    blob.extend_from_slice(second);
    blob.extend_from_slice(&tag);
    put(&[MAGIC, 2, 0], &mut blob);
    Ok(blob)
}

pub(crate) fn put_header(public: &PublicKey, secret: &[u8; 24], seed: usize, out: &mut Vec<u8>) {
    let (family, seed) = (public.family(), u32::try_from(seed).unwrap_or(u32::MAX));
    put(&[MAGIC, 64 + seed, 1, 2, 0, 0x400, 0], out);
    out.extend_from_slice(&public.id().octets());
    put(&[family.public_flags(), 0], out);
    out.extend_from_slice(&KeyId::of(secret).octets());
    put(&[secret_flags(family), 0, seed], out);
}

/// The CPU's end: the hash that a client has sealed, to be compared with the one that is kept.
///
/// `public` is the CPU's own key. The private one is not needed: what the seed carries follows from the session key.
pub fn open(
    public: &PublicKey,
    session: &SessionKey,
    challenge: &Challenge,
    blob: &[u8],
) -> Result<PasswordHash, Error> {
    let (family, secret) = (public.family(), legitimation_secret(session));
    let length = seed_length(family).ok_or(Error::Family(family))?;
    let seed = u32::try_from(length).unwrap_or(u32::MAX);
    let mut r = Reader::new(blob);
    magic(&mut r, MAGIC)?;
    word(&mut r, 64 + seed, "length of the password blob")?;
    word(&mut r, 1, "version of the password blob (1)")?;
    word(&mut r, 2, "security type of the password blob (2)")?;
    r.take(12, "head of the password blob")?;
    own_key(&mut r, public.id(), family)?;
    let id = KeyId::from_octets(r.array("id of the session's secret")?);
    if !bool::from(id.octets().ct_eq(&KeyId::of(&secret).octets())) {
        return Err(Error::OtherSession(id));
    }
    r.take(8, "flags of the session's secret")?;
    word(&mut r, seed, "length of the seed")?;
    r.take(length, "seed")?;
    fragment(&mut r, 0, 64)?;
    let iv = r.array("IV")?;
    let mut text = Zeroizing::new([0; TEXT]);
    let first = r.array::<48>("first part of the text")?;
    fragment(&mut r, 1, 24)?;
    let second = r.array::<8>("second part of the text")?;
    text.iter_mut().zip(first.iter().chain(&second)).for_each(|(to, from)| *to = *from);
    let tag = r.array("tag")?;
    fragment(&mut r, 2, 0)?;
    r.end("octets behind the last fragment")?;

    Carried::of(family, &secret)?.decrypt(&iv, &mut *text, &tag)?;
    let fits = text[..16].ct_eq(&[0; 16]) & text[36..].ct_eq(challenge);
    let hash = PasswordHash::from_octets(core::array::from_fn(|i| text[i + 16]));
    if fits.into() { Ok(hash) } else { Err(Error::Sealed) }
}

/// Section 6.3: octets 4 to 27 of SHA-256(session key ‖ "MISTRUST").
pub(crate) fn legitimation_secret(session: &SessionKey) -> Zeroizing<[u8; 24]> {
    let hash = Sha256::new().chain_update(session.octets()).chain_update(b"MISTRUST");
    let hash = Zeroizing::<[u8; 32]>::new(hash.finalize().into());
    Zeroizing::new(core::array::from_fn(|i| hash[i + 4]))
}

/// Families 00 and 01 alike have 1 here.
const fn secret_flags(family: Family) -> u32 {
    match family {
        Family::Plcsim => family.symmetric_flags(),
        _ => 1,
    }
}

fn fragment(r: &mut Reader<'_>, index: u32, length: u32) -> Result<(), Malformed> {
    magic(r, MAGIC)?;
    word(r, index, "index of a fragment")?;
    word(r, length, "length of a fragment")
}

fn put(numbers: &[u32], out: &mut Vec<u8>) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Octets of a blob but for its seed.
const FIXED: usize = 64 + 3 * 12 + 16 + TEXT + 16;
const TEXT: usize = 56;
const MAGIC: u32 = 0xdead_beef;

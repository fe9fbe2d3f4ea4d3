//! How a secret gets to the CPU: sealed for its public key, and as the key of what follows. Sections 7 and 8 of the specification, and
//! sections 2 to 4 of that of the curve.
use crate::curve::Abscissa;
use crate::ecies;
use crate::key::{Family, PublicKey};
use crate::pair::{KeyPair, Private};
use crate::present::Present;
use crate::stream::Keys;
use crate::{Chance, Error};
use alloc::vec::Vec;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What a seed carries: all keys of a blob follow from it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) enum Carried {
    /// Family 03: the wrap key W.
    P256([u8; 16]),
    /// Families 00 and 01: the pre-key P.
    Short([u8; 20]),
}

impl Carried {
    /// What `secret` is carried as: either end knows it where the secret is known.
    pub(crate) fn of(family: Family, secret: &[u8; 24]) -> Result<Self, Error> {
        match family {
            Family::S71500 | Family::S71200 => Ok(Self::Short(pre_key(secret))),
            Family::Plcsim => Ok(Self::P256(wrap_key(secret))),
            family => Err(Error::Family(family)),
        }
    }
    /// Appends the seed that carries it to the owner of `public`: [`seed_length`] octets.
    pub(crate) fn seal(&self, public: &PublicKey, chance: &Chance, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::P256(wrap) => {
                let public = public.octets().first_chunk().ok_or(Error::Point)?;
                out.extend_from_slice(&ecies::seal(public, wrap, &chance.scalar)?);
            }
            Self::Short(pre) => {
                let mut r = Zeroizing::new([0; 20]);
                r.iter_mut()
                    .zip(&chance.scalar)
                    .zip(&NONCE)
                    .for_each(|((to, random), nonce)| *to = random ^ nonce);
                let shared = public.abscissa().ok_or(Error::Point)?.times(&r).map(Zeroizing::new);
                let shared = shared.ok_or(Error::Chance)?;
                let ephemeral = Abscissa::GENERATOR.times(&r).ok_or(Error::Chance)?;
                let mask = Zeroizing::new(mask(&Zeroizing::new(shared.octets())));
                out.extend(pre.iter().zip(&*mask).map(|(pre, mask)| pre ^ mask));
                out.extend_from_slice(&ephemeral.octets());
                out.extend_from_slice(&chance.filler);
            }
        }
        Ok(())
    }
    /// What `seed` carries to the owner of `pair`. [`Error::Point`] if it has a point that is none of the curve.
    pub(crate) fn open(pair: &KeyPair, seed: &[u8]) -> Result<Self, Error> {
        match pair.private() {
            Private::P256(d) => Ok(Self::P256(ecies::open(d, seed.first_chunk().ok_or(Error::Sealed)?)?)),
            Private::Short(d) => {
                let (masked, rest) = seed.split_first_chunk::<20>().ok_or(Error::Sealed)?;
                let ephemeral = rest.first_chunk().and_then(Abscissa::read).filter(Abscissa::on_curve);
                let shared =
                    ephemeral.and_then(|point| point.times(d)).map(Zeroizing::new).ok_or(Error::Point)?;
                let mask = Zeroizing::new(mask(&Zeroizing::new(shared.octets())));
                Ok(Self::Short(core::array::from_fn(|i| masked[i] ^ mask[i])))
            }
        }
    }
    /// Encrypts `text` where it stands and gives its tag.
    pub(crate) fn encrypt(&self, iv: &[u8; 16], text: &mut [u8]) -> [u8; 16] {
        match self {
            Self::P256(wrap) => ecies::gcm_seal(wrap, iv, text),
            Self::Short(pre) => kdf(pre).seal(iv, text),
        }
    }
    /// Decrypts `text` where it stands, if the tag is that of `text`; else [`Error::Sealed`].
    pub(crate) fn decrypt(&self, iv: &[u8; 16], text: &mut [u8], tag: &[u8; 16]) -> Result<(), Error> {
        match self {
            Self::P256(wrap) => ecies::gcm_open(wrap, iv, text, tag),
            Self::Short(pre) => kdf(pre).open(iv, text, tag),
        }
    }
}

/// Octets of a seed of that family; `None` if nobody knows.
pub(crate) const fn seed_length(family: Family) -> Option<usize> {
    match family {
        Family::S71500 | Family::S71200 => Some(60),
        Family::Plcsim => Some(ecies::SEED),
        _ => None,
    }
}

/// Section 6.3: W, the first half of SHA-256(secret ‖ 01 02 .. 0f 00).
pub(crate) fn wrap_key(secret: &[u8; 24]) -> [u8; 16] {
    const COUNT: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0];
    let hash =
        Zeroizing::<[u8; 32]>::new(Sha256::new().chain_update(secret).chain_update(COUNT).finalize().into());
    core::array::from_fn(|i| hash[i])
}

/// PRE: the secret under a fixed key, cut to twenty octets.
pub(crate) fn pre_key(secret: &[u8; 24]) -> [u8; 20] {
    let cipher = Present::new(PRE);
    let block = |from: usize| u64::from_be_bytes(core::array::from_fn(|i| secret[from + i]));
    first20([0, 8, 16].map(|from| cipher.encrypt(block(from))))
}

/// MASK: what the pre-key is hidden under, of the abscissa in common.
pub(crate) fn mask(shared: &[u8; 20]) -> [u8; 20] {
    let [high, low] = halves(shared);
    first20([high.encrypt(MASK[0]), high.encrypt(MASK[1]), low.encrypt(MASK[2])])
}

/// KDF: Ke, Km and H of a pre-key.
pub(crate) fn kdf(pre: &[u8; 20]) -> Keys {
    let [high, low] = halves(pre);
    let pair = |a: u64, b: u64| (u128::from(a) << 64 | u128::from(b)).to_be_bytes();
    Keys {
        encryption: pair(high.encrypt(KDF[0]), high.encrypt(KDF[1])),
        tag: pair(high.encrypt(KDF[2]), low.encrypt(KDF[3])),
        factor: pair(low.encrypt(KDF[4]), low.encrypt(KDF[5])),
    }
}

/// Twenty octets are two keys of ten.
fn halves(octets: &[u8; 20]) -> [Present; 2] {
    [0, 10].map(|from| Present::new(core::array::from_fn(|i| octets[from + i])))
}

fn first20(blocks: [u64; 3]) -> [u8; 20] {
    let octets = Zeroizing::new(blocks.map(u64::to_be_bytes));
    core::array::from_fn(|i| octets.as_flattened()[i])
}

/// C0 to C5 of the curve specification, section 2.
const KDF: [u64; 6] = [
    0xfd64_88bc_75b9_fcef,
    0x143f_43f0_7a40_b620,
    0x4486_35e0_ef06_0861,
    0xdcce_60c6_d5c6_78ff,
    0xe14a_af01_db8f_e8c5,
    0xf693_0d7c_51ba_e22a,
];
/// C6 to C8.
const MASK: [u64; 3] = [0xf18e_dfcb_691e_eaf5, 0x1a1d_c0c1_eb2f_c5f4, 0xde24_a756_2160_f3ad];
/// The key of [`pre_key`].
const PRE: [u8; 10] = [0xa9, 0x8d, 0xe7, 0xc5, 0x16, 0x4a, 0xd0, 0x32, 0x53, 0x8f];
/// What random octets are added to before they are a scalar, little-endian: changes nothing for chance, but gives the octets of the vectors.
const NONCE: [u8; 20] = [
    0x48, 0x64, 0x70, 0x6c, 0xde, 0xc0, 0xb1, 0x33, 0x63, 0xd3, 0xa1, 0x77, 0xa4, 0x9c, 0xb7, 0x73, 0x86,
    0x2e, 0xe6, 0xf8,
];

//! The key pair of a CPU.
use crate::curve::{Abscissa, Scalar};
use crate::key::{Family, PublicKey};
use crate::{Error, ecies};
use core::fmt;
use p256::AffinePoint;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// What an emulated CPU opens sessions with. Clients must be given [`KeyPair::public`]: no published key has a private one with it.
///
/// The private key is wiped when dropped and not shown by `Debug`.
#[derive(Clone)]
pub struct KeyPair {
    public: PublicKey,
    private: Private,
}

#[derive(Clone)]
pub(crate) enum Private {
    P256(p256::Scalar),
    Short(Scalar),
}

impl KeyPair {
    /// A pair of its own, the same for the same `seed`: 32 random octets, to be kept as secret as a private key.
    ///
    /// Its id is at least 2^56, for the sake of clients that do not fill up sixteen digits. [`Error::Family`] of other families than
    /// 00, 01 and 03.
    pub fn generate(family: Family, seed: &[u8; 32]) -> Result<Self, Error> {
        // One id in 256 is too small, and one scalar in 2^160 gives no point.
        for round in 0..=u8::MAX {
            let octets = |what: u8| -> Zeroizing<[u8; 32]> {
                let hash = Sha256::new().chain_update(seed).chain_update([family.0, round, what]);
                Zeroizing::new(hash.finalize().into())
            };
            let (secret, filler) = (octets(0), octets(1));
            let pair = match family {
                Family::S71500 | Family::S71200 => Self::short(family, &secret, &filler),
                Family::Plcsim => Self::p256(&secret),
                family => return Err(Error::Family(family)),
            };
            if let Some(pair) = pair.filter(|pair| pair.public.id().0 >= 1 << 56) {
                return Ok(pair);
            }
        }
        Err(Error::Chance)
    }
    fn short(family: Family, secret: &[u8; 32], filler: &[u8; 32]) -> Option<Self> {
        let private = secret.first_chunk()?;
        let x = Abscissa::GENERATOR.times(private)?.octets();
        let octets: [u8; 40] = core::array::from_fn(|i| *x.get(i).unwrap_or(&filler[i % 20]));
        Some(Self { public: PublicKey::new(family, &octets).ok()?, private: Private::Short(*private) })
    }
    fn p256(secret: &[u8; 32]) -> Option<Self> {
        let private = ecies::scalar(secret);
        let octets = ecies::times(&AffinePoint::GENERATOR, &private)?;
        Some(Self { public: PublicKey::new(Family::Plcsim, &octets).ok()?, private: Private::P256(private) })
    }
    /// A pair that exists already. `private`: of families 00 and 01 a number of 20 octets, little-endian; of family 03 of 32, big-endian.
    ///
    /// [`Error::PrivateKey`] if it is not that of `public`, [`Error::Family`] of other families.
    pub fn new(public: PublicKey, private: &[u8]) -> Result<Self, Error> {
        let other = || Error::PrivateKey(public.id());
        let (x, private) = match public.family() {
            Family::S71500 | Family::S71200 => {
                let private: Scalar = private.try_into().map_err(|_| other())?;
                let x = Abscissa::GENERATOR.times(&private).ok_or_else(other)?.octets();
                (x.to_vec(), Private::Short(private))
            }
            Family::Plcsim => {
                let private = ecies::scalar(private.try_into().map_err(|_| other())?);
                let octets = ecies::times(&AffinePoint::GENERATOR, &private).ok_or_else(other)?;
                (octets.to_vec(), Private::P256(private))
            }
            family => return Err(Error::Family(family)),
        };
        let known = public.octets().get(..x.len()).unwrap_or_default();
        if bool::from(x.ct_eq(known)) { Ok(Self { public, private }) } else { Err(other()) }
    }
    /// What clients need.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
    pub(crate) const fn private(&self) -> &Private {
        &self.private
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        match self {
            Self::P256(scalar) => scalar.zeroize(),
            Self::Short(scalar) => scalar.zeroize(),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

//! P-256 of family 03: an ephemeral point, and a key under what it has in common with the CPU's (section 7 of the specification).
use crate::Error;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, Key, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::Array;
use aes_gcm::aes::cipher::consts::U16;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, ProjectivePoint, Scalar};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// AES-128-GCM whose IV has sixteen octets, so that GHASH makes the first counter of it.
type Gcm = aes_gcm::AesGcm<Aes128, U16>;

/// Octets of a seed: the ephemeral point, then a key of sixteen octets and its tag.
pub(crate) const SEED: usize = 96;

/// X ‖ Y as a point, if it is one of the curve. Infinity has no such octets.
pub(crate) fn point(octets: &[u8; 64]) -> Option<AffinePoint> {
    let (x, y) = octets.split_first_chunk::<32>()?;
    AffinePoint::from_coordinates(&Array(*x), &Array(y.try_into().ok()?)).into()
}

/// A number of 256 bits, big-endian, modulo the order.
pub(crate) fn scalar(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&Array(*octets))
}

/// X ‖ Y of `scalar` times `point`; `None` for infinity.
pub(crate) fn times(point: &AffinePoint, scalar: &Scalar) -> Option<[u8; 64]> {
    let mut product = (ProjectivePoint::from(*point) * *scalar).to_affine();
    let encoded = product.to_sec1_point(false);
    product.zeroize();
    // 04 stands before the coordinates, and infinity is one octet.
    encoded.as_bytes().get(1..)?.try_into().ok()
}

/// The seed for `wrap`: k G, and W under the key of k Q.
pub(crate) fn seal(public: &[u8; 64], wrap: &[u8; 16], random: &[u8; 32]) -> Result<[u8; SEED], Error> {
    let public = point(public).ok_or(Error::Point)?;
    let mut k = scalar(random);
    let points = times(&AffinePoint::GENERATOR, &k).zip(times(&public, &k).map(Zeroizing::new));
    k.zeroize();
    let (ephemeral, shared) = points.ok_or(Error::Chance)?;
    let (key, iv) = seed_kdf(x(&shared), &ephemeral);
    let mut seed = [0; SEED];
    let (head, tail) = seed.split_at_mut(64);
    head.copy_from_slice(&ephemeral);
    let (text, tag) = tail.split_at_mut(16);
    text.copy_from_slice(wrap);
    tag.copy_from_slice(&gcm_seal(&key, &iv, text));
    Ok(seed)
}

/// W of a seed. [`Error::Point`] if its point is none of the curve.
pub(crate) fn open(secret: &Scalar, seed: &[u8; SEED]) -> Result<[u8; 16], Error> {
    let (head, tail) = seed.split_first_chunk::<64>().ok_or(Error::Sealed)?;
    let shared = times(&point(head).ok_or(Error::Point)?, secret).map(Zeroizing::new).ok_or(Error::Point)?;
    let (key, iv) = seed_kdf(x(&shared), head);
    let (wrap, tag) = tail.split_first_chunk::<16>().ok_or(Error::Sealed)?;
    let mut wrap = *wrap;
    gcm_open(&key, &iv, &mut wrap, tag.first_chunk().ok_or(Error::Sealed)?)?;
    Ok(wrap)
}

fn x(point: &[u8; 64]) -> &[u8] {
    point.get(..32).unwrap_or_default()
}

/// Section 6.3: key and IV. The last octet hashed is where the output would go on, 0 or 20 hex.
pub(crate) fn seed_kdf(shared: &[u8], ephemeral: &[u8; 64]) -> (Zeroizing<[u8; 16]>, [u8; 16]) {
    let half = |offset: u8| -> [u8; 16] {
        let hash = Sha256::new().chain_update(shared).chain_update(ephemeral).chain_update([offset]);
        let hash = Zeroizing::<[u8; 32]>::new(hash.finalize().into());
        core::array::from_fn(|i| hash[i])
    };
    (Zeroizing::new(half(0)), half(0x20))
}

/// Encrypts `text` where it stands and gives its tag.
pub(crate) fn gcm_seal(key: &[u8; 16], iv: &[u8; 16], text: &mut [u8]) -> [u8; 16] {
    let gcm = Gcm::new(&Key::<Gcm>::from(*key));
    let tag = gcm.encrypt_inout_detached(&Array(*iv), &[], InOutBuf::from(text));
    tag.expect("no text here is near the 64 GiB that are too long").0
}

/// Decrypts `text` where it stands, if the tag is that of `text`.
pub(crate) fn gcm_open(key: &[u8; 16], iv: &[u8; 16], text: &mut [u8], tag: &[u8; 16]) -> Result<(), Error> {
    let gcm = Gcm::new(&Key::<Gcm>::from(*key));
    gcm.decrypt_inout_detached(&Array(*iv), &[], InOutBuf::from(text), &Array(*tag))
        .map_err(|_| Error::Sealed)
}

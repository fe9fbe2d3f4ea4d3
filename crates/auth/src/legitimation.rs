//! Passwords inside TLS, both ends: sections 10.2 and 10.3 of the specification.
//!
//! The client reads a challenge (attribute 303) and writes its response: twenty octets to 304, or a blob to 1846. Which of them,
//! [`Device::method`](crate::Device::method) knows. The CPU draws the challenge, and opens or checks the response.
//!
//! ```
//! use hepta_auth::Credential;
//! use hepta_auth::legitimation::{Chain, Payload};
//!
//! let (exported, challenge) = ([1; 32], [2; 20]);
//! let (mut client, mut cpu) = (Chain::new(exported), Chain::new(exported));
//! let response = client.seal(&Payload::of(&Credential::user("operator", "secret")), &challenge);
//! assert!(cpu.open(&response, &challenge)?.is(&Credential::user("operator", "secret")));
//! # Ok::<(), hepta_auth::Error>(())
//! ```
use crate::credential::{PasswordHash, same};
use crate::value::{END, blob, expect, put_blob, put_struct, put_udint, structure, udint};
use crate::{Challenge, Credential, Error};
use aes::Aes256;
use alloc::vec::Vec;
use cbc::cipher::{Array, Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use core::fmt;
use hepta_proto::wire::{Malformed, Reader, Wire};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Section 10.2, both ways: the hash under the challenge is the response, the response under the challenge is the hash.
///
/// The client writes it to attribute 304. [`Error::User`] if the credential has a name, which this method cannot carry.
pub fn sha1_response(credential: &Credential, challenge: &Challenge) -> Result<[u8; 20], Error> {
    Ok(xor(credential.hash()?.octets(), challenge))
}

/// The CPU's end of 10.2: the hash that a response carries, to be compared with the one that is kept.
pub fn sha1_open(response: &[u8; 20], challenge: &Challenge) -> PasswordHash {
    PasswordHash::from_octets(xor(response, challenge))
}

fn xor(a: &[u8; 20], b: &[u8; 20]) -> [u8; 20] {
    core::array::from_fn(|i| a[i] ^ b[i])
}

hepta_proto::codes! {
    /// How much of a CPU is open to a session: attribute 1842. Less is more; up to [`ProtectionLevel::Full`] no password is needed.
    pub struct ProtectionLevel(u32) {
        /// Seen on CPUs without protection.
        Unprotected = 0,
        Full = 1, Read = 2, Hmi = 3, None = 4,
    }
}

/// What a CPU says to a password: section 10.5. Read attribute 1842 afterwards to learn the level reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Accepted; inside TLS this is all it says.
    Accepted,
    /// Accepted for this level.
    Level(ProtectionLevel),
    /// The password is wrong; all else was right.
    WrongPassword,
    /// The level of this password is disabled at present.
    Disabled,
    /// Refused: a negative code. Disconnect.
    Refused(i16),
    /// A code that nobody has recorded yet.
    Unknown(i16),
}

impl Outcome {
    /// Of the return value of the write: its low sixteen bits count, signed.
    pub const fn of(return_value: u64) -> Self {
        let [low, high, ..] = return_value.to_le_bytes();
        match i16::from_le_bytes([low, high]) {
            0 => Self::Accepted,
            22 => Self::WrongPassword,
            25 => Self::Level(ProtectionLevel::Read),
            26 => Self::Level(ProtectionLevel::Hmi),
            33 => Self::Level(ProtectionLevel::Full),
            38 => Self::Disabled,
            code if code < 0 => Self::Refused(code),
            code => Self::Unknown(code),
        }
    }
    /// Is the session allowed more than before?
    pub const fn accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Level(_))
    }
}

hepta_proto::codes! {
    /// What the fields of a payload are.
    pub struct Kind(u32) {
        /// No user; the password field holds its SHA-1.
        Password = 1,
        /// Both in UTF-8, in the clear.
        User = 2,
    }
}

/// What is sealed by section 10.3: struct 40400. Wiped when dropped; `Debug` shows neither field.
///
/// ```text
///  00 17 00009dd0 | 82bb51 0004 kind | 82bb52 0014 00 length user | 82bb53 0014 00 length password | 00
/// ```
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Payload {
    /// What the fields are.
    #[zeroize(skip)]
    pub kind: Kind,
    /// The user's name, in UTF-8; empty for [`Kind::Password`].
    pub user: Vec<u8>,
    /// Clear, or its hash: `kind` tells.
    pub password: Vec<u8>,
}

impl Payload {
    /// What `credential` is sent as.
    pub fn of(credential: &Credential) -> Self {
        let password = credential.secret();
        match credential.name() {
            Some(user) => Self { kind: Kind::User, user: user.into(), password: password.into() },
            None => Self {
                kind: Kind::Password,
                user: Vec::new(),
                password: PasswordHash::of(password).octets().as_slice().into(),
            },
        }
    }
    /// The hash of the password of a protection level, for a CPU that keeps no more than that. `None` of other kinds.
    pub fn hash(&self) -> Option<PasswordHash> {
        let hash = self.password.as_slice().try_into().map(PasswordHash::from_octets);
        hash.ok().filter(|_| self.kind == Kind::Password && self.user.is_empty())
    }
    /// Is it what `credential` would be sent as? Takes the same time whether a part of it fits or none.
    #[must_use]
    pub fn is(&self, credential: &Credential) -> bool {
        let known = Self::of(credential);
        let fits = self.kind.0.ct_eq(&known.kind.0)
            & same(&self.user, &known.user)
            & same(&self.password, &known.password);
        fits.into()
    }
}

impl Wire<'_> for Payload {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        structure(r, STRUCT)?;
        let kind = Kind(udint(r, KIND)?);
        let (user, password) = (blob(r, USER)?, blob(r, PASSWORD)?);
        expect(r, END, "end of struct 40400")?;
        Ok(Self { kind, user: user.into(), password: password.into() })
    }
    fn write(&self, out: &mut Vec<u8>) {
        put_struct(STRUCT, out);
        put_udint(KIND, self.kind.0, out);
        put_blob(USER, &self.user, out);
        put_blob(PASSWORD, &self.password, out);
        out.extend_from_slice(&END);
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The keys of one TLS connection, one for each attempt: section 10.3. Either end has its own; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Chain([u8; 32]);

impl Chain {
    /// `oms`: 32 octets of the TLS exporter, by [`EXPORTER_LABEL`](crate::EXPORTER_LABEL).
    pub const fn new(oms: [u8; 32]) -> Self {
        Self(oms)
    }
    /// Goes on to the next attempt and gives its key. [`Chain::seal`] and [`Chain::open`] do so themselves; call it for attempts that
    /// pass by neither.
    pub fn advance(&mut self) -> Zeroizing<[u8; 32]> {
        self.0 = Sha256::digest(self.0).into();
        Zeroizing::new(self.0)
    }
    /// The client's next attempt: the content of the blob for attribute 1846.
    pub fn seal(&mut self, payload: &Payload, challenge: &Challenge) -> Vec<u8> {
        let key = self.advance();
        let mut plain = Vec::with_capacity(96 + payload.user.len() + payload.password.len());
        payload.write(&mut plain);
        let padding = 16 - plain.len() % 16;
        plain.resize(plain.len() + padding, padding.to_le_bytes()[0]);
        let mut cipher = cbc::Encryptor::<Aes256>::new(&Array(*key), &Array(iv(challenge)));
        blocks(&mut plain).iter_mut().for_each(|block| cipher.encrypt_block(block));
        plain
    }
    /// The CPU's next attempt: what the client sealed. An attempt counts even if it does not open.
    ///
    /// [`Error::Malformed`] for octets that are no whole blocks; else [`Error::Sealed`], whatever is wrong inside.
    pub fn open(&mut self, response: &[u8], challenge: &Challenge) -> Result<Payload, Error> {
        let key = self.advance();
        let whole = !response.is_empty() && response.len().is_multiple_of(16);
        if !whole {
            return Err(Malformed { what: "response that is no whole blocks", at: response.len() }.into());
        }
        let mut plain = Zeroizing::new(response.to_vec());
        let mut cipher = cbc::Decryptor::<Aes256>::new(&Array(*key), &Array(iv(challenge)));
        blocks(&mut plain).iter_mut().for_each(|block| cipher.decrypt_block(block));
        let mut r = Reader::new(unpadded(&plain).ok_or(Error::Sealed)?);
        let payload = Payload::read(&mut r).map_err(|_| Error::Sealed)?;
        if r.left() == 0 { Ok(payload) } else { Err(Error::Sealed) }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain(***)")
    }
}

/// The challenge's first sixteen octets.
fn iv(challenge: &Challenge) -> [u8; 16] {
    core::array::from_fn(|i| challenge[i])
}

/// The whole blocks of `octets`.
fn blocks(octets: &mut [u8]) -> &mut [Block<Aes256>] {
    Array::slice_as_chunks_mut(octets).0
}

/// Without its PKCS#7 padding, if that is one; looks at the same octets whatever they are.
fn unpadded(plain: &[u8]) -> Option<&[u8]> {
    let last: &[u8; 16] = plain.last_chunk()?;
    let padding = last[15];
    let mut good = !padding.ct_eq(&0) & !padding.ct_gt(&16);
    for (octet, from_end) in last.iter().rev().zip(1..=16_u8) {
        let beyond: Choice = from_end.ct_gt(&padding);
        good &= beyond | octet.ct_eq(&padding);
    }
    if good.into() { plain.get(..plain.len().checked_sub(padding.into())?) } else { None }
}

const STRUCT: u32 = 40400;
const KIND: u32 = 40401;
const USER: u32 = 40402;
const PASSWORD: u32 = 40403;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_whole_or_none() {
        let mut block = [7; 16];
        for padding in 0..=u8::MAX {
            block[15] = padding;
            assert_eq!(
                unpadded(&block).map(<[u8]>::len),
                match padding {
                    1 => Some(15),
                    7 => Some(9),
                    _ => None,
                }
            );
        }
        assert_eq!(unpadded(&[16; 32]), Some(&[16; 16][..]));
        assert_eq!(unpadded(&[]), None);
    }

    #[test]
    fn the_table_of_10_5() {
        for (value, outcome) in [
            (0, Outcome::Accepted),
            (0x19, Outcome::Level(ProtectionLevel(2))),
            (0x1a, Outcome::Level(ProtectionLevel(3))),
            (0x21, Outcome::Level(ProtectionLevel(1))),
            (0xa027_a600_0054_0016, Outcome::WrongPassword),
            (38, Outcome::Disabled),
            (0xff9c, Outcome::Refused(-100)),
            (0xffff_ffff_ffff_8000, Outcome::Refused(i16::MIN)),
            (0x1_0007, Outcome::Unknown(7)),
        ] {
            assert_eq!(Outcome::of(value), outcome, "{value:x}");
            assert_eq!(outcome.accepted(), matches!(value, 0 | 0x19 | 0x1a | 0x21));
        }
    }
}

//! Who may do what in `S7CommPlus`, on both ends of the wire: passwords, and what protects a session that has no TLS.
//!
//! No socket, no clock, no chance: challenges come from the peer or from the caller, randomness is an argument. Secrets are wiped when
//! they are dropped, never shown by `Debug`, and compared in constant time.
//!
//! | section of the specification | here |
//! | --- | --- |
//! | 5.3 and 5.4, families, key ids, fingerprints | [`key`], [`catalogue`] |
//! | 6, 7, 8 and 11, session keys and their renewal | [`session`], [`pair`], [`challenge`] |
//! | 9, packet digest | [`digest`] |
//! | 10.1, which method a device takes | [`device`] |
//! | 10.2 and 10.3, passwords inside TLS | [`legitimation`] |
//! | 10.4, passwords without TLS | [`legacy`] |
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod catalogue;
pub mod challenge;
pub mod credential;
mod curve;
pub mod device;
pub mod digest;
mod ecies;
mod error;
pub mod key;
pub mod legacy;
pub mod legitimation;
pub mod pair;
mod present;
pub mod session;
mod stream;
mod transport;
mod value;
#[cfg(test)]
mod vectors;

pub use catalogue::Catalogue;
pub use challenge::Challenge;
pub use credential::{Credential, PasswordHash};
pub use device::{Device, Firmware, Method};
pub use digest::SessionKey;
pub use error::Error;
pub use pair::KeyPair;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Label of the TLS exporter (RFC 8446, 7.5) that gives the secret of [`legitimation::Chain`]: no context, 32 octets.
pub const EXPORTER_LABEL: &[u8] = b"EXPERIMENTAL_OMS";

/// What a client draws for one envelope: all of it random, all of it for one use. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Chance {
    /// The IV.
    pub iv: [u8; 16],
    /// Of the ephemeral point: 256 bits, big-endian, of family 03; of 00 and 01 the first twenty octets.
    pub scalar: [u8; 32],
    /// Of families 00 and 01: sent as it is, read by nobody.
    pub filler: [u8; 20],
}

impl Chance {
    /// Random octets that it takes.
    pub const SIZE: usize = 68;

    /// Of random octets.
    pub fn new(random: &[u8; Self::SIZE]) -> Self {
        Self {
            iv: core::array::from_fn(|i| random[i]),
            scalar: core::array::from_fn(|i| random[16 + i]),
            filler: core::array::from_fn(|i| random[48 + i]),
        }
    }
}

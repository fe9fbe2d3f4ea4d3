//! Who may do what in `S7CommPlus`, on both ends of the wire: passwords, and what protects a session that has no TLS.
//!
//! No socket, no clock, no chance: challenges come from the peer or from the caller, randomness is an argument. Secrets are wiped when
//! they are dropped, never shown by `Debug`, and compared in constant time.
//!
//! | section of the specification | here |
//! | --- | --- |
//! | 9, packet digest | [`digest`] |
//! | 10.1, which method a device takes | [`device`] |
//! | 10.2 and 10.3, passwords inside TLS | [`legitimation`] |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod credential;
pub mod device;
pub mod digest;
mod error;
pub mod legitimation;
mod value;

pub use credential::{Credential, PasswordHash};
pub use device::{Device, Firmware, Method};
pub use error::Error;

/// The twenty octets that a CPU draws anew each time it is asked for attribute 303. Use each once.
pub type Challenge = [u8; 20];

/// Label of the TLS exporter (RFC 8446, 7.5) that gives the secret of [`legitimation::Chain`]: no context, 32 octets.
pub const EXPORTER_LABEL: &[u8] = b"EXPERIMENTAL_OMS";

//! The digest in front of every fragment of a V3 frame: whose key it was made with, and how it goes on over several fragments.
//!
//! The core knows no SHA: what holds a session's key implements [`Mac`]. How a digest covers the fragments before it differs by
//! CPU, so a receiver learns it from the second fragment and holds the peer to it ([`Integrity`]).
use crate::wire::Malformed;
use alloc::boxed::Box;
use core::fmt;

/// A digest: HMAC-SHA256 under the first 24 octets of the session key.
pub type Digest = [u8; 32];

/// HMAC-SHA256 under the key of one session, with a state that can be gone on from.
///
/// Its `Debug` shows no key.
pub trait Mac: Send + fmt::Debug {
    /// The digest of `data`; keeps both hash states as they are after finalisation, for [`Mac::resume`].
    fn start(&mut self, data: &[u8]) -> Digest;
    /// Goes on from the kept states, whose padding blocks are compressed already: the inner hash over `data`, the outer over the
    /// new inner digest. The bit length in the new padding counts all octets of messages so far, never earlier padding.
    fn resume(&mut self, data: &[u8]) -> Digest;
    /// The digest of all parts one behind the other; what [`Mac::start`] keeps stays.
    fn over(&self, parts: &[&[u8]]) -> Digest;
}

/// What the digest of a fragment behind the first is made over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// The hash states of the fragment before go on: S7-1200 and S7-1500.
    Resume,
    /// The digest of the fragment before, then this fragment: PLCSIM Advanced.
    Forward,
    /// This fragment alone; some clients take it.
    Independent,
}

/// Makes or checks the digests of one direction. Each direction has its own: both may be within a PDU at a time.
#[derive(Debug)]
pub struct Integrity {
    mac: Box<dyn Mac>,
    dialect: Option<Dialect>,
    last: Digest,
}

impl Integrity {
    /// Checks any dialect, and from the second fragment on the one that was recognised; signs like a CPU.
    pub fn new(mac: Box<dyn Mac>) -> Self {
        Self { mac, dialect: None, last: [0; 32] }
    }
    /// Speaks this dialect and takes no other.
    pub fn speaking(mac: Box<dyn Mac>, dialect: Dialect) -> Self {
        Self { mac, dialect: Some(dialect), last: [0; 32] }
    }
    /// Takes another key from the next PDU on. The dialect stays.
    pub fn renew(&mut self, mac: Box<dyn Mac>) {
        self.mac = mac;
    }
    /// The dialect, once it is known: a PDU of one fragment is the same in all of them.
    pub const fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// Is `digest` that of `data`, the fragment with this number, from 0, of its PDU? Ask for all of them, in their order.
    pub fn check(&mut self, fragment: usize, digest: &Digest, data: &[u8]) -> Result<(), Malformed> {
        if fragment == 0 {
            let right = same(&self.mac.start(data), digest);
            self.last = *digest;
            return if right { Ok(()) } else { Err(WRONG) };
        }
        let dialects: &[Dialect] = match &self.dialect {
            Some(dialect) => core::slice::from_ref(dialect),
            None => &[Dialect::Resume, Dialect::Forward, Dialect::Independent],
        };
        let spoken =
            dialects.iter().find(|dialect| same(&self.mac.further(**dialect, &self.last, data), digest));
        self.dialect = Some(*spoken.ok_or(WRONG_FURTHER)?);
        self.last = *digest;
        Ok(())
    }

    /// The digest of `data`, the fragment with this number, from 0, of its PDU. Ask for all of them, in their order.
    pub fn sign(&mut self, fragment: usize, data: &[u8]) -> Digest {
        self.last = match fragment {
            0 => self.mac.start(data),
            _ => self.mac.further(self.dialect.unwrap_or(Dialect::Resume), &self.last, data),
        };
        self.last
    }
}

impl dyn Mac {
    fn further(&mut self, dialect: Dialect, last: &Digest, data: &[u8]) -> Digest {
        match dialect {
            Dialect::Resume => self.resume(data),
            Dialect::Forward => self.over(&[last, data]),
            Dialect::Independent => self.over(&[data]),
        }
    }
}

/// Octets of the digest part: the length 32 and the digest.
pub(super) const FRONT: usize = 33;

/// What a length of a digest always says.
pub(super) const LENGTH: u8 = 0x20;

/// Splits the tail digest off, which the first firmware of the S7-1500 puts behind the integrity id of its V2 PDUs instead of the
/// four zero octets: `20 digest[32]`. What it covers belongs to the message, not to the frame, so a message's tail reads it.
///
/// Ask for it only where the session has tail digests: any octets may look like one.
pub fn tail(data: &[u8]) -> Option<(&[u8], &Digest)> {
    let (body, digest) = data.split_last_chunk()?;
    Some((body.strip_suffix(&[LENGTH])?, digest))
}

/// Compares without an early end: how long it takes says nothing of where they differ.
fn same(one: &Digest, other: &Digest) -> bool {
    core::hint::black_box(one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b))) == 0
}

const WRONG: Malformed =
    Malformed { what: "digest: it is not made with the session's key, or octets changed on the way", at: 5 };
const WRONG_FURTHER: Malformed = Malformed {
    what: "digest of a further fragment: it goes on from the first in no way that is known",
    at: 5,
};

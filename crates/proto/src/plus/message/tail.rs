//! What ends a message: integrity id, fill, and the digest that the first S7-1500 puts there.
//!
//! ```text
//!  [integrity id, VLQ] | 00 00 00 00                    everybody; five zeros after the id of an Explore request
//!  [integrity id, VLQ] | 20 | digest 32                 S7-1500 firmware 1.0, frames of version 2
//! ```
//!
//! Whether there is an integrity id the octets do not say. A session knows; who does not (a decoder) finds out from what is
//! left: in frames of version 1 there is none, and there is none where zeros are left and no more of them than the fill alone
//! takes. In every other case the id comes first.
use super::super::frame::Version;
use super::super::vlq;
use crate::wire::{Malformed, Reader};
use alloc::vec::Vec;

/// What a reader has to know that the octets of a message do not say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Context {
    /// The version of the frame the message came in.
    pub version: Version,
    /// Does the message carry an integrity id? `None`: find out from what is left.
    pub integrity: Option<bool>,
}

impl Context {
    /// Nothing is known but the frame's version.
    pub const fn new(version: Version) -> Self {
        Self { version, integrity: None }
    }
    /// A session that knows.
    pub const fn with(version: Version, integrity: bool) -> Self {
        Self { version, integrity: Some(integrity) }
    }
    /// The same, but the id was read already, or there never is one.
    pub(super) const fn bare(self) -> Self {
        Self { integrity: Some(false), ..self }
    }
    /// May an integrity id stand here?
    pub(super) fn may(self) -> bool {
        self.integrity.unwrap_or(self.version != Version::V1)
    }
}

/// The end of a message. The integrity id belongs to it even where it stands before the objects (`CreateObject` request,
/// Explore answer): there is one of them, or none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tail {
    /// Counted by the client for reads and writes apart; in an answer the sum of the request's sequence number and id.
    pub integrity: Option<u32>,
    /// Octets 00 that fill: four, five in an Explore request with an integrity id, none before a digest. Some clients send
    /// more of them, python-s7commplus in version 1; they are kept.
    pub fill: usize,
    /// HMAC-SHA256 of what is before (S7-1500 firmware 1.0 only; everybody else has the digest in front, where frames keep it).
    pub digest: Option<[u8; 32]>,
}

/// Octets of the fill where nothing is special.
pub(super) const FILL: usize = 4;
/// Length of the digest, which announces it.
const DIGEST: u8 = 32;

impl Default for Tail {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Tail {
    /// Four zeros.
    pub const PLAIN: Self = Self { integrity: None, fill: FILL, digest: None };
    /// Nothing at all: how python-s7commplus ends its session.
    pub const NONE: Self = Self { integrity: None, fill: 0, digest: None };

    /// The usual end of a message that is not an Explore request; that one is [`super::Ask::tail`].
    pub const fn new(integrity: Option<u32>) -> Self {
        Self { integrity, ..Self::PLAIN }
    }
    /// The end of a message of the first S7-1500.
    pub const fn sealed(integrity: Option<u32>, digest: [u8; 32]) -> Self {
        Self { integrity, fill: 0, digest: Some(digest) }
    }

    /// Takes all that is left. `fill`: zeros after an integrity id.
    pub(super) fn read(r: &mut Reader<'_>, cx: Context, fill: usize) -> Result<Self, Malformed> {
        let bare = |rest: &[u8]| rest.iter().all(|octet| *octet == 0);
        let digest = match r.left().checked_sub(DIGEST.into()) {
            Some(before) if cx.version == Version::V2 => r
                .peek()
                .split_at_checked(before)
                .filter(|(before, _)| matches!(before, [head @ .., DIGEST] if head.len() < 6 + FILL))
                .and_then(|(_, digest)| digest.try_into().ok()),
            _ => None,
        };
        let mut rest = match digest {
            Some(_) => r.sub(r.left() - 1 - usize::from(DIGEST), "octets before the digest")?,
            None => r.sub(r.left(), "end of the message")?,
        };
        r.rest();
        let least = if digest.is_some() { 0 } else { FILL };
        // The digest's own mark shows where the fill ends, so there an id may be a zero alone.
        let none = bare(rest.peek()) && if digest.is_some() { rest.left() == 0 } else { rest.left() <= fill };
        let integrity = if cx.may() && !none { Some(vlq::u32(&mut rest, "integrity id")?) } else { None };
        if rest.left() < least || !bare(rest.peek()) {
            return Err(rest.bad("end of the message: integrity id and zeros"));
        }
        Ok(Self { integrity, fill: rest.left(), digest })
    }

    /// Appends it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if let Some(integrity) = self.integrity {
            vlq::put_u32(out, integrity);
        }
        out.resize(out.len() + self.fill, 0);
        if let Some(digest) = &self.digest {
            out.push(DIGEST);
            out.extend_from_slice(digest);
        }
    }
    /// Without the integrity id, where that stands elsewhere.
    pub(super) const fn bare(self) -> Self {
        Self { integrity: None, ..self }
    }
}

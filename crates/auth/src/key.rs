//! Families, key ids and public keys of sessions without TLS: sections 5.3 and 5.4 of the specification.
use crate::curve::Abscissa;
use crate::error::excerpt;
use crate::{Error, ecies};
use alloc::borrow::Cow;
use core::fmt;
use sha2::{Digest, Sha256};

hepta_proto::codes! {
    /// Who a public key is for; tells the mathematics, too.
    pub struct Family(u8) {
        S71500 = 0x00, S71200 = 0x01, WinAc = 0x02,
        /// PLCSIM and other CPUs in software.
        Plcsim = 0x03,
        Sinumerik = 0x04, S71500Mp = 0x05, OpenSsl = 0x80, Pms = 0x82, NoSecurity = 0xff,
    }
}

impl Family {
    /// Flags of a communication public key (type 10) of this family.
    pub const fn public_flags(self) -> u32 {
        (self.0 as u32) << 8 | 0x10
    }
    /// Flags of a symmetric session key (type 01) of this family.
    pub const fn symmetric_flags(self) -> u32 {
        (self.0 as u32) << 8 | 0x01
    }
    /// Octets of its public keys; `None` for families of which no key is known.
    pub const fn octets(self) -> Option<usize> {
        match self {
            Self::S71500 | Self::S71200 | Self::Sinumerik => Some(40),
            Self::WinAc => Some(48),
            Self::Plcsim | Self::S71500Mp => Some(64),
            _ => None,
        }
    }
}

/// The number that stands for a key, public or symmetric. Shown as sixteen hex digits, which are its octets in reverse.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(pub u64);

impl KeyId {
    /// Of a key, by its first 24 octets: the first 8 of SHA-256(key ‖ "DERIVE").
    pub fn of(key: &[u8; 24]) -> Self {
        let hash: [u8; 32] = Sha256::new().chain_update(key).chain_update(b"DERIVE").finalize().into();
        Self::from_octets(core::array::from_fn(|i| hash[i]))
    }
    /// As it stands in a blob.
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(octets))
    }
    /// As it stands in a blob.
    pub const fn octets(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a CPU says of its key in attribute 233.
///
/// ```
/// use hepta_auth::key::{Family, Fingerprint, KeyId};
/// let named = Fingerprint::Key { family: Family::Plcsim, id: KeyId(0xb076_54ac_9caa_4aca) };
/// assert_eq!(Fingerprint::parse("03:B07654AC9CAA4ACA")?, named);
/// assert_eq!(named.to_string(), "03:B07654AC9CAA4ACA");
/// # Ok::<(), hepta_auth::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fingerprint {
    /// Nothing.
    Empty,
    /// The family alone: its keys have to be tried.
    Family(Family),
    /// This key.
    Key {
        /// Its family.
        family: Family,
        /// Its id.
        id: KeyId,
    },
}

impl Fingerprint {
    /// Reads the text: nothing, two decimal digits, or those, a colon and sixteen hex digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::find(text).ok_or_else(|| Error::Fingerprint(excerpt(text)))
    }
    fn find(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Empty);
        }
        let (family, id) = text.split_once(':').map_or((text, None), |(family, id)| (family, Some(id)));
        let decimal = (2..=3).contains(&family.len()) && family.bytes().all(|c| c.is_ascii_digit());
        let family = Family(if decimal { family.parse().ok()? } else { return None });
        let Some(id) = id else { return Some(Self::Family(family)) };
        let hex = id.len() == 16 && id.bytes().all(|c| c.is_ascii_hexdigit());
        let id = KeyId(if hex { u64::from_str_radix(id, 16).ok()? } else { return None });
        Some(Self::Key { family, id })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Family(family) => write!(f, "{:02}", family.0),
            Self::Key { family, id } => write!(f, "{:02}:{id}", family.0),
        }
    }
}

/// The public key of a CPU.
///
/// Of families 00 and 01: an abscissa, 20 octets little-endian, and 20 octets that only the id covers. Of family 03: X and Y of a point of
/// P-256, 32 octets big-endian each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    family: Family,
    octets: Cow<'static, [u8]>,
}

impl PublicKey {
    /// A key of the caller's own. [`Error::KeyLength`] if it is not as long as its family's keys are, [`Error::Family`] if nobody
    /// knows how long those are.
    pub fn new(family: Family, octets: &[u8]) -> Result<Self, Error> {
        let (length, due) = (octets.len(), family.octets().ok_or(Error::Family(family))?);
        if length == due {
            Ok(Self { family, octets: Cow::Owned(octets.into()) })
        } else {
            Err(Error::KeyLength { family, length, due })
        }
    }
    /// A key of the table.
    pub(crate) const fn known(family: Family, octets: Cow<'static, [u8]>) -> Self {
        Self { family, octets }
    }
    /// Whose key it is.
    pub const fn family(&self) -> Family {
        self.family
    }
    /// As many as [`Family::octets`] says.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
    /// Its id.
    pub fn id(&self) -> KeyId {
        // No key is shorter than 40 octets.
        self.octets.first_chunk().map_or(KeyId(0), KeyId::of)
    }
    /// What its CPU says in attribute 233.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::Key { family: self.family, id: self.id() }
    }
    /// Can a session be opened with it?
    ///
    /// [`Error::Family`]: nobody knows how its family does. [`Error::Twist`]: eight of the published keys are no points of the curve.
    /// [`Error::Point`]: what should be a point of P-256 is none.
    pub fn usable(&self) -> Result<(), Error> {
        match self.family {
            Family::S71500 | Family::S71200 => {
                let x = self.abscissa().ok_or(Error::Point)?;
                if x.on_curve() { Ok(()) } else { Err(Error::Twist(self.id())) }
            }
            Family::Plcsim => {
                self.octets.first_chunk().and_then(ecies::point).map(|_| ()).ok_or(Error::Point)
            }
            family => Err(Error::Family(family)),
        }
    }
    /// Of a key of families 00 and 01.
    pub(crate) fn abscissa(&self) -> Option<Abscissa> {
        self.octets.first_chunk().and_then(Abscissa::reduced)
    }
}

/// The text for a log: what a CPU with this key says of itself.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fingerprint().fmt(f)
    }
}

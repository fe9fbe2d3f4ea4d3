use crate::key::{Family, Fingerprint, KeyId};
use alloc::string::String;
use hepta_proto::wire::Malformed;

/// Why something was not opened, or could not be made.
///
/// What fails because of the peer says little on purpose: a CPU that tells a wrong key from a wrong padding gives both away.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer's octets make no sense before any key is used: close the connection.
    #[error("the peer sent a {0}")]
    Malformed(#[from] Malformed),
    /// It does not open: another key, another challenge, or octets that were changed on the way. Close the connection.
    #[error("the peer's secret cannot be opened: another key or challenge, or changed on the way")]
    Sealed,
    /// Sealed for another public key than ours: the client took our fingerprint for that of another CPU. Close the connection.
    #[error("the peer sealed its secret for the key {0}, which is not ours")]
    OtherKey(KeyId),
    /// Made for another session key: a client that missed a renewal, or a replay. Close the connection.
    #[error("the peer's answer belongs to another session key, {0}")]
    OtherSession(KeyId),
    /// A public value, of a key or of the peer, that is no point of its curve.
    #[error("a public value that is no point of its curve")]
    Point,
    /// The text of attribute 319 is no identity of a device.
    #[error("{0:?} is no device text like \"1;6ES7 214-1AG40-0XB0 ;V4.5\"")]
    Device(String),
    /// The text of attribute 233 names no key.
    #[error("{0:?} is no fingerprint like \"03:B07654AC9CAA4ACA\"")]
    Fingerprint(String),
    /// Nobody has published this key.
    #[error("no public key is known for {0}; add it to the catalogue, or use firmware with TLS")]
    UnknownKey(Fingerprint),
    /// A published key that is a point of the curve's twist: by the mathematics no CPU can open what is sealed for it.
    #[error("the published key {0} is no point of the curve, so that no session can be opened with it")]
    Twist(KeyId),
    /// Nobody knows how CPUs of this family open a session.
    #[error("how a CPU of family {0} opens a session is not known")]
    Family(Family),
    /// The caller's own: a key of another length than its family's keys have.
    #[error("a key of {length} octets is none of family {family}, whose keys have {due}")]
    KeyLength {
        /// Of which family it should be.
        family: Family,
        /// Its octets.
        length: usize,
        /// Those of its family's keys.
        due: usize,
    },
    /// The caller's own: a private key that does not belong to the public one, or is none at all.
    #[error("the private key is not that of the public key {0}")]
    PrivateKey(KeyId),
    /// The caller's own: these random octets are among the few that cannot be used (one in 2^160). Draw others.
    #[error("these random octets cannot be used; draw others")]
    Chance,
    /// The caller's own: this method carries a password alone, and a user was given.
    #[error(
        "this CPU takes a password without a user name; leave the user name out, or use firmware that knows users"
    )]
    User,
}

/// As much of a text from the peer as goes into an error.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

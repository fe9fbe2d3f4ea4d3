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
    #[error("the peer's secret cannot be opened: another key, or changed on the way")]
    Sealed,
    /// A digest that does not fit its fragment, in no dialect known. Close the connection.
    #[error(
        "the digest of fragment {fragment} is not that of its octets: changed on the way, or another session key"
    )]
    Digest {
        /// Which fragment of the message, from 1.
        fragment: u32,
    },
    /// The text of attribute 319 is no identity of a device.
    #[error("{0:?} is no device text like \"1;6ES7 214-1AG40-0XB0 ;V4.5\"")]
    Device(alloc::string::String),
    /// The caller's own: this method carries a password alone, and a user was given.
    #[error(
        "this CPU takes a password without a user name; leave the user name out, or use firmware that knows users"
    )]
    User,
}

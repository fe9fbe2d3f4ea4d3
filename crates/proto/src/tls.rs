//! TLS as a pipe of buffers. The core names no library: what keeps the keys implements [`Tls`], and the machines of both ends are
//! given one when the peer agrees to TLS.
//!
//! TLS runs *inside* COTP data: TPKT and COTP stay clear, and the records are what the data units carry.
use alloc::vec::Vec;
use core::fmt;

/// The SHA-256 of a certificate, as an engineer compares it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Print(pub [u8; 32]);

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why TLS came to an end.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Nobody has said that this certificate is the CPU's.
    #[error("the CPU shows a certificate that nobody has accepted yet: SHA-256 {0}")]
    Unknown(Print),
    /// Another certificate than the one that was accepted before, or was pinned.
    #[error(
        "the CPU shows another certificate than the one that was accepted: SHA-256 {shown}, accepted was {known}"
    )]
    Changed {
        /// What was accepted.
        known: Print,
        /// What it shows.
        shown: Print,
    },
    /// The certificate itself, or its chain, is no good.
    #[error("the CPU's certificate is no good: {0}")]
    Certificate(&'static str),
    /// The peer says that it goes no further: the alert's number (RFC 8446, 6).
    #[error("the peer ended TLS: alert {0}")]
    Alert(u8),
    /// What the peer sent is no TLS, or broke its rules.
    #[error("the peer broke the rules of TLS: {0}")]
    Peer(&'static str),
    /// The peer offers nothing that we take.
    #[error("the peer offers no TLS that can be agreed to: {0}")]
    Offer(&'static str),
    /// The peer said that nothing more comes.
    #[error("the peer closed TLS")]
    Closed,
    /// Ours: what TLS needs is not there.
    #[error("TLS cannot be started here: {0}")]
    Local(&'static str),
}

/// One end of a TLS connection, without a socket. Buffers are arguments, output is appended.
pub trait Tls: Send + fmt::Debug {
    /// Takes octets from the peer, cut anyhow; appends what they said to `plain`, and what has to be answered to `out` — also
    /// when it fails: an alert must still go out.
    fn receive(&mut self, records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError>;
    /// Appends `plain` as records: as one, if it is no longer than [`Tls::fits`] says.
    fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError>;
    /// Keying material (RFC 5705). An absent context and an empty one differ in TLS 1.2.
    fn export(&self, label: &[u8], context: Option<&[u8]>, secret: &mut [u8]) -> Result<(), TlsError>;
    /// Is the handshake over?
    fn ready(&self) -> bool;
    /// The most plain octets whose record is no longer than `room` octets.
    fn fits(&self, room: usize) -> usize;
    /// The certificate that the peer has shown, if it has shown one.
    fn print(&self) -> Option<Print> {
        None
    }
    /// Appends the notice that nothing more comes.
    fn close(&mut self, out: &mut Vec<u8>);
}

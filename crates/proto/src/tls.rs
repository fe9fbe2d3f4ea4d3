//! TLS as a pipe of buffers. The core names no library: what keeps the keys implements [`Tls`], and the machines of both ends are
//! given one when the peer agrees to TLS.
//!
//! TLS runs *inside* COTP data: TPKT and COTP stay clear, and the records are what the data units carry.
use crate::tap::Sender;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

/// The SHA-256 of a certificate, as an engineer compares it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Print(pub [u8; 32]);

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl core::str::FromStr for Print {
    type Err = PrintError;

    /// Reads 64 hex digits, in either case, with or without colons between the octets.
    fn from_str(text: &str) -> Result<Self, PrintError> {
        let (mut octets, mut digits) = ([0; 32], text.chars());
        for (i, octet) in octets.iter_mut().enumerate() {
            let mut rest = digits.clone();
            if i > 0 && rest.next() == Some(':') {
                digits = rest;
            }
            for _ in 0..2 {
                let digit = digits.next().and_then(|c| c.to_digit(16)).ok_or(PrintError)?;
                *octet = *octet << 4 | u8::try_from(digit).map_err(|_| PrintError)?;
            }
        }
        if digits.next().is_none() { Ok(Self(octets)) } else { Err(PrintError) }
    }
}

/// A text that is no SHA-256.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a SHA-256 is 64 hex digits, with or without colons between the octets")]
pub struct PrintError;

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Opens what TLS sealed, for who has the keys of a connection that is over or somebody else's: the decoder.
pub trait Open: fmt::Debug + Send {
    /// Takes octets that `sender` sent, cut anyhow; appends what they say to `plain`. After an error there is nothing more.
    fn open(
        &mut self,
        sender: Sender,
        octets: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
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
    /// The peer offers nothing that we take. A server that has nothing to say but this ends the transport: a CPU resets it,
    /// without an alert.
    #[error("the peer offers no TLS that can be agreed to: {0}")]
    Offer(&'static str),
    /// The peer said that nothing more comes.
    #[error("the peer closed TLS")]
    Closed,
    /// Ours: what TLS needs is not there.
    #[error("TLS cannot be started here: {0}")]
    Local(&'static str),
}

impl TlsError {
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown(_) => {
                "compare this SHA-256 with the certificate in the engineering project or on the device, then accept it: pin it, \
                 have it in the store of known certificates, or trust the authority that signed it"
            }
            Self::Changed { .. } => {
                "a new device, a new project or somebody in between: find out which, and only then accept the new SHA-256 \
                 in place of the old one"
            }
            Self::Certificate(_) => {
                "if the device is the right one all the same, pin its certificate by its SHA-256: a pin asks \
                 for neither names nor dates nor a chain"
            }
            _ => return None,
        })
    }
}

/// One end of a TLS connection, without a socket. Buffers are arguments, output is appended.
///
/// An end that has failed, or has been closed, stays so: what it is asked then fails with the same error.
pub trait Tls: Send + fmt::Debug {
    /// Takes octets from the peer, cut anyhow; appends what they said to `plain`, and what has to be answered to `out` — also
    /// when it fails: an alert must still go out. A client begins when it is given no octets at all: that appends its hello.
    ///
    /// [`TlsError::Closed`] comes after all that the peer said before it closed was appended.
    fn receive(&mut self, records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError>;
    /// Appends `plain` as records: as one, if it is no longer than [`Tls::fits`] says. An error before [`Tls::ready`].
    fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError>;
    /// Keying material (RFC 5705). An absent context and an empty one differ in TLS 1.2.
    fn export(&self, label: &[u8], context: Option<&[u8]>, secret: &mut [u8]) -> Result<(), TlsError>;
    /// Is the handshake over?
    fn ready(&self) -> bool;
    /// The most plain octets whose record is no longer than `room` octets; 0 if none fits.
    fn fits(&self, room: usize) -> usize;
    /// The certificate that the peer has shown, if it has shown one.
    fn print(&self) -> Option<Print> {
        None
    }
    /// Appends the notice that nothing more comes.
    fn close(&mut self, out: &mut Vec<u8>);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_print_is_read_as_it_is_shown() {
        let print = Print(core::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
        let shown = format!("{print}");
        assert_eq!(shown.parse(), Ok(print));
        assert_eq!(shown.to_uppercase().parse(), Ok(print));
        let colons: Vec<&str> = (0..32).map(|i| &shown[2 * i..2 * i + 2]).collect();
        assert_eq!(colons.join(":").parse(), Ok(print));
        for bad in
            ["", "00", &shown[1..], &format!("{shown}0"), &format!(":{shown}"), &shown.replace('0', "+")]
        {
            assert_eq!(bad.parse::<Print>(), Err(PrintError), "{bad}");
        }
    }
}

//! One client for who does not want to know what the PLC speaks.
//!
//! ```no_run
//! # #[cfg(feature = "blocking")] {
//! use hepta::plc::blocking::Plc;
//!
//! let mut plc = Plc::connect("192.0.2.1")?;
//! println!("{}", plc.chosen()); // S7CommPlus, tls: the PLC speaks it
//! let values = plc.read(&["DB1.DBD4:REAL".parse()?, "M0.0:BOOL".parse()?])?;
//! # }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Variables have names over S7CommPlus, and over classic S7 where the PLC's sources or tag tables are given (feature `source`,
//! [`Options::symbols`]): `"Motor".speed` is an address, too.
//!
//! A bare host is asked for S7CommPlus by TLS first. It goes below that only where the PLC itself says that it has nothing better:
//! it refuses TLS, or the connection as such. After a reset, a time-out or anything else that somebody in between could bring about
//! nothing weaker is tried, nor where a certificate was chosen or is known, or a password is to be given.

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod calls;
#[cfg(feature = "tokio")]
mod client;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod items;
#[cfg(feature = "source")]
mod names;
mod options;

#[cfg(feature = "tokio")]
pub use client::Plc;
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use items::{ItemError, Outcome, WriteError};
#[cfg(feature = "source")]
pub use names::{NameError, NameFault};
pub use options::Options;

use crate::error::{Error, ErrorKind};
use crate::plus::Security;
use crate::url::UrlError;
use core::fmt;
use hepta_proto::plus::Refused;

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The text says nothing.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// It failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// What is spoken with a PLC, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Chosen {
    /// The protocol.
    pub protocol: Protocol,
    /// How the session is protected; classic S7 has nothing that could.
    pub security: Security,
    /// Why not something else.
    pub why: Why,
}

/// What a PLC may speak.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Protocol {
    /// S7-300, S7-400, S7-1200/1500 with PUT/GET, LOGO!.
    Classic,
    /// S7-1200, S7-1500.
    Plus,
}

/// Why a protocol was chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The user said so.
    Asked,
    /// The PLC speaks it, and there is nothing better.
    Spoken,
    /// The PLC has no S7CommPlus that can be had here: this is what it said.
    Refused(Error),
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "classic S7",
            Self::Plus => "S7CommPlus",
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("as asked"),
            Self::Spoken => f.write_str("the PLC speaks it"),
            Self::Refused(error) => write!(f, "the PLC has nothing better ({})", error.kind()),
        }
    }
}

/// `S7CommPlus, tls: the PLC speaks it`
impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, security, why } = self;
        write!(f, "{protocol}, {security}: {why}")
    }
}

/// Does the PLC say itself that it has no S7CommPlus for us? `confirmed`: it had let us in, so an end of the connection is no word
/// of it any more.
fn has_no_plus(error: &Error, confirmed: bool) -> bool {
    match error.kind() {
        ErrorKind::Protocol(hepta_proto::Error::Disconnected(_)) => !confirmed,
        // It refused TLS before, and what it wants instead is not part of this version.
        ErrorKind::Protocol(hepta_proto::Error::NoSession(Refused::KeyWanted)) => true,
        _ => false,
    }
}

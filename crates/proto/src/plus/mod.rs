//! S7CommPlus (0x72): symbolic access to S7-1200 and S7-1500.
//!
//! | module | what |
//! | --- | --- |
//! | [`vlq`] | integers of variable length |
//! | [`value`] | a typed value: what variables, attributes and parameters hold |
//! | [`object`] | a tree of attributes, relations and children |
//! | [`lists`], [`tagdesc`] | the members of a type: how they are called and where they are |
//! | [`address`] | what a multi request asks for, and the qualifier that goes with it |
//! | [`code`], [`id`], [`outcome`] | what the numbers are called; the return value |
//! | [`frame`], [`digest`] | messages cut into frames, and what protects those of session keys |
//! | [`event`] | what CPUs say between messages |
//! | [`header`], [`message`] | heads and bodies of all functions, one type each, both ways |
//! | [`client`], [`server`] | both ends of a session |
//! | [`op`] | operations: what a client asks, as values |
//! | [`blob`] | compressed texts of programs |
//! | [`catalogue`] | the program by its names: types, variables, and how they are addressed |
//! | [`dialect`] | the one foreign server that is no CPU |

pub mod address;
pub mod blob;
pub mod catalogue;
pub mod client;
pub mod code;
pub mod crc;
pub mod dialect;
pub mod digest;
pub mod event;
pub mod frame;
pub mod header;
pub mod id;
pub mod lists;
pub mod message;
pub mod object;
pub mod op;
pub mod outcome;
mod pipe;
pub mod server;
pub mod tag;
pub mod tagdesc;
pub mod tags;
pub mod trace;
pub mod typed;
pub mod value;
pub mod vlq;

pub use address::{ItemAddress, Qualifier};
pub use code::{ErrorCode, Function, SoftType};
pub use id::{Id, Rid};
pub use object::{Element, Object};
pub use outcome::ReturnValue;
pub use value::{Data, Value, ValueType};

use core::fmt;
use core::str::FromStr;

/// How a session is protected.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Security {
    /// TLS 1.3, or no session.
    #[default]
    Tls,
    /// TLS where the CPU has it. Below that only where the CPU says that it has none: never after a reset, an alert or a
    /// time-out, and never where a certificate was chosen or a password is to be sent.
    Auto,
    /// Nothing: S7-1200 before firmware 4, S7-1500 in simulation.
    Open,
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "tls",
            Self::Auto => "auto",
            Self::Open => "open",
        })
    }
}

/// `tls`, `auto` or `open`.
impl FromStr for Security {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "tls" => Ok(Self::Tls),
            "auto" => Ok(Self::Auto),
            "open" => Ok(Self::Open),
            _ => Err(()),
        }
    }
}

/// Why there is no session, where the CPU is there and speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The CPU has no TLS, and TLS was asked for.
    #[error("the CPU has no TLS: {0}")]
    NoTls(ReturnValue),
    /// Without TLS the CPU wants a session key.
    #[error("the CPU wants a session key, which protects sessions of firmware before TLS")]
    KeyWanted,
    /// An answer to a session's `CreateObject` without what makes a session.
    #[error("the CPU's answer has no session in it, or does not say its version")]
    NoSession,
}

impl Refused {
    /// What the user should do.
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::NoTls(outcome) => outcome.hint(),
            Self::KeyWanted => Some(
                "S7-1200 of firmware 4.0 to 4.4 and S7-1500 of 1.5 to 2.8 do this; session keys are not part of this version: read it \
                 by classic S7 (s7://), or load firmware with TLS",
            ),
            Self::NoSession => None,
        }
    }
}

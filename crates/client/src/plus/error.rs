//! Why a password was of no use, and writes that failed.
use crate::error::Error;
use hepta_proto::plus::op::{Outcome, Written};
use hepta_proto::plus::{ReturnValue, Security};

/// Why a password came to nothing. It is never tried again by itself: CPUs count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The CPU does not take it.
    #[error("the CPU refused the password: {0}")]
    Refused(ReturnValue),
    /// The CPU refused it before, and it was not sent again.
    #[error("the CPU refused the password before ({0}), and it was not sent again")]
    Before(ReturnValue),
    /// The session is weaker than passwords need. Nothing was sent.
    #[error("the session is {0}, and a password is sent by TLS alone: it was not sent")]
    Weak(Security),
    /// The CPU's firmware takes no password by TLS. Nothing was sent.
    #[error(
        "this CPU ({device}) takes no password by TLS: firmware {major}.{minor} or later does; it was not sent",
        major = .least.0, minor = .least.1
    )]
    Firmware {
        /// What the CPU says of itself.
        device: String,
        /// The first firmware of its kind that does: the numbers before and behind the dot.
        least: (u16, u16),
    },
    /// The CPU says nothing of itself that tells how it takes a password. Nothing was sent.
    #[error("how a device that calls itself {0:?} takes a password is not known: it was not sent")]
    Device(String),
    /// This firmware takes passwords without user names. Nothing was sent.
    #[error("this CPU takes a password without a user name: it was not sent")]
    User,
    /// The CPU gives nothing to answer to.
    #[error("the CPU gave no challenge of 20 octets: the password was not sent")]
    Challenge,
}

impl LoginError {
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(outcome) => match outcome.hint() {
                Some(hint) => hint,
                None => "check the password, and that the CPU's protection levels are as expected",
            },
            Self::Before(_) => {
                "give the right password; the same one goes out again only when `connect` is called"
            }
            Self::Weak(_) => "ask for TLS, or leave the password away",
            Self::Firmware { .. } => {
                "S7-1500 take passwords by TLS from firmware 2.9 on, S7-1200 from 4.3, software controllers from 21.9: load newer \
                 firmware, or leave the password away"
            }
            Self::Device(_) => "only S7-1200, S7-1500 and software controllers take passwords: leave it away",
            Self::User => {
                "leave the user name away: S7-1500 know users from firmware 3.1 on, S7-1200 from 4.7"
            }
            Self::Challenge => return None,
        })
    }
}

/// A write of many variables that failed, with what became of each: nothing is lost.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct WriteError {
    /// What became of each item, in the caller's order. What had left when the connection broke is
    /// [`Outcome::Unknown`], and is never sent again.
    pub outcomes: Vec<Outcome>,
    /// Why.
    #[source]
    pub error: Error,
}

/// A write of octets that failed, with how far it came.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct BlockError {
    /// How far.
    pub written: Written,
    /// Why.
    #[source]
    pub error: Error,
}

impl From<WriteError> for Error {
    fn from(e: WriteError) -> Self {
        e.error
    }
}

impl From<BlockError> for Error {
    fn from(e: BlockError) -> Self {
        e.error
    }
}

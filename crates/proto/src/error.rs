//! Why an exchange failed, by who is at fault.
use crate::classic::vars::Function;
use crate::classic::{ErrorCode, Kind, ReturnCode};
use crate::iso::{DisconnectReason, ErrorCause, TpduCode, Tsap, TsapError};
use crate::plus;
use crate::wire::Malformed;

/// Why an operation or a handshake failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer's octets make no sense.
    #[error("the peer sent a {0}")]
    Malformed(#[from] Malformed),
    /// Well formed, but not what was due.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// The CPU refused the job: error class and code.
    #[error("the CPU refused: {} ({:04x})", .0.meaning(), .0.0)]
    Refused(ErrorCode),
    /// The CPU refused the one item that was asked for.
    #[error("the CPU refused: {} ({:02x})", .0.meaning(), .0.0)]
    Item(ReturnCode),
    /// The CPU did not let the connection come to be.
    #[error("the CPU refused the connection: {} ({:02x}); tried {}", reason.meaning(), reason.0, Tried(called))]
    NotConnected {
        /// Why.
        reason: DisconnectReason,
        /// Whom we called.
        called: Tsap,
    },
    /// The peer ended the connection, or did not let it come to be where it is not known whom we called.
    #[error("the peer refused or ended the connection: {} ({:02x})", .0.meaning(), .0.0)]
    Disconnected(DisconnectReason),
    /// The peer did not understand one of our transport units.
    #[error("the peer rejected a transport unit: {0}")]
    Rejected(ErrorCause),
    /// The CPU failed a request of `S7CommPlus` as a whole.
    #[error("the CPU refused {function}: {outcome}")]
    Returned {
        /// What was asked.
        function: plus::Function,
        /// What it says.
        outcome: plus::ReturnValue,
    },
    /// The CPU said on its own that the session is over.
    #[error("the CPU ended the session: {0}")]
    Dropped(plus::ReturnValue),
    /// There is no session of `S7CommPlus`.
    #[error(transparent)]
    NoSession(#[from] plus::Refused),
    /// TLS came to an end, or did not come to be.
    #[error(transparent)]
    Tls(#[from] crate::tls::TlsError),
    /// The caller's own: a connection that cannot be asked for.
    #[error(transparent)]
    Tsap(#[from] TsapError),
    /// The caller's own: one item cannot be asked for within the granted PDU.
    #[error("one element of item {item} takes {needs} octets, and a PDU of {pdu} has room for {room}")]
    TooLong {
        /// Which, from 0.
        item: usize,
        /// Octets of the element.
        needs: usize,
        /// Octets there are.
        room: usize,
        /// The granted PDU length.
        pdu: u16,
    },
    /// The caller's own: an item that reaches beyond what the 24 bits of an address can name.
    #[error("item {item} reaches beyond octet 2097151, the last that an S7 address can name")]
    Address {
        /// Which, from 0.
        item: usize,
    },
}

/// What the peer did instead of what was due.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unexpected {
    /// An answer with our reference, but to another function.
    #[error("the answer to our {asked} is to {answered} instead")]
    Function {
        /// What we asked.
        asked: Function,
        /// What it answers.
        answered: Function,
    },
    /// An answer to another number of items.
    #[error("we asked for {asked} items and were answered {answered}")]
    Count {
        /// Items of ours.
        asked: u8,
        /// Items of the answer.
        answered: u8,
    },
    /// An answer of another kind than the question.
    #[error("a message of kind {0} is no answer to what we asked")]
    Kind(Kind),
    /// More or fewer octets than asked for.
    #[error("we asked for {asked} octets and were given {given}")]
    Octets {
        /// What was asked for.
        asked: usize,
        /// What came.
        given: usize,
    },
    /// A list that does not end.
    #[error("the peer has given {parts} parts of one list, {octets} octets, and says that there are more")]
    Endless {
        /// Parts so far.
        parts: u32,
        /// Octets of them.
        octets: usize,
    },
    /// A job of the peer, where none is due.
    #[error("the peer asks us for {0}, which is not due")]
    Job(Function),
    /// A transport unit that is not due.
    #[error("a transport unit {0} out of turn")]
    Tpdu(TpduCode),
    /// A setup that grants nothing one could work with.
    #[error("the peer grants a PDU of {0} octets, which holds no message")]
    Grant(u16),
    /// An answer of `S7CommPlus` with our sequence number, but to another function.
    #[error("the answer to our {asked} is to {answered} instead")]
    Service {
        /// What we asked.
        asked: plus::Function,
        /// What it answers.
        answered: plus::Function,
    },
    /// An answer of another shape than the function's.
    #[error("the answer to our {0} has not its shape")]
    Reply(plus::Function),
    /// An answer for an item that was not asked for, or for one that was answered already.
    #[error("the answer has item {0}, which was not asked for or has an answer already")]
    Item(u32),
    /// An answer without one of the items.
    #[error("the answer has nothing for item {0}")]
    NoItem(u32),
    /// A message before the connection was confirmed.
    #[error("a message before the connection was confirmed")]
    EarlyMessage,
}

impl Error {
    /// The number the peer gave its refusal: header error word, item return code or disconnect reason.
    pub const fn code(&self) -> Option<u64> {
        Some(match self {
            Self::Refused(code) => code.0 as u64,
            Self::Item(code) => code.0 as u64,
            Self::NotConnected { reason, .. } | Self::Disconnected(reason) => reason.0 as u64,
            Self::Rejected(cause) => cause.0 as u64,
            Self::Returned { outcome, .. }
            | Self::Dropped(outcome)
            | Self::NoSession(plus::Refused::NoTls(outcome)) => outcome.0,
            _ => return None,
        })
    }
    /// What the user should do, where there is something.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused(code) => code.hint(),
            Self::Item(code) => code.hint(),
            Self::Returned { outcome, .. } | Self::Dropped(outcome) => outcome.hint(),
            Self::NoSession(refused) => refused.hint(),
            Self::Tls(error) => error.hint(),
            Self::NotConnected { .. } | Self::Disconnected(_) => Some(
                "wrong rack, slot or TSAP, or no connection resource is free: S7-300 has its CPU in slot 2, S7-1200/1500 \
                 in slot 1 (0 works, too), an S7-400 behind its power supply; try another connection type (op, pg, basic)",
            ),
            _ => None,
        }
    }
}

/// `rack 0 slot 5, TSAP 02.05`: what was called, in the words it was given in.
struct Tried<'a>(&'a Tsap);

impl core::fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some((_, rack, slot)) = self.0.place() {
            write!(f, "rack {rack} slot {slot}, ")?;
        }
        write!(f, "TSAP {}", self.0)
    }
}

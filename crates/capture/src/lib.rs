//! Captures of the wire: the conversations inside a pcap or pcapng file, and files that show a conversation to others.
//!
//! [`Capture`] reads a file and says, in the order of the capture, what each side of each TCP conversation received;
//! [`CaptureWriter`] goes the other way and dresses octets up as packets, so that Wireshark shows them; [`Recorder`] is a tap that
//! writes down with it what a driver tells.
mod link;
mod read;
mod record;
mod tcp;
#[cfg(test)]
mod tests;
mod write;

use core::net::SocketAddr;
use core::time::Duration;

pub use read::{Capture, ReadError, Tally};
pub use record::Recorder;
pub use write::{CaptureWriter, Conversation, Format, WriteError};

/// Which way octets travel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// From the side that opened the connection.
    ClientToServer,
    /// From the side that was called.
    ServerToClient,
}

impl Direction {
    /// The other way.
    pub(crate) const fn reversed(self) -> Self {
        match self {
            Self::ClientToServer => Self::ServerToClient,
            Self::ServerToClient => Self::ClientToServer,
        }
    }
}

/// One step of one conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event<'a> {
    /// When the packet was captured that made this step possible, since the Unix epoch.
    ///
    /// Octets that waited for an earlier segment carry the time of that segment: before it came nobody could read them.
    pub time: Duration,
    /// A number for the conversation: a port pair used again gets a new one. Numbers rise, and some may never show up.
    pub conversation: usize,
    /// Which way this goes.
    pub direction: Direction,
    /// The side that opened the connection, as far as the capture tells.
    pub client: SocketAddr,
    /// The side that was called.
    pub server: SocketAddr,
    /// What happened.
    pub kind: Kind<'a>,
}

/// What an [`Event`] says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind<'a> {
    /// The next octets of this direction, each exactly once and in order.
    Octets(&'a [u8]),
    /// So many octets of this direction are not in the capture; what follows comes after them.
    Gap(u64),
    /// This direction is over: it was finished, reset, or its ports were taken by a new conversation.
    Closed,
}

//! What clients did, for tests and curious owners.
use crate::changes::lock;
use crate::resources::Resource;
use core::time::Duration;
use hepta_proto::classic::server::Range;
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::{ErrorCode, Function, Limits, ReturnCode};
use hepta_proto::iso::{DisconnectReason, Tsap};
use hepta_proto::plus::{ItemAddress, ReturnValue};
use std::collections::VecDeque;
use std::sync::Mutex;

/// One thing that a client did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// When, by the CPU's clock.
    pub at: Duration,
    /// The number of the connection.
    pub connection: u64,
    /// What.
    pub event: Event,
}

/// What a client did.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// It was confirmed a connection.
    Connected {
        /// Whom it called.
        called: Option<Tsap>,
        /// Who it says it is.
        calling: Option<Tsap>,
        /// What it holds.
        resource: Resource,
    },
    /// It was refused a connection.
    Refused {
        /// Whom it called.
        called: Option<Tsap>,
        /// Why.
        reason: DisconnectReason,
    },
    /// Setup communication.
    Negotiated(Limits),
    /// It read one item.
    Read(Range, ReturnCode),
    /// It wrote one item.
    Write(Range, ReturnCode),
    /// It read a system state list.
    Szl(SzlId, u16, ErrorCode),
    /// A session of S7CommPlus came to be, with that relation id.
    Session(u32),
    /// A password opened that protection level.
    Legitimated(u32),
    /// A password, or what was sent as one, was refused.
    PasswordRefused,
    /// It read one item by S7CommPlus.
    ItemRead(ItemAddress, ReturnValue),
    /// It wrote one item by S7CommPlus.
    ItemWritten(ItemAddress, ReturnValue),
    /// A whole job was refused.
    JobRefused(Function, ErrorCode),
    /// The connection is no more.
    Closed,
}

/// The latest entries.
#[derive(Debug)]
pub(crate) struct Log {
    entries: Mutex<VecDeque<Entry>>,
    room: usize,
}

impl Log {
    pub(crate) fn new(room: usize) -> Self {
        Self { entries: Mutex::default(), room }
    }
    /// Is it kept? All that it costs when it is not.
    #[inline]
    pub(crate) const fn on(&self) -> bool {
        self.room > 0
    }
    pub(crate) fn add(&self, at: Duration, connection: u64, event: Event) {
        let mut entries = lock(&self.entries);
        if entries.len() >= self.room {
            entries.pop_front();
        }
        entries.push_back(Entry { at, connection, event });
    }
    pub(crate) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).iter().cloned().collect()
    }
    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
    }
}

//! Limits of a listener.
use crate::plus::Plus;
use core::fmt;
use core::time::Duration;
use hepta_proto::tap::Tap;
use std::sync::Arc;

/// Limits of a listener. Times are kept to about a quarter: one glance at all connections now and then instead of a timer each.
///
/// ```
/// use core::time::Duration;
/// let options = hepta_server::Options { idle: Some(Duration::from_secs(300)), ..Default::default() };
/// ```
#[derive(Clone)]
pub struct Options {
    /// Connections at a time; who comes beyond is closed at once. The CPU's own connection resources count apart, and are
    /// refused by the book.
    pub connections: usize,
    /// Time for a peer to get through connect and setup.
    pub handshake: Duration,
    /// Time for a peer to send the rest of a message.
    pub half: Duration,
    /// Time for a peer to take some of its answers. Until it has taken them all nothing more is read from it, so what waits
    /// for a peer is never more than the answers to one read of 8 KiB.
    pub stall: Duration,
    /// Time for a peer to be silent between two messages; for ever, if nothing is said. CPUs do not close idle connections.
    pub idle: Option<Duration>,
    /// Silence after which TCP asks whether the peer is still there.
    pub keep_alive: Option<Duration>,
    /// Connections that may wait to be accepted.
    pub backlog: u32,
    /// Time for answers to go out when the server stops.
    pub stop: Duration,
    /// How it speaks S7CommPlus.
    pub plus: Plus,
    /// Who is told of all octets.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake: Duration::from_secs(10),
            half: Duration::from_secs(10),
            stall: Duration::from_secs(10),
            idle: None,
            keep_alive: Some(Duration::from_secs(30)),
            backlog: 1024,
            stop: Duration::from_secs(1),
            plus: Plus::default(),
            tap: None,
        }
    }
}

impl Options {
    /// How often to glance at the connections: often enough for the shortest of the times.
    pub(crate) fn glance(&self) -> Duration {
        let shortest =
            [self.half, self.stall].into_iter().chain(self.idle).fold(self.handshake, Duration::min);
        (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connections", &self.connections)
            .field("handshake", &self.handshake)
            .field("half", &self.half)
            .field("stall", &self.stall)
            .field("idle", &self.idle)
            .field("keep_alive", &self.keep_alive)
            .field("backlog", &self.backlog)
            .field("stop", &self.stop)
            .field("plus", &self.plus)
            .field("tap", &self.tap.is_some())
            .finish()
    }
}

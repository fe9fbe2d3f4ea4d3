//! Listening in: what a driver tells of the octets it moves, for traces and capture files.

/// Who sent some octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Sender {
    /// The end that connects and asks.
    Client,
    /// The end that listens and answers.
    Server,
}

/// Somebody who is told of all octets, in the order of the wire. Called by drivers between their system calls: be quick.
pub trait Tap: Send + Sync {
    /// Octets of one connection, as they were sent or received: not cut into messages.
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]);
    /// The connection came to be.
    fn opened(&self, connection: u64) {
        let _ = connection;
    }
    /// The connection is no more.
    fn closed(&self, connection: u64) {
        let _ = connection;
    }
}

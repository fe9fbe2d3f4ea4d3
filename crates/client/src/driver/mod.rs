//! The drivers: sockets, clocks, and what is done when either fails. Written once, for every protocol that has a [`Machine`].
//!
//! | module | what |
//! | --- | --- |
//! | `session` | one connection on tokio, shared by any number of callers |
//! | `shared` | the client on tokio: connecting, reconnecting, retries, heartbeat |
//! | `blocking` | the same two without a runtime |
//!
//! All is generic, nothing is boxed: a client of one protocol is compiled as if it had been written for it.

#[cfg(feature = "blocking")]
pub(crate) mod blocking;
#[cfg(feature = "tokio")]
mod session;
#[cfg(feature = "tokio")]
mod shared;
#[cfg(all(test, feature = "tokio", feature = "blocking"))]
mod tests;

#[cfg(feature = "tokio")]
pub(crate) use shared::Driver;

use crate::error::{Attempt, ErrorKind};
use crate::options::Common;
use core::fmt;
use core::time::Duration;
use hepta_proto::machine::{Runs, Shake};

/// How long a polite end may take.
const PARTING: Duration = Duration::from_secs(1);

/// One call: what is attempted, and how long each answer may take, if not as long as the options say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) attempt: Attempt,
    pub(crate) patience: Option<Duration>,
}

impl From<Attempt> for Call {
    fn from(attempt: Attempt) -> Self {
        Self { attempt, patience: None }
    }
}

/// What a login comes to.
pub(crate) type LoggedIn<P> = <<P as Protocol>::Machine as Runs<<P as Protocol>::Login>>::Output;

/// What the drivers have to know of a protocol: how to start it, and what it needs before others may use the connection.
pub(crate) trait Protocol: fmt::Debug + Send + Sync + 'static {
    /// Its asking end.
    type Machine: Runs<Self::Login, Output: Send> + Runs<Self::Beat>;
    /// How a connection comes to be.
    type Shake: Shake<Machine = Self::Machine>;
    /// An operation that is run right after the handshake, before anybody else gets the connection.
    type Login: Send;
    /// The cheapest question there is.
    type Beat: Send;
    /// What is known of a connection once it is up; kept with it.
    type Facts: fmt::Debug + Send + Sync;

    /// The options that all protocols have.
    fn common(&self) -> &Common;

    /// Appends the first octets of a connection. All of the caller's mistakes are found here, for it is called before a socket is
    /// opened. `seed` is drawn for each connection.
    fn start(&self, seed: u64, out: &mut Vec<u8>) -> Result<Self::Shake, ErrorKind>;

    /// What to run on a new connection, if anything. Each request of it has the request time-out, all of it together with the
    /// handshake the negotiation time-out. It is no question of the write gate: an error of it ends the connection.
    fn login(&self, machine: &Self::Machine) -> Result<Option<Self::Login>, ErrorKind>;

    /// What is known now. Called once for each connection, in its span.
    fn facts(&self, machine: &Self::Machine, login: Option<LoggedIn<Self>>)
    -> Result<Self::Facts, ErrorKind>;

    /// Octets of all answers that may be on their way together: a read buffer of the blocking driver holds them.
    #[cfg(feature = "blocking")]
    fn burst(facts: &Self::Facts) -> usize;

    /// Asks whether the CPU is there. Any answer counts, also a refusal.
    fn beat(&self) -> Self::Beat;
}

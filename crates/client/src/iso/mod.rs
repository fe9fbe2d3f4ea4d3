//! Whole messages over TCP: TPKT and COTP class 0, both ends, with nothing above them.
//!
//! A `Connection` sends and receives messages of up to 65,535 octets, cut and joined on the way as was agreed; a
//! `Listener` is its other end. For protocols of your own, for block partners, and for peers in tests.
//!
//! ```no_run
//! # #[cfg(feature = "tokio")]
//! # async fn run() -> Result<(), hepta::Error> {
//! use hepta::iso::{Connection, Options};
//! use core::time::Duration;
//!
//! let mut peer = Connection::connect(&Options::new("192.0.2.1").tsaps(0x0100, 0x0102)).await?;
//! peer.send(b"hello").await?;
//! let answer = peer.receive(Duration::from_secs(2)).await?;
//! # Ok(()) }
//! ```

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "tokio")]
mod connection;

#[cfg(feature = "tokio")]
pub use connection::{Connection, Listener};
pub use hepta_proto::iso::{Granted, TpduSize, Tsap};

use crate::dial::{Dial, FOREVER, Tapped};
use crate::error::{Attempt, ConfigError, Error, ErrorKind};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use hepta_proto::error::Unexpected;
use hepta_proto::iso::{self, Arrival, DisconnectReason, Link, ParameterCode, Request, Tpdu, TpduCode};
use std::sync::Arc;
use std::time::Instant;

/// Octets of the longest message.
pub const LONGEST: usize = 65_535;

/// Octets of one read.
const CHUNK: usize = 8 * 1024;

/// How long one `send` may take.
const SEND: Duration = Duration::from_secs(5);

/// How long a polite end may take.
const PARTING: Duration = Duration::from_secs(1);

/// Our reference in connect requests and confirms: there is one connection a socket, so any but 0 will do.
const OURS: u16 = 1;

/// Where to, with which TSAPs.
#[derive(Clone, Debug)]
pub struct Options {
    dial: Dial,
    calling: Tsap,
    called: Tsap,
    tpdu: TpduSize,
    send: Duration,
}

impl Options {
    /// The peer at `host`, a name or an address: port 102, from TSAP 01.00 to 01.02.
    pub fn new(host: impl Into<Arc<str>>) -> Self {
        let (calling, called) = (Tsap::from(0x0100), Tsap::from(0x0102));
        Self { dial: Dial::new(host.into()), calling, called, tpdu: TpduSize::STANDARD, send: SEND }
    }
    crate::dial::dial_setters!(dial);

    /// Ours and the peer's: 16-bit numbers, or [`Tsap::new`] of 1 to 255 octets.
    pub fn tsaps(self, calling: impl Into<Tsap>, called: impl Into<Tsap>) -> Self {
        Self { calling: calling.into(), called: called.into(), ..self }
    }
    /// The longest transport unit to ask for; 1024.
    pub fn tpdu(mut self, size: TpduSize) -> Self {
        self.tpdu = size;
        self
    }
    /// How long one `send` may take; 5 s. What is not taken by then leaves the peer out of step: it is the end of the connection.
    pub fn send_timeout(mut self, time: Duration) -> Self {
        self.send = time.min(FOREVER);
        self
    }

    /// The connect request; all of the caller's mistakes are found here, before a socket is opened.
    fn check(&self) -> Result<Request, ConfigError> {
        self.dial.check()?;
        if self.send.is_zero() {
            return Err(ConfigError::NoTime("send"));
        }
        let calling = self.calling.clone();
        let request =
            Request { calling, size: self.tpdu, reference: OURS, ..Request::new(self.called.clone()) };
        request.check()?;
        Ok(request)
    }
}

/// What a connection knows besides its socket.
#[derive(Debug)]
struct Transport {
    link: Link,
    granted: Granted,
    /// Received and not looked at yet, from `at` on.
    inbox: Vec<u8>,
    at: usize,
    /// To be sent.
    out: Vec<u8>,
}

impl Transport {
    fn new(link: Link, granted: Granted, rest: &[u8]) -> Self {
        Self { link, granted, inbox: rest.to_vec(), at: 0, out: Vec::new() }
    }
    /// What a client makes of the first octets: `None` as long as the confirm is not here.
    fn confirmed(link: &mut Link, request: &Request, mut input: &[u8]) -> Result<Option<Self>, ErrorKind> {
        let granted = match link.next(&mut input).map_err(hepta_proto::Error::from)? {
            None => return Ok(None),
            Some(Arrival::Control(Tpdu::Connect(confirm))) if confirm.code == TpduCode::ConnectConfirm => {
                request.granted(&confirm)
            }
            Some(Arrival::Control(Tpdu::Disconnect(d))) => {
                return Err(hepta_proto::Error::Disconnected(d.reason).into());
            }
            Some(Arrival::Control(tpdu)) => return Err(out_of_turn(&tpdu)),
            Some(Arrival::Message(_)) => {
                return Err(hepta_proto::Error::from(Unexpected::EarlyMessage).into());
            }
        };
        // The confirm was whole, so the link holds nothing, and a new one may go on behind it.
        let link = Link::new(granted.size, LONGEST);
        Ok(Some(Self::new(link, granted, input)))
    }
    /// What a server makes of the first octets: `None` as long as the request is not here. The confirm is in `out` then.
    fn accepted(link: &mut Link, most: TpduSize, mut input: &[u8]) -> Result<Option<Self>, ErrorKind> {
        let mut out = Vec::new();
        let granted = match link.next(&mut input).map_err(hepta_proto::Error::from)? {
            None => return Ok(None),
            Some(Arrival::Control(Tpdu::Connect(request))) if request.code == TpduCode::ConnectRequest => {
                let tsap = |code| request.parameters.find(code).and_then(|octets| Tsap::new(octets).ok());
                let (calling, called) = (tsap(ParameterCode::CallingTsap), tsap(ParameterCode::CalledTsap));
                let size = iso::confirm(&request, OURS, most, &mut out);
                Granted { size, reference: request.source, calling, called }
            }
            Some(Arrival::Control(tpdu)) => return Err(out_of_turn(&tpdu)),
            Some(Arrival::Message(_)) => {
                return Err(hepta_proto::Error::from(Unexpected::EarlyMessage).into());
            }
        };
        let link = Link::new(granted.size, LONGEST);
        Ok(Some(Self { out, ..Self::new(link, granted, input) }))
    }
    fn send(&mut self, message: &[u8]) -> Result<(), ConfigError> {
        if message.len() > LONGEST {
            return Err(ConfigError::Message(message.len()));
        }
        self.link.send(message, &mut self.out);
        Ok(())
    }
    fn close(&mut self) {
        iso::disconnect(self.granted.reference, OURS, DisconnectReason::Normal, &mut self.out);
    }
    fn has_octets(&self) -> bool {
        self.at < self.inbox.len()
    }
    fn feed(&mut self, octets: &[u8]) {
        self.inbox.extend_from_slice(octets);
    }
    /// Appends the next message, if it is here, and gives its length.
    fn take(&mut self, message: &mut Vec<u8>) -> Result<Option<usize>, ErrorKind> {
        let mut input = self.inbox.get(self.at..).unwrap_or_default();
        let (taken, left) = match self.link.next(&mut input).map_err(hepta_proto::Error::from)? {
            Some(Arrival::Message(octets)) => {
                message.extend_from_slice(octets);
                (Some(octets.len()), input.len())
            }
            Some(Arrival::Control(Tpdu::Disconnect(d))) => return Err(ErrorKind::Ended(d.reason)),
            Some(Arrival::Control(tpdu)) => return Err(out_of_turn(&tpdu)),
            None => (None, 0),
        };
        self.at = self.inbox.len() - left;
        if left == 0 {
            self.inbox.clear();
            self.at = 0;
        }
        Ok(taken)
    }
}

/// One end of a connection, but for its socket.
#[derive(Debug)]
struct End {
    transport: Transport,
    tap: Tapped,
    endpoint: Arc<str>,
    /// How long one `send` may take.
    send: Duration,
    /// Once true, for ever: a reset is told by the system only once.
    failed: AtomicBool,
}

impl End {
    const fn new(transport: Transport, tap: Tapped, endpoint: Arc<str>, send: Duration) -> Self {
        Self { transport, tap, endpoint, send, failed: AtomicBool::new(false) }
    }
    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
    /// As long as octets wait to be received, what comes behind them (`peek`) is not known.
    fn is_alive(&self, peek: impl FnOnce() -> bool) -> bool {
        if self.has_failed() {
            return false;
        }
        let alive = peek() || self.transport.has_octets();
        self.failed.fetch_or(!alive, Ordering::AcqRel);
        alive
    }
    fn error(&self, attempt: Attempt, kind: ErrorKind, began: Instant) -> Error {
        // What broke off leaves the peer out of step, so a time-out of a `send` is the end, too.
        let harmless = match kind {
            ErrorKind::Timeout(_) => !matches!(attempt, Attempt::Send(_)),
            ErrorKind::Config(_) => true,
            _ => false,
        };
        self.failed.fetch_or(!harmless, Ordering::AcqRel);
        Error::new(attempt, &self.endpoint, kind, began.elapsed())
    }
    /// Appends the polite end to what is still to be sent.
    fn close(self) -> Vec<u8> {
        let Self { mut transport, tap, .. } = self;
        transport.close();
        tap.sent(&transport.out);
        transport.out
    }
}

/// What both kinds of connection tell of their `end`.
macro_rules! facts {
    () => {
        /// What was agreed.
        pub const fn granted(&self) -> &Granted {
            &self.end.transport.granted
        }
        /// The TSAP of the end that connected, as this end knows it.
        pub const fn calling(&self) -> Option<&Tsap> {
            self.end.transport.granted.calling.as_ref()
        }
        /// The TSAP of the end that was called, as this end knows it.
        pub const fn called(&self) -> Option<&Tsap> {
            self.end.transport.granted.called.as_ref()
        }
        /// The address of the peer, or what it was called by.
        pub fn endpoint(&self) -> &str {
            &self.end.endpoint
        }
    };
}
use facts;

fn out_of_turn(tpdu: &Tpdu<'_>) -> ErrorKind {
    let code = match tpdu {
        Tpdu::Error(e) => return hepta_proto::Error::Rejected(e.cause).into(),
        Tpdu::Connect(c) => c.code,
        Tpdu::Data(_) => TpduCode::Data,
        Tpdu::Disconnect(_) => TpduCode::DisconnectRequest,
        Tpdu::Other { code, .. } => *code,
        _ => TpduCode::DisconnectConfirm,
    };
    hepta_proto::Error::from(Unexpected::Tpdu(code)).into()
}

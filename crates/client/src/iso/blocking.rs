//! Both ends over `std::net`, without a runtime.
use super::{CHUNK, LONGEST, Options, PARTING, Transport};
use crate::dial::{Tapped, chance};
use crate::error::{Attempt, Error, ErrorKind, Phase};
use crate::net::blocking::{Timed, connect, is_late};
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use hepta_proto::iso::{Granted, Link, TpduSize, Tsap};
use hepta_proto::tap::Sender;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

/// How long one `send` may take.
const SEND: Duration = Duration::from_secs(5);

/// A connection that moves whole messages.
#[derive(Debug)]
pub struct Connection {
    io: Timed,
    transport: Transport,
    tap: Tapped,
    endpoint: Arc<str>,
    /// Once true, for ever: a reset is told by the system only once.
    failed: AtomicBool,
}

impl Connection {
    /// Connects, and has it confirmed.
    pub fn connect(options: &Options) -> Result<Self, Error> {
        let (began, endpoint) = (Instant::now(), options.dial.endpoint());
        let result = Self::dial(options, Arc::clone(&endpoint));
        result.map_err(|kind| Error::new(Attempt::Connect, &endpoint, kind, began.elapsed()))
    }

    fn dial(options: &Options, endpoint: Arc<str>) -> Result<Self, ErrorKind> {
        let request = options.check()?;
        let seed = chance()?;
        let mut io = Timed::new(connect(&options.dial)?, options.dial.negotiate)?;
        let tap = Tapped::new(options.dial.tap.as_ref(), seed, Sender::Client);
        let mut out = Vec::new();
        request.write(&mut out);
        tap.sent(&out);
        io.write_all(&mut out)?;
        let mut link = Link::new(request.size, LONGEST);
        let time = options.dial.negotiate;
        let look = |input: &[u8]| Transport::confirmed(&mut link, &request, input);
        let transport = first(&mut io, &tap, time, look)?;
        Ok(Self { io: Timed::new(io.io, SEND)?, transport, tap, endpoint, failed: AtomicBool::new(false) })
    }

    fn accept(io: TcpStream, most: TpduSize, time: Duration, endpoint: Arc<str>) -> Result<Self, ErrorKind> {
        io.set_nodelay(true)?;
        let (mut io, tap) = (Timed::new(io, time)?, Tapped::new(None, 0, Sender::Server));
        let mut link = Link::new(most, LONGEST);
        let look = |input: &[u8]| Transport::accepted(&mut link, most, input);
        let mut transport = first(&mut io, &tap, time, look)?;
        io.write_all(&mut transport.out)?;
        Ok(Self { io: Timed::new(io.io, SEND)?, transport, tap, endpoint, failed: AtomicBool::new(false) })
    }

    /// Sends one whole message of up to 65,535 octets, in as many units as it takes.
    pub fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        let began = Instant::now();
        let sent = self.transport.send(message).map_err(ErrorKind::from).and_then(|()| {
            self.tap.sent(&self.transport.out);
            // What broke off leaves the peer out of step, so a time-out here is the end, too.
            self.io
                .write_all(&mut self.transport.out)
                .inspect_err(|_| self.failed.store(true, Ordering::Release))
        });
        sent.map_err(|kind| self.failed(Attempt::Send(message.len()), kind, began))
    }

    /// The next whole message. A message that is half here when the time is over stays.
    pub fn receive(&mut self, time: Duration) -> Result<Vec<u8>, Error> {
        let mut message = Vec::new();
        self.receive_into(&mut message, time)?;
        Ok(message)
    }

    /// Appends the next whole message to `message`, and gives its length.
    pub fn receive_into(&mut self, message: &mut Vec<u8>, time: Duration) -> Result<usize, Error> {
        let began = Instant::now();
        let received = self.next(message, time, began);
        received.map_err(|kind| self.failed(Attempt::Receive, kind, began))
    }

    fn next(&mut self, message: &mut Vec<u8>, time: Duration, began: Instant) -> Result<usize, ErrorKind> {
        let mut buf = [0; CHUNK];
        loop {
            if let Some(len) = self.transport.take(message)? {
                return Ok(len);
            }
            let n = self.io.read(&mut buf, time.saturating_sub(began.elapsed()))?;
            let n = n.ok_or(ErrorKind::Timeout(Phase::Request))?;
            let octets = buf.get(..n).unwrap_or_default();
            self.tap.received(octets);
            self.transport.feed(octets);
        }
    }

    /// Waits until there is something to receive: octets, or the end. False when the time is over.
    pub fn readable(&mut self, time: Duration) -> Result<bool, Error> {
        if self.transport.has_octets() {
            return Ok(true);
        }
        let began = Instant::now();
        let waited = self.io.wait(time);
        waited.map_err(|kind| self.failed(Attempt::Receive, kind, began))
    }

    /// Does the connection stand? False once the peer has closed or reset it, or anything has failed here. Consumes nothing; as
    /// long as octets wait to be received, what comes behind them is not known.
    pub fn is_alive(&self) -> bool {
        if self.failed.load(Ordering::Acquire) {
            return false;
        }
        let seen = self.io.peek();
        if seen.is_err() && !self.transport.has_octets() {
            self.failed.store(true, Ordering::Release);
        }
        seen.is_ok() || self.transport.has_octets()
    }

    /// What was agreed.
    pub const fn granted(&self) -> &Granted {
        &self.transport.granted
    }
    /// The TSAP of the end that connected, as this end knows it.
    pub const fn calling(&self) -> Option<&Tsap> {
        self.transport.granted.calling.as_ref()
    }
    /// The TSAP of the end that was called, as this end knows it.
    pub const fn called(&self) -> Option<&Tsap> {
        self.transport.granted.called.as_ref()
    }
    /// The address of the peer, or what it was called by.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
    /// Ends the connection politely, within a second. Dropping it ends it, too, without a word.
    pub fn close(mut self) {
        if !self.failed.load(Ordering::Acquire) {
            self.transport.close();
            self.tap.sent(&self.transport.out);
            // Whether the peer hears it is its own affair.
            let _ = self.io.part(self.transport.out, PARTING);
        }
    }

    fn failed(&self, attempt: Attempt, kind: ErrorKind, began: Instant) -> Error {
        if !matches!(kind, ErrorKind::Timeout(_) | ErrorKind::Config(_)) {
            self.failed.store(true, Ordering::Release);
        }
        Error::new(attempt, &self.endpoint, kind, began.elapsed())
    }
}

fn first(
    io: &mut Timed,
    tap: &Tapped,
    time: Duration,
    mut look: impl FnMut(&[u8]) -> Result<Option<Transport>, ErrorKind>,
) -> Result<Transport, ErrorKind> {
    let (mut buf, began) = ([0; 512], Instant::now());
    loop {
        let n = io.read(&mut buf, time.saturating_sub(began.elapsed()))?;
        let n = n.ok_or(ErrorKind::Timeout(Phase::Negotiate))?;
        let octets = buf.get(..n).unwrap_or_default();
        tap.received(octets);
        if let Some(transport) = look(octets)? {
            return Ok(transport);
        }
    }
}

/// The other end: takes in connections.
#[derive(Debug)]
pub struct Listener {
    io: TcpListener,
    most: TpduSize,
    time: Duration,
}

impl Listener {
    /// Listens at an address. Units are of 1024 octets at most, and peers have 5 s for their request.
    pub fn bind(at: impl ToSocketAddrs) -> std::io::Result<Self> {
        let io = TcpListener::bind(at)?;
        Ok(Self { io, most: TpduSize::STANDARD, time: Duration::from_secs(5) })
    }
    /// The longest unit that is granted.
    pub fn tpdu(self, most: TpduSize) -> Self {
        Self { most, ..self }
    }
    /// How long a peer may take for its connect request.
    pub fn negotiate_timeout(self, time: Duration) -> Self {
        Self { time, ..self }
    }
    /// Where it listens.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.io.local_addr()
    }
    /// The next connection, confirmed. An error is of that one peer: go on.
    pub fn accept(&self) -> Result<Connection, Error> {
        let began = Instant::now();
        let (io, from) = match self.io.accept() {
            Ok(taken) => taken,
            Err(e) => {
                let kind = if is_late(&e) { ErrorKind::Timeout(Phase::Connect) } else { e.into() };
                return Err(Error::new(Attempt::Accept, &"listener".into(), kind, began.elapsed()));
            }
        };
        let (began, endpoint): (_, Arc<str>) = (Instant::now(), from.to_string().into());
        let taken = Connection::accept(io, self.most, self.time, Arc::clone(&endpoint));
        taken.map_err(|kind| Error::new(Attempt::Accept, &endpoint, kind, began.elapsed()))
    }
}

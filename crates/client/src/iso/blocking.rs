//! Both ends over `std::net`, without a runtime.
use super::{CHUNK, End, LONGEST, Options, PARTING, SEND, Transport, facts};
use crate::dial::{FOREVER, Tapped, chance};
use crate::error::{Attempt, Error, ErrorKind, Phase};
use crate::net::blocking::{Timed, connect, is_late};
use core::net::SocketAddr;
use core::time::Duration;
use hepta_proto::iso::{Granted, Link, TpduSize, Tsap};
use hepta_proto::tap::Sender;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

/// A connection that moves whole messages.
#[derive(Debug)]
pub struct Connection {
    io: Timed,
    end: End,
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
        io.write_all(&mut out, Instant::now() + options.dial.negotiate).map_err(ErrorKind::negotiating)?;
        let mut link = Link::new(request.size, LONGEST);
        let time = options.dial.negotiate;
        let look = |input: &[u8]| Transport::confirmed(&mut link, &request, input);
        let transport = first(&mut io, &tap, time, look)?;
        Ok(Self { io: io.timed(options.send)?, end: End::new(transport, tap, endpoint, options.send) })
    }

    fn accept(io: TcpStream, most: TpduSize, time: Duration, endpoint: Arc<str>) -> Result<Self, ErrorKind> {
        io.set_nodelay(true)?;
        let (mut io, tap) = (Timed::new(io, time)?, Tapped::new(None, 0, Sender::Server));
        let mut link = Link::new(most, LONGEST);
        let look = |input: &[u8]| Transport::accepted(&mut link, most, input);
        let mut transport = first(&mut io, &tap, time, look)?;
        io.write_all(&mut transport.out, Instant::now() + time).map_err(ErrorKind::negotiating)?;
        Ok(Self { io: io.timed(SEND)?, end: End::new(transport, tap, endpoint, SEND) })
    }

    /// Sends one whole message of up to 65,535 octets, in as many units as it takes, within the
    /// [`send_timeout`](Options::send_timeout).
    pub fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        let began = Instant::now();
        let sent = self.end.transport.send(message).map_err(ErrorKind::from).and_then(|()| {
            self.end.tap.sent(&self.end.transport.out);
            self.io.write_all(&mut self.end.transport.out, began + self.end.send)
        });
        sent.map_err(|kind| self.end.error(Attempt::Send(message.len()), kind, began))
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
        received.map_err(|kind| self.end.error(Attempt::Receive, kind, began))
    }

    fn next(&mut self, message: &mut Vec<u8>, time: Duration, began: Instant) -> Result<usize, ErrorKind> {
        let mut buf = [0; CHUNK];
        loop {
            if let Some(len) = self.end.transport.take(message)? {
                return Ok(len);
            }
            let n = self.io.read(&mut buf, time.saturating_sub(began.elapsed()))?;
            let n = n.ok_or(ErrorKind::Timeout(Phase::Request))?;
            let octets = buf.get(..n).unwrap_or_default();
            self.end.tap.received(octets);
            self.end.transport.feed(octets);
        }
    }

    /// Waits until there is something to receive: octets, or the end. False when the time is over.
    pub fn readable(&mut self, time: Duration) -> Result<bool, Error> {
        if self.end.transport.has_octets() {
            return Ok(true);
        }
        let began = Instant::now();
        let waited = self.io.wait(time);
        waited.map_err(|kind| self.end.error(Attempt::Receive, kind, began))
    }

    /// Does the connection stand? False once the peer has closed or reset it, or anything has failed here. Consumes nothing; as
    /// long as octets wait to be received, what comes behind them is not known.
    pub fn is_alive(&self) -> bool {
        self.end.is_alive(|| self.io.peek().is_ok())
    }

    facts!();

    /// Ends the connection politely, within a second. Dropping it ends it, too, without a word.
    pub fn close(self) {
        if !self.end.has_failed() {
            // Whether the peer hears it is its own affair.
            let _ = self.io.part(self.end.close(), PARTING);
        }
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
    /// Listens at an address. Units are of 1024 octets at most; peers have 5 s for their request, and to take what is
    /// sent to them.
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
        Self { time: time.min(FOREVER), ..self }
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

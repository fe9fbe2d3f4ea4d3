//! Both ends on tokio.
use super::{CHUNK, End, LONGEST, Options, PARTING, SEND, Transport, facts};
use crate::dial::{FOREVER, Tapped, chance, peek};
use crate::error::{Attempt, Error, ErrorKind, Phase};
use crate::net::tokio as net;
use core::net::SocketAddr;
use core::time::Duration;
use hepta_proto::iso::{Granted, Link, TpduSize, Tsap};
use hepta_proto::tap::Sender;
use socket2::SockRef;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::timeout;

/// A connection that moves whole messages.
///
/// **Cancellation safety.** Futures of `send` and `receive` may be dropped: a message half sent is completed by the next call,
/// a message half received stays here.
#[derive(Debug)]
pub struct Connection {
    io: TcpStream,
    end: End,
}

impl Connection {
    /// Connects, and has it confirmed.
    pub async fn connect(options: &Options) -> Result<Self, Error> {
        let (began, endpoint) = (Instant::now(), options.dial.endpoint());
        let result = Self::dial(options, Arc::clone(&endpoint)).await;
        result.map_err(|kind| Error::new(Attempt::Connect, &endpoint, kind, began.elapsed()))
    }

    async fn dial(options: &Options, endpoint: Arc<str>) -> Result<Self, ErrorKind> {
        let request = options.check()?;
        let seed = chance()?;
        let mut io = net::connect(&options.dial).await?;
        let tap = Tapped::new(options.dial.tap.as_ref(), seed, Sender::Client);
        let mut out = Vec::new();
        request.write(&mut out);
        let mut link = Link::new(request.size, LONGEST);
        let agree = async {
            net::write_all(&io, &mut out, |octets| tap.sent(octets)).await?;
            first(&mut io, &tap, |input| Transport::confirmed(&mut link, &request, input)).await
        };
        let agreed = timeout(options.dial.negotiate, agree).await;
        let transport = agreed.map_err(|_| ErrorKind::Timeout(Phase::Negotiate))??;
        Ok(Self { io, end: End::new(transport, tap, endpoint, options.send) })
    }

    async fn accept(mut io: TcpStream, most: TpduSize, endpoint: Arc<str>) -> Result<Self, ErrorKind> {
        io.set_nodelay(true)?;
        let tap = Tapped::new(None, 0, Sender::Server);
        let mut link = Link::new(most, LONGEST);
        let mut transport = first(&mut io, &tap, |input| Transport::accepted(&mut link, most, input)).await?;
        net::write_all(&io, &mut transport.out, |_| ()).await?;
        Ok(Self { io, end: End::new(transport, tap, endpoint, SEND) })
    }

    /// Sends one whole message of up to 65,535 octets, in as many units as it takes, within the
    /// [`send_timeout`](Options::send_timeout).
    pub async fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        let began = Instant::now();
        let Self { io, end: End { transport, tap, send, .. } } = self;
        let sent = match transport.send(message) {
            Ok(()) => {
                let all = net::write_all(io, &mut transport.out, |octets| tap.sent(octets));
                timeout(*send, all).await.unwrap_or(Err(ErrorKind::Timeout(Phase::Request)))
            }
            Err(e) => Err(e.into()),
        };
        if matches!(sent, Err(ErrorKind::Timeout(_))) {
            // Nobody completes it, unlike what a dropped future leaves.
            transport.out.clear();
        }
        sent.map_err(|kind| self.end.error(Attempt::Send(message.len()), kind, began))
    }

    /// The next whole message.
    pub async fn receive(&mut self, time: Duration) -> Result<Vec<u8>, Error> {
        let mut message = Vec::new();
        self.receive_into(&mut message, time).await?;
        Ok(message)
    }

    /// Appends the next whole message to `message`, and gives its length.
    pub async fn receive_into(&mut self, message: &mut Vec<u8>, time: Duration) -> Result<usize, Error> {
        let began = Instant::now();
        let Self { io, end: End { transport, tap, .. } } = self;
        let next = async {
            // What a dropped `send` has left is due first.
            net::write_all(io, &mut transport.out, |octets| tap.sent(octets)).await?;
            let mut buf = [0; CHUNK];
            loop {
                if let Some(len) = transport.take(message)? {
                    return Ok(len);
                }
                let n = net::read(io, &mut buf).await?;
                let octets = buf.get(..n).unwrap_or_default();
                tap.received(octets);
                transport.feed(octets);
            }
        };
        let received = timeout(time, next).await;
        let received = received.unwrap_or(Err(ErrorKind::Timeout(Phase::Request)));
        received.map_err(|kind| self.end.error(Attempt::Receive, kind, began))
    }

    /// Waits until there is something to receive: octets, or the end. False when the time is over.
    pub async fn readable(&self, time: Duration) -> Result<bool, Error> {
        if self.end.transport.has_octets() {
            return Ok(true);
        }
        let began = Instant::now();
        let look = async {
            loop {
                self.io.readable().await?;
                // tokio remembers that something was there; the system knows whether it still is.
                let seen = self.io.try_io(Interest::READABLE, || {
                    SockRef::from(&self.io).peek(&mut [core::mem::MaybeUninit::uninit()])
                });
                match seen {
                    Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                    seen => return seen,
                }
            }
        };
        match timeout(time, look).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(e)) => Err(self.end.error(Attempt::Receive, e.into(), began)),
            Err(_) => Ok(false),
        }
    }

    /// Does the connection stand? False once the peer has closed or reset it, or anything has failed here. Consumes nothing; as
    /// long as octets wait to be received, what comes behind them is not known.
    pub fn is_alive(&self) -> bool {
        self.end.is_alive(|| peek(&SockRef::from(&self.io)).is_ok())
    }

    facts!();

    /// Ends the connection politely, within a second. Dropping it ends it, too, without a word.
    pub async fn close(self) {
        if !self.end.has_failed() {
            // Whether the peer hears it is its own affair.
            let _ = timeout(PARTING, net::part(self.io, self.end.close())).await;
        }
    }
}

async fn first(
    io: &mut TcpStream,
    tap: &Tapped,
    mut look: impl FnMut(&[u8]) -> Result<Option<Transport>, ErrorKind>,
) -> Result<Transport, ErrorKind> {
    let mut buf = [0; 512];
    loop {
        let n = net::read(io, &mut buf).await?;
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
    pub async fn bind(at: impl ToSocketAddrs) -> io::Result<Self> {
        let io = TcpListener::bind(at).await?;
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
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }
    /// The next connection, confirmed. An error is of that one peer: go on. Dropping the future drops the peer that was being
    /// taken in.
    pub async fn accept(&self) -> Result<Connection, Error> {
        let began = Instant::now();
        let (io, from) = match self.io.accept().await {
            Ok(taken) => taken,
            Err(e) => return Err(Error::new(Attempt::Accept, &"listener".into(), e, began.elapsed())),
        };
        let (began, endpoint): (_, Arc<str>) = (Instant::now(), from.to_string().into());
        let taken = timeout(self.time, Connection::accept(io, self.most, Arc::clone(&endpoint))).await;
        let taken = taken.unwrap_or(Err(ErrorKind::Timeout(Phase::Negotiate)));
        taken.map_err(|kind| Error::new(Attempt::Accept, &endpoint, kind, began.elapsed()))
    }
}

//! Opening sockets and moving octets: the few lines that know which kind of I/O it is.
use crate::dial::{Dial, share};
use crate::error::{ErrorKind, Phase};
use core::net::SocketAddr;
use core::time::Duration;
use socket2::SockRef;
use std::io;
use std::time::Instant;

fn last_error(last: Option<ErrorKind>) -> ErrorKind {
    last.unwrap_or(ErrorKind::Lookup)
}

fn dialled(dial: &Dial, socket: &SockRef<'_>) -> Result<(), ErrorKind> {
    dial.settle(socket).map_err(ErrorKind::from)
}

/// Each address, and how long it may take.
fn next_of(addresses: &[SocketAddr], until: Instant) -> impl Iterator<Item = (&SocketAddr, Duration)> {
    addresses.iter().enumerate().map_while(move |(i, at)| {
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| (at, share(left, addresses.len() - i)))
    })
}

#[cfg(feature = "tokio")]
pub(crate) mod tokio {
    use super::{Dial, ErrorKind, Instant, Phase, SockRef, dialled, io, last_error, next_of};
    use ::tokio::io::{AsyncRead as _, ReadBuf};
    use ::tokio::net::{TcpStream, lookup_host};
    use ::tokio::time::timeout;
    use core::future::poll_fn;
    use core::pin::Pin;

    /// Tries the host's addresses in turn, all within the connect time-out.
    pub(crate) async fn connect(dial: &Dial) -> Result<TcpStream, ErrorKind> {
        let until = Instant::now() + dial.connect;
        let addresses = match dial.known() {
            Some(addresses) => addresses,
            None => match timeout(dial.connect, lookup_host((&*dial.host, dial.port))).await {
                Ok(found) => found.map_err(|_| ErrorKind::Lookup)?.collect(),
                Err(_) => return Err(ErrorKind::Lookup),
            },
        };
        let mut last = None;
        for (at, time) in next_of(&addresses, until) {
            last = Some(match timeout(time, TcpStream::connect(at)).await {
                Ok(Ok(io)) => return dialled(dial, &SockRef::from(&io)).map(|()| io),
                Ok(Err(e)) => e.into(),
                Err(_) => ErrorKind::Timeout(Phase::Connect),
            });
        }
        Err(last_error(last))
    }

    /// Writes from the front of `out` and takes away what was written, so that it can be dropped at any time and gone on with.
    pub(crate) async fn write_all(
        io: &TcpStream,
        out: &mut Vec<u8>,
        mut sent: impl FnMut(&[u8]),
    ) -> Result<(), ErrorKind> {
        while !out.is_empty() {
            match io.try_write(out) {
                Ok(n) => {
                    sent(out.get(..n).unwrap_or_default());
                    out.drain(..n);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => io.writable().await?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    /// The next octets, one at least. Cancellation safe.
    pub(crate) async fn read(io: &mut TcpStream, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let mut buf = ReadBuf::new(buf);
        // `poll_read`, not `readable` and `try_read`: after a short read it knows that the socket is empty and saves asking again.
        poll_fn(|cx| Pin::new(&mut *io).poll_read(cx, &mut buf)).await?;
        match buf.filled().len() {
            0 => Err(ErrorKind::Closed),
            n => Ok(n),
        }
    }

    /// Says `out`, then waits for the peer to say its last, so that the socket ends without a reset. Callers bound the time.
    pub(crate) async fn part(mut io: TcpStream, mut out: Vec<u8>) -> Result<(), ErrorKind> {
        write_all(&io, &mut out, |_| ()).await?;
        SockRef::from(&io).shutdown(std::net::Shutdown::Write)?;
        let mut buf = [0; 256];
        while read(&mut io, &mut buf).await.is_ok() {}
        Ok(())
    }
}

#[cfg(feature = "blocking")]
pub(crate) mod blocking {
    use super::{Dial, Duration, ErrorKind, Instant, Phase, SockRef, dialled, io, last_error, next_of};
    use crate::dial::Tapped;
    use std::io::{Read as _, Write as _};
    use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};

    /// Tries the host's addresses in turn, all within the connect time-out; asking the resolver is not in our hands.
    pub(crate) fn connect(dial: &Dial) -> Result<TcpStream, ErrorKind> {
        let addresses = match dial.known() {
            Some(addresses) => addresses,
            None => (&*dial.host, dial.port).to_socket_addrs().map_err(|_| ErrorKind::Lookup)?.collect(),
        };
        let until = Instant::now() + dial.connect;
        let mut last = None;
        for (at, time) in next_of(&addresses, until) {
            last = Some(match TcpStream::connect_timeout(at, time) {
                Ok(io) => return dialled(dial, &SockRef::from(&io)).map(|()| io),
                Err(e) if is_late(&e) => ErrorKind::Timeout(Phase::Connect),
                Err(e) => e.into(),
            });
        }
        Err(last_error(last))
    }

    /// Windows says `TimedOut` where Unix says `WouldBlock`.
    pub(crate) fn is_late(e: &io::Error) -> bool {
        matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    }

    /// A socket with its time-outs, and what is armed now: setting one is a system call, so it is done only where it matters.
    #[derive(Debug)]
    pub(crate) struct Timed {
        pub(crate) io: TcpStream,
        /// For both directions, when it was made.
        set: Duration,
        /// For reads, now.
        armed: Duration,
        /// For writes, now.
        writes: Duration,
    }

    impl Timed {
        pub(crate) fn new(io: TcpStream, time: Duration) -> Result<Self, ErrorKind> {
            io.set_read_timeout(Some(time))?;
            io.set_write_timeout(Some(time))?;
            Ok(Self { io, set: time, armed: time, writes: time })
        }
        /// Other time-outs from now on; no system call where they are the same.
        pub(crate) fn timed(self, time: Duration) -> Result<Self, ErrorKind> {
            if self.set == time { Ok(self) } else { Self::new(self.io, time) }
        }
        /// The next octets, one at least; `None` when the time is over. A time within a tenth of what is armed is left as it is:
        /// who asks again with what is left gets closer each time.
        pub(crate) fn read(&mut self, buf: &mut [u8], left: Duration) -> Result<Option<usize>, ErrorKind> {
            if left.is_zero() {
                return Ok(None);
            }
            if left.abs_diff(self.armed) > self.armed / 10 {
                let left = left.max(Duration::from_millis(1));
                self.io.set_read_timeout(Some(left))?;
                self.armed = left;
            }
            loop {
                match self.io.read(buf) {
                    Ok(0) => return Err(ErrorKind::Closed),
                    Ok(n) => return Ok(Some(n)),
                    Err(e) if is_late(&e) => return Ok(None),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e.into()),
                }
            }
        }
        /// All of `out`, which is empty afterwards, by a certain time: a peer that takes a little now and then does not get more of
        /// it. After a failure the stream is out of step.
        pub(crate) fn write_all(&mut self, out: &mut Vec<u8>, until: Instant) -> Result<(), ErrorKind> {
            let written = self.write_by(out, until);
            out.clear();
            written
        }
        fn write_by(&mut self, mut rest: &[u8], until: Instant) -> Result<(), ErrorKind> {
            const LATE: ErrorKind = ErrorKind::Timeout(Phase::Request);
            while !rest.is_empty() {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(LATE);
                }
                if left.abs_diff(self.writes) > self.writes / 10 {
                    let left = left.max(Duration::from_millis(1));
                    self.io.set_write_timeout(Some(left))?;
                    self.writes = left;
                }
                match self.io.write(rest) {
                    Ok(0) => return Err(ErrorKind::Closed),
                    Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                    Err(e) if is_late(&e) => return Err(LATE),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e.into()),
                }
            }
            Ok(())
        }
        /// Of `out`, what goes at once: the connection is given up, and nobody waits for it.
        pub(crate) fn last_word(&mut self, out: &[u8], tap: &Tapped) {
            if !out.is_empty()
                && self.io.set_nonblocking(true).is_ok()
                && let Ok(n) = self.io.write(out)
            {
                tap.sent(out.get(..n).unwrap_or_default());
            }
        }
        /// Waits until there is something to read, the end included; reads nothing.
        pub(crate) fn wait(&mut self, time: Duration) -> Result<bool, ErrorKind> {
            let time = time.max(Duration::from_millis(1));
            self.io.set_read_timeout(Some(time))?;
            self.armed = time;
            match self.io.peek(&mut [0]) {
                Ok(_) => Ok(true),
                Err(e) if is_late(&e) || e.kind() == io::ErrorKind::Interrupted => Ok(false),
                Err(e) => Err(e.into()),
            }
        }
        /// One look without waiting.
        pub(crate) fn peek(&self) -> Result<bool, ErrorKind> {
            self.io.set_nonblocking(true)?;
            let seen = crate::dial::peek(&SockRef::from(&self.io));
            self.io.set_nonblocking(false)?;
            seen
        }
        /// Says `out`, then waits for the peer to say its last, so that the socket ends without a reset.
        pub(crate) fn part(mut self, mut out: Vec<u8>, time: Duration) -> Result<(), ErrorKind> {
            let until = Instant::now() + time;
            self.write_all(&mut out, until)?;
            self.io.shutdown(Shutdown::Write)?;
            let mut buf = [0; 256];
            while let Ok(Some(_)) = self.read(&mut buf, until.saturating_duration_since(Instant::now())) {}
            Ok(())
        }
    }
}

#[cfg(all(test, feature = "blocking"))]
mod tests {
    use super::blocking::Timed;
    use super::*;
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn who_takes_a_little_now_and_then_gets_no_more_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let io = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        // Each write makes some progress: a time-out of each would let all of it through.
        let slow = std::thread::spawn(move || {
            let mut buf = vec![0; 256 * 1024];
            while peer.read(&mut buf).is_ok_and(|n| n > 0) {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let time = Duration::from_millis(100);
        let mut io = Timed::new(io, time).unwrap();
        let written = io.write_all(&mut vec![0; 64 * 1024 * 1024], Instant::now() + time);
        assert_eq!(written, Err(ErrorKind::Timeout(Phase::Request)));
        drop(io);
        slow.join().unwrap();
    }
}

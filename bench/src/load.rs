//! The same client for every server: frames by hand, no S7 crate, so that no server meets its own.
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

const CONNECT: [u8; 22] = [3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 1];
const SETUP: [u8; 25] =
    [3, 0, 0, 25, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 0, 1, 0, 8, 0, 0, 0xf0, 0, 0, 8, 0, 8, 1, 0xe0];

/// Nobody waits longer than that for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to ask.
#[derive(Clone, Copy)]
pub struct Load {
    pub at: SocketAddr,
    pub connections: usize,
    /// Connects at the same time.
    pub at_once: usize,
    /// Requests in flight on each connection.
    pub in_flight: usize,
    /// Items of four octets in each request.
    pub items: u8,
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub opened: usize,
    pub failed: usize,
    pub replies: u64,
    /// Replies that were no good.
    pub bad: u64,
    /// Connections that broke.
    pub broken: u64,
    pub seconds: f64,
    /// The slowest of a hundred replies, in microseconds.
    pub p99: f64,
}

fn request(items: u8) -> Vec<u8> {
    let parameter = 2 + 12 * u16::from(items);
    let ([l0, l1], [p0, p1]) = ((17 + parameter).to_be_bytes(), parameter.to_be_bytes());
    let mut out = vec![3, 0, l0, l1, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 0, 7, p0, p1, 0, 0, 4, items];
    for item in 0..u16::from(items) {
        // Four octets of DB1, eight apart, so that nobody could merge them.
        let [a0, a1] = (item * 8 * 8).to_be_bytes();
        out.extend([0x12, 0x0a, 0x10, 2, 0, 4, 0, 1, 0x84, 0, a0, a1]);
    }
    out
}

/// A connection with what it has received and not looked at.
struct Connection {
    io: TcpStream,
    inbox: Vec<u8>,
}

impl Connection {
    async fn open(at: SocketAddr) -> io::Result<Self> {
        let io = TcpStream::connect(at).await?;
        io.set_nodelay(true)?;
        let mut this = Self { io, inbox: Vec::with_capacity(4096) };
        this.io.write_all(&CONNECT).await?;
        if !this.receive(|frame| frame[5] == 0xd0).await? {
            return Err(io::Error::other("not confirmed"));
        }
        this.io.write_all(&SETUP).await?;
        if !this.receive(|frame| frame.len() == 27 && frame[8] == 3 && frame[17] == 0).await? {
            return Err(io::Error::other("no setup"));
        }
        Ok(this)
    }
    /// The next frame, and what `look` makes of it.
    async fn receive<T>(&mut self, look: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        loop {
            if let [_, _, high, low, ..] = self.inbox[..] {
                let len = usize::from(u16::from_be_bytes([high, low]));
                if len < 7 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if self.inbox.len() >= len {
                    let seen = look(&self.inbox[..len]);
                    self.inbox.drain(..len);
                    return Ok(seen);
                }
            }
            if self.io.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Load {
    /// Opens all connections, lets `ready` look, loads them, lets `done` look, and closes them.
    pub async fn run(self, ready: impl FnOnce(), done: impl FnOnce()) -> Outcome {
        let (mut open, mut outcome) = (Vec::new(), Outcome::default());
        while open.len() + outcome.failed < self.connections {
            let left = self.connections - open.len() - outcome.failed;
            let mut opening = JoinSet::new();
            for _ in 0..left.min(self.at_once) {
                opening.spawn(timeout(PATIENCE, Connection::open(self.at)));
            }
            while let Some(opened) = opening.join_next().await {
                match opened {
                    Ok(Ok(Ok(connection))) => open.push(connection),
                    _ => outcome.failed += 1,
                }
            }
        }
        outcome.opened = open.len();
        ready();
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for connection in open {
            callers.spawn(self.call(connection, began));
        }
        tokio::time::sleep(self.time).await;
        let mut nanos = Vec::new();
        // Connections are kept until all have ended, so that the server's memory is that of all of them.
        let mut ended = Vec::new();
        while let Some(Ok((connection, mut took, bad, broken))) = callers.join_next().await {
            outcome.bad += bad;
            outcome.broken += u64::from(broken);
            nanos.append(&mut took);
            ended.push(connection);
        }
        outcome.seconds = began.elapsed().as_secs_f64();
        outcome.replies = (nanos.len() * self.in_flight) as u64;
        done();
        nanos.sort_unstable();
        outcome.p99 = nanos.get(nanos.len() * 99 / 100).map_or(0.0, |nanos| f64::from(*nanos) / 1000.0);
        outcome
    }

    /// One connection's calls: how long each took, how many replies were bad, and whether the connection broke.
    async fn call(self, mut connection: Connection, began: Instant) -> (Connection, Vec<u32>, u64, bool) {
        let (frames, mut took, mut bad) =
            (request(self.items).repeat(self.in_flight), Vec::with_capacity(1 << 14), 0);
        let mut now = Instant::now();
        while began.elapsed() < self.time {
            let exchange = async {
                connection.io.write_all(&frames).await?;
                for _ in 0..self.in_flight {
                    // Ack-data without an error, the first item given, all items announced.
                    let good = |f: &[u8]| {
                        f.len() > 25
                            && f[8] == 3
                            && f[17..19] == [0, 0]
                            && f[20] == self.items
                            && f[21] == 0xff
                    };
                    bad += u64::from(!connection.receive(good).await?);
                }
                io::Result::Ok(())
            };
            if !matches!(timeout(PATIENCE, exchange).await, Ok(Ok(()))) {
                return (connection, took, bad, true);
            }
            let then = core::mem::replace(&mut now, Instant::now());
            took.push(u32::try_from((now - then).as_nanos()).unwrap_or(u32::MAX));
        }
        (connection, took, bad, false)
    }
}

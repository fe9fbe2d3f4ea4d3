//! From a host to a socket: what both drivers and both layers share.
use crate::error::{ConfigError, ErrorKind};
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use hepta_proto::tap::{Sender, Tap};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::sync::Arc;

/// As long as any wait gets: far behind it clocks overflow, and `Duration::MAX` is what people say for "no time-out".
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// Where to, and how patiently.
#[derive(Clone)]
pub(crate) struct Dial {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) connect: Duration,
    pub(crate) negotiate: Duration,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) tap: Option<Arc<dyn Tap>>,
}

impl Dial {
    pub(crate) fn new(host: Arc<str>) -> Self {
        Self {
            host,
            port: 102,
            addresses: Vec::new(),
            connect: Duration::from_secs(5),
            negotiate: Duration::from_secs(5),
            keepalive: Some(Duration::from_secs(30)),
            tap: None,
        }
    }
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.host.is_empty() {
            return Err(ConfigError::NoHost);
        }
        if self.connect.is_zero() {
            return Err(ConfigError::NoTime("connect"));
        }
        if self.negotiate.is_zero() {
            return Err(ConfigError::NoTime("negotiation"));
        }
        Ok(())
    }
    /// `host:port`, for errors and traces.
    pub(crate) fn endpoint(&self) -> Arc<str> {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}").into() } else { format!("{host}:{port}").into() }
    }
    /// The addresses, where no resolver is needed for them.
    pub(crate) fn known(&self) -> Option<Vec<SocketAddr>> {
        let at = |ip: &IpAddr| SocketAddr::new(*ip, self.port);
        if !self.addresses.is_empty() {
            return Some(self.addresses.iter().map(at).collect());
        }
        self.host.parse().ok().map(|ip| vec![at(&ip)])
    }
    pub(crate) fn settle(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        if let Some(time) = self.keepalive {
            // Systems count whole seconds, take 0 for an error, and Linux all above 32767, too.
            let time = time.clamp(Duration::from_secs(1), Duration::from_secs(32_767));
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(time).with_interval(time))?;
        }
        Ok(())
    }
}

/// The setters of options that dial, by where the dial is in them: public, so they are written into each.
macro_rules! dial_setters {
    ($($dial:ident).+) => {
        /// The TCP port; 102.
        pub fn port(mut self, port: u16) -> Self {
            self.$($dial).+.port = port;
            self
        }
        /// The host's addresses, for when the resolver shall not be asked. They are tried in turn.
        pub fn addresses(mut self, addresses: impl IntoIterator<Item = core::net::IpAddr>) -> Self {
            self.$($dial).+.addresses = addresses.into_iter().collect();
            self
        }
        /// How long the TCP connection may take, all addresses together; 5 s.
        pub fn connect_timeout(mut self, time: core::time::Duration) -> Self {
            self.$($dial).+.connect = time.min($crate::dial::FOREVER);
            self
        }
        /// How long the peer may take to agree, after TCP; 5 s.
        pub fn negotiate_timeout(mut self, time: core::time::Duration) -> Self {
            self.$($dial).+.negotiate = time.min($crate::dial::FOREVER);
            self
        }
        /// Let TCP ask whether the peer is there, after that long without traffic; 30 s.
        pub fn keepalive(mut self, interval: Option<core::time::Duration>) -> Self {
            self.$($dial).+.keepalive = interval;
            self
        }
        /// Who listens to all octets.
        pub fn tap(mut self, tap: std::sync::Arc<dyn hepta_proto::tap::Tap>) -> Self {
            self.$($dial).+.tap = Some(tap);
            self
        }
    };
}
pub(crate) use dial_setters;

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, addresses, connect, negotiate, keepalive, tap } = self;
        let mut out = f.debug_struct("Dial");
        out.field("host", host).field("port", port).field("addresses", addresses).field("connect", connect);
        out.field("negotiate", negotiate).field("keepalive", keepalive).field("tap", &tap.is_some()).finish()
    }
}

/// How much of the time that is `left` the first of `addresses` gets: the others want some, too.
pub(crate) fn share(left: Duration, addresses: usize) -> Duration {
    (left / u32::try_from(addresses.max(1)).unwrap_or(u32::MAX)).max(Duration::from_millis(1))
}

/// Chance, from the system: where references start, and by how much waits differ.
pub(crate) fn chance() -> Result<u64, ErrorKind> {
    getrandom::u64().map_err(|_| ErrorKind::Io(io::ErrorKind::Unsupported))
}

/// Of chance, as much as a wait needs.
pub(crate) fn low(chance: u64) -> u32 {
    let [.., a, b, c, d] = chance.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Of chance, the reference that a connection counts from.
pub(crate) fn start(chance: u64) -> u16 {
    let [a, b, ..] = chance.to_be_bytes();
    u16::from_be_bytes([a, b])
}

/// A tap on one connection: tells of its octets, and of its end when it is dropped.
pub(crate) struct Tapped {
    tap: Option<(Arc<dyn Tap>, u64)>,
    us: Sender,
}

impl Tapped {
    /// `connection` is drawn, so that clients that share a tap need no common counter.
    pub(crate) fn new(tap: Option<&Arc<dyn Tap>>, connection: u64, us: Sender) -> Self {
        if let Some(tap) = tap {
            tap.opened(connection);
        }
        Self { tap: tap.map(|tap| (Arc::clone(tap), connection)), us }
    }
    #[inline]
    pub(crate) fn sent(&self, octets: &[u8]) {
        if let Some((tap, connection)) = &self.tap {
            tap.octets(*connection, self.us, octets);
        }
    }
    #[inline]
    pub(crate) fn received(&self, octets: &[u8]) {
        if let Some((tap, connection)) = &self.tap {
            let them = if self.us == Sender::Client { Sender::Server } else { Sender::Client };
            tap.octets(*connection, them, octets);
        }
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        if let Some((tap, connection)) = &self.tap {
            tap.closed(*connection);
        }
    }
}

impl fmt::Debug for Tapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tapped").field(&self.tap.as_ref().map(|(_, connection)| connection)).finish()
    }
}

/// One look at a socket that does not block: is there anything to say that the peer is gone? Consumes nothing.
pub(crate) fn peek(socket: &SockRef<'_>) -> Result<bool, ErrorKind> {
    let mut octet = [core::mem::MaybeUninit::uninit()];
    match socket.peek(&mut octet) {
        Ok(0) => Err(ErrorKind::Closed),
        Ok(_) => Ok(true),
        Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

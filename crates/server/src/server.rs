//! The listener.
use crate::connection::{Shared, Task};
use crate::registry::{Connections, Registry};
use crate::{Error, Options, plus};
use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::pin;
use core::sync::atomic::Ordering::Relaxed;
use core::task::{Context, Poll};
use core::time::Duration;
use hepta_plc::Plc;
use hepta_proto::tls::Print;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use std::io;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{debug, info, warn};

/// The port of S7 communication.
pub const PORT: u16 = 102;

/// A CPU that listens. It accepts nobody before it is served; then whoever came in the meantime.
#[derive(Debug)]
pub struct Server {
    listener: StdListener,
    addr: SocketAddr,
    plc: Plc,
    shared: Arc<Shared>,
}

impl Server {
    /// Listens on `addr`; port 0 is any free one. Needs no runtime yet.
    pub fn bind(addr: SocketAddr, plc: Plc, options: Options) -> Result<Self, Error> {
        let bound = listen(addr, options.backlog).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (addr, listener) = bound.map_err(|source| Error::Bind { addr, source })?;
        let plus = Arc::new(plus::Shared::new(&options.plus, plc.profile())?);
        let shared = Shared { registry: Arc::new(Registry::default()), options, plus };
        Ok(Self { listener, addr, plc, shared: Arc::new(shared) })
    }
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }
    /// The SHA-256 of the certificate that it shows to clients of S7CommPlus; `None` without TLS.
    pub fn print(&self) -> Option<Print> {
        self.shared.plus.print
    }
    /// The CPU.
    pub const fn plc(&self) -> &Plc {
        &self.plc
    }
    /// A handle to look at the connections with.
    pub fn connections(&self) -> Connections {
        Connections(Arc::clone(&self.shared.registry))
    }

    /// Serves on a runtime of one thread, this one, until `shutdown`: the least CPU time per read.
    pub fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        runtime.block_on(self.serve(shutdown))
    }

    /// Serves until `shutdown`, on the runtime that this is called in. Then nobody is accepted any more, answers under way
    /// go out, and all connections are closed, within [`Options::stop`].
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let Self { listener, addr, plc, shared } = self;
        let listener = TcpListener::from_std(listener).map_err(Error::Socket)?;
        let _abandon = Abandon(&shared);
        info!(target: "hepta::server", %addr, profile = plc.profile().name, "listening");
        {
            // One future for all three, so that dropping it leaves no task behind but the connections.
            let mut shutdown = pin!(shutdown);
            let mut accept = pin!(accept(&listener, &plc, &shared));
            let mut glance = pin!(glance(&shared));
            poll_fn(|cx: &mut Context<'_>| {
                // Neither of them ever ends.
                let _: Poll<()> = accept.as_mut().poll(cx);
                let _: Poll<()> = glance.as_mut().poll(cx);
                shutdown.as_mut().poll(cx)
            })
            .await;
        }
        drop(listener);
        stop(&shared).await;
        info!(target: "hepta::server", %addr, "stopped");
        Ok(())
    }
}

/// Whoever drops the server's future, unserved connections included, ends them with it.
struct Abandon<'a>(&'a Shared);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.registry.abandon();
    }
}

fn listen(addr: SocketAddr, backlog: u32) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix: take the port again although connections of the last run still linger. On Windows the same option would let
    // two programs share the port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Accepts for ever.
async fn accept(listener: &TcpListener, plc: &Plc, shared: &Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((io, addr)) => {
                pause = FIRST_PAUSE;
                enter(io, addr, plc, shared);
            }
            // The peer was gone before it was accepted: its affair, and the next one may be fine.
            Err(error) if is_of_the_peer(&error) => debug!(target: "hepta::server", "accept: {error}"),
            // No file descriptors, no memory: it stays so until somebody closes something, so asking at once would spin.
            Err(error) => {
                warn!(target: "hepta::server", "accept: {error}; trying again in {pause:?}");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// Starts to serve one connection, if there is room.
fn enter(io: TcpStream, addr: SocketAddr, plc: &Plc, shared: &Arc<Shared>) {
    if shared.registry.len() >= shared.options.connections {
        shared.registry.refused.fetch_add(1, Relaxed);
        debug!(target: "hepta::server", %addr, "closed: {} connections are all there may be", shared.options.connections);
        return;
    }
    if let Err(error) = set_up(&io, &shared.options) {
        debug!(target: "hepta::server", %addr, "closed: {error}");
        return;
    }
    let session = plc.session();
    debug!(target: "hepta::server", %addr, id = session.id(), "accepted");
    let peer = shared.registry.enter(session.id(), addr);
    tokio::spawn(Task::new(io, session, peer, Arc::clone(shared)).run());
}

fn set_up(io: &TcpStream, options: &Options) -> io::Result<()> {
    io.set_nodelay(true)?;
    if let Some(silence) = options.keep_alive {
        // Systems count whole seconds, and take 0 for an error.
        let [time, interval] = [silence, silence / 3].map(|time| time.max(Duration::from_secs(1)));
        let keep_alive = TcpKeepalive::new().with_time(time).with_interval(interval);
        SockRef::from(io).set_tcp_keepalive(&keep_alive)?;
    }
    Ok(())
}

/// Lets time pass for the connections, for ever.
async fn glance(shared: &Shared) {
    let each = shared.options.glance();
    let mut ticks = interval(each);
    // A machine that was busy or asleep owes nobody the glances it missed.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        shared.registry.glance(&shared.options, each);
    }
}

/// Tells all connections to end, and waits until they have.
async fn stop(shared: &Shared) {
    // Clocks overflow far behind a day, and `Duration::MAX` is what people say for "as long as it takes".
    let until = Instant::now() + shared.options.stop.min(Duration::from_secs(86_400));
    shared.registry.end_all();
    while shared.registry.len() > 0 && Instant::now() < until {
        sleep(Duration::from_millis(2)).await;
    }
    // Who is still there does not take its answers.
    shared.registry.abandon();
    while shared.registry.len() > 0 && Instant::now() < until + Duration::from_millis(100) {
        sleep(Duration::from_millis(2)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_so_is_waited_for() {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, OutOfMemory, PermissionDenied};
        assert!(is_of_the_peer(&ConnectionAborted.into()) && is_of_the_peer(&ConnectionReset.into()));
        assert!(!is_of_the_peer(&OutOfMemory.into()) && !is_of_the_peer(&PermissionDenied.into()));
        // EMFILE, ENFILE.
        #[cfg(unix)]
        assert!([24, 23].map(io::Error::from_raw_os_error).iter().all(|error| !is_of_the_peer(error)));
    }

    #[test]
    fn any_silence_is_a_valid_keep_alive() {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let io = runtime.block_on(TcpStream::connect(listener.local_addr().unwrap())).unwrap();
        for silence in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(7200)] {
            set_up(&io, &Options { keep_alive: Some(silence), ..Options::default() }).unwrap();
        }
    }
}

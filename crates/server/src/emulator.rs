//! A CPU on a free port, for tests.
use crate::{Connections, Error, Options, Server};
use core::future::poll_fn;
use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use core::task::{Poll, Waker};
use hepta_plc::program::{Blocks, DataBlock, Lids, Var};
use hepta_plc::source::Program;
use hepta_plc::{Block, Entry, Plc, Profile, Time};
use hepta_proto::data::{Type, Value};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// An emulated CPU that listens on a port of its own, in the background, until it is stopped or dropped.
///
/// It brings its own thread, so it serves blocking tests and those on a runtime alike.
///
/// ```
/// use hepta_server::{Emulator, plc::Profile};
/// let emulator = Emulator::builder().profile(Profile::s7_300()).block(1, 1024).start()?;
/// assert_ne!(emulator.addr().port(), 0);
/// assert_eq!(emulator.plc().blocks(), [(1, 1024)]);
/// # Ok::<(), hepta_server::Error>(())
/// ```
///
/// [`Builder::start_async`] does without the thread:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use hepta_server::Emulator;
/// let emulator = Emulator::builder().block(1, 1024).start_async()?;
/// let client = tokio::net::TcpStream::connect(emulator.addr()).await;
/// assert!(client.is_ok());
/// # Ok::<(), hepta_server::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Emulator {
    addr: SocketAddr,
    plc: Plc,
    connections: Connections,
    shutdown: Arc<Shutdown>,
    thread: Option<JoinHandle<()>>,
}

/// What an [`Emulator`] starts with.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    new: hepta_plc::Builder,
    blocks: Vec<(u16, Block)>,
    declared: Blocks,
    programs: Vec<Program>,
    lids: Lids,
    options: Options,
    addr: SocketAddr,
    /// One that is there already, instead of a new one.
    plc: Option<Plc>,
}

impl Builder {
    /// Which CPU it is; the lab's, if nothing is said.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.new = self.new.profile(profile);
        self
    }
    /// With a data block of `size` octets, all 0.
    pub fn block(self, number: u16, size: usize) -> Self {
        // One more than there may be says the same, and allocates no more.
        self.block_with(number, vec![0; size.min(65_537)])
    }
    /// With a data block of these octets.
    pub fn block_with(mut self, number: u16, octets: impl Into<Vec<u8>>) -> Self {
        self.blocks.push((number, Block { octets: octets.into(), optimised: false }));
        self
    }
    /// With an optimised data block: classic clients are told that it is not there.
    pub fn optimised_block(mut self, number: u16, octets: impl Into<Vec<u8>>) -> Self {
        self.blocks.push((number, Block { octets: octets.into(), optimised: true }));
        self
    }
    /// Begins a data block with names: optimised access, and the number behind the highest so far. [`Self::var`] goes on with it.
    ///
    /// ```
    /// use hepta_proto::data::Type;
    /// use hepta_server::{Emulator, plc::program::Home};
    /// let builder = Emulator::builder().db("Motor").var("speed", Type::Real, 1.5).var("on", Type::Bool, true);
    /// let emulator = builder.db("Line").var("name", Type::String(20), "north").start()?;
    /// let line = emulator.plc().interface(Home::Db(2)).map(|line| line.name().to_owned());
    /// assert_eq!(line.as_deref(), Some("Line"));
    /// # Ok::<(), hepta_server::Error>(())
    /// ```
    pub fn db(mut self, name: &str) -> Self {
        let raw = self.blocks.iter().map(|(number, _)| *number).max().unwrap_or(0);
        self.declared = self.declared.db_after(name, raw);
        self
    }
    /// The next variable of the block that was begun last, and what it is at first.
    pub fn var(mut self, name: &str, ty: Type, initial: impl Into<Value>) -> Self {
        self.declared = self.declared.var(name, ty, initial);
        self
    }
    /// The same with all that can be said of a variable.
    pub fn with_var(mut self, var: Var) -> Self {
        self.declared = self.declared.with(var);
        self
    }
    /// With a data block that is declared, an instance of a function block or one of a type among them.
    pub fn declare(mut self, block: DataBlock) -> Self {
        self.declared = self.declared.block(block);
        self
    }
    /// With what sources declare.
    pub fn load(mut self, program: Program) -> Self {
        self.programs.push(program);
        self
    }
    /// Names have these LIDs, as far as they come.
    pub fn lids(mut self, lids: Lids) -> Self {
        self.lids.merge(lids);
        self
    }
    /// Where its time comes from; the machine's clock, if nothing is said.
    pub fn time(mut self, time: Time) -> Self {
        self.new = self.new.time(time);
        self
    }
    /// How many of the things that clients did are kept: 10,000, if nothing is said.
    pub fn log(mut self, entries: usize) -> Self {
        self.new = self.new.log(entries);
        self
    }
    /// Limits of the listener.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }
    /// Where to listen; a free port of 127.0.0.1, if nothing is said.
    pub fn addr(mut self, addr: SocketAddr) -> Self {
        self.addr = addr;
        self
    }
    /// Serves this CPU, as it is: to restart one, or for two ports of one. Profile, time and log said here count for nothing.
    pub fn plc(mut self, plc: Plc) -> Self {
        self.plc = Some(plc);
        self
    }

    fn bind(self) -> Result<Server, Error> {
        let Self { new, blocks, declared, programs, lids, options, addr, plc } = self;
        let plc = plc.unwrap_or_else(|| new.build());
        plc.keep_lids(lids);
        plc.add_program_blocks(&declared)?;
        programs.iter().try_for_each(|program| plc.load(program))?;
        blocks.into_iter().try_for_each(|(number, block)| plc.add_block_with(number, block))?;
        Server::bind(addr, plc, options)
    }
    /// Starts it on a thread of its own.
    pub fn start(self) -> Result<Emulator, Error> {
        let server = self.bind()?;
        let mut emulator = Emulator::of(&server);
        let stopped = Arc::clone(&emulator.shutdown);
        // Made here, so that the caller is told when it cannot be.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let serve = move || {
            if let Err(error) = runtime.block_on(server.serve(stopped.wait())) {
                tracing::error!(target: "hepta::server", "{error}");
            }
        };
        let thread = std::thread::Builder::new().name("hepta-emulator".into()).spawn(serve);
        emulator.thread = Some(thread.map_err(Error::Runtime)?);
        Ok(emulator)
    }
    /// Starts it as a task of the runtime that this is called in. Stopping does not wait, for that would stop the runtime.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn start_async(self) -> Result<Emulator, Error> {
        let server = self.bind()?;
        let emulator = Emulator::of(&server);
        let stopped = Arc::clone(&emulator.shutdown);
        tokio::spawn(async move {
            if let Err(error) = server.serve(stopped.wait()).await {
                tracing::error!(target: "hepta::server", "{error}");
            }
        });
        Ok(emulator)
    }
}

impl Emulator {
    /// Chooses more of it first.
    pub fn builder() -> Builder {
        Builder {
            new: Plc::builder(Profile::lab()).log(10_000),
            blocks: Vec::new(),
            declared: Blocks::default(),
            programs: Vec::new(),
            lids: Lids::default(),
            options: Options::default(),
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            plc: None,
        }
    }
    fn of(server: &Server) -> Self {
        let (addr, plc, connections) = (server.addr(), server.plc().clone(), server.connections());
        Self { addr, plc, connections, shutdown: Arc::default(), thread: None }
    }
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }
    /// The CPU.
    pub const fn plc(&self) -> &Plc {
        &self.plc
    }
    /// Its connections.
    pub const fn connections(&self) -> &Connections {
        &self.connections
    }
    /// What clients did so far.
    pub fn log(&self) -> Vec<Entry> {
        self.plc.log()
    }
    /// Stops it: the port is free, and all connections are closed. Dropping it does the same.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shutdown.now();
        if let Some(thread) = self.thread.take() {
            // It panicked, or not: either way it is gone.
            drop(thread.join());
        }
    }
}

/// A word of one bit, to one waiter.
#[derive(Debug, Default)]
struct Shutdown {
    said: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Shutdown {
    fn now(&self) {
        self.said.store(true, SeqCst);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
    async fn wait(self: Arc<Self>) {
        poll_fn(|cx| {
            *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            if self.said.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

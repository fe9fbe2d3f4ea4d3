//! The client on tokio.
use super::session::{Failure, Session};
use super::{BEAT, fills};
use crate::dial::{self, Tapped, chance};
use crate::error::{Attempt, ConfigError, Error, ErrorKind, Phase, WriteError};
use crate::net::tokio as net;
use crate::options::Options;
use crate::reconnect::Backoff;
use crate::state::{Events, Hub, State};
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use hepta_proto::classic::Limits;
use hepta_proto::classic::client::{Handshake, Step};
use hepta_proto::classic::op::{Items, Plan, Read, ReadMany, Report, Span, Szl, Write, WriteMany};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::iso::Granted;
use hepta_proto::op::Operation;
use hepta_proto::tap::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

/// A client of one CPU. Clone it for as many callers as you like: they share one connection, and their requests are in flight
/// together, up to the agreed number of jobs.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the calls in flight get it, and
/// the next call connects anew ([`Reconnect`](crate::Reconnect)). Reads are asked again after a fault, as often as
/// [`read_retries`](Options::read_retries) says; what may change the PLC is never sent twice.
///
/// **Cancellation safety.** Every future may be dropped at any time. What it had asked is answered to nobody: no later call ever
/// gets that answer, and other callers notice nothing. A dropped write may or may not have been carried out.
///
/// **Order.** The requests of one call that changes the PLC are sent one after the other. Calls that run at the same time have
/// no order among them, neither on the wire nor on the CPU; who needs one awaits the first before the second.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails alone; its late answer is
/// dropped. When two in a row fail so and nothing was heard in between, the connection is given up, so that `Up` never lies.
///
/// **Runtime.** There is no task and no channel: callers drive the socket. Quickest is a current-thread runtime. On a
/// multi-thread runtime, spawn the callers: `block_on` itself runs on no worker, and each answer then costs a thread switch.
/// A client belongs to the runtime it connects on.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    endpoint: Arc<str>,
    hub: Arc<Hub>,
    current: Mutex<Current>,
    /// One caller connects, the others wait for what comes of it.
    turn: Semaphore,
}

#[derive(Debug, Default)]
struct Current {
    session: Option<Arc<Session>>,
    closed: bool,
    /// How often connecting came to an end, and how the last time, if badly.
    rounds: u64,
    outcome: Option<Error>,
    backoff: Backoff,
    beats: bool,
}

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        let (hub, endpoint) = (Hub::new(), options.dial.endpoint());
        let (current, turn) = (Mutex::default(), Semaphore::new(1));
        Self { shared: Arc::new(Shared { options, endpoint, hub, current, turn }) }
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub async fn connect(&self) -> Result<(), Error> {
        {
            let mut current = self.shared.lock();
            if core::mem::take(&mut current.closed) {
                self.shared.hub.set(State::Idle);
            }
        }
        self.shared.session(By::Call).await.map(drop)
    }

    /// The octets of one item, of any length. A refusal is an error.
    pub async fn read(&self, span: Span) -> Result<Vec<u8>, Error> {
        self.again(Attempt::Read(span), || Read::new(span)).await
    }
    /// Octets of a data block.
    pub async fn read_db(&self, db: u16, start: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(Span::db(db, start, len)).await
    }
    /// Many items, as few requests as they fit into, each with its own result.
    pub async fn read_many(&self, items: &[Span]) -> Result<Items, Error> {
        let merge = self.shared.options.merge;
        self.again(Attempt::ReadMany(items.len()), || ReadMany::new(items, merge)).await
    }
    /// Many items, after a plan that was kept.
    pub async fn read_planned(&self, plan: &Plan) -> Result<Items, Error> {
        self.again(Attempt::ReadMany(plan.spans().len()), || ReadMany::planned(plan)).await
    }
    /// What `read_many` would ask. Keep it, and save the planning each time. Connects, for it is made for what was granted.
    pub async fn plan(&self, items: &[Span]) -> Result<Plan, Error> {
        let limits = self.limits().await?;
        Plan::reads(items, limits, self.shared.options.merge)
            .map_err(|e| self.shared.error(Attempt::ReadMany(items.len()), e, Duration::ZERO))
    }
    /// Writes one item, of any length. A refusal is an error.
    pub async fn write(&self, span: Span, data: &[u8]) -> Result<(), WriteError> {
        let items = [Write { span, data }];
        let report = self.change(Attempt::Write(span), &items).await?;
        match super::refusal(&report) {
            None => Ok(()),
            Some(e) => {
                let error = self.shared.error(Attempt::Write(span), e, Duration::ZERO);
                Err(WriteError { report, error })
            }
        }
    }
    /// Writes many items, in their order, and says what became of each piece. That single items were refused is no error.
    pub async fn write_many(&self, items: &[Write<'_>]) -> Result<Report, WriteError> {
        self.change(Attempt::WriteMany(items.len()), items).await
    }
    /// A system state list with its head, for [`List`](hepta_proto::classic::szl::List) to read.
    pub async fn szl(&self, id: SzlId, index: u16) -> Result<Vec<u8>, Error> {
        self.again(Attempt::Szl(id, index), || Szl::new(id, index)).await
    }
    /// Runs any operation, once: what it was made of is used up, so it is not asked again after a fault. Give `&mut op` to look
    /// at it afterwards, also after an error.
    pub async fn run<O: Operation>(&self, mut op: O) -> Result<O::Output, Error> {
        match self.shared.drive(Attempt::Run, &mut op).await {
            Ok(()) => Ok(op.finish()),
            Err(halt) => Err(halt.error),
        }
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub async fn run_again<O: Operation>(&self, make: impl Fn() -> O) -> Result<O::Output, Error> {
        self.again(Attempt::Run, make).await
    }

    /// What was agreed. Connects, if there is no connection.
    pub async fn limits(&self) -> Result<Limits, Error> {
        self.shared.session(By::Call).await.map(|session| session.limits())
    }
    /// What the transport granted. Connects, if there is no connection.
    pub async fn granted(&self) -> Result<Granted, Error> {
        self.shared.session(By::Call).await.map(|session| session.granted().clone())
    }
    /// What it is doing. `Up` is looked after: a peer that has closed is noticed here, too.
    pub fn state(&self) -> State {
        if let Some(session) = &self.shared.lock().session {
            session.look();
        }
        self.shared.hub.state()
    }
    /// Is there a connection that stands, as far as can be told without asking the CPU?
    pub fn is_alive(&self) -> bool {
        self.state() == State::Up
    }
    /// The state, to wait for its changes.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.shared.hub.watch()
    }
    /// State changes and failed attempts from now on, also those that a retry heals.
    pub fn events(&self) -> Events {
        self.shared.hub.subscribe()
    }
    /// What the caller asked for cannot be.
    pub(super) fn mistake(&self, attempt: Attempt, kind: ConfigError) -> Error {
        self.shared.error(attempt, kind, Duration::ZERO)
    }
    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }
    /// Ends the connection politely, within a second. Calls in flight and later ones fail, until `connect`.
    pub async fn close(&self) {
        let session = {
            let mut current = self.shared.lock();
            current.closed = true;
            // Under the lock, so that a `connect` at the same time comes before or after both.
            self.shared.hub.set(State::Closed);
            current.session.take()
        };
        if let Some((io, out)) = session.and_then(|session| session.end(ErrorKind::Shut)) {
            // Whether the peer hears it is its own affair.
            let _ = timeout(super::PARTING, net::part(io, out)).await;
        }
    }

    /// For layers above: an operation that changes nothing, by its name, and made anew for each attempt.
    pub(crate) async fn again<O: Operation>(
        &self,
        attempt: Attempt,
        make: impl Fn() -> O,
    ) -> Result<O::Output, Error> {
        let mut left = self.shared.options.read_retries;
        loop {
            let mut op = make();
            match self.shared.drive(attempt, &mut op).await {
                Ok(()) => return Ok(op.finish()),
                Err(Halt { again: true, .. }) if left > 0 && !op.changes() => left -= 1,
                Err(halt) => return Err(halt.error),
            }
        }
    }

    /// For layers above: writes, by their name.
    pub(crate) async fn change(&self, attempt: Attempt, items: &[Write<'_>]) -> Result<Report, WriteError> {
        let mut op = WriteMany::new(items);
        let done = match fills(items) {
            Err(e) => Err(self.shared.error(attempt, e, Duration::ZERO)),
            Ok(()) => self.shared.drive(attempt, &mut op).await.map_err(|halt| halt.error),
        };
        let report = op.finish();
        match done {
            Ok(()) => Ok(report),
            Err(error) => Err(WriteError { report, error }),
        }
    }
}

/// Who connects.
#[derive(Clone, Copy, Eq, PartialEq)]
enum By {
    Call,
    Heartbeat,
}

/// Why an attempt came to nothing; `again`: its connection was lost under it, so a read may be asked again.
struct Halt {
    error: Error,
    again: bool,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self { error, again: false }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn error(&self, attempt: Attempt, kind: impl Into<ErrorKind>, elapsed: Duration) -> Error {
        Error::new(attempt, &self.endpoint, kind, elapsed)
    }

    async fn drive<O: Operation>(self: &Arc<Self>, attempt: Attempt, op: &mut O) -> Result<(), Halt> {
        let mut began = Instant::now();
        if op.changes() && !self.options.writes {
            return Err(self.error(attempt, ConfigError::WriteGate, Duration::ZERO).into());
        }
        // A connection that was found dead before anything was sent is no failure of this call. Once: a peer that lets everybody
        // in and hangs up at once must not keep us here.
        let mut fresh = true;
        loop {
            let up = self.lock().up();
            let session = if let Some(session) = up {
                session
            } else {
                let session = self.session(By::Call).await?;
                began = Instant::now();
                session
            };
            let (kind, again) = match session.run(op, began).await {
                Ok(()) => return Ok(()),
                Err(Failure::Lost { sent: false, .. }) if core::mem::take(&mut fresh) => continue,
                Err(Failure::Lost { kind, .. }) => {
                    let again = kind.is_transient();
                    (kind, again)
                }
                Err(Failure::Call(kind)) => (kind, false),
            };
            let failed = kind.is_transient();
            let error = self.error(attempt, kind, began.elapsed());
            if failed {
                self.hub.failed(&error, again.then_some(Duration::ZERO));
            }
            return Err(Halt { error, again });
        }
    }

    /// The connection, made if there is none. One caller makes it, the others wait for what comes of it.
    async fn session(self: &Arc<Self>, by: By) -> Result<Arc<Session>, Error> {
        let seen = {
            let current = self.lock();
            if let Some(session) = current.up() {
                return Ok(session);
            }
            current.rounds
        };
        // Never closed, so there is always a permit in the end.
        let _turn = self.turn.acquire().await;
        {
            let current = self.lock();
            if let Some(session) = current.up() {
                return Ok(session);
            }
            if let Some(error) = current.outcome.as_ref().filter(|_| current.rounds != seen) {
                return Err(error.clone());
            }
            if current.closed {
                return Err(self.error(Attempt::Connect, ErrorKind::Shut, Duration::ZERO));
            }
        }
        let made = self.unless_closed(self.persist(by)).await;
        let mut current = self.lock();
        current.rounds += 1;
        match made {
            Ok(_) if current.closed => Err(self.error(Attempt::Connect, ErrorKind::Shut, Duration::ZERO)),
            Ok(session) => {
                let session = Arc::new(session);
                current.session = Some(Arc::clone(&session));
                current.outcome = None;
                current.backoff.succeeded();
                self.hub.set(State::Up);
                if let Some(interval) =
                    self.options.heartbeat.filter(|_| !core::mem::replace(&mut current.beats, true))
                {
                    tokio::spawn(beating(Arc::downgrade(self), interval));
                }
                Ok(session)
            }
            Err(error) => {
                current.outcome = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Who closes a client need not wait for its peer, nor for the next attempt.
    async fn unless_closed(
        &self,
        connecting: impl Future<Output = Result<Session, Error>>,
    ) -> Result<Session, Error> {
        let mut state = self.hub.watch();
        let mut connecting = pin!(connecting);
        let mut closed = pin!(async { state.wait_for(|state| *state == State::Closed).await.map(drop) });
        poll_fn(|cx| match (connecting.as_mut().poll(cx), closed.as_mut().poll(cx)) {
            (Poll::Ready(made), _) => Poll::Ready(made),
            (_, Poll::Ready(_)) => {
                Poll::Ready(Err(self.error(Attempt::Connect, ErrorKind::Shut, Duration::ZERO)))
            }
            _ => Poll::Pending,
        })
        .await
    }

    /// Connects: once, or after a loss as often as the policy says. The heartbeat tries once each time it beats, for it must not
    /// keep a client alive that nobody has any more.
    async fn persist(&self, by: By) -> Result<Session, Error> {
        let policy = &self.options.reconnect;
        let lost = policy.on && self.hub.state() == State::Reconnecting;
        let most = if lost { policy.attempts.unwrap_or(u32::MAX).max(1) } else { 1 };
        // A future that is dropped here leaves nobody connecting.
        let back = Back { hub: &self.hub, to: if lost { State::Reconnecting } else { State::Idle } };
        for attempt in 1.. {
            if by == By::Heartbeat && !lost {
                break;
            }
            if lost {
                let wait = self.lock().backoff.wait();
                sleep(wait).await;
            } else {
                self.hub.set_unless(Some(State::Closed), State::Connecting);
            }
            let began = Instant::now();
            let kind = match self.dial().await {
                Ok(session) => {
                    core::mem::forget(back);
                    return Ok(session);
                }
                Err(kind) => kind,
            };
            let refused = matches!(kind, ErrorKind::Protocol(_));
            let stays = !(kind.is_transient() || policy.refused && refused);
            let error = self.error(Attempt::Connect, kind, began.elapsed());
            let (wait, tries, closed) = {
                let mut current = self.lock();
                let wait = current.backoff.failed(policy, chance().map_or(0, dial::low));
                (wait, current.backoff.failures(), current.closed)
            };
            let count = if by == By::Call { attempt } else { tries };
            let last = count >= most || stays || closed;
            tracing::debug!(endpoint = &*self.endpoint, %error, attempt, "not connected");
            self.hub.failed(&error, (!last).then_some(wait));
            if by == By::Heartbeat && !last {
                return Err(error);
            }
            if last {
                core::mem::forget(back);
                self.hub.set_unless(Some(State::Closed), State::Idle);
                return Err(error);
            }
        }
        // As good as never: the attempts are counted in 32 bits.
        Err(self.error(Attempt::Connect, ErrorKind::Closed, Duration::ZERO))
    }

    /// One attempt, from the host's name to agreed limits.
    async fn dial(&self) -> Result<Session, ErrorKind> {
        let options = &self.options;
        let request = options.check()?;
        let seed = chance()?;
        let mut io = net::connect(&options.dial).await?;
        let span = tracing::debug_span!("s7", endpoint = &*self.endpoint);
        let tap = Tapped::new(options.dial.tap.as_ref(), seed, Sender::Client);
        let agree = async {
            let (mut out, mut buf) = (Vec::new(), [0; 512]);
            // A late answer of an earlier connection means nothing to one that counts from elsewhere.
            let (mut shake, mut link) = Handshake::new(request, options.limits, dial::start(seed), &mut out)?;
            loop {
                net::write_all(&io, &mut out, |octets| tap.sent(octets)).await?;
                let n = net::read(&mut io, &mut buf).await?;
                let input = buf.get(..n).unwrap_or_default();
                tap.received(input);
                match shake.receive(link, input, &mut out)? {
                    Step::More(s, l) => (shake, link) = (s, l),
                    Step::Ready(machine) => return Ok::<_, ErrorKind>(machine),
                }
            }
        };
        let agreed = timeout(options.dial.negotiate, agree).await;
        let machine = agreed.map_err(|_| ErrorKind::Timeout(Phase::Negotiate))??;
        let Limits { pdu, jobs } = machine.limits();
        span.in_scope(|| tracing::debug!(pdu, jobs, "connected"));
        let lost = if options.reconnect.on { State::Reconnecting } else { State::Idle };
        Ok(Session::new(io, machine, tap, options.request, (Arc::clone(&self.hub), lost), span))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.hub.end();
    }
}

impl Current {
    fn up(&self) -> Option<Arc<Session>> {
        self.session.as_ref().filter(|session| !session.is_dead()).map(Arc::clone)
    }
}

/// Puts the state back when connecting is given up half-way.
struct Back<'a> {
    hub: &'a Hub,
    to: State,
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.hub.set_unless(Some(State::Closed), self.to);
    }
}

/// Boxed, for the compiler: connecting starts the heartbeat, and the heartbeat connects.
fn beating(shared: Weak<Shared>, interval: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(beat(shared, interval))
}

/// The heartbeat: asks when nothing was heard since last time, and reconnects after a fault. Ends with the client.
async fn beat(shared: Weak<Shared>, interval: Duration) {
    let mut heard = 0;
    loop {
        sleep(interval).await;
        let Some(shared) = shared.upgrade() else { return };
        match shared.hub.state() {
            State::Up => {
                let Some(session) = shared.lock().up() else { continue };
                session.look();
                if session.heard() == heard && !session.is_dead() {
                    // Any answer counts, also a refusal; what does not is an event already.
                    let _ = shared.drive(Attempt::Heartbeat, &mut Read::new(BEAT)).await;
                }
                heard = session.heard();
            }
            State::Reconnecting => drop(shared.session(By::Heartbeat).await),
            _ => {}
        }
    }
}

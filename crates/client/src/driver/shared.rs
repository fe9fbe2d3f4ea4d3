//! The client on tokio, whatever it speaks: connecting, reconnecting, retries, heartbeat.
use super::session::{Failure, Session};
use super::{Call, LoggedIn, PARTING, Protocol};
use crate::dial::{self, Tapped, chance};
use crate::error::{Attempt, ConfigError, Error, ErrorKind, Phase};
use crate::net::tokio as net;
use crate::reconnect::Backoff;
use crate::state::{Events, Hub, State};
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use hepta_proto::machine::{Progress, Runs, Shake as _};
use hepta_proto::tap::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// What all clones of a client hold. The heartbeat holds what is in it, and not for longer than this lives.
#[derive(Debug)]
pub(crate) struct Driver<P: Protocol>(Arc<Shared<P>>);

#[derive(Debug)]
struct Shared<P: Protocol> {
    protocol: P,
    endpoint: Arc<str>,
    hub: Arc<Hub>,
    current: Mutex<Current<P>>,
    /// One caller connects, the others wait for what comes of it.
    turn: Semaphore,
}

/// A connection, and what is known of it.
#[derive(Debug)]
pub(crate) struct Up<P: Protocol> {
    session: Session<P::Machine>,
    pub(crate) facts: P::Facts,
}

#[derive(Debug)]
struct Current<P: Protocol> {
    up: Option<Arc<Up<P>>>,
    closed: bool,
    /// How often connecting came to an end, and how the last time, if badly.
    rounds: u64,
    outcome: Option<Error>,
    backoff: Backoff,
    beats: Option<JoinHandle<()>>,
}

impl<P: Protocol> Driver<P> {
    pub(crate) fn new(protocol: P) -> Self {
        let (hub, endpoint) = (Hub::new(), protocol.common().dial.endpoint());
        let backoff = Backoff::default();
        let current = Current { up: None, closed: false, rounds: 0, outcome: None, backoff, beats: None };
        let (current, turn) = (Mutex::new(current), Semaphore::new(1));
        Self(Arc::new(Shared { protocol, endpoint, hub, current, turn }))
    }
    pub(crate) fn protocol(&self) -> &P {
        &self.0.protocol
    }
    pub(crate) fn error(&self, attempt: Attempt, kind: impl Into<ErrorKind>) -> Error {
        self.0.error(attempt, kind, Duration::ZERO)
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub(crate) async fn connect(&self) -> Result<(), Error> {
        {
            let mut current = self.0.lock();
            if core::mem::take(&mut current.closed) {
                self.0.hub.set(State::Idle);
            }
        }
        self.up().await.map(drop)
    }
    /// The connection, made if there is none.
    pub(crate) async fn up(&self) -> Result<Arc<Up<P>>, Error> {
        self.0.up(By::Call).await
    }

    /// Runs `op`, once. What came of it is in it, also after an error.
    pub(crate) async fn once<O>(&self, call: impl Into<Call>, op: &mut O) -> Result<(), Error>
    where
        P::Machine: Runs<O>,
    {
        self.0.drive(call.into(), op).await.map_err(|halt| halt.error)
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub(crate) async fn again<O>(
        &self,
        call: impl Into<Call>,
        make: impl Fn() -> O,
    ) -> Result<<P::Machine as Runs<O>>::Output, Error>
    where
        P::Machine: Runs<O>,
    {
        let (call, mut left) = (call.into(), self.0.protocol.common().read_retries);
        loop {
            let mut op = make();
            match self.0.drive(call, &mut op).await {
                Ok(()) => return Ok(P::Machine::finish(op)),
                Err(Halt { again: true, .. }) if left > 0 && !P::Machine::changes(&op) => left -= 1,
                Err(halt) => return Err(halt.error),
            }
        }
    }

    /// What it is doing. A peer that has closed is noticed here, too.
    pub(crate) fn state(&self) -> State {
        if let Some(up) = &self.0.lock().up {
            up.session.look();
        }
        self.0.hub.state()
    }
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.0.hub.watch()
    }
    pub(crate) fn events(&self) -> Events {
        self.0.hub.subscribe()
    }

    /// Ends the connection politely. Calls in flight and later ones fail, until `connect`.
    pub(crate) async fn close(&self) {
        let up = {
            let mut current = self.0.lock();
            current.closed = true;
            // Under the lock, so that a `connect` at the same time comes before or after both.
            self.0.hub.set(State::Closed);
            current.up.take()
        };
        if let Some((io, out)) = up.and_then(|up| up.session.end(ErrorKind::Shut)) {
            // Whether the peer hears it is its own affair.
            let _ = timeout(PARTING, net::part(io, out)).await;
        }
    }
}

/// The heartbeat may be waiting for its next attempt to connect, or for an answer: nobody wants either any more.
impl<P: Protocol> Drop for Driver<P> {
    fn drop(&mut self) {
        if let Some(beats) = self.0.lock().beats.take() {
            beats.abort();
        }
        self.0.hub.end();
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

impl<P: Protocol> Shared<P> {
    fn lock(&self) -> MutexGuard<'_, Current<P>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn error(&self, attempt: Attempt, kind: impl Into<ErrorKind>, elapsed: Duration) -> Error {
        Error::new(attempt, &self.endpoint, kind, elapsed)
    }

    async fn drive<O>(self: &Arc<Self>, Call { attempt, patience }: Call, op: &mut O) -> Result<(), Halt>
    where
        P::Machine: Runs<O>,
    {
        let mut began = Instant::now();
        if P::Machine::changes(op) && !self.protocol.common().writes {
            return Err(self.error(attempt, ConfigError::WriteGate, Duration::ZERO).into());
        }
        // A connection that was found dead before anything was sent is no failure of this call. Once: a peer that lets everybody
        // in and hangs up at once must not keep us here.
        let mut fresh = true;
        loop {
            let up = self.lock().up();
            let up = if let Some(up) = up {
                up
            } else {
                let up = self.up(By::Call).await?;
                began = Instant::now();
                up
            };
            let (kind, again) = match up.session.run(op, began, patience).await {
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
    async fn up(self: &Arc<Self>, by: By) -> Result<Arc<Up<P>>, Error> {
        let seen = {
            let current = self.lock();
            if let Some(up) = current.up() {
                return Ok(up);
            }
            current.rounds
        };
        // Never closed, so there is always a permit in the end.
        let _turn = self.turn.acquire().await;
        {
            let current = self.lock();
            if let Some(up) = current.up() {
                return Ok(up);
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
            Ok(up) => {
                let up = Arc::new(up);
                current.up = Some(Arc::clone(&up));
                current.outcome = None;
                current.backoff.succeeded();
                self.hub.set(State::Up);
                if let Some(interval) = self.protocol.common().heartbeat
                    && current.beats.as_ref().is_none_or(JoinHandle::is_finished)
                {
                    current.beats = Some(tokio::spawn(beating(Arc::downgrade(self), interval)));
                }
                Ok(up)
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
        connecting: impl Future<Output = Result<Up<P>, Error>>,
    ) -> Result<Up<P>, Error> {
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

    /// Connects: once, or after a loss as often as the policy says. The heartbeat tries once each time it beats.
    async fn persist(&self, by: By) -> Result<Up<P>, Error> {
        let policy = &self.protocol.common().reconnect;
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
                Ok(up) => {
                    core::mem::forget(back);
                    return Ok(up);
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

    /// One attempt, from the host's name to a connection that others may use.
    async fn dial(&self) -> Result<Up<P>, ErrorKind> {
        let common = self.protocol.common();
        let (seed, mut out) = (chance()?, Vec::new());
        let shake = self.protocol.start(seed, &mut out)?;
        let io = net::connect(&common.dial).await?;
        let tap = Tapped::new(common.dial.tap.as_ref(), seed, Sender::Client);
        let agreed = timeout(common.dial.negotiate, self.agree(shake, io, tap, out)).await;
        let up = agreed.map_err(|_| ErrorKind::Timeout(Phase::Negotiate))??;
        up.session.tell(&self.hub, if common.reconnect.on { State::Reconnecting } else { State::Idle });
        Ok(up)
    }

    async fn agree(
        &self,
        mut shake: P::Shake,
        mut io: TcpStream,
        tap: Tapped,
        mut out: Vec<u8>,
    ) -> Result<Up<P>, ErrorKind> {
        // What a peer says at once, its certificate included; not part of the future, which is in those of all calls.
        let mut buf = vec![0; 2048];
        let machine = loop {
            net::write_all(&io, &mut out, |octets| tap.sent(octets)).await?;
            let n = net::read(&mut io, &mut buf).await?;
            let input = buf.get(..n).unwrap_or_default();
            tap.received(input);
            match shake.receive(input, &mut out) {
                Ok(Progress::More(more)) => shake = more,
                Ok(Progress::Ready(machine)) => break machine,
                Err(e) => {
                    // Why we go, if it goes at once.
                    if let Ok(n) = io.try_write(&out) {
                        tap.sent(out.get(..n).unwrap_or_default());
                    }
                    return Err(e.into());
                }
            }
        };
        net::write_all(&io, &mut out, |octets| tap.sent(octets)).await?;
        let span = tracing::debug_span!("s7", endpoint = &*self.endpoint);
        let login = self.protocol.login(&machine)?;
        let session = Session::new(io, machine, tap, self.protocol.common().request, span);
        let login: Option<LoggedIn<P>> = match login {
            None => None,
            Some(mut op) => match session.run(&mut op, Instant::now(), None).await {
                Ok(()) => Some(P::Machine::finish(op)),
                Err(Failure::Call(kind) | Failure::Lost { kind, .. }) => return Err(kind.negotiating()),
            },
        };
        let facts = session.with(|machine| self.protocol.facts(machine, login))?;
        Ok(Up { session, facts })
    }
}

impl<P: Protocol> Current<P> {
    fn up(&self) -> Option<Arc<Up<P>>> {
        self.up.as_ref().filter(|up| !up.session.is_dead()).map(Arc::clone)
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
fn beating<P: Protocol>(
    shared: Weak<Shared<P>>,
    interval: Duration,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(beat(shared, interval))
}

/// The heartbeat: asks when nothing was heard since last time, and reconnects after a fault. Ended by the last clone of its client;
/// while it rests it does not even keep the socket.
async fn beat<P: Protocol>(shared: Weak<Shared<P>>, interval: Duration) {
    let mut heard = 0;
    loop {
        sleep(interval).await;
        let Some(shared) = shared.upgrade() else { return };
        match shared.hub.state() {
            State::Up => {
                let Some(up) = shared.lock().up() else { continue };
                up.session.look();
                if up.session.heard() == heard && !up.session.is_dead() {
                    // Any answer counts, also a refusal; what does not is an event already.
                    let _ = shared.drive(Attempt::Heartbeat.into(), &mut shared.protocol.beat()).await;
                }
                heard = up.session.heard();
            }
            State::Reconnecting => drop(shared.up(By::Heartbeat).await),
            _ => {}
        }
    }
}

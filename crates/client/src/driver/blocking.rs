//! The client without a runtime, whatever it speaks: one caller, one socket, two system calls a round trip.
use super::{Call, PARTING, Protocol};
use crate::dial::{self, Tapped, chance};
use crate::error::{Attempt, ConfigError, Error, ErrorKind, Phase};
use crate::net::blocking::{Timed, connect};
use crate::reconnect::Backoff;
use crate::state::{Events, Hub, State};
use core::time::Duration;
use hepta_proto::machine::{Machine, Owner, Progress, Runs, Shake as _};
use hepta_proto::op::Want;
use hepta_proto::tap::Sender;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Instant;

const ME: Owner = Owner(0);

/// Without a heartbeat, a connection that was idle for that long is looked at before it is used: a write into a connection that
/// ended in the meantime would be lost, and nobody could say whether it was carried out.
const IDLE: Duration = Duration::from_secs(1);

/// Octets of the first read buffer: what a peer says in a handshake at once, its certificate included. Most connections never need
/// a longer one, and a long one has to be cleared.
const FIRST: usize = 2048;

#[derive(Debug)]
pub(crate) struct Driver<P: Protocol> {
    protocol: P,
    endpoint: Arc<str>,
    hub: Arc<Hub>,
    up: Option<Up<P>>,
    backoff: Backoff,
}

/// A connection, and what is known of it.
#[derive(Debug)]
struct Up<P: Protocol> {
    session: Session<P::Machine>,
    facts: P::Facts,
}

#[derive(Debug)]
struct Session<M> {
    io: Timed,
    machine: M,
    tap: Tapped,
    out: Vec<u8>,
    buf: Vec<u8>,
    /// Octets that can be on their way to us at once: `buf` grows up to that, once a read fills it.
    burst: usize,
    /// When it was last used.
    used: Instant,
    /// A call was given up for lateness, and nothing was heard since.
    silent: bool,
    span: tracing::Span,
}

/// Why a call did not come to its end; `lost`: the connection is no more.
struct Failure {
    kind: ErrorKind,
    lost: bool,
}

/// How long a call may take.
#[derive(Clone, Copy)]
struct Patience {
    began: Instant,
    /// From one answer to the next.
    each: Duration,
    /// Does silence tell of the connection? Not of one that was given less time than the options say.
    tells: bool,
    /// And whatever comes.
    end: Option<Instant>,
}

impl Patience {
    fn from(self, now: Instant) -> Instant {
        let until = now + self.each;
        self.end.map_or(until, |end| until.min(end))
    }
}

impl<P: Protocol> Driver<P> {
    pub(crate) fn new(protocol: P) -> Self {
        let (hub, endpoint) = (Hub::new(), protocol.common().dial.endpoint());
        Self { protocol, endpoint, hub, up: None, backoff: Backoff::default() }
    }
    pub(crate) const fn protocol(&self) -> &P {
        &self.protocol
    }
    pub(crate) fn error(&self, attempt: Attempt, kind: impl Into<ErrorKind>) -> Error {
        self.late_error(attempt, kind, Duration::ZERO)
    }
    fn late_error(&self, attempt: Attempt, kind: impl Into<ErrorKind>, elapsed: Duration) -> Error {
        Error::new(attempt, &self.endpoint, kind, elapsed)
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub(crate) fn connect(&mut self) -> Result<(), Error> {
        if self.hub.state() == State::Closed {
            self.hub.set(State::Idle);
        }
        self.up().map(drop)
    }
    /// What is known of the connection, made if there is none.
    pub(crate) fn facts(&mut self) -> Result<&P::Facts, Error> {
        self.up().map(|up| &up.facts)
    }

    /// Runs `op`, once. What came of it is in it, also after an error.
    pub(crate) fn once<O>(&mut self, call: impl Into<Call>, op: &mut O) -> Result<(), Error>
    where
        P::Machine: Runs<O>,
    {
        self.drive(call.into(), op).map_err(|(error, _)| error)
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub(crate) fn again<O>(
        &mut self,
        call: impl Into<Call>,
        make: impl Fn() -> O,
    ) -> Result<<P::Machine as Runs<O>>::Output, Error>
    where
        P::Machine: Runs<O>,
    {
        let (call, mut left) = (call.into(), self.protocol.common().read_retries);
        loop {
            let mut op = make();
            match self.drive(call, &mut op) {
                Ok(()) => return Ok(P::Machine::finish(op)),
                Err((_, true)) if left > 0 && !P::Machine::changes(&op) => left -= 1,
                Err((error, _)) => return Err(error),
            }
        }
    }
    /// Asks the CPU whether it is there. Any answer counts, also a refusal.
    pub(crate) fn beat(&mut self) -> Result<(), Error> {
        let mut beat = self.protocol.beat();
        match self.drive(Attempt::Heartbeat.into(), &mut beat) {
            Err((error, _)) if !matches!(error.kind(), ErrorKind::Protocol(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// What it is doing. A peer that has closed is noticed here, too.
    pub(crate) fn state(&mut self) -> State {
        if let Some(up) = &mut self.up
            && let Err(kind) = up.session.look()
        {
            self.lose(&kind);
        }
        self.hub.state()
    }
    pub(crate) fn events(&self) -> Events {
        self.hub.subscribe()
    }

    /// Ends the connection politely. Later calls fail, until `connect`.
    pub(crate) fn close(&mut self) {
        self.hub.set(State::Closed);
        if let Some(Up { session: Session { io, mut machine, mut out, tap, .. }, .. }) = self.up.take() {
            machine.close(&mut out);
            tap.sent(&out);
            // Whether the peer hears it is its own affair.
            let _ = io.part(out, PARTING);
        }
    }

    /// With an error comes whether the connection was lost under it, so that a read may be asked again.
    fn drive<O>(&mut self, call: Call, op: &mut O) -> Result<(), (Error, bool)>
    where
        P::Machine: Runs<O>,
    {
        let Call { attempt, patience } = call;
        let common = self.protocol.common();
        if P::Machine::changes(op) && !common.writes {
            return Err((self.error(attempt, ConfigError::WriteGate), false));
        }
        let (idle, usual) = (common.heartbeat.unwrap_or(IDLE), common.request);
        let each = patience.unwrap_or(usual);
        let mut began = Instant::now();
        // What is found dead before anything is sent is no failure of this call.
        if let Some(up) = &mut self.up
            && began.saturating_duration_since(up.session.used) > idle
            && let Err(kind) = up.session.look()
        {
            self.lose(&kind);
        }
        if self.up.is_none() {
            self.up().map_err(|error| (error, false))?;
            began = Instant::now();
        }
        let up = self.up().map_err(|error| (error, false))?;
        let patience = Patience { began, each, tells: each >= usual, end: None };
        let Err(Failure { kind, lost }) = up.session.run(op, patience) else { return Ok(()) };
        if lost {
            self.lose(&kind);
        }
        let again = lost && kind.is_transient() && !matches!(kind, ErrorKind::Timeout(_));
        let failed = kind.is_transient();
        let error = self.late_error(attempt, kind, began.elapsed());
        if failed {
            self.hub.failed(&error, again.then_some(Duration::ZERO));
        }
        Err((error, again))
    }

    fn lose(&mut self, why: &ErrorKind) {
        if let Some(up) = self.up.take() {
            up.session.span.in_scope(|| tracing::debug!(%why, "connection lost"));
        }
        let on = self.protocol.common().reconnect.on;
        self.hub.set(if on { State::Reconnecting } else { State::Idle });
    }

    #[inline]
    fn up(&mut self) -> Result<&mut Up<P>, Error> {
        let made = if self.up.is_none() { Some(self.persist()?) } else { None };
        match made {
            Some(up) => Ok(self.up.insert(up)),
            None => self.up.as_mut().ok_or_else(|| shut(&self.endpoint)),
        }
    }

    /// Connects: once, or after a loss as often as the policy says.
    fn persist(&mut self) -> Result<Up<P>, Error> {
        if self.hub.state() == State::Closed {
            return Err(shut(&self.endpoint));
        }
        let policy = self.protocol.common().reconnect;
        let lost = policy.on && self.hub.state() == State::Reconnecting;
        let most = if lost { policy.attempts.unwrap_or(u32::MAX).max(1) } else { 1 };
        let mut attempt = 0;
        loop {
            attempt += 1;
            if lost {
                sleep(self.backoff.wait());
            } else {
                self.hub.set(State::Connecting);
            }
            let began = Instant::now();
            let kind = match self.dial() {
                Ok(up) => {
                    self.backoff.succeeded();
                    self.hub.set(State::Up);
                    return Ok(up);
                }
                Err(kind) => kind,
            };
            let refused = matches!(kind, ErrorKind::Protocol(_));
            let stays = !(kind.is_transient() || policy.refused && refused);
            let error = self.late_error(Attempt::Connect, kind, began.elapsed());
            let wait = self.backoff.failed(&policy, chance().map_or(0, dial::low));
            let last = attempt >= most || stays;
            tracing::debug!(endpoint = &*self.endpoint, %error, attempt, "not connected");
            self.hub.failed(&error, (!last).then_some(wait));
            if last {
                self.hub.set(State::Idle);
                return Err(error);
            }
        }
    }

    /// One attempt, from the host's name to a connection that may be used.
    fn dial(&self) -> Result<Up<P>, ErrorKind> {
        let common = self.protocol.common();
        let (seed, mut out) = (chance()?, Vec::new());
        let mut shake = self.protocol.start(seed, &mut out)?;
        let io = connect(&common.dial)?;
        let tap = Tapped::new(common.dial.tap.as_ref(), seed, Sender::Client);
        let end = Instant::now() + common.dial.negotiate;
        let mut io = Timed::new(io, common.dial.negotiate)?;
        let mut buf = vec![0; FIRST];
        let machine = loop {
            tap.sent(&out);
            io.write_all(&mut out, end).map_err(ErrorKind::negotiating)?;
            let left = end.saturating_duration_since(Instant::now());
            let n = io.read(&mut buf, left)?.ok_or(ErrorKind::Timeout(Phase::Negotiate))?;
            let input = buf.get(..n).unwrap_or_default();
            tap.received(input);
            match shake.receive(input, &mut out) {
                Ok(Progress::More(more)) => shake = more,
                Ok(Progress::Ready(machine)) => break machine,
                Err(e) => {
                    io.last_word(&out, &tap);
                    return Err(e.into());
                }
            }
        };
        if !out.is_empty() {
            tap.sent(&out);
            io.write_all(&mut out, end).map_err(ErrorKind::negotiating)?;
        }
        let span = tracing::debug_span!("s7", endpoint = &*self.endpoint);
        let (login, began) = (self.protocol.login(&machine)?, Instant::now());
        let mut session = Session { io, machine, tap, out, buf, burst: 0, used: began, silent: false, span };
        let login = match login {
            None => None,
            Some(mut op) => {
                let patience = Patience { began, each: common.request, tells: true, end: Some(end) };
                session.run(&mut op, patience).map_err(|failure| failure.kind.negotiating())?;
                Some(<P::Machine as Runs<P::Login>>::finish(op))
            }
        };
        let facts = session.span.in_scope(|| self.protocol.facts(&session.machine, login))?;
        session.burst = P::burst(&facts).min(64 * 1024);
        session.io = session.io.timed(common.request)?;
        Ok(Up { session, facts })
    }
}

fn shut(endpoint: &Arc<str>) -> Error {
    Error::new(Attempt::Connect, endpoint, ErrorKind::Shut, Duration::ZERO)
}

impl<M: Machine> Session<M> {
    /// Looks whether the peer has gone.
    fn look(&mut self) -> Result<(), ErrorKind> {
        self.io.peek().map(drop)
    }

    fn run<O>(&mut self, op: &mut O, patience: Patience) -> Result<(), Failure>
    where
        M: Runs<O>,
    {
        let done = self.exchange(op, patience);
        let Err(failure) = done else { return Ok(()) };
        self.machine.abandon(ME);
        if failure.lost {
            // What the machine still has to say, an alert for one.
            self.io.last_word(&self.out, &self.tap);
            self.out.clear();
        } else {
            // What is written counts as sent: the machine waits for an answer, and a cipher for the next record.
            self.flush(patience.from(Instant::now()))?;
        }
        Err(failure)
    }

    fn flush(&mut self, until: Instant) -> Result<(), Failure> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.tap.sent(&self.out);
        self.io.write_all(&mut self.out, until).map_err(Failure::of_all)
    }

    fn exchange<O>(&mut self, op: &mut O, patience: Patience) -> Result<(), Failure>
    where
        M: Runs<O>,
    {
        let Patience { began, tells, .. } = patience;
        let mut until = patience.from(began);
        let (mut waiting, mut left) = (0_usize, until.saturating_duration_since(began));
        self.used = began;
        loop {
            let asked = self.machine.ask(ME, op, &mut self.out).map_err(Failure::of_call)?;
            waiting += asked.sent;
            self.flush(until)?;
            if asked.want == Want::Nothing && waiting == 0 {
                return Ok(());
            }
            let Some(n) = self.io.read(&mut self.buf, left).map_err(Failure::of_all)? else {
                // Two in a row with nothing in between: this is no connection any more.
                let lost = tells && core::mem::replace(&mut self.silent, true);
                return Err(Failure { kind: ErrorKind::Timeout(Phase::Request), lost });
            };
            self.silent = false;
            let (mut input, mut verdict, mut heard) = (self.buf.get(..n).unwrap_or_default(), Ok(()), false);
            self.tap.received(input);
            // Even after a failure the input is used up: what is left of it may be replies that someone must discard.
            while let Some(arrival) = self
                .machine
                .next(&mut input, &mut self.out)
                .map_err(|e| Failure::of_all(ErrorKind::fault(e)))?
            {
                if arrival.owner == Some(ME) && verdict.is_ok() {
                    heard = true;
                    verdict = M::deliver(arrival.tag, op, arrival.message)
                        .map(|n| waiting = waiting.saturating_sub(n));
                }
            }
            if n == self.buf.len() && n < self.burst {
                self.buf.resize(self.burst, 0);
            }
            verdict.map_err(Failure::of_call)?;
            if waiting > 0 || M::want(op) != Want::Nothing {
                let now = Instant::now();
                // Octets alone do not count, nor do late answers to others: only what brings this call on.
                if heard {
                    until = patience.from(now);
                }
                left = until.saturating_duration_since(now);
            }
        }
    }
}

impl Failure {
    /// Of this call alone.
    fn of_call(e: hepta_proto::Error) -> Self {
        Self { kind: e.into(), lost: false }
    }
    /// Of the connection.
    const fn of_all(kind: ErrorKind) -> Self {
        Self { kind, lost: true }
    }
}

impl<P: Protocol> Drop for Driver<P> {
    fn drop(&mut self) {
        self.hub.end();
    }
}

//! The client without a runtime: one caller, one socket, two system calls a round trip.
use super::{BEAT, fills};
use crate::dial::{self, Tapped, chance};
use crate::error::{Attempt, ConfigError, Error, ErrorKind, Phase, WriteError};
use crate::net::blocking::{Timed, connect};
use crate::options::Options;
use crate::reconnect::Backoff;
use crate::state::{Events, Hub, State};
use core::time::Duration;
use hepta_proto::classic::Limits;
use hepta_proto::classic::client::{Client as Machine, Handshake, Owner, Step};
use hepta_proto::classic::op::{Items, Plan, Read, ReadMany, Report, Span, Szl, Write, WriteMany};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::iso::Granted;
use hepta_proto::op::{Operation, Want};
use hepta_proto::tap::Sender;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Instant;

const ME: Owner = Owner(0);

/// Without a heartbeat, a connection that was idle for that long is looked at before it is used: a write into a connection that
/// ended in the meantime would be lost, and nobody could say whether it was carried out.
const IDLE: Duration = Duration::from_secs(1);

/// A client of one CPU, for one caller: a thread, or many behind a mutex of theirs. No runtime inside.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the next call connects anew
/// ([`Reconnect`](crate::Reconnect)). Reads are asked again after a fault, as often as
/// [`read_retries`](Options::read_retries) says; what may change the PLC is never sent twice.
///
/// **Order.** Calls are carried out one after the other. Within one call, reads have several requests in flight; writes have one.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails; its late answer is dropped
/// and never reaches another call. When two in a row fail so and nothing was heard in between, the connection is given up.
#[derive(Debug)]
pub struct Client {
    options: Options,
    endpoint: Arc<str>,
    hub: Arc<Hub>,
    session: Option<Session>,
    backoff: Backoff,
}

#[derive(Debug)]
struct Session {
    io: Timed,
    machine: Machine,
    tap: Tapped,
    out: Vec<u8>,
    buf: Vec<u8>,
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

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        let (hub, endpoint) = (Hub::new(), options.dial.endpoint());
        Self { options, endpoint, hub, session: None, backoff: Backoff::default() }
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.hub.state() == State::Closed {
            self.hub.set(State::Idle);
        }
        self.session().map(drop)
    }

    /// The octets of one item, of any length. A refusal is an error.
    pub fn read(&mut self, span: Span) -> Result<Vec<u8>, Error> {
        self.again(Attempt::Read(span), || Read::new(span))
    }
    /// Octets of a data block.
    pub fn read_db(&mut self, db: u16, start: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(Span::db(db, start, len))
    }
    /// Many items, as few requests as they fit into, each with its own result.
    pub fn read_many(&mut self, items: &[Span]) -> Result<Items, Error> {
        let merge = self.options.merge;
        self.again(Attempt::ReadMany(items.len()), || ReadMany::new(items, merge))
    }
    /// Many items, after a plan that was kept.
    pub fn read_planned(&mut self, plan: &Plan) -> Result<Items, Error> {
        self.again(Attempt::ReadMany(plan.spans().len()), || ReadMany::planned(plan))
    }
    /// What `read_many` would ask. Keep it, and save the planning each time. Connects, for it is made for what was granted.
    pub fn plan(&mut self, items: &[Span]) -> Result<Plan, Error> {
        let limits = self.limits()?;
        Plan::reads(items, limits, self.options.merge)
            .map_err(|e| self.error(Attempt::ReadMany(items.len()), e, Duration::ZERO))
    }
    /// Writes one item, of any length. A refusal is an error.
    pub fn write(&mut self, span: Span, data: &[u8]) -> Result<(), WriteError> {
        let report = self.change(Attempt::Write(span), &[Write { span, data }])?;
        match super::refusal(&report) {
            None => Ok(()),
            Some(e) => {
                let error = self.error(Attempt::Write(span), e, Duration::ZERO);
                Err(WriteError { report, error })
            }
        }
    }
    /// Writes many items, in their order, and says what became of each piece. That single items were refused is no error.
    pub fn write_many(&mut self, items: &[Write<'_>]) -> Result<Report, WriteError> {
        self.change(Attempt::WriteMany(items.len()), items)
    }
    /// A system state list with its head, for [`List`](hepta_proto::classic::szl::List) to read.
    pub fn szl(&mut self, id: SzlId, index: u16) -> Result<Vec<u8>, Error> {
        self.again(Attempt::Szl(id, index), || Szl::new(id, index))
    }
    /// Runs any operation, once: what it was made of is used up, so it is not asked again after a fault. Give `&mut op` to look
    /// at it afterwards, also after an error.
    pub fn run<O: Operation>(&mut self, mut op: O) -> Result<O::Output, Error> {
        match self.drive(Attempt::Run, &mut op) {
            Ok(()) => Ok(op.finish()),
            Err((error, _)) => Err(error),
        }
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub fn run_again<O: Operation>(&mut self, make: impl Fn() -> O) -> Result<O::Output, Error> {
        self.again(Attempt::Run, make)
    }
    /// Asks the CPU whether it is there, with the cheapest job. Any answer counts, also a refusal.
    pub fn beat(&mut self) -> Result<(), Error> {
        match self.drive(Attempt::Heartbeat, &mut Read::new(BEAT)) {
            Err((error, _)) if !matches!(error.kind(), ErrorKind::Protocol(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// What was agreed. Connects, if there is no connection.
    pub fn limits(&mut self) -> Result<Limits, Error> {
        self.session().map(|session| session.machine.limits())
    }
    /// What the transport granted. Connects, if there is no connection.
    pub fn granted(&mut self) -> Result<Granted, Error> {
        self.session().map(|session| session.machine.granted().clone())
    }
    /// What it is doing. `Up` is looked after: a peer that has closed is noticed here, too.
    pub fn state(&mut self) -> State {
        if let Some(session) = &mut self.session
            && let Err(kind) = session.look()
        {
            self.lose(&kind);
        }
        self.hub.state()
    }
    /// Is there a connection that stands, as far as can be told without asking the CPU?
    pub fn is_alive(&mut self) -> bool {
        self.state() == State::Up
    }
    /// State changes and failed attempts from now on, also those that a retry heals.
    pub fn events(&self) -> Events {
        self.hub.subscribe()
    }
    /// The options it was made with.
    pub const fn options(&self) -> &Options {
        &self.options
    }
    /// Ends the connection politely, within a second. Later calls fail, until `connect`.
    pub fn close(&mut self) {
        self.hub.set(State::Closed);
        if let Some(Session { io, machine, mut out, tap, .. }) = self.session.take() {
            out.clear();
            machine.close(&mut out);
            tap.sent(&out);
            // Whether the peer hears it is its own affair.
            let _ = io.part(out, super::PARTING);
        }
    }

    /// What the caller asked for cannot be.
    pub(super) fn mistake(&self, attempt: Attempt, kind: ConfigError) -> Error {
        self.error(attempt, kind, Duration::ZERO)
    }

    fn error(&self, attempt: Attempt, kind: impl Into<ErrorKind>, elapsed: Duration) -> Error {
        Error::new(attempt, &self.endpoint, kind, elapsed)
    }

    /// For layers above: an operation that changes nothing, by its name, and made anew for each attempt.
    pub(crate) fn again<O: Operation>(
        &mut self,
        attempt: Attempt,
        make: impl Fn() -> O,
    ) -> Result<O::Output, Error> {
        let mut left = self.options.read_retries;
        loop {
            let mut op = make();
            match self.drive(attempt, &mut op) {
                Ok(()) => return Ok(op.finish()),
                Err((_, true)) if left > 0 && !op.changes() => left -= 1,
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// For layers above: writes, by their name.
    pub(crate) fn change(&mut self, attempt: Attempt, items: &[Write<'_>]) -> Result<Report, WriteError> {
        let mut op = WriteMany::new(items);
        let done = match fills(items) {
            Err(e) => Err(self.error(attempt, e, Duration::ZERO)),
            Ok(()) => self.drive(attempt, &mut op).map_err(|(error, _)| error),
        };
        let report = op.finish();
        match done {
            Ok(()) => Ok(report),
            Err(error) => Err(WriteError { report, error }),
        }
    }

    /// With an error comes whether the connection was lost under it, so that a read may be asked again.
    fn drive<O: Operation>(&mut self, attempt: Attempt, op: &mut O) -> Result<(), (Error, bool)> {
        if op.changes() && !self.options.writes {
            return Err((self.error(attempt, ConfigError::WriteGate, Duration::ZERO), false));
        }
        let mut began = Instant::now();
        let idle = self.options.heartbeat.unwrap_or(IDLE);
        // What is found dead before anything is sent is no failure of this call.
        if let Some(session) = &mut self.session
            && began.saturating_duration_since(session.used) > idle
            && let Err(kind) = session.look()
        {
            self.lose(&kind);
        }
        let time = self.options.request;
        if self.session.is_none() {
            self.session().map_err(|error| (error, false))?;
            began = Instant::now();
        }
        let session = self.session().map_err(|error| (error, false))?;
        let Err(Failure { kind, lost }) = session.run(op, began, time) else { return Ok(()) };
        if lost {
            self.lose(&kind);
        }
        let again = lost && kind.is_transient() && !matches!(kind, ErrorKind::Timeout(_));
        let failed = kind.is_transient();
        let error = self.error(attempt, kind, began.elapsed());
        if failed {
            self.hub.failed(&error, again.then_some(Duration::ZERO));
        }
        Err((error, again))
    }

    fn lose(&mut self, why: &ErrorKind) {
        if let Some(session) = self.session.take() {
            session.span.in_scope(|| tracing::debug!(%why, "connection lost"));
        }
        self.hub.set(if self.options.reconnect.on { State::Reconnecting } else { State::Idle });
    }

    #[inline]
    fn session(&mut self) -> Result<&mut Session, Error> {
        let made = if self.session.is_none() { Some(self.persist()?) } else { None };
        match made {
            Some(session) => Ok(self.session.insert(session)),
            None => self.session.as_mut().ok_or_else(|| shut(&self.endpoint)),
        }
    }

    /// Connects: once, or after a loss as often as the policy says.
    fn persist(&mut self) -> Result<Session, Error> {
        if self.hub.state() == State::Closed {
            return Err(shut(&self.endpoint));
        }
        let policy = self.options.reconnect;
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
                Ok(session) => {
                    self.backoff.succeeded();
                    self.hub.set(State::Up);
                    return Ok(session);
                }
                Err(kind) => kind,
            };
            let refused = matches!(kind, ErrorKind::Protocol(_));
            let stays = !(kind.is_transient() || policy.refused && refused);
            let error = self.error(Attempt::Connect, kind, began.elapsed());
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

    /// One attempt, from the host's name to agreed limits.
    fn dial(&self) -> Result<Session, ErrorKind> {
        const LATE: ErrorKind = ErrorKind::Timeout(Phase::Negotiate);
        let options = &self.options;
        let request = options.check()?;
        let seed = chance()?;
        let io = connect(&options.dial)?;
        let span = tracing::debug_span!("s7", endpoint = &*self.endpoint);
        let tap = Tapped::new(options.dial.tap.as_ref(), seed, Sender::Client);
        let until = Instant::now() + options.dial.negotiate;
        let mut io = Timed::new(io, options.dial.negotiate)?;
        let (mut out, mut buf) = (Vec::new(), vec![0; 512]);
        // A late answer of an earlier connection means nothing to one that counts from elsewhere.
        let (mut shake, mut link) = Handshake::new(request, options.limits, dial::start(seed), &mut out)?;
        let machine = loop {
            tap.sent(&out);
            io.write_all(&mut out)?;
            let left = until.saturating_duration_since(Instant::now());
            let n = io.read(&mut buf, left)?.ok_or(LATE)?;
            let input = buf.get(..n).unwrap_or_default();
            tap.received(input);
            match shake.receive(link, input, &mut out)? {
                Step::More(s, l) => (shake, link) = (s, l),
                Step::Ready(machine) => break machine,
            }
        };
        let Limits { pdu, jobs } = machine.limits();
        span.in_scope(|| tracing::debug!(pdu, jobs, "connected"));
        // One read takes all that can be on its way.
        buf.resize(((usize::from(pdu) + 7) * usize::from(jobs)).min(64 * 1024), 0);
        let io = io.timed(options.request)?;
        Ok(Session { io, machine, tap, out, buf, used: Instant::now(), silent: false, span })
    }
}

fn shut(endpoint: &Arc<str>) -> Error {
    Error::new(Attempt::Connect, endpoint, ErrorKind::Shut, Duration::ZERO)
}

impl Session {
    /// Looks whether the peer has gone.
    fn look(&mut self) -> Result<(), ErrorKind> {
        self.io.peek().map(drop)
    }

    fn run<O: Operation>(&mut self, op: &mut O, began: Instant, time: Duration) -> Result<(), Failure> {
        let done = self.exchange(op, began, time);
        self.out.clear();
        if done.is_err() {
            self.machine.abandon(ME);
        }
        done
    }

    fn exchange<O: Operation>(&mut self, op: &mut O, began: Instant, time: Duration) -> Result<(), Failure> {
        let lost = |kind| Failure { kind, lost: true };
        let (mut waiting, mut until, mut left) = (0_usize, began + time, time);
        self.used = began;
        loop {
            let asked = self.machine.ask(ME, op, &mut self.out).map_err(Failure::of_call)?;
            waiting += asked.sent;
            if !self.out.is_empty() {
                self.tap.sent(&self.out);
                self.io.write_all(&mut self.out).map_err(lost)?;
            }
            if asked.want == Want::Nothing && waiting == 0 {
                return Ok(());
            }
            let Some(n) = self.io.read(&mut self.buf, left).map_err(lost)? else {
                // Two in a row with nothing in between: this is no connection any more.
                let lost = core::mem::replace(&mut self.silent, true);
                return Err(Failure { kind: ErrorKind::Timeout(Phase::Request), lost });
            };
            self.silent = false;
            let (mut input, mut verdict, mut heard) = (self.buf.get(..n).unwrap_or_default(), Ok(()), false);
            self.tap.received(input);
            // Even after a failure the input is used up: what is left of it may be replies that someone must discard.
            while let Some(arrival) = self.machine.next(&mut input).map_err(|e| lost(ErrorKind::fault(e)))? {
                if arrival.owner == Some(ME) && verdict.is_ok() {
                    heard = true;
                    verdict =
                        arrival.tag.deliver(op, arrival.message).map(|n| waiting = waiting.saturating_sub(n));
                }
            }
            verdict.map_err(Failure::of_call)?;
            if waiting > 0 || op.want() != Want::Nothing {
                let now = Instant::now();
                // Octets alone do not count, nor do late answers to others: only what brings this call on.
                if heard {
                    until = now + time;
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
}

impl Drop for Client {
    fn drop(&mut self) {
        self.hub.end();
    }
}

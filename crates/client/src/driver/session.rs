//! One connection on tokio: one socket, any number of callers, and no task between them.
//!
//! ```text
//!  caller A  ask ─┐                    ┌─ take, done, leads on another      leader: the caller that reads the socket
//!  caller B  ask ─┼─ outbox ─> socket ─┤─ inbox of B, wake B                it hands on what is for others
//!  caller C  ask ─┘                    └─ inbox of C, wake C
//! ```
//!
//! A caller writes its request itself, at once, and if nobody reads the socket it reads it, too: alone it needs no channel, no
//! other task, no copy, three system calls. When the leader is done or dropped, another caller leads. All state lies behind one
//! std mutex, held for as long as a non-blocking read or write takes and never over an await.
//!
//! A leader may also be kept and not polled: a `select!` whose other branch makes a call of its own, a stream of calls whose
//! consumer makes one. What wakes the leader then polls somebody else of its task, so whoever is polled for nothing of its own
//! takes over, and so does whoever is polled before the one that a duty was just handed to. Callers of other tasks learn of it when the timer rings, for that wakes them all.
//!
//! Why answers cannot shift: a reply finds its caller by reference and function in the machine's table. A dropped future
//! leaves its references there without an owner, and their late replies go nowhere.
use crate::dial::Tapped;
use crate::error::{ErrorKind, Phase};
use crate::state::{Hub, State};
use core::cell::Cell;
use core::future::poll_fn;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker, ready};
use core::time::Duration;
use hepta_proto::machine::{Machine, Owner, Runs};
use hepta_proto::op::Want;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::Span;

/// Octets of a thread's read buffer. It bounds the burst of answers that one read takes.
const SCRATCH_LEN: usize = 16 * 1024;

/// Reads of a flooding peer before the clock is looked at all the same.
const FLOOD: u32 = 32;

thread_local! {
    /// One read buffer for all connections of a thread: the link keeps what is half, so nothing stays in here. It is taken out
    /// while in use, so a tap that drives another connection finds none and makes its own.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn with_scratch<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    if scratch.is_empty() {
        scratch.resize(SCRATCH_LEN, 0);
    }
    let result = work(&mut scratch);
    // A thread that is ending has no place for it any more.
    let _ = SCRATCH.try_with(|place| place.set(scratch));
    result
}

/// A connection.
#[derive(Debug)]
pub(super) struct Session<M: Machine> {
    core: Mutex<Core<M>>,
    dead: Arc<AtomicBool>,
    /// Of calls that have none of their own.
    patience: Duration,
}

/// Why a call did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection is no more. `sent`: something of this call had left.
    Lost { kind: ErrorKind, sent: bool },
    /// This call alone failed.
    Call(ErrorKind),
}

#[derive(Debug)]
struct Core<M: Machine> {
    /// `None` once there is a fault: a socket is closed at once, not when the last caller has heard of it.
    io: Option<TcpStream>,
    machine: M,
    tap: Tapped,
    /// Written by machines, not yet taken by the socket, and who will see to that.
    out: Vec<u8>,
    flusher: Option<usize>,
    slots: Vec<Slot<M::Tag>>,
    free: Vec<usize>,
    /// Callers that wait for room among the agreed jobs, first come first served.
    queue: VecDeque<usize>,
    leader: Option<usize>,
    /// Duties were given to another caller, which was not polled since.
    handed: bool,
    fault: Option<ErrorKind>,
    timer: Pin<Box<Sleep>>,
    /// Whom the timer wakes, and the waker that does so.
    bell: (Arc<Bell>, Waker),
    /// Reads that brought something: what the heartbeat compares, and the clock.
    heard: u64,
    heard_before: u64,
    /// When a call was given up for lateness, and nothing has come since.
    silent: Option<Instant>,
    dead: Arc<AtomicBool>,
    /// Who is told of a fault, and what it makes of the client; nobody before the client has the connection.
    told: Option<(Arc<Hub>, State)>,
    span: Span,
}

/// Wakes all callers: the one that keeps the time for all may be kept and never polled.
#[derive(Debug, Default)]
struct Bell(Mutex<Vec<Option<Waker>>>);

impl Bell {
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Waker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn note(&self, me: usize, waker: &Waker) {
        let mut wakers = self.lock();
        if wakers.len() <= me {
            wakers.resize(me + 1, None);
        }
        if let Some(place) = wakers.get_mut(me) {
            *place = Some(waker.clone());
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = self.lock().clone();
        wakers.iter().flatten().for_each(Waker::wake_by_ref);
    }
}

/// A caller's place while its future lives.
#[derive(Debug)]
struct Slot<T> {
    busy: bool,
    waker: Option<Waker>,
    /// Messages that the leader read for this caller: tags and lengths, and the octets in a row.
    inbox: Vec<(T, usize)>,
    octets: Vec<u8>,
    since: Instant,
    patience: Duration,
    deadline: Instant,
    /// Something came since the deadline was set. A clock is read when the timer rings, not for each reply.
    heard: bool,
    late: bool,
}

impl<M: Machine> Session<M> {
    pub(super) fn new(io: TcpStream, machine: M, tap: Tapped, patience: Duration, span: Span) -> Self {
        let dead = Arc::new(AtomicBool::new(false));
        let bell = Arc::<Bell>::default();
        let core = Core {
            io: Some(io),
            machine,
            tap,
            out: Vec::new(),
            flusher: None,
            slots: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            leader: None,
            handed: false,
            fault: None,
            timer: Box::pin(sleep_until(Instant::now() + patience)),
            bell: (Arc::clone(&bell), bell.into()),
            heard: 0,
            heard_before: 0,
            silent: None,
            dead: Arc::clone(&dead),
            told: None,
            span,
        };
        Self { core: Mutex::new(core), dead, patience }
    }
    /// What it made of `look`, under the lock: the machine, in the span of the connection.
    pub(super) fn with<R>(&self, look: impl FnOnce(&M) -> R) -> R {
        let core = self.lock();
        core.span.in_scope(|| look(&core.machine))
    }
    /// From now on `hub` is told of a fault, which makes `lost` of the client.
    pub(super) fn tell(&self, hub: &Arc<Hub>, lost: State) {
        self.lock().told = Some((Arc::clone(hub), lost));
    }
    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }
    /// Looks whether the peer has gone, where nobody else would notice. Costs nothing while there is nothing to read.
    pub(super) fn look(&self) {
        let mut core = self.lock();
        if core.callers() == 0 {
            let _ = core.drain();
        }
    }
    /// How often something came, ever.
    pub(super) fn heard(&self) -> u64 {
        self.lock().heard
    }
    /// Ends the connection for all its callers; gives the socket and what to say on it, if it still stands.
    pub(super) fn end(&self, why: ErrorKind) -> Option<(TcpStream, Vec<u8>)> {
        let mut core = self.lock();
        let io = core.io.take();
        let mut out = core::mem::take(&mut core.out);
        core.machine.close(&mut out);
        core.tap.sent(&out);
        core.fail(why);
        io.map(|io| (io, out))
    }

    /// Runs `op` to its end, with a patience of its own if one is given. The future may be dropped at any time.
    pub(super) async fn run<O>(
        &self,
        op: &mut O,
        now: Instant,
        patience: Option<Duration>,
    ) -> Result<(), Failure>
    where
        M: Runs<O>,
    {
        let patience = patience.unwrap_or(self.patience);
        let mut call = Call { session: self, me: None, waiting: 0, sent: false, now, patience };
        poll_fn(|cx| call.poll(op, cx)).await
    }

    fn lock(&self) -> MutexGuard<'_, Core<M>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call: leaves its place in good order, however it ends.
struct Call<'a, M: Machine> {
    session: &'a Session<M>,
    me: Option<usize>,
    /// Requests that were sent and not answered yet.
    waiting: usize,
    sent: bool,
    now: Instant,
    patience: Duration,
}

impl<M: Machine> Drop for Call<'_, M> {
    fn drop(&mut self) {
        if let Some(me) = self.me {
            self.session.lock().leave(me);
        }
    }
}

impl<M: Machine> Call<'_, M> {
    fn poll<O>(&mut self, op: &mut O, cx: &mut Context<'_>) -> Poll<Result<(), Failure>>
    where
        M: Runs<O>,
    {
        let mut core = self.session.lock();
        let (me, woken) = match self.me {
            Some(me) => (me, true),
            None => match core.enter(self.now, self.patience) {
                Ok(me) => (*self.me.insert(me), false),
                Err(kind) => return Poll::Ready(Err(Failure::Lost { kind, sent: false })),
            },
        };
        let patience = self.session.patience;
        let done = ready!(core.advance((me, woken), (&mut self.waiting, &mut self.sent), patience, op, cx));
        core.leave(me);
        self.me = None;
        // A fault that is there now came by this call, or to it.
        Poll::Ready(done.map_err(|kind| match &core.fault {
            Some(fault) if *fault == kind => Failure::Lost { kind, sent: self.sent },
            _ => Failure::Call(kind),
        }))
    }
}

impl<M: Machine> Core<M> {
    fn callers(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn enter(&mut self, now: Instant, patience: Duration) -> Result<usize, ErrorKind> {
        if self.callers() == 0 {
            self.drain()?;
        }
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let deadline = now + patience;
        // The timer is set anew only after it has rung: once per `patience`, not once per call. A call of less patience than the
        // others sets it, too.
        if self.timer.deadline() <= now || deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
        let me = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                busy: true,
                waker: None,
                inbox: Vec::new(),
                octets: Vec::new(),
                since: now,
                patience,
                deadline,
                heard: false,
                late: false,
            });
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(me) {
            (slot.busy, slot.since, slot.heard, slot.late) = (true, now, false, false);
            (slot.patience, slot.deadline) = (patience, deadline);
        }
        Ok(me)
    }

    fn leave(&mut self, me: usize) {
        self.machine.abandon(Owner(me));
        if let Some(slot) = self.slots.get_mut(me) {
            slot.busy = false;
            slot.inbox.clear();
            slot.octets.clear();
        }
        self.free.push(me);
        if !self.queue.is_empty() {
            self.queue.retain(|q| *q != me);
            self.wake_queue();
        }
        // A duty is given to the next by name, not by a wake alone: one that is woken may be dropped before it runs, and then this
        // very line passes the duty on.
        let flushes = !self.out.is_empty() && self.flusher.is_none_or(|flusher| flusher == me);
        if self.leader == Some(me) || flushes {
            let next = self.slots.iter().position(|s| s.busy);
            if self.leader == Some(me) {
                self.leader = next;
            }
            if flushes {
                self.flusher = next;
            }
            self.handed = next.is_some();
            match next {
                Some(next) => self.wake(next),
                None if flushes => self.flush_last(),
                None => {}
            }
        }
    }

    /// Nobody is left to flush what was written. It goes now or never: a write must not lie here until somebody else's call
    /// sends it along.
    fn flush_last(&mut self) {
        if self.io.is_none() {
            return self.out.clear();
        }
        self.write_now();
        if !self.out.is_empty() {
            self.fail(ErrorKind::Silent);
        }
    }

    /// One write, of as much as goes at once.
    fn write_now(&mut self) {
        if let Some(Ok(n)) = self.io.as_ref().map(|io| io.try_write(&self.out)) {
            self.tap.sent(self.out.get(..n).unwrap_or_default());
            self.out.drain(..n);
        }
    }

    /// Ends a connection whose octets make no sense. `before`: what was in the outbox; what is more is the machine's last word,
    /// which still goes out if it goes at once.
    fn fail_by(&mut self, e: hepta_proto::Error, before: usize) -> ErrorKind {
        if self.out.len() > before {
            self.write_now();
        }
        self.fail(ErrorKind::fault(e))
    }

    fn wake(&self, who: usize) {
        if let Some(slot) = self.slots.get(who) {
            slot.wake();
        }
    }

    fn is_late(&self, me: usize) -> bool {
        self.slots.get(me).is_none_or(|slot| slot.late)
    }

    /// `woken`: this is not the first poll of the call.
    fn advance<O>(
        &mut self,
        (me, woken): (usize, bool),
        (waiting, sent): (&mut usize, &mut bool),
        patience: Duration,
        op: &mut O,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ErrorKind>>
    where
        M: Runs<O>,
    {
        const LATE: ErrorKind = ErrorKind::Timeout(Phase::Request);
        if self.is_late(me) {
            return Poll::Ready(Err(LATE));
        }
        // Polled for nothing of its own, as far as is known yet.
        let mut idle = woken && self.flusher != Some(me);
        if let Some(Slot { inbox, octets, .. }) = self.slots.get_mut(me) {
            idle &= inbox.is_empty();
            let mut rest = &octets[..];
            for (tag, len) in inbox.drain(..) {
                let (message, more) = rest.split_at_checked(len).unwrap_or_default();
                *waiting = waiting.saturating_sub(M::deliver(tag, op, message)?);
                rest = more;
            }
            octets.clear();
        }
        let handed = core::mem::take(&mut self.handed);
        let mut reads = 0;
        loop {
            if let Some(fault) = &self.fault {
                return Poll::Ready(Err(fault.clone()));
            }
            let turn = self.queue.front().is_none_or(|first| *first == me);
            let before = self.out.len();
            let want = if turn || M::want(op) != Want::Ask {
                let asked = self.machine.ask(Owner(me), op, &mut self.out)?;
                *waiting += asked.sent;
                asked.want
            } else {
                Want::Ask
            };
            let wrote = self.out.len() > before;
            *sent |= wrote;
            idle &= !wrote;
            let takes_over = idle || handed;
            match (turn && !self.queue.is_empty(), want) {
                // Who has had a turn goes to the end: a block of a thousand jobs lets the others in between.
                (true, Want::Ask) if wrote => self.queue.rotate_left(1),
                (true, Want::Ask) => {}
                (true, _) => drop(self.queue.pop_front()),
                (false, Want::Ask) if !self.queue.contains(&me) => self.queue.push_back(me),
                (false, _) => {}
            }
            self.wake_queue();
            self.flush((me, takes_over), wrote && self.callers() > 1, cx)?;
            if want == Want::Nothing && *waiting == 0 && self.flusher != Some(me) {
                return Poll::Ready(Ok(()));
            }
            if let Some(slot) = self.slots.get_mut(me)
                && slot.note(cx)
            {
                self.bell.0.note(me, cx.waker());
            }
            if takes_over {
                self.leader = Some(me);
            }
            if *self.leader.get_or_insert(me) != me {
                return Poll::Pending;
            }
            match self.receive(me, waiting, op, cx) {
                Poll::Ready(done) => done?,
                Poll::Pending => {
                    self.check_time(patience);
                    return if self.is_late(me) { Poll::Ready(Err(LATE)) } else { Poll::Pending };
                }
            }
            reads += 1;
            // What keeps coming need not be for anybody: it must not keep the clock from being looked at.
            if reads % FLOOD == 0 {
                self.check_time(patience);
                if self.is_late(me) {
                    return Poll::Ready(Err(LATE));
                }
            }
        }
    }

    /// Gives the outbox to the socket. With other callers about (`defer`) it waits for the end of this turn of the runtime, so
    /// that callers who were woken together write together: a loopback write costs ten times a poll. `takes_over`: whoever should
    /// do it may not be polled.
    fn flush(
        &mut self,
        (me, takes_over): (usize, bool),
        defer: bool,
        cx: &mut Context<'_>,
    ) -> Result<(), ErrorKind> {
        match self.flusher {
            _ if self.out.is_empty() => return Ok(()),
            Some(other) if other != me && !takes_over => return Ok(()),
            None if defer => {
                self.flusher = Some(me);
                cx.waker().wake_by_ref();
                return Ok(());
            }
            _ => self.flusher = Some(me),
        }
        while let Some(io) = &mut self.io {
            match Pin::new(io).poll_write(cx, &self.out) {
                Poll::Pending => break,
                Poll::Ready(Ok(n)) => {
                    self.tap.sent(self.out.get(..n).unwrap_or_default());
                    self.out.drain(..n);
                    if self.out.is_empty() {
                        self.flusher = None;
                        break;
                    }
                }
                Poll::Ready(Err(e)) => return Err(self.fail(e.into())),
            }
        }
        Ok(())
    }

    /// One read of the socket: own replies go to `op`, those of others to their inboxes.
    fn receive<O>(
        &mut self,
        me: usize,
        waiting: &mut usize,
        op: &mut O,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ErrorKind>>
    where
        M: Runs<O>,
    {
        with_scratch(|scratch| {
            let Some(io) = &mut self.io else { return Poll::Ready(Err(ErrorKind::Closed)) };
            let mut buf = ReadBuf::new(scratch);
            let read = ready!(Pin::new(io).poll_read(cx, &mut buf));
            let (mut input, mut verdict) = (buf.filled(), Ok(()));
            let ended = input.is_empty().then_some(ErrorKind::Closed);
            if let Some(fault) = read.err().map(ErrorKind::from).or(ended) {
                return Poll::Ready(Err(self.fail(fault)));
            }
            self.tap.received(input);
            (self.heard, self.silent) = (self.heard + 1, None);
            let before = self.out.len();
            loop {
                match self.machine.next(&mut input, &mut self.out) {
                    Ok(None) => break,
                    Ok(Some(arrival)) => {
                        let Some(Owner(owner)) = arrival.owner else { continue };
                        let Some(slot) = self.slots.get_mut(owner) else { continue };
                        slot.heard = true;
                        if owner != me {
                            slot.inbox.push((arrival.tag, arrival.message.len()));
                            slot.octets.extend_from_slice(arrival.message);
                            slot.wake();
                        } else if verdict.is_ok() {
                            // Even after a failure the input is used up: others' replies may follow.
                            let taken = M::deliver(arrival.tag, op, arrival.message);
                            verdict = taken.map(|n| *waiting = waiting.saturating_sub(n));
                        }
                    }
                    Err(e) => return Poll::Ready(Err(self.fail_by(e, before))),
                }
            }
            self.wake_queue();
            Poll::Ready(verdict.map_err(ErrorKind::from))
        })
    }

    /// Takes in what came while nobody called: late replies, what only the machine answers, or the end.
    fn drain(&mut self) -> Result<(), ErrorKind> {
        if self.io.is_none() {
            return Err(self.fault.clone().unwrap_or(ErrorKind::Closed));
        }
        // While nothing is there, which tokio knows without a system call, this is one load.
        with_scratch(|scratch| {
            for _ in 0..FLOOD {
                let Some(io) = &self.io else { break };
                let mut input = match io.try_read(scratch) {
                    Ok(0) => return Err(self.fail(ErrorKind::Closed)),
                    Ok(n) => scratch.get(..n).unwrap_or_default(),
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                    Err(e) => return Err(self.fail(e.into())),
                };
                self.tap.received(input);
                (self.heard, self.silent) = (self.heard + 1, None);
                let before = self.out.len();
                loop {
                    match self.machine.next(&mut input, &mut self.out) {
                        Ok(None) => break,
                        Ok(Some(_)) => {}
                        Err(e) => return Err(self.fail_by(e, before)),
                    }
                }
                // What does not go at once goes with the next call.
                if self.out.len() > before {
                    self.write_now();
                }
            }
            Ok(())
        })
    }

    fn wake_queue(&self) {
        if let Some(first) = self.queue.front().filter(|_| self.machine.has_room()) {
            self.wake(*first);
        }
    }

    /// The leader keeps the time for all. A caller is late when nothing came for it for as long as its patience.
    fn check_time(&mut self, patience: Duration) {
        while self.timer.as_mut().poll(&mut Context::from_waker(&self.bell.1)).is_ready() {
            let now = Instant::now();
            let mut gone = false;
            let alive = core::mem::replace(&mut self.heard_before, self.heard) != self.heard;
            for (who, slot) in self.slots.iter_mut().enumerate().filter(|(_, s)| s.busy && s.deadline <= now)
            {
                // Who waits for room is not late while others are served.
                let heard = core::mem::take(&mut slot.heard);
                slot.late = !(heard || alive && self.queue.contains(&who));
                slot.deadline = now + slot.patience;
                slot.wake();
                // Who has less patience than the options say learns nothing of the connection.
                if slot.late && slot.patience >= patience {
                    // Calls that were already waiting when the last one was given up say nothing new.
                    gone |= self.silent.is_some_and(|silent| slot.since >= silent);
                    self.silent.get_or_insert(now);
                }
            }
            let next = self.slots.iter().filter(|s| s.busy).map(|s| s.deadline).min();
            self.timer.as_mut().reset(next.unwrap_or(now + patience));
            if gone {
                // Two in a row with nothing in between: this is no connection any more.
                self.fail(ErrorKind::Silent);
            }
        }
    }

    /// Ends the connection for all callers.
    fn fail(&mut self, fault: ErrorKind) -> ErrorKind {
        self.slots.iter().filter(|s| s.busy).for_each(Slot::wake);
        self.io = None;
        if self.fault.is_none() {
            self.dead.store(true, Ordering::Release);
            self.span.in_scope(|| tracing::debug!(%fault, "connection lost"));
            if let Some((hub, lost)) = &self.told {
                hub.set_unless(Some(State::Closed), *lost);
            }
        }
        self.fault.get_or_insert(fault).clone()
    }
}

impl<T> Slot<T> {
    /// Says whether the waker is another than before.
    fn note(&mut self, cx: &Context<'_>) -> bool {
        let other = !self.waker.as_ref().is_some_and(|w| w.will_wake(cx.waker()));
        if other {
            self.waker = Some(cx.waker().clone());
        }
        other
    }
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

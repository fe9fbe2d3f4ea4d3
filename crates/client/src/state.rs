//! What a client is doing, and who is told when that changes.
use crate::Error;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a client is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum State {
    /// No connection, and nobody tries to make one. The next call does.
    Idle,
    /// Making the first connection, or one that was asked for by `connect`.
    Connecting,
    /// Connected.
    Up,
    /// The connection was lost. The next call makes a new one, or the heartbeat does.
    Reconnecting,
    /// Closed by its user. Calls fail until `connect`.
    Closed,
}

/// What happened to a client.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Its state changed.
    State(State),
    /// An attempt failed, to connect or to do something. Also those that a retry healed.
    Failed {
        /// Which, and why.
        error: Error,
        /// It is tried again, after that time.
        again: Option<Duration>,
    },
    /// You were too slow: that many events are lost to you.
    Missed(u64),
}

/// Events of one client, from the time of subscription on. Bounded: who listens slowly is told how much was missed.
#[derive(Debug)]
pub struct Events {
    hub: Arc<Hub>,
    next: u64,
}

/// Events that are kept for slow listeners.
const KEPT: usize = 256;

#[derive(Debug)]
pub(crate) struct Hub {
    ring: Mutex<Ring>,
    grew: Condvar,
    #[cfg(feature = "tokio")]
    watch: tokio::sync::watch::Sender<State>,
}

#[derive(Debug)]
struct Ring {
    state: State,
    events: VecDeque<Event>,
    /// Number of the first kept event.
    first: u64,
    wakers: Vec<Waker>,
    /// Threads in `Events::wait`: as long as there are none, nobody is told, for telling is a system call.
    waiting: usize,
    ended: bool,
}

impl Hub {
    pub(crate) fn new() -> Arc<Self> {
        let (events, wakers) = (VecDeque::new(), Vec::new());
        let ring = Ring { state: State::Idle, events, first: 0, wakers, waiting: 0, ended: false };
        Arc::new(Self {
            ring: Mutex::new(ring),
            grew: Condvar::new(),
            #[cfg(feature = "tokio")]
            watch: tokio::sync::watch::Sender::new(State::Idle),
        })
    }
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn state(&self) -> State {
        self.lock().state
    }
    #[cfg(feature = "tokio")]
    pub(crate) fn watch(&self) -> tokio::sync::watch::Receiver<State> {
        self.watch.subscribe()
    }
    pub(crate) fn subscribe(self: &Arc<Self>) -> Events {
        let ring = self.lock();
        Events { next: ring.end(), hub: Arc::clone(self) }
    }
    pub(crate) fn set(&self, state: State) {
        self.set_unless(None, state);
    }
    /// A closed client stays closed, whatever its last connection comes to.
    pub(crate) fn set_unless(&self, not: Option<State>, state: State) {
        let mut ring = self.lock();
        if ring.state == state || Some(ring.state) == not {
            return;
        }
        ring.state = state;
        // Under the lock, so that both tell the same story.
        #[cfg(feature = "tokio")]
        self.watch.send_replace(state);
        self.push(ring, Event::State(state));
    }
    pub(crate) fn failed(&self, error: &Error, again: Option<Duration>) {
        self.push(self.lock(), Event::Failed { error: error.clone(), again });
    }
    /// There will be no more events.
    pub(crate) fn end(&self) {
        let mut ring = self.lock();
        ring.ended = true;
        self.tell(ring);
    }
    fn push(&self, mut ring: MutexGuard<'_, Ring>, event: Event) {
        if ring.events.len() == KEPT {
            ring.events.pop_front();
            ring.first += 1;
        }
        ring.events.push_back(event);
        self.tell(ring);
    }
    fn tell(&self, mut ring: MutexGuard<'_, Ring>) {
        let (wakers, waiting) = (core::mem::take(&mut ring.wakers), ring.waiting);
        drop(ring);
        if waiting > 0 {
            self.grew.notify_all();
        }
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Ring {
    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }
    fn take(&self, next: &mut u64) -> Option<Event> {
        if let Some(missed) = self.first.checked_sub(*next).filter(|missed| *missed > 0) {
            *next = self.first;
            return Some(Event::Missed(missed));
        }
        let at = usize::try_from(*next - self.first).ok()?;
        let event = self.events.get(at)?.clone();
        *next += 1;
        Some(event)
    }
}

impl Events {
    /// The next event; `None` once the client is gone. Cancellation safe. Works on any runtime.
    pub async fn recv(&mut self) -> Option<Event> {
        poll_fn(|cx| {
            let mut ring = self.hub.lock();
            match ring.take(&mut self.next) {
                None if !ring.ended => {
                    // A listener that is polled by hand again and again leaves one waker, not many.
                    if !ring.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                        ring.wakers.push(cx.waker().clone());
                    }
                    Poll::Pending
                }
                event => Poll::Ready(event),
            }
        })
        .await
    }
    /// The next event, if there is one already.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.hub.lock().take(&mut self.next)
    }
    /// The next event; `None` after `timeout`, or once the client is gone. Blocks the thread.
    pub fn wait(&mut self, timeout: Duration) -> Option<Event> {
        let until = Instant::now() + timeout;
        let mut ring = self.hub.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match ring.take(&mut self.next) {
                None if !ring.ended && !left.is_zero() => {
                    ring.waiting += 1;
                    let waited = self.hub.grew.wait_timeout(ring, left);
                    ring = waited.unwrap_or_else(PoisonError::into_inner).0;
                    ring.waiting -= 1;
                }
                event => return event,
            }
        }
    }
}

/// What is there already, without waiting.
impl Iterator for Events {
    type Item = Event;
    fn next(&mut self) -> Option<Event> {
        self.try_recv()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_listeners_are_told() {
        let hub = Hub::new();
        let mut slow = hub.subscribe();
        for _ in 0..KEPT {
            hub.set(State::Up);
            hub.set(State::Idle);
        }
        assert_eq!(slow.next(), Some(Event::Missed(KEPT as u64)));
        assert_eq!(slow.next(), Some(Event::State(State::Up)));
        assert_eq!(slow.by_ref().count(), KEPT - 1);
        hub.end();
        assert_eq!(slow.wait(Duration::from_secs(9)), None);
    }

    #[test]
    fn who_waits_is_woken() {
        let hub = Hub::new();
        let mut events = hub.subscribe();
        let waiter = std::thread::spawn(move || events.wait(Duration::from_secs(9)));
        while hub.lock().waiting == 0 {
            std::thread::yield_now();
        }
        hub.set(State::Up);
        assert_eq!(waiter.join().unwrap(), Some(Event::State(State::Up)));
        assert_eq!(hub.lock().waiting, 0);
    }
}

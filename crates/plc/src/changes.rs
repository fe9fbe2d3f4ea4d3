//! The change feed: what was written, by whom, in the order it was applied.
use crate::State;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use core::task::{Context, Poll, Waker};
use hepta_proto::classic::server::Range;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Something changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Change {
    /// Its number, ascending by one. Two listeners see the same numbers for the same changes.
    pub sequence: u64,
    /// Who did it.
    pub who: Who,
    /// What it is.
    pub what: What,
}

/// Who changed something.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Who {
    /// Whoever holds the [`Plc`](crate::Plc).
    Owner,
    /// A client, by the number of its connection.
    Connection(u64),
}

/// What changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// These octets were written, perhaps with what stood there before. A bit counts as its octet.
    Written(Range),
    /// A data block came to be.
    BlockAdded(u16),
    /// A data block is no more.
    BlockRemoved(u16),
    /// RUN or STOP.
    State(State),
}

/// What a listener is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// The next change.
    Change(Change),
    /// So many changes came faster than they were taken, and are gone: read anew what you follow.
    Missed(u64),
}

/// One listener's end of the feed. It holds as many changes as was asked for, the latest; dropping it ends it.
pub struct Changes {
    queue: Arc<Mutex<Queue>>,
    hub: Arc<Hub>,
}

#[derive(Debug)]
struct Queue {
    changes: VecDeque<Change>,
    room: usize,
    missed: u64,
    waker: Option<Waker>,
}

/// The sender's end.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    listeners: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sequence: u64,
    queues: Vec<Weak<Mutex<Queue>>>,
}

impl Hub {
    /// Does anybody listen? All that the feed costs when nobody does.
    #[inline]
    pub(crate) fn listening(&self) -> bool {
        self.listeners.load(SeqCst) > 0
    }
    /// Tells all listeners. Call it while the memory is locked, so that the order is that of the writes.
    pub(crate) fn tell(&self, who: Who, what: What) {
        if !self.listening() {
            return;
        }
        let mut inner = lock(&self.inner);
        inner.sequence += 1;
        let change = Change { sequence: inner.sequence, who, what };
        for queue in inner.queues.iter().filter_map(Weak::upgrade) {
            let mut queue = lock(&queue);
            if queue.changes.len() >= queue.room {
                queue.changes.pop_front();
                queue.missed += 1;
            }
            queue.changes.push_back(change);
            let waker = queue.waker.take();
            drop(queue);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
    pub(crate) fn listen(self: &Arc<Self>, room: usize) -> Changes {
        let room = room.max(1);
        let queue = Queue { changes: VecDeque::new(), room, missed: 0, waker: None };
        let queue = Arc::new(Mutex::new(queue));
        let mut inner = lock(&self.inner);
        inner.queues.push(Arc::downgrade(&queue));
        self.listeners.fetch_add(1, SeqCst);
        Changes { queue, hub: Arc::clone(self) }
    }
}

impl Changes {
    /// The next change, if there is one.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: the next call may give more")]
    pub fn next(&mut self) -> Option<Told> {
        lock(&self.queue).next()
    }
    /// The next change, or a promise to wake the task when there is one. A thread waits with a waker that unparks it.
    pub fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Told> {
        let mut queue = lock(&self.queue);
        if let Some(told) = queue.next() {
            return Poll::Ready(told);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
    /// Waits for the next change. Nothing is lost when the future is dropped.
    pub async fn wait(&mut self) -> Told {
        core::future::poll_fn(|cx| self.poll_next(cx)).await
    }
}

impl Queue {
    fn next(&mut self) -> Option<Told> {
        match core::mem::take(&mut self.missed) {
            0 => self.changes.pop_front().map(Told::Change),
            missed => Some(Told::Missed(missed)),
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let mut inner = lock(&self.hub.inner);
        let own = Arc::downgrade(&self.queue);
        inner.queues.retain(|queue| !queue.ptr_eq(&own));
        self.hub.listeners.fetch_sub(1, SeqCst);
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = lock(&self.queue);
        f.debug_struct("Changes")
            .field("waiting", &queue.changes.len())
            .field("missed", &queue.missed)
            .finish_non_exhaustive()
    }
}

/// A panic elsewhere leaves nothing half done here, so a poisoned lock is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_listener_is_told_how_much_it_missed() {
        let hub = Arc::new(Hub::default());
        hub.tell(Who::Owner, What::BlockAdded(1));
        let (mut slow, mut quick) = (hub.listen(2), hub.listen(8));
        (1..=5).for_each(|n| hub.tell(Who::Owner, What::BlockAdded(n)));
        let change = |n: u16| {
            let what = What::BlockAdded(n);
            Some(Told::Change(Change { sequence: n.into(), who: Who::Owner, what }))
        };
        assert_eq!(
            [slow.next(), slow.next(), slow.next(), slow.next()],
            [Some(Told::Missed(3)), change(4), change(5), None]
        );
        assert_eq!(core::array::from_fn(|_| quick.next()), [1, 2, 3, 4, 5].map(change));
        drop((slow, quick));
        assert!(!hub.listening());
        assert!(lock(&hub.inner).queues.is_empty());
    }

    #[test]
    fn wakes_whoever_waits() {
        let hub = Arc::new(Hub::default());
        let mut changes = hub.listen(4);
        let cx = Context::from_waker(Waker::noop());
        assert!(changes.poll_next(&cx).is_pending());
        hub.tell(Who::Connection(3), What::State(State::Stop));
        assert!(changes.poll_next(&cx).is_ready());
    }
}

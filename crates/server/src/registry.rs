//! All connections at a time: their counters, and the glance that ends the late ones.
use crate::Options;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use core::task::Waker;
use core::time::Duration;
use hepta_plc::Limits;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A handle to look at the connections of a server with.
#[derive(Clone, Debug)]
pub struct Connections(pub(crate) Arc<Registry>);

/// One connection, as it was a moment ago.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Connection {
    /// Its number: that of the CPU's log and change feed, and of taps.
    pub id: u64,
    /// Who it is.
    pub peer: SocketAddr,
    /// How long it has been there.
    pub age: Duration,
    /// Octets that came.
    pub received: u64,
    /// Octets that went.
    pub sent: u64,
    /// Jobs and lists asked for.
    pub jobs: u64,
    /// Items, jobs and lists that were refused.
    pub errors: u64,
    /// What was agreed on, once it was.
    pub negotiated: Option<Limits>,
}

impl Connections {
    /// All connections, by number.
    pub fn list(&self) -> Vec<Connection> {
        let mut all: Vec<_> = lock(&self.0.peers).values().map(|peer| peer.look()).collect();
        all.sort_unstable_by_key(|connection| connection.id);
        all
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        lock(&self.0.peers).len()
    }
    /// Is nobody there?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// How many have been accepted so far, and how many turned away for there were too many.
    pub fn totals(&self) -> (u64, u64) {
        (self.0.accepted.load(Relaxed), self.0.refused.load(Relaxed))
    }
    /// Ends one. Says whether it was there.
    pub fn close(&self, id: u64) -> bool {
        lock(&self.0.peers).get(&id).is_some_and(|peer| {
            peer.end(End::Owner);
            true
        })
    }
}

/// What all tasks of one server know.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    peers: Mutex<HashMap<u64, Arc<Peer>>>,
    /// How often somebody has glanced at the connections: the clock that connections note the time by, for that costs nothing.
    pub(crate) glances: AtomicU32,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
}

/// What is known of a connection from outside its task. Its task alone counts, so that plain stores will do.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: u64,
    addr: SocketAddr,
    since: Instant,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) jobs: AtomicU64,
    pub(crate) errors: AtomicU64,
    /// PDU and jobs, 16 bits each; 0 before setup.
    pub(crate) negotiated: AtomicU32,
    /// What it is about, a [`Phase`], and since which glance.
    phase: AtomicU8,
    noted: AtomicU32,
    /// Must it end? Its task looks whenever it is woken.
    ending: AtomicBool,
    end: Mutex<(Option<End>, Option<Waker>)>,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Phase {
    Handshake = 0,
    Idle = 1,
    Half = 2,
    Stalled = 3,
}

/// Why a connection must end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum End {
    #[error("the server stops")]
    Stop,
    #[error("its owner closed it")]
    Owner,
    #[error("the peer did not get through connect and setup in time")]
    Handshake,
    #[error("the peer was silent for too long")]
    Idle,
    #[error("the peer did not send the rest of a message in time")]
    Half,
    #[error("the peer does not take its answers")]
    Stalled,
}

impl Registry {
    pub(crate) fn enter(&self, id: u64, addr: SocketAddr) -> Arc<Peer> {
        let peer = Arc::new(Peer {
            id,
            addr,
            since: Instant::now(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            jobs: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            negotiated: AtomicU32::new(0),
            phase: AtomicU8::new(Phase::Handshake as u8),
            noted: AtomicU32::new(self.glances.load(Relaxed)),
            ending: AtomicBool::new(false),
            end: Mutex::default(),
        });
        self.accepted.fetch_add(1, Relaxed);
        lock(&self.peers).insert(id, Arc::clone(&peer));
        peer
    }
    pub(crate) fn leave(&self, id: u64) {
        let mut peers = lock(&self.peers);
        peers.remove(&id);
        // After a storm, do not keep its room.
        if peers.capacity() > 64 && peers.len() < peers.capacity() / 8 {
            peers.shrink_to_fit();
        }
    }
    pub(crate) fn len(&self) -> usize {
        lock(&self.peers).len()
    }
    /// Lets time pass, and ends whoever is late.
    pub(crate) fn glance(&self, options: &Options, each: Duration) {
        let now = self.glances.fetch_add(1, Relaxed).wrapping_add(1);
        for peer in lock(&self.peers).values() {
            let (most, end) = match peer.phase.load(Relaxed) {
                0 => (options.handshake, End::Handshake),
                2 => (options.half, End::Half),
                3 => (options.stall, End::Stalled),
                _ => match options.idle {
                    Some(idle) => (idle, End::Idle),
                    None => continue,
                },
            };
            // It was noted some time before the next glance, so one more than the times that fit.
            if each * now.wrapping_sub(peer.noted.load(Relaxed)).saturating_sub(1) >= most {
                peer.end(end);
            }
        }
    }
    /// Ends all as soon as their answers are gone.
    pub(crate) fn end_all(&self) {
        lock(&self.peers).values().for_each(|peer| peer.end(End::Stop));
    }
    /// Ends all, answers or not.
    pub(crate) fn abandon(&self) {
        lock(&self.peers).values().for_each(|peer| peer.end(End::Stalled));
    }
}

impl Peer {
    fn look(&self) -> Connection {
        let negotiated = self.negotiated.load(Relaxed);
        let [p0, p1, j0, j1] = negotiated.to_be_bytes();
        let limits = Limits { pdu: u16::from_be_bytes([p0, p1]), jobs: u16::from_be_bytes([j0, j1]) };
        Connection {
            id: self.id,
            peer: self.addr,
            age: self.since.elapsed(),
            received: self.received.load(Relaxed),
            sent: self.sent.load(Relaxed),
            jobs: self.jobs.load(Relaxed),
            errors: self.errors.load(Relaxed),
            negotiated: (negotiated != 0).then_some(limits),
        }
    }
    /// Notes what the connection waits for from now on. The time of a handshake and of a half message is for the whole of it:
    /// who sends an octet now and then gains none. `whole`: a message was whole meanwhile, so what is half is another one.
    #[inline]
    pub(crate) fn note(&self, phase: Phase, whole: bool, now: u32) {
        let same = self.phase.load(Relaxed) == phase as u8;
        let goes_on = phase == Phase::Handshake || (phase == Phase::Half && !whole);
        if !(same && goes_on) {
            self.phase.store(phase as u8, Relaxed);
            self.noted.store(now, Relaxed);
        }
    }
    /// Ends the connection as soon as its task runs.
    fn end(&self, end: End) {
        let waker = {
            let mut locked = lock(&self.end);
            // Who may finish its answers may be told later that it may not.
            if locked.0.is_none_or(|before| before == End::Stop) {
                locked.0 = Some(end);
            }
            locked.1.clone()
        };
        self.ending.store(true, Relaxed);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
    /// Wakes that task when the connection must end. A task keeps its waker, so once will do.
    pub(crate) fn wakes(&self, waker: &Waker) {
        lock(&self.end).1 = Some(waker.clone());
    }
    /// Must it end?
    #[inline]
    pub(crate) fn ending(&self) -> Option<End> {
        if self.ending.load(Relaxed) { lock(&self.end).0 } else { None }
    }
}

/// A panic elsewhere leaves nothing half done here, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The handle to one emulated CPU.
use crate::Error;
use crate::changes::{Changes, Hub, What, Who, lock};
use crate::log::{Entry, Event, Log};
use crate::memory::{Block, Memory};
use crate::profile::Profile;
use crate::program::Planned;
use crate::resources::{Held, Pool, Resource, Used};
use crate::session::Session;
use crate::time::Time;
use core::ops;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use hepta_proto::classic::Area;
use hepta_proto::classic::server::Range;
use hepta_proto::plus::typed::Layout;
use std::sync::{Arc, Mutex};

/// One emulated CPU. Clones are handles to the same one; it lives as long as the last of them.
#[derive(Clone, Debug)]
pub struct Plc(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    profile: Profile,
    time: Time,
    /// Held for one copy at a time, far shorter than a switch of tasks, so no reader waits for a disk or a peer.
    /// A read takes 4 ns with a mutex and 6 with an `RwLock`, both 6 between two threads: nothing to win by the latter.
    memory: Mutex<Memory>,
    hub: Arc<Hub>,
    log: Log,
    pool: Pool,
    mode: Mutex<(State, Duration)>,
    put_get: AtomicBool,
    connections: AtomicU64,
}

/// RUN or STOP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum State {
    /// The program runs.
    Run,
    /// It does not. Memory can be read and written all the same.
    Stop,
}

/// What a [`Plc`] starts with.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    profile: Profile,
    time: Time,
    log: usize,
}

impl Builder {
    /// Another kind of CPU than it was begun with.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }
    /// Where its time comes from; the machine's clock, if nothing is said.
    pub fn time(mut self, time: Time) -> Self {
        self.time = time;
        self
    }
    /// Keeps the latest `entries` of what clients did; none, if nothing is said.
    pub fn log(mut self, entries: usize) -> Self {
        self.log = entries;
        self
    }
    /// The CPU, in RUN.
    pub fn build(self) -> Plc {
        let Self { profile, time, log } = self;
        Plc(Arc::new(Inner {
            memory: Mutex::new(Memory::new(&profile.sizes)),
            hub: Arc::default(),
            log: Log::new(log),
            pool: Pool::new(profile.resources),
            mode: Mutex::new((State::Run, time.now())),
            put_get: AtomicBool::new(profile.put_get),
            connections: AtomicU64::new(0),
            profile,
            time,
        }))
    }
}

impl Plc {
    /// A CPU of that kind, in RUN, by the machine's clock, without blocks and without a log.
    pub fn new(profile: Profile) -> Self {
        Self::builder(profile).build()
    }
    /// Chooses more of it first.
    pub fn builder(profile: Profile) -> Builder {
        Builder { profile, time: Time::system(), log: 0 }
    }
    /// What kind of CPU it is.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }
    /// The CPU's time.
    pub fn now(&self) -> Duration {
        self.0.time.now()
    }

    /// Several accesses that belong together: nobody reads or writes in between. Be quick, all clients wait meanwhile, and do
    /// not call this CPU's other methods from within.
    pub fn memory<R>(&self, access: impl FnOnce(&mut Memory) -> R) -> R {
        self.access(Who::Owner, access)
    }
    #[inline]
    pub(crate) fn access<R>(&self, who: Who, access: impl FnOnce(&mut Memory) -> R) -> R {
        let mut memory = lock(&self.0.memory);
        let listening = self.0.hub.listening();
        memory.record(listening);
        let done = access(&mut memory);
        if listening {
            // Under the lock still, so that the feed has the order of the writes.
            memory.written().for_each(|range| self.0.hub.tell(who, What::Written(range)));
        }
        done
    }
    /// The octets of a range: of timers and counters the range counts those, of all else octets.
    pub fn read(&self, area: Area, db: u16, range: ops::Range<u32>) -> Result<Vec<u8>, Error> {
        let each = if matches!(area, Area::Timers | Area::Counters) { 2 } else { 1 };
        let len = range.end.saturating_sub(range.start).saturating_mul(each);
        let range = Range { area, db, start: range.start, len };
        self.memory(|memory| memory.get(range).map(<[u8]>::to_vec))
    }
    /// Writes `data` from `start` on, all or nothing.
    pub fn write(&self, area: Area, db: u16, start: u32, data: &[u8]) -> Result<(), Error> {
        self.memory(|memory| memory.put(Range { area, db, start, len: 0 }, data))
    }
    /// Octets of an area or a data block.
    pub fn area_size(&self, area: Area, db: u16) -> Result<usize, Error> {
        self.memory(|memory| memory.octets(area, db).map(<[u8]>::len))
    }
    /// A data block of `size` octets, all 0.
    pub fn add_block(&self, number: u16, size: usize) -> Result<(), Error> {
        if size > 65_536 {
            return Err(Error::BlockSize { number, octets: size });
        }
        self.add_block_with(number, Block { octets: vec![0; size], optimised: false })
    }
    /// A data block with content.
    pub fn add_block_with(&self, number: u16, block: Block) -> Result<(), Error> {
        let now = self.nanos();
        self.memory(|memory| {
            let now = memory.program.stamp(now);
            memory.add_block(number, block, now)?;
            self.0.hub.tell(Who::Owner, What::BlockAdded(number));
            Ok(())
        })
    }
    /// Blocks that `plan` finds to fit, in the place of those with their numbers.
    pub(crate) fn change(
        &self,
        plan: impl FnOnce(&mut Memory) -> Result<Planned, Error>,
    ) -> Result<(), Error> {
        self.memory(|memory| {
            let Planned { blocks, fresh } = plan(memory)?;
            memory.program.extend(fresh);
            for (number, interface, octets) in blocks {
                let optimised = interface.layout() == Layout::Optimised;
                if memory.block(number).is_some() {
                    self.0.hub.tell(Who::Owner, What::BlockRemoved(number));
                }
                memory.put_block(number, Block { octets, optimised }, interface);
                self.0.hub.tell(Who::Owner, What::BlockAdded(number));
            }
            Ok(())
        })
    }
    /// The CPU's time, in nanoseconds since 1970.
    pub(crate) fn nanos(&self) -> u64 {
        u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX)
    }
    /// Removes a data block, and gives it back.
    pub fn remove_block(&self, number: u16) -> Result<Block, Error> {
        self.memory(|memory| {
            let block = memory.remove_block(number)?;
            self.0.hub.tell(Who::Owner, What::BlockRemoved(number));
            Ok(block)
        })
    }
    /// Numbers and sizes of all data blocks, ascending.
    pub fn blocks(&self) -> Vec<(u16, usize)> {
        self.memory(|memory| memory.blocks().map(|(number, block)| (number, block.octets.len())).collect())
    }

    /// Goes to RUN.
    pub fn run(&self) {
        self.go(Who::Owner, State::Run);
    }
    /// Goes to STOP.
    pub fn stop(&self) {
        self.go(Who::Owner, State::Stop);
    }
    pub(crate) fn go(&self, who: Who, to: State) {
        let mut mode = lock(&self.0.mode);
        if mode.0 != to {
            *mode = (to, self.now());
            self.0.hub.tell(who, What::State(to));
        }
    }
    /// RUN or STOP?
    pub fn state(&self) -> State {
        lock(&self.0.mode).0
    }
    /// Since when it is in that state.
    pub(crate) fn changed_state(&self) -> Duration {
        lock(&self.0.mode).1
    }
    /// Permits or forbids classic reads and writes. An S7-1200/1500 forbids them until its owner says so.
    pub fn set_put_get(&self, permitted: bool) {
        self.0.put_get.store(permitted, Relaxed);
    }
    /// Are classic reads and writes permitted?
    #[inline]
    pub fn put_get(&self) -> bool {
        self.0.put_get.load(Relaxed)
    }

    /// Follows what changes from now on, of which the latest `room` wait to be taken.
    pub fn changes(&self, room: usize) -> Changes {
        self.0.hub.listen(room)
    }
    /// What clients did, oldest first, as far as it is kept.
    pub fn log(&self) -> Vec<Entry> {
        self.0.log.entries()
    }
    /// Forgets what clients did.
    pub fn clear_log(&self) {
        self.0.log.clear();
    }
    /// The event is made only if the log is on.
    #[inline]
    pub(crate) fn note(&self, connection: u64, event: impl FnOnce() -> Event) {
        if self.0.log.on() {
            self.0.log.add(self.now(), connection, event());
        }
    }

    /// The CPU as the next client sees it: one for each connection.
    pub fn session(&self) -> Session {
        Session::new(self.clone(), self.0.connections.fetch_add(1, Relaxed) + 1)
    }
    /// Connection resources in use.
    pub fn used(&self) -> Used {
        self.0.pool.used()
    }
    pub(crate) fn take(&self, kind: Resource) -> Option<Held> {
        self.0.pool.take(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::{Change, Told};

    #[test]
    fn a_transaction_is_told_in_order() {
        let plc = Plc::new(Profile::lab());
        plc.add_block(7, 16).unwrap();
        let mut changes = plc.changes(8);
        let at = |start, len| Range { area: Area::Db, db: 7, start, len };
        plc.memory(|m| {
            m.put(at(0, 2), &[1, 2])?;
            m.put_bit(at(3, 1), 4, true)?;
            assert!(m.put(at(15, 2), &[1, 2]).is_err());
            m.get(at(0, 4)).map(|octets| assert_eq!(octets, [1, 2, 0, 16]))
        })
        .unwrap();
        plc.stop();
        plc.stop();
        let whats: Vec<_> = core::iter::from_fn(|| changes.next()).collect();
        let change = |sequence, what| Told::Change(Change { sequence, who: Who::Owner, what });
        assert_eq!(
            whats,
            [
                change(1, What::Written(at(0, 2))),
                change(2, What::Written(at(3, 1))),
                change(3, What::State(State::Stop))
            ]
        );
    }

    #[test]
    fn timers_by_number() {
        let plc = Plc::new(Profile::lab());
        plc.write(Area::Timers, 0, 5, &[0x10, 0x42]).unwrap();
        assert_eq!(plc.read(Area::Timers, 0, 4..6).unwrap(), [0, 0, 0x10, 0x42]);
        assert_eq!(plc.area_size(Area::Timers, 0), Ok(4096));
        assert!(plc.read(Area::Timers, 0, 2048..2049).is_err());
        assert!(plc.read(Area::Timers, 0, 0..u32::MAX).is_err());
    }

    #[test]
    fn size_by_say_so_is_refused_before_it_is_allocated() {
        let plc = Plc::new(Profile::lab());
        assert!(matches!(plc.add_block(1, usize::MAX), Err(Error::BlockSize { .. })));
    }
}

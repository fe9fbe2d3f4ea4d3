//! Connection resources: how many clients a CPU has room for, and for which kind.
use crate::changes::lock;
use core::fmt;
use hepta_proto::iso::ConnectionType;
use std::sync::{Arc, Mutex};

/// How many connections a CPU takes: some reserved for each kind, the free ones for any.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Resources {
    /// Reserved for programming devices.
    pub pg: u16,
    /// Reserved for panels.
    pub op: u16,
    /// Reserved for S7 basic communication and others.
    pub basic: u16,
    /// For any, once those reserved for its kind are taken.
    pub free: u16,
}

/// A kind of connection resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Resource {
    /// Programming device.
    Pg,
    /// Operator panel.
    Op,
    /// S7 basic communication and all others.
    Basic,
}

/// How many connections are held, by kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Used {
    /// By programming devices.
    pub pg: u16,
    /// By panels.
    pub op: u16,
    /// By others.
    pub basic: u16,
}

impl Resources {
    /// All together.
    pub const fn total(self) -> u16 {
        self.pg.saturating_add(self.op).saturating_add(self.basic).saturating_add(self.free)
    }
    /// Of the free ones, how many are taken by what does not fit its own reserve?
    pub(crate) const fn free_used(self, used: Used) -> u16 {
        let over = used.pg.saturating_sub(self.pg).saturating_add(used.op.saturating_sub(self.op));
        over.saturating_add(used.basic.saturating_sub(self.basic))
    }
}

impl Used {
    /// All together.
    pub const fn total(self) -> u16 {
        self.pg.saturating_add(self.op).saturating_add(self.basic)
    }
    fn of(&mut self, kind: Resource) -> &mut u16 {
        match kind {
            Resource::Pg => &mut self.pg,
            Resource::Op => &mut self.op,
            Resource::Basic => &mut self.basic,
        }
    }
}

impl From<ConnectionType> for Resource {
    fn from(kind: ConnectionType) -> Self {
        match kind {
            ConnectionType::Pg => Self::Pg,
            ConnectionType::Op => Self::Op,
            _ => Self::Basic,
        }
    }
}

/// The account of them.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    most: Resources,
    used: Arc<Mutex<Used>>,
}

impl Pool {
    pub(crate) fn new(most: Resources) -> Self {
        Self { most, used: Arc::default() }
    }
    pub(crate) fn used(&self) -> Used {
        *lock(&self.used)
    }
    /// One of that kind, or a free one, if there is one left.
    pub(crate) fn take(&self, kind: Resource) -> Option<Held> {
        let mut used = lock(&self.used);
        let mut then = *used;
        *then.of(kind) = then.of(kind).checked_add(1)?;
        if self.most.free_used(then) > self.most.free {
            return None;
        }
        *used = then;
        Some(Held { kind, used: Arc::clone(&self.used) })
    }
}

/// One resource, until it is dropped.
pub(crate) struct Held {
    pub(crate) kind: Resource,
    used: Arc<Mutex<Used>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut used = lock(&self.used);
        let count = used.of(self.kind);
        *count = count.saturating_sub(1);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({:?})", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_first_then_free() {
        let pool = Pool::new(Resources { pg: 1, op: 1, basic: 0, free: 1 });
        let op = pool.take(Resource::Op).unwrap();
        let free = pool.take(Resource::Op).unwrap();
        assert!(pool.take(Resource::Op).is_none());
        assert!(pool.take(Resource::Basic).is_none());
        let _pg = pool.take(Resource::Pg).unwrap();
        assert!(pool.take(Resource::Pg).is_none());
        drop(op);
        let basic = pool.take(Resource::Basic);
        // The panel that had a free one has the reserved one now.
        assert!(basic.is_some());
        assert_eq!(pool.used(), Used { pg: 1, op: 1, basic: 1 });
        drop((free, basic));
        assert_eq!(pool.used().total(), 1);
    }
}

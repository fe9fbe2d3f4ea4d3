//! What to ask in which job: items cut to the PDU, merged where they are neighbours, packed first-fit by both size rules.
use crate::classic::Limits;
use crate::classic::vars::{Any, Area, TransportSize};
use crate::error::Error;
use alloc::{vec, vec::Vec};

/// What a caller wants of one item: octets of an area, or one bit, or timers and counters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Where.
    pub area: Area,
    /// Number of the data block; 0 in other areas.
    pub db: u16,
    /// First octet; of timers and counters the first number.
    pub start: u32,
    /// Octets, two for each timer or counter; 1 for a bit.
    pub len: u32,
    /// Octets that must not be torn apart: those of one element. 1 or more.
    pub unit: u16,
    /// One bit of the first octet, 0..=7, instead of octets.
    pub bit: Option<u8>,
}

impl Span {
    /// Octets of a read job's answer that are not data, when it has one item.
    pub const READ_HEADS: usize = 12 + 2 + 4;
    /// Octets of a write job that are not data, when it has one item.
    pub const WRITE_HEADS: usize = 10 + 2 + Any::SIZE + 4;

    /// `len` octets from `start` on.
    pub const fn octets(area: Area, db: u16, start: u32, len: u32) -> Self {
        Self { area, db, start, len, unit: 1, bit: None }
    }
    /// Octets of a data block.
    pub const fn db(db: u16, start: u32, len: u32) -> Self {
        Self::octets(Area::Db, db, start, len)
    }
    /// One bit, 0..=7, of octet `start`.
    pub const fn bit(area: Area, db: u16, start: u32, bit: u8) -> Self {
        Self { area, db, start, len: 1, unit: 1, bit: Some(bit) }
    }
    /// `count` timers, from number `first` on.
    pub const fn timers(first: u16, count: u16) -> Self {
        Self { area: Area::Timers, db: 0, start: first as u32, len: count as u32 * 2, unit: 2, bit: None }
    }
    /// `count` counters, from number `first` on.
    pub const fn counters(first: u16, count: u16) -> Self {
        Self { area: Area::Counters, db: 0, start: first as u32, len: count as u32 * 2, unit: 2, bit: None }
    }
    /// Never tear `unit` octets apart.
    pub const fn in_units_of(self, unit: u16) -> Self {
        Self { unit: if unit == 0 { 1 } else { unit }, ..self }
    }

    /// Reading what lies between two items does no harm in memory. Timers and counters are counted, not addressed by octet, and
    /// peripherals may take a read for a command.
    const fn may_merge(&self) -> bool {
        matches!(self.area, Area::Inputs | Area::Outputs | Area::Flags | Area::Db | Area::InstanceDb)
    }

    /// Octets, or timers and counters, that 24 bits can name: three bits of an octet's address are for the bit.
    const fn nameable(&self) -> bool {
        let (last, most) = if matches!(self.area, Area::Timers | Area::Counters) {
            (self.len / 2, 1 << 24)
        } else {
            (self.len, 1 << 21)
        };
        self.len == 0 || self.start as u64 + last as u64 <= most
    }

    /// How many of `left` octets fit into `room`, in whole units. Units that fit no job at all are an error if they are single
    /// elements; `item` is for its text.
    pub(crate) fn cut(&self, item: usize, left: usize, room: usize, pdu: u16) -> Result<usize, Error> {
        // On the wire it would be cut off, and mean another place.
        if !self.nameable() {
            return Err(Error::Address { item });
        }
        // A length that counts bits ends at 65535, however long the PDU.
        let room = room.min(MOST);
        if left <= room {
            return Ok(left);
        }
        let unit = usize::from(self.unit.max(1));
        match room / unit * unit {
            0 => Err(Error::TooLong { item, needs: unit, room, pdu }),
            len => Ok(len),
        }
    }

    /// The wire item for `len` of its octets, from octet `at` on.
    #[inline]
    pub(crate) fn part(&self, at: usize, len: usize) -> Any {
        let (at, len) = (u32::try_from(at).unwrap_or(u32::MAX), u16::try_from(len).unwrap_or(u16::MAX));
        let Self { area, db, start, bit, .. } = *self;
        match (bit, area) {
            (Some(bit), _) => {
                let address = start << 3 | u32::from(bit & 7);
                Any { transport: TransportSize::Bit, count: 1, db, area, address }
            }
            (None, Area::Timers | Area::Counters) => {
                let transport =
                    if area == Area::Timers { TransportSize::Timer } else { TransportSize::Counter };
                Any { transport, count: len / 2, db: 0, area, address: start.saturating_add(at / 2) }
            }
            _ => Any::octets(area, db, start.saturating_add(at), len),
        }
    }
}

/// Whether neighbours are asked for in one item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Merge {
    /// Each for itself, as the caller said it.
    Never,
    /// Octets and bits of one area with at most that many octets between them are read together. Should the CPU refuse what
    /// was merged, each is asked for again by itself, so no item suffers from another.
    Within(u16),
}

/// One item of a job, and what of the caller's items it brings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// What is asked for.
    pub any: Any,
    /// Octets of its answer.
    pub len: u32,
    pub(crate) uses: core::ops::Range<u32>,
}

/// Where a piece of a caller's item stands in the answer to a part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Use {
    /// The caller's item.
    pub item: u32,
    /// First octet within the item.
    pub item_at: u32,
    /// First octet within the part.
    pub part_at: u32,
    pub len: u32,
}

/// Which items go into which job. Made for certain limits; it can be kept and used again while they hold, and looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    pub(crate) spans: Vec<Span>,
    pub(crate) merge: Merge,
    pub(crate) limits: Limits,
    pub(crate) parts: Vec<Part>,
    pub(crate) uses: Vec<Use>,
    /// Ends of the jobs' parts.
    pub(crate) jobs: Vec<u32>,
    /// Where each item starts in the octets of the result; one more than there are items.
    pub(crate) places: Vec<u32>,
}

/// Octets of the longest item whose length can be told in bits.
const MOST: usize = (u16::MAX / 8) as usize;

/// Items of one job: the convention of STEP 7. Real CPUs answer more, if it fits.
pub(crate) const ITEMS: usize = 20;

/// How many open jobs first-fit looks into: enough to fill gaps, few enough to stay linear over thousands of items.
const OPEN: usize = 8;

impl Plan {
    /// Plans reads of `spans` for `limits`.
    ///
    /// An element that fits no job (a DTL into a PDU of 24, say) is an error that names its item.
    pub fn reads(spans: &[Span], limits: Limits, merge: Merge) -> Result<Self, Error> {
        let mut places = Vec::with_capacity(spans.len() + 1);
        let mut end = 0u32;
        places.push(0);
        for span in spans {
            end = end.saturating_add(span.len);
            places.push(end);
        }
        let (parts, uses) = (Vec::with_capacity(spans.len()), Vec::with_capacity(spans.len()));
        let mut plan = Self { spans: spans.to_vec(), merge, limits, parts, uses, jobs: Vec::new(), places };
        let room = usize::from(limits.pdu).saturating_sub(Span::READ_HEADS).min(MOST);
        if let Some(item) = spans.iter().position(|span| !span.nameable()) {
            return Err(Error::Address { item });
        }
        match merge {
            Merge::Never => {
                for (item, span) in spans.iter().enumerate() {
                    plan.cut(item, span, room)?;
                }
            }
            Merge::Within(gap) => plan.merge(room, gap.into())?,
        }
        plan.pack();
        Ok(plan)
    }

    /// The jobs, each with its items, as they will be asked.
    pub fn jobs(&self) -> impl ExactSizeIterator<Item = &[Part]> {
        (0..self.jobs.len()).map(|job| self.parts.get(self.job(job)).unwrap_or_default())
    }
    /// The items it was made for.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
    /// The limits it was made for.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn job(&self, job: usize) -> core::ops::Range<usize> {
        let end = |job: usize| self.jobs.get(job).map_or(0, |end| *end as usize);
        job.checked_sub(1).map_or(0, end)..end(job)
    }

    /// One item as one part, or as several of whole units.
    fn cut(&mut self, item: usize, span: &Span, room: usize) -> Result<(), Error> {
        let (mut at, len) = (0, span.len as usize);
        while at < len {
            let n = span.cut(item, len - at, room, self.limits.pdu)?;
            let [item, item_at, len] = [item, at, n].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            let first = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
            self.uses.push(Use { item, item_at, part_at: 0, len });
            self.parts.push(Part { any: span.part(at, n), len, uses: first..first + 1 });
            at += n;
        }
        Ok(())
    }

    /// Neighbours become one part, if it fits a job of its own.
    fn merge(&mut self, room: usize, gap: u32) -> Result<(), Error> {
        let spans = core::mem::take(&mut self.spans);
        // What has no octets is not asked for, and must not become part of what is.
        let mut order: Vec<usize> =
            (0..spans.len()).filter(|i| spans.get(*i).is_some_and(|s| s.len > 0)).collect();
        order.sort_by_key(|i| spans.get(*i).map(|s| (s.area.0, s.db, s.start, s.bit)));
        let mut open: Option<(Span, Vec<usize>)> = None;
        let mut groups = Vec::new();
        for item in order {
            let Some(span) = spans.get(item).copied() else { continue };
            if let Some((whole, members)) = &mut open {
                let end = whole.start.saturating_add(whole.len);
                let next = span.start.saturating_add(span.len);
                let merged = next.max(end) - whole.start;
                if (whole.area, whole.db) == (span.area, span.db)
                    && span.may_merge()
                    && span.start <= end.saturating_add(gap)
                    && merged as usize <= room
                {
                    (whole.len, whole.bit, whole.unit) = (merged, None, 1);
                    members.push(item);
                    continue;
                }
            }
            groups.extend(open.replace((span, vec![item])));
        }
        groups.extend(open);
        let result = groups.iter().try_for_each(|(whole, members)| {
            if let [item] = members[..] {
                self.cut(item, whole, room)
            } else {
                let first = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
                for item in members {
                    let Some(span) = spans.get(*item) else { continue };
                    let part_at = span.start - whole.start;
                    let item = u32::try_from(*item).unwrap_or(u32::MAX);
                    self.uses.push(Use { item, item_at: 0, part_at, len: span.len });
                }
                let end = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
                self.parts.push(Part {
                    any: whole.part(0, whole.len as usize),
                    len: whole.len,
                    uses: first..end,
                });
                Ok(())
            }
        });
        self.spans = spans;
        result
    }

    /// First-fit: each part goes into the first open job that has room for its item in the request and its data in the answer.
    fn pack(&mut self) {
        let pdu = usize::from(self.limits.pdu);
        // Items and octets of the answer so far, of every job.
        let mut jobs: Vec<(usize, usize)> = Vec::new();
        let mut open = 0;
        let mut homes = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let answer = 4 + (part.len as usize).next_multiple_of(2);
            let fits = |(items, octets): &(usize, usize)| {
                // The last item has no fill octet, but which will be the last is not known yet.
                *items < ITEMS && 12 + Any::SIZE * (items + 1) <= pdu && octets + answer <= pdu
            };
            let home = jobs.iter().skip(open).position(fits).map_or(jobs.len(), |at| open + at);
            match jobs.get_mut(home) {
                Some((items, octets)) => (*items, *octets) = (*items + 1, *octets + answer),
                None => jobs.push((1, 14 + answer)),
            }
            open = jobs.len().saturating_sub(OPEN).max(open);
            homes.push(home);
        }
        if jobs.len() > 1 {
            let mut order: Vec<usize> = (0..self.parts.len()).collect();
            order.sort_by_key(|at| homes.get(*at));
            self.parts = order.iter().filter_map(|at| self.parts.get(*at).cloned()).collect();
        }
        let mut end = 0u32;
        self.jobs = jobs
            .iter()
            .map(|(items, _)| {
                end += u32::try_from(*items).unwrap_or(0);
                end
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_240: Limits = Limits { pdu: 240, jobs: 1 };

    fn sizes(plan: &Plan) -> Vec<Vec<u32>> {
        plan.jobs().map(|job| job.iter().map(|part| part.len).collect()).collect()
    }

    #[test]
    fn cut_between_elements() {
        let reals = Span::db(1, 0, 4 * 100).in_units_of(4);
        let plan = Plan::reads(&[reals], AT_240, Merge::Never).unwrap();
        assert_eq!(sizes(&plan), [[220], [180]]); // 222 would fit, and tear an element apart
        assert_eq!(plan.jobs().nth(1).unwrap()[0].any, Any::octets(Area::Db, 1, 220, 180));
        let timers = Plan::reads(&[Span::timers(5, 200)], AT_240, Merge::Never).unwrap();
        let second = timers.jobs().nth(1).unwrap()[0].any;
        assert_eq!((second.transport, second.address, second.count), (TransportSize::Timer, 5 + 111, 89));
        let huge = Plan::reads(&[Span::db(1, 0, 512).in_units_of(256)], AT_240, Merge::Never);
        assert_eq!(huge.unwrap_err(), Error::TooLong { item: 0, needs: 256, room: 222, pdu: 240 });
    }

    #[test]
    fn first_fit_by_both_rules() {
        // The request: 19 items at most in 240. The answer: what is left of 240.
        let small: Vec<Span> = (0..40).map(|i| Span::db(1, i * 4, 1)).collect();
        let plan = Plan::reads(&small, AT_240, Merge::Never).unwrap();
        assert_eq!(plan.jobs().map(<[_]>::len).collect::<Vec<_>>(), [19, 19, 2]);
        let mixed = [200, 100, 20, 90].map(|len| Span::db(1, 0, len));
        let plan = Plan::reads(&mixed, AT_240, Merge::Never).unwrap();
        assert_eq!(sizes(&plan), [&[200][..], &[100, 20, 90]]);
    }

    #[test]
    fn neighbours_are_merged() {
        let spans = [
            Span::db(1, 10, 4),
            Span::db(1, 0, 2),
            Span::bit(Area::Db, 1, 3, 5),
            Span::db(2, 14, 4),
            Span::timers(0, 1),
            Span::timers(1, 1),
        ];
        let plan = Plan::reads(&spans, AT_240, Merge::Within(6)).unwrap();
        let parts: Vec<Any> = plan.jobs().flatten().map(|part| part.any).collect();
        let timer = |n| Span::timers(n, 1).part(0, 2);
        assert_eq!(
            parts,
            [timer(0), timer(1), Any::octets(Area::Db, 1, 0, 14), Any::octets(Area::Db, 2, 14, 4)]
        );
        let apart = Plan::reads(&spans, AT_240, Merge::Within(2)).unwrap();
        assert_eq!(apart.jobs().flatten().count(), 5);
    }
}

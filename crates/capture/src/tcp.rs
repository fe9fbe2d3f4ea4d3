//! TCP, put together again: segments in, as they were captured; each direction's octets out, in order.
//!
//! A capture is not an endpoint. It may start in the middle, miss packets that the peer got, hold the same packet twice or
//! two packets swapped; and nobody will send again what only the capture has lost. So this keeps what comes early for a
//! while, and says [`Kind::Gap`] when the rest will not come. Checksums are not looked at: with offloading, a machine
//! captures its own packets before their checksums are made.
use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};

use super::link::Segment;
use super::{Direction, Event, Kind};

/// So many octets a direction may hold back; what [`Held`] costs besides its octets counts as well.
const HOLD: usize = 1 << 20;
/// So many octets all directions together may hold back.
const HOLD_ALL: usize = 64 << 20;
/// What keeping a segment costs besides its octets, roughly.
const OVERHEAD: usize = 64;
/// So many further packets of the conversation a hole is kept open once the peer has acknowledged what is missing:
/// enough for queues and interfaces that swap neighbours.
const GRACE: u64 = 8;
/// So long a hole is kept open at most, in the time of the capture: after that, retransmission has given up as well.
const PATIENCE: Duration = Duration::from_secs(30);
/// A segment this far off belongs to another conversation whose handshake is not in the capture.
const FAR: u64 = 1 << 28;
/// A reset this far off is a stray one.
const STRAY: u64 = 1 << 20;
/// A handshake this little before the first octets seen is theirs, captured late.
const LATE: u32 = 1 << 16;
/// So many conversations are kept in mind; beyond that, those longest silent are forgotten.
const OPEN: usize = 1 << 14;

/// Puts the conversations of a capture together.
pub(super) struct Reassembler {
    server_ports: Vec<u16>,
    open: HashMap<(SocketAddr, SocketAddr), Conversation>,
    /// The number of the next conversation.
    next: usize,
    /// Segments so far: the clock by which conversations are forgotten.
    segments: u64,
    /// What all directions hold back.
    held: usize,
    out: Queue,
    /// What [`Reassembler::finish_one`] has still to do, the last first.
    ending: Option<Vec<Conversation>>,
}

impl Reassembler {
    pub(super) fn new(server_ports: Vec<u16>) -> Self {
        let (open, out) = (HashMap::new(), Queue::default());
        Self { server_ports, open, next: 0, segments: 0, held: 0, out, ending: None }
    }

    /// Whether an event waits to be taken.
    pub(super) fn ready(&self) -> bool {
        !self.out.events.is_empty()
    }

    /// How much is held back by now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// The next event.
    pub(super) fn pop(&mut self) -> Option<Event<'_>> {
        self.out.pop()
    }

    /// Takes in the next segment of the capture. All events should have been taken before.
    pub(super) fn push(&mut self, segment: &Segment<'_>, time: Duration) {
        self.segments += 1;
        let (a, b) = (segment.source, segment.destination);
        let key = (a.min(b), a.max(b));
        if let Some(old) = self.open.get_mut(&key)
            && old.is_succeeded_by(segment)
        {
            old.end(time, &mut self.out, &mut self.held);
            self.open.remove(&key);
        }
        if self.open.len() >= OPEN && !self.open.contains_key(&key) {
            self.forget(time);
        }
        let (next, ports) = (&mut self.next, &self.server_ports);
        let conversation = self.open.entry(key).or_insert_with(|| {
            let (client, server) = if is_server(segment, ports) { (b, a) } else { (a, b) };
            *next += 1;
            Conversation::new(*next - 1, client, server)
        });
        conversation.last = self.segments;
        conversation.push(segment, time, &mut self.out, &mut self.held);
    }

    /// Hands out what one more conversation held back, now that the capture is over; false once there is none left.
    pub(super) fn finish_one(&mut self, time: Duration) -> bool {
        let open = &mut self.open;
        let ending = self.ending.get_or_insert_with(|| {
            let mut all: Vec<_> = open.drain().map(|(_, conversation)| conversation).collect();
            all.sort_unstable_by_key(|conversation| core::cmp::Reverse(conversation.number));
            all
        });
        let Some(mut conversation) = ending.pop() else { return false };
        conversation.flush(time, &mut self.out, &mut self.held);
        true
    }

    /// Forgets the half of the conversations that has been silent the longest.
    fn forget(&mut self, time: Duration) {
        let mut all: Vec<_> = self.open.iter().map(|(key, conversation)| (conversation.last, *key)).collect();
        all.sort_unstable_by_key(|(last, _)| *last);
        for (_, key) in all.iter().take(OPEN / 2) {
            if let Some(mut conversation) = self.open.remove(key) {
                conversation.flush(time, &mut self.out, &mut self.held);
            }
        }
    }
}

/// Whether the first segment of a conversation comes from the side that was called.
fn is_server(segment: &Segment<'_>, ports: &[u16]) -> bool {
    if segment.syn {
        return segment.ack.is_some();
    }
    let (source, destination) = (segment.source.port(), segment.destination.port());
    match (ports.contains(&source), ports.contains(&destination)) {
        (true, false) => true,
        (false, true) => false,
        _ => source < destination,
    }
}

/// Events that wait, with their octets in one piece of memory that is used again and again.
#[derive(Default)]
struct Queue {
    events: VecDeque<(Who, Duration, Waiting)>,
    octets: Vec<u8>,
}

/// Whose event it is.
#[derive(Clone, Copy)]
struct Who {
    conversation: usize,
    direction: Direction,
    client: SocketAddr,
    server: SocketAddr,
}

enum Waiting {
    Octets(Range<usize>),
    Gap(u64),
    Closed,
}

impl Queue {
    fn put(&mut self, who: Who, time: Duration, kind: Kind<'_>) {
        if self.events.is_empty() {
            self.octets.clear();
        }
        let waiting = match kind {
            Kind::Octets([]) | Kind::Gap(0) => return,
            Kind::Octets(octets) => {
                let start = self.octets.len();
                self.octets.extend_from_slice(octets);
                Waiting::Octets(start..self.octets.len())
            }
            Kind::Gap(missing) => Waiting::Gap(missing),
            Kind::Closed => Waiting::Closed,
        };
        self.events.push_back((who, time, waiting));
    }

    fn pop(&mut self) -> Option<Event<'_>> {
        let (Who { conversation, direction, client, server }, time, waiting) = self.events.pop_front()?;
        let kind = match waiting {
            Waiting::Octets(range) => Kind::Octets(self.octets.get(range).unwrap_or_default()),
            Waiting::Gap(missing) => Kind::Gap(missing),
            Waiting::Closed => Kind::Closed,
        };
        Some(Event { time, conversation, direction, client, server, kind })
    }
}

struct Conversation {
    number: usize,
    client: SocketAddr,
    /// The client's octets, and the server's.
    halves: [Half; 2],
    /// Packets of this conversation so far: the clock of [`GRACE`].
    packets: u64,
    /// When it was last heard of, in segments of the whole capture.
    last: u64,
}

impl Conversation {
    fn new(number: usize, client: SocketAddr, server: SocketAddr) -> Self {
        let half = |direction| Half::new(Who { conversation: number, direction, client, server });
        let halves = [half(Direction::ClientToServer), half(Direction::ServerToClient)];
        Self { number, client, halves, packets: 0, last: 0 }
    }

    /// The half the segment's octets belong to, and the one that goes the other way.
    fn sides(&mut self, segment: &Segment<'_>) -> (&mut Half, &mut Half) {
        let [client, server] = &mut self.halves;
        if segment.source == self.client { (client, server) } else { (server, client) }
    }

    /// Whether the segment opens a new conversation between the same ports.
    fn is_succeeded_by(&mut self, segment: &Segment<'_>) -> bool {
        let (own, peer) = self.sides(segment);
        if segment.syn {
            let begins = segment.seq.wrapping_add(1);
            return match (own.first, segment.ack) {
                // The same one, sent again or captured late.
                (Some(first), _) if first == begins => false,
                (Some(first), _) => own.sure || first.wrapping_sub(begins) >= LATE,
                (None, Some(ack)) => peer.first.is_some_and(|first| peer.sure && first != ack),
                (None, None) => peer.first.is_some(),
            };
        }
        if segment.payload.is_empty() {
            return false;
        }
        let over = own.closed && peer.closed;
        let Some(next) = own.next else { return over };
        let at = place_of(next, segment.seq);
        if over {
            // What was delivered before may come again; anything else is new, and its handshake is missing.
            let end = at + segment.payload.len() as u64;
            return end > next || next - at > FAR;
        }
        at.abs_diff(next) > FAR
    }

    fn push(&mut self, segment: &Segment<'_>, time: Duration, out: &mut Queue, all: &mut usize) {
        self.packets += 1;
        let packets = self.packets;
        let (own, peer) = self.sides(segment);
        (own.packets, peer.packets) = (packets, packets);
        if segment.rst {
            let near = own.next.is_none_or(|next| place_of(next, segment.seq).abs_diff(next) <= STRAY);
            // A refused connection is reset with a sequence number of zero.
            if near || segment.seq == 0 {
                own.end(time, out, all);
                peer.end(time, out, all);
            }
            return;
        }
        let mut seq = segment.seq;
        if segment.syn {
            seq = seq.wrapping_add(1);
            own.begin(seq);
            if let Some(ack) = segment.ack {
                peer.begin(ack);
            }
        }
        if let Some(ack) = segment.ack {
            peer.acknowledged(ack);
        }
        own.take(seq, segment, time, out, all);
        own.deliver(time, out, all);
        // The acknowledgment may have told that something will never come.
        peer.deliver(time, out, all);
    }

    /// Hands out all that is held back, at the end of the capture.
    fn flush(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        for half in &mut self.halves {
            half.flush(time, out, all);
        }
    }

    /// The same, and closes both directions.
    fn end(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        for half in &mut self.halves {
            half.end(time, out, all);
        }
    }
}

/// One direction of a conversation.
///
/// A place in it is a sequence number with more bits: the lower 32 are those of the wire, and the upper ones count how
/// often they wrapped.
struct Half {
    who: Who,
    /// The place of the next octet to hand out, once anything tells it.
    next: Option<u64>,
    /// The sequence number of the first octet.
    first: Option<u32>,
    /// A handshake told where it begins.
    sure: bool,
    /// Octets have been handed out or declared missing.
    begun: bool,
    held: BTreeMap<u64, Held>,
    /// What `held` costs.
    cost: usize,
    /// The place behind the last octet.
    fin: Option<u64>,
    closed: bool,
    /// Since when there has been a hole at `next`, in the time of the capture.
    hole: Option<Duration>,
    /// Packets of the conversation so far.
    packets: u64,
    /// Up to where the peer has everything, beyond `next`, and as of which packet: both rise.
    acked: VecDeque<(u64, u64)>,
}

/// A segment that came early.
struct Held {
    octets: Vec<u8>,
    /// How many more there were that the capture left out.
    lost: u64,
}

impl Held {
    const fn cost(&self) -> usize {
        self.octets.len() + OVERHEAD
    }
}

impl Half {
    fn new(who: Who) -> Self {
        Self {
            who,
            next: None,
            first: None,
            sure: false,
            begun: false,
            held: BTreeMap::new(),
            cost: 0,
            fin: None,
            closed: false,
            hole: None,
            packets: 0,
            acked: VecDeque::new(),
        }
    }

    /// The first octet will have this sequence number: so says a handshake.
    fn begin(&mut self, seq: u32) {
        if self.sure || self.begun || !self.held.is_empty() {
            return;
        }
        self.sure = true;
        self.start(seq);
    }

    /// The first octet has this sequence number. Places start high up, so that one before it is a place as well.
    fn start(&mut self, seq: u32) -> u64 {
        let place = (1 << 40) | u64::from(seq);
        self.first = Some(seq);
        self.next = Some(place);
        self.acked.clear();
        place
    }

    /// Whether the start is only presumed, and this sequence number a little before it.
    fn may_start_before(&self, next: u64, seq: u32) -> bool {
        let behind = next.saturating_sub(place_of(next, seq));
        !self.sure && !self.begun && self.held.is_empty() && (1..LATE.into()).contains(&behind)
    }

    /// The peer has everything before `ack`.
    fn acknowledged(&mut self, ack: u32) {
        let Some(next) = self.next else { return };
        let place = place_of(next, ack);
        if place > self.acked.back().map_or(next, |(acked, _)| *acked) {
            self.acked.push_back((place, self.packets));
        }
        // Of those that are old enough to count, the last says all. So there are never more than a grace has packets.
        while self.acked.get(1).is_some_and(|(_, at)| self.packets - at >= GRACE) {
            self.acked.pop_front();
        }
    }

    /// Whether the peer has had everything before `place` for so long that it will not be captured any more.
    fn is_lost(&self, place: u64) -> bool {
        let mut acked = self.acked.iter().filter(|(acked, _)| *acked >= place);
        acked.next().is_some_and(|(_, at)| self.packets - at >= GRACE)
    }

    /// Takes in the octets of a segment that start at `seq`.
    fn take(&mut self, seq: u32, segment: &Segment<'_>, time: Duration, out: &mut Queue, all: &mut usize) {
        if self.closed {
            return;
        }
        let (mut seq, mut octets) = (seq, segment.payload);
        if !self.sure && !self.begun && octets.len() == 1 && !segment.psh {
            // The capture started in the middle and this looks like a keep-alive: an octet from before, of any value.
            seq = seq.wrapping_add(1);
            octets = &[];
        }
        let mut lost = u64::from(segment.lost);
        let length = octets.len() as u64;
        let next = match self.next {
            // Without a handshake an empty segment only hints at the start: a keep-alive is one octet behind.
            Some(next) if !self.sure && !self.begun && place_of(next, seq) == next + 1 => self.start(seq),
            // As long as nothing is out, octets from before the presumed start can still be had.
            Some(next) if self.may_start_before(next, seq) && length > 0 => self.start(seq),
            Some(next) => next,
            None => self.start(seq),
        };
        let place = place_of(next, seq);
        if segment.fin && self.fin.is_none() {
            // One that contradicts what came before is not believed.
            self.fin = Some(place + length + lost).filter(|fin| (next..=next + FAR).contains(fin));
        }
        if let Some(fin) = self.fin {
            // Nothing comes after the end.
            octets = octets
                .get(..usize::try_from(fin.saturating_sub(place)).unwrap_or(usize::MAX))
                .unwrap_or(octets);
            lost = lost.min(fin.saturating_sub(place + octets.len() as u64));
        }
        if octets.is_empty() && lost == 0 {
            return;
        }
        if place <= next {
            self.put(place, octets, lost, time, out);
            return;
        }
        let new = Held { octets: octets.to_vec(), lost };
        if self.held.get(&place).is_some_and(|old| old.octets.len() >= new.octets.len()) {
            return;
        }
        self.cost += new.cost();
        *all += new.cost();
        if let Some(old) = self.held.insert(place, new) {
            self.release(&old, all);
        }
    }

    fn release(&mut self, held: &Held, all: &mut usize) {
        self.cost = self.cost.saturating_sub(held.cost());
        *all = all.saturating_sub(held.cost());
    }

    /// Hands out what is new of a segment that starts no later than `next`.
    fn put(&mut self, place: u64, octets: &[u8], lost: u64, time: Duration, out: &mut Queue) {
        let Some(next) = self.next else { return };
        let known = usize::try_from(next.saturating_sub(place)).unwrap_or(usize::MAX);
        let fresh = octets.get(known..).unwrap_or_default();
        out.put(self.who, time, Kind::Octets(fresh));
        let mut reached = next + fresh.len() as u64;
        // What this capture of the segment left out, another one that is held may have.
        let end = place + octets.len() as u64 + lost;
        let end = self.held.first_key_value().map_or(end, |(&first, _)| end.min(first));
        if end > reached {
            out.put(self.who, time, Kind::Gap(end - reached));
            reached = end;
        }
        self.reach(next, reached);
    }

    /// Moves on to `place`.
    fn reach(&mut self, next: u64, place: u64) {
        if place > next {
            self.next = Some(place);
            self.begun = true;
            self.hole = None;
            while self.acked.front().is_some_and(|(acked, _)| *acked <= place) {
                self.acked.pop_front();
            }
        }
    }

    /// Hands out all that is in order by now, and gives up what will not come.
    fn deliver(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        while let Some(hole) = self.deliver_ready(time, out, all) {
            let (next, end) = (hole.start, hole.end);
            let since = *self.hole.get_or_insert(time);
            let full = self.cost > HOLD || *all > HOLD_ALL;
            if !self.is_lost(end) && !full && time.saturating_sub(since) < PATIENCE {
                break;
            }
            out.put(self.who, time, Kind::Gap(end - next));
            self.reach(next, end);
        }
    }

    /// Hands out all that is in order by now, and says what is missing before anything else can be.
    fn deliver_ready(&mut self, time: Duration, out: &mut Queue, all: &mut usize) -> Option<Range<u64>> {
        loop {
            let next = self.next.filter(|_| !self.closed)?;
            match self.held.first_entry() {
                Some(entry) if *entry.key() <= next => {
                    let (place, held) = entry.remove_entry();
                    self.release(&held, all);
                    self.put(place, &held.octets, held.lost, time, out);
                }
                held => {
                    let held = held.map(|entry| *entry.key());
                    if self.fin.is_some_and(|fin| fin <= next) {
                        self.close(time, out, all);
                        return None;
                    }
                    return held.into_iter().chain(self.fin).min().map(|end| next..end);
                }
            }
        }
    }

    /// Hands out all that is held back, with gaps for what is missing.
    fn flush(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        while let Some(hole) = self.deliver_ready(time, out, all) {
            out.put(self.who, time, Kind::Gap(hole.end - hole.start));
            self.reach(hole.start, hole.end);
        }
    }

    /// The same, and says that nothing more comes.
    fn end(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        self.flush(time, out, all);
        if !self.closed {
            self.close(time, out, all);
        }
    }

    fn close(&mut self, time: Duration, out: &mut Queue, all: &mut usize) {
        out.put(self.who, time, Kind::Closed);
        self.closed = true;
        *all = all.saturating_sub(self.cost);
        self.cost = 0;
        self.held = BTreeMap::new();
    }
}

/// The place of a sequence number, which is never far from the `next` one.
const fn place_of(next: u64, seq: u32) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits of a place are a sequence number")]
    let offset = seq.wrapping_sub(next as u32).cast_signed();
    next.saturating_add_signed(offset as i64)
}

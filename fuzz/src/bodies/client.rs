//! Whatever a peer sends to a client with operations in flight: the window holds, no reply reaches an operation that did not
//! ask, and as long as the peer is honest, late, slow or repeating itself at most, every result is right.
use super::link::units;
use super::plc::{Plc, octet, octets};
use arbitrary::{Result, Unstructured};
use hepta_proto::classic::client::{Client, Handshake, Owner, Step};
use hepta_proto::classic::op::{Items, Merge, Outcome, Read, ReadMany, Report, Span, Szl, Write, WriteMany};
use hepta_proto::classic::server::{Policy, Server};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::{Area, Draft, ErrorCode, Limits};
use hepta_proto::error::Error;
use hepta_proto::iso::{Link, Request, TpduSize, Tsap};
use hepta_proto::op::{Event, Operation, Ticket, Want};
use std::collections::VecDeque;

/// How the peer begins and what is agreed; then a script of what happens in which order.
pub fn run(data: &[u8]) {
    let mut u = Unstructured::new(data);
    // Too short to say anything is no failure.
    let _ = script(&mut u);
}

/// Any operation, as a driver that runs several kinds of them would hold it.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are four of them")]
enum Op {
    Read(Span, Read),
    Many(ReadMany<'static>),
    Write(WriteMany<'static>),
    List(Szl),
}

/// What came of it.
enum Got {
    Octets(Span, Vec<u8>),
    Items(Items),
    Report(Report),
    List(Vec<u8>),
}

impl Operation for Op {
    type Output = Got;
    fn want(&self) -> Want {
        match self {
            Self::Read(_, op) => op.want(),
            Self::Many(op) => op.want(),
            Self::Write(op) => op.want(),
            Self::List(op) => op.want(),
        }
    }
    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> core::result::Result<Ticket, Error> {
        match self {
            Self::Read(_, op) => op.write(limits, draft),
            Self::Many(op) => op.write(limits, draft),
            Self::Write(op) => op.write(limits, draft),
            Self::List(op) => op.write(limits, draft),
        }
    }
    fn take(&mut self, event: Event<'_>) -> core::result::Result<(), Error> {
        match self {
            Self::Read(_, op) => op.take(event),
            Self::Many(op) => op.take(event),
            Self::Write(op) => op.take(event),
            Self::List(op) => op.take(event),
        }
    }
    fn finish(self) -> Got {
        match self {
            Self::Read(span, op) => Got::Octets(span, op.finish()),
            Self::Many(op) => Got::Items(op.finish()),
            Self::Write(op) => Got::Report(op.finish()),
            Self::List(op) => Got::List(op.finish()),
        }
    }
}

/// What the operations of the script read: DB 2 has a hole from 40 to 44, DB 3 is not there.
const SPANS: [Span; 6] = [
    Span::db(1, 0, 130),
    Span::db(2, 30, 8),
    Span::db(2, 39, 2),
    Span::bit(Area::Db, 2, 50, 3),
    Span::db(3, 0, 4),
    Span::timers(3, 40),
];
/// And write: to a block that nothing of the script reads.
const WRITES: [Write<'static>; 2] = [
    Write { span: Span::db(4, 10, 150), data: &[7; 150] },
    Write { span: Span::bit(Area::Db, 4, 3, 3), data: &[1] },
];

fn plc() -> Plc {
    super::server::plc().with(Area::Timers, 0, 200).with(Area::Db, 4, 200)
}

/// An operation of the script and how many of its requests have no reply.
struct Running {
    op: Op,
    open: usize,
}

/// Octets in flight from the PLC, and whether they are what it said.
type Frame = (Vec<u8>, bool);

struct World {
    client: Client,
    server: Server,
    plc: Plc,
    up: Vec<u8>,
    down: VecDeque<Frame>,
    slots: Vec<Option<Running>>,
    honest: bool,
    jobs: usize,
}

fn script(u: &mut Unstructured<'_>) -> Result<()> {
    let wish = Limits { pdu: u.int_in_range(64..=600)?, jobs: u.int_in_range(1..=6)? };
    let policy = Policy {
        limits: Limits { pdu: u.int_in_range(64..=600)?, jobs: u.int_in_range(1..=6)? },
        least_pdu: 64,
        size: TpduSize::from_exponent(u.int_in_range(7..=10)?).unwrap_or(TpduSize::STANDARD),
        strict_jobs: false,
        pdu_within_unit: false,
    };
    let start = u.arbitrary()?;
    if u.ratio(1, 8)? {
        greet(wish, start, u.bytes(u.len())?);
        return Ok(());
    }
    let mut server = Server::new(policy, 7);
    let client = connect(&mut server, &mut plc(), wish, start);
    let jobs = client.limits().jobs.into();
    let (slots, down) = ((0..4).map(|_| None).collect(), VecDeque::new());
    let mut world = World { client, server, plc: plc(), up: vec![], down, slots, honest: true, jobs };
    while !u.is_empty() {
        if world.step(u)?.is_none() {
            return Ok(());
        }
    }
    world.settle();
    Ok(())
}

/// A handshake with whatever the peer makes up.
fn greet(wish: Limits, start: u16, mut input: &[u8]) {
    let mut up = vec![];
    let request = Request::new(Tsap::from(0x0102));
    let (mut shake, mut link) = Handshake::new(request, wish, start, &mut up).expect("a short TSAP");
    while !input.is_empty() {
        let (piece, rest) = input.split_at(input.len().min(40));
        input = rest;
        match shake.receive(link, piece, &mut up) {
            Ok(Step::More(s, l)) => (shake, link) = (s, l),
            Ok(Step::Ready(client)) => {
                let Limits { pdu, jobs } = client.limits();
                assert!(pdu >= 64 && (1..=wish.jobs).contains(&jobs), "{pdu} {jobs}");
                return;
            }
            Err(_) => return,
        }
    }
}

fn connect(server: &mut Server, plc: &mut Plc, wish: Limits, start: u16) -> Client {
    let mut up = vec![];
    let request = Request::new(Tsap::from(0x0102));
    let (mut shake, mut link) = Handshake::new(request, wish, start, &mut up).expect("a short TSAP");
    loop {
        let mut down = vec![];
        server.receive(&core::mem::take(&mut up), plc, &mut down).expect("a handshake");
        match shake.receive(link, &down, &mut up).expect("a handshake") {
            Step::More(s, l) => (shake, link) = (s, l),
            Step::Ready(client) => return client,
        }
    }
}

impl World {
    /// One thing happens; `None` ends the connection.
    fn step(&mut self, u: &mut Unstructured<'_>) -> Result<Option<()>> {
        let at = u.int_in_range(0..=3usize)?;
        match u.int_in_range(0..=11u8)? {
            0 | 1 => {
                self.client.abandon(Owner(at));
                let op = match u.int_in_range(0..=4u8)? {
                    0 => {
                        let span = Span::db(1, u.int_in_range(0..=300)?, u.int_in_range(0..=300)?);
                        let span = span.in_units_of(u.int_in_range(1..=8)?);
                        Op::Read(span, Read::new(span))
                    }
                    1 => Op::Many(ReadMany::new(&SPANS, Merge::Never)),
                    2 => Op::Many(ReadMany::new(&SPANS, Merge::Within(u.int_in_range(0..=30)?))),
                    3 => Op::Write(WriteMany::new(&WRITES)),
                    _ => Op::List(Szl::new(SzlId(0x001c), 0)),
                };
                self.slots[at] = Some(Running { op, open: 0 });
                self.ask(at);
            }
            2 => self.ask(at),
            3 | 4 => self.serve(),
            5 | 6 => return Ok(self.deliver(0, false)),
            7 => {
                let n = u.int_in_range(0..=7)?;
                return Ok(self.deliver(n, false));
            }
            8 => {
                let n = u.int_in_range(0..=7)?;
                return Ok(self.deliver(n, true));
            }
            // The line bends an octet.
            9 => {
                let n = u.int_in_range(0..=7)?;
                let (place, with): (usize, u8) = (u.arbitrary()?, u.arbitrary()?);
                if let Some((frame, honest)) = self.down.get_mut(n) {
                    let place = place % frame.len().max(1);
                    frame.get_mut(place).into_iter().for_each(|octet| *octet ^= with);
                    *honest = false;
                }
            }
            10 => {
                let n = u.int_in_range(0..=7)?;
                self.down.remove(n);
                self.honest = false;
            }
            // Somebody else talks, in units or not.
            _ => {
                let n = u.int_in_range(0..=60)?;
                let said = u.bytes(n.min(u.len()))?;
                let mut frame = vec![];
                if u.ratio(3, 4)? {
                    Link::new(TpduSize::STANDARD, 960).send(said, &mut frame);
                } else {
                    frame.extend_from_slice(said);
                }
                self.down.push_back((frame, false));
            }
        }
        Ok(Some(()))
    }

    fn ask(&mut self, at: usize) {
        let Some(running) = &mut self.slots[at] else { return };
        let before = self.client.in_flight();
        let asked = self.client.ask(Owner(at), &mut running.op, &mut self.up);
        let asked = asked.expect("these operations fit every PDU");
        running.open += asked.sent;
        assert_eq!(self.client.in_flight(), before + asked.sent);
        assert!(self.client.in_flight() <= self.jobs, "the window is exceeded");
        assert!(asked.want != Want::Ask || !self.client.has_room(), "there was room");
        if asked.want == Want::Nothing && running.open == 0 {
            self.finish(at);
        }
    }

    /// The PLC answers all that was sent.
    fn serve(&mut self) {
        let mut out = vec![];
        let up = core::mem::take(&mut self.up);
        self.server.receive(&up, &mut self.plc, &mut out).expect("a client speaks well");
        // Messages, not units: a unit may be lost or late on no line, for TCP is in order.
        let (mut message, mut end) = (0, 0);
        for unit in units(&out) {
            end += unit.len();
            if unit[6] & 0x80 != 0 {
                self.down.push_back((out[message..end].to_vec(), true));
                message = end;
            }
        }
    }

    fn deliver(&mut self, n: usize, again: bool) -> Option<()> {
        let frame = if again { self.down.get(n).cloned() } else { self.down.remove(n) };
        let Some((frame, honest)) = frame else { return Some(()) };
        self.honest &= honest;
        let mut input = &frame[..];
        loop {
            let arrival = match self.client.next(&mut input) {
                Ok(Some(arrival)) => arrival,
                Ok(None) => return Some(()),
                Err(e) => {
                    assert!(!self.honest, "{e}");
                    return None;
                }
            };
            let Some(Owner(at)) = arrival.owner else { continue };
            let running = self.slots[at].as_mut().expect("nobody else is an owner");
            match arrival.tag.deliver(&mut running.op, arrival.message) {
                Ok(n) => {
                    running.open = running.open.checked_sub(n).expect("a reply that was not asked for");
                    if running.op.want() == Want::Nothing && running.open == 0 {
                        self.finish(at);
                    } else {
                        self.ask(at);
                    }
                }
                Err(e) => {
                    // A server keeps the rest of so many lists and no more, those of abandoned operations included.
                    let forgotten = e == Error::Refused(ErrorCode::NoCurrentData);
                    assert!(!self.honest || (forgotten && matches!(running.op, Op::List(_))), "{e}");
                    self.client.abandon(Owner(at));
                    self.slots[at] = None;
                }
            }
        }
    }

    /// With an honest peer, everything that was asked comes to its end.
    fn settle(&mut self) {
        while self.honest {
            // Room may have come free by the reply to something abandoned.
            (0..self.slots.len()).for_each(|at| self.ask(at));
            self.serve();
            if self.down.is_empty() || self.deliver(0, false).is_none() {
                break;
            }
        }
        if self.honest {
            assert!(self.slots.iter().all(Option::is_none), "an operation hangs");
            assert_eq!(self.client.in_flight(), 0);
        }
    }

    fn finish(&mut self, at: usize) {
        let Some(Running { op, .. }) = self.slots[at].take() else { return };
        let got = op.finish();
        if !self.honest {
            return;
        }
        match got {
            Got::Octets(span, got) => assert_eq!(got, octets(Area::Db, 1, span.start, span.len)),
            Got::Items(items) => {
                use hepta_proto::classic::ReturnCode;
                assert_eq!(items.item(0), Ok(&octets(Area::Db, 1, 0, 130)[..]));
                assert_eq!(items.item(1), Ok(&octets(Area::Db, 2, 30, 8)[..]));
                assert_eq!(items.item(2), Err(ReturnCode::AccessNotAllowed));
                assert_eq!(items.item(3), Ok(&[octet(Area::Db, 2, 50) >> 3 & 1][..]));
                assert_eq!(items.item(4), Err(ReturnCode::NoObject));
                assert_eq!(items.item(5), Ok(&octets(Area::Timers, 0, 6, 80)[..]));
            }
            Got::Report(report) => {
                assert!(report.pieces.iter().all(|piece| piece.outcome == Outcome::Written));
                assert_eq!(self.plc.area(Area::Db, 4)[10..160], [7; 150]);
            }
            Got::List(list) => assert_eq!(list, self.plc.lists[&(0x001c, 0)]),
        }
    }
}

//! What the tests share: packets made by hand, files of every kind around them, and the conversations read back.
mod files;
mod streams;

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use etherparse::PacketBuilder;

use super::read::{ReadError, Tally};
use super::{Capture, CaptureWriter, Direction, Format, Kind};

const BOTH: [Direction; 2] = [Direction::ClientToServer, Direction::ServerToClient];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn client() -> SocketAddr {
    address("192.168.0.10:50001")
}

fn server() -> SocketAddr {
    address("192.168.0.1:102")
}

/// The time of the `n`th packet: some nanoseconds into each millisecond, so that a lost resolution shows.
fn at(n: usize) -> Duration {
    Duration::from_secs(1_700_000_000) + Duration::from_micros(1000 * n as u64) + Duration::from_nanos(789)
}

/// A small generator of chance that is the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Swaps packets within windows of `width`.
    fn shuffle<T>(&mut self, items: &mut [T], width: usize) {
        for window in items.chunks_mut(width) {
            for i in (1..window.len()).rev() {
                window.swap(i, self.below(i + 1));
            }
        }
    }
}

/// A conversation whose packets are made one by one.
#[derive(Clone, Copy)]
struct Talk {
    client: SocketAddr,
    server: SocketAddr,
    /// The sequence numbers of the first octets.
    first: [u32; 2],
}

impl Talk {
    fn new(first: [u32; 2]) -> Self {
        Self { client: client(), server: server(), first }
    }

    /// A frame with octets that start at `offset`, acknowledging the other side's up to `acked`; `flags` as in `"SFRAP"`.
    fn frame(
        &self,
        direction: Direction,
        offset: usize,
        acked: usize,
        flags: &str,
        octets: &[u8],
    ) -> Vec<u8> {
        let [client, server] = self.first;
        let (from, to, own, peer) = match direction {
            Direction::ClientToServer => (self.client, self.server, client, server),
            Direction::ServerToClient => (self.server, self.client, server, client),
        };
        let seq = own.wrapping_add(u32::try_from(offset).unwrap());
        let seq = if flags.contains('S') { seq.wrapping_sub(1) } else { seq };
        let ack = peer.wrapping_add(u32::try_from(acked).unwrap());
        let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
        let ip = match (from, to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                ethernet.ipv4(from.ip().octets(), to.ip().octets(), 64)
            }
            (SocketAddr::V6(from), SocketAddr::V6(to)) => {
                ethernet.ipv6(from.ip().octets(), to.ip().octets(), 64)
            }
            _ => panic!("one family"),
        };
        let mut tcp = ip.tcp(from.port(), to.port(), seq, 8192);
        for flag in flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'F' => tcp.fin(),
                'R' => tcp.rst(),
                'A' => tcp.ack(ack),
                'P' => tcp.psh(),
                _ => panic!("no such flag"),
            };
        }
        let mut frame = Vec::new();
        tcp.write_to_vec(&mut frame, octets).unwrap();
        frame
    }

    fn handshake(&self) -> Vec<Vec<u8>> {
        let [to, fro] = BOTH;
        vec![self.frame(to, 0, 0, "S", &[]), self.frame(fro, 0, 0, "SA", &[]), self.frame(to, 0, 0, "A", &[])]
    }
}

/// How a file is laid out.
#[derive(Clone, Copy, Debug)]
struct Layout {
    ng: bool,
    big_endian: bool,
    nanos: bool,
    link: u16,
    snaplen: usize,
}

const PLAIN: Layout = Layout { ng: true, big_endian: false, nanos: true, link: 1, snaplen: usize::MAX };

/// Puts numbers into a file, in its byte order.
struct Octets {
    big_endian: bool,
    all: Vec<u8>,
}

impl Octets {
    fn u16(&mut self, value: u16) {
        self.all.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }
    fn u32(&mut self, value: u32) {
        self.all.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Self)) {
        let mut inner = Self { big_endian: self.big_endian, all: Vec::new() };
        body(&mut inner);
        inner.pad();
        let length = u32::try_from(inner.all.len() + 12).unwrap();
        self.u32(kind);
        self.u32(length);
        self.all.extend(inner.all);
        self.u32(length);
    }
    fn pad(&mut self) {
        self.all.resize(self.all.len().next_multiple_of(4), 0);
    }
    fn section(&mut self) {
        self.block(0x0A0D_0D0A, |b| {
            b.u32(0x1A2B_3C4D);
            b.u16(1);
            b.u16(0);
            b.u32(u32::MAX);
            b.u32(u32::MAX);
        });
    }
    fn interface(&mut self, link: u16, snaplen: u32, options: &[(u16, &[u8])]) {
        self.block(1, |b| {
            b.u16(link);
            b.u16(0);
            b.u32(snaplen);
            for (code, value) in options {
                b.u16(*code);
                b.u16(u16::try_from(value.len()).unwrap());
                b.all.extend(*value);
                b.pad();
            }
            if !options.is_empty() {
                b.u32(0);
            }
        });
    }
    fn enhanced(&mut self, interface: u32, ticks: u64, frame: &[u8], original: usize) {
        self.block(6, |b| {
            b.u32(interface);
            b.u32(u32::try_from(ticks >> 32).unwrap());
            b.u32(u32::try_from(ticks & 0xFFFF_FFFF).unwrap());
            b.u32(u32::try_from(frame.len()).unwrap());
            b.u32(u32::try_from(original).unwrap());
            b.all.extend(frame);
        });
    }
}

/// A capture file with these frames, the `n`th captured [`at`] its time.
fn file(layout: Layout, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Octets { big_endian: layout.big_endian, all: Vec::new() };
    if layout.ng {
        out.section();
        out.interface(layout.link, 0, if layout.nanos { &[(9, &[9])] } else { &[] });
    } else {
        out.u32(if layout.nanos { 0xA1B2_3C4D } else { 0xA1B2_C3D4 });
        out.u16(2);
        out.u16(4);
        for field in [0, 0, 65535, u32::from(layout.link)] {
            out.u32(field);
        }
    }
    for (n, frame) in frames.iter().enumerate() {
        let time = at(n);
        let kept = &frame[..frame.len().min(layout.snaplen)];
        if layout.ng {
            let ticks = if layout.nanos { time.as_nanos() } else { time.as_micros() };
            out.enhanced(0, u64::try_from(ticks).unwrap(), kept, frame.len());
        } else {
            out.u32(u32::try_from(time.as_secs()).unwrap());
            out.u32(if layout.nanos { time.subsec_nanos() } else { time.subsec_micros() });
            out.u32(u32::try_from(kept.len()).unwrap());
            out.u32(u32::try_from(frame.len()).unwrap());
            out.all.extend(kept);
        }
    }
    out.all
}

/// A step of a conversation, kept.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Octets(Vec<u8>),
    Gap(u64),
    Closed,
}

/// A whole event, kept.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Kept {
    time: Duration,
    conversation: usize,
    direction: Direction,
    client: SocketAddr,
    server: SocketAddr,
    step: Step,
}

/// Reads everything, and what stopped it.
fn read_with(file: &[u8], ports: &[u16]) -> (Vec<Kept>, Tally, Option<ReadError>) {
    let mut capture = match Capture::new(file, ports) {
        Ok(capture) => capture,
        Err(error) => return (Vec::new(), Tally::default(), Some(error)),
    };
    let mut all = Vec::new();
    let error = loop {
        match capture.next_event() {
            Ok(Some(event)) => all.push(Kept {
                time: event.time,
                conversation: event.conversation,
                direction: event.direction,
                client: event.client,
                server: event.server,
                step: match event.kind {
                    Kind::Octets(octets) => Step::Octets(octets.to_vec()),
                    Kind::Gap(missing) => Step::Gap(missing),
                    Kind::Closed => Step::Closed,
                },
            }),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(matches!(capture.next_event(), Ok(None)), "an end is an end");
    (all, *capture.tally(), error)
}

fn read(file: &[u8]) -> Vec<Kept> {
    let (events, _, error) = read_with(file, &[]);
    assert!(error.is_none(), "{error:?}");
    events
}

/// One direction as it was read back: octets where there are any, `None` where they are missing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Stream {
    octets: Vec<Option<u8>>,
    closed: bool,
}

impl Stream {
    fn missing(&self) -> usize {
        self.octets.iter().filter(|octet| octet.is_none()).count()
    }

    /// Whether the octets that are there are those of `sent`, at the same places.
    fn agrees_with(&self, sent: &[u8]) -> bool {
        self.octets.len() <= sent.len()
            && self.octets.iter().zip(sent).all(|(a, b)| a.is_none_or(|a| a == *b))
    }
}

/// The two directions of each conversation.
fn streams(events: &[Kept]) -> BTreeMap<usize, [Stream; 2]> {
    let mut all = BTreeMap::<_, [Stream; 2]>::new();
    for event in events {
        let [a, b] = all.entry(event.conversation).or_default();
        let stream = if event.direction == Direction::ClientToServer { a } else { b };
        assert!(!stream.closed, "nothing comes after the end");
        match &event.step {
            Step::Octets(octets) => stream.octets.extend(octets.iter().copied().map(Some)),
            Step::Gap(missing) => {
                let length = stream.octets.len() + usize::try_from(*missing).unwrap();
                stream.octets.resize(length, None);
            }
            Step::Closed => stream.closed = true,
        }
    }
    all
}

/// The two directions of the only conversation there is.
fn only(events: &[Kept]) -> [Stream; 2] {
    let all = streams(events);
    assert_eq!(all.len(), 1, "one conversation");
    all.into_values().next().unwrap()
}

fn whole(octets: &[u8]) -> Stream {
    Stream { octets: octets.iter().copied().map(Some).collect(), closed: true }
}

/// The frames of a file that was written in the classic format.
fn frames(mut pcap: &[u8]) -> Vec<Vec<u8>> {
    pcap = &pcap[24..];
    let mut all = Vec::new();
    while !pcap.is_empty() {
        let length = u32::from_le_bytes(pcap[8..12].try_into().unwrap()) as usize;
        all.push(pcap[16..16 + length].to_vec());
        pcap = &pcap[16 + length..];
    }
    all
}

/// A conversation as the writer writes it: who says what, in turns.
fn written(format: Format, turns: &[(Direction, Vec<u8>)], first: [u32; 2]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = CaptureWriter::new(&mut out, format, Some("für die Prüfung")).unwrap();
    let mut talk = writer.open_at(at(0), (client(), first[0]), (server(), first[1])).unwrap();
    for (n, (direction, octets)) in turns.iter().enumerate() {
        writer.octets(&mut talk, at(n + 1), *direction, octets, Some("a comment")).unwrap();
    }
    writer.close(&mut talk, at(turns.len() + 1), Direction::ClientToServer).unwrap();
    out
}

/// All that was said one way.
fn said(turns: &[(Direction, Vec<u8>)], direction: Direction) -> Vec<u8> {
    turns.iter().filter(|(way, _)| *way == direction).flat_map(|(_, octets)| octets.clone()).collect()
}

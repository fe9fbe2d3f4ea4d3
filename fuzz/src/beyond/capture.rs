//! Captures of the wire: any file is read to an end, the same however the disk hands it out; and whatever order segments come in,
//! no octet is told that was not sent, and none at a place where it was not.
use arbitrary::{Result, Unstructured};
use etherparse::PacketBuilder;
use hepta_capture::{Capture, Direction, Kind};
use std::io::{self, Read};

/// What kind of file; then the file, or what happened on the wire.
pub fn run(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    if kind % 2 == 0 {
        file(rest);
    } else {
        // Too short to say anything is no failure.
        let _ = wire(&mut Unstructured::new(rest));
    }
}

/// An event that has no borrows.
#[derive(Debug, Eq, PartialEq)]
struct Told {
    conversation: usize,
    direction: Direction,
    step: Step,
}

#[derive(Debug, Eq, PartialEq)]
enum Step {
    Octets(Vec<u8>),
    Gap(u64),
    Closed,
}

/// All events and what stopped them.
fn read(input: impl Read) -> (Vec<Told>, String) {
    let mut told = vec![];
    let mut capture = match Capture::new(input, &[]) {
        Ok(capture) => capture,
        Err(error) => return (told, error.to_string()),
    };
    let end = loop {
        match capture.next_event() {
            Ok(Some(event)) => told.push(Told {
                conversation: event.conversation,
                direction: event.direction,
                step: match event.kind {
                    Kind::Octets(octets) => Step::Octets(octets.to_vec()),
                    Kind::Gap(missing) => Step::Gap(missing),
                    Kind::Closed => Step::Closed,
                },
            }),
            Ok(None) => break capture.tally().to_string(),
            Err(error) => break error.to_string(),
        }
    };
    assert!(matches!(capture.next_event(), Ok(None)), "an end is an end");
    (told, end)
}

/// A disk that hands out so many octets at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = into.len().min(self.0.len()).min(self.1);
        let (now, later) = self.0.split_at(n);
        into[..n].copy_from_slice(now);
        self.0 = later;
        Ok(n)
    }
}

fn file(octets: &[u8]) {
    let (told, end) = read(octets);
    assert_eq!((&told, &end), (&read(Slow(octets, 7)).0, &read(Slow(octets, 7)).1));
    let mut sum = 0;
    for (i, event) in told.iter().enumerate() {
        match &event.step {
            Step::Octets(octets) => {
                assert!(!octets.is_empty());
                sum += octets.len();
            }
            Step::Gap(missing) => assert!(*missing > 0),
            Step::Closed => {
                let same = |e: &&Told| (e.conversation, e.direction) == (event.conversation, event.direction);
                assert!(!told[i + 1..].iter().any(|e| same(&e)), "something after the end");
            }
        }
    }
    assert!(sum <= octets.len(), "octets out of nothing");
}

/// What the sides say: no two octets near each other are alike.
fn octet(direction: Direction, at: usize) -> u8 {
    let side = if direction == Direction::ClientToServer { 0 } else { 97 };
    u8::try_from((at * 31 + at / 251 + side) % 251).expect("below 251")
}

/// One conversation of which segments are captured in any order, twice, cut short or not at all.
fn wire(u: &mut Unstructured<'_>) -> Result<()> {
    let first = [u.arbitrary::<u32>()?, u.arbitrary()?];
    let mut file = vec![];
    // Classic, big-endian, microseconds, version 2.4, raw IP.
    for field in [0xa1b2_c3d4, 0x0002_0004, 0, 0, 262_144, 101u32] {
        file.extend_from_slice(&field.to_be_bytes());
    }
    let mut time = 0u32;
    let mut packet = |direction, at: usize, acked: usize, flags: &str, len: usize, cut: usize, pause: u32| {
        let client = direction == Direction::ClientToServer;
        let [own, peer] = if client { first } else { [first[1], first[0]] };
        let (from, to) = if client { (50_001, 102) } else { (102, 50_001) };
        let (a, b) = if client { ([10, 0, 0, 2], [10, 0, 0, 1]) } else { ([10, 0, 0, 1], [10, 0, 0, 2]) };
        let seq = own.wrapping_add(u32::try_from(at).expect("small"));
        let seq = if flags.contains('S') { seq.wrapping_sub(1) } else { seq };
        let mut tcp = PacketBuilder::ipv4(a, b, 64).tcp(from, to, seq, 8192);
        for flag in flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'F' => tcp.fin(),
                'P' => tcp.psh(),
                _ => tcp.ack(peer.wrapping_add(u32::try_from(acked).expect("small"))),
            };
        }
        let octets: Vec<u8> = (at..at + len).map(|at| octet(direction, at)).collect();
        let mut frame = vec![];
        tcp.write_to_vec(&mut frame, &octets).expect("a short packet");
        time += pause;
        let kept = frame.len() - cut.min(len);
        let lengths = [kept, frame.len()].map(|n| u32::try_from(n).expect("small"));
        for field in [time, 0, lengths[0], lengths[1]] {
            file.extend_from_slice(&field.to_be_bytes());
        }
        file.extend_from_slice(&frame[..kept]);
    };
    let (up, down) = (Direction::ClientToServer, Direction::ServerToClient);
    packet(up, 0, 0, "S", 0, 0, 1);
    packet(down, 0, 0, "SA", 0, 0, 0);
    let mut most = [0, 0];
    while !u.is_empty() {
        let direction = if u.arbitrary()? { up } else { down };
        let mut at = u.int_in_range(0..=3000usize)?;
        let len = u.int_in_range(0..=150)?;
        let reach = &mut most[usize::from(direction == down)];
        if u.ratio(1, 2)? {
            // Where the other segments ended.
            at = *reach;
        }
        *reach = (*reach).max(at + len);
        let acked = u.int_in_range(0..=3000)?;
        let cut = if u.ratio(1, 8)? { u.int_in_range(1..=150)? } else { 0 };
        let pause = if u.ratio(1, 16)? { 31 } else { 0 };
        // Only one side ever finishes: then the ports are not used again, and this stays one conversation.
        let ends = direction == up && u.ratio(1, 32)?;
        packet(direction, at, acked, if ends { "FA" } else { "A" }, len, cut, pause);
    }
    let (told, end) = read(&file[..]);
    assert!(end.contains("packets"), "{end}");
    for direction in [up, down] {
        let mut at = 0;
        for event in told.iter().filter(|event| event.direction == direction) {
            assert_eq!(event.conversation, 0);
            match &event.step {
                Step::Octets(octets) => {
                    for (i, got) in octets.iter().enumerate() {
                        assert_eq!(*got, octet(direction, at + i), "octet {} of {direction:?}", at + i);
                    }
                    at += octets.len();
                }
                Step::Gap(missing) => at += usize::try_from(*missing).expect("small"),
                Step::Closed => {}
            }
        }
        assert!(at <= most[usize::from(direction == down)], "more than was sent");
    }
    Ok(())
}

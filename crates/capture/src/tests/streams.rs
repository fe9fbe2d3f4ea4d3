//! What becomes of a conversation on its way through a capture: swapped, lost, repeated, cut, wrapped.
use proptest::prelude::*;

use super::super::link::segment;
use super::super::tcp::Reassembler;
use super::*;

const TO: Direction = Direction::ClientToServer;
const FRO: Direction = Direction::ServerToClient;

/// Who says what, in turns.
fn turns() -> impl Strategy<Value = Vec<(Direction, Vec<u8>)>> {
    let octets = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..60),
        1 => prop::collection::vec(any::<u8>(), 1400..4500),
    ];
    prop::collection::vec((prop::sample::select(BOTH.to_vec()), octets), 1..24)
}

/// First sequence numbers, mostly a little before they wrap.
fn first() -> impl Strategy<Value = [u32; 2]> {
    let one = || prop_oneof![3 => (0_u32..8000).prop_map(|n| u32::MAX - n), 1 => any::<u32>()];
    [one(), one()]
}

fn layout() -> impl Strategy<Value = Layout> {
    any::<[bool; 3]>().prop_map(|[ng, big_endian, nanos]| Layout { ng, big_endian, nanos, ..PLAIN })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_written_is_read(turns in turns(), first in first(), ng in any::<bool>()) {
        let format = if ng { Format::Pcapng } else { Format::Pcap };
        let events = read(&written(format, &turns, first));
        prop_assert_eq!(only(&events), [whole(&said(&turns, TO)), whole(&said(&turns, FRO))]);
        // Not only the octets are the same, but also when they came, and in which order.
        let mut expected = Vec::new();
        for (n, (direction, octets)) in turns.iter().enumerate() {
            for octets in octets.chunks(1440) {
                expected.push((at(n + 1), *direction, Step::Octets(octets.to_vec())));
            }
        }
        let got: Vec<_> = events.iter().map(|e| (e.time, e.direction, e.step.clone())).collect();
        prop_assert_eq!(&got[..expected.len()], &expected[..]);
        prop_assert!(events.iter().all(|e| (e.client, e.server) == (client(), server())));
    }

    #[test]
    fn order_and_repetition_do_not_matter(
        turns in turns(), first in first(), layout in layout(), seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let mut frames = frames(&written(Format::Pcap, &turns, first));
        let mut rest = frames.split_off(3);
        for _ in 0..rest.len() / 3 {
            // Whatever was sent may be captured once more, at any time after.
            let from = chance.below(rest.len());
            let to = from + chance.below(rest.len() - from);
            rest.insert(to, rest[from].clone());
        }
        chance.shuffle(&mut rest, 4);
        frames.extend(rest);
        let events = read(&file(layout, &frames));
        prop_assert_eq!(only(&events), [whole(&said(&turns, TO)), whole(&said(&turns, FRO))]);
    }

    #[test]
    fn segments_may_overlap_in_any_way(
        octets in prop::collection::vec(any::<u8>(), 1..3000), first in first(), seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let talk = Talk::new(first);
        let mut cuts = Vec::new();
        let mut done = 0;
        while done < octets.len() {
            let start = chance.below(done + 1).max(done.saturating_sub(300));
            let end = (start + 1 + chance.below(400)).min(octets.len());
            done = done.max(end);
            cuts.push(start..end);
        }
        // Nobody acknowledges, so nothing tells what is lost, and any order will do.
        let count = cuts.len();
        chance.shuffle(&mut cuts, count);
        let mut frames = talk.handshake();
        frames.extend(cuts.iter().map(|cut| talk.frame(TO, cut.start, 0, "AP", &octets[cut.clone()])));
        frames.push(talk.frame(TO, octets.len(), 0, "FA", &[]));
        let [got, _] = only(&read(&file(PLAIN, &frames)));
        prop_assert_eq!(got, whole(&octets));
    }

    #[test]
    fn what_is_lost_is_said(turns in turns(), first in first(), layout in layout(), seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let frames = frames(&written(Format::Pcap, &turns, first));
        let count = frames.len();
        let mut lost = 0;
        let mut kept = Vec::new();
        for (n, frame) in frames.into_iter().enumerate() {
            let length = segment(1, &frame, 0).unwrap().payload.len();
            if n >= 3 && n < count - 3 && chance.one_in(4) {
                lost += length;
            } else {
                kept.push(frame);
            }
        }
        let got = only(&read(&file(layout, &kept)));
        for (stream, way) in got.iter().zip(BOTH) {
            let sent = said(&turns, way);
            prop_assert!(stream.agrees_with(&sent));
            prop_assert!(stream.closed);
            prop_assert_eq!(stream.octets.len(), sent.len());
        }
        prop_assert_eq!(got[0].missing() + got[1].missing(), lost);
    }

    #[test]
    fn what_the_snaplen_cuts_off_is_said(
        turns in turns(), first in first(), layout in layout(), snaplen in 54_usize..200,
    ) {
        let frames = frames(&written(Format::Pcap, &turns, first));
        let cut: usize = frames.iter().map(|frame| frame.len().saturating_sub(snaplen)).sum();
        let (events, tally, error) = read_with(&file(Layout { snaplen, ..layout }, &frames), &[]);
        prop_assert!(error.is_none());
        prop_assert_eq!(tally.cut > 0, cut > 0);
        let got = only(&events);
        for (stream, way) in got.iter().zip(BOTH) {
            let sent = said(&turns, way);
            prop_assert!(stream.agrees_with(&sent) && stream.closed);
            prop_assert_eq!(stream.octets.len(), sent.len());
        }
        prop_assert_eq!(got[0].missing() + got[1].missing(), cut);
    }

    #[test]
    fn a_capture_may_start_in_the_middle(turns in turns(), first in first(), skip in 3_usize..20) {
        let frames = frames(&written(Format::Pcap, &turns, first));
        let skip = skip.min(frames.len() - 3);
        let before = |way: Direction| -> usize {
            let from_client = way == TO;
            let frames = frames[..skip].iter().filter_map(|frame| segment(1, frame, 0).ok());
            frames.filter(|s| (s.source == client()) == from_client).map(|s| s.payload.len()).sum()
        };
        let events = read(&file(PLAIN, &frames[skip..]));
        prop_assert!(events.iter().all(|e| (e.client, e.server) == (client(), server())));
        let expected = BOTH.map(|way| whole(&said(&turns, way)[before(way)..]));
        prop_assert_eq!(only(&events), expected);
    }

    #[test]
    fn no_segments_are_too_wild(
        wild in prop::collection::vec((any::<bool>(), any::<u32>(), any::<u32>(), 0_u8..32, 0_usize..40), 0..120),
        near in any::<bool>(),
    ) {
        let talk = Talk::new([0, 0]);
        let frames: Vec<_> = wild.iter().map(|&(to, seq, ack, bits, length)| {
            let (seq, ack) = if near { (seq % 100, ack % 100) } else { (seq, ack) };
            let flags: String = "SFRAP".chars().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, c)| c).collect();
            let way = if to { TO } else { FRO };
            talk.frame(way, seq as usize, ack as usize, &flags, &vec![7; length])
        }).collect();
        // Whatever comes of it: `streams` sees to it that no direction speaks after its end.
        streams(&read(&file(PLAIN, &frames)));
    }
}

#[test]
fn octets_that_waited_come_in_order_when_they_can_be_read() {
    let talk = Talk::new([u32::MAX - 1, 7]);
    let mut frames = talk.handshake();
    frames.push(talk.frame(TO, 2, 0, "AP", b"cd"));
    frames.push(talk.frame(TO, 4, 0, "AP", b"ef"));
    frames.push(talk.frame(TO, 0, 0, "AP", b"ab"));
    let events = read(&file(PLAIN, &frames));
    let steps: Vec<_> = events.iter().map(|e| (e.time, e.step.clone())).collect();
    let step = |octets: &[u8]| (at(5), Step::Octets(octets.to_vec()));
    assert_eq!(steps, [step(b"ab"), step(b"cd"), step(b"ef")]);
}

#[test]
fn what_the_peer_has_will_not_come_any_more() {
    let talk = Talk::new([1000, 2000]);
    let mut frames = talk.handshake();
    // The request at 10 is not in the capture; its answer is.
    frames.push(talk.frame(TO, 0, 0, "AP", &[1; 10]));
    frames.push(talk.frame(FRO, 0, 20, "AP", &[2; 10]));
    for n in 0..10 {
        frames.push(talk.frame(TO, 20 + 10 * n, 10 + 10 * n, "AP", &[3; 10]));
        frames.push(talk.frame(FRO, 10 + 10 * n, 30 + 10 * n, "AP", &[4; 10]));
    }
    let events = read(&file(PLAIN, &frames));
    let gap = events.iter().find(|e| e.step == Step::Gap(10)).expect("a gap");
    assert_eq!(gap.direction, TO);
    assert_eq!(gap.time, at(3 + 1 + 8), "long before the end");
    assert_eq!(only(&events)[0].octets.len(), 120);
}

#[test]
fn patience_ends_without_any_acknowledgment() {
    let talk = Talk::new([1000, 2000]);
    let mut frames = talk.handshake();
    frames.extend(core::iter::repeat_n(talk.frame(TO, 5, 0, "AP", b"late"), 31_000));
    let events = read(&file(PLAIN, &frames));
    assert_eq!(events[0].step, Step::Gap(5));
    assert_eq!(events[0].time, at(3) + Duration::from_secs(30));
}

#[test]
fn what_is_held_back_is_bounded() {
    let talk = Talk::new([0, 0]);
    let mut tcp = Reassembler::new(vec![102]);
    let mut frames = talk.handshake();
    let (mut most, mut gaps, mut octets) = (0, 0, 0);
    // One octet is missing, and then three mebioctets come; and again in little pieces with holes between them.
    frames.extend((0..2200).map(|n| talk.frame(TO, 1 + n * 1440, 0, "A", &[1; 1440])));
    frames.extend((0..40_000).map(|n| talk.frame(TO, 4_000_000 + n * 3, 0, "A", &[1; 2])));
    for frame in &frames {
        tcp.push(&segment(1, frame, 0).unwrap(), Duration::ZERO);
        most = most.max(tcp.held());
        while let Some(event) = tcp.pop() {
            match event.kind {
                Kind::Octets(o) => octets += o.len(),
                Kind::Gap(_) => gaps += 1,
                Kind::Closed => panic!("it is open"),
            }
        }
    }
    assert!(most <= (1 << 20) + 2000, "{most}");
    assert!(gaps > 20_000 && octets > 2200 * 1440);
    while tcp.finish_one(Duration::ZERO) {
        while tcp.pop().is_some() {}
    }
    assert_eq!(tcp.held(), 0);
}

#[test]
fn forgotten_conversations_hand_out_what_they_held() {
    let mut tcp = Reassembler::new(vec![102]);
    let mut gaps = 0;
    for n in 0..40_000_u32 {
        let [.., a, b] = n.to_be_bytes();
        let client = SocketAddr::new([10, 0, a, b].into(), 2000);
        let talk = Talk { client, server: server(), first: [5, 5] };
        for frame in [talk.frame(TO, 0, 0, "S", &[]), talk.frame(TO, 9, 0, "AP", b"x")] {
            tcp.push(&segment(1, &frame, 0).unwrap(), Duration::ZERO);
            while let Some(event) = tcp.pop() {
                gaps += usize::from(event.kind == Kind::Gap(9));
            }
        }
    }
    assert!(gaps > 20_000, "{gaps}");
    while tcp.finish_one(Duration::ZERO) {
        while let Some(event) = tcp.pop() {
            gaps += usize::from(event.kind == Kind::Gap(9));
        }
    }
    assert_eq!(gaps, 40_000);
}

#[test]
fn ports_used_again_are_a_new_conversation() {
    let (one, two) = (Talk::new([1000, 2000]), Talk::new([900_000, 4000]));
    for reset in [true, false] {
        let mut frames = one.handshake();
        frames.push(one.frame(TO, 0, 0, "AP", b"first"));
        if reset {
            frames.push(one.frame(FRO, 0, 5, "RA", &[]));
            // Sent again although all is over.
            frames.push(one.frame(TO, 0, 0, "AP", b"first"));
        }
        frames.extend(two.handshake());
        frames.extend(two.handshake());
        frames.push(two.frame(TO, 0, 0, "AP", b"second"));
        let all = streams(&read(&file(PLAIN, &frames)));
        assert_eq!(all.len(), 2);
        assert_eq!(all[&0], [whole(b"first"), whole(b"")]);
        assert_eq!(all[&1][0], Stream { closed: false, ..whole(b"second") });
    }
}

#[test]
fn without_a_handshake_other_numbers_are_a_new_conversation_too() {
    let (one, two) = (Talk::new([1000, 2000]), Talk::new([0x7000_0000, 0x6000_0000]));
    let mut frames = one.handshake();
    frames.push(one.frame(TO, 0, 0, "AP", b"first"));
    frames.push(two.frame(TO, 0, 0, "AP", b"second"));
    frames.push(two.frame(FRO, 0, 6, "AP", b"answer"));
    let all = streams(&read(&file(PLAIN, &frames)));
    assert_eq!(all.len(), 2);
    assert_eq!(all[&1], [b"second", b"answer"].map(|o| Stream { closed: false, ..whole(o) }));
}

#[test]
fn octets_after_a_close_are_not_swallowed() {
    let talk = Talk::new([1000, 2000]);
    let mut frames = talk.handshake();
    frames.push(talk.frame(TO, 0, 0, "AP", b"first"));
    frames.push(talk.frame(FRO, 0, 5, "RA", &[]));
    frames.push(talk.frame(FRO, 0, 5, "AP", b"swapped with the reset"));
    let all = streams(&read(&file(PLAIN, &frames)));
    assert_eq!(all[&1][1].octets.len(), 22);
}

#[test]
fn a_refused_connection_opens_and_closes() {
    let talk = Talk::new([1000, 0]);
    let mut reset = Talk { first: [1000, 0], ..talk }.frame(FRO, 0, 0, "RA", &[]);
    let frames = [talk.frame(TO, 0, 0, "S", &[]), core::mem::take(&mut reset)];
    let events = read(&file(PLAIN, &frames));
    assert_eq!(only(&events), [whole(b""), whole(b"")]);
    assert_eq!((events[0].client, events[0].server), (client(), server()));
}

#[test]
fn a_stray_reset_ends_nothing() {
    let talk = Talk::new([1000, 2000]);
    let mut frames = talk.handshake();
    frames.push(talk.frame(FRO, 90_000_000, 0, "R", &[]));
    frames.push(talk.frame(TO, 0, 0, "AP", b"alive"));
    let events = read(&file(PLAIN, &frames));
    assert_eq!(only(&events)[0], Stream { closed: false, ..whole(b"alive") });
}

#[test]
fn one_side_may_finish_before_the_other() {
    let talk = Talk::new([1000, 2000]);
    let mut frames = talk.handshake();
    // The finish overtakes the last octets.
    frames.push(talk.frame(TO, 5, 0, "FA", &[]));
    frames.push(talk.frame(TO, 0, 0, "AP", b"hello"));
    frames.push(talk.frame(FRO, 0, 6, "AP", b"world"));
    let events = read(&file(PLAIN, &frames));
    assert_eq!(only(&events), [whole(b"hello"), Stream { closed: false, ..whole(b"world") }]);
}

#[test]
fn keep_alives_are_no_octets() {
    let talk = Talk::new([1000, 2000]);
    // In the middle of a quiet conversation: first a keep-alive with an octet, and on the other side one without.
    let frames = [
        talk.frame(TO, 99, 50, "A", &[0]),
        talk.frame(FRO, 49, 100, "A", &[]),
        talk.frame(TO, 100, 50, "AP", b"question"),
        talk.frame(FRO, 50, 108, "AP", b"answer"),
        talk.frame(TO, 107, 56, "A", &[0]),
        talk.frame(TO, 108, 56, "AP", b"!"),
    ];
    let [to, fro] = only(&read(&file(PLAIN, &frames)));
    assert_eq!(to.octets, whole(b"question!").octets);
    assert_eq!(fro.octets, whole(b"answer").octets);
}

#[test]
fn octets_before_the_presumed_start_can_still_be_had() {
    let talk = Talk::new([1000, 2000]);
    let frames = [
        talk.frame(TO, 5, 0, "A", &[]),
        talk.frame(TO, 0, 0, "AP", b"hello"),
        talk.frame(TO, 5, 0, "AP", b"world"),
    ];
    assert_eq!(only(&read(&file(PLAIN, &frames)))[0].octets, whole(b"helloworld").octets);
    // And a handshake that was captured late is still that of the same conversation.
    let mut frames = vec![talk.frame(TO, 0, 0, "AP", b"hello")];
    frames.extend(talk.handshake());
    frames.push(talk.frame(TO, 5, 0, "AP", b"world"));
    assert_eq!(only(&read(&file(PLAIN, &frames)))[0].octets, whole(b"helloworld").octets);
}

#[test]
fn the_server_is_who_was_called() {
    let say = |a: &str, b: &str, flags: &str, ports: &[u16]| {
        let talk = Talk { client: address(a), server: address(b), first: [5, 5] };
        let frames = [talk.frame(TO, 0, 0, flags, &[]), talk.frame(TO, 0, 0, "A", b"octets")];
        read_with(&file(PLAIN, &frames), ports).0[0].server
    };
    let (low, high, iso) = ("10.0.0.1:80", "10.0.0.2:9000", "10.0.0.3:102");
    // A handshake knows best, whatever the ports are.
    assert_eq!(say(iso, high, "S", &[]), address(high));
    assert_eq!(say(iso, high, "SA", &[]), address(iso));
    // Then the ports that are known, then the lower one.
    assert_eq!(say(low, iso, "A", &[]), address(iso));
    assert_eq!(say(iso, low, "A", &[]), address(iso));
    assert_eq!(say(low, high, "A", &[]), address(low));
    assert_eq!(say(high, low, "A", &[9000]), address(high));
    assert_eq!(say("10.0.0.1:5", "10.0.0.2:5", "A", &[]), address("10.0.0.2:5"));
}

#[test]
fn both_copies_of_a_packet_fill_each_other_up() {
    // Captured on two interfaces, one of which cuts: what one copy lacks the next one has.
    let talk = Talk::new([1000, 2000]);
    let mut tcp = Reassembler::new(vec![102]);
    let octets: Vec<u8> = (0..100).collect();
    let frame = talk.frame(TO, 0, 0, "AP", &octets);
    let behind = talk.frame(TO, 40, 0, "AP", &octets[40..]);
    let mut got = Vec::new();
    let start = talk.handshake();
    for frame in [&start[0], &start[1], &behind[..], &frame[..54 + 40]] {
        tcp.push(&segment(1, frame, 0).unwrap(), Duration::ZERO);
        while let Some(event) = tcp.pop() {
            match event.kind {
                Kind::Octets(o) => got.extend_from_slice(o),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(got, octets);
}

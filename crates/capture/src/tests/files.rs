//! What a capture file may look like, and what is said of those that do not.
use std::io::{self, Read, Write};

use proptest::prelude::*;

use super::*;

const TO: Direction = Direction::ClientToServer;
const FRO: Direction = Direction::ServerToClient;

/// A question and an answer, with their handshake.
fn chat(talk: &Talk) -> Vec<Vec<u8>> {
    let mut frames = talk.handshake();
    frames.push(talk.frame(TO, 0, 0, "AP", b"question"));
    frames.push(talk.frame(FRO, 0, 8, "AP", b"answer"));
    frames
}

/// Whether that is what was read.
fn is_chat(events: &[Kept]) -> bool {
    let [to, fro] = only(events);
    to.octets == whole(b"question").octets && fro.octets == whole(b"answer").octets
}

/// The chat with another link header instead of Ethernet's.
fn with_header(header: &[u8]) -> Vec<Vec<u8>> {
    chat(&Talk::new([1, 2])).iter().map(|frame| [header, &frame[14..]].concat()).collect()
}

#[test]
fn every_layout_reads_alike() {
    for bits in 0..8_u8 {
        let (ng, big_endian, nanos) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
        let layout = Layout { ng, big_endian, nanos, ..PLAIN };
        let events = read(&file(layout, &chat(&Talk::new([1, 2]))));
        assert!(is_chat(&events), "{layout:?}");
        let read_as = |time: Duration| {
            if nanos { time } else { Duration::new(time.as_secs(), time.subsec_micros() * 1000) }
        };
        assert_eq!(events[0].time, read_as(at(3)), "{layout:?}");
        assert_eq!(events[1].time, read_as(at(4)), "{layout:?}");
    }
}

#[test]
fn every_link_leads_to_ip() {
    let sll2 = |kind: [u8; 2]| [&kind[..], &[0; 18]].concat();
    let sll = |kind: [u8; 2]| [&[0; 14][..], &kind].concat();
    let ethernet = |kinds: &[u8]| [&[2; 12][..], kinds].concat();
    let links: [(u16, Vec<u8>); 18] = [
        (1, ethernet(&[8, 0])),
        (1, ethernet(&[0x81, 0, 0, 5, 8, 0])),
        (1, ethernet(&[0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 8, 0])),
        (1, ethernet(&[0x91, 0, 0, 5, 0x81, 0, 0, 6, 8, 0])),
        // An HSR ring, and one behind a VLAN.
        (1, ethernet(&[0x89, 0x2F, 0, 50, 0, 1, 8, 0])),
        (1, ethernet(&[0x81, 0, 0, 5, 0x89, 0x2F, 0, 50, 0, 1, 8, 0])),
        (101, vec![]),
        (12, vec![]),
        (14, vec![]),
        (228, vec![]),
        (113, sll([8, 0])),
        (113, [sll([0x81, 0]), vec![0, 5, 8, 0]].concat()),
        (276, sll2([8, 0])),
        (276, [sll2([0x81, 0]), vec![0, 5, 8, 0]].concat()),
        (276, [sll2([0x88, 0xA8]), vec![0, 5, 0x81, 0, 0, 6, 8, 0]].concat()),
        (0, vec![2, 0, 0, 0]),
        (0, vec![0, 0, 0, 2]),
        (108, vec![0, 0, 0, 2]),
    ];
    for (link, header) in links {
        for ng in [true, false] {
            let (events, tally, error) =
                read_with(&file(Layout { ng, link, ..PLAIN }, &with_header(&header)), &[]);
            assert!(error.is_none() && is_chat(&events), "link {link}, {header:?}");
            assert_eq!(tally, Tally { packets: 5, segments: 5, ..Tally::default() });
        }
    }
}

#[test]
fn ipv6_reads_like_ipv4() {
    let talk = Talk { client: address("[fe80::1]:40000"), server: address("[fe80::2]:102"), first: [1, 2] };
    let frames = chat(&talk);
    assert!(is_chat(&read(&file(PLAIN, &frames))));
    let bare: Vec<_> = frames.iter().map(|frame| frame[14..].to_vec()).collect();
    assert!(is_chat(&read(&file(Layout { link: 229, ..PLAIN }, &bare))));
    for family in [10_u8, 23, 24, 28, 30] {
        let bsd: Vec<_> = bare.iter().map(|packet| [&[family, 0, 0, 0][..], packet].concat()).collect();
        assert!(is_chat(&read(&file(Layout { link: 0, ..PLAIN }, &bsd))));
    }
    // Extension headers stand between, and count.
    let stretched: Vec<_> = frames
        .iter()
        .map(|frame| {
            let mut frame = frame.clone();
            let length = u16::from_be_bytes([frame[18], frame[19]]) + 8;
            frame[18..20].copy_from_slice(&length.to_be_bytes());
            // Hop-by-hop options, then TCP.
            frame[20] = 0;
            frame.splice(54..54, [6, 0, 1, 4, 0, 0, 0, 0]);
            frame
        })
        .collect();
    assert!(is_chat(&read(&file(PLAIN, &stretched))));
    let cut = read(&file(Layout { snaplen: 14 + 40 + 8 + 20 + 2, ..PLAIN }, &stretched));
    assert_eq!(only(&cut)[0].octets.len(), 8);
    assert_eq!(only(&cut)[0].missing(), 6);
}

#[test]
fn padding_and_check_sequences_are_no_octets() {
    let frames: Vec<_> = chat(&Talk::new([1, 2])).into_iter().map(|f| [f, vec![0xEE; 10]].concat()).collect();
    assert!(is_chat(&read(&file(PLAIN, &frames))));
    // The upper half of the classic link type says that there are check sequences, and how long they are.
    let mut all = file(Layout { ng: false, ..PLAIN }, &frames);
    all[23] = 0x44;
    assert!(is_chat(&read(&all)));
}

#[test]
fn offloaded_packets_have_no_length() {
    let mut frames = chat(&Talk::new([1, 2]));
    for frame in &mut frames {
        frame[16..18].fill(0);
    }
    assert!(is_chat(&read(&file(PLAIN, &frames))));
    // Cut short on top, only the record knows how long it was.
    let [to, fro] = only(&read(&file(Layout { snaplen: 56, ..PLAIN }, &frames)));
    assert_eq!((to.octets.len(), to.missing(), fro.octets.len(), fro.missing()), (8, 6, 6, 4));
}

#[test]
fn what_is_no_tcp_is_counted() {
    let talk = Talk::new([1, 2]);
    let mut frames = chat(&talk);
    let mut fragment = frames[3].clone();
    fragment[20] = 0x20;
    let mut udp = frames[3].clone();
    udp[23] = 17;
    let arp = [&[2; 12][..], &[8, 6], &[0; 28]].concat();
    let cut = frames[3][..40].to_vec();
    frames.extend([fragment, udp, arp, cut, vec![], vec![0; 13]]);
    let (events, tally, error) = read_with(&file(PLAIN, &frames), &[]);
    assert!(error.is_none() && is_chat(&events));
    assert_eq!(
        tally,
        Tally { packets: 11, segments: 5, fragments: 1, other: 2, unreadable: 3, ..Tally::default() }
    );
    let (events, tally, _) = read_with(&file(Layout { link: 127, ..PLAIN }, &frames), &[]);
    assert!(events.is_empty());
    assert_eq!((tally.unknown, tally.unknown_link), (11, Some(127)));
    assert!(tally.to_string().contains("link type 127"), "{tally}");
}

/// A pcapng file by hand.
fn by_hand(big_endian: bool, write: impl FnOnce(&mut Octets)) -> Vec<u8> {
    let mut out = Octets { big_endian, all: Vec::new() };
    out.section();
    write(&mut out);
    out.all
}

#[test]
fn interfaces_have_their_own_links_and_clocks() {
    let frames = chat(&Talk::new([1, 2]));
    for big_endian in [false, true] {
        let hour = if big_endian { 3600_i64.to_be_bytes() } else { 3600_i64.to_le_bytes() };
        let late = if big_endian { (-5000_i64).to_be_bytes() } else { (-5000_i64).to_le_bytes() };
        let capture = by_hand(big_endian, |out| {
            out.interface(1, 0, &[]);
            out.interface(101, 0, &[(2, b"any"), (9, &[3]), (14, &hour)]);
            // A resolution of 2 to the power of -10, and one that is absurd.
            out.interface(1, 0, &[(9, &[0x8A])]);
            out.interface(1, 0, &[(9, &[0x7F]), (14, &late)]);
            // Blocks nobody knows, and statistics, are passed over.
            out.block(0x1234, |b| b.all.extend([7; 99]));
            out.block(5, |b| b.all.extend([0; 12]));
            for frame in &frames[..3] {
                out.enhanced(0, 1, frame, frame.len());
            }
            let bare = &frames[3][14..];
            out.enhanced(1, 1500, bare, bare.len());
            out.enhanced(2, 1024 + 512, &frames[4], frames[4].len());
            let last = Talk::new([1, 2]).frame(FRO, 6, 8, "AP", b"!");
            out.enhanced(3, u64::MAX, &last, last.len());
        });
        let times: Vec<_> = read(&capture).iter().map(|e| e.time).collect();
        assert_eq!(times, [Duration::from_millis(3_601_500), Duration::from_millis(1500), Duration::ZERO]);
    }
}

#[test]
fn older_kinds_of_packet_are_read() {
    let frames = chat(&Talk::new([1, 2]));
    for big_endian in [false, true] {
        let capture = by_hand(big_endian, |out| {
            out.interface(1, 60, &[]);
            for frame in &frames[..3] {
                out.block(3, |b| {
                    b.u32(u32::try_from(frame.len()).unwrap());
                    b.all.extend(frame);
                });
            }
            out.block(2, |b| {
                b.u16(0);
                b.u16(77);
                b.u32(0);
                b.u32(2_000_000);
                b.u32(u32::try_from(frames[3].len()).unwrap());
                b.u32(u32::try_from(frames[3].len()).unwrap());
                b.all.extend(&frames[3]);
            });
            // The interface keeps 60 octets: all of this one, and six of the ten octets of the next.
            out.block(3, |b| {
                b.u32(u32::try_from(frames[4].len()).unwrap());
                b.all.extend(&frames[4][..60]);
            });
            let long = Talk::new([1, 2]).frame(FRO, 6, 8, "AP", b"0123456789");
            out.block(3, |b| {
                b.u32(u32::try_from(long.len()).unwrap());
                b.all.extend(&long[..60]);
            });
        });
        let events = read(&capture);
        assert_eq!(events[0].time, Duration::from_secs(2));
        assert_eq!(events[1].time, Duration::from_secs(2), "a simple packet has no time of its own");
        let [_, fro] = only(&events);
        assert_eq!((fro.octets.len(), fro.missing()), (16, 4));
    }
}

#[test]
fn sections_follow_each_other_in_any_byte_order() {
    let frames = chat(&Talk::new([1, 2]));
    let mut all = file(PLAIN, &frames[..4]);
    all.extend(file(Layout { big_endian: true, nanos: false, ..PLAIN }, &frames[4..]));
    assert!(is_chat(&read(&all)));
    // The interfaces of one section are not those of the next.
    let mut out = Octets { big_endian: false, all: file(PLAIN, &frames[..4]) };
    out.section();
    let offset = out.all.len() as u64;
    out.enhanced(0, 0, &frames[4], frames[4].len());
    let (_, _, error) = read_with(&out.all, &[]);
    assert!(matches!(error, Some(ReadError::Corrupt { offset: o, .. }) if o == offset), "{error:?}");
}

#[test]
fn kuznetzovs_longer_records_are_read() {
    let frames = chat(&Talk::new([1, 2]));
    let plain = file(Layout { ng: false, nanos: false, ..PLAIN }, &frames);
    let mut all = plain[..24].to_vec();
    all[..4].copy_from_slice(&0xA1B2_CD34_u32.to_le_bytes());
    let mut rest = &plain[24..];
    for frame in &frames {
        all.extend(&rest[..16]);
        all.extend([9; 8]);
        all.extend(frame);
        rest = &rest[16 + frame.len()..];
    }
    assert!(is_chat(&read(&all)));
}

#[test]
fn whatever_is_cut_off_is_read_up_to_there() {
    let frames = chat(&Talk::new([1, 2]));
    for ng in [true, false] {
        let all = file(Layout { ng, ..PLAIN }, &frames);
        let mut whole_ones = 0;
        for end in 0..all.len() {
            let (events, _, error) = read_with(&all[..end], &[]);
            match error {
                None => {
                    // Only between two records a file may end without a complaint.
                    whole_ones += 1;
                    assert!(events.len() <= 2);
                }
                Some(ReadError::Empty) => assert_eq!(end, 0),
                Some(ReadError::NotACapture { .. }) => assert!(end < 4),
                Some(ReadError::CutOff { offset, .. }) => assert!(offset < end as u64),
                Some(other) => panic!("{other}"),
            }
        }
        // Behind the header of the file, that of the interface, and all packets but the last.
        assert_eq!(whole_ones, if ng { 6 } else { 5 });
        let (events, _, error) = read_with(&all[..all.len() - 1], &[]);
        assert_eq!(events.len(), 1);
        assert!(error.unwrap().to_string().contains("everything before that point has been read"));
    }
}

#[test]
fn corruption_is_said_with_its_place() {
    let frames = chat(&Talk::new([1, 2]));
    let corrupt = |ng: bool, at: usize, value: u32| {
        let mut all = file(Layout { ng, ..PLAIN }, &frames);
        all[at..at + 4].copy_from_slice(&value.to_le_bytes());
        match read_with(&all, &[]).2 {
            Some(ReadError::Corrupt { offset, what }) => (offset, what),
            other => panic!("{other:?}"),
        }
    };
    // A record of the classic format with an absurd length.
    assert_eq!(corrupt(false, 24 + 8, 0xFFFF_FFFF).0, 24);
    // Blocks of pcapng: no byte order; too short; too long; with a trailer that says otherwise; of no interface.
    assert_eq!(corrupt(true, 8, 1).0, 0);
    assert_eq!(corrupt(true, 28 + 4, 8).0, 28);
    assert_eq!(corrupt(true, 28 + 4, 0x7FFF_FFFF).0, 28);
    let packet = 28 + 32;
    assert_eq!(
        corrupt(true, packet + 8, 3),
        (packet as u64, "a packet from an interface that was never described")
    );
    assert_eq!(corrupt(true, packet + 20, 0x1000).0, packet as u64);
    assert_eq!(corrupt(true, packet + 20, u32::MAX).0, packet as u64);
    let length = u32::from_le_bytes(file(PLAIN, &frames)[packet + 4..packet + 8].try_into().unwrap());
    assert_eq!(corrupt(true, packet + length as usize - 4, 0).0, packet as u64);
}

#[test]
fn versions_to_come_are_refused() {
    for (ng, at) in [(true, 12), (false, 4)] {
        let mut all = file(Layout { ng, ..PLAIN }, &[]);
        all[at] = 9;
        assert!(matches!(read_with(&all, &[]).2, Some(ReadError::Version { major: 9 })));
    }
}

#[test]
fn what_is_no_capture_is_said_to_be_none() {
    let says = |file: &[u8]| match read_with(file, &[]).2 {
        Some(error @ ReadError::NotACapture { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(says(&[0x1F, 0x8B, 8, 0, 0]).contains("gunzip"));
    assert!(says(b"snoop\0\0\0").contains("editcap"));
    assert!(says(b"hello").contains("[68, 65, 6c, 6c, 6f]"));
    assert!(says(b"x").contains("not a pcap"));
    assert!(matches!(read_with(b"", &[]).2, Some(ReadError::Empty)));
}

#[test]
fn a_broken_disk_is_no_end() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("smoke"))
        }
    }
    let all = file(PLAIN, &chat(&Talk::new([1, 2])));
    let mut capture = Capture::new(all.chain(Broken), &[]).unwrap();
    let mut events = 0;
    let error = loop {
        match capture.next_event() {
            Ok(Some(_)) => events += 1,
            Ok(None) => panic!("no end"),
            Err(error) => break error,
        }
    };
    assert_eq!(events, 2);
    assert!(error.to_string().contains(&format!("octet {}: smoke", all.len())), "{error}");
}

#[test]
fn a_killed_writer_leaves_a_readable_file() {
    /// Notes what is in the file at every flush.
    #[derive(Default)]
    struct Disk {
        now: Vec<u8>,
        flushed: Vec<Vec<u8>>,
    }
    impl Write for &mut Disk {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.now.extend_from_slice(octets);
            Ok(octets.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.flushed.push(self.now.clone());
            Ok(())
        }
    }
    for format in [Format::Pcap, Format::Pcapng] {
        let mut disk = Disk::default();
        let mut writer = CaptureWriter::new(&mut disk, format, None).unwrap();
        let mut talk = writer.open(at(0), client(), server()).unwrap();
        writer.octets(&mut talk, at(1), TO, &[5; 3000], None).unwrap();
        drop(writer);
        assert_eq!(disk.flushed.len(), 1 + 3 + 3);
        assert_eq!(disk.flushed.last().unwrap(), &disk.now);
        for file in &disk.flushed {
            read(file);
        }
        assert_eq!(only(&read(&disk.now))[0].octets.len(), 3000);
    }
}

#[test]
fn conversations_may_interleave_and_follow_each_other() {
    for format in [Format::Pcap, Format::Pcapng] {
        let mut out = Vec::new();
        let mut writer = CaptureWriter::new(&mut out, format, None).unwrap();
        let mut one = writer.open(at(0), client(), server()).unwrap();
        let mut two =
            writer.open(at(1), address("[2001:db8::1]:5000"), address("[2001:db8::2]:102")).unwrap();
        // One socket that speaks both versions, and one that does not.
        let mut mixed = writer.open(at(2), address("[2001:db8::1]:5001"), address("10.0.0.1:102")).unwrap();
        let mut mapped =
            writer.open(at(2), address("[::ffff:10.0.0.9]:5001"), address("10.0.0.1:102")).unwrap();
        writer.octets(&mut one, at(3), TO, b"one", None).unwrap();
        writer.octets(&mut two, at(4), FRO, b"two", None).unwrap();
        writer.octets(&mut mixed, at(5), TO, b"mixed", None).unwrap();
        writer.octets(&mut mapped, at(6), TO, b"mapped", None).unwrap();
        writer.octets(&mut one, at(6), TO, b"", None).unwrap();
        writer.close(&mut one, at(7), FRO).unwrap();
        writer.close(&mut one, at(7), FRO).unwrap();
        assert!(writer.octets(&mut one, at(7), TO, b"late", None).is_err());
        let mut again = writer.open(at(8), client(), server()).unwrap();
        writer.octets(&mut again, at(9), TO, b"again", None).unwrap();
        let events = read(&out);
        let all = streams(&events);
        let octets = |n: usize, way: usize| {
            all[&n][way].octets.iter().map(|o| char::from(o.unwrap())).collect::<String>()
        };
        let said: Vec<_> = (0..5).map(|n| [octets(n, 0), octets(n, 1)].concat()).collect();
        assert_eq!(said, ["one", "two", "mixed", "mapped", "again"]);
        assert!(all[&0][0].closed && all[&0][1].closed && !all[&4][0].closed);
        let server_of = |n| events.iter().find(|e| e.conversation == n).unwrap().server;
        assert_eq!(server_of(2), address("[::ffff:10.0.0.1]:102"));
        assert_eq!(server_of(3), address("10.0.0.1:102"));
    }
}

#[test]
fn checksums_are_right() {
    let talk = Talk::new([1, 2]);
    let turns = [(TO, b"odd".to_vec()), (FRO, vec![0xFF; 1500])];
    for frame in frames(&written(Format::Pcap, &turns, talk.first)) {
        let packet = etherparse::SlicedPacket::from_ethernet(&frame).unwrap();
        let (Some(etherparse::NetSlice::Ipv4(ip)), Some(etherparse::TransportSlice::Tcp(tcp))) =
            (packet.net, packet.transport)
        else {
            panic!("TCP over IPv4");
        };
        let header = ip.header().to_header();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        assert_eq!(tcp.checksum(), tcp.calc_checksum_ipv4(header.source, header.destination).unwrap());
    }
}

#[test]
fn comments_and_the_name_of_this_program_are_there() {
    use pcap_parser::{Block, OptionCode, parse_block_le};
    let long = "ü".repeat(40_000);
    let mut out = Vec::new();
    let mut writer = CaptureWriter::new(&mut out, Format::Pcapng, Some(&long)).unwrap();
    let mut talk = writer.open(at(0), client(), server()).unwrap();
    writer.octets(&mut talk, at(1), TO, &[1; 2000], Some("a slow answer")).unwrap();
    let (mut rest, mut comments) = (&out[..], Vec::new());
    while !rest.is_empty() {
        let (next, block) = parse_block_le(rest).unwrap();
        rest = next;
        let options = match &block {
            Block::SectionHeader(block) => {
                assert_eq!(block.shb_userappl(), Some(Ok("hepta")));
                &block.options
            }
            Block::EnhancedPacket(block) => &block.options,
            _ => continue,
        };
        comments.extend(
            options.iter().filter(|o| o.code == OptionCode::Comment).map(|o| o.as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(comments.len(), 2, "the second segment has none");
    assert!(long.starts_with(&comments[0]) && comments[0].len() == 32 << 10);
    assert_eq!(comments[1], "a slow answer");
    assert_eq!(only(&read(&out))[0].octets.len(), 2000);
}

#[test]
fn a_full_disk_is_said() {
    let mut room = [0_u8; 300];
    let mut writer = CaptureWriter::new(&mut room[..], Format::Pcap, None).unwrap();
    let mut talk = writer.open(at(0), client(), server()).unwrap();
    let error = writer.octets(&mut talk, at(1), TO, &[5; 3000], None).unwrap_err();
    assert!(error.to_string().contains("could not be written"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_file_is_too_wild(start in 0_usize..6, octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let magic: [&[u8]; 6] = [
            b"", &[0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0], &[0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4],
            &[0x34, 0xCD, 0xB2, 0xA1, 2, 0], &file(PLAIN, &[]), &file(Layout { big_endian: true, ..PLAIN }, &[]),
        ];
        read_with(&[magic[start], &octets].concat(), &[]);
    }

    #[test]
    fn no_change_is_too_wild(
        layout in (any::<[bool; 3]>(), prop::sample::select(vec![0_u16, 1, 101, 108, 113, 228, 276])),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let ([ng, big_endian, nanos], link) = layout;
        let turns = [(TO, vec![1; 40]), (FRO, vec![2; 2000]), (TO, vec![3; 10])];
        let frames = frames(&written(Format::Pcap, &turns, [u32::MAX, u32::MAX - 50]));
        let mut all = file(Layout { ng, big_endian, nanos, link, ..PLAIN }, &frames);
        for (place, value) in changes {
            let place = place.index(all.len());
            all[place] = value;
        }
        let (events, ..) = read_with(&all, &[]);
        streams(&events);
    }
}

//! What clients make of the lists: byte positions as snap7, python-snap7 and nmap's `s7-info` take them.
use hepta_plc::{Plc, Profile, Session, Stepper, Time};
use hepta_proto::classic::server::{Device, Flow, Server};
use hepta_proto::classic::szl::{Communication, Component, List, Mode, Module, Protection, Request, SzlId};
use hepta_proto::wire::{Reader, Wire};

const ALL: [&str; 5] = ["lab", "s7-300", "s7-400", "s7-1200", "s7-1500"];

fn plc(profile: &str) -> (Plc, Stepper) {
    let (time, stepper) = Time::stepped(core::time::Duration::from_millis(1_454_973_464_618));
    (Plc::builder(profile.parse().unwrap()).time(time).build(), stepper)
}

fn list(session: &mut Session, id: u16, index: u16) -> Vec<u8> {
    let mut out = vec![];
    session.szl(Request { id: SzlId(id), index }, &mut out).unwrap();
    out
}

#[test]
fn order_code() {
    for profile in ALL {
        let (plc, _) = plc(profile);
        let identity = &plc.profile().identity;
        let octets = list(&mut plc.session(), 0x0011, 0);
        let list = List::read(&mut Reader::new(&octets)).unwrap();
        assert_eq!((list.record, list.count, list.records.len()), (28, 3, 84));
        let modules: Vec<_> = list.of::<Module>().collect();
        assert_eq!(modules[0].order(), identity.order.as_bytes());
        assert_eq!(modules[2].index, 7);
        assert_eq!(modules[2].version >> 8, u16::from(b'V'));
        assert_eq!(modules[2].numbers(), identity.firmware.0);
        // snap7: the last three octets of the answer.
        assert_eq!(octets[octets.len() - 3..], identity.firmware.0);
        // 300s leave the order number of the firmware blank, 1200s repeat it.
        assert_eq!(modules[2].order().is_empty(), !profile.starts_with("s7-1"), "{profile}");
    }
}

#[test]
fn the_session_says_what_the_lists_say() {
    for (profile, says) in [
        ("s7-1200@3.0", "1;6ES7 212-1AE31-0XB0 ;V3.0"),
        ("s7-1200@4.5", "1;6ES7 212-1AE40-0XB0 ;V4.5"),
        ("s7-1200@4.7", "1;6ES7 212-1AE40-0XB0 ;V4.7"),
        ("s7-1500@2.9", "1;6ES7 511-1AK02-0AB0 ;V2.9"),
        ("s7-1500@3.1", "1;6ES7 511-1AL03-0AB0 ;V3.1"),
    ] {
        let (plc, _) = plc(profile);
        assert_eq!(plc.profile().identity.session_version(), says);
        let octets = list(&mut plc.session(), 0x0011, 0);
        let list = List::read(&mut Reader::new(&octets)).unwrap();
        let firmware = list.of::<Module>().last().unwrap();
        let [major, minor, _] = firmware.numbers();
        let order = String::from_utf8(firmware.order().to_vec()).unwrap();
        assert_eq!(format!("1;{order} ;V{major}.{minor}"), says);
    }
}

#[test]
fn names() {
    let mut profile = Profile::s7_1500();
    let long = "x".repeat(50);
    profile.identity =
        profile.identity.station("Filler 3").plant("Hall 7").serial("S C-HEPTA0042").module(&*long);
    let plc = Plc::new(profile);
    let octets = list(&mut plc.session(), 0x001c, 0);
    let list = List::read(&mut Reader::new(&octets)).unwrap();
    assert_eq!((list.record, list.count), (34, 10));
    let texts: Vec<_> = list.of::<Component>().map(|c| (c.index, c.text().to_vec())).collect();
    assert_eq!(texts[0], (1, b"Filler 3".to_vec()));
    assert_eq!(texts[1], (2, vec![b'x'; 24]), "cut to its field");
    assert_eq!(texts[2], (3, b"Hall 7".to_vec()));
    assert_eq!(texts[4], (5, b"S C-HEPTA0042".to_vec()));
    assert_eq!(texts[5], (7, b"CPU 1511-1 PN".to_vec()));
    // python-snap7 takes fixed places, counted from the record length on.
    let data = &octets[4..];
    for (place, text) in [(6, "Filler 3"), (142, "S C-HEPTA0042"), (176, "CPU 1511-1 PN")] {
        assert_eq!(&data[place..place + text.len()], text.as_bytes());
    }
}

#[test]
fn fictional_serial_numbers_say_so() {
    for profile in ALL {
        let identity = plc(profile).0.profile().identity.clone();
        assert!(identity.serial.contains("HEPTA") && identity.card.contains("HEPTA"));
        assert!(identity.copyright.contains("hepta"));
        assert!(identity.order.len() <= 20);
    }
}

#[test]
fn communication_protection_and_state() {
    for profile in ALL {
        let (plc, stepper) = plc(profile);
        let mut session = plc.session();
        let octets = list(&mut session, 0x0131, 1);
        let cp = List::read(&mut Reader::new(&octets)).unwrap().of::<Communication>().next().unwrap();
        assert_eq!((cp.index, cp.pdu), (1, plc.profile().limits.pdu));
        assert_eq!(cp.connections, plc.profile().resources.total());
        for id in [0x0132, 0x0232] {
            let octets = list(&mut session, id, 4);
            let level = List::read(&mut Reader::new(&octets)).unwrap().of::<Protection>().next().unwrap();
            assert_eq!((level.index, level.key, level.parameter, level.actual), (4, 1, 0, 1));
        }
        let mut mode = || {
            let octets = list(&mut session, 0x0424, 0);
            List::read(&mut Reader::new(&octets)).unwrap().of::<Mode>().next().unwrap()
        };
        assert_eq!((mode().mode, mode().is_run()), (8, true));
        assert_eq!(mode().time, [0x16, 0x02, 0x08, 0x23, 0x17, 0x44, 0x61, 0x82]);
        stepper.advance(core::time::Duration::from_secs(16));
        plc.stop();
        assert_eq!((mode().mode, mode().time[4..6].to_vec()), (4, vec![0x18, 0x00]));
        plc.run();
        assert!(mode().is_run());
    }
}

#[test]
fn heads_alone() {
    let mut session = plc("s7-300").0.session();
    assert_eq!(list(&mut session, 0x0f74, 0), [0x0f, 0x74, 0, 0, 0, 4, 0, 7], "as a capture has it");
    assert_eq!(list(&mut session, 0x0f1c, 0), [0x0f, 0x1c, 0, 0, 0, 34, 0, 10], "as a capture has it");
    assert_eq!(list(&mut session, 0x0f11, 0), [0x0f, 0x11, 0, 0, 0, 28, 0, 3]);
}

#[test]
fn run_and_stop_light_up() {
    let (plc, _) = plc("s7-300");
    let mut session = plc.session();
    let lit = |octets: Vec<u8>| {
        octets[8..].chunks(4).filter(|led| led[2] == 1).map(|led| led[1]).collect::<Vec<_>>()
    };
    assert_eq!(lit(list(&mut session, 0x0074, 0)), [4]);
    plc.stop();
    assert_eq!(lit(list(&mut session, 0x0074, 0)), [5]);
}

#[test]
fn connections_in_use_are_counted() {
    let (plc, _) = plc("s7-300");
    let (mut wire, mut session) = (Server::new(plc.profile().policy(), 1), plc.session());
    let cr = [3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 2, 2];
    assert_eq!(wire.receive(&cr, &mut session, &mut vec![]), Ok(Flow::Go));
    // Reserved PG and OP, used PG and OP, configured, established.
    assert_eq!(list(&mut session, 0x0132, 1)[10..22], [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
}

/// The conversation of nmap's script: lists 0011 and 001C with index 1, read at fixed places of the first frame.
#[test]
fn as_nmap_reads_it() {
    for profile in ALL {
        let (plc, _) = plc(profile);
        let (mut server, mut session) = (Server::new(plc.profile().policy(), 1), plc.session());
        let mut ask = |octets: &[u8]| {
            let mut out = vec![];
            server.receive(octets, &mut session, &mut out).map(|_| out).unwrap()
        };
        let slot = if profile == "s7-400" || profile == "s7-300" { 2 } else { 1 };
        ask(&[3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 20, 0, 0xc1, 2, 1, 0, 0xc2, 2, 1, slot, 0xc0, 1, 10]);
        ask(b"\x03\x00\x00\x19\x02\xf0\x80\x32\x01\x00\x00\x00\x00\x00\x08\x00\x00\xf0\x00\x00\x01\x00\x01\x01\xe0");
        let szl = |id: u8| {
            let mut frame = *b"\x03\x00\x00\x21\x02\xf0\x80\x32\x07\x00\x00\x00\x00\x00\x08\x00\x08\x00\x01\x12\x04\x11\x44\x01\x00\xff\x09\x00\x04\x00\x11\x00\x01";
            frame[30] = id;
            frame
        };
        let text = |frame: &[u8], place: usize| {
            let rest = &frame[place - 1..];
            let end = rest.iter().position(|octet| *octet == 0).unwrap();
            String::from_utf8(rest[..end].to_vec()).unwrap().trim().to_owned()
        };
        let identity = &plc.profile().identity;
        let first = ask(&szl(0x11));
        assert!(first.len() >= 125);
        assert_eq!((text(&first, 44), text(&first, 72)), (identity.order.clone(), identity.order.clone()));
        assert_eq!(first[122..125], identity.firmware.0);
        let second = ask(&szl(0x1c));
        assert!(second.len() >= 180);
        assert_eq!(
            (text(&second, 44), text(&second, 180)),
            (identity.station.clone(), identity.serial.clone())
        );
        assert_eq!(text(&second, 78), identity.module);
    }
}

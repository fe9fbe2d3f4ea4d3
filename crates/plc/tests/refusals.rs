//! Each profile's refusals, octet by octet, through the protocol machine and a session, without a socket.
//! `docs/PROFILES.md` names the test behind each cell.
use core::fmt::Write as _;
use hepta_plc::{Area, Block, ErrorCode, Event, Limits, Plc, Profile, Resource, Resources, Session};
use hepta_proto::classic::server::{Fault, Flow, Server};

/// A client's end: what it sends, and what it gets.
struct Wire {
    server: Server,
    session: Session,
}

const CR: &str = "0300001611e00000000100c0010ac1020100c202";
const SETUP: &str = "0300001902f08032010000000000080000f00000080008";

impl Wire {
    fn new(plc: &Plc) -> Self {
        Self { server: Server::new(plc.profile().policy(), 1), session: plc.session() }
    }
    /// Connected and set up, with 8 jobs and a PDU of 960 asked for.
    fn up(plc: &Plc, called: &str) -> Self {
        let mut wire = Self::new(plc);
        assert_eq!(
            wire.ask(&format!("{CR}{called}")),
            format!("0300001611d00001000100c0010ac1020100c202{called}")
        );
        assert!(wire.ask(&format!("{SETUP}03c0")).starts_with("0300001b02f080320300000000000800000000f000"));
        wire
    }
    fn send(&mut self, hex: &str) -> (Result<Flow, Fault>, String) {
        let octets: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..][..2], 16).unwrap()).collect();
        let mut out = Vec::new();
        let flow = self.server.receive(&octets, &mut self.session, &mut out);
        let mut said = String::new();
        out.iter().for_each(|octet| write!(said, "{octet:02x}").unwrap());
        (flow, said)
    }
    fn ask(&mut self, hex: &str) -> String {
        let (flow, said) = self.send(hex);
        assert_eq!(flow, Ok(Flow::Go), "{said}");
        said
    }
    /// Reads one item; what stands behind `04 01`.
    fn read(&mut self, item: &str) -> String {
        let said = self.ask(&format!("0300001f02f080320100000930000e00000401120a10{item}"));
        assert_eq!(&said[17 * 2..19 * 2], "0000", "{said}");
        said[21 * 2..].into()
    }
    /// Writes one item of two octets; its return code.
    fn write(&mut self, item: &str, data: &str) -> String {
        let head = format!("000400{:02x}", 4 * data.len());
        let len = 4 + data.len() / 2;
        let said = self
            .ask(&format!("0300{:04x}02f080320100000930000e{len:04x}0501120a10{item}{head}{data}", 31 + len));
        said[21 * 2..].into()
    }
    /// Error word of the list's parameter, and what its data is.
    fn szl(&mut self, id: u16, index: u16) -> (u16, String) {
        let said = self
            .ask(&format!("0300002102f080320700000941000800080001120411440100ff090004{id:04x}{index:04x}"));
        (u16::from_str_radix(&said[27 * 2..29 * 2], 16).unwrap(), said[33 * 2..].into())
    }
}

/// The header error word of an answer.
fn refused(said: &str) -> ErrorCode {
    assert_eq!(said.len(), 19 * 2, "{said}");
    ErrorCode(u16::from_str_radix(&said[17 * 2..], 16).unwrap())
}

/// A CPU of that kind with DB1 of 16 octets and DB2, optimised; PUT/GET is on.
fn plc(profile: &str) -> Plc {
    let plc = Plc::builder(profile.parse().unwrap()).log(100).build();
    plc.add_block(1, 16).unwrap();
    plc.add_block_with(2, Block { octets: vec![7; 16], optimised: true }).unwrap();
    plc.set_put_get(true);
    plc
}

/// A called TSAP that the profile accepts.
fn place(profile: &str) -> &'static str {
    match profile {
        "s7-300" => "0202",
        "s7-400" => "0203",
        "s7-1200" | "s7-1500" => "0201",
        _ => "0100",
    }
}

const ALL: [&str; 5] = ["lab", "s7-300", "s7-400", "s7-1200", "s7-1500"];

#[test]
fn grants_no_more_than_it_has() {
    for (profile, pdu, jobs) in
        [("lab", 960, 8), ("s7-300", 240, 1), ("s7-400", 480, 8), ("s7-1200", 240, 3), ("s7-1500", 960, 8)]
    {
        let mut wire = Wire::up(&plc(profile), place(profile));
        assert_eq!(wire.session.limits(), Some(Limits { pdu, jobs }), "{profile}");
        // Who asks for less gets that, but not below 112.
        wire.ask("0300001902f08032010000000000080000f000000100010078");
        assert_eq!(wire.session.limits(), Some(Limits { pdu: 120, jobs: 1 }));
        wire.ask("0300001902f08032010000000000080000f000000100010000");
        assert_eq!(wire.session.limits(), Some(Limits { pdu: 112, jobs: 1 }));
    }
}

#[test]
fn an_s7_1500_grants_no_pdu_beyond_the_transport_unit() {
    for (size, pdu) in [("09", 480), ("08", 240), ("0a", 960)] {
        let mut wire = Wire::new(&plc("s7-1500"));
        wire.ask(&format!("{CR}0201").replace("c0010a", &format!("c001{size}")));
        wire.ask(&format!("{SETUP}03c0"));
        assert_eq!(wire.session.limits().map(|limits| limits.pdu), Some(pdu), "unit {size}");
    }
}

#[test]
fn who_has_more_jobs_open_than_agreed_is_closed() {
    let read = "0300001f02f080320100000930000e00000401120a10020001000184000000";
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        let jobs = wire.session.limits().unwrap().jobs;
        wire.ask(&read.repeat(usize::from(jobs)));
        let (flow, _) = wire.send(&read.repeat(usize::from(jobs) + 1));
        let expected = if profile == "lab" { Ok(Flow::Go) } else { Err(Fault::Overrun(jobs)) };
        assert_eq!(flow, expected, "{profile}");
    }
}

#[test]
fn a_job_before_setup_closes() {
    let mut wire = Wire::new(&plc("lab"));
    wire.ask(&format!("{CR}0102"));
    let (flow, said) = wire.send("0300001f02f080320100000930000e00000401120a10020001000184000000");
    assert!(matches!(flow, Err(Fault::NoSetup(_))));
    assert_eq!(said, "");
}

#[test]
fn a_wrong_tsap_is_refused() {
    for (profile, wrong) in [
        ("s7-300", &["0101", "0103", "0122", "0002", "1002"][..]),
        ("s7-400", &["0101", "0105", "0142", "1003"]),
        ("s7-1200", &["0102", "0121", "1000"]),
        ("s7-1500", &["0102", "0121", "1000"]),
    ] {
        let plc = plc(profile);
        for called in wrong {
            // DR: to the client's reference 1, reason 3, address unknown.
            let (flow, said) = Wire::new(&plc).send(&format!("{CR}{called}"));
            assert_eq!(
                (flow, said.as_str()),
                (Ok(Flow::Close), "0300000b06800001000003"),
                "{profile} {called}"
            );
        }
        assert_eq!(plc.used().total(), 0);
    }
    for (profile, right) in [
        ("s7-300", &["0102", "0f02"][..]),
        ("s7-400", &["0102", "0304", "0123"]),
        ("s7-1200", &["0100", "0301"]),
    ] {
        right.iter().for_each(|called| drop(Wire::up(&plc(profile), called)));
    }
}

#[test]
fn text_tsaps_are_for_the_lab() {
    // SIMATIC-ROOT-ES
    let cr = "030000231ee00000001100c1020600c20f53494d415449432d524f4f542d4553c0010a";
    assert_eq!(Wire::new(&plc("lab")).send(cr).0, Ok(Flow::Go));
    assert_eq!(Wire::new(&plc("s7-1500")).send(cr).1, "0300000b06800011000003");
    // None at all.
    let cr = "0300000e09e00000000100c0010a";
    assert_eq!(Wire::new(&plc("lab")).send(cr).0, Ok(Flow::Go));
    assert_eq!(Wire::new(&plc("s7-300")).send(cr).0, Ok(Flow::Close));
}

#[test]
fn no_free_resource_is_refused_with_01() {
    assert_eq!(Profile::lab().resources, Resources { pg: 0, op: 0, basic: 0, free: u16::MAX });
    for (profile, pg, op, basic, free) in
        [("s7-300", 1, 1, 0, 14), ("s7-400", 1, 1, 0, 30), ("s7-1200", 4, 12, 8, 6), ("s7-1500", 4, 4, 2, 86)]
    {
        let (plc, place) = (plc(profile), &place(profile)[2..]);
        let refused = |kind: &str| {
            let said = Wire::new(&plc).send(&format!("{CR}{kind}{place}"));
            assert_eq!(said, (Ok(Flow::Close), "0300000b06800001000001".into()), "{profile} {kind}");
        };
        // Panels take their own ones and all free ones, but not those of programming devices and of others.
        let panels: Vec<_> = (0..op + free).map(|_| Wire::up(&plc, &format!("02{place}"))).collect();
        refused("02");
        let others: Vec<_> = (0..basic).map(|_| Wire::up(&plc, &format!("03{place}"))).collect();
        refused("03");
        let stations: Vec<_> = (0..pg).map(|_| Wire::up(&plc, &format!("01{place}"))).collect();
        refused("01");
        assert!(stations.iter().all(|pg| pg.session.resource() == Some(Resource::Pg)));
        assert_eq!(plc.used().total(), pg + op + basic + free, "{profile}");
        drop((panels, others, stations));
        assert_eq!(plc.used().total(), 0);
        drop(Wire::up(&plc, &format!("03{place}")));
    }
}

#[test]
fn what_is_not_there_is_0a_or_05() {
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        assert_eq!(wire.read("02000400018400000c"), "05000000", "octets from a bit on");
        assert_eq!(wire.read("020010000184000000").len(), 8 + 32);
        assert_eq!(wire.read("020011000184000000"), "05000000", "one octet too many");
        assert_eq!(wire.read("020001000184000080"), "05000000", "behind the end");
        assert_eq!(wire.read("020001000184ffffff"), "05000000");
        assert_eq!(wire.read("010001000184000080"), "05000000", "a bit behind the end");
        assert_eq!(wire.read("020001000984000000"), "0a000000", "no DB9");
        assert_eq!(wire.read("020001000085000000"), "0a000000", "no DI0");
        assert_eq!(wire.read("020002000185000000"), "ff0400100000", "DI1 is DB1");
        assert_eq!(wire.read("020001000087000000"), "0a000000", "no V");
        assert_eq!(wire.read("020001000086000000"), "0a000000", "no L");
        assert_eq!(wire.read("020001000001000000"), "0a000000", "no data record");
        assert_eq!(wire.write("020002000984000000", "0102"), "0a");
        assert_eq!(wire.write("020002000184000078", "0102"), "05", "all or nothing");
        assert_eq!(wire.read("020001000184000078"), "ff04000800");
        assert_eq!(wire.write("020002000184000000", "0102"), "ff");
        assert_eq!(wire.read("020002000184000000"), "ff0400100102");
    }
}

#[test]
fn an_optimised_block_is_not_there() {
    for profile in ALL {
        let plc = plc(profile);
        let mut wire = Wire::up(&plc, place(profile));
        assert_eq!(wire.read("020001000284000000"), "0a000000", "{profile}");
        assert_eq!(wire.write("020002000284000000", "0102"), "0a");
        assert_eq!(plc.read(Area::Db, 2, 0..2), Ok(vec![7, 7]), "its owner has it all the same");
    }
}

#[test]
fn peripheral_access_is_refused() {
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        assert_eq!(wire.read("020001000080000000"), "03000000", "{profile}");
        assert_eq!(wire.write("020002000080000000", "0102"), "03");
    }
}

#[test]
fn timers_and_counters() {
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        let there = profile != "s7-1200";
        for (read, item) in [("1d", "1d000100001d000005"), ("1c", "1c000100001c000005")] {
            let expected = if there { "ff0900020000" } else { "0a000000" };
            assert_eq!(wire.read(item), expected, "{profile} {read}");
            // Seen on an S7-300.
            assert_eq!(
                wire.write(item, "0102"),
                if profile == "lab" { "ff" } else { "03" },
                "{profile} {read}"
            );
        }
    }
}

#[test]
fn each_area_ends_where_it_says() {
    for (profile, images, flags, timers) in [
        ("lab", 65_536, 65_536, 2_048),
        ("s7-300", 2_048, 2_048, 256),
        ("s7-400", 8_192, 8_192, 2_048),
        ("s7-1200", 1_024, 4_096, 0),
        ("s7-1500", 32_768, 16_384, 2_048),
    ] {
        let mut wire = Wire::up(&plc(profile), place(profile));
        for (area, len) in [("81", images), ("82", images), ("83", flags)] {
            // Addresses count bits.
            let mut at = |octet: u32| wire.read(&format!("0200010000{area}{:06x}", 8 * octet));
            assert_eq!((at(len - 1), at(len)), ("ff04000800".into(), "05000000".into()), "{profile} {area}");
        }
        for area in ["1d", "1c"].into_iter().filter(|_| timers > 0) {
            let mut at = |number: u32| wire.read(&format!("{area}00010000{area}{number:06x}"));
            assert_eq!((at(timers - 1), at(timers)), ("ff0900020000".into(), "05000000".into()), "{profile}");
        }
    }
}

#[test]
fn inputs_are_written_from_outside() {
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        assert_eq!(wire.write("020002000081000000", "0102"), "ff", "{profile}");
        assert_eq!(wire.read("020002000081000000"), "ff0400100102");
    }
}

#[test]
fn without_put_get_reads_and_writes_get_8104() {
    let read = "0300001f02f080320100000930000e00000401120a10020001000184000000";
    let write = "0300002402f080320100000200000e00050501120a100200010000820000080004000808";
    for profile in ALL {
        let plc = Plc::new(profile.parse().unwrap());
        let new = profile.starts_with("s7-1");
        assert_eq!(plc.put_get(), !new, "{profile}");
        plc.set_put_get(false);
        let mut wire = Wire::up(&plc, place(profile));
        assert_eq!(refused(&wire.ask(read)), ErrorCode(0x8104));
        assert_eq!(refused(&wire.ask(write)), ErrorCode(0x8104));
        // Its lists can be read.
        assert_eq!(wire.szl(0x0424, 0).0, 0);
        plc.set_put_get(true);
        assert_eq!(wire.read("020001000081000000"), "ff04000800");
        assert_eq!(wire.session.refusals(), 2);
    }
}

#[test]
fn functions_that_are_not_there_get_8104() {
    for profile in ALL {
        let plc = plc(profile);
        let mut wire = Wire::up(&plc, place(profile));
        // PLC stop.
        let stop = "0300002102f0803201000000010010000029000000000009505f50524f4752414d";
        assert_eq!(refused(&wire.ask(stop)), ErrorCode(0x8104), "{profile}");
        let refused = plc.log().pop().map(|entry| entry.event);
        assert!(matches!(refused, Some(Event::JobRefused(_, ErrorCode(0x8104)))), "{refused:?}");
    }
}

#[test]
fn lists_that_are_not_there_get_d401_and_indices_d402() {
    for profile in ALL {
        let mut wire = Wire::up(&plc(profile), place(profile));
        assert_eq!(wire.szl(0x7777, 0), (0xd401, String::new()), "{profile}");
        assert_eq!(wire.szl(0x00a0, 0).0, 0xd401);
        assert_eq!(wire.szl(0x0131, 9).0, 0xd402);
        assert_eq!(wire.szl(0x0232, 1).0, 0xd402);
        // The client of python-snap7 leaves the index 0 here; whoever answers it is misread, so a refusal is the kinder answer.
        assert_eq!((wire.szl(0x0131, 0).0, wire.szl(0x0232, 0).0), (0xd402, 0xd402), "{profile}");
        let few = if profile.starts_with("s7-1") { 0xd401 } else { 0 };
        for id in [0x0111, 0x011c] {
            assert_eq!(wire.szl(id, 1).0, few, "{profile} {id:04x}");
            assert_eq!(wire.szl(id, 0x77).0, few.max(0xd402 * u16::from(few == 0)));
        }
        for id in [0x0f00, 0x0f11, 0x0f1c, 0x0074, 0x0f74] {
            assert_eq!(wire.szl(id, 0).0, few, "{profile} {id:04x}");
        }
        // The directory says the same.
        let directory = wire.szl(0, 0).1;
        let ids = directory.as_bytes()[16..]
            .chunks(4)
            .map(|id| u16::from_str_radix(core::str::from_utf8(id).unwrap(), 16));
        for id in ids.map(Result::unwrap).collect::<Vec<_>>() {
            let index = match id {
                0x0131 | 0x0111 | 0x011c => 1,
                0x0132 | 0x0232 => 4,
                _ => 0,
            };
            assert_eq!(wire.szl(id, index).0, 0, "{profile} {id:04x}");
        }
    }
}

#[test]
fn refusals_are_logged() {
    let plc = plc("s7-300");
    drop(Wire::new(&plc).send(&format!("{CR}0101")));
    let mut wire = Wire::up(&plc, "0102");
    wire.read("020001000984000000");
    drop(wire);
    let log: Vec<_> = plc.log().into_iter().map(|entry| (entry.connection, entry.event)).collect();
    assert!(
        matches!(
            log[..],
            [
                (1, Event::Refused { .. }),
                (2, Event::Connected { resource: Resource::Pg, .. }),
                (2, Event::Negotiated(_)),
                (2, Event::Read(_, hepta_plc::ReturnCode::NoObject)),
                (2, Event::Closed)
            ]
        ),
        "{log:?}"
    );
}

#[test]
fn profiles_are_what_their_names_say() {
    assert_eq!(Profile::names().collect::<Vec<_>>(), ALL);
}

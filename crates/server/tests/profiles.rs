//! How each profile speaks S7CommPlus, through real sockets: a test for each row of `docs/PROFILES.md`, in every firmware there is.
mod common;
#[path = "common/peer.rs"]
mod peer;
use common::{closed, dial, frame};
use hepta_proto::classic::szl::{List, Module};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::ask::{DeleteObject, GetLink, GetMultiVariables};
use hepta_proto::plus::message::{Addresses, Ask, Context, Response};
use hepta_proto::plus::value::Data;
use hepta_proto::plus::{ErrorCode, ItemAddress, Qualifier, ReturnValue, Value};
use hepta_proto::wire::{Reader, Wire as _};
use hepta_server::plc::{Event, Profile, State, example};
use hepta_server::{Access, Emulator, Plus};
use peer::{CREATE, INIT_SSL, INIT_SSL_OK, LEVEL, Peer, cpu, hex, octets, of};
use std::io::{ErrorKind, Read as _, Write as _};
use std::thread;

/// A column of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Column {
    Lab,
    /// It does not speak S7CommPlus.
    Silent,
    /// Firmware before TLS.
    Open,
    /// TLS, and the first form of passwords.
    Hashed,
    /// TLS, and the newer one.
    Sealed,
}
use Column::{Hashed, Lab, Open, Sealed, Silent};

/// Every profile in every firmware, and its column.
fn all() -> Vec<(String, Column)> {
    let column = |name, [major, minor, _]: [u8; 3]| match (name, major, minor) {
        ("lab", ..) => Lab,
        ("s7-300" | "s7-400", ..) | ("s7-1200", 4, 2 | 4) | ("s7-1500", 2, 8) => Silent,
        ("s7-1200", 3, 0) => Open,
        ("s7-1200", 4, 5 | 6) | ("s7-1500", 2, 9) => Hashed,
        ("s7-1200", 4, 7) | ("s7-1500", 3, 1) => Sealed,
        other => panic!("{other:?} has no column in docs/PROFILES.md"),
    };
    let of = |name| Profile::firmwares(name).iter().map(move |firmware| (name, firmware));
    Profile::names()
        .flat_map(of)
        .map(|(name, firmware)| (format!("{name}@{firmware}"), column(name, firmware.0)))
        .collect()
}
/// Those that speak it.
fn speaking() -> impl Iterator<Item = (String, Column)> {
    all().into_iter().filter(|(_, column)| *column != Silent)
}
/// Those of them with TLS.
fn tls() -> impl Iterator<Item = (String, Column)> {
    speaking().filter(|(_, column)| *column != Open)
}

/// A CPU of that kind with the example program (DB1), and DB2 of octets by their numbers.
fn program(name: &str) -> Emulator {
    let ramp: Vec<u8> = (0..=255).cycle().take(2048).collect();
    let builder = Emulator::builder().profile(name.parse().unwrap()).block_with(2, ramp);
    let emulator = builder.start().unwrap();
    example::add(emulator.plc()).unwrap();
    emulator
}
/// A session, as CPUs of that column have it.
fn session(emulator: &Emulator, column: Column) -> Peer {
    let mut peer = Peer::dial(emulator.addr());
    if column != Open {
        peer.secure();
    }
    peer.begin();
    peer
}
/// With every CPU that speaks S7CommPlus.
fn with_each(look: impl Fn(&str, &Emulator, &mut Peer)) {
    for (name, column) in speaking() {
        let emulator = program(&name);
        look(&name, &emulator, &mut session(&emulator, column));
    }
}

const DB1: u32 = 0x8a0e_0001;
const DB2: u32 = 0x8a0e_0002;
const ACTUAL: u32 = 2550;
const INITIAL: u32 = 2548;

fn db2(start: u32, len: u32) -> ItemAddress {
    ItemAddress::classic(DB2, start, len)
}
fn demo(lids: &[u32]) -> ItemAddress {
    ItemAddress::below(DB1, ACTUAL, lids)
}
fn value(text: &str) -> Value {
    Value::read(&mut Reader::new(&hex(text))).unwrap()
}
/// The value of one item that can be read.
#[track_caller]
fn get(peer: &mut Peer, item: &ItemAddress) -> Value {
    let (outcome, mut values, failures) = peer.read_items(core::slice::from_ref(item));
    assert_eq!((outcome, failures), (ReturnValue::OK, vec![]), "{item}");
    values.remove(0).1
}
/// What one item is refused with, alone and behind one that is not: 64 bits, the signed code, the generic one.
#[track_caller]
fn refused(peer: &mut Peer, item: &ItemAddress) -> (u64, i16, u8) {
    let (outcome, values, failures) = peer.read_items(&[db2(0, 1), item.clone()]);
    assert_eq!((outcome, values.len(), failures.len(), failures[0].0), (ReturnValue::OK, 1, 1, 2), "{item}");
    let why = peer.read_items(core::slice::from_ref(item)).2;
    assert_eq!(why, [(1, failures[0].1)], "{item}");
    told(why[0].1)
}
fn told(why: ReturnValue) -> (u64, i16, u8) {
    (why.0, why.code().0, why.generic().0)
}

// What it grants.

#[test]
fn limits_of_subscriptions() {
    with_each(|name, _, peer| {
        let limits = [0, 1, 2].map(|lid| get(peer, &ItemAddress::below(201, 1037, [lid])));
        assert_eq!(limits.map(|limit| limit.as_i32()), [250, 2000, 204_800].map(Some), "{name}");
    });
}

#[test]
fn as_many_items_as_it_says_and_not_one_more() {
    with_each(|name, _, peer| {
        let limits = [1000, 1001].map(|lid| get(peer, &ItemAddress::below(201, 1037, [lid])).as_i32());
        assert_eq!(limits, [Some(50); 2], "{name}");
        let item = db2(0, 1);
        assert_eq!(peer.read_items(&vec![item.clone(); 50]).1.len(), 50);
        assert_eq!(told(peer.read_items(&vec![item.clone(); 51]).0), (0xa027_a600_0054_fffc, -4, 38));
        let ones = |count| vec![(item.clone(), Value::blob(vec![7])); count];
        assert_eq!(peer.write_items(&ones(50)), (ReturnValue::OK, vec![]));
        assert_eq!(peer.write_items(&ones(51)), (ReturnValue::TOO_MANY_ITEMS, vec![]));
        assert_eq!(peer.level(), Some(1));
    });
}

#[test]
fn as_much_is_free_as_there_is() {
    with_each(|name, _, peer| {
        let free = [0, 1, 2].map(|lid| get(peer, &ItemAddress::below(201, 1081, [lid])));
        assert_eq!(free.map(|free| free.as_i32()), [250, 2000, 204_800].map(Some), "{name}");
    });
}

#[test]
fn without_a_password_the_level_is_1() {
    with_each(|name, _, peer| assert_eq!(peer.level(), Some(1), "{name}"));
}

#[test]
fn both_protocols_say_who_it_is() {
    with_each(|name, emulator, peer| {
        let called = if name.starts_with("s7-1") { 1 } else { 2 };
        let mut classic = dial(emulator.addr());
        let mut cr = common::CR.to_vec();
        *cr.last_mut().unwrap() = called;
        classic.write_all(&[&cr, common::SETUP].concat()).unwrap();
        assert_eq!((frame(&mut classic)[5], frame(&mut classic)[19]), (0xd0, 0xf0));
        classic
            .write_all(&hex("0300002102f080320700000941000800080001120411440100ff09000400110000"))
            .unwrap();
        let answer = frame(&mut classic);
        let list = List::read(&mut Reader::new(&answer[33..])).unwrap();
        let modules: Vec<_> = list.of::<Module>().collect();
        let order = String::from_utf8(modules[0].order().to_vec()).unwrap();
        let [major, minor, patch] = modules[2].numbers();
        assert_eq!(peer.device, format!("1;{order} ;V{major}.{minor}"), "{name}");
        assert!(name.ends_with(&format!("@{major}.{minor}.{patch}")), "{name}");
    });
}

#[test]
fn run_is_8_and_stop_is_4() {
    with_each(|name, emulator, peer| {
        for (wish, state, number) in [(1, State::Stop, 4), (3, State::Run, 8)] {
            assert_eq!(peer.set(52, 2167, Value::new(Data::DInt(wish))), ReturnValue::OK);
            assert_eq!(emulator.plc().state(), state, "{name}");
            assert_eq!(get(peer, &ItemAddress::below(50, 3451, [])).as_i32(), Some(number));
            let record = get(peer, &ItemAddress::below(52, 2237, []));
            let record = record.as_struct().unwrap();
            assert_eq!([3482, 3486].map(|id| record.member(id).unwrap().as_i32()), [Some(number); 2]);
        }
    });
}

// How it is spoken to.

#[test]
fn who_calls_simatic_root() {
    for (name, column) in all() {
        let emulator = cpu(&name, Plus::default());
        let mut io = dial(emulator.addr());
        io.write_all(peer::CR).unwrap();
        if column == Silent {
            // DR to the client's reference 1, reason 3: address unknown.
            assert_eq!(closed(io).1, [3, 0, 0, 11, 6, 0x80, 0, 1, 0, 0, 3], "{name}");
            continue;
        }
        assert_eq!(frame(&mut io)[5], 0xd0, "{name}");
        io.write_all(common::SETUP).unwrap();
        if column == Lab {
            assert_eq!(frame(&mut io)[19], 0xf0);
            assert_eq!(common::works(&mut io), [0, 1, 2, 3]);
        } else {
            assert_eq!(closed(io).1, [], "{name}: classic communication has other TSAPs");
        }
    }
}

#[test]
fn init_ssl_is_taken_or_refused() {
    for (name, column) in speaking() {
        let emulator = cpu(&name, Plus::default());
        let mut peer = Peer::dial(emulator.addr());
        if column == Open {
            peer.say(&hex(INIT_SSL));
            let answer = peer.hear();
            let response =
                Response::read(&mut Reader::new(&answer[4..answer.len() - 4]), Context::new(Version::V1));
            assert_eq!(response.unwrap().outcome.code().0, -507);
        } else {
            // The answer is compared there, and TLS 1.3 is all that is offered.
            peer.secure();
        }
        // On the same connection.
        peer.begin();
        assert_eq!(peer.level(), Some(1), "{name}");
    }
}

#[test]
fn before_tls_nothing_else_is_answered() {
    for (name, column) in speaking() {
        let emulator = cpu(&name, Plus::default());
        let mut peer = Peer::dial(emulator.addr());
        if column == Open {
            peer.begin();
        } else {
            peer.say(&hex(CREATE));
            assert_eq!(closed(peer.io).1, [], "{name}");
        }
    }
}
/// A hello: groups, and whether it offers TLS 1.3.
fn hello(groups: &[u16], tls13: bool) -> Vec<u8> {
    let len16 = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    let mut extensions = vec![];
    let mut put = |kind: u16, body: &[u8]| {
        extensions.extend([&kind.to_be_bytes()[..], &len16(body.len()), body].concat());
    };
    let list: Vec<u8> = groups.iter().flat_map(|group| group.to_be_bytes()).collect();
    put(10, &[&len16(list.len())[..], &list].concat());
    put(43, if tls13 { &[2, 3, 4] } else { &[2, 3, 3] });
    put(13, &[0, 2, 4, 3]);
    put(51, &[&[0, 36, 0, 0x1d, 0, 32, 9][..], &[0; 31]].concat());
    let body =
        [&[3, 3][..], &[0xa5; 32], &[0, 0, 4, 0x13, 2, 0x13, 1, 1, 0], &len16(extensions.len()), &extensions]
            .concat();
    let message = [&[1, 0][..], &len16(body.len()), &body].concat();
    [&[22, 3, 1][..], &len16(message.len()), &message].concat()
}

#[test]
fn a_hello_that_cpus_do_not_know_is_reset_without_a_word() {
    for (name, _) in tls() {
        let emulator = cpu(&name, Plus::default());
        for (groups, tls13) in [
            (&[0x17, 0x18][..], true),
            (&[0x1d, 0x17, 0x19], true),
            (&[0x1d, 0x11ec], true),
            (&[0x1d], false),
        ] {
            let mut peer = Peer::dial(emulator.addr());
            peer.say(&hex(INIT_SSL));
            assert_eq!(peer.hear(), hex(INIT_SSL_OK));
            peer.unit(&hello(groups, tls13));
            let mut octet = [0];
            let ended = peer.io.read(&mut octet).unwrap_err();
            assert_eq!(ended.kind(), ErrorKind::ConnectionReset, "{name}: {groups:04x?} {tls13}");
        }
        for groups in [&[0x1d][..], &[0x1d, 0x17], &[0x18, 0x17, 0x1d]] {
            let mut peer = Peer::dial(emulator.addr());
            peer.say(&hex(INIT_SSL));
            peer.hear();
            peer.unit(&hello(groups, true));
            // A record of a handshake.
            assert_eq!(frame(&mut peer.io)[7], 22, "{name}: {groups:04x?}");
        }
    }
}

#[test]
fn a_session_is_granted_with_0_or_17() {
    for (name, column) in speaking() {
        let peer = session(&cpu(&name, Plus::default()), column);
        assert_eq!(peer.granted.0, if column == Open { 17 } else { 0 }, "{name}");
    }
}

/// The sum of sequence number and id, where the CPU counts.
#[test]
fn answers_carry_integrity_ids_or_none() {
    for (name, column) in speaking() {
        let emulator = cpu(&name, Plus::default());
        let mut peer = session(&emulator, column);
        assert_eq!(peer.counts, column != Open, "{name}: the answer to the setup");
        for (sequence, id) in [(4, 5), (5, 7), (6, 9)] {
            let items = [octets(5, 1)];
            let ask = Ask::GetMultiVariables(GetMultiVariables {
                addresses: Addresses::items(&items),
                qualifier: Qualifier::default(),
            });
            let request = peer.request(&ask);
            peer.say(&request);
            let body = [
                // One blob of one octet, 5, and no failure.
                &hex("320000054c0000")[..],
                &[0, sequence, 0x34, 0],
                &hex("01001400010500")[..],
                &[0],
                if column == Open { &[] } else { core::slice::from_ref(&id) },
                &[0; 4],
            ]
            .concat();
            let len = u8::try_from(body.len()).unwrap();
            assert_eq!(peer.hear(), [&[0x72, 2, 0, len], &body[..], &[0x72, 2, 0, 0]].concat(), "{name}");
        }
    }
}

#[test]
fn each_firmware_takes_one_form_of_a_password() {
    let access = Access::default().protect(4).password("Grünkohl 7", 1).password("hmi", 3);
    for (name, column) in speaking() {
        let emulator = cpu(&name, Plus { access: access.clone(), ..Plus::default() });
        for (password, level) in [("hmi", 3), ("Grünkohl 7", 1)] {
            for old in [true, false] {
                let mut peer = session(&emulator, column);
                assert_eq!(peer.level(), Some(4), "{name}");
                // Without TLS there is nothing to seal it with.
                let outcome = if old || column == Open {
                    peer.hashed(password)
                } else {
                    let mut chain = peer.chain();
                    peer.sealed(password, &mut chain)
                };
                if column == Open {
                    assert_eq!((outcome.code().0, peer.level()), (-107, Some(4)), "{name}");
                } else if old == (column == Hashed) {
                    assert_eq!((outcome, peer.level()), (ReturnValue::OK, Some(level)), "{name}");
                } else {
                    assert!(outcome.failed(), "{name}");
                }
            }
        }
    }
}

#[test]
fn three_wrong_passwords_end_the_connection_and_a_challenge_is_for_one_answer() {
    let access = Access::default().protect(4).password("right", 1);
    let guess = |name: &str, column| {
        let emulator = cpu(name, Plus { access: access.clone(), ..Plus::default() });
        let mut peer = session(&emulator, column);
        let mut chain = peer.chain();
        // Unasked for.
        let unasked = peer.set(peer.session, 304, Value::octets(vec![0; 20]));
        assert_eq!(unasked, ReturnValue::of(ErrorCode::ServiceNotAllowed));
        for _ in 0..3 {
            let outcome =
                if column == Hashed { peer.hashed("wrong") } else { peer.sealed("wrong", &mut chain) };
            assert_eq!(told(outcome), (0x2605_9900_06a5_0016, 22, 25), "{name}");
        }
        peer.say(&of(peer.session, LEVEL));
        closed(peer.io);
        let refused = emulator.log().iter().filter(|entry| entry.event == Event::PasswordRefused).count();
        assert_eq!(refused, 3, "{name}");
    };
    // Each answer waits: all of them at a time.
    thread::scope(|scope| {
        let guess = &guess;
        tls().for_each(|(name, column)| drop(scope.spawn(move || guess(&name, column))));
    });
}

#[test]
fn an_answer_that_makes_no_sense_or_is_of_the_other_form_ends_the_connection() {
    let access = Access::default().protect(4).password("right", 1);
    for (name, column) in tls() {
        let emulator = cpu(&name, Plus { access: access.clone(), ..Plus::default() });
        let sense = |peer: &mut Peer, chain: &mut _, of_other_form: bool| {
            if of_other_form {
                return if column == Hashed { peer.sealed("right", chain) } else { peer.hashed("right") };
            }
            peer.challenge();
            match column {
                Hashed => peer.set(peer.session, 304, Value::octets(vec![0; 19])),
                _ => peer.set(peer.session, 1846, Value::blob(vec![0x5a; 64])),
            }
        };
        for of_other_form in [true, false] {
            let mut peer = session(&emulator, column);
            let mut chain = peer.chain();
            let outcome = sense(&mut peer, &mut chain, of_other_form);
            assert_eq!(told(outcome), (0x8318_8900_01b3_fffe, -2, 9), "{name}: {of_other_form}");
            // It hears of nothing more.
            peer.say(&of(peer.session, LEVEL));
            closed(peer.io);
        }
    }
}

// What each protection level may do.

/// With each CPU at each level that `--protection` names, 1 to 4.
fn at_each_level(look: impl Fn(u32, &Emulator, &mut Peer)) {
    for (name, column) in speaking() {
        for (level, named) in (1..).zip(["full", "read", "hmi", "none"]) {
            let access = Access::default().protect(Access::level_of(named).unwrap());
            let emulator = cpu(&name, Plus { access, ..Plus::default() });
            let mut peer = session(&emulator, column);
            assert_eq!(peer.level(), Some(level), "{name}");
            look(level, &emulator, &mut peer);
        }
    }
}
/// -100: access denied.
const DENIED: ReturnValue = ReturnValue::of(ErrorCode::ServiceAccessDenied);
const fn or_denied(may: bool) -> ReturnValue {
    if may { ReturnValue::OK } else { DENIED }
}

#[test]
fn levels_that_read_variables() {
    at_each_level(|level, _, peer| {
        let (outcome, values, failures) = peer.read_items(&[octets(5, 1)]);
        assert_eq!(outcome, ReturnValue::OK);
        let (of, none) = (vec![(1, Value::blob(vec![5]))], vec![]);
        assert_eq!((values, failures), if level < 4 { (of, none) } else { (vec![], vec![(1, DENIED)]) });
    });
    assert_eq!(DENIED.code().0, -100);
}

#[test]
fn levels_that_write_variables() {
    at_each_level(|level, emulator, peer| {
        assert_eq!(peer.write_item(&octets(5, 1), Value::blob(vec![0xaa])), or_denied(level < 4));
        let octet = emulator.plc().read(hepta_server::plc::Area::Db, 1, 5..6).unwrap();
        assert_eq!(octet, [if level < 4 { 0xaa } else { 5 }]);
    });
}

#[test]
fn levels_that_explore() {
    at_each_level(|level, _, peer| assert_eq!(peer.explore(50), or_denied(level < 4)));
}

#[test]
fn levels_that_start_and_stop() {
    at_each_level(|level, emulator, peer| {
        // As an attribute, and as an item.
        let stop = || Value::new(Data::DInt(1));
        assert_eq!(peer.set(52, 2167, stop()), or_denied(level == 1), "level {level}");
        let item = ItemAddress::below(52, 2167, []);
        assert_eq!(peer.write_item(&item, stop()), or_denied(level == 1), "level {level}, as an item");
        let state = if level == 1 { State::Stop } else { State::Run };
        assert_eq!(emulator.plc().state(), state);
    });
}

#[test]
fn every_level_asks_for_the_limits() {
    at_each_level(|_, _, peer| {
        assert_eq!(get(peer, &ItemAddress::below(201, 1037, [1000])).as_i32(), Some(50));
    });
}

// What is refused.

#[test]
fn an_object_that_is_not_there() {
    with_each(|name, emulator, peer| {
        let not_there = (0x8020_ab00_1992_fff4, -12, 43);
        let nine = 0x8a0e_0009;
        for item in [
            ItemAddress::below(nine, ACTUAL, [9]),
            ItemAddress::classic(nine, 0, 1),
            ItemAddress::below(202, 1037, [0]),
        ] {
            assert_eq!(refused(peer, &item), not_there, "{name}: {item}");
        }
        assert_eq!(told(peer.write_item(&ItemAddress::classic(nine, 0, 1), Value::blob(vec![1]))), not_there);
        // One that is gone.
        get(peer, &db2(0, 1));
        emulator.plc().remove_block(2).unwrap();
        assert_eq!(told(peer.read_items(&[db2(0, 1)]).2[0].1), not_there);
    });
}

#[test]
fn a_member_that_is_not_there_and_a_struct_as_a_whole() {
    with_each(|name, _, peer| {
        get(peer, &demo(&[0x13, 0xa]));
        // A member, an element, a part of what has none, and the struct.
        for lids in [&[0x15][..], &[0x11, 3], &[0xb, 0], &[0x13]] {
            let (_, code, generic) = refused(peer, &demo(lids));
            assert_eq!((code, generic), (-255, 43), "{name}: {lids:?}");
        }
    });
}

#[test]
fn the_checksum_of_another_symbol() {
    with_each(|name, _, peer| {
        let with = |crc, lids: &[u32]| ItemAddress { crc, ..demo(lids) };
        // DB1's member `i`, -1234.
        assert_eq!(get(peer, &with(0xb8a6_149c, &[0xb])), Value::new(Data::Int(-1234)), "{name}");
        // Of another member, of none, of an element.
        for item in [with(0x5f70_933e, &[0xb]), with(1, &[0xb]), with(0x7a45_47df, &[0x11, 1])] {
            let (_, code, generic) = refused(peer, &item);
            assert_eq!((code, generic), (-17, 43), "{name}: {item}");
        }
        let outcome = peer.write_item(&with(1, &[0xb]), Value::new(Data::Int(7)));
        assert_eq!(outcome.code().0, -17);
        assert_eq!(get(peer, &demo(&[0xb])), Value::new(Data::Int(-1234)));
    });
}

#[test]
fn octets_of_a_block_with_optimised_access() {
    with_each(|name, _, peer| {
        let (_, code, generic) = refused(peer, &ItemAddress::classic(DB1, 0, 1));
        assert_eq!((code, generic), (-276, 43), "{name}");
    });
}

#[test]
fn octets_behind_the_end() {
    with_each(|name, emulator, peer| {
        let flags = u32::try_from(emulator.plc().profile().sizes.flags).unwrap();
        for (area, len) in [(DB2, 2048), (82, flags)] {
            get(peer, &ItemAddress::classic(area, len - 1, 1));
            for (start, count) in [(len - 1, 2), (len, 1), (0, len + 1), (u32::MAX, u32::MAX)] {
                let (_, code, generic) = refused(peer, &ItemAddress::classic(area, start, count));
                assert_eq!((code, generic), (-61, 13), "{name}: {area:x} from {start}, {count}");
            }
            let outcome =
                peer.write_item(&ItemAddress::classic(area, len - 1, 2), Value::blob(vec![0xee; 2]));
            assert_eq!(outcome.code().0, -61);
            let last = get(peer, &ItemAddress::classic(area, len - 1, 1));
            assert_ne!(last.as_bytes(), Some(&[0xee][..]), "{name}: nothing of it was written");
        }
    });
}

#[test]
fn a_value_of_another_type() {
    with_each(|name, _, peer| {
        for wrong in [Data::Real(1.5), Data::DInt(1), Data::UInt(1), Data::Null] {
            let outcome = peer.write_item(&demo(&[0xb]), Value::new(wrong));
            assert_eq!((outcome.code().0, outcome.generic().0), (-257, 9), "{name}");
        }
        assert_eq!(get(peer, &demo(&[0xb])), Value::new(Data::Int(-1234)));
        assert_eq!(peer.write_item(&demo(&[0xb]), Value::new(Data::Int(3))), ReturnValue::OK);
        assert_eq!(get(peer, &demo(&[0xb])), Value::new(Data::Int(3)));
    });
}

#[test]
fn a_packed_struct_of_another_interface() {
    with_each(|name, _, peer| {
        let before = get(peer, &demo(&[0x14]));
        // By its time it is another version of DTL.
        let other = value("00170200004310ff4ad6dfd5774d020c07d80a1900080c2221cbbbc0");
        let outcome = peer.write_item(&demo(&[0x14]), other);
        assert_eq!((outcome.code().0, outcome.generic().0), (-256, 41), "{name}");
        assert_eq!(get(peer, &demo(&[0x14])), before);
        let own = value("00170200004310ff4ad6dfd5774c020c07d80a1900080c2221cbbbc0");
        assert_eq!(peer.write_item(&demo(&[0x14]), own.clone()), ReturnValue::OK);
        assert_eq!(get(peer, &demo(&[0x14])), own);
    });
}

#[test]
fn a_write_to_what_is_read_only() {
    with_each(|name, _, peer| {
        let four = Value::new(Data::DInt(4));
        for (item, value) in [
            // A first value, a description, an attribute of the CPU.
            (ItemAddress::below(DB1, INITIAL, [0xb]), Value::new(Data::Int(1))),
            (demo(&[1]), Value::rid(0x9200_0001)),
            (ItemAddress::below(50, 3451, []), four.clone()),
        ] {
            let before = get(peer, &item);
            let outcome = peer.write_item(&item, value);
            assert_eq!((outcome.code().0, outcome.generic().0), (-41, 3), "{name}: {item}");
            assert_eq!(get(peer, &item), before);
        }
        assert_eq!(peer.set(50, 3451, four).code().0, -41);
    });
}

#[test]
fn an_attribute_that_is_not_there() {
    with_each(|name, _, peer| {
        let (_, code, generic) = refused(peer, &ItemAddress::below(201, 1036, []));
        assert_eq!((code, generic), (-32, 8), "{name}");
        assert_eq!(peer.get(50, 999).0.code().0, -32);
        assert_eq!(peer.set(52, 999, Value::new(Data::DInt(1))).code().0, -32);
    });
}

#[test]
fn whose_session_it_is_not_gets_106() {
    let invalid = ReturnValue::of(ErrorCode::ServiceInvalidSession);
    assert_eq!(invalid.code().0, -106);
    for (name, column) in speaking() {
        let emulator = cpu(&name, Plus::default());
        let mut early = Peer::dial(emulator.addr());
        if column == Open {
            early.counts = false;
        } else {
            early.secure();
        }
        assert_eq!(early.read_items(&[octets(0, 1)]).0, invalid, "{name}");
        let (mut one, mut other) = (session(&emulator, column), session(&emulator, column));
        assert_ne!(one.session, other.session);
        // Another's session is nobody's, and its challenge neither.
        let own = core::mem::replace(&mut one.session, other.session);
        assert_eq!(one.read_items(&[octets(0, 1)]).0, invalid, "{name}");
        assert_eq!(one.set(other.session, 304, Value::octets(vec![0; 20])), invalid);
        one.session = own;
        assert_eq!(one.get(other.session, 303).0.code(), ReturnValue::OBJECT_NOT_FOUND.code());
        assert_eq!((one.level(), other.level()), (Some(1), Some(1)));
        // 0 is the own session, for python-s7commplus.
        let (outcome, _) =
            one.ask(&Ask::DeleteObject(DeleteObject { object: 0, qualifier: Some(Qualifier::default()) }));
        assert_eq!((outcome, one.read_items(&[octets(0, 1)]).0), (ReturnValue::OK, invalid), "{name}");
        assert_eq!(other.level(), Some(1));
    }
}

#[test]
fn a_function_that_is_not_there() {
    with_each(|name, _, peer| {
        let (outcome, _) = peer.ask(&Ask::GetLink(GetLink { object: 3, association: 0, unknown: 0 }));
        assert_eq!(outcome.code().0, -119, "{name}");
        assert_eq!(peer.level(), Some(1));
    });
}

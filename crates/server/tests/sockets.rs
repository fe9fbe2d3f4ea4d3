//! What peers do to a listener, through raw sockets.
mod common;
use common::{CR, DR, SETUP, closed, dial, frame, read, until, up, works, write};
use core::time::Duration;
use hepta_proto::tap::{Sender, Tap};
use hepta_server::plc::{Area, Event, Limits, Profile, Resource, Told, What, Who};
use hepta_server::{Builder, Emulator, Error, Options, Server};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Instant;

const MS: Duration = Duration::from_millis(1);

fn lab() -> Builder {
    let ramp: Vec<u8> = (0..=255).cycle().take(2048).collect();
    Emulator::builder().block_with(1, ramp)
}

fn with(options: Options) -> Emulator {
    lab().options(options).start().unwrap()
}

#[test]
fn octet_by_octet() {
    let emulator = lab().start().unwrap();
    let mut io = dial(emulator.addr());
    for unit in [CR, SETUP, &read(7, 4)] {
        for octet in unit {
            io.write_all(&[*octet]).unwrap();
        }
        let answer = frame(&mut io);
        assert!(answer.len() > 20, "{answer:02x?}");
    }
    assert_eq!(works(&mut io), [0, 1, 2, 3]);
}

#[test]
fn many_jobs_in_one_segment_are_answered_in_order() {
    let emulator = lab().start().unwrap();
    let mut io = up(emulator.addr());
    // More than one read of the server holds, and the last job comes in two parts.
    let jobs: Vec<u8> = (0..1000).flat_map(|reference| read(reference, 100)).collect();
    let mut sender = io.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        let (most, rest) = jobs.split_at(jobs.len() - 10);
        sender.write_all(most).unwrap();
        std::thread::sleep(20 * MS);
        sender.write_all(rest).unwrap();
    });
    for reference in 0..1000u16 {
        let answer = frame(&mut io);
        assert_eq!((answer.len(), &answer[11..13]), (125, &reference.to_be_bytes()[..]));
    }
    thread.join().unwrap();
    let seen = emulator.connections().list();
    assert_eq!((seen.len(), seen[0].jobs, seen[0].errors), (1, 1000, 0));
    assert_eq!(seen[0].negotiated, Some(Limits { pdu: 960, jobs: 8 }));
    assert_eq!((seen[0].received, seen[0].sent), (22 + 25 + 31_000, 22 + 27 + 125_000));
    assert_eq!(seen[0].peer, io.local_addr().unwrap());
}

#[test]
fn malformed_octets_end_that_connection_alone() {
    let emulator = lab().start().unwrap();
    let mut good = up(emulator.addr());
    let bad: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x03\x00\x00\x03",
        b"\x03\x00\xff\xff",
        b"\x03\x00\x00\x07\x02\xf0\x80",
        b"\x03\x00\x00\x08\x02\xf0\x80\x72",
        b"\x03\x00\x00\x16\x11\xd0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x02\x02",
        b"\x03\x00\x00\x11\x02\xf0\x80\x32\x01\x00\x00\x00\x00\xff\xff\x00\x00",
        b"\x03\x00\x00\x07\xff\xff\xff",
    ];
    for octets in bad {
        let mut fresh = dial(emulator.addr());
        fresh.write_all(octets).unwrap();
        assert_eq!(closed(fresh).1, [], "{octets:02x?}");
        let mut io = up(emulator.addr());
        io.write_all(octets).unwrap();
        assert_eq!(closed(io).1, [], "after setup: {octets:02x?}");
        assert_eq!(works(&mut good), [0, 1, 2, 3]);
    }
    until("one is left", || emulator.connections().len() == 1);
    // What was answered before the fault goes out.
    let mut io = up(emulator.addr());
    io.write_all(&[read(7, 4), b"\x04".repeat(4)].concat()).unwrap();
    assert_eq!(closed(io).1.len(), 29);
}

#[test]
fn a_disconnect_is_confirmed() {
    let emulator = lab().start().unwrap();
    let mut io = up(emulator.addr());
    io.write_all(&[&read(7, 4), DR].concat()).unwrap();
    let (_, rest) = closed(io);
    assert_eq!(rest.len(), 29 + 10);
    // LI 5, DC, to the client's reference.
    assert_eq!(rest[29..36], [3, 0, 0, 10, 5, 0xc0, 0]);
    until("it is gone", || emulator.connections().is_empty());
    assert_eq!(emulator.plc().used().total(), 0);
    assert!(matches!(emulator.log().last().unwrap().event, Event::Closed));
}

#[test]
fn no_more_connections_than_there_may_be() {
    let emulator = with(Options { connections: 3, ..Options::default() });
    let mut all: Vec<_> = (0..3).map(|_| up(emulator.addr())).collect();
    assert_eq!(closed(dial(emulator.addr())).1, []);
    assert_eq!(emulator.connections().totals(), (3, 1));
    all.iter_mut().for_each(|io| assert_eq!(works(io), [0, 1, 2, 3]));
    drop(all.pop());
    until("there is room", || emulator.connections().len() == 2);
    works(&mut up(emulator.addr()));
}

#[test]
fn resources_of_a_profile_are_refused_by_the_book() {
    let emulator = lab().profile(Profile::s7_300()).start().unwrap();
    let all: Vec<_> = (0..15).map(|_| up(emulator.addr())).collect();
    let mut io = dial(emulator.addr());
    io.write_all(CR).unwrap();
    assert_eq!(closed(io).1, [3, 0, 0, 11, 6, 0x80, 0, 1, 0, 0, 1]);
    let resources: Vec<_> = emulator
        .log()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Connected { resource, .. } => Some(resource),
            _ => None,
        })
        .collect();
    assert_eq!(resources, [Resource::Op; 15]);
    drop(all);
    until("all are free", || emulator.plc().used().total() == 0);
}

#[test]
fn who_does_not_get_through_setup_is_closed() {
    let emulator = with(Options { handshake: 150 * MS, ..Options::default() });
    let (silent, mut half, mut slow) = (dial(emulator.addr()), dial(emulator.addr()), dial(emulator.addr()));
    let mut good = up(emulator.addr());
    half.write_all(&[CR, &SETUP[..9]].concat()).unwrap();
    // An octet now and then gains no time.
    let start = Instant::now();
    for octet in CR.iter().cycle() {
        if slow.write_all(&[*octet]).is_err() {
            break;
        }
        assert!(start.elapsed() < 20_000 * MS);
        std::thread::sleep(10 * MS);
    }
    assert!(start.elapsed() >= 150 * MS);
    assert_eq!((closed(silent).1.len(), closed(half).1.len()), (0, 22));
    assert_eq!(works(&mut good), [0, 1, 2, 3], "who got through may be silent");
}

#[test]
fn who_does_not_send_the_rest_is_closed() {
    let emulator = with(Options { half: 100 * MS, ..Options::default() });
    let (mut io, mut good) = (up(emulator.addr()), up(emulator.addr()));
    // Always half a message here, but never the same one for long.
    let jobs = read(7, 4).repeat(20);
    good.write_all(&jobs[..10]).unwrap();
    for job in jobs[10..].chunks(31).take(19) {
        std::thread::sleep(20 * MS);
        good.write_all(job).unwrap();
        assert_eq!(frame(&mut good).len(), 29);
    }
    let start = Instant::now();
    io.write_all(&read(7, 4)[..30]).unwrap();
    closed(io);
    assert!(start.elapsed() >= 100 * MS);
}

#[test]
fn who_is_silent_is_closed_only_if_asked_for() {
    let emulator = with(Options { idle: Some(100 * MS), ..Options::default() });
    let mut io = up(emulator.addr());
    for _ in 0..10 {
        std::thread::sleep(20 * MS);
        works(&mut io);
    }
    let start = Instant::now();
    closed(io);
    assert!(start.elapsed() >= 90 * MS);
    let emulator =
        with(Options { half: 20 * MS, stall: 20 * MS, handshake: 2_000 * MS, ..Options::default() });
    let mut io = up(emulator.addr());
    std::thread::sleep(200 * MS);
    works(&mut io);
}

#[test]
fn who_does_not_take_its_answers_is_closed() {
    let emulator = with(Options { stall: 200 * MS, ..Options::default() });
    let mut good = up(emulator.addr());
    let mut io = up(emulator.addr());
    io.set_write_timeout(Some(50 * MS)).unwrap();
    let jobs = read(7, 900).repeat(200);
    let start = Instant::now();
    // Sends until its own buffer is full, for the server reads no more, and at last closes.
    let mut sent = 0_u64;
    loop {
        match io.write(&jobs) {
            Ok(n) => sent += n as u64,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
            Err(_) => break,
        }
        assert!(start.elapsed() < 20_000 * MS, "still there after {sent} octets");
        works(&mut good);
    }
    until("it is gone", || emulator.connections().len() == 1);
    works(&mut good);
}

#[test]
fn two_hundred_at_once() {
    let emulator = lab().start().unwrap();
    let (addr, barrier) = (emulator.addr(), Arc::new(Barrier::new(200)));
    let threads: Vec<_> = (0..200)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                let mut io = up(addr);
                assert_eq!(works(&mut io), [0, 1, 2, 3]);
                barrier.wait();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(emulator.connections().totals(), (200, 0));
    until("all are gone", || emulator.connections().is_empty());
}

#[test]
fn a_storm_of_reconnects_leaves_nothing() {
    let emulator = lab().start().unwrap();
    for n in 0..500 {
        match n % 4 {
            0 => drop(dial(emulator.addr())),
            1 => dial(emulator.addr()).write_all(&CR[..n % 22]).unwrap(),
            2 => drop(up(emulator.addr())),
            _ => up(emulator.addr()).write_all(&read(7, 900).repeat(8)).unwrap(),
        }
    }
    until("all are gone", || emulator.connections().is_empty());
    assert_eq!(emulator.plc().used().total(), 0);
    works(&mut up(emulator.addr()));
}

#[test]
fn half_closed_peers_get_their_answers() {
    let emulator = lab().start().unwrap();
    let mut io = up(emulator.addr());
    io.write_all(&read(7, 4).repeat(3)).unwrap();
    io.shutdown(Shutdown::Write).unwrap();
    assert_eq!(closed(io).1.len(), 3 * 29);
}

#[test]
fn a_stop_lets_answers_go_out_and_is_bounded() {
    let emulator = with(Options { stop: 300 * MS, ..Options::default() });
    let (addr, plc) = (emulator.addr(), emulator.plc().clone());
    let (mut idle, mut reader, mut never) = (up(addr), up(addr), up(addr));
    works(&mut idle);
    never.set_write_timeout(Some(20 * MS)).unwrap();
    while never.write(&read(7, 900).repeat(200)).is_ok() {}
    reader.write_all(&read(7, 900).repeat(8)).unwrap();
    assert_eq!(frame(&mut reader).len(), 925);
    let start = Instant::now();
    emulator.stop();
    assert!(start.elapsed() < 3_000 * MS, "{:?}", start.elapsed());
    assert_eq!(closed(idle).1, []);
    assert_eq!(closed(reader).1.len(), 7 * 925);
    drop(never);
    assert!(TcpStream::connect(addr).is_err());
    assert_eq!(plc.used().total(), 0);
    // The same CPU on the same port again.
    let again = Emulator::builder().plc(plc).addr(addr).start().unwrap();
    assert_eq!(works(&mut up(again.addr())), [0, 1, 2, 3]);
}

#[test]
fn a_write_is_seen_by_all() {
    let emulator = lab().start().unwrap();
    let mut changes = emulator.plc().changes(10);
    let mut io = up(emulator.addr());
    io.write_all(&write(0x55)).unwrap();
    assert_eq!(frame(&mut io)[19..], [5, 1, 0xff]);
    assert_eq!(emulator.plc().read(Area::Db, 1, 0..2).unwrap(), [0x55, 1]);
    let Some(Told::Change(change)) = changes.next() else { panic!() };
    let What::Written(range) = change.what else { panic!() };
    assert_eq!(
        (change.who, range.area, range.db, range.start, range.len),
        (Who::Connection(1), Area::Db, 1, 0, 1)
    );
    assert_eq!(works(&mut up(emulator.addr())), [0x55, 1, 2, 3]);
}

/// The CPU's program writes while clients read: what fits one item is of one moment.
#[test]
fn nobody_reads_half_a_write() {
    let emulator = Emulator::builder().block(1, 900).start().unwrap();
    let (plc, running) = (emulator.plc().clone(), Arc::new(()));
    let still = Arc::clone(&running);
    let program = std::thread::spawn(move || {
        // As long as the test holds the other half.
        for round in (0..=255_u8).cycle() {
            plc.write(Area::Db, 1, 0, &[round; 900]).unwrap();
            if Arc::strong_count(&still) == 1 {
                return;
            }
        }
    });
    let mut io = up(emulator.addr());
    let mut seen = std::collections::BTreeSet::new();
    let start = Instant::now();
    // Enough rounds, and enough of them different, that the two have met.
    while seen.len() < 50 || start.elapsed() < 200 * MS {
        io.write_all(&read(7, 900)).unwrap();
        let answer = frame(&mut io);
        let (first, octets) = (answer[25], &answer[25..]);
        assert!(octets.len() == 900 && octets.iter().all(|octet| *octet == first), "{octets:02x?}");
        seen.insert(first);
        assert!(start.elapsed() < 20_000 * MS, "the program does not run");
    }
    drop(running);
    program.join().unwrap();
}

#[test]
fn a_connection_is_closed_by_its_owner() {
    let emulator = lab().start().unwrap();
    let (io, mut other) = (up(emulator.addr()), up(emulator.addr()));
    assert!(emulator.connections().close(1));
    assert!(!emulator.connections().close(77));
    assert_eq!(closed(io).1, []);
    works(&mut other);
}

#[derive(Debug, Default)]
struct Ear(Mutex<(Vec<u8>, Vec<u8>, u64, u64)>);

impl Tap for Ear {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        assert_eq!(connection, 1);
        let mut heard = self.0.lock().unwrap();
        if sender == Sender::Client { heard.0.extend(octets) } else { heard.1.extend(octets) }
    }
    fn opened(&self, connection: u64) {
        self.0.lock().unwrap().2 += connection;
    }
    fn closed(&self, connection: u64) {
        self.0.lock().unwrap().3 += connection;
    }
}

#[test]
fn a_tap_hears_every_octet() {
    let ear = Arc::new(Ear::default());
    let tap: Arc<dyn Tap> = Arc::clone(&ear) as _;
    let emulator = with(Options { tap: Some(tap), ..Options::default() });
    let mut io = up(emulator.addr());
    // Enough that the socket does not take it in one go.
    let jobs = read(7, 900).repeat(5000);
    let mut sender = io.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        sender.write_all(&jobs).unwrap();
        sender.shutdown(Shutdown::Write).unwrap();
        jobs
    });
    std::thread::sleep(50 * MS);
    let mut answers = vec![];
    io.read_to_end(&mut answers).unwrap();
    let jobs = thread.join().unwrap();
    assert_eq!(answers.len(), 5000 * 925);
    until("it is gone", || ear.0.lock().unwrap().3 == 1);
    let heard = ear.0.lock().unwrap();
    assert_eq!((&heard.0[22 + 25..], &heard.1[22 + 27..], heard.2), (&jobs[..], &answers[..], 1));
}

#[test]
fn on_a_runtime_of_many_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let emulator = runtime.block_on(async { lab().start_async().unwrap() });
    let addr = emulator.addr();
    let clients: Vec<_> = (0..20)
        .map(|_| {
            std::thread::spawn(move || (0..50).for_each(|_| assert_eq!(works(&mut up(addr)), [0, 1, 2, 3])))
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    let connections = emulator.connections().clone();
    let io = up(addr);
    emulator.stop();
    assert_eq!(closed(io).1, []);
    until("all are gone", || connections.is_empty());
}

#[test]
fn a_dropped_server_takes_its_connections_along() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let plc = hepta_server::plc::Plc::new(Profile::lab());
    plc.add_block(1, 16).unwrap();
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), plc, Options::default()).unwrap();
    let (addr, connections) = (server.addr(), server.connections());
    let task = runtime.spawn(server.serve(core::future::pending()));
    let mut io = up(addr);
    works(&mut io);
    task.abort();
    assert_eq!(closed(io).1, []);
    until("it is gone", || connections.is_empty());
}

#[test]
fn a_port_that_is_taken_is_an_error_that_teaches() {
    let emulator = lab().start().unwrap();
    let error = lab().addr(emulator.addr()).start().unwrap_err();
    assert!(matches!(error, Error::Bind { addr, .. } if addr == emulator.addr()));
    assert!(error.to_string().contains("Another program has port"), "{error}");
    let error = lab().block(1, 5).start().unwrap_err();
    assert_eq!(error.to_string(), "DB1 exists already: remove it first");
    assert!(matches!(lab().block(2, usize::MAX).start().unwrap_err(), Error::Block(_)));
}

#[test]
fn a_stop_may_take_for_ever() {
    let emulator = with(Options { stop: Duration::MAX, ..Options::default() });
    let io = up(emulator.addr());
    emulator.stop();
    closed(io);
}

//! Both drivers, the same list of cases.
#![cfg(all(feature = "tokio", feature = "blocking"))]
mod both;
mod common;

use both::{called, cases};
use common::{Dice, Fate, Plc, ramp};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::Ordering;
use core::time::Duration;
use hepta::classic::{Area, Limits, Outcome, ReturnCode, Span, SzlId, Write};
use hepta::{ConfigError, Error, ErrorKind, Event, Events, Options, Phase, Reconnect, State, WriteError};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::sleep;

const MS: Duration = Duration::from_millis(1);

trait Driver: Sized {
    fn new(options: Options) -> Self;
    fn events(&self) -> Events;
    async fn connect(&mut self) -> Result<(), Error>;
    async fn read(&mut self, span: Span) -> Result<Vec<u8>, Error>;
    async fn read_many(&mut self, spans: &[Span]) -> Result<hepta::classic::Items, Error>;
    async fn planned(&mut self, spans: &[Span]) -> Result<hepta::classic::Items, Error>;
    async fn write(&mut self, span: Span, data: &[u8]) -> Result<(), WriteError>;
    async fn write_many(&mut self, items: &[Write<'_>]) -> Result<hepta::classic::Report, WriteError>;
    async fn szl(&mut self, id: u16) -> Result<Vec<u8>, Error>;
    async fn limits(&mut self) -> Result<Limits, Error>;
    async fn close(&mut self);
    async fn state(&mut self) -> State;
}

macro_rules! driver {
    ($client:ty, $($wait:tt)*) => {
        impl Driver for $client {
            fn new(options: Options) -> Self {
                Self::new(options)
            }
            fn events(&self) -> Events {
                self.events()
            }
            async fn connect(&mut self) -> Result<(), Error> {
                called!(<$client>::connect(self), $($wait)*)
            }
            async fn read(&mut self, span: Span) -> Result<Vec<u8>, Error> {
                called!(<$client>::read(self, span), $($wait)*)
            }
            async fn read_many(&mut self, spans: &[Span]) -> Result<hepta::classic::Items, Error> {
                called!(<$client>::read_many(self, spans), $($wait)*)
            }
            async fn planned(&mut self, spans: &[Span]) -> Result<hepta::classic::Items, Error> {
                let plan = called!(<$client>::plan(self, spans), $($wait)*)?;
                called!(<$client>::read_planned(self, &plan), $($wait)*)
            }
            async fn write(&mut self, span: Span, data: &[u8]) -> Result<(), WriteError> {
                called!(<$client>::write(self, span, data), $($wait)*)
            }
            async fn write_many(&mut self, items: &[Write<'_>]) -> Result<hepta::classic::Report, WriteError> {
                called!(<$client>::write_many(self, items), $($wait)*)
            }
            async fn szl(&mut self, id: u16) -> Result<Vec<u8>, Error> {
                called!(<$client>::szl(self, SzlId(id), 0), $($wait)*)
            }
            async fn limits(&mut self) -> Result<Limits, Error> {
                called!(<$client>::limits(self), $($wait)*)
            }
            async fn close(&mut self) {
                called!(<$client>::close(self), $($wait)*)
            }
            async fn state(&mut self) -> State {
                // The reactor of a runtime sees an end only when it gets its turn.
                tokio::time::sleep(5 * MS).await;
                <$client>::state(self)
            }
        }
    };
}
driver!(hepta::classic::Client, await);
driver!(hepta::blocking::Client, now);

cases! {
    reads_and_writes, late_answers_reach_nobody, two_timeouts_end_it, writes_need_the_gate, broken_writes_are_reported,
    a_refusal_stays, reconnects_with_events, nothing_left_open, connect_in_time, negotiate_in_time, tried_in_turn,
    all_the_misbehaviour, closed_means_closed, reads_are_healed, mistakes_are_found_first, request_limits_hold, ends_are_seen,
    gives_up_after_n,
}

fn to(at: SocketAddr) -> Options {
    Options::new(at.ip().to_string()).port(at.port()).allow_writes(true)
}

/// Quick to come back, for tests.
fn quick() -> Reconnect {
    Reconnect::ON.waits(5 * MS, 50 * MS)
}

async fn reads_and_writes<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at));
    assert_eq!(c.read(Span::db(1, 3, 65000)).await.unwrap(), ramp(3, 65000));
    assert_eq!(c.limits().await.unwrap(), Limits { pdu: 480, jobs: 8 });
    let e = c.read(Span::db(9, 0, 40000)).await.unwrap_err(); // its other jobs are answered later, and dropped
    assert_eq!((e.code(), e.is_transient()), (Some(0x0a), false));
    assert!(e.to_string().starts_with("reading DB9 from 0 (40000 octets) at 127.0.0.1:"), "{e}");
    assert_eq!(c.read(Span::db(1, 8, 4)).await.unwrap(), ramp(8, 4));
    let spans = [Span::db(1, 0, 2), Span::db(9, 0, 2), Span::bit(Area::Db, 1, 5, 2), Span::db(1, 900, 700)];
    for items in [c.read_many(&spans).await.unwrap(), c.planned(&spans).await.unwrap()] {
        assert_eq!(items.item(0), Ok(&ramp(0, 2)[..]));
        assert_eq!(items.item(1), Err(ReturnCode::NoObject));
        assert_eq!(items.item(2), Ok(&[1][..])); // 5 is 0b101
        assert_eq!(items.item(3), Ok(&ramp(900, 700)[..]));
    }
    c.write(Span::db(2, 7, 3000), &ramp(1, 3000)).await.unwrap();
    assert_eq!(c.read(Span::db(2, 7, 3000)).await.unwrap(), ramp(1, 3000));
    let e = c.write(Span::db(1, 7, 2), &[1, 2]).await.unwrap_err();
    assert_eq!(e.report.item(0), Outcome::Refused(ReturnCode::NoObject));
    assert_eq!(e.error.code(), Some(0x0a));
    assert_eq!(c.szl(0x001c).await.unwrap().len(), 8 + 34 * 20);
    assert_eq!(c.szl(0x7777).await.unwrap_err().code(), Some(0xd401));
    c.close().await;
    assert!(plc.all_gone());
}

async fn late_answers_reach_nobody<D: Driver>() {
    // The answer to the first request comes after its caller has gone; its octets differ from all that is asked later.
    let plc = Plc::with(Arc::new(|_, frame| if frame == 2 { Fate::After(150 * MS) } else { Fate::Send }));
    let mut c = D::new(to(plc.at).request_timeout(100 * MS));
    let e = c.read(Span::db(1, 10, 4)).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    for start in 20..40 {
        assert_eq!(c.read(Span::db(1, start, 4)).await.unwrap(), ramp(start as usize, 4));
    }
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

async fn two_timeouts_end_it<D: Driver>() {
    let plc =
        Plc::with(Arc::new(|number, frame| if number == 0 && frame > 2 { Fate::Never } else { Fate::Send }));
    let mut c = D::new(to(plc.at).request_timeout(30 * MS).reconnect(quick()));
    c.read(Span::db(1, 0, 4)).await.unwrap();
    c.read(Span::db(1, 0, 4)).await.unwrap_err();
    assert_eq!(c.state().await, State::Up);
    c.read(Span::db(1, 0, 4)).await.unwrap_err();
    assert_eq!(c.state().await, State::Reconnecting);
    assert_eq!(c.read(Span::db(1, 5, 4)).await.unwrap(), ramp(5, 4));
    assert_eq!(c.state().await, State::Up);
}

async fn writes_need_the_gate<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at).allow_writes(false));
    let e = c.write(Span::db(2, 0, 1), &[1]).await.unwrap_err();
    assert_eq!(e.error.kind(), &ErrorKind::Config(ConfigError::WriteGate));
    assert!(!e.error.is_transient());
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 0);
    c.read(Span::db(2, 0, 1)).await.unwrap();
    c.write_many(&[Write { span: Span::db(2, 0, 1), data: &[1] }]).await.unwrap_err();
    assert_eq!(plc.memory.writes.load(Ordering::SeqCst), 0);
}

async fn broken_writes_are_reported<D: Driver>() {
    // Frames: confirm, setup, first answer, then half an answer.
    let plc = Plc::with(Arc::new(|_, frame| if frame == 3 { Fate::CutOff } else { Fate::Send }));
    let mut c = D::new(to(plc.at));
    let data = ramp(0, 400);
    let items: Vec<Write<'_>> =
        (0..4).map(|i| Write { span: Span::db(2, i * 400, 400), data: &data }).collect();
    let e = c.write_many(&items).await.unwrap_err();
    assert_eq!(e.error.kind(), &ErrorKind::Closed);
    let outcomes: Vec<Outcome> = (0..4).map(|i| e.report.item(i)).collect();
    assert_eq!(outcomes, [Outcome::Written, Outcome::Unknown, Outcome::NotSent, Outcome::NotSent]);
    // Never sent again by itself.
    assert_eq!(plc.memory.writes.load(Ordering::SeqCst), 2);
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

async fn a_refusal_stays<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at).tsaps(0x0100, 0x031f).reconnect(quick()));
    let e = c.read(Span::db(1, 0, 4)).await.unwrap_err();
    assert_eq!((e.code(), e.is_transient(), e.hint().is_some()), (Some(3), false, true));
    assert_eq!(c.state().await, State::Idle);
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
    assert!(plc.all_gone());
}

async fn reconnects_with_events<D: Driver>() {
    let plc = Plc::start();
    let at = plc.at;
    let mut c = D::new(to(at).reconnect(quick().attempts(Some(100))));
    let mut events = c.events();
    c.read(Span::db(1, 0, 4)).await.unwrap();
    drop(plc);
    let again = std::thread::spawn(move || {
        sleep(100 * MS);
        Plc::at(at, Limits { pdu: 240, jobs: 1 }, Arc::new(|_, _| Fate::Send))
    });
    assert_eq!(c.read(Span::db(1, 1, 4)).await.unwrap(), ramp(1, 4));
    let _plc = again.join().unwrap();
    assert_eq!(c.limits().await.unwrap(), Limits { pdu: 240, jobs: 1 });
    let (states, failures): (Vec<Event>, Vec<Event>) =
        events.by_ref().partition(|e| matches!(e, Event::State(_)));
    let wanted = [State::Connecting, State::Up, State::Reconnecting, State::Up].map(Event::State);
    assert_eq!(states, wanted);
    assert!(failures.len() > 1, "{failures:?}");
    assert!(failures.iter().all(|e| matches!(e, Event::Failed { again: Some(_), .. })), "{failures:?}");
}

async fn nothing_left_open<D: Driver>() {
    // Half of the connections end in the handshake, in all its places.
    let plc = Plc::with(Arc::new(|number, frame| match (number % 4, frame) {
        (0, 0) | (1, 1) => Fate::End,
        (2, 1) | (3, 2) => Fate::CutOff,
        _ => Fate::Send,
    }));
    let policy = Reconnect::ON.waits(MS, MS).attempts(Some(2));
    for _ in 0..20 {
        let mut c = D::new(to(plc.at).reconnect(policy));
        for _ in 0..3 {
            let _ = c.read(Span::db(1, 0, 4)).await;
            assert!(plc.open.load(Ordering::SeqCst) < 10);
        }
    }
    assert!(plc.accepted.load(Ordering::SeqCst) > 50);
    assert!(plc.all_gone(), "{} open", plc.open.load(Ordering::SeqCst));
}

async fn connect_in_time<D: Driver>() {
    // A listener whose queue is full takes no more connections, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    socket2::SockRef::from(&listener).listen(0).unwrap();
    let _full: Vec<_> = (0..3).map(|_| std::net::TcpStream::connect_timeout(&at, 50 * MS)).collect();
    let mut c = D::new(to(at).connect_timeout(100 * MS));
    let e = c.connect().await.unwrap_err();
    assert_eq!((e.kind(), e.is_transient()), (&ErrorKind::Timeout(Phase::Connect), true));
}

async fn negotiate_in_time<D: Driver>() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut c = D::new(to(listener.local_addr().unwrap()).negotiate_timeout(60 * MS));
    let e = c.connect().await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Negotiate));
    assert_eq!(c.state().await, State::Idle);
}

async fn tried_in_turn<D: Driver>() {
    // The first address refuses, the second listens.
    let second = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let plc = Plc::at((second, 0).into(), Limits { pdu: 480, jobs: 1 }, Arc::new(|_, _| Fate::Send));
    let first = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let options = Options::new("plc.example").port(plc.at.port()).addresses([first, second]);
    let mut c = D::new(options.clone());
    assert_eq!(c.read(Span::db(1, 0, 4)).await.unwrap(), ramp(0, 4));
    let mut c = D::new(options.addresses([first]));
    let e = c.connect().await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Io(std::io::ErrorKind::ConnectionRefused));
    assert!(e.endpoint().starts_with("plc.example:"));
}

/// Late, lost, doubled, swapped and crumbled answers, and ends in all places: what is answered is right, what is not is an error.
async fn all_the_misbehaviour<D: Driver>() {
    let fates = |number: usize, frame: usize| {
        let mut dice = Dice((number * 1_000_003 + frame * 7919 + 12345) as u64 | 1);
        for _ in 0..5 {
            dice.roll(9);
        }
        match (frame, dice.roll(40)) {
            (0 | 1, _) => Fate::Send,
            (_, 0) => Fate::After(25 * MS),
            (_, 1) => Fate::Never,
            (_, 2..=5) => Fate::Twice,
            (_, 6..=9) => Fate::Swap,
            (_, 10) => Fate::Crumbs,
            (_, 11) => Fate::CutOff,
            (_, 12) => Fate::End,
            _ => Fate::Send,
        }
    };
    let plc = Plc::with(Arc::new(fates));
    let mut c = D::new(to(plc.at).request_timeout(15 * MS).reconnect(Reconnect::ON.waits(MS, MS)));
    let (mut dice, mut good) = (Dice(4711), 0);
    for _ in 0..400 {
        let (start, len) = (dice.small(60_000), 1 + dice.small(3000));
        let span = Span::db(1, start.into(), len.into());
        match c.read(span).await {
            Ok(octets) => {
                assert_eq!(octets, ramp(start.into(), len.into()));
                good += 1;
            }
            Err(e) => assert!(e.is_transient(), "{e}"),
        }
    }
    assert!(good > 100, "{good}");
    drop(c);
    assert!(plc.all_gone());
}

async fn closed_means_closed<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at));
    c.read(Span::db(1, 0, 4)).await.unwrap();
    c.close().await;
    assert_eq!(c.read(Span::db(1, 0, 4)).await.unwrap_err().kind(), &ErrorKind::Shut);
    assert_eq!(c.state().await, State::Closed);
    assert!(plc.all_gone());
    c.connect().await.unwrap();
    assert_eq!(c.state().await, State::Up);
    let mut events = c.events();
    drop(c);
    assert_eq!(events.recv().await, None);
}

async fn reads_are_healed<D: Driver>() {
    let plc =
        Plc::with(Arc::new(|number, frame| if (number, frame) == (0, 3) { Fate::End } else { Fate::Send }));
    let mut c = D::new(to(plc.at).reconnect(quick()));
    c.read(Span::db(1, 0, 4)).await.unwrap();
    let mut events = c.events();
    assert_eq!(c.read(Span::db(1, 4, 4)).await.unwrap(), ramp(4, 4));
    let events: Vec<Event> = events.by_ref().collect();
    assert!(
        matches!(&events[1], Event::Failed { error, again: Some(_) } if error.kind() == &ErrorKind::Closed),
        "{events:?}"
    );
    // Not when nobody wants it.
    let plc = Plc::with(Arc::new(|_, frame| if frame == 2 { Fate::End } else { Fate::Send }));
    let mut c = D::new(to(plc.at).read_retries(0));
    assert_eq!(c.read(Span::db(1, 4, 4)).await.unwrap_err().kind(), &ErrorKind::Closed);
}

async fn mistakes_are_found_first<D: Driver>() {
    let plc = Plc::start();
    for options in
        [to(plc.at).rack_slot(8, 0), to(plc.at).pdu(20), to(plc.at).request_timeout(Duration::ZERO)]
    {
        let e = D::new(options).connect().await.unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Config(_)), "{e}");
    }
    let mut c = D::new(to(plc.at));
    let e = c.write(Span::db(2, 0, 4), &[1]).await.unwrap_err();
    assert_eq!(e.error.kind(), &ErrorKind::Config(ConfigError::Length { item: 0, span: 4, data: 1 }));
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 0);
}

async fn request_limits_hold<D: Driver>() {
    // An octet now and then is no answer.
    let plc = Plc::with(Arc::new(|_, frame| if frame == 2 { Fate::Crumbs } else { Fate::Send }));
    let mut c = D::new(to(plc.at));
    assert_eq!(c.read(Span::db(1, 1, 9)).await.unwrap(), ramp(1, 9));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut io = listener.accept().unwrap().0;
        let mut buf = [0; 512];
        let mut say = |octets: &[u8]| {
            let _ = io.read(&mut buf);
            let _ = io.write_all(octets);
        };
        say(&[3, 0, 0, 14, 9, 0xd0, 0, 1, 0, 9, 0, 0xc0, 1, 10]);
        say(&[
            3, 0, 0, 27, 2, 0xf0, 0x80, 0x32, 3, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0xf0, 0, 0, 1, 0, 1, 1, 0xe0,
        ]);
        // Half a message, octet by octet, then the end: who lets each octet prolong the wait hears of the end instead.
        let _ = io.write_all(&[3, 0, 0, 200, 2, 0xf0, 0x80]);
        for _ in 0..100 {
            sleep(10 * MS);
            let _ = io.write_all(&[0x32]);
        }
    });
    let mut c = D::new(to(at).request_timeout(100 * MS));
    assert_eq!(c.read(Span::db(1, 1, 9)).await.unwrap_err().kind(), &ErrorKind::Timeout(Phase::Request));
}

async fn ends_are_seen<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at));
    c.connect().await.unwrap();
    assert_eq!(c.state().await, State::Up);
    plc.hang_up();
    assert!(plc.all_gone());
    assert_eq!(c.state().await, State::Reconnecting);
    // A write into a new connection then, and not into the dead one.
    c.write(Span::db(2, 0, 1), &[7]).await.unwrap();
    assert_eq!(plc.memory.writes.load(Ordering::SeqCst), 1);
}

async fn gives_up_after_n<D: Driver>() {
    let plc = Plc::start();
    let mut c = D::new(to(plc.at).reconnect(quick().attempts(Some(4))));
    c.connect().await.unwrap();
    plc.stop();
    assert!(plc.all_gone());
    let mut events = c.events();
    let e = c.read(Span::db(1, 0, 4)).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Io(std::io::ErrorKind::ConnectionRefused));
    assert_eq!(c.state().await, State::Idle);
    let connects = events.by_ref().filter(
        |event| matches!(event, Event::Failed { error, .. } if error.attempt() == hepta::Attempt::Connect),
    );
    assert_eq!(connects.count(), 4);
}

/// They go where threads and tasks go.
#[test]
fn they_can_be_moved() {
    fn all<T: Send + Sync + 'static>() {}
    all::<hepta::classic::Client>();
    all::<hepta::blocking::Client>();
    all::<Error>();
    all::<Events>();
    all::<hepta::iso::Connection>();
    all::<hepta::iso::blocking::Connection>();
}

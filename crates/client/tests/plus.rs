//! S7CommPlus over both drivers, the same list of cases.
#![cfg(all(feature = "tokio", feature = "blocking", feature = "tls"))]
#[path = "common/cpu.rs"]
mod cpu;

use core::net::SocketAddr;
use core::sync::atomic::Ordering;
use core::time::Duration;
use cpu::{Cpu, Fate, Meddling, SESSION, Settings, proxy};
use hepta::plus::{
    BlockError, CpuState, Credential, Explore, Facts, Item, ItemAddress, Login, LoginError, Options, Outcome,
    Print, Resources, ReturnValue, Security, Store, Trust, Value, WriteError,
};
use hepta::proto::plus::{Data, ErrorCode};
use hepta::{ConfigError, Error, ErrorKind, Phase, State};
use hepta_tls::Identity;
use std::borrow::Cow;
use std::sync::Arc;
use std::thread::sleep;

const MS: Duration = Duration::from_millis(1);

trait Driver: Sized {
    fn new(options: Options) -> Self;
    async fn connect(&mut self) -> Result<(), Error>;
    async fn facts(&mut self) -> Result<Facts, Error>;
    async fn read(&mut self, items: &[ItemAddress]) -> Result<Vec<Result<Value, ReturnValue>>, Error>;
    async fn write(&mut self, items: &[Item]) -> Result<Vec<Outcome>, WriteError>;
    async fn db_read(&mut self, start: u32, len: u32) -> Result<Vec<u8>, Error>;
    async fn db_read_within(&mut self, time: Duration, start: u32, len: u32) -> Result<Vec<u8>, Error>;
    async fn db_write(&mut self, start: u32, data: &[u8]) -> Result<(), BlockError>;
    async fn explore(&mut self, object: u32) -> Result<usize, Error>;
    async fn variable(&mut self, object: u32, id: u32) -> Result<Value, Error>;
    async fn cpu_state(&mut self) -> Result<CpuState, Error>;
    async fn resources(&mut self) -> Result<Resources, Error>;
    async fn roles(&mut self) -> Result<Vec<u32>, Error>;
    async fn level(&mut self) -> Result<u32, Error>;
    async fn operate(&mut self, run: bool) -> Result<(), Error>;
    async fn legitimate(&mut self, credential: &Credential) -> Result<Login, Error>;
    async fn close(&mut self);
    fn state(&mut self) -> State;
}

macro_rules! driver {
    ($client:ty, $($wait:tt)*) => {
        impl Driver for $client {
            fn new(options: Options) -> Self {
                Self::new(options)
            }
            async fn connect(&mut self) -> Result<(), Error> {
                <$client>::connect(self)$($wait)*
            }
            async fn facts(&mut self) -> Result<Facts, Error> {
                <$client>::facts(self)$($wait)*
            }
            async fn read(&mut self, items: &[ItemAddress]) -> Result<Vec<Result<Value, ReturnValue>>, Error> {
                <$client>::read(self, items)$($wait)*
            }
            async fn write(&mut self, items: &[Item]) -> Result<Vec<Outcome>, WriteError> {
                <$client>::write(self, items)$($wait)*
            }
            async fn db_read(&mut self, start: u32, len: u32) -> Result<Vec<u8>, Error> {
                <$client>::db_read(self, 1, start, len)$($wait)*
            }
            async fn db_read_within(&mut self, time: Duration, start: u32, len: u32) -> Result<Vec<u8>, Error> {
                self.with_deadline(time).db_read(1, start, len)$($wait)*
            }
            async fn db_write(&mut self, start: u32, data: &[u8]) -> Result<(), BlockError> {
                <$client>::db_write(self, 1, start, data)$($wait)*
            }
            async fn explore(&mut self, object: u32) -> Result<usize, Error> {
                let ask = Explore {
                    object,
                    association: 0,
                    recursive: 1,
                    unknown: 1,
                    parents: 0,
                    filters: vec![],
                    attributes: Cow::Borrowed(&[]),
                };
                <$client>::explore(self, &ask)$($wait)*.map(|objects| objects.len())
            }
            async fn variable(&mut self, object: u32, id: u32) -> Result<Value, Error> {
                <$client>::variable(self, object, &[id])$($wait)*
            }
            async fn cpu_state(&mut self) -> Result<CpuState, Error> {
                <$client>::cpu_state(self)$($wait)*
            }
            async fn resources(&mut self) -> Result<Resources, Error> {
                <$client>::resources(self)$($wait)*
            }
            async fn roles(&mut self) -> Result<Vec<u32>, Error> {
                <$client>::session_roles(self)$($wait)*
            }
            async fn level(&mut self) -> Result<u32, Error> {
                <$client>::protection_level(self)$($wait)*.map(|level| level.0)
            }
            async fn operate(&mut self, run: bool) -> Result<(), Error> {
                if run { <$client>::start(self)$($wait)* } else { <$client>::stop(self)$($wait)* }
            }
            async fn legitimate(&mut self, credential: &Credential) -> Result<Login, Error> {
                <$client>::legitimate(self, credential)$($wait)*
            }
            async fn close(&mut self) {
                <$client>::close(self)$($wait)*;
            }
            fn state(&mut self) -> State {
                <$client>::state(self)
            }
        }
    };
}
driver!(hepta::plus::Client, .await);
driver!(hepta::plus::blocking::Client,);

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        mod on_tokio {
            $(#[tokio::test] async fn $case() { super::$case::<hepta::plus::Client>().await })*
        }
        mod on_blocking {
            $(#[tokio::test] async fn $case() { super::$case::<hepta::plus::blocking::Client>().await })*
        }
    };
}

cases! {
    reads_and_writes_without_tls, all_of_it_inside_tls, noise_disturbs_nothing, answers_in_any_order,
    an_answer_to_something_else, late_answers_reach_nobody, deadlines_of_calls, writes_need_the_gate,
    broken_writes_are_reported, reads_are_healed, auto_goes_below_tls_on_the_cpus_word_alone,
    auto_stays_where_something_is_to_lose, nobody_in_between_gets_it_below_tls, certificates, passwords,
    a_wrong_password_goes_out_once, passwords_need_tls, later_passwords, a_key_is_wanted, closed_means_closed,
}

fn to(at: SocketAddr) -> Options {
    Options::new(at.ip().to_string()).port(at.port()).request_timeout(2000 * MS)
}
fn open(cpu: &Cpu) -> Options {
    to(cpu.at).security(Security::Open).allow_writes(true)
}
fn insecure(cpu: &Cpu) -> Options {
    to(cpu.at).trust(Trust::Insecure).allow_writes(true)
}
fn ramp(start: usize, len: usize) -> Vec<u8> {
    (start..start + len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}
fn path(text: &str) -> ItemAddress {
    text.parse().unwrap()
}
fn int(n: i16) -> Value {
    Value::new(Data::Int(n))
}

/// What a client can do, whatever protects it.
async fn uses<D: Driver>(cpu: &Cpu, mut c: D) {
    let known: Vec<_> = (0..30).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
    for (n, address) in (0..).zip(&known) {
        cpu.state.values.lock().unwrap().insert(address.clone(), int(n));
    }
    let mut asked = known.clone();
    asked.insert(7, path("8A0E0063.9"));
    let values = c.read(&asked).await.unwrap();
    assert_eq!(values[7], Err(ReturnValue::OBJECT_NOT_FOUND));
    let rest: Vec<_> = values.into_iter().filter_map(Result::ok).collect();
    assert_eq!(rest, (0..30).map(int).collect::<Vec<_>>());

    let items: Vec<Item> = asked.iter().map(|address| (address.clone(), int(-1))).collect();
    let outcomes = c.write(&items).await.unwrap();
    assert_eq!(outcomes[7], Outcome::Refused(ReturnValue::of(ErrorCode::InvalidValueType)));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Written).count(), 30);
    assert_eq!(c.read(&known[..1]).await.unwrap(), [Ok(int(-1))]);

    assert_eq!(c.db_read(3, 4000).await.unwrap(), ramp(3, 4000));
    c.db_write(100, &[7; 2000]).await.unwrap();
    assert_eq!(c.db_read(99, 2002).await.unwrap(), [&ramp(99, 1), &[7; 2000][..], &ramp(2100, 1)].concat());
    let e = c.db_write(3500, &[1; 2000]).await.unwrap_err();
    assert!(e.written.octets < 2000 && matches!(e.written.next, Outcome::Refused(_)), "{e:?}");
    assert!(e.to_string().starts_with("writing DB1 from 3500 (2000 octets) at 127.0.0.1:"), "{e}");
    assert!(e.error.code().is_some() && !e.error.is_transient());

    assert_eq!(c.explore(49).await, Ok(1));
    let e = c.variable(SESSION, 999).await.unwrap_err();
    assert_eq!(e.code(), Some(ReturnValue::of(ErrorCode::InvalidAID).0));
    assert_eq!(c.cpu_state().await, Ok(CpuState::Run));
    c.operate(false).await.unwrap();
    assert_eq!(c.cpu_state().await, Ok(CpuState::Stop));
    c.operate(true).await.unwrap();
    assert_eq!(c.cpu_state().await, Ok(CpuState::Run));
    let resources = c.resources().await.unwrap();
    assert_eq!((resources.reads, resources.writes), (Some(7), Some(7)));
    assert_eq!((resources.subscriptions, resources.attributes_free), (Some(100), Some(101)));
    assert_eq!((c.roles().await, c.level().await), (Ok(vec![2]), Ok(1)));
    let facts = c.facts().await.unwrap();
    let identity = facts.identity().unwrap();
    assert_eq!(identity.to_string(), "6ES7 515-2AM02-0AB0 V2.9");
    assert_eq!((facts.limits.reads, facts.session), (7, SESSION));
    c.close().await;
}

async fn reads_and_writes_without_tls<D: Driver>() {
    let cpu = Cpu::start(Settings::open());
    uses(&cpu, D::new(open(&cpu))).await;
    assert_eq!((cpu.count(|s| &s.plain), cpu.count(|s| &s.secured)), (1, 0));
}

async fn all_of_it_inside_tls<D: Driver>() {
    let settings = Settings::tls();
    let print = hepta_tls::print(settings.tls.clone().unwrap().certificate());
    let cpu = Cpu::start(settings);
    let mut c = D::new(to(cpu.at).trust(Trust::Pin(vec![print])).allow_writes(true));
    let facts = c.facts().await.unwrap();
    assert_eq!((facts.security, facts.print), (Security::Tls, Some(print)));
    uses(&cpu, c).await;
    assert_eq!((cpu.count(|s| &s.plain), cpu.count(|s| &s.secured)), (0, 1));
}

async fn noise_disturbs_nothing<D: Driver>() {
    let cpu =
        Cpu::start(Settings::open().fates(|_, frame| if frame == 0 { Fate::Send } else { Fate::Noise }));
    uses(&cpu, D::new(open(&cpu))).await;
    assert_eq!(cpu.count(|s| &s.accepted), 1);
}

async fn answers_in_any_order<D: Driver>() {
    let cpu = Cpu::start(Settings::open().fates(|_, frame| if frame < 5 { Fate::Send } else { Fate::Swap }));
    let mut c = D::new(open(&cpu));
    c.connect().await.unwrap();
    let known: Vec<_> = (0..200).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
    for (n, address) in (0..).zip(&known) {
        cpu.state.values.lock().unwrap().insert(address.clone(), int(n));
    }
    let values = c.read(&known).await.unwrap();
    assert_eq!(values, (0..200).map(|n| Ok(int(n))).collect::<Vec<_>>());
    assert!(cpu.count(|s| &s.swapped) > 0);
}

async fn an_answer_to_something_else<D: Driver>() {
    // Frames: confirm, refused InitSSL is not asked for, session, setup, limits, level; then the first read.
    let cpu = Cpu::start(
        Settings::open().fates(|_, frame| if frame == 5 { Fate::WrongFunction } else { Fate::Send }),
    );
    let mut c = D::new(open(&cpu));
    let e = c.db_read(0, 4).await.unwrap_err();
    assert!(e.to_string().contains("is to Explore instead"), "{e}");
    assert!(!e.is_transient());
    assert_eq!(c.db_read(8, 4).await.unwrap(), ramp(8, 4));
    assert_eq!(cpu.count(|s| &s.accepted), 1);
}

async fn late_answers_reach_nobody<D: Driver>() {
    let cpu = Cpu::start(
        Settings::open().fates(|_, frame| if frame == 5 { Fate::After(300 * MS) } else { Fate::Send }),
    );
    let mut c = D::new(open(&cpu).request_timeout(200 * MS));
    let e = c.db_read(10, 4).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    for start in 20..40 {
        assert_eq!(c.db_read(start, 4).await.unwrap(), ramp(start as usize, 4));
    }
    assert_eq!(cpu.count(|s| &s.accepted), 1);
}

async fn deadlines_of_calls<D: Driver>() {
    let cpu = Cpu::start(
        Settings::open().fates(|_, frame| if (5..8).contains(&frame) { Fate::Never } else { Fate::Send }),
    );
    let mut c = D::new(open(&cpu).request_timeout(Duration::from_secs(60)));
    // Three in a row say nothing of the connection: they had less time than the options give.
    for _ in 0..3 {
        let e = c.db_read_within(50 * MS, 0, 4).await.unwrap_err();
        assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    }
    assert_eq!(c.db_read_within(Duration::from_secs(60), 5, 4).await.unwrap(), ramp(5, 4));
    assert_eq!(c.db_read(6, 4).await.unwrap(), ramp(6, 4));
    assert_eq!(cpu.count(|s| &s.accepted), 1);
}

async fn writes_need_the_gate<D: Driver>() {
    let cpu = Cpu::start(Settings::open());
    let mut c = D::new(open(&cpu).allow_writes(false));
    let gate = ErrorKind::Config(ConfigError::WriteGate);
    let e = c.write(&[(path("8A0E0002.1"), int(1))]).await.unwrap_err();
    assert_eq!((e.error.kind(), &e.outcomes[..]), (&gate, &[Outcome::NotSent][..]));
    assert_eq!(c.db_write(0, &[1]).await.unwrap_err().error.kind(), &gate);
    assert_eq!(c.operate(false).await.unwrap_err().kind(), &gate);
    assert_eq!(cpu.count(|s| &s.accepted), 0, "nothing is even connected for it");
    assert_eq!(cpu.count(|s| &s.writes), 0);
}

async fn broken_writes_are_reported<D: Driver>() {
    // The second request of the write is carried out, and its answer is the end of the connection.
    let cpu =
        Cpu::start(Settings::open().fates(
            |number, frame| {
                if number == 0 && frame == 6 { Fate::End } else { Fate::Send }
            },
        ));
    let known: Vec<_> = (0..21).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
    cpu.state.values.lock().unwrap().extend(known.iter().map(|address| (address.clone(), int(0))));
    let items: Vec<Item> = known.iter().map(|address| (address.clone(), int(5))).collect();
    let mut c = D::new(open(&cpu));
    let e = c.write(&items).await.unwrap_err();
    let count = |of: Outcome| e.outcomes.iter().filter(|outcome| **outcome == of).count();
    assert_eq!([count(Outcome::Written), count(Outcome::Unknown), count(Outcome::NotSent)], [7, 7, 7]);
    assert!(e.error.is_transient());
    assert_eq!(c.db_read(1, 2).await.unwrap(), ramp(1, 2));
    assert_eq!(cpu.count(|s| &s.writes), 14, "nothing is sent twice");
}

async fn reads_are_healed<D: Driver>() {
    let cpu = Cpu::start(Settings::tls());
    let mut c = D::new(insecure(&cpu).security(Security::Auto));
    assert_eq!(c.db_read(1, 2).await.unwrap(), ramp(1, 2));
    cpu.hang_up();
    // There was TLS, so there is again, although the CPU says now that it has none.
    cpu.state.settings.lock().unwrap().tls = Err(ReturnValue::of(ErrorCode::NoSupportForTls));
    let e = c.db_read(1, 2).await.unwrap_err();
    assert!(e.to_string().contains("has no TLS"), "{e}");
    cpu.state.settings.lock().unwrap().tls = Settings::tls().tls;
    assert_eq!(c.db_read(1, 2).await.unwrap(), ramp(1, 2));
    assert_eq!((cpu.count(|s| &s.plain), cpu.count(|s| &s.secured)), (0, 2));
}

async fn auto_goes_below_tls_on_the_cpus_word_alone<D: Driver>() {
    for code in [ErrorCode::StartTlsFailed, ErrorCode::StoppingTlsFailed, ErrorCode::NoSupportForTls] {
        let cpu = Cpu::start(Settings { tls: Err(ReturnValue::of(code)), ..Settings::open() });
        let mut c = D::new(to(cpu.at).security(Security::Auto));
        assert_eq!(c.facts().await.unwrap().security, Security::Open);
        let mut c = D::new(to(cpu.at));
        let e = c.connect().await.unwrap_err();
        assert!(
            e.to_string().contains("the CPU has no TLS") && e.hint().unwrap().contains("security="),
            "{e}"
        );
        assert_eq!(cpu.count(|s| &s.plain), 1);
    }
    // Any other refusal is none of these.
    let cpu = Cpu::start(Settings {
        tls: Err(ReturnValue::of(ErrorCode::ServiceAccessDenied)),
        ..Settings::open()
    });
    assert!(D::new(to(cpu.at).security(Security::Auto)).connect().await.is_err());
    assert_eq!(cpu.count(|s| &s.plain), 0);
}

async fn auto_stays_where_something_is_to_lose<D: Driver>() {
    let cpu = Cpu::start(Settings::open());
    let auto = || to(cpu.at).security(Security::Auto);
    let folder = Folder::new();
    let store = Store::open(folder.0.join("known")).unwrap();
    store.accept(&format!("127.0.0.1:{}", cpu.at.port()), Print([1; 32])).unwrap();
    for options in [
        auto().trust(Trust::Pin(vec![Print([1; 32])])),
        auto().trust(Trust::Known(Some(store.clone()))),
        auto().trust(Trust::FirstUse(store)),
        auto().credential(Credential::password("secret")),
        auto().trust(Trust::Insecure).credential(Credential::user("operator", "secret")),
    ] {
        let e = D::new(options).connect().await.unwrap_err();
        assert!(e.to_string().contains("the CPU has no TLS"), "{e}");
    }
    assert_eq!((cpu.count(|s| &s.plain), cpu.count(|s| &s.attempts)), (0, 0));
    let stranger = Store::open(folder.0.join("others")).unwrap();
    stranger.accept("192.0.2.1:102", Print([1; 32])).unwrap();
    D::new(auto().trust(Trust::FirstUse(stranger))).connect().await.unwrap();
}

async fn nobody_in_between_gets_it_below_tls<D: Driver>() {
    let cpu = Cpu::start(Settings::tls());
    for meddling in [
        Meddling::Reset,
        Meddling::Close,
        Meddling::Delay,
        Meddling::GarbleHello,
        Meddling::GarbleAnswer,
        Meddling::NoAnswer,
    ] {
        let at = proxy(cpu.at, meddling);
        let options = to(at).security(Security::Auto).trust(Trust::Insecure).negotiate_timeout(300 * MS);
        let e = D::new(options).connect().await.unwrap_err();
        assert!(!e.is_authentication(), "{meddling:?}: {e}");
    }
    assert_eq!((cpu.count(|s| &s.plain), cpu.count(|s| &s.secured)), (0, 0));
}

async fn certificates<D: Driver>() {
    let settings = Settings::tls();
    let print = hepta_tls::print(settings.tls.clone().unwrap().certificate());
    let cpu = Cpu::start(settings);
    let e = D::new(to(cpu.at)).connect().await.unwrap_err();
    assert!(e.is_authentication() && e.to_string().contains(&print.to_string()), "{e}");
    assert!(e.hint().unwrap().contains("--trust-first") && e.hint().unwrap().contains("`trust`"));

    let folder = Folder::new();
    let first = || Trust::first_use(folder.0.join("known")).unwrap();
    D::new(to(cpu.at).trust(first())).connect().await.unwrap();
    D::new(to(cpu.at).trust(first())).connect().await.unwrap();
    let other = Identity::generate("CPU", &[]).unwrap();
    cpu.state.settings.lock().unwrap().tls = Ok(Arc::new(other));
    let e = D::new(to(cpu.at).trust(first())).connect().await.unwrap_err();
    assert!(e.is_authentication() && e.to_string().contains("another certificate"), "{e}");
    assert!(e.to_string().contains(&print.to_string()));
}

async fn passwords<D: Driver>() {
    // By the older method, the newer one, and the newer one with a user.
    for (device, credential) in [
        ("1;6ES7 515-2AM02-0AB0 ;V2.9", Credential::password("secret")),
        ("1;6ES7 214-1AG40-0XB0 ;V4.7", Credential::password("secret")),
        ("1;6ES7 515-2AM02-0AB0 ;V3.1", Credential::user("operator", "secret")),
    ] {
        let cpu = Cpu::start(Settings { device, credential: Some(credential.clone()), ..Settings::tls() });
        let mut c = D::new(insecure(&cpu).credential(credential.clone()));
        assert_eq!(c.facts().await.unwrap().level.unwrap().0, 1, "{device}");
        assert_eq!((c.level().await, cpu.count(|s| &s.attempts)), (Ok(1), 1));
        // Without, the CPU is closed, which is no failure of the connection.
        let mut c = D::new(insecure(&cpu));
        assert_eq!(c.facts().await.unwrap().level.unwrap().0, 4);
        // All is open already: nothing is sent.
        let login = D::new(insecure(&Cpu::start(Settings::tls()))).legitimate(&credential).await;
        assert!(login.is_err() || !login.unwrap().sent);
    }
}

async fn a_wrong_password_goes_out_once<D: Driver>() {
    let settings = Settings { credential: Some(Credential::password("right")), ..Settings::tls() };
    let cpu = Cpu::start(settings);
    let mut c = D::new(insecure(&cpu).credential(Credential::password("wrong")));
    let e = c.db_read(0, 1).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Login(LoginError::Refused(ReturnValue::PASSWORD_REFUSED)));
    assert!(e.is_authentication() && !e.is_transient() && e.hint().is_some(), "{e}");
    for _ in 0..3 {
        let e = c.db_read(0, 1).await.unwrap_err();
        assert_eq!(e.kind(), &ErrorKind::Login(LoginError::Before(ReturnValue::PASSWORD_REFUSED)));
    }
    assert_eq!((cpu.count(|s| &s.attempts), cpu.count(|s| &s.accepted)), (1, 1));
    // Who says so himself has another try.
    assert!(c.connect().await.unwrap_err().is_authentication());
    assert_eq!(cpu.count(|s| &s.attempts), 2);
}

async fn passwords_need_tls<D: Driver>() {
    let settings = Settings { credential: Some(Credential::password("right")), ..Settings::open() };
    let cpu = Cpu::start(settings);
    let e = D::new(open(&cpu).credential(Credential::password("right"))).connect().await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Config(ConfigError::OpenPassword));
    assert!(e.is_authentication());
    assert_eq!(cpu.count(|s| &s.accepted), 0);
    let e = D::new(open(&cpu)).legitimate(&Credential::password("right")).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Login(LoginError::Weak(Security::Open)));
    assert_eq!(cpu.count(|s| &s.attempts), 0);
    // Firmware that takes none, and a user where none can be.
    let old = Settings { device: "1;6ES7 214-1AG40-0XB0 ;V4.2", ..Settings::tls() };
    let cpu = Cpu::start(Settings { credential: Some(Credential::password("right")), ..old });
    let e = D::new(insecure(&cpu)).legitimate(&Credential::password("right")).await.unwrap_err();
    let ErrorKind::Login(LoginError::Firmware { least: (4, 3), .. }) = e.kind() else { panic!("{e}") };
    cpu.state.settings.lock().unwrap().device = "1;6ES7 515-2AM02-0AB0 ;V3.0";
    let e = D::new(insecure(&cpu)).legitimate(&Credential::user("u", "right")).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Login(LoginError::User));
    assert_eq!(cpu.count(|s| &s.attempts), 0);
}

async fn later_passwords<D: Driver>() {
    for device in ["1;6ES7 515-2AM02-0AB0 ;V2.9", "1;6ES7 515-2AM02-0AB0 ;V3.1"] {
        let settings =
            Settings { device, credential: Some(Credential::password("right")), ..Settings::tls() };
        let cpu = Cpu::start(settings);
        // The gate is for what changes the PLC, which a password does not.
        let mut c = D::new(insecure(&cpu).allow_writes(false));
        assert_eq!(c.level().await, Ok(4));
        let e = c.legitimate(&Credential::password("wrong")).await.unwrap_err();
        assert_eq!(e.kind(), &ErrorKind::Login(LoginError::Refused(ReturnValue::PASSWORD_REFUSED)));
        // Attempts are counted on the connection, also those that failed: the keys of both ends go on together.
        let login = c.legitimate(&Credential::password("right")).await.unwrap();
        assert_eq!((login.sent, login.level.unwrap().0), (true, 1));
        let login = c.legitimate(&Credential::password("right")).await.unwrap();
        assert!(!login.sent, "all is open already");
        assert_eq!((cpu.count(|s| &s.attempts), cpu.count(|s| &s.accepted)), (2, 1));
    }
}

async fn a_key_is_wanted<D: Driver>() {
    let cpu = Cpu::start(Settings { key: true, ..Settings::open() });
    let e = D::new(open(&cpu)).connect().await.unwrap_err();
    assert!(e.to_string().contains("session key") && e.hint().unwrap().contains("s7://"), "{e}");
}

async fn closed_means_closed<D: Driver>() {
    let cpu = Cpu::start(Settings::tls());
    let mut c = D::new(insecure(&cpu));
    c.connect().await.unwrap();
    assert_eq!(c.state(), State::Up);
    c.close().await;
    assert_eq!(c.db_read(0, 1).await.unwrap_err().kind(), &ErrorKind::Shut);
    c.connect().await.unwrap();
    assert_eq!(c.db_read(0, 1).await.unwrap(), ramp(0, 1));
}

/// A dropped future leaves its request without an owner, and disturbs nobody.
#[tokio::test]
async fn dropped_futures() {
    let cpu = Cpu::start(Settings::tls());
    let c = hepta::plus::Client::new(insecure(&cpu));
    c.connect().await.unwrap();
    for start in 0..50 {
        let late = c.db_read(1, start + 100, 8);
        let _ = tokio::time::timeout(Duration::ZERO, late).await;
        assert_eq!(c.db_read(1, start, 4).await.unwrap(), ramp(start as usize, 4));
    }
    let all = (0..20).map(|n| {
        let c = c.clone();
        tokio::spawn(async move { c.db_read(1, n, 900).await.unwrap() == ramp(n as usize, 900) })
    });
    for one in all {
        assert!(one.await.unwrap());
    }
    assert_eq!(cpu.count(|s| &s.accepted), 1);
}

#[test]
fn nothing_secret_is_shown() {
    let options = Options::new("h").credential(Credential::user("operator", "hunter2"));
    let text = format!("{options:?} {options} {:?}", hepta::plus::blocking::Client::new(options.clone()));
    assert!(!text.contains("hunter2"), "{text}");
    let cpu = Cpu::start(Settings { credential: Some(Credential::password("hunter2")), ..Settings::tls() });
    let mut c =
        hepta::plus::blocking::Client::new(insecure(&cpu).credential(Credential::password("hunter2")));
    c.connect().unwrap();
    assert!(!format!("{c:?}").contains("hunter2"));
    assert_eq!(cpu.state.operating.load(Ordering::SeqCst), 8);
    sleep(MS);
}

/// A folder that goes when it is dropped.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        use core::sync::atomic::AtomicUsize;
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("hepta-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

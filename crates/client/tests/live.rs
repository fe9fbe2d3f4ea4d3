//! Against a real PLC, and never changing it: `HEPTA_LIVE_URL=s7plus://... cargo test -p hepta --test live -- --ignored`.
//!
//! `s7://...` and a bare host will do, too. `HEPTA_LIVE_TAGS` are addresses, by blanks, as the protocol has them (`8A0E0001.B`,
//! `DB1.DBW0:INT`); `HEPTA_LIVE_SECURITY` is `tls`, `auto` or `open`, where the URL shall not say it. Any certificate is taken, for
//! nothing is told to the PLC that somebody in between could use.
//!
//! Every frame that goes over the wire, in either direction and inside TLS, is decoded and written back by the types of the decoder.
//! One that is not understood, or that would be written differently, fails its test and is shown.
//!
//! `HEPTA_LIVE_CAPTURE=FILE` records all conversations as pcapng: the stream of TPKTs as it was on the wire, with TLS sealed inside
//! COTP. The keys of TLS go to `HEPTA_LIVE_KEYLOG`, or beside the capture into a file that ends in `.keys`;
//! `hepta decode FILE --keylog KEYS --round-trip` reads both. Whoever has the two files reads what was said: addresses, values, names
//! and serial numbers of the PLC.
#![cfg(all(feature = "blocking", feature = "tls"))]
use core::error::Error;
use core::fmt::Write as _;
use hepta::blocking::Client as Classic;
use hepta::classic::SzlId;
use hepta::plc::blocking::Plc;
use hepta::plus::{self, KeyLog, Security, Trust};
use hepta::proto::tap::{Sender, Tap};
use hepta::proto::tls::Open;
use hepta::proto::trace::Trace;
use hepta_capture::{Capture, Direction, Kind, Recorder};
use hepta_server::Emulator;
use hepta_tls::{Opener, Secrets};
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Where to, and what to leave behind.
struct Setup {
    url: String,
    security: Option<Security>,
    tags: Option<String>,
    recorder: Option<Arc<Recorder<File>>>,
    keys: Keys,
}

/// The file of the keys. Where nobody asked for it, it is gone when its test is.
struct Keys {
    path: PathBuf,
    forget: bool,
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.forget {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Setup {
    fn of_the_environment() -> Self {
        // One file for all tests.
        static RECORDER: OnceLock<Option<Arc<Recorder<File>>>> = OnceLock::new();
        let var = |name| std::env::var(name).ok();
        let capture = var("HEPTA_LIVE_CAPTURE").map(PathBuf::from);
        let beside = capture.as_ref().map(|path| path.with_extension("keys"));
        let keys = var("HEPTA_LIVE_KEYLOG").map(PathBuf::from).or(beside);
        Self {
            url: var("HEPTA_LIVE_URL").expect("HEPTA_LIVE_URL says where the PLC is"),
            security: var("HEPTA_LIVE_SECURITY").map(|text| text.parse().expect("tls, auto or open")),
            tags: var("HEPTA_LIVE_TAGS"),
            recorder: RECORDER.get_or_init(|| capture.as_deref().map(record)).clone(),
            keys: Keys { forget: keys.is_none(), path: keys.unwrap_or_else(|| temporary("keys")) },
        }
    }
}

/// A file of this process alone.
fn temporary(what: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{}.{what}", std::process::id()))
}

fn record(path: &Path) -> Arc<Recorder<File>> {
    // A capture that ends too early is no capture of this suite.
    let complain = |error| panic!("{error}");
    Arc::new(Recorder::create(path, complain).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// All that was said on connections of one client, in the order of the wire.
type Said = Vec<(u64, Sender, Vec<u8>)>;

struct Tape {
    said: Mutex<Said>,
    recorder: Option<Arc<Recorder<File>>>,
}

impl Tap for Tape {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        self.said.lock().unwrap().push((connection, sender, octets.to_vec()));
        self.recorder.iter().for_each(|recorder| recorder.octets(connection, sender, octets));
    }
    fn closed(&self, connection: u64) {
        self.recorder.iter().for_each(|recorder| recorder.closed(connection));
    }
}

/// A connection whose frames are judged when it is over.
struct Live {
    plc: Plc,
    tape: Arc<Tape>,
    keys: Keys,
    /// One at a time: small CPUs have few connections, and the keys are one file.
    _alone: MutexGuard<'static, ()>,
}

impl Live {
    fn connect(setup: Setup) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let Setup { url, security, tags: _, recorder, keys } = setup;
        let options: hepta::plc::Options = match (url.parse::<plus::Options>(), security) {
            (Ok(options), Some(security)) => options.security(security).into(),
            _ => url.parse().unwrap_or_else(|e| panic!("{url}: {e}")),
        };
        let tape = Arc::new(Tape { said: Mutex::default(), recorder });
        let log = KeyLog::append(&keys.path).unwrap_or_else(|e| panic!("{}: {e}", keys.path.display()));
        // Whatever the URL says: this suite reads.
        let options = options.trust(Trust::Insecure).allow_writes(false).key_log(log);
        let plc =
            Plc::open(options.tap(Arc::clone(&tape) as _)).unwrap_or_else(|e| panic!("{e}: {:?}", e.hint()));
        Self { plc, tape, keys, _alone: alone }
    }

    /// Ends the connection and looks at every frame of it.
    fn close(mut self) -> Said {
        self.plc.close();
        let said = core::mem::take(&mut *self.tape.said.lock().unwrap());
        let keys = fs::read_to_string(&self.keys.path).unwrap();
        let judged = judge(&said, &Arc::new(Secrets::read(&keys).unwrap()));
        assert!(judged.bad.is_empty(), "{}", judged.bad);
        assert!(judged.frames.iter().all(|frames| *frames > 1), "nothing was said: {:?}", judged.frames);
        let tls = self.plc.chosen().security == Security::Tls;
        assert_eq!(judged.opened.map(|opened| opened > 1), [tls; 2], "opened: {:?}", judged.opened);
        said
    }
}

/// Of either sender.
#[derive(Default)]
struct Judged {
    frames: [usize; 2],
    /// Those of them in which TLS said something.
    opened: [usize; 2],
    /// What is not understood or would be written differently, with its octets.
    bad: String,
}

/// Reads all frames, and writes them back.
fn judge(said: &Said, secrets: &Arc<Secrets>) -> Judged {
    #[derive(Default)]
    struct Talk {
        trace: Trace,
        plain: Arc<Mutex<Vec<u8>>>,
        /// What is no whole frame yet.
        rest: [Vec<u8>; 2],
        /// What was said without a word of the other: a message may be in several frames.
        turn: Option<(Sender, String)>,
    }
    let mut judged = Judged::default();
    let mut talks: HashMap<u64, Talk> = HashMap::new();
    for (connection, sender, octets) in said {
        let talk = talks.entry(*connection).or_insert_with(|| {
            let talk = Talk::default();
            let opener = Opener::with(Arc::clone(secrets));
            let heard = Heard { opener, plain: Arc::clone(&talk.plain) };
            Talk { trace: talk.trace.opened_by(Box::new(heard)), ..talk }
        });
        let who = usize::from(*sender == Sender::Server);
        let mut rest = core::mem::take(&mut talk.rest[who]);
        rest.extend_from_slice(octets);
        while let [3, _, high, low, ..] = rest[..]
            && let len @ 7.. = usize::from(u16::from_be_bytes([high, low]))
            && len <= rest.len()
        {
            let frame: Vec<u8> = rest.drain(..len).collect();
            let entry = talk.trace.frame(Some(*sender), &frame);
            let plain = core::mem::take(&mut *talk.plain.lock().unwrap());
            judged.frames[who] += 1;
            judged.opened[who] += usize::from(!plain.is_empty());
            if talk.turn.as_ref().is_none_or(|(last, _)| last != sender) {
                talk.turn = Some((*sender, String::new()));
            }
            let Some((_, turn)) = &mut talk.turn else { unreachable!("set above") };
            let _ = writeln!(turn, "      frame {}", hex(&frame));
            if !plain.is_empty() {
                let _ = writeln!(turn, "      in it {}", hex(&plain));
            }
            if !entry.understood() || entry.difference.is_some() {
                let _ = writeln!(judged.bad, "{}", entry.text);
                entry.complaints.iter().for_each(|complaint| {
                    let _ = writeln!(judged.bad, "    ! {complaint}");
                });
                if let Some(difference) = entry.difference {
                    let _ = writeln!(judged.bad, "    ~ {difference}");
                }
                judged.bad.push_str(turn);
            }
        }
        talk.rest[who] = rest;
    }
    for rest in talks.values().flat_map(|talk| &talk.rest).filter(|rest| !rest.is_empty()) {
        let _ = writeln!(judged.bad, "no whole frame: {}", hex(rest));
    }
    judged
}

/// Keeps what it opens, to be shown.
#[derive(Debug)]
struct Heard {
    opener: Opener,
    plain: Arc<Mutex<Vec<u8>>>,
}

impl Open for Heard {
    fn open(
        &mut self,
        sender: Sender,
        octets: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let before = plain.len();
        let done = self.opener.open(sender, octets, plain);
        self.plain.lock().unwrap().extend_from_slice(&plain[before..]);
        done
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}

fn says_who_it_is(setup: Setup) -> Said {
    let mut live = Live::connect(setup);
    if let Some(plus) = live.plc.plus() {
        let facts = plus.facts().unwrap();
        assert!(facts.identity().is_some(), "{:?}", facts.device);
        assert!(facts.limits.reads > 0 && facts.limits.writes > 0);
        assert_eq!(facts.print.is_some(), facts.security == Security::Tls);
        let state = plus.cpu_state().unwrap();
        assert!(!matches!(state, plus::CpuState::Unknown(_)), "{state}");
        let resources = plus.resources().unwrap();
        assert_eq!(resources.reads, Some(facts.limits.reads));
        assert!(plus.protection_level().unwrap().0 <= 4);
        assert!(plus.start().is_err() && plus.stop().is_err(), "the write gate is closed");
    }
    if let Some(classic) = live.plc.classic() {
        identity(classic);
    }
    live.close()
}

fn identity(classic: &mut Classic) {
    let limits = classic.limits().unwrap();
    assert!(limits.pdu >= 112 && limits.jobs > 0, "{limits:?}");
    // Each CPU has the module's identity; other lists are missing from some, and that they say is an answer, too.
    assert!(!classic.szl(SzlId::ModuleIdentification, 0).unwrap().is_empty());
    for (id, index) in [
        (SzlId::ComponentIdentification, 0),
        (SzlId::ModeCurrent, 0),
        (SzlId::CommunicationStatusOfCpu, 4),
        (SzlId::CommunicationCapabilities, 1),
    ] {
        if let Err(error) = classic.szl(id, index) {
            assert!(matches!(error.kind(), hepta::ErrorKind::Protocol(_)), "{id} {index}: {error}");
        }
    }
    classic.beat().unwrap();
}

fn reads_its_variables(mut setup: Setup) -> Said {
    let tags = setup.tags.take().expect("HEPTA_LIVE_TAGS says what to read");
    let addresses: Vec<_> =
        tags.split_whitespace().map(|tag| tag.parse().unwrap_or_else(|e| panic!("{tag}: {e}"))).collect();
    assert!(!addresses.is_empty());
    let mut live = Live::connect(setup);
    for _ in 0..10 {
        for (address, value) in addresses.iter().zip(live.plc.read(&addresses).unwrap()) {
            assert!(value.is_ok(), "{address}: {value:?}");
        }
    }
    live.close()
}

#[test]
#[ignore = "needs a PLC: HEPTA_LIVE_URL"]
fn it_says_who_it_is() {
    says_who_it_is(Setup::of_the_environment());
}

#[test]
#[ignore = "needs a PLC: HEPTA_LIVE_URL and HEPTA_LIVE_TAGS"]
fn its_variables_can_be_read() {
    reads_its_variables(Setup::of_the_environment());
}

/// The suite itself: our own CPU passes it in every way of speaking, and the capture holds what was on the wire.
#[test]
fn our_own_cpu_passes_and_is_recorded() {
    for (profile, url, security) in [
        ("s7-300", "s7://CPU/0/2", None),
        ("s7-1500@2.9", "s7plus://CPU", None),
        ("s7-1500@3.1", "s7plus://CPU", Some(Security::Tls)),
        ("s7-1200@3.0", "s7plus://CPU", Some(Security::Open)),
    ] {
        let emulator = Emulator::builder().profile(profile.parse().unwrap()).block(1, 64).start().unwrap();
        let (capture, keys) = (temporary("pcapng"), temporary(&format!("{profile}.keys")));
        let recorder = record(&capture);
        let setup = || Setup {
            url: url.replace("CPU", &emulator.addr().to_string()),
            security,
            tags: Some("DB1.DBW0:INT MB0:BYTE".into()),
            recorder: Some(Arc::clone(&recorder)),
            keys: Keys { path: keys.clone(), forget: true },
        };
        let mut said = says_who_it_is(setup());
        said.extend(reads_its_variables(setup()));
        let [mut spoken, mut recorded] = [[vec![], vec![]], [vec![], vec![]]];
        for (_, sender, octets) in said {
            spoken[usize::from(sender == Sender::Server)].extend(octets);
        }
        let mut file = Capture::open(&capture, &[]).unwrap();
        while let Some(event) = file.next_event().unwrap() {
            if let Kind::Octets(octets) = event.kind {
                recorded[usize::from(event.direction == Direction::ServerToClient)].extend_from_slice(octets);
            }
        }
        assert_eq!(recorded, spoken, "{profile}");
        fs::remove_file(&capture).unwrap();
    }
}

/// Whatever is wrong with a frame is found, wherever it was cut, and its octets are shown.
#[test]
fn a_bad_frame_is_shown() {
    let setup = "0300001902f08032010000000000080000f0000001000101e0";
    for (bad, shown) in [
        // A function that nobody knows, a confirmation with a parameter too many, half a frame, and no TPKT at all.
        ("0300001302f08032010000000100020000ee00", "ee00"),
        ("0300000d08d000010001009900", "9900"),
        ("0300001902f08032010000", "no whole frame: 0300001902f08032010000"),
        ("160303", "no whole frame: 160303"),
        ("0300000602f0", "no whole frame: 0300000602f0"),
    ] {
        let octets: Vec<u8> = [setup, bad]
            .concat()
            .as_bytes()
            .chunks(2)
            .map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect();
        for step in [1, 5, octets.len()] {
            let said: Said = octets.chunks(step).map(|part| (1, Sender::Client, part.to_vec())).collect();
            let judged = judge(&said, &Arc::default());
            assert!(judged.bad.contains(shown), "{bad}: {}", judged.bad);
        }
        let good = octets[..setup.len() / 2].to_vec();
        assert_eq!(judge(&vec![(1, Sender::Client, good)], &Arc::default()).bad, "");
    }
}

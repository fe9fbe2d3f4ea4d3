//! `hepta serve`: an emulated CPU.
use crate::args::block;
use crate::exit::{Exit, Failure, say};
use crate::file::NewFile;
use crate::source;
use crate::tap;
use hepta_plc::{Block, Plc, Profile};
use hepta_proto::classic::Area;
use hepta_server::{Access, Identity, Plus, Security, Server};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Run an emulated CPU until it is told to stop (SIGTERM, SIGINT, Ctrl-C).
///
/// Prints `listening on HOST:PORT` when it is ready. PUT/GET is off by default for profiles of S7-1200 and S7-1500 without
/// --db and --areas, as it is on those CPUs.
#[derive(Clone, Debug, Default, clap::Args, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one. 127.0.0.1:1102 by default; the port of S7 is 102.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// A data block to make, all zeros. May be given again and again.
    #[arg(long = "db", value_name = "NUMBER=OCTETS", value_parser = block)]
    #[serde(deserialize_with = "blocks")]
    db: Vec<(u16, u32)>,
    /// Octets to start with: a JSON list of `["PE"|"PA"|"MK"|"CT"|"TM"|"DB", index, "hex"]`.
    #[arg(long, value_name = "FILE")]
    areas: Option<PathBuf>,
    /// A TOML file with the same options (`listen = "..."`, `[db]` with `1 = 1024`); the command line comes first.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Which CPU: lab, s7-300, s7-400, s7-1200, s7-1500, with a firmware if need be (s7-1500@2.9).
    #[arg(long, value_name = "NAME[@FW]")]
    profile: Option<String>,
    /// Permit classic access (PUT/GET) or refuse it with 8104.
    #[arg(long, value_name = "on|off")]
    put_get: Option<Switch>,
    /// The longest PDU to grant, 112 to 8000 octets.
    #[arg(long, value_name = "OCTETS", value_parser = clap::value_parser!(u16).range(112..=8000))]
    #[serde(deserialize_with = "within::<_, 112, 8000>")]
    pdu: Option<u16>,
    /// How many jobs a client may have unanswered.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    jobs: Option<u16>,
    /// How sessions of S7CommPlus are protected; as CPUs of that firmware do, by default.
    #[arg(long, value_name = "tls|open", value_parser = security)]
    #[serde(deserialize_with = "spelt")]
    security: Option<Security>,
    /// A file with the password that gives full access, or with that of --user. It stands in no argument: those are for all to see.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Let the password be that of a user with this name, instead of that of a protection level.
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// What who gives no password may do: everything, read the program, variables as panels do, nothing.
    #[arg(long, value_name = "full|read|hmi|none", value_parser = level)]
    #[serde(deserialize_with = "named")]
    protection: Option<u32>,
    /// Where certificate and key of the CPU are kept. Without it they are made anew each time.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Draw challenges from this number, to compare conversations: for tests alone.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Hold the example program: the optimised block DB1 "Demo" and the tag mflag. Without --db and --areas it is held anyway.
    #[arg(long)]
    example: bool,
    /// Hold the program of these sources and tag tables, or of the folders they are in: .db, .udt, .scl; XML, xlsx, CSV. `hepta
    /// import --check` tells what is in them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    program: Vec<PathBuf>,
    /// A TOML file with numbers of data blocks for --program, by their names.
    #[arg(long, value_name = "FILE")]
    numbers: Option<PathBuf>,
    /// A file that keeps the LIDs of --program: names that are in it have them again when the sources have changed.
    #[arg(long, value_name = "FILE")]
    lids: Option<PathBuf>,
    /// Write what goes over the wire into a capture file (pcapng, or pcap by its name).
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Tell each message on standard error.
    #[arg(long)]
    trace: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Switch {
    On,
    Off,
}

/// Where to listen if nobody says.
pub(crate) const LISTEN: &str = "127.0.0.1:1102";

pub(crate) async fn run(args: Serve) -> Result<Exit, Failure> {
    let args = args.with_config()?;
    let plc = args.plc()?;
    let tap = tap::of(args.trace, args.pcap.as_deref(), None)?;
    let listen = args.listen.as_deref().unwrap_or(LISTEN);
    let plus = args.plus(&plc)?;
    let server = bind(listen, plc, hepta_server::Options { tap, plus, ..Default::default() }).await?;
    let stop = stop_signal();
    // First, for scripts wait for this line.
    say(format_args!("listening on {}", server.addr()))?;
    if let Some(print) = server.print() {
        // Who has read the first line and closed the pipe wants the server all the same.
        let _ = say(format_args!("certificate SHA-256 {print}"));
    }
    server.serve(stop).await.map_err(|error| Failure::new(Exit::Unreachable, error))?;
    Ok(Exit::Good)
}

/// A server on that address; the failure says what to do when the port needs rights.
pub(crate) async fn bind(listen: &str, plc: Plc, options: hepta_server::Options) -> Result<Server, Failure> {
    // `:1102` means every address, as everywhere.
    let listen = if listen.starts_with(':') { format!("0.0.0.0{listen}") } else { listen.to_owned() };
    let bad = |error: &dyn core::fmt::Display| Failure::usage(format_args!("--listen {listen}: {error}"));
    let mut addresses = tokio::net::lookup_host(&listen).await.map_err(|e| bad(&e))?;
    let address = addresses.next().ok_or_else(|| bad(&"the name has no address"))?;
    Server::bind(address, plc, options).map_err(|error| Failure::new(Exit::Unreachable, error))
}

/// Comes when the program is to stop. Signals are caught from the call on, not from when it is first awaited: whoever reads
/// `listening on` may send one at once.
pub(crate) fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        async move {
            match signals {
                [Ok(mut terminate), Ok(mut interrupt)] => {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                }
                _ => never().await,
            }
        }
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let signals = (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_shutdown());
        async move {
            match signals {
                (Ok(mut interrupt), Ok(mut off), Ok(mut close), Ok(mut shutdown)) => {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = off.recv() => {}
                        _ = close.recv() => {}
                        _ = shutdown.recv() => {}
                    }
                }
                _ => never().await,
            }
        }
    }
}

/// Where signals cannot be caught, the system ends the program.
async fn never() {
    tracing::warn!("signals cannot be caught");
    core::future::pending::<()>().await;
}

impl Serve {
    /// The configuration file fills what the command line leaves open.
    fn with_config(self) -> Result<Self, Failure> {
        let Some(path) = self.config.clone() else { return Ok(self) };
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::file(&path, e))?;
        let file: Self = toml::from_str(&text).map_err(|e| Failure::file(&path, e))?;
        // What the command line checks by itself.
        if let Some(pdu) = file.pdu.filter(|pdu| !(112..=8000).contains(pdu)) {
            return Err(Failure::file(&path, format_args!("pdu = {pdu}: 112 to 8000 octets can be granted")));
        }
        if let Some(jobs) = file.jobs.filter(|jobs| !(1..=1000).contains(jobs)) {
            return Err(Failure::file(&path, format_args!("jobs = {jobs}: 1 to 1000 can be granted")));
        }
        // Paths in a file are meant from where the file is.
        let beside =
            |other: PathBuf| path.parent().map_or_else(|| other.clone(), |folder| folder.join(&other));
        Ok(Self {
            listen: self.listen.or(file.listen),
            db: if self.db.is_empty() { file.db } else { self.db },
            areas: self.areas.or_else(|| file.areas.map(beside)),
            config: None,
            profile: self.profile.or(file.profile),
            put_get: self.put_get.or(file.put_get),
            pdu: self.pdu.or(file.pdu),
            jobs: self.jobs.or(file.jobs),
            security: self.security.or(file.security),
            password_file: self.password_file.or_else(|| file.password_file.map(beside)),
            user: self.user.or(file.user),
            protection: self.protection.or(file.protection),
            state: self.state.or_else(|| file.state.map(beside)),
            seed: self.seed.or(file.seed),
            example: self.example || file.example,
            program: if self.program.is_empty() {
                file.program.into_iter().map(beside).collect()
            } else {
                self.program
            },
            numbers: self.numbers.or_else(|| file.numbers.map(beside)),
            lids: self.lids.or_else(|| file.lids.map(beside)),
            pcap: self.pcap.or_else(|| file.pcap.map(beside)),
            trace: self.trace || file.trace,
        })
    }

    /// The CPU that is asked for.
    fn plc(&self) -> Result<Plc, Failure> {
        let mut profile: Profile = match &self.profile {
            Some(name) => name.parse().map_err(Failure::usage)?,
            None => Profile::lab(),
        };
        let areas = match &self.areas {
            Some(path) => read_areas(path)?,
            None => Vec::new(),
        };
        // Whoever says what is in the memory wants it to be reached.
        profile.put_get = match self.put_get {
            Some(switch) => switch == Switch::On,
            None => profile.put_get || !self.db.is_empty() || self.areas.is_some(),
        };
        if let Some(pdu) = self.pdu {
            profile.limits.pdu = pdu;
            profile.least_pdu = profile.least_pdu.min(pdu);
        }
        profile.limits.jobs = self.jobs.unwrap_or(profile.limits.jobs);
        // An area that is given is as long as what is given.
        for Given { area, octets, .. } in &areas {
            let sizes = &mut profile.sizes;
            match *area {
                Area::Inputs => sizes.inputs = octets.len(),
                Area::Outputs => sizes.outputs = octets.len(),
                Area::Flags => sizes.flags = octets.len(),
                Area::Timers => sizes.timers = octets.len().div_ceil(2),
                Area::Counters => sizes.counters = octets.len().div_ceil(2),
                _ => {}
            }
        }
        let plc = Plc::new(profile);
        for (number, size) in &self.db {
            plc.add_block(*number, *size as usize).map_err(Failure::usage)?;
        }
        for Given { area, number, octets } in areas {
            if area == Area::Db {
                // A block of the file wins over one of zeros.
                let _ = plc.remove_block(number);
                plc.add_block_with(number, Block { octets, optimised: false }).map_err(Failure::usage)?;
            } else {
                plc.write(area, 0, 0, &octets).map_err(Failure::usage)?;
            }
        }
        if self.example || self.db.is_empty() && self.areas.is_none() && self.program.is_empty() {
            hepta_plc::example::add(&plc).map_err(Failure::usage)?;
        }
        self.load(&plc)?;
        Ok(plc)
    }

    /// Loads the program of the sources.
    fn load(&self, plc: &Plc) -> Result<(), Failure> {
        if self.program.is_empty() {
            return Ok(());
        }
        let program = source::read(&self.program, self.numbers.as_deref())?;
        if let Some(path) = self.lids.as_deref().filter(|path| path.exists()) {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
            plc.keep_lids(text.parse().map_err(|e| Failure::file(path, e))?);
        }
        plc.load(&program).map_err(Failure::usage)?;
        if let Some(path) = &self.lids {
            let mut file = NewFile::create(path)?;
            write!(file, "{}", plc.lids()).map_err(|e| Failure::file(path, e))?;
            file.done()?;
        }
        Ok(())
    }

    /// How it speaks S7CommPlus.
    fn plus(&self, plc: &Plc) -> Result<Plus, Failure> {
        let mut access = Access::default();
        if let Some(path) = &self.password_file {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
            let password = text.lines().next().unwrap_or_default();
            if password.is_empty() {
                return Err(Failure::file(path, "there is no password in its first line"));
            }
            access = match &self.user {
                Some(name) => access.user(name, password, 1),
                None => access.password(password, 1),
            };
        }
        // Who sets a password means that something needs it.
        let usual = if self.password_file.is_some() { 4 } else { plc.profile().protection };
        let access = access.protect(self.protection.unwrap_or(usual));
        let identity = match &self.state {
            Some(folder) => {
                let name = &plc.profile().identity.station;
                Some(Identity::kept(folder, name, &[]).map_err(|e| Failure::file(folder, e))?)
            }
            None => None,
        };
        Ok(Plus { security: self.security, identity, access, seed: self.seed })
    }
}

/// One entry of an areas file.
struct Given {
    area: Area,
    number: u16,
    octets: Vec<u8>,
}

fn read_areas(path: &Path) -> Result<Vec<Given>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
    let entries: Vec<(String, u32, String)> =
        serde_json::from_str(&text).map_err(|e| Failure::file(path, e))?;
    let entry = |(i, (name, index, hex)): (usize, (String, u32, String))| {
        let bad = |what: String| Failure::file(path, format_args!("entry {}: {what}", i + 1));
        let area = match name.as_str() {
            "PE" => Area::Inputs,
            "PA" => Area::Outputs,
            "MK" => Area::Flags,
            "CT" => Area::Counters,
            "TM" => Area::Timers,
            "DB" => Area::Db,
            _ => return Err(bad(format!("{name} is no area; there are PE, PA, MK, CT, TM and DB"))),
        };
        let octets =
            super::decode::octets(&hex).map_err(|column| bad(format!("no hex at column {column}")))?;
        let number = u16::try_from(index).ok().filter(|number| area != Area::Db || *number > 0);
        match (number, octets.len()) {
            (None, _) => Err(bad(format!("{name} {index}: data blocks are numbered 1 to 65535"))),
            (_, 0 | 65_537..) => Err(bad(format!("{name} {index}: 1 to 65536 octets are expected"))),
            (Some(number), _) => Ok(Given { area, number, octets }),
        }
    };
    entries.into_iter().enumerate().map(entry).collect()
}

fn security(text: &str) -> Result<Security, String> {
    let known = text.parse().ok().filter(|security| *security != Security::Auto);
    known.ok_or_else(|| format!("{text:?} is neither tls nor open"))
}

fn level(text: &str) -> Result<u32, String> {
    Access::level_of(text).ok_or_else(|| format!("{text:?} is none of full, read, hmi and none"))
}

fn spelt<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Security>, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    security(&text).map(Some).map_err(serde::de::Error::custom)
}

fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    level(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A number of a configuration file, held to the limits of the command line.
fn within<'de, D: serde::Deserializer<'de>, const LEAST: u16, const MOST: u16>(
    deserializer: D,
) -> Result<Option<u16>, D::Error> {
    let number: u16 = serde::Deserialize::deserialize(deserializer)?;
    if (LEAST..=MOST).contains(&number) {
        Ok(Some(number))
    } else {
        Err(serde::de::Error::custom(format_args!("{number} is not in {LEAST} to {MOST}")))
    }
}

/// `[db]` of a configuration file: numbers and sizes.
fn blocks<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<(u16, u32)>, D::Error> {
    let map: std::collections::BTreeMap<String, u32> = serde::Deserialize::deserialize(deserializer)?;
    map.into_iter()
        .map(|(number, size)| block(&format!("{number}={size}")).map_err(serde::de::Error::custom))
        .collect()
}

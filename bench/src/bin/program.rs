//! The program of a CPU by its names: browse, looking names up, and reading by name, ours and the crate s7commplus on our server.
//!
//!     program --place rows|own --port PORT --pid PID --names FILE [--only TEXT] [--seconds 0.5] [--rounds 5] [--json FILE]
//!
//! `rows` and `own` are the programs of `interop/leaves/large.py`: most leaves are elements of rows, or each is a member with a name of
//! its own. `names` is written: all names of the program in the order in which they are asked for. Each figure is made by a process of its
//! own, so that its memory is that of one client, and nobody finds what another has left.
use hepta::plus::{BrowseOptions, Catalogue, Client, ItemAddress, Options, Reading, Trust, blocking};
use hepta_bench::report::{Key, Report, Want};
use hepta_bench::{Effort, Meter, cpu, option, options};
use s7commplus::proto::ItemAddress as Address;
use s7commplus::value::PValue;
use s7commplus::{Connection, VarInfo};
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// What `interop/leaves/large.py` describes.
const PLACES: [&str; 2] = ["rows", "own"];
const LEAVES: usize = 100_000;
/// How many of them are read.
const TAGS: usize = 10_000;
/// Items that the emulated S7-1500 takes in one request. The crate's `read_tags` does not split, so that is done for it.
const MOST: usize = 50;
/// From one name to the next that is asked for: without a common factor with [`LEAVES`], so that each has its turn.
const STRIDE: usize = 61_803;

const BROWSE: &str = "browse of 100,000 leaves";
const LOOKUP: &str = "a name looked up";
const READ: &str = "10,000 tags by name";

const LEAVES_S: &str = "leaves per CPU s";
const TAGS_S: &str = "tags per CPU s";
const WALL: &str = "ms";
const OWN: &str = "CPU ms of the client";
const MEMORY: &str = "MB";
const EACH: &str = "CPU ns";
const UNITS: [&str; 6] = [LEAVES_S, TAGS_S, WALL, OWN, MEMORY, EACH];

/// What one process measures, and the figures of it.
struct Job {
    task: &'static str,
    who: &'static str,
    run: fn(&Bench) -> Vec<(&'static str, f64)>,
}

const THEIR_BROWSE: &str = "s7commplus browse_vars";
const THEIR_NAMES: &str = "s7commplus read_tags";
const THEIR_KEPT: [&str; 2] =
    ["s7commplus read_variables, addresses kept", "s7commplus read_var_values, browsed"];
const OUR_BROWSES: [&str; 4] =
    ["hepta blocking", "hepta tokio", "hepta blocking, and a list", "hepta tokio, and a list"];
const OUR_LOOKUPS: [&str; 2] = ["hepta find", "hepta symbol"];
const OUR_NAMES: [&str; 2] = ["hepta blocking read_symbols", "hepta tokio read_symbols"];
const OUR_KEPT: [&str; 2] = ["hepta blocking read_tags", "hepta tokio read_tags"];

const JOBS: [Job; 15] = [
    Job { task: BROWSE, who: THEIR_BROWSE, run: Bench::their_browse },
    Job { task: BROWSE, who: OUR_BROWSES[0], run: |bench| bench.browse(false) },
    Job { task: BROWSE, who: OUR_BROWSES[1], run: |bench| bench.browse_tokio(false) },
    Job { task: BROWSE, who: OUR_BROWSES[2], run: |bench| bench.browse(true) },
    Job { task: BROWSE, who: OUR_BROWSES[3], run: |bench| bench.browse_tokio(true) },
    Job { task: LOOKUP, who: "s7commplus resolve_symbol", run: Bench::their_lookup },
    Job { task: LOOKUP, who: OUR_LOOKUPS[0], run: Bench::find },
    Job { task: LOOKUP, who: OUR_LOOKUPS[1], run: Bench::symbol },
    Job { task: READ, who: THEIR_NAMES, run: Bench::their_names },
    Job { task: READ, who: THEIR_KEPT[0], run: Bench::their_addresses },
    Job { task: READ, who: THEIR_KEPT[1], run: Bench::their_variables },
    Job { task: READ, who: OUR_NAMES[0], run: Bench::names },
    Job { task: READ, who: OUR_NAMES[1], run: Bench::names_tokio },
    Job { task: READ, who: OUR_KEPT[0], run: Bench::kept },
    Job { task: READ, who: OUR_KEPT[1], run: Bench::kept_tokio },
];

/// Where to measure, and how long.
struct Bench {
    port: u16,
    time: Duration,
}

impl Bench {
    fn options(&self) -> Options {
        Options::new("127.0.0.1").port(self.port).trust(Trust::Insecure)
    }
    fn client(&self) -> blocking::Client {
        let mut client = blocking::Client::new(self.options());
        client.connect().expect("it connects");
        client
    }
    fn browsed(&self) -> blocking::Client {
        let mut client = self.client();
        client.browse(BrowseOptions::default()).expect("it browses");
        client
    }
    fn theirs(&self) -> Connection {
        let to = (Ipv4Addr::LOCALHOST, self.port);
        Connection::connect(to, Duration::from_secs(10)).expect("s7commplus connects")
    }
    /// It knows all types, as the first step of its own browse brings them.
    fn theirs_loaded(&self) -> Connection {
        let mut plc = self.theirs();
        plc.prefetch_type_container().expect("s7commplus browses");
        plc.datablock_list().expect("s7commplus browses");
        plc
    }

    fn browse(&self, list: bool) -> Vec<(&'static str, f64)> {
        let mut client = self.client();
        browsed(list, || client.browse(BrowseOptions::default()).expect("it browses"))
    }
    fn browse_tokio(&self, list: bool) -> Vec<(&'static str, f64)> {
        let (runtime, client) = (runtime(), Client::new(self.options()));
        runtime.block_on(client.connect()).expect("it connects");
        browsed(list, || runtime.block_on(client.browse(BrowseOptions::default())).expect("it browses"))
    }
    fn their_browse(&self) -> Vec<(&'static str, f64)> {
        let mut plc = self.theirs();
        let watch = Watch::start();
        let leaves = plc.browse_vars().expect("s7commplus browses");
        let figures = watch.stop();
        assert_eq!(leaves.len(), LEAVES, "leaves");
        figures
    }

    fn find(&self) -> Vec<(&'static str, f64)> {
        self.looked_up(|catalogue, name| drop(black_box(catalogue.find(name).expect("it is there"))))
    }
    fn symbol(&self) -> Vec<(&'static str, f64)> {
        self.looked_up(|catalogue, name| drop(black_box(catalogue.symbol(name).expect("it is there"))))
    }
    /// All names again and again.
    fn looked_up(&self, look: fn(&Catalogue, &str)) -> Vec<(&'static str, f64)> {
        let names = names(LEAVES);
        let catalogue = self.browsed().catalogue().expect("it is browsed");
        each(self.time, &names, |name| look(&catalogue, name))
    }
    fn their_lookup(&self) -> Vec<(&'static str, f64)> {
        let (names, mut plc) = (names(LEAVES), self.theirs_loaded());
        each(self.time, &names, |name| drop(black_box(plc.resolve_symbol(name).expect("it is there"))))
    }

    fn names(&self) -> Vec<(&'static str, f64)> {
        let (names, mut client) = (names(TAGS), self.browsed());
        self.tags(|| check(&client.read_symbols(&names).expect("it reads")))
    }
    fn kept(&self) -> Vec<(&'static str, f64)> {
        let mut client = self.browsed();
        let mut tags = client.tags(&names(TAGS)).expect("it looks them up");
        self.tags(|| check(&client.read_tags(&mut tags).expect("it reads")))
    }
    fn names_tokio(&self) -> Vec<(&'static str, f64)> {
        let (names, runtime, client) = (names(TAGS), runtime(), Client::new(self.options()));
        runtime.block_on(client.browse(BrowseOptions::default())).expect("it browses");
        self.tags(|| check(&runtime.block_on(client.read_symbols(&names)).expect("it reads")))
    }
    fn kept_tokio(&self) -> Vec<(&'static str, f64)> {
        let (runtime, client) = (runtime(), Client::new(self.options()));
        let mut tags = runtime.block_on(client.tags(&names(TAGS))).expect("it looks them up");
        self.tags(|| check(&runtime.block_on(client.read_tags(&mut tags)).expect("it reads")))
    }
    /// By names, which are looked up each time.
    fn their_names(&self) -> Vec<(&'static str, f64)> {
        let (names, mut plc) = (names(TAGS), self.theirs_loaded());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // So many take it seconds: for warming up one request is enough.
        let mut read = |names: &[&str]| {
            for names in names.chunks(MOST) {
                let values = plc.read_tags(names).expect("s7commplus reads");
                assert!(
                    values.len() == names.len() && values.iter().all(Result::is_ok),
                    "s7commplus reads all"
                );
            }
        };
        read(names.get(..MOST).expect("there are more"));
        self.measured(|| read(&names))
    }
    /// By the addresses that the names lead to, looked up once.
    fn their_addresses(&self) -> Vec<(&'static str, f64)> {
        let mut plc = self.theirs_loaded();
        let resolve = |name: &String| plc.resolve_symbol(name).expect("it is there");
        let items: Vec<Address> = names(TAGS).iter().map(resolve).collect();
        self.tags(|| {
            for items in items.chunks(MOST) {
                let response = plc.read_variables(items).expect("s7commplus reads");
                assert_eq!(response.values.len(), items.len(), "{:?}", response.errors);
            }
        })
    }
    /// By what its browse has found, chosen by name once.
    fn their_variables(&self) -> Vec<(&'static str, f64)> {
        let mut plc = self.theirs();
        let found = plc.browse_vars().expect("s7commplus browses");
        let found: std::collections::HashMap<&str, &VarInfo> =
            found.iter().map(|leaf| (leaf.name.as_str(), leaf)).collect();
        let chosen: Vec<VarInfo> = names(TAGS).iter().map(|name| found[name.as_str()].clone()).collect();
        self.tags(|| {
            let values: Vec<Option<PValue>> = plc.read_var_values(&chosen).expect("s7commplus reads");
            assert!(values.len() == TAGS && values.iter().all(Option::is_some), "s7commplus reads all");
        })
    }
    /// The first call is not measured: with it a client learns what there is to be learnt once.
    fn tags(&self, mut read: impl FnMut()) -> Vec<(&'static str, f64)> {
        read();
        self.measured(read)
    }
    fn measured(&self, mut read: impl FnMut()) -> Vec<(&'static str, f64)> {
        let (meter, began, mut calls) = (Meter::start(), Instant::now(), 0u32);
        while calls == 0 || began.elapsed() < self.time {
            read();
            calls += 1;
        }
        vec![(TAGS_S, meter.rate(calls) * TAGS as f64)]
    }
}

/// All that a browse costs, from a connection that stands.
struct Watch {
    both: Meter,
    own: f64,
    wall: Instant,
}

impl Watch {
    fn start() -> Self {
        Self { both: Meter::start(), own: cpu(std::process::id()), wall: Instant::now() }
    }
    fn stop(self) -> Vec<(&'static str, f64)> {
        let wall = self.wall.elapsed().as_secs_f64() * 1e3;
        let own = (cpu(std::process::id()) - self.own) * 1e3;
        vec![(LEAVES_S, self.both.rate(LEAVES as u32)), (WALL, wall), (OWN, own), (MEMORY, peak_mb())]
    }
}

/// With a list of all leaves, as the crate's browse gives it: names, and what a request needs.
fn browsed(list: bool, browse: impl FnOnce() -> std::sync::Arc<Catalogue>) -> Vec<(&'static str, f64)> {
    let watch = Watch::start();
    let catalogue = browse();
    let leaf = |leaf: hepta::plus::Leaf<'_>| (leaf.path(), leaf.item(), leaf.soft());
    let leaves: Vec<(String, ItemAddress, _)> = match list {
        true => catalogue.leaves().elements().map(leaf).collect(),
        false => Vec::new(),
    };
    let figures = watch.stop();
    assert_eq!(catalogue.count(true), LEAVES as u64, "leaves: {:?}", catalogue.problems());
    assert_eq!(leaves.len(), if list { LEAVES } else { 0 }, "leaves of the list");
    figures
}

/// Nanoseconds of this process for each name.
fn each(time: Duration, names: &[String], mut look: impl FnMut(&str)) -> Vec<(&'static str, f64)> {
    let mut turn = names.iter().cycle();
    let mut some = |many: usize| turn.by_ref().take(many).for_each(|name| look(name));
    some(MOST);
    let (me, began, mut calls) = (std::process::id(), Instant::now(), 0.0);
    let before = cpu(me);
    while began.elapsed() < time {
        some(MOST);
        calls += MOST as f64;
    }
    vec![(EACH, (cpu(me) - before) * 1e9 / calls)]
}

fn check(readings: &[Reading]) {
    let bad = readings.iter().find(|reading| reading.value.is_err());
    assert!(readings.len() == TAGS && bad.is_none(), "it reads all: {bad:?}");
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The most memory that this process ever had, in millions of octets.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("KiB");
    kib * 1024.0 / 1e6
}

fn must<T: std::str::FromStr>(name: &str) -> T {
    option(name).unwrap_or_else(|| {
        eprintln!("--{name} is missing");
        std::process::exit(2)
    })
}

/// So many names out of the file.
fn names(many: usize) -> Vec<String> {
    let text = std::fs::read_to_string(must::<String>("names")).expect("the file of names");
    let names: Vec<String> = text.lines().take(many).map(String::from).collect();
    assert_eq!(names.len(), many, "names");
    names
}

/// Writes all names into the file, each far from the one before.
fn write_names(bench: &Bench) -> std::io::Result<()> {
    let catalogue = bench.browsed().catalogue().expect("it is browsed");
    let names: Vec<String> = catalogue.leaves().elements().map(|leaf| leaf.path()).collect();
    assert_eq!(names.len(), LEAVES, "leaves");
    let text: String = (0..LEAVES).flat_map(|i| [names[i * STRIDE % LEAVES].as_str(), "\n"]).collect();
    std::fs::write(must::<String>("names"), text)
}

/// Figures of a job, measured by a process of its own.
fn run(number: usize) -> std::io::Result<Vec<(&'static str, f64)>> {
    let done = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .args(["--job", &number.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    let figure = |line: &str| {
        let (figure, unit) = line.split_once(' ')?;
        Some((*UNITS.iter().find(|known| **known == unit)?, figure.parse().ok()?))
    };
    let figures: Option<Vec<_>> = said.lines().map(figure).collect();
    match figures {
        Some(figures) if done.status.success() && !figures.is_empty() => Ok(figures),
        _ => {
            let Job { task, who, .. } = &JOBS[number];
            Err(std::io::Error::other(format!("{task}, {who}: {}, said {said:?}", done.status)))
        }
    }
}

fn main() -> std::io::Result<()> {
    let effort = Effort::from_options(0.5);
    let bench = Bench { port: must("port"), time: effort.time };
    if let Some(number) = option::<usize>("job") {
        for (unit, figure) in (JOBS[number].run)(&bench) {
            println!("{figure} {unit}");
        }
        return Ok(());
    }
    let place = must::<String>("place");
    let Some(place) = PLACES.into_iter().find(|known| *known == place) else {
        eprintln!("--place {place}: one of {PLACES:?} is expected");
        std::process::exit(2)
    };
    write_names(&bench)?;
    let only = options("only");
    let chosen = |job: &Job| only.iter().all(|text| format!("{} {}", job.task, job.who).contains(text));
    let jobs: Vec<usize> = (0..JOBS.len()).filter(|number| chosen(&JOBS[*number])).collect();
    let mut report = Report::default();
    for round in 0..effort.rounds {
        for number in effort.order(round, jobs.len()).into_iter().map(|at| jobs[at]) {
            for (unit, figure) in run(number)? {
                report.add(Key { place, task: JOBS[number].task, who: JOBS[number].who }, unit, figure);
            }
        }
    }
    goals(&mut report, place);
    report.finish()
}

fn goals(report: &mut Report, place: &'static str) {
    let of = |task, who| Key { place, task, who };
    for who in OUR_BROWSES {
        let (ours, theirs) = (of(BROWSE, who), of(BROWSE, THEIR_BROWSE));
        report.goal("browse, of the crate", LEAVES_S, ours, &[theirs], Want::AtLeast(5.0));
        report.bound("browse, on the wall", WALL, ours, Want::AtMost(2000.0));
        report.bound("browse, memory of the client", MEMORY, ours, Want::AtMost(200.0));
    }
    for who in OUR_LOOKUPS {
        report.bound("a name looked up", EACH, of(LOOKUP, who), Want::AtMost(1000.0));
    }
    let three = Want::AtLeast(3.0);
    for who in OUR_NAMES.into_iter().chain(OUR_KEPT) {
        report.goal(
            "10,000 tags, of the crate by names",
            TAGS_S,
            of(READ, who),
            &[of(READ, THEIR_NAMES)],
            three,
        );
    }
    for who in OUR_KEPT {
        let theirs = THEIR_KEPT.map(|who| of(READ, who));
        report.goal("10,000 tags, of the crate by addresses kept", TAGS_S, of(READ, who), &theirs, three);
    }
}

//! `hepta bench`: how fast a CPU answers.
use crate::args::duration;
use crate::exit::{Exit, Failure, remark, say, told};
use crate::url::{Client, Link};
use core::time::Duration;
use hepta::plus::{ItemAddress, area};
use hepta_proto::classic::Area;
use hepta_proto::classic::op::Span;
use std::time::Instant;

/// Measure how fast a CPU answers. Reads only; the figures are those of this program, this machine and that CPU together.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// What to do again and again.
    what: What,
    #[command(flatten)]
    link: Link,
    /// Connections at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// For how long.
    #[arg(long, default_value = "3", value_parser = seconds, value_name = "SECONDS")]
    seconds: Duration,
    /// Calls in flight on each connection.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    in_flight: u16,
    /// The data block to read.
    #[arg(long, default_value_t = 1)]
    db: u16,
    /// The variable to read instead, by its access path (8A0E0001.D); of S7CommPlus alone.
    #[arg(long, value_name = "PATH")]
    item: Option<ItemAddress>,
    /// Octets of a block; all of the data block, up to 65534, if not given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    bytes: Option<u32>,
    /// One line of JSON; {"ok":false,"code","error","hint"} if it cannot be measured.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum What {
    /// Four octets a call.
    Read,
    /// Twenty items of four octets a call; a hundred by S7CommPlus.
    Batch,
    /// A large block a call, in as many jobs as it takes.
    Block,
    /// Connect, agree, disconnect.
    Connect,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let text =
        if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    duration(&text)
}

/// What one caller has measured.
#[derive(Default)]
struct Measured {
    nanos: Vec<u64>,
    errors: u64,
    first: Option<Failure>,
}

pub(crate) async fn run(args: Bench) -> Result<Exit, Failure> {
    let json = args.json;
    told(json, measure(args).await)
}

async fn measure(args: Bench) -> Result<Exit, Failure> {
    // One good call first: whoever cannot be reached or has no such block is no matter of speed.
    let probe = args.link.client().await?;
    if args.item.is_some() && matches!(probe, Client::Classic(_)) {
        return Err(Failure::usage(
            "--item: access paths are of S7CommPlus (s7plus://), and classic S7 is spoken",
        ));
    }
    probe.connect().await?;
    let bytes = match (args.bytes, args.what) {
        (Some(bytes), _) => bytes,
        (None, What::Block) => super::dump::length(&probe, Area::Db, args.db, 0).await?.min(65_534),
        (None, _) => 0,
    };
    let job = Job::new(&args, &probe, bytes);
    if job.what != What::Connect {
        job.call(&probe).await?;
    }
    probe.close().await;
    let mut callers = tokio::task::JoinSet::new();
    let start = Instant::now();
    let end = start + args.seconds;
    for _ in 0..args.connections {
        let client = probe.another();
        for _ in 0..args.in_flight {
            let (client, job) = (client.clone(), job.clone());
            callers.spawn(async move {
                let mut measured = Measured::default();
                while Instant::now() < end {
                    let began = Instant::now();
                    let done = job.call(&client).await;
                    match done {
                        Ok(()) => {
                            measured
                                .nanos
                                .push(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
                        }
                        Err(error) => {
                            measured.errors += 1;
                            measured.first.get_or_insert(error);
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                    }
                }
                measured
            });
        }
    }
    let mut all = Measured::default();
    while let Some(one) = callers.join_next().await {
        let one = one.map_err(|e| Failure::new(Exit::Partly, e))?;
        all.nanos.extend(one.nanos);
        all.errors += one.errors;
        all.first = all.first.or(one.first);
    }
    Ok(report(&args, job.octets(), all, start.elapsed())?)
}

/// What is done in each call.
#[derive(Clone)]
struct Job {
    what: What,
    db: u16,
    /// Octets of a block.
    bytes: u32,
    spans: [Span; 20],
    /// What S7CommPlus reads: one item, or as many as a batch has.
    items: Vec<ItemAddress>,
}

/// Items of a batch of S7CommPlus.
const ITEMS: u32 = 100;

impl Job {
    fn new(args: &Bench, client: &Client, bytes: u32) -> Self {
        let (what, db) = (args.what, args.db);
        let count = match (client, what) {
            (Client::Plus(_), What::Read) => 1,
            (Client::Plus(_), What::Batch) => ITEMS,
            _ => 0,
        };
        let by_offset = |i| ItemAddress::classic(area::DB + u32::from(db), i * 4, 4);
        let items = (0..count).map(|i| args.item.clone().unwrap_or_else(|| by_offset(i))).collect();
        // Sixteen octets apart, so that the optimiser has nothing to merge and twenty items are asked for.
        let spans = core::array::from_fn(|i| Span::db(db, u32::try_from(i).unwrap_or(0) * 16, 4));
        Self { what, db, bytes, spans, items }
    }
    async fn call(&self, client: &Client) -> Result<(), Failure> {
        match (self.what, client) {
            (What::Connect, client) => {
                let own = client.another();
                let done = own.connect().await;
                own.close().await;
                done?;
            }
            (What::Read, Client::Classic(client)) => drop(client.read_db(self.db, 0, 4).await?),
            (What::Batch, Client::Classic(client)) => drop(client.read_many(&self.spans).await?),
            (What::Block, Client::Classic(client)) => drop(client.read_db(self.db, 0, self.bytes).await?),
            (What::Read | What::Batch, Client::Plus(client)) => {
                let values = client.read(&self.items).await?;
                let refused =
                    self.items.iter().zip(values).find_map(|(item, value)| Some((item, value.err()?)));
                if let Some((item, outcome)) = refused {
                    return Err(Failure::refused(item, outcome));
                }
            }
            (What::Block, Client::Plus(client)) => drop(client.db_read(self.db, 0, self.bytes).await?),
        }
        Ok(())
    }
    /// How many octets of values a call brings.
    fn octets(&self) -> u32 {
        match (self.what, self.items.is_empty()) {
            (What::Connect, _) => 0,
            (What::Read, _) => 4,
            (What::Batch, true) => 80,
            (What::Batch, false) => 4 * ITEMS,
            (What::Block, _) => self.bytes,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn report(args: &Bench, octets: u32, mut all: Measured, took: Duration) -> std::io::Result<Exit> {
    all.nanos.sort_unstable();
    let at =
        |part: usize| all.nanos.get((all.nanos.len() * part / 100).min(all.nanos.len().saturating_sub(1)));
    let micros = |nanos: Option<&u64>| round(nanos.map_or(0.0, |nanos| *nanos as f64 / 1000.0));
    let (p50, p99) = (micros(at(50)), micros(at(99)));
    let seconds = took.as_secs_f64();
    let ops = all.nanos.len() as f64 / seconds;
    let rate = ops * f64::from(octets) / 1e6;
    let what = match args.what {
        What::Read => "read",
        What::Batch => "batch",
        What::Block => "block",
        What::Connect => "connect",
    };
    if args.json {
        let line = serde_json::json!({
            "what": what, "ops_s": round(ops), "p50_us": p50, "p99_us": p99, "mb_s": round(rate),
            "errors": all.errors, "connections": args.connections, "seconds": round(seconds),
        });
        say(line)?;
    } else {
        say(format_args!(
            "{what}: {ops:.0}/s, median {p50} us, 99 % within {p99} us, {rate:.1} MB/s, {} errors ({} connections, {seconds:.1} s)",
            all.errors, args.connections
        ))?;
    }
    if let Some(error) = &all.first {
        remark(format_args!("hepta: the first error: {}", error.message));
    }
    Ok(if all.errors == 0 { Exit::Good } else { Exit::Partly })
}

fn round(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

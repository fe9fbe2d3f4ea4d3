//! `hepta doctor`: what works, what does not, and what to click.
mod overheard;
mod plus;

use crate::exit::{Exit, Failure, say};
use crate::report::Report;
use crate::url::{Both, Link, Way};
use core::time::Duration;
use hepta::classic::Client;
use hepta::iso::{self, Connection};
use hepta_proto::classic::op::{ReadClock, Span};
use hepta_proto::classic::szl::{Component, List, Module, SzlId};
use hepta_proto::classic::{Area, ErrorCode, ReturnCode};
use hepta_proto::data::{Type, Value};
use hepta_proto::tap::Tap;
use hepta_proto::wire::{Reader, Wire};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Find out what works between here and a CPU, and what to do about the rest. Reads only, and asks nobody anything.
///
/// With `s7://` all of classic S7, and whether the CPU offers S7CommPlus, too; with `s7plus://` all of S7CommPlus: TLS, certificate,
/// session, protection; with the host alone both. A certificate that nobody has accepted is shown, and is no failure: what needs a
/// session is looked at with --pin, --trust-first or --insecure. A password is sent only if one is given, by --password-file or
/// `HEPTA_PASSWORD`.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    link: Link,
    /// A JSON list of {"check","result","evidence","advice"}.
    #[arg(long)]
    json: bool,
    /// Write what was found as JSON into FILE, and every octet of it beside, as FILE.pcapng. Serial numbers are masked.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Ok,
    Failed,
    Skipped,
}

struct Check {
    name: String,
    outcome: Outcome,
    evidence: String,
    advice: Option<String>,
}

#[derive(Default)]
struct Checks {
    list: Vec<Check>,
    /// What is to be seen nowhere in a report.
    serials: Vec<Vec<u8>>,
    /// How the first check that stops all others ended.
    exit: Option<Exit>,
}

pub(crate) async fn run(args: Doctor) -> Result<Exit, Failure> {
    let report = args.report.as_ref().map(|_| Arc::new(Report::default()));
    let both = args.link.both(report.clone().map(|report| report as Arc<dyn Tap>))?;
    let mut checks = Checks::default();
    checks.examine(&both, &args.link).await?;
    // A pipe that nobody reads any more must not cost the report.
    let shown = if args.json { say(checks.json()) } else { checks.show() };
    if let (Some(path), Some(report)) = (&args.report, report) {
        let found = json!({ "url": both.to_string(), "program": concat!("hepta ", env!("CARGO_PKG_VERSION")), "checks": checks.json() });
        let text = mask(&format!("{found:#}\n"), &checks.serials);
        std::fs::write(path, text).map_err(|e| Failure::file(path, e))?;
        let mut beside = path.clone().into_os_string();
        beside.push(".pcapng");
        report.write(&PathBuf::from(beside), &checks.serials)?;
    }
    shown?;
    let failed = checks.list.iter().any(|check| check.outcome == Outcome::Failed);
    Ok(checks.exit.unwrap_or(if failed { Exit::Partly } else { Exit::Good }))
}

/// The serial numbers in a text, crossed out.
fn mask(text: &str, serials: &[Vec<u8>]) -> String {
    let mut text = text.to_owned();
    for serial in serials.iter().filter_map(|serial| core::str::from_utf8(serial).ok()) {
        text = text.replace(serial, &"X".repeat(serial.len()));
    }
    text
}

/// The checks that need a connection.
const NAMES: [&str; 5] = ["setup", "MB0", "DB1", "SZL", "clock"];

impl Checks {
    fn add(
        &mut self,
        name: impl Into<String>,
        outcome: Outcome,
        evidence: impl Into<String>,
        advice: Option<&str>,
    ) {
        let (name, evidence, advice) = (name.into(), evidence.into(), advice.map(str::to_owned));
        self.list.push(Check { name, outcome, evidence, advice });
    }

    /// Whatever a check needed is not there, so it was not made.
    fn skip(&mut self, names: &[&str]) {
        for name in names {
            self.add(*name, Outcome::Skipped, "needs what failed before", None);
        }
    }

    async fn examine(&mut self, both: &Both, link: &Link) -> Result<(), Failure> {
        if !self.tcp(&both.classic).await {
            self.skip(&["CR slot 0", "CR slot 1", "CR slot 2", "CR slot 3"]);
            if both.way != Way::Plus {
                self.skip(&NAMES);
            }
            if both.way == Way::Classic {
                self.skip(&["S7CommPlus"]);
            } else {
                self.skip(&plus::STEPS);
                self.skip(&plus::SESSION);
            }
            return Ok(());
        }
        self.slots(both).await;
        if both.way != Way::Plus {
            self.examine_classic(&both.classic).await;
        }
        if both.way == Way::Classic {
            return self.offers_plus(both).await;
        }
        if self.examine_plus(both, &link.secrets).await? && both.way == Way::Any {
            // What classic S7 refuses is to be had by the other protocol.
            self.exit = None;
        }
        Ok(())
    }

    async fn examine_classic(&mut self, options: &hepta::Options) {
        let client = Client::new(options.clone());
        let began = Instant::now();
        match client.connect().await {
            Ok(()) => {
                let limits = client.limits().await;
                let evidence = limits.map_or_else(
                    |e| e.to_string(),
                    |l| format!("PDU {}, {} jobs at a time, in {:.1?}", l.pdu, l.jobs, began.elapsed()),
                );
                self.add("setup", Outcome::Ok, evidence, None);
            }
            Err(error) => {
                self.exit.get_or_insert_with(|| Failure::from(error.clone()).exit);
                self.add("setup", Outcome::Failed, error.kind().to_string(), error.hint());
                self.skip(NAMES.get(1..).unwrap_or_default());
                return;
            }
        }
        self.octet(&client, "MB0", Span::octets(Area::Flags, 0, 0, 1)).await;
        self.octet(&client, "DB1", Span::db(1, 0, 1)).await;
        self.szl(&client).await;
        self.clock(&client).await;
        client.close().await;
    }

    async fn tcp(&mut self, options: &hepta::Options) -> bool {
        let (host, port) = options.endpoint();
        let began = Instant::now();
        let connect = tokio::net::TcpStream::connect((host, port));
        match tokio::time::timeout(Duration::from_secs(5), connect).await {
            Ok(Ok(stream)) => {
                let to =
                    stream.peer_addr().map_or_else(|_| format!("{host}:{port}"), |addr| addr.to_string());
                self.add("TCP", Outcome::Ok, format!("{to} in {:.1?}", began.elapsed()), None);
                true
            }
            Ok(Err(error)) => {
                let kind = hepta::ErrorKind::Io(error.kind());
                self.add("TCP", Outcome::Failed, error.to_string(), kind.hint());
                self.exit = Some(Exit::Unreachable);
                false
            }
            Err(_) => {
                let kind = hepta::ErrorKind::Timeout(hepta::Phase::Connect);
                self.add("TCP", Outcome::Failed, "no answer within 5 s", kind.hint());
                self.exit = Some(Exit::Timeout);
                false
            }
        }
    }

    /// A connect request to each slot where a CPU may sit. That some refuse is as it should be; that all do is not.
    async fn slots(&mut self, both: &Both) {
        let (host, port) = both.classic.endpoint();
        let mut found = Vec::new();
        for slot in 0..4u16 {
            let mut to = iso::Options::new(host).port(port).tsaps(0x0100, 0x0200 | slot);
            if let Some(tap) = both.tap.clone() {
                to = to.tap(tap);
            }
            let connected = Connection::connect(&to).await;
            found.push(match connected {
                Ok(connection) => {
                    connection.close().await;
                    Ok(())
                }
                Err(error) => Err(error.kind().to_string()),
            });
        }
        let any = found.iter().any(Result::is_ok);
        for (slot, answer) in found.into_iter().enumerate() {
            let name = format!("CR slot {slot}");
            match answer {
                Ok(()) => self.add(name, Outcome::Ok, "accepted (rack 0, type OP)", None),
                Err(why) if any || both.way == Way::Plus => {
                    self.add(name, Outcome::Skipped, format!("not there: {why}"), None);
                }
                Err(why) => {
                    let advice = "no slot accepts a connection: all connection resources may be taken, or the rack is not 0";
                    self.add(name, Outcome::Failed, why, Some(advice));
                }
            }
        }
    }

    async fn octet(&mut self, client: &Client, name: &str, span: Span) {
        match client.read(span).await {
            Ok(octets) => {
                let value = octets.first().copied().unwrap_or(0);
                self.add(name, Outcome::Ok, format!("read: {value:02x}"), None);
            }
            Err(error) => {
                let code = error.code();
                let absent =
                    [ReturnCode::OutOfRange, ReturnCode::NoObject].map(|code| Some(u64::from(code.0)));
                let evidence = match code {
                    Some(_) if absent.contains(&code) => format!("{}: absent, or optimised", error.kind()),
                    _ => error.kind().to_string(),
                };
                if code == Some(ErrorCode::NotImplemented.0.into()) {
                    self.exit.get_or_insert(Exit::Refused);
                }
                self.add(name, Outcome::Failed, evidence, error.hint());
            }
        }
    }

    async fn szl(&mut self, client: &Client) {
        let components = client.szl(SzlId::ComponentIdentification, 0).await.unwrap_or_default();
        if let Ok(list) = List::read(&mut Reader::new(&components)) {
            let serials =
                list.of::<Component>().filter(|c| matches!(c.index, 5 | 8)).map(|c| c.text().to_vec());
            self.serials = serials.filter(|serial| !serial.is_empty()).collect();
        }
        match client.szl(SzlId::ModuleIdentification, 0).await {
            Ok(octets) => {
                let list = List::read(&mut Reader::new(&octets));
                let modules: Vec<Module> = list.map(|list| list.of().collect()).unwrap_or_default();
                let order =
                    modules.iter().find(|m| m.index == 1).map(|m| m.order().escape_ascii().to_string());
                let firmware = modules.iter().find(|m| m.index == 7).map(Module::numbers);
                let [a, b, c] = firmware.unwrap_or_default();
                let order = order.unwrap_or_else(|| "no order number".into());
                self.add("SZL", Outcome::Ok, format!("{order}, firmware V{a}.{b}.{c}"), None);
            }
            Err(error) => self.add("SZL", Outcome::Failed, error.kind().to_string(), error.hint()),
        }
    }

    async fn clock(&mut self, client: &Client) {
        let time = match client.run(ReadClock::default()).await {
            Ok(Some(clock)) => clock.time,
            Ok(None) => return self.skip(&["clock"]),
            Err(error) => {
                return self.add(
                    "clock",
                    Outcome::Skipped,
                    format!("it is not told: {}", error.kind()),
                    None,
                );
            }
        };
        let nanos = match Type::DateAndTime.decode(&time) {
            Ok(Value::DateAndTime(civil)) => civil.unix_nanos().ok(),
            _ => None,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match nanos {
            Some(nanos) => {
                let millis = nanos / 1_000_000 - i64::try_from(now.as_millis()).unwrap_or(0);
                // A CPU keeps local time as often as UTC: whole quarters of an hour are a zone, the rest is skew.
                let quarter = 15 * 60 * 1000;
                let zone = (millis + millis.signum() * quarter / 2) / quarter * quarter;
                let (skew, hours) = (millis - zone, zone.abs() <= 14 * 3_600_000);
                let evidence = format!("{millis} ms ahead of UTC here");
                if hours && skew.abs() <= 5000 {
                    self.add("clock", Outcome::Ok, evidence, None);
                } else {
                    let advice = "set the CPU's clock, or let it synchronise by NTP";
                    self.add("clock", Outcome::Failed, evidence, Some(advice));
                }
            }
            None => self.add(
                "clock",
                Outcome::Failed,
                format!("no date: {time:02x?}"),
                Some("set the CPU's clock"),
            ),
        }
    }

    fn json(&self) -> serde_json::Value {
        let check = |check: &Check| {
            let result = check.outcome.name();
            json!({"check": check.name, "result": result, "evidence": check.evidence, "advice": check.advice})
        };
        self.list.iter().map(check).collect()
    }

    fn show(&self) -> std::io::Result<()> {
        let width = self.list.iter().map(|check| check.name.len()).max().unwrap_or(0);
        for Check { name, outcome, evidence, advice } in &self.list {
            say(format_args!("{:8} {name:width$} {evidence}", outcome.name()))?;
            if let Some(advice) = advice {
                say(format_args!("{:1$} -> {advice}", "", width + 9))?;
            }
        }
        Ok(())
    }
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

//! Servers under the same load, in turn: reads a second, processor time for each, memory.
//!
//!     servers --target hepta=PORT:PID [--target native=PORT:PID] [--target snap7-server=PORT:PID] [--seconds 1] [--rounds 7] [--json FILE]
//!     servers --plus PORT:PID [--seconds 1] [--json FILE]     500 sessions of S7CommPlus inside TLS
use hepta_bench::load::Load;
use hepta_bench::report::{Key, Report, Want};
use hepta_bench::{Effort, cpu, options};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// A task, how many connections, how many at once, in flight on each, items.
const TASKS: [(&str, usize, usize, usize, u8); 6] = [
    ("1 connection", 1, 1, 1, 1),
    ("100 connections", 100, 4, 1, 1),
    ("1,000 connections", 1000, 4, 1, 1),
    ("1 connection, 8 in flight", 1, 1, 8, 1),
    ("1 connection, 20 items", 1, 1, 1, 20),
    ("200 connects at once", 200, 200, 1, 1),
];

/// Ours first.
const KNOWN: [&str; 3] = ["hepta", "snap7-server", "native"];

struct Target {
    name: &'static str,
    port: u16,
    pid: u32,
}

impl Target {
    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('=')?;
        let (port, pid) = rest.split_once(':')?;
        let name = KNOWN.into_iter().find(|known| *known == name)?;
        Some(Self { name, port: port.parse().ok()?, pid: pid.parse().ok()? })
    }
    fn memory_mb(&self) -> f64 {
        memory_kib(self.pid) * 1024.0 / 1e6
    }
}

/// What is resident of a process.
fn memory_kib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the server lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.expect("the kernel says VmRSS")
}

/// Sessions of S7CommPlus at the same time.
const SESSIONS: usize = 500;

/// Opens all sessions, looks what they take while idle, and lets all of them read at once.
async fn sessions(effort: Effort, text: &str, report: &mut Report) -> bool {
    use hepta::plus::{Client, Options, Trust};
    let (port, pid) = text
        .split_once(':')
        .and_then(|(port, pid)| Some((port.parse().ok()?, pid.parse().ok()?)))
        .unwrap_or_else(|| {
            eprintln!("--plus {text}: PORT:PID is expected");
            std::process::exit(2)
        });
    let key = Key { place: "plus", task: "500 sessions", who: KNOWN[0] };
    let to = || Options::new("127.0.0.1").port(port).trust(Trust::Insecure).read_retries(0);
    // One first: what the server makes once is no session's.
    let first = Client::new(to());
    first.connect().await.expect("it connects");
    let before = memory_kib(pid);
    let (mut open, mut failed) = (Vec::new(), 0_u32);
    for _ in 0..SESSIONS {
        let client = Client::new(to());
        match client.connect().await {
            Ok(()) => open.push(client),
            Err(error) => {
                failed += 1;
                eprintln!("{error}");
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    report.add(key, "KiB/idle session", (memory_kib(pid) - before) / open.len() as f64);
    let (used, began) = (cpu(pid), Instant::now());
    let mut callers = tokio::task::JoinSet::new();
    for client in &open {
        let client = client.clone();
        callers.spawn(async move {
            let (mut reads, mut errors) = (0_u32, 0_u32);
            while began.elapsed() < effort.time {
                match client.db_read(900, 0, 4).await {
                    Ok(_) => reads += 1,
                    Err(error) => {
                        errors += 1;
                        eprintln!("{error}");
                    }
                }
            }
            (reads, errors)
        });
    }
    let (reads, errors) = callers.join_all().await.into_iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    report.add(key, "reads/s", f64::from(reads) / began.elapsed().as_secs_f64());
    report.add(key, "CPU us/read", (cpu(pid) - used) * 1e6 / f64::from(reads));
    report.add(key, "KiB/session after reading", (memory_kib(pid) - before) / open.len() as f64);
    report.add(key, "errors", f64::from(errors + failed));
    report.bound("plus: 500 TLS sessions at once", "errors", key, Want::AtMost(0.0));
    report.bound("plus: memory of an idle TLS session", "KiB/idle session", key, Want::AtMost(64.0));
    errors + failed > 0
}

fn main() -> std::io::Result<()> {
    let effort = Effort::from_options(1.0);
    if let Some(text) = options("plus").pop() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let mut report = Report::default();
        let bad = runtime.block_on(sessions(effort, &text, &mut report));
        report.finish()?;
        std::process::exit(i32::from(bad));
    }
    let targets: Vec<Target> = options("target")
        .iter()
        .map(|text| {
            Target::parse(text).unwrap_or_else(|| {
                eprintln!("--target {text}: NAME=PORT:PID is expected, with NAME one of {KNOWN:?}");
                std::process::exit(2)
            })
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut report, mut bad) = (Report::default(), false);
    for (task, connections, at_once, in_flight, items) in TASKS {
        for round in 0..effort.rounds {
            for target in effort.order(round, targets.len()).into_iter().map(|at| &targets[at]) {
                let time = if at_once > 100 { Duration::from_millis(50) } else { effort.time };
                let at = ([127, 0, 0, 1], target.port).into();
                let load = Load { at, connections, at_once, in_flight, items, time };
                let (before, after) = (Cell::new(0.0), Cell::new((0.0, 0.0)));
                let outcome = runtime.block_on(load.run(
                    || before.set(cpu(target.pid)),
                    || after.set((cpu(target.pid), target.memory_mb())),
                ));
                let key = Key { place: "load", task, who: target.name };
                if at_once > 100 {
                    report.add(key, "not served", outcome.failed as f64);
                    continue;
                }
                if outcome.bad + outcome.broken > 0 || outcome.failed > 0 {
                    bad = true;
                    eprintln!("{task}, {}: {outcome:?}", target.name);
                }
                let (after_cpu, memory) = after.get();
                report.add(key, "requests/s", outcome.replies as f64 / outcome.seconds);
                report.add(key, "CPU us/request", (after_cpu - before.get()) * 1e6 / outcome.replies as f64);
                report.add(key, "p99 us", outcome.p99);
                report.add(key, "MB", memory);
            }
        }
    }
    let [ours, peer, _] = KNOWN;
    let of = |who, task| Key { place: "load", task, who };
    for (task, ..) in &TASKS[..5] {
        let (ours, peer) = (of(ours, task), [of(peer, task)]);
        report.goal(&format!("server, {task}"), "requests/s", ours, &peer, Want::AtLeast(1.0));
    }
    let hundred = (of(ours, TASKS[1].0), [of(peer, TASKS[1].0)]);
    report.goal("server, CPU a read at 100", "CPU us/request", hundred.0, &hundred.1, Want::AtMost(0.7));
    report.bound("server, memory at 1,000", "MB", of(ours, TASKS[2].0), Want::AtMost(8.0));
    report.bound("server, 200 connects at once", "not served", of(ours, TASKS[5].0), Want::AtMost(0.0));
    report.finish()?;
    if bad {
        eprintln!("some answers were bad or connections broke: see above");
        std::process::exit(1)
    }
    Ok(())
}

//! Servers under the same load, in turn: reads a second, processor time for each, memory.
//!
//!     servers --target hepta=PORT:PID [--target native=PORT:PID] [--target snap7-server=PORT:PID] [--seconds 1] [--rounds 7] [--json FILE]
use hepta_bench::load::Load;
use hepta_bench::report::{Key, Report, Want};
use hepta_bench::{Effort, options};
use std::cell::Cell;
use std::time::Duration;

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
    /// Nanoseconds all its threads have run: the scheduler's own account, for ticks are too coarse.
    fn cpu(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid)).expect("the server lives");
        let of = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<f64>().ok()
        };
        tasks.filter_map(|task| of(task.ok()?.path())).sum()
    }
    fn memory_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("the server lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kb.expect("the kernel says VmRSS") * 1024.0 / 1e6
    }
}

fn main() -> std::io::Result<()> {
    let effort = Effort::from_options(1.0);
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
                let outcome = runtime.block_on(
                    load.run(|| before.set(target.cpu()), || after.set((target.cpu(), target.memory_mb()))),
                );
                let key = Key { place: "load", task, who: target.name };
                report.add(key, "not served", outcome.failed as f64);
                if at_once > 100 {
                    continue;
                }
                if outcome.bad + outcome.broken > 0 || outcome.failed > 0 {
                    bad = true;
                    eprintln!("{task}, {}: {outcome:?}", target.name);
                }
                let (cpu, memory) = after.get();
                report.add(key, "requests/s", outcome.replies as f64 / outcome.seconds);
                report.add(key, "CPU us/request", (cpu - before.get()) / 1000.0 / outcome.replies as f64);
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

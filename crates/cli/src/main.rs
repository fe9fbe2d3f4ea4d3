//! hepta: read, write, watch, serve, decode and diagnose Siemens S7 from the command line.
//!
//! Each command is a file in `cmd`. They speak through the same doors: `exit` says how a program ends, `values` how a value is
//! shown, `args` how durations and the like are spelled.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "comments of arguments are the program's help, where STRING[20] is no link"
)]
#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic on a closed pipe: `say` and `remark` do not"
)]
mod args;
mod cmd;
mod exit;
mod file;
mod plant;
mod program;
mod report;
mod session;
mod source;
mod table;
mod tap;
mod trust;
mod url;
mod values;

use clap::{CommandFactory, Parser, Subcommand};
use exit::{Exit, Failure, remark};
use std::io::Write;
use std::process::ExitCode;

/// Siemens S7 on both ends of the wire.
#[derive(Debug, Parser)]
#[command(name = "hepta", version, arg_required_else_help = true, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(cmd::serve::Serve),
    Demo(cmd::demo::Demo),
    Read(cmd::read::Read),
    Write(cmd::write::Write),
    Watch(cmd::watch::Watch),
    Browse(cmd::browse::Browse),
    Look(cmd::look::Look),
    Export(cmd::export::Export),
    Import(cmd::import::Import),
    Info(cmd::info::Info),
    Dump(cmd::dump::Dump),
    Decode(cmd::decode::Decode),
    Doctor(cmd::doctor::Doctor),
    Bench(cmd::bench::Bench),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            // Help that goes into a closed pipe is nobody's loss.
            let _ = error.print();
            return if usage { Exit::Usage.into() } else { Exit::Good.into() };
        }
    };
    logs();
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.message.is_empty() {
                remark(format_args!("hepta: {failure}"));
            }
            failure.exit.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        Command::Serve(args) => wait(cmd::serve::run(args)),
        Command::Demo(args) => wait(cmd::demo::run(args)),
        Command::Read(args) => wait(cmd::read::run(args)),
        Command::Write(args) => wait(cmd::write::run(args)),
        Command::Watch(args) => wait(cmd::watch::run(args)),
        Command::Browse(args) => wait(cmd::browse::run(args)),
        Command::Look(args) => wait(cmd::look::run(args)),
        Command::Export(args) => wait(cmd::export::run(args)),
        Command::Import(args) => cmd::import::run(&args),
        Command::Info(args) => wait(cmd::info::run(args)),
        Command::Dump(args) => wait(cmd::dump::run(args)),
        Command::Decode(args) => cmd::decode::run(&args),
        Command::Doctor(args) => wait(cmd::doctor::run(args)),
        Command::Bench(args) => wait(cmd::bench::run(args)),
        Command::Completions { shell } => {
            // Into memory first: the generators panic on a closed pipe.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hepta", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Exit::Good)
        }
    }
}

/// One thread: with more, each call would cost a switch between them (`bench/README.md`).
fn wait<F: Future<Output = Result<Exit, Failure>>>(command: F) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(command);
    runtime.shutdown_timeout(core::time::Duration::from_millis(200));
    ended
}

/// Logs go to standard error when `HEPTA_LOG` asks for them: `HEPTA_LOG=debug`, `HEPTA_LOG=hepta_server=trace`.
fn logs() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("HEPTA_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}

/// What every command has in common.
const HELP: &str = "\
Addresses:    DB1.DBD4:REAL  DB1.DBX0.0:BOOL[8]  M10.3  MW20  DB1:10:STRING[20]  T5
              or the nodeS7 spelling DB1,REAL4
              by S7CommPlus also names, \"Motor\".axis[2].speed, and access paths, 8A0E0001.B
URLs:         s7://HOST[:PORT][/RACK/SLOT][?option=value], as in s7://192.0.2.1/0/1
              s7plus://HOST[:PORT][?security=tls|auto|open], or HOST alone for whatever it speaks
Exit status:  0 all good, 1 some item failed or was not understood, 2 usage,
              3 not reachable, 4 refused by the CPU, 5 authentication, 6 time-out
Logs:         HEPTA_LOG=debug tells more on standard error";

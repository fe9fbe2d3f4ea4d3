//! `hepta watch`: values, again and again.
use crate::args::duration;
use crate::exit::{Exit, Failure, remark, say};
use crate::source::{Symbols, named};
use crate::table::Table;
use crate::url::{Link, Refusal};
use crate::values::{self, Asked, COLUMNS, Format, Why, refused, row};
use core::time::Duration;
use std::io::IsTerminal;

/// Read values again and again, and show them as they change. A lost connection is told and made anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    link: Link,
    /// What to read.
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    #[command(flatten)]
    symbols: Symbols,
    /// How often.
    #[arg(long, default_value = "1s", value_parser = duration)]
    every: Duration,
    /// End after so many rounds.
    #[arg(long)]
    count: Option<u64>,
    /// No colours, and only what has changed, a line each.
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    format: Format,
}

pub(crate) async fn run(args: Watch) -> Result<Exit, Failure> {
    let asked = Asked::parse(&args.addresses)?;
    let program = args.symbols.read()?;
    let addresses = Asked::addresses(&asked);
    let refuse = |error: &hepta::Error| {
        let why = Why::Call(error);
        asked.iter().filter(|_| args.format.json).try_for_each(|asked| say(refused(&asked.text, &why)))
    };
    // What cannot be reached at all, or refuses us, is no matter of watching.
    let client = match args.link.plc(|options| named(options, program.as_ref())).await {
        Ok(plc) => plc,
        Err(Refusal::Caller(failure)) => return Err(failure),
        Err(Refusal::Failed(error)) => {
            refuse(&error)?;
            return Err(error.into());
        }
    };
    let spelled = args.format.json || args.format.csv;
    let mut table = Table::new(args.plain || !std::io::stdout().is_terminal());
    if args.format.csv {
        values::csv(&mut std::io::stdout().lock(), &COLUMNS)?;
    }
    let mut ticks = tokio::time::interval(args.every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (mut rounds, mut exit) = (0, Exit::Good);
    let mut stop = core::pin::pin!(super::serve::stop_signal());
    while args.count.is_none_or(|count| rounds < count) {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut stop => break,
        }
        rounds += 1;
        // An answer may be long in coming, and so may a lost connection.
        let values = tokio::select! {
            values = client.read(&addresses) => values,
            () = &mut stop => break,
        };
        match values {
            Ok(items) if spelled => {
                exit = exit.max(values::print(
                    &mut std::io::stdout().lock(),
                    args.format,
                    &asked,
                    &items,
                    true,
                )?);
            }
            Ok(items) => {
                let rows = asked.iter().zip(&items).map(|(asked, value)| row(&asked.address, value, ""));
                table.draw(rows.collect())?;
                exit = if items.iter().all(Result::is_ok) { exit } else { Exit::Partly };
            }
            Err(error) if error.is_transient() => {
                exit = Exit::Partly;
                refuse(&error)?;
                if !args.format.json {
                    remark(format_args!("hepta: {error}"));
                }
            }
            Err(error) => {
                refuse(&error)?;
                return Err(error.into());
            }
        }
    }
    client.close().await;
    Ok(exit)
}

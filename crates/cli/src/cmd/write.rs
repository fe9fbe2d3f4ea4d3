//! `hepta write`: values, once, in order.
use crate::exit::{Exit, Failure};
use crate::url::Link;
use crate::values::{Format, csv, print_refused};
use hepta::classic::Client;
use hepta_proto::classic::op::Outcome;
use hepta_proto::data::{Absolute, Address, Value};
use serde_json::{Value as Json, json};

/// Write values, in the order given. Nothing is sent unless every address and every value makes sense; nothing is ever sent
/// twice.
#[derive(Debug, clap::Args)]
pub(crate) struct Write {
    #[command(flatten)]
    link: Link,
    /// What to write: DB1.DBW0:INT=42, M10.3=TRUE, "DB1:10:STRING[20]='text'" ...
    #[arg(required = true, value_name = "ADDRESS=VALUE")]
    items: Vec<String>,
    /// Cut a text that is longer than its variable, instead of refusing it.
    #[arg(long)]
    truncate: bool,
    #[command(flatten)]
    format: Format,
}

/// One item of the command line.
struct Item<'a> {
    text: &'a str,
    address: Absolute,
    value: Value,
}

impl<'a> Item<'a> {
    fn parse(text: &'a str) -> Result<Self, Failure> {
        let Some((place, value)) = text.split_once('=') else {
            return Err(Failure::usage(format_args!("{text}: write ADDRESS=VALUE, as in DB1.DBW0:INT=42")));
        };
        let address: Absolute = place.parse().map_err(|e| Failure::usage(format_args!("{place}: {e}")))?;
        let value =
            address.ty.parse(value).map_err(|e| Failure::usage(format_args!("{place}={value}: {e}")))?;
        Ok(Self { text: place, address, value })
    }
}

pub(crate) async fn run(args: Write) -> Result<Exit, Failure> {
    let items: Vec<Item<'_>> = args.items.iter().map(|text| Item::parse(text)).collect::<Result<_, _>>()?;
    let pairs: Vec<(Address, Value)> =
        items.iter().map(|item| (Address::Absolute(item.address.clone()), item.value.clone())).collect();
    let options = args.link.options()?.allow_writes(true).truncate(args.truncate);
    let client = Client::new(options);
    if let Err(error) = client.connect().await {
        if args.format.json {
            let texts: Vec<&str> = items.iter().map(|item| item.text).collect();
            print_refused(&mut std::io::stdout().lock(), &texts, &error)?;
        }
        return Err(error.into());
    }
    let written = client.write_values(&pairs).await;
    client.close().await;
    let (outcomes, error) = match written {
        Ok(outcomes) => (outcomes, None),
        Err(failed) => (failed.outcomes, Some(failed.error)),
    };
    let mut out = std::io::stdout().lock();
    if outcomes.is_empty() {
        if let (Some(error), true) = (&error, args.format.json) {
            let texts: Vec<&str> = items.iter().map(|item| item.text).collect();
            print_refused(&mut out, &texts, error)?;
        }
    } else {
        show(&mut out, args.format, &items, &outcomes)?;
    }
    match error {
        Some(error) => Err(error.into()),
        None if outcomes.iter().all(|outcome| *outcome == Outcome::Written) => Ok(Exit::Good),
        None => Ok(Exit::Partly),
    }
}

fn show(
    out: &mut impl std::io::Write,
    format: Format,
    items: &[Item<'_>],
    outcomes: &[Outcome],
) -> std::io::Result<()> {
    if format.csv {
        csv(out, &["address", "ok", "code", "error"])?;
    }
    let mut objects = Vec::new();
    for (item, outcome) in items.iter().zip(outcomes) {
        let ok = *outcome == Outcome::Written;
        let code = outcome.code();
        if format.json {
            objects.push(if ok {
                json!({"address": item.text, "ok": true})
            } else {
                json!({"address": item.text, "ok": false, "code": code, "error": outcome.to_string(), "hint": outcome.hint()})
            });
        } else if format.csv {
            let code = code.map_or_else(String::new, |code| format!("{code:02x}"));
            let error = if ok { String::new() } else { outcome.to_string() };
            csv(out, &[item.text, if ok { "true" } else { "false" }, &code, &error])?;
        } else {
            writeln!(out, "{}: {outcome}", item.text)?;
            if let Some(hint) = outcome.hint() {
                writeln!(out, "  hint: {hint}")?;
            }
        }
    }
    if format.json {
        writeln!(out, "{}", Json::Array(objects))?;
    }
    out.flush()
}

//! `hepta write`: values, once, in order.
use crate::exit::{Exit, Failure};
use crate::url::{Link, Refusal};
use crate::values::{Format, csv, print_refused};
use hepta::plc::{ItemError, Outcome};
use hepta_proto::data::{Address, Type, Value};
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
    address: Address,
    value: Value,
}

impl<'a> Item<'a> {
    fn parse(text: &'a str) -> Result<Self, Failure> {
        let Some((place, value)) = text.split_once('=') else {
            return Err(Failure::usage(format_args!("{text}: write ADDRESS=VALUE, as in DB1.DBW0:INT=42")));
        };
        let address: Address = place.parse().map_err(|e| Failure::usage(format_args!("{place}: {e}")))?;
        let bad = |e: &dyn core::fmt::Display| Failure::usage(format_args!("{place}={value}: {e}"));
        let value = match &address {
            Address::Absolute(absolute) => absolute.ty.parse(value).map_err(|e| bad(&e))?,
            Address::Access(access) => match &access.ty {
                Some(ty) => ty.parse(value).map_err(|e| bad(&e))?,
                None => literal(value).ok_or_else(|| bad(&UNTYPED))?,
            },
            _ => {
                return Err(Failure::usage(format_args!(
                    "{place}: names of the program cannot be resolved yet; give the absolute address or the access path"
                )));
            }
        };
        Ok(Self { text: place, address, value })
    }
}

const UNTYPED: &str = "without a type it has to be a number, TRUE or FALSE, or a text in single quotes; or name the type, as in \
                       8A0E0001.B:INT=42";

/// A value whose type the CPU knows: what it looks like.
fn literal(text: &str) -> Option<Value> {
    let whole = [Type::LInt, Type::ULInt, Type::Bool, Type::LReal];
    if text.starts_with('\'') {
        Type::String(254).parse(text).ok()
    } else {
        whole.iter().find_map(|ty| ty.parse(text).ok())
    }
}

pub(crate) async fn run(args: Write) -> Result<Exit, Failure> {
    let items: Vec<Item<'_>> = args.items.iter().map(|text| Item::parse(text)).collect::<Result<_, _>>()?;
    let pairs: Vec<(Address, Value)> =
        items.iter().map(|item| (item.address.clone(), item.value.clone())).collect();
    let client = match args.link.plc(|options| options.allow_writes(true).truncate(args.truncate)).await {
        Ok(plc) => plc,
        Err(Refusal::Caller(failure)) => return Err(failure),
        Err(Refusal::Failed(error)) => {
            if args.format.json {
                let texts: Vec<&str> = items.iter().map(|item| item.text).collect();
                print_refused(&mut std::io::stdout().lock(), &texts, &error)?;
            }
            return Err(error.into());
        }
    };
    let written = client.write(&pairs).await;
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
        let why = if let Outcome::Refused(why) = outcome { Some(why) } else { None };
        let (code, hint) = (why.and_then(ItemError::code), why.and_then(ItemError::hint));
        if format.json {
            objects.push(if ok {
                json!({"address": item.text, "ok": true})
            } else {
                json!({"address": item.text, "ok": false, "code": code, "error": outcome.to_string(), "hint": hint})
            });
        } else if format.csv {
            let code = code.map_or_else(String::new, |code| format!("{code:02x}"));
            let error = if ok { String::new() } else { outcome.to_string() };
            csv(out, &[item.text, if ok { "true" } else { "false" }, &code, &error])?;
        } else {
            writeln!(out, "{}: {outcome}", item.text)?;
            if let Some(hint) = hint {
                writeln!(out, "  hint: {hint}")?;
            }
        }
    }
    if format.json {
        writeln!(out, "{}", Json::Array(objects))?;
    }
    out.flush()
}

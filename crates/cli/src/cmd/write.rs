//! `hepta write`: values, once, in order.
use crate::exit::{Exit, Failure};
use crate::source::{Symbols, named};
use crate::url::{Link, Refusal};
use crate::values::{Format, address, csv, print_refused};
use hepta::Plc;
use hepta::plc::{self, ItemError, Outcome};
use hepta_proto::data::{Address, Type, Value};
use serde_json::{Value as Json, json};

/// Write values, in the order given. Nothing is sent unless every address and every value makes sense; nothing is ever sent
/// twice.
#[derive(Debug, clap::Args)]
pub(crate) struct Write {
    #[command(flatten)]
    link: Link,
    /// What to write: DB1.DBW0:INT=42, M10.3=TRUE, "DB1:10:STRING[20]='text'"; by S7CommPlus also names, Motor.speed=1.5 ...
    #[arg(required = true, value_name = "ADDRESS=VALUE")]
    items: Vec<String>,
    #[command(flatten)]
    symbols: Symbols,
    /// Cut a text that is longer than its variable, instead of refusing it.
    #[arg(long)]
    truncate: bool,
    #[command(flatten)]
    format: Format,
}

/// One item of the command line.
struct Item<'a> {
    text: &'a str,
    /// Its value as it was written.
    literal: &'a str,
    address: Address,
    /// Its value, if the address says of which type.
    value: Option<Value>,
}

impl<'a> Item<'a> {
    fn parse(text: &'a str) -> Result<Self, Failure> {
        let Some((place, literal)) = split(text) else {
            return Err(Failure::usage(format_args!("{text}: write ADDRESS=VALUE, as in DB1.DBW0:INT=42")));
        };
        let address = address(place).map_err(|e| Failure::usage(format_args!("{place}: {e}")))?;
        let said = match &address {
            Address::Absolute(absolute) => Some(&absolute.ty),
            Address::Access(access) => access.ty.as_ref(),
            Address::Symbol(symbol) => symbol.ty(),
            _ => None,
        };
        let mut item = Self { text: place, literal, value: None, address: address.clone() };
        if said.is_some() || !matches!(address, Address::Symbol(_)) {
            item.value = Some(item.of(said)?);
        }
        Ok(item)
    }
    /// Its value, of that type.
    fn of(&self, ty: Option<&Type>) -> Result<Value, Failure> {
        let bad =
            |e: &dyn core::fmt::Display| Failure::usage(format_args!("{}={}: {e}", self.text, self.literal));
        match ty {
            Some(ty) => ty.parse(self.literal).map_err(|e| bad(&e)),
            None => literal(self.literal).ok_or_else(|| bad(&UNTYPED)),
        }
    }
}

/// Address and value: at the first `=` that stands in no quoted name.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = text.find(|c| {
        quoted ^= c == '"';
        c == '=' && !quoted
    })?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The values of all: of names the PLC is asked for their types, before anything is written.
async fn values(plc: &Plc, items: &[Item<'_>]) -> Result<Vec<(Address, Value)>, Refusal> {
    let addresses: Vec<Address> = items.iter().map(|item| item.address.clone()).collect();
    let types = if items.iter().all(|item| item.value.is_some()) {
        vec![Ok(None); items.len()]
    } else {
        plc.types(&addresses).await.map_err(Refusal::Failed)?
    };
    let pair = |((item, address), ty): ((&Item<'_>, Address), Result<Option<Type>, ItemError>)| {
        let value = match (&item.value, ty) {
            (Some(value), _) => value.clone(),
            (None, Ok(ty)) => item.of(ty.as_ref())?,
            (None, Err(why)) => return Err(Failure::usage(format_args!("{}: {why}", item.text)).into()),
        };
        Ok((address, value))
    };
    items.iter().zip(addresses).zip(types).map(pair).collect()
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
    let program = args.symbols.read()?;
    let shape =
        |options: plc::Options| named(options.allow_writes(true).truncate(args.truncate), program.as_ref());
    let written = match args.link.plc(shape).await {
        Ok(client) => {
            let written = match values(&client, &items).await {
                Ok(pairs) => Ok(client.write(&pairs).await),
                Err(refusal) => Err(refusal),
            };
            client.close().await;
            written
        }
        Err(refusal) => Err(refusal),
    };
    let (outcomes, error) = match written {
        Ok(Ok(outcomes)) => (outcomes, None),
        Ok(Err(failed)) => (failed.outcomes, Some(failed.error)),
        Err(Refusal::Caller(failure)) => return Err(failure),
        Err(Refusal::Failed(error)) => (Vec::new(), Some(error)),
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

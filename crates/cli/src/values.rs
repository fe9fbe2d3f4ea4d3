//! How values and refusals are shown: text, JSON, CSV, rows of a table.
use crate::exit::{Exit, Failure};
use crate::table::Row;
use hepta::plc::ItemError;
use hepta_proto::data::time::Civil;
use hepta_proto::data::{Address, AddressError, Type, Value};
use serde_json::{Map, Value as Json, json};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// An address as it was asked for, and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) address: Address,
}

impl Asked {
    /// The addresses of a command line; the first that makes no sense is told with its column.
    pub(crate) fn parse(texts: &[String]) -> Result<Vec<Self>, Failure> {
        let parse = |text: &String| match address(text) {
            Ok(address) => Ok(Self { text: text.clone(), address }),
            Err(error) => Err(Failure::usage(format_args!("{text}: {error}"))),
        };
        texts.iter().map(parse).collect()
    }
    /// What a client takes.
    pub(crate) fn addresses(asked: &[Self]) -> Vec<Address> {
        asked.iter().map(|asked| asked.address.clone()).collect()
    }
}

/// An address. A name whose first part has no digit can be nothing else, and needs no quotes: shells have their own use for these.
pub(crate) fn address(text: &str) -> Result<Address, AddressError> {
    text.parse().or_else(|error| {
        let (first, rest) = text.split_at(text.find(['.', '[', ':']).unwrap_or(text.len()));
        let name = !first.is_empty() && !first.contains(|c: char| c.is_ascii_digit() || c == '"' || c == ',');
        if name { format!("\"{first}\"{rest}").parse() } else { Err(error) }
    })
}

/// How a command prints its items.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Format {
    /// JSON: {"address","type","value","ok":true,"time"} or {"address","ok":false,"code","error","hint"} for each item. 64-bit
    /// integers, NaN and infinities are strings, octets are hex.
    #[arg(long)]
    pub(crate) json: bool,
    /// Comma separated: address,type,value,ok,code,error,time.
    #[arg(long)]
    pub(crate) csv: bool,
}

/// Why there is no value: the CPU's word on one item, or on all of them.
#[derive(Debug)]
pub(crate) enum Why<'a> {
    Item(&'a ItemError),
    Call(&'a hepta::Error),
}

impl Why<'_> {
    pub(crate) fn code(&self) -> Option<u64> {
        match self {
            Self::Item(error) => error.code(),
            Self::Call(error) => error.code(),
        }
    }
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Item(error) => error.hint(),
            Self::Call(error) => error.hint(),
        }
    }
}

impl core::fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Item(error) => error.fmt(f),
            Self::Call(error) => error.kind().fmt(f),
        }
    }
}

/// The type of what is asked for: as the address says, or as the value shows; empty where neither does.
fn kind(address: &Address, value: Option<&Value>) -> String {
    let said: Option<&Type> = match address {
        Address::Absolute(absolute) => Some(&absolute.ty),
        Address::Access(access) => access.ty.as_ref(),
        Address::Symbol(symbol) => symbol.ty(),
        _ => None,
    };
    match said {
        Some(ty) => ty.to_string(),
        None => value.and_then(Value::type_of).map_or_else(String::new, |ty| ty.to_string()),
    }
}

/// One item as a JSON object.
pub(crate) fn object(asked: &Asked, value: Result<&Value, &Why<'_>>, time: &str) -> Json {
    match value {
        Ok(value) => {
            json!({"address": asked.text, "type": kind(&asked.address, Some(value)), "value": json(value), "ok": true, "time": time})
        }
        Err(why) => refused(&asked.text, why),
    }
}

/// A refused item as a JSON object.
pub(crate) fn refused(address: &str, why: &Why<'_>) -> Json {
    json!({"address": address, "ok": false, "code": why.code(), "error": why.to_string(), "hint": why.hint()})
}

/// A value in JSON.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Bool(on) => json!(on),
        Value::Byte(n) | Value::USInt(n) => json!(n),
        Value::Word(n) | Value::UInt(n) | Value::Counter(n) => json!(n),
        Value::DWord(n) | Value::UDInt(n) => json!(n),
        Value::SInt(n) => json!(n),
        Value::Int(n) => json!(n),
        Value::DInt(n) => json!(n),
        // JavaScript and many others keep 53 bits of a number.
        Value::LWord(n) | Value::ULInt(n) => json!(n.to_string()),
        Value::LInt(n) => json!(n.to_string()),
        // The shortest decimal that is this REAL, not the double next to it.
        Value::Real(n) => float(n.to_string().parse().unwrap_or_else(|_| f64::from(*n))),
        Value::LReal(n) => float(*n),
        Value::Char(c) | Value::WChar(c) => json!(c.to_string()),
        Value::String(text) | Value::WString(text) => json!(text),
        Value::Bytes(octets) => json!(hex(octets)),
        Value::Array(values) => values.iter().map(json).collect(),
        Value::Struct(members) => Json::Object(
            members.iter().map(|(name, value)| (name.to_string(), json(value))).collect::<Map<_, _>>(),
        ),
        // Dates and times are what they are in IEC 61131-3.
        other => json!(other.to_string()),
    }
}

fn float(n: f64) -> Json {
    if n.is_finite() {
        json!(n)
    } else if n.is_nan() {
        json!("NaN")
    } else {
        json!(if n > 0.0 { "Infinity" } else { "-Infinity" })
    }
}

/// Octets as hex without gaps.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        // Writing into a String cannot fail.
        let _ = core::fmt::Write::write_fmt(&mut hex, format_args!("{octet:02x}"));
        hex
    })
}

/// A value for people: as [`text`], but a text that would break the line or steer the terminal stands as an IEC literal.
pub(crate) fn shown(value: &Value) -> String {
    let plain = text(value);
    // Literals spell out what ASCII has of control characters; the others (9b starts a sequence, too) are blotted out.
    if plain.contains(char::is_control) { value.to_string().replace(char::is_control, ".") } else { plain }
}

/// A value for CSV: its IEC form, and texts as they are.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) | Value::WString(text) => text.clone(),
        Value::Bytes(octets) => hex(octets),
        other => other.to_string(),
    }
}

/// Now, in UTC, as RFC 3339 wants it.
pub(crate) fn now() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = Civil::from_unix_nanos(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.nano() / 1_000_000
    )
}

/// One line of CSV; a field with a comma, a quote or a line break is quoted (RFC 4180).
pub(crate) fn csv(out: &mut impl Write, fields: &[&str]) -> std::io::Result<()> {
    for (i, field) in fields.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        if field.contains([',', '"', '\n', '\r']) {
            write!(out, "{comma}\"{}\"", field.replace('"', "\"\""))?;
        } else {
            write!(out, "{comma}{field}")?;
        }
    }
    writeln!(out)
}

/// The columns of [`print()`] in CSV.
pub(crate) const COLUMNS: [&str; 7] = ["address", "type", "value", "ok", "code", "error", "time"];

/// Prints what was read in the order asked, and gives the exit status of its items.
pub(crate) fn print(
    out: &mut impl Write,
    format: Format,
    asked: &[Asked],
    values: &[Result<Value, ItemError>],
    lines: bool,
) -> std::io::Result<Exit> {
    let time = now();
    let mut objects = Vec::new();
    for (asked, value) in asked.iter().zip(values) {
        let why = value.as_ref().map_err(Why::Item);
        if format.json {
            let object = object(asked, why.as_ref().map(|value| *value), &time);
            if lines {
                writeln!(out, "{object}")?;
            } else {
                objects.push(object);
            }
        } else if format.csv {
            let ty = kind(&asked.address, value.as_ref().ok());
            match &why {
                Ok(value) => csv(out, &[&asked.text, &ty, &text(value), "true", "", "", &time])?,
                Err(why) => {
                    let code = why.code().map_or_else(String::new, |code| format!("{code:02x}"));
                    csv(out, &[&asked.text, &ty, "", "false", &code, &why.to_string(), &time])?;
                }
            }
        } else {
            match &why {
                Ok(value) => writeln!(out, "{} = {}", asked.text, shown(value))?,
                Err(why) => {
                    writeln!(out, "{}: {why}", asked.text)?;
                    if let Some(hint) = why.hint() {
                        writeln!(out, "  hint: {hint}")?;
                    }
                }
            }
        }
    }
    if format.json && !lines {
        writeln!(out, "{}", Json::Array(objects))?;
    }
    out.flush()?;
    Ok(if values.iter().all(Result::is_ok) { Exit::Good } else { Exit::Partly })
}

/// Prints a refusal of the whole call for each item, where items are objects: scripts find it where they look.
pub(crate) fn print_refused(
    out: &mut impl Write,
    addresses: &[&str],
    error: &hepta::Error,
) -> std::io::Result<()> {
    let why = Why::Call(error);
    let objects: Vec<Json> = addresses.iter().map(|address| refused(address, &why)).collect();
    writeln!(out, "{}", Json::Array(objects))
}

/// A row of the live table.
pub(crate) fn row(address: &Address, value: &Result<Value, ItemError>, note: &str) -> Row {
    let (text, good) = match value {
        Ok(value) => (shown(value), true),
        Err(error) => (error.to_string(), false),
    };
    let (whole, kind) = (address.to_string(), kind(address, value.as_ref().ok()));
    let place =
        whole.strip_suffix(&kind).and_then(|place| place.strip_suffix(':')).unwrap_or(&whole).to_owned();
    Row { address: place, kind, text, good, note: note.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_json() {
        assert_eq!(json(&Value::Real(1.23)), json!(1.23));
        assert_eq!(json(&Value::LInt(i64::MIN)), json!("-9223372036854775808"));
        assert_eq!(json(&Value::Real(f32::NAN)), json!("NaN"));
        assert_eq!(json(&Value::LReal(f64::NEG_INFINITY)), json!("-Infinity"));
        assert_eq!(json(&Value::Bytes(vec![0, 0xff])), json!("00ff"));
        assert_eq!(json(&Value::Array(vec![Value::Int(-1), Value::Int(2)])), json!([-1, 2]));
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(shown(&Value::String("two words".into())), "two words");
        assert_eq!(shown(&Value::String("a\u{1b}[2J\nb".into())), "'a$1B[2J$Lb'");
        assert_eq!(shown(&Value::WString("a\u{9b}2Jb".into())), "WSTRING#'a.2Jb'");
    }

    #[test]
    fn fields_are_quoted() {
        let mut out = Vec::new();
        csv(&mut out, &["a", "b,c", "say \"x\""]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b,c\",\"say \"\"x\"\"\"\n");
    }
}

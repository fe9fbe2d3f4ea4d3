//! Options as one line of text: what the URLs of all protocols share.
mod classic;
mod plus;

use crate::options::Common;
use crate::reconnect::Reconnect;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use hepta_proto::iso::{TpduSize, Tsap};

/// Why a URL says nothing, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("column {column}: {what}{}", .hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
pub struct UrlError {
    /// The character where it goes wrong, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right, where that can be told.
    pub hint: Option<String>,
}

/// The keys that all protocols have.
const COMMON: [&str; 8] = [
    "timeout",
    "connect-timeout",
    "negotiate-timeout",
    "keepalive",
    "heartbeat",
    "reconnect",
    "retries",
    "write",
];

/// A part of the URL, and where it starts.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    at: usize,
}

impl Part<'_> {
    fn bad(self, what: impl Into<String>, hint: impl Into<String>) -> UrlError {
        let hint: String = hint.into();
        UrlError { column: self.at + 1, what: what.into(), hint: (!hint.is_empty()).then_some(hint) }
    }
    /// What stands before and behind `sign`, the first of its kind.
    fn split(self, sign: char) -> (Self, Option<Self>) {
        match self.text.split_once(sign) {
            Some((a, b)) => {
                let at = self.at + a.chars().count() + 1;
                (Self { text: a, at: self.at }, Some(Self { text: b, at }))
            }
            None => (self, None),
        }
    }
    fn number<T: FromStr>(self, what: &str, hint: &str) -> Result<T, UrlError> {
        self.text.parse().map_err(|_| self.bad(format!("`{}` is no {what}", self.text), hint))
    }
    fn time(self) -> Result<Duration, UrlError> {
        let digits = self.text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = self.text.get(digits.len()..).unwrap_or_default();
        // Seconds of 32 bits are 136 years, and what is shown of a time is in seconds.
        let number = digits.parse::<u32>().ok();
        let minutes = number.and_then(|n| n.checked_mul(60));
        match (number, unit, minutes) {
            (Some(n), "ms", _) => Ok(Duration::from_millis(n.into())),
            (Some(n), "s", _) | (_, "m", Some(n)) => Ok(Duration::from_secs(n.into())),
            (Some(n), "", _) => Err(self.bad(format!("`{n}` of what?"), format!("say {n}s or {n}ms"))),
            _ => Err(self.bad(format!("`{}` is no time", self.text), "say 500ms, 2s or 1m")),
        }
    }
    fn time_or_off(self) -> Result<Option<Duration>, UrlError> {
        if self.text == "off" { Ok(None) } else { self.time().map(Some) }
    }
    fn yes(self) -> Result<bool, UrlError> {
        match self.text {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            other => Err(self.bad(format!("`{other}` is neither yes nor no"), "say 1 or 0")),
        }
    }
    fn tpdu(self) -> Result<TpduSize, UrlError> {
        let octets: usize = self.number("number", "128, 256 ... 8192")?;
        TpduSize::at_least(octets).filter(|size| size.octets() == octets).ok_or_else(|| {
            self.bad(format!("`{octets}` is no TPDU size"), "128, 256, 512, 1024, 2048, 4096, 8192")
        })
    }
    fn tsap(self) -> Result<Tsap, UrlError> {
        let bad = |what: String| self.bad(what, "a TSAP is 0x0100, 01.00 or text like SIMATIC-ROOT-HMI");
        // A sign is no digit, though the standard library takes one.
        let hex = |digits: &str| u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
        let pair = |p: &str| if p.len() == 2 && p.is_ascii() { hex(p) } else { None };
        let octets: Option<Vec<u8>> = match self.text.strip_prefix("0x") {
            Some(digits) if digits.is_ascii() && digits.len().is_multiple_of(2) => digits
                .as_bytes()
                .chunks(2)
                .map(|c| core::str::from_utf8(c).ok().and_then(hex))
                .collect::<Option<_>>(),
            Some(_) => None,
            None => match self.text.split('.').map(pair).collect::<Option<Vec<u8>>>() {
                Some(octets) => Some(octets),
                None if is_text(self.text) => Some(self.text.as_bytes().to_vec()),
                None => None,
            },
        };
        let octets = octets.ok_or_else(|| bad(format!("`{}` is no TSAP", self.text)))?;
        Tsap::new(octets).map_err(|e| bad(e.to_string()))
    }
}

/// Can it be told from hex?
fn is_text(text: &str) -> bool {
    text.len() > 2
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && !text.starts_with("0x")
        && text.chars().any(|c| !c.is_ascii_hexdigit())
}

/// Whom to call: the host, and the port if there is one.
pub(crate) struct Authority {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// A bare `host[:port]`.
pub(crate) fn bare(text: &str) -> Result<Authority, UrlError> {
    let all = Part { text, at: 0 };
    let (before, scheme) = all.split(':');
    if scheme.is_some_and(|rest| rest.text.starts_with("//")) {
        let what = format!("`{}` is no protocol of a PLC", before.text);
        return Err(all.bad(what, "s7://, s7plus://, or the host alone"));
    }
    for sign in ['/', '?'] {
        if let (_, Some(rest)) = all.split(sign) {
            let part = Part { text: rest.text, at: rest.at - 1 };
            return Err(part.bad("options need to know the protocol", "s7://... or s7plus://..."));
        }
    }
    all.authority("")
}

/// A URL in its parts: the authority, the path and the query.
struct Url<'a> {
    all: Part<'a>,
    authority: Part<'a>,
    path: Option<Part<'a>>,
    query: Option<Part<'a>>,
}

impl<'a> Url<'a> {
    /// The parts of what stands behind `scheme`.
    fn split(url: &'a str, scheme: &str, whole: &str) -> Result<Self, UrlError> {
        let all = Part { text: url, at: 0 };
        let Some(rest) = url.strip_prefix(scheme) else {
            return Err(all.bad(format!("the URL does not start with {scheme}"), whole));
        };
        let (place, query) = Part { text: rest, at: scheme.chars().count() }.split('?');
        let (authority, path) = place.split('/');
        let filled = |part: &Part<'_>| !part.text.is_empty();
        Ok(Self { all, authority, path: path.filter(filled), query: query.filter(filled) })
    }
    /// Each key with its value.
    fn pairs(
        &self,
        mut each: impl FnMut(Part<'a>, Part<'a>) -> Result<(), UrlError>,
    ) -> Result<(), UrlError> {
        let mut rest = self.query;
        while let Some(part) = rest {
            let (pair, more) = part.split('&');
            rest = more;
            let (key, value) = pair.split('=');
            let Some(value) = value else {
                return Err(pair.bad(format!("`{}` has no value", pair.text), "key=value"));
            };
            each(key, value)?;
        }
        Ok(())
    }
}

impl Part<'_> {
    fn authority(self, scheme: &str) -> Result<Authority, UrlError> {
        if self.text.contains('@') {
            return Err(secret(self));
        }
        let (host, port) = if self.text.starts_with('[') {
            let (inside, behind) =
                Part { text: self.text.get(1..).unwrap_or_default(), at: self.at + 1 }.split(']');
            let Some(behind) = behind else {
                return Err(self.bad("the bracket is not closed", format!("{scheme}[2001:db8::1]:102")));
            };
            if inside.text.parse::<core::net::Ipv6Addr>().is_err() {
                return Err(inside.bad(format!("`{}` is no IPv6 address", inside.text), ""));
            }
            match behind.split(':') {
                (Part { text: "", .. }, port) => (inside, port),
                (junk, _) => return Err(junk.bad("something behind the bracket", "a colon and the port")),
            }
        } else {
            let (host, port) = self.split(':');
            if port.is_some_and(|port| port.text.contains(':')) {
                let hint = format!("{scheme}[{}]", self.text);
                return Err(self.bad("an IPv6 address stands in brackets", hint));
            }
            (host, port)
        };
        if host.text.is_empty() {
            return Err(host.bad("no host", format!("{scheme}192.0.2.1")));
        }
        let port = match port {
            None => None,
            Some(port) => match port.number("port", "1 to 65535")? {
                0 => return Err(port.bad("`0` is no port", "1 to 65535")),
                number => Some(number),
            },
        };
        Ok(Authority { host: host.text.to_owned(), port })
    }
}

fn secret(part: Part<'_>) -> UrlError {
    part.bad(
        "names and passwords never stand in a URL: it ends up in logs and process lists",
        "give it to the program by its own option or prompt",
    )
}

/// Sets a key that all protocols have; `own` are the others that there are.
fn set(common: &mut Common, own: &[&str], key: Part<'_>, value: Part<'_>) -> Result<(), UrlError> {
    let within = |time: Duration| time.min(crate::dial::FOREVER);
    match key.text {
        "timeout" => common.request = within(value.time()?),
        "connect-timeout" => common.dial.connect = within(value.time()?),
        "negotiate-timeout" => common.dial.negotiate = within(value.time()?),
        "keepalive" => common.dial.keepalive = value.time_or_off()?,
        "heartbeat" => common.heartbeat = value.time_or_off()?.map(within),
        "reconnect" => {
            common.reconnect = match value.text {
                "on" => Reconnect::ON,
                "off" => Reconnect::OFF,
                "forever" => Reconnect::ON.attempts(None),
                _ => Reconnect::ON.attempts(Some(
                    value.number("reconnect policy", "on, off, forever, or how often to try")?,
                )),
            }
        }
        "retries" => common.read_retries = value.number("number", "how often a read is asked again")?,
        "write" => common.writes = value.yes()?,
        "password" | "passwd" | "pass" | "pwd" | "user" | "username" => return Err(secret(key)),
        other => {
            let known = || own.iter().chain(&COMMON).copied();
            let near: Vec<_> = known().filter(|known| is_near(known, other)).collect();
            let hint = if near.is_empty() {
                format!("there are {}", known().collect::<Vec<_>>().join(", "))
            } else {
                format!("did you mean {}?", near.join(" or "))
            };
            return Err(key.bad(format!("`{other}` is no option"), hint));
        }
    }
    Ok(())
}

/// `SCHEME://HOST[:PORT]`. Addresses and taps have no place in a URL.
pub(crate) fn write_authority(f: &mut fmt::Formatter<'_>, scheme: &str, common: &Common) -> fmt::Result {
    let host = &common.dial.host;
    if host.contains(':') {
        write!(f, "{scheme}[{host}]")?;
    } else {
        write!(f, "{scheme}{host}")?;
    }
    if common.dial.port == 102 { Ok(()) } else { write!(f, ":{}", common.dial.port) }
}

/// What is not as usual of the keys that all protocols have, but for the gate.
fn common_text(common: &Common, query: &mut Vec<String>) {
    let plain = Common::new("".into());
    let times = [
        ("timeout", Some(common.request), Some(plain.request)),
        ("connect-timeout", Some(common.dial.connect), Some(plain.dial.connect)),
        ("negotiate-timeout", Some(common.dial.negotiate), Some(plain.dial.negotiate)),
        ("keepalive", common.dial.keepalive, plain.dial.keepalive),
        ("heartbeat", common.heartbeat, plain.heartbeat),
    ];
    for (key, time, usual) in times {
        if time != usual {
            query.push(format!("{key}={}", time.map_or_else(|| "off".to_owned(), time_text)));
        }
    }
    match common.reconnect {
        Reconnect { on: false, .. } => query.push("reconnect=off".to_owned()),
        Reconnect { attempts: None, .. } => query.push("reconnect=forever".to_owned()),
        Reconnect { attempts, .. } if attempts != Reconnect::ON.attempts => {
            query.extend(attempts.map(|n| format!("reconnect={n}")));
        }
        _ => {}
    }
    if common.read_retries != plain.read_retries {
        query.push(format!("retries={}", common.read_retries));
    }
}

/// The query; the gate is its last.
fn write_query(f: &mut fmt::Formatter<'_>, common: &Common, mut query: Vec<String>) -> fmt::Result {
    if common.writes {
        query.push("write=1".to_owned());
    }
    if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
}

/// Part of the other, or at most two letters away from it.
fn is_near(known: &str, other: &str) -> bool {
    if other.len() > 2 && (known.contains(other) || other.contains(known)) {
        return true;
    }
    let other: Vec<char> = other.chars().take(32).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, k) in known.chars().enumerate() {
        let mut before = core::mem::replace(&mut row[0], i + 1);
        for (j, o) in other.iter().enumerate() {
            let change = before + usize::from(k != *o);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row.last().is_some_and(|away| *away <= 2 && *away < known.len() - 1)
}

fn time_text(time: Duration) -> String {
    if time.subsec_nanos() == 0 { format!("{}s", time.as_secs()) } else { format!("{}ms", time.as_millis()) }
}

fn tsap_text(tsap: &Tsap) -> String {
    match core::str::from_utf8(tsap.octets()) {
        Ok(text) if is_text(text) => text.to_owned(),
        _ => tsap.octets().iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join("."),
    }
}

//! Options as one line of text.
use crate::options::{Options, Target};
use crate::reconnect::Reconnect;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use hepta_proto::classic::op::Merge;
use hepta_proto::iso::{ConnectionType, TpduSize, Tsap};

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

/// The keys there are, in the order they are written.
const KEYS: [&str; 15] = [
    "type",
    "local",
    "remote",
    "tpdu",
    "pdu",
    "jobs",
    "timeout",
    "connect-timeout",
    "negotiate-timeout",
    "keepalive",
    "heartbeat",
    "reconnect",
    "retries",
    "gap",
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

/// ```text
///  s7://host[:port][/rack/slot][?key=value&...]
/// ```
///
/// | key | value | default |
/// | --- | --- | --- |
/// | `type` | `op`, `pg`, `basic` | `op` |
/// | `local`, `remote` | TSAPs: `0x0100`, `01.00`, or text; `remote` replaces rack and slot | `01.00`, none |
/// | `tpdu` | 128 ... 8192, a power of two | `1024` |
/// | `pdu`, `jobs` | the wishes | `960`, `8` |
/// | `timeout`, `connect-timeout`, `negotiate-timeout` | `500ms`, `2s`, `1m` | `5s` |
/// | `keepalive`, `heartbeat` | a time or `off` | `30s`, `off` |
/// | `reconnect` | `on`, `off`, `forever`, or how often a call tries | `on` |
/// | `retries` | how often a read is asked again | `1` |
/// | `gap` | octets between items that are read together, or `off` | `4` |
/// | `write` | `1` opens the write gate | `0` |
///
/// Passwords never stand in URLs: URLs end up in logs, process lists and shell histories.
impl FromStr for Options {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        let all = Part { text: url, at: 0 };
        let Some(rest) = url.strip_prefix("s7://") else {
            return Err(all.bad("the URL does not start with s7://", "s7://host[:port]/rack/slot"));
        };
        let (place, query) = Part { text: rest, at: 5 }.split('?');
        let (authority, path) = place.split('/');
        let mut options = authority_of(authority)?;
        if let Some(path) = path.filter(|path| !path.text.is_empty()) {
            let (rack, slot) = path.split('/');
            let Some(slot) = slot else {
                return Err(path.bad("a rack without a slot", "say /0/1, or nothing at all"));
            };
            let number = |p: Part<'_>, what: &str, most: u8| match p.number(what, "") {
                Ok(n) if n <= most => Ok(n),
                _ => Err(p.bad(format!("`{}` is no {what}", p.text), format!("0 to {most}"))),
            };
            options = options.rack_slot(number(rack, "rack", 7)?, number(slot, "slot", 31)?);
        }
        let mut rest = query.filter(|query| !query.text.is_empty());
        while let Some(part) = rest {
            let (pair, more) = part.split('&');
            rest = more;
            let (key, value) = pair.split('=');
            let Some(value) = value else {
                return Err(pair.bad(format!("`{}` has no value", pair.text), "key=value"));
            };
            options = set(options, key, value)?;
        }
        // Limits have their ranges in one place.
        options.check().map_err(|e| query.unwrap_or(all).bad(e.to_string(), ""))?;
        Ok(options)
    }
}

fn authority_of(part: Part<'_>) -> Result<Options, UrlError> {
    if part.text.contains('@') {
        return Err(secret(part));
    }
    let (host, port) = if part.text.starts_with('[') {
        let (inside, behind) =
            Part { text: part.text.get(1..).unwrap_or_default(), at: part.at + 1 }.split(']');
        let Some(behind) = behind else {
            return Err(part.bad("the bracket is not closed", "s7://[2001:db8::1]:102"));
        };
        if inside.text.parse::<core::net::Ipv6Addr>().is_err() {
            return Err(inside.bad(format!("`{}` is no IPv6 address", inside.text), ""));
        }
        match behind.split(':') {
            (Part { text: "", .. }, port) => (inside, port),
            (junk, _) => return Err(junk.bad("something behind the bracket", "a colon and the port")),
        }
    } else {
        let (host, port) = part.split(':');
        if port.is_some_and(|port| port.text.contains(':')) {
            return Err(part.bad("an IPv6 address stands in brackets", format!("s7://[{}]", part.text)));
        }
        (host, port)
    };
    if host.text.is_empty() {
        return Err(host.bad("no host", "s7://192.0.2.1"));
    }
    let options = Options::new(host.text);
    match port {
        None => Ok(options),
        Some(port) => match port.number("port", "1 to 65535")? {
            0 => Err(port.bad("`0` is no port", "1 to 65535")),
            number => Ok(options.port(number)),
        },
    }
}

fn secret(part: Part<'_>) -> UrlError {
    part.bad(
        "names and passwords never stand in a URL: it ends up in logs and process lists",
        "give it to the program by its own option or prompt",
    )
}

fn set(options: Options, key: Part<'_>, value: Part<'_>) -> Result<Options, UrlError> {
    Ok(match key.text {
        "type" => options.connection_type(match value.text {
            "op" => ConnectionType::Op,
            "pg" => ConnectionType::Pg,
            "basic" => ConnectionType::Basic,
            other => return Err(value.bad(format!("`{other}` is no connection type"), "op, pg or basic")),
        }),
        "local" => options.calling(value.tsap()?),
        "remote" => options.target(Target::Tsap(value.tsap()?)),
        "tpdu" => {
            let octets: usize = value.number("number", "128, 256 ... 8192")?;
            let size = TpduSize::at_least(octets).filter(|size| size.octets() == octets);
            options.tpdu(size.ok_or_else(|| {
                value.bad(format!("`{octets}` is no TPDU size"), "128, 256, 512, 1024, 2048, 4096, 8192")
            })?)
        }
        "pdu" => options.pdu(value.number("number of octets", "112 to 8000")?),
        "jobs" => options.jobs(value.number("number of jobs", "1 to 1000")?),
        "timeout" => options.request_timeout(value.time()?),
        "connect-timeout" => options.connect_timeout(value.time()?),
        "negotiate-timeout" => options.negotiate_timeout(value.time()?),
        "keepalive" => options.keepalive(value.time_or_off()?),
        "heartbeat" => options.heartbeat(value.time_or_off()?),
        "reconnect" => options.reconnect(match value.text {
            "on" => Reconnect::ON,
            "off" => Reconnect::OFF,
            "forever" => Reconnect::ON.attempts(None),
            _ => Reconnect::ON
                .attempts(Some(value.number("reconnect policy", "on, off, forever, or how often to try")?)),
        }),
        "retries" => options.read_retries(value.number("number", "how often a read is asked again")?),
        "gap" => options.merge(match value.text {
            "off" => Merge::Never,
            _ => Merge::Within(value.number("number of octets", "or off")?),
        }),
        "write" => options.allow_writes(value.yes()?),
        "password" | "passwd" | "pass" | "pwd" | "user" | "username" => return Err(secret(key)),
        other => {
            let near: Vec<_> = KEYS.into_iter().filter(|known| is_near(known, other)).collect();
            let hint = if near.is_empty() {
                format!("there are {}", KEYS.join(", "))
            } else {
                format!("did you mean {}?", near.join(" or "))
            };
            return Err(key.bad(format!("`{other}` is no option"), hint));
        }
    })
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

/// The URL that says the same. Addresses and taps have no place in one.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new("");
        let host = &self.common.dial.host;
        if host.contains(':') {
            write!(f, "s7://[{host}]")?;
        } else {
            write!(f, "s7://{host}")?;
        }
        if self.common.dial.port != 102 {
            write!(f, ":{}", self.common.dial.port)?;
        }
        let mut query = Vec::new();
        match &self.target {
            Target::Cpu { kind, rack, slot } => {
                write!(f, "/{rack}/{slot}")?;
                match *kind {
                    ConnectionType::Pg => query.push("type=pg".to_owned()),
                    ConnectionType::Basic => query.push("type=basic".to_owned()),
                    _ => {}
                }
            }
            Target::Tsap(tsap) => query.push(format!("remote={}", tsap_text(tsap))),
        }
        if self.calling != plain.calling {
            query.push(format!("local={}", tsap_text(&self.calling)));
        }
        if self.tpdu != plain.tpdu {
            query.push(format!("tpdu={}", self.tpdu.octets()));
        }
        if self.limits.pdu != plain.limits.pdu {
            query.push(format!("pdu={}", self.limits.pdu));
        }
        if self.limits.jobs != plain.limits.jobs {
            query.push(format!("jobs={}", self.limits.jobs));
        }
        let times = [
            ("timeout", Some(self.common.request), Some(plain.common.request)),
            ("connect-timeout", Some(self.common.dial.connect), Some(plain.common.dial.connect)),
            ("negotiate-timeout", Some(self.common.dial.negotiate), Some(plain.common.dial.negotiate)),
            ("keepalive", self.common.dial.keepalive, plain.common.dial.keepalive),
            ("heartbeat", self.common.heartbeat, plain.common.heartbeat),
        ];
        for (key, time, usual) in times {
            if time != usual {
                query.push(format!("{key}={}", time.map_or_else(|| "off".to_owned(), time_text)));
            }
        }
        match self.common.reconnect {
            Reconnect { on: false, .. } => query.push("reconnect=off".to_owned()),
            Reconnect { attempts: None, .. } => query.push("reconnect=forever".to_owned()),
            Reconnect { attempts, .. } if attempts != Reconnect::ON.attempts => {
                query.extend(attempts.map(|n| format!("reconnect={n}")));
            }
            _ => {}
        }
        if self.common.read_retries != plain.common.read_retries {
            query.push(format!("retries={}", self.common.read_retries));
        }
        match self.merge {
            Merge::Never => query.push("gap=off".to_owned()),
            Merge::Within(4) => {}
            Merge::Within(gap) => query.push(format!("gap={gap}")),
        }
        if self.common.writes {
            query.push("write=1".to_owned());
        }
        if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(url: &str) -> UrlError {
        url.parse::<Options>().unwrap_err()
    }

    #[test]
    fn there_and_back() {
        for url in [
            "s7://192.0.2.1/0/1",
            "s7://plc.example:1102/0/2?type=pg",
            "s7://[2001:db8::1]:102/1/3?type=basic&pdu=480&jobs=1",
            "s7://h?remote=10.01&local=20.00&timeout=2s&connect-timeout=500ms&keepalive=off&heartbeat=10s",
            "s7://h?remote=SIMATIC-ROOT-HMI",
            "s7://h/0/1?tpdu=512&negotiate-timeout=60s&reconnect=forever&retries=0&gap=off&write=1",
            "s7://h/0/1?reconnect=7&gap=0",
        ] {
            let options: Options = url.parse().unwrap();
            assert_eq!(options.to_string(), url.replace(":102/", "/"));
        }
        let plain: Options = "s7://h".parse().unwrap();
        assert_eq!(plain.to_string(), "s7://h/0/1");
        let long: Options = "s7://h?timeout=71582788m".parse().unwrap();
        // A year is the most that is waited, and what is shown can be read again.
        assert_eq!(long.to_string(), "s7://h/0/1?timeout=31536000s");
        assert_eq!(long.to_string().parse::<Options>().unwrap().to_string(), long.to_string());
        let hex: Options = "s7://h?remote=0x1001".parse().unwrap();
        assert_eq!(hex.to_string(), "s7://h?remote=10.01");
    }

    #[test]
    fn errors_say_where_and_what() {
        let e = bad("s7://h?tiemout=2s");
        assert_eq!((e.column, e.hint.as_deref()), (8, Some("did you mean timeout?")));
        assert_eq!(bad("s7://h?timeout=2").hint.as_deref(), Some("say 2s or 2ms"));
        assert_eq!(bad("s7://h?timeout=2").column, 16);
        assert!(bad("s7://me:secret@h").to_string().contains("never stand in a URL"));
        assert!(bad("s7://h?password=x").what.contains("never stand"));
        assert!(!bad("s7://me:secret@h").to_string().contains("secret"));
        assert_eq!(bad("s7://h/0").column, 8);
        assert_eq!(bad("s7://h/0/32").hint.as_deref(), Some("0 to 31"));
        assert_eq!(bad("http://h").column, 1);
        assert!(bad("s7://2001:db8::1").what.contains("brackets"));
        assert!(bad("s7://[::1").what.contains("bracket"));
        for url in [
            "",
            "s7://",
            "s7://:102",
            "s7://h:0",
            "s7://h:x",
            "s7://h?pdu=9",
            "s7://h?jobs=0",
            "s7://h?tpdu=1000",
            "s7://h?local=0x1",
            "s7://h?remote=",
            "s7://h?remote=é",
            "s7://h?timeout=0s",
            "s7://h?é=ü",
            "s7://h?x",
            "s7://h?timeout=99999999999s",
            "s7://h?timeout=71582789m",
            "s7://h?remote=+1.+2",
            "s7://h?remote=0x+1+2",
            "s7://h?write=maybe",
            "s7://[1.2.3.4]",
            "s7://h/1/2/3",
        ] {
            let e = bad(url);
            assert!(e.column >= 1 && e.column <= url.chars().count() + 1, "{url}: {e}");
        }
    }
}

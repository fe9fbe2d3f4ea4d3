//! `s7://`: the options of classic S7.
use super::{Part, Url, UrlError, common_text, set, tsap_text, write_authority, write_query};
use crate::options::{Options, Target};
use core::fmt;
use core::str::FromStr;
use hepta_proto::classic::op::Merge;
use hepta_proto::iso::ConnectionType;

/// The keys of its own, in the order they are written.
const KEYS: [&str; 7] = ["type", "local", "remote", "tpdu", "pdu", "jobs", "gap"];

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

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = Url::split(text, "s7://", "s7://host[:port]/rack/slot")?;
        let authority = url.authority.authority("s7://")?;
        let mut options = Self::new(authority.host);
        options.common.dial.port = authority.port.unwrap_or(102);
        if let Some(path) = url.path {
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
        url.pairs(|key, value| options.set(key, value))?;
        // Limits have their ranges in one place.
        options.check().map_err(|e| url.query.unwrap_or(url.all).bad(e.to_string(), ""))?;
        Ok(options)
    }
}

impl Options {
    fn set(&mut self, key: Part<'_>, value: Part<'_>) -> Result<(), UrlError> {
        match key.text {
            "type" => {
                *self = self.clone().connection_type(match value.text {
                    "op" => ConnectionType::Op,
                    "pg" => ConnectionType::Pg,
                    "basic" => ConnectionType::Basic,
                    other => {
                        return Err(value.bad(format!("`{other}` is no connection type"), "op, pg or basic"));
                    }
                });
            }
            "local" => self.calling = value.tsap()?,
            "remote" => self.target = Target::Tsap(value.tsap()?),
            "tpdu" => self.tpdu = value.tpdu()?,
            "pdu" => self.limits.pdu = value.number("number of octets", "112 to 8000")?,
            "jobs" => self.limits.jobs = value.number("number of jobs", "1 to 1000")?,
            "gap" => {
                self.merge = match value.text {
                    "off" => Merge::Never,
                    _ => Merge::Within(value.number("number of octets", "or off")?),
                }
            }
            _ => set(&mut self.common, &KEYS, key, value)?,
        }
        Ok(())
    }
}

/// The URL that says the same. Addresses and taps have no place in one.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new("");
        write_authority(f, "s7://", &self.common)?;
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
        common_text(&self.common, &mut query);
        match self.merge {
            Merge::Never => query.push("gap=off".to_owned()),
            Merge::Within(4) => {}
            Merge::Within(gap) => query.push(format!("gap={gap}")),
        }
        write_query(f, &self.common, query)
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

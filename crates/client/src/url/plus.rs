//! `s7plus://`: the options of S7CommPlus.
use super::{Part, Url, UrlError, common_text, set, tsap_text, write_authority, write_query};
use crate::plus::{Options, Role};
use core::fmt;
use core::str::FromStr;

/// The keys of its own, in the order they are written.
const KEYS: [&str; 5] = ["security", "role", "local", "remote", "tpdu"];

/// ```text
///  s7plus://host[:port][?key=value&...]
/// ```
///
/// | key | value | default |
/// | --- | --- | --- |
/// | `security` | `tls`, `auto`, `open` | `tls` |
/// | `role` | `hmi`, `es` | `hmi` |
/// | `local`, `remote` | TSAPs: `0x0600`, `06.00`, or text | `06.00`, that of the role |
/// | `tpdu` | 128 ... 8192, a power of two | `1024` |
/// | `timeout`, `connect-timeout`, `negotiate-timeout` | `500ms`, `2s`, `1m` | `5s` |
/// | `keepalive`, `heartbeat` | a time or `off` | `30s`, `off` |
/// | `reconnect` | `on`, `off`, `forever`, or how often a call tries | `on` |
/// | `retries` | how often a read is asked again | `1` |
/// | `write` | `1` opens the write gate | `0` |
///
/// Passwords never stand in URLs: URLs end up in logs, process lists and shell histories. Nor does whom to trust: a URL that was
/// copied from somewhere must not decide it.
impl FromStr for Options {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = Url::split(text, "s7plus://", "s7plus://host[:port]")?;
        let authority = url.authority.authority("s7plus://")?;
        let mut options = Self::new(authority.host);
        options.common.dial.port = authority.port.unwrap_or(102);
        if let Some(path) = url.path {
            return Err(path.bad("S7CommPlus has no rack and slot", "leave the path away"));
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
            "security" => {
                self.security = value.text.parse().map_err(|()| {
                    value.bad(format!("`{}` is no kind of security", value.text), "tls, auto or open")
                })?;
            }
            "role" => {
                self.role = match value.text {
                    "hmi" => Role::Hmi,
                    "es" => Role::Engineering,
                    other => return Err(value.bad(format!("`{other}` is no role"), "hmi or es")),
                }
            }
            "local" => self.calling = value.tsap()?,
            "remote" => self.called = Some(value.tsap()?),
            "tpdu" => self.tpdu = value.tpdu()?,
            _ => set(&mut self.common, &KEYS, key, value)?,
        }
        Ok(())
    }
}

/// The URL that says the same. Addresses, taps, credentials and whom to trust have no place in one.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new("");
        write_authority(f, "s7plus://", &self.common)?;
        let mut query = Vec::new();
        if self.security != plain.security {
            query.push(format!("security={}", self.security));
        }
        if self.role == Role::Engineering {
            query.push("role=es".to_owned());
        }
        if self.calling != plain.calling {
            query.push(format!("local={}", tsap_text(&self.calling)));
        }
        if let Some(called) = &self.called {
            query.push(format!("remote={}", tsap_text(called)));
        }
        if self.tpdu != plain.tpdu {
            query.push(format!("tpdu={}", self.tpdu.octets()));
        }
        common_text(&self.common, &mut query);
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
            "s7plus://192.0.2.1",
            "s7plus://plc.example:1102?security=auto",
            "s7plus://[2001:db8::1]?security=open&role=es",
            "s7plus://h?local=06.20&remote=SIMATIC-ROOT-OTH&tpdu=512",
            "s7plus://h?timeout=2s&connect-timeout=500ms&negotiate-timeout=9s&keepalive=off&heartbeat=10s",
            "s7plus://h?reconnect=forever&retries=0&write=1",
        ] {
            let options: Options = url.parse().unwrap();
            assert_eq!(options.to_string(), url);
        }
    }

    #[test]
    fn errors_say_where_and_what() {
        let e = bad("s7plus://h?secruity=tls");
        assert_eq!((e.column, e.hint.as_deref()), (12, Some("did you mean security?")));
        let e = bad("s7plus://h?security=none");
        assert_eq!((e.column, e.hint.as_deref()), (21, Some("tls, auto or open")));
        assert_eq!(bad("s7plus://h/0/1").column, 12);
        assert_eq!(bad("s7://h").column, 1);
        for url in ["s7plus://me:secret@h", "s7plus://h?password=secret", "s7plus://h?user=secret"] {
            let e = bad(url).to_string();
            assert!(e.contains("never stand in a URL") && !e.contains("secret"), "{e}");
        }
        for url in ["", "s7plus://", "s7plus://h?tpdu=1000", "s7plus://h?timeout=0s", "s7plus://h?role=x"] {
            let e = bad(url);
            assert!(e.column >= 1 && e.column <= url.chars().count() + 1, "{url}: {e}");
        }
    }
}

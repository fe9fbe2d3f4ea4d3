//! What a [`Plc`](super::Plc) is told before it connects.
#[cfg(any(feature = "tokio", feature = "blocking"))]
use super::items::Names;
use crate::error::ConfigError;
use crate::options::Common;
use crate::plus::{self, Security};
use crate::url::{UrlError, bare};
use core::fmt;
use core::str::FromStr;
use hepta_proto::data;
use std::sync::Arc;

/// Which protocols may be spoken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Classic,
    Plus,
    /// S7CommPlus where the PLC has it, else classic S7.
    Any,
}

/// Where to, and how: from `s7://...`, `s7plus://...`, or a bare `host[:port]`.
///
/// ```
/// use hepta::plc::Options;
///
/// let options: Options = "192.0.2.1".parse()?; // whatever the PLC speaks
/// let options: Options = "s7plus://192.0.2.1?timeout=2s".parse()?; // S7CommPlus, by TLS
/// # Ok::<(), hepta::UrlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) common: Common,
    pub(super) way: Way,
    pub(super) classic: crate::Options,
    pub(super) plus: plus::Options,
    /// What names are over classic S7.
    #[cfg(feature = "source")]
    pub(super) names: Option<Arc<super::names::Names>>,
}

impl Options {
    /// A PLC of which nothing is known but the host: S7CommPlus if it has it, by TLS if it has that, else classic S7.
    pub fn new(host: impl Into<Arc<str>>) -> Self {
        let host = host.into();
        let plus = plus::Options::new(Arc::clone(&host)).security(Security::Auto);
        Self::of(Way::Any, crate::Options::new(host), plus.common.clone(), plus)
    }
    crate::options::common_setters!();

    /// Which certificates are accepted; those that are known, and at first none is. With one chosen or known, nothing but TLS is
    /// spoken to a PLC of which only the host was given.
    #[cfg(feature = "tls")]
    pub fn trust(mut self, trust: plus::Trust) -> Self {
        self.plus = self.plus.trust(trust);
        self
    }
    /// A password, or a name and a password. With it nothing but TLS is spoken.
    #[cfg(feature = "tls")]
    pub fn credential(mut self, credential: plus::Credential) -> Self {
        self.plus = self.plus.credential(credential);
        self
    }
    /// Writes the keys of all connections to a file, for Wireshark; off.
    #[cfg(feature = "tls")]
    pub fn key_log(mut self, log: plus::KeyLog) -> Self {
        self.plus = self.plus.key_log(log);
        self
    }
    /// What the octets of `CHAR` and `STRING` mean; Windows-1252.
    pub fn encoding(mut self, encoding: data::Encoding) -> Self {
        (self.plus.text.encoding, self.classic.text.encoding) = (encoding, encoding);
        self
    }
    /// Cut a text that is longer than its variable instead of refusing it; off.
    pub fn truncate(mut self, yes: bool) -> Self {
        (self.plus.text.truncate, self.classic.text.truncate) = (yes, yes);
        self
    }

    /// What variables are called where classic S7 is to be spoken, which has no names itself: by the PLC's sources and tag tables.
    ///
    /// Of blocks with standard access and of tags. Over S7CommPlus the PLC says itself what there is.
    #[cfg(feature = "source")]
    pub fn symbols(mut self, program: &hepta_source::Program) -> Self {
        self.names = Some(Arc::new(super::names::Names::new(program)));
        self
    }

    fn of(way: Way, classic: crate::Options, common: Common, plus: plus::Options) -> Self {
        Self {
            common,
            way,
            classic,
            plus,
            #[cfg(feature = "source")]
            names: None,
        }
    }
    #[cfg(any(feature = "tokio", feature = "blocking"))]
    #[cfg_attr(
        not(feature = "source"),
        expect(clippy::unused_self, reason = "without sources there are no names")
    )]
    pub(super) fn names(&self) -> Names {
        Names {
            #[cfg(feature = "source")]
            known: self.names.clone(),
        }
    }
    pub(super) fn classic(&self) -> crate::Options {
        crate::Options { common: self.common.clone(), ..self.classic.clone() }
    }
    pub(super) fn plus(&self) -> plus::Options {
        plus::Options { common: self.common.clone(), ..self.plus.clone() }
    }
    /// A credential goes by S7CommPlus alone.
    #[cfg_attr(
        not(feature = "tls"),
        expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "without TLS there is no credential to lose"
        )
    )]
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        #[cfg(feature = "tls")]
        if self.way == Way::Classic && self.plus.credential.is_some() {
            return Err(ConfigError::OpenPassword);
        }
        Ok(())
    }
}

impl From<crate::Options> for Options {
    fn from(classic: crate::Options) -> Self {
        let plus = plus::Options::new("");
        Self::of(Way::Classic, classic.clone(), classic.common, plus)
    }
}

impl From<plus::Options> for Options {
    fn from(plus: plus::Options) -> Self {
        Self::of(Way::Plus, crate::Options::new(""), plus.common.clone(), plus)
    }
}

impl FromStr for Options {
    type Err = UrlError;
    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.starts_with("s7://") {
            return text.parse().map(|classic: crate::Options| classic.into());
        }
        if text.starts_with("s7plus://") {
            return text.parse().map(|plus: plus::Options| plus.into());
        }
        let authority = bare(text)?;
        let options = Self::new(authority.host);
        Ok(match authority.port {
            Some(port) => options.port(port),
            None => options,
        })
    }
}

/// The text that says the same; of a bare host the host and port alone, for nothing else can be said there.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.way {
            Way::Classic => self.classic().fmt(f),
            Way::Plus => self.plus().fmt(f),
            Way::Any => crate::url::write_authority(f, "", &self.common),
        }
    }
}

//! What a client of S7CommPlus is told before it connects.
#[cfg(feature = "tls")]
use super::Credential;
use super::Security;
use crate::error::ConfigError;
use crate::options::Common;
use core::time::Duration;
use hepta_proto::data;
use hepta_proto::iso::{Request, TpduSize, Tsap};
#[cfg(feature = "tls")]
use hepta_tls::{KeyLog, Trust};
use std::sync::Arc;

/// As what a client comes.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// A panel: enough for all that this client does.
    #[default]
    Hmi,
    /// An engineering station: sees more of the program, and CPUs have fewer places for it.
    Engineering,
}

impl Role {
    /// How the CPU counts it: attribute 299 of the session.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Engineering => 1,
            Self::Hmi => 2,
        }
    }
    /// Whom it calls.
    const fn called(self) -> &'static str {
        match self {
            Self::Hmi => "SIMATIC-ROOT-HMI",
            Self::Engineering => "SIMATIC-ROOT-ES",
        }
    }
}

/// What a client of S7CommPlus is told before it connects. From a URL, too:
///
/// ```
/// use hepta::plus::{Options, Security};
/// use core::time::Duration;
///
/// let by_hand = Options::new("192.0.2.1").security(Security::Auto).request_timeout(Duration::from_secs(2));
/// let by_url: Options = "s7plus://192.0.2.1?security=auto&timeout=2s".parse()?;
/// assert_eq!(by_hand.to_string(), by_url.to_string());
/// # Ok::<(), hepta::UrlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) common: Common,
    pub(crate) security: Security,
    pub(crate) role: Role,
    pub(crate) calling: Tsap,
    pub(crate) called: Option<Tsap>,
    pub(crate) tpdu: TpduSize,
    pub(crate) text: data::Options,
    pub(crate) browse: Duration,
    pub(crate) longest: usize,
    pub(crate) refresh: bool,
    #[cfg(feature = "tls")]
    pub(crate) trust: Trust,
    #[cfg(feature = "tls")]
    pub(crate) credential: Option<Credential>,
    #[cfg(feature = "tls")]
    pub(crate) key_log: Option<KeyLog>,
}

impl Options {
    /// The CPU at `host`, a name or an address: port 102, TLS or no session, as an HMI; no certificate is accepted yet, and nothing
    /// may be written.
    pub fn new(host: impl Into<Arc<str>>) -> Self {
        Self {
            common: Common::new(host.into()),
            security: Security::Tls,
            role: Role::Hmi,
            calling: Tsap::from(0x0600),
            called: None,
            tpdu: TpduSize::STANDARD,
            text: data::Options::default(),
            browse: Duration::from_secs(120),
            longest: 64 * 1024 * 1024,
            refresh: true,
            #[cfg(feature = "tls")]
            trust: Trust::default(),
            #[cfg(feature = "tls")]
            credential: None,
            #[cfg(feature = "tls")]
            key_log: None,
        }
    }
    crate::options::common_setters!();

    /// How the session is to be protected; TLS, or no session.
    ///
    /// [`Security::Auto`] goes below TLS only where the CPU says that it has none, and never where something is there to lose: a
    /// certificate that was chosen or is known, a credential, or an earlier connection of this client that had TLS.
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }
    /// As what to come; HMI. It also chooses whom to call, unless [`called`](Self::called) does.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
    /// Our own TSAP; 06.00.
    pub fn calling(mut self, tsap: impl Into<Tsap>) -> Self {
        self.calling = tsap.into();
        self
    }
    /// Whom to call; `SIMATIC-ROOT-HMI`, or `SIMATIC-ROOT-ES` for an engineering station. There are `SIMATIC-ROOT-PG` and
    /// `SIMATIC-ROOT-OTH`, too.
    pub fn called(mut self, tsap: impl Into<Tsap>) -> Self {
        self.called = Some(tsap.into());
        self
    }
    /// The longest transport unit to ask for; 1024.
    pub fn tpdu(mut self, size: TpduSize) -> Self {
        self.tpdu = size;
        self
    }
    /// Which certificates are accepted; those that are known, and at first none is.
    #[cfg(feature = "tls")]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
    /// A password, or a name and a password, that is given to the CPU right after connecting, if the CPU protects itself. Never
    /// without TLS, and never a second time: a client whose password was refused connects no more until
    /// [`connect`](super::blocking::Client::connect) is called.
    #[cfg(feature = "tls")]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }
    /// Writes the keys of all connections to a file, for Wireshark; off. Whoever reads it reads the connections.
    #[cfg(feature = "tls")]
    pub fn key_log(mut self, log: KeyLog) -> Self {
        self.key_log = Some(log);
        self
    }
    /// How long to wait for each answer of a browse; two minutes: a CPU may take long to put all its types together. While octets
    /// of an answer come, the time begins anew.
    pub fn browse_timeout(mut self, time: Duration) -> Self {
        self.browse = time.min(crate::dial::FOREVER);
        self
    }
    /// Octets of the longest answer that is taken; 64 megabytes. All types of a program come in one.
    pub fn longest_answer(mut self, octets: usize) -> Self {
        self.longest = octets;
        self
    }
    /// Browse again by itself when a look at the program shows that it has changed; on. Else the change is an error, once and until
    /// a browse.
    pub fn refresh(mut self, yes: bool) -> Self {
        self.refresh = yes;
        self
    }
    /// What the octets of `CHAR` and `STRING` mean; Windows-1252.
    pub fn encoding(mut self, encoding: data::Encoding) -> Self {
        self.text.encoding = encoding;
        self
    }
    /// Cut a text that is longer than its variable instead of refusing it; off.
    pub fn truncate(mut self, yes: bool) -> Self {
        self.text.truncate = yes;
        self
    }
    /// How texts are read and written: what [`Tags`](super::Tags) want to know.
    pub const fn texts(&self) -> data::Options {
        self.text
    }

    /// The connect request; all of the caller's mistakes are found here, before a socket is opened.
    pub(crate) fn check(&self) -> Result<Request, ConfigError> {
        self.common.check()?;
        if self.browse.is_zero() {
            return Err(ConfigError::NoTime("browse"));
        }
        #[cfg(feature = "tls")]
        if self.security == Security::Open && self.credential.is_some() {
            return Err(ConfigError::OpenPassword);
        }
        let called = match &self.called {
            Some(tsap) => tsap.clone(),
            None => Tsap::new(self.role.called().as_bytes())?,
        };
        let request = Request { calling: self.calling.clone(), size: self.tpdu, ..Request::new(called) };
        request.check()?;
        Ok(request)
    }
    /// Is there something to lose below TLS: a certificate that was chosen or is known, or a credential?
    #[cfg(feature = "tls")]
    pub(crate) fn insists(&self) -> bool {
        let known = |store: &hepta_tls::Store| store.known(&self.common.dial.endpoint()).is_some();
        let certificate = match &self.trust {
            Trust::Known(store) => store.as_ref().is_some_and(known),
            Trust::FirstUse(store) => known(store),
            Trust::Insecure => false,
            // Somebody has chosen.
            _ => true,
        };
        certificate || self.credential.is_some()
    }
    /// Without TLS there is nothing that could be lost.
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "the same call with and without TLS")]
    pub(crate) const fn insists(&self) -> bool {
        false
    }
}

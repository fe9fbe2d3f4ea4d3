//! The URL of a command, and what the command line adds to it.
use crate::exit::Failure;
use crate::tap;
use crate::trust::Secrets;
use hepta::plc::{self, Plc};
use hepta::plus::Security;
use hepta::{Error, Options, classic, plus};
use hepta_proto::tap::Tap;
use std::path::PathBuf;
use std::sync::Arc;

/// Which CPU.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Link {
    /// The CPU: `s7://HOST[:PORT][/RACK/SLOT][?type=op|pg|basic&...]`, rack 0 and slot 1 if not given; or
    /// `s7plus://HOST[:PORT][?security=tls|auto|open&...]`; or the host alone, where the command speaks both.
    pub(crate) url: String,
    /// Tell each message on standard error.
    #[arg(long)]
    trace: bool,
    /// Write what goes over the wire into a capture file (pcapng, or pcap by its name).
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) secrets: Secrets,
}

impl Link {
    /// The options of a client of classic S7, checked.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        let options: Options = self.url.parse().map_err(Failure::usage)?;
        Ok(match tap::of(self.trace, self.pcap.as_deref(), None)? {
            Some(tap) => options.tap(tap),
            None => options,
        })
    }
    /// Connects, whatever is spoken. `shape` has the last word on the options.
    pub(crate) async fn plc(&self, shape: impl Fn(plc::Options) -> plc::Options) -> Result<Plc, Refusal> {
        let tap = tap::of(self.trace, self.pcap.as_deref(), None)?;
        loop {
            let mut options: plc::Options = self.url.parse().map_err(Failure::usage)?;
            if let Some(tap) = &tap {
                options = options.tap(Arc::clone(tap));
            }
            let options = self.secrets.apply(shape(options))?;
            match Plc::open(options).await {
                Ok(plc) => return Ok(plc),
                Err(error) if self.secrets.accepted(&error)? => {}
                Err(error) => return Err(Refusal::Failed(error)),
            }
        }
    }
    /// A client of what the CPU speaks, for what the protocols have not in common. One of classic S7 that was asked for is not
    /// connected yet.
    pub(crate) async fn client(&self) -> Result<Client, Refusal> {
        if self.url.starts_with(CLASSIC) {
            return Ok(Client::Classic(classic::Client::new(self.options()?)));
        }
        let plc = self.plc(|options| options).await?;
        Ok(match (plc.plus(), plc.classic()) {
            (Some(plus), _) => Client::Plus(plus.clone()),
            (None, Some(classic)) => Client::Classic(classic.clone()),
            (None, None) => return Err(Failure::usage("this command has no words for that protocol").into()),
        })
    }
    /// A client of S7CommPlus, for what there is by no other protocol.
    pub(crate) async fn plus(&self) -> Result<plus::Client, Failure> {
        match self.client().await? {
            Client::Plus(client) => Ok(client),
            Client::Classic(_) => Err(Failure::usage(
                "classic S7 knows no names: the program is browsed by S7CommPlus",
            )
            .hint(
                "give the URL as s7plus://HOST; a CPU that speaks classic S7 alone has nothing to be browsed",
            )),
        }
    }
    /// Options for both protocols, whatever is to be spoken, without anything secret; and all who listen.
    pub(crate) fn both(&self, beside: Option<Arc<dyn Tap>>) -> Result<Both, Failure> {
        let tap = tap::of(self.trace, self.pcap.as_deref(), beside)?;
        let (way, mut classic, mut plus) = if self.url.starts_with(CLASSIC) {
            let classic: Options = self.url.parse().map_err(Failure::usage)?;
            let (host, port) = classic.endpoint();
            let plus = plus::Options::new(host).port(port).security(Security::Auto);
            (Way::Classic, classic, plus)
        } else if self.url.starts_with(PLUS) {
            let plus: plus::Options = self.url.parse().map_err(Failure::usage)?;
            let (host, port) = plus.endpoint();
            (Way::Plus, Options::new(host).port(port), plus)
        } else {
            let any: plc::Options = self.url.parse().map_err(Failure::usage)?;
            let (host, port) = any.endpoint();
            let plus = plus::Options::new(host).port(port).security(Security::Auto);
            (Way::Any, Options::new(host).port(port), plus)
        };
        if let Some(tap) = &tap {
            classic = classic.tap(Arc::clone(tap));
            plus = plus.tap(Arc::clone(tap));
        }
        Ok(Both { way, classic, plus, tap })
    }
}

/// How URLs begin.
const CLASSIC: &str = "s7://";
const PLUS: &str = "s7plus://";

/// What the URL says to speak.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Classic,
    Plus,
    /// Whatever the CPU speaks.
    Any,
}

/// Options for both protocols.
pub(crate) struct Both {
    pub(crate) way: Way,
    pub(crate) classic: Options,
    pub(crate) plus: plus::Options,
    /// All who listen, for connections that are no client's.
    pub(crate) tap: Option<Arc<dyn Tap>>,
}

/// What was asked for, as a URL.
impl core::fmt::Display for Both {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.way {
            Way::Classic => self.classic.fmt(f),
            Way::Plus => self.plus.fmt(f),
            Way::Any => {
                let (host, port) = self.classic.endpoint();
                write!(f, "{host}:{port}")
            }
        }
    }
}

/// A client of one protocol.
#[derive(Clone, Debug)]
pub(crate) enum Client {
    Classic(classic::Client),
    Plus(plus::Client),
}

impl Client {
    /// Another one to the same CPU, with a connection of its own.
    pub(crate) fn another(&self) -> Self {
        match self {
            Self::Classic(client) => Self::Classic(classic::Client::new(client.options().clone())),
            Self::Plus(client) => Self::Plus(plus::Client::new(client.options().clone())),
        }
    }
    pub(crate) async fn connect(&self) -> Result<(), Error> {
        match self {
            Self::Classic(client) => client.connect().await,
            Self::Plus(client) => client.connect().await,
        }
    }
    pub(crate) async fn close(&self) {
        match self {
            Self::Classic(client) => client.close().await,
            Self::Plus(client) => client.close().await,
        }
    }
}

/// Why there is no connection: the caller's fault, or what came of the attempt.
#[derive(Debug)]
pub(crate) enum Refusal {
    Caller(Failure),
    Failed(Error),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Caller(failure)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Caller(failure) => failure,
            Refusal::Failed(error) => error.into(),
        }
    }
}

//! The URL of a command, and what the command line adds to it.
use crate::exit::Failure;
use crate::tap;
use crate::trust::Secrets;
use hepta::plc::{self, Plc};
use hepta::{Error, Options};
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
    /// The options of a client, checked.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        Ok(self.heard_by(None)?.0)
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
    /// The same with somebody who listens beside; and all who listen, for connections that are not the client's.
    pub(crate) fn heard_by(
        &self,
        beside: Option<Arc<dyn Tap>>,
    ) -> Result<(Options, Option<Arc<dyn Tap>>), Failure> {
        let options: Options = self.url.parse().map_err(Failure::usage)?;
        let tap = tap::of(self.trace, self.pcap.as_deref(), beside)?;
        Ok(match &tap {
            Some(all) => (options.tap(Arc::clone(all)), tap),
            None => (options, tap),
        })
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

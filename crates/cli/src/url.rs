//! The URL of a command, and what the command line adds to it.
use crate::exit::Failure;
use crate::tap;
use hepta::Options;
use hepta_proto::tap::Tap;
use std::path::PathBuf;
use std::sync::Arc;

/// Which CPU.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Link {
    /// The CPU: `s7://HOST[:PORT][/RACK/SLOT][?type=op|pg|basic&...]`; rack 0 and slot 1 if not given.
    pub(crate) url: String,
    /// Tell each message on standard error.
    #[arg(long)]
    trace: bool,
    /// Write what goes over the wire into a capture file (pcapng, or pcap by its name).
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

impl Link {
    /// The options of a client, checked.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        Ok(self.heard_by(None)?.0)
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

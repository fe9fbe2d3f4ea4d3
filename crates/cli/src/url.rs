//! The URL of a command, and what the command line adds to it.
use crate::exit::Failure;
use crate::tap;
use hepta::Options;
use std::path::PathBuf;

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
        let options: Options = self.url.parse().map_err(Failure::usage)?;
        Ok(match tap::of(self.trace, self.pcap.as_deref())? {
            Some(tap) => options.tap(tap),
            None => options,
        })
    }
}

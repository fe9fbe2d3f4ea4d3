//! What a client is told before it connects.
use crate::dial::Dial;
use crate::error::ConfigError;
use crate::reconnect::Reconnect;
use core::time::Duration;
use hepta_proto::classic::Limits;
use hepta_proto::classic::op::Merge;
use hepta_proto::data::{self, Encoding};
use hepta_proto::iso::{ConnectionType, Request, TpduSize, Tsap};
use std::sync::Arc;

/// Whom to call behind the address.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// The CPU in a slot, by one of its connection resources.
    Cpu {
        /// Which resource: OP by default, for an S7-300 has a single PG resource, and STEP 7 wants it.
        kind: ConnectionType,
        /// 0..=7.
        rack: u8,
        /// 0..=31.
        slot: u8,
    },
    /// Whatever has this TSAP: LOGO!, S7-200, configured connections.
    Tsap(Tsap),
}

/// What every client is told, whatever it speaks.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) dial: Dial,
    pub(crate) request: Duration,
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) reconnect: Reconnect,
    pub(crate) read_retries: u32,
    pub(crate) writes: bool,
}

impl Common {
    pub(crate) fn new(host: Arc<str>) -> Self {
        Self {
            dial: Dial::new(host),
            request: Duration::from_secs(5),
            heartbeat: None,
            reconnect: Reconnect::ON,
            read_retries: 1,
            writes: false,
        }
    }
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.dial.check()?;
        if self.request.is_zero() {
            return Err(ConfigError::NoTime("request"));
        }
        if self.heartbeat.is_some_and(|interval| interval.is_zero()) {
            return Err(ConfigError::NoPause);
        }
        Ok(())
    }
}

/// The setters of options with a `common`: public, so they are written into each.
macro_rules! common_setters {
    () => {
        $crate::dial::dial_setters!(common.dial);
        /// How long to wait for the answer to a request; 5 s. A call of many requests may take longer, as long as they are answered.
        pub fn request_timeout(mut self, time: core::time::Duration) -> Self {
            self.common.request = time.min($crate::dial::FOREVER);
            self
        }
        /// Ask the CPU whether it is there after that long without traffic, with the cheapest job there is; off. Any answer, also a
        /// refusal, counts as life. After a fault the heartbeat reconnects.
        pub fn heartbeat(mut self, interval: Option<core::time::Duration>) -> Self {
            self.common.heartbeat = interval.map(|time| time.min($crate::dial::FOREVER));
            self
        }
        /// What to do after a connection was lost; on.
        pub fn reconnect(mut self, policy: $crate::Reconnect) -> Self {
            self.common.reconnect = policy;
            self
        }
        /// How often a read is asked again after its connection broke; 1. Writes are never sent twice.
        pub fn read_retries(mut self, times: u32) -> Self {
            self.common.read_retries = times;
            self
        }
        /// Opens the write gate. Closed, everything that may change the PLC fails before anything is sent.
        pub fn allow_writes(mut self, yes: bool) -> Self {
            self.common.writes = yes;
            self
        }
        /// The host as it was given, and the port.
        pub fn endpoint(&self) -> (&str, u16) {
            (&self.common.dial.host, self.common.dial.port)
        }
    };
}
pub(crate) use common_setters;

/// What a client is told before it connects. From a URL, too:
///
/// ```
/// use hepta::Options;
/// use core::time::Duration;
///
/// let by_hand = Options::new("192.0.2.1").rack_slot(0, 2).request_timeout(Duration::from_secs(2));
/// let by_url: Options = "s7://192.0.2.1/0/2?timeout=2s".parse()?;
/// assert_eq!(by_hand.to_string(), by_url.to_string());
/// # Ok::<(), hepta::UrlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) common: Common,
    pub(crate) target: Target,
    pub(crate) calling: Tsap,
    pub(crate) tpdu: TpduSize,
    pub(crate) limits: Limits,
    pub(crate) merge: Merge,
    pub(crate) text: data::Options,
}

impl Options {
    /// The CPU at `host`, a name or an address: port 102, rack 0, slot 1, an OP connection, and nothing may be written.
    pub fn new(host: impl Into<Arc<str>>) -> Self {
        Self {
            common: Common::new(host.into()),
            target: Target::Cpu { kind: ConnectionType::Op, rack: 0, slot: 1 },
            calling: Tsap::from(0x0100),
            tpdu: TpduSize::STANDARD,
            limits: Limits { pdu: 960, jobs: 8 },
            merge: Merge::Within(4),
            text: data::Options::default(),
        }
    }
    crate::options::common_setters!();

    /// The CPU in that rack and slot; 0 and 1. S7-300: 0 and 2. The kind of connection stays what it was.
    pub fn rack_slot(mut self, rack: u8, slot: u8) -> Self {
        let kind = match self.target {
            Target::Cpu { kind, .. } => kind,
            Target::Tsap(_) => ConnectionType::Op,
        };
        self.target = Target::Cpu { kind, rack, slot };
        self
    }
    /// Which of the CPU's connection resources; OP. Nothing, if a TSAP was given instead of rack and slot.
    pub fn connection_type(mut self, wish: ConnectionType) -> Self {
        if let Target::Cpu { kind, .. } = &mut self.target {
            *kind = wish;
        }
        self
    }
    /// Both TSAPs as they are, instead of rack and slot.
    pub fn tsaps(self, calling: impl Into<Tsap>, called: impl Into<Tsap>) -> Self {
        Self { target: Target::Tsap(called.into()), ..self }.calling(calling)
    }
    /// Our own TSAP; 01.00.
    pub fn calling(mut self, tsap: impl Into<Tsap>) -> Self {
        self.calling = tsap.into();
        self
    }
    /// Whom to call.
    pub fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }
    /// The longest transport unit to ask for; 1024. Asking for 512 makes an S7-1500 grant PDUs of 480.
    pub fn tpdu(mut self, size: TpduSize) -> Self {
        self.tpdu = size;
        self
    }
    /// The longest PDU to ask for; 960. What was granted is in `limits()`.
    pub fn pdu(mut self, octets: u16) -> Self {
        self.limits.pdu = octets;
        self
    }
    /// How many requests to keep in flight at most; 8. What was granted is in `limits()`.
    pub fn jobs(mut self, jobs: u16) -> Self {
        self.limits.jobs = jobs;
        self
    }
    /// Whether batches read neighbours together; with up to 4 octets between them.
    pub fn merge(mut self, merge: Merge) -> Self {
        self.merge = merge;
        self
    }

    /// What the octets of `CHAR` and `STRING` mean; Windows-1252.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.text.encoding = encoding;
        self
    }
    /// Cut a text that is longer than its variable instead of refusing it; off.
    pub fn truncate(mut self, yes: bool) -> Self {
        self.text.truncate = yes;
        self
    }

    /// The connect request; all of the caller's mistakes are found here, before a socket is opened.
    pub(crate) fn check(&self) -> Result<Request, ConfigError> {
        self.common.check()?;
        let Limits { pdu, jobs } = self.limits;
        if !(112..=8000).contains(&pdu) {
            return Err(ConfigError::Pdu(pdu));
        }
        if !(1..=1000).contains(&jobs) {
            return Err(ConfigError::Jobs(jobs));
        }
        let called = match &self.target {
            Target::Cpu { kind, rack, slot } => Tsap::rack_slot(*kind, *rack, *slot)?,
            Target::Tsap(tsap) => tsap.clone(),
        };
        let request = Request { calling: self.calling.clone(), size: self.tpdu, ..Request::new(called) };
        request.check()?;
        Ok(request)
    }
}

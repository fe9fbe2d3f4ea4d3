//! What a CPU says of itself.
use super::ItemAddress;
use core::fmt;
use hepta_proto::iso::Granted;
use hepta_proto::plus::client::Limits;
use hepta_proto::plus::{Id, ReturnValue, Rid, Security, Value};
use hepta_proto::tls::Print;

/// What is known of a connection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// What the CPU limits: items of one request, and what fits one frame.
    pub limits: Limits,
    /// What the transport granted.
    pub granted: Granted,
    /// How the session is protected: [`Security::Tls`] or [`Security::Open`].
    pub security: Security,
    /// What the CPU says of itself: `1;6ES7 515-2AM02-0AB0 ;V2.9`. Empty from what is no CPU.
    pub device: String,
    /// The SHA-256 of the CPU's certificate, where there is TLS.
    pub print: Option<Print>,
    /// The session's relation id.
    pub session: u32,
    /// Where subscriptions are made.
    pub subscriptions: u32,
    /// How much of the CPU was open to the session once it had logged in, if the CPU says so.
    #[cfg(feature = "tls")]
    pub level: Option<hepta_auth::legitimation::ProtectionLevel>,
}

impl Facts {
    /// Who the CPU is, if it says so.
    pub fn identity(&self) -> Option<Identity> {
        Identity::parse(&self.device)
    }
}

/// Who a CPU is, as it says when a session opens.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// `6ES7 515-2AM02-0AB0`.
    pub order_number: String,
    /// `V2.9`; of software controllers `S21.9`.
    pub firmware: String,
}

impl Identity {
    /// Of attribute 319: a number, the order number and the firmware, by semicolons.
    pub fn parse(device: &str) -> Option<Self> {
        let mut fields = device.split(';').skip(1).map(str::trim);
        let (order_number, firmware) = (fields.next()?, fields.next()?);
        let whole = !order_number.is_empty() && !firmware.is_empty();
        whole.then(|| Self { order_number: order_number.to_owned(), firmware: firmware.to_owned() })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.order_number, self.firmware)
    }
}

/// What a CPU is doing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CpuState {
    /// The program rests.
    Stop,
    /// The program runs.
    Run,
    /// On the way to run.
    Startup,
    /// Held at a breakpoint.
    Halt,
    /// Broken.
    Defective,
    /// A number that nobody has recorded yet; 0 is said to be "not supported".
    Unknown(i32),
}

impl CpuState {
    /// Of the CPU's own number: an S7-1500 says 8 in run and 4 in stop.
    pub const fn of(number: i32) -> Self {
        match number {
            1 | 3 | 4 | 17 | 33 => Self::Stop,
            5 | 8 | 9 | 18 | 20 | 37 | 40 => Self::Run,
            6 | 35 | 38 => Self::Startup,
            10 | 34 => Self::Halt,
            13 => Self::Defective,
            other => Self::Unknown(other),
        }
    }
    /// What to ask for, and how to read the answers: CPUs differ in where they say it.
    pub(super) fn asked() -> [ItemAddress; 2] {
        [
            ItemAddress::below(Rid::CPUcommon.0, Id::CPUCommon_OperatingState.0, []),
            ItemAddress::below(Rid::CPUexecUnit.0, Id::HWObject_DIS.0, []),
        ]
    }
    pub(super) fn answered(answers: &[Result<Value, ReturnValue>]) -> Result<Self, ReturnValue> {
        let number = |value: &Value| {
            let member = value.as_struct().and_then(|of| of.member(Id::AS_DIS_OperatingState.0));
            let value = member.unwrap_or(value);
            value.as_i64().and_then(|n| i32::try_from(n).ok())
        };
        let told = answers.iter().flatten().find_map(number);
        let refused = answers.iter().find_map(|answer| answer.as_ref().err());
        let unknown = ReturnValue::of(hepta_proto::plus::ErrorCode::InvalidValueType);
        told.map(Self::of).ok_or_else(|| refused.copied().unwrap_or(unknown))
    }
}

impl fmt::Display for CpuState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "stop",
            Self::Run => "run",
            Self::Startup => "startup",
            Self::Halt => "halt",
            Self::Defective => "defective",
            Self::Unknown(number) => return write!(f, "unknown ({number})"),
        })
    }
}

/// What a CPU has for its peers, and what of it is free; `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Resources {
    /// Items of one read.
    pub reads: Option<u32>,
    /// Items of one write.
    pub writes: Option<u32>,
    /// Attributes that may be subscribed to.
    pub attributes: Option<u32>,
    /// Those that are free.
    pub attributes_free: Option<u32>,
    /// Subscriptions.
    pub subscriptions: Option<u32>,
    /// Those that are free.
    pub subscriptions_free: Option<u32>,
    /// Octets for subscriptions.
    pub memory: Option<u32>,
    /// Those that are free.
    pub memory_free: Option<u32>,
}

impl Resources {
    /// Of object 201: attribute 1037 has the limits, 1081 what is free.
    pub(super) fn asked() -> Vec<ItemAddress> {
        let at = |attribute: Id, keys: &'static [u32]| {
            keys.iter().map(move |key| ItemAddress::below(Rid::ObjectRoot.0, attribute.0, [*key]))
        };
        at(Id::SystemLimits, &[1000, 1001, 1, 0, 2]).chain(at(Id::FreeItems, &[1, 0, 2])).collect()
    }
    pub(super) fn answered(answers: &[Result<Value, ReturnValue>]) -> Self {
        let told = |at: usize| answers.get(at)?.as_ref().ok()?.as_u32();
        Self {
            reads: told(0),
            writes: told(1),
            attributes: told(2),
            subscriptions: told(3),
            memory: told(4),
            attributes_free: told(5),
            subscriptions_free: told(6),
            memory_free: told(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepta_proto::plus::{Data, ErrorCode};

    #[test]
    fn a_device_says_who_it_is() {
        let cpu = Identity::parse("1;6ES7 515-2AM02-0AB0 ;V2.9").unwrap();
        assert_eq!((cpu.order_number.as_str(), cpu.firmware.as_str()), ("6ES7 515-2AM02-0AB0", "V2.9"));
        assert_eq!([Identity::parse(""), Identity::parse("1;;V2"), Identity::parse("x")], [None, None, None]);
    }

    #[test]
    fn states_by_either_place() {
        let refused = || Err(ReturnValue::of(ErrorCode::InvalidAID));
        let int = |n| Ok(Value::new(Data::DInt(n)));
        assert_eq!(CpuState::answered(&[int(8), refused()]), Ok(CpuState::Run));
        assert_eq!(CpuState::answered(&[refused(), int(4)]), Ok(CpuState::Stop));
        assert_eq!(CpuState::answered(&[int(77), int(8)]), Ok(CpuState::Unknown(77)));
        assert_eq!(CpuState::answered(&[refused(), refused()]), Err(ReturnValue::of(ErrorCode::InvalidAID)));
    }
}

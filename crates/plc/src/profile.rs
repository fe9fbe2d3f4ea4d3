//! Which CPU it is: limits, resources, TSAPs, memory, lists, refusals. `docs/PROFILES.md` gives the source of each cell.
use crate::identity::{Firmware, Identity};
use crate::resources::Resources;
use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;
use hepta_proto::classic::Limits;
use hepta_proto::classic::server::Policy;
use hepta_proto::classic::szl::SzlId;
use hepta_proto::iso::{ConnectionType, TpduSize};

/// A kind of CPU, and how it treats its clients. Start from one with a name and change what you like.
///
/// ```
/// use hepta_plc::Profile;
/// let mut profile: Profile = "s7-1200@4.4".parse()?;
/// profile.put_get = true;
/// assert_eq!((profile.limits.pdu, profile.identity.firmware.to_string()), (240, "4.4.0".into()));
/// # Ok::<(), hepta_plc::UnknownProfile>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Profile {
    /// Its name, as [`FromStr`] takes it.
    pub name: &'static str,
    /// What it says of itself.
    pub identity: Identity,
    /// The most that is granted at setup.
    pub limits: Limits,
    /// The least PDU that is granted, also to who asks for less.
    pub least_pdu: u16,
    /// The longest transport unit.
    pub tpdu: TpduSize,
    /// Close the connection of a client that has more jobs unanswered than agreed.
    pub strict_jobs: bool,
    /// Grant no PDU that takes more than one transport unit (seen on S7-1500: units of 512 lead to a PDU of 480).
    pub pdu_within_unit: bool,
    /// How many connections it takes.
    pub resources: Resources,
    /// Whom clients may call.
    pub tsaps: Tsaps,
    /// Lengths of its memory areas.
    pub sizes: Sizes,
    /// Does it permit classic access to its memory (PUT/GET)? Off, it answers reads and writes with 8104.
    pub put_get: bool,
    /// May clients write timers and counters? Else they are told 03.
    pub timers_writable: bool,
    /// What it grants to clients of S7CommPlus.
    pub plus: PlusLimits,
    /// The protection level of who has given no password: 1 all, 2 reading, 3 HMI, 4 nothing.
    pub protection: u32,
    /// Does the firmware record of list 0011 repeat the order number?
    pub(crate) firmware_has_order: bool,
    /// Position of the mode switch, as protection records show it.
    pub(crate) mode_switch: u16,
    /// The system state lists it keeps, as its directory shows them.
    pub(crate) lists: &'static [SzlId],
}

/// Lengths of memory areas. 0: the CPU has none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sizes {
    /// Octets of the process image of inputs.
    pub inputs: usize,
    /// Octets of the process image of outputs.
    pub outputs: usize,
    /// Octets of flags.
    pub flags: usize,
    /// Timers, two octets each.
    pub timers: usize,
    /// Counters, two octets each.
    pub counters: usize,
}

/// What is granted to clients of S7CommPlus: object 201, attribute 1037.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlusLimits {
    /// Subscriptions (LID 0).
    pub subscriptions: i32,
    /// Attributes in subscriptions (LID 1).
    pub attributes: i32,
    /// Memory for subscriptions, in octets (LID 2).
    pub memory: i32,
    /// Items of one read (LID 1000).
    pub read: i32,
    /// Items of one write (LID 1001).
    pub write: i32,
}

/// Whom clients may call.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Tsaps {
    /// Anybody, by number, by text or not at all.
    Any,
    /// The CPU at its place: two octets, the kind of connection (01 to 0F) and one of these racks and slots.
    Place {
        /// Racks.
        racks: RangeInclusive<u8>,
        /// Slots.
        slots: RangeInclusive<u8>,
    },
}

impl Tsaps {
    /// The kind of connection that is asked for by `called`, if that is one of ours.
    pub(crate) fn kind(&self, called: Option<&[u8]>) -> Option<ConnectionType> {
        let two = called.and_then(|called| <[u8; 2]>::try_from(called).ok());
        match self {
            Self::Any => Some(ConnectionType(two.map_or(ConnectionType::Basic.0, |[kind, _]| kind))),
            Self::Place { racks, slots } => {
                let [kind @ 1..=0x0f, place] = two? else { return None };
                (racks.contains(&(place >> 5)) && slots.contains(&(place & 0x1f)))
                    .then_some(ConnectionType(kind))
            }
        }
    }
}

/// There is no such profile or firmware; the message lists those there are.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownProfile {
    /// Nothing of that name.
    #[error("no profile {0:?}: there are {all}", all = Names)]
    Name(String),
    /// The profile is there, but not with that firmware.
    #[error("no firmware {firmware:?} of {name}: there are {all}", all = List(Profile::firmwares(name)))]
    Firmware {
        /// The profile.
        name: &'static str,
        /// What was asked for.
        firmware: String,
    },
}

/// Everything that is kept by CPUs with the classic lists.
const CLASSIC_LISTS: &[SzlId] = &[
    SzlId(0x0000),
    SzlId(0x0f00),
    SzlId(0x0011),
    SzlId(0x0111),
    SzlId(0x0f11),
    SzlId(0x001c),
    SzlId(0x011c),
    SzlId(0x0f1c),
    SzlId(0x0424),
    SzlId(0x0131),
    SzlId(0x0132),
    SzlId(0x0232),
    SzlId(0x0074),
    SzlId(0x0f74),
];
/// What newer ones still answer.
const FEW_LISTS: &[SzlId] = &[
    SzlId(0x0000),
    SzlId(0x0011),
    SzlId(0x001c),
    SzlId(0x0424),
    SzlId(0x0131),
    SzlId(0x0132),
    SzlId(0x0232),
];

/// Names and firmware versions, the usual version first.
const KNOWN: &[(&str, &[Firmware])] = &[
    ("lab", &[Firmware([1, 0, 0])]),
    ("s7-300", &[Firmware([3, 2, 6]), Firmware([2, 6, 0]), Firmware([3, 3, 0])]),
    ("s7-400", &[Firmware([6, 0, 3]), Firmware([5, 3, 0]), Firmware([7, 0, 0])]),
    (
        "s7-1200",
        &[
            Firmware([4, 4, 0]),
            Firmware([4, 2, 0]),
            Firmware([4, 6, 0]),
            Firmware([3, 0, 0]),
            Firmware([4, 5, 0]),
            Firmware([4, 7, 0]),
        ],
    ),
    ("s7-1500", &[Firmware([2, 9, 2]), Firmware([2, 8, 0]), Firmware([3, 1, 0])]),
];

impl Profile {
    /// A CPU that refuses nothing but what is not there: any TSAP, every area writable, PDU 960, 8 jobs, no password.
    pub fn lab() -> Self {
        Self {
            name: "lab",
            identity: Identity::new("6ES7 999-9LA99-0AB0", "hepta lab CPU", usual("lab")),
            limits: Limits { pdu: 960, jobs: 8 },
            least_pdu: 112,
            tpdu: TpduSize::STANDARD,
            strict_jobs: false,
            pdu_within_unit: false,
            resources: Resources { pg: 0, op: 0, basic: 0, free: u16::MAX },
            tsaps: Tsaps::Any,
            sizes: Sizes { inputs: 65_536, outputs: 65_536, flags: 65_536, timers: 2_048, counters: 2_048 },
            put_get: true,
            timers_writable: true,
            plus: PlusLimits { subscriptions: 250, attributes: 2_000, memory: 204_800, read: 50, write: 50 },
            protection: 1,
            firmware_has_order: false,
            mode_switch: 2,
            lists: CLASSIC_LISTS,
        }
    }
    /// A CPU 315-2 PN/DP: PDU 240, one job at a time, slot 2, timers and counters not writable.
    pub fn s7_300() -> Self {
        Self {
            name: "s7-300",
            identity: Identity::new("6ES7 315-2EH14-0AB0", "CPU 315-2 PN/DP", usual("s7-300")),
            limits: Limits { pdu: 240, jobs: 1 },
            strict_jobs: true,
            pdu_within_unit: false,
            resources: Resources { pg: 1, op: 1, basic: 0, free: 14 },
            tsaps: Tsaps::Place { racks: 0..=0, slots: 2..=2 },
            sizes: Sizes { inputs: 2_048, outputs: 2_048, flags: 2_048, timers: 256, counters: 256 },
            timers_writable: false,
            ..Self::lab()
        }
    }
    /// A CPU 414-3: PDU 480, eight jobs, slots 2 to 4.
    pub fn s7_400() -> Self {
        Self {
            name: "s7-400",
            identity: Identity::new("6ES7 414-3XM05-0AB0", "CPU 414-3", usual("s7-400")),
            limits: Limits { pdu: 480, jobs: 8 },
            resources: Resources { pg: 1, op: 1, basic: 0, free: 30 },
            // H systems have a second CPU in rack 1.
            tsaps: Tsaps::Place { racks: 0..=1, slots: 2..=4 },
            sizes: Sizes { inputs: 8_192, outputs: 8_192, flags: 8_192, timers: 2_048, counters: 2_048 },
            ..Self::s7_300()
        }
    }
    /// A CPU 1212C: PDU 240, three jobs, slots 0 and 1, no timers and counters of the old kind, PUT/GET off.
    pub fn s7_1200() -> Self {
        Self {
            name: "s7-1200",
            identity: Identity::new("6ES7 212-1AE40-0XB0", "CPU 1212C DC/DC/DC", usual("s7-1200")),
            limits: Limits { pdu: 240, jobs: 3 },
            resources: Resources { pg: 4, op: 12, basic: 8, free: 6 },
            tsaps: Tsaps::Place { racks: 0..=0, slots: 0..=1 },
            sizes: Sizes { inputs: 1_024, outputs: 1_024, flags: 4_096, timers: 0, counters: 0 },
            put_get: false,
            firmware_has_order: true,
            mode_switch: 1,
            lists: FEW_LISTS,
            ..Self::s7_300()
        }
    }
    /// A CPU 1511-1 PN: PDU 960, eight jobs, slots 0 and 1, PUT/GET off.
    pub fn s7_1500() -> Self {
        Self {
            name: "s7-1500",
            identity: Identity::new("6ES7 511-1AK02-0AB0", "CPU 1511-1 PN", usual("s7-1500")),
            limits: Limits { pdu: 960, jobs: 8 },
            pdu_within_unit: true,
            resources: Resources { pg: 4, op: 4, basic: 2, free: 86 },
            sizes: Sizes { inputs: 32_768, outputs: 32_768, flags: 16_384, timers: 2_048, counters: 2_048 },
            ..Self::s7_1200()
        }
    }

    /// The names of all profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }
    /// The firmware versions of a profile, the usual one first; none of one that is not there.
    pub fn firmwares(name: &str) -> &'static [Firmware] {
        KNOWN.iter().find(|(known, _)| *known == name).map_or(&[], |(_, firmwares)| *firmwares)
    }
    /// How the protocol machine treats clients.
    pub const fn policy(&self) -> Policy {
        let Self { limits, least_pdu, tpdu, strict_jobs, pdu_within_unit, .. } = *self;
        Policy { limits, least_pdu, size: tpdu, strict_jobs, pdu_within_unit }
    }
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lab" => Self::lab(),
            "s7-300" => Self::s7_300(),
            "s7-400" => Self::s7_400(),
            "s7-1200" => Self::s7_1200(),
            "s7-1500" => Self::s7_1500(),
            _ => return None,
        })
    }
}

/// The lab's.
impl Default for Profile {
    fn default() -> Self {
        Self::lab()
    }
}

/// `NAME` or `NAME@FIRMWARE`: `s7-300`, `s7-1200@4.4`. Of the firmware, the first numbers will do.
impl FromStr for Profile {
    type Err = UnknownProfile;
    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let (name, firmware) = text.split_once('@').map_or((text, None), |(name, fw)| (name, Some(fw)));
        let lower = name.trim().to_ascii_lowercase();
        let mut profile = Self::named(&lower).ok_or_else(|| UnknownProfile::Name(name.into()))?;
        if let Some(firmware) = firmware {
            let wanted = firmware.trim();
            let wanted = wanted.strip_prefix(['V', 'v']).unwrap_or(wanted);
            let is = |known: &&Firmware| {
                let known = known.to_string();
                known.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let found = Self::firmwares(profile.name).iter().find(is);
            let name = profile.name;
            let found = *found.ok_or_else(|| UnknownProfile::Firmware { name, firmware: firmware.into() })?;
            profile.identity.firmware = found;
            // The hardware that runs it: another generation has another order number.
            match (name, found.0) {
                ("s7-1200", [3, ..]) => profile.identity.order = "6ES7 212-1AE31-0XB0".into(),
                ("s7-1500", [3, ..]) => profile.identity.order = "6ES7 511-1AL03-0AB0".into(),
                _ => {}
            }
        }
        Ok(profile)
    }
}

fn usual(name: &str) -> Firmware {
    Profile::firmwares(name).first().copied().unwrap_or(Firmware([0; 3]))
}

struct Names;
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (name, firmwares) in KNOWN {
            write!(f, "{comma}{name} ({})", List(firmwares))?;
            comma = ", ";
        }
        Ok(())
    }
}

struct List<'a>(&'a [Firmware]);
impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for firmware in self.0 {
            write!(f, "{comma}{firmware}")?;
            comma = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_and_firmware() {
        for name in Profile::names() {
            let profile: Profile = name.parse().unwrap();
            assert_eq!(profile.name, name);
            for firmware in Profile::firmwares(name) {
                let profile: Profile = format!("{name}@{firmware}").parse().unwrap();
                assert_eq!(profile.identity.firmware, *firmware);
            }
        }
        let firmware = |text: &str| text.parse::<Profile>().map(|p| p.identity.firmware);
        assert_eq!(firmware("S7-300@V3.3"), Ok(Firmware([3, 3, 0])));
        assert_eq!(firmware("s7-1500@3"), Ok(Firmware([3, 1, 0])));
        assert_eq!(
            firmware("s7-300@9.9").unwrap_err().to_string(),
            "no firmware \"9.9\" of s7-300: there are 3.2.6, 2.6.0, 3.3.0"
        );
        assert!(firmware("s7-300@3.").is_err());
        assert!(firmware("s7-300@").is_err());
        let unknown = firmware("s7-200").unwrap_err().to_string();
        assert!(
            unknown.starts_with("no profile \"s7-200\": there are lab (1.0.0), s7-300 (3.2.6, "),
            "{unknown}"
        );
    }

    #[test]
    fn tsaps() {
        let at = Profile::s7_300().tsaps;
        assert_eq!(at.kind(Some(&[2, 2])), Some(ConnectionType::Op));
        for called in [&[1, 1][..], &[1, 0x22], &[0, 2], &[0x10, 2], b"SIMATIC-ROOT-HMI", &[1], &[]] {
            assert_eq!(at.kind(Some(called)), None, "{called:?}");
        }
        assert_eq!(at.kind(None), None);
        assert_eq!(Tsaps::Any.kind(Some(b"SIMATIC-ROOT-HMI")), Some(ConnectionType::Basic));
        assert_eq!(Tsaps::Any.kind(None), Some(ConnectionType::Basic));
    }
}

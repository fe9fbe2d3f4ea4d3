//! Numbers that name something of the CPU: hardware, connections, organisation blocks, data blocks.
use super::types::Type;

/// A type of TIA Portal that is a number with a meaning of its own: `HW_IO`, `DB_ANY`, `OB_CYCLIC`, `CONN_ANY`, `PORT`.
///
/// In memory, on the wire and as a value it is the number that [`Self::base`] says.
///
/// ```
/// use hepta_proto::data::{Handle, Type};
/// assert_eq!("hw_io".parse(), Ok(Type::Handle(Handle::named("HW_IO").unwrap())));
/// assert_eq!(Handle(208).base(), &Type::UInt); // DB_ANY
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Handle(
    /// The soft data type that S7CommPlus has for it.
    pub u8,
);

impl Handle {
    /// That of the name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        let known = HANDLES.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(number, _, _)| Self(*number))
    }
    /// That of the soft data type, if it is one of these.
    pub fn of(soft: u8) -> Option<Self> {
        HANDLES.iter().any(|(number, _, _)| *number == soft).then_some(Self(soft))
    }
    /// Its name in TIA Portal; empty for a number that is not known.
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |(_, name, _)| name)
    }
    /// The number that it is: a `WORD`, `DWORD`, `INT` or `UINT`. A `WORD` if it is not known.
    pub fn base(self) -> &'static Type {
        self.entry().map_or(&Type::Word, |(_, _, base)| base)
    }
    fn entry(self) -> Option<&'static (u8, &'static str, Type)> {
        HANDLES.iter().find(|(number, _, _)| *number == self.0)
    }
}

/// Soft data type, name, what it is.
static HANDLES: [(u8, &str, Type); 41] = [
    (23, "BLOCK_FB", Type::UInt),
    (24, "BLOCK_FC", Type::UInt),
    (128, "AOM_IDENT", Type::DWord),
    (129, "EVENT_ANY", Type::DWord),
    (130, "EVENT_ATT", Type::DWord),
    (132, "AOM_AID", Type::DWord),
    (133, "AOM_LINK", Type::DWord),
    (134, "EVENT_HWINT", Type::DWord),
    (144, "HW_ANY", Type::Word),
    (145, "HW_IOSYSTEM", Type::Word),
    (146, "HW_DPMASTER", Type::Word),
    (147, "HW_DEVICE", Type::Word),
    (148, "HW_DPSLAVE", Type::Word),
    (149, "HW_IO", Type::Word),
    (150, "HW_MODULE", Type::Word),
    (151, "HW_SUBMODULE", Type::Word),
    (152, "HW_HSC", Type::Word),
    (153, "HW_PWM", Type::Word),
    (154, "HW_PTO", Type::Word),
    (155, "HW_INTERFACE", Type::Word),
    (156, "HW_IEPORT", Type::Word),
    (160, "OB_ANY", Type::Int),
    (161, "OB_DELAY", Type::Int),
    (162, "OB_TOD", Type::Int),
    (163, "OB_CYCLIC", Type::Int),
    (164, "OB_ATT", Type::Int),
    (168, "CONN_ANY", Type::Word),
    (169, "CONN_PRG", Type::Word),
    (170, "CONN_OUC", Type::Word),
    (171, "CONN_R_ID", Type::DWord),
    (173, "PORT", Type::UInt),
    (174, "RTM", Type::UInt),
    (175, "PIP", Type::UInt),
    (192, "OB_PCYCLE", Type::Int),
    (193, "OB_HWINT", Type::Int),
    (195, "OB_DIAG", Type::Int),
    (196, "OB_TIMEERROR", Type::Int),
    (197, "OB_STARTUP", Type::Int),
    (208, "DB_ANY", Type::UInt),
    (209, "DB_WWW", Type::UInt),
    (210, "DB_DYN", Type::UInt),
];

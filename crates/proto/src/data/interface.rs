//! What an interface says of its members besides types and places: sections, who may see and write them, comments.
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::layout::Struct;
use super::types::Type;

/// What a struct is to the program.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// `STRUCT ... END_STRUCT`, where it stands.
    #[default]
    Anonymous,
    /// A PLC data type (UDT) of this name.
    Udt(Arc<str>),
    /// The interface of the function block of this name: of its instances.
    Fb(Arc<str>),
    /// A type that every CPU has.
    System(System),
}

impl Origin {
    /// The name of the type; `None` of what has none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Udt(name) | Self::Fb(name) => Some(name),
            Self::System(system) => Some(system.name()),
        }
    }
}

/// A struct that every CPU has: timers and counters of IEC 61131-3, errors.
///
/// That they are there, and their numbers, is known from clients; their members are those of the manual, in its order, and
/// were not compared with a device's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum System {
    /// `IEC_TIMER`, also of `TON_TIME`, `TOF_TIME`, `TP_TIME` and `TONR_TIME`.
    IecTimer,
    /// `IEC_LTIMER`, also of `TON_LTIME` and so on.
    IecLTimer,
    /// `IEC_COUNTER`, and the same for other integers.
    IecCounter(Counts),
    /// `ErrorStruct`: an error that the program asked for.
    ErrorStruct,
    /// `NREF`: where the data stand that an error is about.
    Nref,
    /// `CREF`: where the code stands that an error is about.
    Cref,
}

/// What a counter of IEC 61131-3 counts in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Counts {
    /// `IEC_COUNTER`
    Int,
    /// `IEC_SCOUNTER`
    SInt,
    /// `IEC_DCOUNTER`
    DInt,
    /// `IEC_LCOUNTER`
    LInt,
    /// `IEC_UCOUNTER`
    UInt,
    /// `IEC_USCOUNTER`
    USInt,
    /// `IEC_UDCOUNTER`
    UDInt,
    /// `IEC_ULCOUNTER`
    ULInt,
}

/// Soft data type, name, further names (each with what may follow `CTU_`, `CTD_`, `CTUD_`), which.
static SYSTEM: [(u8, &str, &str, System); 13] = [
    (31, "IEC_TIMER", "TIME", System::IecTimer),
    (68, "IEC_LTIMER", "LTIME", System::IecLTimer),
    (30, "IEC_COUNTER", "INT", System::IecCounter(Counts::Int)),
    (69, "IEC_SCOUNTER", "SINT", System::IecCounter(Counts::SInt)),
    (70, "IEC_DCOUNTER", "DINT", System::IecCounter(Counts::DInt)),
    (71, "IEC_LCOUNTER", "LINT", System::IecCounter(Counts::LInt)),
    (72, "IEC_UCOUNTER", "UINT", System::IecCounter(Counts::UInt)),
    (73, "IEC_USCOUNTER", "USINT", System::IecCounter(Counts::USInt)),
    (74, "IEC_UDCOUNTER", "UDINT", System::IecCounter(Counts::UDInt)),
    (75, "IEC_ULCOUNTER", "ULINT", System::IecCounter(Counts::ULInt)),
    (97, "ErrorStruct", "", System::ErrorStruct),
    (98, "NREF", "", System::Nref),
    (101, "CREF", "", System::Cref),
];

impl System {
    /// That of the name: `IEC_TIMER`, or the type of the instruction, `TON_TIME`, `CTU_DINT`. In upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        let of_instruction = |number: u8, suffix: &str| {
            let (instruction, rest) = name.split_once('_').unwrap_or((name, ""));
            let instructions: &[&str] = if matches!(number, 31 | 68) {
                &["TON", "TOF", "TP", "TONR"]
            } else {
                &["CTU", "CTD", "CTUD"]
            };
            !suffix.is_empty()
                && rest.eq_ignore_ascii_case(suffix)
                && instructions.iter().any(|known| known.eq_ignore_ascii_case(instruction))
        };
        let known = SYSTEM.iter().find(|(number, known, suffix, _)| {
            known.eq_ignore_ascii_case(name) || of_instruction(*number, suffix)
        });
        known.map(|(_, _, _, system)| *system)
    }
    /// That of a soft data type of S7CommPlus.
    pub fn of(soft: u8) -> Option<Self> {
        SYSTEM.iter().find(|(number, _, _, _)| *number == soft).map(|(_, _, _, system)| *system)
    }
    /// Its soft data type on S7CommPlus; its type information has the relation id `02000000` and this.
    pub fn soft(self) -> u8 {
        SYSTEM.iter().find(|(_, _, _, system)| *system == self).map_or(17, |(number, _, _, _)| *number)
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        SYSTEM.iter().find(|(_, _, _, system)| *system == self).map_or("", |(_, name, _, _)| name)
    }
    /// The struct.
    pub fn members(self) -> Struct {
        use Type::{Bool, Byte, UDInt, UInt, Word};
        let list: Vec<(&str, Type)> = match self {
            Self::IecTimer => [("PT", Type::Time), ("ET", Type::Time), ("IN", Bool), ("Q", Bool)].into(),
            Self::IecLTimer => [("PT", Type::LTime), ("ET", Type::LTime), ("IN", Bool), ("Q", Bool)].into(),
            Self::IecCounter(counts) => {
                let bits = ["CU", "CD", "R", "LD", "QU", "QD"].map(|name| (name, Bool));
                let ty = counts.ty();
                bits.into_iter().chain([("PV", ty.clone()), ("CV", ty)]).collect()
            }
            Self::ErrorStruct => [
                ("ERROR_ID", Word),
                ("FLAGS", Byte),
                ("REACTION", Byte),
                ("CODE_ADDRESS", Type::Struct(Self::Cref.members())),
                ("MODE", Byte),
                ("OPERAND_NUMBER", UInt),
                ("POINTER_NUMBER_LOCATION", UInt),
                ("SLOT_NUMBER_SCOPE", UInt),
                ("DATA_ADDRESS", Type::Struct(Self::Nref.members())),
            ]
            .into(),
            Self::Nref => [("AREA", Byte), ("DB_NUMBER", UInt), ("OFFSET", UDInt)].into(),
            Self::Cref => [("BLOCK_TYPE", Byte), ("CB_NUMBER", UInt), ("OFFSET", UDInt)].into(),
        };
        Struct::system(self, list)
    }
}

impl Counts {
    fn ty(self) -> Type {
        match self {
            Self::Int => Type::Int,
            Self::SInt => Type::SInt,
            Self::DInt => Type::DInt,
            Self::LInt => Type::LInt,
            Self::UInt => Type::UInt,
            Self::USInt => Type::USInt,
            Self::UDInt => Type::UDInt,
            Self::ULInt => Type::ULInt,
        }
    }
}

/// The part of an interface that a member stands in. The numbers are those of S7CommPlus.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Section {
    /// No part: a member of a struct.
    #[default]
    None = 0,
    /// `VAR_INPUT`
    Input = 1,
    /// `VAR_OUTPUT`
    Output = 2,
    /// `VAR_IN_OUT`
    InOut = 3,
    /// `VAR`, and all of a data block.
    Static = 4,
}

/// What is said of a member besides its name, type and place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notes {
    /// The part of the interface.
    pub section: Section,
    /// It keeps its value without power.
    pub retain: bool,
    /// HMI engineering shows it (`ExternalVisible`).
    pub visible: bool,
    /// HMI, OPC UA and web may read it (`ExternalAccessible`).
    pub accessible: bool,
    /// They may write it, too (`ExternalWritable`).
    pub writable: bool,
    /// Its local id on S7CommPlus, where one is given.
    pub lid: Option<u32>,
    /// What the source says of it.
    pub comment: Option<Arc<str>>,
}

impl Default for Notes {
    /// No section; visible, accessible and writable, not retentive.
    fn default() -> Self {
        Self {
            section: Section::None,
            retain: false,
            visible: true,
            accessible: true,
            writable: true,
            lid: None,
            comment: None,
        }
    }
}

/// A member to be: what [`Struct::of`] is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Its name, without quotes.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// What else is said of it.
    pub notes: Notes,
}

impl Field {
    /// A member of which nothing else is said.
    pub fn new(name: impl Into<Arc<str>>, ty: Type) -> Self {
        Self { name: name.into(), ty, notes: Notes::default() }
    }
}

//! Why a declaration cannot be.
use core::fmt;
use hepta_proto::classic::Area;
use hepta_proto::data::{EncodeError, TypeFault};
use hepta_source::At;
use std::sync::Arc;

/// A declaration that cannot be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DeclareError {
    /// A type, a name, or the members together.
    Type(TypeFault),
    /// The first value is none of the type.
    Value(EncodeError),
    /// The same of one of the members.
    Within {
        /// The member.
        name: Arc<str>,
        /// What is wrong.
        why: Box<Self>,
    },
    /// The same of what a source declares.
    At {
        /// Where.
        at: At,
        /// What is wrong.
        why: Box<Self>,
    },
    /// Two members have one LID.
    Lid(u32),
    /// A LID that stands for something else: 0 to 8.
    LidReserved(u32),
    /// A bit that the variable cannot start at.
    Bit {
        /// The variable.
        name: Arc<str>,
        /// The bit.
        bit: u8,
    },
    /// More structs than a block or type can have.
    Structs,
    /// More members than a block can have.
    Members {
        /// The block or type.
        name: Arc<str>,
        /// How many there can be.
        most: usize,
    },
    /// More named types than there are numbers.
    Types,
    /// Two types of one name that are not the same.
    TypeTwice(Arc<str>),
    /// Two blocks of one name.
    NameTwice(Arc<str>),
    /// The block is longer than a block can be.
    Size {
        /// Its number.
        number: u16,
        /// The octets that it takes.
        octets: usize,
        /// The octets that it can have.
        most: usize,
    },
    /// A tag without a place.
    NoPlace(Arc<str>),
    /// A tag behind the end of its area.
    Outside {
        /// The tag.
        name: Arc<str>,
        /// Where it starts.
        octet: usize,
        /// Octets of the area.
        size: usize,
    },
    /// A tag that is a struct.
    StructTag(Arc<str>),
    /// An area that this CPU does not have, or that has no tags.
    NoArea(Area),
    /// A variable before any block.
    NoBlock(Arc<str>),
    /// A variable of an instance or of a typed block that its type does not have.
    NoMember {
        /// The variable.
        name: Arc<str>,
        /// The type.
        ty: Arc<str>,
    },
}

impl core::error::Error for DeclareError {}

impl fmt::Display for DeclareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(why) => why.fmt(f),
            Self::Value(why) => why.fmt(f),
            Self::Within { name, why } => write!(f, "{name}: {why}"),
            Self::At { at, why } => write!(f, "{at}: {why}"),
            Self::Lid(lid) => write!(f, "the LID {lid} is taken: leave it out, or choose another"),
            Self::LidReserved(lid) => {
                write!(f, "LIDs of members start at 9, and {lid} stands for something else: leave it out")
            }
            Self::Bit { name, bit } => {
                write!(
                    f,
                    "{name:?} cannot start at bit {bit}: in blocks with standard access BOOL starts at 0 to 7, all else at 0"
                )
            }
            Self::Structs => f.write_str(
                "a block or type has 255 structs without a type of their own at most: make a PLC data type of those that are alike",
            ),
            Self::Members { name, most } => {
                write!(f, "{name:?} has more than {most} members: put some of them into a struct or another block")
            }
            Self::Types => f.write_str("there are 65535 PLC data types and as many function blocks at most"),
            Self::TypeTwice(name) => {
                write!(f, "two types are called {name:?} and have different members: give one of them another name")
            }
            Self::NameTwice(name) => {
                write!(f, "two data blocks are called {name:?}: give one of them another name")
            }
            Self::Size { number, octets, most } => {
                write!(
                    f,
                    "DB{number} would have {octets} octets, and a data block of its kind has {most} at most: spread its variables over several"
                )
            }
            Self::NoPlace(name) => write!(f, "the tag {name:?} has no place: give it one with `at`"),
            Self::Outside { name, octet, size } => {
                write!(
                    f,
                    "the tag {name:?} starts at {octet} and ends behind its area, which has {size} octets"
                )
            }
            Self::StructTag(name) => write!(f, "the tag {name:?} is a struct: tags are of simple types"),
            Self::NoArea(area) => write!(f, "this CPU has no area {area} for tags"),
            Self::NoBlock(name) => {
                write!(f, "the variable {name:?} stands before any block: begin one with `db`")
            }
            Self::NoMember { name, ty } => write!(f, "{ty:?} has no member {name:?}: a block of a type has its members alone"),
        }
    }
}

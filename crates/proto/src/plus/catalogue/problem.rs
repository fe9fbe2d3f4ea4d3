//! What is wrong with the types of a CPU, without making the rest of them useless.
use crate::plus::Rid;
use alloc::vec::Vec;
use core::fmt;

/// Something that a catalogue could not make sense of. What is named is left out, or not gone into; all else is there.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// Two types of one relation id: the first counts.
    Twice {
        /// The type.
        rid: u32,
    },
    /// A member whose type contains the member's own type again.
    Cycle {
        /// The type of which it is a member.
        rid: u32,
        /// Which member.
        lid: u32,
    },
    /// A member whose type lies more than 32 types deep.
    Deep {
        /// The type of which it is a member.
        rid: u32,
        /// Which member.
        lid: u32,
    },
    /// An array of more elements than any block has room for: it is not gone into.
    Elements {
        /// The type of which it is a member.
        rid: u32,
        /// Which member.
        lid: u32,
        /// How many elements it says that it has.
        count: u64,
    },
    /// A name that is no UTF-8: what is none was replaced, and the checksum of paths over it is left away.
    Name {
        /// The type of which it is a member.
        rid: u32,
        /// Which member.
        lid: u32,
    },
    /// A type with another number of names than of members: what has no counterpart is left out.
    Names {
        /// The type.
        rid: u32,
        /// How many members.
        members: usize,
        /// How many names.
        names: usize,
    },
    /// A data block without a name.
    Unnamed {
        /// The block.
        rid: u32,
    },
    /// More names than a catalogue holds, four gigabytes of them: the rest is left out.
    TooMuch,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice { rid } => write!(f, "{} comes twice: the first counts", Rid(*rid).label()),
            Self::Cycle { rid, lid } => {
                write!(f, "member {lid:X} of {}: its type contains itself", Rid(*rid).label())
            }
            Self::Deep { rid, lid } => {
                write!(f, "member {lid:X} of {}: its type lies more than 32 deep", Rid(*rid).label())
            }
            Self::Elements { rid, lid, count } => {
                write!(f, "member {lid:X} of {}: no block holds {count} elements", Rid(*rid).label())
            }
            Self::Name { rid, lid } => {
                write!(f, "member {lid:X} of {}: its name is no UTF-8", Rid(*rid).label())
            }
            Self::Names { rid, members, names } => {
                write!(f, "{}: {members} members and {names} names", Rid(*rid).label())
            }
            Self::Unnamed { rid } => write!(f, "{} has no name", Rid(*rid).label()),
            Self::TooMuch => f.write_str("more names than fit"),
        }
    }
}

/// The first of them, and how many there were.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    pub(super) first: Vec<Problem>,
    pub(super) count: usize,
}

impl Problems {
    /// How many are kept.
    const KEPT: usize = 64;

    pub(super) fn add(&mut self, problem: Problem) {
        // Linking again finds the same once more.
        if self.first.contains(&problem) {
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::KEPT {
            self.first.push(problem);
        }
    }
}

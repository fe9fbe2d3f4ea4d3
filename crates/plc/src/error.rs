//! Why an access of the owner failed.
use crate::program::DeclareError;
use hepta_proto::classic::{Area, ReturnCode};

/// Why an access failed. Each has the [code](Self::code) that a client is told for it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This CPU has no such area.
    #[error("this CPU has no area {0}")]
    NoArea(Area),
    /// The block is not there.
    #[error("DB{0} does not exist: add it with `add_block`")]
    NoBlock(u16),
    /// The area or block is shorter.
    #[error("octets {start} to {end} of {area} {db}: it has {size} octets")]
    OutOfRange {
        /// Where.
        area: Area,
        /// Number of the data block; 0 in other areas.
        db: u16,
        /// First octet.
        start: u64,
        /// The octet behind the last.
        end: u64,
        /// Octets there are.
        size: usize,
    },
    /// The block is there already.
    #[error("DB{0} exists already: remove it first")]
    BlockExists(u16),
    /// Blocks are numbered from 1 on.
    #[error("there is no DB0: data blocks have numbers 1 to 65535")]
    BlockNumber,
    /// Blocks have 65,536 octets at most.
    #[error("DB{number} would have {octets} octets, and a data block has 65536 at most")]
    BlockSize {
        /// Its number.
        number: u16,
        /// Octets asked for.
        octets: usize,
    },
    /// A declaration of a block or a tag that cannot be.
    #[error("declaration: {0}")]
    Declare(#[from] DeclareError),
}

impl Error {
    /// What a client is told.
    pub fn code(&self) -> ReturnCode {
        match self {
            Self::NoArea(_) | Self::NoBlock(_) => ReturnCode::NoObject,
            Self::OutOfRange { .. } => ReturnCode::OutOfRange,
            Self::BlockExists(_) | Self::BlockNumber | Self::BlockSize { .. } | Self::Declare(_) => {
                ReturnCode::AccessNotAllowed
            }
        }
    }
}

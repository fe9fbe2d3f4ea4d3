//! Operations of classic S7: what takes more than one message, or needs to be matched to what was asked.
//!
//! | operation | asks | gives |
//! | --- | --- | --- |
//! | [`Read`] | one range of any length | its octets |
//! | [`ReadMany`] | any number of items, after a [`Plan`] | each item's octets or return code, in the caller's order |
//! | [`WriteMany`] | any number of items, in order | what became of each piece |
//! | [`Szl`] | one system state list | its octets |
//! | [`ReadClock`] | the clock | a DATE_AND_TIME |

mod clock;
mod plan;
mod read;
mod read_many;
mod szl;
mod write_many;

pub use clock::ReadClock;
pub use plan::{Merge, Part, Plan, Span};
pub use read::Read;
pub use read_many::{Items, ReadMany};
pub use szl::Szl;
pub use write_many::{Outcome, Piece, Report, Write, WriteMany};

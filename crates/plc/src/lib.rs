//! The emulated CPU: memory, profiles, identity, connection resources. Octets and time come from outside; no socket, no thread.
//!
//! A [`Plc`] is a cheap handle to one CPU. Whoever owns it reads and writes its memory, follows its [`Changes`] and switches
//! it between RUN and STOP; a [`Session`] is the same CPU as one connection sees it, with all refusals of its [`Profile`].
//!
//! ```
//! use hepta_plc::{Area, Plc, Profile, ReturnCode};
//!
//! let plc = Plc::new(Profile::lab());
//! plc.add_block(1, 1024)?;
//! let mut changes = plc.changes(16);
//! plc.write(Area::Db, 1, 10, &[1, 2, 3])?;
//! assert_eq!(plc.read(Area::Db, 1, 9..13)?, [0, 1, 2, 3]);
//! assert!(changes.next().is_some());
//!
//! // What is not there is never made up.
//! assert_eq!(plc.read(Area::Db, 2, 0..1).unwrap_err().code(), ReturnCode::NoObject);
//! assert_eq!(plc.read(Area::Db, 1, 1020..1030).unwrap_err().code(), ReturnCode::OutOfRange);
//! # Ok::<(), hepta_plc::Error>(())
//! ```
//!
//! | module | what |
//! | --- | --- |
//! | `plc` | [`Plc`]: the handle, run state, PUT/GET switch |
//! | `memory` | [`Memory`]: areas and blocks under one lock |
//! | `changes`, `log` | what was written, and what clients did |
//! | `profile`, `identity` | [`Profile`], [`Identity`]: which CPU it is, and what it says of itself |
//! | [`program`] | names, types and values of blocks and tags, as S7CommPlus has them |
//! | [`example`] | a block with one variable of each kind, to try things on |
//! | `oms` | the objects of the CPU: limits, state, protection |
//! | `session`, `resources` | [`Session`]: one connection, and the resource it holds |
//! | `szl`, `time` | system state lists, and where time comes from |
#![forbid(unsafe_code)]

mod changes;
mod error;
pub mod example;
mod identity;
mod log;
mod memory;
mod oms;
mod plc;
mod profile;
pub mod program;
mod resources;
mod session;
mod szl;
mod time;

pub use changes::{Change, Changes, Told, What, Who};
pub use error::Error;
pub use hepta_proto::classic::server::Range;
pub use hepta_proto::classic::{Area, ErrorCode, Limits, ReturnCode};
pub use hepta_source as source;
pub use identity::{Firmware, Identity};
pub use log::{Entry, Event};
pub use memory::{Block, Memory};
pub use plc::{Builder, Plc, State};
pub use profile::{PlusLimits, Profile, Sizes, Tsaps, UnknownProfile};
pub use resources::{Resource, Resources, Used};
pub use session::Session;
pub use time::{Stepper, Time, date_and_time};

//! Classic S7 communication, protocol id 0x32.
//!
//! ```text
//!  32 | ROSCTR | redundancy 2 | reference 2 | param len 2 | data len 2 | [error 2] | parameter | data
//! ```
//!
//! | module | what |
//! | --- | --- |
//! | [`pdu`] | the header of all messages, and [`Draft`]: a message being written |
//! | [`vars`] | setup, read var, write var: items, addresses, data |
//! | [`userdata`] | the framing of everything that is no job |
//! | [`szl`] | system state lists |
//! | [`tags`] | addresses and values over all of that |
//! | [`code`] | what a CPU says when it refuses, and what to do about it |
//! | [`client`], [`server`] | the two state machines |
//! | [`op`] | operations: what takes more than one message |

pub mod client;
pub mod code;
pub mod message;
pub mod op;
pub mod pdu;
pub mod server;
pub mod szl;
pub mod tags;
pub mod userdata;
pub mod vars;

pub use code::{ErrorCode, ReturnCode};
pub use message::{Complaint, Message};
pub use pdu::{Draft, Kind, Limits, Pdu};
pub use vars::{Area, Function, TransportSize};

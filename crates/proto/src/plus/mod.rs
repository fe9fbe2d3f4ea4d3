//! `S7CommPlus` (0x72): symbolic access to S7-1200 and S7-1500.
pub mod address;
pub mod code;
pub mod dialect;
#[allow(dead_code, reason = "the check is the client machine's")]
pub mod event;
pub mod frame;
pub mod header;
pub mod id;
pub mod message;
pub mod object;
pub mod outcome;
pub mod trace;
pub mod value;
pub mod vlq;

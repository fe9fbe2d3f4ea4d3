//! S7CommPlus (0x72): symbolic access to S7-1200 and S7-1500.

pub mod code;
pub mod digest;
pub mod event;
pub mod frame;
pub mod header;
pub mod id;
pub mod outcome;

//! S7CommPlus (0x72): symbolic access to S7-1200 and S7-1500.

pub mod digest;
pub mod frame;

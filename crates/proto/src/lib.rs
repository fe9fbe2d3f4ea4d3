//! The S7 core: octets in, octets out. No socket, no clock, no chance, no `unsafe`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod classic;
pub mod data;
pub mod error;
pub mod iso;
pub mod machine;
pub mod op;
pub mod plus;
pub mod tap;
pub mod tls;
pub mod trace;
pub mod wire;

pub use error::{Error, Unexpected};

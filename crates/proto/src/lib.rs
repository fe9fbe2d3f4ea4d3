//! The S7 core: octets in, octets out. No socket, no clock, no chance, no `unsafe`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod data;
pub mod iso;
pub mod wire;

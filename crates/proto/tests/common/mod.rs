//! What several tests of the core share.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod plc;
pub(crate) mod sim;

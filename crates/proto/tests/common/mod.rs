//! What several tests of the core share.

pub mod plc;

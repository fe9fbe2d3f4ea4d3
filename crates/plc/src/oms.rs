//! Objects of the CPU that have no symbols: limits, state, protection, and their attributes.
//!
//! | object | attribute | is |
//! |---|---|---|
//! | 201 root | 1037, 1081 | limits and what is free of them, sparse by LID |
//! | 50 CPU common | 233, 3451 | its name; RUN 8, STOP 4 |
//! | 52 execution unit | 2167, 2237 | the state that is asked for: RUN 3, STOP 1; the state, as a struct |
use crate::changes::Who;
use crate::plc::{Plc, State};
use crate::program::refused;
use hepta_proto::plus::typed;
use hepta_proto::plus::{ItemAddress, ReturnValue, Value};

/// Objects.
const ROOT: u32 = 201;
const CPU_COMMON: u32 = 50;
const EXECUTION_UNIT: u32 = 52;

/// Attributes.
const NAME: u32 = 233;
const SYSTEM_LIMITS: u32 = 1037;
const FREE_ITEMS: u32 = 1081;
const STATE_REQUEST: u32 = 2167;
const STATE_RECORD: u32 = 2237;
const STATE_STRUCT: u32 = 3481;
const STATE_OWN: u32 = 3482;
const STATE_OPERATING: u32 = 3486;
const STATE: u32 = 3451;

/// What is asked for by attribute 2167.
const STOP: i32 = 1;
const RUN: i32 = 3;

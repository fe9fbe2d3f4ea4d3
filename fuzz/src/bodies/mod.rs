//! What each target does with its octets: it panics where the core breaks a promise.

pub mod client;
pub mod link;
pub mod pdu;
pub mod plan;
pub mod server;
pub mod tpdu;

/// The emulated memory that the state machines are fuzzed with; the tests of the core use the same.
#[path = "../../../crates/proto/tests/common/plc.rs"]
pub mod plc;

/// A target: octets in, nothing out, a panic for a broken promise.
pub type Body = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub const ALL: &[(&str, Body)] = &[
    ("client", client::run),
    ("link", link::run),
    ("pdu", pdu::run),
    ("plan", plan::run),
    ("server", server::run),
    ("tpdu", tpdu::run),
];

//! What each target does with its octets: it panics where the core breaks a promise.

pub mod address;
pub mod catalogue;
pub mod client;
pub mod frame;
pub mod link;
pub mod literal;
pub mod object;
pub mod pdu;
pub mod plan;
pub mod plus_client;
pub mod plus_pdu;
pub mod plus_server;
pub mod pvalue;
pub mod server;
pub mod tags;
pub mod tpdu;
pub mod trace;
pub mod value;

mod types;

/// The emulated memory that the state machines are fuzzed with; the tests of the core use the same.
#[path = "../../../crates/proto/tests/common/plc.rs"]
pub mod plc;

/// The CPU of S7CommPlus, the same way.
#[path = "../../../crates/proto/tests/common/oms.rs"]
pub mod oms;

/// A target: octets in, nothing out, a panic for a broken promise.
pub type Body = fn(&[u8]);

/// Every target of the core by its name, which is also that of its corpus.
pub const ALL: &[(&str, Body)] = &[
    ("address", address::run),
    ("catalogue", catalogue::run),
    ("client", client::run),
    ("frame", frame::run),
    ("link", link::run),
    ("literal", literal::run),
    ("object", object::run),
    ("pdu", pdu::run),
    ("plan", plan::run),
    ("plus_client", plus_client::run),
    ("plus_pdu", plus_pdu::run),
    ("plus_server", plus_server::run),
    ("pvalue", pvalue::run),
    ("server", server::run),
    ("tags", tags::run),
    ("tpdu", tpdu::run),
    ("trace", trace::run),
    ("value", value::run),
];

/// Targets of other crates, which replay them themselves.
pub const BEYOND: &[&str] = &[
    "auth_digest",
    "auth_password",
    "auth_session",
    "auth_tls",
    "auth_value",
    "capture",
    "hello",
    "source",
    "tagtable",
    "tls",
    "url",
];

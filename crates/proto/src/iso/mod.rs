//! ISO transport over TCP: TPKT (RFC 1006) around COTP class 0 (ISO 8073).
//!
//! ```text
//!  03 00 LL LL | 02 f0 80 | message        LL LL counts from the 03; 80: last part of the message
//!   TPKT         COTP DT
//! ```
//!
//! [`Link`] cuts a stream of octets into whole messages and TPDUs and writes messages in parts no longer than agreed;
//! [`Tpdu`] is one transport unit with every octet in a named field; [`Request`] is what a client wishes of a connection.

mod cotp;
mod link;
mod request;
mod tpkt;
mod tsap;

pub use cotp::{Connect, Data, Disconnect, DisconnectConfirm, DisconnectReason, ErrorCause, Parameter};
pub use cotp::{ParameterCode, Parameters, Rejected, Tpdu, TpduCode, TpduSize};
pub use link::{Arrival, HEAD, Link, seal_unit};
pub(crate) use request::send;
pub use request::{Granted, Request, confirm, disconnect};
pub use tpkt::Tpkt;
pub(crate) use tsap::write_tsap;
pub use tsap::{ConnectionType, Tsap, TsapError};

//! Classic S7 communication: the clients for S7-300, S7-400, S7-1200/1500 with PUT/GET, LOGO!, and everything that speaks like
//! them.
//!
//! A client knows no function code. What is asked is an [`Operation`](hepta_proto::op::Operation), and each method is one of
//! them, run; `run` takes those that have no method.

#[cfg(feature = "blocking")]
pub(crate) mod blocking;
#[cfg(feature = "tokio")]
mod client;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod protocol;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod typed;

#[cfg(feature = "tokio")]
pub use client::Client;
pub use hepta_proto::classic::op::{Items, Merge, Outcome, Piece, Plan, Report, Span, Write};
pub use hepta_proto::classic::szl::SzlId;
pub use hepta_proto::classic::tags::{ItemError, TagError};
pub use hepta_proto::classic::{Area, Limits, ReturnCode};
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use typed::WriteValuesError;

use crate::error::ConfigError;

/// Does the data fill the items?
fn fills(items: &[Write<'_>]) -> Result<(), ConfigError> {
    items.iter().enumerate().try_for_each(|(item, Write { span, data })| match span.len {
        len if len as usize == data.len() => Ok(()),
        len => Err(ConfigError::Length { item, span: len, data: data.len() }),
    })
}

/// Why a single item was not written.
fn refusal(report: &Report) -> Option<hepta_proto::Error> {
    match report.item(0) {
        Outcome::Refused(code) => Some(hepta_proto::Error::Item(code)),
        _ => None,
    }
}

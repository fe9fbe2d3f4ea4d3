//! A client for Siemens S7 controllers: on tokio, and truly blocking.
//!
//! ```no_run
//! # #[cfg(feature = "blocking")] {
//! use hepta::{Options, blocking};
//!
//! let mut plc = blocking::Client::new(Options::new("192.0.2.1").rack_slot(0, 1));
//! let octets = plc.read_db(1, 0, 4)?; // connects, too
//! println!("DB1 starts with {octets:02x?}");
//! # }
//! # Ok::<(), hepta::Error>(())
//! ```
//!
//! | module | what | feature |
//! | --- | --- | --- |
//! | [`classic`] | the client for tokio, shared by any number of tasks | `tokio` |
//! | `blocking` | the same without a runtime | `blocking` |
//! | [`plus`] | the same two for S7CommPlus: S7-1200 and S7-1500, inside TLS | both, `tls` |
//! | [`plc`] | one client for whatever a PLC speaks | both |
//! | [`iso`] | whole messages over TCP, both ends, for protocols of your own | both |
//!
//! Both clients are thin: messages, limits, packing and the matching of answers live in [`hepta_proto`], which does no I/O.
//! Nothing is written unless [`Options::allow_writes`] opens the gate.
#![forbid(unsafe_code)]
// Without a driver there is nobody to use what both share.
#![cfg_attr(
    not(any(feature = "tokio", feature = "blocking")),
    allow(dead_code, unused_imports, unused_macros)
)]

pub mod classic;
mod dial;
mod driver;
mod error;
pub mod iso;
mod net;
mod options;
pub mod plc;
pub mod plus;
mod reconnect;
mod state;
mod url;

#[cfg(feature = "blocking")]
pub mod blocking {
    //! The classic client without a runtime, over `std::net`. That of S7CommPlus is [`plus::blocking`](crate::plus::blocking).
    pub use crate::classic::blocking::Client;
    pub use crate::plc::blocking::Plc;
}

pub use error::{Attempt, ConfigError, Error, ErrorKind, Phase, WriteError};
pub use hepta_proto as proto;
pub use hepta_proto::classic::tags::ItemError;
pub use hepta_proto::data::{Address, Value};
pub use options::{Options, Target};
#[cfg(feature = "tokio")]
pub use plc::Plc;
pub use reconnect::Reconnect;
pub use state::{Event, Events, State};
pub use url::UrlError;

/// What the README shows is compiled and, where it can be, run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

/// And what the page for users shows.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/CLASSIC.md")]
pub struct Page;

/// And what the page for users of S7CommPlus shows.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/PLUS.md")]
pub struct PlusPage;

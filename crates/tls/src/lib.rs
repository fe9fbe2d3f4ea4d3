//! TLS for hepta: rustls in the shape of [`Tls`], a pipe of buffers.
//!
//! `S7CommPlus` runs TLS *inside* COTP data: there is no socket that TLS could have, and records are what the data units carry.
//! A [`Connector`] starts it at the client's end, an [`Acceptor`] at the CPU's; both are made once and start many a [`Session`].
//!
//! ```
//! use hepta_proto::tls::{Tls, TlsError};
//! use hepta_tls::{Acceptor, Connector, Identity, Profile, Trust};
//!
//! let identity = Identity::generate("PLC_1", &[])?;
//! let acceptor = Acceptor::new(&identity)?;
//! let connector = Connector::new(Profile::siemens(), Trust::Pin(vec![identity.print()]))?;
//!
//! let (mut client, mut plc) = (connector.start("192.168.0.1:102")?, acceptor.start()?);
//! let (mut up, mut down, mut plain) = (vec![], vec![], vec![]);
//! client.receive(&[], &mut plain, &mut up)?;
//! while !(client.ready() && plc.ready()) {
//!     plc.receive(&std::mem::take(&mut up), &mut plain, &mut down)?;
//!     client.receive(&std::mem::take(&mut down), &mut plain, &mut up)?;
//! }
//! client.send(b"hello", &mut up)?;
//! plc.receive(&up, &mut plain, &mut down)?;
//! assert_eq!(plain, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what |
//! | --- | --- |
//! | `profile` | [`Profile`]: what is offered; as CPUs want it |
//! | `trust`, `store` | [`Trust`]: whom a client takes for the CPU; [`Store`]: the certificates that were accepted before |
//! | `client`, `server`, `session` | [`Connector`], [`Acceptor`] and what they start |
//! | [`hello`] | what a CPU resets before TLS says anything |
//! | `identity`, `certificate` | [`Identity`]: certificate and key of an emulated CPU; [`describe`]: any certificate, to be shown |
//! | `keylog`, `opener` | [`KeyLog`]: keys, written down when asked for; [`Opener`]: what was said, for who has them |
//! | `openssl` | the same seam for devices that rustls cannot serve; a feature, off |
#![forbid(unsafe_code)]

mod certificate;
mod client;
mod error;
mod file;
pub mod hello;
mod identity;
mod keylog;
mod opener;
#[cfg(feature = "openssl")]
pub mod openssl;
mod profile;
mod schedule;
mod server;
mod session;
mod store;
mod trust;

pub use certificate::{Certificate, describe, print};
pub use client::{Connector, Refused};
pub use error::Error;
pub use hepta_proto::tls::{Print, Tls, TlsError};
pub use identity::Identity;
pub use keylog::KeyLog;
pub use opener::{OpenError, Opener, Secrets};
pub use profile::{Group, Profile, Suite};
pub use schedule::{Hash, export};
pub use server::Acceptor;
pub use session::Session;
pub use store::Store;
pub use trust::{Authorities, Trust};

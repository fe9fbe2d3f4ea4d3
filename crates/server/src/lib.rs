//! The listener of the emulated CPU, and [`Emulator`]: a CPU on a free port for tests.
//!
//! ```
//! use hepta_server::{Emulator, plc::Area};
//! use std::io::{Read, Write};
//!
//! let emulator = Emulator::builder().block(1, 1024).start()?;
//! emulator.plc().write(Area::Db, 1, 0, &[10, 11, 12, 13])?;
//!
//! let mut client = std::net::TcpStream::connect(emulator.addr())?;
//! client.write_all(b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02")?;
//! let mut confirm = [0; 22];
//! client.read_exact(&mut confirm)?;
//! assert_eq!(confirm[5], 0xd0);
//! emulator.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Server`] is what runs behind it: one task for each connection, one read and one write for each burst of jobs, and
//! nothing kept of a connection but what is half here. Runtimes of one thread serve with the least CPU time per read;
//! [`Server::run`] makes one, and [`Server::serve`] runs on whichever is there.
#![forbid(unsafe_code)]

mod connection;
mod emulator;
mod error;
mod options;
mod plus;
mod registry;
mod server;

pub use emulator::{Builder, Emulator};
pub use error::Error;
pub use hepta_plc as plc;
pub use hepta_proto::plus::Security;
pub use hepta_tls::Identity;
pub use options::Options;
pub use plus::{Access, Plus};
pub use registry::{Connection, Connections};
pub use server::{PORT, Server};

//! S7CommPlus: the clients for S7-1200 and S7-1500, as TIA Portal and panels speak to them: variables by their access path, octets
//! of blocks with standard access, and the CPU itself. Inside TLS 1.3, unless something else is asked for.
//!
//! ```no_run
//! # #[cfg(all(feature = "blocking", feature = "tls"))] {
//! use hepta::plus::{Credential, Options, Trust, blocking::Client};
//!
//! let options = Options::new("192.0.2.1")
//!     .trust(Trust::first_use("known_plcs")?) // the first certificate is kept, and no other is accepted after it
//!     .credential(Credential::password("of the protection level"));
//! let mut plc = Client::new(options);
//! println!("{:?} is in {}", plc.identity()?, plc.cpu_state()?);
//! let speed = plc.read_one(&"8A0E0001.B".parse()?)?; // LID B of DB 1
//! let octets = plc.db_read(2, 0, 16)?; // of a block with standard access
//! println!("{speed:?} {octets:02x?}");
//! # }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! A client knows no function code. What is asked is an [`Operation`](op::Operation), and each method is one of them, run; `run`
//! takes those that have no method.

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod calls;
#[cfg(feature = "tokio")]
mod client;
mod cpu;
mod error;
mod file;
#[cfg(feature = "tls")]
mod login;
mod options;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod program;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod protocol;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod tags;

#[cfg(feature = "tokio")]
pub use client::Client;
pub use cpu::{CpuState, Facts, Identity, Resources};
pub use error::{BlockError, LoginError, WriteError};
pub use file::{LoadError, load, save};
#[cfg(feature = "tls")]
pub use hepta_auth::{Credential, legitimation::ProtectionLevel};
pub use hepta_proto::plus::address::{ItemAddressError, area};
pub use hepta_proto::plus::catalogue::{
    self, Catalogue, Change, FileError, Leaf, Node, Stamp, Symbol, SymbolError, SymbolFault,
};
pub use hepta_proto::plus::client::Limits;
pub use hepta_proto::plus::message::ask::Explore;
pub use hepta_proto::plus::op::{self, BrowseOptions, Item, Outcome, Progress, Span, Tell, Written};
pub use hepta_proto::plus::tag::{Quality, Reading, Tag, Tags};
pub use hepta_proto::plus::tags::{ItemError as TagError, Outcome as TagOutcome};
pub use hepta_proto::plus::{Id, ItemAddress, Object, ReturnValue, Rid, Security, Value};
pub use hepta_proto::tls::{Print, TlsError};
#[cfg(feature = "tls")]
pub use hepta_tls::{Authorities, Certificate, KeyLog, Store, Trust, describe};
#[cfg(feature = "tls")]
pub use login::Login;
pub use options::{Options, Role};
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use tags::WriteTagsError;

use crate::dial::FOREVER;
use crate::error::Attempt;
use core::time::Duration;
use hepta_proto::classic::{self, Area};
use hepta_proto::error::{Error, Unexpected};
use hepta_proto::plus::Function;
use hepta_proto::plus::value::{Array, Data};

/// What the CPU is asked to become: attribute 2167 of object 52.
const RUN: i32 = 3;
const STOP: i32 = 1;

fn operate(wish: i32) -> op::Set {
    let value = Value::new(Data::DInt(wish));
    op::Set::new(Rid::CPUexecUnit.0, Id::CPUexecUnit_operatingStateReq.0, value)
}

/// A patience that can be waited for, and is not over at once.
fn patience(time: Duration) -> Duration {
    time.clamp(Duration::from_millis(1), FOREVER)
}

fn returned(function: Function, outcome: ReturnValue) -> Error {
    Error::Returned { function, outcome }
}

/// An answer that is none to what was asked.
fn shapeless(function: Function) -> Error {
    Unexpected::Reply(function).into()
}

/// The one result there is.
fn only<T>(results: Vec<Result<T, ReturnValue>>, function: Function) -> Result<T, Error> {
    match results.into_iter().next() {
        Some(result) => result.map_err(|outcome| returned(function, outcome)),
        None => Err(shapeless(function)),
    }
}

/// Why something was not written.
fn refusal(outcome: Option<&Outcome>) -> Option<Error> {
    match outcome {
        Some(Outcome::Refused(outcome)) => Some(returned(Function::SetMultiVariables, *outcome)),
        _ => None,
    }
}

/// The numbers of an array, of an unsigned type.
fn numbers(value: &Value) -> Option<Vec<u32>> {
    match value.data() {
        Data::Array(Array::USInt(numbers) | Array::Byte(numbers)) => {
            Some(numbers.iter().map(|n| u32::from(*n)).collect())
        }
        Data::Array(Array::UInt(numbers) | Array::Word(numbers)) => {
            Some(numbers.iter().map(|n| u32::from(*n)).collect())
        }
        Data::Array(Array::UDInt(numbers) | Array::DWord(numbers)) => Some(numbers.clone()),
        _ => value.as_u32().map(|number| vec![number]),
    }
}

fn reading(area: u32, start: u32, len: u32) -> Attempt {
    place(area, start, len).map_or(Attempt::ReadMany(1), Attempt::Read)
}

fn writing(area: u32, start: u32, len: usize) -> Attempt {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    place(area, start, len).map_or(Attempt::WriteMany(1), Attempt::Write)
}

/// The same place in the words of classic S7, which errors show.
fn place(area: u32, start: u32, len: u32) -> Option<classic::op::Span> {
    let (area, db) = match area {
        area::INPUTS => (Area::Inputs, 0),
        area::OUTPUTS => (Area::Outputs, 0),
        area::FLAGS => (Area::Flags, 0),
        area::COUNTERS => (Area::Counters, 0),
        area::TIMERS => (Area::Timers, 0),
        _ => (Area::Db, area.checked_sub(area::DB).and_then(|db| u16::try_from(db).ok())?),
    };
    Some(classic::op::Span::octets(area, db, start, len))
}

/// The login that there is none of, where no password can be given.
#[cfg(not(feature = "tls"))]
#[derive(Debug)]
pub(crate) enum NoLogin {}

#[cfg(not(feature = "tls"))]
impl op::Operation for NoLogin {
    type Output = ();
    fn want(&self) -> op::Want {
        match *self {}
    }
    fn write(
        &mut self,
        _: &hepta_proto::plus::client::Peer,
        _: &mut hepta_proto::plus::client::Draft<'_>,
    ) -> Result<op::Ticket, Error> {
        match *self {}
    }
    fn take(&mut self, _: op::Ticket, _: hepta_proto::plus::message::Response<'_>) -> Result<(), Error> {
        match *self {}
    }
    fn finish(self) {}
}

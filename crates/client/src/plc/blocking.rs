//! The one client, without a runtime.
use super::calls::calls;
use super::items::{self, ItemError, Names, Outcome, Symbols, WriteError};
use super::options::Way;
use super::{Chosen, ConnectError, Options, Protocol, Why, has_no_plus};
use crate::error::{Attempt, ConfigError, Error};
use crate::plus::{BrowseOptions, Catalogue, Security, Symbol, SymbolError};
use crate::state::{Events, State};
use hepta_proto::data::{self, Address, Type, Value};
use hepta_proto::plus::tags::{self, Writes};
use std::sync::Arc;

/// A PLC, whatever it speaks, for one caller.
#[derive(Debug)]
pub struct Plc {
    client: Client,
    chosen: Chosen,
    text: data::Options,
    names: Names,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one of a program, not one of many")]
enum Client {
    Classic(crate::classic::blocking::Client),
    Plus(crate::plus::blocking::Client),
}

impl Plc {
    calls!([] [mut] [] crate::classic::blocking::Client, crate::plus::blocking::Client);
}

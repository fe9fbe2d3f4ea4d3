//! The one client, on tokio.
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

/// A PLC, whatever it speaks. Clone it for as many callers as you like: they share one connection.
#[derive(Clone, Debug)]
pub struct Plc {
    client: Client,
    chosen: Chosen,
    text: data::Options,
    names: Names,
}

#[derive(Clone, Debug)]
enum Client {
    Classic(crate::classic::Client),
    Plus(crate::plus::Client),
}

impl Plc {
    calls!([async] [] [.await] crate::classic::Client, crate::plus::Client);
}

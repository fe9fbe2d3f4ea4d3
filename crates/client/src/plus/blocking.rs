//! The client without a runtime.
use super::calls::calls;
#[cfg(feature = "tls")]
use super::login::Enter;
use super::protocol::Plus;
use super::tags::{WriteTagsError, tag_calls};
use super::{
    BlockError, BrowseOptions, Catalogue, Change, CpuState, Explore, Facts, Identity, Options, Resources,
    Symbol, SymbolError, Tell, WriteError,
};
#[cfg(feature = "tls")]
use super::{Credential, Login, ProtectionLevel};
use crate::driver::Call;
use crate::driver::blocking::Driver;
use crate::error::{Attempt, ConfigError, Error};
use crate::state::{Events, State};
use core::ops::{Deref, DerefMut};
use core::time::Duration;
use hepta_proto::data;
use hepta_proto::plus::address::area;
use hepta_proto::plus::op::{
    self, Attributes, Get, Item, Operation, Outcome, ReadBlock, ReadItems, Set, Span, WriteBlock, WriteItems,
};
use hepta_proto::plus::tag::{Look, Reading, Tags};
use hepta_proto::plus::tags;
use hepta_proto::plus::{Function, ItemAddress, Object, ReturnValue, Value};
#[cfg(feature = "tls")]
use std::borrow::Cow;
use std::sync::Arc;

/// A client of one CPU, for one caller: a thread, or many behind a mutex of theirs. No runtime inside.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the next call connects anew
/// ([`Reconnect`](crate::Reconnect)), by TLS if there was TLS before. Reads are asked again after a fault, as often as
/// [`read_retries`](Options::read_retries) says; what may change the PLC, and passwords, are never sent twice.
///
/// **Order.** Calls are carried out one after the other. Within one call, reads have several requests in flight; writes have one.
/// What the CPU sends of its own, at any moment, disturbs no call.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails; its late answer is dropped
/// and never reaches another call. When two in a row fail so and nothing was heard in between, the connection is given up.
/// [`with_deadline`](Self::with_deadline) gives calls another time.
#[derive(Debug)]
pub struct Client {
    driver: Driver<Plus>,
    patience: Option<Duration>,
}

/// A client whose calls have another request time-out, for as long as this lives.
#[derive(Debug)]
pub struct Deadline<'a> {
    client: &'a mut Client,
    before: Option<Duration>,
}

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        Self { driver: Driver::new(Plus::new(options)), patience: None }
    }
    calls!([] [mut] []);
    tag_calls!([] [mut] []);

    /// This client, whose calls wait that long for each answer instead of the options' request time-out. A call that was given
    /// less time than that and got no answer says nothing of the connection, which stays.
    pub fn with_deadline(&mut self, time: Duration) -> Deadline<'_> {
        let before = self.patience.replace(super::patience(time));
        Deadline { client: self, before }
    }
    /// Asks the CPU whether it is there, with the cheapest question. Any answer counts, also a refusal.
    pub fn beat(&mut self) -> Result<(), Error> {
        self.driver.beat()
    }
    /// What is known of the connection: limits, security, certificate, identity. Connects, if there is none.
    pub fn facts(&mut self) -> Result<Facts, Error> {
        self.driver.facts().cloned()
    }
    /// What it is doing. `Up` is looked after: a peer that has closed is noticed here, too.
    pub fn state(&mut self) -> State {
        self.driver.state()
    }
    /// Is there a connection that stands, as far as can be told without asking the CPU?
    pub fn is_alive(&mut self) -> bool {
        self.state() == State::Up
    }
    /// State changes and failed attempts from now on, also those that a retry heals.
    pub fn events(&self) -> Events {
        self.driver.events()
    }
    /// The options it was made with.
    pub const fn options(&self) -> &Options {
        &self.driver.protocol().options
    }
    /// The certificate that was refused last, in DER, to show it to who may accept it.
    #[cfg(feature = "tls")]
    pub fn refused_certificate(&self) -> Option<Vec<u8>> {
        self.driver.protocol().refused_certificate()
    }
    /// Ends the session politely, within a second. Later calls fail, until `connect`.
    pub fn close(&mut self) {
        self.driver.close();
    }

    /// Did the transport of the last attempt to connect come to be?
    pub(crate) fn confirmed(&self) -> bool {
        self.driver.protocol().confirmed()
    }
    /// What the caller asked for cannot be.
    pub(crate) fn mistake(&self, attempt: Attempt, kind: ConfigError) -> Error {
        self.driver.error(attempt, kind)
    }
    const fn call(&self, attempt: Attempt) -> Call {
        Call { attempt, patience: self.patience }
    }
}

impl Deref for Deadline<'_> {
    type Target = Client;
    fn deref(&self) -> &Client {
        self.client
    }
}

impl DerefMut for Deadline<'_> {
    fn deref_mut(&mut self) -> &mut Client {
        self.client
    }
}

impl Drop for Deadline<'_> {
    fn drop(&mut self) {
        self.client.patience = self.before;
    }
}

//! The client on tokio.
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
use crate::driver::{Call, Driver};
use crate::error::{Attempt, ConfigError, Error};
use crate::state::{Events, State};
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
use tokio::sync::watch;

/// A client of one CPU. Clone it for as many callers as you like: they share one session, and their requests are in flight
/// together.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the calls in flight get it, and
/// the next call connects anew ([`Reconnect`](crate::Reconnect)), by TLS if there was TLS before. Reads are asked again after a
/// fault, as often as [`read_retries`](Options::read_retries) says; what may change the PLC, and passwords, are never sent twice.
///
/// **Cancellation safety.** Every future may be dropped at any time. What it had asked is answered to nobody: no later call ever
/// gets that answer, and other callers notice nothing. A dropped write may or may not have been carried out.
///
/// **Order.** The requests of one call that changes the PLC are sent one after the other. Calls that run at the same time have
/// no order among them. What the CPU sends of its own, at any moment, disturbs no call.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails alone; its late answer is
/// dropped. When two in a row fail so and nothing was heard in between, the connection is given up.
/// [`with_deadline`](Self::with_deadline) gives calls another time.
#[derive(Clone, Debug)]
pub struct Client {
    driver: Arc<Driver<Plus>>,
    patience: Option<Duration>,
}

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        Self { driver: Arc::new(Driver::new(Plus::new(options))), patience: None }
    }
    calls!([async] [] [.await]);
    tag_calls!([async] [] [.await]);

    /// The same client, whose calls wait that long for each answer instead of the options' request time-out. A call that was
    /// given less time than that and got no answer says nothing of the connection, which stays.
    pub fn with_deadline(&self, time: Duration) -> Self {
        Self { patience: Some(super::patience(time)), ..self.clone() }
    }
    /// What is known of the connection: limits, security, certificate, identity. Connects, if there is none.
    pub async fn facts(&self) -> Result<Facts, Error> {
        self.driver.up().await.map(|up| up.facts.clone())
    }
    /// What it is doing. `Up` is looked after: a peer that has closed is noticed here, too.
    pub fn state(&self) -> State {
        self.driver.state()
    }
    /// Is there a connection that stands, as far as can be told without asking the CPU?
    pub fn is_alive(&self) -> bool {
        self.state() == State::Up
    }
    /// The state, to wait for its changes.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.driver.watch()
    }
    /// State changes and failed attempts from now on, also those that a retry heals.
    pub fn events(&self) -> Events {
        self.driver.events()
    }
    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.driver.protocol().options
    }
    /// The certificate that was refused last, in DER, to show it to who may accept it.
    #[cfg(feature = "tls")]
    pub fn refused_certificate(&self) -> Option<Vec<u8>> {
        self.driver.protocol().refused_certificate()
    }
    /// Ends the session politely, within a second. Calls in flight and later ones fail, until `connect`.
    pub async fn close(&self) {
        self.driver.close().await;
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

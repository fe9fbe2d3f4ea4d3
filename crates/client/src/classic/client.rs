//! The client on tokio.
use super::fills;
use crate::driver::Driver;
use crate::error::{Attempt, ConfigError, Error, WriteError};
use crate::options::Options;
use crate::state::{Events, State};
use hepta_proto::classic::Limits;
use hepta_proto::classic::op::{Items, Plan, Read, ReadMany, Report, Span, Szl, Write, WriteMany};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::iso::Granted;
use hepta_proto::op::Operation;
use std::sync::Arc;
use tokio::sync::watch;

/// A client of one CPU. Clone it for as many callers as you like: they share one connection, and their requests are in flight
/// together, up to the agreed number of jobs.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the calls in flight get it, and
/// the next call connects anew ([`Reconnect`](crate::Reconnect)). Reads are asked again after a fault, as often as
/// [`read_retries`](Options::read_retries) says; what may change the PLC is never sent twice.
///
/// **Cancellation safety.** Every future may be dropped at any time. What it had asked is answered to nobody: no later call ever
/// gets that answer, and other callers notice nothing. A dropped write may or may not have been carried out.
///
/// **Order.** The requests of one call that changes the PLC are sent one after the other. Calls that run at the same time have
/// no order among them, neither on the wire nor on the CPU; who needs one awaits the first before the second.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails alone; its late answer is
/// dropped. When two in a row fail so and nothing was heard in between, the connection is given up, so that `Up` never lies.
///
/// **Runtime.** There is no task and no channel: callers drive the socket. Quickest is a current-thread runtime. On a
/// multi-thread runtime, spawn the callers: `block_on` itself runs on no worker, and each answer then costs a thread switch.
/// A client belongs to the runtime it connects on.
#[derive(Clone, Debug)]
pub struct Client {
    driver: Arc<Driver<Options>>,
}

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        Self { driver: Arc::new(Driver::new(options)) }
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub async fn connect(&self) -> Result<(), Error> {
        self.driver.connect().await
    }

    /// The octets of one item, of any length. A refusal is an error.
    pub async fn read(&self, span: Span) -> Result<Vec<u8>, Error> {
        self.driver.again(Attempt::Read(span), || Read::new(span)).await
    }
    /// Octets of a data block.
    pub async fn read_db(&self, db: u16, start: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(Span::db(db, start, len)).await
    }
    /// Many items, as few requests as they fit into, each with its own result.
    pub async fn read_many(&self, items: &[Span]) -> Result<Items, Error> {
        let merge = self.options().merge;
        self.driver.again(Attempt::ReadMany(items.len()), || ReadMany::new(items, merge)).await
    }
    /// Many items, after a plan that was kept.
    pub async fn read_planned(&self, plan: &Plan) -> Result<Items, Error> {
        self.driver.again(Attempt::ReadMany(plan.spans().len()), || ReadMany::planned(plan)).await
    }
    /// What `read_many` would ask. Keep it, and save the planning each time. Connects, for it is made for what was granted.
    pub async fn plan(&self, items: &[Span]) -> Result<Plan, Error> {
        let limits = self.limits().await?;
        Plan::reads(items, limits, self.options().merge)
            .map_err(|e| self.driver.error(Attempt::ReadMany(items.len()), e))
    }
    /// Writes one item, of any length. A refusal is an error.
    pub async fn write(&self, span: Span, data: &[u8]) -> Result<(), WriteError> {
        let items = [Write { span, data }];
        let report = self.change(Attempt::Write(span), &items).await?;
        match super::refusal(&report) {
            None => Ok(()),
            Some(e) => {
                let error = self.driver.error(Attempt::Write(span), e);
                Err(WriteError { report, error })
            }
        }
    }
    /// Writes many items, in their order, and says what became of each piece. That single items were refused is no error.
    pub async fn write_many(&self, items: &[Write<'_>]) -> Result<Report, WriteError> {
        self.change(Attempt::WriteMany(items.len()), items).await
    }
    /// A system state list with its head, for [`List`](hepta_proto::classic::szl::List) to read.
    pub async fn szl(&self, id: SzlId, index: u16) -> Result<Vec<u8>, Error> {
        self.driver.again(Attempt::Szl(id, index), || Szl::new(id, index)).await
    }
    /// Runs any operation, once: what it was made of is used up, so it is not asked again after a fault. Give `&mut op` to look
    /// at it afterwards, also after an error.
    pub async fn run<O: Operation>(&self, mut op: O) -> Result<O::Output, Error> {
        self.driver.once(Attempt::Run, &mut op).await.map(|()| op.finish())
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub async fn run_again<O: Operation>(&self, make: impl Fn() -> O) -> Result<O::Output, Error> {
        self.driver.again(Attempt::Run, make).await
    }

    /// What was agreed. Connects, if there is no connection.
    pub async fn limits(&self) -> Result<Limits, Error> {
        self.driver.up().await.map(|up| up.facts.limits)
    }
    /// What the transport granted. Connects, if there is no connection.
    pub async fn granted(&self) -> Result<Granted, Error> {
        self.driver.up().await.map(|up| up.facts.granted.clone())
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
    /// What the caller asked for cannot be.
    pub(crate) fn mistake(&self, attempt: Attempt, kind: ConfigError) -> Error {
        self.driver.error(attempt, kind)
    }
    /// The options it was made with.
    pub fn options(&self) -> &Options {
        self.driver.protocol()
    }
    /// Ends the connection politely, within a second. Calls in flight and later ones fail, until `connect`.
    pub async fn close(&self) {
        self.driver.close().await;
    }

    /// Writes, by their name.
    async fn change(&self, attempt: Attempt, items: &[Write<'_>]) -> Result<Report, WriteError> {
        let mut op = WriteMany::new(items);
        let done = match fills(items) {
            Err(e) => Err(self.driver.error(attempt, e)),
            Ok(()) => self.driver.once(attempt, &mut op).await,
        };
        let report = op.finish();
        match done {
            Ok(()) => Ok(report),
            Err(error) => Err(WriteError { report, error }),
        }
    }
}

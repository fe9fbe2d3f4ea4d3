//! The client without a runtime.
use super::fills;
use crate::driver::blocking::Driver;
use crate::error::{Attempt, ConfigError, Error, WriteError};
use crate::options::Options;
use crate::state::{Events, State};
use hepta_proto::classic::Limits;
use hepta_proto::classic::op::{Items, Plan, Read, ReadMany, Report, Span, Szl, Write, WriteMany};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::iso::Granted;
use hepta_proto::op::Operation;

/// A client of one CPU, for one caller: a thread, or many behind a mutex of theirs. No runtime inside.
///
/// **Connecting** is lazy: the first call does it, or [`connect`](Self::connect). After a fault the next call connects anew
/// ([`Reconnect`](crate::Reconnect)). Reads are asked again after a fault, as often as
/// [`read_retries`](Options::read_retries) says; what may change the PLC is never sent twice.
///
/// **Order.** Calls are carried out one after the other. Within one call, reads have several requests in flight; writes have one.
///
/// **Time.** A call that gets no answer within [`request_timeout`](Options::request_timeout) fails; its late answer is dropped
/// and never reaches another call. When two in a row fail so and nothing was heard in between, the connection is given up.
#[derive(Debug)]
pub struct Client {
    driver: Driver<Options>,
}

impl Client {
    /// A client that is not connected yet. Mistakes in the options are told by the first call.
    pub fn new(options: Options) -> Self {
        Self { driver: Driver::new(options) }
    }

    /// Connects now, if there is no connection. Opens a closed client again.
    pub fn connect(&mut self) -> Result<(), Error> {
        self.driver.connect()
    }

    /// The octets of one item, of any length. A refusal is an error.
    pub fn read(&mut self, span: Span) -> Result<Vec<u8>, Error> {
        self.driver.again(Attempt::Read(span), || Read::new(span))
    }
    /// Octets of a data block.
    pub fn read_db(&mut self, db: u16, start: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(Span::db(db, start, len))
    }
    /// Many items, as few requests as they fit into, each with its own result.
    pub fn read_many(&mut self, items: &[Span]) -> Result<Items, Error> {
        let merge = self.options().merge;
        self.driver.again(Attempt::ReadMany(items.len()), || ReadMany::new(items, merge))
    }
    /// Many items, after a plan that was kept.
    pub fn read_planned(&mut self, plan: &Plan) -> Result<Items, Error> {
        self.driver.again(Attempt::ReadMany(plan.spans().len()), || ReadMany::planned(plan))
    }
    /// What `read_many` would ask. Keep it, and save the planning each time. Connects, for it is made for what was granted.
    pub fn plan(&mut self, items: &[Span]) -> Result<Plan, Error> {
        let limits = self.limits()?;
        Plan::reads(items, limits, self.options().merge)
            .map_err(|e| self.driver.error(Attempt::ReadMany(items.len()), e))
    }
    /// Writes one item, of any length. A refusal is an error.
    pub fn write(&mut self, span: Span, data: &[u8]) -> Result<(), WriteError> {
        let report = self.change(Attempt::Write(span), &[Write { span, data }])?;
        match super::refusal(&report) {
            None => Ok(()),
            Some(e) => {
                let error = self.driver.error(Attempt::Write(span), e);
                Err(WriteError { report, error })
            }
        }
    }
    /// Writes many items, in their order, and says what became of each piece. That single items were refused is no error.
    pub fn write_many(&mut self, items: &[Write<'_>]) -> Result<Report, WriteError> {
        self.change(Attempt::WriteMany(items.len()), items)
    }
    /// A system state list with its head, for [`List`](hepta_proto::classic::szl::List) to read.
    pub fn szl(&mut self, id: SzlId, index: u16) -> Result<Vec<u8>, Error> {
        self.driver.again(Attempt::Szl(id, index), || Szl::new(id, index))
    }
    /// Runs any operation, once: what it was made of is used up, so it is not asked again after a fault. Give `&mut op` to look
    /// at it afterwards, also after an error.
    pub fn run<O: Operation>(&mut self, mut op: O) -> Result<O::Output, Error> {
        self.driver.once(Attempt::Run, &mut op).map(|()| op.finish())
    }
    /// Runs an operation that changes nothing, made anew for each attempt.
    pub fn run_again<O: Operation>(&mut self, make: impl Fn() -> O) -> Result<O::Output, Error> {
        self.driver.again(Attempt::Run, make)
    }
    /// Asks the CPU whether it is there, with the cheapest job. Any answer counts, also a refusal.
    pub fn beat(&mut self) -> Result<(), Error> {
        self.driver.beat()
    }

    /// What was agreed. Connects, if there is no connection.
    pub fn limits(&mut self) -> Result<Limits, Error> {
        self.driver.facts().map(|facts| facts.limits)
    }
    /// What the transport granted. Connects, if there is no connection.
    pub fn granted(&mut self) -> Result<Granted, Error> {
        self.driver.facts().map(|facts| facts.granted.clone())
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
        self.driver.protocol()
    }
    /// Ends the connection politely, within a second. Later calls fail, until `connect`.
    pub fn close(&mut self) {
        self.driver.close();
    }

    /// What the caller asked for cannot be.
    pub(crate) fn mistake(&self, attempt: Attempt, kind: ConfigError) -> Error {
        self.driver.error(attempt, kind)
    }

    /// Writes, by their name.
    fn change(&mut self, attempt: Attempt, items: &[Write<'_>]) -> Result<Report, WriteError> {
        let mut op = WriteMany::new(items);
        let done = match fills(items) {
            Err(e) => Err(self.driver.error(attempt, e)),
            Ok(()) => self.driver.once(attempt, &mut op),
        };
        let report = op.finish();
        match done {
            Ok(()) => Ok(report),
            Err(error) => Err(WriteError { report, error }),
        }
    }
}

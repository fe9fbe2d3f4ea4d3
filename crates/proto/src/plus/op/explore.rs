//! Objects and what they hold.
use super::{Operation, Ticket, Want, accepted, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::client::{Draft, Peer};
use crate::plus::message::{Ask, Reply, Response, ask};
use crate::plus::object::Object;
use alloc::vec::Vec;

/// Explores one object, by one request. The answer may be long: [`Peer`] says how long at the most.
#[derive(Debug)]
pub struct Explore<'a> {
    ask: ask::Explore<'a>,
    asked: bool,
    objects: Vec<Object>,
}

impl<'a> Explore<'a> {
    /// As `ask` says.
    pub const fn new(ask: ask::Explore<'a>) -> Self {
        Self { ask, asked: false, objects: Vec::new() }
    }
}

impl Operation for Explore<'_> {
    type Output = Vec<Object>;
    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }
    fn write(&mut self, _: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        draft.ask(&Ask::Explore(self.ask.clone()));
        self.asked = true;
        Ok(ticket(0))
    }
    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        let function = response.head.function;
        let Reply::Explore(reply) = accepted(response)? else { return Err(Unexpected::Reply(function).into()) };
        self.objects = reply.objects;
        Ok(())
    }
    fn finish(self) -> Vec<Object> {
        self.objects
    }
    fn changes(&self) -> bool {
        false
    }
}

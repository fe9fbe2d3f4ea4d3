//! Attributes of one object.
use super::{Operation, Ticket, Want, accepted, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::client::{Draft, Peer};
use crate::plus::message::ask::GetMultiVariables;
use crate::plus::message::{Addresses, Ask, Reply, Response};
use crate::plus::outcome::ReturnValue;
use crate::plus::qualifier::Qualifier;
use crate::plus::value::Value;
use alloc::vec;
use alloc::vec::Vec;

/// Reads attributes of one object, each with its own result, by one request.
#[derive(Debug)]
pub struct Attributes<'a> {
    object: u32,
    ids: &'a [u32],
    asked: bool,
    results: Vec<Option<Result<Value, ReturnValue>>>,
}

impl<'a> Attributes<'a> {
    /// Attributes `ids` of the object with that relation id, not 0.
    pub fn new(object: u32, ids: &'a [u32]) -> Self {
        Self { object, ids, asked: ids.is_empty(), results: vec![None; ids.len()] }
    }
}

impl Operation for Attributes<'_> {
    type Output = Vec<Option<Result<Value, ReturnValue>>>;
    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }
    fn write(&mut self, _: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let addresses = Addresses::ids(self.object, self.ids);
        draft.ask(&Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() }));
        self.asked = true;
        Ok(ticket(0))
    }
    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        let function = response.head.function;
        let Reply::GetMultiVariables(reply) = accepted(response)? else {
            return Err(Unexpected::Reply(function).into());
        };
        let values = reply.values.into_owned().into_iter().map(|(number, value)| (number, Ok(value)));
        let failures = reply.failures.iter().map(|(number, failure)| (*number, Err(*failure)));
        for (number, result) in values.chain(failures) {
            let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            let place = at.and_then(|at| self.results.get_mut(at));
            *place.ok_or(Unexpected::Item(number))? = Some(result);
        }
        Ok(())
    }
    /// One for each id; `None`: the CPU says nothing of it.
    fn finish(self) -> Self::Output {
        self.results
    }
    fn changes(&self) -> bool {
        false
    }
}

//! One attribute of one object, of any length; and the end of an object.
use super::{Operation, Ticket, Want, accepted, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::client::{Draft, Peer};
use crate::plus::message::ask::{DeleteObject, GetVarSubStreamed, SetVariable};
use crate::plus::message::{Ask, Reply, Response};
use crate::plus::outcome::ReturnValue;
use crate::plus::qualifier::Qualifier;
use crate::plus::value::Value;
use alloc::borrow::Cow;

/// Reads one attribute: `GetVarSubStreamed`.
#[derive(Debug)]
pub struct Get<'a> {
    object: Option<u32>,
    path: &'a [u32],
    asked: bool,
    value: Option<Value>,
}

impl<'a> Get<'a> {
    /// The attribute that `path` starts with, of the object with that relation id; what follows leads into its structure.
    pub const fn new(object: u32, path: &'a [u32]) -> Self {
        Self { object: Some(object), path, asked: false, value: None }
    }
    /// An attribute of the own session.
    pub const fn of_session(path: &'a [u32]) -> Self {
        Self { object: None, path, asked: false, value: None }
    }
}

impl Operation for Get<'_> {
    type Output = Value;
    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let object = self.object.unwrap_or(peer.session);
        draft.ask(&Ask::GetVarSubStreamed(GetVarSubStreamed::new(object, self.path)));
        self.asked = true;
        Ok(ticket(0))
    }
    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        let function = response.head.function;
        let Reply::GetVarSubStreamed(reply) = accepted(response)? else {
            return Err(Unexpected::Reply(function).into());
        };
        self.value = Some(reply.value);
        Ok(())
    }
    fn finish(self) -> Value {
        self.value.unwrap_or_default()
    }
    fn changes(&self) -> bool {
        false
    }
}

/// Writes one attribute: `SetVariable`. What is not failed by the CPU is a result: some codes above 0 say more.
#[derive(Debug)]
pub struct Set {
    object: u32,
    id: u32,
    value: Value,
    asked: bool,
    outcome: ReturnValue,
}

impl Set {
    /// Attribute `id` of the object with that relation id.
    pub const fn new(object: u32, id: u32, value: Value) -> Self {
        Self { object, id, value, asked: false, outcome: ReturnValue(0) }
    }
}

impl Operation for Set {
    type Output = ReturnValue;
    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }
    fn write(&mut self, _: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let (object, ids) = (self.object, [self.id]);
        let value = self.value.clone();
        draft.ask(&Ask::SetVariable(SetVariable {
            object,
            ids: Cow::Borrowed(&ids),
            value,
            qualifier: Qualifier::default(),
        }));
        self.asked = true;
        Ok(ticket(0))
    }
    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.outcome = response.outcome;
        accepted(response).map(drop)
    }
    fn finish(self) -> ReturnValue {
        self.outcome
    }
}

/// Deletes an object of the own session: a subscription.
#[derive(Debug)]
pub struct Delete {
    object: u32,
    asked: bool,
}

impl Delete {
    /// The object with that relation id.
    pub const fn new(object: u32) -> Self {
        Self { object, asked: false }
    }
}

impl Operation for Delete {
    type Output = ();
    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }
    fn write(&mut self, _: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        draft.ask(&Ask::DeleteObject(DeleteObject { object: self.object, qualifier: Some(Qualifier::default()) }));
        self.asked = true;
        Ok(ticket(0))
    }
    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        accepted(response).map(drop)
    }
    fn finish(self) {}
}

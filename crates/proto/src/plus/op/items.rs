//! Reading many variables.
use super::{Operation, Ticket, Want, index, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::address::ItemAddress;
use crate::plus::client::{Draft, Peer};
use crate::plus::code::ErrorCode;
use crate::plus::message::ask::GetMultiVariables;
use crate::plus::message::{Addresses, Ask, Reply, Response};
use crate::plus::outcome::ReturnValue;
use crate::plus::qualifier::Qualifier;
use crate::plus::value::Value;
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Octets of a request around its addresses at their widest: head 14, object 4, two counts, qualifier 23, integrity id, fill.
const AROUND: usize = 14 + 4 + 5 + 5 + 23 + 5 + 4;

/// Reads many variables, as few requests as the CPU's limits and one frame allow, each item with its own result.
///
/// A CPU that says that it has no memory for a request is asked for the halves of it.
#[derive(Debug)]
pub struct ReadItems<'a> {
    items: Cow<'a, [ItemAddress]>,
    /// Octets that the answer to each item takes at the most, if that is known: then one answer is kept below `ANSWER`.
    sizes: Option<Vec<usize>>,
    todo: Vec<Range<usize>>,
    asked: Vec<Range<usize>>,
    results: Vec<Option<Result<Value, ReturnValue>>>,
}

/// Octets of one answer that is asked for knowingly. An answer may be longer than a frame, but not without end: sixteen frames
/// are what our own emulated CPU and real ones have been seen to give. More requests are in flight instead.
const ANSWER: usize = 16 * 1024;

impl<'a> ReadItems<'a> {
    /// Of these addresses.
    pub fn new(items: impl Into<Cow<'a, [ItemAddress]>>) -> Self {
        let items = items.into();
        let (count, whole) = (items.len(), 0..items.len());
        let todo = if items.is_empty() { vec![] } else { vec![whole] };
        Self { items, sizes: None, todo, asked: vec![], results: vec![None; count] }
    }
    /// The same, and the octets that each answer takes.
    pub(super) fn sized(items: Vec<ItemAddress>, sizes: Vec<usize>) -> Self {
        Self { sizes: Some(sizes), ..Self::new(items) }
    }

    /// How many of `range` go into one request.
    fn fit(&self, range: &Range<usize>, peer: &Peer) -> usize {
        let most = usize::try_from(peer.limits.reads).unwrap_or(usize::MAX).max(1);
        let (mut octets, mut answer, mut n) = (AROUND, 0, 0);
        for at in range.clone().take(most) {
            let Some(item) = self.items.get(at) else { break };
            octets += item.octets();
            answer += self.sizes.as_ref().and_then(|sizes| sizes.get(at)).copied().unwrap_or(0);
            if n > 0 && (octets > peer.limits.room || answer > ANSWER) {
                break;
            }
            n += 1;
        }
        n
    }
}

impl Operation for ReadItems<'_> {
    type Output = Vec<Result<Value, ReturnValue>>;

    fn want(&self) -> Want {
        if self.todo.is_empty() { Want::Nothing } else { Want::Ask }
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let Some(range) = self.todo.pop() else { return Ok(ticket(self.asked.len())) };
        let end = range.start + self.fit(&range, peer);
        if end < range.end {
            self.todo.push(end..range.end);
        }
        let batch = range.start..end;
        let addresses = Addresses::items(self.items.get(batch.clone()).unwrap_or_default());
        draft.ask(&Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() }));
        self.asked.push(batch);
        Ok(ticket(self.asked.len() - 1))
    }

    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        let batch = self.asked.get(index(ticket)).cloned().unwrap_or_default();
        let (function, outcome) = (response.head.function, response.outcome);
        if outcome.failed() {
            if batch.len() > 1 && too_much(outcome) {
                let middle = batch.start + batch.len() / 2;
                self.todo.extend([middle..batch.end, batch.start..middle]);
                return Ok(());
            }
            // Some CPUs fail the whole for the sake of one item, and say so below.
            if !matches!(response.reply, Reply::GetMultiVariables(_)) {
                return Err(Error::Returned { function, outcome });
            }
        }
        let Reply::GetMultiVariables(reply) = response.reply else {
            return Err(Unexpected::Reply(function).into());
        };
        let mut put = |number: u32, result| {
            let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).filter(|at| *at < batch.len());
            let place = at.and_then(|at| self.results.get_mut(batch.start + at));
            match place {
                Some(place @ None) => *place = Some(result),
                // Twice, or never asked for: there is no telling which of the answers is whose.
                _ => return Err(Error::from(Unexpected::Item(number))),
            }
            Ok(())
        };
        reply.values.into_owned().into_iter().try_for_each(|(number, value)| put(number, Ok(value)))?;
        reply.failures.iter().try_for_each(|(number, failure)| put(*number, Err(*failure)))?;
        let missing = self.results.get(batch).unwrap_or_default().iter().position(Option::is_none);
        match missing {
            None => Ok(()),
            Some(_) if outcome.failed() => Err(Error::Returned { function, outcome }),
            Some(at) => Err(Unexpected::NoItem(u32::try_from(at + 1).unwrap_or(u32::MAX)).into()),
        }
    }

    fn finish(self) -> Self::Output {
        // Every batch was answered whole, or `take` has ended the operation.
        let unknown = Err(ReturnValue::of(ErrorCode::InfoNotAvailable));
        self.results.into_iter().map(|result| result.unwrap_or_else(|| unknown.clone())).collect()
    }

    fn changes(&self) -> bool {
        false
    }
}

/// Does the CPU say that less at a time would do?
fn too_much(outcome: ReturnValue) -> bool {
    matches!(
        outcome.code(),
        ErrorCode::NotEnoughMemoryAvailable | ErrorCode::SystemLimitExceeded | ErrorCode::MessageTemporarilyOutOfResources
    )
}

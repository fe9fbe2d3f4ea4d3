//! Reading many variables.
use super::{Operation, Ticket, Want, index, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::address::{ItemAddress, Qualifier};
use crate::plus::client::{Draft, Peer};
use crate::plus::code::ErrorCode;
use crate::plus::message::ask::GetMultiVariables;
use crate::plus::message::{Addresses, Ask, Reply, Response};
use crate::plus::outcome::ReturnValue;
use crate::plus::value::Value;
use alloc::borrow::Cow;
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
    batches: Batches<Value>,
}

impl<'a> ReadItems<'a> {
    /// Of these addresses.
    pub fn new(items: impl Into<Cow<'a, [ItemAddress]>>) -> Self {
        let items = items.into();
        let batches = Batches::new(items.len());
        Self { items, batches }
    }
}

impl Operation for ReadItems<'_> {
    type Output = Vec<Result<Value, ReturnValue>>;

    fn want(&self) -> Want {
        self.batches.want()
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let Self { items, batches } = self;
        Ok(batches.ask(|rest| {
            let rest = items.get(rest).unwrap_or_default();
            // What comes back nobody knows.
            let n = fit(rest.iter().map(|item| (super::octets(item), 0)), peer);
            ask(rest.get(..n).unwrap_or_default(), draft);
            n
        }))
    }

    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.batches.take(ticket, response, |_, value| Ok(value))
    }

    fn finish(self) -> Self::Output {
        self.batches.finish()
    }

    fn changes(&self) -> bool {
        false
    }
}

/// Octets of one answer that is asked for knowingly. An answer may be longer than a frame, but not without end: sixteen frames
/// are what our own emulated CPU and real ones have been seen to give. More requests are in flight instead.
const ANSWER: usize = 16 * 1024;

/// How many of these go into one request, the first in any case: octets of each address, and of the answer to it.
pub(super) fn fit(items: impl Iterator<Item = (usize, usize)>, peer: &Peer) -> usize {
    let most = usize::try_from(peer.limits.reads).unwrap_or(usize::MAX).max(1);
    let (mut request, mut answer, mut n) = (AROUND, 0, 0);
    for (address, value) in items.take(most) {
        request += address;
        answer += value;
        if n > 0 && (request > peer.limits.room || answer > ANSWER) {
            break;
        }
        n += 1;
    }
    n
}

/// Asks for these at once.
pub(super) fn ask(items: &[ItemAddress], draft: &mut Draft<'_>) {
    let addresses = Addresses::items(items);
    draft.ask(&Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() }));
}

/// Items by their index: which of them are still to be asked for, which were asked for together, and what came of each.
#[derive(Debug)]
pub(super) struct Batches<T> {
    /// Nobody has asked for these yet.
    rest: Range<usize>,
    /// Parts of what was too much at once. They come first, the last one before the others.
    again: Vec<Range<usize>>,
    asked: Vec<Range<usize>>,
    results: Vec<Option<Result<T, ReturnValue>>>,
}

impl<T> Batches<T> {
    pub(super) fn new(count: usize) -> Self {
        let mut results = Vec::new();
        results.resize_with(count, || None);
        Self { rest: 0..count, again: Vec::new(), asked: Vec::new(), results }
    }

    pub(super) fn want(&self) -> Want {
        if self.rest.is_empty() && self.again.is_empty() { Want::Nothing } else { Want::Ask }
    }

    /// `ask` is shown what comes next, and says how many of them it has asked for, one at least.
    pub(super) fn ask(&mut self, ask: impl FnOnce(Range<usize>) -> usize) -> Ticket {
        if self.want() == Want::Ask {
            let place = self.again.last_mut().unwrap_or(&mut self.rest);
            let Range { start, end } = *place;
            place.start = start.saturating_add(ask(start..end)).min(end);
            self.asked.push(start..place.start);
            self.again.pop_if(|part| part.start == part.end);
        }
        ticket(self.asked.len().saturating_sub(1))
    }

    /// Puts what came where it belongs. `make` is given the index of an item and its value.
    pub(super) fn take(
        &mut self,
        ticket: Ticket,
        response: Response<'_>,
        make: impl Fn(usize, Value) -> Result<T, ReturnValue>,
    ) -> Result<(), Error> {
        let batch = self.asked.get(index(ticket)).cloned().unwrap_or_default();
        let (function, outcome) = (response.head.function, response.outcome);
        if outcome.failed() {
            if batch.len() > 1 && too_much(outcome) {
                let middle = batch.start + batch.len() / 2;
                self.again.extend([middle..batch.end, batch.start..middle]);
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
        let results = self.results.get_mut(batch.clone()).unwrap_or_default();
        let mut put = |number: u32, result: Result<Value, ReturnValue>| {
            let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            match at.and_then(|at| results.get_mut(at).map(|place| (batch.start + at, place))) {
                Some((at, place @ None)) => *place = Some(result.and_then(|value| make(at, value))),
                // Twice, or never asked for: there is no telling which of the answers is whose.
                _ => return Err(Error::from(Unexpected::Item(number))),
            }
            Ok(())
        };
        reply.values.into_owned().into_iter().try_for_each(|(number, value)| put(number, Ok(value)))?;
        reply.failures.iter().try_for_each(|(number, failure)| put(*number, Err(*failure)))?;
        match results.iter().position(Option::is_none) {
            None => Ok(()),
            Some(_) if outcome.failed() => Err(Error::Returned { function, outcome }),
            Some(at) => Err(Unexpected::NoItem(u32::try_from(at + 1).unwrap_or(u32::MAX)).into()),
        }
    }

    pub(super) fn finish(self) -> Vec<Result<T, ReturnValue>> {
        // Every batch was answered whole, or `take` has ended the operation.
        let unknown = || Err(ReturnValue::of(ErrorCode::InfoNotAvailable));
        self.results.into_iter().map(|result| result.unwrap_or_else(unknown)).collect()
    }
}

/// Does the CPU say that less at a time would do?
fn too_much(outcome: ReturnValue) -> bool {
    matches!(
        outcome.code(),
        ErrorCode::NotEnoughMemoryAvailable
            | ErrorCode::SystemLimitExceeded
            | ErrorCode::MessageTemporarilyOutOfResources
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plus::code::Function;
    use crate::plus::header;
    use crate::plus::message::{Tail, reply};
    use crate::plus::value::Data;
    use alloc::vec;

    fn answer(outcome: ReturnValue, reply: Reply<'static>) -> Response<'static> {
        let head = header::Request::new(Function::GetMultiVariables, 1, 1).response();
        Response { head, outcome, extension: None, reply, tail: Tail::PLAIN }
    }
    /// Values from `first` on, numbered from 1.
    fn values(first: u32, count: u32) -> Response<'static> {
        let values = (1..=count).map(|n| (n, Value::from(first + n - 1))).collect();
        let failures = Cow::Owned(vec![]);
        let reply = reply::GetMultiVariables { values: Cow::Owned(values), failures };
        answer(ReturnValue::OK, Reply::GetMultiVariables(reply))
    }
    fn number(_: usize, value: Value) -> Result<u32, ReturnValue> {
        match value.into_data() {
            Data::UDInt(number) => Ok(number),
            _ => Err(ReturnValue::INVALID_TYPE),
        }
    }

    #[test]
    fn what_is_too_much_is_asked_for_in_halves_before_the_rest() {
        let mut batches = Batches::new(9);
        let ask = |batches: &mut Batches<u32>, next: Range<usize>, n| {
            batches.ask(|shown| {
                assert_eq!(shown, next);
                n
            })
        };
        let first = ask(&mut batches, 0..9, 5);
        let much = answer(ReturnValue::of(ErrorCode::NotEnoughMemoryAvailable), Reply::Done);
        batches.take(first, much, number).unwrap();
        let low = ask(&mut batches, 0..2, 2);
        let high = ask(&mut batches, 2..5, 1);
        let more = ask(&mut batches, 3..5, 2);
        let rest = ask(&mut batches, 5..9, 4);
        assert_eq!(batches.want(), Want::Nothing);
        for (ticket, start, count) in [(rest, 5, 4), (high, 2, 1), (low, 0, 2), (more, 3, 2)] {
            batches.take(ticket, values(start, count), number).unwrap();
        }
        assert_eq!(batches.finish(), (0..9).map(Ok).collect::<Vec<Result<u32, ReturnValue>>>());
    }

    #[test]
    fn answers_that_are_not_those_asked_for_are_errors() {
        let take = |response| {
            let mut batches = Batches::new(3);
            let ticket = batches.ask(|_| 2);
            batches.take(ticket, response, number).map(|()| batches.finish())
        };
        assert_eq!(take(values(7, 1)), Err(Error::from(Unexpected::NoItem(2))));
        assert_eq!(take(values(7, 3)), Err(Error::from(Unexpected::Item(3))));
        let twice = vec![(1, Value::from(1_u32)), (1, Value::from(1_u32))];
        let reply = reply::GetMultiVariables { values: Cow::Owned(twice), failures: Cow::Owned(vec![]) };
        let twice = answer(ReturnValue::OK, Reply::GetMultiVariables(reply));
        assert_eq!(take(twice), Err(Error::from(Unexpected::Item(1))));
        // The third was never asked for.
        let unknown = ReturnValue::of(ErrorCode::InfoNotAvailable);
        assert_eq!(take(values(7, 2)), Ok(vec![Ok(7), Ok(8), Err(unknown)]));
    }
}

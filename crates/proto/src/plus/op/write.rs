//! Writing many variables.
use super::{Operation, Ticket, Want, index, ticket};
use crate::error::{Error, Unexpected};
use crate::plus::address::ItemAddress;
use crate::plus::client::{Draft, Peer};
use crate::plus::message::ask::SetMultiVariables;
use crate::plus::message::{Addresses, Ask, Reply, Response};
use crate::plus::outcome::ReturnValue;
use crate::plus::qualifier::Qualifier;
use crate::plus::value::Value;
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Octets of a request around its addresses and values at their widest.
const AROUND: usize = 14 + 4 + 5 + 5 + 1 + 23 + 5 + 4;

/// What to write where.
pub type Item = (ItemAddress, Value);

/// What became of one item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The CPU has confirmed it.
    Written,
    /// The CPU has refused it.
    Refused(ReturnValue),
    /// It was sent, and no answer came: it may be written or not.
    Unknown,
    /// It was never sent.
    NotSent,
}

/// Writes many variables, in their order, as few requests as the CPU's limits and one frame allow; one request at a time.
#[derive(Debug)]
pub struct WriteItems {
    addresses: Vec<ItemAddress>,
    values: Vec<(u32, Value)>,
    octets: Vec<usize>,
    next: usize,
    asked: Vec<Range<usize>>,
    waiting: bool,
    /// One item a request, and none behind one that was refused.
    single: bool,
    outcomes: Vec<Outcome>,
}

impl WriteItems {
    /// Of these items.
    pub fn new(items: impl IntoIterator<Item = Item>) -> Self {
        let (addresses, values): (Vec<_>, Vec<_>) =
            items.into_iter().map(|(address, value)| (address, (0, value))).unzip();
        let mut scratch = Vec::new();
        let octets = addresses.iter().zip(&values).map(|(address, (_, value)): (&ItemAddress, &(u32, Value))| {
            scratch.clear();
            value.write_to(&mut scratch);
            // With its number.
            address.octets() + 2 + scratch.len()
        });
        let octets = octets.collect();
        let outcomes = vec![Outcome::NotSent; addresses.len()];
        Self { addresses, values, octets, next: 0, asked: vec![], waiting: false, single: false, outcomes }
    }
    /// One item a request, and nothing behind the first that is refused.
    pub(super) fn one_by_one(self) -> Self {
        Self { single: true, ..self }
    }

    fn fit(&self, peer: &Peer) -> usize {
        let most = usize::try_from(peer.limits.writes).unwrap_or(usize::MAX);
        let most = if self.single { 1 } else { most.max(1) };
        let (mut octets, mut n) = (AROUND, 0);
        for item in self.octets.iter().skip(self.next).take(most) {
            octets += item;
            if n > 0 && octets > peer.limits.room {
                break;
            }
            n += 1;
        }
        n
    }
}

impl Operation for WriteItems {
    type Output = Vec<Outcome>;

    fn want(&self) -> Want {
        if self.waiting || self.next >= self.addresses.len() { Want::Nothing } else { Want::Ask }
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let batch = self.next..self.next + self.fit(peer);
        let values = self.values.get_mut(batch.clone()).unwrap_or_default();
        for ((number, _), n) in values.iter_mut().zip(1..) {
            *number = n;
        }
        let addresses = Addresses::items(self.addresses.get(batch.clone()).unwrap_or_default());
        let values = Cow::Borrowed(&*values);
        draft.ask(&Ask::SetMultiVariables(SetMultiVariables { addresses, values, qualifier: Qualifier::default() }));
        self.outcomes.get_mut(batch.clone()).unwrap_or_default().fill(Outcome::Unknown);
        (self.next, self.waiting) = (batch.end, true);
        self.asked.push(batch);
        Ok(ticket(self.asked.len() - 1))
    }

    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.waiting = false;
        let batch = self.asked.get(index(ticket)).cloned().unwrap_or_default();
        let listed = match response.reply {
            Reply::SetMultiVariables(reply) => reply.failures,
            // A refusal may say nothing more.
            _ if response.outcome.failed() => Cow::Borrowed(&[][..]),
            _ => return Err(Unexpected::Reply(response.head.function).into()),
        };
        let rest = if response.outcome.failed() && listed.is_empty() {
            Outcome::Refused(response.outcome)
        } else {
            Outcome::Written
        };
        let outcomes = self.outcomes.get_mut(batch).unwrap_or_default();
        for (number, _) in listed.iter() {
            // Who names an item that was not in the request means another one, and there is no telling which.
            if usize::try_from(*number).map_or(true, |n| n == 0 || n > outcomes.len()) {
                return Err(Unexpected::Item(*number).into());
            }
        }
        outcomes.fill(rest);
        for (number, failure) in listed.iter() {
            let at = usize::try_from(*number).ok().and_then(|n| n.checked_sub(1));
            if let Some(outcome) = at.and_then(|at| outcomes.get_mut(at)) {
                // In the list, it is no success, whatever the number says.
                *outcome = Outcome::Refused(*failure);
            }
        }
        if self.single && outcomes.iter().any(|outcome| *outcome != Outcome::Written) {
            self.next = self.addresses.len();
        }
        Ok(())
    }

    fn finish(self) -> Vec<Outcome> {
        self.outcomes
    }
}

//! Operations: what is asked of a CPU by S7CommPlus, as values. No I/O, so every driver shares them.
mod attributes;
mod block;
mod browse;
mod explore;
mod items;
mod lookup;
mod stamp;
mod variable;
mod write;

pub use attributes::Attributes;
pub use block::{ReadBlock, Span, WriteBlock, Written};
pub use browse::{Browse, BrowseOptions, Progress, Tell};
pub use explore::Explore;
pub use items::ReadItems;
pub use lookup::Lookup;
pub use stamp::ReadStamp;
pub use variable::{Delete, Get, Set};
pub use write::{Item, Outcome, WriteItems};

use super::client::{Draft, Peer};
use super::message::{Context, Response};
use crate::error::Error;
pub use crate::op::{Ticket, Want};
use crate::plus::address::ItemAddress;
use crate::plus::vlq;

/// A question to the CPU, of one request or of thousands, as a value. It lives as the operations of classic S7 do: see
/// [`crate::op::Operation`]. What comes in for it are responses alone; notifications go elsewhere and disturb nothing.
pub trait Operation {
    /// What the caller gets.
    type Output;

    /// What it needs now: `Ask`, or `Nothing` but the answers to what it has asked. Changes nothing.
    fn want(&self) -> Want;

    /// Writes one request into `draft`. An error sends nothing and ends the operation.
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error>;

    /// Makes something of the response to the request with this ticket. That the CPU failed the request as a whole is for the
    /// operation to judge: [`Response::outcome`].
    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error>;

    /// Makes something of the response as it came, before it is read; `None` leaves it to [`Self::take`], which is what almost all
    /// do. For answers of many megabytes, of which no second copy is wanted.
    fn message(&mut self, ticket: Ticket, message: &[u8], cx: Context) -> Option<Result<(), Error>> {
        let _ = (ticket, message, cx);
        None
    }

    /// So many octets of the response to a request that is watched ([`Draft::watch`]) are here, and more will come.
    fn progress(&mut self, ticket: Ticket, octets: usize) {
        let _ = (ticket, octets);
    }

    /// The result.
    fn finish(self) -> Self::Output;

    /// May it change the PLC? Then a driver asks its write gate first, and never sends it twice. Reads say `false`; what says
    /// nothing is taken for a change.
    fn changes(&self) -> bool {
        true
    }
}

/// A borrowed operation is one, too: a driver may run it and leave its result to the caller, also after an error.
impl<O: Operation> Operation for &mut O {
    type Output = ();
    fn want(&self) -> Want {
        (**self).want()
    }
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        (**self).write(peer, draft)
    }
    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        (**self).take(ticket, response)
    }
    fn message(&mut self, ticket: Ticket, message: &[u8], cx: Context) -> Option<Result<(), Error>> {
        (**self).message(ticket, message, cx)
    }
    fn progress(&mut self, ticket: Ticket, octets: usize) {
        (**self).progress(ticket, octets);
    }
    fn finish(self) {}
    fn changes(&self) -> bool {
        (**self).changes()
    }
}

/// The reply, unless the CPU failed the whole request.
pub(super) fn accepted(response: Response<'_>) -> Result<super::message::Reply<'_>, Error> {
    if response.outcome.failed() {
        return Err(Error::Returned { function: response.head.function, outcome: response.outcome });
    }
    Ok(response.reply)
}

/// An index as a ticket. More requests than that never fit one operation.
pub(super) fn ticket(index: usize) -> Ticket {
    Ticket(u32::try_from(index).unwrap_or(u32::MAX))
}

/// A ticket as an index.
pub(super) fn index(ticket: Ticket) -> usize {
    usize::try_from(ticket.0).unwrap_or(usize::MAX)
}

/// Octets that an address takes in a request.
fn octets(address: &ItemAddress) -> usize {
    let ItemAddress { crc, area, sub_area, lids } = address;
    // Counts of LIDs above 126 take an octet more; nobody has paths that long.
    let ids: usize = lids.iter().map(|lid| vlq::len_u32(*lid)).sum();
    vlq::len_u32(*crc) + vlq::len_u32(*area) + 2 + vlq::len_u32(*sub_area) + ids
}

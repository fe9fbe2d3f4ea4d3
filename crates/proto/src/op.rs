//! Operations: what to ask, and what to make of the answers. No I/O, so every driver shares them.
use crate::classic::{Draft, ErrorCode, Limits, Pdu, vars::Function};
use crate::error::{Error, Unexpected};

/// An operation's own name for one of its requests: an index, an offset, whatever makes the answer find its place. The machine
/// keeps it and hands it back; two of one operation may be equal.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ticket(pub u32);

/// What an operation needs now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Want {
    /// To send a request, as soon as the agreed number of jobs has room.
    Ask,
    /// To send its answer to a job of the peer. That needs no room.
    Answer,
    /// To be given what the peer sends of itself: jobs (a block download), notifications (a subscription).
    Listen,
    /// Nothing but the replies to what it has asked; with none of those open, it is finished.
    Nothing,
}

/// What comes in for an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// The reply to the request with this ticket, in any order.
    Reply(Ticket, Pdu<'a>),
    /// A job of the peer; its reference goes into the answer.
    Job(Pdu<'a>),
}

/// A question to the PLC, of one request or of thousands, as a value.
///
/// It is driven by its caller and lives on the caller's stack: it needs no box, may borrow, and dropping it is always safe, for
/// whatever comes for it later is discarded by reference. The life of an operation is
///
/// 1. `want`, as often as the driver likes: it changes nothing;
/// 2. after `Ask` or `Answer`, one `write`; again from 1 while there is room, so several requests are in flight;
/// 3. `take`, once for each event, **in any order**; then from 1;
/// 4. `finish`, once it wants `Nothing` and every request has been answered. The driver counts them; the operation need not.
///
/// `take` returns an error to end the whole operation. That one item was refused is no error but part of the output.
/// After an error `finish` may be called all the same: operations that change the PLC say there how far they came.
pub trait Operation {
    /// What the caller gets.
    type Output;

    /// What it needs now. Must become `Nothing` at some time, or follow from a `take`.
    fn want(&self) -> Want;

    /// Writes one message into `draft`, no longer than `limits` allow: `job`, `userdata` or `answer` first, then the parameter,
    /// then `data`. An error sends nothing and ends the operation: what it was made of cannot be asked.
    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error>;

    /// Makes something of what came in.
    fn take(&mut self, event: Event<'_>) -> Result<(), Error>;

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
    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        (**self).write(limits, draft)
    }
    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        (**self).take(event)
    }
    fn finish(self) {}
    fn changes(&self) -> bool {
        (**self).changes()
    }
}

impl<'a> Event<'a> {
    /// The reply that all but the listening operations wait for, unless the PLC refused.
    #[inline]
    pub fn reply(self) -> Result<(Ticket, Pdu<'a>), Error> {
        match self {
            Self::Reply(_, Pdu { error, .. }) if error != ErrorCode::Ok => Err(Error::Refused(error)),
            Self::Reply(ticket, pdu) => Ok((ticket, pdu)),
            Self::Job(pdu) => Err(Unexpected::Job(Function(pdu.param.first().copied().unwrap_or(0))).into()),
        }
    }
}

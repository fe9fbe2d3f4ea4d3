//! Read a range of any length: as many jobs as it takes, as many at a time as were agreed.
use super::plan::Span;
use crate::classic::vars::{DataItem, Function};
use crate::classic::{Draft, Limits, ReturnCode};
use crate::error::{Error, Unexpected};
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::Wire;
use alloc::vec::Vec;

/// Reads the octets of one span. The ticket of a request is its place in the result, so replies may come in any order.
#[derive(Debug)]
pub struct Read {
    span: Span,
    asked: usize,
    /// Octets of each piece but the last, and where the last starts: what an answer is held against. The last may be the
    /// longest, for the others end with a whole unit.
    step: usize,
    last: usize,
    /// Grows with what is answered, so a length that is a slip of the pen costs nothing.
    got: Vec<u8>,
}

/// Octets there is room for from the first answer on: the longest data block.
const BLOCK: usize = 65_536;

impl Read {
    /// All of `span`, cut between its units.
    pub fn new(span: Span) -> Self {
        Self { span, asked: 0, step: 0, last: 0, got: Vec::new() }
    }
}

impl Read {
    /// Octets of all of it.
    const fn whole(&self) -> usize {
        self.span.len as usize
    }

    /// Puts an answer into its place. Most come in order.
    fn place(&mut self, at: usize, data: &[u8]) {
        if self.got.capacity() == 0 {
            self.got.reserve_exact(self.whole().min(BLOCK));
        }
        if at == self.got.len() {
            self.got.extend_from_slice(data);
            return;
        }
        let end = at + data.len();
        if self.got.len() < end {
            self.got.resize(end, 0);
        }
        if let Some(place) = self.got.get_mut(at..end) {
            place.copy_from_slice(data);
        }
    }
}

impl Operation for Read {
    type Output = Vec<u8>;

    fn want(&self) -> Want {
        if self.asked < self.whole() { Want::Ask } else { Want::Nothing }
    }

    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let at = self.asked;
        let room = usize::from(limits.pdu).saturating_sub(Span::READ_HEADS);
        let len = self.span.cut(0, self.whole().saturating_sub(at), room, limits.pdu)?;
        self.asked += len;
        if self.asked < self.whole() {
            (self.step, self.last) = (len, self.asked);
        }
        let out = draft.job();
        out.extend_from_slice(&[Function::Read.0, 1]);
        self.span.part(at, len).write(out);
        Ok(Ticket(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        let (Ticket(at), pdu) = event.reply()?;
        let at = at as usize;
        let left = self.whole().saturating_sub(at);
        let len = if at >= self.last { left } else { self.step.min(left) };
        match DataItem::read(&mut pdu.datas())? {
            DataItem { code: ReturnCode::Ok, data, .. } if data.len() == len => {
                self.place(at, data);
                Ok(())
            }
            DataItem { code: ReturnCode::Ok, data, .. } => {
                Err(Unexpected::Octets { asked: len, given: data.len() }.into())
            }
            DataItem { code, .. } => Err(Error::Item(code)),
        }
    }

    fn finish(self) -> Vec<u8> {
        self.got
    }

    fn changes(&self) -> bool {
        false
    }
}

//! Read a range of any length: as many jobs as it takes, as many at a time as were agreed.
use super::plan::Span;
use crate::classic::vars::{DataItem, Function};
use crate::classic::{Draft, Limits, ReturnCode};
use crate::error::{Error, Unexpected};
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::Wire;
use alloc::{vec, vec::Vec};

/// Reads the octets of one span. The ticket of a request is its place in the result, so replies may come in any order.
#[derive(Debug)]
pub struct Read {
    span: Span,
    asked: usize,
    /// Octets of each piece but the last, and where the last starts: what an answer is held against. The last may be the
    /// longest, for the others end with a whole unit.
    step: usize,
    last: usize,
    got: Vec<u8>,
}

impl Read {
    /// All of `span`, cut between its units.
    pub fn new(span: Span) -> Self {
        Self { span, asked: 0, step: 0, last: 0, got: vec![0; span.len as usize] }
    }
}

impl Operation for Read {
    type Output = Vec<u8>;

    fn want(&self) -> Want {
        if self.asked < self.got.len() { Want::Ask } else { Want::Nothing }
    }

    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let at = self.asked;
        let room = usize::from(limits.pdu).saturating_sub(Span::READ_HEADS);
        let len = self.span.cut(0, self.got.len() - at, room, limits.pdu)?;
        self.asked += len;
        if self.asked < self.got.len() {
            (self.step, self.last) = (len, self.asked);
        }
        let out = draft.job();
        out.extend_from_slice(&[Function::Read.0, 1]);
        self.span.part(at, len).write(out);
        Ok(Ticket(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        let (Ticket(at), pdu) = event.reply()?;
        let place = self.got.get_mut(at as usize..).unwrap_or_default();
        let len = if at as usize >= self.last { place.len() } else { self.step.min(place.len()) };
        match DataItem::read(&mut pdu.datas())? {
            DataItem { code: ReturnCode::Ok, data, .. } => match place.get_mut(..len) {
                Some(place) if data.len() == len => {
                    let _: () = place.copy_from_slice(data);
                    Ok(())
                }
                _ => Err(Unexpected::Octets { asked: len, given: data.len() }.into()),
            },
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

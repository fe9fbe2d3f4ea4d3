//! Write many items, in order, and say of each piece what became of it.
use super::plan::{ITEMS, Span};
use crate::classic::vars::{Any, DataItem, DataSize, Function, TransportSize};
use crate::classic::{Draft, ErrorCode, Limits, ReturnCode};
use crate::error::Error;
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::Wire;
use alloc::vec::Vec;

/// One item to write: where, and what. A bit is written with one octet, 0 or 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Write<'a> {
    /// Where.
    pub span: Span,
    /// As many octets as the span has.
    pub data: &'a [u8],
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It never left: something before it failed.
    NotSent,
    /// It was sent, and no answer came: it may have been written or not. Nobody but the caller may try again.
    Unknown,
    /// The CPU has written it.
    Written,
    /// The CPU refused this item.
    Refused(ReturnCode),
    /// The CPU refused the whole job.
    JobRefused(ErrorCode),
}

impl Outcome {
    /// The number the CPU gave its refusal.
    pub const fn code(self) -> Option<u64> {
        match self {
            Self::Refused(code) => Some(code.0 as u64),
            Self::JobRefused(code) => Some(code.0 as u64),
            _ => None,
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::Refused(code) => code.hint(),
            Self::JobRefused(code) => code.hint(),
            Self::Unknown => Some("read it back before you write again"),
            Self::NotSent | Self::Written => None,
        }
    }
}

impl core::fmt::Display for Outcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotSent => f.write_str("not sent"),
            Self::Unknown => f.write_str("sent, but not answered: it may have been written or not"),
            Self::Written => f.write_str("written"),
            Self::Refused(code) => write!(f, "the CPU refused: {} ({:02x})", code.meaning(), code.0),
            Self::JobRefused(code) => write!(f, "the CPU refused: {} ({:04x})", code.meaning(), code.0),
        }
    }
}

/// A piece of an item: items above the PDU are written in several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Which of the caller's items.
    pub item: usize,
    /// First octet within the item.
    pub at: usize,
    /// Octets.
    pub len: usize,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of every piece, in the order of writing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[must_use = "it says which pieces were not written"]
pub struct Report {
    /// All pieces, those of an item together, items ascending.
    pub pieces: Vec<Piece>,
}

impl Report {
    /// Was all of it written?
    pub fn all_written(&self) -> bool {
        self.pieces.iter().all(|piece| piece.outcome == Outcome::Written)
    }
    /// What became of item `i`: written, or the first thing that went wrong.
    pub fn item(&self, i: usize) -> Outcome {
        let first = self.pieces.partition_point(|piece| piece.item < i);
        let of_item = self.pieces.iter().skip(first).take_while(|piece| piece.item == i);
        of_item
            .map(|piece| piece.outcome)
            .find(|outcome| *outcome != Outcome::Written)
            .unwrap_or(Outcome::Written)
    }
}

/// Writes many items. One job is in flight at a time, so that they are applied in order; the ticket of a job is its first piece.
#[derive(Debug)]
pub struct WriteMany<'a> {
    items: &'a [Write<'a>],
    pieces: Vec<Piece>,
    planned: bool,
    next: usize,
    busy: bool,
}

impl<'a> WriteMany<'a> {
    /// All of `items`, in their order.
    pub const fn new(items: &'a [Write<'a>]) -> Self {
        Self { items, pieces: Vec::new(), planned: false, next: 0, busy: false }
    }

    /// Octets that all pieces of a job share: header, function, count.
    const HEADS: usize = 12;

    fn plan(&mut self, limits: Limits) -> Result<(), Error> {
        let room = usize::from(limits.pdu).saturating_sub(Span::WRITE_HEADS);
        for (item, write) in self.items.iter().enumerate() {
            let (mut at, whole) = (0, write.data.len());
            while at < whole {
                let len = write.span.cut(item, whole - at, room, limits.pdu)?;
                self.pieces.push(Piece { item, at, len, outcome: Outcome::NotSent });
                at += len;
            }
        }
        self.planned = true;
        Ok(())
    }

    /// Passes over what is left of the item that the job from piece `first` on ended with, if a piece of it was refused. Items of
    /// which an earlier job's piece was refused have been passed over by then.
    fn skip_failed(&mut self, first: usize) {
        let done = self.pieces.get(first..self.next).unwrap_or_default();
        let Some(Piece { item, .. }) = done.last().copied() else { return };
        let mut of_item = done.iter().rev().take_while(|piece| piece.item == item);
        if of_item.all(|piece| matches!(piece.outcome, Outcome::Written | Outcome::Unknown)) {
            return;
        }
        let open = self.pieces.get(self.next..).unwrap_or_default();
        self.next += open.iter().take_while(|piece| piece.item == item).count();
    }
}

impl Operation for WriteMany<'_> {
    type Output = Report;

    fn want(&self) -> Want {
        let more = if self.planned {
            self.next < self.pieces.len()
        } else {
            self.items.iter().any(|i| !i.data.is_empty())
        };
        if more && !self.busy { Want::Ask } else { Want::Nothing }
    }

    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        if !self.planned {
            self.plan(limits)?;
        }
        let (first, pdu) = (self.next, usize::from(limits.pdu));
        let mut size = Self::HEADS;
        let open = self.pieces.get(first..).unwrap_or_default();
        let fitting = open.iter().take(ITEMS).take_while(|piece| {
            size += Any::SIZE + 4 + piece.len.next_multiple_of(2);
            size <= pdu
        });
        // A single piece was cut to fit; its fill octet, counted above, is not sent.
        let n = fitting.count().max(1);
        let end = (first + n).min(self.pieces.len());
        let pieces = self.pieces.get_mut(first..end).unwrap_or_default();
        let out = draft.job();
        out.extend_from_slice(&[Function::Write.0, u8::try_from(pieces.len()).unwrap_or(u8::MAX)]);
        for piece in pieces.iter() {
            if let Some(write) = self.items.get(piece.item) {
                write.span.part(piece.at, piece.len).write(out);
            }
        }
        let out = draft.data();
        let mut left = pieces.len();
        for piece in pieces.iter_mut() {
            left -= 1;
            // From here on nobody knows, until the answer says.
            piece.outcome = Outcome::Unknown;
            let Some(write) = self.items.get(piece.item) else { continue };
            let data = write.data.get(piece.at..piece.at + piece.len).unwrap_or_default();
            let size = match write.span.part(piece.at, piece.len).transport {
                TransportSize::Bit => DataSize::Bit,
                TransportSize::Timer | TransportSize::Counter => DataSize::Octets,
                _ => DataSize::Byte,
            };
            let start = out.len();
            DataItem::new(ReturnCode::Reserved, size, data).write(out);
            DataItem::fill(start, left > 0, out);
        }
        (self.next, self.busy) = (end, true);
        Ok(Ticket(u32::try_from(first).unwrap_or(u32::MAX)))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        self.busy = false;
        let first = match &event {
            Event::Reply(Ticket(first), _) => *first as usize,
            Event::Job(_) => self.next,
        };
        let pieces = self.pieces.get_mut(first..self.next).unwrap_or_default();
        match event.reply() {
            Ok((_, pdu)) => {
                // One code an item. A server that sends fewer leaves the others unknown, which is the truth.
                for (piece, code) in pieces.iter_mut().zip(pdu.data) {
                    piece.outcome = match ReturnCode(*code) {
                        ReturnCode::Ok => Outcome::Written,
                        code => Outcome::Refused(code),
                    };
                }
                self.skip_failed(first);
                Ok(())
            }
            Err(Error::Refused(code)) => {
                pieces.iter_mut().for_each(|piece| piece.outcome = Outcome::JobRefused(code));
                // What refuses one job refuses the next: the others stay unsent.
                self.next = self.pieces.len();
                Err(Error::Refused(code))
            }
            Err(e) => Err(e),
        }
    }

    fn finish(self) -> Report {
        let mut report = Report { pieces: self.pieces };
        if !self.planned {
            let pieces = self.items.iter().enumerate();
            report.pieces = pieces
                .map(|(item, write)| Piece { item, at: 0, len: write.data.len(), outcome: Outcome::NotSent })
                .collect();
        }
        report
    }
}

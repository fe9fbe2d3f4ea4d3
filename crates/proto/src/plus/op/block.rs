//! Octets of standard-access blocks and of I, Q, M, T and C, by offset ("classic blob").
use super::items::ReadItems;
use super::write::{Outcome, WriteItems};
use super::{Operation, Ticket, Want};
use crate::error::Error;
use crate::plus::address::ItemAddress;
use crate::plus::client::{Draft, Peer};
use crate::plus::code::ErrorCode;
use crate::plus::message::Response;
use crate::plus::outcome::ReturnValue;
use crate::plus::value::Value;
use alloc::vec::Vec;

/// A range of octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Access area: a block (8A0E0000 and its number), or 80 to 84 for I, Q, M, C, T.
    pub area: u32,
    /// First octet.
    pub start: u32,
    /// Octets.
    pub len: u32,
}

/// Octets that are asked for as one item.
const PIECE: u32 = 16 * 1024;

/// Octets that are written as one item: with what is around it, one frame of the usual 1024.
const WRITE: usize = 850;

/// Reads ranges of any length, each with its own result.
#[derive(Debug)]
pub struct ReadBlock {
    pieces: Vec<usize>,
    items: ReadItems<'static>,
    spans: Vec<Span>,
}

impl ReadBlock {
    /// Of these ranges.
    pub fn new(spans: impl Into<Vec<Span>>) -> Self {
        let spans = spans.into();
        let (mut pieces, mut items, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for Span { area, start, len } in &spans {
            let before = items.len();
            let mut at = 0;
            // A range of no octets is asked for as well: the CPU says whether the block is there.
            loop {
                let piece = (len - at).min(PIECE);
                items.push(ItemAddress::classic(*area, start.saturating_add(at), piece));
                sizes.push(usize::try_from(piece).unwrap_or(usize::MAX));
                at += piece;
                if at >= *len {
                    break;
                }
            }
            pieces.push(items.len() - before);
        }
        Self { pieces, items: ReadItems::sized(items, sizes), spans }
    }
}

impl Operation for ReadBlock {
    type Output = Vec<Result<Vec<u8>, ReturnValue>>;
    fn want(&self) -> Want {
        self.items.want()
    }
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        self.items.write(peer, draft)
    }
    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.items.take(ticket, response)
    }
    fn finish(self) -> Self::Output {
        let mut items = self.items.finish().into_iter();
        let join = |(pieces, span): (usize, Span)| {
            let mut octets = Vec::new();
            // All of its pieces are used up, also behind one that failed.
            let parts: Vec<_> = items.by_ref().take(pieces).collect();
            for part in parts {
                octets.extend_from_slice(part?.as_blob().ok_or(ReturnValue::of(ErrorCode::InvalidValueType))?);
            }
            // Made-up octets, or none where some are due, are no answer.
            if u32::try_from(octets.len()) == Ok(span.len) {
                Ok(octets)
            } else {
                Err(ReturnValue::of(ErrorCode::InvalidValueRange))
            }
        };
        self.pieces.into_iter().zip(self.spans).map(join).collect()
    }
    fn changes(&self) -> bool {
        false
    }
}

/// Writes one range of any length, piece by piece, in order; stops at the first that is refused.
#[derive(Debug)]
pub struct WriteBlock {
    items: WriteItems,
    lens: Vec<usize>,
}

/// How far a write came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Written {
    /// Octets that the CPU has confirmed, from the start on.
    pub octets: usize,
    /// What became of the piece behind them; [`Outcome::Written`] if all were confirmed.
    pub next: Outcome,
}

impl WriteBlock {
    /// `data` from `start` on.
    pub fn new(area: u32, start: u32, data: &[u8]) -> Self {
        let mut at = start;
        let piece = |piece: &[u8]| {
            let len = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            let address = ItemAddress::classic(area, at, len);
            at = at.saturating_add(len);
            (address, Value::blob(piece))
        };
        let items: Vec<_> = data.chunks(WRITE).map(piece).collect();
        let lens = data.chunks(WRITE).map(<[u8]>::len).collect();
        Self { items: WriteItems::new(items).one_by_one(), lens }
    }
}

impl Operation for WriteBlock {
    type Output = Written;
    fn want(&self) -> Want {
        self.items.want()
    }
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        self.items.write(peer, draft)
    }
    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.items.take(ticket, response)
    }
    fn finish(self) -> Written {
        let mut octets = 0;
        for (outcome, len) in self.items.finish().into_iter().zip(self.lens) {
            match outcome {
                Outcome::Written => octets += len,
                next => return Written { octets, next },
            }
        }
        Written { octets, next: Outcome::Written }
    }
}

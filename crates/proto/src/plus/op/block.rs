//! Octets of standard-access blocks and of I, Q, M, T and C, by offset ("classic blob").
use super::items::{self, Batches};
use super::write::{Outcome, WriteItems};
use super::{Operation, Ticket, Want};
use crate::error::Error;
use crate::plus::address::ItemAddress;
use crate::plus::client::{Draft, Peer};
use crate::plus::code::ErrorCode;
use crate::plus::message::Response;
use crate::plus::outcome::ReturnValue;
use crate::plus::value::Value;
use crate::plus::vlq;
use alloc::borrow::Cow;
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

impl Span {
    /// In pieces that are one item each. A range of no octets is asked for as well: the CPU says whether the block is there.
    fn pieces(self) -> impl ExactSizeIterator<Item = Self> {
        let Self { area, start, len } = self;
        (0..len.div_ceil(PIECE).max(1)).map(move |i| {
            let at = i * PIECE;
            Self { area, start: start.saturating_add(at), len: (len - at).min(PIECE) }
        })
    }
    fn address(self) -> ItemAddress {
        ItemAddress::classic(self.area, self.start, self.len)
    }
    /// Octets of its address: those of the three numbers, and six more at the most.
    const fn asking(self) -> usize {
        let Self { area, start, len } = self;
        vlq::len_u32(area) + vlq::len_u32(start) + vlq::len_u32(len) + 6
    }
    fn octets(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }
}

/// Reads ranges of any length, each with its own result.
#[derive(Debug)]
pub struct ReadBlock<'a> {
    spans: Cow<'a, [Span]>,
    /// What they are asked for as, unless that is themselves.
    pieces: Option<Vec<Span>>,
    /// Scratch for the request being written.
    addresses: Vec<ItemAddress>,
    batches: Batches<Vec<u8>>,
}

impl<'a> ReadBlock<'a> {
    /// Of these ranges.
    pub fn new(spans: impl Into<Cow<'a, [Span]>>) -> Self {
        let spans = spans.into();
        let long = spans.iter().any(|span| span.len > PIECE);
        let pieces: Option<Vec<_>> = long.then(|| spans.iter().flat_map(|span| span.pieces()).collect());
        let batches = Batches::new(pieces.as_deref().unwrap_or(&spans).len());
        Self { spans, pieces, addresses: Vec::new(), batches }
    }
}

impl Operation for ReadBlock<'_> {
    type Output = Vec<Result<Vec<u8>, ReturnValue>>;
    fn want(&self) -> Want {
        self.batches.want()
    }
    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        let Self { spans, pieces, addresses, batches } = self;
        let pieces = pieces.as_deref().unwrap_or(spans);
        Ok(batches.ask(|rest| {
            let rest = pieces.get(rest).unwrap_or_default();
            let n = items::fit(rest.iter().map(|piece| (piece.asking(), piece.octets())), peer);
            match rest {
                [one] => items::ask(&[one.address()], draft),
                many => {
                    addresses.clear();
                    addresses.extend(many.iter().take(n).map(|piece| piece.address()));
                    items::ask(addresses, draft);
                }
            }
            n
        }))
    }
    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        let Self { spans, pieces, batches, .. } = self;
        let pieces = pieces.as_deref().unwrap_or(spans);
        batches.take(ticket, response, |at, value| {
            let octets = value.into_bytes().ok_or_else(|| ReturnValue::of(ErrorCode::InvalidValueType))?;
            // Made-up octets, or none where some are due, are no answer.
            if pieces.get(at).is_some_and(|piece| piece.octets() == octets.len()) {
                Ok(octets)
            } else {
                Err(ReturnValue::of(ErrorCode::InvalidValueRange))
            }
        })
    }
    fn finish(self) -> Self::Output {
        let parts = self.batches.finish();
        if self.pieces.is_none() {
            return parts;
        }
        let mut parts = parts.into_iter();
        let join = |span: Span| {
            let mut joined = Ok(Vec::new());
            // All of its pieces are used up, also behind one that failed.
            for piece in parts.by_ref().take(span.pieces().len()) {
                joined = match (joined, piece) {
                    // What came in one piece stays where it is.
                    (Ok(joined), Ok(piece)) if joined.is_empty() => Ok(piece),
                    (Ok(mut joined), Ok(piece)) => {
                        joined.reserve_exact(span.octets().saturating_sub(joined.len()));
                        joined.extend_from_slice(&piece);
                        Ok(joined)
                    }
                    (Err(refused), _) | (_, Err(refused)) => Err(refused),
                };
            }
            joined
        };
        self.spans.iter().copied().map(join).collect()
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
            (address, Value::blob(piece.to_vec()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plus::code::Function;
    use crate::plus::header;
    use crate::plus::message::{Reply, Tail, reply};
    use crate::wire::Wire as _;
    use alloc::vec;

    #[test]
    fn no_address_takes_more_octets_than_are_counted() {
        for area in [0, 80, 84, 85, 0x8a0e_0000, 0x8a0e_ffff, u32::MAX] {
            for (start, len) in [(0, 0), (127, 128), (65_535, 16_384), (u32::MAX, PIECE)] {
                let (span, mut out) = (Span { area, start, len }, vec![]);
                span.address().write(&mut out);
                assert!((out.len()..=out.len() + 2).contains(&span.asking()), "{span:?}");
            }
        }
    }
    #[test]
    fn octets_of_another_number_or_no_octets_are_no_answer() {
        let spans = [4, 4, 4].map(|len| Span { area: 0x8a0e_0001, start: 0, len });
        let mut op = ReadBlock::new(&spans[..]);
        let ticket = op.batches.ask(|all| all.len());
        let values = [Value::blob(vec![1; 4]), Value::blob(vec![1; 3]), Value::from(4_u32)];
        let reply =
            reply::GetMultiVariables { values: (1..).zip(values).collect(), failures: Cow::Owned(vec![]) };
        let head = header::Request::new(Function::GetMultiVariables, 1, 1).response();
        let (outcome, reply, tail) = (ReturnValue::OK, Reply::GetMultiVariables(reply), Tail::PLAIN);
        op.take(ticket, Response { head, outcome, extension: None, reply, tail }).unwrap();
        let [range, ty] = [ErrorCode::InvalidValueRange, ErrorCode::InvalidValueType].map(ReturnValue::of);
        assert_eq!(op.finish(), [Ok(vec![1; 4]), Err(range), Err(ty)]);
    }
}

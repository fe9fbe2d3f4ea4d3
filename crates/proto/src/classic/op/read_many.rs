//! Read many items, each with its own result.
use super::plan::{ITEMS, Merge, Part, Plan, Span, Use};
use crate::classic::vars::{Any, DataItem, Function, TransportSize};
use crate::classic::{Draft, Limits, Pdu, ReturnCode};
use crate::error::{Error, Unexpected};
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::Wire;
use alloc::borrow::Cow;
use alloc::{vec, vec::Vec};

/// Reads many items. The ticket of a request is the number of its job.
#[derive(Debug)]
pub struct ReadMany<'a> {
    source: Source<'a>,
    /// For the limits that hold; `None` until the first request.
    plan: Option<Cow<'a, Plan>>,
    asked: usize,
    /// Pieces whose merged part was refused, and the jobs that ask for them again, each by its end.
    again: Vec<Use>,
    again_jobs: Vec<usize>,
    got: Items,
    /// Octets of each item that were neither given nor refused yet.
    missing: Vec<u32>,
}

#[derive(Debug)]
enum Source<'a> {
    Spans(&'a [Span], Merge),
    Plan(&'a Plan),
}

/// What became of each item, in the caller's order, in one piece of memory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Items {
    octets: Vec<u8>,
    places: Vec<u32>,
    codes: Vec<ReturnCode>,
}

impl Items {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }
    /// Were none asked for?
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
    /// The octets of item `i` (of a bit one octet, 0 or 1), or why the CPU did not give it. An item of several pieces is given
    /// whole or not at all. [`ReturnCode::Reserved`] is no code of a CPU: the operation ended before it had an answer.
    pub fn item(&self, i: usize) -> Result<&[u8], ReturnCode> {
        match self.codes.get(i) {
            Some(&ReturnCode::Ok) => {
                let end = |i: usize| self.places.get(i).map(|at| *at as usize);
                let octets = end(i).zip(end(i + 1)).and_then(|(start, end)| self.octets.get(start..end));
                octets.ok_or(ReturnCode::NoObject)
            }
            Some(code) => Err(*code),
            None => Err(ReturnCode::NoObject),
        }
    }
    /// Each in turn.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<&[u8], ReturnCode>> {
        (0..self.len()).map(|i| self.item(i))
    }
}

impl<'a> ReadMany<'a> {
    /// All of `spans`, planned when the limits are known.
    pub const fn new(spans: &'a [Span], merge: Merge) -> Self {
        Self::from(Source::Spans(spans, merge))
    }
    /// After a plan that was kept. Should the limits have changed since, it is made anew.
    pub const fn planned(plan: &'a Plan) -> Self {
        Self::from(Source::Plan(plan))
    }
    const fn from(source: Source<'a>) -> Self {
        let got = Items { octets: Vec::new(), places: Vec::new(), codes: Vec::new() };
        Self {
            source,
            plan: None,
            asked: 0,
            again: Vec::new(),
            again_jobs: Vec::new(),
            got,
            missing: Vec::new(),
        }
    }

    /// A ticket with this bit is of a job that asks again.
    const AGAIN: u32 = 1 << 31;

    fn prepare(&mut self, limits: Limits) -> Result<(), Error> {
        let plan = match self.source {
            Source::Plan(plan) if plan.limits == limits => Cow::Borrowed(plan),
            Source::Plan(plan) => Cow::Owned(Plan::reads(&plan.spans, limits, plan.merge)?),
            Source::Spans(spans, merge) => Cow::Owned(Plan::reads(spans, limits, merge)?),
        };
        let end = plan.places.last().map_or(0, |end| *end as usize);
        self.got.octets = vec![0; end];
        self.got.places.clone_from(&plan.places);
        self.got.codes = vec![ReturnCode::Ok; plan.spans.len()];
        self.missing = plan.spans.iter().map(|span| span.len).collect();
        self.plan = Some(plan);
        Ok(())
    }

    /// A job of pieces that are asked for again, each by itself.
    fn write_again(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Ticket {
        let first = self.again_jobs.last().copied().unwrap_or(0);
        let pdu = usize::from(limits.pdu);
        let out = draft.job();
        out.extend_from_slice(&[Function::Read.0, 0]);
        let count = out.len() - 1;
        let (mut items, mut answer) = (0u8, 14);
        for piece in self.again.get(first..).unwrap_or_default() {
            answer += 4 + (piece.len as usize).next_multiple_of(2);
            let full = usize::from(items) == ITEMS || 12 + Any::SIZE * (usize::from(items) + 1) > pdu;
            if items > 0 && (full || answer > pdu) {
                break;
            }
            let span = self.plan.as_ref().and_then(|plan| plan.spans.get(piece.item as usize));
            let Some(span) = span else { break };
            span.part(piece.item_at as usize, piece.len as usize).write(out);
            items += 1;
        }
        if let Some(place) = out.get_mut(count) {
            *place = items;
        }
        self.again_jobs.push(first + usize::from(items));
        Ticket(Self::AGAIN | u32::try_from(self.again_jobs.len() - 1).unwrap_or(0))
    }

    fn take_again(&mut self, job: usize, pdu: &Pdu<'_>) -> Result<(), Error> {
        let end = self.again_jobs.get(job).copied().unwrap_or(0);
        let start = job.checked_sub(1).and_then(|before| self.again_jobs.get(before)).copied().unwrap_or(0);
        let mut r = pdu.datas();
        let pieces = self.again.get(start..end).unwrap_or_default();
        let spans = self.plan.as_ref().map_or(&[][..], |plan| &plan.spans);
        for (piece, data) in pieces.iter().zip(DataItem::list(count(pieces.len()), &mut r)) {
            let (data, asked) = (data?, piece.len as usize);
            if data.code == ReturnCode::Ok && data.data.len() != asked {
                return Err(Unexpected::Octets { asked, given: data.data.len() }.into());
            }
            let bit = spans.get(piece.item as usize).and_then(|span| span.bit).map(|_| 0);
            self.got.place(*piece, bit, 0, &data);
            settle(&mut self.missing, piece);
        }
        Ok(())
    }
}

/// The piece is answered, whatever the answer.
fn settle(missing: &mut [u32], piece: &Use) {
    if let Some(octets) = missing.get_mut(piece.item as usize) {
        *octets = octets.saturating_sub(piece.len);
    }
}

fn count(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

impl Items {
    /// Puts one piece where it belongs, or notes why it is not there. `bit`: which bit of the first octet is meant.
    fn place(&mut self, piece: Use, bit: Option<u8>, part_at: u32, item: &DataItem<'_>) {
        let Some(code) = self.codes.get_mut(piece.item as usize) else { return };
        if item.code != ReturnCode::Ok {
            // The first refusal of an item is the one that is told.
            if *code == ReturnCode::Ok {
                *code = item.code;
            }
            return;
        }
        let from = item.data.get(part_at as usize..).and_then(|rest| rest.get(..piece.len as usize));
        let to = self.places.get(piece.item as usize).map(|at| (*at + piece.item_at) as usize);
        let to =
            to.and_then(|at| self.octets.get_mut(at..)).and_then(|rest| rest.get_mut(..piece.len as usize));
        match (from, to, bit) {
            (Some([octet, ..]), Some([to, ..]), Some(bit)) => *to = octet >> (bit & 7) & 1,
            (Some(from), Some(to), None) => to.copy_from_slice(from),
            // Lengths were compared before, so this is an item of no octets.
            _ => {}
        }
    }
}

impl Operation for ReadMany<'_> {
    type Output = Items;

    fn want(&self) -> Want {
        let more = match &self.plan {
            Some(plan) => {
                self.asked < plan.jobs.len()
                    || self.again_jobs.last().copied().unwrap_or(0) < self.again.len()
            }
            None => match self.source {
                Source::Spans(spans, _) => spans.iter().any(|span| span.len > 0),
                Source::Plan(plan) => !plan.jobs.is_empty(),
            },
        };
        if more { Want::Ask } else { Want::Nothing }
    }

    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        if self.plan.is_none() {
            self.prepare(limits)?;
        }
        let job = self.asked;
        let parts = self.plan.as_ref().and_then(|plan| plan.parts.get(plan.job(job)));
        let Some(parts @ [_, ..]) = parts else { return Ok(self.write_again(limits, draft)) };
        self.asked += 1;
        let out = draft.job();
        out.extend_from_slice(&[Function::Read.0, count(parts.len())]);
        parts.iter().for_each(|part| part.any.write(out));
        Ok(Ticket(u32::try_from(job).unwrap_or(u32::MAX)))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        let (Ticket(job), pdu) = event.reply()?;
        if job & Self::AGAIN != 0 {
            return self.take_again((job & !Self::AGAIN) as usize, &pdu);
        }
        let Self { plan: Some(plan), got, again, missing, .. } = self else { return Ok(()) };
        let parts = plan.parts.get(plan.job(job as usize)).unwrap_or_default();
        let mut r = pdu.datas();
        for (Part { any, len, uses }, data) in parts.iter().zip(DataItem::list(count(parts.len()), &mut r)) {
            let data = data?;
            if data.code == ReturnCode::Ok && data.data.len() != *len as usize {
                return Err(Unexpected::Octets { asked: *len as usize, given: data.data.len() }.into());
            }
            let uses = plan.uses.get(uses.start as usize..uses.end as usize).unwrap_or_default();
            if data.code != ReturnCode::Ok && uses.len() > 1 {
                again.extend(uses.iter().map(|piece| Use { part_at: 0, ..*piece }));
                continue;
            }
            for piece in uses {
                // A bit that was asked for as a bit is the whole answer; in merged octets it has its place.
                let bit = plan.spans.get(piece.item as usize).and_then(|span| span.bit);
                let bit = bit.map(|bit| if any.transport == TransportSize::Bit { 0 } else { bit });
                got.place(*piece, bit, piece.part_at, &data);
                settle(missing, piece);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Items {
        // Without a job nothing was prepared: there were no octets to ask for, or nobody asked.
        if self.plan.is_none() {
            let spans = match self.source {
                Source::Spans(spans, _) => spans,
                Source::Plan(plan) => &plan.spans,
            };
            self.missing = spans.iter().map(|span| span.len).collect();
            (self.got.places, self.got.codes) = (vec![0; spans.len() + 1], vec![ReturnCode::Ok; spans.len()]);
        }
        // What was never answered must not look like octets of 0.
        for (code, missing) in self.got.codes.iter_mut().zip(self.missing) {
            if missing > 0 && *code == ReturnCode::Ok {
                *code = ReturnCode::Reserved;
            }
        }
        self.got
    }

    fn changes(&self) -> bool {
        false
    }
}

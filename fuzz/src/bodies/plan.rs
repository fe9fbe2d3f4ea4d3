//! A plan asks for every octet, within both size rules and never in half an element; and reading after it gives each item
//! what the memory holds, whatever parts of the memory refuse.
use super::plc::octet;
use arbitrary::{Result, Unstructured};
use hepta_proto::classic::op::{Merge, Part, Plan, ReadMany, Span, Write, WriteMany};
use hepta_proto::classic::vars::{Any, DataItem, DataSize, Head, Item, TransportSize};
use hepta_proto::classic::{Area, Draft, Kind, Limits, Pdu, ReturnCode};
use hepta_proto::error::Error;
use hepta_proto::iso::HEAD;
use hepta_proto::op::{Event, Operation, Want};
use hepta_proto::wire::{Reader, Wire};

/// Limits, how to merge, which octets refuse; then spans.
pub fn run(data: &[u8]) {
    let mut u = Unstructured::new(data);
    // Too short to say anything is no failure.
    let _ = spans(&mut u);
}

fn spans(u: &mut Unstructured<'_>) -> Result<()> {
    let limits = Limits { pdu: u.int_in_range(64..=1200)?, jobs: 1 };
    let merge = if u.arbitrary()? { Merge::Within(u.int_in_range(0..=300)?) } else { Merge::Never };
    let holes = u.int_in_range(0..=3)?;
    let mut spans = vec![];
    while spans.len() < 60 && !u.is_empty() {
        spans.push(span(u)?);
    }
    let named = spans.iter().position(|span| !nameable(span));
    let plan = match Plan::reads(&spans, limits, merge) {
        Ok(plan) => plan,
        Err(Error::TooLong { item, needs, room, pdu }) => {
            assert_eq!(
                (needs, room, pdu),
                (spans[item].unit.into(), usize::from(limits.pdu) - 18, limits.pdu)
            );
            assert!(needs > room && spans[item].len as usize > room);
            return Ok(());
        }
        Err(Error::Address { item }) => {
            assert_eq!(Some(item), named);
            return Ok(());
        }
        Err(other) => panic!("{other}"),
    };
    assert_eq!(named, None, "asks for what no address can name");
    shape(&plan, limits);
    read(&plan, limits, holes);
    write(&spans, limits, holes);
    Ok(())
}

fn span(u: &mut Unstructured<'_>) -> Result<Span> {
    let area = *u.choose(&[Area::Db, Area::Db, Area::Flags, Area::Timers, Area::Counters])?;
    let db = if area == Area::Db { u.int_in_range(1..=2)? } else { 0 };
    let start = match u.int_in_range(0..=15u8)? {
        0 => u.int_in_range(0x1f_fe00..=0x20_0100)?,
        1 => u.int_in_range(0..=u32::MAX)?,
        _ => u.int_in_range(0..=1000)?,
    };
    // Most are short, as in the field; some are above any PDU.
    let len = if u.ratio(1, 6)? { u.int_in_range(0..=1400)? } else { u.int_in_range(0..=40)? };
    Ok(match area {
        Area::Timers | Area::Counters => {
            let [first, count] = [start % 0x1_0000, len / 2].map(|n| u16::try_from(n).unwrap_or(u16::MAX));
            if area == Area::Timers { Span::timers(first, count) } else { Span::counters(first, count) }
        }
        _ if u.ratio(1, 4)? => Span::bit(area, db, start, u.int_in_range(0..=7)?),
        _ => Span::octets(area, db, start, len).in_units_of(*u.choose(&[0, 1, 2, 4, 8, 12, 300])?),
    })
}

/// Has every octet an address of 24 bits, three of them for the bit?
fn nameable(span: &Span) -> bool {
    let counted = matches!(span.area, Area::Timers | Area::Counters);
    span.len == 0 || counted || u64::from(span.start) + u64::from(span.len) <= 1 << 21
}

/// Some octets refuse, more of them the higher `holes`.
fn refuses(holes: u32, area: Area, db: u16, at: u32) -> bool {
    holes > 0 && octet(area, db, at / 8 + 7) < u8::try_from(holes).unwrap_or(u8::MAX) * 12
}

/// The memory's octet numbers of a span: those of timers and counters are two for each number.
fn places(span: &Span) -> core::ops::Range<u32> {
    let counted = matches!(span.area, Area::Timers | Area::Counters);
    let start = if counted { span.start * 2 } else { span.start };
    start..start + span.len
}

fn wanted(span: &Span, holes: u32) -> core::result::Result<Vec<u8>, ReturnCode> {
    let Span { area, db, .. } = *span;
    if places(span).any(|at| refuses(holes, area, db, at)) {
        return Err(ReturnCode::AccessNotAllowed);
    }
    let octets = places(span).map(|at| octet(area, db, at));
    Ok(octets.map(|octet| span.bit.map_or(octet, |bit| octet >> bit & 1)).collect())
}

fn shape(plan: &Plan, limits: Limits) {
    let pdu = usize::from(limits.pdu);
    let mut covered: Vec<(Area, u16, core::ops::Range<u32>)> = vec![];
    for job in plan.jobs() {
        assert!((1..=20).contains(&job.len()), "{} items", job.len());
        assert!(12 + Any::SIZE * job.len() <= pdu, "the request is above the PDU");
        let mut answer = 14;
        for (i, Part { any, len, .. }) in job.iter().enumerate() {
            assert_eq!(any.size(), Some(*len as usize), "what is asked for is what is waited for");
            assert!(any.address < 1 << 24 && *len > 0);
            answer += 4 + *len as usize;
            answer += if i + 1 < job.len() { *len as usize % 2 } else { 0 };
            let counted = matches!(any.area, Area::Timers | Area::Counters);
            let start = if counted { any.address * 2 } else { any.address >> 3 };
            covered.push((any.area, any.db, start..start + len));
        }
        assert!(answer <= pdu, "the answer is above the PDU");
    }
    for span in plan.spans() {
        let (all, unit) = (places(span), u32::from(span.unit.max(1)));
        let near: Vec<_> = covered
            .iter()
            .filter(|(area, db, range)| {
                (*area, *db) == (span.area, span.db) && range.start < all.end && all.start < range.end
            })
            .collect();
        // An element lies in one part: some part has all of it.
        let mut at = all.start;
        while at < all.end {
            let end = all.end.min(at + unit);
            let whole = near.iter().any(|(.., range)| range.start <= at && end <= range.end);
            assert!(whole, "an element of {span:?} is torn apart, or not asked for");
            at = end;
        }
    }
}

fn read(plan: &Plan, limits: Limits, holes: u32) {
    let mut op = ReadMany::planned(plan);
    let mut rounds = 0;
    while op.want() == Want::Ask {
        let mut out = vec![];
        let mut draft = Draft::new(&mut out, 1);
        let ticket = op.write(limits, &mut draft).expect("it was planned");
        let answer = answer(&out[HEAD.len() + 10..], limits, holes);
        let param = [4, *answer.0.first().expect("a count")];
        let pdu = Pdu::new(Kind::AckData, 1, &param, &answer.1);
        op.take(Event::Reply(ticket, pdu)).expect("an honest answer");
        rounds += 1;
        assert!(rounds <= 3000, "no end");
    }
    let items = op.finish();
    assert_eq!(items.len(), plan.spans().len());
    for (span, got) in plan.spans().iter().zip(items.iter()) {
        assert_eq!(got.map(<[u8]>::to_vec), wanted(span, holes), "{span:?}");
    }
}

/// Answers a read job from the octets that tell where they are from.
fn answer(param: &[u8], limits: Limits, holes: u32) -> ([u8; 1], Vec<u8>) {
    let mut r = Reader::new(param);
    let Head { count, .. } = Head::read(&mut r).expect("our own job");
    assert!(count > 0, "a job that asks for nothing");
    assert!(10 + param.len() <= limits.pdu.into(), "the request is above the PDU");
    let mut data = vec![];
    let items: Vec<_> = Item::list(count, &mut r).collect();
    for (i, item) in items.iter().enumerate() {
        let Ok(Item::Any(any)) = item else { panic!("{item:?}") };
        let counted = matches!(any.area, Area::Timers | Area::Counters);
        let start = if counted { any.address * 2 } else { any.address >> 3 };
        let places = start..start + u32::try_from(any.size().expect("a known type")).expect("a few");
        let before = data.len();
        if places.clone().any(|at| refuses(holes, any.area, any.db, at)) {
            DataItem::refused(ReturnCode::AccessNotAllowed).write(&mut data);
        } else {
            let octets: Vec<u8> = places.map(|at| octet(any.area, any.db, at)).collect();
            if any.transport == TransportSize::Bit {
                let bit = [octets[0] >> any.bit() & 1];
                DataItem::new(ReturnCode::Ok, DataSize::Bit, &bit).write(&mut data);
            } else {
                DataItem::new(ReturnCode::Ok, DataSize::Byte, &octets).write(&mut data);
            }
        }
        DataItem::fill(before, i + 1 < items.len(), &mut data);
    }
    assert!(14 + data.len() <= limits.pdu.into(), "the answer is above the PDU");
    ([count], data)
}

/// Writes what `wanted` tells: every octet once and in order, and after a refusal no more of that item.
fn write(spans: &[Span], limits: Limits, holes: u32) {
    let octets: Vec<Vec<u8>> = spans.iter().map(|span| vec![1; span.len as usize]).collect();
    let writes: Vec<Write<'_>> =
        spans.iter().zip(&octets).map(|(span, data)| Write { span: *span, data }).collect();
    let mut op = WriteMany::new(&writes);
    let mut written: Vec<(Area, u16, u32, usize)> = vec![];
    while op.want() == Want::Ask {
        let mut out = vec![];
        let mut draft = Draft::new(&mut out, 1);
        let ticket = match op.write(limits, &mut draft) {
            Ok(ticket) => ticket,
            Err(Error::TooLong { item, .. }) => {
                assert!(usize::from(spans[item].unit) > usize::from(limits.pdu) - 28);
                return;
            }
            Err(other) => panic!("{other}"),
        };
        assert!(draft.len() <= limits.pdu.into(), "the job is above the PDU");
        draft.seal(&hepta_proto::iso::Link::new(hepta_proto::iso::TpduSize::MOST, 2000));
        let job = Pdu::read(&mut Reader::new(&out[HEAD.len()..])).expect("our own job");
        let (mut r, mut d) = (job.params(), job.datas());
        let Head { count, .. } = Head::read(&mut r).expect("our own job");
        assert!((1..=20).contains(&count));
        let mut codes = vec![];
        for (item, data) in Item::list(count, &mut r).zip(DataItem::list(count, &mut d)) {
            let (Ok(Item::Any(any)), Ok(data)) = (item, data) else { panic!("our own items") };
            assert_eq!(any.size(), Some(data.data.len()));
            let refused = refuses(holes, any.area, any.db, any.address);
            codes.push(if refused { ReturnCode::OutOfRange.0 } else { ReturnCode::Ok.0 });
            if !refused {
                written.push((any.area, any.db, any.address, data.data.len()));
            }
        }
        assert_eq!((r.left(), d.left()), (0, 0), "a length of the job lies");
        op.take(Event::Reply(ticket, Pdu::new(Kind::AckData, 1, &[5, count], &codes)))
            .expect("an honest answer");
    }
    let report = op.finish();
    let said: usize = report
        .pieces
        .iter()
        .filter(|p| matches!(report.item(p.item), hepta_proto::classic::op::Outcome::Written))
        .map(|p| p.len)
        .sum();
    let whole: usize = written.iter().map(|(.., len)| len).sum();
    assert!(said <= whole, "more is reported than was written");
    for (item, span) in spans.iter().enumerate() {
        let pieces: Vec<_> = report.pieces.iter().filter(|piece| piece.item == item).collect();
        assert_eq!(pieces.iter().map(|piece| piece.len).sum::<usize>(), span.len as usize);
        assert!(pieces.windows(2).all(|two| two[0].at + two[0].len == two[1].at), "a gap in {span:?}");
    }
}

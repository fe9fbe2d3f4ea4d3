//! Client against server in memory: cut anywhere, shuffled, repeated, lost, late. Chance comes from seeds, so a failure
//! is there again the next time.
use hepta_proto::classic::client::{Client, Owner};
use hepta_proto::classic::op::{Items, Merge, Outcome, Piece, Read, ReadMany, Span, Szl, Write, WriteMany};
use hepta_proto::classic::server::{Policy, Server};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::vars::Function;
use hepta_proto::classic::{Area, ErrorCode, Limits, ReturnCode};
use hepta_proto::error::Error;
use hepta_proto::op::{Operation, Want};

mod common;
use common::plc::{Plc, octet, octets};
use common::sim::{Chance, Took, connected, messages, policy, run};

/// Blocks 1 to 3, flags, timers and counters; a hole in block 2, and nothing in block 9.
fn plc() -> Plc {
    let records: Vec<u8> = (0..340).map(|i| octet(Area::DataRecord, 1, i)).collect();
    Plc::default()
        .with(Area::Db, 1, 4000)
        .with(Area::Db, 2, 400)
        .with(Area::Db, 3, 4000)
        .with(Area::Flags, 0, 256)
        .with(Area::Timers, 0, 512)
        .with(Area::Counters, 0, 512)
        .hole(Area::Db, 2, 100..104, ReturnCode::AccessNotAllowed)
        .list(0x001c, 0, 34, &records)
}

fn pair(pdu: u16, jobs: u16) -> (Client, Server) {
    connected(policy(pdu, jobs), Limits { pdu, jobs }, 0xfff0)
}

/// What the memory says of a span.
fn model(plc: &Plc, span: &Span) -> Result<Vec<u8>, ReturnCode> {
    let counted = matches!(span.area, Area::Timers | Area::Counters);
    let start = if counted { span.start * 2 } else { span.start };
    if span.len == 0 {
        return Ok(vec![]);
    }
    let memory = plc.memory.get(&(span.area.0, span.db)).ok_or(ReturnCode::NoObject)?;
    let (from, to) = (start as usize, (start + span.len) as usize);
    let found = memory.get(from..to).ok_or(ReturnCode::OutOfRange)?;
    let hole = plc.holes.iter().find(|(area, db, at, _)| {
        (*area, *db) == (span.area, span.db) && (at.start as usize) < to && from < at.end as usize
    });
    match (hole, span.bit) {
        (Some((.., code)), _) => Err(*code),
        (None, Some(bit)) => Ok(vec![found[0] >> bit & 1]),
        (None, None) => Ok(found.to_vec()),
    }
}

fn any_span(chance: &mut Chance, longest: usize) -> Span {
    let mut below = |n: usize| u32::try_from(chance.below(n)).unwrap();
    let (len, unit) = (below(longest), [1, 2, 4, 8][below(4) as usize]);
    match below(10) {
        0 => Span::timers(below(200).try_into().unwrap(), below(60).try_into().unwrap()),
        1 => Span::counters(below(200).try_into().unwrap(), below(60).try_into().unwrap()),
        2 => Span::bit(Area::Flags, 0, below(256), below(8).try_into().unwrap()),
        3 => Span::bit(Area::Db, 2, below(110), below(8).try_into().unwrap()),
        4 => Span::db(2, below(200), below(30)),
        5 => Span::octets(Area::Flags, 0, below(250), below(20)),
        6 if below(4) == 0 => Span::db(9, below(10), 1 + below(20)),
        7 if below(4) == 0 => Span::db(1, 3990, 1 + below(40)),
        _ => Span::db(1, below(2000), len).in_units_of(unit),
    }
}

fn shuffle<T>(chance: &mut Chance, things: &mut [T]) {
    for i in (1..things.len()).rev() {
        things.swap(i, chance.below(i + 1));
    }
}

#[test]
fn every_operation_survives_every_cut() {
    let spans =
        [Span::db(1, 7, 300), Span::db(2, 98, 4), Span::bit(Area::Flags, 0, 9, 3), Span::timers(3, 4)];
    let data: Vec<u8> = (0..250).collect();
    let writes = [Write { span: Span::db(3, 5, 250), data: &data }];
    let mut took = vec![];
    for size in 1..=300 {
        let (mut pair, mut plc) = (pair(112, 3), plc());
        let mut op = Read::new(Span::db(1, 5, 500));
        took.push(run(&mut op, &mut pair, &mut plc, size, |_| {}).unwrap());
        assert_eq!(op.finish(), octets(Area::Db, 1, 5, 500), "pieces of {size}");

        let mut op = ReadMany::new(&spans, Merge::Within(4));
        run(&mut op, &mut pair, &mut plc, size, |replies| replies.reverse()).unwrap();
        let got = op.finish();
        for (span, got) in spans.iter().zip(got.iter()) {
            assert_eq!(got.map(<[u8]>::to_vec), model(&plc, span), "pieces of {size}");
        }

        let mut op = WriteMany::new(&writes);
        run(&mut op, &mut pair, &mut plc, size, |_| {}).unwrap();
        assert!(op.finish().all_written());
        assert_eq!(plc.area(Area::Db, 3)[5..255], data, "pieces of {size}");

        let mut op = Szl::new(SzlId::ComponentIdentification, 0);
        run(&mut op, &mut pair, &mut plc, size, |_| {}).unwrap();
        assert_eq!(op.finish(), plc.lists[&(0x001c, 0)], "pieces of {size}");
    }
    // 500 octets in pieces of 94, three at a time: the cuts of the network cost no job.
    assert!(took.iter().all(|took| *took == Took { rounds: 2, jobs: 6, window: 3 }));
}

#[test]
fn results_are_what_the_memory_holds_for_every_pdu_and_any_items() {
    for pdu in 112..=960 {
        let mut chance = Chance(pdu.into());
        let (mut pair, mut plc) = (pair(pdu, 1 + pdu % 5), plc());
        let n = 1 + chance.below(40);
        let spans: Vec<Span> = (0..n).map(|_| any_span(&mut chance, 3 * usize::from(pdu))).collect();
        let gap = u16::try_from(chance.below(60)).unwrap();
        for merge in [Merge::Never, Merge::Within(gap)] {
            let mut op = ReadMany::new(&spans, merge);
            run(&mut op, &mut pair, &mut plc, 1000, |replies| shuffle(&mut chance, replies)).unwrap();
            let items = op.finish();
            assert_eq!(items.len(), spans.len());
            for (span, got) in spans.iter().zip(items.iter()) {
                assert_eq!(got.map(<[u8]>::to_vec), model(&plc, span), "PDU {pdu}, {merge:?}, {span:?}");
            }
        }
        let one = any_span(&mut chance, 3000);
        let mut op = Read::new(one);
        let ran = run(&mut op, &mut pair, &mut plc, 1000, |replies| shuffle(&mut chance, replies));
        match model(&plc, &one) {
            Ok(octets) => assert!(ran.is_ok() && op.finish() == octets, "PDU {pdu}, {one:?}, {ran:?}"),
            Err(code) => assert_eq!(ran, Err(Error::Item(code)), "PDU {pdu}, {one:?}"),
        }
    }
}

#[test]
fn writes_are_applied_in_order_for_every_pdu() {
    for pdu in 112..=960 {
        let mut chance = Chance(u64::from(pdu) << 20);
        let (mut pair, mut plc) = (pair(pdu, 4), plc());
        let mut want = plc.area(Area::Db, 3).to_vec();
        // Places overlap, so the order shows.
        let data: Vec<(u32, Vec<u8>)> = (0..12)
            .map(|i| {
                let len = if chance.one_in(4) { 1 + chance.below(1500) } else { 1 + chance.below(30) };
                (u32::try_from(chance.below(200)).unwrap(), vec![i; len])
            })
            .collect();
        let writes: Vec<Write<'_>> = data
            .iter()
            .map(|(at, data)| Write { span: Span::db(3, *at, data.len().try_into().unwrap()), data })
            .collect();
        for (at, data) in &data {
            want[*at as usize..][..data.len()].copy_from_slice(data);
        }
        let mut op = WriteMany::new(&writes);
        let took = run(&mut op, &mut pair, &mut plc, 1000, |_| {}).unwrap();
        assert_eq!(took.window, 1, "one write at a time keeps the order");
        assert!(op.finish().all_written());
        assert_eq!(plc.area(Area::Db, 3), want, "PDU {pdu}");
    }
}

#[test]
fn lists_of_many_parts_come_whole_for_every_pdu() {
    for pdu in 112..=960 {
        let (mut pair, mut plc) = (pair(pdu, 2), plc());
        let mut op = Szl::new(SzlId::ComponentIdentification, 0);
        let took = run(&mut op, &mut pair, &mut plc, 1000, |_| {}).unwrap();
        assert_eq!(took.jobs, 348usize.div_ceil(usize::from(pdu) - 26), "PDU {pdu}");
        assert_eq!(op.finish(), plc.lists[&(0x001c, 0)], "PDU {pdu}");
        // Once more: its parts have another number then.
        let mut op = Szl::new(SzlId::ComponentIdentification, 0);
        run(&mut op, &mut pair, &mut plc, 1000, |_| {}).unwrap();
        assert_eq!(op.finish(), plc.lists[&(0x001c, 0)], "PDU {pdu}");
    }
}

#[test]
fn refused_merged_parts_are_asked_again_one_by_one() {
    let spans = [Span::db(2, 90, 8), Span::db(2, 99, 2), Span::bit(Area::Db, 2, 106, 1), Span::db(2, 110, 4)];
    let (mut pair, mut plc) = (pair(240, 2), plc());
    let items = |got: &Items| got.iter().map(|got| got.map(<[u8]>::to_vec)).collect::<Vec<_>>();
    let mut op = ReadMany::new(&spans, Merge::Within(8));
    assert_eq!(run(&mut op, &mut pair, &mut plc, 99, |_| {}).unwrap().jobs, 2, "merged, then each by itself");
    let want: Vec<_> = spans.iter().map(|span| model(&plc, span)).collect();
    let got = op.finish();
    assert_eq!(items(&got), want);
    assert_eq!(want.iter().filter(|item| item.is_err()).count(), 1);
    // Without the hole one job is enough.
    plc.holes.clear();
    let mut op = ReadMany::new(&spans, Merge::Within(8));
    assert_eq!(run(&mut op, &mut pair, &mut plc, 99, |_| {}).unwrap().jobs, 1);
    assert!(op.finish().iter().all(|item| item.is_ok()));
}

#[test]
fn a_report_says_what_became_of_every_piece() {
    let long = [7; 300];
    let writes = [
        Write { span: Span::db(3, 0, 4), data: &[1; 4] },
        Write { span: Span::db(2, 0, 300), data: &long },
        Write { span: Span::bit(Area::Flags, 0, 1, 5), data: &[1] },
        Write { span: Span::db(9, 0, 1), data: &[1] },
        Write { span: Span::timers(2, 1), data: &[0, 0x42] },
    ];
    let piece = |item, at, len, outcome| Piece { item, at, len, outcome };
    let refused = |code| Outcome::Refused(code);

    // Block 2 has a hole at 100, in the second of three pieces of 84; what comes behind it never leaves.
    let (mut both, mut plc) = (pair(112, 4), plc());
    let mut op = WriteMany::new(&writes);
    run(&mut op, &mut both, &mut plc, 50, |_| {}).unwrap();
    let want = [
        piece(0, 0, 4, Outcome::Written),
        piece(1, 0, 84, Outcome::Written),
        piece(1, 84, 84, refused(ReturnCode::AccessNotAllowed)),
        piece(1, 168, 84, Outcome::NotSent),
        piece(1, 252, 48, Outcome::NotSent),
        piece(2, 0, 1, Outcome::Written),
        piece(3, 0, 1, refused(ReturnCode::NoObject)),
        piece(4, 0, 2, Outcome::Written),
    ];
    let report = op.finish();
    assert_eq!(report.pieces, want);
    assert_eq!(report.item(1), refused(ReturnCode::AccessNotAllowed));
    assert_eq!((report.item(0), report.all_written()), (Outcome::Written, false));
    assert_eq!(plc.area(Area::Timers, 0)[4..6], [0, 0x42]);

    // The job is refused as a whole: it stays at that.
    plc.forbidden.push((Function::Write, ErrorCode::Protected));
    let mut op = WriteMany::new(&writes);
    let ran = run(&mut op, &mut both, &mut plc, 50, |_| {});
    assert_eq!(ran, Err(Error::Refused(ErrorCode::Protected)));
    let outcomes: Vec<Outcome> = op.finish().pieces.iter().map(|piece| piece.outcome).collect();
    assert_eq!(outcomes[0], Outcome::JobRefused(ErrorCode::Protected));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Outcome::NotSent));

    // The line goes dead while a job is out: only that one is unknown.
    let (mut client, _) = pair(112, 4);
    let mut op = WriteMany::new(&writes);
    client.ask(Owner(0), &mut op, &mut vec![]).unwrap();
    let outcomes: Vec<Outcome> = op.finish().pieces.iter().map(|piece| piece.outcome).collect();
    assert_eq!(outcomes[0], Outcome::Unknown);
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Outcome::NotSent));
    assert!(WriteMany::new(&writes).finish().pieces.iter().all(|p| p.outcome == Outcome::NotSent));
}

/// An operation of the simulation: a read whose result tells from where it is.
struct Caller {
    op: Read,
    span: Span,
    open: usize,
    /// Rounds until it is given up.
    patience: usize,
}

#[test]
fn a_late_or_repeated_reply_never_lands_in_another_operation() {
    const CALLERS: usize = 4;
    let mut chance = Chance(0x5eed);
    let (mut finished, mut given_up, mut stray, mut connections, mut lost) = (0, 0, 0, 1, 0);
    let (mut both, mut plc) = (pair(112, 5), plc());
    let mut callers: [Option<Caller>; CALLERS] = Default::default();
    let mut line: Vec<Vec<u8>> = vec![];
    for round in 0..10_000 {
        let at = chance.below(CALLERS);
        let owner = Owner(at);
        let mut up = vec![];
        let caller = callers[at].get_or_insert_with(|| {
            let start = u32::try_from(chance.below(3000)).unwrap();
            let span = Span::db(1, start, 1 + u32::try_from(chance.below(400)).unwrap());
            Caller { op: Read::new(span), span, open: 0, patience: 1 + chance.below(12) }
        });
        caller.open += both.0.ask(owner, &mut caller.op, &mut up).unwrap().sent;
        assert!(both.0.in_flight() <= 5, "round {round}: the window is exceeded");
        caller.patience -= 1;
        if caller.patience == 0 {
            // Its place is taken by another at once, and its replies are still to come.
            both.0.abandon(owner);
            callers[at] = None;
            given_up += 1;
        }
        let mut down = vec![];
        both.1.receive(&up, &mut plc, &mut down).unwrap();
        line.extend(messages(&down));
        shuffle(&mut chance, &mut line);
        // Some come now, the others later; some come again, some never.
        for _ in 0..chance.below(4).min(line.len()) {
            let frame = line.pop().unwrap();
            if chance.one_in(8) {
                line.insert(0, frame.clone());
            }
            if chance.one_in(60) {
                lost += 1;
                continue;
            }
            let (mut first, mut second) = frame.split_at(chance.below(frame.len()));
            assert!(both.0.next(&mut first).unwrap().is_none());
            let arrival = both.0.next(&mut second).unwrap().unwrap();
            let Some(Owner(at)) = arrival.owner else {
                stray += 1;
                continue;
            };
            let caller = callers[at].as_mut().expect("who gave up owns nothing");
            caller.open -= arrival.tag.deliver(&mut caller.op, arrival.message).unwrap();
            if caller.open == 0 && caller.op.want() == Want::Nothing {
                let Caller { op, span, .. } = callers[at].take().unwrap();
                assert_eq!(op.finish(), octets(Area::Db, 1, span.start, span.len), "round {round}");
                finished += 1;
            }
        }
        if !both.0.has_room() && line.is_empty() {
            // What was lost is never answered: a driver connects again.
            (both, callers) = (pair(112, 5), Default::default());
            connections += 1;
        }
    }
    // What the simulation went through; a seed gives the same each time.
    let table = format!(
        "finished {finished}, given up {given_up}, replies without an owner {stray}, lost {lost}, \
         connections {connections}"
    );
    assert_eq!(
        table,
        "finished 3123, given up 1000, replies without an owner 2633, lost 182, connections 28"
    );
}

#[test]
fn a_server_that_grants_more_than_was_asked_is_taken_at_its_word() {
    // snap7's server lifts what is below 240; this one lifts to 960.
    let lifts = Policy { least_pdu: 960, ..policy(960, 2) };
    let (mut pair, mut plc) = (connected(lifts, Limits { pdu: 112, jobs: 2 }, 0), plc());
    assert_eq!(pair.0.limits(), Limits { pdu: 960, jobs: 2 });
    let mut op = Read::new(Span::db(1, 0, 942));
    assert_eq!(run(&mut op, &mut pair, &mut plc, 1000, |_| {}).unwrap().jobs, 1);
    assert_eq!(op.finish(), octets(Area::Db, 1, 0, 942));
}

#[test]
fn references_run_around_past_0_and_past_one_that_is_awaited() {
    let (mut client, mut server) = connected(policy(112, 2), Limits { pdu: 112, jobs: 2 }, 0xfff0);
    let (mut plc, mut slow) = (plc(), Read::new(Span::db(1, 50, 4)));
    let (mut first, mut kept) = (vec![], vec![]);
    client.ask(Owner(0), &mut slow, &mut first).unwrap();
    server.receive(&first, &mut plc, &mut kept).unwrap();
    let reference = |frame: &[u8]| u16::from_be_bytes([frame[11], frame[12]]);
    let awaited = reference(&first);
    for i in 0..70_000u32 {
        let (mut op, mut up, mut down) = (Read::new(Span::db(1, i % 99, 1)), vec![], vec![]);
        client.ask(Owner(1), &mut op, &mut up).unwrap();
        assert!(reference(&up) != 0 && reference(&up) != awaited, "request {i}");
        server.receive(&up, &mut plc, &mut down).unwrap();
        let mut input = &down[..];
        let arrival = client.next(&mut input).unwrap().unwrap();
        assert_eq!(arrival.owner, Some(Owner(1)));
        arrival.tag.deliver(&mut op, arrival.message).unwrap();
    }
    // The slow one is still known for what it is.
    let mut input = &kept[..];
    let arrival = client.next(&mut input).unwrap().unwrap();
    assert_eq!(arrival.owner, Some(Owner(0)));
    arrival.tag.deliver(&mut slow, arrival.message).unwrap();
    assert_eq!(slow.finish(), octets(Area::Db, 1, 50, 4));
}

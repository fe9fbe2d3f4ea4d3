//! S7CommPlus in memory, the client's machine against the server's: plain and inside TLS, cut anywhere, shuffled, repeated, with
//! what a CPU sends of its own in between; and what becomes of each refusal.
use hepta_proto::error::Error;
use hepta_proto::iso::{self, TpduSize, Tsap};
use hepta_proto::machine::{Machine, Owner, Progress, Runs, Shake};
use hepta_proto::op::Want;
use hepta_proto::plus::client::{Client, Handshake, Tag, Wish};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::op::{Get, Operation, Outcome, ReadBlock, ReadItems, Set, Span, WriteBlock};
use hepta_proto::plus::server::{Flow, Policy, Server};
use hepta_proto::plus::{ErrorCode, Function, Id, ItemAddress, Refused, ReturnValue, Security, Value};
use hepta_proto::tls::{Tls, TlsError};

#[path = "common/oms.rs"]
mod oms;
use oms::{Cpu, SESSION, Veil, veiled};

const POLICY: Policy = Policy { size: TpduSize::STANDARD, integrity: true, longest: 64 * 1024 };

/// What is done to the units that a CPU sends, before they arrive.
type Way<'a> = &'a mut dyn FnMut(&mut Vec<Vec<u8>>);

fn straight(_: &mut Vec<Vec<u8>>) {}

fn wish(security: Security) -> Wish {
    Wish::new(iso::Request::new(Tsap::new(*b"SIMATIC-ROOT-HMI").unwrap()), security)
}

fn veil() -> Box<dyn Tls> {
    Box::new(Veil::new(true))
}

fn units(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut units = vec![];
    while let [_, _, l0, l1, ..] = *stream {
        let (unit, rest) = stream.split_at(u16::from_be_bytes([l0, l1]).into());
        units.push(unit.to_vec());
        stream = rest;
    }
    assert!(stream.is_empty(), "half a unit at the end");
    units
}

fn unit(octets: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(octets.len() + 7).unwrap().to_be_bytes();
    [&[3, 0, l0, l1, 2, 0xf0, 0x80], octets].concat()
}

/// A server and what it serves.
struct End {
    server: Server,
    cpu: Cpu,
    /// Octets that arrive at a time, at either end.
    step: usize,
}

impl End {
    fn new(cpu: Cpu, policy: Policy, step: usize) -> Self {
        Self { server: Server::new(policy, 9), cpu, step }
    }
    fn serve(&mut self, up: &[u8]) -> Vec<Vec<u8>> {
        let mut out = vec![];
        for piece in up.chunks(self.step) {
            assert_eq!(self.server.receive(piece, &mut self.cpu, &mut out), Ok(Flow::Go));
        }
        units(&out)
    }
}

/// The whole handshake.
fn shake(wish: Wish, tls: Option<Box<dyn Tls>>, end: &mut End, way: Way<'_>) -> Result<Client, Error> {
    let mut up = vec![];
    let mut shake = Handshake::new(wish, tls, &mut up)?;
    while !up.is_empty() {
        let mut down = end.serve(&core::mem::take(&mut up));
        way(&mut down);
        let down = down.concat();
        let mut pieces = down.chunks(end.step);
        while let Some(piece) = pieces.next() {
            match shake.receive(piece, &mut up)? {
                Progress::More(more) => shake = more,
                Progress::Ready(mut client) => {
                    for mut piece in pieces {
                        while let Some(arrival) = client.next(&mut piece, &mut up)? {
                            assert_eq!(arrival.owner, None);
                        }
                    }
                    assert!(up.is_empty());
                    return Ok(client);
                }
            }
        }
    }
    panic!("the handshake hangs")
}

struct Pair {
    client: Client,
    end: End,
}

/// Security, and whether TLS is offered: without TLS and with it.
const BOTH: [Security; 2] = [Security::Open, Security::Tls];

fn pair(security: Security) -> Pair {
    pair_of(security, Cpu::default(), POLICY, usize::MAX, &mut straight)
}

fn pair_of(security: Security, cpu: Cpu, policy: Policy, step: usize, way: Way<'_>) -> Pair {
    let mut end = End::new(cpu, policy, step);
    let client = shake(wish(security), Some(veil()), &mut end, way).unwrap();
    Pair { client, end }
}

const OWNER: Owner = Owner(7);

impl Pair {
    /// Runs an operation to its end. Gives how many requests it took.
    fn run<O: Operation>(&mut self, op: &mut O, way: Way<'_>) -> Result<usize, Error> {
        let (mut up, mut open, mut took) = (vec![], 0, 0);
        loop {
            let asked = Runs::<O>::ask(&mut self.client, OWNER, op, &mut up)?;
            (open, took) = (open + asked.sent, took + asked.sent);
            if open == 0 && asked.want == Want::Nothing {
                return Ok(took);
            }
            let mut down = self.end.serve(&core::mem::take(&mut up));
            way(&mut down);
            let before = open;
            open -= self.deliver(op, &down.concat())?;
            assert!(open < before, "it hangs");
        }
    }
    fn deliver<O: Operation>(&mut self, op: &mut O, down: &[u8]) -> Result<usize, Error> {
        let (mut answered, mut up) = (0, vec![]);
        for mut piece in down.chunks(self.end.step) {
            while let Some(arrival) = self.client.next(&mut piece, &mut up)? {
                if arrival.owner == Some(OWNER) {
                    answered += <Client as Runs<O>>::deliver(arrival.tag, op, arrival.message)?;
                }
            }
        }
        assert!(up.is_empty(), "a client with nothing to say has said something");
        Ok(answered)
    }
}

/// What a CPU sends of its own: a system event that tells of octets acknowledged, and a notification nobody asked for.
fn noise() -> [Vec<u8>; 2] {
    let event = [0x72, 0xfe, 0, 16, 0, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 0, 0, 0, 0, 0, 0];
    let push = [0x72, 2, 0, 8, 0x33, 0x70, 0, 0, 1, 4, 0, 0, 0x72, 2, 0, 0];
    [event.to_vec(), push.to_vec()]
}

/// Before each unit with a frame in it, and behind it. Between the pieces of one message only events may stand.
fn noisy(down: &mut Vec<Vec<u8>>) {
    let mut out = vec![];
    for whole in core::mem::take(down) {
        // Behind TPKT and COTP: a frame, or a record with one. The handshakes of both layers have nothing between them.
        let [event, push] = match whole.get(7) {
            Some(0x72) => noise().map(|frame| unit(&frame)),
            Some(0x17) => noise().map(|frame| unit(&veiled(&frame))),
            _ => {
                out.push(whole);
                continue;
            }
        };
        // InitSSL is answered before there is a session that anything could be told of.
        let early = whole.get(11..16) == Some(&[0x32, 0, 0, 0x05, 0xb3]);
        let trailers = [[0x72, 1, 0, 0], [0x72, 2, 0, 0]];
        let last = trailers.iter().any(|t| whole.ends_with(t) || whole.ends_with(&veiled(t)[3..]));
        if !early {
            out.push(event.clone());
        }
        out.push(whole);
        if last && !early {
            out.extend([event, push]);
        }
    }
    *down = out;
}

fn ramp(start: usize, len: usize) -> Vec<u8> {
    (start..start + len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

/// One of everything, with results that are looked at.
fn everything(pair: &mut Pair, way: Way<'_>) {
    let items: Vec<_> = (1..=30).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
    let mut op = ReadItems::new(&items[..]);
    assert!(pair.run(&mut op, way).unwrap() >= 5);
    let values: Vec<_> = op.finish().into_iter().map(|value| value.unwrap().as_u32().unwrap()).collect();
    assert_eq!(values, (1..=30).collect::<Vec<u32>>());

    let octets = vec![7; 1200];
    let mut op = WriteBlock::new(0x8a0e_0001, 100, &octets);
    pair.run(&mut op, way).unwrap();
    let written = op.finish();
    assert_eq!((written.octets, written.next), (1200, Outcome::Written));
    let mut op = ReadBlock::new(vec![Span { area: 0x8a0e_0001, start: 99, len: 3000 }]);
    pair.run(&mut op, way).unwrap();
    assert_eq!(op.finish(), [Ok([&ramp(99, 1), &octets[..], &ramp(1300, 1799)].concat())]);

    let mut op = Get::of_session(&[1842]);
    assert_eq!(pair.run(&mut op, way), Ok(1));
    assert_eq!(op.finish().as_u32(), Some(1842));
    // A request that is longer than one frame.
    let mut op = Set::new(SESSION, 1, Value::blob(ramp(0, 5000)));
    assert_eq!(pair.run(&mut op, way), Ok(1));
    assert_eq!(pair.client.in_flight(), 0);
}

#[test]
fn sessions_and_operations_survive_every_cut() {
    for security in BOTH {
        for step in (1..=64).chain([100, 986, 1023, 1024, 1025, 5000]) {
            let mut pair = pair_of(security, Cpu::default(), POLICY, step, &mut straight);
            let peer = pair.client.peer();
            assert_eq!((peer.session, peer.subscriptions, peer.security), (SESSION, SESSION + 1, security));
            assert_eq!(peer.device, "1;6ES7 515-2AM02-0AB0 ;V2.9");
            assert_eq!((peer.limits.reads, peer.limits.writes), (7, 7));
            assert_eq!(peer.limits.subscriptions, [Some(100), Some(101), Some(102)]);
            assert_eq!(peer.secret(), (security == Security::Tls).then_some(&[0xee; 32]));
            assert_eq!(pair.end.cpu.secured, security == Security::Tls);
            everything(&mut pair, &mut straight);
        }
    }
}

#[test]
fn ranges_of_any_length_come_each_with_its_own_result() {
    let mut pair = pair(Security::Tls);
    let span = |start, len| Span { area: 0x8a0e_0001, start, len };
    // Of the fourth the first piece is there, and the second is not.
    let spans = [span(3, 35_000), span(39_999, 2), span(7, 0), span(20_000, 30_000), span(39_996, 4)];
    let refused = Err(ReturnValue::OBJECT_NOT_FOUND);
    let wanted = [Ok(ramp(3, 35_000)), refused.clone(), Ok(vec![]), refused.clone(), Ok(ramp(39_996, 4))];
    let mut op = ReadBlock::new(&spans[..]);
    pair.run(&mut op, &mut straight).unwrap();
    assert_eq!(op.finish(), wanted);
    // The same without a long one.
    let short: Vec<_> = spans.into_iter().filter(|span| span.len < 100).collect();
    let mut op = ReadBlock::new(short);
    pair.run(&mut op, &mut straight).unwrap();
    assert_eq!(op.finish(), [refused, Ok(vec![]), Ok(ramp(39_996, 4))]);
}

#[test]
fn every_unit_is_as_long_as_agreed_at_the_most() {
    for (security, size) in BOTH.into_iter().flat_map(|s| [7, 8, 10, 13].map(|size| (s, size))) {
        let size = TpduSize::from_exponent(size).unwrap();
        let policy = Policy { size, ..POLICY };
        let agreed = size.octets().min(TpduSize::STANDARD.octets());
        let mut longest = 0;
        let mut way = |down: &mut Vec<Vec<u8>>| {
            longest = down.iter().map(Vec::len).fold(longest, usize::max);
        };
        let mut pair = pair_of(security, Cpu::default(), policy, usize::MAX, &mut way);
        everything(&mut pair, &mut way);
        assert!(longest <= 4 + agreed && longest > agreed - 40, "{longest} of {agreed}");
    }
}

#[test]
fn what_a_cpu_sends_of_its_own_disturbs_nothing() {
    for security in BOTH {
        for step in [1, 13, usize::MAX] {
            let mut pair = pair_of(security, Cpu::default(), POLICY, step, &mut noisy);
            everything(&mut pair, &mut noisy);
        }
    }
}

#[test]
fn answers_in_any_order_and_twice() {
    for security in BOTH {
        let mut pair = pair(security);
        let mut old: Vec<Vec<u8>> = vec![];
        // Backwards, each twice, and those of the round before once more.
        let mut way = |down: &mut Vec<Vec<u8>>| {
            down.reverse();
            let now = down.clone();
            down.extend(now.clone());
            down.extend(core::mem::replace(&mut old, now));
        };
        let items: Vec<_> = (1..=200).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
        for _ in 0..3 {
            let mut op = ReadItems::new(&items[..]);
            assert_eq!(pair.run(&mut op, &mut way), Ok(29));
            let values: Vec<_> =
                op.finish().into_iter().map(|value| value.unwrap().as_u32().unwrap()).collect();
            assert_eq!(values, (1..=200).collect::<Vec<u32>>());
        }
        assert_eq!(pair.client.in_flight(), 0);
    }
}

#[test]
fn late_answers_reach_nobody() {
    let mut pair = pair(Security::Tls);
    let (mut up, items) = (vec![], [ItemAddress::new(0x8a0e_0002, [1])]);
    let mut given_up = ReadItems::new(&items[..]);
    let asked = Runs::<ReadItems<'_>>::ask(&mut pair.client, OWNER, &mut given_up, &mut up).unwrap();
    assert_eq!((asked.sent, pair.client.in_flight()), (1, 1));
    pair.client.abandon(OWNER);
    let late = pair.end.serve(&up).concat();
    // It keeps its place until its answer comes.
    assert_eq!(pair.client.in_flight(), 1);
    let mut op = Get::of_session(&[1842]);
    pair.run(&mut op, &mut |down| down.insert(0, late.clone())).unwrap();
    assert_eq!((op.finish().as_u32(), pair.client.in_flight()), (Some(1842), 0));
}

#[test]
fn an_answer_to_another_function_fails_that_request_alone() {
    let mut pair = pair(Security::Open);
    let mut op = Get::of_session(&[1842]);
    // Function 04BB, where it stands in TPKT, COTP, frame and message.
    let failed = pair.run(&mut op, &mut |down| down[0][14..16].copy_from_slice(&[0x04, 0xbb]));
    assert!(matches!(failed, Err(Error::Unexpected(_))), "{failed:?}");
    assert_eq!(pair.client.in_flight(), 0);
    everything(&mut pair, &mut straight);
}

#[test]
fn counters_count_as_vendor_clients_do() {
    for security in BOTH {
        let mut pair = pair(security);
        let mut ops: [Set; 2] = core::array::from_fn(|_| Set::new(SESSION, 1, Value::from(1u32)));
        let mut gets = [Get::of_session(&[1842]), Get::of_session(&[303])];
        for (set, get) in ops.iter_mut().zip(&mut gets) {
            pair.run(set, &mut straight).unwrap();
            pair.run(get, &mut straight).unwrap();
        }
        let mut up = vec![];
        pair.client.close(&mut up);
        // The end of TLS and of the transport are no frames.
        let _ = pair.end.server.receive(&up, &mut pair.end.cpu, &mut vec![]);
        let first = if security == Security::Tls { 2 } else { 1 };
        let seen: Vec<_> =
            pair.end.cpu.log.iter().map(|(f, n, id, s, v)| (*f, n - first, *id, *s, *v)).collect();
        let want = [
            (Function::CreateObject, None, 0x120, Version::V1),
            (Function::SetMultiVariables, None, SESSION, Version::V2),
            (Function::GetMultiVariables, Some(1), SESSION, Version::V2),
            (Function::SetVariable, Some(3), SESSION, Version::V2),
            (Function::GetVarSubStreamed, Some(2), SESSION, Version::V2),
            (Function::SetVariable, Some(4), SESSION, Version::V2),
            (Function::GetVarSubStreamed, Some(3), SESSION, Version::V2),
            (Function::DeleteObject, Some(5), SESSION, Version::V2),
        ];
        let want: Vec<_> = (0..).zip(want).map(|(n, (f, id, s, v))| (f, n, id, s, v)).collect();
        assert_eq!(seen, want);
    }
}

#[test]
fn a_cpu_that_does_not_count_is_asked_without_numbers() {
    let policy = Policy { integrity: false, ..POLICY };
    let mut pair = pair_of(Security::Open, Cpu::default(), policy, usize::MAX, &mut straight);
    everything(&mut pair, &mut straight);
    assert!(pair.end.cpu.log.iter().all(|(.., id, _, _)| id.is_none()));
}

#[test]
fn behind_65535_comes_1_and_what_is_awaited_is_passed_over() {
    let mut pair = pair(Security::Open);
    let (mut up, mut given_up) = (vec![], Get::of_session(&[1]));
    let _ = Runs::<Get<'_>>::ask(&mut pair.client, OWNER, &mut given_up, &mut up).unwrap();
    pair.client.abandon(OWNER);
    let awaited = 4;
    pair.end.cpu.log.clear();
    for _ in 0..65_540 {
        pair.run(&mut Get::of_session(&[1842]), &mut straight).unwrap();
    }
    let seen: Vec<u16> = pair.end.cpu.log.iter().map(|asked| asked.1).collect();
    let want: Vec<u16> = (5..=65_535).chain(1..).filter(|n| *n != awaited).take(65_540).collect();
    assert!(seen == want, "{:?}", seen.iter().zip(&want).find(|(seen, want)| seen != want));
    assert_eq!(pair.client.in_flight(), 1);
}

fn refused(security: Security, cpu: Cpu) -> (Result<Client, Error>, Cpu) {
    let mut end = End::new(cpu, POLICY, usize::MAX);
    let client = shake(wish(security), Some(veil()), &mut end, &mut straight);
    (client, end.cpu)
}

#[test]
fn without_tls_only_on_the_cpus_word_and_where_it_was_allowed() {
    let none = [ErrorCode::NoSupportForTls, ErrorCode::StartTlsFailed, ErrorCode::StoppingTlsFailed];
    for code in none {
        let outcome = ReturnValue::of(code);
        let (client, cpu) = refused(Security::Tls, Cpu { tls: Err(outcome), ..Cpu::default() });
        assert_eq!(client.unwrap_err(), Error::NoSession(Refused::NoTls(outcome)), "{code:?}");
        assert!(cpu.log.is_empty());
        let (client, cpu) = refused(Security::Auto, Cpu { tls: Err(outcome), ..Cpu::default() });
        let client = client.unwrap();
        assert_eq!((client.peer().security, client.peer().secret()), (Security::Open, None), "{code:?}");
        assert!(!cpu.secured && client.tls().is_none());
    }
    // Any other failure says nothing of TLS.
    for code in [
        ErrorCode::ServiceInvalidSession,
        ErrorCode::ServiceUnknownRequest,
        ErrorCode::ServiceTooManySessions,
    ] {
        for security in [Security::Tls, Security::Auto] {
            let outcome = ReturnValue::of(code);
            let (client, cpu) = refused(security, Cpu { tls: Err(outcome), ..Cpu::default() });
            assert_eq!(client.unwrap_err(), Error::Returned { function: Function::InitSSL, outcome });
            assert!(cpu.log.is_empty());
        }
    }
    let (client, cpu) = refused(Security::Auto, Cpu::default());
    assert_eq!((client.unwrap().peer().security, cpu.secured), (Security::Tls, true));
    // Who wants none does not ask for it.
    let (client, cpu) = refused(Security::Open, Cpu::default());
    assert_eq!((client.unwrap().peer().security, cpu.secured), (Security::Open, false));
    let mut up = vec![];
    let local = Handshake::new(wish(Security::Auto), None, &mut up).unwrap_err();
    assert!(matches!(local, Error::Tls(TlsError::Local(_))) && up.is_empty());
}

#[test]
fn what_is_no_session_is_told() {
    for security in BOTH {
        let outcome = ReturnValue::of(ErrorCode::ServiceTooManySessions);
        let (client, _) = refused(security, Cpu { created: outcome, ..Cpu::default() });
        assert_eq!(client.unwrap_err(), Error::Returned { function: Function::CreateObject, outcome });
        let without = vec![Id::ServerSessionVersion.0];
        let (client, _) = refused(security, Cpu { without, ..Cpu::default() });
        assert_eq!(client.unwrap_err(), Error::NoSession(Refused::NoSession));
    }
    let key = || Cpu { challenge: true, ..Cpu::default() };
    assert_eq!(refused(Security::Open, key()).0.unwrap_err(), Error::NoSession(Refused::KeyWanted));
    // Inside TLS it is asked for later, by who has a password.
    assert!(refused(Security::Tls, key()).0.is_ok());
}

#[test]
fn a_cpu_that_does_not_tell_its_limits_is_asked_for_what_every_cpu_takes() {
    for (limits, most) in [(None, 20), (Some(0), 20), (Some(-4), 20), (Some(1), 1)] {
        let (client, _) = refused(Security::Tls, Cpu { limits, ..Cpu::default() });
        let limits = client.unwrap().peer().limits;
        assert_eq!((limits.reads, limits.writes), (most, most));
    }
}

#[test]
fn a_client_is_told_of_the_end() {
    let mut pair = pair(Security::Open);
    let mut logout = [0x72, 0xfe, 0, 22, 0, 0, 0, 0, 0, 0, 2, 0xfb, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
    logout.extend(b"LOGOUT");
    let failed = pair.run(&mut Get::of_session(&[1842]), &mut |down| down.insert(0, unit(&logout)));
    assert_eq!(failed, Err(Error::Dropped(ReturnValue::OK)));
    // Too long, or cut.
    let garbage: [&[u8]; 4] =
        [b"\x72\x02\xff", b"\x72\x04\x00\x01\x32", b"\x72\x02\x00\x00", b"\x73\x02\x00\x01\x32"];
    for octets in garbage {
        let mut pair = pair_of(Security::Tls, Cpu::default(), POLICY, usize::MAX, &mut straight);
        let (mut up, whole) = (vec![], unit(&veiled(octets)));
        let came = pair.client.next(&mut &whole[..], &mut up).map(|came| came.is_some());
        if octets.len() == 3 {
            assert_eq!(came, Ok(false));
        } else {
            assert!(matches!(came, Err(Error::Malformed(_))), "{octets:02x?}: {came:?}");
        }
    }
}

#[test]
fn a_server_bounds_its_requests() {
    let policy = Policy { longest: 4000, ..POLICY };
    for security in BOTH {
        let mut pair = pair_of(security, Cpu::default(), policy, usize::MAX, &mut straight);
        let mut up = vec![];
        let mut long = Set::new(SESSION, 1, Value::blob(vec![0; 9000]));
        let _ = Runs::<Set>::ask(&mut pair.client, OWNER, &mut long, &mut up).unwrap();
        let mut out = vec![];
        let fault = pair.end.server.receive(&up, &mut pair.end.cpu, &mut out).unwrap_err();
        assert!(fault.to_string().contains("longer"), "{fault}");
        assert!(out.is_empty());
    }
}

#[test]
fn what_a_push_is_tagged_as() {
    let mut pair = pair(Security::Open);
    for frame in noise() {
        let whole = unit(&frame);
        let (mut input, mut up) = (&whole[..], vec![]);
        let arrival = pair.client.next(&mut input, &mut up).unwrap().unwrap();
        assert_eq!((arrival.owner, arrival.tag), (None, Tag::Push));
    }
}

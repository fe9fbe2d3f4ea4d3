//! Whatever a peer sends: every answer is well formed, within the agreed PDU and no more than were asked for, and the cuts of
//! the network change nothing.
use super::link::{cut, units};
use super::plc::Plc;
use arbitrary::{Result, Unstructured};
use hepta_proto::classic::server::{Fault, Flow, Policy, Server};
use hepta_proto::classic::userdata::{Payload, Userdata};
use hepta_proto::classic::vars::{DataItem, Function, Head, Setup};
use hepta_proto::classic::{Area, Kind, Limits, Pdu, ReturnCode};
use hepta_proto::iso::{Arrival, Link, Request, Tpdu, TpduSize, Tsap};
use hepta_proto::wire::{Reader, Wire};

/// How the peer begins, what is agreed, how the stream is cut; then what it says.
pub fn run(data: &[u8]) {
    // Too short to say anything is no failure.
    let _ = peer(&mut Unstructured::new(data));
}

/// The memory the peer works on.
pub fn plc() -> Plc {
    let names: Vec<u8> = (1..=10).flat_map(|i| [&[0, i][..], &[b'A' + i; 32]].concat()).collect();
    Plc::default()
        .with(Area::Db, 1, 600)
        .with(Area::Db, 2, 64)
        .with(Area::Flags, 0, 32)
        .with(Area::Timers, 0, 32)
        .with(Area::Counters, 0, 32)
        .hole(Area::Db, 2, 40..44, ReturnCode::AccessNotAllowed)
        .list(0x001c, 0, 34, &names)
        .list(0x0424, 0, 20, &[8; 20])
}

fn peer(u: &mut Unstructured<'_>) -> Result<()> {
    let begins = u.int_in_range(0..=4u8)?;
    let policy = Policy {
        limits: Limits { pdu: u.int_in_range(64..=1000)?, jobs: u.int_in_range(1..=8)? },
        least_pdu: 64,
        size: TpduSize::from_exponent(u.int_in_range(7..=13)?).unwrap_or(TpduSize::STANDARD),
        strict_jobs: false,
        pdu_within_unit: false,
    };
    let wish = Setup { reserved: 0, calling: 4, called: 4, pdu: u.int_in_range(0..=1100)? };
    let mut lengths = [0; 4];
    u.fill_buffer(&mut lengths)?;

    let (link, mut stream) = (Link::new(policy.size, 2000), vec![]);
    if begins > 0 {
        Request { size: policy.size, ..Request::new(Tsap::from(0x0102)) }.write(&mut stream);
        let mut job = vec![0x32, 1, 0, 0, 0, 9, 0, 8, 0, 0];
        wish.write(&mut job);
        link.send(&job, &mut stream);
    }
    match begins {
        // As it comes, before or after the handshake.
        0 | 1 => stream.extend_from_slice(u.bytes(u.len())?),
        // Each piece in its own unit, so that the fuzzer need not learn TPKT.
        2 => {
            while !u.is_empty() {
                let n = u.int_in_range(0..=200)?;
                link.send(u.bytes(n.min(u.len()))?, &mut stream);
            }
        }
        // Jobs with lengths that are right.
        _ => {
            while !u.is_empty() {
                link.send(&job(u)?, &mut stream);
            }
        }
    }

    let whole = serve(policy, &[&stream]);
    let pieces = serve(policy, &cut(&stream, &lengths));
    assert_eq!(whole, pieces, "cut into {lengths:?}");
    answers(&whole, &stream);
    Ok(())
}

/// A job or a userdata request whose lengths are right, and whose items are often so.
fn job(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let (mut param, mut data) = (vec![], vec![]);
    let mut kind = Kind::Job;
    match u.int_in_range(0..=9u8)? {
        function @ 0..=5 => {
            let count = u.int_in_range(0..=24u8)?;
            param.extend_from_slice(&[if function < 3 { 4 } else { 5 }, count]);
            for left in (0..count).rev() {
                let transport = *u.choose(&[1, 2, 2, 2, 4, 7, 8, 0x1c, 0x1d])?;
                let area = *u.choose(&[0x84, 0x84, 0x84, 0x83, 0x1c, 0x1d, 0x81])?;
                let address = u32::from(u.arbitrary::<u16>()?).to_be_bytes();
                let n = u.int_in_range(0..=40u8)?;
                let db = u.int_in_range(0..=3u8)?;
                param.extend_from_slice(&[0x12, 10, 0x10, transport, 0, n, 0, db, area]);
                param.extend_from_slice(&address[1..]);
                if function >= 3 {
                    let start = data.len();
                    let octets = vec![n; usize::from(n) * usize::from(u.int_in_range(1..=4u8)?)];
                    let size = hepta_proto::classic::vars::DataSize(*u.choose(&[3, 4, 4, 4, 5, 7, 9])?);
                    DataItem::new(ReturnCode::Reserved, size, &octets).write(&mut data);
                    DataItem::fill(start, left > 0, &mut data);
                }
            }
        }
        6 | 7 => {
            kind = Kind::Userdata;
            let (method, len) = *u.choose(&[(0x11, 4), (0x12, 8)])?;
            param.extend_from_slice(&[0, 1, 0x12, len, method, 0x44, 1, u.int_in_range(0..=2)?]);
            param.extend(vec![0; usize::from(len) - 4]);
            let [i0, i1] = u16::to_be_bytes(*u.choose(&[0x001c, 0x0424, 0x0011])?);
            data.extend_from_slice(&[0xff, 9, 0, 4, i0, i1, 0, u.int_in_range(0..=1)?]);
        }
        8 => Setup { reserved: 0, calling: u.arbitrary()?, called: 1, pdu: u.arbitrary()? }.write(&mut param),
        _ => {
            kind = Kind(u.arbitrary()?);
            param.extend_from_slice(u.bytes(u.len().min(12))?);
        }
    }
    let mut out = vec![];
    Pdu::new(kind, u.arbitrary()?, &param, &data).write(&mut out);
    Ok(out)
}

#[derive(Debug, PartialEq)]
struct Served {
    out: Vec<u8>,
    end: core::result::Result<Flow, Fault>,
    plc: Plc,
}

fn serve(policy: Policy, pieces: &[&[u8]]) -> Served {
    let mut served = Served { out: vec![], end: Ok(Flow::Go), plc: plc() };
    let mut server = Server::new(policy, 7);
    for piece in pieces {
        served.end = server.receive(piece, &mut served.plc, &mut served.out);
        if served.end != Ok(Flow::Go) {
            break;
        }
    }
    served
}

fn answers(served: &Served, stream: &[u8]) {
    let agreed = served.plc.agreed.iter().map(|limits| limits.pdu).max().unwrap_or(64);
    assert!(served.plc.widest <= agreed.into(), "memory was asked for more than a PDU holds");
    assert!(units(&served.out).len() <= stream.len() / 4);
    let (mut link, mut input) = (Link::new(TpduSize::MOST, 4000), &served.out[..]);
    while let Some(arrival) = link.next(&mut input).expect("our own units") {
        let message = match arrival {
            Arrival::Message(message) => message,
            Arrival::Control(Tpdu::Connect(_) | Tpdu::DisconnectConfirm(_)) => continue,
            Arrival::Control(other) => panic!("nobody asked for {other:?}"),
        };
        assert!(message.len() <= agreed.into(), "an answer above the agreed PDU");
        let pdu = Pdu::read(&mut Reader::new(message)).expect("our own message");
        assert_eq!((pdu.redundancy, pdu.trailing), (0, &[][..]));
        match pdu.kind {
            Kind::Userdata => {
                Userdata::of(&pdu).expect("our own parameters");
                Payload::of(&pdu).expect("our own payload");
            }
            Kind::AckData if pdu.error.0 != 0 => assert_eq!((pdu.param, pdu.data), (&[][..], &[][..])),
            Kind::AckData => body(&pdu),
            kind => panic!("a server never sends {kind}"),
        }
    }
    assert!(!link.is_half());
}

fn body(pdu: &Pdu<'_>) {
    if let [0xf0, ..] = pdu.param {
        Setup::read(&mut pdu.params()).expect("our own setup");
        return;
    }
    let head = Head::read(&mut pdu.params()).expect("our own head");
    match head.function {
        Function::Read => {
            let mut r = pdu.datas();
            assert!(DataItem::list(head.count, &mut r).all(|item| item.is_ok()));
            r.end("nothing behind").expect("our own items");
        }
        Function::Write => assert_eq!(pdu.data.len(), usize::from(head.count)),
        other => panic!("{other} cannot succeed"),
    }
}

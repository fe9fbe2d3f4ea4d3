//! What each operation makes of each thing that a peer may say instead of the honest reply: one table.
use core::fmt::Write as _;
use hepta_proto::classic::client::Owner;
use hepta_proto::classic::op::{Merge, Read, ReadMany, Span, Szl, Write, WriteMany};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::{Area, Limits};
use hepta_proto::op::Operation;

mod common;
use common::plc::Plc;
use common::sim::{connected, framed, messages, policy};

const TABLE: &str = "\
honest
  read   [f7, c0, 99, 22]
  many   Ok([f7, c0, 99]) Ok([3b, f3])
  write  Written Written
  list   28 octets
said twice
  read   nobody's; [f7, c0, 99, 22]
  many   nobody's; Ok([f7, c0, 99]) Ok([3b, f3])
  write  nobody's; Written Written
  list   nobody's; 28 octets
octets behind the lengths
  read   [f7, c0, 99, 22]
  many   Ok([f7, c0, 99]) Ok([3b, f3])
  write  Written Written
  list   28 octets
after an empty part
  read   [f7, c0, 99, 22]
  many   Ok([f7, c0, 99]) Ok([3b, f3])
  write  Written Written
  list   28 octets
another reference
  read   waits; nobody's; []
  many   waits; nobody's; Err(Reserved) Err(Reserved)
  write  waits; nobody's; Unknown Unknown
  list   waits; nobody's; 0 octets
refused, ack
  read   the CPU refused: protection level forbids the function (d241); []
  many   the CPU refused: protection level forbids the function (d241); Err(Reserved) Err(Reserved)
  write  the CPU refused: protection level forbids the function (d241); JobRefused(Protected) JobRefused(Protected)
  list   the CPU refused: protection level forbids the function (d241); 0 octets
refused, ack-data
  read   the CPU refused: service not implemented, or frame error (8104); []
  many   the CPU refused: service not implemented, or frame error (8104); Err(Reserved) Err(Reserved)
  write  the CPU refused: service not implemented, or frame error (8104); JobRefused(NotImplemented) JobRefused(NotImplemented)
  list   the CPU refused: service not implemented, or frame error (8104); 0 octets
refused, with a sub code
  read   the CPU refused: parameters are being assigned to the CPU (d2a9); []
  many   the CPU refused: parameters are being assigned to the CPU (d2a9); Err(Reserved) Err(Reserved)
  write  the CPU refused: parameters are being assigned to the CPU (d2a9); JobRefused(ErrorCode(0xd2a9)) JobRefused(ErrorCode(0xd2a9))
  list   the CPU refused: parameters are being assigned to the CPU (d2a9); 0 octets
another function
  read   the answer to our Read is to Upload instead; []
  many   the answer to our Read is to Upload instead; Err(Reserved) Err(Reserved)
  write  the answer to our Write is to Upload instead; Unknown Unknown
  list   a message of kind Userdata is no answer to what we asked; 0 octets
another count
  read   we asked for 1 items and were answered 9; []
  many   we asked for 2 items and were answered 9; Err(Reserved) Err(Reserved)
  write  we asked for 2 items and were answered 9; Unknown Unknown
  list   28 octets
no parameters
  read   a message of kind AckData is no answer to what we asked; []
  many   a message of kind AckData is no answer to what we asked; Err(Reserved) Err(Reserved)
  write  a message of kind AckData is no answer to what we asked; Unknown Unknown
  list   a message of kind Userdata is no answer to what we asked; 0 octets
no data
  read   the peer sent a malformed data item head at octet 14; []
  many   the peer sent a malformed data item head at octet 14; Err(Reserved) Err(Reserved)
  write  Unknown Unknown
  list   the peer sent a malformed payload head at octet 22; 0 octets
half the data
  read   the peer sent a malformed data item shorter than its length says at octet 18; []
  many   the peer sent a malformed fill octet at octet 21; Err(Reserved) Err(Reserved)
  write  Written Unknown
  list   the peer sent a malformed payload shorter than its length says at octet 26; 0 octets
object does not exist
  read   the CPU refused: object does not exist (0a); []
  many   the peer sent a malformed data item head at octet 18; Err(NoObject) Err(Reserved)
  write  Refused(NoObject) Refused(Reserved)
  list   the CPU refused: information not available: list (d401); 0 octets
the same as snap7 says it
  read   the CPU refused: object does not exist (0a); []
  many   the peer sent a malformed data item head at octet 18; Err(NoObject) Err(Reserved)
  write  Refused(NoObject) Refused(Reserved)
  list   the peer sent a malformed payload shorter than its length says at octet 26; 0 octets
another kind
  read   a message of kind Userdata is no answer to what we asked; []
  many   a message of kind Userdata is no answer to what we asked; Err(Reserved) Err(Reserved)
  write  a message of kind Userdata is no answer to what we asked; Unknown Unknown
  list   waits; connection: the peer sent a malformed data shorter than its length says at octet 24; 0 octets
a job of its own
  read   waits; nobody's; []
  many   waits; nobody's; Err(Reserved) Err(Reserved)
  write  waits; nobody's; Unknown Unknown
  list   waits; nobody's; 0 octets
a length that lies
  read   waits; connection: the peer sent a malformed data shorter than its length says at octet 14; []
  many   waits; connection: the peer sent a malformed data shorter than its length says at octet 14; Err(Reserved) Err(Reserved)
  write  waits; connection: the peer sent a malformed data shorter than its length says at octet 14; Unknown Unknown
  list   waits; connection: the peer sent a malformed data shorter than its length says at octet 22; 0 octets
a disconnect
  read   waits; connection: the peer refused or ended the connection: ended as usual (80); []
  many   waits; connection: the peer refused or ended the connection: ended as usual (80); Err(Reserved) Err(Reserved)
  write  waits; connection: the peer refused or ended the connection: ended as usual (80); Unknown Unknown
  list   waits; connection: the peer refused or ended the connection: ended as usual (80); 0 octets
another protocol
  read   waits; connection: the peer sent a malformed S7 protocol id (0x32 is classic S7) at octet 0; []
  many   waits; connection: the peer sent a malformed S7 protocol id (0x32 is classic S7) at octet 0; Err(Reserved) Err(Reserved)
  write  waits; connection: the peer sent a malformed S7 protocol id (0x32 is classic S7) at octet 0; Unknown Unknown
  list   waits; connection: the peer sent a malformed S7 protocol id (0x32 is classic S7) at octet 0; 0 octets
";

/// What becomes of the honest reply on its way: a message in, octets of the line out.
type Twist = fn(&[u8]) -> Vec<u8>;

/// A message with other parameters and data, the rest as it was.
fn with(honest: &[u8], kind: u8, error: &[u8], param: &[u8], data: &[u8]) -> Vec<u8> {
    let [p, d] = [param, data].map(|part| u16::try_from(part.len()).unwrap().to_be_bytes());
    framed(&[&[0x32, kind], &honest[2..6], &p[..], &d, error, param, data].concat())
}

/// The parameters and the data of a message.
fn parts(honest: &[u8]) -> (&[u8], &[u8]) {
    let head = if honest[1] == 7 { 10 } else { 12 };
    honest[head..].split_at(u16::from_be_bytes([honest[6], honest[7]]).into())
}

/// One octet of the message is another.
fn bent(honest: &[u8], at: usize, octet: u8) -> Vec<u8> {
    let mut bent = honest.to_vec();
    bent[at] = octet;
    framed(&bent)
}

fn error(honest: &[u8]) -> &[u8] {
    if honest[1] == 7 { &[] } else { &[0, 0] }
}

const TWISTS: [(&str, Twist); 20] = [
    ("honest", framed),
    ("said twice", |m| framed(m).repeat(2)),
    ("octets behind the lengths", |m| framed(&[m, &[0xde, 0xad]].concat())),
    ("after an empty part", |m| [&[3, 0, 0, 7, 2, 0xf0, 0][..], &framed(m)].concat()),
    ("another reference", |m| bent(m, 5, 0x77)),
    ("refused, ack", |m| with(m, 2, &[0xd2, 0x41], &[], &[])),
    ("refused, ack-data", |m| with(m, 3, &[0x81, 4], &[], &[])),
    ("refused, with a sub code", |m| with(m, 3, &[0xd2, 0xa9], &[parts(m).0[0], 2], &[])),
    ("another function", |m| bent(m, if m[1] == 7 { 16 } else { 12 }, 0x1e)),
    ("another count", |m| bent(m, if m[1] == 7 { 17 } else { 13 }, 9)),
    ("no parameters", |m| with(m, m[1], error(m), &[], parts(m).1)),
    ("no data", |m| with(m, m[1], error(m), parts(m).0, &[])),
    ("half the data", |m| with(m, m[1], error(m), parts(m).0, &parts(m).1[..parts(m).1.len() / 2])),
    ("object does not exist", |m| with(m, m[1], error(m), parts(m).0, &[0x0a, 0, 0, 0])),
    ("the same as snap7 says it", |m| with(m, m[1], error(m), parts(m).0, &[0x0a, 0, 0, 4])),
    ("another kind", |m| bent(m, 1, if m[1] == 7 { 3 } else { 7 })),
    ("a job of its own", |m| bent(m, 1, 1)),
    ("a length that lies", |m| bent(m, 9, 0xff)),
    ("a disconnect", |_| vec![3, 0, 0, 11, 6, 0x80, 0, 1, 1, 0, 0x80]),
    ("another protocol", |m| bent(m, 0, 0x72)),
];

/// One request, one reply, twisted; what the operation says then.
fn play<O: Operation>(mut op: O, twist: Twist, finish: impl FnOnce(O) -> String) -> String {
    let limits = Limits { pdu: 240, jobs: 2 };
    let (mut client, mut server) = connected(policy(240, 2), limits, 100);
    let mut plc = Plc::default().with(Area::Db, 1, 64).with(Area::Db, 2, 64).list(
        0x0424,
        0,
        20,
        &[0x51, 0x44, 0xff, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x26, 1, 2, 3, 4, 5, 6, 7],
    );
    let (mut up, mut down) = (vec![], vec![]);
    client.ask(Owner(5), &mut op, &mut up).unwrap();
    server.receive(&up, &mut plc, &mut down).unwrap();
    let line = twist(&messages(&down)[0][7..]);
    let (mut input, mut open, mut said) = (&line[..], 1, vec![]);
    loop {
        match client.next(&mut input) {
            Ok(None) => break,
            Err(e) => {
                said.push(format!("connection: {e}"));
                break;
            }
            Ok(Some(arrival)) if arrival.owner.is_none() => said.push("nobody's".into()),
            Ok(Some(arrival)) => match arrival.tag.deliver(&mut op, arrival.message) {
                Ok(n) => open -= n,
                Err(e) => {
                    open -= 1;
                    said.push(e.to_string());
                }
            },
        }
    }
    let waits = if open > 0 { "waits; " } else { "" };
    format!("{waits}{}", said.into_iter().chain([finish(op)]).collect::<Vec<_>>().join("; "))
}

#[test]
fn every_operation_says_what_became_of_it() {
    let spans = [Span::db(1, 0, 3), Span::db(2, 9, 2)];
    let writes = [Write { span: spans[0], data: &[1; 3] }, Write { span: spans[1], data: &[2; 2] }];
    let mut table = String::new();
    for (name, twist) in TWISTS {
        let read = play(Read::new(Span::db(1, 0, 4)), twist, |op| format!("{:02x?}", op.finish()));
        let many = play(ReadMany::new(&spans, Merge::Never), twist, |op| {
            op.finish().iter().map(|item| format!("{item:02x?}")).collect::<Vec<_>>().join(" ")
        });
        let write = play(WriteMany::new(&writes), twist, |op| {
            op.finish().pieces.iter().map(|p| format!("{:?}", p.outcome)).collect::<Vec<_>>().join(" ")
        });
        let list = play(Szl::new(SzlId::ModeCurrent, 0), twist, |op| format!("{} octets", op.finish().len()));
        writeln!(table, "{name}\n  read   {read}\n  many   {many}\n  write  {write}\n  list   {list}")
            .unwrap();
    }
    assert_eq!(table, TABLE);
}

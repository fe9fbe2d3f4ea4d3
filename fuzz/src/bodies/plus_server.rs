//! Whatever a peer sends to a CPU by S7CommPlus, before or after it has a session, plain or inside TLS: the cuts of the network
//! change nothing, answers are well formed, and nothing is answered that was not asked.
use super::link::cut;
use super::oms::{Asked, Cpu, SESSION, Veil};
use arbitrary::{Result, Unstructured};
use hepta_proto::iso::{Arrival, Link, Request, TpduSize, Tsap};
use hepta_proto::machine::{Machine, Progress, Shake};
use hepta_proto::plus::Security;
use hepta_proto::plus::client::{Handshake, Wish};
use hepta_proto::plus::frame::{self, Frames, Version};
use hepta_proto::plus::message::{Context, Response};
use hepta_proto::plus::server::{Fault, Flow, Policy, Server};
use hepta_proto::tls::Tls;
use hepta_proto::wire::Reader;

/// Octets of the longest request.
const LONGEST: usize = 4096;

/// How the peer begins, how the stream is cut; then what it says.
pub fn run(data: &[u8]) {
    // Too short to say anything is no failure.
    let _ = peer(&mut Unstructured::new(data));
}

fn peer(u: &mut Unstructured<'_>) -> Result<()> {
    let (session, tls): (bool, bool) = (u.arbitrary()?, u.arbitrary()?);
    let how = u.int_in_range(0..=3u8)?;
    let mut lengths = [0; 4];
    u.fill_buffer(&mut lengths)?;
    let policy = Policy { size: TpduSize::STANDARD, integrity: u.arbitrary()?, longest: LONGEST };
    let greeting = if session { greeting(policy, tls) } else { vec![] };
    let mut stream = vec![];
    let veil = |octets: &[u8]| if session && tls { super::oms::veiled(octets) } else { octets.to_vec() };
    while !u.is_empty() {
        match how {
            // As it comes.
            0 => stream.extend_from_slice(u.bytes(u.len())?),
            // Each piece in its own unit, and its own record.
            1 => {
                let n = u.int_in_range(0..=200)?;
                unit(&veil(u.bytes(n.min(u.len()))?), &mut stream);
            }
            // Each piece a frame.
            2 => {
                let n = u.int_in_range(1..=200)?;
                unit(&veil(&whole(u.bytes(n.min(u.len()))?, u8::MAX)), &mut stream);
            }
            // Each a request of the session, whose body is made up.
            _ => {
                let function = *u.choose(&[0x4bb, 0x4ca, 0x4d4, 0x4f2, 0x542, 0x54c, 0x57c, 0x586, 0x5b3])?;
                let [f0, f1] = u16::to_be_bytes(function);
                let n = u.int_in_range(0..=200)?;
                let head = [&[0x31, 0, 0, f0, f1, 0, 0, 0, 9][..], &SESSION.to_be_bytes(), &[0x34]].concat();
                unit(&veil(&whole(&[&head, u.bytes(n.min(u.len()))?].concat(), 2)), &mut stream);
            }
        }
    }
    let all = serve(policy, &greeting, &[&stream]);
    let pieces = serve(policy, &greeting, &cut(&stream, &lengths));
    assert_eq!(all, pieces, "cut into {lengths:?}");
    answers(&all.out, session && tls, all.log.len() + stream.len() / 7);
    Ok(())
}

/// What a client says until it has a session, piece by piece as the server answers.
fn greeting(policy: Policy, tls: bool) -> Vec<Vec<u8>> {
    let (mut server, mut cpu) = (Server::new(policy, 9), Cpu::default());
    let (mut said, mut up) = (vec![], vec![]);
    let security = if tls { Security::Tls } else { Security::Open };
    let wish = Wish::new(Request::new(Tsap::from(0x0102)), security);
    let veil: Box<dyn Tls> = Box::new(Veil::new(true));
    let mut shake = Handshake::new(wish, Some(veil), &mut up).expect("a short TSAP");
    loop {
        let (mut down, now) = (vec![], core::mem::take(&mut up));
        assert_eq!(server.receive(&now, &mut cpu, &mut down), Ok(Flow::Go));
        said.push(now);
        match shake.receive(&down, &mut up).expect("our own answers") {
            Progress::More(more) => shake = more,
            Progress::Ready(client) => {
                assert!(client.has_room());
                return said;
            }
        }
    }
}

/// A message as one frame; in that version, or in the one that its first octet names.
fn whole(message: &[u8], version: u8) -> Vec<u8> {
    let version =
        Version(if version == u8::MAX { message.first().map_or(2, |octet| octet % 4) } else { version });
    let [.., l0, l1] = message.len().to_be_bytes();
    [&[0x72, version.0, l0, l1], message, &[0x72, version.0, 0, 0]].concat()
}

fn unit(octets: &[u8], out: &mut Vec<u8>) {
    let [l0, l1] = u16::try_from(octets.len() + 7).expect("a short piece").to_be_bytes();
    out.extend_from_slice(&[3, 0, l0, l1, 2, 0xf0, 0x80]);
    out.extend_from_slice(octets);
}

#[derive(Debug, PartialEq)]
struct Served {
    out: Vec<u8>,
    end: core::result::Result<Flow, Fault>,
    block: Vec<u8>,
    log: Vec<Asked>,
}

fn serve(policy: Policy, greeting: &[Vec<u8>], pieces: &[&[u8]]) -> Served {
    let (mut server, mut cpu, mut out) = (Server::new(policy, 9), Cpu::default(), vec![]);
    for said in greeting {
        assert_eq!(server.receive(said, &mut cpu, &mut out), Ok(Flow::Go));
    }
    out.clear();
    cpu.log.clear();
    let mut end = Ok(Flow::Go);
    for piece in pieces {
        end = server.receive(piece, &mut cpu, &mut out);
        if end != Ok(Flow::Go) {
            break;
        }
    }
    Served { out, end, block: cpu.block, log: cpu.log }
}

/// All that was said is units, records, frames and responses.
fn answers(out: &[u8], veiled: bool, most: usize) {
    let (mut link, mut input) = (Link::new(TpduSize::MOST, 70_000), out);
    let (mut frames, mut stream) = (Frames::new(1 << 20), vec![]);
    while let Some(arrival) = link.next(&mut input).expect("our own units") {
        let Arrival::Message(octets) = arrival else { continue };
        match octets {
            [0x17, _, _, said @ ..] if veiled => stream.extend(said.iter().map(|octet| octet ^ 0x5a)),
            [0x15 | 0x16, ..] => {}
            octets => stream.extend_from_slice(octets),
        }
    }
    assert!(!link.is_half());
    let (mut rest, mut count) = (&stream[..], 0);
    while let Some(arrival) = frames.next(&mut rest).expect("our own frames") {
        if let frame::Arrival::Pdu(pdu) = arrival {
            let cx = Context { version: pdu.version, integrity: None };
            Response::read(&mut Reader::new(pdu.data), cx).expect("our own answer");
            count += 1;
        }
    }
    assert!(!frames.is_half(), "half a frame");
    assert!(count <= most, "{count} answers");
}

//! Answers of many megabytes: sent as they are made, whoever reads them how. Alone in its process, for it looks at the memory
//! of all of it.
mod common;
use common::{dial, frame, until};
use core::net::SocketAddr;
use hepta_proto::data::{Type, Value as Data};
use hepta_proto::plus::code::Function;
use hepta_proto::plus::frame::{Arrival, Frames, Version};
use hepta_proto::plus::header;
use hepta_proto::plus::message::ask::{Explore, GetMultiVariables};
use hepta_proto::plus::message::{Addresses, Ask, Context, Reply, Request, Response};
use hepta_proto::plus::{ItemAddress, Object, Qualifier, Security, Value};
use hepta_proto::wire::Reader;
use hepta_server::plc::program::{Blocks, DataBlock, Var};
use hepta_server::plc::{Plc, Profile};
use hepta_server::{Emulator, Options, Plus};
use std::borrow::Cow;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// `SIMATIC-ROOT-HMI`, units of 1024.
const CR: &[u8] =
    b"\x03\x00\x00\x24\x1f\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x06\x00\xc2\x10SIMATIC-ROOT-HMI";
/// A session, as a client asks for it.
const CREATE: &str = "7201003a31000004ca0000000200000120360000011d00040000000000a1000000d3821f0000a3822c001280c3c901a1000000d3817f0000a2a20000000072010000";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
fn unit(octets: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(octets.len() + 7).unwrap().to_be_bytes();
    [&[3, 0, l0, l1, 2, 0xf0, 0x80], octets].concat()
}

struct Peer {
    io: TcpStream,
    frames: Frames,
    session: u32,
    sequence: u16,
}

impl Peer {
    fn to(addr: SocketAddr) -> Self {
        let mut io = dial(addr);
        io.write_all(CR).unwrap();
        assert_eq!(frame(&mut io)[5], 0xd0);
        let mut peer = Self { io, frames: Frames::new(64 << 20), session: 0, sequence: 2 };
        peer.io.write_all(&unit(&hex(CREATE))).unwrap();
        let (Reply::CreateObject(created), _) = peer.hear(Version::V1) else { panic!() };
        peer.session = created.ids[0];
        peer
    }
    fn request(&mut self, ask: Ask<'_>) -> Vec<u8> {
        self.sequence += 1;
        let head = header::Request::new(ask.function().unwrap(), self.sequence, self.session);
        let mut message = vec![];
        let tail = ask.tail(None);
        Request { head, ask, tail }.write(&mut message);
        let [l0, l1] = u16::try_from(message.len()).unwrap().to_be_bytes();
        unit(&[&[0x72, 1, l0, l1], &message[..], &[0x72, 1, 0, 0]].concat())
    }
    fn explore(&mut self, object: u32) -> Vec<u8> {
        self.request(Ask::Explore(Explore {
            object,
            association: 0,
            recursive: 1,
            unknown: 1,
            parents: 0,
            filters: vec![],
            attributes: Cow::Borrowed(&[]),
        }))
    }
    fn read(&mut self, lids: &[u32]) -> Vec<u8> {
        let items = [ItemAddress::below(0x8a0e_0001, 2550, lids)];
        let addresses = Addresses::items(&items);
        self.request(Ask::GetMultiVariables(GetMultiVariables { addresses, qualifier: Qualifier::default() }))
    }
    /// The next answer, and how many units it came in.
    fn hear(&mut self, version: Version) -> (Reply<'static>, usize) {
        let mut units = 0;
        loop {
            let unit = frame(&mut self.io);
            units += 1;
            // No unit is longer than was agreed on.
            assert!(unit.len() <= 1024, "{}", unit.len());
            let mut input = &unit[7..];
            match self.frames.next(&mut input).unwrap() {
                None => {}
                Some(Arrival::Pdu(pdu)) => {
                    assert!(input.is_empty());
                    assert_eq!(pdu.pieces().count(), units);
                    // Leaked, for a test: the reply may borrow from it.
                    let message = pdu.data.to_vec().leak();
                    let context = Context { version, integrity: Some(false) };
                    let response = Response::read(&mut Reader::new(message), context).unwrap();
                    assert!(!response.outcome.failed() || response.head.function == Function::CreateObject);
                    return (response.reply, units);
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }
}

/// A program whose types take about ten megabytes.
fn large() -> Plc {
    let plc = Plc::new("s7-1200@3.0".parse::<Profile>().unwrap());
    let blocks = (1..=400).fold(Blocks::default(), |blocks, number| {
        let blocks = blocks.block(DataBlock::optimised(format!("Block {number}"), number));
        (0..250).fold(blocks, |blocks, n| {
            let name =
                format!("a variable with a rather long name of its own, which is number {n} of {number}");
            blocks.with(Var::new(name, Type::Int).initial(Data::Int(7)))
        })
    });
    plc.add_program_blocks(&blocks).unwrap();
    plc
}

fn serve() -> Emulator {
    let plus = Plus { security: Some(Security::Open), ..Plus::default() };
    Emulator::builder().plc(large()).options(Options { plus, ..Options::default() }).start().unwrap()
}

fn types(reply: Reply<'_>) -> Vec<Object> {
    let Reply::Explore(reply) = reply else { panic!("{reply:?}") };
    assert_eq!((reply.object, reply.objects.len()), (201, 1));
    reply.objects[0].children().cloned().collect()
}

#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
/// Where there is no such file, nothing is looked at.
#[cfg(not(target_os = "linux"))]
fn resident() -> usize {
    0
}

#[test]
fn a_program_of_megabytes_is_sent_as_it_is_read() {
    let emulator = serve();
    let mut peer = Peer::to(emulator.addr());
    // What is asked meanwhile is answered behind it, in order.
    let (first, second) = (peer.explore(537), peer.read(&[9]));
    let third = peer.explore(3);
    peer.io.write_all(&[first, second, third].concat()).unwrap();
    let (reply, units) = peer.hear(Version::V1);
    assert!(units > 8_000, "{units}");
    let all = types(reply);
    assert_eq!(all.len(), 400);
    for (ty, number) in all.iter().zip(1..) {
        assert_eq!(ty.rid, 0x9200_0000 + number);
        assert_eq!(ty.varnames().unwrap().names().len(), 250);
    }
    let (Reply::GetMultiVariables(read), 1) = peer.hear(Version::V1) else { panic!() };
    assert_eq!(read.values[0].1, Value::from(7i16));
    let (Reply::Explore(program), _) = peer.hear(Version::V1) else { panic!() };
    assert_eq!(program.objects[0].children().count(), 400);

    // Who asks and never reads costs what one burst is, not the answer.
    let before = resident();
    let deaf: Vec<_> = (0..10)
        .map(|_| {
            let mut peer = Peer::to(emulator.addr());
            let ask = peer.explore(537);
            peer.io.write_all(&ask).unwrap();
            peer
        })
        .collect();
    std::thread::sleep(core::time::Duration::from_millis(500));
    let held = resident().saturating_sub(before);
    assert!(held < 10 * 1024, "{held} KB for ten that never read");
    // Others are served meanwhile, and so is who goes on reading late.
    let ask = peer.read(&[10]);
    peer.io.write_all(&ask).unwrap();
    let (Reply::GetMultiVariables(read), 1) = peer.hear(Version::V1) else { panic!() };
    assert_eq!(read.values[0].1, Value::from(7i16));
    for mut late in deaf.into_iter().take(2) {
        // The program changes while they wait: they get the one that they asked for.
        emulator.plc().remove_block(1).ok();
        assert_eq!(types(late.hear(Version::V1).0).len(), 400);
    }
    drop(peer);
    until("all are gone", || emulator.connections().is_empty());
}

#[test]
fn who_hangs_up_in_the_middle_leaves_nothing() {
    let emulator = serve();
    for _ in 0..20 {
        let mut peer = Peer::to(emulator.addr());
        let ask = peer.explore(537);
        peer.io.write_all(&ask).unwrap();
        let mut some = [0; 5000];
        peer.io.read_exact(&mut some).unwrap();
    }
    until("all are gone", || emulator.connections().is_empty());
}

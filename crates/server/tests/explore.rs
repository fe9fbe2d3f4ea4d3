//! Answers of many megabytes: sent as they are made, whoever reads them how. Alone in its process, for it looks at the memory
//! of all of it.
mod common;
use common::{dial, frame, until};
use core::net::SocketAddr;
use hepta_proto::data::{Type, Value as Data};
use hepta_proto::plus::frame::{Arrival, Frames, Version};
use hepta_proto::plus::header;
use hepta_proto::plus::message::ask::{Explore, GetMultiVariables};
use hepta_proto::plus::message::{Addresses, Ask, Context, Reply, Request, Response};
use hepta_proto::plus::{ItemAddress, Object, Qualifier, Security, Value};
use hepta_proto::wire::Reader;
use hepta_server::plc::program::{Blocks, DataBlock, Var};
use hepta_server::plc::{Plc, Profile, example};
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
    version: Version,
    /// Of the next request, on versions that have one.
    integrity: Option<u32>,
}

impl Peer {
    fn to(addr: SocketAddr) -> Self {
        let mut io = dial(addr);
        io.write_all(CR).unwrap();
        assert_eq!(frame(&mut io)[5], 0xd0);
        let frames = Frames::new(64 << 20);
        let mut peer = Self { io, frames, session: 0, sequence: 2, version: Version::V1, integrity: None };
        peer.io.write_all(&unit(&hex(CREATE))).unwrap();
        let (Reply::CreateObject(created), _) = peer.hear() else { panic!() };
        peer.session = created.ids[0];
        peer
    }
    fn request(&mut self, ask: Ask<'_>) -> Vec<u8> {
        self.sequence += 1;
        let head = header::Request::new(ask.function().unwrap(), self.sequence, self.session);
        let mut message = vec![];
        let (tail, version) = (ask.tail(self.integrity), self.version.0);
        Request { head, ask, tail }.write(&mut message);
        let [l0, l1] = u16::try_from(message.len()).unwrap().to_be_bytes();
        unit(&[&[0x72, version, l0, l1], &message[..], &[0x72, version, 0, 0]].concat())
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
    fn hear(&mut self) -> (Reply<'static>, usize) {
        let (message, units) = self.message();
        let context = Context { version: self.version, integrity: Some(self.integrity.is_some()) };
        // Leaked, for a test: the reply may borrow from it.
        let response = Response::read(&mut Reader::new(message.leak()), context).unwrap();
        assert!(!response.outcome.failed());
        (response.reply, units)
    }
    /// Its octets.
    fn message(&mut self) -> (Vec<u8>, usize) {
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
                    assert_eq!((pdu.version, pdu.pieces().count()), (self.version, units));
                    return (pdu.data.to_vec(), units);
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

fn serve(plc: Plc) -> Emulator {
    let plus = Plus { security: Some(Security::Open), ..Plus::default() };
    Emulator::builder().plc(plc).options(Options { plus, ..Options::default() }).start().unwrap()
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

/// The answers to explorations of the example, by sequence number and integrity id: every octet of the specification's.
#[test]
fn the_example_is_explored_octet_by_octet() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../plc/tests/vectors/demo.json")).unwrap();
    let ask = |profile: &str, object: u32, sequence: u16, version: Version, integrity: Option<u32>| {
        let plc = Plc::new(profile.parse::<Profile>().unwrap());
        example::add(&plc).unwrap();
        let emulator = serve(plc);
        let mut peer = Peer::to(emulator.addr());
        (peer.sequence, peer.version, peer.integrity) = (sequence - 1, version, integrity);
        let ask = peer.explore(object);
        peer.io.write_all(&ask).unwrap();
        peer.message().0.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
    };
    for (name, said) in [
        ("explore_plc_program_response_pdu_v2", ask("s7-1500@2.9", 3, 0x10, Version::V2, Some(1))),
        ("explore_container_response_pdu_v2", ask("s7-1500@2.9", 537, 0x12, Version::V2, Some(2))),
        ("explore_plc_program_response_pdu_v1_no_integrity", ask("s7-1200@3.0", 3, 4, Version::V1, None)),
    ] {
        let expected = vectors[name].as_str().unwrap();
        // A container says 201 of itself, as an S7-1500 was recorded; the vector says what was asked for.
        let expected = expected.replace("0000021914a1", "000000c914a1");
        assert_eq!(said, expected, "{name}");
    }
}

#[test]
fn a_program_of_megabytes_is_sent_as_it_is_read() {
    let emulator = serve(large());
    let mut peer = Peer::to(emulator.addr());
    // What is asked meanwhile is answered behind it, in order.
    let (first, second) = (peer.explore(537), peer.read(&[9]));
    let third = peer.explore(3);
    peer.io.write_all(&[first, second, third].concat()).unwrap();
    let (reply, units) = peer.hear();
    assert!(units > 8_000, "{units}");
    let all = types(reply);
    assert_eq!(all.len(), 400);
    for (ty, number) in all.iter().zip(1..) {
        assert_eq!(ty.rid, 0x9200_0000 + number);
        assert_eq!(ty.varnames().unwrap().names().len(), 250);
    }
    let (Reply::GetMultiVariables(read), 1) = peer.hear() else { panic!() };
    assert_eq!(read.values[0].1, Value::from(7i16));
    let (Reply::Explore(program), _) = peer.hear() else { panic!() };
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
    let (Reply::GetMultiVariables(read), 1) = peer.hear() else { panic!() };
    assert_eq!(read.values[0].1, Value::from(7i16));
    for mut late in deaf.into_iter().take(2) {
        // The program changes while they wait: they get the one that they asked for.
        emulator.plc().remove_block(1).ok();
        assert_eq!(types(late.hear().0).len(), 400);
    }
    drop(peer);
    until("all are gone", || emulator.connections().is_empty());
}

#[test]
fn who_hangs_up_in_the_middle_leaves_nothing() {
    let emulator = serve(large());
    for _ in 0..20 {
        let mut peer = Peer::to(emulator.addr());
        let ask = peer.explore(537);
        peer.io.write_all(&ask).unwrap();
        let mut some = [0; 5000];
        peer.io.read_exact(&mut some).unwrap();
    }
    until("all are gone", || emulator.connections().is_empty());
}

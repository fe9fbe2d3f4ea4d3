//! A small server on the core's answering end, and the ways it can misbehave.
#![allow(dead_code, reason = "each test and example uses its own part")]
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use hepta_proto::classic::server::{Device, Flow, Policy, Range, Server};
use hepta_proto::classic::szl;
use hepta_proto::classic::vars::Function;
use hepta_proto::classic::{Area, ErrorCode, Limits, ReturnCode};
use hepta_proto::iso::{Connect, DisconnectReason, ParameterCode, TpduSize};
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is done with one frame of the server's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    Send,
    After(Duration),
    Never,
    Twice,
    /// Behind the next one.
    Swap,
    /// Octet by octet.
    Crumbs,
    /// Half of it, then the end.
    CutOff,
    /// The end instead of it; with a reset, if there is something unread.
    End,
}

/// Decides by the number of the connection and of the frame in it: 0 is the confirm, 1 the setup.
pub(crate) type Fates = Arc<dyn Fn(usize, usize) -> Fate + Send + Sync>;

/// DB1: octet `i` is `i` modulo 251. DB2 can be written. There is no other.
pub(crate) struct Memory {
    pub(crate) db1: Vec<u8>,
    pub(crate) db2: Mutex<Vec<u8>>,
    pub(crate) writes: AtomicUsize,
}

pub(crate) fn ramp(start: usize, len: usize) -> Vec<u8> {
    (start..start + len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

pub(crate) struct Plc {
    pub(crate) at: SocketAddr,
    pub(crate) memory: Arc<Memory>,
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) accepted: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    streams: Arc<Mutex<HashMap<usize, TcpStream>>>,
}

impl Plc {
    pub(crate) fn start() -> Self {
        Self::with(Arc::new(|_, _| Fate::Send))
    }
    pub(crate) fn with(fates: Fates) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), Limits { pdu: 480, jobs: 8 }, fates)
    }
    pub(crate) fn at(at: SocketAddr, limits: Limits, fates: Fates) -> Self {
        let listener = bind(at);
        let plc = Self {
            at: listener.local_addr().unwrap(),
            memory: Arc::new(Memory {
                db1: ramp(0, 65536),
                db2: Mutex::new(vec![0; 65536]),
                writes: AtomicUsize::new(0),
            }),
            open: Arc::default(),
            accepted: Arc::default(),
            stop: Arc::default(),
            streams: Arc::default(),
        };
        let (memory, open, stop) = (plc.memory.clone(), plc.open.clone(), plc.stop.clone());
        let (streams, accepted) = (plc.streams.clone(), plc.accepted.clone());
        thread::spawn(move || {
            for number in 0.. {
                let Ok((io, _)) = listener.accept() else { return };
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                accepted.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                streams.lock().unwrap().insert(number, io.try_clone().unwrap());
                let (memory, open, streams, fates) =
                    (memory.clone(), open.clone(), streams.clone(), fates.clone());
                thread::spawn(move || {
                    serve(io, number, limits, &memory, &fates);
                    streams.lock().unwrap().remove(&number);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        plc
    }
    /// Ends all connections, and listens no more.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.at);
        self.hang_up();
    }
    /// Ends all connections.
    pub(crate) fn hang_up(&self) {
        self.streams.lock().unwrap().values().for_each(|io| drop(io.shutdown(Shutdown::Both)));
    }
    /// Waits until no connection is open.
    pub(crate) fn all_gone(&self) -> bool {
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(10));
            self.open.load(Ordering::SeqCst) == 0
        })
    }
}

impl Drop for Plc {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The port of a server that was just stopped is free after a moment.
fn bind(at: SocketAddr) -> TcpListener {
    let mut last = None;
    for _ in 0..100 {
        match TcpListener::bind(at) {
            Ok(listener) => return listener,
            Err(e) => last = Some(e),
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("{at}: {last:?}")
}

fn serve(mut io: TcpStream, number: usize, limits: Limits, memory: &Memory, fates: &Fates) {
    io.set_nodelay(true).unwrap();
    let policy = Policy {
        limits,
        least_pdu: 112,
        size: TpduSize::STANDARD,
        strict_jobs: false,
        pdu_within_unit: false,
    };
    let (mut server, mut buf, mut out) = (Server::new(policy, 9), vec![0; 32 * 1024], Vec::new());
    let (mut frames, mut held) = (0, None::<Vec<u8>>);
    loop {
        let Ok(n @ 1..) = io.read(&mut buf) else { return };
        out.clear();
        let flow = server.receive(&buf[..n], &mut Cpu(memory), &mut out);
        let mut quick = Vec::with_capacity(out.len());
        let mut rest = &out[..];
        while rest.len() >= 4 {
            let (frame, more) = rest.split_at(usize::from(u16::from_be_bytes([rest[2], rest[3]])));
            rest = more;
            let fate = fates(number, frames);
            frames += 1;
            if !matches!(fate, Fate::Send | Fate::Twice | Fate::Swap | Fate::Never) {
                let _ = io.write_all(&quick);
                quick.clear();
            }
            match fate {
                Fate::Twice => quick.extend_from_slice(&[frame, frame].concat()),
                Fate::Never => {}
                Fate::Swap if held.is_none() => {
                    held = Some(frame.to_vec());
                    continue;
                }
                Fate::Send | Fate::Swap => quick.extend_from_slice(frame),
                Fate::After(time) => {
                    thread::sleep(time);
                    let _ = io.write_all(frame);
                }
                Fate::Crumbs => frame.iter().for_each(|octet| drop(io.write_all(&[*octet]))),
                Fate::CutOff => {
                    let _ = io.write_all(&frame[..frame.len() / 2]);
                    let _ = io.shutdown(Shutdown::Both);
                    return;
                }
                Fate::End => {
                    let _ = io.shutdown(Shutdown::Both);
                    return;
                }
            }
            quick.extend(held.take().unwrap_or_default());
        }
        if io.write_all(&quick).is_err() || !matches!(flow, Ok(Flow::Go)) {
            let _ = io.shutdown(Shutdown::Both);
            return;
        }
    }
}

struct Cpu<'a>(&'a Memory);

impl Device for Cpu<'_> {
    /// TSAP 03.1F is nobody's.
    fn connect(&mut self, request: &Connect<'_>) -> Result<(), DisconnectReason> {
        match request.parameters.find(ParameterCode::CalledTsap) {
            Some([3, 0x1f]) => Err(DisconnectReason::AddressUnknown),
            _ => Ok(()),
        }
    }
    fn permit(&mut self, _: Function) -> Result<(), ErrorCode> {
        Ok(())
    }
    fn read(&mut self, range: Range, out: &mut Vec<u8>) -> ReturnCode {
        let Range { area, db, start, len } = range;
        let (start, end) = (start as usize, start as usize + len as usize);
        let db2;
        let octets = match (area, db) {
            (Area::Db, 1) => &self.0.db1,
            (Area::Db, 2) => {
                db2 = self.0.db2.lock().unwrap().clone();
                &db2
            }
            _ => return ReturnCode::NoObject,
        };
        match octets.get(start..end) {
            Some(octets) => {
                out.extend_from_slice(octets);
                ReturnCode::Ok
            }
            None => ReturnCode::OutOfRange,
        }
    }
    fn read_bit(&mut self, range: Range, bit: u8) -> Result<bool, ReturnCode> {
        let mut octet = Vec::new();
        match self.read(range, &mut octet) {
            ReturnCode::Ok => Ok(octet[0] >> bit & 1 != 0),
            code => Err(code),
        }
    }
    fn write(&mut self, range: Range, data: &[u8]) -> ReturnCode {
        let start = range.start as usize;
        if range.db != 2 {
            return ReturnCode::NoObject;
        }
        self.0.writes.fetch_add(1, Ordering::SeqCst);
        match self.0.db2.lock().unwrap().get_mut(start..start + data.len()) {
            Some(place) => {
                place.copy_from_slice(data);
                ReturnCode::Ok
            }
            None => ReturnCode::OutOfRange,
        }
    }
    fn write_bit(&mut self, range: Range, bit: u8, value: bool) -> ReturnCode {
        let mut octet = Vec::new();
        match self.read(range, &mut octet) {
            ReturnCode::Ok => self.write(range, &[octet[0] & !(1 << bit) | u8::from(value) << bit]),
            code => code,
        }
    }
    fn szl(&mut self, request: szl::Request, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        if request.id.0 != 0x001c {
            return Err(ErrorCode::InformationNotAvailable);
        }
        out.extend_from_slice(&[0, 0x1c, 0, 0, 0, 34, 0, 20]);
        out.extend(ramp(0, 34 * 20));
        Ok(())
    }
}

/// Seeded chance (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
    pub(crate) fn small(&mut self, below: u16) -> u16 {
        u16::try_from(self.roll(below.into())).unwrap()
    }
}

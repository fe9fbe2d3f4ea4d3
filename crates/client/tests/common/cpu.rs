//! A small S7CommPlus CPU on the core's answering end, and what can go wrong with it.
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use core::time::Duration;
use hepta_auth::legitimation::{Chain, sha1_open};
use hepta_auth::{Credential, Device as Kind, Method};
use hepta_proto::iso::{Connect, DisconnectReason, TpduSize};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::{Addresses, Ask, Reply, Request, ask, reply};
use hepta_proto::plus::server::{Answer, Device, Flow, Policy, Server};
use hepta_proto::plus::value::{Array, Blob, Data, Member, Struct};
use hepta_proto::plus::{ErrorCode, Function, Id, ItemAddress, Object, ReturnValue, Value};
use hepta_proto::tls::Tls;
use hepta_tls::{Acceptor, Identity};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const SESSION: u32 = 0x7000_0d4d;
const CHALLENGE: [u8; 20] = [0x5a; 20];

/// What is done with one frame of a plain session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    Send,
    After(Duration),
    Never,
    /// Behind the next one, if that is to be sent at once, too.
    Swap,
    /// A system event and a notification behind it.
    Noise,
    /// As the answer to another function.
    WrongFunction,
    /// The end instead of it.
    End,
}

/// Decides by the number of the connection and of the frame in it: 0 is the confirm.
pub(crate) type Fates = Arc<dyn Fn(usize, usize) -> Fate + Send + Sync>;

/// How the CPU is.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) device: &'static str,
    /// Without, `InitSSL` is refused with this.
    pub(crate) tls: Result<Arc<Identity>, ReturnValue>,
    pub(crate) credential: Option<Credential>,
    /// Refuses everybody, as a CPU without S7CommPlus does.
    pub(crate) stranger: bool,
    /// Wants a session key of who has no TLS.
    pub(crate) key: bool,
    pub(crate) fates: Fates,
}

impl Settings {
    pub(crate) fn open() -> Self {
        Self {
            device: "1;6ES7 515-2AM02-0AB0 ;V2.9",
            tls: Err(ReturnValue::of(ErrorCode::NoSupportForTls)),
            credential: None,
            stranger: false,
            key: false,
            fates: Arc::new(|_, _| Fate::Send),
        }
    }
    pub(crate) fn tls() -> Self {
        let identity = Identity::generate("CPU", &["127.0.0.1".parse().unwrap()]).unwrap();
        Self { tls: Ok(Arc::new(identity)), ..Self::open() }
    }
    pub(crate) fn fates(self, fates: impl Fn(usize, usize) -> Fate + Send + Sync + 'static) -> Self {
        Self { fates: Arc::new(fates), ..self }
    }
}

/// What all connections see.
pub(crate) struct State {
    pub(crate) settings: Mutex<Settings>,
    pub(crate) values: Mutex<HashMap<ItemAddress, Value>>,
    pub(crate) block: Mutex<Vec<u8>>,
    pub(crate) operating: AtomicI32,
    pub(crate) writes: AtomicUsize,
    /// Passwords that were tried.
    pub(crate) attempts: AtomicUsize,
    /// Sessions without and with TLS.
    pub(crate) plain: AtomicUsize,
    pub(crate) secured: AtomicUsize,
    pub(crate) accepted: AtomicUsize,
    /// Answers that changed places.
    pub(crate) swapped: AtomicUsize,
    stop: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

pub(crate) struct Cpu {
    pub(crate) at: SocketAddr,
    pub(crate) state: Arc<State>,
}

impl Cpu {
    pub(crate) fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let state = Arc::new(State {
            settings: Mutex::new(settings),
            values: Mutex::default(),
            block: Mutex::new((0..4096u32).map(|i| u8::try_from(i % 251).unwrap()).collect()),
            operating: AtomicI32::new(8),
            writes: AtomicUsize::new(0),
            attempts: AtomicUsize::new(0),
            plain: AtomicUsize::new(0),
            secured: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            swapped: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            streams: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for number in 0.. {
                let Ok((io, _)) = listener.accept() else { return };
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                shared.streams.lock().unwrap().push(io.try_clone().unwrap());
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(io, number, &state));
            }
        });
        Self { at, state }
    }
    pub(crate) fn count(&self, of: impl Fn(&State) -> &AtomicUsize) -> usize {
        of(&self.state).load(Ordering::SeqCst)
    }
    pub(crate) fn hang_up(&self) {
        self.state.streams.lock().unwrap().drain(..).for_each(|io| drop(io.shutdown(Shutdown::Both)));
    }
}

impl Drop for Cpu {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.at);
        self.hang_up();
    }
}

/// A frame of a plain session, in its units.
fn unit(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len() + 7).unwrap().to_be_bytes();
    [&[3, 0, length[0], length[1], 2, 0xf0, 0x80], frame].concat()
}

/// A system event that tells of octets acknowledged, and a notification of a subscription that nobody has.
pub(crate) fn noise() -> Vec<u8> {
    let event = [0x72, 0xfe, 0, 16, 0, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 0, 0, 0, 0, 0, 0];
    let push = [0x72, 2, 0, 8, 0x33, 0x70, 0, 0, 1, 4, 0, 0, 0x72, 2, 0, 0];
    [unit(&event), unit(&push)].concat()
}

fn serve(mut io: TcpStream, number: usize, state: &Arc<State>) {
    io.set_nodelay(true).unwrap();
    let policy = Policy { size: TpduSize::STANDARD, integrity: true, longest: 1 << 20 };
    let settings = state.settings.lock().unwrap().clone();
    let fates = Arc::clone(&settings.fates);
    let mut device = Toy { state: Arc::clone(state), settings, chain: None, open: false, secured: false };
    let (mut server, mut buf, mut out) = (Server::new(policy, 9), vec![0; 32 * 1024], Vec::new());
    let (mut frames, mut held) = (0, None::<Vec<u8>>);
    loop {
        let Ok(n @ 1..) = io.read(&mut buf) else { return };
        out.clear();
        let flow = server.receive(&buf[..n], &mut device, &mut out);
        let mut quick = Vec::with_capacity(out.len());
        let mut rest = &out[..];
        while rest.len() >= 4 {
            let (frame, more) = rest.split_at(usize::from(u16::from_be_bytes([rest[2], rest[3]])));
            rest = more;
            let fate = fates(number, frames);
            frames += 1;
            match fate {
                Fate::Never => {}
                Fate::Swap if !more.is_empty() && held.is_none() => {
                    state.swapped.fetch_add(1, Ordering::SeqCst);
                    held = Some(frame.to_vec());
                    continue;
                }
                Fate::Send | Fate::Swap => quick.extend_from_slice(frame),
                Fate::After(time) => {
                    let _ = io.write_all(&quick);
                    quick.clear();
                    thread::sleep(time);
                    quick.extend_from_slice(frame);
                }
                Fate::Noise => {
                    quick.extend_from_slice(frame);
                    // Nothing but whole messages is said between the pieces of one.
                    if matches!(frame, [.., 0x72, _, 0, 0]) {
                        quick.extend(noise());
                    }
                }
                Fate::WrongFunction => {
                    let mut frame = frame.to_vec();
                    frame[14..16].copy_from_slice(&Function::Explore.0.to_be_bytes());
                    quick.extend(frame);
                }
                Fate::End => {
                    let _ = io.shutdown(Shutdown::Both);
                    return;
                }
            }
            quick.extend(held.take().unwrap_or_default());
        }
        if io.write_all(&quick).is_err() || !matches!(flow, Ok(Flow::Go | Flow::Wait(_))) {
            let _ = io.shutdown(Shutdown::Both);
            return;
        }
    }
}

struct Toy {
    state: Arc<State>,
    settings: Settings,
    chain: Option<Chain>,
    /// The password was right.
    open: bool,
    secured: bool,
}

fn done(reply: Reply<'static>) -> Answer {
    Answer::Reply(ReturnValue::OK, reply)
}

fn value(value: Value) -> Answer {
    done(Reply::GetVarSubStreamed(reply::GetVarSubStreamed { unknown: 0, value }))
}

impl Toy {
    fn level(&self) -> u32 {
        if self.settings.credential.is_none() || self.open { 1 } else { 4 }
    }
    fn read(&self, address: &ItemAddress) -> Result<Value, ReturnValue> {
        if let Some(value) = self.state.values.lock().unwrap().get(address) {
            return Ok(value.clone());
        }
        match (address.area, address.sub_area, &address.lids[..]) {
            (201, 1037, [1000 | 1001]) => Ok(Value::new(Data::DInt(7))),
            (201, 1037 | 1081, [n @ 0..=2]) => Ok(Value::new(Data::DInt(100 + i32::try_from(*n).unwrap()))),
            (50, 3451, []) => Ok(Value::new(Data::DInt(self.state.operating.load(Ordering::SeqCst)))),
            (0x8a0e_0001, 2550, [3, start, len]) => {
                let range = *start as usize..(*start + *len) as usize;
                let block = self.state.block.lock().unwrap();
                let octets = block.get(range).ok_or(ReturnValue::of(ErrorCode::InvalidValueRange))?;
                Ok(Value::blob(octets.to_vec()))
            }
            (0x8a0e_0001, 2550, [3, octet, 1, bit]) => {
                let octet = self.state.block.lock().unwrap()[*octet as usize];
                Ok(Value::blob(vec![octet >> bit & 1]))
            }
            _ => Err(ReturnValue::OBJECT_NOT_FOUND),
        }
    }
    fn write(&self, address: &ItemAddress, value: &Value) -> Result<(), ReturnValue> {
        self.state.writes.fetch_add(1, Ordering::SeqCst);
        if let Some(place) = self.state.values.lock().unwrap().get_mut(address) {
            let same = place.ty() == value.ty();
            *place = value.clone();
            return if same { Ok(()) } else { Err(ReturnValue::of(ErrorCode::InvalidValueType)) };
        }
        let mut block = self.state.block.lock().unwrap();
        let Data::Blob(Blob::Octets(octets)) = value.data() else {
            return Err(ReturnValue::of(ErrorCode::InvalidValueType));
        };
        match (address.area, &address.lids[..]) {
            (0x8a0e_0001, [3, start, len]) => {
                let range = *start as usize..(*start + *len) as usize;
                let place = block.get_mut(range).ok_or(ReturnValue::of(ErrorCode::InvalidValueRange))?;
                place.copy_from_slice(octets);
                Ok(())
            }
            (0x8a0e_0001, [3, octet, 1, bit]) => {
                let place = &mut block[*octet as usize];
                *place = *place & !(1 << bit) | octets[0] << bit;
                Ok(())
            }
            _ => Err(ReturnValue::OBJECT_NOT_FOUND),
        }
    }
    fn legitimate(&mut self, response: &Value) -> Answer {
        self.state.attempts.fetch_add(1, Ordering::SeqCst);
        let credential = self.settings.credential.clone().unwrap();
        let right = match (response.data(), Kind::parse(self.settings.device).unwrap().method()) {
            (Data::Array(Array::USInt(octets)), Method::Sha1) => {
                sha1_open(&octets[..].try_into().unwrap(), &CHALLENGE) == credential.hash().unwrap()
            }
            (Data::Blob(Blob::Octets(octets)), Method::Aes) => {
                let opened = self.chain.as_mut().unwrap().open(octets, &CHALLENGE);
                opened.is_ok_and(|payload| payload.is(&credential))
            }
            other => panic!("{other:?}"),
        };
        self.open |= right;
        Answer::done(if right { ReturnValue::OK } else { ReturnValue::PASSWORD_REFUSED })
    }
}

impl Device for Toy {
    fn connect(&mut self, _: &Connect<'_>) -> Result<(), DisconnectReason> {
        if self.settings.stranger { Err(DisconnectReason::AddressUnknown) } else { Ok(()) }
    }
    fn tls(&mut self) -> Result<Box<dyn Tls>, ReturnValue> {
        let acceptor = Acceptor::new(&*self.settings.tls.clone()?).unwrap();
        Ok(Box::new(acceptor.start().unwrap()))
    }
    fn secured(&mut self, tls: &dyn Tls) {
        let mut secret = [0; 32];
        tls.export(hepta_auth::EXPORTER_LABEL, None, &mut secret).unwrap();
        (self.chain, self.secured) = (Some(Chain::new(secret)), true);
    }
    fn answer(&mut self, request: &Request<'_>, _: Version) -> Answer {
        match &request.ask {
            Ask::CreateObject(_) => {
                let count = if self.secured { &self.state.secured } else { &self.state.plain };
                count.fetch_add(1, Ordering::SeqCst);
                let device = Member::new(Id::LID_SessionVersionSystemPAOMString.0, self.settings.device);
                let version = Value::new(Data::Struct(Struct::new(314, vec![device])));
                let mut session =
                    Object::new(SESSION, Id::ClassServerSession.0).with(Id::ServerSessionVersion.0, version);
                if self.settings.key {
                    session = session.with(Id::ServerSessionChallenge.0, Value::octets(CHALLENGE.to_vec()));
                }
                done(Reply::CreateObject(reply::CreateObject {
                    ids: vec![SESSION, SESSION + 1],
                    objects: vec![session],
                }))
            }
            Ask::DeleteObject(delete) => {
                done(Reply::DeleteObject(reply::DeleteObject { object: delete.object }))
            }
            Ask::SetMultiVariables(set) => {
                let mut failures = Vec::new();
                if let Addresses::Items(items) = &set.addresses {
                    for (address, (number, value)) in items.iter().zip(&*set.values) {
                        failures.extend(self.write(address, value).err().map(|e| (*number, e)));
                    }
                }
                done(Reply::SetMultiVariables(reply::SetMultiVariables { failures: Cow::Owned(failures) }))
            }
            Ask::GetMultiVariables(get) => {
                let Addresses::Items(items) = &get.addresses else { return Answer::Close };
                assert!(items.len() <= 7, "more than the CPU has said it takes");
                let (mut values, mut failures) = (Vec::new(), Vec::new());
                for (number, address) in (1..).zip(items.iter()) {
                    match self.read(address) {
                        Ok(value) => values.push((number, value)),
                        Err(e) => failures.push((number, e)),
                    }
                }
                done(Reply::GetMultiVariables(reply::GetMultiVariables {
                    values: Cow::Owned(values),
                    failures: Cow::Owned(failures),
                }))
            }
            Ask::GetVarSubStreamed(get) => match get.path.as_u32s() {
                Some([1842]) => value(Value::from(self.level())),
                Some([303]) => value(Value::octets(CHALLENGE.to_vec())),
                Some([305]) => value(Value::new(Data::Array(Array::UInt(vec![2])))),
                _ => Answer::Reply(
                    ReturnValue::of(ErrorCode::InvalidAID),
                    Reply::GetVarSubStreamed(reply::GetVarSubStreamed {
                        unknown: 0,
                        value: Value::new(Data::Null),
                    }),
                ),
            },
            Ask::SetVariable(ask::SetVariable { ids, value, .. }) => match &**ids {
                [304 | 1846] => self.legitimate(value),
                [2167] => {
                    let wish = value.as_i32().unwrap();
                    self.state.operating.store(if wish == 3 { 8 } else { 4 }, Ordering::SeqCst);
                    Answer::done(ReturnValue::OK)
                }
                _ => Answer::done(ReturnValue::of(ErrorCode::InvalidAID)),
            },
            Ask::Explore(explore) => done(Reply::Explore(reply::Explore {
                object: explore.object,
                objects: vec![Object::new(explore.object, 511).with(233, "Demo")],
            })),
            _ => Answer::done(ReturnValue::of(ErrorCode::ServiceUnknownRequest)),
        }
    }
}

/// What a proxy does with the third message of the client (its hello) or of the CPU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meddling {
    Reset,
    Close,
    Delay,
    GarbleHello,
    GarbleAnswer,
    /// The CPU's yes to TLS is lost.
    NoAnswer,
}

/// Somebody in between.
pub(crate) fn proxy(to: SocketAddr, meddling: Meddling) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let Ok(cpu) = TcpStream::connect(to) else { return };
            let (from, back) = (client.try_clone().unwrap(), cpu.try_clone().unwrap());
            thread::spawn(move || pass(from, cpu, meddling, true));
            thread::spawn(move || pass(back, client, meddling, false));
        }
    });
    at
}

fn pass(mut from: TcpStream, mut to: TcpStream, meddling: Meddling, of_client: bool) {
    for number in 0.. {
        let mut head = [0; 4];
        if from.read_exact(&mut head).is_err() {
            break;
        }
        let mut rest = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]])) - 4];
        if from.read_exact(&mut rest).is_err() {
            break;
        }
        match (meddling, of_client, number) {
            (Meddling::Reset, true, 2) => {
                let _ = socket2::SockRef::from(&from).set_linger(Some(Duration::ZERO));
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
            (Meddling::Close, true, 2) => break,
            (Meddling::Delay, true, 2) => thread::sleep(Duration::from_millis(600)),
            (Meddling::GarbleHello, true, 2) | (Meddling::GarbleAnswer, false, 2) => {
                rest.iter_mut().skip(10).for_each(|octet| *octet ^= 0x55);
            }
            (Meddling::NoAnswer, false, 1) => continue,
            _ => {}
        }
        if to.write_all(&[&head[..], &rest].concat()).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

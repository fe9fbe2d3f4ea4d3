//! What a read of 20 items costs without a network, and of 50 by S7CommPlus: allocations, time, and instructions when callgrind counts them.
//!
//!     codec                  allocations and nanoseconds of each part
//!     codec PART TIMES       that part so often, for callgrind (`bench/run codec` does the subtraction)
use hepta_proto::classic::client::{Client, Handshake, Owner, Step};
use hepta_proto::classic::op::{Merge, Plan, ReadMany, Span};
use hepta_proto::classic::server::{Device, Policy, Range, Server};
use hepta_proto::classic::vars::{Any, DataItem, Head};
use hepta_proto::classic::{Area, Draft, ErrorCode, Function, Limits, Pdu, ReturnCode, szl};
use hepta_proto::iso::{Connect, ConnectionType, DisconnectReason, Link, Request, TpduSize};
use hepta_proto::op::Operation as _;
use hepta_proto::plus::code::Function as PlusFunction;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::header::{self, TransportFlags};
use hepta_proto::plus::message::{Context, Reply, Response, Tail, reply::GetMultiVariables};
use hepta_proto::plus::{ReturnValue, Value};
use hepta_proto::wire::{Reader, Wire as _};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Counts what is allocated, and else is the system's. Written here because the times are taken in the same program: dhat locks
/// and walks the stack at each allocation, and stats_alloc, which counts six figures, has seen no release for years.
struct Counting;
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator as it came, and its answer handed back, so what that one promises
// holds here; counting allocates nothing and cannot panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above; `place` came from `System`, for everything does.
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LIMITS: Limits = Limits { pdu: 480, jobs: 8 };
const ME: Owner = Owner(0);

/// One data block.
struct Block([u8; 1024]);

impl Device for Block {
    fn connect(&mut self, _: &Connect<'_>) -> Result<(), DisconnectReason> {
        Ok(())
    }
    fn permit(&mut self, _: Function) -> Result<(), ErrorCode> {
        Ok(())
    }
    fn read(&mut self, range: Range, out: &mut Vec<u8>) -> ReturnCode {
        match self.0.get(range.start as usize..(range.start + range.len) as usize) {
            Some(octets) => {
                out.extend_from_slice(octets);
                ReturnCode::Ok
            }
            None => ReturnCode::OutOfRange,
        }
    }
    fn read_bit(&mut self, _: Range, _: u8) -> Result<bool, ReturnCode> {
        Err(ReturnCode::TypeNotSupported)
    }
    fn write(&mut self, _: Range, _: &[u8]) -> ReturnCode {
        ReturnCode::AccessNotAllowed
    }
    fn write_bit(&mut self, _: Range, _: u8, _: bool) -> ReturnCode {
        ReturnCode::AccessNotAllowed
    }
    fn szl(&mut self, _: szl::Request, _: &mut Vec<u8>) -> Result<(), ErrorCode> {
        Err(ErrorCode::NotSupported)
    }
}

/// Both ends, connected by two buffers, and a request with its answer.
struct Pair {
    client: Client,
    server: Server,
    block: Block,
    up: Vec<u8>,
    down: Vec<u8>,
    plan: Plan,
    /// A request of 20 items and its answer, as they stand on the wire.
    asked: Vec<u8>,
    answered: Vec<u8>,
    /// An answer of S7CommPlus with 50 values that own no octets, and as it stands on the wire.
    fifty: Response<'static>,
    plus: Vec<u8>,
}

fn fifty() -> Response<'static> {
    let values: Vec<(u32, Value)> = (1..=50).map(|n| (n, Value::from(n))).collect();
    let reply = GetMultiVariables { values: values.into(), failures: (&[]).into() };
    let head = header::Response {
        function: PlusFunction::GetMultiVariables,
        sequence: 7,
        flags: TransportFlags::NORMAL,
        reserved: [0; 2],
    };
    let (outcome, tail) = (ReturnValue::OK, Tail::new(Some(7)));
    Response { head, outcome, extension: None, reply: Reply::GetMultiVariables(reply), tail }
}

fn twenty() -> [Span; 20] {
    core::array::from_fn(|i| Span::db(1, i as u32 * 8, 4))
}

impl Pair {
    fn new() -> Self {
        let policy = Policy {
            limits: LIMITS,
            least_pdu: 112,
            size: TpduSize::STANDARD,
            strict_jobs: false,
            pdu_within_unit: false,
        };
        let (mut server, mut block) = (Server::new(policy, 1), Block([7; 1024]));
        let (mut up, mut down) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
        let request = Request::rack_slot(ConnectionType::Op, 0, 1).expect("rack and slot");
        let (mut shake, mut link) = Handshake::new(request, LIMITS, 0, &mut up).expect("a request");
        let client = loop {
            server.receive(&up, &mut block, &mut down).expect("our client is no nuisance");
            up.clear();
            match shake.receive(link, &down, &mut up).expect("our server answers") {
                Step::More(s, l) => (shake, link) = (s, l),
                Step::Ready(client) => break client,
            }
            down.clear();
        };
        up.clear();
        down.clear();
        let plan = Plan::reads(&twenty(), LIMITS, Merge::Never).expect("they fit");
        let (asked, answered, plus) = (Vec::new(), Vec::new(), Vec::new());
        let mut this = Self { client, server, block, up, down, plan, asked, answered, fifty: fifty(), plus };
        this.plus_encode();
        this.encode();
        this.asked = this.up.clone();
        this.serve();
        this.answered = this.down.clone();
        this
    }

    /// The request, into a buffer of the caller.
    fn encode(&mut self) {
        self.up.clear();
        let mut draft = Draft::new(&mut self.up, 7);
        let out = draft.job();
        Head { function: Function::Read, count: 20 }.write(out);
        for i in 0..20 {
            Any::octets(Area::Db, 1, black_box(i) * 8, 4).write(out);
        }
        draft.seal(&Link::new(TpduSize::STANDARD, 960));
        black_box(&self.up);
    }
    /// The answer, its items borrowed from the input.
    fn decode(&mut self) {
        let mut input = black_box(&self.answered[..]);
        let mut link = Link::new(TpduSize::STANDARD, 960);
        let Ok(Some(hepta_proto::iso::Arrival::Message(message))) = link.next(&mut input) else { panic!() };
        let pdu = Pdu::read(&mut Reader::new(message)).expect("an answer");
        let mut data = pdu.datas();
        let good = DataItem::list(20, &mut data).filter(|item| {
            item.as_ref().is_ok_and(|item| black_box(item.code) == ReturnCode::Ok && item.data == [7; 4])
        });
        assert_eq!(good.count(), 20);
    }
    /// The server's side: decodes the request, encodes the answer.
    fn serve(&mut self) {
        self.down.clear();
        let asked = black_box(&self.asked[..]);
        self.server.receive(asked, &mut self.block, &mut self.down).expect("our client is no nuisance");
        black_box(&self.down);
    }
    fn plan(&mut self) {
        black_box(Plan::reads(black_box(&twenty()), LIMITS, Merge::Never).expect("they fit"));
    }
    /// Both ends of a whole call, results in memory of their own.
    fn call(&mut self, mut op: ReadMany<'_>) {
        self.up.clear();
        self.client.ask(ME, &mut op, &mut self.up).expect("it fits");
        self.down.clear();
        self.server.receive(&self.up, &mut self.block, &mut self.down).expect("our client is no nuisance");
        let mut input = &self.down[..];
        while let Some(arrival) = self.client.next(&mut input).expect("our server answers") {
            arrival.tag.deliver(&mut op, arrival.message).expect("what was asked");
        }
        assert_eq!(black_box(op.finish()).item(19), Ok(&[7; 4][..]));
    }
    fn planned(&mut self) {
        // Lent out, for the call needs the rest.
        let plan =
            std::mem::replace(&mut self.plan, Plan::reads(&[], LIMITS, Merge::Never).expect("nothing"));
        self.call(ReadMany::planned(&plan));
        self.plan = plan;
    }
    /// The answer of S7CommPlus, into a buffer of the caller.
    fn plus_encode(&mut self) {
        self.plus.clear();
        black_box(&self.fifty).write(&mut self.plus);
    }
    /// The same answer, read: its list of values is what it allocates, and lets grow once.
    fn plus_decode(&mut self) {
        let mut r = Reader::new(black_box(&self.plus));
        let response = Response::read(&mut r, Context::with(Version::V2, true)).expect("an answer");
        let Reply::GetMultiVariables(reply) = &response.reply else { panic!("{response:?}") };
        assert_eq!(black_box(reply).values.len(), 50);
    }
    fn unplanned(&mut self) {
        self.call(ReadMany::new(&twenty(), Merge::Never));
    }
}

/// Name, what is run, and the most it may allocate, where that is promised.
type Part = (&'static str, fn(&mut Pair), Option<u64>);

const PARTS: [Part; 8] = [
    ("encode", Pair::encode, Some(0)),
    ("decode", Pair::decode, Some(0)),
    ("serve", Pair::serve, Some(0)),
    ("plan", Pair::plan, None),
    ("call", Pair::unplanned, None),
    ("call-planned", Pair::planned, None),
    ("plus-encode", Pair::plus_encode, Some(0)),
    ("plus-decode", Pair::plus_decode, Some(2)),
];

fn main() {
    let mut pair = Pair::new();
    let args: Vec<String> = std::env::args().collect();
    if let [_, name, times] = &args[..] {
        let part = PARTS.iter().find(|part| part.0 == name).expect("a part's name");
        (0..times.parse().expect("how often")).for_each(|_: u32| (part.1)(&mut pair));
        return;
    }
    let mut broken = false;
    println!("| part | allocations | ns |\n| --- | --- | --- |");
    for (name, part, most) in PARTS {
        part(&mut pair);
        let before = ALLOCATIONS.load(Relaxed);
        (0..100).for_each(|_| part(&mut pair));
        let each = (ALLOCATIONS.load(Relaxed) - before) / 100;
        let mut nanos: Vec<u128> = (0..9)
            .map(|_| {
                let began = Instant::now();
                (0..20_000).for_each(|_| part(&mut pair));
                began.elapsed().as_nanos() / 20_000
            })
            .collect();
        nanos.sort_unstable();
        println!("| {name} | {each} | {} ({} .. {}) |", nanos[4], nanos[0], nanos[8]);
        broken |= most.is_some_and(|most| each > most);
    }
    if broken {
        eprintln!("encode, decode, serve and plus-encode must not allocate, plus-decode its list alone");
        std::process::exit(1);
    }
}

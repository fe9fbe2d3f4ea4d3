//! All clients, in turn, on the same servers.
//!
//!     clients --raw PORT --ours PORT --ours3 PORT [--native PORT] --pid PID... [--only TEXT] [--seconds 0.4] [--rounds 7] [--json FILE]
//!     clients --raw PORT --plus PORT [--plus-python PORT --python FILE --driver FILE] --pid PID... (the rest as above)
//!
//! `ours` is our server with 8 jobs, `ours3` the same with 3. All ask for a PDU of 480, all run on this one thread.
//! `plus` is our server as an S7-1500 with TLS, `plus-python` the server of PyPI s7commplus.
mod plus;

use hepta::classic::{Client, Merge, Plan, Span};
use hepta::{Options, blocking};
use hepta_bench::report::{Key, Report, Want};
use hepta_bench::{Effort, Meter, option, rate, rate_async};
use hepta_proto::classic::op::Read;
use hepta_proto::classic::{Draft, Limits};
use hepta_proto::op::{Event, Operation, Ticket};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const PDU: u16 = 480;
const BLOCK: usize = 65_534;
/// Of processor time, of both ends together.
const PER_S: &str = "per CPU s";
const MB_S: &str = "MB/CPU s";
const READ: &str = "read of 4 octets";
const BATCH: &str = "20 items";
const BLOCKS: &str = "64 KiB block";
const CONNECT: &str = "connect and drop";
const FLIGHT: &str = "reads, 8 in flight";
const RAW: Key = Key { place: "raw", task: "ping-pong", who: "raw" };

/// One thing to measure. `run` gives calls a second; `each` turns them into `unit`.
struct Row<'a> {
    key: Key,
    unit: &'static str,
    each: f64,
    run: Box<dyn Fn(Duration) -> f64 + 'a>,
}

struct Rows<'a> {
    runtime: &'a Runtime,
    rows: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    fn add(
        &mut self,
        place: &'static str,
        task: &'static str,
        who: &'static str,
        run: impl Fn(Duration) -> f64 + 'a,
    ) {
        let (unit, each) = match task {
            BLOCKS | plus::BLOCKS => (MB_S, BLOCK as f64 / 1e6),
            _ => (PER_S, 1.0),
        };
        self.rows.push(Row { key: Key { place, task, who }, unit, each, run: Box::new(run) });
    }

    /// The floor, measured in the same rounds.
    fn raw(&mut self, port: u16) {
        let run = move |time| {
            let mut io = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the raw server is there");
            io.set_nodelay(true).expect("a socket");
            let mut buf = [0; 31];
            rate(time, || {
                io.write_all(&buf).expect("the raw server is there");
                io.read_exact(&mut buf[..29]).expect("the raw server is there");
            })
        };
        self.add(RAW.place, RAW.task, RAW.who, run);
    }

    fn rust7(&mut self, place: &'static str, port: u16) {
        let connect = move || {
            let mut client = rust7::S7Client::new();
            client.set_connection_port(port).expect("a port");
            client.connect_rack_slot("127.0.0.1", 0, 1).expect("rust7 connects");
            client
        };
        for (task, len) in [(READ, 4), (BLOCKS, BLOCK)] {
            self.add(place, task, "rust7", move |time| {
                let (mut client, mut buf) = (connect(), vec![0; len]);
                rate(time, || client.read_db(1, 0, &mut buf).expect("rust7 reads"))
            });
        }
        self.add(place, CONNECT, "rust7", move |time| rate(time, || connect().disconnect()));
    }

    fn s7_client(&mut self, place: &'static str, port: u16) {
        use s7_client::{Area, ConnectMode, ConnectionType, DataSizeType, Options, S7Client};
        let runtime = self.runtime;
        let connect = async move || {
            let conn_type = ConnectionType::PG;
            let mode = ConnectMode::RackSlot { conn_type, rack: 0, slot: 1 };
            let mut options = Options::new(Ipv4Addr::LOCALHOST.into(), port, mode);
            options.read_timeout = Duration::from_secs(5);
            S7Client::connect(options).await.expect("s7-client connects")
        };
        for (task, items) in [(READ, 1u16), (BATCH, 20)] {
            self.add(place, task, "s7-client", move |time| {
                runtime.block_on(async {
                    let client = tokio::sync::Mutex::new(connect().await);
                    rate_async(time, async || {
                        let item = |i| Area::DataBausteine(1, DataSizeType::Byte { addr: i * 8, len: 4 });
                        let mut client = client.try_lock().expect("there is one caller");
                        client.read((0..items).map(item).collect()).await.expect("s7-client reads");
                    })
                    .await
                })
            });
        }
        self.add(place, CONNECT, "s7-client", move |time| {
            runtime.block_on(rate_async(time, async || drop(connect().await)))
        });
    }

    fn snap7_client(&mut self, place: &'static str, port: u16) {
        use snap7_client::{ConnectParams, MultiReadItem, S7Client};
        let (runtime, at) = (self.runtime, (Ipv4Addr::LOCALHOST, port).into());
        let connect = async move || {
            let params = ConnectParams { pdu_size: PDU, ..Default::default() };
            S7Client::connect(at, params).await.expect("snap7-client connects")
        };
        self.add(place, READ, "snap7-client", move |time| {
            runtime.block_on(async {
                let client = connect().await;
                rate_async(time, async || drop(client.db_read(1, 0, 4).await.expect("snap7-client reads")))
                    .await
            })
        });
        self.add(place, BATCH, "snap7-client", move |time| {
            runtime.block_on(async {
                let client = connect().await;
                let items: Vec<_> = (0..20).map(|i| MultiReadItem::db(1, i * 8, 4)).collect();
                let read = async || drop(client.read_multi_vars(&items).await.expect("snap7-client reads"));
                rate_async(time, read).await
            })
        });
        // Its `db_read` does not split, so that is done for it.
        self.add(place, BLOCKS, "snap7-client", move |time| {
            runtime.block_on(async {
                let client = connect().await;
                let most = usize::from(client.get_pdu_length().await) - 18;
                rate_async(time, async || {
                    for at in (0..BLOCK).step_by(most) {
                        let len = most.min(BLOCK - at) as u16;
                        client.db_read(1, at as u32, len).await.expect("snap7-client reads");
                    }
                })
                .await
            })
        });
        self.add(place, CONNECT, "snap7-client", move |time| {
            runtime.block_on(rate_async(time, async || drop(connect().await)))
        });
    }

    fn ours(&mut self, place: &'static str, port: u16, block_port: u16) {
        let runtime = self.runtime;
        let to = move || Options::new("127.0.0.1").port(port).pdu(PDU).merge(Merge::Never);
        let block_to = move || to().port(block_port).jobs(3);

        let with = move |options: Options, call: fn(&mut blocking::Client, &Plan)| {
            move |time| {
                let mut client = blocking::Client::new(options.clone());
                let plan = client.plan(&twenty()).expect("the client connects");
                rate(time, || call(&mut client, &plan))
            }
        };
        let who = "hepta blocking";
        self.add(place, READ, who, with(to(), |c, _| drop(c.read_db(1, 0, 4).expect("it reads"))));
        self.add(place, BATCH, who, with(to(), |c, _| drop(c.read_many(&twenty()).expect("it reads"))));
        self.add(
            place,
            BATCH,
            "hepta blocking, planned",
            with(to(), |c, p| drop(c.read_planned(p).expect("it reads"))),
        );
        self.add(
            place,
            BLOCKS,
            who,
            with(block_to(), |c, _| drop(c.read_db(1, 0, BLOCK as u32).expect("it reads"))),
        );
        self.add(place, FLIGHT, who, move |time| {
            let mut client = blocking::Client::new(to());
            let read = || drop(client.run_again(|| Reads { left: READS, read: one() }).expect("it reads"));
            rate(time, read) * f64::from(READS)
        });
        self.add(place, CONNECT, who, move |time| {
            rate(time, || blocking::Client::new(to()).connect().expect("it connects"))
        });
        // No peer asks TCP for signs of life; this says what doing so costs.
        self.add(place, CONNECT, "hepta blocking, no keepalive", move |time| {
            rate(time, || blocking::Client::new(to().keepalive(None)).connect().expect("it connects"))
        });
        self.add(place, "connect and close", who, move |time| {
            rate(time, || {
                let mut client = blocking::Client::new(to());
                client.connect().expect("it connects");
                client.close();
            })
        });

        let who = "hepta tokio";
        self.add(
            place,
            READ,
            who,
            on(runtime, to(), async |c, _| drop(c.read_db(1, 0, 4).await.expect("it reads"))),
        );
        self.add(
            place,
            BATCH,
            who,
            on(runtime, to(), async |c, _| drop(c.read_many(&twenty()).await.expect("it reads"))),
        );
        self.add(
            place,
            BATCH,
            "hepta tokio, planned",
            on(runtime, to(), async |c, p| drop(c.read_planned(p).await.expect("it reads"))),
        );
        self.add(
            place,
            BLOCKS,
            who,
            on(runtime, block_to(), async |c, _| {
                drop(c.read_db(1, 0, BLOCK as u32).await.expect("it reads"))
            }),
        );
        self.add(place, FLIGHT, who, move |time| {
            let reads = async |c: &Client, _: &Plan| {
                drop(c.run_again(|| Reads { left: READS, read: one() }).await.expect("it reads"));
            };
            on(runtime, to(), reads)(time) * f64::from(READS)
        });
        self.add(place, FLIGHT, "hepta tokio, 8 callers", move |time| {
            runtime.block_on(async {
                let client = Client::new(to());
                client.connect().await.expect("it connects");
                let (meter, began) = (Meter::start(), Instant::now());
                let mut callers = tokio::task::JoinSet::new();
                for _ in 0..8 {
                    let client = client.clone();
                    callers.spawn(async move {
                        let mut reads = 0u32;
                        while began.elapsed() < time {
                            drop(client.read_db(1, 0, 4).await.expect("it reads"));
                            reads += 1;
                        }
                        reads
                    });
                }
                meter.rate(callers.join_all().await.iter().sum())
            })
        });
        self.add(place, CONNECT, who, move |time| {
            let connect = async || Client::new(to()).connect().await.expect("it connects");
            runtime.block_on(rate_async(time, connect))
        });
        self.add(place, CONNECT, "hepta tokio, no keepalive", move |time| {
            let connect = async || Client::new(to().keepalive(None)).connect().await.expect("it connects");
            runtime.block_on(rate_async(time, connect))
        });
        self.add(place, "connect and close", who, move |time| {
            runtime.block_on(rate_async(time, async || {
                let client = Client::new(to());
                client.connect().await.expect("it connects");
                client.close().await;
            }))
        });
    }
}

/// Eight octets apart, so that nobody could merge them.
fn twenty() -> [Span; 20] {
    core::array::from_fn(|i| Span::db(1, i as u32 * 8, 4))
}

fn one() -> Read {
    Read::new(Span::db(1, 0, 4))
}

fn on<'a>(
    runtime: &'a Runtime,
    options: Options,
    call: impl AsyncFn(&Client, &Plan) + 'a,
) -> impl Fn(Duration) -> f64 + 'a {
    move |time| {
        runtime.block_on(async {
            let client = Client::new(options.clone());
            let plan = client.plan(&twenty()).await.expect("the client connects");
            rate_async(time, async || call(&client, &plan).await).await
        })
    }
}

fn main() -> std::io::Result<()> {
    let effort = Effort::from_options(0.4);
    let port = |name| {
        option(name).unwrap_or_else(|| {
            eprintln!("--{name} PORT is missing");
            std::process::exit(2)
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = Rows { runtime: &runtime, rows: Vec::new() };
    let plus = option("plus");
    if let Some(plus) = plus {
        rows.plus(plus);
        if let (Some(python), Some(driver)) = (option::<String>("python"), option::<String>("driver")) {
            rows.plus_python(&python, &driver, port("plus-python"));
        }
    }
    rows.raw(port("raw"));
    let ours = |name| plus.is_none().then(|| port(name));
    for (place, port, block_port) in
        [("native", option("native"), option("native")), ("hepta", ours("ours"), ours("ours3"))]
    {
        let (Some(port), Some(block_port)) = (port, block_port) else { continue };
        rows.rust7(place, port);
        rows.s7_client(place, port);
        rows.snap7_client(place, port);
        rows.ours(place, port, block_port);
    }
    let mut rows = rows.rows;
    // Who is compared stands side by side.
    rows.sort_by_key(|row| (row.key.place != "raw", row.key.place, row.key.task));
    if let Some(only) = option::<String>("only") {
        let name = |key: &Key| format!("{} {} {}", key.place, key.task, key.who);
        rows.retain(|row| row.key == RAW || name(&row.key).contains(&only));
    }
    let mut report = Report::default();
    for round in 0..effort.rounds {
        for row in effort.order(round, rows.len()).into_iter().map(|at| &rows[at]) {
            report.add(row.key, row.unit, (row.run)(effort.time) * row.each);
        }
    }
    goals(&mut report);
    plus::goals(&mut report);
    report.finish()
}

fn goals(report: &mut Report) {
    let of = |place, task, who| Key { place, task, who };
    let (blocking, tokio) = ("hepta blocking", "hepta tokio");
    let peers = |place, task| ["s7-client", "snap7-client", "rust7"].map(|who| of(place, task, who));
    let level = Want::AtLeast(1.0);
    let native = "native";
    let mut goal = |name: &str, unit, ours, peers: &[Key], want| report.goal(name, unit, ours, peers, want);
    goal("native: read, blocking", PER_S, of(native, READ, blocking), &peers(native, READ)[2..], level);
    goal("native: read, tokio", PER_S, of(native, READ, tokio), &peers(native, READ)[..2], level);
    for who in [blocking, "hepta blocking, planned", tokio, "hepta tokio, planned"] {
        goal("native: 20 items", PER_S, of(native, BATCH, who), &peers(native, BATCH), Want::AtLeast(1.1));
    }
    for (place, want) in [(native, level), ("hepta", Want::AtLeast(1.5))] {
        for who in [blocking, tokio] {
            goal(
                &format!("{place}: 64 KiB block, 3 jobs"),
                MB_S,
                of(place, BLOCKS, who),
                &peers(place, BLOCKS),
                want,
            );
        }
    }
    for place in [native, "hepta"] {
        let (name, peers) = (format!("{place}: connect and drop"), peers(place, CONNECT));
        for who in [blocking, "hepta blocking, no keepalive"] {
            goal(&name, PER_S, of(place, CONNECT, who), &peers, level);
        }
        // Against the others that need a runtime; rust7 has none.
        for who in [tokio, "hepta tokio, no keepalive"] {
            goal(&name, PER_S, of(place, CONNECT, who), &peers[..2], level);
        }
    }
    for who in [blocking, tokio] {
        goal("hepta: one job, of raw", PER_S, of("hepta", READ, who), &[RAW], Want::AtLeast(0.7));
    }
    for who in [blocking, tokio, "hepta tokio, 8 callers"] {
        goal("hepta: 8 in flight, of raw", PER_S, of("hepta", FLIGHT, who), &[RAW], Want::AtLeast(2.3));
    }
}

/// Reads in one call of [`Reads`].
const READS: u32 = 800;

/// The same small read again and again, as one operation: one caller that keeps all agreed jobs in flight.
struct Reads {
    left: u32,
    read: Read,
}

impl Operation for Reads {
    type Output = Vec<u8>;
    fn want(&self) -> hepta_proto::op::Want {
        if self.left > 0 { hepta_proto::op::Want::Ask } else { hepta_proto::op::Want::Nothing }
    }
    fn write(&mut self, limits: Limits, draft: &mut Draft<'_>) -> Result<Ticket, hepta_proto::Error> {
        self.left -= 1;
        self.read = one();
        self.read.write(limits, draft)
    }
    fn take(&mut self, event: Event<'_>) -> Result<(), hepta_proto::Error> {
        self.read.take(event)
    }
    fn finish(self) -> Vec<u8> {
        self.read.finish()
    }
    fn changes(&self) -> bool {
        false
    }
}

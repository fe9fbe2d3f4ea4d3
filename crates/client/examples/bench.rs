//! What the drivers reach, beside a raw ping-pong of the same sizes: start `testserve`, pin both to one core, and run
//! `bench [port] [seconds] [rounds]`. Each line is the median of the rounds, with the ratio to the raw rate of its own round.
use core::time::Duration;
use hepta::classic::{Client, Merge, Span};
use hepta::{Options, blocking};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

/// One caller: calls a second.
fn rate(time: Duration, mut call: impl FnMut()) -> f64 {
    (0..200).for_each(|_| call());
    let (began, mut n) = (Instant::now(), 0u32);
    while began.elapsed() < time {
        (0..20).for_each(|_| call());
        n += 20;
    }
    f64::from(n) / began.elapsed().as_secs_f64()
}

/// 31 octets up, 29 down: what a read of four octets takes on the wire.
fn raw() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut io = listener.accept().unwrap().0;
        io.set_nodelay(true).unwrap();
        let mut buf = [0; 31];
        while io.read_exact(&mut buf).is_ok() && io.write_all(&buf[..29]).is_ok() {}
    });
    let io = TcpStream::connect(at).unwrap();
    io.set_nodelay(true).unwrap();
    io
}

fn main() {
    let arg = |n, default: u32| std::env::args().nth(n).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (port, rounds) = (arg(1, 10102), arg(3, 7));
    let time = std::env::args()
        .nth(2)
        .and_then(|a| a.parse().ok())
        .map_or(Duration::from_millis(400), Duration::from_secs_f64);
    let to = || Options::new("127.0.0.1").port(u16::try_from(port).unwrap()).merge(Merge::Never);
    let items: Vec<Span> = (0..20).map(|i| Span::db(1, i * 4, 4)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut lines: Vec<(&str, f64, Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..rounds {
        let (mut io, mut buf) = (raw(), [0; 31]);
        let floor = rate(time, || {
            io.write_all(&buf).unwrap();
            io.read_exact(&mut buf[..29]).unwrap();
        });
        let mut say = |what: &'static str, per_call: f64, rate: f64| {
            let at = lines.iter().position(|line| line.0 == what).unwrap_or_else(|| {
                lines.push((what, per_call, Vec::new(), Vec::new()));
                lines.len() - 1
            });
            lines[at].2.push(rate * per_call);
            lines[at].3.push(rate * per_call / floor);
        };
        say("raw ping-pong", 1.0, floor);

        let mut c = blocking::Client::new(to());
        say("blocking 4 octets", 1.0, rate(time, || drop(c.read_db(1, 0, 4).unwrap())));
        say("blocking 20 items", 1.0, rate(time, || drop(c.read_many(&items).unwrap())));
        let plan = c.plan(&items).unwrap();
        say("blocking 20 items planned", 1.0, rate(time, || drop(c.read_planned(&plan).unwrap())));
        // A block of 64 requests, eight of them in flight at any time, each small.
        let mut small = blocking::Client::new(to().pdu(112));
        say("blocking 8 in flight (reads)", 64.0, rate(time, || drop(small.read_db(1, 0, 64 * 94).unwrap())));
        for (what, jobs) in [("blocking 64 KiB, 1 job (MB/s)", 1), ("blocking 64 KiB, 3 jobs (MB/s)", 3)] {
            let mut c = blocking::Client::new(to().jobs(jobs));
            say(what, 65534e-6, rate(time, || drop(c.read_db(1, 0, 65534).unwrap())));
        }
        say(
            "blocking connect + close",
            1.0,
            rate(time, || {
                let mut c = blocking::Client::new(to());
                c.connect().unwrap();
                c.close();
            }),
        );
        say("blocking connect + drop", 1.0, rate(time, || blocking::Client::new(to()).connect().unwrap()));

        let c = Client::new(to());
        say("tokio 4 octets", 1.0, on(&runtime, time, async || drop(c.read_db(1, 0, 4).await.unwrap())));
        say("tokio 20 items", 1.0, on(&runtime, time, async || drop(c.read_many(&items).await.unwrap())));
        let plan = runtime.block_on(c.plan(&items)).unwrap();
        say(
            "tokio 20 items planned",
            1.0,
            on(&runtime, time, async || drop(c.read_planned(&plan).await.unwrap())),
        );
        say("tokio 8 callers (reads)", 1.0, runtime.block_on(eight(&c, time)));
        for (what, jobs) in [("tokio 64 KiB, 1 job (MB/s)", 1), ("tokio 64 KiB, 3 jobs (MB/s)", 3)] {
            let c = Client::new(to().jobs(jobs));
            say(what, 65534e-6, on(&runtime, time, async || drop(c.read_db(1, 0, 65534).await.unwrap())));
        }
        say(
            "tokio connect + drop",
            1.0,
            on(&runtime, time, async || Client::new(to()).connect().await.unwrap()),
        );
    }
    for (what, _, rates, ratios) in lines {
        let ((low, middle, high), (_, ratio, _)) = (spread(rates), spread(ratios));
        println!("{what:30} {middle:10.0}  ({low:.0} .. {high:.0})  {ratio:6.3} of raw");
    }
}

fn on(runtime: &tokio::runtime::Runtime, time: Duration, call: impl AsyncFn()) -> f64 {
    runtime.block_on(async {
        for _ in 0..200 {
            call().await;
        }
        let (began, mut n) = (Instant::now(), 0u32);
        while began.elapsed() < time {
            for _ in 0..20 {
                call().await;
            }
            n += 20;
        }
        f64::from(n) / began.elapsed().as_secs_f64()
    })
}

/// Eight tasks with one connection.
async fn eight(c: &Client, time: Duration) -> f64 {
    let began = Instant::now();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let c = c.clone();
            tokio::spawn(async move {
                let mut n = 0u32;
                while began.elapsed() < time {
                    for _ in 0..20 {
                        c.read_db(1, 0, 4).await.unwrap();
                    }
                    n += 20;
                }
                n
            })
        })
        .collect();
    let mut all = 0.0;
    for caller in callers {
        all += f64::from(caller.await.unwrap());
    }
    all / began.elapsed().as_secs_f64()
}

/// Least, median, most.
fn spread(mut of: Vec<f64>) -> (f64, f64, f64) {
    of.sort_by(f64::total_cmp);
    (of[0], of[of.len() / 2], of[of.len() - 1])
}

//! S7CommPlus inside TLS: our clients and the crate s7commplus on our server, the pair of PyPI s7commplus, and records alone.
use super::{Key, MB_S, PER_S, Rows};
use hepta::plus::{Client, Options, Span, Trust, area, blocking};
use hepta_bench::report::{Report, Want};
use hepta_bench::{Meter, rate, rate_async};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use s7commplus::Connection;
use s7commplus::proto::ItemAddress;
use serde_json::json;
use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

const BLOCK: u32 = 65_534;
const READ: &str = "plus: read of 4 octets";
const BATCH: &str = "plus: 100 items";
pub(super) const BLOCKS: &str = "plus: 64 KiB block";
const CONNECT: &str = "plus: connect and close";
const PLACE: &str = "plus";
/// Theirs has a data block 900 of 65,535 octets, as ours has.
const DB: u16 = 900;
/// Items that the emulated S7-1500 takes in one request. The crate does not split, so that is done for it.
const MOST: usize = 50;

fn hundred() -> [Span; 100] {
    core::array::from_fn(|i| Span { area: area::DB + u32::from(DB), start: i as u32 * 16, len: 4 })
}

fn theirs(span: &Span) -> ItemAddress {
    let lid = vec![3, span.start, span.len];
    ItemAddress { symbol_crc: 0, access_area: span.area, access_sub_area: 2550, lid }
}

impl Rows<'_> {
    /// All on our server at `port`.
    pub(super) fn plus(&mut self, port: u16) {
        self.records();
        self.s7commplus(port);
        let runtime = self.runtime;
        let to = move || Options::new("127.0.0.1").port(port).trust(Trust::Insecure);
        let who = "hepta blocking";
        let with = move |call: fn(&mut blocking::Client)| {
            move |time| {
                let mut client = blocking::Client::new(to());
                client.connect().expect("it connects");
                rate(time, || call(&mut client))
            }
        };
        self.add(PLACE, READ, who, with(|c| drop(c.db_read(DB, 0, 4).expect("it reads"))));
        self.add(PLACE, BATCH, who, with(|c| drop(c.db_read_many(&hundred()).expect("it reads"))));
        self.add(PLACE, BLOCKS, who, with(|c| drop(c.db_read(DB, 0, BLOCK).expect("it reads"))));
        self.add(PLACE, CONNECT, who, move |time| {
            rate(time, || {
                let mut client = blocking::Client::new(to());
                client.connect().expect("it connects");
                client.close();
            })
        });

        let who = "hepta tokio";
        self.add(PLACE, READ, who, move |time| {
            runtime.block_on(async {
                let client = Client::new(to());
                rate_async(time, async || drop(client.db_read(DB, 0, 4).await.expect("it reads"))).await
            })
        });
        self.add(PLACE, BATCH, who, move |time| {
            runtime.block_on(async {
                let client = Client::new(to());
                let read = async || drop(client.db_read_many(&hundred()).await.expect("it reads"));
                rate_async(time, read).await
            })
        });
        self.add(PLACE, BLOCKS, who, move |time| {
            runtime.block_on(async {
                let client = Client::new(to());
                rate_async(time, async || drop(client.db_read(DB, 0, BLOCK).await.expect("it reads"))).await
            })
        });
        self.add(PLACE, CONNECT, who, move |time| {
            runtime.block_on(rate_async(time, async || {
                let client = Client::new(to());
                client.connect().await.expect("it connects");
                client.close().await;
            }))
        });
    }

    /// The crate s7commplus.
    fn s7commplus(&mut self, port: u16) {
        let connect = move || {
            let to = (Ipv4Addr::LOCALHOST, port);
            Connection::connect(to, Duration::from_secs(10)).expect("s7commplus connects")
        };
        let block: Vec<Span> = (0..BLOCK)
            .step_by(16 * 1024)
            .map(|start| Span { area: area::DB + u32::from(DB), start, len: (BLOCK - start).min(16 * 1024) })
            .collect();
        for (task, spans) in [(READ, hundred()[..1].to_vec()), (BATCH, hundred().to_vec()), (BLOCKS, block)] {
            let items: Vec<_> = spans.iter().map(theirs).collect();
            self.add(PLACE, task, "s7commplus", move |time| {
                let mut plc = connect();
                rate(time, || {
                    for items in items.chunks(MOST) {
                        let response = plc.read_variables(items).expect("s7commplus reads");
                        assert_eq!(response.values.len(), items.len(), "{:?}", response.errors);
                    }
                })
            });
        }
        self.add(PLACE, CONNECT, "s7commplus", move |time| rate(time, || drop(connect())));
    }

    /// The client of PyPI s7commplus on the server of PyPI s7commplus: `python` has it, `driver` is ours.
    pub(super) fn plus_python(&mut self, python: &str, driver: &str, port: u16) {
        let mut child = Command::new(python)
            .args([driver, "bench"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 with s7commplus");
        let pipes = child.stdin.take().zip(child.stdout.take()).expect("both are piped");
        let peer = Rc::new(RefCell::new((pipes.0, BufReader::new(pipes.1))));
        // It ends with its input. No block: its server closes on one of this length.
        for (task, name) in [(READ, "read"), (BATCH, "batch"), (CONNECT, "connect")] {
            let peer = Rc::clone(&peer);
            self.add(PLACE, task, "python pair", move |time| {
                python_rate(&mut peer.borrow_mut(), name, port, time)
            });
        }
    }

    /// The floor of a block: as many octets in records of 1,004, with nothing of S7 around them, on four octets of request.
    fn records(&mut self) {
        let key = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
        let (der, secret) = (key.cert.der().clone(), key.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(der.clone()).expect("a root");
        let client = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let secret = PrivateKeyDer::try_from(secret).expect("a key");
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![der], secret)
            .expect("a certificate and its key");
        // Of 1,004 octets 17 are type and tag; rustls counts the head of 5 in.
        server.max_fragment_size = Some(1004 - 17);
        let (client, server) = (Arc::new(client), Arc::new(server));
        self.add(PLACE, BLOCKS, "raw records", move |time| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let at = listener.local_addr().expect("a port");
            let config = Arc::clone(&server);
            std::thread::spawn(move || serve_records(&listener, config));
            let mut io = TcpStream::connect(at).expect("our own server");
            io.set_nodelay(true).expect("a socket");
            let name = ServerName::try_from("localhost").expect("a name");
            let mut tls = rustls::ClientConnection::new(Arc::clone(&client), name).expect("TLS");
            let (mut plain, mut buf) = (vec![0; BLOCK as usize], vec![0; 64 * 1024]);
            rate(time, || {
                tls.writer().write_all(&[0; 4]).expect("memory");
                while tls.wants_write() {
                    tls.write_tls(&mut io).expect("our own server");
                }
                let mut got = 0;
                while got < plain.len() {
                    let n = io.read(&mut buf).expect("our own server");
                    let mut input = &buf[..n];
                    assert!(n > 0, "our own server");
                    while !input.is_empty() {
                        tls.read_tls(&mut input).expect("room");
                        let left = tls.process_new_packets().expect("records").plaintext_bytes_to_read();
                        if left > 0 {
                            tls.reader().read_exact(&mut plain[got..got + left]).expect("it is there");
                            got += left;
                        }
                    }
                    // The handshake's second half.
                    while tls.wants_write() {
                        tls.write_tls(&mut io).expect("our own server");
                    }
                }
            })
        });
    }
}

/// One connection: whenever four octets came, a block goes back, with one write.
fn serve_records(listener: &TcpListener, config: Arc<rustls::ServerConfig>) {
    let (mut io, _) = listener.accept().expect("the client comes");
    io.set_nodelay(true).expect("a socket");
    let mut tls = rustls::ServerConnection::new(config).expect("TLS");
    tls.set_buffer_limit(None);
    let (block, mut out, mut asked) = (vec![7; BLOCK as usize], Vec::new(), [0; 4]);
    loop {
        match tls.read_tls(&mut io) {
            Ok(1..) => {}
            _ => return,
        }
        let left = tls.process_new_packets().expect("records").plaintext_bytes_to_read();
        if left >= asked.len() {
            tls.reader().read_exact(&mut asked).expect("it is there");
            tls.writer().write_all(&block).expect("memory");
        }
        out.clear();
        while tls.wants_write() {
            tls.write_tls(&mut out).expect("memory");
        }
        if io.write_all(&out).is_err() {
            return;
        }
    }
}

/// Calls for each second of processor time: of the driver, which tells its own, and of the server.
fn python_rate(
    (up, down): &mut (ChildStdin, BufReader<ChildStdout>),
    task: &str,
    port: u16,
    time: Duration,
) -> f64 {
    writeln!(up, "{}", json!({"task": task, "port": port, "db": DB, "seconds": time.as_secs_f64()}))
        .expect("it lives");
    let mut line = String::new();
    down.read_line(&mut line).expect("it lives");
    let meter = Meter::start();
    line.clear();
    down.read_line(&mut line).expect("it lives");
    let said: Option<(u32, f64)> = line
        .trim()
        .split_once(' ')
        .and_then(|(calls, seconds)| Some((calls.parse().ok()?, seconds.parse().ok()?)));
    let (calls, seconds) = said.unwrap_or_else(|| panic!("the driver says {line:?}"));
    meter.rate_beside(calls, seconds)
}

pub(super) fn goals(report: &mut Report) {
    let of = |task, who| Key { place: PLACE, task, who };
    let mut goal = |name: &str, unit, task, peer, want| {
        for who in ["hepta blocking", "hepta tokio"] {
            report.goal(name, unit, of(task, who), &[of(task, peer)], Want::AtLeast(want));
        }
    };
    goal("plus: read, of the crate", PER_S, READ, "s7commplus", 1.2);
    goal("plus: read, of PyPI's pair", PER_S, READ, "python pair", 5.0);
    goal("plus: 100 items, of the crate", PER_S, BATCH, "s7commplus", 1.5);
    goal("plus: 100 items, of PyPI's pair", PER_S, BATCH, "python pair", 10.0);
    goal("plus: connect and close, of PyPI's pair", PER_S, CONNECT, "python pair", 5.0);
    goal("plus: 64 KiB block, of raw records", MB_S, BLOCKS, "raw records", 0.5);
    goal("plus: 64 KiB block, of the crate", MB_S, BLOCKS, "s7commplus", 1.0);
}

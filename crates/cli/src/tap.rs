//! Listening in: `--trace` tells each message on standard error, `--pcap` writes a file that Wireshark opens.
use crate::capture::write::{Conversation, WriteError};
use crate::capture::{CaptureWriter, Direction, Format};
use crate::exit::{Failure, remark};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use hepta_proto::tap::{Sender, Tap};
use hepta_proto::trace::Trace;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What the options `--trace` and `--pcap` ask for, and whoever listens `beside` them; `None` for nobody.
pub(crate) fn of(
    trace: bool,
    pcap: Option<&Path>,
    beside: Option<Arc<dyn Tap>>,
) -> Result<Option<Arc<dyn Tap>>, Failure> {
    let mut taps: Vec<Arc<dyn Tap>> = beside.into_iter().collect();
    if trace {
        taps.push(Arc::new(Teller::default()));
    }
    if let Some(path) = pcap {
        taps.push(Arc::new(Recorder::create(path)?));
    }
    Ok(match taps.len() {
        0 | 1 => taps.pop(),
        _ => Some(Arc::new(All(taps))),
    })
}

struct All(Vec<Arc<dyn Tap>>);

impl Tap for All {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        self.0.iter().for_each(|tap| tap.octets(connection, sender, octets));
    }
    fn opened(&self, connection: u64) {
        self.0.iter().for_each(|tap| tap.opened(connection));
    }
    fn closed(&self, connection: u64) {
        self.0.iter().for_each(|tap| tap.closed(connection));
    }
}

/// Tells each message on standard error.
#[derive(Default)]
struct Teller(Mutex<Told>);

/// A client draws the names of its connections, so they are numbered here, as they come.
#[derive(Default)]
struct Told {
    open: HashMap<u64, (u64, Trace)>,
    count: u64,
}

impl Tap for Teller {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Told { open, count } = &mut *told;
        let (number, trace) = open.entry(connection).or_insert_with(|| {
            *count += 1;
            (*count, Trace::default())
        });
        trace.octets(sender, octets, |entry| {
            remark(format_args!("#{number} {}", entry.text));
            entry.complaints.iter().for_each(|complaint| remark(format_args!("      ! {complaint}")));
        });
    }
    fn closed(&self, connection: u64) {
        // Of one that never said a word nobody was told.
        if let Some((number, _)) =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).open.remove(&connection)
        {
            remark(format_args!("#{number} closed"));
        }
    }
}

/// Writes a capture file. The conversations are real, the packets around them are made up: what counts is that any tool shows
/// them, so the server's port is always 102.
pub(crate) struct Recorder(Mutex<Recording>);

struct Recording {
    writer: CaptureWriter<File>,
    open: HashMap<u64, Conversation>,
    /// Conversations so far: each has a port of its own for as long as there are ports.
    count: u16,
    /// The disk is full, or the like: said once, then no more is tried.
    failed: bool,
}

impl Recorder {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let format =
            if path.extension().is_some_and(|e| e == "pcap") { Format::Pcap } else { Format::Pcapng };
        let file = File::create(path).map_err(|e| Failure::file(path, e))?;
        let writer = CaptureWriter::new(file, format, None).map_err(|e| Failure::file(path, e))?;
        Ok(Self(Mutex::new(Recording { writer, open: HashMap::new(), count: 0, failed: false })))
    }
}

impl Tap for Recorder {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Recording { writer, open, count, failed } = &mut *recording;
        if *failed {
            return;
        }
        let direction = match sender {
            Sender::Client => Direction::ClientToServer,
            Sender::Server => Direction::ServerToClient,
        };
        let written = conversation(writer, open, count, connection)
            .and_then(|conversation| writer.octets(conversation, now(), direction, octets, None));
        if let Err(error) = written {
            *failed = true;
            remark(format_args!("hepta: the capture file ends here: {error}"));
        }
    }
    fn closed(&self, connection: u64) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Recording { writer, open, failed, .. } = &mut *recording;
        if let (Some(mut conversation), false) = (open.remove(&connection), *failed) {
            *failed = writer.close(&mut conversation, now(), Direction::ClientToServer).is_err();
        }
    }
}

fn conversation<'a>(
    writer: &mut CaptureWriter<File>,
    open: &'a mut HashMap<u64, Conversation>,
    count: &mut u16,
    connection: u64,
) -> Result<&'a mut Conversation, WriteError> {
    Ok(match open.entry(connection) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let port = 10_000 + *count;
            *count = (*count + 1) % 50_000;
            entry.insert(writer.open(now(), local(port), local(102))?)
        }
    })
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

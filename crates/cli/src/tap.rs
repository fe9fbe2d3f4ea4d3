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

/// What the options `--trace` and `--pcap` ask for; `None` for neither.
pub(crate) fn of(trace: bool, pcap: Option<&Path>) -> Result<Option<Arc<dyn Tap>>, Failure> {
    let mut taps: Vec<Arc<dyn Tap>> = Vec::new();
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
struct Teller(Mutex<HashMap<u64, Trace>>);

impl Tap for Teller {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        let mut traces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        traces.entry(connection).or_default().octets(sender, octets, |entry| {
            remark(format_args!("#{connection} {}", entry.text));
            entry.complaints.iter().for_each(|complaint| remark(format_args!("      ! {complaint}")));
        });
    }
    fn closed(&self, connection: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
        remark(format_args!("#{connection} closed"));
    }
}

/// Writes a capture file. The conversations are real, the packets around them are made up: what counts is that any tool shows
/// them, so the server's port is always 102.
pub(crate) struct Recorder(Mutex<Recording>);

struct Recording {
    writer: CaptureWriter<File>,
    open: HashMap<u64, Conversation>,
    /// The disk is full, or the like: said once, then no more is tried.
    failed: bool,
}

impl Recorder {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let format =
            if path.extension().is_some_and(|e| e == "pcap") { Format::Pcap } else { Format::Pcapng };
        let file = File::create(path).map_err(|e| Failure::file(path, e))?;
        let writer = CaptureWriter::new(file, format, None).map_err(|e| Failure::file(path, e))?;
        Ok(Self(Mutex::new(Recording { writer, open: HashMap::new(), failed: false })))
    }
}

impl Tap for Recorder {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Recording { writer, open, failed } = &mut *recording;
        if *failed {
            return;
        }
        let direction = match sender {
            Sender::Client => Direction::ClientToServer,
            Sender::Server => Direction::ServerToClient,
        };
        let written = conversation(writer, open, connection)
            .and_then(|conversation| writer.octets(conversation, now(), direction, octets, None));
        if let Err(error) = written {
            *failed = true;
            remark(format_args!("hepta: the capture file ends here: {error}"));
        }
    }
    fn closed(&self, connection: u64) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Recording { writer, open, failed } = &mut *recording;
        if let (Some(mut conversation), false) = (open.remove(&connection), *failed) {
            *failed = writer.close(&mut conversation, now(), Direction::ClientToServer).is_err();
        }
    }
}

fn conversation<'a>(
    writer: &mut CaptureWriter<File>,
    open: &'a mut HashMap<u64, Conversation>,
    connection: u64,
) -> Result<&'a mut Conversation, WriteError> {
    Ok(match open.entry(connection) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let port = u16::try_from(connection % 50_000).unwrap_or(0) + 10_000;
            entry.insert(writer.open(now(), local(port), local(102))?)
        }
    })
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

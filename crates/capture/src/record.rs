//! What a tap hears, as a file.
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use hepta_proto::tap::{Sender, Tap};

use crate::Direction;
use crate::write::{CaptureWriter, Conversation, Format, WriteError};

/// Writes what a driver tells into a capture file. The conversations are real, the packets around them are made up: what counts is
/// that any tool shows them, so the server's port is always 102.
///
/// Whenever the process dies, the file can be read.
pub struct Recorder<W>(Mutex<Recording<W>>);

struct Recording<W> {
    writer: CaptureWriter<W>,
    open: HashMap<u64, Conversation>,
    /// Conversations so far: each has a port of its own for as long as there are ports.
    count: u16,
    /// Whom to tell that the disk is full, or the like: once, then no more is tried.
    complain: Option<Complain>,
}

type Complain = Box<dyn FnOnce(WriteError) + Send>;

impl Recorder<File> {
    /// A new file at `path`: classic pcap if its name ends so, else pcapng. Where it cannot be written further, `complain` is told why,
    /// once, and the conversations go on unrecorded.
    pub fn create(
        path: &Path,
        complain: impl FnOnce(WriteError) + Send + 'static,
    ) -> Result<Self, WriteError> {
        let format =
            if path.extension().is_some_and(|e| e == "pcap") { Format::Pcap } else { Format::Pcapng };
        Self::new(File::create(path)?, format, complain)
    }
}

impl<W: Write> Recorder<W> {
    /// Begins a capture on `out`; for `complain` see [`Recorder::create`].
    pub fn new(
        out: W,
        format: Format,
        complain: impl FnOnce(WriteError) + Send + 'static,
    ) -> Result<Self, WriteError> {
        let writer = CaptureWriter::new(out, format, None)?;
        let complain: Option<Complain> = Some(Box::new(complain));
        Ok(Self(Mutex::new(Recording { writer, open: HashMap::new(), count: 0, complain })))
    }
    fn record(&self, write: impl FnOnce(&mut Recording<W>) -> Result<(), WriteError>) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recording.complain.is_none() {
            return;
        }
        if let Err(error) = write(&mut recording) {
            let complain = recording.complain.take();
            // Whoever is told may take long, or panic.
            drop(recording);
            if let Some(complain) = complain {
                complain(error);
            }
        }
    }
}

impl<W: Write + Send> Tap for Recorder<W> {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        let direction = match sender {
            Sender::Client => Direction::ClientToServer,
            Sender::Server => Direction::ServerToClient,
        };
        self.record(|Recording { writer, open, count, .. }| {
            let conversation = match open.entry(connection) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
                    let port = 10_000 + *count;
                    *count = (*count + 1) % 50_000;
                    entry.insert(writer.open(now(), local(port), local(102))?)
                }
            };
            writer.octets(conversation, now(), direction, octets, None)
        });
    }
    fn closed(&self, connection: u64) {
        self.record(|Recording { writer, open, .. }| match open.remove(&connection) {
            Some(mut conversation) => writer.close(&mut conversation, now(), Direction::ClientToServer),
            None => Ok(()),
        });
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

//! Listening in: `--trace` tells each message on standard error, `--pcap` writes a file that Wireshark opens.
use crate::exit::{Failure, remark};
use hepta_capture::Recorder;
use hepta_proto::tap::{Sender, Tap};
use hepta_proto::trace::Trace;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
        taps.push(Arc::new(recorder(path)?));
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

/// A capture file. When it cannot be written further, that is said, and the conversations go on.
pub(crate) fn recorder(path: &Path) -> Result<Recorder<File>, Failure> {
    let complain = |error| remark(format_args!("hepta: the capture file ends here: {error}"));
    Recorder::create(path, complain).map_err(|e| Failure::file(path, e))
}

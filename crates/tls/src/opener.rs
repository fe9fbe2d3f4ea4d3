//! Opens what was said on a connection of TLS 1.3, for who has its key log: the decoder of captures.
use crate::keylog;
use crate::schedule::{self, Keys, Suite};
use core::fmt;
use hepta_proto::tap::Sender;
use hepta_proto::tls::Open;
use hepta_proto::wire::Reader;
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The secrets of a key log, by connection: lines `LABEL CLIENT_RANDOM SECRET` of the format of NSS.
#[derive(Clone, Default)]
pub struct Secrets(HashMap<[u8; 32], Kept>);

#[derive(Clone, Default)]
struct Kept {
    /// Of the handshake and of what comes after it: what the client sends, what the server sends.
    handshake: [Option<Secret>; 2],
    traffic: [Option<Secret>; 2],
    exporter: Option<Secret>,
}

type Secret = Zeroizing<Vec<u8>>;

impl Secrets {
    /// Reads a key log. Comments, empty lines and labels that are not of TLS 1.3 are passed over.
    pub fn read(text: &str) -> Result<Self, OpenError> {
        let mut all = Self::default();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = OpenError::Line(i + 1);
            let mut words = line.split_ascii_whitespace();
            let (Some(label), Some(random), Some(secret), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(bad);
            };
            let random = hex(random).ok_or_else(|| bad.clone())?;
            let secret = hex(secret).ok_or_else(|| bad.clone())?;
            let Ok(random) = <[u8; 32]>::try_from(random.as_slice()) else {
                // Of older versions, where it names something else.
                if label.contains("TRAFFIC") || label == "EXPORTER_SECRET" {
                    return Err(bad);
                }
                continue;
            };
            let kept = all.0.entry(random).or_default();
            let place = match label {
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET" => &mut kept.handshake[0],
                "SERVER_HANDSHAKE_TRAFFIC_SECRET" => &mut kept.handshake[1],
                "CLIENT_TRAFFIC_SECRET_0" => &mut kept.traffic[0],
                "SERVER_TRAFFIC_SECRET_0" => &mut kept.traffic[1],
                "EXPORTER_SECRET" => &mut kept.exporter,
                _ => continue,
            };
            *place = Some(secret);
        }
        Ok(all)
    }
    /// Of how many connections there are secrets.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("connections", &self.0.len()).finish_non_exhaustive()
    }
}

/// Why what was said stays closed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A line of the key log.
    #[error("line {0} of the key log is none of LABEL CLIENT_RANDOM SECRET in hex digits")]
    Line(usize),
    /// Another connection than those of the key log.
    #[error("the key log has no keys of this connection, whose client random is {}", *keylog::hex(.0))]
    Unknown([u8; 32]),
    /// The secrets that there are do not suffice.
    #[error("the key log has no {0} for this connection")]
    Missing(&'static str),
    /// The capture begins after the handshake.
    #[error("the hello of this connection is not here: its beginning was not captured")]
    NoHello,
    /// Another version.
    #[error("this connection is not TLS 1.3, or its suite is not one that can be opened")]
    Version,
    /// The keys do not fit.
    #[error("record {record} from the {} does not open: octets are missing before it, or the keys are those of another", end(*.sender))]
    Sealed {
        /// Who sent it.
        sender: Sender,
        /// Which of theirs, from 1.
        record: u64,
    },
    /// What is no TLS.
    #[error("this is no TLS: {0}")]
    Malformed(&'static str),
}

const fn end(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

/// Opens one connection. It is fed the octets of both directions, cut anyhow, in the order of the capture.
pub struct Opener {
    secrets: Arc<Secrets>,
    random: Option<[u8; 32]>,
    suite: Option<Suite>,
    ways: [Way; 2],
    /// The first error is the last.
    failed: Option<OpenError>,
}

/// One direction.
#[derive(Default)]
struct Way {
    /// A record that was cut.
    held: Vec<u8>,
    /// A message of the handshake that was cut, and octets of one that are not looked at.
    message: Vec<u8>,
    skip: usize,
    keys: Option<Keys>,
    /// What the keys are those of.
    traffic: bool,
    records: u64,
    /// Records before those that the keys open, where the secrets of the handshake are not there.
    missed: u32,
    closed: bool,
}

impl Opener {
    /// One that knows the secrets in the text of a key log.
    pub fn new(log: &str) -> Result<Self, OpenError> {
        Secrets::read(log).map(|secrets| Self::with(Arc::new(secrets)))
    }
    /// One that knows these secrets, which are read once for all connections.
    pub fn with(secrets: Arc<Secrets>) -> Self {
        Self { secrets, random: None, suite: None, ways: Default::default(), failed: None }
    }
    /// Takes octets that `sender` sent; appends what they say to `plain`. After an error there is nothing more.
    pub fn stream(&mut self, sender: Sender, octets: &[u8], plain: &mut Vec<u8>) -> Result<(), OpenError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let done = self.feed(sender, octets, plain);
        self.failed = done.as_ref().err().cloned();
        done
    }
    /// Has `sender` said that nothing more comes?
    pub fn closed(&self, sender: Sender) -> bool {
        self.ways[index(sender)].closed
    }
    /// Keying material of the connection, as both ends had it. Needs `EXPORTER_SECRET` in the key log.
    pub fn export(&self, label: &[u8], context: &[u8], secret: &mut [u8]) -> Result<(), OpenError> {
        let kept = self.kept()?;
        let hash = self.suite.map(Suite::hash).ok_or(OpenError::NoHello)?;
        let master = kept.exporter.as_ref().ok_or(OpenError::Missing("EXPORTER_SECRET"))?;
        if master.len() != hash.octets() {
            return Err(OpenError::Missing("EXPORTER_SECRET of the suite's length"));
        }
        schedule::export(hash, master, label, context, secret)
            .ok_or(OpenError::Malformed("keying material of this length cannot be had"))
    }

    fn kept(&self) -> Result<&Kept, OpenError> {
        let random = self.random.ok_or(OpenError::NoHello)?;
        self.secrets.0.get(&random).ok_or(OpenError::Unknown(random))
    }
    fn feed(&mut self, sender: Sender, mut octets: &[u8], plain: &mut Vec<u8>) -> Result<(), OpenError> {
        let i = index(sender);
        loop {
            // First what makes the header whole, then the record.
            let held = &mut self.ways[i].held;
            let due = match held.first_chunk::<HEADER>() {
                None => HEADER,
                Some(&[kind, major, _, high, low]) => {
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    if !(CHANGE_CIPHER..=DATA).contains(&kind) || major != 3 || length > MAX {
                        return Err(OpenError::Malformed("a header of a record is none"));
                    }
                    HEADER + length
                }
            };
            if held.len() < due {
                let n = octets.len().min(due - held.len());
                if n == 0 {
                    return Ok(());
                }
                let (now, later) = octets.split_at(n);
                held.extend_from_slice(now);
                octets = later;
                continue;
            }
            if due == HEADER && held.get(3..5) != Some(&[0, 0]) {
                continue;
            }
            let mut record = core::mem::take(held);
            self.ways[i].records += 1;
            let done = self.record(sender, &mut record, plain);
            // The buffer serves again.
            record.clear();
            self.ways[i].held = record;
            done?;
        }
    }
    /// One whole record.
    fn record(&mut self, sender: Sender, record: &mut [u8], plain: &mut Vec<u8>) -> Result<(), OpenError> {
        let Some((&mut header, body)) = record.split_first_chunk_mut::<HEADER>() else { return Ok(()) };
        match header[0] {
            // Sent for the sake of old boxes in between.
            CHANGE_CIPHER => Ok(()),
            ALERT => {
                self.ways[index(sender)].closed = true;
                Ok(())
            }
            HANDSHAKE => self.handshake(sender, body),
            _ => {
                let i = index(sender);
                if self.ways[i].keys.is_none() {
                    self.begin(sender)?;
                }
                let way = &mut self.ways[i];
                let Some(keys) = &mut way.keys else { return Err(OpenError::NoHello) };
                let Some(inner) = keys.open(header, body) else {
                    // Without the secrets of the handshake, its records are passed over; there are few.
                    if way.traffic && way.missed < MISSED {
                        way.missed += 1;
                        return Ok(());
                    }
                    return Err(OpenError::Sealed { sender, record: way.records });
                };
                if way.traffic {
                    way.missed = MISSED;
                }
                // The type is the last octet that is not 0.
                let end = inner.iter().rposition(|&octet| octet != 0);
                let Some((&kind, content)) = end.and_then(|end| inner.get(..=end)?.split_last()) else {
                    return Err(OpenError::Malformed("a record without a type"));
                };
                match kind {
                    DATA => plain.extend_from_slice(content),
                    ALERT => way.closed = true,
                    HANDSHAKE => {
                        let content = content.to_vec();
                        self.handshake(sender, &content)?;
                    }
                    _ => return Err(OpenError::Malformed("a record of no known type within")),
                }
                Ok(())
            }
        }
    }
    /// The first keys of a direction.
    fn begin(&mut self, sender: Sender) -> Result<(), OpenError> {
        let i = index(sender);
        let suite = self.suite.ok_or(OpenError::NoHello)?;
        let kept = self.kept()?;
        let (secret, traffic) = match (&kept.handshake[i], &kept.traffic[i]) {
            (Some(secret), _) => (secret, false),
            (None, Some(secret)) => (secret, true),
            (None, None) => return Err(OpenError::Missing(TRAFFIC[i])),
        };
        let keys = Keys::new(suite, secret).ok_or(OpenError::Missing("secret of the suite's length"))?;
        let way = &mut self.ways[i];
        (way.keys, way.traffic) = (Some(keys), traffic);
        if !traffic {
            way.missed = MISSED;
        }
        Ok(())
    }
    /// Octets of the handshake, of which some messages are looked at.
    fn handshake(&mut self, sender: Sender, mut octets: &[u8]) -> Result<(), OpenError> {
        let i = index(sender);
        while !octets.is_empty() {
            let way = &mut self.ways[i];
            if way.skip > 0 {
                let n = way.skip.min(octets.len());
                way.skip -= n;
                octets = octets.get(n..).unwrap_or_default();
                continue;
            }
            let due = match way.message.first_chunk() {
                None => PREFIX,
                Some(prefix) => {
                    let length = body(*prefix);
                    if !matches!(prefix[0], CLIENT_HELLO | SERVER_HELLO | FINISHED | KEY_UPDATE) {
                        way.skip = length;
                        way.message.clear();
                        continue;
                    }
                    if length > MAX {
                        return Err(OpenError::Malformed("a message of the handshake is too long"));
                    }
                    PREFIX + length
                }
            };
            let n = octets.len().min(due.saturating_sub(way.message.len()));
            let (now, later) = octets.split_at(n);
            way.message.extend_from_slice(now);
            octets = later;
            if way.message.first_chunk().is_some_and(|prefix| way.message.len() == PREFIX + body(*prefix)) {
                let message = core::mem::take(&mut way.message);
                self.message(sender, &message)?;
            }
        }
        Ok(())
    }
    fn message(&mut self, sender: Sender, message: &[u8]) -> Result<(), OpenError> {
        let i = index(sender);
        let mut r = Reader::new(message);
        let kind = r.u8("type");
        let _ = r.u24("length");
        match (kind, sender) {
            (Ok(CLIENT_HELLO), Sender::Client) => {
                let cut = |_| OpenError::Malformed("the hello of the client is cut");
                r.u16("version").map_err(cut)?;
                // The second one, if there are two, has the same.
                self.random = Some(r.array("random").map_err(cut)?);
            }
            (Ok(SERVER_HELLO), Sender::Server) => {
                let cut = |_| OpenError::Malformed("the hello of the server is cut");
                r.u16("version").map_err(cut)?;
                let random: [u8; 32] = r.array("random").map_err(cut)?;
                let n = r.u8("session id").map_err(cut)?;
                r.take(n.into(), "session id").map_err(cut)?;
                let suite = r.u16("suite").map_err(cut)?;
                // Not a hello yet, but the wish for another one of the client (RFC 8446, 4.1.3).
                if random != RETRY {
                    self.suite = Some(Suite::of(suite).ok_or(OpenError::Version)?);
                    self.kept()?;
                }
            }
            (Ok(FINISHED), _) => {
                if self.ways[i].traffic {
                    return Ok(());
                }
                let suite = self.suite.ok_or(OpenError::NoHello)?;
                let secret = self.kept()?.traffic[i].as_ref().ok_or(OpenError::Missing(TRAFFIC[i]))?;
                let keys = Keys::new(suite, secret);
                let keys = keys.ok_or(OpenError::Missing("secret of the suite's length"))?;
                (self.ways[i].keys, self.ways[i].traffic) = (Some(keys), true);
            }
            (Ok(KEY_UPDATE), _) => {
                let way = &mut self.ways[i];
                way.keys = way.keys.as_ref().and_then(Keys::next);
            }
            _ => return Err(OpenError::Malformed("a hello of the wrong end")),
        }
        Ok(())
    }
}

impl Open for Opener {
    fn open(
        &mut self,
        sender: Sender,
        octets: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
        self.stream(sender, octets, plain).map_err(Into::into)
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("suite", &self.suite)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

const fn index(sender: Sender) -> usize {
    match sender {
        Sender::Client => 0,
        Sender::Server => 1,
    }
}

/// Octets of a message of the handshake behind its type and length.
fn body([_, a, b, c]: [u8; PREFIX]) -> usize {
    usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX)
}

fn hex(text: &str) -> Option<Secret> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    let mut digits = text.chars().map(|c| c.to_digit(16));
    while let Some(high) = digits.next() {
        octets.push(u8::try_from(high? << 4 | digits.next()??).ok()?);
    }
    Some(octets)
}

/// Types of records.
const CHANGE_CIPHER: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;
/// Types of messages of the handshake.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const FINISHED: u8 = 20;
const KEY_UPDATE: u8 = 24;
const HEADER: usize = 5;
/// Type and length of a message of the handshake.
const PREFIX: usize = 4;
/// The longest sealed record.
const MAX: usize = (1 << 14) + 256;
/// The most records of a handshake in one direction.
const MISSED: u32 = 64;
const TRAFFIC: [&str; 2] = ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"];
/// SHA-256 of `HelloRetryRequest`.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

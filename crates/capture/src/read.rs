//! Capture files: pcap and pcapng, record by record, and the conversations in them.
//!
//! The framing is done here and the contents are left to `pcap-parser`: with a whole record in hand its "give me more"
//! can only mean that the record is broken, and every complaint knows its place in the file.
use core::time::Duration;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use pcap_parser::{Block, OptionCode, PcapHeader};

use super::Event;
use super::link::{Skip, segment};
use super::tcp::Reassembler;

/// A record may be this long, and no more: the longest snaplen in use is a quarter of a mebioctet.
const MAX_RECORD: u32 = 16 << 20;
/// So many interfaces a section may describe.
const MAX_INTERFACES: usize = 1 << 16;
/// The port of ISO-on-TCP, and with it of S7.
const ISO_TSAP: u16 = 102;

// Blocks of pcapng, by their registered numbers.
const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Why a capture cannot be read, or not further.
///
/// Whatever comes before the trouble has been handed out as events first.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system says no.
    #[error("reading failed at octet {offset}: {source}")]
    Io {
        /// Where in the file.
        offset: u64,
        /// What the system says.
        source: io::Error,
    },
    /// Not one octet.
    #[error(
        "the file is empty: did the capture ever start? (tcpdump writes its header at once, so look at how it ended)"
    )]
    Empty,
    /// It starts like no capture.
    #[error("this is not a pcap or pcapng file: it starts with {found:02x?}{hint}")]
    NotACapture {
        /// How it starts.
        found: Vec<u8>,
        /// What it seems to be and what to do then, as the end of a sentence.
        hint: &'static str,
    },
    /// It ends where more was announced.
    #[error(
        "the file ends in the middle of {what}, which starts at octet {offset}: the capture was cut off, \
         or is still being written; everything before that point has been read"
    )]
    CutOff {
        /// Where the incomplete part starts.
        offset: u64,
        /// What is incomplete.
        what: &'static str,
    },
    /// It contradicts itself.
    #[error(
        "the capture is corrupt at octet {offset}: {what}; everything before that point has been read, \
         and `editcap` or `pcapfix` may save what comes after it"
    )]
    Corrupt {
        /// Where the broken part starts.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A version of the format nobody has defined yet, or that has died out.
    #[error(
        "version {major} of this capture format is not known here: `editcap -F pcapng` makes one that is"
    )]
    Version {
        /// The number in the file.
        major: u16,
    },
}

/// What a capture holds besides conversations: the reader counts it rather than to fail or to be silent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// All packets.
    pub packets: u64,
    /// Those that were TCP segments.
    pub segments: u64,
    /// Segments of which the end was not captured.
    pub cut: u64,
    /// Packets with something else than TCP.
    pub other: u64,
    /// Fragments of IP packets, which are not put together.
    pub fragments: u64,
    /// Packets with headers that are cut off or broken.
    pub unreadable: u64,
    /// Packets from a link that is not known here.
    pub unknown: u64,
    /// The link type of the last of those, by its registered number.
    pub unknown_link: Option<u16>,
}

impl core::fmt::Display for Tally {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} packets, {} of them TCP", self.packets, self.segments)?;
        for (count, what) in [
            (self.cut, "cut short by the snaplen of the capture"),
            (self.fragments, "skipped as IP fragments"),
            (self.unreadable, "skipped as unreadable"),
            (self.other, "not TCP"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if let Some(link) = self.unknown_link {
            write!(f, ", {} from a link that is not understood (link type {link})", self.unknown)?;
        }
        Ok(())
    }
}

/// A capture file, read from front to back in bounded memory.
pub struct Capture<R> {
    records: Records<R>,
    tcp: Reassembler,
    tally: Tally,
    time: Duration,
    /// The input is at its end; what is still held back is being handed out.
    ending: bool,
    /// What to say once all events are out.
    failure: Option<ReadError>,
}

impl Capture<File> {
    /// Opens the file at `path`; a side with one of `server_ports` is taken for the server where no handshake tells,
    /// and without any that is port 102.
    pub fn open(path: &Path, server_ports: &[u16]) -> Result<Self, ReadError> {
        let file = File::open(path).map_err(|source| ReadError::Io { offset: 0, source })?;
        Self::new(file, server_ports)
    }
}

impl<R: Read> Capture<R> {
    /// Reads a capture off `input`, which is buffered here; see [`Capture::open`].
    pub fn new(input: R, server_ports: &[u16]) -> Result<Self, ReadError> {
        let ports = if server_ports.is_empty() { vec![ISO_TSAP] } else { server_ports.to_vec() };
        Ok(Self {
            records: Records::new(input)?,
            tcp: Reassembler::new(ports),
            tally: Tally::default(),
            time: Duration::ZERO,
            ending: false,
            failure: None,
        })
    }

    /// The next event, or `None` at the end of the capture.
    ///
    /// After an error there is nothing more; all that could be read came before it.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, ReadError> {
        while !self.tcp.ready() {
            if self.ending {
                if self.tcp.finish_one(self.time) {
                    continue;
                }
                return self.failure.take().map_or(Ok(None), Err);
            }
            if let Err(failure) = self.packet() {
                self.failure = Some(failure);
                self.ending = true;
            }
        }
        Ok(self.tcp.pop())
    }

    /// What the file held so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes one packet off the file.
    fn packet(&mut self) -> Result<(), ReadError> {
        let Some(packet) = self.records.next()? else {
            self.ending = true;
            return Ok(());
        };
        // A simple packet block has no time of its own.
        let time = packet.time.unwrap_or(self.time);
        self.time = time;
        self.tally.packets += 1;
        match segment(packet.link, packet.data, packet.cut) {
            Ok(segment) => {
                self.tally.segments += 1;
                self.tally.cut += u64::from(segment.lost > 0);
                self.tcp.push(&segment, time);
            }
            Err(Skip::Other) => self.tally.other += 1,
            Err(Skip::Fragment) => self.tally.fragments += 1,
            Err(Skip::Unreadable) => self.tally.unreadable += 1,
            Err(Skip::Link) => {
                self.tally.unknown += 1;
                self.tally.unknown_link = Some(packet.link);
            }
        }
        Ok(())
    }
}

/// A packet as it stands in the file.
struct Packet<'a> {
    time: Option<Duration>,
    link: u16,
    data: &'a [u8],
    /// How many octets at its end were not captured.
    cut: u32,
}

enum Format {
    Pcap { header: PcapHeader, link: u16 },
    Pcapng { big_endian: bool, interfaces: Vec<Interface> },
}

#[derive(Clone, Copy)]
struct Interface {
    link: u16,
    snaplen: u32,
    /// Ticks per second; `None` where it is too big a number for anything.
    ticks: Option<u128>,
    /// Seconds to add to every time.
    offset: i64,
}

/// The records of a capture file.
struct Records<R> {
    input: BufReader<R>,
    /// Where in the file the record in `buffer` starts.
    start: u64,
    buffer: Vec<u8>,
    format: Format,
}

impl<R: Read> Records<R> {
    fn new(input: R) -> Result<Self, ReadError> {
        let format = Format::Pcapng { big_endian: false, interfaces: Vec::new() };
        let mut records = Self { input: BufReader::new(input), start: 0, buffer: Vec::new(), format };
        match records.fill(4)? {
            0 => Err(ReadError::Empty),
            _ if records.buffer == SECTION.to_be_bytes() => Ok(records),
            _ if is_pcap(&records.buffer) => {
                records.pcap_header()?;
                Ok(records)
            }
            _ => {
                records.fill(8)?;
                let hint = looks_like(&records.buffer);
                Err(ReadError::NotACapture { found: core::mem::take(&mut records.buffer), hint })
            }
        }
    }

    fn pcap_header(&mut self) -> Result<(), ReadError> {
        let what = "the file header";
        self.complete(24, what)?;
        let (_, header) = pcap_parser::parse_pcap_header(&self.buffer)
            .map_err(|_| ReadError::Corrupt { offset: 0, what })?;
        if header.version_major != 2 {
            return Err(ReadError::Version { major: header.version_major });
        }
        // The upper half tells about frame check sequences, which the length in the IP header keeps out anyway.
        let [.., a, b] = header.network.0.to_be_bytes();
        self.format = Format::Pcap { header, link: u16::from_be_bytes([a, b]) };
        self.advance();
        Ok(())
    }

    /// The next packet, or `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Packet<'_>>, ReadError> {
        match self.format {
            Format::Pcap { ref header, link } => {
                let header = header.clone();
                self.pcap_packet(&header, link)
            }
            Format::Pcapng { .. } => {
                while let Some(kind) = self.pcapng_block()? {
                    if matches!(kind, OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET) {
                        return self.pcapng_packet(kind).map(Some);
                    }
                }
                Ok(None)
            }
        }
    }

    fn pcap_packet(&mut self, header: &PcapHeader, link: u16) -> Result<Option<Packet<'_>>, ReadError> {
        let what = "a packet record";
        let offset = self.advance();
        if self.fill(16)? == 0 {
            return Ok(None);
        }
        let fixed = if header.is_modified_format() { 24 } else { 16 };
        self.complete(fixed, what)?;
        let length = self.u32_at(8, header.is_bigendian()).unwrap_or(u32::MAX);
        if length > MAX_RECORD {
            return Err(ReadError::Corrupt { offset, what: "a packet claims to be longer than any can be" });
        }
        self.complete(fixed.saturating_add(length), what)?;
        let parse = match (header.is_modified_format(), header.is_bigendian()) {
            (true, _) => pcap_parser::parse_pcap_frame_modified,
            (false, true) => pcap_parser::parse_pcap_frame_be,
            (false, false) => pcap_parser::parse_pcap_frame,
        };
        let (_, frame) = parse(&self.buffer).map_err(|_| ReadError::Corrupt { offset, what })?;
        let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
        let time =
            Duration::from_secs(frame.ts_sec.into()) + Duration::from_nanos(u64::from(frame.ts_usec) * unit);
        let cut = frame.origlen.saturating_sub(frame.caplen);
        Ok(Some(Packet { time: Some(time), link, data: frame.data, cut }))
    }

    /// Takes the next block in, and says of which kind it is; `None` at the end of the file.
    fn pcapng_block(&mut self) -> Result<Option<u32>, ReadError> {
        let what = "a block";
        let Format::Pcapng { mut big_endian, .. } = self.format else { return Ok(None) };
        // The very first block has its first octets in the buffer already: they told what the file is.
        let offset = if self.start == 0 && self.buffer.len() == 4 { 0 } else { self.advance() };
        if self.fill(8)? == 0 {
            return Ok(None);
        }
        self.complete(8, what)?;
        let kind = self.u32_at(0, big_endian).unwrap_or_default();
        if kind == SECTION {
            // Only behind its length a section says in which byte order that was.
            self.complete(12, what)?;
            big_endian = match self.u32_at(8, true) {
                Some(0x1A2B_3C4D) => true,
                Some(0x4D3C_2B1A) => false,
                _ => return Err(ReadError::Corrupt { offset, what: "a section without a byte order" }),
            };
        }
        let length = self.u32_at(4, big_endian).unwrap_or_default();
        if length < 12 {
            return Err(ReadError::Corrupt {
                offset,
                what: "a block claims to be shorter than its own frame",
            });
        }
        if !matches!(kind, SECTION | INTERFACE | OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET) {
            self.skip(length - 8, what)?;
            return Ok(Some(kind));
        }
        if length > MAX_RECORD {
            return Err(ReadError::Corrupt { offset, what: "a block claims to be longer than any can be" });
        }
        self.complete(length, what)?;
        if matches!(kind, SECTION | INTERFACE) {
            self.describe(big_endian)?;
        }
        Ok(Some(kind))
    }

    /// Takes over what a section or an interface says of what follows.
    fn describe(&mut self, section_big_endian: bool) -> Result<(), ReadError> {
        let corrupt = |what| ReadError::Corrupt { offset: self.start, what };
        let Format::Pcapng { big_endian, interfaces } = &mut self.format else { return Ok(()) };
        match parse_block(&self.buffer, section_big_endian) {
            Some(Block::SectionHeader(section)) if section.major_version != 1 => {
                Err(ReadError::Version { major: section.major_version })
            }
            Some(Block::SectionHeader(_)) => {
                *big_endian = section_big_endian;
                interfaces.clear();
                Ok(())
            }
            Some(Block::InterfaceDescription(block)) if interfaces.len() < MAX_INTERFACES => {
                let option =
                    |code| block.options.iter().find(|o| o.code == code).and_then(|o| o.as_bytes().ok());
                let resolution = option(OptionCode::IfTsresol).and_then(<[u8]>::first).copied().unwrap_or(6);
                let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
                let offset =
                    option(OptionCode::IfTsoffset).and_then(|o| o.try_into().ok()).unwrap_or_default();
                let [.., a, b] = block.linktype.0.to_be_bytes();
                interfaces.push(Interface {
                    link: u16::from_be_bytes([a, b]),
                    snaplen: block.snaplen,
                    ticks: base.checked_pow(u32::from(resolution & 0x7F)),
                    offset: if *big_endian { i64::from_be_bytes(offset) } else { i64::from_le_bytes(offset) },
                });
                Ok(())
            }
            Some(Block::InterfaceDescription(_)) => Err(corrupt("more interfaces than any machine has")),
            _ => Err(corrupt("the header of a section or of an interface contradicts itself")),
        }
    }

    /// Reads the packet in the block that was taken in last.
    fn pcapng_packet(&self, kind: u32) -> Result<Packet<'_>, ReadError> {
        let corrupt = |what| ReadError::Corrupt { offset: self.start, what };
        let broken = || corrupt("a packet block contradicts itself");
        let Format::Pcapng { big_endian, ref interfaces } = self.format else { return Err(broken()) };
        let interface = |number: u32| {
            let found = usize::try_from(number).ok().and_then(|number| interfaces.get(number));
            found.ok_or_else(|| corrupt("a packet from an interface that was never described"))
        };
        if kind == OLD_PACKET {
            // Obsolete since 2004 and not known to the parser, yet old analysers still write it: an enhanced packet
            // whose interface number gives half its width to a count of drops.
            let word = |at| self.u32_at(at, big_endian).ok_or_else(broken);
            let number = word(8)?;
            let interface = interface(if big_endian { number >> 16 } else { number & 0xFFFF })?;
            let (length, original) = (word(20)?, word(24)?);
            let end = usize::try_from(length).ok().and_then(|n| n.checked_add(28)).ok_or_else(broken)?;
            let data = self.buffer.get(28..end).ok_or_else(broken)?;
            let time = Some(interface.time(word(12)?, word(16)?));
            return Ok(Packet { time, link: interface.link, data, cut: original.saturating_sub(length) });
        }
        match parse_block(&self.buffer, big_endian) {
            Some(Block::EnhancedPacket(block)) => {
                let interface = interface(block.if_id)?;
                let end = usize::try_from(block.caplen).map_err(|_| broken())?;
                Ok(Packet {
                    time: Some(interface.time(block.ts_high, block.ts_low)),
                    link: interface.link,
                    data: block.data.get(..end).ok_or_else(broken)?,
                    cut: block.origlen.saturating_sub(block.caplen),
                })
            }
            Some(Block::SimplePacket(block)) => {
                let interface = interface(0)?;
                // The captured length is not written down: it follows from the two limits, with padding behind it.
                let limit = if interface.snaplen == 0 { u32::MAX } else { interface.snaplen };
                let length = block.origlen.min(limit);
                let data =
                    usize::try_from(length).ok().and_then(|n| block.data.get(..n)).unwrap_or(block.data);
                let captured = u32::try_from(data.len()).unwrap_or(u32::MAX);
                let cut = block.origlen.saturating_sub(captured);
                Ok(Packet { time: None, link: interface.link, data, cut })
            }
            _ => Err(broken()),
        }
    }

    /// Moves on to the next record and says where it starts.
    fn advance(&mut self) -> u64 {
        self.start += self.buffer.len() as u64;
        self.buffer.clear();
        self.start
    }

    /// Reads until the buffer holds `want` octets or the file ends, and says how many it holds.
    ///
    /// The buffer grows with what is really read, not with what the file announces.
    fn fill(&mut self, want: u32) -> Result<usize, ReadError> {
        let missing = u64::from(want).saturating_sub(self.buffer.len() as u64);
        if let Err(source) = self.input.by_ref().take(missing).read_to_end(&mut self.buffer) {
            return Err(ReadError::Io { offset: self.start + self.buffer.len() as u64, source });
        }
        Ok(self.buffer.len())
    }

    /// The same, where fewer octets mean that the file is cut off.
    fn complete(&mut self, want: u32, what: &'static str) -> Result<(), ReadError> {
        if (self.fill(want)? as u64) < u64::from(want) {
            return Err(ReadError::CutOff { offset: self.start, what });
        }
        Ok(())
    }

    /// Passes over octets that no one wants, however many a file says there are.
    fn skip(&mut self, count: u32, what: &'static str) -> Result<(), ReadError> {
        let offset = self.start;
        let skipped = io::copy(&mut self.input.by_ref().take(count.into()), &mut io::sink())
            .map_err(|source| ReadError::Io { offset, source })?;
        if skipped < u64::from(count) {
            return Err(ReadError::CutOff { offset, what });
        }
        self.start += skipped;
        Ok(())
    }

    fn u32_at(&self, at: usize, big_endian: bool) -> Option<u32> {
        let octets = *self.buffer.get(at..)?.first_chunk()?;
        Some(if big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) })
    }
}

impl Interface {
    /// The time a packet of this interface was captured, from the two halves of its count of ticks.
    fn time(&self, high: u32, low: u32) -> Duration {
        let ticks = (u128::from(high) << 32) | u128::from(low);
        // Ticks have 64 bits and a thousand million has 30, so this cannot overflow.
        let nanos = self.ticks.map_or(0, |per_second| ticks * 1_000_000_000 / per_second);
        let seconds = i128::try_from(nanos / 1_000_000_000).unwrap_or(i128::MAX);
        let seconds = seconds.saturating_add(self.offset.into()).max(0);
        let rest = u32::try_from(nanos % 1_000_000_000).unwrap_or_default();
        Duration::new(u64::try_from(seconds).unwrap_or(u64::MAX), rest)
    }
}

fn parse_block(block: &[u8], big_endian: bool) -> Option<Block<'_>> {
    let parse = if big_endian { pcap_parser::parse_block_be } else { pcap_parser::parse_block_le };
    parse(block).ok().map(|(_, block)| block)
}

/// Whether a file starts like a pcap file: either byte order, micro- or nanoseconds, or Kuznetzov's longer records.
fn is_pcap(start: &[u8]) -> bool {
    let Some(&magic) = start.first_chunk() else { return false };
    let known = [0xA1B2_C3D4, 0xA1B2_3C4D];
    known.contains(&u32::from_be_bytes(magic))
        || known.contains(&u32::from_le_bytes(magic))
        || u32::from_le_bytes(magic) == 0xA1B2_CD34
}

/// What a file that is no capture may be, and what to do with it.
const fn looks_like(start: &[u8]) -> &'static str {
    match start {
        [0x1F, 0x8B, ..] => ", which is gzip: `gunzip` it first",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ", which is zstd: `zstd -d` it first",
        [0xFD, b'7', b'z', b'X', b'Z', ..] => ", which is xz: `xz -d` it first",
        [0x04, 0x22, 0x4D, 0x18, ..] => ", which is lz4: `lz4 -d` it first",
        [b'B', b'Z', b'h', ..] => ", which is bzip2: `bunzip2` it first",
        [b'P', b'K', ..] => ", which is a zip archive: unpack it first",
        [b's', b'n', b'o', b'o', b'p', ..] => ", which is a snoop capture: `editcap -F pcapng` converts it",
        [b'G', b'M', b'B', b'U', ..] | [b'R', b'T', b'S', b'S', ..] => {
            ", which is a Network Monitor capture: `editcap -F pcapng` converts it"
        }
        [0xA1, 0xB2, 0xCD, 0x34, ..] => ", which is a rare kind of pcap: `editcap -F pcapng` converts it",
        _ => "",
    }
}

//! Captures made up from octets: every conversation dressed as Ethernet, IP and TCP, so that any analyser shows it.
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::io::{self, Write};

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

use super::Direction;

/// Octets per segment: with all headers a packet is then as long as Ethernet has them, over IPv6 too.
const SEGMENT: usize = 1440;
/// After so many octets without an answer the receiver acknowledges, as it would before its window is full.
const UNACKNOWLEDGED: usize = 32 << 10;
const WINDOW: u16 = u16::MAX;
/// How long a packet may be, for readers that want to know. None here comes near.
const SNAPLEN: u32 = 262_144;
/// Longer comments are cut: an option of pcapng cannot hold more than this, and no one reads so much.
const MAX_COMMENT: usize = 32 << 10;

/// The two kinds of capture file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// What Wireshark writes: has room for comments, and for the name of this program.
    Pcapng,
    /// The classic, with nanoseconds: for tools that know nothing else.
    Pcap,
}

/// Why a capture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system says no.
    #[error("the capture could not be written: {0}; what was written before can be read")]
    Io(#[from] io::Error),
    /// The conversation has been closed already.
    #[error("this conversation has been closed: open another one to go on between the same addresses")]
    Closed,
    /// No packet could be made.
    #[error("no packet could be made from this: {0}")]
    Packet(#[from] etherparse::err::packet::BuildVecWriteError),
}

/// Writes a capture, each packet in one piece and flushed: whenever the process dies, the file can be read.
pub struct CaptureWriter<W> {
    out: W,
    format: Format,
    /// Conversations so far: what tells apart the sequence numbers of those between the same addresses.
    conversations: u32,
    packet: Vec<u8>,
    record: Vec<u8>,
}

/// A conversation in a capture that is being written; made by [`CaptureWriter::open`].
#[derive(Debug)]
pub struct Conversation {
    client: Side,
    server: Side,
    closed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Side {
    address: SocketAddr,
    /// The sequence number of the next octet it sends.
    next: u32,
    /// How many octets it has sent since the other side last sent anything.
    unacknowledged: usize,
}

/// What a packet is for, besides its octets.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Flag {
    Syn,
    SynAck,
    Ack,
    Fin,
}

impl<W: Write> CaptureWriter<W> {
    /// Begins a capture on `out`. The comment is about the whole of it; classic pcap has no room for one.
    pub fn new(out: W, format: Format, comment: Option<&str>) -> Result<Self, WriteError> {
        let mut writer = Self { out, format, conversations: 0, packet: Vec::new(), record: Vec::new() };
        match format {
            Format::Pcapng => writer.section(comment),
            Format::Pcap => {
                // Magic for nanoseconds, version 2.4, no time zone, no accuracy, snaplen, Ethernet.
                for field in [0xA1B2_3C4D, 0x0004_0002, 0, 0, SNAPLEN, 1] {
                    writer.u32(field);
                }
            }
        }
        writer.send()?;
        Ok(writer)
    }

    /// Opens a conversation, with the handshake.
    pub fn open(
        &mut self,
        time: Duration,
        client: SocketAddr,
        server: SocketAddr,
    ) -> Result<Conversation, WriteError> {
        self.conversations = self.conversations.wrapping_add(1);
        // Far apart, so that a new conversation between the same ports cannot be taken for more of the old one.
        let seq = self.conversations.wrapping_mul(0x9E37_79B9);
        self.open_at(time, (client, seq), (server, seq.rotate_left(16)))
    }

    /// Opens a conversation whose sides send these sequence numbers in the handshake.
    pub(super) fn open_at(
        &mut self,
        time: Duration,
        client: (SocketAddr, u32),
        server: (SocketAddr, u32),
    ) -> Result<Conversation, WriteError> {
        let (a, b) = same_family(client.0, server.0);
        let side = |address, next| Side { address, next, unacknowledged: 0 };
        let mut conversation =
            Conversation { client: side(a, client.1), server: side(b, server.1), closed: false };
        self.write(&mut conversation, time, Direction::ClientToServer, Flag::Syn, &[], None)?;
        self.write(&mut conversation, time, Direction::ServerToClient, Flag::SynAck, &[], None)?;
        self.write(&mut conversation, time, Direction::ClientToServer, Flag::Ack, &[], None)?;
        Ok(conversation)
    }

    /// Writes octets that one side sent, in as many segments as it takes; pcapng puts the comment at the first of them.
    pub fn octets(
        &mut self,
        conversation: &mut Conversation,
        time: Duration,
        direction: Direction,
        octets: &[u8],
        comment: Option<&str>,
    ) -> Result<(), WriteError> {
        if conversation.closed {
            return Err(WriteError::Closed);
        }
        let mut comment = comment;
        for octets in octets.chunks(SEGMENT) {
            self.write(conversation, time, direction, Flag::Ack, octets, comment.take())?;
            let (sender, _) = conversation.sides(direction);
            if sender.unacknowledged >= UNACKNOWLEDGED {
                self.write(conversation, time, direction.reversed(), Flag::Ack, &[], None)?;
            }
        }
        Ok(())
    }

    /// Closes a conversation: the given side finishes first, and the other one agrees. A second time does nothing.
    pub fn close(
        &mut self,
        conversation: &mut Conversation,
        time: Duration,
        first: Direction,
    ) -> Result<(), WriteError> {
        if conversation.closed {
            return Ok(());
        }
        conversation.closed = true;
        self.write(conversation, time, first, Flag::Fin, &[], None)?;
        self.write(conversation, time, first.reversed(), Flag::Fin, &[], None)?;
        self.write(conversation, time, first, Flag::Ack, &[], None)
    }

    fn write(
        &mut self,
        conversation: &mut Conversation,
        time: Duration,
        direction: Direction,
        flag: Flag,
        octets: &[u8],
        comment: Option<&str>,
    ) -> Result<(), WriteError> {
        let (sender, receiver) = conversation.sides(direction);
        let (source, destination) = (sender.address, receiver.address);
        let ethernet = PacketBuilder::ethernet2(mac(source.ip()), mac(destination.ip()));
        let ip = match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                ethernet.ipv4(source.octets(), destination.octets(), 64)
            }
            (source, destination) => ethernet.ipv6(v6(source), v6(destination), 64),
        };
        let tcp = ip.tcp(source.port(), destination.port(), sender.next, WINDOW);
        let tcp: PacketBuilderStep<TcpHeader> = match flag {
            Flag::Syn => tcp.syn(),
            Flag::SynAck => tcp.syn().ack(receiver.next),
            Flag::Ack if octets.is_empty() => tcp.ack(receiver.next),
            Flag::Ack => tcp.ack(receiver.next).psh(),
            Flag::Fin => tcp.ack(receiver.next).fin(),
        };
        self.packet.clear();
        tcp.write_to_vec(&mut self.packet, octets)?;

        sender.unacknowledged += octets.len();
        if flag != Flag::Syn {
            receiver.unacknowledged = 0;
        }
        // A segment has far fewer octets than a sequence number counts; SYN and FIN count for one.
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        sender.next = sender.next.wrapping_add(length).wrapping_add(u32::from(flag != Flag::Ack));

        self.record.clear();
        match self.format {
            Format::Pcapng => self.enhanced_packet(time, comment),
            Format::Pcap => {
                // Pcap's clock ends in 2106; it shall stop then, rather than to start again.
                self.u32(u32::try_from(time.as_secs()).unwrap_or(u32::MAX));
                self.u32(time.subsec_nanos());
                self.length(self.packet.len());
                self.length(self.packet.len());
                self.record.extend_from_slice(&self.packet);
            }
        }
        self.send()
    }

    /// A section of pcapng, and the one interface in it.
    fn section(&mut self, comment: Option<&str>) {
        let start = self.begin_block(0x0A0D_0D0A);
        // The byte order, version 1.0, and "of unknown length".
        for field in [0x1A2B_3C4D, 0x0000_0001, u32::MAX, u32::MAX] {
            self.u32(field);
        }
        self.comment(comment);
        self.option(4, b"hepta");
        self.option(0, b"");
        self.end_block(start);

        let start = self.begin_block(1);
        // Ethernet.
        self.u32(1);
        self.u32(SNAPLEN);
        self.option(2, b"hepta");
        // Times in nanoseconds.
        self.option(9, &[9]);
        self.option(0, b"");
        self.end_block(start);
    }

    fn enhanced_packet(&mut self, time: Duration, comment: Option<&str>) {
        let start = self.begin_block(6);
        // The one interface there is.
        self.u32(0);
        // Nanoseconds in 64 bits last until 2554.
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let [a, b, c, d, low @ ..] = nanos.to_be_bytes();
        self.u32(u32::from_be_bytes([a, b, c, d]));
        self.u32(u32::from_be_bytes(low));
        self.length(self.packet.len());
        self.length(self.packet.len());
        self.record.extend_from_slice(&self.packet);
        self.pad();
        if comment.is_some() {
            self.comment(comment);
            self.option(0, b"");
        }
        self.end_block(start);
    }

    fn begin_block(&mut self, kind: u32) -> usize {
        let start = self.record.len();
        self.u32(kind);
        // The length, once it is known.
        self.u32(0);
        start
    }

    fn end_block(&mut self, start: usize) {
        let length = self.record.len() - start + 4;
        self.length(length);
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.record.get_mut(start + 4..start + 8) {
            place.copy_from_slice(&length);
        }
    }

    fn comment(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            // The longest start that fits and does not end within a character; those have four octets at most.
            let fits = (MAX_COMMENT - 3..=MAX_COMMENT).rev().find_map(|end| comment.get(..end));
            self.option(1, fits.unwrap_or(comment).as_bytes());
        }
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.record.extend_from_slice(&code.to_le_bytes());
        // Only comments can be long, and those are cut before.
        self.record.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.record.extend_from_slice(value);
        self.pad();
    }

    /// Everything in pcapng starts at a multiple of four.
    fn pad(&mut self) {
        self.record.resize(self.record.len().next_multiple_of(4), 0);
    }

    fn length(&mut self, length: usize) {
        self.u32(u32::try_from(length).unwrap_or(u32::MAX));
    }

    fn u32(&mut self, value: u32) {
        self.record.extend_from_slice(&value.to_le_bytes());
    }

    /// Hands the record over in one piece, and all the way.
    fn send(&mut self) -> Result<(), WriteError> {
        self.out.write_all(&self.record)?;
        self.out.flush()?;
        Ok(())
    }
}

impl Conversation {
    /// The side that sends in this direction, and the one that receives.
    const fn sides(&mut self, direction: Direction) -> (&mut Side, &mut Side) {
        match direction {
            Direction::ClientToServer => (&mut self.client, &mut self.server),
            Direction::ServerToClient => (&mut self.server, &mut self.client),
        }
    }
}

/// Both addresses in one family, since a packet has only one: the IPv4 address of a socket that speaks both is mapped.
fn same_family(a: SocketAddr, b: SocketAddr) -> (SocketAddr, SocketAddr) {
    let (x, y) = (a.ip().to_canonical(), b.ip().to_canonical());
    let (x, y) = if x.is_ipv4() == y.is_ipv4() { (x, y) } else { (v6(x).into(), v6(y).into()) };
    (SocketAddr::new(x, a.port()), SocketAddr::new(y, b.port()))
}

/// The address as one of IPv6.
fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// A hardware address that no hardware has, and that is always the same for one IP address.
fn mac(address: IpAddr) -> [u8; 6] {
    let [.., a, b, c, d] = v6(address);
    [0x02, 0x00, a, b, c, d]
}

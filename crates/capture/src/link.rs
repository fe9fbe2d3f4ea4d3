//! From a captured frame to the TCP segment in it, through whatever the link and the network wrapped around it.
use core::net::SocketAddr;

use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice, ip_number};

/// A TCP segment as the reassembly needs it.
#[derive(Clone, Debug)]
pub(super) struct Segment<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) seq: u32,
    /// The acknowledgment number, where the flag says there is one.
    pub(super) ack: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) psh: bool,
    /// The octets that were captured.
    pub(super) payload: &'a [u8],
    /// How many more octets were on the wire after them: the capture kept only the start of the packet.
    pub(super) lost: u32,
}

/// Why a frame yields no segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Skip {
    /// The link type is not one we know.
    Link,
    /// Something else than TCP.
    Other,
    /// A fragment of an IP packet.
    Fragment,
    /// It claims to be IP or TCP, and its headers are cut off or contradict themselves.
    Unreadable,
}

// Link types, by their registered numbers.
const NULL: u16 = 0;
const ETHERNET: u16 = 1;
const LOOP: u16 = 108;
const LINUX_SLL: u16 = 113;
const LINUX_SLL2: u16 = 276;
// "Raw IP" got three numbers: the registered one, and what BSDs write by accident.
const RAW: [u16; 3] = [101, 12, 14];
const IPV4: u16 = 228;
const IPV6: u16 = 229;

/// Finds the TCP segment in `frame`, of which the capture left out the last `cut` octets.
pub(super) fn segment(link: u16, frame: &[u8], cut: u32) -> Result<Segment<'_>, Skip> {
    let ip = match link {
        ETHERNET => behind_ether_type(frame, 12),
        LINUX_SLL => behind_ether_type(frame, 14),
        LINUX_SLL2 => match frame.get(..2).zip(frame.get(20..)) {
            // The protocol stands first here, so tags, where there are any, follow the header.
            Some((&[0x08, 0x00] | &[0x86, 0xDD], packet)) => Ok(packet),
            Some((&[a, b], rest)) if is_tag(u16::from_be_bytes([a, b])) => behind_ether_type(rest, 2),
            Some(_) => Err(Skip::Other),
            None => Err(Skip::Unreadable),
        },
        NULL | LOOP => behind_family(frame),
        link if RAW.contains(&link) || link == IPV4 || link == IPV6 => Ok(frame),
        _ => Err(Skip::Link),
    }?;
    from_ip(ip, cut)
}

/// Whether another type follows this tag: VLANs, and HSR rings, which automation likes.
const fn is_tag(ether_type: u16) -> bool {
    matches!(ether_type, 0x8100 | 0x88A8 | 0x9100 | 0x892F)
}

/// The IP packet behind the type at `at` and the tags that follow it.
fn behind_ether_type(frame: &[u8], mut at: usize) -> Result<&[u8], Skip> {
    // Every turn moves on by four octets at least, so the frame's length bounds the loop.
    loop {
        let Some(&[a, b]) = frame.get(at..).and_then(|rest| rest.get(..2)) else {
            return Err(Skip::Unreadable);
        };
        match u16::from_be_bytes([a, b]) {
            0x0800 | 0x86DD => return frame.get(at + 2..).ok_or(Skip::Unreadable),
            // An HSR tag: path and size, sequence number, then the type of what follows.
            0x892F => at += 6,
            tag if is_tag(tag) => at += 4,
            _ => return Err(Skip::Other),
        }
    }
}

/// The IP packet behind the address family that BSD loopbacks put first.
fn behind_family(frame: &[u8]) -> Result<&[u8], Skip> {
    let (family, packet) = frame.split_first_chunk().ok_or(Skip::Unreadable)?;
    // The family is in the byte order of the machine that captured, which may not be that of the file.
    let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
    // IPv6 has another number on nearly every system.
    if matches!(family, 2 | 10 | 23 | 24 | 28 | 30) { Ok(packet) } else { Err(Skip::Other) }
}

fn from_ip(ip: &[u8], cut: u32) -> Result<Segment<'_>, Skip> {
    let packet = LaxSlicedPacket::from_ip(ip).map_err(|_| Skip::Unreadable)?;
    // What the packet says of its own length. Zero is how segmentation offload leaves it: then all there is belongs to it.
    let (source, destination, length, payload) = match packet.net {
        Some(LaxNetSlice::Ipv4(ref v4)) => {
            let header = v4.header();
            let length = usize::from(header.total_len());
            (header.source_addr().into(), header.destination_addr().into(), length, v4.payload())
        }
        Some(LaxNetSlice::Ipv6(ref v6)) => {
            let header = v6.header();
            let length = match usize::from(header.payload_length()) {
                0 => 0,
                length => length + header.slice().len(),
            };
            (header.source_addr().into(), header.destination_addr().into(), length, v6.payload())
        }
        _ => return Err(Skip::Other),
    };
    if payload.fragmented {
        return Err(Skip::Fragment);
    }
    let tcp = match packet.transport {
        Some(TransportSlice::Tcp(ref tcp)) => tcp,
        None if payload.ip_number == ip_number::TCP => return Err(Skip::Unreadable),
        _ => return Err(Skip::Other),
    };
    let lost = match length {
        0 => cut,
        length => u32::try_from(length.saturating_sub(ip.len())).unwrap_or(u32::MAX),
    };
    Ok(Segment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        seq: tcp.sequence_number(),
        ack: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        psh: tcp.psh(),
        payload: tcp.payload(),
        lost,
    })
}

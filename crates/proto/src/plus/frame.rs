//! Frames: a message cut into pieces, each with a head, the last with a trailer.
//!
//! ```text
//!  72 | version | length 2 | [20 | digest 32] | piece          length: of digest and piece, without the trailer
//!  72 | version | 00 00                                        the trailer: behind the last piece, and only there
//!  72 | FE | length 2 | event                                  a system event: no trailer, between any two frames
//!  72 | FF | octet | 00                                        keep alive
//! ```
//!
//! What a peer sends is read as one stream, whatever units or records it came in: behind a piece stands either the trailer or
//! the head of the next piece, and the four octets tell which.
use crate::wire::{Malformed, Reader};
use alloc::vec::Vec;

/// First octet of every head and trailer.
pub const MARK: u8 = 0x72;

/// Octets of a head, and of a trailer.
pub const HEAD: usize = 4;

/// Octets of a digest in front, its length octet included.
pub const DIGEST: usize = 33;

/// Octets that TLS adds to a record: head 5, content type 1, tag 16.
const RECORD: usize = 5 + 17;

/// Pieces of one message. 64 MiB in frames of an S7-1500 are 67,000.
const PIECES: u32 = 100_000;

crate::codes! {
    /// The second octet of a head.
    pub struct Version(u8) {
        /// `InitSSL` and the session's `CreateObject`, on every CPU.
        V1 = 1,
        /// Old CPUs, and everything inside TLS.
        V2 = 2,
        /// With a session key: a digest in front of each piece.
        V3 = 3,
        SystemEvent = 0xfe,
        KeepAlive = 0xff,
    }
}

/// What came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrival<'a> {
    /// A whole message.
    Pdu {
        /// Of its frames.
        version: Version,
        /// Opcode to fill.
        data: &'a [u8],
    },
    /// A system event, for [`super::event`] to read.
    SystemEvent(&'a [u8]),
    /// The octet of a keep alive.
    KeepAlive(u8),
}

/// What was found in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    what: What,
    /// Octets of the stream that are done with.
    pub used: usize,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// A message of one frame, where it lies in the stream.
    Whole {
        version: Version,
        start: usize,
        end: usize,
    },
    /// A message of several, which was put together.
    Joined(Version),
    Event {
        start: usize,
        end: usize,
    },
    KeepAlive(u8),
    /// A piece was put aside.
    Piece,
}

impl Found {
    /// Was a piece put aside, so that there is nothing to view?
    pub(super) const fn is_piece(&self) -> bool {
        matches!(self.what, What::Piece)
    }
}

/// The most octets of a message that one frame takes, where units are of `unit` octets.
///
/// 987 of 1024 inside TLS: what `S7CommPlusDriver` sends, and every CPU takes. Those drivers take TPKT's four octets off as well,
/// although the negotiated size counts from COTP on.
pub const fn room(unit: usize, tls: bool, digest: bool) -> usize {
    let around = 4 + 3 + HEAD + HEAD + if tls { RECORD } else { 0 } + if digest { DIGEST } else { 0 };
    let left = unit.saturating_sub(around);
    if left == 0 { 1 } else { left }
}

/// Cuts messages from a stream, and puts those of several frames together.
///
/// The stream is the caller's: it keeps what is half. Pieces of a message that is not whole yet are kept here. After an error the
/// stream is out of step: close the connection.
#[derive(Debug)]
pub struct Frames {
    longest: usize,
    /// Pieces of a message that is half here.
    message: Vec<u8>,
    version: Option<Version>,
    pieces: u32,
    digests: Vec<[u8; 32]>,
    given: bool,
}

impl Frames {
    /// `longest`: refuse messages above that many octets.
    pub const fn new(longest: usize) -> Self {
        Self { longest, message: Vec::new(), version: None, pieces: 0, digests: Vec::new(), given: false }
    }
    /// Is a message half here?
    pub const fn is_half(&self) -> bool {
        self.version.is_some()
    }
    /// The digests of the message that was given last, of V3: one for each piece, not verified.
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }

    /// Finds the next arrival at the start of `stream`. `None`: more octets are needed, and all of `stream` is needed again but
    /// the first `used` of an arrival before.
    ///
    /// ```
    /// use hepta_proto::plus::frame::{Arrival, Frames, Version};
    /// let (mut frames, stream) = (Frames::new(4096), [0x72, 2, 0, 1, 0x32, 0x72, 2, 0, 0]);
    /// assert!(frames.step(&stream[..8])?.is_none());
    /// let found = frames.step(&stream)?.unwrap();
    /// assert_eq!(found.used, 9);
    /// assert_eq!(frames.view(found, &stream), Some(Arrival::Pdu { version: Version::V2, data: &[0x32] }));
    /// # Ok::<(), hepta_proto::wire::Malformed>(())
    /// ```
    pub fn step(&mut self, stream: &[u8]) -> Result<Option<Found>, Malformed> {
        if core::mem::take(&mut self.given) {
            // A long message is no reason to keep its memory.
            self.message = Vec::new();
        }
        let Some(head) = stream.first_chunk::<HEAD>() else {
            return match stream.first() {
                Some(mark) if *mark != MARK => Err(Malformed { what: "frame: it starts with 72", at: 0 }),
                _ => Ok(None),
            };
        };
        let [mark, version, l0, l1] = *head;
        let (version, len) = (Version(version), usize::from(u16::from_be_bytes([l0, l1])));
        if mark != MARK {
            return Err(Malformed { what: "frame: it starts with 72", at: 0 });
        }
        match version {
            Version::KeepAlive => return Ok(Some(Found { what: What::KeepAlive(l0), used: HEAD })),
            Version::SystemEvent => {
                let end = HEAD + len;
                let what = What::Event { start: HEAD, end };
                return Ok((stream.len() >= end).then_some(Found { what, used: end }));
            }
            Version::V1 | Version::V2 | Version::V3 => {}
            _ => return Err(Malformed { what: "version of a frame", at: 1 }),
        }
        if self.version.is_some_and(|begun| begun != version) {
            return Err(Malformed { what: "piece of another version than the one before", at: 1 });
        }
        if len == 0 {
            return Err(Malformed { what: "frame without data", at: 2 });
        }
        if self.message.len() + len > self.longest + DIGEST {
            return Err(Malformed { what: "message longer than is taken", at: 2 });
        }
        let end = HEAD + len;
        let Some(behind) = stream.get(end..).and_then(<[u8]>::first_chunk::<HEAD>) else { return Ok(None) };
        let last = *behind == [MARK, version.0, 0, 0];
        // A system event may stand between two pieces, although no CPU was seen to do that.
        let next = *behind != [0; HEAD]
            && behind.first() == Some(&MARK)
            && behind
                .get(1)
                .is_some_and(|next| [version.0, Version::SystemEvent.0, Version::KeepAlive.0].contains(next));
        if !last && !next {
            return Err(Malformed { what: "trailer, or head of the next piece", at: end });
        }
        let start = if version == Version::V3 {
            if self.version.is_none() {
                self.digests.clear();
            }
            let mut r = Reader::within(stream.get(HEAD..end).unwrap_or_default(), HEAD);
            if r.u8("length of a digest")? != 32 {
                return Err(Malformed { what: "length of a digest", at: HEAD });
            }
            self.digests.push(r.array("digest")?);
            HEAD + DIGEST
        } else {
            HEAD
        };
        if last && self.version.is_none() {
            let what = What::Whole { version, start, end };
            return Ok(Some(Found { what, used: end + HEAD }));
        }
        self.pieces += 1;
        if self.pieces > PIECES {
            return Err(Malformed { what: "message of too many pieces", at: 0 });
        }
        self.message.extend_from_slice(stream.get(start..end).unwrap_or_default());
        if !last {
            self.version = Some(version);
            return Ok(Some(Found { what: What::Piece, used: end }));
        }
        (self.version, self.pieces, self.given) = (None, 0, true);
        Ok(Some(Found { what: What::Joined(version), used: end + HEAD }))
    }

    /// What was found in that stream; `None` for a piece that was put aside.
    pub fn view<'a>(&'a self, found: Found, stream: &'a [u8]) -> Option<Arrival<'a>> {
        let part = |start, end| stream.get(start..end).unwrap_or_default();
        Some(match found.what {
            What::Whole { version, start, end } => Arrival::Pdu { version, data: part(start, end) },
            What::Joined(version) => Arrival::Pdu { version, data: &self.message },
            What::Event { start, end } => Arrival::SystemEvent(part(start, end)),
            What::KeepAlive(octet) => Arrival::KeepAlive(octet),
            What::Piece => return None,
        })
    }
}

/// The head of a frame of `len` octets.
pub const fn head(version: Version, len: usize) -> [u8; HEAD] {
    let [.., l0, l1] = (if len > 0xffff { 0xffff } else { len }).to_be_bytes();
    [MARK, version.0, l0, l1]
}

/// The trailer of a message.
pub const fn trailer(version: Version) -> [u8; HEAD] {
    [MARK, version.0, 0, 0]
}

//! PDUs in frames: what is longer than one frame goes in several, each with a head, the last with a trailer.
//!
//! ```text
//!  72 01 LL LL | data | 72 01 00 00                          LL LL: octets up to the trailer; the trailer ends the PDU
//!  72 03 LL LL | 20 digest[32] data | 72 03 LL LL | 20 digest[32] data | 72 03 00 00        of two fragments
//!  72 FE LL LL | system event                                no trailer, also between two fragments
//!  72 FF seq 00                                              keep alive
//! ```
//!
//! Frames come in COTP data or out of TLS, one in each unit or record, but are read as a stream: the four octets behind a fragment
//! say by themselves whether another one follows. What is sent is cut so that one frame is one unit or record ([`Draft::seal`]),
//! for there are peers that rely on it.
use super::digest::{self, Digest, Integrity};
use crate::iso::TpduSize;
use crate::wire::{Malformed, len16};
use alloc::vec::Vec;

crate::codes! {
    /// The version octet of a frame: how a PDU is protected, or what the frame is instead of one.
    pub struct Version(u8) {
        /// `InitSSL` and the session's `CreateObject`, on every CPU.
        V1 = 1,
        /// Everything else, on old CPUs and inside TLS.
        V2 = 2,
        /// With a digest in front of every fragment, once there is a session key.
        V3 = 3,
        /// A system event.
        Event = 0xfe,
        /// A keep alive.
        KeepAlive = 0xff,
    }
}

impl Version {
    /// Does every fragment begin with a digest?
    pub const fn has_digest(self) -> bool {
        self.0 == Self::V3.0
    }
    /// Do its frames carry PDUs?
    pub const fn is_pdu(self) -> bool {
        matches!(self.0, 1..=3)
    }
    /// Octets between head and data.
    pub const fn front(self) -> usize {
        if self.has_digest() { digest::FRONT } else { 0 }
    }
    /// Octets of data for which one frame of ours fills a unit of `size`, in a TLS record or not: 1009 of 1024, in TLS 987, 33
    /// fewer with a digest. CPUs and other clients count the same.
    pub const fn room(self, size: TpduSize, tls: bool) -> usize {
        let tls = if tls { RECORD } else { 0 };
        size.octets() - crate::iso::HEAD.len() - tls - HEAD - self.front() - TRAILER
    }
}

/// Octets of `72 version length`.
pub const HEAD: usize = 4;
/// Octets of the trailer.
const TRAILER: usize = 4;
/// Octets that TLS 1.3 adds to a record: 5 in front, 1 of type and 16 of tag behind.
const RECORD: usize = 22;
/// The first octet of every frame.
pub const PROTOCOL: u8 = 0x72;
/// The longest system event: it is never cut, so it fits the longest unit.
const LONGEST_EVENT: usize = 8192;
/// Octets of a long PDU that stay allocated for the next one.
const KEPT: usize = 64 * 1024;

/// What came from the peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrival<'a> {
    /// A whole PDU, put together from as many fragments as it came in.
    Pdu(Pdu<'a>),
    /// The payload of a system event; it may come between two fragments of a PDU.
    SystemEvent(&'a [u8]),
    /// A keep alive with its number. Nothing answers it.
    KeepAlive(u8),
}

/// A PDU as it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pdu<'a> {
    /// 1, 2 or 3. The session says which is due: a V2 PDU where V3 is due is not protected.
    pub version: Version,
    /// From the opcode on, without digests. Never empty.
    pub data: &'a [u8],
    first: Piece,
    more: &'a [Piece],
}

/// A fragment of a PDU.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Octets of data in it, 1..=65535.
    pub len: usize,
    /// Its digest, in V3 alone.
    pub digest: Option<Digest>,
}

impl<'a> Pdu<'a> {
    /// The fragments it came in: one at least, and as long together as the data.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + use<'a> {
        core::iter::once(self.first).chain(self.more.iter().copied())
    }
    /// Appends the frames as they came: same fragments, same digests.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut data = self.data;
        for piece in self.pieces() {
            let (part, rest) = data.split_at(piece.len.min(data.len()));
            let [l0, l1] = len16(self.version.front() + part.len());
            out.extend_from_slice(&[PROTOCOL, self.version.0, l0, l1]);
            if let Some(digest) = piece.digest {
                out.push(digest::LENGTH);
                out.extend_from_slice(&digest);
            }
            out.extend_from_slice(part);
            data = rest;
        }
        out.extend_from_slice(&[PROTOCOL, self.version.0, 0, 0]);
    }
}

impl Arrival<'_> {
    /// Appends the frames as they came.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Pdu(pdu) => pdu.write(out),
            Self::SystemEvent(payload) => write_event(payload, out),
            Self::KeepAlive(number) => write_keep_alive(*number, out),
        }
    }
}

/// Appends the frame of a system event. Send none between the frames of a PDU: there are clients that take it for a fragment.
pub fn write_event(payload: &[u8], out: &mut Vec<u8>) {
    let [l0, l1] = len16(payload.len());
    out.extend_from_slice(&[PROTOCOL, Version::Event.0, l0, l1]);
    out.extend_from_slice(payload);
}

/// Appends a keep alive. Seen in a dissector alone, on no wire: do not send it to a CPU.
pub fn write_keep_alive(number: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[PROTOCOL, Version::KeepAlive.0, number, 0]);
}

/// Puts frames together to PDUs.
///
/// It holds octets only while something is half here: a frame cut by the network, a PDU cut by the peer. Offsets in its errors
/// count from the head of the frame.
///
/// After an error the stream is out of step: close the connection.
#[derive(Debug)]
pub struct Frames {
    longest: usize,
    integrity: Option<Integrity>,
    unit: Vec<u8>,
    pdu: Vec<u8>,
    /// Of the PDU that is half here.
    version: Option<Version>,
    first: Piece,
    more: Vec<Piece>,
    given: bool,
}

/// Where a frame is: from where to where in the input, or kept in [`Frames`].
type Place = Option<(usize, usize)>;

/// What [`Frames::step`] found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// A PDU of one fragment.
    Whole(Version, Place),
    /// A PDU of several.
    Joined(Version),
    Event(Place),
    KeepAlive(u8),
}

impl Frames {
    /// Refuses PDUs of more than `longest` octets, digests not counted.
    pub const fn new(longest: usize) -> Self {
        Self {
            longest,
            integrity: None,
            unit: Vec::new(),
            pdu: Vec::new(),
            version: None,
            first: Piece { len: 0, digest: None },
            more: Vec::new(),
            given: false,
        }
    }
    /// Lets PDUs of that many octets through from now on.
    pub const fn longest_is(&mut self, longest: usize) {
        self.longest = longest;
    }
    /// Octets of the longest PDU that is let through.
    pub const fn longest(&self) -> usize {
        self.longest
    }
    /// Checks the digests of V3 from the next PDU on. Without it they are given as they came: a decoder has no key.
    pub fn protect(&mut self, integrity: Integrity) {
        self.integrity = Some(integrity);
    }
    /// What checks the digests, if something does.
    pub const fn integrity(&self) -> Option<&Integrity> {
        self.integrity.as_ref()
    }

    /// The next arrival in `input`, borrowed from `input` where it lies there whole, else from here.
    ///
    /// Call it until it gives `None`; then `input` is used up, and what is half at its end is kept for next time. Never drop an
    /// `input` that is not used up: what follows would be read out of step.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Arrival<'a>>, Malformed> {
        let before = *input;
        Ok(self.step(input)?.map(|found| self.view(found, before)))
    }

    /// [`Frames::next`] in two: finds, and borrows nothing, so that a caller may go on in a loop. Then [`Frames::view`].
    pub(super) fn step(&mut self, input: &mut &[u8]) -> Result<Option<Found>, Malformed> {
        let before = input.len();
        if core::mem::take(&mut self.given) {
            self.unit.clear();
            // An event between two fragments was given, and the PDU is still half here.
            if self.version.is_none() {
                self.pdu.clear();
                self.pdu.shrink_to(KEPT);
                self.more = Vec::new();
            }
        }
        loop {
            let direct = if self.unit.is_empty() { self.whole(input)? } else { None };
            if direct.is_none() && !self.gather(input)? {
                return Ok(None);
            }
            let place = direct.map(|unit| {
                let end = before - input.len();
                (end - unit.len(), end)
            });
            let Some((&[_, version, number, low], _)) = direct.unwrap_or(&self.unit).split_first_chunk()
            else {
                return Ok(None);
            };
            let version = Version(version);
            match version {
                Version::KeepAlive => {
                    self.unit.clear();
                    return Ok(Some(Found::KeepAlive(number)));
                }
                Version::Event => {
                    self.given = direct.is_none();
                    return Ok(Some(Found::Event(place)));
                }
                _ if (number, low) == (0, 0) => {
                    self.unit.clear();
                    (self.given, self.version) = (true, None);
                    return Ok(Some(Found::Joined(version)));
                }
                _ => {}
            }
            let piece = self.fragment(version, direct)?;
            if self.version.is_none() {
                self.first = piece;
                // The hot path: the PDU ends here, and so far all of it is in one place.
                if let Some(rest) = input.strip_prefix(&[PROTOCOL, version.0, 0, 0]) {
                    *input = rest;
                    self.given = direct.is_none();
                    return Ok(Some(Found::Whole(version, place)));
                }
                self.version = Some(version);
            } else {
                self.more.push(piece);
            }
            let data = direct.unwrap_or(&self.unit).get(HEAD + version.front()..).unwrap_or_default();
            self.pdu.extend_from_slice(data);
            self.unit.clear();
        }
    }

    /// What [`Frames::step`] found in an input that was `input` before.
    pub(super) fn view<'a>(&'a self, found: Found, input: &'a [u8]) -> Arrival<'a> {
        let body = |place: Place, skip| {
            let unit = match place {
                Some((start, end)) => input.get(start..end).unwrap_or_default(),
                None => &self.unit,
            };
            unit.get(skip..).unwrap_or_default()
        };
        let first = self.first;
        match found {
            Found::Whole(version, place) => {
                let data = body(place, HEAD + version.front());
                Arrival::Pdu(Pdu { version, data, first, more: &[] })
            }
            Found::Joined(version) => Arrival::Pdu(Pdu { version, data: &self.pdu, first, more: &self.more }),
            Found::Event(place) => Arrival::SystemEvent(body(place, HEAD)),
            Found::KeepAlive(number) => Arrival::KeepAlive(number),
        }
    }

    /// Octets of a half frame; after an error also those it came of, as far as they were taken in.
    pub(super) fn half(&self) -> &[u8] {
        &self.unit
    }

    /// Octets of the PDU that is half here, without those of a half frame.
    pub(super) fn half_pdu(&self) -> &[u8] {
        if self.version.is_some() { &self.pdu } else { &[] }
    }

    /// Is a frame or a PDU half here? A peer that goes silent then is no idle peer.
    pub const fn is_half(&self) -> bool {
        self.version.is_some() || (!self.unit.is_empty() && !self.given)
    }

    /// What stands in front of a fragment's data, checked where there is a key.
    fn fragment(&mut self, version: Version, direct: Option<&[u8]>) -> Result<Piece, Malformed> {
        let body = direct.unwrap_or(&self.unit).get(HEAD..).unwrap_or_default();
        if !version.has_digest() {
            return Ok(Piece { len: body.len(), digest: None });
        }
        let Some((&[length, ref digest @ ..], data)) = body.split_first_chunk::<{ digest::FRONT }>() else {
            return Err(Malformed { what: "fragment shorter than its digest", at: 2 });
        };
        if length != digest::LENGTH {
            return Err(Malformed { what: "length of a digest (32 is the only one)", at: HEAD });
        }
        if let Some(integrity) = &mut self.integrity {
            let number = if self.version.is_some() { 1 + self.more.len() } else { 0 };
            integrity.check(number, digest, data)?;
        }
        Ok(Piece { len: data.len(), digest: Some(*digest) })
    }

    /// The first frame, if it lies in `input` whole.
    #[inline]
    fn whole<'i>(&self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, Malformed> {
        let Some(head) = input.first_chunk::<HEAD>() else { return Ok(None) };
        let len = self.length(*head)?;
        Ok(input.split_at_checked(len).map(|(unit, rest)| {
            *input = rest;
            unit
        }))
    }

    /// Octets of a frame up to its trailer, which is a unit of its own. Refused before any octet of its body is stored, if no
    /// PDU that is let through can go on like that.
    #[inline]
    fn length(&self, head: [u8; HEAD]) -> Result<usize, Malformed> {
        let [protocol, version, l0, l1] = head;
        let bad = |what, at| Err(Malformed { what, at });
        if protocol != PROTOCOL {
            return bad("S7CommPlus protocol id (0x72)", 0);
        }
        let (version, len) = (Version(version), usize::from(u16::from_be_bytes([l0, l1])));
        match version {
            Version::KeepAlive if l1 == 0 => return Ok(HEAD),
            Version::KeepAlive => return bad("keep alive whose last octet is not zero", 3),
            Version::Event if len > LONGEST_EVENT => return bad("system event longer than any unit", 2),
            Version::Event => return Ok(HEAD + len),
            _ if !version.is_pdu() => return bad("frame version (1, 2, 3, 254 and 255 are known)", 1),
            _ => {}
        }
        match (self.version, len) {
            (None, 0) => return bad("fragment without octets, or a trailer behind nothing", 2),
            (Some(begun), 0) if begun != version => {
                return bad("trailer of another version than its fragments", 1);
            }
            (Some(begun), _) if begun != version => {
                return bad("fragment of another version than the one before", 1);
            }
            (Some(_), 0) => return Ok(HEAD),
            _ => {}
        }
        let Some(data @ 1..) = len.checked_sub(version.front()) else {
            return bad("fragment without octets behind its digest", 2);
        };
        if data > self.longest.saturating_sub(self.pdu.len()) {
            return bad("PDU longer than is let through", 2);
        }
        if self.version.is_some() && self.more.len() >= self.most() {
            return bad("PDU of more fragments than its length needs", 2);
        }
        Ok(HEAD + len)
    }

    /// Fragments behind the first. The smallest unit that can be agreed to has room for 80 octets, with a digest.
    const fn most(&self) -> usize {
        16 + self.longest / 64
    }

    /// Tops up the half frame; says whether it is whole now.
    fn gather(&mut self, input: &mut &[u8]) -> Result<bool, Malformed> {
        let mut want = HEAD;
        let mut known = false;
        loop {
            let missing = want.saturating_sub(self.unit.len());
            let (part, rest) = input.split_at(input.len().min(missing));
            self.unit.extend_from_slice(part);
            *input = rest;
            match self.unit.first_chunk() {
                Some(head) if !known => (want, known) = (self.length(*head)?, true),
                _ => return Ok(known && self.unit.len() >= want),
            }
        }
    }
}

/// A PDU being written where it will be sent from. Head and digest are left open in front and filled in by [`Draft::seal`], so
/// that one which fits a frame is never moved.
#[derive(Debug)]
pub struct Draft<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    lead: usize,
    version: Version,
}

impl<'a> Draft<'a> {
    /// At the end of `out`. `lead`: octets to leave open in front of every frame for what carries it, that is
    /// [`iso::HEAD`](crate::iso::HEAD), or none if it goes into TLS.
    pub fn new(out: &'a mut Vec<u8>, lead: usize, version: Version) -> Self {
        let start = out.len();
        open(out, lead, version);
        Self { out, start, lead, version }
    }
    /// Where to write, from the opcode on.
    #[inline]
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }
    /// Octets of the PDU so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.out.len().saturating_sub(self.data())
    }
    /// Is nothing written yet?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Takes back what was written, to start anew.
    pub fn restart(&mut self) {
        let data = self.data();
        self.out.truncate(data);
    }
    /// Closes the frame, or cuts the PDU into as many as `room` makes of it ([`Version::room`]), and shows each to `each`, the
    /// lead in front: plain frames are made units by [`iso::seal_unit`](crate::iso::seal_unit), others handed to TLS one by one.
    ///
    /// `integrity` makes the digests of V3; without it they are zeros, which no CPU takes. A draft that nothing was written into
    /// sends nothing.
    pub fn seal(self, room: usize, mut integrity: Option<&mut Integrity>, mut each: impl FnMut(&mut [u8])) {
        let Self { start, lead, version, .. } = self;
        let room = room.clamp(1, usize::from(u16::MAX) - version.front());
        let (data, out) = (self.data(), self.out);
        let mut close = |out: &mut Vec<u8>, start, fragment, last| {
            close(out, start + lead, version, last, |data| match &mut integrity {
                Some(integrity) => integrity.sign(fragment, data),
                None => [0; 32],
            });
            each(out.get_mut(start..).unwrap_or_default());
        };
        match out.len().saturating_sub(data) {
            0 => out.truncate(start),
            len if len <= room => close(out, start, 0, true),
            _ => {
                let pdu = out.split_off(data);
                out.truncate(start);
                let mut parts = pdu.chunks(room).enumerate().peekable();
                while let Some((fragment, part)) = parts.next() {
                    let start = out.len();
                    open(out, lead, version);
                    out.extend_from_slice(part);
                    close(out, start, fragment, parts.peek().is_none());
                }
            }
        }
    }
    /// Where the data starts.
    const fn data(&self) -> usize {
        self.start + self.lead + HEAD + self.version.front()
    }
}

/// Appends one frame of a PDU that is made bit by bit, `lead` octets left open in front; `last`: with the trailer behind it. Of
/// versions without a digest, and of no more data than a frame takes.
pub(super) fn write_fragment(out: &mut Vec<u8>, lead: usize, version: Version, data: &[u8], last: bool) {
    let start = out.len() + lead;
    open(out, lead, version);
    out.extend_from_slice(data);
    close(out, start, version, last, |_| [0; 32]);
}

/// Begins a frame whose length and digest are not known yet.
fn open(out: &mut Vec<u8>, lead: usize, version: Version) {
    out.resize(out.len() + lead, 0);
    out.extend_from_slice(&[PROTOCOL, version.0, 0, 0]);
    if version.has_digest() {
        out.push(digest::LENGTH);
        out.extend_from_slice(&[0; 32]);
    }
}

/// Fills in what [`open`] left open in the frame that begins at `start` and ends with `out`; appends the trailer of a last one.
fn close(out: &mut Vec<u8>, start: usize, version: Version, last: bool, sign: impl FnOnce(&[u8]) -> Digest) {
    let len = len16(out.len().saturating_sub(start + HEAD));
    let frame = out.get_mut(start..).unwrap_or_default();
    if let Some(place) = frame.get_mut(2..HEAD) {
        place.copy_from_slice(&len);
    }
    if let Some((front, data)) =
        frame.split_at_mut_checked(HEAD + digest::FRONT).filter(|_| version.has_digest())
        && let Some(place) = front.get_mut(HEAD + 1..)
    {
        place.copy_from_slice(&sign(data));
    }
    if last {
        out.extend_from_slice(&[PROTOCOL, version.0, 0, 0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    proptest::proptest! {
        #[test]
        fn memory_is_bounded_whatever_comes(
            longest in 0..1000usize,
            units in proptest::collection::vec((proptest::sample::select(&[1, 2, 3, 0xfe, 0xff][..]), 0..1200u16), 0..80),
            same in proptest::bool::ANY,
            cut in 1..900usize,
        ) {
            let mut stream = vec![];
            for (version, len) in units {
                // Of one version, PDUs get longer.
                let version = if same && version < 4 { 2 } else { version };
                let len = if version == 0xff { 0 } else { len % 100 * (1 + len % 12) };
                stream.extend_from_slice(&[PROTOCOL, version]);
                stream.extend_from_slice(&len.to_be_bytes());
                stream.resize(stream.len() + usize::from(len), digest::LENGTH);
            }
            let mut frames = Frames::new(longest);
            // A vector may own twice what it needed.
            let unit = 2 * (HEAD + (digest::FRONT + longest).max(LONGEST_EVENT));
            for mut piece in stream.chunks(cut) {
                while let Ok(Some(_)) = frames.next(&mut piece) {}
                proptest::prop_assert!(frames.unit.capacity() <= unit);
                proptest::prop_assert!(frames.pdu.capacity() <= 2 * longest.max(8));
                proptest::prop_assert!(frames.more.capacity() <= 2 * frames.most());
            }
        }
    }

    #[test]
    fn a_long_pdu_leaves_no_memory_behind() {
        let (mut frames, mut out) = (Frames::new(1 << 20), vec![]);
        let mut draft = Draft::new(&mut out, 0, Version::V2);
        draft.out().resize(500_000, 7);
        draft.seal(1000, None, |_| {});
        let mut input = &out[..];
        let Ok(Some(Arrival::Pdu(pdu))) = frames.next(&mut input) else { panic!() };
        assert_eq!((pdu.data.len(), pdu.pieces().count()), (500_000 - 4, 500));
        assert_eq!(frames.next(&mut input), Ok(None));
        assert!(frames.pdu.capacity() <= KEPT && frames.more.capacity() == 0);
    }
}

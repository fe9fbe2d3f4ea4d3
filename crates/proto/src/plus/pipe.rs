//! Transport units, TLS and frames, one inside the other, for both ends.
//!
//! ```text
//!  TPKT | COTP data | frame | message              plain
//!  TPKT | COTP data | TLS record | frame | message
//! ```
//!
//! A frame is one unit, and inside TLS one record and one unit: peers exist that take each record for a frame.
use super::frame::{self, Draft, Frames, Version};
use crate::error::{Error, Unexpected};
use crate::iso::{self, DisconnectReason, ErrorCause, HEAD, Link, Tpdu, TpduCode, TpduSize, seal_unit};
use crate::tls::Tls;
use crate::wire::{Malformed, len16};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// One connection's layers below the messages.
#[derive(Debug)]
pub(super) struct Pipe {
    size: TpduSize,
    link: Link,
    tls: Option<Box<dyn Tls>>,
    frames: Frames,
    watched: bool,
    /// Octets of the half message that was told of.
    told: usize,
    /// The stream, as far as it is not done with: `plain[at..]`.
    plain: Vec<u8>,
    at: usize,
    /// Scratch for TLS: the frames being written, and records.
    draft: Vec<u8>,
    records: Vec<u8>,
}

/// What came.
#[derive(Debug)]
pub(super) enum Arrival<'a> {
    /// A whole message, and the version of its frames.
    Message(Version, &'a [u8]),
    /// A system event.
    Event(&'a [u8]),
    /// What is here of a message of which more will come; only where that is watched.
    Half(&'a [u8]),
    /// A sign of life.
    KeepAlive,
    /// A transport unit that is no data.
    Ended(Ended),
}

/// How a peer ends the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    Disconnect(DisconnectReason),
    Error(ErrorCause),
    Other(TpduCode),
}

impl Ended {
    pub(super) const fn of(tpdu: &Tpdu<'_>) -> Self {
        match tpdu {
            Tpdu::Disconnect(d) => Self::Disconnect(d.reason),
            Tpdu::Error(e) => Self::Error(e.cause),
            other => Self::Other(other.code()),
        }
    }
    pub(super) const fn code(self) -> TpduCode {
        match self {
            Self::Disconnect(_) => TpduCode::DisconnectRequest,
            Self::Error(_) => TpduCode::Error,
            Self::Other(code) => code,
        }
    }
}

impl From<Ended> for Error {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Disconnect(reason) => Self::Disconnected(reason),
            Ended::Error(cause) => Self::Rejected(cause),
            Ended::Other(code) => Unexpected::Tpdu(code).into(),
        }
    }
}

/// Octets of a unit's head: TPKT and COTP.
const UNIT: usize = HEAD.len();

/// Octets of scratch that an idle connection keeps.
const KEPT: usize = 4096;

impl Pipe {
    /// `longest`: refuse messages above that many octets.
    pub(super) fn new(size: TpduSize, longest: usize) -> Self {
        let (plain, draft, records) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            size,
            link: Link::new(size, UNITS),
            tls: None,
            frames: Frames::new(longest),
            watched: false,
            told: 0,
            plain,
            at: 0,
            draft,
            records,
        }
    }
    /// What was negotiated in the meantime.
    pub(super) fn agree(&mut self, size: TpduSize) {
        self.size = size;
        self.link.agree(size, UNITS);
    }
    pub(super) fn tls(&self) -> Option<&dyn Tls> {
        self.tls.as_deref()
    }
    /// The next transport unit, whatever it is: before the connection stands.
    pub(super) fn unit<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<iso::Arrival<'a>>, Malformed> {
        self.link.next(input)
    }
    /// From here on all is TLS. Appends what it has to say at first.
    pub(super) fn secure(&mut self, tls: Box<dyn Tls>, out: &mut Vec<u8>) -> Result<(), Error> {
        // What was said without protection must not be taken for more.
        if self.at < self.plain.len() {
            return Err(Malformed { what: "octets between InitSSL and TLS", at: self.at }.into());
        }
        let tls = self.tls.insert(tls);
        self.records.clear();
        let done = tls.receive(&[], &mut self.plain, &mut self.records);
        units(&self.records, self.link.unit(), out);
        Ok(done?)
    }
    /// Octets of data that one frame without a digest takes.
    pub(super) fn room(&self) -> usize {
        Version::V2.room(self.size, self.tls.is_some())
    }
    /// Is something half here?
    pub(super) fn is_half(&self) -> bool {
        self.link.is_half() || self.at < self.plain.len() || self.frames.is_half()
    }

    /// Is somebody to be told of messages that are half here? Once for each time that there is more of one.
    pub(super) const fn watch(&mut self, yes: bool) {
        self.watched = yes;
    }

    /// The next arrival; `None` once `input` is used up. What TLS has to answer is appended to `out`, also before an error.
    pub(super) fn next<'a>(
        &'a mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Arrival<'a>>, Error> {
        loop {
            let start = self.at;
            let mut rest = self.plain.get(start..).unwrap_or_default();
            let found = self.frames.step(&mut rest)?;
            self.at = self.plain.len() - rest.len();
            if let Some(found) = found {
                let stream = self.plain.get(start..).unwrap_or_default();
                return Ok(Some(match self.frames.view(found, stream) {
                    frame::Arrival::Pdu(pdu) => Arrival::Message(pdu.version, pdu.data),
                    frame::Arrival::SystemEvent(octets) => Arrival::Event(octets),
                    frame::Arrival::KeepAlive(_) => Arrival::KeepAlive,
                }));
            }
            // It is used up: what is half is with the frames now.
            self.at = 0;
            self.plain.clear();
            if self.plain.capacity() > KEPT {
                self.plain = Vec::new();
            }
            match self.link.next(input)? {
                None => {
                    let half = self.frames.half_pdu();
                    let told = core::mem::replace(&mut self.told, half.len());
                    let more = self.watched && half.len() > told;
                    return Ok(more.then_some(Arrival::Half(half)));
                }
                // An empty unit is how HMIs say that they are idle.
                Some(iso::Arrival::Message(octets)) => match &mut self.tls {
                    None => self.plain.extend_from_slice(octets),
                    Some(tls) => {
                        self.records.clear();
                        let done = tls.receive(octets, &mut self.plain, &mut self.records);
                        units(&self.records, self.link.unit(), out);
                        done?;
                    }
                },
                Some(iso::Arrival::Control(tpdu)) => return Ok(Some(Arrival::Ended(Ended::of(&tpdu)))),
            }
        }
    }

    /// Appends the message that `write` appends to what it is given, in as many frames as it takes.
    pub(super) fn send(
        &mut self,
        version: Version,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let Self { link, tls, draft, records, .. } = self;
        let (room, size) = (version.room(self.size, tls.is_some()), link.unit());
        let Some(tls) = tls else {
            let mut draft = Draft::new(out, HEAD.len(), version);
            write(draft.out());
            draft.seal(room, None, seal_unit);
            return Ok(());
        };
        draft.clear();
        let mut frames = Draft::new(draft, 0, version);
        write(frames.out());
        let mut done = Ok(());
        frames.seal(room, None, |frame| {
            if done.is_ok() {
                records.clear();
                done = tls.send(frame, records);
                units(records, size, out);
            }
        });
        for scratch in [draft, records] {
            if scratch.capacity() > KEPT {
                *scratch = Vec::new();
            }
        }
        Ok(done?)
    }

    /// Appends frames of a message that is made bit by bit, and takes what they hold from `data`: as many as it fills, and if it
    /// is `done`, the rest and what ends it.
    pub(super) fn send_part(
        &mut self,
        version: Version,
        data: &mut Vec<u8>,
        done: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let Self { link, tls, draft, records, .. } = self;
        let (room, size) = (version.room(self.size, tls.is_some()).max(1), link.unit());
        let mut rest = data.as_slice();
        // The last frame has data, too: what fills one exactly waits until it is known whether more comes.
        while rest.len() > room || done && !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(room));
            let last = done && behind.is_empty();
            rest = behind;
            match tls {
                None => {
                    let start = out.len();
                    frame::write_fragment(out, HEAD.len(), version, part, last);
                    seal_unit(out.get_mut(start..).unwrap_or_default());
                }
                Some(tls) => {
                    draft.clear();
                    records.clear();
                    frame::write_fragment(draft, 0, version, part, last);
                    tls.send(draft, records)?;
                    units(records, size, out);
                }
            }
        }
        let sent = data.len() - rest.len();
        data.drain(..sent);
        Ok(())
    }

    /// Appends the end of TLS, if there is TLS.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(tls) = &mut self.tls {
            self.records.clear();
            tls.close(&mut self.records);
            units(&self.records, self.link.unit(), out);
        }
    }
}

/// Octets of the longest unit: of TLS and frames it is a piece, and no agreement says how long.
const UNITS: usize = 65_535;

/// Appends `octets` in units, each whole in itself: what is inside knows where it ends.
fn units(octets: &[u8], size: usize, out: &mut Vec<u8>) {
    for piece in octets.chunks(size.saturating_sub(3).max(1)) {
        let [l0, l1] = len16(UNIT + piece.len());
        out.extend_from_slice(&[3, 0, l0, l1, 2, 0xf0, 0x80]);
        out.extend_from_slice(piece);
    }
}

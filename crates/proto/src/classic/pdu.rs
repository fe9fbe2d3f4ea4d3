//! The header of every message, and a message being written.
use crate::classic::ErrorCode;
use crate::iso::{HEAD, Link};
use crate::wire::{Malformed, Reader, Wire, len16};
use alloc::vec::Vec;

crate::codes! {
    /// ROSCTR: what a message is.
    pub struct Kind(u8) { Job = 1, Ack = 2, AckData = 3, Userdata = 7 }
}

impl Kind {
    /// Does the header carry an error class and code?
    #[inline]
    pub const fn has_error(self) -> bool {
        matches!(self, Self::Ack | Self::AckData)
    }
}

/// What both ends agreed on at setup.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of the longest message, S7 header included, TPKT and COTP not.
    pub pdu: u16,
    /// Jobs that may be unanswered at a time (`AmQ`).
    pub jobs: u16,
}

/// One message, borrowed from the octets it came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pdu<'a> {
    /// ROSCTR.
    pub kind: Kind,
    /// Redundancy id, 0 from every peer we know.
    pub redundancy: u16,
    /// PDU reference: the asker's number for it, repeated in the answer. 0 in what a CPU sends of itself.
    pub reference: u16,
    /// Error class and code, in answers only.
    pub error: ErrorCode,
    /// The parameter part.
    pub param: &'a [u8],
    /// The data part.
    pub data: &'a [u8],
    /// Octets behind the lengths. snap7's server leaves some; nobody may rely on them.
    pub trailing: &'a [u8],
}

/// The first octet of every classic message.
pub const PROTOCOL: u8 = 0x32;

impl<'a> Pdu<'a> {
    /// A message without error or trailing octets.
    pub const fn new(kind: Kind, reference: u16, param: &'a [u8], data: &'a [u8]) -> Self {
        Self { kind, redundancy: 0, reference, error: ErrorCode::Ok, param, data, trailing: &[] }
    }
    /// Octets of the header: where the parameters start.
    pub const fn header(&self) -> usize {
        if self.kind.has_error() { 12 } else { 10 }
    }
    /// A reader over the parameters, with offsets that count from the start of the message.
    pub const fn params(&self) -> Reader<'a> {
        Reader::within(self.param, self.header())
    }
    /// A reader over the data, with offsets that count from the start of the message.
    pub const fn datas(&self) -> Reader<'a> {
        Reader::within(self.data, self.header() + self.param.len())
    }
}

impl<'a> Wire<'a> for Pdu<'a> {
    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let bad = r.bad("S7 protocol id (0x32 is classic S7)");
        let [id, kind, i0, i1, r0, r1, p0, p1, d0, d1] = r.array("S7 header")?;
        if id != PROTOCOL {
            return Err(bad);
        }
        let kind = Kind(kind);
        let error = ErrorCode(if kind.has_error() { r.u16("error class and code")? } else { 0 });
        Ok(Self {
            kind,
            redundancy: u16::from_be_bytes([i0, i1]),
            reference: u16::from_be_bytes([r0, r1]),
            error,
            param: r.take(u16::from_be_bytes([p0, p1]).into(), "parameter shorter than its length says")?,
            data: r.take(u16::from_be_bytes([d0, d1]).into(), "data shorter than its length says")?,
            trailing: r.rest(),
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[PROTOCOL, self.kind.0]);
        out.extend_from_slice(&self.redundancy.to_be_bytes());
        out.extend_from_slice(&self.reference.to_be_bytes());
        out.extend_from_slice(&len16(self.param.len()));
        out.extend_from_slice(&len16(self.data.len()));
        if self.kind.has_error() {
            out.extend_from_slice(&self.error.0.to_be_bytes());
        }
        out.extend_from_slice(self.param);
        out.extend_from_slice(self.data);
        out.extend_from_slice(self.trailing);
    }
}

/// A message being written where it will be sent from: at the end of the connection's outbox. The heads stand first, and
/// [`Draft::seal`] fills in their lengths, so no octet is copied twice.
#[derive(Debug)]
pub struct Draft<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    param: usize,
    data: Option<usize>,
    reference: u16,
}

impl<'a> Draft<'a> {
    /// At the end of `out`; `reference` goes into jobs and userdata of our own.
    pub const fn new(out: &'a mut Vec<u8>, reference: u16) -> Self {
        Self { start: out.len(), param: 0, data: None, out, reference }
    }
    /// Starts a job of ours: write its parameter next.
    #[inline]
    pub fn job(&mut self) -> &mut Vec<u8> {
        self.head(Kind::Job, self.reference, None)
    }
    /// Starts a userdata message of ours.
    pub fn userdata(&mut self) -> &mut Vec<u8> {
        self.head(Kind::Userdata, self.reference, None)
    }
    /// Starts the userdata answer to the peer's request `reference`.
    pub fn reply(&mut self, reference: u16) -> &mut Vec<u8> {
        self.head(Kind::Userdata, reference, None)
    }
    /// Starts the answer to the peer's job `reference`.
    #[inline]
    pub fn answer(&mut self, reference: u16, error: ErrorCode) -> &mut Vec<u8> {
        self.head(Kind::AckData, reference, Some(error))
    }
    #[inline]
    fn head(&mut self, kind: Kind, reference: u16, error: Option<ErrorCode>) -> &mut Vec<u8> {
        let [r0, r1] = reference.to_be_bytes();
        let [h0, h1, h2, h3, h4, h5, h6] = HEAD;
        let [e0, e1] = error.unwrap_or(ErrorCode::Ok).0.to_be_bytes();
        let head = [h0, h1, h2, h3, h4, h5, h6, PROTOCOL, kind.0, 0, 0, r0, r1, 0, 0, 0, 0, e0, e1];
        let len = if error.is_some() { head.len() } else { head.len() - 2 };
        self.out.extend_from_slice(head.get(..len).unwrap_or_default());
        self.param = self.out.len();
        self.out
    }
    /// What is written from here on is the data part.
    #[inline]
    pub fn data(&mut self) -> &mut Vec<u8> {
        self.data = Some(self.out.len());
        self.out
    }
    /// Where to go on writing.
    #[inline]
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }
    /// Octets of the message so far, S7 header included: what a PDU limit counts.
    #[inline]
    pub fn len(&self) -> usize {
        self.out.len().saturating_sub(self.start + HEAD.len())
    }
    /// Is nothing written yet?
    pub fn is_empty(&self) -> bool {
        self.out.len() == self.start
    }
    /// Takes back what was written, to start anew.
    pub fn restart(&mut self) {
        self.out.truncate(self.start);
        self.data = None;
    }
    /// Fills in the lengths; a draft that nothing was written into sends nothing.
    pub fn seal(self, link: &Link) {
        let end = self.out.len();
        if end == self.start {
            return;
        }
        let data = self.data.unwrap_or(end);
        let ([p0, p1], [d0, d1]) = (len16(data.saturating_sub(self.param)), len16(end - data));
        if let Some(place) = self.out.get_mut(self.start + 13..self.start + 17) {
            place.copy_from_slice(&[p0, p1, d0, d1]);
        }
        link.seal(self.start, self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso::TpduSize;
    use alloc::vec;

    #[test]
    fn behind_what_is_there() {
        let (link, mut out) = (Link::new(TpduSize::STANDARD, 960), vec![0xa5, 0xa5]);
        let mut draft = Draft::new(&mut out, 0x0930);
        draft.job().extend_from_slice(&[4, 0]);
        draft.data().push(9);
        assert_eq!(draft.len(), 13);
        draft.seal(&link);
        assert_eq!(
            out,
            [0xa5, 0xa5, 3, 0, 0, 20, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 9, 0x30, 0, 2, 0, 1, 4, 0, 9]
        );
        let read = Pdu::read(&mut Reader::new(&out[9..])).unwrap();
        assert_eq!(read, Pdu::new(Kind::Job, 0x0930, &[4, 0], &[9]));
        Draft::new(&mut out, 1).seal(&link);
        assert_eq!(out.len(), 22);
    }

    #[test]
    fn lengths_that_lie() {
        let bad = |octets: &[u8]| Pdu::read(&mut Reader::new(octets)).unwrap_err();
        assert_eq!(bad(&[0x72, 1, 0, 0, 0, 0, 0, 0, 0, 0]).at, 0);
        assert_eq!(bad(&[0x32, 1, 0, 0, 0, 0, 0, 9, 0, 0, 4]).at, 10);
        assert_eq!(bad(&[0x32, 3, 0, 0, 0, 0, 0, 0, 0, 0]).what, "error class and code");
    }
}

//! A stream of octets cut into messages, and messages cut into units.
use super::{Tpdu, TpduSize, Tpkt, tpkt};
use crate::wire::{Malformed, Reader, Wire, len16};
use alloc::vec::Vec;

/// Octets of TPKT and COTP in front of a message that needs one part; the length is filled in by [`Link::seal`].
pub const HEAD: [u8; 7] = [3, 0, 0, 0, 2, 0xf0, 0x80];

/// Completes a unit that holds a whole message: its [`HEAD`] goes into the seven octets that were left for it in front.
pub fn seal_unit(unit: &mut [u8]) {
    let [l0, l1] = len16(unit.len());
    if let Some(head) = unit.first_chunk_mut() {
        *head = HEAD;
        [head[2], head[3]] = [l0, l1];
    }
}

/// Parts of one message before the link gives up, empty ones included. Devices send 2 at most; snap7 allows 64.
const PARTS: u8 = 64;

/// Octets of the longest unit that is no data: LI counts 254 at most.
const LONGEST_CONTROL: usize = 4 + 1 + 254 + 32;

/// What came from the peer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Arrival<'a> {
    /// A whole message, put together from as many parts as it came in.
    Message(&'a [u8]),
    /// Any other unit: connect, disconnect, error.
    Control(Tpdu<'a>),
}

/// Cuts a stream into messages, and messages into units.
///
/// It holds octets only while something is half here: a unit cut by the network, a message cut by the peer. An idle link
/// owns no memory, so a thousand idle connections cost nothing and one read buffer serves all connections of a thread.
///
/// After an error the stream is out of step: close the connection.
#[derive(Debug)]
pub struct Link {
    tpdu: usize,
    longest: usize,
    unit: Vec<u8>,
    message: Vec<u8>,
    parts: u8,
    given: bool,
}

impl Link {
    /// `size`: how long a unit of ours may be. `longest`: refuse messages above that many octets, 65535 at most.
    pub fn new(size: TpduSize, longest: usize) -> Self {
        Self { tpdu: size.octets(), longest, unit: Vec::new(), message: Vec::new(), parts: 0, given: false }
    }
    /// What was negotiated in the meantime.
    pub fn agree(&mut self, size: TpduSize, longest: usize) {
        (self.tpdu, self.longest) = (size.octets(), longest);
    }
    /// Lets messages of that many octets through from now on.
    pub const fn longest_is(&mut self, longest: usize) {
        self.longest = longest;
    }
    /// Octets of the longest unit of ours.
    pub const fn unit(&self) -> usize {
        self.tpdu
    }
    /// Octets of the longest message that is let through.
    pub const fn longest(&self) -> usize {
        self.longest
    }

    /// The next arrival in `input`, borrowed from `input` where it lies there whole, else from the link.
    ///
    /// Call it until it gives `None`; then `input` is used up, and a half unit at its end is kept for next time. Never drop
    /// an `input` that is not used up: what follows would be read out of step.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Arrival<'a>>, Malformed> {
        if core::mem::take(&mut self.given) {
            self.unit.clear();
            // A unit between two parts of a message was given, and the message is still half here.
            if self.parts == 0 {
                self.message.clear();
            }
        }
        loop {
            let direct = if self.unit.is_empty() { self.whole(input)? } else { None };
            if direct.is_none() && !self.gather(input)? {
                return Ok(None);
            }
            let unit = direct.unwrap_or(&self.unit);
            // The hot path: a DT with nothing unusual in its header.
            let (last, body) = match *unit {
                [_, _, _, _, 2, 0xf0, number, ..] => (number & 0x80 != 0, 7),
                _ => {
                    if let Tpdu::Data(data) =
                        Tpdu::read(&mut Reader::within(unit.get(4..).unwrap_or_default(), 4))?
                    {
                        (data.last(), unit.len() - data.payload.len())
                    } else {
                        self.given = direct.is_none();
                        let unit = direct.unwrap_or(&self.unit);
                        let tpdu = Tpdu::read(&mut Reader::within(unit.get(4..).unwrap_or_default(), 4))?;
                        return Ok(Some(Arrival::Control(tpdu)));
                    }
                }
            };
            if last && self.parts == 0 {
                // Units that hold no message may be longer than the longest message, so the head said nothing of this.
                if unit.len() - body > self.longest {
                    return Err(Malformed { what: "message longer than agreed", at: self.longest });
                }
                self.given = direct.is_none();
                let unit = direct.unwrap_or(&self.unit);
                return Ok(Some(Arrival::Message(unit.get(body..).unwrap_or_default())));
            }
            // Seen on devices: an empty first part. It adds nothing, and costs nothing.
            let part = unit.get(body..).unwrap_or_default();
            if self.message.len() + part.len() > self.longest {
                return Err(Malformed { what: "message longer than agreed", at: self.longest });
            }
            self.message.extend_from_slice(part);
            self.unit.clear();
            self.parts += 1;
            if last {
                (self.given, self.parts) = (true, 0);
                return Ok(Some(Arrival::Message(&self.message)));
            }
            if self.parts >= PARTS {
                return Err(Malformed { what: "message of more than 64 parts", at: self.message.len() });
            }
        }
    }

    /// Is a unit or a message half here? A peer that goes silent then is no idle peer.
    pub const fn is_half(&self) -> bool {
        self.parts > 0 || (!self.unit.is_empty() && !self.given)
    }

    /// The first unit, if it lies in `input` whole.
    #[inline]
    fn whole<'i>(&self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, Malformed> {
        let Some(head) = input.first_chunk::<4>() else { return Ok(None) };
        let len = self.length(*head)?;
        Ok(input.split_at_checked(len).map(|(unit, rest)| {
            *input = rest;
            unit
        }))
    }

    /// Octets of a unit, refused before any of them is stored if no agreed message can be in it.
    #[inline]
    fn length(&self, head: [u8; 4]) -> Result<usize, Malformed> {
        let len = tpkt::length(head)?;
        if len > (self.longest + HEAD.len()).max(LONGEST_CONTROL) {
            return Err(Malformed { what: "TPKT longer than any agreed message", at: 2 });
        }
        Ok(len)
    }

    /// Tops up the half unit; says whether it is whole now.
    fn gather(&mut self, input: &mut &[u8]) -> Result<bool, Malformed> {
        let mut want = Tpkt::HEAD;
        loop {
            let missing = want.saturating_sub(self.unit.len());
            let (part, rest) = input.split_at(input.len().min(missing));
            self.unit.extend_from_slice(part);
            *input = rest;
            match self.unit.first_chunk::<4>() {
                Some(head) if want == Tpkt::HEAD => want = self.length(*head)?,
                _ => return Ok(self.unit.len() >= want && want > Tpkt::HEAD),
            }
        }
    }

    /// Completes the message that stands in `out` from `start` on, its [`HEAD`] in front, already in place. Only a message
    /// above the agreed unit is moved, to make room for the heads of its other parts.
    pub fn seal(&self, start: usize, out: &mut Vec<u8>) {
        let (room, len) = (self.tpdu - 3, out.len().saturating_sub(start + HEAD.len()));
        if len > room {
            let message = out.split_off(start + HEAD.len());
            out.truncate(start);
            let mut parts = message.chunks(room).peekable();
            while let Some(part) = parts.next() {
                let [l0, l1] = len16(part.len() + HEAD.len());
                out.extend_from_slice(&[
                    3,
                    0,
                    l0,
                    l1,
                    2,
                    0xf0,
                    if parts.peek().is_none() { 0x80 } else { 0 },
                ]);
                out.extend_from_slice(part);
            }
        } else {
            seal_unit(out.get_mut(start..).unwrap_or_default());
        }
    }

    /// Appends `message` in as many units as it takes.
    pub fn send(&self, message: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&HEAD);
        out.extend_from_slice(message);
        self.seal(start, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const SMALL: TpduSize = TpduSize::from_exponent(7).unwrap();

    #[test]
    fn cut_anywhere() {
        let mut stream = vec![3, 0, 0, 7, 2, 0xf0, 0]; // an empty part before the first message
        for len in [5, 0, 300, 125, 126] {
            let message: Vec<u8> = (0..=255).cycle().take(len).collect();
            Link::new(SMALL, 960).send(&message, &mut stream);
        }
        for size in 1..stream.len() {
            let (mut link, mut lens) = (Link::new(SMALL, 960), Vec::new());
            for mut input in stream.chunks(size) {
                while let Some(arrival) = link.next(&mut input).unwrap() {
                    let Arrival::Message(m) = arrival else { panic!("{arrival:?}") };
                    assert!((0..=255).cycle().zip(m).all(|(i, b)| *b == i));
                    lens.push(m.len());
                }
                assert!(input.is_empty());
            }
            assert_eq!(lens, [5, 0, 300, 125, 126], "pieces of {size}");
            assert!(!link.is_half());
        }
    }

    #[test]
    fn refused_before_it_is_stored() {
        let bad = |octets: &[u8]| Link::new(SMALL, 240).next(&mut &octets[..]).unwrap_err();
        assert_eq!(bad(&[4, 0, 0, 9]), Malformed { what: "TPKT version (3 is the only one)", at: 0 });
        assert_eq!(bad(&[3, 0, 0, 6]).at, 2);
        assert_eq!(
            bad(&[3, 0, 0xff, 0xff]),
            Malformed { what: "TPKT longer than any agreed message", at: 2 }
        );
        assert_eq!(bad(&[3, 0, 0, 7, 9, 0xf0, 0x80]).at, 5);
        let endless = [3, 0, 0, 7, 2, 0xf0, 0].repeat(64);
        assert_eq!(bad(&endless).what, "message of more than 64 parts");
        let long = [&[3, 0, 0, 107, 2, 0xf0, 0][..], &[0; 100]].concat().repeat(3);
        assert_eq!(bad(&long).what, "message longer than agreed");
    }

    #[test]
    fn written_behind_what_is_there() {
        let mut out = vec![0xa5; 3];
        Link::new(SMALL, 960).send(&[9], &mut out);
        assert_eq!(out, [0xa5, 0xa5, 0xa5, 3, 0, 0, 8, 2, 0xf0, 0x80, 9]);
    }

    proptest::proptest! {
        #[test]
        fn memory_is_bounded_whatever_comes(
            longest in 0..1000usize,
            units in proptest::collection::vec((0..1200u16, proptest::bool::ANY, 2..9u8), 0..80),
            cut in 1..900usize,
        ) {
            let mut stream = vec![];
            for (len, last, li) in units {
                stream.extend_from_slice(&[3, 0]);
                stream.extend_from_slice(&(7 + len).to_be_bytes());
                stream.extend_from_slice(&[li, 0xf0, u8::from(last) << 7]);
                stream.resize(stream.len() + usize::from(len), 0);
            }
            let mut link = Link::new(SMALL, longest);
            // A vector may own twice what it needed.
            let most = 2 * (longest + HEAD.len()).max(LONGEST_CONTROL);
            for mut piece in stream.chunks(cut) {
                while let Ok(Some(_)) = link.next(&mut piece) {}
                proptest::prop_assert!(link.unit.capacity() <= most, "{} octets of a unit", link.unit.capacity());
                proptest::prop_assert!(link.message.capacity() <= most, "{} octets of a message", link.message.capacity());
            }
        }
    }
}

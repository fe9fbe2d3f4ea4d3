//! A conversation is told without fail, the same however it is cut, in text and memory that its octets pay for; and what is
//! taken apart is put together again.
use super::link::cut;
use arbitrary::{Result, Unstructured};
use hepta_proto::classic::Pdu;
use hepta_proto::classic::message::Message;
use hepta_proto::iso::{Link, Tpdu, TpduSize, Tpkt};
use hepta_proto::tap::Sender;
use hepta_proto::trace::{Entry, Trace};
use hepta_proto::wire::{Reader, Wire};

/// How the streams are cut; then who says what.
pub fn run(data: &[u8]) {
    frame(data);
    // Too short to say anything is no failure.
    let _ = conversation(&mut Unstructured::new(data));
}

/// One frame without a conversation around it.
fn frame(octets: &[u8]) {
    let written = again(octets);
    for sender in [None, Some(Sender::Client), Some(Sender::Server)] {
        let entry = Trace::default().frame(sender, octets);
        told(&entry, octets.len());
        assert!(sender.is_none() || entry.sender == sender);
        let Some(written) = &written else { continue };
        if entry.understood() && entry.difference.is_none() {
            assert_eq!(*written, octets, "{}", entry.text);
        }
        if *written != octets && written.len() == octets.len() && entry.understood() {
            assert!(entry.difference.is_some(), "a difference that is not told: {}", entry.text);
        }
    }
}

/// The frame written from its parts; `None` if it is no frame with a whole message. The parts survive it.
fn again(octets: &[u8]) -> Option<Vec<u8>> {
    let tpkt = Tpkt::read(&mut Reader::new(octets)).ok()?;
    let Ok(Tpdu::Data(data)) = Tpdu::read(&mut Reader::new(tpkt.tpdu)) else { return None };
    let pdu = Pdu::read(&mut Reader::new(data.payload)).ok().filter(|_| data.last())?;
    let message = Message::read(&pdu, false).ok()?;
    let (mut param, mut content) = (vec![], vec![]);
    assert!(message.write(&mut param, &mut content), "{message:?} was read");
    let pdu = Pdu { param: &param, data: &content, ..pdu };
    assert_eq!(Message::read(&pdu, false), Ok(message));
    let mut out = octets[..octets.len().min(7)].to_vec();
    pdu.write(&mut out);
    Some(out)
}

/// What holds for every entry of so many octets.
fn told(entry: &Entry, octets: usize) {
    let who = match entry.sender {
        Some(Sender::Client) => "C>S ",
        Some(Sender::Server) => "S>C ",
        None => "?>? ",
    };
    assert!(entry.text.starts_with(who), "{}", entry.text);
    // The longest are lists: a name for each octet of it.
    assert!(entry.text.len() <= 1000 + 120 * octets, "{} for {octets} octets", entry.text.len());
    assert!(entry.complaints.len() <= 16 + 2 * octets);
    entry.complaints.iter().for_each(|complaint| assert!(!complaint.to_string().is_empty()));
    if let Some(difference) = entry.difference {
        assert_ne!(difference.read, difference.written);
    }
}

/// Octets of one side that follow each other.
type Said = (Sender, Vec<u8>);

fn conversation(u: &mut Unstructured<'_>) -> Result<()> {
    let mut lengths = [0; 3];
    u.fill_buffer(&mut lengths)?;
    let mut said: Vec<Said> = vec![];
    while !u.is_empty() {
        let sender = if u.arbitrary()? { Sender::Client } else { Sender::Server };
        let mut octets = vec![];
        // The raw ones may end in the middle of a unit.
        let raw = u.ratio(1, 3)?;
        // What is kept must not grow when the same comes again and again.
        let (times, most) = if u.ratio(1, 32)? { (u.int_in_range(1..=80)?, 40) } else { (1u8, 120) };
        let n = u.int_in_range(0..=most)?;
        let what = u.bytes(n.min(u.len()))?;
        for _ in 0..times {
            if raw {
                octets.extend_from_slice(what);
            } else {
                Link::new(TpduSize::STANDARD, 960).send(what, &mut octets);
            }
        }
        said.push((sender, octets));
    }
    let mut trace = Trace::default();
    let whole = tell(&mut trace, &said, |octets| vec![octets]);
    let pieces = tell(&mut Trace::default(), &said, |octets| cut(octets, &lengths));
    assert_eq!(whole.len(), pieces.len(), "cut into {lengths:?}");
    for (whole, piece) in whole.iter().zip(&pieces) {
        // What cannot be cut into frames is told as far as it is there, and then no more.
        let lost = piece.text.contains("malformed: ") && whole.text.starts_with(&piece.text);
        let text = if lost { &piece.text } else { &whole.text };
        assert_eq!(piece, &Entry { text: text.clone(), ..whole.clone() }, "cut into {lengths:?}");
    }
    let octets = said.iter().map(|(_, octets)| octets.len()).sum::<usize>();
    let text: usize = whole.iter().map(|entry| entry.text.len()).sum();
    assert!(text <= 1000 * (whole.len() + 1) + 120 * octets, "{text} for {octets} octets");

    // With nothing half here, what is kept does not grow with the conversation.
    trace.gap(Sender::Client);
    trace.gap(Sender::Server);
    let kept = format!("{trace:?}").len();
    assert!(kept <= 1000, "{kept} after {octets} octets");
    Ok(())
}

fn tell(trace: &mut Trace, said: &[Said], cut: impl Fn(&[u8]) -> Vec<&[u8]>) -> Vec<Entry> {
    let mut entries = vec![];
    for (sender, octets) in said {
        for piece in cut(octets) {
            trace.octets(*sender, piece, |entry| entries.push(entry));
        }
    }
    for entry in &entries {
        // A message of several parts is told with the last of them.
        told(entry, 70_000);
    }
    entries
}

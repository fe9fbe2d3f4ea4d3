//! Messages of S7CommPlus, both directions: what is read is written back and read again the same, and told without a fuss.
use hepta_proto::plus::dialect::Dialect;
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::{Context, Pdu};
use hepta_proto::plus::trace::{Piece, Stream, Told};
use hepta_proto::wire::Reader;

/// The first octet chooses the version and what is known of the integrity id; the others are the message.
pub fn run(data: &[u8]) {
    let Some((choice, octets)) = data.split_first() else { return };
    let version = Version(choice % 3 + 1);
    let integrity = [None, Some(true), Some(false)].get(usize::from(choice / 3 % 3)).copied().flatten();
    let cx = Context { version, integrity };
    pdu(octets, cx);
    pdu(&Dialect::Python.adapt(octets), cx);
    let _ = Told::message(octets, cx);
    for name in Piece::names() {
        let _ = Told::piece(Piece::named(name).unwrap(), octets);
    }
    // Cut anywhere, a stream gives the same messages.
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    let (mut first, mut second) = (Stream::default(), Stream::default());
    first.take(octets, |told| whole.push(told));
    if whole.iter().all(|told| told.complaints.is_empty()) {
        octets.chunks(7).for_each(|chunk| second.take(chunk, |told| cut.push(told)));
        assert_eq!(whole, cut);
    }
}

fn pdu(octets: &[u8], cx: Context) {
    let Ok(read) = Pdu::read(&mut Reader::new(octets), cx) else { return };
    let mut written = Vec::new();
    read.write(&mut written);
    // Numbers of more octets than they need become shorter, and nothing else changes: from there on octets are what they were.
    let known = Context { integrity: Some(integrity(&read)), ..cx };
    let again = Pdu::read(&mut Reader::new(&written), known).expect("what was written is read");
    let mut twice = Vec::new();
    again.write(&mut twice);
    assert_eq!(written, twice, "{read:?}");
}

fn integrity(pdu: &Pdu<'_>) -> bool {
    let tail = match pdu {
        Pdu::Request(message) => message.tail,
        Pdu::Response(message) => message.tail,
        _ => return false,
    };
    tail.integrity.is_some()
}

//! A stream of S7CommPlus frames means the same however it is cut; what is read of it is written back as it was, and what is sent
//! in frames arrives.
use super::link::cut;
use hepta_proto::plus::event::SystemEvent;
use hepta_proto::plus::frame::{Arrival, Draft, Frames, Version};
use hepta_proto::plus::header::Head;
use hepta_proto::wire::{Malformed, Reader, Wire};

/// What came, owned, and its frames written again.
#[derive(Debug, PartialEq)]
enum Came {
    Pdu(Version, Vec<u8>, Vec<u8>),
    Event(Vec<u8>),
    KeepAlive(u8),
}

/// Longest PDU, room of a frame, lengths of the pieces, then the stream.
pub fn run(data: &[u8]) {
    let Some(([longest, room, n], rest)) = data.split_first_chunk::<3>() else { return };
    let Some((pieces, stream)) = rest.split_at_checked(usize::from(n % 16)) else { return };
    let (longest, room) = (usize::from(*longest) * 16, usize::from(*room) + 1);

    let whole = read(longest, &[stream]);
    assert_eq!(whole, read(longest, &cut(stream, pieces)), "cut into {pieces:?}");
    let single: Vec<_> = stream.chunks(1).collect();
    assert_eq!(whole, read(longest, &single), "octet by octet");

    let mut plain = vec![];
    for came in &whole.0 {
        match came {
            Came::Pdu(version, data, frames) => {
                assert!(version.is_pdu() && !data.is_empty() && data.len() <= longest);
                let (twice, error) = read(longest, &[frames]);
                assert_eq!((core::slice::from_ref(came), None), (&*twice, error));
                plain.extend_from_slice(frames);
                head(data);
                again(*version, data, room);
            }
            Came::Event(payload) => event(payload),
            Came::KeepAlive(_) => {}
        }
    }
    // What comes between two fragments stands elsewhere.
    if whole.0.iter().all(|came| matches!(came, Came::Pdu(..))) {
        assert!(stream.starts_with(&plain), "frames that did not come");
    }
}

fn read(longest: usize, pieces: &[&[u8]]) -> (Vec<Came>, Option<Malformed>) {
    let (mut frames, mut came) = (Frames::new(longest), vec![]);
    for piece in pieces {
        let mut input = *piece;
        loop {
            match frames.next(&mut input) {
                Ok(Some(Arrival::Pdu(pdu))) => {
                    assert_eq!(pdu.pieces().map(|piece| piece.len).sum::<usize>(), pdu.data.len());
                    let mut out = vec![];
                    pdu.write(&mut out);
                    came.push(Came::Pdu(pdu.version, pdu.data.to_vec(), out));
                }
                Ok(Some(Arrival::SystemEvent(payload))) => came.push(Came::Event(payload.to_vec())),
                Ok(Some(Arrival::KeepAlive(number))) => came.push(Came::KeepAlive(number)),
                Ok(None) => break,
                Err(malformed) => return (came, Some(malformed)),
            }
        }
        assert!(input.is_empty(), "octets left behind");
    }
    (came, None)
}

/// A head is octet for octet what was read.
fn head(data: &[u8]) {
    let mut r = Reader::new(data);
    let Ok(head) = Head::read(&mut r) else { return };
    let mut out = vec![];
    head.write(&mut out);
    assert_eq!(out, data[..data.len() - r.left()]);
    assert!(!head.to_string().is_empty());
}

/// An event is octet for octet what was read.
fn event(payload: &[u8]) {
    let Ok(event) = SystemEvent::read(&mut Reader::new(payload)) else { return };
    let mut out = vec![];
    event.write(&mut out);
    assert_eq!(out, payload);
    assert!(!event.to_string().is_empty());
}

/// Sent in frames of ours, it arrives.
fn again(version: Version, data: &[u8], room: usize) {
    let (mut out, mut frames) = (vec![], 0);
    let mut draft = Draft::new(&mut out, 0, version);
    draft.out().extend_from_slice(data);
    draft.seal(room, None, |frame| {
        frames += 1;
        assert!(frame.len() <= room + 4 + 33 + 4, "a frame above the room");
    });
    assert_eq!(frames, data.len().div_ceil(room));
    // However many fragments that makes, they are let through by one that lets long PDUs through.
    let came = read(1 << 20, &[&out]);
    assert_eq!(came, (vec![Came::Pdu(version, data.to_vec(), out)], None));
}

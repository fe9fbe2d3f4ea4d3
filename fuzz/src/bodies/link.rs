//! A stream means the same however the network cuts it, and what a link sends, a link understands.
use hepta_proto::iso::{Arrival, Link, TpduSize};
use hepta_proto::wire::{Malformed, Wire};

/// What came, owned. Control units stand as they are written again.
#[derive(Debug, PartialEq)]
enum Came {
    Message(Vec<u8>),
    Control(Vec<u8>),
}

/// Size of units, longest message, lengths of the pieces, then the stream.
pub fn run(data: &[u8]) {
    let Some(([exponent, longest, n], rest)) = data.split_first_chunk::<3>() else { return };
    let size = TpduSize::from_exponent(7 + exponent % 7).expect("7..=13");
    let longest = usize::from(*longest) * 8;
    let Some((pieces, stream)) = rest.split_at_checked(usize::from(n % 16)) else { return };

    let whole = read(size, longest, &[stream]);
    let cut = read(size, longest, &cut(stream, pieces));
    assert_eq!(whole, cut, "cut into {pieces:?}");
    let single: Vec<_> = stream.chunks(1).collect();
    assert_eq!(whole, read(size, longest, &single), "octet by octet");

    let messages = |came: &[Came]| -> Vec<Vec<u8>> {
        came.iter().filter_map(|c| if let Came::Message(m) = c { Some(m.clone()) } else { None }).collect()
    };
    let sent = messages(&whole.0);
    assert!(sent.iter().all(|message| message.len() <= longest), "a message above {longest}");

    let (link, mut out) = (Link::new(size, longest), vec![]);
    for message in &sent {
        let before = out.len();
        link.send(message, &mut out);
        assert!(
            units(&out[before..]).iter().all(|unit| unit.len() <= 4 + size.octets()),
            "units above the agreed"
        );
    }
    let (again, error) = read(size, longest, &[&out]);
    assert_eq!((messages(&again), error), (sent, None));
}

fn read(size: TpduSize, longest: usize, pieces: &[&[u8]]) -> (Vec<Came>, Option<Malformed>) {
    let (mut link, mut came) = (Link::new(size, longest), vec![]);
    for piece in pieces {
        let mut input = *piece;
        loop {
            match link.next(&mut input) {
                Ok(Some(Arrival::Message(message))) => came.push(Came::Message(message.to_vec())),
                Ok(Some(Arrival::Control(tpdu))) => {
                    let mut out = vec![];
                    tpdu.write(&mut out);
                    came.push(Came::Control(out));
                }
                Ok(None) => break,
                Err(malformed) => return (came, Some(malformed)),
            }
        }
        assert!(input.is_empty(), "octets left behind");
    }
    (came, None)
}

/// `stream` in pieces of these lengths, over and over.
pub(super) fn cut<'a>(mut stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = vec![];
    for length in lengths.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (piece, rest) = stream.split_at(stream.len().min(usize::from(*length).max(1)));
        pieces.push(piece);
        stream = rest;
    }
    pieces.extend((!stream.is_empty()).then_some(stream));
    pieces
}

/// The TPKTs of a well-formed stream.
pub(super) fn units(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut units = vec![];
    while let [_, _, l0, l1, ..] = *stream {
        let (unit, rest) = stream.split_at(u16::from_be_bytes([l0, l1]).into());
        units.push(unit);
        stream = rest;
    }
    assert!(stream.is_empty(), "half a unit at the end");
    units
}

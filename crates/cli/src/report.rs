//! What a report shows of the wire: every octet, but serial numbers.
use crate::exit::{Failure, remark};
use crate::tap;
use hepta_proto::tap::{Sender, Tap};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Keeps what it hears, to be written when it is known what to mask. Doctors talk little.
#[derive(Default)]
pub(crate) struct Report(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    parts: Vec<(u64, Sender, Vec<u8>)>,
    kept: usize,
    /// Octets that came when there was no room any more.
    dropped: usize,
}

/// Octets that are kept, and what each part of them counts besides. A doctor's talk is of some thousands; a peer that never ends
/// its own must not fill the memory.
const ROOM: usize = 16 << 20;
const PART: usize = 64;

impl Heard {
    /// From the first part on that finds no room all are left out: a capture with holes could not be told from a broken line.
    fn keep(&mut self, connection: u64, sender: Sender, octets: &[u8]) {
        let kept = self.kept + octets.len() + PART;
        if self.dropped > 0 || kept > ROOM {
            self.dropped += octets.len();
            return;
        }
        self.kept = kept;
        self.parts.push((connection, sender, octets.to_vec()));
    }
}

impl Tap for Report {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(connection, sender, octets);
    }
}

impl Report {
    /// Writes a capture file in which `secrets` are crossed out.
    pub(crate) fn write(&self, path: &Path, secrets: &[Vec<u8>]) -> Result<(), Failure> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mask(&mut heard.parts, secrets);
        let recorder = tap::recorder(path)?;
        let mut open = Vec::new();
        for (connection, sender, octets) in &heard.parts {
            recorder.octets(*connection, *sender, octets);
            if !open.contains(connection) {
                open.push(*connection);
            }
        }
        open.into_iter().for_each(|connection| recorder.closed(connection));
        if heard.dropped > 0 {
            remark(format_args!(
                "hepta: {} ends after {} MiB: {} more octets went over the wire",
                path.display(),
                ROOM >> 20,
                heard.dropped
            ));
        }
        Ok(())
    }
}

/// A secret may stand across two reads of the socket, so each direction is searched as one.
fn mask(heard: &mut [(u64, Sender, Vec<u8>)], secrets: &[Vec<u8>]) {
    let mut directions: HashMap<(u64, Sender), Vec<usize>> = HashMap::new();
    for (i, (connection, sender, _)) in heard.iter().enumerate() {
        directions.entry((*connection, *sender)).or_default().push(i);
    }
    for parts in directions.values() {
        let octets = |part: &usize| heard.get(*part).map_or(&[][..], |(_, _, octets)| octets);
        let mut whole: Vec<u8> = parts.iter().flat_map(octets).copied().collect();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            let mut at = 0;
            while let Some(place) = whole.get_mut(at..at + secret.len()) {
                if place == secret {
                    place.fill(b'X');
                }
                at += 1;
            }
        }
        let mut rest = &whole[..];
        for part in parts {
            if let Some((_, _, octets)) = heard.get_mut(*part) {
                let (own, more) = rest.split_at(octets.len());
                octets.copy_from_slice(own);
                rest = more;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_never_ends_does_not_fill_the_memory() {
        let mut heard = Heard::default();
        let part = vec![7; ROOM / 4];
        (0..5).for_each(|_| heard.keep(1, Sender::Server, &part));
        assert_eq!((heard.parts.len(), heard.dropped), (3, 2 * part.len()));
        // What would still fit is left out, too, for it would stand in the wrong place.
        heard.keep(1, Sender::Client, &[1]);
        assert_eq!((heard.parts.len(), heard.dropped), (3, 2 * part.len() + 1));
        // Parts of one octet cost more than that.
        let mut heard = Heard::default();
        (0..ROOM / PART).for_each(|_| heard.keep(1, Sender::Server, &[7]));
        assert!(heard.dropped > 0 && heard.parts.len() < ROOM / PART);
    }

    #[test]
    fn a_secret_is_found_across_reads() {
        let part = |sender, octets: &[u8]| (1, sender, octets.to_vec());
        let mut heard = vec![
            part(Sender::Server, b"a SER"),
            part(Sender::Client, b"IAL"),
            part(Sender::Server, b"IAL and SERIAL"),
        ];
        mask(&mut heard, &[b"SERIAL".to_vec()]);
        assert_eq!(heard[0].2, b"a XXX");
        assert_eq!((&heard[1].2[..], &heard[2].2[..]), (&b"IAL"[..], &b"XXX and XXXXXX"[..]));
    }
}

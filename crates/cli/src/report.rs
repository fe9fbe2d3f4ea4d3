//! What a report shows of the wire: every octet, but serial numbers.
use crate::exit::Failure;
use crate::tap::Recorder;
use hepta_proto::tap::{Sender, Tap};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Keeps what it hears, to be written when it is known what to mask. Doctors talk little.
#[derive(Default)]
pub(crate) struct Report(Mutex<Vec<(u64, Sender, Vec<u8>)>>);

impl Tap for Report {
    fn octets(&self, connection: u64, sender: Sender, octets: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((connection, sender, octets.to_vec()));
    }
}

impl Report {
    /// Writes a capture file in which `secrets` are crossed out.
    pub(crate) fn write(&self, path: &Path, secrets: &[Vec<u8>]) -> Result<(), Failure> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mask(&mut heard, secrets);
        let recorder = Recorder::create(path)?;
        let mut open = Vec::new();
        for (connection, sender, octets) in heard.iter() {
            recorder.octets(*connection, *sender, octets);
            if !open.contains(connection) {
                open.push(*connection);
            }
        }
        open.into_iter().for_each(|connection| recorder.closed(connection));
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

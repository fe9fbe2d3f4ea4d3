//! A tap's recorder: conversations side by side, and a disk that is full.
use hepta_capture::{Capture, Direction, Format, Kind, Recorder, WriteError};
use hepta_proto::tap::{Sender, Tap as _};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A disk with room for so many octets.
#[derive(Clone)]
struct Disk(Arc<Mutex<Vec<u8>>>, usize);

impl Write for Disk {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap();
        if held.len() + octets.len() > self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        held.extend_from_slice(octets);
        Ok(octets.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A recorder on a disk with that much room, what the disk holds, and what was complained about.
fn recorder(room: usize) -> (Recorder<Disk>, Disk, Arc<Mutex<Vec<WriteError>>>) {
    let (disk, complaints) = (Disk(Arc::default(), room), Arc::<Mutex<Vec<_>>>::default());
    let told = Arc::clone(&complaints);
    let complain = move |error| told.lock().unwrap().push(error);
    (Recorder::new(disk.clone(), Format::Pcapng, complain).unwrap(), disk, complaints)
}

#[test]
fn conversations_side_by_side_are_told_apart() {
    let (recorder, disk, complaints) = recorder(usize::MAX / 2);
    for (connection, sender, octets) in [
        (7, Sender::Client, &b"question"[..]),
        (9, Sender::Client, b"another "),
        (7, Sender::Server, b"answer"),
        (9, Sender::Client, b"question"),
    ] {
        recorder.octets(connection, sender, octets);
    }
    recorder.closed(7);
    // One that never said a word, and one that is over.
    recorder.closed(8);
    recorder.closed(7);
    assert!(complaints.lock().unwrap().is_empty());

    let file = disk.0.lock().unwrap().clone();
    let mut capture = Capture::new(&file[..], &[]).unwrap();
    let (mut said, mut closed) = (HashMap::<_, Vec<u8>>::new(), vec![]);
    while let Some(event) = capture.next_event().unwrap() {
        assert_eq!(event.server.port(), 102);
        match event.kind {
            Kind::Octets(octets) => {
                said.entry((event.client.port(), event.direction)).or_default().extend(octets);
            }
            Kind::Closed => closed.push((event.client.port(), event.direction)),
            Kind::Gap(missing) => panic!("{missing} octets are missing"),
        }
    }
    let [to, fro] = [Direction::ClientToServer, Direction::ServerToClient];
    let want: [((u16, Direction), &[u8]); 3] =
        [((10_000, to), b"question"), ((10_000, fro), b"answer"), ((10_001, to), b"another question")];
    assert_eq!(said, want.map(|(who, octets)| (who, octets.to_vec())).into());
    assert_eq!(closed, [(10_000, to), (10_000, fro)]);
}

#[test]
fn a_full_disk_is_complained_about_once() {
    let (recorder, disk, complaints) = recorder(600);
    for _ in 0..9 {
        recorder.octets(1, Sender::Client, b"question");
    }
    recorder.closed(1);
    let complaints = complaints.lock().unwrap();
    assert!(
        matches!(&complaints[..], [WriteError::Io(e)] if e.kind() == io::ErrorKind::StorageFull),
        "{complaints:?}"
    );
    // What was written before can be read.
    let file = disk.0.lock().unwrap().clone();
    let mut capture = Capture::new(&file[..], &[]).unwrap();
    assert!(capture.next_event().unwrap().is_some());
}

//! `hepta decode` of S7CommPlus: the vectors of the specification, pieces by themselves, and what TLS sealed.
mod common;

use common::{Folder, Serve, fails, hepta};
use hepta::plus::{KeyLog, Options, Trust, blocking::Client};
use serde::Deserialize;
use std::io::{Read, Write};
use std::process::Stdio;

/// A vector. Those with a status are not messages as a CPU or a client sends them, or are doubtful.
#[derive(Deserialize)]
struct Vector {
    id: String,
    kind: String,
    hex: String,
    /// Numbers longer than need be: they are read and never written.
    #[serde(default)]
    only: bool,
    status: Option<String>,
    /// What a number is.
    number: Option<String>,
    #[serde(default)]
    tpkt: bool,
}

impl Vector {
    /// Each frame in a data unit, a line each.
    fn units(&self) -> String {
        let unit = |frame: &str| {
            if self.tpkt { frame.to_owned() } else { format!("0300{:04x}02f080{frame}", 7 + frame.len() / 2) }
        };
        self.hex.split('|').map(unit).collect::<Vec<_>>().join("\n")
    }
}

fn vectors(kinds: &[&str]) -> Vec<Vector> {
    let all: Vec<Vector> = serde_json::from_str(include_str!("data/s7commplus.json")).unwrap();
    all.into_iter().filter(|vector| kinds.contains(&&*vector.kind)).collect()
}

/// What the decoder says of these lines: on standard output, on standard error, and by its exit status.
fn decode(lines: &str, args: &[&str]) -> (String, String, Option<i32>) {
    let mut child = hepta()
        .args(["decode", "--hex", "-"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
    (out, err, output.status.code())
}

const PIECES: [(&str, usize); 8] = [
    ("pvalue", 129),
    ("vlq-u32", 38),
    ("vlq-s32", 32),
    ("vlq-u64", 28),
    ("vlq-s64", 39),
    ("item-address", 12),
    ("object-qualifier", 3),
    ("system-event", 3),
];

#[test]
fn pieces_of_the_vectors_stand_for_themselves() {
    for (kind, count) in PIECES {
        let all = vectors(&[kind]);
        assert_eq!(all.len(), count, "{kind}");
        let sound = |vector: &&Vector| vector.status.is_none() && !vector.only;
        let good: Vec<_> = all.iter().filter(sound).collect();
        let lines = good.iter().map(|vector| &*vector.hex).collect::<Vec<_>>().join("\n");
        let (text, said, exit) = decode(&lines, &["--as", kind, "--round-trip"]);
        assert_eq!(exit, Some(0), "{kind}: {text}{said}");
        let whole = format!("{} frames, 0 not understood, 0 differ when written back\n", good.len());
        assert_eq!(said, whole, "{kind}: {text}");
        if kind.starts_with("vlq") {
            let numbers: Vec<_> = good.iter().map(|vector| vector.number.as_deref().unwrap()).collect();
            assert_eq!(text.lines().collect::<Vec<_>>(), numbers, "{kind}");
        }
        for Vector { id, hex, number, .. } in all.iter().filter(|vector| vector.only) {
            let (text, _, exit) = decode(hex, &["--as", kind]);
            let says =
                format!("{}\n      a number takes more octets than it needs\n", number.as_ref().unwrap());
            assert_eq!((text, exit), (says, Some(0)), "{id}");
            let (text, said, exit) = decode(hex, &["--as", kind, "--round-trip"]);
            assert!(text.contains("      ~ written back it differs at octet "), "{id}: {text}");
            assert!(said.ends_with("0 not understood, 1 differ when written back\n"), "{id}: {said}");
            assert_eq!(exit, Some(1), "{id}");
        }
        // Whatever else they are, they are said to be it.
        for Vector { id, hex, .. } in all.iter().filter(|vector| vector.status.is_some()) {
            let (text, said, exit) = decode(hex, &["--as", kind, "--round-trip"]);
            match &**id {
                "object-qualifier-003" => {
                    assert!(text.ends_with("      ! malformed octets behind it at octet 23\n"), "{text}");
                    assert_eq!(exit, Some(1));
                }
                _ => assert_eq!(exit, Some(0), "{id}: {text}{said}"),
            }
        }
    }
}

#[test]
fn frames_of_the_vectors_are_understood_whole() {
    for (kind, count) in [("frame", 126), ("session", 10), ("request", 12), ("fragmented", 1)] {
        let all = vectors(&[kind]);
        assert_eq!(all.len(), count, "{kind}");
        for vector in &all {
            let (text, said, exit) = decode(&vector.units(), &["--round-trip"]);
            assert_eq!(exit, Some(0), "{}: {text}{said}", vector.id);
            assert!(!text.contains("?>?"), "{}: {text}", vector.id);
            assert!(said.ends_with(" 0 not understood, 0 differ when written back\n"), "{said}");
        }
    }
    // What stands in the unit is a frame by itself.
    let frames: Vec<_> = vectors(&["session", "request"]).into_iter().map(|vector| vector.hex).collect();
    let frames = frames.join("\n");
    let (text, said, exit) = decode(&frames, &["--as", "frame", "--round-trip"]);
    assert_eq!(
        (&*said, exit),
        ("22 frames, 0 not understood, 0 differ when written back\n", Some(0)),
        "{text}"
    );
    assert!(text.contains("0001 InitSSL in session 00000120\n0001 InitSSL answered\n"), "{text}");
}

#[test]
fn a_malformed_piece_is_named_with_its_place() {
    for (piece, hex, says) in [
        ("pvalue", "0002", "USInt at octet 2"),
        ("vlq-u32", "80", "number"),
        ("vlq-u32", "0000", "octets behind it at octet 1"),
        ("item-address", "00", "at octet "),
        ("object", "a10000", "at octet "),
        ("frame", "7201001231", "frame without its end at octet 5"),
        ("frame", "32010000", "at octet 0"),
    ] {
        let (text, said, exit) = decode(hex, &["--as", piece]);
        assert!(text.starts_with(&format!("malformed: {hex}\n      ! malformed ")), "{piece}: {text}");
        assert!(text.contains(says) && text.contains(" at octet "), "{piece}: {text}");
        assert_eq!((&*said, exit), ("1 frames, 1 not understood\n", Some(1)));
        // Malformed is more than unknown.
        assert_eq!(decode(hex, &["--as", piece, "--allow-unknown"]).2, Some(1));
    }
    fails(&["decode", "--hex", "-", "--as", "telegram"], 2, "object-qualifier");
    fails(&["decode", "talk.pcap", "--as", "frame"], 2, "--hex");
    fails(&["decode", "--hex", "-", "--keylog", "keys.log"], 2, "--hex");
}

/// Conversations inside TLS, recorded by the CPU; the clients wrote their keys down. Gives the capture, the keys, what the
/// CPU told of it, and what `hepta read` recorded and told of its own.
fn record(folder: &Folder) -> (String, String, String, String, String) {
    let [capture, keys, own] = ["talk.pcapng", "keys.log", "own.pcap"].map(|name| folder.join(name));
    let mut command = hepta();
    command.args(["serve", "--listen", "127.0.0.1:0", "--profile", "s7-1500", "--security", "tls"]);
    command.args(["--db", "2=64", "--pcap", &capture, "--trace"]).stderr(Stdio::piped());
    let mut serve = Serve::of(&mut command);
    let (host, port) = serve.addr().rsplit_once(':').unwrap();
    let options = Options::new(host)
        .port(port.parse().unwrap())
        .trust(Trust::Insecure)
        .key_log(KeyLog::append(&keys).unwrap())
        .allow_writes(true);
    let mut plc = Client::new(options);
    plc.db_write(2, 8, &[1, 2, 3, 4]).unwrap();
    assert_eq!(plc.db_read(2, 8, 4).unwrap(), [1, 2, 3, 4]);
    // More than one record takes.
    plc.db_write(2, 0, &[0xa5; 64]).unwrap();
    plc.identity().unwrap();
    plc.cpu_state().unwrap();
    plc.close();
    drop(plc);
    let url = format!("s7plus://{}", serve.addr());
    let args = ["read", &url, "8A0E0001.A", "--insecure", "--key-log", &keys, "--pcap", &own, "--trace"];
    let read = hepta().args(args).output().unwrap();
    let told = String::from_utf8(read.stderr).unwrap();
    let mut said = String::new();
    let mut stderr = serve.child.stderr.take().unwrap();
    drop(serve);
    stderr.read_to_string(&mut said).unwrap();
    (capture, keys, said, own, told)
}

/// What the decoder says of a capture, as of lines.
fn decoded(capture: &str, args: &[&str]) -> (String, String, Option<i32>) {
    let output = hepta().args(["decode", capture]).args(args).output().unwrap();
    let [text, said] = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
    (text, said, output.status.code())
}

#[test]
fn what_tls_sealed_is_read_with_its_keys() {
    let folder = Folder::new("decode-tls");
    let (capture, keys, traced, own, told) = record(&folder);
    let run = |args: &[&str]| decoded(&capture, args);

    // The CPU's own trace shows how TLS is agreed to, and that it follows.
    let begins = traced.find("InitSSL answered").expect("both speak of TLS");
    let follows: Vec<_> = traced.match_indices("TLS follows").map(|(at, _)| at > begins).collect();
    assert_eq!(follows, [true; 2], "{traced}");
    assert!(!traced.contains("CreateObject") && !traced.contains("not understood"), "{traced}");
    // So does the client's.
    let begins = told.find("InitSSL answered").expect("it asked for TLS");
    let follows: Vec<_> = told.match_indices("TLS follows").map(|(at, _)| at > begins).collect();
    assert_eq!(follows, [true], "{told}");
    let (text, said, exit) = decoded(&own, &["--keylog", &keys, "--round-trip"]);
    assert!(text.contains("CreateObject in session") && exit == Some(0), "{text}{said}");

    let (text, said, exit) = run(&["--keylog", &keys, "--round-trip"]);
    assert_eq!(exit, Some(0), "{text}{said}");
    assert!(said.contains(" frames, 0 not understood, 0 differ when written back\n"), "{said}");
    for (message, times) in [
        ("InitSSL in session", 1),
        ("CreateObject in session", 1),
        ("8A0E0002", 1),
        ("01020304", 2),
        ("DeleteObject in session", 1),
    ] {
        assert!(text.matches(message).count() >= times, "{message}: {text}");
    }
    assert!(!text.contains('!') && !text.contains("stays closed"), "{text}");

    // Without keys it is said once a connection, and the rest is counted.
    let (text, said, exit) = run(&[]);
    assert_eq!((text.matches("TLS follows").count(), exit), (2, Some(1)), "{text}");
    assert_eq!(text.matches("--keylog FILE").count(), 2, "{text}");
    assert!(!text.contains("malformed") && text.contains("InitSSL answered"), "{text}");
    assert!(said.contains(" further frames are TLS that stays closed\n"), "{said}");
    assert_eq!(run(&["--allow-unknown"]).2, Some(0));

    // Keys of another connection.
    let log = std::fs::read_to_string(&keys).unwrap();
    let random = log.split_whitespace().nth(1).unwrap();
    // The other connection stays known.
    let other = folder.write("other.log", &log.replace(random, &"00".repeat(32)));
    let (text, _, exit) = run(&["--keylog", &other]);
    let says = format!(
        "TLS stays closed: the key log has no keys of this connection, whose client random is {random}"
    );
    assert_eq!((text.matches(&says).count(), exit), (1, Some(1)), "{text}");
    assert!(!text.contains("--keylog"), "{text}");

    let bad = folder.write("bad.log", "nonsense\n");
    fails(&["decode", &capture, "--keylog", &bad], 2, "line 1 of the key log");
    fails(&["decode", &capture, "--keylog", &folder.join("none.log")], 2, "none.log");
}

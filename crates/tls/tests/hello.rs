//! Hellos made by hand: what a CPU resets, and what it takes.
mod common;

use common::identity;
use hepta_tls::{Acceptor, Tls, TlsError};

/// A hello, and how it is made.
struct Hello {
    suites: Vec<u16>,
    groups: Option<Vec<u16>>,
    /// `None` for a hello of TLS 1.2.
    versions: Option<Vec<u16>>,
    others: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    fn new() -> Self {
        Self {
            suites: vec![0x1302, 0x1301],
            groups: Some(vec![X25519]),
            versions: Some(vec![0x0304]),
            others: vec![],
        }
    }
    fn body(&self) -> Vec<u8> {
        let mut extensions = vec![];
        let mut put = |kind: u16, body: &[u8]| {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(len16(body.len()));
            extensions.extend(body);
        };
        if let Some(groups) = &self.groups {
            let list = words(groups);
            put(10, &[&len16(list.len())[..], &list].concat());
        }
        if let Some(versions) = &self.versions {
            let list = words(versions);
            put(43, &[&[u8::try_from(list.len()).unwrap()][..], &list].concat());
        }
        put(13, &[0, 2, 4, 3]);
        // The key share: the base point of the curve is as good as any.
        let mut share = vec![0, 36, 0, 0x1d, 0, 32, 9];
        share.resize(6 + 32, 0);
        put(51, &share);
        for (kind, body) in &self.others {
            put(*kind, body);
        }
        let suites = words(&self.suites);
        let mut body = vec![3, 3];
        body.extend([0xa5; 32]);
        body.push(0);
        body.extend(len16(suites.len()));
        body.extend(suites);
        body.extend([1, 0]);
        body.extend(len16(extensions.len()));
        body.extend(extensions);
        body
    }
    fn message(&self) -> Vec<u8> {
        let body = self.body();
        [&[1, 0][..], &len16(body.len()), &body].concat()
    }
    fn records(&self, length: usize) -> Vec<u8> {
        self.message().chunks(length).flat_map(|part| record(22, part)).collect()
    }
}

fn record(kind: u8, part: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1][..], &len16(part.len()), part].concat()
}

fn len16(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap().to_be_bytes()
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// What a CPU does with these octets, cut into `step`; and what it says.
fn answer(acceptor: &Acceptor, octets: &[u8], step: usize) -> (Result<(), TlsError>, Vec<u8>) {
    let (mut plc, mut plain, mut out) = (acceptor.start().unwrap(), vec![], vec![]);
    let mut result = Ok(());
    for part in octets.chunks(step) {
        if result.is_ok() {
            result = plc.receive(part, &mut plain, &mut out);
        }
    }
    assert!(plain.is_empty());
    (result, out)
}

/// A `ServerHello` that is none of the wish for another hello.
fn is_server_hello(out: &[u8]) -> bool {
    out.first() == Some(&22) && out.get(5) == Some(&2)
}

#[test]
fn a_cpu_resets_what_it_does_not_know_and_says_nothing() {
    let acceptor = Acceptor::new(&identity()).unwrap();
    let groups = |groups: &[u16]| Hello { groups: Some(groups.to_vec()), ..Hello::new() };
    let versions = |versions: Option<Vec<u16>>| Hello { versions, ..Hello::new() };
    for (name, hello, why) in [
        ("no groups", Hello { groups: None, ..Hello::new() }, "X25519"),
        ("empty groups", groups(&[]), "X25519"),
        ("P-256 alone", groups(&[P256]), "X25519"),
        ("P-256 and P-384", groups(&[P256, P384]), "X25519"),
        ("with P-521", groups(&[X25519, P256, 0x0019]), "other than"),
        ("with X25519MLKEM768", groups(&[0x11ec, X25519]), "other than"),
        ("with x448", groups(&[X25519, 0x001e]), "other than"),
        ("with ffdhe2048", groups(&[X25519, 0x0100]), "other than"),
        ("with GREASE", groups(&[0x0a0a, X25519]), "other than"),
        ("TLS 1.2 by its versions", versions(Some(vec![0x0303])), "TLS 1.3"),
        ("TLS 1.2 and 1.1", versions(Some(vec![0x0303, 0x0302])), "TLS 1.3"),
        ("no versions at all", versions(None), "TLS 1.3"),
    ] {
        for step in [1, 7, usize::MAX] {
            for length in [3, 50, usize::MAX] {
                let (result, out) = answer(&acceptor, &hello.records(length), step);
                match result {
                    Err(TlsError::Offer(reason)) => assert!(reason.contains(why), "{name}: {reason}"),
                    other => panic!("{name}: {other:?}"),
                }
                assert!(out.is_empty(), "{name} was answered with {} octets", out.len());
            }
        }
    }
}

#[test]
fn nothing_else_of_the_hello_is_judged() {
    let acceptor = Acceptor::new(&identity()).unwrap();
    let with = |others: Vec<(u16, Vec<u8>)>| Hello { others, ..Hello::new() };
    for (name, hello) in [
        ("the plainest", Hello::new()),
        ("all groups it knows", Hello { groups: Some(vec![P384, X25519, P256]), ..Hello::new() }),
        ("TLS 1.3 among others", Hello { versions: Some(vec![0x0a0a, 0x0304, 0x0303]), ..Hello::new() }),
        (
            "suites nobody knows",
            Hello { suites: vec![0x0a0a, 0xc02b, 0x1303, 0x1301, 0xffff], ..Hello::new() },
        ),
        ("an extension nobody knows", with(vec![(0xfafa, vec![1, 2, 3])])),
        ("a server name", with(vec![(0, b"\x00\x09\x00\x00\x06plc.la".to_vec())])),
        ("a long hello", with(vec![(0x5555, vec![0; 5000])])),
    ] {
        for step in [1, 13, usize::MAX] {
            for length in [100, usize::MAX] {
                let (result, out) = answer(&acceptor, &hello.records(length), step);
                assert_eq!(result, Ok(()), "{name}");
                assert!(is_server_hello(&out), "{name}");
            }
        }
    }
}

#[test]
fn what_is_no_hello_is_reset_too() {
    let acceptor = Acceptor::new(&identity()).unwrap();
    let message = Hello::new().message();
    let body = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = Hello::new().body();
        change(&mut body);
        record(22, &[&[1, 0][..], &len16(body.len()), &body].concat())
    };
    let twice = Hello { others: vec![(10, vec![0, 2, 0, 0x1d])], ..Hello::new() };
    let long = |n| Hello { others: vec![(0x5555, vec![0; n])], ..Hello::new() };
    let half = Hello { others: vec![(43, vec![3, 3, 4, 3])], versions: None, ..Hello::new() };
    for (name, octets) in [
        ("an alert", record(21, &[2, 40])),
        ("data", record(23, b"GET / HTTP/1.1")),
        ("a version of SSL 2", vec![22, 2, 0]),
        ("another protocol", b"\x72\x01\x00\x12".to_vec()),
        ("an empty record", record(22, &[])),
        ("a record that is too long", vec![22, 3, 1, 0x40, 1]),
        ("another message", record(22, &[&[2][..], &message[1..]].concat())),
        ("a message that is too long", record(22, &[1, 0xff, 0xff, 0xff])),
        ("octets behind", body(&|body| body.push(0))),
        ("cut", body(&|body| body.truncate(50))),
        ("no extensions and a half", body(&|body| body.truncate(2 + 32 + 1 + 6 + 2 + 1))),
        ("groups twice", twice.records(usize::MAX)),
        ("half a version", half.records(usize::MAX)),
        ("crumbs", long(6000).records(1)),
    ] {
        for step in [1, 64, usize::MAX] {
            let (result, out) = answer(&acceptor, &octets, step);
            assert!(matches!(result, Err(TlsError::Peer(_))), "{name}: {result:?}");
            assert!(out.is_empty(), "{name}");
        }
    }
    // Before TLS 1.2 there were no extensions.
    let (result, out) = answer(&acceptor, &body(&|body| body.truncate(2 + 32 + 1 + 6 + 2)), 9);
    assert!(matches!(result, Err(TlsError::Offer(why)) if why.contains("TLS 1.3")), "{result:?}");
    assert!(out.is_empty());
    // Crumbs are heard up to a bound, which is one of the hello, not of how it comes.
    for step in [1, usize::MAX] {
        assert!(is_server_hello(&answer(&acceptor, &long(300).records(1), step).1));
    }
    // Half a hello is waited for.
    assert_eq!(answer(&acceptor, &record(22, &message[..60]), 1), (Ok(()), vec![]));
}

#[test]
fn a_cpu_that_does_not_exist_answers_with_an_alert() {
    let acceptor = Acceptor::new(&identity()).unwrap().any_hello();
    let foreign = Hello { groups: Some(vec![0x11ec, X25519, 0x0019]), ..Hello::new() };
    let (result, out) = answer(&acceptor, &foreign.records(usize::MAX), 7);
    assert_eq!(result, Ok(()));
    assert!(is_server_hello(&out));
    let old = Hello { versions: None, ..Hello::new() };
    let (result, out) = answer(&acceptor, &old.records(usize::MAX), 7);
    assert_eq!(result, Err(TlsError::Offer("no TLS 1.3")));
    // Fatal, protocol_version.
    assert_eq!((out[0], &out[5..]), (21, &[2, 70][..]));
    let none = Hello { groups: Some(vec![0x0019]), ..Hello::new() };
    let (result, out) = answer(&acceptor, &none.records(usize::MAX), 7);
    assert!(matches!(result, Err(TlsError::Offer(_) | TlsError::Peer(_))), "{result:?}");
    assert_eq!(out[0], 21);
}

const X25519: u16 = 0x001d;
const P256: u16 = 0x0017;
const P384: u16 = 0x0018;

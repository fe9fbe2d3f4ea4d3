//! What key logs open: connections of this crate, recorded in memory.
mod common;

use common::{Folder, PLC, Way, assert_private, identity};
use hepta_proto::tap::Sender;
use hepta_tls::{
    Acceptor, Connector, Group, Hash, KeyLog, OpenError, Opener, Profile, Secrets, Suite, Tls, Trust, export,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;

/// What was recorded of one connection.
struct Recorded {
    said: Vec<(bool, Vec<u8>)>,
    log: String,
    up: Vec<u8>,
    down: Vec<u8>,
    exported: [u8; 32],
}

fn record(name: &str, profile: Profile, server_logs: bool) -> Recorded {
    let folder = Folder::new(name);
    let path = folder.path().join("keys.log");
    let log = KeyLog::append(&path).unwrap();
    assert_private(&path);
    let identity = identity();
    let mut acceptor = Acceptor::new(&identity).unwrap();
    let mut connector = Connector::new(profile, Trust::Pin(vec![identity.print()])).unwrap();
    if server_logs {
        acceptor = acceptor.key_log(log);
    } else {
        connector = connector.key_log(log);
    }
    let (mut client, mut plc) = (connector.start(PLC).unwrap(), acceptor.start().unwrap());
    let mut way = Way::default();
    assert_eq!(way.shake(&mut client, &mut plc, usize::MAX), (Ok(()), Ok(())));
    for round in 0..4u8 {
        client.send(&[round; 1500], &mut way.up).unwrap();
        client.refresh_keys(&mut way.up).unwrap();
        client.send(b"after", &mut way.up).unwrap();
        plc.send(&[0x80 | round; 700], &mut way.down).unwrap();
        if round % 2 == 1 {
            plc.refresh_keys(&mut way.down).unwrap();
        }
        assert_eq!(way.carry(&mut client, &mut plc, usize::MAX), (Ok(()), Ok(())));
    }
    client.close(&mut way.up);
    let _ = way.carry(&mut client, &mut plc, usize::MAX);
    let mut exported = [0; 32];
    plc.export(b"EXPERIMENTAL_OMS", None, &mut exported).unwrap();
    let log = std::fs::read_to_string(&path).unwrap();
    Recorded { said: way.said, log, up: way.plc, down: way.client, exported }
}

/// What an opener makes of it: what the client and the CPU said.
fn open(opener: &mut Opener, said: &[(bool, Vec<u8>)], step: usize) -> Result<(Vec<u8>, Vec<u8>), OpenError> {
    let (mut up, mut down) = (vec![], vec![]);
    for (is_up, octets) in said {
        for part in octets.chunks(step) {
            let (sender, plain) =
                if *is_up { (Sender::Client, &mut up) } else { (Sender::Server, &mut down) };
            opener.stream(sender, part, plain)?;
        }
    }
    Ok((up, down))
}

#[test]
fn a_key_log_opens_what_was_said() {
    let mut suites = vec![];
    for (name, suite, server_logs) in
        [("aes256", Suite::Aes256, false), ("aes128", Suite::Aes128, false), ("by-plc", Suite::Aes256, true)]
    {
        let profile = {
            let mut profile = Profile::siemens();
            profile.suites = vec![suite];
            profile
        };
        let recorded = record(name, profile, server_logs);
        assert_eq!((recorded.up.len(), recorded.down.len()), (4 * 1505, 4 * 700));
        for step in [1, 13, 1021, usize::MAX] {
            let mut opener = Opener::new(&recorded.log).unwrap();
            let (up, down) = open(&mut opener, &recorded.said, step).unwrap();
            assert!(up == recorded.up && down == recorded.down, "{name}, {step} at a time");
            assert!(opener.closed(Sender::Client) && !opener.closed(Sender::Server));
            let mut exported = [0; 32];
            opener.export(b"EXPERIMENTAL_OMS", b"", &mut exported).unwrap();
            assert_eq!(exported, recorded.exported);
        }
        suites.push(recorded.log.lines().next().unwrap().len());
    }
    // Secrets of SHA-384 are longer.
    assert!(suites[0] > suites[1]);
}

#[test]
fn a_second_hello_is_followed() {
    // A server that knows X25519 alone, where the client's share is for P-384.
    let mut provider = rustls::crypto::ring::default_provider();
    provider.kx_groups = vec![rustls::crypto::ring::kx_group::X25519];
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let mut server = rustls::ServerConnection::new(config.into()).unwrap();

    let folder = Folder::new("retry");
    let path = folder.path().join("keys.log");
    let mut profile = Profile::siemens();
    profile.groups = vec![Group::P384, Group::X25519];
    let connector = Connector::new(profile, Trust::Insecure).unwrap().key_log(KeyLog::append(&path).unwrap());
    let mut client = connector.start(PLC).unwrap();
    let (mut said, mut up, mut plain) = (vec![], vec![], vec![]);
    client.receive(&[], &mut plain, &mut up).unwrap();
    while !up.is_empty() {
        server.read_tls(&mut up.as_slice()).unwrap();
        server.process_new_packets().unwrap();
        let mut down = vec![];
        while server.wants_write() {
            server.write_tls(&mut down).unwrap();
        }
        said.push((true, core::mem::take(&mut up)));
        client.receive(&down, &mut plain, &mut up).unwrap();
        said.push((false, down));
    }
    client.send(b"after two hellos", &mut up).unwrap();
    said.push((true, up));
    let mut hellos = 0;
    for (_, said) in said.iter().filter(|(up, _)| *up) {
        let lengths = common::records(said).into_iter();
        let starts = lengths.scan(0, |at, n| Some(core::mem::replace(at, *at + n)));
        hellos += starts.filter(|&at| said[at] == 22).count();
    }
    assert_eq!(hellos, 2);
    let log = std::fs::read_to_string(&path).unwrap();
    let (up, _) = open(&mut Opener::new(&log).unwrap(), &said, 7).unwrap();
    assert_eq!(up, b"after two hellos");
}

#[test]
fn secrets_of_the_handshake_may_be_missing() {
    let recorded = record("traffic", Profile::siemens(), false);
    let without = |what: &str| -> String {
        let lines: Vec<&str> = recorded.log.lines().filter(|line| !line.contains(what)).collect();
        lines.join("\n")
    };
    let mut opener = Opener::new(&without("HANDSHAKE")).unwrap();
    let (up, down) = open(&mut opener, &recorded.said, 99).unwrap();
    assert!(up == recorded.up && down == recorded.down);

    let fails = |log: &str| open(&mut Opener::new(log).unwrap(), &recorded.said, 99).unwrap_err();
    assert_eq!(fails(&without("SERVER_TRAFFIC")), OpenError::Missing("SERVER_TRAFFIC_SECRET_0"));
    assert_eq!(fails(&without("CLIENT_")), OpenError::Missing("CLIENT_TRAFFIC_SECRET_0"));
    let mut opener = Opener::new(&without("EXPORTER")).unwrap();
    open(&mut opener, &recorded.said, 99).unwrap();
    assert_eq!(opener.export(b"x", b"", &mut [0; 32]), Err(OpenError::Missing("EXPORTER_SECRET")));
}

#[test]
fn what_does_not_open_is_said_clearly() {
    let recorded = record("errors", Profile::siemens(), false);
    let other = record("other", Profile::siemens(), false);
    // Keys of another connection; and of both.
    let error = open(&mut Opener::new(&other.log).unwrap(), &recorded.said, 50).unwrap_err();
    let random = recorded.log.split_ascii_whitespace().nth(1).unwrap();
    assert!(matches!(error, OpenError::Unknown(_)) && error.to_string().contains(random), "{error}");
    let both = Arc::new(Secrets::read(&format!("# ours\n\n{}{}", other.log, recorded.log)).unwrap());
    assert_eq!(both.len(), 2);
    for one in [&recorded, &other] {
        let (up, _) = open(&mut Opener::with(Arc::clone(&both)), &one.said, 50).unwrap();
        assert!(up == one.up);
    }
    // A capture that begins late.
    let late = open(&mut Opener::with(Arc::clone(&both)), &recorded.said[recorded.said.len() / 2..], 50);
    assert_eq!(late.unwrap_err(), OpenError::NoHello);
    // An octet that was touched; it stays so.
    let mut touched = recorded.said.clone();
    let last = touched.iter_mut().rfind(|(up, said)| !up && said.len() > 700).unwrap();
    *last.1.last_mut().unwrap() ^= 1;
    let mut opener = Opener::with(Arc::clone(&both));
    let error = open(&mut opener, &touched, 50).unwrap_err();
    assert!(matches!(error, OpenError::Sealed { sender: Sender::Server, .. }), "{error}");
    assert_eq!(opener.stream(Sender::Client, &[23], &mut vec![]), Err(error));
    // No TLS, or another one.
    let mut opener = Opener::with(Arc::clone(&both));
    let error = opener.stream(Sender::Client, b"\x72\x01\x00\x12\x31", &mut vec![]).unwrap_err();
    assert!(matches!(error, OpenError::Malformed(_)), "{error}");
    let hello = recorded.said.iter().find(|(up, _)| !up).map(|(_, said)| said.clone()).unwrap();
    let mut older = hello.clone();
    // The suite stands behind header, type, version, random and session id.
    older[5 + 4 + 2 + 32 + 33] = 0xc0;
    let mut opener = Opener::with(both);
    assert_eq!(opener.stream(Sender::Server, &older, &mut vec![]), Err(OpenError::Version));

    for (line, bad) in
        [(1, "CLIENT_RANDOM"), (2, "# ok\nA 00 0g"), (3, "\n\nCLIENT_TRAFFIC_SECRET_0 00 00"), (1, "A 0 0")]
    {
        assert_eq!(Opener::new(bad).unwrap_err(), OpenError::Line(line), "{bad}");
    }
    // Those of TLS 1.2 name something else, and do no harm.
    assert!(Secrets::read("RSA 0011223344556677 00").unwrap().is_empty());
}

#[test]
fn no_secret_is_shown() {
    let recorded = record("debug", Profile::siemens(), false);
    let secret = recorded.log.split_ascii_whitespace().nth(2).unwrap();
    let mut opener = Opener::new(&recorded.log).unwrap();
    open(&mut opener, &recorded.said, 50).unwrap();
    let secrets = Secrets::read(&recorded.log).unwrap();
    for shown in [format!("{opener:?}"), format!("{secrets:?}")] {
        assert!(shown.len() < 200 && !shown.contains(&secret[..8]), "{shown}");
    }
}

#[test]
fn the_exporter_is_that_of_the_published_values() {
    let text = include_str!("data/exporter.json");
    let all: serde_json::Value = serde_json::from_str(text).unwrap();
    let all = all["oms_exporter_tls13"].as_array().unwrap();
    assert_eq!(all.len(), 20);
    let hex = |value: &serde_json::Value| -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    for one in all {
        let hash = match one["hash"].as_str().unwrap() {
            "sha256" => Hash::Sha256,
            "sha384" => Hash::Sha384,
            other => panic!("{other}"),
        };
        let mut secret = [0; 32];
        export(hash, &hex(&one["exporter_master_secret"]), b"EXPERIMENTAL_OMS", b"", &mut secret).unwrap();
        assert_eq!(secret.as_slice(), hex(&one["oms_secret"]));
    }
    assert_eq!(export(Hash::Sha256, &[0; 32], &[b'x'; 256], b"", &mut [0; 32]), None);
    assert_eq!(export(Hash::Sha256, &[0; 32], b"x", b"", &mut vec![0; 255 * 32 + 1]), None);
}

//! The seam over OpenSSL: against rustls, and against servers as rustls would never speak to.
#![cfg(feature = "openssl")]
mod common;

use common::{Folder, PLC, Way, identity, records};
use hepta_proto::tap::Sender;
use hepta_tls::openssl::Connector;
use hepta_tls::{Acceptor, KeyLog, Opener, Profile, Tls, TlsError, Trust, print};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslStream, SslVersion};
use openssl::x509::{X509, X509Name};
use std::io::{self, Read, Write};

#[test]
fn openssl_and_rustls_are_two_ends_of_one_seam() {
    let identity = identity();
    let folder = Folder::new("openssl");
    let path = folder.path().join("keys");
    let log = KeyLog::append(&path).unwrap();
    let connector =
        Connector::with_key_log(&Profile::siemens(), Trust::Pin(vec![identity.print()]), log).unwrap();
    let acceptor = Acceptor::new(&identity).unwrap();
    for step in [1, 7, usize::MAX] {
        let (mut client, mut plc) = (connector.start(PLC).unwrap(), acceptor.start().unwrap());
        let mut way = Way::default();
        // The hello is one that a CPU takes.
        assert_eq!(way.shake(&mut client, &mut plc, step), (Ok(()), Ok(())));
        assert!(client.ready() && plc.ready());
        assert_eq!(
            (client.print(), client.suite()),
            (Some(identity.print()), Some("TLS_AES_256_GCM_SHA384"))
        );
        let (mut a, mut b) = ([0; 32], [1; 32]);
        client.export(b"EXPERIMENTAL_OMS", None, &mut a).unwrap();
        plc.export(b"EXPERIMENTAL_OMS", None, &mut b).unwrap();
        assert_eq!(a, b);
        let octets: Vec<u8> = (0..100_000u32).map(|i| i.to_le_bytes()[1]).collect();
        client.send(&octets, &mut way.up).unwrap();
        let most = client.fits(1021);
        assert_eq!((most, records(&way.up)[0]), (999, 1021));
        plc.send(&octets, &mut way.down).unwrap();
        assert_eq!(way.carry(&mut client, &mut plc, step), (Ok(()), Ok(())));
        assert!(way.plc == octets && way.client == octets);

        let mut opener = Opener::new(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let (mut up, mut down) = (vec![], vec![]);
        for (is_up, said) in &way.said {
            let (sender, plain) =
                if *is_up { (Sender::Client, &mut up) } else { (Sender::Server, &mut down) };
            opener.stream(sender, said, plain).unwrap();
        }
        assert!(up == octets && down == octets);

        plc.close(&mut way.down);
        assert_eq!(way.carry(&mut client, &mut plc, step).0, Err(TlsError::Closed));
        assert_eq!(client.send(b"x", &mut vec![]), Err(TlsError::Closed));
    }
}

#[test]
fn trust_is_the_same() {
    let (identity, other) = (identity(), identity());
    for (trust, error) in [
        (Trust::default(), TlsError::Unknown(identity.print())),
        (
            Trust::Pin(vec![other.print()]),
            TlsError::Changed { known: other.print(), shown: identity.print() },
        ),
    ] {
        let connector = Connector::new(&Profile::siemens(), trust).unwrap();
        let mut client = connector.start(PLC).unwrap();
        let mut plc = Acceptor::new(&identity).unwrap().start().unwrap();
        let (ours, _) = Way::default().shake(&mut client, &mut plc, 9);
        assert_eq!(ours, Err(error.clone()));
        assert!(!client.ready());
        assert_eq!(client.peer_certificate().as_deref(), Some(identity.certificate()));
        assert_eq!(client.send(b"x", &mut vec![]), Err(error));
    }
}

/// A device of the old kind: its own key and certificate, TLS 1.2 with this suite.
struct Old(SslStream<Pipe>);

#[derive(Default)]
struct Pipe(Vec<u8>, Vec<u8>);

impl Read for Pipe {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let n = room.len().min(self.0.len());
        if n == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        room[..n].copy_from_slice(&self.0[..n]);
        self.0.drain(..n);
        Ok(n)
    }
}

impl Write for Pipe {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.1.write(octets)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn device(bits: u32) -> (X509, PKey<Private>) {
    let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "old").unwrap();
    let name = name.build();
    // Version 1, expired.
    let mut builder = X509::builder().unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(1_000_000).unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

#[test]
fn old_devices_are_served() {
    for (suite, bits) in [
        ("AES128-GCM-SHA256", 2048),
        ("AES256-SHA256", 2048),
        ("AES128-SHA", 1024),
        ("ECDHE-RSA-AES256-SHA384", 1024),
        ("ECDHE-RSA-AES128-GCM-SHA256", 2048),
    ] {
        let (certificate, key) = device(bits);
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        context.set_security_level(0);
        context.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
        context.set_cipher_list(&format!("{suite}:@SECLEVEL=0")).unwrap();
        context.set_certificate(&certificate).unwrap();
        context.set_private_key(&key).unwrap();
        let ssl = Ssl::new(&context.build()).unwrap();
        let mut plc = Old(SslStream::new(ssl, Pipe::default()).unwrap());

        let pin = print(&certificate.to_der().unwrap());
        let connector = Connector::new(&Profile::siemens(), Trust::Pin(vec![pin])).unwrap();
        let mut client = connector.start(PLC).unwrap();
        let (mut plain, mut up) = (vec![], vec![]);
        client.receive(&[], &mut plain, &mut up).unwrap();
        for _ in 0..4 {
            plc.0.get_mut().0.append(&mut up);
            if let Err(error) = plc.0.accept() {
                assert_eq!(error.code(), ErrorCode::WANT_READ, "{suite}: {error}");
            }
            for part in core::mem::take(&mut plc.0.get_mut().1).chunks(11) {
                client.receive(part, &mut plain, &mut up).unwrap();
            }
        }
        assert!(client.ready(), "{suite}");
        assert_eq!((client.suite(), client.print()), (Some(suite), Some(pin)));
        // A full frame is one record, which fits.
        for room in [128, 509, 1021] {
            let most = client.fits(room);
            assert!(most > 0);
            client.send(&vec![5; most], &mut up).unwrap();
            assert!(
                matches!(records(&up)[..], [length] if length <= room),
                "{suite} {room} {:?}",
                records(&up)
            );
            plc.0.get_mut().0.append(&mut up);
            let mut heard = vec![0; most];
            plc.0.read_exact(&mut heard).unwrap();
            assert_eq!(heard, vec![5; most]);
        }
        plc.0.write_all(b"from the old days").unwrap();
        let answer = core::mem::take(&mut plc.0.get_mut().1);
        client.receive(&answer, &mut plain, &mut up).unwrap();
        assert_eq!(plain, b"from the old days");
        // In TLS 1.2 no context and an empty one differ.
        let (mut none, mut empty, mut theirs) = ([0; 32], [0; 32], [0; 32]);
        client.export(b"EXPERIMENTAL_OMS", None, &mut none).unwrap();
        client.export(b"EXPERIMENTAL_OMS", Some(b""), &mut empty).unwrap();
        plc.0.ssl().export_keying_material(&mut theirs, "EXPERIMENTAL_OMS", None).unwrap();
        assert!(none == theirs && none != empty, "{suite}");
    }
}

#[test]
fn what_is_no_tls_ends_it() {
    let connector = Connector::new(&Profile::siemens(), Trust::Insecure).unwrap();
    let mut client = connector.start(PLC).unwrap();
    let (mut plain, mut out) = (vec![], vec![]);
    client.receive(&[], &mut plain, &mut out).unwrap();
    assert_eq!(client.receive(&[21, 3, 3, 0, 2, 2, 40], &mut plain, &mut out), Err(TlsError::Alert(40)));
    let mut client = connector.start(PLC).unwrap();
    client.receive(&[], &mut plain, &mut out).unwrap();
    assert!(matches!(
        client.receive(b"\x72\x01\x00\x12 and more", &mut plain, &mut out),
        Err(TlsError::Peer(_))
    ));
    assert!(plain.is_empty());
    assert!(matches!(connector.start_within(PLC, 127), Err(TlsError::Local(_))));
}

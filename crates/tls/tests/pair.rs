//! Both ends against each other, in memory.
mod common;

use common::{PLC, Way, identity, pair, records};
use hepta_tls::{Acceptor, Connector, Group, Profile, Tls, TlsError, Trust};

#[test]
fn octets_come_back_however_they_are_cut() {
    for step in [1, 7, 13, usize::MAX] {
        let (mut client, mut plc, mut way) = pair(step);
        let octets: Vec<u8> = (0..100_000u32).map(|i| i.to_le_bytes()[(i % 3) as usize]).collect();
        client.send(&octets, &mut way.up).unwrap();
        assert_eq!(way.carry(&mut client, &mut plc, step), (Ok(()), Ok(())));
        assert!(way.plc == octets, "fed {step} at a time");
        plc.send(&way.plc, &mut way.down).unwrap();
        assert_eq!(way.carry(&mut client, &mut plc, step), (Ok(()), Ok(())));
        assert!(way.client == octets, "fed {step} at a time");
    }
}

#[test]
fn a_frame_is_one_record_and_a_record_fills_its_unit() {
    let identity = identity();
    let acceptor = Acceptor::new(&identity).unwrap();
    let connector = Connector::new(Profile::siemens(), Trust::Pin(vec![identity.print()])).unwrap();
    for room in [125, 253, 509, 1021, 2045, 8189] {
        let mut client = connector.start_within(PLC, room).unwrap();
        let mut plc = acceptor.start_within(room).unwrap();
        let mut way = Way::default();
        assert_eq!(way.shake(&mut client, &mut plc, usize::MAX), (Ok(()), Ok(())));
        // Certificate and hello come in pieces, too.
        for (up, said) in &way.said {
            assert!(records(said).iter().all(|&n| n <= room), "{room}: {up} {:?}", records(said));
        }
        for end in [&mut client, &mut plc] {
            let most = end.fits(room);
            assert_eq!(most, (room - 22).min(4096));
            let mut out = vec![];
            end.send(&vec![7; most], &mut out).unwrap();
            assert_eq!(records(&out), [most + 22], "{room}");
            out.clear();
            end.send(&[7], &mut out).unwrap();
            assert_eq!(records(&out), [23]);
            out.clear();
            end.send(&vec![7; 3 * most + 1], &mut out).unwrap();
            assert_eq!(records(&out), [most + 22, most + 22, most + 22, 23], "{room}");
            // A room that is smaller for once.
            assert_eq!((end.fits(100), end.fits(22), end.fits(0)), (78, 0, 0));
        }
    }
    assert!(matches!(connector.start_within(PLC, 48), Err(TlsError::Local(_))));
    assert!(matches!(acceptor.start_within(48), Err(TlsError::Local(_))));
    assert!(connector.start_within(PLC, 49).is_ok());
}

#[test]
fn both_ends_export_the_same() {
    let (client, plc, _) = pair(usize::MAX);
    let mut seen = vec![];
    for (label, context) in [
        (&b"EXPERIMENTAL_OMS"[..], None),
        (b"EXPERIMENTAL_OMS", Some(&b"context"[..])),
        (b"EXPORTER_OTHER", None),
    ] {
        let (mut a, mut b) = ([0; 32], [1; 32]);
        client.export(label, context, &mut a).unwrap();
        plc.export(label, context, &mut b).unwrap();
        assert_eq!(a, b);
        assert!(!seen.contains(&a));
        seen.push(a);
    }
    // In TLS 1.3 no context is an empty one.
    let mut empty = [0; 32];
    client.export(b"EXPERIMENTAL_OMS", Some(b""), &mut empty).unwrap();
    assert_eq!(empty, seen[0]);
    assert!(matches!(client.export(b"x", None, &mut vec![0; 255 * 48 + 1]), Err(TlsError::Local(_))));
}

#[test]
fn nothing_is_said_or_exported_before_the_handshake_is_over() {
    let identity = identity();
    let mut client = Connector::new(Profile::siemens(), Trust::Insecure).unwrap().start(PLC).unwrap();
    let mut plc = Acceptor::new(&identity).unwrap().start().unwrap();
    let mut out = vec![];
    for end in [&mut client, &mut plc] {
        assert!(matches!(end.send(b"early", &mut out), Err(TlsError::Local(_))));
        assert!(matches!(end.export(b"x", None, &mut [0; 32]), Err(TlsError::Local(_))));
        assert!(!end.ready() && end.print().is_none() && out.is_empty());
    }
    // It did no harm.
    assert_eq!(Way::default().shake(&mut client, &mut plc, 11), (Ok(()), Ok(())));
    assert_eq!(client.print(), Some(identity.print()));
    assert_eq!(client.peer_certificate().as_deref(), Some(identity.certificate()));
    assert_eq!(plc.print(), None);
}

#[test]
fn what_was_said_before_the_end_is_heard() {
    let (mut client, mut plc, mut way) = pair(usize::MAX);
    plc.send(b"last words", &mut way.down).unwrap();
    plc.close(&mut way.down);
    plc.close(&mut way.down);
    let ended = way.down.clone();
    assert_eq!(way.carry(&mut client, &mut plc, 5).0, Err(TlsError::Closed));
    assert_eq!(way.client, b"last words");
    assert_eq!(records(&ended).len(), 2);
    for end in [&mut client, &mut plc] {
        let mut out = vec![];
        assert_eq!(end.send(b"more", &mut out), Err(TlsError::Closed));
        assert_eq!(end.receive(b"more", &mut vec![], &mut out), Err(TlsError::Closed));
        assert!(out.is_empty());
    }
}

#[test]
fn a_record_that_was_touched_ends_it() {
    let (mut client, mut plc, mut way) = pair(usize::MAX);
    client.send(b"order", &mut way.up).unwrap();
    *way.up.last_mut().unwrap() ^= 1;
    let ends = way.carry(&mut client, &mut plc, usize::MAX);
    assert_eq!(ends.1, Err(TlsError::Peer("a record that the keys do not open")));
    // The client is told: alert 20, bad_record_mac.
    assert_eq!(ends.0, Err(TlsError::Alert(20)));
    assert!(way.plc.is_empty());
    assert_eq!(plc.send(b"x", &mut vec![]), Err(TlsError::Peer("a record that the keys do not open")));
}

#[test]
fn keys_change_on_the_way() {
    let (mut client, mut plc, mut way) = pair(usize::MAX);
    for round in 0..5u8 {
        client.refresh_keys(&mut way.up).unwrap();
        client.send(&[round; 300], &mut way.up).unwrap();
        plc.refresh_keys(&mut way.down).unwrap();
        plc.send(&[round; 300], &mut way.down).unwrap();
        assert_eq!(way.carry(&mut client, &mut plc, 13), (Ok(()), Ok(())));
    }
    assert_eq!((way.plc.len(), &way.plc), (1500, &way.client));
}

#[test]
fn the_hello_is_the_one_that_cpus_take() {
    let connector = Connector::new(Profile::siemens(), Trust::default()).unwrap();
    let mut hello = vec![];
    connector.start(PLC).unwrap().receive(&[], &mut vec![], &mut hello).unwrap();
    assert_eq!(records(&hello).len(), 1);
    let body = &hello[9..];
    hepta_tls::hello::judge(body).unwrap();
    let mut extensions = extensions(body);
    // Any order; no server name (0), no tickets (35, 41, 42, 44), no ALPN (16).
    extensions.sort_by_key(|(kind, _)| *kind);
    let kinds: Vec<u16> = extensions.iter().map(|(kind, _)| *kind).collect();
    assert!(kinds.iter().all(|kind| ![0, 16, 35, 41, 42, 44].contains(kind)), "{kinds:?}");
    let of = |kind: u16| &extensions.iter().find(|(k, _)| *k == kind).unwrap().1;
    assert_eq!(of(10), &[0, 2, 0, 0x1d]);
    assert_eq!(of(43), &[2, 3, 4]);
    assert_eq!(
        of(13),
        &[0, 16, 4, 3, 5, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1],
        "ECDSA, PSS and PKCS#1; no Ed25519 (0807)"
    );
    // The session id is 32 octets, for old boxes in between; then the suites.
    assert_eq!(body[34], 32);
    let suites = &body[35 + 32..];
    assert!(suites.starts_with(&[0, 4, 0x13, 0x02, 0x13, 0x01]), "{:02x?}", &suites[..8]);
}

#[test]
fn a_profile_offers_what_it_says_or_is_refused() {
    let identity = identity();
    let acceptor = Acceptor::new(&identity).unwrap();
    let mut profile = Profile::siemens();
    profile.groups = vec![Group::P384, Group::X25519];
    let connector = Connector::new(profile.clone(), Trust::Insecure).unwrap();
    let (mut client, mut plc) = (connector.start(PLC).unwrap(), acceptor.start().unwrap());
    assert_eq!(Way::default().shake(&mut client, &mut plc, 9), (Ok(()), Ok(())));
    // P-256 alone is what a CPU resets.
    profile.groups = vec![Group::P256];
    let connector = Connector::new(profile.clone(), Trust::Insecure).unwrap();
    let mut way = Way::default();
    let ends = way.shake(&mut connector.start(PLC).unwrap(), &mut acceptor.start().unwrap(), 9);
    assert!(matches!(ends, (Ok(()), Err(TlsError::Offer(_)))), "{ends:?}");
    // A CPU that does not exist takes it.
    let mut plc = acceptor.clone().any_hello().start().unwrap();
    assert_eq!(Way::default().shake(&mut connector.start(PLC).unwrap(), &mut plc, 9), (Ok(()), Ok(())));
    profile.groups.clear();
    assert!(Connector::new(profile.clone(), Trust::Insecure).is_err());
    profile.suites.clear();
    assert!(Connector::new(profile, Trust::Insecure).is_err());
}

fn extensions(body: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut r = hepta_proto::wire::Reader::new(body);
    r.take(34, "").unwrap();
    let n = r.u8("").unwrap();
    r.take(n.into(), "").unwrap();
    let n = r.u16("").unwrap();
    r.take(n.into(), "").unwrap();
    let n = r.u8("").unwrap();
    r.take(n.into(), "").unwrap();
    let n = r.u16("").unwrap();
    assert_eq!(usize::from(n), r.left());
    let mut all = vec![];
    while r.left() > 0 {
        let kind = r.u16("").unwrap();
        let n = r.u16("").unwrap();
        all.push((kind, r.take(n.into(), "").unwrap().to_vec()));
    }
    all
}

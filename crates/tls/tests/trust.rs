//! Whom a client takes for the CPU.
mod common;

use common::{Folder, PLC, Way, identity};
use hepta_tls::{
    Acceptor, Authorities, Connector, Identity, Print, Profile, Store, Tls, TlsError, Trust, describe, print,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// The handshake of a client that trusts so, with a CPU of this identity.
fn meet(trust: &Trust, identity: &Identity, endpoint: &str) -> Result<(), TlsError> {
    let connector = Connector::new(Profile::siemens(), trust.clone()).unwrap();
    let mut client = connector.start(endpoint).unwrap();
    let mut plc = Acceptor::new(identity).unwrap().start().unwrap();
    let (ours, theirs) = Way::default().shake(&mut client, &mut plc, 17);
    assert_eq!(ours.is_ok(), client.ready());
    // Refused or not, it can be shown.
    assert_eq!(client.print(), Some(identity.print()));
    if ours.is_ok() {
        assert_eq!(connector.refused(), None);
    } else {
        let refused = connector.refused().unwrap();
        assert_eq!((refused.endpoint.as_str(), refused.der.as_slice()), (endpoint, identity.certificate()));
        // The CPU is told.
        assert!(matches!(theirs, Err(TlsError::Alert(_))), "{theirs:?}");
    }
    ours
}

#[test]
fn nobody_is_trusted_by_default() {
    let plc = identity();
    let error = meet(&Trust::default(), &plc, PLC).unwrap_err();
    assert_eq!(error, TlsError::Unknown(plc.print()));
    assert!(error.to_string().contains(&plc.print().to_string()));
    assert!(error.hint().unwrap().contains("pin it"));
    assert_eq!(meet(&Trust::Pin(vec![]), &plc, PLC), Err(TlsError::Unknown(plc.print())));
    assert_eq!(meet(&Trust::Insecure, &plc, PLC), Ok(()));
}

#[test]
fn a_pin_takes_its_certificate_and_no_other() {
    let (plc, other, third) = (identity(), identity(), identity());
    assert_eq!(meet(&Trust::Pin(vec![plc.print()]), &plc, PLC), Ok(()));
    assert_eq!(meet(&Trust::Pin(vec![other.print(), plc.print()]), &plc, PLC), Ok(()));
    let error = meet(&Trust::Pin(vec![other.print(), third.print()]), &plc, PLC).unwrap_err();
    assert_eq!(error, TlsError::Changed { known: other.print(), shown: plc.print() });
    let said = error.to_string();
    assert!(said.contains(&other.print().to_string()) && said.contains(&plc.print().to_string()), "{said}");
}

#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesServerCert for Thief {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// What a client says to one who shows the certificate of `victim` without its key.
fn meet_thief(trust: Trust, victim: &Identity) -> Result<(), TlsError> {
    let key = KeyPair::generate().unwrap();
    let key = any_supported_type(&PrivateKeyDer::try_from(key.serialize_der()).unwrap()).unwrap();
    let shown = vec![victim.certificate().to_vec().into()];
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Thief(Arc::new(CertifiedKey::new(shown, key)))));
    let mut thief = rustls::ServerConnection::new(config.into()).unwrap();
    let mut client = Connector::new(Profile::siemens(), trust).unwrap().start(PLC).unwrap();
    let (mut up, mut down, mut plain) = (vec![], vec![], vec![]);
    client.receive(&[], &mut plain, &mut up).unwrap();
    thief.read_tls(&mut up.as_slice()).unwrap();
    thief.process_new_packets().unwrap();
    while thief.wants_write() {
        thief.write_tls(&mut down).unwrap();
    }
    client.receive(&down, &mut plain, &mut up)
}

#[test]
fn a_certificate_without_its_key_is_nothing() {
    let folder = Folder::new("thief");
    let path = folder.path().join("known");
    let victim = identity();
    for trust in [
        Trust::Pin(vec![victim.print()]),
        Trust::first_use(&path).unwrap(),
        Trust::default(),
        Trust::Ca(Authorities::der([victim.certificate()]).unwrap().any_name()),
    ] {
        let error = meet_thief(trust.clone(), &victim).unwrap_err();
        assert!(matches!(error, TlsError::Certificate(why) if why.contains("key")), "{trust:?}: {error:?}");
    }
    // Least of all is it remembered.
    assert!(!path.exists());
    // This is what insecure means.
    assert_eq!(meet_thief(Trust::Insecure, &victim), Ok(()));
}

#[test]
fn the_first_certificate_is_kept_and_another_is_refused() {
    let folder = Folder::new("first");
    let path = folder.path().join("deep/er/known");
    let (plc, other) = (identity(), identity());
    let trust = Trust::first_use(&path).unwrap();
    assert_eq!(meet(&trust, &plc, PLC), Ok(()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{PLC} {}\n", plc.print()));
    common::assert_private(&path);
    let changed = Err(TlsError::Changed { known: plc.print(), shown: other.print() });
    // The same handle, another one, and one that was there before.
    for trust in [trust, Trust::first_use(&path).unwrap(), Trust::Known(Some(Store::open(&path).unwrap()))] {
        assert_eq!(meet(&trust, &plc, PLC), Ok(()));
        assert_eq!(meet(&trust, &other, PLC), changed);
    }
    // Another port is another CPU.
    assert_eq!(meet(&Trust::first_use(&path).unwrap(), &other, "192.168.0.1:1102"), Ok(()));
    // Who looked says yes.
    let store = Store::open(&path).unwrap();
    let known = Trust::Known(Some(store.clone()));
    assert_eq!(meet(&known, &plc, "plc:102"), Err(TlsError::Unknown(plc.print())));
    Store::open(&path).unwrap().accept("PLC:102", plc.print()).unwrap();
    assert_eq!(meet(&known, &plc, "plc:102"), Ok(()));
    store.accept(PLC, other.print()).unwrap();
    assert_eq!(meet(&known, &other, PLC), Ok(()));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
}

#[test]
fn a_store_that_cannot_be_read_is_no_empty_one() {
    let folder = Folder::new("unreadable");
    let path = folder.path().join("known");
    let store = Store::open(&path).unwrap();
    std::fs::write(&path, "garbage\n").unwrap();
    let plc = identity();
    for trust in [Trust::FirstUse(store.clone()), Trust::Known(Some(store))] {
        assert!(matches!(meet(&trust, &plc, PLC), Err(TlsError::Local(why)) if why.contains("line")));
    }
    assert!(Trust::first_use(&path).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "garbage\n");
}

/// A device certificate signed by `issuer`, with what `change` does to it.
fn signed(issuer: Option<&Issuer<'_, KeyPair>>, change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    change(&mut params);
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Identity::pem(&(certificate.pem() + &key.serialize_pem())).unwrap()
}

fn authority(name: &str) -> (Vec<u8>, String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.der().to_vec(), certificate.pem(), Issuer::new(params, key))
}

#[test]
fn an_authority_vouches_for_its_own_by_name_and_date() {
    let (der, pem, issuer) = authority("Project");
    let (stranger, _, other) = authority("Another");
    let (_, _, copy) = authority("Project");
    let trust = Trust::Ca(Authorities::der([der.as_slice()]).unwrap());
    let any_name = Trust::Ca(Authorities::pem(pem.as_bytes()).unwrap().any_name());
    let both = Trust::Ca(Authorities::der([stranger.as_slice(), &der]).unwrap());
    let name = |name: &str| CertificateParams::new([name.to_owned()]).unwrap();

    let plc = signed(Some(&issuer), |params| *params = name("192.168.0.1"));
    assert_eq!(meet(&trust, &plc, PLC), Ok(()));
    assert_eq!(meet(&both, &plc, PLC), Ok(()));
    assert_eq!(meet(&any_name, &plc, "10.0.0.1:102"), Ok(()));
    let says = |trust: &Trust, plc: &Identity, endpoint: &str, what: &str| match meet(trust, plc, endpoint) {
        Err(TlsError::Certificate(why)) => assert!(why.contains(what), "{why}"),
        other => panic!("{other:?}"),
    };
    says(&trust, &plc, "10.0.0.1:102", "another host");
    says(&trust, &plc, "no name:102", "no name");
    let named = signed(Some(&issuer), |params| *params = name("plc.lab"));
    assert_eq!(meet(&trust, &named, "plc.lab:102"), Ok(()));
    let six = signed(Some(&issuer), |params| *params = name("fd00::7"));
    assert_eq!(meet(&trust, &six, "[fd00::7]:102"), Ok(()));
    assert_eq!(meet(&trust, &six, "fd00::7"), Ok(()));

    says(&trust, &signed(Some(&other), |params| *params = name("192.168.0.1")), PLC, "signed");
    says(&trust, &signed(Some(&copy), |params| *params = name("192.168.0.1")), PLC, "of that name");
    says(&trust, &signed(None, |params| *params = name("192.168.0.1")), PLC, "signed");
    let expired = signed(Some(&issuer), |params| {
        *params = name("192.168.0.1");
        params.not_after = date_time_ymd(2001, 1, 1);
    });
    says(&trust, &expired, PLC, "expired");
    let early = signed(Some(&issuer), |params| {
        *params = name("192.168.0.1");
        params.not_before = date_time_ymd(2999, 1, 1);
    });
    says(&trust, &early, PLC, "not valid yet");
    // Without a socket, and with a clock of one's own.
    assert_eq!(trust.judge(&[expired.certificate()], PLC, 900_000_000), Ok(()));
    assert!(trust.judge(&[], PLC, 0).is_err());
    assert!(trust.judge(&[&[0x30, 0]], PLC, 0).is_err());

    assert!(Authorities::der([]).is_err());
    assert!(Authorities::der([&[1, 2, 3][..]]).is_err());
    assert!(Authorities::pem(b"none").is_err());
}

#[test]
fn a_pin_asks_for_neither_dates_nor_names_nor_purpose() {
    let old = signed(None, |params| {
        params.not_before = date_time_ymd(1970, 1, 2);
        params.not_after = date_time_ymd(1971, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.distinguished_name.push(DnType::CommonName, "PLC_1");
    });
    assert_eq!(meet(&Trust::Pin(vec![old.print()]), &old, "somebody else:102"), Ok(()));
    let folder = Folder::new("old");
    let trust = Trust::first_use(folder.path().join("known")).unwrap();
    for _ in 0..2 {
        assert_eq!(meet(&trust, &old, PLC), Ok(()));
    }
}

#[test]
fn a_certificate_is_shown_as_it_is_and_moves_no_cursor() {
    let plc = signed(None, |params| {
        *params =
            CertificateParams::new(["192.168.0.1".to_owned(), "fd00::7".into(), "plc.lab".into()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "PLC\u{1b}[2J_1");
        params.not_before = date_time_ymd(2020, 1, 1);
    });
    let shown = describe(plc.certificate()).unwrap();
    assert_eq!((shown.print, print(plc.certificate())), (plc.print(), plc.print()));
    assert_eq!(shown.names, ["192.168.0.1", "fd00::7", "plc.lab"]);
    assert!(shown.subject.contains("PLC\u{fffd}[2J_1"), "{}", shown.subject);
    assert!(shown.self_issued && shown.issuer == shown.subject);
    assert_eq!((shown.key.as_str(), shown.not_before), ("ECDSA P-256", 1_577_836_800));
    let text = shown.to_string();
    for part in ["issued by: itself", "192.168.0.1, fd00::7", "ECDSA P-256", &plc.print().to_string()] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    let (_, _, issuer) = authority("Project");
    let signed = signed(Some(&issuer), |_| {});
    assert!(describe(signed.certificate()).unwrap().to_string().contains("issued by: CN=Project"));
    // Cut, or with something behind.
    let der = plc.certificate();
    assert!((0..der.len()).all(|n| describe(&der[..n]).is_none()));
    assert_eq!(describe(&[der, &[0]].concat()), None);
}

#[test]
fn an_identity_is_kept_and_no_key_is_shown() {
    let folder = Folder::new("identity");
    let path = folder.path().join("state");
    let address = "192.168.0.1".parse().unwrap();
    let made = Identity::kept(&path, "PLC_1", &[address]).unwrap();
    let again = Identity::kept(&path, "another name", &[]).unwrap();
    assert_eq!(made.print(), again.print());
    common::assert_private(&path.join("device.pem"));
    let copy = std::fs::read_to_string(path.join("device.crt")).unwrap();
    assert_eq!(copy, made.certificate_pem());
    assert!(copy.contains("CERTIFICATE") && !copy.contains("PRIVATE"));
    assert_eq!(meet(&Trust::Ca(Authorities::pem(copy.as_bytes()).unwrap()), &again, PLC), Ok(()));
    let shown = describe(made.certificate()).unwrap();
    assert_eq!(
        (shown.subject.as_str(), shown.names.as_slice()),
        ("CN=PLC_1", &["192.168.0.1".to_owned()][..])
    );

    let secret = std::fs::read_to_string(path.join("device.pem")).unwrap();
    let line = secret.lines().skip_while(|line| !line.contains("PRIVATE")).nth(1).unwrap();
    let acceptor = Acceptor::new(&made).unwrap();
    for shown in [format!("{made:?}"), format!("{acceptor:?}"), format!("{:?}", acceptor.start().unwrap())] {
        assert!(!shown.contains(line) && shown.len() < 300, "{shown}");
    }

    let new = identity();
    new.save(&path).unwrap();
    assert_eq!(Identity::kept(&path, "PLC_1", &[]).unwrap().print(), new.print());
    std::fs::write(path.join("device.pem"), copy).unwrap();
    assert!(Identity::kept(&path, "PLC_1", &[]).is_err(), "no key, and it is not replaced in silence");
    for name in ["", "a\nb", &"x".repeat(65)] {
        assert!(Identity::generate(name, &[]).is_err(), "{name}");
    }
    // The certificate of one, the key of another.
    let mixed = new.certificate_pem() + &secret[secret.find("-----BEGIN PRIVATE").unwrap()..];
    assert!(Acceptor::new(&Identity::pem(&mixed).unwrap()).is_err());
}

#[test]
fn two_that_start_at_a_time_have_one_certificate() {
    let folder = Folder::new("race");
    let prints: Vec<Print> = std::thread::scope(|scope| {
        let start = || Identity::kept(folder.path(), "PLC_1", &[]).unwrap().print();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
}

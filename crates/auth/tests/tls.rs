//! Passwords inside TLS: the vectors of the specification, both ends, and what must not open.
use hepta_auth::legitimation::{Chain, Kind, Payload, sha1_open, sha1_response};
use hepta_auth::{Credential, EXPORTER_LABEL, Error, PasswordHash};
use hepta_proto::wire::{Reader, Wire};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256, Sha384};

mod common;
use common::{Row, group};

fn credential(row: &Row) -> Credential {
    Credential::user(row.text("username"), row.text("password"))
}

#[test]
fn sha1_of_the_vectors() {
    for row in group("legit_tls_legacy", 20) {
        let (challenge, credential) = (row.array("challenge"), Credential::password(row.text("password")));
        let response = sha1_response(&credential, &challenge).unwrap();
        assert_eq!(response, row.array("response"));
        // As it stands in the SetVariable behind its flags, type and count.
        assert!(row.text("set_variable_pdu").contains(&format!("100214{}", row.text("response"))));
        assert_eq!(sha1_open(&response, &challenge), credential.hash().unwrap());
        assert_ne!(sha1_open(&response, &challenge), PasswordHash::of("another"));
    }
    assert_eq!(sha1_response(&Credential::user("operator", "a"), &[0; 20]), Err(Error::User));
}

#[test]
fn payloads_of_the_vectors() {
    for row in group("legit_tls_payload", 20) {
        let (payload, mut out) = (Payload::of(&credential(&row)), vec![]);
        payload.write(&mut out);
        assert_eq!(out, row.octets("payload"));
        assert_eq!(payload.hash(), credential(&row).hash().ok());
        assert_eq!(Payload::read(&mut Reader::new(&out)), Ok(payload));
    }
}

#[test]
fn attempts_of_the_vectors() {
    for row in group("legit_tls_new", 20) {
        let (challenge, credential) = (row.array("challenge"), credential(&row));
        let (mut client, mut plc) =
            (Chain::new(row.array("oms_secret")), Chain::new(row.array("oms_secret")));
        for (expected, pdu) in row.list("responses").into_iter().zip(row.list("set_variable_pdus")) {
            let response = client.seal(&Payload::of(&credential), &challenge);
            assert_eq!(response, expected);
            assert!(pdu.windows(response.len()).any(|part| part == response));
            let payload = plc.open(&response, &challenge).unwrap();
            assert!(payload.is(&credential));
        }
    }
}

#[test]
fn a_payload_is_that_of_one_credential_alone() {
    let all = [
        Credential::password("a"),
        Credential::password("b"),
        Credential::user("a", "a"),
        Credential::user("a", "b"),
        Credential::user("b", "a"),
        Credential::password(""),
    ];
    for (i, given) in all.iter().enumerate() {
        for (k, known) in all.iter().enumerate() {
            assert_eq!(Payload::of(given).is(known), i == k, "{given:?} {known:?}");
        }
    }
    let mut odd = Payload::of(&all[0]);
    odd.kind = Kind(7);
    assert!(!odd.is(&all[0]));
}

/// The exporter of TLS 1.3 (RFC 8446, 7.1 and 7.5), by which a TLS library fills [`Chain::new`]: shows that the label is right.
#[test]
fn the_exporter_label_of_the_vectors() {
    type Expand = fn(&[u8], &[u8]) -> Vec<u8>;
    fn sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes().to_vec()
    }
    fn sha384(key: &[u8], data: &[u8]) -> Vec<u8> {
        Hmac::<Sha384>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes().to_vec()
    }
    for row in group("oms_exporter_tls13", 20) {
        let (mac, empty) = match row.text("hash") {
            "sha256" => (sha256 as Expand, Sha256::digest([]).to_vec()),
            "sha384" => (sha384 as Expand, Sha384::digest([]).to_vec()),
            other => panic!("{other}"),
        };
        // No output here is longer than one hash, so that one round of HKDF-Expand gives it.
        let expand = |secret: &[u8], label: &[u8], length: usize| {
            let label = [b"tls13 ", label].concat();
            let head = [0, u8::try_from(length).unwrap(), u8::try_from(label.len()).unwrap()];
            let hash = [u8::try_from(empty.len()).unwrap()];
            mac(secret, &[&head, &label[..], &hash, &empty, &[1]].concat())[..length].to_vec()
        };
        let inner = expand(&row.octets("exporter_master_secret"), EXPORTER_LABEL, empty.len());
        assert_eq!(expand(&inner, b"exporter", 32), row.octets("oms_secret"));
    }
}

#[test]
fn whatever_is_wrong_inside_is_one_error() {
    let (oms, challenge) = ([1; 32], [2; 20]);
    let response = Chain::new(oms).seal(&Payload::of(&Credential::user("operator", "secret")), &challenge);
    let open = |oms: [u8; 32], response: &[u8], challenge| Chain::new(oms).open(response, challenge);
    assert!(open(oms, &response, &challenge).is_ok());
    assert_eq!(open([3; 32], &response, &challenge), Err(Error::Sealed), "another key");
    assert_eq!(open(oms, &response, &[4; 20]), Err(Error::Sealed), "another challenge");
    let late = &mut Chain::new(oms);
    late.advance();
    assert_eq!(late.open(&response, &challenge), Err(Error::Sealed), "the key of another attempt");
    let cut = &response[..response.len() - 16];
    assert_eq!(open(oms, cut, &challenge), Err(Error::Sealed), "the padding cut off");
    assert_eq!(open(oms, &response[16..], &challenge), Err(Error::Sealed), "the start cut off");
    for length in [0, 1, 15, response.len() - 1] {
        assert!(matches!(open(oms, &response[..length], &challenge), Err(Error::Malformed(_))), "{length}");
    }
}

proptest! {
    #[test]
    fn what_the_client_seals_the_plc_opens(
        oms: [u8; 32], challenge: [u8; 20], user in ".{0,40}", password in ".{0,80}", attempts in 1_usize..4,
    ) {
        let credential = Credential::user(user, password);
        let (mut client, mut plc) = (Chain::new(oms), Chain::new(oms));
        for _ in 0..attempts {
            let response = client.seal(&Payload::of(&credential), &challenge);
            prop_assert!(plc.open(&response, &challenge).unwrap().is(&credential));
        }
    }

    #[test]
    fn any_octets_are_refused(oms: [u8; 32], challenge: [u8; 20], octets in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Chain::new(oms).open(&octets, &challenge).is_err());
    }

    #[test]
    fn any_payload_survives(kind: u32, user: Vec<u8>, password: Vec<u8>) {
        let (payload, mut out) = (Payload { kind: Kind(kind), user, password }, vec![]);
        payload.write(&mut out);
        let mut r = Reader::new(&out);
        prop_assert_eq!(Payload::read(&mut r), Ok(payload));
        prop_assert_eq!(r.left(), 0);
        for cut in 0..out.len() {
            prop_assert!(Payload::read(&mut Reader::new(&out[..cut])).is_err());
        }
    }
}

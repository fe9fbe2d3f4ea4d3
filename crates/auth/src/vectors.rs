//! The vectors of what is inside: each formula by itself, so that a wrong one is named.
use crate::curve::Abscissa;
use crate::key::{Family, KeyId, PublicKey};
use crate::pair::{KeyPair, Private};
use crate::stream::{next_counter, product};
use crate::transport::{Carried, kdf, mask, pre_key, seed_length, wrap_key};
use crate::{Catalogue, Chance, SessionKey, ecies, legacy, session};
use p256::AffinePoint;
use sha2::{Digest, Sha256};

#[path = "../tests/common/mod.rs"]
mod common;
use common::{Row, curve, group};

fn family(row: &Row) -> Family {
    Family(row.number("family").try_into().unwrap())
}

/// Of a row with the key's id.
fn known(row: &Row) -> PublicKey {
    let id = KeyId(u64::from_str_radix(row.text("key_id"), 16).unwrap());
    Catalogue::new().iter().find(|key| key.id() == id).unwrap()
}

fn chance(row: &Row) -> Chance {
    let mut scalar = [0; 32];
    scalar[..20].copy_from_slice(&row.octets("random2"));
    Chance { iv: row.array("iv"), scalar, filler: row.array("random1") }
}

#[test]
fn aes128_gcm_iv16() {
    for row in group("aes128_gcm_iv16", 20) {
        let (key, iv, mut text) = (row.array("key"), row.array("iv"), row.octets("plaintext"));
        let tag = ecies::gcm_seal(&key, &iv, &mut text);
        assert_eq!((&text, tag), (&row.octets("ciphertext"), row.array("tag")));
        ecies::gcm_open(&key, &iv, &mut text, &tag).unwrap();
        assert_eq!(text, row.octets("plaintext"));
    }
}

#[test]
fn p256_mul() {
    for row in group("p256_mul", 20) {
        let point = ecies::point(&row.array("point")).unwrap();
        let result = ecies::times(&point, &ecies::scalar(&row.array("scalar")));
        assert_eq!(result.map_or(vec![], Vec::from), row.octets("result"));
    }
}

#[test]
fn seed_kdf() {
    for row in group("seed_kdf", 20) {
        let (key, iv) = ecies::seed_kdf(&row.octets("shared_x"), &row.array("ephemeral"));
        let expected = row.octets("key_and_iv");
        assert_eq!((&key[..], &iv[..]), (&expected[..16], &expected[32..]));
    }
}

#[test]
fn seed03() {
    let mut opened = 0;
    for row in group("seed03", 20) {
        let (public, wrap) = (row.array("public_key"), row.array("wrap_key"));
        let seed = ecies::seal(&public, &wrap, &row.array("ephemeral_scalar")).unwrap();
        assert_eq!(seed, row.array("seed"));
        if !row.has("private_key") {
            continue;
        }
        opened += 1;
        let public = PublicKey::new(Family::Plcsim, &public).unwrap();
        let pair = KeyPair::new(public, &row.octets("private_key")).unwrap();
        let Private::P256(private) = pair.private() else { panic!("{pair:?}") };
        assert_eq!(ecies::open(private, &seed), Ok(wrap));
    }
    assert_eq!(opened, 10);
}

#[test]
fn wrap_key_and_legitimation_secret() {
    for row in group("wrap_key", 20) {
        assert_eq!(wrap_key(&row.array("secret")), row.array("wrap_key"));
    }
    for row in group("legitimation_secret", 20) {
        let session = SessionKey::from_octets(row.array("session_key"));
        assert_eq!(*legacy::legitimation_secret(&session), row.array("secret"));
    }
}

#[test]
fn blob_and_legit_header() {
    for row in group("blob_header", 20) {
        let (family, mut out) = (family(&row), vec![]);
        let key = PublicKey::new(family, &row.octets("public_key")).unwrap();
        let length = session::length(family).unwrap();
        session::put_header(family, KeyId::of(&row.array("master")), key.id(), length, &mut out);
        assert_eq!(out, row.octets("header"));
    }
    for row in group("legit_header", 20) {
        let (family, mut out) = (family(&row), vec![]);
        let key = PublicKey::new(family, &row.octets("public_key")).unwrap();
        legacy::put_header(&key, &row.array("secret"), seed_length(family).unwrap(), &mut out);
        assert_eq!(out, row.octets("header"));
    }
}

#[test]
fn f01_counter_and_gmul() {
    for row in group("f01_counter", 20) {
        assert_eq!(next_counter(u128::from_le_bytes(row.array("counter"))).to_le_bytes(), row.array("next"));
    }
    for row in group("f01_gmul", 20) {
        let [a, b] = ["a", "b"].map(|field| u128::from_le_bytes(row.array(field)));
        assert_eq!(product(a, b).to_le_bytes(), row.array("product"));
        assert_eq!(product(b, a), product(a, b));
    }
}

#[test]
fn seeds_and_keys_of_auth01_and_legit01() {
    for row in group("auth01", 20) {
        let (key, pre) = (known(&row), pre_key(&row.array("secret")));
        assert_eq!(format!("{:02}", key.family().0), row.text("family"));
        check_keys(&pre, &row.octets("keys48"));
        check_seed(&key, pre, &row);
    }
    for row in group("legit01", 20) {
        let session = SessionKey::from_octets(row.array("session_key"));
        let pre = pre_key(&legacy::legitimation_secret(&session));
        check_keys(&pre, &row.octets("keys48"));
        check_seed(&known(&row), pre, &row);
    }
}

fn check_keys(pre: &[u8; 20], expected: &[u8]) {
    let keys = kdf(pre);
    assert_eq!([keys.encryption, keys.tag, keys.factor].as_flattened(), expected);
}

fn check_seed(key: &PublicKey, pre: [u8; 20], row: &Row) {
    let mut seed = vec![];
    Carried::Short(pre).seal(key, &chance(row), &mut seed).unwrap();
    assert_eq!(seed, row.octets("seed"));
}

#[test]
fn keys_and_last_sum_of_the_curve() {
    for row in curve(48) {
        let (inside, out) = (row.sub("in"), row.sub("out"));
        let pre = pre_key(&inside.array("key1"));
        let keys = kdf(&pre);
        assert_eq!(keys.encryption, out.array("challenge_key"));
        assert_eq!(keys.tag, out.array("tag_key"));
        assert_eq!(keys.factor, out.array("lut_seed"));
        let blob = out.octets("blob");
        assert_eq!(keys.sum(&inside.array("iv"), &blob[124..164]), out.array("last_checksum"));
        // The table that other implementations keep is the products of the factor with 0 to 255.
        let factor = u128::from_le_bytes(keys.factor);
        let table: Vec<u8> = (0..256).flat_map(|j| product(j, factor).to_le_bytes()).collect();
        assert_eq!(<[u8; 32]>::from(Sha256::digest(table)), out.array("lut_sha256"));
    }
}

/// Both ends of families 00 and 01 have one abscissa in common, and another one hides the pre-key under other octets.
#[test]
fn both_ends_share_an_abscissa() {
    let (a, b) = ([3; 20], [0xfe; 20]);
    let [of_a, of_b] = [a, b].map(|scalar| Abscissa::GENERATOR.times(&scalar).unwrap());
    let shared = of_a.times(&b).unwrap().octets();
    assert_eq!(of_b.times(&a).unwrap().octets(), shared);
    assert_ne!(mask(&shared), mask(&of_a.octets()));
}

/// [`AffinePoint`]s that came as octets are checked: one bit off the curve is none.
#[test]
fn what_is_off_the_curve_is_no_point() {
    let mut octets = ecies::times(&AffinePoint::GENERATOR, &ecies::scalar(&[7; 32])).unwrap();
    assert!(ecies::point(&octets).is_some());
    octets[63] ^= 1;
    assert!(ecies::point(&octets).is_none());
    assert!(ecies::point(&[0; 64]).is_none());
    assert!(ecies::point(&[0xff; 64]).is_none());
}

//! Session keys and passwords without TLS: the vectors of the specification, both ends, and what must not open.
use hepta_auth::challenge::fingerprint;
use hepta_auth::key::{Family, Fingerprint, KeyId, PublicKey};
use hepta_auth::session::{Fresh, Protection, SecurityKey};
use hepta_auth::{Catalogue, Challenge, Chance, Error, KeyPair, PasswordHash, SessionKey};
use hepta_auth::{legacy, session};
use hepta_proto::wire::{Reader, Wire};
use proptest::prelude::*;

mod common;
use common::{Row, curve, group, unhex};

const FAMILIES: [Family; 3] = [Family::S71500, Family::S71200, Family::Plcsim];

fn known(id: u64) -> PublicKey {
    Catalogue::new().iter().find(|key| key.id() == KeyId(id)).unwrap_or_else(|| panic!("no key {id:016X}"))
}

/// Of families 00 and 01, whose scalars have twenty octets.
fn short_scalar(octets: &[u8]) -> [u8; 32] {
    let mut scalar = [0; 32];
    scalar[..20].copy_from_slice(octets);
    scalar
}

#[test]
fn ids_and_fingerprints_of_keys() {
    for row in group("key_id", 20) {
        assert_eq!(KeyId::of(&row.array("key")).octets(), row.array("key_id"));
    }
    for row in group("fingerprint_string", 28) {
        let family = Family(row.text("family").parse().unwrap());
        let key = PublicKey::new(family, &row.octets("public_key")).unwrap();
        assert_eq!(key.to_string(), row.text("fingerprint"));
        assert_eq!(key.id().octets(), row.array("key_id"));
        assert_eq!(Fingerprint::parse(row.text("fingerprint")), Ok(key.fingerprint()));
        assert!(Catalogue::new().iter().any(|one| one == key));
    }
}

#[test]
fn fingerprints_of_challenges_and_session_keys() {
    for row in
        ["challenge_fingerprint", "challenge_fingerprint_last_table_entry"].iter().flat_map(|g| group(g, 20))
    {
        assert_eq!(fingerprint(&row.array("challenge")), row.array("fingerprint"));
    }
    for row in group("session_key", 20) {
        let key = session::session_key(&row.array("master"), &row.array("challenge"));
        assert_eq!(key.octets(), &row.array("session_key"));
    }
}

#[test]
fn family_03_both_ends() {
    let mut opened = 0;
    for row in group("auth03", 20) {
        let key = PublicKey::new(Family::Plcsim, &row.octets("public_key")).unwrap();
        let (challenge, scalar) = (row.array("challenge"), row.array("ephemeral_scalar"));
        let fresh = Fresh {
            master: row.array("master"),
            secret: row.array("secret"),
            chance: Chance { iv: row.array("iv"), scalar, filler: [0; 20] },
        };
        let sealed = session::seal(&key, &challenge, &fresh).unwrap();
        assert_eq!(sealed.blob, row.octets("blob"));
        assert_eq!(sealed.key.octets(), &row.array("session_key"));
        if row.has("private_key") {
            let pair = KeyPair::new(key, &row.octets("private_key")).unwrap();
            let key = session::open(&pair, &challenge, &sealed.blob).unwrap();
            assert_eq!(key.octets(), &row.array("session_key"));
            opened += 1;
        }
    }
    assert_eq!(opened, 9);
}

#[test]
fn families_00_and_01_for_published_keys() {
    for row in group("auth01", 20) {
        let key = known(u64::from_str_radix(row.text("key_id"), 16).unwrap());
        let scalar = short_scalar(&row.octets("random2"));
        let fresh = Fresh {
            master: row.array("master"),
            secret: row.array("secret"),
            chance: Chance { iv: row.array("iv"), scalar, filler: row.array("random1") },
        };
        let sealed = session::seal(&key, &row.array("challenge"), &fresh).unwrap();
        assert_eq!(sealed.blob, row.octets("blob"));
        assert_eq!(sealed.key.octets(), &row.array("session_key"));
    }
}

#[test]
fn families_00_and_01_both_ends() {
    let mut opened = 0;
    for row in curve(48) {
        let (inside, out) = (row.sub("in"), row.sub("out"));
        let family = Family(inside.number("family").try_into().unwrap());
        let key = PublicKey::new(family, &inside.octets("public_key")).unwrap();
        let challenge = inside.array("challenge");
        let scalar = short_scalar(&inside.octets("prng2"));
        let fresh = Fresh {
            master: inside.array("key2"),
            secret: inside.array("key1"),
            chance: Chance { iv: inside.array("iv"), scalar, filler: inside.array("prng1") },
        };
        let sealed = session::seal(&key, &challenge, &fresh).unwrap();
        assert_eq!(sealed.blob, out.octets("blob"));
        assert_eq!(sealed.blob[48..108], out.octets("seed"));
        assert_eq!(sealed.key.octets(), &out.array("session_key"));
        if row.has("private_key") {
            let mut private = row.octets("private_key");
            private.reverse();
            let pair = KeyPair::new(key, &private).unwrap();
            let key = session::open(&pair, &challenge, &sealed.blob).unwrap();
            assert_eq!(key.octets(), &out.array("session_key"));
            opened += 1;
        }
    }
    assert_eq!(opened, 22);
}

#[test]
fn passwords_both_ends() {
    let check = |key: &PublicKey, row: &Row, password: &PasswordHash, chance: &Chance| {
        let session = SessionKey::from_octets(row.array("session_key"));
        let challenge = row.array("challenge");
        let blob = legacy::seal(key, &session, password, &challenge, chance).unwrap();
        assert_eq!(blob, row.octets("blob"));
        assert_eq!(legacy::open(key, &session, &challenge, &blob), Ok(password.clone()));
    };
    for row in group("legit03", 20) {
        let key = PublicKey::new(Family::Plcsim, &row.octets("public_key")).unwrap();
        let chance = Chance { iv: row.array("iv"), scalar: row.array("ephemeral_scalar"), filler: [0; 20] };
        check(&key, &row, &PasswordHash::from_octets(row.array("password_sha1")), &chance);
    }
    for row in group("legit01", 20) {
        let key = known(u64::from_str_radix(row.text("key_id"), 16).unwrap());
        let scalar = short_scalar(&row.octets("random2"));
        let chance = Chance { iv: row.array("iv"), scalar, filler: row.array("random1") };
        check(&key, &row, &PasswordHash::of(row.text("password")), &chance);
    }
}

#[test]
fn the_value_of_attribute_1830() {
    for row in group("security_key_struct", 20) {
        let (family, blob) = (Family(row.number("family").try_into().unwrap()), row.octets("blob"));
        let public = PublicKey::new(family, &row.octets("public_key")).unwrap().id();
        let symmetric = KeyId::of(&row.array("key_for_symmetric_id"));
        let flags = family.symmetric_flags() | row.number("sym_extra_flags");
        let value = SecurityKey {
            version: 0,
            level: 0,
            public: session::KeyEntry { id: public, flags: family.public_flags(), internal: 0 },
            symmetric: session::KeyEntry { id: symmetric, flags, internal: 0 },
            blob: &blob,
        };
        let mut out = vec![];
        value.write(&mut out);
        assert_eq!(out, row.octets("pvalue"));
        let mut r = Reader::new(&out);
        assert_eq!((SecurityKey::read(&mut r), r.left()), (Ok(value), 0));
        for cut in 0..out.len() {
            assert!(SecurityKey::read(&mut Reader::new(&out[..cut])).is_err());
        }
    }
}

/// What vendors' clients have sent: read, and written as it was.
#[test]
fn recorded_setup_requests() {
    for row in group("recorded_setup_requests", 3) {
        let (pdu, blob) = (row.octets("pdu"), row.octets("blob"));
        let head = unhex("001700000708");
        let at = pdu.windows(head.len()).position(|part| part == head).unwrap();
        let mut r = Reader::new(&pdu[at..]);
        let value = SecurityKey::read(&mut r).unwrap();
        let used = pdu[at..].len() - r.left();
        let mut out = vec![];
        value.write(&mut out);
        assert_eq!(out, pdu[at..at + used]);
        assert_eq!(value.blob, blob);
        assert_eq!(value.public.id.octets(), row.array("public_key_id"));
        assert_eq!(value.symmetric.id.octets(), row.array("symmetric_key_id"));
        assert_eq!(
            (&blob[16..24], &blob[32..40]),
            (&row.octets("symmetric_key_id")[..], &row.octets("public_key_id")[..])
        );
        // The fingerprint was empty there; the client took this key.
        assert_eq!(Catalogue::new().find(Fingerprint::Empty).unwrap()[0].id(), value.public.id);
        // The emulated CPU says that it is another's, before it computes anything.
        let pair = KeyPair::generate(Family::S71500, &[1; 32]).unwrap();
        let refused = session::open(&pair, &row.array("challenge"), &blob);
        assert_eq!(refused.unwrap_err(), Error::OtherKey(value.public.id));
    }
}

#[test]
fn recorded_fingerprints() {
    let empty = group("recorded_createobject_responses", 8)
        .iter()
        .map(|row| Fingerprint::parse(row.text("fingerprint")).unwrap())
        .filter(|fingerprint| *fingerprint == Fingerprint::Empty)
        .count();
    assert_eq!(empty, 8);
}

#[test]
fn fingerprints_are_read_or_refused() {
    assert_eq!(Fingerprint::parse("00"), Ok(Fingerprint::Family(Family::S71500)));
    assert_eq!(Fingerprint::parse("128"), Ok(Fingerprint::Family(Family::OpenSsl)));
    for text in [
        " ",
        "0",
        "03:",
        "03:B07654AC9CAA4AC",
        "03:B07654AC9CAA4ACA0",
        "03:+07654AC9CAA4ACA",
        "+3",
        "256",
        "0é",
    ] {
        assert_eq!(Fingerprint::parse(text), Err(Error::Fingerprint(text.into())), "{text}");
    }
}

/// Section 8 of the curve specification names the keys that are points of the curve.
#[test]
fn keys_of_the_curve_and_of_its_twist() {
    let catalogue = Catalogue::new();
    let usable = |family: Family| -> Vec<String> {
        catalogue
            .iter()
            .filter(|key| key.family() == family && key.usable().is_ok())
            .map(|key| key.id().to_string())
            .collect()
    };
    assert_eq!(catalogue.iter().count(), 34);
    assert_eq!(
        usable(Family::S71500),
        [
            "181B7B0847D11694",
            "1B580465BB0551B2",
            "60CDAAA33E0B5D20",
            "65227E2580029B7F",
            "ACD68E9BF9901F8B",
            "D3F9CD55A57FE4EB",
        ]
    );
    assert_eq!(usable(Family::S71200), ["A95850575DF7B3DE", "BD426B091F08731A"]);
    assert_eq!(usable(Family::Plcsim).len(), 9);
    let twist = KeyId(0xac9b_e476_cb32_4e65);
    let named = Fingerprint::Key { family: Family::S71200, id: twist };
    assert_eq!(catalogue.find(named), Err(Error::Twist(twist)));
    assert_eq!(known(0x1ce2_e82c_fb24_a8bd).usable(), Err(Error::Family(Family::WinAc)));
    assert_eq!(catalogue.find(Fingerprint::Family(Family::S71500)).unwrap().len(), 6);
    let unknown = Fingerprint::Key { family: Family::S71200, id: KeyId(1) };
    assert_eq!(catalogue.find(unknown), Err(Error::UnknownKey(unknown)));
}

#[test]
fn keys_of_ones_own_are_found_first() {
    let mut catalogue = Catalogue::new();
    for family in FAMILIES {
        let own = KeyPair::generate(family, &[9; 32]).unwrap().public().clone();
        catalogue.add(own.clone());
        assert_eq!(catalogue.find(own.fingerprint()), Ok(vec![own.clone()]));
        assert_eq!(catalogue.find(Fingerprint::Family(family)).unwrap()[0], own);
    }
    let short = PublicKey::new(Family::Plcsim, &[0; 40]);
    assert_eq!(short, Err(Error::KeyLength { family: Family::Plcsim, length: 40, due: 64 }));
    assert_eq!(PublicKey::new(Family::OpenSsl, &[0; 40]), Err(Error::Family(Family::OpenSsl)));
    assert_eq!(PublicKey::new(Family::Plcsim, &[1; 64]).unwrap().usable(), Err(Error::Point));
    assert_eq!(PublicKey::new(Family::S71500, &[0; 40]).unwrap().usable(), Err(Error::Point));
    assert_eq!(KeyPair::generate(Family::WinAc, &[0; 32]).unwrap_err(), Error::Family(Family::WinAc));
}

#[test]
fn a_private_key_must_be_that_of_the_public_one() {
    for family in FAMILIES {
        let public = KeyPair::generate(family, &[9; 32]).unwrap().public().clone();
        for private in [&[0; 20][..], &[1; 20], &[0; 32], &[1; 32], &[]] {
            let refused = KeyPair::new(public.clone(), private).unwrap_err();
            assert_eq!(refused, Error::PrivateKey(public.id()));
        }
    }
}

#[test]
fn nothing_secret_is_shown() {
    let pair = KeyPair::generate(Family::S71200, &[9; 32]).unwrap();
    let sealed = session::seal(pair.public(), &[1; 20], &Fresh::new(&[2; Fresh::SIZE])).unwrap();
    let shown = format!("{pair:?} {sealed:?}");
    assert!(!shown.contains("private") && shown.contains("SessionKey(***)"), "{shown}");
}

#[test]
fn random_octets_that_give_no_point_are_said_to_be_none() {
    let mut fresh = Fresh::new(&[2; Fresh::SIZE]);
    fresh.chance.scalar = [0; 32];
    let plcsim = KeyPair::generate(Family::Plcsim, &[9; 32]).unwrap();
    assert_eq!(session::seal(plcsim.public(), &[1; 20], &fresh).unwrap_err(), Error::Chance);
    // What is added to random octets before they are a scalar of the curve.
    fresh.chance.scalar = short_scalar(&unhex("4864706cdec0b13363d3a177a49cb773862ee6f8"));
    let s71200 = KeyPair::generate(Family::S71200, &[9; 32]).unwrap();
    assert_eq!(session::seal(s71200.public(), &[1; 20], &fresh).unwrap_err(), Error::Chance);
}

/// A blob for `pair`, made of what stays the same, so that a part of it can be put in.
fn sealed(pair: &KeyPair, challenge: &Challenge) -> Vec<u8> {
    session::seal(pair.public(), challenge, &Fresh::new(&[7; Fresh::SIZE])).unwrap().blob
}

#[test]
fn points_of_the_twist_and_numbers_that_are_none_are_refused() {
    let pair = KeyPair::generate(Family::S71500, &[5; 32]).unwrap();
    let twist = known(0xac9b_e476_cb32_4e65);
    let p = unhex("d1ffffffffffffffffffffffffffffffffffffff");
    let above = [0xff; 20];
    for abscissa in [&twist.octets()[..20], &[0; 20], &p, &above] {
        let mut blob = sealed(&pair, &[1; 20]);
        blob[68..88].copy_from_slice(abscissa);
        assert_eq!(session::open(&pair, &[1; 20], &blob).unwrap_err(), Error::Point, "{abscissa:x?}");
    }
    let pair = KeyPair::generate(Family::Plcsim, &[5; 32]).unwrap();
    for point in [[0; 64], [0xff; 64], core::array::from_fn(|i| u8::from(i == 63))] {
        let mut blob = sealed(&pair, &[1; 20]);
        blob[48..112].copy_from_slice(&point);
        assert_eq!(session::open(&pair, &[1; 20], &blob).unwrap_err(), Error::Point);
    }
}

#[test]
fn another_challenge_or_id_does_not_open() {
    for family in FAMILIES {
        let pair = KeyPair::generate(family, &[5; 32]).unwrap();
        let mut blob = sealed(&pair, &[1; 20]);
        assert!(session::open(&pair, &[1; 20], &blob).is_ok());
        assert_eq!(session::open(&pair, &[2; 20], &blob).unwrap_err(), Error::Sealed, "a replay");
        blob[16] ^= 1;
        assert_eq!(session::open(&pair, &[1; 20], &blob).unwrap_err(), Error::Sealed, "another id");
        let other = KeyPair::generate(family, &[6; 32]).unwrap();
        assert_eq!(session::open(&other, &[1; 20], &blob).unwrap_err(), Error::OtherKey(pair.public().id()));
    }
}

#[test]
fn a_password_of_another_session_does_not_open() {
    for family in FAMILIES {
        let public = KeyPair::generate(family, &[5; 32]).unwrap().public().clone();
        let [one, two] = [1, 2].map(|octet| SessionKey::from_octets([octet; 24]));
        let (hash, chance) = (PasswordHash::of("secret"), Chance::new(&[3; Chance::SIZE]));
        let blob = legacy::seal(&public, &one, &hash, &[4; 20], &chance).unwrap();
        assert!(matches!(legacy::open(&public, &two, &[4; 20], &blob), Err(Error::OtherSession(_))));
        assert_eq!(legacy::open(&public, &one, &[5; 20], &blob), Err(Error::Sealed), "another challenge");
        let other = KeyPair::generate(family, &[6; 32]).unwrap().public().clone();
        assert_eq!(legacy::open(&other, &one, &[4; 20], &blob), Err(Error::OtherKey(public.id())));
    }
}

/// Section 11: the write of 1830 and its answer under the old key, all that follows under the new one.
#[test]
fn both_ends_go_over_to_a_new_key_behind_the_answer() {
    let pair = KeyPair::generate(Family::S71200, &[5; 32]).unwrap();
    let old = SessionKey::from_octets([1; 24]);
    let end = || Protection::new(old.integrity(), old.integrity());
    let (mut client, mut plc) = (end(), end());
    let challenge = [8; 20];
    let sealed = session::seal(pair.public(), &challenge, &Fresh::new(&[2; Fresh::SIZE])).unwrap();
    let mut request = vec![];
    sealed.security_key().write(&mut request);

    client.stage(sealed.key.clone());
    assert!(client.renewing());
    let digest = client.signer.sign(0, &request);
    assert_eq!(digest, old.digest(&request));
    plc.verifier.check(0, &digest, &request).unwrap();
    let value = SecurityKey::read(&mut Reader::new(&request)).unwrap();
    plc.stage(session::open(&pair, &challenge, value.blob).unwrap());
    let digest = plc.signer.sign(0, b"answer");
    assert!(plc.switch());
    client.verifier.check(0, &digest, b"answer").unwrap();
    assert!(client.switch());

    let digest = client.signer.sign(0, b"next");
    assert_eq!(digest, sealed.key.digest(b"next"));
    plc.verifier.check(0, &digest, b"next").unwrap();
    assert!(!client.switch() && !plc.renewing(), "nothing is staged");
}

proptest! {
    // A case is several scalar multiplications, in a build that is not optimised.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_the_client_seals_the_plc_opens(
        family in 0_usize..3, seed: [u8; 32], challenge: [u8; 20],
        random in prop::collection::vec(any::<u8>(), Fresh::SIZE), password in ".{0,30}",
    ) {
        let pair = KeyPair::generate(FAMILIES[family], &seed).unwrap();
        prop_assert!(pair.public().id().0 >= 1 << 56);
        prop_assert_eq!(pair.public().usable(), Ok(()));
        let fresh = Fresh::new(random.as_slice().try_into().unwrap());
        let sealed = session::seal(pair.public(), &challenge, &fresh).unwrap();
        let opened = session::open(&pair, &challenge, &sealed.blob).unwrap();
        prop_assert_eq!(opened.octets(), sealed.key.octets());

        let hash = PasswordHash::of(&password);
        let blob = legacy::seal(pair.public(), &opened, &hash, &challenge, &fresh.chance).unwrap();
        prop_assert_eq!(legacy::open(pair.public(), &opened, &challenge, &blob), Ok(hash));
    }

    #[test]
    fn one_bit_that_counts_is_refused(family in 0_usize..3, at: prop::sample::Index, bit in 0..8) {
        let (pair, challenge) = (KeyPair::generate(FAMILIES[family], &[5; 32]).unwrap(), [1; 20]);
        let mut blob = sealed(&pair, &challenge);
        let at = at.index(blob.len());
        blob[at] ^= 1_u8 << bit;
        // Flags beside the key ids, and of families 00 and 01 what fills the seed up, are read by nobody.
        let filler = if FAMILIES[family] == Family::Plcsim { 0..0 } else { 88..108 };
        let ignored = (24..32).contains(&at) || (44..48).contains(&at) || filler.contains(&at);
        prop_assert_eq!(session::open(&pair, &challenge, &blob).is_ok(), ignored, "{}", at);
    }

    #[test]
    fn one_bit_of_a_password_that_counts_is_refused(family in 0_usize..3, at: prop::sample::Index, bit in 0..8) {
        let public = KeyPair::generate(FAMILIES[family], &[5; 32]).unwrap().public().clone();
        let (session, hash) = (SessionKey::from_octets([1; 24]), PasswordHash::of("secret"));
        let mut blob = legacy::seal(&public, &session, &hash, &[4; 20], &Chance::new(&[3; Chance::SIZE])).unwrap();
        let (at, seed) = (at.index(blob.len()), blob.len() - 188);
        blob[at] ^= 1_u8 << bit;
        let ignored = (16..28).contains(&at) || (40..44).contains(&at) || (52..60).contains(&at) || (64..64 + seed).contains(&at);
        prop_assert_eq!(legacy::open(&public, &session, &[4; 20], &blob).is_ok(), ignored, "{}", at);
    }

    #[test]
    fn cut_blobs_and_longer_ones_are_refused(family in 0_usize..3, more in 1_usize..20) {
        let (pair, challenge) = (KeyPair::generate(FAMILIES[family], &[5; 32]).unwrap(), [1; 20]);
        let mut blob = sealed(&pair, &challenge);
        for cut in 0..blob.len() {
            prop_assert!(matches!(session::open(&pair, &challenge, &blob[..cut]), Err(Error::Malformed(_))), "{}", cut);
        }
        blob.resize(blob.len() + more, 0);
        prop_assert!(matches!(session::open(&pair, &challenge, &blob), Err(Error::Malformed(_))));

        let session = SessionKey::from_octets([1; 24]);
        let chance = Chance::new(&[3; Chance::SIZE]);
        let mut blob = legacy::seal(pair.public(), &session, &PasswordHash::of("a"), &challenge, &chance).unwrap();
        for cut in 0..blob.len() {
            let refused = legacy::open(pair.public(), &session, &challenge, &blob[..cut]);
            prop_assert!(matches!(refused, Err(Error::Malformed(_))), "{}", cut);
        }
        blob.resize(blob.len() + more, 0);
        prop_assert!(matches!(legacy::open(pair.public(), &session, &challenge, &blob), Err(Error::Malformed(_))));
    }
}

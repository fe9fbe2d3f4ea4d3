//! Packet digests: the vectors of the specification, all dialects, and one wrong bit.
use hepta_auth::Error;
use hepta_auth::digest::{Dialect, SessionKey, Signer, Verifier};
use proptest::prelude::*;

mod common;
use common::group;

const DIALECTS: [Dialect; 3] = [Dialect::StateResume, Dialect::FeedForward, Dialect::Independent];

#[test]
fn digests_of_the_vectors() {
    for row in group("packet_digest", 20) {
        let key = SessionKey::from_octets(row.array("session_key"));
        assert_eq!(key.digest(&row.octets("data")), row.array("digest"));
    }
    for row in group("v3_frame", 20) {
        let (key, data) = (SessionKey::from_octets(row.array("session_key")), row.octets("data"));
        let frame = row.octets("frame");
        let length = u16::try_from(33 + data.len()).unwrap().to_be_bytes();
        let head = [&[0x72, 3], &length[..], &[0x20]].concat();
        assert_eq!(frame, [&head, &key.digest(&data)[..], &data, &[0x72, 3, 0, 0]].concat());
    }
}

#[test]
fn fragments_of_the_vectors() {
    let dialects = [None, Some(Dialect::StateResume), Some(Dialect::FeedForward), Some(Dialect::Independent)];
    for (row, dialect) in group("fragments", 4).iter().zip(dialects) {
        let key = SessionKey::from_octets(row.array("key"));
        let Some(dialect) = dialect else {
            assert_eq!(key.digest(&row.octets("data")), row.array("digest"));
            continue;
        };
        let fragments = row.list("fragments");
        let (mut signer, mut verifier) = (Signer::new(key.clone(), dialect), Verifier::new(key));
        // Twice: the second message starts anew.
        for _ in 0..2 {
            for (i, (data, digest)) in fragments.iter().zip(row.list("digests")).enumerate() {
                let (last, digest) = (i + 1 == fragments.len(), unhex_digest(&digest));
                assert_eq!(signer.sign(data, last), digest, "{dialect:?} {i}");
                assert_eq!(verifier.verify(data, &digest, last), Ok(()), "{dialect:?} {i}");
            }
        }
        assert_eq!(verifier.dialect(), Some(dialect));
    }
}

fn unhex_digest(octets: &[u8]) -> [u8; 32] {
    octets.try_into().unwrap()
}

#[test]
fn a_dialect_is_for_the_session() {
    let key = SessionKey::from_octets([7; 24]);
    let mut verifier = Verifier::new(key.clone());
    let send = |dialect, verifier: &mut Verifier| {
        let mut signer = Signer::new(key.clone(), dialect);
        let first = signer.sign(b"first", false);
        verifier.verify(b"first", &first, false)?;
        let second = signer.sign(b"second", true);
        verifier.verify(b"second", &second, true)
    };
    assert_eq!(send(Dialect::FeedForward, &mut verifier), Ok(()));
    assert_eq!(send(Dialect::FeedForward, &mut verifier), Ok(()));
    assert_eq!(send(Dialect::StateResume, &mut verifier), Err(Error::Digest { fragment: 2 }));
    let mut renewed = verifier.clone();
    renewed.renew(SessionKey::from_octets([8; 24]));
    assert_eq!(renewed.dialect(), Some(Dialect::FeedForward));
    assert_eq!(send(Dialect::FeedForward, &mut renewed), Err(Error::Digest { fragment: 1 }), "the old key");
}

proptest! {
    #[test]
    fn the_first_digest_is_that_of_a_message_in_one(key: [u8; 24], data in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = SessionKey::from_octets(key);
        for dialect in DIALECTS {
            prop_assert_eq!(Signer::new(key.clone(), dialect).sign(&data, true), key.digest(&data));
        }
    }

    #[test]
    fn what_is_signed_is_verified_and_one_bit_is_seen(
        key: [u8; 24],
        fragments in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..6),
        dialect in 0_usize..3, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let (key, dialect, at) = (SessionKey::from_octets(key), DIALECTS[dialect], at.index(fragments.len()));
        let (mut signer, mut verifier) = (Signer::new(key.clone(), dialect), Verifier::new(key));
        for (i, data) in fragments.iter().enumerate() {
            let last = i + 1 == fragments.len();
            let digest = signer.sign(data, last);
            if i == at {
                let fragment = u32::try_from(i).unwrap() + 1;
                let mut wrong = digest;
                wrong[bit / 8] ^= 1 << (bit % 8);
                prop_assert_eq!(verifier.clone().verify(data, &wrong, last), Err(Error::Digest { fragment }));
                let mut other = data.clone();
                other[bit % data.len()] ^= 1;
                prop_assert_eq!(verifier.clone().verify(&other, &digest, last), Err(Error::Digest { fragment }));
            }
            prop_assert_eq!(verifier.verify(data, &digest, last), Ok(()));
        }
        prop_assert_eq!(verifier.dialect(), (fragments.len() > 1).then_some(dialect));
    }
}

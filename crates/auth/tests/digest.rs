//! Packet digests: the vectors of the specification, all dialects, and one wrong bit.
use hepta_auth::digest::{Dialect, Digest, Integrity, KeyedMac, SessionKey};
use hepta_proto::plus::frame::{Arrival, Draft, Frames, Version};
use hepta_proto::wire::Malformed;
use proptest::prelude::*;

mod common;
use common::group;

const DIALECTS: [Dialect; 3] = [Dialect::Resume, Dialect::Forward, Dialect::Independent];

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
    let dialects = [None, Some(Dialect::Resume), Some(Dialect::Forward), Some(Dialect::Independent)];
    for (row, dialect) in group("fragments", 4).iter().zip(dialects) {
        let key = SessionKey::from_octets(row.array("key"));
        let Some(dialect) = dialect else {
            assert_eq!(key.digest(&row.octets("data")), row.array("digest"));
            continue;
        };
        let fragments = row.list("fragments");
        let (mut signer, mut verifier) = (speaking(&key, dialect), key.integrity());
        // Twice: the second message starts anew.
        for _ in 0..2 {
            for (i, (data, digest)) in fragments.iter().zip(row.list("digests")).enumerate() {
                let digest = unhex_digest(&digest);
                assert_eq!(signer.sign(i, data), digest, "{dialect:?} {i}");
                assert_eq!(verifier.check(i, &digest, data), Ok(()), "{dialect:?} {i}");
            }
        }
        assert_eq!(verifier.dialect(), Some(dialect));
    }
}

fn speaking(key: &SessionKey, dialect: Dialect) -> Integrity {
    Integrity::speaking(Box::new(KeyedMac::new(key.clone())), dialect)
}

fn unhex_digest(octets: &[u8]) -> [u8; 32] {
    octets.try_into().unwrap()
}

#[test]
fn a_dialect_is_for_the_session() {
    let key = SessionKey::from_octets([7; 24]);
    let mut verifier = key.integrity();
    let send = |dialect, verifier: &mut Integrity| {
        let mut signer = speaking(&key, dialect);
        for (i, data) in [&b"first"[..], b"second"].into_iter().enumerate() {
            verifier.check(i, &signer.sign(i, data), data).map_err(|_| i)?;
        }
        Ok(())
    };
    assert_eq!(send(Dialect::Forward, &mut verifier), Ok(()));
    assert_eq!(send(Dialect::Forward, &mut verifier), Ok(()));
    assert_eq!(send(Dialect::Resume, &mut verifier), Err(1));
    verifier.renew(Box::new(KeyedMac::new(SessionKey::from_octets([8; 24]))));
    assert_eq!(verifier.dialect(), Some(Dialect::Forward));
    assert_eq!(send(Dialect::Forward, &mut verifier), Err(0), "the old key");
}

/// Frames of V3, signed and checked where frames are made and read.
#[test]
fn frames_of_the_vectors() {
    for row in group("v3_frame", 20) {
        let (key, data) = (SessionKey::from_octets(row.array("session_key")), row.octets("data"));
        let (mut out, mut frames) = (vec![], Frames::new(1 << 16));
        let mut draft = Draft::new(&mut out, 0, Version::V3);
        draft.out().extend_from_slice(&data);
        draft.seal(1 << 15, Some(&mut key.integrity()), |_| {});
        assert_eq!(out, row.octets("frame"));
        frames.protect(key.integrity());
        let mut input = &out[..];
        let Ok(Some(Arrival::Pdu(pdu))) = frames.next(&mut input) else { panic!("{input:02x?}") };
        assert_eq!((pdu.data, pdu.version), (&data[..], Version::V3));
        // One bit of the digest.
        let (mut wrong, mut frames) = (out.clone(), Frames::new(1 << 16));
        wrong[5] ^= 1;
        frames.protect(key.integrity());
        assert!(frames.next(&mut &wrong[..]).is_err());
    }
}

/// A receiver that has taken what came before says so of this fragment.
fn after(
    key: &SessionKey,
    before: &[(&[u8], Digest)],
    data: &[u8],
    digest: &Digest,
) -> Result<(), Malformed> {
    let mut verifier = key.integrity();
    for (i, (data, digest)) in before.iter().enumerate() {
        verifier.check(i, digest, data)?;
    }
    verifier.check(before.len(), digest, data)
}

proptest! {
    #[test]
    fn the_first_digest_is_that_of_a_message_in_one(key: [u8; 24], data in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = SessionKey::from_octets(key);
        for dialect in DIALECTS {
            prop_assert_eq!(speaking(&key, dialect).sign(0, &data), key.digest(&data));
        }
    }

    #[test]
    fn what_is_signed_is_verified_and_one_bit_is_seen(
        key: [u8; 24],
        fragments in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..6),
        dialect in 0_usize..3, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let (key, dialect, at) = (SessionKey::from_octets(key), DIALECTS[dialect], at.index(fragments.len()));
        let (mut signer, mut verifier) = (speaking(&key, dialect), key.integrity());
        let mut before = vec![];
        for (i, data) in fragments.iter().enumerate() {
            let digest = signer.sign(i, data);
            if i == at {
                let mut wrong = digest;
                wrong[bit / 8] ^= 1 << (bit % 8);
                prop_assert!(after(&key, &before, data, &wrong).is_err());
                let mut other = data.clone();
                other[bit % data.len()] ^= 1;
                prop_assert!(after(&key, &before, &other, &digest).is_err());
                prop_assert_eq!(after(&key, &before, data, &digest), Ok(()));
            }
            prop_assert_eq!(verifier.check(i, &digest, data), Ok(()));
            before.push((data.as_slice(), digest));
        }
        prop_assert_eq!(verifier.dialect(), (fragments.len() > 1).then_some(dialect));
    }
}

//! What a CPU opens, and what either end reads of keys and passwords: refused without a panic, or opened to what was sealed.
use hepta_auth::digest::{Dialect, Integrity, KeyedMac};
use hepta_auth::key::{Family, Fingerprint};
use hepta_auth::legitimation::{Chain, Payload};
use hepta_auth::session::{Fresh, SecurityKey};
use hepta_auth::{Challenge, Chance, Device, Error, KeyPair, PasswordHash, SessionKey, legacy, session};
use hepta_proto::wire::{Reader, Wire};
use std::sync::LazyLock;

const CHALLENGE: Challenge = [0x5a; 20];

/// For each family that is known: a CPU, and what a client has sealed for it.
static CPUS: LazyLock<[Cpu; 3]> = LazyLock::new(|| {
    [Family::S71500, Family::S71200, Family::Plcsim].map(|family| {
        let pair = KeyPair::generate(family, &[7; 32]).expect("a known family");
        let sealed =
            session::seal(pair.public(), &CHALLENGE, &Fresh::new(&[9; Fresh::SIZE])).expect("good octets");
        let (hash, chance) = (PasswordHash::of("secret"), Chance::new(&[3; Chance::SIZE]));
        let password =
            legacy::seal(pair.public(), &sealed.key, &hash, &CHALLENGE, &chance).expect("good octets");
        Cpu { pair, blob: sealed.blob, key: sealed.key, password }
    })
});

struct Cpu {
    pair: KeyPair,
    blob: Vec<u8>,
    key: SessionKey,
    password: Vec<u8>,
}

/// Key blobs: family, then a blob, or changes to a good one.
pub fn session(data: &[u8]) {
    let Some((cpu, blob, good)) = blob(data, |cpu| &cpu.blob) else { return };
    let short = cpu.pair.public().family() != Family::Plcsim;
    let ignored = |at: usize| matches!(at, 24..32 | 44..48) || short && (88..108).contains(&at);
    match session::open(&cpu.pair, &CHALLENGE, &blob) {
        Ok(key) => {
            assert!(same(&blob, good, ignored), "opened though changed");
            assert_eq!(key.octets(), cpu.key.octets());
        }
        Err(error) => {
            assert!(!same(&blob, good, ignored), "not opened though the same: {error}");
            refused(&error);
        }
    }
}

/// Password blobs: the same.
pub fn password(data: &[u8]) {
    let Some((cpu, blob, good)) = blob(data, |cpu| &cpu.password) else { return };
    let seed = 64..64 + good.len() - 188;
    let ignored = |at: usize| matches!(at, 16..28 | 40..44 | 52..60) || seed.contains(&at);
    match legacy::open(cpu.pair.public(), &cpu.key, &CHALLENGE, &blob) {
        Ok(hash) => {
            assert!(same(&blob, good, ignored), "opened though changed");
            assert_eq!(hash, PasswordHash::of("secret"));
        }
        Err(error) => {
            assert!(!same(&blob, good, ignored), "not opened though the same: {error}");
            refused(&error);
        }
    }
}

/// Family, kind, then: a whole blob, or pairs of place and change to a good one.
fn blob(data: &[u8], good: fn(&Cpu) -> &Vec<u8>) -> Option<(&'static Cpu, Vec<u8>, &'static [u8])> {
    let ([family, kind], rest) = data.split_first_chunk::<2>()?;
    let cpu = CPUS.get(usize::from(family % 3))?;
    let good = good(cpu);
    let mut blob = good.clone();
    match kind % 3 {
        0 => blob = rest.to_vec(),
        1 => blob.truncate(rest.len()),
        _ => {
            for [high, low, change] in rest.as_chunks::<3>().0 {
                let at = usize::from(u16::from_be_bytes([*high, *low])) % blob.len();
                blob[at] ^= change;
            }
        }
    }
    Some((cpu, blob, good))
}

fn same(blob: &[u8], good: &[u8], ignored: impl Fn(usize) -> bool) -> bool {
    blob.len() == good.len() && blob.iter().zip(good).enumerate().all(|(at, (a, b))| a == b || ignored(at))
}

/// The CPU's errors are the peer's fault.
fn refused(error: &Error) {
    assert!(
        matches!(
            error,
            Error::Malformed(_) | Error::Sealed | Error::OtherKey(_) | Error::OtherSession(_) | Error::Point
        ),
        "{error:?}"
    );
}

/// Responses inside TLS: the sealed form, then the payload in the clear.
pub fn tls(data: &[u8]) {
    let oms = [1; 32];
    match Chain::new(oms).open(data, &CHALLENGE) {
        Ok(payload) => assert_eq!(Chain::new(oms).seal(&payload, &CHALLENGE).len(), data.len()),
        Err(error) => refused(&error),
    }
    let Ok(payload) = Payload::read(&mut Reader::new(data)) else { return };
    let response = Chain::new(oms).seal(&payload, &CHALLENGE);
    assert_eq!(Chain::new(oms).open(&response, &CHALLENGE), Ok(payload));
    assert_eq!(Chain::new([2; 32]).open(&response, &CHALLENGE), Err(Error::Sealed));
}

/// Attribute 1830, and the texts of 319 and 233.
pub fn value(data: &[u8]) {
    let mut r = Reader::new(data);
    if let Ok(value) = SecurityKey::read(&mut r) {
        let mut out = vec![];
        value.write(&mut out);
        assert!(out.len() <= data.len() - r.left(), "longer than it was read");
        assert_eq!(SecurityKey::read(&mut Reader::new(&out)), Ok(value));
    }
    let text = String::from_utf8_lossy(data);
    if let Ok(device) = Device::parse(&text) {
        assert!(device.group <= 999);
        let _ = device.method();
    }
    if let Ok(fingerprint) = Fingerprint::parse(&text) {
        assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Ok(fingerprint));
    }
}

/// Fragments: dialect, which fragment is changed and where, lengths of the fragments, their octets.
pub fn digest(data: &[u8]) {
    let Some(([dialect, changed, bit, n], rest)) = data.split_first_chunk::<4>() else { return };
    let dialect = [Dialect::Resume, Dialect::Forward, Dialect::Independent][usize::from(dialect % 3)];
    let Some((lengths, mut octets)) = rest.split_at_checked(usize::from(n % 8)) else { return };
    let key = SessionKey::from_octets([4; 24]);
    let mut signer = Integrity::speaking(Box::new(KeyedMac::new(key.clone())), dialect);
    let mut verifier = key.integrity();
    for (i, length) in lengths.iter().enumerate() {
        let (fragment, after) = octets.split_at(octets.len().min(usize::from(*length)));
        octets = after;
        let digest = signer.sign(i, fragment);
        if i == usize::from(*changed) {
            let mut wrong = digest;
            wrong[usize::from(bit / 8)] ^= 1 << (bit % 8);
            assert!(verifier.check(i, &wrong, fragment).is_err(), "fragment {i} though changed");
            return;
        }
        assert_eq!(verifier.check(i, &digest, fragment), Ok(()), "fragment {i}");
    }
    assert_eq!(verifier.dialect(), (lengths.len() > 1).then_some(dialect));
}

//! The fuzz targets of this crate without a fuzzer: their committed corpora and whatever octets a property test makes up.
use proptest::prelude::*;

#[path = "../../../fuzz/src/beyond/auth.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod auth;

type Body = fn(&[u8]);

const TARGETS: [(&str, Body); 5] = [
    ("auth_digest", auth::digest),
    ("auth_password", auth::password),
    ("auth_session", auth::session),
    ("auth_tls", auth::tls),
    ("auth_value", auth::value),
];

#[test]
fn the_committed_corpora_break_no_promise() {
    for (name, body) in TARGETS {
        let dir = format!("{}/../../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
        let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
        let mut count = 0;
        for seed in seeds {
            // Shown when the body panics.
            println!("{}", seed.display());
            body(&std::fs::read(&seed).unwrap());
            count += 1;
        }
        assert!(count >= 10, "{name} has {count} seeds");
    }
}

proptest! {
    #[test]
    fn no_octets_break_a_promise(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, body) in TARGETS {
            body(&octets);
        }
    }
}

//! The fuzz targets without a fuzzer: the committed corpora and whatever octets a property test makes up.
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/src/bodies/mod.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has them public")]
mod bodies;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn the_committed_corpora_break_no_promise() {
    for (name, body) in bodies::ALL {
        let dir = fuzz().join("corpus").join(name);
        let files = fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        let seeds: Vec<PathBuf> = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("seed-")))
            .collect();
        assert!(seeds.len() >= 10, "{name} has {} seeds", seeds.len());
        for seed in seeds {
            // Shown when the body panics.
            println!("{}", seed.display());
            body(&fs::read(&seed).unwrap());
        }
    }
}

#[test]
fn every_target_is_replayed() {
    let targets = fs::read_dir(fuzz().join("fuzz_targets")).unwrap();
    let mut targets: Vec<String> = targets
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    targets.sort();
    let mut replayed: Vec<&str> = bodies::ALL.iter().map(|(name, _)| *name).collect();
    replayed.extend(bodies::BEYOND);
    replayed.sort_unstable();
    assert_eq!(targets, replayed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_octets_break_a_promise(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (_, body) in bodies::ALL {
            body(&octets);
        }
    }
}

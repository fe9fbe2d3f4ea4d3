//! The fuzz target of this crate without a fuzzer: its committed corpus.
#[path = "../../../fuzz/src/beyond/capture.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod body;

#[test]
fn the_committed_corpus_breaks_no_promise() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/capture");
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    let mut count = 0;
    for seed in seeds {
        let octets = std::fs::read(&seed).unwrap();
        let told = std::panic::catch_unwind(|| body::run(&octets));
        assert!(told.is_ok(), "{}", seed.display());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}

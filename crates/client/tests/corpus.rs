//! The fuzz target of the URLs without a fuzzer: its committed corpus.
#[path = "../../../fuzz/src/beyond/url.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod url;

#[test]
fn the_committed_corpus_breaks_no_promise() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/url");
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    let mut count = 0;
    for seed in seeds {
        // Shown when the body panics.
        println!("{}", seed.display());
        url::run(&std::fs::read(&seed).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}

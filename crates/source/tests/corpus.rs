//! The fuzz target of this crate without a fuzzer: its committed corpus.
#[path = "../../../fuzz/src/beyond/tagtable.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod tagtable;

#[test]
fn the_committed_tables_break_no_promise() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/tagtable");
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    let mut count = 0;
    for seed in seeds {
        // Shown when the body panics.
        println!("{}", seed.display());
        tagtable::run(&std::fs::read(&seed).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}

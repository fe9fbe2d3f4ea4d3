//! The fuzz targets of this crate without a fuzzer: their committed corpora.
#[path = "../../../fuzz/src/beyond/hello.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod hello;
#[path = "../../../fuzz/src/beyond/tls.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod tls;

fn replay(name: &str, body: fn(&[u8])) {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/").to_owned() + name;
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    let mut count = 0;
    for seed in seeds {
        // Shown when the body panics.
        println!("{}", seed.display());
        body(&std::fs::read(&seed).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}

#[test]
fn the_committed_hellos_break_no_promise() {
    replay("hello", hello::run);
}

#[test]
fn the_committed_conversations_break_no_promise() {
    replay("tls", tls::run);
}

//! The fuzz targets of this crate without a fuzzer: their committed corpora, and whatever a property test makes up.
use proptest::prelude::*;

#[path = "../../../fuzz/src/beyond/source.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod source;
#[path = "../../../fuzz/src/beyond/tagtable.rs"]
#[allow(unreachable_pub, reason = "the fuzz crate has it public")]
mod tagtable;

fn replay(target: &str, run: fn(&[u8])) {
    let dir = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let seeds = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    let mut count = 0;
    for seed in seeds {
        // Shown when the body panics.
        println!("{}", seed.display());
        run(&std::fs::read(&seed).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}

#[test]
fn the_committed_tables_break_no_promise() {
    replay("tagtable", tagtable::run);
}

#[test]
fn the_committed_sources_break_no_promise() {
    replay("source", source::run);
}

/// Words of sources, in an order that makes sense now and then.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(
        &[
            "DATA_BLOCK",
            "END_DATA_BLOCK",
            "TYPE",
            "END_TYPE",
            "FUNCTION_BLOCK",
            "END_FUNCTION_BLOCK",
            "VAR",
            "VAR_IN_OUT",
            "END_VAR",
            "STRUCT",
            "END_STRUCT",
            "BEGIN",
            "ARRAY[0..2] OF",
            "INT",
            "BYTE",
            "STRING[3]",
            "\"T\"",
            "a",
            "b",
            ":",
            ";",
            ":=",
            "[",
            "]",
            "(",
            ")",
            ",",
            "1",
            "2(",
            "'x'",
            "T#1s",
            "{",
            "}",
            "//",
            "(*",
            "\n",
            ".",
            "CONSTANT",
            "-",
            "#",
            "*",
        ][..],
    );
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_words_break_a_promise(text in words()) {
        source::run(text.as_bytes());
        source::run(format!("DATA_BLOCK \"D\" VAR {text} END_VAR END_DATA_BLOCK").as_bytes());
        source::run(format!("TYPE \"T\" STRUCT a : Int; b : Array[0..2] of Byte; END_STRUCT END_TYPE \
            DATA_BLOCK \"D\" VAR a : \"T\" := {text}; END_VAR END_DATA_BLOCK").as_bytes());
    }

    #[test]
    fn no_octets_break_a_promise(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        source::run(&octets);
        tagtable::run(&octets);
    }
}

//! Fuzzing of the S7 core. A target is a function over octets in [`bodies`]; the fuzzer calls it with what it makes up, a
//! stable test with the committed corpus.
//!
//! A new target is a module in `bodies`, a line in `bodies::ALL`, a file in `fuzz_targets` and a `[[bin]]`.

pub mod bodies;

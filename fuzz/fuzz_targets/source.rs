//! See `beyond::source`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::source::run(data));

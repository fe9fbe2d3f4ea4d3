//! See `beyond::url`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::url::run(data));

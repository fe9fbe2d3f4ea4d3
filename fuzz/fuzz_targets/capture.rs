//! See `beyond::capture`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::capture::run(data));

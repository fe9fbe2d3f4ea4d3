//! See `beyond::auth::value`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::auth::value(data));

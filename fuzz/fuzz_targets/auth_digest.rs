//! See `beyond::auth::digest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::auth::digest(data));

//! See `beyond::auth::tls`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::auth::tls(data));

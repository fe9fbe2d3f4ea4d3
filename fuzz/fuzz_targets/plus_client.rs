//! See `bodies::plus_client`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::plus_client::run(data));

//! See `bodies::address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::address::run(data));

//! See `bodies::catalogue`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::catalogue::run(data));

//! See `bodies::literal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::literal::run(data));

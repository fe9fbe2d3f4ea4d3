//! See `bodies::value`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::value::run(data));

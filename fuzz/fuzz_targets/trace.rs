//! See `bodies::trace`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::trace::run(data));

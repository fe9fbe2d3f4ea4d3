//! See `bodies::pvalue`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::pvalue::run(data));

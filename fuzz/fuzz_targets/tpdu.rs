//! See `bodies::tpdu`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::tpdu::run(data));

//! See `beyond::tagtable`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::beyond::tagtable::run(data));

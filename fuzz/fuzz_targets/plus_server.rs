//! See `bodies::plus_server`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::plus_server::run(data));

//! See `bodies::tags`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::tags::run(data));

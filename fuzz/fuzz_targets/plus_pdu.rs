//! See `bodies::plus_pdu`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hepta_fuzz::bodies::plus_pdu::run(data));

//! Fuzzing of what reads octets and texts. A target is a function over octets; the fuzzer calls it with what it makes up, a
//! stable test with the committed corpus.
//!
//! A new target of the core is a module in [`bodies`], a line in `bodies::ALL`, a file in `fuzz_targets` and a `[[bin]]`. One of
//! another crate is a module in [`beyond`], and that crate's own tests replay its corpus.

pub mod bodies;

pub mod beyond {
    //! Targets of crates above the core.
    pub mod auth;
    pub mod capture;
    pub mod hello;
    pub mod source;
    pub mod tagtable;
    pub mod tls;
    pub mod url;
}

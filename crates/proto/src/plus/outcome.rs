//! Return values: sixty-four bits that say how it went, and where in the CPU.
//!
//! ```text
//!  63 failed | 62 an object with more follows | 61-48 debug | 47 server | 46-40 generic | 39-32 source | 31-16 line | 15-0 code
//! ```
use super::code::ErrorCode;

/// How a request went.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ReturnValue(pub u64);

impl ReturnValue {
    /// It went well, and there is nothing to say.
    pub const OK: Self = Self(0);

    /// The failure with this code and nothing else; with a code from 0 on, no failure.
    pub const fn of(code: ErrorCode) -> Self {
        let [high, low] = code.0.to_be_bytes();
        let failed = if code.0 < 0 { 0x80 } else { 0 };
        Self(u64::from_be_bytes([failed, 0, 0, 0, 0, 0, high, low]))
    }
    /// Did the service fail? Warnings did not.
    pub const fn failed(self) -> bool {
        self.0 >> 63 != 0
    }
    /// Does an object with more about it follow?
    pub const fn extended(self) -> bool {
        self.0 >> 62 & 1 != 0
    }
    /// The code.
    pub const fn code(self) -> ErrorCode {
        let [.., high, low] = self.0.to_be_bytes();
        ErrorCode(i16::from_be_bytes([high, low]))
    }
}

impl core::fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (word, code) = (if self.failed() { "failed" } else { "returned" }, self.code());
        match code.name() {
            Some(name) => write!(f, "{word} {} {name} ({:016x})", code.0, self.0),
            None => write!(f, "{word} {} ({:016x})", code.0, self.0),
        }
    }
}

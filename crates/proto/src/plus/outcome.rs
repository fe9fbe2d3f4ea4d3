//! The return value: the first field of nearly every response.
//!
//! ```text
//!  bit 63 failed | 62 an object with more about it follows | 61..48 debug | 47 of the server
//!  46..40 generic code | 39..32 source | 31..16 line | 15..0 error code, signed
//! ```
use super::code::{ErrorCode, GenericCode, Source};
use core::fmt;

/// How a request, or one item of it, went.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct ReturnValue(pub u64);

impl ReturnValue {
    /// It went well.
    pub const OK: Self = Self(0);
    /// An object, block or area that is not there: as S7-1500 say it.
    pub const NO_OBJECT: Self = Self(0x8020_ab00_1bc8_fff4);
    /// More items than the CPU takes: as S7-1500 say it.
    pub const TOO_MANY_ITEMS: Self = Self(0xa027_a600_0054_fffc);
    /// A password that is not the one. Bit 63 is clear, and it is a refusal all the same.
    pub const DELEGITIMATED: Self = Self(0x2605_9900_06a5_0016);
    /// An answer to a challenge that makes no sense.
    pub const BAD_ANSWER: Self = Self(0x8318_8900_01b3_fffe);

    /// A failure with that code, under the generic code that goes with it.
    pub const fn of(code: ErrorCode) -> Self {
        let generic = match code {
            ErrorCode::InvalidValueType | ErrorCode::ValueConversionNotPossible => {
                GenericCode::InvalidDatatype
            }
            ErrorCode::ObjectNotFound | ErrorCode::InvalidRID => GenericCode::InvalidObjectIdentifier,
            ErrorCode::InvalidAID => GenericCode::InvalidAttributeIdentifier,
            ErrorCode::InvalidLID | ErrorCode::ServiceInvalidAddress => GenericCode::InvalidAddress,
            ErrorCode::InvalidValueRange => GenericCode::InvalidRange,
            ErrorCode::ServiceInvalidSession => GenericCode::InvalidSession,
            ErrorCode::ServiceAccessDenied | ErrorCode::ReadOnlyProperty => GenericCode::AccessDenied,
            ErrorCode::ServiceNotAllowed => GenericCode::ServiceNotAllowed,
            ErrorCode::ServiceTooManyRequests => GenericCode::TooManyRequests,
            ErrorCode::ServiceTooManySessions => GenericCode::TooManySessions,
            ErrorCode::ServiceUnknownRequest => GenericCode::UnknownService,
            ErrorCode::IntegrityError => GenericCode::GeneralIntegrity,
            ErrorCode::StartTlsFailed | ErrorCode::StoppingTlsFailed | ErrorCode::NoSupportForTls => {
                GenericCode::TLSError
            }
            _ => GenericCode::General,
        };
        Self::with(code, generic)
    }
    /// A failure with these codes.
    pub const fn with(code: ErrorCode, generic: GenericCode) -> Self {
        let [c0, c1] = code.0.to_be_bytes();
        // Bit 63 failed, bit 47 of the server.
        Self(u64::from_be_bytes([0x80, 0, 0x80 | generic.0 & 0x7f, 0, 0, 0, c0, c1]))
    }

    /// Did it fail? Codes above 0 without this bit are warnings.
    pub const fn failed(self) -> bool {
        self.0 >> 63 != 0
    }
    /// Does an object with more about it follow?
    pub const fn extended(self) -> bool {
        self.0 >> 62 & 1 != 0
    }
    /// The error code: 0, a warning above, an error below.
    pub const fn code(self) -> ErrorCode {
        let [.., a, b] = self.0.to_be_bytes();
        ErrorCode(i16::from_be_bytes([a, b]))
    }
    /// What kind of error it is.
    pub const fn generic(self) -> GenericCode {
        let [_, _, generic, ..] = self.0.to_be_bytes();
        GenericCode(generic & 0x7f)
    }
    /// Which part of the CPU it comes from.
    pub const fn source(self) -> Source {
        let [_, _, _, source, ..] = self.0.to_be_bytes();
        Source(source)
    }
    /// Line of the CPU's source.
    pub const fn line(self) -> u16 {
        let [_, _, _, _, a, b, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([a, b])
    }
    /// Debug information, 14 bits.
    pub const fn debug(self) -> u16 {
        let [a, b, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([a & 0x3f, b])
    }
    /// Raised by the server?
    pub const fn of_server(self) -> bool {
        self.0 >> 47 & 1 != 0
    }
    /// As the answer to a password: was it refused? A wrong password is told by code 22 alone, without bit 63.
    pub const fn refuses_password(self) -> bool {
        self.failed() || self.code().0 < 0 || matches!(self.code(), ErrorCode::ServiceSessionDelegitimated)
    }

    /// What it means, in words.
    pub const fn meaning(self) -> &'static str {
        match self.code() {
            ErrorCode::Ok if self.failed() => "it failed, and the CPU gives no code",
            ErrorCode::Ok => "done",
            ErrorCode::MessageSessionPreLegitimated => "the session needs no password",
            ErrorCode::ServiceIgnored => "the service was ignored",
            ErrorCode::WarningServiceExecutedWithPartialError => "done, but not all of it",
            ErrorCode::ServiceSessionDelegitimated => "the password is wrong",
            ErrorCode::ServiceLegitimatedForLevel1 => "the password gives full access",
            ErrorCode::ServiceLegitimatedForLevel2 => "the password gives read access",
            ErrorCode::ServiceLegitimatedForLevel3 => "the password gives HMI access",
            ErrorCode::MessageLegitimLevelCurrentlyDisabled => {
                "this protection level is switched off at the moment"
            }
            ErrorCode::InvalidValueType => "the value has not the type that is due",
            ErrorCode::InvalidArgumentValue => "an argument has a value that cannot be",
            ErrorCode::NotEnoughMemoryAvailable => "too much was asked for at once",
            ErrorCode::ObjectNotFound => "there is no such block, area or object",
            ErrorCode::InvalidCRC => "the symbol's checksum does not fit: the program has changed",
            ErrorCode::InvalidRID => "this is no number of an object",
            ErrorCode::InvalidAID => "the object has no such attribute",
            ErrorCode::ReadOnlyProperty => "it cannot be written",
            ErrorCode::InvalidValueRange => "the value, or the range that was asked for, is out of bounds",
            ErrorCode::ServiceAccessDenied => "the protection level does not allow it",
            ErrorCode::ServiceInvalidSession => "the session does not exist any more",
            ErrorCode::ServiceNotAllowed => "the service is not allowed here",
            ErrorCode::ServiceNotAvailable => "the service is not available",
            ErrorCode::ServiceTooManyRequests => "too many requests at a time",
            ErrorCode::ServiceTooManySessions => "too many sessions",
            ErrorCode::ServiceUnknownRequest => "the CPU does not know this request",
            ErrorCode::ServiceRequestParsingError => "the CPU cannot read the request",
            ErrorCode::ServiceNotChangableInRun => "it cannot be changed in RUN",
            ErrorCode::TypeInfoNotSet => "the CPU has no type information of it",
            ErrorCode::InvalidLID => "there is no such variable",
            ErrorCode::InvalidTypeInfoModificationTime => {
                "the structure has changed since its description was read"
            }
            ErrorCode::ValueConversionNotPossible => "the value does not fit the variable's type",
            ErrorCode::IntegrityError => "the message's digest is wrong",
            ErrorCode::SecurityDisconnect => "the CPU ends the connection for the sake of security",
            ErrorCode::SslHandshake => "the TLS handshake failed",
            ErrorCode::SystemLimitExceeded => "a limit of the CPU is reached",
            ErrorCode::PasswordAlreadyUsed => "another session uses this password",
            ErrorCode::StartTlsFailed => "the CPU cannot start TLS",
            ErrorCode::StoppingTlsFailed => "the CPU cannot end TLS",
            ErrorCode::NoSupportForTls => "the CPU has no TLS",
            _ if self.failed() => "it failed",
            _ => "done, with a remark",
        }
    }

    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        Some(match self.code() {
            ErrorCode::ServiceSessionDelegitimated => {
                "check the password, and the user name where the CPU has users"
            }
            ErrorCode::NotEnoughMemoryAvailable | ErrorCode::SystemLimitExceeded => {
                "ask for fewer items at a time"
            }
            ErrorCode::ObjectNotFound => {
                "check the number of the block; a block that was just loaded may need a new connection"
            }
            ErrorCode::InvalidCRC | ErrorCode::InvalidTypeInfoModificationTime => {
                "browse the program again, or leave the checksum away"
            }
            ErrorCode::InvalidLID => {
                "check the access path; by offset only blocks without optimised access can be read"
            }
            ErrorCode::ServiceAccessDenied | ErrorCode::ServiceNotAllowed => {
                "give the password of the protection level (TIA Portal: Protection & Security)"
            }
            ErrorCode::ServiceInvalidSession | ErrorCode::SecurityDisconnect => "connect again",
            ErrorCode::ServiceTooManySessions | ErrorCode::ServiceTooManyRequests => {
                "close other HMI and engineering connections, or try again later"
            }
            ErrorCode::InvalidValueType | ErrorCode::ValueConversionNotPossible => {
                "write a value of the variable's own type; by offset only octets can be written"
            }
            ErrorCode::NoSupportForTls | ErrorCode::StartTlsFailed | ErrorCode::StoppingTlsFailed => {
                "S7-1200 before firmware 4.5 and S7-1500 before 2.9 have no TLS, nor has a CPU without a certificate: ask for \
                 security=open or security=auto, if the network allows that"
            }
            _ => return None,
        })
    }
}

impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {:016x})", self.meaning(), self.code().0, self.0)
    }
}

impl fmt::Debug for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("Ok");
        }
        write!(f, "{:016x} {:?}", self.0, self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn fields_of_recorded_values() {
        let absent = ReturnValue(0x8020_ab00_1992_fff4);
        assert_eq!(
            (absent.code(), absent.generic()),
            (ErrorCode::ObjectNotFound, GenericCode::InvalidArgumentValue)
        );
        assert_eq!((absent.failed(), absent.of_server(), absent.line()), (true, true, 0x1992));
        let level2 = ReturnValue(0x2605_8000_0653_0019);
        assert_eq!(level2.code(), ErrorCode::ServiceLegitimatedForLevel2);
        assert!(!level2.failed() && !level2.refuses_password());
        let wrong = ReturnValue(0x2605_9900_06a5_0016);
        assert_eq!(wrong.generic(), GenericCode::SessionDelegitimated);
        assert!(!wrong.failed() && wrong.refuses_password());
        assert!(ReturnValue::OK.to_string().starts_with("done"));
    }

    #[test]
    fn made_ones_say_what_they_were_made_of() {
        let made = ReturnValue::of(ErrorCode::NoSupportForTls);
        assert!(made.failed() && made.of_server());
        assert_eq!((made.code().0, made.generic()), (-507, GenericCode::TLSError));
    }
}

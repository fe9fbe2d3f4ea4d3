//! What came of a request: the 64 bits a CPU answers with, and what the user should do.
//!
//! ```text
//!  63 failed | 62 an object with more follows | 61..48 debug | 47 server | 46..40 generic | 39..32 source | 31..16 line | 15..0 code
//! ```
use super::code::{ErrorCode, GenericCode, Source};
use core::fmt;

/// The first field of nearly every answer. 0 is success; what is above without bit 63 is news or a warning.
#[derive(Clone, Copy, Default, Eq, PartialEq, Hash)]
pub struct ReturnValue(pub u64);

impl ReturnValue {
    /// Success.
    pub const OK: Self = Self(0);
    /// As a CPU answers for an object that is not there.
    pub const OBJECT_NOT_FOUND: Self = Self(0x8020_ab00_1bc8_fff4);
    /// As a CPU answers to more items than it takes in one request.
    pub const TOO_MANY_ITEMS: Self = Self(0xa027_a600_0054_fffc);
    /// As a CPU answers to a value of another type than the variable's.
    pub const INVALID_TYPE: Self = Self(0x8318_8900_01b3_fffe);
    /// As a CPU answers to a wrong password: bit 63 is clear.
    pub const PASSWORD_REFUSED: Self = Self(0x2605_9900_06a5_0016);
    /// As a CPU answers to the password of level 2.
    pub const LEGITIMATED_FOR_LEVEL_2: Self = Self(0x2605_8000_0653_0019);

    /// What our emulated CPU answers where no sample of a real one is known, under the generic code that goes with it.
    pub const fn of(code: ErrorCode) -> Self {
        let generic = match code {
            ErrorCode::Ok => GenericCode::Ok,
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
    /// The same with a generic code of one's own: it failed if the code is below zero.
    pub const fn with(code: ErrorCode, generic: GenericCode) -> Self {
        if code.0 == 0 {
            return Self::OK;
        }
        let ([high, low], generic) = (code.0.to_be_bytes(), 0x80 | generic.0);
        let failed = if code.0 < 0 { 0x80 } else { 0 };
        Self(u64::from_be_bytes([failed, 0, generic, 0, 0, 0, high, low]))
    }

    /// Did the service fail?
    pub const fn failed(self) -> bool {
        self.0 >> 63 != 0
    }
    /// Does an object follow that says more (class 522)?
    pub const fn has_extension(self) -> bool {
        self.0 >> 62 & 1 != 0
    }
    /// Debug information of the firmware, 14 bits. Two answers for one reason may differ here.
    pub const fn debug(self) -> u16 {
        let [high, low, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([high & 0x3f, low])
    }
    /// Does the CPU say that the error is its own, not passed on?
    pub const fn is_server(self) -> bool {
        self.0 >> 47 & 1 != 0
    }
    /// The trouble in coarse words.
    pub const fn generic(self) -> GenericCode {
        let [_, _, generic, ..] = self.0.to_be_bytes();
        GenericCode(generic & 0x7f)
    }
    /// The part of the firmware it comes from.
    pub const fn source(self) -> Source {
        let [_, _, _, source, ..] = self.0.to_be_bytes();
        Source(source)
    }
    /// The line of the firmware's source it comes from.
    pub const fn line(self) -> u16 {
        let [_, _, _, _, high, low, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }
    /// The trouble, or the news.
    pub const fn code(self) -> ErrorCode {
        let [_, _, _, _, _, _, high, low] = self.0.to_be_bytes();
        ErrorCode(i16::from_be_bytes([high, low]))
    }
    /// As the answer to a password: was it refused? A wrong one is told by its code alone: [`ReturnValue::failed`] is false.
    pub const fn refuses_password(self) -> bool {
        self.failed() || self.code().0 < 0 || matches!(self.code(), ErrorCode::ServiceSessionDelegitimated)
    }
    /// What it means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match (self.0, self.code()) {
            (0, _) => "success",
            (_, ErrorCode::Ok) if self.failed() => "refused without a reason",
            (_, code) => code.meaning(),
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        self.code().hint()
    }
}

impl ErrorCode {
    /// What it means, in a few words; of a code without a sentence its name.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "success",
            Self::MessageSessionPreLegitimated => "the session is open without a password",
            Self::ServiceIgnored => "the CPU did nothing about it",
            Self::WarningServiceExecutedWithPartialError => "done in part: some items were refused",
            Self::ServiceSessionDelegitimated => "the password is wrong",
            Self::ServiceLegitimatedForLevel1 => "accepted for protection level 1: full access",
            Self::ServiceLegitimatedForLevel2 => "accepted for protection level 2: reading",
            Self::ServiceLegitimatedForLevel3 => "accepted for protection level 3: what an HMI needs",
            Self::MessageTemporarilyOutOfResources => "the CPU is out of resources for the moment",
            Self::MessageLegitimLevelCurrentlyDisabled => "this level of access is disabled at the moment",
            Self::InvalidValueType => "the value is not of the type that is due",
            Self::InvalidArgumentValue => "a value of the request is out of range",
            Self::NotEnoughMemoryAvailable => "the request is too much for the CPU's memory",
            Self::ObjectNotFound => "the object does not exist",
            Self::InvalidCRC => "name or type of the variable are others than asked for",
            Self::ServiceAccessDenied => "access denied",
            Self::ServiceInvalidSession => "the CPU does not know the session",
            Self::ServiceNotAllowed => "not allowed",
            Self::ServiceNotAvailable => "the service is not available",
            Self::ServiceTimeout => "the CPU gave up waiting",
            Self::ServiceTooManyRequests => "too many requests at a time",
            Self::ServiceTooManySessions => "too many sessions",
            Self::ServiceUnknownRequest => "the CPU does not know this request",
            Self::ServiceRequestParsingError => "the CPU could not read the request",
            Self::ServiceNotChangableInRun => "it cannot be changed in RUN",
            Self::TypeInfoNotSet => "the CPU has no type information of it",
            Self::InvalidLID => "there is no such member",
            Self::InvalidTypeInfoModificationTime => "the interface is another than asked for",
            Self::ValueConversionNotPossible => "the value does not fit the type of the variable",
            Self::IntegrityError => "the proof that the request is ours is wrong",
            Self::SecurityDisconnect => "the CPU closes the connection for security",
            Self::SslHandshake => "TLS did not come to be",
            Self::SystemLimitExceeded => "a limit of the CPU is reached",
            Self::PasswordAlreadyUsed => "the password is taken",
            Self::StartTlsFailed => "the CPU could not start TLS",
            Self::StoppingTlsFailed => "the CPU could not end TLS",
            Self::NoSupportForTls => "the CPU speaks no TLS",
            _ => match self.name() {
                Some(name) => name,
                None => "unknown error code",
            },
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::MessageSessionPreLegitimated => {
                "nothing: S7-1200 with firmware 1 to 3 have no passwords at this place"
            }
            Self::WarningServiceExecutedWithPartialError => {
                "look at the error of each item; those without one were done"
            }
            Self::ServiceSessionDelegitimated => {
                "check the password: each protection level of the hardware configuration has its own, and a user's \
                 needs the name, too"
            }
            Self::ServiceLegitimatedForLevel1 => "nothing: this is what the password gives",
            Self::ServiceLegitimatedForLevel2 | Self::ServiceLegitimatedForLevel3 => {
                "what this level forbids needs the password of a lower one; level 1 is full access"
            }
            Self::MessageTemporarilyOutOfResources => "try again in a while",
            Self::MessageLegitimLevelCurrentlyDisabled => {
                "the CPU's configuration or its display forbids this level: try again later, or use the password \
                 of another one"
            }
            Self::InvalidValueType => {
                "browse again: the variable may have another type since the last download. In answer to a password it \
                 means that the CPU takes it in another form"
            }
            Self::InvalidArgumentValue => "check range and length of what is written, and bounds of arrays",
            Self::NotEnoughMemoryAvailable => {
                "ask for fewer items at a time: the CPU says how many it takes (attribute 1037 of object 201)"
            }
            Self::ObjectNotFound => {
                "check the block's number, and that the program was downloaded; then browse again"
            }
            Self::InvalidCRC => {
                "browse again: the variable was changed by a download. Elements of arrays are asked for without a CRC"
            }
            Self::ServiceAccessDenied | Self::ServiceNotAllowed => {
                "the CPU's protection level forbids this: give the password, or lower the level in the hardware \
                 configuration. An HMI session cannot do all that an engineering session can"
            }
            Self::ServiceInvalidSession => {
                "connect again: the session ended, as it does when the CPU restarts"
            }
            Self::ServiceNotAvailable => "this CPU, or its firmware, does not have it",
            Self::ServiceTimeout => "the CPU is busy: try again, with fewer items at a time",
            Self::ServiceTooManyRequests => "have fewer requests unanswered at a time",
            Self::ServiceTooManySessions => {
                "close other connections: HMIs, engineering and OPC UA take sessions, too; those of programs that \
                 died end when their TCP connection does"
            }
            Self::ServiceUnknownRequest => "the CPU's firmware is too old for it, or does not have it",
            Self::ServiceRequestParsingError => {
                "firmware speaks another dialect than expected: report it with a trace and the CPU's firmware"
            }
            Self::ServiceNotChangableInRun => "switch the CPU to STOP first",
            Self::TypeInfoNotSet => {
                "the block is in load memory alone, or not compiled: compile and download it"
            }
            Self::InvalidLID => {
                "browse again: the member is gone, or the array is shorter. Members that are not accessible from \
                 HMI are not there, either"
            }
            Self::InvalidTypeInfoModificationTime => {
                "browse again: the block was changed and downloaded since"
            }
            Self::ValueConversionNotPossible => "write a value of the variable's own type",
            Self::IntegrityError => {
                "connect again: the CPU goes on with no session whose digests or counters are wrong. If it comes back, \
                 report it with a trace and the CPU's firmware"
            }
            Self::SecurityDisconnect => {
                "connect again; look at the CPU's diagnostic buffer for what it took offence at"
            }
            Self::StartTlsFailed | Self::StoppingTlsFailed => {
                "connect again; check that the CPU has a certificate in its hardware configuration; a CPU without TLS is connected to with \
                 security=open or security=auto, if the network allows that"
            }
            Self::SslHandshake => {
                "check that the CPU has a certificate and TLS 1.3 in its hardware configuration, and that its clock is \
                 right"
            }
            Self::SystemLimitExceeded => {
                "use fewer subscriptions, or fewer and smaller variables in them: the CPU says its limits (attribute \
                 1037 of object 201)"
            }
            Self::PasswordAlreadyUsed => "each protection level needs a password of its own",
            Self::NoSupportForTls => {
                "TLS takes an S7-1500 from firmware 2.9 or an S7-1200 from 4.5 (some from 4.3), a software controller \
                 from 21.9, and a project of TIA Portal V17 or later: connect to others with security=open or \
                 security=auto, if the network allows that"
            }
            _ => return None,
        })
    }
}

/// `the object does not exist (ObjectNotFound -12, InvalidArgumentValue, 8020AB001992FFF4)`
impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("success");
        }
        let (code, generic) = (self.code(), self.generic());
        f.write_str(self.meaning())?;
        f.write_str(" (")?;
        if let Some(name) = code.name() {
            write!(f, "{name} ")?;
        }
        write!(f, "{}", code.0)?;
        if generic.0 != 0 {
            write!(f, ", {generic}")?;
        }
        write!(f, ", {:016X})", self.0)
    }
}

/// As the value is written in the field: in hex.
impl fmt::Debug for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnValue({:016X})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn samples_of_devices() {
        let gone = ReturnValue(0x8020_ab00_1992_fff4);
        assert!(gone.failed() && gone.is_server() && !gone.has_extension());
        assert_eq!(
            (gone.code(), gone.generic()),
            (ErrorCode::ObjectNotFound, GenericCode::InvalidArgumentValue)
        );
        assert_eq!((gone.debug(), gone.source(), gone.line()), (0x20, Source::ObjectManagement, 0x1992));
        assert_eq!(
            gone.to_string(),
            "the object does not exist (ObjectNotFound -12, InvalidArgumentValue, 8020AB001992FFF4)"
        );
        let many = ReturnValue::TOO_MANY_ITEMS;
        assert_eq!((many.code().0, many.generic()), (-4, GenericCode::NotEnoughMemoryAvailable));
        assert_eq!(ReturnValue::INVALID_TYPE.generic(), GenericCode::InvalidDatatype);
        assert_eq!(ReturnValue::OBJECT_NOT_FOUND.code().0, -12);
    }

    #[test]
    fn a_wrong_password_does_not_look_failed() {
        let refused = ReturnValue::PASSWORD_REFUSED;
        assert!(!refused.failed() && refused.refuses_password());
        assert_eq!(refused.generic(), GenericCode::SessionDelegitimated);
        assert_eq!(refused.meaning(), "the password is wrong");
        let accepted = ReturnValue::LEGITIMATED_FOR_LEVEL_2;
        assert!(!accepted.failed() && !accepted.refuses_password());
        assert_eq!(accepted.code(), ErrorCode::ServiceLegitimatedForLevel2);
        assert!(!ReturnValue::OK.refuses_password());
    }

    #[test]
    fn every_bit_is_in_one_field() {
        for bit in 0..64 {
            let value = ReturnValue(1 << bit);
            let fields = [
                u64::from(value.code().0.cast_unsigned()),
                u64::from(value.line()) << 16,
                u64::from(value.source().0) << 32,
                u64::from(value.generic().0) << 40,
                u64::from(value.is_server()) << 47,
                u64::from(value.debug()) << 48,
                u64::from(value.has_extension()) << 62,
                u64::from(value.failed()) << 63,
            ];
            assert_eq!(fields.iter().fold(0, |all, field| all | field), value.0, "bit {bit}");
            assert_eq!(fields.iter().filter(|field| **field != 0).count(), 1, "bit {bit}");
        }
    }

    #[test]
    fn made_up() {
        let value = ReturnValue::of(ErrorCode::InvalidLID);
        assert_eq!(value, ReturnValue(0x8000_9300_0000_ff01));
        assert_eq!(ReturnValue::with(ErrorCode(18), GenericCode(0)), ReturnValue(0x0000_8000_0000_0012));
        assert_eq!(ReturnValue::of(ErrorCode::Ok), ReturnValue::OK);
        assert_eq!(ReturnValue(1 << 63).meaning(), "refused without a reason");
        assert_eq!(ReturnValue(0xff_0000_fc18).to_string(), "unknown error code (-1000, 000000FF0000FC18)");
    }

    #[test]
    fn what_users_meet_has_a_sentence_and_a_hint() {
        let met = [
            -2, -3, -4, -12, -17, -100, -106, -107, -108, -112, -113, -119, -120, -124, -254, -255, -256,
            -257, -351, -352, -353, -501, -504, -505, -506, -507, 17, 19, 22, 25, 26, 33, 38,
        ];
        for code in met.map(ErrorCode) {
            assert_ne!(Some(code.meaning()), code.name(), "{code} has no sentence");
            assert!(code.hint().is_some(), "{code} has no hint");
        }
        assert_eq!(ErrorCode::TextLib_buffer_overflow.meaning(), "TextLib_buffer_overflow");
    }
}

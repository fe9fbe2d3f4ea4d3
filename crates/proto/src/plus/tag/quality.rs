//! How good a value is, in the numbers that OPC DA has for it.
use crate::plus::tags::ItemError;

crate::codes! {
    /// How good the value of a tag is: numbers of OPC DA, 192 (C0) for a good one.
    pub struct Quality(u8) {
        /// No value, and nothing more is known.
        Bad = 0x00,
        /// There is no such tag, or it is of another type: the program has changed, or the name is wrong.
        ConfigurationError = 0x04,
        /// There is no connection.
        NotConnected = 0x08,
        DeviceFailure = 0x0c,
        SensorFailure = 0x10,
        /// The last value that was good.
        LastKnown = 0x14,
        /// The connection broke while the value was asked for.
        CommunicationFailure = 0x18,
        OutOfService = 0x1c,
        /// Nothing was read yet.
        WaitingForInitialData = 0x20,
        Uncertain = 0x40,
        Good = 0xc0,
        LocalOverride = 0xd8,
    }
}

impl Quality {
    /// Of what became of a tag.
    pub const fn of<T>(value: &Result<T, ItemError>) -> Self {
        match value {
            Ok(_) => Self::Good,
            Err(ItemError::Name(_) | ItemError::NoValue(_) | ItemError::TooMany(_)) => {
                Self::ConfigurationError
            }
            Err(ItemError::NotRead) => Self::WaitingForInitialData,
            Err(_) => Self::Bad,
        }
    }
    /// Good or uncertain in one of many ways: may the value be used? The two high bits tell.
    pub const fn is_good(self) -> bool {
        self.0 & 0xc0 == 0xc0
    }
    /// Is there no value that may be used?
    pub const fn is_bad(self) -> bool {
        self.0 & 0xc0 == 0
    }
}

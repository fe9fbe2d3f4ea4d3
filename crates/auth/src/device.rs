//! Which method a CPU takes passwords by: section 10.1 of the specification, read off the text of attribute 319.
//!
//! ```text
//!  1;6ES7 214-1AG40-0XB0 ;V4.5        number ; order number ; V or S and firmware
//! ```
use crate::Error;
use crate::error::excerpt;
use core::fmt;

/// What a CPU says of itself when a session opens (attribute 319 in 306).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Device {
    /// The three digits behind the 7 (or 1, of SIPLUS) of the order number's prefix: 214 of `6ES7 214-1AG40-0XB0`.
    pub group: u16,
    /// An S7-1200 of the second generation: its order number ends in `50-0XB0`.
    pub g2: bool,
    /// Its firmware.
    pub firmware: Firmware,
}

/// A firmware by its first two numbers, which compare as numbers: 4.10 is later than 4.7.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Firmware {
    /// Before the dot.
    pub major: u16,
    /// Behind it; 0 if there is none.
    pub minor: u16,
}

/// How a session inside TLS takes a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// Section 10.2: [`sha1_response`](crate::legitimation::sha1_response). Knows no users.
    Sha1,
    /// Section 10.3: [`Chain`](crate::legitimation::Chain).
    Aes,
    /// This firmware takes none inside TLS: update the CPU, or use a session without TLS.
    Unsupported {
        /// The first firmware that takes one.
        least: Firmware,
    },
    /// A device that nobody has recorded yet, so nobody knows.
    Unknown,
}

impl Device {
    /// Reads the text of attribute 319.
    ///
    /// ```
    /// use hepta_auth::{Device, Firmware, Method};
    /// let device = Device::parse("1;6ES7 214-1AG40-0XB0 ;V4.5")?;
    /// assert_eq!((device.group, device.firmware), (214, Firmware { major: 4, minor: 5 }));
    /// assert_eq!(device.method(), Method::Sha1);
    /// # Ok::<(), hepta_auth::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::find(text).ok_or_else(|| Error::Device(excerpt(text)))
    }
    fn find(text: &str) -> Option<Self> {
        let mut fields = text.split(';');
        let (Some(_), Some(order), Some(version), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        let order = order.trim();
        let (prefix, rest) = order.split_once(' ')?;
        let group = rest.trim_start().get(..3)?;
        let group = if prefix.ends_with(['7', '1']) { number(group)? } else { return None };
        let mut numbers = version.trim().strip_prefix(['V', 'S'])?.split('.');
        let (major, minor) = (number(numbers.next()?)?, numbers.next().map_or(Some(0), number)?);
        Some(Self { group, g2: order.ends_with("50-0XB0"), firmware: Firmware { major, minor } })
    }
    /// How it takes a password inside TLS: the table of section 10.1.
    pub const fn method(&self) -> Method {
        // The first firmware with a method, and the first with the newer one, if there is one.
        let (least, newer) = match self.group {
            200..=299 if self.g2 => return Method::Aes,
            200..=299 => (Firmware { major: 4, minor: 3 }, Some(Firmware { major: 4, minor: 7 })),
            500..=599 => (Firmware { major: 2, minor: 9 }, Some(Firmware { major: 3, minor: 1 })),
            600..=699 => (Firmware { major: 21, minor: 9 }, None),
            _ => return Method::Unknown,
        };
        match newer {
            _ if self.firmware.before(least) => Method::Unsupported { least },
            Some(newer) if !self.firmware.before(newer) => Method::Aes,
            _ => Method::Sha1,
        }
    }
}

impl Firmware {
    const fn before(self, other: Self) -> bool {
        self.major < other.major || (self.major == other.major && self.minor < other.minor)
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Digits alone, no sign.
fn number(digits: &str) -> Option<u16> {
    if digits.bytes().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn the_table_of_10_1() {
        let unsupported = |major, minor| Method::Unsupported { least: Firmware { major, minor } };
        for (order, version, method) in [
            ("6ES7 511-1AK02-0AB0", "V2.8", unsupported(2, 9)),
            ("6ES7 511-1AK02-0AB0", "V2.9", Method::Sha1),
            ("6ES7 511-1AK02-0AB0", "V2.10", Method::Sha1),
            ("6ES7 511-1AK02-0AB0", "V3.0", Method::Sha1),
            ("6ES7 518-4AX00-1AB0", "V3.1", Method::Aes),
            ("6ES7 518-4AX00-1AB0", "V4.0.2", Method::Aes),
            ("6ES7 214-1AG40-0XB0", "V4.2", unsupported(4, 3)),
            ("6ES7 214-1AG40-0XB0", "V4.3", Method::Sha1),
            ("6ES7 214-1AG40-0XB0", "V4.6", Method::Sha1),
            ("6ES7 214-1AG40-0XB0", "V4.7", Method::Aes),
            ("6ES7 214-1AG40-0XB0", "V4.10", Method::Aes),
            ("6AG1 214-1AG40-2XB0", "V4.5", Method::Sha1),
            ("6ES7 212-1AG50-0XB0", "V1.0", Method::Aes),
            ("6ES7 672-7AC01-0YA0", "S21.8", unsupported(21, 9)),
            ("6ES7 672-7AC01-0YA0", "S21.9", Method::Sha1),
            ("6ES7 672-7AC01-0YA0", "V40.0", Method::Sha1),
            ("6ES7 315-2EH14-0AB0", "V3.2", Method::Unknown),
        ] {
            let text = format!("1;{order} ;{version}");
            assert_eq!(Device::parse(&text).unwrap().method(), method, "{text}");
        }
    }

    #[test]
    fn what_is_no_device_text_is_said_to_be_none() {
        for text in [
            "",
            ";;",
            "1;6ES7 214-1AG40-0XB0 ",
            "1;6ES7 214-1AG40-0XB0 ;4.5",
            "1;6ES7 214-1AG40-0XB0 ;V4.5;",
            "1;6ES7 214-1AG40-0XB0 ;V99999.1",
            "1;6ES7 214-1AG40-0XB0 ;V4.+5",
            "1;6ES7 2é4-1AG40-0XB0 ;V4.5",
            "1;6ES5 214-1AG40-0XB0 ;V4.5",
            "1;6ES7214-1AG40-0XB0;V4.5",
        ] {
            assert_eq!(Device::parse(text), Err(Error::Device(text.into())), "{text}");
        }
    }
}

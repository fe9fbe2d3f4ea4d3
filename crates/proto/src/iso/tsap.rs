//! TSAPs: who calls whom, behind one TCP port.
//!
//! Two octets on most devices, `connection type | rack 3 bits, slot 5 bits`; text on S7-1200/1500 (`SIMATIC-ROOT-HMI`).
use alloc::boxed::Box;
use core::fmt;

crate::codes! {
    /// The first octet of a two-octet TSAP: which of the CPU's connection resources is asked for.
    pub struct ConnectionType(u8) {
        /// Programming device. S7-300s have one resource for it, so a client that is not one should not take it.
        Pg = 1,
        /// Operator panel: the right one for clients that read and write.
        Op = 2,
        /// S7 basic communication and others.
        Basic = 3,
    }
}

/// A transport service access point of 1..=255 octets.
#[derive(Clone, Eq, PartialEq, Hash)]
pub struct Tsap(Box<[u8]>);

/// Why some octets are no TSAP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TsapError {
    /// Too many or too few octets.
    #[error("a TSAP has 1 to 255 octets, this one has {0}")]
    Length(usize),
    /// The rack or slot does not fit its bits.
    #[error("rack {rack} slot {slot}: racks are 0 to 7, slots 0 to 31")]
    RackSlot {
        /// The rack asked for, 0..=7.
        rack: u8,
        /// The slot asked for, 0..=31.
        slot: u8,
    },
    /// Both TSAPs and the other parameters do not fit the 254 octets that COTP counts.
    #[error("the connect request would be {0} octets long, and COTP can say 254 at most: shorten the TSAPs")]
    Request(usize),
}

impl Tsap {
    /// The given octets, 1..=255 of them.
    pub fn new(octets: impl Into<Box<[u8]>>) -> Result<Self, TsapError> {
        let octets = octets.into();
        if octets.is_empty() || octets.len() > 255 {
            Err(TsapError::Length(octets.len()))
        } else {
            Ok(Self(octets))
        }
    }
    /// The TSAP of a CPU: `kind`, rack 0..=7, slot 0..=31.
    pub fn rack_slot(kind: ConnectionType, rack: u8, slot: u8) -> Result<Self, TsapError> {
        if rack > 7 || slot > 31 {
            return Err(TsapError::RackSlot { rack, slot });
        }
        Ok(Self::from(u16::from_be_bytes([kind.0, rack << 5 | slot])))
    }
    /// The connection type, rack and slot it names, if it is one of a CPU.
    pub fn place(&self) -> Option<(ConnectionType, u8, u8)> {
        match *self.0 {
            [kind, place] if ConnectionType(kind).name().is_some() => {
                Some((ConnectionType(kind), place >> 5, place & 0x1f))
            }
            _ => None,
        }
    }
    /// Its octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl From<u16> for Tsap {
    fn from(two: u16) -> Self {
        Self(Box::new(two.to_be_bytes()))
    }
}

impl fmt::Display for Tsap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tsap(&self.0, f)
    }
}

impl fmt::Debug for Tsap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tsap({self})")
    }
}

/// `01.02` as STEP 7 writes it, text in quotes.
pub(crate) fn write_tsap(octets: &[u8], f: &mut impl fmt::Write) -> fmt::Result {
    if octets.len() > 2 && octets.iter().all(|o| (0x20..0x7f).contains(o)) {
        f.write_char('"')?;
        octets.iter().try_for_each(|o| f.write_char(char::from(*o)))?;
        return f.write_char('"');
    }
    for (i, octet) in octets.iter().enumerate() {
        write!(f, "{}{octet:02X}", if i == 0 { "" } else { "." })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};

    #[test]
    fn composed_as_the_manual_says() {
        assert_eq!(Tsap::rack_slot(ConnectionType::Pg, 0, 2).unwrap().octets(), [1, 2]);
        assert_eq!(Tsap::rack_slot(ConnectionType::Op, 1, 3).unwrap().octets(), [2, 0x23]);
        assert_eq!(Tsap::rack_slot(ConnectionType::Op, 8, 0), Err(TsapError::RackSlot { rack: 8, slot: 0 }));
        assert_eq!(Tsap::from(0x0223).place(), Some((ConnectionType::Op, 1, 3)));
        assert_eq!([Tsap::from(0x1001).place(), Tsap::new(*b"SIMATIC").unwrap().place()], [None, None]);
        assert_eq!(Tsap::new(vec![]), Err(TsapError::Length(0)));
        assert_eq!(Tsap::new(vec![1; 256]), Err(TsapError::Length(256)));
        assert_eq!(
            format!("{} {}", Tsap::from(0x1001), Tsap::new(*b"SIMATIC").unwrap()),
            "10.01 \"SIMATIC\""
        );
    }
}

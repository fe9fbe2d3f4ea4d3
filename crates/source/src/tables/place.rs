//! Addresses in tables of tags: `%I0.0`, `%EW64`, `M 10.0`, `T     5`. Unlike an address that users write for a client, one of
//! these has no type, may be German, may be as wide as `L`, and is never in a data block.
use hepta_proto::data::{Absolute, Area, Type};

use super::TableFault;
use super::row::shown;

/// Where a tag stands, before its type is known.
#[derive(Clone, Debug)]
pub(super) struct Place {
    area: Area,
    octet: u32,
    bit: u8,
    width: Width,
    /// What stood there, for errors.
    text: Box<str>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Width {
    /// `T5`
    None,
    /// `M0.0`
    Bit,
    /// `MB0` to `ML0`: so many octets.
    Octets(usize),
}

impl Place {
    /// `None`: direct peripheral access (`%IW64:P`, `PIW 64`), which is no memory.
    pub(super) fn read(text: &str) -> Result<Option<Self>, TableFault> {
        let fault = || TableFault::Address(shown(text));
        let spoken = text.trim();
        let spoken = spoken.strip_prefix('%').unwrap_or(spoken);
        let digits = spoken.find(|c: char| !c.is_ascii_alphabetic()).ok_or_else(fault)?;
        let (letters, numbers) = spoken.split_at(digits);
        let letters = letters.to_ascii_uppercase();
        let (letters, direct) = match letters.strip_prefix('P') {
            Some(letters) if letters.starts_with(['I', 'E', 'Q', 'A']) => (letters, true),
            _ => (letters.as_str(), false),
        };
        let mut chars = letters.chars();
        let area = match chars.next() {
            Some('I' | 'E') => Area::Input,
            Some('Q' | 'A') => Area::Output,
            Some('M') => Area::Flag,
            Some('T') => Area::Timer,
            Some('C' | 'Z') => Area::Counter,
            _ => return Err(fault()),
        };
        let (numbers, colon) = match numbers.strip_suffix(":P").or_else(|| numbers.strip_suffix(":p")) {
            Some(numbers) => (numbers, true),
            None => (numbers, false),
        };
        let numbers = numbers.trim_start();
        let (octet, bit) = match numbers.split_once('.') {
            Some((octet, bit)) => (octet, Some(number(bit).filter(|bit| *bit < 8).ok_or_else(fault)?)),
            None => (numbers, None),
        };
        let octet = number(octet).ok_or_else(fault)?;
        let numbered = matches!(area, Area::Timer | Area::Counter);
        let width = match (chars.as_str(), bit) {
            ("", None) if numbered => Width::None,
            ("" | "X", Some(_)) if !numbered => Width::Bit,
            ("B", None) if !numbered => Width::Octets(1),
            ("W", None) if !numbered => Width::Octets(2),
            ("D", None) if !numbered => Width::Octets(4),
            ("L", None) if !numbered => Width::Octets(8),
            _ => return Err(fault()),
        };
        if (direct || colon) && !matches!(area, Area::Input | Area::Output) {
            return Err(fault());
        }
        let bit = bit.and_then(|bit| u8::try_from(bit).ok()).unwrap_or(0);
        Ok(Some(Self { area, octet, bit, width, text: text.into() }).filter(|_| !direct && !colon))
    }
    /// Area, octet (or number) and bit, if a variable of this type can stand there.
    pub(super) fn of(&self, ty: &Type) -> Result<(Area, u32, u8), TableFault> {
        let address = || self.text.to_string();
        let fits = match self.width {
            Width::None => true,
            _ if !matches!(ty.size(), 1 | 2 | 4) || is_made_up(ty) => true,
            Width::Bit => *ty == Type::Bool,
            Width::Octets(octets) => *ty != Type::Bool && ty.size() == octets,
        };
        if !fits {
            return Err(TableFault::Width { address: address(), ty: ty.clone() });
        }
        Absolute::new(self.area, self.octet, self.bit, ty.clone())
            .map_err(|what| TableFault::Place { address: address(), what })?;
        Ok((self.area, self.octet, self.bit))
    }
}

/// TIA Portal has `%M20.0` for what is wider than four octets and for PLC data types; other tools have `MB`.
fn is_made_up(ty: &Type) -> bool {
    matches!(ty, Type::Array(_) | Type::Struct(_) | Type::String(_) | Type::WString(_))
}

/// Decimal digits and nothing else.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_mnemonics() {
        for (text, ty, want) in [
            ("%I0.7", Type::Bool, (Area::Input, 0, 7)),
            ("%E1.0", Type::Bool, (Area::Input, 1, 0)),
            ("%QB2", Type::USInt, (Area::Output, 2, 0)),
            ("%AW64", Type::Int, (Area::Output, 64, 0)),
            ("md 10", Type::Real, (Area::Flag, 10, 0)),
            ("%ML8", Type::LReal, (Area::Flag, 8, 0)),
            ("%M20.0", Type::LReal, (Area::Flag, 20, 0)),
            ("M     20.3 ", Type::Bool, (Area::Flag, 20, 3)),
            ("T      5", Type::Timer, (Area::Timer, 5, 0)),
            ("%Z7", Type::Counter, (Area::Counter, 7, 0)),
            ("C7", Type::Counter, (Area::Counter, 7, 0)),
        ] {
            assert_eq!(Place::read(text).unwrap().unwrap().of(&ty), Ok(want), "{text}");
        }
        for text in ["%IW64:P", "%Q0.1:P", "PIW  256", "PAB 3", "PED4"] {
            assert!(Place::read(text).unwrap().is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_tag() {
        for text in [
            "",
            "%",
            "I",
            "%I0",
            "%I0.8",
            "%I0.",
            "%IX",
            "%IW1.0",
            "%M+1.0",
            "%MW-1",
            "%DB1.DBX0.0",
            "LW4",
            "T5.0",
            "TW5",
            "%MW0:P",
            "%M0.0x",
            "%MW99999999999",
            "%I0.0:Q",
            "Ü1",
            "PM0.0",
        ] {
            assert_eq!(Place::read(text).unwrap_err(), TableFault::Address(text.into()));
        }
    }

    #[test]
    fn a_type_has_to_go_with_its_place() {
        for (text, ty) in
            [("%MW0", Type::Bool), ("%M0.0", Type::Int), ("%MB0", Type::Int), ("%ML0", Type::DInt)]
        {
            let fault = Place::read(text).unwrap().unwrap().of(&ty).unwrap_err();
            assert!(matches!(fault, TableFault::Width { .. }), "{text} {fault}");
        }
        for (text, ty) in
            [("%T1", Type::Int), ("%M0.1", Type::LReal), ("%MD65534", Type::Real), ("%ID0", Type::Timer)]
        {
            let fault = Place::read(text).unwrap().unwrap().of(&ty).unwrap_err();
            assert!(matches!(fault, TableFault::Place { .. } | TableFault::Width { .. }), "{text} {fault}");
        }
    }
}

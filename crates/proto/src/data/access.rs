//! A variable by its access path: what the CPU itself calls it, in S7CommPlus.
use alloc::string::{String, ToString as _};
use core::fmt;

use super::address::{AddressError, AddressFault};
use super::scan::Scan;
use super::types::Type;
use crate::plus::address::{ItemAddress, ItemAddressError};

/// A path of ids below an area, and maybe the type of what is there: `8A0E0001.B`, `8A0E0001.B#A6149C91:REAL`, `C9(1037).0`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// The path.
    pub item: ItemAddress,
    /// The type that was written behind it, if any; without it a value is what it looks like on the wire.
    pub ty: Option<Type>,
}

impl Access {
    /// Does a text begin as a path does? Areas of classic S7 begin with a letter, so a path does so only where its sub area
    /// stands in brackets.
    pub(super) fn is_meant(text: &str) -> bool {
        let text = text.trim_start();
        let behind = text.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        text.starts_with(|c: char| c.is_ascii_digit()) || behind.len() < text.len() && behind.starts_with('(')
    }
    /// Takes all that is left.
    pub(super) fn scan(text: &str) -> Result<Self, AddressError> {
        let start = text.len() - text.trim_start().len();
        let (path, ty) = match text.find(':') {
            None => (text, None),
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        };
        let bad = |ItemAddressError { column, what }| AddressError {
            // Blanks are octets of one character.
            column: column + start,
            what: AddressFault::Access(what),
            hint: String::new(),
        };
        let item = path.trim().parse().map_err(bad)?;
        let ty = match ty {
            None => None,
            Some(ty) => {
                let before = path.chars().count() + 1;
                let fault = |column: usize, what| AddressError { column, what, hint: String::new() };
                let mut scan = Scan::new(ty);
                let ty = Type::scan(&mut scan)
                    .map_err(|e| fault(before + e.column, AddressFault::Type(e.what)))?;
                scan.spaces();
                if !scan.done() {
                    return Err(fault(before + scan.column(), AddressFault::LeftOver));
                }
                Some(ty)
            }
        };
        Ok(Self { item, ty })
    }
}

impl From<ItemAddress> for Access {
    fn from(item: ItemAddress) -> Self {
        Self { item, ty: None }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.item.to_string())?;
        self.ty.as_ref().map_or(Ok(()), |ty| write!(f, ":{ty}"))
    }
}

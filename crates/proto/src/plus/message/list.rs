//! Lists that several functions share: addresses, numbered values, numbered return values.
use super::super::address::ItemAddress;
use super::super::outcome::ReturnValue;
use super::super::value::Value;
use super::super::vlq;
use crate::wire::{Malformed, Reader, Wire};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What to read or to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Addresses<'a> {
    /// Variables: in object 0, addressed by area and path.
    Items(Cow<'a, [ItemAddress]>),
    /// Attributes of one object.
    Ids {
        /// The object's relation id, not 0.
        object: u32,
        /// How many items the numbers make up: as many as there are numbers, but where jobs for the test system send paths.
        items: u32,
        /// Attribute ids.
        ids: Cow<'a, [u32]>,
    },
}

impl<'a> Addresses<'a> {
    /// Variables.
    pub const fn items(items: &'a [ItemAddress]) -> Self {
        Self::Items(Cow::Borrowed(items))
    }
    /// Attributes of one object, an item each. More of them than a message can hold are cut off the count, not the list.
    pub fn ids(object: u32, ids: &'a [u32]) -> Self {
        Self::Ids { object, items: count(ids.len()), ids: Cow::Borrowed(ids) }
    }
    /// How many values belong to it.
    pub fn len(&self) -> usize {
        match self {
            Self::Items(items) => items.len(),
            Self::Ids { items, .. } => usize::try_from(*items).unwrap_or(usize::MAX),
        }
    }
    /// Is nothing asked for?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let object = r.u32("object")?;
        let items = vlq::u32(r, "item count")?;
        let bad = r.bad("field count");
        let fields = vlq::u32(r, "field count")?;
        if object != 0 {
            return Ok(Self::Ids { object, items, ids: Cow::Owned(numbers(r, fields, "attribute id")?) });
        }
        // An address takes four octets at the least.
        let mut list = Vec::with_capacity(room(items, r.left() / 4));
        let mut said = 0_usize;
        for _ in 0..items {
            let item = ItemAddress::read(r)?;
            said = said.saturating_add(item.fields());
            list.push(item);
        }
        if usize::try_from(fields) != Ok(said) {
            return Err(bad);
        }
        Ok(Self::Items(Cow::Owned(list)))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Items(list) => {
                out.extend_from_slice(&[0; 4]);
                vlq::put_u32(out, count(list.len()));
                vlq::put_u32(out, count(list.iter().map(ItemAddress::fields).sum()));
                list.iter().for_each(|item| item.write(out));
            }
            Self::Ids { object, items, ids } => {
                out.extend_from_slice(&object.to_be_bytes());
                vlq::put_u32(out, *items);
                vlq::put_u32(out, count(ids.len()));
                ids.iter().for_each(|id| vlq::put_u32(out, *id));
            }
        }
    }
}

/// A count as it stands on the wire. What is longer than that does not fit any message.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Room for `said` things, of which no more than `most` can be there.
pub(super) fn room(said: u32, most: usize) -> usize {
    usize::try_from(said).unwrap_or(usize::MAX).min(most)
}

/// `n` numbers.
pub(super) fn numbers(r: &mut Reader<'_>, n: u32, what: &'static str) -> Result<Vec<u32>, Malformed> {
    let mut list = Vec::with_capacity(room(n, r.left()));
    for _ in 0..n {
        list.push(vlq::u32(r, what)?);
    }
    Ok(list)
}

/// Numbered values up to number 0. `said` of them are expected.
pub(super) fn values(r: &mut Reader<'_>, said: usize) -> Result<Vec<(u32, Value)>, Malformed> {
    // A number, flags and a type are three octets.
    let mut list = Vec::with_capacity(said.min(r.left() / 3));
    loop {
        match vlq::u32(r, "item number")? {
            0 => return Ok(list),
            number => list.push((number, Value::read(r)?)),
        }
    }
}

pub(super) fn put_values(out: &mut Vec<u8>, list: &[(u32, Value)]) {
    for (number, value) in list {
        vlq::put_u32(out, *number);
        value.write(out);
    }
    out.push(0);
}

/// Numbered return values up to number 0.
pub(super) fn failures(r: &mut Reader<'_>) -> Result<Vec<(u32, ReturnValue)>, Malformed> {
    let mut list = Vec::new();
    loop {
        match vlq::u32(r, "item number")? {
            0 => return Ok(list),
            number => list.push((number, outcome(r)?)),
        }
    }
}

pub(super) fn put_failures(out: &mut Vec<u8>, list: &[(u32, ReturnValue)]) {
    for (number, outcome) in list {
        vlq::put_u32(out, *number);
        vlq::put_u64(out, outcome.0);
    }
    out.push(0);
}

pub(super) fn outcome(r: &mut Reader<'_>) -> Result<ReturnValue, Malformed> {
    vlq::u64(r, "return value").map(ReturnValue)
}

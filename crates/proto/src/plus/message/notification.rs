//! Notifications: what a subscription brings, unasked and unanswered.
//!
//! ```text
//!  33 | subscription 4 | 0400 0000 0000 | count | item ... 00 | [id 4 | number 2 | item ... 00] | fill
//!
//!  count   tick | sequence | 00 and 7 octets of time | change       subscriptions from 70000000 on
//!          tick | sequence | change                                 the same, without a time: change is not 0
//!          sequence octet | change                                  below, from old S7-1200
//!
//!  33 | subscription 4 | number 4 | [id 4 | number 2 | item ... 00] | fill          version 1, from one description
//! ```
use super::super::code::Opcode;
use super::super::frame::Version;
use super::super::object::Object;
use super::super::value::Value;
use super::super::vlq;
use super::tail::{Context, FILL, Tail};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

/// What a subscription brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Relation id of the subscription.
    pub subscription: u32,
    /// What stands before the items.
    pub head: Head,
    /// The second part: alarms.
    pub second: Option<Second>,
    /// Fill, and the digest of the first S7-1500. There is no integrity id.
    pub tail: Tail,
}

/// The first part.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Head {
    /// Versions 2 and 3.
    Items {
        /// 0400, 0, 0. Other first numbers are not known.
        unknown: [u16; 3],
        /// Which notification it is.
        count: Count,
        /// What changed. May be empty.
        items: Vec<Item>,
    },
    /// Version 1: a number, and no items before the second part.
    V1(u32),
}

/// Which notification it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Count {
    /// Subscriptions below 70000000.
    Old {
        /// Counts notifications.
        sequence: u8,
        /// As given in the reference list of the subscription.
        change: u8,
    },
    /// Subscriptions from 70000000 on.
    New {
        /// Counts up to the credit.
        tick: u8,
        /// Counts notifications.
        sequence: u32,
        /// When, in microseconds since 1970 UTC. Its highest octet is 0.
        time: Option<u64>,
        /// As given in the reference list of the subscription; not 0 where there is no time.
        change: u8,
    },
}

/// The second part.
#[derive(Clone, Debug, PartialEq)]
pub struct Second {
    /// Relation id; its first octet is not 0.
    pub id: u32,
    /// 0 where it was seen.
    pub unknown: u16,
    /// What it brings.
    pub items: Vec<Item>,
}

crate::codes! {
    /// The first octet of an item.
    pub struct ItemCode(u8) {
        End = 0x00,
        /// The address makes no sense.
        Address = 0x03,
        /// The same, in another way.
        Address2 = 0x13,
        Object = 0x81, Plain = 0x83,
        /// With a reference of four octets.
        Value = 0x92,
        /// With a reference of variable length.
        ShortValue = 0x9b,
        Status = 0x9c,
    }
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A value, by the client's reference for it.
    Value(u32, Value),
    /// The same, with a reference of variable length.
    ShortValue(u32, Value),
    /// What cannot be addressed: 03 or 13, and the client's reference.
    Failure(ItemCode, u32),
    /// A word of the online status; its highest octet is the reference.
    Status(u32),
    /// An alarm.
    Object(Object),
    /// A value without a reference.
    Plain(Value),
}

/// From here on relation ids are of CPUs that count with a tick.
const DYNAMIC: u32 = 0x7000_0000;
/// The one kind whose items are known.
const DATA: u16 = 0x0400;

impl Notification {
    /// Takes a notification: all that is left.
    pub fn read(r: &mut Reader<'_>, cx: Context) -> Result<Self, Malformed> {
        let bad = r.bad("opcode of a notification");
        if r.u8("opcode")? != Opcode::Notification.0 {
            return Err(bad);
        }
        let subscription = r.u32("subscription")?;
        let head = if cx.version == Version::V1 {
            Head::V1(r.u32("number behind the subscription")?)
        } else {
            let bad = r.bad("kind of notification");
            let unknown = [r.u16("kind of notification")?, r.u16("number")?, r.u16("number")?];
            if unknown[0] != DATA {
                return Err(bad);
            }
            Head::Items { unknown, count: Count::read(r, subscription)?, items: items(r)? }
        };
        // A digest may stand here instead, which starts with 20. So would a second part of an id that starts so and is just as long:
        // ids of subscriptions start with 7.
        let mut ahead = r.clone();
        if let Ok(tail) = Tail::read(&mut ahead, cx.bare(), FILL) {
            *r = ahead;
            return Ok(Self { subscription, head, second: None, tail });
        }
        let bad = r.bad("second part");
        let (id, unknown) = (r.u32("second part")?, r.u16("number of the second part")?);
        if id >> 24 == 0 {
            return Err(bad);
        }
        let second = Some(Second { id, unknown, items: items(r)? });
        Ok(Self { subscription, head, second, tail: Tail::read(r, cx.bare(), FILL)? })
    }

    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(Opcode::Notification.0);
        out.extend_from_slice(&self.subscription.to_be_bytes());
        match &self.head {
            Head::V1(number) => out.extend_from_slice(&number.to_be_bytes()),
            Head::Items { unknown, count, items } => {
                unknown.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
                count.write(out);
                put_items(out, items);
            }
        }
        if let Some(second) = &self.second {
            out.extend_from_slice(&second.id.to_be_bytes());
            out.extend_from_slice(&second.unknown.to_be_bytes());
            put_items(out, &second.items);
        }
        self.tail.write(out);
    }
}

impl Count {
    fn read(r: &mut Reader<'_>, subscription: u32) -> Result<Self, Malformed> {
        let first = r.u8("tick or sequence")?;
        if subscription < DYNAMIC {
            return Ok(Self::Old { sequence: first, change: r.u8("change counter")? });
        }
        let sequence = vlq::u32(r, "sequence")?;
        let time = if r.peek().first() == Some(&0) { Some(r.u64("time")?) } else { None };
        Ok(Self::New { tick: first, sequence, time, change: r.u8("change counter")? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Old { sequence, change } => out.extend_from_slice(&[*sequence, *change]),
            Self::New { tick, sequence, time, change } => {
                out.push(*tick);
                vlq::put_u32(out, *sequence);
                if let Some(time) = time {
                    out.extend_from_slice(&time.to_be_bytes());
                }
                out.push(*change);
            }
        }
    }
}

fn items(r: &mut Reader<'_>) -> Result<Vec<Item>, Malformed> {
    let mut list = Vec::new();
    loop {
        let bad = r.bad("code of an item");
        let code = ItemCode(r.u8("code of an item")?);
        list.push(match code {
            ItemCode::End => return Ok(list),
            ItemCode::Address | ItemCode::Address2 => Item::Failure(code, r.u32("reference")?),
            ItemCode::Object => Item::Object(Object::read(r)?),
            ItemCode::Plain => Item::Plain(Value::read(r)?),
            ItemCode::Value => Item::Value(r.u32("reference")?, Value::read(r)?),
            ItemCode::ShortValue => Item::ShortValue(vlq::u32(r, "reference")?, Value::read(r)?),
            ItemCode::Status => Item::Status(r.u32("online status")?),
            _ => return Err(bad),
        });
    }
}

fn put_items(out: &mut Vec<u8>, list: &[Item]) {
    let code = |out: &mut Vec<u8>, code: ItemCode| out.push(code.0);
    for item in list {
        match item {
            Item::Value(reference, value) => {
                code(out, ItemCode::Value);
                out.extend_from_slice(&reference.to_be_bytes());
                value.write(out);
            }
            Item::ShortValue(reference, value) => {
                code(out, ItemCode::ShortValue);
                vlq::put_u32(out, *reference);
                value.write(out);
            }
            Item::Failure(failure, reference) => {
                code(out, *failure);
                out.extend_from_slice(&reference.to_be_bytes());
            }
            Item::Status(word) => {
                code(out, ItemCode::Status);
                out.extend_from_slice(&word.to_be_bytes());
            }
            Item::Object(object) => {
                code(out, ItemCode::Object);
                object.write(out);
            }
            Item::Plain(value) => {
                code(out, ItemCode::Plain);
                value.write(out);
            }
        }
    }
    code(out, ItemCode::End);
}

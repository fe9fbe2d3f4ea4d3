//! Typed items on the wire: what is asked for and written lies inside the address, no more than the value is written, and what
//! was written is read.
use super::types;
use arbitrary::{Result, Unstructured};
use hepta_proto::classic::op::{Items, Merge, ReadMany, Span};
use hepta_proto::classic::tags::{TagError, Writes, spans, values};
use hepta_proto::classic::vars::{DataItem, DataSize, Head, Item, TransportSize};
use hepta_proto::classic::{Area, Draft, Kind, Limits, Pdu, ReturnCode};
use hepta_proto::data::{
    self, Absolute, Address, EncodeError, MAX_STRING, MAX_WSTRING, Options, Type, Value,
};
use hepta_proto::iso::HEAD;
use hepta_proto::op::{Event, Operation, Want};
use hepta_proto::wire::{Reader, Wire};

/// Addresses, each with a value and the memory below; whether the memory can be read before it is written.
pub fn run(data: &[u8]) {
    // Too short to say anything is no failure.
    let _ = script(&mut Unstructured::new(data));
}

/// An address with its memory, which is that of no other.
struct Tag {
    address: Absolute,
    value: Value,
    memory: Vec<u8>,
    /// The declared maximum of each text: its octet, how many octets it has, the most that the type says.
    heads: Vec<(usize, usize, u16)>,
}

/// Areas that no two tags share, by the tag's number.
const AREAS: [[data::Area; 3]; 3] = [
    [data::Area::Db(1), data::Area::Flag, data::Area::Timer],
    [data::Area::Db(2), data::Area::Input, data::Area::Counter],
    [data::Area::InstanceDb(3), data::Area::Output, data::Area::Peripheral],
];

fn script(u: &mut Unstructured<'_>) -> Result<()> {
    let (readable, mut tags) = (u.ratio(3, 4)?, vec![]);
    for areas in &AREAS[..u.int_in_range(1..=3)?] {
        tags.extend(tag(u, areas)?);
    }
    let addresses: Vec<Address> = tags.iter().map(|tag| tag.address.clone().into()).collect();
    let given: Vec<Value> = tags.iter().map(|tag| tag.value.clone()).collect();
    let pairs = || addresses.iter().zip(&given);

    let asked = spans(&addresses).expect("no symbols");
    assert_eq!(asked.len(), tags.len());
    for (span, tag) in asked.iter().zip(&tags) {
        let (start, bits) = tag.bits(span);
        let first = usize::from(tag.address.place.bit);
        let end = first + tag.address.ty.bits();
        assert!(start <= first && end <= start + bits, "{span:?} is not all of {}", tag.address);
        assert!(start + 8 > first && start + bits < end + 8, "{span:?} is more than {}", tag.address);
    }
    let plain = Writes::new(pairs(), Options::default()).expect("values that fit");
    for tag in &tags {
        let heads = plain.heads().iter().filter(|head| tag.holds(head));
        let starts: Vec<usize> = heads.map(|head| tag.bits(head).0 / 8).collect();
        assert_eq!(starts, tag.heads.iter().map(|head| head.0).collect::<Vec<_>>(), "{}", tag.address);
    }
    check(&tags, &plain, false);

    let heads = read(plain.heads(), &tags, readable);
    match Writes::with(pairs(), Options::default(), &heads) {
        Err(TagError::Value { item, why }) => {
            assert!(readable && is_length(&why), "{why}");
            let Tag { memory, heads, .. } = &tags[item];
            assert!(heads.iter().any(|&(at, size, max)| declared(memory, at, size) < max), "{why}");
        }
        Err(other) => panic!("{other}"),
        Ok(writes) => {
            assert_eq!(writes.heads(), plain.heads());
            check(&tags, &writes, readable);
            if readable {
                apply(&mut tags, &writes);
                let got = values(&addresses, &read(&asked, &tags, true), Options::default());
                for (tag, got) in tags.iter().zip(got) {
                    let got = got.unwrap_or_else(|e| panic!("{} := {}: {e}", tag.address, tag.value));
                    assert!(types::alike(&got, &tag.value), "{} := {}: {got:?}", tag.address, tag.value);
                }
            }
        }
    }
    Ok(())
}

fn tag(u: &mut Unstructured<'_>, areas: &[data::Area; 3]) -> Result<Option<Tag>> {
    let area = *u.choose(areas)?;
    let byte = if u.ratio(1, 8)? { u.int_in_range(64_000..=65_535)? } else { u.int_in_range(0..=300)? };
    let ty = match area {
        data::Area::Timer | data::Area::Counter => {
            let one = if area == data::Area::Timer { Type::Timer } else { Type::Counter };
            if u.arbitrary()? { Type::array_of(one, u.int_in_range(1..=20)?).expect("a few") } else { one }
        }
        _ => types::ty(u, 3)?,
    };
    let bit = if ty.is_bits() { u.int_in_range(0..=7)? } else { 0 };
    let Ok(address) = Absolute::new(area, byte, bit, ty) else { return Ok(None) };
    let value = types::value(u, &address.ty)?;
    let mut memory = vec![u.arbitrary()?; address.ty.size() + 1];
    let mut heads = vec![];
    texts(&address.ty, 0, &mut heads);
    for &(at, size, max) in &heads {
        // Never initialised, as declared, shorter, or longer than the address says.
        let most = if size == 1 { MAX_STRING.into() } else { MAX_WSTRING };
        let said = match u.int_in_range(0..=7u8)? {
            0 => 0,
            1 => u.int_in_range(0..=most)?,
            _ => max,
        };
        memory[at..at + size].copy_from_slice(&said.to_be_bytes()[2 - size..]);
    }
    Ok(Some(Tag { address, value, memory, heads }))
}

impl Tag {
    fn counted(&self) -> bool {
        matches!(self.address.place.area, data::Area::Timer | data::Area::Counter)
    }
    /// Is this its memory?
    fn holds(&self, span: &Span) -> bool {
        (span.area, span.db) == wire(self.address.place.area)
    }
    /// First bit and bits of a span, within the memory.
    fn bits(&self, span: &Span) -> (usize, usize) {
        assert!(self.holds(span), "{span:?} is elsewhere than {}", self.address);
        let start = span.start.checked_sub(self.address.place.byte).expect("before the address") as usize;
        match span.bit {
            Some(bit) => {
                assert_eq!(span.len, 1);
                (8 * start + usize::from(bit), 1)
            }
            None => (8 * start * if self.counted() { 2 } else { 1 }, 8 * span.len as usize),
        }
    }
}

/// Each part lies inside its address, no two on one another, and none on what is not the value's.
fn check(tags: &[Tag], writes: &Writes, with_heads: bool) {
    let items = writes.items();
    assert_eq!(items.len(), writes.owners().len());
    let mut taken: Vec<Vec<u8>> = tags.iter().map(|tag| vec![0; tag.memory.len()]).collect();
    let meant: Vec<Vec<u8>> = tags.iter().map(|tag| meant(tag, with_heads)).collect();
    for (write, owner) in items.iter().zip(writes.owners()) {
        let (tag, span) = (&tags[owner], write.span);
        assert_eq!(write.data.len(), span.len as usize);
        let (start, bits) = tag.bits(&span);
        for at in start..start + bits {
            let (octet, mask) = (at / 8, 1 << (at % 8));
            let own = meant[owner].get(octet).is_some_and(|octet| octet & mask != 0);
            assert!(own, "{span:?} touches bit {at} of {}", tag.address);
            assert!(taken[owner][octet] & mask == 0, "bit {at} of {} is written twice", tag.address);
            taken[owner][octet] |= mask;
        }
    }
}

fn apply(tags: &mut [Tag], writes: &Writes) {
    for (write, owner) in writes.items().iter().zip(writes.owners()) {
        let tag = &mut tags[owner];
        let (start, _) = tag.bits(&write.span);
        match write.span.bit {
            Some(bit) => {
                let octet = &mut tag.memory[start / 8];
                *octet = *octet & !(1 << bit) | (write.data[0] & 1) << bit;
            }
            None => tag.memory[start / 8..][..write.data.len()].copy_from_slice(write.data),
        }
    }
    for tag in tags {
        for &(at, size, _) in &tag.heads {
            let most = if size == 1 { MAX_STRING.into() } else { MAX_WSTRING };
            assert!(declared(&tag.memory, at, size) <= most, "no text has such a maximum");
        }
    }
}

/// The bits that a value may be written to: of a text no maximum, unless there is none yet.
fn meant(tag: &Tag, with_heads: bool) -> Vec<u8> {
    let mut mask = vec![0; tag.memory.len()];
    mark(&tag.address.ty, tag.address.place.bit.into(), &mut mask);
    for &(at, size, _) in &tag.heads {
        let unset = with_heads && declared(&tag.memory, at, size) == 0;
        mask[at..at + size].fill(if unset { 0xff } else { 0 });
    }
    mask
}

fn mark(ty: &Type, bit: usize, mask: &mut [u8]) {
    match ty {
        Type::Bool => mask[bit / 8] |= 1 << (bit % 8),
        Type::Array(array) if *array.element() == Type::Bool => {
            let per_row = array.bounds().last().map_or(0, |range| range.clone().count());
            for index in 0..array.count() {
                let row = index / per_row * array.size() / (array.count() / per_row) * 8;
                mark(&Type::Bool, bit + row + index % per_row, mask);
            }
        }
        Type::Array(array) if is_mixed(array.element()) => {
            for index in 0..array.count() {
                mark(array.element(), bit + 8 * index * ty.piece(), mask);
            }
        }
        Type::Struct(members) => {
            for member in members.members() {
                mark(member.ty(), bit + 8 * member.offset() + usize::from(member.bit()), mask);
            }
        }
        // Fill octets mean nothing to anybody.
        _ => mask[bit / 8..bit / 8 + ty.size()].fill(0xff),
    }
}

/// Has it bits or texts somewhere?
fn is_mixed(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::String(_) | Type::WString(_) => true,
        Type::Array(array) => is_mixed(array.element()),
        Type::Struct(members) => members.members().iter().any(|member| is_mixed(member.ty())),
        _ => false,
    }
}

/// Finds the texts of a type that starts at an octet.
fn texts(ty: &Type, at: usize, heads: &mut Vec<(usize, usize, u16)>) {
    match ty {
        Type::String(max) => heads.push((at, 1, (*max).min(MAX_STRING).into())),
        Type::WString(max) => heads.push((at, 2, (*max).min(MAX_WSTRING))),
        Type::Array(array) => {
            (0..array.count()).for_each(|i| texts(array.element(), at + i * ty.piece(), heads));
        }
        Type::Struct(members) => {
            members.members().iter().for_each(|m| texts(m.ty(), at + m.offset(), heads));
        }
        _ => {}
    }
}

fn declared(memory: &[u8], at: usize, size: usize) -> u16 {
    memory[at..at + size].iter().fold(0, |n, octet| n << 8 | u16::from(*octet))
}

fn is_length(error: &EncodeError) -> bool {
    match error {
        EncodeError::Element { why, .. } | EncodeError::Within { why, .. } => is_length(why),
        EncodeError::Length { .. } => true,
        _ => false,
    }
}

/// Reads spans as a client does, from a CPU that has the memory of the tags.
fn read(spans: &[Span], tags: &[Tag], readable: bool) -> Items {
    let limits = Limits { pdu: 960, jobs: 1 };
    let mut op = ReadMany::new(spans, Merge::Never);
    while op.want() == Want::Ask {
        let mut out = vec![];
        let ticket = op.write(limits, &mut Draft::new(&mut out, 1)).expect("they fit every PDU");
        let mut r = Reader::new(&out[HEAD.len() + 10..]);
        let Head { count, .. } = Head::read(&mut r).expect("our own job");
        let (mut data, items) = (vec![], Item::list(count, &mut r).collect::<Vec<_>>());
        for (i, item) in items.iter().enumerate() {
            let Ok(Item::Any(any)) = item else { panic!("{item:?}") };
            let here = |tag: &&Tag| (any.area, any.db) == wire(tag.address.place.area);
            let tag = tags.iter().find(here).expect("memory of a tag");
            let (start, len) = (tag.address.place.byte, any.size().expect("a known type"));
            let start = if tag.counted() { 2 * (any.address - start) } else { (any.address >> 3) - start };
            let octets = tag.memory.get(start as usize..start as usize + len).expect("memory of the tag");
            let before = data.len();
            if !readable {
                DataItem::refused(ReturnCode::AccessNotAllowed).write(&mut data);
            } else if any.transport == TransportSize::Bit {
                DataItem::new(ReturnCode::Ok, DataSize::Bit, &[octets[0] >> any.bit() & 1]).write(&mut data);
            } else {
                DataItem::new(ReturnCode::Ok, DataSize::Byte, octets).write(&mut data);
            }
            DataItem::fill(before, i + 1 < items.len(), &mut data);
        }
        let param = [4, count];
        let pdu = Pdu::new(Kind::AckData, 1, &param, &data);
        op.take(Event::Reply(ticket, pdu)).expect("an honest answer");
    }
    op.finish()
}

const fn wire(area: data::Area) -> (Area, u16) {
    match area {
        data::Area::Db(db) => (Area::Db, db),
        data::Area::InstanceDb(db) => (Area::InstanceDb, db),
        data::Area::Input => (Area::Inputs, 0),
        data::Area::Output => (Area::Outputs, 0),
        data::Area::Timer => (Area::Timers, 0),
        data::Area::Counter => (Area::Counters, 0),
        data::Area::Peripheral => (Area::Peripheral, 0),
        _ => (Area::Flags, 0),
    }
}

//! A message that can be read, header and body, is written again octet for octet.
use hepta_proto::classic::szl::{Communication, Component, List, Mode, Module, Protection, Request};
use hepta_proto::classic::userdata::{Payload, Userdata};
use hepta_proto::classic::vars::{Any, DataItem, Head, Item, Setup};
use hepta_proto::classic::{Kind, Pdu};
use hepta_proto::wire::{Malformed, Reader, Wire};

/// A message as it comes out of COTP.
pub fn run(data: &[u8]) {
    for kind in [1, 3, 7] {
        body(kind, data);
    }
    let Some(pdu) = same::<Pdu<'_>>(data) else { return };
    assert_eq!(pdu.header() + pdu.param.len() + pdu.data.len() + pdu.trailing.len(), data.len());
    if let (Ok(_), Kind::Userdata) = (Userdata::of(&pdu), pdu.kind)
        && let Ok(payload) = Payload::of(&pdu)
    {
        list(payload.data);
    }
    body(pdu.kind.0, pdu.param);
    if let Ok(Head { count, .. }) = Head::read(&mut pdu.params()) {
        items(count, pdu.param.get(2..).unwrap_or_default());
        data_items(count, pdu.data);
    }
}

/// Reads a `T` and holds what it writes against what it used.
fn same<'a, T: Wire<'a> + core::fmt::Debug>(octets: &'a [u8]) -> Option<T> {
    let mut r = Reader::within(octets, 10);
    let value = T::read(&mut r).inspect_err(|e| inside(*e, octets)).ok()?;
    let mut out = vec![0xa5];
    value.write(&mut out);
    assert_eq!(out[1..], octets[..r.offset() - 10], "{value:?}");
    Some(value)
}

fn inside(complaint: Malformed, octets: &[u8]) {
    assert!(
        (10..=10 + octets.len()).contains(&complaint.at),
        "{complaint} is not in {} octets",
        octets.len()
    );
}

/// Octets as each body that a message of that kind may have.
fn body(kind: u8, octets: &[u8]) {
    if kind == Kind::Userdata.0 {
        same::<Userdata>(octets);
        same::<Payload<'_>>(octets);
        list(octets);
        return;
    }
    same::<Setup>(octets);
    same::<Head>(octets);
    same::<Any>(octets);
    same::<Item<'_>>(octets);
    same::<DataItem<'_>>(octets);
    let count = octets.first().copied().unwrap_or(1);
    items(count, octets);
    data_items(count, octets);
}

fn items(count: u8, octets: &[u8]) {
    let mut r = Reader::within(octets, 10);
    let read: Result<Vec<_>, _> = Item::list(count, &mut r).collect();
    let Ok(read) = read.inspect_err(|e| inside(*e, octets)) else { return };
    assert_eq!(read.len(), usize::from(count));
    for item in &read {
        match item {
            Item::DbRead(db) => assert!(db.ranges().all(|range| usize::from(range.len) < 256)),
            Item::Symbolic(symbol) => assert!(symbol.lids().len() < 64),
            _ => {}
        }
    }
    again(&read, octets, r.offset() - 10, |out| out.len() % 2 == 1);
}

fn data_items(count: u8, octets: &[u8]) {
    let mut r = Reader::within(octets, 10);
    let read: Result<Vec<_>, _> = DataItem::list(count, &mut r).collect();
    let Ok(read) = read.inspect_err(|e| inside(*e, octets)) else { return };
    assert_eq!(read.len(), usize::from(count));
    again(&read, octets, r.offset() - 10, |out| out.len() % 2 == 1);
}

/// All of a list, fill octets as they were: they mean nothing, so no type keeps them.
fn again<'a, T: Wire<'a> + core::fmt::Debug>(
    read: &[T],
    octets: &[u8],
    used: usize,
    filled: impl Fn(&[u8]) -> bool,
) {
    let mut out = vec![];
    for (i, item) in read.iter().enumerate() {
        let start = out.len();
        item.write(&mut out);
        if filled(&out[start..]) && i + 1 < read.len() {
            out.push(octets[out.len()]);
        }
    }
    assert_eq!(out, octets[..used], "{read:?}");
}

/// A record is found in its list just where it is written again as it was.
fn records<'a, T: Wire<'a> + core::fmt::Debug>(list: &List<'a>) {
    let whole = list.iter().filter(|record| same::<T>(record).is_some_and(|r| written(&r) == *record));
    assert_eq!(list.of::<T>().count(), whole.count());
}

fn list(octets: &[u8]) {
    same::<Request>(octets);
    let Some(list) = same::<List<'_>>(octets) else { return };
    let record = usize::from(list.record);
    assert!(list.iter().all(|octets| octets.len() == record.max(1)));
    records::<Module>(&list);
    records::<Component>(&list);
    records::<Communication>(&list);
    records::<Protection>(&list);
    records::<Mode>(&list);
    for module in list.of::<Module>() {
        assert!(module.order().len() <= 20 && module.numbers().len() == 3);
    }
    for component in list.of::<Component>() {
        assert!(component.text().len() <= 32);
    }
}

fn written<'a, T: Wire<'a>>(value: &T) -> Vec<u8> {
    let mut out = vec![];
    value.write(&mut out);
    out
}

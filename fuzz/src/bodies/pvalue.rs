//! A value of `S7CommPlus` that can be read is written so that it is read again as the same, and octet for octet where no
//! integer was longer than it need be; so are item addresses, which stand as texts, too.
use core::fmt::Debug;
use hepta_proto::plus::{Data, ItemAddress, Qualifier, Value, vlq};
use hepta_proto::wire::{Malformed, Reader, Wire};

/// A value, an item address, a qualifier, integers or the text of an item address.
pub fn run(data: &[u8]) {
    if let Some(value) = same::<Value>(data) {
        assert!(!value.to_string().is_empty());
        let _ =
            (value.as_i64(), value.as_bytes(), value.as_u32s(), value.as_struct().map(|s| s.members().len()));
    }
    last(data);
    if let Some(address) = same::<ItemAddress>(data) {
        assert_eq!(address.to_string().parse().as_ref(), Ok(&address), "{address}");
    }
    same::<Qualifier>(data);
    number(data, vlq::u32, vlq::put_u32, vlq::len_u32);
    number(data, vlq::i32, vlq::put_i32, vlq::len_i32);
    number(data, vlq::u64, vlq::put_u64, vlq::len_u64);
    number(data, vlq::i64, vlq::put_i64, vlq::len_i64);
    if let Ok(text) = core::str::from_utf8(data) {
        match text.parse::<ItemAddress>() {
            Ok(address) => assert_eq!(address.to_string().parse(), Ok(address), "{text}"),
            Err(error) => assert!((1..=text.chars().count() + 1).contains(&error.column), "{text}: {error}"),
        }
    }
}

/// Reads a `T` off the start of `octets` and holds what it writes against it.
pub(super) fn same<T: for<'a> Wire<'a> + Debug>(octets: &[u8]) -> Option<T> {
    let mut r = Reader::within(octets, 10);
    let value = T::read(&mut r).inspect_err(|e| inside(*e, octets)).ok()?;
    let once = written(&value);
    // An integer longer than it need be becomes another octet or two, and then what follows a type 19 may look like a text.
    if once != octets[..r.offset() - 10] && !format!("{value:?}").contains("S7String") {
        let mut r = Reader::new(&once);
        let again = T::read(&mut r).unwrap_or_else(|e| panic!("{e}: {value:?}"));
        assert_eq!((r.left(), written(&again)), (0, once), "{value:?}");
    }
    Some(value)
}

fn written<T: for<'a> Wire<'a>>(value: &T) -> Vec<u8> {
    let mut out = vec![];
    value.write(&mut out);
    out
}

fn inside(complaint: Malformed, octets: &[u8]) {
    assert!(
        (10..=10 + octets.len()).contains(&complaint.at),
        "{complaint} is not in {} octets",
        octets.len()
    );
}

/// What is the last of its fence survives whatever its type.
fn last(data: &[u8]) {
    let mut r = Reader::new(data);
    let Ok(value) = Value::read_last(&mut r) else { return };
    if let Data::Other(..) = value.data() {
        assert_eq!((written(&value), r.left()), (data.to_vec(), 0));
    }
}

fn number<T: PartialEq + Debug + Copy>(
    octets: &[u8],
    read: impl Fn(&mut Reader<'_>, &'static str) -> Result<T, Malformed>,
    put: impl Fn(&mut Vec<u8>, T),
    len: impl Fn(T) -> usize,
) {
    let Ok(n) = read(&mut Reader::new(octets), "number") else { return };
    let mut out = vec![];
    put(&mut out, n);
    let mut r = Reader::new(&out);
    assert_eq!((read(&mut r, "number"), r.left(), out.len()), (Ok(n), 0, len(n)));
}

//! An object of `S7CommPlus` that can be read is written so that it is read again as the same; lists of members and of names
//! octet for octet.
use super::pvalue::same;
use hepta_proto::plus::Object;
use hepta_proto::plus::lists::{VarnameList, VartypeList};
use hepta_proto::plus::tagdesc::TagDescription;
use hepta_proto::wire::{Reader, Wire};

/// An object, a list or a tag description.
pub fn run(data: &[u8]) {
    if let Some(object) = same::<Object>(data) {
        assert!(object.to_string().lines().count() > object.elements.len());
        assert!(object.children().count() + object.attributes().count() <= object.elements.len());
    }
    same::<TagDescription>(data);
    exactly::<VartypeList>(data);
    exactly::<VarnameList>(data);
    let mut r = Reader::new(data);
    if let Ok(list) = Object::list(&mut r) {
        assert_eq!(list.is_empty(), r.left() == data.len());
    }
}

fn exactly<'a, T: Wire<'a>>(data: &'a [u8]) {
    let mut r = Reader::new(data);
    if let Ok(list) = T::read(&mut r) {
        let mut out = vec![];
        list.write(&mut out);
        assert_eq!(out, data[..data.len() - r.left()]);
    }
}

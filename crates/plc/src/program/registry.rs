//! Types with a name: PLC data types, interfaces of function blocks, and those that every CPU has.
use super::lids::{self, Lids};
use super::{DeclareError, Shape};
use hepta_proto::data::{Origin, Struct};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a named type is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Sort {
    Udt,
    Fb,
    System,
}

/// What names a type.
pub(super) type Key = (Sort, Arc<str>);

/// A named type.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) number: u16,
    /// As it was declared: who says the same means the same type.
    pub(super) of: Struct,
    pub(crate) shape: Arc<Shape>,
}

/// All named types of a program.
#[derive(Debug, Default)]
pub(crate) struct Registry(BTreeMap<Key, Named>);

impl Sort {
    /// Sort and name of a struct; `None` of one without a name.
    pub(super) fn of(of: &Struct) -> Option<Key> {
        Some(match of.origin() {
            Origin::Udt(name) => (Self::Udt, Arc::clone(name)),
            Origin::Fb(name) => (Self::Fb, Arc::clone(name)),
            Origin::System(system) => (Self::System, system.name().into()),
            _ => return None,
        })
    }
    /// The relation id of number 0.
    pub(super) const fn base(self) -> u32 {
        match self {
            Self::Udt => 0x9100_0000,
            Self::Fb => 0x9300_0000,
            Self::System => 0x0200_0000,
        }
    }
    /// Where the numbers of its types are kept.
    pub(super) const fn scope(self) -> &'static str {
        match self {
            Self::Udt => lids::UDTS,
            Self::Fb => lids::FBS,
            Self::System => "",
        }
    }
}

impl Registry {
    pub(super) fn find(&self, key: &Key) -> Option<&Named> {
        self.0.get(key)
    }
    pub(super) fn extend(&mut self, fresh: BTreeMap<Key, Named>) {
        self.0.extend(fresh);
    }
    pub(crate) fn all(&self) -> impl Iterator<Item = (Sort, &Arc<str>, &Named)> {
        self.0.iter().map(|((sort, name), named)| (*sort, name, named))
    }
    /// Notes numbers of types and LIDs of their members.
    pub(super) fn note(&self, lids: &mut Lids) {
        for (sort, name, named) in self.all().filter(|(sort, ..)| *sort != Sort::System) {
            lids.note(sort.scope(), name, named.number.into());
            lids.note_shape(&lids::of_type(sort.scope(), name), &named.shape);
        }
    }
    /// A number that no other type of that sort has, here or in `fresh` or `known`: that of the name, if it had one.
    pub(super) fn number(
        &self,
        (sort, name): &Key,
        fresh: &BTreeMap<Key, Named>,
        known: &Lids,
        taken: impl Fn(u32) -> bool,
    ) -> Result<u16, DeclareError> {
        let names = known.scope(sort.scope());
        let own = names.and_then(|names| names.get(name)).and_then(|number| u16::try_from(*number).ok());
        let used = |number: u16| {
            let mine =
                |(key, named): (&Key, &Named)| key.0 == *sort && key.1 != *name && named.number == number;
            self.0.iter().any(mine) || fresh.iter().any(mine)
        };
        if let Some(own) = own.filter(|own| *own > 0 && !used(*own) && !taken(sort.base() | u32::from(*own)))
        {
            return Ok(own);
        }
        let all = self.0.iter().chain(fresh).filter(|(key, _)| key.0 == *sort).map(|(_, named)| named.number);
        let known = names.into_iter().flatten().filter_map(|(_, number)| u16::try_from(*number).ok());
        let last = all.chain(known).max().unwrap_or(0);
        let mut next = last.checked_add(1).ok_or(DeclareError::Types)?;
        while taken(sort.base() | u32::from(next)) {
            next = next.checked_add(1).ok_or(DeclareError::Types)?;
        }
        Ok(next)
    }
}

//! Which LID each name has, so that it keeps it.
use super::{Interface, Member, Program, Shape};
use core::fmt;
use core::str::FromStr;
use hepta_proto::data::{Origin, Struct, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names and the ids that they have: LIDs of members by the block or type that they stand in, and the numbers of types.
///
/// Clients keep access paths, which are LIDs. Who gives [`Plc::lids`](crate::Plc::lids) back before a program is loaded again
/// ([`Plc::keep_lids`](crate::Plc::keep_lids)) finds each name under the ids it had, wherever it stands now; what is new
/// gets ids that none of them has. What was there once stays in the list: its ids are not given to others.
///
/// As text it is a line for each name; as an iterator it gives scope, name and id, for who has another format.
///
/// ```
/// use hepta_plc::{example, Plc, Profile, program::Lids};
/// let plc = Plc::new(Profile::s7_1500());
/// example::add(&plc)?;
/// let text = plc.lids().to_string();
/// assert!(text.contains("DB \"Demo\".\"st\"\tb\t10\n"));
/// assert_eq!(text.parse::<Lids>()?, plc.lids());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lids(BTreeMap<Arc<str>, BTreeMap<Arc<str>, u32>>);

/// A line that is no entry of [`Lids`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} is no entry: it has a scope, a name and a number, with tabs between them")]
pub struct LidsError {
    /// Which, from 1.
    pub line: usize,
}

/// Where numbers of PLC data types and function blocks stand.
pub(super) const UDTS: &str = "UDT";
pub(super) const FBS: &str = "FB";

/// The scope of a data block.
pub(super) fn of_db(name: &str) -> String {
    format!("DB \"{name}\"")
}
/// The scope of a named type.
pub(super) fn of_type(sort: &str, name: &str) -> String {
    format!("{sort} \"{name}\"")
}
/// The scope of a struct inside another.
pub(super) fn inside(scope: &str, member: &str) -> String {
    format!("{scope}.\"{member}\"")
}

impl Lids {
    pub(super) fn scope(&self, scope: &str) -> Option<&BTreeMap<Arc<str>, u32>> {
        self.0.get(scope)
    }
    /// The id of a name in a scope.
    pub fn find(&self, scope: &str, name: &str) -> Option<u32> {
        self.0.get(scope)?.get(name).copied()
    }
    /// Scopes, names and ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, u32)> {
        self.0.iter().flat_map(|(scope, names)| names.iter().map(|(name, id)| (&**scope, &**name, *id)))
    }
    /// Adds those of another list; of two ids of one name that of the other counts.
    pub fn merge(&mut self, other: Self) {
        for (scope, names) in other.0 {
            self.0.entry(scope).or_default().extend(names);
        }
    }
    pub(super) fn note(&mut self, scope: &str, name: &Arc<str>, id: u32) {
        if let Some(names) = self.0.get_mut(scope) {
            names.insert(Arc::clone(name), id);
        } else {
            self.0.insert(scope.into(), BTreeMap::from([(Arc::clone(name), id)]));
        }
    }
    /// Notes what a block or area has of its own; types are noted by themselves.
    pub(super) fn note_block(&mut self, block: &Interface) {
        match block.home {
            super::Home::Db(_) if block.shape.rid >> 24 != 0x92 => {}
            super::Home::Db(_) => self.note_shape(&of_db(&block.name), &block.shape),
            super::Home::Area(_) => self.note_shape(&block.name, &block.shape),
        }
    }
    pub(super) fn note_shape(&mut self, scope: &str, shape: &Shape) {
        let names = self.0.entry(scope.into()).or_default();
        names.extend(shape.members.iter().map(|member| (Arc::clone(&member.name), member.lid)));
        for member in &shape.members {
            if let Some(inner) = anonymous(member) {
                self.note_shape(&inside(scope, &member.name), inner);
            }
        }
    }
    /// All of a program.
    pub(super) fn of(program: &Program) -> Self {
        let mut lids = program.lids.clone();
        program.registry.note(&mut lids);
        program.blocks().chain(program.areas()).for_each(|interface| lids.note_block(interface));
        lids
    }
}

/// The struct that a member is made of, if it has no name.
fn anonymous(member: &Member) -> Option<&Shape> {
    match member.ty.element() {
        Type::Struct(of) if is_anonymous(of) => member.inner.as_deref(),
        _ => None,
    }
}

pub(super) fn is_anonymous(of: &Struct) -> bool {
    matches!(of.origin(), Origin::Anonymous)
}

impl<S: Into<Arc<str>>, N: Into<Arc<str>>> FromIterator<(S, N, u32)> for Lids {
    fn from_iter<I: IntoIterator<Item = (S, N, u32)>>(all: I) -> Self {
        let mut lids = Self::default();
        for (scope, name, id) in all {
            lids.0.entry(scope.into()).or_default().insert(name.into(), id);
        }
        lids
    }
}

/// Lines of scope, name and id, with tabs between them. Names of a program have no tabs and no line ends.
impl fmt::Display for Lids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(scope, name, id)| writeln!(f, "{scope}\t{name}\t{id}"))
    }
}

impl FromStr for Lids {
    type Err = LidsError;
    fn from_str(text: &str) -> Result<Self, LidsError> {
        let entry = |(line, text): (usize, &str)| {
            let mut parts = text.split('\t');
            let entry = (|| Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?)))();
            let entry = entry.filter(|_| parts.next().is_none());
            let entry = entry.and_then(|(scope, name, id)| Some((scope, name, id.parse().ok()?)));
            entry.ok_or(LidsError { line })
        };
        (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()).map(entry).collect()
    }
}

//! Sources put together: names looked up, types laid out, first values worked out.
mod blocks;
mod literal;
mod types;
mod values;

use crate::error::{At, Fault, ImportError, Near};
use crate::model::{Program, Skipped};
use crate::read::Pos;
use crate::read::tree::{FbDecl, Kind, Name, Source, TypeDecl};
use crate::sidecar::Sidecar;
use hepta_proto::data::{Struct, Type, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Everything that was read, as one program.
pub(crate) fn build(sources: &[Source], sidecar: &Sidecar) -> Result<Program, ImportError> {
    let mut build = Build {
        sources,
        sidecar,
        names: HashMap::new(),
        done: HashMap::new(),
        open: Vec::new(),
        depth: 0,
        room: MAX_VALUES,
        skipped: sources.iter().flat_map(|source| source.skipped.clone()).collect(),
    };
    build.index()?;
    let (mut types, mut fbs) = (Vec::new(), Vec::new());
    for source in sources {
        for decl in &source.types {
            types.extend(build.whole(source, &decl.name, Space::Type)?);
        }
        for decl in &source.fbs {
            fbs.extend(build.whole(source, &decl.name, Space::Fb)?);
        }
    }
    let blocks = build.blocks()?;
    let order: HashMap<&str, usize> = sources.iter().enumerate().map(|(at, s)| (&*s.file, at)).collect();
    let place = |at: &At| (order.get(&*at.file).copied(), at.line, at.column);
    build.skipped.sort_by_key(|skipped| place(&skipped.at));
    Ok(Program { types, blocks, fbs, tags: Vec::new(), skipped: build.skipped })
}

/// Names of PLC data types and those of function blocks do not get in each other's way.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Space {
    Type,
    Fb,
}

/// What has a name.
#[derive(Clone, Copy)]
enum Decl<'a> {
    Type(&'a TypeDecl),
    Fb(&'a FbDecl),
}

/// A type, and what it is at first if anything says so.
#[derive(Clone, Debug)]
struct Typed {
    ty: Type,
    initial: Option<Value>,
}

struct Build<'a> {
    sources: &'a [Source],
    sidecar: &'a Sidecar,
    names: HashMap<(Space, String), (&'a Source, Decl<'a>)>,
    /// `None`: a type that no memory shows anything of.
    done: HashMap<(Space, String), Option<Typed>>,
    /// Named types that are being worked out, the outermost first.
    open: Vec<(Space, String, Arc<str>)>,
    depth: u32,
    /// How many more values are held.
    room: usize,
    skipped: Vec<Skipped>,
}

/// Where names are looked up.
#[derive(Clone, Copy)]
struct Scope<'a> {
    source: &'a Source,
    /// The block, or the type.
    of: &'a str,
    constants: &'a Constants,
}

/// Constants of a block: from lower case to what they are called, and their literals.
type Constants = HashMap<String, (Arc<str>, Arc<str>)>;

impl Scope<'_> {
    fn fault(&self, pos: Pos, what: impl Into<Fault>) -> ImportError {
        ImportError { at: self.source.at(pos), what: what.into() }
    }
}

type Built<T> = Result<T, ImportError>;

/// First values of a whole import.
const MAX_VALUES: usize = 4_000_000;
/// How many types, arrays and named ones counted each, can be worked out inside each other. Types allow less.
const MAX_DEPTH: u32 = 48;

impl<'a> Build<'a> {
    fn index(&mut self) -> Built<()> {
        for source in self.sources {
            let types = source.types.iter().map(|decl| (Space::Type, &decl.name, Decl::Type(decl)));
            let fbs = source.fbs.iter().map(|decl| (Space::Fb, &decl.name, Decl::Fb(decl)));
            for (space, name, decl) in types.chain(fbs) {
                let key = (space, name.text.to_lowercase());
                if let Some((other, before)) = self.names.insert(key, (source, decl)) {
                    let before = match before {
                        Decl::Type(decl) => &decl.name,
                        Decl::Fb(decl) => &decl.name,
                    };
                    let what = Fault::Twice { name: name.text.to_string(), first: other.at(before.pos) };
                    return Err(ImportError { at: source.at(name.pos), what });
                }
            }
        }
        Ok(())
    }
    /// The struct that a declaration is.
    fn whole(&mut self, source: &'a Source, name: &Name, space: Space) -> Built<Option<Struct>> {
        Ok(match self.named(source, name.pos, space, &name.text)? {
            Some(Typed { ty: Type::Struct(members), .. }) => Some(members),
            _ => None,
        })
    }
    /// Takes room for so many values.
    fn charge(&mut self, scope: Scope<'_>, pos: Pos, values: usize) -> Built<()> {
        self.room = self.room.checked_sub(values).ok_or_else(|| scope.fault(pos, Fault::TooMuch))?;
        Ok(())
    }
    fn skip(&mut self, scope: Scope<'_>, pos: Pos, what: String) {
        self.skipped.push(Skipped { what, at: scope.source.at(pos) });
    }
    fn unknown_type(&self, scope: Scope<'_>, kind: &Kind, name: &str) -> ImportError {
        let known = self.names.values().map(|(_, decl)| match decl {
            Decl::Type(decl) => &*decl.name.text,
            Decl::Fb(decl) => &*decl.name.text,
        });
        let near = Near::of(name, known.chain(types::KEYWORDS));
        scope.fault(kind.pos, Fault::UnknownType { name: name.to_owned(), near })
    }
}

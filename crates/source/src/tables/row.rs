//! What a row of a table means, whichever form it came in.
use hepta_proto::data::{Notes, Type, TypeFault};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::place::Place;
use super::{At, ImportError, Skipped, Table, TableFault, Tag};

/// A text and where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A tag as its file says it.
#[derive(Clone, Debug, Default)]
pub(super) struct Row<'a> {
    pub(super) name: Cell<'a>,
    /// The table, with the groups around it where the form has them.
    pub(super) table: &'a str,
    pub(super) ty: Cell<'a>,
    pub(super) address: Cell<'a>,
    pub(super) visible: Cell<'a>,
    pub(super) accessible: Cell<'a>,
    pub(super) writable: Cell<'a>,
    pub(super) retain: Cell<'a>,
    pub(super) comment: &'a str,
}

/// A tag whose type is a PLC data type.
#[derive(Clone, Debug)]
pub struct Unresolved {
    /// Its name, without quotes.
    pub name: Arc<str>,
    /// The table that it stands in.
    pub table: Arc<str>,
    /// The name of its type, without quotes.
    pub udt: Arc<str>,
    /// Who may see and write it, retain, comment.
    pub notes: Notes,
    /// Where it is declared.
    pub at: At,
    place: Place,
}

impl Unresolved {
    /// The tag, now that its type is known; refused where a variable of the type cannot stand at its address.
    pub fn resolve(self, ty: Type) -> Result<Tag, ImportError> {
        let Self { name, table, udt: _, notes, at, place } = self;
        match place.of(&ty) {
            Ok((area, octet, bit)) => Ok(Tag { name, table, area, octet, bit, ty, notes, at }),
            Err(what) => Err(ImportError { at, what: what.into() }),
        }
    }
}

/// What was read of a file so far.
pub(super) struct Rows {
    file: Arc<str>,
    read: Table,
    /// In lower case, with the line of each: names of tags and constants are alike to a CPU.
    names: HashMap<String, u32>,
    /// The table of the last row: most rows stand in the same.
    table: Arc<str>,
    /// What a table is called that has no name: its file without folders and extension.
    stem: String,
}

impl Rows {
    pub(super) fn new(file: &Arc<str>) -> Self {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        Self { file: file.clone(), read: Table::default(), names: HashMap::new(), table: "".into(), stem }
    }
    pub(super) fn file(&self) -> Arc<str> {
        self.file.clone()
    }
    pub(super) fn table(self) -> Table {
        self.read
    }
    pub(super) fn at(&self, line: u32, column: u32) -> At {
        At { file: self.file.clone(), line, column }
    }
    pub(super) fn error(&self, (line, column): (u32, u32), what: TableFault) -> ImportError {
        ImportError { at: self.at(line, column), what: what.into() }
    }
    /// Lists what is left out on purpose.
    pub(super) fn skip(&mut self, cell: Cell<'_>, what: String) {
        let at = self.at(cell.line, cell.column);
        self.read.skipped.push(Skipped { what, at });
    }
    pub(super) fn tag(&mut self, row: &Row<'_>) -> Result<(), ImportError> {
        let name = self.name(row.name)?;
        let at = self.at(row.name.line, row.name.column);
        if row.address.text.trim().is_empty() {
            self.skip(row.name, format!("the tag {name:?}, which has no address"));
            return Ok(());
        }
        let place = Place::read(row.address.text).map_err(|what| self.fault(row.address, what))?;
        let Some(place) = place else {
            let address = shown(row.address.text.trim());
            self.skip(
                row.address,
                format!("the tag {name:?} at {address}, which is direct access to a module"),
            );
            return Ok(());
        };
        let notes = Notes {
            visible: self.flag(row.visible, true)?,
            accessible: self.flag(row.accessible, true)?,
            writable: self.flag(row.writable, true)?,
            retain: self.flag(row.retain, false)?,
            comment: Some(row.comment.trim()).filter(|comment| !comment.is_empty()).map(Arc::from),
            ..Notes::default()
        };
        // First, so that a long one is looked at once only.
        if row.table.len() > MAX_PATH {
            return Err(self.fault(row.name, TableFault::Path(shown(row.table))));
        }
        let table = if row.table.trim().is_empty() { self.stem.clone() } else { row.table.trim().into() };
        if *self.table != *table {
            self.table = table.into();
        }
        let table = self.table.clone();
        match kind(row.ty.text).map_err(|what| self.fault(row.ty, what))? {
            Kind::Udt(udt) => self.read.unresolved.push(Unresolved { name, table, udt, notes, at, place }),
            Kind::Known(ty) => {
                let (area, octet, bit) = place.of(&ty).map_err(|what| self.fault(row.address, what))?;
                self.read.tags.push(Tag { name, table, area, octet, bit, ty, notes, at });
            }
        }
        Ok(())
    }
    pub(super) fn constant(
        &mut self,
        name: Cell<'_>,
        type_name: Cell<'_>,
        value: Cell<'_>,
    ) -> Result<(), ImportError> {
        let name = self.name(name)?;
        let ty = match kind(type_name.text).map_err(|what| self.fault(type_name, what))? {
            Kind::Known(ty) if !matches!(ty, Type::Array(_) | Type::Struct(_)) => ty,
            _ => return Err(self.fault(type_name, TableFault::Constant(shown(type_name.text)))),
        };
        if value.text.trim().is_empty() {
            return Err(self.fault(value, TableFault::Missing("the value of the constant")));
        }
        let literal = ty.parse(value.text.trim());
        let value = literal.map_err(|error| {
            let what = TableFault::Value { text: shown(value.text), ty, what: error.what };
            self.fault(value, what)
        })?;
        self.read.constants.push((name, value));
        Ok(())
    }

    fn fault(&self, cell: Cell<'_>, what: TableFault) -> ImportError {
        self.error((cell.line, cell.column), what)
    }
    fn name(&mut self, cell: Cell<'_>) -> Result<Arc<str>, ImportError> {
        let name = cell.text.trim();
        if name.is_empty() {
            return Err(self.fault(cell, TableFault::Missing("the name")));
        }
        if !is_name(name) {
            return Err(self.fault(cell, TableFault::Name(shown(name))));
        }
        match self.names.entry(name.to_lowercase()) {
            Entry::Vacant(free) => free.insert(cell.line),
            Entry::Occupied(first) => {
                let twice = TableFault::Twice { name: name.into(), line: *first.get() };
                return Err(self.fault(cell, twice));
            }
        };
        Ok(name.into())
    }
    fn flag(&self, cell: Cell<'_>, unsaid: bool) -> Result<bool, ImportError> {
        match cell.text.trim() {
            "" => Ok(unsaid),
            "1" => Ok(true),
            "0" => Ok(false),
            text if text.eq_ignore_ascii_case("true") => Ok(true),
            text if text.eq_ignore_ascii_case("false") => Ok(false),
            text => Err(self.fault(cell, TableFault::Flag(shown(text)))),
        }
    }
}

enum Kind {
    Known(Type),
    Udt(Arc<str>),
}

/// A type, or the name of a PLC data type. Not all exports quote the latter, so any other name is taken for one: who puts
/// sources and tables together knows if there is such a type.
fn kind(text: &str) -> Result<Kind, TableFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TableFault::Missing("the type"));
    }
    if let Some(name) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return if is_name(name) { Ok(Kind::Udt(name.into())) } else { Err(TableFault::Name(shown(name))) };
    }
    // Before it is read: a type has no length of its own.
    if text.chars().nth(MAX_NAME).is_some() {
        return Err(TableFault::Name(shown(text)));
    }
    match text.parse() {
        Ok(ty) => Ok(Kind::Known(ty)),
        Err(error) => match error.what {
            TypeFault::Unknown(_) if is_name(text) && !text.contains(['[', ']', ':', ';', ',', '.', '#']) => {
                Ok(Kind::Udt(text.into()))
            }
            what => Err(TableFault::Type { text: shown(text), what }),
        },
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().nth(MAX_NAME).is_none()
        && !name.contains(|c: char| c == '"' || c.is_control())
}

/// As much of a text as an error shows.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}

/// What TIA Portal lets a name have.
const MAX_NAME: usize = 128;
const MAX_SHOWN: usize = 60;
/// In octets; groups of TIA Portal stand in each other.
const MAX_PATH: usize = 1024;

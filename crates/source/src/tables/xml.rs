//! Tag tables in XML: what Openness exports, and the export of one table.
//!
//! ```text
//! Document                                    Tagtable name=
//!   SW.Tags.PlcTagTable                         Tag type= addr= hmiVisible= ... remark=   (its text is the name)
//!     AttributeList/Name                        Constant type= value= remark=             (its text is the name)
//!     ObjectList
//!       SW.Tags.PlcTag
//!         AttributeList/{Name, DataTypeName, LogicalAddress, ExternalVisible, ...}
//!         LinkList/DataType/Name              (before V14, instead of DataTypeName)
//!         ObjectList/MultilingualText/ObjectList/MultilingualTextItem/AttributeList/{Culture, Text}
//!       SW.Tags.PlcUserConstant
//!         AttributeList/{Name, DataTypeName, Value}
//! ```
//!
//! Older versions have `SW.PlcTagTable` and `SW.ControllerTagTable`: what stands before the last point is not looked at. Of a
//! comment in several languages the first one that is not empty is taken. Entities other than XML's five are refused, and so is
//! a DOCTYPE: nothing expands.
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{XmlVersion, escape::resolve_predefined_entity};

use super::row::{Cell, Row, Rows, shown};
use super::{At, ImportError, TableFault};

pub(super) fn read(text: &str, rows: &mut Rows) -> Result<(), ImportError> {
    let mut document = Document { path: Vec::new(), said: String::new(), table: None, item: None, tables: 0 };
    let file = rows.file();
    let error = |(line, column), what: TableFault| ImportError {
        at: At { file: file.clone(), line, column },
        what: what.into(),
    };
    walk(text, &error, |node, at| match node {
        Node::Open(start) => document.open(start, at, rows).map_err(|what| error(at, what)),
        Node::Close(_) => document.close(rows),
        Node::Text(text) => {
            document.said.push_str(text);
            Ok(())
        }
    })?;
    if document.tables == 0 { Err(error((0, 0), TableFault::NoTable)) } else { Ok(()) }
}

/// Something in a document.
pub(super) enum Node<'a> {
    Open(&'a BytesStart<'a>),
    Close(&'a str),
    Text(&'a str),
}

/// Goes through a document; `take` gets all that is in it, with line and column. What is no document is an `error`.
pub(super) fn walk(
    text: &str,
    error: &dyn Fn((u32, u32), TableFault) -> ImportError,
    mut take: impl FnMut(Node<'_>, (u32, u32)) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut reader = Reader::from_str(text);
    // An empty element is one that ends at once: one way to read both.
    reader.config_mut().expand_empty_elements = true;
    let mut lines = Lines { text, at: 0, line: 1, column: 1 };
    let mut open: Vec<String> = Vec::new();
    loop {
        let at = lines.at(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(what) => {
                let at = Lines { text, at: 0, line: 1, column: 1 }.at(reader.error_position());
                return Err(error(at, TableFault::Xml(shown(&what.to_string()))));
            }
        };
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(error(at, TableFault::TooDeep));
                }
                open.push(start.name().as_ref().into());
                take(Node::Open(&start), at)?;
            }
            Event::End(end) => {
                open.pop();
                take(Node::Close(end.name().as_ref()), at)?;
            }
            Event::Text(text) => take(Node::Text(&text.xml10_content()), at)?,
            Event::CData(text) => take(Node::Text(&text.xml10_content()), at)?,
            Event::GeneralRef(entity) => {
                let text = character(&entity).map_err(|what| error(at, what))?;
                take(Node::Text(&text), at)?;
            }
            Event::DocType(_) => return Err(error(at, TableFault::Doctype)),
            Event::Eof => {
                return open.pop().map_or(Ok(()), |open| Err(error(at, TableFault::Cut(shown(&open)))));
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// What was read of the document, where the reader is.
struct Document {
    /// The elements around, without what stands before the last point of their names.
    path: Vec<String>,
    /// The text of the innermost element so far.
    said: String,
    /// The table that the reader is in: its name, and how deep it stands.
    table: Option<(String, usize)>,
    item: Option<Item>,
    tables: usize,
}

/// A tag or constant that is not complete.
#[derive(Default)]
struct Item {
    constant: bool,
    /// How many elements stand around it, with its own.
    depth: usize,
    name: Said,
    ty: Said,
    /// Address or value.
    what: Said,
    visible: Said,
    accessible: Said,
    writable: Said,
    retain: Said,
    comment: String,
    /// Where the innermost element starts.
    at: (u32, u32),
}

/// A text of an item and where its element starts.
#[derive(Default)]
struct Said(String, (u32, u32));

impl Said {
    /// What was not said at all is missed where the item starts.
    fn cell(&self, start: (u32, u32)) -> Cell<'_> {
        let (line, column) = if self.1.0 == 0 { start } else { self.1 };
        Cell { text: &self.0, line, column }
    }
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>, at: (u32, u32), rows: &mut Rows) -> Result<(), TableFault> {
        let name = start.name();
        let full: &str = name.as_ref();
        let name = full.rsplit('.').next().unwrap_or(full);
        self.said.clear();
        self.path.push(name.into());
        let depth = self.path.len();
        let item = |constant| Item { constant, depth, name: Said(String::new(), at), ..Item::default() };
        match (full.strip_prefix("SW."), name) {
            (Some(_), "PlcTagTable" | "ControllerTagTable") | (None, "Tagtable") => {
                if self.table.is_some() {
                    return Err(TableFault::Nested);
                }
                let mut said = String::new();
                each_attribute(start, |key, value| {
                    if key == "name" {
                        said = value;
                    }
                })?;
                self.table = Some((said, depth));
                self.tables += 1;
            }
            _ if self.table.is_none() => {}
            (Some(_), "PlcTag" | "ControllerTag") => return self.begin(item(false)),
            (Some(_), "PlcUserConstant" | "PlcConstant" | "ControllerConstant") => {
                return self.begin(item(true));
            }
            (Some(_), _) => {
                let cell = Cell { text: full, line: at.0, column: at.1 };
                rows.skip(cell, format!("<{}>, which is neither tag nor user constant", shown(full)));
            }
            (None, "Tag" | "Constant") => {
                let mut item = item(name == "Constant");
                each_attribute(start, |key, value| match key {
                    "type" => item.ty = Said(value, at),
                    "addr" | "value" => item.what = Said(value, at),
                    "hmiVisible" => item.visible = Said(value, at),
                    "hmiAccessible" => item.accessible = Said(value, at),
                    "hmiWriteable" | "hmiWritable" => item.writable = Said(value, at),
                    "retain" => item.retain = Said(value, at),
                    "remark" => item.comment = value,
                    _ => {}
                })?;
                return self.begin(item);
            }
            _ => {}
        }
        if let Some(item) = &mut self.item {
            item.at = at;
        }
        Ok(())
    }
    fn begin(&mut self, item: Item) -> Result<(), TableFault> {
        if self.item.is_some() {
            return Err(TableFault::Nested);
        }
        self.item = Some(item);
        Ok(())
    }
    /// At the end of an element: takes its text, and the tag if it was one.
    fn close(&mut self, rows: &mut Rows) -> Result<(), ImportError> {
        let said = core::mem::take(&mut self.said);
        let depth = self.path.len();
        match (&mut self.item, &mut self.table) {
            (Some(item), table) if item.depth == depth => {
                if item.name.0.is_empty() {
                    item.name.0 = said;
                }
                let table = table.as_ref().map_or("", |(name, _)| name);
                let item = self.item.take().unwrap_or_default();
                item.give(table, rows)?;
            }
            (Some(item), _) => {
                let inside = self.path.get(item.depth..).unwrap_or_default();
                item.take(inside, said);
            }
            (None, Some((_, start))) if *start == depth => self.table = None,
            (None, Some((name, start))) => {
                let inside = self.path.get(*start..).unwrap_or_default();
                if matches!(inside, [list, field] if list == "AttributeList" && field == "Name") {
                    *name = said;
                }
            }
            (None, None) => {}
        }
        self.path.pop();
        Ok(())
    }
}

impl Item {
    /// The text of an element within the item, which stands at `path` in it.
    fn take(&mut self, path: &[String], said: String) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let field = match path.as_slice() {
            ["AttributeList", "Name"] => &mut self.name,
            ["AttributeList", "DataTypeName"] | ["LinkList", "DataType", "Name"] => &mut self.ty,
            ["AttributeList", "LogicalAddress"] if !self.constant => &mut self.what,
            ["AttributeList", "Value"] if self.constant => &mut self.what,
            ["AttributeList", "ExternalVisible"] => &mut self.visible,
            ["AttributeList", "ExternalAccessible"] => &mut self.accessible,
            ["AttributeList", "ExternalWritable"] => &mut self.writable,
            ["AttributeList", "Retain"] => &mut self.retain,
            [.., "MultilingualTextItem", "AttributeList", "Text"]
            | ["AttributeList", "Comment", "MultiLanguageText"] => {
                if self.comment.trim().is_empty() {
                    self.comment = said;
                }
                return;
            }
            _ => return,
        };
        *field = Said(said, self.at);
    }
    fn give(&self, table: &str, rows: &mut Rows) -> Result<(), ImportError> {
        let start = self.name.1;
        if self.constant {
            return rows.constant(self.name.cell(start), self.ty.cell(start), self.what.cell(start));
        }
        rows.tag(&Row {
            name: self.name.cell(start),
            table: table.trim(),
            ty: self.ty.cell(start),
            address: self.what.cell(start),
            visible: self.visible.cell(start),
            accessible: self.accessible.cell(start),
            writable: self.writable.cell(start),
            retain: self.retain.cell(start),
            comment: &self.comment,
        })
    }
}

/// Name and value of each attribute.
pub(super) fn each_attribute(
    start: &BytesStart<'_>,
    mut take: impl FnMut(&str, String),
) -> Result<(), TableFault> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| TableFault::Xml(error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| TableFault::Xml(error.to_string()))?;
        take(attribute.key.as_ref(), value.into_owned());
    }
    Ok(())
}

/// What stands for `&...;`.
fn character(entity: &BytesRef<'_>) -> Result<String, TableFault> {
    match entity.resolve_char_ref() {
        Ok(Some(c)) => return Ok(c.into()),
        Ok(None) => {}
        Err(error) => return Err(TableFault::Xml(error.to_string())),
    }
    let known = resolve_predefined_entity(entity);
    known.map(str::to_owned).ok_or_else(|| TableFault::Entity(shown(entity)))
}

/// Lines and columns of what is read from left to right.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl Lines<'_> {
    /// Line and column of an octet, which is not before the last one that was asked for.
    fn at(&mut self, octet: u64) -> (u32, u32) {
        let end = usize::try_from(octet).unwrap_or(usize::MAX).min(self.text.len());
        for c in self.text.get(self.at..end).unwrap_or_default().chars() {
            if c == '\n' {
                (self.line, self.column) = (self.line.saturating_add(1), 1);
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.at = self.at.max(end);
        (self.line, self.column)
    }
}

/// How deep elements stand in each other; in an export of Openness, eleven.
const MAX_DEPTH: usize = 64;

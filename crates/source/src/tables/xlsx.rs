//! What TIA Portal exports as a workbook: the sheets `PLC Tags` and `Constants`, whose first rows say which column is which.
//!
//! The container is inflated part by part and never beyond the bound of all tables; of the markup (ECMA-376, part 1) this
//! much is read: `workbook/sheets/sheet`, relationships, `sst/si//t`, and `sheetData/row/c` with `v` or `is//t`. A general
//! reader of workbooks was tried first: it makes room for as many texts as the file says there are.
use std::collections::HashMap;
use std::io::{Cursor, Read};

use quick_xml::events::BytesStart;
use zip::ZipArchive;
use zip::result::ZipError;

use super::columns::Columns;
use super::row::{Rows, shown};
use super::xml::{Node, each_attribute, walk};
use super::{ImportError, MAX_OCTETS, TableFault};
use crate::text;

pub(super) fn read(octets: &[u8], rows: &mut Rows) -> Result<(), ImportError> {
    let mut book = Book::open(octets).map_err(|what| rows.error((0, 0), what))?;
    let (sheets, shared) = book.sheets(rows)?;
    let texts = match book.part(&shared).map_err(|what| rows.error((0, 0), what))? {
        Some(xml) => texts(&xml, rows)?,
        None => Vec::new(),
    };
    let mut found = false;
    for (name, path) in sheets {
        let is_known = ["PLC Tags", "Constants"].iter().any(|known| known.eq_ignore_ascii_case(name.trim()));
        if !is_known {
            continue;
        }
        found = true;
        let part = book.part(&path).and_then(|part| part.ok_or_else(|| TableFault::Part(shown(&path))));
        let xml = part.map_err(|what| rows.error((0, 0), what))?;
        let mut sheet = Sheet {
            texts: &texts,
            left: &mut book.left,
            columns: None,
            cells: Vec::new(),
            line: 0,
            column: 0,
        };
        sheet.read(&xml, rows)?;
    }
    if found { Ok(()) } else { Err(rows.error((0, 0), TableFault::NoTable)) }
}

/// The container.
struct Book<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// How many octets may still be inflated, or be said by cells.
    left: usize,
}

impl<'a> Book<'a> {
    fn open(octets: &'a [u8]) -> Result<Self, TableFault> {
        let zip = ZipArchive::new(Cursor::new(octets));
        let zip = zip.map_err(|error| TableFault::Workbook(shown(&error.to_string())))?;
        Ok(Self { zip, left: MAX_OCTETS })
    }
    /// The text of a part, if it is there.
    fn part(&mut self, path: &str) -> Result<Option<String>, TableFault> {
        let fault = |error: &dyn core::fmt::Display| TableFault::Workbook(shown(&error.to_string()));
        let file = match self.zip.by_name(path) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(fault(&error)),
        };
        // What the container says of its lengths is not believed.
        let mut octets = Vec::new();
        let bound = u64::try_from(self.left).unwrap_or(u64::MAX).saturating_add(1);
        file.take(bound).read_to_end(&mut octets).map_err(|error| fault(&error))?;
        self.left = self.left.checked_sub(octets.len()).ok_or(TableFault::TooLarge)?;
        text::decode(&octets).map(Some).ok_or(TableFault::Encoding)
    }
    /// Names and parts of the sheets, and the part with the texts.
    fn sheets(&mut self, rows: &Rows) -> Result<(Vec<(String, String)>, String), ImportError> {
        let error = |what: TableFault| rows.error((0, 0), what);
        let mut needed = |path: &str| {
            let part = self.part(path).and_then(|part| part.ok_or_else(|| TableFault::Part(path.into())));
            part.map_err(error)
        };
        let (workbook, links) = (needed(WORKBOOK)?, needed(LINKS)?);
        let mut targets = HashMap::new();
        let mut shared = "xl/sharedStrings.xml".to_owned();
        each_element(&links, "Relationship", rows, |start| {
            let [id, target, kind] = attributes(start, ["Id", "Target", "Type"])?;
            // Absolute, or beside the workbook.
            let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            if kind.ends_with("/sharedStrings") {
                shared = target;
            } else {
                targets.insert(id, target);
            }
            Ok(())
        })?;
        let mut sheets = Vec::new();
        each_element(&workbook, "sheet", rows, |start| {
            let [name, id] = attributes(start, ["name", "id"])?;
            // A sheet without a part is missed when it is read.
            let path = targets.get(&id).cloned().unwrap_or_default();
            sheets.push((name, path));
            Ok(())
        })?;
        Ok((sheets, shared))
    }
}

/// The texts that cells have by number.
fn texts(xml: &str, rows: &Rows) -> Result<Vec<String>, ImportError> {
    let (mut texts, mut text, mut inside) = (Vec::new(), String::new(), Inside::default());
    walk(xml, &|_, what| rows.error((0, 0), what), |node, _| {
        inside.step(&node);
        match node {
            Node::Open(start) if local(start) == "si" => text.clear(),
            Node::Close(name) if local_name(name) == "si" => texts.push(core::mem::take(&mut text)),
            Node::Text(more) if inside.is_said() => text.push_str(more),
            _ => {}
        }
        Ok(())
    })?;
    Ok(texts)
}

/// Whether the reader is where a text of a cell stands.
#[derive(Default)]
struct Inside {
    text: bool,
    /// How Japanese is read, beside the text.
    phonetic: bool,
}

impl Inside {
    fn step(&mut self, node: &Node<'_>) {
        let (name, open) = match node {
            Node::Open(start) => (local(start), true),
            Node::Close(name) => (local_name(name), false),
            Node::Text(_) => return,
        };
        match name {
            "t" | "v" => self.text = open,
            "rPh" => self.phonetic = open,
            _ => {}
        }
    }
    fn is_said(&self) -> bool {
        self.text && !self.phonetic
    }
}

/// A sheet while it is read.
struct Sheet<'a> {
    texts: &'a [String],
    left: &'a mut usize,
    columns: Option<Columns>,
    /// The row so far.
    cells: Vec<String>,
    /// From 1.
    line: u32,
    /// From 1; 0 before the first cell of a row.
    column: usize,
}

impl Sheet<'_> {
    fn read(&mut self, xml: &str, rows: &mut Rows) -> Result<(), ImportError> {
        let file = rows.file();
        let error = |_, what: TableFault| ImportError {
            at: super::At { file: file.clone(), ..super::At::default() },
            what: what.into(),
        };
        let (mut inside, mut kind, mut said) = (Inside::default(), String::new(), String::new());
        walk(xml, &error, |node, _| {
            inside.step(&node);
            let taken = match node {
                Node::Open(start) if local(start) == "row" => self.row(start),
                Node::Open(start) if local(start) == "c" => {
                    said.clear();
                    self.cell(start).map(|found| kind = found)
                }
                Node::Text(more) if inside.is_said() => {
                    said.push_str(more);
                    Ok(())
                }
                Node::Close(name) if local_name(name) == "c" => self.value(&kind, &said),
                Node::Close(name) if local_name(name) == "row" => return self.end(rows),
                _ => Ok(()),
            };
            let at = (self.line, u32::try_from(self.column).unwrap_or(u32::MAX));
            taken.map_err(|what| rows.error(at, what))
        })
    }
    fn row(&mut self, start: &BytesStart<'_>) -> Result<(), TableFault> {
        let [number] = attributes(start, ["r"])?;
        self.line = match number.as_str() {
            "" => self.line.saturating_add(1),
            _ => number.parse().map_err(|_| TableFault::Cell(shown(&number)))?,
        };
        self.column = 0;
        self.cells.clear();
        Ok(())
    }
    /// The kind of the cell that starts.
    fn cell(&mut self, start: &BytesStart<'_>) -> Result<String, TableFault> {
        let [place, kind] = attributes(start, ["r", "t"])?;
        self.column = match place.as_str() {
            "" => self.column.saturating_add(1),
            _ => column(&place).ok_or_else(|| TableFault::Cell(shown(&place)))?,
        };
        Ok(kind)
    }
    fn value(&mut self, kind: &str, said: &str) -> Result<(), TableFault> {
        let text = match (kind, said.trim()) {
            ("s", "") => "",
            ("s", number) => {
                let text = number.parse().ok().and_then(|number: usize| self.texts.get(number));
                text.ok_or_else(|| TableFault::Shared(shown(number)))?
            }
            ("b", "1") => "TRUE",
            ("b", "0") => "FALSE",
            (_, _) => said,
        };
        // Few octets can say a long text many times.
        *self.left = self.left.checked_sub(text.len()).ok_or(TableFault::TooLarge)?;
        let Some(index) = self.column.checked_sub(1).filter(|index| *index < MAX_COLUMNS) else {
            return Ok(());
        };
        if self.cells.len() <= index {
            self.cells.resize(index + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(index) {
            text.clone_into(cell);
        }
        Ok(())
    }
    fn end(&mut self, rows: &mut Rows) -> Result<(), ImportError> {
        let cells = core::mem::take(&mut self.cells);
        match &self.columns {
            _ if cells.iter().all(|cell| cell.trim().is_empty()) => Ok(()),
            None => {
                self.columns = Some(Columns::read(cells.iter().map(String::as_str), self.line, rows)?);
                Ok(())
            }
            Some(columns) => columns.give(self.line, |i| cells.get(i).map_or("", String::as_str), rows),
        }
    }
}

/// The column of `B12`, from 1.
fn column(place: &str) -> Option<usize> {
    let letters = place.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_place = (1..=3).contains(&letters.len()) && letters.bytes().all(|c| c.is_ascii_uppercase());
    is_place.then(|| letters.bytes().fold(0, |sum, c| sum * 26 + usize::from(c - b'A') + 1))
}

/// Calls `take` with every element of this name.
fn each_element(
    xml: &str,
    name: &str,
    rows: &Rows,
    mut take: impl FnMut(&BytesStart<'_>) -> Result<(), TableFault>,
) -> Result<(), ImportError> {
    let error = |_, what| rows.error((0, 0), what);
    walk(xml, &error, |node, at| match node {
        Node::Open(start) if local(start) == name => take(start).map_err(|what| error(at, what)),
        _ => Ok(()),
    })
}

/// The attributes of these names, whatever their prefixes; empty where there is none.
fn attributes<const N: usize>(start: &BytesStart<'_>, names: [&str; N]) -> Result<[String; N], TableFault> {
    let mut found = [const { String::new() }; N];
    each_attribute(start, |name, value| {
        if let Some((_, free)) = names.iter().zip(&mut found).find(|(known, _)| **known == local_name(name)) {
            *free = value;
        }
    })?;
    Ok(found)
}

fn local<'a>(start: &'a BytesStart<'_>) -> &'a str {
    let name: &'a str = start.as_ref();
    let end = name.find(|c: char| c.is_ascii_whitespace()).unwrap_or(name.len());
    local_name(name.get(..end).unwrap_or_default())
}

/// A name without its prefix.
fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

const WORKBOOK: &str = "xl/workbook.xml";
const LINKS: &str = "xl/_rels/workbook.xml.rels";
/// An export has ten columns; what stands right of these is nobody's.
const MAX_COLUMNS: usize = 64;

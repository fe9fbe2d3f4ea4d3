//! CSV with the columns of the xlsx export, by `;`, `,` or tab, as the first row has it; Excel's `sep=;` is understood.
use super::columns::Columns;
use super::row::{Rows, shown};
use super::{ImportError, TableFault};
use csv::{Reader, ReaderBuilder, StringRecord};

pub(super) fn read(text: &str, rows: &mut Rows) -> Result<(), ImportError> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim_end().strip_prefix("sep=").and_then(|sep| sep.bytes().next());
    let (body, before) = if said.is_some() { (rest, 1) } else { (text, 0) };
    let titles = body.trim_start().lines().next().unwrap_or_default();
    let most = [b';', b',', b'\t'].into_iter().max_by_key(|by| titles.bytes().filter(|c| c == by).count());
    let mut records = Records::new(body, said.or(most).unwrap_or(b';'), before);
    let mut columns = None;
    while let Some(line) = records.next(rows)? {
        let record = &records.record;
        match &columns {
            None => columns = Some(Columns::read(record.iter(), line, rows)?),
            Some(columns) => {
                columns.give(line, |i| record.get(i).unwrap_or_default(), rows)?;
            }
        }
    }
    if columns.is_none() { Err(rows.error((0, 0), TableFault::Column("Name"))) } else { Ok(()) }
}

/// The records of a text, one after the other.
pub(super) struct Records<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Lines are counted up to here.
    at: usize,
    line: u32,
    pub(super) record: StringRecord,
}

impl<'a> Records<'a> {
    /// `before` it stand so many lines that are none.
    pub(super) fn new(text: &'a str, by: u8, before: u32) -> Self {
        let reader =
            ReaderBuilder::new().delimiter(by).has_headers(false).flexible(true).from_reader(text.as_bytes());
        Self { text, reader, at: 0, line: before + 1, record: StringRecord::new() }
    }
    /// The line of the next record, which is then `record`; `None` at the end.
    pub(super) fn next(&mut self, rows: &Rows) -> Result<Option<u32>, ImportError> {
        let found = self.reader.read_record(&mut self.record);
        // The reader's own line is that of the empty lines before the record.
        let from = self.record.position().map_or(0, csv::Position::byte);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let empty = |text: &str| text.bytes().take_while(|c| matches!(c, b'\r' | b'\n')).count();
        let start = from.saturating_add(self.text.get(from..).map_or(0, empty));
        let passed = self.text.get(self.at..start).unwrap_or_default();
        let lines = passed.bytes().filter(|c| *c == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.at = self.at.max(start);
        match found {
            Ok(true) => Ok(Some(self.line)),
            Ok(false) => Ok(None),
            Err(error) => Err(rows.error((self.line, 0), TableFault::Delimited(shown(&error.to_string())))),
        }
    }
}

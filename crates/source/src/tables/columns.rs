//! The columns of a sheet or a CSV file: `Name`, `Path`, `Data Type`, `Logical Address`, `Comment`, `Hmi Visible`, ..., in any
//! order; others (`Typeobject ID`, `Version ID`) are not looked at.
use super::row::{Cell, Row, Rows};
use super::{ImportError, TableFault};

/// Which column is which.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns([Option<usize>; TITLES.len()]);

impl Columns {
    /// From the first row. With a `Logical Address` it is a table of tags, else one of constants, with a `Value`.
    pub(super) fn read<'a>(
        titles: impl Iterator<Item = &'a str>,
        line: u32,
        rows: &Rows,
    ) -> Result<Self, ImportError> {
        let mut columns = Self::default();
        for (i, title) in titles.enumerate() {
            let title = title.trim();
            let known =
                TITLES.iter().zip(&mut columns.0).find(|(known, _)| known.eq_ignore_ascii_case(title));
            match known {
                Some((known, Some(_))) => {
                    return Err(rows.error((line, number(i)), TableFault::ColumnTwice(known)));
                }
                Some((_, free)) => *free = Some(i),
                None => {}
            }
        }
        let needed = [NAME, TYPE, if columns.are_constants() { VALUE } else { ADDRESS }];
        match needed.into_iter().find(|column| columns.column(*column).is_none()) {
            Some(missing) => {
                let title = TITLES.get(missing).copied().unwrap_or_default();
                Err(rows.error((line, 0), TableFault::Column(title)))
            }
            None => Ok(columns),
        }
    }
    fn are_constants(&self) -> bool {
        self.column(ADDRESS).is_none() && self.column(VALUE).is_some()
    }
    fn column(&self, column: usize) -> Option<usize> {
        self.0.get(column).copied().flatten()
    }
    /// One row, whose cells are texts by their index.
    pub(super) fn give<'a>(
        &self,
        line: u32,
        cell: impl Fn(usize) -> &'a str,
        rows: &mut Rows,
    ) -> Result<(), ImportError> {
        let at = |column| {
            let found = self.column(column);
            Cell { text: found.map_or("", &cell), line, column: found.map_or(0, number) }
        };
        // Tools leave rows behind that somebody emptied.
        if (0..TITLES.len()).all(|column| at(column).text.trim().is_empty()) {
            return Ok(());
        }
        if self.are_constants() {
            return rows.constant(at(NAME), at(TYPE), at(VALUE));
        }
        rows.tag(&Row {
            name: at(NAME),
            table: at(PATH).text,
            ty: at(TYPE),
            address: at(ADDRESS),
            visible: at(VISIBLE),
            accessible: at(ACCESSIBLE),
            writable: at(WRITABLE),
            retain: Cell::default(),
            comment: at(COMMENT).text,
        })
    }
}

/// As people count columns.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

const TITLES: [&str; 9] = [
    "Name",
    "Path",
    "Data Type",
    "Logical Address",
    "Comment",
    "Hmi Visible",
    "Hmi Accessible",
    "Hmi Writeable",
    "Value",
];
const NAME: usize = 0;
const PATH: usize = 1;
const TYPE: usize = 2;
const ADDRESS: usize = 3;
const COMMENT: usize = 4;
const VISIBLE: usize = 5;
const ACCESSIBLE: usize = 6;
const WRITABLE: usize = 7;
const VALUE: usize = 8;

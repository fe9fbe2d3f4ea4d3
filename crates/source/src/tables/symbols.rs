//! Symbol tables of STEP 7: one symbol a line, in quotes (`.sdf`) or in columns (`.asc`).
//!
//! ```text
//! "Press closed            ","E       0.3 ","BOOL      ","end switch"
//! 126,Press closed            E       0.3 BOOL      end switch
//! ```
//!
//! Symbols of blocks, PLC data types and variable tables have no place in memory: they are listed and left out.
use super::delimited::Records;
use super::row::{Cell, Row, Rows, shown};
use super::{ImportError, TableFault};

pub(super) fn read_sdf(text: &str, rows: &mut Rows) -> Result<(), ImportError> {
    let mut records = Records::new(text.trim_end_matches(END), b',', 0);
    while let Some(line) = records.next(rows)? {
        if records.record.len() != 4 {
            return Err(rows.error((line, 0), TableFault::Fields));
        }
        let cell = |i: u8| {
            let text = records.record.get(i.into()).unwrap_or_default();
            Cell { text, line, column: u32::from(i) + 1 }
        };
        symbol([cell(0), cell(1), cell(2), cell(3)], rows)?;
    }
    Ok(())
}

pub(super) fn read_asc(text: &str, rows: &mut Rows) -> Result<(), ImportError> {
    for (line, text) in (1..).zip(text.trim_end_matches(END).lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let body = text.strip_prefix("126,").ok_or_else(|| rows.error((line, 1), TableFault::Line))?;
        let (mut rest, mut column) = (body, 5);
        let cells = WIDTHS.map(|width| {
            let end = rest.char_indices().nth(width).map_or(rest.len(), |(end, _)| end);
            let (text, behind) = rest.split_at(end);
            let cell = Cell { text, line, column };
            rest = behind;
            column += u32::try_from(width).unwrap_or(0);
            cell
        });
        symbol(cells, rows)?;
    }
    Ok(())
}

fn symbol([name, address, ty, comment]: [Cell<'_>; 4], rows: &mut Rows) -> Result<(), ImportError> {
    let letters =
        address.text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    if BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(letters)) {
        let (name, of) = (shown(name.text.trim()), shown(address.text.trim()));
        let of = of.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.skip(address, format!("the symbol {name:?} of {of}, which is a block and no memory"));
        return Ok(());
    }
    rows.tag(&Row { name, address, ty, comment: comment.text, ..Row::default() })
}

/// What has a symbol and no place.
const BLOCKS: [&str; 9] = ["DB", "FB", "FC", "OB", "SDB", "SFB", "SFC", "UDT", "VAT"];
/// Symbol, address, type, comment of an `.asc` line, in characters.
const WIDTHS: [usize; 4] = [24, 12, 10, usize::MAX];
/// Tools of DOS end a text with it.
const END: char = '\u{1a}';

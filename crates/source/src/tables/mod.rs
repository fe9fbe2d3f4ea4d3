//! Tables of tags: what TIA Portal and STEP 7 export, in five forms, to one [`Table`].
//!
//! | file | from | form |
//! |---|---|---|
//! | `.xml` | Openness (`SW.Tags.PlcTagTable`), or the export of one table (`<Tagtable>`) | `xml` |
//! | `.xlsx` | "Export" of TIA Portal: sheets `PLC Tags` and `Constants` | `xlsx`, `columns` |
//! | `.csv` | the same columns, by `;`, `,` or tab | `delimited`, `columns` |
//! | `.sdf`, `.asc` | symbol table of STEP 7 | `symbols` |
//!
//! Each form makes rows of texts; what a row means is said once, in `row`.
mod columns;
mod delimited;
mod fault;
mod place;
mod row;
mod symbols;
mod xlsx;
mod xml;

pub use fault::TableFault;
pub use row::Unresolved;

use super::model::{Skipped, Tag};
use super::{At, Fault, ImportError};
use crate::text;
use hepta_proto::data::Value;
use row::Rows;
use std::sync::Arc;

/// What a file of tags declares.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Names for places, in the order of the file.
    pub tags: Vec<Tag>,
    /// Tags whose type is a PLC data type: a source has to declare it. In the order of the file.
    pub unresolved: Vec<Unresolved>,
    /// User constants: what sources may have as bounds of arrays and as first values.
    pub constants: Vec<(Arc<str>, Value)>,
    /// What was read and is no tag: blocks, direct peripheral access, tags without an address.
    pub skipped: Vec<Skipped>,
}

/// Reads a table of tags. The extension of `file` says which form it is, `octets` are what stands in it.
///
/// ```
/// use hepta_source::tag_table;
/// let table = tag_table("line.csv", b"Name;Path;Data Type;Logical Address\nspeed;Line;Real;%MD4\n")?;
/// assert_eq!((table.tags[0].name.as_ref(), table.tags[0].octet), ("speed", 4));
/// # Ok::<(), hepta_source::ImportError>(())
/// ```
///
/// All of a file is read or nothing: the first thing that is wrong is the error.
pub fn tag_table(file: &str, octets: &[u8]) -> Result<Table, ImportError> {
    let file: Arc<str> = file.into();
    let whole = |what| ImportError { at: At { file: file.clone(), ..At::default() }, what };
    if octets.len() > MAX_OCTETS {
        return Err(whole(TableFault::TooLarge.into()));
    }
    let (_, extension) = file.rsplit_once('.').ok_or_else(|| whole(Fault::Kind))?;
    let extension = extension.to_ascii_lowercase();
    let mut rows = Rows::new(&file);
    if extension == "xlsx" {
        xlsx::read(octets, &mut rows)?;
        return Ok(rows.table());
    }
    let read: fn(&str, &mut Rows) -> Result<(), ImportError> = match extension.as_str() {
        "xml" => xml::read,
        "csv" => delimited::read,
        "sdf" => symbols::read_sdf,
        "asc" => symbols::read_asc,
        _ => return Err(whole(Fault::Kind)),
    };
    let text = text::decode(octets).ok_or_else(|| whole(TableFault::Encoding.into()))?;
    read(&text, &mut rows)?;
    Ok(rows.table())
}

/// The octets of the largest file, and of all that an xlsx workbook is when inflated: a hundred times the largest CPU's tags.
const MAX_OCTETS: usize = 64 << 20;

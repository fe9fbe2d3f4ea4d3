//! Records of system state lists as text.
use super::{Entry, Hex};
use crate::classic::Complaint;
use crate::classic::szl::{self, SzlId};
use crate::wire::{Malformed, Reader, Wire};
use core::fmt::Write as _;

/// What a list is called, whichever extract of it.
pub(super) fn name(id: SzlId) -> &'static str {
    SzlId(id.0 & 0xf0ff).name().or_else(|| id.name()).unwrap_or("")
}

/// The records of a list, a line each, and what is cut off of the last.
pub(super) fn tell(list: &szl::List<'_>, entry: &mut Entry) {
    let whole = list.iter().len();
    for record in list.iter() {
        entry.text.push_str("\n      ");
        let mut r = Reader::new(record);
        let told = match SzlId(list.id.0 & 0x00ff) {
            SzlId::Directory => r.u16("id").map(|id| write!(entry.text, "{id:04x} {}", name(SzlId(id)))),
            SzlId::ModuleIdentification => szl::Module::read(&mut r).map(|m| {
                let [a, b, c] = m.numbers();
                write!(
                    entry.text,
                    "{:04x} {} type {:04x} version {a}.{b}.{c}",
                    m.index,
                    Text(m.order()),
                    m.kind
                )
            }),
            SzlId::ComponentIdentification => {
                szl::Component::read(&mut r).map(|c| write!(entry.text, "{:04x} {}", c.index, Text(c.text())))
            }
            SzlId(0x24) => szl::Mode::read(&mut r).map(|mode| write!(entry.text, "{mode:02x?}")),
            SzlId(0x31) if list.index == 1 => {
                szl::Communication::read(&mut r).map(|c| write!(entry.text, "{c:02x?}"))
            }
            SzlId(0x32) if list.index == 4 => {
                szl::Protection::read(&mut r).map(|p| write!(entry.text, "{p:02x?}"))
            }
            SzlId(number) => tell_fields(fields(number, list.index), &mut r, entry),
        };
        if told.is_err() || r.left() > 0 {
            let _ = write!(entry.text, "{}", Hex(record));
            entry
                .complaints
                .push(Complaint::Raw { what: "record of a system state list", len: record.len() });
        }
    }
    let cut = list.records.len() - whole * usize::from(list.record).min(list.records.len());
    if cut > 0 {
        let _ = write!(entry.text, "\n      {cut} octets of a record that goes on in the next part");
    }
}

/// Names and octets of the fields of records that have no type of their own (S7COMM wire reference, §6.1.1).
const fn fields(number: u16, index: u16) -> &'static [(&'static str, usize)] {
    match (number, index) {
        (0x12, _) => &[("characteristic", 2)],
        (0x13, _) => &[
            ("index", 2),
            ("code", 2),
            ("size", 4),
            ("mode", 2),
            ("granularity", 2),
            ("area1", 4),
            ("used1", 4),
            ("free1", 4),
            ("area2", 4),
            ("used2", 4),
            ("free2", 4),
        ],
        (0x14, _) => &[("index", 2), ("code", 2), ("quantity", 2), ("retentive", 2)],
        (0x15, _) => &[("index", 2), ("blocks", 2), ("length", 2), ("work memory", 4)],
        (0x19 | 0x74, _) => &[("LED", 2), ("on", 1), ("blinks", 1)],
        (0x22, _) => &[("start information", 20), ("processing", 2), ("reaction", 2), ("discarded", 4)],
        (0x91, _) => &[
            ("address1", 2),
            ("address2", 2),
            ("logical address", 2),
            ("expected type", 2),
            ("actual type", 2),
            ("reserved", 2),
            ("state", 2),
            ("area and width", 2),
        ],
        (0xa0, _) => {
            &[("event", 2), ("priority", 1), ("OB", 1), ("DatID", 2), ("info1", 2), ("info2", 4), ("time", 8)]
        }
        (0x32, 1) => &[
            ("index", 2),
            ("reserved PG", 2),
            ("reserved OS", 2),
            ("used PG", 2),
            ("used OS", 2),
            ("configured", 2),
            ("established", 2),
            ("free", 2),
            ("free used", 2),
            ("load", 2),
            ("reserved", 20),
        ],
        (0x32, 2) => &[("index", 2), ("test jobs", 2), ("reserved", 36)],
        (0x32, 5) => &[
            ("index", 2),
            ("extended", 2),
            ("sending", 2),
            ("user messages", 2),
            ("status messages", 2),
            ("reserved", 30),
        ],
        (0x32, 8) => &[
            ("index", 2),
            ("cycle", 2),
            ("correction", 2),
            ("run-time meters", 16),
            ("time", 8),
            ("reserved", 10),
        ],
        (0x32, 0x0b | 0x0c) => &[("index", 2), ("states", 2), ("run-time meters", 32), ("reserved", 4)],
        _ => &[],
    }
}

/// Octets by the names of their fields.
fn tell_fields(
    fields: &[(&'static str, usize)],
    r: &mut Reader<'_>,
    entry: &mut Entry,
) -> Result<core::fmt::Result, Malformed> {
    if fields.iter().map(|(_, octets)| octets).sum::<usize>() != r.left() {
        return Err(r.bad("record"));
    }
    for (i, (name, octets)) in fields.iter().enumerate() {
        let _ =
            write!(entry.text, "{}{name} {}", if i == 0 { "" } else { ", " }, Hex(r.take(*octets, name)?));
    }
    Ok(Ok(()))
}

/// Octets of text, quoted; what cannot be shown is escaped.
struct Text<'a>(&'a [u8]);

impl core::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

//! The contents of the program as XML, which clients compare to learn that it was changed.
use super::Home;
use super::objects::Child;
use crate::plc::Plc;
use core::fmt::Write as _;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hepta_proto::data::time::Civil;
use hepta_proto::plus::Value;
use hepta_proto::plus::object::Object;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

/// The object that has them: a wildcard, which stands below the program.
pub(super) const RID: u32 = 0x8a11_ffff;
/// Its class is in no source; constants of the program have this one.
const CLASS: u32 = 4273;
/// The attribute.
const CONTENT: u32 = 4275;

/// The tag table of tags that nobody says one of.
pub(super) const TABLE: &str = "Default tag table";

impl Plc {
    /// The contents of the program as clients compare them: blocks, PLC data types and tag tables with the times of their last
    /// change, as XML (`PlcContentInfo`). Any change of the program changes it.
    pub fn content_xml(&self) -> String {
        let (children, tables) =
            self.memory(|memory| (memory.program.children(), memory.program.tables.clone()));
        xml(&self.profile().identity.station, &children, &tables)
    }
    pub(super) fn content(&self) -> Object {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        // A vector takes all there is.
        let written = packed.write_all(self.content_xml().as_bytes()).and_then(|()| packed.finish());
        Object::new(RID, CLASS).with(CONTENT, Value::blob(written.unwrap_or_default()))
    }
}

fn xml(station: &str, children: &[Child], tables: &BTreeMap<Arc<str>, u64>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<PlcContentInfo>\n");
    out.push_str("<Entity Id=\"Target\"><GroupStructureV2><Unit Name=\"");
    escaped(&mut out, station);
    out.push_str("\">\n");
    let ids = |out: &mut String, group: &str, of_types: bool| {
        _ = write!(out, "<{group}>");
        for child in children.iter().filter(|child| child.is_udt() == of_types) {
            _ = write!(out, "<OnlineId>{}</OnlineId>", child.rid());
        }
        _ = writeln!(out, "</{group}>");
    };
    ids(&mut out, "ProgramBlocks", false);
    out.push_str("<PlcTagTables>");
    for table in tables.keys() {
        out.push_str("<OnlineId>");
        escaped(&mut out, table);
        out.push_str("</OnlineId>");
    }
    out.push_str("</PlcTagTables>\n");
    ids(&mut out, "PlcDataTypes", true);
    out.push_str("</Unit></GroupStructureV2></Entity>\n");
    for child in children {
        let (name, number, kind, language) = match child {
            Child::Db(block) => {
                let number = if let Home::Db(number) = block.home { number } else { 0 };
                (&block.name, number, "DB", "DB")
            }
            Child::Type { name, number, .. } if child.is_udt() => (name, *number, "UDT", "UDT"),
            Child::Type { name, number, .. } => (name, *number, "FB", "SCL"),
        };
        let sub = if child.is_instance() { "IDB" } else { kind };
        _ = write!(out, "<Entity Id=\"Block\" Rid=\"{}\"><Header Name=\"", child.rid());
        escaped(&mut out, name);
        _ = write!(out, "\" Number=\"{number}\" Type=\"{kind}\" SubType=\"{sub}\" ");
        _ = write!(out, "ProgrammingLanguage=\"{language}\" LastModified=\"{}\"/>", Moment(child.changed()));
        out.push_str("</Entity>\n");
    }
    for (table, changed) in tables {
        out.push_str("<TagTable Name=\"");
        escaped(&mut out, table);
        _ = writeln!(out, "\" LoadRelevantModifiedTime=\"{}\"/>", Moment(*changed));
    }
    out.push_str("</PlcContentInfo>\n");
    out
}

/// Nanoseconds since 1970 as `2026-11-21T10:00:00.1234567Z`.
struct Moment(u64);

impl core::fmt::Display for Moment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let at = Civil::from_unix_nanos(i64::try_from(self.0).unwrap_or(i64::MAX));
        write!(f, "{:04}-{:02}-{:02}T", at.year(), at.month(), at.day())?;
        write!(f, "{:02}:{:02}:{:02}.{:07}Z", at.hour(), at.minute(), at.second(), at.nano() / 100)
    }
}

/// Appends text as XML has it. What looks like an escape of names (`_x0041_`) is escaped itself.
fn escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '_' if rest.starts_with("_x") => out.push_str("_x005F_"),
            c => out.push(c),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times_as_clients_read_them() {
        let mut out = String::new();
        escaped(&mut out, "a<b & \"c\"_x0041_");
        assert_eq!(out, "a&lt;b &amp; &quot;c&quot;_x005F_x0041_");
        assert_eq!(Moment(0x17a1_b2c3_d4e5_f600).to_string(), "2023-12-17T18:44:48.2829655Z");
    }
}

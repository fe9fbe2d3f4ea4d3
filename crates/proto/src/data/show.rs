//! Values as literals of IEC 61131-3, in the spelling of STEP 7.
use core::fmt::{self, Write as _};

use super::time::{Civil, DATE_EPOCH, civil_from_days, write_clock};
use super::types::write_name;
use super::value::Value;

/// A literal that [`Type::parse`](super::Type::parse) reads back to an equal value.
///
/// `TRUE`, `16#FF`, `-12`, `1.5`, `'text'`, `WSTRING#'text'`, `D#2026-11-20`, `T#1d2h`, `[1, 2, 3]`, `(on := TRUE, speed := 1.5)`.
/// Floats are as short as they can be without losing a bit.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(on) => f.write_str(if *on { "TRUE" } else { "FALSE" }),
            Self::Byte(n) => write!(f, "16#{n:02X}"),
            Self::Word(n) => write!(f, "16#{n:04X}"),
            Self::DWord(n) => write!(f, "16#{n:08X}"),
            Self::LWord(n) => write!(f, "16#{n:016X}"),
            Self::SInt(n) => write!(f, "{n}"),
            Self::USInt(n) => write!(f, "{n}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::UInt(n) => write!(f, "{n}"),
            Self::DInt(n) => write!(f, "{n}"),
            Self::UDInt(n) => write!(f, "{n}"),
            Self::LInt(n) => write!(f, "{n}"),
            Self::ULInt(n) => write!(f, "{n}"),
            // Debug has the shortest digits too, and an exponent for what is large or small.
            Self::Real(x) => write!(f, "{x:?}"),
            Self::LReal(x) => write!(f, "{x:?}"),
            Self::Char(ch) => write_text(f, "", [*ch], false),
            Self::WChar(ch) => write_text(f, "WCHAR#", [*ch], true),
            Self::String(text) => write_text(f, "", text.chars(), false),
            Self::WString(text) => write_text(f, "WSTRING#", text.chars(), true),
            Self::Date(days) => {
                let (year, month, day) = civil_from_days(DATE_EPOCH + i32::from(*days));
                write!(f, "D#{year:04}-{month:02}-{day:02}")
            }
            Self::Time(millis) => {
                write_span(f, "T#", *millis < 0, u64::from(millis.unsigned_abs()) * 1_000_000, "ms")
            }
            Self::LTime(nanos) => write_span(f, "LT#", *nanos < 0, nanos.unsigned_abs(), "ns"),
            Self::S5Time(span) | Self::Timer(span) => {
                write_span(f, "S5T#", false, u64::from(span.millis()) * 1_000_000, "ms")
            }
            Self::Tod(millis) => {
                f.write_str("TOD#")?;
                write_clock(f, u64::from(*millis) * 1_000_000)
            }
            Self::LTod(nanos) => {
                f.write_str("LTOD#")?;
                write_clock(f, *nanos)
            }
            Self::DateAndTime(moment) => write!(f, "DT#{moment}"),
            Self::Ldt(nanos) => write!(f, "LDT#{}", Civil::from_unix_nanos(*nanos)),
            Self::Dtl(moment) => write!(f, "DTL#{moment}"),
            Self::Counter(n) => write!(f, "C#{n}"),
            Self::Array(items) => {
                f.write_char('[')?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(']')
            }
            Self::Bytes(octets) => {
                f.write_char('[')?;
                for (i, octet) in octets.iter().enumerate() {
                    write!(f, "{}16#{octet:02X}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(']')
            }
            Self::Struct(members) => {
                f.write_char('(')?;
                for (i, (name, value)) in members.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    write_name(f, name)?;
                    write!(f, " := {value}")?;
                }
                f.write_char(')')
            }
        }
    }
}

fn write_text(
    f: &mut fmt::Formatter<'_>,
    prefix: &str,
    text: impl IntoIterator<Item = char>,
    wide: bool,
) -> fmt::Result {
    write!(f, "{prefix}'")?;
    for ch in text {
        match ch {
            '$' => f.write_str("$$")?,
            '\'' => f.write_str("$'")?,
            '\n' => f.write_str("$L")?,
            '\r' => f.write_str("$R")?,
            '\t' => f.write_str("$T")?,
            '\u{c}' => f.write_str("$P")?,
            '\0'..' ' | '\u{7f}' if wide => write!(f, "${:04X}", u32::from(ch))?,
            '\0'..' ' | '\u{7f}' => write!(f, "${:02X}", u32::from(ch))?,
            _ => f.write_char(ch)?,
        }
    }
    f.write_char('\'')
}

/// `T#1d2h3m4s5ms`, in units down to `finest`; nothing at all is `T#0ms`.
fn write_span(
    f: &mut fmt::Formatter<'_>,
    prefix: &str,
    negative: bool,
    nanos: u64,
    finest: &str,
) -> fmt::Result {
    write!(f, "{prefix}{}", if negative { "-" } else { "" })?;
    if nanos == 0 {
        return write!(f, "0{finest}");
    }
    let mut left = nanos;
    for (unit, size) in UNITS {
        if left >= size {
            write!(f, "{}{unit}", left / size)?;
            left %= size;
        }
    }
    Ok(())
}

/// The units of a span with their nanoseconds, the largest first.
pub(super) const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

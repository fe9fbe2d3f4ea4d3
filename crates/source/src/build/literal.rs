//! Literals and constants to values of plain types.
use super::{Build, Built, Scope};
use crate::error::{Fault, ImportError, Near};
use crate::read::Pos;
use crate::read::tree::{Expr, Given};
use hepta_proto::data::{LiteralError, LiteralFault, Type, Value};
use std::sync::Arc;

impl Build<'_> {
    /// The literal that stands here, or that of the constant.
    pub(super) fn literal_of(&self, scope: Scope<'_>, expr: &Expr) -> Built<Arc<str>> {
        match &expr.what {
            Given::Literal(text) => Ok(text.clone()),
            Given::Name { name, quoted } => match self.constant(scope, name) {
                Some(literal) => Ok(literal),
                None if *quoted => Err(self.unknown_constant(scope, expr.pos, name)),
                // Maybe TRUE; the type knows.
                None => Ok(name.clone()),
            },
            Given::List(_) | Given::Struct(_) => {
                Err(scope.fault(expr.pos, Fault::Literal(LiteralFault::Expected("one value"))))
            }
        }
    }
    fn constant(&self, scope: Scope<'_>, name: &str) -> Option<Arc<str>> {
        let key = name.to_lowercase();
        let local = scope.constants.get(&key).map(|(_, literal)| literal.clone());
        local.or_else(|| self.sidecar.constant(&key).cloned())
    }
    fn unknown_constant(&self, scope: Scope<'_>, pos: Pos, name: &str) -> ImportError {
        let local = scope.constants.values().map(|(name, _)| &**name);
        let known = local.chain(self.sidecar.names());
        let near = Near::of(name, known);
        scope.fault(pos, Fault::UnknownConstant { name: name.to_owned(), near })
    }
    /// The value that a plain type is given.
    pub(super) fn scalar(&mut self, scope: Scope<'_>, ty: &Type, expr: &Expr) -> Built<Value> {
        let text = self.literal_of(scope, expr)?;
        let value = parse(ty, &text).map_err(|error| match &expr.what {
            Given::Name { name, quoted: false } if self.constant(scope, name).is_none() => {
                self.unknown_constant(scope, expr.pos, name)
            }
            Given::Literal(_) => {
                let before = u32::try_from(error.column.saturating_sub(1)).unwrap_or_default();
                let pos = Pos { column: expr.pos.column.saturating_add(before), ..expr.pos };
                scope.fault(pos, Fault::Literal(error.what))
            }
            _ => scope.fault(expr.pos, Fault::Literal(error.what)),
        })?;
        if matches!(ty, Type::String(_) | Type::WString(_) | Type::Char) {
            // Length and characters.
            ty.encode(&value, &mut Vec::new()).map_err(|what| scope.fault(expr.pos, what))?;
        }
        Ok(value)
    }
}

fn parse(ty: &Type, text: &str) -> Result<Value, LiteralError> {
    match ty {
        Type::String(_) | Type::WString(_) | Type::Char | Type::WChar => parse_text(ty, text),
        Type::Pointer | Type::Any => parse_pointer(ty, text),
        _ => match ty.parse(text) {
            // TIA Portal widens: an INT# can stand where a DINT is wanted, a T# where an LTIME is.
            Err(LiteralError { what: LiteralFault::Prefix { found, want }, column }) => {
                let behind = text.split_once('#').map(|(_, behind)| behind).filter(|_| widens(&found, ty));
                let prefix =
                    || LiteralError { what: LiteralFault::Prefix { found: found.clone(), want }, column };
                ty.parse(behind.ok_or_else(prefix)?)
                    .map_err(|e| LiteralError { column: e.column + found.chars().count() + 1, ..e })
            }
            done => done,
        },
    }
}

/// Can a literal of the one type be given to a variable of the other, if it fits? Where both are of one kind.
fn widens(found: &str, want: &Type) -> bool {
    static KINDS: [(&[&str], &[&str]); 3] = [
        (
            &[
                "SINT", "USINT", "INT", "UINT", "DINT", "UDINT", "LINT", "ULINT", "L", "BYTE", "B", "WORD",
                "W", "DWORD", "DW", "LWORD", "LW",
            ],
            &[
                "SINT", "USINT", "INT", "UINT", "DINT", "UDINT", "LINT", "ULINT", "BYTE", "WORD", "DWORD",
                "LWORD", "REAL", "LREAL",
            ],
        ),
        (&["REAL"], &["LREAL"]),
        (&["T", "TIME"], &["LTIME"]),
    ];
    let want = want.base().to_string();
    KINDS.iter().any(|(from, to)| from.iter().any(|k| k.eq_ignore_ascii_case(found)) && to.contains(&&*want))
}

/// A text, which is in quotes here; its prefix says how `$` counts.
fn parse_text(ty: &Type, text: &str) -> Result<Value, LiteralError> {
    let wrong =
        || LiteralError { column: 1, what: LiteralFault::Expected("a text in single quotes, as 'text',") };
    let (prefix, quoted) = text.find('\'').and_then(|at| text.split_at_checked(at)).ok_or_else(wrong)?;
    let wide = match prefix.to_ascii_uppercase().as_str() {
        "" => matches!(ty, Type::WString(_) | Type::WChar),
        "STRING#" | "CHAR#" => false,
        "WSTRING#" | "WCHAR#" => true,
        _ => return Err(wrong()),
    };
    let reader = if wide { Type::WString(0) } else { Type::String(0) };
    let value = reader.parse(quoted).map_err(|e| LiteralError { column: e.column + prefix.len(), ..e })?;
    let text = value.as_str().unwrap_or_default();
    let mut chars = text.chars();
    Ok(match (ty, chars.next(), chars.next()) {
        (Type::String(_), ..) => Value::String(text.to_owned()),
        (Type::WString(_), ..) => Value::WString(text.to_owned()),
        (Type::WChar, Some(c), None) if c.len_utf16() == 1 => Value::WChar(c),
        (Type::Char, Some(c), None) => Value::Char(c),
        _ => return Err(LiteralError { column: 1, what: LiteralFault::Expected("one character, as 'a',") }),
    })
}

/// `P#0.0`, `P#M10.0`, `P#DB5.DBX2.0`, of `ANY` with a type and a count; `NULL`.
///
/// Octets after STEP 7's manual: of a pointer block 2, area 1, bit address 3; of `ANY` 10, type, count 2 before it.
fn parse_pointer(ty: &Type, text: &str) -> Result<Value, LiteralError> {
    let wrong =
        || LiteralError { column: 1, what: LiteralFault::Expected("a pointer, as P#M10.0 or P#DB5.DBX2.0") };
    if text.eq_ignore_ascii_case("NULL") {
        return Ok(Value::Bytes(vec![0; ty.size()]));
    }
    let upper = text.to_ascii_uppercase();
    let mut words = upper.split(' ');
    let place = words.next().and_then(|word| word.strip_prefix("P#")).ok_or_else(wrong)?;
    let (block, place) = match place.strip_prefix("DB").and_then(|rest| rest.split_once('.')) {
        Some((block, place)) if place.starts_with("DB") => {
            (block.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?, place)
        }
        _ => (0u16, place),
    };
    let letters = place.find(|c: char| c.is_ascii_digit()).ok_or_else(wrong)?;
    let (area, address) = place.split_at_checked(letters).ok_or_else(wrong)?;
    let area: u8 = match area {
        "" => 0,
        "P" => 0x80,
        "I" | "E" => 0x81,
        "Q" | "A" => 0x82,
        "M" => 0x83,
        "DBX" => 0x84,
        "DIX" => 0x85,
        "L" => 0x86,
        _ => return Err(wrong()),
    };
    let (octet, bit) = address.split_once('.').ok_or_else(wrong)?;
    let octet: u32 = octet.parse().ok().filter(|octet| *octet <= 0xffff).ok_or_else(wrong)?;
    let bit: u32 = bit.parse().ok().filter(|bit| *bit <= 7).ok_or_else(wrong)?;
    let [_, high, middle, low] = (octet << 3 | bit).to_be_bytes();
    let [b, d] = block.to_be_bytes();
    let pointer = [b, d, area, high, middle, low];
    let (kind, count) = (words.next(), words.next());
    let octets = match (ty, kind, count) {
        (Type::Pointer, None, _) => pointer.to_vec(),
        (Type::Any, None, _) if pointer == [0; 6] => vec![0; 10],
        (Type::Any, Some(kind), Some(count)) => {
            let kind = ANY.iter().zip(1u8..).find(|(name, _)| **name == kind).ok_or_else(wrong)?.1;
            let [c, d] = count.parse::<u16>().map_err(|_| wrong())?.to_be_bytes();
            [&[0x10, kind, c, d], &pointer[..]].concat()
        }
        _ => return Err(wrong()),
    };
    Ok(Value::Bytes(octets))
}

/// The types that an `ANY` can point to, from 1.
static ANY: [&str; 14] = [
    "BOOL",
    "BYTE",
    "CHAR",
    "WORD",
    "INT",
    "DWORD",
    "DINT",
    "REAL",
    "DATE",
    "TOD",
    "TIME",
    "S5TIME",
    "",
    "DATE_AND_TIME",
];

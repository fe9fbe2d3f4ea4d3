//! Literals of IEC 61131-3 to values. The type is known, so its prefix (`INT#`, `T#`) can be left out.
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::layout::Struct;
use super::scan::Scan;
use super::show::UNITS;
use super::text::{Encoding, TextError};
use super::time::{Civil, DATE_EPOCH, S5Time, TimeError, days_from_civil};
use super::types::{Array, Type, scan_name};
use super::value::Value;

/// A text that is no literal of the type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct LiteralError {
    /// Where: from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: LiteralFault,
}

/// What is wrong with a literal.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LiteralFault {
    /// Something else should stand here.
    #[error("expected {0} here")]
    Expected(&'static str),
    /// The literal names another type.
    #[error("the literal says it is {found}, where {want} is wanted")]
    Prefix {
        /// What stands before `#`.
        found: String,
        /// The type that is wanted.
        want: Type,
    },
    /// A number that does not fit.
    #[error("{value} does not fit: {ty} goes from {low} to {high}")]
    Range {
        /// The type.
        ty: Type,
        /// The number.
        value: i128,
        /// The least that fits.
        low: i128,
        /// The most that fits.
        high: i128,
    },
    /// A time, date or float beyond its type.
    #[error("this does not fit: {ty} goes from {low} to {high}")]
    Bounds {
        /// The type.
        ty: Type,
        /// The least that fits.
        low: &'static str,
        /// The most that fits.
        high: &'static str,
    },
    /// A time with a part that is finer than the type.
    #[error("{ty} cannot say this exactly: it counts in steps of {step}")]
    Resolution {
        /// The type.
        ty: Type,
        /// Its step.
        step: &'static str,
    },
    /// A date or time of day that does not exist, or is beyond its type.
    #[error(transparent)]
    Time(TimeError),
    /// What follows a `$` is no escape.
    #[error("after $ stands one of $ ' L N R T P, or the two (in wide texts four) hex digits of a character")]
    Escape,
    /// Half of a surrogate pair.
    #[error(transparent)]
    Text(TextError),
    /// Too few or too many elements.
    #[error("{want} elements are wanted, and {got} stand here")]
    Count {
        /// How many the type has.
        want: usize,
        /// How many stand here; at least so many where the text was not read further.
        got: usize,
    },
    /// The struct has no member of this name, or it was given already.
    #[error("the struct has no (further) member {0:?}")]
    Unknown(String),
    /// A member without a value.
    #[error("the member {0:?} has no value here")]
    Missing(String),
    /// Text follows after the literal.
    #[error("the literal ends before this")]
    LeftOver,
}

impl Type {
    /// Reads a literal of this type.
    ///
    /// - integers and bit strings: `-12`, `1_000`, `16#FF`, `2#1010_1010`, `8#17`, `INT#5`, `BYTE#16#FF`. With a base, a signed
    ///   type takes the bits: `INT#16#FFFF` is -1, as in TIA Portal.
    /// - `TRUE`, `FALSE`, `1`, `0`; floats: `1.5e3`, `NaN`, `-inf`
    /// - spans: `T#1d2h3m4s5ms`, `TIME#-1.5s`, `LT#1us2ns`, `S5T#2h46m30s`
    /// - dates: `D#2026-11-20`, `TOD#10:00:00.123`, `DT#2026-11-20-10:00:00.123`, `LDT#…`, `DTL#…`; `T` or a space may stand
    ///   between date and time
    /// - texts: `'it$'s'`, `WSTRING#'…'`, and without quotes where the whole is one text; its length is looked at by
    ///   [`Type::encode`], which knows the encoding
    /// - counters: `C#123`; arrays: `[1, 2, 3]`, `[1, 2(0)]`, for `BYTE` also `0a0b0c`, for `CHAR` also `'abc'`;
    ///   structs: `(a := 1, b := TRUE)`
    ///
    /// ```
    /// use hepta_proto::data::{Type, Value};
    /// assert_eq!(Type::Time.parse("T#1m30s")?, Value::Time(90_000));
    /// assert_eq!(Type::Byte.parse("300").unwrap_err().to_string(), "column 1: 300 does not fit: BYTE goes from 0 to 255");
    /// # Ok::<(), hepta_proto::data::LiteralError>(())
    /// ```
    pub fn parse(&self, text: &str) -> Result<Value, LiteralError> {
        let mut scan = Scan::new(text);
        scan.spaces();
        let value = match self {
            Self::String(_) | Self::WString(_) | Self::Char | Self::WChar => {
                scan_text(&mut scan, self, false)?
            }
            _ => scan_value(&mut scan, self)?,
        };
        scan.spaces();
        if scan.done() { Ok(value) } else { Err(fault(&scan, LiteralFault::LeftOver)) }
    }
}

fn fault(scan: &Scan<'_>, what: LiteralFault) -> LiteralError {
    LiteralError { column: scan.column(), what }
}

fn expected(scan: &Scan<'_>, what: &'static str) -> LiteralError {
    fault(scan, LiteralFault::Expected(what))
}

fn scan_value(scan: &mut Scan<'_>, ty: &Type) -> Result<Value, LiteralError> {
    match ty {
        Type::String(_) | Type::WString(_) | Type::Char | Type::WChar => return scan_text(scan, ty, true),
        Type::Array(array) => return scan_array(scan, array),
        Type::Struct(members) => return scan_struct(scan, members),
        Type::Handle(handle) => return scan_value(scan, handle.base()),
        Type::Pointer | Type::Any | Type::Remote => return scan_octets(scan, ty.size()),
        _ => {}
    }
    scan_prefix(scan, ty)?;
    let start = *scan;
    let time = |why| fault(&start, LiteralFault::Time(why));
    Ok(match ty {
        Type::Bool => {
            let word = scan.take_while(char::is_alphanumeric);
            match word {
                "1" => Value::Bool(true),
                "0" => Value::Bool(false),
                _ if word.eq_ignore_ascii_case("TRUE") => Value::Bool(true),
                _ if word.eq_ignore_ascii_case("FALSE") => Value::Bool(false),
                _ => return Err(expected(&start, "TRUE, FALSE, 1 or 0")),
            }
        }
        Type::Real | Type::LReal => scan_float(scan, ty)?,
        Type::Time | Type::LTime | Type::S5Time | Type::Timer => scan_span(scan, ty)?,
        Type::Date => {
            let date = scan_date(scan)?;
            let days = days_from_civil(date.year().into(), date.month(), date.day()) - i64::from(DATE_EPOCH);
            let bounds = LiteralFault::Bounds { ty: Type::Date, low: "D#1990-01-01", high: "D#2169-06-06" };
            Value::Date(u16::try_from(days).map_err(|_| fault(&start, bounds))?)
        }
        Type::Tod => {
            let nanos = scan_clock(scan, Civil::new(1970, 1, 1).map_err(time)?)?.day_nanos();
            let fine = LiteralFault::Resolution { ty: Type::Tod, step: "1 ms" };
            let millis = u32::try_from(nanos / 1_000_000).ok().filter(|_| nanos.is_multiple_of(1_000_000));
            Value::Tod(millis.ok_or_else(|| fault(&start, fine))?)
        }
        Type::LTod => Value::LTod(scan_clock(scan, Civil::new(1970, 1, 1).map_err(time)?)?.day_nanos()),
        Type::DateAndTime => Value::DateAndTime(scan_moment(scan)?.for_date_and_time().map_err(time)?),
        Type::Ldt => Value::Ldt(scan_moment(scan)?.unix_nanos().map_err(time)?),
        Type::Dtl => Value::Dtl(scan_moment(scan)?.for_dtl().map_err(time)?),
        _ => scan_integer(scan, ty)?,
    })
}

/// Goes over the name of the type and `#`, if they stand here.
fn scan_prefix(scan: &mut Scan<'_>, want: &Type) -> Result<(), LiteralError> {
    let mut ahead = *scan;
    let word = ahead.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
    if !word.starts_with(|c: char| c.is_ascii_alphabetic()) || !ahead.eat('#') {
        return Ok(());
    }
    let short = || SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, ty)| ty);
    let same = |ty: &Type| ty == want || (*want == Type::Timer && *ty == Type::S5Time);
    if !Type::of_keyword(word).or_else(short).is_some_and(same) {
        return Err(fault(scan, LiteralFault::Prefix { found: word.to_owned(), want: want.clone() }));
    }
    *scan = ahead;
    Ok(())
}

fn scan_integer(scan: &mut Scan<'_>, ty: &Type) -> Result<Value, LiteralError> {
    let start = *scan;
    let negative = scan.eat('-');
    let signed = negative || scan.eat('+');
    let mut value = scan_digits(scan, 10)?;
    let based = scan.eat('#');
    if based {
        let base = match value {
            2 => 2,
            8 => 8,
            10 => 10,
            16 => 16,
            _ => return Err(expected(&start, "one of the bases 2#, 8#, 10# and 16#")),
        };
        value = scan_digits(scan, base)?;
    }
    let (low, high) = ty.limits().unwrap_or((0, 999));
    if negative {
        value = -value;
    }
    // "INT#16#FFFF" gives the bits, and with them the sign.
    let top = 2 * high + 1;
    let value =
        if based && !signed && low < 0 && value > high && value <= top { value - top - 1 } else { value };
    let range = || fault(&start, LiteralFault::Range { ty: ty.clone(), value, low, high });
    integer(ty, value).filter(|_| low <= value && value <= high).ok_or_else(range)
}

fn integer(ty: &Type, n: i128) -> Option<Value> {
    match ty {
        Type::Byte => n.try_into().ok().map(Value::Byte),
        Type::Word => n.try_into().ok().map(Value::Word),
        Type::DWord => n.try_into().ok().map(Value::DWord),
        Type::LWord => n.try_into().ok().map(Value::LWord),
        Type::SInt => n.try_into().ok().map(Value::SInt),
        Type::USInt => n.try_into().ok().map(Value::USInt),
        Type::Int => n.try_into().ok().map(Value::Int),
        Type::UInt => n.try_into().ok().map(Value::UInt),
        Type::DInt => n.try_into().ok().map(Value::DInt),
        Type::UDInt => n.try_into().ok().map(Value::UDInt),
        Type::LInt => n.try_into().ok().map(Value::LInt),
        Type::ULInt => n.try_into().ok().map(Value::ULInt),
        Type::Counter => n.try_into().ok().map(Value::Counter),
        _ => None,
    }
}

/// Digits of a base, with single underscores between them. A number too large for 128 bits is the largest one.
fn scan_digits(scan: &mut Scan<'_>, base: u8) -> Result<i128, LiteralError> {
    let (mut value, mut after_digit) = (0i128, false);
    loop {
        match scan.peek() {
            Some(c) if c.is_digit(base.into()) => {
                let digit = c.to_digit(base.into()).unwrap_or_default();
                value = value.saturating_mul(base.into()).saturating_add(digit.into());
                after_digit = true;
            }
            Some('_') if after_digit => after_digit = false,
            Some(c) if c.is_alphanumeric() || c == '_' => return Err(expected(scan, digits_of(base))),
            _ if after_digit => return Ok(value),
            _ => return Err(expected(scan, digits_of(base))),
        }
        scan.next();
    }
}

fn digits_of(base: u8) -> &'static str {
    match base {
        2 => "a digit, 0 or 1",
        8 => "a digit, 0 to 7",
        16 => "a digit, 0 to 9 or A to F",
        _ => "a digit, 0 to 9",
    }
}

fn scan_float(scan: &mut Scan<'_>, ty: &Type) -> Result<Value, LiteralError> {
    let start = *scan;
    let mut text = String::new();
    if scan.eat('-') {
        text.push('-');
    } else {
        scan.eat('+');
    }
    let word = scan.take_while(char::is_alphabetic);
    let named = word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("nan");
    if named {
        text.push_str(word);
    } else if word.is_empty() {
        text.extend(
            scan.take_while(|c| c.is_ascii_digit() || c == '_' || c == '.').chars().filter(|c| *c != '_'),
        );
        if scan.eat('e') || scan.eat('E') {
            text.push('e');
            if scan.eat('-') {
                text.push('-');
            } else {
                scan.eat('+');
            }
            text.push_str(scan.take_while(|c| c.is_ascii_digit()));
        }
    }
    let bad = |_| expected(&start, "a number, as 1.5, -2e3, NaN or inf");
    if *ty == Type::LReal {
        let x: f64 = text.parse().map_err(bad)?;
        let bounds = || LiteralFault::Bounds { ty: Type::LReal, low: "-1.8e308", high: "1.8e308" };
        return if named || x.is_finite() { Ok(Value::LReal(x)) } else { Err(fault(&start, bounds())) };
    }
    let x: f32 = text.parse().map_err(bad)?;
    let bounds = || LiteralFault::Bounds { ty: Type::Real, low: "-3.4e38", high: "3.4e38" };
    if named || x.is_finite() { Ok(Value::Real(x)) } else { Err(fault(&start, bounds())) }
}

fn scan_span(scan: &mut Scan<'_>, ty: &Type) -> Result<Value, LiteralError> {
    let start = *scan;
    let (low, high, step) = match ty {
        Type::LTime => ("LT#-106751d23h47m16s854ms775us808ns", "LT#106751d23h47m16s854ms775us807ns", "1 ns"),
        Type::Time => ("T#-24d20h31m23s648ms", "T#24d20h31m23s647ms", "1 ms"),
        _ => ("S5T#0ms", "S5T#2h46m30s", "10 ms, and at most 999 of 10 ms, 100 ms, 1 s or 10 s"),
    };
    let fine = || fault(&start, LiteralFault::Resolution { ty: ty.clone(), step });
    let bounds = || fault(&start, LiteralFault::Bounds { ty: ty.clone(), low, high });
    let negative = scan.eat('-');
    let nanos = scan_units(scan)?.ok_or_else(fine)?;
    let nanos = if negative { -nanos } else { nanos };
    if *ty == Type::LTime {
        return nanos.try_into().map(Value::LTime).map_err(|_| bounds());
    }
    if nanos % 1_000_000 != 0 {
        return Err(fine());
    }
    let millis = nanos / 1_000_000;
    if *ty == Type::Time {
        return millis.try_into().map(Value::Time).map_err(|_| bounds());
    }
    let millis = u64::try_from(millis).ok().filter(|m| *m <= 9_990_000).ok_or_else(bounds)?;
    let span = S5Time::from_millis(millis).ok_or_else(fine)?;
    Ok(if *ty == Type::Timer { Value::Timer(span) } else { Value::S5Time(span) })
}

/// Nanoseconds of `1d2h3.5s`; `None` if this is no whole number of them.
fn scan_units(scan: &mut Scan<'_>) -> Result<Option<i128>, LiteralError> {
    let (mut total, mut units, mut exact) = (0i128, &UNITS[..], true);
    loop {
        let from = *scan;
        let whole = scan_plain(scan)?;
        let (mut fraction, mut scale) = (0, 1);
        if scan.eat('.') {
            let digits = scan.take_while(|c| c.is_ascii_digit());
            let short = digits.trim_end_matches('0');
            exact &= short.len() <= 18;
            for digit in short.bytes().take(18) {
                fraction = fraction * 10 + i128::from(digit - b'0');
                scale *= 10;
            }
        }
        let word = scan.take_while(|c| c.is_ascii_alphabetic());
        let Some(at) = units.iter().position(|(unit, _)| unit.eq_ignore_ascii_case(word)) else {
            return Err(expected(
                &from,
                "a number with one of the units d h m s ms us ns, the larger ones first",
            ));
        };
        let size = i128::from(units.get(at).map_or(1, |(_, size)| *size));
        units = units.get(at + 1..).unwrap_or_default();
        exact &= (fraction * size) % scale == 0;
        total = total.saturating_add(whole.saturating_mul(size)).saturating_add(fraction * size / scale);
        // An underscore may stand between two parts, and the next number starts the next part.
        let mut ahead = *scan;
        ahead.eat('_');
        if !ahead.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Ok(exact.then_some(total));
        }
        *scan = ahead;
    }
}

fn scan_plain(scan: &mut Scan<'_>) -> Result<i128, LiteralError> {
    let from = *scan;
    let digits = scan.take_while(|c| c.is_ascii_digit());
    let add = |sum: i128, digit: u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
    if digits.is_empty() { Err(expected(&from, "a digit, 0 to 9")) } else { Ok(digits.bytes().fold(0, add)) }
}

/// A number of a date or clock, then `end` if there is one.
fn scan_field<T: TryFrom<u32>>(
    scan: &mut Scan<'_>,
    what: &'static str,
    end: Option<char>,
) -> Result<T, LiteralError> {
    let from = *scan;
    let n = scan.number().and_then(|n| n.try_into().ok()).ok_or_else(|| expected(&from, what))?;
    if end.is_none_or(|c| scan.eat(c)) { Ok(n) } else { Err(expected(scan, what)) }
}

fn scan_date(scan: &mut Scan<'_>) -> Result<Civil, LiteralError> {
    let (start, what) = (*scan, "a date, as 2026-11-20,");
    let (year, month) = (scan_field(scan, what, Some('-'))?, scan_field(scan, what, Some('-'))?);
    let date = Civil::new(year, month, scan_field(scan, what, None)?);
    date.map_err(|why| fault(&start, LiteralFault::Time(why)))
}

fn scan_clock(scan: &mut Scan<'_>, date: Civil) -> Result<Civil, LiteralError> {
    let (start, what) = (*scan, "a time of day, as 10:00:00 or 10:00:00.123,");
    let (hour, minute) = (scan_field(scan, what, Some(':'))?, scan_field(scan, what, Some(':'))?);
    let second = scan_field(scan, what, None)?;
    let mut nano = 0;
    if scan.eat('.') {
        let from = *scan;
        let digits = scan.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() || digits.len() > 9 {
            return Err(expected(&from, "up to nine digits of a second"));
        }
        nano = digits
            .bytes()
            .chain(core::iter::repeat(b'0'))
            .take(9)
            .fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    }
    date.with_time(hour, minute, second, nano).map_err(|why| fault(&start, LiteralFault::Time(why)))
}

fn scan_moment(scan: &mut Scan<'_>) -> Result<Civil, LiteralError> {
    let date = scan_date(scan)?;
    if ['-', 'T', 't', ' '].into_iter().any(|c| scan.eat(c)) {
        scan_clock(scan, date)
    } else {
        Err(expected(scan, "- and a time of day"))
    }
}

/// A text in quotes; without them, all that is left, if the text is not `nested` in an array or struct.
fn scan_text(scan: &mut Scan<'_>, ty: &Type, nested: bool) -> Result<Value, LiteralError> {
    let wide = matches!(ty, Type::WString(_) | Type::WChar);
    let start = *scan;
    let mut ahead = *scan;
    if ahead.eat_word(ty.keyword()) && ahead.eat('#') && ahead.peek() == Some('\'') {
        *scan = ahead;
    }
    let text = match scan.peek() {
        Some('\'') => scan_quoted(scan, wide)?,
        None | Some('"') => return Err(expected(scan, "a text in single quotes, as 'text',")),
        _ if nested => return Err(expected(scan, "a text in single quotes, as 'text',")),
        _ => scan.take_rest().trim_end().to_owned(),
    };
    let mut chars = text.chars();
    Ok(match (ty, chars.next(), chars.next()) {
        (Type::String(_), ..) => Value::String(text),
        (Type::WString(_), ..) => Value::WString(text),
        (Type::WChar, Some(ch), None) if ch.len_utf16() == 1 => Value::WChar(ch),
        (Type::WChar, Some(ch), None) => {
            return Err(fault(&start, LiteralFault::Text(TextError::Wide { ch })));
        }
        (_, Some(ch), None) => Value::Char(ch),
        _ => return Err(expected(&start, "one character, as 'a',")),
    })
}

fn scan_quoted(scan: &mut Scan<'_>, wide: bool) -> Result<String, LiteralError> {
    let mut text = String::new();
    scan.eat('\'');
    loop {
        let from = *scan;
        match scan.next() {
            Some('\'') => return Ok(text),
            Some('$') => text.push(scan_escape(scan, from, wide)?),
            Some(ch) => text.push(ch),
            None => return Err(expected(&from, "the closing quote '")),
        }
    }
}

/// The character of what follows a `$`, which stands at `from`.
fn scan_escape(scan: &mut Scan<'_>, from: Scan<'_>, wide: bool) -> Result<char, LiteralError> {
    let bad = || fault(&from, LiteralFault::Escape);
    let named = match scan.peek().map(|c| c.to_ascii_uppercase()) {
        Some(c @ ('$' | '\'')) => c,
        Some('L' | 'N') => '\n',
        Some('R') => '\r',
        Some('T') => '\t',
        Some('P') => '\u{c}',
        // One octet is a character of the default encoding, so that it is this octet on the wire.
        _ if !wide => {
            let octet = u8::try_from(scan_hex(scan, 2).ok_or_else(bad)?).ok();
            return octet.and_then(|octet| Encoding::Windows1252.char(octet)).ok_or_else(bad);
        }
        _ => {
            let unit = scan_hex(scan, 4).ok_or_else(bad)?;
            let mut ahead = *scan;
            let second = if ahead.eat('$') { scan_hex(&mut ahead, 4) } else { None };
            if let Some(ch) = char::from_u32(unit.into()) {
                return Ok(ch);
            }
            let pair = [unit, second.unwrap_or_default()];
            *scan = ahead;
            let lone = LiteralFault::Text(TextError::Surrogate { unit, at: 0 });
            return char::decode_utf16(pair).next().and_then(Result::ok).ok_or_else(|| fault(&from, lone));
        }
    };
    scan.next();
    Ok(named)
}

fn scan_hex(scan: &mut Scan<'_>, digits: usize) -> Option<u16> {
    let mut value = 0u16;
    for _ in 0..digits {
        let digit = scan.peek()?.to_digit(16)?;
        value = value << 4 | u16::try_from(digit).ok()?;
        scan.next();
    }
    Some(value)
}

fn scan_array(scan: &mut Scan<'_>, array: &Array) -> Result<Value, LiteralError> {
    let (element, want) = (array.element(), array.count());
    if *element == Type::Byte && scan.peek() != Some('[') {
        return scan_octets(scan, want);
    }
    if *element == Type::Char && scan.peek() == Some('\'') {
        let start = *scan;
        let items: Vec<_> = scan_quoted(scan, false)?.chars().map(Value::Char).collect();
        let got = items.len();
        return if got == want {
            Ok(Value::Array(items))
        } else {
            Err(fault(&start, LiteralFault::Count { want, got }))
        };
    }
    if !scan.eat('[') {
        return Err(expected(scan, "an array, as [1, 2, 3],"));
    }
    let (mut items, mut octets) = (Vec::new(), Vec::new());
    let mut got = 0usize;
    loop {
        scan.spaces();
        let from = *scan;
        let times = scan_repeat(scan);
        let value = scan_value(scan, element)?;
        if times.is_some() {
            scan.spaces();
            if !scan.eat(')') {
                return Err(expected(scan, "a closing parenthesis after the repeated element"));
            }
        }
        let times = times.unwrap_or(1);
        got = got.saturating_add(times);
        if got > want {
            return Err(fault(&from, LiteralFault::Count { want, got }));
        }
        match value {
            Value::Byte(octet) => octets.extend(core::iter::repeat_n(octet, times)),
            value => items.extend(core::iter::repeat_n(value, times)),
        }
        scan.spaces();
        if scan.eat(',') {
            continue;
        }
        return match (scan.peek(), *element == Type::Byte) {
            (Some(']'), _) if got < want => Err(fault(scan, LiteralFault::Count { want, got })),
            (Some(']'), bytes) => {
                scan.eat(']');
                Ok(if bytes { Value::Bytes(octets) } else { Value::Array(items) })
            }
            _ => Err(expected(scan, ", or ]")),
        };
    }
}

/// Goes over `3(`, if it stands here.
fn scan_repeat(scan: &mut Scan<'_>) -> Option<usize> {
    let mut ahead = *scan;
    let times = ahead.number()?;
    if !ahead.eat('(') {
        return None;
    }
    ahead.spaces();
    *scan = ahead;
    usize::try_from(times).ok()
}

fn scan_octets(scan: &mut Scan<'_>, want: usize) -> Result<Value, LiteralError> {
    let start = *scan;
    let digits = scan.take_while(|c| c.is_ascii_hexdigit());
    let digit =
        |d: Option<&u8>| d.and_then(|d| char::from(*d).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let octet = |pair: &[u8]| Some(digit(pair.first())? << 4 | digit(pair.get(1))?);
    let octets: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(octet).collect();
    match octets.filter(|octets| !octets.is_empty()) {
        Some(octets) if octets.len() == want => Ok(Value::Bytes(octets)),
        Some(octets) => Err(fault(&start, LiteralFault::Count { want, got: octets.len() })),
        None => Err(expected(&start, "an array, as [1, 2, 3], or two hex digits for each octet, as 0a0b0c,")),
    }
}

fn scan_struct(scan: &mut Scan<'_>, members: &Struct) -> Result<Value, LiteralError> {
    let members = members.members();
    let mut values: Vec<Option<Value>> = members.iter().map(|_| None).collect();
    if !scan.eat('(') {
        return Err(expected(scan, "a struct, as (a := 1, b := TRUE),"));
    }
    loop {
        scan.spaces();
        let from = *scan;
        let name = scan_name(scan);
        let place =
            members.iter().zip(&mut values).find(|(member, value)| member.name() == name && value.is_none());
        let Some((member, value)) = place else {
            return Err(fault(&from, LiteralFault::Unknown(name.to_owned())));
        };
        scan.spaces();
        if !scan.eat_word(":=") {
            return Err(expected(scan, ":="));
        }
        scan.spaces();
        *value = Some(scan_value(scan, member.ty())?);
        scan.spaces();
        if scan.eat(',') {
            continue;
        }
        if scan.peek() != Some(')') {
            return Err(expected(scan, ", or )"));
        }
        let pairs = members.iter().zip(values).map(|(member, value)| match value {
            Some(value) => Ok((member.shared_name(), value)),
            None => Err(fault(scan, LiteralFault::Missing(member.name().to_owned()))),
        });
        let pairs = pairs.collect::<Result<_, _>>()?;
        scan.eat(')');
        return Ok(Value::Struct(pairs));
    }
}

/// What STEP 7 writes before a literal, where it is not the type's name.
static SHORT: [(&str, Type); 9] = [
    ("T", Type::Time),
    ("LT", Type::LTime),
    ("D", Type::Date),
    ("C", Type::Counter),
    ("B", Type::Byte),
    ("W", Type::Word),
    ("DW", Type::DWord),
    ("LW", Type::LWord),
    ("L", Type::DInt),
];

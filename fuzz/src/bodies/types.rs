//! Types, and values that fit them, made up from octets.
use arbitrary::{Result, Unstructured};
use hepta_proto::data::time::{Civil, DAY_MILLIS, DAY_NANOS, S5Time, month_days};
use hepta_proto::data::{Encoding, Struct, Type, Value};

/// Every type without parameters, but those of timers and counters.
static PLAIN: [Type; 26] = [
    Type::Bool,
    Type::Byte,
    Type::Word,
    Type::DWord,
    Type::LWord,
    Type::SInt,
    Type::USInt,
    Type::Int,
    Type::UInt,
    Type::DInt,
    Type::UDInt,
    Type::LInt,
    Type::ULInt,
    Type::Real,
    Type::LReal,
    Type::Char,
    Type::WChar,
    Type::Date,
    Type::Time,
    Type::LTime,
    Type::Tod,
    Type::LTod,
    Type::DateAndTime,
    Type::Ldt,
    Type::Dtl,
    Type::S5Time,
];

/// Names that need quotes, and ones that only look so.
const NAMES: [&str; 6] = ["on", "END_STRUCT", "two words", "größe", "a : INT; b)", "end_structure_1"];

/// No variable of a target is longer: what breaks in a long one breaks in a short one.
const MOST: usize = 2000;

/// A type of at most [`MOST`] octets, with as much inside each other as `depth` allows.
pub(super) fn ty(u: &mut Unstructured<'_>, depth: u8) -> Result<Type> {
    let kind = u.int_in_range(0..=15u8)?;
    Ok(match kind {
        0 => Type::String(u.arbitrary()?),
        1 => Type::WString(if u.ratio(1, 8)? { u.int_in_range(0..=990)? } else { u.int_in_range(0..=20)? }),
        2..=4 if depth > 0 => {
            let element = ty(u, depth - 1)?;
            let mut bounds = vec![];
            for _ in 0..u.int_in_range(1..=3u8)? {
                let low = i32::from(u.arbitrary::<i8>()?);
                let most = if element == Type::Bool { 40 } else { 8 };
                bounds.push(low..=low + u.int_in_range(0..=most)?);
            }
            let array = Type::array(element.clone(), bounds);
            array.ok().filter(|array| array.size() <= MOST).unwrap_or(element)
        }
        5..=6 if depth > 0 => {
            let mut members = vec![];
            for name in NAMES.iter().take(u.int_in_range(1..=NAMES.len())?) {
                members.push((*name, ty(u, depth - 1)?));
            }
            let whole = Struct::new(members).map(Type::Struct);
            whole.ok().filter(|whole| whole.size() <= MOST).unwrap_or(Type::Bool)
        }
        7 => u.choose(&[Type::Timer, Type::Counter])?.clone(),
        _ => u.choose(&PLAIN)?.clone(),
    })
}

/// A value that the type can hold, in the default encoding.
pub(super) fn value(u: &mut Unstructured<'_>, ty: &Type) -> Result<Value> {
    Ok(match ty {
        Type::Char => Value::Char(Encoding::Windows1252.char(u.arbitrary()?).expect("it has all of them")),
        Type::WChar => Value::WChar(char::from_u32(u.arbitrary::<u16>()?.into()).unwrap_or('x')),
        Type::String(max) => {
            let mut octets = vec![0; u.int_in_range(0..=usize::from(*max).min(254))?];
            u.fill_buffer(&mut octets)?;
            Value::String(Encoding::Windows1252.decode(&octets).expect("it has all of them"))
        }
        Type::WString(max) => {
            let mut units = vec![];
            for _ in 0..u.int_in_range(0..=*max)? {
                units.push(u.arbitrary()?);
            }
            Value::WString(String::from_utf16_lossy(&units))
        }
        Type::Tod => Value::Tod(u.int_in_range(0..=DAY_MILLIS - 1)?),
        Type::LTod => Value::LTod(u.int_in_range(0..=DAY_NANOS.unsigned_abs() - 1)?),
        Type::DateAndTime => {
            let milli = u.int_in_range(0..=999u32)?;
            Value::DateAndTime(moment(u, 1990, 2089, milli * 1_000_000)?)
        }
        Type::Dtl => {
            let nano = u.int_in_range(0..=999_999_999)?;
            Value::Dtl(moment(u, 1970, 2554, nano)?)
        }
        Type::S5Time => Value::S5Time(span(u)?),
        Type::Timer => Value::Timer(span(u)?),
        Type::Counter => Value::Counter(u.int_in_range(0..=999)?),
        Type::Array(array) if *array.element() == Type::Byte => {
            let mut octets = vec![0; array.count()];
            u.fill_buffer(&mut octets)?;
            Value::Bytes(octets)
        }
        Type::Array(array) => {
            Value::Array((0..array.count()).map(|_| value(u, array.element())).collect::<Result<_>>()?)
        }
        Type::Struct(members) => {
            let member = |m: &hepta_proto::data::Member| Ok((m.name().into(), value(u, m.ty())?));
            Value::Struct(members.members().iter().map(member).collect::<Result<_>>()?)
        }
        plain => {
            let mut octets = vec![0; plain.size()];
            u.fill_buffer(&mut octets)?;
            plain.decode(&octets).expect("all octets are a number")
        }
    })
}

fn moment(u: &mut Unstructured<'_>, first: u16, last: u16, nano: u32) -> Result<Civil> {
    let (year, month) = (u.int_in_range(first..=last)?, u.int_in_range(1..=12)?);
    let day = u.int_in_range(1..=month_days(year.into(), month))?;
    let (hour, minute, second) = (u.int_in_range(0..=23)?, u.int_in_range(0..=59)?, u.int_in_range(0..=59)?);
    let moment = Civil::new(year, month, day).and_then(|date| date.with_time(hour, minute, second, nano));
    Ok(moment.expect("a moment that exists"))
}

fn span(u: &mut Unstructured<'_>) -> Result<S5Time> {
    Ok(S5Time::new(u.int_in_range(0..=3)?, u.int_in_range(0..=999)?).expect("within its limits"))
}

/// Are they equal, where a NaN is equal to itself?
pub(super) fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::LReal(a), Value::LReal(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Struct(a), Value::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((n, a), (m, b))| n == m && alike(a, b))
        }
        _ => one == other,
    }
}

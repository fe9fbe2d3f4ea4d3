//! What a variable holds.
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::time::{Civil, S5Time};
use super::types::{MAX_STRING, MAX_WSTRING, Type};

/// What a variable holds, as one of the [types](Type) of the CPU. Times are exact numbers, never floats.
///
/// Rust's own numbers become the type of the same width and sign with [`From`], and come back with [`TryFrom`] if
/// nothing is lost. [`Type::encode`] takes any integer that fits, so `Value::from(5)` can be written to each of them.
///
/// ```
/// use hepta_proto::data::Value;
/// assert_eq!(Value::from(5i16), Value::Int(5));
/// assert_eq!(u8::try_from(&Value::Int(5)), Ok(5));
/// assert_eq!(u8::try_from(&Value::Int(300)).unwrap_err().to_string(), "300 is outside of 0 to 255");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `BOOL`
    Bool(bool),
    /// `BYTE`
    Byte(u8),
    /// `WORD`
    Word(u16),
    /// `DWORD`
    DWord(u32),
    /// `LWORD`
    LWord(u64),
    /// `SINT`
    SInt(i8),
    /// `USINT`
    USInt(u8),
    /// `INT`
    Int(i16),
    /// `UINT`
    UInt(u16),
    /// `DINT`
    DInt(i32),
    /// `UDINT`
    UDInt(u32),
    /// `LINT`
    LInt(i64),
    /// `ULINT`
    ULInt(u64),
    /// `REAL`
    Real(f32),
    /// `LREAL`
    LReal(f64),
    /// `CHAR`
    Char(char),
    /// `WCHAR`: a character of the first plane of Unicode.
    WChar(char),
    /// `STRING`
    String(String),
    /// `WSTRING`
    WString(String),
    /// `DATE`: days since 1990-01-01.
    Date(u16),
    /// `TIME`: milliseconds.
    Time(i32),
    /// `LTIME`: nanoseconds.
    LTime(i64),
    /// `TIME_OF_DAY`: milliseconds since midnight, 0 to 86,399,999.
    Tod(u32),
    /// `LTIME_OF_DAY`: nanoseconds since midnight, 0 to 86,399,999,999,999.
    LTod(u64),
    /// `DATE_AND_TIME`: 1990 to 2089, whole milliseconds.
    DateAndTime(Civil),
    /// `LDT`: nanoseconds since 1970-01-01. The manual starts at 0; what is negative on the wire stays so.
    Ldt(i64),
    /// `DTL`: 1970 to 2554.
    Dtl(Civil),
    /// `S5TIME`
    S5Time(S5Time),
    /// A timer `T n`: what is left.
    Timer(S5Time),
    /// A counter `C n`: 0 to 999.
    Counter(u16),
    /// An array, the last index running fastest. An array of `BYTE` is decoded as [`Value::Bytes`].
    Array(Vec<Self>),
    /// An array of `BYTE`.
    Bytes(Vec<u8>),
    /// The members of a struct by name, in their order.
    Struct(Vec<(Arc<str>, Self)>),
}

impl Value {
    /// The type that this is a value of, with the length 254 for strings that fit it, and arrays that start at 0.
    ///
    /// `None` for what no variable can hold: an empty or mixed array, an empty struct, a text beyond all lengths.
    pub fn type_of(&self) -> Option<Type> {
        match self {
            Self::String(text) => {
                (text.chars().count() <= MAX_STRING.into()).then_some(Type::String(MAX_STRING))
            }
            Self::WString(text) => {
                let units = u16::try_from(text.encode_utf16().count()).ok()?;
                (units <= MAX_WSTRING).then_some(Type::WString(units.max(MAX_STRING.into())))
            }
            Self::Array(items) => {
                let mut types = items.iter().map(Self::type_of);
                let element = types.next()??;
                let same = types.all(|ty| ty.as_ref() == Some(&element));
                let array = || Type::array_of(element, u32::try_from(items.len()).ok()?).ok();
                if same { array() } else { None }
            }
            Self::Bytes(octets) => Type::array_of(Type::Byte, u32::try_from(octets.len()).ok()?).ok(),
            Self::Struct(members) => {
                let typed = members.iter().map(|(name, value)| Some((name.clone(), value.type_of()?)));
                let typed: Option<Vec<_>> = typed.collect();
                super::Struct::new(typed?).ok().map(Type::Struct)
            }
            simple => Type::of_keyword(simple.kind()).cloned(),
        }
    }
    /// The name of its type, without length or bounds: `INT`, `STRING`, `ARRAY`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "BOOL",
            Self::Byte(_) => "BYTE",
            Self::Word(_) => "WORD",
            Self::DWord(_) => "DWORD",
            Self::LWord(_) => "LWORD",
            Self::SInt(_) => "SINT",
            Self::USInt(_) => "USINT",
            Self::Int(_) => "INT",
            Self::UInt(_) => "UINT",
            Self::DInt(_) => "DINT",
            Self::UDInt(_) => "UDINT",
            Self::LInt(_) => "LINT",
            Self::ULInt(_) => "ULINT",
            Self::Real(_) => "REAL",
            Self::LReal(_) => "LREAL",
            Self::Char(_) => "CHAR",
            Self::WChar(_) => "WCHAR",
            Self::String(_) => "STRING",
            Self::WString(_) => "WSTRING",
            Self::Date(_) => "DATE",
            Self::Time(_) => "TIME",
            Self::LTime(_) => "LTIME",
            Self::Tod(_) => "TIME_OF_DAY",
            Self::LTod(_) => "LTIME_OF_DAY",
            Self::DateAndTime(_) => "DATE_AND_TIME",
            Self::Ldt(_) => "LDT",
            Self::Dtl(_) => "DTL",
            Self::S5Time(_) => "S5TIME",
            Self::Timer(_) => "TIMER",
            Self::Counter(_) => "COUNTER",
            Self::Array(_) | Self::Bytes(_) => "ARRAY",
            Self::Struct(_) => "STRUCT",
        }
    }
    /// The number, if it is an integer, a bit string or a counter.
    pub fn as_integer(&self) -> Option<i128> {
        Some(match *self {
            Self::Byte(n) | Self::USInt(n) => n.into(),
            Self::Word(n) | Self::UInt(n) | Self::Counter(n) => n.into(),
            Self::DWord(n) | Self::UDInt(n) => n.into(),
            Self::LWord(n) | Self::ULInt(n) => n.into(),
            Self::SInt(n) => n.into(),
            Self::Int(n) => n.into(),
            Self::DInt(n) => n.into(),
            Self::LInt(n) => n.into(),
            _ => return None,
        })
    }
    /// The text, if it is a `STRING` or `WSTRING`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::WString(text) => Some(text),
            _ => None,
        }
    }
    /// The member of this name, if it is a struct that has one.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Struct(members) => members.iter().find(|(n, _)| **n == *name).map(|(_, value)| value),
            _ => None,
        }
    }
    /// All elements as Rust numbers.
    ///
    /// ```
    /// use hepta_proto::data::{Type, Value};
    /// let values = Type::array(Type::Int, [0..=2])?.decode(&[0, 1, 0, 2, 0xff, 0xff])?;
    /// assert_eq!(values.to_vec::<i32>()?, [1, 2, -1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_vec<T>(&self) -> Result<Vec<T>, ConvertError>
    where
        T: for<'a> TryFrom<&'a Self, Error = ConvertError>,
    {
        match self {
            Self::Array(items) => items.iter().map(T::try_from).collect(),
            Self::Bytes(octets) => octets.iter().map(|o| T::try_from(&Self::Byte(*o))).collect(),
            other => Err(ConvertError::Kind { want: "array", got: other.kind() }),
        }
    }
}

/// A value that is not what was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// It is of another kind.
    #[error("a value of type {got} is no {want}")]
    Kind {
        /// What was asked for, in Rust's words.
        want: &'static str,
        /// The type it has.
        got: &'static str,
    },
    /// It is an integer that does not fit.
    #[error("{value} is outside of {low} to {high}")]
    Range {
        /// The number.
        value: i128,
        /// The least that fits.
        low: i128,
        /// The most that fits.
        high: i128,
    },
    /// The float that was asked for cannot say exactly this number.
    #[error("a {want} cannot hold this {got} exactly")]
    Inexact {
        /// `f32` or `f64`.
        want: &'static str,
        /// The type it has.
        got: &'static str,
    },
}

macro_rules! from {
    ($($rust:ty => $variant:ident),* $(,)?) => { $(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                Self::$variant(value)
            }
        }
    )* };
}
from! {
    bool => Bool, i8 => SInt, u8 => USInt, i16 => Int, u16 => UInt, i32 => DInt, u32 => UDInt, i64 => LInt, u64 => ULInt,
    f32 => Real, f64 => LReal, String => String, Vec<Self> => Array, Vec<u8> => Bytes, S5Time => S5Time, Civil => Dtl,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

macro_rules! try_from {
    ($($rust:ty),*) => { $(
        impl TryFrom<&Value> for $rust {
            type Error = ConvertError;

            fn try_from(value: &Value) -> Result<Self, ConvertError> {
                let number = value.as_integer();
                let number = number.ok_or(ConvertError::Kind { want: stringify!($rust), got: value.kind() })?;
                let (low, high) = (Self::MIN.into(), Self::MAX.into());
                number.try_into().map_err(|_| ConvertError::Range { value: number, low, high })
            }
        }
        owned!($rust);
    )* };
}
macro_rules! owned {
    ($rust:ty) => {
        impl TryFrom<Value> for $rust {
            type Error = ConvertError;

            fn try_from(value: Value) -> Result<Self, ConvertError> {
                (&value).try_into()
            }
        }
    };
}
try_from!(i8, u8, i16, u16, i32, u32, i64, u64, i128);
owned!(bool);
owned!(f32);
owned!(f64);

impl TryFrom<&Value> for bool {
    type Error = ConvertError;

    fn try_from(value: &Value) -> Result<Self, ConvertError> {
        match value {
            Value::Bool(bit) => Ok(*bit),
            other => Err(ConvertError::Kind { want: "bool", got: other.kind() }),
        }
    }
}

impl TryFrom<&Value> for f64 {
    type Error = ConvertError;

    fn try_from(value: &Value) -> Result<Self, ConvertError> {
        match (value, value.as_integer()) {
            (Value::Real(x), _) => Ok((*x).into()),
            (Value::LReal(x), _) => Ok(*x),
            (_, Some(n)) => {
                exact_f64(n).ok_or_else(|| ConvertError::Inexact { want: "f64", got: value.kind() })
            }
            (_, None) => Err(ConvertError::Kind { want: "f64", got: value.kind() }),
        }
    }
}

impl TryFrom<&Value> for f32 {
    type Error = ConvertError;

    fn try_from(value: &Value) -> Result<Self, ConvertError> {
        let inexact = ConvertError::Inexact { want: "f32", got: value.kind() };
        match (value, value.as_integer()) {
            (Value::Real(x), _) => Ok(*x),
            (Value::LReal(x), _) => same_f32(*x).ok_or(inexact),
            (_, Some(n)) => exact_f64(n).and_then(same_f32).ok_or(inexact),
            (_, None) => Err(ConvertError::Kind { want: "f32", got: value.kind() }),
        }
    }
}

impl TryFrom<Value> for String {
    type Error = ConvertError;

    fn try_from(value: Value) -> Result<Self, ConvertError> {
        match value {
            Value::String(text) | Value::WString(text) => Ok(text),
            Value::Char(ch) | Value::WChar(ch) => Ok(ch.into()),
            other => Err(ConvertError::Kind { want: "String", got: other.kind() }),
        }
    }
}

impl TryFrom<Value> for Vec<u8> {
    type Error = ConvertError;

    fn try_from(value: Value) -> Result<Self, ConvertError> {
        match value {
            Value::Bytes(octets) => Ok(octets),
            other => other.to_vec(),
        }
    }
}

/// The float that is exactly `n`, if there is one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked by going back")]
pub(super) fn exact_f64(n: i128) -> Option<f64> {
    let float = n as f64;
    (float as i128 == n).then_some(float)
}

/// The same number in 32 bits, if there is one.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "checked by going back")]
pub(super) fn same_f32(x: f64) -> Option<f32> {
    let narrow = x as f32;
    (f64::from(narrow) == x || x.is_nan()).then_some(narrow)
}

//! The fixed example: data block `Demo` and one flag, with known values. Tests, documents and `hepta demo` show it.
use crate::program::{DataBlock, DeclareError, Var};
use crate::{Area, Error, Plc};
use hepta_proto::data::time::{Civil, TimeError};
use hepta_proto::data::{EncodeError, Struct, Type, Value};
use std::sync::Arc;

/// Its structure's time, in nanoseconds since 1970: what the packed structs and the type object carry.
pub const MODIFIED: u64 = 0x17a1_b2c3_d4e5_f600;

/// Adds data block 1 `Demo` and the flag `mflag` at M10.3.
///
/// | variable | type | LID | at first |
/// |---|---|---|---|
/// | `bo` | `BOOL` | 9 | true |
/// | `by` | `BYTE` | 10 | 16#AB |
/// | `i` | `INT` | 11 | -1234 |
/// | `di` | `DINT` | 12 | -100000 |
/// | `r` | `REAL` | 13 | 1.5 |
/// | `lr` | `LREAL` | 14 | -2.25 |
/// | `s` | `STRING[10]` | 15 | `Hello` |
/// | `ws` | `WSTRING[5]` | 16 | `aä€` |
/// | `ai` | `ARRAY[1..3] OF INT` | 17 | 10, -20, 30 |
/// | `ar` | `ARRAY[0..1,0..2] OF REAL` | 18 | 0, 1, 2, 10, 11, 12 |
/// | `st` | `STRUCT a : BOOL; b : INT; END_STRUCT` | 19 | false, 7 |
/// | `ts` | `DTL` | 20 | 2024-02-29-12:34:56.123456789 |
///
/// ```
/// use hepta_plc::{Plc, Profile, example, program::Home};
/// let plc = Plc::new(Profile::s7_1500());
/// example::add(&plc)?;
/// assert_eq!(plc.interface(Home::Db(1)).map(|demo| demo.members().len()), Some(12));
/// # Ok::<(), hepta_plc::Error>(())
/// ```
pub fn add(plc: &Plc) -> Result<(), Error> {
    plc.add_program_block(&demo()?)?;
    plc.add_tag(Area::Flags, &Var::new("mflag", Type::Bool).at(10, 3).lid(9))?;
    Ok(())
}

/// The block alone.
pub fn demo() -> Result<DataBlock, DeclareError> {
    let kind = DeclareError::Type;
    let time = |why| DeclareError::Value(EncodeError::Time { ty: Type::Dtl, why });
    let ints = [10i16, -20, 30].map(Value::Int).to_vec();
    let reals = [0.0f32, 1.0, 2.0, 10.0, 11.0, 12.0].map(Value::Real).to_vec();
    let members: [(Arc<str>, Value); 2] = [("a".into(), Value::Bool(false)), ("b".into(), Value::Int(7))];
    let st = Struct::new([("a", Type::Bool), ("b", Type::Int)]).map_err(kind)?;
    let array = |element, bounds: &[core::ops::RangeInclusive<i32>]| {
        Type::array(element, bounds.iter().cloned()).map_err(kind)
    };
    DataBlock::optimised("Demo", 1)
        .modified(MODIFIED)
        .var("bo", Type::Bool, true)?
        .var("by", Type::Byte, Value::Byte(0xab))?
        .var("i", Type::Int, -1234i16)?
        .var("di", Type::DInt, -100_000)?
        .var("r", Type::Real, 1.5f32)?
        .var("lr", Type::LReal, -2.25)?
        .var("s", Type::String(10), "Hello")?
        .var("ws", Type::WString(5), "aä€")?
        .var("ai", array(Type::Int, &[1..=3])?, ints)?
        .var("ar", array(Type::Real, &[0..=1, 0..=2])?, reals)?
        .var("st", Type::Struct(st), Value::Struct(members.into()))?
        .var("ts", Type::Dtl, Value::Dtl(moment().map_err(time)?))
}

fn moment() -> Result<Civil, TimeError> {
    Civil::new(2024, 2, 29)?.with_time(12, 34, 56, 123_456_789)
}

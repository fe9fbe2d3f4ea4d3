//! A program in which each shape stands, in both layouts.
use hepta_plc::program::{Blocks, DataBlock, Var};
use hepta_plc::{Area, Plc, Profile};
use hepta_proto::data::{Counts, Field, Handle, Origin, Section, Struct, System, Type};
use hepta_proto::plus::value::{Array, Data, Packed, Value};

pub(crate) fn field(name: &str, ty: Type) -> Field {
    Field::new(name, ty)
}
pub(crate) fn in_section(name: &str, ty: Type, section: Section) -> Field {
    let mut field = field(name, ty);
    field.notes.section = section;
    field
}
pub(crate) fn array(ty: Type, bounds: &[core::ops::RangeInclusive<i32>]) -> Type {
    Type::array(ty, bounds.iter().cloned()).unwrap()
}
/// A PLC data type with all that can stand in one.
pub(crate) fn motor() -> Struct {
    let limits = Struct::new([("low", Type::Int), ("high", Type::Int), ("on", Type::Bool)]).unwrap();
    let fields = [
        field("on", Type::Bool),
        field("fault", Type::Bool),
        field("speed", Type::Real),
        field("name", Type::String(8)),
        field("limits", Type::Struct(limits.clone())),
        field("zones", array(Type::Struct(limits), &[0..=1])),
        field("history", array(Type::Int, &[-1..=1])),
        field("grid", array(Type::Bool, &[0..=1, 0..=4])),
        field("since", Type::Dtl),
    ];
    Struct::of(Origin::Udt("Motor".into()), fields).unwrap()
}
pub(crate) fn drive() -> Struct {
    let fields = [
        in_section("start", Type::Bool, Section::Input),
        in_section("running", Type::Bool, Section::Output),
        in_section("delay", Type::Struct(System::IecTimer.members()), Section::Static),
        in_section("motor", Type::Struct(motor()), Section::InOut),
    ];
    Struct::of(Origin::Fb("Drive".into()), fields).unwrap()
}
pub(crate) fn mixer() -> Struct {
    let fields = [
        in_section("level", Type::LReal, Section::Input),
        in_section("drive", Type::Struct(drive()), Section::Static),
        in_section("drives", array(Type::Struct(drive()), &[1..=2]), Section::Static),
        in_section("bank", array(Type::Struct(drive()), &[0..=1, 5..=6]), Section::Static),
        in_section("batches", Type::Struct(System::IecCounter(Counts::DInt).members()), Section::Static),
    ];
    Struct::of(Origin::Fb("Mixer".into()), fields).unwrap()
}
/// Each shape once.
pub(crate) fn all(mut block: DataBlock) -> DataBlock {
    let st = Struct::new([("a", Type::Bool), ("b", Type::Bool), ("c", Type::LReal)]).unwrap();
    let vars: Vec<(&str, Type)> = vec![
        ("flag", Type::Bool),
        ("other", Type::Bool),
        ("octet", Type::Byte),
        ("motor", Type::Struct(motor())),
        ("motors", array(Type::Struct(motor()), &[-1..=1])),
        ("hall", array(Type::Struct(motor()), &[0..=1, 1..=3])),
        ("st", Type::Struct(st.clone())),
        ("sts", array(Type::Struct(st), &[3..=4])),
        ("bits", array(Type::Bool, &[0..=9])),
        ("rows", array(Type::Bool, &[0..=1, 0..=4])),
        ("cube", array(Type::Int, &[0..=1, 2..=3, -1..=1])),
        ("names", array(Type::String(5), &[1..=3])),
        ("wide", array(Type::WString(3), &[1..=2])),
        ("stamp", Type::Dtl),
        ("stamps", array(Type::Dtl, &[5..=6])),
        ("timer", Type::Struct(System::IecTimer.members())),
        ("long", Type::Struct(System::IecLTimer.members())),
        ("counters", array(Type::Struct(System::IecCounter(Counts::USInt).members()), &[0..=1])),
        ("error", Type::Struct(System::ErrorStruct.members())),
        ("io", Type::Handle(Handle::named("HW_IO").unwrap())),
        ("any", Type::Handle(Handle::named("DB_ANY").unwrap())),
        ("pointer", Type::Any),
        ("clock", Type::DateAndTime),
        ("ldt", Type::Ldt),
        ("ltod", Type::LTod),
        ("wchar", Type::WChar),
        ("last", Type::LWord),
    ];
    for (name, ty) in vars {
        block = block.with(Var::new(name, ty)).unwrap();
    }
    block
}
pub(crate) fn plant() -> Plc {
    let plc = Plc::new(Profile::s7_1500());
    let blocks = Blocks::default()
        .block(all(DataBlock::optimised("Optimised", 1)))
        .block(all(DataBlock::standard("Standard", 2)))
        .block(DataBlock::optimised("Mixer_DB", 3).of(mixer()))
        .block(DataBlock::standard("Drive_DB", 4).of(drive()))
        .block(DataBlock::optimised("Motor_1", 5).of(motor()).comment("the first"))
        .block(DataBlock::standard("Motor_2", 6).of(motor()))
        .block(DataBlock::optimised("Delay", 7).of(System::IecTimer.members()));
    plc.add_program_blocks(&blocks).unwrap();
    plc.add_tags(
        Area::Flags,
        &[
            Var::new("m", Type::Bool).at(3, 5),
            Var::new("word", Type::Word).at(4, 0),
            Var::new("t", Type::Dtl).at(10, 0),
        ],
    )
    .unwrap();
    plc.add_tag(Area::Timers, &Var::new("T1", Type::Timer).at(2, 0)).unwrap();
    plc
}
pub(crate) fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../vectors/demo.json")).unwrap()
}
pub(crate) fn lines(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
/// Another value of the same kind, different for each number.
pub(crate) fn other(value: &Value, n: u32) -> Value {
    let [_, _, high, low] = n.to_be_bytes();
    let word = u16::from_be_bytes([high, low]);
    let data = match value.data() {
        Data::Bool(on) => Data::Bool(1 - on),
        Data::Byte(_) => Data::Byte(low),
        Data::USInt(_) => Data::USInt(low),
        Data::UInt(_) => Data::UInt(word),
        Data::Word(_) => Data::Word(word),
        Data::Int(_) => Data::Int(word.cast_signed()),
        Data::UDInt(_) => Data::UDInt(n),
        Data::DInt(_) => Data::DInt(n.cast_signed()),
        Data::ULInt(_) => Data::ULInt(n.into()),
        Data::LWord(_) => Data::LWord(n.into()),
        Data::Timestamp(_) => Data::Timestamp(n.into()),
        Data::Timespan(_) => Data::Timespan(n.into()),
        Data::Real(_) => Data::Real(f32::from(word)),
        Data::LReal(_) => Data::LReal(n.into()),
        Data::Array(Array::USInt(octets)) => {
            let mut octets = octets.clone();
            *octets.last_mut().unwrap() = low;
            // A text: as long as its octets.
            if octets.len() != 8 && octets.len() != 10 {
                octets[1] = octets[0];
            }
            Data::Array(Array::USInt(octets))
        }
        Data::Array(Array::UInt(units)) => {
            let mut units = units.clone();
            *units.last_mut().unwrap() = word;
            units[1] = units[0];
            Data::Array(Array::UInt(units))
        }
        Data::Struct(of) => {
            let packed = of.as_packed().unwrap();
            let mut octets = packed.octets.clone();
            *octets.last_mut().unwrap() = low;
            let packed = Packed { octets, ..packed.clone() };
            Data::Struct(hepta_proto::plus::value::Struct::packed(of.id(), packed))
        }
        other => panic!("{other:?}"),
    };
    Value::new(data)
}

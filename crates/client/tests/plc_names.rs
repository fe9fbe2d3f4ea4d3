//! One client for whatever a PLC speaks: variables by name over both protocols.
#![cfg(all(feature = "blocking", feature = "tls", feature = "source"))]
use hepta::Value;
use hepta::blocking::Plc;
use hepta::plc::{ItemError, NameFault, Options, Outcome};
use hepta::plus::Trust;
use hepta::proto::data::Address;
use hepta_server::Emulator;
use hepta_server::plc::Profile;
use hepta_source::{Import, Program};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

const SOURCE: &str = "\
TYPE \"Motor\"
VERSION : 0.1
  STRUCT
    on : Bool;
    fault : Bool;
    speed : Real := 1.5;
    name : String[6] := 'pump';
  END_STRUCT;
END_TYPE

DATA_BLOCK \"My DB\"
{ S7_Optimized_Access := 'FALSE' }
VERSION : 0.1
NON_RETAIN
  VAR
    first : Int := 7;
    motor : Array[1..3] of \"Motor\";
    grid : Array[0..1, 1..4] of Int;
    bits : Array[0..1, 0..2] of Bool;
    word : Word := 16#8001;
  END_VAR
BEGIN
END_DATA_BLOCK

DATA_BLOCK \"Fast\"
{ S7_Optimized_Access := 'TRUE' }
VERSION : 0.1
  VAR
    x : Int;
  END_VAR
BEGIN
END_DATA_BLOCK
";

fn program() -> Program {
    let mut import = Import::new();
    import.file("Plant.scl", SOURCE.as_bytes()).unwrap();
    import.numbers("[blocks]\n\"My DB\" = 5\nFast = 6\n").unwrap();
    import.finish().unwrap()
}
fn of_motor(on: bool, speed: f32, name: &str) -> Value {
    let members = [
        ("on", Value::Bool(on)),
        ("fault", Value::Bool(false)),
        ("speed", Value::Real(speed)),
        ("name", Value::from(name)),
    ];
    Value::Struct(members.map(|(name, value)| (name.into(), value)).into())
}

/// The same names and values, whatever is spoken.
fn the_same(mut plc: Plc) {
    let names = [
        "\"My DB\".first",
        "\"My DB\".motor[3].speed",
        "\"My DB\".motor[2].name",
        "\"My DB\".motor[1].fault",
        "\"My DB\".word.%X15",
        "\"My DB\".word.%B0",
        "\"My DB\".motor[2]",
        "DB5.DBW0:INT",
        "\"My DB\".nothing",
    ];
    let values = plc.read(&names.map(address)).unwrap();
    let expected = [
        Value::Int(7),
        Value::Real(1.5),
        Value::from("pump"),
        Value::Bool(false),
        Value::Bool(true),
        Value::Byte(1),
        of_motor(false, 1.5, "pump"),
        Value::Int(7),
    ];
    assert_eq!(values[..8], expected.map(Ok));
    assert!(values[8].is_err());
    let grid = Value::Array((1..=8).map(Value::Int).collect());
    let pairs = [
        ("\"My DB\".first", Value::Int(9)),
        ("DB5.DBW0:INT", Value::Int(8)),
        ("\"My DB\".nothing", Value::Int(0)),
        ("\"My DB\".motor[2]", of_motor(true, 2.5, "fan")),
        ("\"My DB\".grid", grid.clone()),
        ("\"My DB\".bits[1,2]", Value::Bool(true)),
    ];
    let outcomes = plc.write(&pairs.map(|(name, value)| (address(name), value))).unwrap();
    assert!(matches!(outcomes[2], Outcome::Refused(_)));
    let written = outcomes.iter().filter(|outcome| **outcome == Outcome::Written).count();
    assert_eq!((outcomes.len(), written), (6, 5), "{outcomes:?}");
    let names = [
        // In their order: the later of the two stays.
        "\"My DB\".first",
        "\"My DB\".motor[2].speed",
        "\"My DB\".motor[1].speed",
        "\"My DB\".grid[1,1]",
        "\"My DB\".grid[1,2..4]",
        "\"My DB\".grid",
        "\"My DB\".bits",
    ];
    let slice = Value::Array([6, 7, 8].map(Value::Int).into());
    let bits = Value::Array([false, false, false, false, false, true].map(Value::Bool).into());
    let expected = [Value::Int(8), Value::Real(2.5), Value::Real(1.5), Value::Int(5), slice, grid, bits];
    assert_eq!(plc.read(&names.map(address)).unwrap(), expected.map(Ok));
}

#[test]
fn over_s7commplus() {
    let profile = "s7-1500@2.9".parse::<Profile>().unwrap();
    let cpu = Emulator::builder().profile(profile).load(program()).start().unwrap();
    let options: Options = hepta::plus::Options::new("127.0.0.1").into();
    the_same(Plc::open(options.port(cpu.addr().port()).trust(Trust::Insecure).allow_writes(true)).unwrap());
}

#[test]
fn over_classic_s7_by_the_sources() {
    let cpu = Emulator::builder().load(program()).start().unwrap();
    let options: Options = hepta::Options::new("127.0.0.1").into();
    let options = options.port(cpu.addr().port()).allow_writes(true);
    the_same(Plc::open(options.clone().symbols(&program())).unwrap());

    // What has no place says why.
    let mut plc = Plc::open(options.clone().symbols(&program())).unwrap();
    for (name, what) in [
        ("\"Fast\".x", "optimised access"),
        ("\"Slow\".x", "no data block and no tag of the sources is called \"Slow\""),
        ("\"My DB\".motor[4].on", "column 14: 4 is not within"),
        ("\"My DB\".motor[1,2]", "2 indices for"),
        ("\"My DB\".first.x", "a INT has no members"),
        ("\"My DB\".first[1]", "a INT has no elements"),
        ("\"My DB\".first.%W1", "no such bits"),
        ("\"My DB\".grid[0..1,1]", "only the last dimension"),
        ("\"My DB\".", "a name, an index in brackets, a dot or the end"),
    ] {
        let error = plc.read(&[address(name)]).unwrap().remove(0).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(matches!(error, ItemError::Name(_)));
    }
    let mut bare = Plc::open(options).unwrap();
    let error = bare.read(&[address("\"My DB\".first")]).unwrap().remove(0).unwrap_err();
    let ItemError::Name(why) = error else { panic!("{error:?}") };
    assert_eq!(why.what, NameFault::NoSymbols);
}

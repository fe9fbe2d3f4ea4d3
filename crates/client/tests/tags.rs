//! Variables by name, over both drivers, of the emulated CPU.
#![cfg(all(feature = "tokio", feature = "blocking", feature = "tls"))]
use hepta::plus::{
    Facts, Options, Quality, Reading, ReturnValue, TagError, TagOutcome, Tags, Trust, WriteTagsError,
};
use hepta::proto::data::time::Civil;
use hepta::proto::data::{Struct, Type};
use hepta::{ConfigError, Error, ErrorKind, Value};
use hepta_server::Emulator;
use hepta_server::plc::program::{DataBlock, Var};
use hepta_server::plc::{Profile, example};

trait Driver: Sized {
    fn new(options: Options) -> Self;
    async fn facts(&mut self) -> Result<Facts, Error>;
    async fn tags(&mut self, names: &[&str]) -> Result<Tags, Error>;
    async fn read_tags(&mut self, tags: &mut Tags) -> Result<Vec<Reading>, Error>;
    async fn write_tags(
        &mut self,
        tags: &mut Tags,
        pairs: &[(usize, Value)],
    ) -> Result<Vec<TagOutcome>, WriteTagsError>;
    async fn read_symbols(&mut self, names: &[&str]) -> Result<Vec<Reading>, Error>;
    async fn write_symbols(&mut self, pairs: &[(&str, Value)]) -> Result<Vec<TagOutcome>, WriteTagsError>;
}

macro_rules! driver {
    ($client:ty, $($wait:tt)*) => {
        impl Driver for $client {
            fn new(options: Options) -> Self {
                Self::new(options)
            }
            async fn facts(&mut self) -> Result<Facts, Error> {
                <$client>::facts(self)$($wait)*
            }
            async fn tags(&mut self, names: &[&str]) -> Result<Tags, Error> {
                <$client>::tags(self, names)$($wait)*
            }
            async fn read_tags(&mut self, tags: &mut Tags) -> Result<Vec<Reading>, Error> {
                <$client>::read_tags(self, tags)$($wait)*
            }
            async fn write_tags(
                &mut self,
                tags: &mut Tags,
                pairs: &[(usize, Value)],
            ) -> Result<Vec<TagOutcome>, WriteTagsError> {
                <$client>::write_tags(self, tags, pairs)$($wait)*
            }
            async fn read_symbols(&mut self, names: &[&str]) -> Result<Vec<Reading>, Error> {
                <$client>::read_symbols(self, names)$($wait)*
            }
            async fn write_symbols(&mut self, pairs: &[(&str, Value)]) -> Result<Vec<TagOutcome>, WriteTagsError> {
                <$client>::write_symbols(self, pairs)$($wait)*
            }
        }
    };
}
driver!(hepta::plus::Client, .await);
driver!(hepta::plus::blocking::Client,);

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        mod on_tokio {
            $(#[tokio::test] async fn $case() { super::$case::<hepta::plus::Client>().await })*
        }
        mod on_blocking {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() { super::$case::<hepta::plus::blocking::Client>().await })*
        }
    };
}
cases! {
    each_in_its_type, what_was_written_is_there, names_that_are_none, arrays_and_structs_whole, thousands_at_a_time,
    a_changed_program_is_told, only_with_an_open_gate, what_does_not_fit_is_not_sent,
}

fn cpu(blocks: impl IntoIterator<Item = DataBlock>) -> Emulator {
    let mut builder = Emulator::builder().profile("s7-1500@2.9".parse::<Profile>().unwrap());
    for block in blocks {
        builder = builder.declare(block);
    }
    let emulator = builder.start().unwrap();
    example::add(emulator.plc()).unwrap();
    emulator
}
fn client<D: Driver>(cpu: &Emulator) -> D {
    let options = Options::new("127.0.0.1").port(cpu.addr().port()).trust(Trust::Insecure);
    D::new(options.allow_writes(true))
}
fn moment(year: u16) -> Value {
    Value::Dtl(Civil::new(year, 2, 28).unwrap().with_time(12, 34, 56, 123_456_789).unwrap())
}
fn array<const N: usize, T>(of: fn(T) -> Value, values: [T; N]) -> Value {
    Value::Array(values.map(of).into())
}
fn of(members: &[(&str, Value)]) -> Value {
    Value::Struct(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}
fn values(readings: Vec<Reading>) -> Vec<Value> {
    assert!(readings.iter().all(|reading| reading.quality == Quality::Good || reading.value.is_err()));
    readings.into_iter().map(|reading| reading.value.unwrap()).collect()
}
/// What the block of the example holds, as far as it is easily said.
fn example() -> Vec<(&'static str, Value)> {
    vec![
        ("\"Demo\".bo", Value::Bool(true)),
        ("Demo.by", Value::Byte(0xab)),
        ("\"Demo\".\"i\"", Value::Int(-1234)),
        ("Demo.di", Value::DInt(-100_000)),
        ("Demo.r", Value::Real(1.5)),
        ("Demo.lr", Value::LReal(-2.25)),
        ("Demo.s", Value::from("Hello")),
        ("Demo.ws", Value::WString("aä€".into())),
        ("Demo.ai", array(Value::Int, [10, -20, 30])),
        ("Demo.ar", array(Value::Real, [0.0, 1.0, 2.0, 10.0, 11.0, 12.0])),
        ("Demo.ai[2]", Value::Int(-20)),
        ("Demo.ar[1,2]", Value::Real(12.0)),
        ("Demo.ai[2..3]", array(Value::Int, [-20, 30])),
        ("Demo.by.%X0", Value::Bool(true)),
        ("Demo.di.%B0", Value::Byte(0x60)),
        ("Demo.st.b", Value::Int(7)),
        ("Demo.st", of(&[("a", Value::Bool(false)), ("b", Value::Int(7))])),
        ("\"mflag\"", Value::Bool(false)),
    ]
}

async fn each_in_its_type<D: Driver>() {
    let cpu = cpu([]);
    let mut client: D = client(&cpu);
    let (names, expected): (Vec<_>, Vec<_>) = example().into_iter().unzip();
    assert_eq!(values(client.read_symbols(&names).await.unwrap()), expected);
    // The same set, as often as wanted.
    let mut tags = client.tags(&names).await.unwrap();
    for _ in 0..3 {
        assert_eq!(values(client.read_tags(&mut tags).await.unwrap()), expected);
    }
    assert!(tags.names().all(|(_, why)| why.is_none()));
    // A whole block is a variable, too.
    let block = client.read_symbols(&["Demo"]).await.unwrap().remove(0).value.unwrap();
    let Value::Struct(members) = block else { panic!("{block:?}") };
    assert_eq!(members.len(), 12);
    assert_eq!((&*members[2].0, &members[2].1), ("i", &Value::Int(-1234)));
    assert!(matches!(members[11].1, Value::Dtl(_)));
}

async fn what_was_written_is_there<D: Driver>() {
    let cpu = cpu([]);
    let mut client: D = client(&cpu);
    let pairs = [
        ("\"Demo\".bo", Value::Bool(false)),
        ("Demo.i", Value::from(5i16)),
        // Any number that fits.
        ("Demo.di", Value::from(6u8)),
        ("Demo.s", Value::from("Hi")),
        ("Demo.ws", Value::from("€")),
        ("Demo.ai", array(Value::Int, [1, 2, 3])),
        ("Demo.ar[0,1]", Value::Real(7.5)),
        ("Demo.st", of(&[("a", Value::Bool(true)), ("b", Value::Int(8))])),
        ("Demo.ts", moment(2031)),
        ("\"mflag\"", Value::Bool(true)),
    ];
    let outcomes = client.write_symbols(&pairs).await.unwrap();
    assert_eq!(outcomes, vec![TagOutcome::Written; pairs.len()]);
    let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
    let mut expected: Vec<_> = pairs.iter().map(|(_, value)| value.clone()).collect();
    (expected[2], expected[4]) = (Value::DInt(6), Value::WString("€".into()));
    let mut tags = client.tags(&names).await.unwrap();
    assert_eq!(values(client.read_tags(&mut tags).await.unwrap()), expected);
    // By number, and in any order.
    let outcomes = client.write_tags(&mut tags, &[(8, moment(2040)), (1, Value::Int(9))]).await.unwrap();
    assert_eq!(outcomes, [TagOutcome::Written, TagOutcome::Written]);
    let after = values(client.read_tags(&mut tags).await.unwrap());
    assert_eq!((&after[1], &after[8]), (&Value::Int(9), &moment(2040)));
}

async fn names_that_are_none<D: Driver>() {
    let cpu = cpu([]);
    let mut client: D = client(&cpu);
    let names = ["Demo.x", "Demo.i", "Nowhere.i", "Demo.ai[4]", "MArea"];
    let readings = client.read_symbols(&names).await.unwrap();
    assert_eq!(readings[1].value, Ok(Value::Int(-1234)));
    for (at, reading) in readings.iter().enumerate().filter(|(at, _)| *at != 1) {
        assert_eq!(reading.quality, Quality::ConfigurationError, "{}", names[at]);
    }
    let text = |at: usize| readings[at].value.as_ref().unwrap_err().to_string();
    assert!(text(0).contains("has no member \"x\""), "{}", text(0));
    assert!(text(2).contains("Nowhere"), "{}", text(2));
    let outcomes =
        client.write_symbols(&[("Demo.x", Value::Int(1)), ("Demo.i", Value::Int(2))]).await.unwrap();
    assert!(matches!(outcomes[..], [TagOutcome::Refused(_), TagOutcome::Written]));
}

fn motors() -> DataBlock {
    let motor = Struct::new([
        ("on", Type::Bool),
        ("speeds", Type::array(Type::Int, [1..=2]).unwrap()),
        ("name", Type::String(8)),
        ("since", Type::Dtl),
    ])
    .unwrap();
    let ty = Type::array(Type::Struct(motor), [-1..=1]).unwrap();
    let names = Type::array(Type::String(4), [0..=1]).unwrap();
    let grid = Type::array(Type::Bool, [0..=1, 0..=4]).unwrap();
    let moments = Type::array(Type::Dtl, [0..=1]).unwrap();
    DataBlock::optimised("Motors", 7)
        .with(Var::new("m", ty))
        .and_then(|block| block.with(Var::new("names", names)))
        .and_then(|block| block.with(Var::new("grid", grid)))
        .and_then(|block| block.with(Var::new("moments", moments)))
        .unwrap()
}

async fn arrays_and_structs_whole<D: Driver>() {
    let cpu = cpu([motors()]);
    let mut client: D = client(&cpu);
    let motor = |n: i16| {
        of(&[
            ("on", Value::Bool(n > 0)),
            ("speeds", array(Value::Int, [n, n + 1])),
            ("name", Value::from(format!("m{n}").as_str())),
            ("since", moment(2030)),
        ])
    };
    let all = Value::Array(vec![motor(-1), motor(0), motor(1)]);
    let names = array(Value::String, ["ab".to_owned(), String::new()]);
    let grid = array(Value::Bool, [true, false, true, true, false, false, true, true, false, true]);
    let moments = Value::Array(vec![moment(2001), moment(2002)]);
    let pairs = [
        ("Motors.m", all.clone()),
        ("Motors.names", names),
        ("Motors.grid", grid),
        ("Motors.moments", moments),
    ];
    let outcomes = client.write_symbols(&pairs).await.unwrap();
    assert_eq!(outcomes, vec![TagOutcome::Written; 4]);
    let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
    let expected: Vec<_> = pairs.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values(client.read_symbols(&names).await.unwrap()), expected);
    let parts =
        ["Motors.m[1]", "Motors.m[-1].speeds[2]", "Motors.m[0..1]", "Motors.grid[1,4]", "Motors.moments[1]"];
    let expected =
        [motor(1), Value::Int(0), Value::Array(vec![motor(0), motor(1)]), Value::Bool(true), moment(2002)];
    assert_eq!(values(client.read_symbols(&parts).await.unwrap()), expected);
    let one = client.write_symbols(&[("Motors.m[0]", motor(5))]).await.unwrap();
    assert_eq!(one, [TagOutcome::Written]);
    let after = values(client.read_symbols(&["Motors.m"]).await.unwrap());
    assert_eq!(after, [Value::Array(vec![motor(-1), motor(5), motor(1)])]);
}

async fn thousands_at_a_time<D: Driver>() {
    let many = 5000;
    let ty = Type::array(Type::DInt, [1..=many]).unwrap();
    let block = DataBlock::optimised("Big", 8).with(Var::new("n", ty)).unwrap();
    let cpu = cpu([block]);
    let mut client: D = client(&cpu);
    let limits = client.facts().await.unwrap().limits;
    assert!(u32::try_from(many).unwrap() > 20 * limits.reads, "more than fit a request");
    let names: Vec<String> = (1..=many).map(|n| format!("Big.n[{n}]")).chain(["Demo.x".to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut tags = client.tags(&names).await.unwrap();
    let pairs: Vec<_> =
        (0..names.len()).map(|at| (at, Value::DInt(i32::try_from(at).unwrap() * 3))).collect();
    let outcomes = client.write_tags(&mut tags, &pairs).await.unwrap();
    let written = outcomes.iter().filter(|outcome| **outcome == TagOutcome::Written).count();
    assert_eq!((outcomes.len(), written), (names.len(), names.len() - 1));
    let readings = client.read_tags(&mut tags).await.unwrap();
    for (at, reading) in readings.iter().enumerate().take(names.len() - 1) {
        assert_eq!(reading.value, Ok(Value::DInt(i32::try_from(at).unwrap() * 3)));
    }
    assert!(readings.last().unwrap().value.is_err());
    // The same as one value.
    let Value::Array(list) = values(client.read_symbols(&["Big.n"]).await.unwrap()).remove(0) else {
        panic!()
    };
    assert_eq!((list.len(), &list[4999]), (5000, &Value::DInt(4999 * 3)));
}

/// A block that was changed then, in seconds since 1970.
fn plant(modified: u64) -> DataBlock {
    DataBlock::optimised("Plant", 9).modified(modified * 1_000_000_000)
}

async fn a_changed_program_is_told<D: Driver>() {
    let cpu = cpu([plant(1_700_000_000).var("a", Type::Int, 5i16).unwrap()]);
    let mut client: D = client(&cpu);
    let mut tags = client.tags(&["Plant.a", "Demo.i"]).await.unwrap();
    assert_eq!(values(client.read_tags(&mut tags).await.unwrap()), [Value::Int(5), Value::Int(-1234)]);
    // Another type under the same name: the checksum of the symbol is another.
    cpu.plc().remove_block(9).unwrap();
    cpu.plc().add_program_block(&plant(1_800_000_000).var("a", Type::Real, 5.0f32).unwrap()).unwrap();
    let readings = client.read_tags(&mut tags).await.unwrap();
    assert_eq!((readings[0].quality, readings[1].quality), (Quality::Bad, Quality::Good));
    assert!(matches!(readings[0].value, Err(TagError::Refused(ReturnValue(_)))));
    let outcomes = client.write_tags(&mut tags, &[(0, Value::Int(1)), (1, Value::Int(1))]).await.unwrap();
    assert!(matches!(outcomes[..], [TagOutcome::Refused(_), TagOutcome::Written]));
    // By name they are looked up once more.
    assert_eq!(values(client.read_symbols(&["Plant.a"]).await.unwrap()), [Value::Real(5.0)]);
}

async fn only_with_an_open_gate<D: Driver>() {
    let cpu = cpu([]);
    let options = Options::new("127.0.0.1").port(cpu.addr().port()).trust(Trust::Insecure);
    let mut client = D::new(options);
    let error = client.write_symbols(&[("Demo.ts", moment(2030))]).await.unwrap_err();
    assert_eq!(error.error.kind(), &ErrorKind::Config(ConfigError::WriteGate));
    assert_eq!(error.outcomes, []);
}

async fn what_does_not_fit_is_not_sent<D: Driver>() {
    let cpu = cpu([]);
    let mut client: D = client(&cpu);
    let pairs = [
        ("Demo.s", Value::from("much too long")),
        ("Demo.i", Value::from(100_000)),
        ("Demo.ai", array(Value::Int, [1, 2])),
        ("Demo.st", of(&[("b", Value::Int(8)), ("a", Value::Bool(true))])),
        ("Demo.by.%X0", Value::Bool(false)),
        ("Demo.r", Value::Real(2.5)),
    ];
    let outcomes = client.write_symbols(&pairs).await.unwrap();
    assert!(
        outcomes[..5]
            .iter()
            .all(|outcome| matches!(outcome, TagOutcome::Refused(why) if why.code().is_none()))
    );
    assert_eq!(outcomes[5], TagOutcome::Written);
    let (names, mut expected): (Vec<_>, Vec<_>) = example().into_iter().unzip();
    expected[4] = Value::Real(2.5);
    assert_eq!(values(client.read_symbols(&names).await.unwrap()), expected);
}

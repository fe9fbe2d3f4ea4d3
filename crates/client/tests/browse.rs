//! Browsing the emulated CPU, over both drivers.
#![cfg(all(feature = "tokio", feature = "blocking", feature = "tls"))]
use hepta::plus::catalogue::Kind;
use hepta::plus::{
    BrowseOptions, Catalogue, Change, Options, Progress, ReturnValue, Symbol, SymbolError, SymbolFault,
    Trust, blocking, load, save,
};
use hepta::proto::data::{Struct, Type, Value};
use hepta::proto::plus::{ErrorCode, ValueType};
use hepta::{Error, ErrorKind};
use hepta_server::Emulator;
use hepta_server::plc::program::{DataBlock, Var};
use hepta_server::plc::{Profile, example};
use std::sync::{Arc, Mutex};

trait Driver: Sized {
    fn new(options: Options) -> Self;
    async fn browse(&mut self, tell: &(dyn Fn(Progress) + Send + Sync)) -> Result<Arc<Catalogue>, Error>;
    async fn symbols(&mut self, symbols: &[&str]) -> Result<Vec<Result<Symbol, SymbolError>>, Error>;
    async fn symbol(&mut self, symbol: &str) -> Result<Symbol, Error>;
    async fn check(&mut self) -> Result<Option<Change>, Error>;
    async fn refresh(&mut self) -> Result<Arc<Catalogue>, Error>;
    async fn suspect(&mut self, refusal: ReturnValue) -> Result<bool, Error>;
    fn catalogue(&self) -> Option<Arc<Catalogue>>;
    fn adopt(&self, catalogue: Catalogue) -> Arc<Catalogue>;
    async fn close(&mut self);
}

macro_rules! driver {
    ($client:ty, $($wait:tt)*) => {
        impl Driver for $client {
            fn new(options: Options) -> Self {
                Self::new(options)
            }
            async fn browse(
                &mut self,
                tell: &(dyn Fn(Progress) + Send + Sync),
            ) -> Result<Arc<Catalogue>, Error> {
                <$client>::browse_with(self, BrowseOptions::default(), tell)$($wait)*
            }
            async fn symbols(
                &mut self,
                symbols: &[&str],
            ) -> Result<Vec<Result<Symbol, SymbolError>>, Error> {
                <$client>::symbols(self, symbols)$($wait)*
            }
            async fn symbol(&mut self, symbol: &str) -> Result<Symbol, Error> {
                <$client>::symbol(self, symbol)$($wait)*
            }
            async fn check(&mut self) -> Result<Option<Change>, Error> {
                <$client>::check(self)$($wait)*
            }
            async fn refresh(&mut self) -> Result<Arc<Catalogue>, Error> {
                <$client>::refresh(self)$($wait)*
            }
            async fn suspect(&mut self, refusal: ReturnValue) -> Result<bool, Error> {
                <$client>::suspect(self, refusal)$($wait)*
            }
            fn catalogue(&self) -> Option<Arc<Catalogue>> {
                <$client>::catalogue(self)
            }
            fn adopt(&self, catalogue: Catalogue) -> Arc<Catalogue> {
                <$client>::adopt(self, catalogue)
            }
            async fn close(&mut self) {
                <$client>::close(self)$($wait)*
            }
        }
    };
}
driver!(hepta::plus::Client, .await);
driver!(blocking::Client,);

/// Each case once on tokio and once without.
macro_rules! both {
    ($($case:ident)*) => {
        mod tokio_client {
            $(#[tokio::test]
            async fn $case() {
                super::$case::<hepta::plus::Client>().await;
            })*
        }
        mod blocking_client {
            $(#[test]
            fn $case() {
                let run = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                run.block_on(super::$case::<hepta::plus::blocking::Client>());
            })*
        }
    };
}
both! {
    the_example_is_browsed a_large_program_is_browsed symbols_are_looked_up_one_by_one
    a_change_is_noticed_and_healed a_change_is_an_error_where_nothing_may_heal_it
}

fn cpu() -> Emulator {
    let emulator = Emulator::builder().profile("s7-1500@2.9".parse::<Profile>().unwrap()).start().unwrap();
    example::add(emulator.plc()).unwrap();
    emulator
}

fn options(cpu: &Emulator) -> Options {
    Options::new("127.0.0.1").port(cpu.addr().port()).trust(Trust::Insecure)
}

async fn the_example_is_browsed<D: Driver>() {
    let cpu = cpu();
    let mut client = D::new(options(&cpu));
    assert!(client.catalogue().is_none());
    let program = client.browse(&|_| ()).await.unwrap();
    assert_eq!(program.problems(), []);
    assert_eq!(program.roots().len(), 6);
    let names: Vec<_> = program.leaves().map(|leaf| leaf.tia()).collect();
    let members = ["bo", "by", "i", "di", "r", "lr", "s", "ws", "ai", "ar", "st.a", "st.b", "ts"];
    let tag = core::iter::once("\"mflag\"".to_owned());
    let expected: Vec<_> = members.iter().map(|name| format!("\"Demo\".{name}")).chain(tag).collect();
    assert_eq!(names, expected);
    // What the CPU itself makes of each address is the type that is said.
    for leaf in program.leaves().elements() {
        let value = cpu.plc().read_item(&leaf.item()).unwrap();
        let ty = leaf.ty().unwrap();
        hepta::proto::plus::typed::decode(&ty, &value, hepta::proto::data::Options::default()).unwrap();
    }
    assert!(Arc::ptr_eq(&program, &client.catalogue().unwrap()));
    client.close().await;
    // It outlives the connection.
    assert!(client.catalogue().is_some());
}

async fn a_large_program_is_browsed<D: Driver>() {
    let cpu = cpu();
    let parts: Vec<_> = (0..40).map(|n| (format!("value {n}"), Type::Int)).collect();
    for number in 2..60 {
        let part = Struct::new(parts.clone()).unwrap();
        let members: Vec<_> = parts.iter().map(|(name, _)| (name.as_str().into(), Value::Int(3))).collect();
        let block = DataBlock::optimised(format!("Line {number}"), number);
        let block = block.var("part", Type::Struct(part), Value::Struct(members)).unwrap();
        cpu.plc().add_program_block(&block).unwrap();
    }
    let seen = Mutex::new(Vec::new());
    let mut client = D::new(options(&cpu));
    let program = client.browse(&|progress| seen.lock().unwrap().push(progress)).await.unwrap();
    assert_eq!(program.count(false), 14 + 58 * 40);
    assert_eq!(program.leaves().count(), 14 + 58 * 40);
    let seen = seen.into_inner().unwrap();
    // While octets came, the callback was told of some of them, and in the end of all.
    let last = seen.iter().max_by_key(|progress| progress.octets).unwrap();
    assert!(last.octets > 60_000 && last.types == program.types() && last.blocks == 59, "{last:?}");
    assert!(seen.iter().any(|progress| progress.octets > 0 && progress.octets < last.octets), "{seen:?}");
    client.close().await;
}

/// A block more, whose interface was changed at that time.
fn add_line(cpu: &Emulator, modified: u64) {
    let part = Struct::new([("speed", Type::Real), ("torque", Type::Real)]).unwrap();
    let motors = Type::array(Type::Struct(part), [1..=3]).unwrap();
    let block = DataBlock::optimised("Line 2", 2).modified(modified);
    let block = block.with(Var::new("motor", motors)).unwrap().with(Var::new("n", Type::Int)).unwrap();
    cpu.plc().add_program_block(&block).unwrap();
}

async fn symbols_are_looked_up_one_by_one<D: Driver>() {
    let cpu = cpu();
    add_line(&cpu, 1_700_000_000_000_000_000);
    let mut client = D::new(options(&cpu));
    let speed = client.symbol("\"Line 2\".motor[3].speed").await.unwrap();
    assert_eq!((speed.tia(), speed.ty()), ("\"Line 2\".motor[3].speed", Some(&Type::Real)));
    assert_eq!(cpu.plc().read_item(speed.item()).map(|value| value.ty()).ok(), Some(ValueType::Real));
    // No more than was needed: not the types of the other block.
    let known = client.catalogue().unwrap();
    assert!(!known.is_whole() && !known.has_type(0x9200_0001), "{known:?}");
    let names =
        ["Demo.st.b", "mflag", "Demo.st", "Demo.ts", "\"Line 2\".motor", "Dmo.x", "Demo.ai[9]", "Demo.nix"];
    let found = client.symbols(&names).await.unwrap();
    let kinds: Vec<_> = found.iter().flatten().map(Symbol::kind).collect();
    assert_eq!(kinds, [Kind::Value, Kind::Value, Kind::Struct, Kind::Value, Kind::Array]);
    // The members of a struct were asked for with it.
    assert_eq!(found[2].as_ref().unwrap().ty().unwrap().to_string(), "STRUCT a : BOOL; b : INT; END_STRUCT");
    let faults: Vec<_> = found.iter().filter_map(|found| found.as_ref().err()).collect();
    assert!(matches!(&faults[0].what, SymbolFault::NoBlock(name) if name == "Dmo"), "{}", faults[0]);
    assert_eq!(faults[0].near, ["Demo"]);
    assert!(matches!(faults[1].what, SymbolFault::Bounds { .. }));
    assert!(matches!(faults[2].what, SymbolFault::NoMember { .. }));
    // The same as a browse says of them.
    let (one_by_one, program) =
        (client.symbols(&names).await.unwrap(), client.browse(&|_| ()).await.unwrap());
    for (name, symbol) in names.iter().zip(one_by_one) {
        assert_eq!(symbol, program.symbol(name), "{name}");
    }
    let error = client.symbol("Demo.nix").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Symbol(_)) && !error.is_transient(), "{error}");
    client.close().await;
}

async fn a_change_is_noticed_and_healed<D: Driver>() {
    let cpu = cpu();
    add_line(&cpu, 1_700_000_000_000_000_000);
    let mut client = D::new(options(&cpu));
    assert_eq!(client.check().await.unwrap(), None);
    let before = client.browse(&|_| ()).await.unwrap();
    assert_eq!(client.check().await.unwrap(), None);
    assert!(Arc::ptr_eq(&before, &client.refresh().await.unwrap()));
    // Kept, read back, and still that of the CPU.
    let file = std::env::temp_dir().join(format!("hepta-{}-{}", std::process::id(), cpu.addr().port()));
    save(&before, &file).unwrap();
    assert_eq!(client.adopt(load(&file).unwrap()).stamp(), before.stamp());
    assert_eq!(client.check().await.unwrap(), None);
    std::fs::write(&file, b"HEPTACAT, but not really").unwrap();
    assert!(load(&file).is_err());
    std::fs::remove_file(&file).unwrap();

    cpu.plc().remove_block(2).unwrap();
    add_line(&cpu, 1_710_000_000_000_000_000);
    let change = client.check().await.unwrap().unwrap();
    assert_eq!((change.changed.as_slice(), change.added.len()), (&["Line 2".to_owned()][..], 0));
    assert!(change.to_string().starts_with("changed \"Line 2\""), "{change}");
    // A refusal that says nothing of the program is none of our business; one that does leads to a browse.
    let other = ReturnValue::of(ErrorCode::ServiceAccessDenied);
    assert!(!client.suspect(other).await.unwrap());
    assert!(client.suspect(ReturnValue::of(ErrorCode::InvalidLID)).await.unwrap());
    assert_eq!(client.check().await.unwrap(), None);
    assert!(!client.suspect(ReturnValue::of(ErrorCode::InvalidLID)).await.unwrap());
    let after = client.catalogue().unwrap();
    assert!(after.is_whole() && !Arc::ptr_eq(&before, &after));
    client.close().await;
}

async fn a_change_is_an_error_where_nothing_may_heal_it<D: Driver>() {
    let cpu = cpu();
    add_line(&cpu, 1_700_000_000_000_000_000);
    let mut client = D::new(options(&cpu).refresh(false));
    client.browse(&|_| ()).await.unwrap();
    cpu.plc().remove_block(2).unwrap();
    let error = client.suspect(ReturnValue::OBJECT_NOT_FOUND).await.unwrap_err();
    let ErrorKind::Changed(change) = error.kind() else { panic!("{error}") };
    assert_eq!(change.removed, ["Line 2"]);
    assert!(error.to_string().contains("the program of the PLC has changed: removed \"Line 2\""), "{error}");
    assert!(error.hint().is_some() && !error.is_transient());
    let fresh = client.refresh().await.unwrap();
    assert!(fresh.root("Line 2").is_none());
    client.close().await;
}

//! Browsing the emulated CPU, over both drivers.
#![cfg(all(feature = "tokio", feature = "blocking", feature = "tls"))]
use hepta::Error;
use hepta::plus::{BrowseOptions, Catalogue, Options, Progress, Trust, blocking};
use hepta::proto::data::{Struct, Type, Value};
use hepta_server::Emulator;
use hepta_server::plc::program::DataBlock;
use hepta_server::plc::{Profile, example};
use std::sync::{Arc, Mutex};

trait Driver: Sized {
    fn new(options: Options) -> Self;
    async fn browse(&mut self, tell: &(dyn Fn(Progress) + Send + Sync)) -> Result<Arc<Catalogue>, Error>;
    fn catalogue(&self) -> Option<Arc<Catalogue>>;
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
            fn catalogue(&self) -> Option<Arc<Catalogue>> {
                <$client>::catalogue(self)
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
both! { the_example_is_browsed a_large_program_is_browsed }

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

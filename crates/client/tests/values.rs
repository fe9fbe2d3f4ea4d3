//! Values by address, with both drivers against the emulated CPU: one list of cases.
#![cfg(all(feature = "tokio", feature = "blocking"))]
mod both;

use both::{called, cases};
use hepta::classic::{Area, ItemError, Limits, Outcome, ReturnCode, TagError, WriteValuesError};
use hepta::proto::classic::ErrorCode;
use hepta::proto::data::{Absolute, EncodeError, Type};
use hepta::proto::iso::{DisconnectReason, Tsap};
use hepta::{Address, ConfigError, Error, ErrorKind, Options, State, Value};
use hepta_server::Emulator;
use hepta_server::plc::{Event, Profile, Range, Resource};

type Read = Result<Vec<Result<Value, ItemError>>, Error>;
type Written = Result<Vec<Outcome>, WriteValuesError>;

trait Driver: Sized {
    fn new(options: Options) -> Self;
    async fn read(&mut self, addresses: &[Address]) -> Read;
    async fn write(&mut self, pairs: &[(Address, Value)]) -> Written;
    async fn close(&mut self);
    fn state(&mut self) -> State;
}

macro_rules! driver {
    ($client:ty, $($wait:tt)*) => {
        impl Driver for $client {
            fn new(options: Options) -> Self {
                Self::new(options)
            }
            async fn read(&mut self, addresses: &[Address]) -> Read {
                called!(<$client>::read_values(self, addresses), $($wait)*)
            }
            async fn write(&mut self, pairs: &[(Address, Value)]) -> Written {
                called!(<$client>::write_values(self, pairs), $($wait)*)
            }
            async fn close(&mut self) {
                called!(<$client>::close(self), $($wait)*)
            }
            fn state(&mut self) -> State {
                <$client>::state(self)
            }
        }
    };
}
driver!(hepta::classic::Client, await);
driver!(hepta::blocking::Client, now);

cases! {
    all_types_there_and_back, each_item_has_its_own_fate, values_need_the_gate, without_put_get_a_hint,
    a_refused_slot_is_final, an_optimised_block_is_absent, a_symbol_stops_all, a_value_that_does_not_fit_stops_all,
    texts_are_held_against_the_cpu, what_was_done_is_logged,
    each_type_of_connection_takes_its_resource,
}

fn to(cpu: &Emulator) -> Options {
    Options::new(cpu.addr().ip().to_string()).port(cpu.addr().port()).allow_writes(true)
}

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| address(text)).collect()
}

fn pair(place: &str, literal: &str) -> (Address, Value) {
    let absolute: Absolute = place.parse().unwrap_or_else(|e| panic!("{place}: {e}"));
    let value = absolute.ty.parse(literal).unwrap_or_else(|e| panic!("{place}={literal}: {e}"));
    (Address::Absolute(absolute), value)
}

/// What clients read and wrote, without where the connection came from.
fn accesses(cpu: &Emulator) -> Vec<Event> {
    let all = cpu.log().into_iter().map(|entry| entry.event);
    all.filter(|event| matches!(event, Event::Read(..) | Event::Write(..) | Event::JobRefused(..))).collect()
}

async fn all_types_there_and_back<D: Driver>() {
    let cpu = Emulator::builder().block(1, 4096).start().unwrap();
    let pairs = [
        pair("DB1.DBX0.3", "TRUE"),
        pair("DB1.DBB1", "16#FE"),
        pair("DB1.DBW2", "16#FEDC"),
        pair("DB1.DBD4", "16#FEDCBA98"),
        pair("DB1:8:LWORD", "16#FEDCBA9876543210"),
        pair("DB1:16:SINT", "-128"),
        pair("DB1:17:USINT", "255"),
        pair("DB1:18:INT", "-32768"),
        pair("DB1:20:UINT", "65535"),
        pair("DB1:22:DINT", "-2147483648"),
        pair("DB1:26:UDINT", "4294967295"),
        pair("DB1:30:LINT", "-9223372036854775808"),
        pair("DB1:38:ULINT", "18446744073709551615"),
        pair("DB1:46:REAL", "-1.5e-3"),
        pair("DB1:50:LREAL", "2.5e300"),
        pair("DB1:58:CHAR", "'€'"),
        pair("DB1:60:WCHAR", "WCHAR#'Ж'"),
        pair("DB1:62:DATE", "D#2026-11-20"),
        pair("DB1:64:TIME", "T#-1d2h"),
        pair("DB1:68:LTIME", "LT#1us2ns"),
        pair("DB1:76:TOD", "TOD#10:00:00.123"),
        pair("DB1:80:LTOD", "LTOD#10:00:00.123456789"),
        pair("DB1:88:DT", "DT#2026-11-20-10:00:00.123"),
        pair("DB1:96:LDT", "LDT#2026-11-20-10:00:00.123456789"),
        pair("DB1:104:DTL", "DTL#2026-11-20-10:00:00.123456789"),
        pair("DB1:116:S5TIME", "S5T#2h46m30s"),
        pair("DB1:118:STRING[20]", "'it$'s'"),
        pair("DB1:140:WSTRING[20]", "WSTRING#'Ж€'"),
        pair("DB1:184:REAL[100]", "[50(1.5), 50(-2.5)]"),
        pair("DB1.DBX584.6:BOOL[4]", "[1, 0, 1, 1]"),
        pair("DB1:590:STRING[5][3]", "['a', '', 'three']"),
        pair(
            "DB1:616:STRUCT on : BOOL; n : INT; name : STRING[7]; END_STRUCT",
            "(on := TRUE, n := -2, name := 'x')",
        ),
        // Longer than a PDU.
        pair("DB1:1000:BYTE[2500]", "[2500(16#A5)]"),
        pair("I1.2", "TRUE"),
        pair("QW4:INT", "-4"),
        pair("MD8:REAL", "0.5"),
        pair("T5", "S5T#2s100ms"),
        pair("C7", "42"),
    ];
    let mut client = D::new(to(&cpu));
    assert_eq!(client.write(&pairs).await, Ok(vec![Outcome::Written; pairs.len()]));
    let addresses: Vec<Address> = pairs.iter().map(|(address, _)| address.clone()).collect();
    let read = client.read(&addresses).await.unwrap();
    for ((address, value), read) in pairs.iter().zip(read) {
        assert_eq!(read.as_ref(), Ok(value), "{address}");
        // And the CPU holds what the type says, seen without a client.
        let Address::Absolute(Absolute { place, ty }) = address else { unreachable!() };
        if let hepta::proto::data::Area::Db(db) = place.area {
            let end = place.byte + u32::try_from(ty.size() + 1).unwrap();
            let octets = cpu.plc().read(Area::Db, db, place.byte..end).unwrap();
            assert_eq!(
                ty.decode_at(&octets, place.bit, hepta::proto::data::Options::default()).as_ref(),
                Ok(value),
                "{address}"
            );
        }
    }
    client.close().await;
}

async fn each_item_has_its_own_fate<D: Driver>() {
    let cpu = Emulator::builder().block(1, 16).start().unwrap();
    cpu.plc().write(Area::Counters, 0, 3, &[0xff, 0xff]).unwrap();
    cpu.plc().write(Area::Db, 1, 0, &[0, 7]).unwrap();
    let mut client = D::new(to(&cpu));
    let asked = addresses(&["DB1.DBW0:INT", "DB9.DBW0:INT", "DB1.DBW15:INT", "C3", "DB1.DBX1.0"]);
    let read = client.read(&asked).await.unwrap();
    assert_eq!(read[0], Ok(Value::Int(7)));
    assert_eq!(read[1], Err(ItemError::Refused(ReturnCode::NoObject)));
    assert_eq!(read[2], Err(ItemError::Refused(ReturnCode::OutOfRange)));
    assert!(matches!(read[3], Err(ItemError::Decode(_))), "{:?}", read[3]);
    assert_eq!(read[4], Ok(Value::Bool(true)));
    let pairs = [
        pair("DB1.DBB2", "5"),
        pair("DB9.DBX0.0", "1"),
        pair("DB1:15:INT", "5"),
        // The first two bits are there, the others behind the end.
        pair("DB1.DBX15.6:BOOL[4]", "[4(1)]"),
        pair("DB1.DBB3", "6"),
    ];
    let (absent, behind) = (Outcome::Refused(ReturnCode::NoObject), Outcome::Refused(ReturnCode::OutOfRange));
    let outcomes = client.write(&pairs).await;
    assert_eq!(outcomes, Ok(vec![Outcome::Written, absent, behind, behind, Outcome::Written]));
    assert_eq!(cpu.plc().read(Area::Db, 1, 0..16).unwrap()[..4], [0, 7, 5, 6]);
    assert_eq!(cpu.plc().read(Area::Db, 1, 15..16).unwrap(), [0xc0]);
}

async fn values_need_the_gate<D: Driver>() {
    let cpu = Emulator::builder().block(1, 64).start().unwrap();
    let mut client = D::new(to(&cpu).allow_writes(false));
    // The second has a text, whose maximum would be read first.
    for pairs in [[pair("DB1.DBB0", "1")], [pair("DB1:10:STRING[20]", "'a'")]] {
        let refused = client.write(&pairs).await.unwrap_err();
        assert_eq!(refused.error.kind(), &ErrorKind::Config(ConfigError::WriteGate));
        assert_eq!((refused.outcomes, refused.error.is_transient()), (vec![Outcome::NotSent], false));
    }
    assert_eq!((cpu.log(), client.state()), (vec![], State::Idle));
    // Reading needs no gate.
    assert_eq!(client.read(&addresses(&["DB1.DBB0"])).await, Ok(vec![Ok(Value::Byte(0))]));
}

async fn without_put_get_a_hint<D: Driver>() {
    let cpu = Emulator::builder().profile(Profile::s7_1500()).block(1, 16).start().unwrap();
    let mut client = D::new(to(&cpu));
    let refused = client.read(&addresses(&["DB1.DBW0"])).await.unwrap_err();
    assert_eq!((refused.code(), refused.is_transient()), (Some(0x8104), false));
    assert!(refused.hint().unwrap().contains("permit access with PUT/GET"), "{:?}", refused.hint());
    let refused = client.write(&[pair("DB1.DBB0", "1"), pair("DB1.DBB1", "1")]).await.unwrap_err();
    assert_eq!(refused.outcomes, [Outcome::JobRefused(ErrorCode::NotImplemented); 2]);
    assert_eq!(refused.error.code(), Some(0x8104));
    // The connection is as good as before, for whoever clicks.
    cpu.plc().set_put_get(true);
    assert_eq!(client.write(&[pair("DB1.DBB0", "1")]).await, Ok(vec![Outcome::Written]));
    assert_eq!(client.read(&addresses(&["DB1.DBB0"])).await, Ok(vec![Ok(Value::Byte(1))]));
    let connections = cpu.log().iter().filter(|e| matches!(e.event, Event::Connected { .. })).count();
    assert_eq!(connections, 1);
}

async fn a_refused_slot_is_final<D: Driver>() {
    // An S7-300 sits in slot 2.
    let cpu = Emulator::builder().profile(Profile::s7_300()).start().unwrap();
    let mut client = D::new(to(&cpu).rack_slot(0, 1));
    let refused = client.read(&addresses(&["MB0"])).await.unwrap_err();
    assert_eq!((refused.code(), refused.is_transient()), (Some(3), false));
    assert!(refused.hint().is_some_and(|hint| hint.contains("slot")), "{:?}", refused.hint());
    assert_eq!(client.state(), State::Idle);
    let called = Some(Tsap::from(0x0201));
    let told: Vec<Event> = cpu.log().into_iter().map(|entry| entry.event).collect();
    // Once: what is refused is not tried again.
    assert_eq!(told, [Event::Refused { called, reason: DisconnectReason::AddressUnknown }]);
    let mut client = D::new(to(&cpu).rack_slot(0, 2));
    assert_eq!(client.read(&addresses(&["MB0"])).await, Ok(vec![Ok(Value::Byte(0))]));
}

async fn an_optimised_block_is_absent<D: Driver>() {
    let cpu = Emulator::builder().block(1, 16).optimised_block(2, [1, 2, 3, 4]).start().unwrap();
    let mut client = D::new(to(&cpu));
    let read = client.read(&addresses(&["DB2.DBW0", "DB1.DBW0"])).await.unwrap();
    let refused = read[0].as_ref().unwrap_err();
    assert_eq!((refused.code(), &read[1]), (Some(0x0a), &Ok(Value::Word(0))));
    assert!(refused.hint().unwrap().contains("Optimized block access"), "{:?}", refused.hint());
    let outcomes = client.write(&[pair("DB2.DBB0", "9")]).await.unwrap();
    assert_eq!(outcomes, [Outcome::Refused(ReturnCode::NoObject)]);
    assert!(outcomes[0].hint().unwrap().contains("Optimized block access"));
    assert_eq!(cpu.plc().read(Area::Db, 2, 0..4).unwrap(), [1, 2, 3, 4]);
}

async fn a_symbol_stops_all<D: Driver>() {
    let cpu = Emulator::builder().block(1, 16).start().unwrap();
    let mut client = D::new(to(&cpu));
    let symbol = ErrorKind::Config(ConfigError::Tag(TagError::Symbol { item: 1 }));
    let refused = client.read(&addresses(&["DB1.DBB0", "\"Motor\".speed"])).await.unwrap_err();
    assert_eq!(refused.kind(), &symbol);
    let pairs = [pair("DB1.DBB0", "1"), (address("\"Motor\".speed"), Value::Int(1))];
    let refused = client.write(&pairs).await.unwrap_err();
    assert_eq!((refused.outcomes, refused.error.kind()), (vec![], &symbol));
    assert_eq!((cpu.log(), client.state()), (vec![], State::Idle));
}

async fn a_value_that_does_not_fit_stops_all<D: Driver>() {
    let cpu = Emulator::builder().block(1, 16).start().unwrap();
    let mut client = D::new(to(&cpu));
    let pairs = [pair("DB1.DBB0", "1"), (address("DB1.DBB1:USINT"), Value::from(300))];
    let refused = client.write(&pairs).await.unwrap_err();
    let why = EncodeError::Range { ty: Type::USInt, value: 300, low: 0, high: 255 };
    assert_eq!(refused.error.kind(), &ErrorKind::Config(ConfigError::Tag(TagError::Value { item: 1, why })));
    assert!(refused.to_string().ends_with("item 1: 300 does not fit: USINT goes from 0 to 255"), "{refused}");
    assert_eq!((cpu.log(), client.state()), (vec![], State::Idle));
}

async fn texts_are_held_against_the_cpu<D: Driver>() {
    let block = [&[9, 0][..], &[0xa5; 14], &[0; 32]].concat();
    let cpu = Emulator::builder().block_with(1, block).start().unwrap();
    let mut client = D::new(to(&cpu));
    let texts = [pair("DB1:0:STRING[20]", "'nine char'"), pair("DB1:16:STRING[20]", "'new'")];
    assert_eq!(client.write(&texts).await, Ok(vec![Outcome::Written; 2]));
    assert_eq!(cpu.plc().read(Area::Db, 1, 0..16).unwrap(), b"\x09\x09nine char\xa5\xa5\xa5\xa5\xa5");
    assert_eq!(cpu.plc().read(Area::Db, 1, 16..22).unwrap(), b"\x14\x03new\0");
    let long = [pair("DB1.DBB40", "1"), pair("DB1:0:STRING[20]", "'ten letter'")];
    let refused = client.write(&long).await.unwrap_err();
    let why = EncodeError::Length { ty: Type::String(9), len: 10, max: 9 };
    assert_eq!(refused.error.kind(), &ErrorKind::Config(ConfigError::Tag(TagError::Value { item: 1, why })));
    assert_eq!(cpu.plc().read(Area::Db, 1, 40..41).unwrap(), [0]);
    let mut client = D::new(to(&cpu).truncate(true));
    assert_eq!(client.write(&long).await, Ok(vec![Outcome::Written; 2]));
    assert_eq!(cpu.plc().read(Area::Db, 1, 0..12).unwrap(), b"\x09\x09ten lette\xa5");
}

/// The emulator is a witness: what went over the wire, item by item.
async fn what_was_done_is_logged<D: Driver>() {
    let cpu = Emulator::builder().block(1, 64).start().unwrap();
    let mut client = D::new(to(&cpu).rack_slot(0, 2).pdu(480).jobs(4));
    client.read(&addresses(&["DB1.DBW0", "DB1.DBW4", "DB1.DBW20", "DB9.DBX0.0"])).await.unwrap();
    client.write(&[pair("DB1.DBX3.5", "1"), pair("DB1:32:STRING[4]", "'ab'")]).await.unwrap();
    client.close().await;
    let at = |db, start, len| Range { area: Area::Db, db, start, len };
    let ok = ReturnCode::Ok;
    assert_eq!(
        accesses(&cpu),
        [
            // Two octets apart: one item.
            Event::Read(at(1, 0, 6), ok),
            Event::Read(at(1, 20, 2), ok),
            Event::Read(at(9, 0, 1), ReturnCode::NoObject),
            // The maximum of the text, and nothing of the bit's octet.
            Event::Read(at(1, 32, 1), ok),
            Event::Write(at(1, 3, 1), ok),
            // It was 0, so it is written, too.
            Event::Write(at(1, 32, 4), ok),
        ]
    );
    let log: Vec<Event> = cpu.log().into_iter().map(|entry| entry.event).collect();
    let (called, calling) = (Some(Tsap::from(0x0202)), Some(Tsap::from(0x0100)));
    assert_eq!(log[0], Event::Connected { called, calling, resource: Resource::Op });
    assert_eq!(log[1], Event::Negotiated(Limits { pdu: 480, jobs: 4 }));
    // The server sees the end when it gets its turn.
    for _ in 0..1000 {
        if cpu.log().last().is_some_and(|entry| entry.event == Event::Closed) {
            return;
        }
        std::thread::sleep(core::time::Duration::from_millis(10));
    }
    panic!("the connection is still there: {:?}", cpu.log());
}

async fn each_type_of_connection_takes_its_resource<D: Driver>() {
    // This one lets in whoever calls, so the kind is what the TSAP says.
    let cpu = Emulator::builder().start().unwrap();
    let kinds = [
        ("", 0x0201, Resource::Op),
        ("?type=pg", 0x0101, Resource::Pg),
        ("?type=op", 0x0201, Resource::Op),
        ("?type=basic", 0x0301, Resource::Basic),
        ("?remote=10.01&local=0x1000", 0x1001, Resource::Basic),
    ];
    for (query, called, resource) in kinds {
        let mut client = D::new(format!("s7://{}{query}", cpu.addr()).parse().unwrap());
        client.read(&addresses(&["MB0"])).await.unwrap();
        client.close().await;
        let connected = cpu.log().into_iter().rev().find_map(|entry| match entry.event {
            Event::Connected { called, resource, .. } => Some((called, resource)),
            _ => None,
        });
        assert_eq!(connected, Some((Some(Tsap::from(called)), resource)), "{query}");
    }
}

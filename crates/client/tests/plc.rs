//! One client for whatever a PLC speaks.
#![cfg(all(feature = "tokio", feature = "blocking", feature = "tls"))]
mod common;
#[path = "common/cpu.rs"]
#[allow(dead_code, reason = "each test uses its own part")]
mod cpu;

use core::net::SocketAddr;
use cpu::{Cpu, Settings};
use hepta::Value;
use hepta::blocking::Plc;
use hepta::plc::{ItemError, Options, Outcome, Protocol, Why};
use hepta::plus::{Credential, ItemAddress, ReturnValue, Security, Trust};
use hepta::proto::data::Address;
use hepta::proto::plus::value::{Array, Data};
use hepta::proto::plus::{self, tags};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}
fn bare(at: SocketAddr) -> Options {
    at.to_string().parse().unwrap()
}

/// One address for several PLCs: the first connection goes to the first.
fn front(to: Vec<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for to in to {
            let (client, _) = listener.accept().unwrap();
            let plc = TcpStream::connect(to).unwrap();
            let pairs = [(client.try_clone(), plc.try_clone()), (Ok(plc), Ok(client))];
            for (from, into) in pairs {
                let (mut from, mut into) = (from.unwrap(), into.unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut into);
                    let _ = into.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    at
}

#[test]
fn the_best_that_is_spoken() {
    let cpu = Cpu::start(Settings::tls());
    let plc = Plc::open(bare(cpu.at).trust(Trust::Insecure)).unwrap();
    assert_eq!(plc.chosen().to_string(), "S7CommPlus, tls: the PLC speaks it");
    let cpu = Cpu::start(Settings::open());
    let plc = Plc::connect(&cpu.at.to_string()).unwrap();
    assert_eq!((plc.chosen().security, &plc.chosen().why), (Security::Open, &Why::Spoken));
    let plc = Plc::connect(&format!("s7plus://{}?security=open", cpu.at)).unwrap();
    assert_eq!(plc.chosen().why, Why::Asked);
    let classic = common::Plc::start();
    let plc = Plc::connect(&format!("s7://{}", classic.at)).unwrap();
    assert_eq!((plc.chosen().protocol, &plc.chosen().why), (Protocol::Classic, &Why::Asked));
}

#[test]
fn classic_where_the_plc_says_that_it_has_nothing_else() {
    let classic = common::Plc::start();
    let stranger = Cpu::start(Settings { stranger: true, ..Settings::open() });
    let keyed = Cpu::start(Settings { key: true, ..Settings::open() });
    for cpu in [&stranger, &keyed] {
        let mut plc = Plc::open(bare(front(vec![cpu.at, classic.at]))).unwrap();
        assert_eq!(plc.chosen().protocol, Protocol::Classic);
        assert!(matches!(plc.chosen().why, Why::Refused(_)));
        let values = plc.read(&[address("DB1.DBW4:WORD"), address("8A0E0001.B")]).unwrap();
        assert_eq!(values[0], Ok(Value::Word(0x0405)));
        assert!(matches!(values[1], Err(ItemError::Address(_))));
        // Not where there is something to lose.
        let careful = bare(front(vec![cpu.at, classic.at])).credential(Credential::password("secret"));
        assert!(Plc::open(careful).is_err());
    }
    // A peer that lets everybody in and hangs up has said nothing.
    let e = Plc::open(bare(classic.at)).unwrap_err();
    assert!(e.hint().unwrap().contains("s7://"), "{e}");
}

#[test]
fn values_by_address_over_s7commplus() {
    let cpu = Cpu::start(Settings::open());
    {
        let mut block = cpu.state.block.lock().unwrap();
        block[10..14].copy_from_slice(&1.5f32.to_be_bytes());
        block[20..26].copy_from_slice(b"\x06\x02hi..");
        block[40] = 0b100;
    }
    let lid = |n: u32| ItemAddress::new(0x8a0e_0002, [n]);
    let text = [&[10, 2][..], b"ab", &[0; 8]].concat();
    for (n, value) in [
        (1, Data::Int(-5)),
        (2, Data::Real(2.5)),
        (3, Data::DInt(1000)),
        (4, Data::Array(Array::USInt(text))),
        (5, Data::Array(Array::Int(vec![1, 2, 3]))),
    ] {
        cpu.state.values.lock().unwrap().insert(lid(n), plus::Value::new(value));
    }
    let options: Options = format!("s7plus://{}?security=open&write=1", cpu.at).parse().unwrap();
    let mut plc = Plc::open(options).unwrap();
    let asked = [
        "DB1.DBD10:REAL",
        "DB1:20:STRING[6]",
        "DB1.DBX40.2",
        "DB1.DBX40.1",
        "\"Motor\".speed",
        "8A0E0002.1",
        "8A0E0002.3:TIME",
        "8A0E0002.4:STRING[10]",
        "8A0E0002.9",
        "8A0E0002.2:INT",
    ];
    let values = plc.read(&asked.map(address)).unwrap();
    assert_eq!(
        values[..4],
        [Ok(Value::Real(1.5)), Ok(Value::String("hi".into())), Ok(Value::Bool(true)), Ok(Value::Bool(false))]
    );
    assert!(matches!(values[4], Err(ItemError::Plus(tags::ItemError::Name(_)))));
    assert_eq!(values[5..8], [Ok(Value::Int(-5)), Ok(Value::Time(1000)), Ok(Value::String("ab".into()))]);
    assert_eq!(values[8], Err(ItemError::Plus(tags::ItemError::Refused(ReturnValue::OBJECT_NOT_FOUND))));
    assert!(matches!(values[9], Err(ItemError::Plus(tags::ItemError::Typed(_)))));

    let pairs = [
        ("DB1.DBD10:REAL", Value::Real(-1.0)),
        ("8A0E0002.1", Value::from(7)),
        ("DB1:20:STRING[6]", Value::from("new")),
        ("8A0E0002.4", Value::from("longer")),
        ("DB1.DBX40.1", Value::Bool(true)),
        ("8A0E0002.1", Value::from(70_000)),
        ("8A0E0002.9", Value::from(1)),
        ("8A0E0002.5", Value::Array(vec![Value::from(4), Value::from(5), Value::from(6)])),
        ("8A0E0002.2:INT", Value::from(1)),
    ]
    .map(|(text, value)| (address(text), value));
    let outcomes = plc.write(&pairs).unwrap();
    assert_eq!(outcomes[..5], [const { Outcome::Written }; 5]);
    assert!(matches!(outcomes[5], Outcome::Refused(ItemError::Plus(tags::ItemError::Kind { .. }))));
    assert!(matches!(outcomes[6], Outcome::Refused(ItemError::Plus(tags::ItemError::Refused(_)))));
    assert_eq!(outcomes[7], Outcome::Written);
    assert!(matches!(outcomes[8], Outcome::Refused(ItemError::Plus(tags::ItemError::Type { .. }))));
    let block = cpu.state.block.lock().unwrap().clone();
    assert_eq!((&block[10..14], &block[20..25]), (&(-1.0f32).to_be_bytes()[..], &b"\x06\x03new"[..]));
    assert_eq!(block[40], 0b110);
    let held = |n| cpu.state.values.lock().unwrap()[&lid(n)].clone();
    assert_eq!((held(1).data(), held(2).data()), (&Data::Int(7), &Data::Real(2.5)));
    assert_eq!(held(4).as_bytes(), Some(&b"\x0a\x06longer\0\0\0\0"[..]));
    assert_eq!(held(5).data(), &Data::Array(Array::Int(vec![4, 5, 6])));
}

#[tokio::test]
async fn the_same_on_tokio() {
    let cpu = Cpu::start(Settings::tls());
    let plc = hepta::Plc::open(bare(cpu.at).trust(Trust::Insecure)).await.unwrap();
    assert_eq!(plc.read(&[address("DB1.DBW4:WORD")]).await.unwrap(), [Ok(Value::Word(0x0405))]);
    let e = plc.write(&[(address("DB1.DBW4:WORD"), Value::Word(1))]).await.unwrap_err();
    assert!(e.to_string().contains("may not change the PLC"), "{e}");
    plc.close().await;
}

#[test]
fn texts_that_say_nothing() {
    for (text, column) in [("http://h", 1), ("h/0/1", 2), ("h?x=1", 2), ("", 1), ("s7plus://h/0/1", 12)] {
        assert_eq!(text.parse::<Options>().unwrap_err().column, column, "{text}");
    }
    assert_eq!("h:1102".parse::<Options>().unwrap().to_string(), "h:1102");
}

//! Nothing goes on for ever: not a heartbeat without its client, not a send to a peer that takes nothing.
#![cfg(all(feature = "tokio", feature = "blocking"))]
mod common;

use common::Plc;
use core::time::Duration;
use hepta::iso::{self, Connection, LONGEST};
use hepta::proto::tap::{Sender, Tap};
use hepta::{ConfigError, ErrorKind, Event, Options, Phase, Reconnect, State, UrlError};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(10);

struct Deaf;

impl Tap for Deaf {
    fn octets(&self, _: u64, _: Sender, _: &[u8]) {}
}

/// The options go with the last who has them: as long as the tap lives, somebody reconnects.
#[tokio::test]
async fn a_heartbeat_ends_with_its_client() {
    for wait in [60 * LONG, MS] {
        let plc = Plc::start();
        let tap = Arc::new(Deaf);
        let options = Options::new(plc.at.ip().to_string())
            .port(plc.at.port())
            .tap(Arc::clone(&tap) as Arc<dyn Tap>)
            .heartbeat(Some(MS))
            .reconnect(Reconnect::ON.waits(wait, wait).attempts(None));
        let client = hepta::classic::Client::new(options);
        let mut events = client.events();
        client.connect().await.unwrap();
        plc.stop();
        // Until it has tried in vain, so that it waits for its next attempt, or makes it.
        let tried = async {
            let mut lost = false;
            while let Some(event) = events.recv().await {
                lost |= event == Event::State(State::Reconnecting);
                if lost && matches!(event, Event::Failed { again: Some(_), .. }) {
                    return;
                }
            }
        };
        timeout(LONG, tried).await.expect("it tries");
        sleep(20 * MS).await;
        drop(client);
        let gone = async {
            while Arc::strong_count(&tap) > 1 {
                sleep(MS).await;
            }
        };
        timeout(LONG, gone).await.expect("nobody reconnects");
        let ended = async { while events.recv().await.is_some() {} };
        timeout(LONG, ended).await.expect("no more events");
    }
}

#[tokio::test]
async fn a_heartbeat_needs_a_pause() {
    let options = || Options::new("127.0.0.1").port(1).heartbeat(Some(Duration::ZERO));
    let kind = ErrorKind::Config(ConfigError::NoPause);
    let e = hepta::classic::Client::new(options()).connect().await.unwrap_err();
    assert_eq!(e.kind(), &kind);
    let e = hepta::blocking::Client::new(options()).connect().unwrap_err();
    assert_eq!(e.kind(), &kind);
    let e: UrlError = "s7://h?heartbeat=0s".parse::<Options>().unwrap_err();
    assert_eq!(e.what, kind.to_string());
}

/// A peer that confirms two connections, and then takes nothing.
fn stuck() -> (iso::Options, std::thread::JoinHandle<Vec<std::net::TcpStream>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = iso::Options::new("127.0.0.1").port(listener.local_addr().unwrap().port());
    let peer = std::thread::spawn(move || {
        let confirm = |_| {
            let mut io = listener.accept().unwrap().0;
            let _ = io.read(&mut [0; 256]).unwrap();
            io.write_all(&[3, 0, 0, 14, 9, 0xd0, 0, 1, 0, 9, 0, 0xc0, 1, 10]).unwrap();
            io
        };
        (0..2).map(confirm).collect()
    });
    (options.send_timeout(50 * MS), peer)
}

#[tokio::test]
async fn a_send_has_its_time() {
    let (options, peer) = stuck();
    let mut first = Connection::connect(&options).await.unwrap();
    let mut second = iso::blocking::Connection::connect(&options).unwrap();
    let _stuck = peer.join().unwrap();
    let message = vec![0; LONGEST];
    let e = loop {
        if let Err(e) = timeout(LONG, first.send(&message)).await.expect("it does not hang") {
            break e;
        }
    };
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    let e = loop {
        if let Err(e) = second.send(&message) {
            break e;
        }
    };
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    assert!(!first.is_alive() && !second.is_alive());
    let e = Connection::connect(&options.send_timeout(Duration::ZERO)).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Config(ConfigError::NoTime("send")));
}

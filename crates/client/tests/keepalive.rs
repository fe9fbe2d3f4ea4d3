//! TCP keep-alive as the system has it: the timer that Linux shows of each driver's socket.
#![cfg(all(target_os = "linux", feature = "tokio", feature = "blocking"))]
mod common;

use common::Plc;
use core::time::Duration;
use hepta::Options;
use std::time::Instant;

/// Hours, so that it is no matter how long the test takes.
const LONG: Duration = Duration::from_secs(30_000);

fn options(plc: &Plc, keepalive: Option<Duration>) -> Options {
    Options::new(plc.at.ip().to_string()).port(plc.at.port()).keepalive(keepalive)
}

/// Which timer of the socket that is connected to `port` runs (2: keep-alive, 0: none), and for how many seconds more.
fn timer(port: u16) -> (u8, u64) {
    let sockets = std::fs::read_to_string("/proc/net/tcp").expect("Linux tells of its sockets");
    let (port, established) = (format!(":{port:04X}"), "01");
    let row: Vec<&str> = sockets
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|row| row[2].ends_with(&port) && row[3] == established)
        .expect("the client is connected");
    let (kind, ticks) = row[5].split_once(':').expect("a timer");
    let number = |text| u64::from_str_radix(text, 16).expect("hex");
    (u8::try_from(number(kind)).expect("a kind of timer"), number(ticks) / 100)
}

/// What was sent last may wait for its acknowledgement, which is a timer of its own (1).
fn settled(port: u16) -> (u8, u64) {
    let began = Instant::now();
    loop {
        match timer(port) {
            (1, _) if began.elapsed() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            timer => return timer,
        }
    }
}

fn check(plc: &Plc, keepalive: Option<Duration>) {
    let (kind, left) = settled(plc.at.port());
    match keepalive {
        Some(time) => {
            assert_eq!(kind, 2, "keep-alive is on");
            assert!((time.as_secs() / 2..=time.as_secs()).contains(&left), "{left} s are left");
        }
        None => assert_eq!(kind, 0, "no timer runs"),
    }
}

#[tokio::test]
async fn it_is_set_on_tokio() {
    for keepalive in [Some(LONG), None] {
        let plc = Plc::start();
        let client = hepta::classic::Client::new(options(&plc, keepalive));
        client.connect().await.unwrap();
        check(&plc, keepalive);
        client.close().await;
    }
}

#[test]
fn it_is_set_blocking() {
    for keepalive in [Some(LONG), None] {
        let plc = Plc::start();
        let mut client = hepta::blocking::Client::new(options(&plc, keepalive));
        client.connect().unwrap();
        check(&plc, keepalive);
    }
}

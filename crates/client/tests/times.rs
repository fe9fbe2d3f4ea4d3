//! Any time may be asked for: none panics, and none is refused by the system behind our back.
#![cfg(all(feature = "tokio", feature = "blocking"))]
mod common;

use common::{Plc, ramp};
use core::time::Duration;
use hepta::{Options, Reconnect};

fn options(plc: &Plc, keepalive: Duration) -> Options {
    Options::new(plc.at.ip().to_string())
        .port(plc.at.port())
        .connect_timeout(Duration::MAX)
        .negotiate_timeout(Duration::MAX)
        .request_timeout(Duration::MAX)
        .reconnect(Reconnect::ON.waits(Duration::ZERO, Duration::MAX))
        .keepalive(Some(keepalive))
}

const KEEPALIVES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(40_000), Duration::MAX];

#[tokio::test]
async fn any_time_on_tokio() {
    let plc = Plc::start();
    for keepalive in KEEPALIVES {
        let client = hepta::classic::Client::new(options(&plc, keepalive));
        assert_eq!(client.read_db(1, 5, 4).await, Ok(ramp(5, 4)), "{keepalive:?}");
        client.close().await;
    }
}

#[test]
fn any_time_blocking() {
    let plc = Plc::start();
    for keepalive in KEEPALIVES {
        let mut client = hepta::blocking::Client::new(options(&plc, keepalive));
        assert_eq!(client.read_db(1, 5, 4), Ok(ramp(5, 4)), "{keepalive:?}");
        let mut events = client.events();
        drop(client);
        assert_eq!(events.wait(Duration::MAX), None);
    }
}

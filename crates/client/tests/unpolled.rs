//! Calls that are kept and not polled, and clients that are closed while they connect: nobody else may hang.
#![cfg(feature = "tokio")]
mod common;

use common::{Plc, ramp};
use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;
use core::time::Duration;
use hepta::classic::Client;
use hepta::{ErrorKind, Options, State};
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(10);

async fn connected(plc: &Plc) -> Client {
    let options = Options::new(plc.at.ip().to_string()).port(plc.at.port()).request_timeout(200 * MS);
    let client = Client::new(options);
    client.connect().await.unwrap();
    client
}

/// Polls a call once: it has asked, and reads the socket for all from now on.
async fn begin<F: Future<Output: core::fmt::Debug>>(mut call: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(call.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn one_that_is_kept_holds_up_nobody_of_its_task() {
    let plc = Plc::start();
    let c = connected(&plc).await;
    let mut kept = Box::pin(c.read_db(1, 0, 4));
    begin(kept.as_mut()).await;
    for at in 1..50 {
        let got = timeout(LONG, c.read_db(1, at, 4)).await.expect("it does not hang");
        assert_eq!(got.unwrap(), ramp(at as usize, 4));
    }
    assert_eq!(timeout(LONG, kept).await.unwrap().unwrap(), ramp(0, 4));
}

#[tokio::test]
async fn one_that_is_kept_holds_up_other_tasks_for_one_time_out_at_most() {
    let plc = Plc::start();
    let c = connected(&plc).await;
    let mut kept = Box::pin(c.read_db(1, 0, 4));
    begin(kept.as_mut()).await;
    let other = tokio::spawn({
        let c = c.clone();
        async move { c.read_db(1, 9, 4).await }
    });
    let got = timeout(LONG, other).await.expect("it does not hang").unwrap();
    assert_eq!(got.unwrap(), ramp(9, 4));
    assert_eq!(timeout(LONG, kept).await.unwrap().unwrap(), ramp(0, 4));
}

#[tokio::test]
async fn closing_ends_calls_that_wait_for_a_connection() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let c = Client::new(Options::new("127.0.0.1").port(port).negotiate_timeout(600 * LONG));
    let call = || {
        let c = c.clone();
        tokio::spawn(async move { c.read_db(1, 0, 4).await })
    };
    let calls = [call(), call()];
    sleep(20 * MS).await;
    c.close().await;
    for call in calls {
        let ended = timeout(LONG, call).await.expect("it does not hang").unwrap();
        assert_eq!(ended.unwrap_err().kind(), &ErrorKind::Shut);
    }
    assert_eq!(c.state(), State::Closed);
    // `connect` opens it again: somebody tries.
    let again = tokio::spawn({
        let c = c.clone();
        async move { c.connect().await }
    });
    sleep(20 * MS).await;
    assert_eq!(c.state(), State::Connecting);
    c.close().await;
    assert_eq!(timeout(LONG, again).await.unwrap().unwrap().unwrap_err().kind(), &ErrorKind::Shut);
}

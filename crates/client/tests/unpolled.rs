//! Calls that are kept and not polled: nobody else may hang.
#![cfg(feature = "tokio")]
mod common;

use common::{Plc, ramp};
use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;
use core::time::Duration;
use hepta::classic::Client;
use hepta::Options;
use tokio::time::timeout;

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

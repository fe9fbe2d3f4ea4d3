//! What only a shared connection can get wrong.
#![cfg(feature = "tokio")]
mod common;

use common::{Dice, Fate, Plc, ramp};
use core::future::poll_fn;
use core::sync::atomic::Ordering;
use core::task::Poll;
use core::time::Duration;
use hepta::classic::{Client, Limits, Span, Write};
use hepta::{ErrorKind, Event, Options, Phase, Reconnect, State};
use std::sync::Arc;
use std::time::Instant;
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);

fn to(plc: &Plc) -> Options {
    Options::new(plc.at.ip().to_string()).port(plc.at.port()).allow_writes(true)
}

fn start(i: usize) -> u32 {
    u32::try_from(i).unwrap()
}

/// Many callers on four jobs, and a third of their futures dropped at a random point: no one ever gets another's answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_come_and_go() {
    let slow = |_, frame: usize| if frame % 7 == 3 { Fate::After(MS / 4) } else { Fate::Send };
    let plc = Plc::at("127.0.0.1:0".parse().unwrap(), Limits { pdu: 480, jobs: 4 }, Arc::new(slow));
    let c = Client::new(to(&plc));
    c.connect().await.unwrap();
    let callers: Vec<_> = (0..30)
        .map(|who| {
            let c = c.clone();
            tokio::spawn(async move {
                for i in 0..40 {
                    let (at, len) = (who * 997 + i * 13, if i % 5 == 0 { 3000 } else { 4 });
                    let call = c.read_db(1, start(at), start(len));
                    if (who + i) % 3 == 0 {
                        let _ = timeout(Duration::from_micros((who * i) as u64 % 900), call).await;
                    } else {
                        assert_eq!(call.await.unwrap(), ramp(at, len));
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

/// Ten thousand rounds: some calls are polled a few times and dropped, those that are not get their own octets.
#[tokio::test]
async fn a_dropped_future_shifts_nothing() {
    let plc = Plc::with(Arc::new(|_, frame| match frame {
        0 | 1 => Fate::Send,
        n if n % 5 == 0 => Fate::Swap,
        n if n % 11 == 0 => Fate::Twice,
        _ => Fate::Send,
    }));
    let c = Client::new(to(&plc));
    c.connect().await.unwrap();
    let mut events = c.events();
    let mut dice = Dice(0x5eed);
    for round in 0..10_000 {
        let places: Vec<usize> = (0..=dice.roll(3)).map(|_| dice.small(60_000).into()).collect();
        let mut calls: Vec<_> = places.iter().map(|at| Some(Box::pin(c.read_db(1, start(*at), 6)))).collect();
        let mut left = calls.len();
        let began = Instant::now();
        while left > 0 {
            let (victim, dropped) = (usize::from(dice.small(4)), dice.roll(4) == 0);
            let mut done = Vec::new();
            poll_fn(|cx| {
                for (call, at) in calls.iter_mut().zip(&places) {
                    if let Some(Poll::Ready(got)) = call.as_mut().map(|call| call.as_mut().poll(cx)) {
                        done.push((*at, got));
                        *call = None;
                    }
                }
                // Ready: the pending ones are polled again, or dropped, whatever they wait for.
                Poll::Ready(())
            })
            .await;
            for (at, got) in done {
                assert_eq!(got.unwrap(), ramp(at, 6), "round {round}");
            }
            if dropped && let Some(call) = calls.get_mut(victim) {
                *call = None;
            }
            left = calls.iter().flatten().count();
            tokio::task::yield_now().await;
            assert!(began.elapsed() < Duration::from_secs(3), "round {round}: nobody reads");
        }
    }
    assert_eq!(events.try_recv(), None);
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

/// The reader of the socket is dropped, and so is the caller that was woken in its place, before it ran: the third must still
/// be served.
#[tokio::test]
async fn the_duty_to_read_passes_on() {
    let slow = |_, frame| if frame == 2 { Fate::After(30 * MS) } else { Fate::Send };
    let plc = Plc::with(Arc::new(slow));
    let c = Client::new(to(&plc));
    c.connect().await.unwrap();
    let mut calls = [Box::pin(c.read_db(1, 10, 4)), Box::pin(c.read_db(1, 20, 4))];
    let mut poll_both = async || {
        poll_fn(|cx| {
            calls.iter_mut().for_each(|call| assert!(call.as_mut().poll(cx).is_pending()));
            Poll::Ready(())
        })
        .await;
    };
    poll_both().await; // the first leads
    let third = tokio::spawn({
        let c = c.clone();
        async move { c.read_db(1, 30, 4).await }
    });
    tokio::task::yield_now().await; // the third waits for the first to read
    poll_both().await; // the second has flushed: it has no duty left, until the first is dropped
    drop(calls);
    let got = timeout(Duration::from_secs(2), third).await.expect("nobody reads the socket");
    assert_eq!(got.unwrap().unwrap(), ramp(30, 4));
}

#[tokio::test]
async fn eight_callers_share_one_connection() {
    let plc = Plc::start();
    let c = Client::new(to(&plc));
    let callers: Vec<_> = (0..8)
        .map(|who| {
            let c = c.clone();
            tokio::spawn(async move {
                for i in 0..200 {
                    assert_eq!(c.read_db(1, start(who * 100 + i), 5).await.unwrap(), ramp(who * 100 + i, 5));
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    // Those who came while the first connected waited for it.
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

/// Callers that came together time out together, and that is one silence, not two.
#[tokio::test]
async fn a_timeout_fails_only_that_call() {
    let plc = Plc::with(Arc::new(|_, frame| if frame == 2 { Fate::Never } else { Fate::Send }));
    let c = Client::new(to(&plc).request_timeout(60 * MS));
    c.connect().await.unwrap();
    let lost = c.read_db(1, 10, 4);
    let fine = async {
        sleep(5 * MS).await;
        c.read_db(1, 20, 4).await
    };
    let (lost, fine) = tokio::join!(lost, fine);
    assert_eq!(lost.unwrap_err().kind(), &ErrorKind::Timeout(Phase::Request));
    assert_eq!(fine.unwrap(), ramp(20, 4));
    assert_eq!(c.state(), State::Up);
    assert_eq!(c.read_db(1, 30, 4).await.unwrap(), ramp(30, 4));
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 1);
}

/// A caller that was waiting for room is not late while others are served.
#[tokio::test]
async fn patience_while_others_are_served() {
    let slow = |_, frame| if frame > 1 { Fate::After(4 * MS) } else { Fate::Send };
    let plc = Plc::at("127.0.0.1:0".parse().unwrap(), Limits { pdu: 240, jobs: 1 }, Arc::new(slow));
    let c = Client::new(to(&plc).request_timeout(60 * MS));
    c.connect().await.unwrap();
    let calls: Vec<_> = (0..5)
        .map(|i| {
            let c = c.clone();
            tokio::spawn(async move {
                c.read_db(1, i, 222 * 12).await.map(|got| got == ramp(i as usize, 222 * 12))
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(true));
    }
}

#[tokio::test]
async fn a_fault_is_everybodys_and_reads_are_healed() {
    let plc =
        Plc::with(Arc::new(|number, frame| if (number, frame) == (0, 4) { Fate::End } else { Fate::Send }));
    let c = Client::new(to(&plc).reconnect(Reconnect::ON.waits(MS, MS)));
    c.connect().await.unwrap();
    let calls: Vec<_> = (0..8)
        .map(|i| {
            let c = c.clone();
            tokio::spawn(async move { c.read_db(1, i, 4).await.map(|got| got == ramp(i as usize, 4)) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(true));
    }
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 2);
}

/// A write whose future is dropped leaves at once or not at all; it is not sent along with a later call.
#[tokio::test]
async fn dropped_writes_do_not_wait() {
    let plc = Plc::start();
    let c = Client::new(to(&plc));
    c.connect().await.unwrap();
    let data = [7; 4];
    let items: Vec<Write<'_>> = (0..4).map(|i| Write { span: Span::db(2, i * 4, 4), data: &data }).collect();
    let mut calls: Vec<_> =
        items.iter().map(|item| Box::pin(c.write_many(core::slice::from_ref(item)))).collect();
    poll_fn(|cx| {
        calls.iter_mut().for_each(|call| assert!(call.as_mut().poll(cx).is_pending()));
        Poll::Ready(())
    })
    .await;
    drop(calls);
    sleep(30 * MS).await;
    let before = plc.memory.writes.load(Ordering::SeqCst);
    c.read_db(1, 0, 4).await.unwrap();
    assert_eq!((before, plc.memory.writes.load(Ordering::SeqCst)), (4, 4));
}

#[tokio::test]
async fn connecting_can_be_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let c = Client::new(Options::new("127.0.0.1").port(silent.local_addr().unwrap().port()));
    timeout(20 * MS, c.connect()).await.unwrap_err();
    assert_eq!(c.state(), State::Idle);
    // Who waits for another's attempt gets its outcome, and does not queue for one of its own.
    let c = Client::new(c.options().clone().negotiate_timeout(100 * MS));
    let (a, b, d) = tokio::join!(c.connect(), c.connect(), c.read_db(1, 0, 4));
    assert!(a.is_err() && b.is_err() && d.is_err());
    // One attempt of the client that gave up, and one that all three shared.
    silent.set_nonblocking(true).unwrap();
    let attempts = core::iter::from_fn(|| silent.accept().ok()).count();
    assert_eq!(attempts, 2);
}

#[tokio::test]
async fn the_heartbeat_finds_out_and_reconnects() {
    // The first connection falls silent after its setup.
    let plc =
        Plc::with(Arc::new(|number, frame| if number == 0 && frame > 1 { Fate::Never } else { Fate::Send }));
    let options =
        to(&plc).heartbeat(Some(20 * MS)).request_timeout(20 * MS).reconnect(Reconnect::ON.waits(MS, MS));
    let c = Client::new(options);
    let (mut watch, mut events) = (c.watch(), c.events());
    c.connect().await.unwrap();
    timeout(Duration::from_secs(2), watch.wait_for(|state| *state == State::Reconnecting))
        .await
        .unwrap()
        .unwrap();
    timeout(Duration::from_secs(2), watch.wait_for(|state| *state == State::Up)).await.unwrap().unwrap();
    // Flags do not exist there: a refusal is life.
    sleep(100 * MS).await;
    assert_eq!(c.state(), State::Up);
    assert_eq!(plc.accepted.load(Ordering::SeqCst), 2);
    let beats = events
        .by_ref()
        .filter(|e| matches!(e, Event::Failed { error, .. } if error.attempt() == hepta::Attempt::Heartbeat));
    assert_eq!(beats.count(), 2);
    drop(c);
    assert!(plc.all_gone());
}

#[tokio::test]
async fn closing_ends_calls_in_flight() {
    let plc = Plc::with(Arc::new(|_, frame| if frame > 1 { Fate::Never } else { Fate::Send }));
    let c = Client::new(to(&plc));
    c.connect().await.unwrap();
    let (read, ()) = tokio::join!(c.read_db(1, 0, 4), async {
        sleep(5 * MS).await;
        c.close().await;
    });
    assert_eq!(read.unwrap_err().kind(), &ErrorKind::Shut);
    assert!(plc.all_gone());
}

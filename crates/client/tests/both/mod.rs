//! One list of cases for both drivers.

/// A test for each case and each driver: `cases! { one, two }` with `async fn one<D: Driver>()` beside it.
macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        mod on_tokio {
            $(#[tokio::test] async fn $case() { super::$case::<hepta::classic::Client>().await })*
        }
        mod on_blocking {
            $(#[tokio::test] async fn $case() { super::$case::<hepta::blocking::Client>().await })*
        }
    };
}

/// A call that one driver waits for, the other not: `called!(client.close(), await)`, `called!(client.close(), now)`.
macro_rules! called {
    ($call:expr, await) => {
        $call.await
    };
    ($call:expr, now) => {
        $call
    };
}

pub(crate) use {called, cases};

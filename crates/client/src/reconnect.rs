//! When to try again.
use crate::dial::FOREVER;
use core::time::Duration;
use std::time::Instant;

/// What to do after a connection was lost.
///
/// The waits double from `first` to `most`, each shortened by up to half by chance, so that a hundred clients of a PLC that was
/// switched off do not come back at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reconnect {
    pub(crate) on: bool,
    pub(crate) first: Duration,
    pub(crate) most: Duration,
    pub(crate) attempts: Option<u32>,
    pub(crate) refused: bool,
}

impl Reconnect {
    /// A lost connection stays lost; the state becomes `Idle`, and the next call connects anew, trying once.
    pub const OFF: Self = Self { on: false, ..Self::ON };
    /// At once, then after 200 ms, 400 ms ... 30 s; three attempts for a call.
    pub const ON: Self = Self {
        on: true,
        first: Duration::from_millis(200),
        most: Duration::from_secs(30),
        attempts: Some(3),
        refused: false,
    };
    /// How long the first wait is, and how long the longest.
    pub const fn waits(self, first: Duration, most: Duration) -> Self {
        Self { first, most, ..self }
    }
    /// How often one call tries before it gives up; `None`: as long as it takes.
    pub const fn attempts(self, attempts: Option<u32>) -> Self {
        Self { attempts, ..self }
    }
    /// Try again after refusals, too: a CPU that is full today may have room tomorrow.
    pub const fn even_refused(self, yes: bool) -> Self {
        Self { refused: yes, ..self }
    }
}

/// Failures in a row, and how long to wait for the next attempt. It outlives the call: callers that come in a loop wait, too.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
}

impl Backoff {
    pub(crate) fn wait(&self) -> Duration {
        self.not_before.map_or(Duration::ZERO, |t| t.saturating_duration_since(Instant::now()))
    }
    #[cfg(feature = "tokio")]
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }
    /// Gives the wait until the next attempt. `chance` is any number.
    pub(crate) fn failed(&mut self, policy: &Reconnect, chance: u32) -> Duration {
        let whole = policy.first.saturating_mul(1 << self.failures.min(20)).min(policy.most).min(FOREVER);
        let wait = whole.mul_f64(1.0 - f64::from(chance) / f64::from(u32::MAX) / 2.0);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(Instant::now() + wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_its_cap() {
        let (mut backoff, policy) = (Backoff::default(), Reconnect::ON);
        let waits: Vec<u128> = (0..12).map(|_| backoff.failed(&policy, 0).as_millis()).collect();
        assert_eq!(waits[..4], [200, 400, 800, 1600]);
        assert_eq!(waits[11], 30_000);
        assert_eq!(backoff.failed(&policy, u32::MAX), Duration::from_secs(15));
        assert!(backoff.wait() > Duration::from_secs(14));
        backoff.succeeded();
        assert_eq!(backoff.wait(), Duration::ZERO);
    }
}

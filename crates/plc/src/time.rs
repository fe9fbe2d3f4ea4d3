//! Where the CPU's time comes from.
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of time: the machine's clock, or one that a test steps. All times are since 1970-01-01, as the CPU shows them.
#[derive(Clone, Debug)]
pub struct Time(Source);

/// Steps the [`Time`] it came with.
#[derive(Clone, Debug)]
pub struct Stepper(Arc<AtomicU64>);

#[derive(Clone)]
enum Source {
    System,
    Stepped(Arc<AtomicU64>),
}

impl Time {
    /// The machine's clock, UTC.
    pub const fn system() -> Self {
        Self(Source::System)
    }
    /// A clock that stands at `start` until it is stepped.
    pub fn stepped(start: Duration) -> (Self, Stepper) {
        let now = Arc::new(AtomicU64::new(nanos(start)));
        (Self(Source::Stepped(Arc::clone(&now))), Stepper(now))
    }
    /// The time.
    pub fn now(&self) -> Duration {
        match &self.0 {
            // A clock before 1970 is no clock; 1970 tells whoever looks.
            Source::System => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            Source::Stepped(now) => Duration::from_nanos(now.load(Relaxed)),
        }
    }
}

impl Stepper {
    /// Lets that much time pass, in nanoseconds at the finest.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(nanos(by), Relaxed);
    }
    /// Sets the clock.
    pub fn set(&self, now: Duration) {
        self.0.store(nanos(now), Relaxed);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Stepped(now) => write!(f, "Stepped({} ms)", now.load(Relaxed)),
        }
    }
}

/// As `DATE_AND_TIME`: year, month, day, hour, minute, second, two digits each, then milliseconds and weekday (1 is Sunday).
pub fn date_and_time(now: Duration) -> [u8; 8] {
    let (days, second) = (now.as_secs() / 86_400, now.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    // 1970-01-01 was a Thursday, the fifth day.
    let (ms, weekday) = (u64::from(now.subsec_millis()), (days + 4) % 7 + 1);
    [
        bcd(year % 100),
        bcd(month),
        bcd(day),
        bcd(second / 3600),
        bcd(second / 60 % 60),
        bcd(second % 60),
        bcd(ms / 10),
        bcd(ms % 10 * 10) | bcd(weekday),
    ]
}

/// Two digits, four bits each.
fn bcd(n: u64) -> u8 {
    u8::try_from(n / 10 % 10 * 16 + n % 10).unwrap_or(0)
}

/// The Gregorian date `days` after 1970-01-01, counted in eras of 400 years that start in March.
const fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (era * 400 + yoe + if month <= 2 { 1 } else { 0 }, month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_cpu_writes_it() {
        let at = |secs: u64, ms| date_and_time(Duration::from_millis(secs * 1000 + ms));
        // From a capture of an S7-300: Monday, 2016-02-08 23:17:44.618.
        assert_eq!(at(1_454_973_464, 618), [0x16, 0x02, 0x08, 0x23, 0x17, 0x44, 0x61, 0x82]);
        assert_eq!(at(0, 0), [0x70, 1, 1, 0, 0, 0, 0, 5]);
        assert_eq!(at(951_782_400, 999), [0x00, 0x02, 0x29, 0, 0, 0, 0x99, 0x93]);
        assert_eq!(at(4_107_542_399, 0)[..3], [0x00, 0x02, 0x28]);
    }

    #[test]
    fn stepped() {
        let (time, stepper) = Time::stepped(Duration::from_secs(5));
        stepper.advance(Duration::from_millis(1500));
        assert_eq!(time.now(), Duration::from_millis(6500));
        stepper.set(Duration::ZERO);
        assert_eq!(time.now(), Duration::ZERO);
    }
}

//! Civil dates and the clocks of the field: days from and to year, month, day; weekdays; BCD.
//!
//! All calendars here are the proleptic Gregorian one, without time zones and leap seconds, as a CPU counts.
use core::fmt;

/// What is wrong with a date or a time of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// One of the fields is outside of what it can be.
    #[error("the {field} is {value}, but goes from {low} to {high}")]
    Field {
        /// The field's name: `year`, `month`, `day`, `hour`, `minute`, `second`, `nanosecond`.
        field: &'static str,
        /// What it was.
        value: u32,
        /// The least it can be.
        low: u32,
        /// The most it can be, for this month of this year where the field is the day.
        high: u32,
    },
    /// The time has a fraction that the type cannot hold.
    #[error("{nanos} ns are no whole number of the type's steps of {step} ns")]
    Resolution {
        /// The fraction of a second, in nanoseconds.
        nanos: u32,
        /// The type's step, in nanoseconds.
        step: u32,
    },
    /// The moment lies outside of what the type can hold.
    #[error("the year {year} is beyond what nanoseconds since 1970 in 64 bits can say (1677 to 2262)")]
    Beyond {
        /// Its year.
        year: u16,
    },
}

/// A date with a time of day, as `DATE_AND_TIME` and `DTL` hold it: always a moment that exists.
///
/// ```
/// use hepta_proto::data::time::Civil;
/// let moment = Civil::new(2026, 11, 20)?.with_time(10, 0, 0, 500_000_000)?;
/// assert_eq!(moment.to_string(), "2026-11-20-10:00:00.5");
/// assert_eq!(moment.weekday(), 6); // Friday
/// assert!(Civil::new(2026, 2, 29).is_err());
/// # Ok::<(), hepta_proto::data::time::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Civil {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nano: u32,
}

impl Civil {
    /// Midnight of a day; years go from 1 to 9999, and each type narrows that.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, TimeError> {
        within("year", year.into(), 1, 9999)?;
        within("month", month.into(), 1, 12)?;
        within("day", day.into(), 1, month_days(year.into(), month).into())?;
        Ok(Self { year, month, day, hour: 0, minute: 0, second: 0, nano: 0 })
    }
    /// The same day at another time.
    pub fn with_time(self, hour: u8, minute: u8, second: u8, nano: u32) -> Result<Self, TimeError> {
        within("hour", hour.into(), 0, 23)?;
        within("minute", minute.into(), 0, 59)?;
        within("second", second.into(), 0, 59)?;
        within("nanosecond", nano, 0, 999_999_999)?;
        Ok(Self { hour, minute, second, nano, ..self })
    }
    /// The moment `nanos` nanoseconds after 1970-01-01 (before it, if negative).
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "64 bits of ns: 1677 to 2262")]
    pub const fn from_unix_nanos(nanos: i64) -> Self {
        let (year, month, day) = civil_from_days(nanos.div_euclid(DAY_NANOS) as i32);
        let left = nanos.rem_euclid(DAY_NANOS);
        let seconds = left / 1_000_000_000;
        Self {
            year: year as u16,
            month,
            day,
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            nano: (left % 1_000_000_000) as u32,
        }
    }
    /// Nanoseconds since 1970-01-01, if 64 bits can say it.
    pub fn unix_nanos(self) -> Result<i64, TimeError> {
        // In 128 bits, as the first day that is reached in part needs more than 64 on the way.
        let days = days_from_civil(self.year.into(), self.month, self.day);
        let nanos = i128::from(days) * i128::from(DAY_NANOS) + i128::from(self.day_nanos());
        i64::try_from(nanos).map_err(|_| TimeError::Beyond { year: self.year })
    }
    /// Nanoseconds since midnight.
    pub fn day_nanos(self) -> u64 {
        let seconds = u64::from(self.hour) * 3600 + u64::from(self.minute) * 60 + u64::from(self.second);
        seconds * 1_000_000_000 + u64::from(self.nano)
    }
    /// 1 for Sunday to 7 for Saturday, as the CPU counts.
    pub const fn weekday(self) -> u8 {
        weekday(days_from_civil(self.year as i32, self.month, self.day))
    }
    /// The year, 1 to 9999.
    pub const fn year(self) -> u16 {
        self.year
    }
    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }
    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }
    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }
    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }
    /// The second, 0 to 59.
    pub const fn second(self) -> u8 {
        self.second
    }
    /// The fraction of the second, in nanoseconds.
    pub const fn nano(self) -> u32 {
        self.nano
    }

    /// The moment, if it is one of `DATE_AND_TIME`: 1990 to 2089, whole milliseconds.
    pub(super) fn for_date_and_time(self) -> Result<Self, TimeError> {
        within("year", self.year.into(), 1990, 2089)?;
        if self.nano.is_multiple_of(MILLI) {
            Ok(self)
        } else {
            Err(TimeError::Resolution { nanos: self.nano, step: MILLI })
        }
    }
    /// The moment, if it is one of `DTL`: 1970 to 2554 (S7-1200; an S7-1500 ends in April 2262).
    pub(super) fn for_dtl(self) -> Result<Self, TimeError> {
        within("year", self.year.into(), 1970, 2554)?;
        Ok(self)
    }
    /// Eight BCD octets of `DATE_AND_TIME`: `yy mm dd hh mi ss ms ms·weekday`. For `self` of [`Self::for_date_and_time`].
    #[allow(clippy::cast_possible_truncation, reason = "remainders of 100 and 10")]
    pub(super) const fn to_bcd(self) -> [u8; 8] {
        let milli = self.nano / MILLI;
        [
            to_bcd((self.year % 100) as u8),
            to_bcd(self.month),
            to_bcd(self.day),
            to_bcd(self.hour),
            to_bcd(self.minute),
            to_bcd(self.second),
            to_bcd((milli / 10) as u8),
            ((milli % 10) as u8) << 4 | self.weekday(),
        ]
    }
}

/// `2026-11-20-10:00:00.5`: the fraction as long as it needs to be.
impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}-", self.year, self.month, self.day)?;
        write_clock(f, self.day_nanos())
    }
}

/// `10:00:00.5`, for nanoseconds since midnight.
pub(super) fn write_clock(f: &mut fmt::Formatter<'_>, nanos: u64) -> fmt::Result {
    let seconds = nanos / 1_000_000_000;
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    let (mut fraction, mut width) = (nanos % 1_000_000_000, 9);
    if fraction == 0 {
        return Ok(());
    }
    while fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

/// An `S5TIME`: a count of 0 to 999 of one of four steps.
///
/// Two are equal when they last equally long: `1 x 10 s` is `100 x 100 ms`. [`Self::base`] tells them apart.
#[derive(Clone, Copy, Debug)]
pub struct S5Time {
    base: u8,
    count: u16,
}

impl S5Time {
    /// `count` (0 to 999) steps of base 0 (10 ms), 1 (100 ms), 2 (1 s) or 3 (10 s).
    pub const fn new(base: u8, count: u16) -> Option<Self> {
        if base <= 3 && count <= 999 { Some(Self { base, count }) } else { None }
    }
    /// The time of exactly `millis`, in the finest base that can say it.
    pub fn from_millis(millis: u64) -> Option<Self> {
        STEPS.into_iter().zip(0u8..).find_map(|(step, base)| {
            let count = u16::try_from(millis / u64::from(step)).ok()?;
            if millis.is_multiple_of(u64::from(step)) { Self::new(base, count) } else { None }
        })
    }
    /// How long it is, in milliseconds: 0 to 9,990,000.
    pub const fn millis(self) -> u32 {
        let step = match self.base {
            0 => 10,
            1 => 100,
            2 => 1000,
            _ => 10_000,
        };
        self.count as u32 * step
    }
    /// The step: 0 for 10 ms, 1 for 100 ms, 2 for 1 s, 3 for 10 s.
    pub const fn base(self) -> u8 {
        self.base
    }
    /// How many steps, 0 to 999.
    pub const fn count(self) -> u16 {
        self.count
    }
    /// Off the word: bits 13 and 12 are the base, below stand three BCD digits; bits 15 and 14 mean nothing.
    pub(super) const fn from_word(word: u16) -> Option<Self> {
        match from_bcd3(word & 0xfff) {
            Some(count) => Self::new((word >> 12 & 3) as u8, count),
            None => None,
        }
    }
    /// The word on the wire.
    pub(super) const fn to_word(self) -> u16 {
        (self.base as u16) << 12 | to_bcd3(self.count)
    }
}

impl PartialEq for S5Time {
    fn eq(&self, other: &Self) -> bool {
        self.millis() == other.millis()
    }
}

impl Eq for S5Time {}

/// The days from 1970-01-01 to the first moment of a day; months and days that do not exist count on.
///
/// After Howard Hinnant, "chrono-compatible low-level date algorithms": years start in March, so that the leap day is last.
pub const fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let (month, day) = (month as i64, day as i64);
    let year = year as i64 - (month <= 2) as i64;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// Year, month and day, `days` days after 1970-01-01.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "32 bits of days are 5.9 million years"
)]
pub const fn civil_from_days(days: i32) -> (i32, u8, u8) {
    let days = days as i64 + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    ((year_of_era + era * 400 + (month <= 2) as i64) as i32, month as u8, day as u8)
}

/// 1 for Sunday to 7 for Saturday, for a day counted from 1970-01-01, which was a Thursday.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a remainder of 7")]
pub const fn weekday(days: i64) -> u8 {
    ((days.rem_euclid(7) + 4) % 7) as u8 + 1
}

/// The length of a month; 0 for a month that does not exist.
pub const fn month_days(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Two decimal digits in an octet, 0 to 99; `None` if a half is above 9.
pub const fn from_bcd(octet: u8) -> Option<u8> {
    let (high, low) = (octet >> 4, octet & 15);
    if high <= 9 && low <= 9 { Some(high * 10 + low) } else { None }
}

/// The last two decimal digits of `n` in an octet.
pub const fn to_bcd(n: u8) -> u8 {
    ((n / 10 % 10) << 4) | (n % 10)
}

/// Three digits of the low 12 bits.
pub(super) const fn from_bcd3(word: u16) -> Option<u16> {
    let (a, b, c) = (word >> 8 & 15, word >> 4 & 15, word & 15);
    if a <= 9 && b <= 9 && c <= 9 { Some(a * 100 + b * 10 + c) } else { None }
}

/// The last three digits of `n`, in the low 12 bits.
pub(super) const fn to_bcd3(n: u16) -> u16 {
    ((n / 100 % 10) << 8) | ((n / 10 % 10) << 4) | (n % 10)
}

const fn within(field: &'static str, value: u32, low: u32, high: u32) -> Result<(), TimeError> {
    if low <= value && value <= high { Ok(()) } else { Err(TimeError::Field { field, value, low, high }) }
}

/// 1990-01-01, day 0 of `DATE`, in days since 1970-01-01.
pub const DATE_EPOCH: i32 = 7305;
/// The milliseconds of a day: `TIME_OF_DAY` ends one below.
pub const DAY_MILLIS: u32 = 86_400_000;
/// The nanoseconds of a day: `LTIME_OF_DAY` ends one below.
pub const DAY_NANOS: i64 = 86_400_000_000_000;
const MILLI: u32 = 1_000_000;
/// The steps of `S5TIME` in milliseconds, by base.
const STEPS: [u32; 4] = [10, 100, 1000, 10_000];

//! Days as reports and filters ask for them: calendar days in the workspace's zone.

use super::time::Time;
use jiff::{civil::Date, tz::TimeZone};
use konektor_core::time::{Day, UnixMs};

/// A text that is neither a day nor a point in time.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is neither a day nor a point in time. Write 2026-08-17 or 2026-08-17T09:00:00Z.")]
pub struct NotAMoment(String);

/// A text that is no day.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a day. Write it as 2026-08-17.")]
pub struct NotADay(String);

/// A day or a point in time, as a border of what is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// A whole day.
    Day(Date),
    /// A point in time.
    Time(Time),
}

impl Moment {
    /// Reads either.
    pub fn parse(text: &str) -> Result<Self, NotAMoment> {
        let time = || Time::parse(text).map_err(|_| NotAMoment(text.chars().take(40).collect()));
        parse_day(text).map(Self::Day).or_else(|_| time().map(Self::Time))
    }

    /// The first moment that belongs to it.
    pub fn start(self, zone: &TimeZone) -> UnixMs {
        match self {
            Self::Day(day) => midnight(day, zone),
            Self::Time(time) => time.0,
        }
    }

    /// The first moment after it: of a day the next midnight, so that the day belongs to what is asked for.
    pub fn end(self, zone: &TimeZone) -> UnixMs {
        match self {
            Self::Day(day) => day.tomorrow().map_or(UnixMs(i64::MAX), |next| midnight(next, zone)),
            Self::Time(time) => time.0,
        }
    }
}

/// The first moment of a day.
pub fn midnight(day: Date, zone: &TimeZone) -> UnixMs {
    // Where the clock is set forward at midnight, the day begins an hour later. Beyond the calendar there is nothing.
    day.to_zoned(zone.clone())
        .map_or(UnixMs(i64::MAX), |start| UnixMs(start.timestamp().as_millisecond()))
}

/// Reads `2026-08-17`, in this form only.
pub fn parse_day(text: &str) -> Result<Date, NotADay> {
    let day: Option<Date> = text.parse().ok();
    day.filter(|day| day.to_string() == text)
        .ok_or_else(|| NotADay(text.chars().take(40).collect()))
}

/// A day as the store counts by.
pub fn stored(day: Date) -> Day {
    Day::of(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_day_is_the_workspaces() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let day = Moment::parse("2026-08-17").unwrap();
        assert_eq!(Time(day.start(&zone)).to_string(), "2026-08-16T17:00:00.000Z");
        assert_eq!(Time(day.end(&zone)).to_string(), "2026-08-17T17:00:00.000Z");
        let time = Moment::parse("2026-08-17T09:00:00+07:00").unwrap();
        assert_eq!(time.start(&zone), time.end(&zone));
    }

    #[rstest]
    #[case("17-08-2026")]
    #[case("2026-8-17")]
    #[case("2026-02-30")]
    #[case("yesterday")]
    #[case("20260817")]
    #[case("")]
    fn what_is_neither_day_nor_time_is_refused(#[case] text: &str) {
        assert!(Moment::parse(text).is_err());
        assert!(parse_day(text).is_err());
    }
}

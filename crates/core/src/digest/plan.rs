//! When a digest is due, by the wall clock of the workspace.

use crate::{
    lead::UnknownWord,
    schedule::Weekday,
    time::{Day, UnixMs},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use std::str::FromStr;

const HOUR_MS: i64 = 3_600_000;
/// A digest that nobody could make in time (the server was down) is still made so late; after that the next one says it all.
const DAILY_LATE_MS: i64 = 20 * HOUR_MS;
const WEEKLY_LATE_MS: i64 = 72 * HOUR_MS;

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frequency {
    /// Never.
    #[default]
    Off,
    /// Each day, about the day before.
    Daily,
    /// Once a week, about the seven days before.
    Weekly,
}

impl Frequency {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Daily, Self::Weekly];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }
}

impl FromStr for Frequency {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == word);
        found.ok_or_else(|| UnknownWord {
            what: "frequency",
            word: word.chars().take(40).collect(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

/// When a workspace's digest is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How often.
    pub frequency: Frequency,
    /// At this hour of the workspace's day, 0 to 23.
    pub hour: u8,
    /// On this day, if it is weekly.
    pub weekday: Weekday,
}

impl Default for Plan {
    /// Off; and where somebody switches it on, at seven in the morning, before work, and on Mondays.
    fn default() -> Self {
        Self {
            frequency: Frequency::Off,
            hour: 7,
            weekday: Weekday::Mon,
        }
    }
}

/// A digest that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it was due.
    pub at: UnixMs,
    /// The first day that it is about, in the workspace's zone.
    pub first: Day,
    /// The last one.
    pub last: Day,
}

impl Plan {
    /// The digest that is due at `now`, under a plan that holds since `since`: what was due before is nobody's wish.
    pub fn due(&self, since: UnixMs, now: UnixMs, zone: &TimeZone) -> Option<Slot> {
        let late_ms = match self.frequency {
            Frequency::Off => return None,
            Frequency::Daily => DAILY_LATE_MS,
            Frequency::Weekly => WEEKLY_LATE_MS,
        };
        // From tomorrow on, since the hour may be past midnight where the clock has just been set.
        let today = now.in_zone(zone).date();
        let days = (0..8).filter_map(|back| today.checked_sub(back.days()).ok());
        let (date, at) = days
            .filter(|date| self.is_on(*date))
            .filter_map(|date| Some((date, self.moment(date, zone)?)))
            .find(|(_, at)| *at <= now)?;
        let is_wanted = at > since && now.since(at) <= late_ms;
        is_wanted.then(|| self.slot(date, at))
    }

    /// When the next one is due after `now`.
    pub fn next(&self, now: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
        if self.frequency == Frequency::Off {
            return None;
        }
        let today = now.in_zone(zone).date();
        let days = (0..9).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        days.filter(|date| self.is_on(*date))
            .filter_map(|date| self.moment(date, zone))
            .find(|at| *at > now)
    }

    /// What a digest would be about that somebody asks for at `now`: the last whole day, or the last seven.
    pub fn latest(&self, now: UnixMs, zone: &TimeZone) -> Slot {
        self.slot(now.in_zone(zone).date(), now)
    }

    fn is_on(&self, date: Date) -> bool {
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        self.frequency != Frequency::Weekly || Weekday::ALL[weekday] == self.weekday
    }

    fn slot(&self, date: Date, at: UnixMs) -> Slot {
        let days = if self.frequency == Frequency::Weekly { 7 } else { 1 };
        Slot {
            at,
            first: Day::of(date.saturating_sub(days.days())),
            last: Day::of(date.saturating_sub(1.day())),
        }
    }

    /// Where the clock is set forward over the hour, it is the first moment after it; where it is set back, the first of two.
    fn moment(&self, date: Date, zone: &TimeZone) -> Option<UnixMs> {
        let wall = date.at(self.hour.min(23) as i8, 0, 0, 0);
        let at = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
        Some(UnixMs(at.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(text: &str) -> UnixMs {
        let time: jiff::Timestamp = text.parse().unwrap();
        UnixMs(time.as_millisecond())
    }

    fn plan(frequency: Frequency) -> Plan {
        Plan {
            frequency,
            ..Plan::default()
        }
    }

    const LONG_AGO: UnixMs = UnixMs(0);

    /// 17 August 2026 is a Monday; seven in Jakarta is midnight UTC.
    #[rstest]
    #[case::to_the_moment(Frequency::Daily, "2026-08-17T00:00:00Z", Some((20_260_816, 20_260_816)))]
    #[case::a_moment_before_it_is_yesterdays_which_is_too_late(Frequency::Daily, "2026-08-16T23:59:59Z", None)]
    #[case::at_noon(Frequency::Daily, "2026-08-17T05:00:00Z", Some((20_260_816, 20_260_816)))]
    #[case::twenty_hours_late(Frequency::Daily, "2026-08-17T20:00:00Z", Some((20_260_816, 20_260_816)))]
    #[case::too_late(Frequency::Daily, "2026-08-17T20:00:01Z", None)]
    #[case::weekly(Frequency::Weekly, "2026-08-17T00:00:00Z", Some((20_260_810, 20_260_816)))]
    #[case::weekly_after_a_weekend_without_power(Frequency::Weekly, "2026-08-19T10:00:00Z", Some((20_260_810, 20_260_816)))]
    #[case::weekly_but_on_another_day(Frequency::Weekly, "2026-08-21T10:00:00Z", None)]
    #[case::off(Frequency::Off, "2026-08-17T00:00:00Z", None)]
    fn a_digest_is_due_at_its_hour_and_not_for_ever(
        #[case] frequency: Frequency,
        #[case] now: &str,
        #[case] days: Option<(i32, i32)>,
    ) {
        let jakarta = TimeZone::get("Asia/Jakarta").unwrap();
        let due = plan(frequency).due(LONG_AGO, at(now), &jakarta);
        assert_eq!(due.map(|slot| (slot.first.0, slot.last.0)), days);
        assert!(due.is_none_or(|slot| slot.at == at("2026-08-17T00:00:00Z")));
    }

    #[test]
    fn what_was_due_before_it_was_switched_on_is_not_sent() {
        let jakarta = TimeZone::get("Asia/Jakarta").unwrap();
        let (daily, now) = (plan(Frequency::Daily), at("2026-08-17T02:00:00Z"));
        assert_eq!(daily.due(at("2026-08-17T01:00:00Z"), now, &jakarta), None);
        assert!(daily.due(at("2026-08-16T23:00:00Z"), now, &jakarta).is_some());
        assert_eq!(daily.next(now, &jakarta), Some(at("2026-08-18T00:00:00Z")));
        let weekly = plan(Frequency::Weekly);
        assert_eq!(weekly.next(now, &jakarta), Some(at("2026-08-24T00:00:00Z")));
        assert_eq!(
            weekly.next(at("2026-08-16T23:00:00Z"), &jakarta),
            Some(at("2026-08-17T00:00:00Z"))
        );
        assert_eq!(plan(Frequency::Off).next(now, &jakarta), None);
        assert_eq!(weekly.latest(now, &jakarta).first, Day(20_260_810));
    }

    /// Each day has one digest, whatever the clock does: Berlin leaves out two o'clock in March and has it twice in October.
    #[rstest]
    #[case("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", 2)]
    #[case("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", 2)]
    fn a_clock_change_neither_drops_nor_doubles_one(#[case] from: &str, #[case] to: &str, #[case] wanted: usize) {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let daily = Plan {
            hour: 2,
            ..plan(Frequency::Daily)
        };
        let (mut now, end, mut slots) = (at(from), at(to), std::collections::BTreeSet::new());
        while now < end {
            slots.extend(daily.due(at(from), now, &berlin).map(|slot| (slot.last, slot.at)));
            now = now.plus_ms(10 * 60_000);
        }
        assert_eq!(slots.len(), wanted, "{slots:?}");
    }
}

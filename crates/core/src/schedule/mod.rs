//! When somebody is on duty: working hours in a time zone, pauses, daily caps.
//!
//! Hours are wall-clock time. They are kept as people entered them, and beside it as minutes of a week, merged and
//! in order, so that the question of the click path is a look at a few numbers.

use crate::{routing::Agent, time::UnixMs};
use jiff::{ToSpan, Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

mod gap;
#[cfg(test)]
mod tests;

pub use gap::{Gap, first_gap};

const MINUTES_A_DAY: u16 = 24 * 60;
const MINUTES_A_WEEK: u16 = 7 * MINUTES_A_DAY;
/// More than anybody's working week needs; a bound for what is stored and walked through.
const MAX_WINDOWS: usize = 50;
/// How far [`Hours::next_open`] and [`Hours::next_close`] look ahead: a week, and the day that a clock change may add to it.
const SEARCH_DAYS: i8 = 8;

/// A day of the week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    /// As API and database write it: three lower-case letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }
}

impl FromStr for Weekday {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = Self::ALL.into_iter().find(|day| day.as_str() == text);
        day.ok_or_else(|| HoursError::UnknownDay(text.to_owned()))
    }
}

impl TryFrom<String> for Weekday {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Weekday> for &'static str {
    fn from(day: Weekday) -> Self {
        day.as_str()
    }
}

/// A time of day to the minute, `00:00` to `24:00` (the end of the day).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime {
    minute: u16,
}

impl FromStr for ClockTime {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let two_digits = |part: &str| {
            let well_formed = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| well_formed)
        };
        let minute = text.split_once(':').and_then(|(hours, minutes)| {
            let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
            Some(two_digits(hours)? * 60 + minutes)
        });
        let minute = minute.filter(|minute| *minute <= MINUTES_A_DAY);
        minute
            .map(|minute| Self { minute })
            .ok_or_else(|| HoursError::BadTime(text.to_owned()))
    }
}

impl TryFrom<String> for ClockTime {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

/// A window of working hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Days on which it opens.
    pub days: Vec<Weekday>,
    /// When it opens; not `24:00`.
    pub from: ClockTime,
    /// When it closes. Earlier than `from`: on the next day. The same as `from`: the whole day.
    pub to: ClockTime,
}

/// Why working hours were refused, in words for the person who entered them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// A window on no day.
    #[error("The working hours {0}–{1} name no day. Choose at least one day, or remove them.")]
    NoDays(ClockTime, ClockTime),
    /// Not one of the seven.
    #[error("The day \"{0}\" of the working hours is not known. Use mon, tue, wed, thu, fri, sat or sun.")]
    UnknownDay(String),
    /// Not a time of day.
    #[error(
        "The time \"{0}\" of the working hours is not valid. Write HH:MM from 00:00 to 23:59, or 24:00 as the end."
    )]
    BadTime(String),
    /// Far too many windows.
    #[error("There are {0} windows of working hours; at most {MAX_WINDOWS} are possible. Join some of them.")]
    TooMany(usize),
}

/// Working hours: a list of windows, in JSON just that list. An empty list means never (always is no `Hours` at all).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Window>", into = "Vec<Window>")]
pub struct Hours {
    windows: Vec<Window>,
    /// The same as `[from, to)` in minutes of the week; sorted, neither touching nor overlapping.
    open: Vec<(u16, u16)>,
}

impl Hours {
    /// Checks windows and takes them over.
    pub fn new(windows: Vec<Window>) -> Result<Self, HoursError> {
        if windows.len() > MAX_WINDOWS {
            return Err(HoursError::TooMany(windows.len()));
        }
        let mut open = Vec::new();
        for Window { days, from, to } in &windows {
            if days.is_empty() {
                return Err(HoursError::NoDays(*from, *to));
            }
            if from.minute == MINUTES_A_DAY {
                return Err(HoursError::BadTime(from.to_string()));
            }
            open.extend(days.iter().map(|day| {
                let midnight = *day as u16 * MINUTES_A_DAY;
                match (from.minute, to.minute) {
                    (from, to) if from == to => (midnight, midnight + MINUTES_A_DAY),
                    (from, to) if from < to => (midnight + from, midnight + to),
                    (from, to) => (midnight + from, midnight + MINUTES_A_DAY + to),
                }
            }));
        }
        Ok(Self {
            windows,
            open: merged(open),
        })
    }

    /// The windows as they were entered.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether these hours include a moment, by the wall clock of its zone.
    pub fn contains(&self, at: &Zoned) -> bool {
        let minute = minutes_before(at.date()) + at.hour() as u16 * 60 + at.minute() as u16;
        self.open.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// The first moment from `after` on that these hours include (`after` itself, if they do); `None` if there is
    /// none in the next eight days.
    pub fn next_open(&self, after: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
        self.next(true, after, zone)
    }

    /// The first moment from `after` on that these hours do not include; `None` if there is none in the next eight
    /// days.
    pub fn next_close(&self, after: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
        self.next(false, after, zone)
    }

    fn next(&self, open: bool, after: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
        let now = after.in_zone(zone);
        if self.contains(&now) == open {
            return Some(after);
        }
        let end = after.plus_ms(i64::from(SEARCH_DAYS) * 24 * 60 * 60 * 1_000);
        // Hours open when the wall clock reaches the start of a window, which it may do twice when it is set back;
        // and when the clock change itself leads into a window, past its start. They close likewise.
        let dates = (0..=SEARCH_DAYS).filter_map(|days| now.date().checked_add(days.days()).ok());
        let edges = dates.flat_map(|date| self.edges_on(date, open)).flat_map(|edge| {
            let edge = zone.to_ambiguous_timestamp(edge);
            [edge.earlier(), edge.later()].into_iter().flatten()
        });
        let changes = zone.following(now.timestamp()).map(|change| change.timestamp());
        let changes = changes.take_while(|at| at.as_millisecond() <= end.0);
        edges
            .chain(changes)
            .map(|at| UnixMs(at.as_millisecond()))
            .filter(|at| (after..=end).contains(at) && self.contains(&at.in_zone(zone)) == open)
            .min()
    }

    /// Wall-clock times at which a window opens on `date`, or closes.
    fn edges_on(&self, date: Date, open: bool) -> impl Iterator<Item = jiff::civil::DateTime> {
        let midnight = minutes_before(date);
        self.open.iter().filter_map(move |(from, to)| {
            // The end of Sunday is Monday's midnight.
            let edge = if open { *from } else { *to % MINUTES_A_WEEK };
            let minute = edge.checked_sub(midnight).filter(|minute| *minute < MINUTES_A_DAY)?;
            Some(date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0))
        })
    }
}

impl TryFrom<Vec<Window>> for Hours {
    type Error = HoursError;

    fn try_from(windows: Vec<Window>) -> Result<Self, Self::Error> {
        Self::new(windows)
    }
}

impl From<Hours> for Vec<Window> {
    fn from(hours: Hours) -> Self {
        hours.windows
    }
}

/// Minutes of the week before this date's midnight.
fn minutes_before(date: Date) -> u16 {
    date.weekday().to_monday_zero_offset() as u16 * MINUTES_A_DAY
}

/// Intervals of the week, those past Sunday midnight carried to Monday, joined where they touch or overlap.
fn merged(intervals: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
    let mut within: Vec<(u16, u16)> = intervals
        .iter()
        .map(|(from, to)| (*from, (*to).min(MINUTES_A_WEEK)))
        .collect();
    within.extend(
        intervals
            .iter()
            .filter_map(|(_, to)| Some((0, to.checked_sub(MINUTES_A_WEEK).filter(|to| *to > 0)?))),
    );
    within.sort_unstable();
    let mut merged: Vec<(u16, u16)> = Vec::with_capacity(within.len());
    for (from, to) in within {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// Whether an agent may get a new lead now, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Yes.
    OnDuty,
    /// Switched off: gone for good.
    Off,
    /// Away until then.
    Paused {
        /// When they are back.
        until: UnixMs,
    },
    /// Outside their working hours.
    OutOfHours,
    /// They had all the new leads that they take in a day. Leads that they own still reach them.
    Capped,
}

/// The one place that says whether an agent is eligible. `turns_today` counts by the day in the agent's zone.
pub fn duty(agent: &Agent, turns_today: u32, now: UnixMs) -> Duty {
    if !agent.active {
        return Duty::Off;
    }
    if let Some(until) = agent.paused_until.filter(|until| *until > now) {
        return Duty::Paused { until };
    }
    if agent
        .hours
        .as_ref()
        .is_some_and(|hours| !hours.contains(&now.in_zone(&agent.time_zone)))
    {
        return Duty::OutOfHours;
    }
    if agent.daily_cap.is_some_and(|cap| turns_today >= cap) {
        return Duty::Capped;
    }
    Duty::OnDuty
}

/// When an agent is there again (now, if they are), for "we are closed, back at …"; `None` if switched off or not
/// within eight days. The daily cap is left aside: who asks has a lead already, or would be shown a false hope.
pub fn back_at(agent: &Agent, now: UnixMs) -> Option<UnixMs> {
    if !agent.active {
        return None;
    }
    let from = agent.paused_until.map_or(now, |until| until.max(now));
    match &agent.hours {
        Some(hours) => hours.next_open(from, &agent.time_zone),
        None => Some(from),
    }
}

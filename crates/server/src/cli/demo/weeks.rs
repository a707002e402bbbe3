//! When people come: in the evening more than at night, at the weekend more than on Monday, after payday more than before,
//! and every month a few more.

use jiff::{civil::Weekday, tz::TimeZone};
use konektor_core::time::UnixMs;

const HOUR_MS: i64 = 3_600_000;
/// By the hour of the day.
const HOURS: [f64; 24] = [
    0.35, 0.18, 0.10, 0.08, 0.10, 0.25, 0.50, 0.75, 0.90, 1.00, 1.05, 1.15, 1.30, 1.20, 1.05, 1.00, 1.05, 1.15, 1.40,
    1.75, 1.90, 1.70, 1.20, 0.70,
];
/// How much more comes at the end than at the beginning.
const GROWTH: f64 = 0.7;
/// How much a day may differ from what it should be.
const WHIM: f64 = 0.15;

/// Some weeks that end now.
pub(super) struct Weeks {
    start: UnixMs,
    /// What has come by the end of each hour, of all that comes.
    by_hour: Vec<f64>,
}

impl Weeks {
    pub(super) fn until(end: UnixMs, days: i64, zone: &TimeZone) -> Self {
        let hours = days * 24;
        let start = end.plus_ms(-hours * HOUR_MS);
        let mut sum = 0.0;
        let mut by_hour: Vec<_> = (0..hours)
            .map(|hour| {
                sum += weight(start.plus_ms(hour * HOUR_MS), hour as f64 / hours as f64, zone);
                sum
            })
            .collect();
        for part in &mut by_hour {
            *part /= sum;
        }
        Self { start, by_hour }
    }

    /// When this part of all has come, in 0..=1.
    pub(super) fn at(&self, part: f64) -> UnixMs {
        let hour = self
            .by_hour
            .partition_point(|end| *end < part)
            .min(self.by_hour.len() - 1);
        let begin = if hour == 0 { 0.0 } else { self.by_hour[hour - 1] };
        let within = (part - begin) / (self.by_hour[hour] - begin);
        let ms = (hour as f64 + within.clamp(0.0, 1.0)) * HOUR_MS as f64;
        self.start.plus_ms(ms as i64)
    }
}

fn weight(at: UnixMs, part: f64, zone: &TimeZone) -> f64 {
    let local = at.timestamp().to_zoned(zone.clone());
    let weekday = match local.weekday() {
        Weekday::Saturday => 1.25,
        Weekday::Sunday => 1.20,
        Weekday::Friday => 1.05,
        Weekday::Monday | Weekday::Tuesday => 0.95,
        _ => 1.0,
    };
    let payday = match local.day() {
        25.. => 1.35,
        1..=3 => 1.2,
        _ => 1.0,
    };
    let day = local.date().year() as u64 * 400 + local.date().day_of_year() as u64;
    let whim = 1.0 + WHIM * (2.0 * super::traffic::chance(day) - 1.0);
    HOURS[local.hour() as usize] * weekday * payday * whim * (1.0 + GROWTH * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const NOW: UnixMs = UnixMs(1_795_347_000_123);

    /// How many of 100,000 come by some name of the time.
    fn by<K: Ord>(name: impl Fn(jiff::Zoned) -> K) -> BTreeMap<K, u32> {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let weeks = Weeks::until(NOW, 90, &zone);
        let mut counts = BTreeMap::new();
        for n in 0..100_000 {
            let at = weeks.at(f64::from(n) / 100_000.0);
            *counts.entry(name(at.timestamp().to_zoned(zone.clone()))).or_default() += 1;
        }
        counts
    }

    #[test]
    fn evenings_are_busy_and_nights_are_not() {
        let hours = by(|at| at.hour());
        assert!(hours[&20] > 8 * hours[&3], "{hours:?}");
    }

    #[test]
    fn no_day_is_like_another() {
        let days = by(|at| at.date());
        let (least, most) = (days.values().min().unwrap(), days.values().max().unwrap());
        assert!(days.len() >= 90 && *most > 2 * least, "{days:?}");
        let weekdays = by(|at| at.weekday().to_monday_one_offset());
        assert!(weekdays[&6] > weekdays[&1], "{weekdays:?}");
    }

    #[test]
    fn time_goes_forward_up_to_now() {
        let weeks = Weeks::until(NOW, 90, &TimeZone::UTC);
        let times: Vec<_> = (0..=1_000).map(|n| weeks.at(f64::from(n) / 1_000.0)).collect();
        assert!(times.is_sorted());
        assert!(times[0] >= NOW.plus_ms(-90 * 24 * HOUR_MS) && times[1_000] <= NOW);
    }
}

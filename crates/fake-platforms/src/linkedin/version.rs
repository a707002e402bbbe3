//! The monthly versions of LinkedIn's API.

/// A year and a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    year: i16,
    month: i8,
}

impl Version {
    /// As in the header: `202609`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !crate::checks::is_digits(text, 6..=6) {
            return None;
        }
        let (year, month) = text.split_at(4);
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// Whether it is served: from its month on, until the middle of the same month a year later, as the ends that are
    /// known show (202511 until 2026-11-16, 202601 until 2027-01-15).
    pub(super) fn is_live(self, now_ms: i64) -> bool {
        let Ok(now) = jiff::Timestamp::from_millisecond(now_ms) else {
            return false;
        };
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let months = |year: i16, month: i8| i32::from(year) * 12 + i32::from(month);
        match months(today.year(), today.month()) - months(self.year, self.month) {
            0..=11 => true,
            12 => today.day() < 16,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::newest("202611", true)]
    #[case::recent("202609", true)]
    #[case::old("202512", true)]
    #[case::ended_six_days_ago("202511", false)]
    #[case::long_ended("202401", false)]
    #[case::not_there_yet("202612", false)]
    #[case::no_such_month("202613", false)]
    #[case::not_a_version("2026-09", false)]
    fn a_version_lives_for_a_year(#[case] text: &str, #[case] expected: bool) {
        let now_ms = 1_795_347_000_000; // 2026-11-22
        assert_eq!(
            Version::parse(text).is_some_and(|version| version.is_live(now_ms)),
            expected
        );
    }
}

//! Unix seconds, which Meta and TikTok count in.

use konektor_core::time::UnixMs;

/// Seconds since 1970-01-01T00:00:00Z. A type of its own, since milliseconds in the place of seconds are a date in the
/// far future, for which Meta refuses a whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct UnixSeconds(i64);

impl From<UnixMs> for UnixSeconds {
    /// The second that the moment lies in: never later than the moment itself.
    fn from(at: UnixMs) -> Self {
        Self(at.0.div_euclid(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1_795_347_000_000, 1_795_347_000)]
    #[case(1_795_347_000_999, 1_795_347_000)]
    #[case(-1, -1)]
    fn a_moment_lies_in_the_second_that_has_begun(#[case] ms: i64, #[case] seconds: i64) {
        assert_eq!(UnixSeconds::from(UnixMs(ms)), UnixSeconds(seconds));
    }
}

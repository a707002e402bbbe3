//! When to try again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(3_600);
/// What is throttled without a word of how long waits at least this long.
const THROTTLE_FIRST: Duration = Duration::from_secs(60);
/// Bounds of what a platform may ask for: nobody asks for less than a second in earnest, and a day's silence would be a
/// mistake on either side. Google's longest wait that makes sense is six hours.
const ASKED_LEAST: Duration = Duration::from_secs(1);
const ASKED_MOST: Duration = Duration::from_secs(6 * 3_600);

/// How long to wait after the n-th failure in a row (1 is the first): 5 s, 10 s, 20 s, … up to an hour, of which a
/// random part, so that many servers do not come back at the same moment. `random` is in 0..1.
pub fn after_failure(failures: u32, random: f64) -> Duration {
    jitter(doubled(FIRST, failures), random)
}

/// How long to wait after the n-th throttling in a row, if the platform asked for `asked`.
pub fn after_throttle(asked: Option<Duration>, times: u32, random: f64) -> Duration {
    match asked {
        Some(asked) => asked.clamp(ASKED_LEAST, ASKED_MOST),
        None => jitter(doubled(THROTTLE_FIRST, times), random),
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(20)).min(LONGEST)
}

/// Between half of it and all of it.
fn jitter(delay: Duration, random: f64) -> Duration {
    delay.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, 0.0, 2_500)]
    #[case(1, 1.0, 5_000)]
    #[case(2, 1.0, 10_000)]
    #[case(8, 1.0, 640_000)]
    #[case(20, 1.0, 3_600_000)]
    #[case(u32::MAX, 0.0, 1_800_000)]
    fn waits_double_up_to_an_hour(#[case] failures: u32, #[case] random: f64, #[case] ms: u128) {
        assert_eq!(after_failure(failures, random).as_millis(), ms);
    }

    #[rstest]
    #[case(Some(30), 30)]
    #[case(Some(0), 1)]
    #[case(Some(999_999), 6 * 3_600)]
    #[case(None, 60)]
    fn a_platforms_wish_is_kept_within_bounds(#[case] asked: Option<u64>, #[case] seconds: u64) {
        assert_eq!(
            after_throttle(asked.map(Duration::from_secs), 1, 1.0).as_secs(),
            seconds
        );
    }
}

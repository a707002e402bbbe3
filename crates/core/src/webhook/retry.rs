//! When a message is tried again.

use std::time::Duration;

/// How long after what happened, and after each failure, the next attempt is made: eight attempts within 28 hours. The
/// example of the Standard Webhooks specification, nearly to the letter.
pub const SCHEDULE: [Duration; 8] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(5 * 3_600),
    Duration::from_secs(10 * 3_600),
    Duration::from_secs(10 * 3_600),
];
/// The longest that a receiver may ask for: the schedule's own longest.
const ASKED_MOST: Duration = Duration::from_secs(10 * 3_600);
/// Up to this part of the delay is added, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// How long to wait after the `failed`th failure (1 is the first), `None` if that was the last attempt. A receiver may ask
/// for more patience, not for less. `random` is in 0..1.
pub fn after_failure(failed: u32, asked: Option<Duration>, random: f64) -> Option<Duration> {
    let delay = *SCHEDULE.get(failed as usize)?;
    let asked = asked.unwrap_or_default().min(ASKED_MOST);
    Some(delay.max(asked).mul_f64(1.0 + JITTER * random.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, None, 0.0, Some(5))]
    #[case(1, None, 1.0, Some(6))]
    #[case(2, None, 0.0, Some(300))]
    #[case(3, None, 0.0, Some(1_800))]
    #[case(7, None, 0.0, Some(36_000))]
    #[case(8, None, 0.0, None)]
    #[case(u32::MAX, None, 0.0, None)]
    #[case::more_patience(1, Some(60), 0.0, Some(60))]
    #[case::less_patience(3, Some(60), 0.0, Some(1_800))]
    #[case::no_end_of_it(1, Some(u64::MAX), 0.0, Some(36_000))]
    #[case::after_the_last_attempt(8, Some(60), 0.0, None)]
    fn the_schedule_holds_and_patience_is_bounded(
        #[case] failed: u32,
        #[case] asked: Option<u64>,
        #[case] random: f64,
        #[case] seconds: Option<u64>,
    ) {
        let delay = after_failure(failed, asked.map(Duration::from_secs), random);
        assert_eq!(delay.map(|delay| delay.as_secs()), seconds);
    }
}

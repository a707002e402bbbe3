//! Whether the wall clock can be believed.
//!
//! It is looked at beside a clock that nobody sets. Where the two part, the wall clock has jumped, and nobody knows whether it was
//! right before or is right now. So what cannot be taken back waits for a while, in which whoever looks after the machine (or
//! its NTP) may set it right: sending, expiring, forgetting. A clock that is wrong and goes on evenly is found by nobody here.

use crate::time::UnixMs;

/// How far the two may part between two looks. A slew moves both, or parts them by some milliseconds a second.
const JUMP_MS: i64 = 5_000;
/// After a jump nothing is sent for so long, and nothing expires.
pub const SEND_AFTER_MS: i64 = 10 * 60_000;
/// After a jump nothing is forgotten for so long: nobody misses it, and it never comes back.
pub const FORGET_AFTER_MS: i64 = 24 * 3_600_000;
/// What is put off for longer was put off by a clock that was wrong: no platform is told so late of anything.
pub const LONGEST_WAIT_MS: i64 = 30 * 24 * 3_600_000;
/// How far a start may be before the newest click. The clocks of several servers are not that far apart.
const BEFORE_CLICK_MS: i64 = 60_000;
/// How far a start may be after the newest click. Nothing is kept for less than that unless somebody wants it so; a shop that had
/// nobody for a month loses ten minutes.
const AFTER_CLICK_MS: i64 = 30 * 24 * 3_600_000;
/// 2026-01-01: there was no such program before. Machines without a battery begin in 1970.
const FIRST_DAY: UnixMs = UnixMs(1_767_225_600_000);

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The one that people and machines set.
    pub wall: UnixMs,
    /// The one that nobody sets, in milliseconds since whenever.
    pub steady_ms: i64,
}

/// What the wall clock is doubted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// How far it is ahead; negative: behind.
    pub by_ms: i64,
    /// Of what.
    pub beside: Beside,
}

/// What the wall clock was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Itself, a moment before.
    Itself,
    /// The newest click, at a start.
    NewestClick,
    /// The day before which there was no such program.
    FirstDay,
}

impl Beside {
    /// For logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::NewestClick => "newest_click",
            Self::FirstDay => "first_day",
        }
    }
}

/// What is known of the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Evenness {
    last: Reading,
    /// The last one before the clock was doubted.
    believed: Reading,
    /// By the steady clock: since when the last jump counts, and what it was.
    jump: Option<(i64, Jump)>,
}

impl Evenness {
    /// At a start; `newest_click` if there is any.
    pub fn begin(first: Reading, newest_click: Option<UnixMs>) -> Self {
        let ahead_ms = newest_click.map_or(0, |click| first.wall.since(click));
        let jump = if first.wall < FIRST_DAY {
            Some((first.wall.since(FIRST_DAY), Beside::FirstDay))
        } else if !(-BEFORE_CLICK_MS..=AFTER_CLICK_MS).contains(&ahead_ms) {
            Some((ahead_ms, Beside::NewestClick))
        } else {
            None
        };
        Self {
            last: first,
            believed: first,
            jump: jump.map(|(by_ms, beside)| (first.steady_ms, Jump { by_ms, beside })),
        }
    }

    /// Looks at both clocks; the jump that was made since the last look.
    pub fn look(&mut self, now: Reading) -> Option<Jump> {
        let parted_ms = now.wall.since(self.last.wall) - (now.steady_ms - self.last.steady_ms);
        if self.send_in_ms() == 0 {
            self.believed = self.last;
        }
        self.last = now;
        if parted_ms.abs() > JUMP_MS {
            let (by_ms, beside) = (parted_ms, Beside::Itself);
            self.jump = Some((now.steady_ms, Jump { by_ms, beside }));
            return Some(Jump { by_ms, beside });
        }
        if let Some((since_ms, _)) = &mut self.jump
            && now.wall < FIRST_DAY
        {
            *since_ms = now.steady_ms;
        }
        None
    }

    /// What the clock is doubted for, while it is.
    pub fn doubt(&self) -> Option<Jump> {
        let (_, jump) = self.jump?;
        (self.send_in_ms() > 0).then_some(jump)
    }

    /// After how many milliseconds things may be sent and expire; 0: now.
    pub fn send_in_ms(&self) -> i64 {
        self.left_ms(SEND_AFTER_MS)
    }

    /// After how many milliseconds things may be forgotten; 0: now.
    pub fn forget_in_ms(&self) -> i64 {
        self.left_ms(FORGET_AFTER_MS)
    }

    fn left_ms(&self, doubted_ms: i64) -> i64 {
        let since = self.jump.map(|(since_ms, _)| self.last.steady_ms - since_ms);
        since.map_or(0, |since_ms| (doubted_ms - since_ms).max(0))
    }

    /// The time: by the wall clock while it is believed, and else as it would be had it gone on evenly.
    pub fn now(&self) -> UnixMs {
        match self.send_in_ms() {
            0 => self.last.wall,
            _ => self
                .believed
                .wall
                .plus_ms(self.last.steady_ms - self.believed.steady_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: i64 = 1_795_347_000_000; // 2026-11-22
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    const DAY_MS: i64 = 24 * HOUR_MS;

    fn reading(wall: i64, steady_ms: i64) -> Reading {
        Reading {
            wall: UnixMs(wall),
            steady_ms,
        }
    }

    #[rstest]
    #[case::nothing(30_000, 30_000, None)]
    #[case::a_slew(30_400, 30_000, None)]
    #[case::a_small_step(35_000, 30_000, None)]
    #[case::a_step(35_001, 30_000, Some(5_001))]
    #[case::a_step_back(24_999, 30_000, Some(-5_001))]
    #[case::a_day(DAY_MS + 10, 10, Some(DAY_MS))]
    #[case::back_a_day(10 - DAY_MS, 10, Some(-DAY_MS))]
    #[case::to_1970(-NOW, 0, Some(-NOW))]
    #[case::asleep_for_an_hour(HOUR_MS, 0, Some(HOUR_MS))]
    fn a_jump_is_what_parts_the_two_clocks(#[case] wall: i64, #[case] steady_ms: i64, #[case] by_ms: Option<i64>) {
        let mut evenness = Evenness::begin(reading(NOW, 7), None);
        let jump = evenness.look(reading(NOW + wall, 7 + steady_ms));
        let beside = Beside::Itself;
        assert_eq!(jump, by_ms.map(|by_ms| Jump { by_ms, beside }));
        assert_eq!(evenness.doubt(), jump);
        let even = NOW + steady_ms;
        let now = if by_ms.is_some() { even } else { NOW + wall };
        assert_eq!(evenness.now(), UnixMs(now));
    }

    #[rstest]
    #[case::no_clicks(NOW, None, None)]
    #[case::a_second_ago(NOW, Some(NOW - 1_000), None)]
    #[case::of_a_server_whose_clock_is_ahead(NOW, Some(NOW + MINUTE_MS), None)]
    #[case::before_it(NOW, Some(NOW + MINUTE_MS + 1), Some((-MINUTE_MS - 1, Beside::NewestClick)))]
    #[case::a_quiet_month(NOW, Some(NOW - 30 * DAY_MS), None)]
    #[case::in_2100(4_102_444_800_000, Some(NOW), Some((4_102_444_800_000 - NOW, Beside::NewestClick)))]
    #[case::in_1970(0, None, Some((-FIRST_DAY.0, Beside::FirstDay)))]
    fn a_start_is_doubted_that_is_far_from_the_newest_click(
        #[case] now: i64,
        #[case] newest: Option<i64>,
        #[case] expected: Option<(i64, Beside)>,
    ) {
        let evenness = Evenness::begin(reading(now, 7), newest.map(UnixMs));
        assert_eq!(evenness.doubt(), expected.map(|(by_ms, beside)| Jump { by_ms, beside }));
        assert_eq!(evenness.send_in_ms() == 0, expected.is_none());
        assert_eq!(evenness.forget_in_ms() == 0, expected.is_none());
        assert_eq!(evenness.now(), UnixMs(now), "there is nothing better");
    }

    #[test]
    fn after_a_jump_nothing_is_sent_for_ten_minutes_and_nothing_forgotten_for_a_day() {
        let mut evenness = Evenness::begin(reading(NOW, 0), None);
        let mut at = |ms: i64| {
            let jump = evenness.look(reading(NOW + DAY_MS + ms, ms));
            (jump.is_some(), evenness.send_in_ms(), evenness.forget_in_ms())
        };
        assert_eq!(at(0), (true, 10 * MINUTE_MS, DAY_MS));
        assert_eq!(at(1), (false, 10 * MINUTE_MS - 1, DAY_MS - 1));
        assert_eq!(at(10 * MINUTE_MS - 1), (false, 1, DAY_MS - 10 * MINUTE_MS + 1));
        assert_eq!(at(10 * MINUTE_MS), (false, 0, DAY_MS - 10 * MINUTE_MS));
        assert_eq!(at(DAY_MS), (false, 0, 0));
    }

    #[test]
    fn each_jump_is_waited_for_and_meanwhile_time_goes_on_from_where_it_was_believed() {
        let mut evenness = Evenness::begin(reading(NOW, 0), None);
        assert!(evenness.look(reading(NOW + HOUR_MS, 1)).is_some());
        assert!(evenness.look(reading(NOW + 9 * MINUTE_MS, 9 * MINUTE_MS)).is_some());
        assert_eq!(evenness.send_in_ms(), 10 * MINUTE_MS);
        evenness.look(reading(NOW + 12 * MINUTE_MS, 12 * MINUTE_MS));
        assert_eq!(evenness.send_in_ms(), 7 * MINUTE_MS);
        assert_eq!(evenness.now(), UnixMs(NOW + 12 * MINUTE_MS));
        evenness.look(reading(NOW + 19 * MINUTE_MS, 19 * MINUTE_MS));
        assert_eq!(evenness.doubt(), None);
        // The next jump is measured from there.
        assert!(evenness.look(reading(NOW, 20 * MINUTE_MS)).is_some());
        assert_eq!(evenness.now(), UnixMs(NOW + 20 * MINUTE_MS));
    }

    #[rstest]
    #[case::from_the_start(0)]
    #[case::by_a_jump(NOW)]
    fn a_clock_of_before_there_was_such_a_program_is_never_believed(#[case] first: i64) {
        let mut evenness = Evenness::begin(reading(first, 0), None);
        for minute in 1..100 {
            evenness.look(reading(minute * MINUTE_MS, minute * MINUTE_MS));
            assert_eq!(evenness.send_in_ms(), 10 * MINUTE_MS);
        }
        assert!(evenness.look(reading(NOW, 100 * MINUTE_MS)).is_some());
        evenness.look(reading(NOW + 10 * MINUTE_MS, 110 * MINUTE_MS));
        assert_eq!(evenness.send_in_ms(), 0, "set right, and even since");
    }
}

//! When a group of agents leaves a stretch of time uncovered.

use super::{Duty, back_at, duty};
use crate::{routing::Agent, time::UnixMs};

/// A stretch in which nobody is on duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When it begins.
    pub from: UnixMs,
    /// When somebody is back; `None` if that is not within eight days.
    pub until: Option<UnixMs>,
}

/// The first stretch in which none of `agents` is on duty, if it begins within `within_ms` of `now`; one that is going
/// on begins at `now`. By working hours and pauses only: how fast a daily cap fills up nobody knows beforehand.
pub fn first_gap(agents: &[&Agent], now: UnixMs, within_ms: i64) -> Option<Gap> {
    let end = now.plus_ms(within_ms);
    let mut from = now;
    while from < end {
        let on_duty = agents.iter().filter(|agent| is_on_duty(agent, from));
        // From one end of duty to the next: whoever stays longest covers what lies between. Somebody without hours, or
        // whose hours have no end, covers all of it.
        match on_duty
            .map(|agent| off_duty_at(agent, from))
            .max_by_key(|at| at.map_or(i64::MAX, |at| at.0))
        {
            Some(until) => from = until?,
            None => {
                let until = agents.iter().filter_map(|agent| back_at(agent, from)).min();
                return Some(Gap { from, until });
            }
        }
    }
    None
}

fn is_on_duty(agent: &Agent, at: UnixMs) -> bool {
    matches!(duty(agent, 0, at), Duty::OnDuty | Duty::Capped)
}

/// When somebody who is on duty at `at` goes home; `None` if they do not.
fn off_duty_at(agent: &Agent, at: UnixMs) -> Option<UnixMs> {
    agent.hours.as_ref()?.next_close(at, &agent.time_zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::AgentId, phone::Phone, schedule::Hours};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;
    use rstest::rstest;

    const HOUR_MS: i64 = 3_600_000;
    /// Monday 2026-11-23, midnight in Jakarta.
    const MONDAY: UnixMs = UnixMs(1_795_366_800_000);

    fn agent(hours: Option<(u32, u32)>, paused_hours: i64) -> Agent {
        const DAYS: &str = r#"["mon","tue","wed","thu","fri","sat","sun"]"#;
        let hours = hours.map(|(from, to)| {
            let json = format!(r#"[{{"days":{DAYS},"from":"{from:02}:00","to":"{to:02}:00"}}]"#);
            serde_json::from_str::<Hours>(&json).unwrap()
        });
        Agent {
            id: AgentId(1),
            name: "Sari".to_owned(),
            phone: Phone::from_stored("6281234567890").unwrap(),
            active: true,
            paused_until: (paused_hours > 0).then(|| MONDAY.plus_ms(paused_hours * HOUR_MS)),
            hours,
            time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
            daily_cap: None,
        }
    }

    /// In hours from `MONDAY` on.
    fn gap_of(agents: &[Agent], now: i64) -> Option<(i64, Option<i64>)> {
        let agents: Vec<&Agent> = agents.iter().collect();
        let hours = |at: UnixMs| at.since(MONDAY) / HOUR_MS;
        let gap = first_gap(&agents, MONDAY.plus_ms(now * HOUR_MS), 24 * HOUR_MS)?;
        Some((hours(gap.from), gap.until.map(hours)))
    }

    #[rstest]
    #[case::nobody_at_all(&[], 9, Some((9, None)))]
    #[case::always_there(&[(None, 0)], 9, None)]
    #[case::day_and_night(&[(Some((8, 20)), 0), (Some((20, 8)), 0)], 9, None)]
    #[case::office_hours(&[(Some((8, 17)), 0)], 9, Some((17, Some(32))))]
    #[case::closed_now(&[(Some((8, 17)), 0)], 3, Some((3, Some(8))))]
    #[case::the_one_who_stays_longer(&[(Some((8, 17)), 0), (Some((12, 21)), 0)], 9, Some((21, Some(32))))]
    #[case::lunch(&[(Some((8, 12)), 0), (Some((13, 17)), 0)], 9, Some((12, Some(13))))]
    #[case::back_in_time(&[(Some((8, 12)), 0), (None, 12)], 9, None)]
    #[case::back_too_late(&[(Some((8, 12)), 0), (None, 14)], 9, Some((12, Some(14))))]
    #[case::before_the_day_is_over(&[(Some((8, 7)), 0)], 8, Some((31, Some(32))))]
    #[case::the_whole_day_every_day(&[(Some((8, 8)), 0)], 8, None)]
    #[case::all_paused(&[(None, 30)], 9, Some((9, Some(30))))]
    fn the_first_stretch_without_anybody_is_found(
        #[case] agents: &[(Option<(u32, u32)>, i64)],
        #[case] now: i64,
        #[case] expected: Option<(i64, Option<i64>)>,
    ) {
        let agents: Vec<_> = agents.iter().map(|(hours, paused)| agent(*hours, *paused)).collect();
        assert_eq!(gap_of(&agents, now), expected);
    }

    #[test]
    fn who_is_switched_off_covers_nothing_and_a_cap_uncovers_nothing() {
        let mut sari = agent(None, 0);
        sari.daily_cap = Some(0);
        assert_eq!(gap_of(&[sari.clone()], 9), None);
        sari.active = false;
        assert_eq!(gap_of(&[sari], 9), Some((9, None)));
    }

    proptest! {
        #[test]
        fn somebody_is_there_until_the_gap_and_nobody_in_it(
            agents in prop::collection::vec((prop::option::of((0..24_u32, 0..24_u32)), 0..30_i64), 0..4),
            now in 0..48_i64,
        ) {
            let agents: Vec<_> = agents.iter().map(|(hours, paused)| agent(*hours, *paused)).collect();
            let gap = gap_of(&agents, now);
            let there = |hour| agents.iter().any(|agent| is_on_duty(agent, MONDAY.plus_ms(hour * HOUR_MS)));
            let (from, until) = gap.map_or((now + 24, None), |(from, until)| (from, until));
            prop_assert!((now..from).all(there));
            prop_assert!(until.is_none_or(|until| (from..until).all(|hour| !there(hour)) && there(until)));
        }
    }
}

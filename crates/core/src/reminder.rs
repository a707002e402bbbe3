//! Leads that nobody answers: when their agent is reminded, and when somebody else gets them.
//!
//! Time is counted while the agent works: who comes at midnight has not waited an hour at one. A lead has been touched
//! when a person changed something of it (status, note, name, number), or its chat has started. What the lead says itself,
//! by a form, is no answer: it begins the waiting anew.

use crate::{
    ids::{AgentId, LeadId, RotatorId},
    lead::UnknownWord,
    routing::Agent,
    schedule::Hours,
    time::UnixMs,
};
use jiff::tz::TimeZone;
use std::str::FromStr;

const MINUTE_MS: i64 = 60_000;
/// Most minutes that can be set: a week.
pub const MOST_MINUTES: u32 = 7 * 24 * 60;
/// Leads that wait for longer are left alone: whoever switches reminders on after a holiday is not flooded.
pub const LOOK_BACK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;
/// More stretches of work than any week has; a bound for a walk through odd hours.
const MOST_STRETCHES: usize = 500;

/// What a workspace wants done about leads that nobody answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Their agent is reminded after so many minutes of their working time; `None`: never.
    pub remind_minutes: Option<u32>,
    /// They are handed over after so many, counted from the beginning too; `None`: never.
    pub hand_over_minutes: Option<u32>,
    /// Agents who sign in are told by e-mail as well.
    pub by_mail: bool,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_off(&self) -> bool {
        self.remind_minutes.is_none() && self.hand_over_minutes.is_none()
    }
}

/// What is done for a lead, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Its agent is reminded.
    Remind,
    /// Another agent gets it.
    HandOver,
}

impl Step {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Remind, Self::HandOver];

    /// As database and messages write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::HandOver => "hand_over",
        }
    }
}

impl FromStr for Step {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == word);
        found.ok_or_else(|| UnknownWord {
            what: "step",
            word: word.chars().take(40).collect(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

/// A lead in its first status that nobody has touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// Which.
    pub lead: LeadId,
    /// Whose; `None` while only a fallback took it.
    pub agent: Option<AgentId>,
    /// Where it was born.
    pub rotator: RotatorId,
    /// Since when it waits: when it came, was given to its agent by hand, or last said something.
    pub since: UnixMs,
    /// Its agent was reminded.
    pub reminded: bool,
    /// It was handed over, and is left alone from then on.
    pub handed_over: bool,
}

/// What is due for a lead. Both may be: where nobody can take it, its agent is reminded at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Its agent is to be reminded.
    pub remind: bool,
    /// Somebody else is to have it.
    pub hand_over: bool,
    /// Minutes that it has waited, in its agent's working time.
    pub minutes: u32,
}

/// What is due. `agent` is the lead's, `None` if they were removed: then, and if they are switched off, there is nobody to
/// remind and nobody's hours to count, so it is the wall clock that runs.
pub fn due(plan: &Plan, agent: Option<&Agent>, lead: &Untouched, now: UnixMs) -> Due {
    if lead.handed_over {
        return Due::default();
    }
    let agent = agent.filter(|agent| agent.active);
    let hours = agent.and_then(|agent| agent.hours.as_ref().map(|hours| (hours, &agent.time_zone)));
    if hours.is_some_and(|(hours, zone)| !hours.contains(&now.in_zone(zone))) {
        return Due::default();
    }
    let waited_ms = match hours {
        Some((hours, zone)) => worked_ms(hours, zone, lead.since, now),
        None => now.since(lead.since),
    };
    let minutes = u32::try_from(waited_ms / MINUTE_MS).unwrap_or(0);
    let is_over = |limit: Option<u32>| limit.is_some_and(|limit| minutes >= limit);
    // Who is paused is not to be disturbed; the lead does not wait for that.
    let is_there = agent.is_some_and(|agent| agent.paused_until.is_none_or(|until| until <= now));
    Due {
        remind: is_there && !lead.reminded && is_over(plan.remind_minutes),
        hand_over: is_over(plan.hand_over_minutes),
        minutes,
    }
}

/// How much of the time between two moments these hours include.
fn worked_ms(hours: &Hours, zone: &TimeZone, from: UnixMs, until: UnixMs) -> i64 {
    let (mut at, mut worked) = (from, 0);
    for _ in 0..MOST_STRETCHES {
        let Some(open) = hours.next_open(at, zone).filter(|open| *open < until) else {
            break;
        };
        let close = hours.next_close(open, zone).map_or(until, |close| close.min(until));
        worked += close.since(open);
        at = close;
        if at >= until {
            break;
        }
    }
    worked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{VisitorNumber, WorkspaceId},
        phone::Phone,
    };
    use rstest::rstest;

    fn at(text: &str) -> UnixMs {
        let time: jiff::Timestamp = format!("{text}:00+07:00").parse().unwrap();
        UnixMs(time.as_millisecond())
    }

    fn agent(hours: bool) -> Agent {
        let windows = r#"[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"17:00"}]"#;
        Agent {
            id: AgentId(1),
            name: "Ayu".to_owned(),
            phone: Phone::parse("081234567890", "ID").unwrap(),
            active: true,
            paused_until: None,
            hours: hours.then(|| serde_json::from_str(windows).unwrap()),
            time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
            daily_cap: None,
        }
    }

    fn lead(since: &str) -> Untouched {
        Untouched {
            lead: LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(1),
            },
            agent: Some(AgentId(1)),
            rotator: RotatorId(1),
            since: at(since),
            reminded: false,
            handed_over: false,
        }
    }

    const PLAN: Plan = Plan {
        remind_minutes: Some(30),
        hand_over_minutes: Some(60),
        by_mail: false,
    };

    /// 17 August 2026 is a Monday.
    #[rstest]
    #[case::not_yet("2026-08-17T09:00", "2026-08-17T09:29", false, false)]
    #[case::to_the_minute("2026-08-17T09:00", "2026-08-17T09:30", true, false)]
    #[case::and_over("2026-08-17T09:00", "2026-08-17T10:00", true, true)]
    #[case::who_came_at_night_waits_from_the_morning_on("2026-08-17T23:00", "2026-08-18T08:29", false, false)]
    #[case::until_half_past("2026-08-17T23:00", "2026-08-18T08:30", true, false)]
    #[case::the_evening_counts_too("2026-08-17T16:45", "2026-08-18T08:15", true, false)]
    #[case::never_in_the_evening("2026-08-17T16:00", "2026-08-17T17:00", false, false)]
    #[case::never_at_night("2026-08-17T09:00", "2026-08-17T23:00", false, false)]
    #[case::over_the_weekend("2026-08-14T16:30", "2026-08-17T08:00", true, false)]
    #[case::and_the_monday("2026-08-14T16:30", "2026-08-17T08:30", true, true)]
    fn only_working_time_counts(#[case] since: &str, #[case] now: &str, #[case] remind: bool, #[case] hand_over: bool) {
        let due = due(&PLAN, Some(&agent(true)), &lead(since), at(now));
        assert_eq!((due.remind, due.hand_over), (remind, hand_over));
    }

    #[test]
    fn each_step_is_taken_once_and_only_if_it_is_wanted() {
        let (ayu, now) = (agent(false), at("2026-08-17T12:00"));
        let is_due = |plan: &Plan, lead: &Untouched| {
            let due = due(plan, Some(&ayu), lead, now);
            (due.remind, due.hand_over, due.minutes)
        };
        let waits = lead("2026-08-17T10:00");
        assert_eq!(is_due(&PLAN, &waits), (true, true, 120));
        let reminded = Untouched {
            reminded: true,
            ..waits
        };
        assert_eq!(is_due(&PLAN, &reminded), (false, true, 120));
        let over = Untouched {
            handed_over: true,
            ..waits
        };
        assert_eq!(is_due(&PLAN, &over), (false, false, 0), "its new agent is not chased");
        assert_eq!(is_due(&Plan::default(), &waits), (false, false, 120));
        assert!(Plan::default().is_off() && !PLAN.is_off());
    }

    #[test]
    fn nobody_is_disturbed_in_a_pause_and_the_lead_does_not_wait_for_its_end() {
        let (waits, now) = (lead("2026-08-17T10:00"), at("2026-08-17T12:00"));
        let paused = Agent {
            paused_until: Some(now.plus_ms(1)),
            ..agent(true)
        };
        let of = |agent: Option<&Agent>| {
            let due = due(&PLAN, agent, &waits, now);
            (due.remind, due.hand_over)
        };
        assert_eq!(of(Some(&paused)), (false, true));
        let off = Agent {
            active: false,
            ..agent(true)
        };
        assert_eq!(of(Some(&off)), (false, true));
        assert_eq!(of(None), (false, true), "a removed agent answers nobody");
    }
}

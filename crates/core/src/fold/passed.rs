//! Why agents were passed over when a new lead was given away: the other side of the rotation ledger.
//!
//! It is worked out by the fold, a moment after the click, from the configuration of then: the click path writes nothing
//! for it. An agent who had the lead was not passed over, and neither was one who was there and whose turn it was not.

use super::CounterKey;
use crate::{
    click::{Click, Why},
    ids::AgentId,
    routing::{Agent, Routing},
    schedule::{Duty, duty},
    time::{Day, UnixMs},
};
use foldhash::HashMap;
use std::fmt::Write;

/// The counters' metric; the kinds are `agent/reason`.
pub const PASSED_OVER: &str = "passed_over";

/// Working hours begin and end with minutes.
const MINUTE_MS: i64 = 60_000;

/// Why an agent could not get a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PassedOver {
    /// Switched off.
    SwitchedOff,
    /// Away for a time.
    Paused,
    /// Outside their working hours.
    OffHours,
    /// They had all the new leads that they take in a day.
    Capped,
    /// Their weight is 0.
    Draining,
}

impl PassedOver {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SwitchedOff,
        Self::Paused,
        Self::OffHours,
        Self::Capped,
        Self::Draining,
    ];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched_off",
            Self::Paused => "paused",
            Self::OffHours => "off_hours",
            Self::Capped => "capped",
            Self::Draining => "draining",
        }
    }

    fn of(duty: Duty) -> Option<Self> {
        match duty {
            Duty::OnDuty => None,
            Duty::Off => Some(Self::SwitchedOff),
            Duty::Paused { .. } => Some(Self::Paused),
            Duty::OutOfHours => Some(Self::OffHours),
            Duty::Capped => Some(Self::Capped),
        }
    }
}

/// The agent and the reason of a counter's kind.
pub fn read_passed_over(key: &str) -> Option<(AgentId, PassedOver)> {
    let (agent, reason) = key.split_once('/')?;
    let reason = PassedOver::ALL.into_iter().find(|known| known.as_str() == reason)?;
    Some((agent.parse().ok()?, reason))
}

/// Counts who was passed over by these clicks. `turns_on_day` are an agent's turns of their day at that time, and only asked
/// for who has a cap.
pub fn passed_over<E>(
    clicks: &[Click],
    routing: &Routing,
    mut turns_on_day: impl FnMut(&Agent, UnixMs) -> Result<u32, E>,
    mut day_of: impl FnMut(&Click) -> Day,
) -> Result<HashMap<CounterKey, HashMap<String, u64>>, E> {
    let mut counts: HashMap<CounterKey, HashMap<String, u64>> = HashMap::default();
    // Working hours take a calendar, so each agent's are looked up once a minute.
    let mut known: HashMap<(AgentId, i64), Option<PassedOver>> = HashMap::default();
    let mut key = String::new();
    for click in clicks.iter().filter(|click| is_given(click)) {
        let Some(rotator) = routing.rotator(click.rotator) else {
            continue;
        };
        for share in rotator.agents.iter().filter(|share| Some(share.agent) != click.agent) {
            let Some(agent) = routing.agent(share.agent) else {
                continue;
            };
            let why = match share.weight {
                0 => Some(PassedOver::Draining),
                _ if is_always_there(agent) => None,
                _ => match known.get(&(agent.id, click.at.0.div_euclid(MINUTE_MS))) {
                    Some(why) => *why,
                    None => {
                        let turns = match agent.daily_cap {
                            Some(_) => turns_on_day(agent, click.at)?,
                            None => 0,
                        };
                        let why = PassedOver::of(duty(agent, turns, click.at));
                        known.insert((agent.id, click.at.0.div_euclid(MINUTE_MS)), why);
                        why
                    }
                },
            };
            let Some(why) = why else { continue };
            key.clear();
            // Writing to a text cannot fail.
            let _ = write!(key, "{}/{}", agent.id, why.as_str());
            let counter = CounterKey {
                workspace: click.lead.workspace,
                day: day_of(click),
                rotator: click.rotator,
                metric: PASSED_OVER,
            };
            let kinds = counts.entry(counter).or_default();
            match kinds.get_mut(&key) {
                Some(n) => *n += 1,
                None => drop(kinds.insert(key.clone(), 1)),
            }
        }
    }
    Ok(counts)
}

/// Whether the click gave a lead away: a turn, or what stood for one because nobody was there.
pub fn is_given(click: &Click) -> bool {
    let by_turn = matches!(click.facts.why, Why::Turn | Why::Transfer | Why::OwnChoice);
    by_turn || (click.facts.new && !click.facts.dup)
}

fn is_always_there(agent: &Agent) -> bool {
    agent.active && agent.paused_until.is_none() && agent.hours.is_none() && agent.daily_cap.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        click::ClickFacts,
        identity::code::CodeKey,
        ids::{ClickId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
        phone::Phone,
        routing::{Mode, Preview, Rotator, Share, Workspace},
    };
    use jiff::tz::TimeZone;
    use std::{convert::Infallible, sync::Arc};

    const NOW: UnixMs = UnixMs(1_795_347_000_123);

    fn agent(id: i64, change: impl FnOnce(&mut Agent)) -> Agent {
        let mut agent = Agent {
            id: AgentId(id),
            name: "Ayu".to_owned(),
            phone: Phone::from_stored("6281200000001").unwrap(),
            active: true,
            paused_until: None,
            hours: None,
            time_zone: TimeZone::UTC,
            daily_cap: None,
        };
        change(&mut agent);
        agent
    }

    fn routing() -> Routing {
        let workspace = Arc::new(Workspace {
            id: WorkspaceId(1),
            name: "Toko".to_owned(),
            country: "ID".to_owned(),
            time_zone: TimeZone::UTC,
            code_key: CodeKey::new([7; 16]),
            is_strict: false,
            taught: Default::default(),
        });
        let agents = vec![
            agent(1, |_| {}),
            agent(2, |agent| agent.active = false),
            agent(3, |agent| agent.paused_until = Some(NOW.plus_ms(1))),
            agent(4, |agent| {
                agent.hours = Some(crate::schedule::Hours::new(Vec::new()).unwrap())
            }),
            agent(5, |agent| agent.daily_cap = Some(2)),
            agent(6, |_| {}),
        ];
        let share = |id| Share {
            agent: AgentId(id),
            weight: u32::from(id != 6),
        };
        let rotator = Rotator {
            id: RotatorId(1),
            workspace: workspace.clone(),
            slug: "promo".to_owned(),
            name: "Promo".to_owned(),
            mode: Mode::Redirect,
            message: crate::message::Template::parse("Hi").unwrap(),
            target: "wa.me".parse().unwrap(),
            fallback: None,
            agents: (1..=7).map(share).collect(),
            learning: None,
            preview: Preview::default(),
            page: None,
            on_public_host: true,
        };
        Routing::new(vec![workspace], agents, vec![rotator], Vec::new())
    }

    fn click(agent: i64, why: Why, new: bool) -> Click {
        Click {
            id: ClickId(1),
            at: NOW,
            lead: LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(1),
            },
            rotator: RotatorId(1),
            agent: Some(AgentId(agent)),
            is_first_use: false,
            first: None,
            print: None,
            facts: ClickFacts {
                why,
                new,
                ..crate::click::tests::facts()
            },
        }
    }

    /// Who was passed over and why, with agent 5 at so many turns.
    fn counted(clicks: &[Click], turns: u32) -> Vec<(String, u64)> {
        let counts = passed_over::<Infallible>(clicks, &routing(), |_, _| Ok(turns), |_| Day(20_261_122));
        let mut kinds: Vec<_> = counts.unwrap().into_values().flatten().collect();
        kinds.sort();
        kinds
    }

    #[test]
    fn each_who_could_not_get_the_lead_is_counted_with_the_reason() {
        let clicks = [click(1, Why::Turn, true), click(1, Why::Turn, true)];
        let wanted = [
            ("2/switched_off", 2),
            ("3/paused", 2),
            ("4/off_hours", 2),
            ("5/capped", 2),
            ("6/draining", 2),
        ];
        assert_eq!(counted(&clicks, 2), wanted.map(|(kind, n)| (kind.to_owned(), n)));
        assert_eq!(
            counted(&clicks, 1).len(),
            4,
            "who is below the cap waits for their turn"
        );
        for (kind, _) in wanted {
            assert!(read_passed_over(kind).is_some(), "{kind}");
        }
        assert_eq!(read_passed_over("5/other"), None);
    }

    #[test]
    fn who_got_the_lead_was_not_passed_over_and_a_return_passes_nobody() {
        let kinds = |clicks: &[Click]| counted(clicks, 2).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
        assert!(!kinds(&[click(5, Why::Turn, true)]).contains(&"5/capped".to_owned()));
        assert!(kinds(&[click(1, Why::Owner, false)]).is_empty());
        assert!(!kinds(&[click(1, Why::Transfer, false)]).is_empty());
        assert!(kinds(&[click(1, Why::OffHours, true)]).contains(&"4/off_hours".to_owned()));
    }
}

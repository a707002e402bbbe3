//! What holds whatever comes.

use super::*;
use crate::rotation::Rotation;
use proptest::prelude::*;

proptest! {
    /// Whatever agents do and visitors click: never an agent who may not get the lead, one owner a lead and
    /// link, click ids rise, and a new lead is a turn exactly once.
    #[test]
    fn no_pick_of_an_ineligible_agent(
        steps in prop::collection::vec((0_u8..10, 1_i64..=5, 1_i64..=3, any::<prop::sample::Index>()), 1..120),
    ) {
        let mut world = World::new();
        let mut leads: Vec<LeadId> = Vec::new();
        let mut last_click = ClickId(0);
        for (action, agent, rotator, index) in steps {
            let now = world.now;
            match action {
                0 => world.agent(agent).active ^= true,
                1 => world.agent(agent).paused_until = Some(now.plus_ms(HOUR)),
                2 => world.now = now.plus_ms(HOUR / 2),
                _ => {
                    let known = (action > 6 && !leads.is_empty()).then(|| leads[index.index(leads.len())]);
                    let visit = Visit {
                        cookie: known.map(|lead| lead.number),
                        request_print: leads.len() as i64,
                        ..world.visit(rotator, "", "browser")
                    };
                    let decisions = world.decide(vec![visit]);
                    let click = &decisions.clicks[0];
                    prop_assert!(click.id > last_click);
                    last_click = click.id;
                    prop_assert_eq!(click.facts.new, known.is_none());
                    if known.is_none() {
                        leads.push(click.lead);
                    }
                    let given: u32 = decisions.ledger.values().map(|turns| turns.given).sum();
                    prop_assert_eq!(given, u32::from(click.facts.why.is_turn()));
                    if let Some(chosen) = click.agent {
                        let chosen = &world.agents[chosen.0 as usize - 1];
                        prop_assert!(chosen.active, "{:?}", click.facts.why);
                        let paused = chosen.paused_until.is_some_and(|until| until > world.now);
                        let members: Vec<_> =
                            world.rotators[rotator as usize - 1].agents.iter().map(|share| share.agent).collect();
                        prop_assert!(members.contains(&chosen.id));
                        let others_on_duty = world.agents.iter().any(|a| {
                            members.contains(&a.id) && a.active && a.paused_until.is_none_or(|until| until <= world.now)
                        });
                        prop_assert!(!paused || !others_on_duty, "{:?}", click.facts.why);
                    }
                }
            }
        }
    }

    /// Deciding visits one by one or in batches of any size gives the same.
    #[test]
    fn the_size_of_a_batch_changes_nothing(sizes in prop::collection::vec(1_usize..9, 1..12), seed: u8) {
        let total: usize = sizes.iter().sum();
        let visits = |world: &World| -> Vec<Visit> {
            (0..total).map(|i| world.visit(1 + (i % 2) as i64, &format!("gclid=G{}", (i * 7 + seed as usize) % 5), "b")).collect()
        };
        let (mut single, mut batched) = (World::new(), World::new());
        let one_by_one: Vec<_> =
            visits(&single).into_iter().map(|v| single.one(v)).map(|(lead, agent, _)| (lead, agent)).collect();
        let mut rest = visits(&batched);
        let mut in_batches = Vec::new();
        for size in sizes {
            let decisions = batched.decide(rest.drain(..size).collect());
            in_batches.extend(decisions.clicks.iter().map(|click| (click.lead, click.agent.map(|a| a.0))));
        }
        prop_assert_eq!(one_by_one, in_batches);
        let state = |world: &World| -> Option<Rotation> { world.memory.rotation(RotatorId(1)).cloned() };
        prop_assert_eq!(state(&single), state(&batched));
    }
}

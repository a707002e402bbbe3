//! What is shown beforehand, and what then happens.

use super::*;
use crate::schedule::Hours;
use proptest::prelude::*;

impl World {
    /// How rotator 1 stands, with the next `turns` turns.
    fn outlook(&mut self, turns: usize) -> Outlook {
        let routing = Routing::new(vec![workspace()], self.agents.clone(), self.rotators.clone(), vec![]);
        let rotation = self.memory.rotation(RotatorId(1)).cloned().unwrap_or_default();
        let now = self.now.plus_ms(10_000);
        let days = self.memory.turns.clone();
        let last = |agent: &Agent| days.get(&agent.id)?.last().map(|(_, turns)| *turns);
        let turns_today = |agent: &Agent| last(agent).unwrap_or(0);
        outlook(&routing, &self.rotators[0], rotation, turns_today, now, turns)
    }
}

/// The agent whom the outlook sends a new visitor to; 0 for the fallback, −1 for nobody.
fn sent_to(outlook: &Outlook) -> i64 {
    match &outlook.to {
        SendTo::Agent(agent) => agent.id.0,
        SendTo::Fallback => 0,
        SendTo::Closed => -1,
    }
}

#[test]
fn each_agent_has_a_share_or_a_reason() {
    let mut world = World::new();
    world.rotators[0] = rotator(1, &[1, 2, 3, 4, 5, 9]);
    world.rotators[0].agents[0].weight = 3;
    world.rotators[0].agents[2].weight = 0;
    world.agent(4).hours = Some(Hours::new(Vec::new()).unwrap());
    world.agent(5).daily_cap = Some(0);
    let shown = |outlook: &Outlook| -> Vec<_> {
        let prospects = outlook.prospects.iter();
        prospects.map(|p| (p.agent.0, p.weight, p.share, p.passed)).collect()
    };
    let outlook = world.outlook(5);
    assert_eq!(
        shown(&outlook),
        [
            (1, 3, 0.75, None),
            (2, 1, 0.25, None),
            (3, 0, 0.0, Some(Passed::NoWeight)),
            (4, 1, 0.0, Some(Passed::OutsideHours)),
            (5, 1, 0.0, Some(Passed::Capped)),
            (9, 1, 0.0, Some(Passed::Off)),
        ]
    );
    assert_eq!(
        outlook.next.iter().map(|agent| agent.0).collect::<Vec<_>>(),
        [1, 1, 2, 1, 1]
    );

    world.agent(3).active = false;
    world.agent(1).paused_until = Some(world.now.plus_ms(HOUR));
    let outlook = world.outlook(2);
    assert_eq!(
        (outlook.prospects[0].passed, outlook.prospects[1].share),
        (Some(Passed::Paused), 1.0)
    );
    assert_eq!(
        outlook.prospects[2].passed,
        Some(Passed::Off),
        "the more lasting of two reasons"
    );
}

#[test]
fn while_nobody_is_eligible_there_is_no_next_but_a_way_to_go() {
    let mut world = World::new();
    for id in 1..=3 {
        world.agent(id).paused_until = Some(world.now.plus_ms(HOUR));
    }
    world.new_visitor(1);
    let outlook = world.outlook(20);
    assert_eq!(
        (outlook.next.len(), sent_to(&outlook)),
        (0, 2),
        "the one who waited longest"
    );
    world.rotators[0].fallback = Some(Fallback::Url("https://www.brand.com/".to_owned()));
    assert_eq!(sent_to(&world.outlook(20)), 0);
    world.rotators[0].fallback = None;
    for id in 1..=3 {
        world.agent(id).active = false;
    }
    assert_eq!(sent_to(&world.outlook(20)), -1);
}

proptest! {
    #[test]
    fn what_is_shown_is_what_then_happens(
        weights in prop::collection::vec(0..5_u32, 3),
        paused in prop::collection::vec(any::<bool>(), 3),
        visitors in 0..8_usize,
    ) {
        let mut world = World::new();
        for _ in 0..visitors {
            world.new_visitor(1);
        }
        for (id, (weight, paused)) in (1..).zip(weights.into_iter().zip(paused)) {
            world.rotators[0].agents[id as usize - 1].weight = weight;
            world.agent(id).paused_until = paused.then(|| world.now.plus_ms(HOUR));
        }
        let first = world.outlook(20);
        prop_assert_eq!(sent_to(&world.outlook(20)), sent_to(&first), "to look uses no turn");
        let came: Vec<_> = (0..20).map(|_| world.new_visitor(1)).collect();
        prop_assert_eq!(sent_to(&first), came[0].1.unwrap_or(-1));
        for (shown, (_, agent, why)) in first.next.iter().zip(&came) {
            prop_assert_eq!((Some(shown.0), Why::Turn), (*agent, *why));
        }
        prop_assert_eq!(first.next.is_empty(), came[0].2 != Why::Turn);
        let shares: f64 = first.prospects.iter().map(|prospect| prospect.share).sum();
        prop_assert!(first.next.is_empty() || (shares - 1.0).abs() < 1e-9);
    }
}

//! To whom?

use super::*;
use crate::rotation::learning::{Learner, Learning, is_held_out};

#[test]
fn three_hundred_new_visitors_over_three_equal_agents() {
    let mut world = World::new();
    let visits = (0..300)
        .map(|i| world.visit(1, &format!("gclid=G{i}"), "browser"))
        .collect();
    let decisions = world.decide(visits);
    let mut given = Map::<_, u32>::default();
    for click in &decisions.clicks {
        *given.entry(click.agent.unwrap().0).or_default() += 1;
    }
    assert_eq!(given, Map::from_iter([(1, 100), (2, 100), (3, 100)]));
    assert_eq!(decisions.new_leads.len(), 300);
    let ledger: u32 = decisions.ledger.values().map(|turns| turns.given).sum();
    assert_eq!(ledger, 300);
}

#[test]
fn a_returning_lead_goes_to_its_owner_even_over_the_cap_and_by_a_weight_of_zero() {
    let mut world = World::new();
    let (lead, agent, why) = world.new_visitor(1);
    assert_eq!((agent, why), (Some(1), Why::Turn));
    world.agent(1).daily_cap = Some(1);
    world.rotators[0].agents[0].weight = 0;
    assert_eq!(world.returns(lead, 1), (Some(1), Why::Owner));
    let new: Vec<_> = (0..4).map(|_| world.new_visitor(1).1.unwrap()).collect();
    assert!(!new.contains(&1), "{new:?}");
}

#[test]
fn a_clock_that_jumps_and_comes_back_gives_nobody_more_than_their_cap() {
    let mut world = World::new();
    for id in 1..=3 {
        world.agent(id).daily_cap = Some(1);
    }
    let now = world.now;
    for _ in 0..3 {
        assert_eq!(world.new_visitor(1).2, Why::Turn);
    }
    for away_ms in [74 * 365 * 24 * HOUR, -24 * HOUR, -now.0] {
        world.now = now.plus_ms(away_ms);
        assert_eq!(world.new_visitor(1).2, Why::Turn, "another day has turns of its own");
        world.now = now.plus_ms(60_000);
        assert_eq!(world.new_visitor(1).2, Why::OffHours, "all have had theirs today");
    }
}

#[test]
fn a_capped_agent_gets_new_leads_again_tomorrow() {
    let mut world = World::new();
    for id in 1..=3 {
        world.agent(id).daily_cap = Some(1);
    }
    let today: Vec<_> = (0..4).map(|_| world.new_visitor(1)).collect();
    assert_eq!(
        today.iter().map(|(_, agent, _)| agent.unwrap()).collect::<Vec<_>>(),
        [1, 2, 3, 1]
    );
    assert_eq!(
        today[3].2,
        Why::OffHours,
        "nobody is left: better one too many than none"
    );
    world.now = world.now.plus_ms(24 * HOUR);
    assert_eq!(world.new_visitor(1).2, Why::Turn);
}

#[test]
fn an_owner_who_is_away_for_a_time_has_a_substitute_and_then_the_lead_again() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    world.agent(1).paused_until = Some(world.now.plus_ms(2 * HOUR));
    let ledger_before = world.memory.rotation(RotatorId(1)).cloned();
    let (substitute, why) = world.returns(lead, 1);
    assert_eq!(why, Why::Substitute);
    assert!(matches!(substitute, Some(2 | 3)));
    for _ in 0..5 {
        assert_eq!(
            world.returns(lead, 1),
            (substitute, Why::Substitute),
            "once chosen, remembered"
        );
    }
    assert_eq!(
        world.memory.rotation(RotatorId(1)).cloned(),
        ledger_before,
        "no turn was used"
    );
    world.now = world.now.plus_ms(2 * HOUR);
    assert_eq!(world.returns(lead, 1), (Some(1), Why::Owner));
    assert!(matches!(&world.leads[&lead], LeadState::Known(route) if route.others.is_empty()));
}

#[test]
fn when_the_substitute_leaves_too_another_is_chosen() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    world.agent(1).paused_until = Some(world.now.plus_ms(HOUR));
    let (substitute, _) = world.returns(lead, 1);
    world.agent(substitute.unwrap()).active = false;
    let (other, why) = world.returns(lead, 1);
    assert_eq!(why, Why::Substitute);
    assert_ne!(other, substitute);
}

#[test]
fn a_lead_whose_owner_left_moves_for_good() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    world.agent(1).active = false;
    let (heir, why) = world.returns(lead, 1);
    assert_eq!((heir, why), (Some(2), Why::Transfer), "it was agent 2's turn");
    world.agent(1).active = true;
    assert_eq!(world.returns(lead, 1), (Some(2), Why::Owner));
}

#[test]
fn an_owner_removed_from_the_rotator_has_left_it() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    world.rotators[0].agents.remove(0);
    assert_eq!(world.returns(lead, 1), (Some(2), Why::Transfer));
}

#[test]
fn another_rotator_uses_the_owner_where_it_has_them_and_chooses_its_own_otherwise() {
    let mut world = World::new();
    let leads: Vec<_> = (0..3).map(|_| world.new_visitor(1)).collect();
    let of_third = leads[2].0;
    assert_eq!(world.returns(of_third, 2), (Some(3), Why::OwnerElsewhere));
    let of_first = leads[0].0;
    assert_eq!(world.returns(of_first, 3), (Some(5), Why::OwnChoice));
    assert_eq!(world.returns(of_first, 3), (Some(5), Why::Owner), "and keeps it there");
    assert_eq!(
        world.returns(of_first, 1),
        (Some(1), Why::Owner),
        "while the first link's owner stays"
    );
}

#[test]
fn a_lead_handed_over_by_hand_goes_there_from_every_link() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    let by_hand = LeadRoute {
        rotator: RotatorId(1),
        agent: Some(AgentId(5)),
        pinned: true,
        ..LeadRoute::default()
    };
    world.leads.insert(lead, LeadState::Known(by_hand));
    assert_eq!(world.returns(lead, 1), (Some(5), Why::Owner));
    assert_eq!(world.returns(lead, 2), (Some(5), Why::Owner));
}

#[test]
fn nobody_on_duty_is_the_fallback_then_the_longest_waiting_then_closed() {
    let mut world = World::new();
    let until = Some(world.now.plus_ms(9 * HOUR));
    for id in 1..=3 {
        world.agent(id).paused_until = until;
    }
    let off_hours: Vec<_> = (0..6).map(|_| world.new_visitor(1)).collect();
    assert!(off_hours.iter().all(|(_, _, why)| *why == Why::OffHours));
    assert_eq!(
        off_hours.iter().map(|(_, agent, _)| agent.unwrap()).collect::<Vec<_>>(),
        [1, 2, 3, 1, 2, 3]
    );

    world.rotators[0].fallback = Some(Fallback::Phone(Phone::from_stored("628999999999").unwrap()));
    let (lead, agent, why) = world.new_visitor(1);
    assert_eq!((agent, why), (None, Why::Fallback));
    world.agent(2).paused_until = None;
    assert_eq!(
        world.returns(lead, 1),
        (Some(2), Why::Turn),
        "the first agent who is there takes the lead over"
    );

    world.rotators[0].fallback = None;
    for id in 1..=3 {
        world.agent(id).active = false;
    }
    let (_, agent, why) = world.new_visitor(1);
    assert_eq!((agent, why), (None, Why::Closed), "the lead is recorded all the same");
}

#[test]
fn where_shares_are_learned_each_group_of_leads_is_given_away_exactly_by_its_own() {
    let mut world = World::new();
    let learned = [600_000, 300_000, 100_000];
    world.rotators[0].learning = Some(Box::new(Learner {
        settings: Learning::default(),
        weights: Some(learned.to_vec()),
    }));
    let visits = (0..1_000)
        .map(|i| world.visit(1, &format!("gclid=G{i}"), "browser"))
        .collect();
    let decisions = world.decide(visits);
    let mut given = [[0.0; 3]; 2];
    for click in &decisions.clicks {
        let group = usize::from(is_held_out(RotatorId(1), click.lead));
        given[group][click.agent.unwrap().0 as usize - 1] += 1.0;
    }
    let [by_learned, held_out] = given.map(|of| of.iter().sum::<f64>());
    assert_eq!(by_learned + held_out, 1_000.0);
    assert!((190.0..210.0).contains(&held_out), "{held_out}");
    for agent in 0..3 {
        let due = by_learned * f64::from(learned[agent]) / 1e6;
        assert!((given[0][agent] - due).abs() < 1.0, "{given:?}");
        assert!((given[1][agent] - held_out / 3.0).abs() < 1.0, "{given:?}");
        let line = decisions
            .ledger
            .iter()
            .find(|(key, _)| key.agent.0 as usize == agent + 1);
        let due = due + held_out / 3.0;
        assert!(
            (line.unwrap().1.due - due).abs() < 1e-6,
            "the ledger knows of both: {line:?}"
        );
    }

    world.rotators[0].learning = None;
    let (_, agent, why) = world.new_visitor(1);
    assert!(agent.is_some() && why == Why::Turn);
    let rotation = world.memory.rotation(RotatorId(1)).unwrap();
    let credits: f64 = (1..=3).map(|id| rotation.credit(AgentId(id))).sum();
    assert!(credits.abs() < 1e-6, "one account again");
}

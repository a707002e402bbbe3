//! Leads that nobody answers go to somebody else.

use super::*;

impl World {
    /// Hands leads of rotator 1 over, as the recorder does; who has each now, if it was moved.
    fn hand_over(&mut self, leads: &[(LeadId, i64)]) -> Vec<i64> {
        let routing = Routing::new(vec![workspace()], self.agents.clone(), self.rotators.clone(), vec![]);
        let wanted: Vec<_> = leads
            .iter()
            .map(|(lead, from)| HandOver {
                lead: *lead,
                from: Some(AgentId(*from)),
                rotator: RotatorId(1),
            })
            .collect();
        let loaded = Loaded {
            leads: self.leads.clone(),
            ..Loaded::default()
        };
        let (decisions, moved) = hand_over(&routing, &mut self.memory, loaded, &wanted, self.now);
        assert!(decisions.clicks.is_empty() && decisions.outcomes.is_empty());
        for (lead, route) in decisions.routes.into_values() {
            self.leads.insert(lead, LeadState::Known(route));
        }
        moved.into_iter().map(|(_, to)| to.0).collect()
    }

    fn owner(&self, lead: LeadId) -> LeadRoute {
        match &self.leads[&lead] {
            LeadState::Known(route) => route.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_next_in_turn_gets_it_and_the_turn_counts() {
    let mut world = World::new();
    let lead = world.new_visitor(1).0;
    assert_eq!(world.owner(lead).agent, Some(AgentId(1)));
    assert_eq!(world.hand_over(&[(lead, 1)]), [2]);
    assert_eq!(world.owner(lead).agent, Some(AgentId(2)));
    assert_eq!(world.new_visitor(1).1, Some(3), "agents 1 and 2 have had their turns");
    let mut turns = [1, 1, 1];
    for _ in 0..27 {
        let (_, agent, _) = world.new_visitor(1);
        turns[agent.unwrap() as usize - 1] += 1;
    }
    assert!(
        turns.iter().all(|turns| (9..=11).contains(turns)),
        "the turn counts: {turns:?}"
    );
}

#[test]
fn many_at_once_are_spread_and_never_go_back_to_who_let_them_wait() {
    let mut world = World::new();
    let leads: Vec<_> = (0..12).map(|_| world.new_visitor(1).0).collect();
    let of_one: Vec<_> = leads
        .iter()
        .filter(|lead| world.owner(**lead).agent == Some(AgentId(1)))
        .map(|lead| (*lead, 1))
        .collect();
    let mut to = world.hand_over(&of_one);
    to.sort_unstable();
    assert_eq!(to, [2, 2, 3, 3]);
}

#[test]
fn nobody_gets_it_who_may_get_no_new_lead_now() {
    let mut world = World::new();
    let lead = world.new_visitor(1).0;
    world.agent(2).paused_until = Some(world.now.plus_ms(HOUR));
    world.agent(3).hours = Some(serde_json::from_str(r#"[{"days":["mon"],"from":"08:00","to":"17:00"}]"#).unwrap());
    let before = world.memory.rotation(RotatorId(1)).cloned();
    assert_eq!(world.hand_over(&[(lead, 1)]), [0; 0], "it is Sunday");
    assert_eq!(
        world.memory.rotation(RotatorId(1)).cloned(),
        before,
        "and nothing has moved"
    );
    assert_eq!(world.owner(lead).agent, Some(AgentId(1)));
    world.agent(2).paused_until = None;
    world.agent(2).daily_cap = Some(0);
    assert_eq!(
        world.hand_over(&[(lead, 1)]),
        [0; 0],
        "whoever is full is not asked either"
    );
    world.agent(2).daily_cap = None;
    assert_eq!(world.hand_over(&[(lead, 1)]), [2]);
}

//! Degraded mode, in sentences: who they are and where they go without the store, and what is made of it afterwards.

use super::*;
use crate::decide::degraded::{Away, Decided, Spooled, Told, decided, replay};
use proptest::prelude::*;
use rstest::rstest;
use std::collections::BTreeMap as Counts;

impl World {
    fn routing(&self) -> Routing {
        Routing::new(vec![workspace()], self.agents.clone(), self.rotators.clone(), vec![])
    }

    fn away(&self) -> Away {
        let mut away = Away::new(1_000, FloodLimits::default());
        away.set_numbers(WorkspaceId(1), 5_000_000..5_100_000);
        away
    }

    /// A visit that is answered without the store.
    fn told(&self, away: &mut Away, visit: &Visit) -> Told {
        let routing = self.routing();
        let rotator = routing.rotator(visit.rotator).unwrap();
        away.choose(&routing, rotator, visit).expect("no flood")
    }

    fn spool(&self, away: &mut Away, visit: Visit) -> Spooled {
        let told = self.told(away, &visit);
        let routing = self.routing();
        Spooled::new(routing.rotator(visit.rotator).unwrap(), visit, &told)
    }

    fn replay(&mut self, spooled: Vec<Spooled>) -> Decisions {
        let leads = spooled.iter().filter_map(Spooled::lead);
        let leads = leads.filter_map(|id| Some((id, self.leads.get(&id)?.clone())));
        let loaded = Loaded {
            leads: leads.collect(),
            click_ids: Map::default(),
        };
        let routing = self.routing();
        self.memory
            .ask_turns(&routing, spooled.iter().map(|visit| (visit.rotator, visit.at)));
        let decisions = replay(&routing, &mut self.memory, loaded, spooled);
        self.keep(&decisions);
        decisions
    }
}

fn agent_of(told: &Told) -> Option<i64> {
    match &told.to {
        SendTo::Agent(agent) => Some(agent.id.0),
        _ => None,
    }
}

fn with_cookie(world: &World, number: u64, rotator: i64) -> Visit {
    Visit {
        cookie: Some(VisitorNumber(number)),
        ..world.visit(rotator, "", "browser")
    }
}

#[test]
fn recently_seen_visitors_keep_their_agent() {
    let mut world = World::new();
    let mut away = world.away();
    for _ in 0..30 {
        let (lead, agent, _) = world.new_visitor(1);
        away.note(lead, AgentId(agent.unwrap()));
        let visit = with_cookie(&world, lead.number.0, 1);
        let told = world.told(&mut away, &visit);
        assert_eq!((told.lead, agent_of(&told)), (Some(lead), agent));
        assert_eq!(told.by, RecognisedBy::Cookie);
    }
}

#[test]
fn others_stick_by_a_hash_of_their_code_which_spreads_by_weight() {
    let world = World::new();
    let mut given = Counts::<i64, u32>::new();
    for number in 1..=3_000 {
        // Two memories that know nothing: two nodes, or one before and after a restart.
        let [first, second] = [world.away(), world.away()].map(|mut away| {
            let told = world.told(&mut away, &with_cookie(&world, number, 1));
            agent_of(&told).unwrap()
        });
        assert_eq!(first, second);
        *given.entry(first).or_default() += 1;
    }
    assert!(given.values().all(|n| (900..1_100).contains(n)), "{given:?}");
}

#[test]
fn a_new_visitor_gets_a_number_of_their_own_and_keeps_the_agent_on_reload() {
    let world = World::new();
    let mut away = world.away();
    let mut numbers = std::collections::BTreeSet::new();
    for n in 0..100 {
        let visit = world.visit(1, &format!("n={n}"), "browser");
        let told = world.told(&mut away, &visit);
        let lead = told.lead.expect("a number is at hand");
        assert!(numbers.insert(lead.number));
        assert_eq!(told.by, RecognisedBy::New);
        let again = world.told(&mut away, &with_cookie(&world, lead.number.0, 1));
        assert_eq!((again.lead, agent_of(&again)), (Some(lead), agent_of(&told)));
    }
}

#[test]
fn without_a_number_at_hand_they_still_go_to_an_agent() {
    let world = World::new();
    let mut away = Away::new(10, FloodLimits::default());
    let told = world.told(&mut away, &world.visit(1, "", "browser"));
    assert_eq!(told.lead, None);
    assert!(agent_of(&told).is_some());
}

#[rstest]
#[case::double_tap("", RecognisedBy::DoubleTap, true)]
#[case::click_id("gclid=G", RecognisedBy::ClickId, true)]
fn without_a_cookie_the_same_visitor_is_recognised(#[case] query: &str, #[case] by: RecognisedBy, #[case] dup: bool) {
    let world = World::new();
    let mut away = world.away();
    let visit = world.visit(1, query, "browser");
    let first = world.told(&mut away, &visit);
    let second = world.told(&mut away, &visit);
    assert_eq!((second.lead, second.by, second.dup), (first.lead, by, dup));
    assert_eq!(agent_of(&second), agent_of(&first));
    let other = world.told(&mut away, &world.visit(1, query, "another browser"));
    assert_ne!(other.lead, first.lead, "another browser is another visitor");
}

#[test]
fn an_agent_who_is_off_gets_nobody() {
    let mut world = World::new();
    let mut away = world.away();
    let (lead, agent, _) = world.new_visitor(1);
    away.note(lead, AgentId(agent.unwrap()));
    world.agent(agent.unwrap()).active = false;
    for number in [lead.number.0].into_iter().chain(10..200) {
        let told = world.told(&mut away, &with_cookie(&world, number, 1));
        assert_ne!(agent_of(&told), agent);
    }
}

#[test]
fn a_cap_holds_for_new_leads_and_not_for_old_ones() {
    let mut world = World::new();
    let mut away = world.away();
    for id in 1..=3 {
        world.agent(id).daily_cap = Some(5);
    }
    let day = world.now.day_in(&world.agents[0].time_zone);
    away.set_turns(AgentId(1), day, 4);
    let mut given = Counts::<Option<i64>, u32>::new();
    for n in 0..60 {
        let told = world.told(&mut away, &world.visit(1, &format!("n={n}"), "browser"));
        *given.entry(agent_of(&told)).or_default() += 1;
        if n == 10 {
            away.note(told.lead.unwrap(), AgentId(1));
        }
        if given.values().sum::<u32>() == 11 {
            break;
        }
    }
    assert_eq!(given, [(Some(1), 1), (Some(2), 5), (Some(3), 5)].into());
}

#[test]
fn nobody_on_duty_means_the_fallback_or_somebody_who_is_switched_on_or_the_closed_page() {
    let mut world = World::new();
    let mut away = world.away();
    for id in 1..=3 {
        world.agent(id).paused_until = Some(world.now.plus_ms(HOUR));
    }
    let told = world.told(&mut away, &world.visit(1, "n=1", "browser"));
    assert!(agent_of(&told).is_some(), "switched on, regardless of hours");
    world.rotators[0].fallback = Some(Fallback::Url("https://brand.com".into()));
    let told = world.told(&mut away, &world.visit(1, "n=2", "browser"));
    assert!(matches!(told.to, SendTo::Fallback));
    world.rotators[0].fallback = None;
    (1..=3).for_each(|id| world.agent(id).active = false);
    let told = world.told(&mut away, &world.visit(1, "n=3", "browser"));
    assert!(matches!(told.to, SendTo::Closed));
}

#[test]
fn a_new_lead_is_replayed_as_what_it_was_and_is_a_turn() {
    let mut world = World::new();
    let mut away = world.away();
    let visit = world.visit(1, "gclid=G&utm_source=google", "browser");
    let spooled = world.spool(&mut away, visit.clone());
    world.now = world.now.plus_ms(HOUR);
    let decisions = world.replay(vec![spooled.clone()]);
    let (lead, click) = (&decisions.new_leads[0], &decisions.clicks[0]);
    assert_eq!(
        (Some(lead.id), lead.agent, lead.at),
        (spooled.lead(), spooled.agent, visit.at)
    );
    assert_eq!((click.lead, click.agent, click.at), (lead.id, lead.agent, visit.at));
    assert_eq!(
        (click.facts.new, click.facts.why, click.facts.by),
        (true, Why::Degraded, RecognisedBy::New)
    );
    assert_eq!(
        (lead.platform, lead.source.as_deref()),
        (visit.touch.platform, Some("google"))
    );
    let given: Vec<_> = decisions.ledger.iter().filter(|(_, turns)| turns.given > 0).collect();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].0.agent, given[0].1.given), (lead.agent.unwrap(), 1));
    assert_eq!(decisions.ledger.values().map(|t| t.due).sum::<f64>().round(), 1.0);
    assert!(decisions.rotators.contains(&RotatorId(1)));
    // The store knows them now, by cookie and by click ID.
    assert_eq!(world.returns(lead.id, 1).1, Why::Owner);
    let by_click_id = world.decide(vec![world.visit(1, "gclid=G&utm_source=google", "browser")]);
    assert_eq!(by_click_id.clicks[0].lead, lead.id);
}

#[test]
fn a_lead_that_has_an_owner_keeps_them_whoever_stood_in() {
    let mut world = World::new();
    let (lead, owner, _) = world.new_visitor(1);
    // Nobody remembered the owner, so the hash chose: perhaps the same, perhaps not.
    for number in 0..20 {
        let mut away = Away::new(10, FloodLimits::default());
        let told = world.told(&mut away, &with_cookie(&world, number, 1));
        let visit = with_cookie(&world, lead.number.0, 1);
        let told = Told {
            lead: Some(lead),
            ..told
        };
        let spooled = Spooled::new(world.routing().rotator(RotatorId(1)).unwrap(), visit, &told);
        let decisions = world.replay(vec![spooled]);
        let click = &decisions.clicks[0];
        let is_owner = click.agent.map(|a| a.0) == owner;
        assert_eq!(click.facts.why, if is_owner { Why::Owner } else { Why::Degraded });
        assert_eq!(click.agent.map(|a| a.0), agent_of(&told), "the click says who got it");
        assert!(decisions.ledger.is_empty() && decisions.routes.is_empty() && decisions.new_leads.is_empty());
    }
    assert_eq!(world.returns(lead, 1), (owner, Why::Owner));
}

#[test]
fn a_lead_whose_owner_left_goes_to_whom_it_was_sent() {
    let mut world = World::new();
    let mut away = world.away();
    let (lead, owner, _) = world.new_visitor(1);
    away.note(lead, AgentId(owner.unwrap()));
    world.agent(owner.unwrap()).active = false;
    let spooled = world.spool(&mut away, with_cookie(&world, lead.number.0, 1));
    let heir = spooled.agent.map(|a| a.0);
    assert_ne!(heir, owner);
    let decisions = world.replay(vec![spooled]);
    assert_eq!(decisions.routes.len(), 1);
    assert_eq!(decisions.ledger.values().map(|t| t.given).sum::<u32>(), 1, "a turn");
    assert_eq!(world.returns(lead, 1), (heir, Why::Owner));
}

#[test]
fn the_cookie_of_an_erased_visitor_makes_a_new_one() {
    let mut world = World::new();
    let mut away = world.away();
    let (lead, ..) = world.new_visitor(1);
    world.leads.insert(lead, LeadState::Erased);
    let spooled = world.spool(&mut away, with_cookie(&world, lead.number.0, 1));
    let decisions = world.replay(vec![spooled]);
    assert_ne!(decisions.new_leads[0].id, lead);
    assert_eq!(decisions.clicks[0].lead, decisions.new_leads[0].id);
}

#[test]
fn a_visitor_whose_clicks_wait_waits_behind_them() {
    let world = World::new();
    let mut away = world.away();
    let visit = world.visit(1, "gclid=G", "browser");
    assert!(!away.waits(WorkspaceId(1), &visit));
    let told = world.told(&mut away, &visit);
    assert!(away.waits(WorkspaceId(1), &visit));
    let by_cookie = with_cookie(&world, told.lead.unwrap().number.0, 1);
    assert!(away.waits(WorkspaceId(1), &by_cookie));
    assert!(!away.waits(WorkspaceId(1), &with_cookie(&world, 77, 1)));
    away.none_wait();
    assert!(!away.waits(WorkspaceId(1), &by_cookie));
}

#[test]
fn what_was_decided_is_what_is_told_when_only_the_commit_hangs() {
    let mut world = World::new();
    let visits = vec![
        world.visit(1, "n=1", "browser"),
        world.visit(9, "n=2", "browser"),
        world.visit(1, "n=3", "browser"),
    ];
    let mut decisions = world.decide(visits);
    let clicks = decisions.clicks.clone();
    let told = decided(&mut decisions);
    assert_eq!(decisions.clicks, clicks, "they may still be committed");
    let [
        Decided::Sent(first),
        Decided::NoClick(Outcome::Gone),
        Decided::Sent(third),
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    for (told, click) in [(first, &clicks[0]), (third, &clicks[1])] {
        assert_eq!((told.lead, told.click), (Some(click.lead), Some(click.id)));
        assert_eq!(agent_of(told), click.agent.map(|a| a.0));
    }
}

proptest! {
    /// However turns were given while the store was away, rotation makes up for them: in the end everybody has their share.
    #[test]
    fn turns_that_were_given_without_the_rotation_are_made_up_for(given in proptest::collection::vec(0..3_usize, 1..60)) {
        let mut world = World::new();
        let mut turns = [0_i32; 3];
        for (n, agent) in given.iter().enumerate() {
            let told = Told {
                lead: Some(LeadId { workspace: WorkspaceId(1), number: VisitorNumber(7_000_000 + n as u64) }),
                to: SendTo::Agent(Arc::new(world.agents[*agent].clone())),
                name: None,
                by: RecognisedBy::New,
                dup: false,
                click: None,
            };
            let routing = world.routing();
            let spooled = Spooled::new(routing.rotator(RotatorId(1)).unwrap(), world.visit(1, "", "b"), &told);
            let decisions = world.replay(vec![spooled]);
            prop_assert_eq!(decisions.ledger.values().map(|t| t.given).sum::<u32>(), 1);
            turns[*agent] += 1;
        }
        for _ in 0..given.len() * 3 {
            let (_, agent, _) = world.new_visitor(1);
            turns[agent.unwrap() as usize - 1] += 1;
        }
        let spread = turns.iter().max().unwrap() - turns.iter().min().unwrap();
        prop_assert!(spread <= 1, "{:?}", turns);
    }

    /// The record survives its own file format.
    #[test]
    fn a_spooled_visit_reads_back_as_it_was_written(query in "[a-z0-9=&%_]{0,60}", browser: String) {
        let world = World::new();
        let spooled = world.spool(&mut world.away(), world.visit(1, &query, &browser));
        let json = serde_json::to_vec(&spooled).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Spooled>(&json).unwrap(), spooled);
    }
}

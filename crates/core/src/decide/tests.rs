use super::*;
use crate::{
    attribution::CLICK_ID_PARAMETERS,
    flood::FloodLimits,
    identity::{code::CodeKey, continuity::Fingerprints},
    message::{Target, Template},
    phone::Phone,
    rotation::Rotation,
    routing::{Fallback, Mode, Preview, Share, Workspace},
};
use foldhash::HashMap as Map;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
/// A Sunday at noon in Jakarta.
const NOON: UnixMs = UnixMs(1_795_323_600_000);

/// A workspace with agents and rotators, a memory, and a store in a map: `decide` as the recorder uses it.
struct World {
    agents: Vec<Agent>,
    rotators: Vec<Rotator>,
    memory: Memory,
    leads: Map<LeadId, LeadState>,
    prints: Fingerprints,
    now: UnixMs,
}

fn workspace() -> Arc<crate::routing::Workspace> {
    Arc::new(Workspace {
        id: WorkspaceId(1),
        name: "Toko".to_owned(),
        country: "ID".to_owned(),
        time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
        code_key: CodeKey::new([1; 16]),
    })
}

fn agent(id: i64) -> Agent {
    Agent {
        id: AgentId(id),
        name: format!("Agent {id}"),
        phone: Phone::from_stored(&format!("628120000000{id}")).unwrap(),
        active: true,
        paused_until: None,
        hours: None,
        time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
        daily_cap: None,
    }
}

fn rotator(id: i64, agents: &[i64]) -> Rotator {
    Rotator {
        id: RotatorId(id),
        workspace: workspace(),
        slug: format!("r{id}"),
        name: String::new(),
        mode: Mode::Redirect,
        message: Template::parse("[{code}]").unwrap(),
        target: Target::WaMe,
        fallback: None,
        agents: agents
            .iter()
            .map(|&agent| Share {
                agent: AgentId(agent),
                weight: 1,
            })
            .collect(),
        preview: Preview::default(),
        on_public_host: true,
    }
}

impl World {
    /// Rotator 1 with agents 1 to 3, rotator 2 with 3 and 4, rotator 3 with 5.
    fn new() -> Self {
        let mut memory = Memory::new(ClickId(0), FloodLimits::default());
        memory.set_numbers(WorkspaceId(1), 1..1_000_000);
        Self {
            agents: (1..=5).map(agent).collect(),
            rotators: vec![rotator(1, &[1, 2, 3]), rotator(2, &[3, 4]), rotator(3, &[5])],
            memory,
            leads: Map::default(),
            prints: Fingerprints::new([5; 16]),
            now: NOON,
        }
    }

    fn agent(&mut self, id: i64) -> &mut Agent {
        &mut self.agents[id as usize - 1]
    }

    fn visit(&self, rotator: i64, query: &str, browser: &str) -> Visit {
        let touch = Touch::of(query, None, CLICK_ID_PARAMETERS);
        let address = IpAddr::from([203, 0, 113, 9]);
        Visit {
            at: self.now,
            rotator: RotatorId(rotator),
            cookie: None,
            address,
            request_print: self.prints.request(address, browser, "", "", query),
            click_id: self.prints.click_id(WorkspaceId(1), &touch, browser, ""),
            touch,
            host: String::new(),
            ua: browser.into(),
            lang: String::new(),
            place: Place::default(),
            gpc: false,
        }
    }

    fn decide(&mut self, visits: Vec<Visit>) -> Decisions {
        let routing = Routing::new(vec![workspace()], self.agents.clone(), self.rotators.clone(), vec![]);
        let keys = self.memory.keys(&routing, &visits);
        let leads = keys
            .leads
            .iter()
            .filter_map(|id| Some((*id, self.leads.get(id)?.clone())))
            .collect();
        let decisions = decide(
            &routing,
            &mut self.memory,
            Loaded {
                leads,
                click_ids: Map::default(),
            },
            visits,
        );
        for NewLead { id, rotator, agent, .. } in &decisions.new_leads {
            let route = LeadRoute {
                rotator: *rotator,
                agent: *agent,
                ..LeadRoute::default()
            };
            self.leads.insert(*id, LeadState::Known(route));
        }
        for (id, route) in decisions.routes.values() {
            self.leads.insert(*id, LeadState::Known(route.clone()));
        }
        self.memory.forget_old(self.now, ClickId(0));
        decisions
    }

    /// One new visitor at a rotator: the lead, and who got it.
    fn new_visitor(&mut self, rotator: i64) -> (LeadId, Option<i64>, Why) {
        self.now = self.now.plus_ms(10_000);
        let visit = self.visit(rotator, "", "browser");
        self.one(visit)
    }

    /// A lead comes back by cookie.
    fn returns(&mut self, lead: LeadId, rotator: i64) -> (Option<i64>, Why) {
        let visit = Visit {
            cookie: Some(lead.number),
            ..self.visit(rotator, "", "browser")
        };
        let (same, agent, why) = self.one(visit);
        assert_eq!(same, lead);
        (agent, why)
    }

    fn one(&mut self, visit: Visit) -> (LeadId, Option<i64>, Why) {
        let decisions = self.decide(vec![visit]);
        let click = &decisions.clicks[0];
        (click.lead, click.agent.map(|a| a.0), click.facts.why)
    }
}

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
fn fifty_identical_requests_are_one_lead_one_turn_one_click() {
    let mut world = World::new();
    let visits = (0..50).map(|_| world.visit(1, "utm_source=bio", "browser")).collect();
    let decisions = world.decide(visits);
    assert_eq!(decisions.new_leads.len(), 1);
    assert_eq!(decisions.ledger.values().map(|turns| turns.given).sum::<u32>(), 1);
    assert_eq!(decisions.clicks.iter().filter(|click| !click.facts.dup).count(), 1);
    assert!(
        decisions.clicks[1..]
            .iter()
            .all(|click| click.facts.by == RecognisedBy::DoubleTap)
    );
}

#[test]
fn a_tap_two_seconds_later_is_another_visitor() {
    let mut world = World::new();
    let (first, ..) = world.one(world.visit(1, "", "browser"));
    world.now = world.now.plus_ms(1_999);
    assert_eq!(world.one(world.visit(1, "", "browser")).0, first);
    world.now = world.now.plus_ms(2_000);
    assert_ne!(world.one(world.visit(1, "", "browser")).0, first);
}

#[test]
fn the_same_click_id_from_the_same_browser_is_the_same_visitor_for_a_day() {
    let mut world = World::new();
    let (first, agent, _) = world.one(world.visit(1, "gclid=G", "browser"));
    world.now = world.now.plus_ms(23 * HOUR);
    let decisions = world.decide(vec![world.visit(1, "gclid=G&utm_source=x", "browser")]);
    assert_eq!(decisions.clicks[0].lead, first);
    assert_eq!(decisions.clicks[0].agent.map(|a| a.0), agent);
    assert_eq!(decisions.clicks[0].facts.by, RecognisedBy::ClickId);
    assert!(decisions.new_leads.is_empty());
    world.now = world.now.plus_ms(HOUR);
    assert_ne!(world.one(world.visit(1, "gclid=G", "browser")).0, first);
}

#[test]
fn a_click_id_in_another_browser_is_a_shared_link() {
    let mut world = World::new();
    let (first, ..) = world.one(world.visit(1, "gclid=G", "browser"));
    let decisions = world.decide(vec![world.visit(1, "gclid=G", "another")]);
    assert_ne!(decisions.clicks[0].lead, first);
    assert!(decisions.clicks[0].facts.shared && decisions.new_leads[0].shared_link);
    let second = decisions.clicks[0].lead;
    assert_eq!(
        world.one(world.visit(1, "gclid=G", "another")).0,
        second,
        "who is known again by their own use of it"
    );
    assert_eq!(world.one(world.visit(1, "gclid=G", "browser")).0, first);
}

#[test]
fn different_click_ids_are_never_merged() {
    let mut world = World::new();
    let (first, ..) = world.one(world.visit(1, "gclid=A", "browser"));
    assert_ne!(world.one(world.visit(1, "gclid=B", "browser")).0, first);
}

#[test]
fn a_cookie_wins_over_a_click_id() {
    let mut world = World::new();
    let (first, ..) = world.one(world.visit(1, "gclid=G", "browser"));
    let (second, ..) = world.new_visitor(1);
    let visit = Visit {
        cookie: Some(second.number),
        ..world.visit(1, "gclid=G", "browser")
    };
    assert_eq!(world.one(visit).0, second);
    assert_ne!(first, second);
}

#[test]
fn a_cookie_that_the_store_does_not_know_makes_the_lead_again_under_its_code() {
    let mut world = World::new();
    let visit = Visit {
        cookie: Some(VisitorNumber(777)),
        ..world.visit(1, "", "browser")
    };
    let decisions = world.decide(vec![visit.clone(), visit]);
    assert_eq!(decisions.new_leads.len(), 1);
    assert_eq!(decisions.clicks[0].lead.number, VisitorNumber(777));
    assert_eq!(decisions.clicks[0].facts.by, RecognisedBy::Cookie);
    assert!(decisions.clicks[0].facts.new && !decisions.clicks[1].facts.new);
}

#[test]
fn an_erased_visitor_is_a_new_one() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    world.leads.insert(lead, LeadState::Erased);
    let visit = Visit {
        cookie: Some(lead.number),
        ..world.visit(1, "", "browser")
    };
    let decisions = world.decide(vec![visit]);
    assert_ne!(decisions.clicks[0].lead, lead);
    assert_eq!(decisions.clicks[0].facts.by, RecognisedBy::New);
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
fn a_flood_makes_no_lead_and_uses_no_turn() {
    let mut world = World::new();
    let outcomes: Vec<_> = (0..1_000)
        .map(|i| {
            let visit = Visit {
                request_print: i,
                ..world.visit(1, "", "browser")
            };
            world.decide(vec![visit])
        })
        .collect();
    let leads: usize = outcomes.iter().map(|decisions| decisions.new_leads.len()).sum();
    assert_eq!(leads, 600);
    assert!(matches!(outcomes[999].outcomes[0], Outcome::Flood) && outcomes[999].clicks.is_empty());
}

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

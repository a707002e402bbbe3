//! A world in memory in which `decide` is used as the recorder uses it; the sentences about it are in the files
//! beside this one.

mod agents;
mod degraded;
mod hand_over;
mod identity;
mod outlook;
mod properties;

use super::*;
use crate::{
    attribution::CLICK_ID_PARAMETERS,
    flood::FloodLimits,
    identity::{code::CodeKey, continuity::Fingerprints},
    ids::WorkspaceId,
    message::{Target, Template},
    phone::Phone,
    routing::{Fallback, Mode, Preview, Share, Workspace},
    screening::taught::{Rule, Taught},
};
use foldhash::HashMap as Map;
use jiff::tz::TimeZone;

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
        is_strict: false,
        taught: Default::default(),
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
        learning: None,
        page: None,
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

    /// Teaches who is a person at every rotator.
    fn teach(&mut self, kind: &str, value: &str) {
        let mut whose = Workspace::clone(&workspace());
        whose.taught = Taught::new([Rule::parse(kind, value).unwrap()]);
        let whose = Arc::new(whose);
        for rotator in &mut self.rotators {
            rotator.workspace = whose.clone();
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
            request_print: self
                .prints
                .request(address, self.prints.user_agent(browser), "", "", query),
            click_id: self
                .prints
                .click_id(WorkspaceId(1), &touch, self.prints.user_agent(browser), ""),
            touch,
            host: String::new(),
            ua: browser.into(),
            lang: String::new(),
            place: Place::default(),
            gpc: false,
            consent: None,
            pixel: None,
            press: None,
            is_discreet: false,
        }
    }

    fn decide(&mut self, visits: Vec<Visit>) -> Decisions {
        let routing = Routing::new(vec![workspace()], self.agents.clone(), self.rotators.clone(), vec![]);
        let keys = self.memory.keys(&routing, &visits);
        self.memory
            .ask_turns(&routing, visits.iter().map(|visit| (visit.rotator, visit.at)));
        let mut leads = Map::default();
        for id in &keys.leads {
            let Some(state) = self.leads.get(id) else { continue };
            if let LeadState::Merged(root) = state {
                leads.insert(*root, self.leads[root].clone());
            }
            leads.insert(*id, state.clone());
        }
        let decisions = decide(
            &routing,
            &mut self.memory,
            Loaded {
                leads,
                click_ids: Map::default(),
            },
            visits,
        );
        self.keep(&decisions);
        self.memory.forget_old(self.now, ClickId(0));
        decisions
    }

    /// Applies what was decided to the store in the map.
    fn keep(&mut self, decisions: &Decisions) {
        for new in &decisions.new_leads {
            let route = LeadRoute {
                rotator: new.rotator,
                agent: new.agent,
                first_click: Some(new.click),
                ..LeadRoute::default()
            };
            self.leads.insert(new.id, LeadState::Known(route));
        }
        for (id, route) in decisions.routes.values() {
            self.leads.insert(*id, LeadState::Known(route.clone()));
        }
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

//! Recording later what was answered before: decisions that are bound to what the visitor was told.

use super::Spooled;
use crate::{
    click::{Click, RecognisedBy},
    decide::{
        Decisions, Keys, LeadRoute, LeadState, Loaded, Memory, NewLead, Outcome, SendTo, agent, identity::ClickIdUses,
    },
    identity::continuity::ClickIdUse,
    ids::LeadId,
    routing::Routing,
};

/// What must be loaded before these visits can be replayed.
pub fn keys(spooled: &[Spooled]) -> Keys {
    let mut keys = Keys::default();
    for visit in spooled {
        keys.leads.extend(visit.lead());
        keys.click_ids.extend(visit.print.map(|print| (visit.workspace, print)));
        // One each, for whoever got no code or turns out to be erased.
        *keys.numbers.entry(visit.workspace).or_default() += 1;
    }
    keys
}

/// Decides spooled visits, in the order in which they were answered. A new lead is a turn of the agent who got it. A lead
/// that the store has keeps its owner, whoever stood in while nobody could look.
pub fn replay(routing: &Routing, memory: &mut Memory, mut loaded: Loaded, spooled: Vec<Spooled>) -> Decisions {
    let mut decisions = Decisions {
        after: memory.click_ids_made.last(),
        ..Decisions::default()
    };
    for spooled in spooled {
        replay_one(routing, memory, &mut loaded, &mut decisions, spooled);
    }
    decisions
}

fn replay_one(
    routing: &Routing,
    memory: &mut Memory,
    loaded: &mut Loaded,
    decisions: &mut Decisions,
    spooled: Spooled,
) {
    let rotator = routing.rotator(spooled.rotator).cloned();
    let is_erased = |lead: &LeadId| loaded.leads.get(&loaded.standing(*lead)) == Some(&LeadState::Erased);
    // Whoever got no code, or comes with that of an erased visitor, is somebody new.
    let lead = spooled
        .lead()
        .filter(|lead| !is_erased(lead))
        .unwrap_or_else(|| LeadId {
            workspace: spooled.workspace,
            number: memory.next_number(spooled.workspace),
        });
    let Spooled {
        at,
        rotator: rotator_id,
        agent,
        print,
        mut facts,
        ..
    } = spooled;
    let person = loaded.standing(lead);
    let mut route = match loaded.leads.remove(&person) {
        Some(LeadState::Known(route)) => Some(route),
        _ => None,
    };
    facts.new = route.is_none();
    if facts.new
        && facts.by == RecognisedBy::New
        && let Some(print) = print
    {
        facts.shared = ClickIdUses::of(print, memory, loaded).are_all_of_others();
    }
    // Not the id that a lost transaction may have had: clicks are folded in the order of their ids.
    let click = memory.click_ids_made.next(at);
    let mut route_changed = false;
    if let (Some(rotator), Some(agent)) = (&rotator, agent) {
        let ledger = &mut decisions.ledger;
        let taken = agent::take(routing, memory, ledger, rotator, (person, route.as_mut()), agent, at);
        facts.why = taken.why;
        route_changed = taken.route_changed;
        if taken.is_turn {
            decisions.rotators.insert(rotator.id);
        }
    }
    let route = match route {
        Some(route) => {
            if route_changed {
                decisions.routes.insert(person.packed(), (person, route.clone()));
            }
            route
        }
        None => {
            decisions.new_leads.push(NewLead {
                id: lead,
                click,
                at,
                rotator: rotator_id,
                agent,
                shared_link: facts.shared,
                platform: facts.touch.platform,
                source: facts.touch.utm.source.clone(),
                campaign: facts.touch.utm.campaign.clone(),
            });
            LeadRoute {
                rotator: rotator_id,
                agent,
                ..LeadRoute::default()
            }
        }
    };
    decisions.outcomes.push(Outcome::Sent {
        lead,
        to: agent
            .and_then(|agent| routing.agent(agent).cloned())
            .map_or(SendTo::Fallback, SendTo::Agent),
        name: route.name.clone(),
    });
    loaded.leads.insert(person, LeadState::Known(route));
    if let Some(print) = print {
        let known = ClickIdUse {
            lead,
            with_browser: print.with_browser,
            at,
        };
        memory.remember_click_id(print, known, click);
    }
    if let Some(press) = facts.press {
        let (print, known) = ClickIdUse::of_press(press, lead, at);
        memory.remember_click_id(print, known, click);
    }
    decisions.clicks.push(Click {
        id: click,
        at,
        lead,
        rotator: rotator_id,
        agent,
        is_first_use: false,
        first: None,
        print,
        facts,
    });
}

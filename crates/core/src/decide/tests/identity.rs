//! Who is this?

use super::*;
use crate::{identity::seen::SeenClickIds, ids::VisitorNumber};

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
fn a_return_hands_on_the_first_click_of_its_lead_and_of_no_other() {
    let mut world = World::new();
    let made = world.decide(vec![world.visit(1, "utm_content=a", "browser")]);
    let (lead, first) = (made.clicks[0].lead, made.clicks[0].id);
    let (other, ..) = world.new_visitor(1);
    let back = |world: &World, lead: LeadId| Visit {
        cookie: Some(lead.number),
        ..world.visit(1, "", "browser")
    };
    let visits = vec![back(&world, lead), back(&world, lead)];
    for click in world.decide(visits).clicks {
        assert_eq!((click.lead, click.first), (lead, Some(first)));
    }
    // One person with another, whose first click it is not.
    world.leads.insert(other, LeadState::Merged(lead));
    let click = &world.decide(vec![back(&world, other)]).clicks[0];
    assert_eq!((click.lead, click.first), (other, None));
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

#[test]
fn a_network_that_was_taught_is_never_a_flood() {
    let mut world = World::new();
    world.teach("network", "203.0.113.0/24");
    for i in 0..1_000 {
        let visit = Visit {
            request_print: i,
            ..world.visit(1, "", "browser")
        };
        assert_eq!(world.decide(vec![visit]).new_leads.len(), 1, "{i}");
    }
}

#[test]
fn going_back_and_pressing_again_makes_no_second_lead_without_cookies_too() {
    let mut world = World::new();
    let press = |world: &World, nonce| {
        let ua = world.prints.user_agent("browser");
        Visit {
            press: Some(world.prints.press(RotatorId(1), nonce, ua, "")),
            request_print: nonce as i64,
            ..world.visit(1, "", "browser")
        }
    };
    let (first, ..) = world.one(press(&world, 1));
    for (ms_later, is_same_click) in [(3_000, true), (29_999, true), (33_000, false), (24 * HOUR - 1, false)] {
        let visit = press(&world, 1);
        let at = world.now.plus_ms(ms_later);
        let click = world.decide(vec![Visit { at, ..visit }]).clicks.remove(0);
        let seen = (click.lead, click.facts.by, click.facts.dup);
        assert_eq!(seen, (first, RecognisedBy::DoubleTap, is_same_click), "{ms_later}");
    }
    let (other, ..) = world.one(press(&world, 2));
    assert_ne!(other, first, "another page is another visitor");
    world.now = world.now.plus_ms(25 * HOUR);
    assert_ne!(world.one(press(&world, 1)).0, first, "the day is over");
}

#[test]
fn a_double_submission_of_somebody_with_a_cookie_is_one_click_too() {
    let mut world = World::new();
    let (lead, ..) = world.new_visitor(1);
    let press = |world: &World| Visit {
        cookie: Some(lead.number),
        press: Some(77),
        ..world.visit(1, "", "browser")
    };
    let decisions = world.decide(vec![press(&world), press(&world)]);
    let seen: Vec<_> = decisions
        .clicks
        .iter()
        .map(|click| (click.lead, click.facts.dup))
        .collect();
    assert_eq!(seen, [(lead, false), (lead, true)]);
    let somebody_else = Visit {
        cookie: None,
        request_print: 5,
        ..press(&world)
    };
    assert_eq!(world.one(somebody_else).0, lead, "the page says who it was for");
}

#[test]
fn the_store_is_asked_for_click_ids_that_the_filter_does_not_know_to_be_new() {
    let mut world = World::new();
    let visit = world.visit(1, "gclid=Kept", "A");
    let print = visit.click_id.unwrap();
    assert_eq!(
        world.memory.has_to_ask(&visit),
        None,
        "without a filter it would be everybody"
    );
    let mut seen = SeenClickIds::with_room_for(1);
    seen.add(print.click_id);
    assert!(world.memory.await_seen());
    world.memory.set_seen(Some(seen));
    assert_eq!(world.memory.has_to_ask(&visit), Some(print));
    assert_eq!(world.memory.has_to_ask(&world.visit(1, "gclid=New", "A")), None);
    let with_cookie = Visit {
        cookie: Some(VisitorNumber(1)),
        ..visit.clone()
    };
    assert_eq!(world.memory.has_to_ask(&with_cookie), None, "known without");
    let pressed = |press| Visit {
        press: Some(press),
        ..with_cookie.clone()
    };
    let press = world.memory.has_to_ask(&pressed(print.click_id));
    assert_eq!(press.map(|print| print.click_id), Some(print.click_id));
    assert_eq!(world.memory.has_to_ask(&pressed(!print.click_id)), None);
    world.decide(vec![visit.clone()]);
    assert_eq!(
        world.memory.has_to_ask(&visit),
        None,
        "the use is not folded yet, so it is at hand"
    );
}

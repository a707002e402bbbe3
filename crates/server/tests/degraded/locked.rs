//! Another process holds the database.

use super::{
    DEADLINE, by_hand,
    common::{database, http::get, now, shop::Shop, wait_for},
    crowd::Crowd,
    lock, wait_until_degraded, wait_until_drained,
};
use std::time::Duration;

#[test]
fn while_another_process_holds_the_database_every_visitor_is_sent_on_and_afterwards_all_are_there() {
    let shop = Shop::with(3, &[DEADLINE]);
    let mut crowd = Crowd::default();
    crowd.come(&shop, |watch| watch.wait_for_answers(200));
    for _ in 0..2 {
        let holder = lock(shop.data());
        let locked_at = now();
        crowd.come(&shop, |watch| {
            wait_until_degraded(&shop);
            watch.wait_for_answers(400);
            // Longer than SQLite waits for a lock by itself: the one commit that is outstanding fails meanwhile.
            let long = Duration::from_secs(by_hand("KONEKTOR_LOCK_SECONDS", 7));
            wait_for("the time to pass", || (locked_at.elapsed() > long).then_some(()));
            drop(holder);
            // They go on while the spool drains.
            watch.wait_for_answers(100);
            wait_until_drained(&shop);
            watch.wait_for_answers(100);
        });
        crowd.was_never_kept_waiting();
        wait_until_drained(&shop);
        crowd.is_in(&shop, 0);
    }
    let degraded = shop.server.metric("konektor_degraded_redirects_total");
    assert!(degraded > 500, "{degraded}");
    assert_eq!(shop.server.metric("konektor_spooled_clicks_total"), degraded);
    assert_eq!(shop.server.metric("konektor_clicks_lost_total"), 0);
    assert_eq!(shop.server.metric("konektor_spool_bytes"), 0);
    assert_eq!(
        shop.server.metric("konektor_clicks_total"),
        crowd.acknowledged.len() as u64,
        "each is counted once"
    );
    crowd.still_have_their_agents(&shop);
}

#[test]
fn who_came_between_two_outages_keeps_their_agent_although_the_spool_was_never_empty() {
    let shop = Shop::with(3, &[DEADLINE]);
    let mut crowd = Crowd::default();
    crowd.come(&shop, |watch| {
        for _ in 0..8 {
            let holder = lock(shop.data());
            wait_until_degraded(&shop);
            watch.wait_for_answers(150);
            drop(holder);
            // Some are recorded while others still wait.
            watch.wait_for_answers(40);
        }
    });
    wait_until_drained(&shop);
    crowd.is_in(&shop, 0);
    crowd.still_have_their_agents(&shop);
}

#[test]
fn the_dashboard_and_the_timeline_can_tell() {
    let shop = Shop::with(1, &[DEADLINE]);
    assert!(shop.get("/me")["degraded_since"].is_null());
    let holder = lock(shop.data());
    let answer = shop.server.ask(&get("/wa/promo?gclid=G"));
    assert!(answer.sets_cookie());
    wait_until_degraded(&shop);
    assert!(shop.get("/me")["degraded_since"].is_string());
    drop(holder);
    wait_until_drained(&shop);
    assert!(shop.get("/me")["degraded_since"].is_null());
    let lead = shop.lead_with_clicks(answer.code(), 1);
    assert_eq!(
        (&lead["agent_id"], &lead["first_touch"]["platform"]),
        (&shop.agents[0].id.as_str().into(), &"google".into())
    );
    let timeline = shop.get(&format!("/leads/{}/timeline", answer.code()));
    // PostgreSQL had answered with all that decides before it was held up, so the visitor was sent where its commit says.
    let why = match database::of(shop.data()) {
        None => "did not answer in time",
        Some(_) => "whose turn it was",
    };
    assert!(timeline.to_string().contains(why), "{timeline}");
    let log = shop.server.log();
    assert!(
        log.contains("degraded: visitors are sent on") && log.contains("no longer degraded"),
        "{log}"
    );
}

#[test]
fn a_server_that_is_told_to_end_while_the_database_is_away_loses_nothing() {
    let mut shop = Shop::with(3, &[DEADLINE]);
    let mut crowd = Crowd::default();
    let holder = lock(shop.data());
    crowd.come(&shop, |watch| {
        wait_until_degraded(&shop);
        watch.wait_for_answers(200);
    });
    shop.server.tell_to_end();
    assert!(shop.server.wait().success(), "{}", shop.server.log());
    assert!(
        shop.server.log().contains("visits wait in the spool"),
        "{}",
        shop.server.log()
    );
    drop(holder);
    shop.restart();
    wait_until_drained(&shop);
    crowd.was_never_kept_waiting();
    crowd.is_in(&shop, 0);
    crowd.still_have_their_agents(&shop);
}

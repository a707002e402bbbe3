//! To whom: turns, sticky owners, and what is left when nobody is there.

use crate::common::{
    self,
    http::{Answer, get},
    shop::Shop,
    wait_for,
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Barrier};

/// Answers to requests that are sent at the same moment, each on a connection of its own.
fn at_once(shop: &Shop, targets: Vec<String>) -> Vec<Answer> {
    let (server, start) = (&shop.server, Barrier::new(targets.len()));
    std::thread::scope(|scope| {
        let visitors: Vec<_> = targets
            .iter()
            .map(|target| {
                let start = &start;
                scope.spawn(move || {
                    let mut connection = server.connect();
                    start.wait();
                    connection.ask(&get(target)).expect("an answer")
                })
            })
            .collect();
        visitors
            .into_iter()
            .map(|visitor| visitor.join().expect("a visitor"))
            .collect()
    })
}

#[test]
fn three_hundred_parallel_new_visitors_over_three_equal_agents_are_a_hundred_each() {
    let shop = Shop::open();
    let links = (0..300).map(|n| format!("/wa/promo?gclid=EAIaIQob{n}&utm_source=google&utm_content=ad{n}"));
    let answers = at_once(&shop, links.collect());
    for agent in &shop.agents {
        let sent = answers.iter().filter(|answer| answer.digits() == agent.digits).count();
        assert_eq!(sent, 100, "{}", agent.digits);
    }
    let codes: BTreeSet<_> = answers.iter().map(|answer| answer.code()).collect();
    assert_eq!(codes.len(), 300, "every visitor has a code of their own");
    assert_eq!((shop.leads_stored(), shop.clicks_stored()), (300, 300));
    assert_eq!(shop.turns(), [(100, true); 3]);
}

#[test]
fn fifty_parallel_identical_requests_without_a_cookie_are_one_lead_and_one_turn() {
    for link in ["/wa/promo?utm_source=ig", "/wa/promo?fbclid=IwY2xjawABC", "/wa/promo"] {
        let shop = Shop::open();
        let answers = at_once(&shop, vec![link.to_owned(); 50]);
        let locations: BTreeSet<_> = answers.iter().map(|answer| answer.location()).collect();
        assert_eq!(locations.len(), 1, "all are sent to the same chat: {locations:?}");
        assert_eq!(shop.leads_stored(), 1, "{link}");
        assert_eq!(shop.turns_given(), 1, "{link}");
        // The second and all after it are kept, marked as duplicates.
        let path = format!("/leads/{}/timeline?limit=200", answers[0].code());
        let items = wait_for("the fold", || {
            let items = shop.get(&path)["items"].as_array().expect("a list").clone();
            (items.iter().filter(|item| item["kind"] == "click").count() == 50).then_some(items)
        });
        assert_eq!(items.iter().filter(|item| item["duplicate"] == true).count(), 49);
        assert_eq!(shop.lead_of(&answers[0])["click_count"], 1, "{link}");
    }
}

#[test]
fn a_click_id_that_was_used_before_is_looked_up_beforehand_and_a_new_one_is_not() {
    let shop = Shop::open();
    let first = shop.server.ask(&get("/wa/promo?gclid=Kept&utm_content=first"));
    // Until then the recorder has its use in memory.
    let fold_all = || {
        let clicks = shop.server.metric("konektor_clicks_total");
        let is_folded = || (shop.server.metric("konektor_folded_clicks_total") == clicks).then_some(());
        wait_for("the fold", is_folded);
    };
    fold_all();
    if common::database::of(shop.data()).is_some() {
        return; // PostgreSQL has no filter: every click ID is looked up.
    }
    let looked_up = || shop.server.metric("konektor_click_id_lookups_total");
    // The first visit of a server asks for the filter, and a later one finds it.
    let mut n = 0;
    wait_for("the filter of click IDs", || {
        n += 1;
        shop.server.ask(&get(&format!("/wa/promo?gclid=New{n}")));
        (shop.server.metric("konektor_click_id_filter_bytes") > 0).then_some(())
    });
    let before = looked_up();
    shop.server.ask(&get("/wa/promo?gclid=New"));
    assert_eq!(looked_up(), before);
    let alone = shop.server.ask(&get("/wa/promo?gclid=Kept&utm_content=alone"));
    assert_eq!((alone.code(), looked_up()), (first.code(), before + 1));
    assert!(
        shop.server.metric("konektor_click_id_filter_bytes") > 0,
        "it is still there"
    );
    fold_all();
    let before = looked_up();
    // Other links than before, so that they are no double taps.
    let links = (0..50).map(|n| format!("/wa/promo?gclid=Kept&utm_content=again{n}"));
    let answers = at_once(&shop, links.collect());
    assert!(answers.iter().all(|answer| answer.code() == first.code()));
    // Once the first is recorded, the recorder has its use in memory for the others.
    assert!((1..=50).contains(&(looked_up() - before)));
    shop.lead_with_clicks(first.code(), 52);
}

#[test]
fn a_returning_visitor_goes_to_the_same_agent_and_is_the_same_lead() {
    let shop = Shop::open();
    let first = shop.server.ask(&get("/wa/promo?gclid=First&utm_campaign=lebaran"));
    for other in 0..4 {
        shop.server.ask(&get(&format!("/wa/promo?utm_content=other{other}")));
    }
    let again = shop.server.ask(&get("/wa/promo?ttclid=Second").cookie(first.cookie()));
    assert_eq!((again.digits(), again.code()), (first.digits(), first.code()));
    assert_eq!(again.cookie(), first.cookie(), "it is issued again at each click");

    let lead = shop.lead_with_clicks(first.code(), 2);
    assert_eq!(lead["first_touch"]["platform"], "google");
    assert_eq!(lead["first_touch"]["utm"]["campaign"], "lebaran");
    assert_eq!(lead["last_touch"]["platform"], "tiktok");
    assert_eq!((shop.leads_stored(), shop.turns_given()), (5, 5));
}

#[test]
fn a_click_id_is_the_same_visitor_over_a_restart_and_another_browser_is_a_shared_link() {
    let mut shop = Shop::open();
    let link = get("/wa/promo?gclid=KeptOverRestart");
    let first = shop.server.ask(&link);
    shop.lead_with_clicks(first.code(), 1);
    shop.stop_and_restart();
    let again = shop.server.ask(&link);
    assert_eq!((again.code(), again.digits()), (first.code(), first.digits()));
    let other = shop.server.ask(&link.user_agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"));
    assert_ne!(other.code(), first.code());
    assert_eq!(shop.lead_of(&other)["flags"], json!(["shared_link"]));
    assert_eq!(shop.lead_of(&first)["flags"], json!([]));
}

#[test]
fn an_owner_who_is_switched_off_hands_the_lead_over_for_good() {
    let shop = Shop::with(2, &[]);
    let first = shop.server.ask(&get("/wa/promo?utm_content=a"));
    assert_eq!(first.digits(), shop.agents[0].digits);
    shop.patch_agent(0, json!({ "active": false }));
    let back = get("/wa/promo?utm_content=b").cookie(first.cookie());
    assert_eq!(shop.server.ask(&back).digits(), shop.agents[1].digits);
    shop.patch_agent(0, json!({ "active": true }));
    assert_eq!(
        shop.server.ask(&back).digits(),
        shop.agents[1].digits,
        "stays it when the old one returns"
    );
    assert_eq!(shop.leads_stored(), 1);
    assert_eq!(shop.turns_given(), 2, "a transfer is a turn");
}

#[test]
fn an_owner_who_is_away_has_one_substitute_until_they_are_back() {
    let shop = Shop::open();
    let first = shop.server.ask(&get("/wa/promo?utm_content=a"));
    let back = get("/wa/promo?utm_content=b").cookie(first.cookie());
    shop.patch_agent(0, json!({ "paused_until": "2100-01-01T00:00:00Z" }));
    let substitute = shop.server.ask(&back).digits().to_owned();
    assert_ne!(substitute, first.digits());
    for _ in 0..3 {
        assert_eq!(shop.server.ask(&back).digits(), substitute);
    }
    shop.patch_agent(0, json!({ "paused_until": null }));
    assert_eq!(shop.server.ask(&back).digits(), first.digits());
    assert_eq!(shop.turns_given(), 1, "a substitute is no turn");
}

#[test]
fn when_nobody_is_on_duty_the_fallback_number_takes_the_visitor() {
    let shop = Shop::with(2, &[]);
    shop.patch_rotator(json!({ "fallback": "0812 9999 9999" }));
    for agent in 0..2 {
        shop.patch_agent(agent, json!({ "paused_until": "2100-01-01T00:00:00Z" }));
    }
    let answer = shop.server.ask(&get("/wa/promo"));
    assert_eq!(answer.digits(), "6281299999999");
    assert_eq!(shop.lead_of(&answer)["agent_id"], json!(null));

    shop.patch_rotator(json!({ "fallback": null }));
    let answer = shop.server.ask(&get("/wa/promo?utm_content=later"));
    let digits: Vec<_> = shop.agents.iter().map(|agent| &agent.digits[..]).collect();
    assert!(
        digits.contains(&answer.digits()),
        "else a switched-on agent, whatever the hours"
    );
}

#[test]
fn when_all_are_switched_off_a_small_page_says_closed_and_the_lead_is_recorded() {
    let shop = Shop::with(2, &[]);
    for agent in 0..2 {
        shop.patch_agent(agent, json!({ "active": false }));
    }
    let answer = shop
        .server
        .ask(&get("/wa/promo?utm_source=bio").header("Accept-Language", "id-ID,id;q=0.9"));
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("Kami sedang tutup"), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        (shop.leads_stored(), shop.clicks_stored(), shop.turns_given()),
        (1, 1, 0)
    );
    assert_eq!(shop.leads()[0]["first_touch"]["utm"]["source"], "bio");

    shop.patch_agent(1, json!({ "active": true }));
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_content=later").cookie(answer.cookie()));
    assert_eq!(back.digits(), shop.agents[1].digits);
    assert_eq!(
        shop.leads_stored(),
        1,
        "who was told that it is closed is known when it is open"
    );
}

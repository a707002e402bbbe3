//! The button: a visit like any other, known again by its page.

use crate::{
    common::http::{api, get},
    stand::{Stand, press, token},
};
use serde_json::{Value, json};

#[test]
fn the_lead_the_turn_and_the_touch_come_with_the_button() {
    let stand = Stand::open(Value::Null);
    let target = "/wa/promo?gclid=Cj0-button&utm_source=google&utm_campaign=lebaran";
    let page = stand.page(target);
    let pressed = stand.shop.server.ask(&press(target, &token(&page), &[]));
    assert_eq!((pressed.status, pressed.digits()), (303, &*stand.shop.agents[0].digits));
    assert!(pressed.sets_cookie() && pressed.body.is_empty());
    assert_eq!(pressed.header("cache-control"), Some("no-store"));
    let lead = stand.shop.lead_with_clicks(pressed.code(), 1);
    assert_eq!(lead["first_touch"]["click_ids"]["gclid"], "Cj0-button");
    assert_eq!(lead["first_touch"]["utm"]["campaign"], "lebaran");
    assert_eq!(stand.shop.turns_given(), 1);

    let other = stand
        .shop
        .server
        .ask(&press("/wa/promo", &token(&stand.page("/wa/promo")), &[]));
    assert_eq!(
        other.digits(),
        stand.shop.agents[1].digits,
        "the next visitor has the next turn"
    );
    let back = press(target, &token(&stand.page(target)), &[]).cookie(pressed.cookie());
    assert_eq!(stand.shop.server.ask(&back).code(), pressed.code());
    assert_eq!((stand.shop.leads_stored(), stand.shop.turns_given()), (2, 2));
    stand.views(3);
}

#[test]
fn a_button_without_a_token_is_a_visit_all_the_same() {
    let stand = Stand::open(Value::Null);
    let bare = get("/wa/promo").method("POST");
    let pressed = stand.shop.server.ask(&bare);
    assert_eq!(pressed.status, 303);
    assert_eq!(stand.shop.clicks_stored(), 1);
}

#[test]
fn going_back_and_pressing_again_makes_no_second_lead_without_cookies_over_a_restart_too() {
    let mut stand = Stand::open(Value::Null);
    let page = token(&stand.page("/wa/promo"));
    let first = stand.shop.server.ask(&press("/wa/promo", &page, &[]));
    let second = stand.shop.server.ask(&press("/wa/promo", &page, &[]));
    assert_eq!((second.code(), second.digits()), (first.code(), first.digits()));
    let lead = stand.shop.lead_with_clicks(first.code(), 1);
    assert_eq!(lead["click_count"], 1, "a double submission is one click");

    stand.shop.server.kill();
    stand.shop.restart();
    let third = stand.shop.server.ask(&press("/wa/promo", &page, &[]));
    assert_eq!(third.code(), first.code());
    assert_eq!((stand.shop.leads_stored(), stand.shop.turns_given()), (1, 1));

    let other = stand
        .shop
        .server
        .ask(&press("/wa/promo", &token(&stand.page("/wa/promo")), &[]).header("X", "y"));
    assert_ne!(other.code(), first.code(), "another page is another visitor");
    let elsewhere = press("/wa/promo", &page, &[]).user_agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)");
    assert_ne!(
        stand.shop.server.ask(&elsewhere).code(),
        first.code(),
        "and so is another browser"
    );
}

#[test]
fn twenty_presses_at_once_are_one_lead_and_one_click() {
    let stand = Stand::open(Value::Null);
    let page = token(&stand.page("/wa/promo?utm_source=ig"));
    let codes: Vec<String> = std::thread::scope(|scope| {
        let pressed = || {
            let answer = stand.shop.server.ask(&press("/wa/promo?utm_source=ig", &page, &[]));
            answer.code().to_owned()
        };
        let all: Vec<_> = (0..20).map(|_| scope.spawn(pressed)).collect();
        all.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    stand.shop.lead_with_clicks(&codes[0], 1);
    assert_eq!((stand.shop.leads_stored(), stand.shop.turns_given()), (1, 1));
}

#[test]
fn the_browser_knows_its_time_zone_best() {
    let stand = Stand::open(Value::Null);
    let zone_of = |zone: &str| {
        let page = token(&stand.page("/wa/promo"));
        let pressed = stand.shop.server.ask(&press("/wa/promo", &page, &[("_tz", zone)]));
        stand.shop.lead_of(&pressed)["time_zone"].clone()
    };
    assert_eq!(zone_of("Asia/Makassar"), "Asia/Makassar");
    assert_eq!(zone_of("asia/JAYAPURA"), "Asia/Jayapura");
    assert_eq!(
        zone_of("Mars/Olympus"),
        json!(null),
        "from here no database knows it either"
    );
}

#[test]
fn what_is_not_a_person_presses_in_vain() {
    let stand = Stand::open(Value::Null);
    let page = token(&stand.page("/wa/promo"));
    let tool = stand
        .shop
        .server
        .ask(&press("/wa/promo", &page, &[]).user_agent("curl/8.5.0"));
    assert_eq!(tool.status, 303);
    assert!(!tool.sets_cookie());
    assert!(stand.shop.has_counted_nobody());
}

#[test]
fn only_a_page_takes_a_post() {
    let stand = Stand::open(Value::Null);
    let put = stand.shop.server.ask(&get("/wa/promo").method("PUT"));
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, HEAD, POST")));
    stand.shop.patch_rotator(json!({ "mode": "redirect" }));
    let page = stand.shop.server.ask(&get("/wa/promo"));
    assert_eq!(page.status, 302, "the page is kept, and not shown");
    for target in ["/wa/promo", "/wa/nowhere"] {
        let posted = stand.shop.server.ask(&press(target, "", &[("name", "Budi")]));
        assert_eq!(
            (posted.status, posted.header("allow")),
            (405, Some("GET, HEAD")),
            "{target}"
        );
    }
    assert_eq!(stand.shop.clicks_stored(), 1);
}

#[test]
fn nobody_on_duty_is_said_after_the_button_and_the_lead_is_there() {
    let stand = Stand::open(Value::Null);
    for agent in &stand.shop.agents {
        let off = api(
            &stand.shop.key,
            "PATCH",
            &format!("/agents/{}", agent.id),
            Some(&json!({ "active": false })),
        );
        assert_eq!(stand.shop.server.ask(&off).status, 200);
    }
    let closed = stand
        .shop
        .server
        .ask(&press("/wa/promo", &token(&stand.page("/wa/promo")), &[]));
    assert_eq!(closed.status, 200);
    assert!(
        closed.text().contains("We are closed") && closed.sets_cookie(),
        "{closed:?}"
    );
    assert_eq!(stand.shop.leads_stored(), 1);
}

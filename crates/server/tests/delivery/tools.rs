//! What people do about destinations: try them out, pause, repair, replay, remove.

use crate::{
    advertiser::{ad, destination},
    stage::{DAY, HOUR, SECOND, Stage, side_by_side},
};
use konektor_fake_platforms::{Behaviour, Endpoint, Outcome, Platform};
use rstest::rstest;
use serde_json::{Value, json};

/// The path of a destination's test.
fn test_of(destination: &str) -> String {
    format!("/destinations/{destination}/test")
}

fn replay_of(delivery: &Value) -> String {
    format!("/deliveries/{}/replay", delivery["id"].as_str().expect("an id"))
}

#[rstest]
#[case::meta(Platform::Meta)]
#[case::tiktok(Platform::Tiktok)]
#[case::google(Platform::Google)]
fn a_test_event_is_taken_and_does_not_count(#[case] platform: Platform) {
    let stage = Stage::open();
    let destination = stage.connect(platform);
    let answer = stage.post(&test_of(&destination), json!({ "test_event_code": "TEST12345" }));
    assert_eq!(
        (&answer["ok"], &answer["status"]),
        (&json!(true), &json!(200)),
        "{answer:#}"
    );
    let event = stage.platforms.only(platform);
    assert_eq!(event.outcome, Outcome::Test);
    let request = answer["request"].as_str().expect("what was sent");
    assert!(request.contains(&event.raw), "{request}");
    assert_eq!(request.contains("TEST12345"), platform != Platform::Google, "{request}");
    assert_eq!(
        request.contains("\"validateOnly\":true"),
        platform == Platform::Google,
        "{request}"
    );
    assert_eq!(stage.platforms.unique_events(platform), 0);
    assert_eq!(stage.deliveries(&destination), [json!(null); 0], "it is nobody's event");
    // What is meant comes without the code.
    stage.click(&ad(platform, 1u8));
    stage.wait_for_states(&destination, &[("sent", 1)]);
    let last = stage.platforms.exchanges(platform).pop().expect("one");
    assert!(!last.body.contains("TEST12345") && !last.body.contains("\"validateOnly\":true"));
    assert_eq!(stage.platforms.received(platform)[1].outcome, Outcome::Counted);
}

#[test]
fn linkedin_has_no_test_and_nothing_is_sent() {
    let stage = Stage::open();
    let linkedin = stage.connect(Platform::Linkedin);
    let answer = stage.post(&test_of(&linkedin), json!({}));
    assert_eq!(
        (&answer["ok"], &answer["available"]),
        (&json!(false), &json!(false)),
        "{answer:#}"
    );
    assert_eq!(stage.platforms.requests(Platform::Linkedin), 0);
}

#[rstest]
#[case::refused(Behaviour::ExpiredToken, "190/463", "expired")]
#[case::a_proxy(Behaviour::HtmlBadGateway, "", "proxy")]
#[case::cut(Behaviour::CutBefore, "", "connection")]
fn a_test_that_fails_says_why_and_holds_nothing(#[case] behaviour: Behaviour, #[case] code: &str, #[case] words: &str) {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.tell(Platform::Meta, behaviour);
    let answer = stage.post(&test_of(&meta), json!({}));
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["code"].as_str().unwrap_or(""), code, "{answer:#}");
    assert!(answer["message"].as_str().expect("words").contains(words), "{answer:#}");
    assert_eq!(stage.destination(&meta)["state"], "active");
    stage.platforms.tell(Platform::Meta, Behaviour::Ok);
    stage.click(&ad(Platform::Meta, 1u8));
    stage.wait_for_states(&meta, &[("sent", 1)]);
}

#[test]
fn a_dry_run_shows_what_is_then_sent_and_sends_nothing() {
    side_by_side(Platform::ALL, shows_what_is_sent);
}

fn shows_what_is_sent(platform: Platform) {
    let stage = Stage::open();
    let destination = stage.connect_with(platform, json!({ "active": false }));
    let code = stage.click(&ad(platform, 1u8)).code().to_owned();
    let dry_run = |event: &str| {
        stage.post(
            &format!("/destinations/{destination}/dry-run"),
            json!({ "lead_id": code, "event": event }),
        )
    };
    let shown = dry_run("click");
    assert_eq!(shown["would_send"], true, "{platform}: {shown:#}");
    let not_mapped = dry_run("contacted");
    assert_eq!(not_mapped["would_send"], false);
    assert!(
        not_mapped["reason"].as_str().expect("words").contains("mapping"),
        "{not_mapped:#}"
    );
    assert_eq!(stage.platforms.requests(platform), 0);
    if platform == Platform::Google {
        assert_eq!(
            stage.platforms.requests(Endpoint::GoogleToken),
            0,
            "a token is not needed to look"
        );
    }

    stage.patch_destination(&destination, json!({ "active": true }));
    stage.wait_for_states(&destination, &[("sent", 1)]);
    let sent = stage.latest_delivery(&destination);
    assert_eq!(sent["request"], shown["request"], "{platform}");
    stage.patch_destination(&destination, json!({ "active": false }));
    stage.patch_lead(
        &code,
        json!({ "status": "won", "value": 12.5, "currency": "USD", "email": "joe@example.com" }),
    );
    let shown = dry_run("won");
    stage.patch_destination(&destination, json!({ "active": true }));
    stage.wait_for_states(&destination, &[("sent", 2)]);
    assert_eq!(
        stage.latest_delivery(&destination)["request"],
        shown["request"],
        "{platform}"
    );
}

#[test]
fn a_dry_run_of_a_lead_without_such_an_ad_says_so() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let code = stage.click("utm_source=bio").code().to_owned();
    let path = format!("/destinations/{meta}/dry-run");
    let shown = stage.post(&path, json!({ "lead_id": code, "event": "click" }));
    assert_eq!((&shown["would_send"], &shown["request"]), (&json!(false), &json!(null)));
    assert!(
        shown["reason"]
            .as_str()
            .expect("words")
            .contains("never came with a click ID"),
        "{shown:#}"
    );
}

#[test]
fn what_was_refused_is_replayed_under_its_id_once_the_platform_would_take_it() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.poison(Platform::Meta, "IwAR");
    let visitor = stage.click(&ad(Platform::Meta, 1u8));
    let dropped = stage.wait_for_states(&meta, &[("dropped", 1)]).remove(0);
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "failed");
    // Still refused: it is dropped again, with the words.
    stage.post(&replay_of(&dropped), json!({}));
    stage
        .platforms
        .wait_for("the replay", |fake| fake.requests(Platform::Meta) == 2);
    stage.wait_for_states(&meta, &[("dropped", 1)]);
    stage.platforms.cure(Platform::Meta);
    stage.advance(DAY * 6);
    stage.post(&replay_of(&dropped), json!({}));
    let sent = &stage.wait_for_states(&meta, &[("sent", 1)])[0];
    assert_eq!(
        (&sent["event_id"], &sent["reason"]),
        (&dropped["event_id"], &json!(null))
    );
    assert_eq!(stage.platforms.only(Platform::Meta).event_id, dropped["event_id"]);
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "synced");
    let again = stage.call("POST", &replay_of(&dropped), Some(json!({})));
    assert_eq!(again.status, 409, "the platform has it: {}", again.text());
}

#[test]
fn what_is_too_old_is_not_replayed() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.poison(Platform::Meta, "IwAR");
    stage.click(&ad(Platform::Meta, 1u8));
    let dropped = stage.wait_for_states(&meta, &[("dropped", 1)]).remove(0);
    stage.platforms.cure(Platform::Meta);
    stage.advance(DAY * 7);
    let answer = stage.call("POST", &replay_of(&dropped), Some(json!({})));
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("too old"), "{}", answer.text());
    assert_eq!(stage.platforms.requests(Platform::Meta), 1);
}

#[test]
fn while_a_destination_is_switched_off_its_events_wait() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.clicks(Platform::Meta, 1, 1);
    stage.wait_for_states(&meta, &[("sent", 1)]);
    let paused = stage.patch_destination(&meta, json!({ "active": false }));
    assert_eq!(paused["state"], "paused");
    let visitor = stage.click(&ad(Platform::Meta, 2u8));
    stage.wait_for_states(&meta, &[("sent", 1), ("pending", 1)]);
    stage.advance(HOUR);
    assert_eq!(stage.platforms.requests(Platform::Meta), 1);
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "pending");
    let reason = stage.latest_delivery(&meta)["reason"]
        .as_str()
        .expect("words")
        .to_owned();
    assert!(reason.contains("switched on"), "{reason}");
    stage.patch_destination(&meta, json!({ "active": true }));
    stage.wait_for_states(&meta, &[("sent", 2)]);
}

#[test]
fn what_waits_for_a_removed_destination_is_dropped_and_what_was_sent_stays_visible() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let told = stage.click(&ad(Platform::Meta, 1u8));
    stage.wait_for_states(&meta, &[("sent", 1)]);
    stage.platforms.tell(Platform::Meta, Behaviour::HtmlBadGateway);
    let waiting = stage.click(&ad(Platform::Meta, 2u8));
    stage
        .platforms
        .wait_for("the attempt", |fake| fake.requests(Platform::Meta) == 2);
    stage.wait_for_states(&meta, &[("sent", 1), ("pending", 1)]);
    stage.delete(&format!("/destinations/{meta}"));
    let deliveries = stage.wait_for_states(&meta, &[("sent", 1), ("dropped", 1)]);
    assert_eq!(deliveries[0]["code"], "destination_removed");
    stage.platforms.tell(Platform::Meta, Behaviour::Ok);
    stage.click(&ad(Platform::Meta, 3u8));
    stage.advance(HOUR);
    // Another destination shows that all before has been looked at; it is told of what comes from now on only.
    let other = stage.connect(Platform::Meta);
    stage.advance(SECOND);
    stage.click(&ad(Platform::Meta, 4u8));
    stage.wait_for_states(&other, &[("sent", 1)]);
    assert_eq!(stage.platforms.requests(Platform::Meta), 3);
    assert_eq!(stage.deliveries(&meta).len(), 2);
    assert_eq!(stage.lead(told.code())["tracking_status"], "synced");
    assert_eq!(stage.lead(waiting.code())["tracking_status"], "failed");
}

#[test]
fn a_destination_that_is_removed_while_a_request_is_on_its_way_keeps_what_the_platform_took() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage
        .platforms
        .tell(Platform::Meta, Behaviour::Delay(std::time::Duration::from_millis(500)));
    stage.click(&ad(Platform::Meta, 1u8));
    stage.platforms.wait_for_events(Platform::Meta, 1);
    stage.delete(&format!("/destinations/{meta}"));
    stage.wait_for_states(&meta, &[("sent", 1)]);
}

#[test]
fn credentials_that_are_replaced_while_a_request_is_refused_are_not_held_for_it() {
    let stage = Stage::open();
    let body = destination(Platform::Tiktok);
    let tiktok = stage.post("/destinations", body)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    stage.platforms.valid_token(Platform::Tiktok, "the-new-one");
    // The refusal of the old token is a while on its way, and the new one is entered meanwhile.
    let slow = Behaviour::Delay(std::time::Duration::from_millis(700));
    stage.platforms.tell_once(Platform::Tiktok, vec![slow]);
    stage.click(&ad(Platform::Tiktok, 1u8));
    stage
        .platforms
        .wait_for("the old token", |fake| fake.requests(Platform::Tiktok) == 1);
    stage.patch_destination(&tiktok, json!({ "credentials": { "access_token": "the-new-one" } }));
    stage.wait_for_states(&tiktok, &[("sent", 1)]);
    assert_eq!(stage.destination(&tiktok)["state"], "active");
    assert_eq!(stage.alerts(&tiktok), [""; 0]);
}

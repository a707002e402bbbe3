//! Google: access tokens, and what it says of events long after it took them.

use crate::{
    advertiser::ad,
    stage::{HOUR, MINUTE, SECOND, Stage, side_by_side},
};
use konektor_fake_platforms::{Behaviour, Endpoint, Outcome, Platform, Settle};
use rstest::rstest;
use serde_json::{Value, json};

const GOOGLE: Platform = Platform::Google;

/// A service account whose key was made for this test and opens nothing anywhere.
fn service_account() -> Value {
    let text = include_str!("throw_away_key.pem");
    let key = &text[text.find("-----BEGIN").expect("a key")..];
    let file = json!({
        "type": "service_account", "project_id": "toko", "private_key_id": "k1", "private_key": key,
        "client_email": "konektor@toko.iam.gserviceaccount.example", "token_uri": "https://evil.example/token",
    });
    json!({ "credentials": { "service_account_json": file.to_string() } })
}

/// Sends some batches, one after the other.
fn send_batches(stage: &Stage, destination: &str, first: u64, count: u64) {
    for n in first..first + count {
        stage.clicks(GOOGLE, n, 1);
        stage.wait_for_states(destination, &[("sent", n as usize)]);
    }
}

#[test]
fn a_token_is_asked_for_once_and_again_when_its_hour_ends() {
    side_by_side([json!({}), service_account()], has_one_token_an_hour);
}

fn has_one_token_an_hour(credentials: Value) {
    let stage = Stage::open();
    stage.platforms.google_settles(Settle::Never);
    let google = stage.connect_with(GOOGLE, credentials);
    send_batches(&stage, &google, 1, 3);
    assert_eq!(
        (
            stage.platforms.requests(GOOGLE),
            stage.platforms.requests(Endpoint::GoogleToken)
        ),
        (3, 1)
    );
    stage.advance(MINUTE * 58);
    send_batches(&stage, &google, 4, 1);
    assert_eq!(stage.platforms.requests(Endpoint::GoogleToken), 1);
    // It holds for 3,599 s, and is not used in its last minute.
    stage.advance(MINUTE + SECOND);
    send_batches(&stage, &google, 5, 1);
    assert_eq!(
        (
            stage.platforms.requests(GOOGLE),
            stage.platforms.requests(Endpoint::GoogleToken)
        ),
        (5, 2)
    );
    assert!(
        stage
            .platforms
            .exchanges(GOOGLE)
            .iter()
            .all(|exchange| exchange.status == Some(200))
    );
}

#[test]
fn a_token_that_was_ended_early_is_replaced_once() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    send_batches(&stage, &google, 1, 1);
    stage.platforms.revoke_tokens(GOOGLE);
    send_batches(&stage, &google, 2, 1);
    let statuses: Vec<_> = stage
        .platforms
        .exchanges(GOOGLE)
        .iter()
        .map(|exchange| exchange.status)
        .collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(200)]);
    assert_eq!(stage.platforms.requests(Endpoint::GoogleToken), 2);
}

#[test]
fn fresh_tokens_that_are_refused_too_hold_the_destination() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    send_batches(&stage, &google, 1, 1);
    stage.platforms.tell(GOOGLE, Behaviour::ExpiredToken);
    stage.clicks(GOOGLE, 2, 1);
    stage.wait_for_states(&google, &[("sent", 1), ("held", 1)]);
    assert!(
        stage.platforms.requests(GOOGLE) <= 3,
        "{} requests",
        stage.platforms.requests(GOOGLE)
    );
    assert!(stage.platforms.requests(Endpoint::GoogleToken) <= 2);
}

#[test]
fn a_token_that_was_ended_before_google_is_asked_for_the_fate_is_replaced_too() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    send_batches(&stage, &google, 1, 1);
    stage.platforms.revoke_tokens(GOOGLE);
    stage.advance(MINUTE * 31);
    stage.wait_for_states(&google, &[("confirmed", 1)]);
    assert_eq!(stage.destination(&google)["state"], "active");
}

#[rstest]
#[case::refresh_token(json!({}), "Testing")]
#[case::service_account(service_account(), "service account's key")]
fn an_invalid_grant_holds_and_says_what_is_behind_it(#[case] credentials: Value, #[case] words: &str) {
    let stage = Stage::open();
    stage.platforms.revoke_tokens(Endpoint::GoogleToken);
    let google = stage.connect_with(GOOGLE, credentials);
    stage.clicks(GOOGLE, 1, 1);
    stage.wait_for_states(&google, &[("held", 1)]);
    let hold = &stage.destination(&google)["hold"];
    assert_eq!(
        (&hold["kind"], &hold["code"]),
        (&json!("auth"), &json!("invalid_grant"))
    );
    assert!(hold["reason"].as_str().expect("words").contains(words), "{hold:#}");
    assert_eq!(stage.platforms.requests(GOOGLE), 0);
    stage.platforms.valid_token(Endpoint::GoogleToken, "1//another");
    let another = json!({ "client_id": "id.apps.example", "client_secret": "GOCSPX", "refresh_token": "1//another" });
    stage.patch_destination(&google, json!({ "credentials": another }));
    stage.wait_for_states(&google, &[("sent", 1)]);
}

#[test]
fn what_google_took_is_confirmed_when_it_says_so() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    stage.platforms.google_settles(Settle::After(HOUR));
    let visitor = stage.click(&ad(GOOGLE, 1u8));
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.advance(MINUTE * 29);
    stage.clicks(GOOGLE, 2, 1);
    stage.wait_for_states(&google, &[("sent", 2)]);
    assert_eq!(
        stage.platforms.requests(Endpoint::GoogleStatus),
        0,
        "it is not asked at once"
    );
    stage.advance(MINUTE);
    stage
        .platforms
        .wait_for("a question", |fake| fake.requests(Endpoint::GoogleStatus) == 1);
    stage.clicks(GOOGLE, 3, 1);
    stage.wait_for_states(&google, &[("sent", 3)]);
    stage.advance(HOUR);
    stage.wait_for_states(&google, &[("confirmed", 3)]);
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "synced");
    let asked = stage.platforms.requests(Endpoint::GoogleStatus);
    stage.advance(HOUR * 24);
    stage.clicks(GOOGLE, 4, 1);
    stage.wait_for_states(&google, &[("confirmed", 3), ("sent", 1)]);
    assert_eq!(
        stage.platforms.requests(Endpoint::GoogleStatus),
        asked,
        "what is confirmed is not asked for again"
    );
}

#[test]
fn what_google_does_not_count_is_dropped_with_its_reason() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    stage.platforms.google_doubts("_1_wcB", "CLICK_NOT_FOUND");
    let visitor = stage.click(&ad(GOOGLE, 1u8));
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.advance(MINUTE * 31);
    let dropped = &stage.wait_for_states(&google, &[("dropped", 1)])[0];
    let reason = dropped["reason"].as_str().expect("words");
    assert!(
        reason.contains("CLICK_NOT_FOUND") && reason.contains("does not know the click"),
        "{reason}"
    );
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "failed");
}

#[test]
fn a_click_that_was_too_recent_is_sent_again_under_the_same_id() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    let query = ad(GOOGLE, 1u8);
    stage
        .platforms
        .google_click(query.strip_prefix("gclid=").expect("one"), stage.now_ms());
    stage.click(&query);
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.advance(MINUTE * 31);
    let waiting = &stage.wait_for_states(&google, &[("pending", 1)])[0];
    assert!(
        waiting["reason"].as_str().expect("words").contains("TOO_RECENT_CLICK"),
        "{waiting:#}"
    );
    stage.advance(HOUR * 6);
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.advance(MINUTE * 31);
    stage.wait_for_states(&google, &[("confirmed", 1)]);
    let events = stage.platforms.received(GOOGLE);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].outcome, Outcome::RefusedLater("TOO_RECENT_CLICK".to_owned()));
    assert_eq!(events[1].outcome, Outcome::Counted);
    assert_eq!(
        (&events[0].event_id, &events[0].raw),
        (&events[1].event_id, &events[1].raw),
        "byte for byte"
    );
}

#[test]
fn an_event_that_arrived_twice_is_confirmed() {
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    stage.platforms.tell_once(GOOGLE, vec![Behaviour::CutUnanswered]);
    stage.click(&ad(GOOGLE, 1u8));
    stage.wait_for_words(&google, "connection");
    stage.advance(SECOND * 5);
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.advance(MINUTE * 31);
    stage.wait_for_states(&google, &[("confirmed", 1)]);
    assert_eq!(stage.platforms.duplicates(GOOGLE), 1);
}

#[test]
fn a_question_that_is_not_answered_is_asked_again_and_holds_nothing_up() {
    let behaviours = [
        Behaviour::HtmlBadGateway,
        Behaviour::ServerError(503),
        Behaviour::CutBefore,
        Behaviour::InvalidJson,
        Behaviour::RateLimited {
            retry_after_s: Some(60),
        },
    ];
    side_by_side(behaviours, is_asked_again);
}

fn is_asked_again(behaviour: Behaviour) {
    println!("{behaviour:?}");
    let stage = Stage::open();
    let google = stage.connect(GOOGLE);
    stage.clicks(GOOGLE, 1, 1);
    stage.wait_for_states(&google, &[("sent", 1)]);
    stage.platforms.tell(Endpoint::GoogleStatus, behaviour);
    stage.advance(MINUTE * 31);
    stage
        .platforms
        .wait_for("a question", |fake| fake.requests(Endpoint::GoogleStatus) == 1);
    stage.clicks(GOOGLE, 2, 1);
    stage.wait_for_states(&google, &[("sent", 2)]);
    stage.platforms.tell(Endpoint::GoogleStatus, Behaviour::Ok);
    stage.advance(HOUR * 2);
    stage.wait_for_states(&google, &[("confirmed", 2)]);
}

//! Meta.

use crate::client::*;
use konektor_fake_platforms::{Behaviour, FakePlatforms, Outcome, Platform, Poison, ViolationKind};
use rstest::rstest;
use serde_json::{Value, json};

pub const PATH: &str = "/meta/v26.0/123456789012345/events";
const CLICK_S: i64 = CLICK_MS / 1_000;

/// The reference's example.
pub fn event(id: &str) -> Value {
    json!({
        "event_name": "Contact",
        "event_time": CLICK_S,
        "event_id": id,
        "event_source_url": "https://konektor.id/wa/promo?fbclid=IwAR2F4-dbP0",
        "action_source": "website",
        "referrer_url": "https://l.facebook.com/",
        "user_data": {
            "client_ip_address": "203.0.113.9",
            "client_user_agent": "Mozilla/5.0 (Linux; Android 14)",
            "fbc": "fb.1.1795347000123.IwAR2F4-dbP0",
            "fbp": "fb.1.1795347000123.1098115397",
            "external_id": [HASH]
        },
        "custom_data": { "content_name": "promo" },
        "data_processing_options": []
    })
}

pub fn body(events: &[Value]) -> Value {
    json!({"data": events, "partner_agent": "konektor", "access_token": "EAAtoken"})
}

pub async fn send(to: &FakePlatforms, events: &[Value]) -> Answer {
    Request::post(PATH, &body(events)).send(to).await
}

fn code(answer: &Answer) -> (u16, String) {
    let error = &answer.json()["error"];
    let subcode = error["error_subcode"]
        .as_u64()
        .map_or(String::new(), |subcode| format!("/{subcode}"));
    (answer.status, format!("{}{subcode}", error["code"]))
}

#[tokio::test]
async fn the_example_is_taken() {
    let platforms = start().await;
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["events_received"], 1);
    assert_eq!(answer.json()["messages"], json!([]));
    assert!(answer.json()["fbtrace_id"].as_str().unwrap().starts_with('A'));
    let [received] = &platforms.received(Platform::Meta)[..] else {
        panic!()
    };
    assert_eq!(received.destination, "123456789012345");
    assert_eq!((&*received.event_id, &*received.name), ("kn-1-click", "Contact"));
    assert_eq!(received.time_ms, CLICK_S * 1_000);
    assert_eq!(
        received.click_ids,
        [("fbc", "fb.1.1795347000123.IwAR2F4-dbP0".to_owned())]
    );
    assert_eq!(received.ip.as_deref(), Some("203.0.113.9"));
    assert_eq!(received.user_agent.as_deref(), Some("Mozilla/5.0 (Linux; Android 14)"));
    assert_eq!(received.raw, event("kn-1-click").to_string());
    assert_eq!((received.request, received.at_ms), (1, NOW_MS));
    assert_eq!(received.outcome, Outcome::Counted);
    assert_eq!(platforms.violations(), []);
}

#[rstest]
#[case::fifth_segment(("/user_data/fbc", Some(json!("fb.2.1795347000123.IwAR1a-b_c.AQICAQMC"))))]
#[case::seven_days(("/event_time", Some(json!(NOW_MS / 1_000 - 7 * 86_400))))]
#[case::this_second(("/event_time", Some(json!(NOW_MS / 1_000))))]
#[case::no_click_id(("/user_data/fbc", None))]
#[case::no_id(("/event_id", None))]
#[case::limited_data_use(("/data_processing_options", Some(json!(["LDU"]))))]
#[case::hashed_address(("/user_data/em", Some(json!([HASH]))))]
#[case::opted_out(("/opt_out", Some(json!(true))))]
#[tokio::test]
async fn a_good_event_is_taken(#[case] made: Change) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    assert_eq!(send(&platforms, &[event]).await.status, 200);
    assert_eq!(platforms.violations(), []);
}

#[rstest]
#[case::no_name(("/event_name", None), "100/2804016")]
#[case::no_time(("/event_time", None), "100/2804003")]
#[case::time_as_text(("/event_time", Some(json!("1795347000"))), "100/2804003")]
#[case::time_with_fraction(("/event_time", Some(json!(1_795_347_000.5))), "100/2804003")]
#[case::milliseconds(("/event_time", Some(json!(CLICK_MS))), "100/2804003")]
#[case::future(("/event_time", Some(json!(NOW_MS / 1_000 + 1))), "100/2804003")]
#[case::too_old(("/event_time", Some(json!(NOW_MS / 1_000 - 7 * 86_400 - 1))), "100/2804003")]
#[case::no_source(("/action_source", None), "100/2804016")]
#[case::unknown_source(("/action_source", Some(json!("whatsapp"))), "100/2804016")]
#[case::no_url(("/event_source_url", None), "100/2804016")]
#[case::numeric_id(("/event_id", Some(json!(17))), "100/2804016")]
#[case::no_user(("/user_data", None), "100/2804017")]
#[case::user_without_key(("/user_data", Some(json!({"client_user_agent": "x", "em": []}))), "100/2804017")]
#[case::no_agent(("/user_data/client_user_agent", None), "100/2804016")]
#[case::empty_fbc(("/user_data/fbc", Some(json!(""))), "100/2804001")]
#[case::empty_tail(("/user_data/fbc", Some(json!("fb.1.1795347000123."))), "100/2804001")]
#[case::fbc_in_seconds(("/user_data/fbc", Some(json!("fb.1.179534700.IwAR"))), "100/2804001")]
#[case::fbc_with_blank(("/user_data/fbc", Some(json!("fb.1.1795347000123.Iw AR"))), "100/2804001")]
#[case::bare_fbclid(("/user_data/fbc", Some(json!("IwAR2F4-dbP0"))), "100/2804001")]
#[case::plain_address(("/user_data/em", Some(json!(["joe@example.com"]))), "100/2804019")]
#[case::upper_case_hash(("/user_data/ph", Some(json!(HASH.to_uppercase()))), "100/2804019")]
#[case::purchase_without_money(("/event_name", Some(json!("Purchase"))), "100/2804007")]
#[case::options(("/data_processing_options", Some(json!(["XYZ"]))), "100/2804016")]
#[tokio::test]
async fn a_bad_event_refuses_the_batch(#[case] made: Change, #[case] expected: &str) {
    let platforms = start().await;
    let mut bad = event("kn-2-click");
    change(&mut bad, made);
    let answer = send(&platforms, &[event("kn-1-click"), bad]).await;
    assert_eq!(code(&answer), (400, expected.to_owned()));
    let said = answer.json()["error"]["error_user_msg"].as_str().unwrap().to_owned();
    assert!(said.starts_with("data[1]."), "{said}");
    assert_eq!(platforms.received(Platform::Meta), []);
    let counts = platforms.counts(Platform::Meta);
    assert_eq!(
        (counts.requests, counts.refused_requests, counts.refused_events),
        (1, 1, 1)
    );
}

#[rstest]
#[case::value_as_text(json!({"value": "12.5", "currency": "IDR"}), Some("100/2804007"))]
#[case::no_currency(json!({"value": 12.5}), Some("100/2804009"))]
#[case::strange_currency(json!({"value": 12.5, "currency": "Rp"}), Some("100/2804009"))]
#[case::right(json!({"value": 12.5, "currency": "IDR"}), None)]
#[tokio::test]
async fn a_purchase_needs_money(#[case] custom: Value, #[case] expected: Option<&str>) {
    let platforms = start().await;
    let mut purchase = event("kn-1-purchase");
    change(&mut purchase, ("/event_name", Some(json!("Purchase"))));
    change(&mut purchase, ("/custom_data", Some(custom)));
    let answer = send(&platforms, &[purchase]).await;
    match expected {
        Some(expected) => assert_eq!(code(&answer), (400, expected.to_owned())),
        None => assert_eq!(answer.status, 200),
    }
}

#[tokio::test]
async fn a_thousand_events_are_taken_and_one_more_is_too_many() {
    let platforms = start().await;
    let mut events: Vec<Value> = (0..1_000).map(|n| event(&format!("kn-{n}-click"))).collect();
    assert_eq!(send(&platforms, &events).await.json()["events_received"], 1_000);
    assert_eq!(platforms.unique_events(Platform::Meta), 1_000);
    events.push(event("kn-1000-click"));
    assert_eq!(code(&send(&platforms, &events).await), (400, "100".to_owned()));
    assert_eq!(code(&send(&platforms, &[]).await), (400, "100".to_owned()));
}

#[tokio::test]
async fn a_refusal_may_not_say_which_event_it_is_about() {
    let platforms = start().await;
    platforms.tell(Platform::Meta, Behaviour::Unnamed);
    platforms.poison(Platform::Meta, "kn-2-click");
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    assert_eq!(code(&answer), (400, "100/2804048".to_owned()));
    assert!(!answer.body.contains("data["));
    assert_eq!(send(&platforms, &[event("kn-1-click")]).await.status, 200);
}

#[tokio::test]
async fn poison_has_the_code_that_it_was_given_until_it_is_cured() {
    let platforms = start().await;
    platforms.poison(
        Platform::Meta,
        Poison::id(|id| id.ends_with("-lead")).with_code("100/2804066"),
    );
    assert_eq!(
        code(&send(&platforms, &[event("kn-1-lead")]).await),
        (400, "100/2804066".to_owned())
    );
    platforms.cure(Platform::Meta);
    assert_eq!(send(&platforms, &[event("kn-1-lead")]).await.status, 200);
}

#[rstest]
#[case::expired(Behaviour::ExpiredToken, 400, "190/463", false)]
#[case::expired_as_401(Behaviour::ExpiredTokenAs(401), 401, "190/463", false)]
#[case::expired_as_500(Behaviour::ExpiredTokenAs(500), 500, "190/463", false)]
#[case::dataset(Behaviour::Refuse("100/33".into()), 400, "100/33", false)]
#[case::permission(Behaviour::Refuse("200".into()), 400, "200", false)]
#[case::limited(Behaviour::RateLimited { retry_after_s: None }, 400, "4", true)]
#[case::broken(Behaviour::ServerError(503), 503, "2", true)]
#[tokio::test]
async fn it_misbehaves_in_its_own_words(
    #[case] behaviour: Behaviour,
    #[case] status: u16,
    #[case] expected: &str,
    #[case] is_transient: bool,
) {
    let platforms = start().await;
    platforms.tell_once(Platform::Meta, vec![behaviour]);
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(code(&answer), (status, expected.to_owned()));
    assert_eq!(answer.json()["error"]["is_transient"], is_transient);
    assert!(answer.json()["error"]["fbtrace_id"].is_string());
    assert_eq!(platforms.received(Platform::Meta), []);
    assert_eq!(send(&platforms, &[event("kn-1-click")]).await.status, 200);
}

#[tokio::test]
async fn a_token_that_was_not_named_is_expired() {
    let platforms = start().await;
    platforms.valid_token(Platform::Meta, "EAAother");
    assert_eq!(
        code(&send(&platforms, &[event("kn-1-click")]).await),
        (400, "190/463".to_owned())
    );
    platforms.valid_token(Platform::Meta, "EAAtoken");
    assert_eq!(send(&platforms, &[event("kn-1-click")]).await.status, 200);
    platforms.revoke_tokens(Platform::Meta);
    assert_eq!(send(&platforms, &[event("kn-1-click")]).await.status, 400);
}

#[rstest]
#[case::dead_version("/meta/v20.0/123456789012345/events", "2635")]
#[case::no_number("/meta/v26.0/my-pixel/events", "100/33")]
#[case::elsewhere("/meta/v26.0/123456789012345/event", "100/33")]
#[tokio::test]
async fn a_wrong_address_is_refused(#[case] path: &str, #[case] expected: &str) {
    let platforms = start().await;
    let answer = Request::post(path, &body(&[event("kn-1-click")]))
        .send(&platforms)
        .await;
    assert_eq!(code(&answer), (400, expected.to_owned()));
}

#[tokio::test]
async fn test_events_are_kept_apart() {
    let platforms = start().await;
    let mut body = body(&[event("kn-1-click")]);
    body["test_event_code"] = json!("TEST12345");
    assert_eq!(Request::post(PATH, &body).send(&platforms).await.status, 200);
    assert_eq!(platforms.received(Platform::Meta)[0].outcome, Outcome::Test);
    assert_eq!(
        (
            platforms.unique_events(Platform::Meta),
            platforms.counts(Platform::Meta).tests
        ),
        (0, 1)
    );
    send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(platforms.unique_events(Platform::Meta), 1);
}

#[rstest]
#[case::hash_of_nothing(("/user_data/external_id", Some(json!([OF_NOTHING]))), ViolationKind::HashOfNothing)]
#[case::private(("/user_data/client_ip_address", Some(json!("10.0.0.7"))), ViolationKind::PrivateAddress)]
#[case::hashed_ip(("/user_data/client_ip_address", Some(json!(HASH))), ViolationKind::HashedThatMustBePlain)]
#[case::hashed_agent(("/user_data/client_user_agent", Some(json!(HASH))), ViolationKind::HashedThatMustBePlain)]
#[case::empty_fbp(("/user_data/fbp", Some(json!(""))), ViolationKind::EmptyValue)]
#[case::plain_phone(("/user_data/ph", Some(json!("6281234567890"))), ViolationKind::PlainThatMustBeHashed)]
#[tokio::test]
async fn what_should_not_be_sent_is_noted(#[case] made: Change, #[case] expected: ViolationKind) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    send(&platforms, &[event]).await;
    let kinds: Vec<_> = platforms.violations().iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [expected]);
}

#[tokio::test]
async fn a_token_in_the_address_works_and_is_noted() {
    let platforms = start().await;
    platforms.valid_token(Platform::Meta, "EAAtoken");
    let body = json!({"data": [event("kn-1-click")]});
    let answer = Request::post(&format!("{PATH}?access_token=EAAtoken"), &body)
        .send(&platforms)
        .await;
    assert_eq!(answer.status, 200);
    let [violation] = &platforms.violations()[..] else {
        panic!()
    };
    assert_eq!(violation.kind, ViolationKind::TokenInUrl);
    assert!(!violation.to_string().contains("EAAtoken"));
}

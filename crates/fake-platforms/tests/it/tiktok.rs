//! TikTok.

use crate::client::*;
use konektor_fake_platforms::{Behaviour, FakePlatforms, Outcome, Platform, ViolationKind};
use rstest::rstest;
use serde_json::{Value, json};

pub const PATH: &str = "/tiktok/open_api/v1.3/event/track/";

/// The reference's example.
pub fn event(id: &str) -> Value {
    json!({
        "event": "Contact", "event_time": CLICK_MS / 1_000, "event_id": id,
        "user": {
            "ttclid": "E.C.P.CtIB", "ttp": "2Yy5hZ", "external_id": [HASH], "email": [HASH], "phone": [HASH],
            "ip": "203.0.113.9", "user_agent": "Mozilla/5.0 (Linux; Android 14)", "locale": "id-ID"
        },
        "properties": { "content_type": "product", "description": "promo" },
        "page": { "url": "https://konektor.id/wa/promo?ttclid=E.C.P.CtIB", "referrer": "https://www.tiktok.com/" },
        "limited_data_use": false
    })
}

pub fn body(events: &[Value]) -> Value {
    json!({
        "event_source": "web", "event_source_id": "C4ABCDEFGH1234567890", "partner_name": "Konektor", "data": events
    })
}

pub fn request(body: &Value) -> Request {
    Request::post(PATH, body).header("access-token", "tt-token")
}

pub async fn send(to: &FakePlatforms, events: &[Value]) -> Answer {
    request(&body(events)).send(to).await
}

/// The body's code; the status is 200 whatever it is.
fn code(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200);
    answer.json()["code"].as_u64().unwrap()
}

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_example_is_taken() {
    let platforms = start().await;
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!((code(&answer), message(&answer)), (0, "OK".to_owned()));
    assert!(answer.json()["request_id"].is_string());
    assert_eq!(answer.json()["data"], json!({}));
    let [received] = &platforms.received(Platform::Tiktok)[..] else {
        panic!()
    };
    assert_eq!(received.destination, "C4ABCDEFGH1234567890");
    assert_eq!((&*received.event_id, &*received.name), ("kn-1-click", "Contact"));
    assert_eq!(received.click_ids, [("ttclid", "E.C.P.CtIB".to_owned())]);
    assert_eq!(received.time_ms, CLICK_MS / 1_000 * 1_000);
    assert_eq!(platforms.violations(), []);
}

#[rstest]
#[case::numeric_id(("/event_id", Some(json!(17))), "Batch.1.event_id: Not a valid string.")]
#[case::empty_id(("/event_id", Some(json!(""))), "Batch.1.event_id: Invalid value for event_id")]
#[case::no_event(("/event", None), "Batch.1.event: ")]
#[case::no_time(("/event_time", None), "Batch.1.event_time: ")]
#[case::milliseconds(("/event_time", Some(json!(CLICK_MS))), "Batch.1.event_time: ")]
#[case::time_as_text(("/event_time", Some(json!("1795347000"))), "Batch.1.event_time: ")]
#[case::no_page(("/page", None), "Batch.1.page.url: ")]
#[case::numeric_click_id(("/user/ttclid", Some(json!(17))), "Batch.1.ttclid: ")]
#[case::list_with_number(("/user/phone", Some(json!([17]))), "Batch.1.phone: ")]
#[case::purchase_without_money(("/event", Some(json!("Purchase"))), "Batch.1.properties.value: ")]
#[case::limited_data_use(("/limited_data_use", Some(json!("no"))), "Batch.1.limited_data_use: ")]
#[tokio::test]
async fn a_bad_event_is_named_by_its_index(#[case] made: Change, #[case] expected: &str) {
    let platforms = start().await;
    let mut bad = event("kn-2-click");
    change(&mut bad, made);
    let answer = send(&platforms, &[event("kn-1-click"), bad]).await;
    assert_eq!(code(&answer), 40002);
    assert!(message(&answer).starts_with(expected), "{}", message(&answer));
    assert_eq!(platforms.received(Platform::Tiktok), []);
}

#[tokio::test]
async fn a_purchase_with_money_is_taken() {
    let platforms = start().await;
    let mut purchase = event("kn-1-purchase");
    change(&mut purchase, ("/event", Some(json!("Purchase"))));
    change(
        &mut purchase,
        ("/properties", Some(json!({"value": 150000, "currency": "IDR"}))),
    );
    assert_eq!(code(&send(&platforms, &[purchase]).await), 0);
}

#[tokio::test]
async fn bad_events_fail_alone_when_told() {
    let platforms = start().await;
    platforms.tell(Platform::Tiktok, Behaviour::Partial);
    platforms.poison(Platform::Tiktok, "kn-2-click");
    let answer = send(
        &platforms,
        &[event("kn-1-click"), event("kn-2-click"), event("kn-3-click")],
    )
    .await;
    assert_eq!(code(&answer), 20001);
    let failed = &answer.json()["data"]["failed_events"];
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(failed[0]["order_in_batch"], 1);
    let ids: Vec<_> = platforms
        .received(Platform::Tiktok)
        .into_iter()
        .map(|received| received.event_id)
        .collect();
    assert_eq!(ids, ["kn-1-click", "kn-3-click"]);
    assert_eq!(platforms.counts(Platform::Tiktok).refused_events, 1);
}

#[tokio::test]
async fn a_refusal_may_not_say_which_event_it_is_about() {
    let platforms = start().await;
    platforms.tell(Platform::Tiktok, Behaviour::Unnamed);
    platforms.poison(Platform::Tiktok, "kn-2-click");
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    assert_eq!(code(&answer), 40002);
    assert!(!message(&answer).contains("Batch"));
}

#[rstest]
#[case::none("", 40105)]
#[case::bearer("Bearer tt-token", 40105)]
#[case::right("tt-token", 0)]
#[tokio::test]
async fn the_token_stands_alone_in_its_header(#[case] token: &str, #[case] expected: u64) {
    let platforms = start().await;
    let request = request(&body(&[event("kn-1-click")])).header("access-token", token);
    assert_eq!(code(&request.send(&platforms).await), expected);
}

#[tokio::test]
async fn a_token_that_was_not_named_is_revoked() {
    let platforms = start().await;
    platforms.valid_token(Platform::Tiktok, "another");
    assert_eq!(code(&send(&platforms, &[event("kn-1-click")]).await), 40105);
}

#[rstest]
#[case::source(("/event_source", Some(json!("app"))), 40002)]
#[case::no_pixel(("/event_source_id", None), 40001)]
#[case::not_a_pixel(("/event_source_id", Some(json!("12345"))), 40001)]
#[case::no_events(("/data", Some(json!([]))), 40002)]
#[case::not_a_list(("/data", Some(json!({}))), 40002)]
#[tokio::test]
async fn a_bad_request_is_refused_as_a_whole(#[case] made: Change, #[case] expected: u64) {
    let platforms = start().await;
    let mut body = body(&[event("kn-1-click")]);
    change(&mut body, made);
    assert_eq!(code(&request(&body).send(&platforms).await), expected);
    assert_eq!(platforms.counts(Platform::Tiktok).refused_requests, 1);
}

#[tokio::test]
async fn a_thousand_events_are_the_most() {
    let platforms = start().await;
    let events: Vec<Value> = (0..1_001).map(|n| event(&format!("kn-{n}-click"))).collect();
    assert_eq!(code(&send(&platforms, &events[..1_000]).await), 0);
    assert_eq!(code(&send(&platforms, &events).await), 40002);
}

#[tokio::test]
async fn its_path_ends_with_a_slash() {
    let platforms = start().await;
    let request = Request::post(PATH.trim_end_matches('/'), &body(&[event("kn-1-click")]));
    assert_eq!(
        request.header("access-token", "tt-token").send(&platforms).await.status,
        404
    );
}

#[rstest]
#[case::expired(Behaviour::ExpiredToken, 40105)]
#[case::permission(Behaviour::Refuse("40001".into()), 40001)]
#[case::system(Behaviour::Refuse("50002".into()), 50002)]
#[case::limited(Behaviour::RateLimited { retry_after_s: None }, 40100)]
#[tokio::test]
async fn it_misbehaves_in_its_own_words(#[case] behaviour: Behaviour, #[case] expected: u64) {
    let platforms = start().await;
    platforms.tell(Platform::Tiktok, behaviour);
    assert_eq!(code(&send(&platforms, &[event("kn-1-click")]).await), expected);
    assert_eq!(platforms.received(Platform::Tiktok), []);
}

#[tokio::test]
async fn test_events_are_kept_apart() {
    let platforms = start().await;
    let mut body = body(&[event("kn-1-click")]);
    body["test_event_code"] = json!("TEST12345");
    request(&body).send(&platforms).await;
    assert_eq!(platforms.received(Platform::Tiktok)[0].outcome, Outcome::Test);
}

#[rstest]
#[case::plain_email(("/user/email", Some(json!(["joe@example.com"]))), ViolationKind::PlainThatMustBeHashed)]
#[case::plain_code(("/user/external_id", Some(json!("ABC1234"))), ViolationKind::PlainThatMustBeHashed)]
#[case::hashed_click_id(("/user/ttclid", Some(json!(HASH))), ViolationKind::HashedThatMustBePlain)]
#[case::hashed_ip(("/user/ip", Some(json!(HASH))), ViolationKind::HashedThatMustBePlain)]
#[case::loopback(("/user/ip", Some(json!("::1"))), ViolationKind::PrivateAddress)]
#[case::empty_ttp(("/user/ttp", Some(json!(""))), ViolationKind::EmptyValue)]
#[case::hash_of_nothing(("/user/phone", Some(json!([OF_NOTHING]))), ViolationKind::HashOfNothing)]
#[case::future(("/event_time", Some(json!(NOW_MS / 1_000 + 3_600))), ViolationKind::InTheFuture)]
#[tokio::test]
async fn what_should_not_be_sent_is_taken_and_noted(#[case] made: Change, #[case] expected: ViolationKind) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    assert_eq!(code(&send(&platforms, &[event]).await), 0);
    let kinds: Vec<_> = platforms.violations().iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [expected]);
}

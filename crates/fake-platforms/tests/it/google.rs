//! Google's events.

use crate::client::*;
use konektor_fake_platforms::{Behaviour, FakePlatforms, Outcome, Platform, Poison, ViolationKind};
use rstest::rstest;
use serde_json::{Value, json};

pub const PATH: &str = "/google/v1/events:ingest";

/// The reference's example.
pub fn event(id: &str) -> Value {
    json!({
        "destinationReferences": ["click"],
        "transactionId": id,
        "eventTimestamp": "2026-11-22T11:30:00.123Z",
        "eventSource": "WEB",
        "adIdentifiers": {
            "gclid": "Cj0KCQexample_wcB",
            "landingPageDeviceInfo": { "userAgent": "Mozilla/5.0 (Linux; Android 14)", "ipAddress": "203.0.113.9" }
        },
        "userData": { "userIdentifiers": [ { "emailAddress": HASH }, { "phoneNumber": HASH } ] },
        "consent": { "adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED" },
        "conversionValue": 0,
        "currency": "IDR"
    })
}

pub fn body(events: &[Value]) -> Value {
    json!({
        "destinations": [ {
            "reference": "click",
            "loginAccount": { "accountType": "GOOGLE_ADS", "accountId": "9999999999" },
            "operatingAccount": { "accountType": "GOOGLE_ADS", "accountId": "1234567890" },
            "productDestinationId": "7723667014"
        } ],
        "events": events,
        "encoding": "HEX",
        "validateOnly": false
    })
}

/// With a token that holds.
pub fn request(to: &FakePlatforms, body: &Value) -> Request {
    to.valid_token(Platform::Google, "ya29.test");
    Request::post(PATH, body).header("authorization", "Bearer ya29.test")
}

pub async fn send(to: &FakePlatforms, events: &[Value]) -> Answer {
    request(to, &body(events)).send(to).await
}

/// A detail of an error, by the end of its type.
fn detail(answer: &Answer, kind: &str) -> Value {
    let details = answer.json()["error"]["details"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found = details
        .into_iter()
        .find(|detail| detail["@type"].as_str().unwrap().ends_with(kind));
    found.unwrap_or(Value::Null)
}

/// Reason and field of the first violation; the reason is empty where the JSON itself did not fit.
fn violation(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT");
    assert_eq!(answer.json()["error"]["code"], 400);
    let violation = &detail(answer, "BadRequest")["fieldViolations"][0];
    let text = |field: &str| violation[field].as_str().unwrap_or("").to_owned();
    (text("reason"), text("field"))
}

#[tokio::test]
async fn the_example_is_taken() {
    let platforms = start().await;
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.json()["requestId"].as_str().unwrap().is_empty());
    let [received] = &platforms.received(Platform::Google)[..] else {
        panic!()
    };
    assert_eq!(received.destination, "1234567890/7723667014");
    assert_eq!((&*received.event_id, received.time_ms), ("kn-1-click", CLICK_MS));
    assert_eq!(received.click_ids, [("gclid", "Cj0KCQexample_wcB".to_owned())]);
    assert_eq!(received.ip.as_deref(), Some("203.0.113.9"));
    assert_eq!(received.raw, event("kn-1-click").to_string());
    assert_eq!(platforms.violations(), []);
}

#[rstest]
#[case::braid(("/adIdentifiers", Some(json!({"wbraid": "CjkKCQ"}))))]
#[case::user_data_only(("/adIdentifiers", None))]
#[case::click_id_only(("/userData", None))]
#[case::offset(("/eventTimestamp", Some(json!("2026-11-22T18:30:00.123+07:00"))))]
#[case::all_destinations(("/destinationReferences", None))]
#[case::message(("/eventSource", Some(json!("MESSAGE"))))]
#[case::no_id(("/transactionId", None))]
#[case::almost_90_days(("/eventTimestamp", Some(json!("2026-08-24T11:31:00.123Z"))))]
#[tokio::test]
async fn a_good_event_is_taken(#[case] made: Change) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    let answer = send(&platforms, &[event]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[rstest]
#[case::no_source(("/eventSource", None), "REQUIRED_FIELD_MISSING", ".event_source")]
#[case::unknown_source(("/eventSource", Some(json!("WHATSAPP"))), "INVALID_ENUM_VALUE", ".event_source")]
#[case::no_time(("/eventTimestamp", None), "REQUIRED_FIELD_MISSING", ".event_timestamp")]
#[case::future(("/eventTimestamp", Some(json!("2026-11-22T11:31:00.124Z"))), "EVENT_TIME_INVALID", ".event_timestamp")]
#[case::too_old(("/eventTimestamp", Some(json!("2026-08-24T11:31:00.122Z"))), "EVENT_TIME_INVALID", ".event_timestamp")]
#[case::no_identifiers(("/userData", Some(json!({"userIdentifiers": []}))), "NO_IDENTIFIERS_PROVIDED", ".user_data.user_identifiers")]
#[case::plain_email(("/userData/userIdentifiers/0", Some(json!({"emailAddress": "joe@example.com"}))), "INVALID_SHA256_FORMAT", ".user_data.user_identifiers")]
#[case::short_hash(("/userData/userIdentifiers/1", Some(json!({"phoneNumber": &HASH[1..]}))), "INVALID_SHA256_FORMAT", ".user_data.user_identifiers")]
#[case::two_click_ids(("/adIdentifiers", Some(json!({"gclid": "a", "gbraid": "b"}))), "INVALID_EVENT", ".ad_identifiers")]
#[case::two_braids(("/adIdentifiers", Some(json!({"gbraid": "a", "wbraid": "b"}))), "INVALID_EVENT", ".ad_identifiers")]
#[case::unknown_destination(("/destinationReferences", Some(json!(["lead"]))), "INVALID_DESTINATION", ".destination_references")]
#[case::currency(("/currency", Some(json!("Rupiah"))), "INVALID_CURRENCY_CODE", ".currency")]
#[case::value_as_text(("/conversionValue", Some(json!("12.5"))), "INVALID_NUMBER_FORMAT", ".conversion_value")]
#[case::consent(("/consent/adUserData", Some(json!("GRANTED"))), "INVALID_ENUM_VALUE", ".consent")]
#[case::empty_id(("/transactionId", Some(json!(""))), "FIELD_VALUE_TOO_SHORT", ".transaction_id")]
#[tokio::test]
async fn a_bad_event_is_named_by_its_index(#[case] made: Change, #[case] reason: &str, #[case] field: &str) {
    let platforms = start().await;
    let mut bad = event("kn-3-click");
    change(&mut bad, made);
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click"), bad]).await;
    assert_eq!(
        violation(&answer),
        (reason.to_owned(), format!("events.events[2]{field}"))
    );
    assert_eq!(detail(&answer, "ErrorInfo")["reason"], reason);
    assert!(detail(&answer, "RequestInfo")["requestId"].is_string());
    assert_eq!(platforms.received(Platform::Google), []);
    assert_eq!(platforms.counts(Platform::Google).refused_events, 1);
}

#[tokio::test]
async fn an_event_without_any_identifier_is_refused() {
    let platforms = start().await;
    let mut bad = event("kn-1-click");
    change(&mut bad, ("/userData", None));
    change(&mut bad, ("/adIdentifiers/gclid", Some(json!(""))));
    let refused = violation(&send(&platforms, &[bad]).await);
    assert_eq!(
        refused,
        ("NO_IDENTIFIERS_PROVIDED".to_owned(), "events.events[0]".to_owned())
    );
}

#[rstest]
#[case::unknown_field(("/event_id", Some(json!("x"))))]
#[case::unknown_click_id(("/adIdentifiers/fbclid", Some(json!("x"))))]
#[case::id_as_number(("/transactionId", Some(json!(17))))]
#[case::seconds(("/eventTimestamp", Some(json!(1_795_347_000))))]
#[case::legacy_time(("/eventTimestamp", Some(json!("2026-11-22 18:30:00+07:00"))))]
#[case::click_id_as_number(("/adIdentifiers/gclid", Some(json!(17))))]
#[tokio::test]
async fn json_that_does_not_fit_is_refused_by_the_reader(#[case] made: Change) {
    let platforms = start().await;
    let mut bad = event("kn-2-click");
    change(&mut bad, made);
    let answer = send(&platforms, &[event("kn-1-click"), bad]).await;
    assert_eq!(violation(&answer), (String::new(), "events[1]".to_owned()));
}

#[tokio::test]
async fn a_numeric_transaction_id_is_refused_without_a_word_but_not_in_a_dry_run() {
    let platforms = start().await;
    let answer = send(&platforms, &[event("123456789")]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT");
    assert_eq!(answer.json()["error"]["details"], Value::Null);

    let mut body = body(&[event("123456789")]);
    body["validateOnly"] = json!(true);
    assert_eq!(request(&platforms, &body).send(&platforms).await.status, 200);
}

#[tokio::test]
async fn a_dry_run_is_checked_and_does_not_count() {
    let platforms = start().await;
    let mut dry = body(&[event("kn-1-click")]);
    dry["validateOnly"] = json!(true);
    assert_eq!(request(&platforms, &dry).send(&platforms).await.status, 200);
    assert_eq!(platforms.received(Platform::Google)[0].outcome, Outcome::Test);
    change(&mut dry, ("/events/0/eventSource", None));
    assert_eq!(request(&platforms, &dry).send(&platforms).await.status, 400);
    assert_eq!(platforms.unique_events(Platform::Google), 0);
}

#[rstest]
#[case::no_destinations(("/destinations", Some(json!([]))), "REQUIRED_FIELD_MISSING")]
#[case::no_account(("/destinations/0/operatingAccount", None), "REQUIRED_FIELD_MISSING")]
#[case::dashes(("/destinations/0/operatingAccount/accountId", Some(json!("123-456-7890"))), "INVALID_DESTINATION")]
#[case::numeric_account(("/destinations/0/operatingAccount/accountId", Some(json!(1234567890))), "INVALID_DESTINATION")]
#[case::account_type(("/destinations/0/loginAccount/accountType", Some(json!("ADS"))), "INVALID_DESTINATION")]
#[case::no_action(("/destinations/0/productDestinationId", None), "INVALID_CONVERSION_ACTION_ID")]
#[case::named_action(("/destinations/0/productDestinationId", Some(json!("Contact"))), "INVALID_CONVERSION_ACTION_ID")]
#[case::no_events(("/events", Some(json!([]))), "REQUIRED_FIELD_MISSING")]
#[case::no_encoding(("/encoding", None), "REQUIRED_FIELD_MISSING")]
#[case::base64(("/encoding", Some(json!("BASE64"))), "INVALID_SHA256_FORMAT")]
#[case::consent(("/consent", Some(json!({"adUserData": "yes"}))), "INVALID_ENUM_VALUE")]
#[case::unknown_field(("/partialFailure", Some(json!(true))), "")]
#[tokio::test]
async fn a_bad_request_is_refused_as_a_whole(#[case] made: Change, #[case] reason: &str) {
    let platforms = start().await;
    let mut body = body(&[event("kn-1-click")]);
    change(&mut body, made);
    assert_eq!(violation(&request(&platforms, &body).send(&platforms).await).0, reason);
}

#[tokio::test]
async fn no_encoding_is_needed_without_user_data() {
    let platforms = start().await;
    let mut body = body(&[event("kn-1-click")]);
    change(&mut body, ("/encoding", None));
    change(&mut body, ("/events/0/userData", None));
    assert_eq!(request(&platforms, &body).send(&platforms).await.status, 200);
}

#[tokio::test]
async fn two_thousand_events_and_ten_destinations_are_the_most() {
    let platforms = start().await;
    let events: Vec<Value> = (0..2_001).map(|n| event(&format!("kn-{n}-click"))).collect();
    assert_eq!(send(&platforms, &events[..2_000]).await.status, 200);
    assert_eq!(violation(&send(&platforms, &events).await).0, "TOO_MANY_EVENTS");

    let mut many = body(&events[..1]);
    let destination = many["destinations"][0].clone();
    let destinations = (0..11).map(|n| {
        let mut destination = destination.clone();
        destination["reference"] = json!(format!("click{n}"));
        destination
    });
    many["destinations"] = destinations.collect();
    assert_eq!(
        violation(&request(&platforms, &many).send(&platforms).await).0,
        "TOO_MANY_DESTINATIONS"
    );
    many["destinations"] = json!([destination, destination]);
    assert_eq!(
        violation(&request(&platforms, &many).send(&platforms).await).0,
        "DUPLICATE_DESTINATION_REFERENCE"
    );
}

#[rstest]
#[case::none("", 401)]
#[case::unknown("Bearer ya29.other", 401)]
#[case::no_bearer("ya29.test", 401)]
#[tokio::test]
async fn a_token_must_have_been_issued(#[case] authorization: &str, #[case] expected: u16) {
    let platforms = start().await;
    let request = request(&platforms, &body(&[event("kn-1-click")])).header("authorization", authorization);
    let answer = request.send(&platforms).await;
    assert_eq!(answer.status, expected);
    assert_eq!(answer.json()["error"]["status"], "UNAUTHENTICATED");
}

#[rstest]
#[case::expired(Behaviour::ExpiredToken, 401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED")]
#[case::not_allowed(Behaviour::Refuse("NOT_ALLOWLISTED".into()), 403, "PERMISSION_DENIED", "NOT_ALLOWLISTED")]
#[case::action(Behaviour::Refuse("INVALID_CONVERSION_ACTION_TYPE".into()), 400, "INVALID_ARGUMENT", "INVALID_CONVERSION_ACTION_TYPE")]
#[case::limited(Behaviour::RateLimited { retry_after_s: None }, 429, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED")]
#[case::broken(Behaviour::ServerError(500), 500, "INTERNAL", "INTERNAL_ERROR")]
#[case::unavailable(Behaviour::ServerError(503), 503, "UNAVAILABLE", "UNAVAILABLE")]
#[tokio::test]
async fn it_misbehaves_in_its_own_words(
    #[case] behaviour: Behaviour,
    #[case] status: u16,
    #[case] name: &str,
    #[case] reason: &str,
) {
    let platforms = start().await;
    platforms.tell(Platform::Google, behaviour);
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(answer.status, status);
    assert_eq!(answer.json()["error"]["status"], name);
    let info = detail(&answer, "ErrorInfo");
    assert_eq!(info["reason"], reason);
    assert_eq!(info["metadata"]["quota_limit"].is_string(), status == 429);
    assert_eq!(platforms.received(Platform::Google), []);
}

#[rstest]
#[case::named(Behaviour::Ok, true)]
#[case::unnamed(Behaviour::Unnamed, false)]
#[tokio::test]
async fn a_refusal_may_not_say_which_event_it_is_about(#[case] behaviour: Behaviour, #[case] is_named: bool) {
    let platforms = start().await;
    platforms.tell(Platform::Google, behaviour);
    platforms.poison(
        Platform::Google,
        Poison::text("kn-2-click").with_code("INVALID_AD_IDENTIFIER_FOR_ACCOUNT"),
    );
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body.contains("events[1]"), is_named);
    assert_eq!(answer.body.contains("INVALID_AD_IDENTIFIER_FOR_ACCOUNT"), is_named);
}

#[rstest]
#[case::private(("/adIdentifiers/landingPageDeviceInfo/ipAddress", Some(json!("172.16.0.1"))), ViolationKind::PrivateAddress)]
#[case::hashed_agent(("/adIdentifiers/landingPageDeviceInfo/userAgent", Some(json!(HASH))), ViolationKind::HashedThatMustBePlain)]
#[case::refused(("/consent/adUserData", Some(json!("CONSENT_DENIED"))), ViolationKind::DataDespiteRefusal)]
#[case::hash_of_nothing(("/userData/userIdentifiers/0", Some(json!({"emailAddress": OF_NOTHING}))), ViolationKind::HashOfNothing)]
#[tokio::test]
async fn what_should_not_be_sent_is_taken_and_noted(#[case] made: Change, #[case] expected: ViolationKind) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    assert_eq!(send(&platforms, &[event]).await.status, 200);
    let kinds: Vec<_> = platforms.violations().iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [expected]);
}

#[tokio::test]
async fn a_refusal_of_consent_with_the_click_id_alone_is_fine() {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, ("/consent/adUserData", Some(json!("CONSENT_DENIED"))));
    change(&mut event, ("/userData", None));
    change(&mut event, ("/adIdentifiers", Some(json!({"gclid": "Cj0KCQ"}))));
    assert_eq!(send(&platforms, &[event]).await.status, 200);
    assert_eq!(platforms.violations(), []);
}

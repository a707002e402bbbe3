//! LinkedIn.

use crate::client::*;
use konektor_fake_platforms::{Behaviour, CONVERSION_METHOD, FakePlatforms, Platform, Poison, ViolationKind};
use rstest::rstest;
use serde_json::{Value, json};

pub const PATH: &str = "/linkedin/rest/conversionEvents";

/// The reference's example.
pub fn event(id: &str) -> Value {
    json!({
        "conversion": "urn:lla:llaPartnerConversion:23456",
        "conversionHappenedAt": CLICK_MS,
        "eventId": id,
        "user": {
            "userIds": [
                { "idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": "df5gf5-gh6t7-ph4j7h-fgf6n1" }
            ],
            "externalIds": ["ABC1234"]
        }
    })
}

pub fn request(body: &Value) -> Request {
    Request::post(PATH, body)
        .header("authorization", "Bearer li-token")
        .header("linkedin-version", "202609")
        .header("x-restli-protocol-version", "2.0.0")
        .header("x-restli-method", "BATCH_CREATE")
}

pub async fn send(to: &FakePlatforms, events: &[Value]) -> Answer {
    request(&json!({ "elements": events })).send(to).await
}

fn message(answer: &Answer) -> String {
    assert_eq!(answer.json()["status"], answer.status);
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_example_is_taken() {
    let platforms = start().await;
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"elements": [{"status": 201}, {"status": 201}]}));
    let received = &platforms.received(Platform::Linkedin)[0];
    assert_eq!(received.destination, "urn:lla:llaPartnerConversion:23456");
    assert_eq!((&*received.event_id, received.time_ms), ("kn-1-click", CLICK_MS));
    assert_eq!(
        received.click_ids,
        [("li_fat_id", "df5gf5-gh6t7-ph4j7h-fgf6n1".to_owned())]
    );
    assert_eq!(platforms.violations(), []);
}

#[tokio::test]
async fn a_single_event_is_created_with_an_empty_body() {
    let platforms = start().await;
    let answer = request(&event("kn-1-click"))
        .header("x-restli-method", "")
        .send(&platforms)
        .await;
    assert_eq!((answer.status, &*answer.body), (201, ""));
    let mut bad = event("kn-2-click");
    change(&mut bad, ("/user/userIds", None));
    let answer = request(&bad).header("x-restli-method", "").send(&platforms).await;
    assert_eq!(answer.status, 422);
    assert!(message(&answer).starts_with("ERROR :: /user/userIds :: field is required"));
}

#[rstest]
#[case::amount(("/conversionValue", Some(json!({"currencyCode": "IDR", "amount": "12.50"}))))]
#[case::no_ids(("/user/userIds", Some(json!([]))))]
#[case::no_id(("/eventId", None))]
#[case::names(("/user/userInfo", Some(json!({"firstName": "Joe", "lastName": "Doe"}))))]
#[case::almost_90_days(("/conversionHappenedAt", Some(json!(NOW_MS - 90 * DAY_MS))))]
#[case::now(("/conversionHappenedAt", Some(json!(NOW_MS))))]
#[tokio::test]
async fn a_good_event_is_taken(#[case] made: Change) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(&mut event, made);
    assert_eq!(send(&platforms, &[event]).await.status, 200);
}

#[rstest]
#[case::no_user_ids(("/user/userIds", None), "/user/userIds :: field is required")]
#[case::no_user(("/user", None), "/user :: field is required")]
#[case::no_rule(("/conversion", None), "/conversion :: field is required")]
#[case::other_urn(("/conversion", Some(json!("urn:lla:llaConversionRule:1"))), "/conversion :: Invalid Urn format. Invalid prefix.")]
#[case::bare_number(("/conversion", Some(json!("23456"))), "/conversion :: Invalid Urn format. Invalid prefix.")]
#[case::no_time(("/conversionHappenedAt", None), "/conversionHappenedAt :: field is required")]
#[case::time_as_text(("/conversionHappenedAt", Some(json!("now"))), "/conversionHappenedAt :: now cannot be coerced to Long")]
#[case::amount_as_number(("/conversionValue", Some(json!({"currencyCode": "IDR", "amount": 19.9}))), "/conversionValue/amount :: 19.9 cannot be coerced to String")]
#[case::no_amount(("/conversionValue", Some(json!({"currencyCode": "IDR"}))), "/conversionValue/amount :: field is required")]
#[case::one_name(("/user/userInfo", Some(json!({"firstName": "Joe"}))), "/user/userInfo/lastName :: field is required")]
#[case::two_external_ids(("/user/externalIds", Some(json!(["A", "B"]))), "/user/externalIds :: length is greater")]
#[case::unknown_id_type(("/user/userIds/0", Some(json!({"idType": "GCLID", "idValue": "x"}))), "/user/userIds/0/idType :: \"GCLID\" is not an enum symbol")]
#[case::numeric_id(("/eventId", Some(json!(17))), "/eventId :: 17 cannot be coerced to String")]
#[case::unknown_field(("/event_id", Some(json!("x"))), "/event_id :: unrecognized field found but not allowed")]
#[tokio::test]
async fn a_misfit_is_named_by_its_index(#[case] made: Change, #[case] expected: &str) {
    let platforms = start().await;
    let mut bad = event("kn-2-click");
    change(&mut bad, made);
    let answer = send(&platforms, &[event("kn-1-click"), bad]).await;
    assert_eq!(answer.status, 422);
    let expected = format!("Index: 1, ERROR :: {expected}");
    assert!(message(&answer).starts_with(&expected), "{}", message(&answer));
    assert_eq!(platforms.received(Platform::Linkedin), []);
}

#[tokio::test]
async fn all_misfits_of_a_batch_are_named() {
    let platforms = start().await;
    let (mut one, mut other) = (event("kn-1-click"), event("kn-3-click"));
    change(&mut one, ("/conversion", None));
    change(&mut one, ("/user/userIds", None));
    change(&mut other, ("/eventId", Some(json!(17))));
    let answer = send(&platforms, &[one, event("kn-2-click"), other]).await;
    let said = message(&answer);
    let lines: Vec<&str> = said
        .lines()
        .map(|line| line.split(" ::").take(2).last().unwrap().trim())
        .collect();
    assert_eq!(lines, ["/conversion", "/user/userIds", "/eventId"]);
    assert!(said.starts_with("Index: 0, ERROR") && said.contains("\nIndex: 2, ERROR"));
    assert_eq!(platforms.counts(Platform::Linkedin).refused_events, 2);
}

#[rstest]
#[case::seconds(CLICK_MS / 1_000)]
#[case::too_old(NOW_MS - 90 * DAY_MS - 1)]
#[case::future(NOW_MS + 1)]
#[tokio::test]
async fn a_wrong_time_is_named_by_indices(#[case] time_ms: i64) {
    let platforms = start().await;
    let mut bad = event("kn-2-click");
    change(&mut bad, ("/conversionHappenedAt", Some(json!(time_ms))));
    let answer = send(&platforms, &[event("kn-1-click"), bad.clone(), bad]).await;
    assert_eq!(answer.status, 400);
    let said = message(&answer);
    assert!(
        said.contains("within 90 days") && said.ends_with("indices [1, 2] (0-indexed)."),
        "{said}"
    );
}

#[tokio::test]
async fn a_rule_of_another_method_is_named_by_indices() {
    let platforms = start().await;
    platforms.poison(
        Platform::Linkedin,
        Poison::text("llaPartnerConversion:999").with_code(CONVERSION_METHOD),
    );
    let mut bad = event("kn-2-click");
    change(
        &mut bad,
        ("/conversion", Some(json!("urn:lla:llaPartnerConversion:999"))),
    );
    let answer = send(&platforms, &[event("kn-1-click"), bad]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        message(&answer),
        "Conversion's method should be CONVERSIONS_API, indices [1]"
    );
}

#[tokio::test]
async fn a_refusal_may_not_say_which_event_it_is_about() {
    let platforms = start().await;
    platforms.tell(Platform::Linkedin, Behaviour::Unnamed);
    platforms.poison(Platform::Linkedin, "kn-2-click");
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    assert_eq!(answer.status, 422);
    assert!(!message(&answer).contains("Index"));
}

#[tokio::test]
async fn each_element_has_its_own_status_when_told() {
    let platforms = start().await;
    platforms.tell(Platform::Linkedin, Behaviour::Partial);
    platforms.poison(Platform::Linkedin, "kn-2-click");
    let mut old = event("kn-3-click");
    change(&mut old, ("/conversionHappenedAt", Some(json!(1))));
    let answer = send(&platforms, &[event("kn-1-click"), event("kn-2-click"), old]).await;
    assert_eq!(answer.status, 200);
    let answered = answer.json();
    let statuses: Vec<_> = answered["elements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|element| &element["status"])
        .collect();
    assert_eq!(statuses, [201, 422, 400]);
    assert_eq!(answered["elements"][1]["error"]["status"], 422);
    assert_eq!(platforms.unique_events(Platform::Linkedin), 1);
}

#[rstest]
#[case::dead("202511", 426)]
#[case::future("202612", 426)]
#[case::with_day("20260901", 426)]
#[case::killed("202608", 426)]
#[case::missing("", 400)]
#[case::live("202512", 200)]
#[tokio::test]
async fn a_version_must_be_live(#[case] version: &str, #[case] expected: u16) {
    let platforms = start().await;
    platforms.end_linkedin_version("202608");
    let request = request(&json!({"elements": [event("kn-1-click")]})).header("linkedin-version", version);
    let answer = request.send(&platforms).await;
    assert_eq!(answer.status, expected);
    match expected {
        426 => {
            assert_eq!(answer.json()["code"], "NONEXISTENT_VERSION");
            assert!(message(&answer).contains(version));
        }
        400 => assert_eq!(answer.json()["code"], "VERSION_MISSING"),
        _ => {}
    }
}

#[rstest]
#[case::no_protocol(("x-restli-protocol-version", ""), 400)]
#[case::old_protocol(("x-restli-protocol-version", "1.0.0"), 400)]
#[case::batch_as_single(("x-restli-method", ""), 422)]
#[case::other_method(("x-restli-method", "DELETE"), 400)]
#[case::no_token(("authorization", ""), 401)]
#[case::no_bearer(("authorization", "li-token"), 401)]
#[tokio::test]
async fn the_headers_must_be_right(#[case] (name, value): (&str, &str), #[case] expected: u16) {
    let platforms = start().await;
    let request = request(&json!({"elements": [event("kn-1-click")]})).header(name, value);
    let answer = request.send(&platforms).await;
    assert_eq!(answer.status, expected, "{}", answer.body);
    if expected == 401 {
        assert_eq!(answer.json()["serviceErrorCode"], 65600);
        assert_eq!(answer.json()["code"], "INVALID_ACCESS_TOKEN");
    }
    assert_eq!(platforms.received(Platform::Linkedin), []);
}

#[tokio::test]
async fn five_thousand_events_are_the_most() {
    let platforms = start().await;
    let events: Vec<Value> = (0..5_001).map(|n| event(&format!("kn-{n}-click"))).collect();
    assert_eq!(send(&platforms, &events[..5_000]).await.status, 200);
    assert_eq!(send(&platforms, &events).await.status, 400);
    assert_eq!(send(&platforms, &[]).await.status, 400);
}

#[rstest]
#[case::expired(Behaviour::ExpiredToken, 401, json!(65602))]
#[case::revoked(Behaviour::Refuse("65601".into()), 401, json!(65601))]
#[case::forbidden(Behaviour::Refuse("403".into()), 403, Value::Null)]
#[case::method(Behaviour::Refuse(CONVERSION_METHOD.into()), 400, Value::Null)]
#[case::version(Behaviour::VersionGone, 426, Value::Null)]
#[case::limited(Behaviour::RateLimited { retry_after_s: None }, 429, Value::Null)]
#[case::broken(Behaviour::ServerError(500), 500, Value::Null)]
#[tokio::test]
async fn it_misbehaves_in_its_own_words(#[case] behaviour: Behaviour, #[case] status: u16, #[case] code: Value) {
    let platforms = start().await;
    platforms.tell(Platform::Linkedin, behaviour);
    let answer = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(answer.status, status);
    assert_eq!(answer.json()["status"], status);
    assert_eq!(answer.json()["serviceErrorCode"], code);
    assert_eq!(platforms.received(Platform::Linkedin), []);
}

#[rstest]
#[case::plain_email("SHA256_EMAIL", "joe@example.com", ViolationKind::PlainThatMustBeHashed)]
#[case::hashed_click_id("LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", HASH, ViolationKind::HashedThatMustBePlain)]
#[case::private("PLAINTEXT_IP_ADDRESS", "192.168.0.2", ViolationKind::PrivateAddress)]
#[tokio::test]
async fn what_should_not_be_sent_is_taken_and_noted(
    #[case] id_type: &str,
    #[case] value: &str,
    #[case] expected: ViolationKind,
) {
    let platforms = start().await;
    let mut event = event("kn-1-click");
    change(
        &mut event,
        ("/user/userIds/0", Some(json!({"idType": id_type, "idValue": value}))),
    );
    assert_eq!(send(&platforms, &[event]).await.status, 200);
    let kinds: Vec<_> = platforms.violations().iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [expected]);
}

//! Events → request.

use super::*;
use crate::testing::{any_event, assert_sound, bare_event, click_ids, event};
use konektor_core::event::{Consent, Trigger};
use proptest::{collection::vec, prelude::*};

fn encode(google: &Google, events: &[Event], mode: Mode<'_>) -> Encoded {
    google.encode(&Hosts::default(), Some(&Secret::new(TOKEN.into())), events, mode)
}

fn body(event: Event) -> Value {
    serde_json::from_str(&encode(&of_person(), &[event], Mode::Live).request.body).unwrap()
}

/// What is told of one event.
fn told(event: Event) -> Value {
    body(event)["events"][0].take()
}

#[test]
fn a_sale_with_all_that_is_known_of_it_is_told_like_this() {
    let encoded = encode(&of_service_account(), &[event()], Mode::Live);
    let before = concat!(
        r#"{"destinations":[{"reference":"action-7723667014","#,
        r#""loginAccount":{"accountType":"GOOGLE_ADS","accountId":"9999999999"},"#,
        r#""operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"#,
        r#""productDestinationId":"7723667014"}],"events":["#,
    );
    let part = concat!(
        r#"{"destinationReferences":["action-7723667014"],"transactionId":"kn-000003000002D-purchase","#,
        r#""eventTimestamp":"2026-11-23T11:30:00.999Z","eventSource":"MESSAGE","#,
        r#""adIdentifiers":{"gclid":"Cj0KCQ_wcB","landingPageDeviceInfo":{"#,
        r#""userAgent":"Mozilla/5.0 (Linux; Android 15) \"x\"","ipAddress":"203.0.113.9"}},"#,
        r#""userData":{"userIdentifiers":["#,
        r#"{"emailAddress":"2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"},"#,
        r#"{"phoneNumber":"62397bbd6a8c9ae53bc914a6017300eb6b13af5be20e4cc9ad2dc3d61ecb24cd"}]},"#,
        r#""consent":{"adUserData":"CONSENT_GRANTED","adPersonalization":"CONSENT_GRANTED"},"#,
        r#""conversionValue":149.5,"currency":"USD"}"#,
    );
    let after = r#"],"encoding":"HEX","validateOnly":false}"#;
    assert_eq!(encoded.request.body, format!("{before}{part}{after}"));
    assert_eq!(
        encoded.shown(0),
        format!(
            "POST https://datamanager.googleapis.com/v1/events:ingest\ncontent-type: application/json\n\
             authorization: Bearer [struck out]\n\n{before}{part}{after}"
        )
    );
    let bearer = Header::Secret("Bearer ", Secret::new(TOKEN.into()));
    assert_eq!(encoded.request.headers[1], ("authorization", bearer));
}

#[test]
fn a_click_of_which_next_to_nothing_is_known_is_told_like_this() {
    let google = connect(with(settings(), "login_account_id", Value::Null), person()).unwrap();
    let encoded = google.encode(&Hosts::default(), None, &[bare_event()], Mode::Test(None));
    let expected = concat!(
        r#"{"destinations":[{"reference":"action-7723667014","#,
        r#""operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"#,
        r#""productDestinationId":"7723667014"}],"#,
        r#""events":[{"destinationReferences":["action-7723667014"],"transactionId":"kn-000000000002D-click","#,
        r#""eventTimestamp":"2026-11-22T11:30:00.123Z","eventSource":"WEB"}],"encoding":"HEX","validateOnly":true}"#,
    );
    assert_eq!(encoded.request.body, expected);
}

#[rstest]
#[case::all(&[("wbraid", "w"), ("gbraid", "b"), ("gclid", "g")], json!({"gclid": "g"}))]
#[case::braids(&[("wbraid", "w"), ("gbraid", "b")], json!({"gbraid": "b"}))]
#[case::web(&[("wbraid", "w"), ("fbclid", "f")], json!({"wbraid": "w"}))]
#[case::none(&[("fbclid", "f")], Value::Null)]
#[case::empty(&[("gclid", "")], Value::Null)]
fn one_click_id_is_told(#[case] ids: &[(&'static str, &str)], #[case] expected: Value) {
    let mut event = bare_event();
    event.click.ids = click_ids(ids);
    assert_eq!(told(event)["adIdentifiers"], expected);
}

#[rstest]
#[case::later(1_795_347_000_124, "2026-11-22T11:30:00.124Z")]
#[case::at_once(1_795_347_000_123, "2026-11-22T11:30:00.123Z")]
#[case::by_another_clock(1_795_346_999_000, "2026-11-22T11:30:00.123Z")]
fn an_event_is_never_before_its_click(#[case] at: i64, #[case] expected: &str) {
    let mut event = bare_event();
    event.at = UnixMs(at);
    assert_eq!(told(event)["eventTimestamp"], expected);
}

#[rstest]
#[case(Consent::Granted, json!({"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}), true)]
#[case(Consent::Unspecified, Value::Null, true)]
#[case(Consent::Denied, json!({"adUserData": "CONSENT_DENIED", "adPersonalization": "CONSENT_DENIED"}), false)]
fn without_consent_google_gets_the_click_id_alone(
    #[case] consent: Consent,
    #[case] expected: Value,
    #[case] person: bool,
) {
    let told = told(Event { consent, ..event() });
    assert_eq!(told["consent"], expected);
    assert_eq!(told["adIdentifiers"]["gclid"], "Cj0KCQ_wcB");
    assert_eq!(told["adIdentifiers"]["landingPageDeviceInfo"].is_object(), person);
    assert_eq!(told["userData"].is_object(), person);
}

#[test]
fn an_event_may_count_for_an_action_of_its_own() {
    let named = |name: &str| Event {
        name: name.into(),
        ..event()
    };
    let events = [
        named("Contact"),
        named("42"),
        named("Purchase"),
        named("42x"),
        named("42"),
    ];
    let body = encode(&of_person(), &events, Mode::Live).request.body;
    let body: Value = serde_json::from_str(&body).unwrap();
    let destinations = body["destinations"].as_array().unwrap();
    let ids: Vec<_> = destinations
        .iter()
        .map(|found| &found["productDestinationId"])
        .collect();
    assert_eq!(ids, ["7723667014", "42"]);
    let references = body["events"].as_array().unwrap().iter();
    let references: Vec<_> = references.map(|event| &event["destinationReferences"][0]).collect();
    let [default, own] = ["action-7723667014", "action-42"];
    assert_eq!(references, [default, own, default, default, own]);
}

#[test]
fn a_mapping_never_has_more_actions_than_google_takes_at_once() {
    use konektor_core::lead::Status;
    let statuses = Status::ALL.iter().filter(|status| **status != Status::New);
    let triggers = statuses.map(|status| Trigger::Status(*status)).chain([Trigger::Click]);
    let most_destinations = 10;
    assert!(triggers.count() <= most_destinations);
}

proptest! {
    #[test]
    fn any_events_make_a_sound_request(events in vec(any_event(), 1..8)) {
        let body = assert_sound(&encode(&of_person(), &events, Mode::Live), &events, TOKEN);
        let told = body["events"].as_array().unwrap();
        prop_assert_eq!(told.len(), events.len());
        let destinations = body["destinations"].as_array().unwrap();
        for (told, event) in told.iter().zip(&events) {
            prop_assert!(event.id.as_str().parse::<f64>().is_err());
            prop_assert_eq!(&told["transactionId"], event.id.as_str());
            let reference = &told["destinationReferences"][0];
            let found = destinations.iter().filter(|destination| destination["reference"] == *reference);
            prop_assert_eq!(found.count(), 1);
            let click_ids = told["adIdentifiers"].as_object().map_or(0, |ids| {
                ids.keys().filter(|name| name.ends_with("id")).count()
            });
            prop_assert!(click_ids <= 1);
            prop_assert_eq!(told["conversionValue"].is_null(), told["currency"].is_null());
        }
    }
}

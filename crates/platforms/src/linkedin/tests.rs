//! What LinkedIn is told, and what its answers mean.

use super::{decode::Sign, *};
use crate::{
    Finding, Hold, Verdict,
    testing::{answer, any_event, assert_sound, assert_total, bare_event, click_ids, event, fields},
};
use konektor_core::event::Consent;
use proptest::{collection::vec, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

const TOKEN: &str = "AQX-secret_TOKEN.1";

fn settings() -> Value {
    json!({"conversion_rule_id": "urn:lla:llaPartnerConversion:23456", "api_version": "202608"})
}

fn connect(settings: Value) -> Result<Linkedin, ConfigError> {
    Linkedin::new(&fields(settings), &fields(json!({"access_token": TOKEN})))
}

fn linkedin() -> Linkedin {
    connect(settings()).unwrap()
}

fn encode(events: &[Event]) -> Encoded {
    linkedin().encode(&Hosts::default(), None, events, Mode::Live)
}

/// What is told of one event.
fn told(event: Event) -> Value {
    let body: Value = serde_json::from_str(&encode(&[event]).request.body).unwrap();
    body["elements"][0].clone()
}

// -- config

#[rstest]
#[case::digits(json!("23456"))]
#[case::number(json!(23_456))]
#[case::urn(json!("urn:lla:llaPartnerConversion:23456"))]
fn a_rule_is_taken_as_people_paste_it(#[case] rule: Value) {
    let linkedin = connect(json!({"conversion_rule_id": rule})).unwrap();
    assert_eq!(linkedin.config.rule_of(&event()), "23456");
}

#[rstest]
#[case::usual(json!("202609"), "202609")]
#[case::number(json!(202_612), "202612")]
#[case::with_a_dash(json!("2027-01"), "202701")]
#[case::default(Value::Null, "202609")]
fn a_version_is_a_month(#[case] version: Value, #[case] expected: &str) {
    let settings = json!({"conversion_rule_id": 1, "api_version": version});
    assert_eq!(connect(settings).unwrap().config.api_version.to_string(), expected);
}

#[rstest]
#[case::no_rule(json!({}), "settings.conversion_rule_id: It is missing.")]
#[case::named_rule(json!({"conversion_rule_id": "Lead"}), "settings.conversion_rule_id: This is not the number")]
#[case::rule_without_id(json!({"conversion_rule_id": "urn:lla:x:"}), "settings.conversion_rule_id: This is not")]
#[case::month(json!({"conversion_rule_id": 1, "api_version": "202613"}), "settings.api_version: Write the year")]
#[case::year(json!({"conversion_rule_id": 1, "api_version": "99"}), "settings.api_version: Write the year")]
#[case::word(json!({"conversion_rule_id": 1, "api_version": "v2"}), "settings.api_version: Write the year")]
#[case::typing_mistake(json!({"rule": 1}), "settings.rule: There is no such field.")]
fn wrong_settings_are_named(#[case] settings: Value, #[case] expected: &str) {
    let error = connect(settings).unwrap_err().to_string();
    assert!(error.starts_with(expected), "{error}");
}

#[rstest]
#[case::missing(json!({}), "It is missing.")]
#[case::blank(json!({"access_token": format!("{TOKEN} x")}), "It has a blank")]
#[case::line_break(json!({"access_token": format!("{TOKEN}\r\nhost: x")}), "It has a blank")]
#[case::letter(json!({"access_token": format!("{TOKEN}é")}), "It has a blank")]
fn a_wrong_token_is_never_repeated(#[case] credentials: Value, #[case] expected: &str) {
    let error = Linkedin::new(&fields(settings()), &fields(credentials)).unwrap_err();
    assert_eq!(error.field, "credentials.access_token");
    assert!(
        error.message.starts_with(expected) && !error.message.contains("secret"),
        "{error}"
    );
}

#[test]
fn debugging_shows_no_credentials() {
    assert!(!format!("{:?}", linkedin()).contains("secret_TOKEN"));
}

/// Version 202608 lives until about 2027-08-15T00:00Z, which is this.
const END: UnixMs = UnixMs(1_818_288_000_000);
const DAY_MS: i64 = 86_400_000;

#[rstest]
#[case::long_before(-61, None)]
#[case::on_the_sixtieth_day(-60, None)]
#[case::then(-59, Some("LinkedIn will stop answering to version 202608 of its API about 2027-08-15."))]
#[case::on_the_last_day(-1, Some("LinkedIn will stop"))]
#[case::on_the_day(
    0,
    Some("LinkedIn was to stop answering to version 202608 of its API about 2027-08-15.")
)]
#[case::afterwards(400, Some("LinkedIn was to stop"))]
fn the_end_of_a_version_is_announced(#[case] days: i64, #[case] expected: Option<&str>) {
    let warnings = linkedin().warnings(END.plus_ms(days * DAY_MS));
    assert_eq!(warnings.len(), usize::from(expected.is_some()));
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(
            warning.starts_with(expected) && warning.contains("Raise api_version"),
            "{warning}"
        );
    }
}

#[test]
fn the_end_of_a_version_is_known() {
    let (version, ends_at) = linkedin().version_end().unwrap();
    assert_eq!((version.as_str(), ends_at), ("202608", END));
}

// -- encode

#[test]
fn a_sale_with_all_that_is_known_of_it_is_told_like_this() {
    let encoded = encode(&[event()]);
    let body = concat!(
        r#"{"elements":[{"conversion":"urn:lla:llaPartnerConversion:23456","conversionHappenedAt":1795433400999,"#,
        r#""conversionValue":{"currencyCode":"USD","amount":"149.5"},"eventId":"kn-000003000002D-purchase","#,
        r#""user":{"userIds":[{"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","#,
        r#""idValue":"0a1b2c3d-1111-2222-3333-444455556666"},{"idType":"SHA256_EMAIL","#,
        r#""idValue":"2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"}],"#,
        r#""externalIds":["ABC1234"]}}]}"#,
    );
    assert_eq!(encoded.request.body, body);
    let head = "POST https://api.linkedin.com/rest/conversionEvents\nauthorization: Bearer [struck out]\n\
                content-type: application/json\nlinkedin-version: 202608\nx-restli-method: BATCH_CREATE\n\
                x-restli-protocol-version: 2.0.0\n";
    assert_eq!(encoded.shown(0), format!("{head}\n{body}"));
    let bearer = crate::Header::Secret("Bearer ", Secret::new(TOKEN.into()));
    assert_eq!(encoded.request.headers[0], ("authorization", bearer));
}

#[test]
fn a_click_of_which_next_to_nothing_is_known_is_told_like_this() {
    let expected = concat!(
        r#"{"elements":[{"conversion":"urn:lla:llaPartnerConversion:23456","conversionHappenedAt":1795347000123,"#,
        r#""eventId":"kn-000000000002D-click","user":{"userIds":[]}}]}"#,
    );
    assert_eq!(encode(&[bare_event()]).request.body, expected);
}

#[test]
fn an_event_may_count_for_a_rule_of_its_own() {
    let rules = ["Contact", "42", "42x"].map(|name| {
        let name = name.to_owned();
        told(Event { name, ..event() })["conversion"].clone()
    });
    let [default, own] = ["urn:lla:llaPartnerConversion:23456", "urn:lla:llaPartnerConversion:42"];
    assert_eq!(rules, [default, own, default]);
}

#[test]
fn without_consent_nobody_is_named() {
    let event = Event {
        consent: Consent::Denied,
        ..event()
    };
    assert_eq!(told(event)["user"], json!({"userIds": []}));
}

#[test]
fn an_empty_click_id_is_none() {
    let mut event = bare_event();
    event.click.ids = click_ids(&[("li_fat_id", "")]);
    assert_eq!(told(event)["user"]["userIds"], json!([]));
}

proptest! {
    #[test]
    fn any_events_make_a_sound_request(events in vec(any_event(), 1..5)) {
        let body = assert_sound(&encode(&events), &events, TOKEN);
        let told = body["elements"].as_array().unwrap();
        prop_assert_eq!(told.len(), events.len());
        for (told, event) in told.iter().zip(&events) {
            prop_assert_eq!(&told["eventId"], event.id.as_str());
            prop_assert_eq!(&told["conversionHappenedAt"], event.at.0);
            prop_assert!(told["user"]["userIds"].is_array());
            prop_assert!(told["user"].get("userInfo").is_none());
            let amount = told["conversionValue"]["amount"].as_str();
            prop_assert_eq!(amount.map(str::to_owned), event.money.map(|money| money.value.to_string()));
        }
    }
}

// -- decode

const AUTH: Verdict = Verdict::Hold(Hold::Auth);
const CONFIG: Verdict = Verdict::Hold(Hold::Config);
const THROTTLE: Verdict = Verdict::Throttle(None);

fn decode(status: u16, body: impl Into<String>, count: usize) -> Answer {
    assert_total(&linkedin(), &answer(status, body), count)
}

fn verdicts(answer: &Answer) -> Vec<Verdict> {
    answer.findings.iter().map(|finding| finding.verdict).collect()
}

/// Of an event that was alone.
fn finding(status: u16, body: impl Into<String>) -> Finding {
    decode(status, body, 1).findings.remove(0)
}

const METHOD: &str = "Conversion's method should be CONVERSIONS_API, indices [0]";

#[rstest]
#[case::method(400, json!({"message": METHOD}), CONFIG, "400")]
#[case::version(426, json!({"code": "NONEXISTENT_VERSION"}), CONFIG, "426/NONEXISTENT_VERSION")]
#[case::version_by_code(400, json!({"code": "NONEXISTENT_VERSION"}), CONFIG, "400/NONEXISTENT_VERSION")]
#[case::no_version(400, json!({"code": "VERSION_MISSING"}), CONFIG, "400/VERSION_MISSING")]
#[case::upgrade(426, json!({}), CONFIG, "426")]
#[case::bad_token(401, json!({"serviceErrorCode": 65_600, "code": "INVALID_ACCESS_TOKEN"}), AUTH, "401/65600")]
#[case::revoked(400, json!({"serviceErrorCode": 65_601}), AUTH, "400/65601")]
#[case::expired(403, json!({"serviceErrorCode": 65_602}), AUTH, "403/65602")]
#[case::token_by_code(400, json!({"serviceErrorCode": 65_600}), AUTH, "400/65600")]
#[case::unauthorised(401, json!({}), AUTH, "401")]
#[case::forbidden(403, json!({"code": "ACCESS_DENIED", "serviceErrorCode": 100}), AUTH, "403/100")]
#[case::no_rule(404, json!({"code": "NOT_FOUND"}), CONFIG, "404/NOT_FOUND")]
#[case::too_many(429, json!({"code": "TOO_MANY_REQUESTS"}), THROTTLE, "429/TOO_MANY_REQUESTS")]
#[case::bad_request(400, json!({"message": "Bad."}), Verdict::Drop, "400")]
#[case::bad_event(422, json!({"message": "Index: 0, ERROR :: Bad."}), Verdict::Drop, "422")]
#[case::trouble(500, json!({"message": "Oops."}), Verdict::Retry, "500")]
#[case::busy(503, json!({}), Verdict::Retry, "503")]
#[case::new_status(418, json!({"code": "TEAPOT"}), Verdict::Retry, "418/TEAPOT")]
fn an_error_means(#[case] status: u16, #[case] error: Value, #[case] expected: Verdict, #[case] code: &str) {
    let of_request = finding(status, error.to_string());
    assert_eq!((of_request.verdict, of_request.code.as_deref()), (expected, Some(code)));
    // The same of an element in an answer that was otherwise good.
    let of_element = json!({"elements": [{"status": 201}, {"status": status, "error": error}]});
    let answer = decode(200, of_element.to_string(), 2);
    assert_eq!(verdicts(&answer), [Verdict::Delivered, expected]);
    assert_eq!(answer.findings[1].code.as_deref(), Some(code));
}

#[test]
fn each_sign_has_one_row() {
    let mut signs: Vec<_> = decode::ERRORS.iter().map(|(sign, ..)| format!("{sign:?}")).collect();
    signs.sort_unstable();
    assert!(signs.windows(2).all(|pair| pair[0] != pair[1]));
    let of_status = |sign: &Sign| matches!(sign, Sign::Status(_));
    // A status says least, so its row may stand before no other.
    assert!(decode::ERRORS.is_sorted_by_key(|(sign, ..)| of_status(sign)));
    assert_eq!(signs.len(), 13, "a new row wants a case in the table above");
}

#[rstest]
#[case::page(502, "<html>502</html>", Verdict::Retry)]
#[case::forbidding_page(403, "<html>Forbidden</html>", Verdict::Retry)]
#[case::upgrading_page(426, "<html>Use HTTP/2</html>", Verdict::Retry)]
#[case::odd_status(999, "", Verdict::Retry)]
#[case::login_page(200, "<html>Log in</html>", Verdict::Retry)]
#[case::nothing(200, "", Verdict::Retry)]
#[case::moved(302, "", Verdict::Retry)]
#[case::half(200, r#"{"elem"#, Verdict::Retry)]
#[case::no_list(200, r#"{"elements":{}}"#, Verdict::Retry)]
#[case::odd_element(200, r#"{"elements":[7]}"#, Verdict::Retry)]
#[case::no_status(200, r#"{"elements":[{}]}"#, Verdict::Retry)]
#[case::too_many(429, "slow down", THROTTLE)]
fn an_answer_that_makes_no_sense_costs_nothing(#[case] status: u16, #[case] body: &str, #[case] expected: Verdict) {
    assert_eq!(finding(status, body).verdict, expected);
}

#[test]
fn created_elements_are_delivered() {
    let answer = decode(200, r#"{"elements":[{"status":201},{"status":200}]}"#, 2);
    assert_eq!(verdicts(&answer), [Verdict::Delivered; 2]);
    assert_eq!(verdicts(&decode(201, "", 1)), [Verdict::Delivered]);
}

#[test]
fn each_element_has_its_own_verdict() {
    let elements = json!({"elements": [
        {"status": 422, "error": {"status": 422, "message": "Index: 0, ERROR :: /eventId :: is empty"}},
        {"status": 201},
        {"status": 500, "error": {"message": "Oops."}},
    ]});
    let answer = decode(200, elements.to_string(), 3);
    assert_eq!(verdicts(&answer), [Verdict::Drop, Verdict::Delivered, Verdict::Retry]);
    assert_eq!(answer.findings[0].message, "Index: 0, ERROR :: /eventId :: is empty");
}

#[rstest]
#[case::too_few(r#"{"elements":[{"status":201},{"status":422}]}"#)]
#[case::too_many(r#"{"elements":[{"status":201},{"status":201},{"status":201},{"status":201}]}"#)]
#[case::none(r#"{"elements":[]}"#)]
fn of_an_answer_to_another_number_of_events_nothing_is_believed(#[case] body: &str) {
    let answer = decode(200, body, 3);
    assert_eq!(verdicts(&answer), [Verdict::Retry; 3]);
    assert!(
        answer.findings[0].message.contains("of 3"),
        "{}",
        answer.findings[0].message
    );
}

#[test]
fn an_empty_answer_to_several_events_is_not_believed() {
    assert_eq!(verdicts(&decode(201, "", 2)), [Verdict::Retry; 2]);
}

#[rstest]
#[case::one(422, "Index: 1, ERROR :: /conversionValue/amount :: field is required", [1].as_slice())]
#[case::two(422, "Index: 0, ERROR :: x Index: 2, ERROR :: y", &[0, 2])]
#[case::list(400, "Conversion is too old, indices [0, 1]", &[0, 1])]
fn a_bad_event_is_named_by_its_index(#[case] status: u16, #[case] message: &str, #[case] bad: &[usize]) {
    let answer = decode(status, json!({"message": message}).to_string(), 3);
    let expected = [0, 1, 2].map(|index| match bad.contains(&index) {
        true => Verdict::Drop,
        false => Verdict::Innocent,
    });
    assert_eq!(verdicts(&answer), expected);
    assert_eq!(answer.findings[bad[0]].message, message);
}

#[rstest]
#[case::no_index("Bad.")]
#[case::beyond("Index: 3, ERROR :: Bad.")]
#[case::no_number("Index: x, indices [], indices [")]
#[case::too_large("Index: 99999999999999999999999")]
fn a_bad_request_without_an_index_is_halved(#[case] message: &str) {
    let answer = decode(422, json!({"message": message}).to_string(), 3);
    assert_eq!(verdicts(&answer), [Verdict::Suspect; 3]);
}

#[test]
fn a_rule_of_another_kind_holds_all_though_it_names_one() {
    let answer = decode(400, json!({"message": METHOD}).to_string(), 3);
    assert_eq!(verdicts(&answer), [CONFIG; 3]);
}

#[test]
fn a_dead_version_says_what_to_raise() {
    let error = json!({"code": "NONEXISTENT_VERSION", "message": "Requested version 20251101 is not active"});
    let message = finding(426, error.to_string()).message;
    assert!(message.contains("Raise api_version"), "{message}");
    assert!(
        message.ends_with("LinkedIn: Requested version 20251101 is not active"),
        "{message}"
    );
}

#[test]
fn a_throttle_lasts_as_long_as_it_says() {
    let response = HttpResponse {
        retry_after: Some(60),
        ..answer(429, "{}")
    };
    let expected = Verdict::Throttle(Some(Duration::from_secs(60)));
    assert_eq!(assert_total(&linkedin(), &response, 1).findings[0].verdict, expected);
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning(status: u16, body in ".{0,60}", count in 1..20_usize) {
        decode(status, body, count);
    }

    #[test]
    fn every_refusal_has_a_meaning_and_repeats_no_credential(
        status in prop_oneof![Just(400_u16), Just(422), Just(401), any::<u16>()],
        service_code in prop_oneof![Just(65_600_u64), any::<u64>()],
        code in prop_oneof![Just("NONEXISTENT_VERSION".to_owned()), ".{0,20}"],
        message in prop_oneof![".{0,600}", "Index: [0-9]{1,3}, ERROR", "indices \\[[0-9]{1,2}\\]"],
        elements in 0..3_usize,
        count in 1..20_usize,
    ) {
        let error = json!({
            "serviceErrorCode": service_code,
            "code": format!("{code}{TOKEN}"),
            "message": format!("{message} {TOKEN}"),
            "status": status,
        });
        let of_elements = json!({"elements": vec![json!({"status": status, "error": error}); elements]});
        for answer in [decode(status, error.to_string(), count), decode(200, of_elements.to_string(), elements.max(1))] {
            let said = format!("{answer:?}");
            prop_assert!(!said.contains(TOKEN), "{}", said);
            prop_assert!(answer.findings.iter().all(|finding| finding.message.chars().count() <= 500));
        }
    }
}

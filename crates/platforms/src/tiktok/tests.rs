//! What TikTok is told, and what its answers mean.

use super::*;
use crate::{
    Finding, Header, Hold, Verdict,
    testing::{answer, any_event, assert_sound, assert_total, bare_event, event, fields},
};
use proptest::{collection::vec, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

const TOKEN: &str = "0123456789abcdef-secret-TOKEN";

fn tiktok() -> Tiktok {
    connect(json!({"pixel_code": "C4ABCDEFGHIJKLMNOPQR"}))
}

fn connect(settings: Value) -> Tiktok {
    Tiktok::new(&fields(settings), &fields(json!({"access_token": TOKEN}))).unwrap()
}

fn encode(tiktok: &Tiktok, events: &[Event], mode: Mode<'_>) -> Encoded {
    tiktok.encode(&Hosts::default(), None, events, mode)
}

/// The body of a request with one event.
fn body(tiktok: &Tiktok, event: Event) -> Value {
    serde_json::from_str(&encode(tiktok, &[event], Mode::Live).request.body).unwrap()
}

// -- encode

#[test]
fn a_sale_with_all_that_is_known_of_it_is_told_like_this() {
    let encoded = encode(&tiktok(), &[event()], Mode::Test(Some("TEST12345")));
    let expected = concat!(
        r#"{"event_source":"web","event_source_id":"C4ABCDEFGHIJKLMNOPQR","partner_name":"Konektor","#,
        r#""test_event_code":"TEST12345","data":[{"event":"Purchase","event_time":1795433400,"#,
        r#""event_id":"kn-000003000002D-purchase","user":{"ttclid":"E.C.P.abc-DEF","ttp":"2Zk3vJ9w-QTtp","#,
        r#""external_id":["979ae4c32c826f265c49c0b17432ffb18c1bccabc79cede66a99984403fc4ae4"],"#,
        r#""email":["2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"],"#,
        r#""phone":["62397bbd6a8c9ae53bc914a6017300eb6b13af5be20e4cc9ad2dc3d61ecb24cd"],"ip":"203.0.113.9","#,
        r#""user_agent":"Mozilla/5.0 (Linux; Android 15) \"x\"","locale":"id-ID"},"#,
        r#""properties":{"content_type":"product","description":"promo","value":149.5,"currency":"USD"},"#,
        r#""page":{"url":"https://konektor.example/wa/promo?ttclid=E.C.P.abc-DEF","#,
        r#""referrer":"https://l.facebook.com"},"limited_data_use":false}]}"#,
    );
    assert_eq!(encoded.request.body, expected);
    let head = concat!(
        "POST https://business-api.tiktok.com/open_api/v1.3/event/track/\n",
        "access-token: [struck out]\n",
        "content-type: application/json\n",
    );
    assert_eq!(encoded.shown(0), format!("{head}\n{expected}"));
}

#[test]
fn of_a_bare_click_nothing_is_told_that_is_not_known() {
    let encoded = encode(&tiktok(), &[bare_event()], Mode::Live);
    let expected = concat!(
        r#"{"event_source":"web","event_source_id":"C4ABCDEFGHIJKLMNOPQR","partner_name":"Konektor","#,
        r#""data":[{"event":"Contact","event_time":1795347000,"event_id":"kn-000000000002D-click","user":{},"#,
        r#""properties":{"content_type":"product","description":"promo"},"#,
        r#""page":{"url":"https://konektor.example/wa/promo"},"limited_data_use":false}]}"#,
    );
    assert_eq!(encoded.request.body, expected);
}

#[rstest]
#[case::live(Mode::Live, None)]
#[case::without_a_code(Mode::Test(None), None)]
#[case::empty(Mode::Test(Some("")), None)]
#[case::with_a_code(Mode::Test(Some("TEST1")), Some("TEST1"))]
fn a_test_has_its_code(#[case] mode: Mode<'_>, #[case] expected: Option<&str>) {
    let encoded = encode(&tiktok(), &[event()], mode);
    let body: Value = serde_json::from_str(&encoded.request.body).unwrap();
    assert_eq!(body.get("test_event_code").and_then(Value::as_str), expected);
}

#[test]
fn the_token_goes_in_its_header_and_nowhere_else() {
    let encoded = encode(&tiktok(), &[event()], Mode::Live);
    let (name, value) = &encoded.request.headers[0];
    assert_eq!(
        (*name, value),
        ("access-token", &Header::Secret("", Secret::new(TOKEN.into())))
    );
    assert!(!encoded.request.body.contains(TOKEN));
}

#[rstest]
#[case("id-ID,id;q=0.9,en;q=0.8", Some("id-ID"))]
#[case("en", Some("en"))]
#[case(" zh-Hant-TW ;q=0.5", Some("zh-Hant-TW"))]
#[case("*", None)]
#[case("", None)]
#[case("id-", None)]
#[case("1;drop", None)]
#[case("abcdefgh-abcdefgh-abcdefgh-abcdefgh-a", None)]
fn the_locale_is_the_first_language(#[case] accept_language: &str, #[case] expected: Option<&str>) {
    let mut event = event();
    event.visitor.language = accept_language.into();
    let body = body(&tiktok(), event);
    assert_eq!(body["data"][0]["user"].get("locale").and_then(Value::as_str), expected);
}

#[rstest]
#[case("150000", "IDR", "150000")]
#[case("149.50", "USD", "149.5")]
#[case("0.005", "KWD", "0.005")]
fn a_value_is_an_exact_number(#[case] value: &str, #[case] currency: &str, #[case] expected: &str) {
    let mut event = event();
    let money = event.money.as_mut().unwrap();
    (money.value, money.currency) = (value.parse().unwrap(), currency.parse().unwrap());
    let encoded = encode(&tiktok(), &[event], Mode::Live);
    let expected = format!(r#""value":{expected},"currency":"{currency}"}}"#);
    assert!(encoded.parts[0].contains(&expected), "{}", encoded.parts[0]);
}

#[test]
fn limited_data_use_is_said_of_each_event() {
    let limited = connect(json!({"pixel_code": "C4ABCDEFGHIJKLMNOPQR", "limited_data_use": true}));
    assert_eq!(body(&limited, event())["data"][0]["limited_data_use"], true);
}

proptest! {
    #[test]
    fn any_events_make_a_sound_request(events in vec(any_event(), 1..5)) {
        let body = assert_sound(&encode(&tiktok(), &events, Mode::Test(Some("TEST1"))), &events, TOKEN);
        let told = body["data"].as_array().unwrap();
        prop_assert_eq!(told.len(), events.len());
        for (told, event) in told.iter().zip(&events) {
            prop_assert_eq!(told["event_id"].as_str(), Some(event.id.as_str()));
            prop_assert_eq!(told["event_time"].as_i64(), Some(event.at.0 / 1_000));
            for (field, value) in told["user"].as_object().unwrap() {
                prop_assert!(value.as_str() != Some("") && !value.is_null(), "{} is empty", field);
            }
        }
    }
}

// -- decode

fn said(code: i64, message: &str, data: Value) -> String {
    json!({"code": code, "message": message, "request_id": "2026112212", "data": data}).to_string()
}

fn decode(status: u16, body: impl Into<String>, count: usize) -> Answer {
    assert_total(&tiktok(), &answer(status, body), count)
}

fn verdicts(answer: &Answer) -> Vec<Verdict> {
    answer.findings.iter().map(|finding| finding.verdict).collect()
}

const AUTH: Verdict = Verdict::Hold(Hold::Auth);
const CONFIG: Verdict = Verdict::Hold(Hold::Config);
const THROTTLE: Verdict = Verdict::Throttle(None);

#[rstest]
#[case::no_permission(200, 40_001, "No permission to operate pixel code: C4", AUTH)]
#[case::token_from(200, 40_101, "No.", AUTH)]
#[case::wrong_token(200, 40_105, "Access token is incorrect or has been revoked.", AUTH)]
#[case::as_a_server_error(500, 40_105, "No.", AUTH)]
#[case::no_pixel(200, 40_002, "event_source_id: Invalid value", CONFIG)]
#[case::no_pixel_code(200, 40_002, "Invalid Pixel Code", CONFIG)]
#[case::no_pixel_field(200, 40_002, "pixel_code: Not a valid string.", CONFIG)]
#[case::bad_event(200, 40_002, "Invalid value for event_id", Verdict::Drop)]
#[case::limit(200, 40_100, "Too many requests.", THROTTLE)]
#[case::internal(200, 40_700, "Internal service timeout.", Verdict::Retry)]
#[case::server_from(200, 50_000, "System error.", Verdict::Retry)]
#[case::server_to(200, 59_999, "System error.", Verdict::Retry)]
#[case::unknown_code(200, 98_765, "No.", Verdict::Retry)]
#[case::unknown_code_unauthorised(401, 98_765, "No.", AUTH)]
#[case::unknown_code_forbidden(403, 98_765, "No.", AUTH)]
#[case::unknown_code_too_many(429, 98_765, "No.", THROTTLE)]
fn a_code_means(#[case] status: u16, #[case] code: i64, #[case] message: &str, #[case] expected: Verdict) {
    let answer = decode(status, said(code, message, json!({})), 1);
    assert_eq!(
        answer.findings,
        [Finding::with_code(expected, code.to_string(), message)]
    );
    assert_eq!(answer.trace.as_deref(), Some("2026112212"));
}

#[rstest]
#[case::page(502, "<html>\r\n<head><title>502 Bad Gateway</title></head></html>", Verdict::Retry)]
#[case::forbidding_page(403, "<html>Forbidden</html>", Verdict::Retry)]
#[case::login_page(200, "<html>Log in to the hotel's network</html>", Verdict::Retry)]
#[case::nothing(200, "", Verdict::Retry)]
#[case::half(200, r#"{"code":0"#, Verdict::Retry)]
#[case::no_code(200, r#"{"message":"OK"}"#, Verdict::Retry)]
#[case::other_code(200, r#"{"code":"OK"}"#, Verdict::Retry)]
#[case::a_list(200, "[0]", Verdict::Retry)]
#[case::too_many(429, "slow down", THROTTLE)]
fn an_answer_that_is_not_tiktoks_costs_nothing(#[case] status: u16, #[case] body: &str, #[case] expected: Verdict) {
    assert_eq!(verdicts(&decode(status, body, 2)), [expected; 2]);
}

#[test]
fn a_throttle_lasts_as_long_as_it_says() {
    let mut response = answer(200, said(40_100, "Too many requests.", json!({})));
    response.retry_after = Some(120);
    let expected = Verdict::Throttle(Some(Duration::from_secs(120)));
    assert_eq!(assert_total(&tiktok(), &response, 1).findings[0].verdict, expected);
}

#[test]
fn ok_is_delivered() {
    let answer = decode(200, said(0, "OK", json!({})), 2);
    assert_eq!(answer.findings, vec![Finding::new(Verdict::Delivered, "Received."); 2]);
    assert_eq!(answer.trace.as_deref(), Some("2026112212"));
}

#[rstest]
#[case("Batch.1.properties.contents.0.content_id: Not a valid string")]
#[case("data.1.event_id: Not a valid string")]
#[case("data[1].event_id: Not a valid string")]
fn a_bad_event_is_named_by_its_index(#[case] message: &str) {
    let answer = decode(200, said(40_002, message, json!({})), 3);
    assert_eq!(verdicts(&answer), [Verdict::Innocent, Verdict::Drop, Verdict::Innocent]);
    assert_eq!(answer.findings[1].message, message);
}

#[rstest]
#[case::no_index("Invalid value for event_id")]
#[case::index_beyond("Batch.3.event_id: Not a valid string")]
fn a_bad_event_without_a_name_is_looked_for(#[case] message: &str) {
    let answer = decode(200, said(40_002, message, json!({})), 3);
    assert_eq!(verdicts(&answer), [Verdict::Suspect; 3]);
}

#[rstest]
#[case::indices(json!({"failed_events": [{"index": 1, "message": "Bad value."}]}))]
#[case::event_indices(json!({"total": 3, "failures": [{"event_index": 1, "error_message": "Bad value."}]}))]
#[case::with_codes(json!({"error_list": [{"index": 1, "code": 40002, "error_msg": "Bad value."}]}))]
#[case::without_a_name(json!([{"index": 1, "reason": "Bad value."}]))]
fn of_a_partial_success_the_failures_are_dropped(#[case] data: Value) {
    let answer = decode(200, said(20_001, "Partial success", data), 3);
    assert_eq!(
        verdicts(&answer),
        [Verdict::Delivered, Verdict::Drop, Verdict::Delivered]
    );
    assert_eq!(answer.findings[1].message, "Bad value.");
}

#[rstest]
#[case(json!({"errors": ["Batch.2.event: Missing", "data.0.event: Missing"]}))]
#[case(json!({"errors": [{"message": "Batch.2.event: Missing"}, {"message": "data.0.event: Missing"}]}))]
#[case(json!({"failed_events": [
    {"order_in_batch": 3, "error_info": "Batch.2.event: Missing"},
    {"order_in_batch": 1, "error_info": "data.0.event: Missing"},
]}))]
fn of_a_partial_success_the_failures_may_be_named_in_words(#[case] data: Value) {
    let answer = decode(200, said(20_001, "Partial success", data), 3);
    assert_eq!(verdicts(&answer), [Verdict::Drop, Verdict::Delivered, Verdict::Drop]);
    assert_eq!(answer.findings[0].message, "data.0.event: Missing");
}

#[test]
fn a_failure_that_will_pass_is_sent_again() {
    let data = json!({"failed_events": [{"index": 0, "code": 50000}, {"index": 1, "code": 40100}]});
    let answer = decode(200, said(20_001, "Partial success", data), 3);
    assert_eq!(verdicts(&answer), [Verdict::Retry, THROTTLE, Verdict::Delivered]);
}

#[rstest]
#[case::no_data(Value::Null)]
#[case::no_list(json!({}))]
#[case::empty_list(json!({"failed_events": []}))]
#[case::no_index(json!({"failed_events": [{"message": "Bad value."}]}))]
#[case::one_without_index(json!({"failed_events": [{"index": 1}, {"message": "Bad value."}]}))]
#[case::index_beyond(json!({"failed_events": [{"index": 3}]}))]
#[case::negative(json!({"failed_events": [{"index": -1}]}))]
#[case::other_counting(json!({"failed_events": [{"order_in_batch": 1}]}))]
#[case::other_list(json!({"events": [{"index": 1}]}))]
fn of_a_partial_success_without_names_nobody_is_dropped_unheard(#[case] data: Value) {
    let body = said(20_001, "Partial success", data);
    assert_eq!(verdicts(&decode(200, body.clone(), 3)), [Verdict::Suspect; 3]);
    let alone = decode(200, body, 1);
    assert_eq!(verdicts(&alone), [Verdict::Drop]);
}

#[rstest]
#[case("  ", "TikTok gave no reason (HTTP 200).")]
#[case("Bad token 0123456789abcdef-secret-TOKEN!", "Bad token [struck out]!")]
fn the_message_is_tiktoks_own_without_the_token(#[case] message: &str, #[case] expected: &str) {
    assert_eq!(
        decode(200, said(40_105, message, json!({})), 1).findings[0].message,
        expected
    );
}

#[test]
fn a_long_message_is_cut() {
    let answer = decode(200, said(50_000, &"long ".repeat(500), json!({})), 1);
    assert_eq!(answer.findings[0].message.chars().count(), 500);
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning(status: u16, body in ".{0,60}", count in 1..20_usize) {
        assert_total(&tiktok(), &answer(status, body), count);
    }

    #[test]
    fn every_refusal_has_a_meaning(
        status in prop_oneof![Just(200_u16), any::<u16>()],
        code in prop_oneof![Just(20_001_i64), Just(40_002), 40_000..40_200_i64, any::<i64>()],
        message in prop_oneof![".{0,40}", "Batch\\.[0-9]{1,3}\\.x", Just(TOKEN.to_owned())],
        indices in vec(0..25_u64, 0..4),
        count in 1..20_usize,
    ) {
        let failures: Vec<_> = indices.iter().map(|index| json!({"index": index, "message": message})).collect();
        let body = json!({
            "code": code, "message": message, "request_id": message, "data": {"failed_events": failures},
        });
        let answer = assert_total(&tiktok(), &answer(status, body.to_string()), count);
        let shown = format!("{answer:?}");
        prop_assert!(!shown.contains(TOKEN));
    }
}

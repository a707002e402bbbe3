//! What Meta is told, and what its answers mean.

use super::*;
use crate::{
    Finding, Hold, Verdict,
    testing::{answer, any_event, assert_sound, assert_total, bare_event, event, fields},
    wire::STRUCK_OUT,
};
use proptest::{collection::vec, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

const TOKEN: &str = "EAAB-secret-TOKEN-123";

fn meta() -> Meta {
    connect(json!({"dataset_id": "1234567890123456"}))
}

fn connect(settings: Value) -> Meta {
    Meta::new(&fields(settings), &fields(json!({"access_token": TOKEN}))).unwrap()
}

fn encode(meta: &Meta, events: &[Event], mode: Mode<'_>) -> Encoded {
    meta.encode(&Hosts::default(), None, events, mode)
}

/// The body of a request with one event.
fn body(meta: &Meta, event: Event) -> Value {
    serde_json::from_str(&encode(meta, &[event], Mode::Live).request.body).unwrap()
}

#[rstest]
#[case("v26.0", None)] // Meta has not said yet
#[case("v25.0", Some("2028-07-29T00:00:00Z"))]
#[case("v21.0", Some("2027-01-21T00:00:00Z"))]
#[case("v20.0", Some("2026-09-24T00:00:00Z"))]
#[case("v3.1", Some("2026-09-24T00:00:00Z"))] // long before
fn the_end_of_a_version_is_known(#[case] version: &str, #[case] end: Option<&str>) {
    let meta = connect(json!({"dataset_id": "1234567890123456", "api_version": version}));
    let found = meta.version_end().map(|(named, at)| {
        assert_eq!(named, version);
        at.timestamp().to_string()
    });
    assert_eq!(found.as_deref(), end);
}

// -- encode

#[test]
fn a_sale_with_all_that_is_known_of_it_is_told_like_this() {
    let encoded = encode(&meta(), &[event()], Mode::Test(Some("TEST12345")));
    assert_eq!(
        encoded.request.url,
        "https://graph.facebook.com/v26.0/1234567890123456/events"
    );
    let expected = concat!(
        r#"{"data":[{"event_name":"Purchase","event_time":1795433400,"event_id":"kn-000003000002D-purchase","#,
        r#""event_source_url":"https://konektor.example/wa/promo?fbclid=IwAR2F4-dbP0_x","action_source":"website","#,
        r#""referrer_url":"https://l.facebook.com","user_data":{"client_ip_address":"203.0.113.9","#,
        r#""client_user_agent":"Mozilla/5.0 (Linux; Android 15) \"x\"","#,
        r#""fbc":"fb.1.1795347000001.IwAR2F4-dbP0_x.AQICAQMC","fbp":"fb.1.1795347000001.1098115397","#,
        r#""external_id":["979ae4c32c826f265c49c0b17432ffb18c1bccabc79cede66a99984403fc4ae4"],"#,
        r#""em":["2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"],"#,
        r#""ph":["dd752605096029a73495a91862983963e1947a834a4300808074185af10bb725"]},"#,
        r#""custom_data":{"content_name":"promo","value":149.5,"currency":"USD"},"data_processing_options":[]}],"#,
        r#""test_event_code":"TEST12345","partner_agent":"konektor","access_token":"EAAB-secret-TOKEN-123"}"#,
    );
    assert_eq!(encoded.request.body, expected);
    let shown = encoded.shown(0);
    let (head, shown_body) = shown.split_once("\n\n").unwrap();
    assert_eq!(
        head,
        "POST https://graph.facebook.com/v26.0/1234567890123456/events\ncontent-type: application/json"
    );
    assert_eq!(shown_body, expected.replace(TOKEN, STRUCK_OUT));
}

#[test]
fn of_a_bare_click_nothing_is_told_that_is_not_known() {
    let encoded = encode(&meta(), &[bare_event()], Mode::Live);
    let expected = concat!(
        r#"{"data":[{"event_name":"Contact","event_time":1795347000,"event_id":"kn-000000000002D-click","#,
        r#""event_source_url":"https://konektor.example/wa/promo","action_source":"website","user_data":{},"#,
        r#""custom_data":{"content_name":"promo"},"data_processing_options":[]}],"#,
        r#""partner_agent":"konektor","access_token":"EAAB-secret-TOKEN-123"}"#,
    );
    assert_eq!(encoded.request.body, expected);
}

#[rstest]
#[case::live(Mode::Live, None)]
#[case::without_a_code(Mode::Test(None), None)]
#[case::empty(Mode::Test(Some("")), None)]
#[case::with_a_code(Mode::Test(Some("TEST1")), Some("TEST1"))]
fn a_test_has_its_code(#[case] mode: Mode<'_>, #[case] expected: Option<&str>) {
    let encoded = encode(&meta(), &[event()], mode);
    let body: Value = serde_json::from_str(&encoded.request.body).unwrap();
    assert_eq!(body.get("test_event_code").and_then(Value::as_str), expected);
}

#[test]
fn fbc_stays_the_same_for_everything_that_follows_the_click() {
    let fbc = |event: Event| body(&meta(), event)["data"][0]["user_data"]["fbc"].clone();
    let mut click = event();
    click.click.cookies.fbc = None;
    let mut sale = click.clone();
    sale.at = UnixMs(click.at.0 + 86_400_000);
    assert_eq!(fbc(click), "fb.1.1795347000123.IwAR2F4-dbP0_x");
    assert_eq!(fbc(sale), "fb.1.1795347000123.IwAR2F4-dbP0_x");
}

#[test]
fn an_address_of_the_new_kind_stays_one() {
    let mut event = event();
    event.visitor.ip = Some("2001:db8::9".parse().unwrap());
    assert_eq!(
        body(&meta(), event)["data"][0]["user_data"]["client_ip_address"],
        "2001:db8::9"
    );
}

#[rstest]
#[case("150000", "IDR", "150000")]
#[case("149.50", "USD", "149.5")]
#[case("0.005", "KWD", "0.005")]
#[case("999999999999.999", "IDR", "999999999999.999")]
fn a_value_is_an_exact_number(#[case] value: &str, #[case] currency: &str, #[case] expected: &str) {
    let mut event = event();
    let money = event.money.as_mut().unwrap();
    (money.value, money.currency) = (value.parse().unwrap(), currency.parse().unwrap());
    let encoded = encode(&meta(), &[event], Mode::Live);
    let expected = format!(r#""value":{expected},"currency":"{currency}"}}"#);
    assert!(encoded.parts[0].contains(&expected), "{}", encoded.parts[0]);
}

#[test]
fn limited_data_use_lets_meta_find_out_the_state() {
    let limited = connect(json!({"dataset_id": "1234567890123456", "limited_data_use": true}));
    let body = body(&limited, event());
    let event = &body["data"][0];
    assert_eq!(event["data_processing_options"], json!(["LDU"]));
    assert_eq!(event["data_processing_options_country"], 0);
    assert_eq!(event["data_processing_options_state"], 0);
}

#[test]
fn the_apps_secret_proves_the_token_and_is_not_sent_or_shown() {
    let credentials = json!({"access_token": "key-to-the-kingdom", "app_secret": "0123456789abcdef"});
    let meta = Meta::new(
        &fields(json!({"dataset_id": 1234567890123456_u64})),
        &fields(credentials),
    )
    .unwrap();
    // printf key-to-the-kingdom | openssl dgst -sha256 -hmac 0123456789abcdef
    let proof = "17af30f0aa2eb2904b0d0d25902b6f79cf7b72303d5bf751be454d226f0280d2";
    let encoded = encode(&meta, &[event()], Mode::Live);
    let body: Value = serde_json::from_str(&encoded.request.body).unwrap();
    assert_eq!(body["appsecret_proof"], proof);
    assert!(!encoded.request.body.contains("0123456789abcdef"));
    let said = format!("{}{encoded:?}{meta:?}", encoded.shown(0));
    assert!(!said.contains(proof) && !said.contains("key-to-the-kingdom") && !said.contains("0123456789abcdef"));
}

proptest! {
    #[test]
    fn any_events_make_a_sound_request(events in vec(any_event(), 1..5)) {
        let body = assert_sound(&encode(&meta(), &events, Mode::Test(Some("TEST1"))), &events, TOKEN);
        let told = body["data"].as_array().unwrap();
        prop_assert_eq!(told.len(), events.len());
        for (told, event) in told.iter().zip(&events) {
            prop_assert_eq!(told["event_id"].as_str(), Some(event.id.as_str()));
            prop_assert_eq!(told["event_time"].as_i64(), Some(event.at.0 / 1_000));
            for (field, value) in told["user_data"].as_object().unwrap() {
                prop_assert!(value.as_str() != Some("") && !value.is_null(), "{} is empty", field);
            }
        }
    }
}

#[test]
fn the_version_and_the_host_can_be_set() {
    let meta = connect(json!({"dataset_id": "1234567890123456", "api_version": "v27.0"}));
    let hosts = Hosts {
        meta: "http://127.0.0.1:9".into(),
        ..Hosts::default()
    };
    let encoded = meta.encode(&hosts, None, &[event()], Mode::Live);
    assert_eq!(encoded.request.url, "http://127.0.0.1:9/v27.0/1234567890123456/events");
}

// -- decode

fn error(error: Value) -> String {
    json!({ "error": error }).to_string()
}

fn decode(status: u16, body: impl Into<String>, count: usize) -> Answer {
    assert_total(&meta(), &answer(status, body), count)
}

/// Of an event that was alone.
fn finding(status: u16, body: impl Into<String>) -> Finding {
    decode(status, body, 1).findings.remove(0)
}

const AUTH: Verdict = Verdict::Hold(Hold::Auth);
const CONFIG: Verdict = Verdict::Hold(Hold::Config);
const THROTTLE: Verdict = Verdict::Throttle(None);

#[rstest]
#[case::password_changed(400, 190, Some(460), AUTH)]
#[case::expired(401, 190, Some(463), AUTH)]
#[case::as_a_server_error(500, 190, None, AUTH)]
#[case::session(400, 102, None, AUTH)]
#[case::permission(403, 10, None, AUTH)]
#[case::capability(400, 3, None, AUTH)]
#[case::permissions_from(403, 200, None, AUTH)]
#[case::permissions_to(403, 299, None, AUTH)]
#[case::no_data_set(400, 100, Some(33), CONFIG)]
#[case::no_such_object(404, 803, None, CONFIG)]
#[case::old_version(400, 2635, None, CONFIG)]
#[case::no_such_address(400, 2500, None, CONFIG)]
#[case::bad_fbc(400, 100, Some(2_804_001), Verdict::Drop)]
#[case::bad_time(400, 100, Some(2_804_003), Verdict::Drop)]
#[case::no_value(400, 100, Some(2_804_007), Verdict::Drop)]
#[case::no_currency(400, 100, Some(2_804_009), Verdict::Drop)]
#[case::not_hashed(400, 100, Some(2_804_016), Verdict::Drop)]
#[case::other_subcode(400, 100, Some(2_804_048), Verdict::Drop)]
#[case::unknown_subcode(400, 100, Some(999), Verdict::Drop)]
#[case::no_subcode(400, 100, None, Verdict::Drop)]
#[case::app_limit(400, 4, None, THROTTLE)]
#[case::user_limit(400, 17, None, THROTTLE)]
#[case::page_limit(400, 32, None, THROTTLE)]
#[case::limit(400, 341, None, THROTTLE)]
#[case::blocked(400, 368, None, THROTTLE)]
#[case::custom_limit(400, 613, None, THROTTLE)]
#[case::business_limits_from(400, 80_000, None, THROTTLE)]
#[case::business_limit(400, 80_004, None, THROTTLE)]
#[case::business_limits_to(400, 80_014, None, THROTTLE)]
#[case::unknown_trouble(500, 1, None, Verdict::Retry)]
#[case::service(400, 2, None, Verdict::Retry)]
#[case::internal(400, 5_000, None, Verdict::Retry)]
#[case::not_ready(400, 21_009, None, Verdict::Retry)]
#[case::unknown_code(400, 987_654, None, Verdict::Retry)]
#[case::unknown_code_of_a_server_error(503, 987_654, None, Verdict::Retry)]
#[case::unknown_code_unauthorised(401, 987_654, None, AUTH)]
#[case::unknown_code_forbidden(403, 987_654, None, AUTH)]
#[case::service_says_too_many(429, 2, None, THROTTLE)]
#[case::unknown_code_too_many(429, 987_654, None, THROTTLE)]
fn a_code_means(#[case] status: u16, #[case] code: i64, #[case] subcode: Option<i64>, #[case] expected: Verdict) {
    let body = error(json!({"message": "No.", "code": code, "error_subcode": subcode, "is_transient": false}));
    let found = finding(status, body);
    let written = subcode.map_or(code.to_string(), |subcode| format!("{code}/{subcode}"));
    assert_eq!((found.verdict, found.code), (expected, Some(written)));
}

#[rstest]
#[case::proof("Invalid appsecret_proof provided in the API argument", AUTH)]
#[case::no_proof("API calls from the server require an appsecret_proof argument", AUTH)]
#[case::no_data_set("Unsupported post request. Object with ID '1' does not exist", CONFIG)]
fn a_bad_connection_does_not_cost_an_event(#[case] message: &str, #[case] expected: Verdict) {
    let answer = decode(400, error(json!({"message": message, "code": 100})), 3);
    assert!(answer.findings.iter().all(|finding| finding.verdict == expected));
}

#[rstest]
#[case::of_an_event(100, 2_804_003, Verdict::Retry)]
#[case::of_the_token(190, 463, Verdict::Retry)]
#[case::of_a_limit(4, 0, THROTTLE)]
#[case::unknown(987_654, 0, Verdict::Retry)]
fn what_meta_calls_passing_is_sent_again(#[case] code: i64, #[case] subcode: i64, #[case] expected: Verdict) {
    let body = error(json!({"message": "No.", "code": code, "error_subcode": subcode, "is_transient": true}));
    assert_eq!(finding(400, body).verdict, expected);
}

#[rstest]
#[case::page(502, "<html><title>502 Bad Gateway</title></html>", Verdict::Retry)]
#[case::forbidding_page(403, "<html>Forbidden</html>", Verdict::Retry)]
#[case::login_page(200, "<html>Log in to the hotel's network</html>", Verdict::Retry)]
#[case::nothing(200, "", Verdict::Retry)]
#[case::half(200, r#"{"events_rec"#, Verdict::Retry)]
#[case::something_else(200, r#"{"success":true}"#, Verdict::Retry)]
#[case::a_list(200, "[1]", Verdict::Retry)]
#[case::other_errors(400, r#"{"error":"no"}"#, Verdict::Retry)]
#[case::other_count(200, r#"{"events_received":"1"}"#, Verdict::Retry)]
#[case::too_many(429, "slow down", THROTTLE)]
fn an_answer_that_is_not_metas_costs_nothing(#[case] status: u16, #[case] body: &str, #[case] expected: Verdict) {
    assert_eq!(finding(status, body).verdict, expected);
}

#[test]
fn a_throttle_lasts_as_long_as_it_says() {
    let mut response = answer(429, "");
    response.retry_after = Some(120);
    let expected = Verdict::Throttle(Some(Duration::from_secs(120)));
    assert_eq!(assert_total(&meta(), &response, 1).findings[0].verdict, expected);
}

#[test]
fn received_events_are_delivered() {
    let answer = decode(200, r#"{"events_received":2,"messages":[],"fbtrace_id":"AbC"}"#, 2);
    assert_eq!(answer.findings, vec![Finding::new(Verdict::Delivered, "Received."); 2]);
    assert_eq!(answer.trace.as_deref(), Some("AbC"));
}

#[test]
fn metas_remarks_are_kept() {
    let found = finding(200, r#"{"events_received":1,"messages":["Odd value.",7,"Odd time."]}"#);
    assert_eq!(found, Finding::new(Verdict::Delivered, "Odd value. Odd time."));
}

#[test]
fn fewer_events_received_than_sent_are_all_sent_again() {
    let answer = decode(200, r#"{"events_received":2,"messages":[]}"#, 3);
    assert!(answer.findings.iter().all(|finding| finding.verdict == Verdict::Retry));
    assert!(
        answer.findings[0].message.contains("2 of 3"),
        "{}",
        answer.findings[0].message
    );
}

#[rstest]
#[case::in_the_message(json!({"message": "(#100) Param data[1][event_time] must be a valid time", "code": 100}))]
#[case::as_a_path(json!({"message": "Unexpected key \"x\" on param \"$['data'][1]\".", "code": 100}))]
#[case::as_events(json!({"message": "events[1] is bad", "code": 100}))]
#[case::to_the_user(json!({"error_user_msg": "Event data[1] is too old", "code": 100, "error_subcode": 2804003}))]
#[case::in_the_data(json!({"code": 100, "error_data": {"errors": [{"event_index": 1, "message": "x"}]}}))]
#[case::in_data_as_text(json!({"code": 100, "error_data": "{\"event_index\":1}"}))]
fn a_bad_event_is_named_by_its_index(#[case] refusal: Value) {
    let verdicts: Vec<_> = decode(400, error(refusal), 3)
        .findings
        .iter()
        .map(|found| found.verdict)
        .collect();
    assert_eq!(verdicts, [Verdict::Innocent, Verdict::Drop, Verdict::Innocent]);
}

#[rstest]
#[case::no_index("Invalid parameter")]
#[case::index_of_something_else("custom_data[1] is bad")]
#[case::index_beyond("data[3] is bad")]
fn a_bad_event_without_a_name_is_looked_for(#[case] message: &str) {
    let answer = decode(
        400,
        error(json!({"message": message, "code": 100, "error_subcode": 2804007})),
        3,
    );
    assert!(
        answer
            .findings
            .iter()
            .all(|finding| finding.verdict == Verdict::Suspect)
    );
}

#[rstest]
#[case::for_users(
    json!({"message": "Invalid parameter", "error_user_title": "Too old", "error_user_msg": "Send it sooner."}),
    "Too old: Send it sooner."
)]
#[case::title_only(json!({"message": "Invalid parameter", "error_user_title": "Too old"}), "Too old")]
#[case::blank(json!({"message": "Invalid parameter", "error_user_title": " ", "error_user_msg": ""}), "Invalid parameter")]
#[case::for_developers(json!({"message": "Invalid parameter"}), "Invalid parameter")]
#[case::nothing(json!({}), "Meta gave no reason (HTTP 400).")]
fn the_message_is_metas_own(#[case] refusal: Value, #[case] expected: &str) {
    assert_eq!(finding(400, error(refusal)).message, expected);
}

#[test]
fn a_token_that_meta_repeats_is_struck_out() {
    let body = error(json!({
        "message": format!("Malformed access token {TOKEN}"),
        "code": 190,
        "fbtrace_id": format!("A{TOKEN}"),
    }));
    let answer = decode(400, body, 2);
    assert_eq!(answer.findings[1].message, "Malformed access token [struck out]");
    assert_eq!(answer.trace.as_deref(), Some("A[struck out]"));
}

#[test]
fn a_long_message_is_cut() {
    let found = finding(400, error(json!({"message": "long ".repeat(500), "code": 1})));
    assert_eq!(found.message.chars().count(), 500);
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning(status: u16, body in ".{0,60}", count in 1..20_usize) {
        assert_total(&meta(), &answer(status, body), count);
    }

    #[test]
    fn every_refusal_has_a_meaning(
        status in prop_oneof![Just(200_u16), Just(400), Just(500), any::<u16>()],
        code in prop_oneof![Just(100_i64), 0..300_i64, any::<i64>()],
        subcode in prop_oneof![Just(33_i64), 2_804_000..2_804_100_i64],
        message in prop_oneof![".{0,40}", "data\\[[0-9]{1,3}\\]", Just(TOKEN.to_owned())],
        is_transient: bool,
        count in 1..20_usize,
    ) {
        let body = error(json!({
            "message": message, "code": code, "error_subcode": subcode, "is_transient": is_transient,
        }));
        let answer = assert_total(&meta(), &answer(status, body), count);
        let shown = format!("{answer:?}");
        prop_assert!(!shown.contains(TOKEN));
    }
}

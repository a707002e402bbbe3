//! Answer → verdicts.

use super::*;
use crate::{
    Finding, Hold, Verdict,
    class::Class,
    google::decode::{REASONS, STATUSES},
    testing::{answer, assert_total},
};
use proptest::prelude::*;

const AUTH: Verdict = Verdict::Hold(Hold::Auth);
const CONFIG: Verdict = Verdict::Hold(Hold::Config);
const THROTTLE: Verdict = Verdict::Throttle(None);
const NEW_ACTION: Verdict = Verdict::Throttle(Some(Duration::from_secs(21_600)));

fn decode(status: u16, body: impl Into<String>, count: usize) -> Answer {
    assert_total(&of_person(), &answer(status, body), count)
}

fn verdicts(answer: &Answer) -> Vec<Verdict> {
    answer.findings.iter().map(|finding| finding.verdict).collect()
}

/// Of an event that was alone.
fn finding(status: u16, body: impl Into<String>) -> Finding {
    decode(status, body, 1).findings.remove(0)
}

fn error(status: &str, details: Value) -> String {
    json!({"error": {"code": 400, "message": "No.", "status": status, "details": details}}).to_string()
}

fn info(reason: &str) -> Value {
    json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "datamanager.googleapis.com"})
}

/// Violations as reason, field, words.
fn violations(violations: &[(&str, &str, &str)]) -> Value {
    let violations: Vec<_> = violations
        .iter()
        .map(|(reason, field, words)| json!({"reason": reason, "field": field, "description": words}))
        .collect();
    json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations})
}

fn one_violation(reason: &str, field: &str) -> String {
    error(
        "INVALID_ARGUMENT",
        json!([info("INVALID_ARGUMENT"), violations(&[(reason, field, "Bad.")])]),
    )
}

#[rstest]
#[case("INTERNAL_ERROR", Verdict::Retry)]
#[case("DEADLINE_EXCEEDED", Verdict::Retry)]
#[case("UNAVAILABLE", Verdict::Retry)]
#[case("RESOURCE_EXHAUSTED", THROTTLE)]
#[case("RATE_LIMIT_EXCEEDED", THROTTLE)]
#[case("PERMISSION_DENIED", AUTH)]
#[case("NOT_ALLOWLISTED", AUTH)]
#[case("SERVICE_DISABLED", AUTH)]
#[case("ACCESS_TOKEN_SCOPE_INSUFFICIENT", AUTH)]
#[case("INVALID_CONVERSION_ACTION_ID", CONFIG)]
#[case("INVALID_CONVERSION_ACTION_TYPE", CONFIG)]
#[case("EVENT_SOURCE_AND_DESTINATION_MISMATCH", CONFIG)]
#[case("INVALID_DESTINATION", CONFIG)]
#[case("NOT_FOUND", CONFIG)]
#[case("OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH", CONFIG)]
#[case("DESTINATION_ACCOUNT_TYPE_MISMATCH", CONFIG)]
#[case("MISMATCHED_ACCOUNT_TYPE", CONFIG)]
#[case("TERMS_AND_CONDITIONS_NOT_SIGNED", CONFIG)]
#[case("DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED", CONFIG)]
#[case("DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS", CONFIG)]
#[case("DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS", CONFIG)]
#[case("EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", CONFIG)]
#[case("CONVERSION_ACTION_TOO_RECENTLY_CREATED", NEW_ACTION)]
#[case("TOO_MANY_DESTINATIONS", Verdict::Drop)]
#[case("TOO_MANY_EVENTS", Verdict::Drop)]
#[case("EVENT_TIME_INVALID", Verdict::Drop)]
#[case("NO_IDENTIFIERS_PROVIDED", Verdict::Drop)]
#[case("INVALID_SHA256_FORMAT", Verdict::Drop)]
#[case("INVALID_AD_IDENTIFIER_FOR_ACCOUNT", Verdict::Drop)]
#[case::not_in_the_table("INVALID_CURRENCY_CODE", Verdict::Drop)]
fn a_reason_means(#[case] reason: &str, #[case] expected: Verdict) {
    let in_info = finding(400, error("INVALID_ARGUMENT", json!([info(reason)])));
    assert_eq!((in_info.verdict, in_info.code.as_deref()), (expected, Some(reason)));
    let in_violation = finding(400, one_violation(reason, "events.events[0].user_data"));
    assert_eq!(
        (in_violation.verdict, in_violation.code.as_deref()),
        (expected, Some(reason))
    );
    assert!(in_violation.message.ends_with("Bad."), "{}", in_violation.message);
}

#[test]
fn each_reason_and_status_has_one_row() {
    let mut names: Vec<_> = REASONS.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(
        (REASONS.len(), STATUSES.len()),
        (29, 7),
        "a new row wants a case in the tables here"
    );
}

#[rstest]
#[case("UNAUTHENTICATED", 401, AUTH)]
#[case("PERMISSION_DENIED", 403, AUTH)]
#[case("NOT_FOUND", 404, CONFIG)]
#[case("RESOURCE_EXHAUSTED", 429, THROTTLE)]
#[case("INVALID_ARGUMENT", 400, Verdict::Drop)]
#[case("FAILED_PRECONDITION", 400, Verdict::Drop)]
#[case("OUT_OF_RANGE", 400, Verdict::Drop)]
#[case("INTERNAL", 500, Verdict::Retry)]
#[case("UNAVAILABLE", 503, Verdict::Retry)]
#[case("DEADLINE_EXCEEDED", 504, Verdict::Retry)]
#[case("NEW_STATUS", 400, Verdict::Retry)]
#[case("NEW_STATUS", 401, AUTH)]
#[case("NEW_STATUS", 429, THROTTLE)]
fn a_status_without_a_reason_means(#[case] status: &str, #[case] http_status: u16, #[case] expected: Verdict) {
    let found = finding(http_status, error(status, json!([])));
    assert_eq!((found.verdict, found.code.as_deref()), (expected, Some(status)));
}

#[rstest]
#[case::page(502, "<html>502</html>", Verdict::Retry)]
#[case::not_found_page(404, "<html>404</html>", Verdict::Retry)]
#[case::forbidding_page(403, "<html>Forbidden</html>", Verdict::Retry)]
#[case::nothing(200, "", Verdict::Retry)]
#[case::login_page(200, "<html>Log in</html>", Verdict::Retry)]
#[case::half(200, r#"{"requestI"#, Verdict::Retry)]
#[case::no_request_id(200, "{}", Verdict::Retry)]
#[case::empty_request_id(200, r#"{"requestId":""}"#, Verdict::Retry)]
#[case::number(200, r#"{"requestId":7}"#, Verdict::Retry)]
#[case::moved(302, "", Verdict::Retry)]
#[case::other_error(400, r#"{"error":"no"}"#, Verdict::Retry)]
#[case::too_many(429, "slow down", THROTTLE)]
fn an_answer_that_makes_no_sense_costs_nothing(#[case] status: u16, #[case] body: &str, #[case] expected: Verdict) {
    assert_eq!(finding(status, body).verdict, expected);
}

#[test]
fn a_request_with_an_id_is_accepted_and_not_yet_confirmed() {
    let answer = decode(200, r#"{"requestId":"126365e1-16d0-4c81-9de9-f362711e250a"}"#, 3);
    assert_eq!(verdicts(&answer), [Verdict::Accepted; 3]);
    assert_eq!(answer.trace.as_deref(), Some("126365e1-16d0-4c81-9de9-f362711e250a"));
}

#[test]
fn a_warning_stands_at_its_event() {
    let warnings = json!([
        {"field": "events.events[1].currency", "reason": "WARNING_REASON_GENERIC", "description": "Odd."},
        {"fieldPath": "events.events[7]", "reason": "WARNING_REASON_GENERIC"},
    ]);
    let answer = decode(200, json!({"requestId": "a", "fieldWarnings": warnings}).to_string(), 2);
    assert_eq!(verdicts(&answer), [Verdict::Accepted; 2]);
    assert!(!answer.findings[0].message.contains("warning"));
    assert_eq!(
        answer.findings[1].message,
        "Google has it, with a warning. Google: Odd."
    );
}

#[rstest]
#[case("events.events[1].ad_identifiers.gclid")]
#[case("events[1]")]
#[case("events.events[1]")]
fn a_bad_event_is_named_by_its_index(#[case] field: &str) {
    let answer = decode(400, one_violation("NEW_REASON", field), 3);
    assert_eq!(verdicts(&answer), [Verdict::Innocent, Verdict::Drop, Verdict::Innocent]);
    assert_eq!(answer.findings[1].message, "Bad.");
}

#[test]
fn all_that_is_wrong_with_an_event_is_said() {
    let details = violations(&[
        ("EVENT_TIME_INVALID", "events.events[2].event_timestamp", "Too old."),
        ("INVALID_SHA256_FORMAT", "events.events[0].user_data", "No hash."),
        ("REQUIRED_FIELD_MISSING", "events.events[2].event_source", "Missing."),
    ]);
    let answer = decode(400, error("INVALID_ARGUMENT", json!([details])), 3);
    assert_eq!(verdicts(&answer), [Verdict::Drop, Verdict::Innocent, Verdict::Drop]);
    assert_eq!(answer.findings[0].message, "No hash.");
    assert_eq!(answer.findings[2].message, "Too old. Missing.");
}

#[rstest]
#[case::bare(error("INVALID_ARGUMENT", json!([])))]
#[case::no_field(one_violation("INVALID_FORMAT", ""))]
#[case::beyond(one_violation("INVALID_FORMAT", "events.events[3]"))]
#[case::destinations(one_violation("TOO_MANY_DESTINATIONS", "destinations"))]
#[case::no_details(json!({"error": {"code": 400, "status": "INVALID_ARGUMENT"}}).to_string())]
fn a_bad_request_without_an_index_is_halved(#[case] body: String) {
    assert_eq!(verdicts(&decode(400, body, 3)), [Verdict::Suspect; 3]);
}

#[test]
fn what_is_wrong_with_the_destination_holds_it() {
    let body = one_violation(
        "INVALID_FORMAT",
        "destinations.destinations[0].operating_account.account_id",
    );
    assert_eq!(verdicts(&decode(400, body, 2)), [CONFIG; 2]);
}

#[test]
fn a_closed_door_counts_more_than_a_bad_event() {
    let bad_event = ("EVENT_TIME_INVALID", "events.events[0]", "Too old.");
    let both = violations(&[bad_event, ("INVALID_CONVERSION_ACTION_TYPE", "destinations", "Wrong.")]);
    let answer = decode(400, error("INVALID_ARGUMENT", json!([both])), 2);
    assert_eq!(verdicts(&answer), [CONFIG; 2]);
    assert!(answer.findings[0].message.contains("import from clicks"));
    assert!(answer.findings[0].message.ends_with("Google: Wrong."));
}

#[rstest]
#[case::header(Some(90), json!([]), Some(90))]
#[case::detail(None, json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "30.0s"}]), Some(30))]
#[case::odd_detail(None, json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "-1s"}]), None)]
#[case::unsaid(None, json!([]), None)]
fn a_throttle_lasts_as_long_as_it_says(
    #[case] retry_after: Option<u64>,
    #[case] details: Value,
    #[case] expected_s: Option<u64>,
) {
    let response = HttpResponse {
        retry_after,
        ..answer(429, error("RESOURCE_EXHAUSTED", details))
    };
    let expected = Verdict::Throttle(expected_s.map(Duration::from_secs));
    assert_eq!(assert_total(&of_person(), &response, 1).findings[0].verdict, expected);
}

#[test]
fn the_request_id_of_a_refusal_is_kept_for_googles_support() {
    let request = json!({"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "xyz"});
    let answer = decode(400, error("INVALID_ARGUMENT", json!([7, {"@type": 7}, request])), 2);
    assert_eq!(answer.trace.as_deref(), Some("xyz"));
}

#[test]
fn a_token_that_google_repeats_is_struck_out() {
    let message = format!("Bearer {TOKEN}, for {CLIENT_SECRET}: no.");
    let body = json!({"error": {"status": "UNAUTHENTICATED", "message": message}}).to_string();
    let found = finding(401, body);
    let expected = "Google does not accept the credentials. Enter new ones. Google: Bearer [struck out], for \
                    [struck out]: no.";
    assert_eq!(found.message, expected);
}

#[test]
fn each_class_has_its_place_in_the_order() {
    let strongest_first = crate::google::decode::STRONGEST_FIRST;
    for (_, class, _) in REASONS {
        assert!(strongest_first.contains(class));
    }
    assert_eq!(strongest_first[0], Class::Auth);
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning(status: u16, body in ".{0,60}", count in 1..20_usize) {
        decode(status, body, count);
    }

    #[test]
    fn every_refusal_has_a_meaning_and_repeats_no_credential(
        status in prop_oneof![Just(200_u16), Just(400), Just(403), Just(500), any::<u16>()],
        reason in prop_oneof![
            "[A-Z_]{0,12}",
            prop::sample::select(REASONS).prop_map(|(reason, ..)| reason.to_owned()),
        ],
        field in "(events\\.events\\[[0-9]{1,3}\\]|destinations|.{0,20})",
        words in ".{0,600}",
        secret in prop::sample::select(&[TOKEN, CLIENT_SECRET, REFRESH_TOKEN]),
        count in 1..20_usize,
    ) {
        let violation = (reason.as_str(), field.as_str(), &*format!("{words}{secret} x"));
        let body = error("INVALID_ARGUMENT", json!([violations(&[violation, violation])]));
        let answer = decode(status, body, count);
        prop_assert!(answer.findings.iter().all(|finding| finding.message.chars().count() <= 500));
        assert_no_secrets(&format!("{answer:?}"));
    }
}

//! What became of a request.

use super::*;
use crate::{
    Finding, Hold, Method, Verdict,
    google::confirm::{DUPLICATES, PASSING, REFUSED},
    testing::answer,
};
use proptest::prelude::*;

const SIX_HOURS: Duration = Duration::from_secs(21_600);

/// A destination's status with its errors; some reasons have a shorter prefix.
fn status(status: &str, errors: &[(&str, Value)]) -> Value {
    let counts: Vec<_> = errors
        .iter()
        .map(|(reason, count)| json!({"reason": format!("PROCESSING_ERROR_REASON_{reason}"), "recordCount": count}))
        .collect();
    json!({
        "destination": {"reference": "action-1"},
        "requestStatus": status,
        "errorInfo": {"errorCounts": counts},
        "eventsIngestionStatus": {"recordCount": "5"},
    })
}

fn confirmation(statuses: Value) -> Confirmation {
    let body = json!({"requestStatusPerDestination": statuses}).to_string();
    of_person().decode_confirmation(&answer(200, body))
}

fn refused(statuses: Value) -> String {
    match confirmation(statuses) {
        Confirmation::Refused(words) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_asked_after_by_its_id() {
    let hosts = Hosts {
        google: "http://127.0.0.1:9".into(),
        ..Hosts::default()
    };
    let token = Secret::new(TOKEN.into());
    let request = of_person().confirm_request(&hosts, Some(&token), "a b&c=d/é").unwrap();
    let expected = "http://127.0.0.1:9/v1/requestStatus:retrieve?requestId=a%20b%26c%3Dd%2F%C3%A9";
    assert_eq!((request.method, request.url.as_str()), (Method::Get, expected));
    assert_eq!(request.headers, [("authorization", Header::Secret("Bearer ", token))]);
    assert_eq!(request.body, "");
}

#[rstest]
#[case::success(json!([status("SUCCESS", &[])]), Confirmation::Confirmed)]
#[case::both(json!([status("SUCCESS", &[]), status("SUCCESS", &[])]), Confirmation::Confirmed)]
#[case::processing(json!([status("PROCESSING", &[])]), Confirmation::Pending)]
#[case::one_is_not_done(json!([status("SUCCESS", &[]), status("PROCESSING", &[])]), Confirmation::Pending)]
#[case::failed_and_not_done(
    json!([status("FAILED", &[("CLICK_NOT_FOUND", json!("1"))]), status("PROCESSING", &[])]),
    Confirmation::Pending
)]
#[case::unknown(json!([status("REQUEST_STATUS_UNKNOWN", &[])]), Confirmation::Pending)]
#[case::no_status(json!([{}]), Confirmation::Pending)]
#[case::nobody(json!([]), Confirmation::Pending)]
#[case::nothing(Value::Null, Confirmation::Pending)]
fn a_request_is_confirmed_when_all_of_it_counts(#[case] statuses: Value, #[case] expected: Confirmation) {
    assert_eq!(confirmation(statuses), expected);
}

#[rstest]
#[case("FAILED")]
#[case("FAILURE")]
#[case("PARTIAL_SUCCESS")]
fn what_arrived_before_counts(#[case] word: &str) {
    for reason in DUPLICATES {
        let statuses = json!([status(word, &[(reason, json!("3"))]), status("SUCCESS", &[])]);
        assert_eq!(confirmation(statuses), Confirmation::Confirmed);
    }
}

#[test]
fn what_google_cannot_count_yet_is_sent_again() {
    for reason in PASSING {
        let counts = [
            (*reason, json!("2")),
            ("INVALID_GCLID", json!(1)),
            ("DUPLICATE_GCLID", json!(1)),
        ];
        match confirmation(json!([status("PARTIAL_SUCCESS", &counts)])) {
            Confirmation::Resend(SIX_HOURS, words) => assert!(words.contains(&format!("2 × {reason}")), "{words}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_does_not_count_is_told_by_reason() {
    for (reason, words) in REFUSED {
        let expected = format!("Google does not count it. 4 × {reason} ({words})");
        assert_eq!(refused(json!([status("FAILED", &[(reason, json!("4"))])])), expected);
    }
}

#[test]
fn reasons_are_added_up_over_destinations_and_duplicates_left_out() {
    let one = status(
        "PARTIAL_SUCCESS",
        &[("CLICK_NOT_FOUND", json!("4")), ("DUPLICATE_GCLID", json!("9"))],
    );
    let other = status("FAILED", &[("CLICK_NOT_FOUND", json!(1)), ("NEW_REASON", Value::Null)]);
    let expected = "Google counts a part of the request that this event was in, and does not say which part. \
                    5 × CLICK_NOT_FOUND (Google does not know the click), 1 × NEW_REASON";
    assert_eq!(
        confirmation(json!([one, other])),
        Confirmation::Partly(expected.to_owned())
    );
}

#[test]
fn a_reason_with_the_shorter_prefix_is_known() {
    let reason = "PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER";
    let counts = json!({"errorCounts": [{"reason": reason, "recordCount": "1"}]});
    let words = refused(json!([{"requestStatus": "FAILED", "errorInfo": counts}]));
    assert!(
        words.contains("(the click belongs to another Google Ads account)"),
        "{words}"
    );
}

#[rstest]
#[case::partial(json!([status("PARTIAL_SUCCESS", &[("INVALID_GCLID", json!(1))])]))]
#[case::partial_without_a_reason(json!([status("PARTIAL_SUCCESS", &[])]))]
#[case::one_destination_of_two(json!([status("SUCCESS", &[]), status("FAILED", &[("INVALID_GCLID", json!(1))])]))]
fn of_a_request_that_counts_in_part_no_event_is_called_lost(#[case] statuses: Value) {
    assert!(matches!(confirmation(statuses), Confirmation::Partly(_)));
}

#[rstest]
#[case::no_info(json!([{"requestStatus": "FAILED"}]))]
#[case::no_counts(json!([status("FAILED", &[])]))]
fn a_failure_without_a_reason_is_one(#[case] statuses: Value) {
    assert_eq!(refused(statuses), "Google does not count it. It gave no reason.");
}

#[rstest]
#[case::token(401, json!({"error": {"status": "UNAUTHENTICATED"}}), Verdict::Hold(Hold::Auth))]
#[case::account(403, json!({"error": {"status": "PERMISSION_DENIED"}}), Verdict::Hold(Hold::Auth))]
#[case::too_many(429, json!({"error": {"status": "RESOURCE_EXHAUSTED"}}), Verdict::Throttle(None))]
#[case::trouble(500, json!({"error": {"status": "INTERNAL"}}), Verdict::Retry)]
#[case::not_known_yet(404, json!({"error": {"status": "NOT_FOUND"}}), Verdict::Retry)]
#[case::bad_id(400, json!({"error": {"status": "INVALID_ARGUMENT"}}), Verdict::Retry)]
#[case::page(502, json!("<html>"), Verdict::Retry)]
fn a_question_without_an_answer_says_nothing_about_events(
    #[case] status: u16,
    #[case] body: Value,
    #[case] expected: Verdict,
) {
    match of_person().decode_confirmation(&answer(status, body.to_string())) {
        Confirmation::NotAnswered(Finding { verdict, .. }) => assert_eq!(verdict, expected),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning(status: u16, body in ".{0,60}") {
        let confirmation = of_person().decode_confirmation(&answer(status, body));
        prop_assert!(!matches!(confirmation, Confirmation::Confirmed | Confirmation::Refused(_) | Confirmation::Partly(_)));
    }

    #[test]
    fn every_status_has_a_meaning(
        word in prop::sample::select(&["SUCCESS", "FAILED", "PARTIAL_SUCCESS", "PROCESSING", "?"]),
        reason in "[A-Z_]{0,20}",
        count in prop_oneof![any::<u64>().prop_map(Value::from), ".{0,5}".prop_map(Value::from)],
    ) {
        confirmation(json!([status(word, &[(&reason, count.clone()), (&reason, count)])]));
    }
}

//! What Google says later.

use crate::{
    client::*,
    google::{body, event, request, send},
};
use konektor_fake_platforms::{Behaviour, Clock, Endpoint, FakePlatforms, Outcome, Platform, Poison, Settle};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const HOUR_MS: i64 = 3_600_000;

async fn ask(platforms: &FakePlatforms, accepted: &Answer) -> Answer {
    let id = accepted.json()["requestId"].as_str().unwrap().to_owned();
    let request = Request::get(&format!("/google/v1/requestStatus:retrieve?requestId={id}"));
    request
        .header("authorization", "Bearer ya29.test")
        .send(platforms)
        .await
}

/// The status of the only destination.
fn status(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["requestStatusPerDestination"][0].clone()
}

#[tokio::test]
async fn a_request_is_processed_for_half_an_hour() {
    let clock = Clock::at(NOW_MS);
    let platforms = start_with(clock.clone()).await;
    let accepted = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    clock.advance(Duration::from_secs(30 * 60 - 1));
    assert_eq!(status(&ask(&platforms, &accepted).await)["requestStatus"], "PROCESSING");
    clock.advance(Duration::from_secs(1));
    let settled = status(&ask(&platforms, &accepted).await);
    assert_eq!(settled["requestStatus"], "SUCCESS");
    assert_eq!(settled["eventsIngestionStatus"]["recordCount"], "2");
    assert_eq!(settled["destination"], body(&[])["destinations"][0]);
    assert_eq!(settled["errorInfo"], Value::Null);
}

#[tokio::test]
async fn a_request_is_processed_until_told() {
    let clock = Clock::at(NOW_MS);
    let platforms = start_with(clock.clone()).await;
    platforms.google_settles(Settle::Never);
    let accepted = send(&platforms, &[event("kn-1-click")]).await;
    clock.advance(Duration::from_secs(86_400));
    assert_eq!(status(&ask(&platforms, &accepted).await)["requestStatus"], "PROCESSING");
    platforms.google_settles(Settle::After(Duration::ZERO));
    assert_eq!(status(&ask(&platforms, &accepted).await)["requestStatus"], "SUCCESS");
}

#[tokio::test]
async fn doubtful_events_are_counted_by_reason() {
    let platforms = start().await;
    platforms.google_settles(Settle::After(Duration::ZERO));
    platforms.google_doubts("kn-2-click", "CLICK_NOT_FOUND");
    let accepted = send(&platforms, &[event("kn-1-click"), event("kn-2-click")]).await;
    let settled = status(&ask(&platforms, &accepted).await);
    assert_eq!(settled["requestStatus"], "PARTIAL_SUCCESS");
    let expected = json!([{"recordCount": "1", "reason": "PROCESSING_ERROR_REASON_CLICK_NOT_FOUND"}]);
    assert_eq!(settled["errorInfo"]["errorCounts"], expected);
    let outcomes: Vec<_> = platforms
        .received(Platform::Google)
        .into_iter()
        .map(|received| received.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [Outcome::Counted, Outcome::RefusedLater("CLICK_NOT_FOUND".into())]
    );
}

#[tokio::test]
async fn a_request_of_doubtful_events_fails_and_may_be_sent_again() {
    let platforms = start().await;
    platforms.google_settles(Settle::After(Duration::ZERO));
    platforms.google_doubts(Poison::id(|id| id == "kn-1-click"), "TOO_RECENT_CLICK");
    let accepted = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(status(&ask(&platforms, &accepted).await)["requestStatus"], "FAILED");
    platforms.google_believes();
    let again = send(&platforms, &[event("kn-1-click")]).await;
    assert_ne!(again.json()["requestId"], accepted.json()["requestId"]);
    assert_eq!(status(&ask(&platforms, &again).await)["requestStatus"], "SUCCESS");
    let counts = platforms.counts(Platform::Google);
    assert_eq!((counts.unique, counts.duplicates, counts.refused_later), (1, 0, 1));
}

#[tokio::test]
async fn an_event_that_counts_already_is_a_duplicate() {
    let platforms = start().await;
    platforms.google_settles(Settle::After(Duration::ZERO));
    send(&platforms, &[event("kn-1-click")]).await;
    let again = send(&platforms, &[event("kn-1-click")]).await;
    let settled = status(&ask(&platforms, &again).await);
    assert_eq!(settled["requestStatus"], "FAILED");
    let reason = &settled["errorInfo"]["errorCounts"][0]["reason"];
    assert_eq!(reason, "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID");
    assert_eq!(
        (
            platforms.unique_events(Platform::Google),
            platforms.duplicates(Platform::Google)
        ),
        (1, 1)
    );
}

#[rstest]
#[case::recent(NOW_MS - 6 * HOUR_MS + 1, Some("TOO_RECENT_CLICK"))]
#[case::ripe(NOW_MS - 6 * HOUR_MS, None)]
#[case::old(NOW_MS - 90 * DAY_MS - 1, Some("EVENT_TOO_OLD"))]
#[case::later_than_the_event(CLICK_MS + 1, Some("CONVERSION_PRECEDES_CLICK"))]
#[tokio::test]
async fn the_age_of_a_click_that_is_known_matters(#[case] clicked_ms: i64, #[case] expected: Option<&str>) {
    let platforms = start().await;
    platforms.google_click("Cj0KCQexample_wcB", clicked_ms);
    send(&platforms, &[event("kn-1-click")]).await;
    let outcome = expected.map_or(Outcome::Counted, |reason| Outcome::RefusedLater(reason.into()));
    assert_eq!(platforms.received(Platform::Google)[0].outcome, outcome);
}

#[tokio::test]
async fn each_destination_has_a_status() {
    let platforms = start().await;
    platforms.google_settles(Settle::After(Duration::ZERO));
    let mut body = body(&[event("kn-1-click")]);
    let mut other = body["destinations"][0].clone();
    other["reference"] = json!("other");
    body["destinations"].as_array_mut().unwrap().push(other);
    let accepted = request(&platforms, &body).send(&platforms).await;
    let settled = ask(&platforms, &accepted).await.json();
    let statuses = settled["requestStatusPerDestination"].as_array().unwrap();
    assert_eq!(
        statuses
            .iter()
            .map(|status| &status["destination"]["reference"])
            .collect::<Vec<_>>(),
        ["click", "other"]
    );
}

#[tokio::test]
async fn a_request_is_forgotten_after_fifty_days() {
    let clock = Clock::at(NOW_MS);
    let platforms = start_with(clock.clone()).await;
    let accepted = send(&platforms, &[event("kn-1-click")]).await;
    clock.advance(Duration::from_secs(50 * 86_400));
    let answer = ask(&platforms, &accepted).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("INVALID_REQUEST_ID"));
}

#[tokio::test]
async fn who_asks_needs_a_token() {
    let platforms = start().await;
    let accepted = send(&platforms, &[event("kn-1-click")]).await;
    platforms.revoke_tokens(Platform::Google);
    assert_eq!(ask(&platforms, &accepted).await.status, 401);
}

#[tokio::test]
async fn it_misbehaves_apart_from_the_events() {
    let platforms = start().await;
    platforms.tell(Endpoint::GoogleStatus, Behaviour::HtmlBadGateway);
    let accepted = send(&platforms, &[event("kn-1-click")]).await;
    assert_eq!(accepted.status, 200);
    assert_eq!(ask(&platforms, &accepted).await.status, 502);
    assert_eq!(platforms.requests(Endpoint::GoogleStatus), 1);
    assert_eq!(platforms.counts(Platform::Google).requests, 1);
}

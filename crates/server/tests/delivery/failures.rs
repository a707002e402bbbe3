//! Whatever a platform answers: nothing is lost, nothing is told twice under another id, and somebody hears of what they
//! have to repair.

use crate::{
    advertiser::{ad, destination},
    stage::{HOUR, MINUTE, SECOND, Stage, side_by_side},
};
use konektor_fake_platforms::{Behaviour, CONVERSION_METHOD, Endpoint, Platform, Reply, Settle};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

/// What is to come of an answer.
enum Then {
    /// The platform has it.
    Sent,
    /// Nothing more is sent until somebody repairs the destination: what it waits for, and the platform's code.
    Held(&'static str, &'static str),
    /// Once more after this time, with these words meanwhile. The platform had not taken it.
    Again(Duration, &'static str),
    /// Likewise, but it had: it gets the same event twice, under the same id.
    Twice(&'static str),
}
use Then::*;

/// The longest first wait after a failure.
const STEP: Duration = Duration::from_secs(5);
/// The longest first wait after a platform asked for patience without saying how long.
const PATIENT: Duration = MINUTE;

/// So many rows, and the next ones at another stage beside it.
const ROWS_AT_A_STAGE: usize = 6;

/// What befalls any platform.
fn anywhere() -> Vec<(Behaviour, Then)> {
    vec![
        (Behaviour::HtmlBadGateway, Again(STEP, "HTTP 502")),
        (Behaviour::RedirectLoop, Again(STEP, "HTTP 307")),
        (Behaviour::CutBefore, Again(STEP, "connection")),
        (
            Behaviour::Hang(Some(Duration::from_millis(300))),
            Again(STEP, "connection"),
        ),
        (
            Behaviour::Answer(Reply::html(403, "<h1>Forbidden by the firewall</h1>")),
            Again(STEP, "HTTP 403"),
        ),
        (
            Behaviour::Answer(Reply::html(429, "<h1>Slow down</h1>")),
            Again(PATIENT, "HTTP 429"),
        ),
        (Behaviour::CutUnanswered, Twice("connection")),
        (Behaviour::CutMidway, Twice("cut off")),
        (Behaviour::EmptyOk, Twice("")),
        (Behaviour::InvalidJson, Twice("")),
        (Behaviour::Huge(4 << 20), Twice("")),
        (Behaviour::Delay(Duration::from_millis(300)), Sent),
        (Behaviour::Drip(Duration::from_millis(2)), Sent),
    ]
}

fn meta() -> Vec<(Behaviour, Then)> {
    let received_none = json!({ "events_received": 0, "messages": [], "fbtrace_id": "A1" });
    vec![
        (Behaviour::ExpiredToken, Held("auth", "190/463")),
        (Behaviour::ExpiredTokenAs(401), Held("auth", "190/463")),
        (Behaviour::ExpiredTokenAs(500), Held("auth", "190/463")),
        (Behaviour::Refuse("200".into()), Held("auth", "200")),
        (Behaviour::Refuse("100/33".into()), Held("config", "100/33")),
        (Behaviour::ServerError(503), Again(STEP, "unavailable")),
        (Behaviour::RateLimited { retry_after_s: None }, Again(PATIENT, "limit")),
        (
            Behaviour::RateLimited {
                retry_after_s: Some(600),
            },
            Again(MINUTE * 10, "limit"),
        ),
        (
            Behaviour::Answer(Reply::json(200, &received_none)),
            Again(STEP, "received 0 of 1"),
        ),
    ]
}

fn tiktok() -> Vec<(Behaviour, Then)> {
    vec![
        // All of these are HTTP 200.
        (Behaviour::ExpiredToken, Held("auth", "40105")),
        (Behaviour::Refuse("40001".into()), Held("auth", "40001")),
        (Behaviour::Refuse("50002".into()), Again(STEP, "refused")),
        (Behaviour::RateLimited { retry_after_s: None }, Again(PATIENT, "limit")),
        (Behaviour::ServerError(500), Again(STEP, "System error")),
    ]
}

fn linkedin() -> Vec<(Behaviour, Then)> {
    vec![
        (Behaviour::ExpiredToken, Held("auth", "401/65602")),
        (Behaviour::Refuse("65601".into()), Held("auth", "401/65601")),
        (Behaviour::Refuse("403".into()), Held("auth", "403")),
        (Behaviour::Refuse(CONVERSION_METHOD.into()), Held("config", "400")),
        (Behaviour::VersionGone, Held("config", "426/NONEXISTENT_VERSION")),
        (Behaviour::ServerError(500), Again(STEP, "Internal Server Error")),
        (
            Behaviour::RateLimited { retry_after_s: None },
            Again(PATIENT, "throttle"),
        ),
    ]
}

fn google() -> Vec<(Behaviour, Then)> {
    vec![
        (Behaviour::ExpiredToken, Held("auth", "ACCESS_TOKEN_EXPIRED")),
        (
            Behaviour::Refuse("PERMISSION_DENIED".into()),
            Held("auth", "PERMISSION_DENIED"),
        ),
        (
            Behaviour::Refuse("NOT_ALLOWLISTED".into()),
            Held("auth", "NOT_ALLOWLISTED"),
        ),
        (
            Behaviour::Refuse("INVALID_CONVERSION_ACTION_ID".into()),
            Held("config", "INVALID_CONVERSION_ACTION_ID"),
        ),
        (
            Behaviour::Refuse("CONVERSION_ACTION_TOO_RECENTLY_CREATED".into()),
            Again(HOUR * 6, "too new"),
        ),
        (Behaviour::ServerError(503), Again(STEP, "cannot be served")),
        (
            Behaviour::RateLimited {
                retry_after_s: Some(60),
            },
            Again(MINUTE, "fewer requests"),
        ),
    ]
}

fn google_token() -> Vec<(Behaviour, Then)> {
    vec![
        (Behaviour::ExpiredToken, Held("auth", "invalid_grant")),
        (
            Behaviour::Refuse("invalid_client".into()),
            Held("auth", "invalid_client"),
        ),
        (Behaviour::ServerError(500), Again(STEP, "")),
        (
            Behaviour::RateLimited {
                retry_after_s: Some(60),
            },
            Again(MINUTE, "fewer requests"),
        ),
        (Behaviour::HtmlBadGateway, Again(STEP, "no sense")),
        (Behaviour::CutBefore, Again(STEP, "no access token")),
        (Behaviour::EmptyOk, Again(STEP, "no sense")),
    ]
}

#[rstest]
#[case::meta(Endpoint::Meta, meta().into_iter().chain(anywhere()).collect())]
#[case::tiktok(Endpoint::Tiktok, tiktok().into_iter().chain(anywhere()).collect())]
#[case::linkedin(Endpoint::Linkedin, linkedin().into_iter().chain(anywhere()).collect())]
#[case::google(Endpoint::Google, google().into_iter().chain(anywhere()).collect())]
#[case::google_token(Endpoint::GoogleToken, google_token())]
fn whatever_a_platform_answers_each_event_arrives_in_the_end(
    #[case] endpoint: Endpoint,
    #[case] mut rows: Vec<(Behaviour, Then)>,
) {
    let parts: Vec<Vec<_>> = std::iter::from_fn(|| {
        let part: Vec<_> = rows.drain(..rows.len().min(ROWS_AT_A_STAGE)).collect();
        (!part.is_empty()).then_some(part)
    })
    .collect();
    side_by_side(parts, |part| each_arrives(endpoint, part));
}

/// One after the other on the same destination, as it happens in its life.
fn each_arrives(endpoint: Endpoint, rows: Vec<(Behaviour, Then)>) {
    let stage = Stage::open();
    stage.platforms.google_settles(Settle::Never);
    let destination = stage.connect(endpoint.platform());
    for (n, (behaviour, then)) in (1..).zip(rows) {
        println!("{endpoint:?}: {behaviour:?}");
        // A new sender has neither a token nor a history.
        stage.patch_destination(&destination, same_credentials(endpoint));
        let row = Row {
            stage: &stage,
            endpoint,
            destination: &destination,
            n,
        };
        row.play(behaviour, then);
    }
}

/// The body of a `PATCH` that enters the credentials once more.
fn same_credentials(endpoint: Endpoint) -> Value {
    json!({ "credentials": destination(endpoint.platform())["credentials"] })
}

struct Row<'a> {
    stage: &'a Stage,
    endpoint: Endpoint,
    destination: &'a str,
    /// The row, and so the event, from 1.
    n: usize,
}

impl Row<'_> {
    fn play(&self, behaviour: Behaviour, then: Then) {
        let Self {
            stage,
            endpoint,
            destination,
            n,
        } = *self;
        let platform = endpoint.platform();
        let duplicates = stage.platforms.duplicates(platform);
        let requests = stage.platforms.requests(endpoint);
        stage.platforms.tell(endpoint, behaviour);
        let visitor = stage.click(&ad(platform, n as u64));
        let mut expected = (duplicates, requests + 2);
        match then {
            Sent => expected.1 -= 1,
            Held(kind, code) => {
                self.is_held(kind, code, visitor.code());
                // Google refuses an access token, and then the new one for which it was replaced.
                expected.1 += u64::from(endpoint == Endpoint::Google && kind == "auth");
            }
            Again(after, words) => self.waits(after, words, visitor.code()),
            Twice(words) => {
                self.waits(STEP, words, visitor.code());
                expected.0 += 1;
            }
        }
        let deliveries = stage.wait_for_states(destination, &[("sent", n)]);
        assert_eq!(deliveries[0]["reason"], json!(null));
        assert_eq!(stage.lead(visitor.code())["tracking_status"], "synced");
        assert_eq!(stage.platforms.unique_events(platform), n as u64);
        let came = (stage.platforms.duplicates(platform), stage.platforms.requests(endpoint));
        assert_eq!(came, expected, "repetitions and requests");
        assert_eq!(stage.destination(destination)["state"], "active");
    }

    /// Waits for a delivery that has been tried, with these words.
    fn waits(&self, after: Duration, words: &str, lead: &str) {
        let Self {
            stage,
            endpoint,
            destination,
            n,
        } = *self;
        let pending = || {
            let delivery = stage.latest_delivery(destination);
            let reason = delivery["reason"].as_str()?;
            assert_eq!(delivery["state"], "pending", "{delivery:#}");
            assert!(reason.contains(words), "{reason}");
            Some(delivery)
        };
        crate::common::wait_for("words", pending);
        assert_eq!(stage.lead(lead)["tracking_status"], "pending");
        assert_eq!(stage.destination(destination)["state"], "active");
        stage.platforms.tell(endpoint, Behaviour::Ok);
        // Not before half of it: the rest is chance, so that many servers do not come back at once.
        let requests = stage.platforms.requests(endpoint);
        stage.advance(after / 2 - SECOND);
        assert_eq!(stage.states(destination).get("pending"), Some(&1), "row {n}");
        assert_eq!(stage.platforms.requests(endpoint), requests, "row {n}: too early");
        stage.advance(after / 2 + SECOND);
    }

    /// Waits until the destination is held, sees that it stays so, and repairs it.
    fn is_held(&self, kind: &str, code: &str, lead: &str) {
        let Self {
            stage,
            endpoint,
            destination,
            n,
        } = *self;
        let held = || Some(stage.destination(destination)).filter(|destination| destination["state"] == "held");
        let hold = crate::common::wait_for("a hold", held)["hold"].take();
        assert_eq!((&hold["kind"], &hold["code"]), (&json!(kind), &json!(code)), "{hold}");
        assert!(!hold["reason"].as_str().expect("words").is_empty());
        let held: &[_] = if n > 1 {
            &[("held", 1), ("sent", n - 1)]
        } else {
            &[("held", 1)]
        };
        stage.wait_for_states(destination, held);
        assert_eq!(stage.lead(lead)["tracking_status"], "held");
        let alert = crate::common::wait_for("an alert", || stage.alerts(destination).pop());
        assert!(
            alert.contains("is held") && alert.contains("Nothing is lost"),
            "{alert}"
        );

        // It stays held, however often somebody looks, although the platform would take it now.
        stage.platforms.tell(endpoint, Behaviour::Ok);
        let requests = stage.platforms.requests(endpoint);
        for _ in 0..3 {
            stage.advance(HOUR);
        }
        stage.wait_for_states(destination, held);
        assert_eq!(
            stage.platforms.requests(endpoint),
            requests,
            "nothing is sent while it is held"
        );

        let repair = match kind {
            "auth" => same_credentials(endpoint),
            _ => json!({ "active": true }), // repaired on the platform
        };
        stage.patch_destination(destination, repair);
        stage.wait_for_states(destination, &[("sent", n)]);
        assert_eq!(stage.alerts(destination), [""; 0], "the alert ends with the hold");
    }
}

#[test]
fn a_version_that_has_ended_is_repaired_by_another_one() {
    let stage = Stage::open();
    let linkedin = stage.connect(Platform::Linkedin);
    stage.platforms.end_linkedin_version("202609");
    stage.click(&ad(Platform::Linkedin, 1u8));
    stage.wait_for_states(&linkedin, &[("held", 1)]);
    let fix = stage.destination(&linkedin)["hold"]["reason"]
        .as_str()
        .expect("words")
        .to_owned();
    assert!(fix.contains("Raise api_version"), "{fix}");
    let settings = json!({ "settings": { "conversion_rule_id": "23456", "api_version": "202610" } });
    stage.patch_destination(&linkedin, settings);
    stage.wait_for_states(&linkedin, &[("sent", 1)]);
}

#[test]
fn what_is_held_over_a_restart_stays_held_and_is_sent_when_it_is_repaired() {
    let mut stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.valid_token(Platform::Meta, "EAAB-new");
    stage.clicks(Platform::Meta, 1, 3);
    stage.wait_for_states(&meta, &[("held", 3)]);
    stage.restart();
    stage.clicks(Platform::Meta, 4, 3);
    stage.wait_for_states(&meta, &[("held", 6)]);
    let requests = stage.platforms.requests(Platform::Meta);
    stage.patch_destination(&meta, json!({ "credentials": { "access_token": "EAAB-wrong-too" } }));
    stage.platforms.wait_for("an attempt with the other token", |fake| {
        fake.requests(Platform::Meta) > requests
    });
    stage.wait_for_states(&meta, &[("held", 6)]);
    stage.patch_destination(&meta, json!({ "credentials": { "access_token": "EAAB-new" } }));
    stage.wait_for_states(&meta, &[("sent", 6)]);
    assert_eq!(stage.platforms.unique_events(Platform::Meta), 6);
    assert_eq!(stage.platforms.duplicates(Platform::Meta), 0);
}

#[test]
fn a_held_destination_costs_the_others_of_its_platform_nothing() {
    let stage = Stage::open();
    stage.platforms.valid_token(Platform::Meta, "EAAB-meta");
    let dead = stage.connect_with(
        Platform::Meta,
        json!({ "credentials": { "access_token": "EAAB-dead" } }),
    );
    let alive = stage.connect(Platform::Meta);
    stage.clicks(Platform::Meta, 1, 5);
    stage.wait_for_states(&alive, &[("sent", 5)]);
    stage.wait_for_states(&dead, &[("held", 5)]);
}

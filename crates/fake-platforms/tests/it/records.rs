//! What is kept of what came, and when an event is known again.

use crate::{client::*, google, linkedin, meta, tiktok};
use konektor_fake_platforms::{Behaviour, Clock, Endpoint, FakePlatforms, Keep, Outcome, Platform};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

async fn send(platforms: &FakePlatforms, platform: Platform, id: &str) -> Answer {
    match platform {
        Platform::Meta => meta::send(platforms, &[meta::event(id)]).await,
        Platform::Google => google::send(platforms, &[google::event(id)]).await,
        Platform::Tiktok => tiktok::send(platforms, &[tiktok::event(id)]).await,
        Platform::Linkedin => linkedin::send(platforms, &[linkedin::event(id)]).await,
    }
}

#[rstest]
#[case::meta(Platform::Meta, 1)]
#[case::google(Platform::Google, 2)]
#[case::tiktok(Platform::Tiktok, 1)]
#[case::linkedin(Platform::Linkedin, 2)]
#[tokio::test]
async fn an_event_is_known_again_for_as_long_as_the_platform_does(#[case] platform: Platform, #[case] duplicates: u64) {
    let clock = Clock::at(NOW_MS);
    let platforms = start_with(clock.clone()).await;
    let first = send(&platforms, platform, "kn-1-click").await;
    clock.advance(Duration::from_secs(48 * 3_600 - 1));
    let again = send(&platforms, platform, "kn-1-click").await;
    assert_eq!(first.status, again.status);
    assert_eq!(
        (platforms.unique_events(platform), platforms.duplicates(platform)),
        (1, 1)
    );
    clock.advance(Duration::from_secs(1));
    send(&platforms, platform, "kn-1-click").await;
    assert_eq!(platforms.duplicates(platform), duplicates);
    let outcomes: Vec<_> = platforms
        .received(platform)
        .into_iter()
        .map(|received| received.outcome)
        .collect();
    assert_eq!(outcomes[..2], [Outcome::Counted, Outcome::Duplicate]);
}

#[tokio::test]
async fn another_name_or_destination_is_another_event() {
    let platforms = start().await;
    send(&platforms, Platform::Meta, "kn-1").await;
    let mut lead = meta::event("kn-1");
    change(&mut lead, ("/event_name", Some(json!("Lead"))));
    meta::send(&platforms, &[lead]).await;
    let elsewhere = Request::post("/meta/v26.0/999/events", &meta::body(&[meta::event("kn-1")]));
    elsewhere.send(&platforms).await;
    assert_eq!(
        (
            platforms.unique_events(Platform::Meta),
            platforms.duplicates(Platform::Meta)
        ),
        (3, 0)
    );
}

#[tokio::test]
async fn events_without_an_id_are_never_known_again() {
    let platforms = start().await;
    let mut event = meta::event("");
    change(&mut event, ("/event_id", None));
    meta::send(&platforms, &[event.clone(), event]).await;
    assert_eq!(platforms.unique_events(Platform::Meta), 2);
}

#[tokio::test]
async fn an_event_twice_in_a_batch_counts_once() {
    let platforms = start().await;
    let answer = meta::send(&platforms, &[meta::event("kn-1"), meta::event("kn-1")]).await;
    assert_eq!(answer.json()["events_received"], 2);
    assert_eq!(
        (
            platforms.unique_events(Platform::Meta),
            platforms.duplicates(Platform::Meta)
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn an_event_of_a_refused_batch_is_new_when_it_comes_alone() {
    let platforms = start().await;
    let bad = json!({"event_name": "Contact"});
    meta::send(&platforms, &[meta::event("kn-1"), bad]).await;
    send(&platforms, Platform::Meta, "kn-1").await;
    assert_eq!(
        (
            platforms.unique_events(Platform::Meta),
            platforms.duplicates(Platform::Meta)
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn an_exchange_is_kept_and_shows_no_credentials() {
    let platforms = start().await;
    send(&platforms, Platform::Linkedin, "kn-1-click").await;
    let [exchange] = &platforms.exchanges(Platform::Linkedin)[..] else {
        panic!()
    };
    assert_eq!(exchange.line, "POST /linkedin/rest/conversionEvents");
    assert_eq!(exchange.header("linkedin-version"), Some("202609"));
    assert_eq!(exchange.header("authorization"), Some("Bearer li-token"));
    assert_eq!(
        exchange.body,
        json!({"elements": [linkedin::event("kn-1-click")]}).to_string()
    );
    assert_eq!(
        (exchange.status, exchange.number, exchange.at_ms),
        (Some(200), 1, NOW_MS)
    );
    assert!(exchange.answer.contains("201"));
    assert!(!format!("{exchange:?}").contains("li-token"));
}

#[rstest]
#[case::all(Keep::All, 3)]
#[case::last(Keep::Last(2), 2)]
#[case::nothing(Keep::Nothing, 0)]
#[tokio::test]
async fn numbers_are_kept_whatever_else_is(#[case] keep: Keep, #[case] expected: usize) {
    let platforms = start().await;
    platforms.keep(keep);
    for id in ["kn-1", "kn-2", "kn-3"] {
        send(&platforms, Platform::Meta, id).await;
    }
    assert_eq!(platforms.received(Platform::Meta).len(), expected);
    assert_eq!(platforms.exchanges(Platform::Meta).len(), expected);
    assert_eq!(platforms.unique_events(Platform::Meta), 3);
    assert_eq!(platforms.requests(Platform::Meta), 3);
    if let Some(last) = platforms.received(Platform::Meta).last() {
        assert_eq!(last.event_id, "kn-3");
    }
}

#[tokio::test]
async fn waiting_ends_when_it_is_so_or_when_the_time_is_over() {
    let platforms = start().await;
    let two = |platforms: &FakePlatforms| platforms.unique_events(Platform::Meta) == 2;
    let (is_so, ()) = tokio::join!(platforms.wait_until(SOON, two), async {
        send(&platforms, Platform::Meta, "kn-1").await;
        send(&platforms, Platform::Meta, "kn-2").await;
    });
    assert!(is_so);
    assert!(!platforms.wait_until(Duration::from_millis(1), |_| false).await);
}

#[tokio::test]
async fn the_report_has_the_numbers_of_all() {
    let platforms = start().await;
    for platform in Platform::ALL {
        send(&platforms, platform, "kn-1").await;
        send(&platforms, platform, "kn-1").await;
    }
    platforms.tell_once(Endpoint::Tiktok, vec![Behaviour::CutBefore]);
    let lost = tiktok::request(&tiktok::body(&[tiktok::event("kn-2")]));
    assert_eq!(lost.try_send(&platforms).await, None);
    let expected = "meta     1 events counted in 2 requests, 1 repeated\n\
                    google   1 events counted in 2 requests, 1 repeated\n\
                    tiktok   1 events counted in 3 requests, 1 repeated\n\
                    linkedin 1 events counted in 2 requests, 1 repeated";
    assert_eq!(platforms.report().to_string(), expected);
}

#[tokio::test]
async fn settings_lead_to_each_platform() {
    let platforms = start().await;
    let settings = platforms.settings();
    assert_eq!(settings[0], ("KONEKTOR_META_URL", format!("{}/meta", platforms.url())));
    assert_eq!(
        settings[2],
        ("KONEKTOR_GOOGLE_TOKEN_URL", format!("{}/google-token", platforms.url()))
    );
}

#[rstest]
#[case::not_json("[")]
#[case::a_number("17")]
#[case::events_of_nothing(r#"{"data":[null],"elements":[null],"events":[null],"access_token":"x"}"#)]
#[case::deep(&"[".repeat(10_000))]
#[tokio::test]
async fn any_body_has_an_answer(#[case] body: &str) {
    let platforms = start().await;
    for mut request in [
        Request::post(meta::PATH, &Value::Null),
        tiktok::request(&Value::Null),
        linkedin::request(&Value::Null),
        google::request(&platforms, &Value::Null),
    ] {
        request.body = body.to_owned();
        let answer = request.send(&platforms).await;
        assert!(answer.status >= 400 || answer.json()["code"] != 0, "{}", answer.body);
    }
    assert!(
        Platform::ALL
            .iter()
            .all(|platform| platforms.counts(*platform).events == 0)
    );
}

//! Hours and days without a platform.

use crate::{
    advertiser::ad,
    stage::{DAY, HOUR, MINUTE, SECOND, Stage},
};
use konektor_fake_platforms::{Behaviour, Platform};
use serde_json::json;
use std::time::Duration;

/// How each platform is away.
const AWAY: [(Platform, Behaviour); 4] = [
    (Platform::Meta, Behaviour::ServerError(503)),
    (Platform::Google, Behaviour::HtmlBadGateway),
    (Platform::Tiktok, Behaviour::CutBefore),
    (Platform::Linkedin, Behaviour::RedirectLoop),
];

#[test]
fn after_26_hours_of_outage_all_is_delivered_within_one_step_of_recovery() {
    const HOURS: u64 = 26;
    let mut stage = Stage::open();
    let destinations = AWAY.map(|(platform, behaviour)| {
        stage.platforms.tell(platform, behaviour);
        (platform, stage.connect(platform))
    });
    let mut clicked = 0;
    for hour in 0..HOURS {
        if hour % 5 == 0 {
            for (platform, _) in &destinations {
                stage.clicks(*platform, 1 + clicked, 2);
            }
            clicked += 2;
            for (_, destination) in &destinations {
                stage.wait_for_states(destination, &[("pending", clicked as usize)]);
            }
        }
        if hour == 13 {
            stage.restart();
        }
        // An hour is the longest wait between two attempts, so now is one.
        stage.advance(HOUR);
        for (_, destination) in &destinations {
            stage.wait_for_answer(destination);
        }
    }
    for (platform, destination) in &destinations {
        stage.wait_for_states(destination, &[("pending", clicked as usize)]);
        stage.platforms.tell(*platform, Behaviour::Ok);
    }
    stage.advance(HOUR);
    for (platform, destination) in &destinations {
        let deliveries = stage.wait_for_states(destination, &[("sent", clicked as usize)]);
        assert_eq!(stage.platforms.unique_events(*platform), clicked, "{platform}");
        assert_eq!(stage.platforms.duplicates(*platform), 0, "{platform}");
        // Each as of the time when it happened.
        let first = &stage.platforms.received(*platform);
        let earliest = first.iter().map(|event| event.time_ms).min().expect("events");
        assert!(
            (earliest - crate::stage::START_MS).abs() < 1_000,
            "{platform}: {earliest}"
        );
        assert!(deliveries.iter().all(|delivery| delivery["reason"].is_null()));
    }
}

#[test]
fn attempts_become_rarer_but_never_rarer_than_hourly() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.tell(Platform::Meta, Behaviour::ServerError(500));
    stage.click(&ad(Platform::Meta, 1u8));
    let mut longest_ms = 5_000;
    for _ in 0..15 {
        stage.wait_for_answer(&meta);
        let next = stage.latest_delivery(&meta)["next_attempt"].take();
        let next: jiff::Timestamp = next.as_str().expect("a time").parse().expect("a time");
        let wait_ms = next.as_millisecond() - stage.now_ms();
        // All of it or half, or between: many servers must not come back at the same moment.
        assert!(
            (longest_ms / 2..=longest_ms).contains(&wait_ms),
            "{wait_ms} of {longest_ms}"
        );
        longest_ms = (longest_ms * 2).min(3_600_000);
        stage.advance(Duration::from_millis(wait_ms as u64));
    }
}

#[test]
fn somebody_hears_of_an_hour_of_silence_while_clicks_come_and_of_its_end() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.platforms.tell(Platform::Meta, Behaviour::HtmlBadGateway);
    stage.click(&ad(Platform::Meta, 1u8));
    stage.wait_for_answer(&meta);
    stage.advance(MINUTE * 50);
    stage.wait_for_answer(&meta);
    assert_eq!(stage.alerts(&meta), [""; 0]);
    let heard = crate::common::wait_for("an alert", || {
        stage.advance(MINUTE * 20);
        stage.alerts(&meta).pop()
    });
    assert!(heard.contains("taken nothing for an hour"), "{heard}");
    stage.platforms.tell(Platform::Meta, Behaviour::Ok);
    stage.advance(HOUR);
    stage.wait_for_states(&meta, &[("sent", 1)]);
    crate::common::wait_for("the alert's end", || {
        stage.advance(MINUTE * 20);
        stage.alerts(&meta).is_empty().then_some(())
    });
}

#[test]
fn nobody_is_alarmed_where_nothing_waits() {
    let stage = Stage::with(&[]); // Google's clicks wait for six hours
    let destinations = [Platform::Google, Platform::Meta].map(|platform| stage.connect(platform));
    stage.click(&ad(Platform::Google, 1u8));
    stage.wait_for_states(&destinations[0], &[("pending", 1)]);
    for _ in 0..5 {
        stage.advance(HOUR);
        assert_eq!(stage.get("/alerts")["items"], json!([]));
    }
}

#[test]
fn what_became_too_old_is_expired_and_never_mixed_into_a_batch() {
    let stage = Stage::open();
    let platforms = [Platform::Meta, Platform::Tiktok];
    let destinations = platforms.map(|platform| {
        stage.platforms.tell(platform, Behaviour::ServerError(503));
        (platform, stage.connect(platform))
    });
    for day in 0..9 {
        platforms.iter().for_each(|platform| stage.clicks(*platform, day, 1));
        for (_, destination) in &destinations {
            crate::common::wait_for("the fold", || {
                (stage.deliveries(destination).len() == 1 + day as usize).then_some(())
            });
        }
        stage.advance(DAY);
        for (_, destination) in &destinations {
            stage.wait_for_answer(destination);
        }
    }
    platforms
        .iter()
        .for_each(|platform| stage.platforms.tell(*platform, Behaviour::Ok));
    stage.advance(HOUR);
    for (platform, destination) in &destinations {
        // Those of the first three days are more than seven days old by now: 9, 8 and 7 days and an hour.
        let deliveries = stage.wait_for_states(destination, &[("expired", 3), ("sent", 6)]);
        let expired: Vec<_> = deliveries
            .iter()
            .filter(|delivery| delivery["state"] == "expired")
            .collect();
        for delivery in expired {
            assert!(
                delivery["reason"].as_str().expect("words").contains("too old"),
                "{delivery:#}"
            );
            assert_eq!(delivery["code"], "too_old");
            let lead = stage.get(&format!("/leads/{}", delivery["lead_id"].as_str().expect("an id")));
            assert_eq!(lead["tracking_status"], "failed");
        }
        assert_eq!(stage.platforms.counts(*platform).refused_requests, 0, "{platform}");
        assert_eq!(stage.platforms.unique_events(*platform), 6);
    }
}

#[test]
fn what_becomes_too_old_while_a_batch_is_on_its_way_is_not_sent_again() {
    let stage = Stage::open();
    let meta = stage.connect_with(Platform::Meta, json!({ "active": false }));
    stage.clicks(Platform::Meta, 1, 1);
    stage.advance(DAY * 6);
    stage.clicks(Platform::Meta, 2, 2);
    stage.wait_for_states(&meta, &[("pending", 3)]);
    stage.platforms.poison(Platform::Meta, "dbP0_2\"");
    let delay = Duration::from_millis(500);
    stage.platforms.tell_once(Platform::Meta, vec![Behaviour::Delay(delay)]);
    stage.patch_destination(&meta, json!({ "active": true }));
    stage
        .platforms
        .wait_for("the batch", |fake| fake.requests(Platform::Meta) == 1);
    stage.advance_unseen(DAY);
    let deliveries = stage.wait_for_states(&meta, &[("expired", 1), ("dropped", 1), ("sent", 1)]);
    assert_eq!(deliveries[2]["state"], "expired");
    assert_eq!(deliveries[2]["code"], "too_old");
    assert_eq!(
        stage.platforms.counts(Platform::Meta).refused_requests,
        1,
        "the one for the bad event"
    );
}

#[test]
fn an_event_is_sent_until_the_last_moment_and_not_after() {
    let stage = Stage::open();
    let meta = stage.connect_with(Platform::Meta, json!({ "active": false }));
    stage.clicks(Platform::Meta, 1, 1);
    stage.advance(SECOND);
    stage.clicks(Platform::Meta, 2, 1);
    stage.wait_for_states(&meta, &[("pending", 2)]);
    stage.advance_unseen(DAY * 7 - HOUR - SECOND);
    stage.patch_destination(&meta, json!({ "active": true }));
    stage.wait_for_states(&meta, &[("expired", 1), ("sent", 1)]);
}

#[test]
fn what_is_held_expires_too() {
    let stage = Stage::open();
    stage.platforms.tell(Platform::Meta, Behaviour::ExpiredToken);
    let meta = stage.connect(Platform::Meta);
    let visitor = stage.click(&ad(Platform::Meta, 1u8));
    stage.wait_for_states(&meta, &[("held", 1)]);
    stage.advance(DAY * 7);
    let expired = &stage.wait_for_states(&meta, &[("expired", 1)])[0];
    let reason = expired["reason"].as_str().expect("words");
    assert!(
        reason.contains("too old") && reason.contains("expired"),
        "why it waited stays in it: {reason}"
    );
    assert_eq!(stage.lead(visitor.code())["tracking_status"], "failed");
}

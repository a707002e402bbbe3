//! One bad event costs the others nothing.

use crate::{advertiser::ad, stage::Stage};
use konektor_fake_platforms::{Behaviour, Platform, Poison};
use rstest::rstest;
use serde_json::json;

/// The words that the stand-ins have for a poisoned event.
const WORDS: &str = "This event is not accepted.";

/// Part of the JSON of the n-th event, and of no other's.
fn mark(platform: Platform, n: u64) -> String {
    let ad = ad(platform, n);
    let (_, value) = ad.split_once('=').expect("a parameter");
    format!("{value}\"")
}

/// A destination with so many events that wait to be sent together.
fn queue(stage: &Stage, platform: Platform, count: u64) -> String {
    let destination = stage.connect_with(platform, json!({ "active": false }));
    stage.clicks(platform, 1, count);
    stage.wait_for_states(&destination, &[("pending", count as usize)]);
    destination
}

#[rstest]
#[case::meta_named(Platform::Meta, Behaviour::Ok, 500, 2)]
#[case::meta_unnamed(Platform::Meta, Behaviour::Unnamed, 500, 19)]
#[case::google_named(Platform::Google, Behaviour::Ok, 500, 2)]
#[case::google_unnamed(Platform::Google, Behaviour::Unnamed, 500, 19)]
#[case::tiktok_named(Platform::Tiktok, Behaviour::Ok, 100, 2)]
#[case::tiktok_unnamed(Platform::Tiktok, Behaviour::Unnamed, 500, 19)]
#[case::tiktok_partial(Platform::Tiktok, Behaviour::Partial, 100, 1)]
#[case::linkedin_named(Platform::Linkedin, Behaviour::Ok, 100, 2)]
#[case::linkedin_unnamed(Platform::Linkedin, Behaviour::Unnamed, 500, 19)]
#[case::linkedin_partial(Platform::Linkedin, Behaviour::Partial, 100, 1)]
fn one_poisoned_event_is_dropped_and_all_others_are_delivered(
    #[case] platform: Platform,
    #[case] behaviour: Behaviour,
    #[case] count: u64,
    #[case] most_requests: u64,
) {
    let stage = Stage::open();
    let destination = queue(&stage, platform, count);
    let bad = count / 3;
    stage.platforms.tell(platform, behaviour.clone());
    stage.platforms.poison(platform, mark(platform, bad));
    stage.patch_destination(&destination, json!({ "active": true }));
    let deliveries = stage.wait_for_states(&destination, &[("sent", count as usize - 1), ("dropped", 1)]);

    let dropped = deliveries
        .iter()
        .find(|delivery| delivery["state"] == "dropped")
        .expect("counted");
    let words = match (platform, &behaviour) {
        // It says no more.
        (Platform::Google, Behaviour::Unnamed) => "Request contains an invalid argument.",
        _ => WORDS,
    };
    assert!(
        dropped["reason"].as_str().expect("words").contains(words),
        "{dropped:#}"
    );
    let whole = stage.get(&format!("/deliveries/{}", dropped["id"].as_str().expect("an id")));
    let request = whole["request"].as_str().expect("what was sent");
    assert!(request.contains(&mark(platform, bad)), "the bad one: {request}");
    assert_eq!(stage.platforms.unique_events(platform), count - 1);
    assert_eq!(
        stage.platforms.duplicates(platform),
        0,
        "what was taken is not sent again"
    );
    let requests = stage.platforms.requests(platform);
    assert!(requests <= most_requests, "{requests} requests");
    assert_eq!(stage.destination(&destination)["state"], "active");
    let lead = stage.get(&format!("/leads/{}", dropped["lead_id"].as_str().expect("an id")));
    assert_eq!(lead["tracking_status"], "failed");
}

#[rstest]
#[case::named(Behaviour::Ok)]
#[case::unnamed(Behaviour::Unnamed)]
fn several_bad_events_are_all_found(#[case] behaviour: Behaviour) {
    let stage = Stage::open();
    let meta = queue(&stage, Platform::Meta, 40);
    stage.platforms.tell(Platform::Meta, behaviour);
    for n in [1, 7, 8, 23, 40] {
        stage.platforms.poison(Platform::Meta, mark(Platform::Meta, n));
    }
    stage.patch_destination(&meta, json!({ "active": true }));
    stage.wait_for_states(&meta, &[("sent", 35), ("dropped", 5)]);
    assert_eq!(stage.platforms.duplicates(Platform::Meta), 0);
}

#[test]
fn events_that_are_all_bad_are_all_dropped_and_what_comes_after_them_is_not() {
    let stage = Stage::open();
    let tiktok = queue(&stage, Platform::Tiktok, 9);
    stage.platforms.tell(Platform::Tiktok, Behaviour::Unnamed);
    stage.platforms.poison(Platform::Tiktok, Poison::id(|_| true));
    stage.patch_destination(&tiktok, json!({ "active": true }));
    stage.wait_for_states(&tiktok, &[("dropped", 9)]);
    stage.platforms.cure(Platform::Tiktok);
    stage.click(&ad(Platform::Tiktok, 10u8));
    stage.wait_for_states(&tiktok, &[("dropped", 9), ("sent", 1)]);
}

#[test]
fn a_destination_that_is_refused_while_a_batch_is_halved_keeps_the_rest() {
    let stage = Stage::open();
    let meta = queue(&stage, Platform::Meta, 16);
    stage.platforms.poison(Platform::Meta, mark(Platform::Meta, 5));
    let script = [
        vec![Behaviour::Unnamed; 3],
        vec![Behaviour::HtmlBadGateway, Behaviour::Unnamed, Behaviour::ExpiredToken],
    ];
    stage.platforms.tell(Platform::Meta, Behaviour::Unnamed);
    stage.platforms.tell_once(Platform::Meta, script.concat());
    stage.patch_destination(&meta, json!({ "active": true }));
    stage
        .platforms
        .wait_for("the bad gateway", |fake| fake.requests(Platform::Meta) == 4);
    crate::common::wait_for("a hold", || {
        stage.advance(crate::stage::SECOND * 5);
        (stage.destination(&meta)["state"] == "held").then_some(())
    });
    stage.patch_destination(&meta, json!({ "active": true }));
    stage.wait_for_states(&meta, &[("sent", 15), ("dropped", 1)]);
    assert_eq!(stage.platforms.duplicates(Platform::Meta), 0);
}

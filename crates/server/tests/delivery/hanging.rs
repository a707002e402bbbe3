//! A platform that hangs costs the others nothing, nor the redirect.

use crate::{
    ads::Ads,
    advertiser::{ad, visit},
    common::{http::Connection, now},
    stage::{SECOND, Stage, side_by_side},
};
use konektor_fake_platforms::{Behaviour, Platform};
use std::time::Duration;

const OTHERS: [Platform; 3] = [Platform::Meta, Platform::Tiktok, Platform::Linkedin];
/// Generous, for busy machines; the hanging platform takes 30 s a call.
const PROMPT: Duration = Duration::from_secs(5);

#[test]
fn a_platform_that_hangs_costs_the_others_and_the_visitors_nothing_and_is_given_up_in_time() {
    // Each waits for ten seconds, which they do side by side.
    side_by_side([costs_the_others_nothing as fn(), is_given_up], |test| test());
}

/// Nor the end of the server; and nothing is lost.
fn costs_the_others_nothing() {
    const ROUNDS: u64 = 10;
    let mut ads = Ads::open();
    let destinations = ads.connect_all();
    ads.platforms.tell(Platform::Google, Behaviour::Hang(None));
    ads.click(&ad(Platform::Google, 1u8));
    ads.platforms
        .wait_for("the call that hangs", |fake| fake.requests(Platform::Google) == 1);

    let mut connection = Connection::open(ads.address).expect("it listens");
    for n in 1..=ROUNDS {
        for platform in OTHERS {
            let clicked = now();
            let answer = connection.ask(&visit(&ad(platform, n))).expect("an answer");
            assert_eq!(answer.status, 302);
            assert!(
                clicked.elapsed() < PROMPT / 5,
                "the redirect took {:?}",
                clicked.elapsed()
            );
        }
        ads.click(&ad(Platform::Google, 1 + n));
    }
    let clicked = now();
    for platform in OTHERS {
        ads.platforms.wait_for_events(platform, ROUNDS);
    }
    assert!(clicked.elapsed() < PROMPT, "{:?}", clicked.elapsed());
    assert_eq!(
        ads.platforms.requests(Platform::Google),
        1,
        "the first call still hangs"
    );

    // The end does not wait for it for long, and what was on its way is sent again.
    let told = now();
    ads.shop.server.tell_to_end();
    assert!(ads.shop.server.wait().success(), "{}", ads.shop.server.log());
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
    ads.platforms.tell(Platform::Google, Behaviour::Ok);
    ads.restart();
    ads.wait_for_states(&destinations[&Platform::Google], &[("sent", 1 + ROUNDS as usize)]);
    assert_eq!(ads.platforms.unique_events(Platform::Google), 1 + ROUNDS);
    for platform in OTHERS {
        assert_eq!(ads.platforms.duplicates(platform), 0, "{platform}");
    }
}

/// No answer is waited for longer than said, however it fails to come.
fn is_given_up() {
    let stage = Stage::open();
    let platforms = [
        (Platform::Meta, Behaviour::Hang(None)),
        (Platform::Tiktok, Behaviour::Drip(SECOND)),
        (Platform::Linkedin, Behaviour::Hang(None)),
    ];
    let destinations = platforms.map(|(platform, behaviour)| {
        stage.platforms.tell(platform, behaviour);
        let destination = stage.connect(platform);
        stage.click(&ad(platform, 1u8));
        (platform, destination)
    });
    for (platform, destination) in &destinations {
        stage.wait_for_words(destination, "no whole answer within 10 s");
        stage.platforms.tell(*platform, Behaviour::Ok);
    }
    stage.advance(SECOND * 5);
    for (_, destination) in &destinations {
        stage.wait_for_states(destination, &[("sent", 1)]);
    }
}

#[test]
fn of_many_destinations_on_one_platform_one_that_hangs_is_alone() {
    let stage = Stage::open();
    let destinations: Vec<_> = (0..20)
        .map(|n| {
            let dataset = format!("12345678901234{n:02}");
            stage.connect_with(
                Platform::Meta,
                serde_json::json!({ "settings": { "dataset_id": dataset } }),
            )
        })
        .collect();
    // One of them hangs; which one, chance decides.
    stage.platforms.tell_once(Platform::Meta, vec![Behaviour::Hang(None)]);
    stage.click(&ad(Platform::Meta, 1u8));
    stage
        .platforms
        .wait_for_events(Platform::Meta, destinations.len() as u64 - 1);
}

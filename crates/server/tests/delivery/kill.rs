//! `kill -9` with deliveries in flight: no event is lost, and none is told under a second id.
//!
//! More rounds by hand: `KONEKTOR_KILL_ROUNDS=200 cargo test -p konektor --test delivery kill -- --nocapture`.

use crate::{
    ads::Ads,
    advertiser::{ad, visit},
    common::{self, database, http::Connection, random::Random, wait_for},
};
use konektor_fake_platforms::{Behaviour, Outcome, Platform};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 4;

/// Clicks ads of all platforms until the server is gone; those that were answered.
fn click_until_it_dies(ads: &Ads, first: u64, answered: &AtomicUsize) -> Vec<(Platform, u64)> {
    let mut acknowledged = Vec::new();
    let Ok(mut connection) = Connection::open(ads.address) else {
        return acknowledged;
    };
    for n in first.. {
        let platform = Platform::ALL[n as usize % 4];
        match connection.ask(&visit(&ad(platform, n))) {
            Ok(answer) => assert_eq!(answer.status, 302),
            Err(_) => return acknowledged,
        }
        acknowledged.push((platform, n));
        answered.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

/// One round: clicks, death at a random moment, and a new start.
fn round(ads: &mut Ads, number: usize, random: &mut Random) -> Vec<(Platform, u64)> {
    let answered = AtomicUsize::new(0);
    let (enough, moment) = (
        1 + random.below(60),
        Duration::from_micros(random.below(900_000) as u64),
    );
    let process = ads.shop.server.process_id();
    let mut acknowledged = Vec::new();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let first = (number * 1_000_000 + client * 100_000) as u64;
                let (ads, answered) = (&*ads, &answered);
                scope.spawn(move || click_until_it_dies(ads, first, answered))
            })
            .collect();
        wait_for("clicks", || (answered.load(Ordering::Relaxed) >= enough).then_some(()));
        std::thread::sleep(moment); // whatever it is doing then
        common::kill_9(process);
        for client in clients {
            acknowledged.extend(client.join().expect("a client"));
        }
    });
    ads.shop.server.wait();
    ads.restart();
    acknowledged
}

/// The click IDs that are on disk, by platform.
pub fn stored(ads: &Ads) -> BTreeMap<Platform, BTreeSet<String>> {
    let data = ads.shop.data();
    let platform = database::fact(data, &["touch", "platform"]);
    let click_id = database::fact(data, &["touch", "click_ids", "0", "v"]);
    let mut stored: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for [platform, click_id] in database::rows(data, &format!("SELECT {platform}, {click_id} FROM clicks")) {
        let platform = Platform::ALL
            .into_iter()
            .find(|known| Some(known.as_str()) == platform.as_deref())
            .expect("one of ours");
        stored.entry(platform).or_default().extend(click_id);
    }
    stored
}

#[test]
fn over_kill_9_each_click_is_told_once_and_none_is_lost() {
    let rounds = std::env::var("KONEKTOR_KILL_ROUNDS").map_or(3, |rounds| rounds.parse().expect("a number"));
    let mut ads = Ads::open();
    let destinations = ads.connect_all();
    for platform in Platform::ALL {
        // So that something is always on its way when the server dies.
        ads.platforms
            .tell(platform, Behaviour::Delay(Duration::from_millis(100)));
    }
    let mut random = Random::new(711);
    let mut acknowledged = Vec::new();
    for number in 1..=rounds {
        acknowledged.extend(round(&mut ads, number, &mut random));
        println!(
            "kill {number}: {} clicks acknowledged\n{}",
            acknowledged.len(),
            ads.platforms.report()
        );
    }
    let stored = stored(&ads);
    for (platform, n) in &acknowledged {
        let query = ad(*platform, *n);
        let (_, click_id) = query.split_once('=').expect("a parameter");
        assert!(
            stored[platform].contains(click_id),
            "{click_id} got its 302 and is lost"
        );
    }
    for (platform, clicks) in &stored {
        ads.platforms.wait_for_events(*platform, clicks.len() as u64);
        ads.wait_for_states(&destinations[platform], &[("sent", clicks.len())]);
        check(&ads, *platform, clicks);
    }
}

/// Compares what the platform has with what is on disk.
pub fn check(ads: &Ads, platform: Platform, clicks: &BTreeSet<String>) {
    let mut by_id = BTreeMap::new();
    let mut told = BTreeSet::new();
    for event in ads.platforms.received(platform) {
        let (_, click_id) = &event.click_ids[0];
        // Of an `fbc` what is behind its time.
        let click_id = click_id.strip_prefix("fb.1.").map_or(&click_id[..], |rest| &rest[14..]);
        assert!(clicks.contains(click_id), "{platform}: nobody clicked {click_id}");
        told.insert(click_id.to_owned());
        let first = by_id.entry(event.event_id).or_insert_with(|| event.raw.clone());
        assert_eq!(*first, event.raw, "{platform}: a repetition is the same byte for byte");
        assert!(matches!(event.outcome, Outcome::Counted | Outcome::Duplicate));
    }
    assert_eq!(told.len(), clicks.len(), "{platform}: all are told");
    assert_eq!(by_id.len(), clicks.len(), "{platform}: each under one id");
    assert_eq!(ads.platforms.unique_events(platform), clicks.len() as u64);
}

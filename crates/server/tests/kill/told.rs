//! What the ad platform was told: each click of an ad, under one id.

use crate::{common::shop::Shop, platforms::Platforms};
use konektor_fake_platforms::{Behaviour, Outcome, Platform};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A destination, and a platform that takes its time: something is always on its way when the server dies.
pub fn connect(shop: &Shop, platforms: &Platforms) {
    let destination = json!({
        "platform": "meta", "name": "Meta", "settings": { "dataset_id": "1234567890123456" },
        "credentials": { "access_token": "EAAB-meta" },
    });
    shop.post("/destinations", destination);
    platforms.tell(Platform::Meta, Behaviour::Delay(Duration::from_millis(100)));
}

/// Waits until all are told, and looks that nothing was told under two ids.
pub fn check(platforms: &Platforms, clicked: &BTreeSet<String>) {
    platforms.wait_for_events(Platform::Meta, clicked.len() as u64);
    let (mut by_id, mut told) = (BTreeMap::new(), BTreeSet::new());
    for event in platforms.received(Platform::Meta) {
        let (_, fbc) = &event.click_ids[0];
        // Of an `fbc` what is behind its time.
        let click_id = fbc.strip_prefix("fb.1.").map_or(&fbc[..], |rest| &rest[14..]);
        assert!(clicked.contains(click_id), "nobody clicked {click_id}");
        told.insert(click_id.to_owned());
        let first = by_id.entry(event.event_id).or_insert_with(|| event.raw.clone());
        assert_eq!(*first, event.raw, "a repetition is the same byte for byte");
        assert!(matches!(event.outcome, Outcome::Counted | Outcome::Duplicate));
    }
    assert_eq!(
        (told.len(), by_id.len()),
        (clicked.len(), clicked.len()),
        "each is told, under one id"
    );
}

//! An older backup is restored: what was sent since it was made is not sent under another id, and nothing that waited is lost.

use crate::{
    ads::Ads,
    advertiser::ad,
    common::run,
    kill::{check, stored},
};
use konektor_fake_platforms::{Behaviour, Outcome, Platform};
use rstest::rstest;
use std::fs;

/// Clicks of each platform's ads that waited when the backup was made.
const WAITING: u64 = 3;

/// What is left of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// The database, which somebody wants to be as it was: it knows what was sent.
    Database,
    /// Nothing but the backup.
    Nothing,
}

#[rstest]
fn what_was_sent_since_the_backup_is_told_under_the_same_id(#[values(Left::Database, Left::Nothing)] left: Left) {
    let mut ads = Ads::open();
    let destinations = ads.connect_all();
    for platform in Platform::ALL {
        ads.platforms.tell(platform, Behaviour::ServerError(503));
        ads.clicks(platform, 0, WAITING);
    }
    for destination in destinations.values() {
        ads.wait_for_states(destination, &[("pending", WAITING as usize)]);
    }
    let place = tempfile::tempdir().expect("a directory");
    let backup = place.path().join("backup.tar");
    let backup = backup.to_str().expect("UTF-8");
    run(ads.shop.data(), &["backup", "--with-key", backup]);

    for platform in Platform::ALL {
        ads.platforms.tell(platform, Behaviour::Ok);
    }
    for destination in destinations.values() {
        ads.wait_for_states(destination, &[("sent", WAITING as usize)]);
    }
    ads.shop.server.tell_to_end();
    assert!(ads.shop.server.wait().success());
    if left == Left::Nothing {
        for entry in fs::read_dir(ads.shop.data()).expect("it is there") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => fs::remove_dir_all(path).expect("it can be removed"),
                false => fs::remove_file(path).expect("it can be removed"),
            }
        }
    }
    run(ads.shop.data(), &["restore", "--replace", backup]);
    ads.restart();

    for platform in Platform::ALL {
        ads.click(&ad(platform, WAITING));
    }
    for (platform, destination) in &destinations {
        ads.wait_for_states(destination, &[("sent", WAITING as usize + 1)]);
        let stored = stored(&ads);
        assert_eq!(stored[platform].len() as u64, WAITING + 1);
        check(&ads, *platform, &stored[platform]);
        let received = ads.platforms.received(*platform);
        let repeated = received.iter().filter(|event| event.outcome == Outcome::Duplicate);
        let expected = if left == Left::Nothing { WAITING } else { 0 };
        assert_eq!(repeated.count() as u64, expected, "{platform}");
    }
}

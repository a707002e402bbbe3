//! `kill -9` while the database is away, and while what waited is being recorded.

use super::{
    DEADLINE, by_hand,
    common::{self, random::Random, shop::Shop},
    crowd::Crowd,
    lock, wait_until_degraded, wait_until_drained,
};
use std::{io::Write, os::unix::fs::FileExt, path::PathBuf, time::Duration};

/// The segment that was written last.
fn newest_segment(shop: &Shop) -> PathBuf {
    let entries = std::fs::read_dir(shop.data().join("spool/0")).expect("it is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let segments = paths.filter(|path| path.extension().is_some_and(|e| e == "spool"));
    segments.max().expect("a segment")
}

/// Half of a record, as a write leaves it that the power cut off.
fn tear(path: &PathBuf) {
    let bytes = std::fs::read(path).expect("it is there");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("a header") + 1;
    let record = bytes.windows(4).position(|four| four == b"VIS\x01").expect("a record");
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("we may");
    file.write_all_at(&bytes[record..record + 100], end as u64)
        .expect("room");
    file.flush().expect("written");
}

#[test]
fn what_was_acknowledged_while_the_database_was_away_survives_kill_9() {
    let mut shop = Shop::with(3, &[DEADLINE]);
    let mut crowd = Crowd::default();
    let mut random = Random::new(2_026);
    crowd.come(&shop, |watch| watch.wait_for_answers(100));
    for round in 0..by_hand("KONEKTOR_KILL_ROUNDS", 3) {
        let holder = lock(shop.data());
        let process = shop.server.process_id();
        crowd.come(&shop, |watch| {
            wait_until_degraded(&shop);
            watch.wait_for_answers(300 + random.below(200));
            common::kill_9(process);
        });
        shop.server.wait();
        drop(holder);
        if round % 2 == 1 {
            tear(&newest_segment(&shop));
        }
        // Killed again while it is recorded, wherever that is.
        for _ in 0..2 {
            shop.restart();
            let process = shop.server.process_id();
            crowd.come(&shop, |_| {
                std::thread::sleep(Duration::from_millis(random.below(60) as u64)); // whatever it is doing then
                common::kill_9(process);
            });
            shop.server.wait();
        }
        shop.restart();
        wait_until_drained(&shop);
        crowd.is_in(&shop, 0);
    }
    crowd.still_have_their_agents(&shop);
}

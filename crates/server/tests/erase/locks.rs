//! The server searches its files after an erasure, and still holds its locks on them afterwards. Without them, whoever closes the
//! database after looking into it with another program takes itself for the last one, and deletes the log that the server writes.

use crate::common::{self, http::get, shop::Shop};
use serde_json::json;
use std::{fs, os::unix::fs::MetadataExt};

/// Which of the two files the server holds a lock on, by what the system says (proc(5), locks).
fn locked(shop: &Shop) -> Vec<&'static str> {
    let locks = fs::read_to_string("/proc/locks").expect("Linux has it");
    let server = format!(" {} ", shop.server.process_id());
    let is_locked = |name: &&str| {
        let file = fs::metadata(shop.data().join(name)).expect("it is there");
        let file = format!(":{} ", file.ino());
        locks.lines().any(|lock| lock.contains(&server) && lock.contains(&file))
    };
    ["konektor.db", "konektor-fold.db"]
        .into_iter()
        .filter(is_locked)
        .collect()
}

#[test]
fn after_an_erasure_the_server_still_holds_its_locks() {
    let shop = Shop::open();
    if common::database::of(shop.data()).is_some() {
        return; // its locks are its server's
    }
    assert_eq!(locked(&shop), ["konektor.db", "konektor-fold.db"], "before");
    let visitor = shop.server.ask(&get("/wa/promo?gclid=Cj0KCQiA4fi7BhC5ARIsAEV1Yi"));
    shop.lead_with_clicks(visitor.code(), 1);
    let erased = shop.post(&format!("/leads/{}/erase", visitor.code()), json!({}));
    assert_eq!(erased["files_clean"], true);
    assert_eq!(locked(&shop), ["konektor.db", "konektor-fold.db"]);
}

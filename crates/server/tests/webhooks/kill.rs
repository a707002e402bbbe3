//! `kill -9` with messages on their way: none is lost, and none is told under a second id.
//!
//! More rounds by hand: `KONEKTOR_KILL_ROUNDS=200 cargo test -p konektor --test webhooks kill -- --nocapture`.

use crate::{
    common::{
        self, database,
        http::{self, Connection},
        random::Random,
        shop::Shop,
        wait_for,
    },
    receiver::Receiver,
};
use konektor_core::{ids::ClickId, webhook::MessageId};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 4;

/// New visitors until the server is gone.
fn click_until_it_dies(shop: &Shop, answered: &AtomicUsize, first: usize) {
    let Ok(mut connection) = Connection::open(shop.server.address) else {
        return;
    };
    for n in first.. {
        match connection.ask(&http::get(&format!("/wa/promo?utm_id={n}"))) {
            Ok(answer) => assert_eq!(answer.status, 302),
            Err(_) => return,
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn over_kill_9_each_click_is_told_under_one_id_and_none_is_lost() {
    let rounds = std::env::var("KONEKTOR_KILL_ROUNDS").map_or(3, |rounds| rounds.parse().expect("a number"));
    let receiver = Receiver::start();
    let mut shop = Shop::with(1, &[("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.1")]);
    let events = ["lead.created", "click.recorded"];
    shop.post("/webhooks", json!({ "url": receiver.url(), "events": events }));
    let mut random = Random::new(1_177);
    for round in 1..=rounds {
        let answered = AtomicUsize::new(0);
        let (enough, moment) = (
            1 + random.below(40),
            Duration::from_micros(random.below(900_000) as u64),
        );
        let process = shop.server.process_id();
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (shop, answered) = (&shop, &answered);
                scope.spawn(move || click_until_it_dies(shop, answered, (round * CLIENTS + client) * 1_000_000));
            }
            wait_for("clicks", || (answered.load(Ordering::Relaxed) >= enough).then_some(()));
            std::thread::sleep(moment); // whatever it is doing then
            common::kill_9(process);
        });
        shop.server.wait();
        shop.restart();
        println!("kill {round}: {} messages so far", receiver.received().len());
    }
    let mut wanted = BTreeSet::new();
    let new = database::fact(shop.data(), &["new"]);
    for [click, new] in database::rows(shop.data(), &format!("SELECT id, {new} FROM clicks")) {
        let click = click.and_then(|click| click.parse().ok()).expect("a number");
        wanted.insert(MessageId::of_click(ClickId(click)).to_string());
        // One database writes `true` as 1.
        if matches!(new.as_deref(), Some("1" | "true")) {
            wanted.insert(MessageId::of_new_lead(ClickId(click)).to_string());
        }
    }
    assert!(wanted.len() > 2 * rounds, "{}", wanted.len());
    let bodies = wait_for("all messages", || {
        let mut bodies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for message in receiver.received() {
            bodies.entry(message.id()).or_default().insert(message.body);
        }
        (bodies.len() >= wanted.len()).then_some(bodies)
    });
    let told: BTreeSet<_> = bodies.keys().cloned().collect();
    assert_eq!(told, wanted, "each is told, and nothing else");
    let differing = bodies.values().filter(|bodies| bodies.len() > 1).count();
    assert_eq!(differing, 0, "a repetition is the same byte for byte");
}

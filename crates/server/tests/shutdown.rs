//! Graceful shutdown: no request cut, nothing left in memory. SPEC section 13.

mod common;

use common::{
    database,
    http::{Connection, get},
    now,
    shop::Shop,
    wait_for,
};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 8;

/// Clicks until the connection is closed, and gives the click IDs that were answered. Half an answer is an error.
fn click_until_closed(shop: &Shop, client: usize, answered: &AtomicUsize) -> Vec<String> {
    let mut connection = shop.server.connect();
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let gclid = format!("Down{client}n{n}");
        if connection
            .send(&get(&format!("/wa/promo?gclid={gclid}")).bytes())
            .is_err()
        {
            break;
        }
        match connection.read(false).expect("an answer is whole or not begun") {
            Some(answer) => assert!(answer.digits().starts_with("62812") && answer.sets_cookie()),
            None => break, // closed before a byte of it: a browser asks again
        }
        acknowledged.push(gclid);
        answered.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

#[test]
fn sigterm_under_load_cuts_no_request_and_leaves_nothing_in_memory() {
    let mut shop = Shop::open();
    let answered = AtomicUsize::new(0);
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (shop, answered) = (&shop, &answered);
                scope.spawn(move || click_until_closed(shop, client, answered))
            })
            .collect();
        wait_for("clicks", || (answered.load(Ordering::Relaxed) >= 200).then_some(()));
        shop.server.tell_to_end();
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client"))
            .collect()
    });
    let status = shop.server.wait();
    assert_eq!(status.code(), Some(0), "{}", shop.server.log());
    let left: BTreeSet<_> = std::fs::read_dir(shop.data())
        .expect("it is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.contains("-wal") || name.contains("-shm"))
        .collect();
    assert_eq!(left, BTreeSet::new(), "the log was moved into the database");
    assert_eq!(
        Connection::open(shop.server.address).err().map(|e| e.kind()),
        Some(std::io::ErrorKind::ConnectionRefused)
    );

    shop.restart();
    let gclid = database::fact(shop.data(), &["touch", "click_ids", "0", "v"]);
    let stored = database::rows(shop.data(), &format!("SELECT {gclid} FROM clicks"));
    let stored: BTreeSet<String> = stored.into_iter().filter_map(|[gclid]| gclid).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|gclid| !stored.contains(*gclid)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(
        stored.len() - acknowledged.len() <= CLIENTS,
        "no more than were under way"
    );
    assert_eq!(shop.clicks_stored() as usize, stored.len());
    assert_eq!(shop.leads().len(), stored.len(), "restart finds everything");
    assert_eq!(shop.turns_given() as usize, stored.len());
}

#[test]
fn what_was_counted_in_memory_is_stored_at_the_end() {
    let mut shop = Shop::open();
    let visitor = shop.server.ask(&get("/wa/promo"));
    for n in 0..5 {
        shop.server
            .ask(&get(&format!("/wa/promo?utm_content={n}")).cookie(visitor.cookie()));
        shop.server.ask(&get("/wa/promo").user_agent("curl/8.5.0"));
    }
    shop.stop_and_restart();
    assert_eq!(shop.lead_of(&visitor)["click_count"], 6, "the clicks were folded");
    assert_eq!(shop.get("/reports/screening")["total"], 5);
}

#[test]
fn connections_that_say_nothing_do_not_hold_up_the_end() {
    let mut shop = Shop::open();
    let silent: Vec<_> = (0..20).map(|_| shop.server.connect()).collect();
    let mut idle: Vec<_> = (0..20).map(|_| shop.server.connect()).collect();
    for connection in &mut idle {
        connection.ask(&get("/wa/promo")).expect("an answer");
    }
    let started = now();
    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    drop((silent, idle));
}

//! Requests of whoever means ill: never a 5xx but the documented one, never a panic, nothing that grows. SPEC section 2.
//!
//! `KONEKTOR_HOSTILE_REQUESTS` says how many, `KONEKTOR_HOSTILE_SEED` which. Millions want both sides optimised:
//! `KONEKTOR_HOSTILE_REQUESTS=10000000 cargo test --release -p konektor --test hostile no_request -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod client;
mod endpoints;
mod generator;
mod hooks;
mod mutation;
mod request;
mod slow;
mod tally;
mod target;
mod visitors;

use common::vitals;
use endpoints::Endpoints;
use generator::Generator;
use tally::Tally;
use target::Target;

const REQUESTS: usize = 4_000;
/// At a time, where there are requests enough.
const CONNECTIONS: usize = 160;
const LEAST_OF_ONE: usize = 40;
/// The requests come in so many parts, between which somebody clicks and the server is looked at.
const PARTS: usize = 10;
/// Until then caches fill up: so many parts.
const WARM_UP_PARTS: usize = 2;
const MAY_GROW_KIB: u64 = 32 * 1024;
/// The database's caches are bounded. All but one are full after some hundred thousand clicks; with fewer requests they may still
/// fill.
const CACHES_KIB: u64 = 48 * 1024;
const CACHES_ARE_FULL_AFTER: usize = 400_000;
/// The one is that of the fold's file (`set_fold_pace` of the store), which is full once the file is as large.
const FOLD_CACHE_KIB: u64 = 24_000;
/// Who sends nonsense must not fill a disk with what is said about it.
const LOG_MAX_BYTES: usize = 1024 * 1024;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.replace('_', "").parse().expect("a number"))
}

/// A part of the requests, over all connections at once.
fn send(target: &Target, endpoints: &Endpoints, seed: u64, count: usize) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let connections = CONNECTIONS.min(count / LEAST_OF_ONE).max(1);
    let senders = (0..connections).map(|n| {
        let generator = Generator::new(seed * 1_000 + n as u64, target, endpoints);
        let share = count / connections + usize::from(n < count % connections);
        client::send(target.shop.server.address, n as u8 + 1, generator, share)
    });
    let senders = futures_util::future::join_all(senders);
    let mut tally = Tally::default();
    for of_one in runtime.expect("a runtime").block_on(senders) {
        tally.add(of_one);
    }
    tally
}

#[test]
fn no_request_gives_a_server_error_stops_the_server_or_makes_it_grow() {
    let requests = number("KONEKTOR_HOSTILE_REQUESTS", REQUESTS);
    let seed = number("KONEKTOR_HOSTILE_SEED", 14) as u64;
    let target = Target::open();
    let endpoints = Endpoints::of(&target.document());
    let process = target.shop.server.process_id();
    target.a_good_click_is_taken("Before");
    let settings = target.settings_of_the_first();
    let (started, cpu_before) = (common::now(), vitals::cpu_ticks(process));
    let (mut tally, mut warm, mut fold_kib) = (Tally::default(), (0, 0), 0);
    for part in 0..PARTS {
        tally.add(send(&target, &endpoints, seed * 100 + part as u64, requests / PARTS));
        target.a_good_click_is_taken(&format!("After{part}"));
        let vitals = (vitals::memory_kib(process), vitals::descriptors(process));
        println!(
            "{} requests: {} KiB, {} descriptors",
            tally.requests(),
            vitals.0,
            vitals.1
        );
        if part + 1 == WARM_UP_PARTS {
            warm = vitals;
            let fold = std::fs::metadata(target.shop.data().join("konektor-fold.db")).expect("it is there");
            fold_kib = fold.len() / 1024;
        }
    }
    let (grown_kib, seconds) = (
        vitals::memory_kib(process).saturating_sub(warm.0),
        started.elapsed().as_secs_f64(),
    );
    let cpu_us = (vitals::cpu_ticks(process) - cpu_before) as f64 * 10_000.0 / tally.requests() as f64;
    println!(
        "{} hostile requests in {seconds:.0} s ({:.0} a second, {cpu_us:.0} µs of a processor each in the server): memory grew by \
         {grown_kib} KiB after the first {}%, when the fold's file had {fold_kib} KiB\n{}",
        tally.requests(),
        tally.requests() as f64 / seconds,
        100 * WARM_UP_PARTS / PARTS,
        tally.lines()
    );
    check_that_it_was_tried(&tally);
    let is_warm = requests / PARTS * WARM_UP_PARTS >= CACHES_ARE_FULL_AFTER;
    let may_still_fill = match is_warm {
        true => FOLD_CACHE_KIB.saturating_sub(fold_kib),
        false => CACHES_KIB,
    };
    let may_grow_kib = MAY_GROW_KIB + may_still_fill;
    assert!(grown_kib < may_grow_kib, "{grown_kib} of {may_grow_kib} KiB");
    target::descriptors_are_back_at(&target, warm.1);
    assert_eq!(target.settings_of_the_first(), settings, "nobody else's key changes it");
    let (server, stored) = (&target.shop.server, target.shop.clicks_stored() as usize);
    // What nobody read the answer of may be there as well.
    assert!(
        stored >= tally.clicks,
        "{stored} clicks are stored, and {} were answered",
        tally.clicks
    );
    assert_eq!(server.metric("konektor_clicks_lost_total"), 0);
    assert_eq!(server.metric("konektor_degraded_redirects_total"), 0);
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(log.len() < LOG_MAX_BYTES, "{} bytes: {}", log.len(), &log[..4_000]);
}

/// A server that refuses everything at the door passes any test: most requests have to get further.
fn check_that_it_was_tried(tally: &Tally) {
    for (area, least) in [
        ("click", 20),
        ("press", 5),
        ("form", 5),
        ("whatsapp", 5),
        ("api", 5),
        ("import", 2),
    ] {
        let (taken, all) = (tally.count(area, 200..400), tally.count(area, 100..600));
        assert!(taken * 100 >= all * least, "{area}: {taken} of {all} were taken");
    }
    let broken = tally.broken_answered + tally.broken_unanswered;
    assert!(
        tally.broken_answered * 2 > broken,
        "most are near enough to a request to be answered"
    );
}

//! A month in minutes: clicks, platforms that fail, restarts, agents who come and go, forms, merges, erasures, retention, a
//! database that is away for hours, and clocks that jump; from a seed, on the rules and on the embedded database, with nothing
//! that waits. What holds all the time is looked at all the time, and everything is added up each night.
//!
//! A month: `KONEKTOR_MONTH_DAYS=31 cargo test -p konektor-store --test month -- --nocapture`; another one: `KONEKTOR_MONTH_SEED`.

mod audit;
#[path = "../common/mod.rs"]
mod common;
mod life;
mod platforms;
#[path = "../../../server/tests/common/random.rs"]
mod random;
mod town;
mod visits;

use konektor_core::time::UnixMs;
use town::{HOUR_MS, Town};

/// 2026-10-23 00:00 UTC: on the 25th clocks go back in Berlin, on the 1st of November in New York.
const BEGIN: UnixMs = UnixMs(1_792_713_600_000);

/// How far the server's clock is off, and for how long: an hour and a day in both directions, the year in which computers begin
/// to count, and one that nobody here will see.
fn jumps(begin: UnixMs) -> [(i64, i64); 6] {
    let to = |year_ms: i64| year_ms - begin.0;
    [
        (HOUR_MS, 40),
        (-HOUR_MS, 40),
        (24 * HOUR_MS, 30),
        (-24 * HOUR_MS, 30),
        (to(3_600_000), 30),
        // No longer than it is doubted: a server cannot tell that a clock is wrong that goes on evenly.
        (to(4_102_444_800_000), 10), // 2100-01-01
    ]
}

#[tokio::test]
async fn whatever_a_month_brings_everything_adds_up() {
    let of = |name: &str, usual: u64| std::env::var(name).map_or(usual, |n| n.parse().expect("a number"));
    let (days, seed) = (of("KONEKTOR_MONTH_DAYS", 3), of("KONEKTOR_MONTH_SEED", 1));
    let mut town = Town::found(BEGIN, seed).await;
    // In a month, a jump every third day; in a few days all of them too.
    let between = (days * 24 / 7).max(2);
    let mut hours = 0;
    for day in 0..days {
        for _ in 0..24 {
            hours += 1;
            if hours % between == 0 {
                let (off_ms, minutes) = jumps(town.time)[(hours / between - 1) as usize % 6];
                town.clock_jumps(off_ms, minutes).await;
            }
            town.an_hour().await;
        }
        town.a_night().await;
        town.audit(&format!("seed {seed}, night {day}")).await;
    }
    town.all_is_well_again().await;
    town.audit(&format!("seed {seed}, the end")).await;
    town.everything_was_told();
    println!("{days} days from seed {seed}: {:?}", town.figures);
    let figures = &town.figures;
    assert!(figures.clicks > 100 * days && figures.replayed > 0 && figures.restarts > 0 && figures.jumps > 5);
    town.close().await;
}

//! A long time at half of full speed: waits, memory and write-ahead logs do not grow, also while the dashboard is read for a
//! minute on end.
//!
//! Within half an hour a machine that is shared with others can lose a third of its speed and get it back. So whether visitors wait
//! longer at the end than in the first fifth is judged beside another server, which has had as many clicks as the first had in that
//! fifth: afterwards both are clicked in turn, at the same pace, in many short rounds, of which those count in which others took little.
//! How p99 went over the time is printed too, with what others had of the processors meanwhile.
//!
//! Every visitor is new and comes with a click ID of their own, and the filter of click IDs has to grow with what it knows. So what it
//! takes, which the server says (`konektor_click_id_filter_bytes`), is not counted as a drift of memory; both are printed. What the
//! dashboard's pages need is there from the beginning, since a drift is what goes on: somebody has looked at each of them.
//!
//! `KONEKTOR_SOAK_SECONDS` says how long; below ten minutes the figures are printed, not judged. Optimised:
//! `KONEKTOR_SOAK_SECONDS=1800 cargo test --release -p konektor --test soak -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod dashboard;

use common::{
    pace::{self, Click, Pace},
    shop::Shop,
    vitals,
};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const SECONDS: usize = 5;
/// From then on a minute is short, and what changes is no accident.
const LONG: Duration = Duration::from_secs(600);
const CLIENTS: usize = 64;
const OF_FULL_SPEED: f64 = 0.5;
/// Afterwards, of the old server and of a younger one.
const TURNS: usize = 100;
/// Of the processors, what others may take of a turn that counts. Where half of the turns have more, all count.
const QUIET: f64 = 0.02;
const P99_MAY_DRIFT: f64 = 0.10;
const MEMORY_MAY_DRIFT: f64 = 0.05;
/// Its numbers are asked for more seldom than its process is looked at.
const LOOKS_OF_AN_ANSWER: usize = 10;
/// While the dashboard is read as well.
const LOGS_MAX_MIB: u64 = 256;
const PARTS_OF_COURSE: usize = 30;
/// Of the whole, a round of either server.
const ROUND_OF_WHOLE: u32 = 960;
const SHORTEST_ROUND: Duration = Duration::from_millis(20);
/// Of the whole, what the younger one has had before.
const YOUTH_OF_WHOLE: u32 = 5;
/// Long enough for each page of the dashboard.
const LOOKED_AT_BEFORE: Duration = Duration::from_secs(2);
const MIB: f64 = 1024.0 * 1024.0;

/// How the server was at a moment.
#[derive(Clone, Copy, Default)]
struct Look {
    at: Duration,
    memory_kib: u64,
    /// Of these, those of the filter of click IDs.
    filter_kib: u64,
    logs_bytes: u64,
    processors: vitals::Processors,
    is_read: bool,
}

impl Look {
    fn without_filter_kib(&self) -> u64 {
        self.memory_kib.saturating_sub(self.filter_kib)
    }
}

fn mean_mib(looks: &[Look], kib: impl Fn(&Look) -> u64) -> f64 {
    let sum: u64 = looks.iter().map(kib).sum();
    sum as f64 / looks.len().max(1) as f64 / 1024.0
}

fn logs_bytes(data: &Path) -> u64 {
    let files = ["konektor.db-wal", "konektor-fold.db-wal"];
    files
        .iter()
        .map(|file| fs::metadata(data.join(file)).map_or(0, |meta| meta.len()))
        .sum()
}

/// Looks at it once in a while, until it is over.
fn watch(shop: &Shop, is_read: &AtomicBool, over: &AtomicBool) -> Vec<Look> {
    let (started, mut looks) = (common::now(), Vec::new());
    let mut filter_kib = 0;
    while !over.load(Ordering::Relaxed) {
        if looks.len() % LOOKS_OF_AN_ANSWER == 0 {
            filter_kib = shop.server.metric("konektor_click_id_filter_bytes") / 1024;
        }
        looks.push(Look {
            at: started.elapsed(),
            memory_kib: vitals::memory_kib(shop.server.process_id()),
            filter_kib,
            logs_bytes: logs_bytes(shop.data()),
            processors: vitals::processors(),
            is_read: is_read.load(Ordering::Relaxed),
        });
        std::thread::sleep(Duration::from_millis(200)); // between two looks
    }
    looks
}

/// What is so in a part of the time; `from` and `to` are shares of the whole.
fn between<T: Copy>(items: &[T], at: impl Fn(&T) -> Duration, whole: Duration, from: f64, to: f64) -> Vec<T> {
    let within = whole.mul_f64(from)..whole.mul_f64(to);
    items
        .iter()
        .filter(|item| within.contains(&at(item)))
        .copied()
        .collect()
}

/// What is so in the first and in the last fifth.
fn fifths<T: Copy>(items: &[T], at: impl Fn(&T) -> Duration + Copy, whole: Duration) -> [Vec<T>; 2] {
    [(0.0, 0.2), (0.8, 1.0)].map(|(from, to)| between(items, at, whole, from, to))
}

fn p99_ms(clicks: &[Click]) -> f64 {
    pace::per_mille(clicks, 990).as_secs_f64() * 1_000.0
}

/// p99 in milliseconds of parts of the time, each with the share of the processors that other machines took, and with the memory
/// in MiB that is not the filter's.
fn course(clicks: &[Click], looks: &[Look], whole: Duration) -> String {
    let parts = (0..PARTS_OF_COURSE).map(|part| {
        let share = |part: usize| part as f64 / PARTS_OF_COURSE as f64;
        let (from, to) = (share(part), share(part + 1));
        let p99 = p99_ms(&between(clicks, |click| click.due, whole, from, to));
        let looks = between(looks, |look| look.at, whole, from, to);
        let stolen = match (looks.first(), looks.last()) {
            (Some(first), Some(last)) => last.processors.stolen_since(first.processors),
            _ => 0.0,
        };
        let memory = mean_mib(&looks, Look::without_filter_kib);
        format!("{p99:.1} ({:.0}%, {memory:.1})", 100.0 * stolen)
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// A round of a younger server and one of the old one.
#[derive(Clone, Copy)]
struct Turn {
    young_ms: f64,
    old_ms: f64,
    /// Of the processors, by other machines.
    stolen: f64,
}

/// p99 of a younger server and of the old one, clicked in turn.
async fn in_turn(old: SocketAddr, pace: Pace, whole: Duration) -> Vec<Turn> {
    let young = Shop::open();
    let young = young.server.address;
    pace::click(young, pace, "youth", whole / YOUTH_OF_WHOLE).await;
    let of_a_round = (whole / ROUND_OF_WHOLE).max(SHORTEST_ROUND);
    let mut turns = Vec::new();
    for turn in 0..TURNS {
        let before = vitals::processors();
        let name = format!("turn{turn}");
        let young_ms = p99_ms(&pace::click(young, pace, &name, of_a_round).await);
        let old_ms = p99_ms(&pace::click(old, pace, &name, of_a_round).await);
        let stolen = vitals::processors().stolen_since(before);
        turns.push(Turn {
            young_ms,
            old_ms,
            stolen,
        });
    }
    turns
}

/// Those in which others took little.
fn quiet(turns: &[Turn]) -> Vec<Turn> {
    let quiet: Vec<_> = turns.iter().filter(|turn| turn.stolen < QUIET).copied().collect();
    match quiet.len() * 2 < turns.len() {
        true => turns.to_vec(),
        false => quiet,
    }
}

/// The quartiles.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

fn drift(before: f64, after: f64) -> f64 {
    after / before - 1.0
}

#[test]
fn at_half_of_full_speed_neither_waits_nor_memory_nor_logs_grow() {
    let seconds = std::env::var("KONEKTOR_SOAK_SECONDS").map_or(SECONDS, |text| text.parse().expect("a number"));
    let whole = Duration::from_secs(seconds as u64);
    let shop = Shop::open();
    let address = shop.server.address;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let measured_for = (whole / 10).clamp(Duration::from_secs(1), Duration::from_secs(20));
    let full = runtime.block_on(pace::full_speed(address, CLIENTS, "full", measured_for));
    dashboard::read(&shop, LOOKED_AT_BEFORE);
    let pace = Pace {
        clients: CLIENTS,
        per_second: full * OF_FULL_SPEED,
        of_a_connection: 1_000,
    };
    let (is_read, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let (clicks, looks, read) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| watch(&shop, &is_read, &over));
        // In the middle, so that the first and the last fifth are alike.
        let reading = scope.spawn(|| {
            std::thread::sleep(whole.mul_f64(0.4));
            is_read.store(true, Ordering::Relaxed);
            let read = dashboard::read(&shop, Duration::from_secs(60).min(whole.mul_f64(0.25)));
            is_read.store(false, Ordering::Relaxed);
            read
        });
        let clicks = runtime.block_on(pace::click(address, pace, "soak", whole));
        let read = reading.join().expect("the dashboard is answered");
        over.store(true, Ordering::Relaxed);
        (clicks, looking.join().expect("it can be looked at"), read)
    });
    let turns = runtime.block_on(in_turn(address, pace, whole));
    report(full, &clicks, &turns, &looks, &read, whole);
    assert_eq!(shop.server.metric("konektor_clicks_lost_total"), 0);
    assert_eq!(shop.server.metric("konektor_degraded_redirects_total"), 0);
}

fn report(full: f64, clicks: &[Click], turns: &[Turn], looks: &[Look], read: &dashboard::Read, whole: Duration) {
    let [first, last] = fifths(clicks, |click| click.due, whole);
    let p99 = [&first, &last].map(|part| p99_ms(part));
    let counted = quiet(turns);
    let drifts = quartiles(counted.iter().map(|turn| drift(turn.young_ms, turn.old_ms)));
    let [_, p99_drift, _] = drifts;
    let parts = fifths(looks, |look| look.at, whole);
    let all = parts.each_ref().map(|part| mean_mib(part, |look| look.memory_kib));
    let memory = parts.each_ref().map(|part| mean_mib(part, Look::without_filter_kib));
    let most = |is_read: bool| {
        let looks = looks.iter().filter(|look| look.is_read == is_read);
        looks.map(|look| look.logs_bytes).max().unwrap_or_default() as f64 / MIB
    };
    let (logs, logs_when_read) = (most(false), most(true));
    println!(
        "full speed {full:.0} clicks a second; half of it for {} s: {}\n\
         p99 in the first fifth {:.2} ms, in the last {:.2} ms ({:+.1}%); over time, with what others took of the processors and the memory in MiB: {}\n\
         p99 of a server that has had a fifth of it and of this one, in {} turns, of which {} count: quartiles {:.2?} and {:.2?} ms, of the drift {:.3?}; all: {}\n\
         memory in the first fifth {:.1} MiB, in the last {:.1} MiB ({:+.1}%); without the filter of click IDs {:.1} and {:.1} MiB ({:+.1}%)\n\
         write-ahead logs at most {logs:.1} MiB, while the dashboard was read {logs_when_read:.1} MiB\n\
         the dashboard: {} pages in {:.0} s, {:.1} MiB of one export",
        whole.as_secs(),
        pace::in_words(clicks),
        p99[0],
        p99[1],
        100.0 * drift(p99[0], p99[1]),
        course(clicks, looks, whole),
        turns.len(),
        counted.len(),
        quartiles(counted.iter().map(|turn| turn.young_ms)),
        quartiles(counted.iter().map(|turn| turn.old_ms)),
        drifts,
        turns
            .iter()
            .map(|turn| format!("{:.1} {:.1} ({:.0}%)", turn.young_ms, turn.old_ms, 100.0 * turn.stolen))
            .collect::<Vec<_>>()
            .join(", "),
        all[0],
        all[1],
        100.0 * drift(all[0], all[1]),
        memory[0],
        memory[1],
        100.0 * drift(memory[0], memory[1]),
        read.pages,
        read.for_time.as_secs_f64(),
        read.export_bytes as f64 / MIB,
    );
    assert!(logs.max(logs_when_read) < LOGS_MAX_MIB as f64, "the logs are bounded");
    if whole >= LONG {
        assert!(p99_drift < P99_MAY_DRIFT, "p99");
        assert!(drift(memory[0], memory[1]) < MEMORY_MAY_DRIFT, "memory");
    }
}

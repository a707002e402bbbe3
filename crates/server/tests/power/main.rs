//! A power cut: what was acknowledged is on disk, whatever the disk makes of what was not synced.
//!
//! The server runs once, with a library preloaded that keeps a journal of its writes, its syncs and its answers (`journal.c`).
//! Out of that one run come the disks of many power cuts, each at another moment: what was synced by then, and of the rest
//! nothing, or whatever chance leaves, in sectors. A server is started on each, and must have all that had been answered.
//!
//! More of them by hand: `KONEKTOR_POWER_CUTS=100 cargo test -p konektor --test power -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;
mod disk;

use common::{
    Server, database,
    http::{Connection, get},
    random::Random,
    shop::Shop,
    wait_for,
};
use disk::{Disk, Entry, Unsynced, read_journal};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 4;
const CLICKS: usize = 400;

/// Compiles the library. The C compiler that the embedded SQLite is built by is there.
fn library(directory: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power/journal.c");
    let library = directory.join("libjournal.so");
    let compiled = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .args([library.as_path(), source.as_path()])
        .arg("-ldl")
        .status();
    assert!(compiled.expect("cc is there").success());
    library
}

/// A run, and what it left.
struct Run {
    shop: Shop,
    /// The directory before it.
    before: Disk,
    journal: Vec<Entry>,
}

/// Runs clicks on a server that keeps a journal, and kills it under way.
fn run(settings: &[(&str, &str)], meanwhile: impl Fn(&Shop, &dyn Fn(usize)) + Sync) -> Run {
    let mut shop = Shop::open();
    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    let before = Disk::of(shop.data());
    let beside = tempfile::tempdir().expect("a directory");
    let (library, journal) = (library(beside.path()), beside.path().join("journal"));
    let mut all = vec![
        ("LD_PRELOAD", library.to_str().expect("text")),
        ("POWER_DIRECTORY", shop.data().to_str().expect("text")),
        ("POWER_JOURNAL", journal.to_str().expect("text")),
    ];
    all.extend(settings);
    shop.server = Server::start(shop.data(), &all);

    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (shop, answered, over) = (&shop, &answered, &over);
            scope.spawn(move || click_until(shop, client, answered, over));
        }
        let reach = |clicks: usize| wait_for("clicks", || (answered.load(Ordering::Relaxed) >= clicks).then_some(()));
        meanwhile(&shop, &reach);
        reach(CLICKS);
        common::kill_9(shop.server.process_id());
        over.store(true, Ordering::Relaxed);
    });
    shop.server.wait();
    let journal = read_journal(&journal);
    Run { shop, before, journal }
}

/// New visitors and returning ones, until the server is gone.
fn click_until(shop: &Shop, client: usize, answered: &AtomicUsize, over: &AtomicBool) {
    let mut random = Random::new(client as u64 + 1);
    let mut cookies = Vec::new();
    let Ok(mut connection) = Connection::open(shop.server.address) else {
        return;
    };
    for n in 0.. {
        let mut request = get(&format!("/wa/promo?gclid=Gc{client}n{n}&utm_content=c{client}n{n}"));
        if !cookies.is_empty() && random.below(3) == 0 {
            request = request.cookie(random.pick::<String>(&cookies));
        }
        let Ok(answer) = connection.ask(&request) else {
            assert!(wait_for("the end", || over.load(Ordering::Relaxed).then_some(true)));
            return;
        };
        cookies.push(answer.cookie().to_owned());
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// The visitor code in a redirect's message.
fn code_of(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let code = text.split_once("%5B").and_then(|(_, rest)| rest.split_once("%5D"));
    code.expect("a code in brackets").0.to_owned()
}

/// How often each visitor had been answered by then.
fn answered(journal: &[Entry]) -> BTreeMap<String, u64> {
    let mut answered = BTreeMap::new();
    for entry in journal {
        if let Entry::Answer(answer) = entry {
            *answered.entry(code_of(answer)).or_insert(0) += 1;
        }
    }
    answered
}

/// What a server that is started on a disk lacks of what had been answered: visitors and clicks.
fn lacks(run: &Run, disk: &Disk, answered: &BTreeMap<String, u64>) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    disk.put_into(run.shop.data(), directory.path());
    let mut server = Server::start(directory.path(), &[]);
    // All of the spool is in the database, and all of that in the leads.
    wait_for("an empty spool", || {
        (server.metric("konektor_spool_clicks") == 0).then_some(())
    });
    let stored = |server: &Server| -> (BTreeMap<String, u64>, u64) {
        let mut counts = BTreeMap::new();
        let mut path = "/leads?limit=200".to_owned();
        loop {
            let page = server.api(&run.shop.key, "GET", &path, None);
            for lead in page["items"].as_array().expect("a list") {
                let code = lead["code"].as_str().expect("a code").to_owned();
                counts.insert(code, lead["click_count"].as_u64().expect("a number"));
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/leads?limit=200&cursor={cursor}"),
                None => break,
            }
        }
        let sum = counts.values().sum();
        (counts, sum)
    };
    let clicks = u64::try_from(server.count("SELECT count(*) FROM clicks")).expect("a count");
    let counts = wait_for("the folded clicks", || {
        let (counts, sum) = stored(&server);
        (sum == clicks).then_some(counts)
    });
    for file in ["main", "fold"] {
        let connection = database(directory.path());
        let fold = directory.path().join("konektor-fold.db");
        connection
            .execute("ATTACH DATABASE ?1 AS fold", [fold.to_string_lossy()])
            .expect("it is there");
        let verdict: String = connection
            .query_row(&format!("PRAGMA {file}.integrity_check"), [], |row| row.get(0))
            .expect("it can be checked");
        assert_eq!(verdict, "ok", "{file}");
    }
    let turns = server.count("SELECT coalesce(sum(given), 0) FROM turns");
    let leads = server.count("SELECT count(*) FROM leads");
    assert!(
        turns <= leads,
        "{turns} turns for {leads} leads: a turn is in the transaction of its lead"
    );
    server.kill();
    let missing = answered.iter().filter_map(|(code, clicks)| {
        let stored = counts.get(code).copied().unwrap_or(0);
        (stored < *clicks).then(|| format!("{code}: {stored} of {clicks} clicks"))
    });
    missing.collect()
}

/// Cuts the power of a run at so many moments.
fn cut(run: &Run, seed: u64) {
    let cuts = std::env::var("KONEKTOR_POWER_CUTS").map_or(6, |cuts| cuts.parse().expect("a number"));
    let answers: Vec<_> = (0..run.journal.len())
        .filter(|n| matches!(run.journal[*n], Entry::Answer(_)))
        .collect();
    assert!(answers.len() >= CLICKS);
    let mut random = Random::new(seed);
    let mut acknowledged = 0;
    for n in 0..cuts {
        // In turn: as an answer is about to leave, with nothing on disk but what had to be; and at any moment, with whatever
        // chance leaves.
        let (at, unsynced) = match n % 2 {
            0 => (random.pick(&answers) + 1, Unsynced::Lost),
            _ => (random.below(run.journal.len()), Unsynced::Chance),
        };
        let disk = run.before.after_a_cut(&run.journal, at, unsynced, &mut random);
        let answered = answered(&run.journal[..at]);
        let missing = lacks(run, &disk, &answered);
        assert!(
            missing.is_empty(),
            "cut {n} before entry {at}, {unsynced:?}: {missing:?}"
        );
        acknowledged += answered.values().sum::<u64>();
        println!(
            "cut {n} before entry {at} of {}, unsynced: {unsynced:?}: all there",
            run.journal.len()
        );
    }
    println!("{cuts} power cuts: {acknowledged} acknowledged clicks, none lost");
}

#[test]
fn what_was_answered_is_there_after_a_power_cut() {
    let run = run(&[], |_, _| {});
    cut(&run, 1);
    // Were nothing synced, it would be noticed.
    let at = run.journal.len();
    let disk = run
        .before
        .after_a_cut(&run.journal, at, Unsynced::EvenSynced, &mut Random::new(1));
    assert!(!lacks(&run, &disk, &answered(&run.journal)).is_empty());
}

#[test]
fn what_was_answered_without_the_database_is_there_after_a_power_cut() {
    // Somebody keeps the database locked for a while: those clicks go to the spool.
    let run = run(&[("KONEKTOR_COMMIT_DEADLINE_MS", "150")], |shop, reach| {
        reach(CLICKS / 4);
        let connection = rusqlite::Connection::open(shop.data().join("konektor.db")).expect("it is there");
        connection.busy_timeout(common::PATIENCE).expect("it can be set");
        connection.execute_batch("BEGIN IMMEDIATE").expect("it can be locked");
        wait_for("clicks in the spool", || {
            (shop.server.metric("konektor_spooled_clicks_total") > 50).then_some(())
        });
        connection.execute_batch("ROLLBACK").expect("it was locked");
        // Some of them are back in the database when the power goes, some are not.
        std::thread::sleep(Duration::from_millis(20));
    });
    let is_spool =
        |entry: &&Entry| matches!(entry, Entry::Write { path, .. } if path.to_string_lossy().contains("/spool/"));
    assert!(run.journal.iter().filter(is_spool).count() > 0);
    cut(&run, 2);
}

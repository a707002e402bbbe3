//! A server that is killed while it brings a database up to date: whatever is on disk by then, the next start goes on.
//!
//! Each operation on a file is a place to die at (`fail.c`): statements between two of them leave nothing behind. All of them:
//! `KONEKTOR_FAULTS=all cargo test -p konektor-store --test older -- --nocapture`.

use crate::{
    dump::check,
    lives::lives,
    shim,
    sqlite::{NOW, PAIRS, Template, columns, rows},
};
use konektor_store::{Store, sqlite::SqliteStore};
use rusqlite::Connection;
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// How a process ends that the library kills.
const KILLED: i32 = 9;
/// More operations than there are.
const MOST: u64 = 3_000;

/// The child: opens a database and closes it, if it comes to that.
#[tokio::test]
async fn the_child() {
    let Ok(path) = std::env::var("FAULTS_OPEN") else { return };
    let store = SqliteStore::open(Path::new(&path), NOW).expect("it opens");
    store.close().await.expect("it closes");
}

/// Opens a database in a process of its own that dies at its `n`-th operation; whether it came to that.
fn dies_at(n: u64, database: &Path, library: &Path) -> bool {
    let directory = database.parent().expect("it is in one");
    let ended = Command::new(std::env::current_exe().expect("it has a name"))
        .args(["--exact", "killed::the_child", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env("FAULTS_DIRECTORY", directory)
        .env("FAULTS_KILL_AT", n.to_string())
        .env("FAULTS_OPEN", database)
        .stdout(Stdio::null())
        .output()
        .expect("it starts");
    match ended.status.code() {
        Some(0) => false,
        Some(KILLED) => true,
        _ => panic!("killed at {n}: {ended:?}"),
    }
}

#[tokio::test]
async fn a_kill_at_any_operation_of_an_upgrade_leaves_a_database_that_starts() {
    let is_all = std::env::var("KONEKTOR_FAULTS").is_ok_and(|wanted| wanted == "all");
    let every = if is_all { 1 } else { 23 };
    let template = Template::prepare().await;
    let beside = tempfile::tempdir().expect("a directory");
    let library = shim::library(beside.path());
    let old = beside.path().join("old");
    // None at all, the oldest, and some between: from each of them on all later migrations are run.
    let begins = [None, Some(PAIRS[0]), Some(PAIRS[1]), Some(PAIRS[6]), Some(PAIRS[8])];
    let mut kills = 0;
    for begin in begins {
        let _ = std::fs::remove_dir_all(&old);
        std::fs::create_dir(&old).expect("a directory");
        if let Some(pair) = begin {
            template.make(&old, pair);
        }
        for n in (1..MOST).step_by(every) {
            let what = format!("from {begin:?}, killed at operation {n}");
            let directory = tempfile::tempdir().expect("a directory");
            for entry in std::fs::read_dir(&old).expect("a directory") {
                let path = entry.expect("an entry").path();
                let to = directory.path().join(path.file_name().expect("a name"));
                std::fs::copy(&path, to).expect("it can be copied");
            }
            let database = directory.path().join("konektor.db");
            if !dies_at(n, &database, &library) {
                break;
            }
            kills += 1;
            let store = SqliteStore::open(&database, NOW).unwrap_or_else(|error| panic!("{what}: {error}"));
            if begin.is_some() {
                let kept = columns(&Connection::open(old.join("konektor.db")).expect("it opens"), "main");
                let (were, are) = (rows(&old.join("konektor.db"), &kept), rows(&database, &kept));
                assert_eq!(are, were, "{what}");
                if n % 5 == 1 {
                    lives(&store, &template.shop, &what).await;
                }
            }
            store.close().await.expect("it closes");
            check(&database, 0).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        }
    }
    println!(
        "{kills} kills while databases of {} versions were brought up to date: each started",
        begins.len()
    );
    assert!(kills > 20);
}

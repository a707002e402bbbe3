//! The files of the embedded database: those that are not what they should be have a message that says what to do, and are left as
//! they are; the log beside a good one stays short, and is gone after a clean end.

use konektor_core::time::UnixMs;
use konektor_store::{Store, StoreError, model::NewWorkspace, sqlite::SqliteStore};
use std::{path::Path, time::Duration};

const NOW: UnixMs = UnixMs(1_795_323_600_000);

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, NOW)
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    std::fs::write(&path, "Dear diary, this is not a database at all. ".repeat(200)).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(open(&path), Err(StoreError::NotOurs { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE diary (entry TEXT)")
        .unwrap();
    assert!(matches!(open(&path), Err(StoreError::NotOurs { .. })));
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_opens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    open(&path).unwrap().close().await.unwrap();
    open(&path).unwrap().close().await.unwrap();
    let newer = "INSERT INTO refinery_schema_history SELECT 999, 'future', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    rusqlite::Connection::open(&path).unwrap().execute_batch(newer).unwrap();
    match open(&path) {
        Err(StoreError::Newer { found: 999, .. }) => {}
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    match open(&file.join("data").join("konektor.db")) {
        Err(error @ StoreError::NotWritable { .. }) => assert!(error.to_string().contains("KONEKTOR_DATA"), "{error}"),
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn a_commit_is_durable_by_the_settings_that_hold() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    let store = open(&path).unwrap();
    let mode: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    store.close().await.unwrap();
    assert!(
        !path.with_file_name("konektor.db-wal").exists(),
        "a clean end leaves nothing in the log"
    );
}

#[tokio::test]
async fn where_little_comes_the_log_stays_short() {
    const MORE_THAN_ARE_LEFT_IN_THE_LOG: usize = 200;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    let store = open(&path).unwrap();
    let changed = || std::fs::metadata(&path).unwrap().modified().unwrap();
    let mut before = changed();
    for _ in 0..8 {
        for _ in 0..MORE_THAN_ARE_LEFT_IN_THE_LOG {
            let new = NewWorkspace {
                name: "Toko".to_owned(),
                country: "ID".to_owned(),
                time_zone: "Asia/Jakarta".to_owned(),
                code_key: [7; 16],
            };
            store.add_workspace(new, NOW).await.unwrap();
        }
        let moved = async {
            while changed() == before {
                tokio::time::sleep(Duration::from_millis(10)).await; // between two looks
            }
        };
        tokio::time::timeout(Duration::from_secs(20), moved)
            .await
            .expect("the log is moved");
        before = changed();
    }
    let log = std::fs::metadata(path.with_file_name("konektor.db-wal")).unwrap().len();
    assert!(log < 2 << 20, "1,600 commits left a log of {log} bytes");
    store.close().await.unwrap();
}

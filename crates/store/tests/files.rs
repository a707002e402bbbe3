//! Database files that are not what they should be: each has a message that says what to do, and is left as it is.

use konektor_core::time::UnixMs;
use konektor_store::{Store, StoreError, sqlite::SqliteStore};
use std::path::Path;

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

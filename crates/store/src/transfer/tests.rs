//! That nothing is forgotten: the tables against the catalogues of both databases.

use super::tables::{Extra, File, Table, tables};
use crate::{
    Store,
    postgres::testing::{Fresh, NOW},
    sqlite::SqliteStore,
};
use std::collections::BTreeSet;

/// What is not copied, and why that is right.
const NOT_COPIED: [&str; 14] = [
    // The schema's own history: the target has its own.
    "refinery_schema_history",
    // SQLite's note of how far all is folded, and PostgreSQL's, which also says who was there: set at the end.
    "watermark",
    "nodes",
    // How far old clicks have lost what is kept for a time only: the target looks through them once more, and finds nothing.
    "forgotten",
    // What is still to be summed up of before there were sums: the sums are copied, and whoever moves has them all.
    "unsummed",
    // Entries of `click_ids` on their way into it: all have come there before the first row is copied.
    "young_click_ids",
    "click_id_blocks",
    "click_id_runs",
    "click_id_merges",
    // What was on its way when the server ended: all of it has come back, likewise.
    "leases",
    // Rows of `activity` on their way into it, likewise.
    "recent_activity",
    "recent_activity_state",
    // Where the list need not look: at leads of before there were such notes it looks.
    "lead_days",
    // This transfer's own.
    "transfer",
];

type Columns = BTreeSet<(String, String)>;

fn expected_of_postgres() -> Columns {
    let of = |table: &Table| -> Vec<(String, String)> {
        let columns = table.columns.iter().map(|column| column.name);
        let extras = table.extras.iter().map(|extra: &Extra| extra.name());
        columns
            .chain(extras)
            .map(|column| (table.name.to_owned(), column.to_owned()))
            .collect()
    };
    tables().iter().flat_map(of).collect()
}

fn expected_of_sqlite(file: File) -> Columns {
    let mut columns: Columns = tables()
        .iter()
        .filter(|table| table.file == file)
        .flat_map(|table| {
            let columns = table.sqlite_columns.iter();
            let columns: Vec<_> = columns
                .map(|(column, _)| (table.name.to_owned(), (*column).to_owned()))
                .collect();
            columns
        })
        .collect();
    if file == File::Ground {
        // A table of its own in PostgreSQL.
        columns.insert(("workspaces".to_owned(), "next_number".to_owned()));
    }
    columns
}

#[tokio::test]
async fn every_table_and_column_of_sqlite_is_moved() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    SqliteStore::open(&path, NOW).unwrap().close().await.unwrap();
    for (file, name) in [(File::Ground, "konektor.db"), (File::Fold, "konektor-fold.db")] {
        let connection = rusqlite::Connection::open(directory.path().join(name)).unwrap();
        let mut catalogue = connection
            .prepare(
                "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let found = catalogue.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let found: Columns = found.map(Result::unwrap).collect();
        let found = without_own(found);
        assert!(found.len() > 40, "{found:?}");
        assert_same(&found, &expected_of_sqlite(file), name);
    }
}

#[tokio::test]
async fn every_table_and_column_of_postgresql_is_moved() {
    let Some(fresh) = Fresh::new("catalogue").await else {
        return;
    };
    let client = fresh.client().await;
    let sql = "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
                 AND a.attnum > 0 AND NOT a.attisdropped";
    let found = client.query(sql, &[]).await.unwrap();
    let found: Columns = found.iter().map(|row| (row.get(0), row.get(1))).collect();
    let found = without_own(found);
    assert!(found.len() > 200, "{found:?}");
    assert_same(&found, &expected_of_postgres(), "PostgreSQL");
    drop(client);
    fresh.drop_database().await;
}

/// What is there and is not moved, and what is moved and is not there.
fn assert_same(found: &Columns, expected: &Columns, database: &str) {
    let (forgotten, unknown) = (found - expected, expected - found);
    assert!(
        forgotten.is_empty() && unknown.is_empty(),
        "{database}: not in transfer/tables.rs: {forgotten:?}; only there: {unknown:?}"
    );
}

fn without_own(columns: Columns) -> Columns {
    columns
        .into_iter()
        .filter(|(table, _)| !NOT_COPIED.contains(&table.as_str()))
        .collect()
}

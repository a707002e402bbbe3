//! The embedded database at every earlier version.

use crate::{
    dump::check,
    lives::lives,
    world::{Shop, prepare},
};
use konektor_core::time::UnixMs;
use konektor_store::{Store, sqlite::SqliteStore};
use refinery::{Runner, Target};
use rusqlite::{Connection, types::Value};
use std::{collections::BTreeMap, path::Path};

mod ground {
    refinery::embed_migrations!("src/migrations/sqlite");
}

mod projections {
    refinery::embed_migrations!("src/migrations/sqlite_fold");
}

/// Which versions the two files had beside one another.
pub const PAIRS: [(i32, i32); 18] = [
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 3),
    (5, 3),
    (6, 3),
    (7, 4),
    (8, 4),
    (9, 4),
    (9, 5),
    (10, 5),
    (12, 5),
    (13, 5),
    (13, 6),
    (13, 7),
    (13, 8),
    (13, 9),
    (13, 10),
];
pub const NOW: UnixMs = crate::world::START;

/// A shop with some of everything, of today's schema, whose rows an older one gets as far as it has a place for them.
pub struct Template {
    directory: tempfile::TempDir,
    pub shop: Shop,
}

impl Template {
    pub async fn prepare() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (shop, _) = prepare(directory.path()).await;
        // Where earlier ones had all of them, and today's has those that have been there for long.
        Connection::open(directory.path().join("konektor-fold.db"))
            .and_then(|fold| {
                fold.execute_batch(
                    "INSERT INTO click_ids SELECT place << 10 | lowest, lead_id, with_browser, at FROM young_click_ids;
                     DELETE FROM young_click_ids; DELETE FROM click_id_runs;
                     INSERT OR REPLACE INTO activity SELECT * FROM recent_activity;
                     DELETE FROM recent_activity; UPDATE recent_activity_state SET leads = 0",
                )
            })
            .expect("it has all tables");
        Self { directory, shop }
    }

    /// Makes the two files at these versions.
    pub fn make(&self, directory: &Path, (ground, fold): (i32, i32)) {
        let files = [
            ("konektor.db", ground::migrations::runner(), ground),
            ("konektor-fold.db", projections::migrations::runner(), fold),
        ];
        for (name, runner, version) in files {
            let connection = migrated_to(&directory.join(name), runner, version);
            fill(&connection, &self.directory.path().join(name));
        }
    }
}

fn migrated_to(path: &Path, runner: Runner, version: i32) -> Connection {
    let mut connection = Connection::open(path).expect("it opens");
    connection
        .execute_batch("PRAGMA application_id = 0x4B4F4E4B; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF")
        .expect("settings");
    runner
        .set_target(Target::Version(version))
        .run(&mut connection)
        .expect("it migrates");
    connection
}

/// Copies what both have: tables by name, columns by name.
fn fill(connection: &Connection, from: &Path) {
    connection
        .execute("ATTACH DATABASE ?1 AS today", [from.to_string_lossy()])
        .expect("it is there");
    let (mine, theirs) = (columns(connection, "main"), columns(connection, "today"));
    for (table, columns) in &mine {
        let Some(there) = theirs.get(table) else { continue };
        let both: Vec<_> = columns
            .iter()
            .filter(|column| there.contains(column))
            .map(String::as_str)
            .collect();
        let both = both.join(", ");
        let copy =
            format!("DELETE FROM main.{table}; INSERT INTO main.{table} ({both}) SELECT {both} FROM today.{table}");
        connection.execute_batch(&copy).expect(&copy);
    }
    connection
        .execute_batch("DETACH DATABASE today")
        .expect("it was attached");
}

/// Columns by table, but for the tables of the migrations and of SQLite itself.
pub fn columns(connection: &Connection, schema: &str) -> BTreeMap<String, Vec<String>> {
    let sql = format!(
        "SELECT t.name, c.name FROM {schema}.sqlite_schema t, pragma_table_info(t.name, '{schema}') c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'refinery_schema_history' ORDER BY 1, c.cid"
    );
    let mut all = connection.prepare(&sql).expect("SQL");
    let mut rows = all.query([]).expect("rows");
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next().expect("a row") {
        let table = row.get(0).expect("a name");
        columns.entry(table).or_default().push(row.get(1).expect("a name"));
    }
    columns
}

/// The rows of these columns, in an order that does not depend on the schema.
pub fn rows(path: &Path, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(path).expect("it opens");
    let mut rows = BTreeMap::new();
    for (table, columns) in columns {
        let mut all = connection
            .prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))
            .expect("they are all still there");
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            let values: rusqlite::Result<Vec<Value>> = (0..columns.len()).map(|n| row.get(n)).collect();
            Ok(format!("{:?}", values?))
        };
        let found: rusqlite::Result<Vec<String>> = all.query_map([], read).expect("rows").collect();
        let mut found = found.expect("rows");
        found.sort();
        rows.insert(table.clone(), found);
    }
    rows
}

/// Tables, columns and indexes, without the words of the statements that made them.
fn schema(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("it opens");
    let sql = "SELECT t.type || ' ' || t.name || ' ' || t.tbl_name || ' ' || coalesce(c.name || ' ' || c.type || ' ' || c.\"notnull\", '')
               FROM sqlite_schema t LEFT JOIN pragma_table_info(t.name) c ON t.type = 'table' ORDER BY 1";
    let mut all = connection.prepare(sql).expect("SQL");
    let names = all.query_map([], |row| row.get(0)).expect("rows");
    names.collect::<rusqlite::Result<_>>().expect("names")
}

#[test]
fn every_version_is_tried() {
    let last = |runner: Runner| runner.get_migrations().iter().map(refinery::Migration::version).max();
    let newest = PAIRS.last().expect("there is one");
    assert_eq!(
        last(ground::migrations::runner()),
        Some(newest.0),
        "add the new version to PAIRS"
    );
    assert_eq!(
        last(projections::migrations::runner()),
        Some(newest.1),
        "add the new version to PAIRS"
    );
}

#[tokio::test]
async fn a_data_directory_of_each_earlier_schema_opens_with_all_its_rows() {
    let template = Template::prepare().await;
    let fresh = tempfile::tempdir().expect("a directory");
    SqliteStore::open(&fresh.path().join("konektor.db"), NOW)
        .expect("it opens")
        .close()
        .await
        .expect("it closes");
    for pair in PAIRS {
        let what = format!("of version {pair:?}");
        let directory = tempfile::tempdir().expect("a directory");
        template.make(directory.path(), pair);
        let files = ["konektor.db", "konektor-fold.db"].map(|name| directory.path().join(name));
        let before = files.clone().map(|path| {
            let columns = columns(&Connection::open(&path).expect("it opens"), "main");
            let rows = rows(&path, &columns);
            (path, columns, rows)
        });
        let store = SqliteStore::open(&files[0], NOW).unwrap_or_else(|error| panic!("{what}: {error}"));
        for (path, columns, were) in &before {
            let are = rows(path, columns);
            for (table, were) in were {
                assert_eq!(are[table], *were, "{what}: {table}");
            }
        }
        lives(&store, &template.shop, &what).await;
        store.close().await.expect("it closes");
        for name in ["konektor.db", "konektor-fold.db"] {
            let (is, wanted) = (schema(&directory.path().join(name)), schema(&fresh.path().join(name)));
            assert_eq!(is, wanted, "{what}: {name}");
        }
        check(&files[0], 0).unwrap_or_else(|problem| panic!("{what}: {problem}"));
    }
}

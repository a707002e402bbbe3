//! PostgreSQL at every earlier version.

use crate::{
    common::databases::PostgresDatabase,
    lives::lives,
    sqlite::NOW,
    world::{Shop, prepare},
};
use konektor_store::{Address, Store, postgres::PostgresStore, transfer::transfer};
use refinery::Target;
use std::collections::BTreeMap;
use tokio_postgres::Client;

mod schema {
    refinery::embed_migrations!("src/migrations/postgres");
}

/// Tables that say who uses the database, and what was moved into it: a start changes them.
const OF_STARTS: [&str; 2] = ["nodes", "unsummed"];

/// A shop with some of everything, of today's schema: the one that SQLite's versions are filled from.
async fn template() -> Option<(PostgresDatabase, Shop)> {
    let database = PostgresDatabase::make(NOW).await?;
    let directory = tempfile::tempdir().expect("a directory");
    let (shop, _) = prepare(directory.path()).await;
    let from = Address::Sqlite(directory.path().join("konektor.db"));
    let to = Address::Postgres(database.url().to_owned());
    transfer(&from, &to, 0, NOW, |_| {}).await.expect("it is moved");
    Some((database, shop))
}

/// Columns by table, those that are kept by month as one, but for the table of the migrations.
async fn columns(client: &Client) -> BTreeMap<String, Vec<String>> {
    let sql = "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'refinery_schema_history'
               ORDER BY c.relname, a.attnum";
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in client.query(sql, &[]).await.expect("a catalogue") {
        columns.entry(row.get(0)).or_default().push(row.get(1));
    }
    columns
}

/// Copies what both have: tables by name, columns by name.
async fn fill(client: &Client, from: &Client) {
    // Whose rows refer to which is right in the end.
    let settings = "SET session_replication_role = replica";
    client.batch_execute(settings).await.expect("tests may");
    let theirs = columns(from).await;
    for (table, mine) in columns(client).await {
        let Some(there) = theirs.get(&table) else { continue };
        let both: Vec<_> = mine.iter().filter(|column| there.contains(column)).cloned().collect();
        let both = both
            .iter()
            .map(|column| format!("\"{column}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let read = format!("SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT {both} FROM {table}) t");
        let rows: String = from.query_one(&read, &[]).await.expect(&read).get(0);
        let write = format!(
            "INSERT INTO {table} ({both}) SELECT {both} FROM json_populate_recordset(NULL::{table}, $1::text::json)"
        );
        let empty = format!("DELETE FROM {table}");
        client.batch_execute(&empty).await.expect(&empty);
        client.execute(&write, &[&rows]).await.expect(&write);
    }
    let counted = "SELECT table_name::text, column_name::text FROM information_schema.columns
                   WHERE table_schema = current_schema() AND is_identity = 'YES'";
    for row in client.query(counted, &[]).await.expect("a catalogue") {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let go_on = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) FROM {table}"
        );
        client.query_one(&go_on, &[]).await.expect(&go_on);
    }
}

/// The rows of these columns, in an order that does not depend on the schema.
async fn rows(client: &Client, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut rows = BTreeMap::new();
    for (table, columns) in columns {
        let columns = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>();
        let sql = format!("SELECT ROW({})::text FROM {table}", columns.join(", "));
        let found = client.query(&sql, &[]).await.expect("they are all still there");
        let mut found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        found.sort();
        rows.insert(table.clone(), found);
    }
    rows
}

/// Columns with their types, and indexes, of whole tables.
async fn shape(client: &Client) -> Vec<String> {
    let sql =
        "SELECT c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I')
                 AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1";
    let rows = client.query(sql, &[]).await.expect("a catalogue");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_postgres_database_of_each_earlier_schema_opens_with_all_its_rows() {
    let Some((template, shop)) = template().await else {
        return;
    };
    let from = template.connect().await;
    let wanted = shape(&from).await;
    let runner = schema::migrations::runner();
    let versions: Vec<i32> = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .collect();
    for version in &versions {
        let what = format!("of version {version}");
        let database = PostgresDatabase::make(NOW).await.expect("there is a server");
        let mut client = database.connect().await;
        let runner = schema::migrations::runner().set_target(Target::Version(*version));
        runner.run_async(&mut client).await.expect("it migrates");
        fill(&client, &from).await;
        let kept = columns(&client).await;
        let were = rows(&client, &kept).await;
        assert!(were.values().map(Vec::len).sum::<usize>() > 50, "{what}: it is filled");

        let store = PostgresStore::open(database.url(), NOW).await;
        let store = store.unwrap_or_else(|error| panic!("{what}: {error}"));
        let are = rows(&client, &kept).await;
        for (table, were) in were.iter().filter(|(table, _)| !OF_STARTS.contains(&table.as_str())) {
            assert_eq!(are[table], *were, "{what}: {table}");
        }
        lives(&store, &shop, &what).await;
        let left = client.query("SELECT 1 FROM unsummed", &[]).await.expect("an answer");
        assert!(left.is_empty(), "{what}: all is summed up");
        assert_eq!(shape(&client).await, wanted, "{what}");
        store.close().await.expect("it closes");
        drop(client);
        database.drop().await;
    }
    println!("{} versions on PostgreSQL: all rows there", versions.len());
    drop(from);
    template.drop().await;
}

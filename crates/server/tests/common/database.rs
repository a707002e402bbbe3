//! The database of a data directory: the file in it, or one on the PostgreSQL server for tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// With `KONEKTOR_TEST_DATABASE=postgres`, a database of its own for each data directory, made when it is first asked for, on
/// the server that `scripts/postgres` names. `None` is the file.
pub fn of(data: &Path) -> Option<String> {
    static MADE: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    std::env::var_os("KONEKTOR_TEST_DATABASE").filter(|kind| kind == "postgres")?;
    let server = std::env::var("KONEKTOR_TEST_POSTGRES").expect("the tests are started by scripts/postgres");
    let mut made = MADE.lock().expect("making one does not panic twice");
    if let Some(url) = made.get(data) {
        return Some(url.clone());
    }
    let name = format!("box_{}_{}", std::process::id(), made.len());
    std::thread::scope(|scope| {
        // A thread of its own: whoever asks may be in a runtime already.
        let make = scope.spawn(|| make(&server, &name));
        make.join().expect("the database can be made");
    });
    let (server, _) = server.rsplit_once('/').expect("it ends with a database");
    let url = format!("{server}/{name}");
    made.insert(data.to_owned(), url.clone());
    Some(url)
}

fn make(server: &str, name: &str) {
    let create = format!("CREATE DATABASE {name}");
    asked(server, async |client| client.batch_execute(&create).await);
}

/// One number from the database, read beside the server.
pub fn count(data: &Path, sql: &str) -> i64 {
    match of(data) {
        Some(url) => beside(&url, &format!("SELECT ({sql})::bigint")).get(0),
        None => super::database(data)
            .query_row(sql, [], |row| row.get(0))
            .expect("a number"),
    }
}

/// The salt of the installation's only signing key.
pub fn signing_salt(data: &Path) -> (u16, [u8; 32]) {
    let sql = "SELECT id, salt FROM signing_keys";
    match of(data) {
        Some(url) => {
            let row = beside(&url, sql);
            let (id, salt): (i64, Vec<u8>) = (row.get(0), row.get(1));
            (id as u16, salt.try_into().expect("32 bytes"))
        }
        None => {
            let read = super::database(data).query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
            read.expect("there is one")
        }
    }
}

/// The only row that a PostgreSQL database answers with, asked by a thread of its own.
fn beside(url: &str, sql: &str) -> tokio_postgres::Row {
    std::thread::scope(|scope| {
        let ask = scope.spawn(|| asked(url, async |client| client.query_one(sql, &[]).await));
        ask.join().expect("a row")
    })
}

fn asked<T>(url: &str, ask: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("the server is there");
        let talking = tokio::spawn(connection);
        let answer = ask(&client).await.expect("an answer");
        drop(client);
        let _ = talking.await;
        answer
    })
}

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
    let create = format!("CREATE DATABASE {name}");
    by_itself(&server, async |client| client.batch_execute(&create).await);
    let (server, _) = server.rsplit_once('/').expect("it ends with a database");
    let url = format!("{server}/{name}");
    made.insert(data.to_owned(), url.clone());
    Some(url)
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

/// Rows as text, NULL as `None`, read beside the server.
pub fn rows<const COLUMNS: usize>(data: &Path, sql: &str) -> Vec<[Option<String>; COLUMNS]> {
    let Some(url) = of(data) else {
        let database = super::database(data);
        let mut statement = database.prepare(sql).expect("the columns are there");
        let read = |row: &rusqlite::Row<'_>| {
            let text = |column| match row.get(column) {
                Ok(rusqlite::types::Value::Null) => None,
                Ok(rusqlite::types::Value::Text(text)) => Some(text),
                Ok(rusqlite::types::Value::Integer(number)) => Some(number.to_string()),
                other => panic!("{other:?} has no text"),
            };
            Ok(std::array::from_fn(text))
        };
        let rows = statement.query_map([], read).expect("rows");
        return rows.collect::<Result<_, _>>().expect("rows");
    };
    rows_of(&url, sql)
}

/// The same, of a PostgreSQL database.
pub fn rows_of<const COLUMNS: usize>(url: &str, sql: &str) -> Vec<[Option<String>; COLUMNS]> {
    use tokio_postgres::SimpleQueryMessage::Row;
    let messages = by_itself(url, async |client| client.simple_query(sql).await);
    let rows = messages.iter().filter_map(|message| match message {
        Row(row) => Some(std::array::from_fn(|column| row.get(column).map(str::to_owned))),
        _ => None,
    });
    rows.collect()
}

/// Every row of every table as text, with its table; bytes of PostgreSQL in hexadecimal digits.
pub fn all_rows(data: &Path) -> Vec<(String, String)> {
    match of(data) {
        Some(url) => {
            let tables: Vec<[Option<String>; 1]> = rows_of(
                &url,
                "SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables",
            );
            let tables = tables.into_iter().map(|[table]| table.expect("a name"));
            let rows = |table: String| {
                let rows: Vec<[Option<String>; 1]> = rows_of(&url, &format!("SELECT t::text FROM {table} t"));
                let row = move |[row]: [Option<String>; 1]| (table.clone(), row.expect("a row"));
                rows.into_iter().map(row).collect::<Vec<_>>()
            };
            tables.flat_map(rows).collect()
        }
        None => ["konektor.db", "konektor-fold.db"]
            .iter()
            .flat_map(|file| rows_of_file(&data.join(file)))
            .collect(),
    }
}

fn rows_of_file(path: &Path) -> Vec<(String, String)> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("it is there");
    file.busy_timeout(super::PATIENCE).expect("it can be set");
    let mut tables = file
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("SQL");
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("names");
    let mut all = Vec::new();
    for table in tables {
        let mut rows = file.prepare(&format!("SELECT * FROM {table}")).expect("SQL");
        let columns = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let text = |column| match row.get_ref(column).expect("a value") {
                rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                    String::from_utf8_lossy(bytes).into_owned()
                }
                other => format!("{other:?}"),
            };
            all.push((table.clone(), (0..columns).map(text).collect::<Vec<_>>().join(" ")));
        }
    }
    all
}

/// Changes something beside the server.
pub fn change(data: &Path, sql: &str) {
    match of(data) {
        Some(url) => by_itself(&url, async |client| client.batch_execute(sql).await),
        None => {
            let database = rusqlite::Connection::open(data.join("konektor.db")).expect("it is there");
            database.busy_timeout(super::PATIENCE).expect("it can be set");
            database.execute_batch(sql).expect("it can be changed");
        }
    }
}

/// Holds a database so that nobody else can write, until it is dropped.
pub enum Holder {
    File(#[expect(dead_code, reason = "held")] rusqlite::Connection),
    Server(Option<std::sync::mpsc::Sender<()>>, Option<std::thread::JoinHandle<()>>),
}

/// As another process would that never lets go.
pub fn hold(data: &Path) -> Holder {
    let Some(url) = of(data) else {
        let connection = rusqlite::Connection::open(data.join("konektor.db")).expect("it is there");
        connection.busy_timeout(super::PATIENCE).expect("it can be set");
        connection.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
        return Holder::File(connection);
    };
    let ((held, has_it), (let_go, told)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    let holding = std::thread::spawn(move || {
        let hold = asked(&url, async |client| {
            let lock = "BEGIN; LOCK TABLE clicks IN EXCLUSIVE MODE";
            client.batch_execute(lock).await?;
            held.send(()).expect("somebody waits for it");
            let _: Result<(), _> = told.recv();
            client.batch_execute("ROLLBACK").await
        });
        hold.expect("the lock");
    });
    has_it.recv().expect("the lock");
    Holder::Server(Some(let_go), Some(holding))
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Self::Server(let_go, holding) = self {
            drop(let_go.take());
            if let Some(holding) = holding.take() {
                holding.join().expect("it lets go");
            }
        }
    }
}

/// What a click's facts say under this path, such as `["touch", "utm", "content"]`, as SQL.
pub fn fact(data: &Path, path: &[&str]) -> String {
    match of(data) {
        Some(_) => format!("facts::json #>> '{{{}}}'", path.join(",")),
        None => {
            let step = |step: &&str| match step.parse::<usize>() {
                Ok(index) => format!("[{index}]"),
                Err(_) => format!(".{step}"),
            };
            format!("facts ->> '${}'", path.iter().map(step).collect::<String>())
        }
    }
}

/// A click's lead, as SQL.
pub fn lead(data: &Path) -> &'static str {
    match of(data) {
        Some(_) => "workspace_id << 35 | number",
        None => "lead_id",
    }
}

/// The order in which leads were made, as SQL.
pub fn by_arrival(data: &Path) -> &'static str {
    match of(data) {
        Some(_) => "number",
        None => "id",
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

/// The only row that a PostgreSQL database answers with.
fn beside(url: &str, sql: &str) -> tokio_postgres::Row {
    by_itself(url, async |client| client.query_one(sql, &[]).await)
}

/// Asks by a thread of its own: whoever asks may be in a runtime already.
pub fn by_itself<T: Send>(
    url: &str,
    ask: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error> + Send,
) -> T {
    try_by_itself(url, ask).expect("an answer")
}

/// The same of a server that may be away.
pub fn try_by_itself<T: Send>(
    url: &str,
    ask: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error> + Send,
) -> Result<T, tokio_postgres::Error> {
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| asked(url, ask));
        asking.join().expect("it does not panic")
    })
}

fn asked<T>(
    url: &str,
    ask: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error>,
) -> Result<T, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let talking = tokio::spawn(connection);
        let answer = ask(&client).await;
        drop(client);
        let _ = talking.await;
        answer
    })
}

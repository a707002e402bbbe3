//! With `KONEKTOR_TEST_DATABASE=postgres`, each server of a test has a PostgreSQL database of its own, on the server that
//! `scripts/postgres` names.

use super::NOW;
use konektor_store::{Database, Store, database::Address};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio_postgres::{Client, NoTls};

/// Bringing the schema up to date takes longer than most tests, so it is done once and copied.
const TEMPLATE: &str = "api_template";
/// Who makes the template; tests are processes of their own.
const LOCK: i64 = 7_263;

/// Where the database of a test's server is; it is gone when this is dropped.
pub(super) struct Own {
    server: String,
    name: String,
}

impl Own {
    /// `None` is a file in the server's directory.
    pub(super) async fn new() -> Option<Self> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        std::env::var_os("KONEKTOR_TEST_DATABASE").filter(|kind| kind == "postgres")?;
        let server = std::env::var("KONEKTOR_TEST_POSTGRES").expect("the tests are started by scripts/postgres");
        let name = format!("api_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let own = Self { server, name };
        let admin = connect(&own.server).await;
        admin.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.unwrap();
        let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
        if admin.query_opt(sql, &[&TEMPLATE]).await.unwrap().is_none() {
            let half_made = format!("{TEMPLATE}_half_made");
            let statement = format!("CREATE DATABASE {half_made}");
            admin.batch_execute(&statement).await.unwrap();
            let address = Address::Postgres(own.url_of(&half_made));
            Database::open(&address, NOW).await.unwrap().close().await.unwrap();
            let statement = format!("ALTER DATABASE {half_made} RENAME TO {TEMPLATE}");
            patiently(&admin, &statement).await;
        }
        // Copied under the lock as well: of a template there may be one copy at a time.
        let statement = format!("CREATE DATABASE {} TEMPLATE {TEMPLATE}", own.name);
        patiently(&admin, &statement).await;
        Some(own)
    }

    pub(super) fn url(&self) -> String {
        self.url_of(&self.name)
    }

    /// Each table's rows as text, and what is bytes in them as bytes.
    pub(super) fn rows(&self) -> Vec<(String, Vec<u8>)> {
        self.by_itself(async |client| {
            let sql =
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
            let mut tables = Vec::new();
            for table in client.query(sql, &[]).await? {
                let table: String = table.get(0);
                let rows = client.query(&format!("SELECT t::text FROM {table} t"), &[]).await?;
                let mut content = Vec::new();
                for row in rows {
                    let text: String = row.get(0);
                    content.extend_from_slice(text.as_bytes());
                    for hex in text.split("\\\\x").skip(1) {
                        let digits = hex.as_bytes().iter().take_while(|digit| digit.is_ascii_hexdigit());
                        let digits: Vec<_> = digits
                            .map(|digit| char::from(*digit).to_digit(16).unwrap() as u8)
                            .collect();
                        content.extend(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
                    }
                }
                tables.push((table, content));
            }
            Ok(tables)
        })
    }

    pub(super) fn change(&self, statement: &str) {
        self.by_itself(async |client| client.batch_execute(statement).await);
    }

    /// By a thread of its own, for whoever is in a runtime already.
    fn by_itself<T: Send>(&self, ask: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error> + Send) -> T {
        let url = self.url();
        let asked = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { ask(&connect(&url).await).await })
        };
        std::thread::scope(|scope| scope.spawn(asked).join().unwrap()).unwrap()
    }

    fn url_of(&self, name: &str) -> String {
        format!(
            "{}/{name}",
            self.server.rsplit_once('/').expect("it ends with a database").0
        )
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // By a thread of its own: the test's runtime may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { connect(&server).await.batch_execute(&statement).await })
        });
        // The whole cluster is thrown away soon: what cannot be dropped goes with it.
        let _ = dropping.join();
    }
}

/// Sessions that have just been closed are there a moment longer.
async fn patiently(admin: &Client, statement: &str) {
    for _ in 0..100 {
        match admin.batch_execute(statement).await {
            Ok(()) => return,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    admin.batch_execute(statement).await.unwrap();
}

async fn connect(server: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

//! The databases that the stories are told to.
//!
//! SQLite is always there. PostgreSQL is where `KONEKTOR_TEST_POSTGRES` says (`scripts/postgres` starts one); without it
//! its tests say so and pass, except on CI, where they fail.

use konektor_core::time::UnixMs;
use konektor_store::{Store, postgres::PostgresStore, sqlite::SqliteStore};
use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
};

pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Opens the same database, as often as it is asked.
pub trait Opens<S: Store> {
    fn open(&self) -> Later<'_, S>;

    /// Waits until what held the database is gone: a store that was dropped and not closed.
    fn forget_the_dead(&self) -> Later<'_, ()>;
}

/// A file in a directory of its own.
pub struct SqliteFile {
    directory: tempfile::TempDir,
    now: UnixMs,
}

impl SqliteFile {
    pub fn new(now: UnixMs) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory, now }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("konektor.db")
    }
}

impl Opens<SqliteStore> for SqliteFile {
    fn open(&self) -> Later<'_, SqliteStore> {
        Box::pin(async { SqliteStore::open(&self.path(), self.now).unwrap() })
    }

    fn forget_the_dead(&self) -> Later<'_, ()> {
        Box::pin(async {})
    }
}

/// A database of its own on the server for tests.
pub struct PostgresDatabase {
    url: String,
    name: String,
    now: UnixMs,
    admin: tokio_postgres::Client,
}

impl PostgresDatabase {
    /// `None` where there is no server for tests.
    pub async fn make(now: UnixMs) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("KONEKTOR_TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "on CI PostgreSQL has to be there: run the tests by scripts/postgres"
            );
            eprintln!("KONEKTOR_TEST_POSTGRES is not set: nothing is tested on PostgreSQL; see scripts/postgres");
            return None;
        };
        let (admin, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let name = format!("story_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (server, _) = server.rsplit_once('/').expect("it ends with a database");
        let url = format!("{server}/{name}");
        Some(Self { url, name, now, admin })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection beside the store's.
    pub async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// How many servers have a place.
    async fn places(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                   WHERE d.datname = $1 AND l.locktype = 'advisory' AND l.classid = 1263468545 AND l.granted";
        self.admin.query_one(sql, &[&self.name]).await.unwrap().get(0)
    }

    pub async fn drop(self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        self.admin.batch_execute(&sql).await.unwrap();
    }
}

impl Opens<PostgresStore> for PostgresDatabase {
    fn open(&self) -> Later<'_, PostgresStore> {
        Box::pin(async { PostgresStore::open(&self.url, self.now).await.unwrap() })
    }

    fn forget_the_dead(&self) -> Later<'_, ()> {
        Box::pin(async {
            while self.places().await > 1 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
    }
}

/// Runs each story on each database. A story is given a way to open the same database anew.
#[macro_export]
macro_rules! on_each_database {
    ($now:expr => $($story:path as $name:ident)*) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    $story(&$crate::common::databases::SqliteFile::new($now)).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let Some(database) = $crate::common::databases::PostgresDatabase::make($now).await else { return };
                    $story(&database).await;
                    database.drop().await;
                }
            )*
        }
    };
}

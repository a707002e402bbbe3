//! A database of a test's own.

use super::PostgresStore;
use crate::Store;
use konektor_core::time::UnixMs;
use tokio_postgres::{Client, NoTls};

/// A day on which tests take place.
pub(crate) const NOW: UnixMs = UnixMs(1_795_323_600_000);

/// A fresh database with the schema in it. Dropping it is the test's to do, by [`Fresh::drop_database`].
pub(crate) struct Fresh {
    pub(crate) url: String,
    name: String,
    admin: Client,
}

impl Fresh {
    /// `None` where PostgreSQL is not tested.
    pub(crate) async fn new(purpose: &str) -> Option<Self> {
        let Ok(server) = std::env::var("KONEKTOR_TEST_POSTGRES") else {
            assert!(std::env::var_os("CI").is_none(), "run the tests by scripts/postgres");
            eprintln!("KONEKTOR_TEST_POSTGRES is not set: nothing is tested on PostgreSQL; see scripts/postgres");
            return None;
        };
        let name = format!("{purpose}_{}", std::process::id());
        let admin = client(&server).await;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        PostgresStore::open(&url, NOW).await.unwrap().close().await.unwrap();
        Some(Self { url, name, admin })
    }

    pub(crate) async fn client(&self) -> Client {
        client(&self.url).await
    }

    pub(crate) async fn drop_database(self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        self.admin.batch_execute(&drop).await.unwrap();
    }
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

//! Bringing the schema up to date, and refusing a database on which promises would not hold.

use super::{address::Address, connect::connect, locks, transfer};
use crate::{Result, StoreError};
use tokio_postgres::Client;

mod schema {
    refinery::embed_migrations!("src/migrations/postgres");
}

/// The oldest version whose partitions and functions are enough.
const OLDEST: i32 = 130_000;

/// A database whose schema is up to date.
pub(super) struct Prepared {
    /// Whether it is spread over several machines.
    pub(super) spread: bool,
    /// Whether a transfer into it has begun and not ended.
    pub(super) half_copied: bool,
}

/// Migrates, one server after the other.
pub(super) async fn prepare(address: &Address) -> Result<Prepared> {
    let (mut client, task) = connect(address).await?;
    let prepared = migrate(&mut client, &address.name()).await;
    drop(client);
    // The connection says good-bye once its client is gone.
    let _ = task.await;
    prepared
}

async fn migrate(client: &mut Client, name: &str) -> Result<Prepared> {
    check(client).await?;
    client
        .query("SELECT pg_advisory_lock($1, 0)", &[&locks::SCHEMA])
        .await?;
    // In one transaction: a migration and the note that it was done must not be two.
    let runner = schema::migrations::runner().set_grouped(true);
    let found = client
        .query_one("SELECT to_regclass('refinery_schema_history') IS NOT NULL", &[])
        .await?;
    if found.get(0) {
        let sql = "SELECT coalesce(max(version), 0)::bigint FROM refinery_schema_history";
        let found: i64 = client.query_one(sql, &[]).await?.get(0);
        let known = runner.get_migrations().iter().map(|m| i64::from(m.version())).max();
        let known = known.unwrap_or(0);
        if found > known {
            return Err(StoreError::Newer {
                path: name.into(),
                found,
                known,
            });
        }
    } else {
        let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
        let tables: i64 = client.query_one(sql, &[]).await?.get(0);
        if tables > 0 {
            return Err(StoreError::NotOurs { path: name.into() });
        }
    }
    runner.run_async(client).await?;
    let spread = client
        .query_one(
            "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')",
            &[],
        )
        .await?;
    Ok(Prepared {
        spread: spread.get(0),
        half_copied: transfer::is_begun(client).await?,
    })
}

/// Settings are read back: one that silently does not hold would break a promise.
async fn check(client: &Client) -> Result<()> {
    let settings = client
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                    current_setting('server_encoding'), coalesce(current_setting('fsync', true), 'on'),
                    coalesce(current_setting('full_page_writes', true), 'on')",
            &[],
        )
        .await?;
    let refuse = |setting, found: String, advice| Err(StoreError::Setting { setting, found, advice });
    if settings.get::<_, i32>(0) < OLDEST {
        return refuse(
            "server_version",
            settings.get(1),
            "Konektor needs PostgreSQL 13 or newer",
        );
    }
    if settings.get::<_, &str>(2) != "UTF8" {
        return refuse(
            "server_encoding",
            settings.get(2),
            "make the database with ENCODING 'UTF8'",
        );
    }
    for (column, setting) in [(3, "fsync"), (4, "full_page_writes")] {
        if settings.get::<_, &str>(column) != "on" {
            return refuse(
                setting,
                settings.get(column),
                "switch it on, or clicks are lost in a power cut",
            );
        }
    }
    Ok(())
}

//! Asking with statements that each connection prepares once.

use crate::Result;
use deadpool_postgres::GenericClient;
use tokio_postgres::{Row, types::ToSql};

/// The values of a statement, `$1` first.
pub(super) type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// All rows.
pub(super) async fn query(client: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}

/// The only row.
pub(super) async fn query_one(client: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<Row> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_one(&statement, values).await?)
}

/// The only row, if there is one.
pub(super) async fn query_opt(client: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<Option<Row>> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, values).await?)
}

/// How many rows were changed.
pub(super) async fn execute(client: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<u64> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, values).await?)
}

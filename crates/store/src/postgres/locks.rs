//! Advisory locks: pairs of numbers, of which the first says what for.

use super::sql;
use crate::Result;
use deadpool_postgres::GenericClient;

/// Held by the session of a place's server for as long as it lives.
pub(super) const PLACE: i32 = 0x4B4F_0001;
/// Held by a transaction that appends a place's clicks: they are committed one after the other, whichever connection
/// they come by, and who takes a place over waits for the last one.
pub(super) const RECORD: i32 = 0x4B4F_0002;
/// Held by a transaction that folds a workspace's clicks.
pub(super) const FOLD: i32 = 0x4B4F_0003;
/// Held by whoever changes the schema.
pub(super) const SCHEMA: i32 = 0x4B4F_0004;
/// Held by a transaction that changes who is who in a workspace.
pub(super) const PERSONS: i32 = 0x4B4F_0005;

/// Waits for locks until the end of the transaction, in the order of their numbers.
pub(super) async fn wait(client: &impl GenericClient, what: i32, of: &[i32]) -> Result<()> {
    let sql = "SELECT pg_advisory_xact_lock($1, n) FROM unnest($2::int[]) AS n";
    sql::query(client, sql, &[&what, &of]).await?;
    Ok(())
}

/// Takes a lock until the end of the transaction, if nobody has it.
pub(super) async fn try_take(client: &impl GenericClient, what: i32, of: i32) -> Result<bool> {
    let row = sql::query_one(client, "SELECT pg_try_advisory_xact_lock($1, $2)", &[&what, &of]).await?;
    Ok(row.get(0))
}

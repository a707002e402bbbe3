//! What an older copy must be told before it is used: that time has passed since.
//!
//! Visitors, programs and ad platforms remember what this copy does not know of: codes in cookies, ids of messages and
//! deliveries, events that were sent. None of it may be given or sent a second time for something else.

use super::super::{deliveries::restored, open::Files, transaction};
use crate::Result;
use konektor_core::{ids::NUMBER_BITS, time::UnixMs};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::path::Path;

/// Visitor numbers that are skipped for each day, begun ones too, since the copy was made: more new visitors than a workspace
/// of one embedded database has in a day, and yet one in eight thousand of all numbers.
const NUMBERS_A_DAY: i64 = 1 << 22;
/// Ids of rows that are skipped: nobody makes a billion of anything between two backups.
const IDS: i64 = 1 << 30;
const DAY_MS: i64 = 86_400_000;
/// For how long ad platforms know an event again that comes twice: the shortest of them is two days, less a margin.
const REMEMBERED_MS: i64 = 36 * 3_600_000;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Whether the database that was there before was of the same installation, and told what it knew.
    pub had_previous: bool,
    /// Events that wait in the copy and were sent since, as the database that was there before knows.
    pub settled: usize,
    /// Events that wait in the copy and may have been sent since: too long ago for the platforms to know them again, so they
    /// are not sent.
    pub dropped: usize,
}

/// Makes a copy that was taken at `taken_at` ready to be used. `previous` is the database whose place it takes, if one is
/// there; one that is damaged is no use, and no hindrance.
pub fn make_ready(database: &Path, taken_at: UnixMs, previous: Option<&Path>, now: UnixMs) -> Result<Ready> {
    let files = Files::beside(database);
    files.prepare()?; // brings an older schema up to date, and refuses a newer one
    let mut ready = Ready::default();
    let mut connection = files.open_writer()?;
    if let Some(previous) = previous {
        ready.had_previous = match attach_previous(&connection, previous) {
            Ok(is_ours) => is_ours,
            Err(error) => {
                tracing::warn!(%error, "the database that was there cannot tell what happened since the backup");
                false
            }
        };
    }
    let transaction = transaction::on_ground(&mut connection)?;
    skip_numbers(&transaction, taken_at, ready.had_previous, now)?;
    skip_ids(&transaction, "main")?;
    // Sessions that were ended since would be open again.
    transaction.execute("DELETE FROM main.sessions", [])?;
    transaction.commit()?;

    let transaction = transaction::on_fold(&mut connection)?;
    skip_ids(&transaction, "fold")?;
    if ready.had_previous {
        ready.settled = restored::take_verdicts(&transaction, now)?;
    }
    if now.since(taken_at) > REMEMBERED_MS {
        ready.dropped = restored::drop_doubtful(&transaction, taken_at, now)?;
    }
    transaction.commit()?;
    if ready.had_previous {
        connection.execute_batch("DETACH DATABASE previous; DETACH DATABASE previous_fold")?;
    }
    for schema in ["main", "fold"] {
        connection.query_row(&format!("PRAGMA {schema}.wal_checkpoint(TRUNCATE)"), [], |_| Ok(()))?;
    }
    Ok(ready)
}

/// Attaches the database that was there, if it is of the same installation and of a schema that can be read.
fn attach_previous(connection: &Connection, previous: &Path) -> Result<bool> {
    let files = Files::beside(previous);
    for (path, schema) in [(&files.ground, "previous"), (&files.fold, "previous_fold")] {
        let uri = format!("file:{}?mode=ro", percent_encoded(path));
        connection.execute(&format!("ATTACH DATABASE ?1 AS {schema}"), [uri])?;
    }
    let looked = look_at_previous(connection);
    if !matches!(looked, Ok(true)) {
        connection.execute_batch("DETACH DATABASE previous; DETACH DATABASE previous_fold")?;
    }
    looked
}

/// Whether it is of the same installation; an error if it cannot be read.
fn look_at_previous(connection: &Connection) -> Result<bool> {
    let is_same: Option<bool> = connection
        .query_row(
            "SELECT p.fingerprint_key = i.fingerprint_key FROM previous.installation p, main.installation i",
            [],
            |row| row.get(0),
        )
        .optional()?;
    for sql in [
        "SELECT count(*) FROM previous.workspaces WHERE next_number >= 0",
        "SELECT count(*) FROM (SELECT destination_id, print FROM previous_fold.told LIMIT 1)",
        "SELECT count(*) FROM (SELECT id, event_id, state, code, reason, settled_at FROM previous_fold.deliveries LIMIT 1)",
    ] {
        connection.query_row(sql, [], |row| row.get::<_, i64>(0))?;
    }
    Ok(is_same == Some(true))
}

fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for character in path.to_string_lossy().chars() {
        match character {
            '%' => encoded.push_str("%25"),
            '?' => encoded.push_str("%3f"),
            '#' => encoded.push_str("%23"),
            other => encoded.push(other),
        }
    }
    encoded
}

/// Lets each workspace's next visitor have a number that no visitor of the lost time can have.
fn skip_numbers(transaction: &Transaction<'_>, taken_at: UnixMs, had_previous: bool, now: UnixMs) -> Result<()> {
    // A clock that went back since must not make it fewer.
    let days = now.since(taken_at).max(0) / DAY_MS + 1;
    // Never beyond the half of what is left: there must be numbers for other restorations.
    transaction.execute(
        "UPDATE main.workspaces SET next_number = next_number + min(?1, (?2 - next_number) / 2)",
        params![NUMBERS_A_DAY.saturating_mul(days), 1_i64 << NUMBER_BITS],
    )?;
    if had_previous {
        transaction.execute(
            "UPDATE main.workspaces SET next_number = max(next_number, coalesce(
                 (SELECT p.next_number FROM previous.workspaces p WHERE p.id = workspaces.id), 0))",
            [],
        )?;
    }
    Ok(())
}

/// Lets ids that are never given twice go on behind those of the lost time.
fn skip_ids(transaction: &Transaction<'_>, schema: &str) -> Result<()> {
    transaction.execute_batch(&format!(
        "INSERT INTO {schema}.sqlite_sequence (name, seq)
         SELECT t.name, 0 FROM {schema}.sqlite_schema t
         WHERE t.type = 'table' AND t.sql LIKE '%AUTOINCREMENT%'
               AND NOT EXISTS (SELECT 1 FROM {schema}.sqlite_sequence s WHERE s.name = t.name);
         UPDATE {schema}.sqlite_sequence SET seq = seq + {IDS};"
    ))?;
    Ok(())
}

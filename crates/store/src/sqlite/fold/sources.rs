//! Where clicks came from: adding to the counts, with a bound on the names that are counted.

use crate::Result;
use konektor_core::fold::{Came, MOST_NAMES, OTHER, SourceKey, Sources};
use rusqlite::{Transaction, params};

pub(super) fn add(transaction: &Transaction<'_>, sources: &Sources) -> Result<()> {
    for (key, names) in sources {
        // Asked for at the first new name: on most passes of a day all names are there.
        let mut room = None;
        let mut rest = Came::default();
        for (name, came) in names {
            if add_to_known(transaction, key, name, *came)? {
                continue;
            }
            let room = match &mut room {
                Some(room) => room,
                None => room.insert(MOST_NAMES.saturating_sub(count(transaction, key)?)),
            };
            if *room > 0 {
                *room -= 1;
                insert(transaction, key, name, *came)?;
            } else {
                rest += *came;
            }
        }
        if rest != Came::default() && !add_to_known(transaction, key, OTHER, rest)? {
            insert(transaction, key, OTHER, rest)?;
        }
    }
    Ok(())
}

/// `false` if the name is not counted yet.
fn add_to_known(transaction: &Transaction<'_>, key: &SourceKey, name: &str, came: Came) -> Result<bool> {
    let mut known = transaction.prepare_cached(
        "UPDATE fold.sources SET clicks = clicks + ?6, new = new + ?7
         WHERE workspace_id = ?1 AND kind = ?2 AND day = ?3 AND rotator_id = ?4 AND name = ?5",
    )?;
    let changed = known.execute(params![
        key.workspace.0,
        key.kind.as_str(),
        key.day.0,
        key.rotator.0,
        name,
        came.clicks,
        came.new
    ])?;
    Ok(changed > 0)
}

fn insert(transaction: &Transaction<'_>, key: &SourceKey, name: &str, came: Came) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO fold.sources (workspace_id, kind, day, rotator_id, name, clicks, new)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            key.workspace.0,
            key.kind.as_str(),
            key.day.0,
            key.rotator.0,
            name,
            came.clicks,
            came.new
        ])?;
    Ok(())
}

fn count(transaction: &Transaction<'_>, key: &SourceKey) -> Result<usize> {
    let mut stored = transaction.prepare_cached(
        "SELECT count(*) FROM fold.sources WHERE workspace_id = ?1 AND kind = ?2 AND day = ?3 AND rotator_id = ?4",
    )?;
    Ok(stored.query_row(
        params![key.workspace.0, key.kind.as_str(), key.day.0, key.rotator.0],
        |row| row.get(0),
    )?)
}

//! Where clicks came from: adding to the counts, with a bound on the names that are counted.

use crate::{Result, postgres::sql};
use deadpool_postgres::Transaction;
use konektor_core::fold::{Came, MOST_NAMES, OTHER, SourceKey, Sources};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Kind, as stored, with the rest of a source's key: what rows are sorted and found by.
type Key = (i64, &'static str, i32, i64);

fn key_of(key: &SourceKey) -> Key {
    (key.workspace.0, key.kind.as_str(), key.day.0, key.rotator.0)
}

pub(super) async fn add(transaction: &Transaction<'_>, sources: &Sources) -> Result<()> {
    let mut rows: BTreeMap<(Key, &str), Came> = BTreeMap::new();
    for (key, names) in sources {
        rows.extend(names.iter().map(|(name, came)| ((key_of(key), name.as_str()), *came)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    // On most passes of a day all names are there.
    let known = add_to_known(transaction, &rows).await?;
    rows.retain(|(key, name), _| !known.contains(&(key.0, key.1.to_owned(), key.2, key.3, (*name).to_owned())));
    if rows.is_empty() {
        return Ok(());
    }
    let counted = count(transaction, rows.keys().map(|(key, _)| *key).collect()).await?;
    let mut room: HashMap<Key, usize> = HashMap::new();
    let mut new: BTreeMap<(Key, &str), Came> = BTreeMap::new();
    for ((key, name), came) in rows {
        let counted = counted
            .get(&(key.0, key.1.to_owned(), key.2, key.3))
            .copied()
            .unwrap_or(0);
        let room = room.entry(key).or_insert_with(|| MOST_NAMES.saturating_sub(counted));
        let name = match *room {
            0 => OTHER,
            _ => {
                *room -= 1;
                name
            }
        };
        *new.entry((key, name)).or_default() += came;
    }
    let sql = "INSERT INTO sources (workspace_id, kind, day, rotator_id, name, clicks, new)
               SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::bigint[],
                                    $7::bigint[])
               ON CONFLICT (workspace_id, kind, day, rotator_id, name)
               DO UPDATE SET clicks = sources.clicks + excluded.clicks, new = sources.new + excluded.new";
    run(transaction, sql, &new).await?;
    Ok(())
}

/// A name that is counted already: its key's parts, and it.
type KnownName = (i64, String, i32, i64, String);

async fn run(
    transaction: &Transaction<'_>,
    sql: &str,
    rows: &BTreeMap<(Key, &str), Came>,
) -> Result<Vec<tokio_postgres::Row>> {
    let keys = || rows.keys();
    let values: sql::Values<'_> = &[
        &keys().map(|(key, _)| key.0).collect::<Vec<_>>(),
        &keys().map(|(key, _)| key.1).collect::<Vec<_>>(),
        &keys().map(|(key, _)| key.2).collect::<Vec<_>>(),
        &keys().map(|(key, _)| key.3).collect::<Vec<_>>(),
        &keys().map(|(_, name)| *name).collect::<Vec<_>>(),
        &rows.values().map(|came| came.clicks as i64).collect::<Vec<_>>(),
        &rows.values().map(|came| came.new as i64).collect::<Vec<_>>(),
    ];
    sql::query(transaction, sql, values).await
}

async fn add_to_known(transaction: &Transaction<'_>, rows: &BTreeMap<(Key, &str), Came>) -> Result<HashSet<KnownName>> {
    let sql = "UPDATE sources s SET clicks = s.clicks + u.clicks, new = s.new + u.new
               FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[])
                    AS u (workspace_id, kind, day, rotator_id, name, clicks, new)
               WHERE s.workspace_id = u.workspace_id AND s.kind = u.kind AND s.day = u.day
                 AND s.rotator_id = u.rotator_id AND s.name = u.name
               RETURNING s.workspace_id, s.kind, s.day, s.rotator_id, s.name";
    let known = run(transaction, sql, rows).await?;
    let known = known
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
    Ok(known.collect())
}

/// How many names are counted already.
async fn count(transaction: &Transaction<'_>, keys: BTreeSet<Key>) -> Result<HashMap<(i64, String, i32, i64), usize>> {
    let sql = "SELECT s.workspace_id, s.kind, s.day, s.rotator_id, count(*)
               FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[]) AS k (workspace_id, kind, day, rotator_id)
               JOIN sources s ON s.workspace_id = k.workspace_id AND s.kind = k.kind AND s.day = k.day
                   AND s.rotator_id = k.rotator_id
               GROUP BY 1, 2, 3, 4";
    let values: sql::Values<'_> = &[
        &keys.iter().map(|key| key.0).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.1).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.2).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.3).collect::<Vec<_>>(),
    ];
    let rows = sql::query(transaction, sql, values).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let key = (row.get(0), row.get(1), row.get(2), row.get(3));
            (key, row.get::<_, i64>(4) as usize)
        })
        .collect())
}

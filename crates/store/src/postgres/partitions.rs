//! Months of clicks and deliveries: made ahead, and dropped whole.
//!
//! Ids hold the time, so a month is a range of ids. A partition is made as a table of its own and then attached, which
//! stops nobody; `CREATE TABLE … PARTITION OF` would stop every click for its moment.

use super::{PostgresStore, locks, sql};
use crate::Result;
use deadpool_postgres::{GenericClient, Object};
use jiff::{Span, civil::Date, tz::TimeZone};
use konektor_core::{ids::ClickId, time::UnixMs};
use std::sync::atomic::Ordering;

/// Tables that are kept by month.
const TABLES: [&str; 2] = ["clicks", "deliveries"];
/// Months that are made ahead, this one included.
const AHEAD: i32 = 3;
/// Months that are made afterwards at most.
const MOST_PAST: i32 = 240;
/// How often to look.
const EVERY_MS: i64 = 3_600_000;

/// A month's name and the ids that it begins and ends with.
struct Month {
    name: String,
    from: i64,
    to: i64,
}

impl Month {
    /// The month that is `n` after that of `now`, in UTC.
    fn after(now: UnixMs, n: i32) -> Option<Self> {
        let this = now.in_zone(&TimeZone::UTC).date().first_of_month();
        let first = this.checked_add(Span::new().months(n)).ok()?;
        let next = first.checked_add(Span::new().months(1)).ok()?;
        Some(Self {
            name: format!("{:04}_{:02}", first.year(), first.month()),
            from: start(first)?,
            to: start(next)?,
        })
    }
}

fn start(day: Date) -> Option<i64> {
    let at = day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    Some(ClickId::before(0, UnixMs(at)).0)
}

impl PostgresStore {
    /// Makes the partitions of this month and the next ones, if nobody did within the hour.
    pub(super) async fn look_after_months(&self, now: UnixMs) -> Result<()> {
        let last = self.months_at.load(Ordering::Relaxed);
        // A look by a clock that was set back since is none.
        if last != 0 && (0..EVERY_MS).contains(&now.since(UnixMs(last))) {
            return Ok(());
        }
        let mut client = self.any().await?;
        for month in (0..AHEAD).filter_map(|n| Month::after(now, n)) {
            for table in TABLES {
                make(&mut client, table, &month).await?;
            }
        }
        self.months_at.store(now.0, Ordering::Relaxed);
        Ok(())
    }
}

/// Makes the partitions of a table for all months from `from` until now, if they are not there: for rows that come from
/// elsewhere. What is older than twenty years stays in the default one.
pub(super) async fn make_since(client: &mut Object, table: &str, from: UnixMs, now: UnixMs) -> Result<()> {
    let first = ClickId::before(0, from).0;
    let months = (-MOST_PAST..AHEAD).filter_map(|n| Month::after(now, n));
    for month in months.filter(|month| month.to > first) {
        make(client, table, &month).await?;
    }
    Ok(())
}

async fn make(client: &mut Object, table: &str, month: &Month) -> Result<()> {
    let partition = format!("{table}_{}", month.name);
    if exists(&*client, &partition).await? {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    locks::wait(&transaction, locks::SCHEMA, &[1]).await?;
    if exists(&transaction, &partition).await? {
        return Ok(());
    }
    // Rows of that month that came before their partition stay where they are.
    let strays = format!("SELECT EXISTS (SELECT 1 FROM {table}_rest WHERE id >= $1 AND id < $2)");
    if sql::query_one(&transaction, &strays, &[&month.from, &month.to])
        .await?
        .get(0)
    {
        return Ok(());
    }
    let Month { from, to, .. } = month;
    transaction
        .batch_execute(&format!(
            "SET LOCAL lock_timeout = '2s';
             CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
             ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({from}) TO ({to})"
        ))
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn exists(client: &impl GenericClient, table: &str) -> Result<bool> {
    let row = sql::query_one(client, "SELECT to_regclass($1) IS NOT NULL", &[&table]).await?;
    Ok(row.get(0))
}

/// Drops the partitions of a table whose ids are all from before `before`, unless a row is `left_to_do`; how many rows went with them. Whoever is in the way is not waited for long: there is another time.
pub(super) async fn drop_old(client: &mut Object, table: &str, before: UnixMs, left_to_do: &str) -> Result<u64> {
    let sql = "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid)
               FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass";
    let mut gone = 0;
    for row in sql::query(&*client, sql, &[&table]).await? {
        let (partition, bounds): (String, String) = (row.get(0), row.get(1));
        if end_of(&bounds).is_none_or(|end| ClickId(end).made_at() > before) {
            continue;
        }
        let left = format!("SELECT count(*), count(*) FILTER (WHERE {left_to_do}) FROM {partition}");
        let row = sql::query_one(&*client, &left, &[&before.0]).await?;
        let (rows, left): (i64, i64) = (row.get(0), row.get(1));
        if left > 0 {
            continue;
        }
        let dropping = client.transaction().await?;
        let sql = format!("SET LOCAL lock_timeout = '100ms'; DROP TABLE {partition}");
        if dropping.batch_execute(&sql).await.is_ok() {
            dropping.commit().await?;
            gone += rows as u64;
        }
    }
    Ok(gone)
}

/// The end in `FOR VALUES FROM ('1') TO ('2')`.
fn end_of(bounds: &str) -> Option<i64> {
    let (_, to) = bounds.split_once(" TO ('")?;
    to.split_once('\'')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_one_another_without_a_gap() {
        let now = UnixMs(1_795_323_600_000); // 2026-11-22
        let months: Vec<_> = (0..3).filter_map(|n| Month::after(now, n)).collect();
        let names: Vec<_> = months.iter().map(|month| month.name.as_str()).collect();
        assert_eq!(names, ["2026_11", "2026_12", "2027_01"]);
        assert!(months.windows(2).all(|pair| pair[0].to == pair[1].from));
        let id = ClickId::before(7, now).0;
        assert!(months[0].from <= id && id < months[0].to);
        assert_eq!(end_of("FOR VALUES FROM ('1') TO ('25')"), Some(25));
        assert_eq!(end_of("DEFAULT"), None);
    }
}

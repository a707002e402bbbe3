//! How often leads that have returned came, and when last.
//!
//! Whoever returns is any of all leads. With millions of them, each return would change a page of its own of the table `activity`: 4 KiB into
//! the log and 4 KiB into the file, for 30 bytes. So a return goes into `recent_activity`, which stays small enough to be held in memory, and
//! what is more than that comes into `activity` in the order of leads, several to a page. Of a lead in both, the recent row holds.

use super::{
    breath,
    fold::read_platform,
    rows::{Insert, Values},
};
use crate::Result;
use konektor_core::{
    attribution::Platform,
    fold::Activity,
    ids::{ClickId, LeadId},
};
use rusqlite::{CachedStatement, Connection, Row, Transaction, params};
use std::collections::BTreeMap;

/// Most rows of `recent_activity`: some 7 MB.
const RECENT_MOST: usize = 200_000;
/// Rows that settle at once.
const SLICE: usize = 256;

/// Joins a lead's activity to `l`, a row of `leads`; the columns are the constants below.
pub(super) const JOINED: &str = "LEFT JOIN fold.recent_activity recent ON recent.lead_id = l.id
    LEFT JOIN fold.activity settled ON settled.lead_id = l.id";
pub(super) const LAST_CLICK: &str = "coalesce(recent.last_click, settled.last_click)";
pub(super) const CLICKS: &str = "coalesce(recent.clicks, settled.clicks)";
pub(super) const LAST_PLATFORM: &str =
    "CASE WHEN recent.lead_id IS NULL THEN settled.last_platform ELSE recent.last_platform END";

/// What is known of leads, for many questions.
pub(super) struct Lookup<'c> {
    recent: CachedStatement<'c>,
    settled: CachedStatement<'c>,
    /// Leads that were found among the recent ones.
    pub(super) found_recent: usize,
}

impl<'c> Lookup<'c> {
    pub(super) fn open(connection: &'c Connection) -> Result<Self> {
        let of = |table: &str| {
            let sql = format!("SELECT last_click, clicks, last_platform FROM fold.{table} WHERE lead_id = ?1");
            connection.prepare_cached(&sql)
        };
        Ok(Self {
            recent: of("recent_activity")?,
            settled: of("activity")?,
            found_recent: 0,
        })
    }

    pub(super) fn find(&mut self, lead: LeadId) -> Result<Option<Activity>> {
        if let Some(row) = self.recent.query([lead.packed()])?.next()? {
            self.found_recent += 1;
            return read(row).map(Some);
        }
        self.settled.query([lead.packed()])?.next()?.map(read).transpose()
    }
}

fn read(row: &Row<'_>) -> Result<Activity> {
    Ok(Activity {
        last_click: ClickId(row.get(0)?),
        clicks: row.get(1)?,
        last_platform: read_platform(row, 2)?,
    })
}

static RECENT: Insert = Insert::scattered(
    "INSERT OR REPLACE INTO fold.recent_activity (lead_id, last_click, clicks, last_platform)",
    4,
);
static SETTLED: Insert = Insert::scattered(
    "INSERT OR REPLACE INTO fold.activity (lead_id, last_click, clicks, last_platform)",
    4,
);

fn bind(row: &mut Values<'_, '_>, id: i64, activity: &Activity) -> Result<()> {
    row.push(id)?;
    row.push(activity.last_click.0)?;
    row.push(activity.clicks)?;
    row.push(activity.last_platform.map(Platform::as_str))
}

/// Enters what leads have done, in their order, of which so many had a recent row before.
pub(super) fn enter(
    transaction: &Transaction<'_>,
    activity: &BTreeMap<i64, (LeadId, Activity)>,
    had_recent: usize,
) -> Result<()> {
    if activity.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = activity.iter().collect();
    breath::insert(&RECENT, transaction, &rows, |row, (id, (_, activity))| {
        bind(row, **id, activity)
    })?;
    grow(transaction, activity.len() as i64 - had_recent as i64)
}

fn grow(transaction: &Transaction<'_>, by: i64) -> Result<()> {
    transaction
        .prepare_cached("UPDATE fold.recent_activity_state SET leads = leads + ?1")?
        .execute([by])?;
    Ok(())
}

/// Removes a lead's.
pub(super) fn forget(transaction: &Transaction<'_>, lead: LeadId) -> Result<()> {
    let of = |table: &str| {
        let sql = format!("DELETE FROM fold.{table} WHERE lead_id = ?1");
        transaction.prepare_cached(&sql)?.execute([lead.packed()])
    };
    of("activity")?;
    match of("recent_activity")? {
        0 => Ok(()),
        recent => grow(transaction, -(recent as i64)),
    }
}

/// Moves what is too much into the table of all.
pub(super) fn keep_up(transaction: &Transaction<'_>) -> Result<()> {
    settle(transaction, RECENT_MOST)
}

/// Brings all into the table of all.
pub(super) fn settle_all(transaction: &Transaction<'_>) -> Result<()> {
    settle(transaction, 0)
}

/// Settles leads, in their order and from the first again after the last, until `most` are left.
fn settle(transaction: &Transaction<'_>, most: usize) -> Result<()> {
    let (mut leads, mut settled): (usize, i64) = transaction
        .prepare_cached("SELECT leads, settled FROM fold.recent_activity_state")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if leads <= most {
        return Ok(());
    }
    let mut next = transaction.prepare_cached(
        "SELECT last_click, clicks, last_platform, lead_id FROM fold.recent_activity
         WHERE lead_id > ?1 ORDER BY lead_id LIMIT ?2",
    )?;
    let mut remove =
        transaction.prepare_cached("DELETE FROM fold.recent_activity WHERE lead_id > ?1 AND lead_id <= ?2")?;
    while leads > most {
        let mut slice = Vec::new();
        let mut rows = next.query(params![settled, SLICE.min(leads - most)])?;
        while let Some(row) = rows.next()? {
            slice.push((row.get(3)?, read(row)?));
        }
        match slice.last() {
            Some(&(last, _)) => {
                breath::insert(&SETTLED, transaction, &slice, |row, (id, activity)| {
                    bind(row, *id, activity)
                })?;
                remove.execute([settled, last])?;
                settled = last;
                leads = leads.saturating_sub(slice.len());
            }
            None if settled == i64::MIN => leads = 0,
            None => settled = i64::MIN,
        }
    }
    transaction
        .prepare_cached("UPDATE fold.recent_activity_state SET leads = ?1, settled = ?2")?
        .execute(params![leads, settled])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{open::Files, transaction::in_fold};
    use konektor_core::ids::{VisitorNumber, WorkspaceId};
    use proptest::prelude::*;

    const LEADS: u64 = 40;

    fn lead(n: u64) -> LeadId {
        LeadId {
            workspace: WorkspaceId(1 + n as i64 % 2),
            number: VisitorNumber(n),
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Return(Vec<u64>),
        Settle(usize),
        Forget(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => prop::collection::vec(0..LEADS, 1..12).prop_map(Step::Return),
            3 => (0..12_usize).prop_map(Step::Settle),
            1 => (0..LEADS).prop_map(Step::Forget),
        ];
        prop::collection::vec(step, 1..60)
    }

    fn number(connection: &Connection, sql: &str) -> usize {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What the lists see of a lead.
    fn joined(connection: &Connection, lead: LeadId) -> (Option<i64>, Option<u32>, Option<String>) {
        let sql = format!("SELECT {LAST_CLICK}, {CLICKS}, {LAST_PLATFORM} FROM (SELECT ?1 AS id) l {JOINED}");
        connection
            .query_row(&sql, [lead.packed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Wherever a row is on its way, the latest is found, by the fold and by the lists.
        #[test]
        fn the_latest_is_found(steps in steps()) {
            let directory = tempfile::tempdir().unwrap();
            let files = Files::beside(&directory.path().join("konektor.db"));
            files.prepare().unwrap();
            let mut connection = files.open_folder().unwrap();
            let mut model: BTreeMap<i64, (LeadId, Activity)> = BTreeMap::new();
            for (now, step) in (1..).zip(steps) {
                let done = in_fold(&mut connection, |transaction| match &step {
                    Step::Return(whose) => {
                        let returned: BTreeMap<_, _> = whose
                            .iter()
                            .map(|n| {
                                let activity = Activity {
                                    last_click: ClickId(now * 100 + *n as i64),
                                    clicks: now as u32,
                                    last_platform: (now % 3 == 0).then_some(Platform::Meta),
                                };
                                (lead(*n).packed(), (lead(*n), activity))
                            })
                            .collect();
                        let mut lookup = Lookup::open(transaction)?;
                        for (id, (lead, _)) in &returned {
                            assert_eq!(lookup.find(*lead)?, model.get(id).map(|(_, known)| *known));
                        }
                        enter(transaction, &returned, lookup.found_recent)?;
                        model.extend(returned);
                        Ok(())
                    }
                    Step::Settle(most) => {
                        settle(transaction, *most)?;
                        assert!(number(transaction, "SELECT count(*) FROM fold.recent_activity") <= *most);
                        Ok(())
                    }
                    Step::Forget(n) => {
                        model.remove(&lead(*n).packed());
                        forget(transaction, lead(*n))
                    }
                });
                done.unwrap();
                let counted = number(&connection, "SELECT leads FROM fold.recent_activity_state");
                prop_assert_eq!(counted, number(&connection, "SELECT count(*) FROM fold.recent_activity"));
            }
            let mut lookup = Lookup::open(&connection).unwrap();
            for n in 0..LEADS {
                let known = model.get(&lead(n).packed()).map(|(_, known)| *known);
                prop_assert_eq!(lookup.find(lead(n)).unwrap(), known);
                let shown = known.map_or((None, None, None), |known| {
                    let platform = known.last_platform.map(|platform| platform.as_str().to_owned());
                    (Some(known.last_click.0), Some(known.clicks), platform)
                });
                prop_assert_eq!(joined(&connection, lead(n)), shown);
            }
            drop(lookup);
            in_fold(&mut connection, settle_all).unwrap();
            prop_assert_eq!(number(&connection, "SELECT count(*) FROM fold.recent_activity"), 0);
            prop_assert_eq!(number(&connection, "SELECT count(*) FROM fold.activity"), model.len());
        }
    }

    #[test]
    fn leads_settle_in_turn_and_begin_anew_after_the_last() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::beside(&directory.path().join("konektor.db"));
        files.prepare().unwrap();
        let mut connection = files.open_folder().unwrap();
        let mut settled = Vec::new();
        for now in 0..6 {
            let returned = [0, 2, 4, 6].map(|n| {
                let activity = Activity {
                    last_click: ClickId(now * 100 + n),
                    clicks: 2,
                    last_platform: None,
                };
                let lead = lead(n as u64);
                (lead.packed(), (lead, activity))
            });
            let returned = BTreeMap::from(returned);
            let done = in_fold(&mut connection, |transaction| {
                let mut lookup = Lookup::open(transaction)?;
                for (lead, _) in returned.values() {
                    lookup.find(*lead)?;
                }
                enter(transaction, &returned, lookup.found_recent)?;
                settle(transaction, 3)
            });
            done.unwrap();
            settled.push(number(
                &connection,
                "SELECT settled & 7 FROM fold.recent_activity_state",
            ));
        }
        assert_eq!(settled, [0, 2, 4, 6, 0, 2]);
    }
}

//! Leads' deliveries by what became of them, counted as they change.

use crate::{Result, stored::leads::Counted};
use konektor_core::{event::DeliveryState, fold::Tracking, ids::LeadId, lead::TrackingStatus};
use rusqlite::{Row, Transaction};
use std::collections::BTreeMap;

/// Whether one of a lead's pending deliveries waits for its destination to be repaired. Mostly nothing is held at all,
/// which is looked up once for a whole list.
fn is_held(lead: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM main.destinations WHERE hold IS NOT NULL) AND EXISTS (
            SELECT 1 FROM fold.deliveries d JOIN main.destinations x ON x.id = d.destination_id
            WHERE d.lead_id = {lead} AND d.state = 'pending' AND x.hold IS NOT NULL))"
    )
}

/// Columns from which [`read_counted`] reads; `l` is the lead, `t` its row of `tracking`, if it has one.
pub(in crate::sqlite) fn counted_columns() -> String {
    format!(
        "t.pending, t.sent, t.failed, iif(t.pending > 0, {}, 0)",
        is_held("l.id")
    )
}

/// A tracking status as a condition on a row of `tracking` under the name `w`; the same as [`Tracking::status`] says.
pub(in crate::sqlite) struct Condition {
    /// The table, with the index by which the rows are found; empty where a lead has none.
    pub(in crate::sqlite) along: &'static str,
    /// The condition.
    pub(in crate::sqlite) sql: String,
}

/// Of which rows a status is.
pub(in crate::sqlite) fn condition(status: TrackingStatus) -> Condition {
    const PENDING: &str = "fold.tracking w INDEXED BY tracking_pending";
    const FAILED: &str = "fold.tracking w INDEXED BY tracking_failed";
    let (along, sql) = match status {
        TrackingStatus::None => ("", "w.pending > 0 OR w.sent > 0 OR w.failed > 0".to_owned()),
        TrackingStatus::Pending => (PENDING, format!("w.pending > 0 AND NOT {}", is_held("w.lead_id"))),
        TrackingStatus::Held => (PENDING, format!("w.pending > 0 AND {}", is_held("w.lead_id"))),
        TrackingStatus::Synced => (
            "fold.tracking w",
            "w.pending = 0 AND w.sent > 0 AND w.failed = 0".to_owned(),
        ),
        TrackingStatus::Partial => (FAILED, "w.failed > 0 AND w.pending = 0 AND w.sent > 0".to_owned()),
        TrackingStatus::Failed => (FAILED, "w.failed > 0 AND w.pending = 0 AND w.sent = 0".to_owned()),
    };
    Condition { along, sql }
}

impl Condition {
    /// The same as a condition on the lead `l`.
    pub(in crate::sqlite) fn of_lead(&self) -> String {
        let not = if self.along.is_empty() { "NOT " } else { "" };
        let sql = &self.sql;
        format!("{not}EXISTS (SELECT 1 FROM fold.tracking w WHERE w.lead_id = l.id AND ({sql}))")
    }
}

/// A lead's deliveries from the columns that start at `first`.
pub(in crate::sqlite) fn read_counted(row: &Row<'_>, first: usize) -> Result<Counted> {
    let count = |column: usize| -> rusqlite::Result<i64> { Ok(row.get::<_, Option<i64>>(column)?.unwrap_or(0)) };
    let tracking = Tracking {
        pending: count(first)?,
        sent: count(first + 1)?,
        failed: count(first + 2)?,
    };
    Ok(Counted {
        tracking,
        is_held: row.get(first + 3)?,
    })
}

/// What a transaction adds to leads' counts.
#[derive(Default)]
pub(in crate::sqlite) struct Counts(BTreeMap<i64, Tracking>);

impl Counts {
    /// A delivery that was made.
    pub(in crate::sqlite) fn made(&mut self, lead: LeadId, state: DeliveryState, code: Option<&str>) {
        self.add(lead.packed(), Tracking::of(state, code));
    }

    /// A delivery that went from one state to another, each with its code.
    pub(in crate::sqlite) fn moved(
        &mut self,
        lead: i64,
        (from, from_code): (DeliveryState, Option<&str>),
        (to, to_code): (DeliveryState, Option<&str>),
    ) {
        self.add(lead, Tracking::of(to, to_code) - Tracking::of(from, from_code));
    }

    fn add(&mut self, lead: i64, change: Tracking) {
        let sum = self.0.entry(lead).or_default();
        *sum = *sum + change;
    }

    /// Adds them, in key order.
    pub(in crate::sqlite) fn store(self, transaction: &Transaction<'_>) -> Result<()> {
        let mut add = transaction.prepare_cached(
            "INSERT INTO fold.tracking VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
             SET pending = pending + excluded.pending, sent = sent + excluded.sent, failed = failed + excluded.failed",
        )?;
        for (lead, change) in self.0 {
            if change != Tracking::default() {
                add.execute([lead, change.pending, change.sent, change.failed])?;
            }
        }
        Ok(())
    }
}

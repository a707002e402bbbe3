//! Leads' deliveries by what became of them, counted as they change.

use crate::{
    Result,
    postgres::{sql, values::number},
    stored::leads::Counted,
};
use deadpool_postgres::Transaction;
use konektor_core::{event::DeliveryState, fold::Tracking, ids::LeadId, lead::TrackingStatus};
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// Whether one of the pending deliveries of the lead that `row` stands for waits for its destination to be repaired. Mostly
/// nothing is held at all, which is looked up once for a whole list.
fn is_held(row: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM destinations WHERE hold IS NOT NULL) AND EXISTS (
            SELECT 1 FROM deliveries d JOIN destinations x ON x.id = d.destination_id
            WHERE d.workspace_id = {row}.workspace_id AND d.number = {row}.number AND d.state = 'pending'
              AND x.hold IS NOT NULL))"
    )
}

/// Columns from which [`read_counted`] reads; `l` is the lead, `t` its row of `tracking`, if it has one.
pub(in crate::postgres) fn counted_columns() -> String {
    let held = is_held("l");
    format!("t.pending, t.sent, t.failed, CASE WHEN t.pending > 0 THEN {held} ELSE false END")
}

/// A tracking status as a condition on the lead `l`; the same as [`Tracking::status`] says.
pub(in crate::postgres) fn condition(status: TrackingStatus) -> String {
    let (not, wanted) = match status {
        TrackingStatus::None => ("NOT ", "w.pending > 0 OR w.sent > 0 OR w.failed > 0".to_owned()),
        TrackingStatus::Pending => ("", format!("w.pending > 0 AND NOT {}", is_held("w"))),
        TrackingStatus::Held => ("", format!("w.pending > 0 AND {}", is_held("w"))),
        TrackingStatus::Synced => ("", "w.pending = 0 AND w.sent > 0 AND w.failed = 0".to_owned()),
        TrackingStatus::Partial => ("", "w.failed > 0 AND w.pending = 0 AND w.sent > 0".to_owned()),
        TrackingStatus::Failed => ("", "w.failed > 0 AND w.pending = 0 AND w.sent = 0".to_owned()),
    };
    format!(
        "{not}EXISTS (SELECT 1 FROM tracking w
                      WHERE w.workspace_id = l.workspace_id AND w.number = l.number AND ({wanted}))"
    )
}

/// A lead's deliveries from the columns that start at `first`.
pub(in crate::postgres) fn read_counted(row: &Row, first: usize) -> Counted {
    let count = |column: usize| row.get::<_, Option<i64>>(column).unwrap_or(0);
    let tracking = Tracking {
        pending: count(first),
        sent: count(first + 1),
        failed: count(first + 2),
    };
    Counted {
        tracking,
        is_held: row.get(first + 3),
    }
}

/// What a transaction adds to leads' counts.
#[derive(Default)]
pub(in crate::postgres) struct Counts(BTreeMap<LeadId, Tracking>);

impl Counts {
    /// A delivery that was made.
    pub(in crate::postgres) fn made(&mut self, lead: LeadId, state: DeliveryState, code: Option<&str>) {
        self.add(lead, Tracking::of(state, code));
    }

    /// A delivery that went from one state to another, each with its code.
    pub(in crate::postgres) fn moved(
        &mut self,
        lead: LeadId,
        (from, from_code): (DeliveryState, Option<&str>),
        (to, to_code): (DeliveryState, Option<&str>),
    ) {
        self.add(lead, Tracking::of(to, to_code) - Tracking::of(from, from_code));
    }

    fn add(&mut self, lead: LeadId, change: Tracking) {
        let sum = self.0.entry(lead).or_default();
        *sum = *sum + change;
    }

    /// Adds them, in key order.
    pub(in crate::postgres) async fn store(mut self, transaction: &Transaction<'_>) -> Result<()> {
        self.0.retain(|_, change| *change != Tracking::default());
        if self.0.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO tracking (workspace_id, number, pending, sent, failed)
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                   ON CONFLICT (workspace_id, number) DO UPDATE
                   SET pending = tracking.pending + excluded.pending, sent = tracking.sent + excluded.sent,
                       failed = tracking.failed + excluded.failed";
        let values: sql::Values<'_> = &[
            &self.0.keys().map(|lead| lead.workspace.0).collect::<Vec<_>>(),
            &self.0.keys().map(|lead| number(*lead)).collect::<Vec<_>>(),
            &self.0.values().map(|change| change.pending).collect::<Vec<_>>(),
            &self.0.values().map(|change| change.sent).collect::<Vec<_>>(),
            &self.0.values().map(|change| change.failed).collect::<Vec<_>>(),
        ];
        sql::execute(transaction, sql, values).await?;
        Ok(())
    }
}

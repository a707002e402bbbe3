//! The outbox: events on their way to ad platforms, and what became of them. The fold puts them in (`fold/events.rs`).

pub(super) mod claim;
pub(super) mod list;
pub(super) mod settle;
pub(super) mod stats;
pub(super) mod tracking;
pub(super) mod upkeep;

use super::{Ids, sql, values::without_nul, webhooks::failures};
use crate::Result;
use deadpool_postgres::Transaction;
use konektor_core::{event::DeliveryState, time::UnixMs};
use tracking::Counts;

/// A pending delivery that is not sent any more: id, number of its lead, code and words why.
struct Over {
    id: i64,
    number: i64,
    state: DeliveryState,
    code: &'static str,
    reason: String,
}

/// Ends deliveries of a workspace that were not sent.
async fn give_up(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    workspace: i64,
    over: &[Over],
    now: UnixMs,
) -> Result<()> {
    if over.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE deliveries d SET state = o.state, code = o.code, reason = o.reason, settled_at = $6
               FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS o (id, state, code, reason)
               WHERE d.workspace_id = $1 AND d.id = o.id";
    let reasons: Vec<_> = over.iter().map(|over| without_nul(&over.reason).into_owned()).collect();
    let values: sql::Values<'_> = &[
        &workspace,
        &over.iter().map(|over| over.id).collect::<Vec<_>>(),
        &over.iter().map(|over| over.state.as_str()).collect::<Vec<_>>(),
        &over.iter().map(|over| over.code).collect::<Vec<_>>(),
        &reasons,
        &now.0,
    ];
    sql::execute(transaction, sql, values).await?;
    // Who removes a destination or erases a click knows what they give up.
    let expired = over.iter().filter(|over| over.state == DeliveryState::Expired);
    let expired: Vec<_> = expired.map(|over| (over.id, over.state)).collect();
    failures::tell(transaction, ids, workspace, &expired, now).await?;
    let mut counts = Counts::default();
    for over in over {
        let lead = super::values::lead(workspace, over.number);
        counts.moved(lead, (DeliveryState::Pending, None), (over.state, Some(over.code)));
    }
    counts.store(transaction).await
}

/// Code and words of a delivery whose time was over since `expires_at`; what it was waiting for before stays in them.
fn too_old(expires_at: UnixMs, before: Option<&str>) -> (&'static str, String) {
    let since = expires_at.timestamp().strftime("%Y-%m-%d %H:%M UTC");
    let reason = match before {
        None => format!("too old for the platform since {since}"),
        Some(before) => format!("too old for the platform since {since}; it could not be sent before: {before}"),
    };
    ("too_old", reason)
}

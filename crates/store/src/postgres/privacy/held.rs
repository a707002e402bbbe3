//! Of which kinds data of people is there.

use super::{retention::last_heard, rows_of};
use crate::{
    Result,
    model::{HeldData, kinds_of_click},
    postgres::{
        sql,
        values::{lead, number},
        walk::clicks_back,
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use std::collections::BTreeSet;

const COLUMNS: [&str; 5] = ["name", "phone", "email", "notes", "value"];
const SAID: [&str; 5] = ["name", "phone", "email", "whatsapp_id", "form_fields"];
/// Clicks of a lead that are looked at.
const MOST_CLICKS: usize = 10_000;

pub(super) async fn held_data(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    (from, to): (UnixMs, UnixMs),
    after: Option<LeadId>,
    limit: usize,
) -> Result<Vec<HeldData>> {
    let has: Vec<_> = COLUMNS.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let sql = format!(
        "SELECT number, created_at, removed_at IS NOT NULL, {} FROM leads
         WHERE workspace_id = $1 AND number > $2 AND merged_into IS NULL AND created_at <= $3
               AND (removed_at IS NULL OR removed_at >= $4) ORDER BY number LIMIT $5",
        has.join(", ")
    );
    let after = after.map_or(0, number);
    let rows = sql::query(client, &sql, &[&workspace.0, &after, &to.0, &from.0, &(limit as i64)]).await?;
    let mut held = Vec::new();
    for row in rows {
        let root = lead(workspace.0, row.get(0));
        let mut kinds = BTreeSet::new();
        for (n, kind) in COLUMNS.iter().enumerate() {
            if row.get(3 + n) {
                kinds.insert(*kind);
            }
        }
        let rows_of_person = rows_of(client, root).await?;
        let numbers: Vec<i64> = rows_of_person.iter().map(|lead| number(*lead)).collect();
        let sql = "SELECT coalesce(bool_or(said::json ->> 'name' IS NOT NULL), false),
                          coalesce(bool_or(said::json ->> 'phone' IS NOT NULL), false),
                          coalesce(bool_or(said::json ->> 'email' IS NOT NULL), false),
                          coalesce(bool_or(said::json ->> 'whatsapp' IS NOT NULL), false),
                          coalesce(bool_or(coalesce(said::json ->> 'fields', '') NOT IN ('', '[]', '{}')), false)
                   FROM submissions WHERE workspace_id = $1 AND number = ANY($2)";
        let said = sql::query_one(client, sql, &[&workspace.0, &numbers]).await?;
        for (n, kind) in SAID.iter().enumerate() {
            if said.get(n) {
                kinds.insert(*kind);
            }
        }
        for row in rows_of_person {
            for click in clicks_back(client, row, i64::MAX, MOST_CLICKS).await? {
                kinds_of_click(&click, &mut kinds);
            }
        }
        held.push(HeldData {
            lead: root,
            first_seen: UnixMs(row.get(1)),
            last_seen: last_heard(client, root).await?,
            removed: row.get(2),
            kinds: kinds.into_iter().collect(),
        });
    }
    Ok(held)
}

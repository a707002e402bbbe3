//! What is kept for a time only. Clicks lose parts of themselves in the order of their ids, behind a mark for each workspace.

use super::{erase::unfolded_since, rows_of};
use crate::{
    Result, StoreError,
    model::{Forgotten, SilentLeads},
    postgres::{
        sql,
        values::{click_columns, lead, number, read_click},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    click::Click,
    identity::continuity::Fingerprints,
    ids::{ClickId, LeadId},
    time::UnixMs,
};
use std::collections::BTreeSet;

/// Clicks at a time.
const STEP: i64 = 500;

/// Takes it away from the next clicks of the first workspace that has any; how many were looked at.
pub(super) async fn forget_step(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    what: Forgotten,
    before: UnixMs,
) -> Result<usize> {
    // Rows of marks are there for all workspaces, so that two servers do not take the same step.
    let sql = "INSERT INTO forgotten (workspace_id, what, click) SELECT id, $1, 0 FROM workspaces
               ON CONFLICT (workspace_id, what) DO NOTHING";
    sql::execute(transaction, sql, &[&what.as_str()]).await?;
    let end = ClickId::before(0, before).0;
    let sql = "SELECT f.workspace_id, f.click FROM forgotten f
               WHERE f.what = $1 AND EXISTS (
                   SELECT 1 FROM clicks c WHERE c.workspace_id = f.workspace_id AND c.id > f.click AND c.id < $2)
               ORDER BY f.workspace_id LIMIT 1 FOR UPDATE SKIP LOCKED";
    let Some(row) = sql::query_opt(transaction, sql, &[&what.as_str(), &end]).await? else {
        return Ok(0);
    };
    let (workspace, mark): (i64, i64) = (row.get(0), row.get(1));
    let sql = format!(
        "SELECT {} FROM clicks c WHERE c.workspace_id = $1 AND c.id > $2 AND c.id < $3 ORDER BY c.id LIMIT $4",
        click_columns("c")
    );
    let rows = sql::query(transaction, &sql, &[&workspace, &mark, &end, &STEP]).await?;
    let clicks: Vec<Click> = rows.iter().map(|row| read_click(row, 0)).collect::<Result<_>>()?;
    let Some(last) = clicks.last().map(|click| click.id.0) else {
        return Ok(0);
    };
    let looked_at = clicks.len();
    forget_indexed(transaction, prints, what, workspace, &clicks, before).await?;
    let (mut ids, mut facts) = (Vec::new(), Vec::new());
    for mut click in clicks {
        let had = click.facts.clone();
        match what {
            Forgotten::Origin => {
                click.facts.ip = None;
                click.facts.ua = "".into();
            }
            Forgotten::ClickIds => {
                click.facts.touch.click_ids.clear();
                click.facts.pixel = None;
            }
        }
        if click.facts != had {
            let mut json = Vec::new();
            click.facts.write_json(&mut json);
            ids.push(click.id.0);
            facts.push(String::from_utf8(json).map_err(|e| StoreError::corrupt("click", e))?);
        }
    }
    let sql = "UPDATE clicks c SET facts = k.facts FROM unnest($2::bigint[], $3::text[]) AS k (id, facts)
               WHERE c.workspace_id = $1 AND c.id = k.id";
    sql::execute(transaction, sql, &[&workspace, &ids, &facts]).await?;
    let sql = "UPDATE forgotten SET click = $3 WHERE workspace_id = $1 AND what = $2";
    sql::execute(transaction, sql, &[&workspace, &what.as_str(), &last]).await?;
    Ok(looked_at)
}

/// What the index of click IDs has of them.
async fn forget_indexed(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    what: Forgotten,
    workspace: i64,
    clicks: &[Click],
    before: UnixMs,
) -> Result<()> {
    let mut of_clicks: Vec<i64> = Vec::new();
    for click in clicks {
        let facts = &click.facts;
        let ua = prints.user_agent(&facts.ua);
        if let Some(print) = prints.click_id(click.lead.workspace, &facts.touch, ua, &facts.lang) {
            of_clicks.push(print.with_browser);
            if what == Forgotten::ClickIds {
                of_clicks.push(print.click_id);
            }
        }
        of_clicks.extend(facts.press);
    }
    let sql = "DELETE FROM click_ids WHERE workspace_id = $1 AND print = ANY($2) AND at < $3";
    sql::execute(transaction, sql, &[&workspace, &of_clicks, &before.0]).await?;
    Ok(())
}

pub(super) async fn silent_leads(
    client: &impl GenericClient,
    before: UnixMs,
    now: UnixMs,
    after: Option<LeadId>,
    limit: usize,
) -> Result<SilentLeads> {
    let (workspace, from) = after.map_or((i64::MIN, i64::MIN), |after| (after.workspace.0, number(after)));
    let sql = "SELECT workspace_id, number, created_at FROM leads
               WHERE (workspace_id, number) > ($1, $2) AND merged_into IS NULL
               ORDER BY workspace_id, number LIMIT $3";
    let rows = sql::query(client, sql, &[&workspace, &from, &(limit as i64)]).await?;
    let mut silent = SilentLeads::default();
    for row in &rows {
        let root = lead(row.get(0), row.get(1));
        if row.get::<_, i64>(2) < before.0 && last_heard(client, root).await? < before {
            silent.leads.push(root);
        }
    }
    if !silent.leads.is_empty() {
        let workspaces: BTreeSet<i64> = silent.leads.iter().map(|root| root.workspace.0).collect();
        let workspaces: Vec<i64> = workspaces.into_iter().collect();
        let back = came_back(client, &workspaces, before, now).await?;
        let found = std::mem::take(&mut silent.leads);
        for root in found {
            let rows = rows_of(client, root).await?;
            let is_back = rows.iter().any(|row| back.contains(&(row.workspace.0, number(*row))));
            // Once more: a click may have been folded since the first look.
            if !is_back && last_heard(client, root).await? < before {
                silent.leads.push(root);
            }
        }
    }
    let last = rows.last().map(|row| lead(row.get(0), row.get(1)));
    silent.next = last.filter(|_| rows.len() == limit);
    Ok(silent)
}

/// Leads of these workspaces with a click since `before` that no server has folded.
async fn came_back(
    client: &impl GenericClient,
    workspaces: &[i64],
    before: UnixMs,
    now: UnixMs,
) -> Result<BTreeSet<(i64, i64)>> {
    let since = unfolded_since(now).0.max(ClickId::before(0, before).0);
    let sql = "SELECT DISTINCT c.workspace_id, c.number FROM clicks c JOIN nodes n ON n.id = c.id & 1023
               WHERE c.workspace_id = ANY($1) AND c.id > $2 AND c.id > n.watermark";
    let rows = sql::query(client, sql, &[&workspaces, &since]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// When a person last clicked, said something, or was worked on. Ids of clicks tell it too, and better: they rise also while
/// a clock is set back.
pub(super) async fn last_heard(client: &impl GenericClient, root: LeadId) -> Result<UnixMs> {
    let numbers: Vec<i64> = rows_of(client, root).await?.into_iter().map(number).collect();
    let sql = "SELECT greatest(
                 (SELECT max(greatest(created_at, first_click >> 22)) FROM leads WHERE workspace_id = $1 AND number = ANY($2)),
                 (SELECT max(last_click >> 22) FROM activity WHERE workspace_id = $1 AND number = ANY($2)),
                 (SELECT max(at) FROM lead_changes WHERE workspace_id = $1 AND number = ANY($2)),
                 (SELECT max(at) FROM submissions WHERE workspace_id = $1 AND number = ANY($2)))";
    let row = sql::query_one(client, sql, &[&root.workspace.0, &numbers]).await?;
    Ok(UnixMs(row.get::<_, Option<i64>>(0).unwrap_or(0)))
}

//! Whether chats have started: what follows from leads' changes, and the sums for the reports.

use crate::{
    Result,
    model::{ArrivalGroup, BornRange, SALES_MOST, Sale, SaleDate},
    postgres::{
        locks, sql,
        values::{lead, number, read_json},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    click::ClickFacts,
    fold::cut,
    ids::{LeadId, WorkspaceId},
    lead::{ARRIVED, Arrival, Told},
    time::UnixMs,
    user_agent,
    webhook::LeadChange,
};
use std::collections::{BTreeSet, HashMap};

/// Leads of one transaction that are summed up afterwards.
const CATCH_UP: i64 = 256;

/// When the chats of leads started, for those of which it was told.
pub(in crate::postgres) async fn of_leads(
    client: &impl GenericClient,
    leads: &[LeadId],
) -> Result<HashMap<LeadId, Arrival>> {
    let sql = "SELECT workspace_id, number, at, field, new, by FROM lead_changes
               WHERE (workspace_id, number) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
                 AND field IN ('arrived', 'status') ORDER BY id";
    let workspaces: Vec<i64> = leads.iter().map(|lead| lead.workspace.0).collect();
    let numbers: Vec<i64> = leads.iter().map(|lead| number(*lead)).collect();
    let mut told: HashMap<LeadId, Vec<Told>> = HashMap::new();
    for row in sql::query(client, sql, &[&workspaces, &numbers]).await? {
        told.entry(lead(row.get(0), row.get(1))).or_default().push(Told {
            at: UnixMs(row.get(2)),
            field: row.get(3),
            new: row.get(4),
            by: row.get(5),
        });
    }
    let arrived = told
        .into_iter()
        .filter_map(|(lead, told)| Some((lead, Arrival::of(told)?)));
    Ok(arrived.collect())
}

/// Makes the rows of the leads that were changed what follows from their changes. One that no click made is in no rate of
/// clicks.
pub(super) async fn fold(transaction: &Transaction<'_>, changes: impl Iterator<Item = &LeadChange>) -> Result<()> {
    let told = changes.filter(|change| [ARRIVED, "status"].contains(&change.field.as_str()));
    let leads: Vec<LeadId> = told
        .map(|change| change.lead)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    sum_up(transaction, leads).await
}

/// Sums up leads that were changed before there were sums, the next few of a workspace that has any; whether that was all.
pub(super) async fn catch_up(transaction: &Transaction<'_>) -> Result<bool> {
    let sql = "SELECT workspace_id, number FROM unsummed ORDER BY workspace_id LIMIT 1 FOR UPDATE";
    let Some(row) = sql::query_opt(transaction, sql, &[]).await? else {
        return Ok(true);
    };
    let (workspace, after): (i64, i64) = (row.get(0), row.get(1));
    locks::wait(transaction, locks::FOLD, &[workspace as i32]).await?;
    let sql = "SELECT DISTINCT number FROM lead_changes
               WHERE workspace_id = $1 AND number > $2 AND field IN ('arrived', 'status') ORDER BY number LIMIT $3";
    let rows = sql::query(transaction, sql, &[&workspace, &after, &CATCH_UP]).await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    match numbers.last() {
        Some(last) => {
            let sql = "UPDATE unsummed SET number = $2 WHERE workspace_id = $1";
            sql::execute(transaction, sql, &[&workspace, last]).await?;
        }
        None => {
            let sql = "DELETE FROM unsummed WHERE workspace_id = $1";
            sql::execute(transaction, sql, &[&workspace]).await?;
        }
    }
    sum_up(
        transaction,
        numbers.into_iter().map(|number| lead(workspace, number)).collect(),
    )
    .await?;
    Ok(false)
}

async fn sum_up(transaction: &Transaction<'_>, leads: Vec<LeadId>) -> Result<()> {
    if leads.is_empty() {
        return Ok(());
    }
    let arrivals = of_leads(transaction, &leads).await?;
    for lead in leads {
        let key: sql::Values<'_> = &[&lead.workspace.0, &number(lead)];
        let sql = "DELETE FROM arrivals WHERE workspace_id = $1 AND number = $2";
        sql::execute(transaction, sql, key).await?;
        count_sale(transaction, key).await?;
        let Some(arrival) = arrivals.get(&lead) else { continue };
        let sql = "SELECT l.created_at, l.rotator_id, l.agent_id, l.platform, l.source, l.campaign, c.facts
                   FROM leads l JOIN clicks c ON c.workspace_id = l.workspace_id AND c.id = l.first_click
                   WHERE l.workspace_id = $1 AND l.number = $2";
        let Some(row) = sql::query_opt(transaction, sql, key).await? else {
            continue;
        };
        let facts: ClickFacts = read_json("clicks.facts", row.get(6))?;
        let in_app = user_agent::parse(&facts.ua).in_app.map_or("", |app| app.as_str());
        let agent = row.get::<_, Option<i64>>(2).map(|agent| agent.to_string());
        let (source, campaign): (Option<&str>, Option<&str>) = (row.get(4), row.get(5));
        let sql = "INSERT INTO arrivals VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values: sql::Values<'_> = &[
            &lead.workspace.0,
            &number(lead),
            &arrival.at.0,
            &row.get::<_, i64>(0),
            &row.get::<_, i64>(1),
            &agent.unwrap_or_default(),
            &row.get::<_, Option<&str>>(3).unwrap_or_default(),
            &cut(source),
            &cut(campaign),
            &in_app,
        ];
        sql::execute(transaction, sql, values).await?;
    }
    Ok(())
}

/// Makes a lead's sale what its last status says.
async fn count_sale(transaction: &Transaction<'_>, key: sql::Values<'_>) -> Result<()> {
    let sql = "DELETE FROM sales WHERE workspace_id = $1 AND number = $2";
    sql::execute(transaction, sql, key).await?;
    let sql = "INSERT INTO sales
               SELECT l.workspace_id, l.number, c.at, l.created_at, l.rotator_id, coalesce(a.clicks > 1, false)
               FROM (SELECT at, new FROM lead_changes WHERE workspace_id = $1 AND number = $2 AND field = 'status'
                     ORDER BY id DESC LIMIT 1) c
               JOIN leads l ON l.workspace_id = $1 AND l.number = $2
               LEFT JOIN activity a ON a.workspace_id = l.workspace_id AND a.number = l.number WHERE c.new = 'won'";
    sql::execute(transaction, sql, key).await?;
    Ok(())
}

/// See [`crate::Store::sales`]. Of leads that are one, the one that stands for them says what the sale was worth.
pub(in crate::postgres) async fn sales(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    by: SaleDate,
    range: BornRange,
) -> Result<Vec<Sale>> {
    let date = by.column();
    let sql = format!(
        "SELECT min(s.won_at), min(s.born_at), bool_or(s.returning_lead), r.value, r.currency
         FROM sales s JOIN leads l ON l.workspace_id = s.workspace_id AND l.number = s.number
         JOIN leads r ON r.workspace_id = s.workspace_id AND r.number = coalesce(l.merged_into, l.number)
         WHERE s.workspace_id = $1 AND s.{date} >= $2 AND s.{date} < $3 AND ($4::bigint IS NULL OR s.rotator_id = $4)
           AND r.removed_at IS NULL AND r.status = 'won'
         GROUP BY r.number, r.value, r.currency ORDER BY min(s.{date}) LIMIT $5"
    );
    let rotator = range.rotator.map(|rotator| rotator.0);
    let values: sql::Values<'_> = &[&workspace.0, &range.from.0, &range.to.0, &rotator, &(SALES_MOST as i64)];
    let rows = sql::query(client, &sql, values).await?;
    let sale = |row: &tokio_postgres::Row| Sale {
        won_at: UnixMs(row.get(0)),
        born_at: UnixMs(row.get(1)),
        returning: row.get(2),
        value: row.get(3),
        currency: row.get(4),
    };
    Ok(rows.iter().map(sale).collect())
}

/// See [`crate::Store::arrivals`].
pub(in crate::postgres) async fn arrivals(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    group: ArrivalGroup,
    born: BornRange,
) -> Result<Vec<(String, u64)>> {
    let sql = format!(
        "SELECT {}::text, count(*) FROM arrivals
         WHERE workspace_id = $1 AND born_at >= $2 AND born_at < $3 AND ($4::bigint IS NULL OR rotator_id = $4)
         GROUP BY 1 ORDER BY 2 DESC, 1",
        group.column()
    );
    let rotator = born.rotator.map(|rotator| rotator.0);
    let rows = sql::query(client, &sql, &[&workspace.0, &born.from.0, &born.to.0, &rotator]).await?;
    Ok(rows
        .iter()
        .map(|row| (row.get(0), row.get::<_, i64>(1) as u64))
        .collect())
}

//! Walking back through a lead's clicks, along the links that the fold left.

use super::{
    identity::of_one_person,
    sql,
    values::{click_columns, number, read_click},
};
use crate::Result;
use deadpool_postgres::GenericClient;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::{AdClick, AdClickSearch},
    ids::LeadId,
    time::UnixMs,
};

/// Clicks that are looked at for a platform's ad. Nobody has that many; a script that plays a visitor may.
const ATTRIBUTION_MOST: usize = 500;
/// Clicks along which the first one is looked for, of leads that were there before it.
const CHAIN_MOST: usize = 10_000;
/// Clicks of several servers may be folded a moment out of their order, so a page is cut out of a little more.
const DISORDER: usize = 16;

/// Up to `limit` of a lead's clicks before `before`, latest first.
pub(super) async fn clicks_back(
    client: &impl GenericClient,
    lead: LeadId,
    before: i64,
    limit: usize,
) -> Result<Vec<Click>> {
    // The rows come in the order of the walk, which ends once there are enough.
    let sql = format!(
        "WITH RECURSIVE chain (step, click) AS (
             SELECT 1, coalesce(a.head, l.first_click) FROM leads l
             LEFT JOIN activity a ON a.workspace_id = l.workspace_id AND a.number = l.number
             WHERE l.workspace_id = $1 AND l.number = $2
           UNION ALL
             SELECT step + 1, k.previous FROM chain JOIN links k ON k.workspace_id = $1 AND k.click = chain.click
             WHERE step < 1000000
         )
         SELECT {} FROM chain CROSS JOIN LATERAL (
             SELECT * FROM clicks WHERE clicks.workspace_id = $1 AND clicks.id = chain.click LIMIT 1) c
         WHERE c.at < $3 LIMIT $4",
        click_columns("c")
    );
    let most = (limit + DISORDER) as i64;
    let rows = sql::query(client, &sql, &[&lead.workspace.0, &number(lead), &before, &most]).await?;
    let mut clicks: Vec<Click> = rows.iter().map(|row| read_click(row, 0)).collect::<Result<_>>()?;
    clicks.sort_by_key(|click| std::cmp::Reverse(click.id));
    clicks.truncate(limit);
    Ok(clicks)
}

/// The first click of a lead that was there before it: its row names none.
pub(super) async fn first_click(client: &impl GenericClient, lead: LeadId) -> Result<Option<Click>> {
    Ok(clicks_back(client, lead, i64::MAX, CHAIN_MOST).await?.pop())
}

/// How a person last came through a platform's ad, up to `until`: by the clicks of all leads that are one.
pub(super) async fn ad_click(
    client: &impl GenericClient,
    lead: LeadId,
    platform: Platform,
    until: UnixMs,
) -> Result<Option<AdClick>> {
    let mut clicks = Vec::new();
    for lead in of_one_person(client, lead).await? {
        clicks.extend(clicks_back(client, lead, i64::MAX, ATTRIBUTION_MOST).await?);
    }
    clicks.sort_unstable_by_key(|click| std::cmp::Reverse(click.id));
    clicks.truncate(ATTRIBUTION_MOST);
    let mut search = AdClickSearch::new(platform, until);
    for click in clicks {
        search.see(click);
    }
    Ok(search.found())
}

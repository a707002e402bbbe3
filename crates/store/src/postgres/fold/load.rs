//! What a pass needs to know, one statement a table. Click IDs are entered on the way.

use super::click_ids::Used;
use crate::{
    Result,
    postgres::{
        sql,
        values::{lead, number, read_platform},
    },
};
use deadpool_postgres::Transaction;
use konektor_core::{
    click::Click,
    fold::{Activity, Known, is_given, listeners},
    identity::continuity::Fingerprints,
    ids::{AgentId, ClickId, DestinationId, LeadId},
    routing::{Agent, Routing},
    time::{Day, UnixMs},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn known(
    transaction: &Transaction<'_>,
    routing: &Routing,
    prints: &Fingerprints,
    clicks: &[Click],
) -> Result<Known> {
    let mut known = Known::default();
    let mut wanted = Wanted::default();
    for click in clicks {
        let (workspace, facts) = (click.lead.workspace, &click.facts);
        if !facts.new {
            wanted.leads.insert((workspace.0, number(click.lead)));
        }
        let ua = prints.user_agent(&facts.ua);
        let Some(print) = prints.click_id(workspace, &facts.touch, ua, &facts.lang) else {
            continue;
        };
        wanted.click_ids.add(click, print);
        for destination in listeners(routing, click) {
            wanted.told.insert((workspace.0, destination.id.0, print.click_id));
        }
    }
    wanted.read(transaction, &mut known).await?;
    Ok(known)
}

/// Keys to look up, each once.
#[derive(Default)]
struct Wanted {
    leads: BTreeSet<(i64, i64)>,
    click_ids: Used,
    told: BTreeSet<(i64, i64, i64)>,
}

impl Wanted {
    async fn read(self, transaction: &Transaction<'_>, known: &mut Known) -> Result<()> {
        let (workspaces, numbers): (Vec<_>, Vec<_>) = self.leads.into_iter().unzip();
        if !numbers.is_empty() {
            let sql = "SELECT k.workspace_id, k.number, a.head, a.clicks, a.last_platform, nullif(l.first_click, 0)
                       FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, number)
                       JOIN leads l ON l.workspace_id = k.workspace_id AND l.number = k.number
                       LEFT JOIN activity a ON a.workspace_id = k.workspace_id AND a.number = k.number";
            for row in sql::query(transaction, sql, &[&workspaces, &numbers]).await? {
                let lead = lead(row.get(0), row.get(1));
                match row.get::<_, Option<i64>>(2) {
                    // A lead that no click made has none before this one.
                    None => known
                        .first_clicks
                        .extend(row.get::<_, Option<i64>>(5).map(|first| (lead, ClickId(first)))),
                    Some(head) => {
                        let activity = Activity {
                            last_click: ClickId(head),
                            clicks: row.get::<_, i64>(3) as u32,
                            last_platform: read_platform(row.get(4))?,
                        };
                        known.activity.insert(lead, activity);
                    }
                }
            }
        }
        self.click_ids.claim(transaction, known).await?;
        let (mut workspaces, mut destinations, mut prints) = (Vec::new(), Vec::new(), Vec::new());
        for (workspace, destination, print) in self.told {
            workspaces.push(workspace);
            destinations.push(destination);
            prints.push(print);
        }
        if !prints.is_empty() {
            let sql = "SELECT t.destination_id, t.print
                       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (workspace_id, destination_id, print)
                       JOIN told t ON t.workspace_id = k.workspace_id AND t.destination_id = k.destination_id
                           AND t.print = k.print";
            for row in sql::query(transaction, sql, &[&workspaces, &destinations, &prints]).await? {
                known.told.insert((DestinationId(row.get(0)), row.get(1)));
            }
        }
        Ok(())
    }
}

/// Agents' turns on their days.
pub(super) struct TurnsOnDays(BTreeMap<(AgentId, Day), u32>);

impl TurnsOnDays {
    /// An agent's turns of their day so far: by the ledger, which may be a moment ahead of the click.
    pub(super) fn of(&self, agent: &Agent, at: UnixMs) -> u32 {
        let day = at.day_in(&agent.time_zone);
        self.0.get(&(agent.id, day)).copied().unwrap_or(0)
    }
}

/// The turns of agents with a cap whom clicks may have passed over. Where nobody has a cap, nothing is asked.
pub(super) async fn turns_on_days(
    transaction: &Transaction<'_>,
    routing: &Routing,
    clicks: &[Click],
) -> Result<TurnsOnDays> {
    let mut wanted = BTreeSet::new();
    for click in clicks.iter().filter(|click| is_given(click)) {
        let Some(rotator) = routing.rotator(click.rotator) else {
            continue;
        };
        let agents = rotator.agents.iter().filter_map(|share| routing.agent(share.agent));
        for agent in agents.filter(|agent| agent.daily_cap.is_some()) {
            wanted.insert((click.lead.workspace.0, agent.id.0, click.at.day_in(&agent.time_zone).0));
        }
    }
    let mut turns = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(TurnsOnDays(turns));
    }
    let sql = "SELECT k.agent_id, k.day, (
                   SELECT coalesce(sum(t.given), 0)::bigint FROM turns t
                   WHERE t.workspace_id = k.workspace_id AND t.agent_id = k.agent_id AND t.day = k.day)
               FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS k (workspace_id, agent_id, day)";
    let values: sql::Values<'_> = &[
        &wanted.iter().map(|wanted| wanted.0).collect::<Vec<_>>(),
        &wanted.iter().map(|wanted| wanted.1).collect::<Vec<_>>(),
        &wanted.iter().map(|wanted| wanted.2).collect::<Vec<_>>(),
    ];
    for row in sql::query(transaction, sql, values).await? {
        let given: i64 = row.get(2);
        turns.insert((AgentId(row.get(0)), Day(row.get(1))), given as u32);
    }
    Ok(TurnsOnDays(turns))
}

/// The leads that stand for those of clicks that were merged. Where nobody was ever merged, that is one look at an empty
/// index.
pub(super) async fn survivors(transaction: &Transaction<'_>, clicks: &[Click]) -> Result<BTreeMap<LeadId, LeadId>> {
    let returning = clicks.iter().filter(|click| !click.facts.new);
    let returning: BTreeSet<(i64, i64)> = returning
        .map(|click| (click.lead.workspace.0, number(click.lead)))
        .collect();
    if returning.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (workspaces, numbers): (Vec<_>, Vec<_>) = returning.into_iter().unzip();
    let sql = "SELECT l.workspace_id, l.number, l.merged_into
               FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, number)
               JOIN merges m ON m.workspace_id = k.workspace_id AND m.merged = k.number AND m.undone_at IS NULL
               JOIN leads l ON l.workspace_id = k.workspace_id AND l.number = k.number
               WHERE l.merged_into IS NOT NULL";
    let rows = sql::query(transaction, sql, &[&workspaces, &numbers]).await?;
    let survivors = rows.iter().map(|row| {
        let workspace = row.get(0);
        (lead(workspace, row.get(1)), lead(workspace, row.get(2)))
    });
    Ok(survivors.collect())
}

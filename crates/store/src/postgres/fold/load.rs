//! What a pass needs to know, one query a table.

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
    fold::{Activity, Known, listeners},
    identity::continuity::{ClickIdUse, Fingerprints},
    ids::{ClickId, DestinationId},
    routing::Routing,
    time::UnixMs,
};
use std::collections::BTreeSet;

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
        // Even a click that nobody's was before it: another server may have had one that it could not know of.
        wanted.prints.insert((workspace.0, print.click_id));
        wanted.prints.insert((workspace.0, print.with_browser));
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
    prints: BTreeSet<(i64, i64)>,
    told: BTreeSet<(i64, i64, i64)>,
}

impl Wanted {
    async fn read(self, transaction: &Transaction<'_>, known: &mut Known) -> Result<()> {
        let (workspaces, numbers): (Vec<_>, Vec<_>) = self.leads.into_iter().unzip();
        if !numbers.is_empty() {
            let sql = "SELECT k.workspace_id, k.number, a.head, a.clicks, a.last_platform, l.first_click
                       FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, number)
                       JOIN leads l ON l.workspace_id = k.workspace_id AND l.number = k.number
                       LEFT JOIN activity a ON a.workspace_id = k.workspace_id AND a.number = k.number";
            for row in sql::query(transaction, sql, &[&workspaces, &numbers]).await? {
                let lead = lead(row.get(0), row.get(1));
                match row.get::<_, Option<i64>>(2) {
                    None => drop(known.first_clicks.insert(lead, ClickId(row.get(5)))),
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
        let (workspaces, prints): (Vec<_>, Vec<_>) = self.prints.into_iter().unzip();
        if !prints.is_empty() {
            let sql = "SELECT c.print, c.workspace_id, c.number, c.with_browser, c.at
                       FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, print)
                       JOIN click_ids c ON c.workspace_id = k.workspace_id AND c.print = k.print";
            for row in sql::query(transaction, sql, &[&workspaces, &prints]).await? {
                let used = ClickIdUse {
                    lead: lead(row.get(1), row.get(2)),
                    with_browser: row.get(3),
                    at: UnixMs(row.get(4)),
                };
                known.click_ids.insert(row.get(0), used);
            }
        }
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

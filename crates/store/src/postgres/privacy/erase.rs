//! Erasing persons, in one transaction. It waits for whoever folds clicks of the workspace or changes who is who there; visitors
//! do not wait for it.

use super::rows_of;
use crate::{
    Result,
    model::{Erased, Whom},
    postgres::{
        locks, sql,
        values::{click_columns, lead, number, read_click},
        walk::clicks_back,
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    click::Click,
    fold::{OTHER, SourceKind, cut},
    identity::{
        code::{CodeKey, VisitorCode},
        continuity::Fingerprints,
    },
    ids::{AgentId, ClickId, LeadId, WorkspaceId},
    time::UnixMs,
};
use std::collections::{BTreeMap, BTreeSet};

/// Clicks of one lead.
const MOST_CLICKS: usize = 100_000;
/// Clicks that are older than this are folded, whatever happened to the server that recorded them.
const UNFOLDED_MS: i64 = 86_400_000;

/// All clicks that are not folded have greater ids.
pub(super) fn unfolded_since(now: UnixMs) -> ClickId {
    ClickId::before(0, now.plus_ms(-UNFOLDED_MS))
}

pub(super) async fn find_persons(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    whom: &Whom,
) -> Result<Vec<LeadId>> {
    let found = match whom {
        Whom::Lead(lead) => {
            let sql = "SELECT number FROM leads WHERE workspace_id = $1 AND number = $2";
            sql::query(client, sql, &[&workspace.0, &number(*lead)]).await?
        }
        Whom::Phone(value) => known_by(client, workspace, "phone", value).await?,
        Whom::Email(value) => known_by(client, workspace, "email", value).await?,
    };
    if matches!(whom, Whom::Lead(lead) if lead.workspace != workspace) {
        return Ok(Vec::new());
    }
    let mut persons = BTreeSet::new();
    for row in found {
        let rows = rows_of(client, lead(workspace.0, row.get(0))).await?;
        persons.extend(rows.first().map(|root| root.packed()));
    }
    Ok(persons.into_iter().map(LeadId::from_packed).collect())
}

async fn known_by(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    kind: &str,
    value: &str,
) -> Result<Vec<tokio_postgres::Row>> {
    let sql = format!(
        "SELECT number FROM identifiers
         WHERE workspace_id = $1 AND (kind = '{kind}' OR (kind = 'whatsapp' AND '{kind}' = 'phone')) AND value = $2
         UNION SELECT number FROM leads WHERE workspace_id = $1 AND {kind} = $2
         UNION SELECT number FROM leads WHERE workspace_id = $1 AND own IS NOT NULL AND strpos(own, $2) > 0
         UNION SELECT number FROM submissions WHERE workspace_id = $1 AND said::json ->> '{kind}' = $2
         UNION SELECT c.number FROM lead_changes c JOIN leads l ON l.workspace_id = c.workspace_id AND l.number = c.number
               WHERE c.workspace_id = $1 AND c.field = '{kind}' AND (c.old = $2 OR c.new = $2)"
    );
    sql::query(client, &sql, &[&workspace.0, &value]).await
}

pub(super) async fn erase(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    leads: &[LeadId],
    now: UnixMs,
) -> Result<Erased> {
    let workspaces: BTreeSet<i32> = leads.iter().map(|lead| lead.workspace.0 as i32).collect();
    let workspaces: Vec<i32> = workspaces.into_iter().collect();
    locks::wait(transaction, locks::FOLD, &workspaces).await?;
    locks::wait(transaction, locks::PERSONS, &workspaces).await?;
    let mut erased = Erased::default();
    let mut seen = BTreeSet::new();
    for id in leads {
        for row in rows_of(transaction, *id).await? {
            if seen.insert(row.packed()) {
                erased.leads.push(row);
            }
        }
    }
    for workspace in workspaces {
        let of_workspace = erased
            .leads
            .iter()
            .filter(|lead| lead.workspace.0 == i64::from(workspace));
        let of_workspace: Vec<LeadId> = of_workspace.copied().collect();
        erase_in(
            transaction,
            prints,
            &mut erased,
            i64::from(workspace),
            &of_workspace,
            now,
        )
        .await?;
    }
    Ok(erased)
}

async fn erase_in(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    erased: &mut Erased,
    workspace: i64,
    leads: &[LeadId],
    now: UnixMs,
) -> Result<()> {
    let numbers: Vec<i64> = leads.iter().map(|lead| number(*lead)).collect();
    let clicks = clicks_of(transaction, workspace, leads, &numbers, now).await?;
    let ids: Vec<i64> = clicks.keys().copied().collect();
    erased.clicks += ids.len();

    // Whoever is about to store what was sent of one, or is to be, waits until it is gone, or has stored it by now.
    for table in ["deliveries", "webhook_messages"] {
        let sql = format!("SELECT 1 FROM {table} WHERE workspace_id = $1 AND number = ANY($2) ORDER BY id FOR UPDATE");
        sql::query(transaction, &sql, &[&workspace, &numbers]).await?;
    }
    // The outbox, messages and projections.
    let sql = "UPDATE exchanges SET response = '' WHERE workspace_id = $1 AND id IN
                 (SELECT exchange_id FROM deliveries
                  WHERE workspace_id = $1 AND number = ANY($2) AND exchange_id IS NOT NULL)";
    sql::execute(transaction, sql, &[&workspace, &numbers]).await?;
    let sql = "DELETE FROM requests WHERE workspace_id = $1 AND delivery_id IN
                 (SELECT id FROM deliveries WHERE workspace_id = $1 AND number = ANY($2))";
    sql::execute(transaction, sql, &[&workspace, &numbers]).await?;
    for table in ["webhook_payloads", "webhook_attempts"] {
        let sql = format!(
            "DELETE FROM {table} WHERE workspace_id = $1 AND message IN
               (SELECT id FROM webhook_messages WHERE workspace_id = $1 AND number = ANY($2))"
        );
        sql::execute(transaction, &sql, &[&workspace, &numbers]).await?;
    }
    // The last payload of a form is kept with it, for its mapping.
    let sql = "UPDATE forms SET sample = NULL WHERE id IN
                 (SELECT substr(by, 6)::bigint FROM submissions
                  WHERE workspace_id = $1 AND number = ANY($2) AND by ~ '^form:-?[0-9]+$'
                  UNION SELECT form_id FROM form_posts WHERE workspace_id = $1 AND number = ANY($2))";
    sql::execute(transaction, sql, &[&workspace, &numbers]).await?;
    let agents = "SELECT DISTINCT agent_id FROM leads
                  WHERE workspace_id = $1 AND number = ANY($2) AND agent_id IS NOT NULL";
    let agents = sql::query(transaction, agents, &[&workspace, &numbers]).await?;
    erased.agents.extend(agents.iter().map(|row| AgentId(row.get(0))));
    for (table, column) in [
        ("deliveries", "number"),
        ("tracking", "number"),
        ("activity", "number"),
        ("arrivals", "number"),
        ("sales", "number"),
        ("webhook_messages", "number"),
        ("form_posts", "number"),
        ("submissions", "number"),
        ("identifiers", "number"),
        ("merges", "merged"),
        ("merges", "survivor"),
        ("lead_changes", "number"),
        ("reminders", "number"),
        ("leads", "number"),
    ] {
        let sql = format!("DELETE FROM {table} WHERE workspace_id = $1 AND {column} = ANY($2)");
        let gone = sql::execute(transaction, &sql, &[&workspace, &numbers]).await? as usize;
        match table {
            "deliveries" => erased.deliveries += gone,
            "webhook_messages" => erased.messages += gone,
            "submissions" => erased.submissions += gone,
            _ => {}
        }
    }
    for (table, column) in [("links", "click"), ("clicks", "id")] {
        let sql = format!("DELETE FROM {table} WHERE workspace_id = $1 AND {column} = ANY($2)");
        sql::execute(transaction, &sql, &[&workspace, &ids]).await?;
    }
    forget_index(transaction, prints, workspace, &numbers, &clicks).await?;
    let codes = codes(transaction, workspace, leads).await?;
    forget_samples(transaction, workspace, &codes, &clicks).await?;
    forget_sources(transaction, workspace, &clicks).await?;
    forget_names(transaction, workspace, leads, &codes).await?;
    let sql = "INSERT INTO erased (workspace_id, number, at) SELECT $1, n, $3 FROM unnest($2::bigint[]) AS n
               ON CONFLICT (workspace_id, number) DO NOTHING";
    sql::execute(transaction, sql, &[&workspace, &numbers, &now.0]).await?;
    // Answers that are kept for repeated requests may show a lead. Whoever repeats one is told to look for themselves.
    let sql = "UPDATE keyed_requests SET answer = NULL WHERE workspace_id = $1 AND answer IS NOT NULL";
    sql::execute(transaction, sql, &[&workspace]).await?;
    Ok(())
}

/// Their clicks: along the links of the fold, and those that no server has folded.
async fn clicks_of(
    transaction: &Transaction<'_>,
    workspace: i64,
    leads: &[LeadId],
    numbers: &[i64],
    now: UnixMs,
) -> Result<BTreeMap<i64, Click>> {
    let mut clicks = BTreeMap::new();
    for lead in leads {
        let found = clicks_back(transaction, *lead, i64::MAX, MOST_CLICKS).await?;
        let own = found.into_iter().filter(|click| click.lead == *lead);
        clicks.extend(own.map(|click| (click.id.0, click)));
    }
    let sql = format!(
        "SELECT {} FROM clicks c JOIN nodes n ON n.id = c.id & 1023
         WHERE c.workspace_id = $1 AND c.id > $3 AND c.id > n.watermark AND c.number = ANY($2)",
        click_columns("c")
    );
    let since = unfolded_since(now).0;
    for row in sql::query(transaction, &sql, &[&workspace, &numbers, &since]).await? {
        let click = read_click(&row, 0)?;
        clicks.insert(click.id.0, click);
    }
    Ok(clicks)
}

async fn forget_index(
    transaction: &Transaction<'_>,
    prints: &Fingerprints,
    workspace: i64,
    numbers: &[i64],
    clicks: &BTreeMap<i64, Click>,
) -> Result<()> {
    let of_click = |click: &Click| {
        let facts = &click.facts;
        let ua = prints.user_agent(&facts.ua);
        let print = prints.click_id(click.lead.workspace, &facts.touch, ua, &facts.lang);
        let of_touch = print.into_iter().flat_map(|print| [print.click_id, print.with_browser]);
        of_touch.chain(facts.press).collect::<Vec<_>>()
    };
    let of_clicks: Vec<i64> = clicks.values().flat_map(of_click).collect();
    let sql = "DELETE FROM click_ids WHERE workspace_id = $1 AND print = ANY($2) AND number = ANY($3)";
    sql::execute(transaction, sql, &[&workspace, &of_clicks, &numbers]).await?;
    // A click that has lost its user agent does not lead to all of its entries any more.
    if clicks.values().any(|click| click.facts.ua.is_empty()) {
        let sql = "DELETE FROM click_ids WHERE workspace_id = $1 AND number = ANY($2)";
        sql::execute(transaction, sql, &[&workspace, &numbers]).await?;
    }
    Ok(())
}

/// The leads' visitor codes.
async fn codes(transaction: &Transaction<'_>, workspace: i64, leads: &[LeadId]) -> Result<BTreeSet<String>> {
    let sql = "SELECT code_key FROM workspaces WHERE id = $1";
    let Some(row) = sql::query_opt(transaction, sql, &[&workspace]).await? else {
        return Ok(BTreeSet::new());
    };
    let key: Vec<u8> = row.get(0);
    let key: [u8; 16] = key
        .try_into()
        .map_err(|_| crate::StoreError::corrupt("workspaces.code_key", "it must have 16 bytes"))?;
    let key = CodeKey::new(key);
    Ok(leads.iter().map(|lead| key.code(lead.number).to_string()).collect())
}

/// Samples of requests that were not counted, and that can be of the same person.
async fn forget_samples(
    transaction: &Transaction<'_>,
    workspace: i64,
    codes: &BTreeSet<String>,
    clicks: &BTreeMap<i64, Click>,
) -> Result<()> {
    let mut signs = codes.clone();
    for click in clicks.values() {
        signs.extend(click.facts.ip.map(|ip| ip.to_string()));
        signs.extend(click.facts.touch.click_ids.iter().map(|id| id.value.clone()));
    }
    let signs: Vec<String> = signs.into_iter().collect();
    let sql = "DELETE FROM screening_samples
               WHERE workspace_id = $1 AND EXISTS (SELECT 1 FROM unnest($2::text[]) AS s WHERE strpos(request, s) > 0)";
    sql::execute(transaction, sql, &[&workspace, &signs]).await?;
    Ok(())
}

/// A source or campaign that nobody else came by on that day names the person. It is counted among the others then.
async fn forget_sources(transaction: &Transaction<'_>, workspace: i64, clicks: &BTreeMap<i64, Click>) -> Result<()> {
    let sql = "SELECT time_zone FROM workspaces WHERE id = $1";
    let zone = sql::query_opt(transaction, sql, &[&workspace]).await?;
    let zone = zone.and_then(|row| jiff::tz::TimeZone::get(row.get(0)).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    let mut came: BTreeMap<(&str, i32, i64, &str), i64> = BTreeMap::new();
    for click in clicks.values().filter(|click| !click.facts.dup) {
        let day = click.at.day_in(&zone).0;
        let utm = &click.facts.touch.utm;
        for (kind, name) in [(SourceKind::Source, &utm.source), (SourceKind::Campaign, &utm.campaign)] {
            let name = cut(name.as_deref());
            if !name.is_empty() {
                *came.entry((kind.as_str(), day, click.rotator.0, name)).or_default() += 1;
            }
        }
    }
    for ((kind, day, rotator, name), clicks) in came {
        let sql =
            "DELETE FROM sources WHERE workspace_id = $1 AND kind = $2 AND day = $3 AND rotator_id = $4 AND name = $5
                       AND clicks <= $6 RETURNING clicks, new";
        let gone = sql::query_opt(transaction, sql, &[&workspace, &kind, &day, &rotator, &name, &clicks]).await?;
        let Some(gone) = gone else { continue };
        let (clicks, new): (i64, i64) = (gone.get(0), gone.get(1));
        let sql = "INSERT INTO sources (workspace_id, kind, day, rotator_id, name, clicks, new)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT (workspace_id, kind, day, rotator_id, name)
                   DO UPDATE SET clicks = sources.clicks + excluded.clicks, new = sources.new + excluded.new";
        let values: sql::Values<'_> = &[&workspace, &kind, &day, &rotator, &OTHER, &clicks, &new];
        sql::execute(transaction, sql, values).await?;
    }
    Ok(())
}

/// The audit log keeps that somebody changed a lead, and no longer which.
async fn forget_names(
    transaction: &Transaction<'_>,
    workspace: i64,
    leads: &[LeadId],
    codes: &BTreeSet<String>,
) -> Result<()> {
    let ids: BTreeSet<String> = leads.iter().map(|lead| lead.packed().to_string()).collect();
    let sql = "SELECT id, object FROM audit WHERE workspace_id = $1 AND object LIKE '/leads/%'";
    let mut lines: Vec<i64> = Vec::new();
    for row in sql::query(transaction, sql, &[&workspace]).await? {
        let object: &str = row.get(1);
        let named = object
            .trim_start_matches("/leads/")
            .split('/')
            .next()
            .unwrap_or_default();
        let as_code = VisitorCode::read(named).map(|code| code.to_string());
        if ids.contains(named) || as_code.is_some_and(|code| codes.contains(&code)) {
            lines.push(row.get(0));
        }
    }
    let sql = "UPDATE audit SET object = '/leads/(erased)' WHERE workspace_id = $1 AND id = ANY($2)";
    sql::execute(transaction, sql, &[&workspace, &lines]).await?;
    Ok(())
}

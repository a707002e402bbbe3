//! Digests and reminders: the row is the claim.

use crate::{
    Result,
    model::{Digest, MailKind, NewDigest, NewReminder, Reminder, Untold},
    postgres::{
        Ids, sql,
        values::{lead, number, parse},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    digest::Frequency,
    ids::{AgentId, LeadId, WorkspaceId},
    reminder::Step,
    time::{Day, UnixMs},
};
use std::collections::HashSet;
use tokio_postgres::Row;

pub(super) async fn add_digest(transaction: &Transaction<'_>, new: &NewDigest) -> Result<Option<i64>> {
    let slot = new.slot;
    let sql = "INSERT INTO digests (workspace_id, frequency, first_day, last_day, at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (workspace_id, frequency, last_day) DO NOTHING RETURNING id";
    let frequency = new.frequency.as_str();
    let values: sql::Values<'_> = &[&new.workspace.0, &frequency, &slot.first.0, &slot.last.0, &slot.at.0];
    let claimed = sql::query_opt(transaction, sql, values).await?;
    let id = claimed.map(|row| row.get::<_, i64>(0));
    if let Some(id) = id.filter(|_| new.by_mail) {
        let sql = "INSERT INTO mails (workspace_id, user_id, kind, subject, at, due)
                   SELECT c.workspace_id, c.user_id, $2, $3, $4, $4 FROM mail_choices c
                   JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
                   WHERE c.workspace_id = $1 AND c.digest AND NOT c.digest_off AND m.joined AND m.role <> 'agent'
                   ORDER BY c.user_id ON CONFLICT DO NOTHING";
        let values: sql::Values<'_> = &[&new.workspace.0, &MailKind::Digest.as_str(), &id, &slot.at.0];
        sql::execute(transaction, sql, values).await?;
    }
    Ok(id)
}

const DIGEST: &str = "SELECT id, workspace_id, frequency, first_day, last_day, at FROM digests";

fn read_digest(row: &Row) -> Result<Digest> {
    Ok(Digest {
        id: row.get(0),
        workspace: WorkspaceId(row.get(1)),
        frequency: parse::<Frequency>("digests.frequency", row.get(2))?,
        first: Day(row.get(3)),
        last: Day(row.get(4)),
        at: UnixMs(row.get(5)),
    })
}

pub(in crate::postgres) async fn find_digest(client: &impl GenericClient, id: i64) -> Result<Option<Digest>> {
    let sql = format!("{DIGEST} WHERE id = $1");
    let found = sql::query_opt(client, &sql, &[&id]).await?;
    found.as_ref().map(read_digest).transpose()
}

const REMINDER: &str = "SELECT workspace_id, id, number, step, at, waiting_since, agent_id, to_agent_id FROM reminders";

fn read_reminder(row: &Row) -> Result<Reminder> {
    Ok(Reminder {
        id: row.get(1),
        lead: lead(row.get(0), row.get(2)),
        step: parse("reminders.step", row.get(3))?,
        at: UnixMs(row.get(4)),
        since: UnixMs(row.get(5)),
        agent: row.get::<_, Option<i64>>(6).map(AgentId),
        to: row.get::<_, Option<i64>>(7).map(AgentId),
    })
}

pub(in crate::postgres) async fn find_reminder(
    client: &impl GenericClient,
    of: LeadId,
    id: i64,
) -> Result<Option<Reminder>> {
    let sql = format!("{REMINDER} WHERE workspace_id = $1 AND number = $2 AND id = $3");
    let found = sql::query_opt(client, &sql, &[&of.workspace.0, &number(of), &id]).await?;
    found.as_ref().map(read_reminder).transpose()
}

pub(super) async fn remind(
    transaction: &Transaction<'_>,
    ids: Ids<'_>,
    new: &[NewReminder],
    now: UnixMs,
) -> Result<Vec<Reminder>> {
    let mut claimed = Vec::new();
    // In one order at all servers, so that none waits for one that waits for it.
    let mut new = new.to_vec();
    new.sort_by_key(|reminder| reminder.lead);
    for reminder in new {
        let made = Reminder {
            id: ids(now),
            lead: reminder.lead,
            step: Step::Remind,
            at: now,
            since: reminder.since,
            agent: Some(reminder.agent),
            to: None,
        };
        if !add(transaction, &made).await? {
            continue;
        }
        if reminder.by_mail {
            add_mails(transaction, reminder.lead.workspace, reminder.agent, now).await?;
        }
        claimed.push(made);
    }
    Ok(claimed)
}

/// `false` if that step was taken already.
async fn add(client: &impl GenericClient, reminder: &Reminder) -> Result<bool> {
    let sql = "INSERT INTO reminders (workspace_id, id, number, step, at, waiting_since, agent_id, to_agent_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace_id, number, step) DO NOTHING";
    let values: sql::Values<'_> = &[
        &reminder.lead.workspace.0,
        &reminder.id,
        &number(reminder.lead),
        &reminder.step.as_str(),
        &reminder.at.0,
        &reminder.since.0,
        &reminder.agent.map(|agent| agent.0),
        &reminder.to.map(|agent| agent.0),
    ];
    Ok(sql::execute(client, sql, values).await? > 0)
}

/// Those of a workspace's leads that were handed over already.
pub(super) async fn are_handed_over(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    numbers: &[i64],
) -> Result<HashSet<LeadId>> {
    let sql = "SELECT number FROM reminders WHERE workspace_id = $1 AND number = ANY($2) AND step = 'hand_over'";
    let rows = sql::query(client, sql, &[&workspace.0, &numbers]).await?;
    Ok(rows.iter().map(|row| lead(workspace.0, row.get(0))).collect())
}

/// Notes that a lead was handed over, with an e-mail to who has it now.
pub(super) async fn note_hand_over(client: &impl GenericClient, reminder: &Reminder, by_mail: bool) -> Result<()> {
    add(client, reminder).await?;
    match reminder.to.filter(|_| by_mail) {
        Some(to) => add_mails(client, reminder.lead.workspace, to, reminder.at).await,
        None => Ok(()),
    }
}

/// An e-mail to whoever is this agent, one for all that happened at this moment.
async fn add_mails(client: &impl GenericClient, workspace: WorkspaceId, agent: AgentId, at: UnixMs) -> Result<()> {
    let sql = "INSERT INTO mails (workspace_id, user_id, kind, subject, at, due)
               SELECT m.workspace_id, m.user_id, $3, $2, $4, $4 FROM memberships m
               LEFT JOIN mail_choices c ON c.workspace_id = m.workspace_id AND c.user_id = m.user_id
               WHERE m.workspace_id = $1 AND m.agent_id = $2 AND m.joined AND NOT coalesce(c.reminders_off, false)
               ORDER BY m.user_id ON CONFLICT DO NOTHING";
    let values: sql::Values<'_> = &[&workspace.0, &agent.0, &MailKind::Reminder.as_str(), &at.0];
    sql::execute(client, sql, values).await?;
    Ok(())
}

/// See [`crate::Notices::reminders_of`].
pub(super) async fn reminders_of(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    agent: AgentId,
    at: UnixMs,
) -> Result<Vec<Reminder>> {
    let sql = format!(
        "{REMINDER} WHERE workspace_id = $1 AND at = $3
         AND (step = 'remind' AND agent_id = $2 OR step = 'hand_over' AND to_agent_id = $2) ORDER BY id"
    );
    let rows = sql::query(client, &sql, &[&workspace.0, &agent.0, &at.0]).await?;
    rows.iter().map(read_reminder).collect()
}

pub(super) async fn untold(client: &impl GenericClient, limit: usize) -> Result<Untold> {
    let untold = |of: &str| format!("{of} WHERE NOT told ORDER BY id LIMIT $1");
    let digests = sql::query(client, &untold(DIGEST), &[&(limit as i64)]).await?;
    let reminders = sql::query(client, &untold(REMINDER), &[&(limit as i64)]).await?;
    Ok(Untold {
        digests: digests.iter().map(read_digest).collect::<Result<_>>()?,
        reminders: reminders.iter().map(read_reminder).collect::<Result<_>>()?,
    })
}

pub(super) async fn set_told(transaction: &Transaction<'_>, told: &Untold) -> Result<()> {
    let digests: Vec<i64> = told.digests.iter().map(|digest| digest.id).collect();
    let sql = "UPDATE digests SET told = true WHERE id = ANY($1)";
    sql::execute(transaction, sql, &[&digests]).await?;
    for reminder in &told.reminders {
        let sql = "UPDATE reminders SET told = true WHERE workspace_id = $1 AND number = $2 AND id = $3";
        let of = reminder.lead;
        sql::execute(transaction, sql, &[&of.workspace.0, &number(of), &reminder.id]).await?;
    }
    Ok(())
}

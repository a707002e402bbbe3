//! Digests and reminders: the row is the claim.

use crate::{
    Result,
    model::{Digest, MailKind, NewDigest, NewReminder, Reminder, Untold},
    sqlite::{transaction::on_ground, values::parse},
};
use konektor_core::{
    ids::{AgentId, LeadId, WorkspaceId},
    reminder::Step,
    time::{Day, UnixMs},
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

pub(super) fn add_digest(connection: &mut Connection, new: &NewDigest) -> Result<Option<i64>> {
    let transaction = on_ground(connection)?;
    let slot = new.slot;
    let id: Option<i64> = transaction
        .prepare_cached(
            "INSERT INTO main.digests (workspace_id, frequency, first_day, last_day, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING RETURNING id",
        )?
        .query_row(
            params![
                new.workspace.0,
                new.frequency.as_str(),
                slot.first.0,
                slot.last.0,
                slot.at.0
            ],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = id.filter(|_| new.by_mail) {
        transaction
            .prepare_cached(
                "INSERT INTO main.mails (workspace_id, user_id, kind, subject, at, due)
                 SELECT c.workspace_id, c.user_id, ?2, ?3, ?4, ?4 FROM main.mail_choices c
                 JOIN main.memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
                 WHERE c.workspace_id = ?1 AND c.digest AND NOT c.digest_off AND m.joined AND m.role <> 'agent'
                 ORDER BY c.user_id ON CONFLICT DO NOTHING",
            )?
            .execute(params![new.workspace.0, MailKind::Digest.as_str(), id, slot.at.0])?;
    }
    transaction.commit()?;
    Ok(id)
}

const DIGEST: &str = "SELECT id, workspace_id, frequency, first_day, last_day, at FROM main.digests";

fn read_digest(row: &Row<'_>) -> Result<Digest> {
    Ok(Digest {
        id: row.get(0)?,
        workspace: WorkspaceId(row.get(1)?),
        frequency: parse("digests.frequency", row.get_ref(2)?)?,
        first: Day(row.get(3)?),
        last: Day(row.get(4)?),
        at: UnixMs(row.get(5)?),
    })
}

pub(in crate::sqlite) fn find_digest(connection: &Connection, id: i64) -> Result<Option<Digest>> {
    let mut stored = connection.prepare_cached(&format!("{DIGEST} WHERE id = ?1"))?;
    let mut rows = stored.query([id])?;
    rows.next()?.map(read_digest).transpose()
}

const REMINDER: &str = "SELECT id, lead_id, step, at, waiting_since, agent_id, to_agent_id FROM main.reminders";

fn read_reminder(row: &Row<'_>) -> Result<Reminder> {
    Ok(Reminder {
        id: row.get(0)?,
        lead: LeadId::from_packed(row.get(1)?),
        step: parse("reminders.step", row.get_ref(2)?)?,
        at: UnixMs(row.get(3)?),
        since: UnixMs(row.get(4)?),
        agent: row.get::<_, Option<i64>>(5)?.map(AgentId),
        to: row.get::<_, Option<i64>>(6)?.map(AgentId),
    })
}

pub(in crate::sqlite) fn find_reminder(connection: &Connection, id: i64) -> Result<Option<Reminder>> {
    let mut stored = connection.prepare_cached(&format!("{REMINDER} WHERE id = ?1"))?;
    let mut rows = stored.query([id])?;
    rows.next()?.map(read_reminder).transpose()
}

pub(super) fn remind(connection: &mut Connection, new: &[NewReminder], now: UnixMs) -> Result<Vec<Reminder>> {
    let transaction = on_ground(connection)?;
    let mut claimed = Vec::new();
    for reminder in new {
        let id: Option<i64> = transaction
            .prepare_cached(
                "INSERT INTO main.reminders (lead_id, step, at, waiting_since, agent_id) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(
                params![
                    reminder.lead.packed(),
                    Step::Remind.as_str(),
                    now.0,
                    reminder.since.0,
                    reminder.agent.0
                ],
                |row| row.get(0),
            )
            .optional()?;
        let Some(id) = id else { continue };
        if reminder.by_mail {
            add_mails(&transaction, reminder.lead.workspace, reminder.agent, now)?;
        }
        claimed.push(Reminder {
            id,
            lead: reminder.lead,
            step: Step::Remind,
            at: now,
            since: reminder.since,
            agent: Some(reminder.agent),
            to: None,
        });
    }
    transaction.commit()?;
    Ok(claimed)
}

/// Whether a lead was handed over already.
pub(super) fn is_handed_over(connection: &Connection, lead: LeadId) -> Result<bool> {
    let mut stored = connection.prepare_cached("SELECT 1 FROM main.reminders WHERE lead_id = ?1 AND step = ?2")?;
    Ok(stored.exists(params![lead.packed(), Step::HandOver.as_str()])?)
}

/// Notes that a lead was handed over, with an e-mail to who has it now; the reminder's id.
pub(super) fn note_hand_over(transaction: &Transaction<'_>, reminder: &Reminder, by_mail: bool) -> Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO main.reminders (lead_id, step, at, waiting_since, agent_id, to_agent_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            reminder.lead.packed(),
            reminder.step.as_str(),
            reminder.at.0,
            reminder.since.0,
            reminder.agent.map(|agent| agent.0),
            reminder.to.map(|agent| agent.0)
        ])?;
    let id = transaction.last_insert_rowid();
    if let Some(to) = reminder.to.filter(|_| by_mail) {
        add_mails(transaction, reminder.lead.workspace, to, reminder.at)?;
    }
    Ok(id)
}

/// An e-mail to whoever is this agent, one for all that happened at this moment.
fn add_mails(transaction: &Transaction<'_>, workspace: WorkspaceId, agent: AgentId, at: UnixMs) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO main.mails (workspace_id, user_id, kind, subject, at, due)
             SELECT m.workspace_id, m.user_id, ?3, ?2, ?4, ?4 FROM main.memberships m
             LEFT JOIN main.mail_choices c ON c.workspace_id = m.workspace_id AND c.user_id = m.user_id
             WHERE m.workspace_id = ?1 AND m.agent_id = ?2 AND m.joined AND NOT coalesce(c.reminders_off, 0)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![workspace.0, agent.0, MailKind::Reminder.as_str(), at.0])?;
    Ok(())
}

/// See [`crate::Notices::reminders_of`].
pub(super) fn reminders_of(
    connection: &Connection,
    workspace: WorkspaceId,
    agent: AgentId,
    at: UnixMs,
) -> Result<Vec<Reminder>> {
    let sql = format!(
        "{REMINDER} WHERE at = ?3 AND lead_id >> 35 = ?1
         AND (step = 'remind' AND agent_id = ?2 OR step = 'hand_over' AND to_agent_id = ?2) ORDER BY id"
    );
    read_all(connection, &sql, [workspace.0, agent.0, at.0], read_reminder)
}

pub(super) fn untold(connection: &Connection, limit: usize) -> Result<Untold> {
    let untold = |of: &str| format!("{of} WHERE NOT told ORDER BY id LIMIT ?1");
    Ok(Untold {
        digests: read_all(connection, &untold(DIGEST), [limit as i64], read_digest)?,
        reminders: read_all(connection, &untold(REMINDER), [limit as i64], read_reminder)?,
    })
}

pub(super) fn set_told(connection: &mut Connection, told: &Untold) -> Result<()> {
    let transaction = on_ground(connection)?;
    for digest in &told.digests {
        transaction
            .prepare_cached("UPDATE main.digests SET told = 1 WHERE id = ?1")?
            .execute([digest.id])?;
    }
    for reminder in &told.reminders {
        transaction
            .prepare_cached("UPDATE main.reminders SET told = 1 WHERE id = ?1")?
            .execute([reminder.id])?;
    }
    Ok(transaction.commit()?)
}

fn read_all<T>(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut stored = connection.prepare_cached(sql)?;
    let (mut rows, mut all) = (stored.query(values)?, Vec::new());
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

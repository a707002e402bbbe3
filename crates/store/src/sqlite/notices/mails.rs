//! E-mails on their way.

use crate::{
    Result,
    model::{ClaimedMail, Mail, MailKind, MailState, NextMail, User},
    sqlite::{transaction::on_ground, values::read_word},
};
use konektor_core::{
    ids::{UserId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, params};

/// Whether anything is due: so that nothing is written, and synced, where nothing is.
pub(super) fn is_due(connection: &Connection, now: UnixMs) -> Result<bool> {
    let mut due = connection.prepare_cached("SELECT 1 FROM main.mails WHERE state = 'pending' AND due <= ?1")?;
    Ok(due.exists([now.0])?)
}

pub(super) fn claim(connection: &mut Connection, now: UnixMs, lease: UnixMs, limit: usize) -> Result<Vec<ClaimedMail>> {
    let transaction = on_ground(connection)?;
    let mut due = transaction.prepare_cached(
        "SELECT l.id, l.workspace_id, u.id, u.email, u.language, l.kind, l.subject, l.at, l.tries,
                m.user_id IS NOT NULL AND m.joined AND CASE l.kind
                    WHEN 'digest' THEN m.role <> 'agent' AND coalesce(c.digest, 0) AND NOT coalesce(c.digest_off, 0)
                    ELSE m.agent_id = l.subject AND NOT coalesce(c.reminders_off, 0) END
         FROM main.mails l JOIN main.users u ON u.id = l.user_id
         LEFT JOIN main.memberships m ON m.workspace_id = l.workspace_id AND m.user_id = l.user_id
         LEFT JOIN main.mail_choices c ON c.workspace_id = l.workspace_id AND c.user_id = l.user_id
         WHERE l.state = 'pending' AND l.due <= ?1 ORDER BY l.due, l.id LIMIT ?2",
    )?;
    let mut claimed = Vec::new();
    let mut rows = due.query(params![now.0, limit as i64])?;
    while let Some(row) = rows.next()? {
        let mail = ClaimedMail {
            id: row.get(0)?,
            workspace: WorkspaceId(row.get(1)?),
            user: User {
                id: UserId(row.get(2)?),
                email: row.get(3)?,
                language: row.get(4)?,
            },
            kind: read_kind(&row.get::<_, String>(5)?)?,
            subject: row.get(6)?,
            at: UnixMs(row.get(7)?),
            tries: row.get(8)?,
        };
        match row.get::<_, Option<bool>>(9)?.unwrap_or_default() {
            true => claimed.push(mail),
            false => settle(&transaction, mail.id, &NextMail::Dropped, now)?,
        }
    }
    drop(rows);
    drop(due);
    for mail in &claimed {
        transaction
            .prepare_cached("UPDATE main.mails SET due = ?2 WHERE id = ?1")?
            .execute([mail.id, lease.0])?;
    }
    transaction.commit()?;
    Ok(claimed)
}

fn read_kind(text: &str) -> Result<MailKind> {
    read_word("mails.kind", MailKind::ALL, MailKind::as_str, text)
}

pub(super) fn settle(connection: &Connection, id: i64, next: &NextMail, now: UnixMs) -> Result<()> {
    let (state, due, reason) = match next {
        NextMail::Sent => (MailState::Sent, None, None),
        NextMail::Dropped => (MailState::Dropped, None, None),
        NextMail::Failed { reason } => (MailState::Failed, None, Some(reason)),
        NextMail::Again { due, reason } => (MailState::Pending, Some(due.0), Some(reason)),
    };
    let failed = matches!(next, NextMail::Failed { .. } | NextMail::Again { .. });
    connection
        .prepare_cached(
            "UPDATE main.mails SET state = ?2, due = coalesce(?3, due), reason = ?4, tries = tries + ?5, settled_at = ?6
             WHERE id = ?1 AND (state = 'pending' OR ?2 = 'sent')",
        )?
        .execute(params![
            id,
            state.as_str(),
            due,
            reason,
            failed,
            (state != MailState::Pending).then_some(now.0)
        ])?;
    Ok(())
}

pub(super) fn list(connection: &Connection, workspace: WorkspaceId, limit: usize) -> Result<Vec<Mail>> {
    let mut stored = connection.prepare_cached(
        "SELECT l.id, l.kind, u.email, l.at, l.state, l.tries, l.reason FROM main.mails l
         JOIN main.users u ON u.id = l.user_id WHERE l.workspace_id = ?1 ORDER BY l.id DESC LIMIT ?2",
    )?;
    let (mut rows, mut mails) = (stored.query([workspace.0, limit as i64])?, Vec::new());
    while let Some(row) = rows.next()? {
        let state: String = row.get(4)?;
        mails.push(Mail {
            id: row.get(0)?,
            kind: read_kind(&row.get::<_, String>(1)?)?,
            email: row.get(2)?,
            at: UnixMs(row.get(3)?),
            state: read_word("mails.state", MailState::ALL, MailState::as_str, &state)?,
            tries: row.get(5)?,
            reason: row.get(6)?,
        });
    }
    Ok(mails)
}

pub(super) fn forget(connection: &mut Connection, before: UnixMs) -> Result<u64> {
    let transaction = on_ground(connection)?;
    let mut forgotten = 0;
    for sql in [
        "DELETE FROM main.mails WHERE settled_at < ?1",
        "DELETE FROM main.digests WHERE at < ?1 AND told
         AND NOT EXISTS (SELECT 1 FROM main.mails m WHERE m.workspace_id = digests.workspace_id AND m.kind = 'digest'
                         AND m.subject = digests.id)",
        "DELETE FROM main.reminders WHERE at < ?1 AND told",
    ] {
        forgotten += transaction.prepare_cached(sql)?.execute([before.0])? as u64;
    }
    transaction.commit()?;
    Ok(forgotten)
}

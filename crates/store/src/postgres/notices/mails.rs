//! E-mails on their way.

use crate::{
    Result,
    model::{ClaimedMail, Mail, MailKind, MailState, NextMail, User},
    postgres::{
        sql,
        values::{read_word, without_nul},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{UserId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

pub(super) async fn claim(
    transaction: &Transaction<'_>,
    now: UnixMs,
    lease: UnixMs,
    limit: usize,
) -> Result<Vec<ClaimedMail>> {
    let sql = "SELECT l.id, l.workspace_id, u.id, u.email, u.language, l.kind, l.subject, l.at, l.tries,
                      m.user_id IS NOT NULL AND m.joined AND CASE l.kind
                          WHEN 'digest' THEN m.role <> 'agent' AND coalesce(c.digest, false)
                               AND NOT coalesce(c.digest_off, false)
                          ELSE coalesce(m.agent_id = l.subject, false) AND NOT coalesce(c.reminders_off, false) END
               FROM mails l JOIN users u ON u.id = l.user_id
               LEFT JOIN memberships m ON m.workspace_id = l.workspace_id AND m.user_id = l.user_id
               LEFT JOIN mail_choices c ON c.workspace_id = l.workspace_id AND c.user_id = l.user_id
               WHERE l.state = 'pending' AND l.due <= $1 ORDER BY l.due, l.id LIMIT $2
               FOR NO KEY UPDATE OF l SKIP LOCKED";
    let mut claimed = Vec::new();
    for row in sql::query(transaction, sql, &[&now.0, &(limit as i64)]).await? {
        let mail = ClaimedMail {
            id: row.get(0),
            workspace: WorkspaceId(row.get(1)),
            user: User {
                id: UserId(row.get(2)),
                email: row.get(3),
                language: row.get(4),
            },
            kind: read_kind(row.get(5))?,
            subject: row.get(6),
            at: UnixMs(row.get(7)),
            tries: row.get::<_, i64>(8) as u32,
        };
        match row.get::<_, Option<bool>>(9).unwrap_or_default() {
            true => claimed.push(mail),
            false => settle(transaction, mail.id, &NextMail::Dropped, now).await?,
        }
    }
    let taken: Vec<i64> = claimed.iter().map(|mail| mail.id).collect();
    let sql = "UPDATE mails SET due = $2 WHERE id = ANY($1)";
    sql::execute(transaction, sql, &[&taken, &lease.0]).await?;
    Ok(claimed)
}

fn read_kind(text: &str) -> Result<MailKind> {
    read_word("mails.kind", MailKind::ALL, MailKind::as_str, text)
}

pub(super) async fn settle(client: &impl GenericClient, id: i64, next: &NextMail, now: UnixMs) -> Result<()> {
    let (state, due, reason) = match next {
        NextMail::Sent => (MailState::Sent, None, None),
        NextMail::Dropped => (MailState::Dropped, None, None),
        NextMail::Failed { reason } => (MailState::Failed, None, Some(reason)),
        NextMail::Again { due, reason } => (MailState::Pending, Some(due.0), Some(reason)),
    };
    let failed = i64::from(matches!(next, NextMail::Failed { .. } | NextMail::Again { .. }));
    let sql = "UPDATE mails SET state = $2, due = coalesce($3, due), reason = $4, tries = tries + $5, settled_at = $6
               WHERE id = $1 AND (state = 'pending' OR $2 = 'sent')";
    let values: sql::Values<'_> = &[
        &id,
        &state.as_str(),
        &due,
        &reason.map(|reason| without_nul(reason)),
        &failed,
        &(state != MailState::Pending).then_some(now.0),
    ];
    sql::execute(client, sql, values).await?;
    Ok(())
}

pub(super) async fn list(client: &impl GenericClient, workspace: WorkspaceId, limit: usize) -> Result<Vec<Mail>> {
    let sql = "SELECT l.id, l.kind, u.email, l.at, l.state, l.tries, l.reason FROM mails l
               JOIN users u ON u.id = l.user_id WHERE l.workspace_id = $1 ORDER BY l.id DESC LIMIT $2";
    let read = |row: &Row| {
        Ok(Mail {
            id: row.get(0),
            kind: read_kind(row.get(1))?,
            email: row.get(2),
            at: UnixMs(row.get(3)),
            state: read_word("mails.state", MailState::ALL, MailState::as_str, row.get(4))?,
            tries: row.get::<_, i64>(5) as u32,
            reason: row.get(6),
        })
    };
    let rows = sql::query(client, sql, &[&workspace.0, &(limit as i64)]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn forget(transaction: &Transaction<'_>, before: UnixMs) -> Result<u64> {
    let mut forgotten = 0;
    for sql in [
        "DELETE FROM mails WHERE settled_at < $1",
        "DELETE FROM digests d WHERE d.at < $1 AND d.told
         AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.workspace_id = d.workspace_id AND m.kind = 'digest'
                         AND m.subject = d.id)",
        "DELETE FROM reminders WHERE at < $1 AND told",
    ] {
        forgotten += sql::execute(transaction, sql, &[&before.0]).await?;
    }
    Ok(forgotten)
}

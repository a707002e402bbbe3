//! What a workspace is told without asking: what it wants here, digests and reminders in [`claims`], e-mails in [`mails`].

mod claims;
mod hand_over;
mod mails;
mod store;
mod untouched;

pub(super) use claims::{find_digest, find_reminder};

use super::{transaction::on_ground, values::parse};
use crate::{
    Result,
    model::{MailChoice, MailKind, NoticeSettings},
};
use konektor_core::{
    digest::Plan as DigestPlan,
    ids::{UserId, WorkspaceId},
    reminder::Plan as ReminderPlan,
    time::UnixMs,
};
use rusqlite::{Connection, Row, params};

fn read(row: &Row<'_>) -> Result<(WorkspaceId, NoticeSettings)> {
    let settings = NoticeSettings {
        digest: DigestPlan {
            frequency: parse("notices.digest", row.get_ref("digest")?)?,
            hour: row.get("hour")?,
            weekday: parse("notices.weekday", row.get_ref("weekday")?)?,
        },
        digest_since: UnixMs(row.get("digest_since")?),
        reminder: ReminderPlan {
            remind_minutes: row.get("remind_minutes")?,
            hand_over_minutes: row.get("hand_over_minutes")?,
            by_mail: row.get("remind_by_mail")?,
        },
        remind_since: UnixMs(row.get("remind_since")?),
    };
    Ok((WorkspaceId(row.get("workspace_id")?), settings))
}

fn settings(connection: &Connection, workspace: WorkspaceId) -> Result<Option<NoticeSettings>> {
    let mut stored = connection.prepare_cached("SELECT * FROM main.notices WHERE workspace_id = ?1")?;
    let mut rows = stored.query([workspace.0])?;
    rows.next()?
        .map(|row| read(row).map(|(_, settings)| settings))
        .transpose()
}

fn all_settings(connection: &Connection) -> Result<Vec<(WorkspaceId, NoticeSettings)>> {
    let mut stored = connection.prepare_cached(
        "SELECT * FROM main.notices
         WHERE digest <> 'off' OR remind_minutes IS NOT NULL OR hand_over_minutes IS NOT NULL ORDER BY workspace_id",
    )?;
    let (mut rows, mut all) = (stored.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

fn set(connection: &Connection, workspace: WorkspaceId, settings: &NoticeSettings) -> Result<()> {
    let NoticeSettings {
        digest,
        digest_since,
        reminder,
        remind_since,
    } = settings;
    connection
        .prepare_cached("INSERT OR REPLACE INTO main.notices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            workspace.0,
            digest.frequency.as_str(),
            digest.hour,
            digest.weekday.as_str(),
            digest_since.0,
            reminder.remind_minutes,
            reminder.hand_over_minutes,
            reminder.by_mail,
            remind_since.0
        ])?;
    Ok(())
}

fn choices(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<MailChoice>> {
    let mut stored = connection.prepare_cached(
        "SELECT c.user_id, c.digest, c.digest_off, c.reminders_off FROM main.mail_choices c
         JOIN main.memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
         WHERE c.workspace_id = ?1 ORDER BY c.user_id",
    )?;
    let choices = stored.query_map([workspace.0], |row| {
        Ok(MailChoice {
            user: UserId(row.get(0)?),
            digest: row.get(1)?,
            digest_off: row.get(2)?,
            reminders_off: row.get(3)?,
        })
    })?;
    Ok(choices.collect::<rusqlite::Result<_>>()?)
}

fn set_recipients(connection: &mut Connection, workspace: WorkspaceId, users: &[UserId]) -> Result<()> {
    let transaction = on_ground(connection)?;
    transaction
        .prepare_cached("UPDATE main.mail_choices SET digest = 0 WHERE workspace_id = ?1")?
        .execute([workspace.0])?;
    for user in users {
        transaction
            .prepare_cached(
                "INSERT INTO main.mail_choices (workspace_id, user_id, digest)
                 SELECT workspace_id, user_id, 1 FROM main.memberships WHERE workspace_id = ?1 AND user_id = ?2
                 ON CONFLICT DO UPDATE SET digest = 1",
            )?
            .execute([workspace.0, user.0])?;
    }
    Ok(transaction.commit()?)
}

fn set_off(connection: &Connection, workspace: WorkspaceId, user: UserId, kind: MailKind, off: bool) -> Result<bool> {
    let column = off_column(kind);
    let sql = format!(
        "INSERT INTO main.mail_choices (workspace_id, user_id, {column})
         SELECT workspace_id, user_id, ?3 FROM main.memberships WHERE workspace_id = ?1 AND user_id = ?2
         ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
    );
    let set = connection
        .prepare_cached(&sql)?
        .execute(params![workspace.0, user.0, off])?;
    Ok(set > 0)
}

fn off_column(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Digest => "digest_off",
        MailKind::Reminder => "reminders_off",
    }
}

//! What a workspace is told without asking: what it wants here, digests and reminders in [`claims`], e-mails in [`mails`].

mod claims;
mod hand_over;
mod mails;
mod store;
mod untouched;

pub(super) use claims::{find_digest, find_reminder};

use super::{
    sql,
    values::{parse, read_word},
};
use crate::{
    Result,
    model::{MailChoice, MailKind, NoticeSettings},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    digest::{Frequency, Plan as DigestPlan},
    ids::{UserId, WorkspaceId},
    reminder::Plan as ReminderPlan,
    time::UnixMs,
};
use tokio_postgres::Row;

const COLUMNS: &str =
    "workspace_id, digest, hour, weekday, digest_since, remind_minutes, hand_over_minutes, remind_by_mail,
    remind_since";

fn read(row: &Row) -> Result<(WorkspaceId, NoticeSettings)> {
    let minutes = |column| row.get::<_, Option<i64>>(column).map(|minutes| minutes as u32);
    let settings = NoticeSettings {
        digest: DigestPlan {
            frequency: read_word("notices.digest", Frequency::ALL, Frequency::as_str, row.get(1))?,
            hour: row.get::<_, i64>(2) as u8,
            weekday: parse("notices.weekday", row.get(3))?,
        },
        digest_since: UnixMs(row.get(4)),
        reminder: ReminderPlan {
            remind_minutes: minutes(5),
            hand_over_minutes: minutes(6),
            by_mail: row.get(7),
        },
        remind_since: UnixMs(row.get(8)),
    };
    Ok((WorkspaceId(row.get(0)), settings))
}

async fn settings(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Option<NoticeSettings>> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE workspace_id = $1");
    let found = sql::query_opt(client, &sql, &[&workspace.0]).await?;
    found.map(|row| read(&row).map(|(_, settings)| settings)).transpose()
}

async fn all_settings(client: &impl GenericClient) -> Result<Vec<(WorkspaceId, NoticeSettings)>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM notices
         WHERE digest <> 'off' OR remind_minutes IS NOT NULL OR hand_over_minutes IS NOT NULL ORDER BY workspace_id"
    );
    sql::query(client, &sql, &[]).await?.iter().map(read).collect()
}

async fn set(client: &impl GenericClient, workspace: WorkspaceId, settings: &NoticeSettings) -> Result<()> {
    let sql = format!(
        "INSERT INTO notices ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (workspace_id) DO UPDATE
         SET digest = excluded.digest, hour = excluded.hour, weekday = excluded.weekday,
             digest_since = excluded.digest_since, remind_minutes = excluded.remind_minutes,
             hand_over_minutes = excluded.hand_over_minutes, remind_by_mail = excluded.remind_by_mail,
             remind_since = excluded.remind_since"
    );
    let NoticeSettings {
        digest,
        digest_since,
        reminder,
        remind_since,
    } = settings;
    let values: sql::Values<'_> = &[
        &workspace.0,
        &digest.frequency.as_str(),
        &i64::from(digest.hour),
        &digest.weekday.as_str(),
        &digest_since.0,
        &reminder.remind_minutes.map(i64::from),
        &reminder.hand_over_minutes.map(i64::from),
        &reminder.by_mail,
        &remind_since.0,
    ];
    sql::execute(client, &sql, values).await?;
    Ok(())
}

async fn choices(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<MailChoice>> {
    let sql = "SELECT c.user_id, c.digest, c.digest_off, c.reminders_off FROM mail_choices c
               JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
               WHERE c.workspace_id = $1 ORDER BY c.user_id";
    let read = |row: &Row| MailChoice {
        user: UserId(row.get(0)),
        digest: row.get(1),
        digest_off: row.get(2),
        reminders_off: row.get(3),
    };
    Ok(sql::query(client, sql, &[&workspace.0])
        .await?
        .iter()
        .map(read)
        .collect())
}

async fn set_recipients(transaction: &Transaction<'_>, workspace: WorkspaceId, users: &[UserId]) -> Result<()> {
    let sql = "UPDATE mail_choices SET digest = false WHERE workspace_id = $1";
    sql::execute(transaction, sql, &[&workspace.0]).await?;
    let users: Vec<i64> = users.iter().map(|user| user.0).collect();
    let sql = "INSERT INTO mail_choices (workspace_id, user_id, digest)
               SELECT workspace_id, user_id, true FROM memberships WHERE workspace_id = $1 AND user_id = ANY($2)
               ORDER BY user_id ON CONFLICT (workspace_id, user_id) DO UPDATE SET digest = true";
    sql::execute(transaction, sql, &[&workspace.0, &users]).await?;
    Ok(())
}

async fn set_off(
    client: &impl GenericClient,
    workspace: WorkspaceId,
    user: UserId,
    kind: MailKind,
    off: bool,
) -> Result<bool> {
    let column = match kind {
        MailKind::Digest => "digest_off",
        MailKind::Reminder => "reminders_off",
    };
    let sql = format!(
        "INSERT INTO mail_choices (workspace_id, user_id, {column})
         SELECT workspace_id, user_id, $3 FROM memberships WHERE workspace_id = $1 AND user_id = $2
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET {column} = excluded.{column}"
    );
    Ok(sql::execute(client, &sql, &[&workspace.0, &user.0, &off]).await? > 0)
}

//! The trait, each function handed to the thread and the file that it is for.

use super::{claims, hand_over, mails, untouched};
use crate::{Notices, Result, model::*, sqlite::SqliteStore};
use konektor_core::{
    decide::Memory,
    ids::{AgentId, UserId, WorkspaceId},
    reminder::Untouched,
    routing::Routing,
    time::UnixMs,
};
use std::sync::Arc;

impl Notices for SqliteStore {
    async fn notice_settings(&self, workspace: WorkspaceId) -> Result<Option<NoticeSettings>> {
        self.readers.run(move |c| super::settings(c, workspace)).await
    }

    async fn all_notice_settings(&self) -> Result<Vec<(WorkspaceId, NoticeSettings)>> {
        self.readers.run(super::all_settings).await
    }

    async fn set_notice_settings(&self, workspace: WorkspaceId, settings: NoticeSettings) -> Result<()> {
        self.writer.run(move |c| super::set(c, workspace, &settings)).await
    }

    async fn mail_choices(&self, workspace: WorkspaceId) -> Result<Vec<MailChoice>> {
        self.readers.run(move |c| super::choices(c, workspace)).await
    }

    async fn set_digest_recipients(&self, workspace: WorkspaceId, users: Vec<UserId>) -> Result<()> {
        self.writer
            .run(move |c| super::set_recipients(c, workspace, &users))
            .await
    }

    async fn set_mail_off(&self, workspace: WorkspaceId, user: UserId, kind: MailKind, off: bool) -> Result<bool> {
        self.writer
            .run(move |c| super::set_off(c, workspace, user, kind, off))
            .await
    }

    async fn add_digest(&self, new: NewDigest) -> Result<Option<i64>> {
        self.writer.run(move |c| claims::add_digest(c, &new)).await
    }

    async fn find_digest(&self, id: i64) -> Result<Option<Digest>> {
        self.readers.run(move |c| claims::find_digest(c, id)).await
    }

    async fn untouched(&self, workspace: WorkspaceId, from: UnixMs) -> Result<Vec<Untouched>> {
        self.readers
            .run(move |c| untouched::untouched(c, workspace, from))
            .await
    }

    async fn remind(&self, new: Vec<NewReminder>, now: UnixMs) -> Result<Vec<Reminder>> {
        self.writer.run(move |c| claims::remind(c, &new, now)).await
    }

    async fn hand_over(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        leads: Vec<NewHandOver>,
        now: UnixMs,
    ) -> Result<(Box<Memory>, Vec<Reminder>)> {
        self.writer
            .run(move |c| hand_over::hand_over(c, &routing, memory, &leads, now))
            .await
    }

    async fn reminders_of(&self, workspace: WorkspaceId, agent: AgentId, at: UnixMs) -> Result<Vec<Reminder>> {
        self.readers
            .run(move |c| claims::reminders_of(c, workspace, agent, at))
            .await
    }

    async fn untold(&self, limit: usize) -> Result<Untold> {
        self.readers.run(move |c| claims::untold(c, limit)).await
    }

    async fn set_told(&self, told: Untold) -> Result<()> {
        self.writer.run(move |c| claims::set_told(c, &told)).await
    }

    async fn claim_mails(&self, now: UnixMs, lease: UnixMs, limit: usize) -> Result<Vec<ClaimedMail>> {
        if !self.readers.run(move |c| mails::is_due(c, now)).await? {
            return Ok(Vec::new());
        }
        self.writer.run(move |c| mails::claim(c, now, lease, limit)).await
    }

    async fn settle_mail(&self, id: i64, next: NextMail, now: UnixMs) -> Result<()> {
        self.writer.run(move |c| mails::settle(c, id, &next, now)).await
    }

    async fn mails(&self, workspace: WorkspaceId, limit: usize) -> Result<Vec<Mail>> {
        self.readers.run(move |c| mails::list(c, workspace, limit)).await
    }

    async fn forget_notices(&self, before: UnixMs) -> Result<u64> {
        self.writer.run(move |c| mails::forget(c, before)).await
    }
}

//! The trait, each function handed to the statements that it is for.

use super::{claims, mails, untouched};
use crate::{
    Notices, Result,
    model::*,
    postgres::{
        PostgresStore,
        run::{ask, write},
    },
};
use konektor_core::{
    decide::Memory,
    ids::{AgentId, UserId, WorkspaceId},
    reminder::Untouched,
    routing::Routing,
    time::UnixMs,
};
use std::sync::Arc;

impl Notices for PostgresStore {
    async fn notice_settings(&self, workspace: WorkspaceId) -> Result<Option<NoticeSettings>> {
        ask!(self, super::settings(workspace))
    }

    async fn all_notice_settings(&self) -> Result<Vec<(WorkspaceId, NoticeSettings)>> {
        ask!(self, super::all_settings())
    }

    async fn set_notice_settings(&self, workspace: WorkspaceId, settings: NoticeSettings) -> Result<()> {
        ask!(self, super::set(workspace, &settings))
    }

    async fn mail_choices(&self, workspace: WorkspaceId) -> Result<Vec<MailChoice>> {
        ask!(self, super::choices(workspace))
    }

    async fn set_digest_recipients(&self, workspace: WorkspaceId, users: Vec<UserId>) -> Result<()> {
        write!(self, super::set_recipients(workspace, &users))
    }

    async fn set_mail_off(&self, workspace: WorkspaceId, user: UserId, kind: MailKind, off: bool) -> Result<bool> {
        ask!(self, super::set_off(workspace, user, kind, off))
    }

    async fn add_digest(&self, new: NewDigest) -> Result<Option<i64>> {
        write!(self, claims::add_digest(&new))
    }

    async fn find_digest(&self, id: i64) -> Result<Option<Digest>> {
        ask!(self, claims::find_digest(id))
    }

    async fn untouched(&self, workspace: WorkspaceId, from: UnixMs) -> Result<Vec<Untouched>> {
        ask!(self, untouched::untouched(workspace, from))
    }

    async fn remind(&self, new: Vec<NewReminder>, now: UnixMs) -> Result<Vec<Reminder>> {
        let place = self.place().await?;
        let ids = |at| self.next_id(&place, at);
        write!(self, claims::remind(&ids, &new, now))
    }

    async fn hand_over(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        leads: Vec<NewHandOver>,
        now: UnixMs,
    ) -> Result<(Box<Memory>, Vec<Reminder>)> {
        self.hand_over_leads(&routing, memory, &leads, now).await
    }

    async fn reminders_of(&self, workspace: WorkspaceId, agent: AgentId, at: UnixMs) -> Result<Vec<Reminder>> {
        ask!(self, claims::reminders_of(workspace, agent, at))
    }

    async fn untold(&self, limit: usize) -> Result<Untold> {
        ask!(self, claims::untold(limit))
    }

    async fn set_told(&self, told: Untold) -> Result<()> {
        write!(self, claims::set_told(&told))
    }

    async fn claim_mails(&self, now: UnixMs, lease: UnixMs, limit: usize) -> Result<Vec<ClaimedMail>> {
        write!(self, mails::claim(now, lease, limit))
    }

    async fn settle_mail(&self, id: i64, next: NextMail, now: UnixMs) -> Result<()> {
        ask!(self, mails::settle(id, &next, now))
    }

    async fn mails(&self, workspace: WorkspaceId, limit: usize) -> Result<Vec<Mail>> {
        ask!(self, mails::list(workspace, limit))
    }

    async fn forget_notices(&self, before: UnixMs) -> Result<u64> {
        write!(self, mails::forget(before))
    }
}

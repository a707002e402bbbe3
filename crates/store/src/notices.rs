//! What a workspace is told without asking: a part of [`Store`](crate::Store) with a page of its own.

use crate::{Result, model::*};
use konektor_core::{
    decide::Memory,
    ids::{AgentId, UserId, WorkspaceId},
    reminder::Untouched,
    routing::Routing,
    time::UnixMs,
};
use std::{future::Future, sync::Arc};

/// Most leads of a workspace that are looked through for those that nobody answers, latest first.
pub const UNTOUCHED_LOOK: usize = 20_000;

/// Digests, reminders and their e-mails. Every method is one transaction.
pub trait Notices: Send + Sync + 'static {
    /// What a workspace wants; `None` if nobody has ever said.
    fn notice_settings(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Option<NoticeSettings>>> + Send;

    /// What each workspace wants that wants something.
    fn all_notice_settings(&self) -> impl Future<Output = Result<Vec<(WorkspaceId, NoticeSettings)>>> + Send;

    /// Sets what a workspace wants.
    fn set_notice_settings(
        &self,
        workspace: WorkspaceId,
        settings: NoticeSettings,
    ) -> impl Future<Output = Result<()>> + Send;

    /// What is said of its members' e-mails, by user; of whom nothing is said is left out.
    fn mail_choices(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<MailChoice>>> + Send;

    /// Makes these members, and no others, those who get the digest. What they have turned off stays off.
    fn set_digest_recipients(
        &self,
        workspace: WorkspaceId,
        users: Vec<UserId>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Notes that a member turns e-mails of a kind off, or on again; `false` if there is no such member.
    fn set_mail_off(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        kind: MailKind,
        off: bool,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Claims a digest, with an e-mail to each owner and admin who gets it; `None` if it is there already.
    fn add_digest(&self, new: NewDigest) -> impl Future<Output = Result<Option<i64>>> + Send;

    /// A digest.
    fn find_digest(&self, id: i64) -> impl Future<Output = Result<Option<Digest>>> + Send;

    /// Leads that came at `from` or later and that nobody has touched, of the latest [`UNTOUCHED_LOOK`], latest first.
    fn untouched(&self, workspace: WorkspaceId, from: UnixMs) -> impl Future<Output = Result<Vec<Untouched>>> + Send;

    /// Claims reminders; those that are there already are left out. What was claimed. Users who are the agent get an e-mail.
    fn remind(&self, new: Vec<NewReminder>, now: UnixMs) -> impl Future<Output = Result<Vec<Reminder>>> + Send;

    /// Hands leads over that are still untouched and were not handed over before, by turns of the rotation: with the
    /// recorder's memory, as [`Store::record`](crate::Store::record). Each is noted in its timeline, by whom with the minutes
    /// that it has waited. What was done; after an error the memory is gone.
    fn hand_over(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        leads: Vec<NewHandOver>,
        now: UnixMs,
    ) -> impl Future<Output = Result<(Box<Memory>, Vec<Reminder>)>> + Send;

    /// What was done at a moment that an agent is to know of: reminders of theirs, and leads that they have got.
    fn reminders_of(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        at: UnixMs,
    ) -> impl Future<Output = Result<Vec<Reminder>>> + Send;

    /// Digests and reminders of which webhooks have no messages yet, oldest first, at most `limit` of each.
    fn untold(&self, limit: usize) -> impl Future<Output = Result<Untold>> + Send;

    /// Notes that the messages of these are in the outbox.
    fn set_told(&self, told: Untold) -> impl Future<Output = Result<()>> + Send;

    /// Takes up to `limit` e-mails that are due, the longest due first. Until `lease` nobody else gets them. What is for
    /// somebody who is not there any more, or has turned it off meanwhile, is dropped instead.
    fn claim_mails(
        &self,
        now: UnixMs,
        lease: UnixMs,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ClaimedMail>>> + Send;

    /// Writes down what became of an e-mail. One that was settled meanwhile stays as it is, but for one that was sent.
    fn settle_mail(&self, id: i64, next: NextMail, now: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// A workspace's latest e-mails, newest first.
    fn mails(&self, workspace: WorkspaceId, limit: usize) -> impl Future<Output = Result<Vec<Mail>>> + Send;

    /// Deletes what was settled before then, digests and reminders too; how much. What could still be claimed again stays.
    fn forget_notices(&self, before: UnixMs) -> impl Future<Output = Result<u64>> + Send;
}

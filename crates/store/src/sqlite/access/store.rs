//! The trait, each function handed to the thread and the file that it is for.

use super::{audit, keys, people, sessions};
use crate::{Access, Result, model::*, sqlite::SqliteStore};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};

impl Access for SqliteStore {
    async fn add_user(&self, new: NewUser, now: UnixMs) -> Result<UserId> {
        self.writer.run(move |c| people::add_user(c, &new, now)).await
    }

    async fn has_users(&self) -> Result<bool> {
        self.readers.run(people::has_users).await
    }

    async fn set_up(&self, new: NewOwner, now: UnixMs) -> Result<Option<(UserId, WorkspaceId)>> {
        self.writer.run(move |c| people::set_up(c, &new, now)).await
    }

    async fn credentials(&self, email: String) -> Result<Option<Credentials>> {
        self.readers.run(move |c| people::credentials(c, &email)).await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        self.readers.run(move |c| people::memberships(c, user)).await
    }

    async fn members(&self, workspace: WorkspaceId) -> Result<Vec<Member>> {
        self.readers.run(move |c| people::members(c, workspace)).await
    }

    async fn invite(&self, new: NewInvitation, now: UnixMs) -> Result<UserId> {
        self.writer.run(move |c| people::invite(c, &new, now)).await
    }

    async fn find_invitation(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<Invitation>> {
        self.readers.run(move |c| people::find_invitation(c, hash, now)).await
    }

    async fn accept_invitation(&self, hash: [u8; 32], password_hash: Option<String>, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| people::accept_invitation(c, hash, password_hash.as_deref(), now))
            .await
    }

    async fn set_member(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        agent: Option<AgentId>,
    ) -> Result<MemberChange> {
        self.writer
            .run(move |c| people::set_member(c, workspace, user, role, agent))
            .await
    }

    async fn remove_member(&self, workspace: WorkspaceId, user: UserId) -> Result<MemberChange> {
        self.writer
            .run(move |c| people::remove_member(c, workspace, user))
            .await
    }

    async fn set_language(&self, user: UserId, language: Option<String>) -> Result<()> {
        self.writer
            .run(move |c| people::set_language(c, user, language.as_deref()))
            .await
    }

    async fn set_password(&self, user: UserId, password_hash: String, keep: Option<i64>) -> Result<()> {
        self.writer
            .run(move |c| people::set_password(c, user, &password_hash, keep))
            .await
    }

    async fn add_session(&self, new: NewSession, now: UnixMs) -> Result<Option<i64>> {
        self.writer.run(move |c| sessions::add(c, &new, now)).await
    }

    async fn find_session(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<Session>> {
        self.readers.run(move |c| sessions::find(c, hash, now)).await
    }

    async fn touch_session(&self, id: i64, now: UnixMs, expires_at: UnixMs) -> Result<()> {
        self.writer.run(move |c| sessions::touch(c, id, now, expires_at)).await
    }

    async fn sessions(&self, user: UserId, now: UnixMs) -> Result<Vec<Session>> {
        self.readers.run(move |c| sessions::of_user(c, user, now)).await
    }

    async fn switch_session(&self, id: i64, workspace: WorkspaceId) -> Result<bool> {
        self.writer.run(move |c| sessions::switch(c, id, workspace)).await
    }

    async fn end_session(&self, user: UserId, id: i64) -> Result<bool> {
        self.writer.run(move |c| sessions::end(c, user, id)).await
    }

    async fn end_other_sessions(&self, user: UserId, keep: Option<i64>) -> Result<()> {
        self.writer.run(move |c| sessions::end_others(c, user, keep)).await
    }

    async fn add_api_key(&self, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
        self.writer.run(move |c| keys::add(c, new, now)).await
    }

    async fn find_api_key(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
        self.readers.run(move |c| keys::find(c, hash, now)).await
    }

    async fn api_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        self.readers.run(move |c| keys::of_workspace(c, workspace)).await
    }

    async fn revoke_api_key(&self, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
        self.writer.run(move |c| keys::revoke(c, workspace, id, now)).await
    }

    async fn add_audit(&self, line: AuditLine) -> Result<()> {
        self.writer.run(move |c| audit::add(c, &line)).await
    }

    async fn audit(&self, workspace: WorkspaceId, limit: usize) -> Result<Vec<AuditLine>> {
        self.readers.run(move |c| audit::latest(c, workspace, limit)).await
    }
}

//! The trait, each function handed to the statements that it is for.

use super::{audit, keys, people, sessions};
use crate::{
    Access, Result,
    model::*,
    postgres::{
        PostgresStore,
        run::{ask, write},
    },
};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};

impl Access for PostgresStore {
    async fn add_user(&self, new: NewUser, now: UnixMs) -> Result<UserId> {
        write!(self, people::add_user(&new, now))
    }

    async fn has_users(&self) -> Result<bool> {
        ask!(self, people::has_users())
    }

    async fn set_up(&self, new: NewOwner, now: UnixMs) -> Result<Option<(UserId, WorkspaceId)>> {
        write!(self, people::set_up(&new, now))
    }

    async fn credentials(&self, email: String) -> Result<Option<Credentials>> {
        ask!(self, people::credentials(&email))
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        ask!(self, people::memberships(user))
    }

    async fn members(&self, workspace: WorkspaceId) -> Result<Vec<Member>> {
        ask!(self, people::members(workspace))
    }

    async fn invite(&self, new: NewInvitation, now: UnixMs) -> Result<UserId> {
        write!(self, people::invite(&new, now))
    }

    async fn find_invitation(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<Invitation>> {
        ask!(self, people::find_invitation(hash, now))
    }

    async fn accept_invitation(&self, hash: [u8; 32], password_hash: Option<String>, now: UnixMs) -> Result<bool> {
        let mut client = self.any().await?;
        let transaction = client.transaction().await?;
        let accepted = people::accept_invitation(&transaction, hash, password_hash.as_deref(), now).await?;
        match accepted {
            true => transaction.commit().await?,
            false => transaction.rollback().await?,
        }
        Ok(accepted)
    }

    async fn set_member(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        agent: Option<AgentId>,
    ) -> Result<MemberChange> {
        write!(self, people::set_member(workspace, user, role, agent))
    }

    async fn remove_member(&self, workspace: WorkspaceId, user: UserId) -> Result<MemberChange> {
        write!(self, people::remove_member(workspace, user))
    }

    async fn set_language(&self, user: UserId, language: Option<String>) -> Result<()> {
        ask!(self, people::set_language(user, language.as_deref()))
    }

    async fn set_password(&self, user: UserId, password_hash: String, keep: Option<i64>) -> Result<()> {
        write!(self, people::set_password(user, &password_hash, keep))
    }

    async fn add_session(&self, new: NewSession, now: UnixMs) -> Result<Option<i64>> {
        write!(self, sessions::add(&new, now))
    }

    async fn find_session(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<Session>> {
        ask!(self, sessions::find(hash, now))
    }

    async fn touch_session(&self, id: i64, now: UnixMs, expires_at: UnixMs) -> Result<()> {
        ask!(self, sessions::touch(id, now, expires_at))
    }

    async fn sessions(&self, user: UserId, now: UnixMs) -> Result<Vec<Session>> {
        ask!(self, sessions::of_user(user, now))
    }

    async fn switch_session(&self, id: i64, workspace: WorkspaceId) -> Result<bool> {
        ask!(self, sessions::switch(id, workspace))
    }

    async fn end_session(&self, user: UserId, id: i64) -> Result<bool> {
        ask!(self, sessions::end(user, id))
    }

    async fn end_other_sessions(&self, user: UserId, keep: Option<i64>) -> Result<()> {
        ask!(self, sessions::end_others(user, keep))
    }

    async fn add_api_key(&self, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
        ask!(self, keys::add(new, now))
    }

    async fn find_api_key(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
        ask!(self, keys::find(hash, now))
    }

    async fn api_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        ask!(self, keys::of_workspace(workspace))
    }

    async fn revoke_api_key(&self, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
        ask!(self, keys::revoke(workspace, id, now))
    }

    async fn add_audit(&self, line: AuditLine) -> Result<()> {
        let id = self.next_id(&*self.place().await?, line.at);
        ask!(self, audit::add(id, &line))
    }

    async fn audit(&self, workspace: WorkspaceId, limit: usize) -> Result<Vec<AuditLine>> {
        ask!(self, audit::latest(workspace, limit))
    }
}

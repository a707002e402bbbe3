//! Who may enter: users, sessions, API keys, and the log of what they changed. A part of [`Store`](crate::Store).

use crate::{Result, model::*};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database about who signs in. Every method is one transaction.
pub trait Access: Send + Sync + 'static {
    /// Adds a user, or an existing one to a further workspace.
    fn add_user(&self, new: NewUser, now: UnixMs) -> impl Future<Output = Result<UserId>> + Send;

    /// Whether anybody can sign in.
    fn has_users(&self) -> impl Future<Output = Result<bool>> + Send;

    /// Makes the first user, owner of a new workspace or of the only one that there is. `None` if there is a user.
    fn set_up(&self, new: NewOwner, now: UnixMs) -> impl Future<Output = Result<Option<(UserId, WorkspaceId)>>> + Send;

    /// The user with this e-mail address, lower-cased.
    fn credentials(&self, email: String) -> impl Future<Output = Result<Option<Credentials>>> + Send;

    /// The workspaces that a user is in.
    fn memberships(&self, user: UserId) -> impl Future<Output = Result<Vec<Membership>>> + Send;

    /// A workspace's users, invited ones too, oldest first.
    fn members(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Member>>> + Send;

    /// Invites somebody, or once more with another link; [`StoreError::Taken`](crate::StoreError::Taken) if they are in
    /// already.
    fn invite(&self, new: NewInvitation, now: UnixMs) -> impl Future<Output = Result<UserId>> + Send;

    /// The open invitation with this hash.
    fn find_invitation(&self, hash: [u8; 32], now: UnixMs) -> impl Future<Output = Result<Option<Invitation>>> + Send;

    /// Takes an invitation, once; `password_hash` for who has no password yet. `false` if it is gone.
    fn accept_invitation(
        &self,
        hash: [u8; 32],
        password_hash: Option<String>,
        now: UnixMs,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Changes what a user may do in a workspace, and which agent they are there.
    fn set_member(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        agent: Option<AgentId>,
    ) -> impl Future<Output = Result<MemberChange>> + Send;

    /// Removes a user from a workspace and signs them out of it.
    fn remove_member(&self, workspace: WorkspaceId, user: UserId) -> impl Future<Output = Result<MemberChange>> + Send;

    /// Sets a user's language; `None` is the browser's.
    fn set_language(&self, user: UserId, language: Option<String>) -> impl Future<Output = Result<()>> + Send;

    /// Sets a user's password and ends their sessions, but for `keep`.
    fn set_password(
        &self,
        user: UserId,
        password_hash: String,
        keep: Option<i64>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Begins a session and gives its id; `None` if the user is not in the workspace, or in none.
    fn add_session(&self, new: NewSession, now: UnixMs) -> impl Future<Output = Result<Option<i64>>> + Send;

    /// The session with this hash, if it has not ended and its user is still in the workspace that it looks at.
    fn find_session(&self, hash: [u8; 32], now: UnixMs) -> impl Future<Output = Result<Option<Session>>> + Send;

    /// Notes that a session is used, and when it ends if it is not any more.
    fn touch_session(&self, id: i64, now: UnixMs, expires_at: UnixMs) -> impl Future<Output = Result<()>> + Send;

    /// A user's sessions, newest first.
    fn sessions(&self, user: UserId, now: UnixMs) -> impl Future<Output = Result<Vec<Session>>> + Send;

    /// Lets a session look at another workspace; `false` if its user is not in it.
    fn switch_session(&self, id: i64, workspace: WorkspaceId) -> impl Future<Output = Result<bool>> + Send;

    /// Ends a session; `false` if the user has none with this id.
    fn end_session(&self, user: UserId, id: i64) -> impl Future<Output = Result<bool>> + Send;

    /// Ends a user's sessions, but for `keep`.
    fn end_other_sessions(&self, user: UserId, keep: Option<i64>) -> impl Future<Output = Result<()>> + Send;

    /// Adds an API key.
    fn add_api_key(&self, new: NewApiKey, now: UnixMs) -> impl Future<Output = Result<ApiKey>> + Send;

    /// The API key with this hash, if it is neither revoked nor expired.
    fn find_api_key(&self, hash: [u8; 32], now: UnixMs) -> impl Future<Output = Result<Option<ApiKey>>> + Send;

    /// A workspace's API keys that are not revoked, oldest first.
    fn api_keys(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<ApiKey>>> + Send;

    /// Revokes an API key; `false` if there is none.
    fn revoke_api_key(&self, workspace: WorkspaceId, id: i64, now: UnixMs)
    -> impl Future<Output = Result<bool>> + Send;

    /// Notes a change that was made through the API.
    fn add_audit(&self, line: AuditLine) -> impl Future<Output = Result<()>> + Send;

    /// The latest changes in a workspace, newest first.
    fn audit(&self, workspace: WorkspaceId, limit: usize) -> impl Future<Output = Result<Vec<AuditLine>>> + Send;
}

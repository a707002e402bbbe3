//! People who sign in: users, what they may do, sessions and invitations.

use super::{NewWorkspace, Workspace};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use serde::{Deserialize, Serialize};

/// What a user may do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything, except that owners are not theirs to change.
    Admin,
    /// Their own leads.
    Agent,
}

impl Role {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Agent];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Agent => "agent",
        }
    }

    /// The role that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A user to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Where.
    pub workspace: WorkspaceId,
    /// Lower-cased.
    pub email: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
}

/// The first user, and the workspace that they make.
#[derive(Clone, Debug)]
pub struct NewOwner {
    /// Their workspace.
    pub workspace: NewWorkspace,
    /// ISO 4217; `None` is the country's.
    pub currency: Option<String>,
    /// Lower-cased.
    pub email: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
}

impl NewOwner {
    /// Their workspace, as what it becomes. The key of the visitor codes is not in it: it must never change.
    pub fn workspace(&self, id: WorkspaceId) -> Workspace {
        let NewWorkspace {
            name,
            country,
            time_zone,
            ..
        } = self.workspace.clone();
        Workspace {
            id,
            name,
            country,
            time_zone,
            currency: self.currency.clone(),
            is_strict: false,
        }
    }
}

/// Somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Lower-cased.
    pub email: String,
    /// The dashboard's language; `None` is the browser's.
    pub language: Option<String>,
}

/// A user with what their password is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub user: User,
    /// Argon2id, PHC string; empty until they have chosen a password.
    pub password_hash: String,
}

/// A user in one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// The agent that they are.
    pub agent: Option<AgentId>,
    /// Whether they accepted the invitation.
    pub joined: bool,
}

/// A workspace that a user is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What they may do there.
    pub role: Role,
}

/// What came of a change of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// It is done.
    Done,
    /// There is no such member.
    Missing,
    /// Without them the workspace would have no owner.
    LastOwner,
}

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Into which workspace.
    pub workspace: WorkspaceId,
    /// Lower-cased.
    pub email: String,
    /// What they will be allowed to do.
    pub role: Role,
    /// The agent that they are.
    pub agent: Option<AgentId>,
    /// SHA-256 of the link's token.
    pub hash: [u8; 32],
    /// When the link ends.
    pub expires_at: UnixMs,
}

/// An invitation that is open.
#[derive(Clone)]
pub struct Invitation {
    /// Who is invited.
    pub invited: Credentials,
    /// Into which workspace.
    pub workspace: WorkspaceId,
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the cookie's token.
    pub hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// Where they look first; `None` is the first workspace that they are in.
    pub workspace: Option<WorkspaceId>,
    /// When it ends, unless it is used.
    pub expires_at: UnixMs,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// From where.
    pub address: String,
}

/// A browser that is signed in, and what its user may do in the workspace that it looks at.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub user: User,
    /// The workspace that it looks at.
    pub workspace: WorkspaceId,
    /// What they may do there.
    pub role: Role,
    /// The agent that they are there.
    pub agent: Option<AgentId>,
    /// When they signed in.
    pub created_at: UnixMs,
    /// When it was last used, to the hour.
    pub seen_at: UnixMs,
    /// When it ends, unless it is used.
    pub expires_at: UnixMs,
    /// The browser, as it named itself.
    pub user_agent: String,
    /// From where they signed in.
    pub address: String,
}

/// A change that was made through the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: UnixMs,
    /// Where.
    pub workspace: WorkspaceId,
    /// `user:3`, `key:1`.
    pub who: String,
    /// `PATCH /agents/{id}`.
    pub what: String,
    /// `/agents/7`.
    pub object: String,
}

//! The people of a workspace: who may sign in, and what they may do.

pub mod create;
pub mod delete;
pub mod list;
pub mod update;

use super::{
    auth::Caller,
    checks::Checks,
    error::ApiError,
    page::Page,
    words::{ClosedList, Words},
};
use crate::{app::App, auth::password::PasswordError};
use konektor_core::ids::AgentId;
use konektor_store::{
    Access, Store,
    model::{Member, MemberChange, Role},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Schema of [`Role`].
pub type RoleWord = Words<Role>;

impl ClosedList for Role {
    const NAME: &'static str = "Role";
    const ABOUT: &'static str = "What a user may do. `owner`: everything. `admin`: everything, except that owners are not \
        theirs to change. `agent`: a CS, who sees and changes only their own leads, and their own switch.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

/// Somebody who signs in, or is invited to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Their id.
    #[schema(example = "2")]
    pub id: String,
    /// Their e-mail address.
    #[schema(example = "rina@brand.com")]
    pub email: String,
    /// What they may do.
    #[schema(value_type = RoleWord)]
    pub role: Role,
    /// The agent that they are.
    #[schema(required, example = "3")]
    pub agent_id: Option<String>,
    /// `invited`: they have not taken their invitation yet. `active`: they have.
    pub state: UserState,
}

/// How far somebody is in.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Not yet.
    Invited,
    /// They are.
    Active,
}

/// A page of the list.
pub type UserPage = Page<UserView>;

impl From<Member> for UserView {
    fn from(member: Member) -> Self {
        Self {
            id: member.user.id.to_string(),
            email: member.user.email,
            role: member.role,
            agent_id: member.agent.map(|agent| agent.to_string()),
            state: match member.joined {
                true => UserState::Active,
                false => UserState::Invited,
            },
        }
    }
}

const NOT_FOUND: ApiError = ApiError::NotFound("user");

/// The member with this id in the path, if the caller may change them.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<Member, ApiError> {
    let id = id.parse().map_err(|_| NOT_FOUND)?;
    let members = app.store.members(caller.workspace_id()).await?;
    let member = members
        .into_iter()
        .find(|member| member.user.id == id)
        .ok_or(NOT_FOUND)?;
    must_manage(caller, member.role)?;
    Ok(member)
}

fn must_manage(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if caller.may_manage(role) {
        return Ok(());
    }
    Err(ApiError::Forbidden(match role {
        Role::Owner => "Only an owner can make or change an owner. Sign in as one.".to_owned(),
        _ => "A key can only invite and change users of the role \"agent\". Sign in to do this.".to_owned(),
    }))
}

/// The agent that a user is to be: one of the workspace. Who has the role `agent` must be one, or would see nothing.
async fn check_agent(
    app: &App,
    caller: &Caller,
    role: Role,
    agent: Option<&str>,
    checks: &mut Checks,
) -> Result<Option<AgentId>, ApiError> {
    let Some(text) = agent else {
        if role == Role::Agent {
            checks.refuse("agent_id", "Say which agent they are: they see that agent's leads.");
        }
        return Ok(None);
    };
    let agents = app.store.agents(caller.workspace_id()).await?;
    let known = text
        .parse()
        .ok()
        .filter(|id| agents.iter().any(|agent| agent.id == *id));
    if known.is_none() {
        let text: String = text.chars().take(40).collect();
        checks.refuse("agent_id", format!("There is no agent \"{text}\"."));
    }
    Ok(known)
}

fn must_be_done(change: MemberChange) -> Result<(), ApiError> {
    match change {
        MemberChange::Done => Ok(()),
        MemberChange::Missing => Err(NOT_FOUND),
        MemberChange::LastOwner => Err(ApiError::Conflict(
            "This is the only owner, and a workspace needs one. Make somebody else an owner first.".to_owned(),
        )),
    }
}

/// Hashes a password that was checked.
pub async fn hash_password(app: &App, password: String) -> Result<String, ApiError> {
    app.sign_in.hash(password).await.map_err(|error| match error {
        PasswordError::Hashing(_) => ApiError::Broken("a password could not be hashed"),
        other => ApiError::invalid("password", other),
    })
}

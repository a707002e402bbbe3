//! Who is asking, as the API shows them.

use crate::{
    api::{error::ApiError, time::Time, users::RoleWord, workspace::currency_of},
    app::App,
};
use konektor_core::{ids::WorkspaceId, routing::Workspace};
use konektor_store::{
    Access, Notices, Store,
    model::{ApiKey, Membership, Role, User},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Who is asking, and where.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Me {
    /// A person.
    User(UserMe),
    /// A program.
    Key(KeyMe),
}

/// A person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserMe {
    /// Who they are.
    user: MyUser,
    /// What they may do in this workspace.
    #[schema(value_type = RoleWord)]
    role: Role,
    /// The workspace that all answers are about.
    #[schema(example = "1")]
    workspace_id: String,
    /// What it is.
    workspace: MyWorkspace,
    /// The agent that they are there.
    #[schema(required, example = "3")]
    agent_id: Option<String>,
    /// All workspaces that they are in.
    workspaces: Vec<MyMembership>,
    /// Which e-mails of this workspace they have turned off.
    mails: MyMails,
    /// Since when this server sends visitors on without its database, or records what came meanwhile; `null` while all is
    /// well. Clicks of that time are not shown yet.
    #[schema(required)]
    degraded_since: Option<Time>,
}

/// Which e-mails of a workspace somebody has turned off.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMails {
    /// The digest.
    digest_off: bool,
    /// Reminders of leads that wait for them.
    reminders_off: bool,
}

/// Somebody who signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyUser {
    /// Their id.
    #[schema(example = "1")]
    id: String,
    /// Their e-mail address.
    #[schema(example = "rina@brand.com")]
    email: String,
    /// The dashboard's language; `null` is the browser's.
    #[schema(required, example = "id")]
    language: Option<String>,
}

/// The workspace that somebody looks at.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyWorkspace {
    /// Its id.
    #[schema(example = "1")]
    id: String,
    /// Its name.
    #[schema(example = "Toko Kopi")]
    name: String,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
    /// Zone of its days.
    #[schema(required, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// Its currency, ISO 4217; `null` if it has none and its country's is not known.
    #[schema(required, example = "IDR")]
    currency: Option<String>,
}

/// A workspace that somebody is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMembership {
    /// Its id.
    #[schema(example = "1")]
    id: String,
    /// Its name.
    #[schema(example = "Toko Kopi")]
    name: String,
    /// What they may do there.
    #[schema(value_type = RoleWord)]
    role: Role,
}

/// A program.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyMe {
    /// Always `null`: a key has scopes instead.
    #[schema(required, value_type = Option<RoleWord>)]
    role: Option<Role>,
    /// The workspace that all answers are about.
    #[schema(example = "1")]
    workspace_id: String,
    /// Its name.
    #[schema(example = "Toko Kopi")]
    workspace_name: String,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
    /// Zone of its days.
    #[schema(required, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// The id of the key.
    #[schema(example = "2")]
    key_id: String,
    /// What the key is called.
    name: String,
    /// What it may do.
    #[schema(example = json!(["read"]))]
    scopes: Vec<String>,
    /// When it ends; `null` for never.
    #[schema(required)]
    expires_at: Option<Time>,
    /// Since when this server sends visitors on without its database, or records what came meanwhile; `null` while all is
    /// well. Clicks of that time are not shown yet.
    #[schema(required)]
    degraded_since: Option<Time>,
}

impl KeyMe {
    /// Of a key and its workspace.
    pub(super) fn new(app: &App, key: ApiKey, workspace: &Workspace) -> Self {
        Self {
            role: None,
            workspace_id: workspace.id.to_string(),
            workspace_name: workspace.name.clone(),
            country: workspace.country.clone(),
            time_zone: workspace.time_zone.iana_name().map(str::to_owned),
            key_id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes,
            expires_at: key.expires_at.map(Time),
            degraded_since: app.degraded.since().map(Time),
        }
    }
}

/// Of a user who looks at this workspace.
pub async fn of_session(app: &App, user: &User, workspace: WorkspaceId) -> Result<UserMe, ApiError> {
    const BROKEN: ApiError = ApiError::Broken("a session belongs to a workspace that does not exist");
    let stored = app.store.find_workspace(workspace).await?.ok_or(BROKEN)?;
    let memberships = app.store.memberships(user.id).await?;
    // Which agent they are may have changed since the session was read, as their role may.
    let members = app.store.members(workspace).await?;
    let member = members
        .into_iter()
        .find(|member| member.user.id == user.id && member.joined);
    let member = member.ok_or(ApiError::Unauthorised("The session has ended."))?;
    let membership = |membership: Membership| MyMembership {
        id: membership.workspace.to_string(),
        name: membership.name,
        role: membership.role,
    };
    let choices = app.store.mail_choices(workspace).await?;
    let choice = choices.into_iter().find(|choice| choice.user == user.id);
    Ok(UserMe {
        mails: MyMails {
            digest_off: choice.is_some_and(|choice| choice.digest_off),
            reminders_off: choice.is_some_and(|choice| choice.reminders_off),
        },
        user: MyUser {
            id: user.id.to_string(),
            email: member.user.email,
            language: member.user.language,
        },
        role: member.role,
        workspace_id: workspace.to_string(),
        workspace: MyWorkspace {
            id: workspace.to_string(),
            currency: currency_of(&stored),
            name: stored.name,
            country: stored.country,
            time_zone: Some(stored.time_zone),
        },
        agent_id: member.agent.map(|agent| agent.to_string()),
        workspaces: memberships.into_iter().map(membership).collect(),
        degraded_since: app.degraded.since().map(Time),
    })
}

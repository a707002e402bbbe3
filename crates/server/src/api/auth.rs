//! Who calls: every endpoint takes a [`Caller`], an [`AnyCaller`] or somebody [`SignedIn`] as its first argument, so that
//! nothing is read or said before it is known that somebody may ask.
//!
//! The type says who may: a [`Caller`] is never a CS. So an endpoint is closed to them unless it takes an
//! [`AnyCaller`], and then it has to say what they see of it ([`Caller::sees_leads_of`]).

use super::{
    client::Client,
    edits,
    error::ApiError,
    identified::{Identified, only_looks},
    in_api,
    noted::Noted,
};
use crate::{
    app::App,
    auth::{api_key, token},
};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{header, request::Parts},
};
use konektor_core::{
    ids::{AgentId, WorkspaceId},
    routing::Workspace,
    time::UnixMs,
};
use konektor_store::{
    Access,
    model::{ApiKey, Role, Session},
};
use std::sync::Arc;

/// May look.
pub const READ: &str = "read";
/// May change.
pub const WRITE: &str = "write";

/// A session that is not used for so long ends.
pub const SESSION_MS: i64 = 30 * 86_400_000;
/// Its use is written down at most this often.
const NOTE_USE_AFTER_MS: i64 = 60 * 60_000;

const NO_AGENTS: &str = "This is for owners and admins. Ask one of them to do it, or to give you another role.";

/// By what somebody was recognised.
#[derive(Clone, Debug)]
pub enum Who {
    /// A program, by a key that has the scope that the method asks for: `read` to look, `write` for the rest.
    Key(ApiKey),
    /// A person, by a session.
    User(Session),
}

/// An API key, an owner or an admin.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data they see. Nothing of another workspace exists for them.
    pub workspace: Arc<Workspace>,
    /// Who they are.
    pub who: Who,
}

/// Also an agent: whoever takes one says what of it they see.
pub struct AnyCaller(pub Caller);

/// A person, in whatever role.
pub struct SignedIn {
    /// The workspace that they look at.
    pub workspace: Arc<Workspace>,
    /// Their session.
    pub session: Session,
}

/// Which leads somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of the workspace.
    All,
    /// Those of one agent.
    OfAgent(AgentId),
    /// None: a CS of whom nobody has said which agent they are.
    Nothing,
}

impl Caller {
    /// The id of their workspace.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// How a lead's timeline and the audit log name them.
    pub fn name_in_timeline(&self) -> String {
        match &self.who {
            Who::Key(key) => format!("key:{}", key.id),
            Who::User(session) => format!("user:{}", session.user.id),
        }
    }

    /// Which leads they see.
    pub fn sight(&self) -> Sight {
        match &self.who {
            Who::User(session) if session.role == Role::Agent => session.agent.map_or(Sight::Nothing, Sight::OfAgent),
            _ => Sight::All,
        }
    }

    /// Whether they see leads that this agent has. Those that they do not see do not exist for them.
    pub fn sees_leads_of(&self, agent: Option<AgentId>) -> bool {
        match self.sight() {
            Sight::All => true,
            Sight::OfAgent(own) => agent == Some(own),
            Sight::Nothing => false,
        }
    }

    /// Whether this is a CS, who sees and changes only what is their own.
    pub fn is_agent(&self) -> bool {
        self.sight() != Sight::All
    }

    /// Whether they may make a key with this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        match &self.who {
            Who::Key(key) => key.scopes.iter().any(|own| own == scope),
            Who::User(_) => true,
        }
    }

    /// When what they may do ends for good: no key that they make lasts longer.
    pub fn ends_at(&self) -> Option<UnixMs> {
        match &self.who {
            Who::Key(key) => key.expires_at,
            Who::User(_) => None,
        }
    }

    /// Whether they may give somebody this role, or change somebody who has it. A key may be lost, and what it made
    /// would stay: so it makes nobody who may do more than see their own leads.
    pub fn may_manage(&self, role: Role) -> bool {
        match &self.who {
            Who::Key(_) => role == Role::Agent,
            Who::User(session) => match session.role {
                Role::Owner => true,
                Role::Admin => role != Role::Owner,
                Role::Agent => false,
            },
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = identify(parts, app).await?;
        if caller.is_agent() {
            return Err(ApiError::Forbidden(NO_AGENTS.to_owned()));
        }
        Ok(caller)
    }
}

impl FromRequestParts<Arc<App>> for AnyCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        identify(parts, app).await.map(Self)
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Caller { workspace, who } = identify(parts, app).await?;
        match who {
            Who::User(session) => Ok(Self { workspace, session }),
            Who::Key(_) => Err(ApiError::Forbidden(
                "This is about the person who is signed in, and a key is nobody. Sign in to do it.".to_owned(),
            )),
        }
    }
}

/// Who asks, for an endpoint that is not for everybody.
async fn identify(parts: &Parts, app: &App) -> Result<Caller, ApiError> {
    let caller = match parts.extensions.get::<Identified>() {
        Some(identified) => identified.caller()?,
        None => find_out(parts, app).await?,
    };
    if let Some(noted) = parts.extensions.get::<Noted>() {
        noted.caller(caller.workspace_id(), caller.name_in_timeline());
    }
    Ok(caller)
}

/// A key, if one is sent; else the session.
pub(super) async fn find_out(parts: &Parts, app: &App) -> Result<Caller, ApiError> {
    let (workspace, who) = if parts.headers.contains_key(header::AUTHORIZATION) {
        let key = by_key(parts, app).await?;
        (key.workspace, Who::Key(key))
    } else {
        let session = by_session(parts, app).await?;
        (session.workspace, Who::User(session))
    };
    let workspace = find_workspace(app, workspace).await?;
    Ok(Caller { workspace, who })
}

async fn by_key(parts: &Parts, app: &App) -> Result<ApiKey, ApiError> {
    let key = find_key(app, bearer(parts)?, app.clock.now()).await?;
    let route = parts.extensions.get::<MatchedPath>();
    let needed = match only_looks(&parts.method, route.map_or("", |route| in_api(route.as_str()))) {
        true => READ,
        false => WRITE,
    };
    if !key.scopes.iter().any(|scope| scope == needed) {
        return Err(ApiError::MissingScope(needed));
    }
    Ok(key)
}

fn bearer(parts: &Parts) -> Result<&str, ApiError> {
    let header = parts.headers.get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, key) = header.split_once(' ').unwrap_or_default();
    match scheme.eq_ignore_ascii_case("bearer") {
        true => Ok(key.trim()),
        false => Err(ApiError::Unauthorised(
            "The Authorization header has not the form that is needed.",
        )),
    }
}

async fn find_key(app: &App, key: &str, now: UnixMs) -> Result<ApiKey, ApiError> {
    let known = match api_key::is_well_formed(key) {
        true => app.store.find_api_key(api_key::hash(key), now).await?,
        false => None,
    };
    known.ok_or(ApiError::Unauthorised("The API key is unknown, expired or revoked."))
}

async fn by_session(parts: &Parts, app: &App) -> Result<Session, ApiError> {
    let client = Client::of(parts, app);
    let now = app.clock.now();
    let Some(token) = &client.token else {
        return Err(ApiError::Unauthorised("Nobody is signed in, and no API key was sent."));
    };
    let known = app.store.find_session(token::hash(token), now).await?;
    let session = known.ok_or(ApiError::Unauthorised("The session has ended."))?;
    client.must_be_same_origin(&parts.method)?;
    if now.0 - session.seen_at.0 >= NOTE_USE_AFTER_MS {
        app.store
            .touch_session(session.id, now, now.plus_ms(SESSION_MS))
            .await?;
        if let Some(noted) = parts.extensions.get::<Noted>() {
            noted.cookie(client.set_cookie(token, SESSION_MS / 1_000));
        }
    }
    Ok(session)
}

/// The workspace is in the routing snapshot, unless the command line added it a moment ago.
async fn find_workspace(app: &App, id: WorkspaceId) -> Result<Arc<Workspace>, ApiError> {
    let find = || app.routing.load().workspace(id).cloned();
    if let Some(workspace) = find() {
        return Ok(workspace);
    }
    edits::begin().await.take_effect(app).await?;
    find().ok_or(ApiError::Broken(
        "a key or session belongs to a workspace that does not exist",
    ))
}

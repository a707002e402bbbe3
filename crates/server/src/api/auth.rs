//! Who calls: every endpoint takes a [`Caller`] as its first argument, so that nothing is read or said before it
//! is known that somebody may ask.

use super::{edits, error::ApiError};
use crate::{app::App, auth::api_key};
use axum::{
    extract::FromRequestParts,
    http::{Method, header, request::Parts},
};
use konektor_core::{ids::WorkspaceId, routing::Workspace, time::UnixMs};
use konektor_store::{Store, model::ApiKey};
use std::sync::Arc;

/// May look.
pub const READ: &str = "read";
/// May change.
pub const WRITE: &str = "write";

/// Somebody who showed a valid key with the scope that the method asks for: `read` to look, `write` for the rest.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data they see. Nothing of another workspace exists for them.
    pub workspace: Arc<Workspace>,
    /// The key that they showed.
    pub key: ApiKey,
}

impl Caller {
    /// The id of their workspace.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// How a lead's timeline names them.
    pub fn name_in_timeline(&self) -> String {
        format!("key:{}", self.key.id)
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let key = bearer(parts)?;
        let key = find_key(app, key, app.clock.now()).await?;
        let needed = if matches!(parts.method, Method::GET | Method::HEAD) {
            READ
        } else {
            WRITE
        };
        if !key.scopes.iter().any(|scope| scope == needed) {
            return Err(ApiError::MissingScope(needed));
        }
        let workspace = find_workspace(app, key.workspace).await?;
        Ok(Self { workspace, key })
    }
}

fn bearer(parts: &Parts) -> Result<&str, ApiError> {
    let header = parts
        .headers
        .get(header::AUTHORIZATION)
        .ok_or(ApiError::Unauthorised("No API key was sent."))?;
    let (scheme, key) = header.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
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

/// The workspace is in the routing snapshot, unless the command line added it a moment ago.
async fn find_workspace(app: &App, id: WorkspaceId) -> Result<Arc<Workspace>, ApiError> {
    let find = || app.routing.load().workspace(id).cloned();
    if let Some(workspace) = find() {
        return Ok(workspace);
    }
    edits::begin().await.take_effect(app).await?;
    find().ok_or(ApiError::Broken(
        "an API key belongs to a workspace that does not exist",
    ))
}

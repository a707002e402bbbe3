//! Signing in and out.

pub mod create;
pub mod delete;

use super::{
    auth::SESSION_MS,
    client::Client,
    error::ApiError,
    me::{UserMe, of_session},
};
use crate::{
    app::App,
    auth::{sign_in::Refused, token},
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use konektor_core::ids::WorkspaceId;
use konektor_store::{
    Access,
    model::{NewSession, User},
};

/// A session that has begun: its cookie, and who is signed in.
pub struct Begun {
    status: StatusCode,
    cookie: String,
    me: UserMe,
}

impl Begun {
    /// Answered as something new.
    pub fn created(self) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..self
        }
    }
}

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        (self.status, [(header::SET_COOKIE, self.cookie)], Json(self.me)).into_response()
    }
}

/// Begins a session under a new token, whatever the browser showed: a token that somebody planted there opens nothing.
/// What the browser had before ends.
pub async fn begin(app: &App, client: &Client, user: &User, workspace: Option<WorkspaceId>) -> Result<Begun, ApiError> {
    let now = app.clock.now();
    let (token, hash) = token::make();
    let new = NewSession {
        hash,
        user: user.id,
        workspace,
        expires_at: now.plus_ms(SESSION_MS),
        user_agent: client.user_agent.clone(),
        address: client.address.to_string(),
    };
    if let Some(old) = &client.token
        && let Some(old) = app.store.find_session(token::hash(old), now).await?
    {
        app.store.end_session(old.user.id, old.id).await?;
    }
    if app.store.add_session(new, now).await?.is_none() {
        let reason = "You are in no workspace any more. Ask whoever invited you for a new invitation.";
        return Err(ApiError::Forbidden(reason.to_owned()));
    }
    let session = app.store.find_session(hash, now).await?;
    let session = session.ok_or(ApiError::Unauthorised("The session has ended."))?;
    Ok(Begun {
        status: StatusCode::OK,
        cookie: client.set_cookie(&token, SESSION_MS / 1_000),
        me: of_session(app, &session.user, session.workspace).await?,
    })
}

/// Checks a password; who tries too often has to wait.
pub async fn check_password(
    app: &App,
    client: &Client,
    email: &str,
    password: String,
    hash: Option<String>,
) -> Result<(), ApiError> {
    let checked = app
        .sign_in
        .check(email, client.address, app.clock.now(), password, hash);
    checked.await.map_err(|refused| match refused {
        Refused::Wrong => ApiError::WrongPassword,
        Refused::Wait(wait) => ApiError::TooManyTries((wait.ms + 999) / 1_000),
    })
}

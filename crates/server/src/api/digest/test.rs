//! `POST /digest/test`

use super::settings;
use crate::{
    api::{
        auth::{Caller, Who},
        error::ApiError,
        refusals::{Conflicting, Refused},
    },
    app::App,
    notices,
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A digest that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentDigest {
    /// To whom.
    #[schema(example = "rina@brand.com")]
    email: String,
}

/// Sends the caller the digest that there would be now, at once. A mail server that does not take it is a 409 with its words.
#[utoipa::path(
    post, path = "/digest/test", operation_id = "test_digest", tag = "notices",
    responses((status = 200, description = "The mail server has it.", body = SentDigest), Conflicting, Refused)
)]
pub async fn test(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<SentDigest>, ApiError> {
    let Who::User(session) = &caller.who else {
        return Err(ApiError::Forbidden(
            "This goes to the person who is signed in, and a key is nobody. Sign in to do it.".to_owned(),
        ));
    };
    let Some(mail) = &app.mail else {
        return Err(ApiError::Conflict(
            "The server has no mail server. Set mail_url and mail_from, or use a webhook.".to_owned(),
        ));
    };
    let plan = settings(&app, caller.workspace_id()).await?.digest;
    let sent = notices::send_now(&app, mail, &caller.workspace, &session.user, &plan).await?;
    sent.map_err(|error| ApiError::Conflict(format!("The mail server did not take it: {error}")))?;
    Ok(Json(SentDigest {
        email: session.user.email.clone(),
    }))
}

//! `GET /hooks/whatsapp/{token}`: Meta asks whether the address is ours, and wants its challenge back.

use super::{find, opened};
use crate::{api::error::ApiError, hooks::Hooks};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::sync::Arc;

/// Longest challenge that is given back; Meta's has ten digits.
const CHALLENGE_MAX_BYTES: usize = 200;

/// What Meta asks with.
#[derive(Deserialize)]
pub struct Question {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

/// Gives the challenge back to whoever knows the verify token.
pub async fn verify(
    State(hooks): State<Arc<Hooks>>,
    Path(token): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, ApiError> {
    let whatsapp = find(&hooks, token).await?;
    let known = opened(
        &hooks,
        whatsapp.workspace,
        "verify_token",
        whatsapp.fields.verify_token.as_deref(),
    )?;
    let is_right = known.is_some_and(|known| is_same(&known, &question.verify_token));
    let fits = question.challenge.len() <= CHALLENGE_MAX_BYTES
        && question.challenge.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if question.mode != "subscribe" || !is_right || !fits {
        let reason = "The verify token is not the one that is set in the dashboard.";
        return Err(ApiError::Forbidden(reason.to_owned()));
    }
    let mut response = question.challenge.into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    Ok(response)
}

/// In constant time, whatever their lengths: both are put through a MAC under a key of the moment.
fn is_same(one: &str, other: &str) -> bool {
    let key: [u8; 32] = crate::secrets::random();
    let mac = |text: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        mac.chain_update(text.as_bytes())
    };
    mac(one).verify_slice(&mac(other).finalize().into_bytes()).is_ok()
}

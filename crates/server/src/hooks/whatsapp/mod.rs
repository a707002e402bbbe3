//! `GET` and `POST /hooks/whatsapp/{token}`: Meta's Cloud API tells of messages to the workspace's number.

mod message;
pub mod receive;
pub mod verify;

use super::Hooks;
use crate::{api::error::ApiError, auth::token};
use konektor_core::ids::WorkspaceId;
use konektor_store::{Hooks as _, model::Whatsapp};

const NOT_FOUND: ApiError = ApiError::NotFound("WhatsApp hook");

async fn find(hooks: &Hooks, token: String) -> Result<Whatsapp, ApiError> {
    if !token::is_well_formed(&token) {
        return Err(NOT_FOUND);
    }
    hooks.app.store.find_whatsapp(token).await?.ok_or(NOT_FOUND)
}

/// Opens what is sealed for a field of a workspace's connection.
fn opened(
    hooks: &Hooks,
    workspace: WorkspaceId,
    field: &str,
    sealed: Option<&[u8]>,
) -> Result<Option<String>, ApiError> {
    const BROKEN: ApiError = ApiError::Broken("a WhatsApp secret does not open; was the secret key changed?");
    let Some(sealed) = sealed else { return Ok(None) };
    let row = crate::api::whatsapp::row(workspace, field);
    let plain = hooks.app.sealer.open(&row, sealed).map_err(|_| BROKEN)?;
    String::from_utf8(plain).map(Some).map_err(|_| BROKEN)
}

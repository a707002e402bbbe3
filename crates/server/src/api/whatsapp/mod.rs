//! The workspace's number at WhatsApp's Cloud API. The hook itself is [`crate::hooks::whatsapp`].

pub mod delete;
pub mod get;
pub mod put;
mod view;

pub use view::WhatsappView;

use super::error::ApiError;
use konektor_core::ids::WorkspaceId;

const NOT_FOUND: ApiError = ApiError::NotFound("connection with WhatsApp: set one with PUT");

/// The row that a secret is sealed for.
pub fn row(workspace: WorkspaceId, field: &str) -> String {
    format!("whatsapp/{workspace}/{field}")
}

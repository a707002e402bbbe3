//! The digest: what the workspace is told of its day or week, when, and who gets it.

pub mod get;
pub mod test;
pub mod update;
mod view;

pub use view::{DigestSettingsView, Frequency};

use super::error::ApiError;
use crate::app::App;
use konektor_core::ids::WorkspaceId;
use konektor_store::{Notices, model::NoticeSettings};

/// What a workspace wants; where nobody has ever said, nothing.
pub(super) async fn settings(app: &App, workspace: WorkspaceId) -> Result<NoticeSettings, ApiError> {
    Ok(app.store.notice_settings(workspace).await?.unwrap_or_default())
}

//! Leads: the people who clicked.

pub mod arrived;
pub mod bulk;
pub mod csv;
pub mod delete;
mod details;
pub mod erase;
mod fields;
mod filter;
pub mod get;
pub mod import;
pub mod link;
pub mod list;
mod looks;
pub mod merge;
mod search;
pub mod timeline;
pub mod timeline_item;
mod touch;
pub mod unmerge;
pub mod update;
mod view;

pub use details::LeadDetailsView;
pub use timeline_item::{ChangeView, ClickView};
pub use touch::TouchView;
pub use view::{LeadPage, LeadView, amount, stored};

use super::{auth::Caller, error::ApiError};
use crate::app::App;
use axum::Json;
use konektor_core::{
    identity::code::{CODE_LENGTH, VisitorCode},
    ids::LeadId,
    routing::Workspace,
};
use konektor_store::{Identity, Store, model::Lead};

const NOT_FOUND: ApiError = ApiError::NotFound("lead");

/// A lead's id or its visitor code, as it stands in a path. The two cannot be mixed up: an id has the workspace in
/// its high bits, so it has more digits than a code has characters.
pub(super) fn parse_id(text: &str, workspace: &Workspace) -> Option<LeadId> {
    if text.trim().len() == CODE_LENGTH {
        let code: VisitorCode = text.parse().ok()?;
        return Some(LeadId {
            workspace: workspace.id,
            number: workspace.code_key.number(code),
        });
    }
    let id = LeadId::from_packed(text.parse().ok()?);
    (id.workspace == workspace.id).then_some(id)
}

/// The lead with this id or code in the path.
pub(super) async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Lead, ApiError> {
    let id = parse_id(id, workspace).ok_or(NOT_FOUND)?;
    app.store.find_lead(id).await?.ok_or(NOT_FOUND)
}

/// The lead with this id or code in the path, if the caller sees it: a CS sees those that they have.
async fn find_visible(app: &App, caller: &Caller, id: &str) -> Result<Lead, ApiError> {
    let lead = find(app, &caller.workspace, id).await?;
    match caller.sees_leads_of(lead.agent) {
        true => Ok(lead),
        false => Err(NOT_FOUND),
    }
}

/// A lead with all that is known of it, as it is answered by itself.
async fn show(app: &App, caller: &Caller, lead: Lead) -> Result<Json<LeadDetailsView>, ApiError> {
    let details = app.store.lead_details(lead.id).await?.ok_or(NOT_FOUND)?;
    Ok(Json(LeadDetailsView::new(lead, details, &caller.workspace.code_key)))
}

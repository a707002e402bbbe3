//! `POST /leads/{id}/link`

use super::find_visible;
use crate::{
    api::{
        auth::AnyCaller,
        body::Id,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
        time::Time,
    },
    app::App,
    link::token::{LASTS_MS, LinkToken},
};
use axum::{Json, extract::State};
use konektor_core::time::UnixMs;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A lead's link for its agent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadLink {
    /// Where the lead is renamed and its status set, without an account. Whoever has it can do so: send it to the agent
    /// only.
    #[schema(example = "https://go.example.com/l/34359738369.3.1787018400.1.w2F0Vq6mT0m3Yq1n8v5c7A")]
    url: String,
    /// Until then, unless the lead leaves its agent before.
    expires_at: Time,
}

/// Makes a link for a day by which the lead's agent renames it and sets its status, without an account. What is changed by it
/// stands in the timeline as the agent's. It ends when the lead goes to another agent or is removed.
#[utoipa::path(
    post, path = "/leads/{id}/link", operation_id = "make_lead_link", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code.")),
    responses((status = 200, description = "The link.", body = LeadLink), Missing, Conflicting, Refused)
)]
pub async fn link(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<Json<LeadLink>, ApiError> {
    let lead = find_visible(&app, &caller, &id).await?;
    let Some(agent) = lead.agent else {
        let reason = "No agent has this lead. Give it to one first.";
        return Err(ApiError::Conflict(reason.to_owned()));
    };
    // To the second, as it is signed.
    let until = UnixMs(app.clock.now().plus_ms(LASTS_MS).0 / 1_000 * 1_000);
    let lead = lead.id;
    let token = app.link_tokens.sign(LinkToken { lead, agent, until });
    Ok(Json(LeadLink {
        url: format!("{}/l/{token}", app.settings.base_url()),
        expires_at: Time(until),
    }))
}

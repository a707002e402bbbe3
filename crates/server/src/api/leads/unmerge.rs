//! `POST /leads/{id}/unmerge`

use super::{LeadDetailsView, NOT_FOUND, find_visible, parse_id, show};
use crate::{
    api::{
        auth::AnyCaller,
        body::Id,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::{Identity, Store, model::Unmerge};
use std::sync::Arc;

/// Takes a merged lead out of the one that stands for it. Both are again what they were; what was changed by hand since then
/// stays with the survivor. The id or code is that of the merged lead. If a single lead was merged into the one in the path,
/// that one is taken out; of several, one has to be named.
#[utoipa::path(
    post, path = "/leads/{id}/unmerge", operation_id = "unmerge_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code of the lead that was merged.")),
    responses(
        (status = 200, description = "The lead that stands alone again.", body = LeadDetailsView),
        Conflicting, Missing, Refused
    )
)]
pub async fn unmerge(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<Json<LeadDetailsView>, ApiError> {
    let survivor = find_visible(&app, &caller, &id).await?;
    let named = parse_id(&id, &caller.workspace).ok_or(NOT_FOUND)?;
    let by = caller.name_in_timeline();
    match app.store.unmerge_lead(named, by, app.clock.now()).await? {
        Unmerge::Done { lead, .. } => {
            let lead = app.store.find_lead(lead).await?.ok_or(NOT_FOUND)?;
            let agents: Vec<_> = survivor.agent.into_iter().chain(lead.agent).collect();
            app.live.lead_updated(survivor.id, agents.iter().copied());
            app.live.lead_updated(lead.id, agents);
            show(&app, &caller, lead).await
        }
        Unmerge::NotMerged => Err(ApiError::Conflict(
            "This lead was not merged, and no other was merged into it.".to_owned(),
        )),
        Unmerge::WhichOne(leads) => {
            let key = &caller.workspace.code_key;
            let codes: Vec<_> = leads.iter().map(|lead| key.code(lead.number).to_string()).collect();
            Err(ApiError::Conflict(format!(
                "Several leads were merged into this one. Name the one to take out: {}.",
                codes.join(", ")
            )))
        }
        Unmerge::NotFound => Err(NOT_FOUND),
    }
}

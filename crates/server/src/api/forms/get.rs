//! `GET /forms/{id}`

use super::{FormView, find};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// One form hook.
#[utoipa::path(
    get, path = "/forms/{id}", operation_id = "get_form", tag = "forms",
    params(("id" = String, Path)),
    responses((status = 200, description = "The form hook.", body = FormView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<FormView>, ApiError> {
    let form = find(&app, &caller.workspace, &id).await?;
    Ok(Json(FormView::new(&app, form)))
}

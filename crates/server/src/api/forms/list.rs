//! `GET /forms`

use super::{FormPage, FormView};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        page::{Page, PageQuery, Place},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Hooks;
use std::sync::Arc;

/// The form hooks of the workspace, oldest first.
#[utoipa::path(
    get, path = "/forms", operation_id = "list_forms", tag = "forms",
    params(PageQuery),
    responses((status = 200, description = "A page of form hooks.", body = FormPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<FormPage>, ApiError> {
    let forms = app.store.forms(caller.workspace_id()).await?;
    let page = Page::of_all(forms, &query, |form| Place::new(form.created_at, form.id.0))?;
    Ok(Json(page.map(|form| FormView::new(&app, form))))
}

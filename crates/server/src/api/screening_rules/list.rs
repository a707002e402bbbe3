//! `GET /screening-rules`

use super::{RulePage, RuleView};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        page::{Page, PageQuery},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Store;
use std::sync::Arc;

/// What was taught about who is a person, oldest first.
#[utoipa::path(
    get, path = "/screening-rules", operation_id = "list_screening_rules", tag = "reports",
    params(PageQuery),
    responses((status = 200, description = "A page of rules.", body = RulePage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RulePage>, ApiError> {
    let rules = app.store.screening_rules(caller.workspace_id()).await?;
    let page = Page::of_all(rules, &query, |rule| rule.id)?;
    Ok(Json(page.map(RuleView::from)))
}

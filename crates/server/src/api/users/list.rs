//! `GET /users`

use super::{UserPage, UserView};
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
use konektor_store::Access;
use std::sync::Arc;

/// Who may sign in to the workspace, oldest first; those who are invited too.
#[utoipa::path(
    get, path = "/users", operation_id = "list_users", tag = "users",
    params(PageQuery),
    responses((status = 200, description = "A page of users.", body = UserPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<UserPage>, ApiError> {
    let members = app.store.members(caller.workspace_id()).await?;
    let page = Page::of_all(members, &query, |member| member.user.id)?;
    Ok(Json(page.map(UserView::from)))
}

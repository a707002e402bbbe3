//! `GET /rotators`

use super::{RotatorPage, RotatorView, Surroundings};
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

/// The rotators of the workspace, oldest first.
#[utoipa::path(
    get, path = "/rotators", operation_id = "list_rotators", tag = "rotators",
    params(PageQuery),
    responses((status = 200, description = "A page of rotators.", body = RotatorPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RotatorPage>, ApiError> {
    let rotators = app.store.rotators(caller.workspace_id()).await?;
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    let page = Page::of_all(rotators, &query, |rotator| rotator.id)?;
    let mut items = Vec::with_capacity(page.items.len());
    for rotator in page.items {
        items.push(RotatorView::of(&app, rotator, &surroundings).await?);
    }
    let next_cursor = page.next_cursor;
    Ok(Json(Page { items, next_cursor }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;

    #[tokio::test]
    async fn rotators_come_in_pages_oldest_first() {
        let server = Server::start().await;
        for slug in ["satu", "dua", "tiga"] {
            server.add_rotator(slug, &[]).await;
        }
        let page = server.get("/rotators?limit=2").await;
        assert_eq!(page.items("slug"), ["satu", "dua"]);
        let rest = format!(
            "/rotators?limit=2&cursor={}",
            page.json["next_cursor"].as_str().unwrap()
        );
        let rest = server.get(&rest).await;
        assert_eq!(rest.items("slug"), ["tiga"]);
        assert!(rest.json["next_cursor"].is_null());

        let (_, key) = server.add_workspace().await;
        assert!(
            server
                .ask(&key, Method::GET, "/rotators", None)
                .await
                .items("id")
                .is_empty()
        );
    }
}

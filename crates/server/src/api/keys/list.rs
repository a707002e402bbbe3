//! `GET /keys`

use super::{KeyPage, KeyView};
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

/// The API keys of the workspace that are not revoked, oldest first; expired ones too.
#[utoipa::path(
    get, path = "/keys", operation_id = "list_keys", tag = "keys",
    params(PageQuery),
    responses((status = 200, description = "A page of keys.", body = KeyPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<KeyPage>, ApiError> {
    let keys = app.store.api_keys(caller.workspace_id()).await?;
    let page = Page::of_all(keys, &query, |key| key.id)?;
    Ok(Json(page.map(KeyView::from)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;

    #[tokio::test]
    async fn keys_are_listed_without_the_key() {
        let server = Server::start().await;
        let (other, _) = server.add_workspace().await;
        server.add_key(other, &["read"], None).await;
        let answer = server.get("/keys").await;
        assert_eq!(answer.items("name"), ["test"]);
        assert!(answer.json["items"][0].get("key").is_none());
        assert!(!answer.json.to_string().contains(&server.key));
    }
}

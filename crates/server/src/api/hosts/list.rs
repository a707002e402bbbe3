//! `GET /hosts`

use super::{HostPage, HostView};
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

/// The host names of the workspace, by name.
#[utoipa::path(
    get, path = "/hosts", operation_id = "list_hosts", tag = "hosts",
    params(PageQuery),
    responses((status = 200, description = "A page of hosts.", body = HostPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<HostPage>, ApiError> {
    let hosts = app.store.hosts(caller.workspace_id()).await?;
    let page = Page::of_all(hosts, &query, Clone::clone)?;
    Ok(Json(page.map(|host| HostView { host })))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn hosts_come_in_pages_by_name() {
        let server = Server::start().await;
        for host in ["wa.c.id", "wa.a.id", "wa.b.id"] {
            server.post("/hosts", json!({ "host": host })).await;
        }
        let page = server.get("/hosts?limit=2").await;
        assert_eq!(page.items("host"), ["wa.a.id", "wa.b.id"]);
        let rest = format!("/hosts?limit=2&cursor={}", page.json["next_cursor"].as_str().unwrap());
        assert_eq!(server.get(&rest).await.items("host"), ["wa.c.id"]);
        let (_, key) = server.add_workspace().await;
        assert!(
            server
                .ask(&key, Method::GET, "/hosts", None)
                .await
                .items("host")
                .is_empty()
        );
    }
}

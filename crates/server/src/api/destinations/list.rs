//! `GET /destinations`

use super::{DestinationPage, DestinationView};
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
use konektor_store::Store;
use std::sync::Arc;

/// The destinations of the workspace, oldest first.
#[utoipa::path(
    get, path = "/destinations", operation_id = "list_destinations", tag = "destinations",
    params(PageQuery),
    responses((status = 200, description = "A page of destinations.", body = DestinationPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<DestinationPage>, ApiError> {
    let destinations = app.store.destinations(caller.workspace_id()).await?;
    let page = Page::of_all(destinations, &query, |destination| {
        Place::new(destination.created_at, destination.id.0)
    })?;
    let mut items = Vec::with_capacity(page.items.len());
    for destination in page.items {
        items.push(DestinationView::new(&app, destination).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: page.next_cursor,
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn destinations_come_in_pages_oldest_first() {
        let server = Server::start().await;
        let mut made = Vec::new();
        // Two of one moment, too.
        for ms in [0, 10, 10, 20, 30] {
            server.set_clock(ms);
            made.push(json!(server.add_destination(meta()).await));
        }
        let mut seen = Vec::new();
        let mut path = "/destinations?limit=2".to_owned();
        for has_next in [true, true, false] {
            let page = server.get(&path).await;
            seen.extend(page.items("id"));
            let next = page.json["next_cursor"].as_str();
            assert_eq!(next.is_some(), has_next);
            path = format!("/destinations?limit=2&cursor={}", next.unwrap_or_default());
        }
        assert_eq!([&seen[0], &seen[3], &seen[4]], [&made[0], &made[3], &made[4]]);
        made.sort_by_key(|id| id.to_string());
        seen.sort_by_key(|id| id.to_string());
        assert_eq!(seen, made);
    }

    #[tokio::test]
    async fn another_workspace_has_destinations_of_its_own() {
        let server = Server::start().await;
        server.add_destination(meta()).await;
        let (_, key) = server.add_workspace().await;
        let answer = server.ask(&key, Method::GET, "/destinations", None).await;
        assert!(answer.items("id").is_empty());
        assert_eq!(server.get("/destinations?cursor=MQ").await.refused()[0].0, "cursor");
    }
}

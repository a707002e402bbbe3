//! `GET /agents`

use super::{AgentPage, AgentView};
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

/// The agents of the workspace, oldest first.
#[utoipa::path(
    get, path = "/agents", operation_id = "list_agents", tag = "agents",
    params(PageQuery),
    responses((status = 200, description = "A page of agents.", body = AgentPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AgentPage>, ApiError> {
    let agents = app.store.agents(caller.workspace_id()).await?;
    let page = Page::of_all(agents, &query, |agent| agent.id)?;
    Ok(Json(page.map(AgentView::from)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};

    #[tokio::test]
    async fn agents_come_in_pages_oldest_first() {
        let server = Server::start().await;
        for name in ["Ayu", "Budi", "Citra", "Dewi", "Eka"] {
            server.add_agent(name).await;
        }
        let mut names = Vec::new();
        let mut path = "/agents?limit=2".to_owned();
        for has_next in [true, true, false] {
            let page = server.get(&path).await;
            names.extend(page.items("name"));
            let next = page.json["next_cursor"].as_str();
            assert_eq!(next.is_some(), has_next);
            path = format!("/agents?limit=2&cursor={}", next.unwrap_or_default());
        }
        assert_eq!(names, ["Ayu", "Budi", "Citra", "Dewi", "Eka"]);
    }

    #[tokio::test]
    async fn another_workspace_has_agents_of_its_own() {
        let server = Server::start().await;
        server.add_agent("Ayu").await;
        let (_, key) = server.add_workspace().await;
        let answer = server.ask(&key, Method::GET, "/agents", None).await;
        assert!(answer.items("id").is_empty());
    }

    #[tokio::test]
    async fn a_parameter_that_does_not_exist_is_refused() {
        let server = Server::start().await;
        let refused = server.get("/agents?limit=0&cursor=x").await.refused();
        assert_eq!(refused[0].0, "limit");
        assert_eq!(refused[1].0, "cursor");
        let refused = server.get("/agents?active=true").await.refused();
        assert_eq!(
            refused[0],
            (
                "active".to_owned(),
                "There is no field \"active\". Known here: limit or cursor.".to_owned()
            )
        );
        assert_eq!(
            server.get("/agents?limit=%FF").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

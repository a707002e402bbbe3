//! `GET /agents/{id}`

use super::{AgentView, find_visible};
use crate::{
    api::{
        auth::AnyCaller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// One agent. An agent sees only themselves.
#[utoipa::path(
    get, path = "/agents/{id}", operation_id = "get_agent", tag = "agents",
    params(("id" = String, Path)),
    responses((status = 200, description = "The agent.", body = AgentView), Missing, Refused)
)]
pub async fn get(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<Json<AgentView>, ApiError> {
    Ok(Json(find_visible(&app, &caller, &id).await?.into()))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};

    #[tokio::test]
    async fn an_agent_of_another_workspace_answers_exactly_as_a_missing_one() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        assert_eq!(server.get(&format!("/agents/{id}")).await.json["name"], "Ayu");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, &format!("/agents/{id}"), None).await;
        for path in [
            "/agents/999",
            "/agents/x",
            "/agents/%FF",
            "/agents/99999999999999999999",
        ] {
            let missing = server.get(path).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(
                (missing.json, missing.headers),
                (foreign.json.clone(), foreign.headers.clone()),
                "{path}"
            );
        }
    }
}

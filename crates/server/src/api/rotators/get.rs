//! `GET /rotators/{id}`

use super::{RotatorView, Surroundings, find};
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

/// One rotator.
#[utoipa::path(
    get, path = "/rotators/{id}", operation_id = "get_rotator", tag = "rotators",
    params(("id" = String, Path)),
    responses((status = 200, description = "The rotator.", body = RotatorView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<RotatorView>, ApiError> {
    let rotator = find(&app, &caller.workspace, &id).await?;
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    Ok(Json(RotatorView::of(&app, rotator, &surroundings).await?))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_rotator_of_another_workspace_answers_exactly_as_a_missing_one() {
        let server = Server::start().await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[]).await);
        assert_eq!(server.get(&path).await.json["slug"], "promo");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, &path, None).await;
        let missing = server.get("/rotators/999").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert_eq!((foreign.status, foreign.json), (missing.status, missing.json));
    }

    #[tokio::test]
    async fn what_is_probably_not_meant_is_said() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let path = format!("/rotators/{}", server.add_rotator("promo", &[&ayu, &budi]).await);
        assert_eq!(server.get(&path).await.json["warnings"], json!([]));

        server.delete(&format!("/agents/{ayu}")).await;
        let agents = server.get(&path).await.json["agents"].clone();
        assert_eq!(
            agents,
            json!([{ "agent_id": budi, "weight": 1 }]),
            "who was removed is not in it any more"
        );

        server
            .patch(&format!("/agents/{budi}"), json!({ "active": false }))
            .await;
        let off = server.get(&path).await.json["warnings"][0].clone();
        assert_eq!(
            off,
            "All agents with a weight are switched off, so every visitor is told that you are closed."
        );

        let drained = json!({ "message": "Halo", "agents": [{ "agent_id": budi, "weight": 0 }] });
        let warnings = server.patch(&path, drained).await.json["warnings"].clone();
        let no_code = "The message does not contain {code}, so a chat cannot be matched to its lead.";
        assert_eq!(
            warnings,
            json!([no_code, "All weights are 0, so nobody gets new leads."])
        );
    }
}

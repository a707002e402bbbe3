//! `PATCH /agents/{id}`

use super::{AgentView, NOT_FOUND, fields::AgentPatch, find_visible};
use crate::{
    api::{
        auth::AnyCaller,
        body::{Body, Id},
        edits,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Store;
use std::sync::Arc;

/// Changes an agent. The next click is routed by it. An agent may switch themselves on and off and pause, no more.
#[utoipa::path(
    patch, path = "/agents/{id}", operation_id = "update_agent", tag = "agents",
    params(("id" = String, Path)),
    request_body = AgentPatch,
    responses((status = 200, description = "The agent as it is now.", body = AgentView), Missing, RefusedBody, Refused)
)]
pub async fn update(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<AgentPatch>,
) -> Result<Json<AgentView>, ApiError> {
    let edit = edits::begin().await;
    let agent = find_visible(&app, &caller, &id).await?;
    if caller.is_agent() && !patch.is_own_switch() {
        let reason = "You can switch yourself on and off and pause. For the rest ask an owner or admin.";
        return Err(ApiError::Forbidden(reason.to_owned()));
    }
    let fields = patch.apply(agent.fields, &caller.workspace)?;
    let agent = app
        .store
        .set_agent(caller.workspace_id(), agent.id, fields, app.clock.now())
        .await?
        .ok_or(NOT_FOUND)?;
    edit.take_effect(&app).await?;
    app.delivery.status_changed();
    Ok(Json(agent.into()))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use konektor_core::ids::AgentId;
    use serde_json::json;

    #[tokio::test]
    async fn what_is_absent_stays_and_null_clears() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        let path = format!("/agents/{id}");
        let full = json!({ "daily_cap": 5, "time_zone": "asia/makassar", "paused_until": "2026-08-18T00:00:00Z" });
        assert_eq!(server.patch(&path, full).await.json["time_zone"], "Asia/Makassar");
        let changed = server
            .patch(&path, json!({ "daily_cap": null, "name": "Ayu L." }))
            .await
            .json;
        assert_eq!(
            (&changed["daily_cap"], &changed["name"]),
            (&json!(null), &json!("Ayu L."))
        );
        assert_eq!(changed["paused_until"], "2026-08-18T00:00:00.000Z");
        assert_eq!(changed["phone"], "6281234567890");
        let refused = server.patch(&path, json!({ "name": null })).await.refused();
        assert_eq!(refused[0].0, "name", "a name cannot be cleared");
    }

    #[tokio::test]
    async fn a_change_takes_effect_with_the_next_click() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        let path = format!("/agents/{id}");
        server.patch(&path, json!({ "active": false })).await;
        let agent: AgentId = id.parse().unwrap();
        assert!(!server.app.routing.load().agent(agent).unwrap().active);
    }

    #[tokio::test]
    async fn changes_at_once_do_not_undo_one_another() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        let path = format!("/agents/{id}");
        tokio::join!(
            server.patch(&path, json!({ "name": "Ayu L." })),
            server.patch(&path, json!({ "daily_cap": 7 })),
            server.patch(&path, json!({ "active": false })),
        );
        let agent = server.get(&path).await.json;
        assert_eq!(
            (&agent["name"], &agent["daily_cap"], &agent["active"]),
            (&json!("Ayu L."), &json!(7), &json!(false))
        );
    }

    #[tokio::test]
    async fn an_agent_of_another_workspace_cannot_be_changed() {
        let server = Server::start().await;
        let id = server.add_agent("Ayu").await;
        let (_, key) = server.add_workspace().await;
        let body = Some(json!({ "active": false }));
        let answer = server.ask(&key, Method::PATCH, &format!("/agents/{id}"), body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get(&format!("/agents/{id}")).await.json["active"], true);
    }
}

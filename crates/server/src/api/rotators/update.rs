//! `PATCH /rotators/{id}`

use super::{NOT_FOUND, RotatorView, Surroundings, fields::RotatorPatch, find};
use crate::{
    api::{
        auth::Caller,
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

/// Changes a rotator. The next click is routed by it.
#[utoipa::path(
    patch, path = "/rotators/{id}", operation_id = "update_rotator", tag = "rotators",
    params(("id" = String, Path)),
    request_body = RotatorPatch,
    responses((status = 200, description = "The rotator as it is now.", body = RotatorView), Missing, RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<RotatorPatch>,
) -> Result<Json<RotatorView>, ApiError> {
    let edit = edits::begin().await;
    let rotator = find(&app, &caller.workspace, &id).await?;
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    let fields = patch.apply(rotator.fields, &caller.workspace, &surroundings, &app.settings)?;
    let rotator = app
        .store
        .set_rotator(caller.workspace_id(), rotator.id, fields)
        .await?
        .ok_or(NOT_FOUND)?;
    edit.take_effect(&app).await?;
    Ok(Json(RotatorView::of(&app, rotator, &surroundings).await?))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn what_is_absent_stays_and_null_clears() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[&ayu]).await);
        let first = json!({ "fallback": "0812 3456 7890", "page": { "title": "Promo" }, "message": "A [{code}]" });
        assert_eq!(server.patch(&path, first).await.json["fallback"], "6281234567890");
        let changed = server
            .patch(&path, json!({ "fallback": null, "page": null, "slug": "Baru" }))
            .await
            .json;
        assert_eq!((&changed["fallback"], &changed["page"]), (&json!(null), &json!(null)));
        assert_eq!(
            (&changed["slug"], &changed["message"]),
            (&json!("baru"), &json!("A [{code}]"))
        );
        assert_eq!(changed["agents"], json!([{ "agent_id": ayu, "weight": 1 }]));
        let routing = server.app.routing.load_full();
        assert!(routing.find_public_rotator("baru").is_some() && routing.find_public_rotator("promo").is_none());
        for name in ["slug", "name", "mode", "message", "target", "agents"] {
            let refused = server.patch(&path, json!({ name: null })).await.refused();
            assert_eq!(refused[0].0, name, "cannot be cleared");
        }
    }

    #[tokio::test]
    async fn a_slug_in_use_is_a_conflict_and_nothing_changes() {
        let server = Server::start().await;
        server.add_rotator("promo", &[]).await;
        let path = format!("/rotators/{}", server.add_rotator("bio", &[]).await);
        let answer = server.patch(&path, json!({ "slug": "promo", "name": "Lain" })).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(server.get(&path).await.json["name"], "bio");
        assert_eq!(
            server.patch(&path, json!({ "slug": "bio" })).await.status,
            StatusCode::OK,
            "its own is its own"
        );
    }

    #[tokio::test]
    async fn a_rotator_of_another_workspace_cannot_be_changed() {
        let server = Server::start().await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[]).await);
        let (_, key) = server.add_workspace().await;
        let answer = server
            .ask(&key, Method::PATCH, &path, Some(json!({ "name": "x" })))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

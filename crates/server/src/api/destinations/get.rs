//! `GET /destinations/{id}`

use super::{DestinationView, find};
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

/// One destination.
#[utoipa::path(
    get, path = "/destinations/{id}", operation_id = "get_destination", tag = "destinations",
    params(("id" = String, Path)),
    responses((status = 200, description = "The destination.", body = DestinationView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<DestinationView>, ApiError> {
    let destination = find(&app, &caller.workspace, &id).await?;
    Ok(Json(DestinationView::new(&app, destination).await?))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_store::{Store, model::Next};
    use serde_json::{Value, json};

    #[tokio::test]
    async fn a_destination_of_another_workspace_answers_exactly_as_a_missing_one() {
        let server = Server::start().await;
        let id = server.add_destination(meta()).await;
        let (_, key) = server.add_workspace().await;
        let about = json!({ "lead_id": "1", "event": "click" });
        for (method, suffix, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(json!({ "active": false }))),
            (Method::DELETE, "", None),
            (Method::POST, "/test", None),
            (Method::POST, "/dry-run", Some(about)),
        ] {
            let ask = async |key: &str, id: &str| -> (StatusCode, Value) {
                let path = format!("/destinations/{id}{suffix}");
                let answer = server.ask(key, method.clone(), &path, body.clone()).await;
                (answer.status, answer.json)
            };
            let foreign = ask(&key, &id).await;
            assert_eq!(foreign.0, StatusCode::NOT_FOUND, "{method} {suffix}");
            for missing in ["1", "x", "99999999999999999999"] {
                assert_eq!(ask(&server.key, missing).await, foreign, "{method} {missing}{suffix}");
            }
        }
        assert_eq!(server.get(&format!("/destinations/{id}")).await.json["state"], "active");
    }

    #[tokio::test]
    async fn a_destination_says_how_its_events_stand() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let visits = (0..4).map(|n| server.visit(&promo, &format!("fbclid=F{n}"), n));
        server.record(visits.collect()).await;
        server.set_clock(5_000);
        server.settle(&id, &[Next::Sent, Next::Dropped, Next::Confirmed]).await;
        let stats = server.get(&format!("/destinations/{id}")).await.json["stats"].clone();
        let wanted = json!({
            "pending": 1, "oldest_due": "2026-08-17T02:00:00.003Z", "sent_24h": 2, "failed_24h": 1,
            "last_sent": "2026-08-17T02:00:05.000Z",
        });
        assert_eq!(stats, wanted);
    }

    #[tokio::test]
    async fn what_will_break_is_said_before() {
        let server = Server::start().await;
        let new = json!({
            "platform": "linkedin", "settings": { "conversion_rule_id": "23456", "api_version": "202509" },
            "credentials": { "access_token": "t" },
        });
        let path = format!("/destinations/{}", server.add_destination(new).await);
        let warnings = server.get(&path).await.json["warnings"].clone();
        assert!(
            warnings[0].as_str().unwrap().contains("Raise api_version"),
            "{warnings}"
        );
    }

    #[tokio::test]
    async fn credentials_that_no_longer_open_are_said_and_can_be_entered_again() {
        let server = Server::start().await;
        let id = server.add_destination(meta()).await;
        let path = format!("/destinations/{id}");
        let mut broken = server.app.store.destinations(server.workspace).await.unwrap().remove(0);
        broken.fields.sealed[40] ^= 1;
        let set =
            server
                .app
                .store
                .set_destination(server.workspace, broken.id, broken.fields, false, broken.created_at);
        set.await.unwrap().unwrap();
        let shown = server.get(&path).await.json;
        assert_eq!(shown["has_credentials"], false);
        assert!(
            shown["warnings"][0].as_str().unwrap().contains("Enter them again"),
            "{shown}"
        );
        let settings = json!({ "settings": { "dataset_id": "9999999999999999" } });
        let refused = server.patch(&path, settings).await.refused();
        assert_eq!(refused[0].0, "credentials");
        let repaired = server
            .patch(&path, json!({ "credentials": { "access_token": "t" } }))
            .await
            .json;
        assert_eq!(
            (&repaired["has_credentials"], &repaired["warnings"]),
            (&json!(true), &json!([]))
        );
    }
}

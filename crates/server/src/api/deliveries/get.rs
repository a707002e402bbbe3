//! `GET /deliveries/{id}`

use super::{DeliveryView, find, parse_id, show};
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

/// One delivery, with what was last sent of it and what the platform answered.
#[utoipa::path(
    get, path = "/deliveries/{id}", operation_id = "get_delivery", tag = "deliveries",
    params(("id" = String, Path)),
    responses((status = 200, description = "The delivery.", body = DeliveryView), Missing, Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<DeliveryView>, ApiError> {
    let delivery = find(&app, &caller.workspace, parse_id(&id)?).await?;
    show(&app, &caller.workspace, delivery).await.map(Json)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_store::model::Next;
    use serde_json::json;

    #[tokio::test]
    async fn a_delivery_shows_what_was_sent_and_answered() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        let code = server.get(&format!("/leads/{}", lead.packed())).await.json["code"].clone();
        let fresh = server.get("/deliveries").await.json["items"][0].clone();
        let path = format!("/deliveries/{}", fresh["id"].as_str().unwrap());
        let wanted = json!({
            "id": fresh["id"], "destination_id": id, "platform": "meta", "lead_id": lead.packed().to_string(),
            "lead_code": code, "event": "click", "event_name": "Contact", "event_id": fresh["event_id"],
            "at": "2026-08-17T02:00:00.000Z", "not_before": "2026-08-17T02:00:00.000Z",
            "expires_at": "2026-08-24T01:00:00.000Z", "state": "pending", "settled_at": null, "attempts": 0,
            "next_attempt": "2026-08-17T02:00:00.000Z", "code": null, "reason": null, "request": null,
            "response": null,
        });
        assert_eq!(fresh, wanted);
        let event_id = fresh["event_id"].as_str().unwrap();
        assert!(
            event_id.starts_with("kn-") && event_id.ends_with("-click"),
            "{event_id}"
        );

        server.set_clock(1_000);
        server.settle(&id, &[Next::Dropped]).await;
        let mut wanted = wanted;
        for (field, value) in [
            ("state", json!("dropped")),
            ("settled_at", json!("2026-08-17T02:00:01.000Z")),
            ("attempts", json!(1)),
            ("next_attempt", json!(null)),
            ("code", json!("100/2804003")),
            ("reason", json!("The platform's words.")),
            ("request", json!("POST https://platform.example\n\n{}")),
            (
                "response",
                json!({ "at": "2026-08-17T02:00:01.000Z", "status": 200, "trace": "trace-1", "body": "{\"ok\":1}" }),
            ),
        ] {
            wanted[field] = value;
        }
        assert_eq!(server.get(&path).await.json, wanted);
    }

    #[tokio::test]
    async fn a_delivery_of_another_workspace_answers_exactly_as_a_missing_one() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        server.add_destination(meta()).await;
        server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await;
        let id = server.get("/deliveries").await.items("id")[0]
            .as_str()
            .unwrap()
            .to_owned();
        let (_, key) = server.add_workspace().await;
        for (method, suffix) in [(Method::GET, ""), (Method::POST, "/replay")] {
            let foreign = server
                .ask(&key, method.clone(), &format!("/deliveries/{id}{suffix}"), None)
                .await;
            assert_eq!(foreign.status, StatusCode::NOT_FOUND);
            for missing in ["999", "x", "99999999999999999999"] {
                let path = format!("/deliveries/{missing}{suffix}");
                let answer = server.ask(&server.key, method.clone(), &path, None).await;
                assert_eq!(
                    (answer.status, answer.json),
                    (foreign.status, foreign.json.clone()),
                    "{method} {path}"
                );
            }
        }
    }
}

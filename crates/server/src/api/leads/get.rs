//! `GET /leads/{id}`

use super::{LeadDetailsView, find_visible, show};
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

/// One lead, by its id or its visitor code. Of a lead that was merged, the one that stands for it.
#[utoipa::path(
    get, path = "/leads/{id}", operation_id = "get_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code.")),
    responses((status = 200, description = "The lead.", body = LeadDetailsView), Missing, Refused)
)]
pub async fn get(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<Json<LeadDetailsView>, ApiError> {
    let lead = find_visible(&app, &caller, &id).await?;
    show(&app, &caller, lead).await
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn a_lead_shows_where_it_first_and_last_came_from() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let lead = server
            .record(vec![server.visit(
                &promo,
                "gclid=G&utm_source=ig&utm_campaign=lebaran",
                0,
            )])
            .await[0];
        let back = Visit {
            cookie: Some(lead.number),
            ua: "Mozilla/5.0 (X11; Linux x86_64)".into(),
            ..server.visit(&promo, "", 5)
        };
        server.record(vec![back]).await;
        let answer = server.get(&format!("/leads/{}", lead.packed())).await.json;
        let code = answer["code"].as_str().unwrap();
        let wanted = json!({
            "id": lead.packed().to_string(), "code": code, "name": format!("Visitor [{code}]"), "name_source": "auto",
            "status": "new", "phone": null, "email": null, "agent_id": ayu, "rotator_id": promo, "value": null,
            "currency": null, "notes": null, "click_count": 2, "arrived_at": null, "arrived_by": null,
            "first_touch": {
                "layer": "click_id", "platform": "google", "click_ids": { "gclid": "G" },
                "utm": { "source": "ig", "campaign": "lebaran" }, "referrer": "https://l.instagram.com",
            },
            "last_touch": {
                "layer": "referrer", "platform": "meta", "click_ids": {}, "utm": {},
                "referrer": "https://l.instagram.com",
            },
            "first_seen": "2026-08-17T02:00:00.000Z", "last_seen": "2026-08-17T02:00:00.005Z", "ip": "203.0.113.7",
            "country": "ID", "region": null, "city": null, "time_zone": "Asia/Jakarta", "language": "id-ID",
            "device": "Desktop", "os": "Linux", "browser": null, "in_app": null, "tracking_status": "none", "flags": [],
            "identifiers": [], "merged": [], "custom": [], "consent": null,
        });
        assert_eq!(answer, wanted);
        let typed = code.to_lowercase().replace('0', "o").replace('1', "l");
        assert_eq!(
            server.get(&format!("/leads/{typed}")).await.json,
            wanted,
            "a lead is also addressed by its code"
        );
    }

    #[tokio::test]
    async fn a_lead_of_another_workspace_answers_exactly_as_a_missing_one() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        let path = format!("/leads/{}", lead.packed());
        assert_eq!(server.get(&path).await.status, StatusCode::OK);
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, &path, None).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        for id in ["0000000", "UUUUUUU", "1", "-5", "x", "99999999999999999999", "%00"] {
            let missing = server.get(&format!("/leads/{id}")).await;
            assert_eq!(
                (missing.status, missing.json),
                (foreign.status, foreign.json.clone()),
                "{id}"
            );
        }
    }
}

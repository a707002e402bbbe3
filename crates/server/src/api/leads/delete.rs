//! `DELETE /leads/{id}`

use super::{NOT_FOUND, find};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
};
use axum::{extract::State, http::StatusCode};
use konektor_store::Store;
use std::sync::Arc;

/// Takes a lead out of the lists and the funnel. Its clicks stay counted and what was sent of it stays sent. If the visitor
/// comes back, they are a new lead: a customer is never invisible.
#[utoipa::path(
    delete, path = "/leads/{id}", operation_id = "delete_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code.")),
    responses((status = 204, description = "Removed."), Missing, Refused)
)]
pub async fn delete(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    let lead = find(&app, &caller.workspace, &id).await?;
    let by = caller.name_in_timeline();
    if !app.store.remove_lead(lead.id, by, app.clock.now()).await? {
        return Err(NOT_FOUND);
    }
    app.live.lead_updated(lead.id, lead.agent);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn a_removed_lead_is_in_no_list_and_its_visitor_comes_back_as_somebody_new() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        let path = format!("/leads/{}", lead.packed());
        server
            .patch(&path, json!({ "name": "Rina", "status": "won", "value": 5 }))
            .await;
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
        for list in ["/leads", "/leads?q=Rina", "/leads?status=won"] {
            assert_eq!(server.get(list).await.json["items"], json!([]), "{list}");
        }
        assert_eq!(
            server.get("/reports/overview").await.json["totals"]["clicks"],
            1,
            "a click was a click"
        );

        let back = Visit {
            cookie: Some(lead.number),
            ..server.visit(&promo, "fbclid=F", 60_000)
        };
        let anew = server.record(vec![back]).await[0];
        assert_ne!(anew, lead);
        let items = server.get("/leads").await.json["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(items[0]["id"], anew.packed().to_string());
        assert_eq!(
            (&items[0]["status"], &items[0]["click_count"]),
            (&json!("new"), &json!(1))
        );
    }
}

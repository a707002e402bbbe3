//! `PATCH /leads/{id}`

use super::{LeadView, NOT_FOUND, arrived::is_step, fields::LeadEdit, find_visible};
use crate::{
    api::{
        auth::AnyCaller,
        body::{Body, Id},
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Store;
use std::sync::Arc;

/// Changes a lead. Each change stands in its timeline with who made it; a new status is reported to the ad platforms
/// whose destinations map it.
#[utoipa::path(
    patch, path = "/leads/{id}", operation_id = "update_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code.")),
    request_body = LeadEdit,
    responses((status = 200, description = "The lead as it is now.", body = LeadView), Missing, RefusedBody, Refused)
)]
pub async fn update(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(edit): Body<LeadEdit>,
) -> Result<Json<LeadView>, ApiError> {
    let workspace = &caller.workspace;
    let lead = find_visible(&app, &caller, &id).await?;
    // Sent back as it is, it changes nothing.
    let hands_over = |id: &String| lead.agent.is_none_or(|own| own.to_string() != *id);
    if caller.is_agent() && edit.agent_id.as_ref().is_some_and(hands_over) {
        let reason = "Only an owner or admin can hand a lead to another agent.";
        return Err(ApiError::Forbidden(reason.to_owned()));
    }
    let agents = match edit.agent_id {
        Some(_) => app.store.agents(workspace.id).await?,
        None => Vec::new(),
    };
    let patch = edit.check(&lead, workspace, &agents)?;
    let is_step = is_step(&lead, patch.status, patch.arrived);
    let agent_before = lead.agent;
    let lead = app
        .store
        .update_lead(lead.id, patch, caller.name_in_timeline(), app.clock.now())
        .await?;
    if is_step {
        app.delivery.status_changed();
    }
    let lead = lead.ok_or(NOT_FOUND)?;
    app.live
        .lead_updated(lead.id, agent_before.into_iter().chain(lead.agent));
    Ok(Json(LeadView::new(lead, &workspace.code_key)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_core::decide::Visit;
    use serde_json::json;
    use std::time::Duration;

    async fn server_with_lead() -> (Server, String) {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        (server, format!("/leads/{}", lead.packed()))
    }

    #[tokio::test]
    async fn what_is_absent_stays_and_null_clears() {
        let (server, path) = server_with_lead().await;
        let first = json!({
            "name": " Budi  Santoso ", "status": "won", "phone": "0812 3456 7890", "email": "Budi@Example.COM ",
            "value": 149.5, "currency": "idr", "notes": "Mau 2 kg",
        });
        let lead = server.patch(&path, first).await.json;
        assert_eq!(
            (&lead["name"], &lead["name_source"]),
            (&json!("Budi Santoso"), &json!("manual"))
        );
        assert_eq!(
            (&lead["phone"], &lead["email"]),
            (&json!("6281234567890"), &json!("budi@example.com"))
        );
        assert_eq!((&lead["value"], &lead["currency"]), (&json!(149.5), &json!("IDR")));
        assert_eq!((&lead["status"], &lead["notes"]), (&json!("won"), &json!("Mau 2 kg")));

        let lead = server
            .patch(
                &path,
                json!({ "name": null, "email": null, "value": null, "notes": " " }),
            )
            .await
            .json;
        assert_eq!(
            (&lead["name_source"], &lead["email"], &lead["notes"]),
            (&json!("auto"), &json!(null), &json!(null))
        );
        assert_eq!((&lead["value"], &lead["currency"]), (&json!(null), &json!(null)));
        assert!(lead["name"].as_str().unwrap().starts_with("Visitor ["));
        assert_eq!(
            (&lead["status"], &lead["phone"]),
            (&json!("won"), &json!("6281234567890"))
        );
        assert_eq!(server.patch(&path, json!({})).await.json, lead);
    }

    #[tokio::test]
    async fn what_is_wrong_with_an_edit_is_said_field_by_field() {
        let (server, path) = server_with_lead().await;
        let edit = json!({ "name": "", "phone": "12", "email": "budi@", "agent_id": "999", "value": 5 });
        let refused = server.patch(&path, edit).await.refused();
        let mut fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["agent_id", "currency", "email", "name", "phone"]);
        for (edit, field, says) in [
            (json!({ "status": "sold" }), "status", "expected one of `new`"),
            (json!({ "status": null }), "status", "null"),
            (json!({ "agent_id": null }), "agent_id", "null"),
            (json!({ "value": -1, "currency": "IDR" }), "value", "negative"),
            (json!({ "value": 1, "currency": "Rupiah" }), "currency", "ISO 4217"),
            (json!({ "currency": "IDR" }), "value", "needs a value"),
            (json!({ "click_count": 7 }), "click_count", "There is no field"),
        ] {
            let refused = server.patch(&path, edit).await.refused();
            assert_eq!(refused[0].0, field);
            assert!(refused[0].1.contains(says), "{}", refused[0].1);
        }
    }

    #[tokio::test]
    async fn a_new_status_is_told_to_the_ad_platforms_at_once() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        server.add_destination(meta()).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        let path = format!("/leads/{}", lead.packed());
        let woken = async || {
            let statuses = server.app.delivery.statuses.notified();
            tokio::time::timeout(Duration::ZERO, statuses).await.is_ok()
        };
        server.set_clock(10);
        for (edit, wakes) in [
            (json!({ "name": "Budi" }), false),
            (json!({ "status": "new" }), false),
            (json!({ "status": "won", "value": 150_000, "currency": "IDR" }), true),
            (json!({ "status": "won" }), false),
            (json!({ "status": "sold" }), false),
        ] {
            server.patch(&path, edit.clone()).await;
            assert_eq!(woken().await, wakes, "{edit}");
        }
        server.fold().await;
        let deliveries = server.get("/deliveries").await;
        assert_eq!(deliveries.items("event"), ["won", "click"]);
        assert_eq!(deliveries.items("event_name"), ["Purchase", "Contact"]);
    }

    #[tokio::test]
    async fn reassigning_moves_the_next_click() {
        let (server, path) = server_with_lead().await;
        let lead = server.get(&path).await.json;
        let same = server.patch(&path, json!({ "agent_id": lead["agent_id"] })).await.json;
        assert_eq!(same["flags"], json!([]), "sending back what one got changes nothing");

        let citra = server.add_agent("Citra").await;
        let moved = server.patch(&path, json!({ "agent_id": citra })).await.json;
        assert_eq!(
            (&moved["agent_id"], &moved["flags"]),
            (&json!(citra), &json!(["pinned"]))
        );
        let number = konektor_core::ids::LeadId::from_packed(lead["id"].as_str().unwrap().parse().unwrap()).number;
        let back = Visit {
            cookie: Some(number),
            ..server.visit(lead["rotator_id"].as_str().unwrap(), "", 9)
        };
        server.record(vec![back]).await;
        let timeline = server.get(&format!("{path}/timeline")).await;
        let click = timeline.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["kind"] == "click")
            .unwrap();
        assert_eq!(click["agent_id"], json!(citra));
    }

    #[tokio::test]
    async fn a_lead_of_another_workspace_cannot_be_changed() {
        let (server, path) = server_with_lead().await;
        let (_, key) = server.add_workspace().await;
        let foreign = server.add_agent("Asing").await;
        let answer = server
            .ask(&key, Method::PATCH, &path, Some(json!({ "agent_id": foreign })))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get(&path).await.json["flags"], json!([]));
    }
}

//! `PATCH /destinations/{id}`

use super::{DestinationView, NOT_FOUND, fields::DestinationPatch, find};
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

/// Changes a destination. New settings, credentials, or `active: true` end a hold: what waited is sent at once.
#[utoipa::path(
    patch, path = "/destinations/{id}", operation_id = "update_destination", tag = "destinations",
    params(("id" = String, Path)),
    request_body = DestinationPatch,
    responses(
        (status = 200, description = "The destination as it is now.", body = DestinationView),
        Missing, RefusedBody, Refused
    )
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<DestinationPatch>,
) -> Result<Json<DestinationView>, ApiError> {
    let edit = edits::begin().await;
    let destination = find(&app, &caller.workspace, &id).await?;
    let changed = patch.apply(&app, &destination)?;
    let (workspace, now) = (caller.workspace_id(), app.clock.now());
    let destination = app
        .store
        .set_destination(workspace, destination.id, changed.fields, changed.repaired, now)
        .await?
        .ok_or(NOT_FOUND)?;
    if changed.repaired {
        app.live.alerts_changed(workspace);
    }
    edit.take_effect(&app).await?;
    app.delivery.destinations_changed();
    Ok(Json(DestinationView::new(&app, destination).await?))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use rstest::rstest;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn what_is_absent_stays_and_null_goes_back_to_the_default() {
        let server = Server::start().await;
        let path = format!("/destinations/{}", server.add_destination(meta()).await);
        let change = json!({
            "name": " Toko  Meta ", "mapping": { "click": "Lead", "won": "Subscribe" }, "consent": "granted",
            "active": false, "settings": { "dataset_id": "9999999999999999", "limited_data_use": true },
        });
        let changed = server.patch(&path, change.clone()).await.json;
        for field in ["mapping", "consent", "active", "settings"] {
            assert_eq!(changed[field], change[field]);
        }
        assert_eq!(
            (&changed["name"], &changed["state"]),
            (&json!("Toko Meta"), &json!("paused"))
        );
        assert_eq!(server.get(&path).await.json, changed);
        assert_eq!(server.patch(&path, json!({})).await.json, changed);
        let back = server
            .patch(&path, json!({ "name": null, "mapping": null, "platform": "meta" }))
            .await
            .json;
        assert_eq!(back["name"], "Meta");
        assert_eq!(back["mapping"], json!({ "qualified": "Lead", "won": "Purchase" }));
        assert_eq!((&back["consent"], &back["active"]), (&json!("granted"), &json!(false)));
        let fewer = json!({ "settings": { "dataset_id": "9999999999999999" } });
        assert_eq!(
            server.patch(&path, fewer.clone()).await.json["settings"],
            fewer["settings"],
            "they are replaced"
        );
        let nothing = server.patch(&path, json!({ "mapping": {} })).await.json;
        assert_eq!(nothing["mapping"], json!({}), "no status makes an event");
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_change_is_said_field_by_field() {
        let server = Server::start().await;
        let path = format!("/destinations/{}", server.add_destination(meta()).await);
        let before = server.get(&path).await.json;
        for (change, field, says) in [
            (json!({ "platform": "google" }), "platform", "Add another destination"),
            (
                json!({ "settings": { "dataset_id": "x" } }),
                "settings.dataset_id",
                "Events Manager",
            ),
            (json!({ "settings": {} }), "settings.dataset_id", "missing"),
            (json!({ "settings": null }), "settings", "an object"),
            (
                json!({ "credentials": { "access_token": "" } }),
                "credentials.access_token",
                "missing",
            ),
            (json!({ "credentials": null }), "credentials", "an object"),
            (json!({ "mapping": { "won": "" } }), "mapping", "is not a name"),
            (json!({ "consent": null }), "consent", "null"),
            (json!({ "active": null }), "active", "null"),
            (json!({ "hold": null }), "hold", "There is no field"),
        ] {
            let refused = server.patch(&path, change.clone()).await.refused();
            assert_eq!(refused[0].0, field, "{change}");
            assert!(refused[0].1.contains(says), "{change}: {}", refused[0].1);
        }
        assert_eq!(server.get(&path).await.json, before);
    }

    #[tokio::test]
    async fn a_held_destination_says_why_and_what_to_do() {
        let server = Server::start().await;
        let id = server.add_destination(meta()).await;
        server.hold(&id, "The token has expired.").await;
        let shown = server.get(&format!("/destinations/{id}")).await.json;
        assert_eq!(shown["state"], "held");
        let fix = shown["hold"]["fix"].as_str().unwrap();
        assert!(fix.contains("credentials"), "{fix}");
        let wanted = json!({
            "kind": "auth", "code": "190", "reason": "The token has expired.", "since": "2026-08-17T02:00:00.000Z",
            "fix": fix,
        });
        assert_eq!(shown["hold"], wanted);
    }

    #[rstest]
    #[case::credentials(json!({ "credentials": { "access_token": "new" } }), true)]
    #[case::settings(json!({ "settings": { "dataset_id": "9999999999999999" } }), true)]
    #[case::once_more(json!({ "active": true }), true)]
    #[case::the_same_settings(json!({ "settings": { "dataset_id": "1234567890123456" } }), false)]
    #[case::mapping(json!({ "mapping": { "won": "Subscribe" } }), false)]
    #[case::name(json!({ "name": "Toko" }), false)]
    #[case::off(json!({ "active": false }), false)]
    #[case::refused(json!({ "credentials": { "access_token": "" } }), false)]
    #[tokio::test]
    async fn a_repair_ends_the_hold_and_its_alert_and_what_waited_is_due(#[case] change: Value, #[case] repairs: bool) {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        server.hold(&id, "The token has expired.").await;
        let tracking = async || {
            let lead = server.get(&format!("/leads/{}", lead.packed())).await;
            lead.json["tracking_status"].clone()
        };
        assert_eq!(tracking().await, "held");
        assert_eq!(server.get("/deliveries").await.items("state"), ["held"]);

        server.set_clock(60_000);
        server.patch(&format!("/destinations/{id}"), change).await;
        let after = server.get(&format!("/destinations/{id}")).await.json;
        assert_eq!(after["hold"].is_null(), repairs, "{after}");
        assert_eq!(server.get("/alerts").await.items("kind").is_empty(), repairs);
        let state = if repairs { "pending" } else { "held" };
        assert_eq!(
            (tracking().await, server.get("/deliveries").await.items("state")),
            (json!(state), vec![json!(state)])
        );
        let claimed = server.claim(&id).await;
        assert_eq!(claimed.len(), usize::from(repairs));
    }

    #[tokio::test]
    async fn changes_at_once_do_not_undo_one_another() {
        let server = Server::start().await;
        let path = format!("/destinations/{}", server.add_destination(meta()).await);
        tokio::join!(
            server.patch(&path, json!({ "name": "Toko" })),
            server.patch(&path, json!({ "consent": "denied" })),
            server.patch(&path, json!({ "active": false })),
        );
        let shown = server.get(&path).await.json;
        assert_eq!(
            (&shown["name"], &shown["consent"], &shown["active"]),
            (&json!("Toko"), &json!("denied"), &json!(false))
        );
    }

    #[tokio::test]
    async fn the_next_click_is_reported_by_the_new_mapping() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let path = format!("/destinations/{}", server.add_destination(meta()).await);
        server.patch(&path, json!({ "mapping": { "click": "Schedule" } })).await;
        server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await;
        assert_eq!(server.get("/deliveries").await.items("event_name"), ["Schedule"]);
    }
}

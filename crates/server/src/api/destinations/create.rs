//! `POST /destinations`

use super::{DestinationView, fields::NewDestination};
use crate::{
    api::{
        auth::Caller,
        body::Body,
        created::Created,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
    secrets,
};
use axum::extract::State;
use konektor_core::ids::DestinationId;
use konektor_store::Store;
use std::sync::Arc;

/// Bits of an id: programs that read JSON's numbers as floating point keep these exactly.
const ID_BITS: u32 = 53;

/// Connects an ad platform. Clicks and sales from now on are reported to it.
#[utoipa::path(
    post, path = "/destinations", operation_id = "create_destination", tag = "destinations",
    request_body = NewDestination,
    responses((status = 201, description = "The new destination.", body = DestinationView), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewDestination>,
) -> Result<Created<DestinationView>, ApiError> {
    let id = random_id();
    let fields = new.check(&app, id)?;
    let edit = edits::begin().await;
    let destination = app
        .store
        .add_destination(caller.workspace_id(), id, fields, app.clock.now())
        .await?;
    edit.take_effect(&app).await?;
    app.delivery.destinations_changed();
    Ok(Created {
        path: format!("destinations/{id}"),
        body: DestinationView::new(&app, destination).await?,
    })
}

/// By chance, because credentials are sealed for it before the database has the row.
fn random_id() -> DestinationId {
    let random = u64::from_be_bytes(secrets::random()) >> (u64::BITS - ID_BITS);
    DestinationId(random.max(1) as i64)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{META_TOKEN, Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_core::ids::DestinationId;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn a_destination_needs_a_platform_settings_and_credentials() {
        let server = Server::start().await;
        let answer = server.post("/destinations", meta()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        let id = answer.json["id"].as_str().unwrap();
        assert!((1..1 << 53).contains(&id.parse::<DestinationId>().unwrap().0), "{id}");
        assert_eq!(answer.headers["location"], format!("/api/v1/destinations/{id}"));
        let wanted = json!({
            "id": id, "created_at": "2026-08-17T02:00:00.000Z", "platform": "meta", "name": "Meta",
            "settings": { "dataset_id": "1234567890123456" }, "has_credentials": true,
            "mapping": { "qualified": "Lead", "won": "Purchase" }, "consent": "unspecified", "active": true,
            "state": "active", "hold": null, "warnings": [],
            "stats": { "pending": 0, "oldest_due": null, "sent_24h": 0, "failed_24h": 0, "last_sent": null },
        });
        assert_eq!(answer.json, wanted);
        assert_eq!(server.get(&format!("/destinations/{id}")).await.json, wanted);
        for field in ["platform", "settings", "credentials"] {
            let mut new = meta();
            new.as_object_mut().unwrap().remove(field);
            let refused = server.post("/destinations", new).await.refused();
            assert_eq!(refused[0].0, field);
        }
    }

    #[tokio::test]
    async fn each_platform_can_be_connected() {
        let server = Server::start().await;
        let token = json!({ "access_token": "t-1" });
        let person = json!({ "client_id": "c", "client_secret": "s", "refresh_token": "r" });
        for (platform, name, settings, credentials) in [
            ("meta", "Meta", json!({ "dataset_id": "1234567890123456" }), &token),
            (
                "google",
                "Google Ads",
                json!({ "account_id": "123-456-7890", "conversion_action_id": 987 }),
                &person,
            ),
            (
                "tiktok",
                "TikTok",
                json!({ "pixel_code": "C4ABCDEFGHIJKLMNOPQR" }),
                &token,
            ),
            (
                "linkedin",
                "LinkedIn",
                json!({ "conversion_rule_id": "23456", "api_version": "202607" }),
                &token,
            ),
        ] {
            let new = json!({
                "platform": platform, "settings": settings, "credentials": credentials, "consent": "granted",
                "mapping": { "click": "Klik", "hot": "12345" }, "active": false,
            });
            let made = server.post("/destinations", new).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
            assert_eq!((&made.json["name"], &made.json["settings"]), (&json!(name), &settings));
            assert_eq!(made.json["mapping"], json!({ "click": "Klik", "hot": "12345" }));
            assert_eq!(
                (&made.json["consent"], &made.json["state"]),
                (&json!("granted"), &json!("paused"))
            );
        }
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_destination_is_said_field_by_field() {
        let server = Server::start().await;
        let with = |changes: Value| {
            let mut new = meta();
            for (name, value) in changes.as_object().unwrap() {
                new[name] = value.clone();
            }
            new
        };
        for (changes, field, says) in [
            (
                json!({ "platform": "myspace" }),
                "platform",
                "meta, google, tiktok, linkedin",
            ),
            (
                json!({ "platform": "reddit" }),
                "platform",
                "meta, google, tiktok, linkedin",
            ),
            (json!({ "settings": {} }), "settings.dataset_id", "It is missing"),
            (
                json!({ "settings": { "dataset_id": "12" } }),
                "settings.dataset_id",
                "Events Manager",
            ),
            (
                json!({ "settings": { "dataset_id": "1234567890123456", "pixel": "1" } }),
                "settings.pixel",
                "no such field",
            ),
            (json!({ "settings": "1234567890123456" }), "settings", "an object"),
            (json!({ "settings": null }), "settings", "an object"),
            (
                json!({ "credentials": {} }),
                "credentials.access_token",
                "It is missing",
            ),
            (
                json!({ "credentials": { "access_token": "a b" } }),
                "credentials.access_token",
                "blank",
            ),
            (
                json!({ "credentials": { "token": "a" } }),
                "credentials.token",
                "no such field",
            ),
            (json!({ "credentials": [] }), "credentials", "an object"),
            (json!({ "mapping": { "sold": "Purchase" } }), "mapping", "nor a status"),
            (
                json!({ "mapping": { "new": "Lead" } }),
                "mapping",
                "map \"click\" instead",
            ),
            (
                json!({ "mapping": { "won": "Purchase!" } }),
                "mapping",
                "letters, digits or _",
            ),
            (json!({ "mapping": { "won": 5 } }), "mapping.won", "expected a string"),
            (json!({ "consent": "yes" }), "consent", "granted"),
            (json!({ "active": "yes" }), "active", "expected a boolean"),
            (json!({ "name": "" }), "name", "empty"),
            (json!({ "state": "active" }), "state", "There is no field"),
        ] {
            let refused = server.post("/destinations", with(changes.clone())).await.refused();
            assert_eq!(refused[0].0, field, "{changes}");
            assert!(refused[0].1.contains(says), "{changes}: {}", refused[0].1);
        }
        let several = json!({ "platform": "x", "name": " ", "mapping": { "new": "Lead" } });
        let refused = server.post("/destinations", with(several)).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["platform", "name", "mapping"]);
        assert!(
            server.get("/destinations").await.items("id").is_empty(),
            "nothing of it was kept"
        );
    }

    #[tokio::test]
    async fn the_next_click_is_reported_to_it() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        server.record(vec![server.visit(&promo, "fbclid=before", 0)]).await;
        server.set_clock(1_000);
        let id = server.add_destination(meta()).await;
        server.record(vec![server.visit(&promo, "fbclid=after", 1_000)]).await;
        let deliveries = server.get("/deliveries").await;
        assert_eq!(
            deliveries.items("destination_id"),
            [json!(id)],
            "nothing of before, and no more"
        );
    }

    #[tokio::test]
    async fn credentials_are_in_no_answer_and_in_no_file() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let path = format!("/destinations/{id}");
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        let second = format!("{META_TOKEN}-second");
        let with = |credentials: Value| Some(json!({ "credentials": credentials }));
        let about = json!({ "lead_id": lead.packed().to_string(), "event": "click" });
        let (_, foreign) = server.add_workspace().await;
        let (key, asked) = (&server.key, [Method::GET, Method::POST, Method::PATCH]);
        let [get, post, patch] = asked;
        for (key, method, path, body) in [
            (key, get.clone(), "/destinations", None),
            (key, get.clone(), &*path, None),
            (
                key,
                patch.clone(),
                &path,
                with(json!({ "access_token": format!("{second} and more") })),
            ),
            (key, patch.clone(), &path, with(json!(second))),
            (key, patch.clone(), &path, with(json!([second]))),
            (
                key,
                patch.clone(),
                &path,
                with(json!({ "access_token": { "token": second } })),
            ),
            (key, patch.clone(), &path, Some(json!({ "settings": second }))),
            (
                key,
                patch.clone(),
                &path,
                Some(json!({ "settings": { "dataset_id": second } })),
            ),
            (
                key,
                patch.clone(),
                &path,
                with(json!({ "access_token": second, "app_secret": second })),
            ),
            (&foreign, patch, &path, with(json!({ "access_token": second }))),
            (key, post.clone(), &format!("{path}/dry-run"), Some(about)),
            (key, post, &format!("{path}/test"), None),
            (key, get.clone(), "/deliveries", None),
            (key, get.clone(), &format!("/leads/{}/timeline", lead.packed()), None),
            (key, get, "/alerts", None),
        ] {
            let answer = server.ask(key, method.clone(), path, body).await;
            let text = format!("{} {:?}", answer.json, answer.headers);
            assert!(!text.contains(META_TOKEN), "{method} {path}: {text}");
        }
        for (file, bytes) in server.files() {
            let found = bytes
                .windows(META_TOKEN.len())
                .any(|part| part == META_TOKEN.as_bytes());
            assert!(!found, "{file}");
        }
        let settings_are_there = |(_, bytes): &(String, Vec<u8>)| bytes.windows(16).any(|w| w == b"1234567890123456");
        assert!(
            server.files().iter().any(settings_are_there),
            "the files that were searched are those"
        );
    }
}

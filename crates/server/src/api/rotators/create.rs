//! `POST /rotators`

use super::{RotatorView, Surroundings, fields::NewRotator};
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
};
use axum::extract::State;
use konektor_store::Store;
use std::sync::Arc;

/// Adds a rotator. Its links work at once.
#[utoipa::path(
    post, path = "/rotators", operation_id = "create_rotator", tag = "rotators",
    request_body = NewRotator,
    responses((status = 201, description = "The new rotator.", body = RotatorView), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewRotator>,
) -> Result<Created<RotatorView>, ApiError> {
    let edit = edits::begin().await;
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    let fields = new.check(&caller.workspace, &surroundings, &app.settings)?;
    let rotator = app
        .store
        .add_rotator(caller.workspace_id(), fields, app.clock.now())
        .await?;
    edit.take_effect(&app).await?;
    let path = format!("rotators/{}", rotator.id);
    Ok(Created {
        path,
        body: RotatorView::of(&app, rotator, &surroundings).await?,
    })
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::{Value, json};

    #[tokio::test]
    async fn a_slug_is_all_that_a_rotator_needs() {
        let server = Server::start().await;
        let answer = server.post("/rotators", json!({ "slug": "Promo-1" })).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.headers["location"], "/api/v1/rotators/1");
        let wanted = json!({
            "id": "1", "created_at": "2026-08-17T02:00:00.000Z", "slug": "promo-1", "name": "promo-1",
            "mode": "redirect", "message": "Hi {agent}, I'm interested. [{code}]", "target": "wa.me", "fallback": null,
            "agents": [], "learning": null, "page": null, "links": ["https://go.example.com/wa/promo-1"],
            "warnings": ["No agent is named, so every visitor is told that you are closed."],
        });
        assert_eq!(answer.json, wanted);
        assert!(
            server.app.routing.load().find_public_rotator("promo-1").is_some(),
            "its link works at once"
        );
    }

    #[tokio::test]
    async fn everything_about_a_rotator_is_kept_as_it_was_sent() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let mut rotator = json!({
            "slug": "promo", "name": "Promo Lebaran", "mode": "page", "message": "Halo {agent} [{code}]",
            "target": "api", "fallback": "6281234567890",
            "agents": [{ "agent_id": budi, "weight": 2 }, { "agent_id": ayu, "weight": 0 }],
            "learning": { "least_percent": 40, "window_days": 60, "wait_days": 14, "frozen": true },
            "page": {
                "brand": "Toko Kopi", "title": "Promo", "text": "Diskon", "button": "Chat", "logo_url": "https://a.id/l.png",
                "form": {
                    "fields": [{ "name": "nama", "label": "Nama", "type": "text", "required": true }],
                    "consent": "Saya setuju",
                },
            },
        });
        let answer = server.post("/rotators", rotator.clone()).await;
        for given in ["id", "created_at", "links", "warnings"] {
            rotator[given] = answer.json[given].clone();
        }
        assert_eq!(answer.json, rotator);
        assert_eq!(answer.json["warnings"], json!([]));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_rotator_is_said_field_by_field() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let (_, key) = server.add_workspace().await;
        let body = Some(json!({ "name": "Asing", "phone": "081234567890" }));
        let foreign = server.ask(&key, Method::POST, "/agents", body).await.json["id"].clone();
        let rotator = json!({
            "slug": "promo lebaran", "name": "", "message": "Halo {nama}", "fallback": "https://evil.example/",
            "agents": [
                { "agent_id": ayu, "weight": -1 }, { "agent_id": foreign }, { "agent_id": "999" },
            ],
            "page": { "logo_url": "http://a.id/l.png", "title": "x".repeat(501) },
        });
        let refused = server.post("/rotators", rotator).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        let wanted = [
            "slug",
            "name",
            "message",
            "fallback",
            "agents[0].weight",
            "agents[1].agent_id",
            "agents[2].agent_id",
            "page.title",
            "page.logo_url",
        ];
        assert_eq!(fields, wanted);
        assert!(
            refused[2].1.contains("{nama}, which does not exist"),
            "{}",
            refused[2].1
        );
        assert!(
            refused[4].1.starts_with("The weight -1 is not possible"),
            "{}",
            refused[4].1
        );
        let without_id = |message: &str| message.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        assert_eq!(
            without_id(&refused[5].1),
            without_id(&refused[6].1),
            "another's agent is as good as none"
        );
    }

    #[tokio::test]
    async fn an_agent_is_named_once_and_words_must_be_known() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let twice = json!({ "slug": "promo", "agents": [{ "agent_id": ayu }, { "agent_id": ayu }] });
        let refused = server.post("/rotators", twice).await.refused();
        assert_eq!(refused[0].0, "agents[1].agent_id");
        let with = |name: &str, value: Value| json!({ "slug": "promo", name: value });
        for (name, value, field, says) in [
            ("mode", json!("popup"), "mode", "expected `redirect` or `page`"),
            ("mode", json!(5), "mode", "xpected value"),
            ("target", json!("telegram"), "target", "expected `wa.me` or `api`"),
            (
                "page",
                json!({ "colour": "red" }),
                "page.colour",
                "There is no field \"colour\"",
            ),
            (
                "agents",
                json!([{ "agent_id": ayu, "weight": 1.5 }]),
                "agents[0].weight",
                "1.5",
            ),
            ("agents", json!([{ "weight": 1 }]), "agents[0].agent_id", "missing"),
        ] {
            let refused = server.post("/rotators", with(name, value)).await.refused();
            assert_eq!(refused[0].0, field);
            assert!(refused[0].1.contains(says), "{}", refused[0].1);
        }
    }

    #[tokio::test]
    async fn a_slug_in_use_is_a_conflict() {
        let server = Server::start().await;
        server.add_rotator("promo", &[]).await;
        let answer = server.post("/rotators", json!({ "slug": "PROMO" })).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(
            answer.json["detail"],
            "The slug \"promo\" is already in use. Choose another."
        );

        let (_, key) = server.add_workspace().await;
        let elsewhere = Some(json!({ "slug": "promo" }));
        let taken = server.ask(&key, Method::POST, "/rotators", elsewhere.clone()).await;
        assert_eq!(taken.status, StatusCode::CONFLICT, "the public host has each slug once");
        server
            .ask(&key, Method::POST, "/hosts", Some(json!({ "host": "wa.sebelah.id" })))
            .await;
        let own = server.ask(&key, Method::POST, "/rotators", elsewhere).await;
        assert_eq!(own.json["links"], json!(["https://wa.sebelah.id/wa/promo"]));
    }
}

//! `POST /agents`

use super::{AgentView, fields::NewAgent};
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

/// Adds an agent. They get leads once a rotator names them.
#[utoipa::path(
    post, path = "/agents", operation_id = "create_agent", tag = "agents",
    request_body = NewAgent,
    responses((status = 201, description = "The new agent.", body = AgentView), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewAgent>,
) -> Result<Created<AgentView>, ApiError> {
    let fields = new.check(&caller.workspace)?;
    let edit = edits::begin().await;
    let agent = app
        .store
        .add_agent(caller.workspace_id(), fields, app.clock.now())
        .await?;
    edit.take_effect(&app).await?;
    Ok(Created {
        path: format!("agents/{}", agent.id),
        body: agent.into(),
    })
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn an_agent_needs_a_name_and_a_number() {
        let server = Server::start().await;
        let answer = server
            .post("/agents", json!({ "name": " Rina  S. ", "phone": "0812-3456-7890" }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(
            answer.headers["location"],
            format!("/api/v1/agents/{}", answer.json["id"].as_str().unwrap())
        );
        let wanted = json!({
            "id": "1", "created_at": "2026-08-17T02:00:00.000Z", "name": "Rina S.", "phone": "6281234567890",
            "active": true, "paused_until": null, "hours": null, "time_zone": null, "daily_cap": null,
        });
        assert_eq!(answer.json, wanted);
        let refused = server
            .post("/agents", json!({ "phone": "0812 3456 7890" }))
            .await
            .refused();
        assert_eq!(
            refused,
            [("name".to_owned(), "The field \"name\" is missing.".to_owned())]
        );
    }

    #[tokio::test]
    async fn everything_about_an_agent_is_kept_as_it_was_sent() {
        let server = Server::start().await;
        let mut agent = json!({
            "name": "Rina", "phone": "6281234567890", "active": false, "paused_until": "2026-08-18T00:00:00.000Z",
            "hours": [{ "days": ["mon", "sat"], "from": "20:00", "to": "04:00" }], "time_zone": "Asia/Makassar",
            "daily_cap": 20,
        });
        let answer = server.post("/agents", agent.clone()).await;
        agent["id"] = answer.json["id"].clone();
        agent["created_at"] = answer.json["created_at"].clone();
        assert_eq!(answer.json, agent);
        assert_eq!(server.get("/agents/1").await.json, agent);
    }

    #[tokio::test]
    async fn what_is_wrong_with_an_agent_is_said_field_by_field() {
        let server = Server::start().await;
        let agent = json!({ "name": "", "phone": "0812", "time_zone": "Asia/Bandung", "daily_cap": -1 });
        let refused = server.post("/agents", agent).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["name", "phone", "time_zone", "daily_cap"]);
        assert!(refused[1].1.contains("too short for ID (+62)"), "{}", refused[1].1);
        assert!(refused[2].1.contains("Asia/Bandung"), "{}", refused[2].1);
        assert!(refused[3].1.contains("-1 is not possible"), "{}", refused[3].1);
    }

    #[tokio::test]
    async fn hours_pauses_and_unknown_fields_are_refused_where_they_stand() {
        let server = Server::start().await;
        let with = |name: &str, value: Value| {
            let mut agent = json!({ "name": "Rina", "phone": "081234567890" });
            agent[name] = value;
            agent
        };
        for (name, value, field, says) in [
            (
                "hours",
                json!([{ "days": ["mon"], "from": "8:00", "to": "17:00" }]),
                "hours[0].from",
                "HH:MM",
            ),
            (
                "hours",
                json!([{ "days": ["senin"], "from": "08:00", "to": "17:00" }]),
                "hours[0].days[0]",
                "senin",
            ),
            (
                "hours",
                json!([{ "days": [], "from": "08:00", "to": "17:00" }]),
                "hours",
                "no day",
            ),
            ("paused_until", json!("tomorrow"), "paused_until", "RFC 3339"),
            ("active", json!("yes"), "active", "expected a boolean"),
            ("phnoe", json!("081"), "phnoe", "There is no field \"phnoe\""),
        ] {
            let refused = server.post("/agents", with(name, value)).await.refused();
            assert_eq!(refused[0].0, field);
            assert!(refused[0].1.contains(says), "{}", refused[0].1);
        }
        assert!(
            server.get("/agents").await.items("id").is_empty(),
            "nothing of it was kept"
        );
    }
}

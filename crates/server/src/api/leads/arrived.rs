//! `POST /leads/arrived`

use super::{LeadView, NOT_FOUND};
use crate::{
    api::{
        auth::AnyCaller,
        body::Body,
        checks::Checks,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::{
    identity::code::VisitorCode,
    ids::{AgentId, LeadId},
    lead::Status,
};
use konektor_store::{
    Store, StoreError,
    model::{Lead, LeadPatch},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Longest message that is looked through: more than any that we made.
const MAX_CHARS: usize = 2_000;

/// A message in which a visitor code stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstMessage {
    /// The visitor's first message as it came, or the code alone. It is read tolerantly: any case, `o` for `0`, `i` and `l`
    /// for `1`.
    #[schema(max_length = 2_000, example = "Hi Ayu, I'm interested. [7QK3M9D]")]
    message: String,
}

/// Says that a chat has started, by the first message in it. The same again changes nothing.
#[utoipa::path(
    post, path = "/leads/arrived", operation_id = "confirm_arrival", tag = "leads",
    request_body = FirstMessage,
    responses((status = 200, description = "The lead as it is now.", body = LeadView), Missing, RefusedBody, Refused)
)]
pub async fn arrived(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Body(FirstMessage { message }): Body<FirstMessage>,
) -> Result<Json<LeadView>, ApiError> {
    let mut checks = Checks::default();
    checks.at_most("message", &message, MAX_CHARS);
    let code = VisitorCode::read(&message);
    if code.is_none() {
        checks.refuse(
            "message",
            "There is no visitor code in it. Paste the first message whole: the code stands in square brackets.",
        );
    }
    checks.finish()?;
    let workspace = &caller.workspace;
    let lead = code.map(|code| LeadId {
        workspace: workspace.id,
        number: workspace.code_key.number(code),
    });
    let lead = match lead {
        Some(lead) => app.store.find_lead(lead).await?,
        None => None,
    };
    let lead = lead.filter(|lead| caller.sees_leads_of(lead.agent)).ok_or(NOT_FOUND)?;
    let agent_before = lead.agent;
    let lead = confirm(&app, lead, caller.name_in_timeline()).await?.ok_or(NOT_FOUND)?;
    tell(&app, &lead, agent_before);
    Ok(Json(LeadView::new(lead, &workspace.code_key)))
}

/// Notes that a lead's chat has started, unless that was told before.
pub async fn confirm(app: &App, lead: Lead, by: String) -> Result<Option<Lead>, StoreError> {
    if lead.arrival.is_some() {
        return Ok(Some(lead));
    }
    let patch = LeadPatch {
        arrived: Some(true),
        ..LeadPatch::default()
    };
    app.store.update_lead(lead.id, patch, by, app.clock.now()).await
}

/// Whether an edit makes events: another status, or the start of the chat.
pub fn is_step(lead: &Lead, status: Option<Status>, arrived: Option<bool>) -> bool {
    status.is_some_and(|status| status != lead.status) || arrived == Some(true) && lead.arrival.is_none()
}

fn tell(app: &App, lead: &Lead, agent_before: Option<AgentId>) {
    app.delivery.status_changed();
    app.live
        .lead_updated(lead.id, agent_before.into_iter().chain(lead.agent));
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::{Answer, Server, meta},
    };
    use axum::http::{Method, StatusCode};
    use konektor_core::{decide::Visit, ids::LeadId};
    use konektor_store::model::Role;
    use serde_json::{Value, json};

    async fn shop() -> (Server, [String; 2], String) {
        let server = Server::start().await;
        let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
        let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
        (server, agents, promo)
    }

    async fn paste(server: &Server, message: &str) -> Answer {
        server.post("/leads/arrived", json!({ "message": message })).await
    }

    async fn lead(server: &Server, lead: LeadId) -> Value {
        server.get(&format!("/leads/{}", lead.packed())).await.json
    }

    #[tokio::test]
    async fn a_pasted_first_message_says_that_the_chat_has_started_and_who_said_so() {
        let (server, _, promo) = shop().await;
        let leads = server.record(vec![server.visit(&promo, "utm_source=bio", 0)]).await;
        let code = lead(&server, leads[0]).await["code"].as_str().unwrap().to_owned();
        assert_eq!(lead(&server, leads[0]).await["arrived_at"], Value::Null);
        server.set_clock(60_000);
        let sloppy = code.to_lowercase().replace('0', "o").replace('1', "l");
        let answer = paste(&server, &format!("Halo kak, saya minat [{sloppy}] ya")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        let told = (&answer.json["arrived_at"], &answer.json["status"]);
        assert_eq!(
            told,
            (&json!("2026-08-17T02:01:00.000Z"), &json!("new")),
            "its status is another matter"
        );
        assert_eq!(answer.json["arrived_by"], "key:1");

        server.set_clock(120_000);
        assert_eq!(
            paste(&server, &code).await.json["arrived_at"],
            "2026-08-17T02:01:00.000Z"
        );
        let timeline = server.get(&format!("/leads/{code}/timeline")).await;
        let fields: Vec<_> = timeline
            .items("field")
            .into_iter()
            .filter(|field| !field.is_null())
            .collect();
        assert_eq!(fields, ["arrived"], "once");
        assert_eq!(timeline.json["items"][0]["new"], "2026-08-17T02:01:00.000Z");

        let answer = server
            .patch(&format!("/leads/{code}"), json!({ "arrived": false }))
            .await;
        assert_eq!(answer.json["arrived_at"], Value::Null, "it can be taken back");
        let answer = server
            .patch(&format!("/leads/{code}"), json!({ "arrived": true }))
            .await;
        assert_eq!(answer.json["arrived_at"], "2026-08-17T02:02:00.000Z");
    }

    #[tokio::test]
    async fn a_status_beyond_new_says_so_too_but_lost_does_not() {
        let (server, _, promo) = shop().await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        for (id, status, arrived) in [(leads[0], "qualified", true), (leads[1], "lost", false)] {
            let answer = server
                .patch(&format!("/leads/{}", id.packed()), json!({ "status": status }))
                .await;
            assert_eq!(!answer.json["arrived_at"].is_null(), arrived, "{status}");
        }
    }

    #[tokio::test]
    async fn what_holds_no_code_of_a_lead_is_refused() {
        let (server, agents, promo) = shop().await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let refused = paste(&server, "Halo kak, mau tanya").await.refused();
        assert_eq!(refused[0].0, "message");
        assert_eq!(paste(&server, &"x".repeat(2_001)).await.refused().len(), 2);
        assert_eq!(paste(&server, "[0000000]").await.status, StatusCode::NOT_FOUND);
        let (_, key) = server.add_workspace().await;
        let code = lead(&server, leads[0]).await["code"].clone();
        let foreign = server
            .ask(&key, Method::POST, "/leads/arrived", Some(json!({ "message": code })))
            .await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);

        // A CS says it of their own leads.
        let workspace = server.workspace;
        let user = add_user(&server, workspace, "ayu@kopi.id", Role::Agent, Some(&agents[0])).await;
        let browser = Browser::of(&server, user, workspace).await;
        for (id, status) in [(leads[0], 200), (leads[1], 404)] {
            let lead = lead(&server, id).await;
            let body = Some(json!({ "message": lead["code"] }));
            let answer = browser.ask_and_forget(Method::POST, "/leads/arrived", body).await;
            assert_eq!(answer.status.as_u16(), status, "{}", lead["agent_id"]);
        }
    }

    #[tokio::test]
    async fn it_is_told_to_a_platform_that_wants_it_once_a_lead() {
        let (server, _, promo) = shop().await;
        let destination = server.add_destination(meta()).await;
        let mapping =
            json!({ "mapping": { "click": "Contact", "arrived": "Lead", "qualified": "Lead", "won": "Purchase" } });
        let answer = server.patch(&format!("/destinations/{destination}"), mapping).await;
        assert_eq!(answer.json["mapping"]["arrived"], "Lead", "{}", answer.json);
        let leads = server
            .record(
                (0..2)
                    .map(|at| server.visit(&promo, &format!("fbclid=F{at}"), at))
                    .collect(),
            )
            .await;
        server.set_clock(10);
        let path = format!("/leads/{}", leads[0].packed());
        for edit in [
            json!({ "arrived": true }),
            json!({ "arrived": false }),
            json!({ "arrived": true }),
        ] {
            server.patch(&path, edit).await;
        }
        server.patch(&path, json!({ "status": "qualified" })).await;
        server.fold().await;
        let of_first = server.get(&format!("/deliveries?lead_id={}", leads[0].packed())).await;
        assert_eq!(
            of_first.items("event"),
            ["arrived", "click"],
            "the same event is told once"
        );
        assert_eq!(of_first.items("event_name"), ["Lead", "Contact"]);
        let path = format!("/leads/{}", leads[1].packed());
        server
            .patch(&path, json!({ "status": "won", "value": 5, "currency": "IDR" }))
            .await;
        server.fold().await;
        let of_second = server.get(&format!("/deliveries?lead_id={}", leads[1].packed())).await;
        assert_eq!(
            of_second.items("event"),
            ["won", "arrived", "click"],
            "who has bought was in a chat"
        );
    }

    #[tokio::test]
    async fn of_two_leads_that_are_one_either_may_have_said_it() {
        let (server, _, promo) = shop().await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let paths = leads
            .iter()
            .map(|lead| format!("/leads/{}", lead.packed()))
            .collect::<Vec<_>>();
        server.patch(&paths[1], json!({ "arrived": true })).await;
        server
            .post(
                &format!("{}/merge", paths[1]),
                json!({ "into": leads[0].packed().to_string() }),
            )
            .await;
        let one = lead(&server, leads[0]).await;
        assert_eq!(one["arrived_at"], "2026-08-17T02:00:00.000Z");
        server.patch(&paths[0], json!({ "arrived": false })).await;
        assert_eq!(lead(&server, leads[0]).await["arrived_at"], Value::Null);
        server.fold().await;
        let report = server.get("/reports/arrived").await.json;
        assert_eq!(report["arrived"], 0);
    }

    #[tokio::test]
    async fn who_comes_back_is_one_chat() {
        let (server, _, promo) = shop().await;
        let leads = server.record(vec![server.visit(&promo, "utm_source=bio", 0)]).await;
        let back = Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&promo, "utm_source=bio", 9)
        };
        server.record(vec![back]).await;
        server
            .patch(&format!("/leads/{}", leads[0].packed()), json!({ "arrived": true }))
            .await;
        server.fold().await;
        let report = server.get("/reports/arrived?by=source").await.json;
        let row = json!({ "name": "bio", "id": null, "new": 1, "arrived": 1, "rate": 1.0 });
        assert_eq!((&report["rows"], &report["new"]), (&json!([row]), &json!(1)));
    }
}

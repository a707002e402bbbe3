//! `POST /destinations/{id}/dry-run`

use super::find;
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id},
        checks::Checks,
        error::ApiError,
        leads,
        refusals::{Missing, Refused, RefusedBody},
        words::{self, EventTrigger, EventTriggerWord},
    },
    app::App,
    delivery::trial,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// Whose event: a lead's id or visitor code.
    #[serde(alias = "lead")]
    #[schema(example = "7QK3M9D")]
    lead_id: String,
    /// Which event.
    #[schema(value_type = EventTriggerWord)]
    event: String,
}

/// What would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRunResult {
    /// Whether anything would be.
    would_send: bool,
    /// Why nothing would be; `null` if something would.
    #[schema(required)]
    reason: Option<String>,
    /// What would be sent, credentials struck out; `null` if nothing would.
    #[schema(required)]
    request: Option<String>,
}

/// Shows what the platform would be sent of a lead, or why nothing would be. Nothing is sent. What was sent already is
/// not taken into account: each event is sent once.
#[utoipa::path(
    post, path = "/destinations/{id}/dry-run", operation_id = "dry_run_destination", tag = "destinations",
    params(("id" = String, Path)),
    request_body = DryRun,
    responses((status = 200, description = "What would be sent.", body = DryRunResult), Missing, RefusedBody, Refused)
)]
pub async fn dry_run(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(wanted): Body<DryRun>,
) -> Result<Json<DryRunResult>, ApiError> {
    let destination = find(&app, &caller.workspace, &id).await?;
    let mut checks = Checks::default();
    let trigger = checks.ok("event", words::parse("event", &wanted.event));
    let lead = match leads::find(&app, &caller.workspace, &wanted.lead_id).await {
        Ok(lead) => Some(lead),
        Err(ApiError::NotFound(_)) => {
            let text: String = wanted.lead_id.chars().take(40).collect();
            checks.refuse(
                "lead_id",
                format!("There is no lead \"{text}\". Send its id or its visitor code."),
            );
            None
        }
        Err(error) => return Err(error),
    };
    checks.finish()?;
    let (Some(EventTrigger(trigger)), Some(lead)) = (trigger, lead) else {
        return Err(ApiError::Broken("a dry run was checked and has no lead or event"));
    };
    let outcome = trial::dry_run(&app, &destination, &lead, trigger).await;
    Ok(Json(DryRunResult {
        would_send: outcome.is_ok(),
        request: outcome.as_ref().ok().cloned(),
        reason: outcome.err(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use serde_json::json;

    #[tokio::test]
    async fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let path = format!("/destinations/{}/dry-run", server.add_destination(meta()).await);
        let lead = server.record(vec![server.visit(&promo, "fbclid=FbClick", 0)]).await[0];
        let id = lead.packed().to_string();
        let money = json!({ "value": 150_000, "currency": "IDR" });
        let code = server.patch(&format!("/leads/{id}"), money).await.json["code"].clone();
        for (lead, event, sent) in [
            (json!(id), "click", &["\"Contact\"", "FbClick"][..]),
            (code, "qualified", &["\"Lead\"", "FbClick"]),
            (json!(id), "won", &["\"Purchase\"", "150000", "IDR"]),
        ] {
            let shown = server
                .post(&path, json!({ "lead_id": lead, "event": event }))
                .await
                .json;
            assert_eq!(
                (&shown["would_send"], &shown["reason"]),
                (&json!(true), &json!(null)),
                "{shown}"
            );
            let request = shown["request"].as_str().unwrap();
            assert!(sent.iter().all(|part| request.contains(part)), "{event}: {request}");
        }
        assert_eq!(server.get("/deliveries").await.items("attempts"), [0]);
    }

    #[tokio::test]
    async fn a_dry_run_says_why_nothing_would_be_sent() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let path = format!("/destinations/{}/dry-run", server.add_destination(meta()).await);
        let mut refused = server.visit(&promo, "fbclid=F", 1);
        refused.gpc = true;
        let visits = vec![
            server.visit(&promo, "gclid=G", 0),
            refused,
            server.visit(&promo, "fbclid=F2", 2),
        ];
        let leads = server.record(visits).await;
        for (lead, event, says) in [(0, "click", "meta"), (1, "click", "consent"), (2, "hot", "mapping")] {
            let about = json!({ "lead": leads[lead].packed().to_string(), "event": event });
            let shown = server.post(&path, about).await.json;
            assert_eq!(
                (&shown["would_send"], &shown["request"]),
                (&json!(false), &json!(null)),
                "{shown}"
            );
            assert!(shown["reason"].as_str().unwrap().contains(says), "{shown}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_dry_run_is_said_field_by_field() {
        let server = Server::start().await;
        let path = format!("/destinations/{}/dry-run", server.add_destination(meta()).await);
        let (_, other) = server.add_workspace().await;
        let lain = server
            .ask(
                &other,
                axum::http::Method::POST,
                "/rotators",
                Some(json!({ "slug": "lain" })),
            )
            .await;
        let theirs = server
            .record(vec![server.visit(lain.json["id"].as_str().unwrap(), "fbclid=F", 0)])
            .await[0];
        for (lead, event) in [("0000000".to_owned(), "sold"), (theirs.packed().to_string(), "new")] {
            let refused = server
                .post(&path, json!({ "lead_id": lead, "event": event }))
                .await
                .refused();
            let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(fields, ["event", "lead_id"]);
            assert!(refused[0].1.contains("click, arrived, contacted"), "{}", refused[0].1);
        }
        assert_eq!(
            server.post(&path, json!({ "event": "click" })).await.refused()[0].0,
            "lead_id"
        );
    }
}

//! `POST /leads/bulk`

use super::parse_id;
use crate::{
    api::{
        auth::{AnyCaller, Caller},
        body::Body,
        checks::Checks,
        error::ApiError,
        refusals::{Refused, RefusedBody},
        words::StatusWord,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::lead::Status;
use konektor_store::{
    Store,
    model::{Lead, LeadPatch},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// Most leads at once: they are one transaction, and visitors wait for it.
const MOST: usize = 200;

/// Which leads come to which status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadsToChange {
    /// Ids or visitor codes.
    #[schema(min_items = 1, max_items = 200, example = json!(["34359738368"]))]
    ids: Vec<String>,
    /// The status that they come to.
    #[schema(value_type = StatusWord)]
    status: Status,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedLeads {
    /// In the order in which they were sent.
    items: Vec<ChangedLead>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedLead {
    /// As it was sent.
    #[schema(example = "34359738368")]
    id: String,
    /// What became of it.
    result: ChangeWord,
}

/// `changed`; `unchanged`: it had this status already; `not_found`: there is no such lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LeadChangeResult)]
pub enum ChangeWord {
    /// It has the status now.
    Changed,
    /// It had it already.
    Unchanged,
    /// There is no such lead.
    NotFound,
}

/// Brings several leads to a status. Those that cannot be found do not keep the others back. Each change stands in the
/// lead's timeline and is reported to the ad platforms whose destinations map the status.
#[utoipa::path(
    post, path = "/leads/bulk", operation_id = "change_leads", tag = "leads",
    request_body = LeadsToChange,
    responses((status = 200, description = "What became of each.", body = ChangedLeads), RefusedBody, Refused)
)]
pub async fn bulk(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Body(LeadsToChange { ids, status }): Body<LeadsToChange>,
) -> Result<Json<ChangedLeads>, ApiError> {
    check_number(ids.len())?;
    let mut items = Vec::new();
    let mut to_change = BTreeMap::new();
    for id in ids {
        let result = match find(&app, &caller, &id).await? {
            None => ChangeWord::NotFound,
            Some(lead) if lead.status == status => ChangeWord::Unchanged,
            Some(lead) => {
                to_change.insert(lead.id, lead.agent);
                ChangeWord::Changed
            }
        };
        items.push(ChangedLead { id, result });
    }
    if !to_change.is_empty() {
        let patch = LeadPatch {
            status: Some(status),
            ..LeadPatch::default()
        };
        let leads = to_change.keys().copied().collect();
        app.store
            .update_leads(leads, patch, caller.name_in_timeline(), app.clock.now())
            .await?;
        app.delivery.status_changed();
        app.live.leads_updated(caller.workspace_id(), to_change);
    }
    Ok(Json(ChangedLeads { items }))
}

fn check_number(ids: usize) -> Result<(), ApiError> {
    let mut checks = Checks::default();
    if !(1..=MOST).contains(&ids) {
        checks.refuse("ids", format!("Name 1 to {MOST} leads; these are {ids}."));
    }
    checks.finish()
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<Option<Lead>, ApiError> {
    let Some(id) = parse_id(id, &caller.workspace) else {
        return Ok(None);
    };
    let lead = app.store.find_lead(id).await?;
    Ok(lead.filter(|lead| caller.sees_leads_of(lead.agent)))
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::Server,
    };
    use axum::http::Method;
    use konektor_store::model::Role;
    use serde_json::{Value, json};

    fn results(answer: &Value) -> Vec<&str> {
        let items = answer["items"].as_array().unwrap();
        items.iter().map(|item| item["result"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn leads_come_to_a_status_together_and_each_has_its_answer() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record((0..4).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let ids: Vec<_> = leads.iter().map(|lead| lead.packed().to_string()).collect();
        let code = server.get(&format!("/leads/{}", ids[1])).await.json["code"].clone();
        server
            .patch(&format!("/leads/{}", ids[2]), json!({ "status": "hot" }))
            .await;

        let named = json!([ids[0], code, ids[2], "999", "x", ids[0]]);
        let answer = server
            .post("/leads/bulk", json!({ "ids": named, "status": "hot" }))
            .await;
        let wanted = ["changed", "changed", "unchanged", "not_found", "not_found", "changed"];
        assert_eq!(results(&answer.json), wanted);
        assert_eq!(answer.json["items"][1]["id"], code);
        let hot = server.get("/leads?status=hot").await.items("id");
        assert_eq!(hot, [json!(ids[2]), json!(ids[1]), json!(ids[0])]);

        let timeline = server.get(&format!("/leads/{}/timeline", ids[0])).await;
        let kinds = timeline.items("kind");
        assert_eq!(kinds.iter().filter(|kind| *kind != "click").count(), 1, "noted once");

        let (_, key) = server.add_workspace().await;
        let theirs = json!({ "ids": ids, "status": "lost" });
        let foreign = server.ask(&key, Method::POST, "/leads/bulk", Some(theirs)).await;
        assert_eq!(results(&foreign.json), ["not_found"; 4]);
        assert_eq!(server.get("/leads?status=lost").await.items("id").len(), 0);
    }

    #[tokio::test]
    async fn an_agent_changes_their_own_leads_only() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let user = add_user(&server, server.workspace, "ayu@kopi.id", Role::Agent, Some(&ayu)).await;
        let mut browser = Browser::of(&server, user, server.workspace).await;
        let ids: Vec<_> = leads.iter().map(|lead| lead.packed().to_string()).collect();
        let answer = browser
            .post("/leads/bulk", json!({ "ids": ids, "status": "hot" }))
            .await;
        assert_eq!(results(&answer.json), ["changed", "not_found"]);
        let hot = server.get("/leads?status=hot").await;
        assert_eq!(hot.items("agent_id"), [json!(ayu)]);
    }

    #[tokio::test]
    async fn too_many_too_few_and_unknown_statuses_are_refused() {
        let server = Server::start().await;
        for (body, field) in [
            (json!({ "ids": [], "status": "hot" }), "ids"),
            (json!({ "ids": vec!["1"; 201], "status": "hot" }), "ids"),
            (json!({ "ids": ["1"], "status": "sold" }), "status"),
            (json!({ "ids": ["1"] }), "status"),
            (json!({ "ids": ["1"], "status": "hot", "name": "x" }), "name"),
        ] {
            assert_eq!(server.post("/leads/bulk", body).await.refused()[0].0, field);
        }
        let most = json!({ "ids": vec!["1"; 200], "status": "hot" });
        assert_eq!(
            results(&server.post("/leads/bulk", most).await.json),
            ["not_found"; 200]
        );
    }
}
